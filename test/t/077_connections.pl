# Connections, walked page by page forwards and backwards, over random orders,
# page sizes and filters, with nulls and ties: on local tables and on all engines
# every row comes once, in the order of one SQL query.
#
# FSQ_SEED and FSQ_ROUNDS choose others.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Test::More;

use FraiseqlTest;

my $seed = $ENV{FSQ_SEED} // 20262;
my $rounds = $ENV{FSQ_ROUNDS} // 10;
my $rows = 90;
srand $seed;

sub pick { return $_[ rand @_ ]; }

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], conf => "search_path = 'public'\n");

# ---- tables ----

# column => values; undef is null
my @texts = ('a', 'A', 'b', 'B', 'ab', 'zz', '', 'é', 'Z', 'été', "o'k", undef, undef);
my @values = map {
	my $id = $_;
	[ $id, 1 + int rand 5, pick(undef, -3, 0, 1, 2, 2, 2147483647), pick(@texts), pick(undef, '0.0000', '1.5000', '1.5001', '-12345678.9999', '2.0000'),
		pick(undef, 0, 0.1, 1e300, -1e-300, 2.5, 1 / 3), pick(undef, '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.123457', '1999-12-31 23:59:59', '2024-03-01 00:00:00.5') ]
} 1 .. $rows;

