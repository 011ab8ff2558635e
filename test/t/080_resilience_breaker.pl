# The circuit breaker of a server: its transitions, which a model in this test
# makes as well; what counts as a failure of the server and what does not; one
# probe at a time, given back whatever ends it; and who may see and operate it.
#
# The remote is another database of the hub.  Its view "f" fails in the ways
# that a source fails in, or waits, as it is told to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], breaker => 1);
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', q{
	CREATE TABLE behaviour (how text);
	INSERT INTO behaviour VALUES ('');
	CREATE FUNCTION behave() RETURNS int LANGUAGE plpgsql AS $$
	DECLARE
		how text := (SELECT b.how FROM public.behaviour b);
	BEGIN
		IF how = 'wait' THEN
			PERFORM pg_advisory_lock_shared(1);
			PERFORM pg_advisory_unlock_shared(1);
		ELSIF how <> '' THEN
			RAISE EXCEPTION 'told to' USING ERRCODE = how;
		END IF;
		RETURN 1;
	END $$;
	CREATE VIEW f AS SELECT behave() AS i;
});
$hub->sql(qq{
	CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '$host', port '$port', database 'remote', failure_threshold '3', success_threshold '2', max_attempts '1');
	CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE items (i int) SERVER source OPTIONS (schema_name 'public', table_name 'f');
});

sub behave
{
	my ($how) = @_;
	$node->safe_psql('remote', "UPDATE behaviour SET how = '$how'");
}

sub breaker
{
	return $hub->sql('SELECT state, consecutive_failures, transitions FROM fraiseql.circuit_breakers');
}

# The time until a probe, for some sessions: 0: it has passed.  (ALTER SERVER
# would do, but close their connections, too.)
sub set_time
{
	my ($time, @sessions) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET fraiseql.recovery_timeout = '$time'");
	$node->reload;
	foreach my $session (@sessions)
	{
		FraiseqlTest::wait_until(sub { $session->answer('SHOW fraiseql.recovery_timeout') eq $time }) or die 'the setting';
	}
	return;
}

sub let_time_pass { return set_time('1ms', @_); }

sub time_stands_still { return set_time('1h', @_); }

# ---- the model ----

my %model = (state => 'closed', failures => 0, successes => 0, transitions => 0);

sub go_to
{
	my ($state) = @_;
	$model{transitions}++ if $model{state} ne $state;
	@model{qw(state successes)} = ($state, 0);
	$model{failures} = 0 if $state eq 'closed';
	return;
}

# What a use with this outcome does, and whether it is refused.
sub use_model
{
	my ($outcome, $passed) = @_;

	if ($model{state} eq 'open')
	{
		return 'refused' if !$passed;
		go_to('half_open');
	}
	if ($outcome eq 'failed')
	{
		$model{failures}++;
		go_to('open') if $model{state} eq 'half_open' || $model{failures} >= 3;
	}
	elsif ($outcome eq 'answered' && $model{state} eq 'half_open')
	{
		go_to('closed') if ++$model{successes} >= 2;
	}
	elsif ($outcome eq 'answered')
	{
		$model{failures} = 0;
	}
	return $outcome;
}

# What the remote does, and what that says about it.
my @uses = (
	[ '', 'answered' ], [ '', 'answered' ], [ '', 'answered' ],
	[ '22012', 'answered' ],    # a user's error
	[ '40P01', 'answered' ],    # a deadlock with others
	[ '55P03', 'answered' ],    # somebody's lock
	[ '53300', 'failed' ], [ '53200', 'failed' ], [ '53100', 'failed' ], [ '53300', 'failed' ]);

my $session = $hub->session;
time_stands_still($session);
is($session->answer('SELECT * FROM items'), 1, 'connected');
my $seed = $ENV{FSQ_SEED} // 4711;
my $wrong = 0;
my %seen;

