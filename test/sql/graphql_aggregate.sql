-- Aggregates and groups in GraphQL, over tables of the hub.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_aggregate;
SET search_path = graphql_aggregate;
SET TimeZone = 'UTC';
CREATE TYPE status AS ENUM ('open', 'paid', 'void');
CREATE DOMAIN cents AS int;
CREATE TABLE users (id int PRIMARY KEY, name varchar(20), tier smallint, balance numeric, active bool, secret text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id int REFERENCES users, state status, total numeric(20,4), fee cents,
	weight real, lasted interval, placed timestamptz, day date, ref uuid, meta jsonb, tags text[]);
INSERT INTO users VALUES (1, 'ann', 1, 10.10, true, 'x'), (2, 'bob', 2, NULL, false, 'y'), (3, 'eve', 2, -3, NULL, 'z'), (4, NULL, NULL, 0.00, true, 'x');
INSERT INTO orders VALUES
	(1, 1, 'open', 10.5, 5, 1.5, '1 day', '2024-01-31 23:30+00', '2024-01-31', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{x}'),
	(2, 1, 'paid', 0.0001, 7, 2, '2 hours', '2024-02-01 00:30+00', '2024-02-01', NULL, NULL, NULL),
	(3, 2, 'paid', 9999999999999999.9999, 2147483647, NULL, NULL, '2024-02-15', '2024-02-15', NULL, '{"a": 1}', '{x}'),
	(4, 2, 'paid', 9999999999999999.9999, 2147483647, 'NaN', '1 mon', '2025-02-15', '2025-02-15', NULL, '[]', '{}'),
	(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE VIEW user_totals AS SELECT u.id, u.name, sum(o.total) AS total FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- what a type has of fields is what PostgreSQL has of functions for its columns
SELECT fraiseql.graphql('{ aggregate: __type(name: "OrderAggregate") { fields { name type { ofType { name } } } } sum: __type(name: "OrderSum") { fields { name type { name } } } avg: __type(name: "OrderAvg") { fields { name type { name } } } max: __type(name: "OrderMax") { fields { name type { name } } } bool: __type(name: "UserBoolAggregate") { fields { name } } none: __type(name: "OrderBoolAggregate") { name } }');

-- every function, of all rows; nulls count as rows and nothing else
SELECT fraiseql.graphql('{ ordersAggregate { count s: countDistinct(column: STATE) r: countDistinct(column: REF) m: countDistinct(column: META) t: countDistinct(column: TAGS)
	sum { total fee weight lasted } avg { total fee } min { id state total lasted placed day } max { id userId state total fee placed day } stddev { fee } variance { fee } }
	usersAggregate { boolAnd { active } boolOr { active } min { name tier balance } max { name } sum { tier } } }');
SELECT count(*), count(DISTINCT state), count(DISTINCT ref), count(DISTINCT meta), count(DISTINCT tags), sum(total), sum(fee), sum(weight), sum(lasted), avg(total), avg(fee), min(state), max(state), stddev(fee), variance(fee) FROM orders;
-- sums are wider than what is summed, and exact
SELECT fraiseql.graphql('{ ordersAggregate(where: {id: {in: [3, 4]}}) { sum { total fee } avg { total } } }');
SET fraiseql.bigint_as = number;
SET fraiseql.numeric_as = number;
SELECT fraiseql.graphql('{ ordersAggregate(where: {id: {in: [3, 4]}}) { count sum { total fee } } users { ordersAggregate { count sum { fee } } } }');
RESET fraiseql.bigint_as;
RESET fraiseql.numeric_as;
-- of no rows
SELECT fraiseql.graphql('{ ordersAggregate(where: {id: {gt: 99}}) { count countDistinct(column: STATE) sum { total } avg { fee } min { state } } }');
-- of each parent; one without rows counts none
SELECT fraiseql.graphql('{ users { name ordersAggregate { count countDistinct(column: STATE) sum { total } max { placed } } paid: ordersAggregate(where: {state: {eq: PAID}}) { count } } }');
-- filters reach over relationships, also from a view
SELECT fraiseql.graphql('{ usersAggregate(where: {orders: {some: {state: {eq: PAID}}}}) { count } ordersAggregate(where: {user: {tier: {eq: 2}}}) { count } userTotalsAggregate { count sum { total } max { name } } }');
-- only what is selected is computed, in whatever order and under whatever name: one statement
SELECT fraiseql.explain('{ ordersAggregate { b: max { y: total } a: count sum { x: total z: total } } }', costs => false);
SELECT fraiseql.explain('{ users { ordersAggregate { a: count b: count } } }', costs => false);
SELECT fraiseql.explain('{ ordersAggregate { __typename sum { __typename } } }', costs => false);
SELECT fraiseql.graphql('{ ordersAggregate { __typename sum { __typename } } users(limit: 1) { ordersAggregate { __typename } } }');
-- fields with the same name are merged, inside too; conditions hold inside
SELECT fraiseql.graphql('{ ordersAggregate { sum { fee } ...F } } fragment F on OrderAggregate { sum { total fee } count }');
SELECT fraiseql.graphql('query ($a: Boolean!, $b: Boolean!) { ordersAggregate { count @include(if: $a) sum @skip(if: $a) { total @include(if: $b) fee } max { id @include(if: $b) __typename } } }', jsonb_build_object('a', a, 'b', b))
	FROM (VALUES (true, true), (true, false), (false, true), (false, false)) v (a, b);
-- the column of countDistinct may be a variable: each has its own plan
SELECT fraiseql.graphql('query ($c: OrderColumn!) { ordersAggregate { countDistinct(column: $c) } }', jsonb_build_object('c', c)) FROM unnest(ARRAY['STATE', 'REF', 'STATE', 'COUNT']) c;

-- groups: one for nulls too
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STATE], orderBy: [{key: {state: ASC}}]) { key { state } aggregate { count sum { fee } max { placed } } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [USER_ID, STATE], orderBy: [{key: {state: DESC_NULLS_LAST}}, {key: {userId: ASC}}]) { key { state userId } aggregate { count } } }');
-- having, order and page
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STATE], having: {count: {gte: 1}, sum: {fee: {lt: "100"}}}) { key { state } } a: ordersGroupBy(by: [STATE], having: {max: {total: {isnull: true}}}) { key { state } aggregate { count } } b: ordersGroupBy(by: [STATE], having: {min: {state: {in: [PAID]}}, avg: {total: {gt: "1"}}}) { key { state } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STATE], orderBy: [{aggregate: {count: DESC}}], limit: 1) { key { state } aggregate { count } } a: ordersGroupBy(by: [STATE], orderBy: [{aggregate: {sum: {total: ASC_NULLS_FIRST}}}], offset: 1) { key { state } } }');
-- spans of time, in the session's time zone and in another; a week begins on Monday
SELECT fraiseql.graphql('{ ordersGroupBy(by: [PLACED], buckets: {placed: MONTH}, orderBy: [{key: {placed: ASC}}]) { key { placed } aggregate { count } } b: ordersGroupBy(by: [PLACED], buckets: {placed: MONTH}, timeZone: "Europe/Paris", orderBy: [{key: {placed: ASC}}]) { key { placed } aggregate { count } } c: ordersGroupBy(by: [DAY, STATE], buckets: {day: WEEK}, orderBy: [{key: {day: DESC}}], limit: 2) { key { day state } aggregate { count } } }');
SELECT fraiseql.graphql('query ($z: String) { ordersGroupBy(by: [PLACED], buckets: {placed: YEAR}, timeZone: $z, orderBy: [{key: {placed: ASC}}]) { key { placed } aggregate { count } } }', jsonb_build_object('z', z)) FROM (VALUES (NULL), ('Asia/Tokyo'), ('nowhere')) v (z);
-- and one that nothing depends on
SELECT fraiseql.graphql('{ ordersGroupBy(by: [DAY, PLACED], buckets: {day: WEEK}, timeZone: "Europe/Paris") { key { day } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [PLACED], buckets: {placed: null}, timeZone: "Europe/Paris") { key { placed } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [DAY], buckets: {day: WEEK}, timeZone: null, limit: 1) { key { day } } }');
-- of each parent, and a page of each
SELECT fraiseql.graphql('{ users { name ordersGroupBy(by: [STATE], orderBy: [{aggregate: {count: DESC}}]) { key { state } aggregate { count } } first: ordersGroupBy(by: [DAY], buckets: {day: YEAR}, orderBy: [{key: {day: DESC}}], limit: 1) { key { day } aggregate { sum { total } } } } }');
-- what a group has not got is an error, not a null
SELECT fraiseql.graphql('{ a: ordersGroupBy(by: [STATE]) { key { userId } } b: ordersGroupBy(by: [STATE], orderBy: [{key: {id: ASC}}]) { key { state } } c: ordersGroupBy(by: [STATE], buckets: {day: DAY}) { key { state } } d: ordersGroupBy(by: []) { aggregate { count } } e: ordersGroupBy(by: [STATE], having: {count: {gt: null}}) { key { state } } f: ordersGroupBy(by: [STATE], having: {sum: null}) { key { state } } }');
SELECT fraiseql.graphql('{ ordersGroupBy(by: [STAT]) { key { stat } } ordersAggregate { sum { state } countDistinct } usersAggregat { count } }');
SELECT fraiseql.graphql('query ($b: [OrderColumn!]!) { ordersGroupBy(by: $b, orderBy: [{aggregate: {count: DESC}}], limit: 1) { aggregate { count } } }', jsonb_build_object('b', b)) FROM (VALUES ('["STATE"]'::jsonb), ('["USER_ID"]'), ('["STATE", "USER_ID"]'), ('[]')) v (b);
SET fraiseql.max_page_size = 2;
SELECT fraiseql.graphql('{ a: ordersGroupBy(by: [STATE]) { aggregate { count } } b: ordersGroupBy(by: [STATE], limit: 2) { aggregate { count } } ordersAggregate { count } }');
RESET fraiseql.max_page_size;

