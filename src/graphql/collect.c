/*-------------------------------------------------------------------------
 *
 * collect.c
 *	  CollectFields (specification section 6.3.2): which fields an object is
 *	  asked for.
 *
 *	  Every type that is asked is an object type, so a type condition holds if
 *	  it is the type's own name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/collect.h"
#include "miscadmin.h"

/* The fields of a selection set by response key, while they are collected. */
typedef struct Collection
{
	FsqCollector *collector;
	FsqType    *type;
	List	   *groups;			/* of FsqFieldGroup *, in the order of the request */
	FsqNames   *by_key;
	FsqNames   *fragments;		/* that have been spread */
} Collection;

void
fsq_collector_init(FsqCollector *collector, FsqSchema *schema, FsqDocument *document,
				   FsqVariables *variables, FsqErrorList *errors)
{
	ListCell   *lc;

	collector->schema = schema;
	collector->variables = variables;
	collector->errors = errors;
	collector->fragments = fsq_names_make(CurrentMemoryContext,
										  list_length(document->definitions));
	foreach(lc, document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION)
			fsq_names_add(collector->fragments, fragment->name->value, fragment);
	}
}

/* Add a field to the group of its response key. */
static void
collect_field(Collection *collection, FsqFieldNode *node)
{
	const char *key = node->alias ? node->alias->value : node->name->value;
	FsqFieldGroup *group = fsq_names_get(collection->by_key, key);

	if (group == NULL)
	{
		group = palloc0(sizeof(FsqFieldGroup));
		group->key = key;
		fsq_names_add(collection->by_key, key, group);
		collection->groups = lappend(collection->groups, group);
	}
	group->nodes = lappend(group->nodes, node);
}

static bool
is_included(Collection *collection, List *directives)
{
	return fsq_selection_included(directives, collection->collector->variables,
								  collection->collector->errors);
}

/* Collect the fields of a selection set. */
static void
collect_selections(Collection *collection, List *selections)
{
	const char *type = collection->type->name;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;

			if (is_included(collection, field->directives))
				collect_field(collection, field);
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			FsqInlineFragmentNode *fragment = (FsqInlineFragmentNode *) node;

			if (is_included(collection, fragment->directives) &&
				(fragment->type_condition == NULL ||
				 strcmp(fragment->type_condition->value, type) == 0))
				collect_selections(collection, fragment->selections);
		}
		else
		{
			FsqFragmentSpreadNode *spread = (FsqFragmentSpreadNode *) node;
			FsqFragmentNode *fragment = fsq_names_get(collection->collector->fragments,
													  spread->name->value);

			if (fragment && is_included(collection, spread->directives) &&
				fsq_names_add(collection->fragments, spread->name->value, fragment) == NULL &&
				strcmp(fragment->type_condition->value, type) == 0)
				collect_selections(collection, fragment->selections);
		}
	}
}

static void
collection_init(Collection *collection, FsqCollector *collector, FsqType *type)
{
	collection->collector = collector;
	collection->type = type;
	collection->groups = NIL;
	collection->by_key = fsq_names_make(CurrentMemoryContext, 16);
	collection->fragments = fsq_names_make(CurrentMemoryContext, 8);
}

List *
fsq_collect_fields(FsqCollector *collector, FsqType *type, List *selections)
{
	Collection	collection;

	collection_init(&collection, collector, type);
	collect_selections(&collection, selections);
	return collection.groups;
}

List *
fsq_collect_subfields(FsqCollector *collector, FsqType *type, List *nodes)
{
	Collection	collection;
	ListCell   *lc;

	collection_init(&collection, collector, type);
	foreach(lc, nodes)
		collect_selections(&collection, ((FsqFieldNode *) lfirst(lc))->selections);
	return collection.groups;
}
