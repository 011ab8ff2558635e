/*-------------------------------------------------------------------------
 *
 * query.c
 *	  The fields of Query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

static FsqField *
root_list_field(FsqHub *hub, FsqRelation *relation)
{
	MemoryContext old;
	FsqField   *field;

	if (relation->list_gql_field)
		return relation->list_gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(hub->schema.query, relation->list_field,
					   fsq_list_type(relation, relation->foreign), FSQ_FIELD_ROOT_LIST);
	field->description = relation->description;
	field->directives = fsq_source_directive(relation);
	field->arguments = fsq_list_arguments(hub, relation);
	((FsqFieldBinding *) field->binding)->relation = relation;
	MemoryContextSwitchTo(old);
	return relation->list_gql_field = field;
}

/*
 * The field that is called as a relation's list: that, or in a naming of
 * collections its connection, if a key tells its rows apart.
 */
static FsqField *
root_rows_field(FsqHub *hub, FsqRelation *relation)
{
	FsqField   *connection = hub->rules->collection ? fsq_root_connection_field(relation) : NULL;

	return connection ? connection : root_list_field(hub, relation);
}

static FsqField *
root_key_field(FsqHub *hub, FsqRelation *relation, FsqKey *key)
{
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;

	if (key->gql_field)
		return key->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(hub->schema.query, key->root_field, fsq_object_type(relation),
					   FSQ_FIELD_ROOT_KEY);
	field->directives = fsq_source_directive(relation);
	for (int i = 0; i < key->ncolumns; i++)
		field->arguments = lappend(field->arguments,
								   fsq_hub_argument_make(hub, key->columns[i]->field,
												 fsq_type_non_null(key->columns[i]->gql_type),
												 FSQ_ARGUMENT_KEY));
	binding = field->binding;
	binding->relation = relation;
	binding->key = key;
	MemoryContextSwitchTo(old);
	return key->gql_field = field;
}

/* The key field of that name of a relation; NULL if it has none. */
static FsqField *
key_field_of(FsqHub *hub, FsqRelation *relation, const char *name)
{
	ListCell   *lc;

	if (relation == NULL)
		return NULL;
	foreach(lc, fsq_relation_keys(relation))
	{
		FsqKey	   *key = lfirst(lc);

		if (key->root_field && strcmp(key->root_field, name) == 0)
			return root_key_field(hub, relation, key);
	}
	return NULL;
}

/* The field of a Query that would have none, which no type may be without. */
static FsqField *
empty_field(FsqHub *hub)
{
	FsqField   *field = fsq_hub_field_make(hub->schema.query, FSQ_EMPTY_FIELD,
										   fsq_type_non_null(fsq_scalar_type(hub, "Boolean")),
										   FSQ_FIELD_EMPTY);

	field->description = "True: the current role sees no table.";
	return field;
}

/*
 * A root field by name.  The names of the index come first; "userByEmail" is
 * looked for under the shortest item that it begins with.
 */
static FsqField *
query_find_field(FsqType *type, const char *name)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	const char *word = hub->rules->by;
	FsqEntry   *entry;
	FsqField   *field;
	FsqFunction *function;

	if (strcmp(name, FSQ_STATUS_FIELD) == 0)
		return fsq_status_field(hub);
	if ((field = fsq_subgraph_field(hub, name)))
		return field;
	if ((entry = fsq_names_get(hub->by_list, name)))
	{
		FsqRelation *relation = fsq_entry_relation(hub, entry);

		return relation ? root_rows_field(hub, relation) : NULL;
	}
	/* the item alone is a field where it is that of the primary key */
	if (hub->rules->by_primary_key[0] == '\0' && (entry = fsq_names_get(hub->by_item, name)))
		return key_field_of(hub, fsq_entry_relation(hub, entry), name);
	if (strcmp(name, "node") == 0)
		return fsq_node_field(hub);
	if ((field = fsq_root_connection_field_by_name(hub, name)))
		return field;
	for (const char *by = strstr(name, word); by; by = strstr(by + 1, word))
	{
		entry = fsq_names_get(hub->by_item, pnstrdup(name, by - name));
		if (entry && (field = key_field_of(hub, fsq_entry_relation(hub, entry), name)))
			return field;
	}
	if ((field = fsq_aggregate_root_field(hub, name)))
		return field;
	/* whether there are other fields turns out when there are all */
	if (strcmp(name, FSQ_EMPTY_FIELD) == 0)
	{
		field = linitial(fsq_type_fields(type));
		if (strcmp(field->name, name) == 0)
			return field;
	}
	function = fsq_query_function(hub, name);
	return function ? fsq_function_field(hub, function) : NULL;
}

