# A session that lives long: after thousands of statements through each engine,
# answered, failing, cut off and cancelled ones among them, it needs no more
# memory and no more files than after the first hundreds.
#
# FSQ_STATEMENTS is their number for each engine (4,000).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Test::More;

use FraiseqlTest;

my $statements = $ENV{FSQ_STATEMENTS} // 4000;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], conf => "search_path = 'public'\n");

# Kilobytes that thousands of statements may leave behind: what malloc and its threads keep.
my $allowed = 4 * 1024;

sub files
{
	my ($session) = @_;
	my @files = glob '/proc/' . $session->pid . '/fd/*';
	return scalar @files;
}

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $session = $hub->session;
	my $dbh = $session->{dbh};
	my $wrong = 0;

	$hub->sql("CREATE FOREIGN TABLE ${name}_small (id int NOT NULL, name text) SERVER $name OPTIONS (schema_name '$engine->{schema}', table_name 'small')");
	my $one = sub {
		my ($i) = @_;

		# every hundredth on a new connection; of a hundred, some are no plain reads
		$engine->proxy->cut('now', 'fin') if $i % 100 == 0;
		if ($i % 25 == 1)
		{
			$wrong++ if $session->answer("SELECT fraiseql.graphql('{ ${name}Smalls(where: {id: {eq: 2}}) { name } }')") !~ /two/;
		}
		elsif ($i % 100 == 2)
		{
			$wrong++ if $session->answer("SELECT 1 / (id - id) FROM $name.small") !~ /^ERROR 22012/;
		}
		elsif ($i % 500 == 3)
		{
			# amid its rows
			$wrong++ if $session->answer("SELECT n FROM $name.numbers LIMIT 1 OFFSET 10") !~ /^\d+$/;
		}
		elsif ($i % 500 == 4)
		{
			$session->do(q{SET statement_timeout = '50ms'});
			$wrong++ if $session->answer("SELECT * FROM $name.busy") !~ /^ERROR 57014/;
			$session->do('RESET statement_timeout');
		}
		else
		{
			$wrong++ if $dbh->selectrow_array("SELECT name FROM $name.small WHERE id = " . (1 + $i % 2)) ne ('one', 'two')[ $i % 2 ];
		}
	};
	$one->($_) foreach 1 .. 1200;
	my ($memory, $files) = ($session->memory, files($session));
	$one->($_) foreach 1201 .. 1200 + $statements;
	is($wrong, 0, "$name: $statements statements did what they were to do");
	my $grown = $session->memory - $memory;
	cmp_ok($grown, '<', $allowed, "$name: after which the session has grown by $grown kB");
	# all of its connections may have been made anew, or not
	cmp_ok(files($session), '<=', $files + 1, "$name: and has no more files open: $files before");
	$session->disconnect;
}

$hub->stop;
done_testing();
