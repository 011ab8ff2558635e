-- Window functions over a foreign table: which go to the remote, how a
-- condition on their result goes with them, and that the answer is the same as
-- without.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set w_db :dir '/w.db'
\! sqlite3 $DIR/w.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INT, total DECIMAL(10,2), amount INT, status TEXT, note TEXT COLLATE NOCASE, placed DATE, token UUID); CREATE INDEX orders_person ON orders (person_id); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 24) INSERT INTO orders SELECT x, nullif(x % 5, 4), (x * 7 % 11) / 4.0, nullif(x * 5 % 7, 3), CASE x % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'Open' END, substr('abAB', 1 + x % 4, 1), date('2024-01-01', (x % 4) || ' days'), CASE WHEN x % 2 THEN 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' ELSE 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' END FROM c"
\! sqlite3 $DIR/w.db "CREATE TABLE named (c1 INTEGER PRIMARY KEY, c2 INT, w1 INT); INSERT INTO named VALUES (3, 1, 7), (2, 1, 8), (1, 1, 9); CREATE TABLE mixed (id INTEGER PRIMARY KEY, k INT, n INT); INSERT INTO mixed VALUES (1, 1, 1), (2, 1, 2), (3, 2, 'x'), (4, 2, 5); ANALYZE"

CREATE SERVER window_pushdown FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'w_db');
CREATE SCHEMA window_pushdown;
SET search_path = window_pushdown;
IMPORT FOREIGN SCHEMA main FROM SERVER window_pushdown INTO window_pushdown;
ALTER FOREIGN TABLE orders ALTER total TYPE numeric(10,2), ALTER amount TYPE int, ALTER person_id TYPE int,
	ALTER status TYPE text COLLATE "C", ALTER note TYPE text COLLATE "C";
ALTER FOREIGN TABLE mixed ALTER k TYPE int, ALTER n TYPE int;
CREATE TABLE people AS SELECT i AS id FROM generate_series(0, 3) i;

