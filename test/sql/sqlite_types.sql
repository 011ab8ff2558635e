-- Each value of SQLite converts exactly or raises an error that names server,
-- table, column and value.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set t_db :dir '/t.db'
\! sqlite3 $DIR/t.db "CREATE TABLE v (id INTEGER PRIMARY KEY, v)"
\! sqlite3 $DIR/t.db "INSERT INTO v VALUES (1, 1), (2, 0), (3, -7), (4, 9223372036854775807), (5, 4294967296), (6, 2.0), (7, 2.5), (8, 1e300), (9, 9e999), (10, '12'), (11, '12.50'), (12, ' 12'), (13, 'abc'), (14, ''), (15, x'6162'), (16, x''), (17, NULL), (18, 'é€😀'), (19, CAST(x'ff41' AS TEXT)), (20, CAST(x'610062' AS TEXT)), (21, 0.1), (22, '-9223372036854775808'), (23, '9223372036854775808'), (24, '{\"a\": [1, 2]}'), (25, 9007199254740993)"
\! sqlite3 $DIR/t.db "INSERT INTO v VALUES (30, '2024-02-29'), (31, '2023-02-29'), (32, '2024-02-29 12:34:56'), (33, '2024-02-29T12:34:56.123456'), (34, '2024-02-29 12:34:56.1234567'), (35, '2024-02-29 12:34:56.1200000'), (36, '2024-02-29 12:34:56Z'), (37, '2024-02-29 12:34:56+02:00'), (38, '2024-02-29 12:34'), (39, '12:34'), (40, '12:34:56.5'), (41, '24:00:00'), (42, '24:00:01'), (43, '0000-01-01'), (44, '0044-03-15'), (45, '9999-12-31'), (46, '12024-01-01'), (47, '-044-03-15'), (48, '29.02.2024'), (49, '2024-2-9'), (50, '2024-02-29 12:34:60')"
\! sqlite3 $DIR/t.db "INSERT INTO v VALUES (60, 0), (61, 1709210096), (62, 1709210096.25), (63, 86400), (64, -1), (65, 2460370.0), (66, 2460369.5), (67, 2440587.75), (68, 1e18)"
\! sqlite3 $DIR/t.db "INSERT INTO v VALUES (70, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (71, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (72, 'A0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (73, 'a0eebc999c0b4ef8bb6d6bb9bd380a11'), (74, x'a0eebc999c0b4ef8bb6d6bb9bd380a11')"
-- a view for each value: v1, v2, ...
\! sqlite3 $DIR/t.db "SELECT printf('CREATE VIEW v%d AS SELECT v FROM v WHERE id = %d;', id, id) FROM v" | sqlite3 $DIR/t.db

CREATE SERVER sqlite_types FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path :'t_db', read_only 'true');
CREATE SCHEMA sqlite_types;
SET search_path = sqlite_types;

-- What becomes of the values from one id to another as some type: the value, or
-- the error with its detail.
CREATE FUNCTION try_type(type text, low int, high int, options text DEFAULT '')
RETURNS TABLE (id int, value text) LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE v (v %s %s) SERVER sqlite_types OPTIONS (table_name ''v'')', type, options);
	FOR n IN low .. high LOOP
		id := n;
		EXECUTE format('ALTER FOREIGN TABLE v OPTIONS (SET table_name ''v%s'')', id);
		BEGIN
			SELECT coalesce(v.v::text, '(null)') INTO value FROM v;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			value := format('%s: %s %s', SQLSTATE, SQLERRM, detail);
		END;
		RETURN NEXT;
	END LOOP;
	DROP FOREIGN TABLE v;
END $$;

\pset format unaligned
\pset tuples_only on
SELECT * FROM try_type('boolean', 1, 13);
SELECT * FROM try_type('bigint', 1, 25);
SELECT * FROM try_type('integer', 1, 8);
SELECT * FROM try_type('smallint', 3, 5);
SELECT * FROM try_type('double precision', 1, 25);
SELECT * FROM try_type('real', 6, 10);
SELECT * FROM try_type('real', 21, 21);
SELECT * FROM try_type('numeric', 1, 25);
SELECT * FROM try_type('numeric(6,1)', 1, 13);
SELECT * FROM try_type('text', 1, 25);
SELECT * FROM try_type('varchar(3)', 10, 18);
SELECT * FROM try_type('char(4)', 10, 18);
SELECT * FROM try_type('bytea', 13, 17);
SELECT * FROM try_type('json', 1, 1);
SELECT * FROM try_type('jsonb', 13, 13);
SELECT * FROM try_type('jsonb', 24, 24);
SELECT * FROM try_type('uuid', 70, 74);
SELECT * FROM try_type('int[]', 13, 13);
SELECT * FROM try_type('date', 30, 50);
SELECT * FROM try_type('timestamp', 30, 50);
SELECT * FROM try_type('timestamptz', 30, 50);
SELECT * FROM try_type('timestamp(0)', 32, 33);
SELECT * FROM try_type('time', 38, 42);
SELECT * FROM try_type('date', 60, 61);

