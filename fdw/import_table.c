/*-------------------------------------------------------------------------
 *
 * import_table.c
 *	  IMPORT FOREIGN SCHEMA: creates the foreign table of one remote table.
 *
 *	  What the remote says of types, defaults and generated columns is text of
 *	  somebody else's.  A type is looked up and written again by its OID; a
 *	  statement with an expression in it has to be what it is meant to be,
 *	  once it is parsed, or it is not run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/heap.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

#include "common/hashfn.h"
#include "compat.h"
#include "import.h"

/* ---- running statements ---- */

/*
 * Raise an error unless a statement is the one that it was written as.
 */
static void
check_statement(bool as_written)
{
	if (!as_written)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("an expression of the remote is more than an expression")));
}

/*
 * The only statement of a text.
 */
static Node *
parse_one(const char *sql)
{
	List	   *parsed = pg_parse_query(sql);

	check_statement(list_length(parsed) == 1);
	return linitial_node(RawStmt, parsed)->stmt;
}

static void
run_statement(Node *statement, const char *sql)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	planned->utilityStmt = statement;
	planned->stmt_len = strlen(sql);
	ProcessUtility(planned, sql, false, PROCESS_UTILITY_SUBCOMMAND, NULL, NULL, None_Receiver, NULL);
	CommandCounterIncrement();
}

/* ---- types ---- */

typedef struct ImportType
{
	char	   *text;			/* the hash key: as the catalog has it */
	char	   *name;			/* as it is written here; NULL: there is no such type */
	bool		collatable;
} ImportType;

static uint32
type_hash(const void *key, Size size)
{
	const char *text = *(char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) text, strlen(text)));
}

