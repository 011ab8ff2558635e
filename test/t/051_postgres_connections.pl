# Connections to another PostgreSQL: logins and who may use them, what happens
# when the remote refuses, restarts, dies in the middle of a result, or hangs,
# and that a cancel reaches it.  How long things took is logged, not asserted.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# Both listen on 127.0.0.1 alone.
my $remote = PostgreSQL::Test::Cluster->new('remote');
$remote->init;
$remote->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\npassword_encryption = scram-sha-256\n");
$remote->start;
my $port = $remote->port;
$remote->safe_psql('postgres', q{
	CREATE ROLE ann LOGIN PASSWORD 'of ann''s \ "own"';
	CREATE ROLE bob LOGIN PASSWORD 'of bob';
	CREATE ROLE open LOGIN;
	CREATE DATABASE orders;
});
$remote->safe_psql('orders', q{
	CREATE TABLE t (a int PRIMARY KEY, b text);
	INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 100000) i;
	CREATE VIEW me AS SELECT current_user::text AS login, pg_backend_pid() AS pid;
	CREATE VIEW forever AS SELECT 1 AS x FROM pg_sleep(1000);
	CREATE VIEW busy AS SELECT sum(i) AS x FROM generate_series(1, 100000000000) i;
	CREATE VIEW many AS SELECT i AS a, repeat('x', 1000) AS b FROM generate_series(1, 1000000) i;
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
	VACUUM ANALYZE t;
});
unlink $remote->data_dir . '/pg_hba.conf';
$remote->append_conf('pg_hba.conf', "local all all trust\nhost all open 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
$remote->reload;

my $hub = PostgreSQL::Test::Cluster->new('hub');
$hub->init;
$hub->start;
$hub->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE ROLE hub_ann LOGIN;
	CREATE ROLE hub_bob LOGIN;
	CREATE ROLE hub_eve LOGIN;
	CREATE SERVER shop FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '127.0.0.1', port '$port', database 'orders', timeout '60s');
	CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'bob', password 'of bob');
	CREATE USER MAPPING FOR hub_ann SERVER shop OPTIONS (username 'ann', password 'of ann''s \\ "own"');
	CREATE USER MAPPING FOR hub_bob SERVER shop OPTIONS (username 'bob', password 'of bob');
	IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO public;
	GRANT USAGE ON FOREIGN SERVER shop TO PUBLIC;
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
});

