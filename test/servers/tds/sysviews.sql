-- sysviews.sql
--   sys.* and INFORMATION_SCHEMA.*, as views with the columns that SQL Server's
--   have (the ones that tools and tests read; see README.md).

-- Define one: its columns as "name type" pairs, a question mark for nullable.
CREATE FUNCTION ms.sysview(schema_ text, name_ text, cols text, body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	id int := -(SELECT count(*) FROM ms.objects)::int - 100;
	spec text[] := regexp_split_to_array(btrim(cols), '\s*,\s*');
	m text[];
	i int;
	list text := '';
	names text := '';
	xs text := '';
BEGIN
	INSERT INTO ms.objects (object_id, database_id, schema_id, name, type, pg) VALUES (id, 0, CASE schema_ WHEN 'sys' THEN 4 ELSE 3 END, name_, 'S', 'ms.v' || -id);
	FOR i IN 1 .. cardinality(spec) LOOP
		m := regexp_match(spec[i], '^(\S+)\s+([a-z_0-9]+)(?:\((\w+)\))?(\?)?$');
		INSERT INTO ms.columns (object_id, column_id, name, user_type_id, len, prec, scale, collation_name, is_nullable)
		SELECT id, i, m[1], t.user_type_id, CASE WHEN m[3] = 'max' THEN -1 WHEN m[2] = 'sysname' THEN 128 ELSE coalesce(m[3]::int, 0) END, 0, 0,
			CASE WHEN m[2] IN ('sysname', 'nvarchar', 'varchar', 'char') THEN 'SQL_Latin1_General_CP1_CI_AS' END, m[4] IS NOT NULL
		FROM ms.types t WHERE t.name = m[2];
		list := list || CASE WHEN i > 1 THEN ', ' ELSE '' END || 'x' || i || '::' ||
			CASE WHEN m[2] IN ('sysname', 'nvarchar', 'varchar', 'char') THEN 'text COLLATE "C"' WHEN m[2] IN ('bit', 'tinyint', 'smallint') THEN 'int4::int2' WHEN m[2] = 'int' THEN 'int4'
				WHEN m[2] = 'sql_variant' THEN 'ms.variant' WHEN m[2] = 'uniqueidentifier' THEN 'uuid' WHEN m[2] = 'varbinary' THEN 'bytea' ELSE 'int8' END;
		names := names || CASE WHEN i > 1 THEN ', ' ELSE '' END || 'c' || i;
		xs := xs || CASE WHEN i > 1 THEN ', ' ELSE '' END || 'x' || i;
	END LOOP;
	EXECUTE format('CREATE VIEW ms.v%s (%s) AS SELECT %s FROM (%s) q(%s)', -id, names, list, body, xs);
END $$;

-- The objects of the current database, and the system's.
CREATE VIEW ms.o AS SELECT o.*, s.name AS schema_name,
		CASE type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'S' THEN 'VIEW' WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT'
			WHEN 'F' THEN 'FOREIGN_KEY_CONSTRAINT' WHEN 'C' THEN 'CHECK_CONSTRAINT' ELSE 'DEFAULT_CONSTRAINT' END AS type_desc,
		CASE type WHEN 'S' THEN 'V ' WHEN 'U' THEN 'U ' WHEN 'V' THEN 'V ' WHEN 'F' THEN 'F ' WHEN 'C' THEN 'C ' WHEN 'D' THEN 'D ' ELSE type END AS type2
	FROM ms.objects o JOIN ms.schemas s ON s.schema_id = o.schema_id AND s.database_id IN (0, o.database_id)
	WHERE o.database_id IN (0, ms.cur_db());
CREATE VIEW ms.uo AS SELECT * FROM ms.o WHERE type <> 'S';

SELECT ms.sysview('sys', 'databases', 'name sysname, database_id int, source_database_id int?, create_date datetime, compatibility_level tinyint, collation_name sysname?, user_access tinyint?, user_access_desc nvarchar(60)?,
	is_read_only bit?, state tinyint?, state_desc nvarchar(60)?, snapshot_isolation_state tinyint?, snapshot_isolation_state_desc nvarchar(60)?, is_read_committed_snapshot_on bit?, recovery_model tinyint?, recovery_model_desc nvarchar(60)?',
	$$SELECT name, database_id, NULL, create_date, 150, 'SQL_Latin1_General_CP1_CI_AS', 0, 'MULTI_USER', 0, 0, 'ONLINE', snapshot::int, CASE WHEN snapshot THEN 'ON' ELSE 'OFF' END, 0, 3, 'SIMPLE' FROM ms.databases$$);
SELECT ms.sysview('sys', 'schemas', 'name sysname, schema_id int, principal_id int?', $$SELECT name, schema_id, 1 FROM ms.schemas WHERE database_id IN (0, ms.cur_db())$$);
SELECT ms.sysview('sys', v, 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, is_schema_published bit',
	'SELECT name, object_id, NULL, schema_id, parent_object_id, type2, type_desc, create_date, create_date, (type = ''S'')::int, 0, 0 FROM ms.' || r)
	FROM (VALUES ('objects', 'uo'), ('all_objects', 'o')) x(v, r);
SELECT ms.sysview('sys', 'tables', 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, is_schema_published bit,
	lob_data_space_id int, filestream_data_space_id int?, max_column_id_used int, lock_on_bulk_load bit, uses_ansi_nulls bit?, is_replicated bit?, has_replication_filter bit?, is_tracked_by_cdc bit?, lock_escalation tinyint?, is_filetable bit?, is_memory_optimized bit?, durability tinyint?, durability_desc nvarchar(60)?, temporal_type tinyint?, temporal_type_desc nvarchar(60)?, history_table_id int?, is_external bit, is_node bit, is_edge bit',
	$$SELECT name, object_id, NULL, schema_id, 0, type2, type_desc, create_date, create_date, 0, 0, 0, 0, NULL, (SELECT max(column_id) FROM ms.columns c WHERE c.object_id = o.object_id), 0, 1, 0, 0, 0, 0, 0, 0, 0, 'SCHEMA_AND_DATA', 0, 'NON_TEMPORAL_TABLE', NULL, 0, 0, 0 FROM ms.o o WHERE type = 'U'$$);
SELECT ms.sysview('sys', v, 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, is_schema_published bit, is_replicated bit?, has_replication_filter bit?, has_opaque_metadata bit, has_unchecked_assembly_data bit, with_check_option bit, is_date_correlation_view bit',
	'SELECT name, object_id, NULL, schema_id, 0, ''V '', ''VIEW'', create_date, create_date, (type = ''S'')::int, 0, 0, 0, 0, 0, 0, 0, 0 FROM ms.o WHERE type IN ' || k)
	FROM (VALUES ('views', '(''V'')'), ('all_views', '(''V'', ''S'')')) x(v, k);
SELECT ms.sysview('sys', v, 'object_id int, name sysname?, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, precision tinyint, scale tinyint, collation_name sysname?, is_nullable bit?, is_ansi_padded bit, is_rowguidcol bit, is_identity bit, is_computed bit, is_filestream bit, is_replicated bit?, is_non_sql_subscribed bit?, is_merge_published bit?, is_dts_replicated bit?, is_xml_document bit, xml_collection_id int, default_object_id int, rule_object_id int, is_sparse bit?, is_column_set bit?, generated_always_type tinyint?, generated_always_type_desc nvarchar(60)?, is_hidden bit, is_masked bit',
	'SELECT c.object_id, c.name, column_id, t.system_type_id, c.user_type_id, ms.max_length(c.user_type_id, len, c.prec, c.scale), ms.precision_(c.user_type_id, c.prec, c.scale), ms.scale_(c.user_type_id, c.scale), collation_name, is_nullable::int, 1, 0, is_identity::int, (computed IS NOT NULL)::int, 0, 0, 0, 0, 0, 0, 0, default_object_id, 0, 0, 0, 0, ''NOT_APPLICABLE'', 0, 0
	FROM ms.columns c JOIN ms.types t USING (user_type_id) JOIN ms.o o USING (object_id)' || w)
	FROM (VALUES ('columns', ''), ('all_columns', '')) x(v, w);
SELECT ms.sysview('sys', 'types', 'name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id int?, max_length smallint, precision tinyint, scale tinyint, collation_name sysname?, is_nullable bit?, is_user_defined bit, is_assembly_type bit, default_object_id int, rule_object_id int, is_table_type bit',
	$$SELECT name, system_type_id, user_type_id, 4, NULL, max_length, prec, scale, CASE WHEN system_type_id IN (35, 99, 167, 175, 231, 239) THEN 'SQL_Latin1_General_CP1_CI_AS' END, (user_type_id NOT IN (256, 189))::int, 0, 0, 0, 0, 0 FROM ms.types$$);
SELECT ms.sysview('sys', 'identity_columns', 'object_id int, name sysname?, column_id int, system_type_id tinyint, user_type_id int, is_identity bit, seed_value sql_variant?, increment_value sql_variant?, last_value sql_variant?, is_nullable bit?',
	$$SELECT c.object_id, c.name, column_id, c.user_type_id, c.user_type_id, 1, ms.mk_variant(c.user_type_id, 4, 10, 0, seed::text), ms.mk_variant(c.user_type_id, 4, 10, 0, incr::text), NULL, 0 FROM ms.columns c JOIN ms.o o USING (object_id) WHERE is_identity$$);
SELECT ms.sysview('sys', 'computed_columns', 'object_id int, name sysname?, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, precision tinyint, scale tinyint, collation_name sysname?, is_nullable bit?, is_computed bit, definition nvarchar(max)?, uses_database_collation bit, is_persisted bit',
	$$SELECT c.object_id, c.name, column_id, t.system_type_id, c.user_type_id, ms.max_length(c.user_type_id, len, c.prec, c.scale), ms.precision_(c.user_type_id, c.prec, c.scale), ms.scale_(c.user_type_id, c.scale), collation_name, is_nullable::int, 1, '(' || computed || ')', 1, is_persisted::int FROM ms.columns c JOIN ms.types t USING (user_type_id) JOIN ms.o o USING (object_id) WHERE computed IS NOT NULL$$);
SELECT ms.sysview('sys', 'default_constraints', 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, parent_column_id int, definition nvarchar(max)?, is_system_named bit',
	$$SELECT o.name, o.object_id, NULL, o.schema_id, o.parent_object_id, 'D ', o.type_desc, o.create_date, o.create_date, 0, c.column_id, o.definition, o.is_system_named::int FROM ms.o o JOIN ms.columns c ON c.default_object_id = o.object_id WHERE o.type = 'D'$$);
SELECT ms.sysview('sys', 'check_constraints', 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, is_disabled bit, is_not_trusted bit, parent_column_id int, definition nvarchar(max)?, uses_database_collation bit?, is_system_named bit',
	$$SELECT o.name, o.object_id, NULL, o.schema_id, o.parent_object_id, 'C ', o.type_desc, o.create_date, o.create_date, 0, 0, 0, k.parent_column_id, o.definition, 1, o.is_system_named::int FROM ms.o o JOIN ms.checks k USING (object_id)$$);
SELECT ms.sysview('sys', 'key_constraints', 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, unique_index_id int?, is_system_named bit',
	$$SELECT o.name, o.object_id, NULL, o.schema_id, o.parent_object_id, o.type, o.type_desc, o.create_date, o.create_date, 0, i.index_id, o.is_system_named::int FROM ms.o o JOIN ms.indexes i ON i.pg = o.pg WHERE o.type IN ('PK', 'UQ')$$);
SELECT ms.sysview('sys', 'indexes', 'object_id int, name sysname?, index_id int, type tinyint, type_desc nvarchar(60)?, is_unique bit?, data_space_id int?, ignore_dup_key bit?, is_primary_key bit?, is_unique_constraint bit?, fill_factor tinyint, is_padded bit?, is_disabled bit?, is_hypothetical bit?, allow_row_locks bit?, allow_page_locks bit?, has_filter bit?, filter_definition nvarchar(max)?',
	$$SELECT i.object_id, i.name, index_id, i.type, CASE i.type WHEN 0 THEN 'HEAP' WHEN 1 THEN 'CLUSTERED' ELSE 'NONCLUSTERED' END, is_unique::int, 1, 0, is_primary_key::int, is_unique_constraint::int, 0, 0, 0, 0, 1, 1, (filter IS NOT NULL)::int, filter FROM ms.indexes i JOIN ms.o o USING (object_id)$$);
SELECT ms.sysview('sys', 'index_columns', 'object_id int, index_id int, index_column_id int, column_id int, key_ordinal tinyint, partition_ordinal tinyint, is_descending_key bit?, is_included_column bit?',
	$$SELECT object_id, index_id, index_column_id, column_id, key_ordinal, 0, is_descending::int, is_included::int FROM ms.index_columns JOIN ms.o o USING (object_id)$$);
SELECT ms.sysview('sys', 'foreign_keys', 'name sysname, object_id int, principal_id int?, schema_id int, parent_object_id int, type char(2)?, type_desc nvarchar(60)?, create_date datetime, modify_date datetime, is_ms_shipped bit, referenced_object_id int?, key_index_id int?, is_disabled bit, is_not_for_replication bit, is_not_trusted bit, delete_referential_action tinyint?, delete_referential_action_desc nvarchar(60)?, update_referential_action tinyint?, update_referential_action_desc nvarchar(60)?, is_system_named bit',
	$$SELECT o.name, o.object_id, NULL, o.schema_id, o.parent_object_id, 'F ', o.type_desc, o.create_date, o.create_date, 0, f.referenced_object_id, 1, 0, 0, 0,
		array_position(ARRAY['NO ACTION', 'CASCADE', 'SET NULL', 'SET DEFAULT'], f.on_delete) - 1, replace(f.on_delete, ' ', '_'), array_position(ARRAY['NO ACTION', 'CASCADE', 'SET NULL', 'SET DEFAULT'], f.on_update) - 1, replace(f.on_update, ' ', '_'), o.is_system_named::int
	FROM ms.o o JOIN ms.foreign_keys f USING (object_id)$$);
SELECT ms.sysview('sys', 'foreign_key_columns', 'constraint_object_id int, constraint_column_id int, parent_object_id int, parent_column_id int, referenced_object_id int, referenced_column_id int',
	$$SELECT constraint_object_id, constraint_column_id, f.parent_object_id, parent_column_id, f.referenced_object_id, referenced_column_id FROM ms.fk_columns k JOIN ms.foreign_keys f ON f.object_id = k.constraint_object_id JOIN ms.o o ON o.object_id = f.object_id$$);
SELECT ms.sysview('sys', 'extended_properties', 'class tinyint, class_desc nvarchar(60)?, major_id int, minor_id int, name sysname, value sql_variant?',
	$$SELECT p.class, CASE p.class WHEN 0 THEN 'DATABASE' WHEN 3 THEN 'SCHEMA' ELSE 'OBJECT_OR_COLUMN' END, major_id, minor_id, p.name, ms.mk_variant(231, 8000, 0, 0, p.value) FROM ms.properties p WHERE p.class <> 1 OR EXISTS (SELECT FROM ms.o WHERE object_id = major_id)$$);
SELECT ms.sysview('sys', 'sql_modules', 'object_id int, definition nvarchar(max)?, uses_ansi_nulls bit?, uses_quoted_identifier bit?, is_schema_bound bit?', $$SELECT object_id, definition, 1, 1, 0 FROM ms.o WHERE type = 'V'$$);
-- Rows are what the backend knows after its last ANALYZE, or counts for small tables.
CREATE FUNCTION ms.row_count(rel text) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
	n int8 := (SELECT reltuples FROM pg_class WHERE oid = rel::regclass AND reltuples > 100000);
BEGIN
	IF n IS NULL THEN
		EXECUTE 'SELECT count(*) FROM ' || rel INTO n;
	END IF;
	RETURN n;
END $$;
SELECT ms.sysview('sys', v, 'partition_id bigint, object_id int, index_id int, partition_number int, in_row_data_page_count bigint, in_row_used_page_count bigint, in_row_reserved_page_count bigint, used_page_count bigint, reserved_page_count bigint, row_count bigint',
	$$SELECT (72057594037927936 + o.object_id::int8 * 16 + i.index_id), o.object_id, i.index_id, 1, p.n, p.n, p.n, p.n, p.n, ms.row_count(o.pg) FROM ms.o o JOIN ms.indexes i USING (object_id), LATERAL (SELECT pg_relation_size(o.pg::regclass) / 8192 AS n) p WHERE o.type = 'U'$$)
	FROM (VALUES ('dm_db_partition_stats')) x(v);
SELECT ms.sysview('sys', 'partitions', 'partition_id bigint, object_id int, index_id int, partition_number int, hobt_id bigint, rows bigint?',
	$$SELECT (72057594037927936 + o.object_id::int8 * 16 + i.index_id), o.object_id, i.index_id, 1, 0, ms.row_count(o.pg) FROM ms.o o JOIN ms.indexes i USING (object_id) WHERE o.type = 'U'$$);
SELECT ms.sysview('sys', 'dm_exec_sessions', 'session_id smallint, login_time datetime, host_name nvarchar(128)?, program_name nvarchar(128)?, login_name nvarchar(128), status nvarchar(30)',
	$$SELECT current_setting('ms.spid'), ms.r_dt(ms.now()), NULL, NULL, current_setting('ms.login'), 'running'$$);
SELECT ms.sysview('sys', 'configurations', 'configuration_id int, name nvarchar(35), value sql_variant?', $$SELECT 101, 'recovery interval (min)', ms.mk_variant(56, 4, 10, 0, '0') WHERE false$$);
SELECT ms.sysview('sys', 'synonyms', 'name sysname, object_id int, schema_id int, type char(2)?, base_object_name nvarchar(1035)?', $$SELECT ''::text, 0, 0, 'SN', NULL WHERE false$$);
SELECT ms.sysview('sys', 'triggers', 'name sysname, object_id int, parent_id int, type char(2)?, is_disabled bit', $$SELECT ''::text, 0, 0, 'TR', 0 WHERE false$$);
SELECT ms.sysview('sys', 'procedures', 'name sysname, object_id int, schema_id int, type char(2)?', $$SELECT ''::text, 0, 0, 'P ' WHERE false$$);
SELECT ms.sysview('sys', 'stats', 'object_id int, name sysname?, stats_id int, auto_created bit?, user_created bit?', $$SELECT i.object_id, i.name, i.index_id, 0, 0 FROM ms.indexes i JOIN ms.o o USING (object_id) WHERE i.index_id > 0$$);
SELECT ms.sysview('sys', 'database_principals', 'name sysname, principal_id int, type char(1), type_desc nvarchar(60)?, default_schema_name sysname?', $$SELECT 'dbo'::text, 1, 'S', 'SQL_USER', 'dbo'$$);

-- INFORMATION_SCHEMA ---------------------------------------------------------------

SELECT ms.sysview('INFORMATION_SCHEMA', 'SCHEMATA', 'CATALOG_NAME sysname?, SCHEMA_NAME sysname, SCHEMA_OWNER sysname?, DEFAULT_CHARACTER_SET_CATALOG sysname?, DEFAULT_CHARACTER_SET_SCHEMA sysname?, DEFAULT_CHARACTER_SET_NAME sysname?',
	$$SELECT ms.db_name(ms.cur_db()), name, 'dbo', NULL, NULL, 'iso_1' FROM ms.schemas WHERE database_id IN (0, ms.cur_db())$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'TABLES', 'TABLE_CATALOG sysname?, TABLE_SCHEMA sysname?, TABLE_NAME sysname, TABLE_TYPE varchar(10)?',
	$$SELECT ms.db_name(ms.cur_db()), schema_name, name, CASE type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END FROM ms.o WHERE type IN ('U', 'V')$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'VIEWS', 'TABLE_CATALOG sysname?, TABLE_SCHEMA sysname?, TABLE_NAME sysname, VIEW_DEFINITION nvarchar(4000)?, CHECK_OPTION varchar(7)?, IS_UPDATABLE varchar(2)',
	$$SELECT ms.db_name(ms.cur_db()), schema_name, name, left(definition, 4000), 'NONE', 'NO' FROM ms.o WHERE type = 'V'$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'COLUMNS', 'TABLE_CATALOG sysname?, TABLE_SCHEMA sysname?, TABLE_NAME sysname, COLUMN_NAME sysname?, ORDINAL_POSITION int?, COLUMN_DEFAULT nvarchar(4000)?, IS_NULLABLE varchar(3)?, DATA_TYPE sysname?,
	CHARACTER_MAXIMUM_LENGTH int?, CHARACTER_OCTET_LENGTH int?, NUMERIC_PRECISION tinyint?, NUMERIC_PRECISION_RADIX smallint?, NUMERIC_SCALE int?, DATETIME_PRECISION smallint?, CHARACTER_SET_CATALOG sysname?, CHARACTER_SET_SCHEMA sysname?, CHARACTER_SET_NAME sysname?,
	COLLATION_CATALOG sysname?, COLLATION_SCHEMA sysname?, COLLATION_NAME sysname?, DOMAIN_CATALOG sysname?, DOMAIN_SCHEMA sysname?, DOMAIN_NAME sysname?',
	$$SELECT ms.db_name(ms.cur_db()), o.schema_name, o.name, c.name, c.column_id, (SELECT definition FROM ms.objects d WHERE d.object_id = c.default_object_id), CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END,
		CASE t.name WHEN 'sysname' THEN 'nvarchar' ELSE t.name END,
		CASE WHEN t.system_type_id IN (165, 167, 173, 175, 231, 239) THEN c.len WHEN t.system_type_id IN (34, 35) THEN 2147483647 WHEN t.system_type_id = 99 THEN 1073741823 WHEN t.system_type_id = 241 THEN -1 END,
		CASE WHEN t.system_type_id IN (165, 167, 173, 175, 231, 239) THEN ms.max_length(c.user_type_id, c.len, 0, 0) WHEN t.system_type_id IN (34, 35) THEN 2147483647 WHEN t.system_type_id = 99 THEN 2147483646 WHEN t.system_type_id = 241 THEN -1 END,
		CASE WHEN t.system_type_id IN (48, 52, 56, 59, 60, 62, 106, 108, 122, 127) THEN ms.precision_(c.user_type_id, c.prec, c.scale) END,
		CASE WHEN t.system_type_id IN (48, 52, 56, 60, 106, 108, 122, 127) THEN 10 WHEN t.system_type_id IN (59, 62) THEN 2 END,
		CASE WHEN t.system_type_id IN (48, 52, 56, 60, 106, 108, 122, 127) THEN ms.scale_(c.user_type_id, c.scale) END,
		CASE WHEN t.system_type_id IN (40, 58) THEN 0 WHEN t.system_type_id = 61 THEN 3 WHEN t.system_type_id IN (41, 42, 43) THEN c.scale END, NULL, NULL,
		CASE WHEN t.system_type_id IN (35, 167, 175) THEN 'iso_1' WHEN t.system_type_id IN (99, 231, 239) THEN 'UNICODE' END, NULL, NULL, c.collation_name, NULL, NULL, NULL
	FROM ms.o o JOIN ms.columns c USING (object_id) JOIN ms.types t USING (user_type_id) WHERE o.type IN ('U', 'V')$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'TABLE_CONSTRAINTS', 'CONSTRAINT_CATALOG sysname?, CONSTRAINT_SCHEMA sysname?, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname?, TABLE_SCHEMA sysname?, TABLE_NAME sysname?, CONSTRAINT_TYPE varchar(11)?, IS_DEFERRABLE varchar(2), INITIALLY_DEFERRED varchar(2)',
	$$SELECT ms.db_name(ms.cur_db()), o.schema_name, o.name, ms.db_name(ms.cur_db()), o.schema_name, ms.object_name(o.parent_object_id), CASE o.type WHEN 'PK' THEN 'PRIMARY KEY' WHEN 'UQ' THEN 'UNIQUE' WHEN 'F' THEN 'FOREIGN KEY' ELSE 'CHECK' END, 'NO', 'NO' FROM ms.o o WHERE o.type IN ('PK', 'UQ', 'F', 'C')$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'KEY_COLUMN_USAGE', 'CONSTRAINT_CATALOG sysname?, CONSTRAINT_SCHEMA sysname?, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname?, TABLE_SCHEMA sysname?, TABLE_NAME sysname?, COLUMN_NAME sysname?, ORDINAL_POSITION int',
	$$SELECT ms.db_name(ms.cur_db()), o.schema_name, o.name, ms.db_name(ms.cur_db()), o.schema_name, ms.object_name(o.parent_object_id), ms.col_name(o.parent_object_id, k.col), k.n
	FROM ms.o o, LATERAL (SELECT ic.column_id, ic.key_ordinal FROM ms.indexes i JOIN ms.index_columns ic USING (object_id, index_id) WHERE i.pg = o.pg AND o.type IN ('PK', 'UQ') AND NOT ic.is_included
		UNION ALL SELECT f.parent_column_id, f.constraint_column_id FROM ms.fk_columns f WHERE f.constraint_object_id = o.object_id) k(col, n) WHERE o.type IN ('PK', 'UQ', 'F')$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'REFERENTIAL_CONSTRAINTS', 'CONSTRAINT_CATALOG sysname?, CONSTRAINT_SCHEMA sysname?, CONSTRAINT_NAME sysname, UNIQUE_CONSTRAINT_CATALOG sysname?, UNIQUE_CONSTRAINT_SCHEMA sysname?, UNIQUE_CONSTRAINT_NAME sysname?, MATCH_OPTION varchar(7)?, UPDATE_RULE varchar(11)?, DELETE_RULE varchar(11)?',
	$$SELECT ms.db_name(ms.cur_db()), o.schema_name, o.name, ms.db_name(ms.cur_db()), ms.object_schema_name(f.referenced_object_id), (SELECT i.name FROM ms.indexes i WHERE i.object_id = f.referenced_object_id AND i.is_unique ORDER BY i.is_primary_key DESC LIMIT 1), 'SIMPLE', f.on_update, f.on_delete FROM ms.o o JOIN ms.foreign_keys f USING (object_id)$$);
SELECT ms.sysview('INFORMATION_SCHEMA', 'CHECK_CONSTRAINTS', 'CONSTRAINT_CATALOG sysname?, CONSTRAINT_SCHEMA sysname?, CONSTRAINT_NAME sysname, CHECK_CLAUSE nvarchar(4000)?',
	$$SELECT ms.db_name(ms.cur_db()), schema_name, name, definition FROM ms.o WHERE type = 'C'$$);