static int
type_match(const void *a, const void *b, Size size)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
type_step(void *arg)
{
	ImportType *type = arg;
	Oid			oid;
	int32		typmod;

	fsq_type_of_text(type->text, &oid, &typmod);
	if (get_typtype(oid) == TYPTYPE_PSEUDO)
		return;
	type->collatable = type_is_collatable(oid);
	type->name = format_type_extended(oid, typmod,
									  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/*
 * A type by its text.
 */
static ImportType *
look_up_type(FsqImport *import, const char *text)
{
	ImportType *type;
	bool		found;
	MemoryContext old = MemoryContextSwitchTo(import->context);

	if (import->types == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(char *),.entrysize = sizeof(ImportType)};

		ctl.hash = type_hash;
		ctl.match = type_match;
		ctl.hcxt = import->context;
		import->types = hash_create("fraiseql types of an import", 64, &ctl,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	}
	type = hash_search(import->types, &text, HASH_ENTER, &found);
	if (!found)
	{
		type->text = pstrdup(text);
		type->name = NULL;
		type->collatable = false;
		(void) fsq_import_try(type_step, type);
	}
	MemoryContextSwitchTo(old);
	return type;
}

/*
 * The type that a column has here: the one that its catalog names or the
 * choice that was made, if there is such a type; that under it; or text, as
 * which everything can be read.
 */
static const ImportType *
column_type(FsqImport *import, const FsqRemoteTable *table, const FsqRemoteColumn *column)
{
	const char *wanted = column->local_type;
	ImportType *type;
	int			length;
	ListCell   *lc;

	foreach(lc, import->options.choices)
	{
		if (column->choice != NULL && strcmp(column->choice, lfirst(lc)) == 0)
			wanted = column->chosen_type;
	}
	type = look_up_type(import, wanted);
	if (type->name != NULL)
		return type;
	if (column->base_type != NULL)
		type = look_up_type(import, column->base_type);
	if (type->name == NULL)
	{
		const char *base = column->base_type != NULL ? column->base_type : wanted;

		length = strlen(base);
		type = look_up_type(import, length > 2 && strcmp(base + length - 2, "[]") == 0 ? "text[]" : "text");
	}
	ereport(NOTICE,
			(errmsg("column \"%s\" of \"%s\" has the type %s, which does not exist here: imported as %s",
					column->name, table->name, wanted, type->text)));
	return type;
}

/* ---- the statement ---- */

typedef struct TableStep
{
	FsqImport  *import;
	FsqImportTable *table;
	bool		generated;		/* declare generated columns */
	char	   *sql;
	int			ncolumns;		/* that it declares */
	int			nconstraints;	/* of all of them */
	Oid			relid;			/* set when it is created */
} TableStep;

static void
append_option(StringInfo sql, const char *name, const char *value, bool *first)
{
	appendStringInfo(sql, "%s%s %s", *first ? " OPTIONS (" : ", ", quote_identifier(name),
					 quote_literal_cstr(value));
	*first = false;
}

/* System columns, whose names no other column can have. */
static bool
is_system_column(const char *name)
{
	return SystemAttributeByName(name) != NULL;
}

/*
 * The local names of a table's columns.
 */
static void
name_columns(FsqImport *import, FsqImportTable *table)
{
	FsqRemoteTable *remote = table->remote;
	const char **names;
	MemoryContext old;

	if (table->column_names != NULL)
		return;
	old = MemoryContextSwitchTo(import->context);
	names = palloc(sizeof(char *) * (remote->ncolumns + 1));
	table->column_names = palloc(sizeof(char *) * (remote->ncolumns + 1));
	for (int i = 0; i < remote->ncolumns; i++)
		names[i] = remote->columns[i].name;
	fsq_import_names(remote->ncolumns, names, table->column_names, is_system_column);
	MemoryContextSwitchTo(old);
}

/*
 * What the option references says of a column's foreign key, or NULL.  The
 * table is named with the schema that is imported into.
 */
static char *
references_option(FsqImport *import, const FsqRemoteColumn *column)
{
	FsqImportTable *target;

	if (column->references_table == NULL)
		return NULL;
	target = fsq_import_find(import, column->references_table);
	if (target == NULL || target->name == NULL)
		return NULL;
	fsq_import_describe(import, target);
	if (target->remote == NULL || target->remote->problem != NULL)
		return NULL;
	name_columns(import, target);
	for (int i = 0; i < target->remote->ncolumns; i++)
	{
		const FsqRemoteColumn *key = &target->remote->columns[i];

		if (column->references_column != NULL ?
			pg_strcasecmp(key->name, column->references_column) != 0 :
			key->key_position != column->references_position)
			continue;
		if (target->column_names[i] == NULL)
			return NULL;
		return psprintf("%s(%s)", quote_qualified_identifier(import->stmt->local_schema, target->name),
						quote_identifier(target->column_names[i]));
	}
	return NULL;
}

/*
 * The collation of the catalog if there is one of that name here.
 */
static bool
has_collation(const FsqRemoteTable *table, const FsqRemoteColumn *column)
{
	List	   *names = fsq_qualified_name_list(column->local_collation);

	if (OidIsValid(get_collation_oid(names, true)))
		return true;
	ereport(NOTICE,
			(errmsg("column \"%s\" of \"%s\" has the collation %s, which does not exist here: imported without",
					column->name, table->name, column->local_collation)));
	return false;
}

static void
append_column(StringInfo sql, TableStep *step, const FsqRemoteColumn *column, const char *name,
			  const ImportType *type, bool collated)
{
	const FsqImportOptions *options = &step->import->options;
	char	   *references = references_option(step->import, column);
	bool		first = true;
	ListCell   *lc;

	appendStringInfo(sql, "%s\n  %s %s", step->ncolumns > 0 ? "," : "", quote_identifier(name), type->name);
	step->ncolumns++;
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
	if (collated)
		appendStringInfo(sql, " COLLATE %s", column->local_collation);
	if (step->generated && column->generation != NULL)
	{
		appendStringInfo(sql, " GENERATED ALWAYS AS (%s) STORED", column->generation);
		step->nconstraints++;
	}
	if (column->not_null && options->import_not_null)
	{
		appendStringInfoString(sql, " NOT NULL");
		step->nconstraints++;
	}
}

/*
 * The statement that creates a table with these types and collations of its
 * columns; a type is NULL where the column is left out.
 */
static void
write_statement(TableStep *step, const ImportType *const *types, const bool *collated)
{
	ImportForeignSchemaStmt *stmt = step->import->stmt;
	const FsqRemoteTable *remote = step->table->remote;
	StringInfoData sql;
	bool		first = true;

	initStringInfo(&sql);
	step->ncolumns = 0;
	step->nconstraints = 0;
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (",
					 quote_qualified_identifier(stmt->local_schema, step->table->name));
	for (int i = 0; i < remote->ncolumns; i++)
	{
		if (types[i] != NULL)
			append_column(&sql, step, &remote->columns[i], step->table->column_names[i], types[i],
						  collated[i]);
	}
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(stmt->server_name));
	if (step->import->conn->driver->schema_qualified)
		append_option(&sql, "schema_name", stmt->remote_schema, &first);
	if (strcmp(step->table->name, remote->name) != 0)
		append_option(&sql, "table_name", remote->name, &first);
	if (!first)
		appendStringInfoChar(&sql, ')');
	step->sql = sql.data;
}

/*
 * Comments of the table and its columns, whose numbers are their places.
 */
static void
set_comments(TableStep *step)
{
	const FsqRemoteTable *remote = step->table->remote;
	int			attnum = 0;

	if (remote->comment != NULL && remote->comment[0] != '\0')
		CreateComments(step->relid, RelationRelationId, 0, remote->comment);
	for (int i = 0; i < remote->ncolumns; i++)
	{
		if (step->table->column_names[i] == NULL)
			continue;
		attnum++;
		if (remote->columns[i].comment != NULL && remote->columns[i].comment[0] != '\0')
			CreateComments(step->relid, RelationRelationId, attnum, remote->columns[i].comment);
	}
	CommandCounterIncrement();
}

/*
 * Create the table, if its statement is the one it is meant to be.
 */
static void
create_step(void *arg)
{
	TableStep  *step = arg;
	CreateForeignTableStmt *create = (CreateForeignTableStmt *) parse_one(step->sql);
	int			nconstraints = 0;
	ListCell   *lc;

	check_statement(IsA(create, CreateForeignTableStmt) &&
					list_length(create->base.tableElts) == step->ncolumns);
	foreach(lc, create->base.tableElts)
	{
		check_statement(IsA(lfirst(lc), ColumnDef));
		nconstraints += list_length(lfirst_node(ColumnDef, lc)->constraints);
	}
	check_statement(nconstraints == step->nconstraints);
	run_statement((Node *) create, step->sql);
	step->relid = get_relname_relid(step->table->name,
									get_namespace_oid(step->import->stmt->local_schema, false));
	if (step->import->options.import_comments)
		set_comments(step);
}

/* ---- defaults ---- */

static void
default_step(void *arg)
{
	TableStep  *step = arg;
	AlterTableStmt *alter = (AlterTableStmt *) parse_one(step->sql);

	check_statement(IsA(alter, AlterTableStmt) && list_length(alter->cmds) == 1 &&
					linitial_node(AlterTableCmd, alter->cmds)->subtype == AT_ColumnDefault);
	run_statement((Node *) alter, step->sql);
}

/*
 * Give columns the remote's defaults, as far as they are PostgreSQL's too.
 */
static void
set_defaults(TableStep *step)
{
	const FsqRemoteTable *remote = step->table->remote;

	for (int i = 0; i < remote->ncolumns; i++)
	{
		const FsqRemoteColumn *column = &remote->columns[i];
		const char *name = step->table->column_names[i];
		char	   *problem = "PostgreSQL has no such default.";

		if (name == NULL || column->declared_default == NULL || column->generated)
			continue;
		if (column->local_default != NULL)
		{
			step->sql = psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s SET DEFAULT %s",
								 quote_qualified_identifier(step->import->stmt->local_schema,
															step->table->name),
								 quote_identifier(name), column->local_default);
			problem = fsq_import_try(default_step, step);
		}
		if (problem != NULL)
			ereport(NOTICE,
					(errmsg("default %s of column \"%s\" of \"%s\" was not imported",
							column->declared_default, column->name, remote->name),
					 errdetail("%s", problem)));
	}
}

