/*-------------------------------------------------------------------------
 *
 * parameter.c
 *	  Values as another PostgreSQL reads them: the text of their types' output
 *	  functions, with the type written beside it.
 *
 *	  The text must mean the same whatever this session's settings are: dates
 *	  are written in ISO form, intervals in PostgreSQL's, floats with all their
 *	  digits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "postgres/engine.h"

/*
 * A type's name as SQL, without modifier: unlike "character", "bpchar" is not
 * a character of length 1.
 */
static char *
type_name(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN);
}

/*
 * Settings that values are written under; returns the nesting level to go back
 * to, or 0 if they were so already.
 */
static int
begin_writing(void)
{
	int			level;

	if (DateStyle == USE_ISO_DATES && IntervalStyle == INTSTYLE_POSTGRES && extra_float_digits >= 3)
		return 0;
	level = NewGUCNestLevel();
	(void) set_config_option("datestyle", "ISO", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("extra_float_digits", "3", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return level;
}

/*
 * A value's text, in the database's encoding.
 */
static char *
value_text(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;
	char	   *result;
	int			level;

	switch (type)
	{
		case INT4OID:
			return psprintf("%d", DatumGetInt32(value));
		case INT8OID:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(value);
		default:
			break;
	}
	getTypeOutputInfo(type, &output, &varlena);
	level = begin_writing();
	result = OidOutputFunctionCall(output, value);
	if (level > 0)
		AtEOXact_GUC(true, level);
	return result;
}

/*
 * With the errors of a local LIMIT, before anything is sent.
 */
static void
check_limit(int encoding, Datum value)
{
	if (DatumGetInt64(value) >= 0)
		return;
	if (encoding == FSQ_ENCODING_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
			 errmsg("OFFSET must not be negative")));
}

/*
 * $1::type tells the type of a parameter, and casts nothing.
 */
void
fsq_postgres_write_placeholder(StringInfo sql, int number, const FsqParam *param)
{
	appendStringInfo(sql, "$%d::%s", number, type_name(param->type));
}

/*
 * A subquery is not looked into: what EXPLAIN expects of it is what it expects
 * of any value.
 */
void
fsq_postgres_write_unknown(StringInfo sql, const FsqParam *param)
{
	const char *type = type_name(param->type);

	appendStringInfo(sql, "((SELECT NULL::%s)::%s)", type, type);
}

bool
fsq_postgres_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out)
{
	const char *text;

	if (isnull)
	{
		out->type = FSQ_WIRE_NULL;
		return true;
	}
	if (param->encoding == FSQ_ENCODING_LIMIT || param->encoding == FSQ_ENCODING_OFFSET)
		check_limit(param->encoding, value);
	text = value_text(param->type, value);
	text = pg_server_to_any(text, strlen(text), PG_UTF8);
	out->type = FSQ_WIRE_TEXT;
	out->u.s = text;
	out->length = strlen(text);
	return true;
}

bool
fsq_postgres_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	const char *text;

	if (isnull)
	{
		appendStringInfo(sql, "NULL::%s", type_name(param->type));
		return true;
	}
	text = value_text(param->type, value);
	if (param->type == INT4OID && text[0] != '-')
	{
		appendStringInfoString(sql, text);
		return true;
	}
	if (param->type == BOOLOID)
	{
		appendStringInfoString(sql, text[0] == 't' ? "true" : "false");
		return true;
	}
	/* a backslash is a character like any other: standard_conforming_strings is on */
	appendStringInfoChar(sql, '\'');
	for (; *text != '\0'; text++)
	{
		if (*text == '\'')
			appendStringInfoChar(sql, '\'');
		appendStringInfoChar(sql, *text);
	}
	appendStringInfo(sql, "'::%s", type_name(param->type));
	return true;
}

const char *
fsq_postgres_write_cast(const char *value, Oid type)
{
	return psprintf("(%s)::%s", value, type_name(type));
}
