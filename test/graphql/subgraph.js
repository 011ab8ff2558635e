// What Apollo's own packages think of hubs as subgraphs.
//
//   node subgraph.js check      reads one JSON object a line from standard
//       input, { sdl, others }: the sdl of _service, and SDL documents of the
//       other subgraphs of the federation; prints a JSON array of complaints
//       for each: of @apollo/subgraph about the first, and of
//       @apollo/composition about all of them together
//   node subgraph.js types      reads the same, and prints for each the types
//       of the composed schema that clients of the gateway see

const { parse } = require('graphql');
const { buildSubgraphSchema } = require('@apollo/subgraph');
const { composeServices } = require('@apollo/composition');

function compose({ sdl, others })
{
	return composeServices([sdl, ...others].map((text, i) => ({ name: `subgraph${i}`, url: `http://${i}.example`, typeDefs: parse(text) })));
}

function check(round)
{
	const complaints = [];

	try
	{
		buildSubgraphSchema({ typeDefs: parse(round.sdl) });
	}
	catch (error)
	{
		complaints.push(String(error));
	}
	return complaints.concat((compose(round).errors || []).map(e => e.message));
}

function types(round)
{
	const { errors, schema } = compose(round);

	if (errors)
		return errors.map(e => e.message);
	return schema.toAPISchema().objectTypes().map(t => `${t.name} { ${t.fields().map(f => f.name).join(' ')} }`);
}

for (const line of require('fs').readFileSync(0, 'utf8').split('\n').filter(l => l))
	console.log(JSON.stringify((process.argv[2] === 'types' ? types : check)(JSON.parse(line))));
