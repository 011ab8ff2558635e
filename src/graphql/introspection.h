/*-------------------------------------------------------------------------
 *
 * introspection.h
 *	  What a schema says of itself: the values of __schema and __type.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_INTROSPECTION_H
#define FSQ_GRAPHQL_INTROSPECTION_H

#include "graphql/collect.h"
#include "lib/stringinfo.h"

/*
 * Append the JSON value of __schema or __type, which the nodes of a group ask
 * for; the collector is not conditional.  Descriptions are as the schema has
 * them, in its provider's encoding.  May add errors; what was appended is of no
 * use then.
 *
 * False if the value depends on variables other than booleans, so that it is
 * right for these variables only.
 */
extern bool fsq_introspection_write(StringInfo out, FsqCollector *collector,
									FsqField *field, const FsqFieldGroup *group);

#endif							/* FSQ_GRAPHQL_INTROSPECTION_H */
