# The same request has the same answer wherever the tables are: all in the hub,
# all in a SQLite file, or some here and some there.
#
# Requests are made at random, with filters, orders and pages at every level,
# their values in the document or in variables.  FSQ_SEED repeats a run,
# FSQ_ROUNDS makes it longer.

use strict;
use warnings;

use DBI;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{FSQ_SEED} // int(rand(1_000_000));
my $rounds = $ENV{FSQ_ROUNDS} // 200;
srand($seed);
my $json = JSON::PP->new->canonical->ascii->allow_nonref;

# ---- the tables ----

my @words = ('', 'a', 'A', 'ab', 'b%', 'b_', "\x{e9}", 'a b', 'zz');
my %columns = (
	Apple => { id => 'id', size => 'number', name => 'text', price => 'number' },
	Berry => { id => 'id', appleId => 'id', x => 'number', s => 'text' },
	Cherry => { id => 'id', berryId => 'id', y => 'number' });
my %relations = (
	Apple => { berries => ['Berry', 1] },
	Berry => { apple => ['Apple', 0], cherries => ['Cherry', 1] },
	Cherry => { berry => ['Berry', 0] });
my %lists = (Apple => 'apples', Berry => 'berries', Cherry => 'cherries');

sub pick { return $_[rand @_]; }
sub chance { return rand() < $_[0]; }

sub literal
{
	my ($value) = @_;
	return 'NULL' unless defined $value;
	return $value if $value =~ /^[\d.]+$/;
	$value =~ s/'/''/g;
	return "'$value'";
}

my @statements = (
	'CREATE TABLE apples (id int PRIMARY KEY, size int, name text, price float)',
	'CREATE TABLE berries (id int PRIMARY KEY, apple_id int REFERENCES apples, x int, s text)',
	'CREATE TABLE cherries (id int PRIMARY KEY, berry_id int REFERENCES berries, y int)',
	(map { sprintf 'INSERT INTO apples VALUES (%d, %s, %s, %s)', $_, map { literal($_) }
		pick(undef, 1 .. 3), pick(undef, @words), pick(undef, 0.5, 1, 2.25) } 1 .. 8),
	(map { sprintf 'INSERT INTO berries VALUES (%d, %s, %s, %s)', $_, map { literal($_) }
		pick(undef, 1 .. 8), pick(undef, 1 .. 4), pick(undef, @words) } 1 .. 24),
	(map { sprintf 'INSERT INTO cherries VALUES (%d, %s, %s)', $_, map { literal($_) }
		pick(undef, 1 .. 24), pick(undef, 1, 2) } 1 .. 40));

my $file = PostgreSQL::Test::Utils::tempdir() . '/twins.db';
my $sqlite = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, sqlite_unicode => 1 });
$sqlite->do($_) for @statements;
$sqlite->disconnect;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
my $setup = join(";\n", 'CREATE EXTENSION fraiseql', 'CREATE SCHEMA local', 'CREATE SCHEMA lite', 'CREATE SCHEMA mixed',
	'SET search_path = local', @statements,
	"CREATE SERVER lite FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file')",
	'IMPORT FOREIGN SCHEMA main FROM SERVER lite INTO lite',
	'SET search_path = mixed',
	'CREATE TABLE apples AS TABLE local.apples', 'ALTER TABLE apples ADD PRIMARY KEY (id)',
	'CREATE TABLE cherries AS TABLE local.cherries', 'ALTER TABLE cherries ADD PRIMARY KEY (id)',
	q{CREATE FOREIGN TABLE berries (id int OPTIONS (key 'true'),
		apple_id int OPTIONS (references 'mixed.apples(id)'), x int, s text) SERVER lite},
	q{SELECT fraiseql.add_relationship('berry', 'cherries', '{berry_id}', 'berries', '{id}', NULL, 'cherries')});
utf8::encode($setup);
$node->safe_psql('postgres', $setup);

# ---- requests ----

# The names and values of the variables of the request that is being made.
my (@definitions, %variables);

