/*-------------------------------------------------------------------------
 *
 * prefetch.c
 *	  Statements that are asked ahead: of a request, of a plan's scans.
 *
 *	  All belongs to the request, not to a subtransaction or an executor: a
 *	  statement outlives the failure of another fetch.  The memory of an
 *	  FsqPrefetch holds everything; its end, however it comes, stops what runs.
 *	  ahead.c runs the statements.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>

#include "access/xact.h"
#include "compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/memutils.h"

#include "ahead.h"
#include "replica.h"
#include "source.h"

/* So many statements under way on a server leave no processor of its own to one that is divided. */
#define BUSY_STATEMENTS 4

TimestampTz fsq_request_deadline = 0;
TimestampTz fsq_request_end = 0;

/* What foreign scans pick up from. */
static FsqPrefetchPlan *current = NULL;

/* ---- the request's side ---- */

/* Whether it is one of those that stopping waits for in the library. */
static inline bool
stop_blocks(const Ahead *ahead)
{
	return ahead->login.driver->reads_block && ahead->state != AHEAD_OVER;
}

/* Milliseconds until a deadline. */
static inline long
left_until(TimestampTz deadline)
{
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
}

/*
 * Step those that are being stopped, and whose library does not wait, until
 * that is done or their time is over.
 */
static void
stop_together(FsqPrefetch *prefetch, TimestampTz deadline)
{
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (!stop_blocks(ahead))
			fsq_ahead_stop(ahead);
	}
	for (;;)
	{
		long		left = left_until(deadline);
		int			n = 0;

		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);
			FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};

			if (ahead->state != AHEAD_STOPPING || stop_blocks(ahead))
				continue;
			fsq_ahead_wait_for(ahead, &wait);
			if (wait.milliseconds >= 0)
				left = Min(left, wait.milliseconds);
			prefetch->polls[n].fd = wait.socket;
			prefetch->polls[n].events = ((wait.events & WL_SOCKET_READABLE) ? POLLIN : 0) |
				((wait.events & WL_SOCKET_WRITEABLE) ? POLLOUT : 0);
			prefetch->polls[n++].revents = 0;
		}
		if (n == 0 || left <= 0)
			break;
		(void) poll(prefetch->polls, n, (int) left);
		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

			if (ahead->state == AHEAD_STOPPING && !stop_blocks(ahead))
				fsq_ahead_stop(ahead);
		}
	}
}

/* Stop those whose library waits, one after the other: each has its part of what is left. */
static void
stop_in_turn(FsqPrefetch *prefetch, TimestampTz deadline)
{
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
		n += stop_blocks(dlist_container(Ahead, link, iter.cur));
	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (!stop_blocks(ahead))
			continue;
		if (ahead->query != NULL)
			fsq_query_stop_until(ahead->query,
								 TimestampTzPlusMilliseconds(GetCurrentTimestamp(), left_until(deadline) / n));
		fsq_ahead_stop(ahead);
		n--;
	}
}

/* Stop all, within so many milliseconds. */
static void
stop_all(FsqPrefetch *prefetch, int milliseconds)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz deadline = TimestampTzPlusMilliseconds(now, milliseconds);
	TimestampTz half = TimestampTzPlusMilliseconds(now, milliseconds / 2);
	bool		blocking = false;
	dlist_iter	iter;

	if (fsq_request_end != 0 && fsq_request_end < deadline)
	{
		deadline = Max(fsq_request_end, now);
		half = now + (deadline - now) / 2;
	}
	dlist_foreach(iter, &prefetch->aheads)
		blocking |= stop_blocks(dlist_container(Ahead, link, iter.cur));
	stop_together(prefetch, blocking ? half : deadline);
	stop_in_turn(prefetch, deadline);
	stop_together(prefetch, deadline);
}

/* Statements that outlive the request, as those of cursors do, are followed no longer. */
static void
end_routes(FsqPrefetch *prefetch)
{
	ListCell   *lc;

	foreach(lc, prefetch->routes)
	{
		FsqRoute   *route = lfirst(lc);

		if (route->query == NULL)
			continue;
		route->query->route = NULL;
		route->query->keeper = NULL;
		route->query = NULL;
	}
}

