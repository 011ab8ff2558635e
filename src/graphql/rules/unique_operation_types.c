/*-------------------------------------------------------------------------
 *
 * unique_operation_types.c
 *	  UniqueOperationTypesRule: a schema has one root type for each operation.
 *	  (specification section 3.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

typedef struct State
{
	int			places[3];		/* of the definitions, from 1; 0: none */
} State;

static bool
enter_schema(FsqValidator *v, void *state, const void *node)
{
	static const char *const names[] = {"query", "mutation", "subscription"};
	const FsqTypeSystemNode *schema = node;
	State	   *s = state;

	for (int i = 0; i < list_length(schema->operation_kinds); i++)
	{
		int			kind = list_nth_int(schema->operation_kinds, i);
		int			start = list_nth_int(schema->operation_starts, i);
		FsqType    *existing = NULL;

		if (v->base)
			existing = kind == FSQ_QUERY ? v->base->query :
				kind == FSQ_MUTATION ? v->base->mutation : v->base->subscription;
		if (existing)
			fsq_report_at(v, start,
						  psprintf("Type for %s already defined in the schema. It cannot be redefined.",
								   names[kind]));
		else if (s->places[kind] > 0)
		{
			int			offsets[] = {s->places[kind] - 1, start};

			fsq_report(v, offsets, 2, psprintf("There can be only one %s type in schema.", names[kind]));
		}
		else
			s->places[kind] = start + 1;
	}
	return false;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_SCHEMA_DEFINITION, enter_schema, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_unique_operation_types = {"UniqueOperationTypesRule", sizeof(State), visits};
