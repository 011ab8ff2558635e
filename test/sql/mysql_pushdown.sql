-- What is sent to MySQL and MariaDB, trap by trap, and that the answer is the
-- same with pushdown on and off.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'America/New_York';
SET datestyle = 'ISO';
\getenv mariadb FSQ_MARIADB
\set port `cat $FSQ_MARIADB/port`
\! mariadb --no-defaults --default-character-set=utf8mb4 -S $FSQ_MARIADB/socket -u root -e "DROP DATABASE IF EXISTS pushdown; CREATE DATABASE pushdown CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE pushdown; SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SET time_zone = '+00:00'; CREATE TABLE t (id int PRIMARY KEY, name varchar(50), latin varchar(20) CHARACTER SET latin1, code char(5), n int, u bigint unsigned, price decimal(10,2), f float, g double, ok tinyint(1), d date, at datetime(6), tz timestamp(6) NULL, bin varbinary(10), token char(36), KEY (name), KEY (latin), KEY (n))"
\! mariadb --no-defaults --default-character-set=utf8mb4 -S $FSQ_MARIADB/socket -u root pushdown -e "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'; INSERT INTO t VALUES (1, 'abc', 'é', 'ab', 7, 18446744073709551615, 1.50, 0.1, 0.1, 1, '2024-02-29', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.5', x'00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, 'ABC', 'e', 'AB', -7, 0, -0.01, 2.5, 1e300, 0, '1999-12-31', '1999-12-31', '1999-12-31', 'a', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12'), (3, 'abc ', 'ß', 'ss', 8, 5, 10, -1, 0.3, 1, '0001-01-01', '9999-12-31 23:59:59.999999', '2037-01-01', '', NULL), (4, 'äbc', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (5, '😀b', '?', '', 2147483647, 7, 0, 0, 0, 0, '2024-03-01', '2024-03-01', '2024-03-10 07:30:00', x'61', NULL), (6, 'a\_c%', 'a''b', 'a', 0, 1, 1, 1, 1, 1, '2024-01-01', '2024-01-01', '2024-01-01', 'A', NULL)"

CREATE SERVER mysql_pushdown FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'port', database 'pushdown');
CREATE USER MAPPING FOR CURRENT_USER SERVER mysql_pushdown OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA mysql_pushdown;
SET search_path = mysql_pushdown;
IMPORT FOREIGN SCHEMA pushdown FROM SERVER mysql_pushdown INTO mysql_pushdown OPTIONS (import_tinyint1_as_boolean 'true', import_char36_as_uuid 'true');
\d t
SELECT * FROM t ORDER BY id;

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
END $$;

