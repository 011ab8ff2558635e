/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  The executor's side of a foreign scan: sends the plan's statement when
 *	  the first row is asked for, and streams its rows into the slot.
 *
 *	  On a rescan the statement is kept and run again with new parameters.
 *	  Values are made in the executor's per-tuple context, which lives until
 *	  the next row is asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/defrem.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "connection.h"
#include "fallback.h"
#include "fraiseql.h"
#include "prefetch.h"
#include "pushdown.h"
#include "scan.h"

/*
 * The table of a relid among those already opened, or opened now.
 */
static FsqTable *
source_table(List **tables, Oid relid)
{
	ListCell   *lc;
	FsqTable   *table;

	foreach(lc, *tables)
	{
		table = lfirst(lc);
		if (table->relid == relid)
			return table;
	}
	table = fsq_table_known(relid);
	*tables = lappend(*tables, table);
	return table;
}

/*
 * What stands for a table in errors about joins and upper relations.
 */
static FsqTable *
unnamed_table(FsqScanState *state)
{
	FsqTable   *table = palloc0(sizeof(FsqTable));

	table->serverid = state->serverid;
	table->server_name = GetForeignServer(state->serverid)->servername;
	table->driver = state->driver;
	table->name = state->plan->relation_text ? state->plan->relation_text : "remote query";
	return table;
}

/*
 * Choose the converters of a scan of one table, whose rows have its type.
 */
static void
init_table_columns(FsqScanState *state, FsqTable *table, TupleDesc desc)
{
	for (int i = 0; i < state->nretrieved; i++)
	{
		int			attnum = list_nth_int(state->plan->retrieved, i);
		Form_pg_attribute attr = TupleDescAttr(desc, attnum - 1);

		state->slots[i] = attnum - 1;
		fsq_converter_init_column(&state->converters[i], table, attnum - 1, attr->atttypid, attr->atttypmod);
	}
}

/*
 * Choose the converters of a scan that gives rows of its own shape
 * (fdw_scan_tlist): by the column that an entry is, or by its type alone.
 */
static void
init_list_columns(FsqScanState *state, TupleDesc desc)
{
	FsqTable   *unnamed = unnamed_table(state);

	for (int i = 0; i < state->nretrieved; i++)
	{
		int			position = list_nth_int(state->plan->retrieved, i);
		Form_pg_attribute attr = TupleDescAttr(desc, position - 1);
		Oid			relid = list_nth_oid(state->plan->source_relids, position - 1);
		int			attnum = list_nth_int(state->plan->source_attnums, position - 1);

		state->slots[i] = position - 1;
		if (OidIsValid(relid) && attnum > 0)
		{
			FsqTable   *table = source_table(&state->tables, relid);

			fsq_converter_init_column(&state->converters[i], table, attnum - 1, attr->atttypid, attr->atttypmod);
		}
		else
			fsq_converter_init(&state->converters[i], unnamed, -1, attr->atttypid,
							   attr->atttypmod, FSQ_ENCODING_USUAL);
	}
}

/*
 * What a scan of rows of its own shape does, for errors; relation: the name of
 * the one that it is of, NULL of a join, or what else is evaluated there.
 */
static const char *
list_purpose(const char *relation)
{
	return relation != NULL ? psprintf("read foreign table \"%s\"", relation) : "run a query";
}

/*
 * Prepare to be answered by a fallback; exprs: of the parameters of that.
 */
static void
begin_fallback(ForeignScanState *node, List *exprs)
{
	FsqScanState  *state = node->fdw_state;
	const FsqFallbackPlan *plan = state->plan->fallback;

	state->attempt = node->ss.ps.state->es_query_cxt;
	state->replaced = -1;
	if (plan != NULL && fsq_fallback && !fsq_reads_are_stored())
		state->fallback = fsq_fallback_begin(plan, source_table(&state->tables, plan->relid), state->userid,
											 ExecInitExprList(exprs, &node->ss.ps),
											 node->ss.ps.state);
	state->guarded = state->fallback != NULL || fsq_replica_exists(state->serverid);
	/* an engine in process keeps its statement */
	if (state->guarded || !state->driver->in_process)
		state->attempt = AllocSetContextCreate(node->ss.ps.state->es_query_cxt, "fraiseql attempt",
											   ALLOCSET_DEFAULT_SIZES);
}

