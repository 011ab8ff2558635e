#!/usr/bin/perl
#
# The federated differential test: the same random requests over the same rows,
# with the tables in other places each time, must have the same answer, byte for
# byte, however they are run.
#
#   run.pl [--seed N] [--rounds N] [--only ROUND] [--seconds N]
#          [--wide] [--keep-going N] [--dir DIR] [--verbose]
#
# It connects by libpq's environment (a superuser), makes a database of its own
# and drops it.  Servers of the engines that the environment does not name are
# started in DIR and stopped at the end.  --only runs one round of a seed again,
# --seconds ends a run before its last round.  --wide has 60 times as many rows and
# asks for fewer levels: keys are sent in batches.
# It exits with 1 after --keep-going differences, printing for each the smallest
# request that shows it, and how the tables are placed.
#
# Each request (Request.pm) is a document with two sets of variables, and two
# without any.  What is right, the hub says twice: in SQL that Render.pm makes
# of the request, and over tables that are all local ("near").  Then come the
# placements ("far0", ...): each table somewhere (Source.pm), its columns of
# some fitting types.  Everything runs as a role from which row-level security
# hides rows.
#
# Cursors that a request has are asked for in the placement where it is run, and
# those that it shows are compared by their values: they say which table they are of.

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use DBD::Pg;
use DBI;
use Encode qw(encode_utf8);
use File::Basename;
use File::Path qw(make_path);
use Getopt::Long;
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(time sleep);

use lib dirname(abs_path(__FILE__)), dirname(abs_path(__FILE__)) . '/../differential';
use Cursor;
use Render;
use Request;
use Shrink;
use Source;
use Tables;

binmode STDOUT, ':utf8';
$| = 1;
$SIG{$_} = sub { exit 130 } foreach qw(INT TERM HUP);

my %option = (seed => 1, rounds => 200, dir => "/tmp/federated.$$", 'keep-going' => 1);
GetOptions(\%option, 'seed=i', 'rounds=i', 'only=i', 'seconds=i', 'wide', 'dir=s', 'keep-going=i', 'verbose') or exit 2;
my $rounds_per_set = 40;
my $placements = 4;
my $servers = dirname(abs_path(__FILE__)) . '/../servers';

my $database = "federated_$$";
my ($admin, %session, %engines, @started, @proxies, @placed, %cursors, %count);
my $differences = 0;
my $pid = $$;

sub pick { return $_[ rand @_ ]; }

# Every round and every set of tables has its own random numbers.
sub reseed { my ($kind, $n) = @_; srand(($option{seed} * 1_000_003 + $n * 2 + $kind) & 0xffffffff); return rand(); }

