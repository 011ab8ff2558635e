# fraiseql.metrics(), read by Prometheus's own Python client (Debian's
# python3-prometheus-client; without it these tests are skipped), and
# fraiseql.statements: what they count, while others count; a full table of
# statements; hostile names; and what is left after a crash.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IPC::Run qw(run);
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $parser = "$FindBin::RealBin/../lib/prometheus.py";
my $python = '/usr/bin/python3';
my $has_parser = -x $python && run([ $python, '-c', 'import prometheus_client.parser' ], '>', \my $out, '2>', \my $err);

diag('python3-prometheus-client is not installed: the format of fraiseql.metrics() is not tested') unless $has_parser;

my $hub = FraiseqlTest->hub(engines => [], breaker => 1,
	conf => "restart_after_crash = on\nfraiseql.max_statements = 50\nmax_connections = 50\n");
my $node = $hub->node;
my ($host, $port) = ($node->host, $node->port);
my $user = $hub->sql('SELECT current_user');

$hub->sql('CREATE DATABASE remote');
$node->safe_psql('remote', 'CREATE TABLE things AS SELECT g AS id, $$n$$ || g AS name FROM generate_series(1, 6000) g; ALTER TABLE things ADD PRIMARY KEY (id); CREATE VIEW slow AS SELECT 1 AS i FROM pg_sleep(60)');
$hub->sql(qq{
	CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '$host', port '$port', database 'remote', max_attempts '1', failure_threshold '3', recovery_timeout '1h');
	CREATE USER MAPPING FOR PUBLIC SERVER source OPTIONS (username '$user', password 'x');
	IMPORT FOREIGN SCHEMA public FROM SERVER source INTO public;
	CREATE SERVER dead FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '1', max_attempts '1', failure_threshold '3', recovery_timeout '1h', pool_size '7');
	CREATE USER MAPPING FOR PUBLIC SERVER dead OPTIONS (username '$user', password 'x');
	CREATE FOREIGN TABLE dead_rows (id int) SERVER dead;
});

# What the parser makes of metrics: by name of sample and labels.
sub parse
{
	my ($text) = @_;

	my ($json, $error);

	run([ $python, $parser ], '<', \$text, '>', \$json, '2>', \$error) or die "not valid: $error\n$text";
	my %samples;
	my $families = decode_json($json);

	foreach my $family (@$families)
	{
		foreach my $sample (@{ $family->{samples} })
		{
			my ($name, $labels, $value) = @$sample;
			my $key = $name . join '', map { "|$_=$labels->{$_}" } sort keys %$labels;

			die "twice: $key" if exists $samples{$key};
			$samples{$key} = { value => $value eq 'inf' ? 9**9**9 : $value, family => $family, labels => $labels };
		}
	}
	return { families => { map { $_->{name} => $_ } @$families }, samples => \%samples };
}

sub metrics { my ($session) = @_; return parse($session->answer('SELECT fraiseql.metrics()') . "\n"); }

sub value { my ($metrics, $key) = @_; my $sample = $metrics->{samples}{$key}; return $sample ? $sample->{value} + 0 : undef; }

# What is wrong with the histograms.
sub wrong_histograms
{
	my ($metrics) = @_;
	my @wrong;

	foreach my $family (grep { $_->{type} eq 'histogram' } values %{ $metrics->{families} })
	{
		my (%last, %count);

		foreach my $sample (@{ $family->{samples} })
		{
			my ($name, $labels, $value) = @$sample;
			my $of = join '|', map { "$_=$labels->{$_}" } grep { $_ ne 'le' } sort keys %$labels;

			$count{$of} = $value if $name =~ /_count$/;
			next if $name !~ /_bucket$/;
			push @wrong, "$name $of $labels->{le}" if defined $last{$of} && $value < $last{$of}[1];
			$last{$of} = [ $labels->{le}, $value ];
		}
		foreach my $of (keys %last)
		{
			push @wrong, "$family->{name} $of: the last is not +Inf" if $last{$of}[0] ne '+Inf';
			push @wrong, "$family->{name} $of: count $count{$of}, +Inf $last{$of}[1]" if $last{$of}[1] != $count{$of};
		}
	}
	return @wrong;
}

my $session = $hub->session;
# what planning asks is counted, too: have it asked, and connect
$session->answer('SELECT count(*) FROM things');
$session->do('SELECT fraiseql.stats_reset()');

