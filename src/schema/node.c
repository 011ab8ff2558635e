/*-------------------------------------------------------------------------
 *
 * node.c
 *	  Global identification of rows, as the Relay specification has it: the
 *	  interface Node, nodeId of each row that has a primary key, and
 *	  node(nodeId:).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

#define NODE_ID "nodeId"

FsqKey *
fsq_relation_node_key(FsqRelation *relation)
{
	List	   *keys = fsq_relation_keys(relation);
	FsqKey	   *key = keys ? linitial(keys) : NULL;

	if (key == NULL || !key->primary || fsq_relation_column_by_field(relation, NODE_ID))
		return NULL;
	return key;
}

/* A field nodeId of a type; in the current context. */
static FsqField *
make_id_field(FsqType *type, FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	FsqField   *field = fsq_hub_field_make(type, NODE_ID, fsq_type_non_null(fsq_scalar_type(hub, "ID")),
										   FSQ_FIELD_NODE_ID);

	field->description = "Of this row alone among all rows of all tables: for node";
	((FsqFieldBinding *) field->binding)->relation = relation;
	return field;
}

FsqType *
fsq_node_type(FsqHub *hub)
{
	FsqType    *type = fsq_names_get(hub->types, "Node");
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_INTERFACE, "Node");
	type->description = "A row that has a primary key";
	type->fields = list_make1(make_id_field(type, NULL));
	type->is_complete = true;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

FsqField *
fsq_node_id_field(FsqRelation *relation, const char *name)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;

	if (strcmp(name, NODE_ID) != 0 || fsq_relation_node_key(relation) == NULL)
		return NULL;
	if (relation->node_id_gql_field == NULL)
	{
		old = MemoryContextSwitchTo(hub->schema.context);
		relation->node_id_gql_field = make_id_field(fsq_object_type(relation), relation);
		MemoryContextSwitchTo(old);
	}
	return relation->node_id_gql_field;
}

List *
fsq_node_types(FsqHub *hub)
{
	List	   *types = NIL;

	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);

		CHECK_FOR_INTERRUPTS();
		if (relation && fsq_relation_node_key(relation))
			types = lappend(types, fsq_object_type(relation));
	}
	return types;
}

/* Whether there is a row that node could give. */
static bool
has_nodes(FsqHub *hub)
{
	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);

		CHECK_FOR_INTERRUPTS();
		if (relation && fsq_relation_node_key(relation))
			return true;
	}
	return false;
}

FsqField *
fsq_node_field(FsqHub *hub)
{
	FsqType    *query = hub->schema.query;
	MemoryContext old;
	FsqField   *field;

	if (hub->node_gql_field || !has_nodes(hub))
		return hub->node_gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(query, "node", fsq_node_type(hub), FSQ_FIELD_NODE);
	field->description = "The row that has this nodeId, if it is there";
	field->arguments = list_make1(fsq_hub_argument_make(hub, NODE_ID,
														fsq_type_non_null(fsq_scalar_type(hub, "ID")),
														FSQ_ARGUMENT_NODE_ID));
	MemoryContextSwitchTo(old);
	return hub->node_gql_field = field;
}
