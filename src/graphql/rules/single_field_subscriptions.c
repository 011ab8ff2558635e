/*-------------------------------------------------------------------------
 *
 * single_field_subscriptions.c
 *	  SingleFieldSubscriptionsRule: a subscription has one root field.
 *	  (specification section 5.2.3.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

/* The root fields of a subscription, grouped by response key. */
typedef struct Collector
{
	FsqValidator *v;
	FsqNames   *keys;			/* of the position in groups, from 1 */
	FsqNames   *fragments;		/* visited */
	List	   *groups;			/* of List of FsqFieldNode * */
} Collector;

/* Whether a fragment's type condition admits the subscription type. */
static bool
condition_holds(FsqValidator *v, const FsqName *condition)
{
	FsqType    *type;

	if (condition == NULL)
		return true;
	type = fsq_schema_type(v->schema, condition->value);
	return type != NULL && fsq_type_is_composite(type) &&
		(type == v->schema->subscription || fsq_is_subtype(v->schema->subscription, type));
}

/* Whether the first directive of that name has this literal as its condition. */
static bool
has_condition(List *directives, const char *name, bool condition)
{
	ListCell   *lc;
	ListCell   *la;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);
		FsqValueNode *value = NULL;

		if (strcmp(directive->name->value, name) != 0)
			continue;
		foreach(la, directive->arguments)
		{
			FsqArgumentNode *argument = lfirst(la);

			if (strcmp(argument->name->value, "if") == 0)
				value = (FsqValueNode *) argument->value;
		}
		return value && value->node.kind == FSQ_NODE_BOOLEAN && value->boolean == condition;
	}
	return false;
}

/* Whether a selection is left out whatever the variables are. */
static bool
is_excluded(List *directives)
{
	return has_condition(directives, "skip", true) || has_condition(directives, "include", false);
}

/* Collect the fields of a selection set and of its fragments. */
static void
collect(Collector *c, List *selections)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;
			FsqName    *key = field->alias ? field->alias : field->name;
			intptr_t	position = (intptr_t) fsq_names_get(c->keys, key->value);

			if (is_excluded(field->directives))
				continue;
			if (position == 0)
			{
				c->groups = lappend(c->groups, list_make1(field));
				fsq_names_add(c->keys, key->value, (void *) (intptr_t) list_length(c->groups));
			}
			else
			{
				ListCell   *group = list_nth_cell(c->groups, position - 1);

				lfirst(group) = lappend(lfirst(group), field);
			}
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			FsqInlineFragmentNode *fragment = (FsqInlineFragmentNode *) node;

			if (!is_excluded(fragment->directives) && condition_holds(c->v, fragment->type_condition))
				collect(c, fragment->selections);
		}
		else
		{
			const char *name = ((FsqFragmentSpreadNode *) node)->name->value;
			const FsqFragmentNode *fragment = fsq_fragment(c->v, name);

			if (!is_excluded(((FsqFragmentSpreadNode *) node)->directives) &&
				fsq_names_add(c->fragments, name, node) == NULL &&
				fragment != NULL && condition_holds(c->v, fragment->type_condition))
				collect(c, fragment->selections);
		}
	}
}

/* Report the fields of groups, from one of them on. */
static void
report_fields(FsqValidator *v, const FsqOperationNode *operation, List *groups, int from, int to, const char *what)
{
	int			n = 0;
	int		   *offsets;
	ListCell   *lc;

	for (int i = from; i < to; i++)
		n += list_length(list_nth(groups, i));
	offsets = palloc(sizeof(int) * n);
	n = 0;
	for (int i = from; i < to; i++)
	{
		foreach(lc, (List *) list_nth(groups, i))
			offsets[n++] = ((FsqNode *) lfirst(lc))->start;
	}
	fsq_report(v, offsets, n,
			   psprintf("%s must %s", operation->name ?
						psprintf("Subscription \"%s\"", operation->name->value) :
						"Anonymous Subscription", what));
}

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	const FsqOperationNode *operation = node;
	Collector	c = {.v = v};

	if (operation->operation != FSQ_SUBSCRIPTION || v->schema->subscription == NULL)
		return true;
	c.keys = fsq_names_make(CurrentMemoryContext, 8);
	c.fragments = fsq_names_make(CurrentMemoryContext, 8);
	collect(&c, operation->selections);

	if (list_length(c.groups) > 1)
		report_fields(v, operation, c.groups, 1, list_length(c.groups),
					  "select only one top level field.");
	for (int i = 0; i < list_length(c.groups); i++)
	{
		FsqFieldNode *field = linitial((List *) list_nth(c.groups, i));

		if (strncmp(field->name->value, "__", 2) == 0)
			report_fields(v, operation, c.groups, i, i + 1,
						  "not select an introspection top level field.");
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_single_field_subscriptions = {"SingleFieldSubscriptionsRule", 0, visits};
