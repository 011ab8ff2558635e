# A running SQLite query stops at once: statement_timeout, pg_cancel_backend,
# pg_terminate_backend and the server's own timeout.  How long it took is logged,
# not asserted.

use strict;
use warnings;

use DBI;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $dir = PostgreSQL::Test::Utils::tempdir();
my $file = "$dir/runaway.db";
my $sqlite = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });
$sqlite->do('CREATE TABLE t (a INTEGER PRIMARY KEY)');
$sqlite->do('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 10000) INSERT INTO t SELECT x FROM c');

# never gives a row, never ends
$sqlite->do('CREATE VIEW forever AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c WHERE x < 0');

# gives one row, after some years
$sqlite->do('CREATE VIEW cross_join AS SELECT count(*) AS n FROM t a, t b, t c, t d WHERE a.a + b.a + c.a + d.a < 0');
$sqlite->disconnect;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER runaway FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	CREATE FOREIGN TABLE forever (x int) SERVER runaway;
	CREATE FOREIGN TABLE cross_join (n bigint) SERVER runaway;
	CREATE FOREIGN TABLE t (a int) SERVER runaway;
});

# Run a statement that is to fail, then one that is to work, in one session.
# Returns what the session printed.
sub fail_then_go_on
{
	my ($statement) = @_;
	my ($stdout, $stderr) = ('', '');

	$node->psql('postgres', "\\set VERBOSITY verbose\n$statement\nSELECT 'alive', count(*) FROM t;",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	return ($stdout, $stderr);
}

for my $view (qw(forever cross_join))
{
	my $start = time;
	my ($stdout, $stderr) = fail_then_go_on("SET statement_timeout = 300; SELECT * FROM $view; RESET statement_timeout;");
	note sprintf('statement_timeout of 300 ms on %s: the session took %.0f ms', $view, (time - $start) * 1000);
	like($stderr, qr/ERROR:  57014: canceling statement due to statement timeout/, "statement_timeout stops $view");
	like($stdout, qr/alive\|10000/, 'the session goes on');

	# the database is free at once
	my $free = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });
	ok($free->do('BEGIN EXCLUSIVE'), 'and holds no lock');
	$free->disconnect;
}

# the server's own limit
{
	my $start = time;
	my ($stdout, $stderr) = fail_then_go_on(
		"ALTER SERVER runaway OPTIONS (ADD timeout '300ms'); SELECT * FROM forever; ALTER SERVER runaway OPTIONS (DROP timeout);");
	note sprintf('timeout of 300 ms: the session took %.0f ms', (time - $start) * 1000);
	like($stderr, qr/ERROR:  HYT00: could not read foreign table "forever" on server "runaway"/, 'timeout stops the statement');
	like($stderr, qr/ran longer than the timeout allows/, 'and says so');
	like($stdout, qr/alive\|10000/, 'the session goes on');
	($stdout, $stderr) = fail_then_go_on("SET fraiseql.remote_timeout = '100ms'; SELECT * FROM forever;");
	like($stderr, qr/ran longer than the timeout allows/, 'so does the setting');
}

# what is done here between two rows does not count
{
	my ($stdout, $stderr) = fail_then_go_on(
		"SET fraiseql.remote_timeout = '300ms'; BEGIN; DECLARE c CURSOR FOR SELECT a FROM t; FETCH 1 FROM c; SELECT pg_sleep(0.4); FETCH 9999 FROM c; COMMIT;");
	is($stderr, '', 'a cursor may rest for longer than the timeout');
	like($stdout, qr/^10000$/m, 'and reads on');
}

# signals from another session
for my $kill (['pg_cancel_backend', qr/57014: canceling statement due to user request/],
	['pg_terminate_backend', qr/57P01: terminating connection due to administrator command/])
{
	my ($function, $message) = @$kill;
	my ($stdin, $stdout, $stderr) = ('', '', '');
	my $session = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-f', '-', '-d', $node->connstr('postgres') ],
		'<', \$stdin, '>', \$stdout, '2>', \$stderr, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));

	$stdin = "SET application_name = '$function';\nSELECT * FROM forever;\nSELECT 'alive', count(*) FROM t;\n\\q\n";
	$session->pump_nb;
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$function' AND state = 'active' AND query LIKE '%forever%'");
	my $start = time;
	$node->safe_psql('postgres',
		"SELECT $function(pid) FROM pg_stat_activity WHERE application_name = '$function'");
	$session->finish;
	note sprintf('%s: %.0f ms until the session was through', $function, (time - $start) * 1000);
	like($stderr, $message, "$function stops the statement");
	if ($function eq 'pg_cancel_backend')
	{
		like($stdout, qr/alive\|10000/, 'the session goes on');
	}
	else
	{
		is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$function'"),
			'0', 'the session is gone');
	}
}

# planning asks the database too: nothing there runs away
is($node->safe_psql('postgres', 'EXPLAIN (COSTS OFF) SELECT * FROM forever') =~ /Foreign Scan on forever/,
	1, 'planning does not run the view');

$node->stop;
done_testing();
