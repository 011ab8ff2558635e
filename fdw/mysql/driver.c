/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  MySQL and MariaDB: the contract of driver.h over mariadb-connector-c's
 *	  non-blocking interface, in the text protocol.
 *
 *	  A result is streamed: the library holds one row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"

#include "mysql/wire.h"
#include "value.h"

/* The character set of columns that hold bytes. */
#define BINARY_CHARSET 63

/* ---- statements ---- */

static MysqlDecode
decode_of(const MYSQL_FIELD *field)
{
	switch (field->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
		case MYSQL_TYPE_YEAR:
			return DECODE_INTEGER;
		case MYSQL_TYPE_FLOAT:
		case MYSQL_TYPE_DOUBLE:
			return DECODE_DOUBLE;
		case MYSQL_TYPE_BIT:
			return DECODE_BIT;
		case MYSQL_TYPE_GEOMETRY:
			return DECODE_BYTES;
		case MYSQL_TYPE_VARCHAR:
		case MYSQL_TYPE_VAR_STRING:
		case MYSQL_TYPE_STRING:
		case MYSQL_TYPE_TINY_BLOB:
		case MYSQL_TYPE_MEDIUM_BLOB:
		case MYSQL_TYPE_LONG_BLOB:
		case MYSQL_TYPE_BLOB:
			return field->charsetnr == BINARY_CHARSET ? DECODE_BYTES : DECODE_TEXT;
		default:
			return DECODE_TEXT;
	}
}

/*
 * A statement was answered: its result's columns, if it has a result.
 */
static FsqStatus
take_result(MysqlStmt *stmt)
{
	MysqlConn  *conn = stmt->conn;
	MYSQL	   *mysql = conn->wire.mysql;
	MYSQL_FIELD *fields;

	if (conn->wire.failed)
	{
		stmt->at_end = true;
		return fsq_mysql_fail(conn);
	}
	stmt->affected = (int64) mysql_affected_rows(mysql);
	stmt->base.ncolumns = mysql_field_count(mysql);
	if (stmt->base.ncolumns == 0)
	{
		stmt->at_end = true;
		return FSQ_DONE;
	}
	stmt->result = mysql_use_result(mysql);
	if (stmt->result == NULL)
	{
		conn->base.broken = true;
		return fsq_mysql_fail(conn);
	}
	fields = mysql_fetch_fields(stmt->result);
	stmt->decode = MemoryContextAlloc(conn->context, sizeof(MysqlDecode) * stmt->base.ncolumns);
	for (int i = 0; i < stmt->base.ncolumns; i++)
		stmt->decode[i] = decode_of(&fields[i]);
	return FSQ_DONE;
}

static FsqStatus
mysql_send_poll(FsqStmt *base)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	FsqStatus	status = fsq_mysql_go_on(&stmt->conn->wire, NULL);

	return status == FSQ_DONE ? take_result(stmt) : status;
}

/* Parameters stand in the text already. */
static FsqStatus
mysql_send_start(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	MysqlConn  *conn = (MysqlConn *) base;
	MysqlStmt  *stmt = MemoryContextAllocZero(conn->context, sizeof(MysqlStmt));
	FsqStatus	status;

	Assert(nparams == 0 && conn->stmt == NULL && conn->wire.operation == OP_NONE);
	stmt->base.conn = base;
	stmt->conn = conn;
	conn->stmt = stmt;
	*result = &stmt->base;
	status = fsq_mysql_start_query(&conn->wire, sql);
	return status == FSQ_DONE ? take_result(stmt) : status;
}

/*
 * An integer in decimal.  One that an int64 does not hold stays text.
 */
static inline void
decode_integer(const char *s, int length, FsqValue *value)
{
	const char *end = s + length;
	bool		negative = length > 0 && *s == '-';
	const char *digit = s + negative;
	int64		number = 0;

	if (end - digit > 18)
	{
		/* it may overflow: downwards, since there is one more negative number */
		for (; digit < end; digit++)
		{
			if (pg_mul_s64_overflow(number, 10, &number) ||
				pg_sub_s64_overflow(number, *digit - '0', &number))
				break;
		}
		if (digit < end || (!negative && number == PG_INT64_MIN))
		{
			value->type = FSQ_WIRE_TEXT;
			value->u.s = s;
			value->length = length;
			return;
		}
		number = negative ? number : -number;
	}
	else
	{
		for (; digit < end; digit++)
			number = number * 10 + (*digit - '0');
		if (negative)
			number = -number;
	}
	value->type = FSQ_WIRE_INT64;
	value->u.i = number;
}

/*
 * The bits of BIT(n), highest byte first.
 */
