CREATE TABLE user_analytics (user_id int NOT NULL PRIMARY KEY, total_orders bigint NOT NULL, lifetime_value decimal(12,2) NOT NULL)
GO
WITH digit AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (d)),
	n AS (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS i FROM digit a CROSS JOIN digit b CROSS JOIN digit c CROSS JOIN digit e)
INSERT INTO user_analytics SELECT (i - 1) % 1000 + 1, COUNT(*), CAST(SUM(i * 7919 % 50000) AS decimal(12,2)) / 100
FROM n WHERE i <= 5000 GROUP BY (i - 1) % 1000 + 1
GO
