-- IMPORT FOREIGN SCHEMA from another PostgreSQL: another database of this one,
-- reached as any server is.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
DROP DATABASE IF EXISTS postgres_import;
RESET client_min_messages;
CREATE DATABASE postgres_import;
\set home :DBNAME
\c postgres_import
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN shout AS varchar(8) CHECK (value = upper(value));
CREATE TABLE region (code char(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE customer (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	region char(2) NOT NULL REFERENCES region,
	name varchar(40) NOT NULL UNIQUE,
	credit numeric(12,2) DEFAULT 0,
	tags text[],
	feeling mood,
	feelings mood[],
	home pair,
	score positive,
	code shout,
	seen timestamp(3) with time zone,
	upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE visit (customer bigint REFERENCES customer (id), day date, n int, PRIMARY KEY (customer, day)) PARTITION BY RANGE (day);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW rich AS SELECT id, name FROM customer WHERE credit > 1000;
CREATE MATERIALIZED VIEW per_region AS SELECT region, count(*) AS customers FROM customer GROUP BY region;
CREATE TABLE nothing ();
CREATE SCHEMA "odd ""schema""";
CREATE TABLE "odd ""schema"""."a'b.c""d\e" ("select" int, "semi;colon" int, "x y" int, "ü" text, "%1" text);
INSERT INTO "odd ""schema"""."a'b.c""d\e" VALUES (1, 2, 3, 'ü', '100%');
\c :home
SELECT current_setting('unix_socket_directories') AS dir, current_setting('port') AS port \gset
CREATE SERVER postgres_import FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host :'dir', port :'port', database 'postgres_import');
CREATE USER MAPPING FOR CURRENT_USER SERVER postgres_import OPTIONS (username 'postgres');
CREATE SCHEMA postgres_import;
SET search_path = postgres_import;

-- Types that do not exist here become what they rest on, or text; one bad
-- table does not stop the rest.
IMPORT FOREIGN SCHEMA public FROM SERVER postgres_import INTO postgres_import;
\d customer
\d visit
\d per_region
SELECT relname FROM pg_class WHERE relnamespace = 'postgres_import'::regnamespace ORDER BY relname COLLATE "C";

-- Types of the same name here are used.
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE SCHEMA again;
IMPORT FOREIGN SCHEMA public LIMIT TO (customer) FROM SERVER postgres_import INTO again OPTIONS (import_not_null 'false');
\d again.customer
DROP SCHEMA again CASCADE;
DROP TYPE public.mood;

-- Names are quoted wherever they go.
IMPORT FOREIGN SCHEMA "odd ""schema""" FROM SERVER postgres_import INTO postgres_import;
SELECT * FROM "a'b.c""d\e" WHERE "%1" = '100%' AND "select" % 2 = 1 ORDER BY "x y";
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM "a'b.c""d\e" WHERE "%1" LIKE '1%' AND "select" % 2 = 1 AND "semi;colon" = 2;

IMPORT FOREIGN SCHEMA nowhere FROM SERVER postgres_import INTO postgres_import;

-- Options are checked when they are set.
ALTER SERVER postgres_import OPTIONS (ADD ssl_mode 'sometimes');
ALTER SERVER postgres_import OPTIONS (ADD ssl_cert '/tmp/a');
ALTER SERVER postgres_import OPTIONS (ADD datbase 'x');

DROP SCHEMA postgres_import CASCADE;
DROP SERVER postgres_import CASCADE;
DROP DATABASE postgres_import;
