/*-------------------------------------------------------------------------
 *
 * fragments_on_composite_types.c
 *	  FragmentsOnCompositeTypesRule: type conditions name objects, interfaces or unions.
 *	  (specification section 5.5.1.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

/* Whether a type condition names a type that has no selections. */
static bool
is_not_composite(FsqValidator *v, const FsqName *condition)
{
	FsqType    *type = condition ? fsq_schema_type(v->schema, condition->value) : NULL;

	return type != NULL && !fsq_type_is_composite(type);
}

static bool
enter_inline_fragment(FsqValidator *v, void *state, const void *node)
{
	const FsqName *condition = ((const FsqInlineFragmentNode *) node)->type_condition;

	if (is_not_composite(v, condition))
		fsq_report_at(v, condition->start,
					  psprintf("Fragment cannot condition on non composite type \"%s\".", condition->value));
	return true;
}

static bool
enter_fragment(FsqValidator *v, void *state, const void *node)
{
	const FsqFragmentNode *fragment = node;

	if (is_not_composite(v, fragment->type_condition))
		fsq_report_at(v, fragment->type_condition->start,
					  psprintf("Fragment \"%s\" cannot condition on non composite type \"%s\".",
							   fragment->name->value, fragment->type_condition->value));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_INLINE_FRAGMENT, enter_inline_fragment, NULL},
	{FSQ_NODE_FRAGMENT_DEFINITION, enter_fragment, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_fragments_on_composite_types = {"FragmentsOnCompositeTypesRule", 0, visits};
