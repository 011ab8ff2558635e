/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Fetches that find keys for the filters and orders of other fetches.
 *
 *	  A key fetch begins in one of two ways: it asks for all rows that match,
 *	  or for those of candidates, whose keys are then read first.  What the
 *	  planner expects of both decides, and once more what the candidates turn
 *	  out to be.  A key fetch whose candidates arguments pin asks for these at
 *	  once.
 *
 *	  A fetch that waits for keys gets them as array parameters, or fails with
 *	  the error of the fetch that did not find them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "foreign/foreign.h"
#include "fraiseql.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

/* So few keys are asked for without a look at the candidates. */
#define FEW_KEYS 100

/*
 * So many candidates are too many to be sent.  Fewer are asked for where they
 * are expected to be fewer than the keys: as their keys cannot be more than
 * they are, that costs at most twice as much as asking for all, whereas to ask
 * for all may cost any number of times as much.
 */
#define MAX_CANDIDATES 50000

static FsqFetchState *
state_of(FsqExecution *execution, const FsqFetch *fetch)
{
	return &execution->states[fetch->number];
}

static bool
is_over(const FsqFetchState *state)
{
	return state->status == FSQ_FETCH_DONE || state->status == FSQ_FETCH_FAILED;
}

void
fsq_lookup_prepare(FsqFetchState *state)
{
	FsqFetch   *fetch = state->fetch;

	state->estimate = -1;
	if (fetch->nfound > 0)
		state->found = fsq_key_table(state->execution->context, fetch->nfound, fetch->found);
}

/* ---- rows ---- */

/* Keep the value of the key that was added last. */
static void
keep_value(FsqFetchState *state, TupleTableSlot *slot)
{
	int			number = state->found->nentries - 1;
	int			column = state->fetch->nkeys;
	Form_pg_attribute attribute = TupleDescAttr(slot->tts_tupleDescriptor, column);
	MemoryContext old = MemoryContextSwitchTo(state->execution->context);

	if (number >= state->values_capacity)
	{
		state->values_capacity = state->found->capacity;
		state->values = state->values == NULL ?
			palloc(sizeof(Datum) * state->values_capacity) :
			repalloc_huge(state->values, sizeof(Datum) * (Size) state->values_capacity);
		state->value_nulls = state->value_nulls == NULL ?
			palloc(sizeof(bool) * state->values_capacity) :
			repalloc_huge(state->value_nulls, sizeof(bool) * (Size) state->values_capacity);
	}
	state->value_nulls[number] = slot->tts_isnull[column];
	state->values[number] = slot->tts_isnull[column] ? (Datum) 0 :
		datumCopy(slot->tts_values[column], attribute->attbyval, attribute->attlen);
	MemoryContextSwitchTo(old);
}

void
fsq_lookup_add_keys(FsqFetchState *state, TupleTableSlot *slot)
{
	ListCell   *lc;

	foreach(lc, state->fetch->lookups)
	{
		FsqFetchState *child = state_of(state->execution, lfirst(lc));
		FsqFetch   *fetch = child->fetch;

		/* it has its keys already, or is not part of the request */
		if (child->pinned || child->whole || is_over(child) || child->started)
			continue;
		for (int i = 0; i < fetch->nkeys; i++)
		{
			int			column = fsq_select_position(state->select, fetch->keys[i].parent_column);

			child->key_values[i] = slot->tts_values[column];
			child->key_nulls[i] = slot->tts_isnull[column];
		}
		(void) fsq_key_add(child->keys, child->key_values, child->key_nulls);
	}
}

void
fsq_lookup_receive(FsqFetchState *state, TupleTableSlot *slot)
{
	int			nfound;

	if (state->fetch->kind == FSQ_KIND_CANDIDATES)
	{
		fsq_lookup_add_keys(state, slot);
		return;
	}
	nfound = state->found->nentries;
	(void) fsq_key_add(state->found, slot->tts_values, slot->tts_isnull);
	if (OidIsValid(state->fetch->value_type) && state->found->nentries > nfound)
		keep_value(state, slot);
}

