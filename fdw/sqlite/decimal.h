/*-------------------------------------------------------------------------
 *
 * decimal.h
 *	  Decimal numbers as value.c reads them from SQLite's integers and reals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLITE_DECIMAL_H
#define FSQ_FDW_SQLITE_DECIMAL_H

#include "postgres.h"

struct sqlite3;
struct sqlite3_value;

/* Digits of a number: coefficient * 10 ^ exponent, without trailing zeros. */
typedef struct FsqDecimal
{
	bool		fits;			/* the coefficient is below 10^36 */
	int128		coefficient;
	int			digits;			/* of the coefficient; 0 for zero */
	int			exponent;
} FsqDecimal;

/* The decimal form of an integer, real or numeric text; false: it has none. */
extern bool fsq_sqlite_decimal(struct sqlite3_value *value, FsqDecimal *number);

/* Places after the point, and digits before it. */
extern int	fsq_decimal_scale(const FsqDecimal *number);
extern int	fsq_decimal_integer_digits(const FsqDecimal *number);

/* s of numeric(p,s) */
extern int	fsq_typmod_scale(int typmod);

/* The aggregates fraiseql_sum() and fraiseql_avg(), and fraiseql_numeric(). */
extern int	fsq_sqlite_decimals_create(struct sqlite3 *db);

#endif							/* FSQ_FDW_SQLITE_DECIMAL_H */
