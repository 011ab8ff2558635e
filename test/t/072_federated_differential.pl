# Random nested requests over tables that are the hub's, SQLite's, MySQL's,
# PostgreSQL's and SQL Server's, in placements made at random: the answer is the
# same in all of them, byte for byte, and in whatever way they are run.
# See test/federated/run.pl.
#
# FSQ_SEED and FSQ_ROUNDS choose others.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{FSQ_SEED} // 20261;
my $rounds = $ENV{FSQ_ROUNDS} // 100;

my $node = PostgreSQL::Test::Cluster->new('hub');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'\n");
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir_short();
my $output;
{
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	$output = `'$^X' '$FindBin::RealBin/../federated/run.pl' --seed $seed --rounds $rounds --dir '$dir' 2>&1`;
}
is($?, 0, "$rounds rounds without a difference (seed $seed)") or diag($output);
my ($filled) = $output =~ /(\d+) of \d+ expected answers with rows/;
cmp_ok($filled // 0, '>', $rounds / 2, 'enough of the requests find rows');

$node->stop;
done_testing();
