# Random schemas, documents and variables, valid and nearly so: fraiseql.validate()
# finds the same errors at the same places as graphql-js.
#
# FSQ_GRAPHQL_ROUNDS and FSQ_GRAPHQL_SEED choose how many documents, and which.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use FraiseqlTest::GraphqlJs;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = FraiseqlTest::GraphqlJs::missing();
plan skip_all => $missing if $missing;

my $rounds = $ENV{FSQ_GRAPHQL_ROUNDS} // 3000;
my $seed = $ENV{FSQ_GRAPHQL_SEED} // 1;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/../graphql/hubs.sql"));

my $hubs = join '', map {
	$node->safe_psql('postgres', "SET fraiseql.schemas = $_; SELECT to_json(fraiseql.sdl())") . "\n"
} ('demo', 'types', 'hostile', 'surface', 'surface; SET fraiseql.subgraph = on; SET fraiseql.naming = preserve',
	'hostile; SET fraiseql.naming = pg_graphql', 'surface; SET fraiseql.naming = pg_graphql_inflected');

# The documents come as one column: no character of JSON is a control character.
my $file = PostgreSQL::Test::Utils::tempdir() . '/rounds';
my $ask = "CREATE TEMP TABLE round (n serial, json json);
\\copy round (json) FROM '$file' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')
SELECT fraiseql.validate(json->>'sdl', json->>'query', (json->'variables')::jsonb) FROM round ORDER BY n;";

# Executable documents, and documents that define types.
foreach my $mode (qw(generate define misfit))
{
	my $differences = '';

	for (my $done = 0; $done < $rounds; $done += 1000)
	{
		my $part = FraiseqlTest::GraphqlJs::ask('differential.js', [ $mode, $seed * 1000 + $done / 1000, 1000 ], $hubs);

		open my $out, '>:raw', $file or die "$file: $!";
		print $out $part;
		close $out or die "$file: $!";
		$differences .= FraiseqlTest::GraphqlJs::ask('differential.js', [ 'compare', $file ], $node->safe_psql('postgres', $ask));
	}
	is($differences, '', "$mode: $rounds documents");
}

$node->stop;
done_testing();
