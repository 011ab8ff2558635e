# The PostgreSQL side of the differential test; what an engine offers is told in
# SQLite.pm.
#
# The remote server is the one of FSQ_POSTGRES_HOST, _PORT, _USER and _PASSWORD
# (test/servers/postgres.sh).  Its database orders text as ICU's en-US does:
# half of the seeds have a hub that does so too, the others one that does not.
# A stored value is PostgreSQL's text of it.

package Engine::PostgreSQL;

use strict;
use warnings;
use utf8;

use DBD::Pg;
use DBI;

my $database = "differential_$$";

sub connect_to
{
	my ($name) = @_;
	my $dbh = DBI->connect("dbi:Pg:host=$ENV{FSQ_POSTGRES_HOST};port=$ENV{FSQ_POSTGRES_PORT};dbname=$name",
		$ENV{FSQ_POSTGRES_USER}, $ENV{FSQ_POSTGRES_PASSWORD},
		{ RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1, pg_server_prepare => 0 });
	$dbh->do("SET client_min_messages = error; SET TimeZone = 'UTC'");
	return $dbh;
}

sub new
{
	my ($class, %arg) = @_;
	my $self = bless {}, $class;
	my $dbh = connect_to('postgres');

	$dbh->do("CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'");
	$self->{dbh} = connect_to($database);
	$self->{dbh}->do(<<'SQL');
CREATE SCHEMA shared;
CREATE COLLATION shared.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE shared.mood AS ENUM ('sad', 'ok', 'happy', 'Happy');
CREATE DOMAIN shared.small AS smallint CHECK (value >= 0);
SQL
	# nothing may depend on it
	$dbh->do("ALTER DATABASE $database SET search_path = nowhere");
	return $self;
}

