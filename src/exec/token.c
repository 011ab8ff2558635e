/*-------------------------------------------------------------------------
 *
 * token.c
 *	  Cursors and node ids, from the values of a row.
 *
 *	  Values are written as their types write them, with settings under which
 *	  they are exact and mean the same in every session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "exec/exec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "plan/token.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static void
set_option(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Have dates, intervals and floats written so that they are read again as they
 * were.  Returns what is to be given to AtEOXact_GUC(), or -1: nothing had to be
 * changed.
 */
static int
begin_exact(void)
{
	int			level;

	if (DateStyle == USE_ISO_DATES && IntervalStyle == INTSTYLE_POSTGRES && extra_float_digits > 0)
		return -1;
	level = NewGUCNestLevel();
	if (DateStyle != USE_ISO_DATES)
		set_option("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		set_option("intervalstyle", "postgres");
	if (extra_float_digits <= 0)
		set_option("extra_float_digits", "1");
	return level;
}

/* Look up how the values of a token are written; as long as the plan. */
static void
prepare(FsqFetchState *state, FsqTokenOutput *token)
{
	MemoryContext context = state->execution->plan->context;
	FmgrInfo   *functions = MemoryContextAllocZero(context, sizeof(FmgrInfo) * token->nvalues);

	for (int i = 0; i < token->nvalues; i++)
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(state->fetch->result[token->results[i]].type.type, &function, &varlena);
		fmgr_info_cxt(function, &functions[i], context);
	}
	token->functions = functions;
}

/* The text of a value, in UTF-8. */
static char *
value_text(FmgrInfo *function, Oid type, Datum value)
{
	char	   *text;

	/* with a sign and a point that depend on the session */
	if (type == CASHOID)
		return psprintf(INT64_FORMAT, DatumGetInt64(value));
	/* the same in every time zone */
	if (type == TIMESTAMPTZOID && !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
	{
		text = DatumGetCString(DirectFunctionCall1(timestamp_out, value));
		if (strstr(text, "BC") == NULL)
			return psprintf("%s+00", text);
	}
	text = OutputFunctionCall(function, value);
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

void
fsq_token_render(FsqFetchState *state, FsqTokenOutput *output, const Datum *values, const bool *nulls,
				 StringInfo out)
{
	FsqToken	token = {
		.kind = output->kind,
		.subject = output->subject,
		.subject_length = output->subject_length,
		.nvalues = output->nvalues
	};
	int			level;

	if (output->functions == NULL)
		prepare(state, output);
	token.values = palloc(sizeof(FsqTokenValue) * output->nvalues);
	level = begin_exact();
	for (int i = 0; i < output->nvalues; i++)
	{
		int			column = fsq_select_position(state->select, output->results[i]);
		FsqTokenValue *value = &token.values[i];

		value->text = NULL;
		value->length = 0;
		if (nulls[column])
			continue;
		value->text = value_text(&output->functions[i],
								 state->fetch->result[output->results[i]].type.type, values[column]);
		value->length = strlen(value->text);
	}
	if (level >= 0)
		AtEOXact_GUC(true, level);
	appendStringInfoChar(out, '"');
	fsq_token_write(out, &token);
	appendStringInfoChar(out, '"');
}
