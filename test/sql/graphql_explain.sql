-- fraiseql.explain(): when each statement of a request begins, what it sends where, and what is expected of it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\set more_db :dir '/more.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, total INTEGER NOT NULL); WITH RECURSIVE i (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM i WHERE n < 3000) INSERT INTO orders SELECT n, 1 + n % 1000, n FROM i; CREATE INDEX orders_user ON orders (user_id); ANALYZE"
\! sqlite3 $DIR/more.db "CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL)"
CREATE SCHEMA graphql_explain;
CREATE SERVER graphql_explain FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
CREATE SERVER graphql_explain_more FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'more_db');
SET search_path = graphql_explain;
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, tier int NOT NULL);
INSERT INTO users SELECT i, 'u' || i, i % 4 FROM generate_series(1, 1000) i;
CREATE TABLE notes (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, text text);
INSERT INTO notes SELECT i, 1 + i % 1000, 'n' FROM generate_series(1, 2000) i;
CREATE INDEX ON notes (user_id);
CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)') NOT NULL, total int NOT NULL) SERVER graphql_explain;
CREATE FOREIGN TABLE parcels (id int OPTIONS (key 'true'), order_id int OPTIONS (references 'orders(id)') NOT NULL) SERVER graphql_explain_more;
CREATE VIEW both_servers AS SELECT p.id, o.total FROM orders o JOIN parcels p ON p.order_id = o.id;
ANALYZE users, notes, orders;
-- the planner's figures differ by version: only what they must be is shown
CREATE FUNCTION pg_temp.expects(query text, variables jsonb DEFAULT NULL) RETURNS TABLE (path text, plan text, "rows" text, keys text, statements text) LANGUAGE sql AS $$
	WITH RECURSIVE f (f, way) AS (
		SELECT f, array[o] FROM json_array_elements(fraiseql.explain(query, variables, format => 'json')::json -> 'fetches') WITH ORDINALITY x(f, o)
		UNION ALL SELECT c, way || o FROM f, json_array_elements(f -> 'fetches') WITH ORDINALITY x(c, o))
	SELECT (SELECT string_agg(p, '.') FROM json_array_elements_text(f -> 'path') p),
		CASE WHEN (f #>> '{plan,total_cost}')::float > 0 AND (f #>> '{plan,startup_cost}')::float >= 0 AND (f #>> '{plan,rows}')::float > 0 AND (f #>> '{plan,width}')::int > 0 THEN 'has figures' ELSE 'wrong' END,
		f #>> '{expects,rows}', f #>> '{expects,keys}', f #>> '{expects,statements}'
	FROM f ORDER BY way $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- keys that arguments give: all start together
SELECT fraiseql.explain('query ($id: ID!) { user(id: $id) { id name orders { id total } notes { text } } }', '{"id": 123}', costs => false);
-- one waits for the other, and for what its filter needs
SELECT fraiseql.explain('{ users(where: {tier: {eq: 1}}) { name orders(where: {total: {gt: 5}}) { id user { name notes(limit: 1) { text } } } } orders(limit: 1) { id } }', costs => false);
SELECT fraiseql.explain('{ users(where: {orders: {some: {total: {gt: 5}}}}) { name orders { id } } }', costs => false);
-- one after the other
SET fraiseql.join_strategy = sequential;
SELECT fraiseql.explain('{ user(id: 1) { orders { id } notes { id } } }', costs => false);
SELECT fraiseql.explain('{ users(where: {orders: {some: {total: {gt: 5}}}}) { name orders { id } } }', costs => false) ~ 'users: [^\n]*\n    Starts: after users\(where.orders.some\), as' AS keys_first;
RESET fraiseql.join_strategy;
-- several servers in one statement
SELECT fraiseql.explain('{ bothServers { total } }', costs => false) ~ 'Servers: graphql_explain(_more)?, graphql_explain(_more)?\n' AS servers;
-- what is expected: by the rows of the parents, or as many keys as the arguments have
SELECT * FROM pg_temp.expects('{ users { orders { id } notes { user { id } } } }');
SELECT * FROM pg_temp.expects('query ($in: [ID!]) { users(where: {id: {in: $in}}) { orders { id } } user(id: 3) { orders { id } } }', '{"in": [1, 2, 3, 4, 5]}');
SELECT * FROM pg_temp.expects('query ($n: Int) { users(limit: $n) { id } }', '{"n": 7}');
SELECT regexp_replace(fraiseql.explain('{ users { notes { id } } }'), '=[0-9.]+', '=N', 'g');
-- as JSON
SELECT jsonb_pretty(fraiseql.explain('{ user(id: 1) { name orders { total } } }', format => 'json', costs => false)::jsonb);
SELECT fraiseql.explain('{ __typename }', format => 'JSON'), fraiseql.explain('{ __typename }', NULL, NULL, NULL, NULL);
SELECT fraiseql.explain('{ users { id } }', format => 'yaml');
-- nothing is run: no row of the tables, nothing kept of a request that is wrong
SELECT fraiseql.explain('{ users(where: {id: {eq: "x"}}) { id } }');

SET client_min_messages = warning;
DROP SCHEMA graphql_explain CASCADE;
DROP SERVER graphql_explain;
DROP SERVER graphql_explain_more;
\! rm -r $DIR
