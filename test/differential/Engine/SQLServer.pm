# The SQL Server side of the differential test: see Engine/SQLite.pm for what an
# engine offers.  A stored value is ['sql', text]: an expression of T-SQL.
#
# The environment says where a server of test/servers/sqlserver.sh runs:
# FSQ_SQLSERVER_PORT, _USER and _PASSWORD.  Rows get there through FreeTDS's
# bsqldb.

package Engine::SQLServer;

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use File::Temp;

my @collations = ('', '', qw(Latin1_General_CI_AI Latin1_General_BIN2 Latin1_General_100_CS_AS Latin1_General_100_CI_AS_SC SQL_Latin1_General_CP1_CI_AS));

sub new
{
	my ($class, %arg) = @_;
	$ENV{FSQ_SQLSERVER_PORT} or die "FSQ_SQLSERVER_PORT must say where a server of test/servers/sqlserver.sh is\n";
	my $self = bless { port => $ENV{FSQ_SQLSERVER_PORT}, user => $ENV{FSQ_SQLSERVER_USER}, password => $ENV{FSQ_SQLSERVER_PASSWORD}, database => "differential_$$" }, $class;

	$self->do_in('master', "CREATE DATABASE $self->{database}");
	return $self;
}

sub DESTROY
{
	my ($self) = @_;
	local $?;
	eval { $self->do_in('master', "DROP DATABASE $self->{database}") };
}

# Run statements, each a batch of its own.
sub do_in
{
	my ($self, $database, @sql) = @_;
	my $file = File::Temp->new;

	binmode $file, ':utf8';
	print $file "$_\ngo\n" foreach @sql;
	close $file;
	local $ENV{TDSVER} = '7.4';
	my $output = `bsqldb -S 127.0.0.1:$self->{port} -U $self->{user} -P $self->{password} -D $database -q -i $file 2>&1`;
	die "bsqldb: $output\n" . join("\n", @sql) . "\n" if $? != 0;
}

sub hub_sql
{
	my ($self, $server) = @_;
	return "CREATE SERVER $server FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port '$self->{port}', database '$self->{database}'); "
	  . "CREATE USER MAPPING FOR PUBLIC SERVER $server OPTIONS (username '$self->{user}', password '$self->{password}')";
}

# ---- values ----

# the same text in T-SQL and in PostgreSQL's answer, unless told otherwise
sub plain { my ($v, @expected) = @_; return [ [ sql => $v ], @expected ? @expected : $v ]; }
sub quoted { my ($v, @expected) = @_; return [ [ sql => "'$v'" ], @expected ? @expected : $v ]; }
sub text_of { my ($v, @expected) = @_; return [ [ sql => 'CAST(0x' . unpack('H*', encode('UTF-16LE', $v)) . ' AS nvarchar(400))' ], @expected ? @expected : $v ]; }
sub bytes_of { my ($v) = @_; return [ [ sql => '0x' . unpack('H*', $v) ], $v ]; }
sub stored { return map { [ sql => $_ ] } @_; }
sub units { my ($v) = @_; return length(encode('UTF-16LE', $v)) / 2; }

my @int4 = map { plain($_) } (0, 1, -1, 2, 5, 5, 7, 10, 100, 2147483647, -2147483648);
my @int8 = (@int4, map { plain($_) } ('2147483648', '-2147483649', '9007199254740993', '9223372036854775807', '-9223372036854775808'));
my @floats = (
	plain('0e0', 0), plain('1e0', 1), plain('-1e0', -1), plain('2.5e0', 2.5), plain('1e-1', 0.1), plain('-0e0', '0', '-0'),
	plain('1e15', '1e+15'), plain('1e300', '1e+300'), plain('3e0', 3), plain('1.7976931348623157e308', '1.7976931348623157e+308'),
	plain('2.2250738585072014e-308'), plain('9007199254740992e0', '9007199254740992'), plain('0.30000000000000004e0', '0.30000000000000004'));
my @halves = map { plain("${_}e0", $_) } (0, 0.5, 1, 1.5, -2.5, 3, 3.25, 100, -100, 7);
my @latin = ('', ' ', 'a', 'A', 'b', 'B', 'a ', 'a  ', 'ab', 'aB', 'Ab', 'á', 'Á', 'é', 'ä', 'z', 'Z', 'ß', 'ss', 'SS', 'i', 'I',
	'a_c', 'abc', 'a%c', 'a\\c', 'a\\', 'a*c', 'a[c', '[a]', 'a-c', 'a^c', "it's", '"q"', '10', '9', '1e1', '1', '1.0', '-1', ' 1', '0x1', 'null', 'true', '?',
	"tab\t", "line\n", "a\\\nb", "a\\\r\nb", 'ÀÉ', 'co-op', 'coop', 'CO-OP', '.', 'a.', 'a .');
