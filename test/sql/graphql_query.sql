-- GraphQL queries: lists, rows by key, nesting, aliases, fragments, directives,
-- variables, operations.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_query;
SET search_path = graphql_query;
CREATE TABLE users (
	id int PRIMARY KEY,
	email text NOT NULL UNIQUE,
	full_name text,
	referrer_id int REFERENCES users
);
CREATE TABLE posts (id bigint PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
CREATE TABLE comments (
	id int PRIMARY KEY,
	post_id bigint REFERENCES posts,
	author_id int NOT NULL REFERENCES users,
	body text
);
CREATE TABLE seats (hall text, number int, label text, PRIMARY KEY (hall, number));
CREATE TABLE bookings (id int PRIMARY KEY, hall text, number int, FOREIGN KEY (hall, number) REFERENCES seats);
INSERT INTO users VALUES (1, 'ann@example.com', 'Ann', NULL), (2, 'bob@example.com', NULL, 1),
	(3, 'eve@example.com', E'Eve "the\teye"', 1);
INSERT INTO posts VALUES (10, 1, 'first'), (11, 1, 'second'), (9007199254740993, 2, 'beyond 2^53');
INSERT INTO comments VALUES (1, 10, 2, 'hm'), (2, 10, 3, 'oh'), (3, 9007199254740993, 1, 'big'),
	(4, NULL, 1, 'of nothing');
INSERT INTO seats VALUES ('A', 1, 'A1'), ('A', 2, 'A2'), ('B', 1, 'B1'), ('B', 2, 'B2');
INSERT INTO bookings VALUES (1, 'A', 2), (2, 'B', 1), (3, 'A', NULL), (4, 'A', 2);
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- lists and rows by key
SELECT fraiseql.graphql('{ users { id email fullName } }');
SELECT fraiseql.graphql('{ user(id: 2) { email } userByEmail(email: "eve@example.com") { id fullName } }');
SELECT fraiseql.graphql('{ user(id: "4711") { email } }');
SELECT fraiseql.graphql('{ seat(hall: "A", number: 2) { label } }');

-- in the order of the request, whatever the kind of field
SELECT fraiseql.graphql('{ user(id: 1) { __typename posts { id } email comments { id } id } __typename }');

SELECT fraiseql.graphql('{ __typename }'), fraiseql.graphql('{ user(id: 1) { __typename posts { __typename } } }');

-- to-many, to-one, nothing there, null keys
SELECT fraiseql.graphql('{ users { id referrer { email } users { id } posts { title comments { body author { email } } } } }');
SELECT fraiseql.graphql('{ comments { id post { id title user { email } } } }');

-- the same answer as SQL gives
SELECT (fraiseql.graphql('{ users { id posts { id title comments { id body } } } }')::jsonb -> 'data' -> 'users') =
	(SELECT jsonb_agg(jsonb_build_object('id', u.id::text, 'posts',
		(SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id::text, 'title', p.title, 'comments',
			(SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id::text, 'body', c.body)), '[]')
			   FROM comments c WHERE c.post_id = p.id))), '[]')
		   FROM posts p WHERE p.user_id = u.id)))
	   FROM users u);

-- keys of several columns: a row of neither column alone
SELECT fraiseql.graphql('{ bookings { id seat { label bookings { id } } } seats { label bookings { id } } }');

-- aliases; fields with the same response key are one
SELECT fraiseql.graphql('{ a: user(id: 1) { mail: email email } b: user(id: 2) { email } a: user(id: 1) { id } }');
SELECT fraiseql.graphql('{ user(id: 1) { posts { id } posts { title } some: posts(where: {title: {eq: "first"}}) { id } } }');