void
fsqBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	TupleDesc	desc = slot->tts_tupleDescriptor;
	Relation	relation = node->ss.ss_currentRelation;
	FsqScanState  *state;
	List	   *exprs;

	fsq_hide_windows(plan);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state = palloc0(sizeof(FsqScanState));
	node->fdw_state = state;
	state->plan = fsq_scan_plan_from_list(plan->fdw_private);
	state->userid = fsq_foreign_scan_userid(plan, node->ss.ps.state);
	state->serverid = state->readid = plan->fs_server;
	state->driver = fsq_driver_of_server(state->serverid);

	state->nretrieved = list_length(state->plan->retrieved);
	state->slots = palloc(sizeof(int) * Max(state->nretrieved, 1));
	state->converters = palloc(sizeof(FsqConverter) * Max(state->nretrieved, 1));
	if (plan->fdw_scan_tlist == NIL)
	{
		FsqTable   *table = fsq_table_known(RelationGetRelid(relation));

		state->tables = list_make1(table);
		state->doing = table->reading;
		init_table_columns(state, table, desc);
	}
	else
	{
		state->doing = list_purpose(relation ? RelationGetRelationName(relation) : NULL);
		init_list_columns(state, desc);
	}
	exprs = fsq_scan_init_params(state, plan->fdw_exprs, &node->ss.ps, node->ss.ps.state->es_param_list_info);
	begin_fallback(node, exprs);

	/* columns that are not retrieved are null in every row */
	memset(slot->tts_isnull, true, sizeof(bool) * desc->natts);
	memset(slot->tts_values, 0, sizeof(Datum) * desc->natts);
}

/*
 * Raise an error if a remote table is no longer what the plan was made for:
 * types and collations decide what may be left to the remote.  A table that is
 * gone is the remote's own error.
 */
static void
check_described(FsqScanState *state)
{
	for (int i = 0; i < list_length(state->plan->described); i += 3)
	{
		Oid			relid = (Oid) list_nth_int(state->plan->described, i);
		uint32		signature = (uint32) list_nth_int(state->plan->described, i + 1);
		uint32		verdicts = (uint32) list_nth_int(state->plan->described, i + 2);
		FsqTable   *table;
		FsqRemoteTable *remote;
		MemoryContext old;

		/* they stay when what was tried goes away */
		old = MemoryContextSwitchTo(GetMemoryChunkContext(state));
		table = source_table(&state->tables, relid);
		MemoryContextSwitchTo(old);
		table->readid = state->readid;
		remote = fsq_table_describe(table, state->userid);

		if (remote == NULL || remote->signature == signature ||
			fsq_columns_signature(table, fsq_describe_columns(table, remote)) == verdicts)
			continue;
		fsq_plans_forget();
		/* one that was made without asking does for any remote; the next knows better */
		if (state->plan->fallback != NULL && state->plan->fallback->unplanned)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
				 errmsg("could not %s on server \"%s\": the remote table has changed since the statement was planned",
						state->doing, table->server_name),
				 errdetail("What may be evaluated there depends on the types and collations of its columns."),
				 errhint("Run the statement again.")));
	}
}

/* What a scan does, for errors, as known from its plan; adds its table to tables. */
static const char *
plan_purpose(List **tables, ForeignScan *plan, PlannedStmt *planned)
{
	Oid			relid;

	if (plan->scan.scanrelid == 0)
		return list_purpose(NULL);
	relid = rt_fetch(plan->scan.scanrelid, planned->rtable)->relid;
	return plan->fdw_scan_tlist == NIL ? source_table(tables, relid)->reading : list_purpose(get_rel_name(relid));
}

/* Where a plan wants to be read, as far as what reads it allows. */
static FsqAffinity
scan_affinity(const FsqScanPlan *plan)
{
	return fsq_reads_are_stored() ? FSQ_AFFINITY_PRIMARY : plan->affinity;
}

void
fsq_scan_alternatives(const ForeignScan *plan, bool *fallback, bool *first, FsqAffinity *affinity)
{
	FsqScanPlan *scan = palloc0(sizeof(FsqScanPlan));

	fsq_scan_plan_read_source(scan, plan->fdw_private);
	*affinity = scan_affinity(scan);
	*fallback = fsq_fallback && scan->fallback != NULL && (scan->fallback->on & FSQ_FALLBACK_ERROR);
	*first = fsq_fallback && scan->fallback != NULL && scan->fallback->first;
}

