-- Scans of SQLite: what they return, when their statements begin and end, and
-- what a transaction sees.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set s_db :dir '/s.db'
\set other_db :dir '/other.db'
\set same_db :dir '/./s.db'
\! sqlite3 $DIR/s.db "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, dropped TEXT); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000) INSERT INTO items SELECT x, 'item ' || x, x * 0.5, 'gone' FROM c; CREATE TABLE log (a INT); CREATE VIEW cheap AS SELECT id, name FROM items WHERE price < 2 ORDER BY id DESC"

CREATE SERVER sqlite_scan FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path :'s_db');
CREATE SCHEMA sqlite_scan;
SET search_path = sqlite_scan;

-- Columns are found by name, in any order, some or none of them.
CREATE FOREIGN TABLE items (price float8, dropped text, id int OPTIONS (key 'true'), label text OPTIONS (column_name 'name'))
	SERVER sqlite_scan;
ALTER FOREIGN TABLE items DROP COLUMN dropped;
CREATE FOREIGN TABLE log (a int) SERVER sqlite_scan;
CREATE FOREIGN TABLE cheap (id int, name text) SERVER sqlite_scan;
SELECT * FROM items ORDER BY id LIMIT 3;
SELECT label FROM items WHERE id = 4711;
SELECT label FROM items WHERE id = 4711 ORDER BY id LIMIT 3;
SELECT count(*) FROM items;
SELECT items, tableoid::regclass FROM items WHERE id = 1;
SELECT * FROM log;
SELECT count(*) FROM log;
SELECT * FROM cheap ORDER BY id;

-- Joins with itself and with local tables; a scan run again for each row.
CREATE TABLE wanted (id int PRIMARY KEY);
INSERT INTO wanted VALUES (3), (5000), (5001);
SELECT w.id, i.label FROM wanted w LEFT JOIN items i USING (id) ORDER BY 1;
SELECT a.id, b.label FROM items a JOIN items b ON b.id = a.id + 1 WHERE a.id IN (10, 20, 5000) ORDER BY 1;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT w.id, (SELECT count(*) FROM items i WHERE i.id < w.id) FROM wanted w ORDER BY 1;
SELECT w.id, l.* FROM wanted w, LATERAL (SELECT label FROM items i WHERE i.id <= w.id ORDER BY i.id DESC LIMIT 1) l ORDER BY 1;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- Prepared statements, with generic plans too
PREPARE by_id(int) AS SELECT label FROM items WHERE id = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_id(7);
EXECUTE by_id(8);
EXECUTE by_id(NULL);
RESET plan_cache_mode;
DEALLOCATE by_id;

-- A cursor reads on after a rolled back savepoint, and holds over a commit.
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM items ORDER BY id;
DECLARE h CURSOR WITH HOLD FOR SELECT id FROM items WHERE id > 4998 ORDER BY id;
SAVEPOINT s;
FETCH 2 FROM c;
ROLLBACK TO s;
FETCH 2 FROM c;
COMMIT;
FETCH ALL FROM h;
CLOSE h;

-- An error in the middle of a scan leaves nothing behind: the database can be
-- changed at once.
SELECT sum(10 / (id - 2500)) FROM items;
DO $$
BEGIN
	PERFORM 10 / (id - 2500) FROM items;
EXCEPTION WHEN division_by_zero THEN
	RAISE NOTICE 'caught';
END $$;
\! sqlite3 $DIR/s.db "INSERT INTO log VALUES (1)"
SELECT * FROM log;

-- READ COMMITTED sees what is committed when a statement starts ...
BEGIN;
SELECT count(*) FROM log;
\! sqlite3 $DIR/s.db "INSERT INTO log VALUES (2)"
SELECT count(*) FROM log;
COMMIT;
-- ... REPEATABLE READ one snapshot, in all tables.
\! sqlite3 $DIR/s.db "PRAGMA journal_mode = wal"
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM log;
\! sqlite3 $DIR/s.db "INSERT INTO log VALUES (3); DELETE FROM items WHERE id > 10"
SELECT count(*) FROM log;
SELECT count(*) FROM items;
COMMIT;
SELECT count(*) FROM log;
SELECT count(*) FROM items;
-- and a failed transaction ends it too
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM log;
SELECT 1 / 0;
ROLLBACK;
\! sqlite3 $DIR/s.db "INSERT INTO log VALUES (4)"
SELECT count(*) FROM log;

-- Two servers may name the same file; a read-only one does not hinder the other.
CREATE SERVER sqlite_scan_2 FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path :'same_db', read_only 'true');
CREATE FOREIGN TABLE log_2 (a int) SERVER sqlite_scan_2 OPTIONS (table_name 'log');
SELECT n.a FROM log n JOIN log_2 USING (a) ORDER BY 1;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM log;
SELECT count(*) FROM log_2;
COMMIT;

-- also when the read-only one was there first
\c -
SET search_path = sqlite_scan;
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM log_2 ORDER BY a;
FETCH 1 FROM c;
SELECT count(*) FROM log;
FETCH 1 FROM c;
COMMIT;
SELECT count(*) FROM log;
SELECT count(*) FROM log_2;

-- What changes in the remote schema is noticed.
\! sqlite3 $DIR/s.db "ALTER TABLE log ADD COLUMN b TEXT DEFAULT 'new'; ALTER TABLE items RENAME COLUMN price TO cost"
ALTER FOREIGN TABLE log ADD COLUMN b text;
SELECT * FROM log ORDER BY a;
SELECT price FROM items LIMIT 1;
ALTER FOREIGN TABLE items ALTER price OPTIONS (ADD column_name 'cost');
SELECT price FROM items WHERE id = 1;
ALTER FOREIGN TABLE log OPTIONS (table_name 'nowhere');
SELECT * FROM log;

-- So is what changes in the server's options, also while a cursor is open.
\! sqlite3 $DIR/other.db "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, cost REAL); INSERT INTO items VALUES (1, 'other', 7)"
BEGIN;
DECLARE c CURSOR FOR SELECT id, label FROM items;
FETCH 1 FROM c;
ALTER SERVER sqlite_scan OPTIONS (SET path :'other_db');
SELECT id, label FROM items;
FETCH 1 FROM c;
ROLLBACK;
SELECT count(*) FROM items;

-- ANALYZE, of tables and views
ANALYZE items, cheap;
SELECT relname, reltuples FROM pg_class WHERE relname IN ('items', 'cheap') AND relnamespace = 'sqlite_scan'::regnamespace ORDER BY 1;
SELECT attname, n_distinct, null_frac FROM pg_stats WHERE schemaname = 'sqlite_scan' AND tablename = 'items' ORDER BY 1;

-- Rights are those of the local tables: a view reads with its owner's.
CREATE ROLE sqlite_scan_user;
GRANT USAGE ON SCHEMA sqlite_scan TO sqlite_scan_user;
CREATE VIEW first_item AS SELECT label FROM items WHERE id = 1;
GRANT SELECT ON first_item TO sqlite_scan_user;
SET ROLE sqlite_scan_user;
SELECT * FROM first_item;
SELECT * FROM items;
RESET ROLE;

\set VERBOSITY terse
DROP SCHEMA sqlite_scan CASCADE;
DROP ROLE sqlite_scan_user;
DROP SERVER sqlite_scan;
DROP SERVER sqlite_scan_2;
\! rm -rf $DIR
