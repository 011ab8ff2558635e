# A file that somebody else wrote can do no harm: its views call nothing but
# what is harmless, and what takes long, were it only to be prepared, can be
# cancelled.  How long that took is logged, not asserted.

use strict;
use warnings;

use DBI;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $dir = PostgreSQL::Test::Utils::tempdir();
my $sqlite = DBI->connect("dbi:SQLite:dbname=$dir/hostile.db", '', '', { RaiseError => 1 });
$sqlite->do('CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)');
$sqlite->do("INSERT INTO t VALUES (1, 'x')");
my %views = (
	extension => "SELECT load_extension('$dir/evil.so') AS x",
	checked => "SELECT fraiseql_check(s, 'text', 's') AS x FROM t",
	uuid => 'SELECT fraiseql_uuid(s) AS x FROM t',
	file => "SELECT readfile('/etc/passwd') AS x",
	pragma => 'SELECT file AS x FROM pragma_database_list',
	itself => 'SELECT x FROM itself2',
	itself2 => 'SELECT x FROM itself',
	text_or_name => 'SELECT "hello" AS x FROM t');
$sqlite->do("CREATE VIEW $_ AS $views{$_}") for sort keys %views;
$sqlite->disconnect;

# Views upon views: twice as many tables in each.  Taking the views apart is
# all it takes; there is nothing to run.
$sqlite = DBI->connect("dbi:SQLite:dbname=$dir/deep.db", '', '', { RaiseError => 1 });
$sqlite->do('CREATE TABLE v0 (x INT)');
$sqlite->do("CREATE TABLE filler$_ (x INT)") for (1 .. 100);
$sqlite->do(sprintf('CREATE VIEW v%d AS SELECT x FROM v%d UNION ALL SELECT x FROM v%d', $_, $_ - 1, $_ - 1)) for (1 .. 60);
$sqlite->disconnect;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER hostile FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$dir/hostile.db');
	CREATE FOREIGN TABLE t (id int, s text) SERVER hostile;
	CREATE SERVER deep FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$dir/deep.db');
	CREATE FOREIGN TABLE v15 (x int) SERVER deep;
	CREATE FOREIGN TABLE v60 (x int) SERVER deep;
	CREATE SCHEMA imported;
	SET client_min_messages = error;
	IMPORT FOREIGN SCHEMA main FROM SERVER hostile INTO imported;
});
is($node->safe_psql('postgres', q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'imported'::regnamespace}),
	't', 'views that cannot be read are not imported');

# What a statement prints to stderr, in a session that goes on.
sub errors_of
{
	my ($statement, $name) = @_;
	my ($stdout, $stderr) = ('', '');

	$node->psql('postgres', "\\set VERBOSITY verbose\n$statement\nSELECT 'alive', s FROM t;",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	like($stdout, qr/alive\|x/, "$name: the session goes on");
	return $stderr;
}

my %message = (
	extension => qr/ERROR:  42501: .*\nDETAIL:  unsafe use of load_extension\(\)\nHINT:  A view may use only/,
	checked => qr/unsafe use of fraiseql_check\(\)/,
	uuid => qr/unsafe use of fraiseql_uuid\(\)/,
	file => qr/no such function: readfile/,
	pragma => qr/unsafe use of virtual table "pragma_database_list"/,
	itself => qr/circularly defined/,
	text_or_name => qr/no such column: hello/);
for my $view (sort keys %message)
{
	like(errors_of("CREATE FOREIGN TABLE $view (x text) SERVER hostile; SELECT * FROM $view;", $view), $message{$view}, $view);
}

for my $statement ('SELECT count(*) FROM v15', 'EXPLAIN SELECT * FROM v60', 'SELECT * FROM v60', 'ANALYZE v60')
{
	my $start = time;
	like(errors_of("SET statement_timeout = 1; $statement; RESET statement_timeout;", $statement), qr/57014: canceling statement due to statement timeout/, $statement);
	note sprintf('%s with a timeout of 1 ms: the session took %.0f ms', $statement, (time - $start) * 1000);
}
{
	my $start = time;
	like(errors_of('SET statement_timeout = 300; IMPORT FOREIGN SCHEMA main FROM SERVER deep INTO imported; RESET statement_timeout;', 'import'),
		qr/57014: canceling statement due to statement timeout/, 'an import can be cancelled');
	note sprintf('import with a timeout of 300 ms: the session took %.0f ms', (time - $start) * 1000);
}
like(errors_of("ALTER SERVER deep OPTIONS (timeout '1ms'); SELECT * FROM v15;", 'timeout'),
	qr/HYT00: .*\nDETAIL:  The statement ran longer than the timeout allows/, "the server's own timeout counts too");

$node->stop;
done_testing();
