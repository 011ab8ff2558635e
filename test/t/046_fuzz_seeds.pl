# The fuzzer's target builds and bears what the fuzzer begins with and has found
# (make fuzz goes on from there).

use strict;
use warnings;

use FindBin;
use IPC::Run qw(run);
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $tmp = PostgreSQL::Test::Utils::tempdir();
my $include = `pg_config --includedir-server`;
my $lib = `pg_config --pkglibdir`;
chomp($include, $lib);

plan skip_all => "$lib/libpgcommon.a is not there" unless -e "$lib/libpgcommon.a";

my @sources = grep { !m{/graphql/sql\.c$} } glob("$root/src/graphql/*.c $root/src/graphql/rules/*.c $root/src/plan/token.c " .
	"$root/src/schema/names.c $root/src/schema/naming.c $root/src/schema/inflect.c $root/fdw/value_decimal.c $root/test/fuzz/*.c");
my @compile = ('gcc', '-g', '-O0', '-fwrapv', '-fsanitize=address,undefined', '-fno-sanitize=alignment', '-fno-sanitize-recover=undefined',
	'-D_GNU_SOURCE', "-I$include", "-I$root/src", "-I$root/fdw", "-I$root/test/fuzz");
my $out = '';
ok(run([ @compile, '-o', "$tmp/language", @sources, "$lib/libpgcommon.a", "$lib/libpgport.a", '-Wl,--wrap=unicode_normalize', '-ljansson', '-lm' ], '>&', \$out), 'the target builds')
  or diag($out);

my @seeds = glob("$root/test/fuzz/seeds/*");
delete local $ENV{LD_PRELOAD};
ok(run([ "$tmp/language", @seeds ], '>&', \$out), scalar(@seeds) . ' seeds') or diag(substr($out, -3000));

done_testing();
