// client.js: the script through tedious, and what only a driver can ask for.
//
//   node client.js PORT setup            an empty database named test
//   node client.js PORT script FILE      each answer, a line "<<>>" after it
//   node client.js PORT driver           RPC, prepared statements, transaction
//                                        requests, bulk load, attention, types
const fs = require('fs');
const { Connection, Request, TYPES, ISOLATION_LEVEL } = require('tedious');
const [port, what, file] = process.argv.slice(2);

const promise = f => new Promise((ok, no) => f((e, ...r) => e ? no(e) : ok(r)));
const text = v => v === null ? 'NULL' : v instanceof Date ? v.toISOString() + ' ' + Math.round((v.nanosecondsDelta || 0) * 1e7)
	: Buffer.isBuffer(v) ? v.toString('hex') : v === true ? '1' : v === false ? '0' : typeof v === 'string' && v.length > 100 ? 'length ' + v.length : String(v);

const connection = new Connection({
	server: 'localhost',
	authentication: { type: 'default', options: { userName: 'sa', password: 'Test-1234' } },
	options: { port: +port, encrypt: what === 'driver', trustServerCertificate: true, database: what === 'setup' ? 'master' : 'test' },
});

function run(sql, how = 'execSqlBatch', params = []) {
	return promise(done => {
		const rows = [];
		const request = new Request(sql, e => done(null, rows, e));
		request.out = {};
		for (const [name, type, value, output] of params)
			output ? request.addOutputParameter(name, type, value) : request.addParameter(name, type, value);
		request.on('row', r => rows.push(r.map(c => text(c.value)).join('|')));
		request.on('returnValue', (name, value) => rows.push(`${name} = ${text(value)}`));
		connection[how](request);
	}).then(([rows, e]) => e ? [...rows, '!' + (e.number || e.code)] : rows);
}

const show = async (...args) => console.log((await run(...args)).join('\n'));

