# The examples of a page of the documentation, run from its beginning to its end.
#
#	my $examples = FraiseqlTest::Examples->new($node, 'demo');
#	$examples->page('docs/graphql.md');
#
# What runs:
#
#	```sql run        statements that the examples after them need
#	```sql example    statements in a session of their own; the block that follows
#	                  is what they give
#	```graphql        a request; perhaps a block "json variables"; then the answer
#	```graphql explain   how it would be answered, without figures
#	<!-- test: WORDS -->  what the test does at this place, such as stopping a server
#
# Other blocks are only shown.  With FSQ_UPDATE_DOCS set to a directory, the pages
# are written there with the answers of this run: to be read by eye and copied.

package FraiseqlTest::Examples;

use strict;
use warnings;

use File::Basename qw(basename);
use PostgreSQL::Test::Utils;
use Test::More;

my $block = qr/```\w*\n(.*?)```/s;

# Options: act, a function of the words of <!-- test: -->; same, which takes what
# differs from run to run out of an answer; psql, options of psql.
sub new
{
	my ($class, $node, $database, %arg) = @_;
	return bless { node => $node, database => $database, requests => [], statements => '', count => 0,
		act => sub { die "nothing is to be done at this place\n" }, same => sub { $_[0] }, psql => [], %arg }, $class;
}

sub quoted
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

# What psql shows of statements, errors and notices behind it.
sub answer
{
	my ($self, $sql) = @_;
	my ($answer, $stderr);

	$self->{statements} .= "$sql\n";
	push @{ $self->{requests} }, map { s/''/'/gr } $sql =~ /fraiseql\.(?:graphql|explain)\(\s*'((?:[^']|'')*)'/g;
	$self->{node}->psql($self->{database}, $sql, stdout => \$answer, stderr => \$stderr, extra_params => $self->{psql});
	$answer .= "\n" if $answer ne '' && $answer !~ /\n\z/;
	return $answer . join '', map { s/^psql:[^:]*:\d+: //r . "\n" } split /\n/, $stderr;
}

sub example
{
	my ($self, $name, $what, $answer, $shown) = @_;

	$self->{count}++;
	return if $ENV{FSQ_UPDATE_DOCS};
	is($self->{same}->($answer), $self->{same}->($shown), "$name, example $self->{count}: " . substr($what =~ s/\s+/ /gr, 0, 70));
}

sub page
{
	my ($self, $path) = @_;
	my $name = basename($path);
	my $text = slurp_file($path);

	$text =~ s{(<!--\ test:\ (?<act>.*?)\ -->)
		|(```sql\ run\n(?<run>.*?)\n```)
		|(?<example>```sql\ example\n(?<sql>.*?)\n```\n\n```\w*\n)(?<shown>.*?)```
		|(?<request>```graphql(?<explain>\ explain)?\n(?<query>.*?)\n```\n\n(?:```json\ variables\n(?<variables>.*?)\n```\n\n)?```\w+\n)(?<answer>.*?)```
	}{
		my %part = %+;
		my $whole = $&;

		if (defined $part{act})
		{
			$self->{act}->($part{act});
			$whole;
		}
		elsif (defined $part{run})
		{
			$self->{statements} .= "$part{run}\n";
			$self->{node}->safe_psql($self->{database}, $part{run});
			$whole;
		}
		elsif (defined $part{sql})
		{
			my $answer = $self->answer($part{sql});
			$self->example($name, $part{sql}, $answer, $part{shown});
			"$part{example}$answer```";
		}
		else
		{
			# estimates are the planner's: they are not the page's subject
			my $answer = $self->{node}->safe_psql($self->{database}, sprintf 'SELECT fraiseql.%s(%s, %s%s)',
				$part{explain} ? 'explain' : 'graphql', quoted($part{query}),
				defined $part{variables} ? quoted($part{variables}) . '::jsonb' : 'NULL', $part{explain} ? ', costs => false' : '') . "\n";
			push @{ $self->{requests} }, $part{query};
			$self->example($name, $part{query}, $answer, $part{answer});
			"$part{request}$answer```";
		}
	}gsex;
	if ($ENV{FSQ_UPDATE_DOCS})
	{
		open my $out, '>', "$ENV{FSQ_UPDATE_DOCS}/$name" or die $!;
		print $out $text;
		close $out;
	}
	return $text;
}

# The requests that were run, and all statements.
sub requests { my ($self) = @_; return @{ $self->{requests} }; }
sub statements { my ($self) = @_; return $self->{statements}; }

1;
