# Filters and orders over relationships between databases: the same answer as
# over tables of the hub, wherever each table is, and never by reading the
# larger side whole.
#
# users, orders and items are in the hub and on each engine, with the same
# rows; a placement is a schema that takes each of them from somewhere.  Keys
# have other types on the two sides: integer and bigint, uuid and char(36).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use JSON::PP;
use Test::More;

use FraiseqlTest;

my $json = JSON::PP->new->canonical->allow_nonref;
my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)], conf => "jit = off\n");
my @engines = $hub->engines;
my @network = grep { !$_->in_process } @engines;
my ($users, $orders, $items) = (300, 2400, 4800);
my $seed = $ENV{FSQ_SEED} // 4711;
my $rounds = $ENV{FSQ_ROUNDS} // 40;
srand($seed);

# ---- the tables ----

sub pick { return $_[ rand @_ ] }
sub maybe { return rand() < $_[0] }
sub literal { my ($value) = @_; return !defined $value ? 'NULL' : $value =~ /^-?\d+$/ ? $value : "'$value'"; }

my @names = ('ann', 'Ann', 'ANN ', 'bob', '', ' bob', 'b_b', 'Zoe', 'zoe', 'o%o', 'a-b', 'ab', 'aB', '10', '9');
my @codes = map { sprintf '%08x-1111-4abc-8def-%012x', $_ * 2654435761 % 2**32, $_ * 77777 } 1 .. $users;
my %rows = (
	# the last ones have neither orders nor a code
	users => [ map { [ $_, pick(@names, undef), $_ % 50 ? $codes[ $_ - 1 ] : undef, pick(0 .. 5, undef) ] } 1 .. $users ],
	orders => [ map { [ $_, pick(1 .. $users - 20, undef, 9999), do { my $code = pick(@codes, undef); $code && maybe(0.5) ? uc $code : $code }, pick(0 .. 499, undef) ] } 1 .. $orders ],
	items => [ map { [ $_, pick(1 .. $orders, undef), pick(1 .. 3), 'sku ' . int rand 40 ] } 1 .. $items ]);
my %columns = (
	users => [ [ 'id', 'int' ], [ 'name', 'varchar(20)' ], [ 'code', 'char(36)' ], [ 'tier', 'int' ] ],
	orders => [ [ 'id', 'bigint' ], [ 'user_id', 'bigint' ], [ 'user_code', 'char(36)' ], [ 'total', 'int' ] ],
	items => [ [ 'id', 'int' ], [ 'order_id', 'int' ], [ 'n', 'int' ], [ 'sku', 'varchar(20)' ] ]);
# as the hub sees them, and its own
my %foreign = (
	users => 'id int NOT NULL, name varchar(20), code uuid, tier int',
	orders => 'id bigint NOT NULL, user_id bigint, user_code char(36), total int',
	items => 'id int NOT NULL, order_id int, n int NOT NULL, sku varchar(20) NOT NULL');
my %own = (
	users => 'id int PRIMARY KEY, name varchar(20), code uuid UNIQUE, tier int',
	orders => 'id int PRIMARY KEY, user_id int, user_code uuid, total int',
	items => 'id int PRIMARY KEY, order_id bigint, n int NOT NULL, sku varchar(20) NOT NULL');
my %indexed = (users => 'code', orders => 'user_id', items => 'order_id');

sub inserts
{
	my ($table) = @_;
	my @values = map { '(' . join(', ', map { literal($_) } @$_) . ')' } @{ $rows{$table} };
	my @statements;
	push @statements, "INSERT INTO $table VALUES " . join(', ', splice @values, 0, 600) while @values;
	return @statements;
}

foreach my $engine (@engines)
{
	foreach my $table (sort keys %columns)
	{
		$engine->run_remote(
			"CREATE TABLE $table (" . join(', ', map { "$_->[0] $_->[1]" . ($_->[0] eq 'id' ? ' NOT NULL PRIMARY KEY' : $_->[0] eq 'sku' || $_->[0] eq 'n' ? ' NOT NULL' : '') } @{ $columns{$table} }) . ')',
			"CREATE INDEX i_$table ON $table ($indexed{$table})",
			inserts($table));
	}
}
$_->run_remote('ANALYZE') foreach grep { $_->name =~ /^(postgres|sqlite)$/ } @engines;

