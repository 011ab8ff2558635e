/*-------------------------------------------------------------------------
 *
 * lone_anonymous_operation.c
 *	  LoneAnonymousOperationRule: an operation without a name is alone.
 *	  (specification section 5.2.2.1)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	int			operations;
} State;

static bool
enter_document(FsqValidator *v, void *state, const void *node)
{
	ListCell   *lc;

	foreach(lc, ((const FsqDocument *) node)->definitions)
	{
		if (((FsqNode *) lfirst(lc))->kind == FSQ_NODE_OPERATION)
			((State *) state)->operations++;
	}
	return true;
}

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	const FsqOperationNode *operation = node;

	if (operation->name == NULL && ((State *) state)->operations > 1)
		fsq_report_at(v, operation->node.start,
					  "This anonymous operation must be the only defined operation.");
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DOCUMENT, enter_document, NULL},
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_lone_anonymous_operation = {"LoneAnonymousOperationRule", sizeof(State), visits};
