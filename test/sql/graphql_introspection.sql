-- What a schema says of itself: __schema, __type and __typename beside data.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TYPE order_status AS ENUM ('new', 'in progress', 'paid');
COMMENT ON TYPE order_status IS 'How far an order is';
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, born date);
COMMENT ON TABLE users IS E'Who buys;\n"quoted", and \\ too';
COMMENT ON COLUMN users.email IS 'In lower case';
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, status order_status, secret text);
INSERT INTO users VALUES (1, 'a@example.com', '2000-01-02');
INSERT INTO orders VALUES (10, 1, 'paid', 's');
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on

-- beside data, with aliases, fragments, variables and directives
SELECT fraiseql.graphql('{ users { id __typename } __typename __schema { queryType { name } mutationType { name } subscriptionType { name } description __typename } }');
SELECT fraiseql.graphql('{ a: __type(name: "User") { ...t } b: __type(name: "Order") { ...t kind } c: __type(name: "Nothing") { ...t } } fragment t on __Type { n: name d: description ... on __Type { __typename } }');
SELECT fraiseql.graphql('query ($n: String!, $k: Boolean!) { __type(name: $n) { name kind @include(if: $k) description @skip(if: $k) } }', v)
FROM (VALUES ('{"n": "User", "k": true}'::jsonb), ('{"n": "Order", "k": true}'), ('{"n": "Order", "k": false}'), ('{"n": "User", "k": false}'), ('{"n": 1, "k": false}')) AS t (v);
-- selections of one response key are merged
SELECT fraiseql.graphql('{ __type(name: "Order") { fields { name } } __type(name: "Order") { fields { type { kind } } fields { type { ofType { name } } } } }');

-- each kind of type
SELECT jsonb_pretty(fraiseql.graphql('{ __type(name: "User") { kind name description specifiedByURL isOneOf interfaces { name } possibleTypes { name } enumValues { name } inputFields { name } ofType { name }
  fields { name description isDeprecated deprecationReason args { name description defaultValue type { name kind ofType { kind ofType { name kind } } } isDeprecated deprecationReason } type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }')::jsonb -> 'data' -> '__type');
SELECT fraiseql.graphql('{ __type(name: "OrderStatus") { kind name description fields { name } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } }');
SELECT fraiseql.graphql('{ __type(name: "UserOrderByInput") { kind name isOneOf inputFields { name type { name } defaultValue } } w: __type(name: "UserWhereInput") { isOneOf inputFields { name type { kind name ofType { name kind } } } } }');
SELECT fraiseql.graphql('{ __type(name: "Date") { kind name description specifiedByURL isOneOf fields { name } } }');
SELECT fraiseql.graphql('{ __type(name: "__TypeKind") { kind enumValues { name } } f: __type(name: "__Field") { fields { name args { name defaultValue } } } }');
SELECT fraiseql.graphql('{ __schema { directives { name isRepeatable locations args(includeDeprecated: true) { name defaultValue type { kind ofType { name } } } } } }');
-- every type, once; those of introspection too
SELECT string_agg(name, ' ' ORDER BY ordinality) FROM jsonb_array_elements(fraiseql.graphql('{ __schema { types { name } } }')::jsonb #> '{data,__schema,types}') WITH ORDINALITY AS t (type, ordinality), jsonb_to_record(type) AS x (name text);

-- what is asked must be there
SELECT fraiseql.graphql('{ __schema { typs { name } } }');
SELECT fraiseql.graphql('{ __type { name } }');
SELECT fraiseql.graphql('{ __type(name: null) { name } }');
SELECT fraiseql.graphql('{ __schema }');
SELECT fraiseql.graphql('{ users { __schema { description } } }');
SELECT fraiseql.graphql('{ __type(name: "User") { fields { type { fields { type { fields { name } } } } } } }');
SELECT fraiseql.graphql('query ($b: Boolean) { __schema { queryType { name @include(if: $b) } } }');

-- a variable decides, also in a plan that is kept
SELECT fraiseql.graphql('query ($d: Boolean) { __type(name: "User") { fields(includeDeprecated: $d) { name } } }', v)
FROM (VALUES ('{"d": true}'::jsonb), ('{"d": false}'), ('{"d": null}'), ('{}')) AS t (v);
-- the schema of this moment
ALTER TABLE users ADD nickname text;
SELECT fraiseql.graphql('query ($d: Boolean) { __type(name: "User") { fields(includeDeprecated: $d) { name } } }', '{"d": true}');
-- nothing is asked of a table
SELECT fraiseql.explain('{ __schema { types { name } } users { id } }', costs => false);

-- a role sees what it may use
CREATE ROLE regress_introspector;
GRANT USAGE ON SCHEMA shop TO regress_introspector;
GRANT SELECT (id, status) ON orders TO regress_introspector;
SET ROLE regress_introspector;
SELECT fraiseql.graphql('{ __schema { queryType { fields { name } } } o: __type(name: "Order") { fields { name } } u: __type(name: "User") { name } w: __type(name: "OrderWhereInput") { inputFields { name } } d: __type(name: "Date") { name } }');
RESET ROLE;
REVOKE SELECT (status) ON orders FROM regress_introspector;
SET ROLE regress_introspector;
SELECT fraiseql.graphql('{ s: __type(name: "OrderStatus") { enumValues { name } } f: __type(name: "OrderStatusFilter") { inputFields { name } } }');
RESET ROLE;
SELECT fraiseql.graphql('{ s: __type(name: "OrderStatus") { enumValues { name } } f: __type(name: "OrderStatusFilter") { inputFields { name } } }');
SELECT fraiseql.graphql('{ o: __type(name: "Order") { fields { name } } }');

-- off
SET fraiseql.introspection = off;
SELECT fraiseql.graphql('{ users { id __typename } }');
SELECT fraiseql.graphql('{ o: __type(name: "Order") { fields { name } } }');
SELECT fraiseql.validate('{ users { id } __schema { queryType { name } } }');
SELECT fraiseql.explain('{ __schema { queryType { name } } }', costs => false);
RESET fraiseql.introspection;
SELECT fraiseql.graphql('{ __schema { queryType { name } } }');

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP ROLE regress_introspector;
