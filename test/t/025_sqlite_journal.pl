# Databases in WAL mode, with and without the right to write next to them; a
# journal that a dead process left behind; a writer that never rests.

use strict;
use warnings;

use DBI;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();

sub open_database
{
	my ($file) = @_;
	return DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, sqlite_use_immediate_transaction => 0 });
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql');

# A server and its table t for a file.
sub create_server
{
	my ($name, $file, $options) = @_;
	$options //= '';
	$node->safe_psql('postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file'$options);
		CREATE FOREIGN TABLE $name (a int, b bigint) SERVER $name OPTIONS (table_name 't');
	});
}

sub errors_of
{
	my ($sql) = @_;
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stdout => \$stdout, stderr => \$stderr, on_error_stop => 0);
	return $stderr;
}

# ---- WAL: what only the log holds is read, by servers of both kinds ----
mkdir "$dir/wal";
my $wal = open_database("$dir/wal/w.db");
$wal->do('PRAGMA journal_mode = wal');
$wal->do('PRAGMA wal_autocheckpoint = 0');
$wal->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)');
$wal->do('INSERT INTO t VALUES (1, 1), (2, 2)');
create_server('w', "$dir/wal/w.db");
create_server('w_ro', "$dir/wal/w.db", ", read_only 'true'");
is($node->safe_psql('postgres', 'SELECT sum(b) FROM w'), '3', 'WAL: what only the log holds');
is($node->safe_psql('postgres', 'SELECT sum(b) FROM w_ro'), '3', 'WAL: also by a read-only server');
ok(-s "$dir/wal/w.db-wal", 'the log stays as it is while another process has it');

# a writer in the middle of its transaction hinders nobody, and is not seen
$wal->begin_work;
$wal->do('INSERT INTO t VALUES (3, 3)');
is($node->safe_psql('postgres', 'SELECT sum(b) FROM w'), '3', 'WAL: nothing of a transaction that goes on');
$wal->commit;
is($node->safe_psql('postgres', 'SELECT sum(b) FROM w'), '6', 'WAL: all of it afterwards');

SKIP:
{
	skip 'the superuser of the system writes everywhere', 6 if $> == 0;

	# the directory may not be written to, but the log is there
	chmod 0555, "$dir/wal";
	is($node->safe_psql('postgres', 'SELECT sum(b) FROM w_ro'), '6', 'WAL in a directory without the right to write');
	chmod 0755, "$dir/wal";
	$node->poll_query_until('postgres', 'SELECT count(*) = 1 FROM pg_stat_activity WHERE datname IS NOT NULL');
	$wal->disconnect;

	# nobody has the database open: there is no log, and none can be made
	ok(!-e "$dir/wal/w.db-wal", 'the last process takes the log away');
	chmod 0555, "$dir/wal";
	my $error = errors_of('SELECT sum(b) FROM w_ro');
	like($error, qr/ERROR:  25006: .* on server "w_ro"/, 'WAL without a log in a directory without the right to write: an error');
	like($error, qr/HINT:  A database in WAL mode needs write access to its directory/, 'and what to do');
	chmod 0755, "$dir/wal";
	is($node->safe_psql('postgres', 'SELECT sum(b) FROM w_ro'), '6', 'with the right it can be read');

	# a file that may only be read, for a server that may write
	chmod 0444, "$dir/wal/w.db";
	is($node->safe_psql('postgres', 'SELECT sum(b) FROM w'), '6', 'a file without the right to write can be read');
	chmod 0644, "$dir/wal/w.db";
}

# ---- a hot journal: what a dead process had half written is rolled back ----
my $hot = open_database("$dir/hot.db");
$hot->do('PRAGMA cache_size = 5');
$hot->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)');
$hot->do('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 50000) INSERT INTO t SELECT x, 1 FROM c');
$hot->begin_work;
# more than the cache holds: changed pages get into the file
$hot->do('UPDATE t SET b = 2');
ok(-s "$dir/hot.db-journal", 'a transaction is half written');
system_or_bail('cp', "$dir/hot.db", "$dir/copy.db");
system_or_bail('cp', "$dir/hot.db-journal", "$dir/copy.db-journal");
system_or_bail('cp', "$dir/hot.db", "$dir/copy_ro.db");
system_or_bail('cp', "$dir/hot.db-journal", "$dir/copy_ro.db-journal");
$hot->rollback;
$hot->disconnect;
create_server('hot_ro', "$dir/copy_ro.db", ", read_only 'true'");
{
	my $error = errors_of('SELECT sum(b) FROM hot_ro');
	like($error, qr/ERROR:  25006: .* on server "hot_ro"/, 'a read-only server does not read what is half written');
	like($error, qr/HINT:  A process died while it was writing/, 'and says why');
	ok(-s "$dir/copy_ro.db-journal", 'nor does it touch the journal');
}
create_server('hot', "$dir/copy.db");
is($node->safe_psql('postgres', 'SELECT sum(b) FROM hot'), '50000', 'the other rolls it back');
ok(!-s "$dir/copy.db-journal", 'and the journal is gone');

# ---- a writer that never rests: each statement sees whole transactions ----
for my $mode (qw(delete wal))
{
	my $file = "$dir/busy_$mode.db";
	my $db = open_database($file);
	$db->do("PRAGMA journal_mode = $mode");
	$db->do('PRAGMA synchronous = off');
	$db->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)');
	$db->do('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) INSERT INTO t SELECT x, 0 FROM c');
	$db->disconnect;
	create_server("busy_$mode", $file);
	# a reader may starve beside such a writer on a slow machine
	$node->safe_psql('postgres', "ALTER SERVER busy_$mode OPTIONS (ADD timeout '60s')");

	my $parent = $$;
	my $writer = fork() // die;
	if ($writer == 0)
	{
		my $own = open_database($file);
		$own->sqlite_busy_timeout(60000);
		for (my $i = 1; !-e "$dir/stop_$mode" && getppid() == $parent; $i++)
		{
			# the sum stays zero
			$own->do('BEGIN IMMEDIATE');
			$own->do("UPDATE t SET b = b + $i WHERE a % 2 = 0");
			$own->do("UPDATE t SET b = b - $i WHERE a % 2 = 1");
			$own->do('COMMIT');
		}
		$own->disconnect;
		POSIX::_exit(0);
	}
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres', qq{
		DO \$\$
		DECLARE
			n bigint;
			s bigint;
			wrong int := 0;
		BEGIN
			FOR i IN 1 .. 300 LOOP
				SELECT count(*), sum(b) INTO n, s FROM busy_$mode;
				wrong := wrong + (n <> 1000 OR s <> 0)::int;
				-- once more with the rows brought here
				SELECT count(*), sum(b) INTO n, s FROM busy_$mode WHERE b::text ~ '.';
				wrong := wrong + (n <> 1000 OR s <> 0)::int;
			END LOOP;
			RAISE NOTICE 'wrong: %', wrong;
		END \$\$;
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		SELECT max(b) AS top FROM busy_$mode \\gset
		SELECT max(b) = :top FROM busy_$mode;
		COMMIT;}, stdout => \$stdout, stderr => \$stderr, timeout => $PostgreSQL::Test::Utils::timeout_default);
	like($stderr, qr/NOTICE:  wrong: 0$/m, "$mode: every answer is that of a moment between two transactions");
	unlike($stderr, qr/ERROR/, "$mode: no errors");
	is($stdout, 't', "$mode: one snapshot for all of a REPEATABLE READ transaction");
	append_to_file("$dir/stop_$mode", '');
	waitpid $writer, 0;
}

$node->stop;
done_testing();
