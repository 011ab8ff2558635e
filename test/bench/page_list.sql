\set after random(1, 190000)
SELECT fraiseql.graphql('query ($after: Int) { entries(where: {rank: {gt: $after}}, orderBy: [{rank: ASC}], limit: 31) { id title rank } }', jsonb_build_object('after', :after::int));
