/*-------------------------------------------------------------------------
 *
 * no_undefined_variables.c
 *	  NoUndefinedVariablesRule: variables in use are defined by each operation that uses them.
 *	  (specification section 5.8.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

static bool
leave_operation(FsqValidator *v, void *state, const void *node)
{
	const FsqOperationNode *operation = node;
	FsqNames   *defined = fsq_names_make(CurrentMemoryContext, list_length(operation->variables));
	ListCell   *lc;

	foreach(lc, operation->variables)
	{
		FsqVariableDefinitionNode *definition = lfirst(lc);

		fsq_names_add(defined, definition->name->value, definition);
	}
	foreach(lc, fsq_variable_uses(v, operation))
	{
		FsqVariableUse *use = lfirst(lc);
		int			offsets[] = {use->node->node.start, operation->node.start};

		CHECK_FOR_INTERRUPTS();
		if (fsq_names_get(defined, use->node->str) == NULL)
			fsq_report(v, offsets, 2,
					   operation->name ?
					   psprintf("Variable \"$%s\" is not defined by operation \"%s\".",
								use->node->str, operation->name->value) :
					   psprintf("Variable \"$%s\" is not defined.", use->node->str));
	}
	fsq_names_destroy(defined);
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, NULL, leave_operation},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_undefined_variables = {"NoUndefinedVariablesRule", 0, visits};
