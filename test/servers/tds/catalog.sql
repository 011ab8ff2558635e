-- catalog.sql
--   The server's own catalog: names and definitions as T-SQL knows them, beside
--   relations of the backend that are called by number.

CREATE SEQUENCE ms.object_ids START WITH 581577110 INCREMENT BY 16;
CREATE SEQUENCE ms.rowversions START WITH 2001;
CREATE FUNCTION ms.rowversion_next() RETURNS bytea LANGUAGE sql AS $$ SELECT int8send(nextval('ms.rowversions')) $$;
CREATE FUNCTION ms.rowversion_last() RETURNS int8 LANGUAGE sql AS $$ SELECT last_value FROM ms.rowversions $$;

CREATE TABLE ms.databases (database_id int PRIMARY KEY, name text COLLATE ms.ci_as NOT NULL UNIQUE, create_date int8 NOT NULL DEFAULT ms.r_dt(ms.now()), snapshot bool NOT NULL DEFAULT true);
INSERT INTO ms.databases VALUES (1, 'master'), (2, 'tempdb'), (3, 'model'), (4, 'msdb');

-- Database 0 stands for all.
CREATE TABLE ms.schemas (database_id int, schema_id int, name text COLLATE ms.ci_as NOT NULL, PRIMARY KEY (database_id, schema_id));
INSERT INTO ms.schemas VALUES (0, 1, 'dbo'), (0, 2, 'guest'), (0, 3, 'INFORMATION_SCHEMA'), (0, 4, 'sys');

CREATE TABLE ms.objects (object_id int PRIMARY KEY, database_id int NOT NULL, schema_id int NOT NULL, name text COLLATE ms.ci_as NOT NULL, type text NOT NULL,
	parent_object_id int NOT NULL DEFAULT 0, pg text NOT NULL, query text, definition text, owner int, is_system_named bool NOT NULL DEFAULT false,
	create_date int8 NOT NULL DEFAULT ms.r_dt(ms.now()));
CREATE INDEX ON ms.objects (name);
CREATE INDEX ON ms.objects (parent_object_id);

CREATE TABLE ms.columns (object_id int, column_id int, name text COLLATE ms.ci_as NOT NULL, user_type_id int NOT NULL, len int NOT NULL, prec int NOT NULL, scale int NOT NULL,
	collation_name text, is_nullable bool NOT NULL, is_identity bool NOT NULL DEFAULT false, seed int8, incr int8, def_sql text, computed text,
	is_persisted bool NOT NULL DEFAULT false, default_object_id int NOT NULL DEFAULT 0, PRIMARY KEY (object_id, column_id));

CREATE TABLE ms.indexes (object_id int, index_id int, name text COLLATE ms.ci_as, type int, is_unique bool, is_primary_key bool, is_unique_constraint bool, filter text, pg text,
	PRIMARY KEY (object_id, index_id));
CREATE TABLE ms.index_columns (object_id int, index_id int, index_column_id int, column_id int, key_ordinal int, is_descending bool, is_included bool,
	PRIMARY KEY (object_id, index_id, index_column_id));
CREATE TABLE ms.foreign_keys (object_id int PRIMARY KEY, parent_object_id int, referenced_object_id int, on_delete text, on_update text);
CREATE TABLE ms.fk_columns (constraint_object_id int, constraint_column_id int, parent_column_id int, referenced_column_id int, PRIMARY KEY (constraint_object_id, constraint_column_id));
CREATE TABLE ms.checks (object_id int PRIMARY KEY, parent_object_id int, parent_column_id int);
CREATE TABLE ms.properties (class int, major_id int, minor_id int, name text COLLATE ms.ci_as, value text, PRIMARY KEY (class, major_id, minor_id, name));

