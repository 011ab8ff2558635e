# Random nested requests, and the same answers by plain SQL: over local tables,
# over a SQLite file, and over a mixture of both, with pushdown and without,
# whichever side of a filter over another database is read first.
# Each request is compared byte by byte, in literal form and with variables.
#
# FSQ_SEED and FSQ_ROUNDS choose others.

use strict;
use warnings;
use utf8;

use DBI;
use Encode qw(encode);
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{FSQ_SEED} // 20251;
my $rounds = $ENV{FSQ_ROUNDS} // 100;
srand($seed);

my $json = JSON::PP->new->allow_nonref->ascii;

# ---- the tables ----

# column: name, type in PostgreSQL, type in SQLite, GraphQL type
my %tables = (
	authors => {
		type => 'Author',
		key => ['id'],
		columns => [
			[ 'id', 'int', 'INTEGER', 'ID' ],
			[ 'name', 'text', 'TEXT', 'String' ],
			[ 'boss', 'bigint', 'INTEGER', 'ID' ],
			[ 'rating', 'float8', 'REAL', 'Float' ],
			[ 'active', 'boolean', 'BOOLEAN', 'Boolean' ],
			[ 'born', 'date', 'DATE', 'Date' ],
			[ 'token', 'uuid', 'TEXT', 'UUID' ] ] },
	books => {
		type => 'Book',
		key => ['id'],
		columns => [
			[ 'id', 'bigint', 'INTEGER', 'ID' ],
			[ 'author', 'numeric', 'INTEGER', 'ID' ],
			[ 'title', 'text', 'TEXT', 'String' ],
			[ 'price', 'numeric(10,2)', 'TEXT', 'Decimal' ],
			[ 'year', 'int', 'INTEGER', 'Int' ],
			[ 'owner', 'text', 'TEXT', 'String' ] ] },
	reviews => {
		type => 'Review',
		key => [ 'book', 'n' ],
		columns => [
			[ 'book', 'int', 'INTEGER', 'ID' ],
			[ 'n', 'int', 'INTEGER', 'Int' ],
			[ 'score', 'smallint', 'INTEGER', 'Int' ],
			[ 'body', 'varchar(40)', 'TEXT', 'String' ] ] },
	notes => {
		type => 'Note',
		key => ['id'],
		columns => [
			[ 'id', 'int', 'INTEGER', 'ID' ],
			[ 'book', 'bigint', 'INTEGER', 'ID' ],
			[ 'n', 'smallint', 'INTEGER', 'Int' ],
			[ 'body', 'varchar(40)', 'TEXT', 'String' ] ] });

# source, field, columns, target, columns, reverse field, cardinality
my @relationships = (
	[ 'authors', 'chief', ['boss'], 'authors', ['id'], 'staff' ],
	[ 'books', 'writer', ['author'], 'authors', ['id'], 'books' ],
	[ 'books', 'holder', ['owner'], 'authors', ['token'], 'owned' ],
	[ 'reviews', 'subject', ['book'], 'books', ['id'], 'reviews' ],
	[ 'notes', 'review', [ 'book', 'n' ], 'reviews', [ 'book', 'n' ], 'notes' ],
	[ 'notes', 'about', ['book'], 'books', ['id'], 'remarks' ],
	[ 'reviews', 'twin', ['body'], 'notes', ['body'], 'twins', 'many' ]);

