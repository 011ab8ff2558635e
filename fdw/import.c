/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA: CREATE FOREIGN TABLE statements from what an
 *	  engine tells of its tables.
 *
 *	  One strange table never aborts the rest: what cannot be imported is
 *	  left out with a WARNING, what had to be guessed is told with a NOTICE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/heap.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scansup.h"
#include "utils/builtins.h"

#include "connection.h"
#include "option.h"

/* Options of the command. */
typedef struct ImportOptions
{
	bool		not_null;		/* import_not_null: NOT NULL of columns (default true) */
	List	   *choices;		/* of char *: the engine's choices that were made */
} ImportOptions;

static ImportOptions
read_options(ImportForeignSchemaStmt *stmt, const FsqCatalog *catalog)
{
	ImportOptions options = {.not_null = true};
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	appendStringInfoString(&names, "import_not_null");
	for (int i = 0; catalog->choices != NULL && catalog->choices[i] != NULL; i++)
		appendStringInfo(&names, ", %s", catalog->choices[i]);

	foreach(lc, stmt->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const char *choice = NULL;

		for (int i = 0; catalog->choices != NULL && catalog->choices[i] != NULL; i++)
		{
			if (strcmp(def->defname, catalog->choices[i]) == 0)
				choice = catalog->choices[i];
		}
		if (strcmp(def->defname, "import_not_null") == 0)
			options.not_null = defGetBoolean(def);
		else if (choice == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\" for IMPORT FOREIGN SCHEMA", def->defname),
					 errhint("Valid options are: %s.", names.data)));
		else if (defGetBoolean(def))
			options.choices = lappend(options.choices, unconstify(char *, choice));
	}
	return options;
}

/*
 * A remote name as an identifier of PostgreSQL, cut to the length of names.
 * NULL if it cannot be one.
 */
static char *
local_name(const char *remote)
{
	int			length = strlen(remote);
	char	   *name;

	if (length == 0 || !pg_verify_mbstr(GetDatabaseEncoding(), remote, length, true))
		return NULL;
	name = pstrdup(remote);
	truncate_identifier(name, strlen(name), false);
	return name;
}

static bool
name_in_list(const char *name, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(name, lfirst(lc)) == 0)
			return true;
	}
	return false;
}

/*
 * Whether LIMIT TO and EXCEPT want a table.  The names in them have been cut
 * to the length of identifiers by the parser.
 */
static bool
is_wanted(ImportForeignSchemaStmt *stmt, const char *name)
{
	ListCell   *lc;
	bool		listed = false;

	foreach(lc, stmt->table_list)
	{
		if (strcmp(lfirst_node(RangeVar, lc)->relname, name) == 0)
			listed = true;
	}
	switch (stmt->list_type)
	{
		case FDW_IMPORT_SCHEMA_LIMIT_TO:
			return listed;
		case FDW_IMPORT_SCHEMA_EXCEPT:
			return !listed;
		default:
			return true;
	}
}

/*
 * Warn of the names of LIMIT TO and EXCEPT that no remote table has.
 */
static void
warn_of_unknown_names(ImportForeignSchemaStmt *stmt, List *remote_names)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, remote_names)
	{
		char	   *name = local_name(lfirst(lc));

		CHECK_FOR_INTERRUPTS();
		if (name != NULL)
			names = lappend(names, name);
	}
	foreach(lc, stmt->table_list)
	{
		const char *name = lfirst_node(RangeVar, lc)->relname;

		CHECK_FOR_INTERRUPTS();
		if (!name_in_list(name, names))
			ereport(WARNING,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("table \"%s\" does not exist on server \"%s\"", name, stmt->server_name)));
	}
}

static void
append_option(StringInfo sql, const char *name, const char *value, bool *first)
{
	appendStringInfo(sql, "%s%s %s", *first ? " OPTIONS (" : ", ", quote_identifier(name),
					 quote_literal_cstr(value));
	*first = false;
}

/*
 * What the option references says of a column's foreign key, or NULL.  The
 * table is named with the schema that is imported into.
 */
static char *
references_option(FsqConn *conn, ImportForeignSchemaStmt *stmt, const FsqRemoteTable *table,
				  const FsqRemoteColumn *column)
{
	char	   *target_table;
	char	   *target_column;

	if (column->references_table == NULL || column->references_column == NULL)
		return NULL;
	target_table = local_name(column->references_table);
	target_column = local_name(column->references_column);
	if (target_table == NULL || target_column == NULL)
		return NULL;
	return psprintf("%s(%s)", quote_qualified_identifier(stmt->local_schema, target_table),
					quote_identifier(target_column));
}

/*
 * One column's definition; false if it must be left out.
 */
