/*-------------------------------------------------------------------------
 *
 * known_directives.c
 *	  KnownDirectivesRule: directives exist and may stand where they do.
 *	  (specification sections 5.7.1 and 5.7.2)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

/* The name of the place that a node is to its directives. */
static const char *
location_of(const FsqNode *node, const FsqNode *definition)
{
	static const char *const operations[] = {"QUERY", "MUTATION", "SUBSCRIPTION"};

	switch (node->kind)
	{
		case FSQ_NODE_OPERATION:
			return operations[((const FsqOperationNode *) node)->operation];
		case FSQ_NODE_FIELD:
			return "FIELD";
		case FSQ_NODE_FRAGMENT_SPREAD:
			return "FRAGMENT_SPREAD";
		case FSQ_NODE_INLINE_FRAGMENT:
			return "INLINE_FRAGMENT";
		case FSQ_NODE_FRAGMENT_DEFINITION:
			return "FRAGMENT_DEFINITION";
		case FSQ_NODE_VARIABLE_DEFINITION:
			return "VARIABLE_DEFINITION";
		case FSQ_NODE_SCHEMA_DEFINITION:
			return "SCHEMA";
		case FSQ_NODE_SCALAR_DEFINITION:
			return "SCALAR";
		case FSQ_NODE_OBJECT_DEFINITION:
			return "OBJECT";
		case FSQ_NODE_INTERFACE_DEFINITION:
			return "INTERFACE";
		case FSQ_NODE_UNION_DEFINITION:
			return "UNION";
		case FSQ_NODE_ENUM_DEFINITION:
			return "ENUM";
		case FSQ_NODE_INPUT_OBJECT_DEFINITION:
			return "INPUT_OBJECT";
		case FSQ_NODE_FIELD_DEFINITION:
			return "FIELD_DEFINITION";
		case FSQ_NODE_ENUM_VALUE_DEFINITION:
			return "ENUM_VALUE";
		case FSQ_NODE_INPUT_VALUE_DEFINITION:
			return definition->kind == FSQ_NODE_INPUT_OBJECT_DEFINITION ?
				"INPUT_FIELD_DEFINITION" : "ARGUMENT_DEFINITION";
		default:
			return NULL;
	}
}

static bool
enter_directive(FsqValidator *v, void *state, const void *node)
{
	const FsqDirectiveNode *directive = node;
	const char *name = directive->name->value;
	const char *location = location_of(v->parent, v->definition);
	FsqDirective *definition = fsq_rule_directive(v, name);
	ListCell   *lc;

	if (definition == NULL)
	{
		fsq_report_at(v, directive->node.start, psprintf("Unknown directive \"@%s\".", name));
		return true;
	}
	if (location == NULL)
		return true;
	foreach(lc, definition->locations)
	{
		if (strcmp(lfirst(lc), location) == 0)
			return true;
	}
	fsq_report_at(v, directive->node.start,
				  psprintf("Directive \"@%s\" may not be used on %s.", name, location));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_DIRECTIVE, enter_directive, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_known_directives = {"KnownDirectivesRule", 0, visits};
