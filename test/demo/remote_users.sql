-- users_db of the demo: 1,000 users in another PostgreSQL.
CREATE DATABASE users_db;
\c users_db
CREATE TABLE users (
	id         integer PRIMARY KEY,
	email      text NOT NULL UNIQUE,
	name       text NOT NULL,
	created_at timestamptz NOT NULL
);
INSERT INTO users
SELECT i, 'user' || i || '@example.com', 'User ' || i, timestamptz '2025-01-01 00:00:00+00' + i * interval '1 hour'
FROM generate_series(1, 1000) AS i;
ANALYZE users;