sub connect_to
{
	my ($name) = @_;
	my $dbh = DBI->connect('dbi:Pg:dbname=' . ($name // $ENV{PGDATABASE} // 'postgres'), '', '',
		{ RaiseError => 1, PrintError => 0, pg_enable_utf8 => 1, pg_server_prepare => 0 });
	$dbh->do("SET client_min_messages = error; SET jit = off; SET TimeZone = 'UTC'; SET statement_timeout = '120s'");
	return $dbh;
}

# ---- the engines ----

# What a server of test/servers leaves in its directory says where it is.
sub start_server
{
	my ($script, $variable) = @_;
	my $dir = "$option{dir}/$script";

	return if $ENV{$variable};
	make_path($dir);
	system("$servers/$script.sh", 'start', $dir) == 0 or die "$script does not start\n";
	push @started, [ $script, $dir ];
	my $env = `. '$dir/env' && env`;
	$ENV{$1} = $2 while $env =~ /^(FSQ_\w+)=(.*)$/mg;
}

# A proxy before a port (test/servers/proxy), so that its answers come some
# milliseconds later than those of others.
sub start_proxy
{
	my ($name, $port) = @_;
	my $dir = "$option{dir}/$name";

	system('make', '-s', '-C', "$servers/proxy", "BIN=$option{dir}/fault-proxy") == 0 or die "the proxy does not build\n";
	make_path($dir);
	unlink glob "$dir/*";
	my $proxy = fork // die "fork: $!\n";
	if ($proxy == 0) { exec "$option{dir}/fault-proxy", '--target', $port, '--dir', $dir or POSIX::_exit(1); }
	push @proxies, $proxy;
	for (1 .. 500) { last if -s "$dir/port"; sleep 0.02; }
	my $control = IO::Socket::UNIX->new(Peer => "$dir/control") or die "the proxy does not start: $!\n";
	$control->print("latency 1\n");
	$control->flush;
	<$control>;
	chomp(my $own = do { open my $file, '<', "$dir/port" or die "$dir/port: $!\n"; <$file> });
	return $own;
}

sub start_engines
{
	my %modules = (sqlite => 'SQLite', mysql => 'MySQL', postgresql => 'PostgreSQL', sqlserver => 'SQLServer');

	start_server(@$_) foreach [qw(mariadb FSQ_MARIADB)], [qw(postgres FSQ_POSTGRES_HOST)], [qw(sqlserver FSQ_SQLSERVER_PORT)];
	foreach my $name (sort keys %modules)
	{
		require "Engine/$modules{$name}.pm";
		my $module = "Engine::$modules{$name}"->new(dir => $option{dir});

		$engines{$name} = { name => $name, module => $module };
		foreach my $server ("${name}_a", "${name}_b")
		{
			# the role that asks has a login, too
			my $sql = $module->hub_sql($server) =~ s/FOR CURRENT_USER/FOR PUBLIC/r;
			if ($server =~ /_b$/ && $sql =~ /port '(\d+)'/)
			{
				my $port = start_proxy($server, $1);
				$sql =~ s/port '\d+'/port '$port', pool_size '2'/;
			}
			$admin->do($sql);
		}
	}
}

END
{
	if ($$ == $pid)
	{
		local ($?, $@);
		$_->disconnect foreach grep { $_ } values %session, $admin;
		eval { my $dbh = connect_to(); $dbh->do("DROP DATABASE IF EXISTS $database WITH (FORCE)"); $dbh->do('DROP ROLE IF EXISTS federated_reader'); };
		%engines = ();
		kill TERM => @proxies;
		system("$servers/$_->[0].sh", 'stop', $_->[1]) foreach @started;
	}
}

# ---- placements ----

# Where the tables of a placement are.
sub choose_places
{
	my ($n, $set) = @_;
	my @names = sort keys %engines;
	my @all = ('local', @names);
	my @from = $n == 0 ? @all : $n == 1 ? $names[ $set % @names ] : $n == 2 ? (pick(@all), pick(@names)) : (pick(@names), 'local', @names);

	return map { $_ => pick(@from) } sort keys %Tables::tables;
}

# New rows, and all tables anew.
sub make_set
{
	my ($set) = @_;
	my ($sql, %made) = ('');

	reseed(1, $set);
	%cursors = ();
	Tables::make_rows($option{wide} ? 60 : 1);
	$admin->do("DROP SCHEMA IF EXISTS $_->{schema} CASCADE") foreach @placed;
	@placed = ({ schema => 'near', places => {} });
	push @placed, { schema => "far$_", places => { choose_places($_, $set) } } foreach 0 .. $placements - 1;
	foreach my $placement (@placed)
	{
		my $schema = $placement->{schema};

		$sql .= "CREATE SCHEMA $schema;\n";
		foreach my $name (sort keys %Tables::tables)
		{
			my $place = $placement->{places}{$name} // 'local';
			my $engine = $engines{$place};
			$made{$place}{$name} //= Source::make_remote($name, $engine, $set) if $engine;
			my $ddl = $engine ? Source::foreign_table($name, $schema, $engine, $made{$place}{$name}) : Source::local_table($name, $schema, $schema eq 'near');
			$placement->{ddl}{$name} = $ddl;
			$placement->{made}{$name} = $made{$place}{$name};
			$sql .= $ddl;
		}
		$sql .= Source::schema_rest($schema);
	}
	$admin->do($sql);
}

# ---- answers ----

# How a request may be run: settings, of which each has its default first.
my %settings = (
	'fraiseql.join_strategy' => [qw(parallel sequential)],
	'fraiseql.max_concurrent_queries' => [ 100, 1, 2 ],
	'fraiseql.filter_strategy' => [qw(auto related own)],
	'fraiseql.direct_path' => [ 'on', 'on', 'off' ],
	'fraiseql.work_mem' => [ '64MB', '64kB' ],
	'fraiseql.pushdown' => [ 'on', 'on', 'off' ],
	'plan_cache_mode' => [qw(auto auto force_generic_plan force_custom_plan)]);

sub random_settings { return { map { $_ => pick(@{ $settings{$_} }) } sort keys %settings }; }
sub default_settings { return { map { $_ => $settings{$_}[0] } keys %settings }; }

# What a placement shows as the cursor that stands in documents as "~N~".
sub cursor
{
	my ($schema, $n) = @_;

	return $cursors{$schema}{$n} //= do {
		my $dbh = $session{cached};
		my $query = Render::cursor_query($n);
		$dbh->do(join '; ', "SET search_path = $schema", map { "SET $_ = '$settings{$_}[0]'" } sort keys %settings);
		my ($text) = $dbh->selectrow_array('SELECT fraiseql.graphql(?)', undef, $query);
		$text =~ /"cursor":"([^"]*)"/ or die "no cursor from $query: $text\n";
		$1;
	};
}

