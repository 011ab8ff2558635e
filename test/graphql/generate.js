// Random schemas, documents and variables for the comparison with graphql-js.
//
// Everything follows from a seed.  A document begins as a valid one; then its
// tokens and characters are changed, so that most are nearly valid.

const {
	buildSchema, getNamedType, getNullableType, isAbstractType, isCompositeType, isEnumType, isInputObjectType,
	isLeafType, isListType, isNonNullType, isObjectType, isRequiredArgument, isRequiredInputField, Lexer, Source,
	validateSchema
} = require('graphql');

// ---- chance ----

class Random
{
	constructor(seed) { this.state = seed >>> 0; }

	// mulberry32
	next()
	{
		this.state = (this.state + 0x6D2B79F5) >>> 0;
		let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);

		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	}

	below(n) { return Math.floor(this.next() * n); }
	between(low, high) { return low + this.below(high - low + 1); }
	chance(p) { return this.next() < p; }
	pick(list) { return list[this.below(list.length)]; }
	some(list, p) { return list.filter(() => this.chance(p)); }
}

// ---- schemas ----

const FIELDS = ['id', 'name', 'names', 'nam', 'user', 'users', 'a', 'b', 'ab', 'total', 'Total', 'on', 'type', 'query', 'x1', '_y', 'createdAt', 'createAt'];
const STRINGS = ['', 'a', 'say \\"hi\\"', '\\u00e9', 'ü', '😀', '\\n', 'long long long'];

class SchemaMaker
{
	constructor(random)
	{
		const r = this.random = random;
		const names = (prefix, low, high) => Array.from({ length: r.between(low, high) }, (_, i) => prefix + (i || ''));

		this.scalars = names('Stamp', 0, 2);
		this.enums = names('Color', 0, 2);
		this.inputs = names('UserInput', 0, 3);
		this.interfaces = names('Node', 0, 2);
		this.objects = names('User', 1, 4);
		this.unions = names('Thing', 0, 2);
		this.leaves = ['Int', 'Float', 'String', 'Boolean', 'ID', ...this.scalars, ...this.enums];
	}

	wrap(name, required)
	{
		const r = this.random;
		let text = name + (required || r.chance(0.25) ? '!' : '');

		while (r.chance(0.2))
			text = `[${text}]` + (required && r.chance(0.5) || r.chance(0.2) ? '!' : '');
		return text;
	}

	description(indent = '')
	{
		const r = this.random;

		if (!r.chance(0.15))
			return '';
		return r.chance(0.5) ? `"${r.pick(STRINGS)}"\n${indent}` : `"""\n  ${r.pick(['a', 'two\n\n    lines', 'x'])}\n"""\n${indent}`;
	}

	deprecated() { return this.random.chance(0.1) ? ' @deprecated' + this.random.pick(['', '(reason: "old")']) : ''; }

	distinct(n) { return [...new Set(Array.from({ length: n }, () => this.random.pick(FIELDS)))]; }

	// An input value's type may need a default to be of use; objects only refer to those before them.
	inputType(before)
	{
		const r = this.random;

		if (this.inputs.length && r.chance(0.3))
		{
			const i = r.below(this.inputs.length);

			return i < before ? this.wrap(this.inputs[i]) : r.pick([this.inputs[i], `[${this.inputs[i]}!]`]);
		}
		return this.wrap(r.pick(this.leaves));
	}

	defaultOf(type)
	{
		const r = this.random;

		if (!r.chance(0.2))
			return '';
		if (type.startsWith('['))
			return type.endsWith('!') ? ' = []' : r.pick([' = []', ' = null']);
		const values = { Int: ['1', '-5'], Float: ['1', '1.5e3'], String: ['"d"'], Boolean: ['true'], ID: ['1', '"i"'] }[type.replace('!', '')];

		return values ? ' = ' + r.pick(values) : '';
	}

	args()
	{
		const r = this.random;

		if (r.chance(0.6))
			return '';
		return '(' + this.distinct(r.between(1, 3)).map(name => {
			const type = this.inputType(this.inputs.length);
			const value = this.defaultOf(type);

			return `${name}: ${type}${value}${type.endsWith('!') && !value ? '' : this.deprecated()}`;
		}).join(', ') + ')';
	}

