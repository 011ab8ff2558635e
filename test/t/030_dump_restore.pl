# A hub with servers, foreign tables and their options goes through pg_dump and
# back: the restored hub says the same about itself and answers the same.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $file = "$dir/it's legacy.db";
(my $quoted = $file) =~ s/'/''/g;
run_log([ 'sqlite3', $file, <<'SQL' ]) or BAIL_OUT('sqlite3');
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES people (id), total DECIMAL(10,2), placed INTEGER);
CREATE TABLE people (id INTEGER PRIMARY KEY, "full ""name" TEXT);
CREATE TABLE "a'b" ("x y" TEXT);
INSERT INTO people VALUES (1, 'Ann'), (2, 'Bo');
INSERT INTO orders VALUES (1, 1, 10.5, 0), (2, 2, 20, 86400), (3, 1, 0.25, NULL);
INSERT INTO "a'b" VALUES ('z');
SQL

$node->safe_psql('postgres', 'CREATE DATABASE hub');
$node->safe_psql('hub', qq{
	CREATE EXTENSION fraiseql;
	CREATE ROLE reader;
	CREATE SERVER legacy FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$quoted', read_only 'true', timeout '5s');
	CREATE ROLE landlord;
	CREATE SERVER annex FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$quoted');
	GRANT USAGE ON FOREIGN SERVER annex TO landlord;
	CREATE SERVER house FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$quoted', replicas 'annex');
	ALTER SERVER house OWNER TO landlord;
	CREATE SCHEMA imported;
	IMPORT FOREIGN SCHEMA main FROM SERVER legacy INTO imported;
	CREATE TABLE users (id integer PRIMARY KEY, name text);
	INSERT INTO users VALUES (1, 'Ann'), (2, 'Bo');
	CREATE FOREIGN TABLE sales (
		no integer OPTIONS (column_name 'id', key 'true'),
		"who" integer OPTIONS (column_name 'user_id', "references" 'users(id)') NOT NULL,
		total numeric(10,2),
		day timestamptz OPTIONS (column_name 'placed', date_format 'unix')
	) SERVER legacy OPTIONS (table_name 'orders', pushdown 'false');
	GRANT SELECT ON sales TO reader;
	COMMENT ON FOREIGN TABLE sales IS 'what was sold';
	CREATE FOREIGN TABLE recent (
		id integer OPTIONS (key 'true') NOT NULL,
		name text OPTIONS (column_name 'full "name')
	) SERVER legacy OPTIONS (table_name 'people', fallback 'users', fallback_on 'both');
	INSERT INTO users VALUES (3, 'Cy');
	CREATE VIEW spent AS SELECT u.name, sum(s.total) FROM users u JOIN sales s ON s.who = u.id GROUP BY 1;
	SELECT fraiseql.add_relationship('purchases', 'users', '{id}', 'imported.orders', '{user_id}', 'many', 'buyer');
});

my @questions = (
	[ 'servers', q{SELECT srvname, srvowner::regrole, ARRAY(SELECT unnest(srvoptions) ORDER BY 1) FROM pg_foreign_server ORDER BY 1} ],
	[ 'tables', q{SELECT ftrelid::regclass::text, ARRAY(SELECT unnest(ftoptions) ORDER BY 1) FROM pg_foreign_table ORDER BY 1} ],
	[ 'columns', q{SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, ARRAY(SELECT unnest(attfdwoptions) ORDER BY 1)
		FROM pg_attribute WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND attnum > 0 ORDER BY attrelid::regclass::text, attnum} ],
	[ 'relationships', q{SELECT source, field, source_columns, target, target_columns, cardinality, origin FROM fraiseql.relationships ORDER BY source::text, field} ],
	[ 'rows of a table', q{SET TimeZone = 'UTC'; SELECT * FROM sales ORDER BY no} ],
	[ 'rows of imported tables', q{SELECT p.*, o.total, (SELECT "x y" FROM imported."a'b") FROM imported.people p JOIN imported.orders o ON o.user_id = p.id ORDER BY o.id} ],
	[ 'a table and its fallback', q{SELECT * FROM recent WHERE id IN (1, 2, 3) ORDER BY id} ],
	[ 'a view over both', q{SELECT * FROM spent ORDER BY 1} ]);

sub ask { return $node->safe_psql('hub', "SET fraiseql.schemas = 'public, imported'; $_[0]"); }

my %before = map { $_->[0] => ask($_->[1]) } @questions;
like($before{'rows of a table'}, qr/^1\|1\|10\.50\|1970-01-01 00:00:00\+00\n2\|2\|20\.00\|1970-01-02 /, 'the hub answers');
is($before{'a table and its fallback'}, "1|Ann\n2|Bo\n3|Cy", 'it has the fallback');
like($before{'relationships'}, qr{^users\|purchases\|}m, 'it has the relationship');

$node->command_ok([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-Fc', '-f', "$dir/hub.dump", 'hub' ], 'dump');
$node->safe_psql('postgres', 'DROP DATABASE hub');
$node->safe_psql('postgres', 'CREATE DATABASE hub');
$node->command_ok([ 'pg_restore', '-h', $node->host, '-p', $node->port, '--exit-on-error', '-d', 'hub', "$dir/hub.dump" ], 'restore');

is(ask($_->[1]), $before{ $_->[0] }, "the same after the restore: $_->[0]")
  foreach @questions;

done_testing();
