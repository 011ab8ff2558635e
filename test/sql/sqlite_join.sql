-- Joins between SQLite tables and others: rows are looked up by key, with
-- whatever relations give the key.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;

\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set db :dir '/j.db'
\! sqlite3 $DIR/j.db "CREATE TABLE items (id INTEGER PRIMARY KEY, owner INT); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) INSERT INTO items SELECT x, x % 10 FROM c; CREATE INDEX items_owner ON items (owner)"
CREATE SERVER sqlite_join FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'db');
CREATE SCHEMA sqlite_join;
SET search_path = sqlite_join;
CREATE FOREIGN TABLE items (id int OPTIONS (key 'true'), owner int) SERVER sqlite_join;
CREATE TABLE picks (id int, n int);
INSERT INTO picks VALUES (17, 17), (4000, 4000), (5, 6), (NULL, NULL);
ANALYZE picks;

-- one lookup for each row of the other table
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM picks p JOIN items i ON i.id = p.id;
SELECT * FROM picks p JOIN items i ON i.id = p.id ORDER BY p.id;

-- a column that is equal to two others, each a way to look it up
SELECT * FROM picks p JOIN items i ON i.id = p.n WHERE i.id = p.id ORDER BY p.id;
SELECT i.id FROM items i FULL JOIN picks p ON i.id = p.id WHERE i.owner = p.id ORDER BY 1;
SELECT p.id, i.id, j.id FROM picks p JOIN items i ON i.id = p.id JOIN items j ON j.id = i.id AND j.id = p.n ORDER BY 1;

SET client_min_messages = warning;
DROP SERVER sqlite_join CASCADE;
DROP SCHEMA sqlite_join CASCADE;
\! rm -r $DIR