FsqScanState *
fsq_scan_prepare(ForeignScan *plan, PlannedStmt *planned, ParamListInfo params)
{
	FsqScanState *state = palloc0(sizeof(FsqScanState));
	EState	   *estate = CreateExecutorState();

	estate->es_param_list_info = params;
	state->plan = fsq_scan_plan_from_list(plan->fdw_private);
	state->serverid = plan->fs_server;
	state->replaced = -1;
	state->userid = fsq_planned_scan_userid(plan, planned);
	state->driver = fsq_driver_of_server(state->serverid);
	state->doing = plan_purpose(&state->tables, plan, planned);
	(void) fsq_scan_init_params(state, plan->fdw_exprs, NULL, params);
	fsq_scan_evaluate(state, GetPerTupleExprContext(estate));
	FreeExecutorState(estate);
	return state;
}

void
fsq_scan_compose(FsqScanRequest *request, FsqScanState *state, Oid readid)
{
	state->readid = readid;
	check_described(state);
	request->sql = fsq_scan_sql(state);
	request->doing = state->doing;
	request->ncolumns = list_length(state->plan->retrieved);
	request->nparams = state->driver->dialect->param_style == FSQ_PARAMS_BOUND ? state->nparams : 0;
	request->params = state->param_values;
}

/*
 * Send the statement and wait until it is accepted.
 */
static void
send_query(FsqScanState *state, FsqConn *conn, const char *sql, int nparams)
{
	FsqRoute   *route = fsq_prefetch_route(conn->server_name, sql);

	state->query = fsq_query_start(conn, sql, nparams, state->param_values,
								   state->nretrieved, state->doing);
	if (route != NULL)
		fsq_prefetch_follow(route, state->query);
}

/* A statement that was asked ahead is running already.  False: there is none. */
static bool
take_query(ForeignScanState *node)
{
	FsqScanState *state = node->fdw_state;

	if (state->started)
		return false;
	state->started = true;
	state->query = fsq_prefetch_take((ForeignScan *) node->ss.ps.plan);
	return state->query != NULL;
}

/* Let go of a statement that is not sent again: the next one is another. */
static void
drop_query(ForeignScanState *node)
{
	FsqScanState *state = node->fdw_state;

	fsq_query_finish(state->query);
	MemoryContextDelete(state->query->context);
	state->query = NULL;
	/* the text of the next may be as long */
	if (state->attempt != node->ss.ps.state->es_query_cxt)
		MemoryContextReset(state->attempt);
}

/*
 * Evaluate the parameters for a statement that is to be sent.
 */
static void
renew_params(ForeignScanState *node)
{
	FsqScanState *state = node->fdw_state;

	/* parameters that are bound must not change under a statement */
	if (state->query != NULL && !(state->driver->dialect->param_style == FSQ_PARAMS_BOUND &&
								  state->driver->resend != NULL))
		drop_query(node);
	fsq_scan_evaluate(state, node->ss.ps.ps_ExprContext);
	if (state->query != NULL && state->reshaped)
		drop_query(node);
}

/*
 * Send the statement for parameters that were evaluated, or send it again after
 * a rescan.
 */
static void
start_query(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	bool		bound = state->driver->dialect->param_style == FSQ_PARAMS_BOUND;
	int			nparams = bound ? state->nparams : 0;
	MemoryContext old;
	FsqConn    *conn;
	char	   *sql;

	state->restart = false;
	if (state->query != NULL)
	{
		fsq_query_restart(state->query, nparams, state->param_values);
		return;
	}

	old = MemoryContextSwitchTo(state->attempt);
	/* asking an engine in process costs as much as a lookup: it is asked when a plan is made */
	if (!state->checked && !state->driver->in_process)
		check_described(state);
	state->checked = true;
	conn = fsq_connection_get(state->readid, state->userid);
	sql = fsq_scan_sql(state);
	send_query(state, conn, sql, nparams);
	/* a rescan may need another */
	pfree(sql);
	if (state->driver->in_process && state->query->stmt->ncolumns < state->nretrieved)
		elog(ERROR, "remote statement has %d columns, expected %d",
			 state->query->stmt->ncolumns, state->nretrieved);
	MemoryContextSwitchTo(old);
}

