/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  Connections of this backend and the places that servers have for them
 *	  (src/resilience/): waiting for one, and giving way to others.
 *
 *	  A backend keeps its idle connections for its next statements.  At the end
 *	  of each transaction it closes those that are too old, and those whose
 *	  places others wait for.  A backend that is idle is woken for that: by a
 *	  timer of its own, or by who waits, as if it had fallen behind with
 *	  invalidation messages, for which PostgreSQL runs an empty transaction.
 *
 *	  Who has a connection never waits for a second one of the same login: it
 *	  makes room on the one it has.  So no two backends wait for each other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/sinval.h"
#include "utils/inval.h"
#include "utils/timeout.h"

#include "connection.h"
#include "ending.h"
#include "fraiseql.h"
#include "prefetch.h"

/* How often, in milliseconds, who waits asks a session to close an idle connection. */
#define NUDGE_TIME 100

/* Milliseconds that closing a connection may take, if the server takes part in it. */
#define CLOSE_TIME 200

/* ... and that its place is kept for it if it takes longer, be this backend's end waited for. */
#define ENDING_TIME 5000
#define EXIT_TIME 1000

/* A connection that is closed here and perhaps not yet at the server. */
typedef struct Ending
{
	dlist_node	link;
	FsqGuard   *guard;			/* whose place it has */
	int			fd;				/* see ending.h */
	TimestampTz deadline;
} Ending;

static dlist_head endings = DLIST_STATIC_INIT(endings);

static TimeoutId timeout_id = MAX_TIMEOUTS;

/* ---- waiting ---- */

/*
 * Close idle connections to the server that this backend has for other roles.
 * True: there were some.
 */
static bool
give_way(const FsqLogin *login)
{
	dlist_mutable_iter iter;
	bool		any = false;

	dlist_foreach_modify(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (entry->guard == login->guard && !entry->reserved && entry->pins == 0 && !entry->snapshot &&
			dlist_is_empty(&entry->queries))
		{
			fsq_connection_close(entry);
			any = true;
		}
	}
	return any;
}

static void
timeout_error(const FsqLogin *login, long waited)
{
	const char *server = GetForeignServer(login->serverid)->servername;

	fsq_failure_of_source(server, ERRCODE_TOO_MANY_CONNECTIONS);
	ereport(ERROR,
			(errcode(ERRCODE_TOO_MANY_CONNECTIONS),
			 errmsg("could not get a connection to server \"%s\": all %d of its pool are in use",
					server, fsq_pool_size(login->guard)),
			 errdetail("None became free for %ld ms. In use are %s.", waited, fsq_pool_holders(login->guard)),
			 errhint("The limits are the server's options \"pool_size\" and \"connection_timeout\".")));
}

/* One wait in line. */
static void
wait_in_line(const FsqLogin *login, FsqPlaceWait *wait)
{
	TimestampTz now;
	long		milliseconds = NUDGE_TIME;

	CHECK_FOR_INTERRUPTS();
	/* the rules may change meanwhile, and the server may go */
	AcceptInvalidationMessages();
	(void) fsq_guard_get(login->serverid);
	fsq_admit_login(login);
	if (fsq_place_settle())
		milliseconds = FSQ_SETTLE_TIME;
	now = GetCurrentTimestamp();
	if (wait->deadline != 0)
	{
		long		left = TimestampDifferenceMilliseconds(now, wait->deadline);

		if (left <= 0)
		{
			fsq_pool_leave(true);
			timeout_error(login, TimestampDifferenceMilliseconds(wait->started, now));
		}
		milliseconds = Min(milliseconds, left);
	}
	if (TimestampDifferenceExceeds(wait->nudged, now, NUDGE_TIME))
	{
		fsq_pool_nudge(login->guard);
		wait->nudged = now;
	}
	if (fsq_prefetch_active())
		fsq_prefetch_wait_with(NULL, NULL, milliseconds);
	else
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds,
						 fsq_wait_event(FSQ_EVENT_POOL));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

