/*-------------------------------------------------------------------------
 *
 * provider.c
 *	  The hub as a GraphQL schema: its types by name, all of them, and its
 *	  directives.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/memutils.h"

/*
 * The types that belong to a relation: the ending that its type's name gets, and
 * what makes them (NULL: the relation has none).
 */
typedef struct DerivedType
{
	const char *suffix;
	FsqType    *(*make) (FsqRelation *relation);
} DerivedType;

static const DerivedType derived_types[] = {
	{"WhereInput", fsq_where_type},
	{"OrderByInput", fsq_order_by_type},
	{"ListFilter", fsq_list_filter_type},
	{"Column", fsq_column_enum_type},
	{"Edge", fsq_edge_type},
	{"Connection", fsq_connection_type}
};

FsqRelation *
fsq_relation_of_derived(FsqHub *hub, const char *name, const char *suffix)
{
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);
	FsqEntry   *entry;

	if (length <= n || strcmp(name + length - n, suffix) != 0)
		return NULL;
	entry = fsq_names_get(hub->by_type, pnstrdup(name, length - n));
	return fsq_entry_relation(hub, entry);
}

/* A type that is made of a relation that has a name. */
static FsqType *
relation_type(FsqHub *hub, const char *name)
{
	FsqType    *type;
	FsqEntry   *entry;
	FsqRelation *relation;

	if ((entry = fsq_names_get(hub->by_type, name)))
	{
		relation = fsq_entry_relation(hub, entry);
		return relation ? fsq_object_type(relation) : NULL;
	}
	if (strcmp(name, FSQ_SOURCE_AFFINITY) == 0)
		return fsq_source_affinity_type(hub);
	if ((type = fsq_status_type(hub, name)) || (type = fsq_subgraph_type(hub, name)))
		return type;
	for (int i = 0; i < lengthof(derived_types); i++)
		if ((relation = fsq_relation_of_derived(hub, name, fsq_naming_word(hub->rules, derived_types[i].suffix))))
			return derived_types[i].make(relation);
	if (strcmp(name, "PageInfo") == 0)
		return fsq_page_info_type(hub);
	if (strcmp(name, "Node") == 0)
		return fsq_node_type(hub);
	return fsq_aggregate_type_by_name(hub, name);
}

static FsqType *
hub_find_type(FsqSchema *schema, const char *name)
{
	FsqHub	   *hub = fsq_hub(schema);
	FsqType    *type = fsq_names_get(hub->types, name);

	if (type || (type = relation_type(hub, name)) || (type = fsq_leaf_type(hub, name)))
		return type;
	/* of rows that functions return */
	if (hub->functions_loaded)
		return NULL;
	fsq_hub_load_functions(hub);
	return relation_type(hub, name);
}

/* The types that can be reached, while they are collected. */
typedef struct Reachable
{
	FsqNames   *seen;
	List	   *types;			/* of FsqType *; also the queue */
} Reachable;

static void
reach(Reachable *reachable, FsqType *type)
{
	type = fsq_type_named(type);
	if (fsq_names_add(reachable->seen, type->name, type) == NULL)
		reachable->types = lappend(reachable->types, type);
}

static int
compare_types(const ListCell *left, const ListCell *right)
{
	return strcmp(((FsqType *) lfirst(left))->name, ((FsqType *) lfirst(right))->name);
}

/* Every type that can be reached from Query, completed, by name. */
static List *
hub_all_types(FsqSchema *schema)
{
	FsqHub	   *hub = fsq_hub(schema);
	MemoryContext old;
	Reachable	reachable = {0};
	ListCell   *lc;
	ListCell   *lc2;

	if (hub->all_types)
		return hub->all_types;
	reachable.seen = fsq_names_make(CurrentMemoryContext, hub->nentries * 5);
	old = MemoryContextSwitchTo(schema->context);
	reach(&reachable, schema->query);
	/* introspection and directives use them */
	reach(&reachable, fsq_scalar_type(hub, "String"));
	reach(&reachable, fsq_scalar_type(hub, "Boolean"));
	foreach(lc, schema->directives)
		foreach(lc2, ((FsqDirective *) lfirst(lc))->arguments)
			reach(&reachable, ((FsqInputValue *) lfirst(lc2))->type);
	for (int i = 0; i < list_length(reachable.types); i++)
	{
		FsqType    *type = list_nth(reachable.types, i);

		CHECK_FOR_INTERRUPTS();
		foreach(lc, type->interfaces)
			reach(&reachable, lfirst(lc));
		if (type->kind == FSQ_INTERFACE)
			foreach(lc, fsq_type_possible_types(type))
				reach(&reachable, lfirst(lc));
		if (type->kind == FSQ_OBJECT || type->kind == FSQ_INTERFACE)
		{
			foreach(lc, fsq_type_fields(type))
			{
				FsqField   *field = lfirst(lc);

				reach(&reachable, field->type);
				foreach(lc2, field->arguments)
					reach(&reachable, ((FsqInputValue *) lfirst(lc2))->type);
			}
		}
		else if (type->kind == FSQ_UNION)
		{
			foreach(lc, fsq_type_possible_types(type))
				reach(&reachable, lfirst(lc));
		}
		else if (type->kind == FSQ_INPUT_OBJECT)
		{
			foreach(lc, fsq_type_input_fields(type))
				reach(&reachable, ((FsqInputValue *) lfirst(lc))->type);
		}
	}
	list_sort(reachable.types, compare_types);
	MemoryContextSwitchTo(old);
	return hub->all_types = reachable.types;
}

/* Node is the only interface. */
static List *
hub_implementations(FsqSchema *schema, FsqType *interface)
{
	return fsq_node_types(fsq_hub(schema));
}

const char *
fsq_schema_word(FsqSchema *schema, const char *word)
{
	return fsq_naming_word(fsq_hub(schema)->rules, word);
}

/* Make the hub a GraphQL schema; its name index is complete. */
void
fsq_hub_set_provider(FsqHub *hub)
{
	FsqSchema  *schema = &hub->schema;

	schema->find_type = hub_find_type;
	schema->all_types = hub_all_types;
	schema->implementations = hub_implementations;
	schema->query = fsq_query_type(hub);
	schema->directives = fsq_builtin_directives(schema);
	schema->directives = lappend(schema->directives, fsq_source_definition(hub));
}
