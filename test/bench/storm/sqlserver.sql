CREATE TABLE visits (id int NOT NULL PRIMARY KEY, n int NOT NULL)
GO
WITH digit AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v (d))
INSERT INTO visits SELECT 1 + a.d + 10 * b.d + 100 * c.d, 7 * (1 + a.d + 10 * b.d + 100 * c.d) FROM digit a CROSS JOIN digit b CROSS JOIN digit c
GO
