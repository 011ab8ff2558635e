/*-------------------------------------------------------------------------
 *
 * executable_definitions.c
 *	  ExecutableDefinitionsRule: a request defines operations and fragments only.
 *	  (specification section 5.1.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

/* Whether a definition is of the type system. */
static bool
is_type_system(const FsqNode *node)
{
	return node->kind != FSQ_NODE_OPERATION && node->kind != FSQ_NODE_FRAGMENT_DEFINITION;
}

static bool
enter_document(FsqValidator *v, void *state, const void *node)
{
	ListCell   *lc;

	foreach(lc, ((const FsqDocument *) node)->definitions)
	{
		FsqTypeSystemNode *definition = lfirst(lc);

		if (is_type_system(&definition->node))
			fsq_report_at(v, definition->node.start,
						  psprintf("The %s definition is not executable.",
								   definition->name ? psprintf("\"%s\"", definition->name->value) : "schema"));
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DOCUMENT, enter_document, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_executable_definitions = {"ExecutableDefinitionsRule", 0, visits};
