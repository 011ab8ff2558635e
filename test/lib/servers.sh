# test/lib/servers.sh: the servers of the other engines, started and stopped
# together.  Sourced by test/run and test/dev after pg.sh.
#
# Each engine has test/servers/<name>.sh, which knows
#
#   start DIR [PORT]   make the server in DIR if need be, start it and wait until
#                      it answers; without PORT on the one it had, or a free one
#   stop DIR           end it in good order
#   kill DIR           end it at once, as a crash would
#
# and leaves DIR/port, DIR/pid (the process that is the server, or whose
# children are) and DIR/env (shell: how tests reach it).

SERVERS="mariadb postgres sqlserver"

start_servers() {
	local name started=()
	for name in $SERVERS; do
		as_user mkdir -p "$WORK/servers"
		as_user "$WORK/src/test/servers/$name.sh" start "$WORK/servers/$name" &
		started+=($!)
	done
	for name in "${started[@]}"; do wait "$name"; done
	for name in $SERVERS; do . "$WORK/servers/$name/env"; done
}

stop_servers() {
	local name
	for name in $SERVERS; do
		[ ! -e "$WORK/servers/$name/pid" ] || as_user "$WORK/src/test/servers/$name.sh" stop "$WORK/servers/$name" || true
	done
}
