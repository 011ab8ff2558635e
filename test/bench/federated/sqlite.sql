-- What is known of each user's visits, in a file.
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
CREATE TABLE analytics (user_id INTEGER NOT NULL PRIMARY KEY, visits INTEGER NOT NULL, score REAL NOT NULL, segment TEXT NOT NULL);
WITH RECURSIVE i (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM i WHERE id < 100000)
INSERT INTO analytics SELECT id, id * 37 % 1000, (id * 13 % 1000) / 8.0, 'segment ' || (id % 10) FROM i;
ANALYZE;
