-- The extension alone: it loads, its settings are known, a misspelt one is not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS fraiseql;
RESET client_min_messages;
SELECT extname, n.nspname AS schema, extrelocatable
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE extname = 'fraiseql';
LOAD 'fraiseql';
SHOW fraiseql.pushdown;
SET fraiseql.pushdwn = off;
-- every object of the extension says what it is for; the row types of tables and
-- views, and arrays, are objects of their own from PostgreSQL 18 on
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS object_without_comment
  FROM pg_depend d
 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
   AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'fraiseql')
   AND obj_description(d.objid, (SELECT relname FROM pg_class WHERE oid = d.classid)) IS NULL
   AND NOT EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
                    WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid AND (t.typcategory = 'A' OR c.relkind IN ('r', 'v')))
 ORDER BY 1;
-- so does every column of its tables and views
SELECT attrelid::regclass AS relation, attname AS column_without_comment
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE relnamespace = 'fraiseql'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
   AND col_description(attrelid, attnum) IS NULL
 ORDER BY 1, 2;
