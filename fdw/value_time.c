/*-------------------------------------------------------------------------
 *
 * value_time.c
 *	  Converts dates and times: from ISO 8601 text, and from the numbers that
 *	  FsqEncoding names.  The accepted forms are listed in value.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "fdw.h"
#include "value.h"

/* Text that is being read. */
typedef struct Scanner
{
	const char *s;
	const char *end;
} Scanner;

/*
 * Exactly so many digits.
 */
static inline bool
scan_digits(Scanner *scanner, int count, int *result)
{
	int			number = 0;

	if (scanner->end - scanner->s < count)
		return false;
	for (int i = 0; i < count; i++)
	{
		unsigned	digit = (unsigned char) scanner->s[i] - '0';

		if (digit > 9)
			return false;
		number = number * 10 + digit;
	}
	scanner->s += count;
	*result = number;
	return true;
}

static inline bool
scan_char(Scanner *scanner, char c)
{
	if (scanner->s >= scanner->end || *scanner->s != c)
		return false;
	scanner->s++;
	return true;
}

/*
 * YYYY-MM-DD, as days since PostgreSQL's epoch.
 */
static inline bool
scan_date(Scanner *scanner, int *days)
{
	int			year,
				month,
				day;

	if (!scan_digits(scanner, 4, &year) || !scan_char(scanner, '-') ||
		!scan_digits(scanner, 2, &month) || !scan_char(scanner, '-') ||
		!scan_digits(scanner, 2, &day) ||
		month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1])
		return false;
	*days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/*
 * HH:MM[:SS[.fraction]], as microseconds.
 */
static inline bool
scan_time(Scanner *scanner, int64 *result)
{
	int			hour,
				minute,
				second = 0;
	int64		fraction = 0;

	if (!scan_digits(scanner, 2, &hour) || !scan_char(scanner, ':') ||
		!scan_digits(scanner, 2, &minute) || minute > 59)
		return false;
	if (scan_char(scanner, ':'))
	{
		if (!scan_digits(scanner, 2, &second) || second > 59)
			return false;
		if (scan_char(scanner, '.'))
		{
			int64		unit = USECS_PER_SEC;
			int			digit;
			int			digits = 0;

			while (scan_digits(scanner, 1, &digit))
			{
				digits++;
				unit /= 10;
				/* finer than a microsecond */
				if (unit == 0 && digit != 0)
					return false;
				fraction += digit * unit;
			}
			if (digits == 0)
				return false;
		}
	}
	*result = ((hour * 60 + minute) * 60 + second) * USECS_PER_SEC + fraction;
	return *result <= USECS_PER_DAY;
}

/*
 * Z, or an offset from UTC in microseconds.
 */
static inline bool
scan_zone(Scanner *scanner, int64 *offset)
{
	bool		negative;
	int			hour,
				minute = 0;

	if (scan_char(scanner, 'Z'))
	{
		*offset = 0;
		return true;
	}
	negative = scan_char(scanner, '-');
	if (!negative && !scan_char(scanner, '+'))
		return false;
	if (!scan_digits(scanner, 2, &hour) || hour > 15)
		return false;
	if (scan_char(scanner, ':') || scanner->s < scanner->end)
	{
		if (!scan_digits(scanner, 2, &minute) || minute > 59)
			return false;
	}
	*offset = (int64) (hour * 60 + minute) * 60 * USECS_PER_SEC * (negative ? -1 : 1);
	return true;
}

/*
 * Raise an error if a time has more places after the second than its type.
 */
static inline void
check_precision(const FsqConverter *converter, const FsqValue *value, int64 time)
{
	static const int64 units[MAX_TIMESTAMP_PRECISION + 1] = {1000000, 100000, 10000, 1000, 100, 10, 1};

	if (converter->typmod >= 0 && converter->typmod < MAX_TIMESTAMP_PRECISION &&
		time % units[converter->typmod] != 0)
		fsq_converter_error(converter, value, "The seconds have more places.");
}

Datum
fsq_convert_date(FsqConverter *converter, const FsqValue *value)
{
	Scanner		scanner = {value->u.s, value->u.s + value->length};
	int			days;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value,
							"Dates in numbers need the column option date_format.");
	if (!scan_date(&scanner, &days) || scanner.s != scanner.end)
		fsq_converter_error(converter, value, "A date is written YYYY-MM-DD.");
	return DateADTGetDatum(days);
}

Datum
fsq_convert_time(FsqConverter *converter, const FsqValue *value)
{
	Scanner		scanner = {value->u.s, value->u.s + value->length};
	int64		time;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value,
							"Times in numbers need the column option date_format.");
	if (!scan_time(&scanner, &time) || scanner.s != scanner.end)
		fsq_converter_error(converter, value, "A time is written HH:MM:SS.");
	check_precision(converter, value, time);
	return TimeADTGetDatum(time);
}

/*
 * A timestamp's text, perhaps with a zone: days, and microseconds of the day
 * in UTC.  False if it is none.
 */
