# The examples of docs/graphql.md and docs/settings.md, on the hub of the demo:
# each gives the answer that its page shows.  Whatever the language of requests
# has is in an example; every setting is on its page, and those of GraphQL are in
# an example.
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

my $examples = FraiseqlTest::Examples->new($node, 'demo');
my $settings_page = $examples->page('docs/settings.md');
$examples->page('docs/graphql.md');

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
