/*-------------------------------------------------------------------------
 *
 * coerce.c
 *	  Typed input values from literals: arguments, defaults, @skip and
 *	  @include (specification sections 6.4.1 and 3.13).
 *
 *	  Fields of an input object come in the order of their definitions; those
 *	  of an all_optional type, which are never listed, as they were given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/coerce_internal.h"
#include "graphql/names.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Operations with no more variables than this are searched one by one. */
#define INDEX_THRESHOLD 8

/* A new input of a type without NON_NULL, of kind NULL, with its place. */
FsqInput *
fsq_input_make(FsqType *type, int variable, FsqInput *parent, int position)
{
	FsqInput   *input = palloc0(sizeof(FsqInput));

	input->kind = FSQ_VALUE_NULL;
	input->type = fsq_type_nullable(type);
	input->variable = variable;
	input->parent = parent;
	input->position = position;
	return input;
}

/* Append a field to an object input; room for it must be there. */
void
fsq_input_append(FsqInput *object, FsqInputValue *definition, FsqInput *value)
{
	object->fields[object->nitems] = definition;
	object->items[object->nitems] = value;
	object->nitems++;
}

/* The index of a variable of an operation, or -1. */
int
fsq_variable_index(FsqVariables *variables, const char *name)
{
	ListCell   *lc;

	if (variables == NULL || variables->operation == NULL)
		return -1;

	if (variables->nvariables > INDEX_THRESHOLD)
	{
		if (variables->index == NULL)
		{
			variables->index = fsq_names_make(GetMemoryChunkContext(variables), variables->nvariables);
			foreach(lc, variables->operation->variables)
			{
				FsqVariableDefinitionNode *definition = lfirst(lc);

				fsq_names_add(variables->index, definition->name->value,
							  (void *) (intptr_t) (foreach_current_index(lc) + 1));
			}
		}
		return (int) (intptr_t) fsq_names_get(variables->index, name) - 1;
	}

	foreach(lc, variables->operation->variables)
	{
		FsqVariableDefinitionNode *definition = lfirst(lc);

		if (strcmp(definition->name->value, name) == 0)
			return foreach_current_index(lc);
	}
	return -1;
}

/* Whether a literal is a variable that has no value. */
static bool
is_missing_variable(const FsqNode *node, FsqVariables *variables)
{
	int			i;

	if (node->kind != FSQ_NODE_VARIABLE)
		return false;
	i = fsq_variable_index(variables, ((const FsqValueNode *) node)->str);
	return i < 0 || variables->values[i] == NULL;
}

/* Coerce a list literal, or one value that becomes a list of one. */
static FsqInput *
coerce_list(FsqInput *list, const FsqNode *node, FsqVariables *variables)
{
	FsqType    *item_type = list->type->of_type;
	List	   *nodes = ((const FsqValueNode *) node)->items;
	ListCell   *lc;

	if (node->kind != FSQ_NODE_LIST)
		nodes = list_make1(unconstify(FsqNode *, node));
	list->kind = FSQ_VALUE_LIST;
	list->items = palloc(sizeof(FsqInput *) * Max(list_length(nodes), 1));

	foreach(lc, nodes)
	{
		FsqNode    *item_node = lfirst(lc);
		FsqInput   *item;

		CHECK_FOR_INTERRUPTS();
		if (is_missing_variable(item_node, variables))
		{
			/* An absent variable is a null among others. */
			if (item_type->kind == FSQ_NON_NULL)
				return NULL;
			item = fsq_input_make(item_type,
								  fsq_variable_index(variables, ((FsqValueNode *) item_node)->str),
								  NULL, 0);
		}
		else
			item = fsq_coerce_literal(item_node, item_type, variables, list->variable,
									  list, list->nitems);
		if (item == NULL)
			return NULL;
		list->items[list->nitems++] = item;
	}
	return list;
}

/*
 * Append one field of an object: from its literal, or its default if node is
 * NULL.  False if it does not fit.
 */
static bool
coerce_field(FsqInput *object, FsqInputValue *definition, const FsqNode *node, FsqVariables *variables)
{
	FsqInput   *value;

	if (node == NULL || is_missing_variable(node, variables))
	{
		if (definition->default_value == NULL)
			return definition->type->kind != FSQ_NON_NULL;
		node = definition->default_value;
		variables = NULL;
	}
	value = fsq_coerce_literal(node, definition->type, variables, object->variable,
							   object, object->nitems);
	if (value == NULL)
		return false;
	fsq_input_append(object, definition, value);
	return true;
}

/* The literal of a field of an object literal, or NULL. */
static FsqNode *
find_field_node(const FsqValueNode *object, const char *name)
{
	ListCell   *lc;

	foreach(lc, object->fields)
	{
		FsqArgumentNode *field = lfirst(lc);

		if (strcmp(field->name->value, name) == 0)
			return field->value;
	}
	return NULL;
}

