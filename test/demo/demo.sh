#!/usr/bin/env bash
# From nothing to a federated answer: installs what building needs, builds, starts
# a private cluster, shows the tour, and removes everything.
#
# What the machine has decides what is shown: a hub over a SQLite file always;
# one over four engines if the servers of ENGINE_PACKAGES are installed.
#
#   test/demo/demo.sh          the tour
#   test/demo/demo.sh shell    psql on the same hub; removed when psql ends
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/test/lib/pg.sh"
. "$ROOT/test/lib/servers.sh"

# MariaDB, and what builds and fills the server that stands for SQL Server.
ENGINE_PACKAGES="mariadb-server libssl-dev openssl freetds-bin"

hub_over_sqlite() {
	as_user sqlite3 "$WORK/legacy.db" <"$DEMO/remote_sqlite.sql" >/dev/null
	as_user createdb demo
	as_user psql -X -q -d demo -v legacy_db="$WORK/legacy.db" -f "$DEMO/hub_sqlite.sql"
	say "The hub \"demo\": 1,000 users in PostgreSQL; 5,000 orders and 1,000 rows of analytics in a SQLite file"
}

hub_over_engines() {
	start_servers
	PGPASSWORD=$FSQ_POSTGRES_PASSWORD as_user psql -X -q -h "$FSQ_POSTGRES_HOST" -p "$FSQ_POSTGRES_PORT" \
		-U "$FSQ_POSTGRES_USER" -d postgres -v ON_ERROR_STOP=1 -f "$DEMO/remote_users.sql"
	as_user "$SERVER_SCRIPTS/mariadb.sh" run "$FSQ_MARIADB" "$DEMO/remote_orders.sql" >/dev/null
	as_user tsql -H 127.0.0.1 -p "$FSQ_SQLSERVER_PORT" -U "$FSQ_SQLSERVER_USER" -P "$FSQ_SQLSERVER_PASSWORD" \
		<"$DEMO/remote_analytics.sql" >"$WORK/tsql.log" 2>&1
	as_user sqlite3 "$WORK/items.db" <"$DEMO/remote_items.sql" >/dev/null
	as_user createdb engines
	as_user psql -X -q -d engines -v mysql_port="$(cat "$FSQ_MARIADB/port")" -v postgres_port="$FSQ_POSTGRES_PORT" \
		-v postgres_user="$FSQ_POSTGRES_USER" -v postgres_password="$FSQ_POSTGRES_PASSWORD" \
		-v sqlserver_port="$FSQ_SQLSERVER_PORT" -v legacy_db="$WORK/items.db" -f "$DEMO/hub_engines.sql"
	say "The hub \"engines\": 1,000 users in another PostgreSQL, 5,000 orders in MariaDB, 10,000 items in a SQLite file,"
	say "1,000 rows of analytics in a test server that stands for SQL Server: it speaks its protocol and its SQL."
}

need_packages $PG_PACKAGES
engines=yes
missing=$(missing_packages $ENGINE_PACKAGES)
[ -z "$missing" ] || engines=
temporary_work
trap 'stop_servers; stop_cluster; end_processes; rm -rf "$WORK"' EXIT
cd "$WORK"
private_pg
copy_tree
DEMO=$WORK/src/test/demo
SERVER_SCRIPTS=$WORK/src/test/servers
say "Building fraiseql ..."
build_and_install
say "Starting a private PostgreSQL cluster in $WORK ..."
start_cluster "shared_preload_libraries = 'fraiseql'"
hub_over_sqlite
[ -z "$engines" ] || hub_over_engines

if [ "${1:-demo}" = shell ]; then
	say "psql on the hub; \\q stops and removes it.${engines:+  \\c engines leads to the one over four engines.}"
	trap : INT					# Ctrl-C is psql's
	as_user psql -X -d demo || true
	exit
fi
as_user psql -X -q -d demo -f "$DEMO/tour_sqlite.sql"
if [ -n "$engines" ]; then
	as_user psql -X -q -d engines -f "$DEMO/tour_engines.sql"
	as_user "$SERVER_SCRIPTS/mariadb.sh" stop "$FSQ_MARIADB"
	as_user psql -X -q -d engines -f "$DEMO/tour_outage.sql"
else
	say ""
	say "With these packages installed, the demo goes on with PostgreSQL, MySQL, SQLite and SQL Server in one request: $missing"
fi
say ""
say "Done; everything is stopped and removed. 'make shell' leaves you in psql on the same hub."