srand $seed;
foreach my $round (1 .. $ENV{FSQ_ROUNDS} // 400)
{
	my $choice = int rand 20;
	my $did;

	if ($choice == 0)
	{
		$session->do(q{SELECT fraiseql.circuit_breaker_trip('source')});
		go_to('open');
		$did = 'tripped';
	}
	elsif ($choice == 1)
	{
		$session->do(q{SELECT fraiseql.circuit_breaker_reset('source')});
		go_to('closed');
		$did = 'reset';
	}
	else
	{
		my ($how, $outcome) = @{ $uses[ int rand @uses ] };
		my $passed = $model{state} eq 'open' && rand() < 0.4;

		behave($how);
		let_time_pass($session) if $passed;
		$did = use_model($outcome, $passed);
		my ($state, $message) = $how eq '' && $did ne 'refused' ?
		  ($session->answer('SELECT i FROM items') eq '1' ? '' : 'wrong') : $session->fails('SELECT i FROM items');
		my $expected = $did eq 'refused' ? '08X01' : $how;

		if ($state ne $expected)
		{
			$wrong++;
			diag("round $round: $how, $did, model $model{state}: SQLSTATE $state");
		}
		time_stands_still($session) if $passed;
	}
	$seen{"$model{state} $did"} = 1;
	my $is = $session->answer('SELECT state, consecutive_failures, transitions FROM fraiseql.circuit_breakers');
	if ($is ne "$model{state},$model{failures},$model{transitions}")
	{
		$wrong++;
		diag("round $round: $did: $is, model: $model{state},$model{failures},$model{transitions}");
		last;
	}
}
is($wrong, 0, "the breaker does what the model does (FSQ_SEED=$seed)");
cmp_ok(scalar keys %seen, '>=', 7, 'all kinds of steps were seen');

# ---- what a refusal is ----

behave('');
$session->do(q{SELECT fraiseql.circuit_breaker_reset('source')}, 'SELECT * FROM items', q{SELECT fraiseql.circuit_breaker_trip('source')});
my ($state, $message) = $session->fails('SELECT * FROM items');
is($state, '08X01', 'a refused use has an SQLSTATE of the class of connection exceptions');
like($message, qr/server "source": circuit breaker is open, next probe in 3600 s/, 'and says until when');
like($message, qr/HINT:.*fraiseql.circuit_breakers/, 'and where to look');
like($session->answer(q{SELECT fraiseql.graphql('{ items { i } }')}),
	qr/"message":"server \\?"source\\?": circuit breaker is open, next probe in 3[56]\d\d s".*"code":"CIRCUIT_BREAKER_OPEN","sqlstate":"08X01".*"database":"source"/,
	'GraphQL has a code for it, and names the database');
($state) = $hub->session->fails('SELECT * FROM items');
is($state, '08X01', 'all sessions share it, also new ones');
$session->do(q{ALTER SERVER source OPTIONS (ADD circuit_breaker 'off')});
is($session->answer('SELECT * FROM items'), 1, 'without a breaker the server is used');
like(breaker(), qr/^off/, 'and the view says so');
($state, $message) = $session->fails(q{SELECT fraiseql.circuit_breaker_trip('source')});
like($message, qr/server "source" has no circuit breaker/, 'what is not there is not operated');
$session->do(q{ALTER SERVER source OPTIONS (DROP circuit_breaker)});
like(breaker(), qr/^closed/, 'the answer has closed it');

# ---- one probe at a time ----

# A session that has a connection, and knows the remote table.
sub hub_session
{
	my $other = $hub->session;

	is($other->answer('SELECT * FROM items'), 1, 'connected');
	return $other;
}

sub waits_on_remote
{
	return FraiseqlTest::wait_until(sub {
		$hub->sql(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted}) eq '1' });
}

my $lock = $hub->session(dbname => 'remote');
$lock->do('SELECT pg_advisory_lock(1)');

