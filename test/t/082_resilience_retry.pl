# Reads that fail for a reason that may pass are tried again: how often, which
# errors, never when rows were used or a remote transaction is at stake, never
# past a deadline, and within a budget.
#
# The remote is another database of the hub.  Its view "f" fails as often as it
# is told to, and then says how often it was asked.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => []);
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', q{
	CREATE SEQUENCE tries;
	CREATE TABLE behaviour (fails int, how text, after int);
	INSERT INTO behaviour VALUES (0, '', 0);
	CREATE FUNCTION behave() RETURNS SETOF int LANGUAGE plpgsql AS $$
	DECLARE
		try int := nextval('public.tries');
		b public.behaviour;
	BEGIN
		SELECT * INTO b FROM public.behaviour;
		IF try <= b.fails THEN
			RAISE EXCEPTION 'told to' USING ERRCODE = b.how;
		END IF;
		RETURN NEXT try;
	END $$;
	CREATE VIEW f AS SELECT behave() AS i;
	CREATE FUNCTION row_of(n int) RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF n = 50000 THEN
			PERFORM nextval('public.tries');
			RAISE EXCEPTION 'amid its rows' USING ERRCODE = '53300';
		END IF;
		RETURN n;
	END $$;
	CREATE VIEW rows AS SELECT public.row_of(n) AS i FROM generate_series(1, 100000) n;
	CREATE TABLE steady AS SELECT 1 AS i;
});
$hub->sql(qq{
	CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '$host', port '$port', database 'remote', initial_delay '1ms');
	CREATE SERVER other FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '$host', port '$port', database 'remote');
	CREATE SERVER nobody FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '127.0.0.1', port '1', initial_delay '1ms', circuit_breaker 'on', failure_threshold '100');
	CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username '$user', password 'x');
	CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (username '$user', password 'x');
	CREATE USER MAPPING FOR PUBLIC SERVER nobody OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE items (i int) SERVER source OPTIONS (schema_name 'public', table_name 'f');
	CREATE FOREIGN TABLE rows (i int) SERVER source OPTIONS (schema_name 'public', table_name 'rows');
	CREATE FOREIGN TABLE others (i int) SERVER other OPTIONS (schema_name 'public', table_name 'steady');
	CREATE FOREIGN TABLE ghosts (i int) SERVER nobody;
});
# retries are earned as fast as they are spent
$node->safe_psql('postgres', 'ALTER SYSTEM SET fraiseql.retry_budget = 10');
$node->reload;

sub behave
{
	my ($fails, $how) = @_;

	$node->safe_psql('remote', "UPDATE behaviour SET fails = $fails, how = '$how'; ALTER SEQUENCE tries RESTART");
	return;
}

