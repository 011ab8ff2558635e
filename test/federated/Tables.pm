# The tables of the federated differential test: what they are, how they are
# related, and their rows.
#
# A column is { name, field, kind, type }: its GraphQL field, its kind (Source.pm
# says what types and declarations a kind may have), and its GraphQL type.
# Whatever a placement makes of a kind, the JSON of its values is the same.
#
# Rows of %rows are in the order of the columns; a value is text, or undef.
# Rows with "secret" are hidden from the role that asks: by row-level security
# where the table is the hub's, by not being there where it is a remote's.

package Tables;

use strict;
use warnings;
use utf8;

our (%tables, %links, %rows);

# name => [ GraphQL type, list field, row field, key, columns ]
my @definitions = (
	[ authors => 'Author', 'authors', 'author', ['id'],
		[ id => 'id', 'ID' ], [ name => 'text', 'String' ], [ boss => 'id', 'ID' ], [ rating => 'float', 'Float' ],
		[ active => 'bool', 'Boolean' ], [ born => 'date', 'Date' ], [ token => 'uuid', 'UUID' ] ],
	[ books => 'Book', 'books', 'book', ['id'],
		[ id => 'id', 'ID' ], [ author => 'id', 'ID' ], [ title => 'text', 'String' ], [ price => 'price', 'Decimal' ],
		[ year => 'number', 'Int' ], [ owner => 'guid', 'String' ] ],
	[ reviews => 'Review', 'reviews', 'review', [ 'book', 'n' ],
		[ book => 'id', 'ID' ], [ n => 'number', 'Int' ], [ score => 'number', 'Int' ], [ body => 'short', 'String' ], [ critic_id => 'id', 'ID' ] ],
	[ notes => 'Note', 'notes', 'note', ['id'],
		[ id => 'id', 'ID' ], [ book => 'id', 'ID' ], [ nr => 'number', 'Int' ], [ body => 'short', 'String' ], [ label => 'text', 'ID' ],
		[ written => 'timestamp', 'DateTime' ] ],
	[ tags => 'Tag', 'tags', 'tag', ['name'],
		[ name => 'text', 'ID' ], [ rank => 'number', 'Int' ] ],
	[ book_tags => 'BookTag', 'bookTags', 'bookTag', [ 'book_id', 'tag_name' ],
		[ book_id => 'id', 'ID' ], [ tag_name => 'text', 'ID' ], [ weight => 'float', 'Float' ] ],
	[ likes => 'Like', 'likes', 'like', [ 'author_id', 'tag_name' ],
		[ author_id => 'id', 'ID' ], [ tag_name => 'text', 'ID' ] ],
	[ profiles => 'Profile', 'profiles', 'profile', ['author_id'],
		[ author_id => 'id', 'ID' ], [ motto => 'text', 'String' ], [ since => 'date', 'Date' ] ],
	[ accounts => 'Account', 'accounts', 'account', ['id'],
		[ id => 'id', 'ID' ], [ author_id => 'id', 'ID' ], [ secret => 'bool', 'Boolean' ], [ credit => 'price', 'Decimal' ] ],
	[ logins => 'Login', 'logins', 'login', ['id'],
		[ id => 'id', 'ID' ], [ account_id => 'id', 'ID' ], [ token => 'char36', 'String' ], [ at => 'timestamp', 'DateTime' ] ]);

