-- What a session keeps of its operations, as the views plan_cache and plan_cache_entries show it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_plan_cache;
SET search_path = graphql_plan_cache;
CREATE ROLE graphql_plan_cache_ann;
CREATE ROLE graphql_plan_cache_bob;
CREATE TABLE users (id int PRIMARY KEY, name text, active bool DEFAULT true);
CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users, title text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
GRANT USAGE ON SCHEMA graphql_plan_cache TO PUBLIC;
GRANT SELECT ON users, posts TO PUBLIC;
CREATE VIEW pg_temp.counts AS SELECT size, operations, plans, hits, misses, invalidations, evictions, bytes > 0 AS has_bytes FROM fraiseql.plan_cache;
RESET client_min_messages;
\pset format unaligned

SELECT * FROM pg_temp.counts;
-- values of arguments, of conditions and of lists make no other plan; what is not a request counts as none
SELECT count(fraiseql.graphql('query ($id: ID!, $in: [ID!], $p: Boolean!, $n: Boolean!, $l: Int) { user(id: $id) { name @include(if: $n) posts(limit: $l) @include(if: $p) { id } } users(where: {id: {in: $in}}) { id name @skip(if: $n) } }',
	jsonb_build_object('id', i, 'in', (SELECT jsonb_agg(j) FROM generate_series(1, i) j), 'p', i % 2 = 0, 'n', i % 3 = 0, 'l', i))) FROM generate_series(1, 20) i;
SELECT fraiseql.graphql('{ nothing }') IS NOT NULL AS refused;
SELECT * FROM pg_temp.counts;
SELECT role::regrole = current_user::regrole AS own, left(query, 30) AS query, operation_name, statements, weight, hits, bytes > 0 AS has_bytes, last_used <= now() AS used FROM fraiseql.plan_cache_entries;
-- the name of an operation, and nulls, do
SELECT fraiseql.graphql('query one { users(limit: 1) { id } } query two ($n: Int) { users(limit: $n) { name } }', v, o) FROM (VALUES (NULL::jsonb, 'one'), ('{"n": 1}', 'two'), ('{"n": 2}', 'two'), ('{"n": null}', 'two')) x(v, o);
SELECT operation_name, statements, hits FROM fraiseql.plan_cache_entries WHERE operation_name IS NOT NULL ORDER BY 1, 3;
-- a change of a table invalidates what was planned before
ALTER TABLE users ADD email text;
SELECT fraiseql.graphql('{ users(limit: 1) { email } }');
SELECT * FROM pg_temp.counts;
-- a thousand documents: as many plans as there may be, and bounded memory
SET fraiseql.planning_cache_size = 50;
SELECT count(fraiseql.graphql(format('{ a%s: users(where: {id: {eq: %s}}) { id name posts(limit: %s) { title user { name } } } }', i, i, i))) FROM generate_series(1, 1000) i;
SELECT plans <= 50 AND plans > 20 AS full, plans + evictions AS kept, misses, bytes < 50 * 65536 AS bounded FROM fraiseql.plan_cache;
SELECT count(*) = (SELECT plans FROM fraiseql.plan_cache) AS all_entries, sum(weight) <= 50 AS bounded, max(left(query, 10)) FROM fraiseql.plan_cache_entries;
-- ... nor do many shapes of one document take more
SELECT count(fraiseql.graphql('query ($w: UserWhereInput) { users(where: $w) { id } }', jsonb_build_object('w', jsonb_build_object('_or', (SELECT jsonb_agg('{"id": {"eq": 1}}'::jsonb) FROM generate_series(1, i))))))
  FROM generate_series(1, 200) i;
SELECT plans < 50 AS full, (SELECT sum(weight) <= 50 FROM fraiseql.plan_cache_entries) AS bounded, bytes < 50 * 65536 AS bounded_bytes FROM fraiseql.plan_cache;
-- statements that read fewer columns are kept in bounds, too
SET fraiseql.planning_cache_size = 1000;
SELECT count(fraiseql.graphql('query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) { users { id @include(if: $a) name @include(if: $b) active @include(if: $c) email @include(if: $d) } }',
	jsonb_build_object('a', i & 1 = 1, 'b', i & 2 = 2, 'c', i & 4 = 4, 'd', i & 8 = 8))) FROM generate_series(0, 15) i;
SELECT statements FROM fraiseql.plan_cache_entries WHERE query LIKE '%email @include%';
-- zero keeps nothing
SET fraiseql.planning_cache_size = 0;
SELECT fraiseql.graphql('{ users(limit: 1) { name } }');
SELECT count(*) FROM fraiseql.plan_cache_entries WHERE query LIKE '{ users(limit: 1) { name } }';
RESET fraiseql.planning_cache_size;

-- a document may have values in it: other roles do not see it
SET ROLE graphql_plan_cache_ann;
SELECT fraiseql.graphql('{ users(where: {name: {eq: "secret"}}) { id } }');
SELECT query FROM fraiseql.plan_cache_entries WHERE role = 'graphql_plan_cache_ann'::regrole;
SET ROLE graphql_plan_cache_bob;
SELECT query FROM fraiseql.plan_cache_entries WHERE role = 'graphql_plan_cache_ann'::regrole;
SELECT count(query) FROM fraiseql.plan_cache_entries;
RESET ROLE;
GRANT pg_read_all_stats TO graphql_plan_cache_bob;
SET ROLE graphql_plan_cache_bob;
SELECT query FROM fraiseql.plan_cache_entries WHERE role = 'graphql_plan_cache_ann'::regrole;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA graphql_plan_cache CASCADE;
DROP ROLE graphql_plan_cache_ann, graphql_plan_cache_bob;
