/*-------------------------------------------------------------------------
 *
 * health.h
 *	  What the last checks of a server have found, so that many sessions that
 *	  watch it do not each ask it.
 *
 *	  An answer is that of one login: another role's may be refused.  A few
 *	  logins are kept for each server, under its lock (server.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_HEALTH_H
#define FSQ_RESILIENCE_HEALTH_H

#include "postgres.h"

#include "utils/timestamp.h"

typedef struct FsqHealth
{
	Oid			userid;			/* InvalidOid: a free place */
	uint64		version;		/* of the options it was asked with */
	TimestampTz checked_at;		/* 0: not yet */
	TimestampTz checking_until; /* a session asks, at most until then; 0: none */
	bool		connected;
	int64		latency;		/* of the statement, in microseconds; connected only */
	char		message[256];	/* why it is not connected, in the remote's words (UTF-8) */
} FsqHealth;

#define FSQ_HEALTHS_PER_SERVER 4

struct FsqGuard;

/*
 * What is known for a login, if that is not older than so many milliseconds, or
 * if another session is asking already.  False: it is not, and the caller is to
 * ask until then (0: it will not), and to tell (fsq_health_keep); *health has
 * what was known before (checked_at is 0: nothing).
 */
extern bool fsq_health_known(struct FsqGuard *guard, Oid userid, uint64 version, int age,
							 TimestampTz until, FsqHealth *health);

/* What was found, by health's userid and version. */
extern void fsq_health_keep(struct FsqGuard *guard, const FsqHealth *health);

#endif							/* FSQ_RESILIENCE_HEALTH_H */
