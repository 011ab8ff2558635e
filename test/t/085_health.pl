# fraiseql.health() and databaseStatus: a living server beside a dead one and one
# that accepts and says nothing; many sessions that watch; the probe that closes a
# circuit breaker; and what is left of it when sessions are killed.
#
# The living server is another database of the hub, whose statements are counted
# there by its log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], breaker => 1, conf => "restart_after_crash = on\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

append_to_file($node->data_dir . '/postgresql.conf', "listen_addresses = '127.0.0.1'\n");
append_to_file($node->data_dir . '/pg_hba.conf', "host all all 127.0.0.1/32 trust\n");
$node->restart;

# accepts, as far as the kernel does, and never answers
my $silent = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1') or die "listen: $!";
my $silent_port = $silent->sockport;

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', q{
	CREATE FUNCTION slow() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1 FROM pg_sleep(3)';
	CREATE VIEW slow AS SELECT slow() AS i;
	ALTER DATABASE remote SET log_statement = 'all';
});
$hub->sql(qq{
	CREATE SERVER living FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '$host', port '$port', database 'remote', success_threshold '2', failure_threshold '3', max_attempts '1');
	CREATE SERVER dead FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port '1', database 'x', circuit_breaker 'off');
	CREATE SERVER quiet_mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port '$silent_port', database 'x', circuit_breaker 'off');
	CREATE SERVER quiet_postgres FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '$silent_port', database 'x', circuit_breaker 'off');
	CREATE SERVER quiet_sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port '$silent_port', database 'x', circuit_breaker 'off');
	CREATE SERVER file FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nowhere/at/all.db');
});
$hub->sql("CREATE USER MAPPING FOR PUBLIC SERVER $_ OPTIONS (username '$user', password 'x')")
  foreach qw(living dead quiet_mysql quiet_postgres quiet_sqlserver);
$hub->sql(q{CREATE FOREIGN TABLE slow (i int) SERVER living OPTIONS (schema_name 'public')});

sub configure
{
	my ($name, $value) = @_;

	$node->safe_psql('postgres', "ALTER SYSTEM SET $name = '$value'");
	$node->reload;
	FraiseqlTest::wait_until(sub { $hub->sql("SHOW $name") eq $value }) or die $name;
	return;
}

# How many checks the living server has seen.
sub checks
{
	my $log = slurp_file($node->logfile);

	return scalar(() = $log =~ /(?:statement|execute [^:]*): SELECT 1$/mg);
}

# ---- all at once, and no longer than health has ----

my $session = $hub->session;
$session->do(q{SET fraiseql.health_timeout = '1s'});
my $started = time;
my $rows = $session->answer('SELECT name, connected, error IS NULL FROM fraiseql.health()');
my $took = time - $started;
is($rows, 'dead,0,0|file,0,0|living,1,1|quiet_mysql,0,0|quiet_postgres,0,0|quiet_sqlserver,0,0', 'who answers and who does not');
cmp_ok($took, '<', 2.5, 'three silent servers take the time of one');
like($session->answer(q{SELECT error FROM fraiseql.health('quiet_postgres')}), qr/^There was no answer for \d+ ms\.$/, 'which is said');
like($session->answer(q{SELECT error FROM fraiseql.health('dead')}), qr/111/, 'a dead server is told in its own words');
is($session->answer('SELECT count(*) FROM fraiseql.connections WHERE server <> $$living$$'), 0, 'nothing of them is left');

# a cancel ends it at once
$session->do(q{SET fraiseql.health_timeout = '1min'}, q{SET fraiseql.health_max_age = 0});
$session->start('SELECT * FROM fraiseql.health()');
ok(FraiseqlTest::wait_until(sub { $hub->sql(q{SELECT count(*) FROM fraiseql.connections WHERE state = 'connecting'}) >= 2 }), 'it waits');
$hub->sql('SELECT pg_cancel_backend(' . $session->pid . ')');
is(($session->finish)[0], '57014', 'and can be cancelled');
is($hub->sql(q{SELECT count(*) FROM fraiseql.connections WHERE state = 'connecting'}), 0, 'which gives everything back');

