# A remote server that is slow, silent, cut off, killed or restarted: a query
# gives the right answer or an error within the limits that are set, never a
# shortened result, and the session's next query is right.  What nobody needs to
# know of stays unsaid: an idle connection that has died is replaced.
#
# FSQ_CUTS is the number of places at which each direction of a conversation is
# cut (all: every byte).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], silent_names => 1);

# Listens, but takes no connection and lets packets that ask for one get lost.
my $deaf = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die "listen: $!";
my @queue = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $deaf->sockport, Blocking => 0) } 1 .. 4;

sub right
{
	my ($engine, $session, $what) = @_;
	my $name = $engine->name;

	is($session->answer("SELECT id, name FROM $name.small ORDER BY id"), '1,one|2,two', "$name: $what: the next answer");
	is($session->answer("SELECT count(*), max(n) FROM $name.numbers WHERE n > 1"), '199999,200000', "$name: $what: and the one after it");
}

sub fails_with
{
	my ($session, $sql, $state, $what) = @_;
	my ($got, $message, $ms) = $session->fails($sql);

	like($got, $state, sprintf '%s: %s after %.0f ms', $what, $got, $ms) or diag($message);
	return ($message, $ms);
}

# A cursor with some rows read and many to come.
sub amid_rows
{
	my ($engine, $session) = @_;
	my $name = $engine->name;

	$session->do('BEGIN', "DECLARE c CURSOR FOR SELECT n, filler FROM $name.numbers ORDER BY n");
	is($session->answer('FETCH c') =~ s/,x*$//r, 1, "$name: a row");
}

# ---- limits ----

sub limits
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;

	foreach my $case (
		[ 'busy', "SELECT * FROM $name.busy", sub { }, sub { } ],
		[ 'frozen', "SELECT * FROM $name.small", sub { $engine->freeze }, sub { $engine->thaw } ],
		[ 'silent', "SELECT * FROM $name.small", sub { $proxy->silence('both') }, sub { $proxy->silence('none') } ],
		[ 'silent in its answer', "SELECT * FROM $name.small", sub { $proxy->silence('down') }, sub { $proxy->silence('none') } ],
		[ 'silent while a large statement is sent', "SELECT * FROM $name.numbers WHERE filler = repeat('y', 12000000)", sub { $proxy->silence('both') }, sub { $proxy->silence('none') } ],
		[ 'silent amid its rows', 'MOVE FORWARD ALL FROM c', sub { amid_rows($engine, $_[0]); $proxy->silence('both') }, sub { $proxy->silence('none') } ],
		[ 'frozen amid its rows', 'MOVE FORWARD ALL FROM c', sub { amid_rows($engine, $_[0]); $engine->freeze }, sub { $engine->thaw } ],
		[ 'silent when the transaction begins', "SELECT * FROM $name.small", sub { $_[0]->do('BEGIN ISOLATION LEVEL REPEATABLE READ'); $proxy->silence('both') }, sub { $proxy->silence('none') } ])
	{
		my ($remote, $sql, $begin, $end) = @$case;

		foreach my $limit ([ 'option', "ALTER SERVER $name OPTIONS (ADD timeout '300ms')", "ALTER SERVER $name OPTIONS (DROP timeout)" ],
			[ 'setting', "SET fraiseql.remote_timeout = '300ms'", 'RESET fraiseql.remote_timeout' ])
		{
			my ($kind, $set, $unset) = @$limit;
			my $session = $hub->session;
			my $what = "a server that is $remote, limit by $kind";

			$session->do($set);
			is($session->answer("SELECT id FROM $name.small WHERE id > 1"), 2, "$name: $what: before");
			$begin->($session);
			my ($message, $ms) = fails_with($session, $sql, qr/^HYT00$/, "$name: $what");
			cmp_ok($ms, '<', 300 + $FraiseqlTest::STOP_TIME, "$name: in time");
			like($message, qr/on server "$name".*timeout/s, "$name: that says so");
			$end->();
			$session->do('ROLLBACK', $unset);
			right($engine, $session, $what);
			ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$name: $what: nothing is left on the remote");
		}
	}
}