# table -> list of { field, target, many, join }: join->(own alias, other alias)
my %links;
for my $r (@relationships)
{
	my ($source, $field, $columns, $target, $others, $reverse, $cardinality) = @$r;
	my $side = sub {
		my ($alias, $column) = @_;
		return $column eq 'owner' ? "lower($alias.owner)" : $column eq 'token' ? "$alias.token\::text" : "$alias.$column";
	};
	my $join = sub {
		my ($s, $t) = @_;
		return join ' AND ', map { $side->($s, $columns->[$_]) . ' = ' . $side->($t, $others->[$_]) } 0 .. $#$columns;
	};

	push @{ $links{$source} }, { field => $field, target => $target, many => ($cardinality // '') eq 'many', join => $join };
	push @{ $links{$target} }, { field => $reverse, target => $source, many => 1, join => sub { $join->(reverse @_) } };
}

# ---- the rows ----

sub pick { return $_[ rand @_ ] }
sub maybe { return rand() < $_[0] }

my @words = ('', 'a', 'A', 'ab', 'aB ', 'b', '%', '_', '\\', 'é', "it's", '"q"', '日本', "tab\t", 'a%b', '🙂', 'zz', 'Zz');
my @tokens = map { sprintf '%08x-1111-4abc-8def-%012x', $_ * 2654435761 % 2**32, $_ * 77777 } 1 .. 25;
my %rows;
for my $i (1 .. 24)
{
	push @{ $rows{authors} }, [ $i, pick(@words, undef), pick(1 .. 30, undef, undef), pick(0, 1.5, -2.25, 1e20, undef),
		pick(0, 1, undef), pick('1970-01-01', '2024-02-29', '0400-12-31', undef), $tokens[$i] ];
}
for my $i (1 .. 60)
{
	my $token = pick(@tokens, undef, 'none', '');

	push @{ $rows{books} }, [ $i, pick(1 .. 30, undef), pick(@words, undef), pick('0.00', '10.50', '-3.25', '99999999.99', undef),
		pick(1900 .. 1910, undef), $token && maybe(0.5) ? uc $token : $token ];
}
for my $book (1 .. 70)
{
	for my $n (1 .. rand 5)
	{
		push @{ $rows{reviews} }, [ $book, $n, pick(-1 .. 5, undef), pick(@words, undef) ];
	}
}
for my $i (1 .. 120)
{
	push @{ $rows{notes} }, [ $i, pick(1 .. 75, undef), pick(1 .. 5, undef), pick(@words, undef) ];
}

sub literal
{
	my ($value) = @_;

	return 'NULL' unless defined $value;
	$value =~ s/'/''/g;
	$value =~ s/\\/\\\\/g;
	return "E'$value'";
}

my $file = PostgreSQL::Test::Utils::tempdir() . '/d.db';
my $sqlite = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, sqlite_unicode => 1, AutoCommit => 0 });
my $setup = "CREATE EXTENSION fraiseql;\nCREATE SERVER d FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');\n";
$setup .= "CREATE SCHEMA $_;\n" for qw(near far mixed);
for my $name (sort keys %tables)
{
	my $table = $tables{$name};
	my @names = map { $_->[0] } @{ $table->{columns} };
	my $columns = join ', ', map { "$_->[0] $_->[1]" } @{ $table->{columns} };
	my %key = map { $_ => 1 } @{ $table->{key} };
	my $foreign = join ', ',
		map { "$_->[0] $_->[1]" . ($key{ $_->[0] } ? " OPTIONS (key 'true') NOT NULL" : '') } @{ $table->{columns} };

	$sqlite->do("CREATE TABLE $name (" . join(', ', map { "$_->[0] $_->[2]" } @{ $table->{columns} })
		  . ', PRIMARY KEY (' . join(', ', @{ $table->{key} }) . '))');
	my $insert = $sqlite->prepare("INSERT INTO $name VALUES (" . join(', ', ('?') x @names) . ')');
	$insert->execute(@$_) for @{ $rows{$name} };

	for my $schema (qw(near far mixed))
	{
		if ($schema eq 'far' || ($schema eq 'mixed' && $name =~ /^(books|notes)$/))
		{
			$setup .= "CREATE FOREIGN TABLE $schema.$name ($foreign) SERVER d OPTIONS (table_name '$name');\n";
			next;
		}
		$setup .= "CREATE TABLE $schema.$name ($columns, PRIMARY KEY (" . join(', ', @{ $table->{key} }) . "));\n";
		$setup .= "INSERT INTO $schema.$name VALUES\n"
		  . join(",\n", map { '(' . join(', ', map { literal($_) } @$_) . ')' } @{ $rows{$name} }) . ";\n";
	}
}
$sqlite->commit;
$sqlite->disconnect;
for my $schema (qw(near far mixed))
{
	for my $r (@relationships)
	{
		my ($source, $field, $columns, $target, $others, $reverse, $cardinality) = @$r;

		$setup .= sprintf "SELECT fraiseql.add_relationship('%s', '%s.%s', '{%s}', '%s.%s', '{%s}', '%s', '%s');\n",
			$field, $schema, $source, join(',', @$columns), $schema, $target, join(',', @$others),
			$cardinality // 'one', $reverse;
	}
}

