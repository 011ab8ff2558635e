/*-------------------------------------------------------------------------
 *
 * collect.c
 *	  CollectFields (specification section 6.3.2): which fields an object is
 *	  asked for.
 *
 *	  Every type that is asked is an object type, so a type condition holds if
 *	  it is the type's own name, or that of an interface or a union of it.
 *
 *	  What @skip and @include decide is known either now, from the values of the
 *	  variables, or later: then each field comes with its condition, and with a
 *	  place for each order of fields that the conditions can lead to.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/collect.h"
#include "graphql/scalar.h"
#include "miscadmin.h"

/* Fragments may be spread again under other conditions so often ... */
#define MAX_REVISITS 100

/* ... and a field may have so many places. */
#define MAX_PLACES 16

/* The fields of a selection set by response key, while they are collected. */
typedef struct Collection
{
	FsqCollector *collector;
	FsqType    *type;
	List	   *groups;			/* of FsqFieldGroup *, in the order of the request */
	FsqNames   *by_key;
	FsqNames   *fragments;		/* that have been spread: a Visit for each */
} Collection;

/* The conditions under which a fragment has been spread (of FsqCondition *). */
typedef struct Visit
{
	List	   *conditions;
} Visit;

void
fsq_collector_init(FsqCollector *collector, FsqSchema *schema, FsqDocument *document,
				   FsqVariables *variables, FsqErrorList *errors)
{
	ListCell   *lc;

	collector->schema = schema;
	collector->variables = variables;
	collector->errors = errors;
	collector->conditional = false;
	collector->nrevisits = 0;
	collector->too_complex = false;
	collector->fragments = fsq_names_make(CurrentMemoryContext,
										  list_length(document->definitions));
	foreach(lc, document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION)
			fsq_names_add(collector->fragments, fragment->name->value, fragment);
	}
}

/* ---- conditions ---- */

/* The term of a condition about a variable, or NULL. */
static const FsqCondition *
find_term(const FsqCondition *condition, int variable)
{
	while (condition && condition->variable != variable)
		condition = condition->outer;
	return condition;
}

/* Whether a condition holds whenever another one does. */
static bool
is_implied(const FsqCondition *condition, const FsqCondition *by)
{
	for (; condition; condition = condition->outer)
	{
		const FsqCondition *term = find_term(by, condition->variable);

		if (term == NULL || term->value != condition->value)
			return false;
	}
	return true;
}

/* Whether one of some conditions holds whenever another one does. */
static bool
any_implied(List *conditions, const FsqCondition *by)
{
	ListCell   *lc;

	foreach(lc, conditions)
		if (is_implied(lfirst(lc), by))
			return true;
	return false;
}

/* Add what a variable must be; false if it must be something else already. */
static bool
add_term(const FsqCondition **condition, int variable, bool value)
{
	const FsqCondition *term = find_term(*condition, variable);
	FsqCondition *added;

	if (term)
		return term->value == value;
	added = palloc(sizeof(FsqCondition));
	added->outer = *condition;
	added->variable = variable;
	added->value = value;
	*condition = added;
	return true;
}

/* Add what the directives of a selection say; false if it is never included. */
static bool
add_directives(Collection *collection, List *directives, const FsqCondition **condition)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);
		bool		include = strcmp(directive->name->value, "include") == 0;
		FsqValueNode *value;

		if (!include && strcmp(directive->name->value, "skip") != 0)
			continue;
		value = (FsqValueNode *) ((FsqArgumentNode *) linitial(directive->arguments))->value;
		if (value->node.kind == FSQ_NODE_VARIABLE ?
			!add_term(condition, fsq_variable_index(collection->collector->variables, value->str), include) :
			value->boolean != include)
			return false;
	}
	return true;
}

/* Whether a selection is included, or may be; its condition is added. */
static bool
is_included(Collection *collection, List *directives, const FsqCondition **condition)
{
	FsqCollector *collector = collection->collector;

	if (directives == NIL)
		return true;
	if (collector->conditional)
		return add_directives(collection, directives, condition);
	return fsq_selection_included(directives, collector->variables, collector->errors);
}

