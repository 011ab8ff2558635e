/*-------------------------------------------------------------------------
 *
 * execute.c
 *	  Runs the fetches of a plan: a scheduler that keeps every source busy.
 *
 *	  A fetch whose keys are known is asked ahead at once: its remote statements
 *	  are sent, and run while others are.  Then, as long as there is something
 *	  to do: what has answered is consumed, and its children are asked ahead;
 *	  else what cannot be asked ahead (a local table, a SQLite file) is run;
 *	  else all are waited for.  One after the other is the same with nothing
 *	  asked ahead.
 *
 *	  The keys of a fetch are known when its parent is done, or from the
 *	  beginning, if the parent's arguments pin them.  A fetch whose parents have
 *	  no key at all is not run, and neither is anything below a fetch that
 *	  failed.  What a filter over another database needs is found first
 *	  (lookup.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "fraiseql.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Milliseconds in which what is ready at the end of a request's time is taken ... */
#define GRACE_TIME 80

/* ... and in which what still runs is stopped, at the end of any request. */
#define STOP_TIME 100

/* The same for one that is refused: nobody waits for data that is ready. */
#define REFUSED_STOP_TIME 1000

/* Milliseconds that connections have to be made before the hub's own tables are read. */
#define LEAST_PATIENCE 20
#define MOST_PATIENCE 1000

/* ... but no larger part than this of the request's time: they must have theirs. */
#define PATIENCE_PART 4

/* Planner's costs in a millisecond, more or less. */
#define COST_PER_MILLISECOND 100

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
		const FsqFetchView *view = &execution->view->fetches[i];
		FsqFetchState *state = &execution->states[i];
		int			nkeys = fetch->nkeys;

		state->fetch = fetch;
		state->execution = execution;
		if (!view->active)
		{
			state->status = FSQ_FETCH_DONE;
			continue;
		}
		state->object = view->object;
		state->select = view->select;
		state->view = view;
		state->nchildren = view->nchildren;
		state->nsplices = view->nchildren + view->nsegments - 1;
		state->page_size = fetch->page && fetch->limit_param ?
			DatumGetInt64(execution->values[i][fetch->limit_param - 1]) - 1 : PG_INT64_MAX;
		state->root.first = state->root.last = -1;
		fsq_text_init(&state->texts);
		if (fetch->nkeys > 0)
			state->keys = fsq_key_table(execution->context, fetch->nkeys, fetch->keys);
		else if (fetch->kind == FSQ_KIND_FIELD && fetch->inputs == NIL)
			state->status = FSQ_FETCH_KNOWN;
		fsq_lookup_prepare(state);
		state->children = palloc(sizeof(FsqFetchState *) * Max(view->nchildren, 1));
		for (int j = 0; j < view->nchildren; j++)
		{
			state->children[j] = &execution->states[view->children[j]->number];
			nkeys = Max(nkeys, view->children[j]->nkeys);
		}
		state->key_values = palloc(sizeof(Datum) * Max(nkeys, 1));
		state->key_nulls = palloc(sizeof(bool) * Max(nkeys, 1));
	}
}

/* The rows of a fetch are there: so are the keys of its children. */
static void
finish_fetch(FsqFetchState *state)
{
	state->status = FSQ_FETCH_DONE;
	fsq_pinned_check(state);
	for (int i = 0; i < state->nchildren; i++)
		if (state->children[i]->status == FSQ_FETCH_WAITING && state->children[i]->fetch->inputs == NIL)
			state->children[i]->status = FSQ_FETCH_KNOWN;
}

/* Run one statement of a fetch, and end the fetch with the last. */
static void
consume(FsqFetchState *state, FsqRun *run)
{
	fsq_fetch_run(state, run);
	if (state->status == FSQ_FETCH_FAILED)
	{
		fsq_pinned_check(state);
		return;
	}
	for (int i = 0; i < state->nruns; i++)
		if (!state->runs[i].done)
			return;
	finish_fetch(state);
}

/* Whether a fetch has anything to ask: one without keys, or whose join table says nothing, is done. */
static bool
has_work(FsqFetchState *state)
{
	if ((state->keys == NULL || state->whole || state->keys->nentries > 0) &&
		!fsq_lookup_found_nothing(state))
		return true;
	state->started = true;
	finish_fetch(state);
	return false;
}

/* Ask for what can be asked ahead and has not been, parents before children. */
static void
ask_ahead(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->status == FSQ_FETCH_KNOWN && !state->asked && has_work(state))
		{
			state->asked = true;
			if (!state->select->only_local)
				fsq_fetch_ask(state);
		}
		else if (state->status == FSQ_FETCH_PLANNING || fsq_fetch_wants_more(state))
			fsq_fetch_ask(state);
		else
			continue;
		if (state->status == FSQ_FETCH_FAILED)
			fsq_pinned_check(state);
	}
}

