-- Aggregates of tables in a SQLite file: what is sent to it, and keys of all kinds.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT NOT NULL, total REAL, ref TEXT); CREATE TABLE items (order_id INTEGER NOT NULL, line INTEGER NOT NULL, name TEXT, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id)); CREATE TABLE deliveries (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, FOREIGN KEY (order_id, line) REFERENCES items (order_id, line)); INSERT INTO orders VALUES (1, 1, 'open', 10.5, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (2, 1, 'paid', 20, NULL), (3, 2, 'paid', 5, 'x'), (4, NULL, 'void', NULL, NULL); INSERT INTO items VALUES (1, 1, 'pen'), (1, 2, 'ink'), (3, 1, 'pen'), (2, 1, 'book'); INSERT INTO deliveries VALUES (1, 1, 2), (2, 2, 1), (3, 1, NULL)"
CREATE SCHEMA graphql_aggregate_sqlite;
CREATE SERVER graphql_aggregate_sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
IMPORT FOREIGN SCHEMA main FROM SERVER graphql_aggregate_sqlite INTO graphql_aggregate_sqlite;
SET search_path = graphql_aggregate_sqlite;
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


-- all of a table, and of a part of it
SELECT fraiseql.graphql('{ ordersAggregate { count countDistinct(column: STATUS) sum { total } avg { total } min { id status total } max { id status total } } }');
SELECT fraiseql.graphql('{ ordersAggregate(where: {status: {eq: "paid"}}) { count sum { total } } none: ordersAggregate(where: {id: {gt: 99}}) { count sum { total } max { status } } }');
-- of each parent: one statement; one without rows has none
SELECT fraiseql.graphql('{ users { name ordersAggregate { count sum { total } } paid: ordersAggregate(where: {status: {eq: "paid"}}) { count } } }');
-- what two keys have in common, and a key that is a uuid on one side and text in upper case on the other
SELECT fraiseql.graphql('{ items { orderId line deliveriesAggregate { count max { id } } } }');
SELECT fraiseql.graphql('{ tokens { note ordersAggregate { count max { id } } } }');
-- null keys ask for nothing
SELECT fraiseql.graphql('{ orders { id remarksAggregate { count min { text } } token { ordersAggregate { count } } } }');
-- the source computes what it computes as PostgreSQL does
SELECT fraiseql.explain('{ ordersAggregate(where: {status: {eq: "paid"}}) { count min { id } } }', costs => false);
SELECT fraiseql.explain('{ users { ordersAggregate { count max { id } } } }', costs => false);
SELECT fraiseql.explain('{ tokens { ordersAggregate { count } } }', costs => false);
SELECT fraiseql.explain('{ items { deliveriesAggregate { count } } }', costs => false);

-- groups: at the root, and the first ones of each parent
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STATUS], orderBy: [{aggregate: {count: DESC}}]) { key { status } aggregate { count sum { total } } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STATUS, USER_ID], where: {status: {in: ["paid", "open"]}}, having: {max: {id: {gt: 1}}}, orderBy: [{key: {userId: DESC}}], limit: 2) { key { status userId } aggregate { max { id } } } }');
SELECT fraiseql.graphql('{ users { name ordersGroupBy(by: [STATUS], orderBy: [{aggregate: {max: {id: DESC}}}], limit: 1) { key { status } aggregate { count } } } }');
SELECT fraiseql.explain('{ ordersGroupBy(by: [STATUS], having: {count: {gt: 1}}, orderBy: [{aggregate: {count: DESC}}], limit: 1) { key { status } aggregate { count } } }', costs => false);
SELECT fraiseql.explain('{ users { ordersGroupBy(by: [STATUS]) { key { status } aggregate { count } } } }', costs => false);
SELECT fraiseql.explain('{ users { ordersGroupBy(by: [STATUS], orderBy: [{aggregate: {count: DESC}}], limit: 1) { key { status } aggregate { count } } } }', costs => false);

-- filters and orders by what is computed of related rows of another database
SELECT fraiseql.graphql('{ a: users(where: {ordersAggregate: {count: {gt: 1}}}) { name } b: users(where: {ordersAggregate: {count: {lt: 2}}}) { name } c: users(where: {ordersAggregate: {sum: {total: {gte: 5}}, where: {status: {eq: "paid"}}}}) { name } d: users(where: {_not: {ordersAggregate: {max: {status: {eq: "paid"}}}}}) { name } e: users(where: {ordersAggregate: {max: {total: {isnull: true}}}}) { name } f: users(where: {ordersAggregate: {}}) { name } g: users(where: {_or: [{name: {eq: "eve"}}, {ordersAggregate: {count: {eq: 1}}}]}) { name } }');
SELECT fraiseql.graphql('{ a: items(where: {deliveriesAggregate: {count: {gte: 1}}}) { name } b: items(where: {deliveriesAggregate: {count: {eq: 0}}}) { orderId line } c: orders(where: {remarksAggregate: {count: {gt: 0}}}) { id } d: orders(where: {remarksAggregate: {count: {eq: 0}}}) { id } e: tokens(where: {ordersAggregate: {count: {eq: 1}}}) { note } f: orders(where: {user: {ordersAggregate: {count: {gt: 1}}}}) { id } }');
SELECT fraiseql.graphql('{ a: users(orderBy: [{ordersAggregate: {count: DESC}}]) { name } b: users(orderBy: [{ordersAggregate: {sum: {total: ASC}}}]) { name } c: items(orderBy: [{deliveriesAggregate: {count: ASC}}, {name: ASC}]) { name } d: orders(orderBy: [{user: {ordersAggregate: {count: DESC}}}, {id: DESC}]) { id } e: tokens(orderBy: [{ordersAggregate: {count: DESC}}]) { note } }');
SELECT fraiseql.graphql('{ users { name orders(where: {itemsAggregate: {count: {gt: 0}}}, orderBy: [{itemsAggregate: {count: DESC}}, {id: DESC}], limit: 2) { id } } }');
SELECT fraiseql.explain('{ users(where: {ordersAggregate: {count: {gt: 1}, where: {status: {eq: "paid"}}}}, orderBy: [{ordersAggregate: {sum: {total: DESC}}}]) { name } }', costs => false);

-- groups of each parent, whose key has a collation that folds case
SET client_min_messages = warning;
CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE codes (code text COLLATE folding PRIMARY KEY);
INSERT INTO codes VALUES ('PEN'), ('ink');
SELECT fraiseql.add_relationship('code', 'items', '{name}', 'codes', '{code}', NULL, 'items') \g /dev/null
RESET client_min_messages;
SELECT fraiseql.graphql('{ codes { code items(limit: 5) { line } all: items { line } itemsAggregate { count } every: itemsGroupBy(by: [LINE]) { key { line } aggregate { count } } itemsGroupBy(by: [LINE], limit: 1) { key { line } aggregate { count } } } }');

SET client_min_messages = warning;
SELECT fraiseql.drop_relationship(t::regclass, f) FROM (VALUES ('orders', 'user'), ('orders', 'token'), ('remarks', 'order'), ('items', 'code')) x(t, f) \g /dev/null
DROP SCHEMA graphql_aggregate_sqlite CASCADE;
DROP SERVER graphql_aggregate_sqlite;
\! rm -r $DIR
