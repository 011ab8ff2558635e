/*-------------------------------------------------------------------------
 *
 * parameter.c
 *	  PostgreSQL's values as SQLite's: bound parameters and literals.
 *
 *	  A value is sent such that SQLite compares it with every value that
 *	  value.c reads from a column as PostgreSQL compares the two.  SQLite
 *	  orders null < numbers < text < blobs: what is greater than any number
 *	  (NaN) is sent as an empty blob.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "fdw.h"
#include "sqlite/sqlite.h"

/* Decimal numbers of so many digits read back from a double as they were. */
#define EXACT_DIGITS DBL_DIG

/* GLOB refuses patterns of more bytes (SQLITE_MAX_LIKE_PATTERN_LENGTH). */
#define MAX_PATTERN 50000

/* the Julian day of 2000-01-01 00:00 */
#define JULIAN_OF_EPOCH 2451544.5

/* ---- text ---- */

static void
set_text(FsqValue *out, const char *text, int length)
{
	const char *converted = pg_server_to_any(text, length, PG_UTF8);

	out->type = FSQ_WIRE_TEXT;
	out->u.s = converted;
	out->length = converted == text ? length : strlen(converted);
}

static void
set_integer(FsqValue *out, int64 value)
{
	out->type = FSQ_WIRE_INT64;
	out->u.i = value;
}

static void
set_real(FsqValue *out, double value)
{
	out->type = FSQ_WIRE_FLOAT8;
	out->u.d = value;
}

static void
set_above_numbers(FsqValue *out)
{
	out->type = FSQ_WIRE_BYTES;
	out->u.s = "";
	out->length = 0;
}

/*
 * A pattern of LIKE (with a backslash as its escape) in GLOB's words, which
 * uses * ? [ where LIKE has % _.  NULL: too long.
 */
static char *
glob_of_like(const char *like)
{
	StringInfoData glob;
	const char *s;

	initStringInfo(&glob);
	for (s = like; *s; s++)
	{
		bool		literal = false;

		if (*s == '\\')
		{
			if (*++s == '\0')
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE),
						 errmsg("LIKE pattern must not end with escape character")));
			literal = true;
		}
		if (*s == '%' && !literal)
			appendStringInfoChar(&glob, '*');
		else if (*s == '_' && !literal)
			appendStringInfoChar(&glob, '?');
		else if (*s == '*' || *s == '?' || *s == '[')
			appendStringInfo(&glob, "[%c]", *s);
		else
			appendStringInfoChar(&glob, *s);
	}
	return glob.len > MAX_PATTERN ? NULL : glob.data;
}

/*
 * Whether a constant pattern is one that PostgreSQL refuses.
 */
static bool
ends_in_escape(const char *like)
{
	int			backslashes = 0;

	for (; *like; like++)
		backslashes = *like == '\\' ? backslashes + 1 : 0;
	return backslashes % 2 == 1;
}

/* ---- numbers ---- */

/*
 * Significant digits of a finite number's text.
 */
static int
significant_digits(const char *text)
{
	int			digits = 0;
	int			zeros = 0;

	for (; *text; text++)
	{
		if (*text == '0' && digits > 0)
			zeros++;
		else if (*text >= '1' && *text <= '9')
		{
			digits += zeros + 1;
			zeros = 0;
		}
	}
	return digits;
}

static double
double_of_numeric(Numeric value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value)));
}

/*
 * A number of few enough digits is as exact as what it is compared with: a
 * real is read by its shortest decimal form, and both orders agree.
 */
static bool
encode_numeric(FsqParamKind kind, Numeric value, FsqValue *out)
{
	char	   *text;

	if (numeric_is_nan(value))
	{
		set_above_numbers(out);
		return true;
	}
	if (kind != FSQ_PARAM_VALUE)
	{
		set_real(out, nextafter(double_of_numeric(value),
								kind == FSQ_PARAM_FLOOR ? -HUGE_VAL : HUGE_VAL));
		return true;
	}
	if (numeric_is_inf(value))
		return false;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	if (significant_digits(text) > EXACT_DIGITS)
		return false;
	set_real(out, double_of_numeric(value));
	/* integral, and so small that it is its own integer */
	if (strlen(text) <= EXACT_DIGITS && out->u.d == rint(out->u.d))
		set_integer(out, (int64) out->u.d);
	return true;
}

/* ---- dates ---- */

/*
 * A date as ISO 8601 text.  What has no year of four digits is before or
 * after every text that has.
 */
