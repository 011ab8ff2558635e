/*-------------------------------------------------------------------------
 *
 * no_unused_variables.c
 *	  NoUnusedVariablesRule: variables that an operation defines are used.
 *	  (specification section 5.8.4)
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
	FsqNames   *used;
	ListCell   *lc;

	if (operation->variables == NIL)
		return true;
	used = fsq_names_make(CurrentMemoryContext, 8);
	foreach(lc, fsq_variable_uses(v, operation))
	{
		FsqVariableUse *use = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		fsq_names_add(used, use->node->str, use);
	}
	foreach(lc, operation->variables)
	{
		FsqVariableDefinitionNode *definition = lfirst(lc);

		if (fsq_names_get(used, definition->name->value) == NULL)
			fsq_report_at(v, definition->node.start,
						  operation->name ?
						  psprintf("Variable \"$%s\" is never used in operation \"%s\".",
								   definition->name->value, operation->name->value) :
						  psprintf("Variable \"$%s\" is never used.", definition->name->value));
	}
	fsq_names_destroy(used);
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, NULL, leave_operation},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_unused_variables = {"NoUnusedVariablesRule", 0, visits};
