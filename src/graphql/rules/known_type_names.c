/*-------------------------------------------------------------------------
 *
 * known_type_names.c
 *	  KnownTypeNamesRule: types that are named exist.
 *	  (specification section 5.5.1.2)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/suggest.h"

static bool
enter_type(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeNode *ref = node;
	const char *name = ref->name->value;

	bool		standard = v->definition->kind >= FSQ_NODE_SCHEMA_DEFINITION;

	if ((!v->empty && fsq_schema_type(v->schema, name) != NULL) ||
		fsq_names_get(v->defined_types, name) != NULL ||
		(standard && (fsq_is_standard_type(name) || fsq_introspection_type(v->schema, name) != NULL)))
		return true;
	fsq_report_at(v, ref->node.start,
				  psprintf("Unknown type \"%s\".%s", name,
						   fsq_did_you_mean(NULL, fsq_suggestions(name, fsq_type_names(v, standard)))));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_NAMED_TYPE, enter_type, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_known_type_names = {"KnownTypeNamesRule", 0, visits};
