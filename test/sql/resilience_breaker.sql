-- The circuit breaker of a server: options, the view, and what opens it.
-- Nobody listens on port 1.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
CREATE SERVER breaker_test FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host '127.0.0.1', port '1', failure_threshold '2', recovery_timeout '1h', max_attempts '1');
CREATE USER MAPPING FOR CURRENT_USER SERVER breaker_test OPTIONS (username 'x', password 'x');
CREATE FOREIGN TABLE breaker_rows (id int) SERVER breaker_test;
CREATE VIEW breaker AS
	SELECT state, consecutive_failures, opened_at IS NOT NULL AS has_opened,
		next_probe - opened_at AS time, left(last_error, 5) AS last_error, transitions
	FROM fraiseql.circuit_breakers WHERE server = 'breaker_test';

-- options
ALTER SERVER breaker_test OPTIONS (SET failure_threshold '0');
ALTER SERVER breaker_test OPTIONS (SET failure_threshold 'five');
ALTER SERVER breaker_test OPTIONS (SET recovery_timeout '0');
ALTER SERVER breaker_test OPTIONS (ADD success_treshold '2');
ALTER SERVER breaker_test OPTIONS (ADD circuit_breaker 'perhaps');
CREATE SERVER breaker_file FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/tmp/x.db', circuit_breaker 'on');
SET fraiseql.failure_threshold = 1;
SHOW fraiseql.circuit_breaker;

-- a server that was never used has a breaker, too
SELECT * FROM breaker;

-- two failures in a row open it; then the server is not even asked
\set VERBOSITY terse
SELECT * FROM breaker_rows;
SELECT * FROM breaker;
SELECT * FROM breaker_rows;
SELECT * FROM breaker;
DO $$
BEGIN
	PERFORM * FROM breaker_rows;
EXCEPTION WHEN SQLSTATE '08X01' THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, '\d+ s$', '... s');
END $$;
\set VERBOSITY sqlstate
IMPORT FOREIGN SCHEMA public FROM SERVER breaker_test INTO public;
ANALYZE breaker_rows;
SELECT json_extract_path(fraiseql.graphql('{ breakerRows { id } }')::json, 'errors', '0', 'extensions') ->> 'code' AS code;

-- ALTER SERVER counts at once
ALTER SERVER breaker_test OPTIONS (SET recovery_timeout '30min');
SELECT * FROM breaker;
ALTER SERVER breaker_test OPTIONS (ADD circuit_breaker 'off');
SELECT * FROM breaker;
\set VERBOSITY terse
SELECT * FROM breaker_rows;
ALTER SERVER breaker_test OPTIONS (DROP circuit_breaker);
SELECT * FROM breaker;

-- by hand
SELECT fraiseql.circuit_breaker_trip('breaker_test');
SELECT * FROM breaker;
\set VERBOSITY sqlstate
SELECT * FROM breaker_rows;
\set VERBOSITY terse
SELECT fraiseql.circuit_breaker_reset('breaker_test');
SELECT * FROM breaker;
SELECT fraiseql.circuit_breaker_trip('no_such_server');

-- what rolls back is not forgotten; what is dropped is
SELECT fraiseql.circuit_breaker_trip('breaker_test');
BEGIN;
SAVEPOINT s;
DROP SERVER breaker_test CASCADE;
ROLLBACK TO s;
COMMIT;
SELECT state FROM breaker;
BEGIN;
DROP SERVER breaker_test CASCADE;
ROLLBACK;
SELECT state FROM breaker;
DROP SERVER breaker_test CASCADE;
SELECT * FROM breaker;
CREATE SERVER breaker_test FOREIGN DATA WRAPPER fraiseql_postgres;
SELECT * FROM breaker;
DROP SERVER breaker_test;
DROP VIEW breaker;
