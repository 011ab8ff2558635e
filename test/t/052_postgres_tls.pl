# TLS to another PostgreSQL: certificates are really verified.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();

sub openssl { system_or_bail('openssl', @_); }

# An authority with a server's and a client's certificate, and a stranger.
foreach my $ca (qw(ca stranger))
{
	openssl(qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj), "/CN=$ca", '-keyout', "$dir/$ca.key", '-out', "$dir/$ca.crt");
}
foreach my $pair ([ 'server', '/CN=localhost', 'subjectAltName=DNS:localhost' ], [ 'client', '/CN=ann', 'subjectAltName=DNS:ann' ])
{
	my ($name, $subject, $extension) = @$pair;
	append_to_file("$dir/$name.ext", "$extension\n");
	openssl(qw(req -newkey rsa:2048 -nodes -subj), $subject, '-keyout', "$dir/$name.key", '-out', "$dir/$name.csr");
	openssl(qw(x509 -req -days 2 -CAcreateserial -CA), "$dir/ca.crt", '-CAkey', "$dir/ca.key", '-in', "$dir/$name.csr", '-out', "$dir/$name.crt", '-extfile', "$dir/$name.ext");
	chmod 0600, "$dir/$name.key";
}

my $remote = PostgreSQL::Test::Cluster->new('remote');
$remote->init;
$remote->append_conf('postgresql.conf', qq{
	listen_addresses = '127.0.0.1'
	ssl = on
	ssl_cert_file = '$dir/server.crt'
	ssl_key_file = '$dir/server.key'
	ssl_ca_file = '$dir/ca.crt'
});
$remote->start;
my $port = $remote->port;
$remote->safe_psql('postgres', q{
	CREATE ROLE ann LOGIN PASSWORD 'secret';
	CREATE ROLE bob LOGIN PASSWORD 'secret';
	CREATE VIEW me AS SELECT current_user::text AS login, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();
	GRANT SELECT ON me TO PUBLIC;
});
unlink $remote->data_dir . '/pg_hba.conf';
$remote->append_conf('pg_hba.conf', "local all all trust\nhostssl all ann 127.0.0.1/32 cert\nhostssl all bob 127.0.0.1/32 scram-sha-256\n");
$remote->reload;

my $hub = PostgreSQL::Test::Cluster->new('hub');
$hub->init;
$hub->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$hub->start;
$hub->safe_psql('postgres', 'CREATE EXTENSION fraiseql');

# The answer, or the error, of a server with these options.
sub try
{
	my ($options, $login) = @_;
	my ($stdout, $stderr) = ('', '');

	$hub->psql('postgres', qq{
		CREATE SERVER tls FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (port '$port', database 'postgres', $options);
		CREATE USER MAPPING FOR CURRENT_USER SERVER tls OPTIONS ($login);
		CREATE FOREIGN TABLE me (login text, ssl boolean) SERVER tls OPTIONS (schema_name 'public');
		SELECT login, ssl FROM me;}, stdout => \$stdout, stderr => \$stderr);
	$hub->safe_psql('postgres', 'DROP SERVER tls CASCADE');
	return $stdout . $stderr;
}

my $bob = "username 'bob', password 'secret'";
is(try("host 'localhost', ssl_mode 'verify-full', ssl_root_cert '$dir/ca.crt'", $bob), 'bob|t', 'a certificate of the right name and authority is accepted');
like(try("host '127.0.0.1', ssl_mode 'verify-full', ssl_root_cert '$dir/ca.crt'", $bob), qr/08001|does not match host name/, 'one of another name is not');
is(try("host '127.0.0.1', ssl_mode 'verify-ca', ssl_root_cert '$dir/ca.crt'", $bob), 'bob|t', 'unless only the authority is to be verified');
like(try("host 'localhost', ssl_mode 'verify-ca', ssl_root_cert '$dir/stranger.crt'", $bob), qr/certificate verify failed/, 'one of an unknown authority is not');
like(try("host 'localhost', ssl_mode 'disable'", $bob), qr/no pg_hba.conf entry/, 'without TLS the server refuses');
is(try("host 'localhost', ssl_mode 'require', ssl_cert '$dir/client.crt', ssl_key '$dir/client.key'", "username 'ann'"), 'ann|t', 'a client certificate is a login');

$hub->stop;
$remote->stop;
done_testing();
