# 200 clients on a pool of 5, on each engine: the server itself, sampled all the
# time, never sees more connections; and whatever ends the sessions amid that
# (cancel, termination, kill -9), wherever they are (in line, in a handshake,
# in a statement), afterwards every place is back.
#
# FSQ_KILLS is the number of random kills on each engine (12), of which one in
# forty is kill -9; FSQ_CLIENTS that of clients; FSQ_SEED repeats a run as far as
# that can be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use DBI;
use IPC::Run;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use FraiseqlTest;

my $clients = $ENV{FSQ_CLIENTS} // 200;
my $kills = $ENV{FSQ_KILLS} // 12;
my $size = 5;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], breaker => 1,
	conf => "max_connections = @{[ $clients + 30 ]}\nrestart_after_crash = on\nfraiseql.connection_timeout = '120s'\n");
my $node = $hub->node;
my $seed = $ENV{FSQ_SEED} // time % 100000;
my $dir = PostgreSQL::Test::Utils::tempdir;
srand $seed;
note("FSQ_SEED=$seed");

# ---- what the server sees ----

# Connections of the hub: what the server itself says, or, of the stand-in, its
# processes, one for each.
sub seen
{
	my ($engine, $dbh) = @_;

	return served($engine) if $engine->{tsql};
	return still_connected($engine, $dbh) if $engine->name eq 'mysql';
	return $dbh->selectrow_array(q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fraiseql'});
}

# Sockets of a server, as the kernel knows them now: of each, by its inode, the
# port of the other side.  Those that the server has closed do not count; those
# that only the other side has closed do.
sub open_sockets
{
	my ($engine) = @_;
	my $port = $engine->port;
	my %open;

	foreach my $file (qw(/proc/net/tcp /proc/net/tcp6))
	{
		open my $sockets, '<', $file or next;
		while (<$sockets>)
		{
			# local and remote address; established, or closed by the other side only
			my ($local, $remote, $inode) = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) 0[18] (?:\S+ +){5}(\d+) / or next;
			$open{$inode} = hex $remote if hex $local == $port;
		}
	}
	return %open;
}

# MariaDB goes on listing a session for a moment after it has closed its socket
# (as "Busy").  Those that were listed and have a socket even afterwards were
# there together.
sub still_connected
{
	my ($engine, $dbh) = @_;
	my @listed = @{ $dbh->selectcol_arrayref(q{SELECT host FROM information_schema.processlist WHERE user NOT IN ('root', 'system user') AND command <> 'Daemon'}) };

	return scalar @listed if @listed == 0;
	my %open = reverse open_sockets($engine);
	# one that does not say where it is from counts
	return scalar grep { !/:(\d+)$/ || $open{$1} } @listed;
}

# The stand-in's processes, likewise: one that ends closes its sockets one after
# the other, and may have others when that of its client is closed.  The kernel is
# asked only where there are too many, since it takes its time.
sub served
{
	my ($engine) = @_;
	my %sockets = map { $_ => [ sockets($_) ] } children($engine);
	my @processes = grep { @{ $sockets{$_} } } keys %sockets;

	return scalar @processes if @processes <= $size;
	my %open = open_sockets($engine);
	return scalar grep { my $process = $_; grep { $open{$_} } @{ $sockets{$process} } } @processes;
}

sub children
{
	my ($engine) = @_;
	my ($main) = $engine->processes;
	return split ' ', slurp_file("/proc/$main/task/$main/children");
}

