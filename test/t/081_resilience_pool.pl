# The pool of a server: how many connections all sessions together have, who
# waits for one and in which order, who gives way, and that every place comes
# back, whatever ends a session.
#
# The remote is another database of the hub, so that pg_stat_activity tells what
# connections there really are.
#
# FSQ_KILLS is the number of random kills (default 60).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IPC::Run;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], breaker => 1, conf => "max_connections = 280\nrestart_after_crash = on\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', q{
	CREATE SEQUENCE turn;
	CREATE TABLE numbers AS SELECT generate_series(1, 2000) AS n;
	CREATE VIEW turns AS SELECT nextval('public.turn') AS turn;
});
$hub->sql(qq{
	CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '$host', port '$port', database 'remote', pool_size '2', connection_timeout '20s');
	CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE numbers (n int) SERVER source OPTIONS (schema_name 'public', table_name 'numbers');
	CREATE FOREIGN TABLE turns (turn int) SERVER source OPTIONS (schema_name 'public', table_name 'turns');
	CREATE ROLE other LOGIN SUPERUSER;
});

# What the guard counts, and what there is.
sub pool
{
	my ($columns) = @_;
	return $hub->sql("SELECT $columns FROM fraiseql.pool");
}

sub remote_connections
{
	return $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'remote' AND application_name = 'fraiseql'});
}

sub option
{
	my ($name, $value) = @_;
	my $is = $hub->sql("SELECT count(*) FROM pg_options_to_table((SELECT srvoptions FROM pg_foreign_server)) WHERE option_name = '$name'");

	$hub->sql('ALTER SERVER source OPTIONS (' . ($is ? 'SET' : 'ADD') . " $name '$value')");
	return;
}

# A session that keeps a connection: a cursor is in the middle of its rows.
sub holder
{
	my $session = $hub->session;

	$session->do('BEGIN', 'DECLARE c CURSOR FOR SELECT n FROM numbers ORDER BY n');
	is($session->answer('FETCH c'), 1, 'a session with a connection');
	return $session;
}

