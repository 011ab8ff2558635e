-- What a role sees: the relations, columns, keys and relationships that it may
-- read, under names that do not depend on the role.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE ROLE schema_rights_reader;
CREATE ROLE schema_rights_group;
CREATE SCHEMA schema_rights;
SET search_path = schema_rights;
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, secret text);
CREATE TABLE posts (id int PRIMARY KEY, author_id bigint NOT NULL REFERENCES users, title text);
CREATE VIEW titles AS SELECT id, title FROM posts;
-- the fields of a type, as the role sees them
CREATE FUNCTION pg_temp.fields(type text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(regexp_replace(trim(line), '\(.*\)', ''), ', ')
	  FROM unnest(string_to_array(split_part(split_part(E'\n' || replace(fraiseql.sdl(), ' implements Node', ''),
		E'\ntype ' || type || E' {\n', 2), E'\n}', 1), E'\n')) line
	 WHERE line ~ '^  \w' AND line !~ '^  databaseStatus:'	-- which every schema has
$$;
GRANT EXECUTE ON FUNCTION pg_temp.fields TO PUBLIC;
RESET client_min_messages;

SELECT pg_temp.fields('User'), pg_temp.fields('Post');
GRANT CREATE ON SCHEMA schema_rights TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;

-- schema, column and table privileges
GRANT USAGE ON SCHEMA schema_rights TO schema_rights_reader;
GRANT SELECT (email, id) ON users TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('User');
RESET ROLE;
REVOKE SELECT (id) ON users FROM schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;
GRANT SELECT ON users, titles TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('User'), pg_temp.fields('Title');
RESET ROLE;

-- a relationship needs its columns on both sides
GRANT SELECT (id, title) ON posts TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('User'), pg_temp.fields('Post');
RESET ROLE;
GRANT SELECT (author_id) ON posts TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('User'), pg_temp.fields('Post');
RESET ROLE;
REVOKE SELECT (id) ON posts FROM schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;

-- through a group
REVOKE ALL ON users, posts, titles FROM schema_rights_reader;
GRANT SELECT ON posts TO schema_rights_group;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;
GRANT schema_rights_group TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;

-- a table that the role cannot read keeps its name
CREATE SCHEMA schema_rights_2;
CREATE TABLE schema_rights_2.users (id int PRIMARY KEY);
GRANT USAGE ON SCHEMA schema_rights_2 TO schema_rights_reader;
GRANT SELECT ON schema_rights_2.users TO schema_rights_reader;
SET search_path = schema_rights, schema_rights_2;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET ROLE;
REVOKE USAGE ON SCHEMA schema_rights FROM schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
SET search_path = schema_rights_2;
SET fraiseql.schemas = 'schema_rights_2, schema_rights';
RESET ROLE;
GRANT USAGE ON SCHEMA schema_rights TO schema_rights_reader;
SET ROLE schema_rights_reader;
SELECT pg_temp.fields('Query');
RESET fraiseql.schemas;
RESET ROLE;

SET client_min_messages = warning;
DROP OWNED BY schema_rights_reader, schema_rights_group;
DROP SCHEMA schema_rights CASCADE;
DROP SCHEMA schema_rights_2 CASCADE;
DROP ROLE schema_rights_reader, schema_rights_group;