/* ---- fallback ---- */

/* Start the query and look for its first row. */
static void
attempt_step(void *arg)
{
	ForeignScanState *node = arg;
	FsqScanState  *state = node->fdw_state;

	if (!take_query(node))
		start_query(node);
	state->peeked = fsq_query_next(state->query) ? PEEKED_ROW : PEEKED_END;
}

/* An attempt has failed: nothing is left of it. */
static void
undo_attempt(void *arg)
{
	FsqScanState  *state = ((ForeignScanState *) arg)->fdw_state;

	if (state->query != NULL)
		fsq_query_finish(state->query);
	state->query = NULL;
	state->checked = false;
	MemoryContextReset(state->attempt);
}

/* The same on the server that is to be read; one that has answered is kept to. */
static void
attempt_where_read(void *arg)
{
	ForeignScanState *node = arg;
	FsqScanState  *state = node->fdw_state;

	if (state->answered)
		attempt_step(node);
	else
		fsq_replica_run(state->serverid, state->userid, scan_affinity(state->plan), &state->readid,
						attempt_step, undo_attempt, node);
}

/*
 * Have the fallback answer for what is asked; error: why, or NULL.
 */
static void
start_fallback(ForeignScanState *node, const ErrorData *error)
{
	FsqScanState  *state = node->fdw_state;

	/* its rows are tuples */
	state->direct = NULL;
	state->restart = false;
	fsq_fallback_start(state->fallback, node->ss.ps.ps_ExprContext, error);
}

/*
 * Start the query of a scan of which a replica, or the fallback, answers
 * instead if the source fails before it has given anything.  False: it has
 * failed, and is not to be asked any more.  In a transaction that keeps a
 * snapshot nothing is added to what was read in it, either.
 */
static bool
start_source(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	const FsqFallbackPlan *plan = state->plan->fallback;

	state->peeked = PEEKED_NOTHING;
	/* what they read, which is not the source, is no part of an attempt */
	renew_params(node);
	if (state->answered || state->fallback == NULL || !(plan->on & FSQ_FALLBACK_ERROR) ||
		fsq_replica_was_used(state->serverid))
		attempt_where_read(node);
	else if (!fsq_source_try(state->serverid, state->userid, attempt_where_read, node))
	{
		undo_attempt(node);
		return false;
	}
	state->answered = true;
	return true;
}

/* Start a scan that is guarded, or start it again. */
static void
start_guarded(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	const FsqFallbackPlan *plan = state->plan->fallback;

	state->begun = true;
	state->replaced = -1;
	if (state->fallback != NULL)
		fsq_fallback_end(state->fallback);
	if (state->fallback != NULL && plan->keyed)
		fsq_fallback_forget(state->fallback);
	if (state->fallback != NULL && plan->first)
	{
		state->phase = FALLBACK_FIRST;
		start_fallback(node, NULL);
		return;
	}
	if (state->phase != FALLBACK_ALL)
		state->phase = SOURCE_READ;
	if (state->phase == SOURCE_READ && start_source(node))
		return;
	state->phase = FALLBACK_ALL;
	start_fallback(node, fsq_outage_find(state->serverid, state->userid, true));
}

/*
 * What was to be read first has no more rows: ask the source for the keys that
 * it does not have.  False: there is nothing to be asked for, or the source
 * fails and what was read is to answer then.
 */
static bool
start_missing(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	const FsqFallbackPlan *plan = state->plan->fallback;
	bool		reduced;

	if (!plan->keyed || !fsq_fallback_is_missing(state->fallback, node->ss.ps.ps_ExprContext,
												  &reduced, &state->replacement))
		return false;
	if (reduced)
		state->replaced = plan->source_param - 1;
	/* each execution asks for other keys */
	state->answered = false;
	if (state->query != NULL)
		state->restart = true;
	if (!start_source(node))
		return false;
	state->phase = SOURCE_MISSING;
	return true;
}

/*
 * The next row of the source; false at its end.  What it gives to a keyed scan
 * is remembered.
 */
static inline bool
next_source_row(FsqScanState *state)
{
	if (unlikely(state->peeked != PEEKED_NOTHING))
	{
		bool		row = state->peeked == PEEKED_ROW;

		state->peeked = row ? PEEKED_NOTHING : PEEKED_END;
		return row;
	}
	return fsq_query_next(state->query);
}

