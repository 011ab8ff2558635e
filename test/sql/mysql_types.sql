-- Values of MySQL and MariaDB, in both directions: what is read is what is
-- there, or an error, and a comparison with a parameter gives PostgreSQL's
-- answer, whether or not the engine has such a value.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SET timezone = 'America/New_York';
SET datestyle = 'ISO';
\getenv mariadb FSQ_MARIADB
\set port `cat $FSQ_MARIADB/port`
\! mariadb --no-defaults --default-character-set=utf8mb4 -S $FSQ_MARIADB/socket -u root -e "DROP DATABASE IF EXISTS types; CREATE DATABASE types CHARACTER SET utf8mb4; USE types; SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'; CREATE TABLE v (id int PRIMARY KEY, i1 tinyint, u1 tinyint unsigned, i2 smallint, u2 smallint unsigned, i3 mediumint, i4 int, u4 int unsigned, i8 bigint, u8 bigint unsigned, flag tinyint(1), n decimal(65,30), n2 decimal(10,2), f float, g double, b1 bit(1), b64 bit(64), c char(5), s varchar(20), latin varchar(20) CHARACTER SET latin1, cyr varchar(20) CHARACTER SET cp1251, jp varchar(20) CHARACTER SET sjis, wide varchar(20) CHARACTER SET utf16, three varchar(20) CHARACTER SET utf8mb3, e enum('x','it''s'), st set('a','b'), x text, bi binary(3), vb varbinary(9), d date, dt datetime(6), ds datetime, ts timestamp(6) NULL, ti time(6), y year, js json, u uuid, u16 binary(16), u36 char(36), ip inet6, KEY (latin), KEY (cyr), KEY (wide), KEY (jp), KEY (three), KEY (y))"
\! mariadb --no-defaults --default-character-set=utf8mb4 -S $FSQ_MARIADB/socket -u root types -e "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'; INSERT INTO v VALUES (1, 127, 255, 32767, 65535, 8388607, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 1, 99999999999999999999999999999999999.999999999999999999999999999999, 99999999.99, 3.4028235e38, 1.7976931348623157e308, 1, ~0, 'abc', 'trailing ', 'é', 'привет', '日本', '😀', 'é日', 'it''s', 'a,b', 'x', x'00ff27', x'', '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59', '2038-01-19 03:14:07.999999', '24:00:00', 2155, '{\"a\": 1}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', x'a0eebc999c0b4ef8bb6d6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2001:db8::1'), (2, -128, 0, -32768, 0, -8388608, -2147483648, 0, -9223372036854775808, 9223372036854775808, 0, -99999999999999999999999999999999999.999999999999999999999999999999, -99999999.99, -3.4028235e38, -1.7976931348623157e308, 0, 1 << 63, '', '', 'E', 'ПРИВЕТ', '?', 'a', '?', 'x', '', '', 'a', 'A', '0000-01-01', '0000-01-01', '0001-01-01', '1970-01-01 00:00:01', '00:00:00', 0, 'null', '00000000-0000-0000-0000-000000000000', x'00000000000000000000000000000000', '00000000-0000-0000-0000-000000000000', '::'), (3, 0, 1, 1999, 99, 70, 0, 1, 0, 1, 1, 0.1, 0.10, 0.1, 0.1, 1, 0, 'ABC', 'trailing', '?', '?', 'ﾆﾎﾝ', '?', 'E', NULL, 'b', 'X', x'00', x'5c', '2024-02-29', '2024-02-29 12:00:00.5', '2024-02-29 12:00:01', '2024-02-29 12:00:00.5', '23:59:59.999999', 1999, '[]', NULL, NULL, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12', '10.0.0.1'), (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"

CREATE SERVER mysql_types FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'port', database 'types');
CREATE USER MAPPING FOR CURRENT_USER SERVER mysql_types OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA mysql_types;
SET search_path = mysql_types;
IMPORT FOREIGN SCHEMA types FROM SERVER mysql_types INTO mysql_types
	OPTIONS (import_tinyint1_as_boolean 'true', import_binary16_as_uuid 'true', import_char36_as_uuid 'true');
\d v
\x on
SELECT * FROM v ORDER BY id;
\x off

-- The same rows here.
CREATE TABLE local AS SELECT * FROM v;

