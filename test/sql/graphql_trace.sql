-- What a request has sent where: fraiseql.trace, or the request's own extensions.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total INTEGER, ref VARCHAR(5)); INSERT INTO orders VALUES (1, 1, 10, 'a'), (2, 1, 20, 'b'), (3, 2, 5, 'too long')"
CREATE SCHEMA graphql_trace;
CREATE SERVER graphql_trace FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
CREATE SERVER graphql_trace_gone FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nonexistent/fraiseql.db');
SET search_path = graphql_trace;
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)'), total int, ref varchar(5)) SERVER graphql_trace;
CREATE FOREIGN TABLE parcels (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)')) SERVER graphql_trace_gone;
CREATE VIEW broken AS SELECT id, 1 / (id - id) AS n FROM users;
CREATE VIEW both_servers AS SELECT o.id, o.total, p.user_id FROM orders o JOIN parcels p ON p.id = o.id;
-- the routes of a response, one line each; times are measured, so only what must hold of them is shown
CREATE FUNCTION pg_temp.routes(response json) RETURNS TABLE (path json, database text, "rows" int, cached bool, attempts int, times text, sqlstate text, query text)
LANGUAGE sql AS $$
	SELECT r -> 'path', r ->> 'database', (r ->> 'rows')::int, (r ->> 'cached')::bool, (r ->> 'attempts')::int,
		CASE WHEN (r ->> 'started_ms')::float >= 0 AND (r ->> 'time_ms')::float >= 0 THEN 'measured' WHEN r ->> 'started_ms' IS NULL AND r ->> 'time_ms' IS NULL THEN 'none' ELSE 'wrong' END,
		r #>> '{error,sqlstate}', r ->> 'query'
	FROM json_array_elements(response #> '{extensions,trace,routes}') r $$;
RESET client_min_messages;
\pset format unaligned

-- asked for by the request, or by the setting, which the request may override
SELECT fraiseql.graphql('{ users(limit: 1) { id } }', extensions => '{"trace": false}');
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ users { name orders(where: {total: {gt: 7}}) { id } } }', extensions => '{"trace": true}')) r;
SET fraiseql.trace = on;
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ users { name orders(where: {total: {gt: 7}}) { id } } }')) r;
SELECT fraiseql.graphql('{ users(limit: 1) { id } }', extensions => '{"trace": false}');
RESET fraiseql.trace;
SELECT fraiseql.graphql('{ __typename }', extensions => '{"trace": true}');
-- nothing is accepted and ignored
SELECT fraiseql.graphql('{ users(limit: 1) { id } }', extensions => x) FROM unnest(array['{}', 'null', '[]', '3', '{"trace": 1}', '{"tracing": true}', '{"trac": true, "x": 1}',
	'{"persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}']::jsonb[]) x;
-- a request that is wrong has sent nothing
SELECT fraiseql.graphql('{ users { nmae } }', extensions => '{"trace": true}');

-- a plan that was there already, until it must be made anew
PREPARE ask AS SELECT r.database, r.cached FROM pg_temp.routes(fraiseql.graphql('{ user(id: 2) { name orders { total } } }', extensions => '{"trace": true}')) r;
EXECUTE ask;
EXECUTE ask;
ANALYZE users;
EXECUTE ask;
EXECUTE ask;

-- a page is planned once for all values, whatever its limit: 5 are tried, the plan for all of them is found good
CREATE TABLE many (id int PRIMARY KEY, name text);
INSERT INTO many SELECT i, 'name ' || i FROM generate_series(1, 20000) i;
ANALYZE many;
SELECT i, r.cached, r.rows FROM generate_series(1, 12) i, pg_temp.routes(fraiseql.graphql('query ($from: ID!, $limit: Int) { manies(where: {id: {gt: $from}}, orderBy: [{id: ASC}], limit: $limit) { id name } }',
	jsonb_build_object('from', 100 * i, 'limit', i), extensions => '{"trace": true}')) r;
-- ... but not where what it reads depends on the values: rows that are sorted, or dropped
SELECT i, r.cached, r.rows FROM generate_series(1, 8) i, pg_temp.routes(fraiseql.graphql('query ($from: ID!, $limit: Int) { manies(where: {id: {gt: $from}}, orderBy: [{name: ASC}], limit: $limit) { id name } }',
	jsonb_build_object('from', 19000 + i, 'limit', 3), extensions => '{"trace": true}')) r;
SELECT i, r.cached, r.rows FROM generate_series(1, 8) i, pg_temp.routes(fraiseql.graphql('query ($name: String, $limit: Int) { manies(where: {name: {gt: $name}}, orderBy: [{id: ASC}], limit: $limit) { id name } }',
	jsonb_build_object('name', 'name ' || i, 'limit', 3), extensions => '{"trace": true}')) r;

-- what fails is there, with its error: before anything is sent, in the middle of the rows, in the hub
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ users { name parcels { id } } }', extensions => '{"trace": true}')) r;
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ orders(orderBy: [{id: ASC}]) { id ref } users(limit: 1) { name } }', extensions => '{"trace": true}')) r;
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ brokens { n } users { id } }', extensions => '{"trace": true}')) r;
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ bothServers { id } users { id } }', extensions => '{"trace": true}')) r;
SELECT r -> 'error' FROM json_array_elements(fraiseql.graphql('{ users { parcels { id } } }', extensions => '{"trace": true}') #> '{extensions,trace,routes}') r;
-- ... also of what was asked for ahead of its parent, and is not shown
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ users(where: {id: {eq: 77}}) { parcels { id } } }', extensions => '{"trace": true}')) r;
-- a filter over another database
SELECT r.* FROM pg_temp.routes(fraiseql.graphql('{ users(where: {orders: {some: {total: {gt: 15}}}}) { name } }', extensions => '{"trace": true}')) r;
SELECT r ->> 'reason' AS reason FROM json_array_elements(fraiseql.graphql('{ users(where: {orders: {some: {total: {gt: 15}}}}) { name } }', extensions => '{"trace": true}') #> '{extensions,trace,routes}') r;

SET client_min_messages = warning;
DROP SCHEMA graphql_trace CASCADE;
DROP SERVER graphql_trace;
DROP SERVER graphql_trace_gone;
\! rm -r $DIR
