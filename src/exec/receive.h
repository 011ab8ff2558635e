/*-------------------------------------------------------------------------
 *
 * receive.h
 *	  Where the rows of a fetch's statement go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_EXEC_RECEIVE_H
#define FSQ_EXEC_RECEIVE_H

#include "direct.h"
#include "exec/exec.h"
#include "executor/executor.h"

/* A receiver of a run's tuples, in the current context. */
extern DestReceiver *fsq_receiver_create(FsqFetchState *state, FsqRun *run);

/*
 * If a plan that was started has nothing to do but to read a remote statement,
 * take its rows from there instead.
 */
extern void fsq_receive_direct(FsqFetchState *state, FsqRun *run, PlanState *planstate);

#endif							/* FSQ_EXEC_RECEIVE_H */
