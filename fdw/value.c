/*-------------------------------------------------------------------------
 *
 * value.c
 *	  Converts values of the wire to PostgreSQL's types, exactly or not at all.
 *
 *	  A converter is chosen once per column per scan.  What each type accepts
 *	  (anything else is an error that names server, table, column and value):
 *
 *	  boolean			integer 0 and 1
 *	  smallint, integer, bigint
 *						integer in range; real without fraction and in range;
 *						text [+-]digits in range
 *	  double precision	real; integer that a double holds exactly; text of a
 *						decimal number
 *	  real				as double precision, if the value fits in float4 as it is
 *	  numeric			integer; real by its shortest decimal form; text of a
 *						decimal number.  numeric(p,s): if nothing is rounded away.
 *						A computed one may be "sum/count", an average
 *	  text				text; integer in decimal; real in its shortest form.
 *						varchar(n), char(n): if not longer than n characters
 *	  bytea				bytes (never text)
 *	  uuid				text of 36 characters with hyphens, its letters all lower
 *						or all upper case; 16 bytes
 *	  json, jsonb		text; integer; real
 *	  date				text YYYY-MM-DD
 *	  time				text HH:MM[:SS[.fraction]]; 24:00:00 too
 *	  timestamp			text YYYY-MM-DD, or YYYY-MM-DD followed by a blank or T and
 *						HH:MM[:SS[.fraction]]; no zone
 *	  timestamptz		as timestamp, then Z, +HH, +HHMM or +HH:MM (or -); without a
 *						zone it is UTC
 *	  domains			as their base type, then their constraints
 *	  anything else		text that the type's input function accepts
 *
 *	  Results of another PostgreSQL (FsqDialect.native_text) are the text of
 *	  its output functions: what a type's input function accepts, if nothing of
 *	  it is lost by the column's type and modifier.
 *
 *	  Text is valid UTF-8 without NUL, converted to the database's encoding.
 *	  Years of ISO dates have four digits: 0000 (1 BC) to 9999.  Fractions of
 *	  seconds finer than microseconds, or than the type's precision, must be
 *	  zero.
 *
 *	  Encoding FSQ_ENCODING_UNIX, for date, time, timestamp and timestamptz:
 *	  integer, or real (taken to the nearest microsecond), seconds since
 *	  1970-01-01 00:00 UTC; for date whole days, for time 0 to 86400.
 *	  Encoding FSQ_ENCODING_JULIAN, for date, timestamp and timestamptz: real
 *	  or integer day number, taken to the nearest millisecond as SQLite does;
 *	  for date midnight (x.5).  Text is an error in both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

#include "fdw.h"
#include "value.h"

/* How much of a value an error shows, in bytes. */
#define SHOWN_BYTES 64

static const char *const wire_type_names[] = {
	[FSQ_WIRE_NULL] = "null",
	[FSQ_WIRE_INT64] = "integer",
	[FSQ_WIRE_FLOAT8] = "real",
	[FSQ_WIRE_TEXT] = "text",
	[FSQ_WIRE_BYTES] = "bytes"
};

/* ---- errors ---- */

/*
 * A value as an error shows it: shortened, printable, and valid in any
 * encoding.
 */
static char *
show_value(const FsqValue *value)
{
	StringInfoData buf;
	int			shown;

	initStringInfo(&buf);
	switch (value->type)
	{
		case FSQ_WIRE_NULL:
			appendStringInfoString(&buf, "null");
			break;
		case FSQ_WIRE_INT64:
			appendStringInfo(&buf, INT64_FORMAT, value->u.i);
			break;
		case FSQ_WIRE_FLOAT8:
			appendStringInfoString(&buf, DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(value->u.d))));
			break;
		case FSQ_WIRE_TEXT:
			appendStringInfoChar(&buf, '"');
			for (shown = 0; shown < value->length && shown < SHOWN_BYTES;)
			{
				const unsigned char *s = (const unsigned char *) value->u.s + shown;
				int			length = pg_utf_mblen(s);

				if (*s < 0x20 || *s == 0x7f || length > value->length - shown ||
					!pg_utf8_islegal(s, length) ||
					(length > 1 && GetDatabaseEncoding() != PG_UTF8))
				{
					appendStringInfo(&buf, "\\x%02x", *s);
					length = 1;
				}
				else
					appendBinaryStringInfo(&buf, (const char *) s, length);
				shown += length;
			}
			appendStringInfoString(&buf, shown < value->length ? "...\"" : "\"");
			break;
		case FSQ_WIRE_BYTES:
			appendStringInfoString(&buf, "\\x");
			for (shown = 0; shown < value->length && shown < SHOWN_BYTES / 2; shown++)
				appendStringInfo(&buf, "%02x", (unsigned char) value->u.s[shown]);
			if (shown < value->length)
				appendStringInfoString(&buf, "...");
			break;
	}
	return buf.data;
}

