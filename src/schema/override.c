/*-------------------------------------------------------------------------
 *
 * override.c
 *	  Names that users chose and objects that they left out: the table
 *	  fraiseql.override.
 *
 *	  A row names a relation by oid (regclass), so that it follows a rename and
 *	  is dumped by name; a column by name; a relationship by the columns of
 *	  both sides, as its field's name may depend on settings and on other
 *	  tables; a function by name and argument types.  A row that fits nothing
 *	  is passed over and becomes a problem of the schema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

const char *const fsq_override_kinds[] = {
	[FSQ_OVERRIDE_TABLE] = "table",
	[FSQ_OVERRIDE_COLUMN] = "column",
	[FSQ_OVERRIDE_RELATIONSHIP] = "relationship",
	[FSQ_OVERRIDE_SHORTCUT] = "join table",
	[FSQ_OVERRIDE_FUNCTION] = "function"
};

/* The items of an array of names, as C strings. */
static List *
read_names(Datum array)
{
	Datum	   *values;
	bool	   *nulls;
	int			n;
	List	   *names = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
		names = lappend(names, nulls[i] ? "" : pstrdup(NameStr(*DatumGetName(values[i]))));
	return names;
}

static const char *
read_text(Datum value, bool isnull)
{
	return isnull ? NULL : TextDatumGetCString(value);
}

/* Note that a relation with overrides is gone, once. */
static void
note_gone(FsqHub *hub, Oid relid)
{
	char	   *problem;
	ListCell   *lc;

	if (!hub->collect_problems || get_rel_name(relid) != NULL)
		return;
	problem = psprintf("its overrides are without effect: the relation with OID %u is gone", relid);
	foreach(lc, hub->problems)
		if (strcmp(((FsqProblem *) lfirst(lc))->problem, problem) == 0)
			return;
	fsq_problem(hub, NULL, NULL, NULL, "%s", problem);
}

/* Keep a row with the relation that it is about, if that is exposed. */
static void
read_row(FsqHub *hub, Datum *values, bool *nulls)
{
	Oid			relid = DatumGetObjectId(values[FSQ_OVERRIDE_RELATION]);
	FsqEntry   *entry = fsq_hub_known_entry(hub, relid);
	const char *kind = TextDatumGetCString(values[FSQ_OVERRIDE_KIND]);
	FsqOverride *override;

	if (entry == NULL)
	{
		note_gone(hub, relid);
		return;
	}
	override = palloc0(sizeof(FsqOverride));
	while (strcmp(fsq_override_kinds[override->kind], kind) != 0)
		override->kind++;
	if (override->kind == FSQ_OVERRIDE_COLUMN || override->kind == FSQ_OVERRIDE_RELATIONSHIP ||
		override->kind == FSQ_OVERRIDE_SHORTCUT)
		override->columns = read_names(values[FSQ_OVERRIDE_COLUMNS]);
	if (override->kind == FSQ_OVERRIDE_RELATIONSHIP || override->kind == FSQ_OVERRIDE_SHORTCUT)
	{
		override->target = DatumGetObjectId(values[FSQ_OVERRIDE_TARGET]);
		override->target_columns = read_names(values[FSQ_OVERRIDE_TARGET_COLUMNS]);
		override->reverse = DatumGetBool(values[FSQ_OVERRIDE_REVERSE]);
	}
	if (override->kind == FSQ_OVERRIDE_FUNCTION)
	{
		override->function_name = pstrdup(NameStr(*DatumGetName(values[FSQ_OVERRIDE_FUNCTION_NAME])));
		override->function = fsq_config_function(values[FSQ_OVERRIDE_FUNCTION_SCHEMA],
												 values[FSQ_OVERRIDE_FUNCTION_NAME],
												 values[FSQ_OVERRIDE_ARGUMENT_TYPES]);
	}
	override->name = read_text(values[FSQ_OVERRIDE_NAME], nulls[FSQ_OVERRIDE_NAME]);
	override->list_field = read_text(values[FSQ_OVERRIDE_LIST_FIELD], nulls[FSQ_OVERRIDE_LIST_FIELD]);
	override->item_field = read_text(values[FSQ_OVERRIDE_ITEM_FIELD], nulls[FSQ_OVERRIDE_ITEM_FIELD]);
	override->omitted = DatumGetBool(values[FSQ_OVERRIDE_OMITTED]);
	if (override->kind == FSQ_OVERRIDE_TABLE)
	{
		entry->override = override;
		entry->omitted = override->omitted;
	}
	else
		entry->overrides = lappend(entry->overrides, override);
}

/* Read the overrides of all entries, before these have names. */
void
fsq_hub_read_overrides(FsqHub *hub)
{
	fsq_config_read(hub, FSQ_CONFIG_OVERRIDE, read_row);
}

