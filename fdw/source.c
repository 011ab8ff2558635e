/*-------------------------------------------------------------------------
 *
 * source.c
 *	  Failures of sources that another relation, or another server, makes up
 *	  for, and what is remembered of them until the statement ends.
 *
 *	  Such a failure is caught without a subtransaction: what raises it leaves
 *	  nothing behind but what belongs to the memory context (connection.h,
 *	  fsq_failure_of_source).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/memutils.h"

#include "connection.h"
#include "replica.h"
#include "source.h"

/* How long a failure is remembered within one statement: longer ones ask again. */
#define OUTAGE_SECONDS 30

typedef struct Outage
{
	Oid			serverid;
	Oid			userid;
	bool		replicas;		/* that of all servers that a table may be read from */
	TimestampTz statement;		/* that it belongs to */
	TimestampTz time;
	ErrorData  *error;
} Outage;

/* Of one statement; in a context of its own. */
static List *outages = NIL;
static MemoryContext outages_context = NULL;

void
fsq_outage_note(Oid serverid, Oid userid, bool all, const ErrorData *error)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	MemoryContext old;
	Outage	   *outage;

	if (outages_context == NULL)
		outages_context = AllocSetContextCreate(TopMemoryContext, "fraiseql outages", ALLOCSET_SMALL_SIZES);
	if (outages != NIL && ((Outage *) linitial(outages))->statement != statement)
	{
		outages = NIL;
		MemoryContextReset(outages_context);
	}
	old = MemoryContextSwitchTo(outages_context);
	outage = palloc0(sizeof(Outage));
	outage->serverid = serverid;
	outage->userid = OidIsValid(userid) ? userid : GetUserId();
	outage->replicas = all;
	outage->statement = statement;
	outage->time = GetCurrentTimestamp();
	outage->error = palloc0(sizeof(ErrorData));
	outage->error->sqlerrcode = error->sqlerrcode;
	outage->error->message = pstrdup(error->message ? error->message : "unknown error");
	outages = lappend(outages, outage);
	MemoryContextSwitchTo(old);
}

const ErrorData *
fsq_outage_find(Oid serverid, Oid userid, bool all)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	ListCell   *lc;

	if (!OidIsValid(userid))
		userid = GetUserId();
	foreach(lc, outages)
	{
		Outage	   *outage = lfirst(lc);

		if (outage->statement == statement && outage->serverid == serverid && outage->userid == userid &&
			outage->replicas == all &&
			!TimestampDifferenceExceeds(outage->time, GetCurrentTimestamp(), OUTAGE_SECONDS * 1000))
			return outage->error;
	}
	return NULL;
}

ErrorData *
fsq_source_catch(Oid serverid, void (*step) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;

	fsq_failure_of_source("", 0);
	PG_TRY();
	{
		step(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (!fsq_replica_is_of(serverid, fsq_failure_source(error)))
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	return error;
}

bool
fsq_source_try(Oid serverid, Oid userid, void (*step) (void *arg), void *arg)
{
	ErrorData  *error;

	if (fsq_outage_find(serverid, userid, true) != NULL)
		return false;
	error = fsq_source_catch(serverid, step, arg);
	if (error == NULL)
		return true;
	fsq_outage_note(serverid, userid, true, error);
	FreeErrorData(error);
	return false;
}

bool
fsq_source_was_used(Oid serverid)
{
	dlist_iter	iter;

	if (!IsolationUsesXactSnapshot())
		return false;
	dlist_foreach(iter, &fsq_connections)
	{
		FsqConnEntry *entry = dlist_container(FsqConnEntry, link, iter.cur);

		if (entry->spec.serverid == serverid && entry->snapshot)
			return true;
	}
	return false;
}

/* ---- statements that store what they read ---- */

static ProcessUtility_hook_type next_process_utility = NULL;

/* Such a statement runs, be it around the one that reads. */
static bool storing = false;

/* Whether a utility statement is CREATE TABLE AS or its like, be it explained. */
static bool
stores(const Node *utility)
{
	if (utility != NULL && IsA(utility, ExplainStmt))
	{
		const Node *explained = ((const ExplainStmt *) utility)->query;

		utility = explained != NULL && IsA(explained, Query) ? ((const Query *) explained)->utilityStmt : NULL;
	}
	return utility != NULL && (IsA(utility, CreateTableAsStmt) || IsA(utility, RefreshMatViewStmt));
}

/* ProcessUtility_hook: remember, while such a statement runs, that it does. */
static void
process_utility(PlannedStmt *planned, const char *sql, bool read_only, ProcessUtilityContext context,
				ParamListInfo params, QueryEnvironment *environment, DestReceiver *receiver,
				QueryCompletion *completion)
{
	ProcessUtility_hook_type next = next_process_utility != NULL ? next_process_utility :
		standard_ProcessUtility;
	bool		before = storing;

	if (!stores(planned->utilityStmt))
	{
		next(planned, sql, read_only, context, params, environment, receiver, completion);
		return;
	}
	storing = true;
	PG_TRY();
	{
		next(planned, sql, read_only, context, params, environment, receiver, completion);
	}
	PG_FINALLY();
	{
		storing = before;
	}
	PG_END_TRY();
}

void
fsq_source_init(void)
{
	next_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}

bool
fsq_reads_are_stored(void)
{
	ListCell   *lc;

	if (storing)
		return true;
	/* the session's own statement may have been under way when the library was loaded */
	if (ActivePortal == NULL)
		return false;
	foreach(lc, ActivePortal->stmts)
	{
		if (stores(lfirst_node(PlannedStmt, lc)->utilityStmt))
			return true;
	}
	return false;
}
