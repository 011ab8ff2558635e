-- Filters of arrays, JSON, ranges, networks and text search: each finds what its
-- SQL finds, in a table of the hub and in one of another server.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_filter;
SET search_path = graphql_filter;
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TYPE moodrange AS RANGE (subtype = mood);
CREATE TABLE things (
	id int PRIMARY KEY,
	numbers int[], words text[], moods mood[], keys uuid[],
	doc jsonb, raw json,
	ints int4range, times tstzrange, days datemultirange, prices numrange, feelings moodrange,
	ip inet, net cidr, mac macaddr,
	body tsvector);
INSERT INTO things VALUES
	(1, '{1,2,3}', '{a,b}', '{sad}', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', '{"a": 1, "b": {"c": [1, 2]}}', '{"a": 1}',
	 '[1,5)', '[2024-01-01,2024-02-01)', '{[2024-01-01,2024-01-05),[2024-03-01,2024-03-02)}', '[1.5,2.5]', '[sad,sad]',
	 '10.1.2.3', '10.0.0.0/8', '08:00:2b:01:02:03', to_tsvector('english', 'The fat cats sat on a mat')),
	(2, '{}', '{NULL}', '{}', '{}', '["a", "b"]', '[1]', 'empty', '(,)', '{}', '(,0)', '(,)',
	 '2001:db8::1', 'fc00::/7', NULL, to_tsvector('english', 'A cat and a dog')),
	(3, '{3,NULL}', '{a}', '{sad,fine}', NULL, '{"a": "1", "d": null}', '{"a": "1"}', '[5,)', '[2024-02-01,)', NULL, '[3,4)', '[fine,fine]',
	 '127.0.0.1/32', '192.168.1.0/24', '08:00:2b:01:02:04', to_tsvector('simple', 'the fat cats')),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, '{7,8}', '{"o''b","%"}', '{fine,fine}', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,00000000-0000-0000-0000-000000000000}', '5', 'null',
	 '[-3,1)', '[2023-01-01,2023-06-01]', '{[2023-01-01,)}', '[2.5,2.5]', '[sad,fine]',
	 '100.64.1.1', '224.0.0.0/4', '00:00:00:00:00:00', to_tsvector('english', 'dogs chasing cats'));