FsqOverride *
fsq_override_of_column(FsqEntry *entry, const char *column)
{
	ListCell   *lc;

	foreach(lc, entry->overrides)
	{
		FsqOverride *override = lfirst(lc);

		if (override->kind == FSQ_OVERRIDE_COLUMN && strcmp(linitial(override->columns), column) == 0)
		{
			override->used = true;
			return override;
		}
	}
	return NULL;
}

/* Whether these columns have these names, in any order. */
static bool
names_match(FsqHub *hub, FsqEntry *entry, int n, const AttrNumber *columns, List *names)
{
	if (list_length(names) != n)
		return false;
	for (int i = 0; i < n; i++)
	{
		const char *name = fsq_entry_attribute(hub, entry, columns[i])->name;
		ListCell   *lc;
		bool		found = false;

		foreach(lc, names)
			found |= strcmp(lfirst(lc), name) == 0;
		if (!found)
			return false;
	}
	return true;
}

FsqOverride *
fsq_override_of_shortcut(FsqHub *hub, FsqEntry *entry, FsqShortcut *shortcut)
{
	FsqEdge    *back = shortcut->back->edge;
	FsqEdge    *forward = shortcut->forward->edge;
	ListCell   *lc;

	foreach(lc, entry->overrides)
	{
		FsqOverride *override = lfirst(lc);

		if (override->kind == FSQ_OVERRIDE_SHORTCUT && override->target == back->source->relid &&
			names_match(hub, back->source, back->ncolumns, back->source_columns, override->columns) &&
			names_match(hub, back->source, forward->ncolumns, forward->source_columns,
						override->target_columns))
		{
			override->used = true;
			return override;
		}
	}
	return NULL;
}

FsqOverride *
fsq_override_of_function(FsqEntry *entry, Oid function)
{
	ListCell   *lc;

	foreach(lc, entry->overrides)
	{
		FsqOverride *override = lfirst(lc);

		if (override->kind == FSQ_OVERRIDE_FUNCTION && override->function == function)
		{
			override->used = true;
			return override;
		}
	}
	return NULL;
}

/* Whether the pairs of columns of an edge are those of two lists of names, in any order. */
static bool
columns_match(FsqHub *hub, const FsqOverride *override, FsqEdge *edge, bool reverse)
{
	const AttrNumber *here = reverse ? edge->target_columns : edge->source_columns;
	const AttrNumber *there = reverse ? edge->source_columns : edge->target_columns;
	FsqEntry   *from = reverse ? edge->target : edge->source;
	FsqEntry   *to = reverse ? edge->source : edge->target;

	if (list_length(override->columns) != edge->ncolumns ||
		list_length(override->target_columns) != edge->ncolumns)
		return false;
	for (int i = 0; i < edge->ncolumns; i++)
	{
		const char *name = fsq_entry_attribute(hub, from, here[i])->name;
		const char *other = fsq_entry_attribute(hub, to, there[i])->name;
		bool		found = false;

		for (int j = 0; j < edge->ncolumns && !found; j++)
			found = strcmp(list_nth(override->columns, j), name) == 0 &&
				strcmp(list_nth(override->target_columns, j), other) == 0;
		if (!found)
			return false;
	}
	return true;
}

FsqOverride *
fsq_override_of_edge(FsqHub *hub, FsqEntry *entry, FsqEdge *edge, bool reverse)
{
	ListCell   *lc;

	if (edge->origin == FSQ_ORIGIN_ADDED)
		return NULL;
	foreach(lc, entry->overrides)
	{
		FsqOverride *override = lfirst(lc);

		if (override->kind == FSQ_OVERRIDE_RELATIONSHIP && override->reverse == reverse &&
			override->target == (reverse ? edge->source : edge->target)->relid &&
			columns_match(hub, override, edge, reverse))
		{
			override->used = true;
			return override;
		}
	}
	return NULL;
}

/*
 * Note what overrides of a relation have found nothing; its attributes, links
 * and functions have been looked at.
 */
void
fsq_override_problems(FsqHub *hub, FsqEntry *entry)
{
	ListCell   *lc;

	foreach(lc, entry->overrides)
	{
		FsqOverride *override = lfirst(lc);
		const char *what = override->omitted ? "is omitted" :
			psprintf("is to be called \"%s\"", override->name);

		if (override->used)
			continue;
		switch (override->kind)
		{
			case FSQ_OVERRIDE_COLUMN:
				fsq_problem(hub, entry, NULL, linitial(override->columns),
							"the column that %s is not there", what);
				break;
			case FSQ_OVERRIDE_RELATIONSHIP:
			case FSQ_OVERRIDE_SHORTCUT:
				fsq_problem(hub, entry, NULL, linitial(override->columns),
							"the relationship that %s is not there", what);
				break;
			case FSQ_OVERRIDE_FUNCTION:
				fsq_problem(hub, entry, NULL, NULL, "the function \"%s\" that %s is not there",
							override->function_name, what);
				break;
			case FSQ_OVERRIDE_TABLE:
				break;
		}
	}
}
