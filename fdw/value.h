/*-------------------------------------------------------------------------
 *
 * value.h
 *	  Converters that value.c chooses from and other files hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_VALUE_H
#define FSQ_FDW_VALUE_H

#include "fdw.h"

/* value_time.c: from text */
extern Datum fsq_convert_date(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_time(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_timestamp(FsqConverter *converter, const FsqValue *value);

/* value_time.c: date, time, timestamp and timestamptz from numbers */
extern Datum fsq_convert_number_time(FsqConverter *converter, const FsqValue *value);

/* Whether text converts to date, timestamp or timestamptz; raises nothing. */
extern bool fsq_is_time_text(Oid type, const char *s, int length);

/* value.c: whether text is a decimal number; raises nothing */
extern bool fsq_is_decimal(const char *s, int length);

#endif							/* FSQ_FDW_VALUE_H */