-- Every column, every operator, and values of the column, at its limits and
-- beyond them, as parameters of generic plans: the answers are the same.
CREATE TABLE beyond (type regtype, value text);
INSERT INTO beyond VALUES
	('smallint', '99'), ('smallint', '-1'), ('smallint', '32767'), ('integer', '70'), ('bigint', '-9223372036854775808'),
	('numeric', 'NaN'), ('numeric', 'Infinity'), ('numeric', '-Infinity'), ('numeric', '1e200'), ('numeric', '-1e200'), ('numeric', '1e-40'), ('numeric', '-1e-40'),
	('numeric', '0.1000000000000000000000000000000000000'), ('numeric', '0.1000000000000000000000000000000000001'), ('numeric', '0.0999999999999999999999999999999999999'),
	('numeric', '99999999999999999999999999999999999.9999999999999999999999999999999999'), ('numeric', '-99999999999999999999999999999999999.9999999999999999999999999999999999'),
	('numeric', '12345678901234567890123456789012345678901234567890.12345678901234567890'), ('numeric', '18446744073709551615'), ('numeric', '18446744073709551616'),
	('double precision', 'NaN'), ('double precision', 'Infinity'), ('double precision', '-Infinity'), ('double precision', '5e-324'), ('double precision', '-0'),
	('date', 'infinity'), ('date', '-infinity'), ('date', '10000-01-01'), ('date', '0001-01-01 BC'), ('date', '0001-06-01 BC'), ('date', '0002-12-31 BC'), ('date', '4713-01-01 BC'), ('date', '5874897-12-31'),
	('timestamp', 'infinity'), ('timestamp', '-infinity'), ('timestamp', '10000-01-01'), ('timestamp', '0001-01-01 BC'), ('timestamp', '0002-12-31 23:59:59.999999 BC'), ('timestamp', '294276-12-31 23:59:59.999999'), ('timestamp', '2024-02-29 12:00:00.500001'),
	('timestamptz', 'infinity'), ('timestamptz', '-infinity'), ('timestamptz', '10000-01-01 00:00+00'), ('timestamptz', '4714-11-24 00:00:00+00 BC'), ('timestamptz', '0001-01-01 00:00+00'), ('timestamptz', '2024-02-29 07:00:00.5-05'),
	('time', '00:00'), ('time', '24:00:00'), ('time', '12:34:56.000001'), ('boolean', 't'), ('boolean', 'f'),
	('text', ''), ('text', 'e'), ('text', 'É'), ('text', '?'), ('text', '日本'), ('text', '😀'), ('text', 'it''s'), ('text', 'X'), ('text', '\'), ('text', 'a%'),
	('varchar', ''), ('varchar', 'e'), ('varchar', 'é'), ('varchar', 'é '), ('varchar', '?'), ('varchar', '日本'), ('varchar', '😀'), ('varchar', 'привет '), ('varchar', 'Привет'), ('varchar', 'trailing'), ('varchar', 'ﾆﾎﾝ'),
	('bpchar', 'ABC'), ('bpchar', 'abc  '), ('bpchar', ''), ('bytea', '\x'), ('bytea', '\x00'), ('bytea', '\x5c27'),
	('uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'), ('uuid', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
CREATE FUNCTION compare(OUT columns int, OUT comparisons int, OUT sent int, OUT different text[]) LANGUAGE plpgsql AS $$
DECLARE
	c record;
	op text;
	v text;
	here text;
	there text;
	line text;
BEGIN
	comparisons := 0; sent := 0; columns := 0; different := '{}';
	FOR c IN SELECT attname AS name, atttypid::regtype AS type FROM pg_attribute
		WHERE attrelid = 'local'::regclass AND attnum > 1 AND atttypid <> 'json'::regtype ORDER BY attnum LOOP
		columns := columns + 1;
		FOREACH op IN ARRAY ARRAY['%s = $1', '%s <> $1', '%s < $1', '%s <= $1', '%s > $1', '%s >= $1', '$1 < %s', '$1 >= %s', '%s IS DISTINCT FROM $1', '%s IS NOT DISTINCT FROM $1',
			'NULLIF(%s, $1) IS NULL', '%s = ANY ($2)', '%s <> ALL ($2)', '%s IN ($1, $1)', 'COALESCE(%s, $1) = $1', '(%s = $1) IS NOT TRUE', 'NOT (%s < $1)'] LOOP
			FOREACH line IN ARRAY ARRAY['v', 'local'] LOOP
				EXECUTE format('PREPARE %I (%s, %s[]) AS SELECT string_agg(id::text, '','' ORDER BY id) FROM %I WHERE %s AND ($1 IS NULL OR $1 IS NOT NULL) AND ($2 IS NULL OR $2 IS NOT NULL)',
					'p_' || line, c.type, c.type, line, format(op, quote_ident(c.name)));
			END LOOP;
			FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) EXECUTE p_v (NULL, NULL)' LOOP
				IF line ~ 'Remote SQL.*WHERE' THEN sent := sent + 1; EXIT; END IF;
			END LOOP;
			FOR v IN EXECUTE format('SELECT %I::text FROM local UNION SELECT value FROM beyond WHERE type = %L::regtype', c.name, c.type) LOOP
				EXECUTE format('EXECUTE p_local (%L, ARRAY[%L]::%s[])', v, v, c.type) INTO here;
				EXECUTE format('EXECUTE p_v (%L, ARRAY[%L]::%s[])', v, v, c.type) INTO there;
				comparisons := comparisons + 1;
				IF here IS DISTINCT FROM there THEN
					different := different || format('%s with %s: %s instead of %s', format(op, c.name), v, there, here);
				END IF;
			END LOOP;
			DEALLOCATE p_v;
			DEALLOCATE p_local;
		END LOOP;
	END LOOP;
END $$;
SET plan_cache_mode = force_generic_plan;
SELECT * FROM compare();
RESET plan_cache_mode;

-- What is beyond the engine's values decides when the statement is sent.
PREPARE later AS SELECT id FROM v WHERE d < $1 AND n <> ALL ($2) ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE later ('infinity', '{NaN}');
EXECUTE later ('infinity', '{NaN,0.1}');
EXECUTE later ('infinity', '{NaN,Infinity}');
EXECUTE later ('-infinity', '{NaN}');
EXECUTE later ('10000-01-01', '{}');
EXECUTE later (NULL, '{}');
EXECUTE later ('infinity', NULL);
RESET plan_cache_mode;

-- A list of values uses the index of a column in any character set.
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root types -e "INSERT INTO v (id, latin, cyr, jp, wide, three) SELECT seq + 10, CONCAT('x', seq), CONCAT('x', seq), CONCAT('x', seq), CONCAT('x', seq), CONCAT('x', seq) FROM seq_1_to_2000; ANALYZE TABLE v" > /dev/null
CREATE FUNCTION remote_sql(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ 'Remote SQL' THEN RETURN regexp_replace(line, '.*Remote SQL: ', ''); END IF;
	END LOOP;
	RETURN 'none';
END $$;
SELECT remote_sql('SELECT id FROM v WHERE latin IN (''é'', ''日本'')');
SELECT id FROM v WHERE latin IN ('é', '日本', 'x7') ORDER BY id;
SELECT id FROM v WHERE cyr = ANY (ARRAY['привет', 'é', 'x8']) ORDER BY id;
SELECT id FROM v WHERE jp IN ('日本', 'é', 'x9') ORDER BY id;
SELECT id FROM v WHERE wide IN ('😀', 'é', 'x10') ORDER BY id;
SELECT id FROM v WHERE three IN ('é日', '😀', 'x11') ORDER BY id;
-- type of access and index, as the server explains it
SELECT remote_sql('SELECT id FROM v WHERE latin IN (''a'', ''x7'')') AS sql \gset
\setenv SQL :sql
\! mariadb --no-defaults --default-character-set=utf8mb4 -N -S $FSQ_MARIADB/socket -u root types -e "EXPLAIN $SQL" | cut -f4,6
SELECT remote_sql('SELECT id FROM v WHERE cyr IN (''a'', ''x7'')') AS sql \gset
\setenv SQL :sql
\! mariadb --no-defaults --default-character-set=utf8mb4 -N -S $FSQ_MARIADB/socket -u root types -e "EXPLAIN $SQL" | cut -f4,6
SELECT remote_sql('SELECT id FROM v WHERE jp IN (''a'', ''x7'')') AS sql \gset
\setenv SQL :sql
\! mariadb --no-defaults --default-character-set=utf8mb4 -N -S $FSQ_MARIADB/socket -u root types -e "EXPLAIN $SQL" | cut -f4,6
SELECT remote_sql('SELECT id FROM v WHERE wide IN (''a'', ''x7'')') AS sql \gset
\setenv SQL :sql
\! mariadb --no-defaults --default-character-set=utf8mb4 -N -S $FSQ_MARIADB/socket -u root types -e "EXPLAIN $SQL" | cut -f4,6
SELECT remote_sql('SELECT id FROM v WHERE three IN (''a'', ''x7'')') AS sql \gset
\setenv SQL :sql
\! mariadb --no-defaults --default-character-set=utf8mb4 -N -S $FSQ_MARIADB/socket -u root types -e "EXPLAIN $SQL" | cut -f4,6

-- Zero dates, and times that are longer than a day: an error, or what the options say.
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root types -e "SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE z (id int PRIMARY KEY, d date, dt datetime, ts timestamp NULL, ti time(1)); INSERT INTO z VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00', '-838:59:59'), (2, '2024-00-10', '2024-01-00 12:00:00', NULL, '838:59:59.9'), (3, '2024-01-01', '2024-01-01', '2024-01-01', '12:00:00'), (4, '2024-02-30', NULL, NULL, NULL)"
IMPORT FOREIGN SCHEMA types LIMIT TO (z) FROM SERVER mysql_types INTO mysql_types;
SELECT d FROM z WHERE id = 1;
SELECT d FROM z WHERE id = 2;
SELECT dt FROM z WHERE id = 2;
SELECT ti FROM z WHERE id = 1;
SELECT ti FROM z WHERE id = 2;
SELECT id FROM z WHERE d > '2000-01-01' ORDER BY id;
ALTER SERVER mysql_types OPTIONS (ADD zero_dates 'null');
SELECT id, d, dt, ts FROM z WHERE id < 4 ORDER BY id;
SELECT id FROM z WHERE d IS NULL ORDER BY id;
SELECT d FROM z WHERE id = 4;
ALTER FOREIGN TABLE z ALTER ti TYPE interval(1);
SELECT id, ti FROM z ORDER BY id;
SELECT id FROM z WHERE ti > '1 day' ORDER BY id;

DROP SCHEMA mysql_types CASCADE;
DROP SERVER mysql_types CASCADE;
