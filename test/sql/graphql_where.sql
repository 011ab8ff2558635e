-- where: every operator, logic, and filters through relationships.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
CREATE SCHEMA graphql_where;
SET search_path = graphql_where;
CREATE TYPE status AS ENUM ('open', 'in-progress', 'done');
CREATE TABLE projects (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES projects);
CREATE TABLE tasks (
	id int PRIMARY KEY,
	project_id int REFERENCES projects,
	title text,
	code varchar(10),
	status status,
	hours numeric(6,2),
	urgent bool,
	tags text[],
	meta jsonb,
	raw json,
	due date
);
INSERT INTO projects VALUES (1, 'alpha', NULL), (2, 'beta', 1), (3, 'gamma', 2), (4, 'empty', NULL);
INSERT INTO tasks VALUES
	(1, 1, 'Write 100% of it', 'A_1', 'open', 1.50, true, '{x,y}', '{"size": 5, "owner": {"name": "ann"}}', '{"a": 1}', '2024-01-01'),
	(2, 1, 'write it again', 'AB1', 'in-progress', 2.00, false, '{y}', '{"size": "5", "labels": ["x"]}', '{"a": 2}', '2024-02-01'),
	(3, 2, 'Read\it', 'a%1', 'done', NULL, NULL, '{}', '[1, 2]', NULL, '2024-03-01'),
	(4, NULL, NULL, NULL, NULL, 10, true, NULL, NULL, NULL, NULL),
	(5, 3, 'ÉTÉ', 'z', 'done', 0.01, false, '{x,NULL}', '{"size": null}', '[]', '2023-12-31');
CREATE FUNCTION pg_temp.ids(where_ text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r jsonb := fraiseql.graphql('{ tasks(where: ' || where_ || ', orderBy: [{id: ASC}]) { id } }');
BEGIN
	RETURN coalesce(r #>> '{errors,0,message}',
		(SELECT coalesce(string_agg(x ->> 'id', ' '), '-') FROM jsonb_array_elements(r #> '{data,tasks}') x));
END $$;
RESET client_min_messages;

-- operators of every kind
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{id: {eq: 2}}', '{id: {neq: 2}}', '{id: {gt: 2, lte: "4"}}', '{id: {gte: 2}, id_: {}}',
	'{id: {lt: 2}}', '{id: {in: [1, 5, 9]}}', '{id: {in: []}}', '{id: {nin: [1, 5]}}', '{id: {nin: []}}',
	'{projectId: {neq: 1}}', '{projectId: {nin: []}}', '{projectId: {isnull: true}}', '{projectId: {isnull: false}}',
	'{hours: {gt: "1.4999"}}', '{hours: {eq: 1.5}}', '{hours: {in: [2, "10.0"]}}',
	'{due: {gte: "2024-01-01", lt: "2024-03-01"}}',
	'{urgent: {eq: true}}', '{urgent: {neq: true}}', '{urgent: {in: [true, false]}}',
	'{status: {eq: DONE}}', '{status: {in: [OPEN, IN_PROGRESS]}}', '{status: {neq: OPEN}}',
	'{}', '{id: {}}']) w;

-- patterns: what the user gives is text, not a pattern, unless it is like or regex
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{title: {contains: "0%"}}', '{title: {contains: "_"}}', '{title: {contains: "\\"}}', '{title: {contains: ""}}',
	'{title: {icontains: "WRITE"}}', '{title: {startswith: "Write"}}', '{title: {istartswith: "WRITE"}}',
	'{title: {endswith: "it"}}', '{title: {iendswith: "AGAIN"}}',
	'{title: {like: "%it%"}}', '{title: {like: "Wr_te%"}}', '{title: {ilike: "wr_te%"}}',
	'{title: {regex: "^[Ww]rite"}}', '{title: {iregex: "^WRITE"}}', '{title: {regex: "("}}',
	'{code: {contains: "_"}}', '{code: {contains: "%"}}', '{code: {eq: "AB1"}}', '{code: {startswith: "A"}}']) w;

-- arrays
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{tags: {contains: ["x"]}}', '{tags: {contains: []}}', '{tags: {contained_by: ["x", "y", "z"]}}',
	'{tags: {overlaps: ["y", "q"]}}', '{tags: {eq: ["x", null]}}', '{tags: {neq: ["y"]}}', '{tags: {isnull: true}}']) w;

-- JSON
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{meta: {eq: {labels: ["x"], size: "5"}}}', '{meta: {contains: {owner: {name: "ann"}}}}',
	'{meta: {contained_by: [1, 2, 3]}}', '{meta: {has_key: "size"}}', '{meta: {has_any_keys: ["labels", "owner"]}}',
	'{meta: {has_all_keys: ["labels", "size"]}}', '{meta: {isnull: true}}',
	'{meta: {path: {path: "$.size", eq: 5}}}', '{meta: {path: {path: "$.size", gt: 4}}}',
	'{meta: {path: {path: "$.size", gt: "4"}}}', '{meta: {path: {path: "$.owner.name", eq: "ann"}}}',
	'{meta: {path: {path: "$.size", isnull: true}}}', '{meta: {path: {path: "$.size", isnull: false}}}',
	'{meta: {path: {path: "$..."}}}',
	'{raw: {contains: {a: 1}}}', '{raw: {path: {path: "$.a", gte: 2}}}']) w;

