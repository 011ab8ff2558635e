/*-------------------------------------------------------------------------
 *
 * execute.c
 *	  Runs the fetches of a plan.
 *
 *	  A fetch is ready when the keys of its parents are known.  The ready ones
 *	  are a queue: roots first, then each fetch's children when it is done.  A
 *	  fetch whose parents have no key at all is not run, and neither is
 *	  anything below a fetch that failed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Make the states of all fetches. */
static void
prepare(FsqExecution *execution)
{
	FsqPlan    *plan = execution->plan;

	execution->states = palloc0(sizeof(FsqFetchState) * Max(plan->nfetches, 1));
	execution->scratch = AllocSetContextCreate(execution->context, "fraiseql row",
											   ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];
		FsqFetchState *state = &execution->states[i];
		int			nkeys = fetch->nkeys;

		state->fetch = fetch;
		state->execution = execution;
		state->root.first = state->root.last = -1;
		initStringInfo(&state->text);
		if (fetch->parent)
			state->keys = fsq_key_table(execution->context, fetch->nkeys, fetch->keys);
		state->children = palloc(sizeof(FsqFetchState *) * Max(fetch->nchildren, 1));
		for (int j = 0; j < fetch->nchildren; j++)
		{
			state->children[j] = &execution->states[fetch->children[j]->number];
			nkeys = Max(nkeys, fetch->children[j]->nkeys);
		}
		state->key_values = palloc(sizeof(Datum) * Max(nkeys, 1));
		state->key_nulls = palloc(sizeof(bool) * Max(nkeys, 1));
	}
}

void
fsq_execute(FsqExecution *execution)
{
	FsqPlan    *plan = execution->plan;
	FsqFetchState **ready = palloc(sizeof(FsqFetchState *) * Max(plan->nfetches, 1));
	int			nready = 0;

	prepare(execution);
	for (int i = 0; i < plan->nfetches; i++)
		if (plan->fetches[i]->parent == NULL)
			ready[nready++] = &execution->states[i];

	for (int next = 0; next < nready; next++)
	{
		FsqFetchState *state = ready[next];

		CHECK_FOR_INTERRUPTS();
		if (state->keys && state->keys->nentries == 0)
			state->status = FSQ_FETCH_DONE;
		else
			fsq_fetch_run(state);
		if (state->status != FSQ_FETCH_DONE)
			continue;
		for (int i = 0; i < state->fetch->nchildren; i++)
			ready[nready++] = state->children[i];
	}
}
