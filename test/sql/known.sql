-- What a session remembers of tables and logins is what the catalogs say now.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\! sqlite3 $DIR/known.db "CREATE TABLE t (a, n); INSERT INTO t VALUES ('x', 7), (1, 70000)"
\set path :dir '/known.db'
CREATE SERVER known FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
CREATE SCHEMA known;
CREATE SCHEMA known_other;
CREATE DOMAIN known.number AS int;
CREATE FOREIGN TABLE known.t (a int, n int) SERVER known;
CREATE FOREIGN TABLE known.d (n known.number) SERVER known OPTIONS (table_name 't');
CREATE FUNCTION known.says(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE query INTO result;
	RETURN result;
EXCEPTION WHEN others THEN
	RETURN SQLERRM;
END $$;
\pset tuples_only

-- the name by which messages call a table, whatever the search path is
\set read 'SELECT known.says($$SELECT sum(a) FROM known.t$$);'
:read
SET search_path = known;
:read
SET search_path = known_other, known;
:read
CREATE TABLE known_other.t ();
:read
BEGIN;
ALTER TABLE known_other.t RENAME TO t2;
:read
ROLLBACK;
:read
DROP TABLE known_other.t;
:read
SET search_path = known;
CREATE TEMP TABLE t ();
:read
SET search_path = known, pg_temp;
:read
SET search_path = known;
:read
DROP TABLE pg_temp.t;
:read
BEGIN;
SAVEPOINT s;
CREATE TEMP TABLE t ();
:read
ROLLBACK TO s;
:read
COMMIT;
ALTER FOREIGN TABLE known.t RENAME TO u;
SELECT known.says('SELECT sum(a) FROM known.u');
ALTER SCHEMA known_other RENAME TO known_third;
SET search_path = known_third;
SELECT known.says('SELECT sum(a) FROM known.u');
ALTER SCHEMA known RENAME TO known_fourth;
SELECT known_fourth.says('SELECT sum(a) FROM known_fourth.u');
ALTER SCHEMA known_fourth RENAME TO known;
CREATE ROLE regress_known;
GRANT USAGE ON SCHEMA known TO regress_known;
GRANT SELECT ON known.u TO regress_known;
SET search_path = known;
SET ROLE regress_known;
SELECT says('SELECT sum(a) FROM u');
RESET ROLE;

-- the types of its columns, and what their domains demand
ALTER FOREIGN TABLE u RENAME TO t;
:read
ALTER FOREIGN TABLE t ALTER a TYPE text;
SELECT says('SELECT string_agg(a, '' '' ORDER BY n) FROM t');
ALTER FOREIGN TABLE t ALTER n TYPE smallint;
SELECT says('SELECT sum(n) FROM t');
ALTER FOREIGN TABLE t ALTER n TYPE varchar(3);
SELECT says('SELECT max(n) FROM t');
ALTER FOREIGN TABLE t ALTER n TYPE varchar(5);
SELECT says('SELECT max(n) FROM t');
SELECT says('SELECT sum(n) FROM d');
ALTER DOMAIN number ADD CONSTRAINT small CHECK (VALUE < 1000);
SELECT says('SELECT sum(n) FROM d');
ALTER DOMAIN number DROP CONSTRAINT small;
SELECT says('SELECT sum(n) FROM d');

-- as whom a role logs in
CREATE ROLE regress_known_a LOGIN SUPERUSER;
CREATE ROLE regress_known_b LOGIN SUPERUSER;
DO $$ BEGIN
	EXECUTE format('CREATE SERVER known_loop FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host %L, port %L, database %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END $$;
CREATE VIEW who AS SELECT session_user::text AS name;
CREATE FOREIGN TABLE remote_who (name text) SERVER known_loop OPTIONS (schema_name 'known', table_name 'who');
\set who 'SELECT says($$SELECT name FROM remote_who$$);'
SELECT says('SELECT name FROM remote_who') LIKE 'user mapping not found%' AS none;
CREATE USER MAPPING FOR PUBLIC SERVER known_loop OPTIONS (username 'regress_known_a', password_required 'false');
:who
BEGIN;
CREATE USER MAPPING FOR CURRENT_USER SERVER known_loop OPTIONS (username 'regress_known_b', password_required 'false');
:who
SAVEPOINT s;
DROP USER MAPPING FOR CURRENT_USER SERVER known_loop;
:who
ROLLBACK TO s;
:who
ROLLBACK;
:who
ALTER USER MAPPING FOR PUBLIC SERVER known_loop OPTIONS (SET username 'regress_known_b');
:who
GRANT SELECT ON remote_who TO regress_known;
SET ROLE regress_known;
:who
RESET ROLE;
ALTER USER MAPPING FOR PUBLIC SERVER known_loop OPTIONS (SET password_required 'true');
SET ROLE regress_known;
:who
RESET ROLE;
DROP USER MAPPING FOR PUBLIC SERVER known_loop;
SELECT says('SELECT name FROM remote_who') LIKE 'user mapping not found%' AS none;

DROP SCHEMA known, known_third CASCADE;
DROP SERVER known, known_loop;
DROP ROLE regress_known, regress_known_a, regress_known_b;
\! rm -r $DIR
