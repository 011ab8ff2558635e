-- The hub as a subgraph of a federation: _service and _entities.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA subgraph;
SET search_path = subgraph;
CREATE TYPE color AS ENUM ('deep red', 'green');
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, nick text UNIQUE, name text);
COMMENT ON TABLE users IS 'People who can log in';
CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id int NOT NULL REFERENCES users, total numeric NOT NULL);
CREATE TABLE lines (order_id uuid REFERENCES orders, number int, paint color, PRIMARY KEY (order_id, number));
CREATE TABLE paints (color color PRIMARY KEY, born date, UNIQUE (born));
CREATE TABLE notes (text text);
CREATE TABLE documents (body jsonb PRIMARY KEY);
INSERT INTO users SELECT i, 'user' || i || '@example.com', NULL, 'User ' || i FROM generate_series(1, 5) i;
INSERT INTO orders SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, i % 3 + 1, i * 10.50 FROM generate_series(1, 6) i;
INSERT INTO lines SELECT id, n, 'green' FROM orders, generate_series(1, 2) n;
INSERT INTO paints VALUES ('deep red', '1999-12-31'), ('green', NULL);
CREATE ROLE regress_subgraph;
GRANT USAGE ON SCHEMA subgraph TO regress_subgraph;
GRANT SELECT ON users, orders TO regress_subgraph;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
PREPARE entities(jsonb, text) AS SELECT fraiseql.graphql('query ($r: [_Any!]!) { _entities(representations: $r) ' || $2 || ' }', jsonb_build_object('r', $1));

-- it is no subgraph unless it is to be one
SELECT fraiseql.graphql('{ _service { sdl } }') #>> '{errors,0,message}';
SET fraiseql.subgraph = on;

-- what a gateway reads: keys, nothing of where tables are, and not these fields themselves
SELECT fraiseql.graphql('{ _service { sdl } }') #>> '{data,_service,sdl}' AS sdl \gset
SELECT line FROM regexp_split_to_table(:'sdl', E'\n') line WHERE line ~ '@';
SELECT line FROM regexp_split_to_table(:'sdl', E'\n') line WHERE line ~ '_service|_entities|_Any|DatabaseStatus|@source';
SELECT fraiseql.graphql('query ($a: Boolean!) { s: _service { __typename } _service @include(if: $a) { __typename text: sdl } user(id: 1) { name } }', '{"a": false}');
-- beside the usual schema
SELECT fraiseql.graphql('{ entity: __type(name: "_Entity") { kind possibleTypes { name } } any: __type(name: "_Any") { kind } query: __type(name: "Query") { fields { name args { name type { kind } } } } }') #> '{data,entity}';
SELECT substring(fraiseql.sdl() from '_entities[^\n]*');

-- entities in the order of their representations, whatever their types
EXECUTE entities('[{"__typename": "User", "id": 3}, {"__typename": "Order", "id": "00000000-0000-0000-0000-000000000002"}, {"__typename": "User", "id": "1"}, {"__typename": "User", "id": 3}]',
	'{ __typename ... on User { id name orders(orderBy: [{total: ASC}]) { total } } ... on Order { total user { name } } }');
-- by any key that is never null; one that is not there is null
EXECUTE entities('[{"__typename": "User", "email": "user2@example.com"}, {"__typename": "User", "id": 77}, {"__typename": "User", "id": 4, "email": "nobody"}]', '{ ... on User { id } }');
EXECUTE entities('[{"__typename": "Line", "number": 2, "orderId": "00000000-0000-0000-0000-000000000001"}, {"__typename": "Line", "number": 3, "orderId": "00000000-0000-0000-0000-000000000001"}]', '{ ... on Line { number paint order { total } } }');
EXECUTE entities('[{"__typename": "Paint", "color": "DEEP_RED"}, {"__typename": "Paint", "color": "GREEN"}]', '{ ... on Paint { color born } }');
EXECUTE entities('[]', '{ __typename }');
-- a type that nothing is asked of is looked for all the same
EXECUTE entities('[{"__typename": "User", "id": 1}, {"__typename": "User", "id": 9}]', '{ __typename ... on Order { total } }');
-- fragments on the union itself, aliases, conditions
SELECT fraiseql.graphql('query ($r: [_Any!]!, $o: Boolean!) { a: _entities(representations: $r) { ...e } b: _entities(representations: [{__typename: "User", id: 5}]) { ... on _Entity { ...e } } c: _entities(representations: []) @skip(if: $o) { ...e } } fragment e on _Entity { ... on User { id name @skip(if: $o) orders @include(if: $o) { total } } }',
	jsonb_build_object('r', '[{"__typename": "User", "id": 2}]'::jsonb, 'o', o)) FROM unnest(ARRAY[true, false]) o;
SELECT fraiseql.graphql('query ($a: _Any!, $id: ID!) { _entities(representations: [$a, {__typename: "User", id: $id}]) { ... on User { name } } }', jsonb_build_object('a', '{"__typename": "User", "id": 2}'::jsonb, 'id', id)) FROM generate_series(3, 4) id;

