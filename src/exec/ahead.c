/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  Asking for a fetch ahead: its plan is made, and what its foreign scans
 *	  read is sent, before any of it is waited for.
 *
 *	  Where planning needs to know something of a remote first (a connection to
 *	  it, the description of a table), that is asked ahead as well, and planning
 *	  is tried again when it is there: a server that is silent or slow holds up
 *	  its own fetches only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "foreign/foreign.h"

Oid
fsq_fetch_server(const FsqFetch *fetch)
{
	if (!fetch->relation->foreign || strncmp(fetch->relation->wrapper, "fraiseql_", 9) != 0)
		return InvalidOid;
	return GetForeignTable(fetch->relation->relid)->serverid;
}

/*
 * Plan each run and send what can be sent.  Neither waits for a remote: what
 * planning needs to know is asked first.
 */
static void
send_runs(FsqFetchState *state, FsqRun *unused)
{
	FsqExecution *execution = state->execution;
	Oid			server = fsq_fetch_server(state->fetch);
	bool		sent = false;

	if (state->nruns == 0)
		fsq_fetch_make_runs(state, OidIsValid(server) ? fsq_prefetch_batch(server) : 0);
	fsq_prefetch_plan_with(execution->prefetch);
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];
		CachedPlan *cached = fsq_fetch_choose_plan(state, run);

		run->ahead = fsq_prefetch_plan(execution->prefetch);
		sent |= fsq_prefetch_send(run->ahead, linitial_node(PlannedStmt, cached->stmt_list), run->params) > 0;
	}
	fsq_prefetch_plan_with(NULL);
	state->status = sent ? FSQ_FETCH_SENT : FSQ_FETCH_KNOWN;
	/* the next request may know before it asks */
	if (!sent && state->runs[0].cached == state->select->statement->gplan)
		state->select->only_local = true;
}

/*
 * Planning was given up: the locks of the plans that were made are gone, and
 * so are the plans.
 */
static void
forget_plans(FsqFetchState *state)
{
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];

		if (run->ahead)
			fsq_prefetch_drop(run->ahead);
		if (run->cached)
			ReleaseCachedPlan(run->cached, state->execution->owner);
		run->ahead = NULL;
		run->cached = NULL;
	}
}

void
fsq_fetch_ask(FsqFetchState *state)
{
	if (state->status == FSQ_FETCH_PLANNING && fsq_prefetch_is_needed(state->need))
		return;
	if (!fsq_fetch_try(state, NULL, send_runs) && state->status == FSQ_FETCH_PLANNING)
		forget_plans(state);
}
