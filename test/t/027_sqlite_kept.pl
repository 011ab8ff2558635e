# A statement that stays prepared in a session sees what has become of the file:
# its schema, its rows, its tables; and it holds nothing.

use strict;
use warnings;

use DBI;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = PostgreSQL::Test::Utils::tempdir() . '/kept.db';
my $db = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });
$db->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
$db->do(q{INSERT INTO t VALUES (1, 'one'), (2, 'two')});

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER kept FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	CREATE SERVER kept_ro FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file', read_only 'true');
	CREATE FOREIGN TABLE t (a bigint, b text) SERVER kept;
	CREATE FOREIGN TABLE t_ro (a bigint, b text) SERVER kept_ro OPTIONS (table_name 't');
});
my $session = $node->background_psql('postgres', on_error_stop => 0);

sub asked
{
	my ($sql) = @_;
	my $rows = $session->query($sql);
	my $errors = $session->{stderr};
	$session->{stderr} = '';
	return $rows . $errors;
}

my $read = 'SELECT a, b FROM t WHERE a <= 2 ORDER BY a';
is(asked($read), "1|one\n2|two", 'the first time');
is(asked($read), "1|one\n2|two", 'and again');
$db->do(q{UPDATE t SET b = 'zwei' WHERE a = 2});
is(asked($read), "1|one\n2|zwei", 'other rows');
$db->do('ALTER TABLE t ADD COLUMN c');
is(asked($read), "1|one\n2|zwei", 'another column');
$db->do('DROP TABLE t');
like(asked($read), qr/ERROR.*no such table: t/s, 'no table');
$db->do('CREATE TABLE t (b TEXT, a INTEGER PRIMARY KEY)');
$db->do(q{INSERT INTO t VALUES ('uno', 1)});
is(asked($read), '1|uno', 'another table of this name');
is(asked('SELECT a, b FROM t_ro WHERE a <= 2 ORDER BY a'), '1|uno', 'the same text by a server that only reads');

# many other statements, then the first once more
is(asked("SELECT a FROM t WHERE a < $_ AND a > 0" . ' AND a <> 7' x $_), $_ > 1 ? '1' : '', "statement $_") foreach 1 .. 40;
is(asked($read), '1|uno', 'when many others have been asked');

# nothing is locked: another process may write, and do it alone
ok($db->do('PRAGMA locking_mode = exclusive') && $db->do(q{UPDATE t SET b = 'eins'}), 'nothing is held');
$db->do('PRAGMA locking_mode = normal');
$db->selectall_arrayref('SELECT * FROM t');
is(asked($read), '1|eins', 'and read afterwards');

# a cursor over one statement while the same text runs again
is(asked("BEGIN; DECLARE c CURSOR FOR $read; FETCH 1 FROM c; $read; FETCH 1 FROM c; COMMIT"), "1|eins\n1|eins", 'the same statement twice at once');

# another file of the same name
$db->disconnect;
unlink $file;
$db = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });
$db->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
$db->do(q{INSERT INTO t VALUES (1, 'new')});
is(asked($read), '1|new', 'another file');

$session->quit;
$node->stop;
done_testing;
