/*-------------------------------------------------------------------------
 *
 * place.c
 *	  Where a parameter's value stands among those that the remote can hold
 *	  (FsqDialect.place), as far as engines have that in common.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "pushdown.h"

/*
 * A double where the remote has no infinity, and nothing that is no number,
 * which is more than infinity here.
 */
FsqPlace
fsq_place_float(double value)
{
	if (isnan(value) || isinf(value))
		return value < 0 ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
	return FSQ_PLACE_AMONG;
}

/*
 * A date, timestamp or instant (in UTC) where the remote has years from .. to;
 * year 0 is 1 BC.
 */
FsqPlace
fsq_place_time(Oid type, Datum value, int from, int to)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(date))
			return DATE_IS_NOBEGIN(date) ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
		j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	}
	else
	{
		Timestamp	timestamp = DatumGetTimestamp(value);

		if (TIMESTAMP_NOT_FINITE(timestamp))
			return TIMESTAMP_IS_NOBEGIN(timestamp) ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
		if (timestamp2tm(timestamp, NULL, &tm, &fsec, NULL, NULL) != 0)
			return timestamp < 0 ? FSQ_PLACE_BELOW : FSQ_PLACE_ABOVE;
	}
	return tm.tm_year < from ? FSQ_PLACE_BELOW : tm.tm_year > to ? FSQ_PLACE_ABOVE : FSQ_PLACE_AMONG;
}

bool
fsq_is_integer_type(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

Oid
fsq_array_element_type(const FsqParam *param, const ArrayType *array)
{
	Oid			type = ARR_ELEMTYPE(array);

	/* mostly so; else it may be a domain, or a type that is stored alike */
	if (fsq_is_integer_type(type))
		return type;
	return getBaseType(get_element_type(param->type));
}

bool
fsq_array_run(const FsqParam *param, Datum value, int64 *low, int64 *high)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Oid			type = fsq_array_element_type(param, array);
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const char *elements = ARR_DATA_PTR(array);
	bits8	   *seen;
	uint64		distinct = 0;

	*low = PG_INT64_MAX;
	*high = PG_INT64_MIN;
	if (count == 0 || ARR_HASNULL(array))
		return false;
	for (int i = 0; i < count; i++)
	{
		int64		integer = fsq_array_integer(type, elements, i);

		CHECK_FOR_INTERRUPTS();
		*low = Min(*low, integer);
		*high = Max(*high, integer);
	}
	if ((uint64) *high - (uint64) *low >= (uint64) count)
		return false;
	seen = palloc0(count / BITS_PER_BYTE + 1);
	for (int i = 0; i < count; i++)
	{
		int64		place = fsq_array_integer(type, elements, i) - *low;
		bits8		bit = 1 << (place % BITS_PER_BYTE);

		distinct += (seen[place / BITS_PER_BYTE] & bit) == 0;
		seen[place / BITS_PER_BYTE] |= bit;
	}
	pfree(seen);
	return distinct == (uint64) *high - (uint64) *low + 1;
}

/* Integers can all be sent; and they may be a run that is long enough. */
static FsqPlace
place_integers(const FsqDialect *dialect, const FsqParam *param, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	int64		low;
	int64		high;

	return dialect->run_keys > 0 && ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) >= dialect->run_keys &&
		fsq_array_run(param, value, &low, &high) ? FSQ_PLACE_RUN : FSQ_PLACE_AMONG;
}

/*
 * An array is among them if one of its elements is, or is null, or if there is
 * none; else nothing that the remote has equals any of it.
 */
static FsqPlace
place_array(const FsqDialect *dialect, const FsqParam *param, Datum value)
{
	FsqParam	element = *param;
	int16		len;
	bool		byval;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	element.kind = FSQ_PARAM_VALUE;
	element.type = fsq_array_element_type(param, DatumGetArrayTypeP(value));
	if (fsq_is_integer_type(element.type))
		return place_integers(dialect, param, value);
	get_typlenbyvalalign(element.type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(value), element.type, len, byval, align,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i] || dialect->place(&element, elements[i]) == FSQ_PLACE_AMONG)
			return FSQ_PLACE_AMONG;
	}
	return count == 0 ? FSQ_PLACE_AMONG : FSQ_PLACE_NOWHERE;
}

FsqPlace
fsq_param_place(const FsqDialect *dialect, const FsqParam *param, Datum value, bool isnull)
{
	if (isnull)
		return FSQ_PLACE_AMONG;
	if (param->kind == FSQ_PARAM_ARRAY)
		return place_array(dialect, param, value);
	return dialect->place(param, value);
}
