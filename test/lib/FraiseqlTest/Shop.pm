# One shop over all engines, for requests that read all of them at once: users
# are the hub's; each engine has orders(id, user_id, total) and items(id,
# order_id, sku), 3 orders for each of 20 users and 2 items for each order.
#
#	my $shop = FraiseqlTest::Shop->new($hub);
#	my $answer = $shop->ask($session, $shop->lists);

package FraiseqlTest::Shop;

use strict;
use warnings;

use JSON::PP;
use Time::HiRes qw(time);

my $json = JSON::PP->new->canonical;
my $users = 20;

sub values_of
{
	my ($n, $row) = @_;
	return join ', ', map { '(' . join(', ', $row->($_)) . ')' } 1 .. $n;
}

sub new
{
	my ($class, $hub) = @_;
	my $self = bless { hub => $hub }, $class;

	$hub->sql("CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
		INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, $users) i");
	foreach my $engine ($hub->engines)
	{
		my $name = $engine->name;
		my $schema = $engine->{schema} ? "schema_name '$engine->{schema}', " : '';

		$engine->run_remote(
			'CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, total int NOT NULL)',
			'INSERT INTO orders VALUES ' . values_of(3 * $users, sub { my ($i) = @_; ($i, 1 + $i % $users, $i * 7 % 50) }),
			'CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL, sku varchar(20) NOT NULL)',
			'INSERT INTO items VALUES ' . values_of(6 * $users, sub { my ($i) = @_; ($i, 1 + $i % (3 * $users), "'sku $i'") }));
		$hub->sql(qq{
			CREATE FOREIGN TABLE ${name}_orders (id int OPTIONS (key 'true') NOT NULL, user_id int OPTIONS (references 'users(id)') NOT NULL, total int NOT NULL)
				SERVER $name OPTIONS (${schema}table_name 'orders');
			CREATE FOREIGN TABLE ${name}_items (id int OPTIONS (key 'true') NOT NULL, order_id int OPTIONS (references '${name}_orders(id)') NOT NULL, sku varchar(20) NOT NULL)
				SERVER $name OPTIONS (${schema}table_name 'items');
			CREATE FOREIGN TABLE ${name}_busy (c bigint) SERVER $name OPTIONS (${schema}table_name 'busy');
			CREATE FOREIGN TABLE ${name}_numbers (n int OPTIONS (key 'true') NOT NULL, filler text NOT NULL) SERVER $name OPTIONS (${schema}table_name 'numbers');
		});
	}
	return $self;
}

# What a request asks of some engines: their orders as lists, ...
sub lists
{
	my ($self, @engines) = @_;
	return join ' ', map { my $n = $_->name; "${n}Orders(limit: 3, orderBy: [{id: ASC}]) { id total }" } @engines;
}

# ... and below the first five users, with their items.
sub users
{
	my ($self, @engines) = @_;
	return 'users(where: {id: {lte: 5}}, orderBy: [{id: ASC}]) { id name '
	  . join(' ', map { my $n = $_->name; "${n}Orders(orderBy: [{id: ASC}]) { id total ${n}Items(orderBy: [{id: ASC}]) { sku } }" } @engines) . ' }';
}

# The answer, or the text of an error; with a function that is called meanwhile.
sub ask
{
	my ($self, $session, $fields, $meanwhile) = @_;
	my $sql = "SELECT fraiseql.graphql(\$graphql\${ $fields }\$graphql\$)";
	my $answer = $meanwhile ? $session->answer_meanwhile($sql, $meanwhile) : $session->answer($sql);

	return $answer =~ /^ERROR/ ? $answer : $json->decode($answer);
}

# The answers of several sessions, by what they are called, that ask at once.
sub ask_together
{
	my ($self, $fields, %session) = @_;
	my %answer;
	my $ask;

	$ask = sub {
		my ($name, @others) = @_;
		$answer{$name} = $self->ask($session{$name}, $fields, sub { $ask->(@others) if @others });
	};
	$ask->(sort keys %session);
	return %answer;
}

# Likewise, with the milliseconds that it took as well.
sub timed
{
	my ($self, $session, $fields, $meanwhile) = @_;
	my $start = time;
	my $answer = $self->ask($session, $fields, $meanwhile);

	return ($answer, 1000 * (time - $start));
}

# A copy of data.
sub copy { my ($self, $data) = @_; return $json->decode($json->encode($data)); }

sub canon { my ($self, $answer) = @_; return ref $answer ? $json->encode($answer) : $answer; }

# The data of an answer with an engine's fields null: all of them, or what is
# below its orders.
sub without
{
	my ($self, $answer, $engine, $below) = @_;
	my $copy = $self->copy($answer->{data});
	my $name = $engine->name;

	foreach my $user (@{ $copy->{users} // [] })
	{
		next if !exists $user->{"${name}Orders"};
		if ($below)
		{
			$_->{"${name}Items"} = undef foreach @{ $user->{"${name}Orders"} // [] };
		}
		else
		{
			$user->{"${name}Orders"} = undef;
		}
	}
	$copy->{"${name}Orders"} = undef if !$below && exists $copy->{"${name}Orders"};
	return $copy;
}

# The routes of a request's trace.
sub routes
{
	my ($self, $session, $fields) = @_;

	$session->do('SET fraiseql.trace = on');
	my $answer = $self->ask($session, $fields);
	$session->do('RESET fraiseql.trace');
	return ($answer, ref $answer ? @{ $answer->{extensions}{trace}{routes} } : ());
}

1;
