-- What is sent to SQLite, and that the answer is the same as without: every
-- trap of its dynamic types, collations and functions.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set p_db :dir '/p.db'
\! sqlite3 $DIR/p.db "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, nick TEXT COLLATE NOCASE, age INT, height REAL, balance DECIMAL(10,2), active BOOLEAN, born DATE, seen TIMESTAMP, token UUID, photo BLOB); CREATE INDEX people_nick ON people (nick)"
\! sqlite3 $DIR/p.db "INSERT INTO people VALUES (1, 'abc', 'Ann', 30, 1.5, 10.5, 1, '1990-01-01', '2024-01-01 10:00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', x'00ff'), (2, 'Abc', 'ann', 41, 1.75, 0.1, 0, '2000-02-29', '2024-01-01T10:00:00.5', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12', x''), (3, 'a_c', 'ANN ', NULL, NULL, 0.2, NULL, NULL, NULL, x'a0eebc999c0b4ef8bb6d6bb9bd380a13', NULL), (4, 'a\\c%', NULL, -7, -1e300, 99999999.99, 1, '0044-03-15', '1999-12-31', NULL, x'61'), (5, 'été*', 'Été', 0, 0.1, 3, 0, '9999-12-31', '9999-12-31 23:59:59', NULL, x'6162'), (6, 'a[b]?', 'bob', 5, 9e999, 12.25, 1, '2024-01-01', '2024-01-01', NULL, NULL)"
\! sqlite3 $DIR/p.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INT, total NUMERIC, status TEXT); CREATE INDEX orders_person ON orders (person_id); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 600) INSERT INTO orders SELECT x, x % 6 + 1, x * 0.1, CASE x % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' END FROM c; CREATE VIEW paid AS SELECT id, person_id, total FROM orders WHERE status = 'paid'"
-- values of other classes than their columns' types
\! sqlite3 $DIR/p.db "CREATE TABLE mixed (id INTEGER PRIMARY KEY, i INT, t TEXT, d DATE); INSERT INTO mixed VALUES (1, 1, 'x', '2024-01-01'), (2, 'abc', x'00', 20240101), (3, 2.5, 'y', 'yesterday'); CREATE TABLE strict_t (id INTEGER PRIMARY KEY, n INT) STRICT; INSERT INTO strict_t VALUES (1, 9223372036854775807), (2, 9223372036854775807), (3, NULL)"
\! sqlite3 $DIR/p.db "CREATE TABLE events (id INTEGER PRIMARY KEY, at INT, day INT); INSERT INTO events VALUES (1, 1704103200, 1704067200), (2, 1704103200.25, 0), (3, -1, -86400); ANALYZE"
\! sqlite3 $DIR/p.db "CREATE TABLE spelled (id INTEGER PRIMARY KEY, a DATETIME, b DATETIME, u UUID); INSERT INTO spelled VALUES (1, '2024-01-01', '2024-01-01T00:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, '2024-01-01 00:00:00.000', '2024-01-01', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')"

