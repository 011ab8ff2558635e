/*-------------------------------------------------------------------------
 *
 * coerce_internal.h
 *	  What coerce.c (literals, arguments) and coerce_variables.c (JSON) share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_COERCE_INTERNAL_H
#define FSQ_GRAPHQL_COERCE_INTERNAL_H

#include "graphql/coerce.h"
#include "graphql/scalar.h"

/* A new input of a nullable type, of kind NULL, with its place. */
extern FsqInput *fsq_input_make(FsqType *type, int variable, FsqInput *parent, int position);

/*
 * Coerce a literal.  variable is what the result says it comes from: a default
 * belongs to its variable.  NULL if the literal does not fit the type.
 */
extern FsqInput *fsq_coerce_literal(const FsqNode *node, FsqType *type, FsqVariables *variables,
									int variable, FsqInput *parent, int position);

/*
 * Append a field to an object input; room for it must be there.
 */
extern void fsq_input_append(FsqInput *object, FsqInputValue *definition, FsqInput *value);

#endif							/* FSQ_GRAPHQL_COERCE_INTERNAL_H */
