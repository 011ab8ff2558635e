/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  Asking for a fetch ahead: its plan is made, and what its foreign scans
 *	  read is sent, before any of it is waited for.
 *
 *	  A server that no connection leads to is connected to first, without
 *	  waiting: planning asks it for what is not known yet of its tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "foreign/foreign.h"

/* The server of a fetch whose relation is a foreign table of ours, or InvalidOid. */
static Oid
fetch_server(const FsqFetch *fetch)
{
	if (!fetch->relation->foreign || strncmp(fetch->relation->wrapper, "fraiseql_", 9) != 0)
		return InvalidOid;
	return GetForeignTable(fetch->relation->relid)->serverid;
}

/* Plan each run and send what can be sent. */
static void
send_runs(FsqFetchState *state, FsqRun *unused)
{
	FsqExecution *execution = state->execution;
	Oid			server = fetch_server(state->fetch);

	if (state->nruns == 0)
		fsq_fetch_make_runs(state, OidIsValid(server) ? fsq_prefetch_batch(server) : 0);
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];
		CachedPlan *cached = fsq_fetch_choose_plan(state, run);

		run->ahead = fsq_prefetch_plan(execution->prefetch);
		if (fsq_prefetch_send(run->ahead, linitial_node(PlannedStmt, cached->stmt_list), run->params) > 0)
			state->status = FSQ_FETCH_SENT;
	}
	/* the next request may know before it asks */
	if (state->status != FSQ_FETCH_SENT &&
		state->runs[0].cached == state->fetch->statement->gplan)
		state->fetch->only_local = true;
}

/* Connect to the server, and go on when that is done. */
static void
connect_server(FsqFetchState *state, FsqRun *unused)
{
	FsqPrefetch *prefetch = state->execution->prefetch;
	Oid			server = fetch_server(state->fetch);

	if (OidIsValid(server))
	{
		switch (fsq_prefetch_connect(prefetch, server))
		{
			case FSQ_LINK_READY:
				break;
			case FSQ_LINK_WAITING:
				state->status = FSQ_FETCH_CONNECTING;
				return;
			case FSQ_LINK_FAILED:
				fsq_prefetch_link_error(prefetch, server);
		}
	}
	state->status = FSQ_FETCH_KNOWN;
	send_runs(state, NULL);
}

void
fsq_fetch_ask(FsqFetchState *state)
{
	/* nothing has changed while a connection is waited for: no subtransaction for that */
	if (state->status == FSQ_FETCH_CONNECTING &&
		fsq_prefetch_connect(state->execution->prefetch, fetch_server(state->fetch)) == FSQ_LINK_WAITING)
		return;
	(void) fsq_fetch_try(state, NULL, connect_server);
}
