# The language agrees with graphql-js: the cases of its own test suite, where a
# folder holds them (FSQ_SHARED, or ../shared beside the tree).

use strict;
use warnings;

use Encode qw(encode_utf8);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $json = JSON::PP->new->canonical->allow_nonref;
my $shared = $ENV{FSQ_SHARED} // '../shared';
my $corpus = "$shared/conformance";

plan skip_all => "no conformance cases in $corpus: set FSQ_SHARED to the folder above them"
  unless -e "$corpus/corpus-parse.jsonl";

# A scalar's own JavaScript, which no SDL document can say.
my %needs_code = (
	'Validate: Values of correct type Invalid input object value reports error for custom scalar that returns undefined' => 1);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql');

# The cases of a file, one JSON object a line.
sub read_cases
{
	my ($file) = @_;
	open my $in, '<:raw', "$corpus/$file" or die "$corpus/$file: $!";
	my @cases = map { JSON::PP->new->utf8->allow_nonref->decode($_) } <$in>;

	close $in;
	return @cases;
}

# A SQL expression for a text, whatever characters it has.
sub text_literal
{
	my ($text) = @_;

	return 'NULL' unless defined $text;
	return "convert_from('\\x" . unpack('H*', encode_utf8($text)) . "', 'UTF8')";
}

# What fraiseql.validate() says of each [sdl, query, variables, rule].
sub validate_all
{
	my (@calls) = @_;
	my $sql = "CREATE TEMP TABLE call (n int, sdl text, query text, variables jsonb, rule text);\n";
	my $n = 0;

	foreach my $call (@calls)
	{
		my ($sdl, $query, $variables, $rule) = @$call;
		my $jsonb = text_literal(defined $variables ? $json->encode($variables) : undef);

		$sql .= sprintf("INSERT INTO call VALUES (%d, %s, %s, %s::jsonb, %s);\n",
			$n++, text_literal($sdl), text_literal($query), $jsonb, text_literal($rule));
	}
	$sql .= 'SELECT json_agg(fraiseql.validate(sdl, query, variables, rule) ORDER BY n) FROM call;';
	return @{ JSON::PP->new->utf8->decode($node->safe_psql('postgres', "BEGIN;\n$sql\nROLLBACK;\n")) };
}

# Errors as a comparable text: messages and places.
sub places
{
	my ($errors) = @_;

	return $json->encode([ map { [ $_->{message}, $_->{locations} // [] ] } @$errors ]);
}

sub messages
{
	my ($errors) = @_;

	return $json->encode([ map { $_->{message} } @$errors ]);
}

# A source as a test's name.
sub excerpt
{
	my ($text) = @_;

	$text =~ s/[^ -~]+|#/ /g;
	$text =~ s/\s+/ /g;
	return substr($text, 0, 60);
}

# Documents that are to be read, or refused with a message and a place.  Of the
# parser's options, noLocation is about the tree alone; limits of tokens and
# fragments with variables are not part of the language.
my @cases = grep { !grep { $_ ne 'noLocation' } keys %{ $_->{options} // {} } } read_cases('corpus-parse.jsonl');
my @answers = validate_all(map { [ 'type Query { a: Int }', $_->{source}, undef, 'ExecutableDefinitionsRule' ] } @cases);
foreach my $i (0 .. $#cases)
{
	my ($case, $answer) = ($cases[$i], $answers[$i]);
	my @syntax = grep { $_->{extensions}{code} eq 'PARSE_ERROR' } @$answer;

	is(places(\@syntax), places($case->{ok} ? [] : [ $case->{error} ]), 'parse: ' . excerpt($case->{source}));
}

# Validation: each rule alone, and all of them together.  Cases without a schema
# are those of graphql-js's test schema, which other cases have with more
# directives.
@cases = grep { $_->{kind} eq 'query' } read_cases('corpus-validation.jsonl');
my ($harness) = map { $_->{schema} } grep { $_->{rule} eq 'UniqueDirectivesPerLocationRule' && $_->{schema} } @cases;
$harness =~ s/directive \@(?:directive\w*|repeatable) [^\n]*\n\n//g;

@answers = validate_all(map { [ $_->{schema} // $harness, $_->{query}, undef, $_->{rule} ] } @cases);
foreach my $i (0 .. $#cases)
{
	my $case = $cases[$i];
	my $name = "$case->{rule}: $case->{title}";

  SKIP:
	{
		skip "$name: needs a scalar's own code", 1 if $needs_code{ $case->{title} };
		is(places($answers[$i]), places($case->{errors}), $name);
	}
}
@answers = validate_all(map { [ $_->{schema} // $harness, $_->{query}, undef, undef ] } @cases);
foreach my $i (0 .. $#cases)
{
	my $case = $cases[$i];
	my $name = "all rules: $case->{title}";

  SKIP:
	{
		skip "$name: needs a scalar's own code", 1 if $needs_code{ $case->{title} };
		is(places($answers[$i]), places($case->{allRulesErrors}), $name);
	}
}

# Documents that define types, or extend those of a schema.
@cases = grep { $_->{kind} eq 'sdl' } read_cases('corpus-validation.jsonl');
@answers = validate_all(map { [ $_->{schema}, $_->{query}, undef, $_->{rule} ] } @cases);
is(places($answers[$_]), places($cases[$_]{errors}), "$cases[$_]{rule}: $cases[$_]{title}") foreach 0 .. $#cases;

# Variables.  A case with a lower limit of errors agrees up to that limit.
@cases = read_cases('corpus-vars.jsonl');
@answers = validate_all(
	map {
		my $defs = ref $_->{defs} ? join(', ', @{ $_->{defs} }) : $_->{defs};
		[ $_->{sdl}, "query ($defs) { __typename }", $_->{inputs}, 'ExecutableDefinitionsRule' ]
	} @cases);
foreach my $i (0 .. $#cases)
{
	my ($case, $answer) = ($cases[$i], $answers[$i]);
	my @expected = @{ $case->{errors} // [] };
	my $name = 'variables: ' . excerpt((ref $case->{defs} ? "@{ $case->{defs} }" : $case->{defs}) . ' ' . $json->encode($case->{inputs}));

	if (@expected && $expected[-1]{message} =~ /^Too many errors/)
	{
		pop @expected;
		splice @$answer, scalar @expected;
	}
  SKIP:
	{
		skip "$name: needs a scalar's own code", 1
		  if grep { $_->{message} =~ /FaultyScalarErrorMessage/ } @expected;
		is(messages($answer), messages(\@expected), $name);
	}
}

$node->stop;
done_testing();
