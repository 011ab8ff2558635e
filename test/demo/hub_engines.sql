-- The hub of the demo's second part: four servers of four engines, and nothing
-- of its own.  psql variables: mysql_port, postgres_port, postgres_user,
-- postgres_password, sqlserver_port, legacy_db (the SQLite file's absolute path).
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION fraiseql;

CREATE SERVER users_db FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host '127.0.0.1', port :'postgres_port', database 'users_db');
CREATE USER MAPPING FOR CURRENT_USER SERVER users_db OPTIONS (username :'postgres_user', password :'postgres_password');
CREATE SCHEMA users_db;
IMPORT FOREIGN SCHEMA public FROM SERVER users_db INTO users_db;

CREATE SERVER orders_db FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'mysql_port');
CREATE USER MAPPING FOR CURRENT_USER SERVER orders_db OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA orders_db;
IMPORT FOREIGN SCHEMA orders_db FROM SERVER orders_db INTO orders_db;

CREATE SERVER analytics_db FOREIGN DATA WRAPPER fraiseql_sqlserver
	OPTIONS (host '127.0.0.1', port :'sqlserver_port', encrypt 'optional');
CREATE USER MAPPING FOR CURRENT_USER SERVER analytics_db OPTIONS (username 'sa', password 'Test-1234');
CREATE SCHEMA analytics_db;
IMPORT FOREIGN SCHEMA dbo FROM SERVER analytics_db INTO analytics_db;

CREATE SERVER legacy_db FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'legacy_db');
CREATE SCHEMA legacy_db;
IMPORT FOREIGN SCHEMA main FROM SERVER legacy_db INTO legacy_db;

-- no database can know of the others: say where columns point
ALTER FOREIGN TABLE orders_db.orders ALTER COLUMN user_id OPTIONS (ADD references 'users_db.users(id)');
ALTER FOREIGN TABLE analytics_db.user_analytics ALTER COLUMN user_id OPTIONS (ADD references 'users_db.users(id)');
ALTER FOREIGN TABLE legacy_db.items ALTER COLUMN order_id OPTIONS (ADD references 'orders_db.orders(id)');

SELECT format('ALTER DATABASE %I SET search_path = users_db, orders_db, analytics_db, legacy_db', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET fraiseql.naming = preserve', current_database()) \gexec
