# SQL Server: what the tests of all engines leave out.  TLS and certificates,
# what the login says, the session, native errors in PostgreSQL's words, a
# snapshot that the server ends, connections that outlive an attention, and
# answers that are cut off at any byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => ['sqlserver']);
my ($engine) = $hub->engines or plan skip_all => 'FSQ_ENGINES leaves SQL Server out';
my $proxy = $engine->proxy;
my $dir = PostgreSQL::Test::Utils::tempdir();
my @children;
my $test_pid = $$;

END { if ($$ == $test_pid) { my $rc = $?; stop_recorder($_) foreach @children; stop_tls(); $? = $rc; } }

# ---- a server with other options ----

sub try
{
	my ($port, $options, %arg) = @_;
	my ($user, $password) = ($arg{user} // 'sa', $arg{password} // 'Test-1234');
	my ($stdout, $stderr) = ('', '');

	$options = "host '127.0.0.1', database 'd'" . ($options ? ", $options" : '') if $options !~ /host/;
	$hub->node->psql('postgres', qq{
		\\set VERBOSITY verbose
		CREATE SERVER other FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (port '$port', $options);
		CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (username '$user', password '$password');
		CREATE FOREIGN TABLE public.other (id int, name text) SERVER other OPTIONS (schema_name 'dbo', table_name 'small');
		SELECT id, name FROM other ORDER BY id;}, stdout => \$stdout, stderr => \$stderr);
	$hub->node->psql('postgres', 'DROP SERVER IF EXISTS other CASCADE');
	unlike($stderr, qr/\Q$password\E/, 'no password in messages');
	return $stdout . $stderr;
}

my $answer = "1|one\n2|two";
my $refused = qr/ERROR:  08\w{3}: could not connect to server "other"/;

# ---- TLS: certificates are really verified ----

my $tls;

sub openssl { system_or_bail('openssl', @_); }

sub stop_tls
{
	system("$FindBin::RealBin/../servers/tds/start.sh", 'stop', $tls) if $tls;
	undef $tls;
}

# A second server over the same databases.
sub start_tls
{
	my @options = @_;
	my $port = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0)->sockport;
	chomp(my $behind = slurp_file("$engine->{dir}/behind/port"));

	stop_tls();
	$tls = PostgreSQL::Test::Utils::tempdir_short();
	system("$FindBin::RealBin/../servers/tds/start.sh", 'start', $tls, $port, "host=$engine->{dir}/behind port=$behind user=remote dbname=tds", @options) == 0 or die "no server\n";
	return $port;
}

foreach my $ca (qw(ca stranger))
{
	openssl(qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj), "/CN=$ca", '-keyout', "$dir/$ca.key", '-out', "$dir/$ca.crt");
}
append_to_file("$dir/server.ext", "subjectAltName=DNS:localhost\n");
openssl(qw(req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout), "$dir/server.key", '-out', "$dir/server.csr");
openssl(qw(x509 -req -days 2 -CAcreateserial -CA), "$dir/ca.crt", '-CAkey', "$dir/ca.key", '-in', "$dir/server.csr", '-out', "$dir/server.crt", '-extfile', "$dir/server.ext");
mkdir "$dir/a = b";
system('cp', "$dir/ca.crt", "$dir/a = b/") == 0 or die "cp\n";
my @certificate = ('--cert', "$dir/server.crt", '--key', "$dir/server.key");

my $port = start_tls('--encrypt', 'on', @certificate);
my $localhost = "host 'localhost', database 'd', encrypt 'mandatory'";
my $numeric = "host '127.0.0.1', database 'd', encrypt 'mandatory'";
is(try($port, "$localhost, ssl_ca '$dir/ca.crt'"), $answer, 'a certificate of the right name and authority is accepted');
is(try($port, "$localhost, ssl_ca '$dir/a = b/ca.crt'"), $answer, 'the authority in a file of an odd name');
like(try($port, "$numeric, ssl_ca '$dir/ca.crt'"), $refused, 'a certificate of another name is not accepted');
like(try($port, "$localhost, ssl_ca '$dir/stranger.crt'"), $refused, 'one of an unknown authority is not');
like(try($port, $localhost), $refused, 'nor if the authorities are the system\'s');
like(try($port, "$localhost, ssl_ca '$dir/none.crt'"), $refused, 'nor if the file with the authorities is not there');
is(try($port, "$numeric, trust_server_certificate 'true'"), $answer, 'unless any is to be trusted');
like(try($port, "$numeric, trust_server_certificate 'false'"), $refused, 'or not');
is(try($port, "host '127.0.0.1', database 'd', encrypt 'on', trust_server_certificate 'true'"), $answer, 'on is another word for mandatory');

