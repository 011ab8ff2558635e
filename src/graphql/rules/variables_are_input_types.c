/*-------------------------------------------------------------------------
 *
 * variables_are_input_types.c
 *	  VariablesAreInputTypesRule: variables are of input types.
 *	  (specification section 5.8.2)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_variable_definition(FsqValidator *v, void *state, const void *node)
{
	const FsqVariableDefinitionNode *definition = node;
	FsqType    *type = fsq_type_from_node(v->schema, definition->type);

	if (type != NULL && !fsq_type_is_input(type))
		fsq_report_at(v, definition->type->start,
					  psprintf("Variable \"$%s\" cannot be non-input type \"%s\".",
							   definition->name->value, fsq_node_text(definition->type)));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_VARIABLE_DEFINITION, enter_variable_definition, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_variables_are_input_types = {"VariablesAreInputTypesRule", 0, visits};
