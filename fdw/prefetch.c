/*-------------------------------------------------------------------------
 *
 * prefetch.c
 *	  Statements that are asked ahead, and the wait for all of them.
 *
 *	  Each statement is a small machine (AheadState) whose steps never wait and
 *	  never raise an error: what goes wrong is kept and raised by the scan that
 *	  picks the statement up, in the subtransaction of its own fetch.  Every
 *	  wait of this backend for a remote server, whoever waits and for what,
 *	  steps the machines of all others (fsq_prefetch_wait_with).
 *
 *	  While something else is waited for, the rows of a statement are read
 *	  ahead.  It is ready when all of them are here, when they come faster than
 *	  they are read, or when there is nothing else to wait for.
 *
 *	  All belongs to the request, not to a subtransaction or an executor: a
 *	  statement outlives the failure of another fetch.  The memory of an
 *	  FsqPrefetch holds everything; its end, however it comes, stops what runs.
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
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "connection.h"
#include "prefetch.h"

/* Rows that are read ahead in one go, in bytes: where so many come at once, they are not waited for. */
#define READ_AHEAD (1024 * 1024)

typedef enum AheadState
{
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
	FsqPrefetchPlan *plan;		/* NULL: a connection only */
	const ForeignScan *scan;
	FsqLogin	login;
	FsqScanRequest request;
	FsqConnEntry *entry;		/* reserved, or whose statement runs */
	FsqQuery   *query;
	FsqRoute   *route;
	MemoryContext context;		/* of the query */
	TimestampTz started;		/* connecting, or opening the snapshot */
	TimestampTz deadline;		/* of that; 0: none */
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
	List	   *aheads;			/* of Ahead * */
	List	   *routes;			/* of FsqRoute * */
};

/* A connection that is wanted soon. */
typedef struct Link
{
	Oid			serverid;
	Ahead	   *ahead;			/* NULL: there was one already */
} Link;

struct FsqPrefetch
{
	dlist_node	link;			/* in prefetches */
	MemoryContext context;
	MemoryContextCallback callback;
	int			max_statements;
	bool		traced;
	dlist_head	aheads;			/* of Ahead, in the order in which they were asked for */
	int			naheads;
	List	   *links;			/* of Link * */
	struct pollfd *polls;		/* room for all aheads */
	int			npolls;
	FsqPrefetchPlan *outer;		/* was in use when this began */
	TimestampTz outer_deadline;
	bool		ended;
};

TimestampTz fsq_request_deadline = 0;

/* Those of nested requests, too. */
static dlist_head prefetches = DLIST_STATIC_INIT(prefetches);

/* How many statements they have. */
static int	total = 0;

/* What foreign scans pick up from. */
static FsqPrefetchPlan *current = NULL;

/* ---- the end of a statement ---- */

/* Let go of the connection. */
static void
release(Ahead *ahead)
{
	if (ahead->entry == NULL)
		return;
	if (ahead->entry->reserved)
		fsq_connection_release(ahead->entry);
	ahead->entry = NULL;
}

/* Nothing of it is on the wire any more. */
static void
over(Ahead *ahead)
{
	if (ahead->query != NULL)
		fsq_query_finish(ahead->query);
	release(ahead);
	if (ahead->route != NULL && ahead->route->finished == 0)
		ahead->route->finished = GetCurrentTimestamp();
	if (ahead->context != NULL)
		MemoryContextDelete(ahead->context);
	ahead->context = NULL;
	ahead->state = AHEAD_OVER;
}

/* Stop it, as far as that goes without waiting. */
static void
stop(Ahead *ahead)
{
	switch (ahead->state)
	{
		case AHEAD_ENTERING:
			/* the command is on its way */
			ahead->entry->conn->broken = true;
			over(ahead);
			break;
		case AHEAD_SENDING:
		case AHEAD_READING:
		case AHEAD_READY:
		case AHEAD_TAKEN:
		case AHEAD_STOPPING:
			ahead->state = AHEAD_STOPPING;
			if (ahead->query == NULL || fsq_query_stop_poll(ahead->query) == FSQ_DONE)
				over(ahead);
			break;
		case AHEAD_QUEUED:
		case AHEAD_CONNECTING:
			over(ahead);
			break;
		case AHEAD_OVER:
			break;
	}
}

