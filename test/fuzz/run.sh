#!/usr/bin/env bash
# Fuzz the language, and what else reads text, under AddressSanitizer and UBSan:
# make fuzz.
#
# FSQ_FUZZ_SECONDS   how long (60)
# FSQ_FUZZ_CORPUS    where inputs that reach new code are kept between runs
#                    (a temporary directory)
# FSQ_FUZZ_JOBS      processes (1)
# FSQ_FUZZ_INPUT     run this input alone, as it was kept by a failure
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/test/lib/pg.sh"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/fraiseql-fuzz.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

need_packages $PG_PACKAGES clang
PG_CONFIG=/usr/lib/postgresql/$POSTGRES_MAJOR/bin/pg_config
lib=$("$PG_CONFIG" --pkglibdir)

mapfile -t sources < <(ls "$ROOT"/src/graphql/*.c "$ROOT"/src/graphql/rules/*.c | grep -v /graphql/sql.c)
clang -g -O1 -fwrapv -fno-omit-frame-pointer -Wall -Wno-ignored-attributes \
	-fsanitize=fuzzer,address,undefined -fno-sanitize=alignment,function -fno-sanitize-recover=undefined \
	-D_GNU_SOURCE -I"$("$PG_CONFIG" --includedir-server)" -I"$ROOT/src" -I"$ROOT/fdw" -I"$ROOT/test/fuzz" -o "$WORK/language" \
	"$ROOT"/test/fuzz/{language,token,names,decimal,shim}.c "${sources[@]}" \
	"$ROOT"/src/plan/token.c "$ROOT"/src/schema/{names,naming,inflect}.c "$ROOT/fdw/value_decimal.c" \
	"$lib/libpgcommon.a" "$lib/libpgport.a" -Wl,--wrap=unicode_normalize -ljansson -lm

if [ -n "${FSQ_FUZZ_INPUT:-}" ]; then
	"$WORK/language" "$FSQ_FUZZ_INPUT"
	exit
fi
corpus=${FSQ_FUZZ_CORPUS:-$WORK/corpus}
mkdir -p "$corpus"
jobs=()
[ "${FSQ_FUZZ_JOBS:-1}" = 1 ] || jobs=(-fork="$FSQ_FUZZ_JOBS")
# what fails stays where the run was started
"$WORK/language" -max_total_time="${FSQ_FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
	-dict="$ROOT/test/fuzz/language.dict" -print_final_stats=1 "${jobs[@]}" "$corpus" "$ROOT/test/fuzz/seeds"
