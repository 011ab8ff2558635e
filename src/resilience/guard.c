/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Admits uses of remote servers, and keeps what they tell of the servers.
 *
 *	  What a backend knows of a server is one FsqGuard, looked up by its oid.
 *	  Its rules are read from the server's options again after any change of a
 *	  server, so that ALTER SERVER counts from the next use on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "fraiseql.h"
#include "resilience/guard.h"
#include "resilience/statements.h"

/*
 * A session may set its own limits, and a check of health has one.  What has not
 * answered within a shorter time than this has failed nobody but who set it,
 * unless it has had the time of the server's own option.
 */
#define SHORTEST_TIMEOUT 1000

static FsqPolicyLoader load_policy = NULL;
static HTAB *guards = NULL;
static int	nprobing = 0;

static void
invalidate(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS status;
	FsqGuard   *guard;

	hash_seq_init(&status, guards);
	while ((guard = hash_seq_search(&status)) != NULL)
		guard->valid = false;
}

/* No probe of this backend is in flight any more. */
static void
give_back_probes(void)
{
	HASH_SEQ_STATUS status;
	FsqGuard   *guard;

	if (nprobing == 0)
		return;
	hash_seq_init(&status, guards);
	while ((guard = hash_seq_search(&status)) != NULL)
	{
		if (!guard->probing)
			continue;
		guard->probing = false;
		SpinLockAcquire(&guard->server->mutex);
		if (guard->server->generation == guard->generation)
			fsq_breaker_give_back(&guard->server->breaker, MyProcPid);
		SpinLockRelease(&guard->server->mutex);
	}
	nprobing = 0;
}

static void
transaction_callback(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
	{
		give_back_probes();
		fsq_pool_leave(false);
	}
}

/*
 * The connections are closed by now.
 */
static void
end_callback(void)
{
	HASH_SEQ_STATUS status;
	FsqGuard   *guard;

	give_back_probes();
	fsq_pool_leave(false);
	hash_seq_init(&status, guards);
	while ((guard = hash_seq_search(&status)) != NULL)
		while (guard->places > 0)
			fsq_pool_return(guard);
}

