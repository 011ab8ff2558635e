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
	param->type = getBaseType(get_element_type(array->type));
	return param;
}

/* The only element of an array, if it has no more and that is not null. */
static bool
find_lone_key(const FsqParam *key, Datum value, Datum *result)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	const char *element = ARR_DATA_PTR(array);

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) != 1 || ARR_HASNULL(array))
		return false;
	if (fsq_is_integer_type(key->type))
		*result = fetch_att(element, true, get_typlen(key->type));
	else
		*result = PointerGetDatum(element);
	return true;
}

/*
 * Turn a parameter's value into what is bound; false if it cannot be sent.
 */
static bool
encode(FsqScanState *state, int i)
{
	const FsqParam *param = state->params[i];
	const FsqParam *lone = state->lone_params[i];
	Datum		datum = state->param_datums[i];

	if (lone != NULL)
	{
		FsqKeyForm	form = !state->param_nulls[i] && find_lone_key(lone, datum, &datum) ?
			FSQ_KEY_ALONE : FSQ_KEY_LIST;

		state->reshaped |= form != state->key_forms[i];
		state->key_forms[i] = form;
		if (form == FSQ_KEY_ALONE)
			param = lone;
	}
	return state->driver->dialect->encode_value(param, datum, state->param_nulls[i], &state->param_values[i]);
}

void
fsq_scan_init_params(FsqScanState *state, List *exprs)
{
	ListCell   *lc;
	int			i = 0;

	state->nparams = list_length(state->plan->params);
	if (state->nparams == 0)
		return;
	Assert(state->nparams == list_length(exprs));
	state->param_exprs = exprs;
	state->params = palloc(sizeof(FsqParam *) * state->nparams);
	state->lone_params = palloc0(sizeof(FsqParam *) * state->nparams);
	state->key_forms = palloc0(sizeof(FsqKeyForm) * state->nparams);
	foreach(lc, state->plan->params)
	{
		const FsqParam *param = lfirst(lc);

		state->params[i] = lfirst(lc);
		if (param->kind == FSQ_PARAM_KEYS)
			state->lone_params[i] = make_lone_param(param);
		i++;
	}
	state->param_values = palloc0(sizeof(FsqValue) * state->nparams);
	state->param_datums = palloc0(sizeof(Datum) * state->nparams);
	state->param_nulls = palloc0(sizeof(bool) * state->nparams);
	state->param_context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql parameters",
												 ALLOCSET_SMALL_SIZES);
}

void
fsq_scan_evaluate(FsqScanState *state, ExprContext *econtext)
{
	const FsqDialect *dialect = state->driver->dialect;
	MemoryContext old;
	ListCell   *lc;
	int			i = 0;

	if (state->nparams == 0)
		return;
	MemoryContextReset(state->param_context);
	state->reshaped = false;
	old = MemoryContextSwitchTo(state->param_context);
	foreach(lc, state->param_exprs)
	{
		const FsqParam *param = state->params[i];

		/* not ExecEvalExprSwitchContext: the per-tuple context is reset sooner */
		state->param_datums[i] = ExecEvalExpr((ExprState *) lfirst(lc), econtext, &state->param_nulls[i]);
		if (i == state->replaced)
			state->param_datums[i] = state->replacement;
		if (dialect->param_style == FSQ_PARAMS_BOUND &&
			!encode(state, i))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("could not %s on server \"%s\": a parameter of type %s cannot be sent",
							state->doing, GetForeignServer(state->serverid)->servername,
							format_type_be(param->type)),
					 errhint("Set fraiseql.pushdown to off for this statement.")));
		i++;
	}
	MemoryContextSwitchTo(old);
}

/*
 * The pieces of a choice that are for the value that its parameter has now.
 */
static List *
chosen_pieces(FsqScanState *state, List *choice)
{
	int			i = intVal(linitial(choice)) - 1;

	return list_nth(choice, 1 + fsq_param_place(state->driver->dialect, state->params[i],
												state->param_datums[i], state->param_nulls[i]));
}

/*
 * An end of the run that an array is: a piece of its number and whether it is
 * the highest.
 */
static void
append_run_end(FsqScanState *state, StringInfo sql, List *piece)
{
	int			i = linitial_int(piece) - 1;
	FsqParam	integer = {.type = INT8OID,.encoding = state->params[i]->encoding,.kind = FSQ_PARAM_VALUE};
	int64		low;
	int64		high;

	(void) fsq_array_run(state->params[i], state->param_datums[i], &low, &high);
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
		int			number;

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
		number = intVal(piece);
		if (dialect->param_style == FSQ_PARAMS_BOUND)
			dialect->write_placeholder(sql, number, state->key_forms[number - 1] == FSQ_KEY_ALONE ?
									   state->lone_params[number - 1] :
									   state->params[number - 1]);
		else if (!dialect->write_value(sql, state->params[number - 1],
									   state->param_datums[number - 1], state->param_nulls[number - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("could not %s on server \"%s\": a parameter of type %s cannot be sent",
							state->doing, GetForeignServer(state->serverid)->servername,
							format_type_be(state->params[number - 1]->type)),
					 errhint("Set fraiseql.pushdown to off for this statement.")));
	}
}

/* Whether one of the arrays has many elements, for its remote. */
static bool
has_many_keys(const FsqScanState *state)
{
	const FsqDialect *dialect = state->driver->dialect;

	for (int i = 0; i < state->nparams; i++)
	{
		ArrayType  *array;
		int			count;

		if (state->params[i]->kind != FSQ_PARAM_ARRAY || state->param_nulls[i])
			continue;
		array = DatumGetArrayTypeP(state->param_datums[i]);
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
