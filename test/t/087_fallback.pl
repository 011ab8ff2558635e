# Another relation answers for a foreign table whose source is down, or has no
# row of a key that was asked for: with the rows that the same query over that
# relation gives, from SQL and from GraphQL, for every engine.
#
# The fallbacks of "error" hold the source's rows with other totals, so that an
# answer says where it comes from.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;
use FraiseqlTest::Shop;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)],
	conf => "search_path = 'public'\nfraiseql.max_attempts = 1\nfraiseql.connection_timeout = '2s'\n");
my @engines = $hub->engines;
my $shop = FraiseqlTest::Shop->new($hub);
my $node = $hub->node;
my $json = JSON::PP->new->canonical;

$hub->sql('CREATE SCHEMA kept');
foreach my $engine (@engines)
{
	my $name = $engine->name;

	$hub->sql(qq{
		CREATE TABLE kept.${name}_orders AS SELECT id, user_id, total + 1000 AS total FROM ${name}_orders;
		CREATE TABLE kept.${name}_items AS SELECT * FROM ${name}_items;
		CREATE VIEW kept.${name}_numbers AS SELECT n, 'kept'::text AS filler FROM generate_series(1, 10) n;
		ALTER FOREIGN TABLE ${name}_orders OPTIONS (ADD fallback 'kept.${name}_orders');
		ALTER FOREIGN TABLE ${name}_items OPTIONS (ADD fallback 'kept.${name}_items', ADD fallback_on 'error');
		ALTER FOREIGN TABLE ${name}_numbers OPTIONS (ADD fallback 'kept.${name}_numbers');
	});
}
$hub->sql('ANALYZE');

# Take an engine away, and give it back.
sub down
{
	my ($engine) = @_;
	if ($engine->in_process)
	{
		rename "$engine->{dir}/d.db", "$engine->{dir}/away.db" or die;
		return;
	}
	$engine->proxy->refuse('on');
	$engine->proxy->cut('now', 'rst');
}

sub up
{
	my ($engine) = @_;
	if ($engine->in_process)
	{
		rename "$engine->{dir}/away.db", "$engine->{dir}/d.db" or die;
		return;
	}
	$engine->proxy->reset;
}

# An answer without its extensions, and with the other totals of the fallbacks.
sub data_of { my ($answer) = @_; return ref $answer ? $shop->canon($answer->{data}) : $answer; }

# ---- the same answer as the relation itself ----

# %o: orders, %i: items; values as parameters where a plan is kept
my @shapes = (
	'SELECT count(*), sum(total), min(id), max(total) FROM %o',
	'SELECT * FROM %o ORDER BY id',
	'SELECT * FROM %o WHERE id = 7',
	'SELECT * FROM %o WHERE id = 7000',
	'SELECT * FROM %o WHERE id = ANY (ARRAY[1, 5, 9, 900]) ORDER BY id',
	'SELECT total, id FROM %o WHERE user_id IN (1, 2) AND total BETWEEN 1005 AND 1040 ORDER BY total DESC, id LIMIT 3',
	'SELECT id FROM %o ORDER BY total DESC, id OFFSET 2 LIMIT 4',
	'SELECT user_id, count(*), sum(total) + 1 FROM %o GROUP BY user_id HAVING count(*) > 2 ORDER BY 3 DESC, 1 LIMIT 5',
	'SELECT DISTINCT user_id FROM %o WHERE id < 20 ORDER BY 1',
	'SELECT id, user_id, r FROM (SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY id DESC) AS r FROM %o) x WHERE r <= 2 ORDER BY 2, 3',
	'SELECT id, sum(total) OVER (PARTITION BY user_id ORDER BY id) FROM %o WHERE id < 30 ORDER BY 1',
	'SELECT u.name, o.id, o.total FROM users u JOIN %o o ON o.user_id = u.id WHERE u.id < 4 ORDER BY o.id',
	'SELECT o.id, i.sku FROM %o o LEFT JOIN %i i ON i.order_id = o.id WHERE o.user_id = 3 ORDER BY 1, 2',
	'SELECT u.id, (SELECT max(o.total) FROM %o o WHERE o.user_id = u.id) FROM users u ORDER BY 1',
	'SELECT u.id, x.id FROM users u, LATERAL (SELECT o.id FROM %o o WHERE o.user_id = u.id ORDER BY o.total, o.id LIMIT 1) x ORDER BY 1',
	'SELECT id FROM %o WHERE total > (SELECT avg(total) FROM %o) ORDER BY id',
	'SELECT id FROM %o WHERE EXISTS (SELECT FROM %i i WHERE i.order_id = %o.id AND i.sku LIKE $$%%7$$) ORDER BY id',
	'SELECT o FROM %o o WHERE id < 3 ORDER BY id',
	"SELECT id FROM %o WHERE id % 7 = 3 AND total::text LIKE '%0%' ORDER BY id",
	'SELECT count(*) FILTER (WHERE total > 1020), string_agg(id::text, $$,$$ ORDER BY id) FROM %o',
	'SELECT id FROM %o UNION SELECT id + 100 FROM %o ORDER BY 1',
	'SELECT sku FROM %i WHERE order_id = 5 ORDER BY sku COLLATE "C" DESC',
	'SELECT 1 FROM %o LIMIT 2',
	'WITH x AS MATERIALIZED (SELECT * FROM %o) SELECT count(*) FROM x a JOIN x b USING (user_id)');

