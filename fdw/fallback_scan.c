/*-------------------------------------------------------------------------
 *
 * fallback_scan.c
 *	  Answers a foreign scan from the table's fallback.
 *
 *	  The scan's query (fallback_plan.c) gets its subquery over the fallback
 *	  relation as it is now, and is rewritten, planned and executed as any other
 *	  query of the role that the scan runs as: privileges, row-level security,
 *	  views, foreign tables and their own fallbacks work by themselves.  Its
 *	  rows are handed on as they come.
 *
 *	  A scan that is keyed remembers the keys of the rows that the source has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_coerce.h"
#include "parser/parser.h"
#include "parser/parse_node.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

#include "compat.h"
#include "connection.h"
#include "fallback.h"
#include "fallback_use.h"
#include "prefetch.h"

/* Fallbacks of fallbacks of ...: more than anybody has, and fewer than the stack holds. */
#define MAX_DEPTH 16

/* A key of a row that the source has. */
typedef struct FoundKey
{
	uint32		hash;
	uint32		status;
	Datum	   *values;
} FoundKey;

struct FsqFallbackScan
{
	const FsqFallbackPlan *plan;
	FsqTable   *table;
	Oid			userid;
	List	   *exprs;			/* of ExprState *: of the parameters */
	EState	   *estate;			/* of the scan */

	MemoryContext context;		/* of one execution */
	QueryDesc  *query;			/* NULL: it does not run */
	PlannedStmt *generic;		/* for all but the first execution */
	int			executions;
	DestReceiver receiver;
	TupleTableSlot *slot;		/* the row that was received, or NULL */

	/* what is told of it */
	TimestampTz started;		/* this execution */
	bool		noted;			/* it has been told that the fallback was used */
	FsqFallbackUse *use;		/* ... there, or NULL */
	uint64		collection;		/* that it belongs to */
	char	   *why;			/* the source's error, or NULL */
	int64		rows;			/* of all executions */

	/* keyed */
	MemoryContext keys_context;
	int			nkeys;
	TypeCacheEntry **key_types;
	struct found_hash *found;	/* NULL: there are none */
};

/* A scan whose fallback runs, for those that run within. */
typedef struct Running
{
	Oid			relid;
	int			depth;
	struct Running *outer;
} Running;

static Running *running = NULL;

/* ---- the query ---- */

/*
 * A column of the fallback as the table has it: converted as a value that is
 * inserted into the table would be, or from text as the type's input does.
 */
static Expr *
convert_column(const FsqTable *table, int attnum, Expr *expr)
{
	const FsqTableColumn *column = &table->columns[attnum - 1];
	Oid			type = exprType((Node *) expr);
	CoercionContext context = COERCION_ASSIGNMENT;
	char		category = TypeCategory(getBaseType(type));
	Node	   *result;

	if (!can_coerce_type(1, &type, &column->type, context) && category == TYPCATEGORY_STRING)
		context = COERCION_EXPLICIT;
	result = coerce_to_target_type(NULL, (Node *) expr, type, column->type, column->typmod,
								   context, COERCE_IMPLICIT_CAST, -1);
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the fallback \"%s\" of foreign table \"%s\" has type %s, which does not become %s",
						column->name, table->fallback, table->name, format_type_be(type),
						format_type_be(column->type))));
	return (Expr *) result;
}

/*
 * The query's subquery: the columns of the table that it uses, read from the
 * fallback; nulls in the place of the others.
 */
static Query *
make_subquery(const FsqFallbackScan *scan)
{
	const FsqTable *table = scan->table;
	Oid			relid = fsq_fallback_open(table);
	Bitmapset  *used = NULL;
	StringInfoData sql;
	Query	   *query;
	List	   *read;
	List	   *targets = NIL;
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT");
	foreach(lc, scan->plan->columns)
	{
		appendStringInfo(&sql, "%s %s", foreach_current_index(lc) > 0 ? "," : "",
						 quote_identifier(table->columns[lfirst_int(lc) - 1].name));
		used = bms_add_member(used, lfirst_int(lc));
	}
	fsq_fallback_check_columns(table, relid, used);
	appendStringInfo(&sql, " FROM %s",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												get_rel_name(relid)));
	query = parse_analyze_fixedparams(linitial_node(RawStmt, raw_parser(sql.data, RAW_PARSE_DEFAULT)),
									  sql.data, NULL, 0, NULL);
	fsq_query_check_as(query, scan->userid);

	read = query->targetList;
	for (int attnum = 1; attnum <= table->ncolumns; attnum++)
	{
		const FsqTableColumn *column = &table->columns[attnum - 1];
		Expr	   *expr;

		if (bms_is_member(attnum, used))
		{
			expr = convert_column(table, attnum, linitial_node(TargetEntry, read)->expr);
			read = list_delete_first(read);
		}
		else if (column->dropped)
			expr = (Expr *) makeNullConst(INT4OID, -1, InvalidOid);
		else
			expr = (Expr *) makeNullConst(column->type, column->typmod, column->collation);
		targets = lappend(targets, makeTargetEntry(expr, attnum,
												   column->dropped ? psprintf("dropped%d", attnum) : pstrdup(column->name), false));
	}
	query->targetList = targets;
	return query;
}

