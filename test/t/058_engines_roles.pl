# Whose login reads, on all engines: the mapping of the role that a query runs
# as, never another's; what invalidates a connection; and passwords that are
# seen nowhere.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

# all that the server knows how to say is in its log
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver)], conf => "log_min_messages = debug5\nlog_min_error_statement = panic\n");
my %password = %FraiseqlTest::Engine::LOGINS;

$hub->sql(q{
	CREATE ROLE hub_ann LOGIN;
	CREATE ROLE hub_bob LOGIN;
	CREATE ROLE hub_carl LOGIN;
	CREATE ROLE hub_dora LOGIN;
	CREATE ROLE ann LOGIN;
	CREATE ROLE bob LOGIN;
	CREATE ROLE fred LOGIN;
	GRANT CREATE ON SCHEMA public TO hub_ann;
});

sub mapping
{
	my ($engine, $role, $login) = @_;
	return "CREATE USER MAPPING FOR $role SERVER " . $engine->name . " OPTIONS (username '$login', password '$password{$login}')";
}

sub whose_login
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session;

	$hub->sql("GRANT USAGE ON SCHEMA $name TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA $name TO PUBLIC; GRANT USAGE ON FOREIGN SERVER $name TO PUBLIC;");
	$hub->sql(mapping($engine, 'hub_ann', 'ann'));
	$hub->sql(mapping($engine, 'hub_bob', 'bob'));
	$hub->sql(qq{SET ROLE hub_ann;
		CREATE VIEW seen_by_ann_$name AS SELECT login FROM $name.login;
		CREATE FUNCTION asked_by_ann_$name() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT login FROM $name.login';
		CREATE FUNCTION asked_by_anyone_$name() RETURNS text LANGUAGE sql AS 'SELECT login FROM $name.login';
		CREATE VIEW invoked_$name WITH (security_invoker = true) AS SELECT login FROM $name.login;
		GRANT SELECT ON seen_by_ann_$name, invoked_$name TO PUBLIC});

	# in one backend, now one and now the other
	foreach my $round (1, 2)
	{
		is($session->answer($login), $engine->{user}, "$name: the superuser's login");
		foreach my $who (qw(ann bob))
		{
			$session->do("SET ROLE hub_$who");
			is($session->answer($login), $who, "$name: the role's login");
			is($session->answer("SELECT login, (SELECT login FROM $name.login), asked_by_ann_$name(), asked_by_anyone_$name(), (SELECT login FROM invoked_$name) FROM seen_by_ann_$name"),
				"ann,$who,ann,$who,$who", "$name: a view and a SECURITY DEFINER function read as their owners, all in one query");
		}
		$session->do('RESET ROLE');
	}

	# under a snapshot, each login its own
	$session->do('SET ROLE hub_bob', 'BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($session->answer("SELECT login, (SELECT login FROM $name.login) FROM seen_by_ann_$name"), 'ann,bob', "$name: so do they in REPEATABLE READ");
	$session->do('COMMIT', 'RESET ROLE');

	# a generic plan that was made for another role
	$session->do("PREPARE p AS $login");
	foreach my $who (qw(ann bob ann))
	{
		$session->do("SET ROLE hub_$who");
		is($session->answer('EXECUTE p'), $who, "$name: a prepared statement reads as who executes it");
	}
	$session->do('DEALLOCATE p');
}

sub no_login
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session(role => 'hub_carl');
	my ($state, $message) = $session->fails($login);

	is($state, '42704', "$name: no mapping, no login");

	# one for all
	$hub->sql("CREATE USER MAPPING FOR PUBLIC SERVER $name OPTIONS (username 'bob', password '$password{bob}')");
	is($session->answer($login), 'bob', "$name: a mapping for PUBLIC is everyone's");
	is($hub->session(role => 'hub_ann')->answer($login), 'ann', "$name: who has one of his own");
	is($hub->session(role => 'hub_dora')->answer($login), 'bob', "$name: and who has not");
	$hub->sql(mapping($engine, 'hub_carl', 'ann'));
	is($session->answer($login), 'ann', "$name: a mapping of one's own goes before it, at once");
	$hub->sql("DROP USER MAPPING FOR hub_carl SERVER $name");
	is($session->answer($login), 'bob', "$name: and is gone at once");
	$hub->sql("DROP USER MAPPING FOR PUBLIC SERVER $name");
	($state) = $session->fails($login);
	is($state, '42704', "$name: so is that for PUBLIC");
}

