# One of three sources goes dark while many sessions ask requests over all three.
# Every answer is partial and names it; once its breaker is open, nothing reaches
# it but one probe at a time, as its proxy counts; when it is back, the breaker
# closes by probes alone, and answers are whole again.
#
# Each source has its turn in one run of pgbench, whose clients write down what
# they were answered.  FSQ_CLIENTS is their number (50).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use FraiseqlTest;
use FraiseqlTest::Shop;

my $clients = $ENV{FSQ_CLIENTS} // 50;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], breaker => 1,
	conf => "search_path = 'public'\nmax_connections = @{[ $clients + 20 ]}\nfraiseql.recovery_timeout = '300ms'\nfraiseql.retry_budget = 0\n");
my $node = $hub->node;
my @engines = $hub->engines;
my $shop = FraiseqlTest::Shop->new($hub);
my $fields = $shop->lists(@engines);
my $session = $hub->session;
my $complete = $shop->canon($shop->ask($session, $fields)->{data});

# a machine that is busy with 50 clients may take its time
$hub->sql("ALTER SERVER $_ OPTIONS (ADD connection_timeout '60s')") foreach map { $_->name } @engines;
$hub->sql(q{
	CREATE UNLOGGED TABLE answers (pid int, started timestamptz, ended timestamptz, answer jsonb);
	CREATE INDEX ON answers (started);
});
my $script = PostgreSQL::Test::Utils::tempdir . '/storm.sql';
append_to_file($script, "INSERT INTO answers SELECT pg_backend_pid(), statement_timestamp(), clock_timestamp(), a"
	  . " FROM (SELECT fraiseql.graphql(\$graphql\${ $fields }\$graphql\$)::jsonb AS a OFFSET 0) s;\n");
my ($out, $err) = ('', '');
my $storm = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', $clients, '-j', 2, '-R', 200, '-T', 600, '-f', $script, 'postgres' ],
	'<', \undef, '>', \$out, '2>', \$err);

sub now { return $session->answer('SELECT clock_timestamp()'); }

# Wait until each client has had an answer to what it asked after a time.
sub all_since
{
	my ($time, $condition) = @_;
	$condition //= 'true';
	return FraiseqlTest::wait_until(sub {
		$session->answer("SELECT count(DISTINCT pid) FROM answers WHERE started > '$time' AND $condition") == $clients });
}

# state, transitions
sub breaker
{
	my ($name) = @_;
	return split /,/, $session->answer("SELECT state, transitions FROM fraiseql.circuit_breakers WHERE server = '$name'");
}

# Whether an answer is whole, or all but one source's fields, in SQL.
my $whole = "answer = jsonb_build_object('data', '$complete'::jsonb)";

sub partial
{
	my ($name) = @_;
	my $field = "${name}Orders";

	return "answer->'data' = '$complete'::jsonb || '{\"$field\": null}' AND jsonb_array_length(answer->'errors') = 1"
	  . " AND answer->'errors'->0->'path' = '[\"$field\"]' AND answer->'errors'->0->'extensions'->>'database' = '$name'"
	  . " AND answer->'errors'->0->>'message' LIKE '%server \"$name\"%'"
	  . " AND answer->'errors'->0->'extensions'->>'code' IN ('TIMEOUT', 'SERVICE_UNAVAILABLE', 'CIRCUIT_BREAKER_OPEN')";
}

ok(all_since('-infinity', $whole), "$clients clients are answered by three sources");

foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $partial = partial($name);

	# this one is not waited for for long
	$hub->sql("ALTER SERVER $name OPTIONS (SET connection_timeout '1s', ADD timeout '1s')");
	ok(all_since(now(), $whole), "$name: all is there");
	my (undef, $before) = breaker($name);

	# dark
	$proxy->silence('both');
	my $dark = now();
	ok(FraiseqlTest::wait_until(sub { (breaker($name))[1] > $before }), "$name: goes dark, and its breaker opens");
	ok(all_since(now(), $partial), "$name: nobody waits for it any more");
	is($session->answer("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active' AND now() - query_start > '10s'"), 0,
		"$name: no session hangs");

	# of what comes now, how much reaches it?
	my (undef, $first) = breaker($name);
	my $count = $proxy->count;
	my ($rejected) = $session->answer("SELECT rejected FROM fraiseql.stats WHERE server = '$name'");
	ok(FraiseqlTest::wait_until(sub { (breaker($name))[1] >= $first + 6 }), "$name: probes go on");
	my $after = $proxy->count;
	my (undef, $last) = breaker($name);
	my $reached = $after->{connections} - $count->{connections};
	my $probes = ($last - $first) / 2;
	my $refused = $session->answer("SELECT rejected FROM fraiseql.stats WHERE server = '$name'") - $rejected;
	cmp_ok($reached, '<=', $probes + 1, "$name: $reached connections reach it in $probes probes, while $refused uses are refused");
	cmp_ok($refused, '>', $reached, "$name: most are refused");

	# back
	my $end = now();
	is($session->answer("SELECT count(*) FROM answers WHERE started > '$dark' AND ended < '$end' AND NOT ($partial)"), 0,
		"$name: every answer was partial and named it")
	  or diag($session->answer("SELECT answer FROM answers WHERE started > '$dark' AND ended < '$end' AND NOT ($partial) LIMIT 1"));
	cmp_ok($session->answer("SELECT count(*) FROM answers WHERE started > '$dark' AND ended < '$end'"), '>', $clients, "$name: there were many");
	$proxy->silence('none');
	# some of the clients that come back at once may not be served within a second
	$hub->sql("ALTER SERVER $name OPTIONS (SET connection_timeout '60s', SET timeout '60s')");
	ok(FraiseqlTest::wait_until(sub { (breaker($name))[0] eq 'closed' }), "$name: is back, and its breaker closes by probes alone");
	ok(all_since(now(), $whole), "$name: all is there again");
	$hub->sql("ALTER SERVER $name OPTIONS (DROP timeout)");
}

$storm->signal('TERM');
$storm->finish;
unlike($err, qr/ERROR|aborted|FATAL/, 'no client was ever refused an answer') or diag($err);
ok(FraiseqlTest::wait_until(sub { $session->answer(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'}) == 1 }), 'the clients are gone');
is($session->answer('SELECT string_agg(DISTINCT state, \' \') FROM fraiseql.circuit_breakers'), 'closed', 'all breakers are closed');
# this session's own are all that is left
is($session->answer('SELECT count(*) FROM fraiseql.pool WHERE connections <> active + idle OR active > 0 OR waiting > 0'), 0, 'the counts are right')
  or diag($session->answer('TABLE fraiseql.pool'));
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'nobody has crashed');

$hub->stop;
done_testing();
