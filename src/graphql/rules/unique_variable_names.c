/*-------------------------------------------------------------------------
 *
 * unique_variable_names.c
 *	  UniqueVariableNamesRule: an operation defines each variable once.
 *	  (specification section 5.8.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	List	   *variables = ((const FsqOperationNode *) node)->variables;

	fsq_report_duplicates(v, variables, offsetof(FsqVariableDefinitionNode, name),
						  "There can be only one variable named \"$", "\".");
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_variable_names = {"UniqueVariableNamesRule", 0, visits};