# A mapping for PUBLIC is one for many roles, not one login for all of them.
sub shared_mapping
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session;

	# where it does not name the login, that is the role
	$hub->sql("CREATE USER MAPPING FOR PUBLIC SERVER $name OPTIONS (password '$password{ann}')");
	$session->do('SET ROLE ann');
	is($session->answer($login), 'ann', "$name: a mapping for PUBLIC without a name is the role's own");
	$session->do('RESET ROLE', 'SET ROLE bob');
	like($session->answer($login), qr/^ERROR (28|08)/, "$name: and not another's");
	$session->do('RESET ROLE');
	$hub->sql("DROP USER MAPPING FOR PUBLIC SERVER $name");
}

# Roles change while their connections are open.
sub altered_roles
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session(role => 'fred');

	$hub->sql("ALTER ROLE fred SUPERUSER");
	$hub->sql("CREATE USER MAPPING FOR fred SERVER $name OPTIONS (username 'ann', password '$password{ann}')");
	is($session->answer($login), 'ann', "$name: as a superuser");
	my $before = $engine->proxy->count->{connections};
	$hub->sql('ALTER ROLE fred NOSUPERUSER');
	is($session->answer($login), 'ann', "$name: as one no more");
	is($engine->proxy->count->{connections}, $before + 1, "$name: by another connection");
	$hub->sql("DROP USER MAPPING FOR fred SERVER $name");
}

sub passwords
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session(role => 'hub_dora');
	my ($state, $message);

	foreach my $for (qw(hub_dora PUBLIC))
	{
		$hub->sql("CREATE USER MAPPING FOR $for SERVER $name OPTIONS (username 'ann')");
		($state, $message) = $session->fails($login);
		is($state, '2F003', "$name: a mapping for $for without a password is not for roles that are no superusers");
		like($message, qr/password is required/, "$name: and the error says so");
		$hub->sql("ALTER USER MAPPING FOR $for SERVER $name OPTIONS (ADD password '')");
		($state) = $session->fails($login);
		is($state, '2F003', "$name: nor one with an empty password");
		$hub->sql("DROP USER MAPPING FOR $for SERVER $name");
	}

	# who may do without is for a superuser to say
	$session->do("CREATE USER MAPPING FOR hub_dora SERVER $name OPTIONS (username 'ann', password '$password{ann}')");
	is($session->answer($login), 'ann', "$name: a role makes its own mapping");
	($state) = $session->fails("ALTER USER MAPPING FOR hub_dora SERVER $name OPTIONS (ADD password_required 'false')");
	is($state, '42501', "$name: but cannot say that it needs no password");
	$hub->sql("ALTER USER MAPPING FOR hub_dora SERVER $name OPTIONS (ADD password_required 'false')");
	($state) = $session->fails("ALTER USER MAPPING FOR hub_dora SERVER $name OPTIONS (DROP password)");
	isnt($state, '00000', "$name: nor change a mapping that a superuser has made so");

	# a wrong one, at once
	$hub->sql("ALTER USER MAPPING FOR hub_dora SERVER $name OPTIONS (SET password 'Hush-Hush-99')");
	($state, $message) = $session->fails($login);
	is($state, '28P01', "$name: a wrong password is an error, at once") or diag($message);
	unlike($message, qr/Hush/, "$name: that does not show it");
	$hub->sql("DROP USER MAPPING FOR hub_dora SERVER $name");
	$hub->sql(mapping($engine, 'hub_dora', 'bob'));
	is($session->answer($login), 'bob', "$name: another login, at once");
}

