-- legacy_db of the demo: 10,000 items in a SQLite file, two of each order.
CREATE TABLE items (
	id       INTEGER PRIMARY KEY,
	order_id INTEGER NOT NULL,
	details  TEXT NOT NULL,
	quantity INTEGER NOT NULL
);
CREATE INDEX items_order_id ON items (order_id);
INSERT INTO items
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
SELECT i, (i - 1) % 5000 + 1, 'Article ' || (i * 31 % 97), 1 + i % 4 FROM n;
ANALYZE;
