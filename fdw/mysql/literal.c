/*-------------------------------------------------------------------------
 *
 * literal.c
 *	  PostgreSQL's values as literals of MySQL, which is how parameters travel.
 *
 *	  A literal has the type of the columns that it is compared with, so that
 *	  nothing is converted on the way: text is never compared with numbers.
 *	  What the engine has no value for (infinity, NaN, years beyond 9999,
 *	  numbers beyond its DECIMAL) is not written; its place decides.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "mysql/mysql.h"
#include "pushdown.h"

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

/*
 * The text of a finite number without zeros at the end of its fraction, how
 * many digits it has before the point, and how many it may have after it.
 */
static char *
decimal_text(Numeric value, int *whole, int *fraction, int *room)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	char	   *digits = text + (*text == '-');
	char	   *point = strchr(text, '.');
	char	   *end = text + strlen(text);

	while (point != NULL && end > point && (end[-1] == '0' || end[-1] == '.'))
		*--end = '\0';
	*fraction = point != NULL && end > point ? end - point - 1 : 0;
	*whole = *digits == '0' ? 0 : (point != NULL ? point : end) - digits;
	*room = Min(MAX_DECIMAL_DIGITS - *whole, MAX_DECIMAL_SCALE);
	return text;
}

static FsqPlace
place_numeric(Numeric value)
{
	int			whole;
	int			fraction;
	int			room;
	char	   *text;

	if (numeric_is_nan(value))
		return FSQ_PLACE_ABOVE;
	text = numeric_is_inf(value) ?
		DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value))) :
		decimal_text(value, &whole, &fraction, &room);
	if (numeric_is_inf(value) || room < 0)
		return text[0] == '-' ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
	return fraction > room ? FSQ_PLACE_BETWEEN : FSQ_PLACE_AMONG;
}

/*
 * A number, or the next below it of the longest fraction that a DECIMAL has.
 */
static bool
write_numeric(StringInfo sql, Numeric value, FsqParamKind kind)
{
	FsqPlace	place = place_numeric(value);
	Datum		number = NumericGetDatum(value);
	int			whole;
	int			fraction;
	int			room;
	char	   *text;

	if (place == FSQ_PLACE_BETWEEN && kind == FSQ_PARAM_FLOOR)
	{
		text = decimal_text(value, &whole, &fraction, &room);
		number = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(room));
		if (text[0] == '-')
			number = DirectFunctionCall2(numeric_sub, number,
										 DirectFunctionCall3(numeric_in, CStringGetDatum(psprintf("1e-%d", room)),
															 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	}
	else if (place != FSQ_PLACE_AMONG)
		return false;
	appendStringInfoString(sql, decimal_text(DatumGetNumeric(number), &whole, &fraction, &room));
	return true;
}

/* ---- dates ---- */

/* Years of the engine's dates, as PostgreSQL counts them: 0 is 1 BC. */
#define MIN_YEAR 0
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
	appendStringInfo(sql, "DATE'%04d-%02d-%02d'", year, month, day);
	return true;
}

/* A timestamp, or an instant in UTC. */
static bool
write_timestamp(StringInfo sql, Timestamp timestamp)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (fsq_place_time(TIMESTAMPOID, TimestampGetDatum(timestamp), MIN_YEAR, MAX_YEAR) != FSQ_PLACE_AMONG ||
		timestamp2tm(timestamp, NULL, &tm, &fsec, NULL, NULL) != 0)
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

/* ---- integers, arrays and limits ---- */

static inline void
write_integer(StringInfo sql, int64 value)
{
	enlargeStringInfo(sql, MAXINT8LEN + 1);
	sql->len += pg_lltoa(value, sql->data + sql->len);
}

/* The elements of an array of integers, of which there are some and none is null. */
static void
write_integers(StringInfo sql, Oid type, const ArrayType *array)
{
	const char *elements = ARR_DATA_PTR(array);
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendBinaryStringInfo(sql, ", ", 2);
		write_integer(sql, fsq_array_integer(type, elements, i));
	}
}

/*
 * What stands inside IN ( ).  A value that the engine does not have equals
 * none of its own and is left out.  IN with nothing is written as a query
 * that finds nothing.
 */
static bool
write_array(StringInfo sql, const FsqParam *param, Datum value, bool isnull)
{
	FsqParam	element = *param;
	ArrayType  *array;
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
	array = DatumGetArrayTypeP(value);
	element.kind = FSQ_PARAM_VALUE;
	element.type = fsq_array_element_type(param, array);
	if (fsq_is_integer_type(element.type) && param->form == NULL && !ARR_HASNULL(array) &&
		ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > 0)
	{
		write_integers(sql, element.type, array);
		return true;
	}
	get_typlenbyvalalign(element.type, &len, &byval, &align);
	deconstruct_array(array, element.type, len, byval, align,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		int			start = sql->len;
		int			literal;

		CHECK_FOR_INTERRUPTS();
		if (written > 0)
			appendStringInfoString(sql, ", ");
		literal = sql->len;
		if (!fsq_mysql_write_value(sql, &element, elements[i], nulls[i]))
		{
			sql->len = start;
			sql->data[start] = '\0';
			continue;
		}
		written++;
		if (param->form != NULL)
		{
			char	   *formed = fsq_template1(param->form, sql->data + literal);

			sql->len = literal;
			appendStringInfoString(sql, formed);
		}
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
			write_integer(sql, DatumGetInt16(value));
			return true;
		case INT4OID:
			write_integer(sql, DatumGetInt32(value));
			return true;
		case INT8OID:
			write_integer(sql, DatumGetInt64(value));
			return true;
		case FLOAT8OID:
			return write_double(sql, DatumGetFloat8(value));
		case NUMERICOID:
			return write_numeric(sql, DatumGetNumeric(value), param->kind);
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

/*
 * FsqDialect.place
 */
FsqPlace
fsq_mysql_place(const FsqParam *param, Datum value)
{
	switch (param->type)
	{
		case FLOAT8OID:
			return fsq_place_float(DatumGetFloat8(value));
		case NUMERICOID:
			return place_numeric(DatumGetNumeric(value));
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return fsq_place_time(param->type, value, MIN_YEAR, MAX_YEAR);
		default:
			return FSQ_PLACE_AMONG;
	}
}
