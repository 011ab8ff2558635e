/*-------------------------------------------------------------------------
 *
 * status.c
 *	  The field databaseStatus of Query: the view fraiseql.database_status as a
 *	  relation that every schema has.
 *
 *	  It stands beside the name index, so that neither the list of exposed
 *	  schemas nor the tables in them decide whether it is there.  Its names are
 *	  the same whatever fraiseql.naming says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "schema/hub.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define VIEW "database_status"
#define TYPE "DatabaseStatus"

/* The columns of the view, in order. */
static const struct
{
	const char *name;
	Oid			type;
	bool		not_null;
}			columns[] = {
	{"name", TEXTOID, true},
	{"kind", TEXTOID, true},
	{"connected", BOOLOID, true},
	{"latency_ms", FLOAT8OID, false},
	{"last_check", TIMESTAMPTZOID, false},
	{"circuit_breaker", TEXTOID, true},
	{"error", TEXTOID, false}
};

/* What the index would know of the view, in the current context. */
static FsqEntry *
make_entry(Oid relid, Oid namespace)
{
	FsqEntry   *entry = palloc0(sizeof(FsqEntry));

	entry->relid = relid;
	entry->namespace = namespace;
	entry->name = VIEW;
	entry->relkind = RELKIND_VIEW;
	entry->type_name = TYPE;
	entry->list_field = entry->item_field = FSQ_STATUS_FIELD;
	entry->attributes_loaded = entry->keys_loaded = entry->edges_loaded = entry->links_loaded = true;
	entry->nattributes = lengthof(columns);
	entry->attributes = palloc0(sizeof(FsqAttribute) * lengthof(columns));
	for (int i = 0; i < lengthof(columns); i++)
	{
		FsqAttribute *attribute = &entry->attributes[i];

		attribute->attnum = i + 1;
		attribute->name = attribute->field = columns[i].name;
		attribute->type = attribute->base_type = columns[i].type;
		attribute->typmod = -1;
		attribute->collation = columns[i].type == TEXTOID ? DEFAULT_COLLATION_OID : InvalidOid;
		attribute->not_null = columns[i].not_null;
	}
	return entry;
}

/* The view; NULL if the role may not read it, or the extension is not there. */
static FsqRelation *
status_relation(FsqHub *hub)
{
	Oid			namespace;
	Oid			relid;
	MemoryContext old;
	FsqRelation *relation;

	if (hub->status_loaded)
		return hub->status;
	namespace = get_namespace_oid("fraiseql", true);
	relid = OidIsValid(namespace) ? get_relname_relid(VIEW, namespace) : InvalidOid;
	if (OidIsValid(relid) &&
		fsq_namespace_aclcheck(namespace, hub->role, ACL_USAGE) == ACLCHECK_OK &&
		pg_class_aclcheck(relid, hub->role, ACL_SELECT) == ACLCHECK_OK)
	{
		old = MemoryContextSwitchTo(hub->schema.context);
		relation = palloc0(sizeof(FsqRelation));
		relation->schema = &hub->schema;
		relation->entry = make_entry(relid, namespace);
		relation->relid = relid;
		relation->namespace = "fraiseql";
		relation->name = VIEW;
		relation->relkind = RELKIND_VIEW;
		relation->type_name = TYPE;
		relation->list_field = relation->item_field = FSQ_STATUS_FIELD;
		relation->keys_loaded = relation->relationships_loaded = true;
		fsq_relation_load_columns(relation);
		MemoryContextSwitchTo(old);
		hub->status = relation;
	}
	hub->status_loaded = true;
	return hub->status;
}

FsqField *
fsq_status_field(FsqHub *hub)
{
	FsqRelation *relation = status_relation(hub);
	MemoryContext old;
	FsqField   *field;

	if (relation == NULL || relation->list_gql_field != NULL)
		return relation ? relation->list_gql_field : NULL;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(hub->schema.query, FSQ_STATUS_FIELD, fsq_list_type(relation, false),
							   FSQ_FIELD_ROOT_LIST);
	field->description = "Whether the databases that data comes from answer.";
	((FsqFieldBinding *) field->binding)->relation = relation;
	MemoryContextSwitchTo(old);
	return relation->list_gql_field = field;
}

FsqType *
fsq_status_type(FsqHub *hub, const char *name)
{
	FsqRelation *relation = strcmp(name, TYPE) == 0 ? status_relation(hub) : NULL;

	return relation ? fsq_object_type(relation) : NULL;
}
