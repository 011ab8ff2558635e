/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *	  What the files of aggregates share: the types that are made from a
 *	  relation, and the functions that columns have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_AGGREGATE_H
#define FSQ_SCHEMA_AGGREGATE_H

#include "schema/hub.h"

/* The types that aggregates add to a relation. */
typedef enum FsqAggregateType
{
	/* objects */
	FSQ_TYPE_AGGREGATE,
	FSQ_TYPE_SUM,
	FSQ_TYPE_AVG,
	FSQ_TYPE_MIN,
	FSQ_TYPE_MAX,
	FSQ_TYPE_VARIANCE,
	FSQ_TYPE_BOOL,
	FSQ_TYPE_GROUP_BY,
	FSQ_TYPE_GROUP_BY_KEY,
	/* inputs */
	FSQ_TYPE_HAVING,
	FSQ_TYPE_AGGREGATE_FILTER,
	FSQ_TYPE_SUM_FILTER,
	FSQ_TYPE_AVG_FILTER,
	FSQ_TYPE_MIN_MAX_FILTER,
	FSQ_TYPE_AGGREGATE_ORDER_BY,
	FSQ_TYPE_SUM_AVG_ORDER_BY,
	FSQ_TYPE_MIN_MAX_ORDER_BY,
	FSQ_TYPE_GROUP_BY_ORDER_BY,
	FSQ_TYPE_GROUP_BY_KEY_ORDER_BY,
	FSQ_TYPE_BUCKETS,
	FSQ_N_AGGREGATE_TYPES
} FsqAggregateType;

/* An aggregate of single columns. */
typedef struct FsqAggregateRule
{
	FsqAggregate aggregate;
	const char *field;
	const char *function;		/* in SQL */
	FsqAggregateType type;		/* of the object of its values */
	FsqAggregateType filter;	/* of their filters, and of orders by them, unless it is OBJECT's own */
	FsqAggregateType order_by;
} FsqAggregateRule;

#define FSQ_N_AGGREGATE_RULES 8

/* The filter and the order of a rule that has none. */
#define FSQ_NO_TYPE FSQ_N_AGGREGATE_TYPES

extern const FsqAggregateRule fsq_aggregate_rules[FSQ_N_AGGREGATE_RULES];

/* A type of a relation; NULL if it has none. */
extern FsqType *fsq_aggregate_type_of(FsqRelation *relation, FsqAggregateType number);
/* Whether a column has an aggregate, and which type its values have then. */
extern bool fsq_column_has_aggregate(FsqColumn *column, FsqAggregate aggregate, FsqValueType *value);
/* Whether a column can be grouped by. */
extern bool fsq_column_is_key(FsqColumn *column);

/* aggregate_input.c: an input type; NULL: the relation has nothing for it */
extern FsqType *fsq_aggregate_input_type(FsqRelation *relation, FsqAggregateType number,
										 const char *name);
/* TimeBucket { HOUR DAY .. } */
#define FSQ_TIME_BUCKET "TimeBucket"
extern FsqType *fsq_time_bucket_type(FsqHub *hub);

#endif							/* FSQ_SCHEMA_AGGREGATE_H */
