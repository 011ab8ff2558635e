-- Payments, one to a user, on another PostgreSQL.
CREATE TABLE payments (user_id integer PRIMARY KEY, method text NOT NULL, balance integer NOT NULL);
INSERT INTO payments SELECT i, CASE i % 2 WHEN 0 THEN 'card' ELSE 'transfer' END, i % 1000 - 100 FROM generate_series(1, 100000) AS i;
VACUUM ANALYZE payments;
