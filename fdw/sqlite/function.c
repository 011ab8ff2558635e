/*-------------------------------------------------------------------------
 *
 * function.c
 *	  SQL functions that statements sent to SQLite call.
 *
 *	  fraiseql_check(value, type, column[, typmod]): 1 if value.c could convert the
 *	  value to the type; otherwise an error that names column and value.  It
 *	  stands where a column decides which rows or groups come back without
 *	  being read itself.
 *
 *	  fraiseql_uuid(text): the 16 bytes of a uuid.
 *
 *	  Both are called by SQLite in the middle of its work: they raise nothing,
 *	  and tell errors in its way.  Schemas (views, triggers) cannot use them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>
#include <sqlite3.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "fdw.h"
#include "sqlite/decimal.h"
#include "sqlite/sqlite.h"
#include "value.h"

/* How much of a value an error shows, in bytes. */
#define SHOWN_BYTES 64

/* ---- what value.c accepts ---- */

/*
 * [+-]digits within bounds
 */
static bool
is_integer_text(const char *text, int length, int64 low, int64 high)
{
	const char *end = text + length;
	bool		negative = length > 0 && *text == '-';
	int64		number = 0;

	if (length > 0 && (*text == '+' || *text == '-'))
		text++;
	if (text == end)
		return false;
	for (; text < end; text++)
	{
		int			digit = *text - '0';

		if (digit < 0 || digit > 9 ||
			pg_mul_s64_overflow(number, 10, &number) ||
			pg_add_s64_overflow(number, negative ? -digit : digit, &number))
			return false;
	}
	return number >= low && number <= high;
}

static bool
is_decimal_text(sqlite3_value *value)
{
	const char *text = (const char *) sqlite3_value_text(value);

	return text != NULL && fsq_is_decimal(text, sqlite3_value_bytes(value));
}

static bool
is_integer_within(sqlite3_value *value, int64 low, int64 high)
{
	double		d;

	if (sqlite3_value_type(value) == SQLITE_INTEGER)
		return sqlite3_value_int64(value) >= low && sqlite3_value_int64(value) <= high;
	if (sqlite3_value_type(value) == SQLITE_TEXT)
		return is_integer_text((const char *) sqlite3_value_text(value),
							   sqlite3_value_bytes(value), low, high);
	if (sqlite3_value_type(value) != SQLITE_FLOAT)
		return false;
	d = sqlite3_value_double(value);
	return d >= -9223372036854775808.0 && d < 9223372036854775808.0 &&
		(double) (int64) d == d && (int64) d >= low && (int64) d <= high;
}

static bool
is_int2(sqlite3_value *value)
{
	return is_integer_within(value, PG_INT16_MIN, PG_INT16_MAX);
}

static bool
is_int4(sqlite3_value *value)
{
	return is_integer_within(value, PG_INT32_MIN, PG_INT32_MAX);
}

static bool
is_int8(sqlite3_value *value)
{
	return is_integer_within(value, PG_INT64_MIN, PG_INT64_MAX);
}

static bool
is_bool(sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_INTEGER &&
		(sqlite3_value_int64(value) == 0 || sqlite3_value_int64(value) == 1);
}

static bool
is_float8(sqlite3_value *value)
{
	double		d;

	if (sqlite3_value_type(value) == SQLITE_FLOAT)
		return true;
	if (sqlite3_value_type(value) == SQLITE_TEXT)
		return is_decimal_text(value) && isfinite(sqlite3_value_double(value));
	if (sqlite3_value_type(value) != SQLITE_INTEGER)
		return false;
	d = (double) sqlite3_value_int64(value);
	return d < 9223372036854775808.0 && (int64) d == sqlite3_value_int64(value);
}

static bool
is_numeric(sqlite3_value *value)
{
	if (sqlite3_value_type(value) == SQLITE_TEXT)
		return is_decimal_text(value);
	return sqlite3_value_type(value) == SQLITE_FLOAT || sqlite3_value_type(value) == SQLITE_INTEGER;
}

static bool
is_text(sqlite3_value *value)
{
	const char *text;
	int			length;

	if (sqlite3_value_type(value) != SQLITE_TEXT)
		return sqlite3_value_type(value) != SQLITE_BLOB;	/* numbers are read as text */
	text = (const char *) sqlite3_value_text(value);
	length = sqlite3_value_bytes(value);
	return text != NULL && memchr(text, 0, length) == NULL &&
		pg_encoding_verifymbstr(PG_UTF8, text, length) == length;
}

static bool
is_bytea(sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_BLOB;
}

static bool
is_uuid_text(const char *text, int length)
{
	bool		lower = false;
	bool		upper = false;

	if (length != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i] != '-')
				return false;
			continue;
		}
		if (!isxdigit((unsigned char) text[i]))
			return false;
		lower = lower || (text[i] >= 'a' && text[i] <= 'f');
		upper = upper || (text[i] >= 'A' && text[i] <= 'F');
	}
	return !(lower && upper);
}

static bool
is_uuid(sqlite3_value *value)
{
	if (sqlite3_value_type(value) == SQLITE_BLOB)
		return sqlite3_value_bytes(value) == 16;
	if (sqlite3_value_type(value) != SQLITE_TEXT)
		return false;
	return is_uuid_text((const char *) sqlite3_value_text(value), sqlite3_value_bytes(value));
}

static bool
is_time_text(sqlite3_value *value, Oid type)
{
	return sqlite3_value_type(value) == SQLITE_TEXT &&
		fsq_is_time_text(type, (const char *) sqlite3_value_text(value), sqlite3_value_bytes(value));
}

static bool
is_date(sqlite3_value *value)
{
	return is_time_text(value, DATEOID);
}

