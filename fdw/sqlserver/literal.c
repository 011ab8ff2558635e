/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  PostgreSQL's values as literals of Transact-SQL, which is how parameters
 *	  travel.
 *
 *	  A literal has a type of its own, so that nothing depends on what it is
 *	  compared with or on the session's language.  What the engine has no value
 *	  for (infinity, NaN, a double of less than 2.23e-308, years outside 1 to
 *	  9999, the time 24:00) is not written; its place decides.
 *
 *	  Source: "Constants (Transact-SQL)", "Precision, scale, and length",
 *	  "Backslash (Line Continuation)", "Table Value Constructor", "IN",
 *	  "LIKE" of https://learn.microsoft.com/en-us/sql/t-sql/
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "fdw.h"
#include "sqlserver/column.h"

/*
 * A string of fewer UTF-16 units is nvarchar(n) and may grow by one; from here
 * on it is made nvarchar(max).  Likewise the bytes of a binary one.
 */
#define MAX_SHORT_TEXT 4000
#define MAX_SHORT_BYTES 8000

/* More than any number of rows. */
#define NO_LIMIT "9223372036854775807"

/* Elements of an array that may stand in a list; more become a table. */
#define MAX_LIST_ELEMENTS 500

/* Rows of a table value constructor. */
#define MAX_VALUES_ROWS 1000

/* ---- text ---- */

/*
 * The inside of a string.  Only the quote is special, but for a backslash at
 * the end of a line, which would swallow both: there the string is cut in two.
 */
static void
write_characters(StringInfo sql, const char *text, int length)
{
	for (int i = 0; i < length; i++)
	{
		if (text[i] == '\'')
			appendStringInfoChar(sql, '\'');
		appendStringInfoChar(sql, text[i]);
		if (text[i] == '\\' && i + 1 < length && (text[i + 1] == '\n' || text[i + 1] == '\r'))
			appendStringInfoString(sql, "' + N'");
	}
}

static bool
has_continued_line(const char *text, int length)
{
	for (int i = 0; i + 1 < length; i++)
	{
		if (text[i] == '\\' && (text[i + 1] == '\n' || text[i + 1] == '\r'))
			return true;
	}
	return false;
}

/*
 * Quoted text, and what is added at its end.  There are never more UTF-16
 * units than bytes.
 */
static void
write_text(StringInfo sql, const char *text, int length, const char *end)
{
	bool		cut = has_continued_line(text, length);
	bool		is_long = length + (int) strlen(end) >= MAX_SHORT_TEXT;

	if (is_long)
		appendStringInfoString(sql, cut ? "(CAST(N'' AS nvarchar(max)) + N'" : "CAST(N'");
	else
		appendStringInfoString(sql, cut ? "(N'" : "N'");
	write_characters(sql, text, length);
	appendStringInfo(sql, "%s'", end);
	if (cut)
		appendStringInfoChar(sql, ')');
	else if (is_long)
		appendStringInfoString(sql, " AS nvarchar(max))");
}

void
fsq_sqlserver_write_string(StringInfo sql, const char *text)
{
	write_text(sql, text, strlen(text), "");
}

static void
write_bytes(StringInfo sql, const unsigned char *bytes, int length, const char *end)
{
	static const char digits[] = "0123456789abcdef";
	bool		is_long = length + 1 >= MAX_SHORT_BYTES;

	enlargeStringInfo(sql, length * 2 + 32);
	appendStringInfoString(sql, is_long ? "CAST(0x" : "0x");
	for (int i = 0; i < length; i++)
	{
		appendStringInfoChar(sql, digits[bytes[i] >> 4]);
		appendStringInfoChar(sql, digits[bytes[i] & 15]);
	}
	appendStringInfoString(sql, end);
	if (is_long)
		appendStringInfoString(sql, " AS varbinary(max))");
}

/*
 * A pattern of LIKE in the remote's words: a bracket is special there.  False:
 * there is none that matches the same.  What matches one character matches a
 * UTF-16 unit there; one that ends in its escape is PostgreSQL's error.
 */
static bool
convert_pattern(StringInfo buf, Datum value)
{
	const char *pattern = VARDATA_ANY(DatumGetTextPP(value));
	int			length = VARSIZE_ANY_EXHDR(DatumGetTextPP(value));

	for (int i = 0; i < length; i++)
	{
		if (pattern[i] == '_')
			return false;
		if (pattern[i] == '%')
		{
			appendStringInfoChar(buf, '%');
			continue;
		}
		if (pattern[i] == '\\' && ++i == length)
			return false;
		if (strchr("%_[]^-\\", pattern[i]) != NULL)
			appendStringInfoChar(buf, '\\');
		appendStringInfoChar(buf, pattern[i]);
	}
	return buf->len < MAX_SHORT_TEXT;
}

bool
fsq_sqlserver_pattern_is_exact(Datum pattern)
{
	StringInfoData buf;

	initStringInfo(&buf);
	return convert_pattern(&buf, pattern);
}

/*
 * A pattern that matches the same, or more.
 */
static void
write_pattern(StringInfo sql, Datum value)
{
	const char *pattern = VARDATA_ANY(DatumGetTextPP(value));
	int			length = VARSIZE_ANY_EXHDR(DatumGetTextPP(value));
	StringInfoData buf;

	initStringInfo(&buf);
	if (!convert_pattern(&buf, value))
	{
		/* as far as the first thing that is not the same there */
		resetStringInfo(&buf);
		for (int i = 0; i < length && buf.len < MAX_SHORT_TEXT / 2 && strchr("%_\\", pattern[i]) == NULL; i++)
		{
			if (strchr("[]^-", pattern[i]) != NULL)
				appendStringInfoChar(&buf, '\\');
			appendStringInfoChar(&buf, pattern[i]);
		}
		/* not in the middle of a character */
		buf.len = pg_mbcliplen(buf.data, buf.len, buf.len);
		buf.data[buf.len] = '\0';
		appendStringInfoChar(&buf, '%');
	}
	write_text(sql, buf.data, buf.len, "");
}

/* ---- numbers ---- */

/*
 * An integer: beyond the range of int a literal would be a decimal.
 */
static void
write_integer(StringInfo sql, int64 value)
{
	if (value > PG_INT32_MAX || value < -PG_INT32_MAX)
		appendStringInfo(sql, "CAST(" INT64_FORMAT " AS bigint)", value);
	else
		appendStringInfo(sql, INT64_FORMAT, value);
}

/*
 * Whether reading a number's text gives the number whatever the care that the
 * reader takes: few digits, scaled by a power of ten that a double holds.
 */
static bool
is_easily_read(const char *text)
{
	int			digits = 0;
	int			places = 0;
	bool		point = false;
	const char *s = text;

	for (; *s != '\0' && *s != 'e'; s++)
	{
		if (*s == '.')
			point = true;
		else if (*s >= '0' && *s <= '9')
		{
			digits += digits > 0 || *s != '0';
			places += point;
		}
	}
	return digits <= 15 && abs((*s == 'e' ? atoi(s + 1) : 0) - places) <= 22;
}

static FsqPlace
place_double(double value)
{
	/* NaN is greater than infinity */
	if (isnan(value) || isinf(value))
		return value < 0 ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
	if (value != 0 && fabs(value) < DBL_MIN)
		return FSQ_PLACE_BETWEEN;
	return FSQ_PLACE_AMONG;
}

/*
 * A double, by its shortest decimal form or else as an integer times powers
 * of two, each of which is exact.
 */
static bool
write_double(StringInfo sql, double value, FsqParamKind kind)
{
	FsqPlace	place = place_double(value);
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN];
	int			exponent;
	int64		mantissa;

	if (place == FSQ_PLACE_BETWEEN && kind == FSQ_PARAM_FLOOR)
		value = value < 0 ? -DBL_MIN : 0;
	else if (place != FSQ_PLACE_AMONG)
		return false;
	buf[double_to_shortest_decimal_buf(value, buf)] = '\0';
	if (is_easily_read(buf))
	{
		appendStringInfo(sql, "%s%s", buf, strchr(buf, 'e') == NULL ? "e0" : "");
		return true;
	}
	mantissa = (int64) ldexp(frexp(value, &exponent), 53);
	exponent -= 53;
	appendStringInfo(sql, "(CAST(CAST(" INT64_FORMAT " AS bigint) AS float) * POWER(CAST(2 AS float), %d)",
					 mantissa, exponent / 2);
	appendStringInfo(sql, " * POWER(CAST(2 AS float), %d))", exponent - exponent / 2);
	return true;
}

/*
 * A decimal number, to be compared with a column that has no more than
 * FSQ_SQLSERVER_DECIMAL_DIGITS on either side of the point.  A comparison
 * keeps all digits only if both sides together have 38 at most: a number with
 * more is replaced by one that has the same relation to everything in the
 * column.  NaN is more than any other number.
 */
static void
write_numeric(StringInfo sql, Numeric value)
{
	char	   *text;
	char	   *digits;
	char	   *point;
	bool		more = false;

	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	digits = *text == '-' ? text + 1 : text;
	point = strchr(digits, '.');
	/* NaN and Infinity have no digits */
	if (*digits < '0' || *digits > '9' ||
		(point != NULL ? point - digits : (int) strlen(digits)) > FSQ_SQLSERVER_DECIMAL_DIGITS)
	{
		/* beyond the column's range */
		appendStringInfo(sql, "%s1%0*d", *text == '-' ? "-" : "", FSQ_SQLSERVER_DECIMAL_DIGITS, 0);
		return;
	}
	if (point != NULL && strlen(point + 1) > FSQ_SQLSERVER_DECIMAL_DIGITS)
	{
		more = strspn(point + 1 + FSQ_SQLSERVER_DECIMAL_DIGITS, "0") <
			strlen(point + 1 + FSQ_SQLSERVER_DECIMAL_DIGITS);
		point[1 + FSQ_SQLSERVER_DECIMAL_DIGITS] = '\0';
	}
	appendStringInfoString(sql, text);
	/* between two values of the column */
	if (more)
		appendStringInfoChar(sql, '5');
}

/* ---- dates ---- */

/* Years of the engine's dates. */
#define MIN_YEAR 1
#define MAX_YEAR 9999

static bool
write_date(StringInfo sql, DateADT date)
{
	int			year;
	int			month;
	int			day;

	if (fsq_place_time(DATEOID, DateADTGetDatum(date), MIN_YEAR, MAX_YEAR) != FSQ_PLACE_AMONG)
		return false;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(sql, "CAST('%04d-%02d-%02d' AS date)", year, month, day);
	return true;
}

/* A timestamp, or an instant in UTC. */
static bool
write_timestamp(StringInfo sql, Timestamp timestamp, bool instant)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (fsq_place_time(TIMESTAMPOID, TimestampGetDatum(timestamp), MIN_YEAR, MAX_YEAR) != FSQ_PLACE_AMONG ||
		timestamp2tm(timestamp, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	appendStringInfo(sql, "CAST('%04d-%02d-%02dT%02d:%02d:%02d.%06d%s)", tm.tm_year, tm.tm_mon,
					 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fsec,
					 instant ? "+00:00' AS datetimeoffset(6)" : "' AS datetime2(6)");
	return true;
}

static bool
write_time(StringInfo sql, TimeADT time)
{
	int64		seconds = time / USECS_PER_SEC;

	if (time >= USECS_PER_DAY)
		return false;
	appendStringInfo(sql, "CAST('%02d:%02d:%02d.%06d' AS time(6))", (int) (seconds / 3600),
					 (int) (seconds / 60 % 60), (int) (seconds % 60), (int) (time % USECS_PER_SEC));
	return true;
}

/* ---- one value ---- */

/*
 * Types there, for a null that has one.  That of numbers is as small as can be:
 * a list of values has a type that holds them all, if need be without the last
 * digits.
 */
static const struct
{
	Oid			type;
	const char *name;
}			type_names[] = {
	{BOOLOID, "bit"},
	{INT2OID, "smallint"},
	{INT4OID, "int"},
	{INT8OID, "bigint"},
	{FLOAT4OID, "float"},
	{FLOAT8OID, "float"},
	{NUMERICOID, "decimal(1, 0)"},
	{TEXTOID, "nvarchar(1)"},
	{VARCHAROID, "nvarchar(1)"},
	{BPCHAROID, "nvarchar(1)"},
	{BYTEAOID, "varbinary(1)"},
	{UUIDOID, "uniqueidentifier"},
	{DATEOID, "date"},
	{TIMEOID, "time(6)"},
	{TIMESTAMPOID, "datetime2(6)"},
	{TIMESTAMPTZOID, "datetimeoffset(6)"},
	{InvalidOid}
};

/*
 * A null, which no expression takes without a type.
 */
static bool
write_null(StringInfo sql, Oid type)
{
	for (int i = 0; OidIsValid(type_names[i].type); i++)
	{
		if (type_names[i].type == type)
		{
			appendStringInfo(sql, "CAST(NULL AS %s)", type_names[i].name);
			return true;
		}
	}
	return false;
}

/*
 * One value.  compared: as the right side of a comparison wants it
 * (FsqTypeRule.value), with what keeps its end from being ignored.
 */
static bool
write_one(StringInfo sql, const FsqParam *param, Datum value, bool isnull, bool compared)
{
	const char *string;
	int			length;

	if (isnull)
		return write_null(sql, param->type);
	switch (param->type)
	{
		case BOOLOID:
			appendStringInfoString(sql, DatumGetBool(value) ? "1" : "0");
			return true;
		case INT2OID:
			write_integer(sql, DatumGetInt16(value));
			return true;
		case INT4OID:
			write_integer(sql, DatumGetInt32(value));
			return true;
		case INT8OID:
			write_integer(sql, DatumGetInt64(value));
			return true;
		case FLOAT4OID:
			return write_double(sql, DatumGetFloat4(value), param->kind);
		case FLOAT8OID:
			return write_double(sql, DatumGetFloat8(value), param->kind);
		case NUMERICOID:
			write_numeric(sql, DatumGetNumeric(value));
			return true;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			string = VARDATA_ANY(DatumGetTextPP(value));
			length = VARSIZE_ANY_EXHDR(DatumGetTextPP(value));
			/* blanks at the end of char(n) mean nothing */
			while (param->type == BPCHAROID && length > 0 && string[length - 1] == ' ')
				length--;
			if (param->encoding == FSQ_ENCODING_PATTERN)
			{
				write_pattern(sql, value);
				return true;
			}
			write_text(sql, string, length, compared ? FSQ_SQLSERVER_TEXT_END : "");
			return true;
		case BYTEAOID:
			write_bytes(sql, (unsigned char *) VARDATA_ANY(DatumGetByteaPP(value)),
						VARSIZE_ANY_EXHDR(DatumGetByteaPP(value)),
						compared ? FSQ_SQLSERVER_BYTES_END : "");
			return true;
		case UUIDOID:
			appendStringInfo(sql, "CAST('%s' AS uniqueidentifier)",
							 DatumGetCString(DirectFunctionCall1(uuid_out, value)));
			return true;
		case DATEOID:
			return write_date(sql, DatumGetDateADT(value));
		case TIMESTAMPOID:
			return write_timestamp(sql, DatumGetTimestamp(value), false);
		case TIMESTAMPTZOID:
			return write_timestamp(sql, DatumGetTimestamp(value), true);
		case TIMEOID:
			return write_time(sql, DatumGetTimeADT(value));
		default:
			return false;
	}
}

/* ---- arrays ---- */

/*
 * The elements of an array, and what each of them is.
 */
static int
array_elements(const FsqParam *param, Datum value, FsqParam *element, Datum **elements, bool **nulls)
{
	int16		len;
	bool		byval;
	char		align;
	int			count;

	memset(element, 0, sizeof(FsqParam));
	element->encoding = param->encoding;
	element->type = getBaseType(get_element_type(param->type));
	get_typlenbyvalalign(element->type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(value), element->type, len, byval, align,
					  elements, nulls, &count);
	return count;
}

/*
 * The elements of an array, written one by one: those that the engine has no
 * value for equal none of its own and are left out.
 */
static List *
write_elements(const FsqParam *param, Datum value, bool compared)
{
	FsqParam	element;
	Datum	   *elements;
	bool	   *nulls;
	int			count = array_elements(param, value, &element, &elements, &nulls);
	List	   *result = NIL;

	for (int i = 0; i < count; i++)
	{
		StringInfoData buf;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&buf);
		if (write_one(&buf, &element, elements[i], nulls[i], compared))
			result = lappend(result, buf.data);
	}
	return result;
}

