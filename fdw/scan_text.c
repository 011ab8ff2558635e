/*-------------------------------------------------------------------------
 *
 * scan_text.c
 *	  The parameters of a foreign scan's statement, and its text, which may
 *	  depend on them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "scan.h"

/* The parameter that the only element of an array is. */
static FsqParam *
make_lone_param(const FsqParam *array)
{
	FsqParam   *param = palloc(sizeof(FsqParam));

	*param = *array;
	param->kind = FSQ_PARAM_VALUE;
	return param;
}

/* The only element of an array, and its type, if it has no more and that is not null. */
static bool
find_lone_key(const FsqParam *param, Datum value, FsqParam *key, Datum *result)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	const char *element = ARR_DATA_PTR(array);

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) != 1 || ARR_HASNULL(array))
		return false;
	key->type = fsq_array_element_type(param, array);
	if (!fsq_is_integer_type(key->type))
		*result = PointerGetDatum(element);
	else
	{
		*result = Int64GetDatum(fsq_array_integer(key->type, element, 0));
		key->type = INT8OID;
	}
	return true;
}

/*
 * Turn a parameter's value into what is bound; false if it cannot be sent.
 */
static bool
encode(FsqScanState *state, int i)
{
	FsqScanParam *p = &state->params[i];
	const FsqParam *param = p->param;
	Datum		value = p->value;

	if (p->lone != NULL)
	{
		FsqKeyForm	form = !p->isnull && find_lone_key(param, p->value, p->lone, &value) ?
			FSQ_KEY_ALONE : FSQ_KEY_LIST;

		state->reshaped |= form != p->form;
		p->form = form;
		if (form == FSQ_KEY_ALONE)
			param = p->lone;
	}
	return state->driver->dialect->encode_value(param, value, p->isnull, &state->param_values[i]);
}

/*
 * An external parameter whose value is there need not be compiled; anything
 * else is.
 */
static Node *
init_expr(Expr *expr, PlanState *parent, ParamListInfo external)
{
	Param	   *param = (Param *) expr;

	if (IsA(expr, Param) && param->paramkind == PARAM_EXTERN && external != NULL &&
		external->paramFetch == NULL && external->paramCompile == NULL &&
		param->paramid > 0 && param->paramid <= external->numParams &&
		external->params[param->paramid - 1].ptype == param->paramtype)
		return (Node *) param;
	return (Node *) (parent != NULL ? ExecInitExpr(expr, parent) : ExecInitExprWithParams(expr, external));
}

List *
fsq_scan_init_params(FsqScanState *state, List *exprs, PlanState *parent, ParamListInfo external)
{
	int			n = list_length(state->plan->params);

	state->nparams = n;
	state->external = external;
	if (n == 0)
		return exprs;
	Assert(n <= list_length(exprs));
	state->params = palloc0(sizeof(FsqScanParam) * n);
	for (int i = 0; i < n; i++)
	{
		FsqScanParam *p = &state->params[i];

		p->param = list_nth(state->plan->params, i);
		p->expr = init_expr(list_nth(exprs, i), parent, external);
		if (p->param->kind == FSQ_PARAM_KEYS)
			p->lone = make_lone_param(p->param);
	}
	if (state->driver->dialect->param_style == FSQ_PARAMS_BOUND)
		state->param_values = palloc0(sizeof(FsqValue) * n);
	state->param_context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql parameters",
												 ALLOCSET_SMALL_SIZES);
	return list_length(exprs) > n ? list_copy_tail(exprs, n) : NIL;
}

/* Evaluate a parameter in the current memory context. */
static void
evaluate(FsqScanState *state, FsqScanParam *p, ExprContext *econtext)
{
	if (IsA(p->expr, Param))
	{
		const ParamExternData *external = &state->external->params[((Param *) p->expr)->paramid - 1];

		p->value = external->value;
		p->isnull = external->isnull;
	}
	else
		/* not ExecEvalExprSwitchContext: the per-tuple context is reset sooner */
		p->value = ExecEvalExpr((ExprState *) p->expr, econtext, &p->isnull);
}