/*
 * Raise the error of a value that does not convert.  The reason is a
 * sentence, or NULL if the kind of value says all.
 */
void
fsq_converter_error(const FsqConverter *converter, const FsqValue *value, const char *reason)
{
	const char *type = format_type_with_typemod(converter->type, converter->typmod);
	char	   *shown = show_value(value);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 converter->column_name != NULL ?
			 errmsg("value of column \"%s\" of foreign table \"%s\" is not a valid %s: %s",
					converter->column_name, converter->table_name, type, shown) :
			 errmsg("computed value of a remote query on \"%s\" is not a valid %s: %s",
					converter->table_name, type, shown),
			 errdetail("Server \"%s\" sent a value of kind %s.%s%s", converter->server_name,
					   wire_type_names[value->type], reason ? " " : "", reason ? reason : "")));
}

/*
 * Which value an error of a type's own functions is about.
 */
typedef struct ValueContext
{
	const FsqConverter *converter;
	const FsqValue *value;
} ValueContext;

static void
value_context(void *arg)
{
	ValueContext *context = arg;
	const FsqConverter *converter = context->converter;

	if (converter->column_name != NULL)
		errcontext("column \"%s\" of foreign table \"%s\" on server \"%s\", value %s",
				   converter->column_name, converter->table_name, converter->server_name,
				   show_value(context->value));
	else
		errcontext("computed value of a remote query on \"%s\" on server \"%s\", value %s",
				   converter->table_name, converter->server_name, show_value(context->value));
}

#define PUSH_VALUE_CONTEXT(converter, value) \
	ValueContext value_context_arg = {converter, value}; \
	ErrorContextCallback value_context_callback = {error_context_stack, value_context, &value_context_arg}; \
	error_context_stack = &value_context_callback
#define POP_VALUE_CONTEXT() \
	error_context_stack = value_context_callback.previous

/* ---- text ---- */

/*
 * Whether bytes are ASCII without NUL, which most text is: a word at a time.
 */
static inline bool
is_plain_ascii(const char *s, int length)
{
	const uint64 high = UINT64CONST(0x8080808080808080);
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64		bad = 0;
	uint64		word;

	for (; length >= 8; length -= 8, s += 8)
	{
		memcpy(&word, s, 8);
		/* a high bit of its own, or a borrow from a zero byte */
		bad |= (word | (word - ones)) & high;
	}
	if (length > 0)
	{
		word = ones;
		memcpy(&word, s, length);
		bad |= (word | (word - ones)) & high;
	}
	return bad == 0;
}

/*
 * Raise an error unless text is valid UTF-8 without NUL.
 */
static inline void
check_text(const FsqConverter *converter, const FsqValue *value)
{
	if (likely(is_plain_ascii(value->u.s, value->length)))
		return;
	if (pg_verify_mbstr(PG_UTF8, value->u.s, value->length, true))
		return;
	fsq_converter_error(converter, value,
						memchr(value->u.s, 0, value->length) != NULL ?
						"Text with a NUL byte cannot be represented." :
						"The text is not valid UTF-8.");
}

/*
 * The varlena of checked text, with room for "extra" blanks at its end.
 */
static inline Datum
make_text(const char *s, int length, int extra)
{
	text	   *result = palloc(VARHDRSZ + length + extra);

	SET_VARSIZE(result, VARHDRSZ + length + extra);
	memcpy(VARDATA(result), s, length);
	if (extra > 0)
		memset(VARDATA(result) + length, ' ', extra);
	return PointerGetDatum(result);
}

/*
 * Numbers as text: integers in decimal, reals in the shortest form that reads
 * back as the same number.  buf has room for FLOAT and INT64 alike.
 */
