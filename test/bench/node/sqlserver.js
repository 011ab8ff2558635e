// A small pool of connections to SQL Server: tedious has none.

import { Connection, Request } from 'tedious';

const env = process.env;

function connect() {
	const connection = new Connection({
		server: '127.0.0.1',
		authentication: { type: 'default', options: { userName: env.SQLSERVER_USER, password: env.SQLSERVER_PASSWORD } },
		options: { port: Number(env.SQLSERVER_PORT), encrypt: false, trustServerCertificate: true, rowCollectionOnRequestCompletion: true },
	});

	return new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve(connection))));
}

export class Activity {
	constructor(size) {
		this.left = size;
		this.idle = [];
		this.waiting = [];
	}

	async take() {
		if (this.idle.length > 0) return this.idle.pop();
		if (this.left === 0) return new Promise((resolve) => this.waiting.push(resolve));
		this.left--;
		return connect();
	}

	give(connection) {
		if (this.waiting.length > 0) this.waiting.shift()(connection);
		else this.idle.push(connection);
	}

	// Keys are numbers, so they can stand in the statement.
	async load(ids) {
		const connection = await this.take();

		try {
			return await new Promise((resolve, reject) => {
				const text = `SELECT user_id, logins, last_page FROM dbo.activity WHERE user_id IN (${ids.map(Number).join(', ')})`;

				connection.execSqlBatch(new Request(text, (error, count, rows) => {
					if (error) reject(error);
					else resolve(rows.map((row) => Object.fromEntries(row.map(({ metadata, value }) => [metadata.colName, value]))));
				}));
			});
		} finally {
			this.give(connection);
		}
	}
}