# ---- a request: its text, its variables, its SQL ----

our $variables;
my ($definitions, $fragments, $alias);

# A value in the document: now and then a variable.
sub value
{
	my ($type, $tree) = @_;

	if ($variables && maybe(0.4))
	{
		my $name = 'v' . scalar keys %$definitions;

		$definitions->{$name} = $type;
		$variables->{$name} = plain($tree);
		# one that is equal to its default may be left out
		if (maybe(0.2))
		{
			$definitions->{$name} .= ' = ' . text($type, $tree, 1);
			delete $variables->{$name} if maybe(0.5);
		}
		return "\$$name";
	}
	return text($type, $tree);
}

# A tree of [ kind, ... ] as text of the document.
sub text
{
	my ($type, $tree, $constant) = @_;
	my ($kind, @rest) = @$tree;

	local $variables = $constant ? undef : $variables;
	return $rest[0] if $kind eq 'raw';
	return $json->encode($rest[0]) if $kind eq 'string';
	(my $item = $type) =~ s/^\[(.*)\]$/$1/;
	return '[' . join(', ', map { value($item, $_) } @rest) . ']' if $kind eq 'list';
	return '{' . join(', ', map { "$_->[0]: " . value($_->[1], $_->[2]) } @rest) . '}';
}

# The same as JSON.
sub plain
{
	my ($tree) = @_;
	my ($kind, @rest) = @$tree;

	return $rest[0] if $kind eq 'string';
	return $rest[0] =~ /^(true|false)$/ ? ($1 eq 'true' ? JSON::PP::true : JSON::PP::false)
	  : $rest[0] =~ /^-?[\d.e+]+$/ ? $rest[0] + 0 : $rest[0]
	  if $kind eq 'raw';
	return [ map { plain($_) } @rest ] if $kind eq 'list';
	return { map { $_->[0] => plain($_->[2]) } @rest };
}

# A value for a column: as a tree, and as SQL.
sub operand
{
	my ($table, $column) = @_;
	my ($name, $type, undef, $graphql) = @$column;
	my ($index) = grep { $tables{$table}{columns}[$_][0] eq $name } 0 .. $#{ $tables{$table}{columns} };
	my $value = pick(@{ $rows{$table} })->[$index] // $rows{$table}[0][$index] // $rows{$table}[1][$index] // 1;

	return ([ 'raw', $value ? 'true' : 'false' ], $value ? 'true' : 'false') if $graphql eq 'Boolean';
	return ([ 'raw', $value ], "$value\::$type") if $graphql =~ /^(Int|Float)$/;
	return ([ 'string', "$value" ], literal($value) . "::$type");
}

my %comparison = (eq => '=', neq => '<>', gt => '>', gte => '>=', lt => '<', lte => '<=');

# One operator of a column's filter: name, type, tree, SQL.
sub column_operator
{
	my ($table, $column, $alias) = @_;
	my ($name, $type, undef, $graphql) = @$column;
	my $left = "$alias.$name";
	my ($tree, $sql) = operand($table, $column);
	my @operators = $graphql =~ /^(Boolean|UUID)$/ ? qw(eq neq in nin isnull) : qw(eq neq gt gte lt lte in nin isnull);

	push @operators, qw(contains startswith endswith icontains) if $graphql eq 'String';
	my $op = pick(@operators);
	return ($op, $graphql, $tree, "$left $comparison{$op} $sql") if $comparison{$op};
	if ($op eq 'isnull')
	{
		my $is = maybe(0.5);
		return ($op, 'Boolean', [ 'raw', $is ? 'true' : 'false' ], "$left IS " . ($is ? '' : 'NOT ') . 'NULL');
	}
	if ($op =~ /in$/)
	{
		my @items = map { [ operand($table, $column) ] } 1 .. rand 4;
		my $array = 'ARRAY[' . join(', ', map { $_->[1] } @items) . "]::$type\[]";

		return ($op, "[$graphql!]", [ 'list', map { $_->[0] } @items ],
			$op eq 'in' ? "$left = ANY ($array)" : "$left <> ALL ($array)");
	}
	my $function = { contains => "strpos($left, $sql) > 0", startswith => "starts_with($left, $sql)",
		endswith => "right($left, length($sql)) = $sql", icontains => "strpos(lower($left), lower($sql)) > 0" }->{$op};
	return ($op, $graphql, $tree, "($function)");
}

