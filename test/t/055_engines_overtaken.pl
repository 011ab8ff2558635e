# A cancel goes to the remote server by a connection of its own, and may overtake
# the statement that it is meant for: then it stops nothing.  It is sent again, so
# that the statement ends as soon as it has begun, and its connection, which has
# the transaction's snapshot, goes on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use FraiseqlTest;

# SQL Server is told on the statement's own connection
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres)]);
my $control = $hub->session;

# One try: a cancel comes and goes while its statement is on its way.  Whether the
# transaction goes on; a statement that arrives when the session has given it up
# is not stopped.
sub overtake
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $session = $hub->session;

	$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($session->answer("SELECT id FROM $name.small ORDER BY id"), '1|2', "$name: before");
	# what planning asks is known
	$session->do("EXPLAIN SELECT * FROM $name.busy", 'SAVEPOINT s');

	# what this connection sends does not arrive; what others send does
	$proxy->hold('up');
	my $before = $proxy->count->{connections};
	$session->start("SELECT * FROM $name.busy");
	FraiseqlTest::wait_until(sub {
			$control->answer("SELECT count(*) FROM pg_stat_activity WHERE pid = @{[ $session->pid ]} AND wait_event_type = 'Extension'") == 1;
		}) or die "the statement does not begin\n";
	$control->do('SELECT pg_cancel_backend(' . $session->pid . ')');
	my $overtaken = FraiseqlTest::wait_until(sub { my $count = $proxy->count; $count->{connections} > $before && $count->{open} <= 1 });
	ok($overtaken && !$engine->running, "$name: a cancel has come and gone, and the statement has not come");
	$proxy->hold('none');

	my ($state, $message) = $session->finish;
	is($state, '57014', "$name: the statement is cancelled") or diag($message);
	$session->do('ROLLBACK TO s');
	my $answer = eval { $session->answer("SELECT id FROM $name.small ORDER BY id") } // '';
	if ($answer ne '1|2')
	{
		$session->disconnect;
		$engine->kill_sessions;
		return 0;
	}
	ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$name: nothing is left on the remote");
	return 1;
}

# The session gives a statement that it cannot stop 200 ms, which a busy machine
# may take for anything else.
foreach my $engine ($hub->engines)
{
	my $stopped = 0;

	for (1 .. 30)
	{
		last if $stopped = overtake($engine);
	}
	ok($stopped, $engine->name . ': the statement is stopped when it comes, and its transaction goes on');
}

$control->disconnect;
$hub->stop;
done_testing();