async function script() {
	const blocks = fs.readFileSync(file, 'utf8').replace(/^#.*\n/gm, '').split(/^--\n/m).filter(b => b.trim());
	for (const b of blocks) {
		const answer = await run(b.split(/^==\n/m)[0]);
		console.log([...answer, '<<>>'].join('\n'));
	}
}

async function prepared() {
	const request = new Request('select @x * 2, @s', () => {});
	request.addParameter('x', TYPES.Int);
	request.addParameter('s', TYPES.NVarChar);
	await new Promise(ok => { request.on('prepared', ok); connection.prepare(request); });
	request.on('row', r => console.log(r.map(c => text(c.value)).join('|')));
	for (const x of [1, 21])
		await new Promise(ok => { request.userCallback = request.callback = ok; connection.execute(request, { x, s: 'é' + x }); });
	await new Promise(ok => { request.userCallback = request.callback = ok; connection.unprepare(request); });
}

async function driver() {
	await show('select @a, @b, @c, @d, @e, @f, @g, @h', 'execSql', [['a', TYPES.Int, -5], ['b', TYPES.NVarChar, '日本😀'], ['c', TYPES.VarChar, ''],
		['d', TYPES.BigInt, '9223372036854775807'], ['e', TYPES.DateTime2, new Date(Date.UTC(2024, 1, 29, 1, 2, 3, 456))], ['f', TYPES.UniqueIdentifier, '6F9619FF-8B86-D011-B42D-00C04FC964FF'],
		['g', TYPES.VarBinary, Buffer.from('ff00', 'hex')], ['h', TYPES.NVarChar, 'x'.repeat(9000)]]);
	await show("set @o = @i * 2; set @s = N'out'", 'execSql', [['i', TYPES.Int, 21], ['o', TYPES.Int, null, true], ['s', TYPES.NVarChar, null, true]]);
	await prepared();
	await run('create table tr (id int primary key)');
	await promise(cb => connection.beginTransaction(cb, 't', ISOLATION_LEVEL.SNAPSHOT));
	await run('insert into tr values (1)');
	await promise(cb => connection.saveTransaction(cb, 'sv'));
	await run('insert into tr values (2)');
	await promise(cb => connection.rollbackTransaction(cb, 'sv'));
	await show('select count(*), @@trancount from tr');
	await promise(cb => connection.rollbackTransaction(cb));
	await show('select count(*), @@trancount from tr');

	await run('create table bulk_t (id int not null, s nvarchar(20) null, d decimal(10, 2) null, t datetime2(3) null, m nvarchar(max) null)');
	const load = connection.newBulkLoad('bulk_t', e => { if (e) console.log(e.message); load.done(); });
	load.addColumn('id', TYPES.Int, { nullable: false });
	load.addColumn('s', TYPES.NVarChar, { length: 20, nullable: true });
	load.addColumn('d', TYPES.Decimal, { precision: 10, scale: 2, nullable: true });
	load.addColumn('t', TYPES.DateTime2, { scale: 3, nullable: true });
	load.addColumn('m', TYPES.NVarChar, { length: Infinity, nullable: true });
	await new Promise(ok => {
		load.done = ok;
		connection.execBulkLoad(load, Array.from({ length: 500 }, (_, i) => ({ id: i, s: i % 3 ? 'a\t\\' + i : null, d: i / 4, t: new Date(i), m: i === 7 ? 'm'.repeat(20000) : '' })));
	});
	await show('select count(*), count(s), sum(d), max(datalength(m)) from bulk_t');
	await show("select s, t from bulk_t where id = 499");

	await new Promise(ok => {
		connection.execSqlBatch(Object.assign(new Request("waitfor delay '00:10:00'", e => { console.log(e.code); ok(); })));
		setTimeout(() => connection.cancel(), 50);
	});
	await show('select 42');
	await new Promise(ok => {
		let n = 0;
		const request = new Request('select a.id from bulk_t a cross join bulk_t b cross join bulk_t c', e => { console.log(e.code, n >= 1000); ok(); });
		request.on('row', () => { if (++n === 1000) connection.cancel(); });
		connection.execSqlBatch(request);
	});
	await show('select 43');
	await types();
}

async function types() {
	await run(`create table types (id int not null primary key, b bit, ti tinyint, si smallint, bi bigint, d decimal(38, 10), mo money, smo smallmoney, r real, f float, c char(5), v varchar(20),
		nv nvarchar(20), vm varchar(max), nvm nvarchar(max), bn binary(4), vb varbinary(10), vbm varbinary(max), g uniqueidentifier, da date, t7 time, d23 datetime2(3), d27 datetime2,
		dto datetimeoffset(4), dt datetime, sdt smalldatetime, x xml, sv sql_variant, tx text, ntx ntext, im image, rv rowversion)`);
	await run(`insert into types values (1, 1, 255, -32768, 9223372036854775807, -12345.0123456789, -922337203685477.5808, 214748.3647, 1.5, 2.2250738585072014E-308, 'ab', 'x',
		N'日本😀', replicate(cast('a' as varchar(max)), 9000), replicate(cast(N'😀é' as nvarchar(max)), 600000), 0x0102, 0xFF00, 0xABCD, '6F9619FF-8B86-D011-B42D-00C04FC964FF',
		'0001-01-01', '23:59:59.9999999', '9999-12-31 23:59:59.999', '2024-02-29 12:34:56.1234567', '2024-02-29 12:34:56.1234 -05:30', '2024-02-29 12:34:56.997', '2079-06-06 23:59',
		'<a>1</a>', cast(5.25 as decimal(10, 2)), 'text', N'ntext', 0xABCD, default)`);
	await run('insert into types (id) values (2)');
	await run("insert into types (id, c, v, nv, vm, nvm, vb, vbm, tx) values (3, '', '', N'', '', N'', 0x, 0x, '')");
	for (const column of (await run("select name from sys.columns where object_id = object_id('types') and name not in ('id', 'rv') order by column_id")))
		console.log(`${column}: ${(await run(`select ${column} from types order by id`)).join(' ; ')}`);
}

connection.connect(async e => {
	if (e) { console.log(e.message); process.exit(1); }
	if (what === 'setup')
		await run("if db_id('test') is not null drop database test; create database test");
	else
		await (what === 'script' ? script() : driver());
	connection.close();
});