# What a connection was made from changes: it serves nobody any more.
sub invalidation
{
	my ($engine) = @_;
	my $name = $engine->name;
	my $login = "SELECT login FROM $name.login";
	my $session = $hub->session;

	$hub->sql("CREATE ROLE hub_eve LOGIN");
	$hub->sql(mapping($engine, 'hub_eve', 'ann'));
	my $eve = $hub->session(role => 'hub_eve');

	is($eve->answer($login), 'ann', "$name: before");
	$hub->sql("ALTER USER MAPPING FOR hub_eve SERVER $name OPTIONS (SET username 'bob', SET password '$password{bob}')");
	is($eve->answer($login), 'bob', "$name: an altered mapping");

	# in the middle of a transaction: what runs goes on, what begins is new
	$eve->do('BEGIN', "DECLARE c CURSOR FOR SELECT n FROM $name.numbers ORDER BY n", 'FETCH 5 FROM c');
	$hub->sql("ALTER USER MAPPING FOR hub_eve SERVER $name OPTIONS (SET username 'ann', SET password '$password{ann}')");
	is($eve->answer($login), 'ann', "$name: altered amid a transaction");
	is($eve->answer('FETCH c'), 6, "$name: a cursor goes on");
	$eve->do('COMMIT');

	# to a server that is not there, and back
	my $port = $engine->proxy->port;
	$hub->sql("ALTER SERVER $name OPTIONS (SET port '1')");
	my ($state) = $eve->fails($login);
	is($state, '08001', "$name: an altered server");
	$hub->sql("ALTER SERVER $name OPTIONS (SET port '$port')");
	is($eve->answer($login), 'ann', "$name: and back");

	# a server of the same name is another server
	$hub->sql("CREATE SERVER ${name}_2 FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS (" . $engine->server_options($port) . ')');
	$hub->sql("CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_2 OPTIONS (username 'ann', password '$password{ann}')");
	$hub->sql($engine->foreign_table('login', 'login text', "${name}_2") =~ s/TABLE $name\.login/TABLE $name.login_2/r);
	is($session->answer("SELECT login FROM $name.login_2"), 'ann', "$name: another server");
	$hub->sql("DROP SERVER ${name}_2 CASCADE");
	ok(FraiseqlTest::wait_until(sub { $session->answer('SELECT 1') == 1 && $engine->sessions <= 1 + 3 }), "$name: a dropped server");
	$hub->sql("CREATE SERVER ${name}_2 FOREIGN DATA WRAPPER $engine->{wrapper} OPTIONS (" . $engine->server_options($port) . ')');
	$hub->sql("CREATE USER MAPPING FOR CURRENT_USER SERVER ${name}_2 OPTIONS (username 'bob', password '$password{bob}')");
	$hub->sql($engine->foreign_table('login', 'login text', "${name}_2") =~ s/TABLE $name\.login/TABLE $name.login_2/r);
	is($session->answer("SELECT login FROM $name.login_2"), 'bob', "$name: made again with another login");

	# a role that is gone, and one that takes its name
	$session->do('SET ROLE hub_eve');
	is($session->answer($login), 'ann', "$name: as a role");
	$session->do('RESET ROLE');
	$eve->disconnect;
	$hub->sql("DROP OWNED BY hub_eve; DROP ROLE hub_eve; CREATE ROLE hub_eve LOGIN");
	$session->do('SET ROLE hub_eve');
	($state) = $session->fails($login);
	is($state, '42704', "$name: a new role of the old name has no login");
	$session->do('RESET ROLE');
	$hub->sql('DROP ROLE hub_eve');
}

foreach my $engine ($hub->engines)
{
	whose_login($engine);
	no_login($engine);
	shared_mapping($engine);
	altered_roles($engine);
	passwords($engine);
	invalidation($engine);
}

# what statements said is theirs to hide; all else is the extension's
my @told = grep { !/STATEMENT:|LOG:  statement/ && /Of-Ann-77|Of-Bob-77|Hush-Hush/ } split /\n/, slurp_file($hub->node->logfile);
is(join("\n", @told), '', 'no password is in the log at debug5');

$hub->stop;
done_testing();