/* It ends with an error of its driver. */
static void
fail(Ahead *ahead, const FsqDriverError *error)
{
	ahead->failed = true;
	*ahead->error = *error;
	over(ahead);
}

/* It ends with the connection's error, unless that is the death of an idle one. */
static void
fail_connection(Ahead *ahead)
{
	FsqConnEntry *entry = ahead->entry;
	FsqDriverError *error = &entry->conn->error;
	bool		again = error->class == FSQ_ERROR_CONNECTION && entry->reused && !entry->snapshot;

	if (error->class == FSQ_ERROR_CONNECTION)
		entry->conn->broken = true;
	if (!again)
	{
		fail(ahead, error);
		return;
	}
	if (ahead->context != NULL)
		MemoryContextReset(ahead->context);
	release(ahead);
	ahead->state = AHEAD_QUEUED;
}

/* It has had its time. */
static void
give_up(Ahead *ahead, TimestampTz started)
{
	ahead->failed = ahead->timed_out = true;
	ahead->waited = TimestampDifferenceMilliseconds(started, GetCurrentTimestamp());
	stop(ahead);
}

/* ---- steps ---- */

/* How many statements run on the wire. */
static int
count_running(FsqPrefetch *prefetch)
{
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state > AHEAD_QUEUED && ahead->state < AHEAD_OVER &&
			(ahead->query == NULL || ahead->query->stmt != NULL))
			n++;
	}
	return n;
}

/* Go on from a connection that is there. */
static void
connected(Ahead *ahead)
{
	int			timeout = fsq_connection_timeout(ahead->entry);

	ahead->entry->connecting = false;
	ahead->connected = true;
	if (ahead->plan == NULL)
	{
		over(ahead);
		return;
	}
	ahead->started = GetCurrentTimestamp();
	ahead->deadline = timeout > 0 ? TimestampTzPlusMilliseconds(ahead->started, timeout) : 0;
	ahead->state = AHEAD_ENTERING;
}

/* Take it from the queue, if a connection can be had. */
static void
start(Ahead *ahead)
{
	FsqDriverError error = {0};
	FsqStatus	status;

	ahead->entry = fsq_connection_reserve(&ahead->login);
	if (ahead->entry != NULL)
	{
		connected(ahead);
		return;
	}
	ahead->entry = fsq_connection_begin(&ahead->login, &status, &error);
	if (ahead->entry == NULL)
	{
		if (status == FSQ_FAILED)
			fail(ahead, &error);
		return;
	}
	ahead->connected = false;
	ahead->started = GetCurrentTimestamp();
	ahead->deadline = ahead->entry->spec.connection_timeout > 0 ?
		TimestampTzPlusMilliseconds(ahead->started, ahead->entry->spec.connection_timeout) : 0;
	ahead->state = AHEAD_CONNECTING;
	if (status == FSQ_DONE)
		connected(ahead);
}

/* The statement is accepted. */
static void
accepted(Ahead *ahead)
{
	/* from now on it may be read ahead to make room for another */
	ahead->entry->reserved = false;
	ahead->state = AHEAD_READING;
}