/* Coerce an object literal. */
static FsqInput *
coerce_object(FsqInput *object, const FsqNode *node, FsqVariables *variables)
{
	FsqType    *type = object->type;
	const FsqValueNode *literal = (const FsqValueNode *) node;
	List	   *definitions = NIL;
	int			room;
	ListCell   *lc;

	if (node->kind != FSQ_NODE_OBJECT)
		return NULL;
	if (!type->all_optional)
		definitions = fsq_type_input_fields(type);
	room = Max(list_length(definitions), list_length(literal->fields)) + 1;
	object->kind = FSQ_VALUE_OBJECT;
	object->fields = palloc(sizeof(FsqInputValue *) * room);
	object->items = palloc(sizeof(FsqInput *) * room);

	if (type->all_optional)
	{
		foreach(lc, literal->fields)
		{
			FsqArgumentNode *field = lfirst(lc);
			FsqInputValue *definition = fsq_type_input_field(type, field->name->value);

			CHECK_FOR_INTERRUPTS();
			if (definition == NULL || !coerce_field(object, definition, field->value, variables))
				return NULL;
		}
	}
	else
	{
		foreach(lc, definitions)
		{
			FsqInputValue *definition = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (!coerce_field(object, definition, find_field_node(literal, definition->name), variables))
				return NULL;
		}
	}

	if (type->one_of && (object->nitems != 1 || object->items[0]->kind == FSQ_VALUE_NULL))
		return NULL;
	return object;
}

/*
 * Coerce a literal, which validation has found to fit, or a default.  NULL if
 * it does not fit the type, also because of a variable's value.
 */
FsqInput *
fsq_coerce_literal(const FsqNode *node, FsqType *type, FsqVariables *variables,
				   int variable, FsqInput *parent, int position)
{
	FsqInput   *input;

	check_stack_depth();

	if (node->kind == FSQ_NODE_VARIABLE)
	{
		int			i = fsq_variable_index(variables, ((const FsqValueNode *) node)->str);

		if (i < 0 || variables->values[i] == NULL)
			return NULL;
		if (variables->values[i]->kind == FSQ_VALUE_NULL && type->kind == FSQ_NON_NULL)
			return NULL;
		return variables->values[i];
	}

	input = fsq_input_make(type, variable, parent, position);
	if (node->kind == FSQ_NODE_NULL)
		return type->kind == FSQ_NON_NULL ? NULL : input;
	switch (input->type->kind)
	{
		case FSQ_LIST:
			return coerce_list(input, node, variables);
		case FSQ_INPUT_OBJECT:
			return coerce_object(input, node, variables);
		case FSQ_SCALAR:
		case FSQ_ENUM:
			return fsq_leaf_from_literal(input, (const FsqValueNode *) node, variables) == NULL ?
				input : NULL;
		default:
			return NULL;
	}
}

/* The argument node with a name, or NULL. */
static FsqArgumentNode *
find_argument(List *arguments, const char *name)
{
	ListCell   *lc;

	foreach(lc, arguments)
	{
		FsqArgumentNode *argument = lfirst(lc);

		if (strcmp(argument->name->value, name) == 0)
			return argument;
	}
	return NULL;
}

/* The default of an argument that was not given, which may be none. */
static FsqInput *
argument_default(FsqInputValue *definition)
{
	if (definition->default_value == NULL)
		return NULL;
	return fsq_coerce_literal(definition->default_value, definition->type, NULL, -1, NULL, 0);
}

/*
 * Coerce one argument.  *value is NULL if it is absent.  False after adding an
 * error.
 */
static bool
coerce_argument(FsqInput **value, FsqInputValue *definition, FsqArgumentNode *argument,
				FsqNode *at, FsqVariables *variables, FsqErrorList *errors)
{
	FsqType    *type = definition->type;
	bool		required = type->kind == FSQ_NON_NULL && definition->default_value == NULL;
	FsqValueNode *node;
	bool		is_null;

	*value = NULL;
	if (argument == NULL)
	{
		if (required)
		{
			fsq_error_at(errors, FSQ_BAD_USER_INPUT, at ? at->start : -1,
						 "Argument \"%s\" of required type \"%s\" was not provided.",
						 definition->name, fsq_type_text(type));
			return false;
		}
		*value = argument_default(definition);
		return true;
	}

	node = (FsqValueNode *) argument->value;
	if (is_missing_variable(&node->node, variables))
	{
		if (required)
		{
			fsq_error_at(errors, FSQ_BAD_USER_INPUT, node->node.start,
						 "Argument \"%s\" of required type \"%s\" was provided the variable \"$%s\" which was not provided a runtime value.",
						 definition->name, fsq_type_text(type), node->str);
			return false;
		}
		*value = argument_default(definition);
		return true;
	}

	is_null = node->node.kind == FSQ_NODE_NULL;
	if (node->node.kind == FSQ_NODE_VARIABLE)
		is_null = variables->values[fsq_variable_index(variables, node->str)]->kind == FSQ_VALUE_NULL;
	if (is_null && type->kind == FSQ_NON_NULL)
	{
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "Argument \"%s\" of non-null type \"%s\" must not be null.",
					 definition->name, fsq_type_text(type));
		return false;
	}

	*value = fsq_coerce_literal(&node->node, type, variables, -1, NULL, 0);
	if (*value == NULL)
	{
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "Argument \"%s\" has invalid value %s.",
					 definition->name, fsq_node_text(&node->node));
		return false;
	}
	return true;
}

