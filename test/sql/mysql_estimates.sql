-- What the planner expects of MySQL and MariaDB, and which plans follow.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
\set port `cat $FSQ_MARIADB/port`
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "DROP DATABASE IF EXISTS estimates; CREATE DATABASE estimates; USE estimates; CREATE TABLE big (id int PRIMARY KEY, kind int, part int, twin int, maybe int, name varchar(20) NOT NULL, KEY (kind), KEY (part, twin)); INSERT INTO big SELECT seq, seq % 1000, seq % 100, seq % 100, CASE WHEN seq % 5 = 0 THEN seq END, CONCAT('name ', seq) FROM seq_1_to_100000; CREATE TABLE kinds (kind int PRIMARY KEY, label varchar(20)); INSERT INTO kinds SELECT seq - 1, CONCAT('kind ', seq) FROM seq_1_to_1000; CREATE VIEW some_big AS SELECT * FROM big WHERE kind < 20; ANALYZE TABLE big, kinds PERSISTENT FOR ALL" >/dev/null
CREATE SERVER mysql_estimates FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'port', database 'estimates');
CREATE USER MAPPING FOR CURRENT_USER SERVER mysql_estimates OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA mysql_estimates;
IMPORT FOREIGN SCHEMA estimates FROM SERVER mysql_estimates INTO mysql_estimates;
SET search_path = mysql_estimates;

-- Whether the rows that are expected are those that there are, give or take a fifth.
CREATE FUNCTION rows(query text, OUT good boolean, OUT expected numeric, OUT really bigint) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
	expected := plan->0->'Plan'->>'Plan Rows';
	EXECUTE 'SELECT count(*) FROM (' || query || ') q' INTO really;
	good := expected BETWEEN really * 0.8 AND really * 1.2;
	IF good THEN
		expected := NULL;
	END IF;
END $$;

-- never analysed here: the remote's statistics
SELECT * FROM rows('SELECT * FROM big');
SELECT * FROM rows('SELECT * FROM big WHERE id = 7');
SELECT * FROM rows('SELECT * FROM big WHERE kind = 7');
SELECT * FROM rows('SELECT * FROM big WHERE kind IN (1, 2, 3)');
-- columns of an index, together
SELECT * FROM rows('SELECT * FROM big WHERE part = 3');
SELECT * FROM rows('SELECT * FROM big WHERE part = 3 AND twin = 3');
SELECT * FROM rows('SELECT kind FROM big GROUP BY kind');
SELECT * FROM rows('SELECT * FROM big JOIN kinds USING (kind)');
-- of columns without an index MariaDB knows what ANALYZE TABLE ... PERSISTENT has found
SELECT * FROM rows('SELECT * FROM big WHERE maybe IS NULL');
SELECT * FROM rows('SELECT * FROM big WHERE name = ''name 7''');

-- ten local rows look the remote's up, many take all of them at once
CREATE TABLE few AS SELECT i * 1000 AS id FROM generate_series(1, 10) i;
CREATE TABLE many AS SELECT i AS id FROM generate_series(1, 90000) i;
ANALYZE few, many;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big USING (id);
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big ON big.kind = few.id;
EXPLAIN (COSTS OFF) SELECT many.id, big.name FROM many JOIN big USING (id);

-- a login that may not read the statistics does without
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "CREATE OR REPLACE USER estimator@'%' IDENTIFIED BY 'secret'; GRANT SELECT, SHOW VIEW ON estimates.* TO estimator@'%'"
ALTER USER MAPPING FOR CURRENT_USER SERVER mysql_estimates OPTIONS (SET username 'estimator');
SELECT * FROM rows('SELECT * FROM big WHERE kind = 7');
SELECT good FROM rows('SELECT * FROM big WHERE maybe IS NULL');
ALTER USER MAPPING FOR CURRENT_USER SERVER mysql_estimates OPTIONS (SET username 'hub');

-- EXPLAIN asks the remote nothing but, once a minute, what the table is
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "SET GLOBAL log_output = 'TABLE', general_log = on"
SELECT count(*) FROM big WHERE id = 1;
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "TRUNCATE mysql.general_log"
EXPLAIN (COSTS OFF) SELECT name, count(*) FROM big WHERE kind < 10 GROUP BY name ORDER BY name LIMIT 3;
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big USING (id);
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -N -e "SELECT argument FROM mysql.general_log WHERE user_host LIKE 'hub[hub]%' AND argument NOT LIKE '%information_schema%' AND argument NOT LIKE '%column_stats%'"

-- ... unless it is to be asked what it expects
SELECT good FROM rows('SELECT * FROM big WHERE kind < 10');
ALTER SERVER mysql_estimates OPTIONS (ADD use_remote_estimate 'true');
SELECT * FROM rows('SELECT * FROM big WHERE kind < 10');
SELECT * FROM rows('SELECT * FROM some_big');
SELECT expected FROM rows('SELECT * FROM big WHERE id = -1');
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "TRUNCATE mysql.general_log"
EXPLAIN (COSTS OFF) SELECT name, count(*) FROM big WHERE kind < 10 GROUP BY name ORDER BY name LIMIT 3;
EXPLAIN (COSTS OFF) SELECT few.id, big.name FROM few JOIN big USING (id);
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -N -e "SELECT argument FROM mysql.general_log WHERE user_host LIKE 'hub[hub]%' AND argument NOT LIKE '%information_schema%' AND argument NOT LIKE '%column_stats%'; SET GLOBAL log_output = 'FILE', general_log = off"

-- ANALYZE reads a part of a large table, which the remote chooses
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'bernoulli');
ALTER SERVER mysql_estimates OPTIONS (DROP use_remote_estimate);
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE', general_log = on"
ANALYZE big;
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -N -e "SELECT argument FROM mysql.general_log WHERE user_host LIKE 'hub[hub]%' AND argument NOT LIKE '%information_schema%' AND argument NOT LIKE '%column_stats%' AND argument NOT LIKE 'SET SESSION%'; SET GLOBAL log_output = 'FILE', general_log = off" | sed 's/0\.[0-9]*/N/'
SELECT round(reltuples::numeric, -4) AS rows FROM pg_class WHERE oid = 'big'::regclass;
SELECT attname, round(n_distinct::numeric, -2) AS distinct_values FROM pg_stats
	WHERE schemaname = 'mysql_estimates' AND tablename = 'big' AND attname IN ('kind', 'part') ORDER BY attname;
SELECT expected IS NULL OR expected BETWEEN 800 AND 1200 AS good FROM rows('SELECT * FROM big WHERE kind < 10');
ALTER FOREIGN TABLE big OPTIONS (ADD analyze_sampling 'off');
ANALYZE big;
SELECT reltuples FROM pg_class WHERE oid = 'big'::regclass;

SET client_min_messages = warning;
DROP SERVER mysql_estimates CASCADE;
DROP SCHEMA mysql_estimates CASCADE;
