/*-------------------------------------------------------------------------
 *
 * fetch.c
 *	  One fetch: its prepared statement, and the rows that it returns.
 *
 *	  The statement is a saved CachedPlanSource, so that PostgreSQL looks after
 *	  locks, invalidation, the role and row-level security.  Each execution
 *	  runs in a subtransaction of its own under the request's snapshot; rows
 *	  come through a DestReceiver that renders them as they pass and keeps
 *	  nothing of them but text and keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "compat.h"
#include "exec/exec.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#define INITIAL_ROWS 32

/* More keys than this are not compared with each row one by one. */
#define MAX_LINEAR_KEYS 32

typedef struct RowReceiver
{
	DestReceiver base;
	FsqFetchState *state;
	FsqRun	   *run;
} RowReceiver;

/* ---- the statement ---- */

/* Make the renderers of a fetch's outputs. */
static void
make_renderers(FsqFetch *fetch, MemoryContext plan_context)
{
	MemoryContext old = MemoryContextSwitchTo(plan_context);

	for (int i = 0; i < fetch->object.noutputs; i++)
		if (fetch->object.outputs[i].kind == FSQ_OUTPUT_COLUMN)
			fetch->object.outputs[i].render = fsq_render_create(fetch->object.outputs[i].source);
	fetch->rendered = true;
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

	if (!fetch->rendered)
		make_renderers(fetch, plan_context);
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
	cached = GetCachedPlan(source, run->params, owner, NULL);
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
			external->value = fsq_lookup_param(state->execution, param, &external->isnull);
		else
			external->value = values[i];
		external->pflags = PARAM_FLAG_CONST;
		external->ptype = param->type;
	}
	MemoryContextSwitchTo(old);
	return params;
}

/* Have the outputs of a request's own object rendered like those of the plan. */
static void
use_renderers(FsqFetchState *state)
{
	const FsqObject *from = &state->fetch->object;

	if (state->object == from)
		return;
	for (int i = 0; i < state->object->noutputs; i++)
		state->object->outputs[i].render = from->outputs[state->object->outputs[i].number].render;
}

CachedPlan *
fsq_fetch_choose_plan(FsqFetchState *state, FsqRun *run)
{
	CachedPlanSource *source = fsq_fetch_statement(state->fetch, state->select,
													state->execution->plan->context);
	int			generation = source->generation;

	use_renderers(state);
	if (run->params == NULL)
		run->params = fetch_params(state, run);
	run->cached = choose_plan(state, source, run);
	run->planned |= source->generation != generation;
	return run->cached;
}

/* ---- rows ---- */

/* Room for one more row. */
static void
grow_rows(FsqFetchState *state)
{
	int			nchildren = state->nchildren;
	MemoryContext context = state->execution->context;

	if (state->capacity == 0)
	{
		state->capacity = INITIAL_ROWS;
		state->rows = MemoryContextAlloc(context, sizeof(FsqRow) * state->capacity);
		if (nchildren)
			state->splices = MemoryContextAlloc(context, sizeof(FsqSplice) * state->capacity * nchildren);
		return;
	}
	state->capacity *= 2;
	state->rows = repalloc_huge(state->rows, sizeof(FsqRow) * (Size) state->capacity);
	if (nchildren)
		state->splices = repalloc_huge(state->splices,
									   sizeof(FsqSplice) * (Size) state->capacity * nchildren);
}

static inline void
append_text(StringInfo out, const char *text, int length)
{
	enlargeStringInfo(out, length);
	memcpy(out->data + out->len, text, length);
	out->len += length;
}

/* The values of key columns, gathered from a row. */
static inline void
gather_keys(FsqFetchState *state, TupleTableSlot *slot, const FsqKeyColumn *keys, int nkeys,
			bool of_parent)
{
	for (int i = 0; i < nkeys; i++)
	{
		int			column = fsq_select_position(state->select, of_parent ? keys[i].parent_column :
												 keys[i].child_column);

		state->key_values[i] = slot->tts_values[column];
		state->key_nulls[i] = slot->tts_isnull[column];
	}
}

static void
too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the result is too large"),
			 errdetail("A field's rows cannot be more than 1 GB of JSON."),
			 errhint("Ask for less at once, with limit and offset.")));
}

/* Refuse a row whose values would take the text beyond what one can be. */
static void
check_size(FsqFetchState *state, TupleTableSlot *slot)
{
	Size		size = state->text.len;

	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
		if (!slot->tts_isnull[i] && TupleDescAttr(slot->tts_tupleDescriptor, i)->attlen == -1)
			size += toast_raw_datum_size(slot->tts_values[i]);
	if (size > FSQ_MAX_TEXT)
		too_large();
}

/*
 * Append the JSON of a row, ",{...}".  Returns the output that is null and
 * must not be, or -1.
 */
static int
render_row(FsqFetchState *state, TupleTableSlot *slot, FsqSplice *splices)
{
	const FsqObject *object = state->object;
	StringInfo	out = &state->text;

	append_text(out, ",", 1);
	for (int i = 0; i < object->noutputs; i++)
	{
		const FsqOutput *output = &object->outputs[i];

		append_text(out, output->text, output->text_length);
		if (output->kind == FSQ_OUTPUT_FETCH)
			splices[output->child].position = out->len;
		else if (!slot->tts_isnull[output->column])
			output->render->function(output->render, slot->tts_values[output->column], out);
		else if (output->non_null)
			return i;
		else
			append_text(out, "null", 4);
	}
	append_text(out, object->close, object->close_length);
	return -1;
}