# Placements: where users, orders and items are; near is the truth.
my %placement = (near => [ ('hub') x 3 ]);
{
	my @places = ('hub', map { $_->name } @engines);
	foreach my $engine (map { $_->name } @engines)
	{
		$placement{"${engine}_orders"} = [ 'hub', $engine, 'hub' ];
		$placement{"${engine}_users"} = [ $engine, 'hub', $engine ];
		$placement{"${engine}_all"} = [ ($engine) x 3 ];
		$placement{"${engine}_mixed"} = [ map { pick(@places) } 1 .. 3 ];
	}
}
my @placements = grep { $_ ne 'near' } sort keys %placement;

$hub->sql('CREATE ROLE guest LOGIN');
foreach my $schema ('near', @placements)
{
	my %at;
	my $sql = "CREATE SCHEMA $schema; SET search_path = $schema; GRANT USAGE ON SCHEMA $schema TO guest;";
	@at{qw(users orders items)} = @{ $placement{$schema} };
	foreach my $table (qw(users orders items))
	{
		my ($engine) = grep { $_->name eq $at{$table} } @engines;
		if (!$engine)
		{
			$sql .= join ';', "CREATE TABLE $table ($own{$table})", inserts($table), "CREATE INDEX ON $table ($indexed{$table})", "ANALYZE $table;";
			next;
		}
		(my $definition = $foreign{$table}) =~ s/^(id \w+)/$1 OPTIONS (key 'true')/;
		my $remote = $engine->{schema} ? "schema_name '$engine->{schema}', " : '';
		$sql .= "CREATE FOREIGN TABLE $table ($definition) SERVER $at{$table} OPTIONS (${remote}table_name '$table');";
	}
	$sql .= "SELECT fraiseql.add_relationship('user', '$schema.orders', '{user_id}', '$schema.users', '{id}', 'one', 'orders');
		SELECT fraiseql.add_relationship('coded', '$schema.orders', '{user_code}', '$schema.users', '{code}', 'one', 'marked');
		SELECT fraiseql.add_relationship('order', '$schema.items', '{order_id}', '$schema.orders', '{id}', 'one', 'items');
		SELECT fraiseql.add_relationship('peer', '$schema.items', '{order_id, n}', '$schema.orders', '{id, total}', 'many', 'peers');";
	$hub->sql($sql);
}

sub ask
{
	my ($session, $query) = @_;
	my $answer = $session->answer("SELECT fraiseql.graphql(\$graphql\$$query\$graphql\$)");
	return $answer =~ /^ERROR/ ? { errors => $answer } : $json->decode($answer);
}

# A bigint is a string, an integer is not.
sub plain
{
	my ($value) = @_;
	return [ map { plain($_) } @$value ] if ref $value eq 'ARRAY';
	return { map { $_ => plain($value->{$_}) } keys %$value } if ref $value eq 'HASH';
	return defined $value ? "$value" : undef;
}

sub text { return $json->encode(plain($_[0])); }

# ---- the same answer ----

my %relations = (
	users => { orders => [ 'orders', 1 ], marked => [ 'orders', 1 ] },
	orders => { user => ['users'], coded => ['users'], items => [ 'items', 1 ], peers => [ 'items', 1 ] },
	items => { order => ['orders'], peer => [ 'orders', 1 ] });
my %fields = (
	users => { id => 1, name => 0, tier => 1 },
	orders => { id => 1, userId => 1, total => 1 },
	items => { id => 1, orderId => 1, n => 1, sku => 0 });

sub filter
{
	my ($number, $field) = @_;
	return $number ? pick('{lt: ' . int(rand 500) . '}', '{gt: ' . int(rand 500) . '}', '{eq: ' . int(rand 40) . '}', '{in: [1, 7, ' . int(rand 300) . ']}', '{isnull: true}')
	  : pick('{eq: "ann"}', '{neq: "bob"}', '{gt: "b"}', '{startswith: "a"}', '{isnull: false}', '{in: ["sku 1", "Zoe"]}');
}

