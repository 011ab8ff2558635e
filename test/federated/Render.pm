# A request of the federated differential test as a document, literal or with
# variables, and as the SQL that gives the text of its response.
#
#	my ($query, $variables) = Render::document($request, $set);	# literal
#	my ($query, @variables) = Render::document($request);		# for both sets
#	my $sql = Render::sql($request, $set, 'near');
#
# A cursor of a document is "~N~": what the request Render::cursor_query(N) shows.

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

# The type of what is computed.
my %sum_type = (Int => 'BigInt', Decimal => 'Decimal');

# A filter of what is computed, as members of the input of its function.
sub filter_member
{
	my ($table, $filter) = @_;
	my ($call, $type) = ($filter->{call}, $Tables::tables{$table}{type});
	my ($function, $column) = @$call{qw(function column)};
	my $of = $function eq 'count' ? 'BigInt' : $function eq 'sum' ? $sum_type{ $column->{type} } : $column->{type};
	my $kind = { kind => $column ? $column->{kind} : 'number', type => $of };
	my @operators = map { [ $_->{op}, $_->{op} eq 'isnull' ? ('Boolean', { scalar => $_->{value}{v} }) : ($of, value_tree($kind, $_->{value})) ] } @{ $filter->{operators} };

	return [ count => 'BigIntFilter', { members => \@operators } ] if $function eq 'count';
	return [ $function, $type . ($function eq 'sum' ? 'SumFilter' : 'MinMaxFilter'), { members => [ [ $column->{field}, "${of}Filter", { members => \@operators } ] ] } ];
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
		elsif ($condition->{is} eq 'related')
		{
			my $link = $condition->{link};
			my $target = $Tables::tables{ $link->{target} }{type};
			my @filters = map { filter_member($link->{target}, $_) } @{ $condition->{filters} };
			push @filters, [ where => "${target}WhereInput", where_tree($link->{target}, $condition->{where}) ] if $condition->{where};
			push @members, [ "$link->{field}Aggregate", "${target}AggregateFilter", { members => \@filters } ];
		}
		elsif ($condition->{is} eq '_not') { push @members, [ _not => $type, where_tree($table, $condition->{item}) ]; }
		else { push @members, [ $condition->{is}, "[$type!]", { items => [ map { where_tree($table, $_) } @{ $condition->{items} } ] } ]; }
	}
	return { members => \@members };
}

# An order by what is computed.
sub call_order_tree
{
	my ($table, $call, $direction) = @_;
	my $tree = { scalar => $direction->{v} };

	return { members => [ [ count => 'OrderDirection!', $tree ] ] } if $call->{function} eq 'count';
	my $type = $Tables::tables{$table}{type} . ($call->{function} =~ /^m/ ? 'MinMax' : 'SumAvg') . 'OrderByInput!';
	return { members => [ [ $call->{function}, $type, { members => [ [ $call->{column}{field}, 'OrderDirection!', $tree ] ] } ] ] };
}

sub order_tree
{
	my ($term) = @_;
	my $tree = $term->{call} ? { members => [ [ "$term->{link}{field}Aggregate", "$Tables::tables{ $term->{link}{target} }{type}AggregateOrderByInput!",
				call_order_tree($term->{link}{target}, $term->{call}, $term->{direction}) ] ] }
	  : { members => [ [ $term->{column}{field}, 'OrderDirection!', { scalar => $term->{direction}{v} } ] ] };

	$tree = { members => [ [ $_->{field}, "$Tables::tables{ $_->{target} }{type}OrderByInput!", $tree ] ] } foreach reverse @{ $term->{path} };
	return $tree;
}

# The cursor of a row, whose key is a value of a set, in the order of arguments.
my (@cursor_queries, %cursor_numbers);

