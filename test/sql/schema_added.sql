-- fraiseql.add_relationship and drop_relationship.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA schema_add;
SET search_path = schema_add;
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, city text, country text);
CREATE TABLE cities (country text, name text, PRIMARY KEY (country, name));
CREATE TABLE posts (id int PRIMARY KEY, author_id bigint NOT NULL REFERENCES users, slug text);
CREATE VIEW user_totals AS SELECT author_id AS user_id, count(*) AS posts FROM posts GROUP BY 1;
CREATE VIEW shown AS
	SELECT source, field, source_columns, target, target_columns, cardinality, nullable, origin
	  FROM fraiseql.relationships WHERE origin = 'added' ORDER BY source::text, field;
RESET client_min_messages;

-- cardinality is decided by the keys of the target, unless it is said
SELECT fraiseql.add_relationship('hometown', 'users', '{country,city}', 'cities', '{country,name}',
								 reverse_field => 'inhabitants');
SELECT fraiseql.add_relationship('totals', 'users', '{id}', 'user_totals', '{user_id}', 'one');
SELECT fraiseql.add_relationship('compatriots', 'users', '{country}', 'users', '{country}');
SELECT * FROM shown;

-- the columns of a foreign key: its fields are replaced
SELECT fraiseql.add_relationship('writer', 'posts', '{author_id}', 'users', '{id}', null, 'articles');
SELECT field, nullable, origin FROM fraiseql.relationships WHERE source IN ('posts'::regclass, 'users'::regclass) ORDER BY 1;

-- the same columns may be joined twice
SELECT fraiseql.add_relationship('neighbours', 'users', '{country}', 'users', '{country}', 'many');
SELECT field FROM shown WHERE source = 'users'::regclass;
SELECT fraiseql.drop_relationship('users', 'neighbours');

-- what is wrong is refused
SELECT fraiseql.add_relationship('totals', 'users', '{id}', 'user_totals', '{user_id}');
SELECT fraiseql.add_relationship('email', 'users', '{id}', 'user_totals', '{user_id}');
SELECT fraiseql.add_relationship('x', 'users', '{id}', 'cities', '{name}');
SELECT fraiseql.add_relationship('x', 'users', '{id,email}', 'cities', '{name}');
SELECT fraiseql.add_relationship('x', 'users', '{}', 'cities', '{}');
SELECT fraiseql.add_relationship('x', 'users', '{nobody}', 'cities', '{name}');
SELECT fraiseql.add_relationship('x', 'users', '{city,city}', 'cities', '{name,country}');
SELECT fraiseql.add_relationship('x', 'users', '{city,NULL}', 'cities', '{name,country}');
SELECT fraiseql.add_relationship('1x', 'users', '{city}', 'cities', '{name}');
SELECT fraiseql.add_relationship('__x', 'users', '{city}', 'cities', '{name}');
SELECT fraiseql.add_relationship('x', 'users', '{city}', 'cities', '{name}', 'two');
SELECT fraiseql.add_relationship('x', 'users', '{city}', 'cities', '{name}', null, 'name');
SELECT fraiseql.add_relationship('x', 'users', '{city}', 'users', '{country}', null, 'x');
SELECT fraiseql.add_relationship(null, 'users', '{city}', 'cities', '{name}');
SELECT fraiseql.add_relationship('x', 'users_pkey', '{id}', 'cities', '{name}');
SELECT fraiseql.drop_relationship('posts', 'author');
SELECT fraiseql.drop_relationship('posts', 'nothing');

-- relations may be renamed; what is dropped is left out, and cleared away by the next change
ALTER TABLE cities RENAME TO towns;
SELECT field, target FROM shown WHERE field = 'hometown';
ALTER TABLE users RENAME country TO land;
SELECT field FROM shown;
SELECT * FROM fraiseql.schema_problems;
ALTER TABLE users RENAME land TO country;
DROP TABLE towns;
SELECT field FROM shown;
SELECT object_name, regexp_replace(problem, '\d+', 'N') AS problem FROM fraiseql.schema_problems;
SELECT count(*) FROM fraiseql.relationship;
SELECT fraiseql.drop_relationship('users', 'compatriots');
SELECT fraiseql.add_relationship('compatriots', 'users', '{country}', 'users', '{country}');
SELECT count(*) FROM fraiseql.relationship;

-- a column that comes later has its name, the relationship another
ALTER TABLE users ADD totals int;
SELECT field FROM shown WHERE source = 'users'::regclass;
SELECT * FROM fraiseql.schema_problems;
ALTER TABLE users DROP totals;

-- the owner of the source adds, and must be able to read the target
CREATE ROLE schema_add_role;
GRANT USAGE, CREATE ON SCHEMA schema_add TO schema_add_role;
SET ROLE schema_add_role;
CREATE TABLE notes (id int PRIMARY KEY, user_id bigint);
SELECT fraiseql.add_relationship('x', 'users', '{id}', 'notes', '{user_id}');
SELECT fraiseql.add_relationship('user', 'notes', '{user_id}', 'users', '{id}');
SELECT fraiseql.drop_relationship('users', 'totals');
INSERT INTO fraiseql.relationship VALUES ('x', 'users', '{id}', 'notes', '{user_id}');
RESET ROLE;
GRANT SELECT (email) ON users TO schema_add_role;
SET ROLE schema_add_role;
SELECT fraiseql.add_relationship('user', 'notes', '{user_id}', 'users', '{id}');
RESET ROLE;
GRANT SELECT (id) ON users TO schema_add_role;
SET ROLE schema_add_role;
SELECT fraiseql.add_relationship('user', 'notes', '{user_id}', 'users', '{id}');
SELECT field, nullable FROM fraiseql.relationships;
SELECT fraiseql.drop_relationship('notes', 'user');
SELECT field, nullable FROM fraiseql.relationships;
RESET ROLE;

SET client_min_messages = warning;
SELECT fraiseql.drop_relationship(source, field) FROM fraiseql.relationship;
DROP OWNED BY schema_add_role;
DROP ROLE schema_add_role;
DROP SCHEMA schema_add CASCADE;
