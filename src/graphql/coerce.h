/*-------------------------------------------------------------------------
 *
 * coerce.h
 *	  From variables and literals to typed input values.
 *
 *	  A coerced value remembers which variable it came from, and where inside
 *	  that variable, so that a cached plan can read the values of another
 *	  request from the same places.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_COERCE_H
#define FSQ_GRAPHQL_COERCE_H

#include "graphql/ast.h"
#include "graphql/type.h"
#include "utils/jsonb.h"

typedef enum FsqInputKind
{
	FSQ_VALUE_NULL,
	FSQ_VALUE_NUMBER,			/* str: decimal text (Int, Float, or a number for a text-or-number scalar) */
	FSQ_VALUE_STRING,			/* str, length */
	FSQ_VALUE_BOOLEAN,
	FSQ_VALUE_ENUM,				/* str: the name; enum_value */
	FSQ_VALUE_JSON,				/* str: JSON text of a FSQ_SCALAR_JSON or custom scalar value */
	FSQ_VALUE_LIST,				/* items */
	FSQ_VALUE_OBJECT			/* fields and items, in step; absent ones without default are left out */
} FsqInputKind;

typedef struct FsqInput FsqInput;
struct FsqInput
{
	FsqInputKind kind;
	FsqType    *type;			/* without NON_NULL */
	char	   *str;
	int			length;
	bool		boolean;
	FsqEnumValue *enum_value;
	int			nitems;
	FsqInput  **items;
	FsqInputValue **fields;		/* OBJECT: definition of each item */

	/*
	 * Where it came from: variable >= 0 is the index of the operation's
	 * variable, parent and position the way down from the variable's root
	 * (parent NULL: the root itself).  variable < 0: a literal.
	 */
	int			variable;
	FsqInput   *parent;
	int			position;		/* index into parent's items */

	/*
	 * A literal of kind JSON that has variables inside it: variable < 0, and
	 * yet its text differs from request to request.
	 */
	bool		mixed;
};

/* The values of an operation's variables, by index of definition. */
typedef struct FsqVariables
{
	FsqOperationNode *operation;
	int			nvariables;
	FsqInput  **values;			/* NULL: absent (no value, no default) */
	struct fsq_names_hash *index;	/* coerce.c's own: definitions by name */
} FsqVariables;

/*
 * Coerce the variables of a request.  json may be NULL; it must be an object.
 * Unknown variables are an error.  Messages are graphql-js's.  NULL after
 * adding errors (code BAD_USER_INPUT).
 */
extern FsqVariables *fsq_coerce_variables(FsqSchema *schema, FsqOperationNode *operation,
										  Jsonb *json, FsqErrorList *errors);

/*
 * Coerce the arguments of a field (defaults included) into an array in step
 * with definitions; an absent argument is NULL.  NULL after adding errors.
 */
extern FsqInput **fsq_coerce_arguments(FsqSchema *schema, List *definitions, List *arguments,
									   FsqNode *at, FsqVariables *variables,
									   FsqErrorList *errors);

/*
 * Whether a selection with these directives is included (@skip, @include); an
 * error is added if a condition is null.
 */
extern bool fsq_selection_included(List *directives, FsqVariables *variables, FsqErrorList *errors);

/* Member of a coerced object by field name; NULL if absent. */
extern FsqInput *fsq_input_member(const FsqInput *object, const char *name);

/* Append the value as JSON. */
extern void fsq_input_write_json(StringInfo out, const FsqInput *input);

#endif							/* FSQ_GRAPHQL_COERCE_H */
