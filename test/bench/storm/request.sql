\set id random(1, 1000)
INSERT INTO answers SELECT statement_timestamp(), clock_timestamp(), judge(:id::int, a) FROM (SELECT fraiseql.graphql($graphql$query ($id: ID!) { order(id: $id) { n } invoice(id: $id) { n } visit(id: $id) { n } }$graphql$, jsonb_build_object('id', :id::int))::jsonb AS a OFFSET 0) s;
