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

-- ---------------------------------------------------------------------------
-- GraphQL language (src/graphql/)
-- ---------------------------------------------------------------------------

-- ---------------------------------------------------------------------------
-- Schema: relationships, names, problems (src/schema/)
-- ---------------------------------------------------------------------------

-- ---------------------------------------------------------------------------
-- Requests (src/plan/, src/exec/)
-- ---------------------------------------------------------------------------
