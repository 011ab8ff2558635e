-- fraiseql.health() and databaseStatus: what they say of servers that answer,
-- that do not, and that the caller may not use.  Nobody listens on port 1.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE ROLE regress_watcher;
RESET client_min_messages;
CREATE SERVER health_dead FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host '127.0.0.1', port '1', failure_threshold '2', recovery_timeout '1h');
CREATE USER MAPPING FOR CURRENT_USER SERVER health_dead OPTIONS (username 'x', password 'secret');
DO $$ BEGIN
	EXECUTE format('CREATE SERVER health_lives FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host %L, port %L, database %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER health_lives OPTIONS (username %L)', current_user);
END $$;

SELECT name, kind, connected, latency_ms IS NOT NULL AS has_latency, last_check IS NOT NULL AS was_checked, circuit_breaker, error IS NULL AS fine
	FROM fraiseql.health() WHERE name LIKE 'health%';
-- an answer is good for a while
SET fraiseql.health_max_age = '1h';
CREATE TEMP TABLE first AS SELECT name, last_check FROM fraiseql.health();
SELECT count(*) AS kept FROM first f JOIN fraiseql.health() h USING (name, last_check) WHERE name LIKE 'health%';
SET fraiseql.health_max_age = 0;
SELECT count(*) AS kept FROM first f JOIN fraiseql.health() h USING (name, last_check) WHERE name LIKE 'health%';
-- not asking is what an open breaker is for; its server's row says so
SELECT name, connected, latency_ms, last_check IS NOT NULL AS was_checked, circuit_breaker,
		regexp_replace(error, '3[56]\d\d s', '1 h') AS error
	FROM fraiseql.health('health_dead');
SELECT state, consecutive_failures FROM fraiseql.circuit_breakers WHERE server = 'health_dead';
SELECT rejected FROM fraiseql.stats WHERE server = 'health_dead';
-- a change of the options is another server
SET fraiseql.health_max_age = '1h';
SELECT connected FROM fraiseql.health('health_lives');
ALTER SERVER health_lives OPTIONS (SET port '1');
SELECT connected FROM fraiseql.health('health_lives');
DO $$ BEGIN
	EXECUTE format('ALTER SERVER health_lives OPTIONS (SET port %L)', current_setting('port'));
END $$;
SELECT connected FROM fraiseql.health('health_lives');
RESET fraiseql.health_max_age;

-- no such server, and one that is not ours
SELECT * FROM fraiseql.health('nowhere');
CREATE FOREIGN DATA WRAPPER health_other;
CREATE SERVER health_foreign FOREIGN DATA WRAPPER health_other;
SELECT * FROM fraiseql.health('health_foreign');
SELECT name FROM fraiseql.health() WHERE name LIKE 'health%';
DROP FOREIGN DATA WRAPPER health_other CASCADE;

-- it asks as the caller, and tells him no more than he may know
SET ROLE regress_watcher;
SELECT name, connected, last_check, circuit_breaker, error FROM fraiseql.health() WHERE name LIKE 'health%';
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER health_lives, health_dead TO regress_watcher;
SET ROLE regress_watcher;
SELECT name, connected, last_check, circuit_breaker, left(error, 22) AS error FROM fraiseql.health() WHERE name LIKE 'health%';
RESET ROLE;
CREATE USER MAPPING FOR regress_watcher SERVER health_lives OPTIONS (username 'nobody');
SET ROLE regress_watcher;
SELECT name, connected, last_check, error FROM fraiseql.health('health_lives');
RESET ROLE;
ALTER USER MAPPING FOR regress_watcher SERVER health_lives OPTIONS (ADD password 'secret');
SET ROLE regress_watcher;
SELECT name, connected, last_check IS NOT NULL AS was_checked, error LIKE '%secret%' AS tells FROM fraiseql.health('health_lives');
RESET ROLE;
-- which is his own answer
SELECT name, connected FROM fraiseql.health('health_lives');

-- in a snapshot, in a subtransaction, and in a transaction that has failed before
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT connected FROM fraiseql.health('health_lives');
SAVEPOINT s;
SELECT 1 / 0;
ROLLBACK TO s;
SET LOCAL fraiseql.health_max_age = 0;
SELECT connected FROM fraiseql.health('health_lives');
COMMIT;

-- GraphQL
SELECT fraiseql.graphql('{ databaseStatus { name kind connected circuit_breaker error __typename } }')::jsonb
	#> '{data,databaseStatus}' @> '[
	{"name": "health_dead", "kind": "postgres", "connected": false, "circuit_breaker": "open", "__typename": "DatabaseStatus"},
	{"name": "health_lives", "kind": "postgres", "connected": true, "circuit_breaker": "closed", "error": null}]' AS as_it_is;
SELECT jsonb_typeof(s -> 'latency_ms'), (s ->> 'last_check')::timestamptz <= now() AS was_checked
	FROM jsonb_array_elements(fraiseql.graphql('query ($all: Boolean!) { databaseStatus { name latency_ms @include(if: $all) last_check } }',
		'{"all": true}')::jsonb #> '{data,databaseStatus}') s WHERE s ->> 'name' = 'health_lives';
SET fraiseql.mask_errors = on;
SELECT s ->> 'error' AS masked
	FROM jsonb_array_elements(fraiseql.graphql('{ databaseStatus { name error } }')::jsonb #> '{data,databaseStatus}') s
	WHERE s ->> 'name' = 'health_dead';
RESET fraiseql.mask_errors;
-- it is no list that needs a limit
SET fraiseql.max_page_size = 1;
SELECT jsonb_array_length(fraiseql.graphql('{ databaseStatus { name } }')::jsonb #> '{data,databaseStatus}') > 1 AS listed;
RESET fraiseql.max_page_size;
SELECT fraiseql.validate('{ databaseStatus(limit: 1) { name latency } }') #>> '{0,message}',
	fraiseql.validate('{ databaseStatus { name latency } }') #>> '{0,message}';
SELECT fraiseql.graphql('{ __type(name: "DatabaseStatus") { fields { name type { kind name ofType { name } } } } }');
SELECT regexp_replace(fraiseql.sdl(), '.*(  databaseStatus: [^\n]+).*', '\1') AS field;
-- a table of that name has another one
CREATE SCHEMA health;
SET search_path = health;
CREATE TABLE database_status (id int PRIMARY KEY);
SELECT * FROM fraiseql.schema_problems WHERE object_name = 'database_status';
SELECT fraiseql.graphql('{ healthDatabaseStatus(id: 1) { id } }');
RESET search_path;

SET client_min_messages = warning;
DROP SCHEMA health CASCADE;
DROP SERVER health_dead CASCADE;
DROP SERVER health_lives CASCADE;
DROP ROLE regress_watcher;