-- filters by what is computed of related rows; none at all may be what is asked for
SELECT fraiseql.graphql('{ a: users(where: {ordersAggregate: {count: {gt: 1}}}) { id } b: users(where: {ordersAggregate: {count: {lt: 2}}}) { id } c: users(where: {ordersAggregate: {count: {eq: 0}}}) { id } d: users(where: {ordersAggregate: {count: {in: [0, 2]}}}) { id } e: users(where: {ordersAggregate: {sum: {total: {isnull: true}}}}) { id } f: users(where: {ordersAggregate: {max: {state: {eq: PAID}}, where: {placed: {lt: "2025-01-01T00:00:00Z"}}}}) { id } g: users(where: {ordersAggregate: {}}) { id } }');
SELECT fraiseql.graphql('{ a: users(where: {_not: {ordersAggregate: {sum: {fee: {gt: "100"}}}}}) { id } b: users(where: {_or: [{name: {eq: "eve"}}, {ordersAggregate: {min: {weight: {lt: 2}}}}]}) { id } c: orders(where: {user: {ordersAggregate: {count: {gte: 2}, where: {state: {eq: OPEN}}}}}) { id } d: usersAggregate(where: {ordersAggregate: {count: {gte: 1}}}) { count } }');
SELECT fraiseql.graphql('{ a: users(where: {ordersAggregate: {where: {state: null}, count: {gt: 1}}}) { id } b: users(where: {ordersAggregate: {where: null, sum: null, count: null}}) { id } c: users(where: {ordersAggregate: null}) { id } }');
SELECT fraiseql.graphql('{ users(orderBy: [{ordersAggregate: {count: ASC, sum: {total: ASC}}}]) { id } }');
SELECT fraiseql.graphql('query ($n: BigInt, $w: OrderAggregateFilter) { a: users(where: {ordersAggregate: {count: {lte: $n}}}) { id } b: users(where: {ordersAggregate: $w}) { id } }', v::jsonb) FROM unnest(ARRAY['{"n": 0, "w": {"count": {"gt": 0}}}', '{"n": 2, "w": {"sum": {"total": {"gt": "11"}}}}', '{"n": -1, "w": {}}']) v;
-- orders: a sum of nothing is null, a count is 0
SELECT fraiseql.graphql('{ a: users(orderBy: [{ordersAggregate: {count: ASC}}]) { id } b: users(orderBy: [{ordersAggregate: {sum: {total: DESC}}}, {name: ASC}]) { id } c: orders(orderBy: [{user: {ordersAggregate: {count: DESC}}}, {id: DESC}]) { id } d: users(orderBy: [{ordersAggregate: {max: {state: DESC_NULLS_LAST}}}], limit: 1) { id ordersAggregate { max { state } } } }');

