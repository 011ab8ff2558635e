# A session on the hub, for statements that may fail, that are watched from
# outside while they run, and that are timed.

package FraiseqlTest::Session;

use strict;
use warnings;

use DBI;
use DBD::Pg qw(:async);
use Time::HiRes qw(time sleep);

sub new
{
	my ($class, $node, %arg) = @_;
	my $dbh = DBI->connect('dbi:Pg:dbname=' . ($arg{dbname} // 'postgres') . ';host=' . $node->host . ';port=' . $node->port, $arg{role} // '', '',
		{ RaiseError => 0, PrintError => 0, pg_server_prepare => 0, pg_enable_utf8 => 0 });
	return bless { dbh => $dbh, pid => $dbh->{pg_pid} }, $class;
}

sub pid { my ($self) = @_; return $self->{pid}; }

# Run statements that work.
sub do
{
	my ($self, @statements) = @_;

	foreach my $sql (@statements)
	{
		$self->{dbh}->do($sql) or die "$sql: " . $self->{dbh}->errstr . "\n";
	}
}

# The answer of a query: "1,one|2,two", or its error, "ERROR 57014".
sub answer
{
	my ($self, $sql) = @_;
	my $rows = $self->{dbh}->selectall_arrayref($sql);

	return 'ERROR ' . $self->{dbh}->state . ' ' . $self->{dbh}->errstr if !$rows || $self->{dbh}->err;
	return join '|', map { join ',', map { $_ // 'null' } @$_ } @$rows;
}

# The same, with a function that is called while the query runs.
sub answer_meanwhile
{
	my ($self, $sql, $function) = @_;
	my $dbh = $self->{dbh};
	my $sth = $dbh->prepare($sql, { pg_async => PG_ASYNC });

	$sth->execute or return 'ERROR ' . $dbh->state . ' ' . $dbh->errstr;
	$function->();
	return 'ERROR ' . $dbh->state . ' ' . ($dbh->errstr // '') if !$dbh->pg_result || $dbh->err || $dbh->state eq '57014';
	return join '|', map { join ',', map { $_ // 'null' } @$_ } @{ $sth->fetchall_arrayref };
}

# Run a statement that is to fail: its SQLSTATE (00000: it did not), what was
# said, and the milliseconds it took.
sub fails
{
	my ($self, $sql) = @_;

	$self->start($sql);
	return $self->finish;
}

# Send a statement and go on without its answer.
sub start
{
	my ($self, $sql) = @_;

	$self->{sql} = $sql;
	$self->{started} = time;
	$self->{dbh}->do($sql, { pg_async => PG_ASYNC }) or die "$sql: " . $self->{dbh}->errstr . "\n";
}

# The end of what was started, as of fails().  It cannot take longer than
# that: a session that is stuck is a failure, not the end of the test.
sub finish
{
	my ($self, $limit) = @_;
	my $dbh = $self->{dbh};
	my $end = time + ($limit // 60);

	while (!$dbh->pg_ready)
	{
		return ('STUCK', "no answer: $self->{sql}", 1000 * (time - $self->{started})) if time > $end;
		sleep 0.002;
	}
	my $done = $dbh->pg_result;
	my $ms = 1000 * (time - $self->{started});
	# to newer versions of DBD::Pg what was cancelled is no error
	return ('57014', $dbh->errstr // '', $ms) if $dbh->state eq '57014';
	return ('00000', '', $ms) if defined $done && !$dbh->err;
	# DBD::Pg only sees that the connection is gone
	return ($dbh->errstr =~ /^FATAL:  terminating connection due to administrator command/ ? '57P01' : $dbh->state, $dbh->errstr, $ms);
}

# The file of /proc/PID/NAME of the backend.
sub proc
{
	my ($self, $name) = @_;

	open my $file, '<', "/proc/$self->{pid}/$name" or return '';
	local $/;
	return <$file>;
}

# Memory that belongs to the backend alone, in kilobytes: now, and at most.
sub memory { my ($self) = @_; return $self->proc('status') =~ /^RssAnon:\s+(\d+)/m ? $1 : 0; }

sub disconnect { my ($self) = @_; $self->{dbh}->disconnect if $self->{dbh}; }

sub DESTROY { my ($self) = @_; local ($?, $@); eval { $self->disconnect }; }

1;
