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
-- what one naming or another has types and fields of
CREATE TYPE hostile.state AS ENUM ('on');
CREATE TYPE hostile.state_list AS ENUM ('off');
CREATE TYPE hostile.thing_collection_match AS ENUM ('a');
CREATE TABLE hostile.network (id int PRIMARY KEY, s hostile.state, ss hostile.state[], t hostile.state_list, ts hostile.state_list[], m hostile.thing_collection_match);
CREATE TABLE hostile.int_list (id int PRIMARY KEY, i int[], filter_is int, "and" int, "or" int, "not" int, "filter" int);
CREATE TABLE hostile.filter_is (id int PRIMARY KEY);
CREATE TABLE hostile."BigFloat" (id int PRIMARY KEY, n numeric);
CREATE TABLE hostile."OrderByDirection" (id int PRIMARY KEY);
CREATE TABLE hostile.thing (id int PRIMARY KEY, boss int REFERENCES hostile.thing, "thingCollection" int);
CREATE TABLE hostile."Thing" (id int PRIMARY KEY, thing int REFERENCES hostile.thing);
CREATE TABLE hostile."thingCollection" (id int PRIMARY KEY, thing int REFERENCES hostile.thing);
CREATE TABLE hostile."thingFilter" (id int PRIMARY KEY, thing int REFERENCES hostile.thing);
CREATE TABLE hostile."thingOrderBy" (id int PRIMARY KEY);
CREATE TABLE hostile."thingByPk" (id int PRIMARY KEY);
CREATE TABLE hostile."thingSum" (id int PRIMARY KEY, thing int UNIQUE REFERENCES hostile.thing);
CREATE TABLE hostile.node (id int PRIMARY KEY, "nodeId" int);
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

-- functions, operators and aggregates of their own, with arguments of every kind
CREATE SCHEMA surface;
CREATE TABLE surface.people (id int PRIMARY KEY, name text NOT NULL, mood types.mood, moods types.mood[], tags text[], info jsonb, note json, shown daterange,
	shifts tstzmultirange, body tsvector, made timestamptz, born date, ip inet, size numeric, boss_id int REFERENCES surface.people);
CREATE TABLE surface.groups (tenant int, id int, title text, opened timestamp, PRIMARY KEY (tenant, id));
CREATE TABLE surface.memberships (person int REFERENCES surface.people, tenant int, group_id int, PRIMARY KEY (person, tenant, group_id),
	FOREIGN KEY (tenant, group_id) REFERENCES surface.groups);
CREATE TYPE surface.summary AS (person_id int, "numberOfGroups" bigint, moods types.mood[]);
CREATE FUNCTION surface.greeting(p surface.people, word text DEFAULT 'Hello', times int DEFAULT 1) RETURNS text STABLE LANGUAGE sql
	AS $$ SELECT repeat(word || p.name, times) $$;
CREATE FUNCTION surface.peers(p surface.people, mood types.mood, "limit" int DEFAULT 3) RETURNS SETOF surface.people STABLE LANGUAGE sql
	AS $$ SELECT * FROM surface.people o WHERE o.id <> p.id $$;
CREATE FUNCTION surface.letters(p surface.people) RETURNS SETOF text STABLE STRICT LANGUAGE sql AS $$ SELECT regexp_split_to_table(p.name, '') $$;
CREATE FUNCTION surface.search(pattern text, VARIADIC moods types.mood[]) RETURNS SETOF surface.people STABLE LANGUAGE sql
	AS $$ SELECT * FROM surface.people WHERE name ~ pattern $$;
CREATE FUNCTION surface.summary(person int, at timestamptz DEFAULT now(), extra jsonb DEFAULT '{}', span int4range DEFAULT NULL) RETURNS surface.summary STABLE LANGUAGE sql
	AS $$ SELECT person, 1::bigint, NULL::types.mood[] $$;
CREATE FUNCTION surface.totals(scale numeric DEFAULT 1) RETURNS TABLE (tenant int, total bigint) STABLE STRICT LANGUAGE sql
	AS $$ SELECT tenant, count(*) FROM surface.groups GROUP BY 1 $$;
CREATE FUNCTION surface.described(s surface.summary, words text[] DEFAULT '{}') RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT s::text || words::text $$;
SELECT fraiseql.add_relationship('person', 'surface.summary', '{person_id}', 'surface.people', '{id}');
SELECT fraiseql.add_query(f::regprocedure) FROM unnest(ARRAY['surface.search(text, types.mood[])', 'surface.summary(int, timestamptz, jsonb, int4range)',
	'surface.totals(numeric)', 'surface.described(surface.summary, text[])']) f;

