-- nodeId and node(nodeId:): a row by an id that says which table it is of.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_node;
SET search_path = graphql_node;
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE sites (country text, code text, name text, PRIMARY KEY (country, code));
CREATE TABLE moments (at timestamptz PRIMARY KEY, team_id int REFERENCES teams);
CREATE TABLE logs (line text);
CREATE TABLE odds (id int PRIMARY KEY, node_id int);
INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(1, 3) i;
INSERT INTO sites VALUES ('de', 'x', 'Ulm'), ('fr', '', 'Nice');
INSERT INTO moments VALUES ('2024-02-29 12:34:56.123456+00', 2);
CREATE FUNCTION id_of(query text, VARIADIC path text[]) RETURNS text LANGUAGE sql AS $$ SELECT fraiseql.graphql(query)::json #>> (array['data'] || path) $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- wherever a row is shown
SELECT fraiseql.graphql('{ teams(first: 1) { x: nodeId id } sites { nodeId } teamsConnection(last: 1) { edges { node { nodeId } } } moments { nodeId team { nodeId } } }');
-- and back
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { __typename nodeId ... on Team { id name } ... on Site { name } ... on Moment { at team { name } } } }', id))
  FROM unnest(array[id_of('{ teams { nodeId } }', 'teams', '1', 'nodeId'), id_of('{ sites { nodeId } }', 'sites', '1', 'nodeId'), id_of('{ moments { nodeId } }', 'moments', '0', 'nodeId')]) id;
SET timezone = 'Asia/Kolkata';
SET datestyle = 'German';
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { ... on Moment { at } } }', id_of('{ moments { nodeId } }', 'moments', '0', 'nodeId')));
RESET timezone;
RESET datestyle;
-- the type is part of the shape of a request: one document serves all
SELECT fraiseql.graphql('query($n: ID!) { node(nodeId: $n) { ...f } } fragment f on Node { ... on Team { id name } ... on Node { nodeId } }', json_build_object('n', id)::jsonb)
  FROM unnest(array[id_of('{ teams { nodeId } }', 'teams', '0', 'nodeId'), id_of('{ teams { nodeId } }', 'teams', '2', 'nodeId'), id_of('{ sites { nodeId } }', 'sites', '1', 'nodeId')]) id;
SELECT fraiseql.graphql(format('query($x: Boolean = false) { a: node(nodeId: "%1$s") @include(if: $x) { nodeId } b: node(nodeId: "%1$s") { ... on Team { id name @include(if: $x) } } }', id_of('{ teams { nodeId } }', 'teams', '0', 'nodeId')), v)
  FROM unnest(array['{}', '{"x": true}']::jsonb[]) v;

-- a row that is gone, or that one may not see, is null; what is no id is an error
BEGIN;
SELECT id_of('{ teams { nodeId } }', 'teams', '2', 'nodeId') AS gone \gset
DELETE FROM teams WHERE id = 3;
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { nodeId } }', :'gone'));
DROP TABLE sites;
ROLLBACK;
SELECT id_of('{ sites { nodeId } }', 'sites', '1', 'nodeId') AS site \gset
BEGIN;
DROP TABLE sites;
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { nodeId } }', :'site'));
ROLLBACK;
SELECT fraiseql.graphql('query($n: ID!) { node(nodeId: $n) { nodeId } }', json_build_object('n', n)::jsonb) FROM unnest(array['', 'x', left(:'site', -1), :'site' || 'A', lower(:'site')]) n;
SELECT fraiseql.graphql('{ node(nodeId: 12) { nodeId } }'), fraiseql.graphql('query($n: ID!) { node(nodeId: $n) { nodeId } }', '{"n": 12}');
SELECT fraiseql.graphql('{ node(nodeId: "x") { id } }');
-- a cursor is no node id
SELECT fraiseql.graphql('query($n: ID!) { node(nodeId: $n) { nodeId } }', json_build_object('n', id_of('{ teamsConnection { edges { cursor } } }', 'teamsConnection', 'edges', '0', 'cursor'))::jsonb);

-- the schema
SELECT fraiseql.graphql('{ __type(name: "Node") { kind fields { name type { kind } } possibleTypes { name } } t: __type(name: "Team") { interfaces { name } fields { name } } o: __type(name: "Odd") { interfaces { name } fields { name type { name } } } }');
SELECT object_name, problem FROM fraiseql.schema_problems ORDER BY 1;
CREATE TABLE nodes (id int PRIMARY KEY);
SELECT fraiseql.graphql('{ node(id: 1) { id nodeId } teams(first: 1) { nodeId } }');
SELECT object_name, problem FROM fraiseql.schema_problems WHERE object_name = 'nodes';

SET client_min_messages = warning;
DROP SCHEMA graphql_node CASCADE;
