-- Hubs that are hard to describe: schemas for tests of introspection and SDL.
CREATE EXTENSION fraiseql;
CREATE ROLE clerk;
GRANT ALL ON SCHEMA public TO clerk;

-- two databases, with relationships across them
CREATE SCHEMA demo;
CREATE SERVER shop FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nowhere.db');
CREATE SERVER "a ""quoted"" \server\, with ', {braces} # and @source" FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nowhere.db');
CREATE TABLE demo.users (id int PRIMARY KEY, email text NOT NULL UNIQUE, boss int REFERENCES demo.users);
CREATE FOREIGN TABLE demo.orders (id bigint OPTIONS (key 'true'), user_id int OPTIONS (references 'demo.users(id)'), total numeric) SERVER shop;
CREATE FOREIGN TABLE demo.lines (id bigint OPTIONS (key 'true'), order_id bigint OPTIONS (references 'demo.orders(id)'))
  SERVER "a ""quoted"" \server\, with ', {braces} # and @source";
COMMENT ON TABLE demo.users IS 'Everybody';
COMMENT ON COLUMN demo.orders.total IS 'In euros';

-- every type
CREATE SCHEMA types;
CREATE TYPE types.mood AS ENUM ('sad', 'ok');
CREATE TYPE types.pair AS (x int, y text);
CREATE DOMAIN types.positive AS int CHECK (VALUE > 0);
DO $$
DECLARE
	t record;
	n int := 0;
BEGIN
	FOR t IN SELECT p.oid::regtype AS name FROM pg_type p LEFT JOIN pg_type e ON e.oid = p.typelem
		WHERE p.typnamespace IN ('pg_catalog'::regnamespace, 'types'::regnamespace) AND p.typtype <> 'p'
			AND (p.typtype <> 'c' OR p.typname = 'pair') AND (coalesce(e.typtype, 'b') NOT IN ('c', 'p') OR p.typname = '_pair')
			AND p.typname !~ '^(pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|pg_brin.*)$'
		ORDER BY p.typname
	LOOP
		n := n + 1;
		EXECUTE format('CREATE TABLE types.t%s (id int PRIMARY KEY, v %s, w %s NOT NULL)', n, t.name, t.name);
	END LOOP;
END $$;

-- names and comments that want to break out
CREATE SCHEMA hostile;
CREATE TYPE hostile."type" AS ENUM ('true', 'null', 'false', '', ' ', 'a b', 'a_b', 'A B', '"', 'ü', '日本', '__x', '1', E'\n', 'extremely-long-' );
CREATE TABLE hostile."Query" (id int PRIMARY KEY, "__typename" text, "__schema" int, "a b" text, "a_b" text, "A B" text, "a""b" text, "1" int);
CREATE TABLE hostile."Int" ("id" int PRIMARY KEY, "true" int, "null" hostile."type", "on" int, "fragment" text, "where" int, "orderBy" int, "_and" int, "_or" text, "_not" text, "日本" text, "é" text, "}" text, "{" text UNIQUE, "#" text, "$" int, "\" int);
CREATE TABLE hostile."__Type" (id int PRIMARY KEY, q int REFERENCES hostile."Query", i int REFERENCES hostile."Int");
CREATE TABLE hostile."日本" (id int PRIMARY KEY, "Int" int REFERENCES hostile."Int");
CREATE TABLE hostile."""; DROP TABLE x; --" (id int PRIMARY KEY);
CREATE TABLE hostile.news (id int PRIMARY KEY);
CREATE TABLE hostile.users (id int PRIMARY KEY);
CREATE TABLE hostile."user" (id int PRIMARY KEY, users int REFERENCES hostile.users);
CREATE TABLE hostile."UserWhereInput" (id int PRIMARY KEY);
CREATE TABLE hostile."OrderDirection" (id int PRIMARY KEY);
CREATE TABLE hostile.points (p point, x xml);
CREATE TABLE hostile.nothing ();
CREATE TABLE hostile.this_is_a_table_name_that_is_as_long_as_they_can_be_in_postgres (id int PRIMARY KEY, this_is_a_column_name_that_is_as_long_as_they_can_be_in_postgr int);
DO $$
DECLARE
	texts text[] := ARRAY['""" }', '"', E'\\', E'\\"""', E'a\n\n  b\n', E'\n', ' ', E'  indented\n  all', E'\tx', E'x\t', E'\u0001\u001f', 'ends with "',
		E'ends with \\', '''', '${x}', '</script>', 'ünïcödé 日本 😀', E'\r\nx\r', '#', repeat('long ', 40), repeat('x', 200), ''];
	i int := 0;
	t text;
BEGIN
	FOREACH t IN ARRAY texts LOOP
		i := i + 1;
		EXECUTE format('CREATE TABLE hostile.comment_%s (id int PRIMARY KEY, v int)', i);
		EXECUTE format('COMMENT ON TABLE hostile.comment_%s IS %L', i, t);
		EXECUTE format('COMMENT ON COLUMN hostile.comment_%s.v IS %L', i, t);
	END LOOP;
END $$;
COMMENT ON TYPE hostile."type" IS '"""';

-- many tables, each related to others
CREATE SCHEMA many;
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE format('CREATE TABLE many.thing_%s (id int PRIMARY KEY, name text, price numeric, made timestamptz, parent_id int%s, size int)', i,
			CASE WHEN i > 1 THEN ' REFERENCES many.thing_' || (i / 2) ELSE '' END);
	END LOOP;
END $$;

GRANT USAGE ON SCHEMA demo, hostile, many, types TO clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA types TO clerk;
GRANT SELECT ON demo.orders TO clerk;
GRANT SELECT (id, boss) ON demo.users TO clerk;
GRANT SELECT (id, "true", "null") ON hostile."Int" TO clerk;
GRANT SELECT (p) ON hostile.points TO clerk;
GRANT SELECT ON hostile."__Type" TO clerk;
