# The SQLite side of the differential test: what its columns can hold, how rows
# get there with exactly the storage class that is meant, and how the hub is told.
#
# An engine offers:
#   new(dir => ...)             dir is absolute and may be written to
#   hub_sql(server)             statements that make the foreign server, and its login
#   kinds()                     the kinds of columns, see below
#   variants()                  names of kinds of tables; [0] is the plainest
#   collations()                what a column of a kind that collates may be declared with
#   kind_fits(kind, variant)    whether such a column can stand in such a table
#   declare(kind, variant)      the declared type of such a column
#   create(table)               make the table (and indexes) and load its rows
#   replace_rows(table)         other rows in it
#   drop(name), drop_all()      remove a table, all tables
#   table_options(table)        options of the foreign table
#   column_options(table, col)  options of its column
#   describe(table)             text from which a reader can make the table again
#   show_value(stored)          a value in the engine's own SQL
#
# A table is {name, variant, key, rows, cols => [{name, remote, kind, decl,
# collate, not_null}], rows => [[id, value...]]}; a value is one of a kind's.
#
# A kind is {name, pg => type, family, good => [[stored, expected...]...],
# bad => [stored...], random => sub {one of good}}: "stored" is [class, value],
# "expected" is PostgreSQL's text of it (several where more than one is right,
# undef for NULL).  A value of "bad" must raise an error that names the column.

package Engine::SQLite;

use strict;
use warnings;
use utf8;

use DBI;
use Encode qw(encode_utf8);

sub new
{
	my ($class, %arg) = @_;
	my $self = bless { file => "$arg{dir}/differential.db" }, $class;

	unlink $self->{file};
	$self->{dbh} = DBI->connect("dbi:SQLite:dbname=$self->{file}", '', '',
		{ RaiseError => 1, PrintError => 0, AutoCommit => 1 });
	$self->{dbh}->do('PRAGMA synchronous = off');
	return $self;
}

sub hub_sql
{
	my ($self, $server) = @_;
	return "CREATE SERVER $server FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$self->{file}')";
}

# ---- values ----

sub int_of { my ($v, @expected) = @_; return [ [ int => $v ], @expected ? @expected : $v ]; }
sub real_of { my ($v, @expected) = @_; return [ [ real => $v ], @expected ]; }

# text in the file and in PostgreSQL alike, unless told otherwise
sub text_of { my ($v, @expected) = @_; return [ [ text => encode_utf8($v) ], @expected ? @expected : $v ]; }
sub blob_of { my ($v, @expected) = @_; return [ [ blob => $v ], @expected ? @expected : $v ]; }

my @int4 = map { int_of($_) } (0, 1, -1, 2, 5, 5, 7, 10, 100, 2147483647, -2147483648);
my @int8 = (
	@int4,
	map { int_of($_) } ('2147483648', '-2147483649', '9007199254740993', '9223372036854775807', '-9223372036854775808'));
my @floats = (
	real_of(0, '0'), real_of(1, '1'), real_of(-1, '-1'), real_of(2.5, '2.5'), real_of(0.1, '0.1'),
	real_of(-0.0, '0', '-0'), real_of(1e15, '1e+15'), real_of(1e300, '1e+300'), real_of(3, '3'),
	real_of(1.7976931348623157e308, '1.7976931348623157e+308'), real_of(5e-324, '5e-324'),
	real_of(9**9**9, 'Infinity'), real_of(-9**9**9, '-Infinity'), real_of(9007199254740992, '9007199254740992'),
	real_of(0.30000000000000004, '0.30000000000000004'));
my @halves = map { real_of($_, $_) } (0, 0.5, 1, 1.5, -2.5, 3, 3.25, 100, -100, 7);
my @words = map { text_of($_) } (
	'', ' ', 'a', 'A', 'b', 'B', 'a ', 'a  ', 'ab', 'aB', 'Ab', 'á', 'Á', 'é', "e\x{301}", 'ä', 'z', 'Z',
	"\x{1F600}", "\x{1F600}b", "\x{FFFD}", "\x{E000}", 'ß', 'ss', 'SS', 'İ', 'i', 'I', 'ı', 'ﬁ',
	'a_c', 'abc', 'a%c', 'a\\c', 'a\\', 'a*c', 'a?c', 'a[b]c', "it's", '"q"', '10', '9', '1e1', '1', '1.0', '-1', ' 1',
	'0x1', 'null', 'NULL', 'true', "tab\t", "line\n", 'ÀÉ', 'co-op', 'coop', 'CO-OP', 'x' x 300);