/* The scan's query with its subquery. */
static Query *
complete_query(const FsqFallbackScan *scan)
{
	Query	   *query = copyObject(scan->plan->query);
	RangeTblEntry *entry = linitial(query->rtable);
	ListCell   *lc;

	while (entry->subquery != NULL)
		entry = linitial(entry->subquery->rtable);
	entry->subquery = make_subquery(scan);
	entry->eref->colnames = NIL;
	foreach(lc, entry->subquery->targetList)
		entry->eref->colnames = lappend(entry->eref->colnames,
										makeString(pstrdup(lfirst_node(TargetEntry, lc)->resname)));
	return query;
}

static PlannedStmt *
plan_query(const FsqFallbackScan *scan, ParamListInfo params)
{
	List	   *queries = QueryRewrite(complete_query(scan));

	return pg_plan_query(linitial_node(Query, queries), "", 0, params);
}

/* The values of its parameters, in the current memory context. */
static ParamListInfo
evaluate_params(FsqFallbackScan *scan, ExprContext *econtext)
{
	ParamListInfo params;
	ListCell   *lc;

	if (scan->exprs == NIL)
		return NULL;
	params = makeParamList(list_length(scan->exprs));
	foreach(lc, scan->exprs)
	{
		ExprState  *state = lfirst(lc);
		ParamExternData *param = &params->params[foreach_current_index(lc)];

		param->ptype = exprType((Node *) state->expr);
		param->pflags = PARAM_FLAG_CONST;
		param->value = ExecEvalExpr(state, econtext, &param->isnull);
	}
	return params;
}

/* ---- keys ---- */

static inline uint32
hash_key(FsqFallbackScan *scan, const Datum *values)
{
	uint32		hash = 0;

	for (int i = 0; i < scan->nkeys; i++)
		hash = hash_combine(hash,
							DatumGetUInt32(FunctionCall1Coll(&scan->key_types[i]->hash_proc_finfo,
															 list_nth_oid(scan->plan->key_collations, i),
															 values[i])));
	return hash;
}

static inline bool
equal_keys(FsqFallbackScan *scan, const Datum *a, const Datum *b)
{
	for (int i = 0; i < scan->nkeys; i++)
		if (!DatumGetBool(FunctionCall2Coll(&scan->key_types[i]->eq_opr_finfo,
											list_nth_oid(scan->plan->key_collations, i), a[i], b[i])))
			return false;
	return true;
}

#define SH_PREFIX found
#define SH_ELEMENT_TYPE FoundKey
#define SH_KEY_TYPE Datum *
#define SH_KEY values
#define SH_HASH_KEY(tb, key) hash_key((tb)->private_data, key)
#define SH_EQUAL(tb, a, b) equal_keys((tb)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static void
init_keys(FsqFallbackScan *scan)
{
	scan->nkeys = list_length(scan->plan->keys);
	scan->key_types = palloc(sizeof(TypeCacheEntry *) * scan->nkeys);
	for (int i = 0; i < scan->nkeys; i++)
	{
		Oid			type = list_nth_oid(scan->plan->key_types, i);

		scan->key_types[i] = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_EQ_OPR_FINFO);
		if (!OidIsValid(scan->key_types[i]->hash_proc_finfo.fn_oid) ||
			!OidIsValid(scan->key_types[i]->eq_opr_finfo.fn_oid))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("foreign table \"%s\" cannot have a fallback for missing rows: its key has type %s, whose values cannot be told apart by hashing",
							scan->table->name, format_type_be(type))));
	}
	scan->keys_context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql found keys",
											   ALLOCSET_SMALL_SIZES);
}

void
fsq_fallback_forget(FsqFallbackScan *scan)
{
	if (scan->keys_context != NULL)
		MemoryContextReset(scan->keys_context);
	scan->found = NULL;
}

/* A row's key, or NULL if a part of it is null. */
static Datum *
row_key(FsqFallbackScan *scan, const Datum *values, const bool *nulls)
{
	Datum	   *key = palloc(sizeof(Datum) * scan->nkeys);

	for (int i = 0; i < scan->nkeys; i++)
	{
		int			place = list_nth_int(scan->plan->keys, i) - 1;

		if (nulls[place])
			return NULL;
		key[i] = values[place];
	}
	return key;
}

