# IMPORT FOREIGN SCHEMA of a schema of 300 tables: columns of every type with
# values at their limits, names that nobody should give, names that are too long
# and clash, broken views, too many columns.  Each oddity is told once and
# nothing else is; every table is then read, and each value compared.
#
# One generator for all engines: an engine says how it quotes a name, what its
# types are (declared, imported as, values as it writes them and as they are
# read), and what its views may be broken by.

use strict;
use warnings;
use utf8;

use DBI;
use IPC::Run;
use DBD::Pg;
use Encode;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $started;
my $tds_started;
my $test_pid = $$;
my $mariadb = "$dir/m";
END { my $rc = $?;
	system('test/servers/mariadb.sh', 'stop', $mariadb) if $started && $$ == $test_pid;
	system('bash', 'test/servers/tds/start.sh', 'stop', "$dir/t") if $tds_started && $$ == $test_pid; $? = $rc; }
sub slurp { my ($name) = @_; open my $file, '<', $name or die "$name: $!"; chomp(my $line = <$file>); return $line; }

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql');
my $hub = DBI->connect('dbi:Pg:dbname=postgres;host=' . $node->host . ';port=' . $node->port, '', '',
	{ RaiseError => 1, PrintError => 0, PrintWarn => 0, pg_server_prepare => 0, pg_enable_utf8 => 1 });
$hub->do("SET client_min_messages = notice; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1");

