/*-------------------------------------------------------------------------
 *
 * edge.c
 *	  Which columns refer to which: foreign keys, column options of foreign
 *	  tables, and what fraiseql.add_relationship added.
 *
 *	  The edges of a relation are those that start from its columns.  To find
 *	  the ones that lead to a relation, one pass over pg_constraint (and, if
 *	  there are foreign tables, over pg_attribute) notes for each relation
 *	  which others refer to it; their edges are then read one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "compat.h"
#include "schema/hub.h"
#include "schema/keypair.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

static FsqEdge *
edge_make(FsqOrigin origin, FsqEntry *source, FsqEntry *target, int ncolumns)
{
	FsqEdge    *edge = palloc0(sizeof(FsqEdge));

	edge->origin = origin;
	edge->source = source;
	edge->target = target;
	edge->ncolumns = ncolumns;
	edge->source_columns = palloc(ncolumns * sizeof(AttrNumber));
	edge->target_columns = palloc(ncolumns * sizeof(AttrNumber));
	return edge;
}

/* Whether two edges join the same columns, in any order. */
static bool
same_edge(const FsqEdge *a, const FsqEdge *b)
{
	if (a->source != b->source || a->target != b->target || a->ncolumns != b->ncolumns)
		return false;
	for (int i = 0; i < a->ncolumns; i++)
	{
		bool		found = false;

		for (int j = 0; j < b->ncolumns && !found; j++)
			found = a->source_columns[i] == b->source_columns[j] &&
				a->target_columns[i] == b->target_columns[j];
		if (!found)
			return false;
	}
	return true;
}

/* Why a pair of columns cannot be joined; NULL if it can. */
char *
fsq_edge_mismatch(const FsqAttribute *source, const FsqAttribute *target)
{
	if (fsq_keypair(source->base_type, target->base_type) != FSQ_KEYPAIR_NONE)
		return NULL;
	return psprintf("column \"%s\" of type %s cannot be joined with column \"%s\" of type %s",
					source->name, format_type_be(source->base_type),
					target->name, format_type_be(target->base_type));
}

/*
 * Append an edge to a list, unless its columns are gone or cannot be joined,
 * or another edge joins them already.
 */
static List *
edge_append(FsqHub *hub, List *edges, FsqEdge *edge)
{
	ListCell   *lc;

	for (int i = 0; i < edge->ncolumns; i++)
	{
		FsqAttribute *source = fsq_entry_attribute(hub, edge->source, edge->source_columns[i]);
		FsqAttribute *target = fsq_entry_attribute(hub, edge->target, edge->target_columns[i]);
		char	   *mismatch;

		if (source == NULL || target == NULL)
			return edges;
		mismatch = fsq_edge_mismatch(source, target);
		if (mismatch)
		{
			fsq_problem(hub, edge->source, NULL, source->name, "no relationship with \"%s\": %s",
						edge->target->name, mismatch);
			return edges;
		}
	}
	/* what users added may join the same columns twice */
	if (edge->origin == FSQ_ORIGIN_ADDED)
		return lappend(edges, edge);
	foreach(lc, edges)
	{
		FsqEdge    *other = lfirst(lc);

		if (same_edge(other, edge))
		{
			/* an added relationship is as sure as the foreign key that it names */
			other->enforced |= edge->enforced;
			return edges;
		}
	}
	return lappend(edges, edge);
}

/* ---- foreign keys ---- */

/* A column of numbers of pg_constraint, as an array of n. */
static AttrNumber *
constraint_columns(HeapTuple tuple, TupleDesc desc, int attribute, int *n)
{
	bool		isnull;
	Datum		datum = heap_getattr(tuple, attribute, desc, &isnull);
	ArrayType  *array;

	*n = 0;
	if (isnull)
		return NULL;
	array = DatumGetArrayTypePCopy(datum);
	*n = ARR_NDIM(array) == 1 ? ARR_DIMS(array)[0] : 0;
	return (AttrNumber *) ARR_DATA_PTR(array);
}

