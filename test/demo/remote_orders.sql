-- orders_db of the demo: 5,000 orders in MySQL, five of each user.
CREATE DATABASE orders_db CHARACTER SET utf8mb4;
USE orders_db;
CREATE TABLE orders (
	id        integer NOT NULL PRIMARY KEY,
	user_id   integer NOT NULL,
	status    enum('open', 'paid', 'void') NOT NULL,
	total     decimal(10,2) NOT NULL,
	placed_at datetime NOT NULL,
	KEY (user_id)
);
INSERT INTO orders
SELECT seq, (seq - 1) % 1000 + 1, elt(1 + seq % 3, 'open', 'paid', 'void'), (seq * 7919 % 50000) / 100,
	timestampadd(MINUTE, seq * 37, '2026-01-01')
FROM seq_1_to_5000;
ANALYZE TABLE orders;
