/*-------------------------------------------------------------------------
 *
 * coerce_variables.c
 *	  Typed input values from the variables of a request (specification
 *	  section 6.1.2), with graphql-js's messages.
 *
 *	  All mistakes are reported, not only the first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/coerce_internal.h"
#include "graphql/suggest.h"
#include "miscadmin.h"

/* More errors than this are not reported, as graphql-js's executor does. */
#define MAX_ERRORS 50

/* The way from a variable down to a value. */
typedef struct Path
{
	const struct Path *prev;
	const char *name;			/* of a field, or NULL */
	int			index;			/* of an item */
} Path;

typedef struct Coercion
{
	FsqVariableDefinitionNode *definition;	/* of the variable at hand */
	int			variable;		/* its index */
	FsqErrorList *errors;
	int			nerrors;
	bool		aborted;		/* too many errors */
} Coercion;

static FsqInput *coerce_json(Coercion *c, const JsonbValue *json, FsqType *type,
							 FsqInput *parent, int position, const Path *path);

/* Whether one more error may be added; the last one says that there are more. */
static bool
count_error(Coercion *c)
{
	if (c->aborted)
		return false;
	if (c->nerrors < MAX_ERRORS)
	{
		c->nerrors++;
		return true;
	}
	c->aborted = true;
	fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, -1,
				 "Too many errors processing variables, error limit reached. Execution aborted.");
	return false;
}

/* Append a path: .name[0] */
static void
write_path(StringInfo out, const Path *path)
{
	if (path == NULL)
		return;
	write_path(out, path->prev);
	if (path->name != NULL)
		appendStringInfo(out, ".%s", path->name);
	else
		appendStringInfo(out, "[%d]", path->index);
}

/* Add the error of a value inside a variable. */
static void
invalid_value(Coercion *c, const JsonbValue *json, const Path *path, const char *message)
{
	const char *name = c->definition->name->value;
	StringInfoData text;

	if (!count_error(c))
		return;
	initStringInfo(&text);
	appendStringInfo(&text, "Variable \"$%s\" got invalid value %s", name, fsq_json_inspect(json));
	if (path != NULL)
	{
		appendStringInfo(&text, " at \"%s", name);
		write_path(&text, path);
		appendStringInfoChar(&text, '"');
	}
	fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, c->definition->node.start,
				 "%s; %s", text.data, message);
}

/* Coerce an array, or one value that becomes a list of one. */
static void
coerce_list(Coercion *c, FsqInput *list, const JsonbValue *json, const Path *path)
{
	FsqType    *item_type = list->type->of_type;
	JsonbValue *values;
	int			n;

	list->kind = FSQ_VALUE_LIST;
	if (json->type != jbvBinary || !JsonContainerIsArray(json->val.binary.data))
	{
		list->items = palloc0(sizeof(FsqInput *));
		list->nitems = 1;
		list->items[0] = coerce_json(c, json, item_type, list, 0, path);
		return;
	}

	n = fsq_json_members(json, NULL, &values);
	list->items = palloc0(sizeof(FsqInput *) * Max(n, 1));
	list->nitems = n;
	for (int i = 0; i < n && !c->aborted; i++)
	{
		Path		item_path = {.prev = path, .index = i};

		CHECK_FOR_INTERRUPTS();
		list->items[i] = coerce_json(c, &values[i], item_type, list, i, &item_path);
	}
}

/* Append a field of an object from its JSON. */
static void
coerce_member(Coercion *c, FsqInput *object, FsqInputValue *definition,
			  const JsonbValue *json, const Path *path)
{
	Path		field_path = {.prev = path, .name = definition->name};

	fsq_input_append(object, definition,
					 coerce_json(c, json, definition->type, object, object->nitems, &field_path));
}

