# An idle session gives way to who waits for a connection, also if it was asked
# once when nobody waited any more, and however many connections it has.
#
# The remote is another database of the hub.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], conf => "max_connections = 150\nsearch_path = 'public'\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');
my $servers = 70;

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', 'CREATE TABLE numbers AS SELECT 7 AS n');
$hub->sql(join '', map { qq{
	CREATE SERVER s$_ FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '$host', port '$port', database 'remote', pool_size '1');
	CREATE USER MAPPING FOR PUBLIC SERVER s$_ OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE numbers$_ (n int) SERVER s$_ OPTIONS (schema_name 'public', table_name 'numbers');
} } 1 .. $servers);

# one that is asked while it cannot answer, by one that does not wait for it
{
	my ($idle, $other) = ($hub->session, $hub->session);

	is($idle->answer('SELECT n FROM numbers1'), 7, 'a session has the only connection');
	kill STOP => $idle->pid;
	$other->do(q{SET fraiseql.connection_timeout = '300ms'});
	like($other->answer('SELECT n FROM numbers1'), qr/^ERROR 53300/, 'another waits for it, and gives up');
	kill CONT => $idle->pid;
	$other->do('RESET fraiseql.connection_timeout');
	is($other->answer('SELECT n FROM numbers1'), 7, 'when it is asked again, it gives way');
}

# one with many connections
{
	my ($idle, $other) = ($hub->session, $hub->session);
	my $all = join ' UNION ALL ', map { "SELECT n FROM numbers$_" } 1 .. $servers;

	is($idle->answer("SELECT sum(n) FROM ($all) s"), 7 * $servers, "a session uses $servers servers");
	foreach my $i (1, 16, 17, 64, $servers)
	{
		is($other->answer("SELECT n FROM numbers$i"), 7, "it gives way on number $i");
	}
}

$hub->stop;
done_testing();
