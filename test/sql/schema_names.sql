-- GraphQL names of tables, columns and enums, and the problems they make.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA schema_names;
CREATE SCHEMA crm;
SET search_path = schema_names, crm;
-- the fields of a type with their types, without arguments
CREATE FUNCTION pg_temp.fields(type text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(trim(line), '\(.*\)', '')
	  FROM unnest(string_to_array(split_part(split_part(E'\n' || replace(fraiseql.sdl(), ' implements Node', ''),
		E'\ntype ' || type || E' {\n', 2), E'\n}', 1), E'\n')) line
	 WHERE line ~ '^  \w' AND line !~ '^  databaseStatus:'	-- which every schema has
$$;
CREATE FUNCTION pg_temp.labels(type text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(trim(line), ' ')
	  FROM unnest(string_to_array(split_part(split_part(E'\n' || replace(fraiseql.sdl(), ' implements Node', ''),
		E'\nenum ' || type || E' {\n', 2), E'\n}', 1), E'\n')) line
$$;
RESET client_min_messages;

-- singular and plural
CREATE TABLE addresses (id int PRIMARY KEY);
CREATE TABLE boxes (id int PRIMARY KEY);
CREATE TABLE categories (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY);
CREATE TABLE customer_statuses (id int PRIMARY KEY);
CREATE TABLE databases (id int PRIMARY KEY);
CREATE TABLE houses (id int PRIMARY KEY);
CREATE TABLE ipv4 (id int PRIMARY KEY);
CREATE TABLE logs_2024 (id int PRIMARY KEY);
CREATE TABLE movies (id int PRIMARY KEY);
CREATE TABLE news (id int PRIMARY KEY);
CREATE TABLE people (id int PRIMARY KEY);
CREATE TABLE user_analytics (id int PRIMARY KEY);
CREATE TABLE wolves (id int PRIMARY KEY);
SELECT pg_temp.fields('Query');
SELECT * FROM fraiseql.schema_problems;
SET fraiseql.naming = preserve;
SELECT pg_temp.fields('Query');
RESET fraiseql.naming;
DROP TABLE addresses, boxes, categories, child, customer_statuses, databases, houses, ipv4,
	logs_2024, movies, news, people, user_analytics, wolves;

-- other styles, and names that are none
CREATE TABLE "OrderItems" ("OrderID" int, "Line" int, "UnitPrice" numeric, "HTTPStatus" int, PRIMARY KEY ("OrderID", "Line"));
CREATE TABLE "USER_ACCOUNTS" ("USER_ID" int PRIMARY KEY, "E_MAIL" text UNIQUE);
CREATE TABLE "Ünï cödé" (i int PRIMARY KEY);
CREATE TABLE "日本" (i int PRIMARY KEY);
CREATE TABLE "1st" (i int PRIMARY KEY);
CREATE TABLE __hidden (i int PRIMARY KEY);
CREATE TABLE columns ("größe" int, "2fa" text, "first name" text, "名前" text, __typename text, _id int,
	_and int, a_1 int, "a1" int, "a__1" int, address_line_2 text, "x-y" int, "x.y" int, "class_" text);
CREATE TABLE nothing ();
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('OrderItem');
SELECT pg_temp.fields('Column');
SELECT object_name, column_name, problem FROM fraiseql.schema_problems;
SET fraiseql.naming = preserve;
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('OrderItem');
SELECT pg_temp.fields('Column');
RESET fraiseql.naming;
DROP TABLE "OrderItems", "USER_ACCOUNTS", "Ünï cödé", "日本", "1st", __hidden, columns, nothing;

-- names that are all underscores: what is made of them does not begin with two
CREATE SCHEMA "-";
CREATE TABLE "_" (id int PRIMARY KEY, "_" int UNIQUE, "-" int REFERENCES "_" ("_"));
CREATE TABLE "-"."_" (id int PRIMARY KEY);
CREATE TYPE "-"."_s" AS ENUM ('_', '-');
CREATE TYPE "-"."__s" AS (x int);
CREATE TABLE "-".things (id int PRIMARY KEY, mood "-"."_s");
CREATE FUNCTION "-".made("-".things) RETURNS "-"."__s" STABLE LANGUAGE sql AS 'SELECT 1';
SET search_path = schema_names, "-";
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('Thing');
SELECT object_name, column_name, problem FROM fraiseql.schema_problems;
SET fraiseql.naming = preserve;
SELECT pg_temp.fields('Query');
SELECT pg_temp.fields('_');
SELECT fraiseql.graphql('{ _list { _ __typename } _item_by__(_: 1) { id } }');
RESET fraiseql.naming;
SET search_path = schema_names, crm;
DROP TABLE "_";
SET client_min_messages = warning;
DROP SCHEMA "-" CASCADE;
RESET client_min_messages;

-- a composite type gives way to an enum, also with its schema's name before it
CREATE TYPE mood AS (x int);
CREATE TYPE crm.mood AS ENUM ('low');
CREATE TYPE crm.schema_names_mood AS ENUM ('low');
CREATE TABLE days (id int PRIMARY KEY, mood crm.mood, other crm.schema_names_mood);
CREATE FUNCTION made(days) RETURNS mood STABLE LANGUAGE sql AS 'SELECT 1';
SELECT pg_temp.fields('Day');
DROP FUNCTION made;
DROP TABLE days;
DROP TYPE mood, crm.mood, crm.schema_names_mood;

-- names that are taken: by a schema before, by a table before, by the language,
-- by what another type needs
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE "user" (id int PRIMARY KEY);
CREATE TABLE crm.users (id int PRIMARY KEY);
CREATE TABLE queries (id int PRIMARY KEY);
CREATE TABLE ints (id int PRIMARY KEY);
CREATE TABLE user_where_inputs (id int PRIMARY KEY);
CREATE TABLE crm_users (id int PRIMARY KEY);
CREATE TABLE user_by_ids (id int PRIMARY KEY);
SELECT pg_temp.fields('Query');
SELECT * FROM fraiseql.schema_problems ORDER BY 1, 2, 4;
SET search_path = crm, schema_names;
SELECT pg_temp.fields('Query');
SET search_path = schema_names;
SET fraiseql.schemas = 'crm';
SELECT pg_temp.fields('Query');
SET fraiseql.schemas = 'crm, "Not There", pg_catalog, fraiseql, crm';
SELECT pg_temp.fields('Query');
RESET fraiseql.schemas;
SET search_path = schema_names, crm;
DROP TABLE users, "user", crm.users, queries, ints, crm_users, user_where_inputs, user_by_ids;

-- enums
CREATE TYPE mood AS ENUM ('sad', 'so so', 'verySad', 'Sad', 'SAD', '1st', '', 'true', 'naïve');
CREATE TYPE crm.mood AS ENUM ('fine');
CREATE TYPE order_status AS ENUM ('open');
CREATE TABLE order_statuses (m mood, m2 crm.mood[], s order_status);
SELECT pg_temp.fields('OrderStatus');
SELECT pg_temp.labels('Mood'), pg_temp.labels('CrmMood'), pg_temp.labels('SchemaNamesOrderStatus');
SELECT * FROM fraiseql.schema_problems ORDER BY 1, 2, 4;

-- what Query has when it has no table, it has not when it has one
SELECT fraiseql.graphql('{ _empty }') #>> '{errors,0,message}';
-- a schema that does not exist is passed over, and told where fraiseql.schemas names it
DROP TABLE order_statuses;
SET search_path = schema_names, schema_nmaes;
SELECT * FROM fraiseql.schema_problems;
SET fraiseql.schemas = 'crm, schema_nmaes';
SELECT * FROM fraiseql.schema_problems;
-- whoever sees no table at all gets a hint
SELECT fraiseql.graphql('{ users { id } }');
SELECT fraiseql.explain('{ users { id } }', costs => false);
-- and a schema which is one all the same: a type must have a field
SELECT fraiseql.sdl();
SELECT fraiseql.graphql('query ($a: Boolean!) { __typename a: _empty _empty @skip(if: $a) __schema { queryType { name fields { name description type { kind ofType { name } } } } } }', '{"a": false}');
SELECT fraiseql.graphql('{ _emty }');
RESET fraiseql.schemas;

SET client_min_messages = warning;
DROP SCHEMA schema_names CASCADE;
DROP SCHEMA crm CASCADE;