	fields()
	{
		const r = this.random;
		const composite = [...this.objects, ...this.interfaces, ...this.unions.filter(() => true)];

		return this.distinct(r.between(1, 6)).map(name =>
			`${this.description('  ')}${name}${this.args()}: ${this.wrap(r.chance(0.5) ? r.pick(composite) : r.pick(this.leaves))}${this.deprecated()}`);
	}

	text()
	{
		const r = this.random;
		const parts = [];
		const block = lines => ' {\n  ' + lines.join('\n  ') + '\n}';
		const own = new Map(this.interfaces.map(name => [name, this.fields()]));

		for (const name of this.scalars)
			parts.push(`${this.description()}scalar ${name}` + r.pick(['', ' @specifiedBy(url: "https://x.example")']));
		for (const name of this.enums)
			parts.push(`${this.description()}enum ${name}` + block(r.pick([['RED', 'GREEN', 'BLUE'], ['RED'], ['red', 'Red', 'reed']]).map(v => v + this.deprecated())));
		this.inputs.forEach((name, i) => {
			const oneOf = r.chance(0.25);

			parts.push(`${this.description()}input ${name}${oneOf ? ' @oneOf' : ''}` + block(this.distinct(r.between(1, 4)).map(field => {
				const type = this.inputType(i);

				if (oneOf)
					return `${field}: ${type.replace(/!$/, '')}`;
				const value = this.defaultOf(type);

				return `${field}: ${type}${value}${type.endsWith('!') && !value ? '' : this.deprecated()}`;
			})));
		});
		own.forEach((fields, name) => parts.push(`${this.description()}interface ${name}` + block(fields)));
		for (const name of this.objects)
		{
			const implemented = r.some(this.interfaces, 0.4);
			const lines = new Map(this.fields().map(line => [/^(?:"(?:[^"\\]|\\.)*"\s*|"""[^]*?"""\s*)?(\w+)/.exec(line)[1], line]));

			for (const from of implemented)
				for (const line of own.get(from))
					lines.set(/^(?:"(?:[^"\\]|\\.)*"\s*|"""[^]*?"""\s*)?(\w+)/.exec(line)[1], line);
			parts.push(`${this.description()}type ${name}` + (implemented.length ? ' implements ' + implemented.join(' & ') : '') + block([...lines.values()]));
		}
		for (const name of this.unions)
			parts.push(`${this.description()}union ${name} = ` + (r.some(this.objects, 0.6).join(' | ') || this.objects[0]));
		for (const place of ['FIELD', 'FRAGMENT_SPREAD | INLINE_FRAGMENT | FIELD', 'QUERY | MUTATION', 'VARIABLE_DEFINITION'])
			if (r.chance(0.3))
				parts.push(`directive @${r.pick(['log', 'logs', 'cache', 'Skip'])}${parts.length}${this.args()}${r.pick(['', ' repeatable'])} on ${place}`);
		parts.push('type Query' + block(this.fields()));
		if (r.chance(0.4))
			parts.push('type Mutation' + block(this.fields()));
		if (r.chance(0.3))
			parts.push('type Subscription' + block(this.fields()));
		return parts.join('\n\n');
	}
}

// A random schema: its text and what graphql-js makes of it.
function randomSchema(random)
{
	for (;;)
	{
		const sdl = new SchemaMaker(random).text();
		let schema;

		try
		{
			schema = buildSchema(sdl);
		}
		catch (error)
		{
			continue;
		}
		if (validateSchema(schema).length === 0)
			return { sdl, schema };
	}
}

// ---- documents ----

class DocumentMaker
{
	constructor(random, schema)
	{
		this.random = random;
		this.schema = schema;
		this.types = Object.values(schema.getTypeMap());
		this.composites = this.types.filter(t => isCompositeType(t) && !t.name.startsWith('__'));
		this.directives = schema.getDirectives();
		this.fragments = [];
		this.variables = new Map();	// of this operation: name -> type
		this.budget = random.pick([5, 15, 40]);
	}

	// A literal of a type, as text.
	literal(type, constant, depth = 0)
	{
		const r = this.random;

		if (!constant && r.chance(0.25))
			return this.variable(type);
		if (isNonNullType(type))
			type = type.ofType;
		else if (r.chance(0.05))
			return 'null';
		if (r.chance(0.04))
			return r.pick(['1', '"s"', 'true', 'RED', '[]', '{}', '1.5', '[[1]]', '{a: 1}', '2147483648', '-0', '""" b """']);
		if (isListType(type))
		{
			if (r.chance(0.2))
				return this.literal(type.ofType, constant, depth + 1);
			return '[' + Array.from({ length: r.below(3) }, () => this.literal(type.ofType, constant, depth + 1)).join(' ') + ']';
		}
		if (isEnumType(type))
			return r.pick(type.getValues()).name;
		if (isInputObjectType(type))
		{
			const fields = Object.values(type.getFields());
			const given = type.isOneOf ? [r.pick(fields)] :
				fields.filter(f => isRequiredInputField(f) ? !r.chance(0.05) : depth < 3 && r.chance(0.4));

			if (r.chance(0.05))
				given.push(r.pick(fields));
			return '{' + given.map(f => `${f.name}: ${this.literal(f.type, constant, depth + 1)}`).join(' ') + '}';
		}
		switch (type.name)
		{
			case 'Int': return String(r.between(-5, 1000));
			case 'Float': return r.pick(['1', '-1.5', '2e10', '0.0']);
			case 'Boolean': return r.pick(['true', 'false']);
			case 'ID': return r.pick(['1', '"x"']);
			case 'String': return r.pick([`"${r.pick(STRINGS)}"`, '"""\n  block\n   "quoted" \\"""\n"""']);
			default: return r.pick(['1', '"x"', '{a: [1 {b: E}]}', '[null]', 'true']);
		}
	}

	// A variable that fits, mostly, defined with the operation.
	variable(type)
	{
		const r = this.random;
		let text = String(r.chance(0.9) ? type : getNullableType(type));

		if (r.chance(0.1))
			text = r.pick([text + (text.endsWith('!') ? '' : '!'), text.replace(/!/g, ''), `[${text}]`, 'Int', 'String']);
		const same = [...this.variables].filter(([, t]) => t === text).map(([name]) => name);

		if (same.length && r.chance(0.6))
			return '$' + r.pick(same);
		const name = 'v' + this.variables.size;

		this.variables.set(name, text);
		return '$' + name;
	}

	args(definitions, constant)
	{
		const r = this.random;
		const given = definitions.filter(a => isRequiredArgument(a) ? !r.chance(0.03) : r.chance(0.4));

		if (definitions.length && r.chance(0.03))
			given.push(r.pick(definitions));
		return given.length ? '(' + given.map(a => `${a.name}: ${this.literal(a.type, constant)}`).join(' ') + ')' : '';
	}

	applied(place)
	{
		const r = this.random;
		let text = '';

		while (r.chance(0.08))
		{
			const fitting = this.directives.filter(d => d.locations.includes(place) || r.chance(0.05));

			if (!fitting.length)
				break;
			const directive = r.pick(fitting);

			text += ` @${directive.name}${this.args(directive.args, place === 'VARIABLE_DEFINITION')}`;
		}
		return text;
	}

	field(type, depth)
	{
		const r = this.random;
		const fields = type.getFields ? Object.values(type.getFields()) : [];

		if (!fields.length || r.chance(0.08))
			return (r.chance(0.3) ? 'kind: ' : '') + '__typename' + this.applied('FIELD');
		let field = r.pick(fields);

		if (depth <= 0)
			field = fields.find(f => isLeafType(getNamedType(f.type))) || field;
		const alias = r.chance(0.15) ? r.pick(FIELDS) + ': ' : '';
		const named = getNamedType(field.type);
		const below = isLeafType(named) ? '' : ' ' + this.selections(named, depth - 1);

		return alias + field.name + this.args(field.args) + this.applied('FIELD') + below;
	}

	// A type that may be where another is, mostly.
	related(type)
	{
		const r = this.random;
		const related = this.composites.filter(t => t === type ||
			(isAbstractType(type) && isObjectType(t) && this.schema.isSubType(type, t)) ||
			(isAbstractType(t) && isObjectType(type) && this.schema.isSubType(t, type)));

		return r.chance(0.05) || !related.length ? r.pick(this.composites) : r.pick(related);
	}

	selection(type, depth)
	{
		const r = this.random;
		const dice = r.next();

		if (dice < 0.1)
		{
			const to = this.related(type);

			return `...${r.chance(0.2) ? '' : ` on ${to}`}${this.applied('INLINE_FRAGMENT')} ${this.selections(to, depth - 1)}`;
		}
		if (dice < 0.2)
		{
			const fitting = this.fragments.filter(f => f.type === type || r.chance(0.05));

			if (fitting.length && r.chance(0.6))
				return '...' + r.pick(fitting).name + this.applied('FRAGMENT_SPREAD');
			if (this.fragments.length < 5)
			{
				const fragment = { name: 'F' + this.fragments.length, type: this.related(type) };

				this.fragments.push(fragment);
				fragment.text = `fragment ${fragment.name} on ${fragment.type}${this.applied('FRAGMENT_DEFINITION')} ${this.selections(fragment.type, depth - 1)}`;
				return '...' + fragment.name;
			}
		}
		return this.field(type, depth);
	}

	selections(type, depth)
	{
		const r = this.random;
		const texts = [];

		do
		{
			this.budget--;
			texts.push(this.selection(type, this.budget < 0 ? 0 : depth));
		} while (this.budget > 0 && r.chance(0.55));
		if (depth < -8)
			return '{ __typename }';
		return '{ ' + texts.join(' ') + ' }';
	}

	// The standard introspection now and then, cut down.
	introspection()
	{
		return this.random.pick([
			'__schema { types { name kind fields { name } } }', '__type(name: "User") { ...on __Type { name } ofType { name } }',
			'__schema { types { fields { type { fields { type { fields { name } } } } } } }', '__type { nam }']);
	}

	operation(name)
	{
		const r = this.random;
		const roots = [['query', this.schema.getQueryType()], ['mutation', this.schema.getMutationType()],
			['subscription', this.schema.getSubscriptionType()]].filter(([, type]) => type || r.chance(0.02));
		const [kind, type] = r.pick(roots);

		this.variables = new Map();
		let body = type ? this.selections(type, 4) : '{ a }';

		if (kind === 'subscription' && r.chance(0.7))
			body = `{ ${this.field(type || this.composites[0], 3)} }`;
		if (kind === 'query' && r.chance(0.05))
			body = body.replace(/}$/, this.introspection() + ' }');
		if (this.mayUse)
			for (const [variable, t] of this.mayUse)
				this.variables.set(variable, t);
		const definitions = [...this.variables].map(([variable, t]) => {
			let value = '';

			if (r.chance(0.15))
				value = ' = ' + r.pick(['1', '"x"', 'null', 'true', '[]', '{}', 'RED']);
			return `$${variable}: ${t}${value}${this.applied('VARIABLE_DEFINITION')}`;
		});

		if (kind === 'query' && !name && !definitions.length && r.chance(0.5))
			return body;
		return `${kind} ${name}${definitions.length ? '(' + definitions.join(' ') + ')' : ''}${this.applied(kind.toUpperCase())} ${body}`;
	}

	text()
	{
		const r = this.random;
		const n = r.pick([1, 1, 1, 1, 2, 3]);
		const operations = Array.from({ length: n }, (_, i) => this.operation(n > 1 || r.chance(0.5) ? 'Op' + i : ''));

		return [...operations, ...this.fragments.map(f => f.text)].join(' ');
	}
}

// ---- changes ----

const STRANGE = ['"', '"""', '\\', '\\u{1F600}', '\\u{110000}', '\\uD83D\\uDE00', '\\uDEAD', '#', '\n', '\r', '\r\n', '\uFEFF', '\u00A0', 'é', '日', '😀', '.', '..', '...', '&',
	'|', '@', '$', '!', '(', ')', '[', ']', '{', '}', ':', '=', '?', '%', '~', '\u0007', '\u007F', '0', '00', '-', '-0', '1e', '1.', '0x1', '1a', '9999999999999999999', ','];
const WORDS = ['query', 'fragment', 'on', 'true', 'null', 'type', 'extend', 'subscription', 'Int', 'String', 'input', '__typename', '__schema', 'schema', 'skip', 'include', 'if', 'deprecated', 'Query', 'RED'];

// The tokens of a text, as far as they can be read.
function tokens(text)
{
	const lexer = new Lexer(new Source(text));
	const found = [];

	try
	{
		for (let token = lexer.advance(); token.kind !== '<EOF>'; token = lexer.advance())
			found.push(text.slice(token.start, token.end));
	}
	catch (error)
	{
		return null;
	}
	return found;
}

// Tokens with other blanks between them.
function join(random, list)
{
	const plain = random.chance(0.5);

	return list.map(token => token + (plain ? ' ' : random.pick([' ', ' ', '\n', '\r\n', '\r', ',', '\t', ' # é "comment"\n', '  ']))).join('');
}

function change(random, list, names)
{
	const i = random.below(list.length);
	const isName = list.map((t, n) => /^\w/.test(t) ? n : -1).filter(n => n >= 0);

	switch (random.below(16))
	{
		case 0: list.splice(i, 1); break;
		case 1: list.splice(i, 0, list[i]); break;
		case 2: list.splice(i, 0, random.pick(list)); break;
		case 3: list.splice(i, 0, random.pick(['{', '}', '(', ')', '[', ']', ':', '$', '!', '@', '...', '=', '|', '&'])); break;
		case 4: [list[i], list[list.length - 1 - i]] = [list[list.length - 1 - i], list[i]]; break;
		case 5:
		case 6:
		case 7:
		case 8:
		case 9:
		case 10:
		case 11: if (isName.length) list[random.pick(isName)] = random.pick(names); break;
		case 12:
		case 13:
		case 14: if (isName.length) list[random.pick(isName)] = list[random.pick(isName)]; break;
		default: list[i] = random.pick([...WORDS, '1', '"s"', '1.5', 'v0', 'F0', 'F1', 'F2']); break;
	}
}

// A text with some changes of its tokens and characters.
function mutate(random, text, names)
{
	const list = tokens(text);

	if (!list || !list.length || random.chance(0.3))
		return text;
	for (let n = random.pick([0, 1, 1, 1, 2, 4]); n > 0 && list.length; n--)
		change(random, list, names);
	text = join(random, list);
	if (random.chance(0.15))
	{
		const at = random.below(text.length + 1);
		// not between the halves of a character
		const place = /[\uDC00-\uDFFF]/.test(text[at] || '') ? at + 1 : at;

		text = text.slice(0, place) + random.pick(STRANGE) + text.slice(random.chance(0.3) && !/[\uD800-\uDFFF]/.test(text[place] || '') ? place + 1 : place);
	}
	return text;
}

// ---- variables ----

// The order of jsonb, which is the one in which members are seen.
function ordered(object)
{
	const keys = Object.keys(object).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));

	return Object.fromEntries(keys.map(key => [key, object[key]]));
}

