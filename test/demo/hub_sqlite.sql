-- The hub of the demo: a local table, and the tables of a SQLite file beside it.
-- psql variable legacy_db: the file's absolute path.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION fraiseql;

CREATE TABLE users (
	id         integer PRIMARY KEY,
	email      text NOT NULL UNIQUE,
	name       text,
	tier       integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE users IS 'People who can log in';
INSERT INTO users
SELECT i, 'user' || i || '@example.com', 'User ' || i, i % 3,
	timestamptz '2025-01-01 00:00:00+00' + i * interval '1 hour'
FROM generate_series(1, 1000) AS i;
ANALYZE users;

CREATE SERVER legacy FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'legacy_db');
CREATE SCHEMA legacy;
IMPORT FOREIGN SCHEMA main FROM SERVER legacy INTO legacy;

-- the SQLite file cannot know our users: say where its columns point
ALTER FOREIGN TABLE legacy.orders ALTER COLUMN user_id OPTIONS (ADD references 'public.users(id)');
ALTER FOREIGN TABLE legacy.user_analytics ALTER COLUMN user_id OPTIONS (ADD references 'public.users(id)');

-- which schemas the GraphQL schema is made of
SELECT format('ALTER DATABASE %I SET search_path = public, legacy', current_database()) \gexec