static FsqEdge *
edge_of_constraint(FsqHub *hub, FsqEntry *entry, HeapTuple tuple, TupleDesc desc)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	FsqEntry   *target;
	FsqEdge    *edge;
	AttrNumber *sources;
	AttrNumber *targets;
	int			n;
	int			ntargets;

	if (form->contype != CONSTRAINT_FOREIGN || fsq_constraint_has_period(form))
		return NULL;
	target = fsq_hub_entry(hub, form->confrelid);
	sources = constraint_columns(tuple, desc, Anum_pg_constraint_conkey, &n);
	targets = constraint_columns(tuple, desc, Anum_pg_constraint_confkey, &ntargets);
	if (target == NULL || n == 0 || n != ntargets)
		return NULL;
	edge = edge_make(FSQ_ORIGIN_CONSTRAINT, entry, target, n);
	memcpy(edge->source_columns, sources, n * sizeof(AttrNumber));
	memcpy(edge->target_columns, targets, n * sizeof(AttrNumber));
	edge->name = pstrdup(NameStr(form->conname));
	edge->description = GetComment(form->oid, ConstraintRelationId, 0);
	/* a child table's rows are read with the parent's, but not checked */
	edge->enforced = form->convalidated && !form->condeferrable &&
		fsq_constraint_is_enforced(form) && !entry->has_subclass;
	return edge;
}

/* The foreign keys of a table, in the order of their names. */
static List *
edges_of_constraints(FsqHub *hub, FsqEntry *entry, List *edges)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(entry->relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		FsqEdge    *edge = edge_of_constraint(hub, entry, tuple, RelationGetDescr(rel));

		if (edge)
			edges = edge_append(hub, edges, edge);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return edges;
}

/* ---- column option references 'schema.table(column)' ---- */

typedef struct Reference
{
	char	   *schema;			/* or NULL */
	char	   *table;
	char	   *column;			/* or NULL: the primary key */
} Reference;

/* Read an identifier, quoted or bare, up to one of the stop characters; NULL if there is none. */
static char *
read_identifier(const char **p, const char *stop)
{
	StringInfoData out;

	while (**p == ' ')
		(*p)++;
	initStringInfo(&out);
	if (**p == '"')
	{
		for ((*p)++; **p; (*p)++)
		{
			if (**p == '"')
			{
				if ((*p)[1] != '"')
					break;
				(*p)++;
			}
			appendStringInfoChar(&out, **p);
		}
		if (**p != '"')
			return NULL;
		(*p)++;
	}
	else
	{
		while (**p && strchr(stop, **p) == NULL)
			appendStringInfoChar(&out, *(*p)++);
		while (out.len > 0 && out.data[out.len - 1] == ' ')
			out.data[--out.len] = '\0';
	}
	while (**p == ' ')
		(*p)++;
	return out.len > 0 ? out.data : NULL;
}

/* Take "schema.table(column)" apart; false if it is not of that form. */
static bool
parse_reference(const char *text, Reference *reference)
{
	const char *p = text;

	memset(reference, 0, sizeof(Reference));
	reference->table = read_identifier(&p, ".(");
	if (reference->table && *p == '.')
	{
		p++;
		reference->schema = reference->table;
		reference->table = read_identifier(&p, "(");
	}
	if (reference->table == NULL)
		return false;
	if (*p == '\0')
		return true;
	if (*p++ != '(')
		return false;
	reference->column = read_identifier(&p, ")");
	return reference->column != NULL && p[0] == ')' && p[1] == '\0';
}

/* An exposed relation by its name as it is, else in lower case. */
static FsqEntry *
entry_in_schema(FsqHub *hub, Oid namespace, const char *table)
{
	Oid			relid = get_relname_relid(table, namespace);

	if (!OidIsValid(relid))
		relid = get_relname_relid(asc_tolower(table, strlen(table)), namespace);
	return OidIsValid(relid) ? fsq_hub_entry(hub, relid) : NULL;
}

/*
 * The relation that an option means.  Without a schema it is looked for in the
 * schema of the foreign table itself, then in the others in their order.
 */
static FsqEntry *
resolve_reference(FsqHub *hub, FsqEntry *entry, const Reference *reference)
{
	FsqEntry   *target;

	if (reference->schema)
	{
		Oid			namespace = get_namespace_oid(reference->schema, true);

		return OidIsValid(namespace) ? entry_in_schema(hub, namespace, reference->table) : NULL;
	}
	target = entry_in_schema(hub, entry->namespace, reference->table);
	for (int i = 0; target == NULL && i < hub->nnamespaces; i++)
		target = entry_in_schema(hub, hub->namespaces[i], reference->table);
	return target;
}