-- text: case, accents, blanks, character sets
SELECT show('SELECT id FROM t WHERE name = ''abc'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name IN (''ABC'', ''abc '') ORDER BY id');
SELECT show('SELECT id FROM t WHERE name <> ''abc'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE latin = ''é'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE latin = ''😀'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE code = ''ab'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE name = latin ORDER BY id');
SELECT show('SELECT id FROM t WHERE name LIKE ''_b'' OR name LIKE ''a\\\_%'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE nullif(name, ''x'') LIKE ''A%'' ORDER BY id');
SELECT show('SELECT name FROM t ORDER BY name COLLATE "C"');
SELECT show('SELECT count(DISTINCT name), min(name COLLATE "C"), max(latin COLLATE "C") FROM t');
SELECT show('SELECT id FROM t WHERE length(name) = 4 OR name || code = ''abcab'' ORDER BY id');
-- numbers: division, remainder, unsigned, decimals, reals, booleans
SELECT show('SELECT id FROM t WHERE n / 2 = 3 OR n % 2 = -1 OR n / 0.5 > 1e9 ORDER BY id');
SELECT show('SELECT id FROM t WHERE u = 18446744073709551615 ORDER BY id');
SELECT show('SELECT id FROM t WHERE price = 1.5 OR g = 0.3 OR f = 2.5 ORDER BY id');
SELECT show('SELECT id FROM t WHERE f = 0.1::real OR f = 0.1::double precision ORDER BY id');
SELECT show('SELECT id FROM t WHERE ok AND NOT n = 0 ORDER BY id');
SELECT show('SELECT sum(n), avg(n), sum(price), avg(price), min(u), count(*) FILTER (WHERE ok) FROM t');
SELECT show('SELECT ok, count(*) FROM t GROUP BY ok HAVING count(*) > 1 ORDER BY ok');
-- dates and time zones
SELECT show('SELECT id FROM t WHERE d > ''2024-01-01'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE at = ''2024-02-29 12:34:56.123456'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE tz = ''2024-02-29 07:34:56.5'' ORDER BY id');
SELECT show('SELECT id FROM t WHERE d < ''infinity'' AND d > ''2024-02-29'' ORDER BY id');
-- bytes, uuid
SELECT show('SELECT id FROM t WHERE bin IN (''\x61'', ''\x00ff'') ORDER BY id');
SELECT show('SELECT id FROM t WHERE token = ''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'' ORDER BY id');
-- nulls, limits
SELECT show('SELECT id, n FROM t ORDER BY n, id LIMIT 3');
SELECT show('SELECT id, n FROM t ORDER BY n DESC, id OFFSET 4');
SELECT show('SELECT id FROM t ORDER BY id LIMIT 2 OFFSET 1');
SELECT show('SELECT id FROM t WHERE n IS DISTINCT FROM 7 AND name IS NOT NULL ORDER BY id');

-- window functions: conditions on what they return go with them; text is no key where it is long
SELECT show('SELECT id, rn FROM (SELECT id, row_number() OVER (PARTITION BY ok ORDER BY n DESC NULLS LAST, id) AS rn FROM t) s WHERE rn <= 2 AND rn > 1 ORDER BY id');
SELECT show('SELECT id, count(*) OVER (PARTITION BY token), dense_rank() OVER (PARTITION BY ok ORDER BY d) FROM t ORDER BY id');
SELECT show('SELECT id, rank() OVER (), count(*) OVER (PARTITION BY token), dense_rank() OVER (PARTITION BY ok ORDER BY d) FROM t ORDER BY id');
SELECT show('SELECT id, sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), avg(n) OVER (ORDER BY id), min(d) FILTER (WHERE id > 2) OVER (PARTITION BY ok) FROM t ORDER BY id');
SELECT show('SELECT id, lag(d) OVER w, first_value(n) OVER w FROM t WINDOW w AS (PARTITION BY name COLLATE "C" ORDER BY id) ORDER BY id');
SELECT show('SELECT id, count(*) OVER (ORDER BY n GROUPS 1 PRECEDING) FROM t ORDER BY id');

-- parameters, under a generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE keys(int[]) AS SELECT id FROM t WHERE id = ANY($1) ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE keys('{1,2}');
EXECUTE keys('{1,3,NULL,99}');
EXECUTE keys('{}');
EXECUTE keys(NULL);
PREPARE others(text[]) AS SELECT id FROM t WHERE name <> ALL($1) ORDER BY id;
EXECUTE others('{}');
EXECUTE others('{abc,it''s}');
PREPARE page(bigint, bigint) AS SELECT id FROM t ORDER BY id LIMIT $1 OFFSET $2;
EXECUTE page(2, 1);
EXECUTE page(NULL, 4);
EXECUTE page(-1, 0);

-- 2,500 keys or more: MariaDB is told to look them up in the index, and to
-- read the rows in the order of the table; to others that is a comment
PREPARE found(int[]) AS SELECT count(*), sum(n) FROM (SELECT n FROM t WHERE id = ANY($1) OFFSET 0) AS found;
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE', general_log = on"
SELECT array_agg(i) AS keys, array_agg(i) FILTER (WHERE i < 5002) AS fewer FROM generate_series(4, 5002, 2) i \gset
EXECUTE found(:'fewer');
EXECUTE found(:'keys');
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -N -e "SELECT concat(left(argument, 150), ' ...') FROM mysql.general_log WHERE user_host LIKE 'hub[hub]%' AND argument LIKE '%WHERE (\`id\` IN (4%'; SET GLOBAL log_output = 'FILE', general_log = off"

-- integers that follow one another, in whatever order, are asked for as a range;
-- not a few, not with a gap, not beside a null or another condition
PREPARE named(int[]) AS SELECT array_agg(id ORDER BY id) AS "the run" FROM (SELECT id FROM t WHERE id = ANY($1) OFFSET 0) AS found;
PREPARE wide(bigint[], int) AS SELECT id FROM t WHERE n = ANY($1) AND id < $2;
PREPARE unsigned(numeric[]) AS SELECT id FROM t WHERE u = ANY($1) ORDER BY id;
PREPARE numbers(bigint[]) AS SELECT id FROM t WHERE n = ANY($1) ORDER BY id;
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE', general_log = on"
EXECUTE named('{9,2,3,4,8,7,6,5,4,2,2}');
EXECUTE named('{1,2,3,4,5,6,7}');
EXECUTE named('{2,3,4,5,6,7,8,10,10}');
EXECUTE named('{2,3,4,5,6,7,8,9,NULL}');
EXECUTE named('{{-2147483648,2},{-2147483646,-2147483645},{2147483647,3},{1,1}}');
EXECUTE named('{}');
EXECUTE named(NULL);
EXECUTE numbers('{-7,-6,-5,-4,-3,-2,-1,0,1}');
EXECUTE numbers('{2147483641,2147483642,2147483643,2147483644,2147483645,2147483646,2147483647,2147483648}');
EXECUTE numbers('{-9223372036854775808,9223372036854775807,1,2,3,4,5,6}');
EXECUTE wide('{1,2,3,4,5,6,7,8}', 9);
EXECUTE unsigned('{1,2,3,4,5,6,7,8}');
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -N -e "SELECT regexp_substr(argument, 'WHERE.*') FROM mysql.general_log WHERE user_host LIKE 'hub[hub]%' AND argument LIKE 'SELECT \`id\` FROM%' ORDER BY event_time; SET GLOBAL log_output = 'FILE', general_log = off"
RESET plan_cache_mode;

-- zero dates: an error, also where they decide without being read; or null
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root pushdown -e "SET sql_mode = ''; INSERT INTO t (id, d) VALUES (7, '0000-00-00'), (8, '2024-00-10')"
SELECT d FROM t WHERE id = 7;
SELECT count(*) FROM t WHERE d < '2000-01-01';
ALTER SERVER mysql_pushdown OPTIONS (zero_dates 'null');
SELECT id, d FROM t WHERE d IS NULL ORDER BY id;
SELECT count(*) FROM t WHERE d < '2000-01-01';

-- texts and arrays of statements that are sent again and again are not kept
CREATE FUNCTION executor_memory() RETURNS numeric LANGUAGE sql AS
$$ SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name = 'ExecutorState' $$;
SELECT sum(n) AS found, max(memory) < 1000000 AS little
	FROM (SELECT (SELECT count(*) FROM t WHERE id = ANY (keys)) AS n, CASE WHEN i = 2000 THEN executor_memory() END AS memory
		FROM (SELECT i, array_agg(i % 3 + j) AS keys FROM generate_series(1, 2000) i, generate_series(1, 200) j GROUP BY i ORDER BY i) AS arrays OFFSET 0) AS counts;

DROP SCHEMA mysql_pushdown CASCADE;
DROP SERVER mysql_pushdown CASCADE;
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "DROP DATABASE pushdown"
