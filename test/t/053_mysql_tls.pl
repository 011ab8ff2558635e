# Ways to MariaDB.  TLS, in each of its modes: authorities and names are verified
# where that is asked for.  Unix sockets, and who may use them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use DBI;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => ['mysql']);
my ($engine) = $hub->engines or plan skip_all => 'not among FSQ_ENGINES';
my ($dir, $port) = ($engine->{dir}, $engine->port);
my $session = $hub->session;
my $dbh = $session->{dbh};

sub value { my ($dbh, $sql) = @_; return scalar $dbh->selectrow_array($sql); }

sub tls
{
	my ($host, $mode, $ca) = @_;
	$dbh->do("DROP SERVER IF EXISTS tls CASCADE");
	$dbh->do("CREATE SERVER tls FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '$host', port '$port', database 'd', ssl_mode '$mode'" . ($ca ? ", ssl_ca '$dir/$ca'" : '') . ')');
	$dbh->do("CREATE USER MAPPING FOR CURRENT_USER SERVER tls OPTIONS (username 'hub', password 'secret')");
	$dbh->do("CREATE FOREIGN TABLE cipher (variable_value text, variable_name text) SERVER tls OPTIONS (schema_name 'information_schema', table_name 'SESSION_STATUS')");
	return (value($dbh, "SELECT variable_value FROM cipher WHERE variable_name = 'SSL_CIPHER'"), $dbh->state, $dbh->errstr);
}
is((tls('127.0.0.1', 'DISABLED'))[0], '', 'DISABLED: no TLS');
isnt((tls('127.0.0.1', 'PREFERRED'))[0] // '', '', 'PREFERRED: TLS if the server has it');
isnt((tls('127.0.0.1', 'REQUIRED'))[0] // '', '', 'REQUIRED: TLS');
isnt((tls('127.0.0.1', 'VERIFY_CA', 'ca.pem'))[0] // '', '', 'VERIFY_CA: a known authority');
is((tls('127.0.0.1', 'VERIFY_CA', 'other.pem'))[1], '08001', 'VERIFY_CA: an unknown authority is refused');
isnt((tls('localhost', 'VERIFY_IDENTITY', 'ca.pem'))[0] // '', '', 'VERIFY_IDENTITY: the right name');
is((tls('127.0.0.1', 'VERIFY_IDENTITY', 'ca.pem'))[1], '08001', 'VERIFY_IDENTITY: another name is refused');
is((tls('localhost', 'VERIFY_IDENTITY', 'other.pem'))[1], '08001', 'VERIFY_IDENTITY: an unknown authority is refused');

# ---- a Unix socket, where the server may look at who the client's process is ----

{
	my $user = getpwuid($<);
	my $sql = "SELECT login FROM socket";

	$engine->run_remote("CREATE OR REPLACE USER '$user'\@localhost IDENTIFIED VIA unix_socket", "GRANT SELECT ON d.* TO '$user'\@localhost");
	$hub->sql(qq{
		CREATE ROLE eve LOGIN;
		CREATE SERVER socket FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '$dir/socket', database 'd');
		GRANT USAGE ON FOREIGN SERVER socket TO eve;
		CREATE USER MAPPING FOR eve SERVER socket OPTIONS (username '$user', password 'none');
		CREATE USER MAPPING FOR CURRENT_USER SERVER socket OPTIONS (username '$user', password 'none');
		CREATE FOREIGN TABLE socket (login text) SERVER socket OPTIONS (schema_name 'd', table_name 'login');
		GRANT SELECT ON socket TO eve;});
	is($session->answer($sql), $user, 'a superuser may be whom the operating system says');
	my ($state, $message) = $hub->session(role => 'eve')->fails($sql);
	is($state, '2F003', 'another role may not, with whatever password');
	$hub->sql("ALTER USER MAPPING FOR eve SERVER socket OPTIONS (ADD password_required 'false')");
	is($hub->session(role => 'eve')->answer($sql), $user, 'unless a superuser allows it');
}

$hub->stop;
done_testing();
