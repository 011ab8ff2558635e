-- Fallbacks of foreign tables: what may be set, what is checked when, and what
-- EXPLAIN says.  Nobody listens at the source's port.
\set VERBOSITY terse
CREATE SERVER nobody FOREIGN DATA WRAPPER fraiseql_postgres
	OPTIONS (host '127.0.0.1', port '1', max_attempts '1', circuit_breaker 'off');
CREATE USER MAPPING FOR CURRENT_USER SERVER nobody OPTIONS (username 'u', password 'p');
CREATE SCHEMA kept;
CREATE TABLE kept.orders (id int PRIMARY KEY, customer text, total numeric(10,2));
INSERT INTO kept.orders VALUES (1, 'ann', 10), (2, 'bob', 20.5), (3, 'ann', 30);

-- values
CREATE FOREIGN TABLE t (id int) SERVER nobody OPTIONS (fallback 'a.b.c');
CREATE FOREIGN TABLE t (id int) SERVER nobody OPTIONS (fallback '');
CREATE FOREIGN TABLE t (id int) SERVER nobody OPTIONS (fallback 'kept.orders', fallback_on 'always');
CREATE FOREIGN TABLE t (id int) SERVER nobody OPTIONS (fallback_on 'error');
CREATE FOREIGN TABLE t (id int) SERVER nobody OPTIONS (fallbck 'kept.orders');

-- a table and its fallback
CREATE FOREIGN TABLE t (id int, color text) SERVER nobody OPTIONS (fallback 'kept.orders');
CREATE FOREIGN TABLE keyless (id int) SERVER nobody OPTIONS (fallback 'kept.orders', fallback_on 'missing');
ALTER FOREIGN TABLE keyless ALTER COLUMN id OPTIONS (key 'true');
DROP FOREIGN TABLE keyless;
CREATE FOREIGN TABLE t (id int OPTIONS (key 'true')) SERVER nobody OPTIONS (fallback 'kept.orders_pkey');
CREATE FOREIGN TABLE t (id int OPTIONS (key 'true')) SERVER nobody OPTIONS (fallback 't');
CREATE FOREIGN TABLE later (id int) SERVER nobody OPTIONS (fallback 'kept.later');
CREATE FOREIGN TABLE kept.later (id int) SERVER nobody OPTIONS (fallback 'public.later');
SELECT * FROM later;
CREATE VIEW kept.later AS SELECT 'seven'::text AS id;
SELECT * FROM later;
CREATE OR REPLACE VIEW kept.later AS SELECT '7'::text AS id;
SELECT * FROM later;
ALTER FOREIGN TABLE later ADD COLUMN color text;

-- a name without a schema is in the foreign table's, whatever the search path is
CREATE SCHEMA other;
CREATE TABLE other.spare AS SELECT 666 AS id;
CREATE TABLE kept.spare AS SELECT 7 AS id;
CREATE FOREIGN TABLE kept.near (id int) SERVER nobody OPTIONS (fallback 'spare');
CREATE FOREIGN TABLE kept.circle (id int) SERVER nobody OPTIONS (fallback 'ring');
SET search_path = other, public;
CREATE FOREIGN TABLE kept.ring (id int) SERVER nobody OPTIONS (fallback 'circle');
CREATE FOREIGN TABLE ring (id int) SERVER nobody OPTIONS (fallback 'kept.circle');
SELECT * FROM kept.near;
RESET search_path;
SELECT * FROM kept.near;
DROP SCHEMA other CASCADE;

-- types are those of the foreign table, converted as for INSERT
CREATE FOREIGN TABLE orders (id bigint OPTIONS (key 'true'), customer varchar(3), total float8)
	SERVER nobody OPTIONS (fallback 'kept.orders', fallback_on 'both');
SELECT pg_typeof(id), pg_typeof(customer), pg_typeof(total), * FROM orders ORDER BY id;
INSERT INTO kept.orders VALUES (4, 'carol', 40);
SELECT customer FROM orders WHERE id < 4 ORDER BY id;
SELECT customer FROM orders ORDER BY id;
DELETE FROM kept.orders WHERE id = 4;
CREATE FOREIGN TABLE other_type (id date) SERVER nobody OPTIONS (fallback 'kept.orders');
SELECT * FROM other_type;

-- what is said
EXPLAIN (VERBOSE, COSTS OFF) SELECT total FROM orders WHERE customer = 'ann';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT total FROM orders WHERE id = 2;
SELECT sum(fallbacks) > 5 AS counted FROM fraiseql.stats WHERE server = 'nobody';
SELECT fraiseql.graphql('{ orders(where: {total: {gt: 15}}, orderBy: [{id: ASC}], limit: 1) { id customer } }');
SET fraiseql.fallback = off;
SELECT total FROM orders WHERE id = 2;
EXPLAIN (COSTS OFF) SELECT total FROM orders WHERE id = 2;
RESET fraiseql.fallback;

DROP SERVER nobody CASCADE;
DROP SCHEMA kept CASCADE;
