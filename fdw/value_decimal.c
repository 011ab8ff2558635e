/*-------------------------------------------------------------------------
 *
 * value_decimal.c
 *	  From a decimal number to the nearest double, as strtod finds it but
 *	  several times faster: servers that send text send many of them.
 *
 *	  A number is its digits, an integer m, over a power of ten d.  Where both
 *	  are doubles themselves, one division rounds once, and rightly.  Else m is
 *	  taken to 128 bits, m * 2^64, and divided by d: m is then 2^53 or more and
 *	  d less than 2^64, so that the quotient has 54 bits or more, 53 for the
 *	  double and one or more, with the remainder, to round by.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "port/pg_bitutils.h"

#include "value.h"

/* The digits that an uint64 surely holds, and the powers of ten. */
#define MAX_DIGITS 19

/* Integers up to here are doubles. */
#define MAX_EXACT (UINT64CONST(1) << DBL_MANT_DIG)

static const uint64 powers_of_ten[MAX_DIGITS + 1] = {
	UINT64CONST(1), UINT64CONST(10), UINT64CONST(100), UINT64CONST(1000), UINT64CONST(10000),
	UINT64CONST(100000), UINT64CONST(1000000), UINT64CONST(10000000), UINT64CONST(100000000),
	UINT64CONST(1000000000), UINT64CONST(10000000000), UINT64CONST(100000000000),
	UINT64CONST(1000000000000), UINT64CONST(10000000000000), UINT64CONST(100000000000000),
	UINT64CONST(1000000000000000), UINT64CONST(10000000000000000), UINT64CONST(100000000000000000),
	UINT64CONST(1000000000000000000), UINT64CONST(10000000000000000000)
};

/*
 * The double next to m / d, to the even one of two that are equally near.
 * m is more than MAX_EXACT.
 */
static double
divide(uint64 m, uint64 d)
{
	uint128		quotient = ((uint128) m << 64) / d;
	uint128		remainder = ((uint128) m << 64) % d;
	uint64		high = (uint64) (quotient >> 64);
	int			bits = high != 0 ? 65 + pg_leftmost_one_pos64(high) : 1 + pg_leftmost_one_pos64((uint64) quotient);
	int			dropped = bits - DBL_MANT_DIG;
	uint64		mantissa = (uint64) (quotient >> dropped);
	uint128		rest = quotient - ((uint128) mantissa << dropped);
	uint128		half = (uint128) 1 << (dropped - 1);

	Assert(dropped > 0);
	if (rest > half || (rest == half && (remainder != 0 || (mantissa & 1))))
		mantissa++;
	return ldexp((double) mantissa, dropped - 64);
}

/*
 * The double that is nearest to a number [+-]digits[.digits].  False: it has
 * another form, or too many digits for this.
 */
bool
fsq_decimal_double(const char *s, int length, double *result)
{
	const char *end = s + length;
	bool		negative = s < end && *s == '-';
	const char *point = NULL;
	uint64		m = 0;
	int			digits = 0;
	int			scale;

	if (s < end && (*s == '-' || *s == '+'))
		s++;
	/* one digit at least, before or after the point */
	if (s == end || end - s > MAX_DIGITS + 1)
		return false;
	for (; s < end; s++)
	{
		unsigned int digit = (unsigned char) *s - '0';

		if (digit <= 9)
		{
			m = m * 10 + digit;
			digits++;
		}
		else if (*s == '.' && point == NULL)
			point = s;
		else
			return false;
	}
	if (digits == 0 || digits > MAX_DIGITS)
		return false;
	scale = point != NULL ? end - point - 1 : 0;
	if (scale == 0 || m <= MAX_EXACT)
		*result = (double) m / (double) powers_of_ten[scale];
	else
		*result = divide(m, powers_of_ten[scale]);
	if (negative)
		*result = -*result;
	return true;
}