static void
send_statement(Ahead *ahead)
{
	MemoryContext old;
	FsqStatus	status;

	if (ahead->context == NULL)
		ahead->context = AllocSetContextCreate(ahead->plan->prefetch->context, "fraiseql prefetch",
											   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(ahead->context);
	ahead->query = fsq_query_make(ahead->entry, ahead->request.sql, ahead->request.ncolumns,
								  ahead->request.doing);
	MemoryContextSwitchTo(old);
	ahead->query->keeper = &ahead->query;
	ahead->query->route = ahead->route;
	if (ahead->route != NULL)
	{
		ahead->route->attempts++;
		if (ahead->route->sent == 0)
			ahead->route->sent = GetCurrentTimestamp();
	}
	ahead->state = AHEAD_SENDING;
	status = fsq_query_send(ahead->query, ahead->request.nparams, ahead->request.params);
	if (status == FSQ_DONE)
		accepted(ahead);
	else if (status == FSQ_FAILED)
		fail_connection(ahead);
}

static void
enter(Ahead *ahead)
{
	FsqConnEntry *entry = ahead->entry;
	FsqStatus	status = FSQ_DONE;

	if (IsolationUsesXactSnapshot() && !entry->snapshot)
	{
		entry->conn->deadline = ahead->deadline;
		status = entry->driver->transaction(entry->conn, FSQ_BEGIN_READ, 0);
		if (status == FSQ_DONE)
			entry->snapshot = entry->reused = true;
	}
	if (status == FSQ_DONE)
		send_statement(ahead);
	else if (status == FSQ_FAILED)
		fail_connection(ahead);
}

/* Read rows that are here. */
static void
read_ahead(Ahead *ahead)
{
	FsqQuery   *query = ahead->query;

	if (query->held)
		return;
	/* somebody who needed the connection may have read its rows, or failed to */
	if (query->at_end)
		ahead->state = AHEAD_READY;
	else if (query->stmt == NULL)
		fail(ahead, &query->conn->error);
	/* all others would stand still */
	else if (query->conn->driver->reads_block)
		ahead->state = AHEAD_READY;
	else
	{
		TimestampTz started = query->started;
		TimestampTz deadline = query->deadline;

		switch (fsq_query_read_ahead(query, READ_AHEAD))
		{
			case FSQ_ROW:
			case FSQ_END:
				ahead->state = AHEAD_READY;
				break;
			case FSQ_FAILED:
				fail(ahead, &query->conn->error);
				break;
			default:
				/* the clock runs from the last row that came */
				if (query->rows_ahead == ahead->rows_seen)
				{
					query->started = started;
					query->deadline = deadline;
				}
				ahead->rows_seen = query->rows_ahead;
				break;
		}
	}
}

/* Go on as far as that is possible now. */
static void
step(Ahead *ahead)
{
	AheadState	before;

	do
	{
		FsqStatus	status;

		before = ahead->state;
		switch (ahead->state)
		{
			case AHEAD_QUEUED:
				if (ahead->plan == NULL ||
					count_running(ahead->plan->prefetch) < ahead->plan->prefetch->max_statements)
					start(ahead);
				break;
			case AHEAD_CONNECTING:
				status = ahead->login.driver->connect_poll(ahead->entry->conn);
				if (status == FSQ_DONE)
					connected(ahead);
				else if (status != FSQ_WAIT)
				{
					ahead->entry->conn->broken = true;
					fail(ahead, &ahead->entry->conn->error);
				}
				break;
			case AHEAD_ENTERING:
				enter(ahead);
				break;
			case AHEAD_SENDING:
				status = fsq_query_send_poll(ahead->query);
				if (status == FSQ_DONE)
					accepted(ahead);
				else if (status == FSQ_FAILED)
					fail_connection(ahead);
				break;
			case AHEAD_READING:
				read_ahead(ahead);
				break;
			case AHEAD_STOPPING:
				stop(ahead);
				break;
			case AHEAD_READY:
			case AHEAD_TAKEN:
			case AHEAD_OVER:
				break;
		}
	} while (ahead->state != before);
}

/* Start what is queued and can be started. */
static void
step_queued(void)
{
	dlist_iter	outer;
	dlist_iter	iter;

	dlist_foreach(outer, &prefetches)
	{
		FsqPrefetch *prefetch = dlist_container(FsqPrefetch, link, outer.cur);

		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

			if (ahead->state == AHEAD_QUEUED)
				step(ahead);
		}
	}
}

/* ---- the wait ---- */