-- logic
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{_and: []}', '{_or: []}', '{_not: {}}', '{_or: [{}, {id: {eq: 1}}]}',
	'{_or: [{id: {eq: 1}}, {title: {eq: "write it again"}, id: {eq: 2}}]}',
	'{_and: [{id: {gt: 1}}, {_or: [{id: {lt: 3}}, {id: {eq: 5}}]}]}',
	'{_not: {_or: [{id: {eq: 1}}, {id: {eq: 2}}]}}', '{_not: {projectId: {eq: 1}}}',
	'{id: {gt: 1}, _or: [{id: {eq: 1}}, {id: {eq: 4}}], _not: {id: {eq: 5}}}']) w;

-- null is not a value to compare with
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{id: {eq: null}}', '{title: null}', '{_and: null}', '{project: null}', '{title: {isnull: null}}',
	'{_or: [{title: {contains: null}}]}', 'null']) w;

-- values that are not of the column's type
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{id: {eq: "x"}}', '{id: {in: ["1", "99999999999"]}}', '{hours: {lt: "much"}}', '{due: {eq: "2024-02-30"}}',
	'{title: {eq: "a\u0000b"}}', '{tags: {contains: ["a\u0000b"]}}']) w;

-- through relationships: to-one, to-many, at any depth, and through the same again
SELECT w, pg_temp.ids(w) FROM unnest(array[
	'{project: {name: {eq: "alpha"}}}', '{project: {}}', '{_not: {project: {}}}',
	'{project: {parent: {name: {eq: "alpha"}}}}', '{project: {parent: {parent: {name: {eq: "alpha"}}}}}',
	'{project: {tasks: {some: {id: {eq: 2}}}}}',
	'{project: {projects: {some: {tasks: {some: {status: {eq: DONE}}}}}}}']) w;
\pset format unaligned
\pset tuples_only on
SELECT w, fraiseql.graphql('{ projects(where: ' || w || ', orderBy: [{id: ASC}]) { name } }') FROM unnest(array[
	'{tasks: {some: {}}}', '{tasks: {none: {}}}', '{tasks: {every: {}}}',
	'{tasks: {some: {status: {eq: DONE}}}}', '{tasks: {none: {status: {eq: DONE}}}}',
	'{tasks: {every: {status: {eq: DONE}}}}', '{tasks: {every: {hours: {gt: 0}}}}',
	'{tasks: {some: {status: {eq: OPEN}}, none: {status: {eq: DONE}}}}',
	'{tasks: {some: {project: {tasks: {some: {id: {eq: 1}}}}}}}',
	'{tasks: {some: null}}']) w;

-- the filter of a nested field is for its own rows
SELECT fraiseql.graphql('{ projects(orderBy: [{id: ASC}]) { name tasks(where: {urgent: {eq: false}}) { id } } }');

-- the whole filter in a variable
PREPARE tasks(jsonb) AS SELECT fraiseql.graphql('query($w: TaskWhereInput) { tasks(where: $w, orderBy: [{id: ASC}]) { id } }', jsonb_build_object('w', $1));
EXECUTE tasks('{"project": {"name": {"in": ["alpha", "gamma"]}}, "urgent": {"isnull": false}}');
EXECUTE tasks('{"project": {"name": {"in": ["beta"]}}, "urgent": {"isnull": true}}');
EXECUTE tasks('{"meta": {"path": {"path": "$.size", "eq": 5}}}');
EXECUTE tasks('{"meta": {"path": {"path": "$.size", "eq": "5"}}}');
EXECUTE tasks('{"status": {"eq": "DONE"}, "due": {"lt": "2024-01-01"}}');
EXECUTE tasks('{"due": {"lt": "tomorrowish"}}');
DEALLOCATE tasks;

-- a variable inside of a JSON value, and among the items of a list
SELECT fraiseql.graphql('query($s: JSON) { tasks(where: {meta: {contains: {size: $s}}}) { id } }', jsonb_build_object('s', s))
  FROM unnest(array['5', '"5"', 'null']::jsonb[]) s;
SELECT fraiseql.graphql('query($a: ID!) { tasks(where: {id: {in: [1, $a]}}) { id } }', jsonb_build_object('a', a))
  FROM unnest('{2,3}'::int[]) a;

-- what it is in SQL
SELECT fraiseql.explain('{ tasks(where: {_or: [{title: {icontains: "x"}}, {project: {tasks: {every: {id: {in: [1]}, meta: {has_key: "a"}}}}}]}) { id } }', costs => false);

SET client_min_messages = warning;
DROP SCHEMA graphql_where CASCADE;
