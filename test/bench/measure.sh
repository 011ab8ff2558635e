# test/bench/measure.sh: two commands in turn, and what their numbers say.
# Sourced by run.sh, which sets WORK and REPEATS.

# Run two commands in turn, each printing a number.  A and B become the medians,
# RATIO the median of A/B pair by pair, LEAST and MOST its range: a machine whose
# speed drifts moves the pairs, not their ratios.
versus() {
	local i
	: >"$WORK/pairs"
	for ((i = 0; i < REPEATS; i++)); do
		printf '%s %s\n' "$($1)" "$($2)" >>"$WORK/pairs"
	done
	A=$(awk '{print $1}' "$WORK/pairs" | median)
	B=$(awk '{print $2}' "$WORK/pairs" | median)
	awk '{print $1 / $2}' "$WORK/pairs" | sort -g >"$WORK/ratios"
	RATIO=$(median <"$WORK/ratios")
	LEAST=$(head -n 1 "$WORK/ratios")
	MOST=$(tail -n 1 "$WORK/ratios")
}

median() { sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

row() { printf '%-62s %11s %11s %7s %-13s %-8s %s\n' "$@"; }

headline() {
	echo
	row "$1" fraiseql peer ratio range goal ""
}

# The difference of the medians of what was compared, its unit; the most that it
# should be, or none.
difference() {
	local difference verdict=
	difference=$(awk "BEGIN {print $A - $B}")
	[ -z "${3:-}" ] || verdict=$(awk "BEGIN {print ($difference <= $3) ? \"met\" : \"NOT MET\"}")
	row "$1" "$(figure "$difference") $2" "" "" "" "${3:+<= $3 $2}" "$verdict"
}

# What was compared, its unit; the goal for the ratio, as in "<= 0.65", or none.
compare() {
	local verdict=
	[ -z "${3:-}" ] || verdict=$(awk "BEGIN {print ($RATIO $3) ? \"met\" : \"NOT MET\"}")
	row "$1" "$(figure "$A") $2" "$(figure "$B") $2" "$(figure "$RATIO")" "$(figure "$LEAST")..$(figure "$MOST")" "${3:-}" "$verdict"
}

# What the first command took, and the most that it should take.
bound() {
	row "$1" "$(figure "$A") $2" "" "" "" "<= $3 $2" "$(awk "BEGIN {print ($A <= $3) ? \"met\" : \"NOT MET\"}")"
}

# A number in three digits, as a person reads it.
figure() { awk -v x="$1" 'BEGIN {printf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : x >= 0.1 ? "%.2f" : "%.2g", x)}'; }

query() { as_user psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# Milliseconds to plan and run a query whose rows go nowhere.
duration() {
	query -c "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY ON) $1" |
		awk '/^(Planning|Execution) Time:/ {sum += $3} END {print sum}'
}

# Milliseconds of processor time that the backend takes for a statement; further
# arguments are psql's.
cpu_time() {
	local statement=$1
	shift
	PGOPTIONS='-c log_statement_stats=on -c client_min_messages=log' query "$@" -c "$statement" 2>&1 |
		awk '/ s user, .* s elapsed/ {print ($2 + $5) * 1000; exit}'
}

# Milliseconds that psql waits for a query, in a session that has used the table.
elapsed() { query -c "SELECT id FROM $1 WHERE id = 1" -c '\timing on' -c "$2" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'; }

# Transactions per second of so many clients; further arguments are pgbench's.
tps() {
	local clients=$1
	shift
	as_user pgbench -n -T "$SECONDS_EACH" -c "$clients" -j "$((clients > 2 ? 2 : clients))" "$@" 2>"$WORK/pgbench.err" |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

# Two relations of the hub hold the same rows; a fast wrong answer is not to be
# measured.
same_rows() {
	local relation answers=()
	for relation in "$@"; do
		answers+=("$(query -c "SELECT count(*), sum(n::bigint), sum(hashtext(a || b)::bigint) FROM (SELECT * FROM $relation OFFSET 0) t")")
	done
	[ "${answers[0]}" = "${answers[1]}" ] || die "$1 has ${answers[0]}, $2 has ${answers[1]}."
}