sub where
{
	my ($table, $depth) = @_;
	my %where;
	foreach (1 .. 1 + rand 2)
	{
		if ($depth && maybe(0.6))
		{
			my $field = pick(sort keys %{ $relations{$table} });
			my ($target, $many) = @{ $relations{$table}{$field} };
			my $inner = maybe(0.15) ? '{}' : where($target, $depth - 1);
			$where{$field} = $many ? '{' . pick(qw(some none every)) . ": $inner}" : $inner;
		}
		elsif ($depth && maybe(0.3))
		{
			my $word = pick(qw(_and _or _not));
			$where{$word} = $word eq '_not' ? where($table, $depth - 1) : '[' . join(', ', map { where($table, $depth - 1) } 1 .. 2) . ']';
		}
		else
		{
			my $field = pick(sort keys %{ $fields{$table} });
			$where{$field} = filter($fields{$table}{$field}, $field);
		}
	}
	return '{' . join(', ', map { "$_: $where{$_}" } sort keys %where) . '}';
}

sub order
{
	my ($table, $depth) = @_;
	my @one = grep { !$relations{$table}{$_}[1] } sort keys %{ $relations{$table} };
	if ($depth && @one && maybe(0.7))
	{
		my $field = pick(@one);
		return "{$field: " . order($relations{$table}{$field}[0], $depth - 1) . '}';
	}
	return '{' . pick(sort keys %{ $fields{$table} }) . ': ' . pick(qw(ASC DESC ASC_NULLS_FIRST DESC_NULLS_LAST)) . '}';
}

sub list
{
	my ($table, $depth) = @_;
	my @arguments = ('orderBy: [' . join(', ', map { order($table, 2) } 1 .. 1 + rand 2) . ']');
	push @arguments, 'where: ' . where($table, 2) if maybe(0.8);
	push @arguments, 'limit: ' . int(1 + rand 30) if maybe(0.5) || $depth == 0;
	push @arguments, 'offset: ' . int(rand 10) if maybe(0.3);
	my @selected = ('id', sort grep { maybe(0.5) } grep { $_ ne 'id' } keys %{ $fields{$table} });
	if ($depth)
	{
		my $field = pick(sort keys %{ $relations{$table} });
		my ($target, $many) = @{ $relations{$table}{$field} };
		push @selected, $many ? "$field: $field" . list($target, $depth - 1) : "$field { id }";
	}
	return '(' . join(', ', @arguments) . ') { ' . join(' ', @selected) . ' }';
}

my @fixed = (
	'{ users(where: {orders: {some: {total: {gt: 490}}}}, orderBy: [{id: ASC}]) { id } }',
	'{ users(where: {orders: {none: {}}}, orderBy: [{id: ASC}]) { id } }',
	'{ users(where: {orders: {every: {total: {gte: 100}}}}, orderBy: [{id: ASC}]) { id } }',
	'{ users(where: {_not: {marked: {some: {total: {lt: 400}}}}}, orderBy: [{id: ASC}]) { id } }',
	'{ orders(where: {_not: {user: {}}}, orderBy: [{id: ASC}]) { id userId } }',
	'{ orders(where: {_or: [{user: {name: {eq: "ann"}}}, {coded: {tier: {eq: 3}}}]}, orderBy: [{id: ASC}], limit: 50) { id } }',
	'{ items(where: {order: {user: {orders: {some: {items: {some: {sku: {eq: "sku 1"}}}}}}}}, orderBy: [{id: ASC}], limit: 20) { id } }',
	'{ orders(where: {peers: {none: {}}, id: {lt: 60}}, orderBy: [{id: ASC}]) { id } items(where: {peer: {some: {}}}, orderBy: [{id: ASC}]) { id } }',
	'{ orders(orderBy: [{user: {name: ASC}}, {coded: {name: DESC_NULLS_LAST}}], limit: 40) { id } }',
	'{ items(orderBy: [{order: {user: {name: DESC}}}, {order: {total: ASC}}], limit: 40, offset: 100) { id } }',
	'{ users(where: {id: {in: [1, 2, 3]}}, orderBy: [{id: ASC}]) { id orders(orderBy: [{coded: {name: ASC}}], where: {items: {some: {n: {eq: 1}}}}, limit: 3) { id } } }');

