# What the tests of all engines share: a hub, and each engine's server behind a
# proxy that does what networks do.
#
#	use FraiseqlTest;
#	my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)]);
#	foreach my $engine ($hub->engines) { ... }
#
# On the hub, each engine has a server of its name and a schema of its name,
# with foreign tables over what FraiseqlTest::Engine->fixture makes:
#
#	small(id int, name text)      rows (1, 'one'), (2, 'two')
#	numbers(n int, filler text)   n from 1 to 200000, filler 100 characters
#	busy(c bigint)                works for years before its only row
#	login(login text)             who is logged in
#
# FSQ_ENGINES names engines to test (all without it).

package FraiseqlTest;

use strict;
use warnings;

use Cwd qw(abs_path);
use DBI;
use DBD::Pg;
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use FraiseqlTest::Engine;
use FraiseqlTest::Proxy;
use FraiseqlTest::Session;

# Milliseconds within which a statement is to stop.  The goal is 250; a machine
# that does other things as well is given more.
our $STOP_TIME = $ENV{FSQ_STOP_TIME} // 1000;

my $source = abs_path(dirname(__FILE__));
my @running;
my $test_pid = $$;

# The library that makes looking up "silent.example" take for ever.
sub silent_names
{
	my $library = PostgreSQL::Test::Utils::tempdir() . '/silent_names.so';

	system('cc', '-shared', '-fPIC', '-o', $library, "$source/silent_names.c", '-ldl') == 0 or die "silent_names.c does not build\n";
	return $library;
}

# A cluster with the extension, and the engines' servers, started.  In one with
# silent_names, nobody answers for the name silent.example.  Circuit breakers are
# off, unless breaker.  The library is preloaded, unless preload is 0.
sub hub
{
	my ($class, %arg) = @_;
	my $node = PostgreSQL::Test::Cluster->new($arg{name} // 'hub');
	my $self = bless { node => $node }, $class;
	my @names = grep { my $name = $_; !$ENV{FSQ_ENGINES} || grep { $_ eq $name } split /[ ,]+/, $ENV{FSQ_ENGINES} } @{ $arg{engines} };

	$self->{engines} = [ map { FraiseqlTest::Engine->new($_) } grep { FraiseqlTest::Engine->available($_) } @names ];
	push @running, @{ $self->{engines} };
	FraiseqlTest::Engine->start_all(@{ $self->{engines} });
	$node->init;
	# faults follow one another faster than a circuit breaker forgives them
	$node->append_conf('postgresql.conf', "autovacuum = off\n"
		  . ($arg{preload} // 1 ? "shared_preload_libraries = 'fraiseql'\n" : '')
		  . ($arg{breaker} ? '' : "fraiseql.circuit_breaker = off\n") . ($arg{conf} // ''));
	local $ENV{LD_PRELOAD} = join ' ', grep { defined } $ENV{LD_PRELOAD}, silent_names() if $arg{silent_names};
	$node->start;
	delete local $ENV{LD_PRELOAD};
	$node->safe_psql('postgres', 'CREATE EXTENSION fraiseql');
	foreach my $engine ($self->engines)
	{
		$engine->fixture;
		if (!$engine->in_process)
		{
			$engine->{proxy} = FraiseqlTest::Proxy->new($engine->port);
			push @running, $engine->{proxy};
		}
		$node->safe_psql('postgres', $engine->hub_sql);
	}
	return $self;
}

sub engines { my ($self) = @_; return @{ $self->{engines} }; }

sub node { my ($self) = @_; return $self->{node}; }

sub session { my ($self, @arg) = @_; return FraiseqlTest::Session->new($self->{node}, @arg); }

sub sql { my ($self, $sql) = @_; return $self->{node}->safe_psql('postgres', $sql); }

# Wait until a condition holds; false if it never does.
sub wait_until
{
	my ($condition) = @_;

	for (1 .. 400)
	{
		return 1 if $condition->();
		sleep 0.02 + ($_ > 100 ? 0.1 : 0);
	}
	return 0;
}

sub stop
{
	my ($self) = @_;
	$self->{node}->stop;
}

END
{
	my $rc = $?;

	if ($$ == $test_pid)
	{
		$_->stop foreach reverse @running;
	}
	$? = $rc;
}

1;