-- row-level security and column privileges hold: of what a role may not read nothing is computed
CREATE ROLE graphql_aggregate_reader;
GRANT USAGE ON SCHEMA graphql_aggregate TO graphql_aggregate_reader;
GRANT SELECT (id, name, tier) ON users TO graphql_aggregate_reader;
GRANT SELECT (id, user_id, state) ON orders TO graphql_aggregate_reader;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY paid ON orders FOR SELECT TO graphql_aggregate_reader USING (state = 'paid');
SET ROLE graphql_aggregate_reader;
SELECT fraiseql.graphql('{ ordersAggregate { count max { id } } users { name ordersAggregate { count } } ordersGroupBy(by: [STATE]) { key { state } aggregate { count } } a: users(where: {ordersAggregate: {count: {gt: 1}}}) { id } b: users(orderBy: [{ordersAggregate: {count: DESC}}]) { id } }');
SELECT fraiseql.graphql('{ usersAggregate { countDistinct(column: SECRET) min { secret } } }');
SELECT fraiseql.graphql('{ usersGroupBy(by: [SECRET]) { aggregate { count } } }');
SELECT fraiseql.graphql('{ users(where: {ordersAggregate: {sum: {total: {gt: 1}}}}, orderBy: [{ordersAggregate: {max: {total: ASC}}}]) { id } }');
SELECT fraiseql.graphql('{ column: __type(name: "UserColumn") { enumValues { name } } min: __type(name: "UserMin") { fields { name } } key: __type(name: "OrderGroupByKey") { fields { name } } sum: __type(name: "OrderSum") { name } having: __type(name: "OrderHavingInput") { inputFields { name } } }');
RESET ROLE;