/* The target of a column's option and, in *column, its column; NULL after noting the problem. */
static FsqEntry *
target_of_option(FsqHub *hub, FsqEntry *entry, FsqAttribute *attribute, FsqAttribute **column)
{
	Reference	reference;
	FsqEntry   *target;

	if (!parse_reference(attribute->references, &reference))
	{
		fsq_problem(hub, entry, NULL, attribute->name,
					"option references is not of the form schema.table(column): \"%s\"",
					attribute->references);
		return NULL;
	}
	target = resolve_reference(hub, entry, &reference);
	if (target == NULL)
	{
		fsq_problem(hub, entry, NULL, attribute->name,
					"option references names no relation of the exposed schemas: \"%s\"",
					attribute->references);
		return NULL;
	}
	if (reference.column == NULL)
	{
		List	   *keys = fsq_entry_keys(hub, target);
		FsqKeyDef  *key = keys ? linitial(keys) : NULL;

		*column = key && key->primary && key->ncolumns == 1 ?
			fsq_entry_attribute(hub, target, key->columns[0]) : NULL;
	}
	else
	{
		*column = fsq_entry_attribute_named(hub, target, reference.column);
		if (*column == NULL)
			*column = fsq_entry_attribute_named(hub, target,
												asc_tolower(reference.column, strlen(reference.column)));
	}
	if (*column == NULL)
	{
		fsq_problem(hub, entry, NULL, attribute->name,
					"option references names no column of \"%s\": \"%s\"",
					target->name, attribute->references);
		return NULL;
	}
	return target;
}

/*
 * Make one edge of edges to the same relation, if only all of their columns
 * together are a key of it: the parts of a composite foreign key.
 */
static FsqEdge *
composite_edge(FsqHub *hub, List *parts)
{
	FsqEdge    *first = linitial(parts);
	FsqEdge    *edge = edge_make(FSQ_ORIGIN_OPTION, first->source, first->target,
								 list_length(parts));
	ListCell   *lc;
	int			n = 0;

	foreach(lc, parts)
	{
		FsqEdge    *part = lfirst(lc);

		for (int i = 0; i < n; i++)
			if (edge->target_columns[i] == part->target_columns[0])
				return NULL;
		edge->source_columns[n] = part->source_columns[0];
		edge->target_columns[n++] = part->target_columns[0];
	}
	return fsq_entry_unique(hub, edge->target, n, edge->target_columns) ? edge : NULL;
}

/* The edges that the options of a foreign table's columns declare. */
static List *
edges_of_options(FsqHub *hub, FsqEntry *entry, List *edges)
{
	List	   *singles = NIL;
	ListCell   *lc;

	fsq_entry_load_attributes(hub, entry);
	for (int i = 0; i < entry->nattributes; i++)
	{
		FsqAttribute *attribute = &entry->attributes[i];
		FsqAttribute *column;
		FsqEntry   *target;
		FsqEdge    *edge;

		if (attribute->references == NULL)
			continue;
		target = target_of_option(hub, entry, attribute, &column);
		if (target == NULL)
			continue;
		edge = edge_make(FSQ_ORIGIN_OPTION, entry, target, 1);
		edge->source_columns[0] = attribute->attnum;
		edge->target_columns[0] = column->attnum;
		singles = lappend(singles, edge);
	}

	while (singles != NIL)
	{
		FsqEdge    *edge = linitial(singles);
		List	   *parts = NIL;
		FsqEdge    *composite;

		singles = list_delete_first(singles);
		if (fsq_entry_unique(hub, edge->target, 1, edge->target_columns))
		{
			edges = edge_append(hub, edges, edge);
			continue;
		}
		/* the others that are not whole keys either */
		foreach(lc, singles)
		{
			FsqEdge    *other = lfirst(lc);

			if (other->target == edge->target &&
				!fsq_entry_unique(hub, other->target, 1, other->target_columns))
				parts = lappend(parts, other);
		}
		composite = parts ? composite_edge(hub, lcons(edge, list_copy(parts))) : NULL;
		if (composite)
		{
			singles = list_difference_ptr(singles, parts);
			edges = edge_append(hub, edges, composite);
			continue;
		}
		if (fsq_entry_keys(hub, edge->target) != NIL ||
			edge->target->relkind != RELKIND_FOREIGN_TABLE)
			fsq_problem(hub, entry, NULL,
						fsq_entry_attribute(hub, entry, edge->source_columns[0])->name,
						"the column of \"%s\" that option references names is no key: more than one row may be found",
						edge->target->name);
		edges = edge_append(hub, edges, edge);
	}
	return edges;
}

/*
 * The edges that start from a relation's columns: added ones first, which
 * replace a constraint or option on the same columns.
 */
