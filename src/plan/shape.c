/*-------------------------------------------------------------------------
 *
 * shape.c
 *	  The shape of a request's variables: what of them its plan depends on.
 *
 *	  That is the structure of input objects, which values are null or absent,
 *	  directions of orders, names of columns, what cursors are of and which of
 *	  their values are null, and booleans that are part of the statements.  Other
 *	  values are parameters.  Booleans of @skip and @include are not part of a
 *	  shape, as a plan serves all their values, except where it cannot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "plan/build.h"
#include "plan/cache.h"
#include "plan/token.h"

/* ---- which boolean variables count ---- */

static int
variable_index(FsqOperationNode *node, const char *name)
{
	ListCell   *lc;

	foreach(lc, node->variables)
		if (strcmp(((FsqVariableDefinitionNode *) lfirst(lc))->name->value, name) == 0)
			return foreach_current_index(lc);
	return -1;
}

static void
mark_variable(FsqOperation *operation, bool *marks, const FsqNode *node)
{
	if (node->kind == FSQ_NODE_VARIABLE)
	{
		int			i = variable_index(operation->node, ((const FsqValueNode *) node)->str);

		if (i >= 0)
			marks[i] = true;
	}
}

/* Booleans that arguments of introspection take, and ids that say what type a node has. */
static void
mark_argument(FsqOperation *operation, const FsqArgumentNode *argument)
{
	if (strcmp(argument->name->value, "includeDeprecated") == 0 ||
		strcmp(argument->name->value, "nodeId") == 0)
		mark_variable(operation, operation->structural, argument->value);
}

/* Values of isnull, anywhere in a literal. */
static void
mark_value(FsqOperation *operation, const FsqNode *node)
{
	const FsqValueNode *value = (const FsqValueNode *) node;
	ListCell   *lc;

	check_stack_depth();
	if (node->kind == FSQ_NODE_LIST)
		foreach(lc, value->items)
			mark_value(operation, lfirst(lc));
	else if (node->kind == FSQ_NODE_OBJECT)
		foreach(lc, value->fields)
		{
			FsqArgumentNode *field = lfirst(lc);

			if (strcmp(field->name->value, "isnull") == 0)
				mark_variable(operation, operation->structural, field->value);
			else
				mark_value(operation, field->value);
		}
}

static void
mark_directives(FsqOperation *operation, List *directives)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, directives)
	{
		const FsqDirectiveNode *directive = lfirst(lc);

		/* its values are structural: they are part of the shape */
		if (strcmp(directive->name->value, "source") == 0)
			continue;
		foreach(lc2, directive->arguments)
			mark_variable(operation, operation->conditions, ((FsqArgumentNode *) lfirst(lc2))->value);
	}
}

static void
mark_selections(FsqOperation *operation, List *selections)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	foreach(lc, selections)
	{
		FsqNode    *node = lfirst(lc);

		if (node->kind == FSQ_NODE_FIELD)
		{
			FsqFieldNode *field = (FsqFieldNode *) node;

			mark_directives(operation, field->directives);
			foreach(lc2, field->arguments)
			{
				mark_argument(operation, lfirst(lc2));
				mark_value(operation, ((FsqArgumentNode *) lfirst(lc2))->value);
			}
			mark_selections(operation, field->selections);
		}
		else if (node->kind == FSQ_NODE_INLINE_FRAGMENT)
		{
			mark_directives(operation, ((FsqInlineFragmentNode *) node)->directives);
			mark_selections(operation, ((FsqInlineFragmentNode *) node)->selections);
		}
		else
			mark_directives(operation, ((FsqFragmentSpreadNode *) node)->directives);
	}
}

void
fsq_operation_mark(FsqOperation *operation)
{
	int			n = list_length(operation->node->variables);
	ListCell   *lc;

	operation->structural = palloc0(sizeof(bool) * (n + 1));
	operation->conditions = palloc0(sizeof(bool) * (n + 1));
	mark_selections(operation, operation->node->selections);
	foreach(lc, operation->document->definitions)
	{
		FsqFragmentNode *fragment = lfirst(lc);

		if (fragment->node.kind == FSQ_NODE_FRAGMENT_DEFINITION)
			mark_selections(operation, fragment->selections);
	}
	for (int i = 0; i < n; i++)
		operation->conditional |= operation->conditions[i];
}

/* ---- shapes ---- */

/*
 * Append what a plan depends on of a value.  Lists of scalars are one
 * parameter, whatever their length.
 */
static void
write_shape(StringInfo shape, const FsqInput *input, bool structural)
{
	if (input == NULL)
	{
		appendStringInfoChar(shape, '-');
		return;
	}
	check_stack_depth();
	switch (input->kind)
	{
		case FSQ_VALUE_NULL:
			appendStringInfoChar(shape, 'n');
			break;
		case FSQ_VALUE_STRING:
			if (input->type->structural)
				fsq_token_shape(shape, FSQ_TOKEN_CURSOR, input);
			else if (structural)
				fsq_token_shape(shape, FSQ_TOKEN_NODE, input);
			else
				appendStringInfoChar(shape, 'v');
			break;
		case FSQ_VALUE_BOOLEAN:
			appendStringInfoChar(shape, !structural ? 'v' : input->boolean ? 't' : 'f');
			break;
		case FSQ_VALUE_ENUM:
			if (input->type->structural)
				appendStringInfo(shape, "%s,", input->str);
			else
				appendStringInfoChar(shape, 'v');
			break;
		case FSQ_VALUE_LIST:
			if (strcmp(fsq_type_named(input->type)->name, "_Any") == 0)
			{
				fsq_entities_shape(shape, input);
				break;
			}
			if (fsq_type_named(input->type)->kind != FSQ_INPUT_OBJECT &&
				!fsq_type_named(input->type)->structural)
			{
				appendStringInfoChar(shape, 'l');
				break;
			}
			appendStringInfoChar(shape, '[');
			for (int i = 0; i < input->nitems; i++)
			{
				CHECK_FOR_INTERRUPTS();
				write_shape(shape, input->items[i], false);
			}
			appendStringInfoChar(shape, ']');
			break;
		case FSQ_VALUE_OBJECT:
			appendStringInfoChar(shape, '{');
			for (int i = 0; i < input->nitems; i++)
			{
				CHECK_FOR_INTERRUPTS();
				appendStringInfo(shape, "%s:", input->fields[i]->name);
				write_shape(shape, input->items[i],
							strcmp(input->fields[i]->name, "isnull") == 0);
			}
			appendStringInfoChar(shape, '}');
			break;
		default:
			appendStringInfoChar(shape, 'v');
			break;
	}
}

bool
fsq_shape_is_conditional(const FsqOperation *operation, const FsqVariables *variables)
{
	for (int i = 0; i < variables->nvariables; i++)
		if (operation->conditions[i] &&
			(variables->values[i] == NULL || variables->values[i]->kind != FSQ_VALUE_BOOLEAN))
			return false;
	return operation->conditional && !operation->too_complex;
}

void
fsq_shape_write(StringInfo shape, const FsqOperation *operation, const FsqVariables *variables,
				bool conditional)
{
	resetStringInfo(shape);
	appendStringInfoChar(shape, conditional ? 'c' : 'p');
	for (int i = 0; i < variables->nvariables; i++)
		write_shape(shape, variables->values[i],
					operation->structural[i] || (!conditional && operation->conditions[i]));
}