// A value for a type, as JSON.
function randomValue(random, type, depth = 0)
{
	if (random.chance(0.08))
		return random.pick([null, 1, -1, 1.5, 2147483648, 1e21, 1e-7, 0.1, 'x', '', 'RED', true, [], {}, ordered({ a: 1 }), [null], [[1]], 'say "hi"\n', 'ü😀']);
	if (isNonNullType(type))
		type = type.ofType;
	if (isListType(type))
		return random.chance(0.2) ? randomValue(random, type.ofType, depth + 1) :
			Array.from({ length: random.below(3) }, () => randomValue(random, type.ofType, depth + 1));
	if (isEnumType(type))
		return random.pick(type.getValues()).name;
	if (isInputObjectType(type))
	{
		const fields = Object.values(type.getFields());
		const given = type.isOneOf ? [random.pick(fields)] :
			fields.filter(f => isRequiredInputField(f) ? !random.chance(0.05) : depth < 3 && random.chance(0.4));
		const object = Object.fromEntries(given.map(f => [f.name, randomValue(random, f.type, depth + 1)]));

		if (random.chance(0.05))
			object[random.pick(FIELDS)] = 1;
		return ordered(object);
	}
	switch (type.name)
	{
		case 'Int': return random.between(-5, 1000);
		case 'Float': return random.pick([1, -1.5, 1e10]);
		case 'Boolean': return random.chance(0.5);
		case 'ID': return random.pick([1, 'x']);
		case 'String': return random.pick(['', 'x', 'ü']);
		default: return random.pick([1, 'x', ordered({ b: [1], a: null })]);
	}
}

