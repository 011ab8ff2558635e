# A MariaDB server that is busy, killed, restarted, frozen or that nobody may
# log in to: each costs an error and leaves the session usable, with the right
# answer to its next query.  Roles never share a login.  How long things took is
# logged, not asserted.

use strict;
use warnings;

use DBD::Pg;
use DBI;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir = PostgreSQL::Test::Utils::tempdir_short() . '/m';
my $script = 'test/servers/mariadb.sh';
my $started;
my $test_pid = $$;

sub server { my ($command, @args) = @_; return system($script, $command, $dir, @args) == 0; }
sub slurp { my ($name) = @_; open my $file, '<', "$dir/$name" or die "$dir/$name: $!"; chomp(my $line = <$file>); return $line; }
END { my $rc = $?; server('stop') if $started && $$ == $test_pid; $? = $rc; }

$started = server('start') or die "MariaDB does not start\n";
my $port = slurp('port');

sub admin
{
	return DBI->connect("dbi:MariaDB:mariadb_socket=$dir/socket", 'root', '', { RaiseError => 1, PrintError => 0 });
}

my $mariadb = admin();
$mariadb->do($_) foreach (
	'CREATE DATABASE d', 'USE d',
	'CREATE TABLE numbers (n int primary key, filler varchar(100) not null)',
	"INSERT INTO numbers SELECT seq, repeat('x', 100) FROM seq_1_to_300000",
	'CREATE TABLE small (id int primary key, name varchar(20))', "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
	'CREATE VIEW runaway AS SELECT count(*) AS c FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0',
	'CREATE SQL SECURITY INVOKER VIEW who AS SELECT substring_index(user(), \'@\', 1) AS login',
	"CREATE USER ua IDENTIFIED BY 'pa'", 'GRANT SELECT ON d.* TO ua',
	"CREATE USER ub IDENTIFIED BY 'pb'", 'GRANT SELECT ON d.* TO ub');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER my FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port '$port', database 'd');
	CREATE USER MAPPING FOR CURRENT_USER SERVER my OPTIONS (username 'hub', password 'secret');
	IMPORT FOREIGN SCHEMA d FROM SERVER my INTO public;
});

sub session
{
	my ($user) = @_;
	return DBI->connect('dbi:Pg:dbname=postgres;host=' . $node->host . ';port=' . $node->port, $user // '', '',
		{ RaiseError => 0, PrintError => 0, pg_server_prepare => 0 });
}

# A statement that is to fail: SQLSTATE, and what was said.
sub fails
{
	my ($dbh, $sql) = @_;
	my $start = time;
	my $done = $dbh->do($sql);

	note sprintf('%.0f ms: %s', (time - $start) * 1000, $sql);
	return $done ? ('00000', '') : ($dbh->state, $dbh->errstr);
}

sub value { my ($dbh, $sql) = @_; return scalar $dbh->selectrow_array($sql); }

# Statements that the remote still runs for us, after time to notice.
sub still_running
{
	my $running;
	for (1 .. 100)
	{
		$running = $mariadb->selectrow_array(q{SELECT count(*) FROM information_schema.processlist WHERE user = 'hub' AND command = 'Query'});
		last if !$running;
		sleep 0.05;
	}
	return $running;
}

