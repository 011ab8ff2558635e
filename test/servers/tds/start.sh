#!/usr/bin/env bash
# Start the TDS server on 127.0.0.1 and wait until it answers, or stop it.
#
#   start.sh start DIR PORT CONNINFO [option of tds-server ...]
#   start.sh stop DIR
#
# DIR is a directory of the caller's, for the file of logins (users: "name
# password" a line; made with sa / Test-1234 when there is none), the certificate
# (made when encryption is asked for and none is given), the log and the pid.  CONNINFO names a
# PostgreSQL database, which the server fills with its helper schema.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cmd=${1:-} dir=${2:-}
[ -n "$dir" ] || { sed -n '2,11p' "$0" >&2; exit 2; }

case $cmd in
start)
	port=$3 conninfo=$4
	shift 4
	bin=${TDS_SERVER:-$here/tds-server}
	[ -e "$dir/users" ] || (umask 077 && echo 'sa Test-1234' >"$dir/users")
	tls=()
	if [[ " $* " == *" --encrypt "* && " $* " != *" --cert "* && " $* " != *" --encrypt off "* ]]; then
		[ -e "$dir/server.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
			-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$dir/server.key" -out "$dir/server.crt" 2>/dev/null
		tls=(--cert "$dir/server.crt" --key "$dir/server.key")
	fi
	rm -f "$dir/tds.pid"
	"$bin" --port "$port" --backend "$conninfo" --users "$dir/users" --share "$here" --ready "$dir/tds.pid" "${tls[@]}" "$@" \
		>"$dir/tds.log" 2>&1 </dev/null &
	pid=$!
	while [ ! -s "$dir/tds.pid" ]; do
		kill -0 "$pid" 2>/dev/null || { cat "$dir/tds.log" >&2; exit 1; }
		sleep 0.05
	done
	;;
stop)
	[ -s "$dir/tds.pid" ] || exit 0
	pid=$(cat "$dir/tds.pid")
	kill "$pid" 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	rm -f "$dir/tds.pid"
	;;
*)
	exit 2
	;;
esac
