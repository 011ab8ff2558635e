/*-------------------------------------------------------------------------
 *
 * decode.c
 *	  Values of SQL Server as db-lib holds them, as values of the wire.
 *
 *	  Numbers that PostgreSQL has come as they are; decimals, money and dates
 *	  as exact text, dates in ISO 8601.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "sqlserver/wire.h"

/* uniqueidentifier, which sybdb.h does not name */
#define SYBUNIQUE_TYPE 36

/* The longest text that is made here: a decimal's sign, 38 digits and point. */
#define TEXT_LENGTH 48

/* 1900-01-01, from which dates are counted, as a Julian day */
#define FIRST_DAY 2415021

/* Bytes of a decimal's magnitude by its precision. */
static const uint8 magnitude_bytes[] = {
	1, 1, 1, 2, 2, 3, 3, 3, 4, 4,
	5, 5, 5, 6, 6, 7, 7, 8, 8, 8,
	9, 9, 10, 10, 10, 11, 11, 12, 12, 13,
	13, 13, 14, 14, 15, 15, 15, 16, 16
};

static void
set_text(FsqValue *value, const char *start, const char *end)
{
	value->type = FSQ_WIRE_TEXT;
	value->u.s = start;
	value->length = end - start;
}

/*
 * An integer with so many digits after the point, written backwards from the
 * end of the text.
 */
static void
decode_scaled(uint128 number, bool negative, int scale, char *text, FsqValue *value)
{
	char	   *end = text + TEXT_LENGTH;
	char	   *p = end;
	int			digits = 0;

	do
	{
		/* 64-bit divisions where they will do */
		if ((number >> 64) == 0)
		{
			uint64		low = (uint64) number;

			*--p = '0' + low % 10;
			number = low / 10;
		}
		else
		{
			*--p = '0' + (int) (number % 10);
			number /= 10;
		}
		if (++digits == scale)
			*--p = '.';
	} while (number != 0 || digits <= scale);
	if (*p == '.')
		*--p = '0';
	if (negative)
		*--p = '-';
	set_text(value, p, end);
}

static void
decode_numeric(const DBNUMERIC *numeric, char *text, FsqValue *value)
{
	uint128		number = 0;
	int			bytes = magnitude_bytes[Min(numeric->precision, lengthof(magnitude_bytes) - 1)];

	for (int i = 1; i <= bytes; i++)
		number = (number << 8) | numeric->array[i];
	decode_scaled(number, numeric->array[0] == 1, numeric->scale, text, value);
}

static void
decode_money(int64 money, char *text, FsqValue *value)
{
	decode_scaled(money < 0 ? -(uint128) money : (uint128) money, money < 0, 4, text, value);
}

static char *
put_digits(char *p, unsigned int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
	{
		p[i] = '0' + number % 10;
		number /= 10;
	}
	return p + digits;
}

static char *
put_date(char *p, int days)
{
	int			year,
				month,
				day;

	j2date(days + FIRST_DAY, &year, &month, &day);
	p = put_digits(p, year, 4);
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	return put_digits(p, day, 2);
}

/*
 * A time of day, in tenths of a microsecond: the seventh digit only if there
 * is one.
 */
static char *
put_time(char *p, uint64 ticks)
{
	unsigned int fraction = ticks % 10000000;
	unsigned int seconds = ticks / 10000000;

	p = put_digits(p, seconds / 3600, 2);
	*p++ = ':';
	p = put_digits(p, seconds / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, seconds % 60, 2);
	if (fraction != 0)
	{
		*p++ = '.';
		p = put_digits(p, fraction / 10, 6);
		if (fraction % 10 != 0)
			*p++ = '0' + fraction % 10;
	}
	return p;
}

/*
 * date, time, datetime2 and datetimeoffset, which is an instant in UTC.
 */
static void
decode_datetime(const DBDATETIMEALL *when, char *text, FsqValue *value)
{
	char	   *p = text;

	if (when->has_date)
		p = put_date(p, when->date);
	if (when->has_time)
	{
		if (when->has_date)
			*p++ = ' ';
		p = put_time(p, when->time);
	}
	if (when->has_offset)
	{
		memcpy(p, "+00", 3);
		p += 3;
	}
	set_text(value, text, p);
}

/*
 * datetime and smalldatetime, in tenths of a microsecond.
 */
static void
decode_old_datetime(int days, uint64 ticks, char *text, FsqValue *value)
{
	char	   *p = put_date(text, days);

	*p++ = ' ';
	set_text(value, text, put_time(p, ticks));
}

/*
 * The first three fields of a uniqueidentifier are integers, lowest byte
 * first.
 */
