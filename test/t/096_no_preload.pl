# Without shared_preload_libraries: from PostgreSQL 17 on all sessions share what
# is known of a server all the same, and it ends with the server; before, each
# session has its own, and is told so once.
#
# The remote is another database of the hub.  Its view "f" fails with the
# SQLSTATE that it is told to fail with.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], preload => 0, breaker => 1,
	conf => "restart_after_crash = on\nfraiseql.max_servers = 3\nfraiseql.max_statements = 40\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');
my $is_shared = $hub->sql('SHOW server_version_num') >= 170000;

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', q{
	CREATE TABLE numbers AS SELECT generate_series(1, 2000) AS n;
	CREATE TABLE behaviour (how text);
	INSERT INTO behaviour VALUES ('');
	CREATE FUNCTION behave() RETURNS int LANGUAGE plpgsql AS $$
	DECLARE
		how text := (SELECT b.how FROM public.behaviour b);
	BEGIN
		IF how <> '' THEN
			RAISE EXCEPTION 'told to' USING ERRCODE = how;
		END IF;
		RETURN 1;
	END $$;
	CREATE VIEW f AS SELECT behave() AS i;
});

sub behave
{
	my ($how) = @_;
	$node->safe_psql('remote', "UPDATE behaviour SET how = '$how'");
}

# A server of that name, with foreign tables in a schema of that name.
sub server_sql
{
	my ($name, $options) = @_;
	return qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER fraiseql_postgres
			OPTIONS (host '$host', port '$port', database 'remote', failure_threshold '3', max_attempts '1'$options);
		CREATE USER MAPPING FOR PUBLIC SERVER $name OPTIONS (username '$user', password 'x');
		CREATE SCHEMA IF NOT EXISTS $name;
		CREATE FOREIGN TABLE $name.f (i int) SERVER $name OPTIONS (schema_name 'public', table_name 'f');
		CREATE FOREIGN TABLE $name.numbers (n int) SERVER $name OPTIONS (schema_name 'public', table_name 'numbers');
	};
}

sub breaker
{
	my ($session) = @_;
	return $session->answer(q{SELECT state, consecutive_failures FROM fraiseql.circuit_breakers WHERE server = 'source'});
}

sub pool
{
	my ($columns) = @_;
	return $hub->sql("SELECT $columns FROM fraiseql.pool WHERE server = 'source'");
}

# A session that keeps a connection: a cursor is in the middle of its rows.
sub holder
{
	my $session = $hub->session;

	$session->do('BEGIN', 'DECLARE c CURSOR FOR SELECT n FROM source.numbers ORDER BY n');
	is($session->answer('FETCH c'), 1, 'a session with a connection');
	return $session;
}

sub terminate
{
	my ($session) = @_;
	return $hub->sql('SELECT pg_terminate_backend(' . $session->pid . ', 60000)');
}

$hub->sql(server_sql('source', ", pool_size '1', connection_timeout '20s'"));

# ---- what a session is told ----

my ($rc, $out, $err) = $node->psql('postgres', q{
	SELECT count(*) FROM fraiseql.circuit_breakers;
	SELECT i FROM source.f;
	SELECT i FROM source.f});
is($out, "1\n1\n1", 'answers');

