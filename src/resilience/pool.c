/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  Places for connections: their count, the line of those who wait for one,
 *	  and what is shown of them.
 *
 *	  A session waits in one line at a time.  Who comes first is served first:
 *	  a place that becomes free is given to the head of the line, which owns it
 *	  from then on and is woken; nobody who comes later gets in between.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procsignal.h"

#include "fraiseql.h"
#include "resilience/guard.h"

/* In whose line this session stands, or whose place was given to it. */
static FsqGuard *waits_for = NULL;

static inline int
option_or(int option, int setting)
{
	return option >= 0 ? option : setting;
}

int
fsq_pool_size(const FsqGuard *guard)
{
	return option_or(guard->policy.pool_size, fsq_pool_size_setting);
}

int
fsq_pool_max_lifetime(const FsqGuard *guard)
{
	return option_or(guard->policy.max_lifetime, fsq_max_lifetime);
}

int
fsq_pool_idle_timeout(const FsqGuard *guard)
{
	return option_or(guard->policy.idle_timeout, fsq_idle_timeout);
}

int
fsq_pool_min_idle(const FsqGuard *guard)
{
	return option_or(guard->policy.min_idle, fsq_min_idle);
}

static FsqSession *
session(int number)
{
	return fsq_shared_session(fsq_shared(), number);
}

/* ---- the line; the caller has the server's lock ---- */

static void
enter_line(FsqPool *pool, int number)
{
	FsqSession *self = session(number);

	self->in_line = true;
	self->granted = false;
	self->next = -1;
	self->previous = pool->last;
	if (pool->last >= 0)
		session(pool->last)->next = number;
	else
		pool->first = number;
	pool->last = number;
	pool->waiting++;
	pool->waits++;
}

static void
leave_line(FsqPool *pool, int number)
{
	FsqSession *self = session(number);

	if (self->previous >= 0)
		session(self->previous)->next = self->next;
	else
		pool->first = self->next;
	if (self->next >= 0)
		session(self->next)->previous = self->previous;
	else
		pool->last = self->previous;
	self->in_line = false;
	pool->waiting--;
}

/* Give a place to the head of the line, if there is one; returns whom to wake, or -1. */
static int
grant_one(FsqPool *pool, int limit)
{
	int			number = pool->first;

	if (number < 0 || (limit > 0 && pool->size >= limit))
		return -1;
	leave_line(pool, number);
	session(number)->granted = true;
	pool->size++;
	return number;
}

/* ---- what a session does; raises nothing ---- */

static void
wake(int number)
{
	SetLatch(number == fsq_session_number() ? MyLatch : &GetPGProcByNumber(number)->procLatch);
}

/* Give away what is free. */
static void
serve_line(FsqGuard *guard)
{
	FsqServer  *server = guard->server;
	int			limit = fsq_pool_size(guard);
	int			number;

	do
	{
		SpinLockAcquire(&server->mutex);
		number = server->generation == guard->generation ? grant_one(&server->pool, limit) : -1;
		SpinLockRelease(&server->mutex);
		if (number >= 0)
			wake(number);
	} while (number >= 0);
}

bool
fsq_pool_take(FsqGuard *guard)
{
	FsqServer  *server = guard->server;
	int			limit = fsq_pool_size(guard);
	FsqSession *self = session(fsq_session_number());
	bool		taken = false;

	/* the limit may have been raised since it was full */
	serve_line(guard);
	SpinLockAcquire(&server->mutex);
	if (server->generation != guard->generation)
		;						/* the server is gone, as who uses it will find out */
	else if (waits_for == guard && self->granted)
	{
		self->granted = false;
		waits_for = NULL;
		taken = true;
	}
	else if (server->pool.waiting == 0 && (limit <= 0 || server->pool.size < limit))
	{
		server->pool.size++;
		taken = true;
	}
	SpinLockRelease(&server->mutex);
	if (taken)
		guard->places++;
	return taken;
}

