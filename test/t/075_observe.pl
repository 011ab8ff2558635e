# What the administrator and the developer see of a federated request: explain,
# its trace, pg_stat_statements, auto_explain and pg_stat_activity.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use FraiseqlTest;
use FraiseqlTest::Shop;

my $json = JSON::PP->new->canonical;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], conf => <<'CONF');
search_path = 'public'
shared_preload_libraries = 'fraiseql, pg_stat_statements, auto_explain'
pg_stat_statements.track = all
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
auto_explain.log_verbose = on
CONF
my $shop = FraiseqlTest::Shop->new($hub);
my @engines = $hub->engines;
my @network = grep { !$_->in_process } @engines;
my $node = $hub->node;

$hub->sql('CREATE EXTENSION pg_stat_statements');

# ---- which statements start together ----

{
	my ($mysql) = grep { $_->name eq 'mysql' } @engines;
	my ($sqlserver) = grep { $_->name eq 'sqlserver' } @engines;

	SKIP:
	{
		skip 'MySQL and SQL Server', 3 unless $mysql && $sqlserver;
		$sqlserver->run_remote('CREATE TABLE analytics (user_id int PRIMARY KEY, total_orders int NOT NULL, lifetime_value numeric(10,2) NOT NULL)',
			'INSERT INTO analytics VALUES (3, 17, 1234.50)');
		$hub->sql(q{CREATE FOREIGN TABLE analytics (user_id int OPTIONS (key 'true', references 'users(id)') NOT NULL, total_orders int NOT NULL, lifetime_value numeric NOT NULL)
			SERVER sqlserver OPTIONS (schema_name 'dbo', table_name 'analytics');
			SELECT fraiseql.add_relationship('orders', 'users', '{id}', 'mysql_orders', '{user_id}')});
		my $query = '{ user(id: "3") { id name orders { id total } analytics { totalOrders lifetimeValue } } }';
		my $text = $hub->sql("SELECT fraiseql.explain('$query')");
		my $plan = $json->decode($hub->sql("SELECT fraiseql.explain('$query', format => 'json')"));
		my @fetches = ($plan->{fetches}[0], @{ $plan->{fetches}[0]{fetches} });

		like($text, qr/^Statements: 3\nJoin strategy: parallel\nStart at 0: 3\n/, 'the user, its orders and its analytics start at 0') or diag($text);
		is(join(' ', map { join('.', @{ $_->{path} }) . '@' . ($_->{server} // 'hub') . ($_->{starts}{at_0} ? ':0' : ':later') } @fetches), 'user@hub:0 user.orders@mysql:0 user.analytics@sqlserver:0', 'as JSON');
		is(scalar(grep { $_->{plan}{total_cost} > 0 && $_->{plan}{rows} > 0 && $_->{expects}{statements} == 1 } @fetches), 3, 'each has estimates');
	}
}

# Keys in large numbers are sent in several statements, which explain knows before.
foreach my $engine (grep { $_->name eq 'mysql' } @engines)
{
	$hub->sql(q{CREATE TABLE many (n int PRIMARY KEY); INSERT INTO many SELECT i FROM generate_series(1, 25000) i; ANALYZE many;
		SELECT fraiseql.add_relationship('number', 'many', '{n}', 'mysql_numbers', '{n}', 'one')});
	my $session = $hub->session;
	my ($answer, @routes) = $shop->routes($session, 'manies { number { n } }');
	my $sent = grep { $_->{database} eq 'mysql' } @routes;

	cmp_ok($sent, '>', 1, "25000 keys in $sent statements");
	like($session->answer(q{SELECT fraiseql.explain('{ manies { number { n } } }')}), qr/Expects: \d+ rows for 25000 keys in $sent statements/, 'explain expects as many');

	# a server that has several statements to work on already gets fewer, of more keys each
	my @busy = map { $hub->session } 1 .. 4;
	$_->start(q{SELECT fraiseql.graphql('{ mysqlBusies { c } }')}) foreach @busy;
	ok(FraiseqlTest::wait_until(sub { $hub->sql(q{SELECT count(*) FROM fraiseql.connections WHERE server = 'mysql' AND state = 'active'}) == 4 }), 'four sessions are busy there');
	my ($while_busy, @fewer) = $shop->routes($session, 'manies { number { n } }');
	is(scalar(grep { $_->{database} eq 'mysql' } @fewer), 3, 'while others are busy there, 25000 keys in 3');
	is($shop->canon($while_busy->{data}), $shop->canon($answer->{data}), 'with the same answer');
	foreach my $busy (@busy)
	{
		$hub->sql('SELECT pg_cancel_backend(' . $busy->pid . ')');
		$busy->finish;
	}
}

# ---- the trace ----

foreach my $engine (@network)
{
	my $name = $engine->name;
	my $session = $hub->session;
	my $fields = "users(where: {id: {lte: 5}}) { ${name}Orders { id ${name}Items { sku } } }";

	$shop->ask($session, $fields);
	$engine->proxy->latency(60);
	my $began = time;
	my ($answer, @routes) = $shop->routes($session, $fields);
	my $elapsed = 1000 * (time - $began);
	$engine->proxy->latency(0);
	my ($users, $orders, $items) = @routes;

	is(scalar @routes, 3, "$name: a route for each statement");
	is(join(' ', map { $_->{database} } @routes), "postgres $name $name", "$name: with its database");
	is(join(' ', map { $_->{rows} } @routes), '5 15 30', "$name: with its rows");
	is(scalar(grep { $_->{attempts} == 1 && !exists $_->{error} } @routes), 3, "$name: sent once, without an error");
	cmp_ok($orders->{time_ms}, '>=', 60, "$name: a statement takes at least a round trip");
	cmp_ok($items->{started_ms}, '>=', $orders->{started_ms} + $orders->{time_ms}, "$name: the next is sent when its rows are there");
	cmp_ok($items->{started_ms} + $items->{time_ms}, '<=', $elapsed, "$name: within the time of the request");

	# the stand-in for SQL Server logs what it makes of a statement
	if ($name ne 'sqlserver')
	{
		my @sent = $engine->statements(sub { (undef, @routes) = $shop->routes($session, $fields); });
		my @traced = map { $_->{query} } grep { $_->{database} eq $name } @routes;
		is(scalar(grep { my $query = $_; grep { $_ eq $query } @sent } @traced), 2, "$name: the queries are those that it got") or diag("@traced\n@sent");
	}

	# what fails: refused, and too late
	$engine->proxy->refuse('on');
	$engine->proxy->cut('now rst');
	($answer, @routes) = $shop->routes($hub->session, $fields);
	my ($failed) = grep { $_->{error} } @routes;
	is("@{ $failed->{path} } $failed->{database}", "users ${name}Orders $name", "$name refuses: its route is there");
	is($failed->{error}{sqlstate}, $answer->{errors}[0]{extensions}{sqlstate}, "$name: with the error of the answer");
	is($failed->{attempts}, 0, "$name: nothing was sent");
	is($failed->{time_ms}, undef, "$name: and took no time");
	$engine->proxy->refuse('off');

	# connected before, so that it is the statement that is late
	$session = $hub->session;
	$shop->routes($session, $fields);
	$session->do(q{SET fraiseql.timeout = '400ms'});
	($answer, @routes) = $shop->routes($session, "${name}Busies { c } users(limit: 1) { id }");
	($failed) = grep { $_->{database} eq $name } @routes;
	is($failed->{error}{sqlstate}, 'HYT00', "$name is late: with an error");
	cmp_ok($failed->{time_ms}, '>', 0, "$name: and the time until it was given up");
	is($answer->{data}{users}[0]{id}, 1, "$name: the rest is there");

	# a wrong password is nowhere
	$hub->sql("CREATE ROLE ${name}_guest LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}_guest; CREATE USER MAPPING FOR ${name}_guest SERVER $name OPTIONS (username 'hub', password 'Not-The-Right-1')");
	my $guest = $hub->session(role => "${name}_guest");
	$guest->do('SET fraiseql.trace = on');
	my $text = $guest->answer("SELECT fraiseql.graphql('{ ${name}Orders { id } }')");
	like($text, qr/"attempts":0,"error":\{"sqlstate":"/, "$name: a login that is refused");
	unlike($text, qr/Not-The-Right-1/, "$name: shows no password");
}

# ---- pg_stat_statements and auto_explain ----

{
	my $session = $hub->session;
	my $fields = join(' ', map { $_->name . 'Orders' } @engines);
	my $offset = -s $node->logfile;

	$session->do('SELECT pg_stat_statements_reset()');
	foreach my $i (1 .. 10)
	{
		my $orders = sub { my ($selection) = @_; join ' ', map { my $name = $_->name; "$name$i: ${name}Orders(limit: $i) { $selection }" } @engines; };

		# other values, limits, aliases and orders of fields, as literals and as variables
		$shop->ask($session, "a$i: users(limit: $i, where: {id: {gt: $i}}) { id name " . $orders->('id total') . ' }');
		$session->answer(sprintf q{SELECT fraiseql.graphql('query ($n: Int, $id: ID, $in: Boolean!) { users(limit: $n, where: {id: {gt: $id}}) { again: name id @include(if: $in) %s } }', '{"n": %d, "id": %d, "in": true}')}, $orders->('total id'), $i, $i + 1);
	}
	my @rows = split /\|/, $session->answer(q{SELECT calls || ' ' || left(query, 60) FROM pg_stat_statements WHERE query LIKE '/* fraiseql:%' ORDER BY query COLLATE "C"});
	my @expected = sort map { "20 /* fraiseql: $_ */" } 'Query.users', map { 'User.' . $_->name . 'Orders' } @engines;

	is(join("\n", map { s{\*/.*}{*/}r } @rows), join("\n", @expected), 'one row for each field, with its calls');
	is($session->answer(q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE '/* fraiseql: User.%' AND rows > 0 AND total_exec_time > 0}), scalar @engines, '... its rows and its time');

	my $log = slurp_file($node->logfile, $offset);
	foreach my $engine (@engines)
	{
		my $name = $engine->name;
		my @plans = $log =~ m{plan:\n\tQuery Text: /\* fraiseql: User\.${name}Orders \*/ (SELECT .*\n(?:\t.*\n)*)}g;

		is(scalar @plans, 20, "$name: auto_explain has the plan of each statement");
		is(scalar(grep { /Foreign Scan/ && /Remote SQL: SELECT/ } @plans), 20, "$name: with what was sent");
	}
}

# ---- what a session is doing ----

foreach my $engine (@network)
{
	my $name = $engine->name;
	my $session = $hub->session;
	my $pid = $session->pid;

	$session->start("SELECT fraiseql.graphql('{ ${name}Busies { c } }')");
	ok(FraiseqlTest::wait_until(sub {
		$hub->sql("SELECT state || ' ' || wait_event_type || ' ' || (query LIKE 'SELECT fraiseql.graphql%') FROM pg_stat_activity WHERE pid = $pid") eq 'active Extension true';
	}), "$name: a session that waits for it says so");
	$hub->sql("SELECT pg_cancel_backend($pid)");
	is(($session->finish)[0], '57014', "$name: and is cancelled");
}

$hub->stop;
done_testing();
