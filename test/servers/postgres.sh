#!/usr/bin/env bash
# A PostgreSQL to connect to: a cluster of its own beside the hub's, with
# passwords (scram) on 127.0.0.1.
#
#   postgres.sh start DIR [PORT]   make DIR if need be, start, wait until it answers
#   postgres.sh stop DIR           stop it
#   postgres.sh kill DIR           end it at once, as a crash would
#
# The binaries are those that PATH finds; it runs as the user that calls this,
# who is not root.  After start, DIR/port holds the port and DIR/pid the process;
# DIR/env says how it is reached: FSQ_POSTGRES_HOST, _PORT, _USER, _PASSWORD.
# The user is a superuser there; its socket, in DIR too, asks for no password.
set -euo pipefail
cmd=${1:-} DIR=${2:-}

free_port() {
	/usr/bin/perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0)->sockport'
}

running() { [ -s "$DIR/pid" ] && kill -0 "$(cat "$DIR/pid")" 2>/dev/null; }

start() {
	running && return 0
	mkdir -p "$DIR"
	local port=${1:-}
	[ -n "$port" ] || port=$([ -f "$DIR/port" ] && cat "$DIR/port" || free_port)
	if [ ! -d "$DIR/data" ]; then
		echo 'of the remote' >"$DIR/password"
		initdb -D "$DIR/data" -U remote --pwfile="$DIR/password" --auth-local=trust --auth-host=scram-sha-256 \
			-E UTF8 --locale=C.UTF-8 --no-sync >"$DIR/initdb.log" 2>&1 || { cat "$DIR/initdb.log" >&2; return 1; }
		cat >>"$DIR/data/postgresql.conf" <<-CONF
			listen_addresses = '127.0.0.1'
			unix_socket_directories = '$DIR'
			fsync = off
			max_connections = 60
		CONF
	fi
	pg_ctl -D "$DIR/data" -o "-p $port" -l "$DIR/server.log" -w -s start ||
		{ tail -n 20 "$DIR/server.log" >&2; return 1; }
	echo "$port" >"$DIR/port"
	head -n 1 "$DIR/data/postmaster.pid" >"$DIR/pid"
	cat >"$DIR/env" <<-ENV
		export FSQ_POSTGRES_HOST=127.0.0.1 FSQ_POSTGRES_PORT=$port
		export FSQ_POSTGRES_USER=remote FSQ_POSTGRES_PASSWORD='of the remote'
	ENV
}

# The postmaster and its children at once; the next start recovers.
end_all() {
	local pid
	pid=$(cat "$DIR/pid")
	kill -KILL "$pid" $(ps -o pid= --ppid "$pid") 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	rm -f "$DIR/data/postmaster.pid" "$DIR/pid"
}

case $cmd in
start) start "${3:-}" ;;
stop)
	! running || pg_ctl -D "$DIR/data" -m fast -w -s stop
	rm -f "$DIR/pid"
	;;
kill) ! running || end_all ;;
*) echo "postgres.sh: start, stop, kill" >&2; exit 2 ;;
esac