CREATE SERVER sqlite_pushdown FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'p_db');
CREATE SCHEMA sqlite_pushdown;
SET search_path = sqlite_pushdown;
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_pushdown INTO sqlite_pushdown;
ALTER FOREIGN TABLE people ALTER name TYPE text COLLATE "C", ALTER age TYPE int, ALTER balance TYPE numeric(10,2);
ALTER FOREIGN TABLE orders ALTER status TYPE text COLLATE "C";
ALTER FOREIGN TABLE events ALTER at TYPE timestamptz, ALTER at OPTIONS (date_format 'unix'),
	ALTER day TYPE date, ALTER day OPTIONS (date_format 'unix');

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
-- Comparisons
--
SELECT show('SELECT id FROM people WHERE id = 3');
SELECT show('SELECT id FROM people WHERE age > 5 AND age <= 41');
SELECT show('SELECT id FROM people WHERE age NOT BETWEEN 0 AND 35');
SELECT show('SELECT id FROM people WHERE age IN (30, 5, NULL) OR age IS NULL');
SELECT show('SELECT id FROM people WHERE age <> ALL (''{30,5}'')');
SELECT show('SELECT id FROM people WHERE age IS DISTINCT FROM 30');
SELECT show('SELECT id FROM people WHERE age IS NOT DISTINCT FROM NULL OR NOT (age IS DISTINCT FROM 5)');
SELECT show('SELECT id FROM people WHERE active AND NOT (age > 35)');
SELECT show('SELECT id FROM people WHERE active IS NOT TRUE');
SELECT show('SELECT id FROM people WHERE active IS UNKNOWN OR (active = false) IS FALSE');
-- text: by its bytes, whatever the column's collation there
SELECT show('SELECT id FROM people WHERE name = ''abc''');
SELECT show('SELECT id FROM people WHERE nick = ''ann''');
SELECT show('SELECT id FROM people WHERE nick IN (''ann'', ''ANN'')');
SELECT show('SELECT id FROM people WHERE name > ''a''');
SELECT show('SELECT id FROM people WHERE name COLLATE "en-x-icu" > ''a''');
SELECT show('SELECT id FROM people WHERE name = ''it''''s \ "quoted"''');
-- numbers: a real is its shortest decimal form
SELECT show('SELECT id FROM people WHERE height = 0.1::float8');
SELECT show('SELECT id FROM people WHERE height < ''NaN'' AND height > 1.5');
SELECT show('SELECT id FROM people WHERE height = ''Infinity''');
SELECT show('SELECT id FROM people WHERE balance = 0.1');
SELECT show('SELECT id FROM people WHERE balance >= 12 ORDER BY balance');
SELECT show('SELECT id FROM people WHERE balance < 12.2500000000000000000001');
-- dates: ISO text, unix seconds
SELECT show('SELECT id FROM people WHERE born < ''2000-03-01''');
SELECT show('SELECT id FROM people WHERE born > ''10000-01-01'' OR born < ''0044-03-15 BC'' OR born <= ''-infinity''');
SELECT show('SELECT id FROM people WHERE seen = ''2024-01-01 10:00:00.5''');
SELECT show('SELECT id FROM people WHERE seen > ''2024-01-01 09:00''');
SELECT show('SELECT id FROM events WHERE at = ''2024-01-01 10:00:00.25+00''');
SELECT show('SELECT id FROM events WHERE at < ''2024-01-01 10:00:00.25+00''');
SELECT show('SELECT id FROM events WHERE day = ''2024-01-01''');
SELECT show('SELECT id FROM events WHERE day < ''1970-01-01''');
-- a uuid in each of its spellings
SELECT show('SELECT id FROM people WHERE token = ''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12''');
SELECT show('SELECT id FROM people WHERE token IN (''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'', ''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13'')');
SELECT show('SELECT id FROM people WHERE token <> ''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13''');
SELECT show('SELECT count(DISTINCT token), count(token) FROM (SELECT token FROM people) p');
SELECT show('SELECT id FROM people WHERE photo > ''\x61'' OR photo = ''''');
-- two columns with several spellings of one value: SQLite would see different ones
SELECT show('SELECT id FROM spelled WHERE a = b');
SELECT show('SELECT id FROM spelled WHERE a >= b AND NOT a > b');
SELECT show('SELECT count(DISTINCT u), count(DISTINCT a) FROM spelled');
SELECT show('SELECT x.id FROM spelled x JOIN spelled y ON x.a = y.b WHERE y.id = 2 ORDER BY x.id');

--
-- LIKE, functions, arithmetic
--
SELECT show('SELECT id FROM people WHERE name LIKE ''a%''');
SELECT show('SELECT id FROM people WHERE name LIKE ''a\_c''');
SELECT show('SELECT id FROM people WHERE name LIKE ''a!_c'' ESCAPE ''!''');
SELECT show('SELECT id FROM people WHERE name LIKE ''a\\c\%''');
SELECT show('SELECT id FROM people WHERE name NOT LIKE ''_t_*''');
SELECT show('SELECT id FROM people WHERE name LIKE ''a[b]?''');
SELECT show('SELECT id FROM people WHERE name ILIKE ''A%'' AND name ~ ''b''');
SELECT show('SELECT id FROM people WHERE name LIKE ''a\''');
SELECT show('SELECT id FROM people WHERE length(name) = 4 AND octet_length(name) = 6');
SELECT show('SELECT id FROM people WHERE upper(name) = ''ÉTÉ*''');
SELECT show('SELECT id FROM people WHERE substr(name, 2, 1) = ''_'' OR left(name, 2) = ''Ab''');
SELECT show('SELECT id FROM people WHERE substr(name, -1, 3) = ''a''');
SELECT show('SELECT id FROM people WHERE rtrim(nick) = ''ANN'' OR nick || ''!'' = ''bob!''');
SELECT show('SELECT id FROM people WHERE coalesce(nick, name) = ''a\c%'' OR nullif(age, 30) = 41');
SELECT show('SELECT id FROM people WHERE CASE age WHEN 30 THEN ''x'' WHEN 5 THEN ''y'' ELSE ''z'' END <> ''z''');
SELECT show('SELECT id FROM people WHERE age % 2 = 1 AND age / 2 = 20 AND age::int8 + 1 = 42');
-- what could overflow, or divide by zero, is not sent
SELECT show('SELECT id FROM people WHERE age + 1 = 6');
SELECT show('SELECT id FROM people WHERE 10 / age = 2 AND age <> 0');
SELECT show('SELECT id FROM people WHERE round(height) = 2');
-- nor what SQLite would answer in its own way, and nothing over it
SELECT show('SELECT id FROM people WHERE greatest(age, id) = 3');
SELECT show('SELECT count(*) FROM people WHERE balance::int = 0');
SELECT show('SELECT id FROM people WHERE name ~ ''c$'' ORDER BY id DESC LIMIT 1');
SELECT show('SELECT id FROM people WHERE id / 0 = 1');

--
-- Values that do not convert are never taken for others
--
SELECT show('SELECT id FROM mixed WHERE i = 1');
SELECT show('SELECT id FROM mixed WHERE i > 1');
SELECT show('SELECT count(i) FROM mixed');
SELECT show('SELECT count(*) FROM mixed WHERE t IS NOT NULL');
SELECT show('SELECT id FROM mixed ORDER BY d');
SELECT show('SELECT count(*) FROM mixed');
-- a view's columns hold anything
SELECT show('SELECT id FROM paid WHERE person_id = 2 AND total < 2');

--
-- ORDER BY, LIMIT
--
SELECT show('SELECT id, age FROM people ORDER BY age, id');
SELECT show('SELECT id, age FROM people ORDER BY age DESC, id DESC LIMIT 2');
SELECT show('SELECT id, age FROM people ORDER BY age DESC NULLS LAST LIMIT 2 OFFSET 1');
SELECT show('SELECT id FROM people ORDER BY name LIMIT 3');
SELECT show('SELECT id FROM people ORDER BY nick COLLATE "en-x-icu", id LIMIT 3');
SELECT show('SELECT id, name || ''!'' FROM people ORDER BY length(name), id LIMIT 2');
SELECT show('SELECT id FROM people WHERE upper(name) = ''ABC'' ORDER BY id LIMIT 1');
SELECT show('SELECT id FROM people ORDER BY id OFFSET 4');
SELECT show('SELECT id FROM people ORDER BY id LIMIT NULL OFFSET 5');
SELECT show('SELECT id FROM people ORDER BY active, id FETCH FIRST 1 ROW WITH TIES');
SELECT show('SELECT id FROM people ORDER BY id LIMIT -1');

--
-- Aggregates
--
SELECT show('SELECT count(*), count(age), count(DISTINCT nick), min(age), max(age), sum(age), avg(age) FROM people');
SELECT show('SELECT sum(n), avg(n), max(n) FROM strict_t');
SELECT show('SELECT sum(balance), avg(balance), min(balance), max(balance) FROM people');
SELECT show('SELECT sum(total), avg(total) FROM orders');
SELECT show('SELECT min(name), max(name), min(born), max(height) FROM people');
SELECT show('SELECT min(name), max(name) FROM people');
SELECT show('SELECT status, count(*) FILTER (WHERE id > 30), sum(total) + 1 FROM orders GROUP BY status HAVING count(*) > 5 ORDER BY status');
SELECT show('SELECT person_id % 2, count(*) FROM orders WHERE status = ''paid'' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1');
SELECT show('SELECT lower(nick), count(*) FROM people GROUP BY 1 ORDER BY 2 DESC, 1');
SELECT show('SELECT nick, count(*) FROM people GROUP BY nick HAVING max(id) % 2 = 0 ORDER BY nick COLLATE "C"');
SELECT show('SELECT status, sum(total) FROM orders GROUP BY status HAVING sum(total) > 6001');
SELECT show('SELECT status FROM orders GROUP BY status ORDER BY avg(total) DESC LIMIT 1');
SELECT show('SELECT DISTINCT status FROM orders ORDER BY status');
SELECT show('SELECT DISTINCT active, age > 10 FROM people ORDER BY 1, 2');
SELECT show('SELECT sum(height) FROM people WHERE height < 1e10');
SELECT show('SELECT count(*) FROM people WHERE upper(name) = ''ABC''');
SELECT show('SELECT sum(DISTINCT age), count(*) FROM people WHERE current_user = ''nobody''');

--
-- Parameters are sent, under generic plans too
--
SET plan_cache_mode = force_generic_plan;
PREPARE by_ids(int[]) AS SELECT id, name FROM people WHERE id = ANY ($1) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_ids('{1,3,null}');
EXECUTE by_ids('{1,3,null}');
EXECUTE by_ids('{}');
EXECUTE by_ids(NULL);
PREPARE by_text(text[], text) AS SELECT id FROM people WHERE (name = ANY ($1) OR nick LIKE $2) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_text(NULL, NULL);
EXECUTE by_text('{été*,"a\\\\c%",null}', 'A%');
EXECUTE by_text('{abc}', 'a\');
PREPARE by_number(numeric, timestamp, float8) AS SELECT id FROM people WHERE balance < $1 AND seen >= $2 AND height <> $3;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_number(1, 'now', 1);
EXECUTE by_number(10.5000000000000000000001, '2024-01-01 10:00:00', 'NaN');
EXECUTE by_number('NaN', '2000-01-01', 7);
PREPARE by_uuid(uuid[]) AS SELECT id FROM people WHERE token = ANY ($1) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_uuid(NULL);
EXECUTE by_uuid('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a13}');
PREPARE page(bigint, bigint) AS SELECT id FROM people ORDER BY id LIMIT $1 OFFSET $2;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(2, 1);
EXECUTE page(2, 1);
EXECUTE page(NULL, 4);
EXECUTE page(-1, 0);
PREPARE gated(int) AS SELECT count(*) FROM people WHERE $1 > 5;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE gated(1);
EXECUTE gated(1);
EXECUTE gated(7);
RESET plan_cache_mode;

--
-- Joins look rows up
--
CREATE TABLE wanted (id bigint, note text);
INSERT INTO wanted VALUES (3, 'three'), (1, 'one'), (99, 'nobody');
ANALYZE wanted;
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT w.note, o.id, o.status FROM wanted w JOIN orders o ON o.id = w.id;
SELECT w.note, o.id, o.status FROM wanted w JOIN orders o ON o.id = w.id ORDER BY 1;
-- with a condition that only the join can decide
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT p.name, o.total FROM people p JOIN orders o ON o.person_id = p.id AND o.total > p.balance WHERE p.id = 2;
SELECT count(*) FROM people p JOIN orders o ON o.person_id = p.id AND o.total > p.balance WHERE p.id = 2;
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT w.note, o.* FROM wanted w, LATERAL (SELECT * FROM orders o WHERE o.person_id = w.id ORDER BY o.id DESC LIMIT 2) o;
SELECT w.note, o.* FROM wanted w, LATERAL (SELECT * FROM orders o WHERE o.person_id = w.id ORDER BY o.id DESC LIMIT 2) o;
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT note, (SELECT count(*) FROM orders o WHERE o.person_id = w.id AND o.status = 'paid') FROM wanted w;
SELECT note, (SELECT count(*) FROM orders o WHERE o.person_id = w.id AND o.status = 'paid') FROM wanted w;

--
-- Whole rows, system columns, row locks
--
EXPLAIN (VERBOSE, COSTS OFF) SELECT o, tableoid::regclass FROM orders o WHERE id = 1;
SELECT o, tableoid::regclass FROM orders o WHERE id = 1;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM orders WHERE id = 1 FOR UPDATE LIMIT 1;

--
-- Switched off by option, for a table and for a server
--
ALTER FOREIGN TABLE orders OPTIONS (ADD pushdown 'off');
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM orders WHERE id = 1 ORDER BY id LIMIT 1;
ALTER SERVER sqlite_pushdown OPTIONS (ADD pushdown 'off');
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM people WHERE id = 1;

SET client_min_messages = warning;
DROP SCHEMA sqlite_pushdown CASCADE;
DROP SERVER sqlite_pushdown;
\! rm -rf $DIR