# A where object: tree and SQL.
sub where
{
	my ($table, $alias_of, $depth) = @_;
	my $type = "$tables{$table}{type}WhereInput";
	my (%members, @sql);

	for (1 .. rand 3.2)
	{
		my $choice = rand();

		if ($choice < 0.55 || $depth == 0)
		{
			my $column = pick(@{ $tables{$table}{columns} });
			my (%operators, @parts);

			next if $members{ $column->[0] };
			for (1 .. 1 + rand 1.5)
			{
				my ($op, $op_type, $tree, $sql) = column_operator($table, $column, $alias_of);

				next if $operators{$op};
				$operators{$op} = [ $op, $op_type, $tree ];
				push @sql, $sql;
			}
			$members{ $column->[0] } = [ $column->[0], "$column->[3]Filter", [ 'object', map { $operators{$_} } sort keys %operators ] ];
		}
		elsif ($choice < 0.75)
		{
			my $op = pick('_and', '_or');
			my @items = map { [ where($table, $alias_of, $depth - 1) ] } 1 .. rand 4;

			next if $members{$op};
			$members{$op} = [ $op, "[$type!]", [ 'list', map { $_->[0] } @items ] ];
			push @sql, @items ? '(' . join($op eq '_and' ? ' AND ' : ' OR ', map { $_->[1] } @items) . ')'
			  : $op eq '_and' ? 'TRUE' : 'FALSE';
		}
		elsif ($choice < 0.82)
		{
			my ($tree, $sql) = where($table, $alias_of, $depth - 1);

			next if $members{_not};
			$members{_not} = [ '_not', $type, $tree ];
			push @sql, "(NOT $sql)";
		}
		else
		{
			my $link = pick(@{ $links{$table} });
			my $inner = 'w' . $alias++;
			my ($tree, $sql) = where($link->{target}, $inner, $depth - 1);
			my $quantifier = pick(qw(some none every));
			my $target = $tables{ $link->{target} }{type};
			my $rows = "(SELECT FROM near.$link->{target} $inner WHERE " . $link->{join}->($alias_of, $inner);

			next if $members{ $link->{field} };
			if ($link->{many})
			{
				$tree = [ 'object', [ $quantifier, "${target}WhereInput", $tree ] ];
			}
			else
			{
				$quantifier = 'some';
			}
			$members{ $link->{field} } = [ $link->{field}, "${target}" . ($link->{many} ? 'ListFilter' : 'WhereInput'), $tree ];
			push @sql, $quantifier eq 'some' ? "EXISTS $rows AND $sql)"
			  : $quantifier eq 'none' ? "NOT EXISTS $rows AND $sql)"
			  : "NOT EXISTS $rows AND ($sql) IS NOT TRUE)";
		}
	}
	return ([ 'object', map { $members{$_} } sort keys %members ], '(' . (join(' AND ', @sql) || 'TRUE') . ')');
}

# What an item of an order orders by, with its direction: tree and SQL, perhaps
# through to-one relationships.
sub order_item
{
	my ($table, $alias_of, $direction, $depth) = @_;
	my @links = grep { !$_->{many} } @{ $links{$table} };

	if ($depth && @links && maybe(0.35))
	{
		my $link = pick(@links);
		my $inner = 'o' . $alias++;
		my ($tree, $sql) = order_item($link->{target}, $inner, $direction, $depth - 1);

		return ([ 'object', [ $link->{field}, "$tables{ $link->{target} }{type}OrderByInput!", $tree ] ],
			"(SELECT $sql FROM near.$link->{target} $inner WHERE " . $link->{join}->($alias_of, $inner) . ')');
	}
	my $column = pick(@{ $tables{$table}{columns} })->[0];
	return ([ 'object', [ $column, 'OrderDirection!', [ 'raw', $direction ] ] ], "$alias_of.$column");
}

