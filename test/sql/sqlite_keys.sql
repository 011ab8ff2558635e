-- One key is sent to SQLite as itself, more as a list: both find what is found
-- here, by whatever affinity, collation and index a column has.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
CREATE SCHEMA sqlite_keys;
SET search_path = sqlite_keys;

-- integers (of REAL, those that a double holds), and text; each with an index and without
\! n() { for i in '' _indexed; do echo "CREATE TABLE $1$i (id INTEGER PRIMARY KEY, k $2); INSERT INTO $1$i (k) VALUES (NULL), (0), (1), (-1), (5), (5.0), (5), (9007199254740992), (9007199254740992.0), (-9007199254740992)$3;"; done; echo "CREATE INDEX $1_k ON $1_indexed (k);"; }; t() { for i in '' _indexed; do echo "CREATE TABLE $1$i (id INTEGER PRIMARY KEY, k $2); INSERT INTO $1$i (k) VALUES (NULL), (''), ('a'), ('A'), ('a '), (' a'), ('a  '), ('é'), ('É'), ('e' || char(769)), ('5'), ('05'), ('5.0'), ('''\"\\'), ('x' || char(10) || 'y'), (char(1)), ('日'), ('😀')$3;"; done; echo "CREATE INDEX $1_k ON $1_indexed (k);"; }; L=', (9007199254740993), (-9007199254740993), (9223372036854775807), (-9223372036854775808)'; { n int_integer INTEGER "$L"; n int_numeric NUMERIC "$L"; n int_real REAL; n int_blob BLOB "$L, ('5'), ('-1')"; n int_none '' "$L, ('5'), ('-1')"; n int_nocase 'INTEGER COLLATE NOCASE' "$L"; t text_binary TEXT; t text_nocase 'TEXT COLLATE NOCASE'; t text_rtrim 'VARCHAR(10) COLLATE RTRIM'; t text_blob BLOB ', (5), (-5)'; t text_none 'COLLATE NOCASE' ', (5), (-5)'; echo "CREATE TABLE strict (id INTEGER PRIMARY KEY, k INTEGER) STRICT; INSERT INTO strict (k) VALUES (5), (NULL), (6); CREATE TABLE keyed (k TEXT PRIMARY KEY COLLATE NOCASE, id INTEGER) WITHOUT ROWID; INSERT INTO keyed VALUES ('a', 1), ('B', 2), ('5', 3)"; } | sqlite3 $DIR/keys.db; sqlite3 -cmd 'PRAGMA encoding = "UTF-16le"' $DIR/utf16.db "CREATE TABLE utf16 (id INTEGER PRIMARY KEY, k TEXT); INSERT INTO utf16 (k) VALUES ('a'), ('é'), ('😀')"
\set path :dir '/keys.db'
CREATE SERVER sqlite_keys FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
\set path :dir '/utf16.db'
CREATE SERVER sqlite_keys_utf16 FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'path');
DO $$
DECLARE
	name text;
	kind text;
BEGIN
	FOREACH name IN ARRAY '{int_integer,int_numeric,int_real,int_blob,int_none,int_nocase,text_binary,text_nocase,text_rtrim,text_blob,text_none}'::text[] LOOP
		kind := CASE WHEN name LIKE 'int%' THEN 'bigint' ELSE 'text COLLATE "C"' END;
		EXECUTE format('CREATE FOREIGN TABLE %I (id int, k %s) SERVER sqlite_keys', name, kind);
		EXECUTE format('CREATE FOREIGN TABLE %I (id int, k %s) SERVER sqlite_keys', name || '_indexed', kind);
	END LOOP;
END $$;
CREATE FOREIGN TABLE strict (id int, k int) SERVER sqlite_keys;
CREATE FOREIGN TABLE keyed (id int, k varchar COLLATE "C") SERVER sqlite_keys;
CREATE FOREIGN TABLE utf16 (id int, k text COLLATE "C") SERVER sqlite_keys_utf16;

