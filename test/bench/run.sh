#!/usr/bin/env bash
# Ratios against hand-written code and against other wrappers, measured side by
# side in one run: A and B take turns.  It asserts nothing: machines differ,
# ratios much less.  What another wrapper's rows need and is not installed is
# installed (root), or said to be missing.
#
# FSQ_BENCH            which: guard sqlite graphql language mysql postgres sqlserver federated storm (all)
# FSQ_BENCH_REPEATS    pairs of runs of each row (5)
# FSQ_BENCH_SECONDS    of each pgbench run (3)
# FSQ_BENCH_STORM      seconds of each part of the storm (8)
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/test/lib/pg.sh"
. "$ROOT/test/lib/servers.sh"
. "$ROOT/test/bench/measure.sh"
. "$ROOT/test/bench/local.sh"
. "$ROOT/test/bench/language.sh"
. "$ROOT/test/bench/network.sh"
. "$ROOT/test/bench/federated.sh"
. "$ROOT/test/bench/storm.sh"
REPEATS=${FSQ_BENCH_REPEATS:-5}
SECONDS_EACH=${FSQ_BENCH_SECONDS:-3}
SECTIONS=${FSQ_BENCH:-guard sqlite graphql language mysql postgres sqlserver federated storm}

# What a section needs beside the build: the server and the peer.
declare -A NEEDS=(
	[guard]= [sqlite]= [graphql]=
	[language]=nodejs
	[mysql]="mariadb-server postgresql-$POSTGRES_MAJOR-mysql-fdw"
	[postgres]="postgresql-contrib"
	[sqlserver]="libssl-dev freetds-bin postgresql-$POSTGRES_MAJOR-tds-fdw"
	[federated]="mariadb-server postgresql-$POSTGRES_MAJOR-mysql-fdw libssl-dev freetds-bin"
	[storm]="mariadb-server libssl-dev freetds-bin"
)
# npm comes with nodejs or in a package of its own, never both
command -v npm >/dev/null || NEEDS[federated]+=" nodejs npm"
declare -A SERVER=([mysql]=mariadb [postgres]=postgres [sqlserver]=sqlserver [federated]="mariadb postgres sqlserver" [storm]="mariadb postgres sqlserver")

need_packages $PG_PACKAGES
ready=() SERVERS=
for section in $SECTIONS; do
	[ -n "${NEEDS[$section]+known}" ] || die "There is no benchmark named $section."
	if (need_packages ${NEEDS[$section]}); then
		ready+=("$section")
		for server in ${SERVER[$section]:-}; do
			[[ " $SERVERS " = *" $server "* ]] || SERVERS="$SERVERS $server"
		done
	else
		say "Left out: $section."
	fi
done

temporary_work
trap 'stop_servers; stop_cluster; end_processes; rm -rf "$WORK"' EXIT
cd "$WORK"
private_pg
copy_tree
BENCH=$WORK/src/test/bench
say "Building ..."
build_and_install
start_cluster "shared_preload_libraries = 'fraiseql'" "jit = off" "max_parallel_workers_per_gather = 0" \
	"autovacuum = off" "max_locks_per_transaction = 1024" "max_connections = 80"
# all tables fit into it, as they do where somebody looks after the server
export FSQ_MARIADB_MEMORY=2G
start_servers
as_user createdb bench
export PGDATABASE=bench
query -c 'CREATE EXTENSION fraiseql'
for section in "${ready[@]}"; do "bench_$section"; done
