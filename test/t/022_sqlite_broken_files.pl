# A file that is no usable database gives a clear error with a fitting SQLSTATE,
# and the session goes on.

use strict;
use warnings;

use DBI;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();

sub make_database
{
	my ($file) = @_;
	my $db = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });

	$db->do('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
	$db->do(q{WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 20000)
		INSERT INTO t SELECT x, printf('row number %d of a table that fills some pages', x) FROM c});
	$db->disconnect;
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql');

make_database("$dir/good.db");
$node->safe_psql('postgres', qq{
	CREATE SERVER good FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$dir/good.db');
	CREATE FOREIGN TABLE good (a int, b text) SERVER good OPTIONS (table_name 't');
});

# Read a table of a file; returns what was printed to stdout and stderr, from a
# session that goes on with a good database.
my $servers = 0;
sub read_file
{
	my ($path, $statement) = @_;
	my ($stdout, $stderr) = ('', '');

	$servers++;
	$statement //= "SELECT sum(length(b)) FROM t$servers;";
	$node->safe_psql('postgres', qq{
		CREATE SERVER s$servers FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$path');
		CREATE FOREIGN TABLE t$servers (a int, b text) SERVER s$servers OPTIONS (table_name 't');
	});
	$node->psql('postgres', "\\set VERBOSITY verbose\n$statement\nSELECT 'alive', count(*) FROM good;",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	like($stdout, qr/alive\|20000/, "the session goes on after $path");
	return ($stdout, $stderr);
}

my ($stdout, $stderr);

# missing
(undef, $stderr) = read_file("$dir/missing.db");
like($stderr, qr/ERROR:  58P01: could not connect to server "s\d+"/, 'missing: SQLSTATE and server');
like($stderr, qr/Could not find the file ".*missing.db": No such file or directory/, 'missing: the cause');
ok(!-e "$dir/missing.db", 'missing: not created');

# a directory
mkdir "$dir/directory.db";
(undef, $stderr) = read_file("$dir/directory.db");
like($stderr, qr/ERROR:  42809: could not connect to server "s\d+"/, 'directory: SQLSTATE and server');
like($stderr, qr/is a directory/, 'directory: the cause');

# not a database
append_to_file("$dir/text.db", "This is no database, but a text that is long enough to be looked at.\n" x 100);
(undef, $stderr) = read_file("$dir/text.db");
like($stderr, qr/ERROR:  42809: .* on server "s\d+"/, 'no database: SQLSTATE and server');
like($stderr, qr/file is not a database/, 'no database: the cause');

# an empty file is an empty database
append_to_file("$dir/empty.db", '');
(undef, $stderr) = read_file("$dir/empty.db");
like($stderr, qr/no such table: t/, 'empty file: a database without tables');

# truncated in the middle: the first rows are there, the rest is not
make_database("$dir/truncated.db");
truncate "$dir/truncated.db", 4096 * int((-s "$dir/truncated.db") / 4096 / 2);
($stdout, $stderr) = read_file("$dir/truncated.db");
like($stderr, qr/ERROR:  XX001: .* on server "s\d+"/, 'truncated: SQLSTATE and server');
like($stderr, qr/malformed/, 'truncated: the cause');
like($stderr, qr/HINT:  The database file is damaged/, 'truncated: what to do');

# cut off within the first page
make_database("$dir/stump.db");
truncate "$dir/stump.db", 700;
(undef, $stderr) = read_file("$dir/stump.db");
like($stderr, qr/ERROR:  (XX001|42809): .* on server "s\d+"/, 'first page cut off: an error');

# damaged in the middle: rows before the damage come, then an error, never a
# short result
make_database("$dir/damaged.db");
{
	my $size = -s "$dir/damaged.db";
	open my $fh, '+<', "$dir/damaged.db" or die;
	binmode $fh;
	seek $fh, 4096 * int($size / 4096 * 2 / 3), 0;
	print $fh "\xff" x 4096;
	close $fh;
}
(undef, $stderr) = read_file("$dir/damaged.db");
like($stderr, qr/ERROR:  XX001: could not (?:read foreign table|run a query)/, 'damaged: an error, not the end of the data');
{
	my $t = "t$servers";
	my ($out, $err) = ('', '');
	$node->psql('postgres', "SELECT a FROM $t LIMIT 3;\nBEGIN;\nDECLARE c CURSOR FOR SELECT a FROM $t;\nMOVE 10 FROM c;\nMOVE ALL FROM c;\nROLLBACK;\nSELECT 'alive';",
		on_error_stop => 0, stdout => \$out, stderr => \$err);
	like($out, qr/^1\n2\n3\n/, 'rows before the damage can be read');
	like($err, qr/malformed/, 'and the damage is met when the scan gets there');
	like($out, qr/alive/, 'the session goes on');
}

# no permission (root reads everything)
SKIP:
{
	skip 'the superuser of the system reads every file', 3 if $> == 0;
	make_database("$dir/secret.db");
	chmod 0000, "$dir/secret.db";
	(undef, $stderr) = read_file("$dir/secret.db");
	like($stderr, qr/ERROR:  42501: could not connect to server "s\d+"/, 'no permission: SQLSTATE and server');
	like($stderr, qr/Permission denied/, 'no permission: the cause');
}

# a write-ahead log asks for more than reading
SKIP:
{
	skip 'the superuser of the system writes every file', 2 if $> == 0;
	mkdir "$dir/still";
	make_database("$dir/still/log.db");
	system_or_bail('sqlite3', "$dir/still/log.db", 'PRAGMA journal_mode = wal');
	chmod 0444, "$dir/still/log.db";
	chmod 0555, "$dir/still";
	(undef, $stderr) = read_file("$dir/still/log.db");
	chmod 0755, "$dir/still";
	like($stderr, qr/ERROR:  .* on server "s\d+"/, 'WAL that cannot be written: an error');
	like($stderr, qr/HINT:  A database in WAL mode needs write access/, 'WAL that cannot be written: what to do');
}

# removed while it is open: what runs goes on, what comes later fails; a new
# file under the same name is found
make_database("$dir/removed.db");
($stdout, $stderr) = read_file("$dir/removed.db", qq{
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM t@{[ $servers + 1 ]};
MOVE 10 FROM c;
\\! mv $dir/removed.db $dir/elsewhere.db
MOVE ALL FROM c;
\\echo read to the end
COMMIT;
SELECT count(*) FROM t@{[ $servers + 1 ]};
\\! cp $dir/good.db $dir/removed.db
SELECT 'back', count(*) FROM t@{[ $servers + 1 ]};});
like($stdout, qr/read to the end/, 'removed: a running scan goes on');
like($stderr, qr/ERROR:  58P01: could not connect to server/, 'removed: the next statement says so');
like($stdout, qr/back\|20000/, 'removed: a new file is opened');

# IMPORT FOREIGN SCHEMA has the same errors
(undef, $stderr) = read_file("$dir/text.db", "IMPORT FOREIGN SCHEMA main FROM SERVER s@{[ $servers + 1 ]} INTO public;");
like($stderr, qr/file is not a database/, 'import of what is no database');

$node->stop;
done_testing();
