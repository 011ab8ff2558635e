-- IMPORT FOREIGN SCHEMA from SQLite: types, keys, references, names; one
-- strange table does not abort the rest.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;

-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set i_db :dir '/i.db'
\set empty_db :dir '/empty.db'
\! sqlite3 $DIR/i.db "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE, active BOOLEAN, born DATE, seen DATETIME, at TIME, token UUID, doc JSON, docb JSONB, price DECIMAL(10,2), num NUMERIC, photo BLOB, n INT, t TINYINT, u UNSIGNED BIG INT, r REAL, d DOUBLE PRECISION, f FLOAT, c CLOB, nc NVARCHAR(10), shape GEOMETRY, anything, full GENERATED ALWAYS AS (email || n))"
\! sqlite3 $DIR/i.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT NOT NULL REFERENCES Users, friend INT REFERENCES users(ID), gone INT REFERENCES missing(id)); CREATE TABLE lines (order_id INT, line INT, note TEXT, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders(id)) WITHOUT ROWID; CREATE TABLE notes (order_id INT, line INT, FOREIGN KEY (order_id, line) REFERENCES lines(order_id, line)); CREATE TABLE typed (i INT, a ANY) STRICT"
\! sqlite3 $DIR/i.db "CREATE VIEW active AS SELECT id, email, count(*) AS n FROM users WHERE active GROUP BY 1; CREATE TABLE doomed (x); CREATE VIEW broken AS SELECT x FROM doomed; DROP TABLE doomed"
\! sqlite3 $DIR/i.db "CREATE VIRTUAL TABLE search USING fts5(body)"
\! sqlite3 $DIR/i.db 'CREATE TABLE "odd ""name"" ; --" ("select" INT, "a ""b"" '"'"'c'"'"'" TEXT, "Ünï" TEXT, "" TEXT)'
\! sqlite3 $DIR/i.db "CREATE TABLE $(printf 'x%.0s' $(seq 70))1 (a INT, $(printf 'y%.0s' $(seq 70))1 INT, $(printf 'y%.0s' $(seq 70))2 INT); CREATE TABLE $(printf 'x%.0s' $(seq 70))2 (a INT)"

CREATE SERVER sqlite_import FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path :'i_db', read_only 'true');
CREATE SCHEMA sqlite_import;

IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_import INTO sqlite_import;

SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
	   a.attnotnull AS not_null, a.attfdwoptions AS options
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'sqlite_import'::regnamespace AND a.attnum > 0
ORDER BY c.relname COLLATE "C", a.attnum;
SELECT c.relname, t.ftoptions FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid
WHERE t.ftoptions IS NOT NULL AND c.relnamespace = 'sqlite_import'::regnamespace
ORDER BY c.relname COLLATE "C";

-- The strange names work.
\! sqlite3 $DIR/i.db 'INSERT INTO "odd ""name"" ; --" VALUES (1, "b", "c", "d")'
SELECT * FROM sqlite_import."odd ""name"" ; --";

-- LIMIT TO, EXCEPT, import_not_null; schemas that are not there
\set VERBOSITY terse
DROP SCHEMA sqlite_import CASCADE;
\set VERBOSITY default
CREATE SCHEMA sqlite_import;
IMPORT FOREIGN SCHEMA main LIMIT TO (orders, lines) FROM SERVER sqlite_import INTO sqlite_import;
\d sqlite_import.*
IMPORT FOREIGN SCHEMA main EXCEPT (orders, lines, users, search, notes, typed, active, broken, "odd ""name"" ; --")
	FROM SERVER sqlite_import INTO sqlite_import;
IMPORT FOREIGN SCHEMA main LIMIT TO (notes, users) FROM SERVER sqlite_import INTO sqlite_import
	OPTIONS (import_not_null 'false');
SELECT count(*) AS not_null FROM pg_attribute
WHERE attrelid = 'sqlite_import.users'::regclass AND attnum > 0 AND attnotnull;
IMPORT FOREIGN SCHEMA main LIMIT TO (active) FROM SERVER sqlite_import INTO sqlite_import
	OPTIONS (import_defaults 'false');
-- a name that no table has is told, where IMPORT itself says nothing
IMPORT FOREIGN SCHEMA main LIMIT TO (ordres) FROM SERVER sqlite_import INTO sqlite_import;
IMPORT FOREIGN SCHEMA dbo FROM SERVER sqlite_import INTO sqlite_import;
SELECT relname FROM pg_class WHERE relnamespace = 'sqlite_import'::regnamespace ORDER BY relname COLLATE "C";

-- An empty database has a schema, but no tables.
\! touch $DIR/empty.db
CREATE SERVER sqlite_import_empty FOREIGN DATA WRAPPER fraiseql_sqlite
	OPTIONS (path :'empty_db');
IMPORT FOREIGN SCHEMA main FROM SERVER sqlite_import_empty INTO sqlite_import;
DROP SERVER sqlite_import_empty;

\set VERBOSITY terse
DROP SCHEMA sqlite_import CASCADE;
DROP SERVER sqlite_import;
\! rm -rf $DIR