CREATE TABLE ms.types (name text COLLATE ms.ci_as, system_type_id int, user_type_id int PRIMARY KEY, max_length int, prec int, scale int, ord int);
INSERT INTO ms.types VALUES
	('image', 34, 34, 16, 0, 0), ('text', 35, 35, 16, 0, 0), ('uniqueidentifier', 36, 36, 16, 0, 0), ('date', 40, 40, 3, 10, 0), ('time', 41, 41, 5, 16, 7),
	('datetime2', 42, 42, 8, 27, 7), ('datetimeoffset', 43, 43, 10, 34, 7), ('tinyint', 48, 48, 1, 3, 0), ('smallint', 52, 52, 2, 5, 0), ('int', 56, 56, 4, 10, 0),
	('smalldatetime', 58, 58, 4, 16, 0), ('real', 59, 59, 4, 24, 0), ('money', 60, 60, 8, 19, 4), ('datetime', 61, 61, 8, 23, 3), ('float', 62, 62, 8, 53, 0),
	('sql_variant', 98, 98, 8016, 0, 0), ('ntext', 99, 99, 16, 0, 0), ('bit', 104, 104, 1, 1, 0), ('decimal', 106, 106, 17, 38, 38), ('numeric', 108, 108, 17, 38, 38),
	('smallmoney', 122, 122, 4, 10, 4), ('bigint', 127, 127, 8, 19, 0), ('varbinary', 165, 165, 8000, 0, 0), ('varchar', 167, 167, 8000, 0, 0), ('binary', 173, 173, 8000, 0, 0),
	('char', 175, 175, 8000, 0, 0), ('timestamp', 189, 189, 8, 0, 0), ('sysname', 231, 256, 256, 0, 0), ('nvarchar', 231, 231, 8000, 0, 0), ('nchar', 239, 239, 8000, 0, 0),
	('xml', 241, 241, -1, 0, 0);

CREATE FUNCTION ms.cur_db() RETURNS int STABLE LANGUAGE sql AS $$ SELECT current_setting('ms.db', true)::int $$;

-- Names of one to three parts, in brackets, quotes or none, to an object.
CREATE FUNCTION ms.split_name(x text) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
	SELECT array_agg(CASE left(m[1], 1) WHEN '[' THEN replace(substr(m[1], 2, length(m[1]) - 2), ']]', ']') WHEN '"' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE m[1] END)
	FROM regexp_matches(x, '(\[(?:[^]]|\]\])*\]|"(?:[^"]|"")*"|[^.]+)', 'g') m
$$;
CREATE FUNCTION ms.object_id(x text, kind text) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT o.object_id FROM (SELECT ms.split_name(x) AS p) q, ms.objects o JOIN ms.schemas s ON s.schema_id = o.schema_id AND s.database_id IN (0, o.database_id)
	WHERE o.name = p[cardinality(p)] AND s.name = coalesce(p[cardinality(p) - 1], 'dbo')
		AND o.database_id IN (0, coalesce((SELECT database_id FROM ms.databases WHERE name = p[cardinality(p) - 2]), ms.cur_db()))
		AND (kind IS NULL OR o.type = btrim(upper(kind)) OR o.type = 'S' AND upper(kind) = 'V') AND (o.owner IS NULL OR o.owner = current_setting('ms.spid')::int) LIMIT 1
