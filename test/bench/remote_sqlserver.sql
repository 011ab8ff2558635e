CREATE TABLE big (id int NOT NULL PRIMARY KEY, n int NOT NULL, r float NOT NULL, a nvarchar(40) NOT NULL, b nvarchar(80) NOT NULL)
GO
WITH digit AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (d)),
	i AS (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS id
		FROM digit a CROSS JOIN digit b CROSS JOIN digit c CROSS JOIN digit e CROSS JOIN digit f CROSS JOIN digit g)
INSERT INTO big SELECT id, CAST(id AS bigint) * 7919 % 1000003, id / CAST(7.0 AS float), CONCAT('name ', id), CONCAT('a somewhat longer text, number ', id * 31 % 1000) FROM i
GO
