-- Connections: a page of rows by cursors, and what is said of all of them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_connection;
SET search_path = graphql_connection;
CREATE TABLE teams (id int PRIMARY KEY, name text, hidden boolean);
CREATE TABLE players (id int PRIMARY KEY, team_id int REFERENCES teams, name text NOT NULL, score int);
CREATE TABLE logs (line text);
CREATE TABLE marks (place text NOT NULL, day date NOT NULL, note text, UNIQUE (place, day));
INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(1, 4) i;
INSERT INTO players SELECT i, 1 + i % 3, 'p' || i % 5, CASE WHEN i % 5 > 0 THEN i % 4 END FROM generate_series(1, 14) i;
INSERT INTO marks VALUES ('ulm', '2024-01-02', 'b'), ('ulm', '2024-01-01', 'a'), ('bonn', '2024-01-02', 'c');
ANALYZE;
-- the cursor of a row, by its place
CREATE FUNCTION cursor_of(field text, arguments text, place int) RETURNS text LANGUAGE sql AS
$$ SELECT fraiseql.graphql(format('{ c: %s%s { edges { cursor } } }', field, arguments)) #>> array['data', 'c', 'edges', (place - 1)::text, 'cursor'] $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- what is selected, in its order, more than once if that is asked for
SELECT fraiseql.graphql('{ playersConnection(first: 2, orderBy: [{score: DESC}]) { edges { node { id score } } nodes { name team { name } } pageInfo { hasNextPage hasPreviousPage } totalCount aggregate { count max { score } } } }');
SELECT fraiseql.graphql('{ playersConnection(first: 2) { __typename n: nodes { a: id } e: edges { __typename c: cursor n: node { __typename id } } f: edges { node { team { id } } } pageInfo { __typename startCursor } } }');
SELECT fraiseql.graphql('query($y: Boolean = true) { playersConnection(first: 2) { __typename ...a e: edges { __typename c: cursor ...b } f: edges { node { team { id } } } pageInfo @include(if: $y) { __typename startCursor } } } fragment a on PlayerConnection { n: nodes { a: id } n: nodes { name @skip(if: $y) } } fragment b on PlayerEdge { n: node { __typename id } }', v)
  FROM unnest(array['{}', '{"y": false}']::jsonb[]) v;
SELECT fraiseql.graphql('{ playersConnection(first: 0) { nodes { id } pageInfo { hasNextPage startCursor endCursor } } a: playersConnection(where: {id: {gt: 99}}) { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor } totalCount aggregate { max { score } } } b: playersConnection { totalCount } c: playersConnection { __typename } }');

-- forwards and backwards, with nulls, ties and directions of their own
SELECT first, fraiseql.graphql('query($f: Int, $a: Cursor) { playersConnection(first: $f, after: $a, orderBy: [{score: DESC_NULLS_LAST}, {name: ASC}]) { nodes { id score name } pageInfo { hasNextPage hasPreviousPage } } }',
	json_build_object('f', 4, 'a', cursor_of('playersConnection', '(orderBy: [{score: DESC_NULLS_LAST}, {name: ASC}])', first))::jsonb)
  FROM unnest(array[1, 5, 12, 13, 14]) first;
SELECT json_agg(x) FROM (SELECT id, score, name FROM players ORDER BY score DESC NULLS LAST, name, id) x;
SELECT fraiseql.graphql('query($b: Cursor) { playersConnection(last: 3, before: $b, orderBy: [{score: ASC}]) { nodes { id score } pageInfo { hasNextPage hasPreviousPage } } }', json_build_object('b', cursor_of('playersConnection', '(orderBy: [{score: ASC}])', place))::jsonb)
  FROM unnest(array[13, 4, 3, 1]) place;
SELECT fraiseql.graphql('query($a: Cursor, $b: Cursor) { f: playersConnection(first: 2, after: $a, before: $b) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } l: playersConnection(last: 2, after: $a, before: $b) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } n: playersConnection(after: $a, before: $b) { nodes { id } } }',
	json_build_object('a', cursor_of('playersConnection', '', 3), 'b', cursor_of('playersConnection', '', 9))::jsonb);
SELECT fraiseql.graphql('{ playersConnection(first: 2, offset: 3) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }');
-- a page behind all rows says so, also of a row whose key is null
SELECT fraiseql.add_relationship('equals', 'players', '{score}', 'players', '{score}', 'many') \g /dev/null
SELECT fraiseql.graphql(format('{ players(where: {id: {in: [5, 6]}}, orderBy: [{id: ASC}]) { score equalsConnection(after: "%s") { nodes { id } pageInfo { hasNextPage hasPreviousPage } } } }', cursor_of('playersConnection', '', 14)));
SELECT fraiseql.drop_relationship('players', 'equals') \g /dev/null

-- for each parent, at any depth, in one statement of the page and one of the counts
SELECT fraiseql.graphql('{ teams { id playersConnection(first: 2, orderBy: [{score: ASC_NULLS_FIRST}], where: {id: {neq: "5"}}) { nodes { id score } totalCount pageInfo { hasNextPage } } } }');
SELECT fraiseql.graphql('{ teamsConnection(last: 2) { edges { node { id playersConnection(last: 1) { totalCount edges { node { id team { playersConnection(first: 1, offset: 1) { nodes { id } } } } } } } } } }');
SELECT fraiseql.explain('{ teams { playersConnection(first: 2) { nodes { id } totalCount aggregate { max { score } } } } }');
SELECT fraiseql.graphql('query($a: Cursor) { teams { id playersConnection(first: 1, after: $a, orderBy: [{team: {name: DESC}}, {name: ASC}]) { nodes { id name } } } }', json_build_object('a', cursor_of('playersConnection', '(orderBy: [{team: {name: DESC}}, {name: ASC}])', 7))::jsonb);