/* Put a row at the end of its parent's rows. */
static void
link_row(FsqFetchState *state, FsqKeyEntry *entry, int row)
{
	if (entry->first < 0)
		entry->first = row;
	else
	{
		state->rows[entry->last].next = row;
		entry->several = true;
	}
	entry->last = row;
}

/* Take one row: find its parent, render it, note the keys of its children. */
static bool
receive_row(TupleTableSlot *slot, DestReceiver *receiver)
{
	FsqFetchState *state = ((RowReceiver *) receiver)->state;
	FsqRun	   *run = ((RowReceiver *) receiver)->run;
	FsqFetch   *fetch = state->fetch;
	FsqKeyEntry *entry = &state->root;
	MemoryContext old = MemoryContextSwitchTo(state->execution->scratch);
	FsqSplice  *splices;
	FsqRow	   *row;

	slot_getallattrs(slot);
	if (fetch->kind != FSQ_KIND_FIELD)
	{
		fsq_lookup_receive(state, slot);
		run->nrows++;
		goto done;
	}
	if (state->keys)
	{
		int			number;

		gather_keys(state, slot, fetch->keys, fetch->nkeys, false);
		number = fsq_key_find(state->keys, state->key_values, state->key_nulls);
		/* more may be found than was asked for */
		if (number < run->first || number >= run->first + run->nentries)
			goto done;
		entry = &state->keys->entries[number];
	}

	if (state->nrows == state->capacity)
		grow_rows(state);
	row = &state->rows[state->nrows];
	splices = state->splices + (Size) state->nrows * state->nchildren;
	row->start = state->text.len;
	row->next = -1;
	if (unlikely(state->text.len > FSQ_MAX_TEXT / 2))
		check_size(state, slot);
	row->bad = render_row(state, slot, splices);
	for (int i = 0; i < state->nchildren; i++)
	{
		FsqFetchState *child = state->children[i];

		gather_keys(state, slot, child->fetch->keys, child->fetch->nkeys, true);
		if (row->bad >= 0)
			splices[i].entry = -1;
		else if (child->started)
			splices[i].entry = fsq_key_look_up(child->keys, state->key_values, state->key_nulls);
		else
			splices[i].entry = fsq_key_add(child->keys, state->key_values, state->key_nulls);
		child->wanted |= splices[i].entry >= 0;
	}
	if (fetch->lookups != NIL)
		fsq_lookup_add_keys(state, slot);
	link_row(state, entry, state->nrows);
	state->nrows++;
	run->nrows++;

done:
	/* what is asked ahead goes on meanwhile */
	if ((run->nrows & 127) == 0)
		fsq_prefetch_poll(false);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->execution->scratch);
	return true;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
receiver_nothing(DestReceiver *self)
{
}

/* ---- execution ---- */

/* Run the statement to its end. */
static void
run_statement(FsqFetchState *state, FsqRun *run)
{
	RowReceiver receiver = {
		.base = {
			.receiveSlot = receive_row,
			.rStartup = receiver_startup,
			.rShutdown = receiver_nothing,
			.rDestroy = receiver_nothing,
			.mydest = DestNone
		},
		.state = state,
		.run = run
	};
	CachedPlan *cached = run->cached ? run->cached : fsq_fetch_choose_plan(state, run);
	PlannedStmt *planned = linitial_node(PlannedStmt, cached->stmt_list);
	QueryDesc  *query = CreateQueryDesc(planned, state->select->text, state->execution->snapshot,
										InvalidSnapshot, &receiver.base, run->params, NULL, 0);

	ExecutorStart(query, 0);
	fsq_executor_run(query);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
}

void
fsq_fetch_make_runs(FsqFetchState *state, int batch)
{
	int			nentries = state->keys && !state->whole ? state->keys->nentries : 0;

	state->started = true;
	state->nruns = batch > 0 && nentries > batch ? (nentries + batch - 1) / batch : 1;
	state->runs = MemoryContextAllocZero(state->execution->context, sizeof(FsqRun) * state->nruns);
	for (int i = 0; i < state->nruns; i++)
	{
		state->runs[i].first = i * batch;
		state->runs[i].nentries = state->nruns == 1 ? nentries : Min(batch, nentries - i * batch);
	}
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
	volatile bool ok = true;

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
		take_error(state);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(execution->context);
	CurrentResourceOwner = execution->owner;
	fsq_prefetch_use(outer);
	fsq_prefetch_plan_with(planning);
	if (state->status == FSQ_FETCH_FAILED)
		fsq_fetch_drop(state);
	MemoryContextDelete(context);
	return ok;
}

void
fsq_fetch_run(FsqFetchState *state, FsqRun *run)
{
	if (run->ahead == NULL && state->execution->traced)
		run->ahead = fsq_prefetch_plan(state->execution->prefetch);
	run->started = GetCurrentTimestamp();
	run->failed = !fsq_fetch_try(state, run, run_statement);
	if (!run->failed)
		drop_run(state, run);
	run->finished = GetCurrentTimestamp();
}