/* Raise the error of a parameter that has no words there. */
pg_noreturn static void
param_error(const FsqScanState *state, const FsqParam *param)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("could not %s on server \"%s\": a parameter of type %s cannot be sent",
					state->doing, GetForeignServer(state->serverid)->servername,
					format_type_be(param->type)),
			 errhint("Set fraiseql.pushdown to off for this statement.")));
}

void
fsq_scan_evaluate(FsqScanState *state, ExprContext *econtext)
{
	bool		bound = state->driver->dialect->param_style == FSQ_PARAMS_BOUND;
	MemoryContext old;

	if (state->nparams == 0)
		return;
	MemoryContextReset(state->param_context);
	state->reshaped = false;
	old = MemoryContextSwitchTo(state->param_context);
	for (int i = 0; i < state->nparams; i++)
	{
		FsqScanParam *p = &state->params[i];

		evaluate(state, p, econtext);
		if (i == state->replaced)
			p->value = state->replacement;
		if (bound && !encode(state, i))
			param_error(state, p->param);
	}
	MemoryContextSwitchTo(old);
}

/*
 * The pieces of a choice that are for the value that its parameter has now.
 */
static List *
chosen_pieces(FsqScanState *state, List *choice)
{
	const FsqScanParam *p = &state->params[intVal(linitial(choice)) - 1];

	return list_nth(choice, 1 + fsq_param_place(state->driver->dialect, p->param, p->value, p->isnull));
}

/*
 * An end of the run that an array is: a piece of its number and whether it is
 * the highest.
 */
static void
append_run_end(FsqScanState *state, StringInfo sql, List *piece)
{
	const FsqScanParam *p = &state->params[linitial_int(piece) - 1];
	FsqParam	integer = {.type = INT8OID,.encoding = p->param->encoding,.kind = FSQ_PARAM_VALUE};
	int64		low;
	int64		high;

	(void) fsq_array_run(p->param, p->value, &low, &high);
	(void) state->driver->dialect->write_value(sql, &integer, Int64GetDatum(lsecond_int(piece) ? high : low), false);
}

/*
 * Pieces of the statement's text, with placeholders or values in the holes.
 */
static void
append_pieces(FsqScanState *state, StringInfo sql, List *pieces)
{
	const FsqDialect *dialect = state->driver->dialect;
	ListCell   *lc;

	foreach(lc, pieces)
	{
		Node	   *piece = lfirst(lc);
		const FsqScanParam *p;

		if (IsA(piece, String))
		{
			appendStringInfoString(sql, strVal(piece));
			continue;
		}
		if (IsA(piece, List))
		{
			append_pieces(state, sql, chosen_pieces(state, (List *) piece));
			continue;
		}
		if (IsA(piece, IntList))
		{
			append_run_end(state, sql, (List *) piece);
			continue;
		}
		p = &state->params[intVal(piece) - 1];
		if (dialect->param_style == FSQ_PARAMS_BOUND)
			dialect->write_placeholder(sql, intVal(piece), p->form == FSQ_KEY_ALONE ? p->lone : p->param);
		else if (!dialect->write_value(sql, p->param, p->value, p->isnull))
			param_error(state, p->param);
	}
}

/* Whether one of the arrays has many elements, for its remote. */
static bool
has_many_keys(const FsqScanState *state)
{
	const FsqDialect *dialect = state->driver->dialect;

	for (int i = 0; i < state->nparams; i++)
	{
		const FsqScanParam *p = &state->params[i];
		ArrayType  *array;
		int			count;

		if (p->param->kind != FSQ_PARAM_ARRAY || p->isnull)
			continue;
		array = DatumGetArrayTypeP(p->value);
		count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
		if (count >= dialect->many_keys && count <= dialect->most_keys)
			return true;
	}
	return false;
}

char *
fsq_scan_sql(FsqScanState *state)
{
	const char *before = state->driver->dialect->before_many;
	StringInfoData sql;

	initStringInfo(&sql);
	if (before != NULL && has_many_keys(state))
		appendStringInfoString(&sql, before);
	append_pieces(state, &sql, state->plan->pieces);
	return sql.data;
}
