# A database that another process has locked is waited for: until the lock goes
# away, the time is up, or somebody cancels.

use strict;
use warnings;

use DBI;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $dir = PostgreSQL::Test::Utils::tempdir();
my $file = "$dir/locked.db";
my $other = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, sqlite_use_immediate_transaction => 0 });
$other->do('CREATE TABLE t (a INTEGER PRIMARY KEY)');
$other->do('INSERT INTO t VALUES (1), (2), (3)');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER locked FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file', timeout '200ms');
	CREATE FOREIGN TABLE t (a int) SERVER locked;
});

# Start a session with some statements and a name; returns the run and what it
# prints to.
sub start_session
{
	my ($name, $statements) = @_;
	my %io = (in => "SET application_name = '$name';\n$statements\n\\q\n", out => '', err => '');

	$io{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-f', '-', '-d', $node->connstr('postgres') ],
		'<', \$io{in}, '>', \$io{out}, '2>', \$io{err},
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$io{run}->pump_nb;
	return \%io;
}

sub wait_until_waiting
{
	my ($name) = @_;
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$name' AND wait_event_type = 'Extension'")
	  or die "$name does not wait";
}

# The time is up.
$other->do('BEGIN EXCLUSIVE');
{
	my ($stdout, $stderr);
	$node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM t;\nSELECT 'alive';",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/ERROR:  55P03: could not [a-z "]+ on server "locked": the database is locked/, 'the error says that it is locked');
	like($stderr, qr/DETAIL:  Another process or session held its lock for the \d+ ms that were waited/, 'and how long it waited');
	like($stderr, qr/HINT:  .*timeout/, 'and what to do');
	like($stdout, qr/alive/, 'the session goes on');
}

# REPEATABLE READ meets the lock when it takes its snapshot.
{
	my ($stdout, $stderr);
	$node->psql('postgres',
		"\\set VERBOSITY verbose\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT * FROM t;\nROLLBACK;\nSELECT 'alive';",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/ERROR:  55P03: could not begin a transaction on server "locked": the database is locked/, 'a snapshot waits too');
	like($stdout, qr/alive/, 'the session goes on');
}
$other->do('COMMIT');

# Without a timeout, connection_timeout is how long locks are waited for.
$node->safe_psql('postgres', "ALTER SERVER locked OPTIONS (DROP timeout, ADD connection_timeout '200ms')");
$other->do('BEGIN EXCLUSIVE');
{
	my ($stdout, $stderr);
	$node->psql('postgres', 'SELECT * FROM t', stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/the database is locked/, 'connection_timeout is the limit where there is no timeout');
}

# The lock goes away in time.
$node->safe_psql('postgres', "ALTER SERVER locked OPTIONS (SET connection_timeout '10min')");
{
	my $session = start_session('patient', 'SELECT sum(a) FROM t;');
	wait_until_waiting('patient');
	$other->do('COMMIT');
	my $start = time;
	$session->{run}->finish;
	note sprintf('the answer came %.0f ms after the lock was gone', (time - $start) * 1000);
	is($session->{out}, "6\n", 'the answer comes when the lock is gone');
	is($session->{err}, '', 'without an error');
}

# Cancelled while it waits
$other->do('BEGIN EXCLUSIVE');
{
	my $session = start_session('cancelled', "SELECT sum(a) FROM t;\nSELECT 'alive';");
	wait_until_waiting('cancelled');
	my $start = time;
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'cancelled'");
	$session->{run}->finish;
	note sprintf('cancel: %.0f ms', (time - $start) * 1000);
	like($session->{err}, qr/57014: canceling statement due to user request/, 'a wait can be cancelled');
	like($session->{out}, qr/alive/, 'the session goes on');
}
{
	my ($stdout, $stderr);
	$node->psql('postgres', "SET statement_timeout = 200; SELECT sum(a) FROM t;", stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/canceling statement due to statement timeout/, 'statement_timeout ends a wait');
}
$other->do('COMMIT');

# A reader does not hinder a writer of another process longer than its
# statement; in WAL mode not at all.
is($node->safe_psql('postgres', 'SELECT sum(a) FROM t'), '6', 'all is well afterwards');
$other->do('PRAGMA journal_mode = wal');
{
	my $session = start_session('reader', "BEGIN;\nDECLARE c CURSOR FOR SELECT a FROM t;\nFETCH 1 FROM c;\n\\! touch $dir/reading\n\\! while [ ! -e $dir/written ]; do sleep 0.01; done\nFETCH ALL FROM c;\nCOMMIT;\nSELECT count(*) FROM t;");
	$session->{run}->pump_nb until -e "$dir/reading";
	ok($other->do('INSERT INTO t VALUES (4)'), 'a writer is not hindered by a reader in WAL mode');
	open my $fh, '>', "$dir/written" or die;
	close $fh;
	$session->{run}->finish;
	is($session->{out}, "1\n2\n3\n4\n", 'the reader reads its snapshot to the end, then sees the new row');
}

$node->stop;
done_testing();
