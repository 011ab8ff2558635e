#!/usr/bin/perl
#
# The differential test: the same random queries over foreign tables with
# pushdown on, with pushdown off, and over local twins with the same rows.  All
# three must give the same answer, or fail with the same class of error.
#
#   run.pl --engine sqlite [--seed N] [--rounds N] [--dir DIR] [--only ROUND]
#          [--keep-going N] [--least-pushed PERCENT] [--shape NAME] [--verbose]
#
# It connects by libpq's environment (a superuser), makes a database of its own
# and drops it.  --only runs one round of a seed again, --shape queries of one
# shape only (Query.pm).  It exits with 1 at the first difference (or after
# --keep-going of them), printing what reproduces it, and also when less than
# --least-pushed percent of the plans push anything down: then it would prove
# nothing.
#
# First every value that the engine can hold is read alone: it must come out as
# the engine's module says, or raise an error that names table and column.
#
# One exception to "the same answer": a row with a value that its column's type
# cannot represent raises an error where it is read.  Where a qualifier on that
# column is pushed down, the row may also simply not match.

use strict;
use warnings;
use utf8;

use Cwd qw(abs_path);
use DBD::Pg;
use DBI;
use File::Basename;
use File::Path qw(make_path);
use Getopt::Long;
use Time::HiRes qw(time);

use lib dirname(abs_path(__FILE__));
use Query;

binmode STDOUT, ':utf8';
$| = 1;

my %option = (engine => 'sqlite', seed => 1, rounds => 1000, dir => "/tmp/differential.$$", 'keep-going' => 1, 'least-pushed' => 25);
GetOptions(\%option, 'engine=s', 'seed=i', 'rounds=i', 'dir=s', 'only=i', 'keep-going=i', 'least-pushed=i', 'shape=s', 'verbose') or exit 2;
my $rounds_per_set = 50;
my %modules = (sqlite => 'SQLite', mysql => 'MySQL', postgresql => 'PostgreSQL', sqlserver => 'SQLServer');
my $module = $modules{ $option{engine} } or die "no such engine: $option{engine}\n";

make_path($option{dir});
require "Engine/$module.pm";
my $engine = "Engine::$module"->new(dir => abs_path($option{dir}));
my $database = "differential_$option{engine}_$$";
my $admin = connect_to(undef);
my (%session, %count, %pushed, @differences);

sub pick { return Query::pick(@_); }
sub chance { return rand() < $_[0]; }

# Every round and every set of tables has its own random numbers.
sub reseed { my ($kind, $n) = @_; srand(($option{seed} * 1_000_003 + $n * 2 + $kind) & 0xffffffff); return rand(); }

sub connect_to
{
	my ($name) = @_;
	my $dsn = 'dbi:Pg:' . ($name ? "dbname=$name" : $ENV{PGDATABASE} ? '' : 'dbname=postgres');
	my $dbh = DBI->connect($dsn, '', '',
		{ RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 1, pg_server_prepare => 1 });
	$dbh->{pg_placeholder_dollaronly} = 1;
	$dbh->{pg_bool_tf} = 0;
	$dbh->{pg_expand_array} = 0;
	$dbh->do("SET client_min_messages = error; SET statement_timeout = '60s'; SET jit = off; SET TimeZone = 'UTC'");
	return $dbh;
}

# ---- answers ----

# All rows of a statement.  DBD::Pg makes numbers of floats: all their digits back.
sub fetch
{
	my ($sth) = @_;
	my $types = $sth->{pg_type};
	my @floats = grep { $types->[$_] =~ /^float/ } 0 .. $#$types;
	my $rows = $sth->fetchall_arrayref;

	foreach my $row (@floats ? @$rows : ())
	{
		defined $row->[$_] and $row->[$_] = float($row->[$_]) foreach @floats;
	}
	return $rows;
}

sub float { return sprintf '%.17g', $_[0]; }