sub cursor
{
	my ($table, $arguments, $row, $n) = @_;
	my ($key, $names, $columns) = ($row->{v}[$n], @{ $Tables::tables{$table} }{qw(key column)});

	return undef if !$key;
	my $where = join ', ', map { my $column = $columns->{ $names->[$_] }; "$column->{field}: {eq: " . text($key->[$_], quoted($column)) . '}' } 0 .. $#$key;
	my $order = join ', ', map { literal(order_tree($_), $n) } @{ $arguments->{order} // [] };
	my $query = "{ $Tables::tables{$table}{list}Connection(where: {$where}, orderBy: [$order]) { edges { cursor } } }";
	if (!defined $cursor_numbers{$query})
	{
		$cursor_numbers{$query} = @cursor_queries;
		push @cursor_queries, $query;
	}
	return "~$cursor_numbers{$query}~";
}

sub cursor_query { return $cursor_queries[ $_[0] ]; }

sub arguments_text
{
	my ($table, $arguments) = @_;
	my $type = $Tables::tables{$table}{type};
	my @text = map { my ($column, $v) = @$_; "$column->{field}: " . value("$column->{type}!", value_tree($column, $v)) } @{ $arguments->{key} // [] };

	push @text, 'where: ' . value("${type}WhereInput", where_tree($table, $arguments->{where})) if $arguments->{where};
	push @text, 'orderBy: ' . value("[${type}OrderByInput!]", { items => [ map { order_tree($_) } @{ $arguments->{order} } ] }) if $arguments->{order};
	push @text, 'distinctOn: [' . join(', ', map { uc $_->{name} } @{ $arguments->{distinct} }) . ']' if $arguments->{distinct};
	foreach my $word (qw(limit offset first last after before))
	{
		my $page = $arguments->{$word} or next;
		my $cursor = $word =~ /^(after|before)$/;
		my $tree = { scalar => [ map { $cursor ? cursor($table, $arguments, $page, $_) : $page->{v}[$_] } 0, 1 ], quoted => $cursor };
		push @text, "$word: " . value($cursor ? 'Cursor' : 'Int', $tree) if !defined $set || given($tree, $set);
	}
	return @text ? '(' . join(', ', @text) . ')' : '';
}

# What is selected of an aggregate: each call under a name of its own.
sub calls_text
{
	my ($calls) = @_;
	return join ' ', map {
		my ($function, $column, $i) = ($calls->[$_]{function}, $calls->[$_]{column}, $_);
		$function eq 'count' ? "n$i: count" : $function eq 'countDistinct' ? "n$i: countDistinct(column: \U$column->{name}\E)" : "n$i: $function { v: $column->{field} }"
	} 0 .. $#$calls;
}

sub groups_text
{
	my ($table, $item, $directive) = @_;
	my $type = $Tables::tables{$table}{type};
	my @text = 'by: [' . join(', ', map { uc $_->{name} } @{ $item->{by} }) . ']';

	push @text, 'having: ' . value("${type}HavingInput", { members => [ map { filter_member($table, $_) } @{ $item->{having} } ] }) if $item->{having};
	push @text, 'orderBy: ' . value("[${type}GroupByOrderByInput!]", { items => [ map {
				{ members => [ $_->{call} ? [ aggregate => "${type}AggregateOrderByInput!", call_order_tree($table, $_->{call}, $_->{direction}) ]
				  : [ key => "${type}GroupByKeyOrderByInput!", { members => [ [ $_->{column}{field}, 'OrderDirection!', { scalar => $_->{direction}{v} } ] ] } ] ] }
			} @{ $item->{order} } ] });
	my $arguments = arguments_text($table, $item->{arguments}) =~ s/^\(|\)$//gr;
	return '(' . join(', ', @text, $arguments || ()) . ")$directive { key { " . join(' ', map { $_->{field} } @{ $item->{by} }) . ' } aggregate { ' . calls_text($item->{calls}) . ' } }';
}

sub selection_text { my ($selection) = @_; return '{ ' . join(' ', map { item_text($_) } @{ $selection->{items} }) . ' }'; }

# One of the things that a connection shows.
sub part_text
{
	my ($part, $name, $directive) = @_;

	return "${name}edges$directive { " . join(' ', $part->{cursor} ? 'cursor' : (), $part->{selection} ? 'node ' . selection_text($part->{selection}) : ()) . ' }' if $part->{is} eq 'edges';
	return "${name}nodes$directive " . selection_text($part->{selection}) if $part->{is} eq 'nodes';
	return "${name}pageInfo$directive { @{ $part->{fields} } }" if $part->{is} eq 'pageInfo';
	return "${name}totalCount$directive" if $part->{is} eq 'totalCount';
	return "${name}aggregate$directive { " . calls_text($part->{calls}) . ' }';
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
		my $type = $item->{type} // ($item->{table} ? $Tables::tables{ $item->{table} }{type} : 'Query');
		my $body = '{ ' . join(' ', map { item_text($_) } @{ $item->{items} }) . ' }';

		return '... ' . (maybe(0.5) ? "on $type" : '') . "$directive $body" if $item->{form} eq 'inline';
		my $fragment = 'f' . keys %fragments;
		$fragments{$fragment} = "fragment $fragment on $type $body";
		return "...$fragment$directive";
	}
	return part_text($item, "$item->{alias}: ", $directive) if !$item->{arguments};
	my $table = $item->{root} // $item->{link}{target};
	my $field = $item->{link} ? $item->{link}{field} : $Tables::tables{$table}{ $item->{is} eq 'one' ? 'one' : 'list' };
	return "$name${field}Aggregate" . arguments_text($table, $item->{arguments}) . "$directive { " . calls_text($item->{calls}) . ' }' if $item->{is} eq 'aggregate';
	return "$name${field}GroupBy" . groups_text($table, $item, $directive) if $item->{is} eq 'groups';
	$field .= 'Connection' if $item->{is} eq 'connection';
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
	return comparison_sql("$of.$column->{name}", $Source::hub_types{ $column->{kind} }[0], $operator);
}

# The same of any expression of a type.
sub comparison_sql
{
	my ($left, $type, $operator) = @_;
	my ($op, $value) = @$operator{qw(op value)};

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

# What is computed of rows with an alias.
my %sql_function = (boolAnd => 'bool_and', boolOr => 'bool_or');

sub call_sql
{
	my ($call, $of) = @_;
	my ($function, $column) = @$call{qw(function column)};

	return 'count(*)' if $function eq 'count';
	return "count(DISTINCT $of.$column->{name})" if $function eq 'countDistinct';
	return ($sql_function{$function} // $function) . "($of.$column->{name})";
}

# The conditions over groups that filters are.
sub filters_sql
{
	my ($filters, $of) = @_;
	return map {
		my ($call, $operators) = @$_{qw(call operators)};
		my $type = $call->{function} eq 'count' ? 'int8' : $call->{function} eq 'sum' ? 'numeric' : $Source::hub_types{ $call->{column}{kind} }[0];
		map { comparison_sql(call_sql($call, $of), $type, $_) } @$operators
	} @$filters;
}

# The text of what is computed, as an object.
sub calls_sql
{
	my ($calls, $of) = @_;
	return q('{' || ) . join(q( || ',' || ), map {
		my $call = $calls->[$_];
		my $text = $call->{function} =~ /^(count|sum|avg)/ || ($call->{column} && $call->{column}{type} =~ /^(ID|BigInt|Decimal)$/) ? '::text' : '';
		my $value = "coalesce(to_json(" . call_sql($call, $of) . "$text)::text, 'null')";
		$call->{function} =~ /^count/ ? "'\"n$_\":' || $value" : "'\"n$_\":{\"v\":' || $value || '}'"
	} 0 .. $#$calls) . q( || '}');
}

sub groups_sql
{
	my ($item, $inner, $from) = @_;
	my $key = object_sql({ items => [ map { { is => 'column', column => $_ } } @{ $item->{by} } ] }, $inner);
	my @order = map { ($_->{call} ? call_sql($_->{call}, $inner) : "$inner.$_->{column}{name}") . ' ' . ($_->{direction}{v}[$n] =~ s/_/ /gr) } @{ $item->{order} };
	my $order = join ', ', @order, map { "$inner.$_->{name}" } @{ $item->{by} };
	my @having = filters_sql($item->{having} // [], $inner);
	my $arguments = $item->{arguments};
	my $page = join '', map { " $_ $arguments->{$_}{v}[$n]" } grep { $arguments->{$_} && defined $arguments->{$_}{v}[$n] } qw(limit offset);

	return "(SELECT '[' || coalesce(string_agg(o, ',' ORDER BY r), '') || ']' FROM (SELECT '{\"key\":' || $key || ',\"aggregate\":' || "
	  . calls_sql($item->{calls}, $inner) . " || '}' AS o, row_number() OVER (ORDER BY $order) AS r $from GROUP BY "
	  . join(', ', map { "$inner.$_->{name}" } @{ $item->{by} }) . (@having ? ' HAVING ' . join(' AND ', @having) : '') . " ORDER BY $order$page) s)";
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
		elsif ($condition->{is} eq 'related')
		{
			my ($link, $inner) = ($condition->{link}, 'w' . $alias++);
			my @filters = filters_sql($condition->{filters}, $inner) or next;
			my $rows = $link->{join}->($of, $inner) . ($condition->{where} ? ' AND ' . where_sql($link->{target}, $condition->{where}, $inner) : '');
			push @sql, '((SELECT ' . join(' AND ', @filters) . " FROM $schema.$link->{target} $inner WHERE $rows) IS TRUE)";
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

# What a list is ordered by: [ expression, direction, kind ], each thing once.
sub order_terms
{
	my ($table, $arguments, $of) = @_;
	my (%seen, @order);

	foreach my $term (@{ $arguments->{order} // [] })
	{
		my @path = @{ $term->{path} };
		next if $seen{ join '.', (map { $_->{field} } @path), $term->{call} ? ($term->{link}{field}, map { $_ // '' } $term->{call}{function}, $term->{call}{column}{name}) : $term->{column}{name} }++;
		my ($inner, $before, $after) = ($of, '', '');
		foreach my $link (@path)
		{
			my $outer = $inner;
			$inner = 'o' . $alias++;
			$before .= '(SELECT ';
			$after = " FROM $schema.$link->{target} $inner WHERE " . $link->{join}->($outer, $inner) . ")$after";
		}
		my $value = "$inner." . ($term->{column} ? $term->{column}{name} : '');
		if (my $link = $term->{link})
		{
			my $rows = 'o' . $alias++;
			$value = '(SELECT ' . call_sql($term->{call}, $rows) . " FROM $schema.$link->{target} $rows WHERE " . $link->{join}->($inner, $rows) . ')';
		}
		push @order, [ "$before$value$after", $term->{direction}{v}[$n] =~ s/_/ /gr, $term->{column} ? $term->{column}{kind} : '' ];
	}
	return @order, map { [ "$of.$_", '', $Tables::tables{$table}{column}{$_}{kind} ] } grep { !$seen{$_}++ } (map { $_->{name} } @{ $arguments->{distinct} // [] }), @{ $Tables::tables{$table}{key} };
}

sub terms_sql { return join ', ', map { "$_->[0] $_->[1]" } @_; }

# The values of a cursor as Cursor.pm shows them.
sub cursor_sql
{
	return "concat_ws('.', " . join(', ', map {
		my ($value, undef, $kind) = @$_;
		my $text = $kind eq 'bool' ? "CASE $value WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END" : "($value)::text";
		"coalesce(encode(convert_to($text, 'UTF8'), 'hex'), 'null')"
	} @_) . ')';
}

# The condition that rows are behind, or before, a row: all rows have a place in
# the order.
sub beyond_sql
{
	my ($table, $arguments, $key, $of, $behind) = @_;
	my @names = @{ $Tables::tables{$table}{key} };
	my $inner = 'a' . $alias++;
	my $places = "(SELECT " . join(', ', map { "$inner.$_" } @names) . ", row_number() OVER (ORDER BY " . terms_sql(order_terms($table, $arguments, $inner)) . ") AS r FROM $schema.$table $inner) p";
	my @is = map { my $column = $Tables::tables{$table}{column}{ $names[$_] }; "p.$names[$_] = " . Source::literal($key->[$_]) . "::$Source::hub_types{ $column->{kind} }[0]" } 0 .. $#names;

	return '(' . join(', ', map { "$of.$_" } @names) . ') IN (SELECT ' . join(', ', map { "p.$_" } @names) . " FROM $places WHERE p.r " . ($behind ? '>' : '<')
	  . " (SELECT p.r FROM $places WHERE " . join(' AND ', @is) . '))';
}

# What is shown of a connection, where the rows s have a place r among n, and are
# on the page if $in; what is to be read of each is put into @$columns.
sub part_sql
{
	my ($part, $c) = @_;

	if (my $directive = $part->{directive})
	{
		return () if ($directive->{value}{v}[$n] eq 'true') == ($directive->{name} eq 'skip');
	}
	return map { part_sql($_, $c) } @{ $part->{items} } if $part->{is} eq 'group';
	my $key = "'\"$part->{alias}\":'";
	return "$key || '\"$part->{table}\"'" if $part->{is} eq 'typename';
	return "$key || (SELECT to_json(count(*)::text)::text $c->{all})" if $part->{is} eq 'totalCount';
	return "$key || (SELECT " . calls_sql($part->{calls}, $c->{of}) . " $c->{all})" if $part->{is} eq 'all';
	if ($part->{is} eq 'pageInfo')
	{
		my %sql = (hasNextPage => $c->{next}, hasPreviousPage => $c->{previous},
			startCursor => "coalesce(to_json((array_agg(s.c ORDER BY s.r) FILTER (WHERE $c->{in}))[1])::text, 'null')",
			endCursor => "coalesce(to_json((array_agg(s.c ORDER BY s.r DESC) FILTER (WHERE $c->{in}))[1])::text, 'null')");
		return "$key || '{' || " . join(q( || ',' || ), map { "'\"$_\":' || $sql{$_}" } @{ $part->{fields} }) . " || '}'";
	}
	my $column = 'e' . @{ $c->{columns} };
	push @{ $c->{columns} }, ($part->{selection} ? object_sql($part->{selection}, $c->{of}) : "''") . " AS $column";
	my $object = $part->{is} eq 'nodes' ? "s.$column" : "'{" . ($part->{cursor} ? "\"cursor\":\"' || s.c || '\"" . ($part->{selection} ? ',' : '') : '')
	  . ($part->{selection} ? "\"node\":' || s.$column || '" : '') . "}'";
	return "$key || '[' || coalesce(string_agg($object, ',' ORDER BY s.r) FILTER (WHERE $c->{in}), '') || ']'";
}

sub connection_sql
{
	my ($item, $inner, $from, @where) = @_;
	my ($table, $arguments) = ($item->{root} // $item->{link}{target}, $item->{arguments});
	my ($first, $last, $offset, $after, $before) = map { $_ && $_->{v}[$n] } @$arguments{qw(first last offset after before)};
	my @terms = order_terms($table, $arguments, $inner);
	my $all = $from . (@where ? ' WHERE ' . join(' AND ', @where) : '');
	my $skipped = $offset // 0;
	my %c = (of => $inner, all => $all, columns => [],
		in => defined $first ? "s.r > $skipped AND s.r <= $skipped + $first" : defined $last ? "s.r > s.n - $last" : "s.r > $skipped",
		next => $before ? "'true'" : defined $first ? "(coalesce(max(s.n), 0) > $skipped + $first)::text" : "'false'",
		previous => $after || $skipped > 0 ? "'true'" : defined $last ? "(coalesce(max(s.n), 0) > $last)::text" : "'false'");
	my $parts = join q( || ',' || ), map { part_sql($_, \%c) } @{ $item->{selection}{items} };

	push @where, beyond_sql($table, $arguments, $after, $inner, 1) if $after;
	push @where, beyond_sql($table, $arguments, $before, $inner, 0) if $before;
	my $rows = join ', ', 'row_number() OVER (ORDER BY ' . terms_sql(@terms) . ') AS r', 'count(*) OVER () AS n', cursor_sql(@terms) . ' AS c', @{ $c{columns} };
	return "(SELECT '{' || " . ($parts || "''") . " || '}' FROM (SELECT $rows $from" . (@where ? ' WHERE ' . join(' AND ', @where) : '') . ') s HAVING TRUE)';
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
	push @where, where_sql($table, $arguments->{where}, $inner) if $arguments->{where};
	push @where, map { operator_sql($_->[0], { op => 'eq', value => $_->[1] }, $inner) } @{ $arguments->{key} // [] };
	return "'\"$key\":' || " . connection_sql($item, $inner, "FROM $schema.$table $inner", @where) if $item->{is} eq 'connection';
	my $from = "FROM $schema.$table $inner" . (@where ? ' WHERE ' . join(' AND ', @where) : '');
	return "'\"$key\":' || (SELECT " . calls_sql($item->{calls}, $inner) . " $from)" if $item->{is} eq 'aggregate';
	return "'\"$key\":' || " . groups_sql($item, $inner, $from) if $item->{is} eq 'groups';
	my $object = object_sql($item->{selection}, $inner);
	return "'\"$key\":' || coalesce((SELECT $object $from), 'null')" if $item->{is} eq 'one';
	my $order = terms_sql(order_terms($table, $arguments, $inner));
	my $distinct = $arguments->{distinct} ? 'DISTINCT ON (' . join(', ', map { "$inner.$_->{name}" } @{ $arguments->{distinct} }) . ') ' : '';
	my $page = join '', map { " $_ $arguments->{$_}{v}[$n]" } grep { $arguments->{$_} && defined $arguments->{$_}{v}[$n] } qw(limit offset);
	return "'\"$key\":' || (SELECT '[' || coalesce(string_agg(o, ',' ORDER BY r), '') || ']' FROM ("
	  . "SELECT $distinct$object AS o, row_number() OVER (ORDER BY $order) AS r $from ORDER BY $order$page) s)";
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
