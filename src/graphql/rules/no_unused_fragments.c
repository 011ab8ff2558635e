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
#include "miscadmin.h"

static bool
leave_document(FsqValidator *v, void *state, const void *node)
{
	List	   *definitions = ((const FsqDocument *) node)->definitions;
	FsqNames   *used = fsq_names_make(CurrentMemoryContext, 8);
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, definitions)
	{
		if (((FsqNode *) lfirst(lc))->kind != FSQ_NODE_OPERATION)
			continue;
		foreach(lc2, fsq_reachable_fragments(v, lfirst(lc)))
		{
			FsqFragmentNode *fragment = lfirst(lc2);

			CHECK_FOR_INTERRUPTS();
			fsq_names_add(used, fragment->name->value, fragment);
		}
	}
	foreach(lc, definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION &&
			fsq_names_get(used, fragment->name->value) == NULL)
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
