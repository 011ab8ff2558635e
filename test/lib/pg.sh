# test/lib/pg.sh: a private PostgreSQL to build against, install into and run.
#
# The machine's own PostgreSQL is copied to a directory of ours (PostgreSQL
# finds its files relative to its binaries), so that nothing outside that
# directory changes: no extension in the system's directories, no cluster, no
# port.  Sourced by test/run and test/dev.
#
# WORK is the directory; PGBIN the private binaries; the cluster listens on a
# socket in WORK alone.

# The PostgreSQL to build for: Debian 12 has 15.
POSTGRES_MAJOR=${FSQ_POSTGRES:-15}

PG_PACKAGES="postgresql-$POSTGRES_MAJOR postgresql-server-dev-$POSTGRES_MAJOR gcc make libpq-dev libsqlite3-dev libmariadb-dev freetds-dev libjansson-dev sqlite3 rsync"
CHECK_PACKAGES="libipc-run-perl libdbi-perl libdbd-pg-perl libdbd-sqlite3-perl libdbd-mariadb-perl mariadb-server freetds-bin libssl-dev openssl procps python3-prometheus-client"
# npm comes with nodejs or in a package of its own, never both
command -v npm >/dev/null || CHECK_PACKAGES="$CHECK_PACKAGES nodejs npm"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Those of the packages that are not installed.
missing_packages() {
	local missing=() p
	for p in "$@"; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
	done
	echo "${missing[*]}"
}

