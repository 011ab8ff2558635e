-- One request over tables of the hub and of a SQLite file.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT NOT NULL, total REAL, ref TEXT); CREATE TABLE items (order_id INTEGER NOT NULL, line INTEGER NOT NULL, name TEXT, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id)); CREATE TABLE deliveries (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, FOREIGN KEY (order_id, line) REFERENCES items (order_id, line)); INSERT INTO orders VALUES (1, 1, 'open', 10.5, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (2, 1, 'paid', 20, NULL), (3, 2, 'paid', 5, 'x'), (4, NULL, 'void', NULL, NULL); INSERT INTO items VALUES (1, 1, 'pen'), (1, 2, 'ink'), (3, 1, 'pen'), (2, 1, 'book'); INSERT INTO deliveries VALUES (1, 1, 2), (2, 2, 1), (3, 1, NULL)"
CREATE SCHEMA graphql_sqlite;
CREATE SERVER graphql_sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
IMPORT FOREIGN SCHEMA main FROM SERVER graphql_sqlite INTO graphql_sqlite;
SET search_path = graphql_sqlite;
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE tokens (token uuid PRIMARY KEY, note text);
CREATE TABLE remarks (id int PRIMARY KEY, order_id bigint, text text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
INSERT INTO tokens VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'first');
INSERT INTO remarks VALUES (1, 1, 'nice'), (2, 99, 'lost');
SELECT fraiseql.add_relationship('user', 'orders', '{user_id}', 'users', '{id}', NULL, 'orders') \g /dev/null
SELECT fraiseql.add_relationship('token', 'orders', '{ref}', 'tokens', '{token}', NULL, 'orders') \g /dev/null
SELECT fraiseql.add_relationship('order', 'remarks', '{order_id}', 'orders', '{id}', NULL, 'remarks') \g /dev/null
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- both ways, at any depth, null keys included
SELECT fraiseql.graphql('{ users { name orders(orderBy: [{id: ASC}]) { id status total items { name } } } }');
SELECT fraiseql.graphql('{ orders(orderBy: [{id: DESC}]) { id user { name orders { id } } token { note } remarks { text } } }');
SELECT fraiseql.graphql('{ tokens { note orders { id } } remarks { text order { status user { name } } } }');
-- keys of several columns
SELECT fraiseql.graphql('{ deliveries(orderBy: [{id: ASC}]) { id item { name } } items(where: {orderId: {lt: 3}}, orderBy: [{name: ASC}]) { name deliveries { id } } }');

-- two statements, whatever the number of users
SELECT fraiseql.explain('{ users { orders { id } } }', costs => false);
SELECT fraiseql.explain('{ user(id: 1) { orders(where: {status: {eq: "paid"}}) { id items { name } user { name } } } }', costs => false);

-- a page for each parent, in one statement
SELECT fraiseql.graphql('{ users { name orders(limit: 1, orderBy: [{total: DESC}]) { id total } second: orders(limit: 1, offset: 1) { id } rest: orders(offset: 1) { id } } }');
SELECT fraiseql.explain('{ users { orders(limit: 1, orderBy: [{total: DESC}]) { id } } }', costs => false);
-- what is sent, of the page and of another page in it: rows that are not wanted do not come
SELECT fraiseql.graphql('{ users { name orders(limit: 2, offset: 1, orderBy: [{id: DESC}]) { id items(limit: 1, orderBy: [{line: DESC}]) { name order { user { orders(limit: 1) { id } } } } } } }');
SELECT fraiseql.explain('{ users { name orders(limit: 2, offset: 1, orderBy: [{id: DESC}]) { id items(limit: 1, orderBy: [{line: DESC}]) { name } } } }', costs => false);
-- keys of two types: numbered here, over what the keys find
SELECT fraiseql.graphql('{ tokens { orders(limit: 1, orderBy: [{id: DESC}]) { id } } }');
SELECT fraiseql.explain('{ tokens { orders(limit: 1, orderBy: [{id: DESC}]) { id } } }', costs => false);

-- filters across servers
SELECT w, fraiseql.graphql('{ users(where: ' || w || ') { name } }') -> 'data' -> 'users' FROM unnest(array[
	'{orders: {some: {status: {eq: "paid"}}}}', '{orders: {none: {}}}', '{orders: {every: {total: {gt: 6}}}}',
	'{orders: {some: {items: {some: {name: {eq: "ink"}}}}}}', '{orders: {some: {token: {note: {eq: "first"}}}}}',
	'{orders: {some: {user: {orders: {some: {id: {eq: 2}}}}}}}']) w;
SELECT w, fraiseql.graphql('{ orders(where: ' || w || ', orderBy: [{id: ASC}]) { id } }') -> 'data' -> 'orders' FROM unnest(array[
	'{user: {name: {in: ["bob", "eve"]}}}', '{_not: {user: {}}}', '{remarks: {some: {}}}', '{remarks: {none: {}}, user: {name: {neq: "bob"}}}']) w;

-- many keys, and the same plan with other values
INSERT INTO users SELECT i, 'u' || i FROM generate_series(4, 3000) i;
SELECT json_array_length(fraiseql.graphql('{ users { orders { id user { id } } } }') #> '{data,users}');
DELETE FROM users WHERE id > 3;
SELECT fraiseql.graphql('query($id: ID!, $s: [String!]) { user(id: $id) { orders(where: {status: {in: $s}}) { id } } }', v)
  FROM unnest(array['{"id": 1, "s": ["open"]}', '{"id": 1, "s": ["open", "paid"]}', '{"id": 2, "s": []}', '{"id": 2, "s": ["paid"]}',
	'{"id": 3, "s": ["paid"]}', '{"id": 1, "s": ["paid"]}', '{"id": 1, "s": ["paid", "void"]}']::jsonb[]) v;

-- NOT NULL that is declared here, and a null that is there all the same
ALTER FOREIGN TABLE orders ALTER total SET NOT NULL;
SELECT fraiseql.graphql('{ order(id: 4) { id total } orders { id total } users { name orders { total } } }');
ALTER FOREIGN TABLE orders ALTER total DROP NOT NULL;

-- a table that is dropped while the request runs: its field is null, the rest is there
CREATE FUNCTION drop_orders(int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN DROP FOREIGN TABLE IF EXISTS graphql_sqlite.orders CASCADE; RETURN 'dropped'; END $$;
CREATE VIEW drops AS SELECT id, drop_orders(id) AS done FROM users WHERE id = 1;
BEGIN;
SET LOCAL client_min_messages = error;
SAVEPOINT a;
SELECT j -> 'data', j #> '{errors,0,path}', j #> '{errors,0,extensions,sqlstate}' FROM (SELECT fraiseql.graphql('{ drops { done } orders { id } users { name orders { id } } }') j OFFSET 0) x;
ROLLBACK TO a;
SET LOCAL fraiseql.join_strategy = sequential;
SELECT j -> 'data', j #> '{errors,0,path}', j #> '{errors,0,extensions,sqlstate}' FROM (SELECT fraiseql.graphql('{ drops { done } users { name orders { id } } }') j OFFSET 0) x;
ROLLBACK;
DROP VIEW drops;
DROP FUNCTION drop_orders(int);

-- the file is away: its fields are null, the rest is there
CREATE SERVER graphql_gone FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nonexistent/fraiseql.db');
CREATE FOREIGN TABLE parcels (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)')) SERVER graphql_gone;
SELECT fraiseql.graphql('{ users { name parcels { id user { name } } orders { id } } parcel(id: 1) { id } remarks { text } }');
SELECT fraiseql.graphql('{ users(where: {parcels: {some: {}}}) { name } }');
SELECT fraiseql.explain('{ users { name parcels { id } orders { id } } }', costs => false);
-- the same for entities of a subgraph: what is away costs its own
SET fraiseql.subgraph = on;
SELECT fraiseql.graphql('query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { total user { name } items { name } } ... on User { name orders(limit: 1) { id } } ... on Item { item: name } ... on Parcel { id } } }', '{"r": [
	{"__typename": "User", "id": 2}, {"__typename": "Order", "id": "1"}, {"__typename": "Parcel", "id": 1}, {"__typename": "Order", "id": "9"},
	{"__typename": "Item", "line": 2, "orderId": 1}, {"__typename": "Item", "line": 2, "orderId": 2}, {"__typename": "Order", "id": 3}, {"__typename": "Parcel", "id": 2}]}');
SELECT fraiseql.explain('query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { total user { name } } } }', '{"r": [{"__typename": "Order", "id": "1"}, {"__typename": "Order", "id": "2"}]}', costs => false);
RESET fraiseql.subgraph;
BEGIN;
SELECT fraiseql.graphql('{ parcels { id } users { name } }');
SELECT fraiseql.graphql('{ orders(limit: 1) { id } }');
COMMIT;

SET client_min_messages = warning;
SELECT fraiseql.drop_relationship(t::regclass, f) FROM (VALUES ('orders', 'user'), ('orders', 'token'), ('remarks', 'order')) x(t, f) \g /dev/null
DROP SCHEMA graphql_sqlite CASCADE;
DROP SERVER graphql_sqlite;
DROP SERVER graphql_gone;
\! rm -r $DIR