/* Whether a wait of this backend should serve it. */
static inline bool
is_under_way(const Ahead *ahead)
{
	if (ahead->state == AHEAD_READING)
		return !ahead->query->held;
	return ahead->state == AHEAD_CONNECTING || ahead->state == AHEAD_ENTERING ||
		ahead->state == AHEAD_SENDING || ahead->state == AHEAD_STOPPING;
}

/* When its remote must have answered; 0: no limit. */
static TimestampTz
limit_of(const Ahead *ahead, TimestampTz *started)
{
	if (ahead->state == AHEAD_SENDING || ahead->state == AHEAD_READING)
	{
		*started = ahead->query->started;
		return ahead->query->deadline;
	}
	*started = ahead->started;
	return ahead->state == AHEAD_STOPPING ? 0 : ahead->deadline;
}

/* The earlier of a wait's length and the time that is left until a limit. */
static long
shorter(long milliseconds, TimestampTz now, TimestampTz limit)
{
	long		left;

	if (limit == 0)
		return milliseconds;
	left = TimestampDifferenceMilliseconds(now, limit);
	return milliseconds < 0 || left < milliseconds ? left : milliseconds;
}

/* Fill in the set with what is under way; returns how long it may be waited for. */
static long
add_events(WaitEventSet *set, long milliseconds)
{
	TimestampTz now = GetCurrentTimestamp();
	dlist_iter	outer;
	dlist_iter	iter;

	dlist_foreach(outer, &prefetches)
	{
		FsqPrefetch *prefetch = dlist_container(FsqPrefetch, link, outer.cur);

		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);
			FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};
			TimestampTz started;

			ahead->fired = ahead->timed = false;
			if (!is_under_way(ahead))
				continue;
			ahead->login.driver->wait_for(ahead->entry->conn, &wait);
			if (wait.socket != PGINVALID_SOCKET)
				AddWaitEventToSet(set, wait.events, wait.socket, NULL, ahead);
			if (wait.milliseconds >= 0)
			{
				ahead->timed = true;
				milliseconds = milliseconds < 0 ? wait.milliseconds : Min(milliseconds, wait.milliseconds);
			}
			milliseconds = shorter(milliseconds, now, limit_of(ahead, &started));
		}
	}
	return milliseconds;
}

/* Step what the wait has found, and what has had its time. */
static void
step_fired(void)
{
	TimestampTz now = GetCurrentTimestamp();
	dlist_iter	outer;
	dlist_iter	iter;

	dlist_foreach(outer, &prefetches)
	{
		FsqPrefetch *prefetch = dlist_container(FsqPrefetch, link, outer.cur);

		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);
			TimestampTz started;
			TimestampTz limit;

			if (!is_under_way(ahead))
				continue;
			if (ahead->fired || ahead->timed)
				step(ahead);
			if (!is_under_way(ahead))
				continue;
			limit = limit_of(ahead, &started);
			if (limit != 0 && now >= limit)
				give_up(ahead, started);
		}
	}
}

bool
fsq_prefetch_active(void)
{
	return !dlist_is_empty(&prefetches);
}

/* Wait once; notes whose sockets have something to say. */
static void
wait_once(const FsqWait *own, long milliseconds)
{
	/* and the latch, the postmaster's death, the caller's socket */
	int			nevents = total + 3;
	WaitEvent  *events = palloc(sizeof(WaitEvent) * nevents);
	WaitEventSet *set = fsq_create_wait_event_set(nevents);

	PG_TRY();
	{
		int			n;

		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		if (own != NULL && own->socket != PGINVALID_SOCKET)
			AddWaitEventToSet(set, own->events, own->socket, NULL, NULL);
		n = WaitEventSetWait(set, add_events(set, milliseconds), events, nevents, PG_WAIT_EXTENSION);
		for (int i = 0; i < n; i++)
			if (events[i].user_data != NULL)
				((Ahead *) events[i].user_data)->fired = true;
	}
	PG_FINALLY();
	{
		FreeWaitEventSet(set);
	}
	PG_END_TRY();
	pfree(events);
}

