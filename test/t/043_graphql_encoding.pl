# GraphQL in a database whose encoding is not UTF-8: documents, variables,
# values and messages are converted; what has no equivalent is an error.

use strict;
use warnings;
use utf8;

use Encode qw(encode decode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'");
$node->start;
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});

# The first column of the answer to a statement, with UTF-8 as the client's encoding.
sub ask
{
	my ($sql) = @_;
	my ($stdout, $stderr) = ('', '');

	$node->psql('latin', encode('UTF-8', "SET client_encoding = 'UTF8';\n$sql"),
		on_error_stop => 0, stdout => \$stdout, stderr => \$stderr);
	return decode('UTF-8', $stdout . $stderr);
}

ask(q{CREATE EXTENSION fraiseql;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE VIEW failures AS SELECT id, name::int AS n FROM users;
INSERT INTO users VALUES (1, 'ärger'), (2, 'ö');});

my $found = '{"data":{"users":[{"id":"1","name":"ärger"}]}}';
is(ask(q{SELECT fraiseql.graphql('{ users(where: {name: {eq: "ärger"}}) { id name } }')}), $found, 'a literal');
is(ask(q{SELECT fraiseql.graphql('{ users(where: {name: {eq: "\u00e4rger"}}) { id name } }')}), $found, 'an escape');
is(ask(q{SELECT fraiseql.graphql('{ users(where: {name: {startswith: "ä"}}) { id name } }')}), $found, 'a pattern');
is(ask(q{SELECT fraiseql.graphql('query($n: [String!]) { users(where: {name: {in: $n}}) { id name } }', '{"n": ["ärger", "x"]}')}),
	$found, 'a variable');
is(ask(q{SELECT fraiseql.graphql('{ users(orderBy: [{id: ASC}]) { name } } # ÿ')}),
	'{"data":{"users":[{"name":"ärger"},{"name":"ö"}]}}', 'a last character that is not ASCII');
like(ask(q{SELECT fraiseql.graphql('{ users(where: {name: {eq: "\u20ac"}}) { id } }')}),
	qr/Invalid value for \\"where.name.eq\\": character with byte sequence 0xe2 0x82 0xac .* no equivalent .*BAD_USER_INPUT/,
	'a character that the encoding has not got');
like(ask(q{SELECT fraiseql.graphql('{ nöt }')}), qr/Syntax Error: Unexpected character: U\+00F6\.","locations":\[\{"line":1,"column":4\}/,
	'a syntax error');
like(ask(q{SELECT fraiseql.graphql('{ failures { n } }')}), qr/invalid input syntax for type integer: \\"ärger\\"/,
	'an error of a statement');
like(ask(q{SELECT fraiseql.graphql('query($i: Int) { users(limit: $i) { id } }', '{"i": "ä"}')}), qr/got invalid value \\"ä\\"/,
	'an error of a variable');
like(ask(q{SELECT fraiseql.explain('{ users(where: {name: {eq: ä}}) { id } }')}), qr/ERROR:  Syntax Error: Unexpected character: U\+00E4/, 'explain');
like(ask(q{SELECT fraiseql.validate('query($i: Int) { users(limit: $i) { id } }', '{"i": "ä"}')}), qr/got invalid value \\"ä\\"/, 'validate');
like(ask(q{SELECT fraiseql.validate('type Query { a(i: Int): Int }', 'query($i: Int) { a(i: $i) }', '{"i": "ä"}')}),
	qr/got invalid value \\"ä\\"/, 'validate with a schema');

# cursors are in UTF-8, in whichever database they are made: the same table, with another row
my ($one, $other) = map {
	my $name = $_;
	$node->safe_psql('postgres', q{DROP DATABASE IF EXISTS utf});
	$node->safe_psql('postgres', q{CREATE DATABASE utf ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
	$node->safe_psql('utf', encode('UTF-8', "CREATE EXTENSION fraiseql; CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, '$name')"));
	$node->safe_psql('utf', q{SELECT fraiseql.graphql('{ usersConnection(orderBy: [{name: ASC}]) { pageInfo { endCursor } } }') #>> '{data,usersConnection,pageInfo,endCursor}'});
} 'ärger', '€';
is(ask(q{SELECT fraiseql.graphql('{ usersConnection(orderBy: [{name: ASC}], first: 1) { pageInfo { endCursor } } }') #>> '{data,usersConnection,pageInfo,endCursor}'}), $one, 'a cursor');
is(ask(qq{SELECT fraiseql.graphql('{ usersConnection(orderBy: [{name: ASC}], after: "$one") { nodes { name } } }')}), '{"data":{"usersConnection":{"nodes":[{"name":"ö"}]}}}', 'the page behind it');
like(ask(qq{SELECT fraiseql.graphql('{ usersConnection(orderBy: [{name: ASC}], after: "$other") { nodes { name } } }')}),
	qr/Invalid value for \\"after\\": character with byte sequence 0xe2 0x82 0xac .* no equivalent .*BAD_USER_INPUT/,
	'a cursor with a character that the encoding has not got');

$node->stop;
done_testing();
