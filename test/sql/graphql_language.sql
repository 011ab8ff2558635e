--
-- The GraphQL language: documents that cannot be read, values that do not fit,
-- rules that are broken.  Everything goes through fraiseql.validate(), which
-- knows only the SDL that it is given.
--
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- one line for each error: its places, its code, its message
CREATE FUNCTION pg_temp.errors(sdl text, query text, variables jsonb DEFAULT NULL, rule text DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(format('%s:%s', l ->> 'line', l ->> 'column'), ' ')
					 FROM jsonb_array_elements(e -> 'locations') l), '-')
		   || ' ' || (e #>> '{extensions,code}') || ' ' || (e ->> 'message')
	FROM jsonb_array_elements(fraiseql.validate(sdl, query, variables, rule)) e
$$;

CREATE FUNCTION pg_temp.syntax(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.errors('type Query { a(s: String): Int }', query)
$$;

--
-- Syntax errors: the message, and where
--
SELECT pg_temp.syntax('{ a(s: "b") }');
SELECT pg_temp.syntax('');
SELECT pg_temp.syntax('{');
SELECT pg_temp.syntax('{ a: }');
SELECT pg_temp.syntax('query $x { a }');
SELECT pg_temp.syntax('{ ...on }');
SELECT pg_temp.syntax('query ($x: Int = $y) { a }');
SELECT pg_temp.syntax('{ a } ?');
SELECT pg_temp.syntax('{ a .. }');
SELECT pg_temp.syntax($$ { a(s: 'b') } $$);
SELECT pg_temp.syntax('{ a(s: 01) }');
SELECT pg_temp.syntax('{ a(s: 1.) }');
SELECT pg_temp.syntax('{ a(s: 1e+) }');
SELECT pg_temp.syntax('{ a(s: 1a) }');
SELECT pg_temp.syntax('{ a(s: "b) }');
SELECT pg_temp.syntax('{ a(s: """b) }');

-- lines end with \n, \r or both; columns are UTF-16 code units
SELECT pg_temp.syntax(E'{ a\n}\n\n   ]');
SELECT pg_temp.syntax(E'{ a\r}\r\n   ]');
SELECT pg_temp.syntax(U&'{ a(s: "\00E9\4E2D") ]');
SELECT pg_temp.syntax(U&'{ a(s: "\+01F600") ]');
-- a byte order mark, commas and comments are nothing
SELECT pg_temp.syntax(U&'\FEFF,,{ a #]' || E'\n }');

-- nesting is bounded
SELECT pg_temp.syntax(repeat('{a', 1001) || repeat('}', 1001));
SELECT pg_temp.syntax('{ a(s: ' || repeat('[', 100000));

--
-- Strings: escapes, block strings
--
CREATE FUNCTION pg_temp.value_of(literal text) RETURNS SETOF text LANGUAGE sql AS $$
	-- an enum's complaint shows the value that was read
	SELECT pg_temp.errors('enum E { ONLY } type Query { a(e: E): Int }', format('{ a(e: %s) }', literal))
$$;

SELECT pg_temp.value_of('"tab \t quote \" slash \/ backslash \\ e-acute \u00e9 smile \u{1F600} pair \uD83D\uDE00"');
SELECT pg_temp.value_of('"\q"');
SELECT pg_temp.value_of('"\u12G4"');
SELECT pg_temp.value_of('"\uD83D alone"');
SELECT pg_temp.value_of('"\u{110000}"');
SELECT pg_temp.value_of('"\u{}"');
SELECT pg_temp.value_of(E'"""\n    first\n      indented\n\n    with \\""" quotes\n  """');

--
-- Values against types
--
CREATE FUNCTION pg_temp.coerce(type text, value jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.errors('
		enum Colour { RED GREEN BLUE }
		input Point { x: Int! y: Int = 0 label: String }
		input One @oneOf { a: Int b: Int }
		scalar Anything
		type Query { a(p: Point, c: Colour, o: One, f: Float, i: ID, x: Anything): Int }',
		format('query ($v: %s) { a }', type), value, 'ExecutableDefinitionsRule')
$$;

-- these fit
SELECT pg_temp.coerce('Int', '{"v": 1.0}');
SELECT pg_temp.coerce('Float', '{"v": 123456789012345678901234567890.123}');
SELECT pg_temp.coerce('ID', '{"v": 12345678901234567890}');
SELECT pg_temp.coerce('[[Int!]!]', '{"v": 1}');
SELECT pg_temp.coerce('Point', '{"v": {"x": 1}}');
SELECT pg_temp.coerce('Anything', '{"v": {"x": [1, null, "a"]}}');
SELECT pg_temp.coerce('Int! = 3', '{}');
-- and these do not
SELECT pg_temp.coerce('Int', '{"v": 1.5}');
SELECT pg_temp.coerce('Int', '{"v": 2147483648}');
SELECT pg_temp.coerce('Int', '{"v": "1"}');
SELECT pg_temp.coerce('String', '{"v": 1}');
SELECT pg_temp.coerce('Boolean', '{"v": "true"}');
SELECT pg_temp.coerce('ID', '{"v": 1.5}');
SELECT pg_temp.coerce('Int!', '{}');
SELECT pg_temp.coerce('Int!', '{"v": null}');
SELECT pg_temp.coerce('[Int!]', '{"v": [1, null, "x"]}');
SELECT pg_temp.coerce('Colour', '{"v": "GREY"}');
SELECT pg_temp.coerce('Colour', '{"v": 1}');
SELECT pg_temp.coerce('Point', '{"v": {"x": 1, "lable": "p"}}');
SELECT pg_temp.coerce('Point', '{"v": {"y": null}}');
SELECT pg_temp.coerce('Point', '{"v": [1, 2]}');
SELECT pg_temp.coerce('One', '{"v": {"a": 1, "b": 2}}');
SELECT pg_temp.coerce('One', '{"v": {"a": null}}');
SELECT pg_temp.coerce('Nothing', '{"v": 1}');
-- values are shown in part when they are large
SELECT pg_temp.coerce('String', '{"v": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}');
SELECT pg_temp.coerce('String', '{"v": {"a": {"b": {"c": [1]}}}}');
-- a variable that the operation has not got is an error, not ignored
SELECT pg_temp.coerce('Int', '{"v": 1, "w": 2}');
SELECT pg_temp.coerce('Int', '[1]');
-- no more than 50 errors
SELECT count(*), max(e) FILTER (WHERE e LIKE '%Too many%')
FROM pg_temp.coerce('[Int]', (SELECT jsonb_build_object('v', jsonb_agg('x'::text)) FROM generate_series(1, 60))) e;

--
-- Rules
--
CREATE FUNCTION pg_temp.check(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.errors('
		interface Named { name: String }
		type User implements Named { id: ID! name: String orders(first: Int, status: Status): [Order!]! }
		type Order { id: ID! total: Float! user: User }
		union Found = User | Order
		enum Status { OPEN PAID }
		input Filter { status: Status total: Range and: [Filter!] }
		input Range { min: Float! max: Float }
		type Query { user(id: ID!): User search(where: Filter): [Found!] named: Named }', query)
$$;

SELECT pg_temp.check('query One($id: ID!) { user(id: $id) { ...Parts orders(first: 5) { total } } }
fragment Parts on User { id name __typename }');
-- introspection is part of every schema
SELECT pg_temp.check('{ __schema { types { name fields { name } } } __type(name: "User") { kind } }');
-- fields and arguments, with the nearest valid name
SELECT pg_temp.check('{ usr(id: 1) { id } }');
SELECT pg_temp.check('{ user(di: 1) { id } }');
SELECT pg_temp.check('{ user(id: 1) { orders(status: payd) { id } } }');
SELECT pg_temp.check('{ search(where: {totl: {min: 1}, total: {max: "2"}}) { __typename } }');
SELECT pg_temp.check('{ search { name } named { id } }');
SELECT pg_temp.check('{ user(id: 1) }');
SELECT pg_temp.check('{ user(id: 1) { id { x } } }');
-- fragments
SELECT pg_temp.check('{ ...Nowhere } fragment Unused on Query { named { name } }');
SELECT pg_temp.check('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
SELECT pg_temp.check('{ user(id: 1) { ... on Order { id } } }');
SELECT pg_temp.check('{ ... on Status { x } ... on Stauts { x } }');
-- variables
SELECT pg_temp.check('query Q($a: ID, $b: Int, $a: Int) { user(id: $a) { id } x: user(id: $c) { id } }');
-- directives
SELECT pg_temp.check('query @skip(if: true) { named @include @nowhere { name @skip(if: true) @skip(if: 1) } }');
-- operations
SELECT pg_temp.check('{ named { name } } query A { named { name } } query A { named { name } } type X');
SELECT pg_temp.check('mutation { a } subscription { b }');
-- overlapping fields
SELECT pg_temp.check('{ user(id: 1) { x: id x: name } }');
SELECT pg_temp.check('{ user(id: 1) { id } user(id: 2) { id } }');
SELECT pg_temp.check('{ search { ... on User { v: name } ... on Order { v: total } } }');
SELECT pg_temp.check('{ search { ... on User { v: id } ... on Order { v: id } } }');
-- no more than 100 errors
SELECT count(*), max(e) FILTER (WHERE e LIKE '%Too many%')
FROM pg_temp.check('{' || (SELECT string_agg('f' || i, ' ') FROM generate_series(1, 200) i) || '}') e;
-- one rule alone, if it exists
SELECT pg_temp.errors('type Query { a: Int }', '{ b c { d } }', NULL, 'ScalarLeafsRule');
SELECT pg_temp.errors('type Query { a: Int }', '{ b }', NULL, 'NoSuchRule');
-- documents that are made to take long
SELECT pg_temp.check('{' || repeat(' named { name }', 20000) || '}');
SELECT pg_temp.check('{' || string_agg(' ...F' || i, '') || '}' ||
					 string_agg(' fragment F' || i || ' on Query { named { name } }', ''))
FROM generate_series(1, 2000) i;
SELECT pg_temp.check('{ ...F0 }' ||
					 string_agg(format(' fragment F%s on User { x: orders { user { ...F%s } } y: orders { user { ...F%s } } }', i, i + 1, i + 1), '')
					 || ' fragment F0 on Query { user(id: 1) { ...F1 } } fragment F301 on User { id }')
FROM generate_series(1, 300) i;

--
-- Schemas that are none
--
SELECT pg_temp.errors('type Query { a: Intt }', '{ a }');
SELECT pg_temp.errors('type Query { a: Int ', '{ a }');
SELECT fraiseql.validate(NULL, '{ a }', NULL);
SELECT pg_temp.errors('schema { query: Query query: Q } type Query { a: Int a(b: Int b: ID): Int @deprecated @deprecated } enum Query { A A } extend enum E { B } extend type Query @lag { x: [Quary!] } directive @log(a: Int!) on OBJECT directive @log(a: Int!) on OBJECT extend union Query = Query type Z @log { a: Int } type Y @log(b: 1, b: {c: 1, c: 2}) { a: Int } schema { query: Query }', '{ a }');
-- types that do not fit together
SELECT pg_temp.errors('type Mutation { a: Int }', '{ a }');
SELECT pg_temp.errors('schema { query: Q mutation: I } input Q { a: Int } input I { a: Int }', '{ a }');
SELECT pg_temp.errors('type Query enum E union U input I interface J', '{ a }');
SELECT pg_temp.errors('directive @__d(__a: Query!) on FIELD type Query { __b(a: [Query!], __c: Int): I a(b: Int! @deprecated): Int } input I { q: Query b: Int! @deprecated(reason: "x") c: Int = 1 } enum __E { __F } input O @oneOf { a: Int! b: Int = 1 }', '{ a }');
SELECT pg_temp.errors('type Query implements A & B { a: Int! b(x: Int, y: Int!, z: Int): [A] } interface A { a: ID b(x: Int!, w: Int): [Query!] c: Int } interface B implements A { a: ID b: [A!] c: Int } type X implements Query & X { a: Int }', '{ a }');
SELECT pg_temp.errors('interface A implements B { a: Int } interface B implements A { a: Int } interface C implements C { a: Int } type Query implements A & B & A { a: Int! }', '{ a }');
SELECT pg_temp.errors('type Query { a: U } union U = Query | A | Query | I extend union U = A type A { a: Int } input I { a: Int }', '{ a }');
SELECT pg_temp.errors('type Query { a(i: A): Int } input A { b: B! a: A! c: [A!]! d: A } input B { a: A! b: Int } input D { a: A! d: E! } input E { d: D! }', '{ a }');
-- a long chain of input objects needs no stack; of many errors, the first hundred are told
SELECT pg_temp.errors('type Query { a(i: I1): Int }' || string_agg(format(' input I%s { i: I%s! }', i, i + 1), '') || ' input I20001 { i: Int }', '{ b }')
FROM generate_series(1, 20000) i;
SELECT count(*), min(message) FROM jsonb_to_recordset(fraiseql.validate((SELECT 'type Query { a: Int } ' || string_agg(format(' type T%s', i), '') FROM generate_series(1, 500) i), NULL, NULL)) AS e (message text);
-- a schema alone, and a document that extends one
SELECT fraiseql.validate('type Query { a: Int } extend type Query { b: Int }', NULL, NULL);
SELECT fraiseql.validate('type Query { a: Int }', 'extend type Query { a: Int } type Query { b: Int }', NULL, rule)
FROM unnest(ARRAY['UniqueFieldDefinitionNamesRule', 'UniqueTypeNamesRule', 'KnownTypeNamesRule']) AS rule;
