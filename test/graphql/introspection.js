// What graphql-js thinks of a hub's introspection and SDL.
//
//   node introspection.js query     prints the introspection query
//   node introspection.js check     reads one JSON object a line from standard
//       input, { response, sdl }: the answer to the query, and fraiseql.sdl();
//       prints a JSON array of complaints for each

const {
	buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema,
	parse, printSchema, validateSchema, visit
} = require('graphql');

// The definitions of a document, each as text, sorted.
function definitions(text)
{
	return parse(text).definitions.map(d => text.slice(d.loc.start, d.loc.end)).sort();
}

// A document without the directives that it applies and introspection does not tell of.
function withoutApplied(text, name)
{
	const places = [];

	visit(parse(text), { Directive(node) { if (node.name.value === name) places.push(node.loc); } });
	for (const loc of places.reverse())
		text = text.slice(0, loc.start - 1) + text.slice(loc.end);
	return text;
}

// The first of two sorted lists' elements that the other has not got.
function difference(ours, theirs)
{
	const i = ours.findIndex((text, n) => text !== theirs[n]);

	if (i < 0 && ours.length === theirs.length)
		return [];
	return ['sdl() and printSchema differ: ' + ours[i] + ' <> ' + theirs[i < 0 ? ours.length : i]];
}

function check({ response, sdl })
{
	if (response.errors)
		return response.errors.map(e => e.message);
	const told = buildClientSchema(response.data);
	const built = buildSchema(sdl);
	const sorted = schema => definitions(printSchema(lexicographicSortSchema(schema)));

	return [...validateSchema(told), ...validateSchema(built)].map(e => e.message)
		.concat(difference(definitions(withoutApplied(sdl, 'source')), definitions(printSchema(told))))
		.concat(difference(sorted(built), sorted(told)));
}

if (process.argv[2] === 'query')
	process.stdout.write(getIntrospectionQuery({
		specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true,
		inputValueDeprecation: true, oneOf: true
	}));
else
	for (const line of require('fs').readFileSync(0, 'utf8').split('\n').filter(l => l))
	{
		let complaints;

		try
		{
			complaints = check(JSON.parse(line));
		}
		catch (error)
		{
			complaints = [String(error)];
		}
		console.log(JSON.stringify(complaints));
	}
