# test/bench/federated.sh: requests over several databases at once, against what
# else could answer them.  Sourced by run.sh.
#
# 100,000 users are the hub's; 1,000,000 orders and 2,000,000 items are in
# MariaDB, analytics in a SQLite file, activity in SQL Server's stand-in, payments
# in another PostgreSQL.  The peers:
#
#   Node	the same service written by hand (test/bench/node), asked over HTTP by
#			federated/http_load.c; the hub has no HTTP server, and is asked over
#			PostgreSQL's protocol by pgbench.  Both give the same JSON, which is
#			looked at first.
#   bare	the statements on the request's critical path, one after the other, by a
#			C program that reads their rows and does nothing else
#   mysql_fdw	one statement of SQL written by hand, over its foreign tables
#
# FSQ_BENCH_NODE names the directory into which npm installs (default: one under
# TMPDIR, which stays).
LAST_START=90000

# ---- the hub, the service and the others, each asked for one query ----

# The variable in the same statement as the query, as pgbench wants it.
federated_script() {
	printf '\\set start random(1, %s)\nSELECT fraiseql.graphql($graphql$%s$graphql$, jsonb_build_object('\''start'\'', :start::int));\n' \
		"$LAST_START" "$(cat "$FEDERATED/$1.graphql")"
}

# What pgbench logs of so many clients' requests, in the order of their ends.
hub_log() {
	rm -f "$WORK"/pgbench_log.*
	as_user pgbench -n -T "$SECONDS_EACH" -c "$1" -j "$(($1 > 2 ? 2 : $1))" -M prepared -l --log-prefix="$WORK/pgbench_log" \
		-f "$WORK/$QUERY.sql" >/dev/null 2>"$WORK/pgbench.err"
	cat "$WORK"/pgbench_log.* | sort -k 5,5n -k 6,6n
}
# A session's first request plans and connects: it is left out, as the peers'
# are.  All count where a run was too short for a second one of each.
hub_tps() {
	hub_log "$CLIENTS" | awk '{end = $5 + $6 / 1e6; n++; all++; if (all == 1) start = end - $3 / 1e6}
		!($1 in seen) {seen[$1] = 1; warm = end; n = 0}
		END {print (n > 0 ? n / (end - warm) : all / (end - start))}'
}
hub_us() { hub_log 1 | awk '{last = $3} NR > 1 {sum += $3; n++} END {print (n > 0 ? sum / n : last)}'; }
fdw_us() { PGOPTIONS='-c client_min_messages=warning' tps 1 -f "$FEDERATED/${QUERY}_fdw.sql" | awk '{print 1e6 / $1}'; }
bare_us() { as_user "$WORK/bare_shop" "$SECONDS_EACH" "$LAST_START" $STATEMENTS 2>/dev/null; }
node_tps() { as_user "$WORK/http_load" "$NODE_PORT" "$FEDERATED/$QUERY.graphql" "$CLIENTS" "$SECONDS_EACH" "$LAST_START"; }
cluster_tps() { NODE_PORT=$CLUSTER_PORT node_tps; }

# ---- processor time, which hardly depends on what else runs ----

# Ticks of a process that it has used, or of those that it has waited for.
ticks_of() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }
ticks_below() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $14 + $15}'; }

