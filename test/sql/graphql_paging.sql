-- orderBy, limit and offset: of lists, and for each parent in one statement.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_paging;
SET search_path = graphql_paging;
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE players (id int PRIMARY KEY, team_id int REFERENCES teams, name text, score int);
CREATE TABLE sites (country text, code text, PRIMARY KEY (country, code));
CREATE TABLE visits (id int PRIMARY KEY, country text, code text, day date, FOREIGN KEY (country, code) REFERENCES sites);
CREATE TABLE logs (line text, at int);
INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(1, 4) i;
INSERT INTO players SELECT i, 1 + i % 3, 'p' || i, CASE WHEN i % 5 > 0 THEN i % 4 END FROM generate_series(1, 14) i;
INSERT INTO sites VALUES ('de', 'x'), ('de', 'y'), ('fr', 'x');
INSERT INTO visits SELECT i, 'de', 'x', '2024-01-01'::date + i FROM generate_series(1, 3) i;
INSERT INTO visits SELECT i, 'fr', 'x', '2024-01-01'::date + i FROM generate_series(4, 5) i;
INSERT INTO visits VALUES (6, 'de', 'y', NULL);
INSERT INTO logs SELECT 'l' || i, i FROM generate_series(1, 3) i;
ANALYZE;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- directions and the place of nulls; the primary key decides between equals
SELECT d, fraiseql.graphql('{ players(orderBy: [{score: ' || d || '}]) { id score } }') -> 'data' -> 'players'
  FROM unnest('{ASC,DESC,ASC_NULLS_FIRST,ASC_NULLS_LAST,DESC_NULLS_FIRST,DESC_NULLS_LAST}'::text[]) d;
SELECT fraiseql.graphql('query($o: [PlayerOrderByInput!]) { players(orderBy: $o, limit: 4) { id teamId score } }', o)
  FROM unnest(array['{"o": [{"teamId": "DESC"}, {"score": "ASC_NULLS_FIRST"}]}', '{"o": {"id": "DESC"}}', '{"o": []}', '{"o": null}', '{}']::jsonb[]) o;
SELECT fraiseql.graphql('{ players(orderBy: [{id: DESC}, {id: ASC}], limit: 2) { id } }');
SELECT fraiseql.graphql('{ players(orderBy: [{score: ASC, id: ASC}]) { id } }');

-- pages
SELECT fraiseql.graphql('query($l: Int, $o: Int) { players(limit: $l, offset: $o) { id } }', v)
  FROM unnest(array['{"l": 3}', '{"l": 3, "o": 12}', '{"o": 12}', '{"l": 0}', '{"l": null, "o": 13}', '{"l": 5, "o": 99}']::jsonb[]) v;
SELECT fraiseql.graphql('{ players(limit: -1) { id } }');
SELECT fraiseql.graphql('query($o: Int!) { players(offset: $o) { id } }', '{"o": -5}');
-- without a key there is nothing to order by
SELECT fraiseql.graphql('{ logs(limit: 2, orderBy: [{at: DESC}]) { line } }');

-- a page for each parent
SELECT fraiseql.graphql('{ teams { name players(limit: 2) { id } } }');
SELECT fraiseql.graphql('{ teams { id players(limit: 2, offset: 1, orderBy: [{score: DESC_NULLS_LAST}], where: {id: {gt: 2}}) { id score } } }');
SELECT fraiseql.graphql('{ teams(where: {id: {in: [1, 4]}}) { id players(offset: 3) { id team { name } } none: players(limit: 0) { id } } }');
SELECT fraiseql.graphql('{ sites { country code visits(limit: 2, orderBy: [{day: DESC}]) { id day } } }');
SELECT (fraiseql.graphql('{ teams { players(limit: 3, offset: 1, orderBy: [{score: ASC}]) { id } } }')::jsonb #> '{data,teams}') =
	(SELECT jsonb_agg(jsonb_build_object('players', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id::text)), '[]')
		FROM (SELECT id FROM players WHERE team_id = t.id ORDER BY score, id LIMIT 3 OFFSET 1) p))) FROM teams t);

-- an order without a page, for each parent
SELECT fraiseql.graphql('{ teams { id players(orderBy: [{score: DESC}]) { score id } } }');

-- still one statement each
SELECT fraiseql.explain('query($n: Int) { teams(limit: $n) { players(limit: $n, offset: 1, orderBy: [{score: DESC}]) { id } } sites { visits(limit: 1) { id } } }', '{"n": 3}', costs => false);

\pset tuples_only off
SET client_min_messages = warning;
DROP SCHEMA graphql_paging CASCADE;
