/*-------------------------------------------------------------------------
 *
 * validate.h
 *	  The validation rules of the GraphQL specification, against a schema.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_VALIDATE_H
#define FSQ_GRAPHQL_VALIDATE_H

#include "graphql/ast.h"
#include "graphql/type.h"

/*
 * Check a document against every rule of the specification.  Adds errors of
 * code VALIDATION_ERROR with graphql-js's messages and locations, at most 100.
 * True if there were none.
 */
extern bool fsq_validate(FsqSchema *schema, FsqDocument *document, FsqErrorList *errors);

/*
 * As fsq_validate, with one rule alone ("FieldsOnCorrectTypeRule"), also one
 * that the specification has not got ("NoDeprecatedCustomRule"); NULL stands for
 * all those of the specification.  False for an unknown rule, with an
 * error added.
 */
extern bool fsq_validate_rule(FsqSchema *schema, FsqDocument *document,
							  const char *rule, FsqErrorList *errors);

/* Whether a rule is one for documents that define types. */
extern bool fsq_is_definition_rule(const char *rule);

/*
 * Check a document that defines types and directives, or extends those of a
 * schema (base; NULL if there is none): against every rule of the specification
 * for such documents, or one alone.  True if there were no errors.
 */
extern bool fsq_validate_definitions(FsqSchema *base, FsqDocument *document, const char *rule,
									 FsqErrorList *errors);

/*
 * Check a schema from an SDL document against the specification's section "Type
 * System" (as graphql-js's validateSchema).  True if there were no errors.
 */
extern bool fsq_validate_schema(FsqSchema *schema, FsqErrorList *errors);

#endif							/* FSQ_GRAPHQL_VALIDATE_H */
