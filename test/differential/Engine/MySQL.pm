# The MySQL and MariaDB side of the differential test: see Engine/SQLite.pm for
# what an engine offers.  A stored value is ['sql', text]: a literal.
#
# The environment says where a server of test/servers/mariadb.sh runs:
# FSQ_MARIADB, its directory.

package Engine::MySQL;

use strict;
use warnings;
use utf8;

use DBI;
use Encode qw(encode_utf8);

sub new
{
	my ($class, %arg) = @_;
	my $dir = $ENV{FSQ_MARIADB} or die "FSQ_MARIADB must name the directory of a server of test/servers/mariadb.sh\n";
	my $self = bless { dir => $dir, database => "differential_$$" }, $class;

	open my $file, '<', "$dir/port" or die "$dir/port: $!\n";
	chomp($self->{port} = <$file>);
	$self->{dbh} = DBI->connect("dbi:MariaDB:host=127.0.0.1;port=$self->{port}", 'hub', 'secret',
		{ RaiseError => 1, PrintError => 0, AutoCommit => 1 });
	# what is stored may be anything
	$self->{dbh}->do("SET sql_mode = 'NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES', time_zone = '+00:00'");
	$self->{dbh}->do("CREATE DATABASE $self->{database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");
	$self->{dbh}->do("USE $self->{database}");
	return $self;
}

sub DESTROY
{
	my ($self) = @_;
	local $?;
	eval { $self->{dbh}->do("DROP DATABASE $self->{database}") };
}

sub hub_sql
{
	my ($self, $server) = @_;
	return "CREATE SERVER $server FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port '$self->{port}', database '$self->{database}'); "
	  . "CREATE USER MAPPING FOR PUBLIC SERVER $server OPTIONS (username 'hub', password 'secret')";
}

# ---- values ----

# the same text in MySQL's literal and in PostgreSQL's answer, unless told otherwise
sub plain { my ($v, @expected) = @_; return [ [ sql => $v ], @expected ? @expected : $v ]; }
sub quoted { my ($v, @expected) = @_; return [ [ sql => "'$v'" ], @expected ? @expected : $v ]; }
sub text_of { my ($v, @expected) = @_; return [ [ sql => "_utf8mb4 x'" . unpack('H*', encode_utf8($v)) . "'" ], @expected ? @expected : $v ]; }
sub bytes_of { my ($v) = @_; return [ [ sql => "x'" . unpack("H*", $v) . "'" ], $v ]; }
sub stored { return map { [ sql => $_ ] } @_; }

my @int4 = map { plain($_) } (0, 1, -1, 2, 5, 5, 7, 10, 100, 2147483647, -2147483648);
my @int8 = (@int4, map { plain($_) } ('2147483648', '-2147483649', '9007199254740993', '9223372036854775807', '-9223372036854775808'));
my @floats = (
	plain('0e0', 0), plain('1e0', 1), plain('-1e0', -1), plain('2.5e0', 2.5), plain('1e-1', 0.1), plain('-0e0', '0', '-0'),
	plain('1e15', '1e+15'), plain('1e300', '1e+300'), plain('3e0', 3), plain('1.7976931348623157e308', '1.7976931348623157e+308'),
	plain('2.2250738585072014e-308'), plain('9007199254740992e0', '9007199254740992'), plain('0.30000000000000004e0', '0.30000000000000004'));
my @halves = map { plain("${_}e0", $_) } (0, 0.5, 1, 1.5, -2.5, 3, 3.25, 100, -100, 7);
my @latin = ('', ' ', 'a', 'A', 'b', 'B', 'a ', 'a  ', 'ab', 'aB', 'Ab', 'á', 'Á', 'é', 'ä', 'z', 'Z', 'ß', 'ss', 'SS', 'i', 'I',
	'a_c', 'abc', 'a%c', 'a\\c', 'a\\', 'a*c', "it's", '"q"', '10', '9', '1e1', '1', '1.0', '-1', ' 1', '0x1', 'null', 'true', '?',
	"tab\t", "line\n", 'ÀÉ', 'co-op', 'coop', 'CO-OP');