# Run one query: {rows => [text...]} or {error => SQLSTATE, message}.
sub answer
{
	my ($dbh, $sql, $values) = @_;
	my $rows = eval {
		my $sth = $values ? $dbh->prepare($sql) : $dbh->prepare($sql, { pg_direct => 1, pg_server_prepare => 0 });
		$sth->execute(@{ $values // [] });
		fetch($sth);
	};
	return { rows => [ map { join '|', map { $_ // '\N' } @$_ } @$rows ] } if $rows;
	return { error => $dbh->state, message => $dbh->errstr };
}

sub show_answer
{
	my ($answer) = @_;
	return "ERROR $answer->{error}: $answer->{message}" if $answer->{error};
	my @rows = @{ $answer->{rows} };
	my $n = @rows;
	splice @rows, 15 if @rows > 15;
	return join "\n", map({ "  $_" } @rows), "  ($n rows)";
}

# Why two answers differ, or nothing.
sub difference
{
	my ($compare, $x, $y, $all) = @_;

	if ($x->{error} || $y->{error})
	{
		return 'one raises an error' unless $x->{error} && $y->{error};
		return substr($x->{error}, 0, 2) eq substr($y->{error}, 0, 2) ? undef : 'other errors';
	}
	my @x = @{ $x->{rows} };
	my @y = @{ $y->{rows} };
	return 'other numbers of rows' if @x != @y;
	if ($compare eq 'subset')
	{
		my %of;
		$of{$_}++ foreach @{ $all->{rows} // [] };
		foreach (@x, @y) { return 'a row that is not of the answer' unless $of{$_}; }
		return undef;
	}
	if ($compare eq 'multiset') { @x = sort @x; @y = sort @y; }
	for my $i (0 .. $#x) { return 'other rows' if $x[$i] ne $y[$i]; }
	return undef;
}

# The three answers to a query, and how they differ.
sub compare
{
	my ($query, $set) = @_;
	my ($sql, $params) = $query->render($query->{prepared} ? undef : 0);
	my $values = $query->{prepared} ? [ map { $_->{values}[$set] } @$params ] : undef;
	my %answer = map { $_ => answer($session{$_}, $sql, $values) } qw(on off twin);
	my $all;

	if ($query->{compare} eq 'subset')
	{
		my $whole = bless { %$query, limit => undef, offset => undef }, 'Query';
		$all = answer($session{twin}, ($whole->render($set))[0]);
	}
	foreach my $pair ([qw(on twin)], [qw(off twin)], [qw(on off)])
	{
		my $why = difference($query->{compare}, @answer{@$pair}, $all);
		return (\%answer, "$why: pushdown $pair->[0] and " . ($pair->[1] eq 'off' ? 'off' : 'twin')) if $why;
	}
	return (\%answer);
}

# ---- tables ----

my @kinds = @{ $engine->kinds };
my %kind = map { $_->{name} => $_ } @kinds;

# The DDL of the hub for a table of the engine.
sub foreign_table
{
	my ($table) = @_;
	my @columns = map {
		my $options = $engine->column_options($table, $_);
		"$_->{name} $_->{kind}{pg}"
		  . ($options ? " OPTIONS ($options)" : '')
		  . ($_->{collation} ? " COLLATE $_->{collation}" : '')
		  . ($_->{not_null} ? ' NOT NULL' : '')
	} @{ $table->{hub_cols} // $table->{cols} };
	return "CREATE FOREIGN TABLE remote.$table->{name} (" . join(', ', @columns) . ') SERVER source OPTIONS ('
	  . $engine->table_options($table) . ')';
}

# Columns for a table: an id, and some random ones.
sub random_columns
{
	my ($variant) = @_;
	my @id = map { { %{ $kind{int4} }, name => 'id', pg => $_, strict => 'INTEGER' } } qw(integer bigint);
	my $id = pick(@id);
	my @columns = ({ name => 'id', remote => 'id', kind => $id, key => 1, decl => pick('INTEGER', 'INT'), not_null => chance(0.5) });
	my @often = map { $kind{$_} // () } qw(int4 small text text int8 numeric half bool date timestamp);

	$columns[0]{decl} = 'INTEGER' if $variant eq 'strict';
	foreach my $i (1 .. 3 + rand(5))
	{
		# now and then two columns of a kind, to be compared with one another
		my $kind = $i > 1 && chance(0.25) ? $columns[-1]{kind} : chance(0.5) ? pick(@often) : pick(@kinds);
		redo unless $engine->kind_fits($kind, $variant);
		my %col = (name => "c$i", kind => $kind, decl => $engine->declare($kind, $variant));
		$col{remote} = chance(0.8) ? $col{name} : pick("Col $i", "x\"$i", "sélect$i", "a'b$i", "order$i");
		$col{collate} = pick($engine->collations) if $kind->{collates};
		$col{collation} = pick('', '', '', '"C"', '"und-x-icu"', 'shared.ci') if $kind->{collates};
		$col{not_null} = chance(0.15);
		push @columns, \%col;
	}
	return @columns;
}

sub random_table
{
	my ($name) = @_;
	my @variants = @{ $engine->variants };
	my $variant = pick($variants[0], @variants);
	my @columns = random_columns($variant);
	my %table = (name => $name, variant => $variant, cols => \@columns, key => chance(0.8) || $variant eq 'without_rowid', analyze => chance(0.5));
	my %pool = map {
		my $kind = $_->{kind};
		$_->{name} => [ map({ pick(@{ $kind->{good} }) } 1 .. 2 + rand(8)), $kind->{random} ? map({ $kind->{random}->() } 1 .. 4) : () ]
	} @columns[ 1 .. $#columns ];
	my $n = pick(0, 1, 10, 20, 30, 40, 40, 60);

	foreach my $id (1 .. $n)
	{
		my $stored = $id == $n && chance(0.3) ? '2147483647' : $id - 2;
		push @{ $table{rows} }, [ [ [ int => $stored ], $stored ],
			map { !$_->{not_null} && chance(0.15) ? [ undef, undef ] : pick(@{ $pool{ $_->{name} } }) } @columns[ 1 .. $#columns ] ];
	}
	$table{rows} //= [];
	# constants: mostly values that there are
	foreach my $col (@columns[ 1 .. $#columns ])
	{
		my %other = %{ $col->{kind} };
		$other{good} = [ (@{ $pool{ $col->{name} } }) x 4, @{ $other{good} } ];
		$col->{kind} = \%other;
	}
	$columns[0]{kind} = { %{ $columns[0]{kind} }, good => [ map { [ undef, $_ ] } -1 .. 12, 100 ] };
	$table{indexes} = [ map { [ map { pick(@columns[ 1 .. $#columns ]) } 1 ] } 1 .. rand(3) ];
	my @shuffled = sort { $a->[0] <=> $b->[0] } map { [ rand(), $_ ] } @columns;
	$table{hub_cols} = [ map { $_->[1] } @shuffled ] if chance(0.3);
	return \%table;
}

# What the hub reads from a table must be what went into it.
sub check_rows
{
	my ($table) = @_;
	my @columns = @{ $table->{cols} };
	my $sth = $session{off}->prepare('SELECT ' . join(', ', map { $_->{name} } @columns) . " FROM remote.$table->{name} ORDER BY id");
	$sth->execute;
	my $answer = fetch($sth);
	my @rows = sort { $a->[0][1] <=> $b->[0][1] } @{ $table->{rows} };

	die "$table->{name}: " . @$answer . ' rows instead of ' . @rows . "\n" if @$answer != @rows;
	for my $i (0 .. $#rows)
	{
		for my $c (0 .. $#columns)
		{
			my (undef, @expected) = @{ $rows[$i][$c] };
			my $got = $answer->[$i][$c];
			@expected = map { defined $_ ? float($_) : undef } @expected if $columns[$c]{kind}{family} eq 'float';
			next if grep { defined $_ ? defined $got && $got eq $_ : !defined $got } @expected;
			report(sprintf("wrong value: column %s (%s) of %s\nstored: %s\nexpected: %s\ngot: %s",
				$columns[$c]{name}, $columns[$c]{kind}{name}, $table->{name},
				$engine->show_value($rows[$i][$c][0]), join(' or ', map { $_ // 'NULL' } @expected), $got // 'NULL'), $table);
		}
	}
}

my $hub_local = <<'SQL';
CREATE TABLE shared.l (id integer PRIMARY KEY, n integer, x text, v numeric, d date);
INSERT INTO shared.l SELECT i, nullif(i % 7, 6), (ARRAY['a', 'A', 'b', '', 'ab', 'é', NULL])[1 + i % 7], (i % 5) / 2.0, date '2024-02-25' + i % 9 FROM generate_series(-1, 30) i;
SQL

my $local = { name => 'l', cols => [
	{ name => 'id', kind => { %{ $kind{int4} }, good => [ map { [ undef, $_ ] } -1 .. 30 ], safe => 1 } },
	{ name => 'n', kind => $kind{small} },
	{ name => 'x', kind => $kind{text} },
	{ name => 'v', kind => { %{ $kind{money} }, pg => 'numeric' } },
	{ name => 'd', kind => $kind{date} },
] };

sub make_tables
{
	my ($set) = @_;

	reseed(1, $set);
	$session{$_}->do("SET TimeZone = 'UTC'") foreach qw(on off twin);
	my @tables = map { random_table("t$_") } 0, 1;
	$engine->drop_all;
	$admin->do('DROP SCHEMA IF EXISTS remote, twin CASCADE; CREATE SCHEMA remote; CREATE SCHEMA twin');
	foreach my $table (@tables)
	{
		$engine->create($table);
		$admin->do(foreign_table($table));
	}
	foreach my $table (@tables)
	{
		check_rows($table);
		$session{off}->do("CREATE TABLE twin.$table->{name} (LIKE remote.$table->{name}); "
			  . "INSERT INTO twin.$table->{name} SELECT * FROM remote.$table->{name}; "
			  . "ALTER TABLE twin.$table->{name} ADD PRIMARY KEY (id); ANALYZE twin.$table->{name}");
		$session{on}->do("ANALYZE remote.$table->{name}") if chance(0.3);
	}
	my $settings = "SET TimeZone = '" . pick('UTC', 'UTC', 'America/New_York', 'Asia/Kolkata') . "'; "
	  . 'SET plan_cache_mode = ' . pick('auto', 'force_generic_plan', 'force_custom_plan') . '; '
	  . 'SET enable_hashjoin = ' . pick('on', 'off') . '; SET enable_mergejoin = ' . pick('on', 'off') . '; '
	  . 'SET enable_hashagg = ' . pick('on', 'off') . '; SET enable_material = ' . pick('on', 'off') . '; '
	  . 'SET enable_memoize = ' . pick('on', 'off');
	$session{$_}->do($settings) foreach qw(on off twin);
	return [ @tables, $local ];
}

# ---- reports ----

my ($round, $tables);

sub report
{
	my ($text, @about) = @_;

	push @differences, $text;
	$count{differences}++;
	print "\n==== difference: seed $option{seed}, round " . ($round // 0) . " (again: --seed $option{seed} --only " . ($round // 0) . ")\n";
	foreach my $table (@about)
	{
		next unless $table->{variant};
		print "-- $option{engine}:\n", $engine->describe($table), "\n-- hub:\n", foreign_table($table), ";\n";
	}
	print "$text\n";
	finish() if $count{differences} >= $option{'keep-going'};
}

# Whether a session has lost its server: it crashed.
sub lost { return grep { !$session{$_}->ping } keys %session; }

# Drop parts of a query as long as the answers differ.
sub shrink
{
	my ($query, $set) = @_;
	my $tries = 0;

	return ($query, $set) if lost();
	if ($query->{prepared})
	{
		my $plain = bless { %$query, prepared => 0 }, 'Query';
		foreach my $p (@{ $plain->{params} }) { $p->{values}[0] = $p->{values}[$set]; }
		if ((compare($plain, 0))[1]) { $query = $plain; $set = 0; }
	}
  AGAIN:
	foreach my $smaller ($query->smaller)
	{
		last if ++$tries > 300;
		my ($answers, $why) = compare($smaller, $set);
		# a smaller query that is merely wrong is not one
		next if !$why || grep { ($_->{error} // '') =~ /^42/ } values %$answers;
		$query = $smaller;
		goto AGAIN;
	}
	return ($query, $set);
}

sub explain
{
	my ($sql) = @_;
	my $plan = eval { $session{on}->selectcol_arrayref("EXPLAIN (VERBOSE, COSTS OFF) $sql") };
	return $plan ? join("\n", @$plan) : '';
}

sub report_query
{
	my ($query, $set) = @_;

	my ($answers, $why) = @_[ 2, 3 ];
	if (!lost())
	{
		($query, $set) = shrink($query, $set);
		($answers, $why) = compare($query, $set);
	}
	my ($sql) = $query->render($set);
	my @about = grep { $query->{from} =~ /\b$_->{name}\b/ || $sql =~ /\b$_->{name}\b/ } @$tables;
	report(($why // 'it went away while shrinking') . "\n$sql;\n"
		  . ($query->{prepared} ? "(prepared: " . ($query->render)[0] . ")\n" : '')
		  . "-- on:\n" . show_answer($answers->{on}) . "\n-- off:\n" . show_answer($answers->{off})
		  . "\n-- twin:\n" . show_answer($answers->{twin}) . "\n-- plan:\n" . explain($sql), @about);
}

# ---- rounds ----

my $pushes = qr/Remote SQL: .*\b(?:WHERE|ORDER BY|LIMIT|GROUP BY|DISTINCT|count\(|sum\(|min\(|max\(|avg\(|total\(|OVER \()/i;

sub sample_plan
{
	my ($query) = @_;
	my $plan = explain(($query->render(0))[0]);

	return unless $plan;
	$pushed{sampled}{ $query->{shape} }++;
	$pushed{pushed}{ $query->{shape} }++ if $plan =~ $pushes;
}

sub run_round
{
	my $prepared = chance(0.3);
	my $query = Query->new(tables => $tables, prepared => $prepared, shape => $option{shape})->generate;

	$query->{prepared} = 0 unless $query->render && @{ ($query->render)[1] };
	foreach my $set ($query->{prepared} ? (0 .. 1) : (0))
	{
		my ($answers, $why) = compare($query, $set);
		$count{statements}++;
		if (my $error = $answers->{twin}{error})
		{
			$count{errors}++;
			# 42: the harness wrote what PostgreSQL does not take
			$count{rejected}++ if $error =~ /^42/;
			print "$round: $error $answers->{twin}{message} in " . ($query->render($set))[0] . "\n" if $option{verbose};
		}
		else { $count{rows} += @{ $answers->{twin}{rows} }; $count{empty}++ unless @{ $answers->{twin}{rows} }; }
		if ($why) { report_query($query, $set, $answers, $why); last; }
	}
	sample_plan($query) if $round % 5 == 0;
}

# Values that do not convert: each raises an error where it is read, and a
# condition on it never gives an answer that counts it.
sub run_bad_round
{
	my @candidates = grep { @{ $_->{bad} } } @kinds;
	my $kind = pick(@candidates);
	my $bad = pick(@{ $kind->{bad} });
	my @good = map { pick(@{ $kind->{good} }) } 1 .. 6;
	my %table = (name => 'bad', variant => 'plain', key => 1, indexes => [],
		cols => [ { name => 'id', remote => 'id', kind => $kind{small}, key => 1, decl => 'INTEGER' },
			{ name => 'c', remote => 'c', kind => $kind, decl => $engine->declare($kind, 'plain'), collate => $kind->{collates} ? pick($engine->collations) : '' } ]);
	my $n = 0;
	$table{rows} = [ map { [ [ [ int => ++$n ], $n ], $_ ] } @good ];
	return if $kind->{family} eq 'json';

	# the twin has the rows that convert
	$engine->create(\%table);
	$admin->do(foreign_table(\%table));
	$session{off}->do('CREATE TABLE twin.bad (LIKE remote.bad); INSERT INTO twin.bad SELECT * FROM remote.bad');
	push @{ $table{rows} }, [ [ [ int => ++$n ], $n ], [$bad] ];
	$engine->replace_rows(\%table);
	my $query = Query->new(tables => [ \%table, \%table, \%table ]);
	$query->{scope} = [ grep { $_->{name} eq 'c' } Query::columns_of(\%table, 'a') ];
	foreach my $i (1 .. 8)
	{
		my $condition = $query->comparison(0);
		next if $condition =~ /NULL|DISTINCT|ALL|ROW/ || $condition !~ /a\.c/ || $condition eq 'a.c = a.c';
		foreach my $select ('a.id', 'a.c', 'count(*)')
		{
			my $sql = "SELECT $select FROM bad a WHERE $condition";
			my %answer = map { $_ => answer($session{$_}, $sql) } qw(on off twin);
			my $why;
			$count{statements}++;
			# a contradiction is not read at all
			if (!$answer{off}{error} && !$answer{twin}{error})
			{
				$why = 'pushdown off does not raise an error' if explain($sql) !~ /One-Time Filter: false/;
			}
			elsif (!$answer{on}{error}) { $why = difference('multiset', $answer{on}, $answer{twin}); }
			report("a row with a value that does not convert: $why\n$sql;\n-- on:\n" . show_answer($answer{on})
				  . "\n-- off:\n" . show_answer($answer{off}) . "\n-- twin without the row:\n" . show_answer($answer{twin})
				  . "\n-- plan:\n" . explain($sql), \%table) if $why;
		}
	}
	$admin->do('DROP FOREIGN TABLE remote.bad; DROP TABLE twin.bad');
	$engine->drop('bad');
}

# Each value of each kind, in each way to declare it, read alone.
sub calibrate
{
	foreach my $kind (@kinds)
	{
		my %seen;
		foreach my $decl (grep { !$seen{$_}++ } @{ $kind->{decl} })
		{
			my $n = 0;
			my %table = (name => 'single', variant => 'plain', key => 1, indexes => [],
				cols => [ { name => 'id', remote => 'id', kind => $kind{small}, key => 1, decl => 'INTEGER' },
					{ name => 'c', remote => 'c', kind => $kind, decl => $decl } ],
				rows => [ map { $n++; [ [ [ int => $n ], $n ], $_ ] } @{ $kind->{good} } ]);
			$engine->create(\%table);
			$admin->do(foreign_table(\%table));
			check_rows(\%table);
			foreach my $bad (@{ $kind->{bad} })
			{
				$table{rows} = [ [ [ [ int => 1 ], 1 ], [$bad] ] ];
				$engine->replace_rows(\%table);
				my $answer = answer($session{off}, 'SELECT c FROM remote.single');
				next if $answer->{error} && $answer->{error} =~ /^(22|HV|23)/ && $answer->{message} =~ /"c".*"single"/;
				report("a value that does not convert must raise an error that names table and column\n-- got:\n" . show_answer($answer), \%table);
			}
			$admin->do('DROP FOREIGN TABLE remote.single');
			$engine->drop('single');
			$count{calibrated} += @{ $kind->{good} } + @{ $kind->{bad} };
		}
	}
}

# ---- the whole ----

sub finish
{
	my $seconds = time() - $^T;
	my ($sampled, $sent) = (0, 0);

	if ($pushed{sampled})
	{
		$sampled += $_ foreach values %{ $pushed{sampled} };
		$sent += $_ foreach values %{ $pushed{pushed} };
	}
	%session = ();
	printf "%s, seed %d: %d rounds, %d statements (%d raised an error alike, %d were empty), %d single values, %.0f s\n",
	  $option{engine}, $option{seed}, $count{rounds} // 0, $count{statements} // 0, $count{errors} // 0, $count{empty} // 0, $count{calibrated} // 0, $seconds;
	printf "pushed down: %d of %d plans looked at (%s)\n", $sent, $sampled,
	  join(', ', map { sprintf '%s %d/%d', $_, $pushed{pushed}{$_} // 0, $pushed{sampled}{$_} } sort keys %{ $pushed{sampled} // {} });
	my $rc = 0;
	if ($sampled >= 20 && $sent * 100 < $sampled * $option{'least-pushed'})
	{
		print "Too little is pushed down to prove anything.\n";
		$rc = 1;
	}
	printf "%d differences\n", $count{differences} // 0;
	exit($rc || $count{differences} ? 1 : 0);
}

END
{
	my $rc = $?;
	%session = ();
	if ($admin)
	{
		eval { $admin->disconnect; $admin = connect_to(undef); $admin->do("DROP DATABASE IF EXISTS $database WITH (FORCE)"); };
	}
	unlink glob "$option{dir}/*" if $option{dir};
	rmdir $option{dir};
	$? = $rc;
}
$SIG{$_} = sub { exit 130 } foreach qw(INT TERM HUP);

# Half of the seeds have a default collation that is not the order of bytes.
my $locale = $option{seed} % 2 ? "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'" : "LOCALE 'C.UTF-8'";
$admin->do("CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8' $locale");
$admin = connect_to($database);
$admin->do(<<"SQL");
CREATE EXTENSION fraiseql;
CREATE SCHEMA remote;
CREATE SCHEMA twin;
CREATE SCHEMA shared;
CREATE COLLATION shared.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE shared.mood AS ENUM ('sad', 'ok', 'happy', 'Happy');
CREATE DOMAIN shared.positive AS integer CHECK (value >= 0);
SQL
$admin->do($engine->hub_sql('source'));
$admin->do($hub_local);
sub open_session
{
	my ($name) = @_;

	$session{$name} = connect_to($database);
	$session{$name}->do('SET search_path = ' . ($name eq 'twin' ? 'twin' : 'remote') . ', shared; LOAD \'fraiseql\'; SET fraiseql.pushdown = ' . ($name eq 'on' ? 'on' : 'off'));
}

# After a crash: as soon as the server takes connections again.
sub reconnect
{
	for my $try (1 .. 300)
	{
		last if eval { $admin = connect_to($database); 1 };
		die "the server does not come back: $@" if $try == 300;
		select undef, undef, undef, 0.1;
	}
	open_session($_) foreach qw(on off twin);
}

open_session($_) foreach qw(on off twin);
calibrate() unless $option{only};
my ($first, $last) = $option{only} ? ($option{only}, $option{only}) : (1, $option{rounds});
my $set = -1;
for ($round = $first; $round <= $last; $round++)
{
	my $wanted = int(($round - 1) / $rounds_per_set);
	if ($wanted != $set)
	{
		$set = $wanted;
		$tables = make_tables($set);
	}
	reseed(0, $round);
	$count{rounds}++;
	if ($round % $rounds_per_set == 0) { run_bad_round(); } else { run_round(); }
	if (lost())
	{
		reconnect();
		$set = -1;
	}
}
finish();
