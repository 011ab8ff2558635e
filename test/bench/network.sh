# test/bench/network.sh: servers on the network, against other wrappers for them
# in the same cluster.  Sourced by run.sh.
#
# Both reach the server over TCP on 127.0.0.1 without TLS.  The other wrapper is
# as it comes, and, in rows that say so, with the settings that it is usually
# tuned with.

scan() { PGOPTIONS='-c client_min_messages=warning' duration "SELECT * FROM $1.big"; }
scan_cpu() { cpu_time "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM $1.big"; }
lookup() {
	local mode=$1
	printf '\\set id random(1, 1000000)\nSELECT * FROM %s.big WHERE id = :id;\n' "$2" | as_user tee "$WORK/lookup.sql" >/dev/null
	PGOPTIONS='-c client_min_messages=warning' tps 8 -M "$mode" -f "$WORK/lookup.sql"
}
top() { elapsed "$1.big" "SELECT * FROM $1.big ORDER BY n LIMIT 10"; }

# The two sides of a row, by the words ours and theirs after a measure.
ours() { $MEASURE "$OURS"; }
theirs() { $MEASURE "$THEIRS"; }

# Measure two schemas of the hub against each other: the row's text and unit,
# the goal, the measure and its arguments, then OURS and THEIRS are given.
against() {
	local text=$1 unit=$2 goal=$3 MEASURE=$4 OURS=$5 THEIRS=$6
	versus ours theirs
	compare "$text" "$unit" "$goal"
}

scan_mysql() { scan mysql; }
scan_mysql_bare() { as_user "$WORK/bare_mysql" 127.0.0.1 "$(cat "$FSQ_MARIADB/port")" hub secret 2>/dev/null; }

bench_mysql() {
	headline "MySQL (MariaDB)"
	as_user gcc -O2 $(mariadb_config --include) -o "$WORK/bare_mysql" "$BENCH/bare_mysql.c" -lmariadb
	as_user "$WORK/src/test/servers/mariadb.sh" run "$FSQ_MARIADB" "$BENCH/remote_mysql.sql" >/dev/null
	query -v port="$(cat "$FSQ_MARIADB/port")" -f "$BENCH/hub_mysql.sql"
	same_rows mysql.big mysql_fdw.big

	against "scan of 1,000,000 rows / mysql_fdw" ms "<= 0.65" scan mysql mysql_fdw
	against "  / mysql_fdw, fetch_size 10000" ms "" scan mysql mysql_fdw_tuned
	against "  processor time of the hub / mysql_fdw" ms "" scan_cpu mysql mysql_fdw
	versus scan_mysql scan_mysql_bare
	compare "  / bare C client, text protocol, mysql_use_result" ms "<= 2.0"
	against "row by key, 8 clients / mysql_fdw" tps ">= 2" "lookup prepared" mysql mysql_fdw
	against "  planned each time" tps "" "lookup simple" mysql mysql_fdw
	against "top 10 by an indexed column / mysql_fdw" ms "<= 0.02" top mysql mysql_fdw
}

bench_postgres() {
	headline "PostgreSQL"
	PGPASSWORD=$FSQ_POSTGRES_PASSWORD query -h "$FSQ_POSTGRES_HOST" -p "$FSQ_POSTGRES_PORT" -U "$FSQ_POSTGRES_USER" \
		-d postgres -f "$BENCH/remote_postgres.sql"
	query -v port="$FSQ_POSTGRES_PORT" -v password="$FSQ_POSTGRES_PASSWORD" -v user="$FSQ_POSTGRES_USER" -f "$BENCH/hub_postgres.sql"
	same_rows postgres.big postgres_fdw.big

	against "scan of 1,000,000 rows / postgres_fdw" ms "<= 1.0" scan postgres postgres_fdw
	against "  / postgres_fdw, fetch_size 10000" ms "" scan postgres postgres_fdw_tuned
	against "  processor time of the hub / postgres_fdw" ms "" scan_cpu postgres postgres_fdw
	against "row by key, 8 clients / postgres_fdw" tps ">= 2" "lookup prepared" postgres postgres_fdw
	against "  planned each time" tps "" "lookup simple" postgres postgres_fdw
}

bench_sqlserver() {
	headline "SQL Server (its stand-in, test/servers/tds)"
	as_user tsql -H 127.0.0.1 -p "$FSQ_SQLSERVER_PORT" -U "$FSQ_SQLSERVER_USER" -P "$FSQ_SQLSERVER_PASSWORD" \
		<"$BENCH/remote_sqlserver.sql" >"$WORK/tsql.log" 2>&1
	PGOPTIONS='-c client_min_messages=warning' query -v port="$FSQ_SQLSERVER_PORT" -v password="$FSQ_SQLSERVER_PASSWORD" \
		-v user="$FSQ_SQLSERVER_USER" -f "$BENCH/hub_sqlserver.sql"
	PGOPTIONS='-c client_min_messages=warning' same_rows sqlserver.big tds_fdw.big

	against "scan of 1,000,000 rows / tds_fdw" ms "<= 0.667" scan sqlserver tds_fdw
	against "  / tds_fdw without asking for estimates" ms "" scan sqlserver tds_fdw_tuned
	against "  processor time of the hub / the same" ms "" scan_cpu sqlserver tds_fdw_tuned
	against "row by key, 8 clients / tds_fdw" tps ">= 5" "lookup prepared" sqlserver tds_fdw
	against "  / tds_fdw without asking for estimates" tps "" "lookup prepared" sqlserver tds_fdw_tuned
}
