# Rows are streamed, on all engines: a scan of millions of rows needs the memory
# of a few, and so does one whose rows are read ahead because its connection is
# needed for another statement.
#
# FSQ_ROWS is the number of rows of the scan (10,000,000).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use FraiseqlTest;

my $rows = $ENV{FSQ_ROWS} || 10_000_000;

# Kilobytes that a backend may need above what it needed before.
my $allowed = 50 * 1024;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)]);

# Run a statement and watch the backend: its error or '', and by how many
# kilobytes it grew.
sub watch
{
	my ($session, $sql) = @_;
	my $before = $session->memory;
	my $most = $before;

	$session->start($sql);
	until ($session->{dbh}->pg_ready)
	{
		my $now = $session->memory;

		$most = $now if $now > $most;
		sleep 0.01;
	}
	my ($state, $message, $ms) = $session->finish(600);
	return ($state eq '00000' ? '' : $message, $most - $before, $ms);
}

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $session = $hub->session;

	foreach my $view ([ 'many', $rows ], [ 'fewer', 1_000_000 ])
	{
		$engine->run_remote(sprintf $engine->{rows}, @$view);
		$hub->sql($engine->foreign_table($view->[0], 'n bigint, filler text'));
	}
	$session->do('SET fraiseql.pushdown = off', 'SET max_parallel_workers_per_gather = 0', 'SET jit = off');
	is($session->answer("SELECT count(*) FROM $name.small"), 2, "$name: before");

	my ($error, $grown, $ms) = watch($session, "CREATE TEMP TABLE counted AS SELECT count(*) AS c, count(filler) AS f, min(length(filler)) AS l FROM $name.many");
	is($error, '', "$name: a scan");
	is($session->answer('TABLE counted'), "$rows,$rows,20", "$name: of all rows");
	cmp_ok($grown, '<', $allowed, sprintf '%s: %d rows in %.1f s, %d kB', $name, $rows, $ms / 1000, $grown);
	$session->do('DROP TABLE counted');

	# one connection under a snapshot: what runs on it is read ahead, to disk
	$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ', "DECLARE c CURSOR FOR SELECT n, filler FROM $name.fewer", 'FETCH 1 FROM c');
	($error, $grown, $ms) = watch($session, "CREATE TEMP TABLE counted AS SELECT count(*) AS c FROM $name.small");
	is($error, '', "$name: another statement amid a scan");
	cmp_ok($grown, '<', $allowed, sprintf '%s: read ahead in %.1f s, %d kB', $name, $ms / 1000, $grown);
	($error, $grown) = watch($session, 'MOVE FORWARD ALL FROM c');
	is($error, '', "$name: the rest of the scan");
	cmp_ok($grown, '<', $allowed, sprintf '%s: %d kB', $name, $grown);
	$session->do('ROLLBACK');
}

$hub->stop;
done_testing();
