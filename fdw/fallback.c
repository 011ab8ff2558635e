/*-------------------------------------------------------------------------
 *
 * fallback.c
 *	  The options of fallbacks, what must hold between a table and its
 *	  fallback, and what is told when one was used.
 *
 *	  A fallback is found by its name when it is used: it need not be there
 *	  when the table is made, so that a dump can be restored in any order.  What
 *	  is there is checked when the table is made or altered (an event trigger)
 *	  and again when it is used.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "connection.h"
#include "fallback.h"
#include "option.h"

PG_FUNCTION_INFO_V1(fsq_check_fallbacks);

/* ---- options ---- */

static const struct
{
	const char *word;
	int			on;
}			fallback_words[] = {
	{"error", FSQ_FALLBACK_ERROR},
	{"missing", FSQ_FALLBACK_MISSING},
	{"both", FSQ_FALLBACK_ERROR | FSQ_FALLBACK_MISSING}
};

int
fsq_fallback_on(const char *value)
{
	for (int i = 0; i < lengthof(fallback_words); i++)
		if (strcmp(fallback_words[i].word, value) == 0)
			return fallback_words[i].on;
	return 0;
}

void
fsq_fallback_check_options(List *options)
{
	if (fsq_option_get(options, "fallback_on") != NULL && fsq_option_get(options, "fallback") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("option \"fallback_on\" needs the option \"fallback\"")));
}

/* ---- the relation ---- */

/*
 * The relation of an option's text, or InvalidOid.  One without a schema is in
 * that of the foreign table, whatever the search path is of who asks.
 */
static Oid
find_relation(Oid relid, const char *text, LOCKMODE lock)
{
	List	   *names;
	char	   *schema;

	if (!SplitIdentifierString(pstrdup(text), '.', &names) || list_length(names) > 2 || names == NIL)
		return InvalidOid;
	schema = list_length(names) > 1 ? linitial(names) : get_namespace_name(get_rel_namespace(relid));
	return schema != NULL ? RangeVarGetRelid(makeRangeVar(schema, llast(names), -1), lock, true) : InvalidOid;
}

Oid
fsq_fallback_open(const FsqTable *table)
{
	Oid			relid = find_relation(table->relid, table->fallback, AccessShareLock);
	char		kind;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the fallback \"%s\" of foreign table \"%s\" does not exist",
						table->fallback, table->name)));
	kind = get_rel_relkind(relid);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW &&
		kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the fallback \"%s\" of foreign table \"%s\" is not a table or view",
						table->fallback, table->name)));
	return relid;
}

void
fsq_fallback_check_columns(const FsqTable *table, Oid fallback, Bitmapset *columns)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		const FsqTableColumn *column = &table->columns[i];

		if (column->dropped || (columns != NULL && !bms_is_member(i + 1, columns)) ||
			get_attnum(fallback, column->name) > 0)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the fallback \"%s\" of foreign table \"%s\" has no column \"%s\"",
						table->fallback, table->name, column->name)));
	}
}

/* The option of a foreign table of ours, or NULL. */
static const char *
fallback_of(Oid relid)
{
	ForeignTable *foreign;

	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		return NULL;
	foreign = GetForeignTable(relid);
	return fsq_driver_of_server(foreign->serverid) != NULL ?
		fsq_option_get(foreign->options, "fallback") : NULL;
}

void
fsq_fallback_check_cycle(const FsqTable *table)
{
	List	   *seen = list_make1_oid(table->relid);
	const char *text = table->fallback;

	while (text != NULL)
	{
		Oid			relid = find_relation(llast_oid(seen), text, NoLock);

		if (!OidIsValid(relid))
			return;
		if (list_member_oid(seen, relid))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("the fallback of foreign table \"%s\" leads back to it", table->name),
					 errdetail("\"%s\" comes twice.", text)));
		seen = lappend_oid(seen, relid);
		text = fallback_of(relid);
	}
}

/* ---- what is checked when a table is made or altered ---- */

/*
 * Tell if rows that are missing cannot be asked for by key: then only the
 * source's rows come.  A dump sets the columns' options after the table's, so
 * this is no error.
 */
static void
check_key(const FsqTable *table)
{
	for (int i = 0; i < table->ncolumns; i++)
		if (!table->columns[i].dropped && table->columns[i].key)
			return;
	ereport(NOTICE,
			(errmsg("the fallback of foreign table \"%s\" is not used for missing rows yet: the table has no key",
					table->name),
			 errhint("Set the option \"key\" of the columns that tell its rows apart.")));
}

static void
check_table(Oid relid)
{
	FsqTable   *table;
	Oid			fallback;

	if (fallback_of(relid) == NULL)
		return;
	table = fsq_table_open(relid);
	if (table->fallback_on & FSQ_FALLBACK_MISSING)
		check_key(table);
	fallback = find_relation(table->relid, table->fallback, NoLock);
	if (!OidIsValid(fallback))
	{
		ereport(NOTICE,
				(errmsg("the fallback \"%s\" of foreign table \"%s\" does not exist yet",
						table->fallback, table->name)));
		return;
	}
	(void) fsq_fallback_open(table);
	fsq_fallback_check_columns(table, fallback, NULL);
	fsq_fallback_check_cycle(table);
}

List *
fsq_changed_objects(const char *type)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(type)};
	List	   *objects = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT DISTINCT objid FROM pg_catalog.pg_event_trigger_ddl_commands() "
							  "WHERE object_type OPERATOR(pg_catalog.=) $1",
							  1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the commands");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		id = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		MemoryContext old = MemoryContextSwitchTo(caller);

		if (!isnull)
			objects = lappend_oid(objects, DatumGetObjectId(id));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return objects;
}

/*
 * fraiseql.check_fallbacks() returns event_trigger: foreign tables that were
 * made or altered have fallbacks that can answer for them, as far as these exist
 */
Datum
fsq_check_fallbacks(PG_FUNCTION_ARGS)
{
	List	   *tables;
	ListCell   *lc;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called as an event trigger", "fraiseql.check_fallbacks()")));
	tables = fsq_changed_objects("foreign table");
	foreach(lc, tables)
	{
		CHECK_FOR_INTERRUPTS();
		check_table(lfirst_oid(lc));
	}
	PG_RETURN_NULL();
}

/* ---- what is told ---- */

static FsqFallbackUses *collector = NULL;

FsqFallbackUses *
fsq_fallback_collect(FsqFallbackUses *uses)
{
	static uint64 last = 0;
	FsqFallbackUses *before = collector;

	if (uses != NULL && uses->number == 0)
		uses->number = ++last;
	collector = uses;
	return before;
}

uint64
fsq_fallback_collection(void)
{
	return collector != NULL ? collector->number : 0;
}

FsqFallbackUse *
fsq_fallback_note(const FsqTable *table, const ErrorData *error, bool first, TimestampTz started)
{
	FsqFallbackUse *use;
	MemoryContext old;

	if (error != NULL || !first)
		fsq_guard_fell_back(fsq_guard_get(table->serverid));
	if (collector == NULL)
		return NULL;
	old = MemoryContextSwitchTo(collector->context);
	use = palloc0(sizeof(FsqFallbackUse));
	use->server = pstrdup(table->server_name);
	use->fallback = pstrdup(table->fallback);
	use->reason = error != NULL ? "error" : first ? "cache" : "missing";
	if (error != NULL)
	{
		use->sqlstate = error->sqlerrcode;
		use->message = pstrdup(error->message);
	}
	use->started = started;
	collector->uses = lappend(collector->uses, use);
	MemoryContextSwitchTo(old);
	return use;
}
