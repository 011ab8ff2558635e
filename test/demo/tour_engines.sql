-- What the demo shows of four engines: each step printed with its answer.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset footer off
SET client_min_messages = warning;
LOAD 'fraiseql';

\echo
\echo '--- 5. Users in PostgreSQL, orders in MySQL (MariaDB), items in SQLite, analytics in the stand-in for SQL Server'
\set query 'query { user(id: "123") { id email orders(limit: 2) { id total items { details } } analytics { total_orders lifetime_value } } }'
\echo :query
\echo
SELECT fraiseql.graphql(:'query');

\echo
\echo '--- 6. How it was answered: one statement for each table'
SELECT fraiseql.explain(:'query');

\echo
\echo '--- 7. One SQL join over the four'
\set query 'SELECT u.email, o.id AS order_id, o.total, sum(i.quantity) AS articles, a.lifetime_value FROM users u JOIN orders o ON o.user_id = u.id JOIN items i ON i.order_id = o.id JOIN user_analytics a ON a.user_id = u.id WHERE u.id = 123 AND o.status <> \'void\' GROUP BY u.email, o.id, o.total, a.lifetime_value ORDER BY o.id'
\echo :query
\echo
\pset format aligned
\pset tuples_only off
:query;
\pset tuples_only on
EXPLAIN (VERBOSE, COSTS OFF) :query;
