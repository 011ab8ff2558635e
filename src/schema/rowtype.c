/*-------------------------------------------------------------------------
 *
 * rowtype.c
 *	  Relations that are only types: composite types, and the columns that a
 *	  function returns (RETURNS TABLE, several OUT arguments).
 *
 *	  They have an object type like a table's, without fields of Query: rows of
 *	  them come from functions alone.  A composite type may have added
 *	  relationships.  Their names are given after those of relations and enums,
 *	  so that these do not depend on them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "funcapi.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static int
compare_rowtypes(const ListCell *left, const ListCell *right)
{
	const FsqEntry *a = lfirst(left);
	const FsqEntry *b = lfirst(right);

	if (a->position != b->position)
		return a->position - b->position;
	return strcmp(a->name, b->name);
}

static FsqEntry *
rowtype_make(FsqHub *hub, Oid relid, Oid namespace, const char *name)
{
	FsqEntry   *entry = palloc0(sizeof(FsqEntry));

	entry->relid = relid;
	entry->namespace = namespace;
	while (entry->position < hub->nnamespaces && hub->namespaces[entry->position] != namespace)
		entry->position++;
	entry->name = name;
	entry->relkind = RELKIND_COMPOSITE_TYPE;
	return entry;
}

/* Read the composite types of the exposed schemas, and name them. */
static void
load_rowtypes(FsqHub *hub)
{
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *rowtypes = NIL;
	ListCell   *lc;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		FsqEntry   *entry;

		if (form->relkind != RELKIND_COMPOSITE_TYPE)
			continue;
		entry = rowtype_make(hub, form->oid, form->relnamespace, pstrdup(NameStr(form->relname)));
		if (entry->position < hub->nnamespaces)
			rowtypes = lappend(rowtypes, entry);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(rowtypes, compare_rowtypes);
	foreach(lc, rowtypes)
	{
		FsqEntry   *entry = lfirst(lc);
		FsqRelationNames names;

		fsq_names_of_relation(&names, entry->name, hub->rules);
		fsq_type_name_take(hub, entry, fsq_name_of_type(entry->name, hub->rules));
		entry->list_field = names.list;
		entry->item_field = names.item;
	}
	MemoryContextSwitchTo(old);
	hub->rowtypes = rowtypes;
	hub->rowtypes_loaded = true;
}

FsqEntry *
fsq_hub_rowtype(FsqHub *hub, Oid relid)
{
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_COMPOSITE_TYPE)
		return NULL;
	if (!hub->rowtypes_loaded)
		load_rowtypes(hub);
	foreach(lc, hub->rowtypes)
		if (((FsqEntry *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	return NULL;
}

/*
 * The columns that a function returns, as an entry of its own: the type is named
 * after the field.
 */
FsqEntry *
fsq_rowtype_of_result(FsqHub *hub, HeapTuple function, const char *name)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(function);
	TupleDesc	desc = build_function_result_tupdesc_t(function);
	FsqEntry   *entry;

	if (desc == NULL)
		return NULL;
	entry = rowtype_make(hub, InvalidOid, form->pronamespace, pstrdup(NameStr(form->proname)));
	entry->nattributes = desc->natts;
	entry->attributes = palloc0(desc->natts * sizeof(FsqAttribute));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		FsqAttribute *attribute = &entry->attributes[i];

		attribute->attnum = i + 1;
		attribute->name = pstrdup(NameStr(column->attname));
		attribute->type = column->atttypid;
		attribute->typmod = column->atttypmod;
		attribute->base_type = getBaseTypeAndTypmod(column->atttypid, &attribute->typmod);
		attribute->collation = column->attcollation;
	}
	fsq_attributes_name(hub, entry, entry->attributes, entry->nattributes);
	entry->attributes_loaded = true;
	entry->keys_loaded = true;
	entry->edges_loaded = true;
	entry->links_loaded = true;
	entry->shortcuts_loaded = true;
	fsq_type_name_take(hub, entry, psprintf("%sResult", fsq_name_of_type(name, hub->rules)));
	return entry;
}