/*
 * The next row of the fallback that is part of the answer.
 */
static TupleTableSlot *
next_fallback_row(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	TupleTableSlot *row;

	while ((row = fsq_fallback_next(state->fallback)) != NULL)
	{
		for (int i = 0; i < state->nretrieved; i++)
		{
			slot->tts_values[state->slots[i]] = row->tts_values[i];
			slot->tts_isnull[state->slots[i]] = row->tts_isnull[i];
		}
		if (state->phase == FALLBACK_MISSING &&
			fsq_fallback_is_found(state->fallback, slot->tts_values, slot->tts_isnull))
			continue;
		if (state->phase == FALLBACK_FIRST && state->plan->fallback->keyed)
			fsq_fallback_found(state->fallback, slot->tts_values, slot->tts_isnull);
		fsq_fallback_used(state->fallback);
		return ExecStoreVirtualTuple(slot);
	}
	return slot;
}

/*
 * The source has no more rows.  What it lacks comes from the fallback.
 */
static TupleTableSlot *
end_source(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;

	if (state->fallback == NULL || !state->plan->fallback->keyed || state->phase != SOURCE_READ)
		return node->ss.ss_ScanTupleSlot;
	state->phase = FALLBACK_MISSING;
	fsq_fallback_start(state->fallback, node->ss.ps.ps_ExprContext, NULL);
	return next_fallback_row(node);
}

/* ---- rows ---- */

/*
 * Hand all rows to the receiver, and count them where the executor would.
 */
static void
hand_over(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	FsqQuery   *query = state->query;
	FsqDirect  *direct = state->direct;
	int64		nrows = 0;

	while (next_source_row(state))
	{
		CHECK_FOR_INTERRUPTS();
		if (query->route != NULL)
			query->route->rows++;
		direct->receive(direct, query->values);
		ResetExprContext(node->ss.ps.ps_ExprContext);
		nrows++;
	}
	node->ss.ps.state->es_processed += nrows;
	if (node->ss.ps.instrument != NULL)
		node->ss.ps.instrument->tuplecount += nrows;
}

TupleTableSlot *
fsqIterateForeignScan(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	const FsqValue *values;
	Datum	   *datums = slot->tts_values;
	bool	   *nulls = slot->tts_isnull;
	int			nretrieved = state->nretrieved;

	if (unlikely(state->guarded ? !state->begun || state->restart : state->query == NULL || state->restart))
	{
		if (state->guarded)
			start_guarded(node);
		else if (!take_query(node))
		{
			renew_params(node);
			start_query(node);
		}
	}

	ExecClearTuple(slot);
	if (unlikely(state->phase != SOURCE_READ && state->phase != SOURCE_MISSING))
	{
		(void) next_fallback_row(node);
		if (!TupIsNull(slot) || state->phase != FALLBACK_FIRST || !start_missing(node))
			return slot;
	}
	if (state->direct != NULL)
	{
		hand_over(node);
		return slot;
	}
again:
	if (!next_source_row(state))
		return end_source(node);
	if (state->query->route != NULL)
		state->query->route->rows++;

	values = state->query->values;
	for (int i = 0; i < nretrieved; i++)
	{
		int			place = state->slots[i];

		FsqConverter *converter = &state->converters[i];

		nulls[place] = values[i].type == FSQ_WIRE_NULL;
		if (likely(!nulls[place] || converter->sees_null))
			datums[place] = converter->convert(converter, &values[i]);
	}
	if (unlikely(state->fallback != NULL && state->plan->fallback->keyed))
	{
		/* a key that the fallback has is the fallback's */
		if (state->phase == SOURCE_MISSING && fsq_fallback_is_found(state->fallback, datums, nulls))
			goto again;
		if (state->phase == SOURCE_READ)
			fsq_fallback_found(state->fallback, datums, nulls);
	}
	return ExecStoreVirtualTuple(slot);
}

void
fsqReScanForeignScan(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;

	/* sent when a row is asked for */
	if (state->query != NULL || state->begun)
		state->restart = true;
}

void
fsqEndForeignScan(ForeignScanState *node)
{
	FsqScanState  *state = node->fdw_state;

	if (state != NULL && state->query != NULL)
		fsq_query_finish(state->query);
	if (state != NULL && state->fallback != NULL)
		fsq_fallback_end(state->fallback);
}
