# Random requests of the federated differential test, as trees: Render.pm makes
# the document and the SQL of one, Shrink.pm a smaller one.
#
# Every value has two alternatives, which the two sets of variables of one
# document hold, or which stand in two documents.  undef: it is not given.
#
#	selection	{ table, items => [item] }
#	item		{ is => column|typename|list|one|group|aggregate|groups|connection, alias, directive }
#	column		+ column, twice
#	typename	+ table, the type's name
#	list, one	+ link or root, arguments, selection, split
#	group		+ form => fragment|inline, items, and table or type (a connection's)
#	aggregate	+ link or root, arguments => { where }, calls => [call]
#	groups		+ link or root, arguments => { where, limit, offset }, by => [column], calls,
#				having => [filter], order => [{ call or column, direction }]
#	connection	+ link or root, arguments => { where, order, first, after, last, before, offset },
#				selection, split; its items are typenames, groups, and with aliases
#				{ is => edges, cursor, selection }: without either no cursors, or no nodes
#				{ is => nodes, selection }, { is => pageInfo, fields => [name] },
#				{ is => totalCount }, { is => all, calls => [call] }: the aggregate
#	call		{ function, column }: of count there is no column
#	filter		{ call, operators }
#	directive	{ name => skip|include, value }
#	arguments	{ where, order => [{ path => [link], column, direction }
#				or { path, link, call, direction }], limit, offset, distinct => [column],
#				key => [[column, value]] }; a value of after or before is a row's key
#	where		[ condition ], all of which hold:
#				{ is => column, column, operators => [{ op, value }] }
#				{ is => _and|_or, items => [where] }, { is => _not, item => where }
#				{ is => link, link, quantifier, where }
#				{ is => related, link, filters => [filter], where }
#	value		{ v => [a, b] }, of lists: { lists => [[...], [...]] }

package Request;

use strict;
use warnings;
use utf8;

use Tables;

my ($aliases, $budget, $wide);

sub pick { return $_[ rand @_ ]; }
sub maybe { return rand() < $_[0]; }

sub two { my ($make) = @_; my $first = $make->(); return { v => [ $first, maybe(0.4) ? $make->() : $first ] }; }

# ---- filters ----

# A value of a column: mostly one that some row has.
sub value_of
{
	my ($table, $column) = @_;
	my $rows = $Tables::rows{$table};
	my $value = @$rows ? pick(@$rows)->[ $column->{index} ] : undef;

	return $value if defined $value;
	my $kind = $column->{kind};
	return $kind =~ /^(id|number)$/ ? '3' : $kind eq 'float' ? '1.5' : $kind eq 'bool' ? 'true' : $kind eq 'date' ? '2000-01-01' : $kind eq 'timestamp' ? '2024-02-29 12:34:56'
	  : $kind eq 'price' ? '10.50' : $kind eq 'uuid' ? '00000000-1111-4abc-8def-000000000000' : 'a';
}

sub operators
{
	my ($table, $column) = @_;
	my @ops = $column->{type} =~ /^(Boolean|UUID)$/ ? qw(eq neq in nin isnull) : qw(eq neq gt gte lt lte in nin isnull);
	my (%seen, @operators);

	push @ops, qw(contains startswith endswith icontains) if $column->{type} eq 'String';
	foreach (1 .. 1 + rand 1.5)
	{
		my $op = pick(@ops);
		my $value;

		next if $seen{$op}++;
		if ($op eq 'isnull') { $value = two(sub { pick('true', 'false') }); }
		elsif ($op =~ /in$/)
		{
			my $list = sub { [ map { value_of($table, $column) } 1 .. rand 5 ] };
			my $first = $list->();
			$value = { lists => [ $first, maybe(0.4) ? $list->() : $first ] };
		}
		else { $value = two(sub { value_of($table, $column) }); }
		$value->{v}[ rand 2 ] = undef if $value->{v} && maybe(0.06);
		push @operators, { op => $op, value => $value };
	}
	return \@operators;
}

