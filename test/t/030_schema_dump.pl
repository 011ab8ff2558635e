# Added relationships and overrides are part of a dump, and are there after a
# restore, where every relation has another oid and columns other numbers; other
# sessions see a change of them at once.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION fraiseql;
	CREATE SCHEMA "Odd ""schema";
	CREATE TABLE users (gone int, id bigint PRIMARY KEY);
	ALTER TABLE users DROP COLUMN gone;
	CREATE TABLE "Odd ""schema"."user" ("user ""id" bigint, n int);
	CREATE VIEW totals AS SELECT id AS user_id, 1 AS n FROM users;
	CREATE FOREIGN DATA WRAPPER w;
	CREATE SERVER s FOREIGN DATA WRAPPER w;
	CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), user_id int OPTIONS ("references" 'users(id)')) SERVER s;
	SELECT fraiseql.add_relationship('odd', 'users', '{id}', '"Odd ""schema"."user"', ARRAY['user "id'], 'many', 'even');
	SELECT fraiseql.add_relationship('totals', 'users', '{id}', 'totals', '{user_id}', 'one');
	SELECT fraiseql.add_relationship('owner', 'orders', '{user_id}', 'users', '{id}', null, 'purchases');
	SET fraiseql.schemas = 'public, "Odd ""schema"';
	SELECT fraiseql.rename('users', 'Person'), fraiseql.rename('users', 'id', 'number'),
		fraiseql.rename('orders', 'Purchase', 'allPurchases', 'purchase'),
		fraiseql.omit('"Odd ""schema"."user"', 'user "id');
	CREATE TABLE tags (id int PRIMARY KEY);
	CREATE TABLE user_tags (user_id bigint REFERENCES users, tag_id int REFERENCES tags, PRIMARY KEY (tag_id, user_id));
	SELECT fraiseql.rename('users', 'tags', 'labels');
	CREATE FUNCTION "Odd ""schema".people("at ""least" int DEFAULT 0) RETURNS SETOF users STABLE LANGUAGE sql AS 'SELECT * FROM public.users';
	CREATE FUNCTION initials(u users, n int) RETURNS text STABLE LANGUAGE sql AS 'SELECT $2::text';
	SELECT fraiseql.add_query('"Odd ""schema".people(int)', 'everyone'), fraiseql.rename('users', 'initials', 'letters');
	CREATE FUNCTION first_one(n int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
	CREATE FUNCTION a_last_one(n int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 2';
	SELECT fraiseql.add_query('first_one(int)'), fraiseql.add_query('a_last_one(int)');
	UPDATE fraiseql.query SET field = 'firstOne' WHERE function_name = 'a_last_one';
	UPDATE fraiseql.query SET field = NULL WHERE function_name = 'first_one';
	CREATE ROLE adds_fields;
	GRANT EXECUTE ON FUNCTION fraiseql.add_query TO adds_fields;
});
my $all = q{
	SET fraiseql.schemas = 'public, "Odd ""schema"';
	SELECT source, field, source_columns, target, target_columns, cardinality, nullable, origin
	  FROM fraiseql.relationships WHERE origin = 'added' ORDER BY source::text COLLATE "C", field COLLATE "C"};
my $before = $node->safe_psql('postgres', $all);
is($before, join("\n",
		'"Odd ""schema"."user"|even|{"user \"id"}|users|{id}|one|t|added',
		'orders|owner|{user_id}|users|{id}|one|t|added',
		'users|odd|{id}|"Odd ""schema"."user"|{"user \"id"}|many|f|added',
		'users|purchases|{id}|orders|{user_id}|many|t|added',
		'users|totals|{id}|totals|{user_id}|one|t|added'),
	'relationships before the dump');

my $overrides = q{
	SET fraiseql.schemas = 'public, "Odd ""schema"';
	SELECT * FROM fraiseql.overrides ORDER BY relation::text COLLATE "C", kind, object COLLATE "C"};
my $overridden = $node->safe_psql('postgres', $overrides);
is($overridden, join("\n",
		'"Odd ""schema"."user"|column|user "id||||t',
		'orders|table||Purchase|allPurchases|purchase|f',
		'users|column|id|number|||f',
		'users|function|public.initials(users, integer)|letters|||f',
		'users|join table|<- (user_id) user_tags (tag_id) ->|labels|||f',
		'users|table||Person|||f'),
	'overrides before the dump');
my $sdl = q{
	SET fraiseql.schemas = 'public, "Odd ""schema"';
	SELECT string_agg(line, '; ') FROM regexp_split_to_table(fraiseql.sdl(), E'\n') line WHERE line ~ '^type|^  number: ID|^  letters|^  everyone'};
my $types = $node->safe_psql('postgres', $sdl);
like($types, qr/type Person implements Node \{;   number: ID!;   letters\(n: Int\): String;.*type Purchase.*  everyone\(atLeast: Int, where/, 'their names before the dump');

my $first = q{
	SELECT fraiseql.graphql('{firstOne(n: 0) firstOne_2(n: 0)}'),
		has_function_privilege('adds_fields', 'fraiseql.add_query(regprocedure, text)', 'EXECUTE'),
		has_function_privilege('adds_fields', 'fraiseql.drop_query(regprocedure)', 'EXECUTE')};
is($node->safe_psql('postgres', $first), '{"data":{"firstOne":1,"firstOne_2":2}}|t|f',
	'of two functions the first to be added has the field before the dump');

my $dump = $node->data_dir . '/hub.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ],
	'restore');
is($node->safe_psql('restored', $all), $before, 'relationships after the restore');
is($node->safe_psql('restored', $overrides), $overridden, 'overrides after the restore');
is($node->safe_psql('restored', $sdl), $types, 'their names after the restore');
is($node->safe_psql('restored', $first), '{"data":{"firstOne":1,"firstOne_2":2}}|t|f',
	'of two functions the first to be added has the field after the restore');

# what one session renames, another sees with its next request
my $session = $node->background_psql('restored');
$session->query_safe("SET fraiseql.schemas = 'public'");
like($session->query("SELECT fraiseql.graphql('{people {number}}')"), qr/"people":\[\]/, 'a session uses the schema');
$node->safe_psql('restored', q{SET fraiseql.schemas = 'public'; SELECT fraiseql.rename('users', 'Human'), fraiseql.drop_rename('users', 'id')});
like($session->query("SELECT fraiseql.graphql('{humans {id}}')"), qr/"humans":\[\]/, 'and has the new names at once');
$session->quit;

done_testing();
