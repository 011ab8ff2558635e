# Reads go to the replicas of a server, as read_from says: to live ones, and of
# these to the fast ones; a statement, and a transaction with a snapshot, to one.
#
# Primary and replicas are databases of the hub, each behind a proxy of its own;
# their table "who" says which one answers.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;
use FraiseqlTest::Shop;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)],
	conf => "search_path = 'public'\nfraiseql.max_attempts = 1\nfraiseql.connection_timeout = '2s'\n");
my $node = $hub->node;
my $user = $hub->sql('SELECT current_user');
my @names = qw(main one two);
my %proxy;
my $test_pid = $$;

append_to_file($node->data_dir . '/postgresql.conf', "listen_addresses = '127.0.0.1'\n");
unlink $node->data_dir . '/pg_hba.conf';
append_to_file($node->data_dir . '/pg_hba.conf', "local all all trust\nhost all all 127.0.0.1/32 trust\n");
$node->restart;
foreach my $name (@names)
{
	$hub->sql("CREATE DATABASE db_$name");
	$node->safe_psql("db_$name", "CREATE TABLE who (id int PRIMARY KEY, name text); INSERT INTO who SELECT i, '$name' FROM generate_series(1, 3) i");
	$proxy{$name} = FraiseqlTest::Proxy->new($node->port);
	$hub->sql("CREATE SERVER $name FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '@{[ $proxy{$name}->port ]}', database 'db_$name');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (username '$user', password_required 'false')");
}
$hub->sql(q{CREATE FOREIGN TABLE who (id int OPTIONS (key 'true') NOT NULL, name text) SERVER main OPTIONS (schema_name 'public')});

