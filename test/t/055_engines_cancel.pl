# Whatever a remote server does or does not do, a statement of the hub stops when
# it is told to: statement_timeout, pg_cancel_backend and pg_terminate_backend
# act at once while the remote is busy, silent or gone, while it is connected to,
# while a large statement is sent to it, and amid its rows.  The session's next
# query is right, and the remote statement is stopped, too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], silent_names => 1);
my $control = $hub->session;

# A port where nobody answers: whoever listens takes no connection any more, and
# packets that ask for one get lost.
my $deaf = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die "listen: $!";
my @queue = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $deaf->sockport, Blocking => 0) } 1 .. 4;

foreach my $engine (grep { !$_->in_process } $hub->engines)
{
	my $name = $engine->name;
	my ($options, $port) = ($engine->server_options($deaf->sockport), $engine->proxy->port);

	$hub->sql("CREATE SERVER ${name}_deaf FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS ($options);\n"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_deaf OPTIONS (username 'x', password 'x');\n"
		  . "CREATE FOREIGN TABLE $name.deaf (id int) SERVER ${name}_deaf");
	$options =~ s/127\.0\.0\.1/silent.example/;
	$hub->sql("CREATE SERVER ${name}_nameless FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS ($options);\n"
		  . "CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_nameless OPTIONS (username 'x', password 'x');\n"
		  . "CREATE FOREIGN TABLE $name.nameless (id int) SERVER ${name}_nameless");
}

# What a remote can be at.  begin: makes it so, before the statement; sql: the
# statement; runs: it is told to stop when the remote has it; cold: it needs a
# session without a connection; end: makes it well.
my %silent = (
	begin => sub { $_[0]->proxy->silence('both') },
	end => sub { $_[0]->proxy->silence('none') });
my @situations = (
	{ name => 'busy', sql => 'SELECT * FROM %s.busy', in_process => 1 },
	# to stop a statement takes longer than a session waits for it
	{
		name => 'busy and far away', sql => 'SELECT * FROM %s.busy', runs => 1,
		begin => sub { $_[0]->proxy->latency(45) }, end => sub { $_[0]->proxy->latency(0) }
	},
	# no client library keeps signals for itself
	{ name => 'done, and the hub is at something else', sql => 'SELECT count(*), pg_sleep(600) FROM %s.small', in_process => 1 },
	{ name => 'frozen', sql => 'SELECT * FROM %s.small', begin => sub { $_[0]->freeze }, end => sub { $_[0]->thaw } },
	{ name => 'silent', sql => 'SELECT * FROM %s.small', %silent },
	{ name => 'connected to, but silent', sql => 'SELECT * FROM %s.small', cold => 1, %silent },
	{ name => 'not there for a connection', sql => 'SELECT * FROM %s.deaf', cold => 1 },
	{ name => 'looked up in vain', sql => 'SELECT * FROM %s.nameless', cold => 1 },
	{ name => 'silent while a large statement is sent', sql => "SELECT * FROM %s.numbers WHERE filler = repeat('y', 12000000)", %silent },
	{ name => 'silent amid its rows', sql => 'MOVE FORWARD ALL FROM c1', cursors => 1, %silent },
	{ name => 'silent amid the rows of four scans', sql => 'MOVE FORWARD ALL FROM c1', cursors => 4, %silent },
	{
		name => 'amid its rows', in_process => 1,
		sql => 'SELECT count(*) FROM %1$s.numbers a, %1$s.numbers b WHERE a.n < b.n AND a.filler < b.filler',
		begin => sub { my ($engine, $session) = @_; $session->do('SET fraiseql.pushdown = off') },
	});

# Until the backend is at work, and has had the time to get to its wait.
sub wait_for_work
{
	my ($session) = @_;

	FraiseqlTest::wait_until(sub {
			$control->answer("SELECT count(*) FROM pg_stat_activity WHERE pid = @{[ $session->pid ]} AND state = 'active'") == 1;
		}) or die "the statement does not begin\n";
	sleep 0.1;
}