# Microseconds of a request, of so many ticks in a number of requests.
ticks_us() { awk -v ticks="$1" -v requests="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN {print ticks * 1e6 / hz / requests}'; }

# What one client's requests take of the backend, of the service, of MySQL for either.
hub_cpu() {
	local postmaster before first requests
	postmaster=$(head -n 1 "$WORK/data/postmaster.pid")
	before=$(ticks_below "$postmaster")
	hub_requests -t 1 >/dev/null
	backend_gone
	first=$(ticks_below "$postmaster")
	requests=$(hub_requests -T "$SECONDS_EACH")
	backend_gone
	# a session's beginning and its first request are left out
	ticks_us $(($(ticks_below "$postmaster") - first - (first - before))) $((requests > 1 ? requests - 1 : 1))
}
# A backend is counted when the postmaster has taken note of its end.
backend_gone() { while ps -o args= --ppid "$postmaster" | grep -E ' shop |defunct' >/dev/null; do sleep 0.02; done; }
node_cpu() {
	local before rate
	before=$(ticks_of "$NODE_PID")
	rate=$(CLIENTS=1 node_tps)
	ticks_us $(($(ticks_of "$NODE_PID") - before)) "$(awk "BEGIN {print $rate * $SECONDS_EACH}")"
}
hub_mysql_cpu() {
	local before requests
	before=$(ticks_of "$(cat "$FSQ_MARIADB/pid")")
	requests=$(hub_requests -T "$SECONDS_EACH")
	ticks_us $(($(ticks_of "$(cat "$FSQ_MARIADB/pid")") - before)) "$requests"
}
node_mysql_cpu() {
	local before rate
	before=$(ticks_of "$(cat "$FSQ_MARIADB/pid")")
	rate=$(CLIENTS=1 node_tps)
	ticks_us $(($(ticks_of "$(cat "$FSQ_MARIADB/pid")") - before)) "$(awk "BEGIN {print $rate * $SECONDS_EACH}")"
}
hub_requests() {
	as_user pgbench -n "$@" -c 1 -M prepared -f "$WORK/$QUERY.sql" 2>"$WORK/pgbench.err" |
		sed -n 's/.*actually processed: \([0-9]*\).*/\1/p'
}

# ---- rows ----

against_node_cpu() {
	[ -n "$NODE_PORT" ] || return 0
	versus hub_cpu node_cpu
	compare "  processor time of a request: the backend / Node" us
	versus hub_mysql_cpu node_mysql_cpu
	compare "  the same, of MySQL for it" us
}

# A row against the service: text, clients, goal.
against_node() {
	[ -n "$NODE_PORT" ] || return 0
	local CLIENTS=$2
	versus hub_tps node_tps
	compare "$1, $2 client$([ "$2" -eq 1 ] || echo s) / Node" tps "${3:-}"
}
against_cluster() {
	[ -n "$NODE_PORT" ] || return 0
	local CLIENTS=8
	versus hub_tps cluster_tps
	compare "  8 clients / Node, a process for each of $(nproc) cores" tps
}
against_bare() {
	local STATEMENTS=$1
	versus hub_us bare_us
	compare "  1 client / bare C client: $2" us "${3:-}"
}
against_sql() {
	versus hub_us fdw_us
	compare "  1 client / one statement of SQL over mysql_fdw" us
}

# ---- setting up ----

federated_servers() {
	as_user gcc -O2 -o "$WORK/http_load" "$FEDERATED/http_load.c" -lpthread
	as_user gcc -O2 $(mariadb_config --include) -I"$(pg_config --includedir)" -o "$WORK/bare_shop" "$FEDERATED/bare_shop.c" -lpq -lmariadb -lsqlite3 -lsybdb
	as_user make -s -C "$WORK/src/test/servers/proxy" BIN="$WORK/fault-proxy"

	as_user "$WORK/src/test/servers/mariadb.sh" run "$FSQ_MARIADB" "$FEDERATED/mysql.sql" >/dev/null &
	local mysql=$!
	as_user sqlite3 "$WORK/shop.db" <"$FEDERATED/sqlite.sql" >/dev/null
	as_user tsql -H 127.0.0.1 -p "$FSQ_SQLSERVER_PORT" -U "$FSQ_SQLSERVER_USER" -P "$FSQ_SQLSERVER_PASSWORD" \
		<"$FEDERATED/sqlserver.sql" >"$WORK/tsql.log" 2>&1
	PGPASSWORD=$FSQ_POSTGRES_PASSWORD query -h "$FSQ_POSTGRES_HOST" -p "$FSQ_POSTGRES_PORT" -U "$FSQ_POSTGRES_USER" \
		-d postgres -f "$FEDERATED/postgres.sql"
	wait $mysql || die "MariaDB's tables cannot be made."

	export MYSQL_PORT SQLITE_FILE=$WORK/shop.db POSTGRES_URL
	MYSQL_PORT=$(cat "$FSQ_MARIADB/port")
	export SQLSERVER_PORT=$FSQ_SQLSERVER_PORT SQLSERVER_USER=$FSQ_SQLSERVER_USER SQLSERVER_PASSWORD=$FSQ_SQLSERVER_PASSWORD
}

# A proxy before a server's port that delays each direction by so many ms; its
# port.
delayed() {
	local dir=$WORK/proxy.$1
	as_user mkdir -p "$dir"
	as_user "$WORK/fault-proxy" --target "$2" --dir "$dir" >"$dir/log" 2>&1 &
	disown
	until [ -s "$dir/port" ] && as_user "$WORK/fault-proxy" --dir "$dir" latency "$3" >/dev/null 2>&1; do sleep 0.05; done
	cat "$dir/port" >"$WORK/proxy.$1.port"
}

postgres_url() { echo "host=$FSQ_POSTGRES_HOST port=$1 user=$FSQ_POSTGRES_USER password='$FSQ_POSTGRES_PASSWORD' dbname=postgres sslmode=disable"; }

federated_hub() {
	delayed mysql "$MYSQL_PORT" 50
	delayed postgres "$FSQ_POSTGRES_PORT" 50
	delayed sqlserver "$FSQ_SQLSERVER_PORT" 50
	as_user createdb shop
	PGOPTIONS='-c client_min_messages=warning' query -v file="$SQLITE_FILE" -v mysql="$MYSQL_PORT" \
		-v postgres="$FSQ_POSTGRES_PORT" -v sqlserver="$FSQ_SQLSERVER_PORT" -v slow_mysql="$(cat "$WORK/proxy.mysql.port")" \
		-v slow_postgres="$(cat "$WORK/proxy.postgres.port")" -v slow_sqlserver="$(cat "$WORK/proxy.sqlserver.port")" \
		-v user="$FSQ_POSTGRES_USER" -v password="$FSQ_POSTGRES_PASSWORD" \
		-v sqlserver_user="$FSQ_SQLSERVER_USER" -v sqlserver_password="$FSQ_SQLSERVER_PASSWORD" -f "$FEDERATED/hub.sql" >/dev/null
	local q
	for q in profile profile_sqlserver nested wide top slow; do federated_script $q | as_user tee "$WORK/$q.sql" >/dev/null; done
}

# What npm installs for the service, by who runs this, in a directory of theirs.
install_node() {
	NODE_DIR=${FSQ_BENCH_NODE:-${TMPDIR:-/tmp}/fraiseql-bench-node}
	mkdir -p -m 755 "$NODE_DIR"
	[ -O "$NODE_DIR" ] || { say "$NODE_DIR belongs to somebody else."; return 1; }
	if ! cmp -s "$BENCH/node/package.json" "$NODE_DIR/installed.json"; then
		say "npm installs the service that is compared with ..."
		cp "$BENCH/node/package.json" "$NODE_DIR/"
		npm install --prefix "$NODE_DIR" --no-audit --no-fund --no-package-lock >"$WORK/npm.log" 2>&1 ||
			{ grep -m 5 -i error "$WORK/npm.log" >&2; return 1; }
		cp "$BENCH/node/package.json" "$NODE_DIR/installed.json"
	fi
	cp "$BENCH"/node/*.js "$NODE_DIR/"
}

free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0)->sockport'; }

# Start the service on a port with so many processes; NODE_STARTED is its process.
start_node() {
	local i
	NODE_ENV=production as_user node "$NODE_DIR/server.js" "$1" "$2" >"$WORK/node.$1.log" 2>&1 &
	disown
	for ((i = 0; i < 300; i++)); do
		NODE_STARTED=$(sed -n 's/^ready //p' "$WORK/node.$1.log" 2>/dev/null)
		[ -z "$NODE_STARTED" ] || return 0
		sleep 0.1
	done
	tail -n 5 "$WORK/node.$1.log" >&2
	return 1
}

# Both give the same answer, and so does the SQL by hand where there is one; then
# the service has a moment to get up to speed.
same_federated_answer() {
	local hub="fraiseql.graphql(\$graphql\$$(cat "$FEDERATED/$1.graphql")\$graphql\$, '{\"start\": 777}')::jsonb" port
	for port in $NODE_PORT $CLUSTER_PORT; do
		as_user "$WORK/http_load" "$port" "$FEDERATED/$1.graphql" ask 777 | as_user tee "$WORK/answer.json" >/dev/null
		[ "$(query -c "SELECT pg_read_file('$WORK/answer.json')::jsonb = $hub")" = t ] || die "The hub and the Node service ($1) give different answers."
		as_user "$WORK/http_load" "$port" "$FEDERATED/$1.graphql" 8 2 "$LAST_START" >/dev/null
	done
	[ -e "$FEDERATED/$1_fdw.sql" ] || return 0
	[ "$(PGOPTIONS='-c client_min_messages=warning' query -c "$(sed '/^.set/d; s/:start/777/; s/;$//; s/^SELECT .*$/SELECT (&)::jsonb/' "$FEDERATED/$1_fdw.sql") = $hub")" = t ] ||
		die "The hub and the hand-written SQL ($1) give different answers."
}

# ---- sources with a latency ----

# Milliseconds of a request in a session that has its connections: the median of five.
slow_ms() {
	local request
	request="SELECT fraiseql.graphql(\$graphql\$$(cat "$FEDERATED/slow.graphql")\$graphql\$, '{\"start\": 777}')"
	PGOPTIONS="-c fraiseql.schemas=slow -c fraiseql.join_strategy=$1" query -c "$request" -c "$request" -c '\timing on' \
		-c "$request" -c "$request" -c "$request" -c "$request" -c "$request" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | median
}
slow_parallel() { slow_ms parallel; }
slow_sequential() { slow_ms sequential; }
slow_bare() {
	MYSQL_PORT=$(cat "$WORK/proxy.mysql.port") POSTGRES_URL=$(postgres_url "$(cat "$WORK/proxy.postgres.port")") \
		SQLSERVER_PORT=$(cat "$WORK/proxy.sqlserver.port") STATEMENTS=$1 bare_us | awk '{print $1 / 1000}'
}
slow_chain() { slow_bare "10 users few skus"; }
slow_sum() { slow_bare "10 users few skus payments activity"; }

bench_federated() {
	local -x PGDATABASE=shop
	local FEDERATED=$BENCH/federated QUERY NODE_PORT= NODE_PID= CLUSTER_PORT=
	headline "Federated requests"
	federated_servers
	federated_hub
	if install_node; then
		NODE_PORT=$(free_port)
		start_node "$NODE_PORT" 1 || NODE_PORT=
		NODE_PID=$NODE_STARTED
		CLUSTER_PORT=$(free_port)
		start_node "$CLUSTER_PORT" "$(nproc)" || NODE_PORT=
	fi
	[ -n "$NODE_PORT" ] || { say "Left out: the rows against Node."; CLUSTER_PORT=; }
	for QUERY in profile profile_sqlserver nested wide top; do same_federated_answer $QUERY; done

	QUERY=profile
	against_node "a user > orders, analytics (SQLite)" 8 ">= 5"
	against_cluster
	against_node "  the same" 1
	against_bare "1 orders" "orders, its longest statement"
	against_node_cpu
	QUERY=profile_sqlserver
	against_node "a user > orders, activity (SQL Server's stand-in)" 8

	QUERY=nested
	against_node "100 users > orders > items" 1 ">= 2"
	against_node "  the same" 8 ">= 4"
	against_cluster
	against_bare "100 users orders items" "users, orders, items" "<= 1.3"
	against_sql
	against_node_cpu

	QUERY=wide
	against_node "5,000 users > orders" 1 ">= 2"
	against_node "  the same" 8 ">= 4"
	against_cluster
	against_bare "5000 users wide" "users, orders" "<= 1.3"
	against_sql
	against_node_cpu

	QUERY=top
	against_node "1,000 users > their 3 largest orders" 8
	against_bare "1000 users top" "users, orders"
	against_sql

	versus slow_parallel slow_chain
	compare "3 sources, 100 ms each, at once / bare C: users, orders, items" ms "<= 1.15"
	versus slow_sequential slow_sum
	compare "  one after the other / bare C: all statements" ms "<= 1.15"
}