static void
make_guards(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(FsqGuard);
	ctl.hcxt = TopMemoryContext;
	guards = hash_create("fraiseql guards", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
	RegisterXactCallback(transaction_callback, NULL);
	fsq_shared_at_end(end_callback);
}

void
fsq_resilience_init(FsqPolicyLoader loader)
{
	load_policy = loader;
	fsq_shared_init();
	fsq_servers_init();
}

FsqGuard *
fsq_guard_get(Oid serverid)
{
	FsqGuard   *guard;
	bool		found;

	if (guards == NULL)
		make_guards();
	guard = hash_search(guards, &serverid, HASH_ENTER, &found);
	if (!found)
		memset((char *) guard + sizeof(Oid), 0, sizeof(FsqGuard) - sizeof(Oid));
	if (!guard->valid)
	{
		FsqPolicy	policy;

		/* what invalidates it meanwhile is not to be lost */
		guard->valid = true;
		PG_TRY();
		{
			load_policy(serverid, &policy);
		}
		PG_CATCH();
		{
			guard->valid = false;
			PG_RE_THROW();
		}
		PG_END_TRY();
		if (guard->policy.dont_retry_on != NULL)
			pfree(guard->policy.dont_retry_on);
		guard->policy = policy;
	}
	if (guard->server == NULL)
		guard->server = fsq_server_get(serverid, &guard->generation);
	return guard;
}

void
fsq_guard_reset_statistics(Oid serverid)
{
	FsqServer  *server = fsq_guard_find(serverid);
	TimestampTz now = GetCurrentTimestamp();

	fsq_statements_forget(MyDatabaseId, serverid);
	if (server == NULL)
		return;
	SpinLockAcquire(&server->mutex);
	memset(&server->statistics, 0, sizeof(server->statistics));
	server->statistics.reset_at = now;
	SpinLockRelease(&server->mutex);
}

FsqServer *
fsq_guard_find(Oid serverid)
{
	FsqGuard   *guard = guards != NULL ? hash_search(guards, &serverid, HASH_FIND, NULL) : NULL;

	return guard != NULL && guard->server != NULL ? guard->server : fsq_server_find(serverid);
}

double
fsq_guard_expected(Oid serverid)
{
	FsqBreakerPolicy policy = fsq_guard_rules(serverid);
	FsqServer  *found = fsq_guard_find(serverid);
	TimestampTz now = GetCurrentTimestamp();
	FsqServer	server;

	if (found == NULL || !fsq_server_read(found, &server))
		return 0;
	if (policy.enabled && fsq_breaker_next_probe(&server.breaker, &policy) > now)
		return -1;
	return fsq_statistics_expected(&server.statistics, now);
}

int
fsq_guard_pool_size(Oid serverid)
{
	FsqGuard	guard = {.serverid = serverid};

	load_policy(serverid, &guard.policy);
	if (guard.policy.dont_retry_on != NULL)
		pfree(guard.policy.dont_retry_on);
	return fsq_pool_size(&guard);
}

FsqBreakerPolicy
fsq_guard_rules(Oid serverid)
{
	FsqGuard	guard = {.serverid = serverid};

	load_policy(serverid, &guard.policy);
	if (guard.policy.dont_retry_on != NULL)
		pfree(guard.policy.dont_retry_on);
	return fsq_guard_breaker_policy(&guard);
}

void
fsq_guard_set(FsqGuard *guard, bool open)
{
	TimestampTz now = GetCurrentTimestamp();

	SpinLockAcquire(&guard->server->mutex);
	if (open)
		fsq_breaker_trip(&guard->server->breaker, now);
	else
		fsq_breaker_reset(&guard->server->breaker);
	SpinLockRelease(&guard->server->mutex);
}

static inline int
option_or(int option, int setting)
{
	return option >= 0 ? option : setting;
}

FsqBreakerPolicy
fsq_guard_breaker_policy(const FsqGuard *guard)
{
	FsqBreakerPolicy policy;

	policy.enabled = option_or(guard->policy.circuit_breaker, fsq_circuit_breaker);
	policy.failure_threshold = option_or(guard->policy.failure_threshold, fsq_failure_threshold);
	policy.recovery_timeout = option_or(guard->policy.recovery_timeout, fsq_recovery_timeout);
	policy.success_threshold = option_or(guard->policy.success_threshold, fsq_success_threshold);
	return policy;
}

/* Say why a use was refused. */
static void
refuse(FsqAdmission admission, long left, FsqRefusal *refusal)
{
	refusal->sqlstate = ERRCODE_FSQ_CIRCUIT_OPEN;
	refusal->hint = "The server failed several times in a row and is left alone for a while; see the view fraiseql.circuit_breakers.";
	if (admission == FSQ_REFUSED_PROBING)
		strlcpy(refusal->message, "circuit breaker is half-open, another session is probing the server",
				sizeof(refusal->message));
	else if (left > 1000)
		snprintf(refusal->message, sizeof(refusal->message),
				 "circuit breaker is open, next probe in %ld s", (left + 999) / 1000);
	else
		snprintf(refusal->message, sizeof(refusal->message),
				 "circuit breaker is open, next probe in %ld ms", left);
}

bool
fsq_guard_would_admit(const FsqGuard *guard, FsqRefusal *refusal, bool *quiet)
{
	FsqBreakerPolicy policy = fsq_guard_breaker_policy(guard);
	FsqServer  *server = guard->server;
	TimestampTz now = GetCurrentTimestamp();
	FsqBreaker	breaker;
	FsqAdmission admission;
	long		left;

	SpinLockAcquire(&server->mutex);
	breaker = server->breaker;
	*quiet = server->generation != guard->generation;
	SpinLockRelease(&server->mutex);
	*quiet |= !policy.enabled || fsq_breaker_is_quiet(&breaker);
	if (*quiet)
		return true;
	admission = fsq_breaker_admit(&breaker, &policy, MyProcPid, now, &left);
	if (admission == FSQ_ADMITTED || admission == FSQ_ADMITTED_PROBE)
		return true;
	refuse(admission, left, refusal);
	return false;
}

const char *
fsq_breaker_state_name(const FsqBreaker *breaker, const FsqBreakerPolicy *policy)
{
	if (!policy->enabled)
		return "off";
	switch (breaker->state)
	{
		case FSQ_BREAKER_CLOSED:
			return "closed";
		case FSQ_BREAKER_OPEN:
			return "open";
		case FSQ_BREAKER_HALF_OPEN:
			return "half_open";
	}
	return NULL;
}

const char *
fsq_guard_state(const FsqGuard *guard)
{
	FsqBreakerPolicy policy = fsq_guard_breaker_policy(guard);
	FsqBreaker	breaker;

	SpinLockAcquire(&guard->server->mutex);
	breaker = guard->server->breaker;
	SpinLockRelease(&guard->server->mutex);
	return fsq_breaker_state_name(&breaker, &policy);
}

bool
fsq_guard_admit(FsqGuard *guard, FsqRefusal *refusal)
{
	FsqServer  *server = guard->server;
	FsqBreakerPolicy policy;
	FsqAdmission admission;
	TimestampTz now;
	bool		quiet;
	long		left;

	SpinLockAcquire(&server->mutex);
	quiet = fsq_breaker_is_quiet(&server->breaker) || server->generation != guard->generation;
	SpinLockRelease(&server->mutex);
	if (quiet)
		return true;

	policy = fsq_guard_breaker_policy(guard);
	now = GetCurrentTimestamp();
	SpinLockAcquire(&server->mutex);
	admission = fsq_breaker_admit(&server->breaker, &policy, MyProcPid, now, &left);
	if (admission == FSQ_REFUSED_OPEN || admission == FSQ_REFUSED_PROBING)
		server->statistics.rejected++;
	SpinLockRelease(&server->mutex);
	switch (admission)
	{
		case FSQ_ADMITTED:
			break;
		case FSQ_ADMITTED_PROBE:
			if (!guard->probing)
				nprobing++;
			guard->probing = true;
			break;
		case FSQ_REFUSED_OPEN:
		case FSQ_REFUSED_PROBING:
			refuse(admission, left, refusal);
			return false;
	}
	return true;
}

/*
 * Keep an outcome.  message is NULL where there is no error to keep.
 */
static void
record(FsqGuard *guard, FsqVerdictOnServer verdict, int sqlstate, const char *message)
{
	FsqServer  *server = guard->server;
	FsqBreakerPolicy policy = fsq_guard_breaker_policy(guard);
	TimestampTz now = message != NULL ? GetCurrentTimestamp() : 0;
	FsqLastError error;

	if (message != NULL)
	{
		error.time = now;
		error.sqlstate = sqlstate;
		fsq_words_copy(error.message, message, sizeof(error.message));
	}
	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
	{
		(void) fsq_breaker_record(&server->breaker, &policy, MyProcPid, verdict, now);
		if (verdict == FSQ_SERVER_ANSWERED)
			fsq_retry_earn(&server->retry_debt, fsq_retry_budget);
		if (message != NULL)
			server->last_error = error;
	}
	SpinLockRelease(&server->mutex);
	if (guard->probing)
		nprobing--;
	guard->probing = false;
}

void
fsq_guard_count(FsqGuard *guard, int64 rows, int64 latency)
{
	FsqServer  *server = guard->server;
	TimestampTz now = latency >= 0 ? GetCurrentTimestamp() : 0;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
	{
		server->statistics.statements++;
		server->statistics.rows += rows;
		if (latency >= 0)
		{
			fsq_histogram_add(&server->statistics.latencies, latency);
			fsq_statistics_recent(&server->statistics, latency, now);
		}
	}
	SpinLockRelease(&server->mutex);
}

void
fsq_guard_fell_back(FsqGuard *guard)
{
	FsqServer  *server = guard->server;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
		server->statistics.fallbacks++;
	SpinLockRelease(&server->mutex);
}

void
fsq_guard_answered(FsqGuard *guard)
{
	record(guard, FSQ_SERVER_ANSWERED, 0, NULL);
}

/* An error of a statement or a connection. */
static void
count_error(FsqGuard *guard)
{
	SpinLockAcquire(&guard->server->mutex);
	if (guard->server->generation == guard->generation)
		guard->server->statistics.errors++;
	SpinLockRelease(&guard->server->mutex);
}

void
fsq_guard_failed(FsqGuard *guard, FsqErrorClass class, int sqlstate, const char *message)
{
	FsqVerdictOnServer verdict;

	/* it was not asked */
	if (class == FSQ_ERROR_REFUSED)
		return;
	if (class != FSQ_ERROR_CANCELLED)
		count_error(guard);
	verdict = fsq_failure_verdict(class, sqlstate);
	record(guard, verdict, sqlstate, verdict == FSQ_SERVER_FAILED ? message : NULL);
}

void
fsq_guard_late(FsqGuard *guard, long waited, bool connecting)
{
	int			option = connecting ? guard->policy.connection_timeout : guard->policy.timeout;
	char		message[64];

	count_error(guard);
	if (waited < (option > 0 ? Min(option, SHORTEST_TIMEOUT) : SHORTEST_TIMEOUT))
	{
		record(guard, FSQ_SERVER_UNKNOWN, 0, NULL);
		return;
	}
	snprintf(message, sizeof(message), "There was no answer for %ld ms.", waited);
	record(guard, FSQ_SERVER_FAILED, ERRCODE_FSQ_TIMEOUT, message);
}