# How a statement is told to stop: what before it, what while it runs; the
# SQLSTATE it ends with.
my @acts = (
	{ name => 'statement_timeout', before => 'SET statement_timeout = 200', allowed => 200, state => '57014' },
	{ name => 'pg_cancel_backend', state => '57014' },
	{ name => 'pg_terminate_backend', state => '57P01' });

sub try
{
	my ($engine, $situation, $act) = @_;
	my $name = $engine->name;
	my $what = "$name is $situation->{name}: $act->{name}";
	my $session = $hub->session;

	is($session->answer("SELECT id FROM $name.small ORDER BY id"), '1|2', "$what: before") if !$situation->{cold};
	$session->do('BEGIN') if $situation->{cursors};
	$session->do("DECLARE c$_ CURSOR FOR SELECT n, filler FROM $name.numbers", "MOVE 10 FROM c$_") foreach 1 .. $situation->{cursors} // 0;
	$situation->{begin}->($engine, $session) if $situation->{begin};
	$session->do($act->{before}) if $act->{before};
	$session->start(sprintf $situation->{sql}, $name);
	my $start = time;
	if (!$act->{before})
	{
		wait_for_work($session);
		FraiseqlTest::wait_until(sub { $engine->running }) if $situation->{runs};
		$start = time;
		$control->do("SELECT $act->{name}(" . $session->pid . ')');
	}
	my ($state, $message) = $session->finish;
	my $ms = 1000 * (time - $start) - ($act->{allowed} // 0);

	is($state, $act->{state}, $what) or diag($message);
	cmp_ok($ms, '<', $FraiseqlTest::STOP_TIME, sprintf '%s: after %.0f ms', $what, $ms);
	$situation->{end}->($engine) if $situation->{end};

	# the session goes on, or another begins
	if ($act->{state} eq '57014')
	{
		$session->do('ROLLBACK', 'RESET ALL');
	}
	else
	{
		$session = $hub->session;
	}
	is($session->answer("SELECT id, name FROM $name.small ORDER BY id"), '1,one|2,two', "$what: the next answer");
	is($session->answer("SELECT count(*), min(n), max(n) FROM $name.numbers"), '200000,1,200000', "$what: and the one after it");
	ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$what: nothing is left on the remote") if !$engine->in_process;
}

foreach my $engine ($hub->engines)
{
	foreach my $situation (@situations)
	{
		next if $engine->in_process && !$situation->{in_process};
		try($engine, $situation, $_) foreach @acts;
	}
	# what was given up leaves nothing behind
	next if $engine->in_process;
	ok(FraiseqlTest::wait_until(sub { $engine->sessions == 0 }), $engine->name . ': no connection outlives its session');
}

# all of them silent at once cost hardly more time than one
my @silent = grep { !$_->in_process } $hub->engines;
foreach my $act (@acts)
{
	my $session = $hub->session;
	my $what = 'all servers are silent amid the rows of two scans each: ' . $act->{name};

	$session->do('BEGIN');
	foreach my $name (map { $_->name } @silent)
	{
		$session->do("DECLARE ${name}_$_ CURSOR FOR SELECT n, filler FROM $name.numbers", "MOVE 10 FROM ${name}_$_") foreach 1 .. 2;
	}
	$_->proxy->silence('both') foreach @silent;
	$session->do($act->{before}) if $act->{before};
	$session->start('MOVE FORWARD ALL FROM ' . $silent[0]->name . '_1');
	my $start = time;
	if (!$act->{before})
	{
		wait_for_work($session);
		$start = time;
		$control->do("SELECT $act->{name}(" . $session->pid . ')');
	}
	my ($state, $message) = $session->finish;
	my $ms = 1000 * (time - $start) - ($act->{allowed} // 0);

	is($state, $act->{state}, $what) or diag($message);
	cmp_ok($ms, '<', $FraiseqlTest::STOP_TIME, sprintf '%s: after %.0f ms', $what, $ms);
	$_->proxy->silence('none') foreach @silent;
	foreach my $engine (@silent)
	{
		ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$what: nothing is left on the remote");
	}
}

$control->disconnect;
$hub->stop;
done_testing();