sub down { foreach my $name (@_) { $proxy{$name}->refuse('on'); $proxy{$name}->cut('now', 'rst') } }
sub up { $proxy{$_}->reset foreach @_ ? @_ : @names; }
sub who { my ($session) = @_; return ($session // $hub->session)->answer('SELECT name FROM who WHERE id = 1'); }
sub fails { my ($sql, $error, $what) = @_; my ($rc, $out, $err) = $node->psql('postgres', $sql); like($err, $error, $what); }

# A read whose second server takes longer to fail than failures are remembered;
# it goes on while all the others run.
foreach my $name (qw(quick mute))
{
	$proxy{$name} = FraiseqlTest::Proxy->new($node->port);
	$hub->sql("CREATE SERVER $name FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '@{[ $proxy{$name}->port ]}', database 'db_one', connection_timeout '@{[ $name eq 'mute' ? '32s' : '300ms' ]}');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (username '$user', password_required 'false')");
}
$hub->sql(qq{CREATE SERVER late FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '@{[ $node->port ]}', database 'db_main', replicas 'quick, mute', read_from 'replica');
	CREATE USER MAPPING FOR CURRENT_USER SERVER late OPTIONS (username '$user', password_required 'false');
	CREATE FOREIGN TABLE late_who (id int, name text) SERVER late OPTIONS (schema_name 'public', table_name 'who')});
$proxy{mute}->latency(100);
$hub->session->answer('SELECT name FROM late_who') for 1 .. 6;
$proxy{$_}->silence('both') foreach qw(quick mute);
my %connections = map { $_ => $proxy{$_}->count->{connections} } qw(quick mute);
my $late = $hub->session;
$late->start('SELECT set_config($$test.late$$, name, false) FROM late_who WHERE id = 1');

# ---- options ----

fails(q{ALTER SERVER main OPTIONS (ADD replicas 'main')}, qr/server "main" cannot be a replica of itself/, 'not of itself');
fails(q{ALTER SERVER main OPTIONS (ADD replicas 'mysql')}, qr/different wrappers/, 'not of another engine') if grep { $_->name eq 'mysql' } $hub->engines;
fails(q{ALTER SERVER main OPTIONS (ADD replicas 'a b')}, qr/invalid value "a b" for option "replicas"/, 'a list of names');
fails(q{ALTER SERVER main OPTIONS (ADD read_from 'anywhere')}, qr/Valid values are primary, replica and nearest/, 'words');
fails(q{ALTER SERVER main OPTIONS (ADD replicas 'none'); SELECT * FROM who}, qr/NOTICE:  the replica "none" of server "main" does not exist yet.*ERROR:  the replica "none" of server "main" does not exist/s, 'one that does not exist');
$hub->sql(q{CREATE ROLE owner; GRANT USAGE ON FOREIGN DATA WRAPPER fraiseql_postgres TO owner});
fails(q{SET ROLE owner; CREATE SERVER theirs FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (replicas 'one');
	CREATE FOREIGN TABLE pg_temp.theirs (id int) SERVER theirs; SELECT * FROM theirs}, qr/NOTICE: .*its owner may not use it.*ERROR: .*its owner may not use it/s, 'one that the owner may not use');

# ---- where reads go ----

$hub->sql(q{ALTER SERVER main OPTIONS (SET replicas 'one, two')});
is(who(), 'main', 'read_from primary is the default');
$hub->sql(q{ALTER SERVER main OPTIONS (ADD read_from 'replica')});
like(who(), qr/^(one|two)$/, 'read_from replica');
my $session = $hub->session;
my %seen;
# far away, so that what the machine does meanwhile makes neither much slower
$proxy{$_}->latency(20) foreach qw(one two);
$seen{who($session)}++ for 1 .. 40;
$proxy{$_}->latency(0) foreach qw(one two);
ok(!$seen{main}, 'the primary is left alone');
is(join(' ', sort keys %seen), 'one two', 'replicas share the work');
is($session->answer('SELECT count(DISTINCT name) FROM (SELECT name FROM who UNION ALL SELECT name FROM who UNION ALL SELECT name FROM who UNION ALL SELECT a.name FROM who a JOIN who b USING (id)) x'), 1, 'a statement reads one') for 1 .. 5;
my $plan = $session->answer('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM who');
like($plan, qr/Read From: (one|two)/, 'EXPLAIN ANALYZE says which');

$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $first = who($session);
is(who($session), $first, 'a transaction with a snapshot stays') for 1 .. 10;
down($first);
like(who($session), qr/^ERROR/, '... and does not go on elsewhere');
$session->do('ROLLBACK');
up();
fails('CREATE TABLE copied AS SELECT * FROM who', qr/^$/, 'CREATE TABLE AS');
is($hub->sql('SELECT DISTINCT name FROM copied'), 'main', '... stores what the primary has');
$hub->sql('INSERT INTO copied SELECT id + 10, name FROM who');
is($hub->sql('SELECT DISTINCT name FROM copied'), 'main', '... and so does INSERT');

# ---- replicas that are dead, or slow ----

my $warm = $hub->session;
who($warm) for 1 .. 20;
$warm->do('PREPARE w AS SELECT name FROM who WHERE id = 1', 'SET plan_cache_mode = force_generic_plan');
$warm->answer('EXECUTE w') for 1 .. 5;
down('one');
is($warm->answer('EXECUTE w'), 'two', 'one is down: the other answers, planned before') for 1 .. 5;
is(who(), 'two', 'one is down: the other answers, in a new session') for 1 .. 3;
down('two');
is($warm->answer('EXECUTE w'), 'main', 'both are down: the primary answers, planned before');
is(who(), 'main', 'both are down: the primary answers, in a new session');
my $json = JSON::PP->new->canonical;
is($json->decode($warm->answer(q{SELECT fraiseql.graphql('{ who(id: 1) { name } }')}))->{data}{who}{name}, 'main', 'both are down: in a request');
down('main');
like(who(), qr/^ERROR.*could not connect to server "main"/s, 'all are down');
$hub->sql(q{CREATE TABLE kept (id int, name text); INSERT INTO kept VALUES (1, 'kept'); ALTER FOREIGN TABLE who OPTIONS (ADD fallback 'kept')});
is(who(), 'kept', '... and there is a fallback');
up();
like(who($warm), qr/^(one|two)$/, 'all are back');
$hub->sql('ALTER FOREIGN TABLE who OPTIONS (DROP fallback)');

# silent ones cost their time once, until the breaker opens
$hub->sql(q{ALTER SERVER one OPTIONS (ADD circuit_breaker 'on', ADD failure_threshold '1', ADD recovery_timeout '1h', ADD connection_timeout '300ms', ADD timeout '300ms')});
$proxy{one}->silence('both');
is(who(), 'two', 'one is silent') for 1 .. 5;
is($hub->sql(q{SELECT state FROM fraiseql.circuit_breakers WHERE server = 'one'}), 'open', 'its breaker is open') if FraiseqlTest::wait_until(sub { who(); $hub->sql(q{SELECT state FROM fraiseql.circuit_breakers WHERE server = 'one'}) eq 'open' });
my $rejected = $hub->sql(q{SELECT rejected FROM fraiseql.stats WHERE server = 'one'});
is(who(), 'two', 'an open breaker: it is not asked') for 1 .. 5;
is($hub->sql(q{SELECT rejected FROM fraiseql.stats WHERE server = 'one'}), $rejected, '... and not even tried');
up();
is(who(), 'two', 'it stays alone until its time has come');
# a busy machine may take longer than it was given
$hub->sql(q{ALTER SERVER one OPTIONS (SET connection_timeout '5s', SET timeout '5s')});
$hub->sql(q{SELECT fraiseql.circuit_breaker_reset('one')});
ok(FraiseqlTest::wait_until(sub { who($warm) eq 'one' }), '... and is used again');

# the slow one is left to others, and tried again when that is long ago
$proxy{one}->latency(100);
ok(FraiseqlTest::wait_until(sub { who($warm) eq 'one' }), 'a slow replica is tried');
%seen = ();
$seen{who($warm)}++ for 1 .. 20;
cmp_ok($seen{two}, '>=', 18, 'the fast one has the reads');
up();

# ---- failures amid a statement ----

# both are warm, and say nothing when they are asked
$hub->sql(q{ALTER SERVER one OPTIONS (SET circuit_breaker 'off', SET timeout '300ms'); ALTER SERVER two OPTIONS (ADD timeout '300ms')});
my $grouping = $hub->session;
$grouping->do('SET plan_cache_mode = force_generic_plan', 'PREPARE g AS SELECT count(*), sum(id) FROM who WHERE id > 0');
$grouping->answer('EXECUTE g') for 1 .. 20;
$proxy{$_}->silence('both') foreach qw(one two);
is($grouping->answer('EXECUTE g'), '3,6', 'what is computed by a server that fails is computed by the next');
up();

# a snapshot of a replica is not mixed with a fallback
$hub->sql(q{ALTER FOREIGN TABLE who OPTIONS (ADD fallback 'kept')});
$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
like(who($session), qr/^(one|two)$/, 'a snapshot of a replica');
down(@names);
like(who($session), qr/^ERROR/, '... is not mixed with a fallback');
$session->do('ROLLBACK');
up();
$hub->sql(q{ALTER FOREIGN TABLE who OPTIONS (DROP fallback)});

# ---- nearest ----

$hub->sql(q{ALTER SERVER main OPTIONS (SET read_from 'nearest')});
$proxy{$_}->latency(30) foreach qw(one two);
my $near = $hub->session;
ok(FraiseqlTest::wait_until(sub { who($near); who($near) eq 'main' && who($near) eq 'main' }), 'nearest: the primary where it is the fastest');
down('main');
like(who($near), qr/^(one|two)$/, '... and another when it is down');
down('one', 'two');
like(who($near), qr/^ERROR/, '... until there is none');
up();

# ---- hints of a request ----

# nothing here is to be late
$hub->sql(q{ALTER SERVER one OPTIONS (DROP timeout); ALTER SERVER two OPTIONS (DROP timeout)});
foreach my $mode (qw(primary replica nearest))
{
	my $asking = $hub->session;

	$hub->sql("ALTER SERVER main OPTIONS (SET read_from '$mode')");
	$asking->do('SET fraiseql.trace = on');
	for (1 .. 3)
	{
		my $answer = $json->decode($asking->answer(q{SELECT fraiseql.graphql('{ a: who(id: 1) @source(affinity: PRIMARY) { name } b: who(id: 1) @source(affinity: REPLICA) { name } c: who(id: 1) { name } }')}));
		is($answer->{data}{a}{name}, 'main', "read_from $mode: PRIMARY");
		like($answer->{data}{b}{name}, qr/^(one|two)$/, "read_from $mode: REPLICA");
		is(join(' ', map { $_->{database} } grep { $_->{path}[0] eq 'b' } @{ $answer->{extensions}{trace}{routes} }), $answer->{data}{b}{name}, '... and the trace says which');
		like($answer->{data}{c}{name}, { primary => qr/^main$/, replica => qr/^(one|two)$/, nearest => qr/./ }->{$mode}, "read_from $mode: no hint");
	}
}

# ---- every engine ----

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $other = FraiseqlTest::Proxy->new($engine->port);

	$hub->sql("CREATE SERVER ${name}_copy FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS (" . $engine->server_options($other->port) . ");
		CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_copy OPTIONS (username '$engine->{user}', password '$engine->{password}');
		ALTER SERVER $name OPTIONS (ADD replicas '${name}_copy', ADD read_from 'replica')");
	my $reader = $hub->session;
	is($reader->answer("SELECT string_agg(name, ',' ORDER BY id) FROM $name.small"), 'one,two', "$name: a replica answers");
	is($hub->sql("SELECT statements FROM fraiseql.stats WHERE server = '$name'"), 0, '... and the primary is not asked');
	$other->refuse('on');
	$other->cut('now', 'rst');
	is($reader->answer("SELECT string_agg(name, ',' ORDER BY id) FROM $name.small"), 'one,two', "$name: its replica is down");
	is($hub->session->answer("SELECT string_agg(name, ',' ORDER BY id) FROM $name.small"), 'one,two', "$name: its replica is down, not planned before");
	isnt($hub->sql("SELECT statements FROM fraiseql.stats WHERE server = '$name'"), 0, '... the primary has answered');
	$other->reset;
	$other->cut('down', 3_000_000, 'rst');
	like($reader->answer("SELECT count(filler) FROM (SELECT filler FROM $name.numbers OFFSET 0) x WHERE filler <> ''"), qr/^(ERROR|200000)/, "$name: cut amid its rows: an error, or it was elsewhere");
	$other->stop;
}

# ---- a failure that was long ago ----

my ($late_state) = $late->finish;
is($late_state, '00000', 'replicas that fail slowly: the primary answers');
is($late->answer('SELECT current_setting($$test.late$$)'), 'main', '... and no other');
is($proxy{$_}->count->{connections}, $connections{$_} + 1, "... and $_ was tried once") foreach qw(quick mute);

$hub->stop;
done_testing();

END
{
	my $rc = $?;

	if ($$ == $test_pid)
	{
		$_->stop foreach values %proxy;
	}
	$? = $rc;
}