foreach my $definition (@definitions)
{
	my ($name, $type, $list, $one, $key, @columns) = @$definition;
	my %table = (name => $name, type => $type, list => $list, one => $one, key => $key);

	foreach my $column (@columns)
	{
		my ($column_name, $kind, $graphql) = @$column;
		my $col = { name => $column_name, field => $column_name =~ s/_(\w)/uc $1/er, kind => $kind, type => $graphql,
			index => scalar @{ $table{columns} // [] } };

		push @{ $table{columns} }, $col;
		$table{column}{$column_name} = $col;
	}
	$tables{$name} = \%table;
}

# source, field, columns, target, columns, reverse field; cardinality; whether
# the reverse is to-one
our @relationships = (
	[ 'authors', 'chief', ['boss'], 'authors', ['id'], 'staff' ],
	[ 'books', 'writer', ['author'], 'authors', ['id'], 'books' ],
	[ 'books', 'holder', ['owner'], 'authors', ['token'], 'owned' ],
	[ 'reviews', 'subject', ['book'], 'books', ['id'], 'reviews' ],
	[ 'reviews', 'critic', ['critic_id'], 'authors', ['id'], 'critiques' ],
	[ 'notes', 'review', [ 'book', 'nr' ], 'reviews', [ 'book', 'n' ], 'notes' ],
	[ 'notes', 'about', ['book'], 'books', ['id'], 'remarks' ],
	[ 'reviews', 'twin', ['body'], 'notes', ['body'], 'twins', 'many' ],
	[ 'notes', 'tag', ['label'], 'tags', ['name'], 'labelled' ],
	[ 'book_tags', 'ofBook', ['book_id'], 'books', ['id'], 'taggings' ],
	[ 'book_tags', 'ofTag', ['tag_name'], 'tags', ['name'], 'taggings' ],
	[ 'likes', 'fan', ['author_id'], 'authors', ['id'], 'likes' ],
	[ 'likes', 'topic', ['tag_name'], 'tags', ['name'], 'likes' ],
	[ 'profiles', 'person', ['author_id'], 'authors', ['id'], 'profile', 'one', 1 ],
	[ 'accounts', 'owner', ['author_id'], 'authors', ['id'], 'accounts' ],
	[ 'logins', 'account', ['account_id'], 'accounts', ['id'], 'logins' ],
	[ 'logins', 'bearer', ['token'], 'authors', ['token'], 'bearings' ]);

# A column as it is compared with another kind: a uuid meets text in lower case.
sub side
{
	my ($table, $name, $other, $alias) = @_;
	my $kind = $tables{$table}{column}{$name}{kind};
	my $column = $alias ? "$alias.$name" : $name;

	return $column if $kind eq $other || !grep { $_ eq 'uuid' } $kind, $other;
	return $kind eq 'uuid' ? "$column\::text" : "lower($column)";
}

# What a table's relationships compare, as columns of indexes.
sub sides
{
	my ($name) = @_;
	my %sides;

	foreach my $r (@relationships)
	{
		my ($source, undef, $columns, $target, $others) = @$r;
		foreach my $side ([ $source, $columns, $target, $others ], [ $target, $others, $source, $columns ])
		{
			my ($table, $own, $other, $far) = @$side;
			next if $table ne $name;
			$sides{ join ', ', map { my $s = side($table, $own->[$_], $tables{$other}{column}{ $far->[$_] }{kind}); $s =~ /\W/ ? "($s)" : $s } 0 .. $#$own } = 1;
		}
	}
	return sort keys %sides;
}

# A table's relation fields: { field, target, many, join }, where join gives the
# SQL condition for the aliases of both sides; through a join table there are no
# filters and orders by what is computed.
foreach my $r (@relationships)
{
	my ($source, $field, $columns, $target, $others, $reverse, $cardinality, $reverse_one) = @$r;
	my @pairs = map { [ $columns->[$_], $others->[$_] ] } 0 .. $#$columns;
	my $join = sub {
		my ($s, $t) = @_;
		return join ' AND ', map {
			my ($c, $o) = @$_;
			side($source, $c, $tables{$target}{column}{$o}{kind}, $s) . ' = ' . side($target, $o, $tables{$source}{column}{$c}{kind}, $t)
		} @pairs;
	};

	push @{ $links{$source} }, { field => $field, target => $target, many => ($cardinality // '') eq 'many', join => $join };
	push @{ $links{$target} }, { field => $reverse, target => $source, many => !$reverse_one, join => sub { $join->(reverse @_) } };
}

# Lists past a join table: source, field, its column, the source's key, and the
# same of the target.
foreach my $shortcut ([ 'authors', 'topics', 'author_id', 'id', 'tags', 'tag_name', 'name' ], [ 'tags', 'fans', 'tag_name', 'name', 'authors', 'author_id', 'id' ])
{
	my ($source, $field, $back, $key, $target, $forward, $other) = @$shortcut;
	my $join = sub {
		my ($s, $t) = @_;
		return "EXISTS (SELECT FROM near.likes j WHERE j.$back = $s.$key AND j.$forward = $t.$other)";
	};

	push @{ $links{$source} }, { field => $field, target => $target, many => 1, through => 1, join => $join };
}

# ---- rows ----

sub pick { return $_[ rand @_ ]; }

my @words = ('', 'a', 'A', 'ab', 'aB ', 'b', 'á', 'a ', '%', '_', '\\', 'é', "it's", '"q"', '日本', "tab\t", 'a%b', '🙂', 'zz', 'Zz', 'ss', 'ß');

# New rows for all tables, and so many times as many.
sub make_rows
{
	my ($scale) = @_;
	my $up_to = sub { return 1 + int rand($_[0] * $scale) };
	my $or_null = sub { my ($n, $nulls) = @_; return rand($n + $nulls) < $nulls ? undef : $up_to->($n) };
	my @own_words = $scale == 1 ? @words : map { my $word = $_; map { "$word$_" } '', 1 .. $scale } @words;
	my @own_tokens = map { sprintf '%08x-1111-4abc-8def-%012x', $_ * 2654435761 % 2**32, $_ * 77777 } 1 .. 25 * $scale;
	my $any_case = sub { my ($token) = @_; return $token && rand() < 0.5 ? uc $token : $token };
	my @stamps = ('1970-01-01 00:00:00', '2024-02-29 12:34:56', '2024-02-29 12:34:56.5', '1999-12-31 23:59:59', undef);
	my @dates = ('1970-01-01', '2024-02-29', '1999-12-31', '2000-01-01', undef);
	my @prices = ('0.00', '10.50', '-3.25', '99999999.75', undef);
	my %book_tags;

	%rows = map { $_ => [] } keys %tables;
	foreach my $i (1 .. 24 * $scale)
	{
		push @{ $rows{authors} }, [ $i, pick(@own_words, undef), $or_null->(30, 2), pick(0, 1.5, -2.25, '1000000000000000', undef),
			pick('true', 'false', undef), pick(@dates), $own_tokens[$i] ];
		push @{ $rows{profiles} }, [ $i, pick(@own_words, undef), pick(@dates) ] if rand() < 0.6;
	}
	foreach my $i (1 .. 50 * $scale)
	{
		push @{ $rows{books} }, [ $i, $or_null->(30, 1), pick(@own_words, undef), pick(@prices), pick(1900 .. 1910, undef),
			$any_case->(pick(@own_tokens, undef, 'none', '')) ];
	}
	foreach my $book (1 .. 55 * $scale)
	{
		push @{ $rows{reviews} }, [ $book, $_, pick(-1 .. 5, undef), pick(@own_words, undef), $or_null->(26, 1) ] foreach 1 .. rand 4;
	}
	foreach my $i (1 .. 70 * $scale)
	{
		push @{ $rows{notes} }, [ $i, $or_null->(58, 1), pick(1 .. 4, undef), pick(@own_words, undef), pick(@own_words, undef), pick(@stamps) ];
	}
	push @{ $rows{tags} }, [ $_, pick(1 .. 5, undef) ] foreach grep { rand() < 0.7 } @own_words;
	foreach (1 .. 60 * $scale)
	{
		my ($book, $tag) = ($up_to->(52), pick(@own_words));
		push @{ $rows{book_tags} }, [ $book, $tag, pick(0.5, 1, 2.25, undef) ] if !$book_tags{"$book $tag"}++;
	}
	my %likes;
	foreach (1 .. 70 * $scale)
	{
		my ($author, $tag) = ($up_to->(26), pick(@own_words));
		push @{ $rows{likes} }, [ $author, $tag ] if !$likes{"$author $tag"}++;
	}
	push @{ $rows{accounts} }, [ $_, $or_null->(26, 1), pick('true', 'false', 'false'), pick(@prices) ] foreach 1 .. 20 * $scale;
	foreach my $i (1 .. 45 * $scale)
	{
		push @{ $rows{logins} }, [ $i, $or_null->(22, 1), $any_case->(pick(@own_tokens, undef)), pick(@stamps) ];
	}
}

# The rows of a table that the role may see.
sub visible
{
	my ($table) = @_;
	my $secret = $tables{$table}{column}{secret} or return @{ $rows{$table} };
	return grep { $_->[ $secret->{index} ] eq 'false' } @{ $rows{$table} };
}

1;
