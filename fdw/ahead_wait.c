/*-------------------------------------------------------------------------
 *
 * ahead_wait.c
 *	  Waits for all statements that are asked ahead: their sockets, their times,
 *	  and what the caller waits for itself.
 *
 *	  A wait notes what has happened and then steps the machines of ahead.c that
 *	  it has happened to; none of their steps waits or raises an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>

#include "compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"

#include "ahead.h"

/* All statements that are asked ahead, one after another: the first one behind NULL, NULL behind the last. */
static Ahead *
next_ahead(Ahead *ahead)
{
	dlist_node *node = ahead ? ahead->prefetch->link.next : fsq_prefetches.head.next;

	if (ahead && dlist_has_next(&ahead->prefetch->aheads, &ahead->link))
		return dlist_container(Ahead, link, ahead->link.next);
	for (; node != &fsq_prefetches.head; node = node->next)
	{
		FsqPrefetch *prefetch = dlist_container(FsqPrefetch, link, node);

		if (!dlist_is_empty(&prefetch->aheads))
			return dlist_head_element(Ahead, link, &prefetch->aheads);
	}
	return NULL;
}

#define foreach_ahead(ahead) \
	for (Ahead *ahead = next_ahead(NULL); ahead != NULL; ahead = next_ahead(ahead))

/* Start what is queued and can be started. */
static void
step_queued(void)
{
	foreach_ahead(ahead)
	{
		if (ahead->state == AHEAD_QUEUED)
			fsq_ahead_step(ahead);
	}
}

/* Whether a wait of this backend should serve it. */
static inline bool
is_under_way(const Ahead *ahead)
{
	if (ahead->state == AHEAD_READING)
		return !ahead->query->held;
	return ahead->state == AHEAD_WAITING || ahead->state == AHEAD_CONNECTING || ahead->state == AHEAD_ENTERING ||
		ahead->state == AHEAD_SENDING || ahead->state == AHEAD_STOPPING;
}

void
fsq_ahead_wait_for(const Ahead *ahead, FsqWait *wait)
{
	if (ahead->state == AHEAD_WAITING)
		wait->milliseconds = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), ahead->again);
	else
		ahead->login.driver->wait_for(ahead->entry->conn, wait);
	if (ahead->state == AHEAD_STOPPING)
	{
		long		milliseconds = fsq_query_stop_wait(ahead->query);

		if (milliseconds >= 0)
			wait->milliseconds = wait->milliseconds >= 0 ? Min(wait->milliseconds, milliseconds) : milliseconds;
	}
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
	return ahead->state == AHEAD_STOPPING || ahead->state == AHEAD_WAITING ? 0 : ahead->deadline;
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

/* A socket that is waited for. */
typedef struct Waited
{
	const FsqConn *conn;		/* the connection that runs a statement through it, or NULL */
	Ahead	   *ahead;			/* or NULL: the caller's */
	FsqWait		wait;
} Waited;

/*
 * Note the sockets of what is under way, and how long they may be waited for.
 * Returns how many they are.
 */
static int
gather(Waited *waited, long *milliseconds)
{
	TimestampTz now = GetCurrentTimestamp();
	int			n = 0;

	foreach_ahead(ahead)
	{
		FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};
		TimestampTz started;

		ahead->fired = ahead->timed = false;
		if (!is_under_way(ahead))
			continue;
		fsq_ahead_wait_for(ahead, &wait);
		if (wait.socket != PGINVALID_SOCKET)
		{
			bool		runs = ahead->state == AHEAD_SENDING || ahead->state == AHEAD_READING;

			waited[n++] = (Waited) {.conn = runs ? ahead->entry->conn : NULL,.ahead = ahead,.wait = wait};
		}
		if (wait.milliseconds >= 0)
		{
			ahead->timed = true;
			*milliseconds = *milliseconds < 0 ? wait.milliseconds : Min(*milliseconds, wait.milliseconds);
		}
		*milliseconds = shorter(*milliseconds, now, limit_of(ahead, &started));
	}
	return n;
}

/* Step what the wait has found, and what has had its time. */
static void
step_fired(void)
{
	TimestampTz now = GetCurrentTimestamp();

	foreach_ahead(ahead)
	{
		TimestampTz started;
		TimestampTz limit;

		if (!is_under_way(ahead))
			continue;
		if (ahead->fired || ahead->timed)
			fsq_ahead_step(ahead);
		if (!is_under_way(ahead))
			continue;
		limit = limit_of(ahead, &started);
		if (limit != 0 && now >= limit)
			fsq_ahead_give_up(ahead, started);
	}
}

bool
fsq_prefetch_active(void)
{
	return !dlist_is_empty(&fsq_prefetches);
}

