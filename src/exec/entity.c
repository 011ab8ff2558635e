/*-------------------------------------------------------------------------
 *
 * entity.c
 *	  _entities: representations as the parents of the rows that they mean.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "miscadmin.h"

/* Give the fetches of one field the keys of its representations. */
static int *
add_keys(FsqExecution *execution, const FsqEntityValues *values)
{
	int *entries = palloc(sizeof(int) * Max(values->n, 1));

	for (int i = 0; i < values->n; i++)
	{
		const FsqEntityValue *value = &values->values[i];
		FsqFetchState *state = &execution->states[value->group->fetch->number];
		bool	   *nulls = palloc0(sizeof(bool) * value->group->key->ncolumns);

		CHECK_FOR_INTERRUPTS();
		entries[i] = fsq_key_add(state->keys, value->keys, nulls);
	}
	return entries;
}

void
fsq_entities_start(FsqExecution *execution)
{
	FsqPlan    *plan = execution->plan;

	if (plan->nentities == 0)
		return;
	execution->entity_entries = palloc0(sizeof(int *) * plan->nentities);
	for (int i = 0; i < plan->nentities; i++)
		if (execution->entities[i])
			execution->entity_entries[i] = add_keys(execution, execution->entities[i]);
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->fetch->entities && state->status == FSQ_FETCH_WAITING)
			state->status = FSQ_FETCH_KNOWN;
	}
}
