/*-------------------------------------------------------------------------
 *
 * function_field.c
 *	  The GraphQL fields of functions.
 *
 *	  An argument is required if a null would make no difference to its being
 *	  left out: of a STRICT function, where it has no default.  What a function
 *	  gives may be null, always: it may read whatever it likes, and a source
 *	  that is down costs this field alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/hub.h"
#include "utils/memutils.h"

static FsqType *
result_type(FsqHub *hub, FsqFunction *function)
{
	FsqRelation *target = function->target ? fsq_entry_relation(hub, function->target) : NULL;

	switch (function->result)
	{
		case FSQ_RESULT_VALUE:
			return function->value.gql_type;
		case FSQ_RESULT_VALUES:
			return fsq_type_list(function->value.gql_type);
		case FSQ_RESULT_ROW:
			return fsq_object_type(target);
		case FSQ_RESULT_ROWS:
			return fsq_list_type(target, true);
	}
	return NULL;
}

static List *
result_arguments(FsqHub *hub, FsqFunction *function)
{
	FsqType    *number = fsq_scalar_type(hub, "Int");

	if (function->result == FSQ_RESULT_ROWS)
		return fsq_list_arguments(hub, fsq_entry_relation(hub, function->target));
	if (function->result == FSQ_RESULT_VALUES)
		return list_make3(fsq_hub_argument_make(hub, "limit", number, FSQ_ARGUMENT_LIMIT),
						  fsq_hub_argument_make(hub, "first", number, FSQ_ARGUMENT_FIRST),
						  fsq_hub_argument_make(hub, "offset", number, FSQ_ARGUMENT_OFFSET));
	return NIL;
}

/* The field of a function that the role may use; made once. */
FsqField *
fsq_function_field(FsqHub *hub, FsqFunction *function)
{
	MemoryContext old;
	FsqField   *field;
	FsqFieldBinding *binding;
	List	   *arguments = NIL;

	if (function->gql_field)
		return function->gql_field;
	old = MemoryContextSwitchTo(hub->schema.context);
	field = fsq_hub_field_make(function->source ? fsq_object_type(function->source) : hub->schema.query,
							   function->field, result_type(hub, function), FSQ_FIELD_FUNCTION);
	field->description = function->description;
	for (int i = 0; i < function->nargs; i++)
	{
		FsqFunctionArgument *argument = &function->args[i];
		FsqType    *type = argument->value.gql_type;

		if (function->strict && !argument->optional)
			type = fsq_type_non_null(type);
		arguments = lappend(arguments, fsq_hub_argument_make(hub, argument->field, type,
															 FSQ_ARGUMENT_FUNCTION));
	}
	field->arguments = list_concat(arguments, result_arguments(hub, function));
	binding = field->binding;
	binding->relation = function->source ? function->source : function->rows;
	binding->function = function;
	MemoryContextSwitchTo(old);
	return function->gql_field = field;
}