/* Consume a statement that has answered; false if there is none. */
static bool
consume_ready(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		for (int j = 0; state->status == FSQ_FETCH_SENT && j < state->nasked; j++)
		{
			FsqRun	   *run = &state->runs[j];

			if (!run->done && fsq_prefetch_ready(run->ahead))
			{
				consume(state, run);
				return true;
			}
		}
	}
	return false;
}

/* Run a fetch of which nothing could be asked ahead; false if there is none. */
static bool
run_local(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->status != FSQ_FETCH_KNOWN || !has_work(state))
			continue;
		if (state->nruns == 0)
			fsq_fetch_make_runs(state);
		for (int j = 0; j < state->nruns; j++)
		{
			if (state->runs[j].done)
				continue;
			consume(state, &state->runs[j]);
			return true;
		}
	}
	return false;
}

/* Whether nothing is left to do: what still waits has a parent that failed. */
static bool
is_finished(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchStatus status = execution->states[i].status;

		if (status == FSQ_FETCH_KNOWN || status == FSQ_FETCH_PLANNING || status == FSQ_FETCH_SENT)
			return false;
	}
	return true;
}

/* How many milliseconds the next fetch that cannot be asked ahead may take. */
static double
estimate_local(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];
		CachedPlan *cached = state->nruns > 0 ? state->runs[0].cached : NULL;

		if (state->status != FSQ_FETCH_KNOWN)
			continue;
		if (cached == NULL && state->select->statement != NULL)
			cached = state->select->statement->gplan;
		return cached == NULL ? 0 :
			linitial_node(PlannedStmt, cached->stmt_list)->planTree->total_cost / COST_PER_MILLISECOND;
	}
	return 0;
}

/*
 * While something runs here, nobody looks at the network.  So let connections
 * be made before, but not for longer than what is to run may take.  True if
 * that was waited for.
 */
static bool
patient(FsqExecution *execution)
{
	double		patience;
	TimestampTz limit;

	if (!fsq_prefetch_is_connecting(execution->prefetch))
		return false;
	patience = Max(LEAST_PATIENCE, Min(estimate_local(execution), MOST_PATIENCE));
	limit = TimestampTzPlusMilliseconds(execution->started, (int) patience);
	if (execution->deadline.time != 0)
		limit = Min(limit, execution->started + (execution->deadline.time - execution->started) / PATIENCE_PART);
	return GetCurrentTimestamp() < limit && fsq_prefetch_wait(execution->prefetch, limit, false);
}

/* Whether the request's time is up. */
static bool
is_late(FsqExecution *execution)
{
	return execution->deadline.time != 0 && GetCurrentTimestamp() >= execution->deadline.time;
}

/*
 * The time is up: what has answered is still taken, as long as that is quick.
 * What is not there then is late.
 */
static void
give_up(FsqExecution *execution)
{
	fsq_deadline_extend(&execution->deadline, GRACE_TIME);
	fsq_prefetch_limit(execution->prefetch, execution->deadline.time, execution->deadline.end);
	fsq_prefetch_poll(true);
	while (!is_late(execution) && consume_ready(execution))
		;
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->status == FSQ_FETCH_DONE || state->status == FSQ_FETCH_FAILED ||
			(state->status == FSQ_FETCH_KNOWN && !has_work(state)))
			continue;
		state->culprit = fsq_lookup_awaited(state);
		state->error = fsq_failure_late(state->culprit);
		state->status = FSQ_FETCH_FAILED;
	}
}

void
fsq_execute(FsqExecution *execution)
{
	bool		parallel = fsq_join_strategy == FSQ_JOIN_PARALLEL;

	execution->owner = CurrentResourceOwner;
	execution->started = GetCurrentTimestamp();
	prepare(execution);
	fsq_entities_start(execution);
	execution->prefetch = fsq_prefetch_begin(parallel ? fsq_max_concurrent_queries : 0,
											 execution->traced);
	fsq_deadline_begin(&execution->deadline, fsq_timeout_setting);
	fsq_prefetch_limit(execution->prefetch, execution->deadline.time, execution->deadline.end);
	execution->running = true;
	if (parallel)
		fsq_pinned_start(execution);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (execution->too_large)
			break;
		if (is_late(execution))
		{
			give_up(execution);
			break;
		}
		(void) fsq_lookup_advance(execution);
		if (parallel)
		{
			ask_ahead(execution);
			fsq_prefetch_poll(false);
			if (consume_ready(execution))
				continue;
		}
		if (patient(execution) || run_local(execution) ||
			fsq_prefetch_wait(execution->prefetch, execution->deadline.time, true) ||
			consume_ready(execution))
			continue;
		if (!fsq_lookup_advance(execution) && is_finished(execution))
			break;
	}
	fsq_execute_end(execution);
}

void
fsq_execute_end(FsqExecution *execution)
{
	if (!execution->running)
		return;
	execution->running = false;
	fsq_deadline_end(&execution->deadline);
	fsq_prefetch_end(execution->prefetch, execution->too_large ? REFUSED_STOP_TIME : STOP_TIME);
	for (int i = 0; i < execution->plan->nfetches; i++)
		fsq_fetch_drop(&execution->states[i]);
}
