-- Cursors and node ids that somebody made up, with a checksum that is right: an error that says what is wrong, or rows that the role may read.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_forged;
SET search_path = graphql_forged;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set forged_db :dir '/forged.db'
\! sqlite3 $DIR/forged.db "CREATE TABLE remotes (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO remotes VALUES (1, 'title 1'), (2, 'title 2'), (3, 'title 3'), (4, NULL)"
CREATE SERVER graphql_forged FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'forged_db');
IMPORT FOREIGN SCHEMA main FROM SERVER graphql_forged INTO graphql_forged;
CREATE ROLE regress_forger;
GRANT USAGE ON SCHEMA graphql_forged TO PUBLIC;

-- what every cursor has: a kind, a checksum, a subject and values (src/plan/token.c)
CREATE FUNCTION checksum(bytea) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'hashvarlena';
CREATE FUNCTION varint(n int) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE result bytea = '';
BEGIN
	WHILE n >= 128 LOOP
		result := result || set_byte('\x00', 0, n % 128 + 128);
		n := n / 128;
	END LOOP;
	RETURN result || set_byte('\x00', 0, n);
END $$;
CREATE FUNCTION token(kind text, body bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT rtrim(translate(encode(kind::bytea || substr(int4send(c), 4, 1) || substr(int4send(c), 3, 1) || substr(int4send(c), 2, 1) || substr(int4send(c), 1, 1) || body, 'base64'), E'+/\n', '-_'), '=')
	FROM checksum(body) c $$;
CREATE FUNCTION forged(kind text, subject bytea, VARIADIC vals bytea[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT token(kind, varint(length(subject)) || subject || coalesce((SELECT string_agg(CASE WHEN v IS NULL THEN '\x00' ELSE varint(length(v) + 1) || v END, '' ORDER BY i) FROM unnest(vals) WITH ORDINALITY u (v, i)), '')) $$;
-- the subject of a cursor that was given: the first nine bytes behind kind and checksum are its length and itself
CREATE FUNCTION subject(c text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT substr(decode(translate(c, '-_', '+/') || repeat('=', (4 - length(c) % 4) % 4), 'base64'), 7, 8) $$;

CREATE TABLE items (id int PRIMARY KEY, owner text NOT NULL, title text, rank float8, at timestamptz, code uuid, mood numeric, cash money, tags text[], secret text);
INSERT INTO items SELECT i, CASE WHEN i % 2 = 0 THEN 'regress_forger' ELSE 'postgres' END, 'title ' || i, i, '2024-01-01'::timestamptz + i * interval '1 day', md5(i::text)::uuid, i, i, array[i::text], 'secret ' || i FROM generate_series(1, 8) i;
CREATE TABLE others (LIKE items INCLUDING ALL);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON items USING (owner = current_user);
GRANT SELECT (id, owner, title, rank, at, code, mood, cash, tags) ON items TO PUBLIC;
GRANT SELECT ON others, remotes TO PUBLIC;

CREATE FUNCTION page(c text, orders text DEFAULT '', direction text DEFAULT 'after', list text DEFAULT 'items') RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(fraiseql.graphql(format('query($c: Cursor) { %sConnection(%s: $c, orderBy: [%s]) { nodes { id } totalCount } }', list, direction, orders), json_build_object('c', c)::jsonb)::text, ',"locations".*', '') $$;
-- the subject of cursors of an order
CREATE FUNCTION subject_of(orders text, list text DEFAULT 'items') RETURNS bytea LANGUAGE sql AS $$
	SELECT subject(fraiseql.graphql(format('{ %sConnection(orderBy: [%s]) { pageInfo { endCursor } } }', list, orders)) #>> ARRAY['data', list || 'Connection', 'pageInfo', 'endCursor']) $$;
INSERT INTO others SELECT * FROM items;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
SET ROLE regress_forger;
SELECT subject_of('') AS by_id, subject_of('{title: ASC}') AS by_title, subject_of('{title: ASC}', 'others') AS others_by_title \gset

-- they are made as those that are given
SELECT forged('c', :'by_title', 'title 4', '4') = fraiseql.graphql('{ itemsConnection(orderBy: [{title: ASC}], first: 2) { pageInfo { endCursor } } }') #>> '{data,itemsConnection,pageInfo,endCursor}';
SELECT page(forged('c', :'by_title', 'title 4', '4'), '{title: ASC}');

-- the place of a row that is not there, or that is hidden, is a place as any other
SELECT page(forged('c', :'by_title', 'title 3', '3'), '{title: ASC}'), page(forged('c', :'by_title', '', '-2147483648'), '{title: ASC}');
SELECT page(forged('c', :'by_title', 'zzz', '1'), '{title: ASC}'), page(forged('c', :'by_title', 'zzz', '1'), '{title: ASC}', 'before');
SELECT page(forged('c', :'by_title', NULL, '1'), '{title: ASC}'), page(forged('c', :'by_title', NULL, NULL), '{title: ASC}', 'before');

-- too few and too many values
SELECT page(forged('c', :'by_title', VARIADIC '{}'), '{title: ASC}');
SELECT page(forged('c', :'by_title', 'title 4'), '{title: ASC}');
SELECT page(forged('c', :'by_title', 'title 4', '4', '4'), '{title: ASC}');
SELECT page(forged('c', :'by_title', VARIADIC array_fill('x'::bytea, ARRAY[100000])), '{title: ASC}');

-- of another table, of another order, of nothing, and a node's id
SELECT page(forged('c', :'others_by_title', 'title 4', '4'), '{title: ASC}');
SELECT page(forged('c', :'by_title', 'title 4', '4'), '{title: DESC}');
SELECT page(forged('c', :'by_title', 'title 4', '4'), '{owner: ASC}');
SELECT page(forged('c', '', 'title 4', '4'), '{title: ASC}');
SELECT page(forged('c', :'by_title'::bytea || '\x00'::bytea, 'title 4', '4'), '{title: ASC}');
SELECT page(forged('c', repeat('x', 1000000)::bytea, 'title 4', '4'), '{title: ASC}');
SELECT page(forged('n', :'by_title', 'title 4', '4'), '{title: ASC}');
SELECT page(fraiseql.graphql('{ items(first: 1) { nodeId } }') #>> '{data,items,0,nodeId}', '{title: ASC}');

-- values of another type, and out of its range
SELECT v, page(forged('c', :'by_id', v::bytea)) FROM unnest('{"",abc,4.5,0x4,+4," 4","4 ",2147483648,-99999999999999999999999,"4; DROP TABLE items"}'::text[]) v;
SELECT o, v, page(forged('c', subject_of('{' || o || ': ASC}'), v::bytea, '1'), '{' || o || ': ASC}') FROM (VALUES
	('rank', 'NaN'), ('rank', '1e400'), ('rank', '1)'), ('at', 'tomorrow or so'), ('at', 'infinity'), ('at', '2024-13-01'), ('code', '0'), ('mood', 'NaN'), ('mood', '1,2'),
	('cash', '3'), ('cash', '$3.00 OR TRUE'), ('tags', '{a'), ('tags', '{{1},{2}}'), ('tags', '{NULL}')) x (o, v);

-- text is a value, whatever is in it
SELECT v, page(forged('c', :'by_title', convert_to(v, 'UTF8'), '4'), '{title: ASC}'), page(forged('c', :'by_title', convert_to(v, 'UTF8'), '4'), '{title: ASC}', 'before')
FROM unnest(ARRAY[$$'$$, $$' OR TRUE --$$, $$'); DROP TABLE items; --$$, $$title 4' OR '1' = '1$$, '"', '\', $$\'$$, '$1', '$$', '%', '/*', 'é🙂']) v;

-- bytes that are no text: the character U+0000, half a character, too long a form, half a pair, none
SELECT v, page(forged('c', :'by_title', v, '4'), '{title: ASC}') FROM unnest(ARRAY['\x00', '\x6100', '\xc3', '\xff', '\xc080', '\xeda080', '\xf4908080']::bytea[]) v;

-- large values
SELECT page(forged('c', :'by_title', repeat('z', 3000000)::bytea, '4'), '{title: ASC}'), page(forged('c', :'by_title', repeat('''', 3000000)::bytea, '4'), '{title: ASC}');
SELECT left(page(forged('c', :'by_id', repeat('9', 300)::bytea)), 120);

-- lengths beyond the end
SELECT body, page(token('c', body), '{title: ASC}') FROM unnest(ARRAY['\x'::bytea, '\x08', '\xff', '\xffffffff', '\xffffff7f', '\xffffffff0f', '\x80808080808000',
	'\x08' || :'by_title'::bytea, '\x08' || :'by_title'::bytea || '\x05'::bytea, '\x08' || :'by_title'::bytea || '\x0561'::bytea, '\x08' || :'by_title'::bytea || '\xffffff7f61'::bytea, '\x08' || :'by_title'::bytea || '\x80'::bytea]::bytea[]) body;

-- in a document, and of a plan that the cache has
SELECT fraiseql.graphql(format('{ itemsConnection(after: "%s", orderBy: [{title: ASC}]) { nodes { id } } }', forged('c', :'by_title', $$' OR TRUE --$$, '4')));
SELECT fraiseql.graphql('{ itemsConnection(after: "\u0000", orderBy: [{title: ASC}]) { nodes { id } } }');
SELECT fraiseql.graphql('{ itemsConnection(after: 7, orderBy: [{title: ASC}]) { nodes { id } } }');
SELECT c, page(c, '{title: ASC}', 'before') FROM (VALUES (forged('c', :'by_title', 'title 4', '4')), (forged('c', :'by_title', 'title 4', 'x')), (forged('c', :'by_title', NULL, '4')), (forged('c', :'by_title', 'title 6', '6'))) x (c);

-- nothing of what is wrong stays in the cache of plans
SELECT plans FROM fraiseql.plan_cache \gset
SELECT count(*) FROM generate_series(1, 500) i WHERE page(forged('c', i::text::bytea, 'x', 'y'), '{title: ASC}') ~ 'of another list' AND page(forged('c', :'by_title', 'x', 'y' || i::text::bytea), '{title: ASC}') ~ 'invalid input';
SELECT plans - :plans FROM fraiseql.plan_cache;

-- nodes: a row that is hidden, no type of rows, too few and too many values, values of another type, and what stands for none
SELECT v, regexp_replace(fraiseql.graphql(format('{ node(nodeId: "%s") { nodeId ... on Item { id } } }', v))::text, ',"locations".*', '') FROM (VALUES
	(forged('n', 'Item', '4')), (forged('n', 'Item', '3')), (forged('n', 'Item', '4 OR TRUE')), (forged('n', 'Item', '')), (forged('n', 'Item', NULL::bytea)), (forged('n', 'Item', VARIADIC '{}')), (forged('n', 'Item', '4', '4')),
	(forged('n', '', '4')), (forged('n', 'Query', '4')), (forged('n', 'ItemEdge', '4')), (forged('n', 'Int', '4')), (forged('n', 'item', '4')), (forged('n', '\x00', '4')), (forged('n', '\x4974656d00', '4')),
	(forged('c', 'Item', '4')), (forged('n', 'Item'' OR TRUE', '4')), (forged('n', 'Item', '\x00'))) x (v);
RESET ROLE;
SELECT count(*) FROM items;

-- values that are sent to another database
SELECT subject_of('{title: ASC}', 'remotes') AS remote_by_title, subject_of('', 'remotes') AS remote_by_id \gset
SELECT v, page(forged('c', :'remote_by_title', convert_to(v, 'UTF8'), '4'), '{title: ASC}', list => 'remotes'), page(forged('c', :'remote_by_title', convert_to(v, 'UTF8'), '4'), '{title: ASC}', 'before', 'remotes')
FROM unnest(ARRAY[$$'$$, $$' OR 1 --$$, $$'); DROP TABLE remotes; --$$, '"', '\', '?1', '$1', 'title 3']) v;
SELECT v, page(forged('c', :'remote_by_title', v, '4'), '{title: ASC}', list => 'remotes') FROM unnest(ARRAY['\x00', '\x6100', '\xff']::bytea[]) v;
SELECT v, page(forged('c', :'remote_by_id', v::bytea), list => 'remotes') FROM unnest('{2,abc,99999999999999999999,1; DROP TABLE remotes}'::text[]) v;
SELECT page(forged('c', :'remote_by_title', repeat('''', 3000000)::bytea, '4'), '{title: ASC}', list => 'remotes');
SELECT page(forged('c', :'by_title', 'title 3', '4'), '{title: ASC}', list => 'remotes'), page(forged('c', :'remote_by_title', NULL, '2'), '{title: ASC}', list => 'remotes');

\pset tuples_only off
SET client_min_messages = warning;
DROP SCHEMA graphql_forged CASCADE;
DROP SERVER graphql_forged;
DROP ROLE regress_forger;
\! rm -r $DIR
