-- The remote side of the demo: a SQLite file with two tables.
PRAGMA journal_mode = WAL;

CREATE TABLE orders (
	id        INTEGER PRIMARY KEY,
	user_id   INTEGER NOT NULL,
	status    TEXT NOT NULL,
	total     DECIMAL(10,2) NOT NULL,
	placed_at DATETIME NOT NULL
);
CREATE INDEX orders_user_id ON orders (user_id);

CREATE TABLE user_analytics (
	user_id        INTEGER PRIMARY KEY,
	total_orders   INTEGER NOT NULL,
	lifetime_value DECIMAL(12,2) NOT NULL
);

-- 5,000 orders: users 1 to 1,000 have 5 each
INSERT INTO orders
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
SELECT i, (i - 1) % 1000 + 1,
	CASE i % 4 WHEN 0 THEN 'open' WHEN 3 THEN 'void' ELSE 'paid' END,
	(i * 7919 % 50000) / 100.0,
	datetime('2026-01-01', (i * 37) || ' minutes')
FROM n;

INSERT INTO user_analytics
SELECT user_id, count(*), round(sum(total), 2) FROM orders GROUP BY user_id;

ANALYZE;