/* ---- the whole of it ---- */

static void
not_imported(const FsqImportTable *table, const char *why, const char *hint)
{
	ereport(WARNING,
			(errmsg("table \"%s\" was not imported", table->remote_name),
			 errdetail("%s", why),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/*
 * Tell what is odd about the columns, and decide their types.  The number of
 * columns that there will be.
 */
static int
decide_columns(FsqImport *import, FsqImportTable *table, const ImportType **types, bool *collated)
{
	FsqRemoteTable *remote = table->remote;
	int			count = 0;

	for (int i = 0; i < remote->ncolumns; i++)
	{
		const FsqRemoteColumn *column = &remote->columns[i];
		const char *name = table->column_names[i];

		CHECK_FOR_INTERRUPTS();
		types[i] = NULL;
		collated[i] = false;
		if (name == NULL)
		{
			ereport(WARNING,
					(errmsg("column \"%s\" of \"%s\" was not imported", column->name, remote->name),
					 errdetail("Its name cannot be an identifier.")));
			continue;
		}
		if (strcmp(name, column->name) != 0)
			ereport(NOTICE,
					(errmsg("column \"%s\" of \"%s\" is imported as \"%s\"", column->name,
							remote->name, name)));
		if (column->notice != NULL)
			ereport(NOTICE, (errmsg("%s", column->notice)));
		types[i] = column_type(import, remote, column);
		collated[i] = types[i]->collatable && column->local_collation != NULL &&
			import->options.import_collate && has_collation(remote, column);
		count++;
	}
	return count;
}

/*
 * Create the table; the reason, if it cannot be.
 */
static char *
create_table(TableStep *step, const ImportType *const *types, const bool *collated)
{
	const FsqRemoteTable *remote = step->table->remote;
	char	   *problem;

	step->generated = false;
	for (int i = 0; step->import->options.import_generated && i < remote->ncolumns; i++)
	{
		if (remote->columns[i].generation != NULL)
			step->generated = true;
	}
	write_statement(step, types, collated);
	problem = fsq_import_try(create_step, step);
	if (problem == NULL || !step->generated)
		return problem;

	/* perhaps it is the expressions */
	step->generated = false;
	write_statement(step, types, collated);
	if (fsq_import_try(create_step, step) != NULL)
		return problem;
	ereport(NOTICE,
			(errmsg("generated columns of \"%s\" are imported as ordinary columns", remote->name),
			 errdetail("%s", problem)));
	return NULL;
}

void
fsq_import_table(FsqImport *import, FsqImportTable *table)
{
	TableStep	step = {.import = import,.table = table};
	const ImportType **types;
	bool	   *collated;
	FsqRemoteTable *remote;
	char	   *problem;
	int			count;
	ListCell   *lc;

	if (table->name == NULL)
	{
		not_imported(table, "Its name cannot be an identifier.", NULL);
		return;
	}
	fsq_import_describe(import, table);
	remote = table->remote;
	if (remote == NULL)
		return;
	if (remote->problem != NULL)
	{
		not_imported(table, remote->problem, NULL);
		return;
	}
	if (OidIsValid(get_relname_relid(table->name, get_namespace_oid(import->stmt->local_schema, false))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", table->name),
				 errhint("Import into another schema, or with EXCEPT.")));
	if (strcmp(table->name, remote->name) != 0)
		ereport(NOTICE,
				(errmsg("table \"%s\" is imported as \"%s\"", remote->name, table->name)));
	foreach(lc, remote->notices)
		ereport(NOTICE, (errmsg("%s", (const char *) lfirst(lc))));

	name_columns(import, table);
	types = palloc(sizeof(ImportType *) * (remote->ncolumns + 1));
	collated = palloc(sizeof(bool) * (remote->ncolumns + 1));
	count = decide_columns(import, table, types, collated);
	if (count == 0)
		problem = "None of its columns can be imported.";
	else if (count > MaxHeapAttributeNumber)
		problem = psprintf("It has %d columns, and a table can have at most %d.", count,
						   MaxHeapAttributeNumber);
	else
		problem = create_table(&step, types, collated);
	if (problem != NULL)
	{
		not_imported(table, problem, count > MaxHeapAttributeNumber ?
					 "Create a foreign table with the columns that are needed." : NULL);
		return;
	}
	if (import->options.import_default)
		set_defaults(&step);
}
