# The TDS server that stands for SQL Server answers clients that others wrote:
# one script through tsql, bsqldb and tedious, bulk copies by freebcp, and what
# only a driver asks for; TLS, logins, and nothing left behind.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run qw(run);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = abs_path(dirname(__FILE__) . '/../servers/tds');
my $tmp = PostgreSQL::Test::Utils::tempdir;

plan skip_all => 'libpq-dev or libssl-dev is not installed'
  unless -e '/usr/include/openssl/ssl.h' && -e '/usr/include/postgresql/libpq-fe.h';
my $made = '';
run([ 'make', '-s', '-C', $dir ], '>&', \$made) or BAIL_OUT("the server does not build: $made");
is($made, '', 'the server builds without a warning');

my $node = PostgreSQL::Test::Cluster->new('behind');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE tds TEMPLATE template0');

# A client that is refused ends without reading: its input is a file, since
# writing to a pipe would fail.
sub input_file
{
	my ($text) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/input';

	open my $fh, '>:raw', $file or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
	return $file;
}

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $conninfo = 'host=' . $node->host . ' port=' . $node->port . ' dbname=tds';
my $work = "$tmp/server";
mkdir $work;

sub start
{
	my @options = @_;

	system('bash', "$dir/start.sh", 'start', $work, $port, $conninfo, @options) == 0
	  or BAIL_OUT('the server does not start');
}

sub stop
{
	system('bash', "$dir/start.sh", 'stop', $work);
}

END
{
	my $rc = $?;

	stop() if $work;
	$? = $rc;
}

# The clients' configuration: protocol, character set, and what to encrypt.
sub freetds_conf
{
	my ($encryption) = @_;
	my $conf = "$tmp/freetds.conf";

	open my $f, '>', $conf or die "$conf: $!";
	print $f "[test]\nhost = 127.0.0.1\nport = $port\ntds version = 7.4\nclient charset = UTF-8\nencryption = $encryption\n";
	close $f;
	$ENV{FREETDSCONF} = $conf;
}

$ENV{LC_ALL} = 'C.UTF-8';
start('--encrypt', 'on');

# Blocks of the script: [statement, answer].
my $source = slurp_file("$dir/check/script.txt");
$source =~ s/^#.*\n//mg;
my @blocks = map { [ split /^==\n/m, $_, 2 ] } grep { /\S/ } split /^--\n/m, $source;