my @beyond = ("e\x{301}", "\x{FFFD}", "\x{E000}", 'İ', 'ı', 'ﬁ', 'ａ');
my @astral = ("\x{1F600}", "\x{1F600}b", "\x{1F601}");
my @latin_words = map { text_of($_) } @latin;
my @words = map { text_of($_) } @latin, @beyond, @astral, 'x' x 300;
my @utf8mb3_words = map { text_of($_) } @latin, @beyond;
my @not_text = stored("_utf8mb4 x'610062'", "_utf8mb4 x'00'");
my @zero_dates = stored("'0000-00-00'", "'2024-00-01'", "'2024-01-00'", "'2023-02-30'");
my @instants = ('1970-01-01 00:00:01', '2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '2037-12-31 23:59:59.999999', '2024-03-10 02:30:00');

# ---- kinds ----

my @kinds = (
	{ name => 'int4', pg => 'integer', family => 'int', decl => [qw(INTEGER BIGINT)],
		good => \@int4, bad => [], random => sub { plain(int(rand(40)) - 20) } },
	{ name => 'small', pg => 'integer', family => 'int', safe => 1, decl => [qw(INTEGER SMALLINT MEDIUMINT TINYINT)],
		good => [ map { plain($_) } (-3 .. 6) ], bad => [], random => sub { plain(int(rand(200)) - 100) } },
	{ name => 'int2', pg => 'smallint', family => 'int', decl => [qw(SMALLINT)], good => [ map { plain($_) } (0, 1, -1, 5, 32767, -32768) ], bad => [] },
	{ name => 'int_wide', pg => 'smallint', family => 'int', decl => [qw(INTEGER BIGINT)],
		good => [ map { plain($_) } (0, 1, -1, 5, 32767, -32768) ], bad => [ stored(32768, -32769) ] },
	{ name => 'int8', pg => 'bigint', family => 'int', decl => [qw(BIGINT)], good => \@int8, bad => [] },
	{ name => 'unsigned', pg => 'bigint', family => 'int', decl => [ 'INT UNSIGNED', 'INT UNSIGNED ZEROFILL' ],
		good => [ map { plain($_) } (0, 1, 2, 5, 7, '4294967295') ], bad => [] },
	{ name => 'unsigned8', pg => 'bigint', family => 'int', decl => [ 'BIGINT UNSIGNED' ],
		good => [ map { plain($_) } (0, 1, 5, 7, '9223372036854775807') ], bad => [ stored('9223372036854775808', '18446744073709551615') ] },
	{ name => 'unsigned_numeric', pg => 'numeric(20)', family => 'numeric', decl => [ 'BIGINT UNSIGNED' ],
		good => [ map { plain($_) } (0, 1, 5, 7, '9223372036854775807', '18446744073709551615') ], bad => [] },
	{ name => 'bits', pg => 'bigint', family => 'int', decl => [ 'BIT(40)' ], good => [ map { plain($_) } (0, 1, 5, 7, 255, 256, '1099511627775') ], bad => [] },
	{ name => 'year', pg => 'smallint', family => 'int', decl => [ 'YEAR' ], good => [ map { plain($_) } (1901, 1999, 2000, 2024, 2155) ], bad => [] },
	{ name => 'float8', pg => 'double precision', family => 'float', decl => [qw(DOUBLE)], good => \@floats, bad => [],
		random => sub { my $v = (int(rand(2000)) - 1000) / 8; plain("${v}e0", $v) } },
	{ name => 'half', pg => 'double precision', family => 'float', safe => 1, decl => [qw(DOUBLE FLOAT)], good => \@halves, bad => [] },
	{ name => 'float4', pg => 'real', family => 'float', safe => 1, decl => [qw(FLOAT)], good => [ @halves, plain('1e10', '1e+10') ], bad => [] },
	{ name => 'numeric', pg => 'numeric(30,10)', family => 'numeric', decl => [ 'DECIMAL(30,10)' ],
		good => [ map { plain(@$_) } ([ 0, '0.0000000000' ], [ 1, '1.0000000000' ], [ '-1.5', '-1.5000000000' ], [ '0.0000000001' ], [ '12345678901234567890.0123456789' ], [ '-99999999999999999999.9999999999' ]) ], bad => [] },
	{ name => 'money', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => [ 'DECIMAL(12,2)', 'DECIMAL(14,4)' ],
		good => [ map({ plain($_) } ('1.25', '10.75', '-0.01', '19.99')), plain('0.5', '0.50'), plain('10', '10.00') ], bad => [] },
	{ name => 'money_wide', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => [ 'DECIMAL(20,4)' ],
		good => [ map({ plain($_) } ('1.25', '10.75')), plain('0.5', '0.50') ], bad => [ stored('1.555', '12345678901.00') ] },
	{ name => 'numeric_free', pg => 'numeric', family => 'numeric', loose => 1, decl => [ 'DECIMAL(65,30)', 'DECIMAL(40,30)' ],
		good => [ plain('1.5', '1.500000000000000000000000000000'), plain('0.000000000000000000000000000001'), plain('-9999999999.999999999999999999999999999999') ], bad => [] },
	{ name => 'text', pg => 'text', family => 'text', decl => [ 'TEXT', 'VARCHAR(400)', 'LONGTEXT' ], collates => 1, good => \@words, bad => \@not_text },
	{ name => 'text_short', pg => 'text', family => 'text', decl => [ 'VARCHAR(60)' ], collates => 1,
		good => [ grep { length $_->[1] <= 60 } @words ], bad => \@not_text },
	{ name => 'latin1', pg => 'text', family => 'text', decl => [ 'VARCHAR(60) CHARACTER SET latin1', 'TEXT CHARACTER SET latin1 COLLATE latin1_general_cs', 'VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin' ],
		good => \@latin_words, bad => [] },
	{ name => 'utf8mb3', pg => 'text', family => 'text', decl => [ 'VARCHAR(60) CHARACTER SET utf8mb3', 'VARCHAR(60) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci', 'VARCHAR(60) CHARACTER SET ucs2' ],
		good => \@utf8mb3_words, bad => [] },
	{ name => 'varchar', pg => 'varchar(6)', family => 'text', decl => [ 'VARCHAR(6)', 'TINYTEXT' ], collates => 1,
		good => [ grep { length $_->[1] <= 6 } @words ], bad => [] },
	{ name => 'varchar_wide', pg => 'varchar(6)', family => 'text', decl => [ 'VARCHAR(20)' ], collates => 1,
		good => [ grep { length $_->[1] <= 6 } @words ], bad => [ stored("'abcdefg'") ] },
	{ name => 'char', pg => 'char(6)', family => 'bpchar', decl => [ 'CHAR(6)', 'VARCHAR(6)' ], collates => 1,
		good => [ map { [ $_->[0], sprintf('%-6s', $_->[1]) ] } grep { length $_->[1] <= 6 } @words ], bad => [] },
	{ name => 'enum', pg => 'text', family => 'text', decl => [ "ENUM('sad', 'ok', 'happy', 'Zest', '')" ], good => [ map { text_of($_) } ('sad', 'ok', 'happy', 'Zest', '') ], bad => [] },
	{ name => 'set', pg => 'text', family => 'text', decl => [ "SET('a', 'b', 'c')" ], good => [ map { text_of($_) } ('', 'a', 'a,b', 'a,b,c', 'c') ], bad => [] },
	{ name => 'enum_here', pg => 'shared.mood', family => 'enum', decl => [ "ENUM('ok', 'sad', 'happy')", 'VARCHAR(10)' ],
		good => [ map { text_of($_) } ('sad', 'ok', 'happy') ], bad => [] },
	{ name => 'bytea', pg => 'bytea', family => 'bytea', decl => [ 'BLOB', 'VARBINARY(20)', 'LONGBLOB' ],
		good => [ map { bytes_of($_) } ('', "\0", "\0\xff", 'a', 'A', 'a ', 'abc', "\xff", "it's", '1') ], bad => [] },
	{ name => 'bool', pg => 'boolean', family => 'bool', decl => [ 'TINYINT(1)', 'BOOLEAN', 'BIT(1)' ], good => [ plain(0), plain(1) ], bad => [] },
	{ name => 'bool_wide', pg => 'boolean', family => 'bool', decl => [ 'TINYINT(1)' ], good => [ plain(0), plain(1) ], bad => [ stored(2, -1) ] },
	{ name => 'uuid', pg => 'uuid', family => 'uuid', decl => [ 'CHAR(36)', 'VARCHAR(36) COLLATE utf8mb4_bin', 'CHAR(36) CHARACTER SET ascii' ],
		good => [ map({ (quoted($_), quoted(uc $_, $_)) } ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe')),
			quoted('00000000-0000-0000-0000-000000000001') ], bad => [] },
	{ name => 'uuid_native', pg => 'uuid', family => 'uuid', decl => [ 'UUID' ],
		good => [ map { quoted($_) } ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe', '00000000-0000-0000-0000-000000000001') ], bad => [] },
	{ name => 'uuid_binary', pg => 'uuid', family => 'uuid', decl => [ 'BINARY(16)' ],
		good => [ map { my $hex = $_; $hex =~ s/-//g; [ [ sql => "x'$hex'" ], $_ ] } ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe', '00000000-0000-0000-0000-000000000001') ], bad => [] },
	{ name => 'jsonb', pg => 'jsonb', family => 'jsonb', loose => 1, decl => [ 'JSON', 'TEXT' ],
		good => [ quoted('{"a":1}', '{"a": 1}'), quoted('[]'), quoted('null'), quoted('{"b":2,"a":1}', '{"a": 1, "b": 2}') ], bad => [] },
	{ name => 'date', pg => 'date', family => 'date', decl => [ 'DATE' ],
		good => [ map { quoted($_) } ('2024-02-29', '2024-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '1999-12-31', '1582-10-10') ], bad => \@zero_dates },
	{ name => 'timestamp', pg => 'timestamp', family => 'timestamp', decl => [ 'DATETIME(6)' ],
		good => [ map { quoted($_) } ('2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00', '2024-02-29 00:00:00') ],
		bad => [ stored("'0000-00-00 00:00:00'", "'2024-00-01 10:00:00'") ] },
	{ name => 'timestamp_whole', pg => 'timestamp(0)', family => 'timestamp', decl => [ 'DATETIME', 'TIMESTAMP NULL' ],
		good => [ map { quoted($_) } ('2024-02-29 12:34:56', '1970-01-01 00:00:01', '2024-02-29 00:00:00') ], bad => [] },
	{ name => 'timestamptz', pg => 'timestamptz', family => 'timestamptz', decl => [ 'TIMESTAMP(6) NULL', 'DATETIME(6)' ],
		good => [ map { quoted($_, "$_+00") } @instants ], bad => [ stored("'0000-00-00 00:00:00'") ] },
	{ name => 'time', pg => 'time', family => 'time', decl => [ 'TIME(6)' ],
		good => [ map { quoted($_) } ('00:00:00', '12:34:56', '12:34:56.5', '23:59:59.999999', '24:00:00') ], bad => [ stored("'24:00:01'", "'-00:00:01'", "'838:59:59'") ] },
	{ name => 'interval', pg => 'interval', family => 'other', loose => 1, decl => [ 'TIME' ],
		good => [ map { quoted($_) } ('00:00:00', '101:02:03', '-01:00:00') ], bad => [] },
	{ name => 'domain', pg => 'shared.positive', family => 'int', safe => 1, decl => [qw(INTEGER)], good => [ map { plain($_) } (0, 1, 2, 5, 7) ], bad => [ stored(-1) ] },
	{ name => 'inet', pg => 'inet', family => 'other', loose => 1, decl => [ 'INET6', 'VARCHAR(40)' ], good => [ quoted('::1'), quoted('fe80::1') ], bad => [] },
);

sub kinds { return \@kinds; }
sub variants { return [qw(plain view)]; }
sub kind_fits { my ($self, $kind, $variant) = @_; return 1; }
sub collations { return ('', '', qw(utf8mb4_unicode_ci utf8mb4_bin utf8mb4_nopad_bin utf8mb4_unicode_nopad_ci utf8mb4_uca1400_as_cs)); }

# ---- tables ----

sub quote { my ($name) = @_; $name =~ s/`/``/g; return "`$name`"; }

sub declare
{
	my ($self, $kind, $variant) = @_;
	return $kind->{decl}[ rand @{ $kind->{decl} } ];
}

# A column of an index: of long text, the beginning.
sub indexed
{
	my ($col) = @_;
	return quote($col->{remote}) . ($col->{decl} =~ /TEXT|BLOB|VARCHAR\(400\)/ ? '(20)' : '');
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
		$decl .= " COLLATE $col->{collate}" if $col->{collate} && $col->{decl} !~ /CHARACTER SET|COLLATE/;
		if ($col->{not_null} || ($col->{key} && $table->{key})) { $decl =~ s/ NULL$//; $decl .= ' NOT NULL'; }
		$decl .= ' PRIMARY KEY' if $col->{key} && $table->{key};
		push @columns, $decl;
	}
	my @sql = ("CREATE TABLE $name (" . join(', ', @columns) . ')');
	my $n = 0;
	push @sql, 'CREATE INDEX ' . quote("$table->{name} " . $n++) . " ON $name (" . join(', ', map { indexed($_) } @$_) . ')'
	  foreach @{ $table->{indexes} };
	push @sql, 'CREATE VIEW ' . quote($table->{name}) . " AS SELECT * FROM $name" if $view;
	return @sql;
}

sub create
{
	my ($self, $table) = @_;
	my $insert = $self->insert($table);

	$self->{dbh}->do($_) foreach $self->ddl($table), $insert // ();
	$self->{dbh}->do('ANALYZE TABLE ' . quote($table->{name})) if $table->{analyze} && $table->{variant} ne 'view';
}

sub insert
{
	my ($self, $table) = @_;
	my @rows = map { '(' . join(', ', map { $self->show_value($_->[0]) } @$_) . ')' } @{ $table->{rows} };

	return @rows ? 'INSERT INTO ' . quote($table->{name} . ($table->{variant} eq 'view' ? ' base' : '')) . " VALUES\n" . join(",\n", @rows) : undef;
}

sub replace_rows
{
	my ($self, $table) = @_;
	my $insert = $self->insert($table);

	$self->{dbh}->do('DELETE FROM ' . quote($table->{name}));
	$self->{dbh}->do($insert) if $insert;
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

	foreach my $what ([ VIEW => 'VIEW' ], [ TABLE => 'BASE TABLE' ])
	{
		my $names = $dbh->selectcol_arrayref('SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = ?',
			undef, $self->{database}, $what->[1]);
		$dbh->do("DROP $what->[0] " . quote($_)) foreach @$names;
	}
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
	return join ', ', @options;
}

sub show_value { my ($self, $stored) = @_; return $stored ? $stored->[1] : 'NULL'; }

sub describe
{
	my ($self, $table) = @_;
	return join "\n", map { "$_;" } $self->ddl($table), $self->insert($table) // ();
}

1;