bool
fsq_pool_is_in_line(const FsqGuard *guard)
{
	return waits_for != NULL && (guard == NULL || guard == waits_for);
}

void
fsq_pool_line_up(FsqGuard *guard)
{
	FsqServer  *server = guard->server;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
	{
		enter_line(&server->pool, fsq_session_number());
		waits_for = guard;
	}
	SpinLockRelease(&server->mutex);
	serve_line(guard);
}

void
fsq_pool_leave(bool timed_out)
{
	FsqGuard   *guard = waits_for;
	FsqServer  *server;
	FsqSession *self;

	if (guard == NULL)
		return;
	waits_for = NULL;
	server = guard->server;
	self = session(fsq_session_number());
	SpinLockAcquire(&server->mutex);
	if (self->granted)
	{
		self->granted = false;
		server->pool.size--;
		fsq_server_free(server);
	}
	else if (self->in_line && server->generation == guard->generation)
		leave_line(&server->pool, fsq_session_number());
	self->in_line = false;
	if (timed_out && server->generation == guard->generation)
		server->pool.timeouts++;
	SpinLockRelease(&server->mutex);
	serve_line(guard);
}

void
fsq_pool_return(FsqGuard *guard)
{
	FsqServer  *server = guard->server;

	Assert(guard->places > 0);
	guard->places--;
	SpinLockAcquire(&server->mutex);
	server->pool.size--;
	fsq_server_free(server);
	SpinLockRelease(&server->mutex);
	serve_line(guard);
}

bool
fsq_pool_is_wanted(FsqGuard *guard)
{
	/* one word: torn it cannot be, and late it may be */
	return *(volatile int *) &guard->server->pool.waiting > 0;
}

/* ---- what is seen of connections ---- */

int
fsq_connection_show(FsqGuard *guard, Oid userid)
{
	FsqSession *self = session(fsq_session_number());
	FsqConnectionRow row = {
		.database = MyDatabaseId,.server = guard->serverid,.userid = userid,
		.state = FSQ_CONNECTION_CONNECTING,.since = GetCurrentTimestamp()
	};
	int			free = -1;

	SpinLockAcquire(&self->mutex);
	self->pid = MyProcPid;
	for (int i = 0; i < FSQ_ROWS_PER_SESSION && free < 0; i++)
		if (!OidIsValid(self->rows[i].database))
			free = i;
	if (free >= 0)
		self->rows[free] = row;
	SpinLockRelease(&self->mutex);
	return free;
}

void
fsq_connection_show_state(int row, FsqConnectionState state, TimestampTz since)
{
	FsqSession *self;

	if (row < 0)
		return;
	self = session(fsq_session_number());
	SpinLockAcquire(&self->mutex);
	self->rows[row].state = state;
	self->rows[row].since = since;
	self->rows[row].nudged = false;
	if (state == FSQ_CONNECTION_ACTIVE)
		self->rows[row].in_transaction = true;
	SpinLockRelease(&self->mutex);
}

void
fsq_connection_show_transaction(int row, bool in_transaction)
{
	FsqSession *self;

	if (row < 0)
		return;
	self = session(fsq_session_number());
	SpinLockAcquire(&self->mutex);
	self->rows[row].in_transaction = in_transaction;
	self->rows[row].nudged = false;
	SpinLockRelease(&self->mutex);
}

void
fsq_connection_hide(int row)
{
	FsqSession *self;

	if (row < 0)
		return;
	self = session(fsq_session_number());
	SpinLockAcquire(&self->mutex);
	memset(&self->rows[row], 0, sizeof(self->rows[row]));
	SpinLockRelease(&self->mutex);
}