# Run statements in one session; what it printed, and its errors.
sub session
{
	my ($statements, %arg) = @_;
	my ($stdout, $stderr) = ('', '');

	$hub->psql('postgres', "\\set VERBOSITY verbose\n$statements",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr, extra_params => [ '-U', $arg{role} // getpwuid($<) ]);
	return ($stdout, $stderr);
}

# Start a session with a name; returns what is needed to go on with it.
sub start_session
{
	my ($name, $statements) = @_;
	my %io = (in => "SET application_name = '$name';\n$statements\n\\q\n", out => '', err => '');

	$io{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-f', '-', '-d', $hub->connstr('postgres') ],
		'<', \$io{in}, '>', \$io{out}, '2>', \$io{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$io{run}->pump_nb;
	return \%io;
}

# Wait until the remote runs a statement that looks like that.
sub wait_for_remote
{
	my ($pattern) = @_;
	$remote->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'orders' AND state = 'active' AND query ~ '$pattern'")
	  or die "no such statement: $pattern";
}

sub wait_for_no_remote
{
	my ($pattern, $what) = @_;
	ok($remote->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = 'orders' AND state = 'active' AND query ~ '$pattern'"),
		$what);
}

# ---- logins ----

{
	my ($stdout, $stderr) = session('SELECT login FROM me', role => 'hub_ann');
	is($stdout, 'ann', 'a role logs in by its mapping, whatever is in its password');
	is($stderr, '', 'without an error');

	# in one backend, now one and now the other
	($stdout, $stderr) = session(q{
		SELECT login FROM me;
		SET ROLE hub_ann; SELECT login FROM me;
		SET ROLE hub_bob; SELECT login FROM me;
		SET ROLE hub_ann; SELECT login FROM me;
		RESET ROLE; SELECT login FROM me;});
	is($stdout, "bob\nann\nbob\nann\nbob", 'two roles in one backend never share a login');

	# a view reads as its owner, a function of SECURITY DEFINER too
	$hub->safe_psql('postgres', q{
		GRANT CREATE ON SCHEMA public TO hub_ann;
		SET ROLE hub_ann;
		CREATE VIEW seen_by_ann AS SELECT login FROM me;
		CREATE FUNCTION asked_by_ann() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT login FROM public.me';
		CREATE FUNCTION asked_by_anyone() RETURNS text LANGUAGE sql AS 'SELECT login FROM public.me';
		GRANT SELECT ON seen_by_ann TO PUBLIC;});
	($stdout, $stderr) = session('SELECT login, (SELECT login FROM me), asked_by_ann(), asked_by_anyone() FROM seen_by_ann', role => 'hub_bob');
	is($stdout, 'ann|bob|ann|bob', 'a view and a SECURITY DEFINER function read as their owners') or diag($stderr);

	($stdout, $stderr) = session('SELECT login FROM me', role => 'hub_eve');
	like($stderr, qr/42704: user mapping not found/, 'no mapping, no login');

	# an altered mapping is obeyed at once
	($stdout, $stderr) = session(q{
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET username 'open', SET password 'none');
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET username 'bob', SET password 'of bob');
		SET ROLE hub_bob; SELECT login FROM me;});
	is($stdout, "bob\nbob", 'an altered mapping makes a new connection');
	like($stderr, qr/2F003: could not connect to server "shop"/, 'a login that did not need the password is not for everyone');
	like($stderr, qr/did not ask for the password/, 'and the error says so');
}

{
	my ($stdout, $stderr) = session(q{
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (DROP password);
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (ADD password 'wrong');
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET password 'of bob');
		ALTER SERVER shop OPTIONS (SET database 'nowhere'); SELECT login FROM me;
		ALTER SERVER shop OPTIONS (SET database 'orders'); SELECT login FROM me;});
	like($stderr, qr/password is required/, 'a role that is no superuser needs a password');
	like($stderr, qr/ERROR:  28P01: could not connect to server "shop"\nDETAIL:  password authentication failed for user "bob"/, 'a wrong password is the remote\'s error');
	unlike($stderr, qr/wrong/, 'that does not show the password');
	like($stderr, qr/ERROR:  3D000: could not connect to server "shop"\nDETAIL:  database "nowhere" does not exist/, 'so is a wrong database');
	is($stdout, 'bob', 'and the session goes on');
}

# ---- statements ----

{
	# two scans at once, and a nested loop
	my ($stdout, $stderr) = session(q{
		SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
		SELECT count(*) FROM t x, t y WHERE x.a <= 20 AND y.a < x.a;
		SELECT sum(s) FROM (SELECT (SELECT count(*) FROM t y WHERE y.a < x.a AND y.a < 10) AS s FROM t x WHERE x.a < 100) q;
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		SELECT count(*) FROM t x, t y WHERE x.a <= 20 AND y.a < x.a;
		COMMIT;
		BEGIN; DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a; FETCH 2 FROM c; SELECT max(a) FROM t; FETCH 1 FROM c; COMMIT;});
	is($stdout, "190\n846\n190\n1\n2\n100000\n3", 'several scans of one server in one session') or diag($stderr);

	# one snapshot
	my $session = start_session('snapshot',
		"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT max(a) FROM t;\n\\! psql -Xq -d '" . $remote->connstr('orders') . "' -c \"INSERT INTO t VALUES (100001, 'new')\"\nSELECT max(a) FROM t;\nCOMMIT;\nSELECT max(a) FROM t;");
	$session->{run}->finish;
	is($session->{out}, "100000\n100000\n100001\n", 'REPEATABLE READ is one snapshot of the remote') or diag($session->{err});
	$remote->safe_psql('orders', 'DELETE FROM t WHERE a > 100000');

	# it stays, whatever is altered meanwhile; if it is lost, there is no other
	$session = start_session('altered',
		"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT max(a) FROM t;\n\\! psql -Xq -d '" . $hub->connstr('postgres') .
		"' -c \"ALTER SERVER shop OPTIONS (ADD application_name 'altered')\"\n\\! psql -Xq -d '" . $remote->connstr('orders') .
		"' -c \"INSERT INTO t VALUES (100001, 'new')\"\nSELECT max(a) FROM t;\nCOMMIT;\nSELECT max(a) FROM t;");
	$session->{run}->finish;
	is($session->{out}, "100000\n100000\n100001\n", 'a snapshot survives a change of its server') or diag($session->{err});
	$session = start_session('lost',
		"BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT max(a) FROM t;\nSAVEPOINT s;\n\\! psql -Xqt -o /dev/null -d '" . $remote->connstr('orders') .
		"' -c \"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'altered'\"\n" .
		"SELECT max(a) FROM t;\nROLLBACK TO s;\nSELECT max(a) FROM t;\nROLLBACK;\nSELECT max(a) FROM t;");
	$session->{run}->finish;
	is($session->{out}, "100001\n100001\n", 'a lost snapshot is not replaced by another') or diag($session->{err});
	like($session->{err}, qr/ERROR:  08006: the snapshot of server "shop" is lost/, 'which is said');
	$remote->safe_psql('orders', 'DELETE FROM t WHERE a > 100000');
	$hub->safe_psql('postgres', 'ALTER SERVER shop OPTIONS (DROP application_name)');

	# the remote's own errors
	($stdout, $stderr) = session(q{
		SELECT 1 / (a - 5) FROM t WHERE 1 / (a - 5) > 0;
		CREATE FOREIGN TABLE missing (a int) SERVER shop OPTIONS (schema_name 'public');
		SELECT * FROM missing; DROP FOREIGN TABLE missing;
		SELECT count(*) FROM t;});
	like($stderr, qr/ERROR:  22012: could not read foreign table "t" on server "shop"\nDETAIL:  division by zero/, 'an error of the remote keeps its SQLSTATE');
	like($stderr, qr/ERROR:  42P01: could not read foreign table "missing"/, 'a missing table is an error');
	is($stdout, '100000', 'and the connection is in step');
}

# ---- cancel ----

foreach my $view (qw(forever busy))
{
	my $start = time;
	my ($stdout, $stderr) = session("SELECT count(*) FROM t;\nSET statement_timeout = '300ms';\nSELECT * FROM $view;\nRESET statement_timeout;\nSELECT 'alive', login FROM me;");
	note sprintf('statement_timeout of 300 ms on %s: the session took %.0f ms', $view, (time - $start) * 1000);
	like($stderr, qr/ERROR:  57014: canceling statement due to statement timeout/, "statement_timeout stops $view");
	like($stdout, qr/alive\|bob/, 'the next answer is its own');
	wait_for_no_remote($view, 'the remote statement is stopped too');

	($stdout, $stderr) = session("ALTER SERVER shop OPTIONS (SET timeout '300ms'); SELECT * FROM $view; ALTER SERVER shop OPTIONS (SET timeout '60s'); SELECT 'alive', login FROM me;");
	like($stderr, qr/ERROR:  HYT00: could not read foreign table "$view" on server "shop": timeout/, "the server's timeout stops it, too");
	like($stdout, qr/alive\|bob/, 'the session goes on');
	wait_for_no_remote($view, 'and so does the remote');
}

foreach my $function (qw(pg_cancel_backend pg_terminate_backend))
{
	my $session = start_session($function, "SELECT * FROM forever;\nSELECT 'alive', login FROM me;");
	wait_for_remote('forever');
	my $start = time;
	$hub->safe_psql('postgres', "SELECT $function(pid) FROM pg_stat_activity WHERE application_name = '$function'");
	$session->{run}->finish;
	note sprintf('%s: %.0f ms until the session was through', $function, (time - $start) * 1000);
	like($session->{err}, $function eq 'pg_cancel_backend' ? qr/57014: canceling statement due to user request/ : qr/57P01: terminating connection/, "$function stops it");
	is($session->{out}, "alive|bob\n", 'the session goes on') if $function eq 'pg_cancel_backend';
	wait_for_no_remote('forever', 'the remote statement is stopped');
}

# rows that were not read do not stay in the way
{
	my ($stdout, $stderr) = session(q{
		BEGIN; DECLARE c CURSOR FOR SELECT a FROM t; FETCH 1 FROM c; CLOSE c; SELECT login FROM me; COMMIT;
		SELECT a FROM t WHERE (a + random())::int = 7 LIMIT 1;
		SELECT login, (SELECT max(a) FROM t) FROM me;});
	like($stdout, qr/^1\nbob\n.*bob\|100000$/s, 'a statement that is given up leaves no rows behind') or diag($stderr);
}

# ---- the remote goes away ----

{
	# between two statements: nobody notices
	my $session = start_session('restart', "SELECT login FROM me;\n\\! " . 'pg_ctl -s -w -m fast -D ' . $remote->data_dir . ' -l ' . $remote->logfile . " restart >/dev/null\nSELECT login FROM me;");
	$session->{run}->finish;
	is($session->{out}, "bob\nbob\n", 'a restart between statements goes unnoticed');
	is($session->{err}, '', 'without an error');
	$remote->_update_pid(1);
}
{
	# in the middle of a result
	my $session = start_session('kill', "BEGIN;\nDECLARE c CURSOR FOR SELECT a, b FROM many;\nMOVE 1 FROM c;\n\\! psql -XAtq -d '" . $remote->connstr('postgres') . "' -c \"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'orders'\"\nMOVE FORWARD ALL FROM c;\nROLLBACK;\nSELECT login, (SELECT count(*) FROM t) FROM me;");
	$session->{run}->finish;
	like($session->{err}, qr/ERROR:  08006: could not read foreign table "many" on server "shop"/, 'a connection that dies in the middle of a result is an error');
	like($session->{out}, qr/bob\|100000\n$/, 'and the next query is right');
}
{
	$remote->stop('immediate');
	my ($stdout, $stderr) = session("SELECT login FROM me;\nSELECT 'alive';");
	like($stderr, qr/ERROR:  08001: could not connect to server "shop"/, 'a server that is down is an error');
	is($stdout, 'alive', 'and the session goes on');
	$remote->start;
}

# ---- a server that hangs ----

{
	$hub->safe_psql('postgres', "ALTER SERVER shop OPTIONS (SET timeout '700ms', ADD connection_timeout '700ms')");
	my $session = start_session('hang', "SELECT login, (SELECT count(*) FROM t) FROM me;\n\\! touch $PostgreSQL::Test::Utils::tmp_check/ready; while [ ! -e $PostgreSQL::Test::Utils::tmp_check/frozen ]; do sleep 0.01; done\nSELECT count(*) FROM t WHERE a % 2 = 0;\nSELECT 'alive';\nSELECT login FROM me;\n\\! touch $PostgreSQL::Test::Utils::tmp_check/done; while [ ! -e $PostgreSQL::Test::Utils::tmp_check/thawed ]; do sleep 0.01; done\nSELECT login FROM me;");
	$session->{run}->pump_nb until -e "$PostgreSQL::Test::Utils::tmp_check/ready";
	my @all = map { chomp; $_ } `ps -o pid= --ppid @{[ $remote->{_pid} ]}`;
	my $start = time;
	kill 'STOP', $remote->{_pid}, map { int } @all;
	open my $fh, '>', "$PostgreSQL::Test::Utils::tmp_check/frozen" or die; close $fh;
	$session->{run}->pump_nb until -e "$PostgreSQL::Test::Utils::tmp_check/done";
	note sprintf('two statements on a server that hangs: %.0f ms', (time - $start) * 1000);
	kill 'CONT', $remote->{_pid}, map { int } @all;
	open $fh, '>', "$PostgreSQL::Test::Utils::tmp_check/thawed" or die; close $fh;
	$session->{run}->finish;
	my @timeouts = $session->{err} =~ /ERROR:  HYT00: could not [^\n]* on server "shop": timeout/g;
	is(scalar @timeouts, 2, 'a server that hangs runs into the timeout, each time');
	is($session->{out}, "bob|100000\nalive\nbob\n", 'and when it is back, so are the answers');
}

$hub->stop;
$remote->stop;
done_testing();