static void
leave(FsqPrefetch *prefetch)
{
	end_routes(prefetch);
	dlist_delete(&prefetch->link);
	fsq_prefetch_total -= prefetch->naheads;
	current = prefetch->outer;
	(void) fsq_prefetch_plan_with(prefetch->outer_asking);
	fsq_request_deadline = prefetch->outer_deadline;
	/* that of an outermost request holds for the end of its transaction */
	if (!dlist_is_empty(&fsq_prefetches))
		fsq_request_end = prefetch->outer_end;
}

void
fsq_prefetch_end(FsqPrefetch *prefetch, int milliseconds)
{
	dlist_iter	iter;

	if (prefetch->ended)
		return;
	prefetch->ended = true;
	stop_all(prefetch, milliseconds);
	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state == AHEAD_OVER)
			continue;
		/* it could not be stopped in time */
		if (ahead->query != NULL)
			fsq_query_give_up(ahead->query);
		fsq_ahead_over(ahead);
	}
	leave(prefetch);
}

/*
 * The memory goes away; that of the statements has gone, and has stopped them.
 */
static void
prefetch_callback(void *arg)
{
	FsqPrefetch *prefetch = arg;
	dlist_iter	iter;

	if (prefetch->ended)
		return;
	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state == AHEAD_ENTERING)
			ahead->entry->conn->broken = true;
		if (ahead->state != AHEAD_OVER)
			fsq_ahead_release(ahead);
	}
	leave(prefetch);
}

FsqPrefetch *
fsq_prefetch_begin(int max_statements, bool traced)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql prefetch",
												  ALLOCSET_DEFAULT_SIZES);
	FsqPrefetch *prefetch = MemoryContextAllocZero(context, sizeof(FsqPrefetch));

	prefetch->context = context;
	prefetch->max_statements = max_statements;
	prefetch->traced = traced;
	prefetch->outer = current;
	prefetch->outer_deadline = fsq_request_deadline;
	prefetch->outer_end = fsq_request_end;
	if (dlist_is_empty(&fsq_prefetches))
		fsq_request_end = 0;
	dlist_init(&prefetch->aheads);
	dlist_push_head(&fsq_prefetches, &prefetch->link);
	prefetch->callback.func = prefetch_callback;
	prefetch->callback.arg = prefetch;
	MemoryContextRegisterResetCallback(context, &prefetch->callback);
	current = NULL;
	prefetch->outer_asking = fsq_prefetch_plan_with(NULL);
	return prefetch;
}

void
fsq_prefetch_limit(FsqPrefetch *prefetch, TimestampTz deadline, TimestampTz end)
{
	fsq_request_deadline = deadline;
	fsq_request_end = end;
}

FsqPrefetchPlan *
fsq_prefetch_plan(FsqPrefetch *prefetch, const void *fetch)
{
	FsqPrefetchPlan *plan = MemoryContextAllocZero(prefetch->context, sizeof(FsqPrefetchPlan));

	plan->prefetch = prefetch;
	plan->fetch = fetch;
	return plan;
}

/* ---- the scans of a plan ---- */

/* Whether an expression depends on what only the executor knows. */
static bool
needs_executor(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, SubPlan) ||
		(IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN))
		return true;
	return expression_tree_walker(node, needs_executor, context);
}

static List *find_scans(Plan *plan, List *scans);

static List *
find_scans_in(List *plans, List *scans)
{
	ListCell   *lc;

	foreach(lc, plans)
		scans = find_scans(lfirst(lc), scans);
	return scans;
}

/*
 * Add the foreign scans of servers on the network that run whenever the plan
 * runs, and depend on nothing but its parameters.
 */
