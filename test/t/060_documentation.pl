# The examples of the README and of the pages on GraphQL, its schema, settings and
# what can be seen: each gives the answer that its page shows.  Whatever the
# language of requests has is in an example; every setting is on its page, and
# those of GraphQL are in an example.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest::Coverage;
use FraiseqlTest::Examples;

my $dir = PostgreSQL::Test::Utils::tempdir();

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE demo');
system_or_bail('sqlite3', "$dir/legacy.db", '.read test/demo/remote_sqlite.sql');
$node->command_ok(
	[ 'psql', '-XqAt', '-v', "legacy_db=$dir/legacy.db", '-d', $node->connstr('demo'), '-f', 'test/demo/hub_sqlite.sql' ],
	'the hub of the demo');

my $examples = FraiseqlTest::Examples->new($node, 'demo', same => sub { $_[0] =~ s/("\w+_ms":)[\d.]+/$1/gr });
my $settings_page = $examples->page('docs/settings.md');
$examples->page('docs/graphql.md');

# the page on what can be seen begins with nothing seen; times are not its subject
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql, pg_stat_statements'\npg_stat_statements.track = all");
$node->restart;
my $seen = FraiseqlTest::Examples->new($node, 'demo', same => sub { $_[0] =~ s/\b\d+\.\d+\b/FIGURE/gr });
my $seen_page = $seen->page('docs/observe.md');
foreach my $query ($seen_page =~ /^  query: "(.*)"$/mg)
{
	$node->command_ok([ 'psql', '-XqAt', '-d', $node->connstr('demo'), '-c', $query ], 'what exporters ask: ' . substr $query, 0, 60);
}

$node->safe_psql('postgres', 'CREATE DATABASE schema_page');
$node->safe_psql('schema_page', 'CREATE EXTENSION fraiseql');
FraiseqlTest::Examples->new($node, 'schema_page')->page('docs/schema.md');

# the first steps of the README, as they stand, but for the place of the file
my ($shell, $sql, $grants) = slurp_file('README.md') =~ /```sh\nmkdir -p \/data\n(.*?)chown.*?```sql\n(CREATE EXTENSION.*?)```.*?```sql\n(ALTER DATABASE.*?)```/s;
s{/data/legacy\.db}{$dir/first.db}g foreach $shell, $sql;
$node->safe_psql('postgres', 'CREATE DATABASE mydb');
system_or_bail('sh', '-c', $shell);
my $answer = $node->safe_psql('mydb', $sql);
like($answer, qr/^\Q{"data":{"users":[{"id":"1","email":"ann\E\@\Qexample.com","orders":[{"id":"2","total":"20"},{"id":"1","total":"9.5"}]}]}}\E$/m, 'the first request of the README');
$node->safe_psql('mydb', "CREATE ROLE app; $grants");
is($node->safe_psql('mydb', q(SET ROLE app; SELECT fraiseql.graphql('{ user(id: 2) { email orders { id } } }'))),
	'{"data":{"user":{"email":"bob@example.com","orders":[{"id":"3"}]}}}', '... and what a role then may read');

# ---- nothing is missing ----

my $sdl = $node->safe_psql('demo', 'SET fraiseql.subgraph = on; SELECT fraiseql.sdl()');
is(join("\n", FraiseqlTest::Coverage::unused($node, 'demo', $sdl, $examples->requests)), '', 'each part of the schema is in an example');

# a table with a column of each type has no filter that the examples lack
my $every = $node->safe_psql('demo', q{
	BEGIN;
	SET LOCAL client_min_messages = error;
	CREATE TABLE every_type (id int PRIMARY KEY);
	SELECT format('ALTER TABLE every_type ADD c%s %s', oid, format_type(oid, NULL)) FROM pg_type
	 WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' AND typrelid = 0 \gexec
	SELECT fraiseql.sdl()});
is(join(' ', grep { my $name = $_; $sdl !~ /^(?:input|scalar|enum) $name\b/m && $name !~ /^EveryType/ } $every =~ /^(?:input|scalar|enum) (\w+)/mg),
	'', 'each filter and scalar is in the schema of the examples');

my $used = join "\n", $examples->requests, $examples->statements;
my @settings = split /\n/, $node->safe_psql('demo', "SELECT name FROM pg_settings WHERE name LIKE 'fraiseql.%' ORDER BY 1");
is(join(' ', grep { index($settings_page, "`$_`") < 0 } @settings), '', 'every setting is on the page of settings');
# those of servers are on pages of their own
my $staying_up = slurp_file('docs/resilience.md');
is(join(' ', grep { index($staying_up, "`$_`") < 0 && $used !~ /\b\Q$_\E\b/ } @settings), '', 'the others are in examples');

foreach my $word (qw(__schema __type __typename @skip @include @source))
{
	ok($used =~ /(?<!\w)\Q$word\E\b/, "$word is in an example");
}

$node->stop;
done_testing();
