/*-------------------------------------------------------------------------
 *
 * possible_type_extensions.c
 *	  PossibleTypeExtensionsRule: what is extended exists, and is of that kind.
 *	  (specification section 3.4.3)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/suggest.h"

/* The kind of definition that a type has. */
static FsqNodeKind
definition_kind(const FsqType *type)
{
	switch (type->kind)
	{
		case FSQ_SCALAR:
			return FSQ_NODE_SCALAR_DEFINITION;
		case FSQ_OBJECT:
			return FSQ_NODE_OBJECT_DEFINITION;
		case FSQ_INTERFACE:
			return FSQ_NODE_INTERFACE_DEFINITION;
		case FSQ_UNION:
			return FSQ_NODE_UNION_DEFINITION;
		case FSQ_ENUM:
			return FSQ_NODE_ENUM_DEFINITION;
		default:
			return FSQ_NODE_INPUT_OBJECT_DEFINITION;
	}
}

static const char *
kind_name(FsqNodeKind kind)
{
	switch (kind)
	{
		case FSQ_NODE_SCALAR_DEFINITION:
			return "scalar";
		case FSQ_NODE_OBJECT_DEFINITION:
			return "object";
		case FSQ_NODE_INTERFACE_DEFINITION:
			return "interface";
		case FSQ_NODE_UNION_DEFINITION:
			return "union";
		case FSQ_NODE_ENUM_DEFINITION:
			return "enum";
		default:
			return "input object";
	}
}

static bool
enter_type(FsqValidator *v, void *state, const void *node)
{
	const FsqTypeSystemNode *extension = node;
	const char *name = extension->name->value;
	const FsqTypeSystemNode *definition;
	FsqType    *existing;

	if (!extension->extension)
		return true;
	definition = fsq_names_get(v->defined_types, name);
	existing = v->base ? fsq_schema_type(v->base, name) : NULL;
	if (definition == NULL && existing == NULL)
		fsq_report_at(v, extension->name->start,
					  psprintf("Cannot extend type \"%s\" because it is not defined.%s", name,
							   fsq_did_you_mean(NULL, fsq_suggestions(name, fsq_type_names(v, false)))));
	else if (extension->node.kind != (definition ? definition->node.kind : definition_kind(existing)))
	{
		int			offsets[] = {definition ? definition->node.start : 0, extension->node.start};

		fsq_report(v, definition ? offsets : offsets + 1, definition ? 2 : 1,
				   psprintf("Cannot extend non-%s type \"%s\".", kind_name(extension->node.kind), name));
	}
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_SCALAR_DEFINITION, enter_type, NULL},
	{FSQ_NODE_OBJECT_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INTERFACE_DEFINITION, enter_type, NULL},
	{FSQ_NODE_UNION_DEFINITION, enter_type, NULL},
	{FSQ_NODE_ENUM_DEFINITION, enter_type, NULL},
	{FSQ_NODE_INPUT_OBJECT_DEFINITION, enter_type, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_possible_type_extensions = {"PossibleTypeExtensionsRule", 0, visits};
