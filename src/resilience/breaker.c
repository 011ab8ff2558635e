/*-------------------------------------------------------------------------
 *
 * breaker.c
 *	  The circuit breaker's transitions: see the picture in breaker.h.
 *
 *	  Only a probe decides while the breaker is not closed: a use that was
 *	  admitted before it opened and ends now says something about the past.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "resilience/breaker.h"

/* Errors of the remote that are about other sessions of it, not about the server. */
static const struct
{
	int			sqlstate;
	bool		class;
}			others_errors[] = {
	{ERRCODE_TRANSACTION_ROLLBACK, true},	/* deadlock, serialization failure */
	{ERRCODE_LOCK_NOT_AVAILABLE, false},
	{ERRCODE_OBJECT_IN_USE, false}
};

/*
 * A refused login is an answer, but none that tells whether the server can do
 * its work.
 */
FsqVerdictOnServer
fsq_failure_verdict(FsqErrorClass class, int sqlstate)
{
	switch (class)
	{
		case FSQ_ERROR_PERMANENT:
			return FSQ_SERVER_ANSWERED;
		case FSQ_ERROR_CONNECTION:
		case FSQ_ERROR_TIMEOUT:
			return FSQ_SERVER_FAILED;
		case FSQ_ERROR_AUTHENTICATION:
		case FSQ_ERROR_CANCELLED:
		case FSQ_ERROR_REFUSED:
			return FSQ_SERVER_UNKNOWN;
		case FSQ_ERROR_TRANSIENT:
			break;
	}
	for (int i = 0; i < lengthof(others_errors); i++)
	{
		if (others_errors[i].class ?
			ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(others_errors[i].sqlstate) :
			sqlstate == others_errors[i].sqlstate)
			return FSQ_SERVER_ANSWERED;
	}
	return FSQ_SERVER_FAILED;
}

static void
go_to(FsqBreaker *breaker, FsqBreakerState state)
{
	if (breaker->state != state)
		breaker->transitions++;
	breaker->state = state;
	breaker->prober = 0;
	breaker->successes = 0;
	if (state == FSQ_BREAKER_CLOSED)
		breaker->failures = 0;
}

TimestampTz
fsq_breaker_next_probe(const FsqBreaker *breaker, const FsqBreakerPolicy *policy)
{
	if (breaker->state != FSQ_BREAKER_OPEN)
		return 0;
	return TimestampTzPlusMilliseconds(breaker->opened_at, policy->recovery_timeout);
}

FsqAdmission
fsq_breaker_admit(FsqBreaker *breaker, const FsqBreakerPolicy *policy, int pid,
				  TimestampTz now, long *left)
{
	*left = 0;
	if (!policy->enabled)
		return FSQ_ADMITTED;
	if (breaker->state == FSQ_BREAKER_OPEN)
	{
		/* a clock that was set back does not make the time longer */
		if (now < breaker->opened_at)
			breaker->opened_at = now;
		*left = TimestampDifferenceMilliseconds(now, fsq_breaker_next_probe(breaker, policy));
		if (*left > 0)
			return FSQ_REFUSED_OPEN;
		go_to(breaker, FSQ_BREAKER_HALF_OPEN);
	}
	if (breaker->state == FSQ_BREAKER_CLOSED)
		return FSQ_ADMITTED;
	if (breaker->prober != 0 && breaker->prober != pid)
		return FSQ_REFUSED_PROBING;
	breaker->prober = pid;
	return FSQ_ADMITTED_PROBE;
}

bool
fsq_breaker_record(FsqBreaker *breaker, const FsqBreakerPolicy *policy, int pid,
				   FsqVerdictOnServer verdict, TimestampTz now)
{
	FsqBreakerState before = breaker->state;

	if (!policy->enabled)
	{
		fsq_breaker_reset(breaker);
		return breaker->state != before;
	}
	switch (breaker->state)
	{
		case FSQ_BREAKER_CLOSED:
			if (verdict == FSQ_SERVER_ANSWERED)
				breaker->failures = 0;
			else if (verdict == FSQ_SERVER_FAILED &&
					 ++breaker->failures >= policy->failure_threshold)
				fsq_breaker_trip(breaker, now);
			break;
		case FSQ_BREAKER_HALF_OPEN:
			if (breaker->prober != pid)
				break;
			breaker->prober = 0;
			if (verdict == FSQ_SERVER_FAILED)
			{
				breaker->failures++;
				fsq_breaker_trip(breaker, now);
			}
			else if (verdict == FSQ_SERVER_ANSWERED &&
					 ++breaker->successes >= policy->success_threshold)
				go_to(breaker, FSQ_BREAKER_CLOSED);
			break;
		case FSQ_BREAKER_OPEN:
			break;
	}
	return breaker->state != before;
}

void
fsq_breaker_give_back(FsqBreaker *breaker, int pid)
{
	if (breaker->prober == pid)
		breaker->prober = 0;
}

void
fsq_breaker_trip(FsqBreaker *breaker, TimestampTz now)
{
	go_to(breaker, FSQ_BREAKER_OPEN);
	breaker->opened_at = now;
}

void
fsq_breaker_reset(FsqBreaker *breaker)
{
	go_to(breaker, FSQ_BREAKER_CLOSED);
}