void
fsq_prefetch_wait_with(const FsqWait *own, long milliseconds)
{
	step_queued();
	wait_once(own, milliseconds);
	step_fired();
	step_queued();
}

void
fsq_prefetch_poll(bool at_once)
{
	static TimestampTz last = 0;
	TimestampTz now;
	dlist_iter	outer;
	dlist_iter	iter;
	bool		under_way = false;

	dlist_foreach(outer, &prefetches)
	{
		FsqPrefetch *prefetch = dlist_container(FsqPrefetch, link, outer.cur);

		dlist_foreach(iter, &prefetch->aheads)
			under_way |= is_under_way(dlist_container(Ahead, link, iter.cur));
	}
	if (!under_way)
		return;
	now = GetCurrentTimestamp();
	if (!at_once && !TimestampDifferenceExceeds(last, now, 1))
		return;
	last = now;
	/* a wait with a latch that is set does not look at sockets */
	ResetLatch(MyLatch);
	fsq_prefetch_wait_with(NULL, 0);
}

void
fsq_prefetch_wait_any(void)
{
	CHECK_FOR_INTERRUPTS();
	fsq_prefetch_wait_with(NULL, -1);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * If all that is under way are rows for one plan, whoever runs it can as well
 * wait for them itself.  Returns how many statements are under way otherwise.
 */
static int
count_waited_for(FsqPrefetch *prefetch)
{
	FsqPrefetchPlan *plan = NULL;
	bool		alone = true;
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state > AHEAD_READING)
			continue;
		n++;
		if (ahead->state != AHEAD_READING || (plan != NULL && plan != ahead->plan))
			alone = false;
		plan = ahead->plan;
	}
	if (n == 0 || !alone)
		return n;
	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state == AHEAD_READING)
			ahead->state = AHEAD_READY;
	}
	return 0;
}

static int
count_queued(FsqPrefetch *prefetch)
{
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
		if (dlist_container(Ahead, link, iter.cur)->state == AHEAD_QUEUED)
			n++;
	return n;
}

/*
 * What is queued for connections that others have, who are not to be waited
 * for (a cursor), is left to the scans themselves.  True if something has
 * changed.
 */
static bool
leave_queued(FsqPrefetch *prefetch)
{
	int			nqueued = count_queued(prefetch);
	dlist_iter	iter;

	if (nqueued == 0)
		return false;
	step_queued();
	if (count_queued(prefetch) < nqueued)
		return true;
	dlist_foreach(iter, &prefetch->aheads)
		if (is_under_way(dlist_container(Ahead, link, iter.cur)))
			return false;
	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state == AHEAD_QUEUED)
			stop(ahead);
	}
	return true;
}

bool
fsq_prefetch_is_connecting(FsqPrefetch *prefetch)
{
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
	{
		AheadState	state = dlist_container(Ahead, link, iter.cur)->state;

		if (state == AHEAD_CONNECTING || state == AHEAD_ENTERING)
			return true;
	}
	return false;
}

bool
fsq_prefetch_wait(FsqPrefetch *prefetch, TimestampTz deadline)
{
	if (count_waited_for(prefetch) == 0)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (leave_queued(prefetch))
		return true;
	fsq_prefetch_wait_with(NULL, shorter(-1, GetCurrentTimestamp(), deadline));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	return true;
}

/* ---- the request's side ---- */

/*
 * Step all that is being stopped until that is done, or its time is over.
 */
static void
stop_all(FsqPrefetch *prefetch, int milliseconds)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	dlist_iter	iter;
	long		left;

	dlist_foreach(iter, &prefetch->aheads)
		stop(dlist_container(Ahead, link, iter.cur));
	for (;;)
	{
		int			n = 0;

		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
		dlist_foreach(iter, &prefetch->aheads)
		{
			Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);
			FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};

			if (ahead->state != AHEAD_STOPPING)
				continue;
			ahead->login.driver->wait_for(ahead->entry->conn, &wait);
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

			if (ahead->state == AHEAD_STOPPING)
				stop(ahead);
		}
	}
}

