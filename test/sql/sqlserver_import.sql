-- IMPORT FOREIGN SCHEMA from SQL Server: types, keys, references, and names
-- that need quoting.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
\getenv port FSQ_SQLSERVER_PORT
\getenv user FSQ_SQLSERVER_USER
\getenv password FSQ_SQLSERVER_PASSWORD
SELECT $$
IF DB_ID(N'import') IS NOT NULL DROP DATABASE import
go
CREATE DATABASE import
go
USE import
go
CREATE TABLE kinds (
	a_bit bit NOT NULL, a_tinyint tinyint, a_smallint smallint, an_int int, a_bigint bigint,
	a_decimal decimal(38,4), a_numeric numeric(5), a_money money, a_smallmoney smallmoney, a_real real, a_float float,
	a_char char(5), a_varchar varchar(20), a_varchar_max varchar(max), an_nchar nchar(5), an_nvarchar nvarchar(4000), an_nvarchar_max nvarchar(max),
	a_text text, an_ntext ntext, a_binary binary(4), a_varbinary varbinary(20), a_varbinary_max varbinary(max), an_image image,
	a_date date, a_time time(3), a_time7 time, a_smalldatetime smalldatetime, a_datetime datetime, a_datetime2 datetime2(3), a_datetime27 datetime2,
	a_datetimeoffset datetimeoffset(0), a_datetimeoffset7 datetimeoffset,
	a_uniqueidentifier uniqueidentifier, an_xml xml, a_sql_variant sql_variant, a_sysname sysname, a_rowversion rowversion)
CREATE TABLE customer (id int IDENTITY PRIMARY KEY, name nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL, email varchar(100) UNIQUE)
CREATE TABLE product (shop int, sku varchar(20), price money NOT NULL, PRIMARY KEY (shop, sku))
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, parent bigint REFERENCES orders (id),
	shop int, sku varchar(20), quantity int NOT NULL, net money NOT NULL, total AS quantity * net,
	FOREIGN KEY (shop, sku) REFERENCES product (shop, sku))
EXEC sp_addextendedproperty N'MS_Description', N'who buys', N'SCHEMA', N'dbo', N'TABLE', N'customer'
CREATE TABLE gone (a int)
go
CREATE VIEW totals AS SELECT customer_id, SUM(total) AS total FROM orders GROUP BY customer_id
go
CREATE VIEW broken AS SELECT a FROM gone
go
DROP TABLE gone
CREATE TABLE [it's "a]]table". %n\] ([a]]b] int PRIMARY KEY, [c.d] int, ["q"] int, [%1 $1] int, [Größe 😀] nvarchar(10), [select] int)
CREATE TABLE [name of 70 characters, which is more than PostgreSQL has in an identifier] (a int)
CREATE TABLE [xmin] ([ctid] int, [ok] int)
go
INSERT INTO [it's "a]]table". %n\] VALUES (1, 2, 3, 4, N'größer', 6)
INSERT INTO customer (name, email) VALUES (N'Ann', 'a@example.com'), (N'bob', 'b@example.com')
INSERT INTO product VALUES (1, 'x', 1.5)
INSERT INTO orders VALUES (1, 1, NULL, 1, 'x', 2, 1.5), (2, 1, 1, 1, 'x', 1, 9.99)
go
CREATE SCHEMA [other]
go
CREATE TABLE other.one (id int PRIMARY KEY, customer_id int REFERENCES dbo.customer)
CREATE TABLE other.defaults (id uniqueidentifier DEFAULT newid() PRIMARY KEY, n int DEFAULT -1, price decimal(5,2) DEFAULT 2, ok bit DEFAULT 1,
	name nvarchar(20) DEFAULT N'it''s', nothing int DEFAULT NULL, d date DEFAULT '20240101', made datetime2(3) DEFAULT SYSUTCDATETIME(),
	local datetime DEFAULT GETDATE(), zoned datetimeoffset(3) DEFAULT SYSDATETIMEOFFSET())
EXEC sp_addextendedproperty N'MS_Description', N'what it costs', N'SCHEMA', N'other', N'TABLE', N'defaults', N'COLUMN', N'price'
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD

CREATE SERVER sqlserver_import FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port :'port', database 'import');
CREATE USER MAPPING FOR CURRENT_USER SERVER sqlserver_import OPTIONS (username :'user', password :'password');
CREATE SCHEMA sqlserver_import;
SET search_path = sqlserver_import;

-- what cannot be had, and what is told
IMPORT FOREIGN SCHEMA "no such schema" FROM SERVER sqlserver_import INTO sqlserver_import;
IMPORT FOREIGN SCHEMA dbo FROM SERVER sqlserver_import INTO sqlserver_import OPTIONS (import_colour 'true');
IMPORT FOREIGN SCHEMA dbo FROM SERVER sqlserver_import INTO sqlserver_import;
SELECT relname FROM pg_class WHERE relnamespace = 'sqlserver_import'::regnamespace ORDER BY relname COLLATE "C";
\d kinds
\d customer
\d orders
\d totals
\d "it's ""a]table"". %n\"

-- names go there as they are
SELECT * FROM "it's ""a]table"". %n\" WHERE "a]b" = 1 AND "Größe 😀" = 'größer' AND "%1 $1" = 4;
SELECT c.name, sum(o.total) FROM customer c JOIN orders o ON o.customer_id = c.id GROUP BY c.name;
SELECT * FROM totals;

-- only some of them; without NOT NULL
CREATE SCHEMA sqlserver_import_some;
IMPORT FOREIGN SCHEMA dbo LIMIT TO (customer, "no such table") FROM SERVER sqlserver_import INTO sqlserver_import_some OPTIONS (import_not_null 'false');
IMPORT FOREIGN SCHEMA other FROM SERVER sqlserver_import INTO sqlserver_import_some OPTIONS (import_default 'true', import_comments 'true');
\d sqlserver_import_some.customer
\d sqlserver_import_some.one
\d sqlserver_import_some.defaults
SELECT col_description('sqlserver_import_some.defaults'::regclass, 3);

-- a table without schema_name is that of the login's own schema; one that is not there
CREATE FOREIGN TABLE own (id int, name text) SERVER sqlserver_import OPTIONS (table_name 'customer');
SELECT * FROM own WHERE name = 'bob';
CREATE FOREIGN TABLE nothing (id int) SERVER sqlserver_import OPTIONS (schema_name 'dbo');
SELECT * FROM nothing;

DROP SCHEMA sqlserver_import, sqlserver_import_some CASCADE;
DROP SERVER sqlserver_import CASCADE;
SELECT $$
DROP DATABASE import
go
$$ \g (format=unaligned tuples_only=on) |bsqldb -q -S 127.0.0.1:$FSQ_SQLSERVER_PORT -U $FSQ_SQLSERVER_USER -P $FSQ_SQLSERVER_PASSWORD