foreach my $case ([ 'cancel', 'pg_cancel_backend' ], [ 'termination', 'pg_terminate_backend' ])
{
	my ($what, $function) = @$case;

	my $prober = hub_session();
	behave('wait');
	$session->do(q{SELECT fraiseql.circuit_breaker_trip('source')});
	let_time_pass($session, $prober);
	$prober->start('SELECT * FROM items');
	ok(waits_on_remote(), "$what: a probe is in flight");
	($state, $message) = $session->fails('SELECT * FROM items');
	is($state, '08X01', "$what: nobody else is let through");
	like($message, qr/circuit breaker is half-open, another session is probing/, "$what: which the error says");
	$session->do("SELECT $function(" . $prober->pid . ')');
	behave('');
	ok(FraiseqlTest::wait_until(sub { $session->answer('SELECT * FROM items') eq '1' }), "$what: the probe is given back");
	is($session->answer('SELECT * FROM items'), 1, "$what: a second probe succeeds");
	like(breaker(), qr/^closed\|0\|/, "$what: it closes by probes alone");
}

# in a storm, too: of all that ask, one asks the remote
my @storm = map { hub_session() } 1 .. 20;
behave('wait');
$session->do(q{SELECT fraiseql.circuit_breaker_trip('source')});
let_time_pass($session, @storm);
$_->start('SELECT * FROM items') foreach @storm;
ok(waits_on_remote(), 'of 20 sessions, one probes');
$lock->do('SELECT pg_advisory_unlock(1)');
my @results = map { ($_->finish)[0] } @storm;
is(scalar(grep { $_ eq '00000' } @results), 1, 'and is answered');
is(scalar(grep { $_ eq '08X01' } @results), 19, 'all others are refused');
behave('');
is($session->answer('SELECT * FROM items'), 1, 'the next one closes it');
like(breaker(), qr/^closed\|0\|/, 'closed');

# ---- rights ----

$hub->sql(q{
	CREATE ROLE nobody LOGIN;
	CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
	CREATE ROLE operator LOGIN IN ROLE pg_signal_backend;
	GRANT SELECT ON items TO PUBLIC;
});
behave('53300');
$session->fails('SELECT * FROM items');
my $error = 'SELECT last_error FROM fraiseql.circuit_breakers';
is($hub->session(role => 'nobody')->answer($error), 'null', 'what a server has said is not for everybody');
like($hub->session(role => 'monitor')->answer($error), qr/^53300: told to/, 'but for who may read statistics');
($state) = $hub->session(role => 'nobody')->fails(q{SELECT fraiseql.circuit_breaker_trip('source')});
is($state, '42501', 'not everybody may open it');
($state) = $hub->session(role => 'monitor')->fails(q{SELECT fraiseql.circuit_breaker_reset('source')});
is($state, '42501', 'who may look may not close it');
$hub->session(role => 'operator')->do(q{SELECT fraiseql.circuit_breaker_trip('source')}, q{SELECT fraiseql.circuit_breaker_reset('source')});
like(breaker(), qr/^closed\|0\|/, 'who may end sessions may do both');
($state, $message) = $session->fails(q{SELECT fraiseql.circuit_breaker_trip('nothing')});
like($message, qr/server "nothing" does not exist/, 'a server must be there');

# a session that is impatient fails nobody but itself
behave('wait');
$lock->do('SELECT pg_advisory_lock(1)');
$session->do(q{SELECT fraiseql.circuit_breaker_reset('source')}, q{SET fraiseql.remote_timeout = '20ms'});
foreach (1 .. 4)
{
	($state) = $session->fails('SELECT * FROM items');
	is($state, 'HYT00', 'a session\'s own short limit');
}
like(breaker(), qr/^closed\|0\|/, 'does not count');
$session->do(q{ALTER SERVER source OPTIONS (ADD timeout '20ms')});
$session->fails('SELECT * FROM items') foreach 1 .. 3;
like(breaker(), qr/^open\|3\|/, 'the limit of the server does');
$lock->do('SELECT pg_advisory_unlock(1)');

# ---- the table of servers ----

$session->do('DROP SERVER source CASCADE');
is($hub->sql('SELECT count(*) FROM fraiseql.circuit_breakers'), 0, 'a dropped server is forgotten');
$session->do('CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_postgres');
is(breaker(), 'closed|0|0', 'another one of its name begins anew');

$hub->stop;
done_testing();