# A session that has asked and waits, after so many others.
sub waiter
{
	my ($others, $sql) = @_;
	my $session = $hub->session;

	$session->start($sql // 'SELECT count(*) FROM numbers');
	ok(FraiseqlTest::wait_until(sub { pool('waiting') == $others + 1 }), 'one that waits');
	return $session;
}

# ---- a pool that is full ----

my @holders = map { holder() } 1 .. 2;
is(pool('pool_size, connections, active, idle, waiting'), '2|2|2|0|0', 'two connections');
is($hub->sql('SELECT count(DISTINCT pid) FROM fraiseql.connections WHERE state = \'active\' AND in_transaction AND server = \'source\''), 2, 'which the view shows');
my $waiter = waiter(0);
is(remote_connections(), 2, 'there is no third');
$holders[0]->do('COMMIT');
my ($state, $message) = $waiter->finish;
is($state, '00000', 'who waits gets what another lets go of');
is(pool('connections, waiting, waits, timeouts'), '2|0|1|0', 'counted');
$holders[0]->disconnect;
$waiter->disconnect;

option('connection_timeout', '300ms');
@holders = ($holders[1], holder());
my $session = $hub->session;
($state, $message) = $session->fails('SELECT count(*) FROM numbers');
is($state, '53300', 'who waits for too long is told');
my @pids = map { $_->pid } @holders;
like($message, qr/could not get a connection to server "source": all 2 of its pool are in use/, 'what');
like($message, qr/None became free for \d+ ms\. In use are 2 by sessions that run statements \(process (?:$pids[0], $pids[1]|$pids[1], $pids[0])\)/, 'by whom');
like($message, qr/HINT:.*"pool_size" and "connection_timeout"/, 'and what sets the limits');
like($session->answer(q{SELECT fraiseql.graphql('{ numbers { n } }')}), qr/"code":"SERVICE_UNAVAILABLE","sqlstate":"53300"/, 'GraphQL says so, too');
is(pool('connections, waiting, timeouts'), '2|0|2', 'counted');
option('connection_timeout', '20s');

# more places count at once, fewer as soon as they are free
$waiter = waiter(0);
option('pool_size', '3');
is(($waiter->finish)[0], '00000', 'a pool that is made larger serves who waits');
$_->do('COMMIT') foreach @holders;
$_->disconnect foreach @holders;
$waiter->disconnect;
$session->disconnect;

# ---- in turn ----

ok(FraiseqlTest::wait_until(sub { pool('connections') == 0 && remote_connections() == 0 }), 'nobody is left');
option('pool_size', '1');
my $first = holder();
my @line = map { waiter($_ - 1, 'SELECT turn FROM turns') } 1 .. 6;
$node->safe_psql('remote', 'ALTER SEQUENCE turn RESTART');
$first->do('COMMIT');
is(($_->finish)[0], '00000', 'served') foreach @line;
$_->disconnect foreach @line;
$first->disconnect;

# each takes its turn into a table of the hub, with its place in line
$hub->sql('CREATE TABLE served (place int, turn int)');
$first = holder();
@line = map { waiter($_ - 1, "INSERT INTO served SELECT $_, turn FROM turns") } 1 .. 6;
$first->do('COMMIT');
is(($_->finish)[0], '00000', 'served') foreach @line;
is($hub->sql('SELECT string_agg(place::text, \' \' ORDER BY turn) FROM served'), '1 2 3 4 5 6', 'first come, first served');

# ---- who is idle gives way ----

is($line[5]->answer('SELECT count(*) FROM numbers'), 2000, 'a session has the connection');
is(pool('connections, active, idle'), '1|0|1', 'which is idle');
my $idle = $line[5];
is($line[0]->answer('SELECT count(*) FROM numbers'), 2000, 'it closes it for another');
is($line[1]->answer('SELECT count(*) FROM numbers'), 2000, 'and that for a third');
is($idle->answer('SELECT count(*) FROM numbers'), 2000, 'and comes back');
is(pool('connections, waiting, timeouts'), '1|0|2', 'nobody has waited in vain');
$_->disconnect foreach @line;
$first->disconnect;

# ---- one session, several connections ----

my $many = $hub->session;
$many->do('BEGIN', 'DECLARE a CURSOR FOR SELECT n FROM numbers ORDER BY n', 'DECLARE b CURSOR FOR SELECT n FROM numbers ORDER BY n DESC');
is($many->answer('FETCH a') . $many->answer('FETCH b') . $many->answer('FETCH a') . $many->answer('FETCH b'), '1200021999', 'two cursors on one connection');
is(pool('connections'), 1, 'since there is but one');
is($many->answer('SELECT count(*) FROM numbers a JOIN numbers b USING (n) JOIN turns ON true'), 2000, 'a join, too');
$many->do('MOVE FORWARD ALL FROM a');
is($many->answer('FETCH b'), '1998', 'and the cursors go on');
$many->do('COMMIT');
my $request = q{SELECT fraiseql.graphql('{ a: numbers(limit: 1, orderBy: [{n: ASC}]) { n } b: numbers(limit: 1, orderBy: [{n: DESC}]) { n } c: numbers(limit: 1, offset: 5, orderBy: [{n: ASC}]) { n } }')};
my $answer = '{"data":{"a":[{"n":1}],"b":[{"n":2000}],"c":[{"n":6}]}}';
is($many->answer($request), $answer, 'a request with three fetches');
my $second = $hub->session;
is($second->answer($request), $answer, 'another session\'s, which has no connection yet');
$many->do('SET ROLE other');
is($many->answer('SELECT count(*) FROM numbers'), 2000, 'another login of the same session');
$many->do('RESET ROLE');
is($many->answer('SELECT count(*) FROM numbers'), 2000, 'and back');

# two sessions that need more than one each never wait for each other
option('pool_size', '2');
foreach my $both ($many, $second) { $both->start("DO \$\$ BEGIN FOR i IN 1 .. 30 LOOP PERFORM count(*) FROM numbers a JOIN numbers b USING (n) JOIN numbers c USING (n); END LOOP; END \$\$"); }
is(($_->finish)[0], '00000', 'no deadlock') foreach $many, $second;
$_->disconnect foreach $many, $second;

# ---- idle_timeout, min_idle, max_lifetime ----

option('pool_size', '0');
is(pool('pool_size IS NULL'), 't', 'no limit');
my @three = map { $hub->session } 1 .. 3;
is($_->answer('SELECT count(*) FROM numbers'), 2000, 'a session') foreach @three;
is(pool('connections, idle'), '3|3', 'three connections that nobody uses');
option('min_idle', '1');
option('idle_timeout', '50ms');
is($_->answer('SELECT count(*) FROM numbers'), 2000, 'a session') foreach @three;
ok(FraiseqlTest::wait_until(sub { remote_connections() == 1 }), 'all but min_idle are closed, by sessions that do nothing');
is(pool('connections, idle'), '1|1', 'and counted');
option('min_idle', '0');
is($_->answer('SELECT count(*) FROM numbers'), 2000, 'a session') foreach @three;
ok(FraiseqlTest::wait_until(sub { remote_connections() == 0 }), 'or all');
option('idle_timeout', '0');
option('max_lifetime', '50ms');
is($three[0]->answer('SELECT count(*) FROM numbers'), 2000, 'a session');
ok(FraiseqlTest::wait_until(sub { remote_connections() == 0 }), 'a connection that is too old is closed');
option('max_lifetime', '0');
$_->disconnect foreach @three;

# ---- a storm ----

option('pool_size', '5');
my $script = PostgreSQL::Test::Utils::tempdir . '/storm.sql';
append_to_file($script, "SELECT count(*) FROM numbers;\n");
my $pgbench = sub {
	my ($clients, $transactions) = @_;
	my ($out, $err);
	IPC::Run::run([ 'pgbench', '-n', '-h', $host, '-p', $port, '-c', $clients, '-j', 2, '-t', $transactions, '-f', $script, 'postgres' ], '>', \$out, '2>', \$err);
	return ($out, $err);
};
my $most = 0;
my $sampler = $hub->session;
my $watch = fork;
if ($watch == 0)
{
	my ($out, $err) = $pgbench->(200, 5);
	open my $file, '>', "$script.out";
	print $file $out, $err;
	close $file;
	POSIX::_exit(0);
}
while (waitpid($watch, POSIX::WNOHANG()) == 0)
{
	my $now = $sampler->answer(q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'remote' AND application_name = 'fraiseql'});
	$most = $now if $now > $most;
	sleep 0.005;
}
my $result = slurp_file("$script.out");
like($result, qr/number of transactions actually processed: 1000\/1000/, '200 clients on a pool of 5 are all served') or diag($result);
cmp_ok($most, '<=', 5, 'of which there were never more');
cmp_ok($most, '>', 0, 'seen');
ok(FraiseqlTest::wait_until(sub { pool('connections, waiting') eq '0|0' && remote_connections() == 0 }), 'and none is left') or diag(pool('*'));