static void
leave(FsqPrefetch *prefetch)
{
	dlist_delete(&prefetch->link);
	total -= prefetch->naheads;
	current = prefetch->outer;
	fsq_request_deadline = prefetch->outer_deadline;
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
		over(ahead);
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
			release(ahead);
	}
	leave(prefetch);
}

FsqPrefetch *
fsq_prefetch_begin(int max_statements, bool traced)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql prefetches",
												  ALLOCSET_SMALL_SIZES);
	FsqPrefetch *prefetch = MemoryContextAllocZero(context, sizeof(FsqPrefetch));

	prefetch->context = context;
	prefetch->max_statements = max_statements;
	prefetch->traced = traced;
	prefetch->outer = current;
	prefetch->outer_deadline = fsq_request_deadline;
	dlist_init(&prefetch->aheads);
	dlist_push_head(&prefetches, &prefetch->link);
	prefetch->callback.func = prefetch_callback;
	prefetch->callback.arg = prefetch;
	MemoryContextRegisterResetCallback(context, &prefetch->callback);
	current = NULL;
	return prefetch;
}

void
fsq_prefetch_limit(FsqPrefetch *prefetch, TimestampTz deadline)
{
	fsq_request_deadline = deadline;
}

/* A new one, queued. */
static Ahead *
add_ahead(FsqPrefetch *prefetch, FsqPrefetchPlan *plan)
{
	Ahead	   *ahead = MemoryContextAllocZero(prefetch->context, sizeof(Ahead));

	ahead->plan = plan;
	ahead->error = MemoryContextAllocZero(prefetch->context, sizeof(FsqDriverError));
	if (prefetch->naheads == prefetch->npolls)
	{
		prefetch->npolls = Max(prefetch->npolls * 2, 8);
		prefetch->polls = prefetch->polls ?
			repalloc(prefetch->polls, sizeof(struct pollfd) * prefetch->npolls) :
			MemoryContextAlloc(prefetch->context, sizeof(struct pollfd) * prefetch->npolls);
	}
	prefetch->naheads++;
	total++;
	dlist_push_tail(&prefetch->aheads, &ahead->link);
	return ahead;
}

FsqPrefetchLink
fsq_prefetch_connect(FsqPrefetch *prefetch, Oid serverid)
{
	MemoryContext old;
	FsqLogin	login;
	Link	   *link;
	ListCell   *lc;
	int			nidle;
	int			nconnecting;

	if (prefetch->max_statements == 0)
		return FSQ_LINK_READY;
	foreach(lc, prefetch->links)
	{
		link = lfirst(lc);
		if (link->serverid != serverid)
			continue;
		if (link->ahead == NULL)
			return FSQ_LINK_READY;
		if (link->ahead->state != AHEAD_OVER)
			return FSQ_LINK_WAITING;
		return link->ahead->failed ? FSQ_LINK_FAILED : FSQ_LINK_READY;
	}

	old = MemoryContextSwitchTo(prefetch->context);
	fsq_connection_login(&login, serverid, InvalidOid);
	link = palloc0(sizeof(Link));
	link->serverid = serverid;
	prefetch->links = lappend(prefetch->links, link);
	MemoryContextSwitchTo(old);
	if (login.driver->in_process ||
		fsq_connection_count(&login, &nidle, &nconnecting) > nconnecting)
		return FSQ_LINK_READY;
	link->ahead = add_ahead(prefetch, NULL);
	link->ahead->login = login;
	step(link->ahead);
	return fsq_prefetch_connect(prefetch, serverid);
}

/*
 * Raise the error that something has ended with.
 */
static void
raise_error(Ahead *ahead)
{
	FsqConn		conn = {.driver = ahead->login.driver};

	conn.server_name = GetForeignServer(ahead->login.serverid)->servername;
	conn.error = *ahead->error;
	if (ahead->timed_out)
		fsq_connection_timeout_error(&conn, ahead->waited, ahead->connected ? ahead->request.doing : NULL,
									 ahead->connected ? ahead->request.sql : NULL);
	fsq_connection_error(&conn, ahead->connected ? ahead->request.doing : NULL,
						 ahead->connected ? ahead->request.sql : NULL);
}

