-- What the planner expects of another PostgreSQL, and which plans follow.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
DROP DATABASE IF EXISTS postgres_estimates;
RESET client_min_messages;
CREATE DATABASE postgres_estimates TEMPLATE template0;
\set home :DBNAME
\c postgres_estimates
CREATE TABLE big (id int PRIMARY KEY, kind int, part int, maybe int, name text NOT NULL);
INSERT INTO big SELECT i, i % 1000, i / 10, CASE WHEN i % 5 = 0 THEN i END, 'name ' || i FROM generate_series(1, 100000) i;
CREATE INDEX ON big (kind);
CREATE INDEX ON big (part);
CREATE TABLE kinds (kind int PRIMARY KEY, label text);
INSERT INTO kinds SELECT i, 'kind ' || i FROM generate_series(0, 999) i;
CREATE TABLE fresh (id int PRIMARY KEY, a int) WITH (autovacuum_enabled = false);
INSERT INTO fresh SELECT i, i FROM generate_series(1, 10000) i;
CREATE TABLE measures (day date, v int) PARTITION BY RANGE (day);
CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
INSERT INTO measures SELECT date '2024-01-01' + i % 366, i % 7 FROM generate_series(1, 20000) i;
CREATE VIEW some_big AS SELECT * FROM big WHERE id % 3 <> 5;
ANALYZE big, kinds, measures;
\c :home
SELECT current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER postgres_estimates FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'dir', port :'port', database 'postgres_estimates');
CREATE USER MAPPING FOR CURRENT_USER SERVER postgres_estimates OPTIONS (username 'postgres');
CREATE SCHEMA postgres_estimates;
IMPORT FOREIGN SCHEMA public FROM SERVER postgres_estimates INTO postgres_estimates;
SET search_path = postgres_estimates;

-- Rows that are expected, to one digit, and rows that there are.
CREATE FUNCTION rows(query text, OUT expected numeric, OUT really bigint) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	expected := plan->0->'Plan'->>'Plan Rows';
	expected := round(expected, -floor(log(greatest(expected, 1)))::int);
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO really;
END $$;
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF, VERBOSE) ' || query LOOP
		IF line !~ '^ *(Output|Query Identifier)' THEN
			RETURN NEXT line;
		END IF;
	END LOOP;
END $$;

-- never analysed here: the remote's statistics
SELECT * FROM rows('SELECT * FROM big');
SELECT * FROM rows('SELECT * FROM big WHERE id = 7');
SELECT * FROM rows('SELECT * FROM big WHERE kind = 7');
SELECT * FROM rows('SELECT * FROM big WHERE part IN (1, 2, 3)');
SELECT * FROM rows('SELECT * FROM big WHERE maybe IS NULL');
SELECT * FROM rows('SELECT * FROM big WHERE maybe IS NOT NULL');
SELECT * FROM rows('SELECT kind FROM big GROUP BY kind');
SELECT * FROM rows('SELECT * FROM big JOIN kinds USING (kind)');
SELECT * FROM rows('SELECT * FROM big a JOIN big b ON a.part = b.part WHERE a.kind = 3');
-- a remote table without statistics has a size; one with partitions has theirs
SELECT * FROM rows('SELECT * FROM fresh');
SELECT * FROM rows('SELECT * FROM fresh WHERE id = 3');
SELECT * FROM rows('SELECT * FROM measures');
SELECT * FROM rows('SELECT * FROM measures WHERE v = 3');
-- of a view nothing is known
SELECT expected FROM rows('SELECT * FROM some_big');

-- statistics of ANALYZE win, column by column; rows stay until the remote has doubled them
ANALYZE big (maybe);
SELECT tablename, attname, null_frac::numeric(2, 1) FROM pg_stats WHERE schemaname = 'postgres_estimates';
SELECT * FROM rows('SELECT * FROM big WHERE maybe = 5');
SELECT * FROM rows('SELECT * FROM big WHERE maybe IS NULL');

-- ten local rows look the remote's up, many take all of them at once
CREATE TABLE few AS SELECT i * 1000 AS id FROM generate_series(1, 10) i;
CREATE TABLE many AS SELECT i AS id FROM generate_series(1, 90000) i;
ANALYZE few, many;
SET enable_mergejoin = off;
SELECT plan('SELECT few.id, big.name FROM few JOIN big USING (id)');
SELECT plan('SELECT few.id, big.name FROM few JOIN big ON big.kind = few.id');
SELECT plan('SELECT many.id, big.name FROM many JOIN big USING (id)');
-- a far server: a lookup costs a round trip, and a scan is cheaper
ALTER SERVER postgres_estimates OPTIONS (ADD fdw_startup_cost '5000', ADD fdw_tuple_cost '0.001');
SELECT plan('SELECT few.id, big.name FROM few JOIN big USING (id)');
ALTER SERVER postgres_estimates OPTIONS (SET fdw_startup_cost '-1');
ALTER SERVER postgres_estimates OPTIONS (SET fdw_tuple_cost 'nan');
ALTER SERVER postgres_estimates OPTIONS (DROP fdw_startup_cost, DROP fdw_tuple_cost);

-- EXPLAIN asks the remote nothing, once the table is described
ALTER SERVER postgres_estimates OPTIONS (ADD application_name 'estimates');
CREATE FUNCTION last_remote_statement() RETURNS TABLE (statement text, started timestamptz)
	LANGUAGE sql AS $$
	SELECT query, query_start FROM pg_stat_activity WHERE application_name = 'estimates'
