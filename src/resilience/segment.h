/*-------------------------------------------------------------------------
 *
 * segment.h
 *	  Memory that all backends share although the library was not preloaded.
 *
 *	  It is there from its first use until the server ends, and is mapped at
 *	  another address in each backend: what is in it holds offsets, no pointers.
 *	  A backend has it until it detaches from all segments at its end, after the
 *	  end of its transaction and before what on_shmem_exit() has registered.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_SEGMENT_H
#define FSQ_RESILIENCE_SEGMENT_H

#include "postgres.h"

#include "storage/dsm.h"

/*
 * Attach to the segment of a name, which is made if it does not exist: with
 * that size, and what initialise does.  One that exists keeps its size,
 * whatever is asked for.  Called once in a backend for each name, in a
 * transaction.
 *
 * NULL: there is none.  Then *error says why, or is NULL where this version of
 * PostgreSQL has no such segments.  Raises an error only for want of memory of
 * the backend's own, or in parallel mode.
 */
extern dsm_segment *fsq_segment_attach(const char *name, Size size, void (*initialise) (void *memory), char **error);

#endif							/* FSQ_RESILIENCE_SEGMENT_H */
