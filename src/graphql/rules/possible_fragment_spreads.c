/*-------------------------------------------------------------------------
 *
 * possible_fragment_spreads.c
 *	  PossibleFragmentSpreadsRule: a fragment can apply where it is spread.
 *	  (specification section 5.5.2.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

/* Whether both types are known and have no object type in common. */
static bool
is_impossible(FsqType *fragment, FsqType *parent)
{
	return fragment != NULL && parent != NULL &&
		fsq_type_is_composite(fragment) && fsq_type_is_composite(parent) &&
		!fsq_types_overlap(fragment, parent);
}

static bool
enter_inline_fragment(FsqValidator *v, void *state, const void *node)
{
	FsqType    *type = v->info.type;
	FsqType    *parent = v->info.parent_type;

	if (is_impossible(type, parent))
		fsq_report_at(v, ((const FsqNode *) node)->start,
					  psprintf("Fragment cannot be spread here as objects of type \"%s\" can never be of type \"%s\".",
							   parent->name, type->name));
	return true;
}

static bool
enter_spread(FsqValidator *v, void *state, const void *node)
{
	const FsqFragmentSpreadNode *spread = node;
	const FsqFragmentNode *fragment = fsq_fragment(v, spread->name->value);
	FsqType    *parent = v->info.parent_type;
	FsqType    *type;

	if (fragment == NULL)
		return true;
	type = fsq_schema_type(v->schema, fragment->type_condition->value);
	if (is_impossible(type, parent))
		fsq_report_at(v, spread->node.start,
					  psprintf("Fragment \"%s\" cannot be spread here as objects of type \"%s\" can never be of type \"%s\".",
							   spread->name->value, parent->name, type->name));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_INLINE_FRAGMENT, enter_inline_fragment, NULL},
	{FSQ_NODE_FRAGMENT_SPREAD, enter_spread, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_possible_fragment_spreads = {"PossibleFragmentSpreadsRule", 0, visits};