$port = start_tls('--encrypt', 'required', @certificate);
is(try($port, ''), $answer, 'what a server requires is given');
like(try($port, "encrypt 'off'"), $refused, 'unless encryption is off');

$port = start_tls('--encrypt', 'off');
is(try($port, ''), $answer, 'a server without TLS');
like(try($port, "$numeric, trust_server_certificate 'true'"), $refused, 'is refused where encryption is mandatory');
stop_tls();

like(try(1, "encrypt 'perhaps'"), qr/HV024.*"encrypt".*HINT:  Valid values are/s, 'a word that encrypt does not know');
like(try(1, "encrypt 'off', ssl_ca '$dir/ca.crt'"), qr/HV00D: the options "trust_server_certificate" and "ssl_ca" are for servers/, 'an authority without encryption');
like(try(1, "ssl_ca 'ca.crt', encrypt 'on'"), qr/"ssl_ca"/, 'a path that is not absolute');
like(try(1, "tds_version '7.0'"), qr/HV024.*Valid values are 7.3 and 7.4/s, 'a version that lacks types');
like(try(1, "host $_"), qr/HV024: invalid value/, "a host that FreeTDS cannot be told: $_") foreach "E'a\\nencryption = off'", "'a#b'", "'a;b'", "'" . 'a' x 241 . "'";
like(try(1, "encrypt 'on', ssl_ca '$dir/#'"), qr/HV024: invalid value/, 'and such a file');

# ---- what the login says, and what is encrypted ----

# Leads one connection after the other to the server, and writes down what the
# hub sends.
sub start_recorder
{
	my $listen = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0) or die "listen: $!\n";
	my $file = "$dir/recorded";

	unlink $file;
	my $pid = fork // die "fork: $!\n";
	return ($pid, $listen->sockport, $file) if $pid;
	open my $out, '>:raw', $file or die "$file: $!\n";
	$out->autoflush(1);
	while (my $client = $listen->accept)
	{
		my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $engine->port) or last;
		my $select = IO::Select->new($client, $server);
	  CONNECTION: while (1)
		{
			foreach my $from ($select->can_read)
			{
				sysread($from, my $data, 65536) or last CONNECTION;
				print $out $data if $from == $client;
				syswrite($from == $client ? $server : $client, $data);
			}
		}
	}
	require POSIX;
	POSIX::_exit(0);
}

sub stop_recorder { my ($pid) = @_; kill KILL => $pid; waitpid $pid, 0; }

sub recorded
{
	my ($options) = @_;
	my ($pid, $port, $file) = start_recorder();

	push @children, $pid;
	is(try($port, $options), $answer, "an answer with $options");
	stop_recorder(pop @children);
	return slurp_file($file);
}