# ---- beside other fetches of a request ----

$session->do(q{SET fraiseql.health_timeout = '3s'}, 'SELECT i FROM slow WHERE false');
$started = time;
my $answer = $session->answer(q{SELECT fraiseql.graphql('{ databaseStatus { name connected } slows { i } }')});
$took = time - $started;
like($answer, qr/"name":"living","connected":true/, 'databaseStatus, in a request that reads a slow table');
like($answer, qr/"slows":\[\{"i":1\}\]/, 'and that table');
cmp_ok($took, '<', 5.5, 'are waited for together');
$session->do(q{DROP SERVER quiet_mysql CASCADE}, q{DROP SERVER quiet_postgres CASCADE}, q{DROP SERVER quiet_sqlserver CASCADE});

# ---- many who watch ----

configure('fraiseql.health_max_age', '1h');
$hub->sql('SELECT * FROM fraiseql.health()');
my $before = checks();
cmp_ok($before, '>', 0, 'checks are seen in the log');
$hub->sql('SELECT * FROM fraiseql.health()') foreach 1 .. 10;
is(checks(), $before, 'ten other sessions are told what the first has found');
configure('fraiseql.health_max_age', '0');
$hub->sql('SELECT * FROM fraiseql.health()');
is(checks(), $before + 1, 'unless it is too old');

# ---- a connection that goes dark ----

my $proxy = FraiseqlTest::Proxy->new($port);
$hub->sql(sprintf q{
	CREATE SERVER behind FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '%d', database 'remote', circuit_breaker 'off');
	CREATE USER MAPPING FOR PUBLIC SERVER behind OPTIONS (username '%s', password 'x')}, $proxy->port, $user);
$session->do(q{SET fraiseql.health_max_age = 0}, q{SET fraiseql.health_timeout = '1s'});
is($session->answer(q{SELECT connected FROM fraiseql.health('behind')}), 1, 'a connection that is kept');
$proxy->silence('both');
$started = time;
like($session->answer(q{SELECT connected, error FROM fraiseql.health('behind')}), qr/^0,There was no answer for \d+ ms\.$/, 'and then says nothing');
cmp_ok(time - $started, '<', 2.5, 'is not waited for');
$proxy->reset;
is($session->answer(q{SELECT connected FROM fraiseql.health('behind')}), 1, 'the next check has another');
$hub->sql('DROP SERVER behind CASCADE');

# ---- the probe ----

# what is not asked ends no outage: the answers of health alone do not
$hub->sql('SELECT 1 FROM fraiseql.health()') foreach 1 .. 3;
is($hub->sql(q{SELECT state, consecutive_failures FROM fraiseql.circuit_breakers WHERE server = 'living'}), 'closed|0', 'closed');
configure('fraiseql.recovery_timeout', '1h');
$hub->sql(q{SELECT fraiseql.circuit_breaker_trip('living')});
$before = checks();
like($hub->sql(q{SELECT connected, circuit_breaker, error FROM fraiseql.health('living')}),
	qr/^f\|open\|circuit breaker is open, next probe in 3[56]\d\d s$/, 'an open breaker is reported');
is(checks(), $before, 'and nothing is asked');
is($hub->sql(q{SELECT rejected FROM fraiseql.stats WHERE server = 'living'}), 0, 'nor counted as a use that was refused');
configure('fraiseql.recovery_timeout', '1ms');
is($hub->sql(q{SELECT connected, circuit_breaker FROM fraiseql.health('living')}), 't|half_open', 'when its time has come, the check is the probe');
is($hub->sql(q{SELECT connected, circuit_breaker FROM fraiseql.health('living')}), 't|closed', 'and success_threshold of them close it');