static bool
is_timestamp(sqlite3_value *value)
{
	return is_time_text(value, TIMESTAMPOID);
}

static bool
is_timestamptz(sqlite3_value *value)
{
	return is_time_text(value, TIMESTAMPTZOID);
}

static bool
is_number_within(sqlite3_value *value, double low, double high)
{
	int			type = sqlite3_value_type(value);

	return (type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
		sqlite3_value_double(value) >= low && sqlite3_value_double(value) < high;
}

/*
 * Unix seconds of PostgreSQL's timestamps.
 */
static bool
is_unix_time(sqlite3_value *value)
{
	const double epoch = (double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;

	return is_number_within(value, (double) MIN_TIMESTAMP / USECS_PER_SEC + epoch,
							(double) END_TIMESTAMP / USECS_PER_SEC + epoch);
}

static bool
is_julian_time(sqlite3_value *value)
{
	return is_number_within(value, 0, 5373484.5);
}

static bool
is_unix_date(sqlite3_value *value)
{
	return is_unix_time(value) && is_int8(value) && sqlite3_value_int64(value) % SECS_PER_DAY == 0;
}

/* ---- fraiseql_check ---- */

typedef struct CheckedType
{
	const char *name;
	bool		(*accepts) (sqlite3_value *value);
} CheckedType;

static const CheckedType checked_types[] = {
	{"bigint", is_int8},
	{"integer", is_int4},
	{"text", is_text},
	{"numeric", is_numeric},
	{"double precision", is_float8},
	{"boolean", is_bool},
	{"smallint", is_int2},
	{"varchar", is_text},
	{"timestamp", is_timestamp},
	{"timestamptz", is_timestamptz},
	{"time of unix seconds", is_unix_time},
	{"time of Julian days", is_julian_time},
	{"date", is_date},
	{"date of unix seconds", is_unix_date},
	{"uuid", is_uuid},
	{"bytea", is_bytea},
	{NULL}
};

/*
 * varchar(n): not more than n characters.
 */
static bool
fits_varchar(sqlite3_value *value, int typmod)
{
	const char *text = (const char *) sqlite3_value_text(value);
	int			length = sqlite3_value_bytes(value);
	int			characters = 0;

	for (int i = 0; i < length; i++)
		characters += (text[i] & 0xc0) != 0x80;
	return characters <= typmod - VARHDRSZ;
}

/*
 * numeric(p,s): nothing is rounded away, and the rest is not too large.
 */
static bool
fits_numeric(sqlite3_value *value, int typmod)
{
	FsqDecimal	number;
	int			precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = fsq_typmod_scale(typmod);

	if (!fsq_sqlite_decimal(value, &number))
		return false;
	return fsq_decimal_scale(&number) <= scale &&
		fsq_decimal_integer_digits(&number) <= precision - scale;
}

/*
 * Whether a value fits what a type modifier says.
 */
static bool
fits(const CheckedType *type, sqlite3_value *value, int typmod)
{
	if (type->accepts == is_numeric)
		return fits_numeric(value, typmod);
	return fits_varchar(value, typmod);
}

static void
refuse(sqlite3_context *context, sqlite3_value **args)
{
	char	   *message;
	bool		is_blob = sqlite3_value_type(args[0]) == SQLITE_BLOB;
	/* the type is asked first: asking for text changes it */
	const char *text = is_blob ? "a blob" : (const char *) sqlite3_value_text(args[0]);

	message = sqlite3_mprintf("value of column \"%s\" is not a valid %s: %.*s",
							  sqlite3_value_text(args[2]), sqlite3_value_text(args[1]),
							  SHOWN_BYTES, text ? text : "");
	sqlite3_result_error(context, message ? message : "invalid value", -1);
	sqlite3_free(message);
}

static void
check(sqlite3_context *context, int nargs, sqlite3_value **args)
{
	const CheckedType *type;
	const char *name;

	if (sqlite3_value_type(args[0]) == SQLITE_NULL)
	{
		sqlite3_result_int(context, 1);
		return;
	}
	name = (const char *) sqlite3_value_text(args[1]);
	for (type = checked_types; type->name != NULL; type++)
	{
		if (strcmp(type->name, name) == 0)
			break;
	}
	if (type->name != NULL && type->accepts(args[0]) &&
		(nargs < 4 || fits(type, args[0], sqlite3_value_int(args[3]))))
		sqlite3_result_int(context, 1);
	else
		refuse(context, args);
}

/* ---- fraiseql_uuid ---- */

static void
uuid_bytes(sqlite3_context *context, int nargs, sqlite3_value **args)
{
	const char *text = (const char *) sqlite3_value_text(args[0]);
	unsigned char bytes[16] = {0};
	int			nibbles = 0;

	if (text == NULL || !is_uuid_text(text, sqlite3_value_bytes(args[0])))
		return;					/* null */
	for (; *text; text++)
	{
		int			nibble = *text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10;

		if (*text == '-')
			continue;
		bytes[nibbles / 2] |= nibbles % 2 == 0 ? nibble << 4 : nibble;
		nibbles++;
	}
	sqlite3_result_blob(context, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

int
fsq_sqlite_functions_create(struct sqlite3 *db)
{
	const int	flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
	int			code = SQLITE_OK;

	for (int nargs = 3; nargs <= 4 && code == SQLITE_OK; nargs++)
		code = sqlite3_create_function_v2(db, "fraiseql_check", nargs, flags, NULL,
										  check, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(db, "fraiseql_uuid", 1, flags, NULL,
										  uuid_bytes, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = fsq_sqlite_decimals_create(db);
	return code;
}
