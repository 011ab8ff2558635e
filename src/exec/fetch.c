/*-------------------------------------------------------------------------
 *
 * fetch.c
 *	  One fetch: its prepared statement, and how it is executed.
 *
 *	  The statement is a saved CachedPlanSource, so that PostgreSQL looks after
 *	  locks, invalidation, the role and row-level security.  Each execution
 *	  runs in a subtransaction of its own under the request's snapshot; its rows
 *	  go to receive.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "affinity.h"
#include "compat.h"
#include "exec/exec.h"
#include "exec/receive.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/* More keys than this are not compared with each row one by one. */
#define MAX_LINEAR_KEYS 32

/* ---- the statement ---- */

/* Have the outputs of an object rendered, by the renderers of the results that they are. */
static void
set_renderers(FsqFetch *fetch, FsqObject *object, MemoryContext plan_context)
{
	MemoryContext old = MemoryContextSwitchTo(plan_context);

	for (int i = 0; i < object->noutputs; i++)
	{
		FsqOutput  *output = &object->outputs[i];
		FsqResult  *result = &fetch->result[output->result];

		if (output->kind != FSQ_OUTPUT_COLUMN)
			continue;
		if (result->render == NULL)
			result->render = fsq_render_create(&result->type);
		output->render = result->render;
	}
	MemoryContextSwitchTo(old);
}

CachedPlanSource *
fsq_fetch_statement(FsqFetch *fetch, FsqSelect *select, MemoryContext plan_context)
{
	CachedPlanSource *source;
	RawStmt    *raw;
	List	   *queries;
	Oid		   *types;

	if (select->statement)
		return select->statement;

	types = palloc(sizeof(Oid) * Max(fetch->nparams, 1));
	for (int i = 0; i < fetch->nparams; i++)
		types[i] = fetch->params[i].type;

	raw = linitial_node(RawStmt, pg_parse_query(select->text));
	source = CreateCachedPlan(raw, select->text, CMDTAG_SELECT);
	queries = pg_analyze_and_rewrite_fixedparams(raw, select->text, types, fetch->nparams, NULL);
	CompleteCachedPlan(source, queries, NULL, types, fetch->nparams, NULL, NULL,
					   fetch->cursor_options, true);
	SaveCachedPlan(source);
	select->statement = source;
	return source;
}

static bool
has_array_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, ScalarArrayOpExpr) &&
		IsA(lsecond(((ScalarArrayOpExpr *) node)->args), Param))
		return true;
	return expression_tree_walker(node, has_array_param, context);
}

/* Whether a plan compares each row with the elements of an array parameter. */
static bool
plan_is_linear(Plan *plan)
{
	List	   *children = NIL;
	ListCell   *lc;

	if (plan == NULL)
		return false;
	check_stack_depth();
	if (has_array_param((Node *) plan->qual, NULL) ||
		plan_is_linear(plan->lefttree) || plan_is_linear(plan->righttree))
		return true;
	if (IsA(plan, SubqueryScan))
		return plan_is_linear(((SubqueryScan *) plan)->subplan);
	if (IsA(plan, Append))
		children = ((Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		children = ((MergeAppend *) plan)->mergeplans;
	foreach(lc, children)
		if (plan_is_linear(lfirst(lc)))
			return true;
	return false;
}

/* What the wrappers call where a request wants to be read. */
static FsqAffinity
wrappers_affinity(FsqSourceAffinity affinity)
{
	switch (affinity)
	{
		case FSQ_SOURCE_CACHE:
			return FSQ_AFFINITY_CACHE;
		case FSQ_SOURCE_REPLICA:
			return FSQ_AFFINITY_REPLICA;
		case FSQ_SOURCE_PRIMARY:
			return FSQ_AFFINITY_PRIMARY;
		case FSQ_SOURCE_ANY:
			break;
	}
	return FSQ_AFFINITY_NONE;
}

CachedPlan *
fsq_fetch_plan(const FsqFetch *fetch, CachedPlanSource *source, ParamListInfo params, ResourceOwner owner)
{
	FsqAffinity before = fsq_affinity_set(wrappers_affinity(fetch->affinity));
	bool		nestloop = enable_nestloop;
	CachedPlan *volatile cached = NULL;

	PG_TRY();
	{
		/* another database is not asked once for each of the pairs */
		if (fetch->pairs)
			enable_nestloop = false;
		cached = GetCachedPlan(source, params, owner, NULL);
	}
	PG_FINALLY();
	{
		enable_nestloop = nestloop;
		fsq_affinity_set(before);
	}
	PG_END_TRY();
	return cached;
}

/* The number that a parameter of LIMIT or OFFSET has; -1: it is not given as one. */
static double
count_of(Node *node, ParamListInfo params)
{
	Param	   *param = (Param *) node;

	if (node == NULL || !IsA(node, Param) || param->paramkind != PARAM_EXTERN ||
		param->paramtype != INT8OID || params->params[param->paramid - 1].isnull)
		return -1;
	return (double) DatumGetInt64(params->params[param->paramid - 1].value);
}

/* Whether conditions of an index are all of its first column: it reads what they say and nothing else. */
static bool
of_first_column(List *conditions)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Var		   *column = IsA(lfirst(lc), OpExpr) ? linitial(((OpExpr *) lfirst(lc))->args) : NULL;

		if (column == NULL || !IsA(column, Var) || column->varattno != 1)
			return false;
	}
	return true;
}

