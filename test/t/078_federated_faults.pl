# What happens to one source of a request, in whatever phase, costs its own
# fields and nothing else: the others' data is in the answer, with one error for
# each field that needs the source, and the session goes on when it is over.
#
# Each engine is killed, frozen, silenced, cut off, refused and slowed, before
# it is connected to, while it is asked about its tables, when a statement has
# been sent, amid its rows, and between two of its fetches; and it is cut off
# after so many bytes of the whole conversation, in either direction.
#
# FSQ_CUTS is the number of places in each direction at which a conversation is
# cut or silenced (4 without it); FSQ_SEED repeats a run.

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
my $places = $ENV{FSQ_CUTS} // 4;
my $seed = $ENV{FSQ_SEED} // time % 100000;
srand($seed);
note("FSQ_SEED=$seed");

my $fields = $shop->users(@engines) . ' ' . $shop->lists(@engines);
my $expected = $shop->ask($hub->session, $fields);
my $complete = $shop->canon($expected);

# Whether an answer without an engine is what it must be: what is wrong with it,
# or ''.  The fields that need the engine are null, or there where they were
# read before it failed.
sub judge
{
	my ($answer, $engine) = @_;
	my $name = $engine->name;
	return $answer if !ref $answer;
	my @errors = @{ $answer->{errors} // [] };
	my %failed;

	foreach my $error (@errors)
	{
		my $path = join '.', @{ $error->{path} // [] };

		return "a second error of $path" if $failed{$path}++;
		return "an error of another source: $path" if $path !~ /^(users\.)?${name}Orders(\.${name}Items)?$/;
		return "database of $path" if ($error->{extensions}{database} // '') ne $name;
		return "code $error->{extensions}{code} of $path, $error->{message}" if $error->{extensions}{code} !~ /^(SERVICE_UNAVAILABLE|TIMEOUT|DATABASE_ERROR|CONFLICT)$/;
		return "no sqlstate of $path" if !$error->{extensions}{sqlstate};
	}
	my $copy = { data => $shop->copy($expected->{data}) };

	$copy->{data}{"${name}Orders"} = undef if $failed{"${name}Orders"};
	foreach my $user (@{ $copy->{data}{users} })
	{
		$user->{"${name}Orders"} = undef if $failed{"users.${name}Orders"};
		if ($failed{"users.${name}Orders.${name}Items"})
		{
			$_->{"${name}Items"} = undef foreach @{ $user->{"${name}Orders"} };
		}
	}
	return 'the data is ' . $shop->canon($answer->{data}) if $shop->canon($answer->{data}) ne $shop->canon($copy->{data});
	return '';
}

# Whether the session answers everything again, with nothing left on the
# engine.  Servers that were frozen or killed need a moment.  There may be other
# sessions, which have connections, too.
sub recovers
{
	my ($session, $engine, $what, $nsessions) = @_;
	my $answer = $shop->canon($shop->ask($session, $fields));

	is($answer, $complete, "$what: afterwards");
	return if $engine->in_process;
	ok(FraiseqlTest::wait_until(sub { $engine->running == 0 }), "$what: nothing runs on");
	# a session that was disconnected before, and what was given up behind a proxy, takes a moment to end
	my $connections;
	ok(FraiseqlTest::wait_until(sub { ($connections = () = $engine->sessions) <= 4 * ($nsessions // 1) + 1 }), "$what: $connections connections");
}

# Limits are for the engine that is tried: the others have all the time that a
# busy machine may take, by their own options.
sub alter_others
{
	my ($engine, $options) = @_;
	$hub->sql(join "\n", map { "ALTER SERVER @{[ $_->name ]} OPTIONS ($options);" } grep { $_ != $engine } @network);
}
sub limits { my ($session) = @_; $session->do(q{SET fraiseql.remote_timeout = '400ms'}, q{SET fraiseql.connection_timeout = '400ms'}); }
sub no_limits { my ($session) = @_; $session->do('RESET fraiseql.remote_timeout', 'RESET fraiseql.connection_timeout'); }

# ---- faults in phases ----

foreach my $engine (@network)
{
	my $name = $engine->name;
	my $proxy = $engine->proxy;
	alter_others($engine, q{ADD timeout '20s', ADD connection_timeout '20s'});
	my @faults = (
		[ 'killed', sub { $engine->crash }, sub { $engine->start } ],
		[ 'frozen', sub { $engine->freeze }, sub { $engine->thaw } ],
		[ 'cut', sub { $proxy->cut('now', 'rst'); $proxy->cut('down', 1, 'rst') }, sub { $proxy->reset } ],
		[ 'closed', sub { $proxy->cut('now', 'fin'); $proxy->cut('up', 1, 'fin') }, sub { $proxy->reset } ],
		[ 'silent', sub { $proxy->silence('both') }, sub { $proxy->reset } ],
		[ 'refusing', sub { $proxy->refuse('on'); $proxy->cut('now', 'rst') }, sub { $proxy->reset } ],
		[ 'slow', sub { $proxy->rate(300) }, sub { $proxy->reset } ]);

	# before the request: a session that knows nothing, one that is connected, one
	# that has asked it all, each asking while the fault lasts
	foreach my $fault (@faults)
	{
		my ($what, $begin, $end) = @$fault;
		my %session = map { $_ => $hub->session } 'not connected', 'connected', 'described';

		$session{connected}->do("SELECT * FROM $name.small");
		$shop->ask($session{described}, $fields);
		limits($_) foreach values %session;
		$begin->();
		my %answer = $shop->ask_together($fields, %session);
		$end->();
		foreach my $phase (sort keys %session)
		{
			is(judge($answer{$phase}, $engine), '', "$name is $what, $phase: all else is there");
			isnt($shop->canon($answer{$phase}), $complete, "$name is $what, $phase: and it is not") if $what ne 'slow';
			no_limits($session{$phase});
		}
		foreach my $phase (sort keys %session)
		{
			recovers($session{$phase}, $engine, "$name is $what, $phase", scalar keys %session);
			delete($session{$phase})->disconnect;
		}
	}

	# during the request, in which it takes a while to send and to answer
	foreach my $fault (@faults)
	{
		my ($what, $begin, $end) = @$fault;
		my $after = 0.02 + rand 0.25;
		my $session = $hub->session;

		$shop->ask($session, $fields);
		limits($session);
		$proxy->latency(25);
		my $answer = $shop->ask($session, $fields, sub { sleep $after; $begin->() });
		$end->();
		$proxy->reset;
		$after = sprintf '%.3f s', $after;
		is(judge($answer, $engine), '', "$name is $what after $after: all else is there");
		no_limits($session);
		recovers($session, $engine, "$name is $what after $after");
	}

	# after so many bytes of a conversation, from its very beginning or from a request on
	my %bytes;
	foreach my $connected (0, 1)
	{
		my $session = $hub->session;

		$shop->ask($session, $fields) if $connected;
		$proxy->reset;
		$shop->ask($session, $fields);
		my $count = $proxy->count;
		$bytes{$connected}{$_} = $count->{$_} foreach 'up', 'down';
	}
	foreach my $direction ('up', 'down')
	{
		foreach my $place (1 .. $places)
		{
			my $session = $hub->session;
			my $at = 1 + int rand $bytes{0}{$direction};
			my $how = ('rst', 'fin')[ $place % 2 ];

			limits($session);
			$proxy->cut($direction, $at, $how);
			my $answer = $shop->ask($session, $fields);
			$proxy->reset;
			is(judge($answer, $engine), '', "$name is cut ($how) after $at bytes $direction: all else is there");
			no_limits($session);
			recovers($session, $engine, "$name is cut after $at bytes $direction");
		}
	}
	alter_others($engine, 'DROP timeout, DROP connection_timeout');
}

# ---- a file that goes away ----

foreach my $engine (grep { $_->in_process } @engines)
{
	my $name = $engine->name;
	my $file = "$engine->{dir}/d.db";

	alter_others($engine, q{ADD timeout '20s', ADD connection_timeout '20s'});
	my @faults = (
		[ 'removed', sub { rename $file, "$file.away" or die }, sub { unlink $file; rename "$file.away", $file or die } ],
		[ 'overwritten', sub { rename $file, "$file.away"; append_to_file($file, 'this is no database' x 1000) }, sub { rename "$file.away", $file or die } ],
		[ 'locked', sub { $engine->{dbh}->do('BEGIN EXCLUSIVE') }, sub { $engine->{dbh}->do('ROLLBACK') } ]);

	foreach my $phase ('not opened', 'opened', 'described')
	{
		foreach my $fault (@faults)
		{
			my ($what, $begin, $end) = @$fault;
			my $session = $hub->session;

			$session->do("SELECT * FROM $name.small") if $phase eq 'opened';
			$shop->ask($session, $fields) if $phase eq 'described';
			limits($session);
			$begin->();
			my $answer = $shop->ask($session, $fields);
			$end->();
			is(judge($answer, $engine), '', "$name is $what, $phase: all else is there");
			isnt($shop->canon($answer), $complete, "$name is $what, $phase: and it is not");
			no_limits($session);
			recovers($session, $engine, "$name is $what, $phase");
		}
	}
}

is($hub->node->poll_query_until('postgres', q{SELECT count(*) <= 1 FROM pg_stat_activity WHERE backend_type = 'client backend'}), 1, 'no backend is left');
unlike(slurp_file($hub->node->logfile), qr/terminated by signal|PANIC/, 'and none has crashed');

done_testing();
