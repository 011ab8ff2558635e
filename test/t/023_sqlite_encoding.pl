# In a database whose encoding is not UTF-8, names, values and messages of SQLite
# are converted; what has no equivalent is an error that names the column.

use strict;
use warnings;
use utf8;

use DBI;
use Encode qw(encode decode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = PostgreSQL::Test::Utils::tempdir() . '/u.db';
my $sqlite = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, sqlite_unicode => 1 });
$sqlite->do('CREATE TABLE "tür" ("größe" TEXT, n INTEGER PRIMARY KEY)');
$sqlite->do(q{INSERT INTO "tür" VALUES ('ä', 1)});
$sqlite->do('CREATE TABLE euro (price TEXT)');
$sqlite->do(q{INSERT INTO euro VALUES ('€')});
$sqlite->do('CREATE TABLE "日本" (a TEXT)');
$sqlite->disconnect;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});

# Run statements with UTF-8 as the client's encoding; returns stdout and stderr.
sub run
{
	my ($sql) = @_;
	my ($stdout, $stderr) = ('', '');

	$node->psql('latin', encode('UTF-8', "SET client_encoding = 'UTF8';\n$sql"),
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	return (decode('UTF-8', $stdout), decode('UTF-8', $stderr));
}

run(qq{CREATE EXTENSION fraiseql; CREATE SERVER u FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');});
my ($stdout, $stderr) = run('IMPORT FOREIGN SCHEMA main FROM SERVER u INTO public;');
like($stderr, qr/WARNING:  table "" was not imported/, 'a name that the encoding lacks is left out');
unlike($stderr, qr/ERROR/, 'the others are imported');
($stdout, $stderr) = run('SELECT "größe" FROM "tür"; ANALYZE "tür";');
is($stdout, 'ä', 'names and values');
is($stderr, '', 'without an error');
($stdout, $stderr) = run('SELECT * FROM euro;');
like($stderr, qr/has no equivalent in encoding "LATIN1"/, 'a character that the encoding lacks');
like($stderr, qr/CONTEXT:  column "price" of foreign table "euro" on server "u"/, 'the error names the column');
($stdout, $stderr) = run(q{ALTER FOREIGN TABLE euro OPTIONS (table_name 'é'); SELECT * FROM euro;});
like($stderr, qr/DETAIL:  no such table: \?\?/, q{SQLite's own words are shown as far as they can be});

$node->stop;
done_testing();
