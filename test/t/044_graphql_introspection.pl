# graphql-js believes what a hub says of itself: it builds a valid schema from
# the introspection of each, which is the one that fraiseql.sdl() prints.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use FraiseqlTest::GraphqlJs;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = FraiseqlTest::GraphqlJs::missing();
plan skip_all => $missing if $missing;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/../graphql/hubs.sql"));

my $query = FraiseqlTest::GraphqlJs::ask('introspection.js', ['query']);
my $json = JSON::PP->new->utf8->allow_nonref;
my (@names, $input);

foreach my $schemas (qw(demo types hostile many), 'demo,types,hostile,many')
{
	foreach my $settings ('', 'SET fraiseql.naming = preserve;', 'SET fraiseql.bigint_as = number; SET fraiseql.numeric_as = number;', 'SET fraiseql.subgraph = on;')
	{
		foreach my $role (qw(postgres clerk))
		{
			next if $role eq 'clerk' && $schemas eq 'many';
			my $begin = "SET ROLE $role; SET fraiseql.schemas = '$schemas'; $settings";
			my ($response, $sdl) = map { $node->safe_psql('postgres', "$begin SELECT $_") }
			  ("fraiseql.graphql(\$\$$query\$\$)", "to_json(fraiseql.sdl())");

			push @names, "$schemas as $role $settings";
			$input .= "{\"response\":$response,\"sdl\":$sdl}\n";
		}
	}
}

my @answers = split /\n/, FraiseqlTest::GraphqlJs::ask('introspection.js', ['check'], $input);
is(scalar @answers, scalar @names, 'all were looked at');
is($answers[$_], '[]', $names[$_]) foreach 0 .. $#names;

# A role that sees no table has a schema, too.
my $begin = 'SET ROLE clerk; SET fraiseql.schemas = many;';
my ($response, $sdl) = map { $node->safe_psql('postgres', "$begin SELECT $_") }
  ("fraiseql.graphql(\$\$$query\$\$)", "to_json(fraiseql.sdl())");
is(FraiseqlTest::GraphqlJs::ask('introspection.js', ['check'], "{\"response\":$response,\"sdl\":$sdl}\n"),
	"[]\n", 'a role that sees nothing');

$node->stop;
done_testing();
