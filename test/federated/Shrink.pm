# The smallest request of the federated differential test that still differs.

package Shrink;

use strict;
use warnings;

use Tables;


# Ways to make a request smaller.  Each is a function that changes the request;
# they are found by walking it in one order, so that the i-th way of a copy is
# the i-th way of the original.

sub ways_of_list
{
	my ($list, $least) = @_;
	return map { my $i = $_; sub { splice @$list, $i, 1 } } @$list > $least ? 0 .. $#$list : ();
}

sub ways_of_value
{
	my ($value) = @_;
	return map { my $list = $_; ways_of_list($list, 0) } @{ $value->{lists} // [] };
}

sub ways_of_where
{
	my ($where) = @_;
	my @ways = ways_of_list($where, 0);

	foreach my $condition (@$where)
	{
		push @ways, ways_of_list($condition->{operators}, 1), map { ways_of_value($_->{value}) } @{ $condition->{operators} } if $condition->{operators};
		push @ways, ways_of_list($condition->{items}, 0), map { ways_of_where($_) } @{ $condition->{items} } if $condition->{items};
		push @ways, ways_of_where($condition->{item}) if $condition->{item};
		push @ways, sub { delete $condition->{where} } if $condition->{is} eq 'related' && $condition->{where};
		push @ways, ways_of_where($condition->{where}) if $condition->{where};
		push @ways, ways_of_list($condition->{filters}, 1) if $condition->{filters};
	}
	return @ways;
}

sub ways_of_items
{
	my ($items) = @_;
	my @ways = ways_of_list($items, 1);

	foreach my $i (0 .. $#$items)
	{
		my $item = $items->[$i];
		my $arguments = $item->{arguments};

		push @ways, map { my $word = $_; sub { delete $item->{$word} } } grep { $item->{$_} } qw(directive twice split);
		push @ways, sub { splice @$items, $i, 1, @{ $item->{items} } } if $item->{is} eq 'group';
		push @ways, sub { delete $item->{alias} } if $item->{link} && $item->{is} =~ /^(list|one)$/ && $item->{alias} && !grep { ($_->{link} // 0) == $item->{link} && !$_->{alias} } @$items;
		# an order must stay
		push @ways, map { my $word = $_; sub { delete $arguments->{$word} } } grep { $arguments->{$_} && ($arguments->{order} || $item->{calls} || !/^(limit|distinct)$/) } qw(where limit offset distinct first last after before);
		push @ways, sub { delete $item->{having} } if $item->{having};
		push @ways, map { my $word = $_; sub { delete $item->{$word} } } $item->{is} eq 'edges' && $item->{cursor} && $item->{selection} ? qw(cursor selection) : ();
		push @ways, map { ways_of_list($_, 1) } grep { $_ } @$item{qw(calls order fields)}, $arguments->{distinct};
		push @ways, ways_of_list($item->{by}, 1) if $item->{by} && !grep { $_->{column} } @{ $item->{order} };
		push @ways, ways_of_list($arguments->{order}, 1) if $arguments->{order};
		push @ways, map { my $term = $_; sub { delete @$term{qw(link call)}; %$term = (%$term, path => [], column => $Tables::tables{ $item->{root} // $item->{link}{target} }{columns}[0]) } }
		  grep { @{ $_->{path} } || $_->{call} } @{ $arguments->{order} // [] };
		push @ways, ways_of_where($arguments->{where}) if $arguments->{where};
		push @ways, ways_of_items($item->{selection}{items}) if $item->{selection};
		push @ways, ways_of_items($item->{items}) if $item->{items};
	}
	return @ways;
}

# Make a request smaller as long as differs(request) is true of it, for at most
# so many seconds.
sub smallest
{
	my ($request, $differs, $seconds) = @_;
	my ($end, $again) = (time + $seconds, 1);

	while ($again)
	{
		$again = 0;
		for (my $i = 0; $i < scalar(my @ways = ways_of_items($request->{items})); $i++)
		{
			return $request if time > $end;
			my $smaller = copy($request);
			(ways_of_items($smaller->{items}))[$i]->();
			next unless $differs->($smaller);
			($request, $again) = ($smaller, 1);
			$i--;
		}
	}
	return $request;
}

# A copy of a request; columns and relations are shared.
sub copy
{
	my ($thing) = @_;

	return [ map { copy($_) } @$thing ] if ref $thing eq 'ARRAY';
	return { map { $_ => /^(column|link|path)$/ ? $thing->{$_} : copy($thing->{$_}) } keys %$thing } if ref $thing eq 'HASH';
	return $thing;
}

1;
