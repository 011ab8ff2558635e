-- What is hidden from a role stays hidden under every kind of field, and no
-- text that a client sends is anything but a value.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_security;
SET search_path = graphql_security;
CREATE ROLE regress_security;
GRANT USAGE ON SCHEMA graphql_security TO regress_security;
CREATE TYPE kind AS ENUM ('good', 'bad');
CREATE TABLE people (id int PRIMARY KEY, name text UNIQUE NOT NULL, secret text, kind kind, tags text[], info jsonb, shown daterange, spans int4multirange, body tsvector,
	made timestamptz, address inet, boss_id int REFERENCES people);
CREATE TABLE pets (id int PRIMARY KEY, owner_id int REFERENCES people, name text);
CREATE TABLE groups (id int PRIMARY KEY, name text);
CREATE TABLE memberships (person_id int REFERENCES people, group_id int REFERENCES groups, PRIMARY KEY (person_id, group_id));
-- of each table the even rows are to be seen, of people all columns but one
INSERT INTO people SELECT i, w || i, 'hidden secret', (ARRAY['good', 'bad'])[i % 2 + 1]::kind, ARRAY[w, 'tag'], jsonb_build_object('word', w, 'i', i), daterange('2024-01-01', '2024-02-01'),
	int4multirange(int4range(i, i + 2)), to_tsvector('simple', w), '2024-01-01', ('10.0.0.' || i)::inet, CASE WHEN i > 2 THEN i - 1 END
	FROM generate_series(1, 6) i, LATERAL (SELECT CASE i % 2 WHEN 0 THEN 'person' ELSE 'hidden' END) x (w);
INSERT INTO pets SELECT i, (i + 1) / 2, CASE i % 2 WHEN 0 THEN 'pet' ELSE 'hidden' END || i FROM generate_series(1, 12) i;
INSERT INTO groups SELECT i, CASE i % 2 WHEN 0 THEN 'group' ELSE 'hidden' END || i FROM generate_series(1, 4) i;
INSERT INTO memberships SELECT p, g FROM generate_series(1, 6) p, generate_series(1, 4) g;
CREATE FUNCTION all_pets(p people) RETURNS SETOF pets STABLE LANGUAGE sql AS $$ SELECT * FROM graphql_security.pets $$;
CREATE FUNCTION shout(p pets, word text DEFAULT '!') RETURNS text STABLE LANGUAGE sql AS $$ SELECT p.name || word $$;
CREATE FUNCTION mates(p pets) RETURNS SETOF pets STABLE LANGUAGE sql AS $$ SELECT * FROM graphql_security.pets o WHERE o.owner_id = p.owner_id $$;
CREATE FUNCTION its_groups(p pets) RETURNS SETOF groups STABLE LANGUAGE sql AS $$ SELECT * FROM graphql_security.groups $$;
CREATE FUNCTION search(pattern text, tags text[] DEFAULT '{}') RETURNS SETOF pets STABLE LANGUAGE sql AS $$ SELECT * FROM graphql_security.pets WHERE name LIKE pattern || '%' $$;
CREATE FUNCTION number_of_pets() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM graphql_security.pets $$;
CREATE TYPE summary AS (person_id int, words text);
CREATE FUNCTION summarise(s summary) RETURNS summary STABLE LANGUAGE sql AS $$ SELECT s.person_id, s.words $$;
SELECT fraiseql.add_query('search(text, text[])'), fraiseql.add_query('number_of_pets()'), fraiseql.add_query('summarise(summary)'),
	fraiseql.add_relationship('person', 'summary', '{person_id}', 'people', '{id}'), fraiseql.add_relationship('pets', 'summary', '{person_id}', 'pets', '{owner_id}');
