-- What is sent to SQL Server, trap by trap, and that the answer is the same with
-- pushdown on and off.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'America/New_York';
SET datestyle = 'ISO';
\getenv port FSQ_SQLSERVER_PORT
\getenv user FSQ_SQLSERVER_USER
\getenv password FSQ_SQLSERVER_PASSWORD
SELECT $$
IF DB_ID(N'pushdown') IS NOT NULL DROP DATABASE pushdown
go
CREATE DATABASE pushdown
go
USE pushdown
go
CREATE TABLE t (id int PRIMARY KEY, name nvarchar(50), latin varchar(20), code char(5), n int, small tinyint,
	price decimal(10,2), cost money, wide decimal(38,10), f real, g float, ok bit,
	d date, old datetime, at datetime2(6), fine datetime2(7), tz datetimeoffset(6), tm time(6),
	bin varbinary(10), token uniqueidentifier, body nvarchar(max), doc xml, rv rowversion)
CREATE INDEX t_name ON t (name)
CREATE INDEX t_latin ON t (latin)
CREATE INDEX t_old ON t (old)
go
INSERT INTO t (id, name, latin, code, n, small, price, cost, wide, f, g, ok, d, old, at, fine, tz, tm, bin, token, body, doc) VALUES
(1, N'abc', 'é', 'ab', 7, 255, 1.50, 1.5, 12345678901234567890.0123456789, 0.1e0, 0.1e0, 1, '2024-02-29', '2024-02-29T12:34:56.003', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.123456', '2024-02-29 18:04:56.5 +05:30', '12:34:56.123456', 0x00ff, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', N'long', N'<a>1</a>'),
(2, N'ABC', 'e', 'AB', -7, 0, -0.01, -0.0001, 0, 2.5e0, 1e300, 0, '1999-12-31', '1753-01-01T00:00:00', '1999-12-31', '1999-12-31', '1999-12-31 00:00:00 -05:00', '00:00:00', 0x00ff00, '00000000-0000-0000-0000-000000000001', N'LONG ', NULL),
(3, N'abc ', 'ß', 'ss', 8, 5, 10, 10, 1, -1e0, 0.30000000000000004e0, 1, '0001-01-01', '9999-12-31T23:59:59.997', '9999-12-31 23:59:59.999999', '0001-01-01', '9999-12-31 23:59:59.999999 +00:00', '23:59:59.999999', 0x, '01000000-0000-0000-0000-000000000000', N'', NULL),
(4, N'äbc', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(5, CAST(0x3dd800de6200 AS nvarchar(10)), '?', '', 2147483647, 7, 0, 0, 0, 0e0, 0e0, 0, '2024-03-01', '2024-03-01T00:00:00', '2024-03-01', '2024-03-01', '2024-03-10 07:30:00 +00:00', '12:00:00', 0x61, NULL, N'x', NULL),
(6, N'a\_c%', 'a''b', 'a', 0, 1, 1, 1, 1, 1e0, 1e0, 1, '2024-01-01', '2024-01-01T00:00:00', '2024-01-01', '2024-01-01', '2024-01-01 00:00:00 +00:00', '01:00:00', 0x41, NULL, N'[x]', NULL)
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD

CREATE SERVER sqlserver_pushdown FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port :'port', database 'pushdown');
CREATE USER MAPPING FOR CURRENT_USER SERVER sqlserver_pushdown OPTIONS (username :'user', password :'password');
CREATE SCHEMA sqlserver_pushdown;
SET search_path = sqlserver_pushdown;
IMPORT FOREIGN SCHEMA dbo FROM SERVER sqlserver_pushdown INTO sqlserver_pushdown;
\d t
SELECT id, name, latin, code, n, small, price, cost, wide, f, g, ok FROM t ORDER BY id;
SELECT id, d, old, at, fine, tz, tm, bin, token, body, doc, length(rv) FROM t ORDER BY id;

