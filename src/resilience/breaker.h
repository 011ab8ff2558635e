/*-------------------------------------------------------------------------
 *
 * breaker.h
 *	  The circuit breaker of a server: the rules of its states, and nothing
 *	  else.  Who calls holds the lock of the server and says what time it is.
 *
 *	                 failure_threshold failures in a row
 *	    CLOSED ------------------------------------------> OPEN
 *	      ^                                               |    ^
 *	      |                      after recovery_timeout   |    | the probe
 *	      |                                               v    | fails
 *	      +------------------------------------------ HALF_OPEN
 *	            success_threshold probes succeed
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_BREAKER_H
#define FSQ_RESILIENCE_BREAKER_H

#include "postgres.h"

#include "resilience/failure.h"
#include "utils/timestamp.h"

typedef enum FsqBreakerState
{
	FSQ_BREAKER_CLOSED,
	FSQ_BREAKER_OPEN,
	FSQ_BREAKER_HALF_OPEN
} FsqBreakerState;

/* The rules of a server. */
typedef struct FsqBreakerPolicy
{
	bool		enabled;
	int			failure_threshold;
	int			recovery_timeout;	/* milliseconds */
	int			success_threshold;
} FsqBreakerPolicy;

typedef struct FsqBreaker
{
	FsqBreakerState state;
	int			failures;		/* in a row; what opened it, when it is not closed */
	int			successes;		/* of probes, since it is half open */
	int			prober;			/* pid of the backend whose probe is in flight, or 0 */
	TimestampTz opened_at;		/* 0: never */
	int64		transitions;	/* changes of state */
} FsqBreaker;

typedef enum FsqAdmission
{
	FSQ_ADMITTED,
	FSQ_ADMITTED_PROBE,			/* its outcome decides; it is given back by every exit */
	FSQ_REFUSED_OPEN,			/* until the time of the next probe */
	FSQ_REFUSED_PROBING			/* somebody else's probe is in flight */
} FsqAdmission;

/* May a backend use the server now?  Refused: *left is the time to the next probe in milliseconds. */
extern FsqAdmission fsq_breaker_admit(FsqBreaker *breaker, const FsqBreakerPolicy *policy,
									  int pid, TimestampTz now, long *left);

/* Is a breaker in its state of every day, in which all are admitted? */
static inline bool
fsq_breaker_is_quiet(const FsqBreaker *breaker)
{
	return breaker->state == FSQ_BREAKER_CLOSED;
}

/* What a backend's use has told.  True: the state has changed. */
extern bool fsq_breaker_record(FsqBreaker *breaker, const FsqBreakerPolicy *policy,
							   int pid, FsqVerdictOnServer verdict, TimestampTz now);

/* A probe ends without telling anything. */
extern void fsq_breaker_give_back(FsqBreaker *breaker, int pid);

/* When the next probe may be sent; 0: it is not open. */
extern TimestampTz fsq_breaker_next_probe(const FsqBreaker *breaker, const FsqBreakerPolicy *policy);

/* By hand. */
extern void fsq_breaker_trip(FsqBreaker *breaker, TimestampTz now);
extern void fsq_breaker_reset(FsqBreaker *breaker);

#endif							/* FSQ_RESILIENCE_BREAKER_H */