SKIP:
{
	skip 'no parser of Prometheus\'s format (python3-prometheus-client)', 1 unless $has_parser;

	# ---- names and types ----

	my $metrics = metrics($session);
	my %types = (
		fraiseql_federation_query_duration_seconds => 'histogram',
		fraiseql_federation_query_errors => 'counter',
		fraiseql_federation_connection_pool_size => 'gauge',
		fraiseql_federation_connection_pool_active => 'gauge',
		fraiseql_federation_circuit_breaker_state => 'gauge',
		fraiseql_queries => 'counter',
		fraiseql_query_duration_seconds => 'histogram',
		fraiseql_errors => 'counter',
		fraiseql_db_connections => 'gauge');

	is($metrics->{families}{$_} ? $metrics->{families}{$_}{type} : 'missing', $types{$_}, $_) foreach sort keys %types;
	is(scalar(grep { $_->{help} eq '' || $_->{type} eq 'unknown' } values %{ $metrics->{families} }), 0, 'each has help and a type');
	is(value($metrics, 'fraiseql_federation_connection_pool_size|database=dead'), 7, 'the size of a pool');
	is(value($metrics, 'fraiseql_federation_connection_pool_size|database=source'), 9**9**9, 'and of one without a limit');

	# ---- what is counted ----

	$session->answer("SELECT name FROM things WHERE id = $_") foreach 1 .. 5;
	$session->fails('SELECT 1 FROM things WHERE 1 / (id - 1) > 0');
	$session->fails('SELECT * FROM dead_rows') foreach 1 .. 4;
	$session->answer(q{SELECT fraiseql.graphql('{ things(limit: 1) { id } }')}) foreach 1 .. 3;
	$session->answer(q{SELECT fraiseql.graphql('{ things(limit: 1) { id } deadRows { id } }')});
	$session->answer(q{SELECT fraiseql.graphql('{ things { nothing } }')});
	$session->do(q{SET statement_timeout = '300ms'});
	is(($session->fails(q{SELECT fraiseql.graphql('{ slows { i } }')}))[0], '57014', 'a request that is ended by its timeout');
	$session->do('RESET statement_timeout');

	$metrics = metrics($session);
	is(join(',', wrong_histograms($metrics)), '', 'histograms are what they are to be');
	my $stats = $session->answer(q{SELECT statements, "rows", errors, rejected FROM fraiseql.stats WHERE server = 'source'});
	is(join(',', map { value($metrics, "fraiseql_federation_${_}_total|database=source") } qw(queries rows query_errors rejected)), $stats,
		"they agree with fraiseql.stats ($stats)");
	is(value($metrics, 'fraiseql_federation_query_errors_total|database=source'), 1, 'an error of a statement');
	is(value($metrics, 'fraiseql_federation_query_errors_total|database=dead'), 3, 'three of connecting');
	cmp_ok(value($metrics, 'fraiseql_federation_rejected_total|database=dead'), '>=', 2, 'and the circuit breaker refuses more');
	is(value($metrics, 'fraiseql_federation_circuit_breaker_state|database=dead'), 1, 'as it is open');
	is(value($metrics, 'fraiseql_federation_circuit_breaker_state|database=source'), 0, 'and that of the other is not');
	is(value($metrics, 'fraiseql_db_connections|database=source|state=idle'), 1, 'one connection');
	is(value($metrics, 'fraiseql_queries_total|method=query|status=success'), 3, 'requests that were answered');
	is(value($metrics, 'fraiseql_queries_total|method=query|status=partial'), 1, 'in part');
	is(value($metrics, 'fraiseql_queries_total|method=query|status=error'), 2, 'not at all');
	is(value($metrics, 'fraiseql_errors_total|error_code=CIRCUIT_BREAKER_OPEN'), 1, 'errors by their codes');
	is(value($metrics, 'fraiseql_errors_total|error_code=VALIDATION_ERROR'), 1, 'of requests that are none');
	is(value($metrics, 'fraiseql_errors_total|error_code=ABORTED'), 1, 'and of those that have no response');
	is(value($metrics, 'fraiseql_query_duration_seconds_count|method=query'), 6, 'and how long they took');

	# ---- hostile names ----

	my @names = ("a\"b", "a\\b", "a\nb", "a\\nb", "} 1", "# TYPE x counter", "\x{e9}\x{65e5}", "a=\"b\",c", "\\");
	foreach my $name (@names)
	{
		my $quoted = $name =~ s/"/""/gr;
		utf8::encode($quoted);
		$hub->sql(qq{CREATE SERVER "$quoted" FOREIGN DATA WRAPPER fraiseql_postgres});
	}
	$metrics = parse($hub->sql('SELECT fraiseql.metrics()') . "\n");
	is(value($metrics, "fraiseql_federation_queries_total|database=$_"), 0, 'a server called ' . ($_ =~ s/[^ -~]/./gr)) foreach @names;
	foreach my $name (@names)
	{
		my $quoted = $name =~ s/"/""/gr;
		utf8::encode($quoted);
		$hub->sql(qq{DROP SERVER "$quoted"});
	}

	# ---- while others count ----

	my @others = map { $hub->session } 1 .. 4;
	my $before = metrics($session);
	my @wrong;
	foreach my $round (1 .. 4)
	{
		$_->start(q{DO $$ BEGIN FOR i IN 1 .. 50 LOOP PERFORM name FROM things WHERE id = i; PERFORM fraiseql.graphql('{ things(limit: 1) { id } }'); END LOOP; END $$}) foreach @others;
		foreach (1 .. 5)
		{
			my $after = metrics($session);

			push @wrong, wrong_histograms($after);
			foreach my $key (keys %{ $before->{samples} })
			{
				next if $before->{samples}{$key}{family}{type} eq 'gauge';
				push @wrong, $key if value($after, $key) < value($before, $key);
			}
			$before = $after;
		}
		$_->finish foreach @others;
	}
	is(join(',', @wrong), '', 'counters never go back, and histograms are whole');
	is(value(metrics($session), 'fraiseql_queries_total|method=query|status=success'), 3 + 4 * 4 * 50, 'and nothing is lost');
}

