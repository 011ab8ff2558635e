-- The pool of a server: options, and the views of its connections.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SELECT current_setting('unix_socket_directories') AS host, current_setting('port') AS port,
	current_database() AS database, current_user AS user \gset
CREATE SERVER pool_test FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'host', port :'port', database :'database', pool_size '1', connection_timeout '1s');
CREATE USER MAPPING FOR PUBLIC SERVER pool_test OPTIONS (username :'user', password 'x');
CREATE TABLE pool_rows (id int);
INSERT INTO pool_rows VALUES (1), (2);
CREATE SCHEMA pool_test;
CREATE FOREIGN TABLE pool_test.pool_rows (id int) SERVER pool_test OPTIONS (schema_name 'public');

-- options
ALTER SERVER pool_test OPTIONS (SET pool_size '-1');
ALTER SERVER pool_test OPTIONS (SET pool_size 'many');
ALTER SERVER pool_test OPTIONS (ADD min_idle 'few');
ALTER SERVER pool_test OPTIONS (ADD max_lifetime 'short');
ALTER SERVER pool_test OPTIONS (ADD idle_timeout '1 fortnight');
CREATE SERVER pool_file FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/tmp/x.db', pool_size '1');

-- before the first use
SELECT * FROM fraiseql.pool WHERE server = 'pool_test';
SELECT * FROM fraiseql.connections WHERE server = 'pool_test';

-- a connection that is idle, and one that a transaction keeps
SELECT * FROM pool_test.pool_rows ORDER BY id;
SELECT * FROM fraiseql.pool WHERE server = 'pool_test';
SELECT pid = pg_backend_pid() AS mine, server, "user" = current_user AS "user", state, in_transaction
FROM fraiseql.connections WHERE server = 'pool_test';
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM pool_test.pool_rows a, generate_series(1, 100000) ORDER BY a.id;
SELECT count(*) FROM pool_test.pool_rows;
SELECT state, in_transaction FROM fraiseql.connections WHERE server = 'pool_test';
COMMIT;
SELECT state, in_transaction FROM fraiseql.connections WHERE server = 'pool_test';

-- another login of the same session takes the place of this one; within a
-- snapshot, which is not to be had again, it cannot
CREATE ROLE pool_other SUPERUSER;
SET ROLE pool_other;
SELECT count(*) FROM pool_test.pool_rows;
SELECT "user" FROM fraiseql.connections WHERE server = 'pool_test';
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM pool_test.pool_rows;
RESET ROLE;
\set VERBOSITY terse
SELECT count(*) FROM pool_test.pool_rows;
\set VERBOSITY default
ROLLBACK;
RESET ROLE;
SELECT connections, waiting, waits, timeouts FROM fraiseql.pool WHERE server = 'pool_test';

-- a server that is dropped takes its connections along
DROP SERVER pool_test CASCADE;
SELECT count(*) FROM fraiseql.pool;
SELECT count(*) FROM fraiseql.connections;
DROP SCHEMA pool_test;
DROP TABLE pool_rows;
DROP ROLE pool_other;
