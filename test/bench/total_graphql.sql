SELECT fraiseql.graphql('{ entriesConnection(orderBy: [{rank: ASC}], first: 30) { totalCount nodes { id title rank } pageInfo { hasNextPage endCursor } } }');