-- What a query finds for an array of keys, with and without pushdown.
CREATE FUNCTION found(query text, keys anyarray, setting text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('fraiseql.pushdown', setting, true);
	EXECUTE query INTO result USING keys;
	RETURN result;
END $$;

-- How many questions of one key each a table was asked, how many rows it had for
-- them, and for how many of them three ways to ask do not agree.
CREATE FUNCTION compare(t text, keys anyarray, OUT questions int, OUT rows int, OUT differences int) LANGUAGE plpgsql AS $$
DECLARE
	n int;
	condition text;
	query text;
	answer text;
BEGIN
	questions := 0;
	rows := 0;
	differences := 0;
	FOR n IN 1 .. array_length(keys, 1) LOOP
		FOREACH condition IN ARRAY '{k = ANY ($1),k <> ALL ($1),id > 2 AND k = ANY ($1)}'::text[] LOOP
			query := format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM %I WHERE %s', t, condition);
			answer := found(query, keys[n:n], 'on');
			questions := questions + 1;
			IF condition NOT LIKE '%<>%' THEN
				rows := rows + coalesce(array_length(string_to_array(answer, ' '), 1), 0);
			END IF;
			IF answer IS DISTINCT FROM found(query, keys[n:n], 'off') OR
				answer IS DISTINCT FROM found(query, keys[n:n] || keys[n:n], 'on') THEN
				RAISE WARNING '% %: %', query, keys[n], answer;
				differences := differences + 1;
			END IF;
		END LOOP;
	END LOOP;
	PERFORM set_config('fraiseql.pushdown', 'on', true);
END $$;
SELECT t, c.* FROM unnest('{int_integer,int_numeric,int_real,int_blob,int_none,int_nocase}'::text[]) t, unnest('{"",_indexed}'::text[]) i,
	compare(t || i, '{0,1,-1,5,7,9007199254740991,9007199254740992,9007199254740993,-9007199254740992,-9007199254740993,9223372036854775807,-9223372036854775808}'::bigint[]) c;
SELECT t, c.* FROM unnest('{int_integer,int_blob,int_real}'::text[]) t, compare(t, '{0,5,-1,7,32767}'::smallint[]) c;
SELECT t, c.* FROM unnest('{text_binary,text_nocase,text_rtrim,text_blob,text_none}'::text[]) t, unnest('{"",_indexed}'::text[]) i,
	compare(t || i, ARRAY['', 'a', 'A', 'a ', ' a', 'a  ', 'é', 'É', E'e\u0301', '5', '05', '5.0', '-5', E'''"\\', E'x\ny', E'\x01', '日', '😀', 'none']) c;
SELECT compare('strict', '{5,6,7}'::int[]), compare('keyed', '{a,A,b,B,5,05}'::varchar[]), compare('utf16', '{a,é,😀,É}'::text[]);

-- What was sent, where the one key stands alone and where it does not.
SET fraiseql.pushdown = on;
SELECT fraiseql.stats_reset('sqlite_keys');
PREPARE int_keys(bigint[]) AS SELECT id FROM int_integer WHERE k = ANY ($1) ORDER BY id;
PREPARE real_keys(bigint[]) AS SELECT id FROM int_real WHERE k = ANY ($1) ORDER BY id;
PREPARE text_keys(text[]) AS SELECT id FROM text_nocase WHERE k = ANY ($1) ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXECUTE int_keys('{5}');
EXECUTE int_keys('{1,0}');
EXECUTE int_keys('{5}');
EXECUTE int_keys('{}');
EXECUTE int_keys(NULL);
EXECUTE int_keys('{NULL}');
EXECUTE int_keys('{NULL,1}');
EXECUTE int_keys('[7:7]={1}');
EXECUTE int_keys('{{1}}');
EXECUTE real_keys('{1}');
EXECUTE text_keys('{A}');
EXECUTE text_keys('{A,a}');
RESET plan_cache_mode;
\pset format unaligned
SELECT query, calls, rows FROM fraiseql.statements WHERE server = 'sqlite_keys' AND query LIKE 'SELECT%' ORDER BY query COLLATE "C";
\pset format aligned

-- A scan that is run again, for more keys than before, and for fewer.
CREATE TABLE asked (id int PRIMARY KEY, keys bigint[]);
INSERT INTO asked VALUES (1, '{5}'), (2, '{1}'), (3, '{0,5}'), (4, '{5}'), (5, NULL), (6, '{-1}'), (7, '{}'), (8, '{NULL}'), (9, '{5,NULL}'), (10, '{1}');
SELECT id, keys, found FROM asked, LATERAL (SELECT array_agg(t.id ORDER BY t.id) AS found FROM int_integer t WHERE t.k = ANY (keys) OFFSET 0) q ORDER BY id;
SELECT count(*), sum(found) FROM generate_series(1, 2000) g,
	LATERAL (SELECT count(*) AS found FROM int_integer_indexed t WHERE t.k = ANY (CASE WHEN g % 2 = 0 THEN ARRAY[1::bigint] ELSE ARRAY[g, 1] END) OFFSET 0) q;

DROP SCHEMA sqlite_keys CASCADE;
DROP SERVER sqlite_keys, sqlite_keys_utf16;
\! rm -r $DIR
