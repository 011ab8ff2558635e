/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  Runs the statements that are asked ahead.
 *
 *	  Each statement is a small machine (AheadState) whose steps never wait and
 *	  never raise an error: what goes wrong is kept and raised by the scan that
 *	  picks the statement up, in the subtransaction of its own fetch.  Every
 *	  wait of this backend for a remote server, whoever waits and for what,
 *	  steps the machines of all others (ahead_wait.c).
 *
 *	  While something else is waited for, the rows of a statement are read
 *	  ahead.  It is ready when all of them are here, when they come faster than
 *	  they are read, or when there is nothing else to wait for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "ahead.h"

/* Rows that are read ahead in one go, in bytes: where so many come at once, they are not waited for. */
#define READ_AHEAD (1024 * 1024)

dlist_head	fsq_prefetches = DLIST_STATIC_INIT(fsq_prefetches);

int			fsq_prefetch_total = 0;

/* ---- its beginning and its end ---- */

void
fsq_ahead_add(Ahead *ahead, FsqPrefetch *prefetch, FsqPrefetchPlan *plan)
{
	ahead->state = AHEAD_QUEUED;
	ahead->prefetch = prefetch;
	ahead->plan = plan;
	ahead->error = MemoryContextAllocZero(prefetch->context, sizeof(FsqDriverError));
	if (prefetch->naheads >= prefetch->npolls)
	{
		prefetch->npolls = Max(prefetch->npolls * 2, 8);
		prefetch->polls = prefetch->polls ?
			repalloc(prefetch->polls, sizeof(struct pollfd) * prefetch->npolls) :
			MemoryContextAlloc(prefetch->context, sizeof(struct pollfd) * prefetch->npolls);
	}
	prefetch->naheads++;
	fsq_prefetch_total++;
	dlist_push_tail(&prefetch->aheads, &ahead->link);
}

void
fsq_ahead_raise(Ahead *ahead)
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

/* Let go of the connection. */
void
fsq_ahead_release(Ahead *ahead)
{
	if (ahead->entry == NULL)
		return;
	fsq_connection_release(ahead->entry, ahead->reserved);
	ahead->entry = NULL;
	ahead->reserved = false;
}

/* Nothing of it is on the wire any more. */
void
fsq_ahead_over(Ahead *ahead)
{
	if (ahead->query != NULL)
		fsq_query_finish(ahead->query);
	fsq_ahead_release(ahead);
	if (ahead->route != NULL && ahead->route->finished == 0)
		ahead->route->finished = GetCurrentTimestamp();
	if (ahead->context != NULL)
		MemoryContextDelete(ahead->context);
	ahead->context = NULL;
	ahead->state = AHEAD_OVER;
}

/* Stop it, as far as that goes without waiting. */
void
fsq_ahead_stop(Ahead *ahead)
{
	switch (ahead->state)
	{
		case AHEAD_ENTERING:
			/* the command is on its way */
			ahead->entry->conn->broken = true;
			fsq_ahead_over(ahead);
			break;
		case AHEAD_SENDING:
		case AHEAD_READING:
		case AHEAD_READY:
		case AHEAD_TAKEN:
		case AHEAD_STOPPING:
			ahead->state = AHEAD_STOPPING;
			if (ahead->query == NULL || fsq_query_stop_poll(ahead->query) == FSQ_DONE)
				fsq_ahead_over(ahead);
			break;
		case AHEAD_WAITING:
		case AHEAD_QUEUED:
		case AHEAD_CONNECTING:
			fsq_ahead_over(ahead);
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
	fsq_ahead_over(ahead);
}

/* Let go of what an attempt had, for another one. */
static void
begin_anew(Ahead *ahead, AheadState state)
{
	if (ahead->context != NULL)
		MemoryContextReset(ahead->context);
	fsq_ahead_release(ahead);
	ahead->state = state;
}

/*
 * An attempt has failed before any row came.  It ends with that error, unless
 * there is to be another attempt.
 */
static void
fail_attempt(Ahead *ahead, const FsqDriverError *error)
{
	FsqConnEntry *entry = ahead->entry;

	/* one that could not even be sent */
	if (ahead->query == NULL && ahead->route != NULL)
		ahead->route->attempts++;
	if ((entry != NULL && entry->snapshot) || ahead->latest != 0 ||
		!fsq_retry_decide(ahead->login.guard, ahead->attempts, error,
						  ahead->state == AHEAD_CONNECTING ? ahead->deadline : 0, &ahead->again))
	{
		fail(ahead, error);
		return;
	}
	begin_anew(ahead, AHEAD_WAITING);
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
		/* a statement's own failures are known */
		if (ahead->query == NULL)
			fsq_connection_failed(entry->guard, error);
		fail_attempt(ahead, error);
		return;
	}
	ahead->attempts--;
	begin_anew(ahead, AHEAD_QUEUED);
}

void
fsq_ahead_give_up(Ahead *ahead, TimestampTz started)
{
	ahead->failed = ahead->timed_out = true;
	ahead->waited = TimestampDifferenceMilliseconds(started, GetCurrentTimestamp());
	fsq_connection_late(ahead->entry, ahead->waited, ahead->connected ? ahead->request.doing : NULL);
	fsq_ahead_stop(ahead);
}

/* ---- steps ---- */

/* When a step that begins now must be over, which may take so many milliseconds (0: any time). */
static TimestampTz
deadline_of(const Ahead *ahead, int milliseconds)
{
	TimestampTz deadline = milliseconds > 0 ? TimestampTzPlusMilliseconds(ahead->started, milliseconds) : 0;

	return ahead->latest != 0 && (deadline == 0 || ahead->latest < deadline) ? ahead->latest : deadline;
}

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
	ahead->entry->connecting = false;
	ahead->entry->conn->deadline = 0;
	fsq_place_connected(ahead->entry);
	ahead->connected = true;
	if (ahead->request.sql == NULL)
	{
		fsq_ahead_over(ahead);
		return;
	}
	ahead->started = GetCurrentTimestamp();
	ahead->deadline = deadline_of(ahead, fsq_connection_timeout(ahead->entry));
	ahead->state = AHEAD_ENTERING;
}

