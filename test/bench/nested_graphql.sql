SELECT fraiseql.graphql('{ users(limit: 20, orderBy: [{id: ASC}]) { id name email posts(orderBy: [{id: ASC}]) { id title score comments(orderBy: [{id: ASC}]) { id body likes } } } }');