/* A copy of a session's rows; false if it has none. */
bool
fsq_session_read(int number, FsqSession *copy)
{
	FsqSession *other = session(number);
	bool		any = false;

	if (other->pid == 0)
		return false;
	SpinLockAcquire(&other->mutex);
	copy->pid = other->pid;
	memcpy(copy->rows, other->rows, sizeof(copy->rows));
	SpinLockRelease(&other->mutex);
	for (int i = 0; i < FSQ_ROWS_PER_SESSION; i++)
		any |= OidIsValid(copy->rows[i].database);
	return any;
}

static bool
is_of(const FsqConnectionRow *row, Oid serverid)
{
	return row->database == MyDatabaseId && row->server == serverid;
}

void
fsq_pool_count(Oid serverid, int *active, int *idle)
{
	FsqShared  *shared = fsq_shared();

	*active = *idle = 0;
	for (int n = 0; n < shared->nsessions; n++)
	{
		FsqSession	other;

		if (!fsq_session_read(n, &other))
			continue;
		for (int i = 0; i < FSQ_ROWS_PER_SESSION; i++)
		{
			if (!is_of(&other.rows[i], serverid))
				continue;
			if (other.rows[i].state == FSQ_CONNECTION_IDLE)
				(*idle)++;
			else
				(*active)++;
		}
	}
}

/*
 * The one that has been idle for longest, of a session that is between
 * transactions and has not been asked yet.
 */
void
fsq_pool_nudge(FsqGuard *guard)
{
	FsqShared  *shared = fsq_shared();
	TimestampTz oldest = 0;
	int			number = -1;
	int			row = -1;
	int			pid = 0;

	for (int n = 0; n < shared->nsessions; n++)
	{
		FsqSession	other;

		if (n == fsq_session_number() || !fsq_session_read(n, &other))
			continue;
		for (int i = 0; i < FSQ_ROWS_PER_SESSION; i++)
		{
			FsqConnectionRow *candidate = &other.rows[i];

			if (is_of(candidate, guard->serverid) && candidate->state == FSQ_CONNECTION_IDLE &&
				!candidate->in_transaction && !candidate->nudged &&
				(number < 0 || candidate->since < oldest))
			{
				number = n;
				row = i;
				pid = other.pid;
				oldest = candidate->since;
			}
		}
	}
	if (number < 0)
		return;
	SpinLockAcquire(&session(number)->mutex);
	session(number)->rows[row].nudged = true;
	SpinLockRelease(&session(number)->mutex);
	fsq_catch_up(pid);
}

/* Kinds of holders, for messages. */
typedef struct Holders
{
	const char *what;
	int			n;
	StringInfoData pids;
} Holders;

char *
fsq_pool_holders(FsqGuard *guard)
{
	FsqShared  *shared = fsq_shared();
	Holders		kinds[] = {{"that run statements"}, {"that wait in a transaction"},
	{"that connect"}, {"that are idle"}};
	StringInfoData all;

	for (int k = 0; k < lengthof(kinds); k++)
		initStringInfo(&kinds[k].pids);
	for (int n = 0; n < shared->nsessions; n++)
	{
		FsqSession	other;

		if (!fsq_session_read(n, &other))
			continue;
		for (int i = 0; i < FSQ_ROWS_PER_SESSION; i++)
		{
			FsqConnectionRow *row = &other.rows[i];
			Holders    *kind;

			if (!is_of(row, guard->serverid))
				continue;
			kind = &kinds[row->state == FSQ_CONNECTION_ACTIVE ? 0 : row->in_transaction ? 1 :
						  row->state == FSQ_CONNECTION_CONNECTING ? 2 : 3];
			appendStringInfo(&kind->pids, "%s%d", kind->n++ > 0 ? ", " : "", other.pid);
		}
	}
	initStringInfo(&all);
	for (int k = 0; k < lengthof(kinds); k++)
		if (kinds[k].n > 0)
			appendStringInfo(&all, "%s%d by sessions %s (process %s)", all.len > 0 ? ", " : "",
							 kinds[k].n, kinds[k].what, kinds[k].pids.data);
	return all.data;
}