# Inodes of a process's sockets.
sub sockets
{
	my ($pid) = @_;
	opendir my $dir, "/proc/$pid/fd" or return;
	return map { (readlink("/proc/$pid/fd/$_") // '') =~ /^socket:\[(\d+)\]/ ? $1 : () } readdir $dir;
}

# Sample it from now on; the function that is returned ends that, and says how
# many there were at most, and how often that was asked.
sub sample
{
	my ($engine) = @_;
	my $file = "$dir/sampled";
	my $pid = fork // die "fork: $!\n";

	if ($pid == 0)
	{
		my ($most, $times, $end) = (0, 0, 0);
		local $SIG{TERM} = sub { $end = 1 };
		my ($dsn, $user, $password) = $engine->{admin}->($engine->{dir}, $engine->port);
		my $dbh = DBI->connect($dsn, $user, $password, { RaiseError => 1, PrintError => 0 });
		until ($end)
		{
			my $now = seen($engine, $dbh);
			$most = $now if $now > $most;
			$times++;
			sleep 0.004;
		}
		open my $out, '>', $file;
		print $out "$most $times\n";
		close $out;
		POSIX::_exit(0);
	}
	return sub {
		kill TERM => $pid;
		waitpid $pid, 0;
		return split ' ', slurp_file($file);
	};
}

# ---- the clients ----

sub storm
{
	my ($script, @options) = @_;
	my %storm = (out => '', err => '');

	local $ENV{PGAPPNAME} = 'storm';
	$storm{run} = IPC::Run::start([ 'pgbench', '-n', '-h', $node->host, '-p', $node->port, '-c', $clients, '-j', 2, '-f', $script, @options, 'postgres' ],
		'<', \undef, '>', \$storm{out}, '2>', \$storm{err});
	return \%storm;
}

# Any session of the hub that answers, be it after a crash.
sub session
{
	my $session;
	FraiseqlTest::wait_until(sub { eval { $session = $hub->session; $session->answer('SELECT 1') eq '1' } }) or die "the hub does not come back\n";
	return $session;
}

# Whether no connection is left, neither counted nor shown nor there.
sub all_back
{
	my ($engine, $session, $what) = @_;
	my $name = $engine->name;
	my $pool = "SELECT connections, active, idle, waiting FROM fraiseql.pool WHERE server = '$name'";

	ok(FraiseqlTest::wait_until(sub { $session->answer($pool) eq '0,0,0,0' }), "$name: $what, every place is back")
	  or diag($session->answer($pool), "\n", $session->answer('TABLE fraiseql.connections'));
	ok(FraiseqlTest::wait_until(sub { seen($engine, $engine->{dbh}) == 0 }), "$name: $what, and no connection is left")
	  or diag(seen($engine, $engine->{dbh}));
}

# Whom to kill: sessions in line, and those with connections, whatever they do.
my $victims = q{
	SELECT a.pid FROM pg_stat_activity a LEFT JOIN (SELECT DISTINCT ON (pid) pid, state FROM fraiseql.connections) c USING (pid)
	WHERE application_name = 'storm' AND a.state = 'active'
	ORDER BY CASE WHEN random() < 0.5 THEN c.state END = 'connecting' DESC NULLS LAST, CASE WHEN random() < 0.8 THEN c.pid END IS NULL, random() LIMIT 1};

# One of them; after a wait, if all are between two statements.
sub victim
{
	my ($session) = @_;
	my $victim;
	FraiseqlTest::wait_until(sub { $victim = $session->answer($victims) }) or die "nobody is left to be killed\n";
	return $victim;
}

# A connection that is given up amid a statement has its place until its end has
# come from the server.
sub is_kept
{
	my ($engine, $session) = @_;
	my $name = $engine->name;
	my $pool = "SELECT connections, active + idle FROM fraiseql.pool WHERE server = '$name'";
	my $other = $hub->session;

	$other->answer("SELECT count(*) FROM $name.numbers WHERE n <= 300");
	FraiseqlTest::wait_until(sub { $session->answer($pool) eq '1,1' }) or die "not one connection\n";
	$engine->proxy->command('hold both');
	$other->start("SELECT count(*) FROM $name.numbers WHERE n <= 300");
	FraiseqlTest::wait_until(sub { $session->answer("SELECT state FROM fraiseql.connections WHERE server = '$name'") eq 'active' });
	$session->answer("SELECT pg_cancel_backend($other->{pid})");
	is(($other->finish)[0], '57014', "$name: a statement on a connection that nothing passes on is cancelled");
	is($session->answer($pool), '1,0', "$name: the server may still have its connection, which has its place");
	$engine->proxy->command('hold none');
	ok(FraiseqlTest::wait_until(sub { $session->answer($pool) eq '0,0' }), "$name: until its end has come");
}

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $script = "$dir/$name.sql";
	my $session = $hub->session;
	# connections that cancel a statement of another do not count
	my $more = $name eq 'mysql' ? 2 : 0;

	$hub->sql("ALTER SERVER $name OPTIONS (ADD pool_size '$size')");
	append_to_file($script, "SELECT count(*) FROM $name.numbers WHERE n <= 300;\n");

	# nobody is killed
	my $sampled = sample($engine);
	my $storm = storm($script, '-t', 1);
	$storm->{run}->finish;
	my ($most, $times) = $sampled->();
	like($storm->{out}, qr{actually processed: (\d+)/\1$}m, "$name: $clients clients on a pool of $size are all served") or diag($storm->{err});
	cmp_ok($most, '<=', $size, "$name: never more than $size connections, in $times samples");
	cmp_ok($most, '>', 0, "$name: some were seen");
	all_back($engine, $session, 'after the storm');

	# and with kills: each ends a client, so that many need several storms
	my %done;
	while (($done{all} // 0) < $kills)
	{
		my $round = $kills - ($done{all} // 0);
		$round = 39 if $round > 39;
		$sampled = sample($engine);
		$storm = storm($script, '-T', 600);
		FraiseqlTest::wait_until(sub { $session->answer("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'storm'") >= $clients / 2 }) or die "no storm\n";
		foreach (1 .. $round)
		{
			my $victim = victim($session);
			my $how = ('cancel', 'terminate')[ int rand 2 ];

			sleep rand 0.03;
			$session->answer("SELECT pg_${how}_backend($victim)");
			$done{$how}++;
			$done{all}++;
			# one after the other: pgbench lets go of a session that had an error, if it was in time for one
			for (1 .. 20)
			{
				last if $session->answer("SELECT count(*) FROM pg_stat_activity WHERE pid = $victim") == 0;
				sleep 0.02;
			}
		}
		# the storm goes on, with all places in use
		my $served = $session->answer("SELECT statements FROM fraiseql.stats WHERE server = '$name'");
		ok(FraiseqlTest::wait_until(sub { $session->answer("SELECT statements FROM fraiseql.stats WHERE server = '$name'") > $served + $size }),
			"$name: after $done{all} kills, others are served");
		($most, $times) = $sampled->();
		cmp_ok($most, '<=', $size + $more, "$name: never more than $size connections, in $times samples");
		if (($done{all} // 0) < $kills || $kills <= 40)
		{
			my $victim = victim($session);
			kill KILL => $victim;
			$done{'kill -9'}++;
			$done{all}++;
			$storm->{run}->finish;
			$session = session();
		}
		else
		{
			$storm->{run}->signal('TERM');
			$storm->{run}->finish;
		}
		ok(FraiseqlTest::wait_until(sub { $session->answer("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'storm'") == 0 }), "$name: the clients are gone");
		all_back($engine, $session, "after $done{all} kills");
	}
	is($hub->session->answer("SELECT count(*) FROM $name.numbers WHERE n <= 300"), 300, "$name: goes on after " . join ', ', map { "$done{$_} $_" } grep { $_ ne 'all' } sort keys %done);
	is_kept($engine, $session);
}

unlike(slurp_file($node->logfile), qr/terminated by signal (?!9)|PANIC|TRAP/, 'nobody has crashed who was not killed');

$hub->stop;
done_testing();
