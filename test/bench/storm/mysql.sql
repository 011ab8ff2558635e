CREATE DATABASE storm CHARACTER SET utf8mb4;
USE storm;
CREATE TABLE orders (id integer NOT NULL PRIMARY KEY, n integer NOT NULL);
INSERT INTO orders SELECT seq, 7 * seq FROM seq_1_to_1000;
