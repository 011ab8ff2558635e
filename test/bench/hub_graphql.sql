-- A small blog.
CREATE SCHEMA blog;
CREATE TABLE blog.users (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, active boolean NOT NULL);
CREATE TABLE blog.posts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES blog.users, title text NOT NULL, score integer NOT NULL);
CREATE TABLE blog.comments (id integer PRIMARY KEY, post_id integer NOT NULL REFERENCES blog.posts, body text NOT NULL, likes integer NOT NULL);
INSERT INTO blog.users SELECT i, 'User ' || i, 'user' || i || '@example.com', i % 3 > 0 FROM generate_series(1, 1000) i;
INSERT INTO blog.posts SELECT i, 1 + (i - 1) / 10, 'Post ' || i || ' with a title', i % 100 FROM generate_series(1, 10000) i;
INSERT INTO blog.comments SELECT i, 1 + (i - 1) / 5, 'Comment ' || i || ' says something "quoted"', i % 10 FROM generate_series(1, 50000) i;
CREATE TABLE blog.entries (id integer PRIMARY KEY, title text NOT NULL, rank integer NOT NULL);
INSERT INTO blog.entries SELECT i, 'Entry ' || i, i * 7919 % 200003 FROM generate_series(1, 200000) i;
CREATE INDEX ON blog.entries (rank, id);
CREATE INDEX ON blog.posts (user_id);
CREATE INDEX ON blog.comments (post_id);
VACUUM ANALYZE;
ALTER DATABASE bench SET fraiseql.schemas = 'blog';
ALTER DATABASE bench SET search_path = blog, public;
