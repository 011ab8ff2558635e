/*-------------------------------------------------------------------------
 *
 * unique_argument_names.c
 *	  UniqueArgumentNamesRule: each argument is given once.
 *	  (specification section 5.4.2)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	fsq_report_duplicates(v, ((const FsqFieldNode *) node)->arguments, offsetof(FsqArgumentNode, name),
						  "There can be only one argument named \"", "\".");
	return true;
}

static bool
enter_directive(FsqValidator *v, void *state, const void *node)
{
	fsq_report_duplicates(v, ((const FsqDirectiveNode *) node)->arguments, offsetof(FsqArgumentNode, name),
						  "There can be only one argument named \"", "\".");
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{FSQ_NODE_DIRECTIVE, enter_directive, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_argument_names = {"UniqueArgumentNamesRule", 0, visits};
