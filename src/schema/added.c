/*-------------------------------------------------------------------------
 *
 * added.c
 *	  The relationships that users added: the table fraiseql.relationship.
 *
 *	  A row names relations by oid (regclass), so that it follows a rename and
 *	  is dumped by name, and columns by name, as their numbers change in a
 *	  restore.  A row that does not fit the catalogs any more is passed over
 *	  and becomes a problem of the schema.
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

/* Columns of fraiseql.relationship */
enum
{
	ADDED_FIELD,
	ADDED_SOURCE,
	ADDED_SOURCE_COLUMNS,
	ADDED_TARGET,
	ADDED_TARGET_COLUMNS,
	ADDED_CARDINALITY,
	ADDED_REVERSE_FIELD
};

/*
 * The numbers of columns by name, into *columns.  Returns how many, or -1 after
 * noting which column is not there.
 */
static int
resolve_columns(FsqHub *hub, FsqEntry *entry, Datum names, const char *field, AttrNumber **columns)
{
	Datum	   *values;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(names), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &values, &nulls, &n);
	*columns = palloc(Max(n, 1) * sizeof(AttrNumber));
	for (int i = 0; i < n; i++)
	{
		FsqAttribute *attribute = nulls[i] ? NULL :
			fsq_entry_attribute_named(hub, entry, NameStr(*DatumGetName(values[i])));

		if (attribute == NULL)
		{
			fsq_problem(hub, entry, NULL, nulls[i] ? NULL : NameStr(*DatumGetName(values[i])),
						"the added relationship \"%s\" is left out: there is no such column", field);
			return -1;
		}
		(*columns)[i] = attribute->attnum;
	}
	return n;
}

/* The entry of an added relationship's end; NULL after noting why there is none. */
static FsqEntry *
resolve_relation(FsqHub *hub, FsqEntry *other, Oid relid, const char *field)
{
	FsqEntry   *entry = fsq_hub_entry(hub, relid);
	char	   *name;

	if (entry == NULL && other == NULL)
		entry = fsq_hub_rowtype(hub, relid);
	if (entry || fsq_hub_known_entry(hub, relid))
		return entry;			/* none if it is omitted */
	name = get_rel_name(relid);
	if (name == NULL)
		fsq_problem(hub, other, NULL, NULL,
					"the added relationship \"%s\" is left out: the relation with OID %u is gone",
					field, relid);
	else if (other)
		fsq_problem(hub, other, NULL, NULL,
					"the added relationship \"%s\" is left out: \"%s\" is not a relation of the exposed schemas",
					field, name);
	return NULL;
}

/* The edge of a row; NULL if it does not fit the catalogs. */
static FsqEdge *
edge_of_row(FsqHub *hub, Datum *values, bool *nulls)
{
	const char *field = TextDatumGetCString(values[ADDED_FIELD]);
	FsqEntry   *source;
	FsqEntry   *target;
	FsqEdge    *edge;
	int			ntargets;

	source = resolve_relation(hub, NULL, DatumGetObjectId(values[ADDED_SOURCE]), field);
	if (source == NULL)
		return NULL;
	target = resolve_relation(hub, source, DatumGetObjectId(values[ADDED_TARGET]), field);
	if (target == NULL)
		return NULL;
	edge = palloc0(sizeof(FsqEdge));
	edge->origin = FSQ_ORIGIN_ADDED;
	edge->source = source;
	edge->target = target;
	edge->field = field;
	edge->ncolumns = resolve_columns(hub, source, values[ADDED_SOURCE_COLUMNS], field,
									 &edge->source_columns);
	if (edge->ncolumns < 0)
		return NULL;
	ntargets = resolve_columns(hub, target, values[ADDED_TARGET_COLUMNS], field,
							   &edge->target_columns);
	if (edge->ncolumns == 0 || edge->ncolumns != ntargets || !fsq_name_valid(field))
		return NULL;
	if (!nulls[ADDED_CARDINALITY])
		edge->cardinality = TextDatumGetCString(values[ADDED_CARDINALITY])[0];
	if (!nulls[ADDED_REVERSE_FIELD])
		edge->reverse_field = TextDatumGetCString(values[ADDED_REVERSE_FIELD]);
	return edge;
}

static int
compare_added(const ListCell *left, const ListCell *right)
{
	const FsqEdge *a = lfirst(left);
	const FsqEdge *b = lfirst(right);

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return strcmp(a->field, b->field);
}

/* Note the edge of a row. */
static void
read_row(FsqHub *hub, Datum *values, bool *nulls)
{
	FsqEdge    *edge = edge_of_row(hub, values, nulls);

	if (edge)
		hub->added = lappend(hub->added, edge);
}

/*
 * The edges that users added, by source and field.  Read with a snapshot of
 * this moment, as what is made of it may outlive the transaction.
 */
List *
fsq_hub_added(FsqHub *hub)
{
	MemoryContext old;

	if (hub->added_loaded)
		return hub->added;
	old = MemoryContextSwitchTo(hub->schema.context);
	hub->added = NIL;
	fsq_config_read(hub, FSQ_CONFIG_RELATIONSHIP, read_row);
	list_sort(hub->added, compare_added);
	MemoryContextSwitchTo(old);
	hub->added_loaded = true;
	return hub->added;
}