static bool
append_column(StringInfo sql, FsqConn *conn, ImportForeignSchemaStmt *stmt,
			  const ImportOptions *options, const FsqRemoteTable *table,
			  const FsqRemoteColumn *column, List **names)
{
	char	   *name = local_name(column->name);
	char	   *references = references_option(conn, stmt, table, column);
	bool		first = true;
	ListCell   *lc;

	if (name == NULL || name_in_list(name, *names) || SystemAttributeByName(name) != NULL)
	{
		ereport(WARNING,
				(errmsg("column \"%s\" of \"%s\" was not imported", column->name, table->name),
				 name == NULL ? errdetail("Its name cannot be an identifier.") :
				 SystemAttributeByName(name) != NULL ?
				 errdetail("PostgreSQL has a system column of that name.") :
				 errdetail("Another column is named \"%s\" too.", name)));
		return false;
	}
	if (column->notice != NULL)
		ereport(NOTICE, (errmsg("%s", column->notice)));

	appendStringInfo(sql, "%s\n  %s %s", *names == NIL ? "" : ",", quote_identifier(name),
					 column->choice != NULL && name_in_list(column->choice, options->choices) ?
					 column->chosen_type : column->local_type);
	*names = lappend(*names, name);
	if (strcmp(name, column->name) != 0)
		append_option(sql, "column_name", column->name, &first);
	if (column->key_position > 0)
		append_option(sql, "key", "true", &first);
	if (references != NULL)
		append_option(sql, "references", references, &first);
	foreach(lc, column->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		append_option(sql, def->defname, defGetString(def), &first);
	}
	if (!first)
		appendStringInfoChar(sql, ')');
	if (column->not_null && options->not_null)
		appendStringInfoString(sql, " NOT NULL");
	return true;
}

/*
 * The statement that creates a table, or NULL if it cannot be created.
 */
static char *
table_statement(FsqConn *conn, ImportForeignSchemaStmt *stmt, const ImportOptions *options,
				const FsqRemoteTable *table, const char *name)
{
	StringInfoData sql;
	List	   *names = NIL;
	bool		first = true;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (",
					 quote_qualified_identifier(stmt->local_schema, name));
	for (int i = 0; i < table->ncolumns; i++)
		append_column(&sql, conn, stmt, options, table, &table->columns[i], &names);
	if (names == NIL)
	{
		ereport(WARNING,
				(errmsg("table \"%s\" was not imported", table->name),
				 errdetail("None of its columns can be imported.")));
		return NULL;
	}
	if (list_length(names) > MaxHeapAttributeNumber)
	{
		ereport(WARNING,
				(errmsg("table \"%s\" was not imported", table->name),
				 errdetail("It has %d columns, and a table can have at most %d.",
						   list_length(names), MaxHeapAttributeNumber),
				 errhint("Create a foreign table with the columns that are needed.")));
		return NULL;
	}
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(stmt->server_name));
	if (conn->driver->schema_qualified)
		append_option(&sql, "schema_name", stmt->remote_schema, &first);
	if (strcmp(name, table->name) != 0)
		append_option(&sql, "table_name", table->name, &first);
	if (!first)
		appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * Give foreign keys that name no columns those of the target's primary key,
 * and spell their targets as they are spelt there.
 */
static void
complete_references(FsqConn *conn, const char *schema, FsqRemoteTable *table)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		FsqRemoteColumn *column = &table->columns[i];
		FsqRemoteTable *target;

		if (column->references_table == NULL)
			continue;
		target = conn->driver->catalog->describe(conn, schema, column->references_table);
		if (target == NULL || target->problem != NULL)
		{
			column->references_table = NULL;
			continue;
		}
		column->references_table = target->name;
		for (int j = 0; j < target->ncolumns; j++)
		{
			const FsqRemoteColumn *key = &target->columns[j];

			if (column->references_column != NULL ?
				pg_strcasecmp(key->name, column->references_column) == 0 :
				key->key_position == column->references_position)
			{
				column->references_column = key->name;
				break;
			}
		}
	}
}

List *
fsqImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	ImportOptions options = read_options(stmt, fsq_driver_of_server(serverOid)->catalog);
	FsqConn    *conn = fsq_connection_get(serverOid, GetUserId());
	const FsqCatalog *catalog = conn->driver->catalog;
	List	   *remote_names;
	List	   *names = NIL;
	List	   *statements = NIL;
	ListCell   *lc;

	if (!catalog->list_tables(conn, stmt->remote_schema, &remote_names))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" does not exist on server \"%s\"",
						stmt->remote_schema, stmt->server_name)));
	warn_of_unknown_names(stmt, remote_names);

	foreach(lc, remote_names)
	{
		char	   *remote_name = lfirst(lc);
		char	   *name = local_name(remote_name);
		FsqRemoteTable *table;
		char	   *statement;

		CHECK_FOR_INTERRUPTS();
		if (name != NULL && !is_wanted(stmt, name))
			continue;
		if (name == NULL || name_in_list(name, names))
		{
			ereport(WARNING,
					(errmsg("table \"%s\" was not imported", remote_name),
					 name == NULL ? errdetail("Its name cannot be an identifier.") :
					 errdetail("Another table is named \"%s\" too.", name)));
			continue;
		}
		table = catalog->describe(conn, stmt->remote_schema, remote_name);
		if (table == NULL)
			continue;
		if (table->problem != NULL)
		{
			ereport(WARNING,
					(errmsg("table \"%s\" was not imported", remote_name),
					 errdetail("%s", table->problem)));
			continue;
		}
		if (strcmp(name, remote_name) != 0)
			ereport(NOTICE,
					(errmsg("table \"%s\" is imported as \"%s\"", remote_name, name)));
		complete_references(conn, stmt->remote_schema, table);
		statement = table_statement(conn, stmt, &options, table, name);
		if (statement == NULL)
			continue;
		names = lappend(names, name);
		statements = lappend(statements, statement);
	}
	return statements;
}
