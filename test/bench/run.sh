#!/usr/bin/env bash
# Ratios against hand-written peers, measured side by side in one run: A and B
# take turns, and the medians are compared.  It asserts nothing: machines differ,
# ratios much less.
#
# FSQ_BENCH_REPEATS (default 5) and FSQ_BENCH_SECONDS (3, of each pgbench run).
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/test/lib/pg.sh"
REPEATS=${FSQ_BENCH_REPEATS:-5}
SECONDS_EACH=${FSQ_BENCH_SECONDS:-3}

need_packages $PG_PACKAGES
temporary_work
cd "$WORK"
private_pg
copy_tree
BENCH=$WORK/src/test/bench
say "Building ..."
build_and_install
as_user gcc -O2 -o "$WORK/bare" "$BENCH/bare.c" -lsqlite3
start_cluster "shared_preload_libraries = 'fraiseql'" "jit = off" "max_parallel_workers_per_gather = 0" \
	"autovacuum = off" "max_locks_per_transaction = 1024"
say "Loading a million rows ..."
as_user sqlite3 "$WORK/big.db" <"$BENCH/big.sql" >/dev/null
as_user createdb bench
export PGDATABASE=bench
as_user psql -X -q -v ON_ERROR_STOP=1 -v file="$WORK/big.db" -f "$BENCH/hub.sql"

query() { as_user psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# Run two commands in turn, each printing a number; sets A and B to the medians.
versus() {
	local i
	: >"$WORK/a"
	: >"$WORK/b"
	for i in $(seq "$REPEATS"); do
		$1 >>"$WORK/a"
		$2 >>"$WORK/b"
	done
	A=$(median "$WORK/a")
	B=$(median "$WORK/b")
}

median() { sort -g "$1" | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

row() { printf '%-58s %12s %12s %8s\n' "$@"; }
# description, unit; ratio A to B
compare() { row "$1" "$(printf '%.4g %s' "$A" "$2")" "$(printf '%.4g %s' "$B" "$2")" "$(awk "BEGIN {printf \"%.2f\", $A / $B}")"; }

execution() { query -c "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) $1" | sed -n 's/^Execution Time: \(.*\) ms/\1/p'; }
scan_foreign() { execution "SELECT * FROM source.big"; }
scan_local() { execution "SELECT * FROM public.big"; }
scan_bare() { as_user "$WORK/bare" "$WORK/big.db" scan 2>/dev/null; }

tps() { as_user pgbench -n -M prepared -T "$SECONDS_EACH" -c "$1" -j "$(($1 > 2 ? 2 : $1))" -f "$BENCH/$2.sql" 2>"$WORK/pgbench.err" | sed -n 's/^tps = \([0-9.]*\).*/\1/p'; }
latency() { tps 1 "$1" | awk '{print 1e6 / $1}'; }
key_foreign() { latency key_foreign; }
key_local() { latency key_local; }
key_bare() { as_user "$WORK/bare" "$WORK/big.db" lookup 200000 2>/dev/null; }
nested_graphql_1() { tps 1 nested_graphql; }
nested_sql_1() { tps 1 nested_sql; }
nested_graphql_8() { tps 8 nested_graphql; }
nested_sql_8() { tps 8 nested_sql; }
row_graphql() { tps 1 row_graphql; }
row_sql() { tps 1 row_sql; }

row "" "fraiseql" "peer" "ratio"
versus scan_foreign scan_bare
compare "scan of 1,000,000 SQLite rows / bare C loop" ms
versus scan_foreign scan_local
compare "scan of 1,000,000 SQLite rows / local table" ms
versus key_foreign key_local
compare "SQLite row by key / local row by key (1 client)" us
versus key_foreign key_bare
compare "SQLite row by key / bare C lookup, no server" us

if [ "$(query -c "SELECT to_regprocedure('fraiseql.graphql(text, jsonb, text)') IS NOT NULL")" != t ]; then
	say "fraiseql.graphql is not there."
	exit 0
fi

# The same answer first: a fast wrong one is not to be measured.
for pair in nested row; do
	query -c "$(sed "/^.set/d; s/:id/7/g; s/^SELECT \(.*\);\$/SELECT (\1)::jsonb AS a/" "$BENCH/${pair}_graphql.sql")" >"$WORK/answer.a"
	query -c "$(sed "/^.set/d; s/:id/7/g; s/^SELECT \(.*\);\$/SELECT (\1)::jsonb AS a/" "$BENCH/${pair}_sql.sql")" >"$WORK/answer.b"
	if ! cmp -s "$WORK/answer.a" "$WORK/answer.b"; then
		head -c 600 "$WORK/answer.a" "$WORK/answer.b" >&2
		die "GraphQL and the hand-written SQL ($pair) give different answers."
	fi
done

versus nested_graphql_8 nested_sql_8
compare "users > posts > comments / json_agg, 8 clients" tps
versus nested_graphql_1 nested_sql_1
compare "users > posts > comments / json_agg, 1 client" tps
versus row_graphql row_sql
compare "one row: GraphQL / prepared json_build_object" tps

# Two hubs that differ in the number of tables; the first request of a session.
for n in 2 2000; do
	as_user createdb "tables$n"
	query -d "tables$n" -c 'CREATE EXTENSION fraiseql' \
		-c "DO \$\$ BEGIN FOR i IN 1 .. $n LOOP
			EXECUTE format('CREATE TABLE thing_%s (id integer PRIMARY KEY, name text, created timestamptz, thing_%s_id integer %s)',
				i, greatest(i - 1, 1), CASE WHEN i > 1 THEN 'REFERENCES thing_' || i - 1 END);
			IF i % 100 = 0 THEN COMMIT; END IF;
		END LOOP; END \$\$" -c 'INSERT INTO thing_1 VALUES (1)' -c 'VACUUM ANALYZE'
	[ "$(query -d "tables$n" -c "SELECT fraiseql.graphql('{ things1 { id name } }')")" = '{"data":{"things1":[{"id":"1","name":null}]}}' ] ||
		die "The first request over $n tables gives a wrong answer."
done
first() { query -d "$1" -c '\timing on' -c "SELECT fraiseql.graphql('{ things1 { id name } }')" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'; }
first_2000() { first tables2000; }
first_2() { first tables2; }
for n in 2 2000; do
	answer=$(query -d "tables$n" -c "SELECT fraiseql.graphql('{ things1 { id name } }')")
	[ "$answer" = '{"data":{"things1":[{"id":"1","name":null}]}}' ] || die "Unexpected first answer: $answer"
done
REPEATS=$((REPEATS * 4))
versus first_2000 first_2
compare "first request of a session: 2,000 tables / 2 tables" ms
row "  difference" "$(awk "BEGIN {printf \"%.4g ms\", $A - $B}")" "" ""
