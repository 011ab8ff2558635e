-- A million rows as in big.sql, on MariaDB.
SET GLOBAL innodb_buffer_pool_size = 512 * 1024 * 1024;
CREATE DATABASE bench CHARACTER SET utf8mb4;
USE bench;
CREATE TABLE big (id integer NOT NULL PRIMARY KEY, n integer NOT NULL, r double NOT NULL, a varchar(40) NOT NULL, b varchar(80) NOT NULL);
INSERT INTO big SELECT seq, seq * 7919 % 1000003, seq / 7.0, concat('name ', seq), concat('a somewhat longer text, number ', seq * 31 % 1000) FROM seq_1_to_1000000;
CREATE INDEX big_n ON big (n);
ANALYZE TABLE big;
