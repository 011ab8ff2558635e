/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Exact sums and averages of what SQLite keeps as integers and reals.
 *
 *	  A real stands for its shortest decimal form, as value.c reads it, so
 *	  that 0.1 added ten times is 1.  The results are text of the digits that
 *	  PostgreSQL's sum(bigint), sum(numeric) and avg have, trailing zeros
 *	  included.
 *
 *	  fraiseql_sum(number)
 *	  fraiseql_avg(number), fraiseql_avg(number, typmod)
 *	  fraiseql_numeric(number, typmod)	the number with the type's places
 *
 *	  typmod is that of a numeric(p,s) column, whose values have s places.  A
 *	  sum of more than 38 digits is an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <sqlite3.h>

#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "sqlite/decimal.h"

/* digits that an int128 holds, and a sign, a point and leading zeros */
#define SUM_DIGITS 39
#define COEFFICIENT_DIGITS 36

/* from src/backend/utils/adt/numeric.c, which avg() must agree with */
#define DEC_DIGITS 4

/* Sums and averages have no more places after the point than this. */
#define MAX_SCALE 400
#define RESULT_SIZE (MAX_SCALE + 2 * SUM_DIGITS + 64)

/* ---- numbers ---- */

/*
 * Digits from text that is known to be a decimal number.
 */