static List *
find_scans(Plan *plan, List *scans)
{
	if (plan == NULL)
		return scans;
	check_stack_depth();
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			{
				ForeignScan *scan = (ForeignScan *) plan;
				const FsqDriver *driver = fsq_driver_of_server(scan->fs_server);

				if (scan->operation == CMD_SELECT && driver != NULL && !driver->in_process &&
					!needs_executor((Node *) scan->fdw_exprs, NULL))
					scans = lappend(scans, scan);
				return scans;
			}
		case T_Result:
			/* a filter that is evaluated once may say that nothing is read */
			if (((Result *) plan)->resconstantqual != NULL)
				return scans;
			break;
		case T_Append:
			/* which partitions are read may be decided at its start */
			if (fsq_append_prunes((Append *) plan))
				return scans;
			return find_scans_in(((Append *) plan)->appendplans, scans);
		case T_MergeAppend:
			if (fsq_append_prunes((MergeAppend *) plan))
				return scans;
			return find_scans_in(((MergeAppend *) plan)->mergeplans, scans);
		case T_SubqueryScan:
			return find_scans(((SubqueryScan *) plan)->subplan, scans);
		default:
			break;
	}
	return find_scans(plan->righttree, find_scans(plan->lefttree, scans));
}

static FsqRoute *
add_route(FsqPrefetchPlan *plan, const char *server, const char *sql)
{
	MemoryContext old;
	FsqRoute   *route;

	old = MemoryContextSwitchTo(plan->prefetch->context);
	route = palloc0(sizeof(FsqRoute));
	route->server = pstrdup(server);
	route->sql = pstrdup(sql);
	plan->routes = lappend(plan->routes, route);
	plan->prefetch->routes = lappend(plan->prefetch->routes, route);
	MemoryContextSwitchTo(old);
	return route;
}

/* A scan whose statement is to be asked ahead. */
typedef struct Composing
{
	ForeignScan *scan;
	struct FsqScanState *state;
	Oid			userid;
	FsqAffinity affinity;
	Oid			readid;
	Ahead	   *ahead;
} Composing;

static void
compose_step(void *arg)
{
	Composing  *composing = arg;
	Ahead	   *ahead = composing->ahead;

	ahead->scan = composing->scan;
	fsq_connection_login(&ahead->login, composing->readid, composing->userid);
	fsq_scan_compose(&ahead->request, composing->state, composing->readid);
}

/* The same for the server that the scan is to be read from. */
static void
compose(void *arg)
{
	Composing  *composing = arg;

	fsq_replica_run(composing->scan->fs_server, composing->userid, composing->affinity,
					&composing->readid, compose_step, NULL, composing);
}

int
fsq_prefetch_send(FsqPrefetchPlan *plan, PlannedStmt *planned, ParamListInfo params)
{
	FsqPrefetch *prefetch = plan->prefetch;
	List	   *scans;
	List	   *aheads = NIL;
	MemoryContext old;
	ListCell   *lc;

	if (prefetch->max_statements == 0)
		return 0;
	scans = find_scans(planned->planTree, NIL);
	if (scans == NIL)
		return 0;
	fsq_check_privileges(planned);

	if (plan->context == NULL)
		plan->context = AllocSetContextCreate(prefetch->context, "fraiseql statements",
											  ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(plan->context);
	foreach(lc, scans)
	{
		ForeignScan *scan = lfirst(lc);
		Composing	composing = {.scan = scan,.userid = fsq_planned_scan_userid(scan, planned)};
		bool		has_fallback;
		bool		first;

		fsq_scan_alternatives(scan, &has_fallback, &first, &composing.affinity);
		if (first)
			continue;
		/* what its parameters read is not its source */
		composing.state = fsq_scan_prepare(scan, planned, params);
		composing.ahead = MemoryContextAllocZero(prefetch->context, sizeof(Ahead));
		/* what a fallback answers for is not asked ahead if its source fails here */
		if (!has_fallback)
			compose(&composing);
		else if (!fsq_source_try(scan->fs_server, composing.userid, compose, &composing))
			continue;
		aheads = lappend(aheads, composing.ahead);
	}
	/* nothing raises an error from here on */
	foreach(lc, aheads)
	{
		Ahead	   *ahead = lfirst(lc);

		if (prefetch->traced)
			ahead->route = add_route(plan, GetForeignServer(ahead->login.serverid)->servername,
									 ahead->request.sql);
		plan->aheads = lappend(plan->aheads, ahead);
		fsq_ahead_add(ahead, prefetch, plan);
		fsq_ahead_step(ahead);
	}
	MemoryContextSwitchTo(old);
	return list_length(scans);
}

bool
fsq_prefetch_ready(FsqPrefetchPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->aheads)
	{
		Ahead	   *ahead = lfirst(lc);

		/* a statement whose connection another one of this plan has is not waited for */
		if (!ahead->failed && ahead->state < AHEAD_READY &&
			!(ahead->state == AHEAD_QUEUED && lc != list_head(plan->aheads)))
			return false;
	}
	return true;
}

