# One SQL join over a table of the hub and one of each engine; the answer is that
# of local tables with the same rows, however it is planned. One source that is
# down costs what reads it, and nothing else.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)]);
my %engine = map { $_->name => $_ } $hub->engines;

plan skip_all => 'not all engines are here' if keys %engine < 4;

# Where each table lives, and its columns.
my @tables = (
	[ postgres => users => 'id int PRIMARY KEY, email varchar(40), region_id int' ],
	[ mysql => orders => 'id int PRIMARY KEY, user_id int, total decimal(10,2)' ],
	[ sqlserver => analytics => 'user_id int PRIMARY KEY, visits int' ],
	[ sqlite => items => 'id int PRIMARY KEY, order_id int, product varchar(20), quantity int' ]);
my %rows = (
	users => [ map { "($_, 'user$_\@example.com', " . ($_ % 3 + 1) . ')' } 1 .. 50 ],
	orders => [ map { "($_, " . ($_ % 50 + 1) . ', ' . $_ * 3.25 . ')' } 1 .. 200 ],
	analytics => [ map { "($_, " . $_ * $_ % 17 . ')' } 1 .. 50 ],
	items => [ map { "($_, " . ($_ % 200 + 1) . ", 'product " . $_ % 7 . "', " . ($_ % 5 + 1) . ')' } 1 .. 600 ]);

$hub->sql("CREATE TABLE regions (id int PRIMARY KEY, name text); INSERT INTO regions VALUES (1, 'north'), (2, 'south'), (3, 'east')");
$hub->sql('CREATE SCHEMA twin; CREATE SCHEMA far');
foreach my $table (@tables)
{
	my ($name, $relation, $columns) = @$table;
	my $insert = "INSERT INTO $relation VALUES " . join(', ', @{ $rows{$relation} });
	my $local = $columns =~ s/ PRIMARY KEY/ OPTIONS (key 'true') NOT NULL/r;

	$engine{$name}->run_remote("CREATE TABLE $relation ($columns)", $insert);
	$hub->sql($engine{$name}->foreign_table($relation, $local) =~ s/TABLE $name\./TABLE far./r);
	$hub->sql("CREATE TABLE twin.$relation ($columns); " . ($insert =~ s/INTO /INTO twin./r));
}

my @queries = (
	q{SELECT r.name, u.email, a.visits, count(DISTINCT o.id), sum(i.quantity), sum(o.total)
	  FROM public.regions r JOIN users u ON u.region_id = r.id JOIN analytics a ON a.user_id = u.id
	  JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id
	  WHERE a.visits > 3 AND o.total > 40 AND r.name <> 'east' GROUP BY 1, 2, 3 ORDER BY 1, 2},
	q{SELECT u.id, o.id, i.product, a.visits FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id
	  JOIN analytics a ON a.user_id = u.id WHERE u.id = 7 ORDER BY i.id},
	q{SELECT u.id, (SELECT sum(o.total) FROM orders o WHERE o.user_id = u.id), (SELECT a.visits FROM analytics a WHERE a.user_id = u.id)
	  FROM users u LEFT JOIN items i ON i.id = u.id * 12 ORDER BY u.id LIMIT 10},
	q{SELECT count(*) FROM users u WHERE EXISTS (SELECT FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id AND i.product = 'product 3')
	  AND u.id NOT IN (SELECT user_id FROM analytics WHERE visits = 0)});

my $session = $hub->session;
foreach my $plan ('', 'enable_hashjoin', 'enable_hashjoin, enable_mergejoin', 'enable_nestloop, enable_mergejoin', 'enable_nestloop, enable_hashjoin')
{
	$session->do(map { "SET $_ = off" } split /, /, $plan);
	foreach my $i (0 .. $#queries)
	{
		$session->do('SET search_path = twin');
		my $expected = $session->answer($queries[$i]);
		foreach my $level ('READ COMMITTED', 'REPEATABLE READ')
		{
			$session->do('SET search_path = far', "BEGIN ISOLATION LEVEL $level");
			is($session->answer($queries[$i]), $expected, "query $i, $level, without: $plan");
			$session->do('COMMIT');
		}
	}
	$session->do('RESET ALL');
}

# one GraphQL request over the same
$hub->sql(q{
	SELECT fraiseql.add_relationship('orders', 'far.users', '{id}', 'far.orders', '{user_id}', 'many', 'user');
	SELECT fraiseql.add_relationship('items', 'far.orders', '{id}', 'far.items', '{order_id}', 'many', 'order');
	SELECT fraiseql.add_relationship('analytics', 'far.users', '{id}', 'far.analytics', '{user_id}', 'one', 'user');
});
my $request = '{ user(id: "7") { email analytics { visits } orders(orderBy: [{id: ASC}]) { id total items(orderBy: [{id: ASC}], limit: 1) { product quantity } } } }';
my $json = JSON::PP->new->canonical;

sub ask
{
	$session->do('SET search_path = far');
	my $answer = $session->answer("SELECT fraiseql.graphql('$request')");
	return $answer =~ /^\{/ ? $json->decode($answer) : { errors => $answer };
}
my $full = ask();
is($json->encode($full->{data}{user}{analytics} // $full), '{"visits":15}', 'GraphQL: analytics of SQL Server');
is($json->encode([ map { $_->{items}[0]{product} } @{ $full->{data}{user}{orders} // [] } ]), '["product 5","product 6","product 0","product 1"]',
	'GraphQL: orders of MySQL with items of SQLite');

# one that is down, and back
foreach my $down ([ sqlserver => 'analytics' ], [ mysql => 'orders' ])
{
	my ($name, $field) = @$down;

	$engine{$name}->proxy->refuse('on');
	$engine{$name}->proxy->cut('now', 'rst');
	my $answer = ask();
	is($answer->{data}{user}{email}, 'user7@example.com', "GraphQL: $name is down, the user is there");
	is($answer->{data}{user}{$field}, undef, "GraphQL: its field is null");
	is(scalar @{ $answer->{errors} // [] }, 1, 'GraphQL: with one error');
	like($session->answer("SELECT count(*) FROM $field"), qr/^ERROR 08001/, "SQL: $name is down");
	is($session->answer('SELECT count(*) FROM users u JOIN items i ON i.id = u.id'), 50, 'SQL: the others are not');
	$engine{$name}->proxy->refuse('off');
	is($json->encode(ask()), $json->encode($full), "GraphQL: and $name is back");
}

$hub->stop;
done_testing();
