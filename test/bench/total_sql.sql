SELECT fraiseql.graphql('{ entriesConnection(orderBy: [{rank: ASC}], first: 30) { nodes { id title rank } pageInfo { hasNextPage endCursor } } }');
SELECT count(*) FROM blog.entries;
