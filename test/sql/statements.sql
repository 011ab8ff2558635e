-- fraiseql.statements: remote statements by their texts without the values.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE ROLE regress_counted;
RESET client_min_messages;
CREATE SCHEMA statements;
SET search_path = statements;
CREATE TABLE things (id int PRIMARY KEY, name text, at timestamptz);
INSERT INTO things SELECT g, 'n' || g, '2020-01-01'::timestamptz + g * interval '1 day' FROM generate_series(1, 10) g;
DO $$ BEGIN
	EXECUTE format('CREATE SERVER counted FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host %L, port %L, database %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER counted OPTIONS (username %L, password_required %L)', current_user, 'false');
END $$;
CREATE FOREIGN TABLE remote (id int, name text, at timestamptz) SERVER counted
	OPTIONS (schema_name 'statements', table_name 'things');
-- what planning has asked stays out of this
SELECT count(*) FROM remote;
CREATE VIEW counted AS
	SELECT query, calls, "rows", errors, mean_ms > 0 AND max_ms >= p95_ms AND max_ms >= mean_ms AS timed
	FROM fraiseql.statements WHERE server = 'counted' AND query NOT LIKE '% pg_%' ORDER BY query COLLATE "C";
SELECT fraiseql.stats_reset('counted');
SELECT count(*) FROM fraiseql.statements WHERE server = 'counted';

-- the same statement with other values, and with more of them
SELECT name FROM remote WHERE id = 1;
SELECT name FROM remote WHERE id = 2;
SELECT count(*) FROM remote WHERE id IN (1, 2);
SELECT count(*) FROM remote WHERE id IN (1, 2, 3, 40);
SELECT count(*) FROM remote WHERE id IN (1, 2, 3, 40, 5);
SELECT count(*) FROM remote WHERE name IN ('n1', 'it''s (1, 2', 'n3');
SELECT count(*) FROM remote WHERE name IN ('n1', 'it''s', 'n3', ', (', 'n4');
SELECT count(*) FROM remote WHERE id > -5 AND name <> 'a"b' AND at >= '2020-01-05';
PREPARE by_id(int) AS SELECT name FROM remote WHERE id = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_id(3);
RESET plan_cache_mode;
-- errors count as well
SELECT count(*) FROM remote WHERE 1 / (id - 1) > 0;
SELECT * FROM counted;
SELECT s.statements = t.calls AS as_many_as_in_stats, s."rows" = t."rows" AS as_many_rows, s.errors = t.errors AS as_many_errors
	FROM fraiseql.stats s, (SELECT sum(calls) AS calls, sum("rows") AS "rows", sum(errors) AS errors
		FROM fraiseql.statements WHERE server = 'counted') t WHERE s.server = 'counted';

-- names may look like anything
ALTER TABLE things RENAME name TO "it's (1, 2) -- /* ?";
ALTER FOREIGN TABLE remote ALTER name OPTIONS (column_name 'it''s (1, 2) -- /* ?');
SELECT count(*) FROM remote WHERE name = 'n1';
SELECT query, calls FROM counted WHERE query LIKE '%/*%';

-- texts of others are hidden from who may not read all statistics
GRANT USAGE ON SCHEMA statements TO regress_counted;
GRANT SELECT ON remote, counted TO regress_counted;
SET ROLE regress_counted;
SELECT id FROM remote WHERE id = 5;
SELECT DISTINCT "user" = current_user AS own, query, queryid IS NULL AS hidden FROM fraiseql.statements
	WHERE server = 'counted' AND query NOT LIKE '% pg_%' ORDER BY 1, 2;
RESET ROLE;
GRANT pg_read_all_stats TO regress_counted;
SET ROLE regress_counted;
SELECT count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden FROM fraiseql.statements;
SELECT fraiseql.stats_reset('counted');
RESET ROLE;

-- they go with the server
SELECT s.oid AS server FROM fraiseql.servers s WHERE s.server = 'counted' \gset
SET client_min_messages = warning;
DROP SERVER counted CASCADE;
SELECT count(*) FROM fraiseql.statements() WHERE serverid = :server;
DROP SCHEMA statements CASCADE;
DROP ROLE regress_counted;