/* Whether a fragment is to be spread under a condition: not, if it has been already. */
static bool
visit_fragment(Collection *collection, const char *name, const FsqCondition *condition)
{
	FsqCollector *collector = collection->collector;
	Visit	   *visit = fsq_names_get(collection->fragments, name);

	if (visit == NULL)
	{
		visit = palloc0(sizeof(Visit));
		fsq_names_add(collection->fragments, name, visit);
	}
	else if (any_implied(visit->conditions, condition))
		return false;
	else if (++collector->nrevisits > MAX_REVISITS)
	{
		collector->too_complex = true;
		return false;
	}
	visit->conditions = lappend(visit->conditions, unconstify(FsqCondition *, condition));
	return true;
}

/* ---- fields ---- */

/* Add a field to the group of its response key, and a place for it if need be. */
static void
collect_field(Collection *collection, FsqFieldNode *node, const FsqCondition *condition)
{
	const char *key = node->alias ? node->alias->value : node->name->value;
	FsqFieldGroup *group = fsq_names_get(collection->by_key, key);

	if (group == NULL)
	{
		group = palloc0(sizeof(FsqFieldGroup));
		group->key = key;
		fsq_names_add(collection->by_key, key, group);
	}
	group->nodes = lappend(group->nodes, node);
	group->conditions = lappend(group->conditions, unconstify(FsqCondition *, condition));
	if (any_implied(group->places, condition))
		return;
	if (list_length(group->places) == MAX_PLACES)
	{
		collection->collector->too_complex = true;
		return;
	}
	group->places = lappend(group->places, unconstify(FsqCondition *, condition));
	collection->groups = lappend(collection->groups, group);
}

/* Whether a fragment with this type condition applies to objects of the type. */
static bool
applies(const Collection *collection, const char *name)
{
	FsqType    *type;
	ListCell   *lc;

	if (strcmp(collection->type->name, name) == 0)
		return true;
	foreach(lc, collection->type->interfaces)
		if (strcmp(((FsqType *) lfirst(lc))->name, name) == 0)
			return true;
	type = fsq_schema_type(collection->collector->schema, name);
	return type && type->kind == FSQ_UNION &&
		list_member_ptr(fsq_type_possible_types(type), collection->type);
}

/* Collect the fields of a selection set that is included under a condition. */
static void
collect_selections(Collection *collection, List *selections, const FsqCondition *outer)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);
		const FsqCondition *condition = outer;

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;

			if (is_included(collection, field->directives, &condition))
				collect_field(collection, field, condition);
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			FsqInlineFragmentNode *fragment = (FsqInlineFragmentNode *) node;

			if (is_included(collection, fragment->directives, &condition) &&
				(fragment->type_condition == NULL ||
				 applies(collection, fragment->type_condition->value)))
				collect_selections(collection, fragment->selections, condition);
		}
		else
		{
			FsqFragmentSpreadNode *spread = (FsqFragmentSpreadNode *) node;
			FsqFragmentNode *fragment = fsq_names_get(collection->collector->fragments,
													  spread->name->value);

			if (fragment && is_included(collection, spread->directives, &condition) &&
				visit_fragment(collection, spread->name->value, condition) &&
				applies(collection, fragment->type_condition->value))
				collect_selections(collection, fragment->selections, condition);
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
	collect_selections(&collection, selections, NULL);
	return collection.groups;
}

/* Whether all nodes of a group are included under one condition: that of its value. */
static bool
has_one_condition(const FsqFieldGroup *group)
{
	ListCell   *lc;

	foreach(lc, group->conditions)
		if (lfirst(lc) != linitial(group->conditions))
			return false;
	return true;
}

List *
fsq_collect_subfields(FsqCollector *collector, FsqType *type, const FsqFieldGroup *group)
{
	bool		one_condition = has_one_condition(group);
	Collection	collection;
	ListCell   *node;
	ListCell   *condition;

	collection_init(&collection, collector, type);
	forboth(node, group->nodes, condition, group->conditions)
		collect_selections(&collection, ((FsqFieldNode *) lfirst(node))->selections,
						   one_condition ? NULL : lfirst(condition));
	return collection.groups;
}