-- one statement for all entities of a type and key, and one plan
SELECT fraiseql.explain('query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name orders { total } } ... on Line { paint } } }',
	'{"r": [{"__typename": "User", "id": 1}, {"__typename": "Line", "orderId": "00000000-0000-0000-0000-000000000001", "number": 1}, {"__typename": "User", "id": 2}, {"__typename": "User", "email": "x"}]}', costs => false);
SELECT fraiseql.explain('query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name } } }', '{"r": [{"__typename": "User", "id": 1}, {"__typename": "User", "id": 2}]}', format => 'json')::jsonb #- '{fetches,0,plan}';
SELECT json_array_length(fraiseql.graphql('query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name orders { total } } } }', jsonb_build_object('r', (SELECT jsonb_agg(jsonb_build_object('__typename', 'User', 'id', i)) FROM generate_series(1, 3000) i)), extensions => '{"trace": true}') #> '{extensions,trace,routes}');

-- what is wrong with representations
EXECUTE entities('[{"__typename": "User", "id": 1}, {"id": 1}, 5, {"__typename": 3}]', '{ __typename }');
EXECUTE entities('[{"__typename": "Usr", "id": 1}, {"__typename": "Note", "text": "x"}, {"__typename": "Document", "body": {}}]', '{ __typename }');
EXECUTE entities('[{"__typename": "User", "nick": "x"}, {"__typename": "User", "id": null}, {"__typename": "Line", "number": 1}]', '{ __typename }');
EXECUTE entities('[{"__typename": "User", "id": 1}, {"__typename": "User", "id": "one"}]', '{ __typename }');
EXECUTE entities('[{"__typename": "User", "id": {}}, {"__typename": "Paint", "color": "blue"}]', '{ __typename }');
EXECUTE entities('[null]', '{ __typename }');
SELECT fraiseql.graphql('{ _entities { __typename } }');
SELECT fraiseql.graphql('{ _entities(representations: [{__typename: "User", id: 1}]) { name } }');
-- limits count them
SET fraiseql.max_cost = 5;
EXECUTE entities('[{"__typename": "User", "id": 1}, {"__typename": "User", "id": 2}, {"__typename": "User", "id": 3}]', '{ ... on User { orders(limit: 1) { id } } }');
RESET fraiseql.max_cost;

-- what the role may not read, or row-level security hides, is not there
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON users USING (id % 2 = 0);
SET ROLE regress_subgraph;
EXECUTE entities('[{"__typename": "User", "id": 1}, {"__typename": "User", "id": 2}]', '{ ... on User { name } }');
EXECUTE entities('[{"__typename": "Line", "number": 1, "orderId": "00000000-0000-0000-0000-000000000001"}]', '{ __typename }');
RESET ROLE;
-- a statement that fails costs the entities of its type
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION fail(text) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RAISE ''no %'', $1; END';
CREATE VIEW failing AS SELECT id, fail(name) FROM users;
SELECT fraiseql.add_relationship('failing', 'users', '{id}', 'failing', '{id}', 'one') \g /dev/null
EXECUTE entities('[{"__typename": "User", "id": 1}, {"__typename": "Paint", "color": "GREEN"}]', '{ ... on User { name failing { fail } } ... on Paint { color } }');

-- a hub without entities
CREATE SCHEMA subgraph_notes;
CREATE TABLE subgraph_notes.notes (text text);
SET search_path = subgraph_notes;
SELECT fraiseql.graphql('{ _service { sdl } }') #>> '{data,_service,sdl}' ~ 'type Note {';
SELECT fraiseql.graphql('{ _entities(representations: []) { __typename } }') #>> '{errors,0,message}';
SET search_path = subgraph_none;
SELECT fraiseql.graphql('{ _service { sdl } }') #>> '{data,_service,sdl}';
-- values that jsonb cannot hold are errors of the request
SET search_path = subgraph;
SELECT fraiseql.graphql('{_entities(representations: [{__typename: "User", id: "\u0000"}]) {... on User {name}}}');
SELECT fraiseql.graphql('{_entities(representations: [{__typename: "User", id: 1e400000}]) {... on User {name}}}');
SELECT fraiseql.graphql('query ($r: [_Any!]!) {_entities(representations: $r) {... on User {name}}}', '{"r": [{"__typename": "User", "id": "\\u0000"}]}');
-- tables do not take the names of a subgraph
SET search_path = subgraph_notes;
SET fraiseql.naming = preserve;
CREATE TABLE _service (id int PRIMARY KEY);
SELECT fraiseql.graphql('{ _service { sdl } __type(name: "_Service") { fields { name } } }') #> '{data,__type}';
SELECT problem FROM fraiseql.schema_problems;
RESET fraiseql.naming;

DEALLOCATE entities;
RESET fraiseql.subgraph;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA subgraph, subgraph_notes CASCADE;
DROP ROLE regress_subgraph;