/* Wait for several sockets, or none; notes which have something to say. */
static void
wait_for_sockets(const Waited *waited, int nwaited, long milliseconds)
{
	/* and the latch, the postmaster's death */
	int			nevents = nwaited + 2;
	WaitEvent  *events = palloc(sizeof(WaitEvent) * nevents);
	WaitEventSet *set = fsq_create_wait_event_set(nevents);

	PG_TRY();
	{
		int			n;

		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		if (IsUnderPostmaster)
			AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		for (int i = 0; i < nwaited; i++)
			AddWaitEventToSet(set, waited[i].wait.events, waited[i].wait.socket, NULL, waited[i].ahead);
		n = WaitEventSetWait(set, milliseconds, events, nevents, fsq_wait_event(FSQ_EVENT_REMOTE));
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

/* Wait once; notes whose sockets have something to say. */
static void
wait_once(const FsqConn *conn, const FsqWait *own, long milliseconds)
{
	Waited	   *waited = palloc(sizeof(Waited) * (fsq_prefetch_total + 1));
	int			n = gather(waited, &milliseconds);

	if (own != NULL && own->socket != PGINVALID_SOCKET)
		waited[n++] = (Waited) {.conn = conn,.wait = *own};
	if (n == 1 && waited[0].conn != NULL)
	{
		bool		ready = fsq_wait_for_socket(waited[0].conn, &waited[0].wait, milliseconds);

		if (waited[0].ahead != NULL)
			waited[0].ahead->fired = ready;
	}
	else
		wait_for_sockets(waited, n, milliseconds);
	pfree(waited);
}

/*
 * Note whose sockets have something to say now: no wait, so neither latch nor
 * event set.
 */
static void
look_at_sockets(void)
{
	foreach_ahead(ahead)
	{
		FsqWait		wait = {.socket = PGINVALID_SOCKET,.milliseconds = -1};
		struct pollfd socket;

		ahead->fired = ahead->timed = false;
		if (!is_under_way(ahead))
			continue;
		fsq_ahead_wait_for(ahead, &wait);
		ahead->timed = wait.milliseconds >= 0;
		if (wait.socket == PGINVALID_SOCKET)
			continue;
		socket.fd = wait.socket;
		socket.events = ((wait.events & WL_SOCKET_READABLE) ? POLLIN : 0) |
			((wait.events & WL_SOCKET_WRITEABLE) ? POLLOUT : 0);
		ahead->fired = poll(&socket, 1, 0) > 0;
	}
}

void
fsq_prefetch_wait_with(const FsqConn *conn, const FsqWait *own, long milliseconds)
{
	step_queued();
	/* a place that is wanted may be one of this backend's own */
	if (fsq_pool_is_in_line(NULL) && fsq_place_settle())
		milliseconds = milliseconds < 0 ? FSQ_SETTLE_TIME : Min(milliseconds, FSQ_SETTLE_TIME);
	wait_once(conn, own, milliseconds);
	step_fired();
	step_queued();
}

void
fsq_prefetch_poll(bool at_once)
{
	static TimestampTz last = 0;
	TimestampTz now;
	bool		under_way = false;

	foreach_ahead(ahead)
		under_way |= is_under_way(ahead);
	if (!under_way)
		return;
	now = GetCurrentTimestamp();
	if (!at_once && !TimestampDifferenceExceeds(last, now, 1))
		return;
	last = now;
	step_queued();
	look_at_sockets();
	step_fired();
	step_queued();
}

void
fsq_prefetch_wait_any(void)
{
	CHECK_FOR_INTERRUPTS();
	fsq_prefetch_wait_with(NULL, NULL, -1);
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
		if (ahead->state != AHEAD_READING || ahead->plan == NULL || (plan != NULL && plan != ahead->plan))
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
			fsq_ahead_stop(ahead);
	}
	return true;
}

bool
fsq_prefetch_is_connecting(FsqPrefetch *prefetch)
{
	dlist_iter	iter;

	dlist_foreach(iter, &prefetch->aheads)
	{
		Ahead	   *ahead = dlist_container(Ahead, link, iter.cur);

		if (ahead->state == AHEAD_CONNECTING || ahead->state == AHEAD_ENTERING ||
			(ahead->plan == NULL && (ahead->state == AHEAD_SENDING || ahead->state == AHEAD_READING)))
			return true;
	}
	return false;
}

bool
fsq_prefetch_wait(FsqPrefetch *prefetch, TimestampTz deadline, bool idle)
{
	if (count_waited_for(prefetch) == 0)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (leave_queued(prefetch))
		return true;
	prefetch->idle = idle;
	fsq_prefetch_wait_with(NULL, NULL, shorter(-1, GetCurrentTimestamp(), deadline));
	prefetch->idle = false;
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	return true;
}
