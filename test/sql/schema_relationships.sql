-- Relationships: from foreign keys, from column options of foreign tables, and
-- what their fields are called.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA schema_rel;
CREATE SCHEMA schema_rel_shop;
SET search_path = schema_rel, schema_rel_shop;
CREATE FOREIGN DATA WRAPPER schema_rel_wrapper;
CREATE SERVER schema_rel_server FOREIGN DATA WRAPPER schema_rel_wrapper;

CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
-- to-one without the ending of its column, to-many by the plural
CREATE TABLE posts (id uuid PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
-- a unique foreign key is to-one in both directions; the name of the parent falls away
CREATE TABLE user_profiles (user_id bigint PRIMARY KEY REFERENCES users, bio text);
-- two foreign keys to one table: both back fields name their columns
CREATE TABLE transfers (id int PRIMARY KEY, sender_id bigint NOT NULL REFERENCES users,
						"receiverId" bigint REFERENCES users);
-- columns whose names say nothing of keys
CREATE TABLE notes (id int PRIMARY KEY, owner bigint REFERENCES users);
CREATE TABLE edits (id int PRIMARY KEY, created_by bigint REFERENCES users, updated_by bigint REFERENCES users);
-- a table that refers to itself
CREATE TABLE categories (id int PRIMARY KEY, parent_id int REFERENCES categories);
-- a composite key
CREATE TABLE order_lines (order_id int, line int, PRIMARY KEY (order_id, line));
CREATE TABLE shipments (id int PRIMARY KEY, order_id int, line int,
						FOREIGN KEY (order_id, line) REFERENCES order_lines);
-- a relationship finds its name taken by a column
CREATE TABLE reviews (id int PRIMARY KEY, post uuid, post_id uuid REFERENCES posts, user_ref bigint REFERENCES users);
-- foreign tables
CREATE FOREIGN TABLE schema_rel_shop.orders (
	id int OPTIONS (key 'true'),
	user_id int OPTIONS ("references" 'schema_rel.users(id)'),
	total numeric)
SERVER schema_rel_server;
CREATE FOREIGN TABLE schema_rel_shop.items (
	id int OPTIONS (key 'true'),
	order_id int OPTIONS ("references" 'orders(id)'),
	email text OPTIONS ("references" 'USERS( Email )'))
SERVER schema_rel_server;
CREATE FOREIGN TABLE schema_rel_shop.user_analytics (
	user_id int OPTIONS (key 'true', "references" 'users'),
	total_orders int, lifetime_value numeric)
SERVER schema_rel_server;
-- the parts of a composite key
CREATE FOREIGN TABLE schema_rel_shop.remarks (
	order_no int OPTIONS ("references" 'order_lines(order_id)'),
	line_no int OPTIONS ("references" 'order_lines(line)'))
SERVER schema_rel_server;
-- what cannot be
CREATE FOREIGN TABLE schema_rel_shop.odd (
	a int OPTIONS ("references" 'nowhere(id)'),
	b int OPTIONS ("references" 'users(name)'),
	c int OPTIONS ("references" 'users(id'),
	d date OPTIONS ("references" 'users(id)'),
	e text OPTIONS ("references" 'posts(id)'),
	f int OPTIONS (key 'perhaps', "references" 'pg_catalog.pg_class(oid)'),
	g text OPTIONS ("references" 'user_profiles(bio)'))
SERVER schema_rel_server;
RESET client_min_messages;

SELECT source, field, source_columns, target, target_columns, cardinality, nullable, origin
  FROM fraiseql.relationships ORDER BY source::text, field;
SELECT * FROM fraiseql.schema_problems ORDER BY 1, 2, 3, 4;

-- names as they are
SET fraiseql.naming = preserve;
SELECT source, field FROM fraiseql.relationships
 WHERE source = 'users'::regclass OR target = 'users'::regclass ORDER BY source::text, field;
RESET fraiseql.naming;

-- an abbreviated name is not used where it would take another's
CREATE TABLE profiles (id int PRIMARY KEY, user_id bigint UNIQUE REFERENCES users);
SELECT field FROM fraiseql.relationships WHERE source = 'users'::regclass AND field ILIKE '%profile%' ORDER BY 1;
DROP TABLE profiles;

-- to-one is not null only where a row is always found
SELECT field, nullable FROM fraiseql.relationships WHERE source = 'posts'::regclass ORDER BY field;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
SELECT field, nullable FROM fraiseql.relationships WHERE source = 'posts'::regclass ORDER BY field;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey,
	ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;
SELECT field, nullable FROM fraiseql.relationships WHERE source = 'posts'::regclass ORDER BY field;
ALTER TABLE posts VALIDATE CONSTRAINT posts_user_id_fkey;
SELECT field, nullable FROM fraiseql.relationships WHERE source = 'posts'::regclass ORDER BY field;
ALTER TABLE posts ALTER CONSTRAINT posts_user_id_fkey DEFERRABLE;
SELECT field, nullable FROM fraiseql.relationships WHERE source = 'posts'::regclass ORDER BY field;

-- partitions stand behind their table; a table with child tables has no keys
CREATE TABLE events (id int, at date, user_id bigint REFERENCES users, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE places (id int PRIMARY KEY);
CREATE TABLE cities () INHERITS (places);
SELECT source, field, target FROM fraiseql.relationships
 WHERE source::text LIKE 'events%' OR target::text LIKE 'events%' ORDER BY source::text;
SELECT object_name, problem FROM fraiseql.schema_problems WHERE object_name IN ('places', 'events', 'events_2024');

-- which pairs of types can be joined
CREATE TABLE keys (small int2 UNIQUE, big int8 UNIQUE, num numeric UNIQUE, u uuid UNIQUE, t text UNIQUE,
				   v varchar(40) UNIQUE, d date UNIQUE, f float8 UNIQUE);
CREATE FOREIGN TABLE pairs (
	a numeric OPTIONS ("references" 'keys(small)'),
	b int2 OPTIONS ("references" 'keys(num)'),
	c char(36) OPTIONS ("references" 'keys(u)'),
	d uuid OPTIONS ("references" 'keys(v)'),
	e name OPTIONS ("references" 'keys(t)'),
	f date OPTIONS ("references" 'keys(d)'),
	g int OPTIONS ("references" 'keys(f)'),
	h timestamp OPTIONS ("references" 'keys(d)'),
	i int OPTIONS ("references" 'keys(t)'))
SERVER schema_rel_server;
SELECT source_columns, target_columns FROM fraiseql.relationships WHERE source = 'pairs'::regclass ORDER BY 1;
SELECT column_name, problem FROM fraiseql.schema_problems WHERE object_name = 'pairs' ORDER BY 1;

SET client_min_messages = warning;
DROP SERVER schema_rel_server CASCADE;
DROP FOREIGN DATA WRAPPER schema_rel_wrapper;
DROP SCHEMA schema_rel CASCADE;
DROP SCHEMA schema_rel_shop CASCADE;
