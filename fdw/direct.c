/*-------------------------------------------------------------------------
 *
 * direct.c
 *	  Which columns of a scan's remote statement the plan's result consists of,
 *	  for a receiver that takes rows without tuples (direct.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "scan.h"
#include "value.h"

/* The column of the remote that fills a place of the slot, or -1. */
static int
column_at(const FsqScanState *state, int place)
{
	for (int i = 0; i < state->nretrieved; i++)
		if (state->slots[i] == place)
			return i;
	return -1;
}

/*
 * Fill in which columns of the remote the plan's result consists of, then the
 * others.  False if it has something else.
 */
static bool
map_columns(const FsqScanState *state, const ForeignScan *plan, FsqDirect *direct)
{
	int			varno = plan->fdw_scan_tlist == NIL ? (int) plan->scan.scanrelid : INDEX_VAR;
	bool	   *mapped = palloc0(sizeof(bool) * Max(state->nretrieved, 1));
	ListCell   *lc;

	foreach(lc, plan->scan.plan.targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Var		   *var = (Var *) entry->expr;
		int			column;

		if (entry->resjunk)
			continue;
		if (!IsA(var, Var) || var->varno != varno || var->varattno <= 0 ||
			(column = column_at(state, var->varattno - 1)) < 0)
			return false;
		direct->columns[direct->ncolumns++].place = column;
		mapped[column] = true;
	}
	for (int i = 0; i < state->nretrieved; i++)
		if (!mapped[i])
			direct->columns[direct->ncolumns++].place = i;
	for (int i = 0; i < direct->ncolumns; i++)
	{
		FsqDirectColumn *column = &direct->columns[i];

		column->converter = &state->converters[column->place];
		column->type = column->converter->type;
		column->convert = column->converter->convert;
		column->sees_null = column->converter->sees_null;
		column->text = fsq_converter_text(column->converter);
	}
	return true;
}

FsqDirect *
fsq_direct_attach(PlanState *planstate, FsqDirectReceive receive, void *arg)
{
	ForeignScanState *node = (ForeignScanState *) planstate;
	FsqScanState *state;
	FsqDirect  *direct;

	if (!IsA(planstate, ForeignScanState) ||
		node->fdwroutine->IterateForeignScan != fsqIterateForeignScan || planstate->qual != NULL)
		return NULL;
	state = node->fdw_state;
	/* keys that were found are known from tuples */
	if (state->fallback != NULL && state->plan->fallback->keyed)
		return NULL;
	direct = palloc0(sizeof(FsqDirect));
	direct->columns = palloc(sizeof(FsqDirectColumn) *
							 (list_length(planstate->plan->targetlist) + state->nretrieved));
	direct->receive = receive;
	direct->arg = arg;
	if (!map_columns(state, (ForeignScan *) planstate->plan, direct))
		return NULL;
	state->direct = direct;
	return direct;
}