-- fragments
SELECT fraiseql.graphql('
	query { users { ...names ... on User { posts { ...P } } ... { id } ...names } }
	fragment names on User { fullName email }
	fragment P on Post { title user { ...names } }');

-- @skip and @include: also of what would be asked of the database
SELECT fraiseql.graphql(
	'query($all: Boolean!) { user(id: 1) { id email @include(if: $all) posts @skip(if: $all) { id } ...f @include(if: $all) } }
	 fragment f on User { comments { id } }', jsonb_build_object('all', b))
  FROM unnest('{true,false}'::bool[]) b;
SELECT fraiseql.graphql('{ user(id: 1) { id @skip(if: true) } }');

-- variables: given, defaulted, absent, null, inside of objects and lists
SELECT fraiseql.graphql('query($id: ID = "3") { user(id: $id) { email } }');
SELECT fraiseql.graphql('query($id: ID!) { user(id: $id) { email } }', '{"id": 1}');
SELECT fraiseql.graphql('query($email: String) { users(where: {email: {eq: $email}}) { id } }', v)
  FROM unnest(array['{"email": "bob@example.com"}', '{}', '{"email": null}']::jsonb[]) v;
SELECT fraiseql.graphql('query($w: UserWhereInput) { users(where: $w) { id } }', v)
  FROM unnest(array['{"w": {"id": {"in": ["1", "3"]}}}', '{"w": {"_or": [{"id": {"eq": 2}}, {"email": {"startswith": "e"}}]}}',
	'{"w": null}', 'null', NULL]::jsonb[]) v;
SELECT fraiseql.graphql('query($a: ID!, $b: ID!) { users(where: {id: {in: [$a, "2", $b]}}) { id } }', v)
  FROM unnest(array['{"a": 1, "b": 1}', '{"a": 1, "b": 3}']::jsonb[]) v;
SELECT fraiseql.graphql('query($id: ID!) { user(id: $id) { id } }');
SELECT fraiseql.graphql('query($id: ID!) { user(id: $id) { id } }', '{"id": 1, "idd": 2}');
SELECT fraiseql.graphql('query($id: ID!) { user(id: $id) { id } }', '[1]');

-- operations
SELECT fraiseql.graphql('query a { user(id: 1) { id } } query b { user(id: 2) { id } }', NULL, n)
  FROM unnest(array['a', 'b', 'c', NULL]) n;
SELECT fraiseql.graphql('fragment f on User { id }');
SELECT fraiseql.graphql('mutation { x }');
SELECT fraiseql.graphql('subscription { users { id } }');

-- a variable with a default may still be null, which "if" may not
SELECT fraiseql.graphql('query($on: Boolean = true) { users(limit: 1) { id @include(if: $on) email @skip(if: $on) } }', v)
  FROM unnest(array['{}', '{"on": false}', '{"on": null}']::jsonb[]) v;

-- what is not a query of this schema
SELECT fraiseql.graphql('{ users { id ');
SELECT fraiseql.graphql('{ users { nmae } user { id } }');
SELECT fraiseql.graphql(NULL);
SELECT jsonb_pretty(fraiseql.validate('query($id: ID!) { user(id: $id) { nam } }'));
SELECT fraiseql.validate('query($id: ID!) { user(id: $id) { id } }', variables => '{"id": {}}');
SELECT fraiseql.validate('{ users { id } }');
-- two arguments are a query and its variables; with a schema of its own there are three or four
SELECT fraiseql.validate('query($id: ID!) { user(id: $id) { id } }', '{"id": {}}');
SELECT fraiseql.validate('type Query { a: Int }', '{ b }', NULL);

-- one statement for each relation field, whatever the number of rows
SELECT fraiseql.explain('{ users { id posts { id comments(limit: 1) { author { email } } } } bookings { seat { label } } }', costs => false);
SELECT fraiseql.explain('{ users { nmae } }', costs => false);

-- a view with a relationship that was added; several rows where one is expected
CREATE VIEW totals AS SELECT user_id, count(*) AS posts FROM posts GROUP BY 1;
SELECT fraiseql.add_relationship('total', 'users', '{id}', 'totals', '{user_id}', 'one');
SELECT fraiseql.add_relationship('some_post', 'users', '{id}', 'posts', '{user_id}', 'one');
SELECT fraiseql.graphql('{ users { id total { posts } } }');
SELECT fraiseql.graphql('{ users { id some_post { title } } }');

-- a request inside of a request
CREATE FUNCTION nested(int) RETURNS json LANGUAGE sql AS
	$$ SELECT fraiseql.graphql('query($id: ID!) { user(id: $id) { email } }', jsonb_build_object('id', $1)) $$;
CREATE VIEW outers AS SELECT id AS outer_id, nested(id) AS inner_result FROM users;
SELECT fraiseql.graphql('{ outers { outerId innerResult } }');
SELECT fraiseql.graphql('{ outers { outerId innerResult } }');

\set VERBOSITY terse
SET client_min_messages = warning;
SELECT fraiseql.drop_relationship('users', 'total'), fraiseql.drop_relationship('users', 'some_post');
DROP SCHEMA graphql_query CASCADE;
