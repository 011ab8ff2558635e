# The engines that the tests of all engines run against: how each is started,
# killed and frozen, filled, asked what it does, and reached from the hub.
#
# One table says what is different; the methods below it are the same for all.
# A database is "d" on each; its administrator is asked through $engine->{admin},
# a handle of DBI that does not go through the proxy.

package FraiseqlTest::Engine;

use strict;
use warnings;

use Cwd qw(abs_path);
use DBI;
use File::Basename qw(dirname);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);

my $servers = abs_path(dirname(__FILE__) . '/../../servers');

# Logins beside the administrator's, who may read everything.
our %LOGINS = (ann => 'Of-Ann-77', bob => 'Of-Bob-77');

my $digits = '(VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9))';

# What each engine's own words are.
#
#	script		in test/servers
#	wrapper		of the hub
#	options		of the hub's server, beside host and port
#	schema		in which its tables are
#	admin		DSN, user and password of its administrator's handle
#	user, password	of the hub's login
#	fixture		statements that make what FraiseqlTest.pm lists
#	login		statements that make a login, %s: name and password
#	sessions	what its connections of the hub do: id and whether a statement runs
#	kill		ends one of those
#	statements	a function that tells what statements of the hub come while
#				another runs
#	rows		a view of as many rows of (n, filler) as %d, made while it is read
my %engines = (
	mysql => {
		script => 'mariadb', wrapper => 'fraiseql_mysql', options => "database 'd'", schema => 'd',
		admin => sub { my ($dir) = @_; return ("dbi:MariaDB:mariadb_socket=$dir/socket", 'root', ''); },
		user => 'hub', password => 'secret',
		fixture => [
			'CREATE DATABASE d', 'USE d',
			'CREATE TABLE small (id int PRIMARY KEY, name varchar(20))', "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
			'CREATE TABLE numbers (n int PRIMARY KEY, filler varchar(100) NOT NULL)',
			"INSERT INTO numbers SELECT seq, repeat('x', 100) FROM seq_1_to_200000",
			'CREATE VIEW busy AS SELECT count(*) AS c FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0',
			q{CREATE SQL SECURITY INVOKER VIEW login AS SELECT substring_index(user(), '@', 1) AS login},
		],
		login => [ q{CREATE USER %1$s IDENTIFIED BY '%2$s'}, 'GRANT SELECT ON d.* TO %1$s' ],
		sessions => q{SELECT id, command = 'Query' FROM information_schema.processlist WHERE user NOT IN ('root', 'system user') AND command NOT IN ('Daemon')},
		kill => 'KILL %d',
		statements => sub {
			my ($self, $run) = @_;
			$self->{dbh}->do($_) foreach 'TRUNCATE mysql.general_log', "SET GLOBAL log_output = 'TABLE'", 'SET GLOBAL general_log = ON';
			$run->();
			$self->{dbh}->do('SET GLOBAL general_log = OFF');
			return @{ $self->{dbh}->selectcol_arrayref(q{SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host NOT LIKE 'root%' AND command_type = 'Query' ORDER BY event_time}) };
		},
		rows => "CREATE VIEW %s AS SELECT seq AS n, 'the same in each row' AS filler FROM seq_1_to_%d",
	},
	postgres => {
		script => 'postgres', wrapper => 'fraiseql_postgres', options => "database 'd'", schema => 'public',
		admin => sub { my ($dir, $port) = @_; return ("dbi:Pg:host=$dir;port=$port;dbname=d", 'remote', ''); },
		prepare => sub { my ($dir, $port) = @_; system('createdb', '-h', $dir, '-p', $port, '-U', 'remote', 'd') == 0 or die "createdb\n"; },
		user => 'remote', password => 'of the remote',
		fixture => [
			'CREATE TABLE small (id int PRIMARY KEY, name varchar(20))', "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
			'CREATE TABLE numbers (n int PRIMARY KEY, filler varchar(100) NOT NULL)',
			"INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(1, 200000) i",
			'CREATE VIEW busy AS SELECT count(*) AS c FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0',
			'CREATE VIEW login AS SELECT current_user::text AS login',
			'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC',
			'ALTER SYSTEM SET log_statement = \'all\'', 'SELECT pg_reload_conf()',
		],
		login => ["CREATE ROLE %s LOGIN PASSWORD '%s'"],
		sessions => q{SELECT pid, state = 'active' FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()},
		kill => 'SELECT pg_terminate_backend(%d)',
		statements => sub {
			my ($self, $run) = @_;
			my $before = -s "$self->{dir}/server.log";
			$run->();
			return map { /LOG:  (?:statement|execute [^:]*): (.*)/ ? $1 : () } split /\n/, slurp_file("$self->{dir}/server.log", $before);
		},
		rows => "CREATE VIEW %s AS SELECT generate_series(1, %d) AS n, 'the same in each row' AS filler",
	},
	sqlserver => {
		script => 'sqlserver', wrapper => 'fraiseql_sqlserver', options => "database 'd'", schema => 'dbo',
		admin => sub { my ($dir) = @_; chomp(my $port = slurp_file("$dir/behind/port")); return ("dbi:Pg:host=$dir/behind;port=$port;dbname=tds", 'remote', ''); },
		tsql => 1,
		user => 'sa', password => 'Test-1234',
		fixture => [
			'CREATE DATABASE d', 'USE d',
			'CREATE TABLE small (id int PRIMARY KEY, name nvarchar(20))', "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
			'CREATE TABLE numbers (n int PRIMARY KEY, filler varchar(100) NOT NULL)',
			"INSERT INTO numbers SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d, REPLICATE('x', 100)"
			  . " FROM $digits a(d), $digits b(d), $digits c(d), $digits e(d), $digits f(d), (VALUES (0),(1)) g(d)",
			'CREATE VIEW busy AS SELECT COUNT_BIG(*) AS c FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0',
			'CREATE VIEW login AS SELECT SUSER_SNAME() AS login',
		],
		sessions => q{SELECT pid, state = 'active' FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = 'tds' AND pid <> pg_backend_pid()},
		kill => 'SELECT pg_terminate_backend(%d)',
		rows => "CREATE VIEW %s AS SELECT TOP (%d) 1 AS n, 'the same in each row' AS filler FROM numbers a CROSS JOIN numbers b",
	},
	sqlite => {
		wrapper => 'fraiseql_sqlite',
		admin => sub { my ($dir) = @_; return ("dbi:SQLite:dbname=$dir/d.db", '', ''); },
		fixture => [
			'CREATE TABLE small (id INTEGER PRIMARY KEY, name TEXT)', "INSERT INTO small VALUES (1, 'one'), (2, 'two')",
			'CREATE TABLE numbers (n INTEGER PRIMARY KEY, filler TEXT NOT NULL)',
			"WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s LIMIT 200000) INSERT INTO numbers SELECT i, printf('%.100c', 'x') FROM s",
			'CREATE VIEW busy AS SELECT count(*) AS c FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0',
		],
		rows => "CREATE VIEW %s AS WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT %d) SELECT n, 'the same in each row' AS filler FROM s",
	},
);

