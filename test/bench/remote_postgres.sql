-- A million rows as in big.sql, on another PostgreSQL.
CREATE TABLE big (id integer PRIMARY KEY, n integer NOT NULL, r float8 NOT NULL, a varchar(40) NOT NULL, b varchar(80) NOT NULL);
INSERT INTO big SELECT i, i::bigint * 7919 % 1000003, i / 7.0, 'name ' || i, 'a somewhat longer text, number ' || i * 31 % 1000 FROM generate_series(1, 1000000) AS i;
CREATE INDEX ON big (n);
VACUUM ANALYZE big;
