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
 *	  fsq_prefetch_send (with fsq_prefetch_plan_with around both and planning); fsq_prefetch_wait until fsq_prefetch_ready;
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
	struct FsqQuery *query;		/* a scan's own, as long as both are there */
} FsqRoute;

/* What planning must know of a remote first: a connection, or the answer to a question. */
typedef struct FsqPrefetchNeed FsqPrefetchNeed;

/*
 * Begin, in the current memory context.  At most max_statements run at once;
 * 0: nothing is asked ahead.  traced: routes are kept.
 */
extern FsqPrefetch *fsq_prefetch_begin(int max_statements, bool traced);

/*
 * When the request must be done (0: no limit): no driver waits for longer.
 * Who has called ends its own waits.  After end nothing is waited for in order
 * to stop what runs, either: its connection is closed.
 */
extern void fsq_prefetch_limit(FsqPrefetch *prefetch, TimestampTz deadline, TimestampTz end);

/*
 * Stop what still runs; what cannot be stopped in so many milliseconds costs its
 * connection.  Raises nothing.  Routes stay as long as the memory context.
 */
extern void fsq_prefetch_end(FsqPrefetch *prefetch, int milliseconds);

/*
 * Planning asks remotes for what it does not know yet of their tables.  With a
 * prefetch it does not wait for them: what it needs is asked ahead, and an
 * error ends it, of which fsq_prefetch_needed tells what that is.  As soon as
 * fsq_prefetch_is_needed says no, planning can be tried again.  NULL: planning
 * waits, as outside of requests.  Returns what was set before.
 */
extern FsqPrefetch *fsq_prefetch_plan_with(FsqPrefetch *prefetch);
/* NULL: it is an error of another kind. */
extern FsqPrefetchNeed *fsq_prefetch_needed(const ErrorData *error);
extern bool fsq_prefetch_is_needed(const FsqPrefetchNeed *need);

/*
 * One execution of a plan.  Those of one fetch, which are asked for several parts
 * of its keys, have an address in common.
 */
extern FsqPrefetchPlan *fsq_prefetch_plan(FsqPrefetch *prefetch, const void *fetch);

/*
 * Ask ahead for the foreign scans of ours that depend on nothing but params.
 * Raises an error if the role may not read what the plan reads.  Returns how
 * many there are; plan and params stay until fsq_prefetch_drop.
 */
extern int	fsq_prefetch_send(FsqPrefetchPlan *plan, PlannedStmt *planned, ParamListInfo params);

/* Whether its statements have answers: rows, or errors. */
extern bool fsq_prefetch_ready(FsqPrefetchPlan *plan);

/* Whether connections are being made and questions asked, which stands still while nobody waits. */
extern bool fsq_prefetch_is_connecting(FsqPrefetch *prefetch);

/*
 * Wait until something has changed, at most until the deadline (0: none); with
 * a deadline that has passed, only look.  idle: the request has nothing else to
 * do, so that rows of the only statement need not be read ahead.  False if
 * there is nothing to wait for.  Raises what a cancel raises.
 */
extern bool fsq_prefetch_wait(FsqPrefetch *prefetch, TimestampTz deadline, bool idle);

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

/* How many of nkeys keys a statement for a server should have now; 0: any number. */
typedef struct FsqPrefetchBatch
{
	int			keys;
	int			bytes;			/* of all of them */
	int			most;			/* keys, if there can be only one statement */
} FsqPrefetchBatch;

extern FsqPrefetchBatch fsq_prefetch_batch(Oid serverid, int nkeys);

/* ---- for the core of the wrappers ---- */

struct FsqQuery;
struct FsqConn;
struct FsqWait;

/*
 * The statement that runs for a scan already, or NULL.  Raises its error if it
 * has failed.
 */
extern struct FsqQuery *fsq_prefetch_take(const ForeignScan *scan);

/* A route for a statement that is about to be sent by a scan; NULL if there is no trace. */
extern FsqRoute *fsq_prefetch_route(const char *server, const char *sql);
/* It has been sent: the route follows the query to its end, or to that of the prefetch. */
extern void fsq_prefetch_follow(FsqRoute *route, struct FsqQuery *query);

/* Whether anything runs that a wait should serve as well. */
extern bool fsq_prefetch_active(void);
/*
 * One wait for a connection (at most milliseconds, -1: no limit) and for all
 * that is asked ahead.  conn: the connection, if it is made and not stopped.
 */
extern void fsq_prefetch_wait_with(const struct FsqConn *conn, const struct FsqWait *wait, long milliseconds);
/* One wait for anything that is asked ahead. */
extern void fsq_prefetch_wait_any(void);

#endif							/* FSQ_FDW_PREFETCH_H */
