# test/bench/storm.sh: one of three sources goes dark while 50 clients ask
# requests over all three, with the circuit breaker and without it.  Sourced by
# run.sh.
#
# A run: some seconds as on every day; then a proxy lets nothing through to
# MariaDB or back; after some more seconds it does again.  Each answer is looked
# at (storm/hub.sql), and what comes out is what clients get of the two other
# sources: requests answered per second.
STORM_CLIENTS=50
STORM_SECONDS=${FSQ_BENCH_STORM:-8}

storm_proxy() { as_user "$WORK/fault-proxy" --dir "$WORK/storm.proxy" "$@"; }
storm_time() { query -c 'SELECT clock_timestamp()'; }
storm_breaker() { query -c "SELECT $1 FROM fraiseql.circuit_breakers WHERE server = 'mysql'"; }

storm_until() {
	local i
	for ((i = 0; i < 1000; i++)); do
		[ "$(query -c "SELECT $1")" != t ] || return 0
		sleep 0.02
	done
	tail -n 3 "$WORK/storm.log" >&2
	die "This never came to be: $1"
}

# One run; its figures go to WORK/storm.on or .off, a line each: before, during,
# after, wrong, p99, waited, recovered; connections that reached the source, and
# milliseconds until its breaker closed.
storm_run() {
	local breaker=$1 ready dark opened back well reached clients
	query -c "ALTER SERVER mysql OPTIONS (SET circuit_breaker '$breaker')" -c "SELECT fraiseql.circuit_breaker_reset('mysql')" -c 'TRUNCATE answers' >/dev/null
	as_user pgbench -n -T 600 -c $STORM_CLIENTS -j 2 -M prepared -f "$BENCH/storm/request.sql" >"$WORK/storm.log" 2>&1 &
	clients=$!
	storm_until "count(*) > 20 * $STORM_CLIENTS FROM answers"
	ready=$(storm_time)
	sleep "$STORM_SECONDS"

	storm_proxy silence both >/dev/null
	dark=$(storm_time)
	opened=$dark
	if [ "$breaker" = on ]; then
		storm_until "state <> 'closed' FROM fraiseql.circuit_breakers WHERE server = 'mysql'"
		opened=$(storm_breaker opened_at)
	fi
	reached=$(storm_proxy count | awk '{print $2}')
	sleep "$STORM_SECONDS"
	reached=$(($(storm_proxy count | awk '{print $2}') - reached))

	back=$(storm_time)
	storm_proxy silence none >/dev/null
	[ "$breaker" = off ] || storm_until "state = 'closed' FROM fraiseql.circuit_breakers WHERE server = 'mysql'"
	storm_until "count(*) > $STORM_CLIENTS FROM answers WHERE started > '$back' AND what = 'whole'"
	well=$(storm_time)
	sleep "$STORM_SECONDS"
	# the clients' own end, not the shell's
	kill $(ps -o pid= --ppid $clients) 2>/dev/null || true
	wait $clients || true
	! grep -E 'ERROR|aborted' "$WORK/storm.log" >&2 || die "A client got an error."
	query -F ' ' -v ready="$ready" -v dark="$dark" -v opened="$opened" -v back="$back" -v well="$well" -f "$BENCH/storm/figures.sql" |
		awk -v reached=$reached -v closed="$(query -c "SELECT extract(epoch FROM '$well'::timestamptz - '$back') * 1000")" '{print $0, reached, closed}' |
		tr ' ' '\n' >"$WORK/storm.$breaker"
}

# The median of a line of all runs with the breaker, and without it.
storm_figure() { cat "$WORK/storm.$1".* | awk -v line="$2" '(FNR - 1) % 9 + 1 == line' | median; }
storm_row() {
	local on off verdict=
	on=$(storm_figure on "$2") off=$(storm_figure off "$2")
	[ -z "${4:-}" ] || verdict=$(awk "BEGIN {print ($on $4) ? \"met\" : \"NOT MET\"}")
	row "$1" "$(figure "$on") $3" "$(awk -v x="$off" 'BEGIN {exit x < 0 ? 0 : 1}' && echo never || echo "$(figure "$off") $3")" "" "" "${4:-}" "$verdict"
}

bench_storm() {
	local -x PGDATABASE=storm
	local runs=$(((REPEATS + 1) / 2)) run breaker before
	as_user make -s -C "$WORK/src/test/servers/proxy" BIN="$WORK/fault-proxy"
	as_user "$WORK/src/test/servers/mariadb.sh" run "$FSQ_MARIADB" "$BENCH/storm/mysql.sql" >/dev/null
	PGPASSWORD=$FSQ_POSTGRES_PASSWORD query -h "$FSQ_POSTGRES_HOST" -p "$FSQ_POSTGRES_PORT" -U "$FSQ_POSTGRES_USER" \
		-d postgres -f "$BENCH/storm/postgres.sql"
	as_user tsql -H 127.0.0.1 -p "$FSQ_SQLSERVER_PORT" -U "$FSQ_SQLSERVER_USER" -P "$FSQ_SQLSERVER_PASSWORD" \
		<"$BENCH/storm/sqlserver.sql" >"$WORK/tsql.log" 2>&1
	as_user mkdir -p "$WORK/storm.proxy"
	as_user "$WORK/fault-proxy" --target "$(cat "$FSQ_MARIADB/port")" --dir "$WORK/storm.proxy" >"$WORK/storm.proxy/log" 2>&1 &
	disown
	until [ -s "$WORK/storm.proxy/port" ]; do sleep 0.05; done
	as_user createdb storm
	PGOPTIONS='-c client_min_messages=warning' query -v mysql="$(cat "$WORK/storm.proxy/port")" -v postgres="$FSQ_POSTGRES_PORT" -v sqlserver="$FSQ_SQLSERVER_PORT" \
		-v user="$FSQ_POSTGRES_USER" -v password="$FSQ_POSTGRES_PASSWORD" \
		-v sqlserver_user="$FSQ_SQLSERVER_USER" -v sqlserver_password="$FSQ_SQLSERVER_PASSWORD" -f "$BENCH/storm/hub.sql" >/dev/null
	for ((run = 0; run < runs; run++)); do
		for breaker in on off; do
			storm_run $breaker
			mv "$WORK/storm.$breaker" "$WORK/storm.$breaker.$run"
		done
	done

	echo
	row "One of three sources goes dark, $STORM_CLIENTS clients" "breaker on" off "" "" goal ""
	storm_row "requests answered, before" 1 tps
	storm_row "  while it is dark, after the breaker has opened" 2 tps ">= 0.9 * $(storm_figure on 1)"
	storm_row "  after it is back" 3 tps
	storm_row "time after the opening until 90 % are answered again" 7 ms "<= 2000"
	storm_row "99 of 100 requests, while it is dark" 5 ms
	storm_row "requests that took longer than 1 s, while it is dark" 6 ""
	storm_row "answers that were not whole, nor partial with its name" 4 "" "== 0"
	storm_row "connections that reached it while it was dark" 8 ""
	storm_row "time after its return until the breaker was closed" 9 ms
}