-- names that want to break out, of functions and their arguments, composite types, enums, join tables and schemas
CREATE SCHEMA "he said ""hi"" \ {#} $1 'ü";
CREATE SCHEMA "__schema";
CREATE SCHEMA "---";
CREATE SCHEMA "true";
CREATE TABLE "he said ""hi"" \ {#} $1 'ü".users (id int PRIMARY KEY, news int REFERENCES hostile.news);
CREATE TABLE "__schema".users (id int PRIMARY KEY, news int REFERENCES hostile.news);
CREATE TABLE "he said ""hi"" \ {#} $1 'ü"."---" ("---" int PRIMARY KEY, "--" int UNIQUE, "-" int REFERENCES "he said ""hi"" \ {#} $1 'ü"."---");
CREATE FUNCTION pg_temp.add_query(wanted regprocedure, number int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fraiseql.add_query(wanted);
EXCEPTION WHEN duplicate_object OR invalid_name THEN
	PERFORM fraiseql.add_query(wanted, 'query_' || number);
END $$;
DO $do$
DECLARE
	names text[] := ARRAY['__typename', '__schema', 'on', 'true', 'null', 'fragment', 'query', 'a"b', E'a\\b', 'a b', 'a_b', 'A B', '日本', 'é', '---', '_', '__', '-', '1', '1a',
		'"', '""', '''', '$1', '%s', '$$', '"; DROP TABLE x; --', E'\n', E'\u0001', '{', '}', '#', '_and', '_or', '_not', 'where', 'orderBy', 'limit', 'first', 'nodeId', 'edges',
		'newsList', 'newsListConnection', 'newsListAggregate', 'Query', 'Int', repeat('f', 63), repeat('f', 62) || 'g', repeat('é', 31), '_id', 'id_', 'users', 'user_by_id', 'count'];
	name text;
	other text;
	ending text;
BEGIN
	FOR i IN 1..array_length(names, 1) LOOP
		name := names[i];
		other := names[i % array_length(names, 1) + 1];
		ending := CASE WHEN length(name) = 63 THEN chr(ascii(right(name, 1)) + 2) ELSE 's' END;
		EXECUTE format('CREATE FUNCTION hostile.%I(hostile.news, %1$I text DEFAULT %1$L, %2$I int DEFAULT 1) RETURNS text STABLE LANGUAGE sql AS ''SELECT $2 || $3''', name, other);
		EXECUTE format('CREATE FUNCTION "true".%I(hostile.users, %I int DEFAULT 1) RETURNS SETOF hostile.news STABLE LANGUAGE sql AS ''SELECT * FROM hostile.news''', name, other);
		EXECUTE format('CREATE FUNCTION "---".%I(%1$I text DEFAULT %2$L, "x y" int DEFAULT 1, "x_y" int DEFAULT 2) RETURNS text STABLE LANGUAGE sql AS ''SELECT $1 || $2 || $3''', name, other);
		EXECUTE format('COMMENT ON FUNCTION "---".%I IS %L', name, name || E'\n"""\\');
		EXECUTE format('CREATE TYPE "---".%I AS (%1$I int, %2$I text)', name, other);
		EXECUTE format('CREATE FUNCTION "__schema".%I("row" "---".%1$I DEFAULT NULL) RETURNS "---".%1$I STABLE LANGUAGE sql AS ''SELECT 1, NULL::text''', name);
		EXECUTE format('CREATE FUNCTION demo.%I() RETURNS TABLE (%1$I int, %2$I text) STABLE LANGUAGE sql AS ''SELECT 1, NULL::text''', name, other);
		PERFORM pg_temp.add_query(p.oid, i * 3 + n) FROM (SELECT oid, row_number() OVER (ORDER BY pronamespace::regnamespace::text)::int AS n
			FROM pg_proc WHERE proname = name AND pronamespace IN ('"---"'::regnamespace, '__schema'::regnamespace, 'demo'::regnamespace)) p;
		EXECUTE format('CREATE TYPE "true".%I AS ENUM (%1$L, %2$L)', name, other);
		EXECUTE format('CREATE TABLE "true".%I (%1$I int PRIMARY KEY, %2$I "true".%3$I)', left(name, 62) || ending, other, name);
		EXECUTE format('CREATE TABLE "__schema".%I (%2$I int REFERENCES hostile.news, %3$I int REFERENCES hostile.users, PRIMARY KEY (%2$I, %3$I))', left(name, 62) || ending, name, other);
	END LOOP;
END $do$;

-- many tables, each related to others
CREATE SCHEMA many;
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		EXECUTE format('CREATE TABLE many.thing_%s (id int PRIMARY KEY, name text, price numeric, made timestamptz, parent_id int%s, size int)', i,
			CASE WHEN i > 1 THEN ' REFERENCES many.thing_' || (i / 2) ELSE '' END);
	END LOOP;
END $$;

GRANT USAGE ON SCHEMA demo, hostile, many, surface, types, "true", "__schema" TO clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA types, "true", "__schema" TO clerk;
GRANT SELECT ON surface.people TO clerk;
GRANT SELECT (tenant, opened) ON surface.groups TO clerk;
GRANT SELECT ON demo.orders TO clerk;
GRANT SELECT (id, boss) ON demo.users TO clerk;
GRANT SELECT (id, "true", "null") ON hostile."Int" TO clerk;
GRANT SELECT (p) ON hostile.points TO clerk;
GRANT SELECT ON hostile."__Type" TO clerk;