# ---- aggregates ----

# Functions of kinds of columns whose answers are the same wherever they are
# computed: sums of floats depend on the order of the rows, and texts of uuids are
# not the same in all placements.
my %functions = (
	id => [qw(min max countDistinct)], number => [qw(sum avg min max countDistinct)], price => [qw(sum avg min max countDistinct)],
	date => [qw(min max countDistinct)], timestamp => [qw(min max countDistinct)],
	text => [qw(min max countDistinct)], short => [qw(min max countDistinct)], bool => [qw(boolAnd boolOr countDistinct)]);

sub call
{
	my ($table, @only) = @_;
	my @calls = map {
		my $column = $_;
		map { { function => $_, column => $column } } grep { my $f = $_; ($f ne 'sum' && $f ne 'avg' || $column->{type} ne 'ID') && (!@only || grep { $_ eq $f } @only) } @{ $functions{ $column->{kind} } // [] }
	} @{ $Tables::tables{$table}{columns} };
	return !@calls || maybe(0.35) ? { function => 'count' } : pick(@calls);
}

# A filter of what is computed, with numbers as they come out.
sub call_filter
{
	my ($table) = @_;
	my $call = call($table, qw(sum min max));
	my $number = sub { pick(0, 1, 1, 2, 2, 3, 5, 8) };

	return { call => $call, operators => [ { op => pick(qw(eq neq gt gte lt lte)), value => two($number) } ] } if $call->{function} eq 'count';
	return { call => $call, operators => [ { op => 'isnull', value => two(sub { pick('true', 'false') }) } ] } if maybe(0.2);
	return { call => $call, operators => [ { op => pick(qw(eq neq gt gte lt lte)), value => two(sub { $call->{function} eq 'sum' ? pick(1, 10, 20, 50, 100) : value_of($table, $call->{column}) }) } ] };
}

sub where
{
	my ($table, $depth) = @_;
	my (%seen, @conditions);

	foreach (1 .. rand 3.2)
	{
		my $choice = rand();

		if ($choice < 0.6 || $depth == 0)
		{
			my $column = pick(@{ $Tables::tables{$table}{columns} });
			next if $seen{ $column->{field} }++;
			push @conditions, { is => 'column', column => $column, operators => operators($table, $column) };
		}
		elsif ($choice < 0.76)
		{
			my $is = pick('_and', '_or');
			next if $seen{$is}++;
			push @conditions, { is => $is, items => [ map { where($table, $depth - 1) } 1 .. rand 4 ] };
		}
		elsif ($choice < 0.82)
		{
			push @conditions, { is => '_not', item => where($table, $depth - 1) } unless $seen{_not}++;
		}
		else
		{
			my $link = pick(@{ $Tables::links{$table} });
			if ($link->{many} && !$link->{through} && maybe(0.35))
			{
				next if $seen{"$link->{field}Aggregate"}++;
				my %calls;
				push @conditions, { is => 'related', link => $link, where => maybe(0.4) ? where($link->{target}, $depth - 1) : undef,
					filters => [ grep { !$calls{ $_->{call}{function} }++ } map { call_filter($link->{target}) } 1 .. 1 + rand 1.6 ] };
				next;
			}
			next if $seen{ $link->{field} }++;
			push @conditions, { is => 'link', link => $link, quantifier => $link->{many} ? pick(qw(some none every)) : 'some',
				where => where($link->{target}, $depth - 1) };
		}
	}
	return \@conditions;
}

# A filter that says which rows there are by their keys.
sub pinned
{
	my ($table) = @_;
	my $column = $Tables::tables{$table}{column}{ pick(@{ $Tables::tables{$table}{key} }) };
	my @others = maybe(0.3) ? @{ where($table, 1) } : ();
	my $list = sub { [ map { value_of($table, $column) } 1 .. 1 + rand 6 ] };
	my $first = $list->();
	my $condition = { is => 'column', column => $column, operators => [ maybe(0.7)
			? { op => 'in', value => { lists => [ $first, maybe(0.4) ? $list->() : $first ] } }
			: { op => 'eq', value => two(sub { value_of($table, $column) }) } ] };

	my $where = [ $condition, grep { $_->{is} ne 'column' || $_->{column} != $column } @others ];

	# now and then it only looks as if
	return maybe(0.65) ? $where : maybe(0.3) ? [ { is => '_not', item => $where } ] : [ { is => pick('_and', '_or', '_or'), items => [ $where, where($table, 1) ] } ];
}

# ---- arguments ----

# A term of an order: a column of the table, or of a row it leads to.
sub order_term
{
	my ($table) = @_;
	my (@path, @directions);

	while (maybe(0.2) && @path < 3)
	{
		my @one = grep { !$_->{many} } @{ $Tables::links{$table} } or last;
		push @path, pick(@one);
		$table = $path[-1]{target};
	}
	@directions = qw(ASC DESC ASC_NULLS_FIRST ASC_NULLS_LAST DESC_NULLS_FIRST DESC_NULLS_LAST);
	my @many = grep { $_->{many} && !$_->{through} } @{ $Tables::links{$table} };
	if (@many && maybe(0.15))
	{
		my $link = pick(@many);
		return { path => \@path, link => $link, call => call($link->{target}, qw(sum avg min max)), direction => two(sub { pick(@directions) }) };
	}
	return { path => \@path, column => pick(@{ $Tables::tables{$table}{columns} }), direction => two(sub { pick(@directions) }) };
}

# An order that begins with some of these columns, or with all and then others.
sub distinct_order
{
	my ($table, @columns) = @_;
	my $number = @columns;
	my @first = splice @{ [ map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] } @columns ] }, 0, rand(1 + $number);

	return [ (map { { path => [], column => $_, direction => two(sub { pick(qw(ASC DESC ASC_NULLS_FIRST DESC_NULLS_LAST)) }) } } @first),
		@first == $number ? map { order_term($table) } 1 .. rand 3 : () ];
}

