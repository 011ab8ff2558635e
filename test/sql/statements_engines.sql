-- fraiseql.statements of the engines whose statements hold their values: the
-- texts are without them, whatever kind of literal they are.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
\getenv mariadb FSQ_MARIADB
\set port `cat $FSQ_MARIADB/port`
\! mariadb --no-defaults -S $FSQ_MARIADB/socket -u root -e "DROP DATABASE IF EXISTS statements; CREATE DATABASE statements; USE statements; CREATE TABLE v (id int PRIMARY KEY, s varchar(20) COLLATE utf8mb4_bin, n decimal(10,2), d date, at datetime, bin varbinary(20))"
CREATE SERVER statements_mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'port', database 'statements');
CREATE USER MAPPING FOR CURRENT_USER SERVER statements_mysql OPTIONS (username 'hub', password 'secret');
CREATE SCHEMA statements_mysql;
IMPORT FOREIGN SCHEMA statements FROM SERVER statements_mysql INTO statements_mysql;
\getenv port FSQ_SQLSERVER_PORT
\getenv user FSQ_SQLSERVER_USER
\getenv password FSQ_SQLSERVER_PASSWORD
SELECT $$
IF DB_ID(N'statements') IS NOT NULL DROP DATABASE statements
go
CREATE DATABASE statements
go
USE statements
go
CREATE TABLE v (id int PRIMARY KEY, s nvarchar(20), n decimal(10,2), d date, at datetime2(6), bin varbinary(20))
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD
CREATE SERVER statements_sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port :'port', database 'statements');
CREATE USER MAPPING FOR CURRENT_USER SERVER statements_sqlserver OPTIONS (username :'user', password :'password');
CREATE SCHEMA statements_sqlserver;
IMPORT FOREIGN SCHEMA dbo FROM SERVER statements_sqlserver INTO statements_sqlserver;
-- a directory of this run's own
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set db :dir '/t.db'
\! sqlite3 $DIR/t.db "CREATE TABLE v (id integer PRIMARY KEY, s text NOT NULL, n numeric, d date, at timestamp, bin blob)"
CREATE SERVER statements_sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'db');
CREATE SCHEMA statements_sqlite;
IMPORT FOREIGN SCHEMA main FROM SERVER statements_sqlite INTO statements_sqlite;

-- The same queries with other values, and the texts that they have.
CREATE FUNCTION shapes(engine text) RETURNS TABLE (calls bigint, query text) LANGUAGE plpgsql AS $$
DECLARE
	condition text;
BEGIN
	PERFORM set_config('search_path', 'statements_' || engine || ', public', true);
	FOREACH condition IN ARRAY ARRAY['true',
		'id = 1', 'id = -20',
		'id IN (1, 2)', 'id IN (1, 2, 3, -4, 5)',
		's = ''x''', 's = ''it''''s (1, "2", [3], `4`, \)''', 's = ''日本 ?''',
		's IN (''a'', ''b'')', 's IN (''a'', '','', ''),'', '''''''')',
		'n > 1.50', 'n > -0.1',
		'd = ''2024-01-31''', 'd = ''1999-12-31''',
		'at BETWEEN ''2024-01-31 12:00'' AND ''2024-02-01''', 'at BETWEEN ''2024-01-31 12:00:00.5'' AND ''2024-02-01''',
		'bin = ''\x00ff27''', 'bin = ''\x''']
	LOOP
		EXECUTE 'SELECT id FROM v WHERE ' || condition;
		IF condition = 'true' THEN
			PERFORM fraiseql.stats_reset(('statements_' || engine)::name);
		END IF;
	END LOOP;
	RETURN QUERY SELECT s.calls, s.query FROM fraiseql.statements s
		WHERE s.server = 'statements_' || engine AND s.query NOT LIKE 'PRAGMA%' ORDER BY s.query COLLATE "C";
END $$;
\pset format unaligned
\pset tuples_only on
SELECT * FROM shapes('mysql');
SELECT * FROM shapes('sqlserver');
SELECT * FROM shapes('sqlite');

SET client_min_messages = warning;
DROP FUNCTION shapes;
DROP SERVER statements_mysql, statements_sqlserver, statements_sqlite CASCADE;
DROP SCHEMA statements_mysql, statements_sqlserver, statements_sqlite CASCADE;
\! rm -rf $DIR
