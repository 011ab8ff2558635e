# A first try needs no restart: without shared_preload_libraries the extension
# is created, its settings are known once it is loaded, and queries are answered.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $file = PostgreSQL::Test::Utils::tempdir . '/small.db';
run_log([ 'sqlite3', $file, "CREATE TABLE items (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO items VALUES (1, 'a'), (2, 'b')" ]) or BAIL_OUT('sqlite3');

is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '', 'nothing is preloaded');
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER small FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	IMPORT FOREIGN SCHEMA main FROM SERVER small INTO public;
	CREATE TABLE users (id integer PRIMARY KEY, name text);
	INSERT INTO users VALUES (1, 'Ann');
});
is($node->safe_psql('postgres', q{SELECT x FROM items WHERE id = 2}), 'b', 'a foreign table answers in a session of its own');
is($node->safe_psql('postgres', q{LOAD 'fraiseql'; SET fraiseql.pushdown = off; SELECT x FROM items WHERE id = 2}), 'b',
	'a setting can be changed once the library is loaded');
my ($rc, $out, $err) = $node->psql('postgres', q{SELECT 1 FROM items; SET fraiseql.pushdwn = off});
like($err, qr/invalid configuration parameter name "fraiseql.pushdwn"/, 'a misspelt setting is an error');

is($node->safe_psql('postgres', q{SELECT fraiseql.graphql('{ users { id name } items { x } }')}),
	'{"data":{"users":[{"id":"1","name":"Ann"}],"items":[{"x":"a"},{"x":"b"}]}}', 'GraphQL answers');

# what is counted, this session counts, for itself or (from PostgreSQL 17 on) with others
$node->safe_psql('postgres', 'SELECT fraiseql.stats_reset()');
($rc, $out, $err) = $node->psql('postgres', q{
	SELECT x FROM items WHERE id = 1;
	SELECT name, connected FROM fraiseql.health();
	SELECT calls FROM fraiseql.statements WHERE query LIKE 'SELECT "x"%';
	SELECT fraiseql.graphql('{ users { id } }') IS NOT NULL;
	SELECT fraiseql.metrics() LIKE '%fraiseql_queries_total{method="query",status="success"} 1%';
	SELECT fraiseql.stats_reset();
	SELECT count(*) FROM fraiseql.statements});
is($out, "a\nsmall|t\n1\nt\nt\n\n0", 'health, statements and metrics');

done_testing();
