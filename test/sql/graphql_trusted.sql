-- Trusted documents: named by a hash, and with fraiseql.trusted_only the only ones.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA trusted;
SET search_path = trusted;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
CREATE ROLE regress_trusted;
GRANT USAGE ON SCHEMA trusted TO regress_trusted;
GRANT SELECT ON users TO regress_trusted;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
PREPARE by_hash(text, jsonb) AS
SELECT fraiseql.graphql(NULL, $2, extensions => jsonb_build_object('persistedQuery', jsonb_build_object('version', 1, 'sha256Hash', $1)));

-- without any document, clients need not try again
EXECUTE by_hash(repeat('0', 64), NULL);
SELECT fraiseql.trust('query ($id: ID!) { user(id: $id) { name } }') AS hash \gset
SELECT :'hash' = encode(sha256('query ($id: ID!) { user(id: $id) { name } }'), 'hex');
SELECT fraiseql.trust('query ($id: ID!) { user(id: $id) { name } }') = :'hash';
EXECUTE by_hash(:'hash', '{"id": 1}');
EXECUTE by_hash(upper(:'hash'), '{"id": 2}');
EXECUTE by_hash(repeat('0', 64), NULL);
EXECUTE by_hash('short', NULL);
SELECT fraiseql.graphql(NULL, extensions => '{"persistedQuery": 1}');
SELECT fraiseql.graphql(NULL, extensions => '{"trace": false}');
SELECT fraiseql.explain(NULL);
-- with the document, the hash must be its own
SELECT fraiseql.graphql('{ users { id } }', extensions => jsonb_build_object('persistedQuery', jsonb_build_object('sha256Hash', encode(sha256('{ users { id } }'), 'hex'))));
SELECT fraiseql.graphql('{ users { id } }', extensions => jsonb_build_object('persistedQuery', jsonb_build_object('sha256Hash', :'hash')));

-- only trusted documents; who may not read their table may use them
SET fraiseql.trusted_only = on;
SET ROLE regress_trusted;
SELECT fraiseql.graphql('{ users { id } }');
SELECT fraiseql.graphql('query ($id: ID!) { user(id: $id) { name } }', '{"id": 1}');
SELECT fraiseql.graphql('query ($id: ID!) { user(id: $id) { name } } ', '{"id": 1}');
EXECUTE by_hash(:'hash', '{"id": 2}');
SELECT fraiseql.trust('{ users { id } }');
SELECT count(*) FROM fraiseql.trusted_document;
SET fraiseql.trusted_only = off;
RESET ROLE;
-- until it is removed
DELETE FROM fraiseql.trusted_document WHERE hash = :'hash';
EXECUTE by_hash(:'hash', '{"id": 2}');
SELECT fraiseql.graphql('query ($id: ID!) { user(id: $id) { name } }', '{"id": 1}');
RESET fraiseql.trusted_only;
INSERT INTO fraiseql.trusted_document VALUES (repeat('0', 64), '{ users { id } }');

-- automatic persisted queries: a document that comes with its hash is kept under it
SET fraiseql.persisted_queries = on;
SELECT fraiseql.persisted_queries_reset();
PREPARE registered(text) AS
SELECT fraiseql.graphql($1, '{"id": 1}', extensions => jsonb_build_object('persistedQuery', jsonb_build_object('version', 1, 'sha256Hash', encode(sha256($1::bytea), 'hex'))));
SELECT encode(sha256('query ($id: ID!) { user(id: $id) { id name } }'), 'hex') AS hash \gset
EXECUTE by_hash(:'hash', '{"id": 2}');
SET ROLE regress_trusted;
EXECUTE registered('query ($id: ID!) { user(id: $id) { id name } }');
RESET ROLE;
EXECUTE by_hash(:'hash', '{"id": 2}');
SELECT role, documents FROM fraiseql.persisted_queries;
-- what is no valid document is not kept, and what has failed for its values is
EXECUTE registered('{ nobody }');
EXECUTE by_hash(encode(sha256('{ nobody }'), 'hex'), NULL);
EXECUTE registered('query ($id: Int!, $x: Int!) { users(limit: $x) { id } user(id: $id) { id } }');
EXECUTE registered('query ($id: ID!, $x: Int!) { users(limit: $x) { id } user(id: $id) { id } }');
EXECUTE by_hash(encode(sha256('query ($id: ID!, $x: Int!) { users(limit: $x) { id } user(id: $id) { id } }'), 'hex'), '{"id": 1, "x": 1}');
-- nor what has another hash, or a version that nobody knows
SELECT fraiseql.graphql('{ users { id } }', extensions => jsonb_build_object('persistedQuery', jsonb_build_object('version', 1, 'sha256Hash', :'hash')));
SELECT fraiseql.graphql('{ users { id } }', extensions => jsonb_build_object('persistedQuery', jsonb_build_object('version', 2, 'sha256Hash', :'hash')));
SELECT documents FROM fraiseql.persisted_queries ORDER BY 1;
-- no transaction is involved
BEGIN;
EXECUTE registered('query ($id: ID!) { user(id: $id) { name id } }');
ROLLBACK;
EXECUTE by_hash(encode(sha256('query ($id: ID!) { user(id: $id) { name id } }'), 'hex'), '{"id": 2}');
-- where only trusted documents are answered, nothing is registered or found
SET fraiseql.trusted_only = on;
EXECUTE registered('{ users { id } }');
EXECUTE by_hash(:'hash', '{"id": 2}');
RESET fraiseql.trusted_only;
-- roles cannot turn it on for themselves, and not forget for all
SET ROLE regress_trusted;
SET fraiseql.persisted_queries = on;
SELECT fraiseql.persisted_queries_reset();
SELECT sum(documents) FROM fraiseql.persisted_queries;
RESET ROLE;
SELECT fraiseql.persisted_queries_reset();
EXECUTE by_hash(:'hash', '{"id": 2}');
RESET fraiseql.persisted_queries;

DEALLOCATE registered;
DEALLOCATE by_hash;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA trusted CASCADE;
DROP ROLE regress_trusted;