static int
number_text(const FsqValue *value, char *buf)
{
	if (value->type == FSQ_WIRE_INT64)
		return pg_lltoa(value->u.i, buf);
	return double_to_shortest_decimal_buf(value->u.d, buf);
}

#define NUMBER_TEXT_SIZE Max(MAXINT8LEN + 1, DOUBLE_SHORTEST_DECIMAL_LEN)

/*
 * The value as text in the server's encoding, checked; the result may be the
 * wire's own memory.  buf is for numbers.
 */
static inline const char *
text_of(const FsqConverter *converter, const FsqValue *value, char *buf, int *length)
{
	const char *s;

	switch (value->type)
	{
		case FSQ_WIRE_TEXT:
			check_text(converter, value);
			*length = value->length;
			if (GetDatabaseEncoding() == PG_UTF8)
				return value->u.s;
			{
				PUSH_VALUE_CONTEXT(converter, value);
				s = pg_any_to_server(value->u.s, value->length, PG_UTF8);
				POP_VALUE_CONTEXT();
			}
			if (s != value->u.s)
				*length = strlen(s);
			return s;
		case FSQ_WIRE_INT64:
		case FSQ_WIRE_FLOAT8:
			*length = number_text(value, buf);
			return buf;
		default:
			fsq_converter_error(converter, value, NULL);
	}
}

static Datum
convert_text(FsqConverter *converter, const FsqValue *value)
{
	char		buf[NUMBER_TEXT_SIZE];
	int			length;
	const char *s = text_of(converter, value, buf, &length);

	return make_text(s, length, 0);
}

/*
 * varchar(n) and char(n): too long is an error, never cut off.
 */
static Datum
convert_text_limited(FsqConverter *converter, const FsqValue *value)
{
	char		buf[NUMBER_TEXT_SIZE];
	int			length;
	const char *s = text_of(converter, value, buf, &length);
	int			limit = converter->typmod - VARHDRSZ;
	int			characters = pg_mbstrlen_with_len(s, length);

	if (characters > limit)
		fsq_converter_error(converter, value,
							psprintf("The text has %d characters.", characters));
	return make_text(s, length, converter->type == BPCHAROID ? limit - characters : 0);
}

static Datum
convert_name(FsqConverter *converter, const FsqValue *value)
{
	char		buf[NUMBER_TEXT_SIZE];
	int			length;
	const char *s = text_of(converter, value, buf, &length);
	Name		result;

	if (length >= NAMEDATALEN)
		fsq_converter_error(converter, value, "The text is too long for a name.");
	result = palloc0(NAMEDATALEN);
	memcpy(NameStr(*result), s, length);
	return NameGetDatum(result);
}

static Datum
convert_bytea(FsqConverter *converter, const FsqValue *value)
{
	if (value->type != FSQ_WIRE_BYTES)
		fsq_converter_error(converter, value, NULL);
	return make_text(value->u.s, value->length, 0);
}

/*
 * By the type's input function.
 */
static Datum
call_input(FsqConverter *converter, const FsqValue *value, char *cstring)
{
	Datum		result;

	PUSH_VALUE_CONTEXT(converter, value);
	result = InputFunctionCall(&converter->input, cstring, converter->input_param, converter->typmod);
	POP_VALUE_CONTEXT();
	return result;
}

static Datum
convert_by_input(FsqConverter *converter, const FsqValue *value)
{
	const char *s;
	int			length;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value, NULL);
	s = text_of(converter, value, NULL, &length);
	/* whose input function takes the first byte and forgets the rest */
	if (converter->type == CHAROID && length > 1)
		fsq_converter_error(converter, value, "The text is longer than one byte.");
	return call_input(converter, value, pnstrdup(s, length));
}

static Datum
convert_json(FsqConverter *converter, const FsqValue *value)
{
	char		buf[NUMBER_TEXT_SIZE];
	int			length;
	const char *s = text_of(converter, value, buf, &length);

	return call_input(converter, value, pnstrdup(s, length));
}

/* ---- numbers ---- */

/*
 * An integer in a range, from any kind of value that holds one exactly.
 */
