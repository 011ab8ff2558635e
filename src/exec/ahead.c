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

#include "access/htup_details.h"
#include "catalog/pg_foreign_table.h"
#include "exec/exec.h"
#include "utils/syscache.h"

/*
 * Runs of a fetch whose statements are asked ahead at the same time: enough to
 * keep all connections to a server busy while one run is consumed.
 */
#define RUNS_AHEAD 8

Oid
fsq_fetch_server(const FsqFetch *fetch)
{
	HeapTuple	tuple;
	Oid			server;

	if (!fetch->relation->foreign || strncmp(fetch->relation->wrapper, "fraiseql_", 9) != 0)
		return InvalidOid;
	tuple = SearchSysCache1(FOREIGNTABLEREL, ObjectIdGetDatum(fetch->relation->relid));
	/* that it has gone meanwhile is found out, and said, when it is planned */
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	server = ((Form_pg_foreign_table) GETSTRUCT(tuple))->ftserver;
	ReleaseSysCache(tuple);
	return server;
}

/* Whether there are more runs, and room for one. */
static bool
has_more(const FsqFetchState *state)
{
	int			n = 0;

	for (int i = 0; i < state->nasked; i++)
		n += !state->runs[i].done;
	return state->nasked < state->nruns && n < RUNS_AHEAD;
}

bool
fsq_fetch_wants_more(const FsqFetchState *state)
{
	return state->status == FSQ_FETCH_SENT && has_more(state);
}

/*
 * Plan the next runs and send what can be sent.  Neither waits for a remote:
 * what planning needs to know is asked first.
 */
static void
send_runs(FsqFetchState *state, FsqRun *unused)
{
	FsqPrefetch *prefetch = state->execution->prefetch;
	bool		sent = state->status == FSQ_FETCH_SENT;

	if (state->nruns == 0)
		fsq_fetch_make_runs(state);
	fsq_prefetch_plan_with(prefetch);
	do
	{
		FsqRun	   *run = &state->runs[state->nasked];

		if (!run->done)
		{
			CachedPlan *cached = fsq_fetch_choose_plan(state, run);

			run->ahead = fsq_prefetch_plan(prefetch, state);
			sent |= fsq_prefetch_send(run->ahead, linitial_node(PlannedStmt, cached->stmt_list),
									  run->params) > 0;
		}
		state->nasked++;
	} while (sent && has_more(state));
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
	state->nasked = 0;
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];

		if (run->done)
			continue;
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