-- What is sent, what is evaluated here, and the answer both ways.
CREATE FUNCTION show(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	setting text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ '(Filter|Remote SQL|Sort Key|Aggregate|Unique)' THEN
			RETURN NEXT regexp_replace(line, '^ +(-> +)?', '');
		END IF;
	END LOOP;
	FOREACH setting IN ARRAY ARRAY['on', 'off'] LOOP
		PERFORM set_config('fraiseql.pushdown', setting, true);
		FOR line IN EXECUTE 'SELECT format(''%s: %s'', ''' || setting || ''', string_agg(q::text, '' '')) FROM (' || query || ') q' LOOP
			RETURN NEXT line;
		END LOOP;
	END LOOP;
	PERFORM set_config('fraiseql.pushdown', 'on', true);
END $$;
\pset format unaligned
\pset tuples_only on

-- text: case, accents, blanks, code pages, characters beyond the BMP
SELECT show('SELECT id FROM t WHERE name = ''abc'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name IN (''ABC'', ''abc '') ORDER BY id');
SELECT show('SELECT id FROM t WHERE name <> ''abc'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name <> ALL (''{abc,ABC}'') ORDER BY id');
SELECT show('SELECT id FROM t WHERE latin = ''é'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE latin = ''😀'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE code = ''ab'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE body = ''long'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name = latin ORDER BY id');
SELECT show('SELECT id FROM t WHERE name = E''a\\\n'' OR name = ''it''''s'' ORDER BY id');
SELECT show('SELECT name FROM t ORDER BY name COLLATE "C"');
SELECT show('SELECT count(DISTINCT name), count(latin) FROM t');
SELECT show('SELECT min(name COLLATE "C") FROM t');
SELECT show('SELECT count(*), sum(n) FROM (SELECT code, count(*) AS n FROM t GROUP BY code) q');
SELECT show('SELECT count(*) FROM (SELECT DISTINCT name FROM t) q');
-- patterns: brackets are special there, and one character is one UTF-16 unit
SELECT show('SELECT id FROM t WHERE name LIKE ''ab%'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name LIKE ''%c '' ORDER BY id');
SELECT show('SELECT id FROM t WHERE body LIKE ''[x]'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name NOT LIKE ''a\\\_%'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name LIKE ''_b'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name NOT LIKE ''_b'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE length(name) = 4 OR name || code = ''abcab'' OR left(name, 1) = ''😀'' ORDER BY id');
-- numbers: division, remainder, tinyint, sums, decimals, reals
SELECT show('SELECT id FROM t WHERE n / 2 = 3 OR n % 2 = -1 OR n / 0.5 > 1e9 ORDER BY id');
SELECT show('SELECT id FROM t WHERE small + 1::int = 256 OR small - 6::int = -6 ORDER BY id');
SELECT show('SELECT id FROM t WHERE n::bigint + 1 = 8 AND n < 100 ORDER BY id');
SELECT show('SELECT id FROM t WHERE price = 1.5 OR price > 12345678901234567890123 OR price = 0.00000000000000000001 ORDER BY id');
SELECT show('SELECT id FROM t WHERE cost = 1.5 OR cost < -0.00009999 ORDER BY id');
SELECT show('SELECT id FROM t WHERE wide = 12345678901234567890.0123456789 ORDER BY id');
SELECT show('SELECT id FROM t WHERE price < ''NaN'' AND price < ''Infinity'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE g = 0.1 OR g = 0.30000000000000004 OR g = 1e300 ORDER BY id');
SELECT show('SELECT id FROM t WHERE f = 0.1::real OR f = 0.1::double precision ORDER BY id');
SELECT show('SELECT id FROM t WHERE f < ''Infinity'' ORDER BY id');
SELECT show('SELECT sum(n), avg(n), sum(price), avg(cost), min(small), count(*) FILTER (WHERE ok) FROM t');
SELECT show('SELECT sum(DISTINCT n), avg(DISTINCT small), count(DISTINCT ok), min(g), max(f) FROM t');
-- conditions are no values
SELECT show('SELECT id FROM t WHERE ok AND NOT n = 0 ORDER BY id');
SELECT show('SELECT id FROM t WHERE (n > 0) = ok OR ok IS NOT TRUE ORDER BY id');
SELECT show('SELECT ok, count(*) FROM t GROUP BY ok HAVING count(*) > 1 ORDER BY ok');
SELECT show('SELECT n > 0, count(*) FROM t GROUP BY n > 0 ORDER BY n > 0 DESC NULLS LAST');
SELECT show('SELECT id FROM t ORDER BY n > 5, id');
SELECT show('SELECT id FROM t WHERE CASE WHEN ok THEN n > 0 ELSE false END ORDER BY id');
-- distinct from: no such words before 2022, and no query where there are aggregates
SELECT show('SELECT id FROM t WHERE n IS DISTINCT FROM 7 AND name IS NOT DISTINCT FROM ''abc '' ORDER BY id');
SELECT show('SELECT count(*) FILTER (WHERE n IS DISTINCT FROM 7), count(*) FILTER (WHERE n = ANY (''{7,8}'')) FROM t');
-- dates, times and zones
SELECT show('SELECT id FROM t WHERE d > ''2024-01-01'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE at = ''2024-02-29 12:34:56.123456'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE fine >= ''2024-02-29 12:34:56.123456'' ORDER BY id');
SELECT show('SELECT count(*) FROM t WHERE fine > ''2000-01-01''');
SELECT show('SELECT id FROM t WHERE tz = ''2024-02-29 07:34:56.5'' ORDER BY tz');
SELECT show('SELECT id FROM t WHERE tm > ''12:00'' ORDER BY tm');
SELECT show('SELECT id FROM t WHERE tm < ''24:00'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE d < ''infinity'' AND d > ''2024-02-29'' ORDER BY id');
SELECT show('SELECT date_trunc(''day'', at), count(*) FROM t GROUP BY 1 ORDER BY 1');
-- datetime is in steps of 1/300 second
SELECT show('SELECT id FROM t WHERE old = ''2024-02-29 12:34:56.003'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE old = ''2024-02-29 12:34:56.004'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE old > ''2024-02-29 12:34:56.002'' AND old < ''2024-02-29 12:34:56.004'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE old >= ''0001-01-01'' AND old <= ''9999-12-31 23:59:59.999'' ORDER BY id');
SELECT show('SELECT min(old), max(old) FROM t');
-- bytes, uuid
SELECT show('SELECT id FROM t WHERE bin IN (''\x61'', ''\x00ff'') ORDER BY id');
SELECT show('SELECT id FROM t WHERE bin = '''' ORDER BY bin');
SELECT show('SELECT count(DISTINCT bin) FROM t');
SELECT show('SELECT id FROM t WHERE token = ''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'' ORDER BY id');
SELECT show('SELECT token FROM t ORDER BY token');
-- nulls, limits
SELECT show('SELECT id, n FROM t ORDER BY n, id LIMIT 3');
SELECT show('SELECT id, n FROM t ORDER BY n NULLS FIRST, id LIMIT 3');
SELECT show('SELECT id, n FROM t ORDER BY n DESC, id OFFSET 4');
SELECT show('SELECT id, n FROM t ORDER BY n DESC NULLS LAST, id LIMIT 2 OFFSET 1');
SELECT show('SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 1');
SELECT show('SELECT id FROM t ORDER BY id LIMIT 0 OFFSET 1');
SELECT show('SELECT count(*) FROM (SELECT id FROM t LIMIT 3) q');
SELECT show('SELECT count(*) FROM (SELECT id FROM t OFFSET 4) q');
SELECT show('SELECT id FROM t ORDER BY id, id::bigint DESC LIMIT 1');
\pset format aligned
\pset tuples_only off

-- parameters, under a generic plan
-- window functions: conditions on what they return go with them; text is no key where it is long
SELECT show('SELECT id, rn FROM (SELECT id, row_number() OVER (PARTITION BY ok ORDER BY n DESC NULLS LAST, id) AS rn FROM t) s WHERE rn <= 2 AND rn > 1 ORDER BY id');
SELECT show('SELECT id, rank() OVER (), count(*) OVER (PARTITION BY token), dense_rank() OVER (PARTITION BY ok ORDER BY d) FROM t ORDER BY id');
SELECT show('SELECT id, sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), avg(n) OVER (ORDER BY id), min(d) FILTER (WHERE id > 2) OVER (PARTITION BY ok) FROM t ORDER BY id');
SELECT show('SELECT id, lag(d) OVER w, first_value(n) OVER w FROM t WINDOW w AS (PARTITION BY name COLLATE "C" ORDER BY id) ORDER BY id');
SELECT show('SELECT id, count(*) OVER (ORDER BY n GROUPS 1 PRECEDING) FROM t ORDER BY id');

SET plan_cache_mode = force_generic_plan;
PREPARE keys(int[]) AS SELECT id FROM t WHERE id = ANY($1) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE keys('{1,2}');
EXECUTE keys('{1,3,NULL,99}');
EXECUTE keys('{}');
EXECUTE keys(NULL);
SELECT id FROM t WHERE id = ANY (ARRAY(SELECT i FROM generate_series(4, 20000) i)) ORDER BY id;
PREPARE names(text[]) AS SELECT id FROM t WHERE latin = ANY($1) AND name = ANY($1) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE names('{}');
EXECUTE names('{abc,é}');
SELECT id FROM t WHERE name = ANY (ARRAY(SELECT 'abc' || repeat(' ', i) FROM generate_series(1, 1200) i)) ORDER BY id;
PREPARE others(text[]) AS SELECT id FROM t WHERE name <> ALL($1) ORDER BY id;
EXECUTE others('{}');
EXECUTE others('{abc,it''s}');
PREPARE counts(int[]) AS SELECT count(*) FILTER (WHERE id = ANY($1)) FROM t;
EXECUTE counts('{}');
PREPARE pattern(text) AS SELECT id FROM t WHERE name LIKE $1 ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE pattern('_b');
EXECUTE pattern('_b');
EXECUTE pattern('%c%');
EXECUTE pattern('abc\');
PREPARE page(bigint, bigint) AS SELECT id FROM t ORDER BY id LIMIT $1 OFFSET $2;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(2, 1);
EXECUTE page(2, 1);
EXECUTE page(0, 1);
EXECUTE page(NULL, 4);
EXECUTE page(2, NULL);
EXECUTE page(-1, 0);
EXECUTE page(1, -1);
PREPARE numbers(numeric) AS SELECT id FROM t WHERE price <= $1 ORDER BY id;
EXECUTE numbers('NaN');
EXECUTE numbers('-Infinity');
EXECUTE numbers(9.999999999999999999999999);
EXECUTE numbers(NULL);
PREPARE floats(double precision) AS SELECT id FROM t WHERE g <= $1 ORDER BY id;
EXECUTE floats(0.30000000000000004);
EXECUTE floats('NaN');
EXECUTE floats(5e-324);
EXECUTE floats('-Infinity');
PREPARE days(date[]) AS SELECT id FROM t WHERE d = ANY($1) OR d < $1[1] ORDER BY id;
EXECUTE days('{infinity}');
EXECUTE days('{-infinity,2024-02-29}');
EXECUTE days('{0001-01-01 BC}');
RESET plan_cache_mode;

-- finer than a microsecond: an error, also where it decides without being read
SELECT $$
INSERT INTO pushdown.dbo.t (id, fine) VALUES (7, '2024-01-01 00:00:00.1234567')
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD
SELECT fine FROM t WHERE id = 7;
SELECT count(*) FROM t WHERE fine > '2000-01-01';

DROP SCHEMA sqlserver_pushdown CASCADE;
DROP SERVER sqlserver_pushdown CASCADE;
SELECT $$
DROP DATABASE pushdown
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD
