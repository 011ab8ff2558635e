/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  PostgreSQL's values as literals of MySQL, which is how parameters travel.
 *
 *	  A literal has the type of the columns that it is compared with, so that
 *	  nothing is converted on the way: text is never compared with numbers.
 *	  What the engine has no value for (infinity, NaN, years beyond 9999,
 *	  numbers beyond its DECIMAL) is not written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "fdw.h"
#include "mysql/mysql.h"

/* https://dev.mysql.com/doc/refman/8.0/en/fixed-point-types.html: 65 digits, 30 decimal places */
#define MAX_DECIMAL_DIGITS 65
#define MAX_DECIMAL_SCALE 30

/* More than any number of rows: what the manual says for "all of them". */
#define NO_LIMIT "18446744073709551615"

/*
 * Quoted text.  Under NO_BACKSLASH_ESCAPES only the quote itself is special.
 */
static void
write_text(StringInfo sql, const char *text, int length)
{
	appendStringInfoChar(sql, '\'');
	for (int i = 0; i < length; i++)
	{
		if (text[i] == '\'')
			appendStringInfoChar(sql, '\'');
		appendStringInfoChar(sql, text[i]);
	}
	appendStringInfoChar(sql, '\'');
}

static void
write_bytes(StringInfo sql, const unsigned char *bytes, int length)
{
	static const char digits[] = "0123456789abcdef";

	enlargeStringInfo(sql, length * 2 + 3);
	appendStringInfoString(sql, "x'");
	for (int i = 0; i < length; i++)
	{
		appendStringInfoChar(sql, digits[bytes[i] >> 4]);
		appendStringInfoChar(sql, digits[bytes[i] & 15]);
	}
	appendStringInfoChar(sql, '\'');
}

/*
 * A pattern of LIKE; one that ends in its escape is PostgreSQL's error.
 */
static bool
write_pattern(StringInfo sql, const char *pattern, int length)
{
	int			backslashes = 0;

	while (backslashes < length && pattern[length - 1 - backslashes] == '\\')
		backslashes++;
	if (backslashes % 2 == 1)
		return false;
	write_text(sql, pattern, length);
	return true;
}

/*
 * A double: the exponent makes it one.
 */
static bool
write_double(StringInfo sql, double value)
{
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(value) || isinf(value))
		return false;
	double_to_shortest_decimal_buf(value, buf);
	appendStringInfoString(sql, buf);
	if (strchr(buf, 'e') == NULL)
		appendStringInfoString(sql, "e0");
	return true;
}

static bool
write_numeric(StringInfo sql, Numeric value)
{
	char	   *text;
	char	   *point;

	if (numeric_is_nan(value) || numeric_is_inf(value))
		return false;
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	point = strchr(text, '.');
	if (strlen(text) > MAX_DECIMAL_DIGITS || (point != NULL && strlen(point + 1) > MAX_DECIMAL_SCALE))
		return false;
	appendStringInfoString(sql, text);
	return true;
}

/* ---- dates ---- */

static bool
write_date(StringInfo sql, DateADT date)
{
	int			year;
	int			month;
	int			day;

	if (DATE_NOT_FINITE(date))
		return false;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (year < 1 || year > 9999)
		return false;
	appendStringInfo(sql, "DATE'%04d-%02d-%02d'", year, month, day);
	return true;
}

/* A timestamp, or an instant in UTC. */
static bool
write_timestamp(StringInfo sql, Timestamp timestamp)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(timestamp) ||
		timestamp2tm(timestamp, NULL, &tm, &fsec, NULL, NULL) != 0 ||
		tm.tm_year < 1 || tm.tm_year > 9999)
		return false;
	appendStringInfo(sql, "TIMESTAMP'%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year, tm.tm_mon,
					 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fsec != 0)
		appendStringInfo(sql, ".%06d", fsec);
	appendStringInfoChar(sql, '\'');
	return true;
}

static void
write_time(StringInfo sql, TimeADT time)
{
	int64		seconds = time / USECS_PER_SEC;

	appendStringInfo(sql, "TIME'%02d:%02d:%02d", (int) (seconds / 3600),
					 (int) (seconds / 60 % 60), (int) (seconds % 60));
	if (time % USECS_PER_SEC != 0)
		appendStringInfo(sql, ".%06d", (int) (time % USECS_PER_SEC));
	appendStringInfoChar(sql, '\'');
}

/* ---- arrays and limits ---- */

/*
 * What stands inside IN ( ).  A value that the engine does not have equals
 * none of its own and is left out.  IN with nothing is written as a query
 * that finds nothing.
 */
static bool
write_array(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	FsqParam	element = *param;
	int16		len;
	bool		byval;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int			written = 0;

	if (isnull)
	{
		appendStringInfoString(sql, "NULL");
		return true;
	}
	element.kind = FSQ_PARAM_VALUE;
	element.type = getBaseType(get_element_type(param->type));
	get_typlenbyvalalign(element.type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(value), element.type, len, byval, align,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		int			start = sql->len;

		if (written > 0)
			appendStringInfoString(sql, ", ");
		if (!fsq_mysql_write_value(sql, &element, elements[i], nulls[i]))
		{
			sql->len = start;
			sql->data[start] = '\0';
			continue;
		}
		written++;
		/* as text it may be stored in upper case, too */
		if (element.type == UUIDOID && element.encoding != FSQ_ENCODING_BYTES && !nulls[i])
		{
			char	   *upper = pnstrdup(sql->data + sql->len - 38, 38);

			appendStringInfo(sql, ", UPPER(%s)", upper);
		}
	}
	if (written == 0)
		appendStringInfoString(sql, "SELECT NULL FROM DUAL WHERE FALSE");
	return true;
}

/*
 * With the errors of a local LIMIT.
 */
static void
write_limit(StringInfo sql, int encoding, Datum value, bool isnull)
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
	if (isnull && encoding == FSQ_ENCODING_LIMIT)
		appendStringInfoString(sql, NO_LIMIT);
	else
		appendStringInfo(sql, INT64_FORMAT, number);
}

/*
 * FsqDialect.write_value
 */
bool
fsq_mysql_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	const char *string;
	int			length;

	if (param->encoding == FSQ_ENCODING_LIMIT || param->encoding == FSQ_ENCODING_OFFSET)
	{
		write_limit(sql, param->encoding, value, isnull);
		return true;
	}
	if (param->kind == FSQ_PARAM_ARRAY)
		return write_array(sql, param, value, isnull);
	if (isnull)
	{
		appendStringInfoString(sql, "NULL");
		return true;
	}
	switch (param->type)
	{
		case BOOLOID:
			appendStringInfoString(sql, DatumGetBool(value) ? "1" : "0");
			return true;
		case INT2OID:
			appendStringInfo(sql, "%d", DatumGetInt16(value));
			return true;
		case INT4OID:
			appendStringInfo(sql, "%d", DatumGetInt32(value));
			return true;
		case INT8OID:
			appendStringInfo(sql, INT64_FORMAT, DatumGetInt64(value));
			return true;
		case FLOAT8OID:
			return write_double(sql, DatumGetFloat8(value));
		case NUMERICOID:
			return write_numeric(sql, DatumGetNumeric(value));
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			string = VARDATA_ANY(DatumGetTextPP(value));
			length = VARSIZE_ANY_EXHDR(DatumGetTextPP(value));
			/* blanks at the end of char(n) mean nothing */
			while (param->type == BPCHAROID && length > 0 && string[length - 1] == ' ')
				length--;
			if (param->encoding == FSQ_ENCODING_PATTERN)
				return write_pattern(sql, string, length);
			write_text(sql, string, length);
			return true;
		case BYTEAOID:
			write_bytes(sql, (unsigned char *) VARDATA_ANY(DatumGetByteaPP(value)),
						VARSIZE_ANY_EXHDR(DatumGetByteaPP(value)));
			return true;
		case UUIDOID:
			if (param->encoding == FSQ_ENCODING_BYTES)
				write_bytes(sql, DatumGetUUIDP(value)->data, UUID_LEN);
			else
				appendStringInfo(sql, "'%s'", DatumGetCString(DirectFunctionCall1(uuid_out, value)));
			return true;
		case DATEOID:
			return write_date(sql, DatumGetDateADT(value));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return write_timestamp(sql, DatumGetTimestamp(value));
		case TIMEOID:
			write_time(sql, DatumGetTimeADT(value));
			return true;
		default:
			return false;
	}
}
