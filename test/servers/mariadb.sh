#!/usr/bin/env bash
# A private MariaDB for tests: data, socket, log and certificates in one
# directory, on 127.0.0.1 and a port of its own, never started as root.
#
#   mariadb.sh start DIR [PORT]   make DIR if need be, start, wait until it answers
#   mariadb.sh stop DIR           stop it
#   mariadb.sh kill DIR           end it at once, as a crash would
#   mariadb.sh run DIR FILE       run a file of SQL as its administrator
#
# After start, DIR/port holds the port, DIR/pid the process, DIR/socket is the
# socket; the login is hub / secret, who may do anything; DIR/ca.pem is the
# authority of the server's certificate, whose name is localhost.  DIR/env says
# where DIR is: FSQ_MARIADB.
#
# FSQ_MARIADB_MEMORY is the size of its buffer pool (64M, for tests).  Temporary
# files are in DIR, too: one that starts deletes those of others that it finds.
set -euo pipefail
cmd=$1 DIR=$2

as_user() {
	if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# A certificate authority, one that nobody knows, and the server's certificate.
certificates() {
	cd "$DIR"
	local days="-days 3650"
	openssl req -x509 -newkey rsa:2048 -nodes $days -keyout ca.key -out ca.pem -subj /CN=fraiseql-test-ca 2>/dev/null
	openssl req -x509 -newkey rsa:2048 -nodes $days -keyout other.key -out other.pem -subj /CN=another-ca 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost 2>/dev/null
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial $days -out server.pem \
		-extfile <(printf 'subjectAltName=DNS:localhost') 2>/dev/null
}

free_port() {
	/usr/bin/perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0)->sockport'
}

running() { [ -f "$DIR/pid" ] && kill -0 "$(cat "$DIR/pid")" 2>/dev/null; }

start() {
	running && return 0
	mkdir -p "$DIR/tmp"
	[ "$(id -u)" -ne 0 ] || chown postgres: "$DIR" "$DIR/tmp"
	if [ ! -d "$DIR/data" ]; then
		certificates
		[ "$(id -u)" -ne 0 ] || chown -R postgres: "$DIR"
		as_user mariadb-install-db --no-defaults --datadir="$DIR/data" --tmpdir="$DIR/tmp" --auth-root-authentication-method=normal \
			--skip-test-db >"$DIR/install.log" 2>&1 || { cat "$DIR/install.log" >&2; exit 1; }
	fi
	local port=${1:-}
	[ -n "$port" ] || port=$([ -f "$DIR/port" ] && cat "$DIR/port" || free_port)
	echo "$port" >"$DIR/port"
	local user=()
	[ "$(id -u)" -ne 0 ] || user=(runuser -u postgres --)
	"${user[@]}" mariadbd --no-defaults --datadir="$DIR/data" --tmpdir="$DIR/tmp" --socket="$DIR/socket" --pid-file="$DIR/pid" \
		--bind-address=127.0.0.1 --port="$port" --log-error="$DIR/error.log" \
		--ssl-ca="$DIR/ca.pem" --ssl-cert="$DIR/server.pem" --ssl-key="$DIR/server.key" \
		--innodb-buffer-pool-size="${FSQ_MARIADB_MEMORY:-64M}" --innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=2 \
		--innodb-fast-shutdown=2 --skip-name-resolve=0 --performance-schema=off --max-connections=60 \
		>/dev/null 2>&1 </dev/null &
	local i
	for ((i = 0; i < 600; i++)); do
		mariadb-admin --no-defaults --socket="$DIR/socket" -u root ping >/dev/null 2>&1 && break
		sleep 0.1
	done
	run <(cat <<-SQL
		CREATE USER IF NOT EXISTS hub IDENTIFIED BY 'secret';
		GRANT ALL ON *.* TO hub WITH GRANT OPTION;
	SQL
	) || { tail -n 20 "$DIR/error.log" >&2; exit 1; }
	echo "export FSQ_MARIADB=$DIR" >"$DIR/env"
}

run() { mariadb --no-defaults --default-character-set=utf8mb4 --socket="$DIR/socket" -u root --batch <"$1"; }

stop() {
	running || return 0
	local pid
	pid=$(cat "$DIR/pid")
	kill -CONT "$pid"
	kill -"$1" "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
	rm -f "$DIR/pid"
}

case $cmd in
start) start "${3:-}" ;;
stop) stop TERM ;;
kill) stop KILL ;;
run) run "$3" ;;
*) echo "mariadb.sh: start, stop, kill, run" >&2; exit 1 ;;
esac
