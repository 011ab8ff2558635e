-- Filters and orders over relationships that lead to another database.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_related;
SET search_path = graphql_related;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set file :dir '/related.db'
\! sqlite3 $DIR/related.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total INTEGER, code TEXT); INSERT INTO orders SELECT value, CASE WHEN value % 10 = 0 THEN NULL ELSE 1 + value % 400 END, value % 100, 'c' || (value % 400) FROM generate_series(1, 4000); CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER, sku TEXT); INSERT INTO items SELECT value, 1 + value % 3000, 'sku ' || (value % 7) FROM generate_series(1, 6000); CREATE INDEX i ON orders (user_id); CREATE INDEX j ON items (order_id); ANALYZE;"
CREATE SERVER graphql_related FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'file');
CREATE TABLE teams (id int PRIMARY KEY, name text);
INSERT INTO teams VALUES (1, 'red'), (2, 'blue'), (3, NULL);
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, team_id int REFERENCES teams, tags text[]);
INSERT INTO users SELECT i, 'user ' || i, nullif(i % 4, 0), ARRAY['t' || i % 3] FROM generate_series(1, 500) i;
ANALYZE users, teams;
CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true') NOT NULL, user_id int OPTIONS (references 'users(id)'), total int, code text) SERVER graphql_related;
CREATE FOREIGN TABLE items (id int OPTIONS (key 'true') NOT NULL, order_id int OPTIONS (references 'orders(id)'), sku text) SERVER graphql_related;
-- The answer, and what was sent where to get it.
CREATE FUNCTION pg_temp.ask(query text, variables jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	r jsonb;
BEGIN
	SET LOCAL fraiseql.trace = on;
	r := fraiseql.graphql(query, variables);
	RETURN NEXT left((r - 'extensions')::text, 200);
	RETURN QUERY SELECT '  ' || CASE WHEN x ->> 'database' = 'graphql_related' THEN 'sqlite' ELSE 'hub' END || ', ' || (x ->> 'rows') || ' rows: ' || (x ->> 'query')
		FROM jsonb_array_elements(r #> '{extensions,trace,routes}') x;
END $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- the surface: a to-one relationship in orderBy
SELECT substring(fraiseql.sdl() FROM 'input OrderOrderByInput[^}]*}');
SELECT fraiseql.graphql('{ users(orderBy: [{orders: {id: ASC}}]) { id } }') #>> '{errors,0,message}';
SELECT fraiseql.graphql('{ orders(orderBy: [{user: ASC}]) { id } }') #>> '{errors,0,message}';
SELECT fraiseql.graphql('{ orders(orderBy: [{user: {nam: ASC}}]) { id } }') #>> '{errors,0,message}';
SELECT fraiseql.graphql('{ orders(orderBy: [{user: {name: ASC, id: ASC}}]) { id } }') #>> '{errors,0,message}';
SELECT fraiseql.graphql('{ orders(where: {user: {some: {}}}) { id } }') #>> '{errors,0,message}';

-- few related rows match: their keys come first
SELECT pg_temp.ask('{ users(where: {orders: {some: {total: {eq: 7}}}}, orderBy: [{id: ASC}], limit: 2) { id } }');
SELECT pg_temp.ask('{ orders(where: {user: {name: {in: ["user 3", "user 4"]}}}, orderBy: [{id: ASC}], limit: 2) { id } }');

-- many do, but few rows are filtered: the keys of these come first
SELECT pg_temp.ask('{ users(where: {name: {eq: "user 7"}, orders: {some: {total: {gte: 0}}}}) { id } }');
SELECT pg_temp.ask('{ users(where: {name: {eq: "user 7"}, orders: {none: {total: {gte: 0}}}}) { id } }');
-- the arguments say which
SELECT pg_temp.ask('{ users(where: {id: {in: [7, 450]}, orders: {every: {total: {gte: 0}}}}, orderBy: [{id: ASC}]) { id } }');

-- through several relationships, both ways
SELECT pg_temp.ask('{ users(where: {name: {eq: "user 7"}, orders: {some: {items: {some: {sku: {neq: "sku 0"}}}}}}) { id } }');
SELECT pg_temp.ask('{ items(where: {order: {user: {team: {name: {eq: "blue"}}, id: {lt: 6}}}}, orderBy: [{id: ASC}], limit: 3) { id order { user { team { name } } } } }');

-- below a parent: its keys narrow what is looked for
SELECT pg_temp.ask('{ user(id: 7) { orders(where: {items: {some: {sku: {eq: "sku 1"}}}}, orderBy: [{id: ASC}]) { id } } }');
SELECT pg_temp.ask('{ teams(where: {id: {eq: 3}}) { users(limit: 2, where: {orders: {none: {total: {gte: 0}}}}) { id } } }');

-- null keys and keys without rows
SELECT fraiseql.graphql('{ some: orders(where: {user: {}, id: {in: [9, 10, 11]}}) { id } none: orders(where: {_not: {user: {}}, id: {in: [9, 10, 11]}}) { id } }');
SELECT fraiseql.graphql('{ none: users(where: {id: {gte: 399, lte: 402}, orders: {none: {}}}) { id } every: users(where: {id: {gte: 399, lte: 402}, orders: {every: {total: {lt: 0}}}}) { id } all: users(where: {id: {gte: 399, lte: 402}, orders: {every: {}}}) { id } }');

-- an order by a related row; one without a related row counts as null
SELECT pg_temp.ask('{ orders(where: {id: {in: [9, 10, 11]}}, orderBy: [{user: {name: DESC_NULLS_LAST}}]) { id } }');
SELECT pg_temp.ask('{ orders(where: {id: {lt: 60}}, orderBy: [{user: {team: {name: ASC}}}, {total: DESC}], limit: 3) { id user { team { name } } } }');
SELECT pg_temp.ask('{ items(where: {id: {lt: 4}}, orderBy: [{order: {user: {name: ASC}}}]) { id order { userId } } }');
SELECT pg_temp.ask('{ users(where: {id: {lt: 3}}, orderBy: [{id: ASC}]) { orders(orderBy: [{user: {name: ASC}}, {total: ASC}], limit: 1) { id } } }');

-- what is asked for again changes nothing
SELECT pg_temp.ask('{ orders(where: {id: {in: [9, 11]}}, orderBy: [{user: {name: DESC}}, {user: {name: ASC}}, {id: ASC}]) { id } }');

-- within the hub: one statement, joined
SELECT pg_temp.ask('{ users(where: {team: {name: {eq: "red"}}}, orderBy: [{team: {name: ASC}}, {id: DESC}], limit: 2) { id } }');

-- variables: the same plan with other values
SELECT pg_temp.ask('query($w: UserWhereInput, $o: [OrderOrderByInput!]) { orders(where: {user: $w}, orderBy: $o, limit: 1) { id } }', v)
FROM unnest(array['{"w": {"name": {"eq": "user 7"}}, "o": [{"user": {"name": "ASC"}}]}', '{"w": {"name": {"eq": "user 8"}}, "o": [{"user": {"name": "ASC"}}]}', '{"w": {"name": {"eq": "nobody"}}, "o": [{"user": {"team": {"name": "DESC"}}}]}']::jsonb[]) v;

-- whichever side is read first, the answer is the same
SET fraiseql.filter_strategy = own;
SELECT pg_temp.ask('{ users(where: {orders: {some: {total: {eq: 7}}}}, orderBy: [{id: ASC}], limit: 2) { id } }');
SET fraiseql.filter_strategy = related;
SELECT pg_temp.ask('{ users(where: {name: {eq: "user 7"}, orders: {some: {total: {lt: 3}}}}) { id } }');
RESET fraiseql.filter_strategy;

-- an array cannot be sent as a list of values: the related rows are joined
SELECT fraiseql.graphql('{ orders(where: {id: {in: [1, 2, 3]}}, orderBy: [{user: {tags: DESC}}]) { id user { tags } } }');
-- where a key is compared by a collation, the rows are joined as well
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE codes (code text COLLATE caseless PRIMARY KEY, n int);
INSERT INTO codes VALUES ('C1', 1), ('c2', 2);
SELECT fraiseql.add_relationship('coded', 'orders', '{code}', 'codes', '{code}', 'one', 'coding') \g /dev/null
SELECT fraiseql.graphql('{ orders(where: {coded: {n: {eq: 1}}, id: {lt: 900}}, orderBy: [{coded: {n: ASC}}, {id: ASC}]) { id code } }');

-- what the role may not see does not count
CREATE ROLE regress_graphql_related;
GRANT USAGE ON SCHEMA graphql_related TO regress_graphql_related;
GRANT SELECT ON orders, users TO regress_graphql_related;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON users TO regress_graphql_related USING (id < 4);
SET ROLE regress_graphql_related;
SELECT fraiseql.graphql('{ orders(where: {user: {}, total: {lt: 3}}, orderBy: [{user: {name: DESC}}, {id: ASC}], limit: 3) { id user { name } } }');
SELECT fraiseql.graphql('{ orders(where: {items: {some: {}}}) { id } }') #>> '{errors,0,message}';
RESET ROLE;

-- what a request would do
SELECT regexp_replace(fraiseql.explain('{ users(where: {orders: {some: {total: {eq: 7}}}}) { id orders(orderBy: [{user: {name: ASC}}], limit: 1) { id } } }'), '\n *(Plan|Expects):[^\n]*', '', 'g');

-- what an argument says of a row is not true of another row of the same table that the filter or order leads to
SET client_min_messages = warning;
CREATE TABLE people (id int PRIMARY KEY, boss_id int REFERENCES people);
INSERT INTO people SELECT i, nullif(i / 2, 0) FROM generate_series(1, 9) i;
CREATE FOREIGN TABLE visits (id int OPTIONS (key 'true', column_name 'id') NOT NULL, person_id int OPTIONS (references 'people(id)', column_name 'user_id')) SERVER graphql_related OPTIONS (table_name 'orders');
CREATE SCHEMA graphql_related_twin;
CREATE TABLE graphql_related_twin.people AS TABLE people;
ALTER TABLE graphql_related_twin.people ADD PRIMARY KEY (id), ADD FOREIGN KEY (boss_id) REFERENCES graphql_related_twin.people;
CREATE TABLE graphql_related_twin.visits AS SELECT * FROM visits WHERE person_id <= 9;
ALTER TABLE graphql_related_twin.visits ADD PRIMARY KEY (id), ADD FOREIGN KEY (person_id) REFERENCES graphql_related_twin.people;
RESET client_min_messages;
CREATE TEMP TABLE asked (query text, answer jsonb, local jsonb);
INSERT INTO asked (query) SELECT format(q, i) FROM (VALUES
	('{ people(where: {id: {eq: %s}}, orderBy: [{boss: {visitsAggregate: {count: DESC}}}]) { id } peopleConnection(where: {id: {in: [7, %1$s, 3, 8]}}, orderBy: [{boss: {visitsAggregate: {max: {id: ASC}}}}]) { edges { node { id } } } }'),
	('{ people(where: {id: {eq: %s}, boss: {visits: {some: {id: {lt: 1200}}}}}) { id } }'),
	('{ people(where: {id: {in: [%s, 8]}, boss: {boss: {visits: {every: {id: {gt: 400}}}}}}) { id } }'),
	('{ people(where: {boss: {id: {eq: %s}, visits: {some: {id: {lt: 1200}}}}}) { id } }'),
	('{ person(id: %s) { people(where: {boss: {boss: {visits: {some: {id: {lt: 1200}}}}}}, orderBy: [{boss: {visitsAggregate: {count: DESC}}}, {id: ASC}]) { id } boss { people(where: {boss: {visits: {some: {}}}}) { id } } } }')) x(q), generate_series(1, 9) i;
UPDATE asked SET answer = fraiseql.graphql(query)::jsonb;
SET search_path = graphql_related_twin;
UPDATE asked SET local = fraiseql.graphql(query)::jsonb;
SET search_path = graphql_related;
SELECT count(*), count(*) FILTER (WHERE answer #>> '{errors,0}' IS NOT NULL) AS failed, count(DISTINCT answer) > 15 AS various FROM asked;
SELECT query, answer, local FROM asked WHERE answer IS DISTINCT FROM local;
-- every row matches what is always true, whatever else is asked for in it
SELECT fraiseql.graphql('{ users(where: {id: {lte: 2}, orders: {every: {_or: [{items: {some: {}}}, {}]}}}) { id } }');
SELECT fraiseql.graphql('{ a: users(where: {id: {lte: 2}, orders: {every: {_or: [{items: {every: {_or: [{order: {user: {}}}, {}]}}}, {items: {some: {sku: {eq: "none"}}}}]}}}) { id } b: users(where: {id: {lte: 2}, orders: {every: {items: {some: {}}}}}) { id } }');

SET client_min_messages = warning;
DROP SCHEMA graphql_related, graphql_related_twin CASCADE;
DROP SERVER graphql_related;
DROP ROLE regress_graphql_related;
\! rm -r $DIR
