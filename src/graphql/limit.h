/*-------------------------------------------------------------------------
 *
 * limit.h
 *	  How much an operation may ask for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_LIMIT_H
#define FSQ_GRAPHQL_LIMIT_H

#include "graphql/ast.h"

/* What an operation may have at most; 0: any number. */
typedef struct FsqLimits
{
	int			depth;			/* fields within each other */
	int			aliases;
	int			root_fields;	/* with different response keys */
} FsqLimits;

/*
 * Check every operation of a valid document.  Adds an error for each limit that
 * one exceeds, which says by how much.  True if there were none.
 */
extern bool fsq_check_limits(FsqDocument *document, const FsqLimits *limits,
							 FsqErrorList *errors);

#endif							/* FSQ_GRAPHQL_LIMIT_H */
