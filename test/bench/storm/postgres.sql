CREATE TABLE invoices (id integer PRIMARY KEY, n integer NOT NULL);
INSERT INTO invoices SELECT i, 7 * i FROM generate_series(1, 1000) AS i;
