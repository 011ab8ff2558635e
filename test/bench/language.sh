# test/bench/language.sh: reading and validating documents, and introspection,
# beside graphql-js (the npm package "graphql").  Sourced by run.sh.
#
# FSQ_NODE_MODULES names a folder that has the package already.

DOCUMENT=

node_language() { as_user env NODE_PATH="$MODULES" node "$BENCH/language.js" "$@"; }

# Milliseconds of the shortest of five calls, in a session that has made its schema.
language_call() {
	local database=$1 call=$2
	query -d "$database" >"$WORK/timing" <<-EOF
		\\set document \`cat '$WORK/document'\`
		SET fraiseql.max_aliases = 0;
		SET fraiseql.max_root_fields = 0;
		SELECT length($call::text);
		\\timing on
		$(for _ in 1 2 3 4 5; do echo "SELECT length($call::text);"; done)
	EOF
	sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' "$WORK/timing" | sort -g | head -n 1
}

validate_ours() { language_call bench "fraiseql.validate(:'document')"; }
validate_theirs() { node_language validate "$WORK/schema.graphql" "$DOCUMENT"; }
introspect_ours() { language_call tables300 "fraiseql.graphql(:'document')"; }
introspect_theirs() { node_language introspect "$WORK/schema.graphql"; }

bench_language() {
	local label
	MODULES=${FSQ_NODE_MODULES:-$WORK/node/node_modules}
	if [ ! -e "$MODULES/graphql" ]; then
		mkdir -p "$WORK/node" && own "$WORK/node"
		if ! as_user env HOME="$WORK/node" npm install --silent --no-audit --no-fund --prefix "$WORK/node" graphql@16.11.0 >/dev/null 2>&1; then
			say "Left out: language (npm cannot install graphql)."
			return
		fi
	fi
	headline "GraphQL documents, parsed and validated / graphql-js"
	[ -n "$(query -c "SELECT to_regclass('blog.users')")" ] || query -f "$BENCH/hub_graphql.sql"
	query -c 'SELECT fraiseql.sdl()' >"$WORK/schema.graphql"
	while IFS=: read -r DOCUMENT label; do
		node_language document "$DOCUMENT" >"$WORK/document"
		[ "$(printf '%s\n' "\\set document \`cat '$WORK/document'\`" "SET fraiseql.max_aliases = 0; SET fraiseql.max_root_fields = 0;" "SELECT fraiseql.validate(:'document') = '[]'" | query)" = t ] ||
			die "The document \"$DOCUMENT\" is not valid."
		versus validate_ours validate_theirs
		compare "$label" ms "<= 0.1"
		bound "  at most" ms "$([ "$DOCUMENT" = large ] && echo 20 || echo 100)"
	done <<-EOF
		large:100 kB as people write it
		repeated:one field 2,000 times
		merged:merged fields below 100 merged fields
		fragments:1,000 fragments that meet each other
		arguments:200 fields with 50 conditions each
		variables:3,000 variables
	EOF

	headline "Introspection of 300 tables, again in a session / graphql-js"
	as_user createdb tables300
	query -d tables300 -c 'CREATE EXTENSION fraiseql' -c "DO \$\$ BEGIN FOR i IN 1 .. 300 LOOP
			EXECUTE format('CREATE TABLE thing_%s (id integer PRIMARY KEY, name text, price numeric, created timestamptz, thing_%s_id integer %s)',
				i, greatest(i - 1, 1), CASE WHEN i > 1 THEN 'REFERENCES thing_' || i - 1 END);
		END LOOP; END \$\$"
	query -d tables300 -c 'SELECT fraiseql.sdl()' >"$WORK/schema.graphql"
	node_language document introspection >"$WORK/document"
	versus introspect_ours introspect_theirs
	compare "the standard query" ms "<= 0.1"
	bound "  at most" ms 50
}