/* Whether a plan drops none of the rows that it reads. */
static bool
drops_nothing(Plan *plan)
{
	if (plan->qual != NIL || plan->initPlan != NIL)
		return false;
	if (IsA(plan, IndexScan))
		return of_first_column(((IndexScan *) plan)->indexqual);
	if (IsA(plan, IndexOnlyScan))
		return of_first_column(((IndexOnlyScan *) plan)->indexqual);
	return IsA(plan, SeqScan);
}

/*
 * A generic plan with a LIMIT that is a parameter is taken to read a tenth of
 * the rows, and would hardly ever be chosen.  Where it drops none of the rows
 * that it reads, what it costs with this limit is known, whatever the other
 * parameters are.
 */
static void
estimate_limit(CachedPlanSource *source, ParamListInfo params)
{
	Plan	   *plan;
	Plan	   *rows;
	double		limit;
	double		offset;

	if (source->gplan == NULL || source->generic_cost < 0 || params == NULL)
		return;
	plan = linitial_node(PlannedStmt, source->gplan->stmt_list)->planTree;
	if (!IsA(plan, Limit) || plan->initPlan != NIL)
		return;
	rows = outerPlan(plan);
	limit = count_of(((Limit *) plan)->limitCount, params);
	offset = count_of(((Limit *) plan)->limitOffset, params);
	if (!drops_nothing(rows) || limit < 0 || (offset < 0 && ((Limit *) plan)->limitOffset != NULL))
		return;
	source->generic_cost = rows->startup_cost + (rows->total_cost - rows->startup_cost) *
		Min(1, (limit + Max(offset, 0)) / Max(rows->plan_rows, 1));
}

/*
 * The plan to run with these parameters.  A generic plan that would compare
 * each row with all of many keys gives way to a custom one, in which
 * PostgreSQL hashes the array.
 */
static CachedPlan *
choose_plan(FsqFetchState *state, CachedPlanSource *source, FsqRun *run)
{
	FsqFetch   *fetch = state->fetch;
	FsqSelect  *select = state->select;
	ResourceOwner owner = state->execution->owner;
	int			cursor_options = fetch->cursor_options;
	CachedPlan *cached;

	if ((cursor_options & CURSOR_OPT_GENERIC_PLAN) && run->nentries > MAX_LINEAR_KEYS &&
		select->linear)
		cursor_options = (cursor_options & ~CURSOR_OPT_GENERIC_PLAN) | CURSOR_OPT_CUSTOM_PLAN;
	source->cursor_options = cursor_options;
	estimate_limit(source, run->params);
	cached = fsq_fetch_plan(fetch, source, run->params, owner);
	if (cached != source->gplan || select->seen_plan == cached->generation || fetch->nkeys == 0)
		return cached;

	select->linear = plan_is_linear(linitial_node(PlannedStmt, cached->stmt_list)->planTree);
	select->seen_plan = cached->generation;
	if (select->linear && run->nentries > MAX_LINEAR_KEYS &&
		(cursor_options & CURSOR_OPT_GENERIC_PLAN))
	{
		ReleaseCachedPlan(cached, owner);
		return choose_plan(state, source, run);
	}
	return cached;
}