/* ---- parameters ---- */

/* The values of the found keys, in step with the arrays of the keys. */
static Datum
values_array(FsqFetchState *state)
{
	FsqKeyTable *found = state->found;
	Oid			type = state->fetch->value_type;
	Size		size = Max(found->nentries, 1);
	Datum	   *values = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Datum) * size);
	bool	   *nulls = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(bool) * size);
	int			dimensions[1] = {0};
	int			lower_bounds[1] = {1};
	int16		length;
	bool		by_value;
	char		align;

	for (int i = 0; i < found->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!fsq_key_possible(found, i))
			continue;
		values[dimensions[0]] = state->values[i];
		nulls[dimensions[0]++] = state->value_nulls[i];
	}
	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, dimensions, lower_bounds, type,
											  length, by_value, align));
}

/* Whether the keys are more than the server of a relation should be asked for at once. */
static bool
are_many(const FsqKeyTable *found, const FsqRelation *relation)
{
	int			limit = 0;

	if (relation->foreign)
		limit = fsq_prefetch_batch(GetForeignTable(relation->relid)->serverid, 0).most;
	return limit > 0 && found->nentries > limit;
}

bool
fsq_lookup_found_nothing(const FsqFetchState *state)
{
	const FsqFetch *pairs = state->fetch->pairs;

	return pairs && state_of(state->execution, pairs)->found->nentries == 0;
}

const FsqKeyTable *
fsq_lookup_divided(const FsqFetchState *state)
{
	if (state->fetch->split)
		return state_of(state->execution, state->fetch->split)->found;
	return state->whole ? NULL : state->keys;
}

Datum
fsq_lookup_param(FsqFetchState *state, const FsqRun *run, const FsqPlanParam *param, bool *isnull)
{
	FsqFetchState *keys = state_of(state->execution, param->found);
	bool		divided = param->found == state->fetch->split;
	FsqKeyTable table;

	*isnull = keys->status != FSQ_FETCH_DONE;
	if (*isnull)
		return (Datum) 0;
	if (param->source == FSQ_PARAM_FOUND_VALUES)
		return values_array(keys);
	*isnull = param->when != FSQ_FOUND_ALWAYS &&
		(!divided && are_many(keys->found, param->compared)) != (param->when == FSQ_FOUND_MANY);
	if (*isnull)
		return (Datum) 0;
	table = *keys->found;
	table.keys = param->columns;
	/* those of several columns go together, unless they are compared one by one */
	return fsq_key_array(&table, param->key, param->when != FSQ_FOUND_FEW, divided ? run->first : 0,
						 divided ? run->nentries : table.nentries);
}

/* ---- which way a key fetch goes ---- */

/* Whether all key fetches that a fetch needs are done. */
static bool
inputs_done(FsqFetchState *state)
{
	ListCell   *lc;

	foreach(lc, state->fetch->inputs)
		if (state_of(state->execution, lfirst(lc))->status != FSQ_FETCH_DONE)
			return false;
	return true;
}

/* Ask the planner how many rows a fetch gives. */
static void
estimate_step(FsqFetchState *state, FsqRun *unused)
{
	FsqExecution *execution = state->execution;
	FsqRun		run = {.nentries = state->keys && !state->whole ? state->keys->nentries : 0};
	CachedPlan *cached;

	if (fsq_join_strategy == FSQ_JOIN_PARALLEL)
		fsq_prefetch_plan_with(execution->prefetch);
	cached = fsq_fetch_choose_plan(state, &run);
	fsq_prefetch_plan_with(NULL);
	state->estimate = linitial_node(PlannedStmt, cached->stmt_list)->planTree->plan_rows;
	if (state->fetch->kind == FSQ_KIND_KEYS && inputs_done(state))
		state->estimated = run;
	else
		ReleaseCachedPlan(cached, execution->owner);
}

void
fsq_lookup_drop(FsqFetchState *state)
{
	if (state->estimated.cached)
		ReleaseCachedPlan(state->estimated.cached, state->execution->owner);
	state->estimated.cached = NULL;
}

