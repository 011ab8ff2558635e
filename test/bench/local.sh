# test/bench/local.sh: what needs no server: SQLite files, and GraphQL over
# tables of the hub.  Sourced by run.sh.

# Microseconds of processor time for each statement, by so many sessions at once.
guard_cost() {
	local i pids=()
	for ((i = 0; i < $1; i++)); do
		query -c "SELECT guard_microseconds('guarded', 300000)" >"$WORK/guard.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$WORK"/guard.? | awk '{sum += $1} END {print sum / NR}'
	rm -f "$WORK"/guard.?
}
guard_8() { guard_cost 8; }
guard_1() { guard_cost 1; }

bench_guard() {
	headline "The guard of remote servers"
	as_user gcc -O2 -shared -fPIC -I"$("$PGBIN/pg_config" --includedir-server)" -I"$WORK/src/src" -I"$WORK/src/fdw" \
		-o "$WORK/guard.so" "$BENCH/guard.c"
	query -c "CREATE FUNCTION guard_microseconds(text, integer) RETURNS float8 LANGUAGE C STRICT AS '$WORK/guard.so'" \
		-c "CREATE SERVER guarded FOREIGN DATA WRAPPER fraiseql_postgres"
	versus guard_8 guard_1
	bound "processor time for each statement, 8 sessions" us 2
}

scan_sqlite() { duration "SELECT * FROM source.big"; }
scan_local() { duration "SELECT * FROM public.big"; }
scan_sqlite_bare() { as_user "$WORK/bare" "$WORK/big.db" scan 2>/dev/null; }
latency() { tps 1 -M prepared -f "$BENCH/$1.sql" | awk '{print 1e6 / $1}'; }
key_sqlite() { latency key_foreign; }
key_local() { latency key_local; }
key_sqlite_bare() { as_user "$WORK/bare" "$WORK/big.db" lookup 200000 2>/dev/null; }

bench_sqlite() {
	headline "SQLite"
	as_user gcc -O2 -o "$WORK/bare" "$BENCH/bare.c" -lsqlite3
	as_user sqlite3 "$WORK/big.db" <"$BENCH/big.sql" >/dev/null
	query -v file="$WORK/big.db" -f "$BENCH/hub_sqlite.sql"

	versus scan_sqlite scan_sqlite_bare
	compare "scan of 1,000,000 rows / bare C loop" ms "<= 3.0"
	versus scan_sqlite scan_local
	compare "scan of 1,000,000 rows / local table" ms
	versus key_sqlite key_local
	compare "row by key, 1 client / local row by key" us
	versus key_sqlite key_sqlite_bare
	compare "row by key, 1 client / bare C lookup, no PostgreSQL" us
}

graphql() { tps "$2" -M prepared -f "$BENCH/$1_graphql.sql"; }
by_hand() { tps "$2" -M prepared -f "$BENCH/$1_sql.sql"; }
nested_graphql_1() { graphql nested 1; }
nested_sql_1() { by_hand nested 1; }
nested_graphql_8() { graphql nested 8; }
nested_sql_8() { by_hand nested 8; }
row_graphql() { graphql row 1; }
page_graphql() { graphql page 1; }
page_list() { tps 1 -M prepared -f "$BENCH/page_list.sql"; }
total_graphql() { graphql total 1; }
total_sql() { by_hand total 1; }
row_sql() { by_hand row 1; }

# The same answer first.
same_answer() {
	local kind
	for kind in graphql sql; do
		query -c "$(sed "/^.set/d; s/:id/7/g; s/^SELECT \(.*\);\$/SELECT (\1)::jsonb AS a/" "$BENCH/$1_$kind.sql")" >"$WORK/answer.$kind"
	done
	cmp -s "$WORK/answer.graphql" "$WORK/answer.sql" && return
	head -c 600 "$WORK/answer.graphql" "$WORK/answer.sql" >&2
	die "GraphQL and the hand-written SQL ($1) give different answers."
}

bench_graphql() {
	headline "GraphQL over local tables"
	query -f "$BENCH/hub_graphql.sql"
	same_answer nested
	same_answer row

	versus nested_graphql_8 nested_sql_8
	compare "users > posts > comments, 8 clients / json_agg by hand" tps ">= 1.0"
	versus nested_graphql_1 nested_sql_1
	compare "users > posts > comments, 1 client / json_agg by hand" tps
	versus row_graphql row_sql
	compare "one row / prepared json_build_object" tps ">= 0.4"
	versus page_graphql page_list
	compare "connection, 30 of 200,000 rows, no totalCount / list of 31" tps ">= 0.7"
	versus total_graphql total_sql
	compare "the same with totalCount / without, and SELECT count(*)" tps ">= 0.9"
	first_request
}

# Two hubs that differ in the number of tables; the first request of a session.
first() { query -d "$1" -c '\timing on' -c "SELECT fraiseql.graphql('{ things1 { id name } }')" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'; }
first_2000() { first tables2000; }
first_2() { first tables2; }
first_cpu_2000() { cpu_time "SELECT fraiseql.graphql('{ things1 { id name } }')" -d tables2000; }
first_cpu_2() { cpu_time "SELECT fraiseql.graphql('{ things1 { id name } }')" -d tables2; }

first_request() {
	local n
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
	REPEATS=$((REPEATS * 4)) versus first_2000 first_2
	compare "first request of a session: 2,000 tables / 2 tables" ms
	difference "  difference" ms 20
	REPEATS=$((REPEATS * 4)) versus first_cpu_2000 first_cpu_2
	difference "  difference in processor time" ms
}
