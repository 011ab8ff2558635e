/*-------------------------------------------------------------------------
 *
 * operator.h
 *	  The SQL operators behind the operators of filters, and names as SQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_OPERATOR_H
#define FSQ_PLAN_OPERATOR_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "schema/schema.h"

/*
 * The operator of a type for one of EQ, NEQ, GT, GTE, LT, LTE, by the type's
 * default operator class; InvalidOid if it has none.
 */
extern Oid	fsq_comparison_operator(Oid type, FsqOperator op);

/*
 * The operator of that name for a pattern: the type's own (citext), else that
 * of text.  *pattern_type is the type of its right side.
 */
extern Oid	fsq_pattern_operator(Oid type, const char *name, Oid *pattern_type);

/* Append an operator by its full name: OPERATOR(pg_catalog.=) */
extern void fsq_append_operator(StringInfo sql, Oid operator);
/* Append alias.column */
extern void fsq_append_column(StringInfo sql, const char *alias, const FsqColumn *column);
/* Append schema.relation alias */
extern void fsq_append_relation(StringInfo sql, const FsqRelation *relation, const char *alias);

#endif							/* FSQ_PLAN_OPERATOR_H */
