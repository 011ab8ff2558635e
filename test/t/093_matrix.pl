# Many sessions use a source that dies, flaps, slows to a crawl, refuses logins,
# or takes connections and says nothing, on each engine: every error is one of
# those that are to be expected, nobody waits beyond the limits, and when it is
# over the breaker is closed, the counts are right, and everybody is answered.
#
# FSQ_CLIENTS is the number of sessions (30).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use FraiseqlTest;

my $clients = $ENV{FSQ_CLIENTS} // 30;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], breaker => 1,
	conf => "max_connections = @{[ $clients + 20 ]}\nfraiseql.recovery_timeout = '200ms'\nfraiseql.success_threshold = 1\n");
my $node = $hub->node;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $session = $hub->session;

# A source's limits, and what a session may take: both of them for each of its
# attempts and the waits between, on a busy machine.
my $limit = 1000;
my $longest = 20000;

$hub->sql(q{
	CREATE UNLOGGED TABLE results (engine text, phase text, pid int, started timestamptz, ended timestamptz, state text, message text);
	CREATE TABLE phase AS SELECT 'before'::text AS phase;
	CREATE FUNCTION use(engine text) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		was text := (SELECT phase FROM phase);
		began timestamptz := clock_timestamp();
		state text := 'answered';
		message text;
		answer text;
	BEGIN
		BEGIN
			EXECUTE format('SELECT string_agg(id || name, %L ORDER BY id) FROM %I.small', ' ', engine) INTO answer;
			IF answer IS DISTINCT FROM '1one 2two' THEN
				state := 'wrong';
				message := answer;
			END IF;
		EXCEPTION WHEN OTHERS THEN
			state := SQLSTATE;
			message := SQLERRM;
		END;
		INSERT INTO results VALUES (engine, was, pg_backend_pid(), began, clock_timestamp(), state, message);
	END $$;
});

sub answered_all
{
	my ($name, $time) = @_;
	return FraiseqlTest::wait_until(sub {
		$session->answer("SELECT count(DISTINCT pid) FROM results WHERE engine = '$name' AND started > '$time' AND state = 'answered'") == $clients });
}

sub phase
{
	my ($phase) = @_;
	$session->do("UPDATE phase SET phase = '$phase'");
	return $session->answer('SELECT clock_timestamp()');
}

# Until there are so many results of what began after a time.
sub results_since
{
	my ($name, $time, $condition, $count) = @_;
	return FraiseqlTest::wait_until(sub { $session->answer("SELECT count(*) FROM results WHERE engine = '$name' AND started > '$time' AND $condition") >= $count });
}

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	my $right = $engine->{password};
	my $down = q{08...|57P..|53300|HYT00|HV...};
	# what is done, how it is undone, and the errors that are to be expected beside the breaker's
	my @faults = (
		[ 'dies', sub { $engine->crash }, sub { $engine->start }, $down ],
		[ 'flaps', sub { foreach (1 .. 10) { $proxy->refuse('on'); $proxy->cut('now', 'rst'); sleep 0.1; $proxy->refuse('off'); sleep 0.1; } }, sub { }, $down ],
		[ 'slows to a crawl', sub { $proxy->rate(40) }, sub { $proxy->rate(0) }, $down ],
		[ 'says nothing', sub { $proxy->cut('now', 'fin'); $proxy->silence('both') }, sub { $proxy->silence('none') }, $down ],
		[ 'refuses logins', sub { $hub->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (SET password 'wrong')") },
			sub { $hub->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (SET password '$right')") }, "28...|$down" ]);

	$hub->sql("ALTER SERVER $name OPTIONS (ADD timeout '${limit}ms', ADD connection_timeout '${limit}ms', ADD pool_size '@{[ $clients - 10 ]}')");
	append_to_file("$dir/$name.sql", "SELECT use('$name');\n");
	my ($out, $err) = ('', '');
	my $storm = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', $clients, '-j', 2, '-R', 150, '-T', 600, '-f', "$dir/$name.sql", 'postgres' ],
		'<', \undef, '>', \$out, '2>', \$err);

	ok(answered_all($name, '-infinity'), "$name: $clients sessions are answered");
	foreach my $fault (@faults)
	{
		my ($what, $begin, $end, $expected) = @$fault;
		my $time = phase($what);

		$begin->();
		ok(results_since($name, $time, "state <> 'answered'", 2 * $clients), "$name $what: which is noticed");
		$end->();
		$time = phase("after it $what");
		ok(answered_all($name, $time), "$name $what: afterwards all are answered")
		  or diag($session->answer("SELECT state, message, count(*) FROM results WHERE started > '$time' GROUP BY 1, 2"), "\n", $session->answer("SELECT * FROM fraiseql.circuit_breakers"));
		is($session->answer("SELECT string_agg(DISTINCT state || ' ' || message, E'\\n') FROM results WHERE engine = '$name' AND phase = '$what' AND state !~ '^(answered|$expected)\$'"), 'null',
			"$name $what: " . $session->answer("SELECT string_agg(n || ' x ' || state, ' ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM results WHERE engine = '$name' AND phase = '$what' GROUP BY state) s"));
		is($session->answer("SELECT count(*) FROM results WHERE engine = '$name' AND phase = '$what' AND state <> 'answered' AND message NOT LIKE '%\"$name\"%'"), 0,
			"$name $what: each error names it");
		is($session->answer("SELECT count(*) FROM results WHERE engine = '$name' AND phase = '$what' AND ended - started > interval '$longest ms'"), 0,
			"$name $what: nobody waits for ever, the longest " . $session->answer("SELECT max(ended - started) FROM results WHERE engine = '$name' AND phase = '$what'"));
	}
	$storm->signal('TERM');
	$storm->finish;
	unlike($err, qr/ERROR|FATAL|aborted/, "$name: no client was aborted") or diag($err);
	ok(FraiseqlTest::wait_until(sub { $session->answer(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'}) == 1 }), "$name: the clients are gone");
	is($session->answer("SELECT connections, active, idle, waiting FROM fraiseql.pool WHERE server = '$name'"), '0,0,0,0', "$name: the counts are right");
	is($session->answer("SELECT state FROM fraiseql.circuit_breakers WHERE server = '$name'"), 'closed', "$name: the breaker is closed");
}
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nobody has crashed');

$hub->stop;
done_testing();
