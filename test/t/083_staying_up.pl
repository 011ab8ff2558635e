# The examples of docs/resilience.md, in their order, with servers that stop and
# start where the page says so: each gives the answer that the page shows, but
# for times, processes and ports.  Each option, setting, view and function is on
# a page.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest::Examples;
use FraiseqlTest::Session;

my $dir = PostgreSQL::Test::Utils::tempdir();
my %node;
my $other;

# ---- the hub, and its sources ----

foreach my $name (qw(hub orders_db orders_eu orders_us))
{
	my $node = $node{$name} = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	append_to_file($node->data_dir . '/postgresql.conf', "timezone = 'UTC'\nlisten_addresses = '127.0.0.1'\n"
		  . ($name eq 'hub' ? "shared_preload_libraries = 'fraiseql'\n" : ''));
	unlink $node->data_dir . '/pg_hba.conf';
	append_to_file($node->data_dir . '/pg_hba.conf', "local all all trust\nhost all all 127.0.0.1/32 trust\n");
	$node->start;
	$node->safe_psql('postgres', q{
		CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, total numeric(10,2) NOT NULL);
		INSERT INTO orders VALUES (1, 1, 9.5), (2, 1, 27.5), (3, 2, 7.25);
		CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
		INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob')}) if $name ne 'hub';
}
system_or_bail('sqlite3', "$dir/legacy.db", q{CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL); INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy')});

my $hub = $node{hub};
my $user = $hub->safe_psql('postgres', 'SELECT current_user');
$hub->safe_psql('postgres', 'CREATE DATABASE demo');
$hub->safe_psql('demo', q{CREATE EXTENSION fraiseql;
	CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
	INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')});
foreach my $name (qw(orders_db orders_eu orders_us))
{
	$hub->safe_psql('demo', "CREATE SERVER $name FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '@{[ $node{$name}->port ]}', database 'postgres');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (username '$user', password_required 'false')");
}
$hub->safe_psql('demo', qq{CREATE SERVER legacy FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$dir/legacy.db');
	CREATE SCHEMA old;
	IMPORT FOREIGN SCHEMA main FROM SERVER legacy INTO old;
	IMPORT FOREIGN SCHEMA public FROM SERVER orders_db INTO public;
	ALTER FOREIGN TABLE orders ALTER user_id OPTIONS (ADD references 'users(id)')});

# ---- what the page says happens ----

my %acts = (
	'another session holds a cursor on orders' => sub {
		$other = FraiseqlTest::Session->new($hub, dbname => 'demo');
		$other->do('BEGIN');
		$other->do('DECLARE c CURSOR FOR SELECT a.* FROM orders a');
		$other->answer('FETCH 1 FROM c');
	},
	'the other session ends' => sub { undef $other; },
	(map { my $name = $_; ("$name stops" => sub { $node{$name}->stop('immediate') }, "$name starts" => sub { $node{$name}->start }) } qw(orders_db orders_eu)));

# What differs from run to run, and the width of psql's columns.
sub same
{
	my ($text) = @_;

	$text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00/TIME/g;
	$text =~ s/\b(process|port) \d+/$1 N/g;
	$text =~ s/^( *)\d+( \| orders_db)/$1N$2/mg;
	$text =~ s/\b\d+ ms\b/N ms/g;
	$text =~ s/next probe in \d+ s/next probe in N s/g;
	$text =~ s/orders_eu|orders_us/COPY/g if $text =~ /Read From/;
	$text =~ s/\| \Q$user\E +\|/| postgres |/g;
	$text =~ s/ +$//mg;
	$text =~ s/ +/ /g;
	$text =~ s/-+/-/g;
	return $text;
}

my $examples = FraiseqlTest::Examples->new($hub, 'demo', same => \&same, psql => [qw(-P format=aligned -P tuples_only=off -P footer=off)],
	act => sub { my ($words) = @_; ($acts{$words} // die "what is it that \"$words\" says?\n")->() });
my $page = $examples->page('docs/resilience.md');
undef $other;

# ---- nothing is missing ----

my %pages = map { $_ => slurp_file("docs/$_") } map { s{.*/}{}r } glob 'docs/*.md';
my $pages = join "\n", values %pages;
my %of_this_page = map { $_ => 1 } qw(timeout connection_timeout replicas read_from circuit_breaker failure_threshold recovery_timeout success_threshold
	pool_size min_idle max_lifetime idle_timeout max_attempts backoff initial_delay max_delay dont_retry_on fallback fallback_on);

foreach my $engine (qw(postgres mysql sqlserver sqlite))
{
	foreach my $catalog (qw(pg_foreign_server pg_user_mapping pg_foreign_table pg_attribute))
	{
		my ($rc, $out, $err) = $hub->psql('demo', "SELECT fraiseql.fraiseql_${engine}_validator('{nonsense=1}', '$catalog'::regclass)");
		my ($valid) = $err =~ /Valid options are: (.*)\./;

		is(join(' ', grep { my $p = $of_this_page{$_} ? $page : $pages{"$engine.md"} . $pages{'remote.md'} . $pages{'schema.md'}; $p !~ /`(?:fraiseql\.)?$_(?: '[^']*')?`/ } split /, /, $valid // ''),
			'', "each option that $engine has in $catalog is on its page");
	}
}

my @views = map { [ split /\|/ ] } split /\n/, $hub->safe_psql('demo', q{
	SELECT relname, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
	 WHERE relnamespace = 'fraiseql'::regnamespace AND relkind = 'v' AND attnum > 0 ORDER BY 1, attnum});
is(join(' ', map { "$_->[0].$_->[1]" } grep { my ($view, $column) = @$_; !grep { /\bfraiseql\.$view\b/ && /`$column`/ } values %pages } @views), '', 'each view, and each column of it, is on a page');

# is_handler is what fraiseql.servers is made with
my @functions = split /\n/, $hub->safe_psql('demo', q{
	SELECT DISTINCT proname FROM pg_proc p
	 WHERE pronamespace = 'fraiseql'::regnamespace AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'fdw_handler'::regtype)
	   AND proname !~ '_validator$' AND proname <> 'is_handler' ORDER BY 1});
is(join(' ', grep { my $name = $_; $pages !~ /\b$name\(|\bfraiseql\.$name\b/ } @functions), '', 'each function is on a page');

# the settings that the page of settings sends readers here for
my $settings = $pages{'settings.md'};
my @sent = map { /`(fraiseql\.\w+)`/g } grep { /See \[Staying up\]/ } split /\n/, $settings;
ok(@sent > 15, 'settings are on this page');
is(join(' ', grep { $page !~ /^\| `\Q$_\E`/m } @sent), '', '... in its tables');

$_->stop foreach values %node;
done_testing();