void
fsq_fallback_found(FsqFallbackScan *scan, const Datum *values, const bool *nulls)
{
	MemoryContext old = MemoryContextSwitchTo(scan->keys_context);
	Datum	   *key = row_key(scan, values, nulls);
	bool		known;

	if (scan->found == NULL)
		scan->found = found_create(scan->keys_context, 64, scan);
	if (key != NULL)
	{
		(void) found_insert(scan->found, key, &known);
		for (int i = 0; i < scan->nkeys && !known; i++)
			key[i] = datumCopy(key[i], scan->key_types[i]->typbyval, scan->key_types[i]->typlen);
	}
	MemoryContextSwitchTo(old);
}

static bool
is_found(FsqFallbackScan *scan, Datum *key)
{
	return key != NULL && scan->found != NULL && found_lookup(scan->found, key) != NULL;
}

bool
fsq_fallback_is_found(FsqFallbackScan *scan, const Datum *values, const bool *nulls)
{
	MemoryContext old;
	Datum	   *key;
	bool		found;

	if (scan->found == NULL)
		return false;
	old = MemoryContextSwitchTo(scan->context);
	key = row_key(scan, values, nulls);
	found = is_found(scan, key);
	if (key != NULL)
		pfree(key);
	MemoryContextSwitchTo(old);
	return found;
}

/*
 * Replace an array of keys by those of its elements that were not found; false
 * if there are none.
 */
static bool
leave_missing(FsqFallbackScan *scan, ParamExternData *param)
{
	TypeCacheEntry *type = scan->key_types[0];
	ArrayType  *array = DatumGetArrayTypeP(param->value);
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			missing = 0;

	/* of what has the type's equality the elements may have another type */
	deconstruct_array(array, ARR_ELEMTYPE(array), type->typlen, type->typbyval, type->typalign,
					  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i] && !is_found(scan, &values[i]))
			values[missing++] = values[i];
	}
	if (missing > 0)
		param->value = PointerGetDatum(construct_array(values, missing, ARR_ELEMTYPE(array),
													   type->typlen, type->typbyval, type->typalign));
	return missing > 0;
}

/*
 * Leave of what is asked for what the source does not have; false if there is
 * nothing.
 */
static bool
restrict_to_missing(FsqFallbackScan *scan, ParamListInfo params)
{
	ParamExternData *asked;

	if (scan->plan->asked == 0)
		return true;
	asked = &params->params[scan->plan->asked - 1];
	if (asked->isnull)
		return false;
	if (scan->plan->asked_array)
		return leave_missing(scan, asked);
	return !is_found(scan, &asked->value);
}

bool
fsq_fallback_is_missing(FsqFallbackScan *scan, ExprContext *econtext, bool *reduced, Datum *asked)
{
	MemoryContext old = MemoryContextSwitchTo(scan->keys_context);
	ParamListInfo params = evaluate_params(scan, econtext);
	bool		missing = restrict_to_missing(scan, params);

	MemoryContextSwitchTo(old);
	*reduced = missing && scan->plan->asked != 0;
	if (*reduced)
		*asked = params->params[scan->plan->asked - 1].value;
	return missing;
}

/* ---- execution ---- */

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	FsqFallbackScan *scan = (FsqFallbackScan *) ((char *) self - offsetof(FsqFallbackScan, receiver));

	slot_getallattrs(slot);
	scan->slot = slot;
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

FsqFallbackScan *
fsq_fallback_begin(const FsqFallbackPlan *plan, FsqTable *table, Oid userid, List *exprs, EState *estate)
{
	FsqFallbackScan *scan = palloc0(sizeof(FsqFallbackScan));

	scan->plan = plan;
	scan->table = table;
	scan->userid = userid;
	scan->exprs = exprs;
	scan->estate = estate;
	scan->context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql fallback", ALLOCSET_DEFAULT_SIZES);
	scan->receiver.receiveSlot = receive_row;
	scan->receiver.rStartup = receiver_startup;
	scan->receiver.rShutdown = receiver_nothing;
	scan->receiver.rDestroy = receiver_nothing;
	scan->receiver.mydest = DestNone;
	if (plan->keyed)
		init_keys(scan);
	return scan;
}

/*
 * What is told of the scan, as long as it is there: a cursor that a function of
 * a request has opened outlives the request.
 */
static inline FsqFallbackUse *
current_use(const FsqFallbackScan *scan)
{
	return scan->use != NULL && scan->collection == fsq_fallback_collection() ? scan->use : NULL;
}

