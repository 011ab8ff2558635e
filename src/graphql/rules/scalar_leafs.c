/*-------------------------------------------------------------------------
 *
 * scalar_leafs.c
 *	  ScalarLeafsRule: scalars have no selections, all else has.
 *	  (specification section 5.3.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	const FsqFieldNode *field = node;
	const char *name = field->name->value;

	if (v->info.type == NULL)
		return true;
	if (fsq_type_is_leaf(fsq_type_named(v->info.type)))
	{
		if (field->selections != NIL)
			fsq_report_at(v, field->selection_start,
						  psprintf("Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
								   name, fsq_type_text(v->info.type)));
	}
	else if (field->selections == NIL)
		fsq_report_at(v, field->node.start,
					  psprintf("Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean \"%s { ... }\"?",
							   name, fsq_type_text(v->info.type), name));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_scalar_leafs = {"ScalarLeafsRule", 0, visits};