/*
 * Coerce the arguments of a field or directive into an array in step with
 * their definitions; an absent argument is NULL.  NULL after adding an error.
 */
FsqInput **
fsq_coerce_arguments(FsqSchema *schema, List *definitions, List *arguments,
					 FsqNode *at, FsqVariables *variables, FsqErrorList *errors)
{
	FsqInput  **values = palloc0(sizeof(FsqInput *) * (list_length(definitions) + 1));
	ListCell   *lc;

	foreach(lc, definitions)
	{
		FsqInputValue *definition = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (!coerce_argument(&values[foreach_current_index(lc)], definition,
							 find_argument(arguments, definition->name), at, variables, errors))
			return NULL;
	}
	return values;
}

/* Whether a directive is there and its "if" is true; an error is added if it is null. */
static bool
directive_applies(List *directives, const char *name, FsqVariables *variables, FsqErrorList *errors)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);
		FsqArgumentNode *argument;
		FsqValueNode *node;
		int			i;

		if (strcmp(directive->name->value, name) != 0)
			continue;
		argument = find_argument(directive->arguments, "if");
		if (argument == NULL)
			return false;
		node = (FsqValueNode *) argument->value;
		if (node->node.kind != FSQ_NODE_VARIABLE)
			return node->boolean;
		i = fsq_variable_index(variables, node->str);
		if (i >= 0 && variables->values[i] != NULL && variables->values[i]->kind != FSQ_VALUE_NULL)
			return variables->values[i]->boolean;
		/* a variable that may be null, as it has a default */
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "Argument \"if\" of non-null type \"Boolean!\" must not be null.");
		return false;
	}
	return false;
}

/* Whether there is a directive of a name. */
static bool
has_directive(List *directives, const char *name)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		if (strcmp(((FsqDirectiveNode *) lfirst(lc))->name->value, name) == 0)
			return true;
	}
	return false;
}

/* Whether a selection with these directives is included (@skip, @include). */
bool
fsq_selection_included(List *directives, FsqVariables *variables, FsqErrorList *errors)
{
	if (directives == NIL)
		return true;
	if (directive_applies(directives, "skip", variables, errors))
		return false;
	return !has_directive(directives, "include") ||
		directive_applies(directives, "include", variables, errors);
}

/* Member of a coerced object by field name; NULL if absent. */
FsqInput *
fsq_input_member(const FsqInput *object, const char *name)
{
	for (int i = 0; i < object->nitems; i++)
	{
		if (strcmp(object->fields[i]->name, name) == 0)
			return object->items[i];
	}
	return NULL;
}

/* Append the value as JSON. */
void
fsq_input_write_json(StringInfo out, const FsqInput *input)
{
	check_stack_depth();

	switch (input->kind)
	{
		case FSQ_VALUE_NULL:
			appendStringInfoString(out, "null");
			break;
		case FSQ_VALUE_NUMBER:
		case FSQ_VALUE_JSON:
			appendBinaryStringInfo(out, input->str, input->length);
			break;
		case FSQ_VALUE_STRING:
		case FSQ_VALUE_ENUM:
			fsq_json_string(out, input->str, input->length);
			break;
		case FSQ_VALUE_BOOLEAN:
			appendStringInfoString(out, input->boolean ? "true" : "false");
			break;
		case FSQ_VALUE_LIST:
		case FSQ_VALUE_OBJECT:
			appendStringInfoChar(out, input->kind == FSQ_VALUE_LIST ? '[' : '{');
			for (int i = 0; i < input->nitems; i++)
			{
				CHECK_FOR_INTERRUPTS();
				if (i > 0)
					appendStringInfoChar(out, ',');
				if (input->kind == FSQ_VALUE_OBJECT)
				{
					const char *name = input->fields[i]->name;

					fsq_json_string(out, name, strlen(name));
					appendStringInfoChar(out, ':');
				}
				fsq_input_write_json(out, input->items[i]);
			}
			appendStringInfoChar(out, input->kind == FSQ_VALUE_LIST ? ']' : '}');
			break;
	}
}
