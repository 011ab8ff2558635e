/*-------------------------------------------------------------------------
 *
 * no_unused_fragments.c
 *	  NoUnusedFragmentsRule: every fragment is reached from an operation.
 *	  (specification section 5.5.1.4)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
leave_document(FsqValidator *v, void *state, const void *node)
{
	ListCell   *lc;

	foreach(lc, ((const FsqDocument *) node)->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION &&
			!fsq_fragment_is_used(v, fragment->name->value))
			fsq_report_at(v, fragment->node.start,
						  psprintf("Fragment \"%s\" is never used.", fragment->name->value));
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DOCUMENT, NULL, leave_document},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_unused_fragments = {"NoUnusedFragmentsRule", 0, visits};
