# What reading costs the remote and what it promises, on all engines: one round
# trip and one statement for a simple SELECT, one snapshot in REPEATABLE READ,
# several scans of one server side by side, and no more rows than are asked for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)]);

sub round_trips
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $session = $hub->session;

	$session->answer("SELECT count(*) FROM $name.small");
	$session->answer("SELECT n FROM $name.numbers WHERE n = 1");
	$session->do("PREPARE p (int) AS SELECT n FROM $name.numbers WHERE n = \$1", 'SET plan_cache_mode = force_generic_plan');
	foreach my $query (
		[ "SELECT id, name FROM $name.small", '1,one|2,two' ],
		[ "SELECT n FROM $name.numbers WHERE n = 77", '77' ],
		[ 'EXECUTE p(78)', '78' ],
		[ "SELECT n FROM $name.numbers WHERE n = ANY ('{5,6}') ORDER BY n", '5|6' ])
	{
		my ($sql, $answer) = @$query;
		my $before = $engine->proxy->count;
		my @statements = $engine->statements(sub { is($session->answer($sql), $answer, "$name: $sql"); });
		my $after = $engine->proxy->count;

		is($after->{turns} - $before->{turns}, 1, "$name: is one round trip");
		is($after->{connections}, $before->{connections}, "$name: on the connection that is there");
		next if !$engine->{statements};
		is(scalar @statements, 1, "$name: of one statement") or diag(explain \@statements);
		like($statements[0], qr/^SELECT/, "$name: a SELECT");
	}
}

# A plan costs the remote nothing, least of all the query itself.
sub plans
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $session = $hub->session;

	$session->do("SET statement_timeout = '60s'");
	$session->answer("EXPLAIN SELECT * FROM $name.busy");
	my $before = $engine->proxy->count->{turns};
	like($session->answer("EXPLAIN (VERBOSE) SELECT * FROM $name.busy WHERE c > 5"), qr/Foreign Scan/, "$name: EXPLAIN of what works for years");
	like($session->answer("EXPLAIN SELECT * FROM $name.busy a JOIN $name.busy b USING (c) ORDER BY c"), qr/Foreign Scan/, "$name: and of a join of it");
	is($engine->proxy->count->{turns}, $before, "$name: asks nothing of the remote");
}

sub snapshots
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $session = $hub->session;
	my $count = "SELECT count(*) FROM $name.small";

	foreach my $level ('REPEATABLE READ', 'SERIALIZABLE')
	{
		$session->do("BEGIN ISOLATION LEVEL $level");
		is($session->answer($count), 2, "$name: $level begins");
		$engine->run_remote("INSERT INTO small VALUES (3, 'three')");
		is($session->answer($count), 2, "$name: and sees what it saw");
		is($session->answer("SELECT id FROM $name.small ORDER BY id DESC LIMIT 1"), 2, "$name: in another query, too");
		$session->do('COMMIT');
		is($session->answer($count), 3, "$name: the next transaction sees more");
		$engine->run_remote('DELETE FROM small WHERE id = 3');
	}
	$session->do('BEGIN');
	is($session->answer($count), 2, "$name: READ COMMITTED");
	$engine->run_remote("INSERT INTO small VALUES (3, 'three')");
	is($session->answer($count), 3, "$name: sees at each statement what is committed");
	$session->do('COMMIT');
	$engine->run_remote('DELETE FROM small WHERE id = 3');
}

# The same under a connection for each scan, and under one snapshot.
sub several_scans
{
	my ($engine, $level) = @_;
	my $name = $engine->name;
	my $session = $hub->session;
	my $what = "$name, $level";

	$session->do('SET enable_hashjoin = off', 'SET enable_mergejoin = off', 'SET enable_material = off', "BEGIN ISOLATION LEVEL $level");
	is($session->answer("SELECT count(*) FROM $name.numbers x, $name.numbers y WHERE x.n <= 20 AND y.n < x.n"), 190, "$what: a nested loop");
	is($session->answer("SELECT sum(s) FROM (SELECT (SELECT count(*) FROM $name.numbers y WHERE y.n < x.n AND y.n < 10) AS s FROM $name.numbers x WHERE x.n < 100) q"), 846, "$what: a subquery for each row");
	is($session->answer("SELECT count(*) FROM (SELECT n FROM $name.numbers UNION ALL SELECT n FROM $name.numbers UNION ALL SELECT n + random() FROM $name.numbers) q"), 600000, "$what: one after the other");

	$session->do(map { "DECLARE c$_ CURSOR FOR SELECT n, filler FROM $name.numbers ORDER BY n" . ($_ % 2 ? '' : ' DESC') } 1 .. 6);
	is(join(' ', map { my $c = $_ % 6 + 1; $session->answer("FETCH c$c") =~ s/,x*$//r } 0 .. 11),
		'1 200000 1 200000 1 200000 2 199999 2 199999 2 199999', "$what: six cursors side by side");
	is($session->answer("SELECT max(id) FROM $name.small"), 2, "$what: and a query between them");
	$session->do('SAVEPOINT s');
	like($session->answer("SELECT 1 / (n - 5000) FROM $name.numbers"), qr/^ERROR 22012/, "$what: an error amid rows");
	$session->do('ROLLBACK TO s', 'CLOSE c1', 'CLOSE c2');
	is($session->answer('FETCH c3') =~ s/,x*$//r, 3, "$what: does not end the others");
	is($session->answer('FETCH c4') =~ s/,x*$//r, 199998, "$what: none of them");
	$session->do('COMMIT');
	is($session->answer("SELECT count(*) FROM $name.numbers"), 200000, "$what: the session goes on");
	ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$what: and nothing runs on the remote");
}

# All of numbers is more than 20 MB.
sub early_end
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $session = $hub->session;
	my $before = $engine->proxy->count->{down};

	is($session->answer("SELECT n FROM (SELECT n, filler FROM $name.numbers OFFSET 0) s WHERE n + random() >= 1 LIMIT 1"), 1, "$name: LIMIT that is not sent");
	is($session->answer("SELECT EXISTS (SELECT FROM $name.numbers WHERE n + random() > 10 AND length(filler) > random())"), 1, "$name: and EXISTS");
	my $bytes = $engine->proxy->count->{down} - $before;
	cmp_ok($bytes, '<', 12_000_000, "$name: end early, after $bytes bytes");
	ok(FraiseqlTest::wait_until(sub { !$engine->running }), "$name: on the remote, too");
	is($session->answer("SELECT id, name FROM $name.small ORDER BY id"), '1,one|2,two', "$name: the next answer is right");
}

# An error of the remote amid its rows costs the statement alone.
sub remote_errors
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $session = $hub->session;

	$hub->sql($engine->foreign_table('missing', 'id int'));
	my ($state, $message) = $session->fails("SELECT * FROM $name.missing");
	like($state, qr/^(42P01|HV00R)$/, "$name: a table that is missing");
	like($message, qr/foreign table "(?:$name\.)?missing" on server "$name"\nDETAIL:  \S/, "$name: with the remote's words");
	is($session->answer("SELECT id, name FROM $name.small ORDER BY id"), '1,one|2,two', "$name: the connection is in step");
}

foreach my $engine ($hub->engines)
{
	round_trips($engine);
	plans($engine);
	snapshots($engine);
	several_scans($engine, 'READ COMMITTED');
	several_scans($engine, 'REPEATABLE READ');
	early_end($engine);
	remote_errors($engine);
}

$hub->stop;
done_testing();
