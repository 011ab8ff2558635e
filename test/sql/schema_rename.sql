-- fraiseql.rename and fraiseql.omit, and what takes them back.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA schema_rename;
SET search_path = schema_rename;
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, name text, secret text);
CREATE TABLE orders (id int PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,
					 reviewer_id bigint REFERENCES users, total numeric);
CREATE TABLE logs (id int PRIMARY KEY, line text);
CREATE FUNCTION shown(pattern text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT line FROM regexp_split_to_table(fraiseql.sdl(), E'\n') AS line WHERE line ~ pattern AND line !~ '^  *"'
$$;
CREATE FUNCTION graphql(query text) RETURNS text LANGUAGE sql AS $$ SELECT fraiseql.graphql(query)::text $$;
RESET client_min_messages;
INSERT INTO users VALUES (1, 'ada@example.org', 'Ada', 'x'), (2, 'bob@example.org', 'Bob', 'y');
INSERT INTO orders VALUES (10, 1, 2, 9.90), (11, 1, NULL, 5), (12, 2, 1, 7.25);

-- a type: the fields of Query follow, and all types made of it
SELECT fraiseql.rename('users', 'Customer');
SELECT shown('^(type|input) (User|Customer)|^  (users?|customers?)\M');
SELECT graphql('{customers(limit: 1) {__typename email} customer(id: 2) {name} customerByEmail(email: "ada@example.org") {id}}');
SELECT graphql('{users {id}}');
-- or are chosen too
SELECT fraiseql.rename('users', 'Person', 'everybody', 'somebody');
SELECT graphql('{everybody(limit: 1) {__typename email} somebody(id: 2) {name}}');
SELECT fraiseql.drop_rename('users');
SELECT graphql('{users(limit: 1) {__typename}}');

-- columns, by their name or by that of their field
SELECT fraiseql.rename('users', 'name', 'fullName');
SELECT fraiseql.rename('orders', 'userId', 'buyerId');
SELECT graphql('{users(where: {fullName: {eq: "Ada"}}, orderBy: {fullName: ASC}) {fullName}}');
SELECT graphql('{orders(where: {buyerId: {eq: 2}}) {buyerId}}');
SELECT graphql('{users {name}}');
-- a key's field has the columns' names
SELECT fraiseql.rename('users', 'email', 'mail');
SELECT graphql('{userByMail(mail: "bob@example.org") {mail}}');

-- relationships, in both directions, whatever the settings that make their names
SELECT fraiseql.rename('orders', 'user', 'buyer');
SELECT fraiseql.rename('users', 'ordersByBuyerId', 'purchases');
SELECT graphql('{users {id purchases(where: {buyer: {mail: {startswith: "ada"}}}, orderBy: [{id: DESC}]) {id buyer {fullName} reviewer {fullName}}}}');
BEGIN;
SET LOCAL fraiseql.naming = preserve;
SELECT graphql('{users(limit: 1) {purchases(limit: 1) {buyer {fullName}}}}');
COMMIT;
SELECT field, source_columns, target, target_columns FROM fraiseql.relationships ORDER BY 1;
SELECT * FROM fraiseql.overrides ORDER BY relation::text, kind, object;

-- a column without a field is still there for relationships and keys
SELECT fraiseql.omit('users', 'secret');
SELECT fraiseql.omit('orders', 'user_id');
SELECT fraiseql.omit('orders', 'id');
SELECT shown('^  secret|^  buyerId|^  userId|^  order\M');
SELECT graphql('{users {secret}}');
SELECT graphql('{users {purchases(limit: 1) {total buyer {id}}} orders(limit: 2) {total}}');
SELECT graphql('{orders(where: {buyerId: {eq: 1}}) {total}}');
SELECT graphql('{order(id: 1) {total}}');
-- another may have its name meanwhile
SELECT fraiseql.rename('users', 'email', 'secret');
SELECT fraiseql.drop_omit('users', 'secret');
SELECT * FROM fraiseql.schema_problems;
SELECT graphql('{users(limit: 1) {secret secret_2}}');
SELECT fraiseql.drop_rename('users', 'email');

-- relationships and tables
SELECT fraiseql.omit('orders', 'reviewer');
SELECT fraiseql.omit('users', 'ordersByReviewerId');
SELECT graphql('{orders {reviewer {id}}}');
SELECT field FROM fraiseql.relationships ORDER BY 1;
SELECT fraiseql.drop_omit('orders', 'reviewer');
SELECT graphql('{orders(limit: 1) {reviewer {id}}}');
SELECT fraiseql.omit('logs');
SELECT shown('Log\M|logs');
SELECT graphql('{logs {id}}');
SELECT fraiseql.omit('orders');
SELECT shown('Order\M|orders|purchases');
SELECT graphql('{users {id purchases {id}}}');
SELECT fraiseql.drop_omit('orders');
SELECT graphql('{users {id purchases {total}}}');
-- an omitted relation leaves its name to others
SELECT fraiseql.rename('users', 'Log');
SELECT graphql('{logs(limit: 1) {__typename fullName}}');
SELECT fraiseql.drop_omit('logs');
SELECT shown('^type');
SELECT * FROM fraiseql.schema_problems;
SELECT fraiseql.drop_rename('users');

-- what cannot be
SELECT fraiseql.rename('users', 'Order');
SELECT fraiseql.rename('users', 'Query');
SELECT fraiseql.rename('users', 'Int');
SELECT fraiseql.rename('users', 'OrderWhereInput');
SELECT fraiseql.rename('users', '_');
SELECT fraiseql.rename('users', '__User');
SELECT fraiseql.rename('users', 'a b');
SELECT fraiseql.rename('users', '');
SELECT fraiseql.rename('users', 'X', 'orders', 'order');
SELECT fraiseql.rename('users', 'X', 'x', 'x');
SELECT fraiseql.rename('users', 'X', 'x}', 'y');
SELECT fraiseql.rename('users', 'name', 'id');
SELECT fraiseql.rename('users', 'name', 'purchases');
SELECT fraiseql.rename('users', 'name', '_and');
SELECT fraiseql.rename('users', 'name', '1st');
SELECT fraiseql.rename('users', 'nobody', 'somebody');
SELECT fraiseql.rename('nothing', 'X');
SELECT fraiseql.rename('users_pkey', 'X');
SELECT fraiseql.omit('users', 'nobody');
SELECT fraiseql.drop_rename('logs');
SELECT fraiseql.drop_rename('logs', 'line');
SELECT fraiseql.drop_omit('logs');
SELECT fraiseql.drop_omit('logs', 'line');
SELECT fraiseql.add_relationship('author', 'logs', '{id}', 'users', '{id}');
SELECT fraiseql.rename('logs', 'author', 'writer');
SELECT fraiseql.add_relationship('fullName', 'users', '{id}', 'logs', '{id}');
SELECT fraiseql.drop_relationship('logs', 'author');

-- relations may be renamed; what is gone is passed over, and can be taken back
ALTER TABLE users RENAME TO people;
SELECT fraiseql.rename('people', 'User');
SELECT graphql('{users(limit: 1) {fullName}}');
ALTER TABLE people RENAME name TO called;
SELECT graphql('{users(limit: 1) {called}}');
SELECT column_name, problem FROM fraiseql.schema_problems;
SELECT fraiseql.drop_rename('people', 'name');
SELECT * FROM fraiseql.schema_problems;
DROP TABLE people CASCADE;
SELECT regexp_replace(problem, '\d+', 'N') AS problem FROM fraiseql.schema_problems;
SELECT fraiseql.rename('logs', 'line', 'text');
SELECT relation, kind, object, name, omitted FROM fraiseql.overrides ORDER BY relation::text, kind, object;
SELECT * FROM fraiseql.schema_problems;
SELECT fraiseql.drop_rename('orders', 'user_id'), fraiseql.drop_omit('orders', 'user_id'), fraiseql.drop_omit('orders', 'id');

-- names that are hostile to SQL
CREATE TABLE "o'dd"".""x" ("a'b" int PRIMARY KEY, "c""d" text);
SELECT fraiseql.rename('"o''dd"".""x"', 'Odd');
SELECT fraiseql.rename('"o''dd"".""x"', 'a''b', 'ab');
SELECT fraiseql.omit('"o''dd"".""x"', 'c"d');
SELECT shown('^type Odd|^  ab\M');
SELECT * FROM fraiseql.overrides WHERE name = 'ab';

-- the owner of a relation names it; nobody writes the table by hand
CREATE ROLE schema_rename_role;
GRANT USAGE, CREATE ON SCHEMA schema_rename TO schema_rename_role;
GRANT SELECT ON logs TO schema_rename_role;
SET ROLE schema_rename_role;
SELECT fraiseql.rename('logs', 'X');
SELECT fraiseql.omit('logs', 'line');
SELECT fraiseql.drop_rename('logs', 'line');
SELECT * FROM fraiseql.override;
DELETE FROM fraiseql.override;
CREATE TABLE notes (id int PRIMARY KEY, note text);
SELECT fraiseql.rename('notes', 'note', 'text');
-- operators of the caller's are not the owner's
CREATE FUNCTION evil(regclass, regclass) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called as %', current_user; END $$;
CREATE OPERATOR = (FUNCTION = evil, LEFTARG = regclass, RIGHTARG = regclass);
SET search_path = schema_rename, pg_catalog;
SELECT fraiseql.rename('notes', 'note', 'words');
SELECT graphql('{notes {words} logs {text}}');
SELECT fraiseql.drop_rename('notes', 'note');
RESET ROLE;
SET search_path = schema_rename;

-- nobody takes the name of another owner's relation, by no setting
CREATE SCHEMA schema_rename_first;
CREATE SCHEMA schema_rename_own AUTHORIZATION schema_rename_role;
CREATE TABLE schema_rename_first.goods (id int PRIMARY KEY, fair text);
INSERT INTO schema_rename_first.goods VALUES (1, 'fair');
CREATE TABLE goods (id int PRIMARY KEY, other text);
CREATE TABLE goods_item (id int PRIMARY KEY, item text);
CREATE FUNCTION one_find(n int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT fraiseql.add_query('one_find(int)');
SET ROLE schema_rename_role;
CREATE TABLE bads (id int PRIMARY KEY, evil text);
CREATE TABLE worse (id int PRIMARY KEY, evil text);
GRANT SELECT ON bads, worse TO PUBLIC;
-- not from outside of the schema
SET fraiseql.schemas = 'schema_rename_own';
SELECT fraiseql.rename('bads', 'Good', 'goods', 'good');
SELECT fraiseql.rename('bads', 'Good');
SET fraiseql.schemas = 'schema_rename';
SELECT fraiseql.rename('bads', 'Good', 'goods', 'good');
-- nor one that is made of another owner's, or a function's
SELECT fraiseql.rename('bads', 'Bad', 'goodsConnection', 'bad');
SELECT fraiseql.rename('bads', 'Bad', 'bads', 'goodById');
SELECT fraiseql.rename('bads', 'Bad', 'goodsGroupBy', 'bad');
SELECT fraiseql.rename('bads', 'Bad', 'one_find', 'bad');
SELECT fraiseql.rename('bads', 'Bad', 'bads', 'oneFind');
SET fraiseql.naming = 'preserve';
SELECT fraiseql.rename('bads', 'OneFind');
SELECT fraiseql.rename('bads', 'Bad', 'goodsAggregate', 'goodByOther');
RESET ROLE;
RESET fraiseql.naming;
SELECT shown('^  (bad|good)');
SELECT fraiseql.drop_rename('bads');
SET ROLE schema_rename_role;
-- nor by the names that there are in another naming, or in one schema of several
SET fraiseql.naming = 'preserve';
SELECT fraiseql.rename('bads', 'Item', 'goodsItems', 'goodsItem');
SELECT fraiseql.rename('worse', 'SchemaRenameGood', 'schemaRenameGoods', 'schemaRenameGood');
RESET ROLE;
RESET fraiseql.naming;
SET fraiseql.schemas = 'schema_rename_first, schema_rename';
SELECT shown('^type \w*(Good|Item) |^  (good|schemaRenameG|schemaRenameSchemaRenameG)[a-z]*(Item)?\(');
SELECT graphql('{goods {fair} goodsItems {item} schemaRenameGoods {other}}');
SELECT object_name, problem FROM fraiseql.schema_problems WHERE object_name IN ('bads', 'worse', 'goods', 'goods_item') ORDER BY 1, 2;
-- a type that types are made of, which are another owner's already
CREATE TABLE fine_filter (id int PRIMARY KEY);
SET ROLE schema_rename_role;
SET fraiseql.schemas = 'schema_rename';
SELECT fraiseql.rename('worse', 'Fine');
RESET ROLE;
ALTER TABLE fine_filter RENAME TO fine_filters_2;
SET ROLE schema_rename_role;
SELECT fraiseql.rename('worse', 'Fine');
RESET ROLE;
ALTER TABLE fine_filters_2 RENAME TO fine_filter;
SELECT shown('^type \w*Fine\w* implements');
-- chosen names of one owner come before those that are made
ALTER TABLE fine_filter OWNER TO schema_rename_role;
SELECT shown('^type \w*Fine\w* implements');
RESET fraiseql.schemas;
SET client_min_messages = warning;
DROP SCHEMA schema_rename_first CASCADE;
DROP TABLE goods, goods_item;
SELECT fraiseql.drop_query('one_find(int)');
DROP FUNCTION one_find;
RESET client_min_messages;

CREATE TEMPORARY TABLE passing (id int);
SELECT fraiseql.omit('passing');

SET client_min_messages = warning;
DROP OWNED BY schema_rename_role;
DROP ROLE schema_rename_role;
DROP SCHEMA schema_rename CASCADE;
DELETE FROM fraiseql.override;
