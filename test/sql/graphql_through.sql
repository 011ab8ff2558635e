-- Many-to-many through join tables: fields that lead past them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_through;
SET search_path = graphql_through;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE tags (id int PRIMARY KEY, label text, weight int);
CREATE TABLE user_tags (user_id int REFERENCES users, tag_id int REFERENCES tags, added timestamptz DEFAULT now(), PRIMARY KEY (tag_id, user_id));
CREATE TABLE follows (follower_id int REFERENCES users, followee_id int REFERENCES users, PRIMARY KEY (follower_id, followee_id));
CREATE TABLE teams (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE projects (tenant int, id int, title text, PRIMARY KEY (tenant, id));
CREATE TABLE team_projects (tenant int, team_id int, project_id int, PRIMARY KEY (tenant, team_id, project_id),
	FOREIGN KEY (tenant, team_id) REFERENCES teams, FOREIGN KEY (tenant, project_id) REFERENCES projects);
-- none of these is a join table: it says something, has other keys, or only one side
CREATE TABLE ratings (user_id int REFERENCES users, tag_id int REFERENCES tags, stars int, PRIMARY KEY (user_id, tag_id));
CREATE TABLE visits (id int PRIMARY KEY, user_id int REFERENCES users, tag_id int REFERENCES tags);
CREATE TABLE favourites (user_id int PRIMARY KEY REFERENCES users, tag_id int REFERENCES tags);
CREATE TABLE loose (user_id int REFERENCES users, tag_id int REFERENCES tags);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cyd');
INSERT INTO tags VALUES (1, 'red', 3), (2, 'green', 2), (3, 'blue', 1), (4, 'grey', 1);
INSERT INTO user_tags VALUES (1, 1), (1, 2), (1, 3), (2, 3), (2, 4);
INSERT INTO follows VALUES (1, 2), (1, 3), (2, 1);
INSERT INTO teams VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO projects VALUES (1, 1, 'one'), (1, 2, 'two'), (2, 1, 'other');
INSERT INTO team_projects VALUES (1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 1, 1);
CREATE FUNCTION graphql(query text) RETURNS text LANGUAGE sql AS $$ SELECT fraiseql.graphql(query)::text $$;
CREATE FUNCTION explain(query text) RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT regexp_split_to_table(fraiseql.explain(query, costs => false), E'\n') $$;
CREATE FUNCTION lists(type text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(line, '\(.*\)', '') FROM regexp_split_to_table(
		split_part(split_part(replace(fraiseql.sdl(), ' implements Node', ''), E'\ntype ' || type || ' {', 2), E'\n}', 1), E'\n') line WHERE line ~ '\[' AND line !~ 'GroupBy|Connection'
$$;
RESET client_min_messages;

SELECT lists('User');
SELECT lists('Tag');
SELECT lists('Team');
SELECT graphql('{users(orderBy: {id: ASC}) {name tags(orderBy: {label: ASC}) {label} followers(orderBy: {id: ASC}) {name} followees(orderBy: {id: ASC}) {name tags(orderBy: {id: ASC}) {id}}}}');
SELECT graphql('{tags(orderBy: {id: ASC}) {label users(orderBy: {id: ASC}) {name}}}');
SELECT graphql('{teams(orderBy: [{tenant: ASC}, {id: ASC}]) {tenant id projects(orderBy: {id: ASC}) {title teams(orderBy: {id: ASC}) {id}}}}');

-- pages for each parent, filters, orders
SELECT graphql('{users(orderBy: {id: ASC}) {name tags(limit: 1, orderBy: {weight: ASC}) {label} rest: tags(offset: 1, orderBy: {weight: ASC}) {label} some: tags(where: {weight: {gt: 1}}, orderBy: {id: DESC}) {label}}}');
SELECT graphql('{users(orderBy: {id: ASC}) {name tags(distinctOn: [WEIGHT], orderBy: [{weight: DESC}, {label: DESC}]) {label}}}');
SELECT graphql('{teams(orderBy: [{tenant: ASC}, {id: ASC}]) {projects(limit: 1, orderBy: {id: DESC}) {title}}}');
SELECT graphql('{user(id: 1) {tags(where: {users: {some: {name: {eq: "Bob"}}}}) {label}}}');

-- connections, aggregates and groups, each in one statement for all parents
SELECT graphql('{users(orderBy: {id: ASC}) {name tagsConnection(first: 1, orderBy: {weight: ASC}) {nodes {label} pageInfo {hasNextPage} totalCount aggregate {sum {weight}}}}}');
SELECT graphql('{users(orderBy: {id: ASC}) {tagsConnection(last: 1, orderBy: {weight: ASC}, where: {weight: {lt: 3}}) {nodes {label} pageInfo {hasPreviousPage}}}}');
SELECT graphql(format('{users(orderBy: {id: ASC}) {tagsConnection(orderBy: {label: ASC}, after: "%s") {edges {cursor node {label}}}}}',
	fraiseql.graphql('{tagsConnection(first: 2, orderBy: {label: ASC}) {pageInfo {endCursor}}}') #>> '{data,tagsConnection,pageInfo,endCursor}'));
SELECT graphql('{users(orderBy: {id: ASC}) {name tagsAggregate {count sum {weight} max {label}} heavy: tagsAggregate(where: {weight: {gt: 1}}) {count} followersAggregate {count} followeesAggregate {min {name}}}}');
SELECT graphql('{users(orderBy: {id: ASC}) {tagsGroupBy(by: [WEIGHT], orderBy: [{aggregate: {count: DESC}}], limit: 1) {key {weight} aggregate {count min {label}}}}}');
SELECT graphql('{teams(orderBy: [{tenant: ASC}, {id: ASC}]) {projectsConnection(first: 1, orderBy: {title: DESC}) {nodes {title} totalCount} projectsAggregate {count} projectsGroupBy(by: [TITLE]) {key {title} aggregate {count}}}}');
SELECT explain('{users {tagsConnection(first: 2, orderBy: {label: ASC}) {nodes {label} totalCount} tagsAggregate {count}}}');
SELECT explain('{teams {projectsConnection(first: 1) {nodes {title} totalCount}}}');

-- where: some, none, every
SELECT w, graphql('{users(orderBy: {id: ASC}, where: ' || w || ') {name}}') FROM unnest(ARRAY[
	'{tags: {some: {label: {eq: "blue"}}}}', '{tags: {none: {label: {eq: "red"}}}}', '{tags: {every: {weight: {lt: 3}}}}',
	'{tags: {some: {}}}', '{tags: {none: {}}}', '{tags: {every: {}}}', '{_not: {tags: {some: {label: {eq: "blue"}}}}}',
	'{followees: {some: {tags: {some: {label: {eq: "grey"}}}}}}', '{tags: {some: {users: {some: {id: {eq: 2}}}}}}',
	'{tags: {some: null}}', '{tags: {some: {label: {eq: null}}}}', '{tags: {any: {}}}']) w;

-- one statement for all parents
SELECT explain('{users {tags {label}}}');
SELECT explain('{users {tags(limit: 2, orderBy: {label: ASC}) {label}}}');
SELECT explain('{teams {projects {title}}}');
SELECT explain('{user(id: 1) {tags {label users {id}}}}');

-- names and omissions of one's own
SELECT fraiseql.rename('users', 'tags', 'labels');
SELECT fraiseql.omit('users', 'followers');
SELECT lists('User');
SELECT graphql('{users(where: {labels: {some: {label: {eq: "grey"}}}}) {labels(orderBy: {id: ASC}) {label}}}');
SELECT kind, object, name, omitted FROM fraiseql.overrides ORDER BY name;
SELECT fraiseql.drop_rename('users', 'labels'), fraiseql.drop_omit('users', 'followers');
-- without the join table's own fields
SELECT fraiseql.omit('users', 'userTags'), fraiseql.omit('user_tags', 'user'), fraiseql.omit('user_tags', 'tag');
SELECT graphql('{users(orderBy: {id: ASC}, where: {tags: {some: {id: {eq: 4}}}}) {tags(orderBy: {id: ASC}) {label}}}');
DELETE FROM fraiseql.override;

-- a field that has the name already
ALTER TABLE users ADD tags int;
SELECT lists('User');
SELECT problem FROM fraiseql.schema_problems WHERE object_name = 'users';
ALTER TABLE users DROP tags;

-- all of the way must be readable
CREATE ROLE graphql_through_role;
GRANT USAGE ON SCHEMA graphql_through TO graphql_through_role;
GRANT SELECT ON users, tags TO graphql_through_role;
SET ROLE graphql_through_role;
SELECT lists('User');
RESET ROLE;
GRANT SELECT (user_id) ON user_tags TO graphql_through_role;
SET ROLE graphql_through_role;
SELECT lists('User');
RESET ROLE;
GRANT SELECT (tag_id) ON user_tags TO graphql_through_role;
ALTER TABLE user_tags ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON user_tags TO graphql_through_role USING (tag_id < 4);
SET ROLE graphql_through_role;
SELECT lists('User');
SELECT graphql('{users(where: {tags: {some: {weight: {eq: 1}}}}, orderBy: {id: ASC}) {tags(orderBy: {id: ASC}) {label}}}');
RESET ROLE;
ALTER TABLE user_tags DISABLE ROW LEVEL SECURITY;

-- foreign tables are read one after the other, whichever of the three is one
SET client_min_messages = warning;
CREATE FOREIGN DATA WRAPPER graphql_through_wrapper;
CREATE SERVER graphql_through FOREIGN DATA WRAPPER graphql_through_wrapper;
CREATE SCHEMA graphql_through_hub;
CREATE TABLE graphql_through_hub.users (id int PRIMARY KEY, name text);
CREATE TABLE graphql_through_hub.tags (id int PRIMARY KEY, name text);
CREATE FOREIGN TABLE graphql_through_hub.user_tags (user_id int OPTIONS (key 'true', "references" 'users(id)') NOT NULL,
	tag_id int OPTIONS (key 'true', "references" 'tags(id)') NOT NULL) SERVER graphql_through;
-- the other way round
CREATE FOREIGN TABLE graphql_through_hub.people (id int OPTIONS (key 'true') NOT NULL, name text) SERVER graphql_through;
CREATE TABLE graphql_through_hub.people_tags (person_id int, tag_id int REFERENCES graphql_through_hub.tags, PRIMARY KEY (person_id, tag_id));
RESET client_min_messages;
SET fraiseql.schemas = graphql_through_hub;
SELECT fraiseql.add_relationship('person', 'graphql_through_hub.people_tags', '{person_id}', 'graphql_through_hub.people', '{id}', reverse_field => 'peopleTags');
SELECT lists('User');
SELECT lists('Tag');
SELECT explain('{people {name tags {name}}}');

SET client_min_messages = warning;
RESET fraiseql.schemas;
DROP SCHEMA graphql_through_hub CASCADE;
DROP FOREIGN DATA WRAPPER graphql_through_wrapper CASCADE;
DELETE FROM fraiseql.relationship;
DROP OWNED BY graphql_through_role;
DROP ROLE graphql_through_role;
DROP SCHEMA graphql_through CASCADE;
