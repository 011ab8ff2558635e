-- What is sent to another PostgreSQL, and that the answer is the same as
-- without: built-in and immutable goes, what depends on settings, collations or
-- objects of this database stays.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP DATABASE IF EXISTS postgres_pushdown_hub;
DROP DATABASE IF EXISTS postgres_pushdown;
RESET client_min_messages;
\set home :DBNAME
-- the hub orders text by its bytes, the remote as people do
CREATE DATABASE postgres_pushdown_hub TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
CREATE DATABASE postgres_pushdown TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8';
\c postgres_pushdown
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, nick text COLLATE ci, code text COLLATE "C",
	german text COLLATE "de-x-icu", age int, height float8, balance numeric(10,2), active boolean, born date,
	seen timestamptz, at timestamp, tags text[], doc jsonb, feeling mood, big bigint, part smallint);
CREATE INDEX ON people (name);
INSERT INTO people VALUES
	(1, 'abc', 'Ann', 'abc', 'ä', 30, 1.5, 10.5, true, '1990-01-01', '2024-01-01 10:00+00', '2024-01-01 10:00', '{a,b}', '{"a": 1}', 'ok', 3000000000, 1),
	(2, 'Abc', 'ann', 'Abc', 'a', 41, 1.75, 0.1, false, '2000-02-29', '2024-06-01 10:00+00', '2024-06-01 10:00', '{}', '{"a": 2}', 'sad', 2, 2),
	(3, 'a_c', 'ANN', 'a_c', 'z', NULL, NULL, 0.2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 'Été 100%', NULL, 'B', 'Z', -7, 'NaN', -1, true, '0044-03-15 BC', 'infinity', '-infinity', '{"a b",NULL}', '[]', 'ok', -1, -1);
CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people, total numeric, status text);
INSERT INTO orders SELECT i, 1 + i % 4, i * 0.1, (ARRAY['open', 'paid'])[1 + i % 2] FROM generate_series(1, 2000) i;
CREATE INDEX ON orders (person);
CREATE TABLE visits (id int PRIMARY KEY, at timestamp);
INSERT INTO visits VALUES (1, '2024-03-31'), (2, '2024-01-31'), (3, '294276-12-31');
ANALYZE;
\c postgres_pushdown_hub
CREATE EXTENSION fraiseql;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER postgres_pushdown FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'dir', port :'port', database 'postgres_pushdown');
CREATE USER MAPPING FOR CURRENT_USER SERVER postgres_pushdown OPTIONS (username 'postgres');
SET client_min_messages = warning;
IMPORT FOREIGN SCHEMA public FROM SERVER postgres_pushdown INTO public;
RESET client_min_messages;
ALTER FOREIGN TABLE people ALTER german TYPE text COLLATE "de-x-icu", ALTER code TYPE text COLLATE "C", ALTER part TYPE int;