# The arguments of a list, which always has an order.
sub arguments
{
	my ($table, $root) = @_;
	my %arguments;

	$arguments{where} = maybe($root ? 0.5 : 0.1) ? pinned($table) : where($table, 3) if maybe(0.6);
	$arguments{order} = [ map { order_term($table) } 1 .. 1 + rand 2.2 ] if maybe(0.85);
	if (maybe(0.15))
	{
		my %seen;
		$arguments{distinct} = [ grep { !$seen{ $_->{name} }++ } map { pick(@{ $Tables::tables{$table}{columns} }) } 1 .. 1 + rand 2 ];
		delete $arguments{order};
		my $order = distinct_order($table, @{ $arguments{distinct} });
		$arguments{order} = $order if @$order;
	}
	$arguments{limit} = two(sub { int rand($root && $wide ? 5000 : 5) }) if maybe(0.3) || !($arguments{order} || $arguments{distinct});
	$arguments{offset} = two(sub { int rand 4 }) if maybe(0.2);
	foreach my $page (grep { $_ } @arguments{ $arguments{order} ? qw(limit offset) : qw(offset) })
	{
		$page->{v}[ rand 2 ] = undef if maybe(0.1);
	}
	return \%arguments;
}

# The arguments of a connection: a page from the beginning, from the end, or all,
# behind and before some rows.
sub connection_arguments
{
	my ($table, $root) = @_;
	my %arguments;
	my $key = sub {
		my $row = pick(Tables::visible($table));
		return [ map { $row->[ $Tables::tables{$table}{column}{$_}{index} ] } @{ $Tables::tables{$table}{key} } ];
	};

	$arguments{where} = maybe($root ? 0.2 : 0.1) ? pinned($table) : where($table, 3) if maybe(0.5);
	$arguments{order} = [ map { order_term($table) } 1 .. 1 + rand 2.2 ] if maybe(0.8);
	my $page = pick(qw(first first last), undef);
	$arguments{$page} = two(sub { int rand($root && $wide ? 3000 : 6) }) if $page;
	$arguments{offset} = two(sub { int rand 4 }) if maybe(0.15) && ($page // '') ne 'last';
	if (Tables::visible($table))
	{
		$arguments{after} = two($key) if maybe(0.4);
		$arguments{before} = two($key) if maybe(0.25);
	}
	foreach my $value (grep { $_ } @arguments{qw(first last offset after before)})
	{
		$value->{v}[ rand 2 ] = undef if maybe(0.1);
	}
	return \%arguments;
}

# ---- selections ----

# Now and then a condition of @skip or @include.
sub directive
{
	my ($often) = @_;
	return maybe($often) ? (directive => { name => pick('skip', 'include'), value => two(sub { pick('true', 'false') }) }) : ();
}

# What is computed of the rows of a table, under names of its own.
sub calls
{
	my ($table) = @_;
	my %seen;
	return [ grep { !$seen{ join ' ', $_->{function}, $_->{column} ? $_->{column}{name} : '' }++ } map { call($table) } 1 .. 1 + rand 4 ];
}

# An aggregate of a table's rows, or groups of them, which have an order.
sub computed
{
	my ($table) = @_;
	my %arguments = maybe(0.5) ? (where => where($table, 2)) : ();
	my %item = (is => 'aggregate', arguments => \%arguments, calls => calls($table));

	return %item if maybe(0.6);
	my %seen;
	my @by = grep { $functions{ $_->{kind} } && !$seen{ $_->{name} }++ } map { pick(@{ $Tables::tables{$table}{columns} }) } 1 .. 1 + rand 2.5;
	return %item if !@by;
	my @directions = qw(ASC DESC ASC_NULLS_FIRST ASC_NULLS_LAST DESC_NULLS_FIRST DESC_NULLS_LAST);
	$arguments{limit} = two(sub { int rand 4 }) if maybe(0.4);
	$arguments{offset} = two(sub { int rand 3 }) if maybe(0.2);
	return (%item, is => 'groups', by => \@by, maybe(0.4) ? (having => [ call_filter($table) ]) : (),
		order => [ map { { (maybe(0.5) ? (call => call($table, qw(sum avg min max))) : (column => pick(@by))), direction => two(sub { pick(@directions) }) } } 1 .. 1 + rand 2 ]);
}

# One of the things that a connection shows.
sub part
{
	my ($table, $depth) = @_;
	my $is = pick(qw(edges edges nodes pageInfo pageInfo totalCount all));
	my %part = (is => $is, alias => 'p' . $aliases++, directive(0.08));
	my $inner = $budget > 0 ? $depth : 0;

	return { is => 'typename', table => "$Tables::tables{$table}{type}Connection", alias => $part{alias} } if maybe(0.04);
	if ($is eq 'edges')
	{
		$part{cursor} = maybe(0.7);
		$part{selection} = selection($table, $inner) if !$part{cursor} || maybe(0.7);
	}
	$part{selection} = selection($table, $inner) if $is eq 'nodes';
	$part{calls} = calls($table) if $is eq 'all';
	$part{fields} = [ grep { maybe(0.6) } qw(hasNextPage hasPreviousPage startCursor endCursor) ] if $is eq 'pageInfo';
	$part{fields} = [ pick(qw(hasNextPage endCursor)) ] if $part{fields} && !@{ $part{fields} };
	return \%part;
}

sub connection
{
	my ($table, $depth, $root) = @_;
	my @parts = map { part($table, $depth) } 1 .. 1 + rand 3;

	if (maybe(0.15))
	{
		my @inner = splice @parts, rand @parts, 1 + rand @parts;
		push @parts, { is => 'group', form => pick('fragment', 'inline'), type => "$Tables::tables{$table}{type}Connection", items => \@inner, directive(0.25) };
	}
	return (is => 'connection', arguments => connection_arguments($table, $root), selection => { items => \@parts }, split => maybe(0.1));
}

sub item
{
	my ($table, $depth, $seen) = @_;
	my $alias = maybe(0.2) ? 'k' . $aliases++ : undef;

	return { is => 'typename', table => $Tables::tables{$table}{type}, alias => $alias, directive(0.05) } if maybe(0.06) && !$seen->{ $alias // '__typename' }++;
	if ($depth > 0 && $budget > 0 && maybe(0.5))
	{
		my $link = pick(@{ $Tables::links{$table} });
		if ($link->{many} && maybe(0.2))
		{
			$budget--;
			return { computed($link->{target}), alias => 'c' . $aliases++, link => $link, directive(0.08) };
		}
		if ($link->{many} && maybe(0.25))
		{
			$budget--;
			return { connection($link->{target}, $depth - 1), alias => 'c' . $aliases++, link => $link, directive(0.08) };
		}
		return () if $seen->{ $alias // $link->{field} }++;
		$budget--;
		return { is => $link->{many} ? 'list' : 'one', alias => $alias, link => $link, arguments => $link->{many} ? arguments($link->{target}) : {},
			selection => selection($link->{target}, $depth - 1), split => maybe(0.15), directive(0.08) };
	}
	my $column = pick(@{ $Tables::tables{$table}{columns} });
	return () if $seen->{ $alias // $column->{field} }++;
	return { is => 'column', column => $column, alias => $alias, twice => maybe(0.08), directive(0.05) };
}

sub selection
{
	my ($table, $depth) = @_;
	my (%seen, @items);

	until (@items)
	{
		push @items, item($table, $depth, \%seen) foreach 1 .. 1 + rand 4;
	}
	if (maybe(0.2))
	{
		my @inner = splice @items, rand @items, 1 + rand @items;
		push @items, { is => 'group', form => pick('fragment', 'inline', 'inline'), table => $table, items => \@inner, directive(0.25) };
	}
	return { table => $table, items => \@items };
}

# A request: a list or a row at the root, or two; if wide, one with two levels.
sub new_request
{
	my @items;

	($wide) = @_;
	($aliases, $budget) = (0, $wide ? 3 : pick(3, 6, 10));
	foreach (1 .. ($wide ? 1 : 1 + rand 2.2))
	{
		my $table = pick(sort keys %Tables::tables);
		my $depth = $wide ? 2 : pick(1, 2, 3, 3, 4, 4, 5);
		my %item = (alias => 'r' . $aliases++, root => $table, split => maybe(0.1), directive(0.05));

		if (!$wide && maybe(0.12))
		{
			push @items, { %item, computed($table) };
			next;
		}
		if (maybe(0.2))
		{
			push @items, { %item, connection($table, $depth, 1) };
			next;
		}
		if (maybe(0.35))
		{
			my @key = map { $Tables::tables{$table}{column}{$_} } @{ $Tables::tables{$table}{key} };
			my $rows = $Tables::rows{$table};
			my $row = sub { my $row = @$rows ? pick(@$rows) : []; return [ map { maybe(0.95) ? $row->[ $_->{index} ] // '1' : value_of($table, $_) } @key ] };
			my @rows = ($row->(), $row->());
			@item{qw(is arguments)} = ('one', { key => [ map { [ $key[$_], { v => [ $rows[0][$_], $rows[1][$_] ] } ] } 0 .. $#key ] });
		}
		else { @item{qw(is arguments)} = ('list', arguments($table, 1)); }
		$item{selection} = selection($table, $depth);
		push @items, \%item;
	}
	return { table => undef, items => \@items };
}

1;
