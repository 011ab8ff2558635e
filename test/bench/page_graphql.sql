\set after random(1, 190000)
SELECT fraiseql.graphql('query ($after: Int) { entriesConnection(where: {rank: {gt: $after}}, orderBy: [{rank: ASC}], first: 30) { nodes { id title rank } pageInfo { hasNextPage endCursor } } }', jsonb_build_object('after', :after::int));
