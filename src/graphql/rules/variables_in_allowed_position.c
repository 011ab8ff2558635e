/*-------------------------------------------------------------------------
 *
 * variables_in_allowed_position.c
 *	  VariablesInAllowedPositionRule: variables fit the places where they are used.
 *	  (specification section 5.8.5)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "miscadmin.h"

/* Whether a variable of a type and default may stand in a place. */
static bool
is_allowed(FsqType *type, const FsqNode *default_value, const FsqVariableUse *use)
{
	FsqType    *place = use->type;

	if (place->kind == FSQ_NON_NULL && type->kind != FSQ_NON_NULL)
	{
		bool		has_default = default_value != NULL && default_value->kind != FSQ_NODE_NULL;

		if (!has_default && use->default_value == NULL)
			return false;
		place = place->of_type;
	}
	return fsq_is_subtype(type, place);
}

static bool
leave_operation(FsqValidator *v, void *state, const void *node)
{
	const FsqOperationNode *operation = node;
	FsqNames   *defined;
	ListCell   *lc;

	if (operation->variables == NIL)
		return true;
	defined = fsq_names_make(CurrentMemoryContext, list_length(operation->variables));
	foreach(lc, operation->variables)
	{
		FsqVariableDefinitionNode *definition = lfirst(lc);
		bool		found;

		fsq_names_insert(defined, definition->name->value, &found)->value = definition;
	}
	foreach(lc, fsq_variable_uses(v, operation))
	{
		FsqVariableUse *use = lfirst(lc);
		FsqVariableDefinitionNode *definition = fsq_names_get(defined, use->node->str);
		FsqType    *type;
		int			offsets[2];

		CHECK_FOR_INTERRUPTS();
		if (definition == NULL || use->type == NULL)
			continue;
		type = fsq_type_from_node(v->schema, definition->type);
		if (type == NULL)
			continue;
		offsets[0] = definition->node.start;
		offsets[1] = use->node->node.start;
		if (!is_allowed(type, definition->default_value, use))
			fsq_report(v, offsets, 2,
					   psprintf("Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".",
								use->node->str, fsq_type_text(type), fsq_type_text(use->type)));
		if (use->parent_type != NULL && use->parent_type->kind == FSQ_INPUT_OBJECT &&
			use->parent_type->one_of && type->kind != FSQ_NON_NULL)
			fsq_report(v, offsets, 2,
					   psprintf("Variable \"$%s\" is of type \"%s\" but must be non-nullable to be used for OneOf Input Object \"%s\".",
								use->node->str, fsq_type_text(type), fsq_type_text(use->parent_type)));
	}
	fsq_names_destroy(defined);
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, NULL, leave_operation},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_variables_in_allowed_position = {"VariablesInAllowedPositionRule", 0, visits};