sub connection_limits
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $options = $engine->server_options($deaf->sockport);
	my $session = $hub->session;

	$hub->sql("CREATE SERVER ${name}_deaf FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS ($options, connection_timeout '300ms');\n"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_deaf OPTIONS (username 'x', password 'x');\n"
		  . "CREATE FOREIGN TABLE $name.deaf (id int) SERVER ${name}_deaf");
	my ($message, $ms) = fails_with($session, "SELECT * FROM $name.deaf", qr/^HYT00$/, "$name: nobody is there for a connection");
	cmp_ok($ms, '<', 300 + $FraiseqlTest::STOP_TIME, "$name: in time");
	like($message, qr/could not connect to server "${name}_deaf": timeout/, "$name: that says so");

	# looking its name up takes time, too
	$hub->sql("ALTER SERVER ${name}_deaf OPTIONS (SET host 'silent.example')");
	($message, $ms) = fails_with($session, "SELECT * FROM $name.deaf", qr/^HYT00$/, "$name: a name that nobody answers for");
	cmp_ok($ms, '<', 300 + $FraiseqlTest::STOP_TIME, "$name: in time");
	$hub->sql("ALTER SERVER ${name}_deaf OPTIONS (SET host 'no such name')");
	fails_with($session, "SELECT * FROM $name.deaf", qr/^08001$/, "$name: a name that there is not");
	$hub->sql("ALTER SERVER $name OPTIONS (SET host 'localhost')");
	right($engine, $session, 'a name that is one');
	$hub->sql("ALTER SERVER $name OPTIONS (SET host '127.0.0.1')");

	$engine->proxy->silence('both');
	$session->do("SET fraiseql.connection_timeout = '300ms'");
	($message, $ms) = fails_with($session, "SELECT * FROM $name.small", qr/^HYT00$/, "$name: a server that takes connections and is silent");
	cmp_ok($ms, '<', 300 + $FraiseqlTest::STOP_TIME, "$name: in time");
	$engine->proxy->silence('none');
	$session->do('RESET ALL');
	right($engine, $session, 'a silent login');

	$engine->proxy->silence('down');
	$session = $hub->session;
	$session->do("SET fraiseql.connection_timeout = '300ms'");
	($message, $ms) = fails_with($session, "SELECT * FROM $name.small", qr/^HYT00$/, "$name: a server that hears but says nothing");
	cmp_ok($ms, '<', 300 + $FraiseqlTest::STOP_TIME, "$name: in time");
	$engine->proxy->silence('none');
	$session->do('RESET ALL');
	right($engine, $session, 'that');
}

# A remote that is far away or slow is no fault.
sub slow_networks
{
	my ($engine) = @_;
	my $session = $hub->session;

	$session->do("SET fraiseql.remote_timeout = '2s'");
	$engine->proxy->latency(30);
	right($engine, $session, '60 ms away');
	$engine->proxy->latency(0);
	$engine->proxy->rate(200000);
	is($session->answer('SELECT count(*), sum(length(filler) + random() * 0) FROM (SELECT filler FROM ' . $engine->name . '.numbers WHERE n <= 4000 OFFSET 0) s'), '4000,400000',
		$engine->name . ': a line of 200 kB a second: the timeout is for a row, not for the result');
	$engine->proxy->rate(0);
}

# ---- connections that end ----

sub dead_while_idle
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $session = $hub->session;

	right($engine, $session, 'to begin with');
	foreach my $case ([ 'closed', sub { $proxy->cut('now', 'fin') } ], [ 'reset', sub { $proxy->cut('now', 'rst') } ],
		[ 'killed by the server', sub { $engine->kill_sessions } ],
		[ 'lost by a crash', sub { $engine->crash; $engine->start } ],
		[ 'lost by a restart', sub { $engine->disconnect_admin; $engine->server('stop'); $engine->start } ])
	{
		my ($what, $fault) = @$case;

		$fault->();
		right($engine, $session, "an idle connection $what");
	}

	# a transaction that has seen something cannot go on with another snapshot
	$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($session->answer("SELECT count(*) FROM $name.small"), 2, "$name: a snapshot");
	$proxy->cut('now', 'rst');
	fails_with($session, "SELECT * FROM $name.small", qr/^08/, "$name: that is lost");
	$session->do('ROLLBACK');
	right($engine, $session, 'a lost snapshot');
}

