/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  Relations as the role sees them: readable columns, keys and
 *	  relationships made of readable columns.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_description.h"
#include "compat.h"
#include "foreign/foreign.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Whether the role may read all columns of a relation, or (false) must be asked for each. */
static bool
may_read_all(FsqHub *hub, FsqEntry *entry)
{
	return entry->relkind == RELKIND_COMPOSITE_TYPE ||
		pg_class_aclcheck(entry->relid, hub->role, ACL_SELECT) == ACLCHECK_OK;
}

static bool
may_read(FsqHub *hub, FsqEntry *entry)
{
	bool		missing = false;

	if (entry->omitted)
		return false;
	if (entry->relkind == RELKIND_COMPOSITE_TYPE)
		return true;			/* its values are those of functions */
	if (fsq_namespace_aclcheck(entry->namespace, hub->role, ACL_USAGE) != ACLCHECK_OK)
		return false;
	if (pg_class_aclcheck_ext(entry->relid, hub->role, ACL_SELECT, &missing) == ACLCHECK_OK)
		return true;
	return !missing &&
		pg_attribute_aclcheck_all(entry->relid, hub->role, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

static void
set_server(FsqRelation *relation)
{
	ForeignTable *table = GetForeignTable(relation->relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);

	relation->server = pstrdup(server->servername);
	relation->wrapper = pstrdup(wrapper->fdwname);
}

/*
 * The relation of an entry; NULL if the role may not read it, or nothing of
 * it.
 */
static FsqRelation *
relation_of_entry(FsqHub *hub, FsqEntry *entry)
{
	FsqRelation *relation = NULL;

	if (entry->checked)
		return entry->relation;
	if (may_read(hub, entry))
	{
		MemoryContext old = MemoryContextSwitchTo(hub->schema.context);

		relation = palloc0(sizeof(FsqRelation));
		relation->schema = &hub->schema;
		relation->entry = entry;
		relation->relid = entry->relid;
		relation->namespace = entry->position < hub->nnamespaces ?
			hub->namespace_names[entry->position] : get_namespace_name(entry->namespace);
		relation->name = entry->name;
		relation->relkind = entry->relkind;
		relation->foreign = entry->relkind == RELKIND_FOREIGN_TABLE;
		relation->has_rls = entry->has_rls;
		relation->type_name = entry->type_name;
		relation->list_field = entry->list_field;
		relation->item_field = entry->item_field;
		if (relation->foreign)
			set_server(relation);
		fsq_relation_load_columns(relation);
		MemoryContextSwitchTo(old);
		if (relation->ncolumns == 0)
		{
			fsq_problem(hub, entry, NULL, NULL, "left out: it has no columns that can be read");
			relation = NULL;
		}
	}
	entry->relation = relation;
	entry->checked = true;
	return relation;
}

FsqRelation *
fsq_entry_relation(FsqHub *hub, FsqEntry *entry)
{
	return entry ? relation_of_entry(hub, entry) : NULL;
}

FsqRelation *
fsq_relation_by_oid(FsqSchema *schema, Oid relid)
{
	return fsq_entry_relation(fsq_hub(schema), fsq_hub_entry(fsq_hub(schema), relid));
}

/* Read the comments on the relation and its columns. */
static void
load_descriptions(FsqRelation *relation)
{
	Relation	rel = table_open(DescriptionRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_description_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation->relid));
	ScanKeyInit(&key[1], Anum_pg_description_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(rel, DescriptionObjIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_description form = (Form_pg_description) GETSTRUCT(tuple);
		bool		isnull;
		Datum		comment = heap_getattr(tuple, Anum_pg_description_description,
										   RelationGetDescr(rel), &isnull);

		if (isnull)
			continue;
		if (form->objsubid == 0)
			relation->description = TextDatumGetCString(comment);
		else
			for (int i = 0; i < relation->ncolumns; i++)
				if (relation->columns[i].attnum == form->objsubid)
					relation->columns[i].description = TextDatumGetCString(comment);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/*
 * Whether a column is an identifier: the single-column primary key, or a
 * reference to one.
 */
static bool
column_is_id(FsqHub *hub, FsqEntry *entry, AttrNumber attnum)
{
	List	   *keys = fsq_entry_keys(hub, entry);
	ListCell   *lc;

	if (keys != NIL)
	{
		FsqKeyDef  *key = linitial(keys);

		if (key->primary && key->ncolumns == 1 && key->columns[0] == attnum)
			return true;
	}
	foreach(lc, fsq_entry_edges(hub, entry))
	{
		FsqEdge    *edge = lfirst(lc);
		List	   *target_keys;
		FsqKeyDef  *key;

		if (edge->ncolumns != 1 || edge->source_columns[0] != attnum || edge->cardinality == 'm')
			continue;
		target_keys = fsq_entry_keys(hub, edge->target);
		key = target_keys ? linitial(target_keys) : NULL;
		if (key && key->primary && key->ncolumns == 1 && key->columns[0] == edge->target_columns[0])
			return true;
	}
	return false;
}

/* Make the columns that the role may read, with a field or without, from there on; how many. */
static int
make_columns(FsqHub *hub, FsqRelation *relation, FsqColumn *columns, bool omitted)
{
	FsqEntry   *entry = relation->entry;
	bool		all = may_read_all(hub, entry);
	int			n = 0;

	for (int i = 0; i < entry->nattributes; i++)
	{
		FsqAttribute *attribute = &entry->attributes[i];
		FsqColumn  *column = &columns[n];

		if (attribute->omitted != omitted ||
			(!all && pg_attribute_aclcheck(entry->relid, attribute->attnum, hub->role,
										   ACL_SELECT) != ACLCHECK_OK))
			continue;
		column->relation = relation;
		column->attnum = attribute->attnum;
		column->name = attribute->name;
		column->field = attribute->field;
		column->type = attribute->type;
		column->base_type = attribute->base_type;
		column->typmod = attribute->typmod;
		column->collation = attribute->collation;
		column->not_null = attribute->not_null;
		column->id = column_is_id(hub, entry, attribute->attnum);
		fsq_column_set_type(hub, column);
		n++;
	}
	return n;
}

/*
 * Fill the columns that the role may read; nothing is done if that has been
 * done.
 */
void
fsq_relation_load_columns(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqEntry   *entry = relation->entry;
	MemoryContext old;

	if (relation->columns_loaded)
		return;
	old = MemoryContextSwitchTo(hub->schema.context);
	fsq_entry_load_attributes(hub, entry);
	relation->columns = palloc0(Max(entry->nattributes, 1) * sizeof(FsqColumn));
	relation->ncolumns = make_columns(hub, relation, relation->columns, false);
	relation->nomitted = make_columns(hub, relation, relation->columns + relation->ncolumns, true);
	load_descriptions(relation);
	MemoryContextSwitchTo(old);
	relation->columns_loaded = true;
}

FsqColumn *
fsq_relation_column(FsqRelation *relation, AttrNumber attnum)
{
	fsq_relation_load_columns(relation);
	for (int i = Min(attnum, relation->ncolumns) - 1; i >= 0; i--)
		if (relation->columns[i].attnum == attnum)
			return &relation->columns[i];
	for (int i = relation->ncolumns; i < relation->ncolumns + relation->nomitted; i++)
		if (relation->columns[i].attnum == attnum)
			return &relation->columns[i];
	return NULL;
}

/* "userByTenantIdAndEmail"; the item for a primary key; NULL if a column has no field. */
static const char *
key_root_field(FsqHub *hub, FsqRelation *relation, FsqKey *key)
{
	const char *text = key->columns[0]->field;

	for (int i = 0; i < key->ncolumns; i++)
		if (fsq_column_omitted(key->columns[i]))
			return NULL;
	if (key->primary)
		return psprintf("%s%s", relation->item_field, hub->rules->by_primary_key);
	for (int i = 1; i < key->ncolumns; i++)
		text = fsq_name_join(text, "And", key->columns[i]->field, hub->rules);
	return fsq_name_join(relation->item_field, "By", text, hub->rules);
}

/* The key as the role sees it; NULL if it may not read all of its columns. */
static FsqKey *
key_of_definition(FsqHub *hub, FsqRelation *relation, FsqKeyDef *definition)
{
	FsqKey	   *key = palloc0(sizeof(FsqKey));

	key->primary = definition->primary;
	key->not_null = true;
	key->ncolumns = definition->ncolumns;
	key->columns = palloc(key->ncolumns * sizeof(FsqColumn *));
	key->constraint_name = definition->name;
	for (int i = 0; i < key->ncolumns; i++)
	{
		key->columns[i] = fsq_relation_column(relation, definition->columns[i]);
		if (key->columns[i] == NULL)
			return NULL;
		key->not_null &= key->columns[i]->not_null;
	}
	key->root_field = key_root_field(hub, relation, key);
	return key;
}

/* The keys of a relation that the role may read, the primary key first. */
List *
fsq_relation_keys(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	List	   *keys = NIL;
	ListCell   *lc;

	if (relation->keys_loaded)
		return relation->keys;
	old = MemoryContextSwitchTo(hub->schema.context);
	foreach(lc, fsq_entry_keys(hub, relation->entry))
	{
		FsqKey	   *key = key_of_definition(hub, relation, lfirst(lc));

		if (key)
			keys = lappend(keys, key);
	}
	MemoryContextSwitchTo(old);
	relation->keys = keys;
	relation->keys_loaded = true;
	return keys;
}

static bool
columns_readable(FsqRelation *relation, int n, const AttrNumber *columns)
{
	for (int i = 0; i < n; i++)
		if (fsq_relation_column(relation, columns[i]) == NULL)
			return false;
	return true;
}

/*
 * Whether a to-one relationship always finds its row: an enforced foreign key
 * whose columns are not null, to a local table whose rows are all visible.
 */
static bool
always_found(FsqRelation *source, FsqRelation *target, FsqEdge *edge)
{
	if (!edge->enforced || target->foreign || target->has_rls)
		return false;
	for (int i = 0; i < edge->ncolumns; i++)
		if (!fsq_relation_column(source, edge->source_columns[i])->not_null)
			return false;
	return true;
}

/* A link as the role sees it; NULL if it may not read its columns on both sides. */
FsqRelationship *
fsq_relationship_of_link(FsqHub *hub, FsqRelation *source, FsqLink *link)
{
	static const char *const origins[] = {
		[FSQ_ORIGIN_ADDED] = "added",
		[FSQ_ORIGIN_CONSTRAINT] = "constraint",
		[FSQ_ORIGIN_OPTION] = "option"
	};
	FsqEdge    *edge = link->edge;
	FsqEntry   *other = link->reverse ? edge->source : edge->target;
	FsqRelation *target = other == source->entry ? source : fsq_entry_relation(hub, other);
	FsqRelationship *relationship;

	if (target == NULL)
		return NULL;
	relationship = palloc0(sizeof(FsqRelationship));
	relationship->field = link->field;
	relationship->source = source;
	relationship->target = target;
	relationship->target_relid = other->relid;
	relationship->ncolumns = edge->ncolumns;
	relationship->source_columns = link->reverse ? edge->target_columns : edge->source_columns;
	relationship->target_columns = link->reverse ? edge->source_columns : edge->target_columns;
	relationship->to_many = link->to_many;
	relationship->origin = origins[edge->origin];
	if (!columns_readable(source, edge->ncolumns, relationship->source_columns) ||
		!columns_readable(target, edge->ncolumns, relationship->target_columns))
		return NULL;
	if (link->to_many)
		relationship->nullable = target->foreign;
	else
		relationship->nullable = link->reverse || !always_found(source, target, edge);
	if (!link->reverse)
		relationship->description = edge->description;
	return relationship;
}

/* The relationships of a relation that the role may follow, in both directions. */
List *
fsq_relation_relationships(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	List	   *relationships = NIL;
	ListCell   *lc;

	if (relation->relationships_loaded)
		return relation->relationships;
	old = MemoryContextSwitchTo(hub->schema.context);
	foreach(lc, fsq_entry_links(hub, relation->entry))
	{
		FsqLink    *link = lfirst(lc);
		FsqRelationship *relationship = link->omitted ? NULL :
			fsq_relationship_of_link(hub, relation, link);

		if (relationship)
			relationships = lappend(relationships, relationship);
	}
	MemoryContextSwitchTo(old);
	relation->relationships = relationships;
	relation->relationships_loaded = true;
	return relationships;
}

/* The relation at the other end; never NULL for a relationship that is there. */
FsqRelation *
fsq_relationship_target(FsqRelationship *relationship)
{
	return relationship->target;
}
