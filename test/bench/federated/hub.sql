-- The hub: users are its own, everything else is elsewhere.  The same once more
-- in the schema "slow", through proxies that delay.  Variables: where the servers
-- are and how to log in.
CREATE EXTENSION fraiseql;
CREATE SCHEMA shop;
CREATE SCHEMA slow;
CREATE TABLE shop.users (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);
INSERT INTO shop.users SELECT i, 'User ' || i, 'user' || i || '@example.com' FROM generate_series(1, 100000) i;
CREATE TABLE slow.users (LIKE shop.users INCLUDING ALL);
INSERT INTO slow.users TABLE shop.users;
VACUUM ANALYZE shop.users, slow.users;

CREATE SERVER shop_sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'file', read_only 'true');
SELECT format('CREATE SERVER %1$s_mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host ''127.0.0.1'', port %2$L, ssl_mode ''DISABLED'');
	CREATE SERVER %1$s_postgres FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host ''127.0.0.1'', port %3$L, database ''postgres'', ssl_mode ''disable'');
	CREATE SERVER %1$s_sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host ''127.0.0.1'', port %4$L, encrypt ''optional'');
	CREATE USER MAPPING FOR CURRENT_USER SERVER %1$s_mysql OPTIONS (username ''hub'', password ''secret'');
	CREATE USER MAPPING FOR CURRENT_USER SERVER %1$s_postgres OPTIONS (username %5$L, password %6$L);
	CREATE USER MAPPING FOR CURRENT_USER SERVER %1$s_sqlserver OPTIONS (username %7$L, password %8$L);
	IMPORT FOREIGN SCHEMA shop LIMIT TO (orders, items) FROM SERVER %1$s_mysql INTO %1$s;
	IMPORT FOREIGN SCHEMA public LIMIT TO (payments) FROM SERVER %1$s_postgres INTO %1$s;
	IMPORT FOREIGN SCHEMA dbo LIMIT TO (activity) FROM SERVER %1$s_sqlserver INTO %1$s;
	ALTER FOREIGN TABLE %1$s.orders ALTER user_id OPTIONS (ADD references ''%1$s.users(id)'');
	ALTER FOREIGN TABLE %1$s.items ALTER order_id OPTIONS (ADD references ''%1$s.orders(id)'');
	ALTER FOREIGN TABLE %1$s.payments ALTER user_id OPTIONS (ADD references ''%1$s.users(id)'');
	ALTER FOREIGN TABLE %1$s.activity ALTER user_id OPTIONS (ADD references ''%1$s.users(id)'')',
	name, mysql, postgres, sqlserver, :'user', :'password', :'sqlserver_user', :'sqlserver_password')
FROM (VALUES ('shop', :'mysql', :'postgres', :'sqlserver'), ('slow', :'slow_mysql', :'slow_postgres', :'slow_sqlserver')) AS v (name, mysql, postgres, sqlserver) \gexec
IMPORT FOREIGN SCHEMA main LIMIT TO (analytics) FROM SERVER shop_sqlite INTO shop;
ALTER FOREIGN TABLE shop.analytics ALTER user_id OPTIONS (ADD references 'shop.users(id)'), ALTER visits TYPE integer;

-- the same tables of MariaDB, through mysql_fdw
CREATE EXTENSION mysql_fdw;
CREATE SERVER shop_mysql_fdw FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port :'mysql', fetch_size '10000');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop_mysql_fdw OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA other;
IMPORT FOREIGN SCHEMA shop LIMIT TO (orders, items) FROM SERVER shop_mysql_fdw INTO other;
ALTER DATABASE shop SET fraiseql.schemas = 'shop';
