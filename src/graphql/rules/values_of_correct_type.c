/*-------------------------------------------------------------------------
 *
 * values_of_correct_type.c
 *	  ValuesOfCorrectTypeRule: literals fit the types of their places.
 *	  (specification sections 5.6.1 to 5.6.4)
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/rules/rule.h"
#include "graphql/scalar.h"
#include "graphql/suggest.h"
#include "miscadmin.h"

typedef struct State
{
	FsqNames   *variables;		/* definitions of the operation, or NULL */
} State;

static bool
enter_operation(FsqValidator *v, void *state, const void *node)
{
	((State *) state)->variables = NULL;
	return true;
}

static bool
enter_variable_definition(FsqValidator *v, void *state, const void *node)
{
	State	   *s = state;
	const FsqVariableDefinitionNode *definition = node;

	if (s->variables == NULL)
		s->variables = fsq_names_make(CurrentMemoryContext, 8);
	fsq_names_add(s->variables, definition->name->value, unconstify(void *, node));
	return true;
}

/* Check a literal against the type of its place, which is to be a leaf. */
static bool
check_leaf(FsqValidator *v, void *state, const void *node)
{
	const FsqNode *literal = node;
	FsqType    *place = v->info.input_type;
	FsqInput	input = {0};
	char	   *message;

	if (place == NULL)
		return true;
	input.type = fsq_type_named(place);
	if (fsq_type_is_leaf(input.type))
		message = fsq_leaf_from_literal(&input, node, NULL);
	else
		message = psprintf("Expected value of type \"%s\", found %s.",
						   fsq_type_text(place), fsq_node_text(literal));
	if (message != NULL)
		fsq_report_at(v, literal->start, message);
	return true;
}

static bool
enter_list(FsqValidator *v, void *state, const void *node)
{
	FsqType    *type = fsq_type_nullable(v->info.parent_input_type);

	if (type != NULL && type->kind == FSQ_LIST)
		return true;
	check_leaf(v, state, node);
	return false;
}

/* Report required fields that an object has not got. */
static void
check_required(FsqValidator *v, const FsqValueNode *object, FsqType *type)
{
	FsqNames   *given;
	ListCell   *lc;

	if (type->all_optional)
		return;
	given = fsq_names_make(CurrentMemoryContext, list_length(object->fields));
	foreach(lc, object->fields)
	{
		FsqArgumentNode *field = lfirst(lc);

		fsq_names_add(given, field->name->value, field);
	}
	foreach(lc, fsq_type_input_fields(type))
	{
		FsqInputValue *definition = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (fsq_is_required(definition) && fsq_names_get(given, definition->name) == NULL)
			fsq_report_at(v, object->node.start,
						  psprintf("Field \"%s.%s\" of required type \"%s\" was not provided.",
								   type->name, definition->name, fsq_type_text(definition->type)));
	}
	fsq_names_destroy(given);
}

/* A @oneOf object has one field, which is not null; a field given twice counts once. */
static void
check_one_of(FsqValidator *v, State *s, const FsqValueNode *object, FsqType *type)
{
	FsqVariableDefinitionNode *definition = NULL;
	FsqArgumentNode *last = NULL;
	bool		several = false;
	ListCell   *lc;

	foreach(lc, object->fields)
	{
		FsqArgumentNode *field = lfirst(lc);

		several = several || (last != NULL && strcmp(last->name->value, field->name->value) != 0);
		last = field;
	}
	if (last == NULL || several)
		fsq_report_at(v, object->node.start,
					  psprintf("OneOf Input Object \"%s\" must specify exactly one key.", type->name));
	else if (last->value->kind == FSQ_NODE_NULL)
		fsq_report_at(v, object->node.start,
					  psprintf("Field \"%s.%s\" must be non-null.", type->name, last->name->value));
	else if (last->value->kind == FSQ_NODE_VARIABLE && s->variables != NULL)
	{
		const char *name = ((FsqValueNode *) last->value)->str;

		definition = fsq_names_get(s->variables, name);
		if (definition != NULL && definition->type->kind != FSQ_NODE_NON_NULL_TYPE)
			fsq_report_at(v, object->node.start,
						  psprintf("Variable \"%s\" must be non-nullable to be used for OneOf Input Object \"%s\".",
								   name, type->name));
	}
}

static bool
enter_object(FsqValidator *v, void *state, const void *node)
{
	FsqType    *type = fsq_type_named(v->info.input_type);

	if (type == NULL || type->kind != FSQ_INPUT_OBJECT)
	{
		check_leaf(v, state, node);
		return false;
	}
	check_required(v, node, type);
	if (type->one_of)
		check_one_of(v, state, node, type);
	return true;
}

static bool
enter_object_field(FsqValidator *v, void *state, const void *node)
{
	const FsqArgumentNode *field = node;
	FsqType    *type = fsq_type_named(v->info.parent_input_type);

	if (v->info.input_type == NULL && type != NULL && type->kind == FSQ_INPUT_OBJECT)
		fsq_report_at(v, field->node.start,
					  psprintf("Field \"%s\" is not defined by type \"%s\".%s",
							   field->name->value, type->name,
							   fsq_did_you_mean(NULL, fsq_suggestions(field->name->value,
																	  fsq_member_names(fsq_type_input_fields(type))))));
	return true;
}

static bool
enter_null(FsqValidator *v, void *state, const void *node)
{
	FsqType    *type = v->info.input_type;

	if (type != NULL && type->kind == FSQ_NON_NULL)
		fsq_report_at(v, ((const FsqNode *) node)->start,
					  psprintf("Expected value of type \"%s\", found null.", fsq_type_text(type)));
	return true;
}

static const FsqRuleVisit visits[] = {
	{FSQ_NODE_OPERATION, enter_operation, NULL},
	{FSQ_NODE_VARIABLE_DEFINITION, enter_variable_definition, NULL},
	{FSQ_NODE_LIST, enter_list, NULL},
	{FSQ_NODE_OBJECT, enter_object, NULL},
	{FSQ_NODE_OBJECT_FIELD, enter_object_field, NULL},
	{FSQ_NODE_NULL, enter_null, NULL},
	{FSQ_NODE_ENUM, check_leaf, NULL},
	{FSQ_NODE_INT, check_leaf, NULL},
	{FSQ_NODE_FLOAT, check_leaf, NULL},
	{FSQ_NODE_STRING, check_leaf, NULL},
	{FSQ_NODE_BOOLEAN, check_leaf, NULL},
	{0, NULL, NULL}
};

const FsqRule fsq_rule_values_of_correct_type = {"ValuesOfCorrectTypeRule", sizeof(State), visits};
