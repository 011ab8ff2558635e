-- What a SQLite file may be: its path, its encoding, its page size, the kinds of
-- tables in it.  The answers are the same.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
CREATE SCHEMA sqlite_files;
SET search_path = sqlite_files;

-- What a file that is called so, or the error, says.
CREATE FUNCTION read_file(dir text, file text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
BEGIN
	EXECUTE format('CREATE SERVER sqlite_files_1 FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path %L)', dir || '/' || file);
	CREATE FOREIGN TABLE t (id int, s text COLLATE "C") SERVER sqlite_files_1;
	BEGIN
		SELECT string_agg(s, ' ') INTO result FROM (SELECT s FROM t WHERE s > 'b' ORDER BY s LIMIT 10) q;
	EXCEPTION WHEN others THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		result := SQLSTATE || ' ' || replace(detail, dir, '.');
	END;
	DROP SERVER sqlite_files_1 CASCADE;
	RETURN file || ': ' || result;
END $$;

-- A path is a path: nothing in it is taken for a URI, a pattern or a variable.
\! t() { sqlite3 "$@" "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); INSERT INTO t VALUES (1, 'ÿ'), (2, 'é'), (3, 'Ā'), (4, 'z'), (5, 'a'), (6, '日'), (7, '😀'), (8, '～'), (9, 'ÿa')"; }; cd $DIR; t "with space.db"; t "quo'te.db"; t 'double".db'; t 'ünï.db'; t 'a?mode=memory'; t '%41.db'; t './file:x.db'; t '$HOME.db'; t -cmd 'PRAGMA page_size = 512' small.db; t -cmd 'PRAGMA page_size = 65536' large.db; t -cmd 'PRAGMA auto_vacuum = full' vacuum.db; t -cmd 'PRAGMA encoding = "UTF-16le"' utf16le.db; t -cmd 'PRAGMA encoding = "UTF-16be"' utf16be.db; ln -s "with space.db" link.db; ln -s nowhere dangling.db; mkfifo fifo; ln -s /dev/zero zero
SELECT read_file(:'dir', f) FROM unnest(ARRAY['with space.db', 'quo''te.db', 'double".db', 'ünï.db', 'a?mode=memory', '%41.db', 'file:x.db', '$HOME.db', 'link.db', 'dangling.db', 'fifo', 'zero']) f;

-- Neither the size of pages nor the encoding of text changes an answer.
-- (SQLite orders UTF-16 by its bytes, and loses rows of GLOB when it has an index.)
SELECT read_file(:'dir', f) FROM unnest('{small.db,large.db,vacuum.db,utf16le.db,utf16be.db}'::text[]) f;
\set path :dir '/utf16le.db'
\! sqlite3 $DIR/utf16le.db "CREATE INDEX ts ON t (s)"
CREATE SERVER sqlite_files FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
CREATE FOREIGN TABLE t (id int, s text COLLATE "C") SERVER sqlite_files;
SELECT id FROM t WHERE s LIKE 'ÿ%' ORDER BY id;
SELECT id, s FROM t WHERE s = 'Ā';
SELECT count(*), min(s), max(s) FROM t WHERE s >= 'Ā';
SELECT id FROM t ORDER BY CASE id WHEN 1 THEN 'Ā' WHEN 2 THEN 'a' END, id LIMIT 2;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM t WHERE s IN ('Ā', 'z') ORDER BY s;
DROP SERVER sqlite_files CASCADE;

-- Kinds of tables: WITHOUT ROWID, virtual, generated columns, columns named as
-- the rowid is, views.
\set path :dir '/kinds.db'
CREATE SERVER sqlite_files FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
\! sqlite3 $DIR/kinds.db "CREATE TABLE wr (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; INSERT INTO wr VALUES ('b', 2), ('a', 1); CREATE VIRTUAL TABLE ft USING fts5(body, title UNINDEXED); INSERT INTO ft VALUES ('hello world', 'x'), ('good bye', 'y'); CREATE VIRTUAL TABLE rt USING rtree(id, minx, maxx); INSERT INTO rt VALUES (1, 0, 10), (2, 5, 6); CREATE TABLE gen (a INT, b INT AS (a * 2) VIRTUAL, c INT AS (a + 1) STORED); INSERT INTO gen VALUES (3); CREATE TABLE kw (\"select\" INT, \"from\" TEXT, rowid INT, _rowid_ INT, oid INT); INSERT INTO kw VALUES (1, 'f', 2, 3, 4); CREATE TABLE percent (\"a%1\" INT, \"%%\" INT, \"it's\" INT); INSERT INTO percent VALUES (1, 2, 3); CREATE TRIGGER tr AFTER INSERT ON wr BEGIN SELECT raise(ABORT, 'no'); END; CREATE VIEW j AS SELECT kw.\"from\", value FROM kw, json_each('[1, 2]')"
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_files INTO sqlite_files;
SELECT * FROM wr ORDER BY k;
SELECT v FROM wr WHERE k = 'a';
SELECT * FROM ft WHERE body = 'hello world';
SELECT * FROM rt WHERE minx >= 5;
SELECT c, count(*) FROM gen WHERE b = 6 GROUP BY c;
SELECT * FROM kw WHERE rowid = 2 ORDER BY oid;
SELECT "%%", count("it's") FROM percent WHERE "a%1" = 1 GROUP BY "%%" ORDER BY "%%";
SELECT * FROM j ORDER BY value;
ANALYZE wr, ft, rt, gen, kw, percent, j;
DROP SERVER sqlite_files CASCADE;

-- STRICT and WITHOUT ROWID are read from the table's own SQL, whatever else
-- is in it.
\set path :dir '/tail.db'
CREATE SERVER sqlite_files FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
\! printf '%s\n' 'CREATE TABLE s1 (a INT, "b)" TEXT DEFAULT '"')'"', [c (] TEXT, `d``(` INT) STRICT;' 'CREATE TABLE s2 (a INT PRIMARY KEY /* ) x */, b TEXT CHECK (b <> '"') x'"')) WITHOUT ROWID, -- ) x' ' strict /* x */;' 'CREATE TABLE n1 (a INT -- it is )' ', b TEXT) -- STRICT' ';' 'CREATE TABLE s3 (a INT PRIMARY KEY)/**/strict,WITHOUT/**/ROWID;' 'CREATE TABLE n2 (a INT, strict TEXT DEFAULT ") STRICT");' 'CREATE TABLE n3 (a INT PRIMARY KEY, b TEXT) WITHOUT' 'ROWID;' | sqlite3 $DIR/tail.db
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_files INTO sqlite_files;
-- No check is needed where the values are of their declared types.
CREATE FUNCTION is_strict(name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (VERBOSE) SELECT count(*) FROM %I WHERE a > 1', name) LOOP
		IF line ~ 'Remote SQL' THEN
			RETURN line !~ 'fraiseql_check';
		END IF;
	END LOOP;
END $$;
SELECT name, is_strict(name) FROM unnest('{s1,s2,s3,n1,n2,n3}'::text[]) name;
DROP SERVER sqlite_files CASCADE;

-- What a foreign table cannot have is left out of an import: columns that are
-- named as system columns, tables of too many columns.
\set path :dir '/odd.db'
CREATE SERVER sqlite_files FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
\! sqlite3 $DIR/odd.db "CREATE TABLE sys (id INTEGER PRIMARY KEY, ctid TEXT, tableoid INT); CREATE TABLE wide ($(seq -s, -f 'c%g INT' 1601)); CREATE TABLE zz (a INT)"
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_files INTO sqlite_files;
SELECT relname, attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'sqlite_files'::regnamespace AND relkind = 'f' AND attnum > 0 ORDER BY 1, 2;

DROP SERVER sqlite_files CASCADE;
DROP SCHEMA sqlite_files CASCADE;
\! rm -rf $DIR
