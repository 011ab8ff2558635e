/*-------------------------------------------------------------------------
 *
 * import.c
 *	  IMPORT FOREIGN SCHEMA: foreign tables from what an engine tells of its
 *	  tables.
 *
 *	  One strange table never stops the rest, whatever is strange about it:
 *	  what cannot be imported is left out with a WARNING, what had to be
 *	  changed is told with a NOTICE.  Whether PostgreSQL takes a table is
 *	  known only when it is created, and comments come after that; therefore
 *	  the tables are created here, each in a subtransaction, and the list of
 *	  statements that the caller would run for us is empty.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "miscadmin.h"

#include "connection.h"
#include "import.h"
#include "option.h"

/* ---- options ---- */

/* Options of every engine; those with definitions only where these are told. */
static const struct
{
	const char *name;
	size_t		offset;
	bool		missing;		/* the default */
	bool		definitions;
}			import_options[] = {
	{"import_default", offsetof(FsqImportOptions, import_default), false, false},
	{"import_not_null", offsetof(FsqImportOptions, import_not_null), true, false},
	{"import_comments", offsetof(FsqImportOptions, import_comments), true, false},
	{"import_generated", offsetof(FsqImportOptions, import_generated), true, true},
	{"import_collate", offsetof(FsqImportOptions, import_collate), true, true}
};

static bool *
option_place(FsqImportOptions *options, int i)
{
	return (bool *) ((char *) options + import_options[i].offset);
}

/*
 * Raise the error of an unknown option.
 */
static void
unknown_option_error(const FsqCatalog *catalog, const char *name)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(import_options); i++)
	{
		if (!import_options[i].definitions || catalog->tells_definitions)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", import_options[i].name);
	}
	for (int i = 0; catalog->choices != NULL && catalog->choices[i] != NULL; i++)
		appendStringInfo(&names, ", %s", catalog->choices[i]);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\" for IMPORT FOREIGN SCHEMA", name),
			 errhint("Valid options are: %s.", names.data)));
}

static void
read_option(const DefElem *def, const FsqCatalog *catalog, FsqImportOptions *options)
{
	for (int i = 0; i < lengthof(import_options); i++)
	{
		if (strcmp(def->defname, import_options[i].name) == 0 &&
			(!import_options[i].definitions || catalog->tells_definitions))
		{
			*option_place(options, i) = defGetBoolean(unconstify(DefElem *, def));
			return;
		}
	}
	for (int i = 0; catalog->choices != NULL && catalog->choices[i] != NULL; i++)
	{
		if (strcmp(def->defname, catalog->choices[i]) != 0)
			continue;
		if (defGetBoolean(unconstify(DefElem *, def)))
			options->choices = lappend(options->choices, unconstify(char *, catalog->choices[i]));
		return;
	}
	unknown_option_error(catalog, def->defname);
}

static FsqImportOptions
read_options(ImportForeignSchemaStmt *stmt, const FsqCatalog *catalog)
{
	FsqImportOptions options = {0};
	ListCell   *lc;

	for (int i = 0; i < lengthof(import_options); i++)
		*option_place(&options, i) = import_options[i].missing;
	foreach(lc, stmt->options)
		read_option(lfirst_node(DefElem, lc), catalog, &options);
	return options;
}

/* ---- steps that may fail ---- */

/*
 * Whether an error is about more than what was just done.
 */
static bool
is_general_error(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_CONNECTION_EXCEPTION) ||
		sqlstate == ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION ||
		sqlstate == ERRCODE_FSQ_TIMEOUT;
}

char *
fsq_import_try(FsqStep step, void *arg)
{
	ErrorData  *error = fsq_subtransaction_try(step, arg);

	if (error == NULL)
		return NULL;
	if (is_general_error(error->sqlerrcode))
		ReThrowError(error);
	return error->detail != NULL ? psprintf("%s: %s", error->message, error->detail) : error->message;
}

/* ---- tables ---- */

typedef struct DescribeStep
{
	FsqImport  *import;
	FsqImportTable *table;
} DescribeStep;