static inline bool
scan_timestamp(Scanner *scanner, int *days, int64 *time, int64 *offset, bool *has_zone)
{
	*time = 0;
	*offset = 0;
	*has_zone = false;
	if (!scan_date(scanner, days))
		return false;
	if (scanner->s < scanner->end &&
		(!(scan_char(scanner, ' ') || scan_char(scanner, 'T')) ||
		 !scan_time(scanner, time) || *time >= USECS_PER_DAY))
		return false;
	if (scanner->s == scanner->end)
		return true;
	*has_zone = true;
	return scan_zone(scanner, offset) && scanner->s == scanner->end;
}

/*
 * Whether text is a date, or a timestamp with or without zone, as the
 * converters accept it.  Raises nothing.
 */
bool
fsq_is_time_text(Oid type, const char *s, int length)
{
	Scanner		scanner = {s, s + length};
	int			days;
	int64		time;
	int64		offset;
	bool		has_zone;

	if (type == DATEOID)
		return scan_date(&scanner, &days) && scanner.s == scanner.end;
	return scan_timestamp(&scanner, &days, &time, &offset, &has_zone) &&
		(type == TIMESTAMPTZOID || !has_zone);
}

/*
 * timestamp and timestamptz from ISO 8601 text.
 */
Datum
fsq_convert_timestamp(FsqConverter *converter, const FsqValue *value)
{
	Scanner		scanner = {value->u.s, value->u.s + value->length};
	int			days;
	int64		time;
	int64		offset;
	bool		has_zone;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value,
							"Timestamps in numbers need the column option date_format.");
	if (!scan_timestamp(&scanner, &days, &time, &offset, &has_zone))
		fsq_converter_error(converter, value,
							"A timestamp is written YYYY-MM-DD HH:MM:SS, with a year of four digits.");
	if (has_zone && converter->type == TIMESTAMPOID)
		fsq_converter_error(converter, value,
							"It has a time zone: declare the column as timestamp with time zone.");
	check_precision(converter, value, time);
	return TimestampGetDatum((int64) days * USECS_PER_DAY + time - offset);
}

/*
 * Microseconds since PostgreSQL's epoch, from unix seconds.
 */
static int64
unix_time(const FsqConverter *converter, const FsqValue *value, int64 epoch_seconds)
{
	int64		result;

	if (value->type == FSQ_WIRE_INT64)
	{
		if (pg_sub_s64_overflow(value->u.i, epoch_seconds, &result) ||
			pg_mul_s64_overflow(result, USECS_PER_SEC, &result))
			fsq_converter_error(converter, value, "The time is out of range.");
	}
	else if (value->type == FSQ_WIRE_FLOAT8)
	{
		double		microseconds = rint(value->u.d * USECS_PER_SEC);

		if (!(fabs(microseconds) < 9.2e18) ||
			pg_sub_s64_overflow((int64) microseconds, epoch_seconds * USECS_PER_SEC, &result))
			fsq_converter_error(converter, value, "The time is out of range.");
	}
	else
		fsq_converter_error(converter, value, "The column option date_format says unix seconds.");
	return result;
}

#define UNIX_TO_POSTGRES_SECONDS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/*
 * Microseconds since PostgreSQL's epoch, from a Julian day number.  SQLite
 * holds times as whole milliseconds of it.
 */
static int64
julian_time(const FsqConverter *converter, const FsqValue *value)
{
	double		day = 0;
	int64		milliseconds;

	if (value->type == FSQ_WIRE_INT64)
		day = (double) value->u.i;
	else if (value->type == FSQ_WIRE_FLOAT8)
		day = value->u.d;
	else
		fsq_converter_error(converter, value, "The column option date_format says Julian days.");
	/* SQLite's own range: -4713-11-24 12:00 to 9999-12-31 23:59:59 */
	if (!(day >= 0 && day < 5373484.5))
		fsq_converter_error(converter, value, "The Julian day is out of range.");
	milliseconds = (int64) (day * (SECS_PER_DAY * 1000.0) + 0.5);
	/* the day begins at noon */
	return (milliseconds + SECS_PER_DAY * INT64CONST(500)) * 1000 -
		POSTGRES_EPOCH_JDATE * USECS_PER_DAY;
}

/*
 * date, time, timestamp and timestamptz from numbers.
 */
Datum
fsq_convert_number_time(FsqConverter *converter, const FsqValue *value)
{
	int64		time;

	if (converter->type == TIMEOID)
	{
		if (converter->encoding == FSQ_ENCODING_JULIAN)
			fsq_converter_error(converter, value, "A Julian day is not a time of day.");
		time = unix_time(converter, value, 0);
		if (time < 0 || time > USECS_PER_DAY)
			fsq_converter_error(converter, value, "A time of day is 0 to 86400 seconds.");
		check_precision(converter, value, time);
		return TimeADTGetDatum(time);
	}
	time = converter->encoding == FSQ_ENCODING_JULIAN ?
		julian_time(converter, value) : unix_time(converter, value, UNIX_TO_POSTGRES_SECONDS);
	if (!IS_VALID_TIMESTAMP(time))
		fsq_converter_error(converter, value, "The time is out of range.");
	if (converter->type == DATEOID)
	{
		if (time % USECS_PER_DAY != 0)
			fsq_converter_error(converter, value, "The time is not midnight.");
		return DateADTGetDatum((DateADT) (time / USECS_PER_DAY));
	}
	check_precision(converter, value, time);
	return TimestampGetDatum(time);
}