static int64
integer_of(const FsqConverter *converter, const FsqValue *value, int64 min, int64 max)
{
	int64		result = 0;

	switch (value->type)
	{
		case FSQ_WIRE_INT64:
			result = value->u.i;
			break;
		case FSQ_WIRE_FLOAT8:
			if (!(value->u.d >= -9223372036854775808.0 && value->u.d < 9223372036854775808.0))
				fsq_converter_error(converter, value, "The number is out of range.");
			result = (int64) value->u.d;
			if ((double) result != value->u.d)
				fsq_converter_error(converter, value, "The number has a fraction.");
			break;
		case FSQ_WIRE_TEXT:
			{
				const char *s = value->u.s;
				const char *end = s + value->length;
				bool		negative = s < end && *s == '-';

				if (s < end && (*s == '-' || *s == '+'))
					s++;
				if (s == end)
					fsq_converter_error(converter, value, NULL);
				/* downwards, since there is one more negative number */
				for (; s < end; s++)
				{
					if (*s < '0' || *s > '9')
						fsq_converter_error(converter, value, NULL);
					if (pg_mul_s64_overflow(result, 10, &result) ||
						pg_sub_s64_overflow(result, *s - '0', &result))
						fsq_converter_error(converter, value, "The number is out of range.");
				}
				if (!negative && pg_sub_s64_overflow(0, result, &result))
					fsq_converter_error(converter, value, "The number is out of range.");
				break;
			}
		default:
			fsq_converter_error(converter, value, NULL);
	}
	if (result < min || result > max)
		fsq_converter_error(converter, value, "The number is out of range.");
	return result;
}

static Datum
convert_int8(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_INT64))
		return Int64GetDatum(value->u.i);
	return Int64GetDatum(integer_of(converter, value, PG_INT64_MIN, PG_INT64_MAX));
}

static Datum
convert_int4(FsqConverter *converter, const FsqValue *value)
{
	return Int32GetDatum((int32) integer_of(converter, value, PG_INT32_MIN, PG_INT32_MAX));
}

static Datum
convert_int2(FsqConverter *converter, const FsqValue *value)
{
	return Int16GetDatum((int16) integer_of(converter, value, PG_INT16_MIN, PG_INT16_MAX));
}

static Datum
convert_bool(FsqConverter *converter, const FsqValue *value)
{
	if (value->type != FSQ_WIRE_INT64)
		fsq_converter_error(converter, value, NULL);
	if (value->u.i != 0 && value->u.i != 1)
		fsq_converter_error(converter, value, "A boolean is 0 or 1.");
	return BoolGetDatum(value->u.i == 1);
}

/*
 * Whether text is a decimal number: [+-] digits [. digits] [e [+-] digits].
 */
bool
fsq_is_decimal(const char *s, int length)
{
	const char *end = s + length;
	int			digits = 0;

	if (s < end && (*s == '+' || *s == '-'))
		s++;
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		digits++;
	if (s < end && *s == '.')
	{
		for (s++; s < end && *s >= '0' && *s <= '9'; s++)
			digits++;
	}
	if (digits == 0)
		return false;
	if (s < end && (*s == 'e' || *s == 'E'))
	{
		s++;
		if (s < end && (*s == '+' || *s == '-'))
			s++;
		if (s == end)
			return false;
		while (s < end && *s >= '0' && *s <= '9')
			s++;
	}
	return s == end;
}

/*
 * A double, from any kind of value that holds one.
 */
static double
double_of(FsqConverter *converter, const FsqValue *value)
{
	switch (value->type)
	{
		case FSQ_WIRE_FLOAT8:
			return value->u.d;
		case FSQ_WIRE_INT64:
			{
				double		d = (double) value->u.i;

				/* 2^63 itself would not convert back */
				if (d >= 9223372036854775808.0 || (int64) d != value->u.i)
					fsq_converter_error(converter, value,
										"The number has more digits than the type holds.");
				return d;
			}
		case FSQ_WIRE_TEXT:
			{
				double		d;

				if (!fsq_is_decimal(value->u.s, value->length))
					fsq_converter_error(converter, value, NULL);
				{
					PUSH_VALUE_CONTEXT(converter, value);
					d = DatumGetFloat8(DirectFunctionCall1(float8in,
														   CStringGetDatum(pnstrdup(value->u.s, value->length))));
					POP_VALUE_CONTEXT();
				}
				return d;
			}
		default:
			fsq_converter_error(converter, value, NULL);
	}
}

