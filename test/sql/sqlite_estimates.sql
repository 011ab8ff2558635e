-- What the planner expects of a SQLite file, and which plans follow.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set db :dir '/e.db'
\! sqlite3 $DIR/e.db "CREATE TABLE big (id INTEGER PRIMARY KEY, kind INT, part INT, twin INT, name TEXT); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000) INSERT INTO big SELECT x, x % 1000, x % 100, x % 100, 'name ' || x FROM c; CREATE INDEX big_kind ON big (kind); CREATE INDEX big_part ON big (part, twin); CREATE TABLE fresh (id INTEGER PRIMARY KEY, a INT); INSERT INTO fresh SELECT id, kind FROM big WHERE id <= 5000; CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO keyed SELECT name FROM big LIMIT 300; ANALYZE big"
CREATE SERVER sqlite_estimates FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'db');
CREATE SCHEMA sqlite_estimates;
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_estimates INTO sqlite_estimates;
SET search_path = sqlite_estimates;

-- Whether the rows that are expected are those that there are, give or take a fifth.
CREATE FUNCTION rows(query text, OUT good boolean, OUT expected numeric, OUT really bigint) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	expected := plan->0->'Plan'->>'Plan Rows';
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO really;
	good := expected BETWEEN really * 0.8 AND really * 1.2;
	IF good THEN
		expected := NULL;
	END IF;
END $$;

-- never analysed here: what ANALYZE has found there
SELECT * FROM rows('SELECT * FROM big');
SELECT * FROM rows('SELECT * FROM big WHERE id = 7');
SELECT * FROM rows('SELECT * FROM big WHERE kind = 7');
SELECT * FROM rows('SELECT * FROM big WHERE kind IN (1, 2, 3)');
-- columns of an index, together
SELECT * FROM rows('SELECT * FROM big WHERE part = 3');
SELECT * FROM rows('SELECT * FROM big WHERE part = 3 AND twin = 3');
SELECT * FROM rows('SELECT kind FROM big GROUP BY kind');
-- tables without statistics: by their keys
SELECT * FROM rows('SELECT * FROM fresh');
SELECT * FROM rows('SELECT * FROM keyed');
SELECT * FROM rows('SELECT * FROM keyed WHERE k = ''name 3''');

-- a lookup costs little, since there is no round trip
CREATE TABLE few AS SELECT i * 1000 AS id FROM generate_series(1, 10) i;
CREATE TABLE many AS SELECT i AS id FROM generate_series(1, 90000) i;
ANALYZE few, many;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big USING (id);
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big ON big.kind = few.id;
EXPLAIN (COSTS OFF) SELECT many.id, big.name FROM many JOIN big USING (id);

-- EXPLAIN QUERY PLAN expects nothing, so there is nobody to ask
ALTER SERVER sqlite_estimates OPTIONS (ADD use_remote_estimate 'true');
ALTER FOREIGN TABLE big OPTIONS (ADD use_remote_estimate 'true');

-- ANALYZE reads a part of a large table, which the remote chooses
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'bernoulli');
ANALYZE big;
SELECT round(reltuples::numeric, -4) AS rows FROM pg_class WHERE oid = 'big'::regclass;
SELECT attname, round(n_distinct::numeric, -2) AS distinct_values FROM pg_stats
	WHERE schemaname = 'sqlite_estimates' AND tablename = 'big' AND attname IN ('kind', 'part') ORDER BY attname;
SELECT expected IS NULL OR expected BETWEEN 800 AND 1200 AS good FROM rows('SELECT * FROM big WHERE kind < 10');
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'off');
ANALYZE big;
SELECT reltuples FROM pg_class WHERE oid = 'big'::regclass;

SET client_min_messages = warning;
DROP SERVER sqlite_estimates CASCADE;
DROP SCHEMA sqlite_estimates CASCADE;
\! rm -r $DIR
