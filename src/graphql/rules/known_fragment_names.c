/*-------------------------------------------------------------------------
 *
 * known_fragment_names.c
 *	  KnownFragmentNamesRule: fragments that are spread exist.
 *	  (specification section 5.5.2.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_spread(FsqValidator *v, void *state, const void *node)
{
	const FsqFragmentSpreadNode *spread = node;

	if (fsq_fragment(v, spread->name->value) == NULL)
		fsq_report_at(v, spread->name->start,
					  psprintf("Unknown fragment \"%s\".", spread->name->value));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FRAGMENT_SPREAD, enter_spread, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_known_fragment_names = {"KnownFragmentNamesRule", 0, visits};
