-- Options of the SQLite wrapper are checked when they are set.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;

-- A server needs an absolute path.
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite;
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path 'relative.db');

-- An unknown option gets the nearest valid one, or all of them.
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', readonly 'true');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', dbname 'x');

-- Values are checked.
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', read_only 'maybe');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', timeout 'soon');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', timeout '-1');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', timeout '5 parsecs');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', timeout '60d');
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', timeout '');

-- Durations take PostgreSQL's units, and m for minutes.
CREATE SERVER sqlite_options FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path '/nowhere/x.db', timeout '100ms', connection_timeout '5s', read_only 'yes', pushdown 'off');
ALTER SERVER sqlite_options OPTIONS (SET timeout '30min');
ALTER SERVER sqlite_options OPTIONS (SET timeout '30m');
ALTER SERVER sqlite_options OPTIONS (SET timeout '1h');
ALTER SERVER sqlite_options OPTIONS (SET timeout '1.5 s');
ALTER SERVER sqlite_options OPTIONS (SET timeout '7');
ALTER SERVER sqlite_options OPTIONS (SET timeout '0');
ALTER SERVER sqlite_options OPTIONS (DROP path);

-- SQLite has no logins: a user mapping takes no options.
CREATE USER MAPPING FOR CURRENT_USER SERVER sqlite_options OPTIONS (username 'me');

-- Tables and columns.
CREATE FOREIGN TABLE sqlite_options_t (a int) SERVER sqlite_options OPTIONS (tablename 'x');
CREATE FOREIGN TABLE sqlite_options_t (a int) SERVER sqlite_options OPTIONS (table_name '');
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS (column_nam 'b')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS (key 'perhaps')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS (date_format 'excel')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS ("references" 'orders(id')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS ("references" 'a.b.c(d)')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (a int OPTIONS ("references" 'orders(a, b)')) SERVER sqlite_options;
CREATE FOREIGN TABLE sqlite_options_t (
	a int OPTIONS (key 'true', column_name 'A'),
	b int OPTIONS ("references" 'shop."Odd(name"("Id")'),
	c date OPTIONS (date_format 'unix'),
	d int OPTIONS ("references" 'orders')
) SERVER sqlite_options OPTIONS (schema_name 'main', table_name 'T', pushdown 'false');
DROP FOREIGN TABLE sqlite_options_t;

-- Who names a file of the database server needs the right to read it, and to
-- write it unless the server is read-only.
CREATE ROLE sqlite_options_user;
GRANT USAGE ON FOREIGN DATA WRAPPER fraiseql_sqlite TO sqlite_options_user;
SET ROLE sqlite_options_user;
CREATE SERVER sqlite_options_2 FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', read_only 'true');
RESET ROLE;
GRANT pg_read_server_files TO sqlite_options_user;
SET ROLE sqlite_options_user;
CREATE SERVER sqlite_options_2 FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db');
CREATE SERVER sqlite_options_2 FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/x.db', read_only 'true');
-- read_only cannot be taken away afterwards
ALTER SERVER sqlite_options_2 OPTIONS (DROP read_only);
RESET ROLE;
GRANT pg_write_server_files TO sqlite_options_user;
SET ROLE sqlite_options_user;
ALTER SERVER sqlite_options_2 OPTIONS (DROP read_only);
RESET ROLE;

DROP SERVER sqlite_options_2;
DROP SERVER sqlite_options;
DROP OWNED BY sqlite_options_user;
DROP ROLE sqlite_options_user;