void
fsq_prefetch_link_error(FsqPrefetch *prefetch, Oid serverid)
{
	ListCell   *lc;

	foreach(lc, prefetch->links)
	{
		Link	   *link = lfirst(lc);

		if (link->serverid == serverid && link->ahead != NULL && link->ahead->failed)
			raise_error(link->ahead);
	}
	elog(ERROR, "server %u has not failed", serverid);
}

FsqPrefetchPlan *
fsq_prefetch_plan(FsqPrefetch *prefetch)
{
	FsqPrefetchPlan *plan = MemoryContextAllocZero(prefetch->context, sizeof(FsqPrefetchPlan));

	plan->prefetch = prefetch;
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
			if (((Append *) plan)->part_prune_info != NULL)
				return scans;
			return find_scans_in(((Append *) plan)->appendplans, scans);
		case T_MergeAppend:
			if (((MergeAppend *) plan)->part_prune_info != NULL)
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

	if (!plan->prefetch->traced)
		return NULL;
	old = MemoryContextSwitchTo(plan->prefetch->context);
	route = palloc0(sizeof(FsqRoute));
	route->server = pstrdup(server);
	route->sql = pstrdup(sql);
	plan->routes = lappend(plan->routes, route);
	MemoryContextSwitchTo(old);
	return route;
}

int
fsq_prefetch_send(FsqPrefetchPlan *plan, PlannedStmt *planned, ParamListInfo params)
{
	FsqPrefetch *prefetch = plan->prefetch;
	List	   *scans;
	MemoryContext old;
	ListCell   *lc;

	if (prefetch->max_statements == 0)
		return 0;
	scans = find_scans(planned->planTree, NIL);
	if (scans == NIL)
		return 0;
	fsq_check_privileges(planned);

	old = MemoryContextSwitchTo(prefetch->context);
	foreach(lc, scans)
	{
		ForeignScan *scan = lfirst(lc);
		FsqLogin	login;
		FsqScanRequest request;
		Ahead	   *ahead;

		fsq_connection_login(&login, scan->fs_server, fsq_planned_scan_userid(scan, planned));
		fsq_scan_compose(&request, scan, planned, params);
		ahead = add_ahead(prefetch, plan);
		ahead->scan = scan;
		ahead->login = login;
		ahead->request = request;
		ahead->route = add_route(plan, GetForeignServer(scan->fs_server)->servername, request.sql);
		plan->aheads = lappend(plan->aheads, ahead);
		step(ahead);
	}
	MemoryContextSwitchTo(old);
	return list_length(plan->aheads);
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
	ListCell   *lc;

	foreach(lc, plan->aheads)
		stop(lfirst(lc));
}

List *
fsq_prefetch_routes(FsqPrefetchPlan *plan)
{
	return plan->routes;
}

int
fsq_prefetch_batch(Oid serverid)
{
	const FsqDriver *driver = fsq_driver_of_server(serverid);

	return driver != NULL ? driver->dialect->max_keys : 0;
}

/* ---- the scan's side ---- */

FsqRoute *
fsq_prefetch_route(const char *server, const char *sql)
{
	FsqRoute   *route = current != NULL ? add_route(current, server, sql) : NULL;

	if (route != NULL)
	{
		route->sent = GetCurrentTimestamp();
		route->attempts = 1;
	}
	return route;
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
		step(ahead);
		if (ahead->state == AHEAD_QUEUED)
		{
			current->routes = list_delete_ptr(current->routes, ahead->route);
			stop(ahead);
			return NULL;
		}
		if (ahead->state < AHEAD_READING)
			fsq_prefetch_wait_any();
	}
	if (ahead->failed)
		raise_error(ahead);
	ahead->state = AHEAD_TAKEN;
	return ahead->query;
}