$$;
CREATE FUNCTION ms.object_name(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT name::text COLLATE "C" FROM ms.objects WHERE object_id = id $$;
CREATE FUNCTION ms.object_schema_name(id int) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT s.name::text COLLATE "C" FROM ms.objects o JOIN ms.schemas s ON s.schema_id = o.schema_id AND s.database_id IN (0, o.database_id) WHERE o.object_id = id $$;
CREATE FUNCTION ms.object_definition(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT definition FROM ms.objects WHERE object_id = id $$;
CREATE FUNCTION ms.schema_name(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT name::text COLLATE "C" FROM ms.schemas WHERE schema_id = coalesce(id, 1) AND database_id IN (0, ms.cur_db()) $$;
CREATE FUNCTION ms.schema_id(x text) RETURNS int STABLE LANGUAGE sql AS $$ SELECT schema_id FROM ms.schemas WHERE name = coalesce(x, 'dbo') AND database_id IN (0, ms.cur_db()) $$;
CREATE FUNCTION ms.db_id(x text) RETURNS int STABLE LANGUAGE sql AS $$ SELECT CASE WHEN x IS NULL THEN ms.cur_db() ELSE (SELECT database_id FROM ms.databases WHERE name = x) END $$;
CREATE FUNCTION ms.db_name(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT name::text COLLATE "C" FROM ms.databases WHERE database_id = id $$;
CREATE FUNCTION ms.col_name(o int, c int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT name::text COLLATE "C" FROM ms.columns WHERE object_id = o AND column_id = c $$;
CREATE FUNCTION ms.type_name(id int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT name::text COLLATE "C" FROM ms.types WHERE user_type_id = id $$;
CREATE FUNCTION ms.type_id(x text) RETURNS int STABLE LANGUAGE sql AS $$ SELECT user_type_id FROM ms.types WHERE name = x $$;

-- max_length, precision and scale of sys.columns.
CREATE FUNCTION ms.max_length(id int, len int, prec int, scale int) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN id IN (231, 239, 256) THEN CASE WHEN len < 0 THEN -1 ELSE 2 * len END WHEN id IN (165, 167, 173, 175) THEN len
		WHEN id IN (106, 108) THEN CASE WHEN prec <= 9 THEN 5 WHEN prec <= 19 THEN 9 WHEN prec <= 28 THEN 13 ELSE 17 END
		WHEN id = 41 THEN CASE WHEN scale < 3 THEN 3 WHEN scale < 5 THEN 4 ELSE 5 END WHEN id = 42 THEN CASE WHEN scale < 3 THEN 6 WHEN scale < 5 THEN 7 ELSE 8 END
		WHEN id = 43 THEN CASE WHEN scale < 3 THEN 8 WHEN scale < 5 THEN 9 ELSE 10 END ELSE (SELECT max_length FROM ms.types WHERE user_type_id = id) END
$$;
CREATE FUNCTION ms.precision_(id int, prec int, scale int) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN id IN (106, 108) THEN prec WHEN id = 41 THEN 8 + scale + (scale > 0)::int WHEN id = 42 THEN 19 + scale + (scale > 0)::int WHEN id = 43 THEN 26 + scale + (scale > 0)::int
		ELSE (SELECT t.prec FROM ms.types t WHERE user_type_id = id) END
$$;
CREATE FUNCTION ms.scale_(id int, scale int) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN id IN (106, 108, 41, 42, 43) THEN scale ELSE (SELECT t.scale FROM ms.types t WHERE user_type_id = id) END
$$;
CREATE FUNCTION ms.col_length(o text, c text) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT ms.max_length(user_type_id, len, prec, scale) FROM ms.columns WHERE object_id = ms.object_id(o, NULL) AND name = c
$$;
CREATE FUNCTION ms.columnproperty(o int, c text, p text) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT CASE lower(p) WHEN 'isidentity' THEN is_identity::int WHEN 'allowsnull' THEN is_nullable::int WHEN 'iscomputed' THEN (computed IS NOT NULL)::int WHEN 'columnid' THEN column_id
		WHEN 'precision' THEN ms.precision_(user_type_id, prec, scale) WHEN 'scale' THEN ms.scale_(user_type_id, scale) END FROM ms.columns WHERE object_id = o AND name = c
$$;
CREATE FUNCTION ms.objectproperty(o int, p text) RETURNS int STABLE LANGUAGE sql AS $$
	SELECT CASE lower(p) WHEN 'isusertable' THEN (type = 'U')::int WHEN 'isview' THEN (type IN ('V', 'S'))::int WHEN 'istable' THEN (type = 'U')::int WHEN 'ismsshipped' THEN (type = 'S')::int
		WHEN 'tablehasidentity' THEN (SELECT count(*)::int FROM ms.columns c WHERE c.object_id = o AND is_identity) WHEN 'tablehasprimarykey' THEN (SELECT count(*)::int FROM ms.indexes i WHERE i.object_id = o AND is_primary_key)
		END FROM ms.objects WHERE object_id = o
$$;
CREATE FUNCTION ms.index_col(t text, i int, k int) RETURNS text STABLE LANGUAGE sql AS $$
	SELECT ms.col_name(object_id, column_id) FROM ms.index_columns WHERE object_id = ms.object_id(t, NULL) AND index_id = i AND key_ordinal = k
$$;

-- IDENTITY ---------------------------------------------------------------------

CREATE FUNCTION ms.last_identity(o int) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	RETURN currval('d.s' || o);
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;
CREATE FUNCTION ms.ident_current(t text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	r numeric;
BEGIN
	EXECUTE 'SELECT last_value FROM d.s' || ms.object_id(t, 'U') INTO r;
	RETURN r;
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;
CREATE FUNCTION ms.ident_seed(t text) RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT seed::numeric FROM ms.columns WHERE object_id = ms.object_id(t, 'U') AND is_identity $$;
CREATE FUNCTION ms.ident_incr(t text) RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT incr::numeric FROM ms.columns WHERE object_id = ms.object_id(t, 'U') AND is_identity $$;

-- What error messages say of constraints ----------------------------------------

CREATE FUNCTION ms.full_name(o int) RETURNS text STABLE LANGUAGE sql AS $$ SELECT ms.object_schema_name(o) || '.' || ms.object_name(o) $$;
CREATE FUNCTION ms.unique_error(pg text) RETURNS TABLE (kind text, name text, obj text) STABLE LANGUAGE sql AS $$
	SELECT CASE WHEN i.is_primary_key THEN 'PRIMARY KEY' WHEN i.is_unique_constraint THEN 'UNIQUE KEY' ELSE 'INDEX' END, i.name::text, ms.full_name(i.object_id) FROM ms.indexes i WHERE i.pg = $1
$$;
CREATE FUNCTION ms.null_error(pg_table text, pg_col text) RETURNS TABLE (col text, obj text) STABLE LANGUAGE sql AS $$
	SELECT c.name::text, ms.db_name(o.database_id) || '.' || ms.full_name(o.object_id) FROM ms.objects o JOIN ms.columns c USING (object_id)
	WHERE o.pg = 'd.' || pg_table AND c.column_id = substr(pg_col, 2)::int
$$;
CREATE FUNCTION ms.reference_error(con text, referenced bool) RETURNS TABLE (name text, db text, obj text, col text, self bool) STABLE LANGUAGE sql AS $$
	SELECT o.name::text, ms.db_name(o.database_id), ms.full_name(t.id),
		coalesce(CASE WHEN o.type = 'F' THEN (SELECT CASE WHEN count(*) = 1 THEN min(ms.col_name(t.id, CASE WHEN referenced THEN parent_column_id ELSE referenced_column_id END)) END FROM ms.fk_columns WHERE constraint_object_id = o.object_id)
			ELSE ms.col_name(k.parent_object_id, k.parent_column_id) END, ''), f.parent_object_id = f.referenced_object_id
	FROM ms.objects o LEFT JOIN ms.foreign_keys f USING (object_id) LEFT JOIN ms.checks k USING (object_id),
		LATERAL (SELECT CASE WHEN o.type = 'F' AND NOT referenced THEN f.referenced_object_id ELSE o.parent_object_id END AS id) t
	WHERE o.pg = con AND o.type IN ('F', 'C')
$$;

-- DROP ----------------------------------------------------------------------------

CREATE FUNCTION ms.drop_object(o int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM ms.objects WHERE object_id = o LOOP
		IF r.type = 'U' THEN
			EXECUTE 'DROP TABLE ' || r.pg || ' CASCADE';
			EXECUTE 'DROP SEQUENCE IF EXISTS d.s' || o;
		END IF;
	END LOOP;
	DELETE FROM ms.fk_columns WHERE constraint_object_id IN (SELECT object_id FROM ms.foreign_keys WHERE parent_object_id = o);
	DELETE FROM ms.foreign_keys WHERE parent_object_id = o;
	DELETE FROM ms.checks WHERE parent_object_id = o;
	DELETE FROM ms.index_columns WHERE object_id = o;
	DELETE FROM ms.indexes WHERE object_id = o;
	DELETE FROM ms.columns WHERE object_id = o;
	DELETE FROM ms.properties WHERE class = 1 AND major_id = o;
	DELETE FROM ms.objects WHERE object_id = o OR parent_object_id = o;
END $$;
CREATE FUNCTION ms.drop_temp(spid int) RETURNS void LANGUAGE sql AS $$ SELECT ms.drop_object(object_id) FROM ms.objects WHERE owner = spid AND type = 'U' $$;
CREATE FUNCTION ms.drop_schema(x text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id int := (SELECT schema_id FROM ms.schemas WHERE name = x AND database_id = ms.cur_db());
	used text := (SELECT min(name COLLATE "C") FROM ms.objects WHERE database_id = ms.cur_db() AND schema_id = id AND parent_object_id = 0);
BEGIN
	IF id IS NULL THEN
		RETURN 'm';
	ELSIF used IS NOT NULL THEN
		RETURN 'u' || used;
	END IF;
	DELETE FROM ms.schemas WHERE database_id = ms.cur_db() AND schema_id = id;
	RETURN 'o';
END $$;
CREATE FUNCTION ms.drop_database(x text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id int := (SELECT database_id FROM ms.databases WHERE name = x AND database_id > 4);
BEGIN
	IF id IS NULL THEN
		RETURN 'm';
	END IF;
	PERFORM ms.drop_object(object_id) FROM ms.objects WHERE database_id = id AND type IN ('U', 'V');
	DELETE FROM ms.schemas WHERE database_id = id;
	DELETE FROM ms.databases WHERE database_id = id;
	RETURN 'o';
END $$;
CREATE FUNCTION ms.drop_constraint(t int, x text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	o ms.objects;
	tbl text := (SELECT pg FROM ms.objects WHERE object_id = t);
	i ms.indexes;
BEGIN
	SELECT * INTO o FROM ms.objects WHERE parent_object_id = t AND name = x;
	IF NOT FOUND THEN
		RETURN 'm';
	END IF;
	IF o.type IN ('PK', 'UQ') THEN
		SELECT * INTO i FROM ms.indexes WHERE pg = o.pg;
		IF EXISTS (SELECT FROM pg_constraint WHERE conname = o.pg) THEN
			EXECUTE 'ALTER TABLE ' || tbl || ' DROP CONSTRAINT ' || o.pg;
		ELSE
			EXECUTE 'DROP INDEX d.' || o.pg;
		END IF;
		DELETE FROM ms.index_columns WHERE object_id = t AND index_id = i.index_id;
		DELETE FROM ms.indexes WHERE object_id = t AND index_id = i.index_id;
		IF i.index_id = 1 THEN
			INSERT INTO ms.indexes VALUES (t, 0, NULL, 0, false, false, false, NULL, NULL);
		END IF;
	ELSIF o.type = 'D' THEN
		EXECUTE 'ALTER TABLE ' || tbl || ' ALTER COLUMN c' || (SELECT column_id FROM ms.columns WHERE default_object_id = o.object_id) || ' DROP DEFAULT';
		UPDATE ms.columns SET def_sql = NULL, default_object_id = 0 WHERE default_object_id = o.object_id;
	ELSE
		EXECUTE 'ALTER TABLE ' || tbl || ' DROP CONSTRAINT ' || o.pg;
	END IF;
	DELETE FROM ms.fk_columns WHERE constraint_object_id = o.object_id;
	DELETE FROM ms.foreign_keys WHERE object_id = o.object_id;
	DELETE FROM ms.checks WHERE object_id = o.object_id;
	DELETE FROM ms.objects WHERE object_id = o.object_id;
	RETURN 'o';
END $$;
CREATE FUNCTION ms.drop_column(t int, x text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c ms.columns;
	used text;
BEGIN
	SELECT * INTO c FROM ms.columns WHERE object_id = t AND name = x;
	IF NOT FOUND THEN
		RETURN 'm';
	END IF;
	SELECT coalesce((SELECT i.name FROM ms.index_columns ic JOIN ms.indexes i USING (object_id, index_id) WHERE ic.object_id = t AND ic.column_id = c.column_id LIMIT 1),
		(SELECT name FROM ms.objects WHERE object_id = c.default_object_id)) INTO used;
	IF used IS NOT NULL THEN
		RETURN 'u' || used;
	END IF;
	IF c.computed IS NULL THEN
		EXECUTE 'ALTER TABLE ' || (SELECT pg FROM ms.objects WHERE object_id = t) || ' DROP COLUMN c' || c.column_id;
	END IF;
	DELETE FROM ms.columns WHERE object_id = t AND column_id = c.column_id;
	RETURN 'o';
END $$;

-- Procedures -------------------------------------------------------------------------

CREATE FUNCTION ms.rename(x text, to_ text, kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p text[] := ms.split_name(x);
	o int;
BEGIN
	IF upper(kind) = 'COLUMN' THEN
		o := ms.object_id((SELECT string_agg(quote_ident(v), '.') FROM unnest(p[1:cardinality(p) - 1]) v), NULL);
		UPDATE ms.columns SET name = to_ WHERE object_id = o AND name = p[cardinality(p)];
	ELSE
		UPDATE ms.objects SET name = to_ WHERE object_id = ms.object_id(x, NULL);
	END IF;
	IF NOT FOUND THEN
		PERFORM ms.err(15248, 1, 11, 'Either the parameter @objname is ambiguous or the claimed @objtype (' || coalesce(kind, 'OBJECT') || ') is wrong.');
	END IF;
END $$;
CREATE FUNCTION ms.extended_property(what text, pname text, val text, schema_ text, kind text, obj text, kind2 text, col text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	o int := 0;
	c int := 0;
	k int := CASE WHEN schema_ IS NULL THEN 0 WHEN obj IS NULL THEN 3 ELSE 1 END;
BEGIN
	IF k = 1 THEN
		SELECT object_id INTO o FROM ms.objects WHERE database_id = ms.cur_db() AND name = obj AND schema_id = ms.schema_id(schema_);
		IF col IS NOT NULL THEN
			c := CASE WHEN upper(kind2) = 'COLUMN' THEN (SELECT column_id FROM ms.columns WHERE object_id = o AND name = col) END;
		END IF;
	ELSIF k = 3 THEN
		o := ms.schema_id(schema_);
	END IF;
	IF o IS NULL OR c IS NULL THEN
		PERFORM ms.err(15135, 8, 16, 'Object is invalid. Extended properties are not permitted on ''' || coalesce(schema_ || '.' || obj, '') || ''', or the object does not exist.');
	END IF;
	IF what = 'add' THEN
		IF EXISTS (SELECT FROM ms.properties WHERE class = k AND major_id = o AND minor_id = c AND name = pname) THEN
			PERFORM ms.err(15233, 1, 16, 'Property cannot be added. Property ''' || pname || ''' already exists for ''' || coalesce(schema_ || '.' || obj || coalesce('.' || col, ''), '') || '''.');
		END IF;
		INSERT INTO ms.properties VALUES (k, o, c, pname, val);
	ELSIF what = 'update' THEN
		UPDATE ms.properties SET value = val WHERE class = k AND major_id = o AND minor_id = c AND name = pname;
	ELSE
		DELETE FROM ms.properties WHERE class = k AND major_id = o AND minor_id = c AND name = pname;
	END IF;
END $$;