if (!$is_shared)
{
	is(scalar(() = $err =~ /WARNING:/g), 1, 'one warning');
	like($err, qr/fraiseql is not preloaded: circuit breakers and connection counts are this session's own.*HINT:  Add fraiseql to shared_preload_libraries/s, 'says what that means, and what to do');

	behave('53200');
	my ($first, $second) = map { $hub->session } 1 .. 2;
	like($first->answer('SELECT i FROM source.f'), qr/^ERROR 53200/, 'a failure') foreach 1 .. 3;
	like($first->answer('SELECT i FROM source.f'), qr/^ERROR 08X01 .*circuit breaker is open/, 'the session leaves the server alone');
	like($second->answer('SELECT i FROM source.f'), qr/^ERROR 53200/, 'another one does not know of that');
	is(breaker($first), 'open,3', 'a breaker of its own');
	is(breaker($second), 'closed,1', 'and another');
	diag('PostgreSQL before 17 has no shared memory without preloading: what sessions share of it is not tested');
	done_testing();
	exit;
}
is($err, '', 'there is nothing to warn of');

# ---- the circuit breaker ----

my ($first, $second) = map { $hub->session } 1 .. 2;
behave('53200');
like($first->answer('SELECT i FROM source.f'), qr/^ERROR 53200/, 'a failure') foreach 1 .. 2;
is(breaker($second), 'closed,2', 'which another session sees');
$first->disconnect;
like($second->answer('SELECT i FROM source.f'), qr/^ERROR 53200/, 'its own failure is the third');
is(breaker($second), 'open,3', 'that opens it');
behave('');
$first = $hub->session;
like($first->answer('SELECT i FROM source.f'), qr/^ERROR 08X01 .*circuit breaker is open/, 'for those that come later as well');
$first->do(q{SELECT fraiseql.circuit_breaker_reset('source')});
is($second->answer('SELECT i FROM source.f'), '1', 'one session closes it for another');
$_->disconnect foreach $first, $second;
ok(FraiseqlTest::wait_until(sub { pool('connections') eq '0' }), 'sessions that end give their places back');

# ---- the pool ----

my $holder = holder();
my $waiter = $hub->session;
$waiter->start('SELECT count(*) FROM source.numbers');
ok(FraiseqlTest::wait_until(sub { pool('waiting') eq '1' }), 'who finds the pool full waits');
is(pool('pool_size, connections, active, idle'), '1|1|1|0', 'and there is one connection');
is($hub->sql('SELECT pid FROM fraiseql.connections'), $holder->pid, 'of that session');
$holder->do('COMMIT');
is(($waiter->finish)[0], '00000', 'it is woken when there is a place');
$holder->disconnect;

$hub->sql(q{ALTER SERVER source OPTIONS (SET connection_timeout '300ms')});
$holder = holder();
my ($state, $message) = $waiter->fails('SELECT count(*) FROM source.numbers');
is($state, '53300', 'who waits for too long is told');
my $pid = $holder->pid;
like($message, qr/In use are 1 by sessions that run statements \(process $pid\)/, 'who has the place');
$hub->sql(q{ALTER SERVER source OPTIONS (SET connection_timeout '20s')});

# ---- sessions that are ended ----

$waiter->start('SELECT count(*) FROM source.numbers');
ok(FraiseqlTest::wait_until(sub { pool('waiting') eq '1' }), 'one that waits');
is(terminate($waiter), 't', 'is ended');
is(pool('connections, waiting'), '1|0', 'and is not in line any more');
$waiter = $hub->session;
$waiter->start('SELECT count(*) FROM source.numbers');
ok(FraiseqlTest::wait_until(sub { pool('waiting') eq '1' }), 'one that waits');
is(terminate($holder), 't', 'who has the place is ended');
is(($waiter->finish)[0], '00000', 'which makes room');
$waiter->disconnect;
foreach my $round (1 .. 10)
{
	$holder = $hub->session;
	$holder->do('CREATE TEMPORARY TABLE kept (i int)') if $round % 2;
	$holder->do('BEGIN', 'DECLARE c CURSOR FOR SELECT n FROM source.numbers');
	$holder->answer('FETCH c');
	$holder->do('COMMIT') if $round % 3 == 0;
	terminate($holder) eq 't' or die 'it does not end';
}
is(pool('connections, active, idle, waiting'), '0|0|0|0', 'every place comes back');
is($hub->sql(q{SELECT count(*) FROM fraiseql.connections}), 0, 'and nothing is shown of who had it');

# ---- what is counted ----

$hub->sql('SELECT fraiseql.stats_reset()');
$first = $hub->session;
is($first->answer('SELECT n FROM source.numbers WHERE n = 7'), '7', 'a statement') foreach 1 .. 3;
like($first->answer(q{SELECT fraiseql.graphql('{ __typename }')}), qr/"data"/, 'and a request');
$first->disconnect;
is($hub->sql(q{SELECT calls, rows FROM fraiseql.statements WHERE query LIKE 'SELECT "n"%'}), '3|3', 'another session sees what was sent');
is($hub->sql(q{SELECT statements >= 3 AND rows >= 3 FROM fraiseql.stats WHERE server = 'source'}), 't', 'in total, too');
is($hub->sql(q{SELECT fraiseql.metrics() LIKE '%fraiseql_queries_total{method="query",status="success"} 1%'}), 't', 'and the request');

# more shapes than there is room for
$hub->sql(join ';', map { my $n = $_; 'SELECT n FROM source.numbers WHERE ' . join ' OR ', map { "n = $_" } 1 .. $n } 2 .. 60);
$hub->sql(join ';', map { "SELECT n FROM source.numbers WHERE n + $_ = 2 AND " . join ' AND ', ('n < 9') x $_ } 1 .. 60);
cmp_ok($hub->sql('SELECT count(*) FROM fraiseql.statements'), '<=', 40, 'as many statements are kept as there is room for');
is($hub->sql('SELECT count(*) = count(DISTINCT (server, "user", queryid)) FROM fraiseql.statements'), 't', 'each of them once');

# ---- sizes are those of the first session; servers come and go ----

$hub->sql(q{ALTER SYSTEM SET fraiseql.max_servers = 50});
$hub->sql(q{ALTER SYSTEM SET fraiseql.max_statements = 100});
$node->reload;
$hub->sql(server_sql("s$_", '')) foreach 1 .. 3;
($rc, $out, $err) = $node->psql('postgres', join ';', map { "SELECT i FROM s$_.f" } 1 .. 3);
is($out, "1\n1\n1", 'sessions with other settings use what there is');
is(scalar(() = $err =~ /WARNING:  there is no room for more than 3 servers in the shared memory/g), 1, 'which has room for three servers');
# the session that drops them has not loaded the library
$hub->sql('DROP EXTENSION fraiseql CASCADE');
$hub->sql('CREATE EXTENSION fraiseql');
$hub->sql(server_sql('source', ", pool_size '1'"));
foreach my $round (1 .. 5)
{
	$hub->sql('DROP SCHEMA s1 CASCADE');
	$hub->sql(server_sql('s1', ''));
	($rc, $out, $err) = $node->psql('postgres', 'SELECT i FROM s1.f; SELECT i FROM source.f');
	is("$out$err", "1\n1", 'the places of dropped servers are used again');
	$hub->sql($round % 2 ? 'DROP SERVER s1 CASCADE' : q{LOAD 'fraiseql'; DROP SERVER s1 CASCADE});
}

# ---- a crash ----

my $session = $hub->session;
like($session->answer(q{SELECT fraiseql.circuit_breaker_trip('source')}), qr/^$/, 'a breaker that is open');
$session->disconnect;
$holder = $hub->session;
like($holder->answer('SELECT i FROM source.f'), qr/^ERROR 08X01/, 'as all see');
my $mark = -s $node->logfile;
kill 'KILL', $holder->pid;
ok(FraiseqlTest::wait_until(sub { slurp_file($node->logfile, $mark) =~ /database system is ready to accept connections/ }), 'a session is killed, and the server starts anew');
($rc, $out, $err) = $node->psql('postgres', q{
	SELECT state, transitions FROM fraiseql.circuit_breakers WHERE server = 'source';
	SELECT i FROM source.f;
	SELECT connections FROM fraiseql.pool WHERE server = 'source';
	SELECT 1 FROM fraiseql.graphql('{ __typename }')});
is($out, "closed|0\n1\n1\n1", 'with everything closed, and counted from nothing');
is($err, '', 'and nothing to warn of');
$first = holder();
is(pool('connections'), '1', 'sessions share it again');
terminate($first);
is(pool('connections'), '0', 'to the end');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|leak/, 'nothing was lost');

$hub->stop;
done_testing();