sub double_quoted { my ($name) = @_; $name =~ s/"/""/g; return qq{"$name"}; }
sub backquoted { my ($name) = @_; $name =~ s/`/``/g; return "`$name`"; }
sub x { return 'x' x $_[0] }

# As PostgreSQL cuts a name: at a character.
sub cut { my ($name) = @_; chop $name while length(Encode::encode_utf8($name)) > 63; return $name; }

# ---- engines ----

# Types are [declared, as imported, [value there => text here], ...]; a value
# alone is read as it is written, without its quotes.
my %engines;

$engines{mysql} = {
	quote => \&backquoted,
	long_names => 1,
	start => sub {
		$started = system('test/servers/mariadb.sh', 'start', $mariadb) == 0 or die "MariaDB does not start\n";
		my $port = slurp("$mariadb/port");
		my $there = DBI->connect("dbi:MariaDB:mariadb_socket=$mariadb/socket", 'root', '', { RaiseError => 1, PrintError => 0 });
		$there->do($_) foreach 'CREATE DATABASE imported CHARACTER SET utf8mb4', 'USE imported',
			"SET sql_mode = 'NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES'", "SET time_zone = '+00:00'", 'SET NAMES utf8mb4',
			'SET foreign_key_checks = 0';
		$hub->do(qq{CREATE SERVER mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port '$port');
			CREATE USER MAPPING FOR CURRENT_USER SERVER mysql OPTIONS (username 'hub', password 'secret')});
		return sub { $there->do($_[0]) };
	},
	schema => 'imported',
	types => [
		[ 'tinyint', 'smallint', -128, 127 ], [ 'tinyint unsigned', 'smallint', 0, 255 ],
		[ 'smallint', 'smallint', -32768, 32767 ], [ 'smallint unsigned', 'integer', 0, 65535 ],
		[ 'mediumint', 'integer', -8388608, 8388607 ], [ 'mediumint unsigned', 'integer', 0, 16777215 ],
		[ 'int', 'integer', -2147483648, 2147483647 ], [ 'int unsigned', 'bigint', 0, 4294967295 ],
		[ 'int(5) zerofill', 'bigint', [ 42 => 42 ] ],
		[ 'bigint', 'bigint', '-9223372036854775808', '9223372036854775807' ],
		[ 'bigint unsigned', 'numeric(20,0)', 0, '9223372036854775808', '18446744073709551615' ],
		[ 'tinyint(1)', 'smallint', 0, 1, -128 ],
		[ 'decimal(65,30)', 'numeric(65,30)', '-99999999999999999999999999999999999.999999999999999999999999999999', '0.000000000000000000000000000001' ],
		[ 'decimal(10,0)', 'numeric(10,0)', -9999999999 ], [ 'decimal(5,5) unsigned', 'numeric(5,5)', '0.99999' ],
		[ 'float', 'real', [ '3.4028235e38' => '3.4028235e+38' ], [ '0.1' => '0.1' ], [ '1.1754944e-38' => '1.1754944e-38' ], [ '16777217' => '1.6777216e+07' ] ],
		[ 'double', 'double precision', [ '1.7976931348623157e308' => '1.7976931348623157e+308' ], [ '2.2250738585072014e-308' => '2.2250738585072014e-308' ], [ '0.1e0' => '0.1' ] ],
		[ 'bit(1)', 'bit(1)', [ "b'1'" => '1' ], [ "b'0'" => '0' ] ], [ 'bit(11)', 'bit(11)', [ "b'10000000001'" => '10000000001' ] ],
		[ 'bit(64)', 'bit(64)', [ "b'" . '1' x 64 . "'" => '1' x 64 ], [ "b'1" . '0' x 63 . "'" => '1' . '0' x 63 ], [ "b'0'" => '0' x 64 ] ],
		[ 'char(5)', 'character(5)', [ "'ab'" => 'ab' . ' ' x 3 ], [ "''" => ' ' x 5 ], "'ñandú'" ],
		[ 'char(0)', 'text', "''" ],
		[ 'varchar(20)', 'character varying(20)', "'trailing  '", "''", "'back\\slash'", "'quote''s'" ],
		[ 'varchar(3000)', 'character varying(3000)', "'" . x(3000) . "'" ],
		[ 'tinytext', 'text', "'é'" ], [ 'text', 'text', "'" . x(65535) . "'" ], [ 'mediumtext', 'text', "'" . x(70000) . "'" ], [ 'longtext', 'text', "'😀'" ],
		[ 'text character set latin1', 'text', "'é'", "'€'" ], [ 'varchar(9) character set cp1251', 'character varying(9)', "'привет'" ],
		[ 'varchar(9) character set sjis', 'character varying(9)', "'日本語'" ], [ 'varchar(9) character set utf16', 'character varying(9)', "'😀é'" ],
		[ 'varchar(9) character set utf8mb3', 'character varying(9)', "'日本é'" ], [ 'varchar(9) character set binary', 'bytea', [ "x'00ff27'" => '\x00ff27' ] ],
		[ "enum('a','it''s','b,c')", 'text', "'a'", "'it''s'", "'b,c'" ], [ "set('a','b','c')", 'text', "''", "'a,c'" ],
		[ 'binary(3)', 'bytea', [ "x'00'" => '\x000000' ] ], [ 'varbinary(9)', 'bytea', [ "x''" => '\x' ], [ "x'5c00ff'" => '\x5c00ff' ] ],
		[ 'tinyblob', 'bytea', [ "x'27'" => '\x27' ] ], [ 'blob', 'bytea', [ "repeat(x'ff', 65535)" => '\x' . 'ff' x 65535 ] ],
		[ 'mediumblob', 'bytea', [ "x'00'" => '\x00' ] ], [ 'longblob', 'bytea', [ "'é'" => '\xc3a9' ] ],
		[ 'date', 'date', "'1000-01-01'", "'9999-12-31'", "'2024-02-29'" ],
		[ 'datetime', 'timestamp(0) without time zone', "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'" ],
		[ 'datetime(6)', 'timestamp(6) without time zone', "'9999-12-31 23:59:59.999999'", "'2024-02-29 12:00:00.000001'" ],
		[ 'datetime(3)', 'timestamp(3) without time zone', "'2024-02-29 12:00:00.123'" ],
		[ 'timestamp(6) null', 'timestamp(6) with time zone', [ "'1970-01-01 00:00:01'" => '1970-01-01 00:00:01+00' ], [ "'2038-01-19 03:14:07.999999'" => '2038-01-19 03:14:07.999999+00' ] ],
		[ 'time', 'time(0) without time zone', "'00:00:00'", "'23:59:59'", "'24:00:00'" ], [ 'time(6)', 'time(6) without time zone', "'23:59:59.999999'" ],
		[ 'year', 'smallint', 1901, 2155, [ "'0000'" => 0 ] ],
		[ 'json', 'json', "'{\"b\": 1,  \"a\": [null]}'" ], [ 'uuid', 'uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ],
		[ 'inet6', 'inet', [ "'2001:db8::ff00:42:8329'" => '2001:db8::ff00:42:8329/128' ], [ "'::'" => '::/128' ] ], [ 'inet4', 'inet', [ "'255.255.255.255'" => '255.255.255.255/32' ] ],
		[ 'point', 'bytea', [ 'ST_PointFromText(\'POINT(1 2)\')' => '\x0101000000000000000000f03f0000000000000040' ] ],
		[ 'geometry', 'bytea', [ 'ST_GeomFromText(\'POINT(0 0)\')' => '\x010100000000000000000000000000000000000000' ] ],
	],
	broken => [
		[ 'CREATE TABLE gone (a int)', 'CREATE VIEW broken AS SELECT a FROM gone', 'DROP TABLE gone' ],
		[ 'CREATE TABLE less (a int, b int)', 'CREATE VIEW broken_column AS SELECT b FROM less', 'ALTER TABLE less DROP b' ],
	],
	complaints => [ 'table "broken" was not imported', 'table "broken_column" was not imported' ],
};

$engines{postgres} = {
	quote => \&double_quoted,
	start => sub {
		$node->safe_psql('postgres', 'CREATE DATABASE remote');
		my $there = DBI->connect('dbi:Pg:dbname=remote;host=' . $node->host . ';port=' . $node->port, '', '',
			{ RaiseError => 1, PrintError => 0, pg_server_prepare => 0, pg_enable_utf8 => 1 });
		$there->do("CREATE SCHEMA imported; SET search_path = imported; SET timezone = 'UTC'; SET client_min_messages = warning");
		$hub->do(sprintf q{CREATE SERVER postgres FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '%s', port '%d', database 'remote');
			CREATE USER MAPPING FOR CURRENT_USER SERVER postgres}, $node->host, $node->port);
		return sub { $there->do($_[0]) };
	},
	schema => 'imported',
	types => [
		[ 'boolean', 'boolean', 'true', 'false' ],
		[ 'smallint', 'smallint', -32768, 32767 ], [ 'integer', 'integer', -2147483648 ], [ 'bigint', 'bigint', '-9223372036854775808' ],
		[ 'numeric', 'numeric', "'NaN'", "'-Infinity'", [ '1e20' => '100000000000000000000' ] ], [ 'numeric(1000,500)', 'numeric(1000,500)', [ '0' => '0.' . '0' x 500 ] ],
		[ 'real', 'real', "'NaN'", "'Infinity'", [ '3.4028235e38' => '3.4028235e+38' ] ], [ 'float8', 'double precision', "'-Infinity'", [ "'1e-300'" => '1e-300' ] ],
		[ 'text', 'text', "''", "'a\\b''c'", "'😀'" ], [ 'varchar(5)', 'character varying(5)', "'é    '" ], [ 'char(5)', 'character(5)', [ "'a'" => 'a' . ' ' x 4 ] ],
		[ '"char"', '"char"', "'a'" ], [ 'name', 'name', "'n'" ], [ 'bytea', 'bytea', [ "'\\x00ff5c'" => '\x00ff5c' ] ],
		[ 'date', 'date', "'infinity'", "'4713-01-01 BC'", "'5874897-12-31'" ], [ 'time(3)', 'time(3) without time zone', "'24:00:00'" ],
		[ 'timetz', 'time with time zone', "'12:00:00-15:59'" ], [ 'timestamp', 'timestamp without time zone', "'-infinity'", "'294276-12-31 23:59:59.999999'" ],
		[ 'timestamptz(0)', 'timestamp(0) with time zone', "'2024-02-29 12:00:00+00'", "'4714-11-24 00:00:00+00 BC'" ],
		[ 'interval', 'interval', "'1 year 2 mons -3 days +04:05:06.789'", "'-178000000 years'" ], [ 'interval day to second(2)', 'interval day to second(2)', "'3 days 00:00:00.25'" ],
		[ 'uuid', 'uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ], [ 'json', 'json', "'{\"b\": 1,  \"a\": 2}'" ], [ 'jsonb', 'jsonb', "'[null]'" ],
		[ 'xml', 'xml', "'<a>1</a>'" ], [ 'inet', 'inet', "'10.1.2.3/8'" ], [ 'cidr', 'cidr', "'::/0'" ], [ 'macaddr8', 'macaddr8', "'08:00:2b:01:02:03:04:05'" ],
		[ 'bit(3)', 'bit(3)', "'101'" ], [ 'varbit', 'bit varying', "''" ], [ 'point', 'point', "'(1.5,2)'" ], [ 'path', 'path', "'((1,2),(3,4))'" ],
		[ 'tsvector', 'tsvector', [ "'a:1 b:2'" => "'a':1 'b':2" ] ], [ 'int4range', 'int4range', "'empty'", "'[1,5)'" ], [ 'nummultirange', 'nummultirange', "'{[1,2),(3,4)}'" ],
		[ 'pg_lsn', 'pg_lsn', "'16/B374D848'" ], [ 'oid', 'oid', 4294967295 ], [ 'regclass', 'regclass', "'pg_class'" ], [ 'int[]', 'integer[]', "'{{1,NULL},{3,4}}'" ], [ 'text[]', 'text[]', "'{a,\"b c\",NULL,\"NULL\"}'" ],
		[ 'varchar(3)[]', 'character varying(3)[]', "'{abc,NULL}'" ], [ 'money', 'money', "'-\$1,234.50'" ],
		[ 'text COLLATE "C"', 'text', "'a'" ], [ 'text COLLATE "POSIX"', 'text', "'a'" ],
		[ 'imported.mood', 'text', "'it''s'" ], [ 'imported.mood[]', 'text[]', "'{sad,it''s}'" ], [ 'imported.positive', 'integer', 7 ], [ 'imported.pair', 'text', "'(1,\"a b\")'" ],
	],
	prepare => [ q{CREATE TYPE mood AS ENUM ('sad', 'it''s')}, 'CREATE DOMAIN positive AS int CHECK (value > 0)', 'CREATE TYPE pair AS (a int, b text)' ],
	unknown => qr/^imported\./,
	broken => [ [ 'CREATE TABLE no_columns ()' ] ],
	complaints => [ 'table "no_columns" was not imported' ],
};

$engines{sqlite} = {
	quote => \&double_quoted,
	long_names => 1,
	folds => 1,
	start => sub {
		require DBD::SQLite;
		my $there = DBI->connect("dbi:SQLite:dbname=$dir/i.db", '', '', { RaiseError => 1, PrintError => 0, sqlite_unicode => 1 });
		$there->do('PRAGMA legacy_alter_table = ON');
		chmod 0666, "$dir/i.db";
		$hub->do("CREATE SERVER sqlite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$dir/i.db')");
		return sub { $there->do($_[0]) };
	},
	schema => 'main',
	types => [
		[ 'INTEGER', 'bigint', '-9223372036854775808', '9223372036854775807' ], [ 'UNSIGNED BIG INT', 'bigint', 1 ], [ 'TINYINT', 'bigint', -1 ],
		[ 'REAL', 'double precision', [ '1.7976931348623157e308' => '1.7976931348623157e+308' ], [ '0.1' => '0.1' ], [ '1' => '1' ] ], [ 'DOUBLE PRECISION', 'double precision', [ '-0.5' => '-0.5' ] ],
		[ 'TEXT', 'text', "''", "'it''s \\'", "'😀'" ], [ 'VARCHAR(3)', 'text', "'longer than three'" ], [ 'CLOB', 'text', "'c'" ],
		[ 'DECIMAL(10,2)', 'numeric', [ '1.25' => '1.25' ], [ '3' => '3' ] ], [ 'NUMERIC', 'numeric', [ '-7' => '-7' ] ],
		[ 'BOOLEAN', 'boolean', [ 1 => 'true' ], [ 0 => 'false' ] ], [ 'DATE', 'date', "'2024-02-29'", "'9999-12-31'" ], [ 'TIME', 'time without time zone', "'23:59:59.999999'" ],
		[ 'DATETIME', 'timestamp without time zone', "'2024-02-29 12:00:00.5'" ], [ 'TIMESTAMP', 'timestamp without time zone', [ "'2024-02-29T12:00:00'" => '2024-02-29 12:00:00' ] ],
		[ 'TIMESTAMPTZ', 'timestamp with time zone', [ "'2024-02-29 12:00:00+02:00'" => '2024-02-29 10:00:00+00' ] ],
		[ 'UUID', 'uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ], [ 'JSON', 'json', "'{\"b\": 1,  \"a\": 2}'" ], [ 'JSONB', 'jsonb', "'[1, 2]'" ],
		[ 'BLOB', 'bytea', [ "x'00ff'" => '\x00ff' ], [ "x''" => '\x' ] ], [ 'BYTEA', 'bytea', [ "x'27'" => '\x27' ] ],
		[ '', 'text', "'no type'" ], [ 'GEOMETRY', 'text', "'POINT(1 2)'" ],
	],
	unknown => qr/^(|GEOMETRY)$/,
	broken => [
		[ 'CREATE TABLE gone (a int)', 'CREATE VIEW broken AS SELECT a FROM gone', 'DROP TABLE gone' ],
		[ 'CREATE VIEW broken_function AS SELECT no_such_function(1) AS a' ],
	],
	complaints => [ 'table "broken" was not imported', 'table "broken_function" was not imported' ],
};

$engines{sqlserver} = {
	quote => sub { my ($name) = @_; $name =~ s/]/]]/g; return "[$name]"; },
	long_names => 1,
	folds => 1,
	text => [ 'nvarchar(9)', 'character varying(9)', "'x'" ],
	# the TDS server that stands for SQL Server, over a database of its own
	start => sub {
		my $tds = 'test/servers/tds';
		system("make -s -C $tds >/dev/null") == 0 or die "the TDS server does not build\n";
		my $port = PostgreSQL::Test::Cluster::get_free_port();
		$node->safe_psql('postgres', 'CREATE DATABASE tds TEMPLATE template0');
		mkdir "$dir/t";
		system('bash', "$tds/start.sh", 'start', "$dir/t", $port, 'host=' . $node->host . ' port=' . $node->port . ' dbname=tds') == 0
			or die "the TDS server does not start\n";
		$tds_started = 1;
		open my $conf, '>', "$dir/freetds.conf" or die $!;
		print $conf "[test]\nhost = 127.0.0.1\nport = $port\ntds version = 7.4\nclient charset = UTF-8\nencryption = off\n";
		close $conf;
		$hub->do("CREATE SERVER sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port '$port', encrypt 'optional', database 'master');
			CREATE USER MAPPING FOR CURRENT_USER SERVER sqlserver OPTIONS (username 'sa', password 'Test-1234')");
		my @statements;
		return sub {
			my ($sql) = @_;
			return push @statements, $sql if defined $sql;
			local $ENV{FREETDSCONF} = "$dir/freetds.conf";
			local $ENV{LC_ALL} = 'C.UTF-8';
			my $answer;
			my $input = Encode::encode_utf8(join '', map { "$_\ngo\n" } @statements);
			IPC::Run::run([ qw(tsql -S test -U sa -P Test-1234 -o q) ], '<', \$input, '>&', \$answer);
			diag($answer) if $answer =~ /Msg/;
		};
	},
	schema => 'dbo',
	types => [
		[ 'bit', 'boolean', [ 1 => 'true' ], [ 0 => 'false' ] ], [ 'tinyint', 'smallint', 0, 255 ], [ 'smallint', 'smallint', -32768 ], [ 'int', 'integer', -2147483648, 2147483647 ],
		[ 'bigint', 'bigint', '-9223372036854775808', '9223372036854775807' ],
		[ 'decimal(38,10)', 'numeric(38,10)', '-9999999999999999999999999999.9999999999' ], [ 'numeric(38,0)', 'numeric(38,0)', '99999999999999999999999999999999999999' ],
		[ 'money', 'numeric(19,4)', '-922337203685477.5808', '922337203685477.5807' ], [ 'smallmoney', 'numeric(10,4)', '-214748.3648' ],
		[ 'real', 'real', [ '3.4028235e38' => '3.4028235e+38' ], [ '0.1' => '0.1' ] ], [ 'float', 'double precision', [ '1.7976931348623157e308' => '1.7976931348623157e+308' ], [ '0.1' => '0.1' ] ],
		[ 'char(5)', 'character(5)', [ "'ab'" => 'ab' . ' ' x 3 ] ], [ 'varchar(20)', 'character varying(20)', "'trailing  '", "''" ],
		[ 'nvarchar(20)', 'character varying(20)', [ "N'日本é😀'" => '日本é😀' ], [ "N''" => '' ], [ "N'it''s \\'" => q{it's \\} ] ],
		[ 'nvarchar(max)', 'text', [ "REPLICATE(CAST(N'é' AS nvarchar(max)), 9000)" => 'é' x 9000 ] ], [ 'varchar(max)', 'text', [ "REPLICATE(CAST('x' AS varchar(max)), 9000)" => x(9000) ] ],
		[ 'binary(3)', 'bytea', [ '0x00ff27' => '\x00ff27' ] ], [ 'varbinary(9)', 'bytea', [ '0x' => '\x' ], [ '0x5c' => '\x5c' ] ], [ 'varbinary(max)', 'bytea', [ '0x00' => '\x00' ] ],
		[ 'date', 'date', "'0001-01-01'", "'9999-12-31'" ], [ 'time(6)', 'time(6) without time zone', "'23:59:59.999999'" ], [ 'time(0)', 'time(0) without time zone', "'23:59:59'" ],
		[ 'datetime', 'timestamp(3) without time zone', [ "'1753-01-01T00:00:00'" => '1753-01-01 00:00:00' ], [ "'9999-12-31T23:59:59.997'" => '9999-12-31 23:59:59.997' ] ],
		[ 'smalldatetime', 'timestamp(0) without time zone', [ "'2079-06-06T23:59:00'" => '2079-06-06 23:59:00' ] ],
		[ 'datetime2(6)', 'timestamp(6) without time zone', "'9999-12-31 23:59:59.999999'", "'0001-01-01 00:00:00'" ],
		[ 'datetime2(7)', 'timestamp(6) without time zone', [ "'2024-02-29 12:00:00.1234560'" => '2024-02-29 12:00:00.123456' ] ],
		[ 'datetimeoffset(6)', 'timestamp(6) with time zone', [ "'2024-02-29 12:00:00.000001 +05:30'" => '2024-02-29 06:30:00.000001+00' ] ],
		[ 'uniqueidentifier', 'uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ], [ 'xml', 'xml', "'<a>1</a>'" ],
	],
	unknown => qr/^datetime2\(7\)$/,
	unknown_told => 'a value finer than a microsecond will be an error',
	broken => [ [ 'CREATE TABLE gone (a int)', 'CREATE VIEW broken AS SELECT a FROM gone', 'DROP TABLE gone' ],
		[ q{CREATE TABLE less (n int DEFAULT 7, t nvarchar(9) DEFAULT N'it''s', made datetime2(3) DEFAULT sysutcdatetime(), there datetime DEFAULT getdate(), none int DEFAULT NULL)} ] ],
	complaints => [ 'table "broken" was not imported' ],
};

# ---- what is made of them ----

# Names of tables and columns that nobody should give.
my @names = (
	'select', 'two words', q{it's}, 'double"quote', 'back`tick', '[brackets]', 'semi;colon --', 'dot.ted', 'back\\slash', '%1 %s', '$1',
	'/* comment */', 'MixedCase', 'mixedcase', 'été', '日本語', 'a' . "\x{200b}" . 'b', 'table', ')', "new\nline", '1', '?', '{"json": 1}');

# Cut to 63 bytes, these are alike: within a character of three bytes, too.
my @long = (x(62) . 'a', x(62) . 'ab', x(62) . 'ac', 'é' . x(60) . 'éa', '日' x 21 . 'a', '日' x 20 . 'xx日', '日' x 20 . 'xx日b');

my %cut = (
	x(62) . 'ab' => x(61) . '_2', x(62) . 'ac' => x(61) . '_3', 'é' . x(60) . 'éa' => 'é' . x(60),
	'日' x 21 . 'a' => '日' x 21, '日' x 20 . 'xx日' => '日' x 20 . 'xx', '日' x 20 . 'xx日b' => '日' x 20 . 'x_2');

sub unquoted { my ($text) = @_; return $text unless $text =~ /^'(.*)'$/s; $text = $1; $text =~ s/''/'/g; return $text; }

# A table with an id and these columns; each column is [name, type], and row n
# has the n-th value of every column, or null.
sub make_table
{
	my ($engine, $run, $name, @columns) = @_;
	my $q = $engine->{quote};
	my $rows = 0;
	my (@rows, @inserts);

	$run->('CREATE TABLE ' . $q->($name) . ' (id int NOT NULL PRIMARY KEY'
			. join('', map { ', ' . $q->($_->[0]) . " $_->[1][0]" } @columns) . ')');
	foreach (@columns) { my $count = @{ $_->[1] } - 2; $rows = $count if $count > $rows; }
	foreach my $n (0 .. $rows)
	{
		my @row = ($n);
		my @values = ($n);
		foreach (@columns)
		{
			my (undef, undef, @all) = @{ $_->[1] };
			my $value = $all[$n];
			push @values, defined $value ? ref $value ? $value->[0] : $value : 'NULL';
			push @row, defined $value ? ref $value ? $value->[1] : unquoted($value) : undef;
		}
		push @inserts, '(' . join(', ', @values) . ')';
		push @rows, \@row;
	}
	$run->('INSERT INTO ' . $q->($name) . " VALUES $_") foreach @inserts;
	return \@rows;
}

foreach my $kind (sort keys %engines)
{
	my $engine = $engines{$kind};
	my $run = $engine->{start}->();
	my @types = @{ $engine->{types} };
	my $text = $engine->{text} // [ 'text', 'text', "'x'" ];
	my (%expected, %types, @told);

	$run->($_) foreach @{ $engine->{prepare} // [] };
	my $remember = sub {
		my ($name, $local, $locals, @columns) = @_;
		$expected{$local} = make_table($engine, $run, $name, @columns);
		$types{$local} = { map { ($locals->[$_] // $columns[$_][0]) => $columns[$_][1][1] } 0 .. $#columns };
		push @told, qr/^(NOTICE|WARNING):  table "\Q$name\E" is imported as "\Q$local\E"$/ if $name ne $local;
		foreach my $i (0 .. $#columns)
		{
			my ($column, $type) = @{ $columns[$i] };
			push @told, $engine->{unknown_told} ? qr/column "\Q$column\E" of "\Q$name\E" .*$engine->{unknown_told}/ :
				qr/column "\Q$column\E" of "\Q$name\E" has .*imported as/
				if $engine->{unknown} && $type->[0] =~ $engine->{unknown};
			push @told, qr/^NOTICE:  column "\Q$column\E" of "\Q$name\E" is imported as "\Q$locals->[$i]\E"$/
				if defined $locals->[$i] && $locals->[$i] ne $column;
		}
	};

	# of every type one table, then mixtures
	$remember->("type_$_", "type_$_", [], [ 'v', $types[$_] ]) foreach 0 .. $#types;
	$remember->("name $names[$_]", "name $names[$_]", [], [ $names[$_], $text ])
		foreach grep { !($engine->{folds} && $names[$_] eq 'mixedcase') } 0 .. $#names;
	if ($engine->{long_names})
	{
		$remember->($_, $cut{$_} // $_, [ cut($_) ], [ $_, $text ]) foreach @long;
		# the same in one table
		$remember->('long', 'long', [ map { $cut{$_} // $_ } @long ], map { [ $_, $text ] } @long);
	}
	$remember->('system', 'system', [ map { $_ . '_2' } qw(ctid xmin tableoid) ], map { [ $_, $text ] } qw(ctid xmin tableoid))
		unless $kind eq 'postgres';
	for (my $n = 0; keys %expected < 296; $n++)
	{
		$remember->("mixed_$n", "mixed_$n", [], map { [ "c$_", $types[ ($n + $_ * 7) % @types ] ] } 1 .. 6);
	}

	# keys of one and of two columns, a view, and what is broken
	$run->('CREATE TABLE parent (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b))');
	$run->('CREATE TABLE child (id int NOT NULL PRIMARY KEY, pa int, pb int, other int, FOREIGN KEY (other) REFERENCES system_of_keys (id), FOREIGN KEY (pa, pb) REFERENCES parent (a, b))')
		if $run->('CREATE TABLE system_of_keys (id int NOT NULL PRIMARY KEY)');
	$run->('CREATE VIEW good_view AS SELECT id FROM child');
	foreach my $statements (@{ $engine->{broken} }) { $run->($_) foreach @$statements; }
	push @told, map { qr/\Q$_\E/ } @{ $engine->{complaints} };
	$run->('CREATE TABLE too_wide (' . join(', ', map { "c$_ int" } 1 .. 1601) . ')') if $kind eq 'sqlite';
	push @told, qr/^WARNING:  table "too_wide" was not imported/ if $kind eq 'sqlite';

	$run->() if $kind eq 'sqlserver';

	# ---- the import ----

	my @messages;
	local $SIG{__WARN__} = sub { push @messages, @_ };
	$hub->do("CREATE SCHEMA $kind");
	{
		local $hub->{PrintWarn} = 1;
		$hub->do("IMPORT FOREIGN SCHEMA $engine->{schema} FROM SERVER $kind INTO $kind");
	}
	my @heard = grep { /^(NOTICE|WARNING):/ } split /\n(?=NOTICE|WARNING)/, join "\n", map { s/\n at .*//sr } @messages;
	utf8::decode($_) foreach @heard;
	s/\n(?:DETAIL|HINT|CONTEXT):.*//s, s/\s+$// foreach @heard;
	my $missing = 0;
	foreach my $wanted (@told)
	{
		my @found = grep { $heard[$_] =~ $wanted } 0 .. $#heard;
		unless (@found == 1) { $missing++; diag("$kind: told " . scalar(@found) . " times: $wanted"); }
		splice @heard, $found[0], 1 if @found;
	}
	is($missing, 0, "$kind: each of " . scalar(@told) . ' oddities is told once');
	is(join("\n", @heard), '', "$kind: and nothing else");

	is($hub->selectrow_array('SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = ?', undef, $kind),
		keys(%expected) + 4 + ($kind =~ /^(mysql|sqlserver)$/ ? 1 : 0), "$kind: all tables that can be imported are there");

	my %wrong;
	foreach my $name (sort keys %expected)
	{
		my $quoted = "$kind." . double_quoted($name);
		my $columns = $hub->selectall_arrayref('SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 1 ORDER BY attnum', undef, $quoted);
		foreach my $column (@$columns)
		{
			my $type = $types{$name}{ $column->[0] } // 'no column of that name';
			$wrong{"$name, $column->[0]: $column->[1] instead of $type"} = 1 if $type ne $column->[1];
		}
		my $list = join ', ', 'id', map { double_quoted($_->[0]) . ($_->[1] =~ /^character\(/ ? '' : '::text') } @$columns;
		my $rows = eval { $hub->selectall_arrayref("SELECT $list FROM $quoted ORDER BY id") };
		if (!$rows) { $wrong{"$name: $@"} = 1; next; }
		foreach my $n (0 .. $#{ $expected{$name} })
		{
			foreach my $i (0 .. $#{ $expected{$name}[$n] })
			{
				my ($is, $should) = map { defined $_ ? $_ : 'null' } $rows->[$n][$i], $expected{$name}[$n][$i];
				my $column = $i > 0 ? $columns->[ $i - 1 ][0] : 'id';
				$wrong{ "$name row $n, $column: " . substr($is, 0, 60) . ' instead of ' . substr($should, 0, 60) } = 1 if $is ne $should;
			}
		}
	}
	is(join("\n", sort keys %wrong), '', "$kind: every value of every table is what was put there");

	is($hub->selectrow_array(q{SELECT string_agg(attname || ' ' || replace(array_to_string(attfdwoptions, ','), ?, ''), '; ' ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = ?::regclass AND attfdwoptions IS NOT NULL}, undef, "$kind.", "$kind.child"),
		'id key=true; pa references=parent(a); pb references=parent(b); other references=system_of_keys(id)',
		"$kind: keys of one and of several columns");
}

# ---- what the options do ----

my $my = DBI->connect("dbi:MariaDB:mariadb_socket=$mariadb/socket", 'root', '', { RaiseError => 1, PrintError => 0 });
$my->do($_) foreach 'CREATE DATABASE choices', 'USE choices', q{CREATE TABLE c (
	id int NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'the ''key''',
	flag tinyint(1) NOT NULL DEFAULT 1, u binary(16), v char(36) DEFAULT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
	span time(3), name varchar(20) DEFAULT 'it''s', made datetime DEFAULT CURRENT_TIMESTAMP, bits bit(8) DEFAULT b'101',
	empty varchar(9) DEFAULT '', price decimal(5,2) DEFAULT 1.50, none int DEFAULT NULL, odd int DEFAULT (1 + 1),
	raw varbinary(4) DEFAULT 'ab', twice int GENERATED ALWAYS AS (id * 2) VIRTUAL) COMMENT 'of choices'},
	q{INSERT INTO c (flag, u, span) VALUES (0, x'a0eebc999c0b4ef8bb6d6bb9bd380a11', '-838:59:59'), (1, NULL, '838:59:58.999')};
$my->do('CREATE VIEW v AS SELECT id FROM c');

my ($rc, $out, $err) = $node->psql('postgres', q{
	CREATE SCHEMA choices;
	IMPORT FOREIGN SCHEMA choices FROM SERVER mysql INTO choices OPTIONS (import_default 'true', import_tinyint1_as_boolean 'true',
		import_binary16_as_uuid 'true', import_char36_as_uuid 'true', import_time_as_interval 'true', import_not_null 'false');
	SELECT a.attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
	FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 'choices.c'::regclass AND attnum > 0 ORDER BY attnum;
	SELECT obj_description('choices.c'::regclass), obj_description('choices.v'::regclass);
	SELECT id, flag, u, v, span, name, bits, twice FROM choices.c ORDER BY id;});
is($out, <<'END' =~ s/\n$//r, 'types that were chosen, defaults and comments');
id|integer|f||the 'key'
flag|boolean|f|true|
u|uuid|f||
v|uuid|f|'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid|
span|interval(3)|f||
name|character varying(20)|f|'it''s'::character varying|
made|timestamp(0) without time zone|f|(statement_timestamp() AT TIME ZONE 'UTC'::text)|
bits|bit(8)|f|'00000101'::"bit"|
empty|character varying(9)|f|''::character varying|
price|numeric(5,2)|f|1.50|
none|integer|f||
odd|integer|f||
raw|bytea|f||
twice|integer|f||
of choices|
1|f|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|-838:59:59|it's|00000101|2
2|t||a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|838:59:58.999|it's|00000101|4
END
is(join('|', $err =~ /^(?:psql.*?)?NOTICE:  (.*)$/mg), q{default (1 + 1) of column "odd" of "c" was not imported|default 'ab' of column "raw" of "c" was not imported},
	'defaults that PostgreSQL does not have are told');

$node->safe_psql('remote', q{
	CREATE SCHEMA choices;
	CREATE FUNCTION choices.own(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
	CREATE COLLATION choices.mine FROM "C";
	CREATE TABLE choices.c (id serial PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, a text COLLATE "C" DEFAULT 'it''s',
		b text COLLATE choices.mine, d date DEFAULT CURRENT_DATE + 1, f int DEFAULT choices.own(1));
	CREATE TABLE choices.g (id int, own int GENERATED ALWAYS AS (choices.own(id)) STORED);
	INSERT INTO choices.c VALUES (4), (5); INSERT INTO choices.g VALUES (1);
	COMMENT ON TABLE choices.c IS 'of choices'; COMMENT ON COLUMN choices.c.a IS 'column "a"';});
($rc, $out, $err) = $node->psql('postgres', q{
	CREATE SCHEMA pgchoices;
	IMPORT FOREIGN SCHEMA choices FROM SERVER postgres INTO pgchoices OPTIONS (import_default 'true');
	SELECT a.attname, attgenerated, pg_get_expr(adbin, adrelid), (SELECT collname FROM pg_collation c WHERE c.oid = attcollation), col_description(attrelid, attnum)
	FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid IN ('pgchoices.c'::regclass, 'pgchoices.g'::regclass) AND attnum > 0 ORDER BY attrelid, attnum;
	SELECT id, twice FROM pgchoices.c ORDER BY id; SELECT own FROM pgchoices.g;
	DROP SCHEMA pgchoices CASCADE; CREATE SCHEMA pgchoices;
	IMPORT FOREIGN SCHEMA choices LIMIT TO (c) FROM SERVER postgres INTO pgchoices OPTIONS (import_generated 'false', import_collate 'false', import_comments 'false');
	SELECT count(*) FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = 'pgchoices.c'::regclass AND attnum > 0
		AND (attgenerated <> '' OR collname <> 'default' OR col_description(attrelid, attnum) IS NOT NULL);});
is($out, <<'END' =~ s/\n$//r, 'definitions of another PostgreSQL');
id||||
twice|s|(id * 2)||
a||'it''s'::text|C|column "a"
b|||default|
d||(CURRENT_DATE + 1)||
f||||
id||||
own||||
4|8
5|10
1
0
END
is(join("\n", $err =~ /^(?:psql.*?)?NOTICE:  (?!drop)(.*)$/mg), <<'END' =~ s/\n$//r, 'definitions that cannot be had here are told');
column "b" of "c" has the collation choices.mine, which does not exist here: imported without
default nextval('choices.c_id_seq'::regclass) of column "id" of "c" was not imported
default choices.own(1) of column "f" of "c" was not imported
generated columns of "g" are imported as ordinary columns
END

# A table that is there already, and a name that no option has, stop the import.
($rc, $out, $err) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA choices FROM SERVER mysql INTO choices');
like($err, qr/ERROR:  relation "c" already exists/, 'a table of that name is an error');
($rc, $out, $err) = $node->psql('postgres', q{IMPORT FOREIGN SCHEMA choices FROM SERVER mysql INTO choices OPTIONS (import_generated 'true')});
like($err, qr/ERROR:  invalid option "import_generated".*\n.*import_default, import_not_null, import_comments, import_tinyint1_as_boolean/, 'an option that the engine has not');

($rc, $out, $err) = $node->psql('postgres', q{
	CREATE SCHEMA defaults;
	IMPORT FOREIGN SCHEMA dbo LIMIT TO (less) FROM SERVER sqlserver INTO defaults OPTIONS (import_default 'true');
	SELECT a.attname, pg_get_expr(adbin, adrelid) FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = 'defaults.less'::regclass AND attnum > 0 ORDER BY attnum;});
is($out, "n|7\nt|'it''s'::character varying\nmade|(statement_timestamp() AT TIME ZONE 'UTC'::text)\nthere|\nnone|", 'defaults of SQL Server');
like($err, qr/default \(getdate\(\)\) of column "there" of "less" was not imported/, 'the time in a time zone that is not known is told');

# LIMIT TO and EXCEPT know a table by its local name, and by the remote one as
# far as the parser leaves it.
$node->safe_psql('postgres', qq{CREATE SCHEMA limited; CREATE SCHEMA excepted; SET client_min_messages = error;
	IMPORT FOREIGN SCHEMA imported LIMIT TO ("@{[ x(61) ]}_2", type_0) FROM SERVER mysql INTO limited});
is($node->safe_psql('postgres', q{SELECT string_agg(relname, ',' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'limited'::regnamespace}),
	'type_0,' . x(61) . '_2', 'LIMIT TO a name that was made');
$node->safe_psql('postgres', qq{SET client_min_messages = error; IMPORT FOREIGN SCHEMA imported EXCEPT ("@{[ x(62) ]}ac") FROM SERVER mysql INTO excepted});
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'excepted'::regnamespace AND relname ~ '^x{61}'}), 0,
	'EXCEPT a name that the parser has cut');

done_testing();
