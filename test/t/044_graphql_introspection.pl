# graphql-js believes what a hub says of itself: it builds a valid schema from
# the introspection of each, which is the one that fraiseql.sdl() prints.  And
# what a hub says is so: all of a hub of hostile names can be asked for.

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
my $hostile = q{hostile,"true",__schema,"---","he said ""hi"" \ {#} $1 ''ü"};

foreach my $schemas (qw(demo types surface many), $hostile, 'demo,types,hostile,many')
{
	foreach my $settings ('', (map { "SET fraiseql.naming = $_;" } qw(preserve pg_graphql pg_graphql_inflected)), 'SET fraiseql.bigint_as = number; SET fraiseql.numeric_as = number;', 'SET fraiseql.subgraph = on;')
	{
		foreach my $role (qw(postgres clerk))
		{
			next if $role eq 'clerk' && $schemas eq 'many';
			# what these change has been seen by then
			next if $settings =~ /bigint_as|subgraph|inflected/ && $schemas =~ /,/;
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

# A row in each table, which the keys of all others lead to; but none that takes the name of node().
$node->safe_psql('postgres', q{DROP TABLE hostile.node; SET session_replication_role = replica;
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT c.oid::regclass AS name, string_agg(quote_ident(attname), ', ') AS columns, string_agg('1', ', ') AS ones
		FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND atttypid = 'int'::regtype
		WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('hostile', '"true"', '__schema', '"he said ""hi"" \ {#} $1 ''ü"') GROUP BY c.oid
	LOOP
		EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', t.name, t.columns, t.ones);
	END LOOP;
END $$});

# Each field of Query, with all that is below it; then each row that it gave, by its nodeId.
my $file = PostgreSQL::Test::Utils::tempdir() . '/requests';
foreach my $case ([ 'hostile names', $hostile, 'camelCase' ], [ 'hostile names preserved', $hostile, 'preserve' ],
	[ 'hostile names of pg_graphql', $hostile, 'pg_graphql' ], [ 'every type', 'types,surface', 'camelCase' ])
{
	my ($name, $schemas, $naming) = @$case;
	my $begin = "SET fraiseql.schemas = '$schemas'; SET fraiseql.naming = $naming;";
	my $response = $node->safe_psql('postgres', "$begin SELECT fraiseql.graphql(\$\$$query\$\$)");

	open my $out, '>:raw', $file or die "$file: $!";
	print $out FraiseqlTest::GraphqlJs::ask('requests.js', [], "$response\n");
	close $out or die "$file: $!";
	$begin .= "CREATE TEMP TABLE requests (json json);
\\copy requests FROM '$file' WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')
CREATE TEMP TABLE answer AS SELECT request, fraiseql.graphql(request)::jsonb AS answer FROM requests, json_array_elements_text(json) request;
CREATE TEMP TABLE node AS SELECT DISTINCT id #>> '{}' AS id FROM answer, jsonb_path_query(answer, '\$.**.nodeId') id WHERE id #>> '{}' ~ '^b[[:alnum:]_-]{9}';";
	is($node->safe_psql('postgres', "$begin SELECT left(request, 200), answer -> 'errors' FROM answer WHERE answer ? 'errors';"), '', "$name: each request is answered");
	cmp_ok($node->safe_psql('postgres', "$begin SELECT count(*) FROM answer WHERE jsonb_path_exists(answer, '\$.data.* ? (\@ != null)');"), '>', 400, "$name: with something");
	next if $schemas ne $hostile || $naming eq 'pg_graphql';
	is($node->safe_psql('postgres', "$begin SELECT count(*) > 100, count(*) = count(fraiseql.graphql(format('{node(nodeId: \"%s\") {__typename nodeId}}', id)) -> 'data' -> 'node' ->> 'nodeId') FROM node"),
		't|t', "$name: each row is found by its nodeId");
}

# A server of such a name has errors of its own.
is($node->safe_psql('postgres', "SET fraiseql.schemas = demo; SELECT a -> 'data', a #>> '{errors,0,extensions,database}' FROM (SELECT fraiseql.graphql('{lines {id}}')::jsonb) x (a)"),
	q({"lines": null}|a "quoted" \server\, with ', {braces} # and @source), 'an error names its server');

# A role that sees no table has a schema, too.
my $begin = 'SET ROLE clerk; SET fraiseql.schemas = many;';
my ($response, $sdl) = map { $node->safe_psql('postgres', "$begin SELECT $_") }
  ("fraiseql.graphql(\$\$$query\$\$)", "to_json(fraiseql.sdl())");
is(FraiseqlTest::GraphqlJs::ask('introspection.js', ['check'], "{\"response\":$response,\"sdl\":$sdl}\n"),
	"[]\n", 'a role that sees nothing');

$node->stop;
done_testing();
