// Documents for measuring the language, and what graphql-js takes for them.
//
//   node language.js document NAME          prints a document
//   node language.js validate FILE NAME     milliseconds that graphql-js takes to
//       parse and validate it against the schema in FILE, once it is warm
//   node language.js introspect FILE        ... to answer the introspection query

const fs = require('fs');
const { buildSchema, execute, getIntrospectionQuery, parse, validate } = require('graphql');

const times = (n, text) => Array.from({ length: n }, (_, i) => text(i)).join(' ');

const documents = {
	// 100 kB as people write it: fields, aliases, arguments, variables, fragments
	large: () => `query ($id: ID!, $limit: Int = 10) { ${times(340, i => `
		user${i}: user(id: $id) { ...person posts(where: {score: {gte: ${i}}, title: {startswith: "A"}}, orderBy: [{score: DESC}], limit: $limit) {
			id title comments(limit: 3) { body likes } } }
		list${i}: users(where: {_or: [{name: {eq: "n${i}"}}, {active: {eq: true}}]}, offset: ${i}) { ...person }`)}
	} fragment person on User { id name email active }`,
	// one field again and again: each pair is to be compared
	repeated: () => `{ ${times(2000, () => 'users { id }')} }`,
	// fields that are merged below fields that are merged
	merged: () => `{ ${times(100, () => `users { ${times(10, () => 'posts { id }')} }`)} }`,
	// fragments that all meet each other
	fragments: () => `{ ${times(1000, i => `...f${i}`)} } ${times(1000, i => `fragment f${i} on Query { users { id ...u${i} } } fragment u${i} on User { name }`)}`,
	// each fragment spreads the one before it twice
	doubled: () => `{ users { ...f99 } } fragment f0 on User { id } ${times(99, i => `fragment f${i + 1} on User { posts { user { ...f${i} } } posts { user { ...f${i} } } }`)}`,
	// inline fragments in each other
	nested: () => `{ users { ${'... on User { '.repeat(400)}id${' }'.repeat(400)} } }`,
	// aliases with long lists of arguments
	arguments: () => `{ ${times(200, i => `a${i}: users(where: {_and: [${times(50, () => '{id: {eq: 1}}')}]}) { id }`)} }`,
	// names that are nearly those of fields
	misspelt: () => `{ ${times(5000, i => `user${i}s { id }`)} }`,
	// as many variables as uses
	variables: () => `query (${times(3000, i => `$v${i}: Int`)}) { ${times(3000, i => `a${i}: users(limit: $v${i}) { id }`)} }`,
	// directives in one place
	directives: () => `{ users { id ${times(5000, () => '@include(if: true)')} } }`
};

// The shortest of the runs of a second, or the only one.
function shortest(run)
{
	let best = Infinity;

	for (let i = 0, begin = Date.now(); i < 20 && (i < 1 || Date.now() - begin < 1000); i++)
	{
		const start = process.hrtime.bigint();

		run();
		best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
	}
	return best;
}

const [mode, name, which] = process.argv.slice(2);

if (mode === 'document')
	process.stdout.write(name === 'introspection' ? getIntrospectionQuery({ oneOf: true, specifiedByUrl: true }) : documents[name]());
else
{
	const schema = buildSchema(fs.readFileSync(name, 'utf8'));
	const text = mode === 'introspect' ? getIntrospectionQuery({ oneOf: true, specifiedByUrl: true }) : documents[which]();

	console.log(shortest(mode === 'introspect' ?
		() => JSON.stringify(execute({ schema, document: parse(text) })) :
		() => validate(schema, parse(text))));
}
