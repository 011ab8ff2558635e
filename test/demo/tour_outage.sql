-- The same request while MySQL is down.
\pset format unaligned
\pset tuples_only on
LOAD 'fraiseql';
\echo
\echo '--- 8. MySQL is stopped: its field is null, with an error; the rest of the answer stands'
\set query 'query { user(id: "123") { id email orders(limit: 2) { id total items { details } } analytics { total_orders lifetime_value } } }'
\echo :query
\echo
SELECT fraiseql.graphql(:'query');
