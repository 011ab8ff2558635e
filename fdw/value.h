/*-------------------------------------------------------------------------
 *
 * value.h
 *	  The converters that value.c chooses from, and what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_VALUE_H
#define FSQ_FDW_VALUE_H

#include "common/shortest_dec.h"
#include "utils/builtins.h"

#include "direct.h"
#include "fdw.h"

/* ---- value.c ---- */

/*
 * Which value an error of a type's own functions is about: between PUSH and
 * POP the errors say so.
 */
typedef struct FsqValueContext
{
	const FsqConverter *converter;
	const FsqValue *value;
} FsqValueContext;

extern void fsq_value_context(void *arg);

#define FSQ_PUSH_VALUE_CONTEXT(converter, value) \
	FsqValueContext value_context_arg = {converter, value}; \
	ErrorContextCallback value_context_callback = {error_context_stack, fsq_value_context, &value_context_arg}; \
	error_context_stack = &value_context_callback
#define FSQ_POP_VALUE_CONTEXT() \
	error_context_stack = value_context_callback.previous

/* ---- value_text.c ---- */

/* Room for any number as text, see fsq_number_text. */
#define FSQ_NUMBER_TEXT_SIZE Max(MAXINT8LEN + 1, DOUBLE_SHORTEST_DECIMAL_LEN)

extern int	fsq_number_text(const FsqValue *value, char *buf);
extern const char *fsq_value_server_text(const FsqConverter *converter, const FsqValue *value,
										 char *buf, int *length);
extern Datum fsq_value_input(FsqConverter *converter, const FsqValue *value, char *cstring);

extern Datum fsq_convert_text(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_text_limited(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_name(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_bytea(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_by_input(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_json(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_uuid(FsqConverter *converter, const FsqValue *value);

/* ---- value_number.c ---- */

extern Datum fsq_convert_bool(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_int2(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_int4(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_int8(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_float4(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_float8(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_numeric(FsqConverter *converter, const FsqValue *value);

/* Whether text is a decimal number; raises nothing. */
extern bool fsq_is_decimal(const char *s, int length);

/* ---- value_decimal.c ---- */

extern bool fsq_decimal_double(const char *s, int length, double *result);

/* ---- value_time.c ---- */

/* from text */
extern Datum fsq_convert_date(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_time(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_timestamp(FsqConverter *converter, const FsqValue *value);

/* date, time, timestamp and timestamptz from numbers */
extern Datum fsq_convert_number_time(FsqConverter *converter, const FsqValue *value);

/* Whether text converts to date, timestamp or timestamptz; raises nothing. */
extern bool fsq_is_time_text(Oid type, const char *s, int length);

/* ---- value_native.c ---- */

extern Datum fsq_convert_native(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_native_bool(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_native_float4(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_native_float8(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_native_numeric(FsqConverter *converter, const FsqValue *value);
extern Datum fsq_convert_native_time(FsqConverter *converter, const FsqValue *value);

/* ---- value_direct.c ---- */

/* What has the text of a converter's values without making datums, or NULL. */
extern FsqConvertText fsq_converter_text(const FsqConverter *converter);

#endif							/* FSQ_FDW_VALUE_H */
