#!/usr/bin/perl
#
# test/lib/tap.pl: run TAP files and count their assertions.
#
#   tap.pl LOGDIR COUNTS FILE...
#
# The output of each file goes to LOGDIR; of the ones that fail, what is needed
# to understand it is printed.  COUNTS receives one line: passed, failed and
# skipped.  A file that dies, that runs another number of tests than it planned,
# or that has none counts as one failure more; one that skips itself as one skip.

use strict;
use warnings;

use File::Basename;
use TAP::Harness;

my ($logdir, $counts, @files) = @ARGV;
my ($passed, $failed, $skipped) = (0, 0, 0);

# The lines of a file that say what went wrong: failures and the diagnostics
# after them, and the end of the server's side of the story.
sub show_failure
{
	my ($file) = @_;
	my $name = basename($file, '.pl');

	print "---- $file\n";
	if (open my $tap, '<', "$logdir/$file")
	{
		my @lines = grep { !/^ok / } <$tap>;
		splice(@lines, 0, @lines - 80) if @lines > 80;
		print @lines;
	}
	if (open my $log, '<', "$logdir/tmp_check/log/regress_log_$name")
	{
		my @lines = <$log>;
		splice(@lines, 0, @lines - 30) if @lines > 30;
		print "---- the end of its log\n", @lines;
	}
}

$ENV{PERL_TEST_HARNESS_DUMP_TAP} = $logdir;
my $harness = TAP::Harness->new(
	{
		verbosity => -3,
		merge => 1,
		jobs => $ENV{FSQ_JOBS} || 1,
		lib => [ split /:/, $ENV{PERL5LIB} // '' ],
	});
my $aggregate = $harness->runtests(@files);

foreach my $file (@files)
{
	my ($parser) = $aggregate->parsers($file);
	my $bad = $parser->failed;

	# the exit status of Test::More tells of failures, too
	$bad++ if !$bad && ($parser->exit || $parser->wait) || $parser->parse_errors;
	$failed += $bad;
	$skipped += $parser->skipped;
	$passed += $parser->passed - $parser->skipped;
	if (defined $parser->skip_all)
	{
		$skipped++;
		printf "%-40s skipped: %s\n", $file, $parser->skip_all;
		next;
	}
	printf "%-40s %d passed%s%s\n", $file, $parser->passed - $parser->skipped,
	  $bad ? ", $bad FAILED" : '',
	  $parser->skipped ? ', ' . $parser->skipped . ' skipped' : '';
	show_failure($file) if $bad;
}

open my $out, '>', $counts or die "$counts: $!\n";
print $out "$passed $failed $skipped\n";
close $out or die "$counts: $!\n";