# One answer as the script has it: rows, and numbers of errors.
sub from_tsql
{
	my ($text) = @_;

	$text =~ s/^Msg 3621 .*\n\t.*\n//mg;
	$text =~ s/^Msg (\d+) \(severity.*\n\t.*\n/!$1\n/mg;
	$text =~ s/^The statement has been terminated\.\n//mg;
	$text =~ s/^Changed database.*\n//mg;
	$text =~ s/\t/|/g;
	return $text;
}

sub from_bsqldb
{
	my ($text) = @_;

	$text =~ s/^Msg (\d+), Level.*\nServer .*\n\t.*\n/!$1\n/mg;
	$text =~ s/^bsqldb: error: severity.*\n//mg;
	$text =~ s/^The statement has been terminated\.\n//mg;
	return $text;
}

sub compare
{
	my ($client, @answers) = @_;

	foreach my $i (0 .. $#blocks)
	{
		my ($sql, $want) = @{ $blocks[$i] };

		chomp $sql;
		# db-lib cuts blanks at the end off what it prints
		$want =~ s/ +$//mg if $client eq 'bsqldb';
		is($answers[$i] // '(nothing)', $want, "$client: " . substr($sql, 0, 60));
	}
}

sub fresh_database
{
	my $ignored;
	my $sql = "if db_id('test') is not null drop database test\ngo\ncreate database test\ngo\n";

	run([ qw(tsql -S test -U sa -P Test-1234 -o q) ], '<', input_file($sql), '>&', \$ignored);
}

SKIP:
{
	skip 'freetds-bin is not installed', 1 unless -x '/usr/bin/tsql';
	my ($in, $out);

	foreach my $encryption ('off', 'request', 'require')
	{
		freetds_conf($encryption);
		$in = "select 1\ngo\n";
		run([ qw(tsql -S test -U sa -P Test-1234 -o qhf) ], '<', input_file($in), '>&', \$out);
		like($out, qr/^1$/m, "tsql, encryption $encryption");
	}
	freetds_conf('request');
	run([ qw(tsql -S test -U sa -P wrong -o qhf) ], '<', input_file($in), '>&', \$out);
	like($out, qr/^Msg 18456 \(severity 14, state 1\)/m, 'a wrong password is refused');
	unlike($out, qr/wrong/, 'and not repeated');
	run([ qw(tsql -S test -U sa -P Test-1234 -D nosuch -o qhf) ], '<', input_file($in), '>&', \$out);
	like($out, qr/^Msg 4060 \(severity 11, state 1\)/m, 'an unknown database is refused');

	fresh_database();
	$in = join '', map { "$_->[0]go\nprint '<<>>'\ngo\n" } @blocks;
	run([ qw(stdbuf -oL tsql -S test -U sa -P Test-1234 -D test -o qhf) ], '<', input_file($in), '>&', \$out);
	compare('tsql', map { from_tsql($_) } split /^<<>>\n/m, $out);

	# bsqldb ends at the first error: each one has a session of its own.
	fresh_database();
	my @answers;
	foreach my $block (@blocks)
	{
		my $file = "$tmp/block.sql";

		open my $f, '>', $file or die "$file: $!";
		print $f "$block->[0]go\n";
		close $f;
		run([ qw(bsqldb -S test -U sa -P Test-1234 -D test -q -t |), '-i', $file ], '>&', \$out);
		push @answers, from_bsqldb($out);
	}
	compare('bsqldb', @answers);

	# A table out to a file and into another one, in both formats of freebcp.  (Its
	# native format keeps neither NULL nor what is not ASCII, so there is neither.)
	my @copies = (
		[ '-n', 'id int not null primary key, d decimal(12,3) not null, f float not null, v varchar(20) not null, g uniqueidentifier not null',
			"(1, -1.5, 0.1, 'x', newid()), (2, 0, -1e300, 'a b', newid()), (3, 123456789.123, 0, '-', newid())" ],
		[ '-c', 'id int not null primary key, s nvarchar(40) null, d decimal(12,3) null, t datetime2(3) null, b varbinary(20) null, g uniqueidentifier null',
			"(1, N'é日本😀', -1.5, '2024-02-29 12:34:56.789', 0x00ff, newid()), (2, null, null, null, null, null), (3, N'x', 0, '1900-01-01', 0x01, newid())" ]);

	foreach my $copy (@copies)
	{
		my ($format, $columns, $rows) = @$copy;

		$in = "drop table if exists a, b\ngo\ncreate table a ($columns) create table b ($columns)\ngo\ninsert into a values $rows\ngo\n";
		run([ qw(tsql -S test -U sa -P Test-1234 -D test -o qhf) ], '<', input_file($in), '>&', \$out);
		run([ qw(freebcp test..a out), "$tmp/a.bcp", qw(-S test -U sa -P Test-1234), $format ], '>&', \$out);
		like($out, qr/^3 rows copied/m, "freebcp $format out");
		run([ qw(freebcp test..b in), "$tmp/a.bcp", qw(-S test -U sa -P Test-1234), $format ], '>&', \$out);
		like($out, qr/^3 rows copied/m, "freebcp $format in");
		$in = "select count(*) from (select * from a intersect select * from b) x\ngo\n";
		run([ qw(tsql -S test -U sa -P Test-1234 -D test -o qhf) ], '<', input_file($in), '>&', \$out);
		is($out, "3\n", 'and all came back');
	}
}

SKIP:
{
	skip 'nodejs and npm are not installed', 1 unless -x '/usr/bin/node' && -x '/usr/bin/npm';
	my $modules = $ENV{TDS_NODE_MODULES} // "$tmp/node/node_modules";
	my ($out, $err);

	if (!-e "$modules/tedious")
	{
		mkdir "$tmp/node";
		local $ENV{HOME} = "$tmp/node";
		run([ 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefix', "$tmp/node", 'tedious@^19' ], '>&', \$out)
		  or skip 'npm cannot install tedious', 1;
	}
	local $ENV{NODE_PATH} = $modules;
	run([ 'node', "$dir/check/client.js", $port, 'setup' ], '>', \$out, '2>', \$err);
	run([ 'node', "$dir/check/client.js", $port, 'script', "$dir/check/script.txt" ], '>', \$out, '2>', \$err);
	compare('tedious', map { s/^\n//r } split /^<<>>\n/m, $out);
	run([ 'node', "$dir/check/client.js", $port, 'driver' ], '>', \$out, '2>', \$err);
	is($out, slurp_file("$dir/check/driver.out"), 'tedious: RPC, transactions, bulk load, attention, all types');
}

# A server that insists on encryption, and one that has none.
SKIP:
{
	skip 'freetds-bin is not installed', 1 unless -x '/usr/bin/tsql';
	my $in = "select 1\ngo\n";
	my $out;

	stop();
	start('--encrypt', 'required');
	freetds_conf('require');
	run([ qw(tsql -S test -U sa -P Test-1234 -o qhf) ], '<', input_file($in), '>&', \$out);
	like($out, qr/^1$/m, 'required encryption is given');
	freetds_conf('off');
	run([ qw(tsql -S test -U sa -P Test-1234 -o qhf) ], '<', input_file($in), '>&', \$out);
	unlike($out, qr/^1$/m, 'or refused');
	stop();
	start('--encrypt', 'off');
	freetds_conf('require');
	run([ qw(tsql -S test -U sa -P Test-1234 -o qhf) ], '<', input_file($in), '>&', \$out);
	unlike($out, qr/^1$/m, 'a client that needs encryption does not do without it');
}

stop();
ok(!-e "$work/tds.pid", 'the server has ended');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'tds'}), '0', 'and its sessions with it');

done_testing();
