#!/usr/bin/env bash
# What stands for SQL Server: the TDS server of this directory, and the
# PostgreSQL behind it.
#
#   sqlserver.sh start DIR [PORT]   build it if need be, start both, wait until it answers
#   sqlserver.sh stop DIR           stop both
#   sqlserver.sh kill DIR           end the TDS server at once, as a crash would
#
# After start, DIR/port holds the port and DIR/pid the process of the server; the
# login is sa / Test-1234, which may do anything.  Another login is a line
# "name password" in DIR/users, read when the server starts.
# DIR/env says how it is reached: FSQ_SQLSERVER_PORT, _USER, _PASSWORD.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cmd=${1:-} DIR=${2:-}

free_port() {
	/usr/bin/perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0)->sockport'
}

running() { [ -s "$DIR/pid" ] && kill -0 "$(cat "$DIR/pid")" 2>/dev/null; }

start() {
	running && return 0
	mkdir -p "$DIR"
	# the first of several that start at the same time builds it
	flock "$here/tds/main.c" make -s -C "$here/tds"
	"$here/postgres.sh" start "$DIR/behind"
	. "$DIR/behind/env"
	local conninfo="host=$DIR/behind port=$FSQ_POSTGRES_PORT user=remote"
	psql -XAtqc "SELECT 1 FROM pg_database WHERE datname = 'tds'" "$conninfo dbname=postgres" | grep -q 1 ||
		psql -Xqc 'CREATE DATABASE tds TEMPLATE template0' "$conninfo dbname=postgres"
	local port=${1:-}
	[ -n "$port" ] || port=$([ -f "$DIR/port" ] && cat "$DIR/port" || free_port)
	"$here/tds/start.sh" start "$DIR" "$port" "$conninfo dbname=tds" --encrypt on
	echo "$port" >"$DIR/port"
	cp "$DIR/tds.pid" "$DIR/pid"
	cat >"$DIR/env" <<-ENV
		export FSQ_SQLSERVER_PORT=$port FSQ_SQLSERVER_USER=sa FSQ_SQLSERVER_PASSWORD=Test-1234
	ENV
}

# The server is a process per connection: all of them at once.
end_all() {
	local pid
	pid=$(cat "$DIR/pid")
	kill -KILL "$pid" $(ps -o pid= --ppid "$pid") 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	rm -f "$DIR/pid" "$DIR/tds.pid"
}

case $cmd in
start) start "${3:-}" ;;
stop)
	running && "$here/tds/start.sh" stop "$DIR"
	rm -f "$DIR/pid"
	"$here/postgres.sh" stop "$DIR/behind"
	;;
kill) ! running || end_all ;;
*) echo "sqlserver.sh: start, stop, kill" >&2; exit 2 ;;
esac
