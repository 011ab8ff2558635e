# Where engines do not think as PostgreSQL does: the same rows on every engine,
# in columns that fold case and ignore blanks where the engine has such, and in a
# table of the hub.  Every query gives the answer of that table, with pushdown on
# and off, and under generic plans.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Encode qw(decode encode);
use PostgreSQL::Test::Utils;
use Test::More;

use FraiseqlTest;

my $hub = FraiseqlTest->hub(engines => [qw(mysql postgres sqlserver sqlite)]);

# What the columns are called on each engine, and how it writes a text, bytes, a
# double, a truth value, an instant, many of one character.
my %words = (
	here => {
		columns => 'id int PRIMARY KEY, s text, k text NOT NULL, c char(5), i int, z int, m int NOT NULL, big bigint, p numeric(10,2), w numeric(38,18), f real, g double precision, b boolean, d date, ts timestamp(6), tz timestamptz(6), y bytea',
		text => sub { "convert_from('\\x" . unpack('H*', $_[0]) . "', 'UTF8')" }, bytes => sub { "'\\x" . unpack('H*', $_[0]) . "'" },
		double => sub { $_[0] }, truth => sub { $_[0] ? 'true' : 'false' }, instant => sub { "'$_[0]+00'" } },
	mysql => {
		before => [ "SET sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'" ],
		columns => 'id int PRIMARY KEY, s varchar(60), k varchar(60) NOT NULL, c char(5), i int, z int, m int NOT NULL, big bigint, p decimal(10,2), w decimal(38,18), f float, g double, b boolean, d date, ts datetime(6), tz timestamp(6) NULL, y varbinary(20), KEY (s), KEY (m)',
		options => ' CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
		text => sub { "_utf8mb4 x'" . unpack('H*', $_[0]) . "'" }, bytes => sub { "x'" . unpack('H*', $_[0]) . "'" },
		many => sub { "REPEAT(_utf8mb4 x'" . unpack('H*', $_[0]) . "', $_[1])" }, long => 'longtext CHARACTER SET utf8mb4' },
	postgres => {
		before => [ "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)" ],
		columns => 'id int PRIMARY KEY, s text COLLATE folding, k text COLLATE "en-x-icu" NOT NULL, c char(5), i int, z int, m int NOT NULL, big bigint, p numeric(10,2), w numeric(38,18), f real, g double precision, b boolean, d date, ts timestamp(6), tz timestamptz(6), y bytea',
		many => sub { "repeat(convert_from('\\x" . unpack('H*', $_[0]) . "', 'UTF8'), $_[1])" }, long => 'text' },
	sqlserver => {
		columns => 'id int PRIMARY KEY, s nvarchar(60) COLLATE SQL_Latin1_General_CP1_CI_AS, k nvarchar(60) COLLATE Latin1_General_CI_AI NOT NULL, c nchar(5), i int, z int, m int NOT NULL, big bigint, p decimal(10,2), w decimal(38,18), f real, g float, b bit, d date, ts datetime2(6), tz datetimeoffset(6), y varbinary(20)',
		text => sub { 'CAST(0x' . unpack('H*', encode('UTF-16LE', decode('UTF-8', $_[0]))) . ' AS nvarchar(60))' }, bytes => sub { '0x' . unpack('H*', $_[0]) },
		instant => sub { "'$_[0] +00:00'" },
		many => sub { "REPLICATE(CAST(0x" . unpack('H*', encode('UTF-16LE', decode('UTF-8', $_[0]))) . " AS nvarchar(max)), $_[1])" }, long => 'nvarchar(max)' },
	sqlite => {
		columns => 'id INTEGER PRIMARY KEY, s TEXT COLLATE NOCASE, k TEXT COLLATE RTRIM NOT NULL, c TEXT, i INT, z INT, m INT NOT NULL, big BIGINT, p DECIMAL(10,2), w TEXT, f REAL, g REAL, b BOOLEAN, d DATE, ts TIMESTAMP, tz TIMESTAMP, y BLOB',
		text => sub { "CAST(x'" . unpack('H*', $_[0]) . "' AS TEXT)" }, bytes => sub { "x'" . unpack('H*', $_[0]) . "'" },
		wide => sub { "'$_[0]'" },
		many => sub { "replace(hex(zeroblob($_[1])), '00', CAST(x'" . unpack('H*', $_[0]) . "' AS TEXT))" }, long => 'TEXT' });