-- counts only what is asked for
SELECT fraiseql.explain('{ playersConnection(first: 2, orderBy: [{score: ASC}]) { edges { cursor node { name } } } }');
SELECT fraiseql.explain('{ playersConnection(where: {score: {gt: 1}}) { totalCount } }');

-- conditions that an index serves
SELECT fraiseql.explain(format('{ playersConnection(first: 2, after: "%s") { nodes { id } } }', cursor_of('playersConnection', '', 3)));
SELECT fraiseql.explain(format('{ playersConnection(first: 2, after: "%s", orderBy: [{name: ASC}]) { nodes { id } } }', cursor_of('playersConnection', '(orderBy: [{name: ASC}])', 3)));
SELECT fraiseql.explain(format('{ playersConnection(last: 2, before: "%s", orderBy: [{name: DESC}, {score: ASC}]) { nodes { id } } }', cursor_of('playersConnection', '(orderBy: [{name: DESC}, {score: ASC}])', p))) FROM unnest(array[3, 14]) p;

-- arguments that do not go together
SELECT fraiseql.graphql('{ playersConnection(first: 1, last: 1) { nodes { id } } }');
SELECT fraiseql.graphql('{ playersConnection(last: 1, offset: 1) { nodes { id } } }');
SELECT fraiseql.graphql('{ playersConnection(first: -1) { nodes { id } } }'), fraiseql.graphql('query($l: Int) { playersConnection(last: $l) { nodes { id } } }', '{"l": -3}');
SELECT fraiseql.graphql('query($f: Int, $l: Int, $a: Cursor) { playersConnection(first: $f, last: $l, after: $a) { nodes { id } } }', v)
  FROM unnest(array['{"f": 2, "l": null, "a": null}', '{"f": 1, "l": 1}', '{"l": 1}']::jsonb[]) v;
SET fraiseql.max_page_size = 3;
SELECT fraiseql.graphql('{ playersConnection { nodes { id } } }'), fraiseql.graphql('{ playersConnection(last: 4) { nodes { id } } }'), fraiseql.graphql('{ playersConnection(first: 3) { nodes { id } } a: playersConnection { totalCount } }');
RESET fraiseql.max_page_size;

-- cursors of something else
SELECT fraiseql.graphql('query($a: Cursor) { playersConnection(first: 1, after: $a) { nodes { id } } }', json_build_object('a', a)::jsonb)
  FROM unnest(array['', 'x', '*', cursor_of('playersConnection', '(orderBy: [{id: DESC}])', 1), cursor_of('playersConnection', '(orderBy: [{score: ASC}])', 1), cursor_of('teamsConnection', '', 1), left(cursor_of('playersConnection', '', 1), -1), cursor_of('playersConnection', '', 1) || 'A']) a;
SELECT fraiseql.graphql('query($b: Cursor) { playersConnection(last: 1, before: $b) { nodes { id } } }', '{"b": 12}');
SELECT fraiseql.graphql(format('{ playersConnection(before: "%s", orderBy: [{score: ASC_NULLS_LAST}, {id: ASC}]) { nodes { id } } }', cursor_of('playersConnection', '(orderBy: [{score: ASC}])', 3)));

-- a unique key of columns that are not null stands for a primary key; without any there is no connection
SELECT fraiseql.graphql('{ marksConnection(first: 2) { nodes { note } pageInfo { endCursor } } }');
SELECT fraiseql.graphql(format('{ marksConnection(first: 2, after: "%s") { nodes { note } } }', cursor_of('marksConnection', '', 2)));
SELECT fraiseql.graphql('{ logsConnection { nodes { line } } }');
SELECT object_name, problem FROM fraiseql.schema_problems;

-- names that are taken
SET client_min_messages = warning;
ALTER TABLE teams ADD COLUMN players_connection int;
CREATE TABLE teams_connections (id int PRIMARY KEY);
RESET client_min_messages;
SELECT fraiseql.graphql('{ teams(first: 1) { playersConnection } teamsConnections { id } }');
SELECT object_name, problem FROM fraiseql.schema_problems;
SET fraiseql.naming = preserve;
SELECT fraiseql.graphql('{ players_connection(first: 1) { nodes { team_id } pageInfo { hasNextPage } totalCount } }');
RESET fraiseql.naming;

-- a link of two columns, one of which is a uuid written as text
SET client_min_messages = warning;
CREATE TABLE parents (a uuid, b int, nm text, PRIMARY KEY (a, b));
CREATE TABLE kids (id int PRIMARY KEY, pa text, pb int);
INSERT INTO parents SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, i, 'p' || i FROM generate_series(1, 3) i;
INSERT INTO kids SELECT i, '00000000-0000-0000-0000-00000000000' || i, i FROM generate_series(1, 3) i;
SELECT fraiseql.add_relationship('kids', 'parents', '{a,b}', 'kids', '{pa,pb}', 'many') \g /dev/null
RESET client_min_messages;
SELECT fraiseql.graphql('{ parents { nm kids { id } kidsConnection { totalCount nodes { id } } } }');
SELECT fraiseql.drop_relationship('parents', 'kids');

SET client_min_messages = warning;
DROP SCHEMA graphql_connection CASCADE;