$$;
SELECT count(*) FROM big WHERE id = 1;
CREATE FUNCTION is_silent(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	before timestamptz;
	silent boolean := false;
BEGIN
	-- twice, since the description may have to be read again in between
	FOR i IN 1..2 LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT started INTO before FROM last_remote_statement();
		EXECUTE 'EXPLAIN ' || query;
		PERFORM pg_stat_clear_snapshot();
		silent := silent OR (SELECT started = before FROM last_remote_statement());
	END LOOP;
	RETURN silent;
END $$;
SELECT is_silent('SELECT name, count(*) FROM big WHERE kind < 300 GROUP BY name ORDER BY name LIMIT 3');
SELECT is_silent('SELECT few.id, big.name FROM few JOIN big USING (id)');
SELECT is_silent('ANALYZE SELECT count(*) FROM big');

-- ... unless it is to be asked what it expects
ALTER SERVER postgres_estimates OPTIONS (ADD use_remote_estimate 'maybe');
ALTER SERVER postgres_estimates OPTIONS (ADD use_remote_estimate 'true');
-- an inequality, of which statistics of distinct values say nothing
ALTER FOREIGN TABLE big OPTIONS (ADD use_remote_estimate 'false');
SELECT * FROM rows('SELECT * FROM big WHERE kind < 300');
ALTER FOREIGN TABLE big OPTIONS (DROP use_remote_estimate);
SELECT * FROM rows('SELECT * FROM big WHERE kind < 300');
SELECT * FROM rows('SELECT * FROM big WHERE name LIKE ''name 1234%''');
SELECT * FROM rows('SELECT v, count(*) FROM measures GROUP BY v');
SELECT * FROM rows('SELECT * FROM big WHERE kind < 300 LIMIT 5');
SELECT * FROM rows('SELECT * FROM some_big');
EXPLAIN (COSTS OFF) SELECT name, count(*) FROM big WHERE kind < 300 GROUP BY name ORDER BY name LIMIT 3;
SELECT statement FROM last_remote_statement();
-- what is evaluated here counts as well
SELECT expected FROM rows('SELECT * FROM big WHERE kind < 300 AND random() < 0.5');
-- values that are not known yet
SELECT plan('SELECT few.id, big.name FROM few JOIN big USING (id)');
SELECT statement FROM last_remote_statement();
SET plan_cache_mode = force_generic_plan;
PREPARE one(int, int[], int) AS SELECT name FROM big WHERE kind = $1 AND id = ANY ($2) LIMIT $3;
EXPLAIN (COSTS OFF, VERBOSE) EXECUTE one(1, '{1001,2001}', 7);
SELECT statement FROM last_remote_statement();
EXECUTE one(1, '{1001,2001}', 7);
RESET plan_cache_mode;
-- a table that is not there fails when it is read, not before
CREATE FOREIGN TABLE gone (a int) SERVER postgres_estimates OPTIONS (schema_name 'public', table_name 'gone');
EXPLAIN (COSTS OFF) SELECT * FROM gone WHERE a = 1;
SELECT * FROM gone WHERE a = 1;

-- ANALYZE reads a part of a large table, which the remote chooses
ALTER SERVER postgres_estimates OPTIONS (SET use_remote_estimate 'false');
CREATE FUNCTION analyze_it(what regclass) RETURNS TABLE (statement text, rows numeric, kinds int)
	LANGUAGE plpgsql AS $$
DECLARE
	got text;
BEGIN
	EXECUTE format('ANALYZE %s', what);
	PERFORM pg_stat_clear_snapshot();
	SELECT regexp_replace(l.statement, '\d+\.?\d*', 'N') INTO got FROM last_remote_statement() l;
	RETURN QUERY SELECT got, round(c.reltuples::numeric, -4),
		round(CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples ELSE s.n_distinct END::numeric, -2)::int
		FROM pg_class c LEFT JOIN pg_stats s ON s.schemaname = 'postgres_estimates' AND s.tablename = c.relname AND s.attname = 'kind'
		WHERE c.oid = what;
END $$;
SELECT * FROM analyze_it('big');
-- how it does so can be chosen
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'sometimes');
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'system');
SELECT statement, kinds FROM analyze_it('big');
ALTER FOREIGN TABLE big OPTIONS (SET analyze_sampling 'random');
SELECT * FROM analyze_it('big');
ALTER SERVER postgres_estimates OPTIONS (ADD analyze_sampling 'off');
ALTER FOREIGN TABLE big OPTIONS (DROP analyze_sampling);
SELECT * FROM analyze_it('big');
ALTER SERVER postgres_estimates OPTIONS (DROP analyze_sampling);
-- a small table is read whole
SELECT statement, kinds FROM analyze_it('kinds');
-- a view of unknown size is counted first
SELECT * FROM analyze_it('some_big');
-- statistics that are far off are noticed: few rows that were many, many that were few
\c postgres_estimates
UPDATE pg_class SET reltuples = 100000000 WHERE relname = 'big';
CREATE TABLE grown (kind int) WITH (autovacuum_enabled = false);
INSERT INTO grown SELECT i % 1000 FROM generate_series(1, 100) i;
ANALYZE grown;
INSERT INTO grown SELECT i % 1000 FROM generate_series(1, 200000) i;
\c :home
SET search_path = postgres_estimates;
CREATE FOREIGN TABLE grown (kind int) SERVER postgres_estimates OPTIONS (schema_name 'public');
SELECT * FROM analyze_it('big');
SELECT * FROM analyze_it('grown');

SET client_min_messages = warning;
DROP SERVER postgres_estimates CASCADE;
DROP SCHEMA postgres_estimates CASCADE;
DROP DATABASE postgres_estimates WITH (FORCE);