sub with_cursors { my ($schema, $text) = @_; $text =~ s/~(\d+)~/cursor($schema, $1)/ge if defined $text; return $text; }

# A request's answer, or the text of an error.
sub ask
{
	my ($run, $query, $variables) = @_;
	my $dbh = $session{ $run->{session} };
	my $answer = eval {
		$_ = with_cursors($run->{schema}, $_) foreach $query, $variables;
		$dbh->do(join '; ', "SET search_path = $run->{schema}", map { "SET $_ = '$run->{settings}{$_}'" } sort keys %{ $run->{settings} });
		$dbh->do("BEGIN ISOLATION LEVEL $run->{isolation}") if $run->{isolation};
		$count{requests}++;
		my ($text) = $dbh->selectrow_array('SELECT fraiseql.graphql(?, ?)', undef, $query, $variables);
		$dbh->do('COMMIT') if $run->{isolation};
		$text;
	};

	return Cursor::shown($answer) if defined $answer;
	my $error = $@;
	eval { $dbh->do('ROLLBACK') };
	return "ERROR $error";
}

sub right_answer { my ($request, $set) = @_; return ($session{sql}->selectrow_array(Render::sql($request, $set, 'near')))[0]; }

# How a request is run at all: of each placement, with both sets of variables
# of one document, as documents without variables, and in some other ways.
sub runs
{
	my @runs;

	foreach my $placement (@placed)
	{
		my %run = (schema => $placement->{schema}, settings => default_settings(), session => 'cached');

		push @runs, { %run, set => 0, variables => 1 }, { %run, set => 1, variables => 1 };
		next if $placement == $placed[0];
		push @runs, { %run, set => int rand 2, variables => pick(0, 0, 1), session => 'planned', settings => random_settings() };
		push @runs, { %run, set => int rand 2, variables => pick(0, 1, 1), session => pick('cached', 'planned'), settings => random_settings(),
			isolation => pick(undef, undef, 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE') };
	}
	return @runs;
}

# Run a request in some way: what was asked, and both answers.
sub run_one
{
	my ($request, $run, $documents, $right) = @_;
	my $document = $documents->{ $run->{variables} ? 'variables' : $run->{set} } //= [ Render::document($request, $run->{variables} ? undef : $run->{set}) ];
	my ($query, @variables) = @$document;

	$right->[ $run->{set} ] //= right_answer($request, $run->{set});
	return { query => $query, variables => $variables[ $run->{set} ], answer => ask($run, $query, $variables[ $run->{set} ]), right => $right->[ $run->{set} ] };
}

# ---- reports ----

# The tables of a request.
sub tables_of
{
	my ($thing) = @_;

	return map { tables_of($_) } @$thing if ref $thing eq 'ARRAY';
	return () if ref $thing ne 'HASH';
	return (($thing->{root} // ()), ($thing->{link} ? $thing->{link}{target} : ()), map { /^(column|link)$/ ? () : $_ eq 'path' ? map({ $_->{target} } @{ $thing->{path} }) : tables_of($thing->{$_}) } keys %$thing);
}

sub report
{
	my ($round, $request, $run, @before) = @_;
	my ($placement) = grep { $_->{schema} eq $run->{schema} } @placed;
	my $last;
	my $differs = sub {
		my ($smaller) = @_;
		my $one = eval {
			my (%documents, @right);
			run_one($smaller, $_, \%documents, \@right) foreach @before;
			run_one($smaller, $run, \%documents, \@right);
		} or return 0;
		return 0 if $one->{answer} eq $one->{right};
		$last = $one;
		return 1;
	};
	my $found = run_one($request, $run, {}, []);

	$differences++;
	print "\n==== difference: seed $option{seed}, round $round (again: --seed $option{seed} --only $round)\n";
	if ($differs->($request)) { $request = Shrink::smallest($request, $differs, 20); $differs->($request); }
	else { print "it does not come again\n"; }
	my $show = $last // $run->{found};
	my %seen;
	my @tables = grep { !$seen{$_}++ } sort(tables_of($request));
	print "placement $run->{schema}: ", join(', ', map { "$_ " . ($placement->{places}{$_} // 'local') } @tables), "\n";
	print map { ($placement->{ddl}{$_} =~ s/^INSERT INTO.*?;\n//msr) . remote_ddl($placement, $_) } @tables;
	print "session: $run->{session}", ($run->{isolation} ? ", $run->{isolation}" : ''), '; ', join('; ', map { "SET $_ = '$run->{settings}{$_}'" } sort keys %{ $run->{settings} }), "\n";
	print 'query: ', with_cursors($run->{schema}, $show->{query}), "\n";
	print 'variables: ', with_cursors($run->{schema}, $show->{variables}), "\n" if defined $show->{variables};
	print 'SQL: ', Render::sql($request, $run->{set}, 'near'), "\n" if $option{verbose};
	print 'answer:   ', around($show->{answer}, $show->{right}), "\nexpected: ", around($show->{right}, $show->{answer}), "\n";
}

# The part of a long answer where another begins to differ.
sub around
{
	my ($answer, $other) = @_;
	my $same = (encode_utf8($answer) ^ encode_utf8($other)) =~ /^(\0*)/ ? length $1 : 0;

	return $answer if length $answer < 1000 || $option{verbose};
	my $from = $same > 300 ? $same - 300 : 0;
	return ($from ? '...' : '') . substr($answer, $from, 800) . (length $answer > $from + 800 ? '...' : '');
}

# How the engine was told to make a table.
sub remote_ddl
{
	my ($placement, $name) = @_;
	my $made = $placement->{made}{$name} or return '';
	return join '', map { "-- $_;\n" } $engines{ $placement->{places}{$name} }{module}->ddl($made);
}

# ---- the run ----

sub run_round
{
	my ($round) = @_;

	reseed(0, $round);
	my $request = Request::new_request($option{wide});
	my (%documents, @right, %reported);
	my @runs = runs();
	foreach my $i (0 .. $#runs)
	{
		my $run = $runs[$i];
		next if $reported{ $run->{schema} };
		my $one = run_one($request, $run, \%documents, \@right);
		$count{rows}++ if $i < 2 && $one->{right} =~ /\[\{/;
		print "$round $run->{schema} $one->{query}\n$one->{answer}\n" if $option{verbose};
		next if $one->{answer} eq $one->{right};
		$reported{ $run->{schema} } = 1;
		$run->{found} = $one;
		# what an entry of the cache was made for may be why
		report($round, $request, $run, $run->{session} eq 'cached' && $run->{set} == 1 && $run->{variables} ? $runs[ $i - 1 ] : ());
		return 0 if $differences >= $option{'keep-going'};
		last if $run->{schema} eq 'near';
	}
	return 1;
}

make_path($option{dir});
$option{dir} = abs_path($option{dir});
{
	my $dbh = connect_to();
	reseed(1, -1);
	my $locale = pick("LOCALE 'C.UTF-8'", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'");
	$dbh->do("CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8' $locale");
	# what tables without statistics are expected to have may be more than a request may read
	$dbh->do("ALTER DATABASE $database SET fraiseql.max_cost = 0");
	$dbh->do('CREATE ROLE federated_reader') unless $dbh->selectrow_array(q{SELECT 1 FROM pg_roles WHERE rolname = 'federated_reader'});
	$dbh->disconnect;
}
$admin = connect_to($database);
$admin->do('CREATE EXTENSION fraiseql');
start_engines();
foreach my $name (qw(cached planned sql))
{
	$session{$name} = connect_to($database);
	$session{$name}->do("LOAD 'fraiseql'; SET ROLE federated_reader; SET fraiseql.timeout = '120s'" . ($name eq 'planned' ? '; SET fraiseql.planning_cache_size = 0' : ''));
}

my ($set, $started) = (-1, time);
my @rounds = $option{only} ? $option{only} : 1 .. $option{rounds};
foreach my $round (@rounds)
{
	my $of = int(($round - 1) / $rounds_per_set);

	if ($of != $set) { $set = $of; make_set($set); }
	last if $option{seconds} && time - $started > $option{seconds};
	$count{rounds}++;
	last if !run_round($round);
}
printf "%d rounds, seed %d: %d requests, %d of %d expected answers with rows, %d differences, %.0f s\n", $count{rounds}, $option{seed},
  $count{requests} // 0, $count{rows} // 0, 2 * $count{rounds}, $differences, time - $started;
exit($differences ? 1 : 0);
