-- Every type of PostgreSQL, read from another one: the values are the same, or
-- there is an error.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP DATABASE IF EXISTS postgres_types;
DROP DATABASE IF EXISTS postgres_types_hub;
RESET client_min_messages;
CREATE DATABASE postgres_types;
-- settings of the remote that a session of ours does not depend on
ALTER DATABASE postgres_types SET datestyle = 'German, DMY';
ALTER DATABASE postgres_types SET intervalstyle = 'sql_standard';
ALTER DATABASE postgres_types SET extra_float_digits = -15;
ALTER DATABASE postgres_types SET bytea_output = 'escape';
ALTER DATABASE postgres_types SET timezone = 'America/New_York';
ALTER DATABASE postgres_types SET search_path = nowhere, public;
ALTER DATABASE postgres_types SET standard_conforming_strings = off;
ALTER DATABASE postgres_types SET default_transaction_isolation = 'serializable';
\set home :DBNAME

\c postgres_types
SET standard_conforming_strings = on;
SET datestyle = 'ISO';
CREATE TABLE v (
	id int PRIMARY KEY, bo boolean, i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision, nu numeric, n2 numeric(10,2), t text, vc varchar(5), ch char(5), "char" "char", na name, by bytea, d date, ti time, tt timetz, ts timestamp, tz timestamptz, iv interval, u uuid, j json, jb jsonb, x xml, ine inet, ci cidr, ma macaddr, ma8 macaddr8, bi bit(3), vb varbit, p point, li line, ls lseg, b box, pa path, po polygon, c circle, tv tsvector, tq tsquery, ir int4range, mr int4multirange, lsn pg_lsn, oi oid, ia int[], ta text[], tza timestamptz[], m money);
INSERT INTO v VALUES
(1, true, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308, 123456789012345678901234567890.123456789, 99999999.99, 'it''s \ a "test"', 'été', 'ab', 'a', 'name', '\x00ff5c27', '2024-02-29', '24:00:00', '12:34:56.789+05:30', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.123456+00', '1 year 2 mons -3 days 04:05:06.789', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": 1,  "a": 2}', '{"b": 1,  "a": 2}', '<a>1</a>', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '10101', '(1.5,2)', '{1,2,3}', '[(1,2),(3,4)]', '(3,4),(1,2)', '[(1,2),(3,4)]', '((1,2),(3,4),(5,6))', '<(1,2),3>', 'a:1 b:2', 'a & !b', '[1,5)', '{[1,3),[5,7)}', '16/B374D848', 4294967295, '{{1,NULL},{3,4}}', '{a,"b c",NULL,"NULL","\""}', '{"2024-02-29 12:00:00+00"}', '1234.5'),
(2, false, -32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', 'NaN', -0.01, '', '', '', '', '', '', 'infinity', '00:00:00', '00:00:00-15:59', '-infinity', 'infinity', '-178000000 years', '00000000-0000-0000-0000-000000000000', 'null', 'null', '', '::1', '::/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '000', '', '(0,0)', '{1,-1,0}', '[(0,0),(0,0)]', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>', 'x:3C', 'x', 'empty', '{}', '0/0', 0, '{}', '{}', '{}', '-0.01');
INSERT INTO v VALUES
(3, NULL, 0, 0, 0, 0.1, 0.1, 0.10, 0.10, E'tab\t\u20ac \U0001F600', '😀', 'é', 'x', 'n', 'a', '4713-01-01 BC', '12:34:56.789', '12:00:00+00', '294276-12-31 23:59:59.999999', '0044-03-15 12:00:00+00 BC', '00:00:00.000001');
CREATE TABLE wide (id int, f8 float8, n numeric, ts timestamp, t text, b bigint, iv interval);
INSERT INTO wide VALUES (1, 0.1, 1.234, '2024-01-01 00:00:00.123456', 'abcdef', 3000000000, '1.5 s');
\c :home
-- the hub: a copy, whose rows are the ones to compare with
CREATE DATABASE postgres_types_hub TEMPLATE postgres_types;
\c postgres_types_hub
CREATE EXTENSION fraiseql;
ALTER TABLE v RENAME TO local;
SELECT current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER postgres_types FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'dir', port :'port', database 'postgres_types');
CREATE USER MAPPING FOR CURRENT_USER SERVER postgres_types OPTIONS (username 'postgres');
CREATE SCHEMA postgres_types;
SET search_path = postgres_types;
IMPORT FOREIGN SCHEMA public FROM SERVER postgres_types INTO postgres_types;

-- Row by row and column by column the same.
SELECT r.id, r::text = l::text AS same FROM v r JOIN public.local l USING (id) ORDER BY id;
SELECT id, k, rv, lv FROM (SELECT r.id, to_jsonb(r) AS rj, to_jsonb(l) AS lj FROM v r JOIN public.local l USING (id)) q,
	LATERAL (SELECT k, rj ->> k AS rv, lj ->> k AS lv FROM jsonb_object_keys(rj) k) w WHERE rv IS DISTINCT FROM lv;

-- The session's own settings change neither what is read nor what is sent.
SET datestyle = 'SQL, DMY'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = -3; SET timezone = 'Asia/Kolkata';
SELECT r.id, r::text = l::text AS same FROM v r JOIN public.local l USING (id) ORDER BY id;
PREPARE p AS SELECT id FROM v WHERE d = $1 OR ts = $2 OR tz = $3 OR iv = $4 OR f8 = $5 OR tza = $6;
SET plan_cache_mode = force_generic_plan;
SELECT id FROM v WHERE d = (SELECT d FROM public.local WHERE id = 1) AND iv = (SELECT iv FROM public.local WHERE id = 1)
	AND tz = (SELECT tz FROM public.local WHERE id = 1) AND tt = (SELECT tt FROM public.local WHERE id = 1)
	AND f8 = (SELECT f8 FROM public.local WHERE id = 1) AND tza = (SELECT tza FROM public.local WHERE id = 1);
SELECT id FROM v WHERE f8 = (SELECT f8 FROM public.local WHERE id = 3) AND f4 = (SELECT f4 FROM public.local WHERE id = 3)
	AND tz = (SELECT tz FROM public.local WHERE id = 3) AND d = (SELECT d FROM public.local WHERE id = 3);
EXECUTE p ('29/02/2024', '-infinity', NULL, NULL, 0.1, NULL);
RESET ALL;
SET search_path = postgres_types;

-- What the type here cannot hold is an error, not something near.
CREATE FOREIGN TABLE narrow_f4 (f8 real) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE narrow_n (n numeric(10,2)) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE narrow_ts (ts timestamp(3)) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE narrow_t (t varchar(3)) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE narrow_b (b int) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE narrow_iv (iv interval(0)) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
CREATE FOREIGN TABLE other (t int) SERVER postgres_types OPTIONS (schema_name 'public', table_name 'wide');
\set VERBOSITY terse
SELECT * FROM narrow_f4;
SELECT * FROM narrow_n;
SELECT * FROM narrow_ts;
SELECT * FROM narrow_t;
SELECT * FROM narrow_b;
SELECT * FROM narrow_iv;
SELECT * FROM other;
-- nor does a condition hide it
SELECT * FROM narrow_t WHERE t = 'abcdef' OR t = 'x';
SELECT * FROM narrow_b WHERE b = 5 OR b <> 5;

\c :home
DROP DATABASE postgres_types_hub;
DROP DATABASE postgres_types;