static char *
iso_date(int64 date)
{
	int			year;
	int			month;
	int			day;

	if (date < -POSTGRES_EPOCH_JDATE)
		return "";
	if (date > 3000000)
		return ":";
	j2date((int) date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (year < 0)
		return "";
	if (year > 9999)
		return ":";
	return psprintf("%04d-%02d-%02d", year, month, day);
}

static void
encode_date(int encoding, DateADT date, FsqValue *out)
{
	char	   *text;

	if (encoding == FSQ_ENCODING_UNIX)
	{
		if (DATE_NOT_FINITE(date))
			set_real(out, DATE_IS_NOBEGIN(date) ? -HUGE_VAL : HUGE_VAL);
		else
			set_integer(out, ((int64) date + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY);
		return;
	}
	text = DATE_IS_NOBEGIN(date) ? "" : DATE_IS_NOEND(date) ? ":" : iso_date(date);
	set_text(out, text, strlen(text));
}

/*
 * A bound of an instant, far enough from it that no spelling of the same
 * instant is beyond: text may have a zone offset of up to 16 hours, reals are
 * rounded.
 */
static void
encode_timestamp_bound(int encoding, FsqParamKind kind, Timestamp timestamp, FsqValue *out)
{
	int			direction = kind == FSQ_PARAM_FLOOR ? -1 : 1;
	int64		date = timestamp / USECS_PER_DAY;
	char	   *text;

	if (encoding != FSQ_ENCODING_USUAL)
	{
		if (TIMESTAMP_NOT_FINITE(timestamp))
			set_real(out, TIMESTAMP_IS_NOBEGIN(timestamp) ? -HUGE_VAL : HUGE_VAL);
		else if (encoding == FSQ_ENCODING_UNIX)
			set_integer(out, timestamp / USECS_PER_SEC + direction * 2 +
						(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY);
		else
			set_real(out, JULIAN_OF_EPOCH + (double) timestamp / USECS_PER_DAY + direction);
		return;
	}
	text = TIMESTAMP_IS_NOBEGIN(timestamp) ? "" : TIMESTAMP_IS_NOEND(timestamp) ? ":" :
		iso_date(date + direction * 3);
	set_text(out, text, strlen(text));
}

/* ---- arrays ---- */

static inline bool
is_array(const FsqParam *param)
{
	return param->kind == FSQ_PARAM_ARRAY || param->kind == FSQ_PARAM_KEYS;
}

/*
 * An array as JSON text, for json_each().  No array at all is the array of a
 * null, whose = ANY is null likewise.
 */
static bool
encode_array(const FsqParam *param, Datum value, bool isnull, FsqValue *out)
{
	StringInfoData json;
	Oid			type = getBaseType(get_element_type(param->type));
	int16		len;
	bool		byval;
	char		align;
	Oid			output;
	bool		varlena;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	initStringInfo(&json);
	if (isnull)
		appendStringInfoString(&json, "[null]");
	else
	{
		get_typlenbyvalalign(type, &len, &byval, &align);
		getTypeOutputInfo(type, &output, &varlena);
		deconstruct_array(DatumGetArrayTypeP(value), type, len, byval, align,
						  &elements, &nulls, &count);
		appendStringInfoChar(&json, '[');
		for (int i = 0; i < count; i++)
		{
			if (i > 0)
				appendStringInfoChar(&json, ',');
			if (nulls[i])
				appendStringInfoString(&json, "null");
			else if (type == INT2OID || type == INT4OID || type == INT8OID)
				appendStringInfoString(&json, OidOutputFunctionCall(output, elements[i]));
			else
				escape_json(&json, OidOutputFunctionCall(output, elements[i]));
		}
		appendStringInfoChar(&json, ']');
	}
	set_text(out, json.data, json.len);
	return true;
}

/* ---- LIMIT and OFFSET ---- */

/*
 * With the errors of a local LIMIT.
 */
static void
encode_limit(int encoding, Datum value, bool isnull, FsqValue *out)
{
	int64		number = isnull ? 0 : DatumGetInt64(value);

	if (number < 0 && encoding == FSQ_ENCODING_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE),
				 errmsg("LIMIT must not be negative")));
	if (number < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
				 errmsg("OFFSET must not be negative")));
	set_integer(out, isnull && encoding == FSQ_ENCODING_LIMIT ? -1 : number);
}

/* ---- FsqDialect ---- */