/* Tell that the fallback is used, with the query as SQL; error: why, or NULL. */
static void
note_use(FsqFallbackScan *scan, const ErrorData *error)
{
	MemoryContext old;

	scan->noted = true;
	scan->use = fsq_fallback_note(scan->table, error, scan->plan->first, scan->started);
	scan->collection = fsq_fallback_collection();
	if (scan->use == NULL)
		return;
	old = MemoryContextSwitchTo(scan->context);
	scan->use->sql = MemoryContextStrdup(GetMemoryChunkContext(scan->use),
										 pg_get_querydef(complete_query(scan), false));
	MemoryContextSwitchTo(old);
}

/* Raise an error if the fallback of a fallback ... leads here again. */
static void
check_running(FsqFallbackScan *scan)
{
	for (Running *outer = running; outer != NULL; outer = outer->outer)
	{
		if (outer->relid == scan->table->relid || outer->depth >= MAX_DEPTH)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
					 errmsg("the fallback of foreign table \"%s\" leads back to it", scan->table->name),
					 errhint("A fallback must not read, be it through a view, what it is a fallback of.")));
	}
}

/*
 * Run a step of the query, so that fallbacks within know where they are.
 */
static void
run_step(FsqFallbackScan *scan, void (*step) (FsqFallbackScan *scan, ParamListInfo params),
		 ParamListInfo params)
{
	Running		here = {scan->table->relid, running != NULL ? running->depth + 1 : 1, running};

	running = &here;
	PG_TRY();
	{
		step(scan, params);
	}
	PG_FINALLY();
	{
		running = here.outer;
	}
	PG_END_TRY();
}

/*
 * The first execution has a plan for its values; others, one for any.
 */
static void
start_step(FsqFallbackScan *scan, ParamListInfo params)
{
	PlannedStmt *planned;

	if (scan->executions++ == 0)
		planned = plan_query(scan, params);
	else
	{
		if (scan->generic == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(scan->estate->es_query_cxt);

			scan->generic = plan_query(scan, NULL);
			MemoryContextSwitchTo(old);
		}
		planned = scan->generic;
	}
	scan->query = CreateQueryDesc(planned, "", scan->estate->es_snapshot, InvalidSnapshot,
								  &scan->receiver, params, NULL, 0);
	ExecutorStart(scan->query, 0);
}

static void
next_step(FsqFallbackScan *scan, ParamListInfo params)
{
	scan->slot = NULL;
	fsq_executor_run_one(scan->query);
}

void
fsq_fallback_used(FsqFallbackScan *scan)
{
	FsqFallbackUse *use;

	if (scan->rows++ == 0 && !scan->noted)
		note_use(scan, NULL);
	use = current_use(scan);
	if (use != NULL)
		use->rows++;
}

void
fsq_fallback_start(FsqFallbackScan *scan, ExprContext *econtext, const ErrorData *error)
{
	ParamListInfo params;
	MemoryContext old;

	fsq_fallback_end(scan);
	check_running(scan);
	MemoryContextReset(scan->context);
	scan->started = GetCurrentTimestamp();
	if ((error != NULL || (scan->plan->first && !scan->plan->keyed)) && !scan->noted)
	{
		if (error != NULL)
			scan->why = MemoryContextStrdup(scan->estate->es_query_cxt, error->message);
		note_use(scan, error);
	}
	old = MemoryContextSwitchTo(scan->context);
	/* the values may need other parts of the outer query, which are not within this one */
	params = evaluate_params(scan, econtext);
	if (!scan->plan->keyed || restrict_to_missing(scan, params))
		run_step(scan, start_step, params);
	MemoryContextSwitchTo(old);
}

TupleTableSlot *
fsq_fallback_next(FsqFallbackScan *scan)
{
	MemoryContext old;

	while (scan->query != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		old = MemoryContextSwitchTo(scan->context);
		run_step(scan, next_step, NULL);
		MemoryContextSwitchTo(old);
		if (scan->slot == NULL)
		{
			fsq_fallback_end(scan);
			return NULL;
		}
		return scan->slot;
	}
	return NULL;
}

void
fsq_fallback_end(FsqFallbackScan *scan)
{
	QueryDesc  *query = scan->query;
	FsqFallbackUse *use = current_use(scan);

	if (query == NULL)
		return;
	scan->query = NULL;
	if (use != NULL)
		use->finished = GetCurrentTimestamp();
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
}

char *
fsq_fallback_story(const FsqFallbackScan *scan)
{
	if (!scan->noted)
		return NULL;
	return psprintf("yes, rows=" INT64_FORMAT ": %s", scan->rows,
					scan->why != NULL ? scan->why :
					scan->plan->first ? "it is to be read first" : "the source does not have them");
}

char *
fsq_fallback_text(const FsqFallbackPlan *plan)
{
	FsqFallbackScan scan = {.plan = plan,.table = fsq_table_open(plan->relid)};

	return pg_get_querydef(complete_query(&scan), false);
}
