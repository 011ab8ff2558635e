-- Whatever the executor asks of a foreign scan: cursors that go back, savepoints,
-- loops that commit, partitions, row locks, system columns, dropped columns; and
-- writing, which is refused.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set path :dir '/e.db'
\! sqlite3 $DIR/e.db "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, s TEXT); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) INSERT INTO t SELECT x, x % 10, 'row ' || x FROM c; CREATE TABLE p1 (k INT, v TEXT); INSERT INTO p1 VALUES (1, 'one'), (2, 'two'); CREATE TABLE p2 (k INT, v TEXT); INSERT INTO p2 VALUES (11, 'eleven'), (12, 'twelve')"
CREATE SERVER sqlite_executor FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
CREATE SCHEMA sqlite_executor;
SET search_path = sqlite_executor;
CREATE FOREIGN TABLE t (id int OPTIONS (key 'true'), n int, s text) SERVER sqlite_executor;
CREATE TABLE l (id int PRIMARY KEY, x int);
INSERT INTO l SELECT i, i % 7 FROM generate_series(1, 20) i;
ANALYZE l;

--
-- Cursors
--
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id FROM t ORDER BY id;
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
FETCH LAST FROM c;
FETCH ABSOLUTE 2 FROM c;
CLOSE c;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id;
SAVEPOINT a;
DECLARE d CURSOR FOR SELECT id FROM t WHERE id > 10 ORDER BY id;
FETCH 1 FROM c;
FETCH 1 FROM d;
ROLLBACK TO a;
FETCH 1 FROM c;
FETCH 1 FROM d;
ROLLBACK;
-- ALTER SERVER counts for what comes after it, not for what is open; that cannot be
-- dropped.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id;
FETCH 1 FROM c;
ALTER SERVER sqlite_executor OPTIONS (ADD timeout '10min');
SELECT count(*) FROM t;
FETCH 1 FROM c;
DISCARD PLANS;
FETCH 1 FROM c;
DROP SERVER sqlite_executor CASCADE;
ROLLBACK;

-- Loops: with commits, with errors inside
DO $$
DECLARE
	r record;
	rows int := 0;
	errors int := 0;
BEGIN
	FOR r IN SELECT id FROM t ORDER BY id LIMIT 100 LOOP
		rows := rows + 1;
		COMMIT;
	END LOOP;
	FOR r IN SELECT id FROM t ORDER BY id LOOP
		BEGIN
			PERFORM 10 / (id - r.id) FROM t WHERE id < 3;
		EXCEPTION WHEN division_by_zero THEN
			errors := errors + 1;
		END;
		rows := rows + 1;
		EXIT WHEN r.id = 50;
	END LOOP;
	RAISE WARNING '% rows, % errors', rows, errors;
END $$;

--
-- Subplans and scans that stop early
--
SELECT l.id, (SELECT s FROM t WHERE t.id = l.id * 100) FROM l WHERE l.id < 4 ORDER BY 1;
SELECT count(*) FROM l WHERE EXISTS (SELECT 1 FROM t WHERE t.n = l.x AND t.id > l.id);
SELECT l.id, z.id FROM l LEFT JOIN LATERAL (SELECT id FROM t WHERE t.n = l.x ORDER BY id DESC LIMIT 2 OFFSET l.id % 2) z ON true WHERE l.id < 3 ORDER BY 1, 2;
SELECT count(*) FROM t WHERE n = ANY (SELECT x FROM l);
SELECT count(*) FROM t WHERE n <> ALL (SELECT x FROM l);
WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT (SELECT min(id) FROM t WHERE t.id > r.i) FROM r WHERE i < 20) SELECT max(i) FROM r;

--
-- Whole rows, system columns, row locks
--
SELECT t, tableoid::regclass FROM t WHERE id = 1;
SELECT l.id, t FROM l LEFT JOIN t ON t.id = l.id + 999 WHERE l.id < 3 ORDER BY 1;
SELECT xmin FROM t WHERE id = 1;
SELECT l.id, t.s FROM l JOIN t ON t.id = l.id WHERE l.id < 3 ORDER BY 1 FOR UPDATE;
UPDATE l SET x = t.n + 100 FROM t WHERE t.id = l.id AND l.id > 18 RETURNING l.*;
DELETE FROM l USING t WHERE t.id = l.id AND t.id > 18 RETURNING l.id, t.s;
INSERT INTO l SELECT id, n FROM t WHERE id BETWEEN 100 AND 101 RETURNING id;
CREATE MATERIALIZED VIEW m AS SELECT * FROM t WHERE id < 5;
REFRESH MATERIALIZED VIEW m;
SELECT count(*) FROM m;
COPY (SELECT * FROM t WHERE id < 3 ORDER BY id) TO STDOUT;