/*
 * Estimate a fetch, as it is or for all rows; false if that is not known, as
 * what planning needs has to be asked for, or as it has failed.
 */
static bool
estimate(FsqFetchState *state, bool whole)
{
	bool		was_whole = state->whole;

	if (state->estimate >= 0)
		return true;
	if (state->need != NULL && fsq_prefetch_is_needed(state->need))
		return false;
	state->whole = whole && state->keys != NULL;
	(void) fsq_fetch_try(state, NULL, estimate_step);
	state->whole = was_whole;
	if (state->status == FSQ_FETCH_PLANNING)
	{
		state->status = FSQ_FETCH_WAITING;
		state->execution->asked = true;
	}
	return state->estimate >= 0;
}

/*
 * How many keys there are without candidates; false if that is not known yet.
 * What filters them counts if it is found without their candidates.
 */
static bool
estimate_keys(FsqFetchState *keys)
{
	bool		final = true;
	ListCell   *lc;

	foreach(lc, keys->fetch->inputs)
		final &= state_of(keys->execution, lfirst(lc))->decided;
	if (final && !inputs_done(keys))
		return false;
	return estimate(keys, true);
}

/*
 * Whether the candidates of a key fetch can be estimated now: they are then as
 * they will be.
 */
static bool
candidates_ready(FsqFetchState *candidates)
{
	FsqExecution *execution = candidates->execution;
	FsqFetch   *parent = candidates->fetch->parent;
	FsqFetchState *outer;

	if (!inputs_done(candidates))
		return false;
	if (parent == NULL || candidates->pinned)
		return true;
	if (parent->kind == FSQ_KIND_CANDIDATES)
	{
		outer = state_of(execution, candidates->fetch->consumer);
		if (!outer->decided)
			return false;
		if (outer->whole)
		{
			candidates->whole = true;
			return true;
		}
	}
	return state_of(execution, parent)->status == FSQ_FETCH_DONE;
}

/* Decide whether a key fetch asks for all that matches or for its candidates, if that can be done. */
static void
decide(FsqFetchState *keys)
{
	FsqFetchState *candidates = state_of(keys->execution, keys->fetch->parent);

	if (keys->pinned)
	{
		keys->decided = true;
		return;
	}
	if (fsq_filter_strategy == FSQ_FILTER_OWN)
	{
		candidates->needed = true;
		keys->decided = true;
		return;
	}
	if (fsq_filter_strategy == FSQ_FILTER_AUTO && !estimate_keys(keys))
		return;
	if (keys->estimate > FEW_KEYS)
	{
		if (!candidates_ready(candidates) || !estimate(candidates, candidates->whole))
			return;
		if (candidates->estimate <= MAX_CANDIDATES && candidates->estimate < keys->estimate)
		{
			candidates->needed = true;
			keys->decided = true;
			return;
		}
	}
	keys->whole = true;
	keys->decided = true;
}

/* ---- going on ---- */

/* A fetch cannot be executed, as one that it needs has failed. */
static bool
fail_with(FsqFetchState *state, FsqFetchState *needed)
{
	if (needed->status != FSQ_FETCH_FAILED)
		return false;
	state->error = needed->error;
	state->culprit = needed->culprit ? needed->culprit : needed->fetch;
	state->status = FSQ_FETCH_FAILED;
	fsq_pinned_check(state);
	return true;
}

static bool
fail_with_inputs(FsqFetchState *state)
{
	ListCell   *lc;

	foreach(lc, state->fetch->inputs)
		if (fail_with(state, state_of(state->execution, lfirst(lc))))
			return true;
	return false;
}

/* Whether the keys of the parent's rows, which a fetch asks for, are all there. */
static bool
parent_done(FsqFetchState *state)
{
	FsqFetch   *parent = state->fetch->parent;

	return parent == NULL || state->pinned || state->whole ||
		state_of(state->execution, parent)->status == FSQ_FETCH_DONE;
}

