#!/usr/bin/env bash
# A PostgreSQL to connect to: a cluster of its own beside the hub's, with
# passwords (scram) on 127.0.0.1.
#
#   test/servers/postgres.sh start DIR [PORT]   make and start it in DIR; without
#                                               PORT, on a free one
#   test/servers/postgres.sh stop DIR
#
# The binaries are those that PATH finds; it runs as the user that calls this.
# DIR/env says how it is reached: FSQ_POSTGRES_HOST, _PORT, _USER, _PASSWORD.
# The user is a superuser there; its socket, in DIR too, asks for no password.
set -euo pipefail

free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 20000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

start() {
	local dir=$1 port=${2:-}
	mkdir -p "$dir"
	[ -n "$port" ] || port=$(free_port)
	if [ ! -d "$dir/data" ]; then
		echo 'of the remote' >"$dir/password"
		initdb -D "$dir/data" -U remote --pwfile="$dir/password" --auth-local=trust --auth-host=scram-sha-256 \
			-E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
		cat >>"$dir/data/postgresql.conf" <<-CONF
			listen_addresses = '127.0.0.1'
			unix_socket_directories = '$dir'
			fsync = off
			max_connections = 50
		CONF
	fi
	pg_ctl -D "$dir/data" -o "-p $port" -l "$dir/server.log" -w -s start || { tail -n 20 "$dir/server.log" >&2; return 1; }
	cat >"$dir/env" <<-ENV
		export FSQ_POSTGRES_HOST=127.0.0.1 FSQ_POSTGRES_PORT=$port
		export FSQ_POSTGRES_USER=remote FSQ_POSTGRES_PASSWORD='of the remote'
	ENV
}

case ${1:-} in
start) start "${@:2}" ;;
stop) [ ! -f "$2/data/postmaster.pid" ] || pg_ctl -D "$2/data" -m immediate -w -s stop ;;
*) echo "test/servers/postgres.sh: start DIR [PORT], stop DIR" >&2; exit 2 ;;
esac