# The arguments of a list field: text, and SQL after FROM .. alias.
sub arguments
{
	my ($table, $alias_of, $link_sql) = @_;
	my $type = $tables{$table}{type};
	my (@arguments, @order, %seen, $page);
	my $sql = $link_sql;

	if (maybe(0.6))
	{
		my ($tree, $condition) = where($table, $alias_of, 3);

		push @arguments, 'where: ' . value("${type}WhereInput", $tree);
		$sql .= " AND $condition";
	}
	my @items;
	for (1 .. 1 + rand 2)
	{
		my $direction = pick(qw(ASC DESC ASC_NULLS_FIRST ASC_NULLS_LAST DESC_NULLS_FIRST DESC_NULLS_LAST));
		my ($tree, $sql) = order_item($table, $alias_of, $direction, 2);

		push @items, $tree;
		(my $words = $direction) =~ s/_/ /g;
		push @order, "$sql $words" unless $seen{$sql}++;
	}
	push @order, map { "$alias_of.$_" } grep { !$seen{"$alias_of.$_"} } @{ $tables{$table}{key} };
	push @arguments, 'orderBy: ' . value("[${type}OrderByInput!]", [ 'list', @items ]);
	$page = '';
	for my $word ('limit', 'offset')
	{
		next unless maybe(0.25);
		my $n = int rand 5;

		push @arguments, "$word: " . value('Int', [ 'raw', $n ]);
		$page .= " $word $n";
	}
	@arguments = sort { rand() <=> 0.5 } @arguments;
	return ('(' . join(', ', @arguments) . ')', $sql, join(', ', @order), $page);
}

# A selection set that is in the request as text, split into pieces.
sub spread
{
	my ($type, @fields) = @_;
	my $text = '';

	while (@fields)
	{
		my $piece = join ' ', splice @fields, 0, 1 + rand @fields;

		if (maybe(0.15))
		{
			my $name = 'f' . scalar keys %$fragments;

			$fragments->{$name} = "fragment $name on $type { $piece }";
			$text .= "...$name ";
		}
		elsif (maybe(0.15))
		{
			my $condition = pick("on $type", '', '@include(if: true)', '@skip(if: no)');

			$condition =~ s/no/value('Boolean!', [ 'raw', 'false' ])/e;
			$text .= "... $condition { $piece } ";
		}
		else
		{
			$text .= "$piece ";
		}
	}
	return $text;
}