static Datum
convert_float8(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_FLOAT8))
		return Float8GetDatum(value->u.d);
	return Float8GetDatum(double_of(converter, value));
}

static Datum
convert_float4(FsqConverter *converter, const FsqValue *value)
{
	double		d = double_of(converter, value);

	if ((double) (float) d != d && !isnan(d))
		fsq_converter_error(converter, value,
							"The number does not fit in four bytes as it is: declare the column as double precision.");
	return Float4GetDatum((float) d);
}

static Datum
numeric_of_text(const char *s, int length)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(pnstrdup(s, length)),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/*
 * An average that the remote has computed as far as it is exact, "sum/count":
 * the division is PostgreSQL's own.
 */
static Datum
average_of(FsqConverter *converter, const FsqValue *value, const char *slash)
{
	const char *count = slash + 1;
	int			sum_length = slash - value->u.s;
	int			count_length = value->length - sum_length - 1;

	if (!fsq_is_decimal(value->u.s, sum_length) || !fsq_is_decimal(count, count_length))
		fsq_converter_error(converter, value, NULL);
	return DirectFunctionCall2(numeric_div, numeric_of_text(value->u.s, sum_length),
							   numeric_of_text(count, count_length));
}

static Datum
convert_numeric(FsqConverter *converter, const FsqValue *value)
{
	char		buf[NUMBER_TEXT_SIZE];
	Datum		number;
	Datum		fitted;

	PUSH_VALUE_CONTEXT(converter, value);
	switch (value->type)
	{
		case FSQ_WIRE_INT64:
			number = NumericGetDatum(int64_to_numeric(value->u.i));
			break;
		case FSQ_WIRE_FLOAT8:
			buf[number_text(value, buf)] = '\0';
			number = DirectFunctionCall3(numeric_in, CStringGetDatum(buf),
										 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
			break;
		case FSQ_WIRE_TEXT:
			if (fsq_is_decimal(value->u.s, value->length))
				number = numeric_of_text(value->u.s, value->length);
			else if (converter->column_name == NULL && memchr(value->u.s, '/', value->length) != NULL)
				number = average_of(converter, value, memchr(value->u.s, '/', value->length));
			else
				fsq_converter_error(converter, value, NULL);
			break;
		default:
			fsq_converter_error(converter, value, NULL);
	}
	if (converter->typmod >= 0)
	{
		fitted = DirectFunctionCall2(numeric, number, Int32GetDatum(converter->typmod));
		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number, fitted)))
			fsq_converter_error(converter, value, "The number has more decimal places.");
		number = fitted;
	}
	POP_VALUE_CONTEXT();
	return number;
}

/* ---- uuid ---- */

static Datum
convert_uuid(FsqConverter *converter, const FsqValue *value)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	bool		lower = false;
	bool		upper = false;
	int			nibbles = 0;

	if (value->type == FSQ_WIRE_BYTES && value->length == UUID_LEN)
	{
		memcpy(uuid->data, value->u.s, UUID_LEN);
		return UUIDPGetDatum(uuid);
	}
	if (value->type != FSQ_WIRE_TEXT || value->length != 36)
		fsq_converter_error(converter, value, "A uuid is 36 characters, or 16 bytes.");
	for (int i = 0; i < 36; i++)
	{
		char		c = value->u.s[i];
		int			nibble;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (c != '-')
				fsq_converter_error(converter, value, NULL);
			continue;
		}
		if (c >= '0' && c <= '9')
			nibble = c - '0';
		else if (c >= 'a' && c <= 'f')
		{
			nibble = c - 'a' + 10;
			lower = true;
		}
		else if (c >= 'A' && c <= 'F')
		{
			nibble = c - 'A' + 10;
			upper = true;
		}
		else
			fsq_converter_error(converter, value, NULL);
		if (nibbles % 2 == 0)
			uuid->data[nibbles / 2] = nibble << 4;
		else
			uuid->data[nibbles / 2] |= nibble;
		nibbles++;
	}
	if (lower && upper)
		fsq_converter_error(converter, value, "Its letters are of both cases.");
	return UUIDPGetDatum(uuid);
}

/* ---- choosing ---- */