GRANT SELECT ON pets, groups, memberships TO regress_security;
GRANT SELECT (id, name, kind, tags, info, shown, spans, body, made, address, boss_id) ON people TO regress_security;
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['people', 'pets', 'groups'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY; CREATE POLICY even ON %1$I USING (id %% 2 = 0)', t);
	END LOOP;
	ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
	CREATE POLICY small ON memberships USING (group_id < 3);
END $$;
SET fraiseql.subgraph = on;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- rows that a policy hides
SET ROLE regress_security;
CREATE TEMP TABLE answers AS SELECT n, request, fraiseql.graphql(request)::text AS answer FROM unnest(ARRAY[
	'{people(orderBy: {id: ASC}) {name pets {name owner {name}} boss {name}}}',
	'{person(id: 1) {name} personByName(name: "hidden1") {name} two: personByName(name: "person2") {name}}',
	'{people(where: {pets: {some: {name: {startswith: "hidden"}}}}) {name} none: people(where: {pets: {every: {name: {startswith: "pet"}}}}) {name}}',
	'{people(where: {boss: {name: {startswith: "hidden"}}}) {name}}',
	'{people(orderBy: [{boss: {name: DESC}}, {petsAggregate: {count: DESC}}, {petsAggregate: {min: {name: ASC}}}, {id: ASC}]) {name}}',
	'{people(where: {petsAggregate: {count: {gt: 1}}}) {name}}',
	'{people(distinctOn: [KIND], orderBy: [{kind: ASC}, {id: ASC}]) {kind name}}',
	'{peopleConnection(orderBy: [{name: ASC}]) {totalCount aggregate {count min {name} max {id}} edges {node {name petsConnection {totalCount nodes {name} aggregate {count}}}}}}',
	'{peopleConnection(last: 2, before: null) {nodes {name} pageInfo {hasPreviousPage}}}',
	'{peopleAggregate {count countDistinct(column: KIND) min {name} max {name}}}',
	'{peopleAggregate(where: {name: {startswith: "hidden"}}) {count}}',
	'{people {petsAggregate {count min {name}}}}',
	'{peopleGroupBy(by: [KIND]) {key {kind} aggregate {count min {name}}}}',
	'{petsGroupBy(by: [NAME], having: {count: {gte: 1}}, orderBy: [{key: {name: ASC}}]) {key {name} aggregate {count}}}',
	'{people {groups {name} groupsConnection {totalCount nodes {name}} groupsAggregate {count min {name}} groupsGroupBy(by: [NAME]) {key {name}}}}',
	'{people {membershipsConnection(orderBy: {groupId: ASC}) {totalCount nodes {group {name}}} membershipsGroupBy(by: [GROUP_ID], orderBy: {key: {groupId: ASC}}) {key {groupId}}}}',
	'{groups {name people {name} peopleConnection(first: 1) {totalCount} membershipsAggregate {count}}}',
	'{people(where: {groups: {some: {name: {startswith: "hidden"}}}}) {name} all: people(where: {groups: {every: {id: {eq: 2}}}}) {name}}',
	'{pets(limit: 1) {shout mates {name} itsGroups {name} some: itsGroups(where: {name: {startswith: "group"}}) {name}}}',
	'{pets(limit: 1) {shout mates {name owner {name}} itsGroups {name people {name}}}}',
	'{search(pattern: "") {name owner {name}} numberOfPets none: search(pattern: "hidden") {name}}',
	'{summarise(s: {person_id: 1}) {personId person {name} pets {name}} two: summarise(s: {person_id: 2}) {person {name} pets {name}}}',
	'{_entities(representations: [{__typename: "Person", id: 1}, {__typename: "Person", id: 2}, {__typename: "Person", name: "hidden3"}, {__typename: "Pet", id: 3}, {__typename: "Pet", id: 4}]) {... on Person {name pets {name}} ... on Pet {its: name}}}'
	]) WITH ORDINALITY x (request, n);
-- by the ids that their owner sees
RESET ROLE;
SELECT fraiseql.graphql('{people(orderBy: {id: ASC}) {nodeId} pets(orderBy: {id: ASC}) {nodeId}}') AS ids \gset
SET ROLE regress_security;
INSERT INTO answers SELECT 100 + n, 'node', fraiseql.graphql('query ($id: ID!) {node(nodeId: $id) {... on Person {name pets {name}} ... on Pet {its: name}}}', jsonb_build_object('id', id)) ->> 'data'
	FROM jsonb_path_query(:'ids'::jsonb, '$.data.*[*].nodeId') WITH ORDINALITY x (id, n);
SELECT request, answer FROM answers ORDER BY n;
SELECT request AS hidden FROM answers WHERE answer LIKE '%hidden%';

-- a column that is not granted: not by any argument or field, and functions of the row neither
SELECT n, fraiseql.graphql(request) #>> '{errors,0,message}' FROM unnest(ARRAY[
	'{people {secret}}', '{people(where: {secret: {eq: "x"}}) {id}}', '{people(where: {_not: {_or: [{secret: {isnull: true}}]}}) {id}}', '{people(orderBy: {secret: ASC}) {id}}',
	'{people(distinctOn: [SECRET]) {id}}', '{peopleConnection(orderBy: {secret: ASC}) {nodes {id}}}', '{peopleAggregate {min {secret}}}', '{peopleAggregate {countDistinct(column: SECRET)}}',
	'{peopleGroupBy(by: [SECRET]) {key {id}}}', '{peopleGroupBy(by: [ID], having: {min: {secret: {eq: "x"}}}) {key {id}}}', '{peopleGroupBy(by: [ID], orderBy: {aggregate: {max: {secret: ASC}}}) {key {id}}}',
	'{pets {owner {secret}}}', '{pets(where: {owner: {secret: {eq: "x"}}}) {id}}', '{pets(orderBy: {owner: {secret: ASC}}) {id}}', '{groups(where: {people: {some: {secret: {eq: "x"}}}}) {id}}',
	'{groups(orderBy: {peopleAggregate: {min: {secret: ASC}}}) {id}}', '{people {allPets {id}}}', '{node(nodeId: "x") {... on Person {secret}}}', '{summarise {person {secret}}}',
	'{_entities(representations: [{__typename: "Person", id: 2}]) {... on Person {secret}}}']) WITH ORDINALITY x (request, n);
