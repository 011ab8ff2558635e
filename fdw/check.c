/*-------------------------------------------------------------------------
 *
 * check.c
 *	  Checks that the rules of several dialects have in common: whether what is
 *	  known of the arguments makes the remote's answer PostgreSQL's.
 *
 *	  Integers carry the range that they are known to be in.  Arithmetic is
 *	  sent only where no result can leave its type, so that neither side
 *	  overflows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "nodes/primnodes.h"

#include "dialect.h"

bool
fsq_is_integer_constant(const FsqFragment *fragment, int64 min)
{
	return fragment->constant != NULL && !fragment->constant->constisnull &&
		fragment->has_range && fragment->low >= min;
}

/*
 * Whether bounds lie within the result's type, so that neither side overflows;
 * they become what is known of the result.
 */
static bool
within_result(FsqFragment *result, int64 low, int64 high)
{
	if (low < result->low || high > result->high)
		return false;
	result->low = low;
	result->high = high;
	return true;
}

bool
fsq_check_plus(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			const char **template)
{
	int64		low;
	int64		high;

	return args[0].has_range && args[1].has_range &&
		!pg_add_s64_overflow(args[0].low, args[1].low, &low) &&
		!pg_add_s64_overflow(args[0].high, args[1].high, &high) &&
		within_result(result, low, high);
}

bool
fsq_check_minus(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			const char **template)
{
	int64		low;
	int64		high;

	return args[0].has_range && args[1].has_range &&
		!pg_sub_s64_overflow(args[0].low, args[1].high, &low) &&
		!pg_sub_s64_overflow(args[0].high, args[1].low, &high) &&
		within_result(result, low, high);
}

bool
fsq_check_times(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			const char **template)
{
	int64		p[4];

	if (!args[0].has_range || !args[1].has_range ||
		pg_mul_s64_overflow(args[0].low, args[1].low, &p[0]) ||
		pg_mul_s64_overflow(args[0].low, args[1].high, &p[1]) ||
		pg_mul_s64_overflow(args[0].high, args[1].low, &p[2]) ||
		pg_mul_s64_overflow(args[0].high, args[1].high, &p[3]))
		return false;
	return within_result(result, Min(Min(p[0], p[1]), Min(p[2], p[3])),
						 Max(Max(p[0], p[1]), Max(p[2], p[3])));
}

/*
 * Integer division and remainder are PostgreSQL's, but for division by zero
 * (NULL there) and of the smallest integer by -1.
 */
bool
fsq_check_divide(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			 const char **template)
{
	return args[0].has_range && fsq_is_integer_constant(&args[1], 1);
}

bool
fsq_check_absolute(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
			   const char **template)
{
	if (!args[0].has_range || args[0].low < -result->high)
		return false;
	return within_result(result, 0, Max(args[0].high, -args[0].low));
}

/*
 * A cast between integer types: what it is about must fit.
 */
bool
fsq_check_integer_cast(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
				   const char **template)
{
	return args[0].has_range && within_result(result, args[0].low, args[0].high);
}

bool
fsq_check_deterministic(const FsqFragment *args, int nargs, Oid collation, FsqFragment *result,
					const char **template)
{
	return fsq_collation_is_deterministic(collation);
}