/* The values of the statement's parameters; NULL if it has none. */
static ParamListInfo
fetch_params(FsqFetchState *state, FsqRun *run)
{
	FsqFetch   *fetch = state->fetch;
	Datum	   *values = state->execution->values[fetch->number];
	bool		tuples = fetch->nkeys > 1 && !fetch->relation->foreign;
	MemoryContext old;
	ParamListInfo params;

	if (fetch->nparams == 0)
		return NULL;
	old = MemoryContextSwitchTo(state->execution->context);
	params = makeParamList(fetch->nparams);
	for (int i = 0; i < fetch->nparams; i++)
	{
		FsqPlanParam *param = &fetch->params[i];
		ParamExternData *external = &params->params[i];

		external->isnull = param->source == FSQ_PARAM_KEYS && state->whole;
		if (external->isnull)
			external->value = (Datum) 0;
		else if (param->source == FSQ_PARAM_KEYS)
			external->value = fsq_key_array(state->keys, param->key, tuples, run->first, run->nentries);
		else if (param->found)
			external->value = fsq_lookup_param(state, run, param, &external->isnull);
		else
			external->value = values[i];
		external->pflags = PARAM_FLAG_CONST;
		external->ptype = param->type;
	}
	MemoryContextSwitchTo(old);
	return params;
}

CachedPlan *
fsq_fetch_choose_plan(FsqFetchState *state, FsqRun *run)
{
	CachedPlanSource *source;
	int			generation;

	if (run->cached)
		return run->cached;
	source = fsq_fetch_statement(state->fetch, state->select, state->execution->plan->context);
	generation = source->generation;
	set_renderers(state->fetch, state->object, state->execution->plan->context);
	if (run->params == NULL)
		run->params = fetch_params(state, run);
	run->cached = choose_plan(state, source, run);
	run->planned |= source->generation != generation;
	return run->cached;
}

/* ---- execution ---- */

/* Run the statement to its end. */
static void
run_statement(FsqFetchState *state, FsqRun *run)
{
	CachedPlan *cached = run->cached ? run->cached : fsq_fetch_choose_plan(state, run);
	PlannedStmt *planned = linitial_node(PlannedStmt, cached->stmt_list);
	QueryDesc  *query = CreateQueryDesc(planned, state->select->text, state->execution->snapshot,
										InvalidSnapshot, fsq_receiver_create(state, run),
										run->params, NULL, 0);

	ExecutorStart(query, 0);
	fsq_receive_direct(state, run, query->planstate);
	fsq_executor_run(query);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
}

/* How many entries of keys, from one on, make a run. */
static int
batch_size(const FsqKeyTable *keys, FsqPrefetchBatch batch, int first)
{
	int			nentries = keys->nentries;
	int			limit = batch.keys > 0 ? Min(nentries - first, batch.keys) : nentries - first;
	Size		bytes = 0;
	int			n = 0;

	while (n < limit)
	{
		bytes += fsq_key_size(keys, first + n);
		if (n > 0 && batch.bytes > 0 && bytes > batch.bytes)
			break;
		n++;
	}
	return n;
}

void
fsq_fetch_make_runs(FsqFetchState *state)
{
	Oid			server = fsq_fetch_server(state->fetch);
	FsqPrefetchBatch batch = {0};
	const FsqKeyTable *keys = fsq_lookup_divided(state);
	int			nentries = keys ? keys->nentries : 0;
	int			capacity = 1;
	int			first = 0;

	/* what a join table says is asked for at once */
	if (OidIsValid(server) && state->fetch->pairs == NULL)
		batch = fsq_prefetch_batch(server, nentries);
	if (batch.keys > 0)
		capacity += nentries / batch.keys;
	state->started = true;
	state->runs = MemoryContextAllocZero(state->execution->context, sizeof(FsqRun) * capacity);
	do
	{
		FsqRun	   *run;

		if (state->nruns == capacity)
		{
			state->runs = repalloc(state->runs, sizeof(FsqRun) * capacity * 2);
			memset(state->runs + capacity, 0, sizeof(FsqRun) * capacity);
			capacity *= 2;
		}
		run = &state->runs[state->nruns++];
		run->first = first;
		run->nentries = nentries > 0 ? batch_size(keys, batch, first) : 0;
		first += run->nentries;
	} while (first < nentries);
}

