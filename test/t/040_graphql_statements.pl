# No N+1: the number of statements of a request is the number of its relation
# fields, whatever the number of rows.  The server's log is the witness: it
# has every statement's plan (auto_explain), SQLite's statements included.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'fraiseql, auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_nested_statements = on
auto_explain.log_verbose = on
auto_explain.log_analyze = on
auto_explain.log_timing = off
CONF
$node->start;

my $file = PostgreSQL::Test::Utils::tempdir . '/legacy.db';
run_log([ 'sqlite3', $file, <<'SQL' ]) or BAIL_OUT('sqlite3');
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, total INTEGER NOT NULL);
WITH RECURSIVE i (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM i WHERE n < 3000)
INSERT INTO orders SELECT n, 1 + n % 1000, n FROM i;
CREATE INDEX orders_user ON orders (user_id);
SQL

$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE TABLE users (id integer PRIMARY KEY, name text);
	INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 1000) i;
	CREATE TABLE notes (id integer PRIMARY KEY, user_id integer REFERENCES users, x text);
	INSERT INTO notes SELECT i, 1 + i % 1000, 'n' FROM generate_series(1, 2000) i;
	CREATE INDEX ON notes (user_id);
	CREATE SERVER legacy FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	CREATE FOREIGN TABLE orders (
		id integer OPTIONS (key 'true'),
		user_id integer OPTIONS ("references" 'users(id)') NOT NULL,
		total integer NOT NULL) SERVER legacy;
	ANALYZE;
});

# The statements that a request ran: their texts and plans, from the log.
sub statements
{
	my ($query) = @_;
	my $offset = -s $node->logfile;
	my $result = $node->safe_psql('postgres', "SELECT fraiseql.graphql(\$q\$$query\$q\$)");
	my $log = slurp_file($node->logfile, $offset);
	my @plans = $log =~ /duration: [\d.]+ ms  plan:\n(\t.*\n(?:\t.*\n)*)/g;

	# not the request itself, nor what it reads from the catalogs
	return ($result, grep { /FROM public\.(?:users|notes|orders) / } @plans);
}

sub count_of { my ($json, $key) = @_; return scalar(() = $json =~ /"$key":/g); }

foreach my $n (1, 10, 1000)
{
	my ($json, @plans) = statements("{ users(limit: $n) { id orders { id total } } }");
	is(count_of($json, 'orders'), $n, "$n users");
	is(count_of($json, 'total'), 3 * $n, "... with all their orders");
	is(scalar @plans, 2, "... in two statements") or diag(@plans);
	is(scalar(grep { /Remote SQL: / } @plans), 1, '... of which one goes to SQLite');
	is(scalar(grep { /Foreign Scan.*rows=\d+ loops=1\)/ } @plans), 1, '... once');
}

foreach my $n (1, 500)
{
	my ($json, @plans) = statements("{ users(limit: $n) { name notes { id } orders(limit: 2, orderBy: [{total: DESC}]) { id user { name notes { x } } } } }");
	is(count_of($json, 'orders'), $n, "$n users, three levels");
	is(scalar @plans, 5, '... in as many statements as there are relation fields') or diag(@plans);
}

# A page for each parent: no row comes that is not returned.
foreach my $page ([ 'limit: 2', 2 ], [ 'limit: 1, offset: 1', 1 ], [ 'offset: 2', 1 ])
{
	my ($json, @plans) = statements("{ users { id orders($page->[0], orderBy: [{total: DESC}]) { total user { orders(limit: 1) { total } } } } }");
	my @came = map { /Foreign Scan.*\(actual rows=(\d+) loops=1\)/ ? $1 : () } @plans;
	is(scalar @plans, 4, "($page->[0]): four statements") or diag(@plans);
	is("@came", 1000 * $page->[1] . ' 1000', '... and the rows of the pages') or diag(@plans);
}

my ($json, @plans) = statements('{ users(where: {id: {eq: 0}}) { orders { id } notes { id } } }');
is($json, '{"data":{"users":[]}}', 'no rows');
is(scalar @plans, 1, '... no children are asked for');

done_testing();
