/*-------------------------------------------------------------------------
 *
 * integer_operator.h
 *	  The operators of PostgreSQL's integers, for the rules of a dialect: one
 *	  text for each operation, whatever the sizes of its operands.  What they
 *	  need to be exact is checked alike for all engines (check.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_INTEGER_OPERATOR_H
#define FSQ_FDW_INTEGER_OPERATOR_H

#include "dialect.h"

/* OIDs of pg_operator.dat, which names few of them; 2, 4, 8: bytes of the operands */
#define FSQ_INTEGER_OPERATORS(add, subtract, multiply, divide, remainder) \
	{550, add, .check = fsq_check_plus}, /* 2, 2 */ \
	{552, add, .check = fsq_check_plus}, /* 2, 4 */ \
	{553, add, .check = fsq_check_plus}, /* 4, 2 */ \
	{551, add, .check = fsq_check_plus}, /* 4, 4 */ \
	{822, add, .check = fsq_check_plus}, /* 2, 8 */ \
	{692, add, .check = fsq_check_plus}, /* 4, 8 */ \
	{818, add, .check = fsq_check_plus}, /* 8, 2 */ \
	{688, add, .check = fsq_check_plus}, /* 8, 4 */ \
	{684, add, .check = fsq_check_plus}, /* 8, 8 */ \
	{554, subtract, .check = fsq_check_minus}, /* 2, 2 */ \
	{556, subtract, .check = fsq_check_minus}, /* 2, 4 */ \
	{557, subtract, .check = fsq_check_minus}, /* 4, 2 */ \
	{555, subtract, .check = fsq_check_minus}, /* 4, 4 */ \
	{823, subtract, .check = fsq_check_minus}, /* 2, 8 */ \
	{693, subtract, .check = fsq_check_minus}, /* 4, 8 */ \
	{819, subtract, .check = fsq_check_minus}, /* 8, 2 */ \
	{689, subtract, .check = fsq_check_minus}, /* 8, 4 */ \
	{685, subtract, .check = fsq_check_minus}, /* 8, 8 */ \
	{526, multiply, .check = fsq_check_times}, /* 2, 2 */ \
	{544, multiply, .check = fsq_check_times}, /* 2, 4 */ \
	{545, multiply, .check = fsq_check_times}, /* 4, 2 */ \
	{514, multiply, .check = fsq_check_times}, /* 4, 4 */ \
	{824, multiply, .check = fsq_check_times}, /* 2, 8 */ \
	{694, multiply, .check = fsq_check_times}, /* 4, 8 */ \
	{820, multiply, .check = fsq_check_times}, /* 8, 2 */ \
	{690, multiply, .check = fsq_check_times}, /* 8, 4 */ \
	{686, multiply, .check = fsq_check_times}, /* 8, 8 */ \
	{527, divide, .check = fsq_check_divide}, /* 2, 2 */ \
	{546, divide, .check = fsq_check_divide}, /* 2, 4 */ \
	{547, divide, .check = fsq_check_divide}, /* 4, 2 */ \
	{528, divide, .check = fsq_check_divide}, /* 4, 4 */ \
	{825, divide, .check = fsq_check_divide}, /* 2, 8 */ \
	{695, divide, .check = fsq_check_divide}, /* 4, 8 */ \
	{821, divide, .check = fsq_check_divide}, /* 8, 2 */ \
	{691, divide, .check = fsq_check_divide}, /* 8, 4 */ \
	{687, divide, .check = fsq_check_divide}, /* 8, 8 */ \
	{529, remainder, .check = fsq_check_divide}, /* 2, 2 */ \
	{530, remainder, .check = fsq_check_divide}, /* 4, 4 */ \
	{439, remainder, .check = fsq_check_divide} /* 8, 8 */

#endif							/* FSQ_FDW_INTEGER_OPERATOR_H */