my %expected;
{
	my $session = $hub->session;
	my @queries = (@fixed, map { '{ ' . do { my $table = pick(qw(users orders items)); $table . list($table, int rand 2) } . ' }' } 1 .. $rounds);
	my ($different, $filled) = (0, 0);
	my @ways = ('auto', 'related', 'own');

	foreach my $query (@queries)
	{
		$session->do('SET search_path = near');
		my $answer = ask($session, $query);
		my $right = $expected{$query} = text($answer);
		$filled++ if $right =~ /"id"/;
		$different++, diag("near (seed $seed): $query\n$right") if $answer->{errors} && $different < 3;
		# hand-written ones everywhere, the others somewhere
		foreach my $schema ($query eq ($fixed[0] // '') || grep({ $_ eq $query } @fixed) ? @placements : map { pick(@placements) } 1 .. 3)
		{
			my $way = pick(@ways);
			my $join = pick(qw(parallel parallel sequential));
			$session->do("SET search_path = $schema", "SET fraiseql.filter_strategy = $way", "SET fraiseql.join_strategy = $join");
			my $found = text(ask($session, $query));
			next if $found eq $right;
			diag("$schema [@{ $placement{$schema} }] $way $join (seed $seed): $query\n$found\n$right") if $different++ < 3;
		}
	}
	is($different, 0, scalar(@queries) . ' queries have the same answer wherever the tables are');
	cmp_ok($filled, '>', @queries / 2, 'enough of them find rows');
}


# ---- no more than is needed ----

# The remote statements of a query, and the rows that they have sent.
sub sent
{
	my ($session, $query, $engine) = @_;
	$session->do('SET fraiseql.trace = on');
	my $answer = ask($session, $query);
	$session->do('RESET fraiseql.trace');
	# the hub's own database has the name of an engine
	my @routes = grep { $_->{database} eq $engine->name && $_->{query} !~ / t0\b/ } @{ $answer->{extensions}{trace}{routes} };
	my $rows = 0;
	$rows += $_->{rows} foreach @routes;
	diag(map { "$_->{rows} rows: " . substr($_->{query}, 0, 400) . "\n" } @routes) if $ENV{FSQ_VERBOSE};
	return (scalar @routes, $rows, scalar map { @$_ } grep { ref } values %{ $answer->{data} });
}

foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $session = $hub->session;

	# placement, query, the most remote statements and rows it may take
	my $some = join ', ', 1 .. 8;
	foreach my $case (
		[ 'orders', '{ users(where: {orders: {some: {total: {eq: 7}}}}) { id } }', 1, 20, 'few related rows match' ],
		[ 'orders', '{ users(where: {id: {in: [3, 4]}, orders: {some: {total: {gte: 0}}}}) { id } }', 1, 50, 'the keys are arguments' ],
		[ 'orders', '{ users(where: {code: {eq: "' . $codes[2] . '"}, orders: {none: {id: {lt: 0}}}}) { id } }', 1, 25, 'one row is filtered' ],
		[ 'orders', '{ orders(where: {user: {id: {in: [3, 4]}}}) { id } }', 1, 50, 'the rows of two users' ],
		[ 'orders', "{ items(where: {id: {in: [$some]}, order: {total: {gte: 0}}}) { id } }", 1, 8, 'of few items' ],
		[ 'orders', "{ items(where: {id: {in: [$some]}}, orderBy: [{order: {total: ASC}}], limit: 3) { id } }", 1, 8, 'an order by few orders' ],
		[ 'users', '{ users(where: {orders: {some: {id: {lt: 9}}}}) { id } }', 1, 8, 'users that have one of few orders' ],
		[ 'users', "{ orders(where: {id: {in: [$some]}, items: {some: {n: {gte: 0}}}}) { id } }", 1, 60, 'the keys are arguments of a to-many' ],
		[ 'all', "{ items(where: {id: {in: [$some]}, order: {peers: {none: {n: {lt: 0}}}}}) { id } }", 5, 45, 'through two relationships' ])
	{
		my ($where, $query, $most_statements, $most_rows, $what) = @$case;
		$session->do("SET search_path = ${name}_$where");
		my ($statements, $rows, $found) = sent($session, $query, $engine);
		cmp_ok($statements, '<=', $most_statements, "$name: $what: $statements statements") or diag($query);
		cmp_ok($rows, '<=', $most_rows, "$name: ... $rows rows") or diag($query);
		cmp_ok($found, '>', 0, "$name: ... that find something");
	}
}

# ---- more keys than a statement should have ----

$hub->sql(q{CREATE SCHEMA many; CREATE TABLE many.bigs (n int PRIMARY KEY, x int NOT NULL);
	INSERT INTO many.bigs SELECT n, n % 97 FROM generate_series(2, 60000, 2) n; ANALYZE many.bigs;});
foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $session = $hub->session;

	$hub->sql("SELECT fraiseql.add_relationship('${name}Big', '$name.numbers', '{n}', 'many.bigs', '{n}', 'one', '${name}Numbers')");
	$session->do("SET search_path = $name, many");
	is(text(ask($session, "{ numbers(where: {${name}Big: {x: {gt: 10}}}, orderBy: [{n: ASC}], offset: 26000, limit: 2) { n } }")),
		text({ data => { numbers => [ map { { n => $_ } } split /\n/, $hub->sql('SELECT n FROM many.bigs WHERE x > 10 ORDER BY n OFFSET 26000 LIMIT 2') ] } }),
		"$name: rows that have one of many keys");
	my ($statements, $rows, $found) = sent($session, "{ numbers(where: {${name}Big: {x: {lt: 97}}}) { n } }", $engine);
	is($found, 30000, "$name: ... without an order");
	is($rows, 30000, "$name: ... which are all that comes, in $statements statements");
	cmp_ok($statements, '<=', 30, "$name: ... as many as batches of keys");
	is(scalar @{ ask($session, "{ numbers(where: {n: {lte: 60000}, _not: {${name}Big: {}}}) { n } }")->{data}{numbers} }, 30000, "$name: ... or has none of them");
	is(text(ask($session, "{ bigs(where: {${name}Numbers: {some: {n: {gt: 50000}}}}, orderBy: [{n: ASC}], limit: 1) { n } }")), '{"data":{"bigs":[{"n":"50002"}]}}', "$name: many remote keys");
	is(text(ask($session, "{ numbers(where: {n: {lt: 40000}}, orderBy: [{${name}Big: {x: DESC_NULLS_LAST}}, {n: ASC}], limit: 1) { n } }")),
		text({ data => { numbers => [ { n => $hub->sql('SELECT n FROM many.bigs WHERE n < 40000 ORDER BY x DESC, n LIMIT 1') } ] } }), "$name: ordered by values of many keys");
}