/* Append the defaults and the given fields of an object, in order of definition. */
static void
coerce_defined_members(Coercion *c, FsqInput *object, const JsonbValue *json, const Path *path)
{
	ListCell   *lc;

	foreach(lc, fsq_type_input_fields(object->type))
	{
		FsqInputValue *definition = lfirst(lc);
		JsonbValue *value = getKeyJsonValueFromContainer(json->val.binary.data, definition->name,
														 strlen(definition->name), NULL);

		CHECK_FOR_INTERRUPTS();
		if (c->aborted)
			break;
		if (value != NULL)
			coerce_member(c, object, definition, value, path);
		else if (definition->default_value != NULL)
		{
			FsqInput   *input = fsq_coerce_literal(definition->default_value, definition->type, NULL,
												   c->variable, object, object->nitems);

			if (input != NULL)
				fsq_input_append(object, definition, input);
		}
		else if (definition->type->kind == FSQ_NON_NULL)
			invalid_value(c, json, path,
						  psprintf("Field \"%s\" of required type \"%s\" was not provided.",
								   definition->name, fsq_type_text(definition->type)));
	}
}

/* Check that a @oneOf object has one field, and that it is not null. */
static void
check_one_of(Coercion *c, const FsqInput *object, const JsonbValue *json, const Path *path)
{
	FsqType    *type = object->type;
	const char *first = object->nitems == 1 ? object->fields[0]->name : NULL;
	JsonbValue *value;
	ListCell   *lc;

	if (object->nitems != 1)
		invalid_value(c, json, path,
					  psprintf("Exactly one key must be specified for OneOf type \"%s\".", type->name));
	if (object->nitems == 0)
		return;

	/* of several, the one that is defined first */
	for (lc = list_head(fsq_type_input_fields(type)); first == NULL; lc = lnext(type->input_fields, lc))
	{
		FsqInputValue *definition = lfirst(lc);

		if (fsq_input_member(object, definition->name) != NULL)
			first = definition->name;
	}
	value = getKeyJsonValueFromContainer(json->val.binary.data, first, strlen(first), NULL);
	if (value->type == jbvNull)
	{
		Path		field_path = {.prev = path, .name = first};

		invalid_value(c, value, &field_path, psprintf("Field \"%s\" must be non-null.", first));
	}
}

/* Coerce an object. */
static void
coerce_object(Coercion *c, FsqInput *object, const JsonbValue *json, const Path *path)
{
	FsqType    *type = object->type;
	JsonbValue *keys;
	JsonbValue *values;
	int			n;
	int			room;

	if (json->type != jbvBinary || !JsonContainerIsObject(json->val.binary.data))
	{
		invalid_value(c, json, path,
					  psprintf("Expected type \"%s\" to be an object.", type->name));
		return;
	}

	n = fsq_json_members(json, &keys, &values);
	room = (type->all_optional ? n : list_length(fsq_type_input_fields(type))) + 1;
	object->kind = FSQ_VALUE_OBJECT;
	object->fields = palloc0(sizeof(FsqInputValue *) * room);
	object->items = palloc0(sizeof(FsqInput *) * room);
	if (!type->all_optional)
		coerce_defined_members(c, object, json, path);

	/* every key is a field */
	for (int i = 0; i < n && !c->aborted; i++)
	{
		char	   *name = pnstrdup(keys[i].val.string.val, keys[i].val.string.len);
		FsqInputValue *definition = fsq_type_input_field(type, name);

		CHECK_FOR_INTERRUPTS();
		if (definition == NULL)
			invalid_value(c, json, path,
						  psprintf("Field \"%s\" is not defined by type \"%s\".%s", name, type->name,
								   fsq_did_you_mean(NULL,
													fsq_suggestions(name, fsq_member_names(fsq_type_input_fields(type))))));
		else if (type->all_optional)
			coerce_member(c, object, definition, &values[i], path);
	}

	if (type->one_of && !c->aborted)
		check_one_of(c, object, json, path);
}

/*
 * Coerce a JSON value.  What is returned is of use only if no error was added.
 */
static FsqInput *
coerce_json(Coercion *c, const JsonbValue *json, FsqType *type,
			FsqInput *parent, int position, const Path *path)
{
	FsqInput   *input = fsq_input_make(type, c->variable, parent, position);
	char	   *message;

	check_stack_depth();

	if (json->type == jbvNull)
	{
		if (type->kind == FSQ_NON_NULL)
			invalid_value(c, json, path,
						  psprintf("Expected non-nullable type \"%s\" not to be null.", fsq_type_text(type)));
		return input;
	}
	switch (input->type->kind)
	{
		case FSQ_LIST:
			coerce_list(c, input, json, path);
			break;
		case FSQ_INPUT_OBJECT:
			coerce_object(c, input, json, path);
			break;
		default:
			message = fsq_leaf_from_json(input, json);
			if (message != NULL)
				invalid_value(c, json, path, message);
			break;
	}
	return input;
}

