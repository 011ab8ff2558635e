#!/usr/bin/env bash
# From nothing to a federated answer: installs what is missing, builds, starts a
# private cluster, shows the tour, and removes everything.
#
#   test/demo/demo.sh          the tour
#   test/demo/demo.sh shell    psql on the same hub; removed when psql ends
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/test/lib/pg.sh"

need_packages $PG_PACKAGES
temporary_work
cd "$WORK"
private_pg
copy_tree
say "Building fraiseql ..."
build_and_install
say "Starting a private PostgreSQL cluster in $WORK ..."
start_cluster "shared_preload_libraries = 'fraiseql'"

as_user sqlite3 "$WORK/legacy.db" <"$WORK/src/test/demo/legacy.sql" >/dev/null
as_user createdb demo
export PGDATABASE=demo
as_user psql -X -q -v legacy_db="$WORK/legacy.db" -f "$WORK/src/test/demo/hub.sql"
say "The hub: 1,000 users in PostgreSQL; 5,000 orders and 1,000 rows of analytics in $WORK/legacy.db"

if [ "${1:-demo}" = shell ]; then
	say "psql on the hub; \\q stops and removes it."
	trap : INT					# Ctrl-C is psql's
	as_user psql -X || true
else
	as_user psql -X -q -f "$WORK/src/test/demo/tour.sql"
	say ""
	say "Done; the cluster is stopped and removed. 'make shell' leaves you in psql on the same hub."
fi