/* Types with converters of their own; any other type goes by its input function. */
static const struct
{
	Oid			type;
	FsqConvert	convert;
	FsqConvert	convert_number; /* with an encoding other than the usual */
}			converters[] = {
	{BOOLOID, convert_bool},
	{INT2OID, convert_int2},
	{INT4OID, convert_int4},
	{INT8OID, convert_int8},
	{FLOAT4OID, convert_float4},
	{FLOAT8OID, convert_float8},
	{NUMERICOID, convert_numeric},
	{TEXTOID, convert_text},
	{VARCHAROID, convert_text},
	{BPCHAROID, convert_text},
	{NAMEOID, convert_name},
	{BYTEAOID, convert_bytea},
	{UUIDOID, convert_uuid},
	{JSONOID, convert_json},
	{JSONBOID, convert_json},
	{DATEOID, fsq_convert_date, fsq_convert_number_time},
	{TIMEOID, fsq_convert_time, fsq_convert_number_time},
	{TIMESTAMPOID, fsq_convert_timestamp, fsq_convert_number_time},
	{TIMESTAMPTZOID, fsq_convert_timestamp, fsq_convert_number_time},
	{InvalidOid}
};

/* ---- text of PostgreSQL's own output functions ---- */

/*
 * Types whose input functions round to the type's modifier, where another
 * PostgreSQL may hold more.
 */
static bool
rounds_to_typmod(Oid type)
{
	return type == TIMEOID || type == TIMETZOID || type == TIMESTAMPOID ||
		type == TIMESTAMPTZOID || type == INTERVALOID;
}

static Datum
convert_native(FsqConverter *converter, const FsqValue *value)
{
	int			length;
	char	   *s;
	Datum		result;
	Datum		whole;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value, NULL);
	s = unconstify(char *, text_of(converter, value, NULL, &length));
	s = pnstrdup(s, length);

	if (converter->type == CHAROID && length > 1 && s[0] != '\\')
		fsq_converter_error(converter, value, "The text is longer than one byte.");
	result = call_input(converter, value, s);
	if (converter->typmod >= 0 && rounds_to_typmod(converter->type))
	{
		PUSH_VALUE_CONTEXT(converter, value);
		whole = InputFunctionCall(&converter->input, s, converter->input_param, -1);
		POP_VALUE_CONTEXT();
		if (!datumIsEqual(result, whole, converter->input_byval, converter->input_length))
			fsq_converter_error(converter, value, "The value has more than the type holds.");
	}
	return result;
}

static Datum
convert_native_bool(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_TEXT && value->length == 1))
	{
		if (value->u.s[0] == 't')
			return BoolGetDatum(true);
		if (value->u.s[0] == 'f')
			return BoolGetDatum(false);
	}
	return convert_native(converter, value);
}

/*
 * A float4's shortest form reads back as itself; what has more digits than one
 * can hold has come from a wider type.
 */
static Datum
convert_native_float4(FsqConverter *converter, const FsqValue *value)
{
	Datum		result = convert_native(converter, value);
	char		buf[FLOAT_SHORTEST_DECIMAL_LEN];

	if (value->length > FLT_DIG + 1 && !isnan(DatumGetFloat4(result)) && !isinf(DatumGetFloat4(result)))
	{
		int			length = float_to_shortest_decimal_buf(DatumGetFloat4(result), buf);

		if (length != value->length || memcmp(buf, value->u.s, length) != 0)
			fsq_converter_error(converter, value,
								"The number does not fit in four bytes as it is: declare the column as double precision.");
	}
	return result;
}

/*
 * A number that is none, and infinity, are numeric too.
 */
static Datum
convert_native_numeric(FsqConverter *converter, const FsqValue *value)
{
	if (value->type == FSQ_WIRE_TEXT && value->length > 0 &&
		(value->u.s[value->length - 1] < '0' || value->u.s[value->length - 1] > '9'))
		return convert_native(converter, value);
	return convert_numeric(converter, value);
}

/*
 * Dates and times as nearly all of them are, by the strict readers; the rest
 * (other years, infinity) by the type's own function.
 */
static Datum
convert_native_time(FsqConverter *converter, const FsqValue *value)
{
	if (value->type != FSQ_WIRE_TEXT || !fsq_is_time_text(converter->type, value->u.s, value->length))
		return convert_native(converter, value);
	if (converter->type == DATEOID)
		return fsq_convert_date(converter, value);
	return fsq_convert_timestamp(converter, value);
}