# Options of TCP: the timer that /proc shows is the keepalive's.
sub keepalives
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $port = sprintf '%04X', $engine->proxy->port;
	my $session = $hub->session;

	foreach my $case ([ "ADD keepalives_idle '77s'", 6000, 7700 ], [ "SET keepalives_idle '2h'", 710000, 720000 ], [ 'ADD keepalives \'off\'', 0, 0 ])
	{
		my ($option, $from, $to) = @$case;

		$session->do("ALTER SERVER $name OPTIONS ($option)");
		$session->answer("SELECT count(*) FROM $name.small");
		my ($timer) = map { / 0100007F:$port 01 \S+ (..:\S+) / ? $1 : () } split /\n/, slurp_file('/proc/net/tcp');
		my ($kind, $when) = split /:/, $timer // '';
		is($kind, $to ? '02' : '00', "$name: $option: the timer is the keepalive's");
		cmp_ok(hex $when, '>=', $from, "$name: after the time that is set") if $to;
		cmp_ok(hex $when, '<=', $to, "$name: and not later") if $to;
	}
	$session->do("ALTER SERVER $name OPTIONS (DROP keepalives_idle, DROP keepalives)");
}

sub dead_amid_rows
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;

	foreach my $case ([ 'closed', sub { $proxy->cut('now', 'fin') } ], [ 'reset', sub { $proxy->cut('now', 'rst') } ],
		[ 'killed by the server', sub { $engine->kill_sessions } ], [ 'lost by a crash', sub { $engine->crash } ])
	{
		my ($what, $fault) = @$case;
		my $session = $hub->session;

		amid_rows($engine, $session);
		$fault->();
		my ($message) = fails_with($session, 'MOVE FORWARD ALL FROM c', qr/^(08|57)/, "$name: a connection $what amid rows");
		like($message, qr/could not read foreign table "(?:$name\.)?numbers" on server "$name"/, "$name: the error says where");
		$session->do('ROLLBACK');
		if ($what =~ /crash/)
		{
			($message) = fails_with($session, "SELECT * FROM $name.small", qr/^08001$/, "$name: a server that is down");
			like($message, qr/could not connect to server "$name"/, "$name: the error says so");
			is($session->answer('SELECT 1'), 1, "$name: the session goes on");
			$engine->start;
		}
		right($engine, $session, "a connection $what amid rows");
	}
	$proxy->refuse('on');
	my $session = $hub->session;
	fails_with($session, "SELECT * FROM $name.small", qr/^08001$/, "$name: a server that refuses connections");
	$proxy->refuse('off');
	right($engine, $session, 'a refusal');
}

# The conversation cut after each number of bytes: an error or all of the answer.
sub cuts
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $sql = "SELECT count(*), sum(n), min(filler) = max(filler) FROM (SELECT n, filler FROM $name.numbers WHERE n <= 60 OFFSET 0) s WHERE n + random() > 0";
	my $session = $hub->session;
	my %wrong;
	my ($answers, $errors) = (0, 0);

	# the whole conversation, from the first byte of the login
	$session->do('LOAD \'fraiseql\'');
	my $before = $proxy->count;
	is($session->answer($sql), '60,1830,1', "$name: uncut");
	my $after = $proxy->count;
	foreach my $direction (qw(up down))
	{
		my $total = $after->{$direction} - $before->{$direction};
		my $places = $ENV{FSQ_CUTS} // 40;
		my $step = $places eq 'all' ? 1 : $total / $places;

		note "$name: $total bytes $direction";
		for (my $i = 0; $i * $step <= $total; $i++)
		{
			my $bytes = int($i * $step);
			my $how = $i % 2 ? 'rst' : 'fin';

			# each time a new connection
			$proxy->cut('now', 'fin');
			$proxy->cut($direction, $bytes, $how);
			my $answer = $session->answer($sql);
			$proxy->cut('never');
			if ($answer eq '60,1830,1') { $answers++; }
			elsif ($answer =~ /^ERROR 08.*server "$name"/s) { $errors++; }
			else { $wrong{"$direction $bytes $how: $answer"} = 1; }
			$answer = $session->answer($sql);
			$wrong{"$direction $bytes $how, then: $answer"} = 1 if $answer ne '60,1830,1';
		}
	}
	is(join("\n", sort keys %wrong), '', "$name: cut in many places, $answers right answers and $errors errors");
	cmp_ok($errors, '>', 20, "$name: most of them errors");
	right($engine, $session, 'all cuts');
}

foreach my $engine ($hub->engines)
{
	limits($engine);
	connection_limits($engine);
	slow_networks($engine);
	keepalives($engine);
	dead_while_idle($engine);
	dead_amid_rows($engine);
	cuts($engine);
}

$hub->stop;
done_testing();