$words{postgres}{$_} = $words{here}{$_} foreach qw(text bytes truth instant);
$words{postgres}{double} = $words{here}{double};
# a double there: the one that a real is
$words{sqlite}{real} = sub { sprintf '%.17g', unpack 'f', pack 'f', $_[0] };
foreach my $word (values %words)
{
	$word->{double} //= sub { "$_[0]e0" };
	$word->{real} //= $word->{double};
	$word->{wide} //= sub { $_[0] };
	$word->{truth} //= sub { $_[0] ? 1 : 0 };
	$word->{instant} //= sub { "'$_[0]'" };
}

# ---- the rows ----

my @texts = ('abc', 'ABC', 'Abc', 'abc ', 'abc  ', 'äbc', 'ÄBC', '', ' ', 'é', "e\xcc\x81", 'e', 'ß', 'ss', 'a_c', 'a%c', 'a[c', '[a]', '[', ']', 'a^c', 'a-c',
	'a\\', 'a\\c', 'a\\\\c', "a\\\nb", "a\\\r\nb", "line\n", "tab\t", q{it's}, q{"q"}, '`', '😀', '😀b', "\xee\x80\x80", "\xef\xbf\xbd", '1', '1abc', '0', 'null', 'NULL', 'x', undef);
my @ints = (7, -7, 1, 2, 0, 3, 2147483647, -2147483648, undef, 5);
my @prices = ('2.50', '2.49', '3.00', '3.49', '3.50', '-2.50', '0.00', undef, '99999999.99', '0.01');
my @wides = ('0.100000000000000000', '12345678901234567890.123456789012345678', '-0.000000000000000001', undef, '99999999999999999999.999999999999999999');
my @reals = ('0.1', '0.3', '2.5', undef, '-1', '3');
my @floats = ('0.1', '0.30000000000000004', '2.5', undef, '-1', '3');
my @instants = ('2024-02-29 12:34:56.123456', '2024-02-29 22:30:00', '2024-03-10 07:30:00', undef, '1999-12-31 23:59:59.999999', '2024-03-31 00:00:00');
my @bytes = ('', "\0", "a\0b", "it's\\", undef, 'a', 'A', 'a ');
my @rows = map { {
	s => [ text => $texts[$_] ], k => [ text => $texts[ ($_ * 5 + 1) % $#texts ] ],
	c => [ text => (map { !defined || length(decode('UTF-8', my $copy = $_)) > 5 ? undef : $_ =~ s/ +$//r } $texts[$_])[0] ],
	i => [ '' => $ints[ $_ % @ints ] ], z => [ '' => $_ % 4 ], m => [ '' => ($_ * 17) % 23 ], big => [ '' => $_ % 3 == 1 ? '9223372036854775807' : $_ ],
	p => [ '' => $prices[ $_ % @prices ] ], w => [ wide => $wides[ $_ % @wides ] ], f => [ real => $reals[ $_ % @reals ] ], g => [ double => $floats[ ($_ + 2) % @floats ] ],
	b => [ truth => (1, 0, undef)[ $_ % 3 ] ], d => [ quoted => substr($instants[ ($_ + 1) % @instants ] // '', 0, 10) || undef ],
	ts => [ quoted => $instants[ ($_ + 2) % @instants ] ], tz => [ instant => $instants[ $_ % @instants ] ], y => [ bytes => $bytes[ $_ % @bytes ] ] } } 0 .. $#texts;
my @columns = qw(s k c i z m big p w f g b d ts tz y);

sub rows
{
	my ($name) = @_;
	my $word = $words{$name};
	my $id = 0;
	my @tuples;

	foreach my $row (@rows)
	{
		push @tuples, '(' . join(', ', $id++, map {
			my ($kind, $value) = @{ $row->{$_} };
			!defined $value ? 'NULL' : $kind eq '' ? $value : $kind eq 'quoted' ? "'$value'" : $word->{$kind}->($value);
		} @columns) . ')';
	}
	return "INSERT INTO traps (id, " . join(', ', @columns) . ') VALUES ' . join(', ', @tuples);
}

$hub->sql("CREATE SCHEMA here; SET search_path = here; CREATE TABLE traps ($words{here}{columns}); " . rows('here'));
foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $word = $words{$name};

	$engine->run_remote(@{ $word->{before} // [] },
		"CREATE TABLE traps ($word->{columns})" . ($word->{options} // ''), rows($name),
		'CREATE TABLE large (id int PRIMARY KEY, t ' . $word->{long} . ')',
		map { "INSERT INTO large VALUES ($_->[0], " . $word->{many}->($_->[1], $_->[2]) . ')' } ([ 1, 'a', 3 ], [ 2, 'b', 100_000 ], [ 3, '😀', 400_000 ], [ 4, 'é', 5000 ], [ 5, 'c', 1 ]));
	$hub->sql($engine->foreign_table('traps', $words{here}{columns} =~ s/ PRIMARY KEY/ OPTIONS (key 'true') NOT NULL/r)
		. $engine->foreign_table('large', "id int OPTIONS (key 'true') NOT NULL, t text"));
}

# ---- the queries ----

my @queries = (
	# what is read
	'SELECT * FROM traps ORDER BY id',
	# text: case, accents, blanks, '' and null, backslashes at ends of lines
	(map { my $v = $_; map { "SELECT id FROM traps WHERE $_ ORDER BY id" } "s = $v", "s <> $v", "k = $v", "s IN ($v, 'nobody')", "s IS DISTINCT FROM $v", "c = $v" }
		"'abc'", "'ABC'", "'abc '", "''", "' '", "'e'", "'é'", "'ss'", "'a_c'", "'['", q{E'a\\\\'}, q{'a\\c'}, q{E'a\\\\\\\\c'}, q{E'a\\\\\nb'}, q{E'a\\\\\r\nb'}, q{E'line\n'}, q{'it''s'}, q{'😀'}, q{U&'\E000'}, "'1'", "'null'"),
	(map { "SELECT id FROM traps WHERE $_ ORDER BY id" }
		's = k', 's <> k', 's IS NULL', q{coalesce(s, 'null') = 'null'}, q{nullif(s, '') IS NULL}, q{(s = '') IS NULL}, q{s || 'x' = 'abcx'}, q{(s || E'\\\\\n') = E'a\\\\\\\\\n'},
		q{s = ANY ('{abc,"",NULL}')}, q{s <> ALL ('{abc,ABC}')}, q{s <> ALL ('{abc,NULL}')}, q{s NOT IN ('abc', '')}, q{CASE s WHEN 'abc' THEN 1 WHEN 'ABC' THEN 2 ELSE 3 END < 3},
		q{s COLLATE "C" < 'b'}, q{s COLLATE "C" >= 'abc' AND s COLLATE "C" < 'abd'}, q{k COLLATE "C" BETWEEN 'ABC' AND 'abc'}, q{s COLLATE "C" > U&'\E000'},
		'length(s) = 3', 'length(s) = 4', 'length(s) = 1', 'length(s) = 0', 'length(c) = 1', 'octet_length(s) = 4', 'char_length(k) < 2', q{substr(s, 2, 1) = 'b'}, q{substr(s, -1, 3) = 'a'}, q{substr(s, 0, 2) = 'a'}, q{left(s, 1) = 'a'}, q{left(s, -1) = 'ab'},
		q{right(s, 1) = 'b'}, q{right(s, -1) = 'b'}, q{upper(s) = 'ABC'}, q{lower(s) = 'äbc'}, q{rtrim(s) = 'abc'}, q{btrim(s) = ''}, q{replace(s, 'b', 'B') = 'aBc'}, q{replace(s, 'A', 'x') = 'abc'}, q{strpos(s, 'B') = 2}, q{position('c' IN s) = 3}, q{starts_with(s, 'a')}, q{concat(s, 'x') = 'x'},
		q{greatest(s, 'b') = 'b'}, q{s ~ '^a'}, q{s ~* '^ABC$'}, q{s SIMILAR TO 'a(b|_)c'}),
	# patterns
	(map { my $v = $_; ("SELECT id FROM traps WHERE s LIKE $v ORDER BY id", "SELECT id FROM traps WHERE k NOT LIKE $v ORDER BY id", "SELECT id FROM traps WHERE s ILIKE $v ORDER BY id") }
		"'a%'", "'A%'", "'abc'", "'%c '", "'abc%'", "'_'", "'_b'", "'a_c'", q{'a\\_c'}, q{'a\\%c'}, "'a[c'", "'[a]'", "'[%'", "'%]'", "'[^a]%'", "'a[b-d]c'", "'a^c'", "'a-c'", q{'a\\\\%'}, q{'a\\\\'}, q{E'a\\\\\\\\\n%'}, q{E'%\n'}, "''", "'%'", "'_'", "'__'", "'é'", "'%''%'", q{'a!_c' ESCAPE '!'}, q{'a[_c' ESCAPE '['}, q{'a\\c' ESCAPE ''}),
	# groups, distinct, order
	q{SELECT s COLLATE "C" AS o, count(*) FROM traps GROUP BY 1 ORDER BY 1}, q{SELECT s, k, count(*) FROM traps GROUP BY s, k ORDER BY s COLLATE "C", k COLLATE "C"},
	'SELECT count(*) FROM (SELECT DISTINCT s FROM traps) q', 'SELECT count(*) FROM (SELECT DISTINCT k FROM traps) q', 'SELECT count(*) FROM (SELECT DISTINCT c FROM traps) q', 'SELECT count(*) FROM (SELECT DISTINCT y FROM traps) q', 'SELECT count(DISTINCT s), count(DISTINCT k), count(DISTINCT c), count(DISTINCT y), count(s) FROM traps',
	'SELECT count(*), sum(n) FROM (SELECT k, count(*) AS n FROM traps GROUP BY k HAVING count(*) >= 1) q',
	q{SELECT id FROM traps ORDER BY s COLLATE "C", id}, q{SELECT id FROM traps ORDER BY k COLLATE "C" DESC, id LIMIT 9}, q{SELECT id FROM traps ORDER BY s, id}, q{SELECT min(s COLLATE "C"), max(s COLLATE "C"), min(k), max(k), min(c) FROM traps},
	'SELECT a.id, b.id FROM traps a JOIN traps b ON a.s = b.k ORDER BY 1, 2', 'SELECT count(*) FROM traps a WHERE EXISTS (SELECT FROM traps b WHERE b.k = a.s AND b.id <> a.id)', 'SELECT count(*) FROM traps WHERE s NOT IN (SELECT k FROM traps)',
	(map { my $key = $_; map { ("SELECT id, $key FROM traps ORDER BY $key$_, id", "SELECT id FROM traps ORDER BY $key$_, id LIMIT 7 OFFSET 2") } '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST' } qw(i m p g b d tz y big w c)),
	# numbers
	(map { "SELECT id FROM traps WHERE $_ ORDER BY id" }
		'p::int = 3', 'p::int = 2', 'p::int = -3', 'g::int = 2', 'g::int = 3', 'f::int = 0', 'w::int8 = 0', 'p::bigint < 3', 'p::numeric(10,1) = 2.5', 'p::numeric(10,0) = 3', 'p::text = \'2.50\'', 'i::text = \'7\'', 'i::smallint = 7', 'big::int = 5', 'i::numeric = 7.0', 'i::double precision = 7', 'b::int = 1', 'm::bigint = 5',
		'p = 3', 'p = 2.5', 'p = 2.500001', 'p > 2.499999999999999999999999', 'p < 1e30', 'p = 2.5::double precision', 'w = 12345678901234567890.123456789012345678', 'w = 12345678901234567890.1234567890123456781', 'w > 12345678901234567890.123456789012345677', 'w = 0.1', 'w < 0', 'w < -1e-19', 'w = 0.1::double precision',
		'f = 0.1', 'f = 0.1::real', 'f = 0.1::double precision', 'f <> 0.1::real', 'f > 0.1', 'f IN (0.1, 2.5)', 'f = g', 'f <= g', 'g = 0.1', 'g = 0.3', 'g = 0.1::double precision + 0.2::double precision', 'g = 0.30000000000000004', 'g = 0.1::real', 'g + 0.0 = 2.5', 'g IS DISTINCT FROM 0.1',
		'i / 2 = 3', 'i / 2 = -3', 'i / z = 7', 'z <> 0 AND i / z = 7', 'i % z = 1', 'i % 2 = -1', 'i % 2 = 1', '7 / nullif(z, 0) = 3', 'p / 2 = 1.25', 'p / z > 1', 'g / z > 1', 'mod(i, 3) = -1', 'div(p, 2) = 1', 'i + 1 > 5', 'i * 2 > 5', '-i > 5', 'abs(i) = 7', 'i - 1 < 0', 'big + 1 > 5', 'm * m = 25',
		'i = big', 'i = p', 'i = g', 'p = g', 'i > 2.5', 'i < 9999999999', 'i = 7.0', 'i = 7.5', 'big = 9223372036854775807', 'big > 9223372036854775807.5', 'round(p) = 3', 'round(p, 1) = 2.5', 'round(g) = 2', 'ceil(p) = 3', 'floor(p) = 2', 'trunc(p) = 3', 'floor(g) = -1', 'sign(p) = -1', 'power(i, 2) = 49', 'sqrt(abs(i)) > 2', 'greatest(i, z) = 7', 'least(i, z) = 0', 'greatest(i, NULL) = 7', 'coalesce(i, 0) = 0', 'nullif(i, 7) IS NULL',
		'i IN (7, NULL)', 'i NOT IN (7, NULL)', 'i IS DISTINCT FROM NULL', 'i IS NOT DISTINCT FROM NULL', 'NOT (i > 5)', '(i > 5) IS NOT TRUE', '(i > 5) IS UNKNOWN', 'i BETWEEN SYMMETRIC 5 AND 1', '(i, z) < (5, 2)', '(i, z) = (7, 0)',
		'b', 'NOT b', 'b IS TRUE', 'b IS NOT TRUE', 'b IS NULL', 'b = (i > 3)', 'b <> (i > 3)', 'b = true', 'b IS DISTINCT FROM true', 'b > false', 'b IN (true)', 'CASE WHEN b THEN i ELSE z END = 0', 'true', 'NULL::boolean', 'b OR NULL', 'b AND i / z = 3'),
	'SELECT sum(i), avg(i), count(i), min(i), max(i) FROM traps WHERE i > -10', 'SELECT sum(i), avg(i), sum(z), avg(m) FROM traps', 'SELECT sum(big), avg(big) FROM traps', 'SELECT sum(p), avg(p), min(p), max(p), sum(w), avg(w) FROM traps', 'SELECT z, sum(i), avg(p) FROM traps GROUP BY z ORDER BY z',
	'SELECT stddev(m), variance(m), stddev_pop(m), var_pop(m), stddev_samp(p), var_samp(i) FROM traps', 'SELECT min(g), max(g), min(f), max(f), count(DISTINCT g), count(DISTINCT f) FROM traps', 'SELECT sum(g)::numeric(20,6), avg(g)::numeric(20,6) FROM traps', 'SELECT sum(i), count(*), max(s) FROM traps WHERE id < 0', 'SELECT bool_and(b), bool_or(b), every(i > 0), count(*) FILTER (WHERE b) FROM traps',
	'SELECT f, count(*) FROM traps GROUP BY f ORDER BY f', 'SELECT p::int, count(*) FROM traps GROUP BY 1 ORDER BY 1', 'SELECT i / 2, count(*) FROM traps GROUP BY 1 ORDER BY 1', 'SELECT b, i > 3, count(*) FROM traps GROUP BY 1, 2 ORDER BY 1, 2', 'SELECT sum(DISTINCT p), avg(DISTINCT i) FROM traps', 'SELECT i % 2, sum(p) FROM traps WHERE i IS NOT NULL GROUP BY 1 HAVING sum(p) > 0 ORDER BY 1',
	'SELECT id, i / 2, i % 2, p / 3, p::int, g::int, f, g FROM traps WHERE id < 12 ORDER BY id', 'SELECT i / z FROM traps ORDER BY id', 'SELECT sum(i / z) FROM traps',
	# dates and times
	(map { "SELECT id FROM traps WHERE $_ ORDER BY id" }
		q{tz = '2024-02-29 14:34:56.123456+02'}, q{tz > '2024-03-10 02:30:00-05'}, q{tz >= '2024-03-10 02:30:00-05'}, q{tz IN ('2024-03-01 04:00:00+05:30', '2024-02-29 22:30:00')}, q{tz = '2024-02-29 22:30:00'}, q{tz < '2000-01-01 05:29:59.999999+05:30'}, q{tz < '2000-01-01'}, q{tz::date = '2024-03-01'}, q{tz::timestamp > '2024-03-10'}, q{tz = ts}, q{tz > d}, q{extract(hour FROM tz) = 4}, q{date_trunc('day', tz) = '2024-03-10'}, q{tz < 'infinity'},
		q{ts = '2024-02-29 12:34:56.123456'}, q{ts = '2024-02-29 12:34:56.1234561'}, q{ts > '1999-12-31 23:59:59.999998'}, q{ts::date = '2024-03-10'}, q{ts::date - d = 0}, q{ts - interval '1 month' < '2024-02-10'}, q{ts > timestamp '2024-03-01' - interval '1 day -2 hours'}, q{ts - '2024-02-29' < interval '1 day'}, q{date_trunc('month', ts) = '2024-03-01'}, q{extract(dow FROM ts) = 0}, q{extract(year FROM ts) = 2024}, q{extract(second FROM ts) > 56}, q{ts = d}, q{ts > d},
		q{d = '2024-02-29'}, q{d - date '2024-02-29' = 10}, q{d - date '2024-01-31' > 39}, q{d + 1 = '2024-03-01'}, q{d + 10 > '2024-03-12'}, q{d > timestamp '2024-02-29 00:00:01'}, q{extract(month FROM d) = 2}, q{d < 'infinity' AND d > '-infinity'}, q{to_char(d, 'MM') = '02'}, q{d = '2024-02-29'::timestamptz}),
	'SELECT d, count(*), min(tz), max(ts) FROM traps GROUP BY d ORDER BY d', 'SELECT tz::date, count(*) FROM traps GROUP BY 1 ORDER BY 1', q{SELECT date_trunc('hour', ts), count(*) FROM traps GROUP BY 1 ORDER BY 1}, 'SELECT tz, count(*) FROM traps GROUP BY tz ORDER BY tz DESC',
	# what is decided here goes before limits and groups; rows that are not there; values of other rows
	q{SELECT id FROM traps WHERE s ~ '^a' ORDER BY id LIMIT 2}, q{SELECT id FROM traps WHERE k ~* '^a' ORDER BY m, id OFFSET 3}, q{SELECT count(*), sum(m) FROM (SELECT m FROM traps WHERE s ~ 'c' ORDER BY m LIMIT 3) q}, q{SELECT z, count(*) FROM traps WHERE k ~* '^a' GROUP BY z HAVING count(*) > 1 ORDER BY z}, q{SELECT DISTINCT z FROM traps WHERE k ~ 'B' ORDER BY z},
	'SELECT a.id, x FROM traps a LEFT JOIN traps x ON x.id = a.i AND x.m > 5 ORDER BY a.id', 'SELECT a.id, b.id, b.s FROM traps a LEFT JOIN traps b ON b.id = a.i WHERE b.s IS NULL ORDER BY a.id', 'SELECT a.id, x.n FROM traps a, LATERAL (SELECT count(*) AS n FROM traps b WHERE b.i = a.i OR b.k = a.s) x ORDER BY a.id', 'SELECT a.id, (SELECT b.k FROM traps b WHERE b.id = a.i) FROM traps a ORDER BY a.id', 'SELECT a.id FROM traps a WHERE a.i = (SELECT b.i FROM traps b WHERE b.id = 8)', 'SELECT id FROM traps WHERE i = ANY (ARRAY(SELECT b.i FROM traps b WHERE b.id < 4)) ORDER BY id',
	'SELECT id FROM traps WHERE random() >= 0 AND m > 10 ORDER BY id', 'SELECT id FROM traps WHERE tz < now() ORDER BY id', q{SELECT id FROM traps WHERE s = current_setting('timezone') ORDER BY id},
	# bytes
	(map { "SELECT id FROM traps WHERE $_ ORDER BY id" } q{y = ''}, q{y = '\\x00'}, q{y = '\\x610062'}, q{y = 'a'}, q{y = 'a '}, q{y = 'it''s\\\\'}, q{y > 'a'}, q{y < '\\x61'}, q{y IN ('A', '\\x00')}, q{length(y) = 3}, q{y IS NULL}, q{octet_length(y) = 0}));

sub same
{
	my ($session, $expected, $sql) = @_;
	my @wrong;

	foreach my $pushdown (qw(on off))
	{
		$session->do("SET fraiseql.pushdown = $pushdown");
		my $answer = $session->answer($sql) =~ s/^(ERROR \w+).*/$1/sr;
		push @wrong, "pushdown $pushdown: " . substr($answer, 0, 400) . "\n  instead of: " . substr($expected, 0, 400) if $answer ne $expected;
	}
	$session->do('SET fraiseql.pushdown = on');
	return @wrong;
}

sub in_schema { my ($session, $schema) = @_; $session->do("SET search_path = $schema, public"); }

my $session = $hub->session;
$session->do("SET timezone = 'Asia/Kolkata'");
my %expected;
in_schema($session, 'here');
foreach my $sql (@queries) { $expected{$sql} = $session->answer($sql) =~ s/^(ERROR \w+).*/$1/sr; }
my @broken = grep { $expected{$_} =~ /^ERROR (?!22012|22003|2200[0-9A-Z])/ } @queries;
is(join("\n", @broken), '', scalar(@queries) . ' queries, all of them good');

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my @wrong;

	in_schema($session, $name);
	foreach my $sql (@queries)
	{
		my @what = same($session, $expected{$sql}, $sql);
		push @wrong, "$sql\n" . join("\n", @what) if @what;
	}
	is(join("\n", @wrong), '', "$name: the answers are those of a table here");
}

# ---- keys ----

# Lists of keys under generic plans: none, one, many, with nulls, of every type
# that keys have.  What is not to be found differs from what is in case, in
# blanks, in its last digit.
my %lists = (
	'empty' => q{'{}'}, 'null' => 'NULL', 'of a null' => q{'{NULL}'}, 'of one' => q{ARRAY[%1]}, 'of one and a null' => q{ARRAY[%1, NULL]},
	'of nulls and one' => q{ARRAY[NULL, NULL, %1, NULL]}, 'of two equal ones' => q{ARRAY[%1, %1]}, 'of many' => '(SELECT array_agg(%2) FROM generate_series(1, %3) i)',
	'of many and a null' => '(SELECT array_append(array_agg(%2), NULL) FROM generate_series(1, %3) i)');
my @keys = (
	[ int => 'id', '7', 'i * 3', 10000 ], [ int => 'i', '7', 'i' ], [ bigint => 'big', '9223372036854775807', '9223372036854775807 - i + 1', 10000 ], [ numeric => 'p', '2.50', 'i / 100.0' ], [ 'numeric' => 'w', '0.1', 'i / 1e18 + 0.1 - 1e-18' ],
	[ text => 's', q{'abc'}, q{'abc' || repeat(' ', i % 700)}, 10000 ], [ text => 'k', q{'ABC'}, q{chr(i % 100 + 32)} ], [ text => 's', q{E'a\\\\\nb'}, q{E'a\\\\' || chr(i % 1000 + 9) || 'b'} ], [ text => 's', q{''}, q{repeat('😀', i % 60)} ],
	[ 'double precision' => 'g', '0.1', 'i / 10.0::double precision' ], [ real => 'f', '0.1', '(i / 10.0)::real' ], [ date => 'd', q{'2024-02-29'}, q{date '2000-01-01' + i} ],
	[ timestamptz => 'tz', q{'2024-02-29 22:30:00+00'}, q{timestamptz '2024-02-29 22:30:00+00' + (i - 1) * interval '1 second'} ], [ bytea => 'y', q{'\\x610062'}, q{decode(lpad(to_hex(i), 6, '0'), 'hex')} ], [ boolean => 'b', 'true', 'i > 5000' ]);
my @forms = ('%1$s = ANY ($1)', '%1$s <> ALL ($1)', 'NOT (%1$s = ANY ($1))', '(%1$s = ANY ($1)) IS NULL', '%1$s = ANY ($1) OR id = 3');

sub array_of
{
	my ($list, $type, $one, $series, $many) = @_;
	my %part = (1 => $one, 2 => "($series)::$type", 3 => $many);

	return ($list =~ s/%(\d)/$part{$1}/gr) . ($list =~ /ARRAY/ ? "::$type" . '[]' : '');
}

sub keys_of
{
	my ($key, $form) = @_;
	my ($type, $column, $one, $series, $many) = @$key;
	my %answers;

	$session->do("PREPARE keys ($type" . '[]) AS SELECT string_agg(id::text, \',\' ORDER BY id) FROM traps WHERE ' . sprintf $form, $column);
	foreach my $list (sort keys %lists)
	{
		# the stand-in of SQL Server compares them one by one
		next if $list =~ /many/ && $form !~ ($list =~ /null/ ? qr/NULL$/ : qr/^%1\$s [=<>]+ A\w+ \(\$1\)$/);
		my $array = array_of($lists{$list}, $type, $one, $series, $many // 1000);
		my ($literal) = $session->{dbh}->selectrow_array("SELECT quote_nullable(($array)::$type" . '[])');
		$answers{$list} = $session->answer("EXECUTE keys ($literal)") =~ s/^(ERROR \w+).*/$1/sr;
	}
	$session->do('DEALLOCATE keys');
	return \%answers;
}

$session->do("SET timezone = 'America/St_Johns'", 'SET plan_cache_mode = force_generic_plan', 'SET standard_conforming_strings = on');
foreach my $name ('here', map { $_->name } $hub->engines)
{
	my ($count, @wrong) = (0);

	in_schema($session, $name);
	foreach my $key (@keys)
	{
		foreach my $form (@forms)
		{
			my $what = "@$key[0 .. 3], $form";
			my $answers = keys_of($key, $form);

			$expected{$what} //= $answers;
			foreach my $list (sort keys %$answers)
			{
				$count++;
				push @wrong, "$what, a list $list: $answers->{$list}\n  instead of: $expected{$what}{$list}" if $answers->{$list} ne $expected{$what}{$list};
			}
		}
	}
	is(join("\n", @wrong), '', "$name: $count lists of keys");
}
$session->do('RESET plan_cache_mode');

# ---- what is sent ----

# The statement for the remote.
sub plan_of
{
	my ($sql) = @_;
	my ($remote) = map { $_->[0] =~ /Remote SQL: (.*)/s ? $1 : () } @{ $session->{dbh}->selectall_arrayref("EXPLAIN (VERBOSE, COSTS OFF) $sql") };

	return $remote;
}

foreach my $engine ($hub->engines)
{
	my $name = $engine->name;

	in_schema($session, $name);
	# nothing that an index could not serve, where nulls are none or stand where the engine has them
	foreach my $key ('m', 'm DESC', 'm NULLS FIRST', 'm DESC NULLS LAST', 'id', $name eq 'postgres' ? ('i', 'i DESC') : ('i NULLS FIRST', 'i DESC NULLS LAST'))
	{
		my $remote = plan_of("SELECT id FROM traps ORDER BY $key LIMIT 5");

		like($remote, qr/ORDER BY (?!.*(?:CASE|IS NULL|ISNULL))/, "$name: ORDER BY $key: is sent as it is");
		like($remote, qr/LIMIT|TOP|FETCH/, "$name: and LIMIT with it");
	}
	# not by chance right because nothing is sent
	foreach my $condition (q{k = 'abc'}, q{k IN ('abc ', 'ABC')}, q{k LIKE 'a[c'}, q{k LIKE 'a\_c'}, 'i > 5', 'i % 2 = -1', 'i / 2 = 3', 'p = 2.5', 'b', 'NOT b', q{d > '2024-02-29'}, q{y = '\x610062'}, 'i IS DISTINCT FROM 5', q{id = ANY ('{1,2,NULL}')})
	{
		my $remote = plan_of("SELECT id FROM traps WHERE $condition");

		like($remote, qr/ WHERE /, "$name: $condition is sent");
	}
}

# ---- long values ----

# Each of them whole, also after a longer one and before the next; nothing is the
# end of the rows that is not.
foreach my $engine ($hub->engines)
{
	my $name = $engine->name;
	my $rows = "SELECT id, length(t), octet_length(t), md5(t) FROM $name.large ORDER BY id";
	my $whole = $session->answer(q{SELECT * FROM (SELECT id, length(t), octet_length(t), md5(t) FROM (VALUES (1, 'aaa'), (2, repeat('b', 100000)), (3, repeat('😀', 400000)), (4, repeat('é', 5000)), (5, 'c')) v(id, t)) q});

	is(join("\n", same($session, $whole, $rows)), '', "$name: long values");
	is(join("\n", same($session, '3', "SELECT id FROM $name.large WHERE t = repeat('😀', 400000)")), '', "$name: and compared");
	is(join("\n", same($session, '5', "SELECT count(*) FROM $name.large a JOIN $name.large b ON a.t = b.t")), '', "$name: and joined");
}

done_testing();
