/*-------------------------------------------------------------------------
 *
 * value_native.c
 *	  Converts the text of PostgreSQL's own output functions, which is what
 *	  another PostgreSQL sends (FsqDialect.native_text).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "utils/datum.h"

#include "fdw.h"
#include "value.h"

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

Datum
fsq_convert_native(FsqConverter *converter, const FsqValue *value)
{
	int			length;
	char	   *s;
	Datum		result;
	Datum		whole;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value, NULL);
	s = unconstify(char *, fsq_value_server_text(converter, value, NULL, &length));
	s = pnstrdup(s, length);

	if (converter->type == CHAROID && length > 1 && s[0] != '\\')
		fsq_converter_error(converter, value, "The text is longer than one byte.");
	result = fsq_value_input(converter, value, s);
	if (converter->typmod >= 0 && rounds_to_typmod(converter->type))
	{
		FSQ_PUSH_VALUE_CONTEXT(converter, value);
		whole = InputFunctionCall(&converter->input, s, converter->input_param, -1);
		FSQ_POP_VALUE_CONTEXT();
		if (!datumIsEqual(result, whole, converter->input_byval, converter->input_length))
			fsq_converter_error(converter, value, "The value has more than the type holds.");
	}
	return result;
}

Datum
fsq_convert_native_bool(FsqConverter *converter, const FsqValue *value)
{
	if (likely(value->type == FSQ_WIRE_TEXT && value->length == 1))
	{
		if (value->u.s[0] == 't')
			return BoolGetDatum(true);
		if (value->u.s[0] == 'f')
			return BoolGetDatum(false);
	}
	return fsq_convert_native(converter, value);
}

/*
 * A float4's shortest form reads back as itself; what has more digits than one
 * can hold has come from a wider type.
 */
Datum
fsq_convert_native_float4(FsqConverter *converter, const FsqValue *value)
{
	Datum		result = fsq_convert_native(converter, value);
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

Datum
fsq_convert_native_float8(FsqConverter *converter, const FsqValue *value)
{
	double		d;

	if (likely(value->type == FSQ_WIRE_TEXT && fsq_decimal_double(value->u.s, value->length, &d)))
		return Float8GetDatum(d);
	return fsq_convert_native(converter, value);
}

/*
 * A number that is none, and infinity, are numeric too.
 */
Datum
fsq_convert_native_numeric(FsqConverter *converter, const FsqValue *value)
{
	if (value->type == FSQ_WIRE_TEXT && value->length > 0 &&
		(value->u.s[value->length - 1] < '0' || value->u.s[value->length - 1] > '9'))
		return fsq_convert_native(converter, value);
	return fsq_convert_numeric(converter, value);
}

/*
 * Dates and times as nearly all of them are, by the strict readers; the rest
 * (other years, infinity) by the type's own function.
 */
Datum
fsq_convert_native_time(FsqConverter *converter, const FsqValue *value)
{
	if (value->type != FSQ_WIRE_TEXT || !fsq_is_time_text(converter->type, value->u.s, value->length))
		return fsq_convert_native(converter, value);
	if (converter->type == DATEOID)
		return fsq_convert_date(converter, value);
	return fsq_convert_timestamp(converter, value);
}
