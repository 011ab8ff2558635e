-- What the demo shows: each step printed with its answer.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset footer off
SET client_min_messages = warning;
LOAD 'fraiseql';

\echo
\echo '--- 1. One user of the hub, with orders and analytics out of the SQLite file'
SET fraiseql.naming = preserve;
\set query 'query { user(id: "123") { id email orders { id total } analytics { total_orders lifetime_value } } }'
\echo :query
\echo
SELECT fraiseql.graphql(:'query');

\echo
\echo '--- 2. A list with nested orders, names in camelCase'
SET fraiseql.naming = 'camelCase';
\set query 'query { users(limit: 3, where: {tier: {gte: 1}}, orderBy: [{createdAt: DESC}]) { id email createdAt orders(orderBy: [{total: DESC}], limit: 2) { id status total placedAt } } }'
\echo :query
\echo
SELECT fraiseql.graphql(:'query');

\echo
\echo '--- 3. How it was answered: one statement for each table, whatever the number of users'
SELECT fraiseql.explain(:'query');

\echo
\echo '--- 4. The same tables in SQL: a join over both databases'
\set query 'SELECT u.email, count(*) AS orders, sum(o.total) AS total FROM users u JOIN legacy.orders o ON o.user_id = u.id WHERE u.id BETWEEN 120 AND 123 AND o.status = \'paid\' GROUP BY u.email ORDER BY total DESC'
\echo :query
\echo
\pset format aligned
\pset tuples_only off
:query;
\pset tuples_only on
EXPLAIN (VERBOSE, COSTS OFF) :query;
