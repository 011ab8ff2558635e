# @skip and @include on random documents: the answer with the booleans as
# variables, for which one plan serves all values, is the answer with the
# booleans in the document.  Fields stand in several places, in fragments that
# are spread again under other conditions, at any depth, over tables of the hub
# and of a SQLite file.
#
# FSQ_SEED and FSQ_ROUNDS choose other documents, and how many.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{FSQ_SEED} // 1;
my $rounds = $ENV{FSQ_ROUNDS} // 150;
my @names = ('a' .. 'e');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;

my $file = PostgreSQL::Test::Utils::tempdir . '/shop.db';
run_log([ 'sqlite3', $file, <<'SQL' ]) or BAIL_OUT('sqlite3');
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total INTEGER);
INSERT INTO orders VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5), (4, NULL, 7);
SQL
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE TABLE teams (id int PRIMARY KEY, name text);
	CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, email text, team_id int REFERENCES teams);
	CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);
	CREATE SERVER shop FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), user_id int OPTIONS (references 'users(id)'), total int) SERVER shop;
	INSERT INTO teams VALUES (1, 'red'), (2, 'blue');
	INSERT INTO users VALUES (1, 'ann', 'ann\@x', 1), (2, 'bob', NULL, 2), (3, 'eve', 'eve\@x', NULL);
	INSERT INTO posts VALUES (1, 1, 'first'), (2, 1, 'second'), (3, 3, 'third');
});

# ---- documents ----

my $list = '(orderBy: [{id: ASC}])';

# The fields of each type: text, and the type below it.
my %fields = (
	Query => [ [ "users$list", 'User' ], [ "u: users(orderBy: [{id: DESC}], limit: 2)", 'User' ], [ 'user(id: 1)', 'User' ], [ "orders$list", 'Order' ], [ '__typename' ] ],
	User => [ ['id'], ['name'], ['n: name'], ['email'], ['__typename'], [ 'team', 'Team' ], [ "posts$list", 'Post' ], [ 'last: posts(orderBy: [{id: DESC}], limit: 1)', 'Post' ], [ "orders$list", 'Order' ] ],
	Team => [ ['id'], ['name'], [ "users$list", 'User' ] ],
	Post => [ ['id'], ['title'], [ 'user', 'User' ] ],
	Order => [ ['id'], ['total'], ['__typename'], [ 'user', 'User' ] ]);
my %fragments;		# name -> [ type, text ]

sub pick { return $_[ int rand @_ ]; }

sub directives
{
	my $chance = rand;

	return '' if $chance < 0.5;
	return sprintf ' @%s(if: $%s)', pick('include', 'skip'), pick(@names) if $chance < 0.9;
	return sprintf ' @include(if: $%s) @skip(if: $%s)', pick(@names), pick(@names);
}

# A selection set of a type; fragments that it spreads have names after a limit.
sub selections
{
	my ($type, $depth, $after) = @_;
	my @selections;

	foreach (1 .. 1 + int rand 4)
	{
		my @spread = grep { $fragments{$_}[0] eq $type && $_ gt $after } sort keys %fragments;
		my $chance = rand;

		if ($chance < 0.15)
		{
			push @selections, '...' . pick('', " on $type") . directives() . ' ' . selections($type, $depth, $after);
		}
		elsif ($chance < 0.35 && @spread)
		{
			push @selections, '...' . pick(@spread) . directives();
		}
		else
		{
			my ($text, $below) = @{ pick(grep { $depth > 0 || !$_->[1] } @{ $fields{$type} }) };
			push @selections, $text . directives() . ($below ? ' ' . selections($below, $depth - 1, $after) : '');
		}
	}
	return '{ ' . join(' ', @selections) . ' }';
}

# A document without its head: the operation's selection set, and the fragments that it uses.
sub document
{
	%fragments = map { my $type = pick(qw(User User Team Order)); ("f$_" => [$type]) } 1 .. 4;
	# each spreads only those after it
	$fragments{$_}[1] = selections($fragments{$_}[0], 1, $_) foreach reverse sort keys %fragments;
	my $text = selections('Query', 3, '');
	my (%used, @todo);

	push @todo, $text =~ /\.\.\.(f\d)/g;
	while (defined(my $name = shift @todo))
	{
		push @todo, $fragments{$name}[1] =~ /\.\.\.(f\d)/g if !$used{$name}++;
	}
	return join ' ', $text, map { "fragment $_ on $fragments{$_}[0] $fragments{$_}[1]" } sort keys %used;
}

# ---- answers ----

srand $seed;
my (@statements, @documents, %literals);
foreach my $round (1 .. $rounds)
{
	my $document = document();
	my %used = map { $_ => 1 } $document =~ /\$(\w)/g;
	my @used = sort keys %used;
	my $head = @used ? 'query (' . join(', ', map { "\$$_: Boolean!" } @used) . ') ' : '';

	foreach (1 .. (@used ? 6 : 1))
	{
		my %value = map { $_ => pick('true', 'false') } @used;
		my $variables = '{' . join(', ', map { qq{"$_": $value{$_}} } @used) . '}';
		my $literal = $document =~ s/\$(\w)/$value{$1}/gr;

		$literals{$literal}++;
		push @documents, "$head$document $variables";
		push @statements, "SELECT md5(x), md5(y), x, y FROM (SELECT regexp_replace(fraiseql.graphql(\$q\$$head$document\$q\$, '$variables')::text, '\"locations\":[^]]*]', '', 'g'), regexp_replace(fraiseql.graphql(\$q\$$literal\$q\$)::text, '\"locations\":[^]]*]', '', 'g')) t(x, y);";
	}
}
my $script = PostgreSQL::Test::Utils::tempdir . '/conditions.sql';
append_to_file($script, join "\n", 'SET fraiseql.planning_cache_size = 1000000;', @statements, "SELECT misses FROM fraiseql.plan_cache;");
my @answers = split /\n/, $node->safe_psql('postgres', "\\i $script");
my $misses = pop @answers;

is(scalar @answers, scalar @statements, 'all requests have answers');
my @wrong = grep { my ($x, $y) = split /\|/, $answers[$_]; $x ne $y } 0 .. $#answers;
is(scalar @wrong, 0, "of $rounds documents, with the booleans as variables and in the document") or diag(map { "$documents[$_]\n$answers[$_]\n" } grep { defined } @wrong[ 0 .. 2 ]);
my @refused = grep { $answers[$_] =~ /VALIDATION_ERROR|PARSE_ERROR|INTERNAL/ } 0 .. $#answers;
is(scalar @refused, 0, 'none of them is refused') or diag(map { "$documents[$_]\n$answers[$_]\n" } grep { defined } @refused[ 0 .. 2 ]);
cmp_ok($misses - keys %literals, '<=', $rounds, 'a plan for each document, whatever the values');

$node->stop;
done_testing();
