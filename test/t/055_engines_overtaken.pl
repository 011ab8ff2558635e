# A cancel goes to the remote server by a connection of its own, and may overtake
# the statement that it is meant for: then it stops nothing.  It is sent again, so
# that the statement ends as soon as it has begun, and its connection goes on.

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

# The hub's own list is too large: the request is refused, and what it has asked
# a server for ahead is stopped.  (The name of an engine's schema may be the role's:
# the search path would find that first.)
$hub->sql("CREATE TABLE public.large (id int PRIMARY KEY, filler text); INSERT INTO public.large SELECT i, repeat('x', 1000) FROM generate_series(1, 1000) i");

# One try: a cancel comes and goes while its statement is on its way.  Whether it
# did, and the connection of the statement is used again; a statement that arrives
# when it has been given up is not stopped.
sub overtake
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $session = $hub->session;

	$session->do("SET fraiseql.schemas = '$name, public'", "SET fraiseql.max_result_size = '100kB'",
		"SET statement_timeout = '60s'");
	is($session->answer("SELECT id FROM $name.small ORDER BY id"), '1|2', "$name: before");
	# what planning asks is known
	$session->do("EXPLAIN SELECT * FROM $name.busy");

	# what this connection sends does not arrive; what others send does
	$proxy->hold('up');
	my $before = $proxy->count->{connections};
	my $overtaken = 0;
	my $answer = $session->answer_meanwhile('SELECT fraiseql.graphql($graphql${ busies { c } larges { filler } }$graphql$)',
		sub {
			for (1 .. 100)
			{
				my $count = $proxy->count;

				last if $overtaken = $count->{connections} > $before && $count->{open} <= 1 && !$engine->running;
				sleep 0.02;
			}
			$proxy->hold('none');
		});
	like($answer, qr/would be larger than 100kB/, "$name: the request is refused");
	my $after = $proxy->count->{connections};
	is($session->answer("SELECT id FROM $name.small ORDER BY id"), '1|2', "$name: afterwards");
	if (!$overtaken || $proxy->count->{connections} > $after)
	{
		$session->disconnect;
		$engine->kill_sessions;
		return 0;
	}
	ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$name: nothing is left on the remote");
	return 1;
}

# The session gives a statement that it cannot stop a second, which a busy machine
# may take for anything else.
foreach my $engine ($hub->engines)
{
	my $stopped = 0;

	for (1 .. 8)
	{
		last if $stopped = overtake($engine);
	}
	ok($stopped, $engine->name . ': a statement that its cancel has overtaken is stopped when it comes, and its connection goes on');
}

$hub->stop;
done_testing();