# Install the packages that are missing (root), or say which they are.
need_packages() {
	local missing
	missing=($(missing_packages "$@"))
	[ ${#missing[@]} -eq 0 ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		die "These packages are missing: ${missing[*]}
Install them as root:  apt-get install ${missing[*]}"
	fi
	say "Installing ${missing[*]} ..."
	export DEBIAN_FRONTEND=noninteractive
	local log
	log=$(mktemp)
	# A package that brings a server must not start it here.
	local policy=/usr/sbin/policy-rc.d made=
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1
	fi
	local ok=1
	{ apt-get install -y --no-install-recommends "${missing[@]}" ||
		{ apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }; } >"$log" 2>&1 </dev/null || ok=
	[ -n "$made" ] && rm -f $policy
	if [ -z "$ok" ]; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "Could not install: ${missing[*]}"
	fi
	rm -f "$log"
}

# Run a command as the unprivileged user that owns WORK.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# Make WORK/pg, a private copy of the installed PostgreSQL.
private_pg() {
	local lib=/usr/lib/postgresql/$POSTGRES_MAJOR
	PGBIN=$WORK/pg/lib/postgresql/$POSTGRES_MAJOR/bin
	PG_CONFIG=$PGBIN/pg_config
	if [ ! -x "$PG_CONFIG" ]; then
		mkdir -p "$WORK/pg/lib/postgresql" "$WORK/pg/share/postgresql"
		cp -a $lib "$WORK/pg/lib/postgresql/$POSTGRES_MAJOR"
		cp -a /usr/share/postgresql/$POSTGRES_MAJOR "$WORK/pg/share/postgresql/$POSTGRES_MAJOR"
		ln -s /usr/include "$WORK/pg/include"
		own "$WORK/pg"
	fi
	export PG_CONFIG PGBIN
	export PATH=$PGBIN:$PATH
}

# From now on the private PostgreSQL runs under AddressSanitizer, and what is
# built has it and UBSan in it.  Findings end the backend and go to
# WORK/sanitizer/log.PID; those of UBSan to the server's log.
sanitized_pg() {
	local dir=$WORK/sanitizer asan
	asan=$(gcc -print-file-name=libasan.so)
	[ "$asan" != libasan.so ] || die "gcc has no libasan"
	as_user mkdir -p "$dir"
	as_user gcc -shared -fPIC -O1 -fno-builtin -Wl,-z,initfirst -o "$dir/first.so" "$ROOT/test/lib/asan_first.c"
	as_user mv "$PGBIN/postgres" "$PGBIN/postgres.plain"
	as_user tee "$PGBIN/postgres" >/dev/null <<-WRAPPER
		#!/bin/bash
		export LD_PRELOAD="$(readlink -f "$asan") $dir/first.so\${LD_PRELOAD:+ \$LD_PRELOAD}"
		export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4:abort_on_error=1:log_path=$dir/log
		export UBSAN_OPTIONS=print_stacktrace=1:log_path=$dir/log
		# by this name pg_ctl restart starts it again
		exec -a "\$0" "\${0%/*}/postgres.plain" "\$@"
	WRAPPER
	as_user chmod 755 "$PGBIN/postgres"
	export COPT="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1"
}

# Say what the sanitizers found; true if that is nothing.
sanitizer_findings() {
	local f found=0
	for f in "$WORK"/sanitizer/log.*; do
		[ -e "$f" ] || continue
		found=1
		head -n 60 "$f" >&2
	done
	if grep -h -A 10 'runtime error: ' "$WORK/server.log" "$WORK"/tap/tmp_check/log/*.log 2>/dev/null >&2; then
		found=1
	fi
	return $found
}

own() { [ "$(id -u)" -ne 0 ] || chown -R postgres: "$@"; }

# Copy the tree to WORK/src: what changed, so that make builds only that.
copy_tree() {
	local owner=
	[ "$(id -u)" -ne 0 ] || owner=--chown=postgres:postgres
	rsync -a --delete $owner --exclude=/.git --exclude='*.o' --exclude='*.so' \
		--exclude=node_modules --exclude=/results "$ROOT/" "$WORK/src/"
}

build_and_install() {
	as_user make -s -C "$WORK/src" -j"$(nproc)" PG_CONFIG="$PG_CONFIG" ${MAKE_FLAGS:-} all &&
		as_user make -s -C "$WORK/src" PG_CONFIG="$PG_CONFIG" ${MAKE_FLAGS:-} install >/dev/null
}

# Start a cluster in WORK/data on a socket in WORK; arguments are settings.
start_cluster() {
	if [ ! -d "$WORK/data" ]; then
		as_user "$PGBIN/initdb" -D "$WORK/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$WORK/initdb.log" 2>&1 ||
			{ cat "$WORK/initdb.log" >&2; return 1; }
		cat >>"$WORK/data/postgresql.conf" <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$WORK'
			fsync = off
			shared_buffers = 256MB
			max_connections = 50
			log_min_messages = warning
			include = 'fraiseql.conf'
		CONF
	fi
	printf '%s\n' "$@" >"$WORK/data/fraiseql.conf"
	as_user "$PGBIN/pg_ctl" -D "$WORK/data" -l "$WORK/server.log" -w -s start ||
		{ tail -n 20 "$WORK/server.log" >&2; return 1; }
	export PGHOST=$WORK PGUSER=postgres PGPORT=5432
	unset PGDATABASE PGSERVICE PGPASSWORD
}

stop_cluster() {
	[ ! -f "$WORK/data/postmaster.pid" ] || as_user "$PGBIN/pg_ctl" -D "$WORK/data" -m immediate -w -s stop || true
}

# pg_regress of the named tests on the running cluster; further words before
# -- are its options.  Inputs and outputs live in two places: it finds both
# through WORK/regress, where its results go.
run_regress() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	as_user mkdir -p "$WORK/regress"
	as_user ln -sfn "$WORK/src/test/sql" "$WORK/regress/sql"
	as_user ln -sfn "$WORK/src/expected" "$WORK/regress/expected"
	rm -f "$WORK/regress/regression.diffs"
	(cd "$WORK/regress" && as_user "$PGBIN/../lib/pgxs/src/test/regress/pg_regress" \
		--inputdir="$WORK/regress" --outputdir="$WORK/regress" --bindir="$PGBIN" \
		--host="$WORK" --port=5432 --user=postgres "${options[@]}" "$@")
}

# pg_isolation_regress of the named specs of test/isolation, in a database of
# its own on the running cluster.
run_isolation() {
	local dir=$WORK/src/test/isolation
	rm -f "$dir/regression.diffs"
	(cd "$dir" && as_user "$PGBIN/../lib/pgxs/src/test/isolation/pg_isolation_regress" \
		--inputdir="$dir" --outputdir="$dir" --bindir="$PGBIN" --host="$WORK" --port=5432 --user=postgres \
		--dbname=isolation --load-extension=fraiseql "$@")
}

# End what runs from WORK or in it, be it of a test that was interrupted; look
# again, since what was ended may have started others.
end_processes() {
	local p target found=1 pass
	for ((pass = 0; found && pass < 50; pass++)); do
		found=0
		for p in /proc/[0-9]*; do
			[ "${p#/proc/}" != $$ ] || continue
			for target in "$(readlink "$p/exe" 2>/dev/null)" "$(readlink "$p/cwd" 2>/dev/null)"; do
				case $target in
				"$WORK" | "$WORK"/*) ! kill -9 "${p#/proc/}" 2>/dev/null || found=1 ;;
				esac
			done
		done
	done
}

# A fresh WORK that vanishes with the shell, and the cluster with it.
# The name stays short: a socket's path must fit into 107 bytes.
temporary_work() {
	local base=${TMPDIR:-/tmp}
	[ ${#base} -le 40 ] || base=/tmp
	WORK=$(mktemp -d "$base/fraiseql.XXXXXX")
	chmod 755 "$WORK"
	own "$WORK"
	trap 'stop_cluster; end_processes; rm -rf "$WORK"' EXIT
	trap 'exit 130' INT TERM HUP
}