/*
 * A table of one column that holds the elements.
 */
static void
write_rows(StringInfo sql, const FsqParam *param, List *elements)
{
	ListCell   *lc;

	if (elements == NIL)
	{
		appendStringInfoString(sql, "SELECT ");
		write_null(sql, getBaseType(get_element_type(param->type)));
		appendStringInfoString(sql, " WHERE 1 = 0");
		return;
	}
	foreach(lc, elements)
	{
		int			place = foreach_current_index(lc);

		if (place == 0)
			appendStringInfoString(sql, "SELECT [v] FROM (VALUES ");
		else if (place % MAX_VALUES_ROWS == 0)
			appendStringInfoString(sql, ") AS [r]([v]) UNION ALL SELECT [v] FROM (VALUES ");
		else
			appendStringInfoString(sql, ", ");
		appendStringInfo(sql, "(%s)", (char *) lfirst(lc));
	}
	appendStringInfoString(sql, ") AS [r]([v])");
}

/*
 * What stands inside IN ( ): a list, or a query if the list would be long or
 * has nothing in it.
 */
static bool
write_array(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	bool		rows = param->kind == FSQ_PARAM_ROWS;
	List	   *elements;
	ListCell   *lc;

	if (isnull)
	{
		if (rows)
			appendStringInfoString(sql, "SELECT ");
		return write_null(sql, getBaseType(get_element_type(param->type)));
	}
	elements = write_elements(param, value, !rows);
	if (rows || elements == NIL || list_length(elements) > MAX_LIST_ELEMENTS)
	{
		write_rows(sql, param, elements);
		return true;
	}
	foreach(lc, elements)
		appendStringInfo(sql, "%s%s", foreach_current_index(lc) > 0 ? ", " : "", (char *) lfirst(lc));
	return true;
}

/* ---- limits ---- */

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
fsq_sqlserver_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	if (param->encoding == FSQ_ENCODING_LIMIT || param->encoding == FSQ_ENCODING_OFFSET)
	{
		write_limit(sql, param->encoding, value, isnull);
		return true;
	}
	if (param->kind == FSQ_PARAM_ARRAY || param->kind == FSQ_PARAM_ROWS)
		return write_array(sql, param, value, isnull);
	return write_one(sql, param, value, isnull, false);
}

/*
 * FsqDialect.place
 */
FsqPlace
fsq_sqlserver_place(const FsqParam *param, Datum value)
{
	switch (param->type)
	{
		case FLOAT4OID:
			return place_double(DatumGetFloat4(value));
		case FLOAT8OID:
			return place_double(DatumGetFloat8(value));
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return fsq_place_time(param->type, value, MIN_YEAR, MAX_YEAR);
		case TIMEOID:
			return DatumGetTimeADT(value) >= USECS_PER_DAY ? FSQ_PLACE_ABOVE : FSQ_PLACE_AMONG;
		default:
			return FSQ_PLACE_AMONG;
	}
}