-- names: those of columns and tables come first, and the others are a problem that is told
SET client_min_messages = warning;
CREATE TABLE orders_aggregates (id int PRIMARY KEY);
CREATE TABLE order_sums (id int PRIMARY KEY);
ALTER TABLE users ADD orders_group_by int;
RESET client_min_messages;
SELECT fraiseql.graphql('{ ordersAggregate(id: 1) { id } orderSums: __type(name: "OrderSum") { kind } users { ordersGroupBy } }');
SELECT object_name, problem FROM fraiseql.schema_problems ORDER BY 1, 2;
SET fraiseql.naming = preserve;
SELECT fraiseql.graphql('{ users_aggregate { count } users(where: {orders_aggregate: {count: {gt: 1}}}, orderBy: [{orders_aggregate: {count: DESC}}]) { id orders_aggregate { count } } users_group_by(by: [TIER], orderBy: [{key: {tier: ASC}}]) { key { tier } aggregate { count } } }');
RESET fraiseql.naming;

-- a trace shows one statement for each field
SELECT r -> 'path', r -> 'rows', r ->> 'query' FROM json_array_elements(fraiseql.graphql('{ users { ordersAggregate { count } later: ordersAggregate(where: {id: {gt: 1}}) { max { id } } } }', NULL, NULL, '{"trace": true}') #> '{extensions,trace,routes}') r;

SET client_min_messages = warning;
DROP SCHEMA graphql_aggregate CASCADE;
DROP ROLE graphql_aggregate_reader;