sub literal { my ($value, $number) = @_; return !defined $value ? 'NULL' : $number ? sprintf('%.17g', $value) : "'" . $value =~ s/'/''/gr . "'"; }

sub insert
{
	my ($table, $national) = @_;
	return "INSERT INTO $table VALUES " . join ', ', map {
		my $row = $_;
		'(' . join(', ', map { my $l = literal($row->[$_], $_ == 5 || $_ < 3); $_ == 3 && $l ne 'NULL' && $national ? "N$l" : $_ == 5 && $l ne 'NULL' && $national ? "${l}e0" =~ s/(e[-+]\d+)e0/$1/r : $l } 0 .. $#$row) . ')'
	} @values;
}

my %types = (
	mysql => 'id int PRIMARY KEY, team_id int, n int, name varchar(40), price decimal(12,4), ratio double, at datetime(6)',
	postgres => 'id int PRIMARY KEY, team_id int, n int, name text, price numeric(12,4), ratio double precision, at timestamp',
	sqlserver => 'id int PRIMARY KEY, team_id int, n int, name nvarchar(40), price decimal(12,4), ratio float, at datetime2(6)',
	sqlite => 'id integer PRIMARY KEY, team_id integer, n integer, name text, price text, ratio real, at text');
my $columns = 'id int%s NOT NULL, team_id int%s, n int, name text, price numeric(12,4), ratio double precision, at timestamp';

$hub->sql(qq{
	CREATE TABLE teams (id int PRIMARY KEY, name text);
	INSERT INTO teams VALUES (1, 'x'), (2, NULL), (3, 'y'), (4, 'x'), (5, 'Z'), (6, 'none');
	CREATE TABLE local_players (} . sprintf($columns, ' PRIMARY KEY', ' REFERENCES teams') . qq{);
	} . insert('local_players') . ';');
my @places = ('local');
foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $schema = $engine->{schema} ? "schema_name '$engine->{schema}', " : '';

	my $insert = insert('players', $name eq 'sqlserver');
	# tsql reads bytes
	utf8::encode($insert) if $name eq 'sqlserver';
	$engine->run_remote("CREATE TABLE players ($types{$name})", $insert);
	$hub->sql("CREATE FOREIGN TABLE ${name}_players (" . sprintf($columns, " OPTIONS (key 'true')", " OPTIONS (references 'teams(id)')") .
		") SERVER $name OPTIONS (${schema}table_name 'players')");
	push @places, $name;
}

# ---- the walk ----

# All ids from one end to the other, and what is wrong on the way.
$hub->sql(<<'SQL');
	CREATE FUNCTION walk(field text, around text, orders text, filter text, page int, backward boolean) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		document text := format('query($n: Int, $c: Cursor) { %s c: %s(where: {%s}, orderBy: [%s], %s: $n, %s: $c) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } %s',
			around, field, filter, orders, CASE WHEN backward THEN 'last' ELSE 'first' END, CASE WHEN backward THEN 'before' ELSE 'after' END, CASE WHEN around = '' THEN '}' ELSE '} }' END);
		cursor text;
		answer jsonb;
		ids text[] := '{}';
		these text[];
		more boolean;
		total int;
	BEGIN
		LOOP
			answer := fraiseql.graphql(document, jsonb_build_object('n', page, 'c', cursor))::jsonb;
			IF answer ? 'errors' THEN RETURN answer ->> 'errors'; END IF;
			answer := answer -> 'data';
			IF around <> '' THEN answer := answer -> 'p'; END IF;
			answer := answer -> 'c';
			these := array(SELECT e -> 'node' ->> 'id' FROM jsonb_array_elements(answer -> 'edges') WITH ORDINALITY AS t (e, o) ORDER BY o);
			ids := CASE WHEN backward THEN these || ids ELSE ids || these END;
			more := (answer -> 'pageInfo' -> CASE WHEN backward THEN 'hasPreviousPage' ELSE 'hasNextPage' END)::boolean;
			total := coalesce(total, (answer ->> 'totalCount')::int);
			IF total <> (answer ->> 'totalCount')::int THEN RETURN 'another total'; END IF;
			IF more AND cardinality(these) <> page THEN RETURN 'a short page'; END IF;
			IF (answer -> 'pageInfo' -> CASE WHEN backward THEN 'hasNextPage' ELSE 'hasPreviousPage' END)::boolean <> (cursor IS NOT NULL) THEN RETURN 'the other side'; END IF;
			IF answer -> 'pageInfo' -> 'startCursor' IS DISTINCT FROM coalesce(answer #> '{edges,0,cursor}', 'null') OR
				answer -> 'pageInfo' -> 'endCursor' IS DISTINCT FROM coalesce(answer #> '{edges,-1,cursor}', 'null') THEN RETURN 'other cursors'; END IF;
			IF (SELECT jsonb_agg(e -> 'node') FROM jsonb_array_elements(answer -> 'edges') e) <> answer -> 'nodes' THEN RETURN 'other nodes'; END IF;
			IF NOT more THEN EXIT; END IF;
			cursor := answer -> 'pageInfo' ->> CASE WHEN backward THEN 'startCursor' ELSE 'endCursor' END;
			IF cardinality(ids) > 10000 THEN RETURN 'no end'; END IF;
		END LOOP;
		IF total <> cardinality(ids) THEN RETURN format('%s of %s rows', cardinality(ids), total); END IF;
		RETURN array_to_string(ids, ' ');
	END $$;
SQL

my %directions = (
	ASC => '', DESC => ' DESC', ASC_NULLS_FIRST => ' NULLS FIRST', ASC_NULLS_LAST => '', DESC_NULLS_FIRST => ' DESC', DESC_NULLS_LAST => ' DESC NULLS LAST');
my @orders = ([ '{n: %s}', 'p.n' ], [ '{name: %s}', 'p.name' ], [ '{price: %s}', 'p.price' ], [ '{ratio: %s}', 'p.ratio' ], [ '{at: %s}', 'p.at' ],
	[ '{teamId: %s}', 'p.team_id' ], [ '{id: %s}', 'p.id' ], [ '{team: {name: %s}}', 't.name' ]);
my @filters = ([ '', 'true' ], [ '', 'true' ], [ 'n: {gte: 0}', 'p.n >= 0' ], [ 'name: {isnull: true}', 'p.name IS NULL' ], [ 'team: {name: {eq: "x"}}', q{t.name = 'x'} ]);

my %session = map { $_ => $hub->session } @places;
foreach my $round (1 .. $rounds)
{
	my @terms = map { [ @$_, pick(sort keys %directions) ] } (sort { $a->[2] <=> $b->[2] } map { [ @$_, rand ] } @orders)[ 0 .. rand 3.5 ];
	my $order = join ', ', map { sprintf $_->[0], $_->[-1] } @terms;
	my $by = join ', ', (map { $_->[1] . $directions{ $_->[-1] } } @terms), 'p.id';
	my $filter = pick(@filters);
	my $page = pick(1, 2, 3, 7, 30, 100);
	my $team = pick(1 .. 6);
	my $from = "FROM local_players p LEFT JOIN teams t ON t.id = p.team_id WHERE $filter->[1]";

	# long walks in small steps take long
	$page = 7 if $page < 7 && $filter->[1] eq 'true';
	my $expected = $session{local}->answer("SELECT coalesce(string_agg(p.id::text, ' ' ORDER BY $by), '') $from");
	my $of_team = $session{local}->answer("SELECT coalesce(string_agg(p.id::text, ' ' ORDER BY $by), '') $from AND p.team_id = $team");
	foreach my $place (@places)
	{
		my $walk = sub {
			my ($around, $size, $backward) = @_;
			return $session{$place}->answer("SELECT walk('${place}PlayersConnection', \$x\$$around\$x\$, \$x\$$order\$x\$, \$x\$$filter->[0]\$x\$, $size, $backward)");
		};

		is($walk->('', $page, 'false'), $expected, "$round $place, pages of $page, forwards: $order; $filter->[0]");
		is($walk->('', $page, 'true'), $expected, "$round $place, pages of $page, backwards: $order; $filter->[0]");
		is($walk->("p: team(id: $team) {", 2, 'false'), $of_team, "$round $place, of team $team, forwards");
		is($walk->("p: team(id: $team) {", 3, 'true'), $of_team, "$round $place, of team $team, backwards");
	}
}

# ---- what is sent ----

# The page of each parent and what is counted are one statement each, and no more
# rows come than the pages and one for each.
foreach my $place (grep { $_ ne 'local' } @places)
{
	my $session = $hub->session;
	my $cursor = $session->answer(qq{SELECT fraiseql.graphql('{ c: ${place}PlayersConnection(orderBy: [{teamId: ASC_NULLS_LAST}], first: 40) { pageInfo { endCursor } } }') #>> '{data,c,pageInfo,endCursor}'});
	my $explained = $session->answer(qq{SELECT fraiseql.explain('{ ${place}PlayersConnection(first: 3, after: "$cursor", orderBy: [{teamId: ASC_NULLS_LAST}]) { nodes { id } totalCount } }')});
	my @remote = $explained =~ /Remote SQL: (.*)/g;

	like($remote[0], qr/(?:LIMIT|TOP|FETCH)/i, "$place: the page is the source's");
	like($remote[0], qr/OR/, "$place: and so is the cursor");
	like($remote[1], qr/count/i, "$place: what is counted is counted there");
}

$hub->stop;
done_testing();
