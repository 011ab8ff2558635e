-- What is counted of a server.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SELECT current_setting('unix_socket_directories') AS host, current_setting('port') AS port,
	current_database() AS database, current_user AS user \gset
CREATE SERVER stats_test FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'host', port :'port', database :'database', initial_delay '1ms');
CREATE USER MAPPING FOR PUBLIC SERVER stats_test OPTIONS (username :'user', password 'x');
CREATE TABLE stats_rows AS SELECT generate_series(1, 1000) AS id;
CREATE SCHEMA stats_test;
CREATE FOREIGN TABLE stats_test.stats_rows (id int) SERVER stats_test OPTIONS (schema_name 'public');
CREATE VIEW counted AS
	SELECT statements, rows, errors, retries, retries_refused, rejected,
		mean_ms > 0 AS mean, p50_ms <= p95_ms AND p95_ms <= p99_ms AS quantiles, reset_at IS NOT NULL AS reset
	FROM fraiseql.stats WHERE server = 'stats_test';

SELECT * FROM counted;
SELECT sum(id) FROM stats_test.stats_rows WHERE id % 2 = 0;
SELECT fraiseql.stats_reset('stats_test');
SELECT * FROM counted;

-- rows and statements
SELECT count(*) FROM (SELECT id FROM stats_test.stats_rows OFFSET 0) s;
SELECT id FROM stats_test.stats_rows ORDER BY id LIMIT 2;
SELECT * FROM counted;

-- errors: a statement's own is answered, and not retried
SELECT 1 / (id - 1) FROM stats_test.stats_rows WHERE 1 / (id - 1) > 0;
SELECT statements, errors, retries FROM counted;

-- what the breaker refuses is neither
SELECT fraiseql.circuit_breaker_trip('stats_test');
\set VERBOSITY sqlstate
SELECT * FROM stats_test.stats_rows;
\set VERBOSITY default
SELECT statements, errors, rejected FROM counted;

-- all at once
SELECT fraiseql.stats_reset();
SELECT * FROM counted;
CREATE ROLE stats_nobody;
SET ROLE stats_nobody;
SELECT fraiseql.stats_reset('stats_test');
SELECT fraiseql.stats_reset();
RESET ROLE;
DROP ROLE stats_nobody;
DROP VIEW counted;
DROP SERVER stats_test CASCADE;
DROP SCHEMA stats_test;
DROP TABLE stats_rows;
