-- How the values of every type are written, and keys of different types.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_types;
SET search_path = graphql_types;
SET timezone = 'UTC';
CREATE TYPE mood AS ENUM ('fine', 'so-so');
CREATE TYPE point3 AS (x int, y int, label text);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TABLE samples (
	id int PRIMARY KEY,
	t text, v varchar(10), c char(4), n name, b bool,
	i2 smallint, i4 int, i8 bigint, num numeric, f4 real, f8 float8,
	d date, ts timestamp, tz timestamptz, ti time, iv interval,
	u uuid, j json, jb jsonb, by bytea, m mood, p positive, pt point3, ip inet, r int4range,
	ta text[], ia int[], da date[], ma mood[], na numeric[]
);
INSERT INTO samples VALUES
	(1, E'a"b\\c\n\u00e9\U0001F600\u0001', 'v', 'c', 'n', true, -32768, 2147483647, 9007199254740993, 12345678901234567890.10, 0.1, 1e300,
	 '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+02', '01:02:03', '1 day 02:03',
	 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"b": 1,  "a": [null]}', '{"b": 1,  "a": [null]}', '\xdeadbeef', 'so-so', 7, (1, NULL, 'x "y"'), '10.0.0.0/8', '[1,5)',
	 '{a,NULL,"b c"}', '{{1,2},{3,4}}', '{2024-01-01}', '{fine,so-so}', '{1.50,NaN}'),
	(2, '', '', '', '', false, 0, 0, 0, 'NaN', 'NaN', 'Infinity',
	 'infinity', '-infinity', 'infinity', '24:00', '-1 mon', NULL, 'null', '1', '', 'fine', NULL, NULL, NULL, 'empty',
	 '{}', '{}', '{}', '{}', '{}'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -9223372036854775808, 'Infinity', '-0', '-Infinity',
	 '0044-03-15 BC', '10000-01-01', '0001-01-01 BC', NULL, NULL, NULL, '"x"', 'null', NULL, NULL, NULL, NULL, NULL, NULL,
	 NULL, NULL, NULL, NULL, NULL);
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
SELECT fraiseql.graphql('{ samples { id t v c n b i2 i4 i8 num f4 f8 } }');
SELECT fraiseql.graphql('{ samples { d ts tz ti iv u j jb by m p pt ip r } }');
SELECT fraiseql.graphql('{ samples { ta ia da ma na } }');
-- the session's styles change nothing but the time zone
SET datestyle = 'German, DMY';
SET extra_float_digits = 0;
SET timezone = 'America/New_York';
SELECT fraiseql.graphql('{ samples(where: {id: {eq: 1}}) { d ts tz f4 f8 } }');
RESET datestyle;
RESET extra_float_digits;
SET timezone = 'UTC';
-- what is written can be read back
SELECT c, fraiseql.graphql(format('query($w: SampleWhereInput) { samples(where: $w) { id } }'),
	jsonb_build_object('w', jsonb_build_object(c, jsonb_build_object('eq', v)))) #>> '{data,samples,0,id}'
  FROM jsonb_each((fraiseql.graphql('{ samples(where: {id: {eq: 1}}) { id t v n b i2 i4 i8 num f4 f8 d ts tz ti iv u jb by m p ip r ta da ma na } }')::jsonb #> '{data,samples,0}')) x(c, v)
 ORDER BY c;
-- numbers as numbers
SET fraiseql.bigint_as = number;
SET fraiseql.numeric_as = number;
SELECT fraiseql.graphql('{ samples { id i8 num na } }');
RESET fraiseql.bigint_as;
RESET fraiseql.numeric_as;

-- Keys of different types meet.
SET client_min_messages = warning;
CREATE TABLE k_uuid (id uuid PRIMARY KEY, label text);
CREATE TABLE k_text (id int PRIMARY KEY, ref text);
CREATE TABLE k_char (id int PRIMARY KEY, ref char(36));
INSERT INTO k_uuid VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a'), ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22', 'b');
INSERT INTO k_text VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (2, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (3, 'not one'), (4, NULL);
INSERT INTO k_char SELECT * FROM k_text;
CREATE TABLE k_num (id numeric PRIMARY KEY, label text);
CREATE TABLE k_int (id int PRIMARY KEY, ref int);
CREATE TABLE k_big (id int PRIMARY KEY, ref bigint);
INSERT INTO k_num VALUES (1.0, 'one'), (1.5, 'one and a half'), (9007199254740993, 'big'), ('NaN', 'nan');
INSERT INTO k_int VALUES (1, 1), (2, 2);
INSERT INTO k_big VALUES (1, 1), (2, 9007199254740993), (3, 9007199254740992);
CREATE TABLE k_bpchar (code char(5) PRIMARY KEY);
CREATE TABLE k_code (id int PRIMARY KEY, code text);
INSERT INTO k_bpchar VALUES ('ab'), ('abc');
INSERT INTO k_code VALUES (1, 'ab'), (2, 'ab   '), (3, 'AB');
CREATE TABLE k_date (day date PRIMARY KEY);
CREATE TABLE k_event (id int PRIMARY KEY, day date REFERENCES k_date);
INSERT INTO k_date VALUES ('2024-01-01'), ('2024-01-02');
INSERT INTO k_event VALUES (1, '2024-01-02'), (2, NULL);
CREATE TABLE k_pairs (u uuid, n int, PRIMARY KEY (u, n));
CREATE TABLE k_rows (id int PRIMARY KEY, u text, n int);
INSERT INTO k_pairs VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1), ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22', 2);
INSERT INTO k_rows VALUES (1, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 1), (2, 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22', 2), (3, 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a22', 1);
SELECT fraiseql.add_relationship('pair', 'k_rows', '{u, n}', 'k_pairs', '{u, n}', NULL, 'rows');
SELECT fraiseql.add_relationship('u', 'k_text', '{ref}', 'k_uuid', '{id}', NULL, 'texts'),
	fraiseql.add_relationship('u', 'k_char', '{ref}', 'k_uuid', '{id}', NULL, 'chars'),
	fraiseql.add_relationship('n', 'k_int', '{ref}', 'k_num', '{id}', NULL, 'ints'),
	fraiseql.add_relationship('n', 'k_big', '{ref}', 'k_num', '{id}', NULL, 'bigs'),
	fraiseql.add_relationship('i', 'k_big', '{ref}', 'k_int', '{id}', NULL, 'bigs'),
	fraiseql.add_relationship('c', 'k_code', '{code}', 'k_bpchar', '{code}', NULL, 'codes');
RESET client_min_messages;
-- uuid and text, in upper or lower case, both ways
SELECT fraiseql.graphql('{ kTexts { id u { label } } kChars { id u { label } } }');
SELECT fraiseql.graphql('{ kUuids { label texts { id } chars { id } } }');
SELECT fraiseql.graphql('{ kUuids { label texts(limit: 1, orderBy: [{id: DESC}]) { id } chars(limit: 5) { id } } }');
SELECT fraiseql.graphql('{ kTexts(where: {u: {label: {eq: "a"}}}) { id } kUuids(where: {texts: {some: {}}, chars: {some: {id: {eq: 2}}}}) { label } }');
-- with another column beside it
SELECT fraiseql.graphql('{ kPairs { n rows { id } rowsAggregate { count } one: rows(limit: 1) { id } } kRows { id pair { n } } }');
-- numbers by value; what a type cannot hold has no row
SELECT fraiseql.graphql('{ kInts { ref n { label } } kBigs { ref n { label } i { id } } }');
SELECT fraiseql.graphql('{ kNums { id ints { id } bigs { id ref } } kInts { id bigs { ref } } }');
SELECT fraiseql.graphql('{ kNums(where: {bigs: {some: {}}}) { label } kBigs(where: {i: {}}) { id } }');
-- integers one after the other, until one is not: twice, with gaps, from above, over the end of the type
CREATE TABLE k_key (id bigint PRIMARY KEY);
INSERT INTO k_key SELECT i FROM generate_series(9, 14) i WHERE i <> 12 UNION ALL VALUES (9223372036854775807), (-9223372036854775808), (-9223372036854775807);
CREATE TABLE k_place (place int PRIMARY KEY, ref bigint);
INSERT INTO k_place (ref, place) SELECT * FROM unnest('{10,11,12,11,13,NULL,14,15,99,14,9,9223372036854775806,9223372036854775807,-9223372036854775808,-9223372036854775807,10}'::bigint[]) WITH ORDINALITY x(ref, place);
SELECT fraiseql.add_relationship('k', 'k_place', '{ref}', 'k_key', '{id}', NULL, 'places') IS NOT NULL AS added;
CREATE TEMP VIEW k_answers AS SELECT first, last, (SELECT jsonb_agg(jsonb_build_object('ref', ref::text, 'k', (SELECT jsonb_build_object('id', id::text) FROM k_key WHERE id = ref)) ORDER BY place) FROM k_place WHERE place BETWEEN first AND last) AS expected,
	fraiseql.graphql('query ($first: ID, $last: ID) { kPlaces(where: {place: {gte: $first, lte: $last}}, orderBy: [{place: ASC}]) { ref k { id } } }', jsonb_build_object('first', first, 'last', last))::jsonb #> '{data,kPlaces}' AS answer
  FROM generate_series(1, 16) first, generate_series(first, 16) last;
SELECT count(*), count(*) FILTER (WHERE answer IS DISTINCT FROM expected) AS differ FROM k_answers;
SELECT fraiseql.graphql('{ kKeys(orderBy: [{id: ASC}]) { id places(orderBy: [{place: ASC}]) { place } } }');
-- character(n) and text: blanks at the end are not part of character(n)
SELECT fraiseql.graphql('{ kCodes { id c { code } } kBpchars { code codes { id } two: codes(limit: 2) { id } } }');
-- a type without any special treatment
SELECT fraiseql.graphql('{ kEvents { id kDate { day } } kDates { day kEvents { id } one: kEvents(limit: 1) { id } } }');

-- what JSON escapes, and what it does not, in texts of 1 to 20 characters at each of their places
CREATE TABLE k_place_text (id int PRIMARY KEY, t text NOT NULL);
INSERT INTO k_place_text SELECT row_number() OVER (), overlay(repeat('x', length) PLACING c FROM place FOR 1)
  FROM generate_series(1, 20) length, generate_series(1, length) place, unnest(ARRAY['"', '\', '/', ' ', E'\x01', E'\x1f', E'\n', E'\t', E'\x7f', 'é', '!', '#', '[', ']']) c;
SELECT count(*), count(*) FILTER (WHERE row -> 't' #>> '{}' IS DISTINCT FROM t OR (row -> 't')::text IS DISTINCT FROM to_json(t)::text) AS differ
  FROM json_array_elements(fraiseql.graphql('{ kPlaceTexts(orderBy: [{id: ASC}]) { id t } }') #> '{data,kPlaceTexts}') row
  FULL JOIN k_place_text ON (row ->> 'id')::int = id;

SET client_min_messages = warning;
\o /dev/null
SELECT fraiseql.drop_relationship(source, field) FROM fraiseql.relationships WHERE origin = 'added' AND source::text LIKE 'k\_%' AND field IN ('u', 'n', 'i', 'c', 'k', 'pair');
\o
DROP SCHEMA graphql_types CASCADE;
