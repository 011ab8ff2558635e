# TLS to MariaDB, in each of the modes: authorities and names are verified where
# that is asked for.

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

$hub->stop;
done_testing();