# ---- rights ----

foreach my $schema ('near', map { my $name = $_->name; ("${name}_orders", "${name}_users") } @engines)
{
	my ($users_are_here) = $placement{$schema}[0] eq 'hub';
	$hub->sql("SET search_path = $schema; GRANT SELECT ON users, orders TO guest;"
		  . ($users_are_here ? 'ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON users TO guest USING (id <= 10);'
			: 'ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON orders TO guest USING (id <= 200);'));
}
$hub->sql("CREATE USER MAPPING FOR guest SERVER @{[ $_->name ]} OPTIONS (username '$_->{user}', password '$_->{password}')") foreach @network;
$hub->sql("SET search_path = near; ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON orders TO guest USING (id <= 200)");
foreach my $engine (@engines)
{
	my $name = $engine->name;
	my $session = $hub->session(role => 'guest');
	my ($of_users, $of_orders) = ('{ orders(where: {user: {}, id: {lte: 200}}, orderBy: [{user: {name: ASC}}, {id: ASC}]) { id } }',
		'{ users(where: {id: {lte: 10}, orders: {some: {}}}, orderBy: [{id: ASC}]) { id } }');

	foreach my $query ($of_users, $of_orders)
	{
		$session->do('SET search_path = near');
		my $right = text(ask($session, $query));
		like($right, qr/"id"/, 'a guest sees some');
		$session->do("SET search_path = ${name}_" . ($query eq $of_users ? 'orders' : 'users'));
		is(text(ask($session, $query)), $right, "$name: row-level security of the hub's side holds");
	}
	$session->do("SET search_path = ${name}_orders");
	like(text(ask($session, '{ orders(where: {items: {some: {}}}) { id } }')), qr/Field \\"items\\" is not defined/, "$name: what may not be read is not there");
	$hub->sql("REVOKE SELECT ON ${name}_orders.users FROM guest; GRANT SELECT (id) ON ${name}_orders.users TO guest");
	like(text(ask($session, '{ orders(where: {user: {name: {eq: "ann"}}}) { id } }')), qr/Field \\"name\\" is not defined/, "$name: nor are its columns");
	like(text(ask($session, '{ orders(orderBy: [{user: {name: ASC}}]) { id } }')), qr/Field \\"name\\" is not defined/, "$name: ... to order by");
	like(text(ask($session, '{ orders(where: {user: {id: {eq: 3}}}, orderBy: [{user: {id: ASC}}, {id: ASC}], limit: 1) { userId } }')), qr/"userId":"3"/, "$name: others are");
}

