# The second part of the demo: the request that has its users in PostgreSQL, its
# orders in MySQL, its items in SQLite and its analytics in SQL Server, and the
# same in SQL, on the hub that test/demo builds.
use strict;
use warnings;

use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'not all servers are here'
  unless $ENV{FSQ_MARIADB} && $ENV{FSQ_POSTGRES_PORT} && $ENV{FSQ_SQLSERVER_PORT};

my $dir = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('engines');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\ntimezone = 'UTC'");
$node->start;

# ---- the servers

sub run_with_input
{
	my ($input, @command) = @_;
	my $output;
	IPC::Run::run(\@command, '<', \$input, '>&', \$output) or BAIL_OUT("@command: $output");
	return $output;
}

sub postgres
{
	local $ENV{PGPASSWORD} = $ENV{FSQ_POSTGRES_PASSWORD};
	return run_with_input($_[0], 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1',
		"host=$ENV{FSQ_POSTGRES_HOST} port=$ENV{FSQ_POSTGRES_PORT} user=$ENV{FSQ_POSTGRES_USER} dbname=postgres");
}

sub mysql
{
	return run_with_input($_[0], 'mariadb', '--no-defaults', '-S', "$ENV{FSQ_MARIADB}/socket", '-u', 'root');
}

sub sqlserver
{
	return run_with_input($_[0], 'tsql', '-H', '127.0.0.1', '-p', $ENV{FSQ_SQLSERVER_PORT}, '-U', $ENV{FSQ_SQLSERVER_USER},
		'-P', $ENV{FSQ_SQLSERVER_PASSWORD});
}

sub remove_tables
{
	postgres('DROP DATABASE IF EXISTS users_db WITH (FORCE)');
	mysql('DROP DATABASE IF EXISTS orders_db');
	sqlserver("DROP TABLE IF EXISTS user_analytics\nGO\n");
	return;
}

remove_tables();
postgres(slurp_file('test/demo/remote_users.sql'));
mysql(slurp_file('test/demo/remote_orders.sql'));
sqlserver(slurp_file('test/demo/remote_analytics.sql'));
run_with_input(slurp_file('test/demo/remote_items.sql'), 'sqlite3', "$dir/items.db");
my $mysql_port = slurp_file("$ENV{FSQ_MARIADB}/port") =~ s/\s//gr;
$node->safe_psql('postgres', 'CREATE DATABASE engines');
$node->command_ok(
	[   'psql', '-XqAt', '-d', $node->connstr('engines'), '-v', "mysql_port=$mysql_port",
		'-v', "postgres_port=$ENV{FSQ_POSTGRES_PORT}", '-v', "postgres_user=$ENV{FSQ_POSTGRES_USER}",
		'-v', "postgres_password=$ENV{FSQ_POSTGRES_PASSWORD}", '-v', "sqlserver_port=$ENV{FSQ_SQLSERVER_PORT}",
		'-v', "legacy_db=$dir/items.db", '-f', 'test/demo/hub_engines.sql' ],
	'the hub over four engines');

# ---- the request

my $query = 'query { user(id: "123") { id email orders { id total items { details } } analytics { total_orders lifetime_value } } }';
my $answer = decode_json($node->safe_psql('engines', "SELECT fraiseql.graphql('$query')"));
is($answer->{errors}, undef, 'no errors');
my $user = $answer->{data}{user};
is($user->{email}, 'user123@example.com', 'the user comes from PostgreSQL');
is_deeply([ map { $_->{id} } @{ $user->{orders} } ], [ 123, 1123, 2123, 3123, 4123 ], 'the orders come from MySQL');
is_deeply([ map { scalar @{ $_->{items} } } @{ $user->{orders} } ], [ (2) x 5 ], 'the items come from SQLite');
is_deeply($user->{analytics}, { total_orders => '5', lifetime_value => '1101.85' }, 'the analytics come from SQL Server');
my $total = 0;
$total += $_->{total} * 100 foreach @{ $user->{orders} };
is(sprintf('%.0f', $total), '110185', 'two databases agree on what was spent');

like($node->safe_psql('engines', "SELECT fraiseql.explain('$query')"), qr/^Statements: 4$/m, 'a statement for each table');

is( $node->safe_psql('engines', q{
	SELECT u.email, count(DISTINCT o.id), count(*), a.lifetime_value FROM users u JOIN orders o ON o.user_id = u.id
	JOIN items i ON i.order_id = o.id JOIN user_analytics a ON a.user_id = u.id
	WHERE u.id BETWEEN 122 AND 123 GROUP BY u.email, a.lifetime_value ORDER BY u.email}),
	"user122\@example.com|5|10|1205.90\nuser123\@example.com|5|10|1101.85",
	'one SQL join over the four');

$node->command_ok([ 'psql', '-XqAt', '-d', $node->connstr('engines'), '-f', 'test/demo/tour_engines.sql' ], 'the tour');

$node->stop;
remove_tables();
done_testing();
