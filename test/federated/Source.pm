# Where tables of the federated differential test can be: in the hub, and in the
# databases of all engines, whose modules are those of the differential test.
#
# A kind of column has several types in the hub that write the same JSON, and in
# each engine several declarations that hold the same values.

package Source;

use strict;
use warnings;
use utf8;

use Tables;

sub pick { return $_[ rand @_ ]; }

# ---- kinds ----

# The types of a kind in the hub; the first is the reference's.
our %hub_types = (
	id => [ 'bigint', 'integer', 'bigint', 'numeric', 'numeric(9,0)', 'smallint' ],
	number => [ 'integer', 'integer', 'smallint' ],
	text => [ 'text', 'text', 'varchar', 'varchar(60)' ],
	short => [ 'varchar(40)', 'text', 'varchar(40)' ],
	guid => [ 'text', 'text', 'varchar(40)' ],
	char36 => [ 'text', 'char(36)', 'varchar(36)', 'text' ],
	float => [ 'double precision', 'double precision' ],
	bool => ['boolean'],
	date => ['date'],
	timestamp => ['timestamp'],
	price => [ 'numeric(10,2)', 'numeric(10,2)', 'numeric(12,2)' ],
	uuid => ['uuid']);

my $postgres_text = [ 'text', 'varchar(60)' ];
my %declarations = (
	sqlite => {
		id => ['INTEGER'], number => ['INTEGER'], text => ['TEXT'], short => ['TEXT'], guid => ['TEXT'], char36 => ['TEXT'],
		float => ['REAL'], bool => ['BOOLEAN'], date => ['DATE'], timestamp => ['DATETIME'], price => ['TEXT'], uuid => [ 'TEXT', 'CHAR(36)' ] },
	mysql => {
		id => [ 'INT', 'BIGINT', 'INT UNSIGNED', 'DECIMAL(12,0)', 'SMALLINT' ], number => [ 'INT', 'SMALLINT' ],
		text => [ 'VARCHAR(60)', 'TEXT' ], short => ['VARCHAR(40)'], guid => [ 'VARCHAR(40)', 'TEXT' ], char36 => [ 'CHAR(36)', 'VARCHAR(36)' ],
		float => ['DOUBLE'], bool => [ 'BOOLEAN', 'BIT(1)' ], date => ['DATE'], timestamp => ['DATETIME(6)'],
		price => [ 'DECIMAL(10,2)', 'DECIMAL(14,4)' ], uuid => [ 'CHAR(36)', 'VARCHAR(36) COLLATE utf8mb4_bin', 'UUID', 'BINARY(16)' ] },
	postgresql => {
		id => [qw(integer bigint numeric smallint)], number => [qw(integer smallint)], text => $postgres_text, short => $postgres_text,
		guid => $postgres_text, char36 => [ 'char(36)', 'text' ], float => ['double precision'], bool => ['boolean'], date => ['date'],
		timestamp => ['timestamp'], price => [ 'numeric(10,2)', 'numeric' ], uuid => [ 'uuid', 'text' ] },
	sqlserver => {
		id => [ 'INT', 'BIGINT', 'SMALLINT', 'DECIMAL(12,0)' ], number => [ 'INT', 'SMALLINT' ], text => [ 'NVARCHAR(60)', 'NVARCHAR(MAX)' ],
		short => ['NVARCHAR(40)'], guid => [ 'NVARCHAR(40)', 'VARCHAR(40)' ], char36 => [ 'CHAR(36)', 'NVARCHAR(36)' ], float => ['FLOAT'],
		bool => ['BIT'], date => ['DATE'], timestamp => ['DATETIME2(6)'], price => [ 'DECIMAL(10,2)', 'DECIMAL(14,4)' ],
		uuid => [ 'UNIQUEIDENTIFIER', 'CHAR(36)' ] });

