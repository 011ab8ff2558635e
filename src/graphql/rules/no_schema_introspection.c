/*-------------------------------------------------------------------------
 *
 * no_schema_introspection.c
 *	  NoSchemaIntrospectionCustomRule: the schema is not asked about itself.
 *	  (not of the specification: it is used where introspection is off)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	const FsqFieldNode *field = node;
	FsqType    *type = fsq_type_named(v->info.type);

	if (type != NULL && fsq_introspection_type(v->schema, type->name) == type)
		fsq_report_at(v, field->node.start,
					  psprintf("GraphQL introspection has been disabled, but the requested query contained the field \"%s\".",
							   field->name->value));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_schema_introspection = {"NoSchemaIntrospectionCustomRule", 0, visits};
