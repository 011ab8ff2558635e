/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  Trying reads again, where they are waited for: the wait between two
 *	  attempts.  The rules are the guard's (src/resilience/retry.h); what is
 *	  asked ahead waits in ahead.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"

#include "connection.h"
#include "prefetch.h"

/* The earlier of two limits, of which 0 is none. */
static TimestampTz
earlier(TimestampTz a, TimestampTz b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

bool
fsq_retry_decide(FsqGuard *guard, int attempt, const FsqDriverError *error, TimestampTz deadline,
				 TimestampTz *again)
{
	long		delay;

	if (!fsq_guard_retry(guard, attempt, error->class, error->sqlstate, error->native_code,
						 earlier(deadline, fsq_request_deadline), &delay))
		return false;
	*again = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), delay);
	return true;
}

bool
fsq_retry_wait(FsqGuard *guard, int attempt, const FsqDriverError *error, TimestampTz deadline)
{
	TimestampTz again;
	long		left;

	if (!fsq_retry_decide(guard, attempt, error, deadline, &again))
		return false;
	CHECK_FOR_INTERRUPTS();
	while ((left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), again)) > 0)
	{
		if (fsq_prefetch_active())
			fsq_prefetch_wait_with(NULL, NULL, left);
		else
			(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left,
							 fsq_wait_event(FSQ_EVENT_REMOTE));
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/*
 * A statement that runs no more: its connection is nobody else's meanwhile.
 */
bool
fsq_query_retry_wait(FsqQuery *query)
{
	FsqConnEntry *entry = query->entry;
	FsqDriverError error = query->conn->error;
	bool		reserved = entry->reserved;
	volatile bool again = false;

	if (entry->snapshot || entry->stale || !dlist_is_empty(&entry->queries))
		return false;
	if (error.class == FSQ_ERROR_CONNECTION)
		query->conn->broken = true;
	entry->reserved = true;
	PG_TRY();
	{
		again = fsq_retry_wait(entry->guard, query->attempts, &error, 0) && !entry->stale;
		if (again && query->conn->broken)
			fsq_connection_remake(entry, query->attempts + 1);
	}
	PG_FINALLY();
	{
		entry->reserved = reserved;
	}
	PG_END_TRY();
	query->conn = entry->conn;
	return again;
}
