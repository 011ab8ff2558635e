# The reference implementation of GraphQL, graphql-js: the npm package "graphql",
# installed outside of the tree when it is first needed.  FSQ_NODE_MODULES names
# a folder that has it already.
package FraiseqlTest::GraphqlJs;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IPC::Run qw(run);

# The release that the messages are those of.
our $version = '16.11.0';

my $scripts = abs_path(dirname(__FILE__) . '/../../graphql');
my $modules;

# Why graphql-js, or another of the packages ("name@version") that a test uses
# beside it, cannot be used; nothing if they can.
sub missing
{
	my @packages = @_;
	my $out = '';

	return 'nodejs and npm are not installed' unless -x '/usr/bin/node' && -x '/usr/bin/npm';
	$modules //= $ENV{FSQ_NODE_MODULES};
	if ($modules)
	{
		foreach my $package ('graphql', @packages)
		{
			my ($name) = $package =~ /^(@?[^@]+)/;
			return "$modules has no $name" unless -d "$modules/$name";
		}
		return;
	}

	my $dir = tempdir(CLEANUP => 1);
	local $ENV{HOME} = $dir;
	run([ 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefix', $dir, "graphql\@$version", @packages ], '>&', \$out)
	  or return "npm cannot install graphql @packages: $out";
	$modules = "$dir/node_modules";
	return;
}

# What a script of test/graphql writes, given arguments and standard input.
sub ask
{
	my ($script, $arguments, $input) = @_;
	my ($out, $err) = ('', '');

	local $ENV{NODE_PATH} = $modules;
	run([ 'node', "$scripts/$script", @$arguments ], '<', \$input, '>', \$out, '2>', \$err)
	  or die "$script @$arguments: $err";
	return $out;
}

1;
