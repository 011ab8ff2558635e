# Documents that are registered and trusted by many sessions at once, and by
# sessions that are killed amid that: what is found afterwards is whole.
#
# FSQ_KILLS is the number of kills (5).

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sessions = 20;
my $kills = $ENV{FSQ_KILLS} // 5;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'fraiseql'
fraiseql.persisted_queries_size = '64kB'
fraiseql.persisted_queries = on
restart_after_crash = on
max_connections = @{[ $sessions + 20 ]}");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION fraiseql; CREATE TABLE users (id int PRIMARY KEY);
CREATE FUNCTION register(document text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT fraiseql.graphql(document, extensions => jsonb_build_object('persistedQuery', jsonb_build_object('sha256Hash', encode(sha256(convert_to(document, 'UTF8')), 'hex'))))
$$;
CREATE FUNCTION find(document text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT fraiseql.graphql(NULL, extensions => jsonb_build_object('persistedQuery', jsonb_build_object('sha256Hash', encode(sha256(convert_to(document, 'UTF8')), 'hex'))))
$$;
CREATE FUNCTION document(name text, size int DEFAULT 300) RETURNS text LANGUAGE sql AS $$ SELECT format('query q_%s { users(limit: 1) { id __typename } } #%s', name, repeat('x', size)) $$;
});

# A session that runs in the background; its output comes with finish().
sub begin
{
	my ($sql) = @_;
	my $session = { out => '', err => '' };

	$session->{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', \$session->{out}, '2>', \$session->{err});
	return $session;
}

sub finish
{
	my ($session) = @_;
	$session->{run}->finish;
	return $session->{out} . $session->{err};
}

# Twenty sessions wait for the same moment, and then register the same documents.
$node->safe_psql('postgres', 'CREATE TABLE gate ()');
my $starter = begin(q{BEGIN; LOCK gate; SELECT pg_sleep(600)});
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE relation = 'gate'::regclass AND granted") or die 'the gate is open';
my @sessions = map { begin(q{SELECT FROM gate; SELECT DISTINCT answer FROM generate_series(1, 20) i, LATERAL (SELECT register(document('same_' || i)) UNION ALL SELECT find(document('same_' || i))) x (answer);}) } 1 .. $sessions;
$node->poll_query_until('postgres', "SELECT count(*) = $sessions FROM pg_locks WHERE relation = 'gate'::regclass AND NOT granted")
  or die 'the sessions do not wait';
$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE relation = 'gate'::regclass AND granted");
finish($starter);
is(join('', map { finish($_) } @sessions), qq({"data": {"users": []}}\n) x $sessions, "$sessions sessions register the same documents");
is($node->safe_psql('postgres', 'SELECT documents FROM fraiseql.persisted_queries'), '20', 'each is kept once');

# Sessions that do nothing else than to register, more than there is room for, and to trust.
my $write = q{DO $$
DECLARE
	i int := 0;
BEGIN
	LOOP
		i := i + 1;
		IF register(document(pg_backend_pid() || '_' || i, i % 2000)) ? 'errors' OR find(document(pg_backend_pid() || '_' || i, i % 2000)) ->> 'data' = '' THEN
			RAISE EXCEPTION 'document %', i;
		END IF;
	END LOOP;
END $$;};
my $trust = q{DO $$
DECLARE
	i int := 0;
BEGIN
	LOOP
		i := i + 1;
		PERFORM fraiseql.trust(document('trusted_' || pg_backend_pid() || '_' || i, i % 2000));
		COMMIT;
	END LOOP;
END $$;};

foreach my $round (1 .. $kills)
{
	my @writers = map { begin($_) } $write, $write, $write, $trust;
	my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM fraiseql.trusted_document');

	$node->poll_query_until('postgres', "SELECT (SELECT sum(bytes) FROM fraiseql.persisted_queries) > 50000 AND (SELECT count(*) FROM fraiseql.trusted_document) > $before + 5")
	  or die 'nothing is written';
	my $query = $round % 2 ? 'LIKE $$%register(%$$' : 'LIKE $$%trust(%$$';
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE query $query AND query LIKE 'DO%' AND pid <> pg_backend_pid() ORDER BY pid LIMIT 1");
	kill 'KILL', $pid;
	my @said = map { finish($_) } @writers;
	is(scalar(grep { /server closed the connection|crash of another|terminating connection/ } @said), 4, "kill $round: all sessions end");
	is(scalar(grep { /ERROR/ } @said), 0, "kill $round: and none for another reason") or diag("@said");
	$node->poll_query_until('postgres', 'SELECT true') or die 'the cluster does not come back';
	is($node->safe_psql('postgres', q{SELECT count(*) FROM fraiseql.persisted_queries; SELECT find(document('new')) #>> '{errors,0,message}'; SELECT register(document('new')); SELECT find(document('new'))}),
		qq(0\nPersistedQueryNotFound\n{"data": {"users": []}}\n{"data": {"users": []}}), "kill $round: the store begins anew, and is used");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM fraiseql.trusted_document WHERE encode(sha256(convert_to(document, 'UTF8')), 'hex') <> hash}), '0', "kill $round: what is trusted is whole");
}
is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE find(document) <> '{"data": {"users": []}}') FROM fraiseql.trusted_document}), '0', 'and each trusted document is answered');

$node->stop;
done_testing();