my @beyond = ("e\x{301}", "\x{FFFD}", "\x{E000}", 'İ', 'ı', 'ﬁ', 'ａ');
my @astral = ("\x{1F600}", "\x{1F600}b", "\x{1F601}");
my @latin_words = map { text_of($_) } @latin;
my @words = map { text_of($_) } @latin, @beyond, @astral, 'x' x 300;
my @guids = ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe', '00000000-0000-0000-0000-000000000001', '01000000-0000-0000-0000-000000000000');

# ---- kinds ----

my @kinds = (
	{ name => 'int4', pg => 'integer', family => 'int', decl => [qw(INT BIGINT)],
		good => \@int4, bad => [], random => sub { plain(int(rand(40)) - 20) } },
	{ name => 'small', pg => 'integer', family => 'int', safe => 1, decl => [qw(INT SMALLINT BIGINT)],
		good => [ map { plain($_) } (-3 .. 6) ], bad => [], random => sub { plain(int(rand(200)) - 100) } },
	{ name => 'tiny', pg => 'smallint', family => 'int', safe => 1, decl => [qw(TINYINT)], good => [ map { plain($_) } (0, 1, 2, 5, 7, 100, 255) ], bad => [] },
	{ name => 'int2', pg => 'smallint', family => 'int', decl => [qw(SMALLINT)], good => [ map { plain($_) } (0, 1, -1, 5, 32767, -32768) ], bad => [] },
	{ name => 'int_wide', pg => 'smallint', family => 'int', decl => [qw(INT BIGINT)],
		good => [ map { plain($_) } (0, 1, -1, 5, 32767, -32768) ], bad => [ stored(32768, -32769) ] },
	{ name => 'int8_wide', pg => 'integer', family => 'int', decl => [qw(BIGINT)],
		good => [ map { plain($_) } (0, 1, -1, 5, 2147483647) ], bad => [ stored('2147483648') ] },
	{ name => 'int8', pg => 'bigint', family => 'int', decl => [qw(BIGINT)], good => \@int8, bad => [] },
	{ name => 'int_numeric', pg => 'numeric(20)', family => 'numeric', decl => [qw(BIGINT)],
		good => [ map { plain($_) } (0, 1, 5, 7, '9223372036854775807') ], bad => [] },
	{ name => 'bit_int', pg => 'smallint', family => 'int', safe => 1, decl => [qw(BIT)], good => [ plain(0), plain(1) ], bad => [] },
	{ name => 'float8', pg => 'double precision', family => 'float', decl => [qw(FLOAT)], good => \@floats, bad => [],
		random => sub { my $v = (int(rand(2000)) - 1000) / 8; plain("${v}e0", $v) } },
	{ name => 'half', pg => 'double precision', family => 'float', safe => 1, decl => [qw(FLOAT REAL)], good => \@halves, bad => [] },
	{ name => 'float4', pg => 'real', family => 'float', safe => 1, decl => [qw(REAL)], good => [ @halves, plain('1e10', '1e+10') ], bad => [] },
	{ name => 'numeric', pg => 'numeric(30,10)', family => 'numeric', decl => [ 'DECIMAL(30,10)' ],
		good => [ map { plain(@$_) } ([ 0, '0.0000000000' ], [ 1, '1.0000000000' ], [ '-1.5', '-1.5000000000' ], [ '0.0000000001' ], [ '12345678901234567890.0123456789' ], [ '-99999999999999999999.9999999999' ]) ], bad => [] },
	{ name => 'numeric36', pg => 'numeric(36,18)', family => 'numeric', decl => [ 'DECIMAL(36,18)' ],
		good => [ map { plain(@$_) } ([ 0, '0.000000000000000000' ], [ '-1.5', '-1.500000000000000000' ], [ '0.000000000000000001' ], [ '123456789012345678.012345678901234567' ], [ '-999999999999999999.999999999999999999' ]) ], bad => [] },
	{ name => 'decimal', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => [ 'DECIMAL(12,2)', 'DECIMAL(14,4)' ],
		good => [ map({ plain($_) } ('1.25', '10.75', '-0.01', '19.99')), plain('0.5', '0.50'), plain('10', '10.00') ], bad => [] },
	{ name => 'decimal_wide', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => [ 'DECIMAL(20,4)', 'MONEY' ],
		good => [ map({ plain($_) } ('1.25', '10.75')), plain('0.5', '0.50') ], bad => [ stored('1.555', '12345678901.00') ] },
	{ name => 'money', pg => 'numeric(19,4)', family => 'numeric', safe => 1, decl => [ 'MONEY' ],
		good => [ map({ plain($_) } ('1.2500', '10.7501', '-0.0001', '922337203685477.5807')), plain('0.5', '0.5000'), plain('10', '10.0000') ], bad => [] },
	{ name => 'smallmoney', pg => 'numeric', family => 'numeric', loose => 1, decl => [ 'SMALLMONEY' ],
		good => [ map({ plain($_) } ('1.2500', '10.7501', '-0.0001', '214748.3647')) ], bad => [] },
	{ name => 'numeric_free', pg => 'numeric', family => 'numeric', loose => 1, decl => [ 'DECIMAL(38,30)', 'DECIMAL(38,29)' ],
		good => [ plain('0.00000000000000000000000000001', '0.000000000000000000000000000010', '0.00000000000000000000000000001'), plain('1.5', '1.500000000000000000000000000000', '1.50000000000000000000000000000') ], bad => [] },
	{ name => 'text', pg => 'text', family => 'text', decl => [ 'NVARCHAR(400)', 'NVARCHAR(MAX)', 'NTEXT' ], collates => 1, good => \@words, bad => [] },
	{ name => 'text_short', pg => 'text', family => 'text', decl => [ 'NVARCHAR(60)' ], collates => 1,
		good => [ grep { length $_->[1] <= 60 } @words ], bad => [] },
	{ name => 'latin1', pg => 'text', family => 'text', decl => [ 'VARCHAR(60)', 'TEXT', 'VARCHAR(MAX)', 'VARCHAR(20)' ], collates => 1, good => \@latin_words, bad => [] },
	{ name => 'varchar', pg => 'varchar(6)', family => 'text', decl => [ 'NVARCHAR(6)', 'NVARCHAR(12)' ], collates => 1,
		good => [ grep { units($_->[1]) <= 6 } @words ], bad => [] },
	{ name => 'varchar_wide', pg => 'varchar(6)', family => 'text', decl => [ 'NVARCHAR(20)', 'VARCHAR(20)' ], collates => 1,
		good => [ grep { length $_->[1] <= 6 } @latin_words ], bad => [ stored("'abcdefg'") ] },
	{ name => 'char', pg => 'char(6)', family => 'bpchar', decl => [ 'NCHAR(6)', 'NVARCHAR(6)' ], collates => 1,
		good => [ map { [ $_->[0], sprintf('%-6s', $_->[1]) ] } grep { units($_->[1]) <= 6 } @words ], bad => [] },
	{ name => 'char_latin1', pg => 'char(6)', family => 'bpchar', decl => [ 'CHAR(6)' ], collates => 1,
		good => [ map { [ $_->[0], sprintf('%-6s', $_->[1]) ] } grep { length $_->[1] <= 6 } @latin_words ], bad => [] },
	{ name => 'char_text', pg => 'text', family => 'text', decl => [ 'CHAR(4)' ], collates => 1,
		good => [ map { [ $_->[0], sprintf('%-4s', $_->[1]) ] } grep { length $_->[1] <= 4 } @latin_words ], bad => [] },
	{ name => 'enum_here', pg => 'shared.mood', family => 'enum', decl => [ 'VARCHAR(10)', 'NVARCHAR(10)' ],
		good => [ map { text_of($_) } ('sad', 'ok', 'happy') ], bad => [] },
	{ name => 'variant', pg => 'text', family => 'text', loose => 1, decl => [ 'SQL_VARIANT' ],
		good => [ plain('CAST(5 AS int)', '5'), plain("CAST(N'a' AS nvarchar(5))", 'a'), plain("CAST(N'a ' AS nvarchar(5))", 'a '), plain('CAST(1.50 AS decimal(5,2))', '1.50') ], bad => [] },
	{ name => 'bytea', pg => 'bytea', family => 'bytea', decl => [ 'VARBINARY(20)', 'VARBINARY(MAX)', 'IMAGE' ],
		good => [ map { bytes_of($_) } ('', "\0", "\0\0", "\0\xff", "\0\xff\0", 'a', 'A', 'a ', 'abc', "\xff", "it's", '1', "\1") ], bad => [] },
	{ name => 'binary', pg => 'bytea', family => 'bytea', decl => [ 'BINARY(3)' ],
		good => [ map { bytes_of($_) } ("\0\0\0", "\0\xff\0", 'abc', "\xff\xff\xff", 'a  ') ], bad => [] },
	{ name => 'bool', pg => 'boolean', family => 'bool', decl => [ 'BIT' ], good => [ plain(0), plain(1) ], bad => [] },
	{ name => 'bool_wide', pg => 'boolean', family => 'bool', decl => [ 'TINYINT', 'INT' ], good => [ plain(0), plain(1) ], bad => [ stored(2, 255) ] },
	{ name => 'uuid', pg => 'uuid', family => 'uuid', decl => [ 'UNIQUEIDENTIFIER' ], good => [ map({ quoted($_) } @guids) ], bad => [] },
	{ name => 'uuid_text', pg => 'uuid', family => 'uuid', decl => [ 'CHAR(36)', 'NVARCHAR(36)' ], good => [ map({ (quoted($_), quoted(uc $_, $_)) } @guids) ], bad => [] },
	{ name => 'jsonb', pg => 'jsonb', family => 'jsonb', loose => 1, decl => [ 'NVARCHAR(MAX)', 'VARCHAR(200)' ],
		good => [ quoted('{"a":1}', '{"a": 1}'), quoted('[]'), quoted('null'), quoted('{"b":2,"a":1}', '{"a": 1, "b": 2}') ], bad => [] },
	{ name => 'xml', pg => 'xml', family => 'json', loose => 1, decl => [ 'XML' ],
		good => [ quoted('<a>1</a>'), quoted('<b x="1"/>') ], bad => [] },
	{ name => 'date', pg => 'date', family => 'date', decl => [ 'DATE' ],
		good => [ map { quoted($_) } ('2024-02-29', '2024-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '1999-12-31', '1582-10-10') ], bad => [] },
	{ name => 'timestamp', pg => 'timestamp', family => 'timestamp', decl => [ 'DATETIME2(6)', 'DATETIME2(7)' ],
		good => [ map { quoted($_) } ('2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00', '2024-02-29 00:00:00') ], bad => [] },
	{ name => 'timestamp_fine', pg => 'timestamp', family => 'timestamp', decl => [ 'DATETIME2(7)' ],
		good => [ map { quoted($_) } ('2024-02-29 12:34:56', '1970-01-01 00:00:00') ], bad => [ stored("'2024-02-29 12:34:56.1234567'", "'9999-12-31 23:59:59.9999999'") ] },
	{ name => 'datetime', pg => 'timestamp', family => 'timestamp', decl => [ 'DATETIME' ],
		good => [ map({ quoted(s/ /T/r, $_) } ('2024-02-29 12:34:56', '2024-02-29 12:34:56.003', '2024-02-29 12:34:56.007', '1753-01-01 00:00:00', '9999-12-31 23:59:59.997', '2024-02-29 00:00:00')),
			quoted('2024-02-29T12:34:56.004', '2024-02-29 12:34:56.003') ], bad => [] },
	{ name => 'smalldatetime', pg => 'timestamp(0)', family => 'timestamp', decl => [ 'SMALLDATETIME' ],
		good => [ map({ quoted($_) } ('2024-02-29 12:34:00', '1970-01-01 00:00:00', '2024-02-29 00:00:00', '2079-06-06 23:59:00')) ], bad => [] },
	{ name => 'timestamp_whole', pg => 'timestamp(0)', family => 'timestamp', decl => [ 'DATETIME2(0)', 'DATETIME2(3)' ],
		good => [ map { quoted($_) } ('2024-02-29 12:34:56', '1970-01-01 00:00:01', '2024-02-29 00:00:00') ], bad => [] },
	{ name => 'timestamptz', pg => 'timestamptz', family => 'timestamptz', decl => [ 'DATETIMEOFFSET(6)', 'DATETIMEOFFSET(7)' ],
		good => [ map({ quoted("$_ +00:00", "$_+00") } ('1970-01-01 00:00:01', '2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '2024-03-10 02:30:00', '9999-12-31 23:59:59.999999')),
			quoted('2024-02-29 18:04:56 +05:30', '2024-02-29 12:34:56+00'), quoted('2024-02-28 20:00:00 -08:00', '2024-02-29 04:00:00+00') ], bad => [] },
	{ name => 'timestamptz_utc', pg => 'timestamptz', family => 'timestamptz', decl => [ 'DATETIME2(6)', 'DATETIME' ],
		good => [ map { quoted(s/ /T/r, "$_+00") } ('1970-01-01 00:00:01', '2024-02-29 12:34:56', '2024-03-10 02:30:00') ], bad => [] },
	{ name => 'time', pg => 'time', family => 'time', decl => [ 'TIME(6)', 'TIME(7)' ],
		good => [ map { quoted($_) } ('00:00:00', '12:34:56', '12:34:56.5', '23:59:59.999999') ], bad => [] },
	{ name => 'time_fine', pg => 'time(3)', family => 'time', decl => [ 'TIME(7)' ],
		good => [ map { quoted($_) } ('00:00:00', '12:34:56.5') ], bad => [ stored("'12:34:56.1234567'", "'12:34:56.0001'") ] },
	{ name => 'domain', pg => 'shared.positive', family => 'int', safe => 1, decl => [qw(INT)], good => [ map { plain($_) } (0, 1, 2, 5, 7) ], bad => [ stored(-1) ] },
	{ name => 'inet', pg => 'inet', family => 'other', loose => 1, decl => [ 'VARCHAR(40)' ], good => [ quoted('::1'), quoted('fe80::1') ], bad => [] },
);

sub kinds { return \@kinds; }
sub variants { return [qw(plain view)]; }
sub kind_fits { my ($self, $kind, $variant) = @_; return 1; }
sub collations { return @collations; }

# ---- tables ----

sub quote { my ($name) = @_; $name =~ s/\]/]]/g; return "[$name]"; }

sub declare
{
	my ($self, $kind, $variant) = @_;
	return $kind->{decl}[ rand @{ $kind->{decl} } ];
}

sub ddl
{
	my ($self, $table) = @_;
	my $view = $table->{variant} eq 'view';
	my $name = quote($table->{name} . ($view ? ' base' : ''));
	my @columns;

	foreach my $col (@{ $table->{cols} })
	{
		my $decl = quote($col->{remote}) . ' ' . $col->{decl};
		$decl .= " COLLATE $col->{collate}" if $col->{collate} && $col->{decl} =~ /CHAR|TEXT/;
		$decl .= $col->{not_null} || ($col->{key} && $table->{key}) ? ' NOT NULL' : ' NULL';
		$decl .= ' PRIMARY KEY' if $col->{key} && $table->{key};
		push @columns, $decl;
	}
	my @sql = ("CREATE TABLE $name (" . join(', ', @columns) . ')');
	my $n = 0;
	# what is too long, or has no order, cannot be in an index
	push @sql, 'CREATE INDEX ' . quote("$table->{name} " . $n++) . " ON $name (" . join(', ', map { quote($_->{remote}) } @$_) . ')'
	  foreach grep { !grep { $_->{decl} =~ /MAX|TEXT|IMAGE|XML|400/ } @$_ } @{ $table->{indexes} };
	push @sql, 'CREATE VIEW ' . quote($table->{name}) . " AS SELECT * FROM $name" if $view;
	return @sql;
}

sub create
{
	my ($self, $table) = @_;
	$self->do_in($self->{database}, $self->ddl($table), $self->insert($table));
}

sub insert
{
	my ($self, $table) = @_;
	my @rows = map { '(' . join(', ', map { $self->show_value($_->[0]) } @$_) . ')' } @{ $table->{rows} };

	return map { 'INSERT INTO ' . quote($table->{name} . ($table->{variant} eq 'view' ? ' base' : '')) . " VALUES $_" } @rows;
}

sub replace_rows
{
	my ($self, $table) = @_;
	$self->do_in($self->{database}, 'DELETE FROM ' . quote($table->{name}), $self->insert($table));
}

sub drop
{
	my ($self, $name) = @_;
	$self->do_in($self->{database}, 'DROP TABLE ' . quote($name));
}

sub drop_all
{
	my ($self) = @_;
	foreach my $name ('t0', 't1')
	{
		$self->do_in($self->{database}, map { my ($what, $which) = @$_; "DROP $what IF EXISTS " . quote($which) } [ VIEW => $name ], [ TABLE => "$name base" ])
		  if ($self->{views}{$name} // '') eq 'view';
		$self->do_in($self->{database}, 'DROP TABLE IF EXISTS ' . quote($name)) if ($self->{views}{$name} // '') ne 'view';
	}
}

sub literal { my ($s) = @_; $s =~ s/'/''/g; return "'$s'"; }

sub table_options
{
	my ($self, $table) = @_;
	$self->{views}{ $table->{name} } = $table->{variant};
	return 'table_name ' . literal($table->{name});
}

sub column_options
{
	my ($self, $table, $col) = @_;
	my @options;

	push @options, 'column_name ' . literal($col->{remote}) if $col->{remote} ne $col->{name};
	push @options, "key 'true'" if $col->{key} && $table->{key};
	return join ', ', @options;
}

sub show_value { my ($self, $stored) = @_; return $stored ? $stored->[1] : 'NULL'; }

sub describe
{
	my ($self, $table) = @_;
	return join "\n", map { "$_;" } $self->ddl($table), $self->insert($table);
}

1;