static void
describe_step(void *arg)
{
	DescribeStep *step = arg;

	step->table->remote = step->import->conn->driver->catalog->describe(step->import->conn,
																		 step->import->stmt->remote_schema,
																		 step->table->remote_name);
}

void
fsq_import_describe(FsqImport *import, FsqImportTable *table)
{
	DescribeStep step = {import, table};
	MemoryContext old;
	char	   *problem;

	if (table->described)
		return;
	old = MemoryContextSwitchTo(import->context);
	problem = fsq_import_try(describe_step, &step);
	if (problem != NULL)
	{
		table->remote = palloc0(sizeof(FsqRemoteTable));
		table->remote->problem = problem;
	}
	table->described = true;
	MemoryContextSwitchTo(old);
}

FsqImportTable *
fsq_import_find(FsqImport *import, const char *remote_name)
{
	FsqImportTable *other = NULL;

	for (int i = 0; i < import->ntables; i++)
	{
		FsqImportTable *table = &import->tables[i];

		if (strcmp(table->remote_name, remote_name) == 0)
			return table;
		/* references may be spelt in another case */
		if (pg_strcasecmp(table->remote_name, remote_name) == 0)
			other = table;
	}
	return other;
}

/*
 * The remote's tables, with local names.
 */
static void
list_tables(FsqImport *import, List *remote_names)
{
	int			count = list_length(remote_names);
	const char **remote = palloc(sizeof(char *) * (count + 1));
	const char **names = palloc(sizeof(char *) * (count + 1));
	ListCell   *lc;

	foreach(lc, remote_names)
		remote[foreach_current_index(lc)] = lfirst(lc);
	fsq_import_names(count, remote, names, NULL);
	import->ntables = count;
	import->tables = palloc0(sizeof(FsqImportTable) * (count + 1));
	for (int i = 0; i < count; i++)
	{
		import->tables[i].remote_name = remote[i];
		import->tables[i].name = names[i];
	}
}

/*
 * Whether the command lists a table: by its local name, or by its remote one
 * as far as the parser has left it.
 */
static bool
is_listed(const ImportForeignSchemaStmt *stmt, const FsqImportTable *table)
{
	ListCell   *lc;

	foreach(lc, stmt->table_list)
	{
		if (fsq_import_same_name(lfirst_node(RangeVar, lc)->relname, table->remote_name, table->name))
			return true;
	}
	return false;
}

static bool
is_wanted(const ImportForeignSchemaStmt *stmt, const FsqImportTable *table)
{
	if (stmt->list_type == FDW_IMPORT_SCHEMA_ALL)
		return true;
	if (table->name == NULL)
		return stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT;
	return is_listed(stmt, table) == (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO);
}

/*
 * Warn of the names of LIMIT TO and EXCEPT that no remote table has.
 */
static void
warn_of_unknown_names(const FsqImport *import)
{
	ListCell   *lc;

	foreach(lc, import->stmt->table_list)
	{
		const char *name = lfirst_node(RangeVar, lc)->relname;
		bool		found = false;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < import->ntables && !found; i++)
			found = import->tables[i].name != NULL &&
				fsq_import_same_name(name, import->tables[i].remote_name, import->tables[i].name);
		if (!found)
			ereport(WARNING,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("table \"%s\" does not exist on server \"%s\"", name,
							import->stmt->server_name)));
	}
}

List *
fsqImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	const FsqCatalog *catalog = fsq_driver_of_server(serverOid)->catalog;
	FsqImport	import = {.stmt = stmt,.options = read_options(stmt, catalog)};
	List	   *remote_names;
	MemoryContext old;

	import.context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql import",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(import.context);
	import.conn = fsq_connection_get(serverOid, GetUserId());
	if (!catalog->list_tables(import.conn, stmt->remote_schema, &remote_names))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" does not exist on server \"%s\"",
						stmt->remote_schema, stmt->server_name)));
	list_tables(&import, remote_names);
	warn_of_unknown_names(&import);
	for (int i = 0; i < import.ntables; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_wanted(stmt, &import.tables[i]))
			fsq_import_table(&import, &import.tables[i]);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(import.context);
	return NIL;
}
