# Automatic persisted queries in shared memory: what one session has registered
# the others find, and no role pushes out what others hold.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\nfraiseql.persisted_queries_size = '64kB'\nfraiseql.persisted_queries = on");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql; CREATE TABLE users (id int PRIMARY KEY); CREATE ROLE modest; CREATE ROLE greedy;
GRANT SELECT ON users TO modest, greedy; CREATE DATABASE other');

# A document of about a kilobyte.
sub document
{
	my ($name) = @_;
	return "query q$name { users(limit: 1) { id } } #" . 'x' x 900;
}

# Register documents as a role.
sub register
{
	my ($role, @names) = @_;
	my $sql = "SET ROLE $role;";

	foreach my $document (map { document($_) } @names)
	{
		my $hash = sha256_hex($document);
		$sql .= "SELECT fraiseql.graphql('$document', extensions => '{\"persistedQuery\": {\"sha256Hash\": \"$hash\"}}');\n";
	}
	return $node->safe_psql('postgres', $sql);
}

# Which of the documents are found by their hashes.
sub found
{
	my (@names) = @_;
	my $sql = '';

	foreach my $name (@names)
	{
		my $hash = sha256_hex(document($name));
		$sql .= "SELECT '$name' WHERE fraiseql.graphql(NULL, extensions => '{\"persistedQuery\": {\"sha256Hash\": \"$hash\"}}') ->> 'errors' IS NULL;\n";
	}
	return join ' ', split /\n/, $node->safe_psql('postgres', $sql);
}

register('modest', 1 .. 5);
is(found(1 .. 6), '1 2 3 4 5', 'another session finds them');

# Ten times as much as there is room for.
register('greedy', 1000 .. 1639);
is(found(1 .. 5), '1 2 3 4 5', 'a role that registers without end leaves those of others alone');
is($node->safe_psql('postgres', "SELECT documents FROM fraiseql.persisted_queries WHERE role = 'modest'::regrole"), '5', 'and the view says so');
is(found(1000, 1639), '1639', 'of its own, the oldest go');
is($node->safe_psql('postgres', "SELECT sum(bytes) BETWEEN 40000 AND 65536 FROM fraiseql.persisted_queries"), 't', 'there is never more than the setting allows');

# What is used stays.
foreach my $part (0 .. 9)
{
	register('greedy', map { 2000 + 20 * $part + $_ } 0 .. 19);
	is(found(1639), '1639', "what is used stays, $part");
}

# The other way round: the one that has more than its share gives way.
register('modest', 3000 .. 3199);
my @shares = split /\n/, $node->safe_psql('postgres', 'SELECT bytes FROM fraiseql.persisted_queries ORDER BY role::text');
ok($shares[0] > 20000 && $shares[1] > 20000, "two who want all of it have about half: @shares");

# A document that would fill the store is not kept.
my $large = 'query large { users { id } } #' . 'x' x 20000;
my $hash = sha256_hex($large);
my $persisted = "extensions => '{\"persistedQuery\": {\"sha256Hash\": \"$hash\"}}'";
is($node->safe_psql('postgres', "SELECT fraiseql.graphql('$large', $persisted)"), '{"data":{"users":[]}}', 'a large document is answered');
like($node->safe_psql('postgres', "SELECT fraiseql.graphql(NULL, $persisted)"), qr/PERSISTED_QUERY_NOT_FOUND/, 'but not kept');

$node->restart;
is(found(3199), '', 'a restart begins with none');

# Without shared memory, a session has what it has registered itself.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nsession_preload_libraries = 'fraiseql'");
$node->restart;
my $document = document('own');
$hash = sha256_hex($document);
$persisted = "extensions => '{\"persistedQuery\": {\"sha256Hash\": \"$hash\"}}'";
is($node->safe_psql('postgres', "SELECT fraiseql.graphql('$document', $persisted); SELECT fraiseql.graphql(NULL, $persisted); SELECT documents FROM fraiseql.persisted_queries"),
	qq({"data":{"users":[]}}\n{"data":{"users":[]}}\n1), 'not preloaded: a session finds what it has registered');
is(found('own'), '', 'and no other does');

$node->stop;
done_testing();
