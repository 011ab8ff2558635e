/*-------------------------------------------------------------------------
 *
 * max_introspection_depth.c
 *	  MaxIntrospectionDepthRule: introspection does not go round in circles.
 *	  (not of the specification: it stops the requests that make huge answers of introspection)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

/* Lists of introspection within each other that are too many. */
#define MAX_LISTS_DEPTH 3

/* Fragments that were looked at, at each depth. */
typedef struct Walk
{
	FsqValidator *v;
	FsqNames   *seen[MAX_LISTS_DEPTH];
} Walk;

/* Whether a field of introspection is a list that can lead back to types. */
static bool
is_deepening(const char *name)
{
	return strcmp(name, "fields") == 0 || strcmp(name, "interfaces") == 0 ||
		strcmp(name, "possibleTypes") == 0 || strcmp(name, "inputFields") == 0;
}

/* Whether a selection leads too deep. */
static bool
is_too_deep(Walk *w, const FsqNode *node, int depth)
{
	List	   *selections;
	ListCell   *lc;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->kind == FSQ_NODE_FRAGMENT_SPREAD)
	{
		const char *name = ((const FsqFragmentSpreadNode *) node)->name->value;
		const FsqFragmentNode *fragment = fsq_fragment(w->v, name);

		if (fragment == NULL)
			return false;
		if (w->seen[depth] == NULL)
			w->seen[depth] = fsq_names_make(CurrentMemoryContext, 8);
		if (fsq_names_add(w->seen[depth], name, unconstify(FsqFragmentNode *, fragment)) != NULL)
			return false;
		selections = fragment->selections;
	}
	else if (node->kind == FSQ_NODE_FIELD)
	{
		const FsqFieldNode *field = (const FsqFieldNode *) node;

		if (is_deepening(field->name->value) && ++depth >= MAX_LISTS_DEPTH)
			return true;
		selections = field->selections;
	}
	else
		selections = ((const FsqInlineFragmentNode *) node)->selections;

	foreach(lc, selections)
	{
		if (is_too_deep(w, lfirst(lc), depth))
			return true;
	}
	return false;
}

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	const FsqFieldNode *field = node;
	Walk		w = {.v = v};

	if (strcmp(field->name->value, "__schema") != 0 && strcmp(field->name->value, "__type") != 0)
		return true;
	if (!is_too_deep(&w, node, 0))
		return true;
	fsq_report_at(v, field->node.start, "Maximum introspection depth exceeded");
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_max_introspection_depth = {"MaxIntrospectionDepthRule", 0, visits};
