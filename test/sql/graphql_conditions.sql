-- @skip and @include: one plan for all values of their variables, and each answer is that of the document with the values in it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total INTEGER, ref VARCHAR(5)); INSERT INTO orders VALUES (1, 1, 10, 'a'), (2, 1, 20, 'b'), (3, 2, 5, 'too long')"
CREATE SCHEMA graphql_conditions;
CREATE SERVER graphql_conditions FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
SET search_path = graphql_conditions;
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, email text, team_id int REFERENCES teams);
CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)'), total int, ref varchar(5)) SERVER graphql_conditions;
INSERT INTO teams VALUES (1, 'red'), (2, 'blue');
INSERT INTO users VALUES (1, 'ann', 'ann@x', 1), (2, 'bob', NULL, 2), (3, 'eve', 'eve@x', NULL);
INSERT INTO posts VALUES (1, 1, 'first'), (2, 1, 'second'), (3, 3, 'third');
-- For all combinations of the boolean variables of a document (called a, b, c, ...): how many answers there are, how many are not those of the
-- document with literals instead of variables (planned for itself), and what the cache has got by it.
CREATE FUNCTION pg_temp.check_all(document text, n int, OUT combinations int, OUT answers int, OUT wrong int, OUT plans bigint) LANGUAGE plpgsql AS $$
DECLARE
	names text[] := (string_to_array('a b c d e f g h i j', ' '))[1:n];
	definitions text := (SELECT '(' || string_agg('$' || x || ': Boolean!', ', ') || ')' FROM unnest(names) x);
	plans_before bigint := (SELECT c.plans + c.evictions FROM fraiseql.plan_cache c);
	variables jsonb;
	literal text;
	got text;
	expected text;
	seen text[] := '{}';
BEGIN
	combinations := 2 ^ n;
	wrong := 0;
	FOR i IN 0 .. combinations - 1 LOOP
		SELECT jsonb_object_agg(x, (i >> (o::int - 1)) & 1 = 1) INTO variables FROM unnest(names) WITH ORDINALITY u(x, o);
		got := fraiseql.graphql('query ' || definitions || ' ' || document, variables);
		literal := document;
		FOR o IN 1 .. n LOOP
			literal := regexp_replace(literal, '\$' || names[o] || '\y', ((i >> (o - 1)) & 1 = 1)::text, 'g');
		END LOOP;
		SET LOCAL fraiseql.planning_cache_size = 0;
		expected := fraiseql.graphql('query { ' || substr(btrim(literal), 2));
		RESET fraiseql.planning_cache_size;
		-- places in the document differ
		IF regexp_replace(got, '"locations":\[[^]]*\]', '', 'g') IS DISTINCT FROM regexp_replace(expected, '"locations":\[[^]]*\]', '', 'g') THEN
			wrong := wrong + 1;
			IF wrong <= 3 THEN RAISE WARNING '% %: % is not %', document, variables, got, expected; END IF;
		END IF;
		IF NOT got = ANY (seen) THEN seen := seen || got; END IF;
	END LOOP;
	answers := cardinality(seen);
	plans := (SELECT c.plans + c.evictions FROM fraiseql.plan_cache c) - plans_before;
END $$;
RESET client_min_messages;
\pset format unaligned

