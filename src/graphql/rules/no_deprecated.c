/*-------------------------------------------------------------------------
 *
 * no_deprecated.c
 *	  NoDeprecatedCustomRule: nothing is used that is deprecated.
 *	  (not of the specification: for tools that look for such uses)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"

static bool
enter_field(FsqValidator *v, void *state, const void *node)
{
	FsqField   *field = v->info.field;

	if (field && field->deprecation_reason && v->info.parent_type)
		fsq_report_at(v, ((const FsqNode *) node)->start,
					  psprintf("The field %s.%s is deprecated. %s", v->info.parent_type->name,
							   field->name, field->deprecation_reason));
	return true;
}

static bool
enter_argument(FsqValidator *v, void *state, const void *node)
{
	FsqInputValue *argument = v->info.argument;
	const char *of;

	if (argument == NULL || argument->deprecation_reason == NULL)
		return true;
	if (v->info.directive)
		of = psprintf("Directive \"@%s\"", v->info.directive->name);
	else
		of = psprintf("Field \"%s.%s\"", v->info.parent_type->name, v->info.field->name);
	fsq_report_at(v, ((const FsqNode *) node)->start,
				  psprintf("%s argument \"%s\" is deprecated. %s", of, argument->name,
						   argument->deprecation_reason));
	return true;
}

static bool
enter_object_field(FsqValidator *v, void *state, const void *node)
{
	const FsqArgumentNode *field = node;
	FsqType    *type = fsq_type_named(v->info.parent_input_type);
	FsqInputValue *definition = NULL;

	if (type != NULL && type->kind == FSQ_INPUT_OBJECT)
		definition = fsq_type_input_field(type, field->name->value);
	if (definition && definition->deprecation_reason)
		fsq_report_at(v, field->node.start,
					  psprintf("The input field %s.%s is deprecated. %s", type->name,
							   definition->name, definition->deprecation_reason));
	return true;
}

static bool
enter_enum(FsqValidator *v, void *state, const void *node)
{
	const FsqValueNode *value = node;
	FsqType    *type = fsq_type_named(v->info.input_type);
	FsqEnumValue *definition = NULL;

	if (type != NULL && type->kind == FSQ_ENUM)
		definition = fsq_type_enum_value(type, value->str);
	if (definition && definition->deprecation_reason)
		fsq_report_at(v, value->node.start,
					  psprintf("The enum value \"%s.%s\" is deprecated. %s", type->name,
							   definition->name, definition->deprecation_reason));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_FIELD, enter_field, NULL},
	{FSQ_NODE_ARGUMENT, enter_argument, NULL},
	{FSQ_NODE_OBJECT_FIELD, enter_object_field, NULL},
	{FSQ_NODE_ENUM, enter_enum, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_no_deprecated = {"NoDeprecatedCustomRule", 0, visits};
