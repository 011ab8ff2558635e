/*-------------------------------------------------------------------------
 *
 * health.c
 *	  Whether remote servers answer: fraiseql.health().
 *
 *	  All of them are asked at once, each on a connection of the caller's own
 *	  that is idle or is made for it, by the machines that ask statements ahead
 *	  (ahead.c): one attempt, which ends at the time that health has at the
 *	  latest.  What was found is kept for a moment for all sessions
 *	  (resilience/health.h).
 *
 *	  A server whose circuit breaker refuses its use is not asked.  When its
 *	  time has come, the check is the probe.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "common/hashfn.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "subtransaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "ahead.h"
#include "fraiseql.h"

PG_FUNCTION_INFO_V1(fsq_health);

/* Milliseconds for stopping what has not answered; then its connection is closed. */
#define STOP_TIME 50

/* How often, in milliseconds, others are asked for an idle connection. */
#define NUDGE_TIME 100

typedef struct Check
{
	Oid			serverid;
	const char *server_name;
	const FsqDriver *driver;
	FsqGuard   *guard;
	FsqHealth	health;			/* what is known */
	Ahead	   *ahead;			/* that finds it out, or NULL */
	TimestampTz asked_at;
	const char *error;			/* why it cannot be found out, or NULL */
} Check;

/* ---- which servers ---- */

static int
compare_checks(const ListCell *a, const ListCell *b)
{
	return strcmp(((Check *) lfirst(a))->server_name, ((Check *) lfirst(b))->server_name);
}

static Check *
make_check(Oid serverid, const char *server_name)
{
	Check	   *check = palloc0(sizeof(Check));

	check->serverid = serverid;
	check->server_name = pstrdup(server_name);
	check->driver = fsq_driver_of_server(serverid);
	if (check->driver != NULL)
		check->guard = fsq_guard_get(serverid);
	return check;
}

/* The servers of our wrappers in this database, by name. */
static List *
checks_of_all(void)
{
	Relation	rel = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *checks = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_server server = (Form_pg_foreign_server) GETSTRUCT(tuple);
		Check	   *check;

		CHECK_FOR_INTERRUPTS();
		check = make_check(server->oid, NameStr(server->srvname));
		if (check->driver != NULL)
			checks = lappend(checks, check);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(checks, compare_checks);
	return checks;
}

static List *
checks_of_one(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	Check	   *check = make_check(server->serverid, server->servername);

	if (check->driver == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" does not belong to a wrapper of fraiseql", server->servername)));
	return list_make1(check);
}

/* ---- as whom ---- */

/* Another number when a catalog row is another one. */
static uint64
row_version(int cache, Oid oid, uint64 version)
{
	HeapTuple	tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));

	if (!HeapTupleIsValid(tuple))
		return version;
	version = hash_combine64(version, HeapTupleHeaderGetRawXmin(tuple->t_data));
	version = hash_combine64(version, (uint64) ItemPointerGetBlockNumber(&tuple->t_self) << 16 |
							 ItemPointerGetOffsetNumber(&tuple->t_self));
	ReleaseSysCache(tuple);
	return hash_combine64(version, oid);
}

typedef struct LoginStep
{
	Oid			serverid;
	FsqLogin   *login;
} LoginStep;

static void
login_step(void *arg)
{
	LoginStep  *step = arg;

	fsq_connection_login(step->login, step->serverid, GetUserId());
}

