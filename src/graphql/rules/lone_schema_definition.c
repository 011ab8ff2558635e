/*-------------------------------------------------------------------------
 *
 * lone_schema_definition.c
 *	  LoneSchemaDefinitionRule: a schema is defined once.
 *	  (specification section 3.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	bool		defined;
} State;

static bool
enter_schema(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *schema = node;
	State	   *s = state;

	if (schema->extension)
		return true;
	if (v->base && (v->base->query || v->base->mutation || v->base->subscription))
		fsq_report_at(v, schema->node.start, "Cannot define a new schema within a schema extension.");
	else
	{
		if (s->defined)
			fsq_report_at(v, schema->node.start, "Must provide only one schema definition.");
		s->defined = true;
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_SCHEMA_DEFINITION, enter_schema, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_lone_schema_definition = {"LoneSchemaDefinitionRule", sizeof(State), visits};
