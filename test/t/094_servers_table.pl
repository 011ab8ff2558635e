# The table of servers in shared memory: what happens when it is full, that a
# dropped server makes room, that a changed option counts at once in sessions
# that have used the server before, and that what a view shows of a server
# belongs together.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [], breaker => 1, conf => "fraiseql.max_servers = 2\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', 'CREATE TABLE one AS SELECT 1 AS i');
$hub->sql(join '', map { qq{
	CREATE SERVER s$_ FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '$host', port '$port', database 'remote', max_attempts '1');
	CREATE USER MAPPING FOR PUBLIC SERVER s$_ OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE t$_ (i int) SERVER s$_ OPTIONS (schema_name 'public', table_name 'one');
} } 1 .. 4);

# What a use of a server in a new session says.
sub use_server
{
	my ($n) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "SELECT i FROM t$n");
	return "$out $err";
}

sub statements { my ($n) = @_; return $hub->sql("SELECT statements > 0 FROM fraiseql.stats WHERE server = 's$n'"); }

# ---- a full table ----

is(use_server(1), '1 ', 'the first server has a place');
is(use_server(2), '1 ', 'and the second');
like(use_server(3), qr/^1 .*WARNING:  there is no room for more than 2 servers in the shared memory of fraiseql/s, 'the third is used all the same, with a warning');
like(use_server(3), qr/DETAIL:  .*server "s3" are this session's own.*HINT:  Raise fraiseql.max_servers and restart/s, 'which says what that means, and what to do');
is(statements(1) . statements(2) . statements(3), 'ttf', 'the others are shared');
my $session = $hub->session;
$session->do('SET client_min_messages = error', q{SELECT fraiseql.circuit_breaker_trip('s3')});
is(($session->fails('SELECT i FROM t3'))[0], '08X01', 'its breaker works for the session');
like(use_server(3), qr/^1 /, 'and for no other');
$session->disconnect;

# ---- a server that goes makes room ----

$hub->sql('DROP SERVER s1 CASCADE');
is(use_server(3), '1 ', 'the place of a dropped server is another\'s');
like(use_server(4), qr/^1 .*no room/s, 'there is one');
# dropped by a transaction that was rolled back, it keeps its own
$hub->sql('BEGIN; DROP SERVER s2 CASCADE; ROLLBACK');
is(statements(2), 't', 'a server that was not dropped after all is remembered');
like(use_server(4), qr/^1 .*no room/s, 'and keeps its place');
$hub->sql('DROP SERVER s2 CASCADE');
is(use_server(4), '1 ', 'until it goes');

# ---- ALTER SERVER ----

my @sessions = map { $hub->session } 1 .. 3;
is($_->answer('SELECT i FROM t3'), 1, 'a session uses a server') foreach @sessions;
$hub->sql("ALTER SERVER s3 OPTIONS (ADD failure_threshold '2', ADD recovery_timeout '1h', SET port '1')");
is(($sessions[$_]->fails('SELECT i FROM t3'))[0], '08001', 'another address counts at once') foreach 0, 1;
is(($sessions[2]->fails('SELECT i FROM t3'))[0], '08X01', 'another threshold, too: two failures, of two sessions, open the breaker');
$hub->sql("ALTER SERVER s3 OPTIONS (SET recovery_timeout '1ms', SET port '$port', ADD success_threshold '1')");
FraiseqlTest::wait_until(sub { $hub->sql("SELECT next_probe < clock_timestamp() FROM fraiseql.circuit_breakers WHERE server = 's3'") eq 't' }) or die 'time';
is($sessions[2]->answer('SELECT i FROM t3'), 1, 'another time until it is probed: now');
is($hub->sql("SELECT state, consecutive_failures, transitions FROM fraiseql.circuit_breakers WHERE server = 's3'"), 'closed|0|3', 'and one answer is enough');
$sessions[0]->do(q{SELECT fraiseql.circuit_breaker_trip('s3')}, q{ALTER SERVER s3 OPTIONS (ADD circuit_breaker 'off')});
is($sessions[1]->answer('SELECT i FROM t3'), 1, 'a breaker that is switched off refuses nobody');
$_->disconnect foreach @sessions;

# ---- no torn reads ----

# Each change of state is one transition: what is closed has an even number.
my ($writer, $reader) = ($hub->session, $hub->session);
$hub->sql("ALTER SERVER s4 OPTIONS (ADD recovery_timeout '1h')");
$writer->start(q{DO $$ BEGIN FOR i IN 1 .. 20000 LOOP
	PERFORM fraiseql.circuit_breaker_trip('s4'); PERFORM fraiseql.circuit_breaker_reset('s4');
END LOOP; END $$});
$reader->do(q{CREATE FUNCTION torn(OUT rows int, OUT wrong int, OUT states int) LANGUAGE plpgsql AS $$
	DECLARE
		b record;
		seen text[] = '{}';
	BEGIN
		rows := 0; wrong := 0;
		LOOP
			SELECT * INTO b FROM fraiseql.circuit_breakers WHERE server = 's4';
			rows := rows + 1;
			IF (b.state = 'closed') <> (b.transitions % 2 = 0) OR (b.state = 'open') <> (b.next_probe IS NOT NULL)
				OR b.next_probe <> b.opened_at + interval '1 hour' THEN
				wrong := wrong + 1;
			END IF;
			seen := CASE WHEN b.state = ANY (seen) THEN seen ELSE seen || b.state END;
			EXIT WHEN b.transitions >= 40000;
		END LOOP;
		states := cardinality(seen);
	END $$});
my ($rows, $wrong, $states) = split /,/, $reader->answer('SELECT * FROM torn()');
is(($writer->finish)[0], '00000', 'a session opens and closes a breaker all the time');
is($wrong, 0, "what another sees of it belongs together, $rows times");
is($states, 2, 'both states were seen');

$hub->stop;
done_testing();