/* Add the connection of a relation, if there is one that has its name. */
static List *
add_connection(FsqType *type, List *fields, FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	char	   *name = fsq_connection_name(hub, relation->list_field);
	FsqField   *field = fsq_root_connection_field(relation);

	if (field == NULL)
		fsq_problem(hub, relation->entry, NULL, NULL,
					"no key tells its rows apart, so there is no field \"%s\"", name);
	else if (query_find_field(type, name) == field)
		return lappend(fields, field);
	else
		fsq_problem(hub, relation->entry, NULL, NULL,
					"the field \"%s\" is taken, there is no connection", name);
	return fields;
}

static void
query_complete(FsqType *type)
{
	FsqHub	   *hub = fsq_hub(type->schema);
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	List	   *fields = NIL;
	ListCell   *query;

	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (relation == NULL)
			continue;
		fields = lappend(fields, root_rows_field(hub, relation));
		if (hub->rules->collection == NULL)
			fields = add_connection(type, fields, relation);
		else if (fsq_root_connection_field(relation) == NULL)
			fsq_problem(hub, relation->entry, NULL, NULL,
						"no key tells its rows apart, so \"%s\" is a list", relation->list_field);
		foreach(lc, fsq_relation_keys(relation))
		{
			FsqKey	   *key = lfirst(lc);
			FsqField   *field = key->root_field ? query_find_field(type, key->root_field) : NULL;

			if (key->root_field == NULL)
				continue;
			if (field && ((FsqFieldBinding *) field->binding)->key == key)
				fields = lappend(fields, field);
			else
				fsq_problem(hub, relation->entry, NULL, NULL,
							"the field \"%s\" is taken, the key \"%s\" has no field",
							key->root_field, key->constraint_name ? key->constraint_name : "");
		}
		foreach(lc, fsq_aggregate_root_fields(relation))
		{
			FsqField   *field = lfirst(lc);

			if (query_find_field(type, field->name) == field)
				fields = lappend(fields, field);
			else
				fsq_problem(hub, relation->entry, NULL, NULL,
							"the field \"%s\" is taken, the aggregate of that name has no field",
							field->name);
		}
	}
	foreach(query, fsq_query_functions(hub))
	{
		FsqFunction *function = lfirst(query);
		FsqField   *field;

		if (!fsq_query_usable(hub, function))
			continue;
		field = query_find_field(type, function->field);
		if (field && ((FsqFieldBinding *) field->binding)->function == function)
			fields = lappend(fields, field);
		else
			fsq_problem(hub, NULL, NULL, NULL, "function %s has no field: \"%s\" is taken",
						function->signature, function->field);
	}
	if (fsq_node_field(hub) && query_find_field(type, "node") == fsq_node_field(hub))
		fields = lappend(fields, fsq_node_field(hub));
	else if (fsq_node_field(hub))
		fsq_problem(hub, fsq_names_get(hub->by_item, "node"), NULL, NULL,
					"the field \"node\" is taken, rows are not found by their nodeId");
	if (fields == NIL)
		fields = list_make1(empty_field(hub));
	if (fsq_status_field(hub))
		fields = lappend(fields, fsq_status_field(hub));
	fields = list_concat(fields, fsq_subgraph_fields(hub));
	type->fields = fields;
	type->is_complete = true;
	MemoryContextSwitchTo(old);
}

/* The type Query of a hub; registered. */
FsqType *
fsq_query_type(FsqHub *hub)
{
	FsqType    *type = fsq_hub_type_make(hub, FSQ_OBJECT, "Query");

	type->find_field = query_find_field;
	type->complete = query_complete;
	fsq_names_add(hub->types, type->name, type);
	return type;
}