# a failing probe opens it again
$hub->sql(q{ALTER DATABASE remote ALLOW_CONNECTIONS false});
$hub->sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'remote'});
$hub->sql(q{ALTER SERVER living OPTIONS (SET port '1')});
$hub->sql(q{SELECT fraiseql.circuit_breaker_trip('living')});
my $opened = $hub->sql(q{SELECT opened_at FROM fraiseql.circuit_breakers WHERE server = 'living'});
is($hub->sql(q{SELECT connected, circuit_breaker FROM fraiseql.health('living')}), 'f|open', 'a probe that fails');
isnt($hub->sql(q{SELECT opened_at FROM fraiseql.circuit_breakers WHERE server = 'living'}), $opened, 'opens it anew');
$hub->sql(q{ALTER DATABASE remote ALLOW_CONNECTIONS true});
$hub->sql(qq{ALTER SERVER living OPTIONS (SET port '$port')});
$hub->sql(q{SELECT fraiseql.circuit_breaker_reset('living')});

# ---- a success does not make others' failures good ----

$hub->sql(q{CREATE FOREIGN TABLE broken (i int) SERVER living OPTIONS (schema_name 'public')});
$node->safe_psql('remote', q{
	CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END $$;
	CREATE VIEW broken AS SELECT broken() AS i;
});
foreach (1 .. 2)
{
	is(($hub->session->fails('SELECT * FROM broken'))[0], '53100', 'a failure');
	is($hub->sql(q{SELECT connected FROM fraiseql.health('living')}), 't', 'a check that is answered');
}
is($hub->sql(q{SELECT state, consecutive_failures FROM fraiseql.circuit_breakers WHERE server = 'living'}), 'closed|2',
	'does not begin the count of failures anew');

# ---- a full pool ----

$hub->sql(q{ALTER SERVER living OPTIONS (ADD pool_size '1')});
my $holder = $hub->session;
$holder->do('BEGIN', 'DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 2) g, slow');
$holder->do('FETCH 1 FROM c');
like($hub->sql(q{SET fraiseql.health_timeout = '1s'; SELECT connected, error FROM fraiseql.health('living')}),
	qr/^f\|All connections that its pool allows are in use, and none became free\.$/, 'a pool that is full is not exceeded');
$holder->do('ROLLBACK');
is($holder->answer(q{SELECT count(*) FROM fraiseql.connections WHERE state = 'idle' AND pid = pg_backend_pid()}), 1, 'a session that keeps an idle connection');
is($hub->sql(q{SELECT connected, error FROM fraiseql.health('living')}), 't|', 'gives way to a check');
$holder->do('BEGIN', 'DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 2) g, slow');
$holder->do('FETCH 1 FROM c');
$holder->do('SET LOCAL fraiseql.health_timeout = 60000');
like($holder->answer(q{SELECT connected, error FROM fraiseql.health('living')}), qr/^0,All connections that its pool allows/,
	'and one that has all of them does not wait for itself');
$holder->do('ROLLBACK');
is($hub->sql(q{SELECT connections, waiting FROM fraiseql.pool WHERE server = 'living'}), '1|0', 'nobody is left in line');
$hub->sql(q{ALTER SERVER living OPTIONS (DROP pool_size)});

# ---- kill -9 ----

$session = $hub->session;
$hub->sql(qq{
	CREATE SERVER quiet FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '$silent_port', database 'x');
	CREATE USER MAPPING FOR PUBLIC SERVER quiet OPTIONS (username '$user', password 'x')});
$session->do(q{SET fraiseql.health_timeout = '1min'});
$session->start('SELECT * FROM fraiseql.health()');
ok(FraiseqlTest::wait_until(sub { $hub->sql(q{SELECT count(*) FROM fraiseql.connections WHERE state = 'connecting'}) eq '1' }), 'a check runs');
kill 'KILL', $session->pid;
ok(FraiseqlTest::wait_until(sub { slurp_file($node->logfile) =~ /all server processes terminated; reinitializing.*ready to accept connections/s }), 'the cluster restarts');
$hub->sql('DROP SERVER quiet CASCADE');
is($hub->sql(q{SELECT name, connected FROM fraiseql.health()}), "dead|f\nfile|f\nliving|t", 'and health is what it was');

$hub->stop;
done_testing();