void
fsq_sqlite_write_placeholder(StringInfo sql, int number, const FsqParam *param)
{
	char		digits[MAXINT8LEN + 1];

	if (is_array(param))
		appendStringInfoString(sql, "SELECT value FROM json_each(");
	appendStringInfoChar(sql, '?');
	appendBinaryStringInfo(sql, digits, pg_ltoa(number, digits));
	if (is_array(param))
		appendStringInfoChar(sql, ')');
	/* the other spellings of the same values */
	if (is_array(param) && getBaseType(get_element_type(param->type)) == UUIDOID)
		appendStringInfo(sql, " UNION ALL SELECT upper(value) FROM json_each(?%d)"
						 " UNION ALL SELECT fraiseql_uuid(value) FROM json_each(?%d)", number, number);
}

static bool
encode_text(const FsqParam *param, Datum value, FsqValue *out)
{
	char	   *pattern;

	if (param->encoding != FSQ_ENCODING_PATTERN)
	{
		set_text(out, VARDATA_ANY(DatumGetTextPP(value)), VARSIZE_ANY_EXHDR(DatumGetTextPP(value)));
		return true;
	}
	pattern = glob_of_like(TextDatumGetCString(value));
	if (pattern == NULL)
		return false;
	set_text(out, pattern, strlen(pattern));
	return true;
}

bool
fsq_sqlite_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out)
{
	if (param->encoding == FSQ_ENCODING_LIMIT || param->encoding == FSQ_ENCODING_OFFSET)
	{
		encode_limit(param->encoding, value, isnull, out);
		return true;
	}
	if (is_array(param))
		return encode_array(param, value, isnull, out);
	if (isnull)
	{
		out->type = FSQ_WIRE_NULL;
		return true;
	}
	switch (param->type)
	{
		case BOOLOID:
			set_integer(out, DatumGetBool(value));
			return true;
		case INT2OID:
			set_integer(out, DatumGetInt16(value));
			return true;
		case INT4OID:
			set_integer(out, DatumGetInt32(value));
			return true;
		case INT8OID:
			set_integer(out, DatumGetInt64(value));
			return true;
		case FLOAT8OID:
			if (isnan(DatumGetFloat8(value)))
				set_above_numbers(out);
			else
				set_real(out, DatumGetFloat8(value));
			return true;
		case NUMERICOID:
			return encode_numeric(param->kind, DatumGetNumeric(value), out);
		case TEXTOID:
		case VARCHAROID:
			return encode_text(param, value, out);
		case BYTEAOID:
			out->type = FSQ_WIRE_BYTES;
			out->u.s = VARDATA_ANY(DatumGetByteaPP(value));
			out->length = VARSIZE_ANY_EXHDR(DatumGetByteaPP(value));
			return true;
		case UUIDOID:
			set_text(out, DatumGetCString(DirectFunctionCall1(uuid_out, value)), 36);
			return true;
		case DATEOID:
			encode_date(param->encoding, DatumGetDateADT(value), out);
			return true;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			if (param->kind == FSQ_PARAM_VALUE)
				return false;
			encode_timestamp_bound(param->encoding, param->kind, DatumGetTimestamp(value), out);
			return true;
		default:
			return false;
	}
}

/*
 * Quoted text; a backslash is a character like any other there.
 */
static void
write_text(StringInfo sql, const char *text)
{
	appendStringInfoChar(sql, '\'');
	for (; *text; text++)
	{
		if (*text == '\'')
			appendStringInfoChar(sql, '\'');
		appendStringInfoChar(sql, *text);
	}
	appendStringInfoChar(sql, '\'');
}

/*
 * Only what is read as the very same value: reals are better bound.
 */
bool
fsq_sqlite_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	FsqValue	encoded;
	char	   *literal;

	if (param->encoding == FSQ_ENCODING_PATTERN && !isnull && ends_in_escape(TextDatumGetCString(value)))
		return false;
	if (!fsq_sqlite_encode_value(param, value, isnull, &encoded))
		return false;
	switch (encoded.type)
	{
		case FSQ_WIRE_NULL:
			appendStringInfoString(sql, "NULL");
			return true;
		case FSQ_WIRE_INT64:
			appendStringInfo(sql, INT64_FORMAT, encoded.u.i);
			return true;
		case FSQ_WIRE_TEXT:
			literal = pnstrdup(encoded.u.s, encoded.length);
			/* the statement is in the database's encoding until it is sent */
			if (GetDatabaseEncoding() != PG_UTF8 && !pg_is_ascii(literal))
				return false;
			write_text(sql, literal);
			return true;
		case FSQ_WIRE_BYTES:
			appendStringInfoString(sql, "x'");
			for (int i = 0; i < encoded.length; i++)
				appendStringInfo(sql, "%02x", (unsigned char) encoded.u.s[i]);
			appendStringInfoChar(sql, '\'');
			return true;
		default:
			return false;
	}
}