# A value as the engine's module stores it.
sub stored
{
	my ($engine, $col, $value) = @_;
	my ($kind, $text) = ($col->{kind}{name}, $value);

	return undef unless defined $value;
	if ($kind eq 'uuid')
	{
		$text =~ s/-//g if $col->{decl} eq 'BINARY(16)';
		return [ sql => "x'$text'" ] if $col->{decl} eq 'BINARY(16)';
		$text = uc $value if $col->{decl} =~ /CHAR|TEXT|text/ && $col->{upper};
		return $engine eq 'sqlserver' ? [ sql => "'$text'" ] : text_of($engine, $text);
	}
	return $engine eq 'postgresql' ? [ text => $value ] : $engine eq 'sqlite' ? [ int => $value eq 'true' ? 1 : 0 ] : [ sql => $value eq 'true' ? 1 : 0 ]
	  if $kind eq 'bool';
	return text_of($engine, $value) if $kind =~ /^(text|short|guid|char36)$/;
	return $engine eq 'postgresql' ? [ text => $value ] : $engine eq 'sqlite' ? [ ($kind eq 'float' ? 'real' : $kind eq 'price' ? 'text' : 'int') => $value ]
	  : [ sql => $kind eq 'float' ? "${value}e0" : $value ]
	  if $kind =~ /^(id|number|float|price)$/;
	return $engine =~ /^(postgresql|sqlite)$/ ? [ text => $value ] : [ sql => "'$value'" ];
}

sub text_of
{
	my ($engine, $value) = @_;
	return [ text => $value ] if $engine eq 'postgresql';
	return $engine eq 'mysql' ? Engine::MySQL::text_of($value)->[0] : $engine eq 'sqlite' ? Engine::SQLite::text_of($value)->[0]
	  : Engine::SQLServer::text_of($value)->[0];
}

# ---- tables ----

