// Requests that ask for all that a hub has.
//
//   node requests.js
//       reads answers to the introspection query from standard input, one a line;
//       prints for each a JSON array of documents: one for each field of Query,
//       with all arguments that fit whatever is in the tables, all fields of its
//       type, and theirs as far as they lead to no other objects

const {
	buildClientSchema, getNamedType, getNullableType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType
} = require('graphql');

const VALUES = { ID: '"1"', Int: '1', String: '"a"', Boolean: 'true', BigInt: '"1"', Decimal: '"1"', BigFloat: '"1"', Float: '1' };

// So many relationships of a table are in one condition or order.
const MOST = 3;

// What a filter says of nulls, in this naming or that.
function nullTests(filter)
{
	const fields = filter.getFields();

	if (fields.isnull)
		return ['isnull: true', 'isnull: false'];
	return fields.is && isEnumType(fields.is.type) ? ['is: NULL', 'is: NOT_NULL'] : [];
}

// Each column is null or it is not: all rows, asked for by all columns.
function whereAll(type)
{
	const tests = [];
	const or = type.getFields()._or ?? type.getFields().or;
	let related = 0;

	for (const field of Object.values(type.getFields()))
	{
		const filter = getNamedType(field.type);

		if (isInputObjectType(filter) && nullTests(filter).length)
			tests.push(...nullTests(filter).map(test => `{${field.name}: {${test}}}`));
		else if (isInputObjectType(filter) && filter.getFields().some && related++ < MOST)
			tests.push(`{${field.name}: {some: {}}}`, `{${field.name}: {none: {}}}`);
	}
	// a column may have the name
	return tests.length && isListType(or.type) ? `{${or.name}: [${tests.join(' ')}]}` : '{}';
}

// By all columns, and by numbers of related rows.
function orderAll(type)
{
	const orders = [];
	let related = 0;

	for (const field of Object.values(type.getFields()))
	{
		const by = getNamedType(field.type);

		if (isEnumType(by))
			orders.push(`{${field.name}: ${by.getValues()[1].name}}`);
		else if (by.getFields().count && related++ < MOST)
			orders.push(`{${field.name}: {count: ${getNamedType(by.getFields().count.type).getValues()[0].name}}}`);
	}
	return `[${orders.join(' ')}]`;
}

// A value for an argument; undefined: it is left out.
function valueOf(argument, isRoot)
{
	const type = getNamedType(argument.type);
	const isList = isListType(getNullableType(argument.type));
	const value = isEnumType(type) ? type.getValues()[0].name : VALUES[type.name];

	// days of all columns that have such
	if (isRoot && argument.name === 'buckets')
		return `{${Object.values(type.getFields()).map(f => `${f.name}: ${getNamedType(f.type).getValues()[3].name}`).join(' ')}}`;
	if (argument.name === 'timeZone')
		return isRoot ? '"UTC"' : undefined;
	if (isInputObjectType(type))
		return !isRoot ? undefined : ['where', 'filter'].includes(argument.name) ? whereAll(type) : argument.name === 'orderBy' ? orderAll(type) : undefined;
	if (isEnumType(type) && isList)
		return argument.name === 'distinctOn' ? undefined : `[${type.getValues().map(v => v.name).join(' ')}]`;
	// paths into JSON, ranges, and pages that say so otherwise
	if (!isNonNullType(argument.type) && ['path', 'span', 'last', 'after', 'before', 'first', 'offset'].includes(argument.name) && ['String', 'Cursor', 'Int'].includes(type.name))
		return;
	return isList && value ? `[${value}]` : value;
}

function argumentsOf(field, isRoot)
{
	const given = field.args.map(a => [a.name, valueOf(a, isRoot)]).filter(([, value]) => value !== undefined);

	return given.length ? '(' + given.map(([name, value]) => `${name}: ${value}`).join(' ') + ')' : '';
}

const isNode = type => type.getInterfaces().some(i => i.name === 'Node');

function selections(type, depth, isRoot)
{
	const own = ['__typename'];

	if (isObjectType(type))
		for (const field of Object.values(type.getFields()))
		{
			const named = getNamedType(field.type);

			if (isLeafType(named))
			{
				// functions have arguments: of other rows, columns will do
				if (isRoot || !field.args.length || !isNode(type))
					own.push(field.name + argumentsOf(field));
			}
			// of what is made of lists, those of Query will do
			else if (depth > 0 && (isRoot && !isNode(type) || !/(Connection|Aggregate|GroupBy)$/.test(named.name)))
				own.push(`${field.name}${argumentsOf(field)} ${selections(named, depth - 1)}`);
		}
	return `{ ${own.join(' ')} }`;
}

// What leads to rows leads further than what leads to no others.
function depthOf(type)
{
	return /Connection$/.test(type.name) ? 2 : 1;
}

function requests(response)
{
	const query = buildClientSchema(response.data).getQueryType();

	return Object.values(query.getFields()).filter(f => !['databaseStatus', 'node', '_entities'].includes(f.name)).map(field => {
		const type = getNamedType(field.type);

		return `{ ${field.name}${argumentsOf(field, true)} ${isLeafType(type) ? '' : selections(type, depthOf(type), true)} }`;
	});
}

for (const line of require('fs').readFileSync(0, 'utf8').split('\n').filter(l => l))
	console.log(JSON.stringify(requests(JSON.parse(line))));
