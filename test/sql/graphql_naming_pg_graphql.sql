-- fraiseql.naming = pg_graphql: what pg_graphql calls things, for its clients' queries.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_naming_pg_graphql;
SET search_path = graphql_naming_pg_graphql;
CREATE FUNCTION pg_temp.fields(type text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(f->>'name', ' ' ORDER BY n)
   FROM fraiseql.graphql('query ($n: String!) { __type(name: $n) { a: fields { name } b: inputFields { name } c: enumValues { name } } }', json_build_object('n', type)::jsonb) r,
	jsonb_array_elements(jsonb_path_query_first(r::jsonb, 'strict $.data.__type ? (@ != null).* ? (@.type() == "array")')) WITH ORDINALITY x (f, n) $$;
-- a definition of the schema as it is
CREATE FUNCTION pg_temp.definition(pattern text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT d FROM regexp_split_to_table(fraiseql.sdl(), E'\n\n(?=(?:"""|type|input|enum|scalar|interface|directive))') d WHERE d ~ ('(^|\n)(type|input|enum|scalar|interface) ' || pattern || '\M') $$;

-- the tables of pg_graphql's documentation
CREATE TYPE blog_post_status AS ENUM ('PENDING', 'RELEASED');
CREATE TABLE account (id serial PRIMARY KEY, email varchar(255) NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE blog (id serial PRIMARY KEY, owner_id int NOT NULL REFERENCES account, name varchar(255) NOT NULL, description varchar(255), tags text[], created_at timestamp NOT NULL);
CREATE TABLE blog_post (id uuid PRIMARY KEY, blog_id int NOT NULL REFERENCES blog, title varchar(255) NOT NULL, status blog_post_status NOT NULL, views bigint, price numeric, meta jsonb, made timestamptz);
INSERT INTO account (email, created_at) VALUES ('aardvark@x.com', '2025-04-27 12:00'), ('bat@x.com', '2025-04-28 12:00'), ('cat@x.com', '2025-04-29 12:00'), ('dog@x.com', '2025-04-30 12:00'), ('elephant@x.com', '2025-05-01 12:00');
INSERT INTO blog (owner_id, name, description, tags, created_at) VALUES (1, 'A: Blog 1', 'a desc1', '{tech,update}', '2025-04-22 12:00'), (1, 'A: Blog 2', 'a desc2', '{personal}', '2025-04-23 12:00'), (1, 'A: Blog 3', NULL, '{}', '2025-04-24 12:00'), (2, 'B: Blog 3', 'b desc1', NULL, '2025-04-25 12:00');
INSERT INTO blog_post VALUES ('11111111-1111-1111-1111-111111111111', 1, 'Post 1', 'RELEASED', 9007199254740993, 1.50, '{"a": [1, "x"]}', '2025-04-02 12:00+00'), ('22222222-2222-2222-2222-222222222222', 1, 'Post 2', 'PENDING', 2, NULL, '"text"', NULL), ('33333333-3333-3333-3333-333333333333', 4, 'Post 3', 'RELEASED', NULL, 2, NULL, NULL);
ANALYZE;
SET timezone = 'UTC';
RESET client_min_messages;
\pset format unaligned
\pset tuples_only on
SET fraiseql.naming = pg_graphql_inflected;

-- types and fields
SELECT t, pg_temp.fields(t) FROM unnest(ARRAY['Query', 'Account', 'AccountConnection', 'AccountEdge', 'AccountFilter', 'AccountOrderBy', 'BlogPost', 'FilterIs', 'OrderByDirection', 'IntFilter', 'StringFilter', 'StringListFilter', 'BlogPostStatus', 'BlogPostStatusFilter', 'PageInfo', 'Node']) t;
SELECT pg_temp.definition('(Blog|BlogPost|BlogEdge|PageInfo|BlogFilter|BlogOrderBy|JSON|BigFloatFilter|BlogSumAggregateResult)');
SELECT count(*) FROM regexp_matches(fraiseql.sdl(), '\m(Decimal|DateTime|OrderDirection|\w*WhereInput|AccountOrderByInput|isnull|where:|_and)', 'g');

-- queries as its documentation has them
SELECT fraiseql.graphql('{ blogCollection(first: 2, after: null) { pageInfo { hasPreviousPage hasNextPage } edges { node { id } } } }');
SELECT fraiseql.graphql('query ($a: Cursor) { blogCollection(first: 2, after: $a) { pageInfo { hasPreviousPage hasNextPage } edges { node { id } } } }',
	json_build_object('a', fraiseql.graphql('{ blogCollection(first: 2) { pageInfo { endCursor } } }') #> '{data,blogCollection,pageInfo,endCursor}')::jsonb);
SELECT fraiseql.graphql('{ blogCollection(last: 1) { totalCount edges { node { id owner { email } } } } }');
SELECT fraiseql.graphql('{ blogCollection(filter: {id: {lt: 3}}) { edges { node { id ownerId name description tags createdAt } } } }');
SELECT fraiseql.graphql('{ blogCollection(filter: {and: [{id: {eq: 1}}, {name: {eq: "A: Blog 1"}}]}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ blogCollection(filter: {or: [{id: {eq: 1}}, {id: {eq: 2}}, {and: [{id: {eq: 3}, not: {name: {eq: "A: Blog 2"}}}]}]}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ blogCollection(filter: {not: {id: {eq: 1}}}) { edges { node { id } } } b: blogCollection(filter: {or: {id: {eq: 1}, name: {eq: "A: Blog 2"}}}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ blogCollection(filter: {and: [], or: [], not: {}}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ a: blogCollection(filter: {or: [{}, {id: {eq: 2}}]}) { edges { node { id } } } b: blogCollection(filter: {not: {or: [{}]}}) { edges { node { id } } } c: blogCollection(filter: {or: [{and: [{}]}, {not: {not: {id: {eq: 3}}}}]}) { edges { node { id } } } }');
SELECT fraiseql.graphql('query ($email: String, $id: Int) { accountCollection(filter: {or: [{email: {eq: $email}}, {id: {eq: $id}}], not: {email: {like: $email}}}) { edges { node { id } } } }', v) FROM unnest(ARRAY['{}', '{"id": 2}', '{"email": "bat@x.com"}', '{"id": 3, "email": "bat@x.com"}']::jsonb[]) v;
SELECT fraiseql.graphql('query ($or: [BlogFilter!], $not: BlogFilter) { blogCollection(filter: {or: $or, not: $not}) { edges { node { id } } } }', v) FROM unnest(ARRAY['{"or": [], "not": {}}', '{"or": [{"id": {"eq": 1}}, {"id": {"eq": 4}}], "not": {"id": {"eq": 4}}}', '{"or": [{}]}', '{}']::jsonb[]) v;
SELECT fraiseql.graphql('{ a: blogCollection(filter: {description: {is: NULL}}) { edges { node { id } } } b: blogCollection(filter: {description: {is: NOT_NULL, startsWith: "a"}}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ a: blogCollection(filter: {name: {ilike: "a:%", neq: "A: Blog 1"}}) { edges { node { id } } } b: blogCollection(filter: {name: {regex: "3$"}}) { edges { node { id } } } c: blogCollection(filter: {id: {in: [1, 4]}}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ a: blogCollection(filter: {tags: {contains: ["tech"]}}) { edges { node { id } } } b: blogCollection(filter: {tags: {containedBy: ["personal", "x"]}}) { edges { node { id } } } c: blogCollection(filter: {tags: {overlaps: ["update", "personal"]}}) { edges { node { id } } } d: blogCollection(filter: {tags: {is: NULL}}) { edges { node { id } } } }');
SELECT fraiseql.graphql('{ blogCollection(orderBy: [{description: DescNullsLast}, {id: AscNullsFirst}]) { edges { node { id description } } } b: blogCollection(orderBy: {description: AscNullsFirst}, first: 1, offset: 1) { edges { node { id } } } }');
SELECT fraiseql.graphql('query ($d: OrderByDirection!) { blogCollection(orderBy: [{id: $d}], first: 2) { edges { node { id } } } }', v) FROM unnest(ARRAY['{"d": "DescNullsLast"}', '{"d": "AscNullsLast"}']::jsonb[]) v;
SELECT fraiseql.graphql('query ($f: BlogFilter, $is: FilterIs) { a: blogCollection(filter: $f) { edges { node { id } } } b: blogCollection(filter: {description: {is: $is}}) { edges { node { id } } } }', v)
  FROM unnest(ARRAY['{"f": {"description": {"is": "NULL"}}, "is": "NOT_NULL"}', '{"f": {"description": {"is": "NOT_NULL"}}, "is": "NULL"}', '{"f": {"id": {"eq": 2}}}']::jsonb[]) v;
SELECT fraiseql.graphql('{ accountCollection(filter: {id: {lte: 2}}) { edges { node { email blogCollection(first: 2, orderBy: [{id: DescNullsFirst}]) { totalCount edges { node { name blogPostCollection { edges { node { title blog { owner { id } } } } } } } } } } } }');
SELECT fraiseql.graphql('{ blogPostCollection(first: 2) { edges { node { id status views price meta made } } } }');
SELECT fraiseql.graphql('{ blogPostCollection(filter: {status: {eq: RELEASED}, views: {gt: "9007199254740992"}, price: {lte: "1.5"}}) { edges { node { title } } } blogPostByPk(id: "22222222-2222-2222-2222-222222222222") { title blog { name } } blogByPk(id: 9) { name } }');
SELECT fraiseql.graphql('query ($id: ID!) { node(nodeId: $id) { __typename nodeId ... on Account { email } } }', json_build_object('id', id)::jsonb) #>> '{data,node,email}'
  FROM (SELECT fraiseql.graphql('{ accountByPk(id: 2) { nodeId } }') #> '{data,accountByPk,nodeId}') x (id);

-- aggregates: numbers, whatever they are called
SELECT fraiseql.graphql('{ blogCollection { aggregate { count sum { id } avg { id } min { id name createdAt } max { id description } } } accountCollection(filter: {id: {gt: 1000}}) { totalCount aggregate { count sum { id } max { id } } } }');
SELECT fraiseql.graphql('{ accountCollection(first: 3) { edges { node { email blogCollection { aggregate { count sum { id } } } } } } blogPostCollection { aggregate { sum { views price } avg { price } max { views price } } } }');
SELECT fraiseql.graphql('{ blogCollectionGroupBy(by: [OWNER_ID], having: {count: {gt: 1}}, orderBy: [{key: {ownerId: AscNullsLast}}]) { key { ownerId } aggregate { count } } blogCollectionAggregate(filter: {ownerId: {eq: 2}}) { count } }');

-- JSON is a string, both ways
SELECT fraiseql.graphql('query ($m: JSON) { a: blogPostCollection(filter: {meta: {contains: $m}}) { edges { node { meta path: meta(path: "$.a[1]") } } } b: blogPostCollection(filter: {meta: {eq: "\"text\""}}) { edges { node { title } } } c: blogPostCollection(filter: {meta: {path: {path: "$.a[0]", eq: "1"}}}) { edges { node { title } } } }', v)
  FROM unnest(ARRAY['{"m": "{\"a\": [1]}"}', '{"m": "{"}', '{"m": {"a": [1]}}']::jsonb[]) v;

-- what it has not got has our names: related rows in filters and orders
SELECT fraiseql.graphql('{ accountCollection(filter: {blogCollection: {some: {name: {startsWith: "A"}}}, blogCollectionAggregate: {count: {gte: 3}, filter: {id: {gt: 0}}}}) { edges { node { id } } } blogCollection(filter: {owner: {email: {endswith: "x.com"}}}, orderBy: [{owner: {email: DescNullsLast}}, {id: AscNullsLast}]) { nodes { id } } }');

-- how a request is answered
SELECT fraiseql.explain('{ accountCollection(first: 2, filter: {email: {is: NOT_NULL}, id: {in: [1, 2]}}) { totalCount edges { node { email blogCollection(filter: {or: []}) { edges { node { id } } } } } } }', costs => false);

-- errors
SELECT fraiseql.graphql(q) FROM unnest(ARRAY[
	'{ accounts { id } }',
	'{ accountCollection(where: {id: {eq: 1}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {id: {isnull: true}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {id: {is: true}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {_or: []}) { edges { node { id } } } }',
	'{ accountCollection(orderBy: [{id: ASC}]) { edges { node { id } } } }',
	'{ accountCollection(orderBy: [{id: AscNullsFirst, email: AscNullsFirst}]) { edges { node { id } } } }',
	'{ accountCollection(filter: {id: {eq: null}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {id: null}) { edges { node { id } } } }',
	'{ blogCollection(filter: {owner: {id: {eq: null}}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {blogCollectionAggregate: {filter: {id: {is: null}}, count: {gt: 0}}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {id: {gt: 0}, id: {lt: 2}}) { edges { node { id } } } }',
	'{ accountCollection(filter: {nodeId: {eq: "x"}}) { edges { node { id } } } }',
	'query ($d: OrderByDirection) { accountCollection(orderBy: [{id: $d}]) { edges { node { id } } } }',
	'query ($x: Opaque) { accountCollection { edges { node { id } } } }',
	'{ accountCollection(first: 1, after: "WzFd") { edges { node { id } } } }',
	'{ blogPostByPk(id: "x") { id } }',
	'{ node(nodeId: "WyJwdWJsaWMiLCAiYmxvZyIsIDFd") { nodeId } }',
	'mutation { insertIntoAccountCollection(objects: []) { affectedCount } }']) q;

-- each naming has its schema, and its plans: the same text, one session
SELECT fraiseql.graphql('{ __type(name: "Account") { fields { name } } }') #>> '{data,__type,fields,2,name}', n, fraiseql.graphql(q) FROM (VALUES (1, '{ accountCollection(first: 1) { edges { node { id } } } }')) v (n, q);
SET fraiseql.naming = pg_graphql;
SELECT fraiseql.graphql(q) FROM unnest(ARRAY['{ accountCollection(first: 1) { edges { node { id created_at } } } }', '{ accountCollection(first: 1) { edges { node { id createdAt } } } }', '{ __type(name: "account") { name } }', '{ __type(name: "Account") { name } }']) q;
SET fraiseql.naming = 'camelCase';
SELECT fraiseql.graphql(q) FROM unnest(ARRAY['{ accountCollection(first: 1) { edges { node { id } } } }', '{ accountsConnection(first: 1) { edges { node { id } } totalCount } blogPosts(limit: 1) { meta views } }', '{ __type(name: "account") { name } }', '{ __type(name: "Account") { name } }']) q;
SET fraiseql.naming = pg_graphql_inflected;
SELECT fraiseql.graphql(q) FROM unnest(ARRAY['{ accountCollection(first: 1) { edges { node { id } } } }', '{ __type(name: "account") { name } }', '{ __type(name: "Account") { name } }']) q;
SET fraiseql.naming = pg_graphql_uninflected;
-- numbers as they are set
SET fraiseql.bigint_as = number;
SELECT fraiseql.graphql('{ blogPostCollection(first: 1) { edges { node { views price } } } }');
RESET fraiseql.bigint_as;

-- functions: without the underscore that pg_graphql wants before them
SET client_min_messages = warning;
CREATE FUNCTION _short_name(rec account) RETURNS text STABLE LANGUAGE sql AS $$ SELECT split_part(rec.email, '@', 1) $$;
CREATE FUNCTION _accounts_like(pattern text, filter text DEFAULT '') RETURNS SETOF account STABLE LANGUAGE sql AS $$ SELECT * FROM account WHERE email LIKE pattern $$;
CREATE FUNCTION echo_json(value jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$ SELECT value $$;
SELECT fraiseql.add_query(f) FROM unnest(ARRAY['_accounts_like(text, text)', 'echo_json(jsonb)']::regprocedure[]) f;
RESET client_min_messages;
SELECT fraiseql.graphql('{ accountsLike(pattern: "%at%", filter: {id: {gt: 2}}, filter_2: "") { id shortName } echoJson(value: "{\"a\":1}") }');
SET fraiseql.naming = pg_graphql;
SELECT fraiseql.graphql('{ accounts_like(pattern: "%at%") { short_name } }');
-- a field that another function has in any naming is refused
CREATE FUNCTION accounts_like(pattern text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT pattern $$;
SELECT fraiseql.add_query('accounts_like(text)');
SELECT fraiseql.drop_query(f) FROM unnest(ARRAY['_accounts_like(text, text)', 'echo_json(jsonb)']::regprocedure[]) f;
DROP FUNCTION _short_name, _accounts_like, accounts_like, echo_json;

-- a set that says that it has one row is a row; with other names it is a list
SET client_min_messages = warning;
CREATE FUNCTION _latest_blog(rec account) RETURNS SETOF blog STABLE ROWS 1 LANGUAGE sql AS $$ SELECT * FROM blog WHERE owner_id = rec.id ORDER BY created_at DESC LIMIT 1 $$;
CREATE FUNCTION _all_blogs(rec account) RETURNS SETOF blog STABLE ROWS 1 LANGUAGE sql AS $$ SELECT * FROM blog WHERE owner_id = rec.id ORDER BY id $$;
RESET client_min_messages;
SELECT fraiseql.graphql('{ accountCollection(first: 3) { edges { node { id latest_blog { name account { id } } } } } }');
SELECT fraiseql.graphql('{ accountCollection(first: 2) { edges { node { all_blogs { id } } } } }');
ALTER FUNCTION _all_blogs ROWS 3;
SELECT fraiseql.graphql('{ accountCollection(first: 2) { edges { node { latest_blog { id } all_blogs(first: 1) { id } } } } }');
SET fraiseql.naming = 'camelCase';
SELECT fraiseql.graphql('{ account(id: 1) { _latestBlog { name } } }');
DROP FUNCTION _latest_blog, _all_blogs;
SET fraiseql.naming = pg_graphql;

-- names as they are: what pg_graphql does where it does not inflect them
SET client_min_messages = warning;
CREATE SCHEMA graphql_naming_pg_graphql_b;
SET search_path = graphql_naming_pg_graphql_b;
CREATE TYPE "Mood" AS ENUM ('happy', 'very sad', 'true', 'null', 'NULL');
CREATE TABLE "Account" ("id" int PRIMARY KEY, "firstName" text, "ID" int, mood "Mood", moods "Mood"[]);
CREATE TABLE blog_post (id int PRIMARY KEY, "accountId" int REFERENCES "Account", editor_id int REFERENCES "Account", "and" int, "or" text, "not" boolean, "_and" int);
CREATE TABLE codes (code text UNIQUE, span interval, ip inet);
CREATE TABLE post_codes (post int REFERENCES blog_post, code text REFERENCES codes (code), PRIMARY KEY (post, code));
CREATE TABLE extra (id int PRIMARY KEY REFERENCES "Account");
CREATE TABLE keyless (a int, account_id int REFERENCES "Account");
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE blog_post_tags (post int REFERENCES blog_post, tag int REFERENCES tags, PRIMARY KEY (post, tag));
INSERT INTO "Account" VALUES (1, 'Ann', 7, 'very sad', '{happy,true}'), (2, NULL, NULL, 'null', '{NULL}');
INSERT INTO blog_post VALUES (1, 1, 2, 3, 'x', true, 4), (2, 1, NULL, NULL, 'y', NULL, NULL);
INSERT INTO codes VALUES ('a', '2 hours', '10.0.0.1'), ('b', '1 day', NULL), ('c', '1 minute', NULL);
INSERT INTO post_codes VALUES (1, 'a'), (1, 'b');
INSERT INTO keyless VALUES (5, 1), (NULL, 1);
INSERT INTO extra VALUES (1);
INSERT INTO tags VALUES (1), (2);
INSERT INTO blog_post_tags VALUES (1, 1), (1, 2), (2, 2);
RESET client_min_messages;
SELECT t, pg_temp.fields(t) FROM unnest(ARRAY['Query', 'Account', 'blog_post', 'blog_postFilter', 'extra', 'tags', 'Mood', 'MoodListFilter']) t;
SELECT object_name, column_name, problem FROM fraiseql.schema_problems;
SELECT fraiseql.graphql('{ accountCollection(orderBy: [{firstName: AscNullsLast}]) { edges { node { id ID firstName mood moods extra { id } blog_postCollectionByAccountId { edges { node { id } } } } } } accountByPk(id: 1) { mood } }');
SELECT fraiseql.graphql('{ blog_postCollection(filter: {and: {eq: 3}, or: {eq: "x"}, not: {eq: true}, _and: {eq: 4}}) { edges { node { account { firstName } accountByEditor_id { id } tagsCollection { totalCount edges { node { id blog_postCollection(first: 1) { edges { node { id } } } } } } } } } a: accountCollection(filter: {mood: {in: [NULL_2, very_sad]}, moods: {contains: [TRUE]}}) { edges { node { id } } } }');
-- without a key, collections are lists
SELECT fraiseql.graphql('{ codesCollection(filter: {span: {gt: "1 hour"}}, orderBy: [{code: DescNullsLast}], limit: 2) { code span ip } blog_postCollection(first: 1) { edges { node { codesCollection(limit: 1) { code } codesCollectionAggregate { count } } } } accountCollection(first: 1) { nodes { keylessCollection(filter: {a: {is: NOT_NULL}}) { a } } } }');
SELECT fraiseql.graphql('{ codesCollection { edges { node { code } } } }');
SET fraiseql.naming = pg_graphql_inflected;
SELECT t, pg_temp.fields(t) FROM unnest(ARRAY['Query', 'Account', 'BlogPost', 'BlogPostFilter']) t;
SELECT object_name, column_name, problem FROM fraiseql.schema_problems;

-- names that others have: of filters, enums, made types and fields
SET client_min_messages = warning;
CREATE SCHEMA graphql_naming_pg_graphql_c;
SET search_path = graphql_naming_pg_graphql_c;
CREATE TYPE state AS ENUM ('on');
CREATE TYPE state_list AS ENUM ('off');
CREATE TABLE network (id int PRIMARY KEY, s state, ss state[], t state_list);
CREATE TABLE int_list (id int PRIMARY KEY, i int[]);
CREATE TABLE filter_is (id int PRIMARY KEY);
CREATE TABLE thing (id int PRIMARY KEY, boss int REFERENCES thing);
CREATE TABLE thing_filter (id int PRIMARY KEY);
CREATE TABLE thing_collection (id int PRIMARY KEY, thing int REFERENCES thing);
CREATE TABLE thing_order_by (id int PRIMARY KEY);
CREATE TABLE thing_sum (id int PRIMARY KEY);
CREATE TABLE "Thing" (id int PRIMARY KEY);
CREATE TABLE big_float (id int PRIMARY KEY);
CREATE TABLE todo_list (id int PRIMARY KEY);
CREATE TABLE node (id int PRIMARY KEY, edge int, "nodeId" int);
CREATE TYPE thing_collection_match AS ENUM ('a');
CREATE TABLE uses (id int PRIMARY KEY, m thing_collection_match);
RESET client_min_messages;
SELECT pg_temp.fields('Query');
SELECT n, t, pg_temp.fields(t) FROM unnest(ARRAY['NetworkFilter', 'Network', 'IntListFilter', 'StateListFilter', 'StateFilter', 'ThingFilter', 'ThingCollectionFilter', 'ThingCollectionMatch', 'FilterIs', 'Thing']) WITH ORDINALITY x (t, n) ORDER BY n;
SELECT object_name, problem FROM fraiseql.schema_problems;
SET fraiseql.naming = pg_graphql;
SELECT object_name, problem FROM fraiseql.schema_problems;

-- names that users chose
SET search_path = graphql_naming_pg_graphql;
SELECT fraiseql.rename('blog', 'account', 'owner'), fraiseql.rename('account', 'blogCollection', 'blogs'), fraiseql.rename('account', 'Person') \g /dev/null
SELECT fraiseql.graphql('{ personCollection(first: 1, filter: {blogs: {some: {owner: {id: {eq: 1}}}}}) { edges { node { __typename blogs(first: 1) { edges { node { owner { id } } } } } } } personByPk(id: 2) { email } }');
SET fraiseql.naming = 'camelCase';
SELECT fraiseql.graphql('{ people(limit: 1) { __typename blogs(limit: 1) { owner { id } } } }');
RESET fraiseql.naming;
SET client_min_messages = warning;
DROP SCHEMA graphql_naming_pg_graphql, graphql_naming_pg_graphql_b, graphql_naming_pg_graphql_c CASCADE;
DELETE FROM fraiseql.override;