FsqPrefetchPlan *
fsq_prefetch_use(FsqPrefetchPlan *plan)
{
	FsqPrefetchPlan *before = current;

	current = plan;
	return before;
}

void
fsq_prefetch_drop(FsqPrefetchPlan *plan)
{
	FsqPrefetch *prefetch = plan->prefetch;
	bool		over = true;
	ListCell   *lc;

	foreach(lc, plan->aheads)
	{
		fsq_ahead_stop(lfirst(lc));
		over &= ((Ahead *) lfirst(lc))->state == AHEAD_OVER;
	}
	/* what is still being stopped stays until the end */
	if (!over || plan->context == NULL)
		return;
	foreach(lc, plan->aheads)
	{
		Ahead	   *ahead = lfirst(lc);

		dlist_delete(&ahead->link);
		/* after the end all of them have been subtracted */
		if (!prefetch->ended)
		{
			prefetch->naheads--;
			fsq_prefetch_total--;
		}
		pfree(ahead->error);
		pfree(ahead);
	}
	plan->aheads = NIL;
	MemoryContextDelete(plan->context);
	plan->context = NULL;
}

List *
fsq_prefetch_routes(FsqPrefetchPlan *plan)
{
	return plan->routes;
}

/* Whether sessions have several statements under way on a server. */
static bool
is_busy(Oid serverid)
{
	int			active;
	int			idle;

	fsq_pool_count(serverid, &active, &idle);
	return active >= BUSY_STATEMENTS;
}

FsqPrefetchBatch
fsq_prefetch_batch(Oid serverid, int nkeys)
{
	const FsqDriver *driver = fsq_driver_of_server(serverid);
	FsqPrefetchBatch batch = {0};

	if (driver != NULL)
	{
		const FsqDialect *dialect = driver->dialect;

		batch.keys = dialect->max_keys;
		if (dialect->busy_keys > 0 && nkeys > dialect->max_keys && is_busy(serverid))
			batch.keys = dialect->busy_keys;
		batch.bytes = dialect->max_key_bytes;
		batch.most = dialect->most_keys;
	}
	return batch;
}

/* ---- the scan's side ---- */

FsqRoute *
fsq_prefetch_route(const char *server, const char *sql)
{
	FsqRoute   *route;

	if (current == NULL || !current->prefetch->traced)
		return NULL;
	route = add_route(current, server, sql);
	route->sent = GetCurrentTimestamp();
	route->attempts = 1;
	return route;
}

void
fsq_prefetch_follow(FsqRoute *route, FsqQuery *query)
{
	query->route = route;
	query->keeper = &route->query;
	route->query = query;
	route->attempts = query->attempts;
}

/*
 * One that still waits for a connection is not waited for: its scan sends the
 * statement itself.
 */
FsqQuery *
fsq_prefetch_take(const ForeignScan *scan)
{
	Ahead	   *ahead = NULL;
	ListCell   *lc;

	if (current == NULL)
		return NULL;
	foreach(lc, current->aheads)
	{
		Ahead	   *candidate = lfirst(lc);

		if (candidate->scan == scan && (candidate->failed || candidate->state < AHEAD_TAKEN))
			ahead = candidate;
	}
	if (ahead == NULL)
		return NULL;
	while (ahead->state < AHEAD_READING)
	{
		fsq_ahead_step(ahead);
		if (ahead->state == AHEAD_QUEUED)
		{
			current->routes = list_delete_ptr(current->routes, ahead->route);
			fsq_ahead_stop(ahead);
			return NULL;
		}
		if (ahead->state < AHEAD_READING)
			fsq_prefetch_wait_any();
	}
	if (ahead->failed)
		fsq_ahead_raise(ahead);
	ahead->state = AHEAD_TAKEN;
	return ahead->query;
}
