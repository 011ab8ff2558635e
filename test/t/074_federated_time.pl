# The time of a request: a server that is slow or silent holds up its own
# fields only, from the first request of a session on; and what is late ends
# the request in time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use FraiseqlTest;
use FraiseqlTest::Shop;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], conf => "search_path = 'public'\n");
my @engines = $hub->engines;
my @network = grep { !$_->in_process } @engines;
my $shop = FraiseqlTest::Shop->new($hub);

my %right;
{
	my $session = $hub->session;

	$right{lists} = $shop->ask($session, $shop->lists(@engines));
	$right{users} = $shop->ask($session, $shop->users(@engines));
}

# ---- what planning asks ----

# One of them is silent, before it is connected to, or when it is asked about
# its tables: all that the others have comes first.
foreach my $engine (@network)
{
	my $name = $engine->name;
	my @others = grep { $_ != $engine } @network;

	foreach my $connected (0, 1)
	{
		my $session = $hub->session;
		my $what = "$name is silent, " . ($connected ? 'connected' : 'not connected');

		$session->do("SELECT * FROM $name.small") if $connected;
		$session->do(q{SET fraiseql.connection_timeout = '2s'}, q{SET fraiseql.remote_timeout = '2s'});
		$engine->proxy->silence('both');
		foreach my $query ($connected ? 'users' : 'lists')
		{
			my ($answer, @routes) = $shop->routes($session, $shop->$query($engine, @others));
			my @theirs = grep { $_->{path}[-1] =~ /Orders|Items/ && $_->{path}[-1] !~ /^$name/ } @routes;
			my @late = grep { $_->{started_ms} + $_->{time_ms} >= 2000 } @theirs;

			is(scalar @theirs, ($query eq 'lists' ? 1 : 2) * @others, "$what: $query: the others are asked");
			is(scalar @late, 0, "$what: $query: they do not wait for it");
			is($answer->{errors}[0]{extensions}{database}, $name, "$what: $query: the error is its own");
			is(scalar @{ $answer->{errors} }, 1, "$what: $query: and the only one") or diag($shop->canon($answer));
		}
		$engine->proxy->silence('none');
		$session->do('RESET fraiseql.connection_timeout', 'RESET fraiseql.remote_timeout');
		is($shop->canon($shop->ask($session, $shop->users(@engines))), $shop->canon($right{users}), "$what: afterwards");
	}
}

# First requests of sessions, with latency: what is asked of one is asked of
# the others at the same time.
{
	my %alone;

	$_->proxy->latency(100) foreach @network;
	foreach my $query ('lists', 'users')
	{
		foreach my $engine (@network)
		{
			(undef, $alone{ $engine->name }) = $shop->timed($hub->session, $shop->$query($engine));
		}
		my ($slowest) = sort { $b <=> $a } values %alone;
		my ($answer, $ms) = $shop->timed($hub->session, $shop->$query(@network));
		cmp_ok($ms, '<', 1.15 * $slowest + ($ENV{FSQ_LATE} // 1000), sprintf 'a first request for %s: %.0f ms, alone: %s', $query, $ms, join ', ', map { sprintf "$_ %.0f", $alone{$_} } sort keys %alone);
		is($answer->{errors}, undef, 'and it has no errors');
	}
	$_->proxy->latency(0) foreach @network;
}

done_testing();
