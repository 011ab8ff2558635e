-- GraphQL types of columns, their filters and orders; comments as descriptions.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA schema_types;
SET search_path = schema_types;
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN strictly AS positive NOT NULL;
CREATE DOMAIN numbers AS int[];
CREATE FOREIGN DATA WRAPPER schema_types_wrapper;
CREATE SERVER schema_types_server FOREIGN DATA WRAPPER schema_types_wrapper;
RESET client_min_messages;

CREATE TABLE samples (
	id bigint PRIMARY KEY, code uuid NOT NULL UNIQUE,
	i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric(38,4), m money, b bool,
	t text, v varchar(10), c char(3), nm name, bin bytea, bits bit(3),
	ts timestamp, tz timestamptz, d date, ti time, tt timetz, iv interval,
	u uuid, j json, jb jsonb, x xml, p point, ip inet, r int4range, o oid, tsv tsvector,
	mo mood, mos mood[], ia int[], ta text[][], ja json[], jba jsonb[], co pair, coa pair[],
	po positive, st strictly, na numbers);
COMMENT ON TABLE samples IS 'One of each';
COMMENT ON COLUMN samples.t IS E'A "text"\nin two lines';
CREATE TABLE parts (sample_id bigint REFERENCES samples, line int, mood mood UNIQUE, PRIMARY KEY (sample_id, line));
COMMENT ON CONSTRAINT parts_sample_id_fkey ON parts IS 'What it is a part of';
CREATE FOREIGN TABLE far (id text OPTIONS (key 'true') NOT NULL, code uuid) SERVER schema_types_server;
CREATE VIEW points AS SELECT p FROM samples;
\pset format unaligned
\pset tuples_only on
SELECT fraiseql.sdl();
\pset tuples_only off
\pset format aligned

-- what it prints is a schema
SELECT fraiseql.validate(fraiseql.sdl(),
	'{ sample(id: 1) { id t parts(where: {sample: {mos: {contains: [SAD]}}}, orderBy: [{line: DESC_NULLS_LAST}]) { sample { code } } } fars { id } }', NULL);
SELECT fraiseql.validate(fraiseql.sdl(), '{ samples(where: {j: {eq: {a: 1}}, p: {eq: "(1,2)"}}, orderBy: [{p: ASC}]) { p } }', NULL);

SET fraiseql.bigint_as = number;
SELECT fraiseql.sdl() LIKE '%i8: BigInt%' AS same_type;

SET client_min_messages = warning;
DROP SERVER schema_types_server CASCADE;
DROP FOREIGN DATA WRAPPER schema_types_wrapper;
DROP SCHEMA schema_types CASCADE;
