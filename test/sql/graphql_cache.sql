-- The cache of operations: one plan for each shape, and what changes counts at once.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_cache;
CREATE SCHEMA graphql_cache2;
SET search_path = graphql_cache;
CREATE TABLE users (id int PRIMARY KEY, name text, active bool DEFAULT true);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users, title text);
CREATE TABLE graphql_cache2.users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
INSERT INTO posts VALUES (1, 1, 'first');
INSERT INTO graphql_cache2.users VALUES (1, 'zoe');
CREATE FUNCTION pg_temp.plans() RETURNS bigint LANGUAGE sql AS
	$$ SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'fraiseql plan' $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- Other values, same plan.
SELECT count(fraiseql.graphql('query($id: ID!, $n: [String!]) { user(id: $id) { name } users(where: {name: {in: $n}}) { id } }',
	jsonb_build_object('id', i, 'n', (SELECT jsonb_agg('u' || j) FROM generate_series(1, i) j)))) FROM generate_series(1, 100) i;
SELECT pg_temp.plans();
-- Values in the document make it another document.
SELECT count(fraiseql.graphql(format('{ user(id: %s) { name } }', i))) FROM generate_series(1, 3) i;
SELECT pg_temp.plans();
-- What changes the statement is a shape: null, absence, order, isnull, include; other booleans and enums are not.
SELECT v, fraiseql.graphql('query($w: UserWhereInput, $o: OrderDirection! = ASC, $p: Boolean = false) {
	users(where: $w, orderBy: [{id: $o}]) { id posts @include(if: $p) { id } } }', v) -> 'data' -> 'users', pg_temp.plans()
  FROM unnest(array['{}', '{"w": null}', '{"w": {"active": {"eq": true}}}', '{"w": {"active": {"eq": false}}}', '{"w": {"id": {"gt": 1}}}',
	'{"w": {"id": {"gt": 2}}}', '{"w": {"name": {"isnull": true}}}', '{"w": {"name": {"isnull": false}}}', '{"o": "DESC"}', '{"p": true}', '{"p": true}']::jsonb[]) v;
-- The setting bounds their number; zero keeps none.
SET fraiseql.planning_cache_size = 2;
SELECT count(fraiseql.graphql(format('{ user(id: %s) { id name } }', i))) FROM generate_series(1, 20) i;
SELECT pg_temp.plans();
SELECT fraiseql.graphql('query($w: UserWhereInput) { users(where: $w) { id } }', v) -> 'data' -> 'users'
  FROM unnest(array['{}', '{"w": {"id": {"lt": 2}}}', '{"w": {"id": {"gt": 2}, "name": {"eq": "eve"}}}', '{"w": {"_not": {"id": {"lt": 3}}}}', '{}']::jsonb[]) v;
SELECT pg_temp.plans();
-- A large one counts as many, and one that is larger than all is not kept.
SET fraiseql.planning_cache_size = 20;
SELECT count(fraiseql.graphql(format('{ user(id: %s) { id name } }', i))) FROM generate_series(1, 20) i;
SELECT pg_temp.plans();
SELECT fraiseql.graphql('{ users(where: {_or: [' || repeat('{id: {eq: 1}}', 200) || ']}) { id } }'), pg_temp.plans() < 20 AS fewer;
SELECT count(*) AS large FROM fraiseql.plan_cache_entries WHERE weight > 1;
SELECT fraiseql.graphql('{ users(where: {_or: [' || repeat('{id: {eq: 2}}', 5000) || ']}) { id } }');
SELECT count(*) AS large FROM fraiseql.plan_cache_entries WHERE weight > 1;
SET fraiseql.planning_cache_size = 0;
SELECT fraiseql.graphql('{ user(id: 1) { name } }');
RESET fraiseql.planning_cache_size;

-- What changes between two requests counts at once.
CREATE FUNCTION pg_temp.ask(text) RETURNS json LANGUAGE sql AS $$ SELECT fraiseql.graphql($1) $$;
\set q '''{ users { id name } }'''
SELECT pg_temp.ask(:q);
-- ... DDL
ALTER TABLE users RENAME name TO full_name;
SELECT pg_temp.ask(:q);
SELECT pg_temp.ask('{ users { id fullName } }');
ALTER TABLE users RENAME full_name TO name;
ALTER TABLE users ALTER name TYPE varchar(5);
SELECT pg_temp.ask(:q);
ALTER TABLE users ALTER id TYPE bigint;
SELECT pg_temp.ask(:q);
DELETE FROM users WHERE id = 3;
SELECT pg_temp.ask(:q);
DROP TABLE posts;
SELECT pg_temp.ask('{ users { posts { id } } }');
CREATE TABLE posts (id int PRIMARY KEY, user_id bigint REFERENCES users);
SELECT pg_temp.ask('{ users { posts { id } } }');
-- ... within a transaction, and after it has been rolled back
BEGIN;
ALTER TABLE users ADD email text;
SELECT pg_temp.ask('{ users { email } }');
ROLLBACK;
SELECT pg_temp.ask('{ users { email } }');
-- ... the search_path, and the setting that replaces it
SET search_path = graphql_cache2;
SELECT pg_temp.ask(:q);
SET search_path = graphql_cache;
SELECT pg_temp.ask(:q);
SET fraiseql.schemas = 'graphql_cache2';
SELECT pg_temp.ask(:q);
RESET fraiseql.schemas;
SET fraiseql.naming = preserve;
SELECT pg_temp.ask('{ posts { user_id } }');
RESET fraiseql.naming;
SELECT pg_temp.ask('{ posts { user_id } }');
-- ... relationships
SELECT fraiseql.add_relationship('same', 'users', '{id}', 'users', '{id}') \g /dev/null
SELECT pg_temp.ask('{ users { same { id } } }');
SELECT fraiseql.drop_relationship('users', 'same') \g /dev/null
SELECT pg_temp.ask('{ users { same { id } } }');

-- ... and what the request itself changes while it runs.
CREATE FUNCTION change() RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN SET LOCAL client_min_messages = warning; EXECUTE 'ALTER TABLE graphql_cache.posts ADD IF NOT EXISTS more int'; RETURN 'changed'; END $$;
CREATE VIEW changers AS SELECT 1 AS n, change() AS word;
SELECT pg_temp.ask('{ changers { n word } posts { id } users { id } }');
SELECT pg_temp.ask('{ changers { n word } posts { id more } users { id } }');

SET client_min_messages = warning;
DROP SCHEMA graphql_cache, graphql_cache2 CASCADE;
