-- What a session keeps of the memory of its requests (fraiseql.keep_memory).
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA memory;
SET fraiseql.schemas = 'memory';
CREATE TABLE memory.notes (id integer PRIMARY KEY, body text NOT NULL);
INSERT INTO memory.notes SELECT i, repeat('abcdefgh ', 100) FROM generate_series(1, 4000) i;

-- pages that the process has touched for the first time
CREATE FUNCTION memory.faults() RETURNS bigint LANGUAGE sql VOLATILE
	AS $$ SELECT split_part(regexp_replace(pg_read_file('/proc/self/stat', 0, 4096), '^.*\) ', ''), ' ', 8)::bigint $$;

-- and those of one request of 3.6 MB, when the session has answered it before
CREATE PROCEDURE memory.ask(INOUT pages bigint) LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
BEGIN
	FOR i IN 1 .. 3 LOOP
		before := memory.faults();
		PERFORM length(fraiseql.graphql('{ notes { id body } }')::text);
		pages := memory.faults() - before;
	END LOOP;
END $$;

-- under AddressSanitizer memory is not the C library's
SELECT pg_read_file('/proc/self/maps') ~ 'libasan' AS sanitized \gset
SET fraiseql.keep_memory = 0;
CALL memory.ask(NULL) \gset given_back_
SET fraiseql.keep_memory = '32MB';
CALL memory.ask(NULL) \gset kept_
-- the request and its text take 1,800 pages at least
SELECT :given_back_pages > 1800 OR :'sanitized' AS given_back, :kept_pages < 600 OR :'sanitized' AS kept;

-- larger than what is kept
SET fraiseql.keep_memory = '1MB';
CALL memory.ask(NULL) \gset given_back_
SELECT :given_back_pages > 1800 OR :'sanitized' AS given_back;

SET fraiseql.keep_memory = '2GB';
SET fraiseql.keep_memory = -1;

DROP SCHEMA memory CASCADE;