static void
decode_uuid(const unsigned char *in, char *text, FsqValue *value)
{
	static const uint8 order[UUID_LEN] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	for (int i = 0; i < UUID_LEN; i++)
		text[i] = in[order[i]];
	value->type = FSQ_WIRE_BYTES;
	value->u.s = text;
	value->length = UUID_LEN;
}

/*
 * Columns of a result that has begun.
 */
void
fsq_sqlserver_describe_result(SqlserverStmt *stmt)
{
	SqlserverConn *conn = stmt->conn;
	int			n = dbnumcols(conn->dbproc);

	stmt->base.ncolumns = n;
	if (n == 0)
		return;
	stmt->columns = MemoryContextAlloc(conn->context, sizeof(SqlserverColumn) * n);
	stmt->texts = MemoryContextAlloc(conn->context, TEXT_LENGTH * n);
	for (int i = 0; i < n; i++)
	{
		stmt->columns[i].type = dbcoltype(conn->dbproc, i + 1);
		stmt->columns[i].text = stmt->texts + TEXT_LENGTH * i;
	}
}

static inline void
set_integer(FsqValue *value, int64 number)
{
	value->type = FSQ_WIRE_INT64;
	value->u.i = number;
}

/*
 * A value that is not null.  All that has no case of its own is text or bytes
 * of text: the dialect reads other types through a cast.
 */
static void
decode_value(SqlserverColumn *column, const BYTE *data, int length, FsqValue *value)
{
	switch (column->type)
	{
		case SYBBIT:
		case SYBBITN:
			set_integer(value, *data != 0);
			break;
		case SYBINT1:
			set_integer(value, *data);
			break;
		case SYBINT2:
			set_integer(value, *(const DBSMALLINT *) data);
			break;
		case SYBINT4:
			set_integer(value, *(const DBINT *) data);
			break;
		case SYBINT8:
			set_integer(value, *(const DBBIGINT *) data);
			break;
		case SYBREAL:
			value->type = FSQ_WIRE_FLOAT8;
			value->u.d = *(const DBREAL *) data;
			break;
		case SYBFLT8:
			value->type = FSQ_WIRE_FLOAT8;
			value->u.d = *(const DBFLT8 *) data;
			break;
		case SYBNUMERIC:
		case SYBDECIMAL:
			decode_numeric((const DBNUMERIC *) data, column->text, value);
			break;
		case SYBMONEY:
			{
				const DBMONEY *money = (const DBMONEY *) data;

				decode_money((int64) (((uint64) (uint32) money->mnyhigh << 32) | (uint32) money->mnylow),
							 column->text, value);
				break;
			}
		case SYBMONEY4:
			decode_money(((const DBMONEY4 *) data)->mny4, column->text, value);
			break;
		case SYBDATETIME:
			{
				const DBDATETIME *when = (const DBDATETIME *) data;

				/* three hundredths of a second, shown in milliseconds everywhere */
				decode_old_datetime(when->dtdays, ((uint64) (uint32) when->dttime * 10 + 1) / 3 * 10000,
									column->text, value);
				break;
			}
		case SYBDATETIME4:
			{
				const DBDATETIME4 *when = (const DBDATETIME4 *) data;

				decode_old_datetime(when->days, (uint64) when->minutes * 60 * 10000000, column->text, value);
				break;
			}
		case SYBMSDATE:
		case SYBMSTIME:
		case SYBMSDATETIME2:
		case SYBMSDATETIMEOFFSET:
			decode_datetime((const DBDATETIMEALL *) data, column->text, value);
			break;
		case SYBUNIQUE_TYPE:
			decode_uuid(data, column->text, value);
			break;
		case SYBBINARY:
		case SYBVARBINARY:
		case SYBIMAGE:
			value->type = FSQ_WIRE_BYTES;
			value->u.s = (const char *) data;
			value->length = length;
			break;
		default:
			value->type = FSQ_WIRE_TEXT;
			value->u.s = (const char *) data;
			value->length = length;
			break;
	}
}

void
fsq_sqlserver_decode_row(SqlserverStmt *stmt, FsqValue *values)
{
	DBPROCESS  *dbproc = stmt->conn->dbproc;

	for (int i = 0; i < stmt->base.ncolumns; i++)
	{
		/* null and empty values have the same length, but not the same address */
		const BYTE *data = dbdata(dbproc, i + 1);

		if (data == NULL)
			values[i].type = FSQ_WIRE_NULL;
		else
			decode_value(&stmt->columns[i], data, dbdatlen(dbproc, i + 1), &values[i]);
	}
}