static const struct
{
	Oid			type;
	FsqConvert	convert;
}			native_converters[] = {
	{BOOLOID, convert_native_bool},
	{INT2OID, convert_int2},
	{INT4OID, convert_int4},
	{INT8OID, convert_int8},
	{FLOAT4OID, convert_native_float4},
	{NUMERICOID, convert_native_numeric},
	{TEXTOID, convert_text},
	{VARCHAROID, convert_text},
	{BPCHAROID, convert_text},
	{NAMEOID, convert_name},
	{UUIDOID, convert_uuid},
	{DATEOID, convert_native_time},
	{TIMESTAMPOID, convert_native_time},
	{TIMESTAMPTZOID, convert_native_time},
	{InvalidOid}
};

/* A domain: its base type's converter, then its constraints. */
typedef struct DomainConverter
{
	FsqConverter base;
	void	   *extra;			/* of domain_check */
	MemoryContext context;
} DomainConverter;

static Datum
convert_domain(FsqConverter *converter, const FsqValue *value)
{
	DomainConverter *domain = converter->input.fn_extra;
	bool		isnull = value->type == FSQ_WIRE_NULL;
	Datum		result = isnull ? (Datum) 0 : domain->base.convert(&domain->base, value);

	PUSH_VALUE_CONTEXT(converter, value);
	domain_check(result, isnull, converter->type, &domain->extra, domain->context);
	POP_VALUE_CONTEXT();
	return result;
}

/*
 * How the remote holds a column's values, as far as reading them needs to
 * know.
 */
int
fsq_column_encoding(const FsqTable *table, int column)
{
	const FsqTableColumn *source = &table->columns[column];
	FsqColumnInfo info = {0};

	info.remote_name = source->remote_name;
	info.typmod = source->typmod;
	info.type = getBaseTypeAndTypmod(source->type, &info.typmod);
	info.collation = source->collation;
	info.options = source->options;
	table->driver->dialect->describe_column(&info);
	return info.encoding;
}

/*
 * Make a converter, in the current memory context.  column is an index into
 * the table's columns, or -1 for a computed value; table names the relation.
 */
void
fsq_converter_init(FsqConverter *converter, const FsqTable *table, int column,
				   Oid type, int32 typmod, int encoding)
{
	int32		base_typmod = typmod;
	Oid			base_type = getBaseTypeAndTypmod(type, &base_typmod);
	bool		native = table->driver->dialect->native_text;
	Oid			input_function;

	memset(converter, 0, sizeof(*converter));
	converter->type = type;
	converter->typmod = typmod;
	converter->encoding = encoding;
	converter->dialect = table->driver->dialect;
	converter->server_name = table->server_name;
	converter->table_name = table->name;
	converter->column_name = column >= 0 ? table->columns[column].name : NULL;

	if (base_type != type)
	{
		DomainConverter *domain = palloc0(sizeof(DomainConverter));

		fsq_converter_init(&domain->base, table, column, base_type, base_typmod, encoding);
		domain->context = CurrentMemoryContext;
		converter->convert = convert_domain;
		converter->sees_null = true;
		converter->input.fn_extra = domain;
		return;
	}

	for (int i = 0; native && native_converters[i].type != InvalidOid; i++)
	{
		if (native_converters[i].type == type)
			converter->convert = native_converters[i].convert;
	}
	for (int i = 0; !native && converters[i].type != InvalidOid; i++)
	{
		if (converters[i].type != type)
			continue;
		converter->convert = encoding != FSQ_ENCODING_USUAL && converters[i].convert_number ?
			converters[i].convert_number : converters[i].convert;
		break;
	}
	/* varchar(n) and char(n) */
	if (converter->convert == convert_text && typmod >= (int32) VARHDRSZ)
		converter->convert = convert_text_limited;
	if (converter->convert != NULL && converter->convert != convert_json && !native)
		return;
	get_typlenbyval(type, &converter->input_length, &converter->input_byval);
	getTypeInputInfo(type, &input_function, &converter->input_param);
	converter->input_function = input_function;
	fmgr_info_cxt(input_function, &converter->input, CurrentMemoryContext);
	if (converter->convert == NULL)
		converter->convert = native ? convert_native : convert_by_input;
}
