/*-------------------------------------------------------------------------
 *
 * scalar.h
 *	  Input values of scalars and enums, from literals and from JSON; used by
 *	  coercion and by validation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_SCALAR_H
#define FSQ_GRAPHQL_SCALAR_H

#include "graphql/coerce.h"

/*
 * Fill in an input of a leaf type.  NULL on success, else the message of what
 * is wrong.
 */
extern char *fsq_leaf_from_literal(FsqInput *input, const FsqValueNode *node, FsqVariables *variables);
extern char *fsq_leaf_from_json(FsqInput *input, const JsonbValue *value);

/* A JSON value as graphql-js's inspect() shows it in messages. */
extern char *fsq_json_inspect(const JsonbValue *value);

/*
 * The members of a JSON array or object, whose containers stay unread inside
 * it.  keys may be NULL.  Returns how many.
 */
extern int	fsq_json_members(const JsonbValue *value, JsonbValue **keys, JsonbValue **values);

/* A literal as JSON; *mixed becomes true if it has variables inside. */
extern char *fsq_literal_to_json(const FsqValueNode *node, FsqVariables *variables, bool *mixed);

/* The index of a variable of an operation, or -1. */
extern int	fsq_variable_index(FsqVariables *variables, const char *name);

#endif							/* FSQ_GRAPHQL_SCALAR_H */
