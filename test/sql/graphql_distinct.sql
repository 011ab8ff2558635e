-- distinctOn: the first row of each group, in the order that is asked for; first is limit.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_distinct;
SET search_path = graphql_distinct;
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE players (id int PRIMARY KEY, team_id int REFERENCES teams, name text, score int, extra json);
CREATE TABLE pairs (a_b int PRIMARY KEY, "aB" int, "a b" int, note json);
INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(1, 4) i;
INSERT INTO players SELECT i, 1 + i % 3, 'p' || i % 5, CASE WHEN i % 5 > 0 THEN i % 4 END FROM generate_series(1, 14) i;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set games_db :dir '/games.db'
\! sqlite3 $DIR/games.db "CREATE TABLE games (id INTEGER PRIMARY KEY, team_id INTEGER, place TEXT, day INTEGER); INSERT INTO games VALUES (1, 1, 'ulm', 5), (2, 1, 'ulm', 7), (3, 1, 'bonn', 1), (4, 1, NULL, 2), (5, 2, 'bonn', NULL), (6, 2, 'bonn', 3), (7, 2, 'jena', 3), (8, 3, 'jena', 1)"
CREATE SERVER graphql_distinct FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'games_db');
IMPORT FOREIGN SCHEMA main FROM SERVER graphql_distinct INTO graphql_distinct;
SELECT fraiseql.add_relationship('team', 'games', '{team_id}', 'teams', '{id}', NULL, 'games') \g /dev/null
ANALYZE;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- the columns lead, whether they are in the order or not
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE]) { id score } }');
SELECT json_agg(x) FROM (SELECT DISTINCT ON (score) id, score FROM players ORDER BY score, id) x;
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE], orderBy: [{score: DESC_NULLS_LAST}, {id: DESC}]) { id score } }');
SELECT json_agg(x) FROM (SELECT DISTINCT ON (score) id, score FROM players ORDER BY score DESC NULLS LAST, id DESC) x;
SELECT fraiseql.graphql('{ players(distinctOn: [TEAM_ID, NAME, TEAM_ID], orderBy: [{name: DESC}], limit: 4, offset: 1) { id teamId name } }');
SELECT json_agg(x) FROM (SELECT DISTINCT ON (name, team_id) id, team_id, name FROM players ORDER BY name DESC, team_id, id LIMIT 4 OFFSET 1) x;
SELECT fraiseql.graphql('{ players(distinctOn: [NAME], orderBy: [{name: ASC}, {team: {name: DESC}}]) { id name } }');
SELECT json_agg(x) FROM (SELECT DISTINCT ON (p.name) p.id, p.name FROM players p LEFT JOIN teams t ON t.id = p.team_id ORDER BY p.name, t.name DESC, p.id) x;
SELECT fraiseql.graphql('{ players(distinctOn: [], limit: 2) { id } }');

-- an order that begins with something else is refused
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE], orderBy: [{id: ASC}]) { id } }');
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE, NAME], orderBy: [{score: ASC}, {id: ASC}]) { id } }');
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE], orderBy: [{team: {id: ASC}}]) { id } }');
SELECT fraiseql.graphql('{ players(distinctOn: [EXTRA]) { id } }');

-- for each parent
SELECT fraiseql.graphql('{ teams { id players(distinctOn: [SCORE], orderBy: [{score: DESC}], first: 2) { id score } } }');
SELECT json_agg(json_build_object('id', t.id, 'players', coalesce(p, '[]'))) FROM teams t, LATERAL (SELECT json_agg(x) p FROM
  (SELECT DISTINCT ON (score) id, score FROM players WHERE team_id = t.id ORDER BY score DESC, id LIMIT 2) x) s;
SELECT fraiseql.graphql('{ teams { id players(distinctOn: [NAME]) { id name } } }');
SELECT json_agg(json_build_object('id', t.id, 'players', coalesce(p, '[]'))) FROM teams t, LATERAL (SELECT json_agg(x) p FROM
  (SELECT DISTINCT ON (name) id, name FROM players WHERE team_id = t.id ORDER BY name, id) x) s;

-- of a foreign table: two numbers in one statement
SELECT fraiseql.graphql('{ teams(where: {id: {lt: 3}}) { id games(distinctOn: [PLACE], orderBy: [{place: DESC}, {day: DESC}], limit: 2) { id place day } } }');
SELECT fraiseql.graphql('{ teams(where: {id: {lt: 3}}) { id games(distinctOn: [PLACE]) { id place } } }');
SELECT fraiseql.graphql('{ games(distinctOn: [TEAM_ID], orderBy: [{teamId: ASC}, {day: DESC}]) { id teamId day } }');
SELECT fraiseql.explain('{ teams { id games(distinctOn: [PLACE], limit: 2) { id } } }');

-- of rows of which nothing is read
SELECT fraiseql.graphql('{ players(distinctOn: [SCORE]) { __typename } games(distinctOn: [PLACE], limit: 2) { id @include(if: false) } teams(first: 1) { players(distinctOn: [SCORE]) { __typename } } }');

-- columns in variables make statements of their own
SELECT fraiseql.graphql('query($c: [PlayerColumn!]) { players(distinctOn: $c) { id } }', c)
  FROM unnest(array['{"c": ["SCORE"]}', '{"c": ["NAME"]}', '{"c": "SCORE"}', '{"c": []}', '{}', '{"c": ["SIZE"]}']::jsonb[]) c;

-- first is limit
SELECT fraiseql.graphql('{ players(first: 2, offset: 1) { id } }');
SELECT fraiseql.graphql('{ players(first: 2, limit: 2) { id } }');
SELECT fraiseql.graphql('query($f: Int, $l: Int) { players(first: $f, limit: $l) { id } }', v)
  FROM unnest(array['{"f": 1}', '{"l": 1}', '{"f": 1, "l": null}', '{"f": -1}']::jsonb[]) v;
SET fraiseql.max_page_size = 3;
SELECT fraiseql.graphql('{ players(first: 4) { id } }');
SELECT fraiseql.graphql('{ players(first: 3) { id } }');
RESET fraiseql.max_page_size;

-- the enum has what can be compared, under names of its own
SELECT fraiseql.graphql('{ __type(name: "PairColumn") { kind enumValues { name } } }');
SELECT fraiseql.graphql('{ pairs(distinctOn: [A_B_2]) { aB } }');

SET client_min_messages = warning;
DROP SCHEMA graphql_distinct CASCADE;
DROP SERVER graphql_distinct CASCADE;
\! rm -r $DIR
