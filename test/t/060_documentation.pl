# The examples of docs/graphql.md and docs/settings.md, on the hub of the demo:
# each request gives the answer that the page shows.  Blocks "sql run" are what
# the examples after them need; what blocks "sql example" give, each in a session
# of its own, is in the block that follows.  Every setting is on its page.
#
# With FSQ_UPDATE_DOCS set to a directory, the pages are written there with the
# answers of this run: to be read by eye and copied.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %pages = map { $_ => slurp_file("docs/$_") } qw(graphql.md settings.md);
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

sub quoted
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

# A request, perhaps its variables, and the answer: blocks one after another.
my $examples = 0;
my $run = qr/```sql run\n(.*?)\n```/s;
my $block = qr/```(?:json|text)\n(.*?)\n```/s;

# Statements and what they give.
sub run_example
{
	my ($sql) = @_;
	my ($answer, $stderr);

	$node->psql('demo', $sql, stdout => \$answer, stderr => \$stderr);
	$answer .= "\n" if $answer ne '' && $answer !~ /\n\z/;
	return $answer . join '', map { s/^psql:[^:]*:\d+: //r . "\n" } split /\n/, $stderr;
}

foreach my $name (sort keys %pages)
{
	$pages{$name} =~ s{(```sql example\n(.*?)\n```\n\n```\w*\n)(.*?)```}{
		my ($before, $sql, $shown) = ($1, $2, $3);
		my $answer = run_example($sql);
		$examples++;
		is($answer, $shown, "$name, example $examples: " . substr($sql, 0, 60)) unless $ENV{FSQ_UPDATE_DOCS};
		"$before$answer```";
	}gse;
}

$pages{'graphql.md'} =~ s{$run|(```graphql( explain)?\n(.*?)\n```\n\n(?:```json variables\n(.*?)\n```\n\n)?)$block}{
	my ($sql, $before, $explain, $query, $variables, $shown) = ($1, $2, $3, $4, $5, $6);
	if (defined $sql)
	{
		$node->safe_psql('demo', $sql);
		"```sql run\n$sql\n```";
	}
	else
	{
	# estimates are the planner's: they are not the page's subject
	my $call = sprintf('SELECT fraiseql.%s(%s, %s%s)', $explain ? 'explain' : 'graphql',
		quoted($query), defined $variables ? quoted($variables) . '::jsonb' : 'NULL', $explain ? ', costs => false' : '');
	my $answer = $node->safe_psql('demo', $call);
	$examples++;
	is($answer, $shown, "example $examples: " . substr($query, 0, 60)) unless $ENV{FSQ_UPDATE_DOCS};
	$before . '```' . ($explain ? 'text' : 'json') . "\n$answer\n```";
	}
}gse;
ok($examples >= 9, 'the page has examples');

my $settings = $node->safe_psql('demo', "SELECT name FROM pg_settings WHERE name LIKE 'fraiseql.%' ORDER BY 1");
is(join(' ', grep { index($pages{'settings.md'}, "`$_`") < 0 } split /\n/, $settings), '', 'every setting is on the page of settings');

foreach my $name ($ENV{FSQ_UPDATE_DOCS} ? keys %pages : ())
{
	open my $out, '>', "$ENV{FSQ_UPDATE_DOCS}/$name" or die $!;
	print $out $pages{$name};
	close $out;
}

$node->stop;
done_testing();