# Whether the extension has the engine's wrapper.
sub available
{
	my ($class, $name) = @_;
	return slurp_file("$servers/../../sql/fraiseql--1.0.sql") =~ /FOREIGN DATA WRAPPER $engines{$name}{wrapper}\b/;
}

sub new
{
	my ($class, $name) = @_;
	return bless { %{ $engines{$name} }, name => $name, dir => PostgreSQL::Test::Utils::tempdir_short() . '/s' }, $class;
}

sub name { my ($self) = @_; return $self->{name}; }

# The proxy through which the hub reaches it.
sub proxy { my ($self) = @_; return $self->{proxy}; }

sub in_process { my ($self) = @_; return !$self->{script}; }

# ---- the server ----

sub server
{
	my ($self, @command) = @_;
	return system("$servers/$self->{script}.sh", $command[0], $self->{dir}, @command[ 1 .. $#command ]) == 0;
}

# Start several, side by side.
sub start_all
{
	my ($class, @engines) = @_;
	my @children;

	foreach my $engine (@engines)
	{
		mkdir $engine->{dir};
		next if $engine->in_process;
		if ($engine->{tsql})
		{
			open my $users, '>', "$engine->{dir}/users" or die "users: $!\n";
			print $users "$_\n" foreach "$engine->{user} $engine->{password}", map { "$_ $LOGINS{$_}" } sort keys %LOGINS;
			close $users;
		}
		my $pid = fork // die "fork: $!\n";
		if ($pid == 0)
		{
			exec "$servers/$engine->{script}.sh", 'start', $engine->{dir} or require POSIX && POSIX::_exit(1);
		}
		push @children, [ $engine, $pid ];
	}
	foreach my $child (@children)
	{
		waitpid $child->[1], 0;
		die "$child->[0]{script} does not start\n" if $?;
	}
}

sub start { my ($self) = @_; $self->server('start') or die "$self->{name} does not start\n"; $self->connect_admin; }

sub stop { my ($self) = @_; return if $self->in_process; $self->thaw; $self->disconnect_admin; $self->server('stop'); }

# End the server as a crash would.
sub crash { my ($self) = @_; $self->disconnect_admin; $self->server('kill') or die "$self->{name}: kill\n"; }

sub port { my ($self) = @_; chomp(my $port = slurp_file("$self->{dir}/port")); return $port; }

# The server's process and all below it.
sub processes
{
	my ($self) = @_;
	my (%children, @all);

	return () if !-s "$self->{dir}/pid";
	chomp(my $main = slurp_file("$self->{dir}/pid"));
	foreach my $stat (glob '/proc/[0-9]*/stat')
	{
		open my $file, '<', $stat or next;
		push @{ $children{$2} }, $1 if (<$file> // '') =~ /^(\d+) \(.*\) \S (\d+) /;
	}
	my @next = $main;
	while (defined(my $pid = shift @next))
	{
		push @all, $pid;
		push @next, @{ $children{$pid} // [] };
	}
	return @all;
}

# Stop all threads of the server.  A signal stops them one after the other: all
# of them before we go on.
sub freeze
{
	my ($self) = @_;

	$self->{frozen} = [ $self->processes ];
	kill STOP => @{ $self->{frozen} };
	for (1 .. 2000)
	{
		my $running = 0;
		foreach my $stat (map { glob "/proc/$_/task/*/stat" } @{ $self->{frozen} })
		{
			open my $file, '<', $stat or next;
			$running++ if (<$file> // ') T ') !~ /\) [TZ] /;
		}
		return if !$running;
		sleep 0.005;
	}
	die "$self->{name} does not freeze\n";
}

sub thaw
{
	my ($self) = @_;
	kill CONT => reverse @{ delete $self->{frozen} // [] };
}

# ---- its administrator ----

sub connect_admin
{
	my ($self) = @_;
	my ($dsn, $user, $password) = $self->{admin}->($self->{dir}, $self->in_process ? undef : $self->port);

	$self->{dbh} = DBI->connect($dsn, $user, $password, { RaiseError => 1, PrintError => 0, AutoInactiveDestroy => 1 });
	$self->{dbh}->do('USE d') if $self->{name} eq 'mysql' && $self->{filled};
	return $self->{dbh};
}

sub disconnect_admin { my ($self) = @_; $self->{dbh}->disconnect if $self->{dbh}; delete $self->{dbh}; }

# Run statements in the engine's own language.
sub run_remote
{
	my ($self, @statements) = @_;

	if (!$self->{tsql})
	{
		$self->{dbh}->do($_) foreach @statements;
		return;
	}
	my $script = "$self->{dir}/script.sql";
	open my $file, '>', $script or die "$script: $!\n";
	print $file "$_\ngo\n" foreach 'USE master', ($self->{filled} ? 'USE d' : ()), @statements;
	close $file;
	local $ENV{TDSVER} = '7.4';
	my $output = `tsql -H 127.0.0.1 -p @{[ $self->port ]} -U $self->{user} -P $self->{password} -o fhq <$script 2>&1`;
	die "$self->{name}: $output\n" if $output =~ /^Msg \d+ .*Level 1[1-9]/m && $output !~ /Msg 5701|Msg 5703/;
}

sub fixture
{
	my ($self) = @_;

	$self->{prepare}->($self->{dir}, $self->port) if $self->{prepare};
	$self->connect_admin;
	$self->run_remote(@{ $self->{fixture} });
	$self->{filled} = 1;
	foreach my $login (sort keys %LOGINS)
	{
		foreach my $statement (@{ $self->{login} // [] })
		{
			$self->run_remote(sprintf $statement, $login, $LOGINS{$login});
		}
	}
}

# Connections of the hub to the server, and how many of them run something.
sub sessions { my ($self) = @_; return @{ $self->{dbh}->selectall_arrayref($self->{sessions}) }; }

sub running { my ($self) = @_; return scalar grep { $_->[1] } $self->sessions; }

# The statements of the hub that come while a function runs, where that can be
# told.
sub statements
{
	my ($self, $run) = @_;

	return $self->{statements}->($self, $run) if $self->{statements};
	$run->();
	return ();
}

sub kill_sessions
{
	my ($self) = @_;

	foreach my $session ($self->sessions)
	{
		eval { $self->{dbh}->do(sprintf $self->{kill}, $session->[0]) };
	}
}

# ---- the hub's side ----

# Options of a server of the hub that reaches this one, through a port.
sub server_options
{
	my ($self, $port) = @_;
	return "path '$self->{dir}/d.db'" if $self->in_process;
	return "host '127.0.0.1', port '$port', $self->{options}";
}

# A table of the engine as a foreign table in the schema of the engine's name.
sub foreign_table
{
	my ($self, $name, $columns, $server) = @_;
	my $schema = $self->{schema} ? "schema_name '$self->{schema}', " : '';

	return "CREATE FOREIGN TABLE $self->{name}.$name ($columns) SERVER " . ($server // $self->{name}) . " OPTIONS (${schema}table_name '$name');\n";
}

sub hub_sql
{
	my ($self) = @_;
	my $name = $self->{name};

	return "CREATE SCHEMA $name;\n"
	  . "CREATE SERVER $name FOREIGN DATA WRAPPER $self->{wrapper} OPTIONS (" . $self->server_options($self->in_process ? undef : $self->{proxy}->port) . ");\n"
	  . ($self->in_process ? '' : "CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (username '$self->{user}', password '$self->{password}');\n")
	  . $self->foreign_table('small', 'id int NOT NULL, name text')
	  . $self->foreign_table('numbers', 'n int NOT NULL, filler text NOT NULL')
	  . $self->foreign_table('busy', 'c bigint')
	  . ($self->in_process ? '' : $self->foreign_table('login', 'login text'));
}

1;
