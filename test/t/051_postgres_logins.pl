# Logins to another PostgreSQL that only it has: odd passwords, and servers that
# do not ask for one.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Both listen on 127.0.0.1 alone.
my $remote = PostgreSQL::Test::Cluster->new('remote');
$remote->init;
$remote->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\npassword_encryption = scram-sha-256\n");
$remote->start;
my $port = $remote->port;
$remote->safe_psql('postgres', q{
	CREATE ROLE ann LOGIN PASSWORD 'of ann''s \ "own"';
	CREATE ROLE bob LOGIN PASSWORD 'of bob';
	CREATE ROLE open LOGIN;
	CREATE DATABASE orders;
});
$remote->safe_psql('orders', q{
	CREATE VIEW me AS SELECT current_user::text AS login;
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
});
unlink $remote->data_dir . '/pg_hba.conf';
$remote->append_conf('pg_hba.conf', "local all all trust\nhost all open 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
$remote->reload;

my $hub = PostgreSQL::Test::Cluster->new('hub');
$hub->init;
$hub->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$hub->start;
$hub->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE ROLE hub_ann LOGIN;
	CREATE ROLE hub_bob LOGIN;
	CREATE ROLE hub_eve LOGIN;
	CREATE SERVER shop FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '127.0.0.1', port '$port', database 'orders', timeout '60s');
	CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'bob', password 'of bob');
	CREATE USER MAPPING FOR hub_ann SERVER shop OPTIONS (username 'ann', password 'of ann''s \\ "own"');
	CREATE USER MAPPING FOR hub_bob SERVER shop OPTIONS (username 'bob', password 'of bob');
	IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO public;
	GRANT USAGE ON FOREIGN SERVER shop TO PUBLIC;
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
});

# Run statements in one session; what it printed, and its errors.
sub session
{
	my ($statements, %arg) = @_;
	my ($stdout, $stderr) = ('', '');

	$hub->psql('postgres', "\\set VERBOSITY verbose\n$statements",
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr, extra_params => [ '-U', $arg{role} // getpwuid($<) ]);
	return ($stdout, $stderr);
}

# ---- logins ----

{
	my ($stdout, $stderr) = session('SELECT login FROM me', role => 'hub_ann');
	is($stdout, 'ann', 'a role logs in by its mapping, whatever is in its password');
	is($stderr, '', 'without an error');

	# an altered mapping is obeyed at once
	($stdout, $stderr) = session(q{
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET username 'open', SET password 'none');
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET username 'bob', SET password 'of bob');
		SET ROLE hub_bob; SELECT login FROM me;});
	is($stdout, "bob\nbob", 'an altered mapping makes a new connection');
	like($stderr, qr/2F003: could not connect to server "shop"/, 'a login that did not need the password is not for everyone');
	like($stderr, qr/did not ask for the password/, 'and the error says so');
}

{
	my ($stdout, $stderr) = session(q{
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (DROP password);
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (ADD password 'wrong');
		SET ROLE hub_bob; SELECT login FROM me; RESET ROLE;
		ALTER USER MAPPING FOR hub_bob SERVER shop OPTIONS (SET password 'of bob');
		ALTER SERVER shop OPTIONS (SET database 'nowhere'); SELECT login FROM me;
		ALTER SERVER shop OPTIONS (SET database 'orders'); SELECT login FROM me;});
	like($stderr, qr/password is required/, 'a role that is no superuser needs a password');
	like($stderr, qr/ERROR:  28P01: could not connect to server "shop"\nDETAIL:  password authentication failed for user "bob"/, 'a wrong password is the remote\'s error');
	unlike($stderr, qr/wrong/, 'that does not show the password');
	like($stderr, qr/ERROR:  3D000: could not connect to server "shop"\nDETAIL:  database "nowhere" does not exist/, 'so is a wrong database');
	is($stdout, 'bob', 'and the session goes on');
}

# one that a superuser has opened without being asked is not for everyone either
{
	my ($stdout, $stderr) = session(q{
		CREATE USER MAPPING FOR PUBLIC SERVER shop OPTIONS (username 'open', password 'none');
		DROP USER MAPPING FOR hub_bob SERVER shop;
		DROP USER MAPPING FOR CURRENT_USER SERVER shop;
		SELECT login FROM me; SET ROLE hub_bob; SELECT login FROM me;});
	is($stdout, 'open', 'a superuser may use a login that is not asked for its password');
	like($stderr, qr/2F003: could not connect to server "shop"/, 'another role may not, by the same mapping in the same session');
}

# ---- where to ----

# The environment of these servers names the directory of their sockets, where
# nobody is asked for a password.
{
	my ($stdout, $stderr) = session(qq{
		CREATE SERVER here FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (port '$port', database 'orders');
		GRANT USAGE ON FOREIGN SERVER here TO PUBLIC;
		CREATE USER MAPPING FOR hub_ann SERVER here OPTIONS (username 'ann', password 'of ann''s \\ "own"');
		CREATE FOREIGN TABLE here (login text) SERVER here OPTIONS (schema_name 'public', table_name 'me');
		GRANT SELECT ON here TO PUBLIC;
		SET ROLE hub_ann; SELECT login FROM here;});
	is($stdout, 'ann', 'without a host it is localhost, over TCP');
	is($stderr, '', 'whatever the environment says');
}

# ---- names and passwords in the encoding of another database ----

$remote->safe_psql('postgres', "SET client_encoding = 'UTF8'; CREATE ROLE \"zo\xc3\xab\" LOGIN PASSWORD 'p\xc3\xa4ss'; CREATE DATABASE \"stra\xc3\x9fe\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
$hub->safe_psql('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
is($hub->safe_psql('latin', qq{
	SET client_encoding = 'UTF8';
	CREATE EXTENSION fraiseql;
	CREATE SERVER shop FOREIGN DATA WRAPPER fraiseql_postgres
		OPTIONS (host '127.0.0.1', port '$port', database 'stra\xc3\x9fe', application_name 'f\xc3\xbcr');
	CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'zo\xc3\xab', password 'p\xc3\xa4ss');
	CREATE FOREIGN TABLE session (datname text, usename text) SERVER shop OPTIONS (schema_name 'pg_catalog', table_name 'pg_stat_activity');
	SELECT datname = 'stra\xc3\x9fe', usename = 'zo\xc3\xab' FROM session WHERE usename LIKE 'zo%';}),
	't|t', 'names and passwords that are not ASCII, in a database that is not UTF-8');

$hub->stop;
$remote->stop;
done_testing();