// ---- documents that define types ----

// A schema with extensions of its types and directives all over, then changed.
function randomDefinitions(random)
{
	const maker = new SchemaMaker(random);
	const parts = [maker.text()];
	const types = [...maker.scalars, ...maker.enums, ...maker.inputs, ...maker.interfaces, ...maker.objects, ...maker.unions, 'Query', 'Unknown', 'Int'];
	const applied = () => random.chance(0.2) ? ' ' + random.pick(['@deprecated', '@log', '@log1(name: 1)', '@oneOf', '@specifiedBy(url: "x")', '@specifiedBy', '@deprecated(reason: "a" reason: "b")', '@log(a: {b: 1 b: 2})']) : '';

	for (let n = random.below(5); n > 0; n--)
		parts.push(random.pick([
			() => `extend type ${random.pick(types)}${applied()} { ${maker.fields().map(f => f + applied()).join(' ')} }`,
			() => `extend interface ${random.pick(types)}${applied()} { ${maker.fields().join(' ')} }`,
			() => `extend input ${random.pick(types)} { a: Int${applied()} b: [Color!]! a: Stamp }`,
			() => `extend enum ${random.pick(types)} { RED${applied()} PINK }`,
			() => `extend union ${random.pick(types)}${applied()} = User | ${random.pick(types)}`,
			() => `extend scalar ${random.pick(types)} ${random.pick(['@log', '@deprecated', '@specifiedBy(url: "y")'])}`,
			() => `extend schema ${random.pick(['@log', '{ query: Query }', '{ mutation: User mutation: User1 }'])}`,
			() => `schema${applied()} { query: ${random.pick(types)} ${random.pick(['', 'mutation: Mutation', 'query: Query'])} }`,
			() => `directive @${random.pick(['log', 'log1', 'deprecated', 'oneOf'])}(a: ${random.pick(types)}! name: [String!] = []${random.pick(['', ' a: Int'])})${random.pick(['', ' repeatable'])} on ${random.pick(['OBJECT | ENUM_VALUE | FIELD_DEFINITION', 'FIELD', 'SCALAR | SCHEMA', 'INPUT_FIELD_DEFINITION | ARGUMENT_DEFINITION'])}`,
			() => `type ${random.pick(types)}${applied()} { ${maker.fields().join(' ')} }`,
			() => random.pick(['{ a ...F }', 'fragment F on User { a @log }', 'query ($a: Nothing) { a }'])
		])());
	for (let i = parts.length - 1; i > 0; i--)
	{
		const j = random.below(i + 1);

		[parts[i], parts[j]] = [parts[j], parts[i]];
	}
	return mutate(random, parts.join('\n'), [...types, ...FIELDS, 'log', 'deprecated', 'reason', 'FIELD', 'OBJECT', 'User2', 'type', 'interface']);
}

