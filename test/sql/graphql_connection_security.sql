-- Cursors and node ids are no secret and no key: whatever is in them, they show nothing that is hidden.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_cursor;
SET search_path = graphql_cursor;
CREATE ROLE regress_cursor_ann;
CREATE ROLE regress_cursor_bob;
GRANT USAGE ON SCHEMA graphql_cursor TO PUBLIC;
CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL, title text, rank float8, at timestamp, tags text[], secret text);
INSERT INTO notes SELECT i, CASE WHEN i % 2 = 0 THEN 'regress_cursor_ann' ELSE 'regress_cursor_bob' END, CASE WHEN i % 4 > 0 THEN 'n''"\' || i END, CASE i % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' ELSE i / 3.0 END, '2024-01-01'::timestamp + i * interval '1 microsecond', array['a', i::text], 'secret ' || i FROM generate_series(1, 12) i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
GRANT SELECT (id, owner, title, rank, at, tags) ON notes TO PUBLIC;
CREATE FUNCTION page(c text, orders text DEFAULT '', filter text DEFAULT '', direction text DEFAULT 'after') RETURNS text LANGUAGE sql AS $$
	SELECT fraiseql.graphql(format('query($c: Cursor) { notesConnection(%s: $c, orderBy: [%s], where: {%s}) { nodes { id } } }', direction, orders, filter), json_build_object('c', c)::jsonb)::text $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- another role's cursor shows a role its own rows, and no others
SET ROLE regress_cursor_ann;
SELECT fraiseql.graphql('{ notesConnection(first: 3, orderBy: [{rank: DESC}]) { nodes { id } totalCount pageInfo { endCursor } } }') \gset ann_
SELECT :'ann_graphql'::jsonb #>> '{data,notesConnection,pageInfo,endCursor}' AS cursor, :'ann_graphql'::jsonb #> '{data,notesConnection,nodes}' AS nodes \gset
SELECT :'nodes', page(:'cursor', '{rank: DESC}');
SET ROLE regress_cursor_bob;
SELECT page(:'cursor', '{rank: DESC}'), page(:'cursor', '{rank: DESC}', direction => 'before');
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { ... on Note { id } } }', n)) FROM (SELECT fraiseql.graphql('{ notes(first: 1) { nodeId } }') #>> '{data,notes,0,nodeId}') x (n);
SET ROLE regress_cursor_ann;
SELECT fraiseql.graphql('{ notes(first: 1) { nodeId } }') #>> '{data,notes,0,nodeId}' AS node \gset
SET ROLE regress_cursor_bob;
SELECT fraiseql.graphql(format('{ node(nodeId: "%s") { ... on Note { id } } }', :'node'));
-- nor by a column that it may not read
SELECT fraiseql.graphql('{ notesConnection(orderBy: [{secret: ASC}]) { edges { cursor } } }');
RESET ROLE;

-- every byte of a cursor, changed in every way: an error that says so, and nothing else
SELECT answer, count(*) FROM (
	SELECT regexp_replace(page(overlay(c PLACING ch FROM i), '{title: ASC}, {rank: DESC}, {at: ASC}, {tags: ASC}'), '"locations".*', '') AS answer
	FROM (SELECT fraiseql.graphql('{ notesConnection(first: 3, orderBy: [{title: ASC}, {rank: DESC}, {at: ASC}, {tags: ASC}]) { pageInfo { endCursor } } }') #>> '{data,notesConnection,pageInfo,endCursor}') x (c),
		generate_series(1, length(c), 3) i, regexp_split_to_table('AZaz09-_+/= *', '') ch
	WHERE substr(c, i, 1) <> ch) a GROUP BY 1 ORDER BY 1;
SELECT answer, count(*) FROM (
	SELECT regexp_replace(page(left(c, i), '{title: ASC}'), '"locations".*', '') AS answer
	FROM (SELECT fraiseql.graphql('{ notesConnection(first: 3, orderBy: [{title: ASC}]) { pageInfo { endCursor } } }') #>> '{data,notesConnection,pageInfo,endCursor}') x (c), generate_series(0, length(c) - 1) i) a GROUP BY 1;

-- values in cursors are as exact as those in tables, whatever the settings of a session
SET datestyle = 'SQL, DMY';
SET extra_float_digits = -10;
SET intervalstyle = 'sql_standard';
SELECT (fraiseql.graphql('{ notesConnection(orderBy: [{rank: ASC}, {at: DESC}], first: 5) { pageInfo { endCursor } } }') #>> '{data,notesConnection,pageInfo,endCursor}') AS cursor \gset
RESET datestyle;
RESET extra_float_digits;
RESET intervalstyle;
SELECT page(:'cursor', '{rank: ASC}, {at: DESC}');
SELECT json_agg(id) FROM (SELECT id FROM notes ORDER BY rank, at DESC, id OFFSET 5) x;
SHOW datestyle;

SET client_min_messages = warning;
DROP SCHEMA graphql_cursor CASCADE;
DROP ROLE regress_cursor_ann, regress_cursor_bob;
