# The first few children of each of many parents are one statement to their
# server, and no more rows come than are returned: on all engines, with an order
# and an offset, and at two levels.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use Test::More;

use FraiseqlTest;

my $json = JSON::PP->new->canonical;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], conf => "search_path = 'public'\n");
my $users = 20;

sub values_of
{
	my ($n, $row) = @_;
	return join ', ', map { '(' . join(', ', $row->($_)) . ')' } 1 .. $n;
}

# a user's orders are user + n * 20; what is ordered by has no ties but by id
$hub->sql(q{CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 20)});
foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $schema = $engine->{schema} ? "schema_name '$engine->{schema}', " : '';

	$engine->run_remote(
		'CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, total int NOT NULL)',
		(map { my $k = $_; 'INSERT INTO orders VALUES ' . values_of(600, sub { my ($i) = @_; $i += 600 * $k; ($i, 1 + $i % $users, $i * 7 % 50) }) } 0, 1),
		'CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL)',
		(map { my $k = $_; 'INSERT INTO items VALUES ' . values_of(600, sub { my ($i) = @_; $i += 600 * $k; ($i, 1 + $i % 1200) }) } 0 .. 5));
	$hub->sql(qq{
		CREATE FOREIGN TABLE ${name}_orders (id int OPTIONS (key 'true') NOT NULL, user_id int OPTIONS (references 'users(id)') NOT NULL, total int NOT NULL)
			SERVER $name OPTIONS (${schema}table_name 'orders');
		CREATE FOREIGN TABLE ${name}_items (id int OPTIONS (key 'true') NOT NULL, order_id int OPTIONS (references '${name}_orders(id)') NOT NULL)
			SERVER $name OPTIONS (${schema}table_name 'items');
		CREATE TABLE ${name}_twin_orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, total int NOT NULL);
		INSERT INTO ${name}_twin_orders SELECT i, 1 + i % $users, i * 7 % 50 FROM generate_series(1, 1200) i;
		CREATE TABLE ${name}_twin_items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES ${name}_twin_orders);
		INSERT INTO ${name}_twin_items SELECT i, 1 + i % 1200 FROM generate_series(1, 3600) i;
	});
}

sub top { my ($prefix, $page, $below) = @_; return "{ users(orderBy: [{id: ASC}]) { id orders: ${prefix}Orders(orderBy: [{total: DESC}, {id: ASC}] $page) { id total $below } } }"; }
sub below { my ($prefix) = @_; return "items: ${prefix}Items(orderBy: [{id: DESC}], limit: 1) { id }"; }
sub ask { my ($session, $query) = @_; return $json->decode($session->answer("SELECT fraiseql.graphql(\$graphql\$$query\$graphql\$)")); }

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $session = $hub->session;

	# what is learnt of the remote is learnt before, and its connections are made
	ask($session, top($name, '', below($name))) for 1 .. 2;
	foreach my $page ('limit: 3', 'limit: 2, offset: 5', 'limit: 45', 'limit: 0')
	{
		my $query = top($name, $page, below($name));
		my $answer = ask($session, $query);
		my $twin = ask($session, top("${name}Twin", $page, below("${name}Twin")));

		is_deeply($answer, $twin, "$name, $page: as of local tables");

		$session->do('SET fraiseql.trace = on');
		my %routes;
		push @{ $routes{ $_->{path}[-1] } }, $_ foreach @{ ask($session, $query)->{extensions}{trace}{routes} };
		$session->do('SET fraiseql.trace = off');
		my @orders = map { @{ $_->{orders} } } @{ $answer->{data}{users} };
		my @items = map { @{ $_->{items} } } @orders;

		is(scalar @{ $routes{orders} // [] }, 1, "$name, $page: one statement for the orders of all users");
		is($routes{orders}[0]{rows}, scalar @orders, "$name, $page: with no more rows than are returned");
		next if !@orders;
		is(scalar @{ $routes{items} // [] }, 1, "$name, $page: one statement for the items of all orders");
		is($routes{items}[0]{rows}, scalar @items, "$name, $page: with no more rows than are returned");
	}
	next if $engine->in_process;

	# what goes over the network
	my %count;
	foreach my $page ('limit: 1', 'limit: 1, offset: 1', '')
	{
		ask($session, top($name, $page, ''));
		$engine->proxy->reset;
		ask($session, top($name, $page, ''));
		$count{$page} = $engine->proxy->count;
	}
	is($count{'limit: 1'}{turns}, $count{''}{turns}, "$name: as many round trips with a limit as without");
	cmp_ok($count{'limit: 1'}{down} * 4, '<', $count{''}{down}, "$name: far fewer bytes");
	cmp_ok(abs($count{'limit: 1, offset: 1'}{down} - $count{'limit: 1'}{down}), '<', 64, "$name: what an offset leaves out does not come");
}

$hub->stop;
done_testing;
