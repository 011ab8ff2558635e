# A request of the federated differential test as a document, literal or with
# variables, and as the SQL that gives the text of its response.
#
#	my ($query, $variables) = Render::document($request, $set);	# literal
#	my ($query, @variables) = Render::document($request);		# for both sets
#	my $sql = Render::sql($request, $set, 'near');

package Render;

use strict;
use warnings;
use utf8;

use JSON::PP ();

use Source;
use Tables;

my $json = JSON::PP->new->allow_nonref->ascii->canonical;

# The request that is being written: in which set (undef: with variables), its
# fragments, and its variables with the values of both sets.
my ($set, %fragments, %definitions, @variables);

sub maybe { return rand() < $_[0]; }

# ---- values ----
#
# A tree of { scalar => [a, b], quoted }, { items => [tree] },
# { lists => [[...], [...]], quoted } and { members => [[name, type, tree]] }.

sub text { my ($value, $quoted) = @_; return $quoted ? $json->encode("$value") : $value; }

# Whether a tree is there in both sets, and the same.
sub constant
{
	my ($tree) = @_;

	return 0 if grep { !constant($_) } @{ $tree->{items} // [] }, map { $_->[2] } @{ $tree->{members} // [] };
	return 1 if $tree->{items} || $tree->{members};
	return $json->encode($tree->{lists}[0]) eq $json->encode($tree->{lists}[1]) if $tree->{lists};
	my ($a, $b) = @{ $tree->{scalar} };
	return defined $a && defined $b && $a eq $b;
}

sub given { my ($tree, $n) = @_; return !$tree->{scalar} || defined $tree->{scalar}[$n]; }

# A tree as text, without variables.
sub literal
{
	my ($tree, $n) = @_;

	return text($tree->{scalar}[$n], $tree->{quoted}) if $tree->{scalar};
	return '[' . join(', ', map { text($_, $tree->{quoted}) } @{ $tree->{lists}[$n] }) . ']' if $tree->{lists};
	return '[' . join(', ', map { literal($_, $n) } @{ $tree->{items} }) . ']' if $tree->{items};
	return '{' . join(', ', map { "$_->[0]: " . literal($_->[2], $n) } grep { given($_->[2], $n) } @{ $tree->{members} }) . '}';
}

# A tree as a value of JSON.
sub plain
{
	my ($tree, $n) = @_;
	my $scalar = sub {
		my ($value) = @_;
		return $value if $tree->{quoted} || $value =~ /^[A-Z]/;
		return $value eq 'true' ? JSON::PP::true : $value eq 'false' ? JSON::PP::false : $value + 0;
	};

	return $scalar->($tree->{scalar}[$n]) if $tree->{scalar};
	return [ map { $scalar->($_) } @{ $tree->{lists}[$n] } ] if $tree->{lists};
	return [ map { plain($_, $n) } @{ $tree->{items} } ] if $tree->{items};
	return { map { $_->[0] => plain($_->[2], $n) } grep { given($_->[2], $n) } @{ $tree->{members} } };
}

# A tree as text: of the set, or with variables where the sets differ, and here
# and there where they do not.
sub value
{
	my ($type, $tree) = @_;

	return literal($tree, $set) if defined $set;
	my $same = constant($tree);
	if ($tree->{scalar} || $tree->{lists} ? !$same || maybe(0.3) : maybe(0.15))
	{
		my $name = 'v' . keys %definitions;

		$definitions{$name} = $type;
		foreach my $n (grep { given($tree, $_) } 0, 1) { $variables[$n]{$name} = plain($tree, $n); }
		# one that is equal to its default may be left out
		if (given($tree, 0) && given($tree, 1) && $type !~ /!$/ && maybe(0.2))
		{
			$definitions{$name} .= ' = ' . literal($tree, 0);
			delete $variables[0]{$name} if maybe(0.5);
		}
		return "\$$name";
	}
	return literal($tree, 0) if !$tree->{items} && !$tree->{members};
	(my $item = $type) =~ s/^\[(.*)\]!?$/$1/;
	return '[' . join(', ', map { value($item, $_) } @{ $tree->{items} }) . ']' if $tree->{items};
	return '{' . join(', ', map { "$_->[0]: " . value($_->[1], $_->[2]) } @{ $tree->{members} }) . '}';
}

# ---- the document ----

sub quoted { my ($column) = @_; return $column->{type} !~ /^(Boolean|Int|Float)$/; }

sub value_tree
{
	my ($column, $value) = @_;
	my $text = sub { my ($v) = @_; $v =~ s/ /T/ if defined $v && $column->{kind} eq 'timestamp'; return $v };

	return { lists => [ map { [ map { $text->($_) } @$_ ] } @{ $value->{lists} } ], quoted => quoted($column) } if $value->{lists};
	return { scalar => [ map { $text->($_) } @{ $value->{v} } ], quoted => quoted($column) };
}

sub where_tree
{
	my ($table, $where) = @_;
	my $type = "$Tables::tables{$table}{type}WhereInput";
	my @members;

	foreach my $condition (@$where)
	{
		if ($condition->{is} eq 'column')
		{
			my $column = $condition->{column};
			my @operators = map {
				my ($op, $value) = @$_{qw(op value)};
				$op eq 'isnull' ? [ $op, 'Boolean', { scalar => $value->{v} } ] : [ $op, $value->{lists} ? "[$column->{type}!]" : $column->{type}, value_tree($column, $value) ]
			} @{ $condition->{operators} };
			push @members, [ $column->{field}, "$column->{type}Filter", { members => \@operators } ];
		}
		elsif ($condition->{is} eq 'link')
		{
			my $link = $condition->{link};
			my $target = $Tables::tables{ $link->{target} }{type};
			my $tree = where_tree($link->{target}, $condition->{where});
			push @members, $link->{many} ? [ $link->{field}, "${target}ListFilter", { members => [ [ $condition->{quantifier}, "${target}WhereInput", $tree ] ] } ]
			  : [ $link->{field}, "${target}WhereInput", $tree ];
		}
		elsif ($condition->{is} eq '_not') { push @members, [ _not => $type, where_tree($table, $condition->{item}) ]; }
		else { push @members, [ $condition->{is}, "[$type!]", { items => [ map { where_tree($table, $_) } @{ $condition->{items} } ] } ]; }
	}
	return { members => \@members };
}

sub order_tree
{
	my ($term) = @_;
	my $tree = { members => [ [ $term->{column}{field}, 'OrderDirection!', { scalar => $term->{direction}{v} } ] ] };

	$tree = { members => [ [ $_->{field}, "$Tables::tables{ $_->{target} }{type}OrderByInput!", $tree ] ] } foreach reverse @{ $term->{path} };
	return $tree;
}

sub arguments_text
{
	my ($table, $arguments) = @_;
	my $type = $Tables::tables{$table}{type};
	my @text = map { my ($column, $v) = @$_; "$column->{field}: " . value("$column->{type}!", value_tree($column, $v)) } @{ $arguments->{key} // [] };

	push @text, 'where: ' . value("${type}WhereInput", where_tree($table, $arguments->{where})) if $arguments->{where};
	push @text, 'orderBy: ' . value("[${type}OrderByInput!]", { items => [ map { order_tree($_) } @{ $arguments->{order} } ] }) if $arguments->{order};
	foreach my $word (qw(limit offset))
	{
		my $page = $arguments->{$word} or next;
		my $tree = { scalar => $page->{v} };
		push @text, "$word: " . value('Int', $tree) if !defined $set || given($tree, $set);
	}
	return @text ? '(' . join(', ', @text) . ')' : '';
}

sub item_text
{
	my ($item) = @_;
	my $name = $item->{alias} ? "$item->{alias}: " : '';
	my $directive = $item->{directive} ? " \@$item->{directive}{name}(if: " . value('Boolean!', { scalar => $item->{directive}{value}{v} }) . ')' : '';

	return "${name}__typename$directive" if $item->{is} eq 'typename';
	return join ' ', ("$name$item->{column}{field}$directive") x ($item->{twice} ? 2 : 1) if $item->{is} eq 'column';
	if ($item->{is} eq 'group')
	{
		my $type = $item->{table} ? $Tables::tables{ $item->{table} }{type} : 'Query';
		my $body = '{ ' . join(' ', map { item_text($_) } @{ $item->{items} }) . ' }';

		return '... ' . (maybe(0.5) ? "on $type" : '') . "$directive $body" if $item->{form} eq 'inline';
		my $fragment = 'f' . keys %fragments;
		$fragments{$fragment} = "fragment $fragment on $type $body";
		return "...$fragment$directive";
	}
	my $table = $item->{root} // $item->{link}{target};
	my $field = $item->{link} ? $item->{link}{field} : $Tables::tables{$table}{ $item->{is} };
	my $head = "$name$field" . arguments_text($table, $item->{arguments}) . $directive;
	my @items = map { item_text($_) } @{ $item->{selection}{items} };
	my @parts = $item->{split} && @items > 1 ? ([ $items[0] ], [ @items[ 1 .. $#items ] ]) : [@items];
	return join ' ', map { "$head { @$_ }" } @parts;
}

sub document
{
	(my $request, $set) = @_;
	(%fragments, %definitions) = ();
	@variables = ({}, {});
	my $body = '{ ' . join(' ', map { item_text($_) } @{ $request->{items} }) . ' }';
	my $head = %definitions ? 'query(' . join(', ', map { "\$$_: $definitions{$_}" } sort keys %definitions) . ') ' : '';

	return (join("\n", "$head$body", map { $fragments{$_} } sort keys %fragments), map { defined $set ? undef : $json->encode($_) } @variables);
}

# ---- SQL ----

my ($n, $schema, $alias);
my %comparison = (eq => '=', neq => '<>', gt => '>', gte => '>=', lt => '<', lte => '<=');

# The conditions of operators of a column, of those that are given.
sub operator_sql
{
	my ($column, $operator, $of) = @_;
	my ($op, $value, $left, $type) = (@$operator{qw(op value)}, "$of.$column->{name}", $Source::hub_types{ $column->{kind} }[0]);

	if ($value->{lists})
	{
		my $array = 'ARRAY[' . join(', ', map { Source::literal($_) . "::$type" } @{ $value->{lists}[$n] }) . "]::$type\[]";
		return $op eq 'in' ? "$left = ANY ($array)" : "$left <> ALL ($array)";
	}
	my $scalar = $value->{v}[$n];
	return () if !defined $scalar;
	return "$left IS " . ($scalar eq 'true' ? '' : 'NOT ') . 'NULL' if $op eq 'isnull';
	my $right = Source::literal($scalar) . "::$type";
	return "$left $comparison{$op} $right" if $comparison{$op};
	return { contains => "strpos($left, $right) > 0", startswith => "starts_with($left, $right)", endswith => "right($left, length($right)) = $right",
		icontains => "strpos(lower($left), lower($right)) > 0" }->{$op};
}

sub where_sql
{
	my ($table, $where, $of) = @_;
	my @sql;

	foreach my $condition (@$where)
	{
		if ($condition->{is} eq 'column') { push @sql, map { operator_sql($condition->{column}, $_, $of) } @{ $condition->{operators} }; }
		elsif ($condition->{is} eq '_not') { push @sql, 'NOT ' . where_sql($table, $condition->{item}, $of); }
		elsif ($condition->{is} =~ /^_/)
		{
			my $and = $condition->{is} eq '_and';
			push @sql, '(' . (join($and ? ' AND ' : ' OR ', map { where_sql($table, $_, $of) } @{ $condition->{items} }) || ($and ? 'TRUE' : 'FALSE')) . ')';
		}
		else
		{
			my ($link, $inner) = ($condition->{link}, 'w' . $alias++);
			my $sql = where_sql($link->{target}, $condition->{where}, $inner);
			my $rows = "(SELECT FROM $schema.$link->{target} $inner WHERE " . $link->{join}->($of, $inner);
			push @sql, { some => "EXISTS $rows AND $sql)", none => "NOT EXISTS $rows AND $sql)", every => "NOT EXISTS $rows AND ($sql) IS NOT TRUE)" }->{ $condition->{quantifier} };
		}
	}
	return '(' . (join(' AND ', @sql) || 'TRUE') . ')';
}

sub order_sql
{
	my ($table, $arguments, $of) = @_;
	my (%seen, @order);

	foreach my $term (@{ $arguments->{order} // [] })
	{
		my @path = @{ $term->{path} };
		next if !@path && $seen{ $term->{column}{name} }++;
		my ($inner, $before, $after) = ($of, '', '');
		foreach my $link (@path)
		{
			my $outer = $inner;
			$inner = 'o' . $alias++;
			$before .= '(SELECT ';
			$after = " FROM $schema.$link->{target} $inner WHERE " . $link->{join}->($outer, $inner) . ")$after";
		}
		push @order, "$before$inner.$term->{column}{name}$after " . ($term->{direction}{v}[$n] =~ s/_/ /gr);
	}
	return join ', ', @order, map { "$of.$_" } grep { !$seen{$_} } @{ $Tables::tables{$table}{key} };
}

# What a selection's items give: the SQL of each '"key":value'.
sub item_sql
{
	my ($item, $of) = @_;

	if (my $directive = $item->{directive})
	{
		return () if ($directive->{value}{v}[$n] eq 'true') == ($directive->{name} eq 'skip');
	}
	return map { item_sql($_, $of) } @{ $item->{items} } if $item->{is} eq 'group';
	if ($item->{is} eq 'typename')
	{
		my $type = $item->{table};
		return sprintf q{'"%s":"%s"'}, $item->{alias} // '__typename', $type;
	}
	if ($item->{is} eq 'column')
	{
		my $column = $item->{column};
		my $value = "$of.$column->{name}" . ($column->{type} =~ /^(ID|BigInt|Decimal)$/ ? '::text' : '');
		return sprintf q{'"%s":' || coalesce(to_json(%s)::text, 'null')}, $item->{alias} // $column->{field}, $value;
	}
	my $table = $item->{root} // $item->{link}{target};
	my ($arguments, $inner) = ($item->{arguments}, 't' . $alias++);
	my $key = $item->{alias} // $item->{link}{field};
	my @where = $item->{link} ? $item->{link}{join}->($of, $inner) : ();
	my $object = object_sql($item->{selection}, $inner);

	push @where, where_sql($table, $arguments->{where}, $inner) if $arguments->{where};
	push @where, map { operator_sql($_->[0], { op => 'eq', value => $_->[1] }, $inner) } @{ $arguments->{key} // [] };
	my $from = "FROM $schema.$table $inner" . (@where ? ' WHERE ' . join(' AND ', @where) : '');
	return "'\"$key\":' || coalesce((SELECT $object $from), 'null')" if $item->{is} eq 'one';
	my $order = order_sql($table, $arguments, $inner);
	my $page = join '', map { " $_ $arguments->{$_}{v}[$n]" } grep { $arguments->{$_} && defined $arguments->{$_}{v}[$n] } qw(limit offset);
	return "'\"$key\":' || (SELECT '[' || coalesce(string_agg(o, ',' ORDER BY r), '') || ']' FROM ("
	  . "SELECT $object AS o, row_number() OVER (ORDER BY $order) AS r $from ORDER BY $order$page) s)";
}

sub object_sql
{
	my ($selection, $of) = @_;
	my @sql = map { item_sql($_, $of) } @{ $selection->{items} };
	return @sql ? "'{' || " . join(q( || ',' || ), @sql) . " || '}'" : "'{}'";
}

sub sql
{
	(my $request, $n, $schema) = @_;
	$alias = 0;
	return "SELECT '{\"data\":' || " . object_sql($request) . " || '}'";
}

1;
