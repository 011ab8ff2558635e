-- What outlives a request: a cursor that one of its functions has opened, and
-- the session after a request that was cancelled.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
\set dir `mktemp -d /tmp/fraiseql.XXXXXX`
\setenv DIR :dir
\set shop_db :dir '/shop.db'
\! sqlite3 $DIR/shop.db "CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO orders SELECT i, i * 10 FROM n"
CREATE SCHEMA graphql_cursor;
CREATE SERVER graphql_cursor FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'shop_db');
CREATE SERVER graphql_cursor_gone FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path '/nonexistent/fraiseql.db');
SET search_path = graphql_cursor;
CREATE FOREIGN TABLE orders (id int OPTIONS (key 'true'), total int) SERVER graphql_cursor;
CREATE TABLE kept_orders AS SELECT i AS id, i * 10 AS total FROM generate_series(1, 2000) i;
CREATE TABLE later_orders AS SELECT i AS id, i * 10 AS total FROM generate_series(2001, 2003) i;
CREATE FOREIGN TABLE lost_orders (id int OPTIONS (key 'true'), total int) SERVER graphql_cursor_gone
	OPTIONS (fallback 'kept_orders');
CREATE FOREIGN TABLE all_orders (id int OPTIONS (key 'true'), total int) SERVER graphql_cursor
	OPTIONS (table_name 'orders', fallback 'later_orders', fallback_on 'missing');
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 20) i;
-- the order of a user; of the last one what a cursor gives, which stays open
CREATE FUNCTION opened(u users) RETURNS int STABLE LANGUAGE plpgsql AS $$
DECLARE
	cursor refcursor := 'of_orders';
	result int;
BEGIN
	IF u.id < 20 THEN
		RETURN (SELECT o.total FROM graphql_cursor.orders o WHERE o.id = u.id);
	END IF;
	OPEN cursor FOR SELECT o.total FROM graphql_cursor.orders o ORDER BY o.id;
	FETCH cursor INTO result;
	RETURN result;
END $$;
CREATE FUNCTION opened_lost(u users) RETURNS int STABLE LANGUAGE plpgsql AS $$
DECLARE
	cursor refcursor := 'of_lost_orders';
	result int;
BEGIN
	IF u.id < 20 THEN
		RETURN (SELECT o.total FROM graphql_cursor.lost_orders o WHERE o.id = u.id);
	END IF;
	OPEN cursor FOR SELECT o.total FROM graphql_cursor.lost_orders o ORDER BY o.id;
	FETCH cursor INTO result;
	RETURN result;
END $$;
CREATE FUNCTION slow(u users) RETURNS text STABLE LANGUAGE sql AS $$ SELECT pg_sleep(3600)::text $$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- a cursor of a request that was traced, and one that a fallback answers
BEGIN;
SET LOCAL fraiseql.trace = on;
SELECT fraiseql.graphql('{ users(orderBy: [{id: ASC}]) { opened openedLost } }') -> 'data' -> 'users' -> 19;
SELECT count(fraiseql.graphql('{ users { name } }')) FROM generate_series(1, 20);
FETCH 2 FROM of_orders;
FETCH 2 FROM of_lost_orders;
SELECT fraiseql.graphql('{ users { openedLost } }') -> 'errors' -> 0 ->> 'message';
MOVE FORWARD ALL IN of_orders;
MOVE FORWARD ALL IN of_lost_orders;
CLOSE of_orders;
CLOSE of_lost_orders;
COMMIT;

-- a request that is cancelled, and fallbacks after it
SET statement_timeout = '50ms';
SELECT fraiseql.graphql('{ users { slow } }');
RESET statement_timeout;
SELECT count(fraiseql.graphql('{ users { name } }')) FROM generate_series(1, 20);
SELECT total FROM lost_orders WHERE id = 7;
SELECT fraiseql.graphql('{ lostOrders(where: {id: {eq: 8}}) { total } }') -> 'data';

-- each row of a fallback is counted, the first one too
SET fraiseql.trace = on;
SELECT r -> 'query' AS query, r -> 'rows' AS "rows", r -> 'fallback' AS fallback
  FROM json_array_elements(fraiseql.graphql('{ allOrders(where: {id: {in: [1, 2001, 2002]}}) { total } }')
	-> 'extensions' -> 'trace' -> 'routes') r;
RESET fraiseql.trace;

SET client_min_messages = warning;
DROP SERVER graphql_cursor CASCADE;
DROP SERVER graphql_cursor_gone CASCADE;
DROP SCHEMA graphql_cursor CASCADE;
\! rm -r "$DIR"
