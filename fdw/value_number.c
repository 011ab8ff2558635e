/*-------------------------------------------------------------------------
 *
 * value_number.c
 *	  Converts numbers and booleans.  The accepted forms are listed in value.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "fdw.h"
#include "value.h"

/* So many decimal digits always fit into an int64. */
#define SURE_DIGITS 18

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
				if (likely(end - s <= SURE_DIGITS))
				{
					for (; s < end; s++)
					{
						if (*s < '0' || *s > '9')
							fsq_converter_error(converter, value, NULL);
						result = result * 10 + (*s - '0');
					}
					if (negative)
						result = -result;
					break;
				}
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

Datum
fsq_convert_int8(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_INT64))
		return Int64GetDatum(value->u.i);
	return Int64GetDatum(integer_of(converter, value, PG_INT64_MIN, PG_INT64_MAX));
}

Datum
fsq_convert_int4(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_INT64 && value->u.i == (int32) value->u.i))
		return Int32GetDatum((int32) value->u.i);
	return Int32GetDatum((int32) integer_of(converter, value, PG_INT32_MIN, PG_INT32_MAX));
}

Datum
fsq_convert_int2(FsqConverter *converter, const FsqValue *value)
{
	return Int16GetDatum((int16) integer_of(converter, value, PG_INT16_MIN, PG_INT16_MAX));
}

Datum
fsq_convert_bool(FsqConverter *converter, const FsqValue *value)
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

				if (likely(fsq_decimal_double(value->u.s, value->length, &d)))
					return d;
				if (!fsq_is_decimal(value->u.s, value->length))
					fsq_converter_error(converter, value, NULL);
				{
					FSQ_PUSH_VALUE_CONTEXT(converter, value);
					d = DatumGetFloat8(DirectFunctionCall1(float8in,
														   CStringGetDatum(pnstrdup(value->u.s, value->length))));
					FSQ_POP_VALUE_CONTEXT();
				}
				return d;
			}
		default:
			fsq_converter_error(converter, value, NULL);
	}
}

Datum
fsq_convert_float8(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_FLOAT8))
		return Float8GetDatum(value->u.d);
	return Float8GetDatum(double_of(converter, value));
}

Datum
fsq_convert_float4(FsqConverter *converter, const FsqValue *value)
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

Datum
fsq_convert_numeric(FsqConverter *converter, const FsqValue *value)
{
	char		buf[FSQ_NUMBER_TEXT_SIZE];
	Datum		number;
	Datum		fitted;

	FSQ_PUSH_VALUE_CONTEXT(converter, value);
	switch (value->type)
	{
		case FSQ_WIRE_INT64:
			number = NumericGetDatum(int64_to_numeric(value->u.i));
			break;
		case FSQ_WIRE_FLOAT8:
			buf[fsq_number_text(value, buf)] = '\0';
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
	FSQ_POP_VALUE_CONTEXT();
	return number;
}
