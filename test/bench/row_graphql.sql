\set id random(1, 1000)
SELECT fraiseql.graphql('query ($id: ID!) { user(id: $id) { id name email active } }', jsonb_build_object('id', :id::int));
