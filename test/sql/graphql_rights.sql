-- Rights: a request reads what its role may read, also in a session that
-- changes roles.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_rights;
SET search_path = graphql_rights;
CREATE ROLE regress_gql_clerk;
CREATE ROLE regress_gql_boss;
GRANT USAGE ON SCHEMA graphql_rights TO regress_gql_clerk, regress_gql_boss;
CREATE TABLE workers (id int PRIMARY KEY, name text, salary int, boss_id int REFERENCES workers);
CREATE TABLE files (id int PRIMARY KEY, worker_id int REFERENCES workers, owner name, body text);
CREATE TABLE secrets (id int PRIMARY KEY, worker_id int REFERENCES workers);
INSERT INTO workers VALUES (1, 'ann', 100, NULL), (2, 'bob', 50, 1);
INSERT INTO files VALUES (1, 1, 'regress_gql_clerk', 'clerk''s'), (2, 1, 'regress_gql_boss', 'boss''s'), (3, 2, 'regress_gql_boss', 'boss''s other');
INSERT INTO secrets VALUES (1, 1);
GRANT SELECT (id, name, boss_id) ON workers TO regress_gql_clerk;
GRANT SELECT ON workers, secrets, files TO regress_gql_boss;
GRANT SELECT ON files TO regress_gql_clerk;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON files USING (owner = current_user);
CREATE VIEW payroll AS SELECT sum(salary) AS total FROM workers;
CREATE VIEW checked_payroll WITH (security_invoker) AS SELECT sum(salary) AS total FROM workers;
GRANT SELECT ON payroll, checked_payroll TO regress_gql_clerk, regress_gql_boss;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
PREPARE q(text) AS SELECT current_user, fraiseql.graphql($1);

-- columns and tables: what may not be read is not there
SET ROLE regress_gql_boss;
EXECUTE q('{ workers { name salary secrets { id } } }');
SET ROLE regress_gql_clerk;
EXECUTE q('{ workers { name salary secrets { id } } }');
EXECUTE q('{ workers { name boss { name } } }');
EXECUTE q('{ workers(where: {salary: {gt: 60}}) { name } }');
EXECUTE q('{ workers(orderBy: [{salary: ASC}]) { name } }');
EXECUTE q('{ workers(where: {secrets: {some: {}}}) { name } }');

-- row-level security: the same text, another role, other rows
EXECUTE q('{ workers { name files { body } } files(where: {worker: {name: {eq: "ann"}}}) { body } }');
SET ROLE regress_gql_boss;
EXECUTE q('{ workers { name files { body } } files(where: {worker: {name: {eq: "ann"}}}) { body } }');
RESET ROLE;
SELECT fraiseql.graphql('{ files { body } }');

-- a view reads with the rights of its owner, unless it says otherwise
SET ROLE regress_gql_clerk;
EXECUTE q('{ payrolls { total } }');
EXECUTE q('{ payrolls { total } checkedPayrolls { total } }');
EXECUTE q('{ checkedPayrolls { total } }');
SET ROLE regress_gql_boss;
EXECUTE q('{ payrolls { total } checkedPayrolls { total } }');
RESET ROLE;

-- taken away and given back within the session
SET ROLE regress_gql_boss;
EXECUTE q('{ secrets { id worker { name } } }');
RESET ROLE;
REVOKE SELECT ON workers FROM regress_gql_boss;
SET ROLE regress_gql_boss;
EXECUTE q('{ secrets { id worker { name } } }');
EXECUTE q('{ secrets { id } }');
RESET ROLE;
GRANT SELECT (id) ON workers TO regress_gql_boss;
SET ROLE regress_gql_boss;
EXECUTE q('{ secrets { id worker { name } } }');
EXECUTE q('{ secrets { id worker { id } } }');
RESET ROLE;
REVOKE USAGE ON SCHEMA graphql_rights FROM regress_gql_boss;
SET ROLE regress_gql_boss;
EXECUTE q('{ secrets { id } }');
RESET ROLE;

-- a function with its owner's rights asks with them
CREATE FUNCTION all_files() RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = graphql_rights
	AS $$ SELECT fraiseql.graphql('{ files { id } }') $$;
SET ROLE regress_gql_clerk;
SELECT all_files();
EXECUTE q('{ files { id } }');
RESET ROLE;

-- explain shows no more than the role may see
SET ROLE regress_gql_clerk;
SELECT fraiseql.explain('{ secrets { id } }', costs => false);
RESET ROLE;

DEALLOCATE q;
SET client_min_messages = warning;
DROP SCHEMA graphql_rights CASCADE;
DROP ROLE regress_gql_clerk, regress_gql_boss;
