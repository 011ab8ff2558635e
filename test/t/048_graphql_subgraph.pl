# Apollo's packages take a hub for a subgraph: they make a schema of what _service
# says, and compose it with that of other subgraphs, hubs among them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use FraiseqlTest::GraphqlJs;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $missing = FraiseqlTest::GraphqlJs::missing('@apollo/subgraph@2.14.4', '@apollo/composition@2.14.4');
plan skip_all => $missing if $missing;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\nfraiseql.subgraph = on");
$node->start;
$node->safe_psql('postgres', slurp_file("$FindBin::RealBin/../graphql/hubs.sql"));
$node->safe_psql('postgres', "CREATE SCHEMA stock; CREATE TABLE stock.items (order_id bigint, number int, weight float8, PRIMARY KEY (order_id, number)); CREATE TABLE stock.logs (at timestamptz)");

my $json = JSON::PP->new->utf8;

# What _service says for some schemas.
sub sdl
{
	my ($schemas, $settings) = @_;
	$settings //= '';

	return $json->decode($node->safe_psql('postgres', "$settings SET fraiseql.schemas = '$schemas'; SELECT fraiseql.graphql('{ _service { sdl } }')"))
	  ->{data}{_service}{sdl};
}

# What the packages say of a hub, alone or with others.
sub asked
{
	my ($mode, $sdl, @others) = @_;

	return $json->decode(FraiseqlTest::GraphqlJs::ask('subgraph.js', [$mode], $json->encode({ sdl => $sdl, others => \@others }) . "\n"));
}

foreach my $case ([ 'demo' ], [ 'hostile' ], [ 'types' ], [ 'stock' ], [ 'demo', 'SET fraiseql.naming = preserve;' ], [ 'hostile', 'SET fraiseql.naming = pg_graphql;' ],
	[ 'demo', 'SET fraiseql.naming = pg_graphql_inflected;' ],
	[ 'demo', 'SET fraiseql.bigint_as = number;' ], [ 'demo,hostile,stock' ], [ 'demo', 'SET ROLE clerk;' ])
{
	is_deeply(asked('check', sdl(@$case)), [], "@$case");
}

# Another subgraph refers to our users by one key and to orders by theirs, and
# gives them fields of its own.
my $reviews = <<'EOF';
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Query { reviews: [Review!]! }
type Review { id: ID! stars: Int! author: User about: Order }
type User @key(fields: "email") { email: String! reviews: [Review!]! }
type Order @key(fields: "id") { id: ID! reviews: [Review!]! }
EOF
is_deeply(asked('check', sdl('demo'), $reviews), [], 'a subgraph that refers to entities of the hub');
my %types = map { /^(\w+) \{ (.*) \}$/ ? ($1 => $2) : () } @{ asked('types', sdl('demo'), $reviews) };
like($types{User}, qr/^nodeId id email boss .*orders .*reviews/, 'clients of the gateway see the fields of both');
unlike($types{Query}, qr/_service|_entities|databaseStatus|node\b/, 'and nothing of what a hub is');

# Two hubs: what every hub has is shared, and functions that were added are fields of all of them.
$node->safe_psql('postgres', 'DELETE FROM fraiseql.query');
is_deeply(asked('check', sdl('demo'), sdl('stock')), [], 'two hubs');
is_deeply(asked('check', sdl('demo'), sdl('none'), sdl('nothing')), [], 'with hubs that have no tables');

# A representation as a gateway sends it.
$node->safe_psql('postgres', "INSERT INTO demo.users VALUES (1, 'a\@example.com', NULL), (2, 'b\@example.com', 1)");
is($node->safe_psql('postgres', q{SET fraiseql.schemas = demo; SELECT fraiseql.graphql(
	'query Reviews__hub__1($representations:[_Any!]!){_entities(representations:$representations){...on User{id boss}}}',
	'{"representations": [{"__typename": "User", "email": "b@example.com"}, {"__typename": "User", "email": "c@example.com"}]}', 'Reviews__hub__1')}),
	'{"data":{"_entities":[{"id":"2","boss":"1"},null]}}', 'the request of a gateway');

$node->stop;
done_testing();