-- What is filtered here, what is sent, and the answer with pushdown on and off.
CREATE FUNCTION show(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	setting text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ '(Filter|Cond|Remote SQL|Sort Key|Limit|Aggregate|Unique)' THEN
			RETURN NEXT regexp_replace(line, '^ +(-> +)?', '');
		END IF;
	END LOOP;
	FOREACH setting IN ARRAY '{on,off}'::text[] LOOP
		PERFORM set_config('fraiseql.pushdown', setting, true);
		BEGIN
			EXECUTE 'SELECT string_agg(q::text, '' '') FROM (' || query || ') q' INTO line;
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS line = PG_EXCEPTION_DETAIL;
			line := 'ERROR ' || SQLERRM || ' ' || line;
		END;
		RETURN NEXT rpad(setting || ':', 5) || coalesce(line, 'null');
	END LOOP;
	PERFORM set_config('fraiseql.pushdown', 'on', true);
END $$;
\pset format unaligned
\pset tuples_only

--
-- Comparisons, with literals that have types
--
SELECT show('SELECT id FROM people WHERE id = 3 OR age > 35 OR age = -7');
SELECT show('SELECT id FROM people WHERE age IN (30, 41, NULL) OR age IS NULL');
SELECT show('SELECT id FROM people WHERE age <> ALL (''{30,5}'')');
SELECT show('SELECT id FROM people WHERE balance = 10.5 OR height = ''NaN''');
SELECT show('SELECT id FROM people WHERE active IS NOT TRUE AND age IS DISTINCT FROM 30');
SELECT show('SELECT id FROM people WHERE big > 5 AND part = 1');
SELECT show('SELECT id FROM people WHERE born < ''2000-01-01'' AND at > ''-infinity''');
SELECT show('SELECT id FROM people WHERE tags @> ''{a}'' AND doc @> ''{"a": 1}'' AND doc ->> ''a'' = ''1''');
SELECT show('SELECT id FROM people WHERE 2 * age + 1 > 60 AND age / 7 = 4 AND abs(height - 1.5) < 0.1');
-- the remote's own errors are errors
SELECT show('SELECT id FROM people WHERE 1 / (age - 30) = 1');

--
-- What depends on settings of a session stays here
--
SELECT show('SELECT id FROM people WHERE seen > ''2024-03-01''');
SELECT show('SELECT id FROM people WHERE seen::date = ''2024-01-01''');
SELECT show('SELECT id FROM people WHERE at = seen');
SELECT show('SELECT id FROM people WHERE to_char(born, ''YYYY'') = ''1990''');
SELECT show('SELECT id FROM people WHERE seen < now() AND id < 3');
-- and what is not built in
SELECT show('SELECT id FROM people WHERE feeling = ''ok''');

--
-- Text: equality by its bytes; order by a collation that both sides know
--
SELECT show('SELECT id FROM people WHERE name = ''abc''');
SELECT show('SELECT id FROM people WHERE nick = ''ann''');
SELECT show('SELECT id FROM people WHERE name > ''abc'' ORDER BY name');
SELECT show('SELECT id FROM people WHERE code > ''B'' ORDER BY code DESC');
SELECT show('SELECT id FROM people WHERE german < ''b'' ORDER BY german');
SELECT show('SELECT id FROM people WHERE name COLLATE "de-x-icu" > ''abc''');
SELECT show('SELECT id FROM people WHERE name = code');
SELECT show('SELECT id FROM people WHERE name LIKE ''a\_%'' OR name LIKE ''%100\%''');
SELECT show('SELECT id FROM people WHERE lower(name) = ''été 100%''');
SELECT show('SELECT id FROM people WHERE lower(german) = ''z'' AND german ~ ''^[[:upper:]]''');
SELECT show('SELECT id FROM people WHERE length(name || code) > 6 AND left(name, 1) = ''A''');
SELECT show('SELECT min(name), max(german), max(code) FROM people');

--
-- Order, limits, groups
--
SELECT show('SELECT id FROM people ORDER BY age NULLS FIRST, id DESC LIMIT 3 OFFSET 1');
SELECT show('SELECT status, count(*), sum(total), avg(total) FILTER (WHERE id < 100) FROM orders GROUP BY status HAVING count(*) > 10 ORDER BY status');
SELECT show('SELECT count(DISTINCT status), stddev(id), bool_and(total > 0) FROM orders');
SELECT show('SELECT DISTINCT person FROM orders ORDER BY person');
-- what may fail is not computed for rows that are then taken away here
SET enable_sort = off;
SELECT show('SELECT id FROM visits WHERE id NOT IN (SELECT v.id FROM visits v WHERE v.id > 2) ORDER BY at + interval ''1 month'', id LIMIT 10');
SELECT show('SELECT v.id FROM visits v JOIN (VALUES (1), (2)) k (x) ON v.id = k.x ORDER BY v.at + interval ''1 month'', v.id LIMIT 10');
SELECT show('SELECT id FROM visits WHERE id < 3 ORDER BY at + interval ''1 month'', id LIMIT 10');
RESET enable_sort;

--
-- Window functions, and conditions on what they return
--
SELECT show('SELECT id, n FROM (SELECT id, row_number() OVER (PARTITION BY person ORDER BY total DESC, id) AS n FROM orders WHERE id < 50) s WHERE n <= 3 AND n > 2 ORDER BY id');
SELECT show('SELECT id, sum(total) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), max(status) OVER (PARTITION BY person) FROM orders WHERE id < 6 ORDER BY id');
SELECT show('SELECT id, rank() OVER (ORDER BY german), row_number() OVER (PARTITION BY tags, doc ORDER BY born DESC, id), lag(seen) OVER (ORDER BY id) FROM people ORDER BY id');
SELECT show('SELECT id, rank() OVER (ORDER BY name) FROM people ORDER BY id');

--
-- Lookups: one statement for each outer row, or one for all keys
--
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.total FROM (VALUES (5), (7)) v(x), orders o WHERE o.id = v.x;
PREPARE keys(int[]) AS SELECT id, total FROM orders WHERE id = ANY ($1) ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE keys('{1,2,3}');
EXECUTE keys('{3,1,NULL,3}');
EXECUTE keys('{}');
EXECUTE keys(NULL);
PREPARE page(bigint, bigint) AS SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2;
EXECUTE page(2, 3);
EXECUTE page(NULL, 1999);
EXECUTE page(-1, 0);

\c :home
DROP DATABASE postgres_pushdown_hub;
DROP DATABASE postgres_pushdown;