# A value as it stands in a document; \'ASC' is an enum's value.
sub graphql
{
	my ($value) = @_;
	return $$value if ref $value eq 'SCALAR';
	return '[' . join(', ', map { graphql($_) } @$value) . ']' if ref $value eq 'ARRAY';
	return '{' . join(', ', map { "$_: " . graphql($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
	return $json->encode($value);
}

# The same value as JSON: enum values are strings.
sub plain
{
	my ($value) = @_;
	return $$value if ref $value eq 'SCALAR';
	return [ map { plain($_) } @$value ] if ref $value eq 'ARRAY';
	return { map { $_ => plain($value->{$_}) } keys %$value } if ref $value eq 'HASH';
	return $value;
}

# "name: value", with the value in a variable every other time.
sub argument
{
	my ($name, $type, $value) = @_;
	return "$name: " . graphql($value) if chance(0.5);
	my $variable = 'v' . @definitions;
	push @definitions, "\$$variable: $type";
	$variables{$variable} = plain($value);
	return "$name: \$$variable";
}

sub filter
{
	my ($kind) = @_;
	my $value = sub { $kind eq 'id' ? '' . int(1 + rand 24) : $kind eq 'number' ? int(1 + rand 4) : pick(@words) };
	my $op = pick(qw(eq neq gt gte lt lte in nin isnull),
		$kind eq 'text' ? qw(contains startswith endswith icontains istartswith iendswith like) : ());
	return {} if chance(0.05);
	return { $op => chance(0.5) ? JSON::PP::true : JSON::PP::false } if $op eq 'isnull';
	return { $op => [ map { $value->() } 1 .. rand 4 ] } if $op =~ /in$/;
	return { $op => $value->() };
}

sub where
{
	my ($type, $depth) = @_;
	my %where;
	for (1 .. rand 3)
	{
		if ($depth && chance(0.3))
		{
			my $word = pick(qw(_and _or _not));
			$where{$word} = $word eq '_not' ? where($type, $depth - 1) :
				[ map { where($type, $depth - 1) } 1 .. rand 3 ];
		}
		elsif ($depth && chance(0.4))
		{
			my $field = pick(sort keys %{ $relations{$type} });
			my ($target, $many) = @{ $relations{$type}{$field} };
			my $inner = where($target, $depth - 1);
			$where{$field} = $many ? { pick(qw(some none every)) => $inner } : $inner;
		}
		else
		{
			my $field = pick(sort keys %{ $columns{$type} });
			$where{$field} = filter($columns{$type}{$field});
		}
	}
	return \%where;
}

# By a column, or by one of a related row.
sub order
{
	my ($type, $direction, $depth) = @_;
	my @fields = grep { !$relations{$type}{$_}[1] } sort keys %{ $relations{$type} };
	my $field = $depth && @fields && chance(0.4) ? pick(@fields) : undef;
	return { $field => order($relations{$type}{$field}[0], $direction, $depth - 1) } if $field;
	return { pick(sort keys %{ $columns{$type} }) => \$direction };
}

# Arguments of a list; it always has an order, or there would be many answers.
sub arguments
{
	my ($type) = @_;
	my @directions = qw(ASC DESC ASC_NULLS_FIRST ASC_NULLS_LAST DESC_NULLS_FIRST DESC_NULLS_LAST);
	my @order = map { order($type, pick(@directions), 2) } 0 .. rand 2;
	my @arguments = argument('orderBy', "[${type}OrderByInput!]", \@order);
	push @arguments, argument('where', "${type}WhereInput", where($type, 3)) if chance(0.6);
	push @arguments, argument('limit', 'Int', int rand 5) if chance(0.4);
	push @arguments, argument('offset', 'Int', int rand 4) if chance(0.3);
	return '(' . join(', ', @arguments) . ')';
}

sub selection
{
	my ($type, $depth) = @_;
	my @fields = grep { chance(0.6) } sort keys %{ $columns{$type} };
	if ($depth)
	{
		for my $field (sort keys %{ $relations{$type} })
		{
			my ($target, $many) = @{ $relations{$type}{$field} };
			push @fields, ($many && chance(0.3) ? "more: $field" : $field) .
				($many ? arguments($target) : '') . selection($target, $depth - 1) if chance(0.6);
		}
	}
	return ' { ' . join(' ', @fields, '__typename') . ' }';
}

my (@requests, $input);
for (1 .. $rounds)
{
	(@definitions, %variables) = ();
	my $type = pick(sort keys %columns);
	my $body = "{ $lists{$type}" . arguments($type) . selection($type, 3) . ' }';
	my $request = 'query' . (@definitions ? '(' . join(', ', @definitions) . ') ' : ' ') . $body;
	my $call = sprintf 'SELECT fraiseql.graphql($q$%s$q$, $v$%s$v$);', $request, $json->encode(\%variables);
	push @requests, $call;
	$input .= 'SET fraiseql.filter_strategy = ' . pick(qw(auto related own)) . ";\n";
	$input .= "SET search_path = $_;\n$call\n" for qw(local lite mixed);
}
my @answers = split /\n/, $node->safe_psql('postgres', $input);

# ---- answers ----

# SQLite's integers are bigint, which is written as a string: compare what the
# values say.
sub normal
{
	my ($value) = @_;
	return [ map { normal($_) } @$value ] if ref $value eq 'ARRAY';
	return { map { $_ => normal($value->{$_}) } keys %$value } if ref $value eq 'HASH';
	return defined $value && $value =~ /^-?\d+(\.\d+)?$/ ? $value + 0 : $value;
}

is(scalar @answers, 3 * $rounds, "every request has an answer (seed $seed)");
my ($different, $failed, $filled) = (0, 0, 0);
for my $i (0 .. $#requests)
{
	my ($local, $lite, $mixed) = map { $json->encode(normal($json->decode($answers[ 3 * $i + $_ ]))) } 0 .. 2;
	$failed++ if $local =~ /"errors"/;
	$filled++ if $local =~ /"id"|\[\{/;
	next if $local eq $lite && $local eq $mixed;
	diag("seed $seed: $requests[$i]\nlocal $local\nlite  $lite\nmixed $mixed") if ++$different <= 3;
}
is($different, 0, 'it is the same in the hub, in SQLite, and over both');
is($failed, 0, 'none of them is an error');
cmp_ok($filled, '>', $rounds / 4, 'enough of them find rows');

done_testing();
