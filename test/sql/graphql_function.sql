-- Functions as fields: computed fields of a table's rows, and fields of Query.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_function;
SET search_path = graphql_function;
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TABLE users (id int PRIMARY KEY, name text, tier int, mood mood, meta jsonb, note json);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, total numeric, tags text[]);
INSERT INTO users VALUES (1, 'Ada', 3, 'fine', '{"a": {"b": [1, 2]}, "s": "x"}', '{"z": 1, "a": 2}'),
	(2, 'Bob', 1, 'so so', NULL, NULL), (3, 'Cyd', 2, NULL, '{"a": 5}', '[1, null]');
INSERT INTO orders SELECT i, 1 + i % 3, i * 1.5, ARRAY['t' || i, 'x'] FROM generate_series(1, 9) i;
CREATE FUNCTION graphql(query text, variables jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT fraiseql.graphql(query, variables)::text $$;
CREATE FUNCTION explain(query text, variables jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT regexp_split_to_table(fraiseql.explain(query, variables, costs => false), E'\n') $$;
CREATE FUNCTION fields(type text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT line FROM regexp_split_to_table(
		split_part(split_part(replace(fraiseql.sdl(), ' implements Node', ''), E'\ntype ' || type || ' {', 2), E'\n}', 1), E'\n') line
	 WHERE line ~ '^  \w' AND line !~ '^  \w+\((where|id|orderId|order_id):'
$$;
RESET client_min_messages;

-- a value of the row
CREATE FUNCTION loud_name(users) RETURNS text STABLE LANGUAGE sql AS $$ SELECT upper($1.name) $$;
CREATE FUNCTION greeting(u users, word text DEFAULT 'Hello', "manyTimes" int DEFAULT 1) RETURNS text
	STABLE LANGUAGE sql AS $$ SELECT repeat(word || ' ' || u.name || ' ', "manyTimes") $$;
CREATE FUNCTION letters(u users, upto int DEFAULT 9) RETURNS SETOF text STABLE LANGUAGE sql AS
	$$ SELECT l FROM unnest(string_to_array(u.name, NULL)) WITH ORDINALITY x(l, n) WHERE n <= upto $$;
CREATE FUNCTION opposite(u users) RETURNS mood STABLE STRICT LANGUAGE sql AS
	$$ SELECT CASE u.mood WHEN 'fine' THEN 'so so' WHEN 'so so' THEN 'fine' END::graphql_function.mood $$;
CREATE FUNCTION tag_list(orders) RETURNS text[] STABLE LANGUAGE sql AS $$ SELECT $1.tags $$;
SELECT graphql('{users {loudName greeting a: greeting(word: "Hi", manyTimes: 2) b: greeting(manyTimes: 3) opposite}}');
SELECT graphql('{users {letters two: letters(upto: 2) one: letters(limit: 1, offset: 1)} orders(limit: 1) {tagList}}');
SELECT graphql('query ($w: String, $n: Int, $with: Boolean!) {users(limit: 2) {greeting(word: $w, manyTimes: $n) @include(if: $with) name}}',
			   '{"w": "Hey", "with": true}');
SELECT graphql('query ($w: String, $n: Int, $with: Boolean!) {users(limit: 2) {greeting(word: $w, manyTimes: $n) @include(if: $with) name}}',
			   '{"n": 2, "with": false}');
SELECT graphql('{users(limit: 1) {greeting(word: null)}}');
SELECT explain('{users {name greeting(manyTimes: 2) letters loudName l: loudName}}');

-- rows of the row: one statement for all parents
CREATE FUNCTION premium_orders(u users) RETURNS SETOF orders STABLE LANGUAGE plpgsql AS $$
BEGIN
	IF u.tier > 1 THEN
		RETURN QUERY SELECT * FROM graphql_function.orders o WHERE o.user_id = u.id ORDER BY total DESC;
	END IF;
END $$;
CREATE FUNCTION best_order(u users, at_least numeric DEFAULT 0) RETURNS orders STABLE LANGUAGE sql AS $$
	SELECT * FROM graphql_function.orders o WHERE o.user_id = u.id AND total >= at_least ORDER BY total DESC LIMIT 1
$$;
CREATE FUNCTION peers(u users) RETURNS SETOF users STABLE LANGUAGE sql AS
	$$ SELECT * FROM graphql_function.users o WHERE o.id <> u.id ORDER BY o.id DESC $$;
SELECT graphql('{users {name premiumOrders {id total user {name}} top: premiumOrders(limit: 1) {total} bestOrder {id user {loudName}}}}');
SELECT graphql('{users {name bestOrder(at_least: "13") {id}}}');
SELECT graphql('{users {name bestOrder(atLeast: "13") {id}}}');
SELECT graphql('{users {name premiumOrders(where: {total: {gt: "5"}, user: {name: {eq: "Ada"}}}, orderBy: {id: ASC}) {id total}}}');
SELECT graphql('{users {name premiumOrders(limit: 1, offset: 1) {id}}}');
SELECT explain('{users {name premiumOrders(limit: 1, where: {user: {tier: {gt: 1}}}) {id}}}');
-- each of them may have children; a key that is known from an argument stays that of its own row
SELECT graphql('{user(id: 1) {name peers {name peers(limit: 1) {name orders(limit: 1) {id}} orders(limit: 1) {id}}}}');
SELECT explain('{user(id: 1) {peers {orders {id}}}}');
-- a composite key
CREATE TABLE lines (order_id int REFERENCES orders, line int, item text, PRIMARY KEY (order_id, line));
INSERT INTO lines SELECT o, l, 'item ' || o || l FROM generate_series(1, 2) o, generate_series(1, 3) l;
CREATE FUNCTION next_lines(l lines) RETURNS SETOF lines STABLE LANGUAGE sql AS
	$$ SELECT * FROM graphql_function.lines n WHERE n.order_id = l.order_id AND n.line > l.line ORDER BY line $$;
SELECT graphql('{lines(where: {item: {in: ["item 11", "item 22"]}}) {item nextLines {item}}}');
SELECT explain('{lines {item nextLines {item}}}');

-- paths into JSON
SELECT graphql('{users {meta s: meta(path: "$.s") b: meta(path: "$.a.b[1]") none: meta(path: "$.nothing") note(path: "$[0]")}}');
SELECT graphql('query ($p: String) {users(limit: 1) {meta(path: $p)}}', '{"p": "$.a"}');
SELECT graphql('query ($p: String) {users(limit: 1) {meta(path: $p)}}');
SELECT graphql('{users {meta(path: "$.")}}');

-- fields of Query: only those that are added
CREATE FUNCTION search_users(pattern text, min_tier int DEFAULT 0) RETURNS SETOF users STABLE LANGUAGE sql AS
	$$ SELECT * FROM graphql_function.users WHERE name ~ pattern AND tier >= min_tier ORDER BY name DESC $$;
COMMENT ON FUNCTION search_users(text, int) IS 'users by name';
CREATE FUNCTION first_user(moods mood[] DEFAULT NULL) RETURNS users STABLE LANGUAGE sql AS
	$$ SELECT * FROM graphql_function.users WHERE mood = ANY (moods) ORDER BY id LIMIT 1 $$;
CREATE FUNCTION add_up(VARIADIC numbers int[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS $$ SELECT sum(n) FROM unnest(numbers) n $$;
CREATE FUNCTION series(lo int, hi int) RETURNS SETOF int IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT nullif(n, 3) FROM generate_series(lo, hi) n $$;
CREATE FUNCTION order_stats(OUT n bigint, OUT top numeric) STABLE LANGUAGE sql AS $$ SELECT count(*), max(total) FROM graphql_function.orders $$;
CREATE FUNCTION totals(scale int DEFAULT 1) RETURNS TABLE (user_id int, total numeric) STABLE LANGUAGE sql AS
	$$ SELECT user_id, sum(total) * scale FROM graphql_function.orders GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION swapped(a int, INOUT b int) IMMUTABLE LANGUAGE sql AS $$ SELECT a - b $$;
SELECT graphql('{searchUsers(pattern: "") {name}}');
SELECT fraiseql.add_query('search_users(text, int)'), fraiseql.add_query('first_user(mood[])'), fraiseql.add_query('add_up(int[])'),
	fraiseql.add_query('series(int, int)'), fraiseql.add_query('order_stats()', 'statistics'), fraiseql.add_query('totals(int)'),
	fraiseql.add_query('swapped(int, int)');
SELECT * FROM fraiseql.queries ORDER BY 1;
SELECT fields('Query');
SELECT graphql('{searchUsers(pattern: "") {name premiumOrders(limit: 1) {id} orders(limit: 1) {id}} s: searchUsers(pattern: "[ad]", minTier: 2, limit: 1, where: {orders: {some: {id: {lt: 4}}}}, orderBy: {name: ASC}) {name loudName}}');
SELECT graphql('query ($p: String, $t: Int) {searchUsers(pattern: $p, minTier: $t) {name}}', '{"p": "b"}');
SELECT graphql('query ($p: String, $t: Int) {searchUsers(pattern: $p, minTier: $t) {name}}', '{"p": "b", "t": null}');
SELECT graphql('{firstUser(moods: [SO_SO, FINE]) {name orders(limit: 1) {id}} none: firstUser {name}}');
SELECT graphql('query ($m: [Mood]) {firstUser(moods: $m) {name}}', '{"m": "SO_SO"}');
SELECT graphql('{addUp(numbers: [1, 2, null]) none: addUp series(lo: 1, hi: 5) part: series(lo: 1, hi: 5, limit: 2, offset: 1) swapped(a: 7, b: 2)}');
SELECT graphql('{series(lo: 1)}');
SELECT graphql('{statistics {n top __typename} totals(scale: 2, where: {total: {gt: "45"}}, orderBy: {total: DESC}) {userId total} all: totals {total}}');
SELECT graphql('{searchUsers(pattern: "", distinctOn: [MOOD], orderBy: {mood: DESC_NULLS_LAST}) {name} users(first: 2) {peers(distinctOn: [MOOD], orderBy: {mood: ASC}, first: 1) {name} letters(first: 1)} series(lo: 1, hi: 9, first: 2)}');
SELECT graphql('{users {letters(first: 1, limit: 1)}}');
SELECT explain('{searchUsers(pattern: "a", limit: 2) {name} addUp(numbers: [2]) firstUser {name} totals {total}}');

-- a composite type may have relationships: an object made of several sources
CREATE TYPE dashboard AS (user_id int, "numberOfOrders" bigint);
COMMENT ON TYPE dashboard IS 'what a user sees first';
CREATE FUNCTION dashboard(user_name text) RETURNS dashboard STABLE LANGUAGE sql AS $$
	SELECT u.id, (SELECT count(*) FROM graphql_function.orders o WHERE o.user_id = u.id)
	  FROM graphql_function.users u WHERE name = user_name
$$;
SELECT fraiseql.add_query('dashboard(text)');
SELECT fraiseql.add_relationship('user', 'dashboard', '{user_id}', 'users', '{id}');
SELECT fraiseql.add_relationship('orders', 'dashboard', '{user_id}', 'orders', '{user_id}');
SELECT fraiseql.add_relationship('x', 'dashboard', '{user_id}', 'orders', '{user_id}', reverse_field => 'y');
SELECT fraiseql.add_relationship('x', 'orders', '{user_id}', 'dashboard', '{user_id}');
SELECT graphql('{dashboard(userName: "Ada") {numberOfOrders user {name} orders(limit: 1) {id}} nobody: dashboard(userName: "Z") {user {name}}}');
SELECT fields('Dashboard');
-- arguments of composite types are JSON objects
CREATE FUNCTION describe(d dashboard, domained text DEFAULT '') RETURNS text IMMUTABLE LANGUAGE sql AS
	$$ SELECT d.user_id || '/' || d."numberOfOrders" || domained $$;
CREATE DOMAIN short AS text CHECK (length(VALUE) < 4);
CREATE FUNCTION shorten(word short, words short[] DEFAULT '{}') RETURNS short IMMUTABLE LANGUAGE sql AS $$ SELECT array_to_string(word || words, '') $$;
SELECT fraiseql.add_query('describe(dashboard, text)'), fraiseql.add_query('shorten(short, short[])');
SELECT graphql('{describe(d: {user_id: 4, numberOfOrders: "2"})}');
SELECT graphql('query ($n: JSON) {describe(d: {user_id: $n, numberOfOrders: 1}, domained: "!")}', '{"n": 3}');
SELECT graphql('{shorten(word: "a", words: ["b", "c"])}');
SELECT graphql('{shorten(word: "abcd")}');

-- an error costs the field alone
CREATE FUNCTION fails(users) RETURNS SETOF orders STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE FUNCTION refuses(n int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'not %', n; END $$;
SELECT fraiseql.add_query('refuses(int)');
SELECT graphql('{users(limit: 1) {name fails {id}} refuses(n: 3)}');

-- limits hold for lists of functions too
BEGIN;
SET LOCAL fraiseql.max_page_size = 2;
SELECT graphql('{searchUsers(pattern: "") {name}}');
SELECT graphql('{series(lo: 1, hi: 9)}');
SELECT graphql('{users(limit: 2) {letters}}');
SELECT graphql('{users(limit: 2) {letters(limit: 2) tier} series(lo: 1, hi: 9, limit: 2)}');
COMMIT;

-- what cannot be a field is said
CREATE FUNCTION changes(users) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION anything(users, anyelement) RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION nothing(users) RETURNS void STABLE LANGUAGE sql AS '';
CREATE FUNCTION unknown_rows(users) RETURNS SETOF record STABLE LANGUAGE sql AS $$ SELECT 1, 2 $$;
CREATE FUNCTION many_arrays(users) RETURNS SETOF int[] STABLE LANGUAGE sql AS $$ SELECT '{1}'::int[] $$;
CREATE FUNCTION twice(users, n int DEFAULT 1) RETURNS int STABLE LANGUAGE sql AS $$ SELECT n $$;
CREATE FUNCTION twice(users) RETURNS int STABLE LANGUAGE sql AS $$ SELECT 2 $$;
CREATE FUNCTION name(users, "limit" int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION "limits"(users, "limit" int, "Limit" int) RETURNS SETOF int STABLE LANGUAGE sql AS $$ SELECT $2 $$;
CREATE PROCEDURE does(users) LANGUAGE sql AS $$ SELECT 1 $$;
CREATE VIEW keyless AS SELECT * FROM users;
CREATE FUNCTION shout(keyless) RETURNS text STABLE LANGUAGE sql AS $$ SELECT upper($1.name) $$;
CREATE FUNCTION its_orders(keyless) RETURNS SETOF orders STABLE LANGUAGE sql AS $$ SELECT * FROM graphql_function.orders WHERE user_id = $1.id $$;
SELECT object_name, problem FROM fraiseql.schema_problems;
SELECT graphql('{user(id: 1) {twice_2(n: 4) name_2(limit: 1) limits(limit_2: 7, limit_3: 8)} keylesses(limit: 1) {shout}}');
CREATE FUNCTION changes() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
SELECT fraiseql.add_query('changes()');
SELECT fraiseql.add_query('does(users)'::regprocedure);
SELECT fraiseql.add_query('sum(int)');

SELECT fraiseql.add_query('refuses(int)', 'users');
SELECT fraiseql.add_query('refuses(int)', 'user');
SELECT fraiseql.add_query('refuses(int)', 'searchUsers');
SELECT fraiseql.add_query('refuses(int)', 'a-b');
SELECT fraiseql.add_query(NULL);
SELECT fraiseql.drop_query('changes()');
DROP FUNCTION changes(users), anything, nothing, unknown_rows, many_arrays, twice(users), twice(users, int), name(users, int), limits;
DROP PROCEDURE does;
DROP VIEW keyless CASCADE;

-- changes take effect at once
SELECT fraiseql.add_query('refuses(int)', 'denies');
SELECT graphql('{denies(n: 1) refuses(n: 1)}');
CREATE OR REPLACE FUNCTION refuses(n int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT n $$;
SELECT graphql('{denies(n: 1)}');
SELECT fraiseql.drop_query('refuses(int)');
SELECT graphql('{denies(n: 1)}');
SELECT graphql('{user(id: 1) {loudName}}');
CREATE OR REPLACE FUNCTION loud_name(users) RETURNS text STABLE LANGUAGE sql AS $$ SELECT upper($1.name) || '!' $$;
SELECT graphql('{user(id: 1) {loudName}}');
ALTER FUNCTION loud_name VOLATILE;
SELECT graphql('{user(id: 1) {loudName}}');
ALTER FUNCTION loud_name STABLE;
ALTER FUNCTION loud_name RENAME TO capitals;
SELECT graphql('{user(id: 1) {capitals}}');
ALTER TYPE dashboard ADD ATTRIBUTE extra int;
SELECT fields('Dashboard');
ALTER TYPE dashboard DROP ATTRIBUTE extra;
DROP FUNCTION add_up;
SELECT graphql('{addUp}');
SELECT object_name, problem FROM fraiseql.schema_problems;
SELECT fraiseql.drop_query('shorten(short, short[])');
SELECT fraiseql.add_query('shorten(short, short[])');
SELECT function FROM fraiseql.queries WHERE function ~ 'add_up';

-- names of one's own, and left out
SELECT fraiseql.rename('users', 'premium_orders', 'premium');
SELECT fraiseql.rename('users', 'bestOrder', 'favourite');
SELECT fraiseql.omit('users', 'letters');
SELECT fraiseql.rename('users', 'peers', 'premium');
SELECT graphql('{user(id: 1) {premium(limit: 1) {id} favourite {id}}}');
SELECT fields('User');
SELECT kind, object, name, omitted FROM fraiseql.overrides ORDER BY 2;
SELECT fraiseql.drop_rename('users', 'premium'), fraiseql.drop_rename('users', 'best_order'), fraiseql.drop_omit('users', 'letters');
SELECT fields('User');

-- privileges: what the role may not execute, or not read whole, is not there
CREATE ROLE graphql_function_role;
GRANT USAGE ON SCHEMA graphql_function TO graphql_function_role;
GRANT SELECT ON users, orders TO graphql_function_role;
REVOKE EXECUTE ON FUNCTION premium_orders, capitals, search_users FROM PUBLIC;
SET ROLE graphql_function_role;
SELECT fields('User');
SELECT fields('Query');
SELECT graphql('{users {capitals}}');
SELECT graphql('{searchUsers(pattern: "a") {name}}');
SELECT graphql('{users(limit: 1) {bestOrder {id}} first: firstUser(moods: [FINE]) {name}}');
-- fields of Query are everybody's: whoever may add them is told so, and adds functions of their own
SELECT fraiseql.add_query('search_users(text, int)');
SELECT fraiseql.drop_query('first_user(mood[])');
RESET ROLE;
GRANT EXECUTE ON FUNCTION fraiseql.add_query, fraiseql.drop_query TO graphql_function_role;
SET ROLE graphql_function_role;
SELECT fraiseql.add_query('search_users(text, int)');
SELECT fraiseql.drop_query('first_user(mood[])');
INSERT INTO fraiseql.query VALUES ('pg_catalog', 'pg_read_file', '{text}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION capitals TO graphql_function_role;
SET ROLE graphql_function_role;
SELECT graphql('{users(limit: 1) {capitals}}');
RESET ROLE;
REVOKE SELECT ON users, orders FROM graphql_function_role;
GRANT SELECT (id, name) ON users TO graphql_function_role;
SET ROLE graphql_function_role;
SELECT fields('User');
RESET ROLE;
-- rows of tables that it may not read are not given to it by a function either
SET ROLE graphql_function_role;
SELECT fields('Query');
RESET ROLE;
GRANT SELECT ON users, orders TO graphql_function_role;

-- row-level security holds inside of functions, and for the rows that they are called with
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON orders TO graphql_function_role USING (id < 4);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_two ON users TO graphql_function_role USING (id < 3);
GRANT EXECUTE ON FUNCTION premium_orders, search_users TO graphql_function_role;
SET ROLE graphql_function_role;
SELECT graphql('{users {name premiumOrders {id} bestOrder {id}} searchUsers(pattern: "") {name peers {name}} totals {userId total}}');
RESET ROLE;
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

-- a function does not get the field of another, whatever settings it is added with
CREATE SCHEMA graphql_function_a AUTHORIZATION graphql_function_role;
SET ROLE graphql_function_role;
CREATE FUNCTION graphql_function_a.f(pattern text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'taken over' $$;
CREATE FUNCTION graphql_function_a."searchUsers"(pattern text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'taken over' $$;
CREATE FUNCTION graphql_function_a.search_users(pattern text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'taken over' $$;
SET fraiseql.schemas = 'graphql_function_a';
SET fraiseql.naming = 'preserve';
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'searchUsers');
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'search_users');
SELECT fraiseql.add_query('graphql_function_a."searchUsers"(text)');
SELECT fraiseql.add_query('graphql_function_a.search_users(text)');
SET fraiseql.naming = 'camelCase';
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'searchUsers');
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'search_users');
SELECT fraiseql.add_query('graphql_function_a."searchUsers"(text)');
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'statistics');
RESET ROLE;
-- nor that of one that cannot be a field at the moment
ALTER FUNCTION search_users VOLATILE;
SET ROLE graphql_function_role;
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'searchUsers');
RESET ROLE;
ALTER FUNCTION search_users STABLE;
-- of two that want the same, the first to be added has it; with another field a function is the last
SET ROLE graphql_function_role;
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'f');
RESET ROLE;
SELECT fraiseql.add_query('refuses(int)', 'g');
RESET fraiseql.schemas;
RESET fraiseql.naming;
SELECT field FROM fraiseql.query ORDER BY number DESC LIMIT 2;
SET ROLE graphql_function_role;
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'f');
RESET ROLE;
SELECT field FROM fraiseql.query ORDER BY number DESC LIMIT 2;
SET ROLE graphql_function_role;
SELECT fraiseql.add_query('graphql_function_a.f(text)', 'h');
RESET ROLE;
SELECT field FROM fraiseql.query ORDER BY number DESC LIMIT 2;
INSERT INTO fraiseql.query SELECT 'graphql_function_a', 'searchUsers', '{text}', NULL, max(number) + 1 FROM fraiseql.query;
UPDATE fraiseql.query SET field = 'searchUsers' WHERE field = 'h';
SELECT graphql('{searchUsers(pattern: "Ada") {name} searchUsers_2(pattern: "") searchUsers_3(pattern: "")}');
SELECT object_name, problem FROM fraiseql.schema_problems WHERE problem ~ 'searchUsers';
SELECT fraiseql.drop_query('graphql_function_a.f(text)'), fraiseql.drop_query('graphql_function_a."searchUsers"(text)'), fraiseql.drop_query('refuses(int)');

-- names and values that are hostile to SQL
CREATE FUNCTION "o'dd"".""fn"(u users, "a'b" text DEFAULT 'x', "c"");--" text DEFAULT 'y') RETURNS text STABLE LANGUAGE sql AS $$ SELECT $2 || $3 $$;
CREATE FUNCTION "Wei""rd"("in put" text, "or" text DEFAULT '') RETURNS SETOF orders STABLE LANGUAGE sql AS
	$$ SELECT * FROM graphql_function.orders WHERE total::text = $1 || $2 $$;
SELECT fraiseql.add_query('"Wei""rd"(text, text)', 'weird');
SELECT fields('User') LIMIT 30;
SELECT graphql('{users(limit: 1) {oDdFn(c: "''; DROP TABLE users; --")} weird(inPut: "1.5'' OR true --") {id} w: weird(inPut: "1", or: ".5") {id}}');
SELECT graphql('{weird(inPut: "\u0000") {id}}');
SELECT graphql('query ($v: String) {weird(inPut: $v) {id} users(limit: 1) {greeting(word: $v)}}', jsonb_build_object('v', $$'; DROP TABLE "users"; -- \ $1 $$));
SELECT graphql('{searchUsers(pattern: "a", limit: "1; DROP TABLE users") {id}}');
SELECT count(*) FROM users;

-- the lists of a connection have one row, but each its own arguments
SELECT graphql('{usersConnection(first: 2) {a: nodes {x: greeting(word: "one")} b: nodes {x: greeting(word: "two")}}}');
SELECT graphql('{usersConnection(first: 1) {nodes {v: meta(path: "$.s")} edges {node {v: meta(path: "$.a.b[0]")}}}}');
SELECT graphql('query ($s: String, $t: String, $no: Boolean!) {usersConnection(first: 1) {a: nodes {x: greeting(word: $s) @include(if: $no)} b: nodes {x: greeting(word: $t)}}}', '{"s": "S", "t": "T", "no": false}');

-- columns that have the names of the statement's aliases
SET client_min_messages = warning;
CREATE TABLE things (id int PRIMARY KEY, p int, t0 int, s text);
INSERT INTO things VALUES (1, 2, NULL, 'first'), (2, 3, 4, 'second');
CREATE FUNCTION label(things) RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'row ' || $1.s $$;
CREATE FUNCTION label(int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'number' $$;
CREATE FUNCTION parts_of(things) RETURNS SETOF things STABLE LANGUAGE sql AS $$ SELECT t FROM graphql_function.things t WHERE t.id >= $1.id $$;
CREATE FUNCTION itself(things) RETURNS things STABLE LANGUAGE sql AS $$ SELECT $1 $$;
RESET client_min_messages;
SELECT graphql('{things {id label partsOf {id} itself {id label}}}');

SET client_min_messages = warning;
DROP OWNED BY graphql_function_role;
DROP ROLE graphql_function_role;
DROP SCHEMA graphql_function CASCADE;
DELETE FROM fraiseql.query;
DELETE FROM fraiseql.override;
DELETE FROM fraiseql.relationship;