# A selection set: text and the SQL of the object's JSON.
sub selection
{
	my ($table, $alias_of, $depth) = @_;
	my (%seen, @fields, @sql);

	for (1 .. 1 + rand 4)
	{
		my $key = maybe(0.2) ? 'k' . $alias++ : undef;

		if (maybe(0.07))
		{
			next if $seen{__typename}++;
			push @fields, '__typename';
			push @sql, "'\"__typename\":\"$tables{$table}{type}\"'";
			next;
		}
		if ($depth == 0 || maybe(0.5))
		{
			my ($name, undef, undef, $graphql) = @{ pick(@{ $tables{$table}{columns} }) };
			my $text = $graphql =~ /^(ID|BigInt|Decimal)$/ ? "$alias_of.$name\::text" : "$alias_of.$name";

			next if $seen{ $key // $name }++;
			push @fields, $key ? "$key: $name" : $name;
			push @fields, $fields[-1] if maybe(0.1);
			push @sql, sprintf q{'"%s":' || coalesce(to_json(%s)::text, 'null')}, $key // $name, $text;
			push @fields, "skipped" . $alias++ . ": $name \@include(if: " . value('Boolean!', [ 'raw', 'false' ]) . ')' if maybe(0.05);
			next;
		}
		my $link = pick(@{ $links{$table} });
		next if $seen{ $key // $link->{field} }++;
		my ($text, $sql) = field($link->{field}, $key, $link, $alias_of, $depth - 1);
		push @fields, @$text;
		push @sql, $sql;
	}
	return selection($table, $alias_of, $depth) unless @sql;
	return (\@fields, "'{' || " . join(q( || ',' || ), @sql) . " || '}'");
}

# A relation field: text (perhaps in several pieces) and the SQL of '"key":value'.
sub field
{
	my ($field, $key, $link, $parent, $depth) = @_;
	my $inner = 't' . $alias++;
	my $name = $key ? "$key: $field" : $field;
	my $join = $link->{join} ? $link->{join}->($parent, $inner) : 'TRUE';
	my ($arguments, $sql, $order, $page) = $link->{many} ? arguments($link->{target}, $inner, $join) : ('', $join, '1', '');
	my ($fields, $object) = selection($link->{target}, $inner, $depth);
	my $type = $tables{ $link->{target} }{type};
	my @parts = ($fields);

	# now and then in two parts, which are one field
	push @parts, [ splice @$fields, 1 ] if @$fields > 1 && maybe(0.2);
	my @text = map { "$name$arguments { " . spread($type, @$_) . '}' } @parts;
	$key //= $field;
	return (\@text, "'\"$key\":' || (SELECT '[' || coalesce(string_agg(o, ',' ORDER BY r), '') || ']' FROM ("
		  . "SELECT $object AS o, row_number() OVER (ORDER BY $order) AS r FROM near.$link->{target} $inner "
		  . "WHERE $sql ORDER BY $order$page) s)")
	  if $link->{many};
	return (\@text, "'\"$key\":' || coalesce((SELECT $object FROM near.$link->{target} $inner WHERE $sql), 'null')");
}

# A request: document, variables, SQL of the response.
sub request
{
	my ($with_variables) = @_;
	my (@fields, @sql);

	($alias, $definitions, $fragments) = (0, {}, {});
	$variables = $with_variables ? {} : undef;
	for (1 .. 1 + rand 2)
	{
		my $table = pick(sort keys %tables);
		my ($text, $sql) = field($table, 'r' . $alias++, { target => $table, many => 1 }, undef, 3);

		push @fields, @$text;
		push @sql, $sql;
	}
	my $selections = spread('Query', @fields);
	my $head = %$definitions ? 'query(' . join(', ', map { "\$$_: $definitions->{$_}" } sort keys %$definitions) . ')' : 'query';

	return ("$head { $selections }" . join('', map { "\n$fragments->{$_}" } sort keys %$fragments),
		$variables, q(SELECT '{"data":{' || ) . join(q( || ',' || ), @sql) . q( || '}}'));
}

# ---- the comparison ----

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\n");
$node->start;
$node->safe_psql('postgres', encode('UTF-8', $setup));
$node->safe_psql('postgres', q{
CREATE TABLE differences (round int, place text, way text, query text, variables jsonb, answer text, expected text);
CREATE FUNCTION compare(round int, query text, variables jsonb, sql text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	place text;
	way text;
	expected text;
	answer text;
BEGIN
	EXECUTE sql INTO expected;
	FOREACH place IN ARRAY ARRAY['near', 'far', 'mixed'] LOOP
		PERFORM set_config('search_path', place, true);
		FOREACH way IN ARRAY CASE place WHEN 'near' THEN ARRAY['on auto'] ELSE ARRAY['on auto', 'on own', 'off related'] END LOOP
			PERFORM set_config('fraiseql.pushdown', split_part(way, ' ', 1), true);
			PERFORM set_config('fraiseql.filter_strategy', split_part(way, ' ', 2), true);
			PERFORM set_config('fraiseql.join_strategy', CASE WHEN round % 3 = 0 THEN 'sequential' ELSE 'parallel' END, true);
			answer := fraiseql.graphql(query, variables);
			IF answer IS DISTINCT FROM expected THEN
				INSERT INTO public.differences VALUES (round, place, way, query, variables, answer, expected);
			END IF;
		END LOOP;
	END LOOP;
END $$;});

my $script = "SET client_min_messages = warning;\n";
for my $round (1 .. $rounds)
{
	my ($query, $values, $sql) = request($round % 2);

	$script .= sprintf "SELECT public.compare(%d, %s, %s, %s);\n", $round, literal($query),
		$values ? literal($json->encode($values)) : 'NULL', literal($sql);
}
my ($stdout, $stderr) = ('', '');
$node->psql('postgres', encode('UTF-8', $script), on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
is($stderr, '', 'all requests and their SQL run');
is($node->safe_psql('postgres', 'SELECT count(*) FROM differences'), '0', "$rounds rounds without a difference (seed $seed)")
  or diag($node->safe_psql('postgres',
		q{SELECT round, array_agg(place || ' ' || way), query, variables, left(answer, 600), left(expected, 600)
		  FROM differences GROUP BY 1, 3, 4, 5, 6 ORDER BY length(query) LIMIT 3}));

$node->stop;
done_testing();