sub tries { return $node->safe_psql('remote', 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tries'); }

my $session = $hub->session;
FraiseqlTest::wait_until(sub { $session->answer('SHOW fraiseql.retry_budget') eq '10' }) or die 'the setting';
is($session->answer('SELECT i FROM items'), 1, 'an answer at once');

# ---- how often, and what ----

behave(2, '53300');
is($session->answer('SELECT i FROM items'), 3, 'the third attempt is answered');
behave(3, '53300');
is(($session->fails('SELECT i FROM items'))[0], '53300', 'there is no fourth');
is(tries(), 3, 'as the remote says');
$session->do(q{SET fraiseql.max_attempts = 5});
behave(4, '40P01');
is($session->answer('SELECT i FROM items'), 5, 'five attempts, of a session\'s own');
$session->do(q{SET fraiseql.max_attempts = 1});
behave(1, '53300');
is(($session->fails('SELECT i FROM items'))[0], '53300', 'or one');
$session->do('RESET fraiseql.max_attempts');
foreach my $case ([ '22012', 'a division by zero' ], [ '42P01', 'a table that there is not' ], [ '23505', 'a key that is there twice' ])
{
	my ($how, $what) = @$case;

	behave(1, $how);
	$session->fails('SELECT i FROM items');
	is(tries(), 1, "$what is not retried");
}
foreach my $case ([ '53300', 1 ], [ '53', 1 ], [ '429', 1 ], [ '40001, 53300', 1 ], [ '503', 2 ], [ '53200', 2 ], [ '', 2 ])
{
	my ($list, $expected) = @$case;

	$session->do("SET fraiseql.dont_retry_on = '$list'");
	behave(1, '53300');
	$session->fails('SELECT i FROM items');
	is(tries(), $expected, "dont_retry_on '$list'");
}
behave(1, '57014');
$session->do(q{SET fraiseql.dont_retry_on = '504'});
$session->fails('SELECT i FROM items');
is(tries(), 1, "dont_retry_on '504': a timeout of the remote's own");
$session->do('RESET fraiseql.dont_retry_on');
my ($state, $message) = $session->fails(q{SET fraiseql.dont_retry_on = '53300, slow'});
like($message, qr/"slow" is neither an SQLSTATE or its class nor a number/, 'a list is checked');
foreach my $wrong ([ 'dont_retry_on', '53300;40001' ], [ 'backoff', 'quadratic' ], [ 'max_attempts', '0' ], [ 'initial_delay', 'soon' ])
{
	($state) = $session->fails("ALTER SERVER other OPTIONS (ADD $wrong->[0] '$wrong->[1]')");
	is($state, 'HV024', "option $wrong->[0] '$wrong->[1]'");
}

# ---- what is never retried ----

behave(1, '53300');
is(($session->fails('SELECT i FROM rows'))[0], '53300', 'rows were used');
is(tries(), 1, 'so there is one attempt');
behave(1, '53300');
$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
is(($session->fails('SELECT i FROM items'))[0], '53300', 'a snapshot is at stake');
is(tries(), 1, 'so there is one attempt');
$session->do('ROLLBACK');

# ---- delays ----

$session->do('SET fraiseql.retry_jitter = 0', q{ALTER SERVER source OPTIONS (SET initial_delay '20ms')});
is($session->answer('SELECT count(*) FROM items'), 1, 'connected');
foreach my $case ([ 'exponential', 20 + 40 + 80 ], [ 'fibonacci', 20 + 40 + 60 ], [ 'linear', 20 + 40 + 60 ])
{
	my ($backoff, $least) = @$case;

	$session->do("SET fraiseql.backoff = $backoff", 'SET fraiseql.max_attempts = 4');
	behave(4, '53300');
	my (undef, undef, $ms) = $session->fails('SELECT i FROM items');
	is(tries(), 4, "$backoff: four attempts");
	cmp_ok($ms, '>=', $least, "$backoff: not sooner than that");
}
$session->do('RESET fraiseql.max_attempts', q{ALTER SERVER source OPTIONS (SET initial_delay '1h', ADD max_delay '1h')});
is($session->answer('SELECT count(*) FROM items'), 1, 'connected');
behave(1, '53300');
$session->start('SELECT i FROM items');
ok(FraiseqlTest::wait_until(sub { tries() == 1 }), 'a session that waits for its second attempt');
$hub->sql("SELECT pg_cancel_backend($session->{pid})");
($state) = $session->finish;
is($state, '57014', 'can be cancelled');
behave(1, '53300');
$session->do(q{SET fraiseql.timeout = '10s'});
my $answer = decode_json($session->answer(q{SELECT fraiseql.graphql('{ items { i } }')}));
is($answer->{errors}[0]{extensions}{sqlstate}, '53300', 'a request does not wait for longer than it has time');
is(tries(), 1, 'one attempt');
$session->do(q{ALTER SERVER source OPTIONS (SET initial_delay '50ms')});

# ---- asked ahead ----

$session->do('SET fraiseql.trace = on');
is($session->answer('SELECT count(*) FROM items, others'), 1, 'connected');
behave(2, '53300');
$answer = decode_json($session->answer(q{SELECT fraiseql.graphql('{ items { i } others { i } }')}));
is_deeply($answer->{data}, { items => [ { i => 3 } ], others => [ { i => 1 } ] }, 'a request whose first source needs three attempts');
my %routes = map { $_->{database} => $_ } @{ $answer->{extensions}{trace}{routes} };
is($routes{source}{attempts}, 3, 'which the trace tells');
is($routes{other}{attempts}, 1, 'the other source needs one');
cmp_ok($routes{other}{started_ms} + $routes{other}{time_ms}, '<', $routes{source}{started_ms} + $routes{source}{time_ms}, 'and does not wait for the first');
behave(3, '53300');
$answer = decode_json($session->answer(q{SELECT fraiseql.graphql('{ items { i } others { i } }')}));
is_deeply($answer->{data}, { items => undef, others => [ { i => 1 } ] }, 'three attempts are not enough: the other is there');
is($answer->{errors}[0]{extensions}{sqlstate}, '53300', 'and the error is the last one');
is(tries(), 3, 'of three');
$session->do('SET fraiseql.join_strategy = sequential');
behave(2, '53300');
$answer = decode_json($session->answer(q{SELECT fraiseql.graphql('{ items { i } others { i } }')}));
is_deeply($answer->{data}, { items => [ { i => 3 } ], others => [ { i => 1 } ] }, 'one after the other');
$session->do('RESET ALL');

# ---- connections ----

my $failures = q{SELECT consecutive_failures FROM fraiseql.circuit_breakers WHERE server = 'nobody'};
is(($session->fails('SELECT * FROM ghosts'))[0], '08001', 'nobody is there');
is($hub->sql($failures), 3, 'which was tried three times');
$session->answer(q{SELECT fraiseql.graphql('{ ghosts { i } }')});
is($hub->sql($failures), 6, 'likewise by a request');

# ---- the budget ----

$node->safe_psql('postgres', 'ALTER SYSTEM SET fraiseql.retry_budget = 0');
$node->reload;
FraiseqlTest::wait_until(sub { $session->answer('SHOW fraiseql.retry_budget') eq '0' }) or die 'the setting';
$session->do(q{ALTER SERVER source OPTIONS (SET initial_delay '0')});
is($session->answer('SELECT count(*) FROM items'), 1, 'connected');
my $attempts = 0;
foreach my $statement (1 .. 12)
{
	behave(100, '53300');
	$session->fails('SELECT i FROM items');
	$attempts += tries();
}
cmp_ok($attempts, '<=', 12 + 10, 'without a share of the traffic, ten retries are free');
cmp_ok($attempts, '>', 12, 'not none');
behave(1, '53300');
is(($session->fails('SELECT i FROM items'))[0], '53300', 'then each has one attempt');
$node->safe_psql('postgres', 'ALTER SYSTEM SET fraiseql.retry_budget = 1');
$node->reload;
FraiseqlTest::wait_until(sub { $session->answer('SHOW fraiseql.retry_budget') eq '1' }) or die 'the setting';
behave(0, '');
is($session->answer('SELECT count(*) FROM items'), 1, 'what is answered') foreach 1 .. 3;
behave(1, '53300');
is($session->answer('SELECT i FROM items'), 2, 'earns a retry');

$hub->stop;
done_testing();