/* Free the keys that a run was made with. */
static void
free_keys(FsqFetchState *state, FsqRun *run)
{
	for (int i = 0; run->params != NULL && i < state->fetch->nparams; i++)
		if (state->fetch->params[i].source == FSQ_PARAM_KEYS && !run->params->params[i].isnull)
			pfree(DatumGetPointer(run->params->params[i].value));
}

/* A run needs its plan and its statements no longer. */
static void
drop_run(FsqFetchState *state, FsqRun *run)
{
	if (run->ahead)
		fsq_prefetch_drop(run->ahead);
	if (run->cached)
		ReleaseCachedPlan(run->cached, state->execution->owner);
	run->cached = NULL;
	run->params = NULL;
	run->done = true;
}

void
fsq_fetch_drop(FsqFetchState *state)
{
	for (int i = 0; i < state->nruns; i++)
		if (!state->runs[i].done)
			drop_run(state, &state->runs[i]);
	fsq_lookup_drop(state);
}

/* A subtransaction has failed; the fetch fails with it, or the request does. */
static void
take_error(FsqFetchState *state)
{
	FsqExecution *execution = state->execution;
	ErrorData  *error;

	MemoryContextSwitchTo(execution->context);
	error = CopyErrorData();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(execution->context);
	CurrentResourceOwner = execution->owner;
	state->need = fsq_prefetch_needed(error);
	if (state->need != NULL)
	{
		state->status = FSQ_FETCH_PLANNING;
		return;
	}
	if (fsq_deadline_is_error(&execution->deadline, error))
		error = fsq_failure_late(state->fetch);
	else if (fsq_failure_propagates(error))
		ReThrowError(error);
	MemoryContextReset(execution->scratch);
	state->error = error;
	state->status = FSQ_FETCH_FAILED;
}

bool
fsq_fetch_try(FsqFetchState *state, FsqRun *run, FsqFetchStep step)
{
	FsqExecution *execution = state->execution;
	MemoryContext context = AllocSetContextCreate(execution->context, "fraiseql fetch",
												  ALLOCSET_DEFAULT_SIZES);
	FsqPrefetchPlan *outer = fsq_prefetch_use(run ? run->ahead : NULL);
	FsqPrefetch *planning = fsq_prefetch_plan_with(NULL);
	FsqFallbackUses *uses;
	volatile bool ok = true;

	state->fallbacks.context = execution->context;
	uses = fsq_fallback_collect(&state->fallbacks);
	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		fsq_deadline_arm();
		MemoryContextSwitchTo(context);
		step(state, run);
		fsq_deadline_disarm();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		fsq_deadline_disarm();
		ok = false;
		/* the request may end here */
		fsq_fallback_collect(uses);
		take_error(state);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(execution->context);
	CurrentResourceOwner = execution->owner;
	fsq_prefetch_use(outer);
	fsq_prefetch_plan_with(planning);
	fsq_fallback_collect(uses);
	if (state->status == FSQ_FETCH_FAILED)
		fsq_fetch_drop(state);
	MemoryContextDelete(context);
	return ok;
}

void
fsq_fetch_run(FsqFetchState *state, FsqRun *run)
{
	if (run->ahead == NULL && state->execution->traced)
		run->ahead = fsq_prefetch_plan(state->execution->prefetch, state);
	run->started = GetCurrentTimestamp();
	run->failed = !fsq_fetch_try(state, run, run_statement);
	if (!run->failed)
	{
		free_keys(state, run);
		drop_run(state, run);
	}
	run->finished = GetCurrentTimestamp();
}
