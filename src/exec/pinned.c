/*-------------------------------------------------------------------------
 *
 * pinned.c
 *	  Fetches whose keys the request's arguments give: they begin with their
 *	  parents instead of after them.
 *
 *	  Their rows are shown only below a row that the parent returns.  If it
 *	  returns none that has such a key, they are given up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "utils/array.h"

/* More keys than this are not asked for before the parent says that they are there. */
#define MAX_PINNED 1000

/* Add the keys that the sources give, with item as the value of a list. */
static void
add_key(FsqFetchState *state, Datum item)
{
	FsqFetch   *fetch = state->fetch;
	Oid		   *types = palloc(sizeof(Oid) * fetch->nkeys);
	Datum	   *datums = palloc(sizeof(Datum) * fetch->nkeys);

	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqKeySource *source = &fetch->sources[i];
		FsqPlanParam *param = &source->fetch->params[source->param];

		types[i] = param->value_type;
		datums[i] = param->use == FSQ_USE_LIST ? item :
			state->execution->values[source->fetch->number][source->param];
	}
	fsq_key_add_values(state->keys, types, datums);
}

/* Fill in the keys of a fetch; false if there are too many. */
static bool
fill_keys(FsqFetchState *state)
{
	FsqFetch   *fetch = state->fetch;
	FsqPlanParam *list = NULL;
	Datum		array = 0;
	Datum	   *items;
	bool	   *nulls;
	int			n;

	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqKeySource *source = &fetch->sources[i];
		FsqPlanParam *param = &source->fetch->params[source->param];

		if (param->use != FSQ_USE_LIST)
			continue;
		list = param;
		array = state->execution->values[source->fetch->number][source->param];
	}
	if (list == NULL)
	{
		add_key(state, (Datum) 0);
		return true;
	}
	deconstruct_array(DatumGetArrayTypeP(array), list->value_type, list->typlen, list->typbyval,
					  list->typalign, &items, &nulls, &n);
	if (n > MAX_PINNED)
		return false;
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			add_key(state, items[i]);
	return true;
}

void
fsq_pinned_start(FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->status == FSQ_FETCH_DONE || state->fetch->sources == NULL || !fill_keys(state))
			continue;
		state->pinned = true;
		if (state->fetch->kind == FSQ_KIND_FIELD && state->fetch->inputs == NIL)
			state->status = FSQ_FETCH_KNOWN;
	}
}

/* Nothing of a fetch, and of those below it, will be shown. */
static void
abandon(FsqFetchState *state)
{
	for (int i = 0; i < state->nchildren; i++)
		abandon(state->children[i]);
	if (state->status == FSQ_FETCH_DONE || state->status == FSQ_FETCH_FAILED)
		return;
	fsq_fetch_drop(state);
	state->status = FSQ_FETCH_DONE;
}

void
fsq_pinned_check(FsqFetchState *parent)
{
	for (int i = 0; i < parent->nchildren; i++)
	{
		FsqFetchState *child = parent->children[i];

		if (parent->status == FSQ_FETCH_FAILED || (child->fetch->sources && !child->wanted))
			abandon(child);
	}
}