sub answers_rightly
{
	my ($dbh, $after) = @_;
	is(join(',', map { "$_->[0] $_->[1]" } @{ $dbh->selectall_arrayref('SELECT id, name FROM small ORDER BY id') // [] }), '1 one,2 two', "the next query is right after $after");
}

my $dbh = session();
my ($state, $message);

# ---- stopped from here ----

$dbh->do('SET statement_timeout = 300');
($state) = fails($dbh, 'SELECT * FROM runaway');
is($state, '57014', 'statement_timeout stops a busy remote');
is(still_running(), 0, 'and the remote statement with it');
answers_rightly($dbh, 'statement_timeout');
$dbh->do('SET fraiseql.pushdown = off');
($state) = fails($dbh, 'SELECT count(*) FROM numbers a, numbers b WHERE a.n < b.n AND a.filler < b.filler');
is($state, '57014', 'statement_timeout stops a query over streams');
is(still_running(), 0, 'and the streams');
$dbh->do('RESET ALL');
answers_rightly($dbh, 'that');

my $backend = $dbh->{pg_pid};
if (my $child = fork)
{
	($state) = fails($dbh, 'SELECT * FROM runaway');
	is($state, '57014', 'pg_cancel_backend stops a busy remote');
	waitpid $child, 0;
}
else
{
	my $other = session();
	for (1 .. 200)
	{
		last if $mariadb && value(admin(), q{SELECT count(*) FROM information_schema.processlist WHERE user = 'hub' AND command = 'Query'});
		sleep 0.05;
	}
	$other->do("SELECT pg_cancel_backend($backend)");
	$_->{InactiveDestroy} = 1 foreach $dbh, $mariadb;
	require POSIX;
	POSIX::_exit(0);
}
is(still_running(), 0, 'and the remote statement');
answers_rightly($dbh, 'pg_cancel_backend');

is(value($dbh, 'SELECT n FROM (SELECT n FROM numbers OFFSET 0) s WHERE random() >= 0 LIMIT 1'), 1, 'a stream is given up after its first row');
is(still_running(), 0, 'and stopped');
answers_rightly($dbh, 'that');

# ---- several at once ----

$dbh->do('BEGIN');
$dbh->do('DECLARE a CURSOR FOR SELECT n FROM numbers ORDER BY n');
$dbh->do('DECLARE b CURSOR FOR SELECT n FROM numbers ORDER BY n DESC');
is(join(',', map { value($dbh, "FETCH $_") } qw(a b a b)), '1,300000,2,299999', 'two streams side by side');
$dbh->do('COMMIT');
$dbh->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
$dbh->do('DECLARE a CURSOR FOR SELECT n FROM numbers ORDER BY n');
is(value($dbh, 'FETCH a'), 1, 'a stream under a snapshot');
$mariadb->do("INSERT INTO small VALUES (3, 'three')");
is(value($dbh, 'SELECT count(*) FROM small'), 2, 'another statement sees the same snapshot');
is(value($dbh, 'FETCH a'), 2, 'the stream goes on');
$dbh->do('SAVEPOINT s');
fails($dbh, 'SELECT 1 / (n - 1) FROM numbers');
$dbh->do('ROLLBACK TO s');
is(value($dbh, 'FETCH a'), 3, 'and after an error in a subtransaction');
$dbh->do('COMMIT');
is(value($dbh, 'SELECT count(*) FROM small'), 3, 'the snapshot has ended');
$mariadb->do('DELETE FROM small WHERE id = 3');

# ---- connections that die ----

sub kill_connections
{
	$mariadb->do("KILL $_") foreach @{ $mariadb->selectcol_arrayref(q{SELECT id FROM information_schema.processlist WHERE user = 'hub'}) };
}
kill_connections();
answers_rightly($dbh, 'the idle connection was killed');

$dbh->do('BEGIN');
$dbh->do('DECLARE a CURSOR FOR SELECT * FROM numbers');
$dbh->do('FETCH 10 FROM a');
kill_connections();
($state, $message) = fails($dbh, 'FETCH ALL FROM a');
like($state, qr/^08/, 'a connection that dies amid a result is an error');
$dbh->do('ROLLBACK');
answers_rightly($dbh, 'that');

$dbh->do('BEGIN');
$dbh->do('DECLARE a CURSOR FOR SELECT * FROM numbers');
$dbh->do('FETCH 10 FROM a');
server('kill');
($state, $message) = fails($dbh, 'FETCH ALL FROM a');
like($state, qr/^08/, 'so is a server that dies');
$dbh->do('ROLLBACK');
($state, $message) = fails($dbh, 'SELECT * FROM small');
like($state, qr/^08/, 'a server that is gone is an error');
like($message, qr/server "my"/, 'which names it');
is(value($dbh, 'SELECT 1'), 1, 'the session goes on');
server('start', $port);
$mariadb = admin();
answers_rightly($dbh, 'the restart');

# ---- a server that is silent ----

my $pid = slurp('pid');

# A signal stops threads one after the other: all of them before we go on.
sub freeze
{
	kill STOP => $pid;
	for (1 .. 1000)
	{
		my $running = 0;
		foreach my $stat (glob "/proc/$pid/task/*/stat")
		{
			open my $file, '<', $stat or next;
			$running++ if <$file> !~ /\) T /;
		}
		return if !$running;
		sleep 0.01;
	}
	die "MariaDB does not freeze\n";
}

freeze();
$dbh->do('SET statement_timeout = 300');
($state) = fails($dbh, 'SELECT * FROM small');
is($state, '57014', 'statement_timeout acts on a frozen server');
$dbh->do('SET statement_timeout = 0');
$dbh->do("ALTER SERVER my OPTIONS (connection_timeout '300ms')");
($state, $message) = fails($dbh, 'SELECT * FROM small');
is($state, 'HYT00', 'connection_timeout acts on a frozen server');
is(value($dbh, 'SELECT 1'), 1, 'the session goes on');
kill CONT => $pid;
$dbh->do("ALTER SERVER my OPTIONS (SET connection_timeout '10s', timeout '500ms')");
answers_rightly($dbh, 'the thaw');
freeze();
($state, $message) = fails($dbh, 'SELECT * FROM small');
is($state, 'HYT00', 'timeout acts on a frozen server');
kill CONT => $pid;
answers_rightly($dbh, 'another thaw');
($state, $message) = fails($dbh, 'SELECT * FROM runaway');
is($state, 'HYT00', 'timeout stops a busy remote');
is(still_running(), 0, 'and its statement');
$dbh->do('ALTER SERVER my OPTIONS (DROP timeout)');

# ---- logins ----

$dbh->do($_) foreach (
	'CREATE ROLE alice LOGIN', 'CREATE ROLE bob LOGIN', 'CREATE ROLE carol LOGIN', 'GRANT ALL ON SCHEMA public TO alice',
	"CREATE USER MAPPING FOR alice SERVER my OPTIONS (username 'ua', password 'pa')",
	"CREATE USER MAPPING FOR bob SERVER my OPTIONS (username 'ub', password 'pb')",
	"CREATE USER MAPPING FOR carol SERVER my OPTIONS (username 'ua')",
	'GRANT SELECT ON who, small TO alice, bob, carol',
	'SET ROLE alice', 'CREATE VIEW alices AS SELECT login FROM who', 'GRANT SELECT ON alices TO bob',
	q{CREATE FUNCTION alices_login() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT login FROM public.who'}, 'RESET ROLE');
foreach my $round (1, 2)
{
	$dbh->do('SET ROLE bob');
	is(value($dbh, 'SELECT login FROM alices'), 'ua', 'a view reads with the login of its owner');
	is(value($dbh, 'SELECT alices_login()'), 'ua', 'so does a SECURITY DEFINER function');
	is(value($dbh, 'SELECT login FROM who'), 'ub', 'a table with that of the role');
	$dbh->do('SET ROLE alice');
	is(value($dbh, 'SELECT login FROM who'), 'ua', 'and another role with its own');
	$dbh->do('RESET ROLE');
	is(value($dbh, 'SELECT login FROM who'), 'hub', 'and the superuser with its own');
}
$dbh->do('SET ROLE carol');
($state, $message) = fails($dbh, 'SELECT * FROM small');
is($state, '2F003', 'a role that is no superuser needs a password');
$dbh->do('RESET ROLE');
$dbh->do("ALTER USER MAPPING FOR bob SERVER my OPTIONS (SET password 'topsecret')");
$dbh->do('SET ROLE bob');
($state, $message) = fails($dbh, 'SELECT * FROM small');
is($state, '28P01', 'a wrong password is an error, at once after ALTER USER MAPPING');
unlike($message, qr/topsecret/, 'that does not show it');
$dbh->do('RESET ROLE');

# ---- TLS ----

sub tls
{
	my ($host, $mode, $ca) = @_;
	$dbh->do("DROP SERVER IF EXISTS tls CASCADE");
	$dbh->do("CREATE SERVER tls FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '$host', port '$port', database 'd', ssl_mode '$mode'" . ($ca ? ", ssl_ca '$dir/$ca'" : '') . ')');
	$dbh->do("CREATE USER MAPPING FOR CURRENT_USER SERVER tls OPTIONS (username 'hub', password 'secret')");
	$dbh->do("CREATE FOREIGN TABLE cipher (variable_value text, variable_name text) SERVER tls OPTIONS (schema_name 'information_schema', table_name 'SESSION_STATUS')");
	return (value($dbh, "SELECT variable_value FROM cipher WHERE variable_name = 'SSL_CIPHER'"), $dbh->state, $dbh->errstr);
}
is((tls('127.0.0.1', 'DISABLED'))[0], '', 'DISABLED: no TLS');
isnt((tls('127.0.0.1', 'PREFERRED'))[0] // '', '', 'PREFERRED: TLS if the server has it');
isnt((tls('127.0.0.1', 'REQUIRED'))[0] // '', '', 'REQUIRED: TLS');
isnt((tls('127.0.0.1', 'VERIFY_CA', 'ca.pem'))[0] // '', '', 'VERIFY_CA: a known authority');
is((tls('127.0.0.1', 'VERIFY_CA', 'other.pem'))[1], '08001', 'VERIFY_CA: an unknown authority is refused');
isnt((tls('localhost', 'VERIFY_IDENTITY', 'ca.pem'))[0] // '', '', 'VERIFY_IDENTITY: the right name');
is((tls('127.0.0.1', 'VERIFY_IDENTITY', 'ca.pem'))[1], '08001', 'VERIFY_IDENTITY: another name is refused');
is((tls('localhost', 'VERIFY_IDENTITY', 'other.pem'))[1], '08001', 'VERIFY_IDENTITY: an unknown authority is refused');

$dbh->disconnect;
$node->stop;
done_testing();
