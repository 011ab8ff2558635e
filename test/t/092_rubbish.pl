# A server that speaks rubbish, from the beginning or from any byte on, with TLS
# and without it: the statement fails, in time, and neither the session nor its
# memory comes to harm; the next one is answered.  So it is for a server that is
# sent rubbish.
#
# FSQ_CUTS is the number of places in each direction (8); FSQ_SEED repeats a run.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], conf => "search_path = 'public'\n");
my $places = $ENV{FSQ_CUTS} // 8;
my $seed = $ENV{FSQ_SEED} // time % 100000;
srand $seed;
note("FSQ_SEED=$seed");

# what turns encryption off
my %plain = (mysql => q{ssl_mode 'DISABLED'}, postgres => q{ssl_mode 'disable'}, sqlserver => q{encrypt 'off'});
my $limit = 700;

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	$hub->sql("CREATE FOREIGN TABLE ${name}_numbers (n int NOT NULL, filler text NOT NULL) SERVER $name OPTIONS (schema_name '$engine->{schema}', table_name 'numbers')");
	my $proxy = $engine->proxy;
	my $sql = "SELECT count(*), sum(n), min(filler) = max(filler) FROM (SELECT n, filler FROM $name.numbers WHERE n <= 60 OFFSET 0) s";
	my $right = '60,1830,1';

	foreach my $encryption ('as it comes', 'off')
	{
		my $session = $hub->session;
		my (%wrong, %states, %bytes);

		$hub->sql("ALTER SERVER $name OPTIONS (ADD $plain{$name})") if $encryption eq 'off';
		$session->do("SET fraiseql.connection_timeout = '${limit}ms'", "SET fraiseql.remote_timeout = '${limit}ms'", 'SET fraiseql.max_attempts = 1');
		$session->do('SET fraiseql.connection_timeout = \'60s\'');
		is($session->answer($sql), $right, "$name, encryption $encryption: in good order");
		$proxy->cut('now', 'fin');
		my $before = $proxy->count;
		is($session->answer($sql), $right, "$name: once more");
		my $after = $proxy->count;
		$bytes{$_} = $after->{$_} - $before->{$_} foreach 'up', 'down';
		my $memory = $session->memory;
		$session->do("SET fraiseql.connection_timeout = '${limit}ms'");

		foreach my $direction ('down', 'up')
		{
			# from the very first byte, and from some others
			foreach my $at (0, map { 1 + int rand $bytes{$direction} } 2 .. $places)
			{
				my $what = "garbled $direction from byte $at on (seed $seed)";

				$proxy->cut('now', 'fin');
				$proxy->garble($direction, $at, $seed);
				my ($state, $message, $ms) = $session->fails("SELECT * FROM ($sql) s WHERE s <> ROW(60::bigint, 1830::bigint, true)");
				# by a request, which connects and asks without waiting
				$proxy->cut('now', 'fin');
				$session->start("CREATE TEMP TABLE answer AS SELECT fraiseql.graphql('{ ${name}Numbers(limit: 60, orderBy: [{n: ASC}]) { n filler } }') AS a");
				my ($request, undef, $request_ms) = $session->finish;
				$proxy->garble('never');
				$wrong{"$what: a request: $request after $request_ms ms"} = 1 if $request ne '00000' || $request_ms > 3 * $limit + $FraiseqlTest::STOP_TIME;
				my $answer = $session->answer('SELECT a FROM answer');
				$session->do('DROP TABLE answer');
				$wrong{"$what: a request: $answer"} = 1 if $answer !~ /^\{"data":\{"${name}Numbers":(null\},"errors":.*"database":"$name"|\[(\{"n":\d+,"filler":"x{100}"\},?){60}\]\}\}$)/;
				$states{$state}++;
				# whatever it is taken for, and it may come too late to be seen
				$wrong{"$what: $state after $ms ms: $message"} = 1 if $state !~ /^.{5}$/ || $state eq '57P01' || $ms > 2 * $limit + $FraiseqlTest::STOP_TIME;
				$wrong{"$what: no server in: $message"} = 1 if $state ne '00000' && $message !~ /server "$name"/i;
				$seed++;
			}
		}
		is(join("\n", sort keys %wrong), '', "$name, encryption $encryption: " . join ', ', map { "$states{$_} x $_" } sort keys %states);
		cmp_ok($session->memory - $memory, '<', 50 * 1024, "$name: no memory is kept");
		$proxy->cut('now', 'fin');
		$session->do("SET fraiseql.connection_timeout = '60s'", 'RESET fraiseql.remote_timeout');
		is($session->answer($sql), $right, "$name: and the session goes on");
	}
}

is($hub->node->poll_query_until('postgres', q{SELECT count(*) <= 1 FROM pg_stat_activity WHERE backend_type = 'client backend'}), 1, 'no backend is left');
unlike(slurp_file($hub->node->logfile), qr/terminated by signal|PANIC|TRAP/, 'and none has crashed');

$hub->stop;
done_testing();