sub over
{
	my ($shape, $orders, $items) = @_;
	$shape =~ s/%o\.id/($orders =~ m{([^.]+)$})[0] . '.id'/ge;
	$shape =~ s/%o/$orders/g;
	$shape =~ s/%i/$items/g;
	$shape =~ s/%%/%/g;
	return $shape;
}

foreach my $engine (@engines)
{
	my $name = $engine->name;
	my @own = map { over($_, "public.${name}_orders", "public.${name}_items") } @shapes;
	my @kept = map { over($_, "kept.${name}_orders", "kept.${name}_items") } @shapes;
	my $warm = $hub->session;

	# the whole-row value has the name of its type only in its text: the same columns
	$warm->do('SET plan_cache_mode = force_generic_plan');
	foreach my $i (0 .. $#own)
	{
		$warm->do("PREPARE s$i AS $own[$i]");
		isnt($warm->answer("EXECUTE s$i"), '', "$name, alive: $own[$i]") if $i == 0;
		$warm->answer("EXECUTE s$i");
	}
	$warm->do("PREPARE p (int, int[], int) AS SELECT id, total FROM ${name}_orders WHERE user_id > \$1 AND id = ANY (\$2) ORDER BY id DESC LIMIT \$3");
	$warm->answer("EXECUTE p (0, '{1,2,3,4}', 2)");
	down($engine);
	foreach my $i (0 .. $#own)
	{
		my $expected = $hub->session->answer($kept[$i]);

		is($warm->answer("EXECUTE s$i"), $expected, "$name, planned before: $own[$i]");
		is($hub->session->answer($own[$i]), $expected, "$name, planned while it is down: $own[$i]");
	}
	foreach my $values ("0, '{1,2,3,4}', 3", "3, '{9,11,12,77,null}', 2", '0, null, 1', "0, '{1,2}', null")
	{
		my ($least, $ids, $limit) = $values =~ /^(\d+), (.*), (\w+)$/;

		is($warm->answer("EXECUTE p ($values)"),
			$hub->session->answer("SELECT id, total FROM kept.${name}_orders WHERE user_id > $least AND id = ANY ($ids) ORDER BY id DESC LIMIT $limit"),
			"$name: parameters $values");
	}
	up($engine);
	foreach my $session ($warm, $hub->session)
	{
		is($session->answer("SELECT min(total) / 1000 FROM ${name}_orders"), 0, "$name is back, and so is its data");
		is($session->answer("SELECT total FROM ${name}_orders WHERE id = 7"), $hub->sql("SELECT total - 1000 FROM kept.${name}_orders WHERE id = 7"), "... by key");
	}
	is($warm->answer('EXECUTE s1'), $hub->session->answer($own[1]), "$name: what was planned before as well");
}

# ---- requests ----

my $fields = $shop->users(@engines) . ' ' . $shop->lists(@engines);
my $alive = $shop->ask($hub->session, $fields);

ok(!exists $alive->{extensions}, 'no fallback: no extensions');
# the answer of the fallbacks of some engines, from that of the sources
sub of_fallbacks
{
	my @down = map { $_->name } @_;
	my $copy = $shop->copy($alive->{data});

	foreach my $name (@down)
	{
		$_->{total} += 1000 foreach @{ $copy->{"${name}Orders"} };
		foreach my $user (@{ $copy->{users} })
		{
			$_->{total} += 1000 foreach @{ $user->{"${name}Orders"} };
		}
	}
	return $shop->canon($copy);
}

foreach my $down ((map { [$_] } @engines), [ @engines ])
{
	my $what = join ', ', map { $_->name } @$down;
	my $warm = $hub->session;

	$shop->ask($warm, $fields);
	down($_) foreach @$down;
	foreach my $session ($warm, $hub->session)
	{
		my $how = $session == $warm ? 'planned before' : 'not planned';
		my $answer = $shop->ask($session, $fields);

		is(data_of($answer), of_fallbacks(@$down), "$what down, $how: the fallbacks answer");
		ok(ref $answer && !$answer->{errors}, "$what down, $how: no error");
		my @told = map { join('.', @{ $_->{path} }) . " $_->{database} $_->{fallback} $_->{reason}" } @{ $answer->{extensions}{fallbacks} // [] };
		is(join("\n", sort @told),
			join("\n", sort map { my $n = $_->name;
				("${n}Orders $n kept.${n}_orders error", "users.${n}Orders $n kept.${n}_orders error", "users.${n}Orders.${n}Items $n kept.${n}_items error") } @$down),
			"$what down, $how: it says so");
	}
	up($_) foreach @$down;
	is(data_of($shop->ask($warm, $fields)), $shop->canon($alive->{data}), "$what back");
}

SKIP:
{
	my ($postgres) = grep { $_->name eq 'postgres' } @engines;
	my ($mysql) = grep { $_->name eq 'mysql' } @engines;
	skip 'needs postgres and mysql', 1 if !$postgres || !$mysql;

	# ---- what is told ----

	down($postgres);
	my $session = $hub->session;
	$session->do('SET fraiseql.trace = on');
	my $answer = $shop->ask($session, 'postgresOrders(where: {id: {eq: 3}}) { total }');
	my ($route) = grep { $_->{fallback} } @{ $answer->{extensions}{trace}{routes} };
	is($route->{fallback}, 'kept.postgres_orders', 'the trace has the fallback');
	is($route->{rows}, 1, '... with its rows');
	is($route->{of}, 'postgres', '... and the source');
	like($route->{query}, qr/WHERE \(id = /, '... and the query');
	like($answer->{extensions}{fallbacks}[0]{message}, qr/server "postgres"/, 'the reason is told');
	$session->do('SET fraiseql.mask_errors = on');
	$answer = $shop->ask($session, 'postgresOrders(where: {id: {eq: 3}}) { total }');
	ok(!exists $answer->{extensions}{fallbacks}[0]{message}, '... unless it is masked');

	my $before = $hub->sql(q{SELECT fallbacks FROM fraiseql.stats WHERE server = 'postgres'});
	my $plan = $hub->sql('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM postgres_orders WHERE id < 4');
	like($plan, qr/Fallback: kept.postgres_orders, on error/, 'EXPLAIN has the fallback');
	like($plan, qr/Fallback Used: yes, rows=3: could not connect to server "postgres"/, '... and that it was used');
	is($hub->sql(q{SELECT fallbacks FROM fraiseql.stats WHERE server = 'postgres'}), $before + 1, 'statistics count it');

	# ---- what it is not for ----

	sub fails { my ($sql, $error, $what) = @_; my ($rc, $out, $err) = $node->psql('postgres', $sql); like($err, $error, $what); return $out; }

	my $refused = qr/could not connect to server "postgres"/;
	fails('SET fraiseql.fallback = off; SELECT * FROM postgres_orders', $refused, 'fraiseql.fallback = off');
	fails('SELECT * FROM postgres_busy', $refused, 'a table without fallback');
	fails('CREATE TEMP TABLE t (id int); INSERT INTO t SELECT id FROM postgres_orders', $refused, 'INSERT ... SELECT');
	fails('WITH x AS (INSERT INTO users SELECT id + 1000, $$$$ FROM postgres_orders RETURNING id) SELECT * FROM x', $refused, 'a WITH that writes');
	fails('CREATE TABLE t AS SELECT * FROM postgres_orders', $refused, 'CREATE TABLE AS');
	fails('SELECT * INTO t FROM postgres_orders', $refused, 'SELECT INTO');
	fails('CREATE MATERIALIZED VIEW m AS SELECT * FROM postgres_orders WITH NO DATA; REFRESH MATERIALIZED VIEW m', $refused, 'REFRESH');
	fails('DO $$ BEGIN CREATE TABLE t AS SELECT * FROM postgres_orders; END $$', $refused, 'CREATE TABLE AS in a function');
	fails('DO $$ BEGIN REFRESH MATERIALIZED VIEW m; END $$', $refused, 'REFRESH in a function');
	fails('EXPLAIN ANALYZE CREATE TABLE t AS SELECT * FROM postgres_orders', $refused, 'EXPLAIN ANALYZE CREATE TABLE AS');
	fails('DO $$ BEGIN EXECUTE $x$EXPLAIN ANALYZE SELECT * INTO t FROM postgres_orders$x$; END $$', $refused, '... in a function');
	my $after = $hub->session;
	$after->answer('CREATE TABLE t AS SELECT * FROM postgres_orders');
	is($after->answer('SELECT count(*) FROM postgres_orders'), 60, 'what follows such a statement is answered');
	fails('SELECT * FROM postgres_orders FOR UPDATE', $refused, 'FOR UPDATE');
	fails('ANALYZE postgres_orders', $refused, 'ANALYZE');
	up($postgres);
	fails(q{CREATE FOREIGN TABLE gone (id int) SERVER postgres OPTIONS (schema_name 'public', fallback 'kept.postgres_orders'); SELECT * FROM gone},
		qr/could not read foreign table "gone"/, 'a table that the source does not have');
	fails(q{SELECT 1 / (id - 7) FROM postgres_orders}, qr/division by zero/, 'an error of the query');
	fails(q{CREATE FOREIGN TABLE wrong (id int, sku int) SERVER postgres OPTIONS (schema_name 'public', table_name 'items', fallback 'kept.postgres_items'); SELECT sku FROM wrong},
		qr/sku 1/, 'a value that does not convert');

	# ---- never a mixture ----

	$session = $hub->session;
	$session->answer('SELECT count(*) FROM postgres_numbers');
	$postgres->proxy->cut('down', 2_000_000, 'rst');
	like($session->answer(q{SELECT count(n) FROM (SELECT n, filler FROM postgres_numbers OFFSET 0) x WHERE filler <> '-'}), qr/^ERROR.*postgres/s, 'cut amid its rows: an error');
	$postgres->proxy->reset;
	my $small = $hub->session;
	$small->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($small->answer('SELECT total FROM postgres_orders WHERE id = 1'), $hub->sql('SELECT total - 1000 FROM kept.postgres_orders WHERE id = 1'), 'REPEATABLE READ: the source answers');
	down($postgres);
	like($small->answer('SELECT total FROM postgres_orders WHERE id = 1'), qr/^ERROR/, '... and is not replaced in the same snapshot');
	$small->do('ROLLBACK');
	$small->do('BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($small->answer('SELECT total FROM postgres_orders WHERE id = 1'), $hub->sql('SELECT total FROM kept.postgres_orders WHERE id = 1'), '... but in one that has not read it');
	$small->do('ROLLBACK');

	# ---- within the time of a client ----

	is($hub->session->answer('SELECT count(*) FROM postgres_orders a JOIN postgres_orders b USING (id)'), 60, 'two scans of one table that is down');
	up($postgres);
	my $waiting = $hub->session;
	$waiting->do(q{SET fraiseql.remote_timeout = '300ms'});
	$waiting->answer('SELECT count(*) FROM postgres_orders');
	$postgres->proxy->silence('both');
	is($waiting->answer('SELECT min(total) / 1000 FROM postgres_orders'), 1, 'a source that says nothing');
	$waiting->do(q{SET statement_timeout = '200ms'}, q{SET fraiseql.remote_timeout = '60s'});
	like($waiting->answer('SELECT min(total) / 1000 FROM postgres_orders'), qr/statement timeout/, 'statement_timeout is no failure of the source');
	$postgres->proxy->reset;

	# ---- circuit breaker ----

	$hub->sql(q{ALTER SERVER postgres OPTIONS (ADD circuit_breaker 'on')});
	$hub->sql(q{SELECT fraiseql.circuit_breaker_trip('postgres')});
	is($hub->session->answer('SELECT min(total) / 1000 FROM postgres_orders'), 1, 'an open circuit breaker');
	$answer = $shop->ask($hub->session, 'postgresOrders(limit: 1) { id }');
	is($answer->{extensions}{fallbacks}[0]{sqlstate}, '08X01', '... is the reason');
	$hub->sql(q{SELECT fraiseql.circuit_breaker_reset('postgres')});
	$hub->sql(q{ALTER SERVER postgres OPTIONS (SET circuit_breaker 'off')});

	# ---- privileges ----

	$hub->sql(q{
		CREATE ROLE reader;
		CREATE USER MAPPING FOR reader SERVER postgres OPTIONS (username 'remote', password 'of the remote');
		CREATE VIEW owners_view AS SELECT id, total FROM postgres_orders;
		GRANT SELECT ON postgres_orders, owners_view TO reader;
		GRANT USAGE ON SCHEMA kept TO reader});
	down($postgres);
	my $reader = $hub->session;
	$reader->do('SET ROLE reader');
	like($reader->answer('SELECT count(*) FROM postgres_orders'), qr/permission denied for table postgres_orders/, 'without the right to read the fallback');
	is($reader->answer('SELECT count(*) FROM owners_view'), 60, 'a view reads it as its owner');
	$hub->sql('GRANT SELECT (id, user_id) ON kept.postgres_orders TO reader');
	is($reader->answer('SELECT count(*) FROM postgres_orders WHERE user_id > 0'), 60, 'with the right to the columns that are read');
	like($reader->answer('SELECT sum(total) FROM postgres_orders'), qr/permission denied/, '... and not to others');
	$hub->sql('ALTER TABLE kept.postgres_orders ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON kept.postgres_orders FOR SELECT TO reader USING (user_id = 2)');
	is($reader->answer('SELECT count(*) FROM postgres_orders'), 3, 'row-level security of the fallback holds');
	is($reader->answer('SELECT count(*) FROM owners_view'), 60, '... for the role that reads it');
	$hub->sql('ALTER TABLE kept.postgres_orders DISABLE ROW LEVEL SECURITY');
	up($postgres);

	# ---- chains ----

	$hub->sql(q{ALTER FOREIGN TABLE postgres_orders OPTIONS (SET fallback 'mysql_orders')});
	down($postgres);
	is($hub->session->answer('SELECT sum(total) FROM postgres_orders'), $hub->sql('SELECT sum(total) FROM mysql_orders'), 'foreign answers for foreign');
	down($mysql);
	is($hub->session->answer('SELECT sum(total) FROM postgres_orders'), $hub->sql('SELECT sum(total) FROM kept.mysql_orders'), '... and local for that');
	$answer = $shop->ask($hub->session, 'postgresOrders(where: {id: {eq: 3}}) { total }');
	is(join(' ', map { "$_->{database}:$_->{fallback}" } @{ $answer->{extensions}{fallbacks} }), 'postgres:mysql_orders mysql:kept.mysql_orders', '... and the answer says both');
	is($answer->{data}{postgresOrders}[0]{total}, $hub->sql('SELECT total FROM kept.mysql_orders WHERE id = 3'), '... and is the last one\'s');
	$hub->sql(q{ALTER FOREIGN TABLE mysql_orders OPTIONS (DROP fallback)});
	fails('SELECT * FROM postgres_orders', qr/could not connect to server "mysql"/, 'the end of a chain that fails');
	$hub->sql(q{CREATE VIEW circle AS SELECT * FROM postgres_orders; ALTER FOREIGN TABLE mysql_orders OPTIONS (ADD fallback 'circle')});
	fails('SELECT * FROM postgres_orders', qr/the fallback of foreign table "postgres_orders" leads back to it/, 'a circle through a view');
	$hub->sql(q{ALTER FOREIGN TABLE mysql_orders OPTIONS (SET fallback 'kept.mysql_orders')});
	$hub->sql('ALTER TABLE kept.mysql_orders RENAME total TO sum');
	fails('SELECT total FROM mysql_orders', qr/the fallback "kept.mysql_orders" of foreign table "mysql_orders" has no column "total"/, 'a column that is gone');
	is($hub->session->answer('SELECT count(*) FROM mysql_orders WHERE id < 3'), 2, '... where it is not read');
	$hub->sql('ALTER TABLE kept.mysql_orders RENAME sum TO total');
	$hub->sql(q{ALTER FOREIGN TABLE postgres_orders OPTIONS (SET fallback 'kept.postgres_orders')});
	up($mysql);
	up($postgres);
}

# ---- a parameter that reads another source ----

foreach my $engine (grep { $_->name eq 'postgres' } @engines)
{
	$hub->sql(q{
		CREATE SERVER dead FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port '1', database 'none');
		CREATE USER MAPPING FOR CURRENT_USER SERVER dead OPTIONS (username 'none', password 'none');
		CREATE FOREIGN TABLE of_dead (id int) SERVER dead;
		CREATE FUNCTION asks(id int) RETURNS int STABLE LANGUAGE plpgsql AS $$
			BEGIN
				IF current_setting('test.dead') = 'on' THEN
					RETURN (SELECT max(d.id) FROM of_dead d);
				END IF;
				RETURN id;
			END $$;
		CREATE VIEW asking AS SELECT id, total FROM postgres_orders WHERE id = asks(7)});
	my $dead = qr/could not connect to server "dead"/;
	my $asking = $hub->session;
	my $request = q{SELECT fraiseql.graphql('{ askings { id total } }')};

	$asking->do(q{SET plan_cache_mode = force_generic_plan}, q{SET test.dead = 'off'},
		'PREPARE a (int) AS SELECT total FROM postgres_orders WHERE id = asks($1)',
		'PREPARE i (int) AS SELECT total FROM postgres_orders WHERE id = (SELECT max(id) FROM of_dead WHERE id > $1)');
	is($asking->answer('EXECUTE a (7)'), $hub->sql('SELECT total - 1000 FROM kept.postgres_orders WHERE id = 7'), 'a parameter that is a function');
	my $data = data_of($json->decode($asking->answer($request)));
	$asking->do(q{SET test.dead = 'on'});
	like($asking->answer('EXECUTE a (7)'), qr/^ERROR.*$dead/s, 'a parameter that reads a source that is down: no failure of the scan\'s own');
	like($asking->answer('EXECUTE i (7)'), qr/^ERROR.*$dead/s, '... nor is a subquery');
	my $answer = $json->decode($asking->answer($request));
	like($answer->{errors}[0]{message}, qr/"dead"/, '... in a request');
	ok(!exists $answer->{extensions}{fallbacks}, '... whose fallback is not used');
	$asking->do(q{SET test.dead = 'off'});
	is(data_of($json->decode($asking->answer($request))), $data, '... and which works again');
	is($asking->answer('EXECUTE a (7)'), $hub->sql('SELECT total - 1000 FROM kept.postgres_orders WHERE id = 7'), '... as does the statement');
	unlike(slurp_file($node->logfile), qr/non-empty SPI stack/, 'functions have ended as they should');
	down($engine);
	is($asking->answer('EXECUTE a (7)'), $hub->sql('SELECT total FROM kept.postgres_orders WHERE id = 7'), 'the fallback for such a parameter');
	$asking->do(q{SET test.dead = 'on'});
	like($asking->answer('EXECUTE a (7)'), qr/^ERROR.*$dead/s, '... has it evaluated as well');
	up($engine);
}

# ---- scenario S1: the primary is down, the cache answers ----

foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $reads = $hub->session;

	down($engine);
	is($reads->answer("SELECT total FROM ${name}_orders WHERE id = 4"), $hub->sql("SELECT total FROM kept.${name}_orders WHERE id = 4"), "$name is down: SQL reads the cache");
	my $answer = $shop->ask($reads, "${name}Order(id: 4) { total }");
	is($answer->{data}{"${name}Order"}{total}, $hub->sql("SELECT total FROM kept.${name}_orders WHERE id = 4"), "$name is down: GraphQL reads the cache");
	up($engine);
}

# ---- scenario S1: what is not in the new database yet is in the old one ----

# what a table with a fallback for missing rows is, for queries by key
my @by_key = (
	'SELECT * FROM %s WHERE id = 2',
	'SELECT * FROM %s WHERE id = 101',
	'SELECT * FROM %s WHERE id = 999',
	'SELECT * FROM %s WHERE id = ANY (ARRAY[1, 2, 101, 102, 999, 2, NULL]) ORDER BY id',
	'SELECT * FROM %s WHERE id IN (1, 101, 60) AND total > 1020 ORDER BY id',
	'SELECT count(*), sum(total), max(user_id) FROM %s WHERE id IN (3, 59, 101, 103)',
	'SELECT user_id, count(*) FROM %s WHERE id IN (1, 2, 3, 101, 102, 103) GROUP BY user_id ORDER BY 1',
	'SELECT id FROM %s WHERE id IN (1, 2, 3, 101, 102, 103) ORDER BY id DESC LIMIT 2',
	'SELECT id FROM %s WHERE id IN (1, 2, 3, 101, 102, 103) ORDER BY id OFFSET 2 LIMIT 3',
	'SELECT DISTINCT user_id FROM %s WHERE id IN (1, 2, 3, 101, 102, 103) ORDER BY 1',
	'SELECT id, row_number() OVER (ORDER BY id) FROM %s WHERE id IN (1, 2, 101, 102) ORDER BY 1',
	'SELECT u.name, o.id FROM users u JOIN %s o ON o.user_id = u.id WHERE o.id IN (1, 101, 102) ORDER BY o.id',
	'SELECT g, (SELECT total FROM %s o WHERE o.id = g) FROM generate_series(58, 63) g ORDER BY 1',
	'SELECT g, (SELECT total FROM %s o WHERE o.id = g + 0 AND o.user_id > 5) FROM generate_series(95, 105) g ORDER BY 1',
	'SELECT id FROM %s WHERE id = 101 AND id = ANY (ARRAY[1, 101])',
	'SELECT id FROM %s WHERE id = ANY (ARRAY[1, 101]::bigint[]) ORDER BY id',
	'SELECT id FROM %s WHERE id = 101::numeric',
	'SELECT count(*) FROM %s WHERE id = NULL',
	"SELECT count(*) FROM %s WHERE id = ANY ('{}'::int[])",
	'SELECT a.id, b.id FROM %s a, %s b WHERE a.id = 1 AND b.id = 101');

foreach my $engine (@engines)
{
	my $name = $engine->name;

	# the old database also has rows that the new one has, as they were
	$hub->sql(qq{
		CREATE TABLE kept.${name}_legacy AS SELECT id, user_id, total + 500 AS total FROM ${name}_orders WHERE id > 30
			UNION ALL SELECT i, 1 + i % 20, i + 2000 FROM generate_series(100, 120) i;
		ALTER FOREIGN TABLE ${name}_orders OPTIONS (SET fallback 'kept.${name}_legacy', ADD fallback_on 'missing');
		CREATE TABLE kept.${name}_new AS SELECT * FROM ${name}_orders;
		CREATE VIEW kept.${name}_both AS SELECT * FROM kept.${name}_new
			UNION ALL SELECT * FROM kept.${name}_legacy WHERE id NOT IN (SELECT id FROM kept.${name}_new)});
	my $kept = $hub->session;
	$kept->do('SET plan_cache_mode = force_generic_plan');
	foreach my $shape (@by_key)
	{
		my $expected = $hub->session->answer($shape =~ s/%s/kept.${name}_both/gr);

		is($hub->session->answer($shape =~ s/%s/${name}_orders/gr), $expected, "$name, missing: $shape");
	}
	$kept->do("PREPARE k (int[]) AS SELECT id, total FROM ${name}_orders WHERE id = ANY (\$1) ORDER BY id",
		"PREPARE one (int) AS SELECT total FROM ${name}_orders WHERE id = \$1",
		"PREPARE twice (int[]) AS SELECT id, user_id FROM ${name}_orders WHERE id = ANY (\$1) AND user_id = ANY (\$1) ORDER BY id");
	foreach my $ids ('{1,2,3}', '{100,101}', '{1,100,60,59,120,121}', '{}', '{NULL,100}')
	{
		is($kept->answer("EXECUTE k ('$ids')"), $hub->session->answer("SELECT id, total FROM kept.${name}_both WHERE id = ANY ('$ids'::int[]) ORDER BY id"), "$name, missing: keys $ids");
	}
	# what is asked for again is a part of the keys, but all of the users
	is($kept->answer("EXECUTE twice ('$_')"), $hub->session->answer("SELECT id, user_id FROM kept.${name}_both WHERE id = ANY ('$_'::int[]) AND user_id = ANY ('$_'::int[]) ORDER BY id"), "$name, missing: keys that are users as well $_")
	  foreach '{' . join(',', 1 .. 20, 100, 107) . '}';
	is($kept->answer("EXECUTE one ($_)"), $hub->sql("SELECT total FROM kept.${name}_both WHERE id = $_"), "$name, missing: key $_") foreach 1, 101, 60, 500;
	is($hub->session->answer("SELECT count(*) FROM ${name}_orders"), 60, "$name: what is not asked by key has the source's rows alone");

	my $answer = $shop->ask($hub->session, "new: ${name}Order(id: 5) { total } old: ${name}Order(id: 105) { total } none: ${name}Order(id: 999) { total }");
	is($json->encode($answer->{data}), qq({"new":{"total":@{[ $hub->sql("SELECT total FROM kept.${name}_new WHERE id = 5") ]}},"none":null,"old":{"total":2105}}), "$name, missing: GraphQL");
	is($json->encode($answer->{extensions}{fallbacks}), qq([{"database":"$name","fallback":"kept.${name}_legacy","path":["old"],"reason":"missing"}]), '... and it says what is from the old one');

	# a batch of keys of which some are missing
	$hub->sql(qq{CREATE TABLE ${name}_notes (id int PRIMARY KEY, ${name}_order_id int);
		SELECT fraiseql.add_relationship('order', '${name}_notes', '{${name}_order_id}', '${name}_orders', '{id}', 'one', null);
		INSERT INTO ${name}_notes SELECT i, i * 7 FROM generate_series(1, 20) i});
	$answer = $shop->ask($hub->session, "${name}Notes(orderBy: [{id: ASC}]) { order { id total } }");
	is($json->encode([ map { $_->{order} } @{ $answer->{data}{"${name}Notes"} } ]),
		$json->encode([ map { my ($id, $total) = split /\|/; defined $id && $id ne '' ? { id => $id, total => $total + 0 } : undef }
			split /\n/, $hub->sql("SELECT coalesce(o.id::text, '') || '|' || coalesce(o.total::text, '') FROM ${name}_notes n LEFT JOIN kept.${name}_both o ON o.id = n.${name}_order_id ORDER BY n.id") ]),
		"$name, missing: a batch of keys");
	# not an answer to failures, unless it is for both
	down($engine);
	like($hub->session->answer("SELECT total FROM ${name}_orders WHERE id = 5"), qr/^ERROR/, "$name is down: missing is not error");
	$hub->sql("ALTER FOREIGN TABLE ${name}_orders OPTIONS (SET fallback_on 'both')");
	is($hub->session->answer("SELECT total FROM ${name}_orders WHERE id = 45"), $hub->sql("SELECT total FROM kept.${name}_legacy WHERE id = 45"), "$name is down: both");
	up($engine);
	is($hub->session->answer("SELECT total FROM ${name}_orders WHERE id = 105"), 2105, "$name is back: both");
}

# ---- @source(affinity: CACHE): the fallback first, the source for what it lacks ----

foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $Name = ucfirst $name;

	# holds every other order, with its total plus 5000
	$hub->sql(qq{
		CREATE TABLE kept.${name}_cache AS SELECT id, user_id, total + 5000 AS total FROM kept.${name}_new WHERE id % 2 = 0;
		CREATE VIEW kept.${name}_first AS SELECT * FROM kept.${name}_cache
			UNION ALL SELECT * FROM kept.${name}_new WHERE id NOT IN (SELECT id FROM kept.${name}_cache)});
	foreach my $on (qw(error missing both))
	{
		my $reader = $hub->session;
		$hub->sql("ALTER FOREIGN TABLE ${name}_orders OPTIONS (SET fallback 'kept.${name}_cache', SET fallback_on '$on')");
		my $q = sub { my ($fields, $variables) = @_; my $text = $reader->answer("SELECT fraiseql.graphql(\$q\$$fields\$q\$" . ($variables ? ", '$variables'" : '') . ')'); return $text =~ /^ERROR/ ? $text : $json->decode($text) };
		my $answer = $q->("{ even: ${name}Order(id: 4) \@source(affinity: CACHE) { total } odd: ${name}Order(id: 5) \@source(affinity: CACHE) { total } none: ${name}Order(id: 999) \@source(affinity: CACHE) { total } plain: ${name}Order(id: 4) { total } }");
		is($json->encode($answer->{data}), qq({"even":{"total":@{[ $hub->sql("SELECT total FROM kept.${name}_first WHERE id = 4") ]}},"none":null,"odd":{"total":@{[ $hub->sql("SELECT total FROM kept.${name}_new WHERE id = 5") ]}},"plain":{"total":@{[ $hub->sql("SELECT total FROM kept.${name}_new WHERE id = 4") ]}}}), "$name, $on: the cache by key");
		is($json->encode($answer->{extensions}{fallbacks}), qq([{"database":"$name","fallback":"kept.${name}_cache","path":["even"],"reason":"cache"}]), '... and it says so');
		$answer = $q->("{ ${name}Notes(orderBy: [{id: ASC}]) { order \@source(affinity: CACHE) { id total } } }");
		is($json->encode([ map { $_->{order} } @{ $answer->{data}{"${name}Notes"} } ]),
			$json->encode([ map { my ($id, $total) = split /\|/; defined $id && $id ne '' ? { id => $id, total => $total + 0 } : undef }
				split /\n/, $hub->sql("SELECT coalesce(o.id::text, '') || '|' || coalesce(o.total::text, '') FROM ${name}_notes n LEFT JOIN kept.${name}_first o ON o.id = n.${name}_order_id ORDER BY n.id") ]),
			"$name, $on: a batch of keys from the cache and the source");
		$answer = $q->("query (\$a: SourceAffinity) { ${name}Orders(where: {user_id: {lte: 3}}, orderBy: [{id: ASC}], limit: 4) \@source(affinity: \$a) { id total } }" =~ s/user_id/userId/r, $_->[0])
		  and is($json->encode($answer->{data}{"${name}Orders"}), $json->encode([ map { my ($id, $total) = split /\|/; { id => $id, total => $total + 0 } } split /\n/, $hub->sql("SELECT id || '|' || total FROM kept.${name}_$_->[1] WHERE user_id <= 3 ORDER BY id LIMIT 4") ]), "$name, $on: a list, by variable $_->[0]")
		  foreach [ '{"a": "CACHE"}', 'cache' ], [ '{"a": "PRIMARY"}', 'new' ], [ '{"a": null}', 'new' ], [ '{}', 'new' ], [ '{"a": "CACHE"}', 'cache' ];
		my $ids = join ', ', 1 .. 20;
		$answer = $q->("{ ${name}Orders(where: {id: {in: [$ids]}, userId: {in: [$ids]}}, orderBy: [{id: ASC}]) \@source(affinity: CACHE) { id } }");
		is(join(' ', map { $_->{id} } @{ $answer->{data}{"${name}Orders"} }), $hub->sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM kept.${name}_first WHERE id IN ($ids) AND user_id IN ($ids)"), "$name, $on: keys that are users as well");
		down($engine);
		$answer = $q->("{ ${name}Orders(orderBy: [{id: ASC}], limit: 2) \@source(affinity: CACHE) { id } even: ${name}Order(id: 4) \@source(affinity: CACHE) { id } }");
		is($json->encode($answer->{data}), qq({"even":{"id":"4"},"${name}Orders":[{"id":"2"},{"id":"4"}]}), "$name, $on: what the cache has needs no source");
		$answer = $q->("{ odd: ${name}Order(id: 5) \@source(affinity: CACHE) { id } }");
		is(scalar @{ $answer->{errors} // [] }, $on eq 'missing' ? 1 : 0, "$name, $on: what it lacks does, as fallback_on says");
		up($engine);
	}
}
my $wrong = sub { my ($fields, $error, $what) = @_; my $answer = $shop->ask($hub->session, $fields); like(join(' ', map { $_->{message} } @{ $answer->{errors} // [] }), $error, $what) };
$wrong->('users { id name @source(affinity: CACHE) }', qr/has no meaning for "name", which reads no table of its own/, '@source of a column');
$wrong->('users @source(server: "x") { id }', qr/Argument "server" of directive "\@source" is the schema's/, '@source(server:) of a field');
$wrong->('users @source { id }', qr/needs the argument "affinity"/, '@source without affinity');
$wrong->('users @source(affinity: NEAR) { id }', qr/Value "NEAR" does not exist in "SourceAffinity" enum/, '@source with another word');
$wrong->('users @source(affinity: CACHE) { id } users @source(affinity: PRIMARY) { name }', qr/different affinities/, 'two that contradict each other');
$wrong->('users @source(affinity: PRIMARY) { __typename @source(affinity: CACHE) }', qr/has no meaning for "__typename"/, '@source of __typename');
is($shop->ask($hub->session, 'users(limit: 1, orderBy: [{id: ASC}]) @source(affinity: PRIMARY) { id }')->{data}{users}[0]{id}, '1', 'of a table of the hub');

# a key of several columns, and a source that is asked for what it has not only once
$hub->sql(q{
	CREATE TABLE kept.pairs AS SELECT a, b, a * 10 + b AS c FROM generate_series(1, 5) a, generate_series(1, 5) b;
	CREATE TABLE kept.both_pairs (a int, b int, c int)});
foreach my $engine (grep { $_->name =~ /^(sqlite|mysql|postgres)$/ } @engines)
{
	my $name = $engine->name;

	$engine->run_remote('CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, c int, PRIMARY KEY (a, b))', 'INSERT INTO pairs VALUES (1, 1, 100), (1, 2, 200), (2, 2, 300)');
	$hub->sql($engine->foreign_table('pairs', "a int OPTIONS (key 'true') NOT NULL, b int OPTIONS (key 'true') NOT NULL, c int") . "ALTER FOREIGN TABLE $name.pairs OPTIONS (ADD fallback 'kept.pairs', ADD fallback_on 'missing')");
	is($hub->session->answer("SELECT string_agg(format('%s:%s:%s', a, b, c), ' ' ORDER BY a, b) FROM $name.pairs WHERE a IN (1, 2) AND b IN (1, 2)"), '1:1:100 1:2:200 2:1:21 2:2:300', "$name: keys of two columns");
	is($hub->session->answer("SELECT count(*) FROM $name.pairs WHERE a = 1"), 2, '... and a part of one');
}

$hub->stop;
done_testing();