sub hub_sql
{
	my ($self, $server) = @_;
	return "CREATE SERVER $server FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '$ENV{FSQ_POSTGRES_HOST}', port '$ENV{FSQ_POSTGRES_PORT}', database '$database'); "
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (username '$ENV{FSQ_POSTGRES_USER}', password " . literal($ENV{FSQ_POSTGRES_PASSWORD}) . ')';
}

sub DESTROY
{
	my ($self) = @_;
	local ($@, $?);
	$self->{dbh}->disconnect if $self->{dbh};
	eval { connect_to('postgres')->do("DROP DATABASE IF EXISTS $database WITH (FORCE)") };
}

# ---- kinds ----

sub values_of { return [ map { ref $_ ? [ [ text => $_->[0] ], @$_[ 1 .. $#$_ ] ] : [ [ text => $_ ], $_ ] } @_ ]; }
sub bad { return [ map { [ text => $_ ] } @_ ]; }

my @int4 = (0, 1, -1, 2, 5, 5, 7, 10, 100, 2147483647, -2147483648);
my @int8 = (@int4, '2147483648', '-2147483649', '9007199254740993', '9223372036854775807', '-9223372036854775808');
my @floats = (0, 1, -1, 2.5, 0.1, [ '-0', '-0' ], '1e+15', '1e+300', 3, '1.7976931348623157e+308', '5e-324', 'Infinity', '-Infinity', 'NaN', '0.30000000000000004');
my @halves = (0, 0.5, 1, 1.5, -2.5, 3, 3.25, 100, -100, 7);
my @words = ('', ' ', 'a', 'A', 'b', 'B', 'a ', 'a  ', 'ab', 'aB', 'Ab', 'á', 'Á', 'é', "e\x{301}", 'ä', 'z', 'Z',
	"\x{1F600}", "\x{1F600}b", "\x{FFFD}", "\x{E000}", 'ß', 'ss', 'SS', 'İ', 'i', 'I', 'ı', 'ﬁ', 'a_c', 'abc', 'a%c', 'a\\c', 'a\\', 'a*c', 'a?c', 'a[b]c',
	"it's", '"q"', '10', '9', '1e1', '1', '1.0', '-1', ' 1', '0x1', 'null', 'NULL', 'true', "tab\t", "line\n", 'ÀÉ', 'co-op', 'coop', 'CO-OP', 'x' x 300);
my @short = grep { length $_ <= 6 } @words;
my @dates = ('2024-02-29', '2024-01-01', '1970-01-01', '0001-01-01', '9999-12-31', '1999-12-31', '1582-10-10', '10000-01-01', '0044-03-15 BC', 'infinity', '-infinity');
my @stamps = ('2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:00',
	'2024-02-29 00:00:00', '0044-03-15 12:00:00 BC', '294276-12-31 23:59:59', 'infinity', '-infinity');

my @kinds = (
	{ name => 'int4', pg => 'integer', family => 'int', decl => ['integer'], good => values_of(@int4), bad => [],
		random => sub { my $v = int(rand(40)) - 20; [ [ text => $v ], $v ] } },
	{ name => 'small', pg => 'integer', family => 'int', safe => 1, decl => [ 'integer', 'smallint', 'shared.small' ], good => values_of(0 .. 9), bad => [],
		random => sub { my $v = int(rand(100)); [ [ text => $v ], $v ] } },
	{ name => 'int2', pg => 'smallint', family => 'int', decl => ['smallint'], good => values_of(0, 1, -1, 5, 32767, -32768), bad => [] },
	{ name => 'int8', pg => 'bigint', family => 'int', decl => ['bigint'], good => values_of(@int8), bad => [] },
	{ name => 'int_of_bigint', pg => 'integer', family => 'int', decl => ['bigint'], good => values_of(@int4), bad => bad('2147483648') },
	{ name => 'int_of_text', pg => 'integer', family => 'int', decl => ['text'], good => values_of(@int4, [ '007', 7 ]), bad => bad('x', '1.0', '') },
	{ name => 'float8', pg => 'double precision', family => 'float', decl => ['double precision'], good => values_of(@floats), bad => [] },
	{ name => 'half', pg => 'double precision', family => 'float', safe => 1, decl => ['double precision'], good => values_of(@halves), bad => [] },
	{ name => 'float4', pg => 'real', family => 'float', safe => 1, decl => ['real'], good => values_of(@halves, '1e+10'), bad => [] },
	{ name => 'float4_of_float8', pg => 'real', family => 'float', safe => 1, decl => ['double precision'], good => values_of(@halves), bad => bad('1.23456789012', '1e300') },
	{ name => 'numeric', pg => 'numeric', family => 'numeric', decl => ['numeric'], good => values_of(@int8, '0.1', '1.50', '1.5', '-12345678901234567890123456789012345678', 'NaN', [ '1e-30', '0.' . '0' x 29 . '1' ], 'Infinity'), bad => [] },
	{ name => 'money', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => ['numeric(12,2)'], good => values_of('1.25', '10.75', '-0.01', '19.99', [ '0.5', '0.50' ], [ '10', '10.00' ]), bad => [] },
	{ name => 'money_of_numeric', pg => 'numeric(12,2)', family => 'numeric', safe => 1, decl => ['numeric'], good => values_of('1.25', [ '10', '10.00' ]), bad => bad('1.555', '99999999999') },
	{ name => 'text', pg => 'text', family => 'text', decl => [ 'text', 'varchar', 'varchar(300)' ], collates => 1, good => values_of(@words), bad => [] },
	{ name => 'varchar', pg => 'varchar(6)', family => 'text', decl => [ 'varchar(6)', 'text' ], collates => 1, good => values_of(@short), bad => [] },
	{ name => 'varchar_of_text', pg => 'varchar(6)', family => 'text', decl => ['text'], collates => 1, good => values_of(@short), bad => bad('abcdefg') },
	{ name => 'char', pg => 'char(6)', family => 'bpchar', decl => ['char(6)'], collates => 1, good => values_of(map { [ $_, sprintf('%-6s', $_) ] } @short), bad => [] },
	{ name => 'enum', pg => 'shared.mood', family => 'enum', decl => [ 'shared.mood', 'text' ], good => values_of('sad', 'ok', 'happy', 'Happy'), bad => [] },
	{ name => 'bytea', pg => 'bytea', family => 'bytea', decl => ['bytea'], good => values_of(map { [ '\x' . unpack('H*', $_), $_ ] } '', "\0", "\0\xff", 'a', 'abc', "\xff"), bad => [] },
	{ name => 'bool', pg => 'boolean', family => 'bool', decl => ['boolean'], good => values_of([ 'true', 1 ], [ 'false', 0 ]), bad => [] },
	{ name => 'uuid', pg => 'uuid', family => 'uuid', decl => ['uuid'], good => values_of('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ffffffff-ffff-ffff-ffff-fffffffffffe', '00000000-0000-0000-0000-000000000001'), bad => [] },
	{ name => 'jsonb', pg => 'jsonb', family => 'jsonb', loose => 1, decl => ['jsonb'], good => values_of('{"a": 1}', '[]', 'null', '"x"', '{"a": 1, "b": 2}'), bad => [] },
	{ name => 'json', pg => 'json', family => 'json', decl => ['json'], good => values_of('{"a":1}', '{ "a" : 1 }', '[1,2]', 'null'), bad => [] },
	{ name => 'date', pg => 'date', family => 'date', decl => ['date'], good => values_of(@dates), bad => [] },
	{ name => 'timestamp', pg => 'timestamp', family => 'timestamp', decl => ['timestamp'], good => values_of(@stamps), bad => [] },
	{ name => 'timestamp3', pg => 'timestamp(3)', family => 'timestamp', decl => ['timestamp'], good => values_of('2024-02-29 12:34:56.123', 'infinity'), bad => bad('2024-02-29 12:34:56.1234') },
	{ name => 'timestamptz', pg => 'timestamptz', family => 'timestamptz', decl => ['timestamptz'], good => values_of(map { /inf/ ? $_ : [ s/ BC$//r . '+00' . (/ BC$/ ? ' BC' : ''), s/ BC$//r . '+00' . (/ BC$/ ? ' BC' : '') ] } @stamps), bad => [] },
	{ name => 'time', pg => 'time', family => 'time', decl => ['time'], good => values_of('00:00:00', '12:34:56', '12:34:56.5', '23:59:59.999999', '24:00:00'), bad => [] },
	{ name => 'domain', pg => 'shared.positive', family => 'int', safe => 1, decl => ['integer'], good => values_of(0, 1, 2, 5, 7), bad => bad('-1') },
	{ name => 'inet', pg => 'inet', family => 'other', loose => 1, decl => ['inet'], good => values_of('10.0.0.1', '9.0.0.0/8', '10.0.0.0/8', '::1'), bad => [] },
	{ name => 'interval', pg => 'interval', family => 'other', loose => 1, decl => ['interval'], good => values_of('1 day', '24:00:00', '1 mon', '30 days', '-1 days +02:03:04.5'), bad => [] },
	{ name => 'array', pg => 'integer[]', family => 'other', decl => ['integer[]'], good => values_of('{1,2}', '{}', '{1,NULL}', '{{1,2},{3,4}}', '{2}'), bad => [] },
	{ name => 'texts', pg => 'text[]', family => 'other', decl => ['text[]'], good => values_of('{a,b}', '{}', '{A,NULL}', '{"a b","NULL"}'), bad => [] },
	{ name => 'range', pg => 'int4range', family => 'other', decl => ['int4range'], good => values_of('[1,5)', 'empty', '[2,)', '(,)'), bad => [] },
	{ name => 'timetz', pg => 'timetz', family => 'other', decl => ['timetz'], good => values_of('12:00:00+00', '12:00:00+02', '10:00:00+00'), bad => [] },
);

sub kinds { return \@kinds; }
sub variants { return [qw(plain partitioned unlogged view)]; }
sub kind_fits { return 1; }

sub declare
{
	my ($self, $kind, $variant) = @_;
	return $kind->{decl}[ rand @{ $kind->{decl} } ];
}

# ---- tables ----

sub collations { return ('', '', 'shared.ci', '"de-x-icu"', '"C"'); }

# Every table that is made has a name of its own: the hub keeps what it knows of
# a table for a while, and does not expect another one under its name.
my ($made, %made) = (0);

sub quote { my ($name) = @_; $name =~ s/"/""/g; return "public.\"$name\""; }
sub quote_column { my ($name) = @_; $name =~ s/"/""/g; return "\"$name\""; }
sub literal { my ($s) = @_; $s =~ s/'/''/g; return "'$s'"; }

sub base_name { my ($table) = @_; return quote($made{ $table->{name} } . ($table->{variant} eq 'view' ? ' base' : '')); }

sub ddl
{
	my ($self, $table) = @_;
	my $name = base_name($table);
	my @columns;

	foreach my $col (@{ $table->{cols} })
	{
		my $decl = quote_column($col->{remote}) . ' ' . $col->{decl};
		$decl .= " COLLATE $col->{collate}" if $col->{collate};
		$decl .= ' NOT NULL' if $col->{not_null};
		$decl .= ' PRIMARY KEY' if $col->{key} && $table->{key};
		push @columns, $decl;
	}
	my @sql = ('CREATE ' . ($table->{variant} eq 'unlogged' ? 'UNLOGGED ' : '') . "TABLE $name (" . join(', ', @columns) . ')'
		  . ($table->{variant} eq 'partitioned' ? ' PARTITION BY HASH (id)' : ''));
	push @sql, map { 'CREATE TABLE ' . quote("$made{ $table->{name} } part $_") . " PARTITION OF $name FOR VALUES WITH (MODULUS 2, REMAINDER $_)" } 0, 1
	  if $table->{variant} eq 'partitioned';
	foreach my $index (@{ $table->{indexes} })
	{
		push @sql, "CREATE INDEX ON $name (" . join(', ', map { quote_column($_->{remote}) } @$index) . ')'
		  unless grep { $_->{decl} =~ /json$/ } @$index;
	}
	push @sql, 'CREATE VIEW ' . quote($made{ $table->{name} }) . " AS SELECT * FROM $name" if $table->{variant} eq 'view';
	return @sql;
}

sub insert
{
	my ($self, $table) = @_;
	my @rows = map { '(' . join(', ', map { $self->show_value($_->[0]) } @$_) . ')' } @{ $table->{rows} };

	return @rows ? 'INSERT INTO ' . base_name($table) . " VALUES\n" . join(",\n", @rows) : undef;
}

sub load
{
	my ($self, $table) = @_;
	my $insert = $self->insert($table) or return;
	$self->{dbh}->do($insert);
}

sub create
{
	my ($self, $table) = @_;
	my $dbh = $self->{dbh};

	$made{ $table->{name} } = "$table->{name} " . ++$made;
	$dbh->do('SET search_path = public');
	$dbh->do($_) foreach $self->ddl($table);
	$self->load($table);
	$dbh->do('ANALYZE ' . base_name($table)) if $table->{analyze};
}

sub replace_rows
{
	my ($self, $table) = @_;

	$self->{dbh}->do('DELETE FROM ' . base_name($table));
	$self->load($table);
}

sub drop { my ($self, $name) = @_; $self->{dbh}->do('DROP TABLE ' . quote($made{$name})); }
sub drop_all { my ($self) = @_; $self->{dbh}->do('DROP SCHEMA public CASCADE; CREATE SCHEMA public'); }

sub table_options
{
	my ($self, $table) = @_;
	return "schema_name 'public', table_name " . literal($made{ $table->{name} });
}

sub column_options
{
	my ($self, $table, $col) = @_;
	my @options;

	push @options, 'column_name ' . literal($col->{remote}) if $col->{remote} ne $col->{name};
	push @options, "key 'true'" if $col->{key} && $table->{key};
	return join ', ', @options;
}

sub show_value
{
	my ($self, $stored) = @_;
	return $stored ? literal($stored->[1]) : 'NULL';
}

sub describe
{
	my ($self, $table) = @_;
	return join "\n", map { "$_;" } $self->ddl($table), $self->insert($table) // ();
}

1;