# ---- every place comes back ----

option('pool_size', '3');
my $seed = $ENV{FSQ_SEED} // 815;
srand $seed;
my @clients = map { $hub->session } 1 .. 10;
my $exact = 0;
my $kills = $ENV{FSQ_KILLS} // 60;
foreach my $kill (1 .. $kills)
{
	my $how = ('pg_cancel_backend', 'pg_terminate_backend')[ int rand 2 ];

	$_->start('SELECT count(*) FROM numbers a JOIN numbers b USING (n)') foreach @clients;
	sleep rand 0.05;
	my $victim = int rand @clients;
	$sampler->answer("SELECT $how($clients[$victim]{pid})");
	$_->finish foreach @clients;
	$clients[$victim] = $hub->session if $how eq 'pg_terminate_backend';
	$exact++ if FraiseqlTest::wait_until(sub {
		my ($count, $rows, $waiting) = split /,/, $sampler->answer('SELECT connections, active + idle, waiting FROM fraiseql.pool');
		return $waiting == 0 && $count == $rows && $count == remote_connections();
	});
}
is($exact, $kills, "after each of $kills kills the counts are exactly right (FSQ_SEED=$seed)");
cmp_ok(pool('connections'), '<=', 3, 'within the pool');

# a crash begins anew
kill 'KILL', $clients[0]->pid;
ok(FraiseqlTest::wait_until(sub { my ($rc) = $node->psql('postgres', 'SELECT 1', stderr => \my $err); defined $rc && $rc == 0 }), 'the hub restarts after a crash');
is(pool('connections, waiting'), '0|0', 'with no connections');
is($hub->sql('SELECT count(*) FROM numbers'), 2000, 'and goes on');

$hub->stop;
done_testing();
