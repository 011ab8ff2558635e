-- A million rows: an integer key, an integer, a real, a short and a longer text.
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, r REAL NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL);
WITH RECURSIVE i (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM i WHERE id < 1000000)
INSERT INTO big SELECT id, id * 7919 % 1000003, id / 7.0, 'name ' || id, 'a somewhat longer text, number ' || (id * 31 % 1000) FROM i;
ANALYZE;
