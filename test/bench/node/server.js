// The service that one would write by hand instead: graphql-yoga over the
// drivers of each database, a DataLoader for each relation and request, pools
// of connections, prepared statements where the driver gains by them.
//
//   node server.js PORT [PROCESSES]
//
// Where the databases are is in the environment: PGHOST, PGPORT, PGUSER,
// PGDATABASE (users); MYSQL_PORT (orders, items); SQLITE_FILE (analytics);
// SQLSERVER_PORT, SQLSERVER_USER, SQLSERVER_PASSWORD (activity).
// Says "ready" and its process once all of them answer.

import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { loaders } from './loaders.js';

const [port, processes] = process.argv.slice(2).map(Number);

const typeDefs = /* GraphQL */ `
	scalar Decimal
	scalar Date
	enum OrderDirection { ASC DESC }
	input UserId { gt: ID }
	input UserWhere { id: UserId }
	input UserOrderBy { id: OrderDirection }
	input OrderOrderBy { id: OrderDirection total: OrderDirection }
	type Query {
		user(id: ID!): User
		users(where: UserWhere, orderBy: [UserOrderBy!], limit: Int): [User!]!
	}
	type User {
		id: ID!
		name: String!
		email: String!
		orders(orderBy: [OrderOrderBy!], limit: Int): [Order!]
		analytics: Analytics
		activity: Activity
	}
	type Order { id: ID! total: Decimal! status: String! placed: Date! items: [Item!] }
	type Item { id: ID! sku: String! quantity: Int! price: Decimal! }
	type Analytics { visits: Int! score: Float! segment: String! }
	type Activity { logins: Int! lastPage: String! }
`;

const resolvers = {
	Query: {
		user: (_, { id }, context) => context.user.load(Number(id)),
		users: (_, { where, limit }, context) => context.usersAfter(Number(where?.id?.gt ?? 0), limit ?? 1000),
	},
	User: {
		orders: (user, { limit }, context) => (limit ? context.topOrders(limit) : context.orders).load(user.id),
		analytics: (user, _, context) => context.analytics.load(user.id),
		activity: (user, _, context) => context.activity.load(user.id),
	},
	Order: {
		items: (order, _, context) => context.items.load(order.id),
	},
	Activity: {
		lastPage: (activity) => activity.last_page,
	},
};

if (processes > 1 && cluster.isPrimary) {
	let listening = 0;
	cluster.on('listening', () => { if (++listening === processes) console.log(`ready ${process.pid}`); });
	for (let i = 0; i < processes; i++) cluster.fork();
} else {
	const yoga = createYoga({
		schema: createSchema({ typeDefs, resolvers }),
		context: loaders,
		logging: false,
		graphiql: false,
		landingPage: false,
		maskedErrors: false,
	});
	createServer(yoga).listen(port, '127.0.0.1', () => { if (cluster.isPrimary) console.log(`ready ${process.pid}`); });
}
