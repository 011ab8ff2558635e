// The language, compared with graphql-js.
//
//   node differential.js generate SEED ROUNDS
//       prints one JSON object a line: the SDL of a schema, a document, and
//       variables, for fraiseql.validate(), with the errors that graphql-js
//       finds.  Standard input may have SDL documents of hubs to use, as JSON
//       strings, one a line.
//   node differential.js define SEED ROUNDS
//       the same for documents that define types: each is an SDL document alone.
//   node differential.js misfit SEED ROUNDS
//       the same, with definitions that do not fit together.
//   node differential.js compare FILE
//       reads such lines from the file, and from standard input the answers of
//       fraiseql.validate(), one a line; prints each difference.

const fs = require('fs');
const {
	buildASTSchema, buildSchema, getVariableValues, introspectionTypes, isTypeDefinitionNode, Kind, parse, typeFromAST, validate, validateSchema
} = require('graphql');
const { validateSDL } = require('graphql/validation/validate');
const { DocumentMaker, Random, mutate, ordered, randomDefinitions, randomMisfits, randomSchema, randomValue } = require('./generate.js');

function lines(text)
{
	return text.split('\n').filter(line => line);
}

// What can be compared of errors.
function comparable(errors)
{
	return errors.map(e => ({ message: e.message, locations: (e.locations || []).map(l => ({ line: l.line, column: l.column })) }));
}

// What graphql-js finds wrong.
function judge(schema, query, variables)
{
	let document;

	try
	{
		document = parse(query);
	}
	catch (error)
	{
		return comparable([error]);
	}
	const errors = validate(schema, document);

	if (errors.length || !variables)
		return comparable(errors);
	const operation = document.definitions.find(d => d.kind === Kind.OPERATION_DEFINITION);

	return comparable(getVariableValues(schema, operation.variableDefinitions || [], variables, { maxErrors: 50 }).errors || []);
}

// Variables for a document with one operation; none if it cannot be read.
function randomVariables(random, schema, query)
{
	let operations;

	try
	{
		operations = parse(query).definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
	}
	catch (error)
	{
		return;
	}
	if (operations.length !== 1)
		return;
	const values = {};

	for (const definition of operations[0].variableDefinitions || [])
	{
		const type = typeFromAST(schema, definition.type);

		if (type && !random.chance(0.1))
			values[definition.variable.name.value] = randomValue(random, type);
	}
	return ordered(values);
}

function generate(seed, rounds, hubs)
{
	const random = new Random(seed);
	let made;

	for (let i = 0; i < rounds; i++)
	{
		// a schema serves for some documents
		if (i % 10 === 0)
			made = hubs.length && random.chance(0.3) ? random.pick(hubs) : randomSchema(random);
		const names = Object.keys(made.schema.getTypeMap()).concat('name', 'nam', 'id', 'users', 'limit', 'where', 'v0', 'v1', 'F0', 'F1', 'Op0');

		for (let errors; !errors;)
		{
			const query = mutate(random, new DocumentMaker(random, made.schema).text(), names);
			const variables = randomVariables(random, made.schema, query);

			try
			{
				errors = judge(made.schema, query, variables);
				console.log(JSON.stringify({ sdl: made.sdl, query, variables, errors }));
			}
			catch (error)
			{
				// graphql-js cannot judge it: a rule evaluates @include and @skip whose
				// arguments are wrong, another a variable of a @oneOf object that is not defined
				if (!/^Argument |^Variable |reading 'type'/.test(error.message))
					throw error;
			}
		}
	}
}

// What graphql-js finds wrong with a document that defines types.
function judgeDefinitions(sdl)
{
	let document;

	try
	{
		document = parse(sdl);
	}
	catch (error)
	{
		return comparable([error]);
	}
	const errors = validateSDL(document);

	return comparable(errors.length ? errors : validateSchema(buildASTSchema(document)));
}

// Whether graphql-js takes a directive for an argument's that is a field's of an
// extended input type: it is, where the extension follows the specification.
function isMistaken(sdl)
{
	try
	{
		return parse(sdl).definitions.some(d => d.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION && d.fields.some(f => f.directives.length));
	}
	catch (error)
	{
		return false;
	}
}

// Whether graphql-js leaves out a definition that has the name of a type which
// every schema has: the specification does not allow it.
function isStandard(sdl)
{
	const standard = ['Int', 'Float', 'String', 'Boolean', 'ID', ...introspectionTypes.map(type => type.name)];

	try
	{
		return parse(sdl).definitions.some(d => isTypeDefinitionNode(d) && standard.includes(d.name.value));
	}
	catch (error)
	{
		return false;
	}
}

function define(seed, rounds, make)
{
	const random = new Random(seed);

	for (let i = 0; i < rounds;)
	{
		const sdl = make(random);
		let errors;

		try
		{
			errors = judgeDefinitions(sdl);
		}
		catch (error)
		{
			// what directives on definitions are given is no rule's affair: making the schema fails,
			// as it does with a default of what is no input type
			if (!/^Argument |^Unexpected input type/.test(error.message))
				throw error;
			continue;
		}
		// the extension stops after as many as for other documents
		if (errors.length <= 100 && !isMistaken(sdl) && !isStandard(sdl))
		{
			console.log(JSON.stringify({ sdl, errors }));
			i++;
		}
	}
}

function compare(file, answered)
{
	const rounds = lines(fs.readFileSync(file, 'utf8'));
	const answers = lines(answered);

	if (rounds.length !== answers.length)
		console.log(`${rounds.length} rounds, but ${answers.length} answers`);
	rounds.forEach((line, i) => {
		const { sdl, query, variables, errors } = JSON.parse(line);
		const theirs = JSON.stringify(errors);
		const ours = JSON.stringify(comparable(JSON.parse(answers[i])));

		if (ours !== theirs)
			console.log(JSON.stringify({ round: i, query, variables, ours, theirs, sdl }));
	});
}

const [mode, ...rest] = process.argv.slice(2);
const input = fs.readFileSync(0, 'utf8');

if (mode === 'compare')
	compare(rest[0], input);
else if (mode === 'define')
	define(Number(rest[0]), Number(rest[1]), randomDefinitions);
else if (mode === 'misfit')
	define(Number(rest[0]), Number(rest[1]), randomMisfits);
else
	generate(Number(rest[0]), Number(rest[1]),
		lines(input).map(l => ({ sdl: JSON.parse(l), schema: buildSchema(JSON.parse(l)) })));
