/* fraiseql 1.0: the objects of the extension, room by room. */
\echo Use "CREATE EXTENSION fraiseql" to load this file. \quit

-- ---------------------------------------------------------------------------
-- Wrappers (fdw/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql_sqlite_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_sqlite_handler() IS 'handler of the foreign-data wrapper for SQLite';

CREATE FUNCTION fraiseql_sqlite_validator(options text[], catalog oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_sqlite_validator(text[], oid) IS 'checks options of the foreign-data wrapper for SQLite';

CREATE FOREIGN DATA WRAPPER fraiseql_sqlite
	HANDLER fraiseql_sqlite_handler
	VALIDATOR fraiseql_sqlite_validator;
COMMENT ON FOREIGN DATA WRAPPER fraiseql_sqlite IS 'tables and views of SQLite database files';

CREATE FUNCTION fraiseql_mysql_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_mysql_handler() IS 'handler of the foreign-data wrapper for MySQL and MariaDB';

CREATE FUNCTION fraiseql_mysql_validator(options text[], catalog oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_mysql_validator(text[], oid) IS 'checks options of the foreign-data wrapper for MySQL and MariaDB';

CREATE FOREIGN DATA WRAPPER fraiseql_mysql
	HANDLER fraiseql_mysql_handler
	VALIDATOR fraiseql_mysql_validator;
COMMENT ON FOREIGN DATA WRAPPER fraiseql_mysql IS 'tables and views of MySQL and MariaDB servers';

CREATE FUNCTION fraiseql_sqlserver_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_sqlserver_handler() IS 'handler of the foreign-data wrapper for SQL Server';

CREATE FUNCTION fraiseql_sqlserver_validator(options text[], catalog oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_sqlserver_validator(text[], oid) IS 'checks options of the foreign-data wrapper for SQL Server';

CREATE FOREIGN DATA WRAPPER fraiseql_sqlserver
	HANDLER fraiseql_sqlserver_handler
	VALIDATOR fraiseql_sqlserver_validator;
COMMENT ON FOREIGN DATA WRAPPER fraiseql_sqlserver IS 'tables and views of SQL Server servers';

CREATE FUNCTION fraiseql_postgres_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_postgres_handler() IS 'handler of the foreign-data wrapper for PostgreSQL';

CREATE FUNCTION fraiseql_postgres_validator(options text[], catalog oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION fraiseql_postgres_validator(text[], oid) IS 'checks options of the foreign-data wrapper for PostgreSQL';

CREATE FOREIGN DATA WRAPPER fraiseql_postgres
	HANDLER fraiseql_postgres_handler
	VALIDATOR fraiseql_postgres_validator;
COMMENT ON FOREIGN DATA WRAPPER fraiseql_postgres IS 'tables and views of other PostgreSQL databases';

CREATE FUNCTION fraiseql.check_fallbacks() RETURNS event_trigger
AS 'MODULE_PATHNAME', 'fsq_check_fallbacks'
LANGUAGE C;
COMMENT ON FUNCTION fraiseql.check_fallbacks() IS
'checks that the fallbacks of foreign tables can answer for them';
CREATE EVENT TRIGGER fraiseql_check_fallbacks ON ddl_command_end
	WHEN TAG IN ('CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE')
	EXECUTE FUNCTION fraiseql.check_fallbacks();
COMMENT ON EVENT TRIGGER fraiseql_check_fallbacks IS
'checks that the fallbacks of foreign tables can answer for them';

CREATE FUNCTION fraiseql.check_replicas() RETURNS event_trigger
AS 'MODULE_PATHNAME', 'fsq_check_server_replicas'
LANGUAGE C;
COMMENT ON FUNCTION fraiseql.check_replicas() IS
'checks that the replicas of servers may be read instead of them';
CREATE EVENT TRIGGER fraiseql_check_replicas ON ddl_command_end
	WHEN TAG IN ('CREATE SERVER', 'ALTER SERVER')
	EXECUTE FUNCTION fraiseql.check_replicas();
COMMENT ON EVENT TRIGGER fraiseql_check_replicas IS
'checks that the replicas of servers may be read instead of them';

-- ---------------------------------------------------------------------------
-- GraphQL language (src/graphql/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql.validate(sdl text, query text, variables jsonb, rule text DEFAULT NULL)
RETURNS jsonb
AS 'MODULE_PATHNAME', 'fsq_sql_validate'
LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION fraiseql.validate(text, text, jsonb, text) IS
'errors of a GraphQL document, and of variables for its only operation, against the schema of an SDL document: an array, empty if there are none; those of the SDL document if it has any, or if query is null; rule names a single validation rule to check';

-- ---------------------------------------------------------------------------
-- Schema: relationships, names, problems (src/schema/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql.sdl() RETURNS text
AS 'MODULE_PATHNAME', 'fsq_sdl'
LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION fraiseql.sdl() IS
'the GraphQL schema that the current role sees, in the schema definition language';

CREATE TABLE fraiseql.relationship (
	field text NOT NULL,
	source regclass NOT NULL,
	source_columns name[] NOT NULL,
	target regclass NOT NULL,
	target_columns name[] NOT NULL,
	cardinality text CHECK (cardinality IN ('one', 'many')),
	reverse_field text,
	PRIMARY KEY (source, field)
);
COMMENT ON TABLE fraiseql.relationship IS
'relationships that fraiseql.add_relationship() added; change it through the functions';
COMMENT ON COLUMN fraiseql.relationship.field IS 'the GraphQL field on the source';
COMMENT ON COLUMN fraiseql.relationship.source IS 'the relation that the field belongs to';
COMMENT ON COLUMN fraiseql.relationship.source_columns IS 'its columns, in step with target_columns';
COMMENT ON COLUMN fraiseql.relationship.target IS 'the relation that the field reads';
COMMENT ON COLUMN fraiseql.relationship.target_columns IS 'columns of the target that are equal to source_columns';
COMMENT ON COLUMN fraiseql.relationship.cardinality IS 'one row or many; null: decided by the keys of the target';
COMMENT ON COLUMN fraiseql.relationship.reverse_field IS 'the GraphQL field on the target; null: none';
SELECT pg_catalog.pg_extension_config_dump('fraiseql.relationship', '');

CREATE FUNCTION fraiseql.configuration_changed() RETURNS trigger
AS 'MODULE_PATHNAME', 'fsq_configuration_changed'
LANGUAGE C;
COMMENT ON FUNCTION fraiseql.configuration_changed() IS
'tells every session that its GraphQL schema is stale';
CREATE TRIGGER configuration_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fraiseql.relationship
FOR EACH STATEMENT EXECUTE FUNCTION fraiseql.configuration_changed();
COMMENT ON TRIGGER configuration_changed ON fraiseql.relationship IS
'tells every session that the relationships have changed';

CREATE FUNCTION fraiseql.add_relationship(
	field text, source regclass, source_columns name[], target regclass, target_columns name[],
	cardinality text DEFAULT NULL, reverse_field text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'fsq_add_relationship'
LANGUAGE C VOLATILE;
COMMENT ON FUNCTION fraiseql.add_relationship(text, regclass, name[], regclass, name[], text, text) IS
'adds a field to a relation''s type that leads to rows of another relation by equal columns, and with reverse_field one that leads back';

CREATE FUNCTION fraiseql.drop_relationship(source regclass, field text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_relationship'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_relationship(regclass, text) IS
'removes a relationship that fraiseql.add_relationship() added';

CREATE FUNCTION fraiseql.relationships(
	OUT source regclass, OUT field text, OUT source_columns name[],
	OUT target regclass, OUT target_columns name[],
	OUT cardinality text, OUT nullable boolean, OUT origin text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_relationships'
LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION fraiseql.relationships() IS
'the relationships that the current role can follow';
CREATE VIEW fraiseql.relationships AS SELECT * FROM fraiseql.relationships();
COMMENT ON VIEW fraiseql.relationships IS
'the relationships that the current role can follow, one row per GraphQL field; origin is constraint, option (of a foreign table''s column) or added';
COMMENT ON COLUMN fraiseql.relationships.source IS 'the relation that the field belongs to';
COMMENT ON COLUMN fraiseql.relationships.field IS 'the GraphQL field on the source';
COMMENT ON COLUMN fraiseql.relationships.source_columns IS 'its columns, in step with target_columns';
COMMENT ON COLUMN fraiseql.relationships.target IS 'the relation that the field reads';
COMMENT ON COLUMN fraiseql.relationships.target_columns IS 'columns of the target that are equal to source_columns';
COMMENT ON COLUMN fraiseql.relationships.cardinality IS 'one row or many';
COMMENT ON COLUMN fraiseql.relationships.nullable IS 'whether the field may be null';
COMMENT ON COLUMN fraiseql.relationships.origin IS 'constraint: a foreign key; option: references, of a foreign table''s column; added: by fraiseql.add_relationship()';

CREATE TABLE fraiseql.override (
	relation regclass NOT NULL,
	kind text NOT NULL CHECK (kind IN ('table', 'column', 'relationship', 'join table', 'function')),
	columns name[],
	target regclass,
	target_columns name[],
	reverse boolean,
	function_schema name,
	function_name name,
	argument_types regtype[],
	name text,
	list_field text,
	item_field text,
	omitted boolean NOT NULL,
	CONSTRAINT override_object UNIQUE NULLS NOT DISTINCT
		(relation, kind, columns, target, target_columns, reverse, function_schema, function_name, argument_types)
);
COMMENT ON TABLE fraiseql.override IS
'names that fraiseql.rename() gave, and what fraiseql.omit() left out; change it through the functions';
COMMENT ON COLUMN fraiseql.override.relation IS 'the relation, or that whose type has the field';
COMMENT ON COLUMN fraiseql.override.kind IS 'table, column, relationship, join table or function';
COMMENT ON COLUMN fraiseql.override.columns IS 'the column, or the columns of the relationship on this side; of a join table: those that refer to this side';
COMMENT ON COLUMN fraiseql.override.target IS 'the relation on the other side of the relationship, or the join table';
COMMENT ON COLUMN fraiseql.override.target_columns IS 'its columns, in step with columns; of a join table: those that refer to the other side';
COMMENT ON COLUMN fraiseql.override.reverse IS 'whether the other side refers to this one';
COMMENT ON COLUMN fraiseql.override.function_schema IS 'the schema of the function';
COMMENT ON COLUMN fraiseql.override.function_name IS 'the function';
COMMENT ON COLUMN fraiseql.override.argument_types IS 'the types of its arguments';
COMMENT ON COLUMN fraiseql.override.name IS 'the name of the type or field; null: that which it has by itself';
COMMENT ON COLUMN fraiseql.override.list_field IS 'the field of Query for lists; null: made from name';
COMMENT ON COLUMN fraiseql.override.item_field IS 'the field of Query for one row; null: made from name';
COMMENT ON COLUMN fraiseql.override.omitted IS 'whether it is left out';
SELECT pg_catalog.pg_extension_config_dump('fraiseql.override', '');
CREATE TRIGGER configuration_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fraiseql.override
FOR EACH STATEMENT EXECUTE FUNCTION fraiseql.configuration_changed();
COMMENT ON TRIGGER configuration_changed ON fraiseql.override IS
'tells every session that the overrides have changed';

CREATE FUNCTION fraiseql.rename(relation regclass, type_name text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_rename'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.rename(regclass, text) IS
'names the type of a relation, and after it its fields of Query';

CREATE FUNCTION fraiseql.rename(relation regclass, type_name text, list_field text, item_field text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_rename'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.rename(regclass, text, text, text) IS
'names the type of a relation and its fields of Query';

CREATE FUNCTION fraiseql.rename(relation regclass, field text, name text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_rename_field'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.rename(regclass, text, text) IS
'names a field of a relation''s type; field is a column, or the name of the field';

CREATE FUNCTION fraiseql.omit(relation regclass) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_omit'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.omit(regclass) IS
'leaves a relation out of the GraphQL schema';

CREATE FUNCTION fraiseql.omit(relation regclass, field text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_omit'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.omit(regclass, text) IS
'leaves a field out of a relation''s type; field is a column, or the name of the field';

CREATE FUNCTION fraiseql.drop_rename(relation regclass) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_rename'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_rename(regclass) IS
'gives a relation the names back that it has by itself';

CREATE FUNCTION fraiseql.drop_rename(relation regclass, field text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_rename'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_rename(regclass, text) IS
'gives a field the name back that it has by itself';

CREATE FUNCTION fraiseql.drop_omit(relation regclass) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_omit'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_omit(regclass) IS
'takes fraiseql.omit() of a relation back';

CREATE FUNCTION fraiseql.drop_omit(relation regclass, field text) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_omit'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_omit(regclass, text) IS
'takes fraiseql.omit() of a field back';

CREATE VIEW fraiseql.overrides AS
SELECT relation, kind,
	CASE kind
		WHEN 'column' THEN columns[1]::text
		WHEN 'relationship' THEN pg_catalog.format('(%s) %s %s (%s)', pg_catalog.array_to_string(columns, ', '),
			CASE WHEN reverse THEN '<-' ELSE '->' END, target, pg_catalog.array_to_string(target_columns, ', '))
		WHEN 'join table' THEN pg_catalog.format('<- (%s) %s (%s) ->', pg_catalog.array_to_string(columns, ', '),
			target, pg_catalog.array_to_string(target_columns, ', '))
		WHEN 'function' THEN pg_catalog.format('%I.%I(%s)', function_schema, function_name,
			pg_catalog.array_to_string(argument_types, ', '))
	END AS object, name, list_field, item_field, omitted
FROM fraiseql.override;
COMMENT ON VIEW fraiseql.overrides IS
'names that fraiseql.rename() gave, and what fraiseql.omit() left out';
COMMENT ON COLUMN fraiseql.overrides.relation IS 'the relation, or that whose type has the field';
COMMENT ON COLUMN fraiseql.overrides.kind IS 'table, column, relationship, join table or function';
COMMENT ON COLUMN fraiseql.overrides.object IS 'the column, the columns of the relationship, or the function';
COMMENT ON COLUMN fraiseql.overrides.name IS 'the name of the type or field; null: that which it has by itself';
COMMENT ON COLUMN fraiseql.overrides.list_field IS 'the field of Query for lists; null: made from name';
COMMENT ON COLUMN fraiseql.overrides.item_field IS 'the field of Query for one row; null: made from name';
COMMENT ON COLUMN fraiseql.overrides.omitted IS 'whether it is left out';

CREATE TABLE fraiseql.query (
	function_schema name NOT NULL,
	function_name name NOT NULL,
	argument_types regtype[] NOT NULL,
	field text,
	number bigint NOT NULL UNIQUE,
	PRIMARY KEY (function_schema, function_name, argument_types)
);
COMMENT ON TABLE fraiseql.query IS
'functions that are fields of Query; change it through fraiseql.add_query() and fraiseql.drop_query()';
COMMENT ON COLUMN fraiseql.query.function_schema IS 'the schema of the function';
COMMENT ON COLUMN fraiseql.query.function_name IS 'the function';
COMMENT ON COLUMN fraiseql.query.argument_types IS 'the types of its arguments';
COMMENT ON COLUMN fraiseql.query.field IS 'the field of Query; null: by the function''s name';
COMMENT ON COLUMN fraiseql.query.number IS 'in the order in which they were added; of two that want the same field, the first has it';
SELECT pg_catalog.pg_extension_config_dump('fraiseql.query', '');
CREATE TRIGGER configuration_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fraiseql.query
FOR EACH STATEMENT EXECUTE FUNCTION fraiseql.configuration_changed();
COMMENT ON TRIGGER configuration_changed ON fraiseql.query IS
'tells every session that the functions of Query have changed';

CREATE FUNCTION fraiseql.add_query(function regprocedure, field text DEFAULT NULL) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_add_query'
LANGUAGE C VOLATILE;
COMMENT ON FUNCTION fraiseql.add_query(regprocedure, text) IS
'makes a function of the caller''s that only reads a field of Query, for the roles that may execute it; whoever may add fields is granted EXECUTE on this';

CREATE FUNCTION fraiseql.drop_query(function regprocedure) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_drop_query'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.drop_query(regprocedure) IS
'takes fraiseql.add_query() back; EXECUTE is granted as on that';
REVOKE EXECUTE ON FUNCTION fraiseql.add_query(regprocedure, text), fraiseql.drop_query(regprocedure) FROM PUBLIC;

CREATE VIEW fraiseql.queries AS
SELECT pg_catalog.format('%I.%I(%s)', function_schema, function_name,
	pg_catalog.array_to_string(argument_types, ', ')) AS function, field
FROM fraiseql.query;
COMMENT ON VIEW fraiseql.queries IS
'functions that fraiseql.add_query() made fields of Query';
COMMENT ON COLUMN fraiseql.queries.function IS 'the function, with the types of its arguments';
COMMENT ON COLUMN fraiseql.queries.field IS 'the field of Query; null: by the function''s name';

CREATE FUNCTION fraiseql.schema_problems(
	OUT schema_name name, OUT object_name name, OUT column_name name, OUT problem text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_schema_problems'
LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION fraiseql.schema_problems() IS
'what had to be renamed or left out of the GraphQL schema, and why';
CREATE VIEW fraiseql.schema_problems AS SELECT * FROM fraiseql.schema_problems();
COMMENT ON VIEW fraiseql.schema_problems IS
'what had to be renamed or left out of the GraphQL schema, and why';
COMMENT ON COLUMN fraiseql.schema_problems.schema_name IS 'the schema of the relation; null: the problem is not one of a relation';
COMMENT ON COLUMN fraiseql.schema_problems.object_name IS 'the relation or other object';
COMMENT ON COLUMN fraiseql.schema_problems.column_name IS 'the column; null: the problem is not one of a column';
COMMENT ON COLUMN fraiseql.schema_problems.problem IS 'what had to be renamed or left out, and why';

GRANT USAGE ON SCHEMA fraiseql TO PUBLIC;
GRANT SELECT ON fraiseql.relationships, fraiseql.overrides, fraiseql.queries, fraiseql.schema_problems TO PUBLIC;

-- ---------------------------------------------------------------------------
-- Staying up (src/resilience/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql.is_handler(handler oid) RETURNS boolean
LANGUAGE SQL STABLE STRICT
BEGIN ATOMIC
	SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p
		WHERE p.oid = handler AND p.proname ~ '^fraiseql_[a-z]+_handler$');
END;
COMMENT ON FUNCTION fraiseql.is_handler(oid) IS
'whether a function is the handler of one of the wrappers of fraiseql';

CREATE VIEW fraiseql.servers AS
	SELECT s.srvname AS server, w.fdwname AS wrapper, s.oid AS oid
	FROM pg_catalog.pg_foreign_server s
	JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
	WHERE fraiseql.is_handler(w.fdwhandler);
COMMENT ON VIEW fraiseql.servers IS 'the servers of this database that belong to wrappers of fraiseql';
COMMENT ON COLUMN fraiseql.servers.server IS 'its name';
COMMENT ON COLUMN fraiseql.servers.wrapper IS 'the foreign-data wrapper, which names the engine';
COMMENT ON COLUMN fraiseql.servers.oid IS 'its row in pg_foreign_server';

CREATE FUNCTION fraiseql.circuit_breaker(
	server oid, OUT state text, OUT consecutive_failures integer, OUT opened_at timestamptz,
	OUT next_probe timestamptz, OUT last_error text, OUT last_error_at timestamptz, OUT transitions bigint)
AS 'MODULE_PATHNAME', 'fsq_circuit_breaker_state'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.circuit_breaker(oid) IS
'the circuit breaker of a server';

CREATE VIEW fraiseql.circuit_breakers AS
	SELECT s.server, b.state, b.consecutive_failures, b.opened_at, b.next_probe,
		b.last_error, b.last_error_at, b.transitions
	FROM fraiseql.servers s, fraiseql.circuit_breaker(s.oid) b;
COMMENT ON VIEW fraiseql.circuit_breakers IS
'the circuit breaker of each server, as all sessions see it';
COMMENT ON COLUMN fraiseql.circuit_breakers.server IS 'the server';
COMMENT ON COLUMN fraiseql.circuit_breakers.state IS 'closed: it is used; open: it is not; half_open: one probe at a time is let through; off: there is no breaker';
COMMENT ON COLUMN fraiseql.circuit_breakers.consecutive_failures IS 'failures since it last answered';
COMMENT ON COLUMN fraiseql.circuit_breakers.opened_at IS 'when the breaker last opened; null: never';
COMMENT ON COLUMN fraiseql.circuit_breakers.next_probe IS 'when the first use is let through as a probe; null: the breaker is not open';
COMMENT ON COLUMN fraiseql.circuit_breakers.last_error IS 'the last failure, with its SQLSTATE; null for roles that neither own the server nor may read all statistics';
COMMENT ON COLUMN fraiseql.circuit_breakers.last_error_at IS 'when that was';
COMMENT ON COLUMN fraiseql.circuit_breakers.transitions IS 'how often the state has changed';

CREATE FUNCTION fraiseql.circuit_breaker_trip(server name) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_circuit_breaker_trip'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.circuit_breaker_trip(name) IS
'opens the circuit breaker of a server: it is not used by any session until it is probed after its recovery_timeout';

CREATE FUNCTION fraiseql.circuit_breaker_reset(server name) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_circuit_breaker_reset'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.circuit_breaker_reset(name) IS
'closes the circuit breaker of a server: all sessions use it again at once';

CREATE FUNCTION fraiseql.pool(
	server oid, OUT pool_size integer, OUT connections integer, OUT active integer, OUT idle integer,
	OUT waiting integer, OUT waits bigint, OUT timeouts bigint)
AS 'MODULE_PATHNAME', 'fsq_pool_state'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.pool(oid) IS
'the connections to a server, counted';

CREATE VIEW fraiseql.pool AS
	SELECT s.server, p.pool_size, p.connections, p.active, p.idle, p.waiting, p.waits, p.timeouts
	FROM fraiseql.servers s, fraiseql.pool(s.oid) p;
COMMENT ON VIEW fraiseql.pool IS
'the connections of all sessions to each server, counted';
COMMENT ON COLUMN fraiseql.pool.server IS 'the server';
COMMENT ON COLUMN fraiseql.pool.pool_size IS 'how many connections there may be; null: no limit';
COMMENT ON COLUMN fraiseql.pool.connections IS 'how many there are, those included that are being made';
COMMENT ON COLUMN fraiseql.pool.active IS 'of these, those that run a statement or are being made';
COMMENT ON COLUMN fraiseql.pool.idle IS 'of these, those that run nothing';
COMMENT ON COLUMN fraiseql.pool.waiting IS 'sessions that wait for one';
COMMENT ON COLUMN fraiseql.pool.waits IS 'how often a session has had to wait';
COMMENT ON COLUMN fraiseql.pool.timeouts IS 'how often it has waited in vain';

CREATE FUNCTION fraiseql.connections(
	OUT pid integer, OUT serverid oid, OUT userid oid, OUT state text, OUT since timestamptz,
	OUT in_transaction boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_connection_rows'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.connections() IS
'the connections of all sessions of this database to its servers';

CREATE VIEW fraiseql.connections AS
	SELECT c.pid, s.server, pg_catalog.pg_get_userbyid(c.userid) AS "user", c.state, c.since, c.in_transaction
	FROM fraiseql.connections() c JOIN fraiseql.servers s ON s.oid = c.serverid;
COMMENT ON VIEW fraiseql.connections IS
'the connections of all sessions of this database to its servers, up to 16 of each session';
COMMENT ON COLUMN fraiseql.connections.pid IS 'the session''s process';
COMMENT ON COLUMN fraiseql.connections.server IS 'the server';
COMMENT ON COLUMN fraiseql.connections."user" IS 'the role of the hub that it was made for';
COMMENT ON COLUMN fraiseql.connections.state IS 'connecting, active: a statement runs, or idle';
COMMENT ON COLUMN fraiseql.connections.since IS 'since when';
COMMENT ON COLUMN fraiseql.connections.in_transaction IS 'whether the session''s transaction has used it, and so keeps it';

CREATE FUNCTION fraiseql.stats(
	server oid, OUT statements bigint, OUT "rows" bigint, OUT errors bigint, OUT retries bigint,
	OUT retries_refused bigint, OUT rejected bigint, OUT fallbacks bigint, OUT mean_ms double precision, OUT p50_ms double precision,
	OUT p95_ms double precision, OUT p99_ms double precision, OUT reset_at timestamptz)
AS 'MODULE_PATHNAME', 'fsq_server_statistics'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.stats(oid) IS
'what all sessions together have had of a server';

CREATE VIEW fraiseql.stats AS
	SELECT s.server, t.statements, t."rows", t.errors, t.retries, t.retries_refused, t.rejected, t.fallbacks,
		t.mean_ms, t.p50_ms, t.p95_ms, t.p99_ms, t.reset_at
	FROM fraiseql.servers s, fraiseql.stats(s.oid) t;
COMMENT ON VIEW fraiseql.stats IS
'what all sessions together have had of each server';
COMMENT ON COLUMN fraiseql.stats.server IS 'the server';
COMMENT ON COLUMN fraiseql.stats.statements IS 'statements that it has answered, those of planning and with errors included';
COMMENT ON COLUMN fraiseql.stats."rows" IS 'rows that came';
COMMENT ON COLUMN fraiseql.stats.errors IS 'errors of statements and connections, timeouts included';
COMMENT ON COLUMN fraiseql.stats.retries IS 'attempts after the first';
COMMENT ON COLUMN fraiseql.stats.retries_refused IS 'attempts that were not made for want of budget';
COMMENT ON COLUMN fraiseql.stats.rejected IS 'uses that the circuit breaker refused';
COMMENT ON COLUMN fraiseql.stats.fallbacks IS 'scans that the fallback of a foreign table has answered, be it in part';
COMMENT ON COLUMN fraiseql.stats.mean_ms IS 'time until the first answer to a statement, in milliseconds: the mean';
COMMENT ON COLUMN fraiseql.stats.p50_ms IS 'the same: what half of the statements did not exceed, estimated from a histogram';
COMMENT ON COLUMN fraiseql.stats.p95_ms IS 'the same: what 95 of 100 did not exceed';
COMMENT ON COLUMN fraiseql.stats.p99_ms IS 'the same: what 99 of 100 did not exceed';
COMMENT ON COLUMN fraiseql.stats.reset_at IS 'when counting began anew; null: with the server''s start';

CREATE FUNCTION fraiseql.statements(
	OUT serverid oid, OUT userid oid, OUT queryid bigint, OUT query text, OUT calls bigint, OUT "rows" bigint,
	OUT errors bigint, OUT mean_ms double precision, OUT p95_ms double precision, OUT max_ms double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_statement_rows'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.statements() IS
'the statements that this database''s servers were sent';

CREATE VIEW fraiseql.statements AS
	SELECT s.server, pg_catalog.pg_get_userbyid(t.userid) AS "user", t.queryid, t.query, t.calls, t."rows", t.errors,
		t.mean_ms, t.p95_ms, t.max_ms
	FROM fraiseql.statements() t JOIN fraiseql.servers s ON s.oid = t.serverid;
COMMENT ON VIEW fraiseql.statements IS
'the statements that servers were sent, by their texts without the values, of all sessions; the least used go when there are more than fraiseql.max_statements';
COMMENT ON COLUMN fraiseql.statements.server IS 'the server';
COMMENT ON COLUMN fraiseql.statements."user" IS 'the role of the hub whose statement it was';
COMMENT ON COLUMN fraiseql.statements.queryid IS 'a hash of the text; null where the text is hidden';
COMMENT ON COLUMN fraiseql.statements.query IS 'the text, in which ? stands for each value; those of other roles are hidden from who may not read all statistics';
COMMENT ON COLUMN fraiseql.statements.calls IS 'how often it was sent, whatever came of that';
COMMENT ON COLUMN fraiseql.statements."rows" IS 'rows that came';
COMMENT ON COLUMN fraiseql.statements.errors IS 'how often it failed, timeouts included';
COMMENT ON COLUMN fraiseql.statements.mean_ms IS 'time until the first answer, in milliseconds: the mean; null: there was none';
COMMENT ON COLUMN fraiseql.statements.p95_ms IS 'the same: what 95 of 100 calls did not exceed, estimated from a histogram';
COMMENT ON COLUMN fraiseql.statements.max_ms IS 'the same: the longest';

CREATE FUNCTION fraiseql.stats_reset(server name) RETURNS void
AS 'MODULE_PATHNAME', 'fsq_stats_reset'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.stats_reset(name) IS
'begins to count anew what a server does; may be granted';
CREATE FUNCTION fraiseql.request_stats_reset() RETURNS void
AS 'MODULE_PATHNAME', 'fsq_requests_stats_reset'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.request_stats_reset() IS
'begins to count anew the requests of this database; may be granted';
CREATE FUNCTION fraiseql.stats_reset() RETURNS void
LANGUAGE SQL VOLATILE
BEGIN ATOMIC
	SELECT fraiseql.request_stats_reset();
	SELECT fraiseql.stats_reset(s.server) FROM fraiseql.servers s;
END;
COMMENT ON FUNCTION fraiseql.stats_reset() IS
'begins to count anew for all servers, and requests; may be granted';
REVOKE ALL ON FUNCTION fraiseql.stats_reset(name), fraiseql.stats_reset(), fraiseql.request_stats_reset() FROM PUBLIC;

CREATE FUNCTION fraiseql.metrics(servers oid[]) RETURNS text
AS 'MODULE_PATHNAME', 'fsq_metrics'
LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION fraiseql.metrics(oid[]) IS
'what fraiseql.metrics() says, of some servers';
CREATE FUNCTION fraiseql.metrics() RETURNS text
LANGUAGE SQL VOLATILE
BEGIN ATOMIC
	SELECT fraiseql.metrics(ARRAY(SELECT s.oid FROM fraiseql.servers s ORDER BY s.server));
END;
COMMENT ON FUNCTION fraiseql.metrics() IS
'what is counted of this database''s requests and servers, in the text format of Prometheus';

CREATE FUNCTION fraiseql.health(
	server text DEFAULT NULL, OUT name text, OUT kind text, OUT connected boolean, OUT latency_ms double precision,
	OUT last_check timestamptz, OUT circuit_breaker text, OUT error text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_health'
LANGUAGE C VOLATILE COST 8000000 ROWS 10;
COMMENT ON FUNCTION fraiseql.health(text) IS
'Whether a server, or each one, answers the caller: all are asked at once, for at most fraiseql.health_timeout, unless the answer is younger than fraiseql.health_max_age. error says why it does not.';

CREATE VIEW fraiseql.database_status AS
	SELECT h.name, h.kind, h.connected, h.latency_ms, h.last_check, h.circuit_breaker,
		CASE WHEN h.error IS NULL THEN NULL
			WHEN pg_catalog.current_setting('fraiseql.mask_errors', true)::boolean THEN 'The source is not available.'
			ELSE h.error END AS error
	FROM fraiseql.health() h;
COMMENT ON VIEW fraiseql.database_status IS 'The state of a database that data comes from.';
COMMENT ON COLUMN fraiseql.database_status.name IS 'the server''s name';
COMMENT ON COLUMN fraiseql.database_status.kind IS 'its engine: postgres, mysql, sqlite, sqlserver';
COMMENT ON COLUMN fraiseql.database_status.connected IS 'whether it answers the caller';
COMMENT ON COLUMN fraiseql.database_status.latency_ms IS 'how long that took, in milliseconds, without logging in';
COMMENT ON COLUMN fraiseql.database_status.last_check IS 'when it was asked; null: it was not';
COMMENT ON COLUMN fraiseql.database_status.circuit_breaker IS 'closed: it is used; open: it is not; half_open: one probe at a time is let through; off: there is no breaker';
COMMENT ON COLUMN fraiseql.database_status.error IS 'why it does not answer';

GRANT SELECT ON fraiseql.statements, fraiseql.database_status, fraiseql.servers, fraiseql.circuit_breakers, fraiseql.pool, fraiseql.connections, fraiseql.stats TO PUBLIC;

-- ---------------------------------------------------------------------------
-- Requests (src/plan/, src/exec/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql.graphql(
	query text, variables jsonb DEFAULT NULL, operation_name text DEFAULT NULL, extensions jsonb DEFAULT NULL)
RETURNS json
AS 'MODULE_PATHNAME', 'fsq_graphql'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE TABLE fraiseql.trusted_document (
	hash text COLLATE "C" PRIMARY KEY
		CHECK (hash = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(document, 'UTF8')), 'hex')),
	document text NOT NULL
);
COMMENT ON TABLE fraiseql.trusted_document IS
'GraphQL documents that requests may name by their hashes, and with fraiseql.trusted_only the only ones that are answered';
COMMENT ON COLUMN fraiseql.trusted_document.hash IS 'SHA-256 of the document in UTF-8, in lower-case hexadecimal digits';
COMMENT ON COLUMN fraiseql.trusted_document.document IS 'the text, exactly as clients send it';
SELECT pg_catalog.pg_extension_config_dump('fraiseql.trusted_document', '');

CREATE FUNCTION fraiseql.trust(document text) RETURNS text
LANGUAGE sql VOLATILE STRICT
BEGIN ATOMIC
	INSERT INTO fraiseql.trusted_document (hash, document)
	VALUES (pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex'), $1)
	ON CONFLICT (hash) DO NOTHING;
	SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($1, 'UTF8')), 'hex');
END;
COMMENT ON FUNCTION fraiseql.trust(text) IS
'makes a GraphQL document a trusted one, and returns its hash; who calls it may insert into fraiseql.trusted_document';

CREATE FUNCTION fraiseql.persisted_queries(OUT role oid, OUT documents integer, OUT bytes bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_persisted_holdings'
LANGUAGE C VOLATILE;
COMMENT ON FUNCTION fraiseql.persisted_queries() IS
'how much of the memory for registered GraphQL documents each role holds';

CREATE VIEW fraiseql.persisted_queries AS
	SELECT p.role::regrole AS role, p.documents, p.bytes FROM fraiseql.persisted_queries() p;
COMMENT ON VIEW fraiseql.persisted_queries IS
'the GraphQL documents that requests have registered under their hashes, of all databases';
COMMENT ON COLUMN fraiseql.persisted_queries.role IS 'the role whose requests have registered them';
COMMENT ON COLUMN fraiseql.persisted_queries.documents IS 'how many there are';
COMMENT ON COLUMN fraiseql.persisted_queries.bytes IS 'the memory that they take, of fraiseql.persisted_queries_size';
GRANT SELECT ON fraiseql.persisted_queries TO PUBLIC;

CREATE FUNCTION fraiseql.persisted_queries_reset() RETURNS void
AS 'MODULE_PATHNAME', 'fsq_persisted_reset'
LANGUAGE C VOLATILE;
COMMENT ON FUNCTION fraiseql.persisted_queries_reset() IS
'forgets all GraphQL documents that requests have registered';
REVOKE ALL ON FUNCTION fraiseql.persisted_queries_reset() FROM PUBLIC;

COMMENT ON FUNCTION fraiseql.graphql(text, jsonb, text, jsonb) IS
'The response to a GraphQL request: {"data": ..., "errors": [...]}. It reads with the rights of the caller. With the extensions {"trace": true} it says what was sent to which database, and when.';

CREATE FUNCTION fraiseql.explain(
	query text, variables jsonb DEFAULT NULL, operation_name text DEFAULT NULL,
	format text DEFAULT 'text', costs boolean DEFAULT true)
RETURNS text
AS 'MODULE_PATHNAME', 'fsq_explain'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION fraiseql.explain(text, jsonb, text, text, boolean) IS
'The statements that a GraphQL request would run, as a tree: when each begins, what it sends to remote servers and, with costs, what is expected of it. The format is text or json. Nothing is run.';

CREATE FUNCTION fraiseql.validate(query text, variables jsonb DEFAULT NULL)
RETURNS jsonb
AS 'MODULE_PATHNAME', 'fsq_validate_document'
LANGUAGE C STABLE PARALLEL RESTRICTED;

COMMENT ON FUNCTION fraiseql.validate(text, jsonb) IS
'The errors of a GraphQL document against the schema of this database, as an array; with variables, also theirs if the document has one operation.';

-- ---------------------------------------------------------------------------
-- What a session keeps of its requests (src/plan/)
-- ---------------------------------------------------------------------------

CREATE FUNCTION fraiseql.plan_cache(
	OUT size integer, OUT operations bigint, OUT plans bigint, OUT bytes bigint,
	OUT hits bigint, OUT misses bigint, OUT invalidations bigint, OUT evictions bigint)
AS 'MODULE_PATHNAME', 'fsq_plan_cache'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION fraiseql.plan_cache() IS
'what this session keeps of the GraphQL operations that it has planned';
CREATE VIEW fraiseql.plan_cache AS SELECT * FROM fraiseql.plan_cache();
COMMENT ON VIEW fraiseql.plan_cache IS
'what this session keeps of the GraphQL operations that it has planned, in one row; counters begin with the session';
COMMENT ON COLUMN fraiseql.plan_cache.size IS 'the setting fraiseql.planning_cache_size: how many plans of usual size there may be';
COMMENT ON COLUMN fraiseql.plan_cache.operations IS 'operations: documents that were validated, with the name of an operation';
COMMENT ON COLUMN fraiseql.plan_cache.plans IS 'their plans: one for each shape of variables';
COMMENT ON COLUMN fraiseql.plan_cache.bytes IS 'memory of documents, plans and prepared statements';
COMMENT ON COLUMN fraiseql.plan_cache.hits IS 'requests whose plan was there';
COMMENT ON COLUMN fraiseql.plan_cache.misses IS 'requests that had to be planned';
COMMENT ON COLUMN fraiseql.plan_cache.invalidations IS 'plans that were dropped as tables, privileges or settings have changed';
COMMENT ON COLUMN fraiseql.plan_cache.evictions IS 'plans that were dropped to make room for others';

CREATE FUNCTION fraiseql.plan_cache_entries(
	OUT role regrole, OUT query text, OUT operation_name text, OUT statements integer,
	OUT weight integer, OUT bytes bigint, OUT hits bigint, OUT last_used timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'fsq_plan_cache_list'
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION fraiseql.plan_cache_entries() IS
'the plans of GraphQL operations that this session keeps';
CREATE VIEW fraiseql.plan_cache_entries AS SELECT * FROM fraiseql.plan_cache_entries();
COMMENT ON VIEW fraiseql.plan_cache_entries IS
'the plans of GraphQL operations that this session keeps, the last used first';
COMMENT ON COLUMN fraiseql.plan_cache_entries.role IS 'the role that it was planned for';
COMMENT ON COLUMN fraiseql.plan_cache_entries.query IS 'the document; null for other roles than those that the current one has, unless that has pg_read_all_stats';
COMMENT ON COLUMN fraiseql.plan_cache_entries.operation_name IS 'the operation that was asked for by name';
COMMENT ON COLUMN fraiseql.plan_cache_entries.statements IS 'prepared statements';
COMMENT ON COLUMN fraiseql.plan_cache_entries.weight IS 'as how many plans it counts';
COMMENT ON COLUMN fraiseql.plan_cache_entries.bytes IS 'memory of the document, the plan and its statements';
COMMENT ON COLUMN fraiseql.plan_cache_entries.hits IS 'requests that found it there';
COMMENT ON COLUMN fraiseql.plan_cache_entries.last_used IS 'when the last statement that used it began';

GRANT SELECT ON fraiseql.plan_cache, fraiseql.plan_cache_entries TO PUBLIC;
