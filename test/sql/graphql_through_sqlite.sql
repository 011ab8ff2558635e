-- Lists past join tables, where any of the three tables is in another database: the same answers as of one.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set through_db :dir '/through.db'
\! sqlite3 $DIR/through.db "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE people (code TEXT NOT NULL PRIMARY KEY, name TEXT); CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT, weight INTEGER); CREATE TABLE user_tags (user_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY (tag_id, user_id)); CREATE TABLE badges (code TEXT NOT NULL PRIMARY KEY, title TEXT); CREATE TABLE person_badges (person_code TEXT NOT NULL, badge TEXT NOT NULL, PRIMARY KEY (person_code, badge)); CREATE TABLE teams (tenant INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tenant, id)); CREATE TABLE projects (tenant INTEGER NOT NULL, id INTEGER NOT NULL, title TEXT, PRIMARY KEY (tenant, id)); CREATE TABLE team_projects (tenant INTEGER NOT NULL, team_id INTEGER NOT NULL, project_id INTEGER NOT NULL, PRIMARY KEY (tenant, team_id, project_id)); INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cyd'), (4, 'Dan'); INSERT INTO people VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'Ada'), ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'Bob'), ('d0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'Dan'); INSERT INTO tags VALUES (1, 'red', 3), (2, 'green', 2), (3, 'blue', 1), (4, 'grey', 1), (5, 'none', NULL); INSERT INTO user_tags VALUES (1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (4, 5), (4, 1), (9, 1), (1, 9); INSERT INTO badges VALUES ('a', 'Gold'), ('A', 'Silver'), ('b ', 'Iron'); INSERT INTO person_badges VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a'), ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'b '), ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A'), ('b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'b'); INSERT INTO teams VALUES (1, 1), (1, 2), (2, 1); INSERT INTO projects VALUES (1, 1, 'one'), (1, 2, 'two'), (2, 1, 'other'), (2, 2, 'more'); INSERT INTO team_projects VALUES (1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 1, 1), (2, 1, 2)"
CREATE SERVER graphql_through_sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'through_db');
-- what is where: in the schema far of the hub all tables are foreign
CREATE FUNCTION make_hub(schema text, local text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
	EXECUTE format('CREATE SCHEMA %I', schema);
	FOREACH t IN ARRAY '{users,people,tags,user_tags,badges,person_badges,teams,projects,team_projects}'::text[] LOOP
		IF NOT t = ANY (local) THEN
			EXECUTE format('IMPORT FOREIGN SCHEMA main LIMIT TO (%I) FROM SERVER graphql_through_sqlite INTO %I', t, schema);
		ELSE
			EXECUTE CASE t WHEN 'users' THEN format('CREATE TABLE %I.users (id int PRIMARY KEY, name text)', schema)
				WHEN 'people' THEN format('CREATE TABLE %I.people (code uuid PRIMARY KEY, name text)', schema)
				WHEN 'tags' THEN format('CREATE TABLE %I.tags (id numeric PRIMARY KEY, label text, weight bigint)', schema)
				WHEN 'badges' THEN format('CREATE TABLE %I.badges (code text PRIMARY KEY, title text)', schema)
				WHEN 'person_badges' THEN format('CREATE TABLE %I.person_badges (person_code uuid, badge text, PRIMARY KEY (person_code, badge))', schema)
				ELSE format('CREATE TABLE %I.%I (LIKE far.%I, PRIMARY KEY (%s))', schema, t, t,
					CASE t WHEN 'user_tags' THEN 'tag_id, user_id' WHEN 'team_projects' THEN 'tenant, team_id, project_id' ELSE 'tenant, id' END) END;
			EXECUTE format('INSERT INTO %I.%I SELECT %s FROM far.%I', schema, t, CASE t WHEN 'people' THEN 'code::uuid, name' WHEN 'person_badges' THEN 'person_code::uuid, badge' ELSE '*' END, t);
		END IF;
	END LOOP;
	PERFORM fraiseql.add_relationship('user', format('%I.user_tags', schema)::regclass, '{user_id}', format('%I.users', schema)::regclass, '{id}', NULL, 'userTags');
	PERFORM fraiseql.add_relationship('tag', format('%I.user_tags', schema)::regclass, '{tag_id}', format('%I.tags', schema)::regclass, '{id}', NULL, 'userTags');
	PERFORM fraiseql.add_relationship('person', format('%I.person_badges', schema)::regclass, '{person_code}', format('%I.people', schema)::regclass, '{code}', NULL, 'personBadges');
	PERFORM fraiseql.add_relationship('medal', format('%I.person_badges', schema)::regclass, '{badge}', format('%I.badges', schema)::regclass, '{code}', NULL, 'personBadges');
	PERFORM fraiseql.add_relationship('team', format('%I.team_projects', schema)::regclass, '{tenant,team_id}', format('%I.teams', schema)::regclass, '{tenant,id}', NULL, 'teamProjects');
	PERFORM fraiseql.add_relationship('project', format('%I.team_projects', schema)::regclass, '{tenant,project_id}', format('%I.projects', schema)::regclass, '{tenant,id}', NULL, 'teamProjects');
END $$;
SELECT make_hub('far', '{}') \g /dev/null
SELECT make_hub('near', '{users,people,tags,user_tags,badges,person_badges,teams,projects,team_projects}') \g /dev/null
SELECT make_hub('joins_far', '{users,people,tags,badges,teams,projects}') \g /dev/null
SELECT make_hub('joins_near', '{user_tags,person_badges,team_projects}') \g /dev/null
SELECT make_hub('targets_far', '{users,people,user_tags,person_badges,teams,team_projects}') \g /dev/null
SELECT make_hub('targets_near', '{tags,badges,projects}') \g /dev/null
CREATE TABLE queries (n serial, query text);
INSERT INTO queries (query) VALUES
	('{users(orderBy: {id: ASC}) {name tags(orderBy: {label: ASC}) {label users(orderBy: {id: DESC}) {name}}}}'),
	('{users(orderBy: {id: ASC}) {tags(limit: 1, orderBy: {weight: DESC_NULLS_LAST}) {label} rest: tags(offset: 1, orderBy: {weight: ASC}) {label} some: tags(where: {weight: {gt: 1}}, orderBy: {id: DESC}) {label}}}'),
	('{users(orderBy: {id: ASC}) {tags(distinctOn: [WEIGHT], orderBy: [{weight: DESC}, {label: DESC}], limit: 2) {label}}}'),
	('{users(orderBy: {id: ASC}) {tagsConnection(first: 1, orderBy: {weight: ASC}) {nodes {label} pageInfo {hasNextPage hasPreviousPage} totalCount aggregate {sum {weight}}}}}'),
	('{users(orderBy: {id: ASC}) {tagsConnection(last: 2, where: {weight: {lt: 3}}, orderBy: {label: ASC}) {edges {node {label users(limit: 1, orderBy: {id: ASC}) {name}}} totalCount}}}'),
	('{users(orderBy: {id: ASC}) {tagsAggregate {count sum {weight} min {label}} heavy: tagsAggregate(where: {weight: {gt: 1}}) {count}}}'),
	('{users(orderBy: {id: ASC}) {tagsGroupBy(by: [WEIGHT], orderBy: [{aggregate: {count: DESC}}], limit: 1) {key {weight} aggregate {count min {label}}}}}'),
	('{user(id: 1) {tags(orderBy: {id: ASC}) {label}}}'),
	('{people(orderBy: {name: ASC}) {code medals(orderBy: {title: ASC}) {title}}}'),
	('{user(id: 77) {tags(limit: 3) {label}}}'),
	('{users(where: {id: {in: [2, 4]}}, orderBy: {id: ASC}) {tags(orderBy: {id: ASC}) {id}}}'),
	('{users(where: {tags: {some: {weight: {gt: 2}}}}, orderBy: {id: ASC}) {name tags(where: {users: {some: {name: {eq: "Bob"}}}}, orderBy: {id: ASC}) {label}}}'),
	('{users(orderBy: {id: ASC}) {tags(where: {users: {none: {id: {eq: 2}}}, userTagsAggregate: {count: {gt: 1}}}, orderBy: {id: ASC}) {label} tagsConnection(where: {userTags: {some: {userId: {gt: 1}}}}, orderBy: {label: DESC}, first: 1) {nodes {label} totalCount}}}'),
	('{people(orderBy: {name: ASC}) {name medals(orderBy: {title: ASC}) {title people(orderBy: {name: ASC}) {name}} medalsAggregate {count}}}'),
	('{badges(orderBy: {title: ASC}) {title people(orderBy: {name: ASC}) {name} peopleAggregate {count max {name}} peopleConnection(first: 1) {totalCount}}}'),
	('{teams(orderBy: [{tenant: ASC}, {id: ASC}]) {tenant id projects(orderBy: {title: ASC}) {title teams(orderBy: {id: ASC}) {tenant id}}}}'),
	('{teams(orderBy: [{tenant: ASC}, {id: ASC}]) {projects(limit: 1, orderBy: {title: DESC}) {title} projectsConnection(first: 1, orderBy: {id: DESC}) {nodes {title} totalCount} projectsAggregate {count} projectsGroupBy(by: [TITLE], limit: 1) {key {title} aggregate {count}}}}'),
	('query {users(where: {id: {lt: 0}}) {tags {label} tagsAggregate {count}}}');
CREATE FUNCTION answer(schema text, query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('fraiseql.schemas', schema, false);
	RETURN fraiseql.graphql(query);
END $$;
CREATE FUNCTION explain(schema text, query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('fraiseql.schemas', schema, false);
	RETURN QUERY SELECT regexp_split_to_table(fraiseql.explain(query, costs => false), E'\n');
END $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

SELECT answer('near', query) FROM queries ORDER BY n;
-- none of these differs
SELECT schema, query, answer(schema, query) FROM queries, unnest('{far,joins_far,joins_near,targets_far,targets_near}'::text[]) schema
	WHERE answer(schema, query) <> answer('near', query) ORDER BY n, schema;
SET fraiseql.join_strategy = sequential;
SELECT schema, query, answer(schema, query) FROM queries, unnest('{far,joins_far,joins_near,targets_far,targets_near}'::text[]) schema
	WHERE answer(schema, query) <> answer('near', query) ORDER BY n, schema;
RESET fraiseql.join_strategy;

-- two statements for each list, however many parents there are
SELECT explain('far', '{users {tags(limit: 2, orderBy: {label: ASC}) {label}}}');
SELECT explain('joins_far', '{user(id: 1) {tags {label} tagsAggregate {count}}}');
SELECT explain('targets_far', '{teams {projects {title}}}');
-- a filter of such a list finds keys as any other
SELECT explain('targets_far', '{users {tags(where: {userTags: {some: {userId: {gt: 1}}}}) {label}}}');

-- a connection finds keys and pairs once, for its page and for what it counts
SELECT explain('targets_far', '{users {tagsConnection(first: 1) {nodes {label} totalCount}}}');
SELECT explain('joins_far', '{usersConnection(where: {userTags: {some: {tagId: {gt: 1}}}}, first: 1) {nodes {name} totalCount}}');
SELECT answer('joins_far', '{usersConnection(where: {userTags: {some: {tagId: {gt: 1}}}}, orderBy: {id: DESC}, first: 1) {nodes {name} totalCount} only: usersConnection(where: {userTagsAggregate: {count: {gt: 1}}}) {totalCount}}');

-- keys that are rows
\! sqlite3 $DIR/through.db "CREATE TABLE pole_flags (pole TEXT NOT NULL, flag TEXT NOT NULL, PRIMARY KEY (pole, flag)); INSERT INTO pole_flags VALUES ('(1,a)', '(5,)'), ('(1,a)', '(6,f)'), ('(2,)', '(5,)')"
CREATE TYPE spot AS (x int, y text);
CREATE SCHEMA spots_near;
CREATE TABLE spots_near.poles (spot spot PRIMARY KEY, n int);
CREATE TABLE spots_near.flags (spot spot PRIMARY KEY, n int);
INSERT INTO spots_near.poles VALUES ('(1,a)', 1), ('(2,)', 2), ('(2,b)', 3);
INSERT INTO spots_near.flags VALUES ('(5,)', 5), ('(6,f)', 6);
CREATE SCHEMA spots_far;
CREATE TABLE spots_far.poles (LIKE spots_near.poles INCLUDING ALL);
CREATE TABLE spots_far.flags (LIKE spots_near.flags INCLUDING ALL);
INSERT INTO spots_far.poles TABLE spots_near.poles;
INSERT INTO spots_far.flags TABLE spots_near.flags;
CREATE FOREIGN TABLE spots_far.pole_flags (pole spot OPTIONS (key 'true'), flag spot OPTIONS (key 'true')) SERVER graphql_through_sqlite;
CREATE TABLE spots_near.pole_flags (LIKE spots_far.pole_flags, PRIMARY KEY (pole, flag));
INSERT INTO spots_near.pole_flags TABLE spots_far.pole_flags;
SELECT fraiseql.add_relationship('ofPole', format('%s.pole_flags', s)::regclass, '{pole}', format('%s.poles', s)::regclass, '{spot}', NULL, 'poleFlags'),
	fraiseql.add_relationship('ofFlag', format('%s.pole_flags', s)::regclass, '{flag}', format('%s.flags', s)::regclass, '{spot}', NULL, 'poleFlags')
	FROM unnest('{spots_near,spots_far}'::text[]) s \g /dev/null
SELECT n, answer(s, q) FROM unnest(ARRAY['{poles(orderBy: {n: ASC}) {spot ofFlags(orderBy: {n: ASC}) {n spot}}}',
	'{poles(orderBy: {n: ASC}) {poleFlags {pole} ofFlags(orderBy: {n: DESC}, limit: 1) {n} ofFlagsAggregate {count}}}',
	'{poles(orderBy: {n: ASC}) {first: poleFlags(limit: 1) {ofPole {n}}}}',
	'{poles(where: {ofFlags: {some: {n: {eq: 6}}}}, orderBy: [{poleFlagsAggregate: {count: ASC}}]) {n} flags(orderBy: [{poleFlagsAggregate: {count: DESC}}]) {n}}']) WITH ORDINALITY q (q, n),
	unnest('{spots_near,spots_far}'::text[]) WITH ORDINALITY s (s, o) ORDER BY n, o;

-- a list that another database has a part in may be null
SELECT set_config('fraiseql.schemas', 'targets_near', false);
SELECT line FROM regexp_split_to_table(fraiseql.sdl(), E'\n') line WHERE line ~ '^  (tags|tagsAggregate|tagsConnection|userTags)\(' ORDER BY line;
ALTER SERVER graphql_through_sqlite OPTIONS (SET path '/nonexistent/through.db');
SELECT answer('joins_far', '{users(orderBy: {id: ASC}, limit: 1) {name tags {label} tagsAggregate {count}}}');
SELECT answer('targets_far', '{users(orderBy: {id: ASC}, limit: 1) {name tags {label}}}');

SET client_min_messages = warning;
DROP TABLE queries;
DROP FUNCTION make_hub, answer, explain;
DROP SCHEMA far, near, joins_far, joins_near, targets_far, targets_near, spots_far, spots_near CASCADE;
DROP TYPE spot;
DELETE FROM fraiseql.relationship;
DROP SERVER graphql_through_sqlite;
\! rm -r $DIR
