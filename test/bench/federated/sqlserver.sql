CREATE TABLE activity (user_id int NOT NULL PRIMARY KEY, logins int NOT NULL, last_page nvarchar(40) NOT NULL)
GO
WITH digit AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (d)),
	i AS (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS id
		FROM digit a CROSS JOIN digit b CROSS JOIN digit c CROSS JOIN digit e CROSS JOIN digit f)
INSERT INTO activity SELECT id, id * 7 % 500, CONCAT('/page/', id % 97) FROM i
GO
