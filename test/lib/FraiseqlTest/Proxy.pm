# A fault proxy (test/servers/proxy) before a port.  Its methods are its
# commands: $proxy->silence('both'), $proxy->cut('down', 100, 'rst') ...

package FraiseqlTest::Proxy;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::UNIX;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);

my $program;

sub build
{
	my $source = abs_path(dirname(__FILE__) . '/../../servers/proxy');

	return $program if $program;
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	system('make', '-s', '-C', $source, "BIN=$dir/fault-proxy") == 0 or die "the fault proxy does not build\n";
	return $program = "$dir/fault-proxy";
}

sub new
{
	my ($class, $target) = @_;
	my $program = build();
	my $self = bless { dir => PostgreSQL::Test::Utils::tempdir_short() }, $class;

	my $pid = fork // die "fork: $!\n";
	if ($pid == 0)
	{
		exec $program, '--target', $target, '--dir', $self->{dir} or require POSIX && POSIX::_exit(1);
	}
	$self->{pid} = $pid;
	for (1 .. 1000)
	{
		last if -s "$self->{dir}/port";
		sleep 0.01;
	}
	open my $file, '<', "$self->{dir}/port" or die "the fault proxy does not start\n";
	chomp($self->{port} = <$file>);
	return $self;
}

sub port { my ($self) = @_; return $self->{port}; }

sub command
{
	my ($self, @words) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => "$self->{dir}/control") or die "the fault proxy is gone: $!\n";

	print $socket "@words\n";
	$socket->flush;
	my $answer = <$socket> // '';
	die "fault proxy: $answer" if $answer =~ /^error|^$/;
	return $answer;
}

foreach my $name (qw(latency rate silence hold cut garble refuse reset))
{
	no strict 'refs';
	*$name = sub { my ($self, @words) = @_; $self->command($name, @words); };
}

# connections, open, up, down, turns
sub count { my ($self) = @_; return { split ' ', $self->command('count') }; }

sub stop
{
	my ($self) = @_;

	return if !$self->{pid};
	kill TERM => $self->{pid};
	waitpid $self->{pid}, 0;
	delete $self->{pid};
}

1;
