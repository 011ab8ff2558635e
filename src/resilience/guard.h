/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  The one guard that every use of a remote server passes.
 *
 *	  fsq_guard_get where errors may be raised; then, as often as the server is
 *	  used, fsq_guard_admit before and fsq_guard_answered or fsq_guard_failed
 *	  after it, which raise nothing and may be called anywhere.
 *
 *	  A use that is admitted as a probe stays one, for all that the backend
 *	  does with the server (connecting, then asking), until an outcome is
 *	  recorded; at the latest at the end of the transaction or of the backend
 *	  the probe is given back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_GUARD_H
#define FSQ_RESILIENCE_GUARD_H

#include "postgres.h"

#include "resilience/retry.h"
#include "resilience/server.h"

/* The rules of a server, as its options say; -1: the setting's value. */
typedef struct FsqPolicy
{
	int			circuit_breaker;	/* or 0, 1 */
	int			failure_threshold;
	int			recovery_timeout;	/* milliseconds */
	int			success_threshold;
	int			pool_size;		/* 0: no limit */
	int			min_idle;
	int			max_lifetime;	/* milliseconds; 0: no limit */
	int			idle_timeout;
	int			max_attempts;
	int			backoff;		/* FsqBackoff */
	int			initial_delay;	/* milliseconds */
	int			max_delay;
	char	   *dont_retry_on;	/* in TopMemoryContext; NULL: the setting's value */
	int			timeout;		/* what the server is given for an answer, milliseconds */
	int			connection_timeout;
} FsqPolicy;

/* How a server's options are read: the wrappers know.  Sets all fields; may raise errors. */
typedef void (*FsqPolicyLoader) (Oid server, FsqPolicy *policy);

/* What a backend knows of a server.  Never freed. */
typedef struct FsqGuard
{
	Oid			serverid;		/* hash key */
	FsqServer  *server;
	uint32		generation;
	FsqPolicy	policy;
	bool		valid;			/* the policy is what the options say */
	bool		probing;		/* the probe in flight is this backend's */
	int			places;			/* connections that this backend has, or makes */
} FsqGuard;

/* Called once per process, with the loader. */
extern void fsq_resilience_init(FsqPolicyLoader loader);

/* The guard of a server, with rules that are up to date. */
extern FsqGuard *fsq_guard_get(Oid serverid);

/* Why a use was refused, as the end of a message, and what to do. */
typedef struct FsqRefusal
{
	int			sqlstate;
	const char *hint;
	char		message[128];
} FsqRefusal;

/* May the server be used?  If not, *refusal says why. */
extern bool fsq_guard_admit(FsqGuard *guard, FsqRefusal *refusal);

/*
 * The same without using it, and without a trace of having asked.  *quiet: there
 * is nothing to be found out about it by a probe.
 */
extern bool fsq_guard_would_admit(const FsqGuard *guard, FsqRefusal *refusal, bool *quiet);

/* The server has answered. */
extern void fsq_guard_answered(FsqGuard *guard);

/*
 * A statement is over, of which so many rows came; latency: microseconds until
 * its first answer, or -1.
 */
extern void fsq_guard_count(FsqGuard *guard, int64 rows, int64 latency);

/* A fallback has answered for it. */
extern void fsq_guard_fell_back(FsqGuard *guard);

/*
 * It has not done what it was asked to do.  message is the remote's own (UTF-8).
 */
extern void fsq_guard_failed(FsqGuard *guard, FsqErrorClass class, int sqlstate, const char *message);

/*
 * It has not answered for so many milliseconds, which is what its option, or
 * somebody's own limit, allowed.
 */
extern void fsq_guard_late(FsqGuard *guard, long waited, bool connecting);

/*
 * The attempt of that number (from 1) has failed, and was recorded.  Whether a
 * read is to be tried again before the deadline (0: none), and after how many
 * milliseconds; that is taken from the server's budget.
 */
extern bool fsq_guard_retry(FsqGuard *guard, int attempt, FsqErrorClass class, int sqlstate,
							int64 native_code, TimestampTz deadline, long *delay);

/* The rules that count now. */
extern FsqBreakerPolicy fsq_guard_breaker_policy(const FsqGuard *guard);

/* The state of its breaker, as views show it: "closed", "open", "half_open", "off". */
extern const char *fsq_guard_state(const FsqGuard *guard);
extern const char *fsq_breaker_state_name(const FsqBreaker *breaker, const FsqBreakerPolicy *policy);

/* Open its breaker, or close it, by hand. */
extern void fsq_guard_set(FsqGuard *guard, bool open);

/* ---- pool.c: connections count ---- */

/*
 * A place for one connection, without waiting: false if there is none, or
 * others have waited for it for longer.
 */
extern bool fsq_pool_take(FsqGuard *guard);

/*
 * Stand in line for one: the latch is set when fsq_pool_take would give it.  A
 * session stands in one line at a time.
 */
extern void fsq_pool_line_up(FsqGuard *guard);

/* Whether it stands in the line of a server (NULL: of any). */
extern bool fsq_pool_is_in_line(const FsqGuard *guard);

/* Leave the line, wherever it is; a place that was not taken goes to the next. */
extern void fsq_pool_leave(bool timed_out);

/* The connection is closed. */
extern void fsq_pool_return(FsqGuard *guard);

/* Do others wait for a place? */
extern bool fsq_pool_is_wanted(FsqGuard *guard);

/* Ask a session that has an idle connection to close it. */
extern void fsq_pool_nudge(FsqGuard *guard);

/* The rules that count now. */
extern int	fsq_pool_size(const FsqGuard *guard);
extern int	fsq_pool_max_lifetime(const FsqGuard *guard);
extern int	fsq_pool_idle_timeout(const FsqGuard *guard);
extern int	fsq_pool_min_idle(const FsqGuard *guard);

/* Who has the places: "by 2 sessions that run statements (pids 1, 2), ..." */
extern char *fsq_pool_holders(FsqGuard *guard);

/*
 * The row of a connection among those that all sessions see; -1 if there is no
 * room: nobody can ask for it then, so that it is not kept when it is idle.
 * What a session does with its connections at the end of a transaction is its
 * answer to who asked: from then on it may be asked again.
 */
extern int	fsq_connection_show(FsqGuard *guard, Oid userid);
extern void fsq_connection_show_state(int row, FsqConnectionState state, TimestampTz since);
extern void fsq_connection_show_transaction(int row, bool in_transaction);
extern void fsq_connection_hide(int row);

/* Begin counting anew. */
extern void fsq_guard_reset_statistics(Oid serverid);

/* ---- for views, which make no entries ---- */

/* What is known of a server; NULL if it has not been used. */
extern FsqServer *fsq_guard_find(Oid serverid);
extern FsqBreakerPolicy fsq_guard_rules(Oid serverid);
/*
 * The latency to be expected of a server now, in microseconds; 0: nothing is
 * known; -1: its breaker is open, and it is not the time of a probe.
 */
extern double fsq_guard_expected(Oid serverid);
extern int	fsq_guard_pool_size(Oid serverid);

/* How many connections are shown as idle, and how many as anything else. */
extern void fsq_pool_count(Oid serverid, int *active, int *idle);

/* A copy of what a session (by number) shows; false if it is nothing. */
extern bool fsq_session_read(int number, FsqSession *copy);

#endif							/* FSQ_RESILIENCE_GUARD_H */