--
-- Partitions and children, with columns in another order and dropped ones
--
CREATE TABLE p (k int, v text) PARTITION BY RANGE (k);
CREATE FOREIGN TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) SERVER sqlite_executor;
CREATE FOREIGN TABLE p2 (v text, gone int, k int) SERVER sqlite_executor;
ALTER FOREIGN TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
INSERT INTO p VALUES (21, 'here');
SELECT tableoid::regclass, p FROM p ORDER BY k;
SELECT count(*), max(k) FROM p;
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM p WHERE k = 11;
SELECT * FROM p ORDER BY k FOR UPDATE;
PREPARE by_key(int) AS SELECT * FROM p WHERE k = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_key(11);
EXECUTE by_key(21);
EXPLAIN (COSTS OFF) EXECUTE by_key(11);
RESET plan_cache_mode;
SET enable_partitionwise_join = on;
SET enable_partitionwise_aggregate = on;
SELECT a.k, count(b.v) FROM p a JOIN p b USING (k) GROUP BY a.k ORDER BY 1;
CREATE FOREIGN TABLE none () SERVER sqlite_executor OPTIONS (table_name 't');
SELECT none, count(*) FROM none GROUP BY none;

--
-- Nothing is written.
--
INSERT INTO t VALUES (1, 2, 'x');
UPDATE t SET n = 1;
DELETE FROM t;
TRUNCATE t;
MERGE INTO t USING l ON t.id = l.id WHEN MATCHED THEN DELETE;
INSERT INTO p VALUES (1, 'routed');
UPDATE p SET k = 1 WHERE k = 21;
DELETE FROM p WHERE k = 1;
SELECT count(*), sum(n) FROM t;

-- what a session remembers of a table is what it is now
CREATE FOREIGN TABLE k (k int, v text) SERVER sqlite_executor OPTIONS (table_name 'p1');
PREPARE known AS SELECT * FROM sqlite_executor.k ORDER BY k;
EXECUTE known;
ALTER FOREIGN TABLE k OPTIONS (SET table_name 'p2');
EXECUTE known;
ALTER FOREIGN TABLE k ALTER v OPTIONS (ADD column_name 'k');
EXECUTE known;
BEGIN;
ALTER FOREIGN TABLE k ALTER v OPTIONS (SET column_name 'v');
EXECUTE known;
ROLLBACK;
EXECUTE known;
ALTER FOREIGN TABLE k ALTER v OPTIONS (SET column_name 'v'), ALTER v TYPE int;
SELECT v FROM k;
ALTER FOREIGN TABLE k RENAME TO renamed;
SELECT v FROM renamed;
SET search_path = public;
SELECT v FROM sqlite_executor.renamed;
SET search_path = sqlite_executor;
SELECT v FROM renamed;
-- and takes no more memory the more often many tables are read
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE format('CREATE FOREIGN TABLE many_%s (k int) SERVER sqlite_executor OPTIONS (table_name ''p1'')', i);
	END LOOP;
END $$;
CREATE FUNCTION known_after_reading(times int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..300 * times LOOP
		EXECUTE format('SELECT k FROM many_%s', (i - 1) % 300 + 1);
	END LOOP;
	RETURN (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'fraiseql foreign table');
END $$;
SELECT known_after_reading(3) <= 256 AS few;
SELECT known_after_reading(1) <= 256 AS few;
-- nor while they change
CREATE FUNCTION known_after_changing(times int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..times LOOP
		PERFORM k FROM many_1;
		EXECUTE format('ALTER FOREIGN TABLE many_1 OPTIONS (SET table_name %L)', 'p' || i % 2 + 1);
	END LOOP;
	RETURN (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'fraiseql foreign table');
END $$;
SELECT known_after_changing(300) <= 256 AS few;
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE format('DROP FOREIGN TABLE many_%s', i);
	END LOOP;
END $$;

DROP SCHEMA sqlite_executor CASCADE;
DROP SERVER sqlite_executor;
\! rm -rf $DIR
