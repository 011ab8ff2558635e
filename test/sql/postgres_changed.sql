-- A remote table whose columns change while a session has a plan for it: what
-- was decided for the old types is not sent to the new ones.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
DROP DATABASE IF EXISTS postgres_changed;
RESET client_min_messages;
CREATE DATABASE postgres_changed TEMPLATE template0;
\set home :DBNAME
\c postgres_changed
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (a int, b text, c text, note text);
INSERT INTO t VALUES (1, 'x', 'one', 'first'), (2, 'X', 'two', 'second'), (3, 'y', 'three', 'third');
\c :home
SELECT current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER postgres_changed FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'dir', port :'port', database 'postgres_changed');
CREATE USER MAPPING FOR CURRENT_USER SERVER postgres_changed OPTIONS (username 'postgres');
CREATE SCHEMA postgres_changed;
SET search_path = postgres_changed;
CREATE FOREIGN TABLE t (a int, b text, c text, note text) SERVER postgres_changed OPTIONS (schema_name 'public');
CREATE FOREIGN TABLE probe (nothing int) SERVER postgres_changed OPTIONS (schema_name 'public', table_name 't');
-- an error of a statement that does not fit makes the session look again at
-- once; without one it looks again after a minute
CREATE FUNCTION look_again() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nothing FROM probe;
EXCEPTION WHEN undefined_column THEN
	NULL;
END $$;

PREPARE by_name AS SELECT count(*) FROM t WHERE b = 'x';
PREPARE by_note AS SELECT count(*) FROM t WHERE note = 'first';
EXECUTE by_name;
EXECUTE by_note;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_name;

-- now 'X' = 'x' there, but not here
\! psql -X -q -d postgres_changed -c "ALTER TABLE t ALTER b TYPE text COLLATE ci"
SELECT look_again();
EXECUTE by_name;
EXECUTE by_name;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_name;
EXECUTE by_note;

-- a number that is no integer decides nothing unseen
PREPARE small AS SELECT count(*) FROM t WHERE a < 2;
EXECUTE small;
\! psql -X -q -d postgres_changed -c "ALTER TABLE t ALTER a TYPE numeric; INSERT INTO t VALUES (1.5, 'z', 'half', 'fourth')"
SELECT look_again();
EXECUTE small;
EXECUTE small;

-- what changes nothing that the plan rests on disturbs nobody
PREPARE by_c AS SELECT note FROM t WHERE c = 'one';
EXECUTE by_c;
\! psql -X -q -d postgres_changed -c "ALTER TABLE t ALTER note TYPE varchar(100), ADD extra int"
SELECT look_again();
EXECUTE by_c;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_c;

SET client_min_messages = warning;
DROP SERVER postgres_changed CASCADE;
DROP SCHEMA postgres_changed CASCADE;
DROP DATABASE postgres_changed WITH (FORCE);
