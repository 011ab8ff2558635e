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
	bool		introspection;	/* fraiseql.introspection, when it was made */
	FsqDocument *document;
	FsqOperationNode *node;
	bool	   *structural;		/* variables whose value changes the plan (booleans) */

	int			pins;			/* requests that use it */
	bool		cached;			/* it is in the cache */
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

#endif							/* FSQ_PLAN_CACHE_H */
