/*-------------------------------------------------------------------------
 *
 * deadline.c
 *	  The time that a request has (fraiseql.timeout).
 *
 *	  Where the executor waits for remote servers itself, it knows the deadline.
 *	  What else takes time (a scan of a local table, a SQLite file, another
 *	  wrapper) is ended as by a cancel, which the subtransaction of its fetch
 *	  catches.  A cancel by the user and statement_timeout still end the
 *	  caller's whole statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timeout.h"

/*
 * Milliseconds after the deadline in which the request must have come to its
 * end: a goal is 250 for all of it.
 */
#define END_TIME 180

static TimeoutId timeout_id = MAX_TIMEOUTS;

/* When the innermost request must be done; 0: no limit. */
static TimestampTz current = 0;

static volatile sig_atomic_t passed = false;
static volatile sig_atomic_t armed = false;

/* Ask for a cancel, as a signal would. */
static void
raise_cancel(void)
{
	InterruptPending = true;
	QueryCancelPending = true;
}

static void
handle_timeout(void)
{
	passed = true;
	if (armed)
		raise_cancel();
	SetLatch(MyLatch);
}

/* Have the timer end at a time; 0: no timer. */
static void
set_timer(TimestampTz time)
{
	passed = false;
	current = time;
	if (time != 0)
		enable_timeout_at(timeout_id, time);
}

void
fsq_deadline_begin(FsqDeadline *deadline, int milliseconds)
{
	if (timeout_id == MAX_TIMEOUTS)
		timeout_id = RegisterTimeout(USER_TIMEOUT, handle_timeout);
	deadline->outer = current;
	deadline->time = milliseconds > 0 ?
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds) : 0;
	if (current != 0 && (deadline->time == 0 || current < deadline->time))
		deadline->time = current;
	deadline->end = deadline->time == 0 ? 0 : TimestampTzPlusMilliseconds(deadline->time, END_TIME);
	deadline->statement_timeout = get_timeout_active(STATEMENT_TIMEOUT);
	if (deadline->time != 0)
		set_timer(deadline->time);
}

void
fsq_deadline_end(FsqDeadline *deadline)
{
	if (deadline->time == 0)
		return;
	disable_timeout(timeout_id, false);
	set_timer(deadline->outer);
}

void
fsq_deadline_extend(FsqDeadline *deadline, int milliseconds)
{
	deadline->time = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	set_timer(deadline->time);
}

void
fsq_deadline_arm(void)
{
	armed = true;
	if (passed)
		raise_cancel();
}

void
fsq_deadline_disarm(void)
{
	armed = false;
	/* it came when there was nothing left to end */
	if (passed)
		QueryCancelPending = false;
}

/*
 * A cancel that comes at the same moment is taken for the deadline, which ends
 * the request as soon.
 */
bool
fsq_deadline_is_error(const FsqDeadline *deadline, const ErrorData *error)
{
	return passed && error->sqlerrcode == ERRCODE_QUERY_CANCELED &&
		deadline->statement_timeout == get_timeout_active(STATEMENT_TIMEOUT);
}
