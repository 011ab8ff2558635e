/*-------------------------------------------------------------------------
 *
 * unique_argument_definition_names.c
 *	  UniqueArgumentDefinitionNamesRule: the arguments of a field or directive have different names.
 *	  (specification sections 3.6, 3.7 and 3.13)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_directive(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *directive = node;

	fsq_report_duplicates(v, directive->arguments, offsetof(FsqTypeSystemNode, name),
						  psprintf("Argument \"@%s(", directive->name->value),
						  ":)\" can only be defined once.");
	return false;
}

static bool
enter_type(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *type = node;
	ListCell   *lc;

	foreach(lc, type->fields)
	{
		FsqTypeSystemNode *field = lfirst(lc);

		if (list_length(field->arguments) > 1)
			fsq_report_duplicates(v, field->arguments, offsetof(FsqTypeSystemNode, name),
								  psprintf("Argument \"%s.%s(", type->name->value, field->name->value),
								  ":)\" can only be defined once.");
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DIRECTIVE_DEFINITION, enter_directive, NULL},
	{FSQ_NODE_INTERFACE_DEFINITION, enter_type, NULL},
	{FSQ_NODE_OBJECT_DEFINITION, enter_type, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_argument_definition_names = {"UniqueArgumentDefinitionNamesRule", 0, visits};
