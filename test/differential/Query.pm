# Random queries for the differential test.
#
# A query is a hash of parts (see render) so that it can be made smaller when it
# shows a difference.  Expressions are SQL text; a parameter stands in it as
# \x02n\x02 and its type and values in {params}[n].
#
# What a query may not contain is whatever has more than one right answer: a sum
# of floats in any order, a representative of a group whose members are equal but
# not identical ("loose" kinds), LIMIT without a total order (see {compare}).
# Expressions that can raise an error stand alone (see "risky"), because SQL does
# not say which of two conditions is evaluated first.

package Query;

use strict;
use warnings;
use utf8;

sub pick { return $_[ rand @_ ]; }
sub chance { return rand() < $_[0]; }

sub new
{
	my ($class, %arg) = @_;
	return bless { tables => $arg{tables}, params => [], risky => 0, prepared => $arg{prepared}, wanted => $arg{shape} }, $class;
}

# ---- constants and parameters ----

sub quote { my ($s) = @_; $s =~ s/'/''/g; return $s =~ /\\/ ? "E'" . ($s =~ s/\\/\\\\/gr) . "'" : "'$s'"; }

# The text of a value of that kind, as its type's input function takes it.
sub input_text
{
	my ($kind, $value) = @_;
	return $kind->{family} eq 'bytea' ? '\\x' . unpack('H*', $value) : $value;
}

sub base_type { my ($kind) = @_; return $kind->{pg} =~ s/^(varchar|char|numeric)\(.*/$1/r; }

# One of the values a column may hold, or a neighbour of it.
sub some_value
{
	my ($self, $kind) = @_;
	my $v = input_text($kind, pick(@{ $kind->{good} })->[1]);

	$v .= pick(' ', 'a', 'z', '_') if $kind->{family} eq 'text' && chance(0.05);
	$v = $v + pick(-1, 1) if $kind->{family} eq 'int' && $v =~ /^-?\d{1,4}$/ && chance(0.1);
	return $v;
}

# A constant or parameter of the kind's type.
sub constant
{
	my ($self, $kind, $type) = @_;
	my $family = $kind->{family};

	$type //= base_type($kind);
	$type = 'integer' if $type eq 'shared.positive';
	return "NULL::$type" if chance(0.03);
	if ($self->{prepared} && chance(0.7))
	{
		return $self->param($type, map { chance(0.05) ? undef : $self->some_value($kind) } 1 .. 3);
	}
	my $v = $self->some_value($kind);
	return $v =~ /^-/ ? "($v)" : $v if $family =~ /^(int|numeric)$/ && chance(0.7);
	return quote($v) if $family eq 'text' && chance(0.5);
	return quote($v) . "::$type";
}

sub param
{
	my ($self, $type, @values) = @_;
	push @{ $self->{params} }, { type => $type, values => \@values };
	return "\x02$#{ $self->{params} }\x02";
}

sub array_constant
{
	my ($self, $kind) = @_;
	my $type = base_type($kind);
	my $one = sub {
		my @v = map { chance(0.08) ? undef : $self->some_value($kind) } 1 .. int(rand(5)) + (chance(0.1) ? 0 : 1);
		return '{' . join(',', map { defined $_ ? '"' . s/(["\\])/\\$1/gr . '"' : 'NULL' } @v) . '}';
	};

	$type = 'integer' if $type eq 'shared.positive';
	return $self->param("$type\[]", map { $one->() } 1 .. 3) if $self->{prepared} && chance(0.7);
	return quote($one->()) . "::$type\[]";
}

# ---- columns ----

# A column of one of the tables in sight, of a family if given.
sub column
{
	my ($self, $family) = @_;
	my @all = grep { !$family || $_->{kind}{family} eq $family } @{ $self->{scope} };
	return @all ? pick(@all) : undef;
}

sub collation { return pick('"C"', '"default"', '"und-x-icu"', '"POSIX"', 'shared.ci'); }

# Text to compare: now and then under another collation.
sub collated
{
	my ($self, $expr, $p) = @_;
	return chance($p // 0.15) ? "$expr COLLATE " . collation() : $expr;
}

# Text to search in: not under a collation that has no searching.
sub searched
{
	my ($sql, $col) = @_;

	$sql =~ s/ COLLATE shared\.ci$//;
	return ($col->{collation} // '') eq 'shared.ci' && $sql !~ / COLLATE \S+$/ ? "($sql COLLATE \"C\")" : $sql;
}

my %numeric = map { $_ => 1 } qw(int float numeric);
my %texty = map { $_ => 1 } qw(text bpchar);

# ---- expressions ----

# A value computed from a column: (SQL text, family, safe to compute with).
sub value
{
	my ($self, $col, $depth) = @_;
	my ($sql, $family) = ($col->{sql}, $col->{kind}{family});
	my $safe = $col->{kind}{safe} || $self->{risky};

	return ($sql, $family) if $depth <= 0 || chance(0.5);
	my $r = rand();
	if ($r < 0.15)
	{
		return ("coalesce($sql, " . $self->constant($col->{kind}) . ')', $family) if $family !~ /json/;
	}
	elsif ($r < 0.25)
	{
		return ("nullif($sql, " . $self->constant($col->{kind}) . ')', $family) if $family ne 'json';
	}
	elsif ($r < 0.38)
	{
		my $else = chance(0.5) ? ' ELSE ' . $self->constant($col->{kind}) : '';
		return ('CASE WHEN ' . $self->condition($depth - 1) . " THEN $sql$else END", $family) if $family ne 'json';
	}
	elsif ($r < 0.43 && $family !~ /json|bytea|other|bool/)
	{
		return (pick('greatest', 'least') . "($sql, " . $self->constant($col->{kind}) . ')', $family);
	}
	if ($family eq 'int')
	{
		my $k = int(rand(9)) - 4;
		my $wide = $safe ? $sql : "$sql\::numeric";
		my $result = $safe ? 'int' : 'numeric';
		return ("($wide " . pick('+', '-', '*') . " ($k))", $result) if chance(0.4);
		return ("($sql " . pick('/', '%') . ' ' . pick(2, 3, -3, 10) . ')', $family) if chance(0.4);
		return ("($sql / " . $self->constant($col->{kind}) . ')', $family) if $self->{risky};
		return ("($sql " . pick('&', '|', '#') . ' ' . pick(1, 7, -1) . ')', $family) if chance(0.3);
		return pick(["(- $wide)", $result], ["abs($wide)", $result], ["$sql\::bigint", $family], ["$sql\::numeric", 'numeric'],
			["$sql\::float8", 'float'], ["$sql\::text", 'text'], ["sign($sql\::numeric)", 'numeric'], ["(+ $sql)", $family],
			["($sql)::integer::boolean", 'bool'])->@* if $safe;
		return pick(["$sql\::numeric", 'numeric'], ["$sql\::float8", 'float'], ["$sql\::text", 'text'])->@*;
	}
	if ($family eq 'float')
	{
		my $k = pick('0.5', '2', '-1', '0.1') . '::float8';
		return ("($sql " . pick('+', '-', '*') . " $k)", $family) if $safe && chance(0.5);
		return ("($sql / $k)", $family) if $safe && chance(0.3);
		return ("($sql / " . $self->constant($col->{kind}) . ')', $family) if $self->{risky};
		return (pick('abs', 'floor', 'ceil', 'round', 'trunc', 'sign') . "($sql)", $family);
	}
	if ($family eq 'numeric')
	{
		my $k = pick('0.5', '2', '-1', '0.01', '10');
		return ("($sql " . pick('+', '-', '*') . " $k)", $family) if chance(0.5);
		return ("($sql / $k)", $family) if chance(0.3);
		return ("($sql / " . $self->constant($col->{kind}) . ')', $family) if $self->{risky};
		return ("round($sql, " . pick(0, 1, 2, -1) . ')', $family) if chance(0.4);
		return (pick('abs', 'floor', 'ceil', 'trunc', 'sign', 'round', 'trim_scale') . "($sql)", $family);
	}
	if ($texty{$family})
	{
		my $n = pick(0, 1, 2, 3, -1);
		return ("$sql\::integer", 'int') if $self->{risky} && chance(0.3);
		return (pick('length', 'char_length', 'octet_length', 'ascii') . "($sql)", 'int') if chance(0.2);
		return ('strpos(' . searched($sql, $col) . ', ' . quote(pick('a', 'b', '', 'é')) . ')', 'int') if chance(0.1);
		return ("substr($sql, $n)", 'text') if chance(0.1);
		return ("substr($sql, $n, " . pick(0, 1, 2, 5) . ')', 'text') if chance(0.15);
		return (pick('left', 'right') . "($sql, $n)", 'text') if chance(0.15);
		return ('replace(' . searched($sql, $col) . ', ' . quote(pick('a', ' ', '', 'A')) . ', ' . quote(pick('', 'x', "'")) . ')', 'text') if chance(0.15);
		return (pick('trim', 'ltrim', 'rtrim', 'btrim') . "($sql" . pick('', ", 'a'", ", ''")  . ')', 'text') if chance(0.2);
		return ("($sql || " . pick("'x'", "''", $sql, "'\x{1F600}'") . ')', 'text') if chance(0.2);
		return ("concat($sql, " . pick("'x'", 'NULL', $sql) . ')', 'text') if chance(0.2);
		return (pick('lower', 'upper', 'initcap', 'reverse', 'md5') . "($sql)", 'text');
	}
	if ($family =~ /^(date|timestamp|timestamptz)$/)
	{
		return ("date_trunc('" . pick('year', 'month', 'day', 'hour') . "', $sql)", $family eq 'date' ? 'timestamptz' : $family) if chance(0.3);
		return ("extract(" . pick('year', 'month', 'day', 'dow', 'epoch') . " FROM $sql)", 'numeric') if chance(0.5);
		return ("($sql + " . pick(1, -1, 31) . ')', $family) if $family eq 'date';
		return ("($sql + interval '1 month')", $family) if chance(0.4);
		return ("$sql\::date", 'date');
	}
	return ("length($sql)", 'int') if $family eq 'bytea' && chance(0.5);
	return ("(NOT $sql)", 'bool') if $family eq 'bool';
	return ("$sql\::text", 'text') if $family =~ /^(uuid|enum|bool|jsonb|time)$/ && chance(0.3);
	return ($sql, $family);
}

# Something of that family to compare with; the column gives the values.
sub operand
{
	my ($self, $col, $family, $depth) = @_;
	my $kind = $col->{kind};

	if ($family ne $kind->{family} || chance(0.2))
	{
		my $other = $self->column($family);
		return $other->{sql} if $other && chance(0.6);
		return pick('0', '1', '5', '2.5', '-1', '100') if $numeric{$family};
		return quote(pick('', 'a', 'b', '1', 'ab', 'x')) if $family eq 'text';
		return pick("'sad'", "'ok'") . '::shared.mood' if $family eq 'enum';
		return pick('true', 'false') if $family eq 'bool';
		return pick("'2024-02-29'", "'1970-01-01'") . "::$family" if $family =~ /^(date|timestamp|timestamptz)$/;
		return $other->{sql} if $other;
		return $self->constant($kind) . '::text' if $family ne $kind->{family};
	}
	if ($numeric{$family} && chance(0.15))
	{
		# across types of numbers
		return pick("'2.5'::numeric", "'5'::smallint", "'5'::bigint", "'2.5'::float8", "'0.1'::float8", "'3000000000'::bigint", "'0.1'::real",
			"'NaN'::float8", "'Infinity'::float8", "'NaN'::numeric", "'9007199254740993'::bigint", "'9223372036854775807.5'::numeric", "'1e40'::numeric");
	}
	return $self->constant($kind);
}

my @patterns = ('%', '_', '', 'a%', '%a', '%a%', 'a_c', 'a\\_c', 'a\\%c', 'A%', '_', '__', '%\\\\%', 'a\\\\c', "it's", '%é%', 'É%', '\\a', 'a*c', '%[%', '%?%', "\x{1F600}_", '1%', '% ');

sub like
{
	my ($self, $sql, $col) = @_;
	my $op = pick('LIKE', 'LIKE', 'LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE', '~~', '!~~');
	my $pattern = pick(@patterns);

	$sql = searched($sql, $col);
	return "$sql " . pick('~', '~*', '!~') . ' ' . quote(pick('a', '^a', 'b$', '^.$', '\\d')) if chance(0.08);
	return "starts_with($sql, " . quote(pick('a', '', 'A', 'é')) . ')' if chance(0.06);
	return "$sql " . pick('LIKE', 'NOT LIKE') . ' ' . quote(pick('a#%c', 'a#_c', '##%', 'a\\%')) . " ESCAPE '#'" if chance(0.12);
	return "$sql LIKE " . quote('a\\%') . " ESCAPE ''" if chance(0.04);
	return "$sql LIKE " . $self->param('text', map { pick(@patterns) } 1 .. 3) if $self->{prepared} && chance(0.6);
	return "$sql $op " . quote($pattern);
}

my @compare = ('=', '=', '=', '<>', '<', '<=', '>', '>=', '!=');

# A condition, nested up to depth.
sub condition
{
	my ($self, $depth) = @_;
	my $r = rand();

	if ($depth > 0 && $r < 0.45)
	{
		my @parts = map { $self->condition($depth - 1) } 1 .. pick(2, 2, 3);
		return '(' . join(pick(' AND ', ' OR '), @parts) . ')' if $r < 0.28;
		return "(NOT $parts[0])" if $r < 0.36;
		return "(($parts[0]) IS " . pick('TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE', 'UNKNOWN', 'NOT UNKNOWN') . ')' if $r < 0.40;
		return "(($parts[0]) " . pick('=', '<>', 'IS DISTINCT FROM') . " ($parts[1]))" if $r < 0.42;
		return "CASE WHEN $parts[0] THEN $parts[1] " . pick('', 'ELSE false ', 'ELSE NULL ') . 'END';
	}
	return $self->comparison($depth);
}

sub comparison
{
	my ($self, $depth) = @_;
	my $col = $self->column;
	my $kind = $col->{kind};
	my $null = "$col->{sql} IS " . pick('NULL', 'NOT NULL');

	return pick('true', 'false', 'NULL::boolean', '1 = 1') if chance(0.01);
	return pick('random() >= 0', 'random() < 0', "current_date > '2000-01-01'", 'pg_backend_pid() > 0') if chance(0.01);
	return "$col->{sql} " . pick('<', '>') . ' now()' if $kind->{family} =~ /^(date|timestamp)/ && chance(0.05);
	return $self->row_comparison if chance(0.02);
	return $self->membership if $depth > 0 && !$self->{risky} && $self->{tables} && chance(0.03);
	return $null if chance(0.08) || $kind->{family} eq 'json';
	return $col->{sql} if $kind->{family} eq 'bool' && chance(0.3);
	my ($sql, $family) = $self->value($col, $depth);
	$sql = $self->collated($sql) if $texty{$family};

	my $r = rand();
	return $self->like($sql, $col) if $texty{$family} && $r < 0.2;
	if ($family eq $kind->{family} && $r < 0.5 && $kind->{pg} !~ /\[/)
	{
		return "$sql = ANY (" . $self->array_constant($kind) . ')' if $r < 0.27;
		return "$sql <> ALL (" . $self->array_constant($kind) . ')' if $r < 0.29;
		return "$sql " . pick('<', '>=') . ' ' . pick('ANY', 'ALL') . ' (' . $self->array_constant($kind) . ')' if $r < 0.30;
		return "$sql " . pick('', '', 'NOT ') . 'IN (' . join(', ', map { $self->constant($kind) } 1 .. 1 + rand(4)) . ')' if $r < 0.4;
		return "$sql " . pick('', '', 'NOT ') . 'BETWEEN ' . pick('', '', 'SYMMETRIC ') . $self->constant($kind) . ' AND ' . $self->constant($kind);
	}
	my $operand = $self->operand($col, $family, $depth);
	# two columns may differ in collation
	$operand = "$operand COLLATE " . collation() if $texty{$family} && ($operand !~ /^['(E]|^\x02/ || chance(0.03));
	return "$sql IS " . pick('', 'NOT ') . "DISTINCT FROM $operand" if $r < 0.6;
	return "$operand " . pick(@compare) . " $sql" if $r < 0.66;
	return "$sql " . pick(@compare) . " $operand";
}

# (a, b) < (x, y) and the like.
sub row_comparison
{
	my ($self) = @_;
	my @cols = grep { $_->{kind}{family} ne 'json' && ($_->{collation} // '') ne 'shared.ci' } map { $self->column } 1 .. 2;

	return 'true' unless @cols;
	return 'ROW(' . join(', ', map { $_->{sql} } @cols) . ') ' . pick('=', '<', '>=', '<>', 'IS DISTINCT FROM') . ' ROW('
	  . join(', ', map { my $c = $self->constant($_->{kind}); $c =~ /::|^\x02|^\(?-?\d/ ? $c : "$c\::text" } @cols) . ')';
}

# A column in a column of any table: a semi-join, or an anti-join.
sub membership
{
	my ($self) = @_;
	my $col = $self->column;
	my $family = $col->{kind}{family};
	my $table = pick(@{ $self->{tables} });
	my @inner = grep { $_->{kind}{family} eq $family } columns_of($table, 'm');

	return 'true' if !@inner || $family =~ /json|other/;
	my $in = pick(@inner);
	my $collate = $texty{$family} ? ' COLLATE ' . pick('"C"', '"default"') : '';
	my $extra = $in->{sql} . ' IS NOT NULL' . (chance(0.5) ? " AND m.id > " . pick(0, 3, 10) : '');
	return "$col->{sql}$collate " . pick('IN', 'IN', 'NOT IN') . " (SELECT $in->{sql} FROM $table->{name} m" . (chance(0.8) ? " WHERE $extra" : '') . ')';
}

# ---- shapes ----

# Columns of a table under an alias.
sub columns_of
{
	my ($table, $alias) = @_;
	return map { { %$_, sql => "$alias.$_->{name}" } } @{ $table->{cols} };
}

sub nulls { return pick('', '', ' NULLS FIRST', ' NULLS LAST'); }

# A sort key over a column; json has no order.
sub sort_key
{
	my ($self, $depth) = @_;
	my $col = $self->column;

	return undef if $col->{kind}{family} eq 'json';
	my ($sql, $family) = $self->value($col, $depth // 0);
	$sql = $self->collated($sql, 0.3) if $texty{$family};
	$sql = "($sql)" if $sql =~ /^-?\d+$/;
	return $sql . pick('', '', ' ASC', ' DESC') . nulls();
}

# What may stand in the result of a query that groups: identical when equal.
sub group_key
{
	my ($self) = @_;
	my $col = $self->column;
	my $family = $col->{kind}{family};
	my $sql = $col->{sql};

	return undef if $family =~ /^json/ || $family eq 'other';
	return { key => $sql, out => "trim_scale($sql)" } if $family eq 'numeric';
	return { key => $sql, out => "$sql + 0.0" } if $family eq 'float';
	if ($texty{$family})
	{
		my $collation = $col->{collation} // '';
		return { key => $sql, out => undef } if $collation eq 'shared.ci';
		return { key => "$sql COLLATE \"C\"", out => "$sql COLLATE \"C\"" } if chance(0.3);
	}
	return { key => $sql, out => $sql };
}

# An aggregate with one right answer.
sub aggregate
{
	my ($self) = @_;
	my $col = $self->column;
	my ($sql, $family) = ($col->{sql}, $col->{kind}{family});
	my $loose = $family =~ /^(json|jsonb|other)$/;
	my $distinct = chance(0.2) ? 'DISTINCT ' : '';
	my $agg;
	my $r = rand();

	return pick("array_agg(a.id ORDER BY $self->{total})", 'count(a)', 'count(a.*)', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY a.id)',
		'array_agg(DISTINCT a.id)', 'sum(a.id) FILTER (WHERE a.id > 5)', 'count(*) + count(a.id)', 'max(a.id) - min(a.id)', 'max(abs(a.id::bigint))')
	  if chance(0.08) && $self->{total} =~ /a\.id/;
	if ($r < 0.15 || $family eq 'json') { $agg = 'count(*)'; }
	elsif ($r < 0.35 || $loose) { $agg = "count($distinct$sql)"; }
	elsif ($family eq 'bool') { $agg = pick('bool_and', 'bool_or', 'every') . "($sql)"; }
	elsif ($texty{$family})
	{
		$sql = $self->collated($sql, 0.4);
		$sql = "$sql COLLATE \"C\"" if $sql =~ /shared\.ci/ || ($col->{collation} // '') eq 'shared.ci';
		$sql =~ s/ COLLATE shared\.ci//;
		$agg = $r < 0.9 ? pick('min', 'max') . "($sql)" : "string_agg($sql, ',' ORDER BY $self->{total})";
	}
	elsif ($family eq 'int')
	{
		my $arg = chance(0.3) ? ($self->value($col, 1))[0] : $sql;
		$agg = $r < 0.9 && $arg eq $sql ? pick('sum', 'avg', 'min', 'max', 'sum', 'bit_and', 'bit_or', 'variance') : 'count';
		$agg .= "($distinct$arg)";
	}
	elsif ($family eq 'float')
	{
		$agg = $col->{kind}{name} eq 'half' && $r < 0.7 ? pick('sum', 'avg') . "($sql)" : pick('min', 'max') . "($sql) + 0.0";
		return $agg if $agg =~ /\+/;
	}
	elsif ($family eq 'numeric')
	{
		return 'trim_scale(' . pick('min', 'max', 'sum') . "($distinct$sql))";
	}
	elsif ($family =~ /^(uuid|bytea)$/) { $agg = "count($distinct$sql)"; }
	else { $agg = pick('min', 'max') . "($sql)"; }
	$agg .= ' FILTER (WHERE ' . $self->condition(1) . ')' if chance(0.2);
	return $agg;
}

# The conditions of WHERE: each a conjunct of its own.
sub conditions
{
	my ($self, $depth) = @_;
	return [ $self->condition($depth) ] if $self->{risky};
	return [ map { $self->condition($depth) } 1 .. pick(0, 1, 1, 1, 1, 2, 3) ];
}

# The select list: columns, and now and then expressions.
sub targets
{
	my ($self) = @_;
	my @targets = map { my $col = $self->column; chance(0.75) ? $col->{sql} : ($self->value($col, 2))[0] } 1 .. 1 + rand(4);

	push @targets, pick('a', 'a.*::text', 'a.tableoid > 0', '1', 'NULL') if chance(0.06);
	# more rows than the table has: LIMIT is not the table's
	push @targets, pick('generate_series(1, 2)', "unnest('{a,b}'::text[])", 'generate_series(1, a.id::int % 3)') if !$self->{no_sets} && chance(0.04);
	return \@targets;
}

# A query whose parts come from the tables; sets all of them.
sub generate
{
	my ($self) = @_;
	my @tables = @{ $self->{tables} };
	my $table = pick(@tables[ 0, 0, 1 ]);
	my %shapes = (scan => 40, aggregate => 22, distinct => 6, join => 14, subquery => 10, window => 9, setop => 4);
	my $r = rand(100);
	my $shape;

	foreach my $name (sort keys %shapes)
	{
		$shape = $name;
		last if ($r -= $shapes{$name}) < 0;
	}
	$shape = $self->{wanted} if $self->{wanted};
	$self->{shape} = $shape;
	$self->{compare} = 'multiset';
	$self->{from} = "$table->{name} a";
	$self->{table} = $table;
	$self->{scope} = [ columns_of($table, 'a') ];
	$self->{total} = 'a.id';
	$self->{$_} = [] foreach qw(where group having order);
	$self->can("shape_$shape")->($self);
	return $self;
}

# ORDER BY and LIMIT such that there is one answer, or as said in {compare}.
sub ordered
{
	my ($self) = @_;

	return if chance(0.35);
	$self->{order} = [ grep { defined } map { $self->sort_key(1) } 1 .. pick(0, 1, 1, 2) ];
	push @{ $self->{order} }, $self->{total} . pick('', ' DESC', '') . nulls();
	$self->{compare} = 'list';
	$self->limit if chance(0.6);
}

sub limit
{
	my ($self) = @_;
	my $number = sub {
		my @n = map { pick(@_) } 1 .. 3;
		return $self->{prepared} && chance(0.5) ? $self->param('bigint', @n) : $n[0] // 'NULL';
	};
	$self->{limit} = $number->(0, 1, 2, 5, 10, 1000, undef) if chance(0.85);
	$self->{offset} = $number->(0, 1, 3, 20, undef) if chance(0.4);
}

sub shape_scan
{
	my ($self) = @_;

	if (chance(0.06))
	{
		# alone: which of two errors comes first is not defined
		$self->{risky} = 1;
		$self->{where} = $self->conditions(1);
		$self->{select} = [ 'a.id' ];
		return;
	}
	$self->{where} = $self->conditions(2);
	if (chance(0.05))
	{
		my @on = grep { defined } map { $self->group_key } 1 .. pick(1, 2);
		if (@on)
		{
			$self->{select} = $self->targets;
			$self->{distinct} = 'DISTINCT ON (' . join(', ', map { $_->{key} } @on) . ') ';
			$self->{order} = [ (map { $_->{key} . pick('', ' DESC') . nulls() } @on), 'a.id' ];
			$self->{compare} = 'list';
			$self->limit if chance(0.3);
			return;
		}
	}
	$self->{select} = $self->targets;
	$self->{locking} = pick(' FOR UPDATE', ' FOR SHARE') if chance(0.02) && "@{ $self->{select} }" !~ /generate_series|unnest/;
	if (chance(0.08))
	{
		# any rows will do: their number, and that they are rows of the answer
		$self->limit;
		$self->{compare} = 'subset' if defined $self->{limit} || defined $self->{offset};
		return;
	}
	$self->ordered;
}

sub shape_aggregate
{
	my ($self) = @_;
	my @keys = grep { defined } map { $self->group_key } 1 .. pick(0, 0, 1, 1, 1, 2);

	$self->{where} = $self->conditions(1);
	$self->{group} = [ map { $_->{key} } @keys ];
	$self->{group} = [ pick('ROLLUP', 'CUBE') . '(' . join(', ', @{ $self->{group} }) . ')' ] if @keys && chance(0.06);
	$self->{select} = [ (grep { defined } map { $_->{out} } @keys), map { $self->aggregate } 1 .. pick(1, 1, 2, 3) ];
	$self->{having} = [ pick('count(*)', "count($self->{scope}[-1]{sql})") . ' ' . pick(@compare) . ' ' . pick(1, 2, 3) ] if chance(0.2);
	if (@keys && chance(0.3) && "@{ $self->{group} }" !~ /^(?:ROLLUP|CUBE)/ && !grep { !defined $_->{out} } @keys)
	{
		# the keys together are a total order of the groups
		$self->{order} = [ map { $_->{key} . pick('', ' DESC') . nulls() } @keys ];
		$self->{compare} = 'list';
		$self->limit if chance(0.5);
	}
}

sub shape_distinct
{
	my ($self) = @_;
	my @keys = grep { defined && defined $_->{out} } map { $self->group_key } 1 .. pick(1, 1, 2, 3);

	return $self->shape_scan unless @keys;
	$self->{where} = $self->conditions(1);
	$self->{select} = [ map { $_->{out} } @keys ];
	$self->{distinct} = 'DISTINCT ';
	if (chance(0.4))
	{
		$self->{order} = [ map { $_->{out} . pick('', ' DESC') . nulls() } @keys ];
		$self->{compare} = 'list';
		$self->limit if chance(0.5);
	}
}

# A condition that two tables meet in.
sub join_condition
{
	my ($self, $left, $right) = @_;
	my @pairs;

	foreach my $l (@$left)
	{
		foreach my $r (@$right)
		{
			my ($lf, $rf) = ($l->{kind}{family}, $r->{kind}{family});
			push @pairs, [ $l, $r ] if $lf eq $rf && $lf !~ /^(json|other)/ || $numeric{$lf} && $numeric{$rf};
		}
	}
	my ($l, $r) = @{ pick(@pairs) };
	my $collate = $texty{ $l->{kind}{family} } ? ' COLLATE ' . pick('"C"', '"default"', 'shared.ci') : '';
	return "$l->{sql} " . pick('=', '=', '=', '=', '<', '>=', '<>') . " $r->{sql}$collate";
}

sub shape_join
{
	my ($self) = @_;
	my @tables = @{ $self->{tables} };
	my $other = pick($tables[0], $tables[1], $tables[2]);
	my @left = @{ $self->{scope} };
	my @right = columns_of($other, 'b');
	my $type = pick('JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN');
	my $condition = $type eq 'FULL JOIN' ? 'a.id = b.id' : $self->join_condition(\@left, \@right);

	$self->{scope} = [ @left, @right ];
	$condition .= ' AND ' . $self->comparison(1) if chance(0.3) && $type ne 'FULL JOIN';
	$self->{from} .= " $type $other->{name} b ON $condition";
	$self->{total} = 'a.id, b.id';
	if (chance(0.12) && $type ne 'FULL JOIN')
	{
		my $third = pick(@tables);
		$self->{from} .= ' ' . pick('JOIN', 'LEFT JOIN') . " $third->{name} c ON c.id = " . pick('a.id', 'b.id');
		$self->{total} = 'a.id, b.id, c.id';
	}
	elsif (chance(0.1))
	{
		my $order = pick('', ' DESC');
		my $n = pick(1, 2, 5);
		$self->{from} = "$self->{table}{name} a " . pick('CROSS JOIN LATERAL', 'LEFT JOIN LATERAL')
		  . " (SELECT * FROM $other->{name} l WHERE l.id " . pick('=', '<', '>=') . " a.id ORDER BY l.id$order LIMIT $n) b";
		$self->{from} .= ' ON true' if $self->{from} =~ /LEFT JOIN LATERAL/;
	}
	$self->{where} = $self->conditions(1);
	if (chance(0.25))
	{
		$self->{select} = [ map { $self->aggregate } 1 .. 2 ];
		return;
	}
	$self->{select} = $self->targets;
	$self->ordered;
}

sub shape_subquery
{
	my ($self) = @_;
	my @tables = @{ $self->{tables} };
	my $other = pick(@tables);
	my @outer = @{ $self->{scope} };
	my @inner = columns_of($other, 'b');
	my $link = $self->join_condition(\@outer, \@inner);
	my $r = rand();

	$self->{scope} = \@inner;
	my $inner = $self->condition(1);
	my $agg = $self->{total} = 'b.id';
	$agg = $self->aggregate;
	$self->{scope} = \@outer;
	$self->{total} = 'a.id';
	$self->{where} = $self->conditions(1);
	$self->{select} = $self->targets;
	if ($r < 0.3)
	{
		push @{ $self->{where} }, pick('', 'NOT ') . "EXISTS (SELECT FROM $other->{name} b WHERE $link AND $inner)";
	}
	elsif ($r < 0.5)
	{
		push @{ $self->{where} }, 'a.id ' . pick('IN', 'NOT IN') . " (SELECT b.id FROM $other->{name} b WHERE $inner)";
	}
	elsif ($r < 0.75)
	{
		push @{ $self->{select} }, "(SELECT $agg FROM $other->{name} b WHERE $link)";
	}
	else
	{
		my $n = pick(1, 3, 10);
		my $inner_order = 'ORDER BY id' . pick('', ' DESC');
		$self->{from} = chance(0.5) ? "(SELECT * FROM $self->{table}{name} WHERE id IS NOT NULL $inner_order LIMIT $n) a"
		  : "(WITH w AS MATERIALIZED (SELECT * FROM $self->{table}{name} $inner_order LIMIT $n) SELECT * FROM w) a";
	}
	$self->ordered;
}

# ROWS and the like; with a total order any frame has one answer.
sub frame
{
	my $bound = sub { my ($side) = @_; return pick("UNBOUNDED $side", 'CURRENT ROW', pick(0, 1, 2, 5) . " $side"); };
	my $end = pick('CURRENT ROW', $bound->('FOLLOWING'));

	return ' ' . pick('ROWS', 'ROWS', 'GROUPS') . ' BETWEEN ' . $bound->('PRECEDING') . " AND $end" . pick('', '', '', ' EXCLUDE CURRENT ROW', ' EXCLUDE TIES') if chance(0.7);
	return pick(' RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', ' RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING',
		' ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING', ' ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING', ' ROWS 2 PRECEDING', ' RANGE 2 PRECEDING');
}

# A window function with one right answer.
sub window_call
{
	my ($self, $number) = @_;
	my @partition = map { $_->{sql} } grep { $_->{kind}{family} !~ /json|other/ } map { $self->column } 1 .. pick(0, 1, 1, 1, 2);
	my @order = grep { defined } map { $self->sort_key(1) } 1 .. pick(0, 1, 1, 2);
	my $col = $self->column;
	my ($sql, $family) = ($col->{sql}, $col->{kind}{family});
	my $total = chance(0.6);
	my $function = $number ? 'row_number()' : pick('row_number()', 'row_number()', 'rank()', 'dense_rank()', 'count(*)', 'value', 'value', 'ntile(3)');
	my $frame = '';
	my $filter = chance(0.15) ? ' FILTER (WHERE ' . $self->condition(1) . ')' : '';

	$function = 'rank()' if $number && chance(0.2);
	if ($function eq 'value')
	{
		$function = "count($sql)";
		$function = pick('sum', 'min', 'max', 'avg', 'count') . "($sql)" if $family eq 'int';
		$function = 'trim_scale(' . pick('min', 'max', 'sum') . "($sql)#)" if $family eq 'numeric';
		$function = pick('sum', 'avg') . "($sql)" if $family eq 'float' && $col->{kind}{name} eq 'half';
		$function = pick('min', 'max') . "($sql)" if $family =~ /^(date|time)/;
		$function = pick('min', 'max') . "($sql COLLATE \"C\")" if $texty{$family} && chance(0.5);
		$function = pick('lag', 'lead', 'first_value', 'last_value') . "($sql)" if chance(0.4) && $family !~ /json|other/;
	}
	$total = 1 if $function =~ /^(row_number|lag|lead|first_value|last_value|ntile)/;
	$frame = frame() if !$number && $function !~ /^(row_number|rank|dense_rank|ntile)/ && chance(0.4);
	$total = 1 if $frame;
	$filter = '' if $function !~ /^(count|sum|min|max|avg|trim_scale)/;
	@order = ($self->{total}) if $frame =~ /RANGE \d/;
	push @order, $self->{total} . pick('', ' DESC') . nulls() if $total && $frame !~ /RANGE \d/;
	my $over = "$filter OVER (" . (@partition ? 'PARTITION BY ' . join(', ', @partition) . ' ' : '') . (@order ? 'ORDER BY ' . join(', ', @order) : '') . "$frame)";
	$function .= '#' unless $function =~ /#/;
	return $function =~ s/#/$over/r;
}

# What is asked of a number: the first of each group, most often.
sub numbered
{
	my ($self, $column) = @_;
	my $number = sub {
		my @n = map { pick(@_) } 1 .. 3;
		return $self->{prepared} && chance(0.6) ? $self->param(pick('bigint', 'integer', 'bigint'), @n) : $n[0];
	};
	return "$column " . pick('<=', '<=', '<=', '<', '=') . ' ' . $number->(0, 1, 2, 3, 5, 100) if chance(0.8);
	return pick("$column IN (1, 3)", "$column BETWEEN 2 AND 4", "3 >= $column", "$column IS NOT NULL", "$column % 2 = 0");
}

sub shape_window
{
	my ($self) = @_;

	$self->{where} = $self->conditions(1);
	if (chance(0.5))
	{
		my @columns = map { $self->column } 1 .. 1 + rand(2);
		my $i = 0;
		my @targets = ('a.id', (map { "$_->{sql} AS x" . $i++ } @columns), map { $self->window_call(1) . " AS n$_" } 0 .. pick(0, 0, 0, 1));
		my $where = @{ $self->{where} } ? ' WHERE ' . join(' AND ', @{ $self->{where} }) : '';
		my $tail = chance(0.1) ? ' ORDER BY a.id LIMIT ' . pick(3, 10) : '';

		$self->{from} = '(SELECT ' . (chance(0.05) ? 'DISTINCT ' : '') . join(', ', @targets) . " FROM $self->{from}$where$tail) s";
		$self->{where} = [ map { $self->numbered('s.n0') } 1 .. pick(1, 1, 2) ];
		$self->{select} = [ 's.id', 's.n0', pick('s.x0', 's.id', 's.id') ];
		$self->{total} = 's.id';
		$self->{scope} = [ map { { %{ $columns[$_] }, sql => "s.x$_" } } 0 .. $#columns ];
		push @{ $self->{where} }, $self->comparison(0) if chance(0.3);
		$self->ordered;
		return;
	}
	$self->{select} = [ 'a.id', map { $self->window_call } 1 .. pick(1, 1, 2, 3) ];
	push @{ $self->{select} }, $self->column->{sql} if chance(0.4);
	$self->ordered;
}

sub shape_setop
{
	my ($self) = @_;
	my ($t, $u) = @{ $self->{tables} };
	my @where = map { $self->condition(1) } 1 .. 2;

	# two halves of one table, so that the types agree
	my @keys = grep { defined && defined $_->{out} } map { $self->group_key } 1 .. 2;
	my $list = join ', ', 'a.id', map { $_->{out} } @keys;
	my $name = $self->{table}{name};
	my $op = pick('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT');
	$self->{from} = "(SELECT $list FROM $name a WHERE $where[0] $op SELECT $list FROM $name a WHERE $where[1]) s";
	$self->{select} = [ 's.*' ];
}

# ---- text ----

# SQL text; parameters as $1 ... (and their types and values, in order), or as
# literals of the values numbered "set".
sub render
{
	my ($self, $set) = @_;
	my $sql = 'SELECT ' . ($self->{distinct} // '') . join(', ', @{ $self->{select} }) . " FROM $self->{from}";

	$sql .= ' WHERE ' . join(' AND ', @{ $self->{where} }) if @{ $self->{where} };
	$sql .= ' GROUP BY ' . join(', ', @{ $self->{group} }) if @{ $self->{group} };
	$sql .= ' HAVING ' . join(' AND ', @{ $self->{having} }) if @{ $self->{having} };
	$sql .= ' ORDER BY ' . join(', ', @{ $self->{order} }) if @{ $self->{order} };
	$sql .= " LIMIT $self->{limit}" if defined $self->{limit};
	$sql .= " OFFSET $self->{offset}" if defined $self->{offset};
	$sql .= $self->{locking} // '';

	my @used;
	if (defined $set)
	{
		$sql =~ s/\x02(\d+)\x02/my $p = $self->{params}[$1]; my $v = $p->{values}[$set]; '(' . (defined $v ? quote($v) : 'NULL') . "::$p->{type})"/ge;
	}
	else
	{
		$sql =~ s/\x02(\d+)\x02/push @used, $self->{params}[$1]; '$' . @used . "::$used[-1]{type}"/ge;
	}
	return ($sql, \@used);
}

# Smaller queries: each with one part less.
sub smaller
{
	my ($self) = @_;
	my @result;

	foreach my $part (qw(order having where group))
	{
		next if $part eq 'order' && $self->{compare} ne 'multiset' && (defined $self->{limit} || defined $self->{offset});
		for my $i (0 .. $#{ $self->{$part} })
		{
			my @rest = @{ $self->{$part} };
			splice @rest, $i, 1;
			push @result, bless { %$self, $part => \@rest, $part eq 'order' ? (compare => 'multiset') : () }, ref $self;
		}
	}
	for my $i (0 .. $#{ $self->{select} })
	{
		my @rest = @{ $self->{select} };
		splice @rest, $i, 1;
		push @result, bless { %$self, select => \@rest }, ref $self if @rest;
	}
	foreach my $part (qw(limit offset))
	{
		push @result, bless { %$self, $part => undef }, ref $self if defined $self->{$part};
	}
	# inside a conjunct: either side of an AND or OR, or without a NOT
	for my $i (0 .. $#{ $self->{where} })
	{
		foreach my $piece (pieces($self->{where}[$i]))
		{
			my @where = @{ $self->{where} };
			$where[$i] = $piece;
			push @result, bless { %$self, where => \@where }, ref $self;
		}
	}
	return @result;
}

# The operands of a condition made by condition().
sub pieces
{
	my ($sql) = @_;

	return $1 if $sql =~ /^\(NOT (.*)\)$/s;
	return unless $sql =~ /^\((.*)\)$/s;
	my ($depth, $quoted, $last, @pieces) = (0, 0, 0);
	my $inside = $1;
	for my $i (0 .. length($inside) - 1)
	{
		my $c = substr $inside, $i, 1;
		$quoted = !$quoted if $c eq "'";
		next if $quoted;
		$depth++ if $c eq '(';
		$depth-- if $c eq ')';
		return if $depth < 0;
		if ($depth == 0 && substr($inside, $i) =~ /^ (?:AND|OR) / && substr($inside, $last, $i - $last) !~ /BETWEEN (?:(?!AND).)*$/s)
		{
			push @pieces, substr $inside, $last, $i - $last;
			$last = $i + (substr($inside, $i, 4) eq ' OR ' ? 4 : 5);
		}
	}
	push @pieces, substr $inside, $last if @pieces;
	return @pieces;
}

1;
