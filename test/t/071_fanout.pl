# Many keys and many rows, on all engines: keys go out in batches that suit the
# engine, rows go from the wire to JSON with and without tuples, and beyond
# what a request may have of memory they wait in temporary files.
#
# FSQ_KEYS is the number of keys of the largest request (500,000).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

use FraiseqlTest;

my $json = JSON::PP->new->canonical;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)],
	conf => "search_path = 'public'\nfraiseql.timeout = 0\nfraiseql.naming = preserve\nfraiseql.bigint_as = number\nlog_temp_files = 0\n");
my @engines = $hub->engines;
my $most = $ENV{FSQ_KEYS} // 500_000;

sub schema { my ($engine) = @_; return $engine->{schema} ? "schema_name '$engine->{schema}', " : ''; }

sub graphql { my ($query) = @_; return "fraiseql.graphql(\$graphql\$$query\$graphql\$)"; }

sub ask { my ($session, $query) = @_; return $json->decode($session->answer('SELECT ' . graphql($query))); }

# ---- the same text, from the wire or from tuples ----

# Values of each column, written for any engine; what is declared of them on the
# hub fits some of them.
my @rows = (
	[ "'plain'", '12.3400', '7', "'2024-02-29'", "'2024-02-29 12:34:56.500000'", '1.5', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ],
	[ "'it''s \"quoted\" \\ and / more'", '-0.5000', '-2147483648', "'9999-12-31'", "'9999-12-31 23:59:59.999999'", '-1e300', "'00000000-0000-0000-0000-000000000000'" ],
	[ "'é日本😀'", '0.0000', '0', "'1753-01-01'", "'1753-01-01 00:00:00'", '0', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12'" ],
	[ "''", '99999.0000', '2147483647', "'2000-01-01'", "'2000-01-01 00:00:00.000001'", '0.1', "'ffffffff-ffff-ffff-ffff-ffffffffffff'" ],
	[ "'-000.50'", '1234567890123456.7891', '100', "'2024-12-31'", "'2024-12-31 23:59:59'", '123456789', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ],
	[ "'-12.50'", '-1.0000', '1', "'2024-12-31'", "'2024-12-31 23:59:59.120'", '1e-5', 'NULL' ],
	[ "'{\"a\": [1, null]}'", '0.0001', '-1', "'2024-06-30'", "'2024-06-30 01:02:03.004'", '42', 'NULL' ],
	[ "'2024-02-30'", '100.0000', '5', "'2024-06-30'", "'2024-06-30 00:00:00.100000'", '42', 'NULL' ],
	[ "'2024-02-29 24:00:00'", '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ "'0000-01-01 00:00:00'", '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ "'1e3'", '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ "'00000000000000000000000000000000000000000007.10'", '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ "'t'", '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ ("'a\tb" . "\n" . "c'"), '1.5000', '3', "'2024-06-30'", "'2024-06-30 00:00:00'", '42', 'NULL' ],
	[ ("NULL") x 7 ]);
my @names = qw(s n i d t f u);
my @declared = ('text', 'varchar', 'varchar(5)', 'char(60)', 'numeric', 'numeric(10,2)', 'numeric(20,4)', 'numeric(24,8)', 'numeric(3,0)', 'smallint',
	'integer', 'bigint', 'real', 'double precision', 'date', 'timestamp', 'timestamp(0)', 'timestamp(3)', 'timestamptz', 'time', 'uuid', 'json', 'jsonb',
	'boolean', 'name', 'bytea', 'short', 'given');
my %types = (
	mysql => [ 'varchar(100) CHARACTER SET utf8mb4', 'decimal(20,4)', 'int', 'date', 'datetime(6)', 'double', 'char(36)' ],
	postgres => [ 'varchar(100)', 'numeric(20,4)', 'int', 'date', 'timestamp', 'double precision', 'text' ],
	sqlserver => [ 'nvarchar(100)', 'decimal(20,4)', 'int', 'date', 'datetime2(6)', 'float', 'char(36)' ],
	sqlite => [ 'TEXT', 'TEXT', 'INTEGER', 'TEXT', 'TEXT', 'REAL', 'TEXT' ]);

# How many answers there are for the rows and columns of a table, how many of
# them are data, and which differ.
$hub->sql(q{
	CREATE DOMAIN short AS text CHECK (length(value) < 6);
	CREATE DOMAIN given AS numeric NOT NULL CHECK (value > -100);
	CREATE FUNCTION compare(kind text, OUT asked int, OUT good int, OUT different text[]) LANGUAGE plpgsql AS $$
	DECLARE
		field name;
		query text;
		direct text;
		tuples text;
	BEGIN
		asked := 0; good := 0; different := '{}';
		FOR field IN SELECT attname FROM pg_attribute WHERE attrelid = kind::regclass AND attnum > 1 ORDER BY attnum LOOP
			FOR row IN 1 .. 15 LOOP
				query := format('{ %s(where: {id: {eq: %s}}) { id a: %s %s } }', kind, row, field, field);
				SET LOCAL fraiseql.direct_path = on;
				direct := fraiseql.graphql(query)::text;
				SET LOCAL fraiseql.direct_path = off;
				tuples := fraiseql.graphql(query)::text;
				asked := asked + 1;
				good := good + (direct NOT LIKE '%"errors"%')::int;
				IF direct <> tuples THEN
					different := different || (field || ': ' || direct || ' ' || tuples);
				END IF;
			END LOOP;
		END LOOP;
	END $$;
});
foreach my $engine (@engines)
{
	my $name = $engine->name;
	my @columns = @{ $types{$name} };
	my $unicode = $name eq 'sqlserver' ? 'N' : '';
	my @fields;

	$engine->run_remote("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", 'SET NAMES utf8mb4') if $name eq 'mysql';
	$engine->run_remote('CREATE TABLE kinds (id int PRIMARY KEY, ' . join(', ', map { "$names[$_] $columns[$_]" } 0 .. $#names) . ')',
		map { "INSERT INTO kinds VALUES ($_, " . join(', ', map { /^'/ ? $unicode . $_ : $_ } @{ $rows[ $_ - 1 ] }) . ')' } 1 .. @rows);
	foreach my $column (@names)
	{
		push @fields, map { "${column}_$_ $declared[$_] OPTIONS (column_name '$column')" } 0 .. $#declared;
	}
	$hub->sql("CREATE FOREIGN TABLE ${name}_kinds (id int OPTIONS (key 'true') NOT NULL, " . join(', ', @fields) . ") SERVER $name OPTIONS (" . schema($engine) . "table_name 'kinds')");
	my $session = $hub->session;
	foreach my $settings ([], ['SET datestyle = german', "SET timezone = 'Asia/Kathmandu'", 'SET fraiseql.numeric_as = number', 'SET extra_float_digits = 0'])
	{
		$session->do(@$settings);
		my ($asked, $good, $different) = split /\|/, $session->answer("SELECT asked || '|' || good || '|' || array_to_string(different, E'\\n') FROM compare('${name}_kinds')"), 3;
		is($different, '', "$name: the same with and without tuples");
		is($asked, @rows * @names * @declared, "$name: all were asked for");
		cmp_ok($good, '>', $asked / 5, "$name: $good of $asked are data");
	}
}

# ---- many keys ----

# The text of a request for each number of keys, and the one that is right: the
# engine's numbers go up to 200000.
sub numbers_query { my ($name, $keys) = @_; return graphql("{ keys(where: {n: {lte: $keys}}) { n $name { n } } }") . '::text'; }

sub numbers_answer
{
	my ($name, $keys) = @_;
	return qq{(SELECT '{"data":{"keys":[' || string_agg(format('{"n":"%s","$name":%s}', i, CASE WHEN i <= 200000 THEN format('{"n":"%s"}', i) ELSE 'null' END), ',' ORDER BY i) || ']}}' FROM generate_series(1, $keys) i)};
}

$hub->sql("CREATE TABLE keys (n int PRIMARY KEY); INSERT INTO keys SELECT generate_series(1, $most); ANALYZE keys");
foreach my $engine (@engines)
{
	my $name = $engine->name;

	$hub->sql("CREATE FOREIGN TABLE ${name}_numbers (n int OPTIONS (key 'true') NOT NULL) SERVER $name OPTIONS (" . schema($engine) . "table_name 'numbers');
		SELECT fraiseql.add_relationship('$name', 'keys', '{n}', '${name}_numbers', '{n}', 'one')");
	foreach my $settings ('SET fraiseql.join_strategy = parallel', 'SET fraiseql.max_concurrent_queries = 2', 'SET fraiseql.join_strategy = sequential')
	{
		my $session = $hub->session;

		$session->do($settings);
		is($session->answer('SELECT ' . numbers_query($name, 50_000) . ' = ' . numbers_answer($name, 50_000)), '1', "$name: 50000 keys ($settings)");
	}
	my $session = $hub->session;
	$session->do('SET fraiseql.trace = on');
	my $statements = { mysql => 20, sqlserver => 50 }->{$name} // 1;
	my @routes;

	# The network is slower than this backend on a machine that does other things
	# as well, so that connections are made, which are there the second time.
	$engine->proxy->latency(100) if !$engine->in_process;
	foreach (1 .. 2)
	{
		my $routes = ask($session, "{ keys(where: {n: {lte: 50000}}) { n $name { n } } }")->{extensions}{trace}{routes};

		@routes = sort { $a->{started_ms} <=> $b->{started_ms} } grep { @{ $_->{path} } == 2 } @$routes;
		is(scalar @routes, $statements, "$name: in $statements statements");
	}
	$engine->proxy->latency(0) if !$engine->in_process;
	cmp_ok($routes[1]{started_ms}, '<', $routes[0]{started_ms} + $routes[0]{time_ms}, "$name: side by side") if @routes > 1;
	$session->do('SET fraiseql.trace = off');
	is($session->answer('SELECT ' . numbers_query($name, $most) . ' = ' . numbers_answer($name, $most)), '1', "$name: $most keys");
}

# Long keys fill a statement before many short ones would.
$hub->sql("CREATE TABLE texts (id int PRIMARY KEY, k text NOT NULL); INSERT INTO texts SELECT i, i || repeat('x', 4000) FROM generate_series(1, 6000) i; UPDATE texts SET k = 'one' WHERE id = 1; UPDATE texts SET k = 'two' WHERE id = 6000; ANALYZE texts");
foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $session = $hub->session;

	$hub->sql("CREATE FOREIGN TABLE ${name}_small (id int OPTIONS (key 'true') NOT NULL, name text NOT NULL) SERVER $name OPTIONS (" . schema($engine) . "table_name 'small');
		SELECT fraiseql.add_relationship('$name', 'texts', '{k}', '${name}_small', '{name}', 'one')");
	is($session->answer('SELECT string_agg(t::text, \' \') FROM json_array_elements(' . graphql("{ texts { id $name { name } } }") . "->'data'->'texts') t WHERE t->>'$name' IS NOT NULL"),
		qq({"id":"1","$name":{"name":"one"}} {"id":"6000","$name":{"name":"two"}}), "$name: 24 MB of keys");
}

# ---- memory ----

# 50,000 parents with 20 children each: 1,000,000 rows, most of them not in memory.
my ($engine) = grep { $_->name eq 'mysql' } @engines;
$engine //= $engines[0];
my $name = $engine->name;
$hub->sql(q{
	CREATE TABLE parents (id int PRIMARY KEY, name text NOT NULL);
	INSERT INTO parents SELECT i, 'parent ' || i FROM generate_series(1, 50000) i;
	CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, name text NOT NULL);
	INSERT INTO children SELECT i, 1 + i % 50000, 'the child of a parent ' || i FROM generate_series(1, 1000000) i;
	ANALYZE parents, children;
});
my $family = '(SELECT ' . graphql('{ parents { id name children { id parent { id } name } } }') . '::text AS t) x';
{
	my $session = $hub->session;
	my $before = $session->memory;
	my $log = -s $hub->node->logfile;
	my $most = 0;
	my $in_memory;

	$session->do("SET fraiseql.work_mem = '4GB'", 'SET log_temp_files = -1', 'SET enable_sort = off');
	$in_memory = $session->answer("SELECT length(t) || ' ' || md5(t) FROM $family");
	$session = $hub->session;
	$session->do("SET fraiseql.work_mem = '1MB'");
	$session->start("CREATE TEMP TABLE answer AS SELECT length(t) || ' ' || md5(t) AS t FROM $family");
	until ($session->{dbh}->pg_ready)
	{
		my $now = $session->memory;

		$most = $now if $now > $most;
		sleep 0.01;
	}
	$session->finish;
	is($session->answer('TABLE answer'), $in_memory, 'texts in files: the same response');
	my ($length) = $in_memory =~ /^(\d+)/ or die "$in_memory\n";
	cmp_ok($length, '>', 80_000_000, "of $length bytes");
	my @sizes = slurp_file($hub->node->logfile, $log) =~ /temporary file: path "[^"]*", size (\d+)/g;
	cmp_ok((sort { $b <=> $a } @sizes)[0] // 0, '>', $length / 2, 'which were in a file');
	note sprintf '%d MB of response, a backend of %d MB', $length / 1e6, $most / 1024;
	cmp_ok($most - $before, '<', 200_000 + 2 * $length / 1024, 'and not in memory beside the response itself');
	is($session->answer("SELECT count(*) FROM pg_ls_tmpdir()"), 0, 'no file is left');

	# rows without children, each of which is far from the next of its parent
	my $apart = '(SELECT ' . graphql('{ parents(orderBy: [{id: ASC}]) { id children(orderBy: [{id: ASC}]) { id name } } }') . '::text AS t) x';
	my $expected = $session->answer(q{
		SELECT md5('{"data":{"parents":[' || string_agg(format('{"id":"%s","children":[%s]}', parent_id, list), ',' ORDER BY parent_id) || ']}}')
		FROM (SELECT parent_id, string_agg(format('{"id":"%s","name":"%s"}', id, name), ',' ORDER BY id) AS list FROM children GROUP BY parent_id) x});

	foreach my $memory ('1MB', '20MB', '4GB')
	{
		$session->do("SET fraiseql.work_mem = '$memory'");
		is($session->answer("SELECT md5(t) FROM $apart"), $expected, "rows that lie apart, in $memory");
	}
}

# ---- too large ----

# The response that refuses a request, by the path of its error.
sub too_large
{
	my (@path) = @_;
	return $json->encode({ data => undef, errors => [ { message => 'The response would be larger than 1MB.', path => \@path,
		extensions => { code => 'DATABASE_ERROR', sqlstate => '54000', hint => 'Ask for less at once, with limit and offset, or raise fraiseql.max_result_size.' } } ] });
}

# A response, without where its errors are from.
sub refused
{
	my ($answer) = @_;

	foreach my $error (@{ $answer->{errors} // [] })
	{
		delete $error->{locations};
		delete $error->{extensions}{database};
	}
	return $json->encode($answer);
}

foreach my $direct ('on', 'off')
{
	my $session = $hub->session;

	$session->do("SET fraiseql.max_result_size = '1MB'", "SET fraiseql.direct_path = $direct");
	is(refused(ask($session, '{ parents { id name } }')), too_large('parents'), 'too many rows of the hub');
	is(refused(ask($session, '{ parents(limit: 10) { id children { parent { children { parent { children { parent { children { name } } } } } } } } }')),
		too_large(qw(parents children parent children parent children parent children)), 'few rows, shown too often');
	is(refused(ask($session, "{ keys(limit: 20000) { n $name { n } } parents { name } }")), too_large('parents'), 'rows of several fields together');
	foreach my $engine (@engines)
	{
		my $name = $engine->name;

		$hub->sql("CREATE FOREIGN TABLE ${name}_fillers (n int OPTIONS (key 'true') NOT NULL, filler varchar(100)) SERVER $name OPTIONS (" . schema($engine) . "table_name 'numbers');
			CREATE FOREIGN TABLE ${name}_busy (c bigint) SERVER $name OPTIONS (" . schema($engine) . "table_name 'busy');
			SELECT fraiseql.add_relationship('more', '${name}_fillers', '{n}', 'children', '{parent_id}', 'many')") if $direct eq 'on';
		is(refused(ask($session, "{ ${name}_fillers(where: {n: {gt: 0}}) { n filler more { id } } }")), too_large("${name}_fillers"), "$name: too many rows");
		is($session->answer('SELECT length(' . graphql("{ ${name}_fillers(limit: 5000) { n filler } }") . '::text)') =~ /^6\d{5}$/, 1, "$name: and fewer, then");
		next if $engine->in_process;
		# a statement runs there when the hub finds out
		my $gate = $hub->session;
		$session->answer("SELECT fraiseql.explain('{ ${name}_busies { c } }')");
		$gate->do('BEGIN', 'LOCK TABLE parents');
		$session->do('DROP TABLE IF EXISTS answer');
		$session->start('CREATE TEMP TABLE answer AS SELECT ' . graphql("{ ${name}_busies { c } parents { id name } }") . ' AS t');
		ok(FraiseqlTest::wait_until(sub { $engine->running }), "$name: a statement that runs for years");
		$gate->do('ROLLBACK');
		$session->finish;
		is(refused($json->decode($session->answer('TABLE answer'))), too_large('parents'), "$name: it is not waited for");
		ok(FraiseqlTest::wait_until(sub { $engine->running == 0 }), "$name: it was stopped");
	}
}

done_testing();