SELECT current_database() AS db, current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER graphql_filter FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host :'dir', port :'port', database :'db');
CREATE USER MAPPING FOR CURRENT_USER SERVER graphql_filter;
CREATE SCHEMA graphql_filter_far;
IMPORT FOREIGN SCHEMA graphql_filter LIMIT TO (things) FROM SERVER graphql_filter INTO graphql_filter_far;
ALTER FOREIGN TABLE graphql_filter_far.things OPTIONS (ADD table_name 'things');
ALTER FOREIGN TABLE graphql_filter_far.things RENAME TO far_things;
SET search_path = graphql_filter, graphql_filter_far;
-- what a filter finds, and whether that is what the condition finds, here and there
CREATE FUNCTION found(field text, where_ text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r jsonb := fraiseql.graphql('{ ' || field || '(where: ' || where_ || ', orderBy: [{id: ASC}]) { id } }');
BEGIN
	RETURN coalesce(r #>> '{errors,0,message}',
		(SELECT coalesce(string_agg(x ->> 'id', ' '), '-') FROM jsonb_array_elements(r #> ARRAY['data', field]) x));
END $$;
CREATE FUNCTION expected(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r text;
BEGIN
	EXECUTE 'SELECT coalesce(string_agg(id::text, '' '' ORDER BY id), ''-'') FROM graphql_filter.things WHERE ' || condition INTO r;
	RETURN r;
END $$;
CREATE FUNCTION compared(VARIADIC pairs text[]) RETURNS TABLE (filter text, ids text, same boolean) LANGUAGE sql AS $$
	SELECT pairs[i], found('things', pairs[i]),
		found('things', pairs[i]) = expected(pairs[i + 1]) AND found('farThings', pairs[i]) = expected(pairs[i + 1])
	  FROM generate_series(1, array_length(pairs, 1), 2) i
$$;
RESET client_min_messages;

SELECT * FROM compared(
	'{numbers: {has: 3}}', '3 = ANY (numbers)',
	'{numbers: {has: 4}}', '4 = ANY (numbers)',
	'{_not: {numbers: {has: 3}}}', 'NOT 3 = ANY (numbers)',
	'{numbers: {contains: [1, 3]}}', 'numbers @> ''{1,3}''',
	'{numbers: {contains: []}}', 'numbers @> ''{}''',
	'{numbers: {contained_by: [7, 8, 9]}}', 'numbers <@ ''{7,8,9}''',
	'{numbers: {overlaps: [2, 7]}}', 'numbers && ''{2,7}''',
	'{numbers: {eq: [3, null]}}', 'numbers = ''{3,NULL}''',
	'{numbers: {neq: [3, null]}}', 'numbers <> ''{3,NULL}''',
	'{numbers: {len_eq: 0}}', 'cardinality(numbers) = 0',
	'{numbers: {len_neq: 2}}', 'cardinality(numbers) <> 2',
	'{numbers: {len_gt: 1, len_lt: 3}}', 'cardinality(numbers) = 2',
	'{numbers: {len_gte: 2}}', 'cardinality(numbers) >= 2',
	'{numbers: {len_lte: 2}}', 'cardinality(numbers) <= 2',
	'{words: {has: "o''b"}}', '''o''''b'' = ANY (words)',
	'{words: {has: "%"}}', '''%'' = ANY (words)',
	'{words: {overlaps: ["a", "%"]}}', 'words && ''{a,%}''',
	'{moods: {has: FINE}}', '''fine'' = ANY (moods)',
	'{moods: {contains: [SAD, FINE]}}', 'moods @> ''{sad,fine}''',
	'{keys: {has: "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}}', '''a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'' = ANY (keys)',
	'{numbers: {isnull: true}}', 'numbers IS NULL');

SELECT * FROM compared(
	'{doc: {eq: {a: 1, b: {c: [1, 2]}}}}', 'doc = ''{"a": 1, "b": {"c": [1, 2]}}''',
	'{doc: {contains: {a: 1}}}', 'doc @> ''{"a": 1}''',
	'{doc: {contains: "a"}}', 'doc @> ''"a"''',
	'{doc: {contained_by: ["a", "b", "c"]}}', 'doc <@ ''["a", "b", "c"]''',
	'{doc: {has_key: "d"}}', 'doc ? ''d''',
	'{doc: {has_any_keys: ["d", "b"]}}', 'doc ?| ''{d,b}''',
	'{doc: {has_all_keys: ["a", "b"]}}', 'doc ?& ''{a,b}''',
	'{doc: {path: {path: "$.a", eq: 1}}}', 'doc -> ''a'' = ''1''',
	'{doc: {path: {path: "$.a", eq: "1"}}}', 'doc -> ''a'' = ''"1"''',
	'{doc: {path: {path: "$.b.c[*]", gt: 0, lte: 1}}}', 'doc #> ''{b,c,0}'' = ''1''',
	'{doc: {path: {path: "$.a", lt: 2}}}', 'jsonb_typeof(doc -> ''a'') = ''number'' AND doc -> ''a'' < ''2''',
	'{doc: {path: {path: "$.d", isnull: true}}}', 'doc #> ''{d}'' IS NULL OR doc -> ''d'' = ''null''',
	'{doc: {path: {path: "$.a", isnull: false}}}', 'doc ->> ''a'' IS NOT NULL',
	'{raw: {contains: {a: 1}}}', 'raw::jsonb @> ''{"a": 1}''',
	'{raw: {path: {path: "$.a", gte: "1"}}}', 'raw ->> ''a'' = ''1'' AND json_typeof(raw -> ''a'') = ''string''',
	'{raw: {isnull: true}}', 'raw IS NULL');

SELECT * FROM compared(
	'{ints: {contains: 4}}', 'ints @> 4',
	'{ints: {contains_range: "[1,3)"}}', 'ints @> int4range(1, 3)',
	'{ints: {contains_range: "empty"}}', 'ints @> ''empty''::int4range',
	'{ints: {contained_by: "[-9,5)"}}', 'ints <@ int4range(-9, 5)',
	'{ints: {overlaps: "[4,6]"}}', 'ints && int4range(4, 7)',
	'{ints: {adjacent: "[5,6)"}}', 'ints -|- int4range(5, 6)',
	'{ints: {strictly_left: "[5,6)"}}', 'ints << int4range(5, 6)',
	'{ints: {strictly_right: "[0,1)"}}', 'ints >> int4range(0, 1)',
	'{ints: {not_left: "[1,2)"}}', 'ints &> int4range(1, 2)',
	'{ints: {not_right: "[1,5)"}}', 'ints &< int4range(1, 5)',
	'{ints: {eq: "[1,4]"}}', 'ints = int4range(1, 5)',
	'{ints: {neq: "[1,4]"}}', 'ints <> int4range(1, 5)',
	'{ints: {gt: "[1,2)", lte: "[5,)"}}', 'ints > int4range(1, 2) AND ints <= int4range(5, NULL)',
	'{ints: {in: ["[1,4]", "empty"]}}', 'ints IN (int4range(1, 5), ''empty'')',
	'{ints: {nin: ["[1,4]", "empty"]}}', 'ints NOT IN (int4range(1, 5), ''empty'')',
	'{ints: {isempty: true}}', 'isempty(ints)',
	'{ints: {isempty: false, contains: 0}}', 'NOT isempty(ints) AND ints @> 0',
	'{times: {contains: "2024-01-15T12:00:00+02:00"}}', 'times @> timestamptz ''2024-01-15 12:00+02''',
	'{times: {overlaps: "[2024-01-31,2024-03-01)"}}', 'times && ''[2024-01-31,2024-03-01)''',
	'{days: {contains: "2024-03-01"}}', 'days @> date ''2024-03-01''',
	'{days: {overlaps: "{[2024-01-04,2024-01-10)}"}}', 'days && ''{[2024-01-04,2024-01-10)}''::datemultirange',
	'{days: {adjacent: "{[2024-01-05,2024-01-06)}"}}', 'days -|- ''{[2024-01-05,2024-01-06)}''::datemultirange',
	'{prices: {contains: "2.50"}}', 'prices @> 2.5',
	'{prices: {contains: 2.5}}', 'prices @> 2.5',
	'{feelings: {contains: FINE}}', 'feelings @> ''fine''::graphql_filter.mood',
	'{ints: {isnull: true}}', 'ints IS NULL');

SELECT * FROM compared(
	'{ip: {in_subnet: "10.0.0.0/8"}}', 'ip <<= ''10.0.0.0/8''',
	'{ip: {in_subnet: "10.1.2.3"}}', 'ip <<= ''10.1.2.3''',
	'{net: {contains_ip: "10.9.9.9"}}', 'net >>= ''10.9.9.9''',
	'{net: {contains_subnet: "192.168.1.128/25"}}', 'net >>= ''192.168.1.128/25''',
	'{net: {overlaps: "10.0.0.0/7"}}', 'net && ''10.0.0.0/7''',
	'{ip: {is_ipv4: true}}', 'family(ip) = 4',
	'{ip: {is_ipv4: false}}', 'family(ip) = 6',
	'{ip: {is_ipv6: true}}', 'family(ip) = 6',
	'{ip: {is_private: true}}', 'ip << ''10.0.0.0/8''',
	'{ip: {is_private: false}}', 'ip IS NOT NULL AND NOT ip << ''10.0.0.0/8''',
	'{net: {is_private: true}}', 'id IN (1, 2, 3)',
	'{ip: {is_loopback: true}}', 'ip = ''127.0.0.1''',
	'{net: {is_multicast: true}}', 'id = 5',
	'{ip: {is_link_local: true}}', 'false',
	'{ip: {is_documentation: true}}', 'id = 2',
	'{ip: {is_carrier_grade: true}}', 'id = 5',
	'{ip: {gt: "100.0.0.0", lt: "128.0.0.0"}}', 'ip > ''100.0.0.0'' AND ip < ''128.0.0.0''',
	'{ip: {in: ["10.1.2.3", "127.0.0.1"]}}', 'ip IN (''10.1.2.3'', ''127.0.0.1'')',
	'{mac: {gte: "08:00:2b:01:02:03"}}', 'mac >= ''08:00:2b:01:02:03''');

SET default_text_search_config = 'english';
SELECT * FROM compared(
	'{body: {matches: "cats"}}', 'body @@ websearch_to_tsquery(''cats'')',
	'{body: {matches: "cats", config: "simple"}}', 'body @@ websearch_to_tsquery(''simple'', ''cats'')',
	'{body: {matches: "cat -dog"}}', 'body @@ websearch_to_tsquery(''cat -dog'')',
	'{body: {matches: "\"fat cats\" or dog"}}', 'body @@ websearch_to_tsquery(''"fat cats" or dog'')',
	'{body: {plain_query: "fat mats"}}', 'body @@ plainto_tsquery(''fat mats'')',
	'{body: {phrase_query: "the fat cats", config: "pg_catalog.simple"}}', 'body @@ phraseto_tsquery(''simple'', ''the fat cats'')',
	'{body: {matches: "cat", plain_query: "chase"}}', 'id = 5',
	'{_not: {body: {matches: "cat"}}}', 'NOT body @@ websearch_to_tsquery(''cat'')',
	'{body: {isnull: true}}', 'body IS NULL',
	'{body: {}}', 'true');

-- values come from variables, too, and mean nothing but themselves
SELECT fraiseql.graphql('query($w: ThingWhereInput) { things(where: $w, orderBy: [{id: ASC}]) { id } }', jsonb_build_object('w', w::jsonb))
  FROM unnest(ARRAY['{"numbers": {"has": 3, "len_gt": 2}}', '{"ints": {"contains": 4, "isempty": false}}', '{"ip": {"is_private": true}}',
	'{"ip": {"is_private": false}}', '{"body": {"matches": "dog", "config": "english"}}', '{"words": {"has": "'') OR true --"}}',
	'{"body": {"matches": "'') OR true --"}}', '{"ints": {"overlaps": "[1,2)'' OR true --"}}', '{"ip": {"in_subnet": "10.0.0.0/8'' OR true"}}',
	'{"body": {"matches": "dog", "config": "english'' OR true --"}}']) w;

-- what is wrong is said
SELECT w, found('things', w) FROM unnest(ARRAY[
	'{numbers: {has: null}}', '{numbers: {has: "x"}}', '{numbers: {containedBy: [1]}}', '{ints: {contains: "[1,2)"}}',
	'{ints: {overlaps: "1-2"}}', '{ints: {has: 1}}', '{ip: {in_subnet: "10.0.0.0/40"}}', '{ip: {is_private: null}}',
	'{body: {eq: "cat"}}', '{body: {matches: null}}', '{body: {config: "english"}}', '{body: {matches: "cat", config: "klingon"}}',
	'{doc: {path: {eq: 1}}}', '{doc: {path: {path: "a b"}}}', '{numbers: {len_eq: "2"}}']) w;

-- one index may serve each of them
CREATE INDEX ON things USING gin (numbers);
CREATE INDEX ON things USING gin (body);
CREATE INDEX ON things USING gist (ints);
SELECT regexp_split_to_table(fraiseql.explain('{ things(where: {numbers: {contains: [1], has: 2, len_gt: 1}, body: {matches: "cat", config: "english"}, ints: {contains: 1}, ip: {is_ipv4: true, in_subnet: "10.0.0.0/8"}}) { id } }', costs => false), E'\n');

SET client_min_messages = warning;
DROP SCHEMA graphql_filter_far CASCADE;
DROP SERVER graphql_filter CASCADE;
DROP SCHEMA graphql_filter CASCADE;
