# A row that another transaction has changed meanwhile is looked at again
# (EvalPlanQual) together with the foreign row that it was joined to.

use strict;
use warnings;

use DBI;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = PostgreSQL::Test::Utils::tempdir() . '/r.db';
my $sqlite = DBI->connect("dbi:SQLite:dbname=$file", '', '', { RaiseError => 1 });
$sqlite->do('CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, s TEXT)');
$sqlite->do('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) INSERT INTO t SELECT x, x % 10, printf(\'row %d\', x) FROM c');
$sqlite->disconnect;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION fraiseql;
	CREATE SERVER r FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '$file');
	CREATE FOREIGN TABLE t (id int OPTIONS (key 'true'), n int, s text) SERVER r;
	CREATE TABLE l (id int, x int, s text);
	INSERT INTO l SELECT i, i FROM generate_series(1, 5) i;
	ANALYZE l;
});

# Update rows of l by t, while another session changes those of id 2 and 3
# first; returns what l holds in the end.
sub update_after
{
	my ($settings, $join) = @_;
	my ($in, $out, $err) = ('', '', '');

	$node->safe_psql('postgres', 'UPDATE l SET x = id, s = NULL');
	my $first = IPC::Run::start(
		[ 'psql', '-XAtq', '-f', '-', '-d', $node->connstr('postgres') ],
		'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$in = "BEGIN;\nUPDATE l SET x = 12 WHERE id = 2;\nUPDATE l SET x = 1003 WHERE id = 3;\n\\echo changed\n";
	$first->pump until $out =~ /changed/;

	my ($in2, $out2, $err2) = ("$settings SET application_name = 'second';\nUPDATE l SET s = t.s FROM t WHERE $join;\n\\q\n", '', '');
	my $second = IPC::Run::start(
		[ 'psql', '-XAtq', '-f', '-', '-d', $node->connstr('postgres') ],
		'<', \$in2, '>', \$out2, '2>', \$err2, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$second->pump_nb;
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'second' AND wait_event_type = 'Lock'") or die;
	$in .= "COMMIT;\n\\q\n";
	$first->finish;
	$second->finish;
	is($err . $err2, '', 'no errors');
	return $node->safe_psql('postgres', "SELECT string_agg(id || '=' || coalesce(s, '-'), ' ' ORDER BY id) FROM l");
}

# the key itself has changed: the row no longer belongs to the one it was joined to
for my $plan ('', 'SET enable_hashjoin = off; SET enable_mergejoin = off;', 'SET enable_hashjoin = off; SET enable_nestloop = off;')
{
	is(update_after($plan, 't.id = l.x AND t.n < 5'), '1=row 1 2=- 3=- 4=row 4 5=-', "changed keys are left alone ($plan)");
	# the foreign row stays the one of the first look; the condition holds still for 12, not for 1003
	is(update_after($plan, 't.id = l.id AND t.n < 5 AND l.x < 1000'), '1=row 1 2=row 2 3=- 4=row 4 5=-', "conditions are asked again ($plan)");
	is(update_after($plan, 't.id = l.id AND t.n + l.x < 14 AND t.n < 5'), '1=row 1 2=- 3=- 4=row 4 5=-', "conditions of both ($plan)");
}

$node->stop;
done_testing();