my @not_text = ([ text => "a\0b" ], [ text => "\0" ], [ text => "\xff\xfe" ], [ text => "caf\xe9" ], [ blob => 'a' ]);
my @dates = map { text_of($_) } ('2024-02-29', '2024-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '1999-12-31', '1582-10-10');
my @bad_dates = map { [ text => $_ ] }
  ('2023-02-29', '10000-01-01', '-0044-03-15', '2024-1-2', '', 'today', '20240102', '2024-01-02x', 'infinity');

my @unix = ([ 0, '1970-01-01 00:00:00' ], [ 951782400, '2000-02-29 00:00:00' ], [ -86400, '1969-12-31 00:00:00' ],
	[ 253402300799, '9999-12-31 23:59:59' ], [ 253402300800, '10000-01-01 00:00:00' ],
	[ -62135596800, '0001-01-01 00:00:00' ], [ -62167219200, '0001-01-01 00:00:00 BC' ], [ 86399, '1970-01-01 23:59:59' ]);
my @days = ([ 0, '1970-01-01' ], [ 86400, '1970-01-02' ], [ 951782400, '2000-02-29' ], [ -86400, '1969-12-31' ],
	[ 253402300800, '10000-01-01' ], [ -62167219200, '0001-01-01 BC' ]);

# ---- kinds ----

my @kinds = (
	{ name => 'int4', pg => 'integer', family => 'int', decl => [qw(INTEGER INT NUMERIC BIGINT)], strict => 'INTEGER',
		good => \@int4, bad => [ [ int => '2147483648' ], [ real => 1.5 ], [ text => 'abc' ], [ blob => '1' ] ],
		random => sub { int_of(int(rand(40)) - 20) } },
	{ name => 'small', pg => 'integer', family => 'int', safe => 1, decl => [qw(INTEGER INT)], strict => 'INT',
		good => [ map { int_of($_) } (-3 .. 6) ], bad => [],
		random => sub { int_of(int(rand(200)) - 100) } },
	{ name => 'int2', pg => 'smallint', family => 'int', decl => [qw(SMALLINT INTEGER)], strict => 'INTEGER',
		good => [ map { int_of($_) } (0, 1, -1, 5, 32767, -32768) ], bad => [ [ int => 32768 ] ] },
	{ name => 'int8', pg => 'bigint', family => 'int', decl => [qw(INTEGER BIGINT)], strict => 'INTEGER',
		good => \@int8, bad => [ [ real => 1e19 ], [ text => '9223372036854775808x' ] ] },
	{ name => 'int_mixed', pg => 'integer', family => 'int', decl => [ '', 'BLOB' ], strict => 'ANY',
		good => [ @int4, real_of(5, '5'), real_of(-0.0, '0'), text_of('5', '5'), text_of('+7', '7'), text_of('007', '7'), text_of('-1', '-1') ],
		bad => [ [ text => '1.0' ], [ text => ' 1' ], [ text => '' ], [ blob => '5' ], [ real => 0.5 ] ] },
	{ name => 'float8', pg => 'double precision', family => 'float', decl => [qw(REAL DOUBLE FLOAT)], strict => 'REAL',
		good => \@floats, bad => [ [ text => 'abc' ], [ text => 'NaN' ], [ blob => '1' ] ],
		random => sub { my $v = (int(rand(2000)) - 1000) / 8; real_of($v, $v) } },
	{ name => 'half', pg => 'double precision', family => 'float', safe => 1, decl => [qw(REAL)], strict => 'REAL',
		good => \@halves, bad => [] },
	{ name => 'float_mixed', pg => 'double precision', family => 'float', decl => [ '', 'NUMERIC', 'ANY' ], strict => 'ANY',
		good => [ @floats, int_of(3), int_of(1), int_of('9007199254740992'), text_of('1.5', '1.5'), text_of('1e2', '100'), text_of('-.5', '-0.5') ],
		bad => [ [ int => '9007199254740993' ], [ text => 'x' ] ] },
	{ name => 'float4', pg => 'real', family => 'float', safe => 1, decl => [qw(REAL)], strict => 'REAL',
		good => [ @halves, real_of(1e10, '1e+10') ], bad => [ [ real => 0.1 ], [ real => 1e300 ] ] },
	{ name => 'numeric', pg => 'numeric', family => 'numeric', decl => [ 'NUMERIC', 'DECIMAL(12,2)' ], strict => 'ANY',
		good => [ @int8, map({ real_of($_, $_) } (0.1, 0.5, 2.5, -1.5, 1.25)), real_of(1e15, '1000000000000000') ],
		bad => [ [ text => 'abc' ], [ blob => '1' ] ] },
	{ name => 'money', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => [ 'DECIMAL(12,2)', 'NUMERIC', '' ], strict => 'REAL',
		good => [ map({ real_of($_, $_) } (1.25, 10.75, -0.01, 19.99)), real_of(0.5, '0.50'), real_of(10, '10.00') ],
		bad => [ [ real => 1.555 ], [ real => 1e11 ] ] },
	{ name => 'numeric_text', pg => 'numeric', family => 'numeric', loose => 1, decl => [qw(TEXT)], strict => 'TEXT',
		good => [ map({ text_of($_) } ('1.5', '1.50', '1', '1.0', '0', '-1', '10', '9', '-12345678901234567890123456789012345678',
				'12345678901234567890123456789012345678', '0.00000000000000000000000000000000000001', '1234567890123456.7890123456')),
			text_of('1e3', '1000'), text_of('.5', '0.5'), text_of('+2', '2'), text_of('01.5', '1.5'), text_of('-0', '0') ],
		bad => [ map { [ text => $_ ] } ('abc', '', ' 1', '0x10', 'NaN', '1,5') ] },
	{ name => 'numeric_mixed', pg => 'numeric', family => 'numeric', loose => 1, decl => [ '', 'BLOB' ], strict => 'ANY',
		good => [ @int4, text_of('1.50'), text_of('1.5'), real_of(1.5, '1.5'), real_of(1, '1'), text_of('1', '1') ], bad => [ [ blob => '1' ] ] },
	{ name => 'text', pg => 'text', family => 'text', decl => [ 'TEXT', 'VARCHAR(20)', 'CLOB' ], strict => 'TEXT', collates => 1,
		good => \@words, bad => \@not_text },
	{ name => 'text_any', pg => 'text', family => 'text', decl => [ '', 'BLOB' ], strict => 'ANY', collates => 1,
		good => [ @words, int_of(5), int_of(10), int_of(1), real_of(1.5, '1.5'), real_of(1, '1'), real_of(1e300, '1e+300'), int_of('9223372036854775807') ],
		bad => \@not_text },
	{ name => 'varchar', pg => 'varchar(6)', family => 'text', decl => [ 'VARCHAR(6)', 'TEXT' ], strict => 'TEXT', collates => 1,
		good => [ grep { length $_->[1] <= 6 } @words ], bad => [ [ text => 'abcdefg' ] ] },
	{ name => 'char', pg => 'char(6)', family => 'bpchar', decl => [ 'CHAR(6)', 'TEXT' ], strict => 'TEXT', collates => 1,
		good => [ map { [ $_->[0], sprintf('%-6s', $_->[1]) ] } grep { length $_->[1] <= 6 } @words ], bad => [ [ text => 'abcdefg' ] ] },
	{ name => 'enum', pg => 'shared.mood', family => 'enum', decl => [ 'TEXT', '' ], strict => 'TEXT',
		good => [ map { text_of($_) } ('sad', 'ok', 'happy', 'Happy') ], bad => [ [ text => 'SAD' ], [ int => 1 ] ] },
	{ name => 'bytea', pg => 'bytea', family => 'bytea', decl => [ 'BLOB', '', 'TEXT', 'NUMERIC' ], strict => 'BLOB',
		good => [ map { blob_of($_) } ('', "\0", "\0\xff", 'a', 'abc', "\xff", "it's", '1') ], bad => [ [ text => 'a' ] ] },
	{ name => 'bool', pg => 'boolean', family => 'bool', decl => [qw(BOOLEAN INTEGER)], strict => 'INTEGER',
		good => [ int_of(0), int_of(1) ], bad => [ [ int => 2 ], [ text => 'true' ], [ int => -1 ] ] },
	{ name => 'uuid', pg => 'uuid', family => 'uuid', decl => [ 'TEXT', 'UUID', 'CHAR(36)', '' ], strict => 'ANY',
		good => [ map({ (text_of($_), text_of(uc $_, $_)) } ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe')),
			text_of('00000000-0000-0000-0000-000000000001'), blob_of("\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11') ],
		bad => [ map { [ text => $_ ] } ('A0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x', '') ] },
	{ name => 'jsonb', pg => 'jsonb', family => 'jsonb', loose => 1, decl => [ 'TEXT', 'JSON' ], strict => 'TEXT',
		good => [ text_of('{"a":1}', '{"a": 1}'), text_of('{ "a" : 1 }', '{"a": 1}'), text_of('[]'), text_of('null'), text_of('"x"'), text_of('{"b":2,"a":1}', '{"a": 1, "b": 2}') ],
		bad => [ [ text => '{' ] ] },
	{ name => 'json', pg => 'json', family => 'json', decl => [ 'TEXT' ], strict => 'TEXT',
		good => [ map { text_of($_) } ('{"a":1}', '{ "a" : 1 }', '[1,2]', 'null') ], bad => [ [ text => 'x' ] ] },
	{ name => 'date', pg => 'date', family => 'date', decl => [ 'DATE', 'TEXT', '' ], strict => 'TEXT',
		good => [ @dates, text_of('0000-01-01', '0001-01-01 BC') ], bad => \@bad_dates },
	{ name => 'date_unix', pg => 'date', family => 'date', decl => [qw(INTEGER DATE)], strict => 'INTEGER', options => "date_format 'unix'",
		good => [ map { int_of(@$_) } @days ], bad => [ [ int => 1 ], [ text => '2024-01-01' ] ] },
	{ name => 'date_julian', pg => 'date', family => 'date', decl => [qw(REAL DATE)], strict => 'REAL', options => "date_format 'julian'",
		good => [ real_of(2451544.5, '2000-01-01'), real_of(2440587.5, '1970-01-01'), real_of(2460369.5, '2024-02-29') ], bad => [ [ real => 2440587.75 ], [ real => -1 ] ] },
	{ name => 'timestamp', pg => 'timestamp', family => 'timestamp', decl => [ 'DATETIME', 'TEXT', 'TIMESTAMP' ], strict => 'TEXT',
		good => [ map({ text_of($_) } ('2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00')),
			text_of('2024-02-29T12:34:56', '2024-02-29 12:34:56'), text_of('2024-02-29 12:34:56.000', '2024-02-29 12:34:56'),
			text_of('2024-02-29', '2024-02-29 00:00:00'), text_of('2024-02-29 00:00', '2024-02-29 00:00:00'), text_of('2024-02-29 12:34:56.5', '2024-02-29 12:34:56.5') ],
		bad => [ map { [ text => $_ ] } ('2024-02-29 24:00:01', '2024-02-29 12:34:56Z', '10000-01-01 00:00:00', '2024-02-29 12:34:56.1234567', '') ] },
	{ name => 'timestamp_unix', pg => 'timestamp', family => 'timestamp', decl => [qw(INTEGER REAL)], strict => 'ANY', options => "date_format 'unix'",
		good => [ map({ int_of(@$_) } @unix), real_of(0.5, '1970-01-01 00:00:00.5'), real_of(1e9 + 0.25, '2001-09-09 01:46:40.25') ], bad => [ [ text => '2024-01-01' ], [ int => '9223372036854775807' ] ] },
	{ name => 'timestamptz', pg => 'timestamptz', family => 'timestamptz', decl => [ 'DATETIME', 'TEXT' ], strict => 'TEXT',
		good => [ text_of('2024-02-29 12:34:56', '2024-02-29 12:34:56+00'), text_of('2024-02-29T12:34:56Z', '2024-02-29 12:34:56+00'),
			text_of('2024-02-29 14:34:56+02:00', '2024-02-29 12:34:56+00'), text_of('2024-02-29 07:04:56-0530', '2024-02-29 12:34:56+00'),
			text_of('2024-02-29', '2024-02-29 00:00:00+00'), text_of('1970-01-01 00:00:00.000001Z', '1970-01-01 00:00:00.000001+00'), text_of('9999-12-31 23:59:59+00', '9999-12-31 23:59:59+00') ],
		bad => [ map { [ text => $_ ] } ('2024-02-29 12:34:56 Europe/Berlin', 'now') ] },
	{ name => 'timestamptz_unix', pg => 'timestamptz', family => 'timestamptz', decl => [qw(INTEGER)], strict => 'INTEGER', options => "date_format 'unix'",
		good => [ map { my ($v, $t) = @$_; $t =~ s/^(\S+ \S+)/$1+00/; int_of($v, $t) } @unix ], bad => [ [ text => 'x' ] ] },
	{ name => 'time', pg => 'time', family => 'time', decl => [ 'TIME', 'TEXT' ], strict => 'TEXT',
		good => [ map({ text_of($_) } ('00:00:00', '12:34:56', '12:34:56.5', '23:59:59.999999', '24:00:00')), text_of('12:34', '12:34:00'), text_of('12:34:00.000', '12:34:00') ], bad => [ [ text => '25:00:00' ], [ text => '1:00' ] ] },
	{ name => 'domain', pg => 'shared.positive', family => 'int', safe => 1, decl => [qw(INTEGER)], strict => 'INTEGER',
		good => [ map { int_of($_) } (0, 1, 2, 5, 7) ], bad => [ [ int => -1 ] ] },
	{ name => 'inet', pg => 'inet', family => 'other', loose => 1, decl => [ 'TEXT' ], strict => 'TEXT',
		good => [ text_of('10.0.0.1'), text_of('10.0.0.1/32', '10.0.0.1'), text_of('9.0.0.0/8'), text_of('10.0.0.0/8'), text_of('::1') ], bad => [ [ text => 'x' ] ] },
	{ name => 'interval', pg => 'interval', family => 'other', loose => 1, decl => [ 'TEXT' ], strict => 'TEXT',
		good => [ text_of('1 day'), text_of('24 hours', '24:00:00'), text_of('1 mon'), text_of('30 days') ], bad => [ [ text => 'x' ] ] },
	{ name => 'array', pg => 'integer[]', family => 'other', decl => [ 'TEXT' ], strict => 'TEXT',
		good => [ text_of('{1,2}'), text_of('{1, 2}', '{1,2}'), text_of('{}'), text_of('{1,NULL}') ], bad => [ [ text => '1' ] ] },
);

sub kinds { return \@kinds; }
sub variants { return [qw(plain strict without_rowid view)]; }
sub collations { return ('', '', qw(NOCASE RTRIM BINARY)); }
sub kind_fits { my ($self, $kind, $variant) = @_; return 1; }

# ---- tables ----

sub quote { my ($name) = @_; $name =~ s/"/""/g; return "\"$name\""; }

# The declared type of a column of a table of that variant.
sub declare
{
	my ($self, $kind, $variant) = @_;
	return $kind->{strict} if $variant eq 'strict';
	return $kind->{decl}[ rand @{ $kind->{decl} } ];
}

# Statements that make a table, without its rows.
sub ddl
{
	my ($self, $table) = @_;
	my $view = $table->{variant} eq 'view';
	my $name = quote($table->{name} . ($view ? ' base' : ''));
	my @columns;

	foreach my $col (@{ $table->{cols} })
	{
		my $decl = quote($col->{remote}) . ' ' . $col->{decl};
		$decl .= " COLLATE $col->{collate}" if $col->{collate};
		$decl .= ' NOT NULL' if $col->{not_null} || ($col->{key} && $table->{variant} eq 'without_rowid');
		$decl .= ' PRIMARY KEY' if $col->{key} && $table->{key};
		push @columns, $decl;
	}
	my @sql = ("CREATE TABLE $name (" . join(', ', @columns) . ')'
		  . ($table->{variant} eq 'strict' ? ' STRICT' : $table->{variant} eq 'without_rowid' ? ' WITHOUT ROWID' : ''));
	my $n = 0;
	push @sql, 'CREATE INDEX ' . quote("$table->{name} " . $n++) . " ON $name (" . join(', ', map { quote($_->{remote}) } @$_) . ')'
	  foreach @{ $table->{indexes} };
	push @sql, 'CREATE VIEW ' . quote($table->{name}) . " AS SELECT * FROM $name" if $view;
	return @sql;
}

sub create
{
	my ($self, $table) = @_;
	my $dbh = $self->{dbh};

	$dbh->begin_work;
	$dbh->do($_) foreach $self->ddl($table);
	$self->load($table);
	$dbh->do('ANALYZE') if $table->{analyze};
	$dbh->commit;
}

# Literals, not bound values: DBD::SQLite passes reals through text of 15 digits.
sub load
{
	my ($self, $table) = @_;
	my $insert = $self->insert($table) or return;
	$self->{dbh}->do($insert);
}

# The statement that loads the rows, if there are any.
sub insert
{
	my ($self, $table) = @_;
	my @rows = map { '(' . join(', ', map { $self->show_value($_->[0]) } @$_) . ')' } @{ $table->{rows} };

	return @rows ? 'INSERT INTO ' . quote($table->{name} . ($table->{variant} eq 'view' ? ' base' : '')) . " VALUES\n" . join(",\n", @rows) : undef;
}

# Other rows in a table that there is.
sub replace_rows
{
	my ($self, $table) = @_;

	$self->{dbh}->begin_work;
	$self->{dbh}->do('DELETE FROM ' . quote($table->{name}));
	$self->load($table);
	$self->{dbh}->commit;
}

sub drop
{
	my ($self, $name) = @_;
	$self->{dbh}->do('DROP TABLE ' . quote($name));
}

sub drop_all
{
	my ($self) = @_;
	my $dbh = $self->{dbh};

	$dbh->begin_work;
	foreach my $what (qw(view table))
	{
		my $names = $dbh->selectcol_arrayref("SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite%'", undef, $what);
		$dbh->do("DROP $what " . quote($_)) foreach @$names;
	}
	$dbh->commit;
}

sub literal { my ($s) = @_; $s =~ s/'/''/g; return "'$s'"; }

sub table_options
{
	my ($self, $table) = @_;
	return 'table_name ' . literal($table->{name});
}

sub column_options
{
	my ($self, $table, $col) = @_;
	my @options;

	push @options, 'column_name ' . literal($col->{remote}) if $col->{remote} ne $col->{name};
	push @options, "key 'true'" if $col->{key} && $table->{key};
	push @options, $col->{kind}{options} if $col->{kind}{options};
	return join ', ', @options;
}

# A value as SQLite's shell would be given it.
sub show_value
{
	my ($self, $stored) = @_;
	return 'NULL' unless $stored;
	my ($class, $value) = @$stored;

	return $value if $class eq 'int';
	return ($value < 0 ? '-' : '') . '9e999' if $class eq 'real' && $value =~ /inf/i;
	return sprintf('%.17g', $value) =~ s/^(-?\d+)$/$1.0/r if $class eq 'real';
	return "x'" . unpack('H*', $value) . "'" if $class eq 'blob';
	return "CAST(x'" . unpack('H*', $value) . "' AS TEXT)" if $value =~ /[\0-\x1f\x80-\xff]/;
	return literal($value);
}

sub describe
{
	my ($self, $table) = @_;
	return join "\n", map { "$_;" } $self->ddl($table), $self->insert($table) // ();
}

1;
