-- How much a request may ask for, and that documents made to hurt do not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA limits;
SET search_path = limits;
CREATE TABLE users (id int PRIMARY KEY, boss_id int REFERENCES users, name text);
INSERT INTO users SELECT i, nullif(i - 1, 0), 'n' || i FROM generate_series(1, 50) i;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
-- a query whose fields are nested so deep
CREATE FUNCTION pg_temp.nested(depth int) RETURNS text LANGUAGE sql AS
$$ SELECT '{ user(id: 9) { ' || repeat('boss { ', depth - 2) || 'name' || repeat(' }', depth - 2) || ' } }' $$;

-- depth
SELECT fraiseql.graphql(pg_temp.nested(5));
SELECT fraiseql.graphql(pg_temp.nested(32)) ->> 'errors';
SELECT fraiseql.graphql(pg_temp.nested(33));
SET fraiseql.max_depth = 4;
SELECT fraiseql.graphql(pg_temp.nested(5));
SELECT fraiseql.graphql('query a { user(id: 1) { ...f } } query b { user(id: 1) { id } } fragment f on User { boss { ...g } } fragment g on User { ... { boss { boss { id } } } }', NULL, 'b');
SELECT fraiseql.validate('{ user(id: 1) { boss { boss { boss { id } } } } }');
SELECT fraiseql.explain('{ user(id: 1) { boss { boss { boss { id } } } } }');
-- introspection has a limit of its own
SELECT fraiseql.graphql('{ __type(name: "User") { fields { type { ofType { ofType { ofType { ofType { name } } } } } } } }') ->> 'errors';
SET fraiseql.max_depth = 0;
SELECT fraiseql.graphql(pg_temp.nested(60)) ->> 'errors';
RESET fraiseql.max_depth;

-- aliases, which fragments multiply
SET fraiseql.max_aliases = 5;
SELECT fraiseql.graphql('{ a: user(id: 1) { ...f } b: user(id: 2) { ...f } } fragment f on User { c: id d: id }');
SELECT fraiseql.graphql('{ a: user(id: 1) { ...f } user(id: 2) { ...f } } fragment f on User { c: id d: id }');
RESET fraiseql.max_aliases;
-- thirty fragments that spread the next twice would be a billion
SELECT fraiseql.validate('{ users { ...f0 } } ' || string_agg(format('fragment f%s on User { boss { ...f%s } b: boss { ...f%s } }', i, i + 1, i + 1), ' ') || ' fragment f30 on User { id }')
FROM generate_series(0, 29) i;

-- root fields
SET fraiseql.max_root_fields = 2;
SELECT fraiseql.graphql('{ users(limit: 1) { id } users(limit: 1) { name } user(id: 2) { id } }');
SELECT fraiseql.graphql('{ users(limit: 1) { id } ...q } fragment q on Query { ... { user(id: 2) { id } } b: user(id: 3) { id } }');
RESET fraiseql.max_root_fields;

-- pages
SET fraiseql.max_page_size = 2;
SELECT fraiseql.graphql('{ users(limit: 2, offset: 40) { id users(limit: 1) { id } } }');
SELECT fraiseql.graphql('{ users(limit: 3) { id } }');
SELECT fraiseql.graphql('{ users { id } }');
SELECT fraiseql.graphql('{ user(id: 1) { id users { id } } }');
SELECT fraiseql.graphql('query ($n: Int) { users(limit: $n) { id } }', v) FROM unnest(ARRAY['{"n": 1}', '{"n": 3}', '{"n": null}', '{}', '{"n": 2}']::jsonb[]) v;
RESET fraiseql.max_page_size;
SELECT fraiseql.graphql('query ($n: Int) { users(limit: $n) { id } }', '{"n": 3}');

-- the size of a document
SET fraiseql.max_document_size = '1kB';
SELECT fraiseql.graphql('{ user(id: 1) { id } } #' || repeat('x', 1000));
SELECT fraiseql.graphql('{ user(id: 1) { id } } #' || repeat('x', 1001));
SELECT fraiseql.validate('{ user(id: 1) { id } } #' || repeat('x', 1001));
SET fraiseql.max_document_size = 0;

-- made to hurt: brackets, strings, fragments, directives, names; megabytes of them
CREATE FUNCTION pg_temp.told(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN left(fraiseql.graphql(query)::text, 200);
EXCEPTION WHEN statement_too_complex THEN
	RETURN SQLERRM;
END $$;
SET statement_timeout = '20s';
SELECT pg_temp.told(repeat('{', 2000000));
SELECT pg_temp.told('{ users' || repeat('{ users', 100000));
SELECT pg_temp.told('{ users(where: ' || repeat('{_not: ', 500000));
SELECT pg_temp.told('{ users(where: {id: {in: ' || repeat('[', 1000000));
SELECT pg_temp.told('query ($a: ' || repeat('[', 1000000));
SELECT pg_temp.told(repeat('"', 1000001));
SELECT pg_temp.told('{ a(b: """' || repeat(E'\n   x', 500000) || '""") }');
SELECT pg_temp.told('{ users { ' || repeat('... { ', 999) || 'id' || repeat(' }', 999) || ' } }');
SELECT pg_temp.told('{ ' || repeat('a', 1000000) || ' }') ~ '^\{"errors":\[\{"message":"Cannot query field \\"aaaa';
SELECT pg_temp.told('{ users { ...f0 } } ' || string_agg(format('fragment f%s on User { ...f%s }', i, i + 1), ' ') || ' fragment f50000 on User { id }') FROM generate_series(0, 49999) i;
SELECT pg_temp.told('{ users { id ' || repeat('@skip(if: false) ', 100000) || '} }');
SELECT pg_temp.told('{ users(where: {_or: [' || repeat('{id: {eq: 1}} ', 50000) || ']}) { id } }') ~ '^\{"data":\{"users":\[\{"id":"1"\}\]\}\}$';
SELECT pg_temp.told('query (' || string_agg('$a' || i || ': Int', ' ') || ') { users(limit: $a1) { id } }') FROM generate_series(1, 50000) i;
RESET statement_timeout;
RESET fraiseql.max_document_size;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA limits CASCADE;