/* The login of the caller; false, with the error: it has none. */
static bool
find_login(Check *check, FsqLogin *login)
{
	LoginStep	step = {.serverid = check->serverid,.login = login};
	ErrorData  *error;

	if (fsq_foreign_server_aclcheck(check->serverid, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
	{
		check->error = psprintf("permission denied for foreign server %s", check->server_name);
		return false;
	}
	error = fsq_subtransaction_try(login_step, &step);
	if (error == NULL)
		return true;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	check->error = error->message;
	return false;
}

/* ---- asking ---- */

static void
ask(Check *check, const FsqLogin *login, FsqPrefetch *prefetch, TimestampTz latest)
{
	Ahead	   *ahead = MemoryContextAllocZero(prefetch->context, sizeof(Ahead));

	ahead->login = *login;
	ahead->latest = latest;
	ahead->request.sql = check->driver->probe;
	ahead->request.doing = "check the health";
	check->ahead = ahead;
	check->asked_at = GetCurrentTimestamp();
	fsq_ahead_add(ahead, prefetch, NULL);
	fsq_ahead_step(ahead);
}

/* Ask a server, unless it is not to be asked, or its answer is known. */
static void
begin_check(Check *check, FsqPrefetch *prefetch, TimestampTz latest)
{
	FsqLogin	login;
	FsqRefusal	refusal;
	uint64		version;
	bool		quiet;
	bool		known;
	bool		admitted = fsq_guard_would_admit(check->guard, &refusal, &quiet);

	if (!find_login(check, &login))
		return;
	version = row_version(FOREIGNSERVEROID, check->serverid, 0);
	if (login.mapping != NULL)
		version = row_version(USERMAPPINGOID, login.mapping->umid, version);
	/* one that is to be probed is not known */
	known = fsq_health_known(check->guard, login.userid, version,
							 quiet ? fsq_health_max_age : 0, admitted ? latest : 0, &check->health);
	if (!admitted)
		check->error = pstrdup(refusal.message);
	else if (!known)
		ask(check, &login, prefetch, latest);
}

static inline bool
is_under_way(const Check *check)
{
	return check->ahead != NULL && !check->ahead->failed && check->ahead->state < AHEAD_READY;
}

/*
 * Have a check that finds the pool full stand in line, and ask others for an idle
 * connection.  A session does not wait for what itself has, and stands in one
 * line at a time.
 */
static void
want_place(Check *check)
{
	FsqLogin   *login = &check->ahead->login;
	int			nidle;
	int			nconnecting;

	if (fsq_connection_count(login, &nidle, &nconnecting) > 0)
		fsq_ahead_stop(check->ahead);
	else if (!fsq_pool_is_in_line(NULL))
		fsq_place_want(login);
	else if (fsq_pool_is_in_line(check->guard))
		fsq_pool_nudge(check->guard);
}

/* One wait for all, at most until then. */
static void
await_once(List *checks, TimestampTz latest)
{
	long		milliseconds = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), latest);
	ListCell   *lc;

	foreach(lc, checks)
	{
		Check	   *check = lfirst(lc);

		if (is_under_way(check) && check->ahead->state == AHEAD_QUEUED)
		{
			want_place(check);
			milliseconds = Min(milliseconds, fsq_place_settle() ? FSQ_SETTLE_TIME : NUDGE_TIME);
		}
	}
	CHECK_FOR_INTERRUPTS();
	fsq_prefetch_wait_with(NULL, NULL, milliseconds);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* Until all have answered, or have had their time. */
static void
await_answers(List *checks, TimestampTz latest)
{
	bool		in_line = fsq_pool_is_in_line(NULL);
	volatile bool in_vain = false;

	PG_TRY();
	{
		for (;;)
		{
			bool		under_way = false;
			ListCell   *lc;

			foreach(lc, checks)
				under_way |= is_under_way(lfirst(lc));
			if (!under_way || GetCurrentTimestamp() >= latest)
				break;
			await_once(checks, latest);
		}
		in_vain = true;
	}
	PG_FINALLY();
	{
		/* one that a request stands in is the request's */
		if (!in_line)
			fsq_pool_leave(in_vain);
	}
	PG_END_TRY();
}

/* What has come of asking, kept for other sessions of the role. */
static void
end_check(Check *check)
{
	const Ahead *ahead = check->ahead;
	FsqHealth  *health = &check->health;

	if (ahead == NULL)
		return;
	if (ahead->failed && !ahead->timed_out && ahead->error->class == FSQ_ERROR_REFUSED)
	{
		/* others have used it meanwhile */
		check->error = pstrdup(ahead->error->message);
		return;
	}
	health->checked_at = check->asked_at;
	health->connected = !ahead->failed && ahead->state == AHEAD_READY;
	memset(health->message, 0, sizeof(health->message));
	if (health->connected)
		health->latency = ahead->query->latency;
	else if (ahead->timed_out)
		snprintf(health->message, sizeof(health->message), "There was no answer for %ld ms.", ahead->waited);
	else if (ahead->failed)
		fsq_words_copy(health->message, ahead->error->message, sizeof(health->message));
	else
		snprintf(health->message, sizeof(health->message),
				 "All connections that its pool allows are in use, and none became free.");
	fsq_health_keep(check->guard, health);
}

static void
check_all(List *checks)
{
	TimestampTz latest = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), fsq_health_timeout);
	FsqPrefetch *prefetch;
	ListCell   *lc;

	if (fsq_request_deadline != 0)
		latest = Min(latest, fsq_request_deadline);
	prefetch = fsq_prefetch_begin(Max(list_length(checks), 1), false);
	PG_TRY();
	{
		foreach(lc, checks)
			begin_check(lfirst(lc), prefetch, latest);
		await_answers(checks, latest);
		foreach(lc, checks)
			end_check(lfirst(lc));
	}
	PG_FINALLY();
	{
		fsq_prefetch_end(prefetch, STOP_TIME);
	}
	PG_END_TRY();
}

/* ---- SQL ---- */

static void
put_check(ReturnSetInfo *rsinfo, const Check *check)
{
	const FsqHealth *health = &check->health;
	bool		connected = check->error == NULL && health->connected;
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = CStringGetTextDatum(check->server_name);
	values[1] = CStringGetTextDatum(check->driver->name);
	values[2] = BoolGetDatum(connected);
	values[3] = Float8GetDatum(health->latency / 1000.0);
	nulls[3] = !connected;
	values[4] = TimestampTzGetDatum(health->checked_at);
	nulls[4] = health->checked_at == 0;
	values[5] = CStringGetTextDatum(fsq_guard_state(check->guard));
	nulls[6] = connected;
	if (!connected)
		values[6] = CStringGetTextDatum(check->error != NULL ? check->error :
										fsq_words_local(health->message));
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * fraiseql.health(server text default null): one row for that server, or for
 * each one; raises an error only if there is none of that name
 */
Datum
fsq_health(PG_FUNCTION_ARGS)
{
	List	   *checks;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	checks = PG_ARGISNULL(0) ? checks_of_all() : checks_of_one(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	check_all(checks);
	foreach(lc, checks)
		put_check((ReturnSetInfo *) fcinfo->resultinfo, lfirst(lc));
	PG_RETURN_VOID();
}