// ---- documents whose definitions do not fit together ----

// Whatever kind of type in whatever place: what the grammar and the rules for
// single definitions allow, and a schema may not be.
function randomMisfits(random)
{
	const r = random;
	const kinds = { A: 'type', B: 'type', C: 'type', I: 'interface', J: 'interface', K: 'interface', U: 'union', E: 'enum', P: 'input', Q: 'input', R: 'input', __S: 'scalar', Query: 'type', Mutation: r.pick(['type', 'input']) };
	const names = Object.keys(kinds);
	const of = (...wanted) => r.chance(0.04) ? r.pick(names) : r.pick(names.filter(name => wanted.includes(kinds[name])));
	const distinct = (n, pool) => [...new Set(Array.from({ length: n }, () => r.pick(pool)))];
	const fieldNames = ['a', 'b', 'c', 'd', 'a', 'b', '__x'];
	const wrap = name => r.pick([name, name, name, name + '!', name + '!', `[${name}]`, `[${name}!]!`]);
	const deprecated = () => r.chance(0.15) ? r.pick([' @deprecated', ' @deprecated(reason: "x")', ' @deprecated(reason: null)']) : '';
	const inputType = () => wrap(r.chance(0.5) ? of('input', 'enum') : r.pick(['Int', 'String']));
	const value = type => r.chance(0.2) ? (type.startsWith('[') ? ' = []' : { Int: ' = 1', String: ' = "x"' }[type.replace('!', '')] || '') : '';
	const inputValue = name => {
		const type = inputType();

		return `${name}: ${type}${value(type)}${deprecated()}`;
	};
	const args = () => r.chance(0.6) ? '' : '(' + distinct(r.between(1, 3), ['p', 'q', 'r', '__y']).map(inputValue).join(', ') + ')';
	const field = name => `${name}${args()}: ${wrap(r.chance(0.5) ? r.pick(['Int', 'String', 'ID']) : of('type', 'interface', 'union', 'enum'))}${deprecated()}`;
	const block = lines => lines.length ? ` {\n  ${lines.join('\n  ')}\n}` : '';
	const shared = Object.fromEntries(distinct(3, fieldNames).map(name => [name, field(name)]));
	// mostly what the others have, so that interfaces are implemented nearly
	const fields = (n = r.below(6)) => distinct(n, fieldNames).map(name => r.chance(0.7) && shared[name] || field(name));
	const interfaces = () => {
		const list = distinct(r.below(4), r.chance(0.1) ? names : ['I', 'J', 'K']);

		return r.chance(0.4) || !list.length ? '' : ' implements ' + list.concat(r.chance(0.05) ? list[0] : []).join(' & ');
	};
	const members = {
		type: () => interfaces() + block(fields()),
		interface: () => interfaces() + block(fields()),
		union: () => { const list = distinct(r.below(4), r.chance(0.2) ? names : ['A', 'B', 'C']); return list.length ? ' = ' + list.concat(r.chance(0.1) ? list[0] : []).join(' | ') : ''; },
		enum: () => block(distinct(r.below(4), ['X', 'Y', '__Z', 'W'])),
		input: () => (r.chance(0.2) ? ' @oneOf' : '') + block(distinct(r.below(5), fieldNames).map(inputValue)),
		scalar: () => ''
	};
	const parts = names.filter(name => r.chance(0.95)).map(name => `${r.chance(0.1) ? '"described"\n' : ''}${kinds[name]} ${name}${members[kinds[name]]()}`);

	if (r.chance(0.3))
		parts.push(`extend ${r.pick(['type A', 'interface I', 'type Query'])}${r.pick(['', ' implements J'])}` + block([`e${args()}: Int`]));
	if (r.chance(0.2))
		parts.push(`extend union U = ${of('type')}`);
	if (r.chance(0.2))
		parts.push(`extend input P${block([`e: ${wrap(of('input'))}`])}`);
	if (r.chance(0.2))
		parts.push(`directive @${r.pick(['log', '__log'])}${args()} on FIELD`);
	if (r.chance(0.15))
		parts.push(`schema { query: ${of('type')}${r.chance(0.3) ? ` mutation: ${of('type')}` : ''} }`);
	if (r.chance(0.1))
		parts.push(`extend schema { subscription: ${of('type')} }`);
	for (let i = parts.length - 1; i > 0; i--)
	{
		const j = r.below(i + 1);

		[parts[i], parts[j]] = [parts[j], parts[i]];
	}
	return parts.join('\n');
}

module.exports = { DocumentMaker, Random, mutate, ordered, randomDefinitions, randomMisfits, randomSchema, randomValue };