/* Take it from the queue, if a connection can be had. */
static void
start(Ahead *ahead)
{
	FsqDriverError error = {0};
	FsqStatus	status;

	if (!fsq_admit(ahead->login.guard, &error))
	{
		ahead->connected = false;
		fail(ahead, &error);
		return;
	}
	ahead->entry = fsq_connection_reserve(&ahead->login);
	if (ahead->entry != NULL)
	{
		ahead->attempts++;
		ahead->reserved = true;
		connected(ahead);
		return;
	}
	ahead->entry = fsq_connection_begin(&ahead->login, &status, &error);
	if (ahead->entry == NULL)
	{
		if (status == FSQ_FAILED)
		{
			ahead->attempts++;
			ahead->connected = false;
			fail_attempt(ahead, &error);
		}
		return;
	}
	ahead->attempts++;
	ahead->reserved = true;
	ahead->connected = false;
	ahead->started = GetCurrentTimestamp();
	ahead->deadline = deadline_of(ahead, ahead->entry->spec.connection_timeout);
	/* for what a library does without coming back */
	ahead->entry->conn->deadline = ahead->entry->driver->in_process ? 0 : ahead->deadline;
	ahead->state = AHEAD_CONNECTING;
	if (status == FSQ_DONE)
		connected(ahead);
}

/* The statement is accepted. */
static void
accepted(Ahead *ahead)
{
	/* from now on it may be read ahead to make room for another */
	ahead->entry->reserved = ahead->reserved = false;
	ahead->state = AHEAD_READING;
}

static void
send_statement(Ahead *ahead)
{
	MemoryContext old;
	FsqStatus	status;

	if (ahead->context == NULL)
		ahead->context = AllocSetContextCreate(ahead->prefetch->context, "fraiseql prefetch",
											   ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(ahead->context);
	ahead->query = fsq_query_make(ahead->entry, ahead->request.sql, ahead->request.ncolumns,
								  ahead->request.doing);
	MemoryContextSwitchTo(old);
	ahead->query->keeper = &ahead->query;
	ahead->query->route = ahead->route;
	ahead->query->latest = ahead->latest;
	if (ahead->route != NULL && ahead->route->sent == 0)
		ahead->route->sent = GetCurrentTimestamp();
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

	if (IsolationUsesXactSnapshot() && !entry->snapshot && ahead->latest == 0)
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

static inline bool
is_of_fetch(const Ahead *ahead, const Ahead *other)
{
	return ahead->plan == other->plan ||
		(ahead->plan != NULL && other->plan != NULL && ahead->plan->fetch == other->plan->fetch);
}

/*
 * Whether nothing else is under way but what is for the same fetch, and no other
 * part of it is there to be taken: that part's reader reads this one ahead.
 */
static bool
is_alone(const Ahead *ahead)
{
	dlist_iter	iter;

	dlist_foreach(iter, &ahead->prefetch->aheads)
	{
		const Ahead *other = dlist_container(Ahead, link, iter.cur);

		if (other->state <= AHEAD_READING ? !is_of_fetch(ahead, other) :
			other->state <= AHEAD_TAKEN && other->plan != ahead->plan)
			return false;
	}
	return true;
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
	/* all others would stand still; what planning asks is answered in a few rows */
	else if (query->conn->driver->reads_block && ahead->plan != NULL)
		ahead->state = AHEAD_READY;
	/* whoever takes them would do nothing else meanwhile */
	else if (ahead->prefetch->idle && is_alone(ahead))
		ahead->state = AHEAD_READY;
	else
	{
		TimestampTz started = query->started;
		TimestampTz deadline = query->deadline;

		FsqStatus	status;

		do
			status = fsq_query_read_ahead(query, READ_AHEAD);
		while (status == FSQ_ROW && ahead->plan == NULL);
		switch (status)
		{
			case FSQ_ROW:
			case FSQ_END:
				ahead->state = AHEAD_READY;
				break;
			case FSQ_FAILED:
				if (query->rows_ahead > 0)
					fail(ahead, &query->conn->error);
				else
				{
					FsqDriverError error = query->conn->error;

					if (error.class == FSQ_ERROR_CONNECTION)
						query->conn->broken = true;
					fail_attempt(ahead, &error);
				}
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
void
fsq_ahead_step(Ahead *ahead)
{
	AheadState	before;

	do
	{
		FsqStatus	status;

		before = ahead->state;
		switch (ahead->state)
		{
			case AHEAD_WAITING:
				if (GetCurrentTimestamp() >= ahead->again)
					ahead->state = AHEAD_QUEUED;
				break;
			case AHEAD_QUEUED:
				if (ahead->request.sql == NULL ||
					count_running(ahead->prefetch) < ahead->prefetch->max_statements)
					start(ahead);
				break;
			case AHEAD_CONNECTING:
				status = ahead->login.driver->connect_poll(ahead->entry->conn);
				if (status == FSQ_DONE)
					connected(ahead);
				else if (status != FSQ_WAIT)
				{
					ahead->entry->conn->broken = true;
					fsq_connection_failed(ahead->login.guard, &ahead->entry->conn->error);
					fail_attempt(ahead, &ahead->entry->conn->error);
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
				fsq_ahead_stop(ahead);
				break;
			case AHEAD_READY:
			case AHEAD_TAKEN:
			case AHEAD_OVER:
				break;
		}
	} while (ahead->state != before);
}