-- date_format
SELECT * FROM try_type('timestamptz', 60, 68, $$OPTIONS (date_format 'unix')$$);
SELECT * FROM try_type('date', 60, 63, $$OPTIONS (date_format 'unix')$$);
SELECT * FROM try_type('time', 60, 64, $$OPTIONS (date_format 'unix')$$);
SELECT * FROM try_type('timestamp', 30, 30, $$OPTIONS (date_format 'unix')$$);
SELECT * FROM try_type('timestamp', 65, 68, $$OPTIONS (date_format 'julian')$$);
SELECT * FROM try_type('date', 65, 66, $$OPTIONS (date_format 'julian')$$);

-- enums, domains
CREATE TYPE letter AS ENUM ('abc', 'def');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
SELECT * FROM try_type('letter', 12, 13);
SELECT * FROM try_type('positive', 1, 3);
CREATE DOMAIN known AS int NOT NULL;
SELECT * FROM try_type('known', 16, 17);
\pset format aligned
\pset tuples_only off

-- The whole error, once; long values are shortened.
\! sqlite3 $DIR/t.db "INSERT INTO v VALUES (99, printf('%.200c', 'x'))"
\! sqlite3 $DIR/t.db "CREATE VIEW v99 AS SELECT v FROM v WHERE id = 99"
CREATE FOREIGN TABLE v (v inet) SERVER sqlite_types OPTIONS (table_name 'v99');
SELECT * FROM v;
ALTER FOREIGN TABLE v ALTER v TYPE date;
SELECT * FROM v;

-- The text of a decimal number becomes the double that PostgreSQL reads from it:
-- short numbers and long ones, halves between two doubles, more digits than one has.
\! sqlite3 $DIR/t.db "CREATE TABLE decimals (id INTEGER PRIMARY KEY, t TEXT)"
\! sqlite3 $DIR/t.db "INSERT INTO decimals (t) VALUES ('0'), ('-0.0'), ('+1.'), ('.5'), ('-.25'), ('00012.50'), ('9007199254740991'), ('9007199254740993'), ('9007199254740993.0'), ('9007199254740993.01'), ('9007199254740992.5'), ('9007199254740994.5'), ('4503599627370497.5'), ('4503599627370498.5'), ('-1125899906842624.125'), ('0.3'), ('142857.14285714287'), ('3.141592653589793116'), ('0.0000000000000000001'), ('0.1234567890123456789'), ('9999999999999999999'), ('9999999999999999.999'), ('18446744073709551615'), ('99999999999999999999.9'), ('1e-5'), ('1.7976931348623157e308'), ('123456789012345678901234567890.123')"
\! sqlite3 $DIR/t.db "WITH RECURSIVE n (i, x) AS (VALUES (1, 7) UNION ALL SELECT i + 1, (x * 1103515245 + 12345) % 2147483648 FROM n WHERE i < 5000) INSERT INTO decimals (t) SELECT CASE WHEN i % 2 = 0 THEN '-' ELSE '' END || substr(printf('%010d', x), 11 - i % 11) || '.' || substr(printf('%010d%010d', x, x * i % 2147483647), 1 + i % 20) FROM n"
CREATE FOREIGN TABLE decimals_as_text (id int OPTIONS (key 'true'), t text) SERVER sqlite_types OPTIONS (table_name 'decimals');
CREATE FOREIGN TABLE decimals_as_double (id int OPTIONS (key 'true'), t float8) SERVER sqlite_types OPTIONS (table_name 'decimals');
SELECT count(*), count(*) FILTER (WHERE float8send(d.t) <> float8send(t.t::float8)) AS wrong
FROM decimals_as_double d JOIN decimals_as_text t USING (id);
SELECT t.t AS text, d.t AS double FROM decimals_as_double d JOIN decimals_as_text t USING (id) WHERE id < 16 ORDER BY id;

-- a byte that no text may have, in texts of 1 to 20 bytes at each of their places
\! sqlite3 $DIR/t.db "CREATE TABLE places (length INTEGER, place INTEGER, byte TEXT, t); WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO places SELECT l.i, p.i, b.column1, CAST(CAST(substr('abcdefghijklmnopqrst', 1, p.i - 1) AS BLOB) || b.column2 || substr('abcdefghijklmnopqrst', 1, l.i - p.i) AS TEXT) FROM n l JOIN n p ON p.i <= l.i, (VALUES ('00', x'00'), ('80', x'80'), ('ff', x'ff'), ('7f', x'7f')) b"
IMPORT FOREIGN SCHEMA main LIMIT TO (places) FROM SERVER sqlite_types INTO sqlite_types;
CREATE FUNCTION refused(wanted text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	key record;
	n int := 0;
BEGIN
	FOR key IN SELECT length, place FROM places WHERE byte = wanted LOOP
		BEGIN
			PERFORM t FROM places WHERE length = key.length AND place = key.place AND byte = wanted OFFSET 0;
		EXCEPTION WHEN OTHERS THEN
			IF SQLERRM !~ 'is not a valid text' THEN RAISE; END IF;
			n := n + 1;
		END;
	END LOOP;
	RETURN n;
END $$;
SELECT byte, refused(byte) FROM unnest('{00,80,ff,7f}'::text[]) byte;
SELECT count(*), count(*) FILTER (WHERE octet_length(t) <> length) AS differ FROM places WHERE byte = '7f';

\set VERBOSITY terse
DROP SCHEMA sqlite_types CASCADE;
DROP SERVER sqlite_types;
\! rm -rf $DIR