/* A field's fetch begins when its parent's keys and its filter's are there. */
static void
advance_field(FsqFetchState *state)
{
	if (!parent_done(state))
		return;
	if ((state->keys && !state->pinned && state->keys->nentries == 0) || inputs_done(state))
		state->status = FSQ_FETCH_KNOWN;
	else
		(void) fail_with_inputs(state);
}

static void
advance_pairs(FsqFetchState *state)
{
	if (parent_done(state))
		state->status = FSQ_FETCH_KNOWN;
}

static void
advance_candidates(FsqFetchState *state)
{
	if (state->needed && parent_done(state) && inputs_done(state))
		state->status = FSQ_FETCH_KNOWN;
}

/* The plan by which all that matches was estimated is the one to run. */
static void
use_estimated(FsqFetchState *state)
{
	fsq_fetch_make_runs(state);
	state->runs[0] = state->estimated;
	state->estimated.cached = NULL;
}

static void
advance_keys(FsqFetchState *state)
{
	FsqFetchState *candidates = state_of(state->execution, state->fetch->parent);

	if (fail_with_inputs(state) || fail_with(state, candidates))
		return;
	if (!state->decided)
		decide(state);
	if (is_over(state) || !state->decided || !inputs_done(state) || !parent_done(state))
		return;
	/* more candidates than were expected */
	if (!state->pinned && !state->whole && fsq_filter_strategy == FSQ_FILTER_AUTO &&
		state->keys->nentries > state->estimate * 2)
		state->whole = true;
	state->status = FSQ_FETCH_KNOWN;
	if (state->whole && state->estimated.cached)
		use_estimated(state);
}

/* Whether a fetch is of no more use: nobody waits for what it finds. */
static bool
is_idle(FsqFetchState *state)
{
	const FsqFetch *consumer = state->fetch->consumer;
	const FsqConnection *connection = consumer->connection;

	/* a connection's page and what counts its rows wait for the same keys */
	if (connection && connection->page && connection->counted)
		return is_over(state_of(state->execution, connection->page)) &&
			is_over(state_of(state->execution, connection->counted));
	return is_over(state_of(state->execution, consumer));
}

static void
advance(FsqFetchState *state)
{
	if (is_over(state))
		return;
	if (state->fetch->kind != FSQ_KIND_FIELD && is_idle(state))
	{
		fsq_fetch_drop(state);
		state->status = FSQ_FETCH_DONE;
	}
	else if (state->status != FSQ_FETCH_WAITING)
		return;
	else if (state->fetch->kind == FSQ_KIND_KEYS)
		advance_keys(state);
	else if (state->fetch->kind == FSQ_KIND_CANDIDATES)
		advance_candidates(state);
	else if (state->fetch->kind == FSQ_KIND_PAIRS)
		advance_pairs(state);
	else if (state->fetch->inputs != NIL)
		advance_field(state);
}

bool
fsq_lookup_advance(FsqExecution *execution)
{
	bool		any = false;
	bool		changed;

	if (!execution->plan->has_lookups)
		return false;
	execution->asked = false;
	do
	{
		changed = false;
		for (int i = 0; i < execution->plan->nfetches; i++)
		{
			FsqFetchState *state = &execution->states[i];
			FsqFetchStatus status = state->status;
			bool		decided = state->decided;

			CHECK_FOR_INTERRUPTS();
			advance(state);
			changed |= state->status != status || state->decided != decided;
		}
		any |= changed;
	} while (changed);
	return any || execution->asked;
}

const FsqFetch *
fsq_lookup_awaited(const FsqFetchState *state)
{
	FsqExecution *execution = state->execution;
	ListCell   *lc;

	foreach(lc, state->fetch->inputs)
	{
		FsqFetchState *input = state_of(execution, lfirst(lc));

		if (input->status == FSQ_FETCH_FAILED)
			return input->culprit ? input->culprit : input->fetch;
		if (input->status != FSQ_FETCH_DONE)
			return fsq_lookup_awaited(input);
	}
	return state->fetch;
}
