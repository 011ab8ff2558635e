// The databases, and the loaders of one request.

import DataLoader from 'dataloader';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { Activity } from './sqlserver.js';

const env = process.env;

const users = new pg.Pool({ max: 8 });
const shop = mysql.createPool({
	host: '127.0.0.1', port: Number(env.MYSQL_PORT), user: 'hub', password: 'secret', database: 'shop',
	connectionLimit: 8, dateStrings: true,
});
const file = new Database(env.SQLITE_FILE, { readonly: true });
const activity = new Activity(8);

// Rows in groups by a column, as many groups as keys and in their order.
function grouped(keys, rows, column) {
	const groups = new Map(keys.map((key) => [key, []]));

	for (const row of rows) groups.get(row[column]).push(row);
	return keys.map((key) => groups.get(key));
}

// At most one row to a key.
function single(keys, rows, column) {
	const found = new Map(rows.map((row) => [row[column], row]));

	return keys.map((key) => found.get(key) ?? null);
}

async function loadUsers(ids) {
	const { rows } = await users.query({ name: 'users', text: 'SELECT id, name, email FROM shop.users WHERE id = ANY($1)', values: [ids] });

	return single(ids, rows, 'id');
}

async function usersAfter(id, limit) {
	const { rows } = await users.query({
		name: 'users after', text: 'SELECT id, name, email FROM shop.users WHERE id > $1 ORDER BY id LIMIT $2', values: [id, limit],
	});

	return rows;
}

// A list of unknown length is better sent as text than prepared for each length.
async function loadOrders(ids) {
	const [rows] = await shop.query('SELECT id, user_id, total, status, placed FROM orders WHERE user_id IN (?)', [ids]);

	return grouped(ids, rows, 'user_id');
}

async function loadItems(ids) {
	const [rows] = await shop.query('SELECT id, order_id, sku, quantity, price FROM items WHERE order_id IN (?)', [ids]);

	return grouped(ids, rows, 'order_id');
}

const loadTopOrders = (limit) => async (ids) => {
	const [rows] = await shop.query(`SELECT id, user_id, total, status, placed FROM (
			SELECT id, user_id, total, status, placed, row_number() OVER (PARTITION BY user_id ORDER BY total DESC, id) AS place
			FROM orders WHERE user_id IN (?)) AS numbered
		WHERE place <= ? ORDER BY user_id, place`, [ids, limit]);

	return grouped(ids, rows, 'user_id');
};

const analyticsOfOne = file.prepare('SELECT user_id, visits, score, segment FROM analytics WHERE user_id = ?');
const analyticsOfMany = file.prepare('SELECT user_id, visits, score, segment FROM analytics WHERE user_id IN (SELECT value FROM json_each(?))');

async function loadAnalytics(ids) {
	return ids.length === 1 ? [analyticsOfOne.get(ids[0]) ?? null] : single(ids, analyticsOfMany.all(JSON.stringify(ids)), 'user_id');
}

async function loadActivity(ids) {
	return single(ids, await activity.load(ids), 'user_id');
}

// What a request finds in its context.  A loader serves one request: nobody sees
// what another was shown.
export function loaders() {
	const top = new Map();

	return {
		usersAfter,
		user: new DataLoader(loadUsers),
		orders: new DataLoader(loadOrders),
		items: new DataLoader(loadItems),
		analytics: new DataLoader(loadAnalytics),
		activity: new DataLoader(loadActivity),
		topOrders(limit) {
			if (!top.has(limit)) top.set(limit, new DataLoader(loadTopOrders(limit)));
			return top.get(limit);
		},
	};
}
