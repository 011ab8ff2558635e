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

-- cost: the rows that all fields together are expected to have.  Before the
-- first ANALYZE a table is taken to have a thousand, ten of them for each parent.
CREATE FUNCTION pg_temp.cost(query text, variables jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws(' ', j -> 'cost', j -> 'max_cost', j -> 'dearest_field', j -> 'dearest_cost') FROM (SELECT fraiseql.explain(query, variables, format => 'json')::json) AS e (j) $$;
SELECT pg_temp.cost('{ users { id users { id } } }');
SELECT pg_temp.cost('{ users(limit: 2000) { id users(limit: 7) { id } boss { name } } }');
CREATE TABLE days (day date, place text, reading int);
CREATE INDEX ON days (day);
INSERT INTO days SELECT date '2025-01-01' + i % 100, 'p' || i % 20, i FROM generate_series(1, 10000) i;
ANALYZE days;
INSERT INTO users SELECT i, i % 50 + 1 FROM generate_series(51, 1000) i;
ANALYZE users;
SELECT pg_temp.cost('{ users { id users { id users { id } } boss { id } } }');
-- a row for each key, of a list for each value; a limit counts for each parent
SELECT pg_temp.cost('{ user(id: 1) { id users { id } a: users(limit: 3) { id } } }');
SELECT pg_temp.cost('query ($n: [ID!]) { users(where: {id: {in: $n}}) { id } }', '{"n": [1, 2, 3]}');
SELECT pg_temp.cost('query ($n: Int!) { users(limit: $n) { id } }', '{"n": 10}');
-- equalities by the number of different values, any other filter a third
SELECT pg_temp.cost('{ days { reading } }');
SELECT pg_temp.cost('{ days(where: {day: {eq: "2025-02-02"}}) { reading } }');
SELECT pg_temp.cost('{ days(where: {day: {eq: "2025-02-02"}, place: {in: ["p1", "p2"]}, reading: {gt: 5}}) { reading } }');
SELECT pg_temp.cost('{ days(where: {reading: {gt: 5}}) { reading } }');
-- what aggregates read is not what they return; what is excluded costs nothing
SELECT pg_temp.cost('{ daysAggregate { count } }');
SELECT pg_temp.cost('query ($a: Boolean!) { user(id: 1) { id } days @include(if: $a) { reading } }', jsonb_build_object('a', a)) FROM unnest(ARRAY[true, false]) a;
SELECT pg_temp.cost('{ daysGroupBy(by: [PLACE]) { aggregate { count } } }');
CREATE FUNCTION upto(n int) RETURNS SETOF int LANGUAGE sql ROWS 30 STABLE AS 'SELECT generate_series(1, n)';
CREATE FUNCTION best_days(u users) RETURNS SETOF days LANGUAGE sql ROWS 7 STABLE AS 'SELECT * FROM limits.days LIMIT u.id';
SELECT fraiseql.add_query('upto(int)');
SELECT pg_temp.cost('{ upto(n: 3) users(limit: 10) { bestDays { place } } }');
SELECT pg_temp.cost('{ upto(n: 3, limit: 50) }');
SELECT pg_temp.cost('{ __typename }');
SET fraiseql.max_cost = 500;
SELECT fraiseql.graphql('{ a: users(limit: 100) { id } user(id: 1) { days: boss { users { id } } } days(limit: 450) { reading } }');
SELECT fraiseql.graphql('{ users(limit: 50) { id users(limit: 10) { id } } }') ->> 'errors';
SELECT fraiseql.graphql('{ users(limit: 45) { id users(limit: 10) { id } } }') ->> 'errors';
-- explain shows it, and refuses nothing
SELECT split_part(fraiseql.explain('{ days { reading } user(id: 1) { id } }'), E'\n', 4);
SET fraiseql.max_cost = 0;
SELECT split_part(fraiseql.explain('{ days { reading } user(id: 1) { id } }'), E'\n', 4);
SELECT json_array_length(fraiseql.graphql('{ days { reading } }') #> '{data,days}');
RESET fraiseql.max_cost;
DELETE FROM users WHERE id > 50;

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
DELETE FROM fraiseql.query;