SELECT fraiseql.graphql('{_entities(representations: [{__typename: "Person", secret: "hidden secret"}]) {__typename}}');
SELECT fraiseql.sdl() ~* 'secret';

-- texts that would do something if they were not values, in every argument
CREATE TEMP TABLE texts AS SELECT t FROM unnest(ARRAY['''', '''''', '"', '\', '\''', E'\\\\', '''; DROP TABLE pets; --', '") OR true --', '$1', '$$', '%', '_', '%s', '%1$n', '{}', '{"a', '}', '[', '(', '*/', '--', '#',
	E'\n', E'\u0001', 'NULL', 'null', 'true', '1 OR 1=1', ''' OR ''''=''', 'hidden', 'hidden1', '$.word', '$', '$.*', '$.** ? (@ like_regex ".*")', 'simple', 'german', 'pg_catalog.simple', ':*', 'hidden:*', '!x', '[,]', '(,)', '{[1,9]}',
	'[2024-01-01,]', 'infinity', 'now', '0.0.0.0/0', '::/0', '.*', '(?i)HIDDEN', 'a{1000}', '日本', '😀', repeat('x', 1000)]) t;
CREATE FUNCTION pg_temp.ask(request text, t text) RETURNS text[] LANGUAGE sql AS $$
	-- as a variable, and as a literal
	SELECT ARRAY[fraiseql.graphql(format('query ($t: %s) ', split_part(request, '|', 1)) || replace(split_part(request, '|', 2), '@', '$t'), jsonb_build_object('t', t))::text,
		fraiseql.graphql(replace(split_part(request, '|', 2), '@', to_json(t)::text))::text]
$$;
SET client_min_messages = warning;
CREATE TEMP TABLE sent AS SELECT n, request, t, answer FROM texts, unnest(ARRAY[
	'String|{people(where: {name: {eq: @}}) {name}}', '[String!]|{people(where: {name: {in: @}}) {name}}', 'String|{people(where: {name: {like: @}}) {name}}', 'String|{people(where: {name: {regex: @}}) {name}}',
	'String|{people(where: {name: {icontains: @}}) {name}}', 'String|{people(where: {pets: {some: {name: {endswith: @}}}}) {name}}',
	'String|{people(where: {tags: {has: @}}) {name}}', '[String!]|{people(where: {tags: {contains: @}}) {name}}', 'JSON|{people(where: {info: {contains: @}}) {name}}', 'String|{people(where: {info: {has_key: @}}) {name}}',
	'String!|{people(where: {info: {path: {path: @, eq: "hidden"}}}) {name}}', 'JSON|{people(where: {info: {path: {path: "$.word", eq: @}}}) {name}}', 'String|{people {info(path: @)}}',
	'Date|{people(where: {shown: {contains: @}}) {name}}', 'String|{people(where: {shown: {overlaps: @}}) {name}}', 'String|{people(where: {spans: {contains_range: @}}) {name}}',
	'String|{people(where: {body: {matches: @}}) {name}}', 'String|{people(where: {body: {plain_query: "hidden", config: @}}) {name}}', 'DateTime|{people(where: {made: {gte: @}}) {name}}',
	'String|{people(where: {address: {in_subnet: @}}) {name}}', 'ID!|{person(id: @) {name}}', 'String!|{personByName(name: @) {name}}', 'Int|{people(limit: @) {name}}', 'Int|{people(offset: @) {name}}',
	'Kind|{people(where: {kind: {eq: @}}) {name}}', 'OrderDirection|{people(orderBy: {name: @}) {name}}', '[PersonColumn!]|{people(distinctOn: @) {name}}', 'Cursor|{peopleConnection(after: @) {nodes {name} totalCount}}',
	'Cursor|{peopleConnection(last: 3, before: @) {nodes {name} totalCount}}', '[PersonColumn!]!|{peopleGroupBy(by: @) {aggregate {count}}}', 'String|{peopleGroupBy(by: [KIND], having: {min: {name: {lt: @}}}) {aggregate {min {name}}}}',
	'TimeBucket|{peopleGroupBy(by: [MADE], buckets: {made: @}) {key {made}}}', 'String|{people(where: {petsAggregate: {min: {name: {gt: @}}}}) {name}}', 'PersonColumn!|{peopleAggregate {countDistinct(column: @)}}',
	'String|{pets {shout(word: @)}}', 'String|{search(pattern: @) {name}}', '[String]|{search(pattern: "pet", tags: @) {name}}', 'JSON|{summarise(s: @) {words}}', 'String|{summarise(s: {person_id: 2, words: @}) {words person {name}}}',
	'ID!|{node(nodeId: @) {__typename}}', 'ID!|{_entities(representations: [{__typename: "Person", id: @}]) {... on Person {name}}}', 'ID!|{_entities(representations: [{__typename: @, id: 1}]) {__typename}}',
	'String!|{_entities(representations: [{__typename: "Person", name: @}]) {... on Person {name}}}', '_Any!|{_entities(representations: [@]) {__typename}}', 'String!|{__type(name: @) {name}}'
	]) WITH ORDINALITY x (request, n), unnest(pg_temp.ask(request, t)) answer;
RESET client_min_messages;
-- how many were answered, and why others were not
SELECT request, count(*) FILTER (WHERE NOT answer::jsonb ? 'errors') AS answered, jsonb_agg(DISTINCT coalesce(code #>> '{sqlstate}', code ->> 'code')) FILTER (WHERE code IS NOT NULL) AS others
	FROM sent, LATERAL (SELECT answer::jsonb #> '{errors,0,extensions}') x (code) GROUP BY n, request ORDER BY n;
-- what the hidden rows have is in no answer but where it was sent
SELECT request, t, answer FROM sent WHERE answer ~ 'hidden[1-6]?"' AND t !~ 'hidden';
SELECT request, t, answer FROM sent WHERE answer::jsonb -> 'data' @? '$.** ? (@.type() == "string" && @ like_regex "hidden")' AND request !~ 'shout|words';
-- none of it became a part of a statement
SELECT request, t, answer FROM sent WHERE answer ~ '"sqlstate":"(42601|42703|42883|42P|XX)';
RESET ROLE;
SELECT count(*) FROM pets;

DROP TABLE answers, sent, texts;
DROP FUNCTION pg_temp.ask;
SET client_min_messages = warning;
SELECT fraiseql.drop_query('search(text, text[])'), fraiseql.drop_query('number_of_pets()'), fraiseql.drop_query('summarise(summary)'),
	fraiseql.drop_relationship('summary', 'person'), fraiseql.drop_relationship('summary', 'pets');
DROP SCHEMA graphql_security CASCADE;
DROP ROLE regress_security;