# ---- a source that is away ----

SKIP: {
	my ($sqlite) = grep { $_->in_process } @engines;
	skip 'needs SQLite', 1 if !$sqlite;

	foreach my $engine (@network)
	{
		my $name = $engine->name;
		my $session = $hub->session;
		my $query = '{ orders(where: {user: {tier: {gte: 1}}}, orderBy: [{id: ASC}], limit: 2) { id } items(limit: 1) { id } }';
		my $remote = $engine->{schema} ? "schema_name '$engine->{schema}', " : '';

		$hub->sql("CREATE SCHEMA ${name}_away; SET search_path = ${name}_away; CREATE TABLE items AS TABLE near.items;
			CREATE FOREIGN TABLE orders (id bigint OPTIONS (key 'true') NOT NULL, user_id int) SERVER sqlite OPTIONS (table_name 'orders');
			CREATE FOREIGN TABLE users (id int OPTIONS (key 'true') NOT NULL, tier int) SERVER $name OPTIONS (${remote}table_name 'users');
			SELECT fraiseql.add_relationship('user', 'orders', '{user_id}', 'users', '{id}', 'one', 'orders');");
		$session->do("SET search_path = ${name}_away");
		my $right = text(ask($session, $query));
		like($right, qr/"orders":\[\{"id"/, "$name: orders of its users");
		foreach my $fault (
			[ 'refuses', sub { $engine->proxy->refuse('on'); $engine->proxy->cut('now rst') }, sub { $engine->proxy->refuse('off') } ],
			[ 'is silent', sub { $engine->proxy->silence('both') }, sub { $engine->proxy->silence('none') } ])
		{
			my ($what, $begin, $end) = @$fault;
			foreach my $setting ("fraiseql.remote_timeout = '400ms'", "fraiseql.timeout = '500ms'")
			{
				$session->do("SET $setting", q{SET fraiseql.connection_timeout = '400ms'});
				$begin->();
				my $answer = ask($session, $query);
				my ($error) = @{ $answer->{errors} // [] };
				is(scalar @{ $answer->{errors} // [] }, 1, "$name $what, $setting: one error");
				is($error->{extensions}{database}, $name, "$name $what: it names the database that was asked for keys");
				is($json->encode($error->{path}), '["orders"]', "$name $what: and the field");
				is(text($answer->{data}), '{"items":[{"id":"1"}],"orders":null}', "$name $what: the rest is there") or diag(text($answer));
				$end->();
				$session->do('RESET ALL', "SET search_path = ${name}_away");
				is(text(ask($session, $query)), $right, "$name: afterwards all is as before");
			}
		}
	}
}

$hub->stop;
done_testing();