List *
fsq_entry_edges(FsqHub *hub, FsqEntry *entry)
{
	MemoryContext old;
	List	   *edges = NIL;
	ListCell   *lc;

	if (entry->edges_loaded)
		return entry->edges;
	old = MemoryContextSwitchTo(hub->schema.context);
	foreach(lc, fsq_hub_added(hub))
	{
		FsqEdge    *edge = lfirst(lc);

		if (edge->source == entry)
			edges = edge_append(hub, edges, edge);
	}
	if (entry->relkind == RELKIND_FOREIGN_TABLE)
		edges = edges_of_options(hub, entry, edges);
	else if (entry->relkind == RELKIND_RELATION || entry->relkind == RELKIND_PARTITIONED_TABLE)
		edges = edges_of_constraints(hub, entry, edges);
	MemoryContextSwitchTo(old);

	entry->edges = edges;
	entry->edges_loaded = true;
	return edges;
}

/* ---- who refers to whom ---- */

typedef struct ChildPair
{
	FsqEntry   *child;
	FsqEntry   *target;
} ChildPair;

static List *
pair_append(List *pairs, FsqEntry *child, FsqEntry *target)
{
	ChildPair  *pair;

	if (child == NULL || target == NULL)
		return pairs;
	pair = palloc(sizeof(ChildPair));
	pair->child = child;
	pair->target = target;
	return lappend(pairs, pair);
}

/* The pairs of all foreign keys, in one pass. */
static List *
pairs_of_constraints(FsqHub *hub, List *pairs)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);

		FsqEntry   *child;

		if (form->contype != CONSTRAINT_FOREIGN)
			continue;
		child = fsq_hub_entry(hub, form->conrelid);
		if (child == NULL)
			continue;
		child->foreign_keys += fsq_row_fingerprint(tuple);
		pairs = pair_append(pairs, child, fsq_hub_entry(hub, form->confrelid));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return pairs;
}

/* The foreign tables that have a column with options, in one pass. */
static List *
foreign_tables_with_options(FsqHub *hub)
{
	Relation	rel = table_open(AttributeRelationId, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *entries = NIL;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		FsqEntry   *entry;

		if (heap_attisnull(tuple, Anum_pg_attribute_attfdwoptions, desc))
			continue;
		entry = fsq_hub_entry(hub, ((Form_pg_attribute) GETSTRUCT(tuple))->attrelid);
		/* the columns of a table mostly stand together */
		if (entry && entry->relkind == RELKIND_FOREIGN_TABLE &&
			(entries == NIL || llast(entries) != entry))
			entries = lappend(entries, entry);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return entries;
}

static int
compare_pairs(const ListCell *left, const ListCell *right)
{
	const ChildPair *a = lfirst(left);
	const ChildPair *b = lfirst(right);

	/* entries are an array in the order of names */
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->child != b->child)
		return a->child < b->child ? -1 : 1;
	return 0;
}

/* Fill the children of all entries. */
static void
load_children(FsqHub *hub)
{
	List	   *pairs = NIL;
	ListCell   *lc;
	ChildPair  *last = NULL;
	MemoryContext temporary = AllocSetContextCreate(CurrentMemoryContext, "fraiseql children",
													ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(temporary);

	/* an error may have cut an earlier attempt short */
	for (int i = 0; i < hub->nentries; i++)
	{
		hub->entries[i].children = NIL;
		hub->entries[i].foreign_keys = 0;
	}
	pairs = pairs_of_constraints(hub, pairs);
	if (hub->has_foreign)
	{
		foreach(lc, foreign_tables_with_options(hub))
		{
			FsqEntry   *entry = lfirst(lc);
			ListCell   *edge;

			foreach(edge, fsq_entry_edges(hub, entry))
				pairs = pair_append(pairs, entry, ((FsqEdge *) lfirst(edge))->target);
		}
	}
	foreach(lc, fsq_hub_added(hub))
	{
		FsqEdge    *edge = lfirst(lc);

		pairs = pair_append(pairs, edge->source, edge->target);
	}
	list_sort(pairs, compare_pairs);

	MemoryContextSwitchTo(hub->schema.context);
	foreach(lc, pairs)
	{
		ChildPair  *pair = lfirst(lc);

		if (last == NULL || compare_pairs(lc, &(ListCell) {.ptr_value = last}) != 0)
			pair->target->children = lappend(pair->target->children, pair->child);
		last = pair;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(temporary);
	hub->children_loaded = true;
}

/* The relations that have an edge to this one, each once, in the order of names. */
List *
fsq_entry_children(FsqHub *hub, FsqEntry *entry)
{
	if (!hub->children_loaded)
		load_children(hub);
	return entry->children;
}
