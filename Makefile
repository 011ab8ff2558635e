# fraiseql: build, install, demonstrate, test, measure.
#
#   make            build the extension
#   make install    install it into the PostgreSQL that pg_config names
#   make demo       from nothing to a federated GraphQL answer, then clean up
#   make shell      the demo's hub, with psql on it
#   make check      from nothing to the whole test suite
#   make check-asan the same under AddressSanitizer and UBSan
#   make fuzz       the language under libFuzzer and AddressSanitizer
#   make bench      ratios against hand-written peers, measured in one run

MODULE_big = fraiseql
EXTENSION = fraiseql
DATA = sql/fraiseql--1.0.sql
PGFILEDESC = "fraiseql - a PostgreSQL database as the hub of a federation"

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c fdw/*.c fdw/*/*.c)))
FSQ_HEADERS = $(wildcard src/*.h src/*/*.h src/*/*/*.h fdw/*.h fdw/*/*.h)

PG_CPPFLAGS = -I$(srcdir)/src -I$(srcdir)/fdw -I$(srcdir) -I$(libpq_srcdir) $(shell mariadb_config --include)
PG_CFLAGS = -Werror=implicit-function-declaration -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-cast-function-type
SHLIB_LINK = -lsqlite3 -lmariadb -lpq -lsybdb -ljansson

PG_CONFIG ?= pg_config

# Targets that begin by installing what is missing, and so run before there is
# a pg_config to ask: test/run does their work.
BOOTSTRAP = demo shell check check-asan check-fast fuzz bench
ifneq ($(filter $(BOOTSTRAP),$(MAKECMDGOALS)),)
.PHONY: $(BOOTSTRAP)
$(BOOTSTRAP):
	@test/run $@
else
PGXS := $(shell $(PG_CONFIG) --pgxs)
# The JIT's bitcode wants a clang of one version beside gcc and gains nothing here.
override with_llvm = no
include $(PGXS)

$(OBJS): $(FSQ_HEADERS)
endif