-- columns, rows below, the order of the request, __typename, the only field of an object
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { id name @include(if: $a) email @skip(if: $b) } }', 2);
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) @include(if: $a) { name @skip(if: $b) } teams @skip(if: $a) { __typename @include(if: $b) name } }', 2);
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { team @include(if: $a) { name users @include(if: $b) { name } } posts(orderBy: [{id: ASC}]) @include(if: $b) { title user @skip(if: $a) { name } } orders(orderBy: [{id: ASC}]) @include(if: $c) { total } } }', 3);
SELECT * FROM pg_temp.check_all('{ users { name @include(if: $a) } teams { __typename @include(if: $a) } }', 1);
SELECT * FROM pg_temp.check_all('{ __typename @include(if: $a) n: __typename @skip(if: $a) users(limit: 1) @include(if: $b) { id } }', 2);
-- both directives, nested conditions, those that exclude each other, and the same one again
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { id name @include(if: $a) @skip(if: $b) ... @include(if: $b) { email ... @skip(if: $b) { team { name } } ... @include(if: $b) { team { id } } } } }', 2);
-- the same field in several places: its place is that of the first that is included, its fields those of all that are
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { name @include(if: $a) email name @include(if: $b) id name @include(if: $c) } }', 3);
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { team @include(if: $a) { id } name team @include(if: $b) { name } ... @include(if: $c) { team { users { id } } } } }', 3);
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { posts(orderBy: [{id: ASC}]) { id } orders(orderBy: [{id: ASC}]) @include(if: $a) { id } posts(orderBy: [{id: ASC}]) @include(if: $b) { title user { id } } orders(orderBy: [{id: ASC}]) @skip(if: $c) { total user @include(if: $b) { name } } } }', 3);
SELECT * FROM pg_temp.check_all('{ a: users(orderBy: [{id: ASC}]) @include(if: $a) { id } teams { id } a: users(orderBy: [{id: ASC}]) @include(if: $b) { name } }', 2);
-- fragments, also spread more than once
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { ...f @include(if: $a) email ...g @include(if: $b) ...f } } fragment f on User { name team { ...t @skip(if: $b) } } fragment g on User { id ...f team { id ...t } } fragment t on Team { name }', 2);
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { ...f @include(if: $a) ...g @include(if: $b) ...h @include(if: $c) } } fragment f on User { name ...h } fragment g on User { id ...f ...h } fragment h on User { email name @include(if: $d) team { name @include(if: $a) id } }', 4);
-- filters over another database, which go with their field
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}], where: {orders: {some: {total: {gt: 6}}}}) @include(if: $a) { name orders(orderBy: [{id: ASC}], where: {user: {name: {eq: "ann"}}}) @skip(if: $b) { id total @include(if: $c) } } u: users(orderBy: [{id: ASC}]) { name @include(if: $c) orders(orderBy: [{user: {name: DESC}}, {id: ASC}], where: {user: {team: {name: {neq: "x"}}}}) @include(if: $b) { id user @include(if: $c) { orders(where: {user: {}}) { id } } } } }', 3);
-- ten variables
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) @include(if: $a) { id @include(if: $b) name @skip(if: $c) email @include(if: $d) team @include(if: $e) { id @skip(if: $f) name @include(if: $f) } ... @include(if: $g) { posts(orderBy: [{id: ASC}]) @skip(if: $h) { id title @include(if: $i) } } orders(orderBy: [{id: ASC}]) @include(if: $j) { id total @skip(if: $b) } } teams { id } }', 10);
-- what is excluded is not read and cannot fail: a value that does not convert, arguments that are wrong
SELECT * FROM pg_temp.check_all('{ orders(orderBy: [{id: ASC}]) { id ref @include(if: $a) } }', 1);
SELECT * FROM pg_temp.check_all('{ user(id: "x") @include(if: $a) { name } users(limit: 1) @skip(if: $b) { id posts(limit: -1) @include(if: $a) { id } } }', 2);
SELECT * FROM pg_temp.check_all('{ users(limit: 1, orderBy: [{id: ASC}]) { id @include(if: $a) } __type(name: "Team") { name @include(if: $b) } }', 2);
SELECT r ->> 'query' AS sent FROM unnest(array[true, false]) v,
	json_array_elements(fraiseql.graphql('query ($v: Boolean!) { orders { id total @include(if: $v) user @include(if: $v) { name } } }', jsonb_build_object('v', v), extensions => '{"trace": true}') #> '{extensions,trace,routes}') r;
SELECT fraiseql.explain('query ($v: Boolean!) { users { id name @include(if: $v) posts @include(if: $v) { title } } }', '{"v": false}', costs => false);
-- defaults, nulls, and one variable for two things
SELECT v, fraiseql.graphql('query ($v: Boolean = true) { users(where: {team: {}, email: {isnull: $v}}) { name @include(if: $v) } }', v) FROM unnest(array['{}', '{"v": false}', '{"v": true}', '{"v": null}']::jsonb[]) v;
SELECT v, fraiseql.graphql('query ($v: Boolean = true, $w: Boolean! = false) { users(limit: 1) @include(if: $w) { name @include(if: $v) } }', v) FROM unnest(array['{}', '{"v": null}', '{"v": null, "w": true}']::jsonb[]) v;
-- a document that is too entangled has a plan for each combination, and the same answers
SELECT * FROM pg_temp.check_all('{ users(orderBy: [{id: ASC}]) { ' ||
	(SELECT string_agg(format('%s @include(if: $%s) @skip(if: $%s)', f, chr(96 + i), chr(96 + j)), ' ') FROM generate_series(1, 5) i, generate_series(1, 5) j, unnest(array['name', 'id']) f WHERE i <> j) || ' email } }', 5);

SET client_min_messages = warning;
DROP SCHEMA graphql_conditions CASCADE;
DROP SERVER graphql_conditions;
\! rm -r $DIR