-- What is done here, what is sent, and the answer with pushdown on and off.
CREATE FUNCTION show(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	setting text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ '(Filter|Cond|Remote SQL|Sort Key|Limit|Run Condition|WindowAgg)' THEN
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
-- The first rows of each group: the condition on the number goes, too
--
SELECT show('SELECT * FROM (SELECT id, person_id, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders WHERE person_id = ANY (''{1,2}'')) s WHERE n <= 2 ORDER BY person_id, n');
SELECT show('SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY total DESC, id) AS n FROM orders) s WHERE n < 2 ORDER BY id');
-- what the planner leaves above is sent as well
SELECT show('SELECT id, n FROM (SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n <= 3 AND n > 2 ORDER BY id');
SELECT show('SELECT id, n FROM (SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n = 4 ORDER BY id');
SELECT show('SELECT id, n FROM (SELECT id, amount, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n > amount ORDER BY id');
SELECT show('SELECT id, n FROM (SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n IN (1, 3) AND random() >= 0 ORDER BY id');
-- a condition on the partition goes below the window
SELECT show('SELECT id, n FROM (SELECT id, person_id, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n <= 2 AND person_id = 3 ORDER BY id');
-- on anything else it does not
SELECT show('SELECT id, n FROM (SELECT id, amount, row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n <= 2 AND amount > 2 ORDER BY id');
-- rows that nothing is asked of but their number
SELECT show('SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY person_id ORDER BY total, id) AS n FROM orders) s WHERE n <= 2');
SELECT show('SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) s WHERE n <= NULL::int');
SELECT show('SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) s WHERE n <= 3::numeric');

-- parameters, under plans for any value
PREPARE top(int[], bigint, bigint) AS
	SELECT id, person_id, n FROM (SELECT id, person_id, row_number() OVER (PARTITION BY person_id ORDER BY total DESC, id) AS n
		FROM orders WHERE person_id = ANY ($1)) s
	WHERE n > $2 AND n <= $2 + $3 ORDER BY n, person_id;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE top('{1,2,3}', 1, 2);
EXECUTE top('{1,2,3}', 1, 2);
EXECUTE top('{1,NULL}', 0, 1);
EXECUTE top('{1}', 0, NULL);
EXECUTE top('{}', 0, 5);
RESET plan_cache_mode;
-- no more rows come than are returned
DO $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE top(''{1,2,3}'', 1, 2)' LOOP
		IF line ~ '(Foreign Scan|Sort) ' THEN
			RAISE NOTICE '%', line;
		END IF;
	END LOOP;
END $$;

-- columns that are named as ours are in a derived table
SELECT show('SELECT c1 FROM (SELECT c1, w1, row_number() OVER (PARTITION BY c2 ORDER BY w1, c1) AS n FROM named) s WHERE n <= 2 ORDER BY c1');

--
-- Which functions, windows and frames
--
SELECT show('SELECT id, rank() OVER (ORDER BY amount), dense_rank() OVER (ORDER BY amount DESC NULLS LAST) FROM orders ORDER BY id');
SELECT show('SELECT id, count(*) OVER (PARTITION BY status), count(amount) FILTER (WHERE amount > 2) OVER (PARTITION BY status ORDER BY id) FROM orders ORDER BY id LIMIT 5');
SELECT show('SELECT id, sum(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM orders ORDER BY total, id');
SELECT show('SELECT id, sum(total) OVER (ORDER BY id), avg(amount) OVER (PARTITION BY person_id ORDER BY id) FROM orders ORDER BY id LIMIT 5');
SELECT show('SELECT id, min(total) OVER (PARTITION BY person_id ORDER BY placed, id), max(status) OVER (PARTITION BY person_id) FROM orders ORDER BY id LIMIT 5');
SELECT show('SELECT id, lag(amount) OVER w, lead(amount) OVER w, first_value(id) OVER w, last_value(id) OVER w FROM orders WINDOW w AS (PARTITION BY person_id ORDER BY id) ORDER BY id LIMIT 5');
SELECT show('SELECT id, count(*) OVER (ORDER BY amount RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), count(*) OVER (ORDER BY amount GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM orders ORDER BY total, id');
SELECT show('SELECT id, count(*) OVER (RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM orders ORDER BY id LIMIT 2');
SELECT show('SELECT id, row_number() OVER (PARTITION BY person_id ORDER BY person_id, id, id DESC, 1::int) FROM orders ORDER BY id LIMIT 5');
-- one uuid in several spellings
SELECT show('SELECT id, row_number() OVER (PARTITION BY token ORDER BY total, id) FROM orders ORDER BY id LIMIT 5');
SELECT show('SELECT id, row_number() OVER (ORDER BY token, id) FROM orders ORDER BY id LIMIT 3');
-- computed of what the remote gives
SELECT show('SELECT id, row_number() OVER (ORDER BY amount, id) * 10 + id AS x, upper(status) FROM orders ORDER BY id LIMIT 3');
-- collations: of the database's order nothing is known there
SELECT show('SELECT id, row_number() OVER (PARTITION BY note ORDER BY id) FROM orders ORDER BY id LIMIT 5');
SELECT show('SELECT id, row_number() OVER (ORDER BY note COLLATE "en-x-icu", id) FROM orders ORDER BY id LIMIT 5');

-- a filter that moving minima would forget
SELECT show('SELECT id, min(amount) FILTER (WHERE amount > 2) OVER (ORDER BY total, id), max(amount) FILTER (WHERE amount > 2) OVER (ORDER BY total, id ROWS UNBOUNDED PRECEDING) FROM orders ORDER BY id');
SELECT show('SELECT id, min(amount) FILTER (WHERE amount > 2) OVER (ORDER BY total, id ROWS 1 PRECEDING) FROM orders ORDER BY id');

-- here: moving sums of decimal numbers, offsets of ranges, unknown functions
SELECT show('SELECT id, sum(total) OVER (ORDER BY id ROWS 2 PRECEDING) FROM orders ORDER BY id LIMIT 3');
SELECT show('SELECT id, count(*) OVER (ORDER BY id RANGE 2 PRECEDING) FROM orders ORDER BY id LIMIT 3');
SELECT show('SELECT id, ntile(3) OVER (ORDER BY id) FROM orders ORDER BY id LIMIT 3');
SELECT show('SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND 1 FOLLOWING) FROM orders ORDER BY id LIMIT 3');
SELECT show('SELECT id, count(*) OVER (ORDER BY id ROWS -1 PRECEDING) FROM orders ORDER BY id LIMIT 3');
-- all go or none does; nothing goes over rows that are sifted here
SELECT show('SELECT id, row_number() OVER (ORDER BY id), row_number() OVER (ORDER BY upper(status), id) FROM orders ORDER BY id LIMIT 3');
SELECT show('SELECT id, row_number() OVER (ORDER BY id) FROM orders WHERE upper(status) = ''OPEN'' ORDER BY id LIMIT 3');
SELECT show('SELECT person_id, count(*), row_number() OVER (ORDER BY count(*), person_id) FROM orders GROUP BY person_id ORDER BY 1');
SELECT show('SELECT DISTINCT person_id, count(*) OVER (PARTITION BY person_id) FROM orders ORDER BY 1');
SELECT show('SELECT o.id, row_number() OVER (ORDER BY o.id) FROM orders o JOIN people p ON p.id = o.person_id WHERE o.id < 6 ORDER BY 1');

--
-- Above: ORDER BY and LIMIT
--
SELECT show('SELECT id, row_number() OVER (ORDER BY amount, id) AS n FROM orders ORDER BY n DESC LIMIT 3');
SELECT show('SELECT id, row_number() OVER (ORDER BY amount, id) AS n FROM orders ORDER BY total, n LIMIT 3 OFFSET 1');
SELECT show('SELECT id, rank() OVER (ORDER BY amount) - 1 AS n FROM orders ORDER BY rank() OVER (ORDER BY amount) - 1, id LIMIT 3');
SELECT show('SELECT * FROM (SELECT id, row_number() OVER (ORDER BY amount, id) AS n FROM orders ORDER BY id LIMIT 9) s WHERE n <= 4 ORDER BY id');

--
-- Conditions that must not be sent
--
-- of the outer side of a join: applied there only
SELECT show('SELECT p.id, s.id, s.n FROM people p LEFT JOIN (SELECT id, person_id, row_number() OVER (PARTITION BY person_id ORDER BY id) AS n FROM orders) s ON s.person_id = p.id AND s.n = 2 WHERE s.n IS DISTINCT FROM 1 ORDER BY 1');
-- of one of two subqueries
SELECT show('SELECT a.id, b.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) a JOIN (SELECT id, row_number() OVER (ORDER BY total, id) AS n FROM orders) b ON a.id = b.id WHERE a.n > 22 AND b.n > 3 ORDER BY 1');
SELECT show('SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders UNION ALL SELECT id, row_number() OVER (ORDER BY total, id) FROM orders) a WHERE n IN (3, 5) ORDER BY 1, 2');
SELECT show('SELECT * FROM (SELECT DISTINCT ON (person_id) id, person_id, row_number() OVER (ORDER BY id) AS n FROM orders ORDER BY person_id, id) a WHERE n > 2 ORDER BY 1');
SELECT show('SELECT (SELECT max(id) FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) s WHERE n = p.id) FROM people p ORDER BY p.id');
SELECT show('SELECT p.id, (SELECT string_agg(s.id::text, '','' ORDER BY s.n) FROM (SELECT id, row_number() OVER (ORDER BY total, id) AS n FROM orders o WHERE o.person_id = p.id) s WHERE n <= 2) FROM people p ORDER BY p.id');

--
-- Values that do not convert: an error, as without, though the row is not among the first
--
SELECT show('SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY k ORDER BY n, id) AS rn FROM mixed) s WHERE rn <= 1 ORDER BY id');
SELECT show('SELECT id, n, row_number() OVER (ORDER BY n, id) FROM mixed ORDER BY id');
SELECT show('SELECT id FROM (SELECT id, n, row_number() OVER (ORDER BY n, id) AS rn FROM mixed) s WHERE rn = n AND rn <= 2 ORDER BY id');
SELECT show('SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY k ORDER BY n, id) AS rn FROM mixed WHERE k = 1) s WHERE rn <= 1 ORDER BY id');

DROP SCHEMA window_pushdown CASCADE;
DROP SERVER window_pushdown;
\! rm -r $DIR