static void
decode_bit(const char *s, int length, FsqValue *value)
{
	uint64		bits = 0;

	for (int i = 0; i < length; i++)
		bits = (bits << 8) | (unsigned char) s[i];
	value->type = FSQ_WIRE_INT64;
	value->u.i = (int64) bits;
	/* more than an int64 holds */
	if (value->u.i < 0)
	{
		value->type = FSQ_WIRE_BYTES;
		value->u.s = s;
		value->length = length;
	}
}

static inline void
decode_row(MysqlStmt *stmt, MYSQL_ROW row, FsqValue *values)
{
	unsigned long *lengths = mysql_fetch_lengths(stmt->result);
	int			ncolumns = stmt->base.ncolumns;

	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		if (row[i] == NULL)
		{
			value->type = FSQ_WIRE_NULL;
			continue;
		}
		switch (stmt->decode[i])
		{
			case DECODE_INTEGER:
				decode_integer(row[i], lengths[i], value);
				break;
			case DECODE_DOUBLE:
				value->type = FSQ_WIRE_FLOAT8;
				if (!fsq_decimal_double(row[i], lengths[i], &value->u.d))
					value->u.d = strtod(row[i], NULL);
				break;
			case DECODE_BIT:
				decode_bit(row[i], lengths[i], value);
				break;
			case DECODE_TEXT:
			case DECODE_BYTES:
				value->type = stmt->decode[i] == DECODE_TEXT ? FSQ_WIRE_TEXT : FSQ_WIRE_BYTES;
				value->u.s = row[i];
				value->length = lengths[i];
				break;
		}
	}
}

static FsqStatus
mysql_next_row(FsqStmt *base, FsqValue *values)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	MysqlConn  *conn = stmt->conn;

	if (stmt->at_end)
		return FSQ_END;
	if (fsq_mysql_fetch(&conn->wire, stmt->result) == FSQ_WAIT)
		return FSQ_WAIT;
	if (likely(conn->wire.row != NULL))
	{
		decode_row(stmt, conn->wire.row, values);
		return FSQ_ROW;
	}
	stmt->at_end = true;
	/* the end, or an error that looks like it */
	if (mysql_errno(conn->wire.mysql) != 0)
		return fsq_mysql_fail(conn);
	return FSQ_END;
}

static void
mysql_finish(FsqStmt *base)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	MysqlConn  *conn = stmt->conn;

	if (!stmt->at_end)
	{
		conn->base.broken = true;
		fsq_mysql_abort(conn->wire.mysql);
		/* freeing a result would read the rest of it */
		if (stmt->result != NULL)
			stmt->result->handle = NULL;
	}
	if (stmt->result != NULL)
		mysql_free_result(stmt->result);
	if (stmt->decode != NULL)
		pfree(stmt->decode);
	pfree(stmt);
	conn->stmt = NULL;
}

static int64
mysql_affected(FsqStmt *base)
{
	return ((MysqlStmt *) base)->affected;
}

/* ---- transactions ---- */

static FsqStatus
mysql_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;
	const char *sql;

	switch (command)
	{
		case FSQ_BEGIN_READ:
			sql = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
			break;
		case FSQ_COMMIT:
			sql = "COMMIT";
			break;
		case FSQ_ROLLBACK:
			sql = "ROLLBACK";
			break;
		default:
			fsq_mysql_set_error(&base->error, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
								"The wrapper does not write to MySQL.", NULL);
			return FSQ_FAILED;
	}
	status = conn->in_command ? fsq_mysql_go_on(&conn->wire, NULL) : fsq_mysql_start_query(&conn->wire, sql);
	conn->in_command = status == FSQ_WAIT;
	if (status == FSQ_DONE && conn->wire.failed)
		return fsq_mysql_fail(conn);
	return status;
}

const FsqDriver fsq_mysql_driver = {
	.name = "mysql",
	.options = fsq_mysql_options,
	.check_options = fsq_mysql_check_options,
	.dialect = &fsq_mysql_dialect,
	.catalog = &fsq_mysql_catalog,
	.in_process = false,
	.needs_user_mapping = true,
	.schema_qualified = true,
	.max_statements = 1,
	.cancel_overtakes = true,
	.probe = "SELECT 1",
	.connect = fsq_mysql_connect,
	.connect_poll = fsq_mysql_connect_poll,
	.close = fsq_mysql_close,
	.usable = fsq_mysql_usable,
	.wait_for = fsq_mysql_wait_for,
	.ending = fsq_mysql_ending,
	.send = mysql_send_start,
	.send_poll = mysql_send_poll,
	.next_row = mysql_next_row,
	.finish = mysql_finish,
	.cancel = fsq_mysql_cancel,
	.sync = fsq_mysql_sync,
	.transaction = mysql_transaction,
	.affected_rows = mysql_affected,
};
