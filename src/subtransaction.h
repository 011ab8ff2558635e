/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *	  A step whose error is not the end of what it belongs to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SUBTRANSACTION_H
#define FSQ_SUBTRANSACTION_H

#include "postgres.h"

typedef void (*FsqStep) (void *arg);

/*
 * Run a step in a subtransaction of its own, in the current memory context and
 * for the current resource owner, both of which are current again afterwards.
 * Returns NULL, or the error that it ended with, as a copy in that context; what
 * it did is undone then.  Which errors are not its own, such as a cancel, the
 * caller knows, and raises them again (ReThrowError).
 */
extern ErrorData *fsq_subtransaction_try(FsqStep step, void *arg);

#endif							/* FSQ_SUBTRANSACTION_H */