sub utf16 { my ($text) = @_; return join '', map { "$_\0" } split //, $text; }

# The LOGIN7 message (MS-TDS 2.2.6.4) among what was sent: version and flags,
# application, user and database.
sub login_of
{
	my ($sent) = @_;

	while (length $sent >= 8)
	{
		my ($type, $status, $length) = unpack 'CCn', $sent;
		my $body = substr $sent, 8, $length - 8;
		if ($type == 0x10)
		{
			my @text = map { my ($at, $n) = unpack 'vv', substr $body, $_, 4; (substr $body, $at, 2 * $n) =~ tr/\0//dr } 40, 48, 68;
			return { version => sprintf('%08x', unpack 'V', substr $body, 4, 4), read_only => (ord(substr $body, 26, 1) & 0x20) != 0,
				user => $text[0], application => $text[1], database => $text[2] };
		}
		$sent = substr $sent, $length;
	}
	return {};
}

my $sent = recorded("encrypt 'off'");
is_deeply(login_of($sent), { version => '74000004', read_only => '', user => 'sa', application => 'fraiseql', database => 'd' }, 'the login as it is without options');
like($sent, qr/\Q@{[utf16('SELECT [id], [name]')]}\E/, 'nothing is encrypted');
$sent = recorded("encrypt 'off', tds_version '7.3', read_only 'true', application_name 'my hub'");
is_deeply(login_of($sent), { version => '730b0003', read_only => 1, user => 'sa', application => 'my hub', database => 'd' }, 'the login with options');
$sent = recorded("encrypt 'optional'");
is_deeply(login_of($sent), {}, 'the login is encrypted where the server can');
like($sent, qr/\Q@{[utf16('SELECT [id], [name]')]}\E/, 'statements are not');
$sent = recorded("encrypt 'mandatory', trust_server_certificate 'true'");
is_deeply(login_of($sent), {}, 'all is encrypted: the login');
unlike($sent, qr/\Q@{[utf16('SELECT')]}\E/, 'and statements');

# ---- native errors in PostgreSQL's words ----

$engine->run_remote(
	'CREATE TABLE gone (id int)', 'CREATE TABLE less (id int)', 'INSERT INTO less VALUES (1)',
	'CREATE VIEW divided AS SELECT id, 10 / (id - 2) AS q FROM small',
	"CREATE VIEW converted AS SELECT id, CAST('x' + CAST(id AS varchar(10)) AS int) AS c FROM small",
	"CREATE TABLE page (id int PRIMARY KEY, v varchar(10))", "INSERT INTO page VALUES (1, 'ok'), (2, 'a' + CHAR(129) + 'b')",
	'CREATE TABLE large (id int PRIMARY KEY, v nvarchar(max), b varbinary(max))',
	"INSERT INTO large VALUES (1, REPLICATE(CAST(N'é' AS nvarchar(max)), 600000), CAST(REPLICATE(CAST('ab' AS varchar(max)), 600000) AS varbinary(max)))",
	"INSERT INTO large VALUES (2, N'', 0x), (3, NULL, NULL)",
	'CREATE VIEW me AS SELECT @@SPID AS spid');
$hub->sql($engine->foreign_table(@$_)) foreach (
	[ 'gone', 'id int' ], [ 'less', 'id int, more int' ], [ 'divided', 'id int, q int' ], [ 'converted', 'id int, c int' ],
	[ 'page', 'id int, v text' ], [ 'large', 'id int, v text, b bytea' ], [ 'me', 'spid int' ]);
$engine->run_remote('DROP TABLE gone');

my $session = $hub->session;

sub answers_rightly
{
	my ($after) = @_;
	is($session->answer('SELECT id, name FROM sqlserver.small ORDER BY id'), '1,one|2,two', "the next answer after $after");
}

foreach my $case (
	[ 'SELECT id FROM sqlserver.gone', 'HV00R', qr/Invalid object name/ ],
	[ 'SELECT id, more FROM sqlserver.less', 'HV005', qr/Invalid column name 'more'/ ],
	[ 'SELECT id, q FROM sqlserver.divided', '22012', qr/Divide by zero/ ],
	[ 'SELECT count(*) FROM sqlserver.divided WHERE q = 5', '22012', qr/Divide by zero/ ],
	[ 'SELECT id, c FROM sqlserver.converted', '22P02', qr/Conversion failed/ ],
	[ 'SELECT id, v FROM sqlserver.page', '22P05', qr/could not be converted/ ])
{
	my ($sql, $sqlstate, $words) = @$case;
	my ($state, $message) = $session->fails($sql);

	is($state, $sqlstate, "$sql: SQLSTATE");
	like($message, $words, "$sql: the remote's words");
	answers_rightly($sql);
}
like(try($engine->port, '', password => 'Wrong-99'), qr/28P01.*Login failed for user 'sa'.*HINT:  Check the user mapping's options/s, 'a wrong password');
like(try($engine->port, "host '127.0.0.1', database 'nowhere'"), qr/3D000.*Cannot open database "nowhere".*HINT:  Check the server's option "database"/s, 'a database that is not there');
like(try(1, ''), qr/08001.*HINT:  Check the server's options "host" and "port"/s, 'a port where nobody listens');
like(try(1, "host 'no.such.host.invalid', database 'd'"), qr/08001.*HINT:  Check/s, 'a host that is not there');
like(try(1, '', user => 'u' x 129), qr/ERROR:  08001.*longer than SQL Server's 128 characters/s, 'a name that is too long');

# ---- the session ----

is($session->answer('SELECT id, length(v), length(b), v = \'\' FROM sqlserver.large ORDER BY id'), '1,600000,1200000,0|2,0,0,1|3,null,null,null',
	'large values are whole; what is empty is not null');

# An attention ends a statement, and leaves the connection.
my $spid = $session->answer('SELECT spid FROM sqlserver.me');
$session->do('SET fraiseql.pushdown = off');
is($session->answer('SELECT count(*) FROM (SELECT n FROM sqlserver.numbers LIMIT 5) n'), 5, 'a few rows of many');
is($session->answer('SELECT spid FROM sqlserver.me'), $spid, 'leave the connection that they came on');
is(($session->fails("SET statement_timeout = 300; SELECT c FROM sqlserver.busy"))[0], '57014', 'a timeout on a busy server');
$session->do('SET statement_timeout = 0');
is($session->answer('SELECT spid FROM sqlserver.me'), $spid, 'does so, too');
$session->do('RESET fraiseql.pushdown');

# A conversion that fails ends the transaction there, and with it the snapshot.
$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
answers_rightly('the beginning of a snapshot');
$session->do('SAVEPOINT s');
is(($session->fails('SELECT q FROM sqlserver.divided'))[0], '22012', 'an error that only ends its statement');
$session->do('ROLLBACK TO s');
answers_rightly('an error that leaves the snapshot');
is(($session->fails('SELECT c FROM sqlserver.converted'))[0], '22P02', 'an error that ends the transaction there');
$session->do('ROLLBACK TO s');
is(($session->fails('SELECT id FROM sqlserver.small'))[0], '25P02', 'nothing is read outside of the snapshot');
$session->do('ROLLBACK');
answers_rightly('a snapshot that was lost');

# Nothing less is taken for a snapshot.
$engine->run_remote('ALTER DATABASE d SET ALLOW_SNAPSHOT_ISOLATION OFF');
$session->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
my ($state, $message) = $session->fails('SELECT id FROM sqlserver.small');
is($state, '0A000', 'a snapshot in a database that allows none');
like($message, qr/not allowed in this database.*HINT:.*ALLOW_SNAPSHOT_ISOLATION ON/s, 'and what to do about it');
$session->do('ROLLBACK');
answers_rightly('that');
$engine->run_remote('ALTER DATABASE d SET ALLOW_SNAPSHOT_ISOLATION ON');
$session->disconnect;

# ---- an answer that is cut off is an error, wherever it is ----

# What is cut off before a row was used may be asked again, on a new connection.
sub cut_everywhere
{
	my ($query, $whole, $step, $login_step) = @_;
	my ($before, $bytes, $total, %seen);

	$session = $hub->session;
	is($session->answer($query), $whole, 'the whole answer');
	$before = $proxy->count->{down};
	$session->answer($query);
	$bytes = $proxy->count->{down} - $before;
	$session->disconnect;
	$proxy->reset;
	$session = $hub->session;
	$session->answer($query);
	$total = $proxy->count->{down};
	$session->disconnect;
	note "an answer of $bytes bytes, $total with the login";
	for (my $cut = $total - 1; $cut > 0; $cut -= $cut > $total - $bytes ? $step : $login_step)
	{
		$proxy->cut('down', $cut, $cut % 2 ? 'rst' : 'fin');
		$session = $hub->session;
		my $got = $session->answer($query);
		$seen{ $got eq $whole ? 'right' : $got =~ /^ERROR 08/ ? 'error' : "$got ($cut)" }++;
		$proxy->cut('never');
		$got = $session->answer($query);
		$seen{"then $got ($cut)"}++ if $got ne $whole;
		$session->disconnect;
	}
	my $error = delete $seen{error};
	delete $seen{right};
	is_deeply(\%seen, {}, 'cut off at any byte it is an error or right, and the session goes on') or diag(explain \%seen);
	return $error;
}

cmp_ok(cut_everywhere('SELECT id, name FROM sqlserver.small ORDER BY id', '1,one|2,two', 2, 61), '>', 20, 'a short answer is cut off often');
$engine->run_remote('CREATE VIEW longer AS SELECT TOP (2000) n, filler FROM numbers ORDER BY n');
$hub->sql($engine->foreign_table('longer', 'n int, filler text'));
cmp_ok(cut_everywhere('SELECT count(*), sum(n), sum(length(filler)) FROM (SELECT * FROM sqlserver.longer OFFSET 0) l', '2000,2001000,200000', 4093, 997), '>', 20, 'a long answer is cut off often');

$hub->stop;
done_testing();
