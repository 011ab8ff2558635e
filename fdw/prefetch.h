/*-------------------------------------------------------------------------
 *
 * prefetch.h
 *	  Statements that are asked ahead: what the executor of requests may use of
 *	  the wrappers.
 *
 *	  A request asks for the foreign scans of several plans before it runs the
 *	  first of them.  Connections are made and statements sent without waiting;
 *	  one wait serves all of them, whoever waits.  When a plan is run, its scans
 *	  pick up the statements that run for them already.
 *
 *	  Order of calls: fsq_prefetch_begin; for each plan fsq_prefetch_plan and
 *	  fsq_prefetch_send; fsq_prefetch_wait until fsq_prefetch_ready;
 *	  fsq_prefetch_use around the plan's execution, fsq_prefetch_drop after it;
 *	  fsq_prefetch_end, whatever has happened.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_PREFETCH_H
#define FSQ_FDW_PREFETCH_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/plannodes.h"
#include "utils/timestamp.h"

/* Everything that a request asks ahead. */
typedef struct FsqPrefetch FsqPrefetch;
/* What is asked ahead for one execution of a plan. */
typedef struct FsqPrefetchPlan FsqPrefetchPlan;

/* What a trace tells of one remote statement. */
typedef struct FsqRoute
{
	const char *server;
	const char *sql;			/* as sent */
	TimestampTz sent;
	TimestampTz finished;		/* its last row was read, or it was given up */
	int64		rows;			/* that were used */
	int			attempts;		/* how often it was sent */
} FsqRoute;

/* Where a connection that is wanted soon has come to. */
typedef enum FsqPrefetchLink
{
	FSQ_LINK_READY,				/* there is one, or none is needed */
	FSQ_LINK_WAITING,
	FSQ_LINK_FAILED				/* fsq_prefetch_link_error says why */
} FsqPrefetchLink;

/*
 * Begin, in the current memory context.  At most max_statements run at once;
 * 0: nothing is asked ahead.  traced: routes are kept.
 */
extern FsqPrefetch *fsq_prefetch_begin(int max_statements, bool traced);

/*
 * When the request must be done (0: no limit): no driver waits for longer.
 * Who has called ends its own waits.
 */
extern void fsq_prefetch_limit(FsqPrefetch *prefetch, TimestampTz deadline);

/*
 * Stop what still runs; what cannot be stopped in so many milliseconds costs its
 * connection.  Raises nothing.  Routes stay as long as the memory context.
 */
extern void fsq_prefetch_end(FsqPrefetch *prefetch, int milliseconds);

/*
 * Begin to connect to the server of a foreign table for the current role,
 * unless a connection is there.  What plans a statement should wait for it:
 * planning asks the remote for what it does not know yet.  Raises an error if
 * the role has no login there.
 */
extern FsqPrefetchLink fsq_prefetch_connect(FsqPrefetch *prefetch, Oid serverid);
/* Raise the error of a failed one. */
extern void fsq_prefetch_link_error(FsqPrefetch *prefetch, Oid serverid) pg_attribute_noreturn();

/* One execution of a plan. */
extern FsqPrefetchPlan *fsq_prefetch_plan(FsqPrefetch *prefetch);

/*
 * Ask ahead for the foreign scans of ours that depend on nothing but params.
 * Raises an error if the role may not read what the plan reads.  Returns how
 * many there are; plan and params stay until fsq_prefetch_drop.
 */
extern int	fsq_prefetch_send(FsqPrefetchPlan *plan, PlannedStmt *planned, ParamListInfo params);

/* Whether its statements have answers: rows, or errors. */
extern bool fsq_prefetch_ready(FsqPrefetchPlan *plan);

/* Whether connections are being made, which stands still while nobody waits. */
extern bool fsq_prefetch_is_connecting(FsqPrefetch *prefetch);

/*
 * Wait until something has changed, at most until the deadline (0: none); with
 * a deadline that has passed, only look.  False if there is nothing to wait
 * for.  Raises what a cancel raises.
 */
extern bool fsq_prefetch_wait(FsqPrefetch *prefetch, TimestampTz deadline);

/*
 * Serve what has answered, without waiting; cheap enough to be called every few
 * rows, as it looks once in a millisecond, unless at once.
 */
extern void fsq_prefetch_poll(bool at_once);

/* Have foreign scans that begin from now on pick up what a plan (or NULL) has asked; returns the plan before. */
extern FsqPrefetchPlan *fsq_prefetch_use(FsqPrefetchPlan *plan);

/* A plan has been executed, or will not be: what is left of its statements is stopped. */
extern void fsq_prefetch_drop(FsqPrefetchPlan *plan);

/* The routes of a plan (of FsqRoute *), those of scans not asked ahead included. */
extern List *fsq_prefetch_routes(FsqPrefetchPlan *plan);

/* How many keys a statement for a server should have at most; 0: any number. */
extern int	fsq_prefetch_batch(Oid serverid);

/* ---- for the core of the wrappers ---- */

struct FsqQuery;
struct FsqWait;

/*
 * The statement that runs for a scan already, or NULL.  Raises its error if it
 * has failed.
 */
extern struct FsqQuery *fsq_prefetch_take(const ForeignScan *scan);

/* A route for a statement that is about to be sent by a scan; NULL if there is no trace. */
extern FsqRoute *fsq_prefetch_route(const char *server, const char *sql);

/* Whether anything runs that a wait should serve as well. */
extern bool fsq_prefetch_active(void);
/* One wait for a connection (at most milliseconds, -1: no limit) and for all that is asked ahead. */
extern void fsq_prefetch_wait_with(const struct FsqWait *wait, long milliseconds);
/* One wait for anything that is asked ahead. */
extern void fsq_prefetch_wait_any(void);

#endif							/* FSQ_FDW_PREFETCH_H */