# ---- a full table of statements ----

$session->do('SELECT fraiseql.stats_reset()');
my $often = 'SELECT name FROM things WHERE id = 7';
$session->answer($often) foreach 1 .. 200;
my @others = map { $hub->session } 1 .. 4;
foreach my $n (0 .. 3)
{
	# statements of which each has its own shape
	$others[$n]->start(sprintf(q{DO $do$ BEGIN FOR i IN 1 .. 100 LOOP EXECUTE 'SELECT count(*) FROM things WHERE id IN (SELECT 1)' || repeat(' AND id > 0 AND name <> $$x$$', 1 + (i %% 25)) || repeat(' AND id <> 3', %d); END LOOP; END $do$},
		$n * 30));
}
$_->finish foreach @others;
cmp_ok($session->answer('SELECT count(*) FROM fraiseql.statements()'), '<=', 50, 'a full table does not grow');
cmp_ok($session->answer('SELECT count(*) FROM fraiseql.statements()'), '>=', 30, 'nor is it emptied');
cmp_ok($session->answer(q{SELECT calls FROM fraiseql.statements WHERE query LIKE 'SELECT "name"%'}), '>=', 200, 'and what is used often stays');

# keys in any number
$session->do('SELECT fraiseql.stats_reset()');
$session->answer(sprintf 'SELECT count(*) FROM things WHERE id IN (%s)', join ',', 1 .. $_) foreach 2, 50, 100;
is($session->answer(q{SELECT calls, query FROM fraiseql.statements WHERE calls > 1}),
	'3,SELECT count(*) FROM "public"."things" WHERE ("id" IN (?, ...))', 'lists of any length are one statement');
$session->do('SELECT fraiseql.stats_reset()');
is($session->answer('SELECT count(*) FROM fraiseql.statements'), 0, 'and all can be forgotten');

# ---- kill -9 ----

@others = map { $hub->session } 1 .. 4;
$_->start('DO $$ BEGIN LOOP PERFORM name FROM things WHERE id = 1; END LOOP; END $$') foreach @others;
ok(FraiseqlTest::wait_until(sub { ($hub->sql('SELECT sum(calls) FROM fraiseql.statements') || 0) > 100 }), 'others count');
kill 'KILL', $others[0]->pid;
ok(FraiseqlTest::wait_until(sub { slurp_file($node->logfile) =~ /all server processes terminated; reinitializing.*ready to accept connections/s }), 'the cluster restarts');
is($hub->sql('SELECT count(*) FROM fraiseql.statements'), 0, 'and counts from the beginning');
is($hub->sql('SELECT name FROM things WHERE id = 3'), 'n3', 'servers are used');
like($hub->sql('SELECT query FROM fraiseql.statements'), qr/SELECT "name" FROM/, 'and counted');

$hub->stop;
done_testing();