/* Coerce one variable; NULL if it is absent, or after adding errors. */
static FsqInput *
coerce_variable(Coercion *c, FsqSchema *schema, Jsonb *json)
{
	FsqVariableDefinitionNode *definition = c->definition;
	const char *name = definition->name->value;
	FsqType    *type = fsq_type_from_node(schema, definition->type);
	JsonbValue *value = NULL;

	if (!fsq_type_is_input(type))
	{
		if (count_error(c))
			fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, definition->type->start,
						 "Variable \"$%s\" expected value of type \"%s\" which cannot be used as an input type.",
						 name, fsq_node_text(definition->type));
		return NULL;
	}

	if (json != NULL)
		value = getKeyJsonValueFromContainer(&json->root, name, strlen(name), NULL);
	if (value == NULL)
	{
		if (definition->default_value != NULL)
			return fsq_coerce_literal(definition->default_value, type, NULL, c->variable, NULL, 0);
		if (type->kind == FSQ_NON_NULL && count_error(c))
			fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, definition->node.start,
						 "Variable \"$%s\" of required type \"%s\" was not provided.",
						 name, fsq_type_text(type));
		return NULL;
	}
	if (value->type == jbvNull && type->kind == FSQ_NON_NULL)
	{
		if (count_error(c))
			fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, definition->node.start,
						 "Variable \"$%s\" of non-null type \"%s\" must not be null.",
						 name, fsq_type_text(type));
		return NULL;
	}
	return coerce_json(c, value, type, NULL, 0, NULL);
}

/* Add an error for each variable of the request that the operation has not got. */
static void
reject_unknown_variables(Coercion *c, FsqVariables *variables, Jsonb *json)
{
	FsqOperationNode *operation = variables->operation;
	JsonbValue	root = {.type = jbvBinary};
	JsonbValue *keys;
	JsonbValue *values;
	int			n;

	root.val.binary.data = &json->root;
	root.val.binary.len = VARSIZE(json) - VARHDRSZ;
	n = fsq_json_members(&root, &keys, &values);
	for (int i = 0; i < n && !c->aborted; i++)
	{
		char	   *name = pnstrdup(keys[i].val.string.val, keys[i].val.string.len);
		List	   *names = NIL;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (fsq_variable_index(variables, name) >= 0 || !count_error(c))
			continue;
		foreach(lc, operation->variables)
			names = lappend(names, ((FsqVariableDefinitionNode *) lfirst(lc))->name->value);
		fsq_error_at(c->errors, FSQ_BAD_USER_INPUT, operation->node.start,
					 "Variable \"$%s\" is not defined%s.%s", name,
					 operation->name ? psprintf(" by operation \"%s\"", operation->name->value) : "",
					 fsq_did_you_mean("the variable", fsq_suggestions(name, names)));
	}
}

/*
 * Coerce the variables of a request.  json may be NULL; it must be an object.
 * Unknown variables are an error.  NULL after adding errors.
 */
FsqVariables *
fsq_coerce_variables(FsqSchema *schema, FsqOperationNode *operation,
					 Jsonb *json, FsqErrorList *errors)
{
	FsqVariables *variables = palloc0(sizeof(FsqVariables));
	Coercion	c = {.errors = errors};
	ListCell   *lc;

	if (json != NULL && !JB_ROOT_IS_OBJECT(json))
	{
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, -1,
					 "Variables must be provided as an Object where each property is a variable value. Perhaps look to see if an unparsed JSON string was provided.");
		return NULL;
	}

	variables->operation = operation;
	variables->nvariables = list_length(operation->variables);
	variables->values = palloc0(sizeof(FsqInput *) * (variables->nvariables + 1));
	foreach(lc, operation->variables)
	{
		CHECK_FOR_INTERRUPTS();
		if (c.aborted)
			break;
		c.variable = foreach_current_index(lc);
		c.definition = lfirst(lc);
		variables->values[c.variable] = coerce_variable(&c, schema, json);
	}
	if (json != NULL)
		reject_unknown_variables(&c, variables, json);
	return c.nerrors == 0 ? variables : NULL;
}
