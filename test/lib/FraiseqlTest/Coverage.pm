# Which parts of a schema requests use: fields by what they give, arguments,
# operators of each filter, values of enums.
#
#	my @unused = FraiseqlTest::Coverage::unused($node, 'demo', $sdl, @requests);
#
# A part is used if the requests are no longer valid once it has another name.
# What is made for each table counts as one, whichever table it is: of the types
# of tables the names are "*", and columns have none.

package FraiseqlTest::Coverage;

use strict;
use warnings;

use JSON::PP;

my $json = JSON::PP->new->allow_nonref;

# What is made for each table by a name of its own, and is no column of it.
my %made = map { $_ => 1 } qw(_and _or _not some none every nodeId count countDistinct sum avg min max stddev variance
	boolAnd boolOr key aggregate edges nodes pageInfo totalCount cursor node databaseStatus _service _entities
	where orderBy distinctOn limit first offset after last before by buckets timeZone having column path representations);
my $made_types = qr/(?:Connection|Edge|GroupBy|GroupByKey|(?:Bool|Variance)?Aggregate|Avg|Sum|Min|Max)/;
my $of_columns = qr/^\*(?:VarianceAggregate|BoolAggregate|Avg|Sum|Min|Max|GroupByKey|\w+(?<!Aggregate)(?<!List)Filter)$/;
my %own_types = map { $_ => 1 } qw(Query PageInfo DatabaseStatus Node _Service);

# The parts of a schema, each with the place of its name in the text:
# [type, name or undef if it is a column's, what it gives, offset, length]
sub parts
{
	my ($sdl) = @_;
	my @objects = grep { !$own_types{$_} } $sdl =~ /^type (\w+)/mg;
	my %is = map { $_ => 1 } @objects;
	my $rows = join '|', sort { length $b <=> length $a } grep { !(/^(\w+?)$made_types$/ && $is{$1}) } @objects;
	my $enums = join '|', grep { !/^(?:OrderDirection|TimeBucket|SourceAffinity)$/ && !/Column$/ } $sdl =~ /^enum (\w+)/mg;
	my $star = sub { my ($t) = @_; $t =~ s/!//g; $t =~ s/\b(?:$rows)(?=$made_types?\b|\w+Input\b|\w+Filter\b|Column\b)/*/; $t =~ s/\b(?:$enums)\b/ENUM/ if $enums; $t =~ s/\b(?:$enums)(?=(?:Array)?Filter)/ENUM/ if $enums; $t };
	my @parts;

	while ($sdl =~ /^(type|input|enum|interface|directive) @?(\w+)([^\n]*)(?:\n(.*?)^\}|$)/msg)
	{
		my ($kind, $type, $head, $body, $head_start, $start) = ($1, $2, $3, $4, $-[3], $-[4]);
		my $owner = $star->($type);
		my $of_table = $owner =~ /\*|ENUM/ && $owner !~ /ENUM\w/ || $type eq 'Query';
		my $name_of = sub { my ($name) = @_; return !$of_table || $made{$name} ? $name : undef; };
		my $arguments = sub {
			my ($of, $text, $at) = @_;
			push @parts, [ $of, $made{$1} || $kind eq 'directive' ? $1 : undef, $star->($2), $at + $-[1], length $1 ] while $text =~ /(\w+): ([\w\[\]!]+)/g;
		};

		if ($kind eq 'directive')
		{
			$arguments->("\@$type", $head, $head_start) if $type eq 'source';
			next;
		}
		next if !defined $body;
		while ($body =~ /^  (\w+)(?:\((.*?)\))?(?:: ([\w\[\]!]+))?.*$/mg)
		{
			my ($name, $with, $gives) = ($1, $2, $star->($3 // ''));
			my @at = ($start + $-[1], $start + ($-[2] // 0));

			push @parts, [ $owner, $name_of->($name), $gives, $at[0], length $name ];
			$arguments->("$owner." . ($name_of->($name) // '') . ":$gives", $with, $at[1]) if defined $with;
		}
	}
	return @parts;
}

# One document of all requests, each an operation of its own.
sub document
{
	my $n = 0;

	return join "\n", map {
		my $text = $_;
		my $i = ++$n;
		$text =~ s/^\s*\{/query e$i {/;
		$text =~ s/\bquery\s*(?=\()/query e$i /;
		$text =~ s/\bquery (?!e$i\b)(\w+)/query e${i}_$1/g;
		$text =~ s/\bfragment (\w+)/fragment e${i}_$1/g;
		$text =~ s/\.\.\.\s*(?!on\b)(?=\w)/... e${i}_/g;
		$text;
	} @_;
}

# The parts that none of the requests uses, as lines of text.  Requests that are
# not valid are left aside.
sub unused
{
	my ($node, $database, $sdl, @requests) = @_;

	# descriptions may have anything in them
	$sdl =~ s/^ *""".*?"""\n//msg;
	my $validate = sub { my ($expressions) = @_; return map { $json->decode($_) } split /\n/, $node->safe_psql($database, $expressions) };
	my @errors = $validate->(join '', map { "SELECT fraiseql.validate(\$sdl\$$sdl\$sdl\$, \$request\$$_\$request\$, NULL);\n" } @requests);
	my $document = document(map { $requests[$_] } grep { !@{ $errors[$_] } } 0 .. $#requests);

	my %places;
	foreach my $part (parts($sdl))
	{
		my ($owner, $name, $gives, @place) = @$part;

		# what is computed of columns is the same whatever their types
		$gives = '' if $owner =~ /$of_columns/;
		push @{ $places{"$owner." . ($name // '') . ($gives ne '' ? ": $gives" : '')} }, \@place;
	}

	# the first of each kind, and then the others of those that were not used
	my %unused = %places;
	foreach my $these (sub { @_[0 .. 0] }, sub { @_[1 .. $#_] })
	{
		my @tried = map { my $what = $_; map { [ $what, @$_ ] } $these->(@{ $unused{$what} }) } sort keys %unused;

		# types and their interface have the same name for nodeId
		my @errors = $validate->("SELECT fraiseql.validate(CASE substr(sdl, place, size) WHEN 'nodeId' THEN regexp_replace(sdl, '^  nodeId', '  removed_nodeId', 'ng')
				ELSE overlay(sdl PLACING 'removed_' || substr(sdl, place, size) FROM place FOR size) END, \$request\$$document\$request\$, NULL)
			FROM (VALUES (\$sdl\$$sdl\$sdl\$)) s (sdl),
				ROWS FROM (unnest('{" . join(',', map { $_->[1] + 1 } @tried) . "}'::int[]), unnest('{" . join(',', map { $_->[2] } @tried) . "}'::int[])) WITH ORDINALITY p (place, size, n) ORDER BY n");
		foreach my $i (0 .. $#tried)
		{
			my ($what, @place) = @{ $tried[$i] };
			my $name = substr $sdl, $place[0], $place[1];

			delete $unused{$what} if grep { $_->{message} =~ /(?:Cannot query field|Unknown argument|Field|Value) "(?:\w+\.)*$name"/ } @{ $errors[$i] };
		}
	}
	return sort keys %unused;
}

1;
