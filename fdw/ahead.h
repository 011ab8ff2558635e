/*-------------------------------------------------------------------------
 *
 * ahead.h
 *	  What prefetch.c, which knows of requests, plans and scans, ahead.c, which
 *	  runs the statements that are asked ahead, and ahead_wait.c, which waits for
 *	  them, have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_AHEAD_H
#define FSQ_FDW_AHEAD_H

#include "connection.h"
#include "prefetch.h"

typedef enum AheadState
{
	AHEAD_WAITING,				/* for the time of another attempt */
	AHEAD_QUEUED,				/* for a connection, or its turn */
	AHEAD_CONNECTING,
	AHEAD_ENTERING,				/* the transaction's snapshot is being opened */
	AHEAD_SENDING,
	AHEAD_READING,				/* accepted: rows are read ahead */
	AHEAD_READY,				/* to be picked up */
	AHEAD_TAKEN,				/* a scan has picked it up */
	AHEAD_STOPPING,
	AHEAD_OVER					/* nothing of it is left */
} AheadState;

typedef struct Ahead
{
	dlist_node	link;			/* in its prefetch's aheads */
	AheadState	state;
	FsqPrefetch *prefetch;
	FsqPrefetchPlan *plan;		/* NULL: planning asks it (question.c) */
	const ForeignScan *scan;
	FsqLogin	login;
	FsqScanRequest request;		/* no sql: a connection only */
	FsqConnEntry *entry;		/* pinned: its statement runs there, or has run */
	bool		reserved;		/* ... and it is reserved for that */
	FsqQuery   *query;
	FsqRoute   *route;
	MemoryContext context;		/* of the query */
	TimestampTz started;		/* connecting, or opening the snapshot */
	TimestampTz deadline;		/* of that; 0: none */
	TimestampTz latest;			/* it checks the server's health, once and by then; 0: it does not */
	int			attempts;
	TimestampTz again;			/* when the next attempt begins */
	bool		failed;			/* error is its end */
	bool		connected;		/* failed after it was connected */
	bool		timed_out;		/* ... because it took so many milliseconds */
	long		waited;
	int64		rows_seen;		/* read ahead when it was looked at last */
	FsqDriverError *error;
	/* of the wait under way */
	bool		fired;
	bool		timed;
} Ahead;

struct FsqPrefetchPlan
{
	FsqPrefetch *prefetch;
	const void *fetch;			/* the same for all plans that bring rows of one fetch */
	MemoryContext context;		/* of what is asked: statements are as long as the keys are many */
	List	   *aheads;			/* of Ahead * */
	List	   *routes;			/* of FsqRoute * */
};

struct FsqPrefetch
{
	dlist_node	link;			/* in fsq_prefetches */
	MemoryContext context;
	MemoryContextCallback callback;
	int			max_statements;
	bool		traced;
	dlist_head	aheads;			/* of Ahead, in the order in which they were asked for */
	int			naheads;
	List	   *questions;		/* question.c's */
	List	   *routes;			/* of FsqRoute *: those of all plans */
	struct pollfd *polls;		/* room for all aheads */
	int			npolls;
	FsqPrefetchPlan *outer;		/* was in use when this began */
	FsqPrefetch *outer_asking;
	TimestampTz outer_deadline;
	TimestampTz outer_end;
	bool		idle;			/* it waits, and has nothing else to do */
	bool		ended;
};

/* Those of nested requests, too. */
extern dlist_head fsq_prefetches;

/* How many statements they have. */
extern int	fsq_prefetch_total;

/* Put a new one, which knows its login and its request, into the queue. */
extern void fsq_ahead_add(Ahead *ahead, FsqPrefetch *prefetch, FsqPrefetchPlan *plan);
/* Raise the error that it has ended with. */
pg_noreturn extern void fsq_ahead_raise(Ahead *ahead);
extern void fsq_ahead_release(Ahead *ahead);
extern void fsq_ahead_over(Ahead *ahead);
extern void fsq_ahead_stop(Ahead *ahead);
extern void fsq_ahead_step(Ahead *ahead);
/* It has had its time, from then on. */
extern void fsq_ahead_give_up(Ahead *ahead, TimestampTz started);
/* ahead_wait.c: what one that is under way waits for: its socket, or its time. */
extern void fsq_ahead_wait_for(const Ahead *ahead, FsqWait *wait);

#endif							/* FSQ_FDW_AHEAD_H */