static bool
parse_decimal(const char *s, int length, FsqDecimal *number)
{
	const char *end = s + length;
	bool		negative = false;
	bool		point = false;
	int			zeros = 0;
	int			exponent = 0;
	bool		negative_exponent = false;

	memset(number, 0, sizeof(FsqDecimal));
	number->fits = true;
	if (s < end && (*s == '+' || *s == '-'))
		negative = *s++ == '-';
	for (; s < end && *s != 'e' && *s != 'E'; s++)
	{
		if (*s == '.')
		{
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9')
			return false;
		if (point)
			number->exponent--;
		if (*s == '0')
		{
			/* counted only if a digit follows */
			zeros += number->digits > 0;
			continue;
		}
		if (number->digits + zeros + 1 > COEFFICIENT_DIGITS)
			number->fits = false;
		for (; zeros > 0; zeros--, number->digits++)
			number->coefficient = number->fits ? number->coefficient * 10 : 0;
		number->coefficient = number->fits ? number->coefficient * 10 + (*s - '0') : 0;
		number->digits++;
	}
	if (s < end)
	{
		s++;
		if (s < end && (*s == '+' || *s == '-'))
			negative_exponent = *s++ == '-';
		for (; s < end && exponent < 100000; s++)
			exponent = exponent * 10 + (*s - '0');
	}
	number->exponent += zeros + (negative_exponent ? -exponent : exponent);
	if (number->digits == 0)
		number->exponent = 0;
	if (negative)
		number->coefficient = -number->coefficient;
	return true;
}

bool
fsq_sqlite_decimal(sqlite3_value *value, FsqDecimal *number)
{
	char		buf[DOUBLE_SHORTEST_DECIMAL_LEN + MAXINT8LEN + 1];
	double		d;

	switch (sqlite3_value_type(value))
	{
		case SQLITE_INTEGER:
			return parse_decimal(buf, pg_lltoa(sqlite3_value_int64(value), buf), number);
		case SQLITE_FLOAT:
			d = sqlite3_value_double(value);
			return isfinite(d) &&
				parse_decimal(buf, double_to_shortest_decimal_buf(d, buf), number);
		case SQLITE_TEXT:
			return parse_decimal((const char *) sqlite3_value_text(value),
								 sqlite3_value_bytes(value), number);
		default:
			return false;
	}
}

int
fsq_decimal_scale(const FsqDecimal *number)
{
	return Max(-number->exponent, 0);
}

int
fsq_decimal_integer_digits(const FsqDecimal *number)
{
	return number->digits == 0 ? 0 : Max(number->digits + number->exponent, 0);
}

int
fsq_typmod_scale(int typmod)
{
	return (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
}

/*
 * value * 10 ^ power; false if that is too large.
 */
static bool
shift(int128 *value, int power)
{
	if (*value == 0)
		return true;
	for (; power > 0; power--)
	{
		if (__builtin_mul_overflow(*value, (int128) 10, value))
			return false;
	}
	return true;
}

/* ---- sums ---- */

typedef struct DecimalSum
{
	int128		sum;			/* times 10 ^ -scale */
	int			scale;
	int64		count;
	bool		started;
	bool		failed;
} DecimalSum;

static bool
add_decimal(DecimalSum *state, FsqDecimal *number)
{
	int			scale = fsq_decimal_scale(number);

	if (!number->fits || scale > MAX_SCALE)
		return false;
	if (scale > state->scale)
	{
		if (!shift(&state->sum, scale - state->scale))
			return false;
		state->scale = scale;
	}
	return shift(&number->coefficient, state->scale + number->exponent) &&
		!__builtin_add_overflow(state->sum, number->coefficient, &state->sum);
}

static void
sum_step(sqlite3_context *context, int nargs, sqlite3_value **args)
{
	DecimalSum *state = sqlite3_aggregate_context(context, sizeof(DecimalSum));
	FsqDecimal	number;

	if (state == NULL || state->failed || sqlite3_value_type(args[0]) == SQLITE_NULL)
		return;
	if (!state->started)
	{
		state->started = true;
		if (nargs > 1)
			state->scale = Max(fsq_typmod_scale(sqlite3_value_int(args[1])), 0);
	}
	state->count++;
	if (state->scale == 0 && sqlite3_value_type(args[0]) == SQLITE_INTEGER)
		state->failed = __builtin_add_overflow(state->sum, (int128) sqlite3_value_int64(args[0]), &state->sum);
	else
		state->failed = !fsq_sqlite_decimal(args[0], &number) || !add_decimal(state, &number);
}

/*
 * The digits of a sum without sign, at least one; returns how many.
 */
static int
sum_digits(int128 sum, char *digits)
{
	char		reversed[SUM_DIGITS + 1];
	int			count = 0;

	do
	{
		int			digit = (int) (sum % 10);

		reversed[count++] = '0' + (digit < 0 ? -digit : digit);
		sum /= 10;
	} while (sum != 0);
	for (int i = 0; i < count; i++)
		digits[i] = reversed[count - 1 - i];
	return count;
}

/*
 * Digits with a point before the last "scale" of them.
 */
static int
write_digits(char *out, bool negative, const char *digits, int count, int scale)
{
	char	   *start = out;
	int			integers = count - scale;

	if (negative)
		*out++ = '-';
	if (integers <= 0)
		*out++ = '0';
	for (int i = 0; i < integers; i++)
		*out++ = digits[i];
	if (scale > 0)
		*out++ = '.';
	for (int i = integers; scale > 0 && i < count; i++)
		*out++ = i < 0 ? '0' : digits[i];
	return out - start;
}

static DecimalSum *
finished_sum(sqlite3_context *context)
{
	DecimalSum *state = sqlite3_aggregate_context(context, 0);

	if (state == NULL || state->count == 0)
		return NULL;			/* null */
	if (state->failed)
	{
		sqlite3_result_error(context, "a sum is infinite or has more than 38 digits", -1);
		return NULL;
	}
	return state;
}

static void
sum_final(sqlite3_context *context)
{
	DecimalSum *state = finished_sum(context);
	char		digits[SUM_DIGITS + 1];
	char		out[RESULT_SIZE];
	int			count;

	if (state == NULL)
		return;
	count = sum_digits(state->sum, digits);
	sqlite3_result_text(context, out,
						write_digits(out, state->sum < 0, digits, count, state->scale),
						SQLITE_TRANSIENT);
}

/* ---- averages ---- */

/*
 * The weight and first digit of a number in base 10,000, from its decimal
 * digits, of which "scale" are after the point.
 */
static void
leading_digit(const char *digits, int count, int scale, int *weight, int *first)
{
	int			place;
	int			width;

	*weight = *first = 0;
	while (count > 0 && *digits == '0')
	{
		digits++;
		count--;
	}
	if (count == 0)
		return;
	/* of the first digit: 0 is that of ones */
	place = count - 1 - scale;
	*weight = place >= 0 ? place / DEC_DIGITS : -((-place + DEC_DIGITS - 1) / DEC_DIGITS);
	width = place - *weight * DEC_DIGITS + 1;
	for (int i = 0; i < width; i++)
		*first = *first * 10 + (i < count ? digits[i] - '0' : 0);
}

/*
 * How many places numeric_div() gives a quotient (its select_div_scale()).
 */
static int
quotient_scale(const char *digits, int count, int scale, int64 divisor)
{
	char		divisor_digits[SUM_DIGITS + 1];
	int			divisor_count = sum_digits(divisor, divisor_digits);
	int			weight1;
	int			first1;
	int			weight2;
	int			first2;
	int			weight;

	leading_digit(digits, count, scale, &weight1, &first1);
	leading_digit(divisor_digits, divisor_count, 0, &weight2, &first2);
	weight = weight1 - weight2;
	if (first1 <= first2)
		weight--;
	return Min(Max(NUMERIC_MIN_SIG_DIGITS - weight * DEC_DIGITS, scale), NUMERIC_MAX_DISPLAY_SCALE);
}

/*
 * Long division: "places" digits are the quotient's, rounded half away from
 * zero.  Returns how many digits were written.
 */
static int
divide_digits(const char *digits, int count, int places, int64 divisor, char *quotient)
{
	int128		rest = 0;
	int			i;

	quotient[0] = '0';			/* for a carry */
	for (i = 0; i < count + places; i++)
	{
		rest = rest * 10 + (i < count ? digits[i] - '0' : 0);
		quotient[i + 1] = '0' + (int) (rest / divisor);
		rest %= divisor;
	}
	if (rest * 2 >= divisor)
	{
		int			j = i;

		while (quotient[j] == '9')
			quotient[j--] = '0';
		quotient[j]++;
	}
	return i + 1;
}

static void
avg_final(sqlite3_context *context)
{
	DecimalSum *state = finished_sum(context);
	char		digits[SUM_DIGITS + 1];
	char		quotient[RESULT_SIZE];
	char		out[RESULT_SIZE];
	const char *s = quotient;
	int			count;
	int			scale;
	int			written;

	if (state == NULL)
		return;
	count = sum_digits(state->sum, digits);
	scale = quotient_scale(digits, count, state->scale, state->count);
	if (count + scale > RESULT_SIZE - 8)
	{
		sqlite3_result_error(context, "an average has too many digits", -1);
		return;
	}
	written = divide_digits(digits, count, scale - state->scale, state->count, quotient);
	for (; written > scale + 1 && *s == '0'; written--)
		s++;
	sqlite3_result_text(context, out, write_digits(out, state->sum < 0, s, written, scale),
						SQLITE_TRANSIENT);
}

/* ---- fraiseql_numeric ---- */

static void
scaled(sqlite3_context *context, int nargs, sqlite3_value **args)
{
	DecimalSum	state = {0};
	FsqDecimal	number;
	char		digits[SUM_DIGITS + 1];
	char		out[RESULT_SIZE];
	int			count;

	if (sqlite3_value_type(args[0]) == SQLITE_NULL)
		return;
	state.scale = Max(fsq_typmod_scale(sqlite3_value_int(args[1])), 0);
	if (!fsq_sqlite_decimal(args[0], &number) || !add_decimal(&state, &number))
	{
		sqlite3_result_value(context, args[0]);
		return;
	}
	count = sum_digits(state.sum, digits);
	sqlite3_result_text(context, out, write_digits(out, state.sum < 0, digits, count, state.scale),
						SQLITE_TRANSIENT);
}

/* ---- registration ---- */

/*
 * Over frames that only grow no row is ever taken back; others are not asked
 * for.
 */
static void
no_inverse(sqlite3_context *context, int nargs, sqlite3_value **args)
{
	sqlite3_result_error(context, "sums of moving frames are not computed here", -1);
}

int
fsq_sqlite_decimals_create(struct sqlite3 *db)
{
	const int	flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	int			code = sqlite3_create_function_v2(db, "fraiseql_numeric", 2, flags, NULL,
												  scaled, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_window_function(db, "fraiseql_sum", 1, flags, NULL,
											  sum_step, sum_final, sum_final, no_inverse, NULL);
	for (int nargs = 1; nargs <= 2 && code == SQLITE_OK; nargs++)
		code = sqlite3_create_window_function(db, "fraiseql_avg", nargs, flags, NULL,
											  sum_step, avg_final, avg_final, no_inverse, NULL);
	return code;
}
