-- Errors: what fails costs its own field and leaves the rest; where nulls go.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_errors;
SET search_path = graphql_errors;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'eve');
INSERT INTO posts VALUES (10, 1, 'first'), (20, 2, 'second');
-- fails for one row, when this column is read
CREATE VIEW ratios AS SELECT id AS user_id, 10 / (id - 2) AS ratio FROM users;
SELECT fraiseql.add_relationship('ratio', 'users', '{id}', 'ratios', '{user_id}', 'one', 'owner') \g /dev/null
SELECT fraiseql.add_relationship('ratios', 'users', '{id}', 'ratios', '{user_id}', 'many') \g /dev/null
RESET client_min_messages;
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on

-- one field fails: its siblings, before and after, are there
SELECT fraiseql.graphql('{
  users { name ratio { ratio } posts { title } }
  again: users { id }
}');
-- the same fetch without the row that fails
SELECT fraiseql.graphql('{ user(id: 1) { name ratio { ratio } } }');
-- a list that may not be null: null goes up to what may be
SELECT fraiseql.graphql('{ user(id: 2) { name ratios { ratio } } posts { id } }');
-- ... and all the way up
SELECT fraiseql.graphql('{ users { name ratios { ratio } } posts { id } }');
SELECT fraiseql.graphql('{ ratios { userId ratio } }');
-- only what is asked for is computed
SELECT fraiseql.graphql('{ ratios { userId owner { name } } }');
-- nothing below a fetch that failed is run, and it is one error
SELECT fraiseql.graphql('{ users { ratio { ratio owner { posts { id } } } } }');

-- masked: what a statement says of its failure is for the server's log
SET fraiseql.mask_errors = on;
SELECT fraiseql.graphql('{ users { name ratio { ratio } } }');
SELECT fraiseql.graphql('{ users(where: {name: {regex: "("}}) { id } }');
SELECT fraiseql.graphql('{ users { nmae } }');
SELECT route->'error' FROM json_array_elements(fraiseql.graphql('{ users { id ratio { ratio } } }', extensions => '{"trace": true}') #> '{extensions,trace,routes}') route WHERE route->>'error' IS NOT NULL;
RESET fraiseql.mask_errors;

-- a null that the schema says cannot be: behind a check that was switched off
ALTER TABLE posts DISABLE TRIGGER ALL;
INSERT INTO posts VALUES (30, 4711, 'of nobody');
SELECT fraiseql.graphql('{ posts { id user { name } } }');
SELECT fraiseql.graphql('{ post(id: 30) { id user { name } } users { posts { title user { name } } } }');
DELETE FROM posts WHERE id = 30;
-- a domain that is NOT NULL, and yet null behind an outer join: views promise nothing
CREATE DOMAIN filled AS text NOT NULL;
CREATE TABLE notes (user_id int REFERENCES users, note filled);
INSERT INTO notes VALUES (1, 'x');
CREATE VIEW all_notes AS SELECT u.id AS user_id, n.note FROM users u LEFT JOIN notes n ON n.user_id = u.id;
SELECT fraiseql.graphql('{ allNotes { userId note } }');

-- values that are wrong only for the database
SELECT fraiseql.graphql('{ users(where: {name: {regex: "("}}) { id } posts { id } }');
SELECT fraiseql.graphql('query($r: String) { user(id: 1) { name posts(where: {title: {regex: $r}}) { id } } }', '{"r": "*"}');

-- several values that are wrong are told together
SELECT fraiseql.graphql('query($a: ID, $l: Int) { a: users(where: {id: {eq: $a}}) { id } b: users(limit: $l) { id } }', '{"a": "x", "l": -1}');

-- a cancel is not a field's error
CREATE VIEW naps AS SELECT id AS user_id, pg_sleep(60)::text AS nap FROM users;
SET statement_timeout = '50ms';
SELECT fraiseql.graphql('{ naps { userId nap } }');
RESET statement_timeout;
-- ... and the session goes on
SELECT fraiseql.graphql('{ user(id: 1) { name } }');

-- an error in the caller's transaction leaves it usable
BEGIN;
SELECT fraiseql.graphql('{ ratios { ratio } }');
INSERT INTO users VALUES (4, 'dan');
SELECT fraiseql.graphql('{ user(id: 4) { name } }');
ROLLBACK;

-- a response that would be too large ends there, however many rows it would have
SET client_min_messages = warning;
CREATE TABLE heads (id int PRIMARY KEY, body int DEFAULT 1, text text DEFAULT repeat('x', 400000));
INSERT INTO heads SELECT i FROM generate_series(1, 8) i;
SELECT fraiseql.add_relationship('all', 'heads', '{body}', 'heads', '{body}', 'many') \g /dev/null
RESET client_min_messages;
SET fraiseql.max_cost = 0;
SELECT fraiseql.graphql('{ heads ' || repeat('{ text all ', 30) || '{ id }' || repeat('}', 31));
RESET fraiseql.max_cost;
SELECT fraiseql.drop_relationship('heads', 'all') \g /dev/null
DROP TABLE heads;

-- what is asked for is part of the caller's statement: its snapshot
SELECT (SELECT fraiseql.graphql('{ users { id } }') -> 'data' -> 'users' -> 2 ->> 'id'), count(*) FROM users;
WITH added AS (INSERT INTO users VALUES (5, 'new') RETURNING id)
SELECT id, fraiseql.graphql('{ user(id: 5) { name } }') FROM added;

SET client_min_messages = warning;
SELECT fraiseql.drop_relationship('users', field) FROM unnest('{ratio,ratios}'::text[]) field \g /dev/null
DROP SCHEMA graphql_errors CASCADE;
