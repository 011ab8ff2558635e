/*-------------------------------------------------------------------------
 *
 * affinity.h
 *	  Where a statement's foreign tables are to be read: what the executor of
 *	  requests may ask of the wrappers.
 *
 *	  It is part of a plan: it holds for the plans that are made while it is
 *	  set, whenever they run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_AFFINITY_H
#define FSQ_FDW_AFFINITY_H

typedef enum FsqAffinity
{
	FSQ_AFFINITY_NONE,			/* as the server's option read_from says */
	FSQ_AFFINITY_PRIMARY,
	FSQ_AFFINITY_REPLICA,		/* a replica, if there is one */
	FSQ_AFFINITY_CACHE			/* the table's fallback, if it has one; the source for keys that it lacks */
} FsqAffinity;

/* Set it; returns what was set before. */
extern FsqAffinity fsq_affinity_set(FsqAffinity affinity);

#endif							/* FSQ_FDW_AFFINITY_H */