void
fsq_place_wait(const FsqLogin *login, FsqPlaceWait *wait)
{
	if (wait->started == 0)
	{
		int			option = login->guard->policy.connection_timeout;
		int			timeout = option >= 0 ? option : fsq_connection_timeout_setting;

		wait->started = GetCurrentTimestamp();
		wait->deadline = timeout > 0 ? TimestampTzPlusMilliseconds(wait->started, timeout) : 0;
		if (give_way(login))
			return;
	}
	if (!fsq_pool_is_in_line(login->guard))
	{
		fsq_pool_leave(false);
		fsq_pool_line_up(login->guard);
		return;
	}
	PG_TRY();
	{
		wait_in_line(login, wait);
	}
	PG_CATCH();
	{
		fsq_pool_leave(false);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

void
fsq_place_want(const FsqLogin *login)
{
	if (fsq_pool_is_in_line(NULL))
		return;
	fsq_pool_line_up(login->guard);
	fsq_pool_nudge(login->guard);
}

/* ---- what a connection does ---- */

void
fsq_place_taken(FsqConnEntry *entry)
{
	entry->row = fsq_connection_show(entry->guard, entry->spec.userid);
	entry->made_at = entry->idle_since = GetCurrentTimestamp();
	entry->connected = false;
}

void
fsq_place_connected(FsqConnEntry *entry)
{
	entry->connected = true;
	fsq_place_idle(entry);
}

void
fsq_place_active(FsqConnEntry *entry)
{
	fsq_connection_show_state(entry->row, FSQ_CONNECTION_ACTIVE, GetCurrentTimestamp());
}

void
fsq_place_idle(FsqConnEntry *entry)
{
	entry->idle_since = GetCurrentTimestamp();
	fsq_connection_show_state(entry->row, FSQ_CONNECTION_IDLE, entry->idle_since);
}

void
fsq_place_left(FsqConnEntry *entry)
{
	fsq_connection_hide(entry->row);
	if (!entry->ending)
		fsq_pool_return(entry->guard);
}

/* ---- the ends of connections ---- */

/* Keep the place of a closed connection until the server has ended it, too. */
static void
keep_place(FsqConnEntry *entry, int fd)
{
	Ending	   *ending = malloc(sizeof(Ending));

	if (ending == NULL)
	{
		close(fd);
		return;
	}
	ending->guard = entry->guard;
	ending->fd = fd;
	ending->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ENDING_TIME);
	dlist_push_tail(&endings, &ending->link);
	entry->ending = true;
}

bool
fsq_place_settle(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &endings)
	{
		Ending	   *ending = dlist_container(Ending, link, iter.cur);

		if (!fsq_ending_await(ending->fd, 0) && GetCurrentTimestamp() < ending->deadline)
			continue;
		dlist_delete(&ending->link);
		close(ending->fd);
		fsq_pool_return(ending->guard);
		free(ending);
	}
	return !dlist_is_empty(&endings);
}

void
fsq_place_settle_all(void)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), EXIT_TIME);

	while (fsq_place_settle() && GetCurrentTimestamp() < deadline)
		pg_usleep(1000);
}

/* Whether it has had all the time that there is for connecting. */
static bool
is_late(const FsqConnEntry *entry)
{
	return entry->spec.connection_timeout > 0 &&
		GetCurrentTimestamp() >= TimestampTzPlusMilliseconds(entry->made_at, entry->spec.connection_timeout);
}

/*
 * Where places are counted, one is free when the server has none left of the
 * connection.  One that is broken, or given up while it is being made, is not
 * waited for here; one that did not come about in time, not at all.
 */
void
fsq_place_close(FsqConnEntry *entry)
{
	FsqConn    *conn = entry->conn;
	bool		orderly = !entry->connecting && !conn->broken;
	int			fd = -1;

	if (fsq_pool_size(entry->guard) > 0 && (entry->connected || !is_late(entry)))
	{
		int			ending = entry->driver->ending(conn);

		if (ending != PGINVALID_SOCKET)
			fd = fcntl(ending, F_DUPFD_CLOEXEC, 0);
	}
	fsq_connection_shut(conn);
	entry->conn = NULL;
	if (fd < 0)
		return;
	fsq_ending_begin(fd);
	if (fsq_ending_await(fd, orderly ? CLOSE_TIME : 0))
		close(fd);
	else
		keep_place(entry, fd);
}

/* ---- giving way ---- */

/* Runs in a signal handler. */
static void
handle_timeout(void)
{
	HandleCatchupInterrupt();
}

/* The earlier of two times, of which 0 is never. */
static TimestampTz
earlier(TimestampTz a, TimestampTz b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/*
 * Whether an idle connection is to be closed now; if not, *next is when that
 * is to be asked again, at the latest.
 */
static bool
has_had_its_time(const FsqConnEntry *entry, TimestampTz now, TimestampTz *next)
{
	int			lifetime = fsq_pool_max_lifetime(entry->guard);
	int			idle_time = fsq_pool_idle_timeout(entry->guard);
	TimestampTz end;

	if (lifetime > 0)
	{
		end = TimestampTzPlusMilliseconds(entry->made_at, lifetime);
		if (now >= end)
			return true;
		*next = earlier(*next, end);
	}
	if (idle_time > 0)
	{
		end = TimestampTzPlusMilliseconds(entry->idle_since, idle_time);
		if (now >= end)
		{
			int			active;
			int			idle;

			fsq_pool_count(entry->spec.serverid, &active, &idle);
			if (idle > fsq_pool_min_idle(entry->guard))
				return true;
			end = TimestampTzPlusMilliseconds(now, idle_time);
		}
		*next = earlier(*next, end);
	}
	return false;
}

void
fsq_place_trim(void)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz next = 0;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		fsq_connection_show_transaction(entry->row, false);
		if (entry->reserved || entry->pins > 0 || entry->snapshot || !dlist_is_empty(&entry->queries))
			continue;
		/* nobody could ask for one that is not shown */
		if (entry->row < 0 || fsq_pool_is_wanted(entry->guard) || has_had_its_time(entry, now, &next))
			fsq_connection_close(entry);
	}
	if (fsq_place_settle())
		next = earlier(next, TimestampTzPlusMilliseconds(now, FSQ_SETTLE_TIME));
	if (next == 0)
		return;
	if (timeout_id == MAX_TIMEOUTS)
		timeout_id = RegisterTimeout(USER_TIMEOUT, handle_timeout);
	/* one that comes too early only looks again */
	if (!get_timeout_active(timeout_id) || get_timeout_finish_time(timeout_id) > next)
		enable_timeout_at(timeout_id, next);
}