# Put a table's rows into an engine's database under a new name: what its module
# and foreign_table() need to know of it.
sub make_remote
{
	my ($name, $engine, $suffix) = @_;
	my $table = $Tables::tables{$name};
	my $text_key = grep { $table->{column}{$_}{kind} eq 'text' } @{ $table->{key} };
	my %key = map { $_ => 1 } @{ $table->{key} };
	my @columns;

	foreach my $column (@{ $table->{columns} })
	{
		my $kind = $column->{kind};
		my %col = (name => $column->{name}, remote => $column->{name}, kind => { name => $kind }, key => $key{ $column->{name} },
			decl => pick(@{ $declarations{ $engine->{name} }{$kind} }), upper => rand() < 0.5);

		$col{remote} = pick("Col $column->{name}", "x$column->{name}", "order") if rand() < 0.2;
		$col{remote} .= " $column->{index}" if $col{remote} eq 'order';
		$col{collate} = pick($engine->{module}->collations, $engine->{name} eq 'sqlite' ? 'NOCASE' : ()) if $kind =~ /^(text|short|guid)$/;
		$col{collate} = '' if $engine->{name} eq 'sqlserver' && $col{decl} =~ /^VARCHAR/;
		push @columns, \%col;
	}
	my $made = { name => "${name}_$suffix", variant => pick('plain', 'plain', 'plain', 'view'), cols => \@columns,
		key => @{ $table->{key} } == 1 && !$text_key, analyze => rand() < 0.5,
		indexes => [ [ grep { $_->{key} } @columns ] ] };
	$made->{indexes} = [] if $text_key;
	$made->{rows} = [ map { my $row = $_; [ map { [ stored($engine->{name}, $columns[$_], $row->[$_]) ] } 0 .. $#columns ] } Tables::visible($name) ];
	$engine->{module}->create($made);
	return $made;
}

# A type for each column of a table in a placement.
sub hub_columns
{
	my ($name) = @_;
	return map { [ $_, pick(@{ $hub_types{ $_->{kind} } }) ] } @{ $Tables::tables{$name}{columns} };
}

# The hub's foreign table over a table of an engine.
sub foreign_table
{
	my ($name, $schema, $engine, $made) = @_;
	my %made = map { $_->{name} => $_ } @{ $made->{cols} };
	my %key = map { $_ => 1 } @{ $Tables::tables{$name}{key} };
	my $server = pick("$engine->{name}_a", "$engine->{name}_a", "$engine->{name}_b");
	my @types = hub_columns($name);
	my @keys = grep { $key{ $_->[0]{name} } } @types;

	# in any order, but that of the key is that of its columns
	@types = map { $key{ $_->[0]{name} } ? shift @keys : $_ } map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] } @types if rand() < 0.3;
	my @columns = map {
		my ($col, $type) = @$_;
		my @options = $engine->{module}->column_options({ %$made, key => 1 }, $made{ $col->{name} });

		"$col->{name} $type" . (length $options[0] ? " OPTIONS ($options[0])" : '') . ($key{ $col->{name} } ? ' NOT NULL' : '')
	} @types;

	return "CREATE FOREIGN TABLE $schema.$name (" . join(', ', @columns) . ") SERVER $server OPTIONS (" . $engine->{module}->table_options($made) . ");\n"
	  . (rand() < 0.3 ? "ANALYZE $schema.$name;\n" : '');
}

sub literal
{
	my ($value) = @_;

	return 'NULL' unless defined $value;
	$value =~ s/'/''/g;
	$value =~ s/\\/\\\\/g;
	return $value =~ /\\/ ? "E'$value'" : "'$value'";
}

# A table of the hub; the reference's has the first type of each kind.
sub local_table
{
	my ($name, $schema, $reference) = @_;
	my $table = $Tables::tables{$name};
	my @columns = $reference ? map { [ $_, $hub_types{ $_->{kind} }[0] ] } @{ $table->{columns} } : hub_columns($name);
	my $key = join ', ', @{ $table->{key} };
	my $parts = !$reference && rand() < 0.2;
	my $sql = "CREATE TABLE $schema.$name (" . join(', ', map { "$_->[0]{name} $_->[1]" } @columns) . ", PRIMARY KEY ($key))"
	  . ($parts ? " PARTITION BY HASH ($table->{key}[0])" : '') . ";\n";

	$sql .= join '', map { "CREATE TABLE $schema.${name}_part$_ PARTITION OF $schema.$name FOR VALUES WITH (MODULUS 2, REMAINDER $_);\n" } 0, 1 if $parts;
	$sql .= "INSERT INTO $schema.$name VALUES\n" . join(",\n", map { '(' . join(', ', map { literal($_) } @$_) . ')' } @{ $Tables::rows{$name} }) . ";\n";
	$sql .= join '', map { "CREATE INDEX ON $schema.$name ($_);\n" } Tables::sides($name) if $reference;
	$sql .= "ALTER TABLE $schema.$name ENABLE ROW LEVEL SECURITY; CREATE POLICY visible ON $schema.$name USING (NOT secret);\n" if $table->{column}{secret};
	$sql .= "ANALYZE $schema.$name;\n" if rand() < 0.5;
	return $sql;
}

# The relationships of a schema, and who may read it.
sub schema_rest
{
	my ($schema) = @_;
	my $sql = '';

	foreach my $r (@Tables::relationships)
	{
		my ($source, $field, $columns, $target, $others, $reverse, $cardinality) = @$r;

		$sql .= sprintf "SELECT fraiseql.add_relationship('%s', '%s.%s', '{%s}', '%s.%s', '{%s}', '%s', '%s');\n",
		  $field, $schema, $source, join(',', @$columns), $schema, $target, join(',', @$others), $cardinality // 'one', $reverse;
	}
	return $sql . "GRANT USAGE ON SCHEMA $schema TO federated_reader; GRANT SELECT ON ALL TABLES IN SCHEMA $schema TO federated_reader;\n";
}

1;
