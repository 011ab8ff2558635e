-- A shop's orders, ten to a user, and items, two to an order, on MariaDB.  The
-- orders of a user lie far apart, as those of a real one do.
SET GLOBAL innodb_buffer_pool_size = 512 * 1024 * 1024;
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
CREATE TABLE orders (id integer NOT NULL PRIMARY KEY, user_id integer NOT NULL, total decimal(10, 2) NOT NULL, status varchar(12) NOT NULL, placed date NOT NULL);
CREATE TABLE items (id integer NOT NULL PRIMARY KEY, order_id integer NOT NULL, sku varchar(20) NOT NULL, quantity integer NOT NULL, price decimal(8, 2) NOT NULL);
SET SESSION unique_checks = 0, foreign_key_checks = 0;
INSERT INTO orders SELECT seq, 1 + seq * 7919 % 100000, seq * 31 % 100000 / 100, elt(1 + seq % 3, 'paid', 'shipped', 'returned'), '2024-01-01' + INTERVAL seq % 700 DAY FROM seq_1_to_1000000;
INSERT INTO items SELECT seq, (seq + 1) DIV 2, concat('SKU-', lpad(seq * 13 % 10007, 5, '0')), 1 + seq % 5, seq * 17 % 10000 / 100 FROM seq_1_to_2000000;
CREATE INDEX orders_user_id ON orders (user_id);
CREATE INDEX items_order_id ON items (order_id);
ANALYZE TABLE orders, items;
