/*-------------------------------------------------------------------------
 *
 * cache.h
 *	  The operations that a session has planned.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_CACHE_H
#define FSQ_PLAN_CACHE_H

#include "lib/ilist.h"
#include "plan/plan.h"
#include "utils/timestamp.h"

/* An operation of a document that has been validated against a schema. */
typedef struct FsqOperation
{
	MemoryContext context;		/* holds this, the document and the plans */
	uint32		hash;
	const char *source;			/* the document's text */
	int			source_length;
	const char *name;			/* that was asked for, or NULL */
	FsqSchema  *schema;
	uint64		generation;		/* of schemas, when it was made */
	Oid			role;			/* whose schema it is */
	uint32		settings;		/* fsq_schema_document_settings(), when it was made */
	FsqDocument *document;
	FsqOperationNode *node;
	bool	   *structural;		/* variables whose value changes the statements (booleans) */
	bool	   *conditions;		/* variables that @skip and @include ask for */
	bool		conditional;	/* there are some */
	bool		too_complex;	/* ... whose values need a plan each */

	int			pins;			/* requests that use it */
	bool		cached;			/* it is in the cache */
	Size		bytes;			/* of the document, once it is */
	dlist_head	plans;			/* of FsqCachedPlan */
	struct FsqOperation *next;	/* in the same bucket */
} FsqOperation;

/*
 * The operation of a document, parsed, validated and chosen by name (NULL: the
 * only one); pinned.  NULL after adding errors.  The document's text need not
 * be null-terminated.
 */
extern FsqOperation *fsq_operation_get(FsqSchema *schema, const char *source, int length,
									   const char *name, FsqErrorList *errors);

/*
 * The plan of an operation for variables of this shape, pinned.  NULL after
 * adding errors.
 */
extern FsqPlan *fsq_operation_plan(FsqOperation *operation, FsqVariables *variables,
								   FsqErrorList *errors);

/* End the use of a plan, and then of its operation. */
extern void fsq_plan_release(FsqPlan *plan);
extern void fsq_operation_release(FsqOperation *operation);

/* ---- statistics ---- */

typedef struct FsqPlanCacheCounts
{
	int64		operations;		/* that there are */
	int64		plans;
	Size		bytes;			/* documents, plans and statements */
	int64		hits;			/* requests whose plan was there */
	int64		misses;			/* requests that had to be planned */
	int64		invalidations;	/* plans dropped as something has changed */
	int64		evictions;		/* plans dropped to make room */
} FsqPlanCacheCounts;

extern void fsq_plan_cache_counts(FsqPlanCacheCounts *result);

/* A plan of the cache. */
typedef struct FsqPlanCacheEntry
{
	const FsqOperation *operation;
	const FsqPlan *plan;
	int64		hits;
	TimestampTz last_used;
	int			weight;			/* as how many plans it counts */
	Size		bytes;			/* of the document, the plan and its statements */
	int			nstatements;	/* prepared */
} FsqPlanCacheEntry;

/* All plans (of FsqPlanCacheEntry *), the last used first. */
extern List *fsq_plan_cache_entries(void);

/* ---- shape.c ---- */

/* Find the variables that decide about an operation's plans; those of fragments count in any operation. */
extern void fsq_operation_mark(FsqOperation *operation);

/* Whether one plan may serve all values of these variables' conditions: they are booleans. */
extern bool fsq_shape_is_conditional(const FsqOperation *operation, const FsqVariables *variables);

/* Write the shape of variables anew, for a plan that is conditional or one for these conditions. */
extern void fsq_shape_write(StringInfo shape, const FsqOperation *operation,
							const FsqVariables *variables, bool conditional);

#endif							/* FSQ_PLAN_CACHE_H */
