# Added relationships are part of a dump, and are there after a restore, where
# every relation has another oid and columns other numbers; other sessions see
# a change of them at once.

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
});
my $all = q{
	SET fraiseql.schemas = 'public, "Odd ""schema"';
	SELECT source, field, source_columns, target, target_columns, cardinality, nullable, origin
	  FROM fraiseql.relationships ORDER BY source::text COLLATE "C", field COLLATE "C"};
my $before = $node->safe_psql('postgres', $all);
is($before, join("\n",
		'"Odd ""schema"."user"|even|{"user \"id"}|users|{id}|one|t|added',
		'orders|owner|{user_id}|users|{id}|one|t|added',
		'users|odd|{id}|"Odd ""schema"."user"|{"user \"id"}|many|f|added',
		'users|purchases|{id}|orders|{user_id}|many|t|added',
		'users|totals|{id}|totals|{user_id}|one|t|added'),
	'relationships before the dump');

my $dump = $node->data_dir . '/hub.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ],
	'restore');
is($node->safe_psql('restored', $all), $before, 'relationships after the restore');

done_testing();
