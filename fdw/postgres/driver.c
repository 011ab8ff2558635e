/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  PostgreSQL: the contract of driver.h over libpq's non-blocking interface.
 *
 *	  A statement is sent whole and its rows are taken one by one (or some at a
 *	  time, where libpq can): one round trip, no cursor, memory for a few rows.
 *	  A connection runs one statement at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "fdw.h"
#include "postgres/engine.h"
#include "resolve.h"

/* Rows that libpq hands over at a time, where it can hand over several. */
#define CHUNK_ROWS 256

/* Parameters that are converted without a buffer of their own. */
#define FEW_PARAMS 16

/* ---- results ---- */

/*
 * Write what is left to write.  FSQ_DONE, FSQ_FAILED; what stays unwritten is
 * waited for together with the answer.
 */
static FsqStatus
flush_output(PgConn *conn)
{
	int			left;

	if (!conn->flushing)
		return FSQ_DONE;
	left = PQflush(conn->handle);
	if (left < 0)
		return fsq_postgres_lost(conn);
	conn->flushing = left > 0;
	return FSQ_DONE;
}

FsqStatus
fsq_postgres_next_result(PgConn *conn, PGresult **result)
{
	*result = NULL;
	if (PQisBusy(conn->handle))
	{
		/* an error stays to be read even if the connection is lost after it */
		if (!PQconsumeInput(conn->handle) && PQisBusy(conn->handle))
			return fsq_postgres_lost(conn);
		if (flush_output(conn) == FSQ_FAILED)
			return FSQ_FAILED;
		if (PQisBusy(conn->handle))
			return FSQ_WAIT;
	}
	*result = PQgetResult(conn->handle);
	if (*result != NULL)
		return FSQ_ROW;
	if (PQstatus(conn->handle) == CONNECTION_BAD)
		return fsq_postgres_lost(conn);
	return FSQ_END;
}

/*
 * Everything of a step has been read: the connection is idle.  In a
 * transaction, an error or a cancel has ended all that there is since the
 * savepoint, which is nothing but reading: it goes on from there, with its
 * snapshot.  FSQ_DONE, FSQ_WAIT, FSQ_FAILED; the step's own error stays.
 */
static FsqStatus
settle(PgConn *conn)
{
	PGresult   *result;
	FsqStatus	status;
	bool		failed = false;

	if (conn->step != PG_REPAIRING)
	{
		conn->step = PG_IDLE;
		if (PQtransactionStatus(conn->handle) != PQTRANS_INERROR)
			return FSQ_DONE;
		if (!PQsendQuery(conn->handle, "ROLLBACK TO SAVEPOINT fraiseql"))
			return fsq_postgres_lost(conn);
		conn->step = PG_REPAIRING;
		conn->flushing = true;
	}
	if (flush_output(conn) == FSQ_FAILED)
		return FSQ_FAILED;
	while ((status = fsq_postgres_next_result(conn, &result)) == FSQ_ROW)
	{
		failed |= PQresultStatus(result) != PGRES_COMMAND_OK;
		PQclear(result);
	}
	if (status != FSQ_END)
		return status;
	conn->step = PG_IDLE;
	if (failed)
		conn->base.broken = true;
	return FSQ_DONE;
}

FsqStatus
fsq_postgres_finish_command(PgConn *conn)
{
	PGresult   *result;
	FsqStatus	status = FSQ_END;

	if (flush_output(conn) == FSQ_FAILED)
		return FSQ_FAILED;
	while (conn->step != PG_REPAIRING &&
		   (status = fsq_postgres_next_result(conn, &result)) == FSQ_ROW)
	{
		ExecStatusType kind = PQresultStatus(result);

		if (kind == PGRES_FATAL_ERROR || kind == PGRES_BAD_RESPONSE)
		{
			(void) fsq_postgres_result_error(conn, result);
			conn->failed = true;
		}
		PQclear(result);
	}
	if (status == FSQ_END)
		status = settle(conn);
	if (status != FSQ_DONE)
		return status;
	return conn->failed ? FSQ_FAILED : FSQ_DONE;
}

static void
postgres_wait_for(FsqConn *base, FsqWait *wait)
{
	PgConn	   *conn = (PgConn *) base;

	wait->milliseconds = -1;
	wait->locked = false;
	if (conn->cancel != NULL)
	{
		fsq_postgres_cancel_wait_for(conn, wait);
		return;
	}
	if (conn->step == PG_RESOLVING)
	{
		wait->socket = fsq_resolve_socket(conn->resolver);
		wait->events = WL_SOCKET_READABLE;
		return;
	}
	wait->socket = PQsocket(conn->handle);
	if (conn->step == PG_CONNECTING)
		wait->events = conn->polling == PGRES_POLLING_READING ? WL_SOCKET_READABLE : WL_SOCKET_WRITEABLE;
	else
		wait->events = WL_SOCKET_READABLE | (conn->flushing ? WL_SOCKET_WRITEABLE : 0);
}

static int
postgres_ending(FsqConn *base)
{
	return PQsocket(((PgConn *) base)->handle);
}

/* ---- statements ---- */

static void
clear_result(PgStmt *stmt)
{
	PQclear(stmt->result);
	stmt->result = NULL;
	stmt->row = stmt->nrows = 0;
}

/*
 * The statement has come to its end, and the connection is free.
 */
static FsqStatus
end_statement(PgStmt *stmt)
{
	PgConn	   *conn = stmt->conn;
	FsqStatus	status = settle(conn);

	if (status != FSQ_DONE)
		return status;
	if (conn->failed)
		return FSQ_FAILED;
	if (!stmt->complete)
		return fsq_postgres_protocol_error(conn, "The result ended without its end.");
	return FSQ_END;
}

/*
 * Read until there is a row to hand out: FSQ_ROW, FSQ_END, FSQ_WAIT,
 * FSQ_FAILED.
 */
static FsqStatus
fetch_result(PgStmt *stmt)
{
	PgConn	   *conn = stmt->conn;
	FsqStatus	status;

	clear_result(stmt);
	if (conn->step == PG_REPAIRING)
		return end_statement(stmt);
	while ((status = fsq_postgres_next_result(conn, &stmt->result)) == FSQ_ROW)
	{
		switch (PQresultStatus(stmt->result))
		{
#ifdef LIBPQ_HAS_CHUNK_MODE
			case PGRES_TUPLES_CHUNK:
#endif
			case PGRES_SINGLE_TUPLE:
				stmt->base.ncolumns = PQnfields(stmt->result);
				stmt->nrows = PQntuples(stmt->result);
				if (stmt->nrows > 0)
					return FSQ_ROW;
				break;
			case PGRES_TUPLES_OK:
				stmt->base.ncolumns = PQnfields(stmt->result);
				stmt->nrows = PQntuples(stmt->result);
				stmt->complete = true;
				if (stmt->nrows > 0)
					return FSQ_ROW;
				break;
			case PGRES_COMMAND_OK:
				stmt->complete = true;
				stmt->affected = atoll(PQcmdTuples(stmt->result));
				break;
			case PGRES_FATAL_ERROR:
			case PGRES_BAD_RESPONSE:
				(void) fsq_postgres_result_error(conn, stmt->result);
				conn->failed = true;
				break;
			default:
				return fsq_postgres_protocol_error(conn, "The statement is not one that returns rows.");
		}
		clear_result(stmt);
	}
	return status == FSQ_END ? end_statement(stmt) : status;
}

/*
 * Hand over a statement to libpq; parameters are text that ends with NUL.
 */
static bool
send_text(PgConn *conn, const char *sql, int nparams, const FsqValue *params)
{
	const char *few[FEW_PARAMS];
	const char **values = few;
	char	   *copies;
	char	   *place;
	Size		size = 0;
	bool		sent;

	if (nparams == 0)
		return PQsendQuery(conn->handle, sql);
	for (int i = 0; i < nparams; i++)
		size += params[i].type == FSQ_WIRE_TEXT ? params[i].length + 1 : 0;
	place = copies = malloc(size + sizeof(char *) * nparams);
	if (copies == NULL)
		return false;
	if (nparams > FEW_PARAMS)
	{
		values = (const char **) copies;
		place += sizeof(char *) * nparams;
	}
	for (int i = 0; i < nparams; i++)
	{
		values[i] = NULL;
		if (params[i].type != FSQ_WIRE_TEXT)
			continue;
		values[i] = place;
		memcpy(place, params[i].u.s, params[i].length);
		place[params[i].length] = '\0';
		place += params[i].length + 1;
	}
	sent = PQsendQueryParams(conn->handle, sql, nparams, NULL, values, NULL, NULL, 0);
	free(copies);
	return sent;
}

/*
 * The first row, or the end without any, shows that the statement is accepted.
 * An error that comes instead is the statement's.
 */
static FsqStatus
postgres_send_poll(FsqStmt *base)
{
	PgStmt	   *stmt = (PgStmt *) base;
	FsqStatus	status;

	if (flush_output(stmt->conn) == FSQ_FAILED)
		return FSQ_FAILED;
	status = fetch_result(stmt);
	return status == FSQ_ROW || status == FSQ_END ? FSQ_DONE : status;
}

static FsqStatus
send_statement(PgStmt *stmt, const char *sql, int nparams, const FsqValue *params)
{
	PgConn	   *conn = stmt->conn;

	if (conn->step != PG_IDLE)
		return fsq_postgres_protocol_error(conn, "The connection is busy.");
	conn->failed = false;
	if (!send_text(conn, sql, nparams, params))
		return fsq_postgres_lost(conn);
	conn->step = PG_RUNNING;
	conn->flushing = true;
#ifdef LIBPQ_HAS_CHUNK_MODE
	PQsetChunkedRowsMode(conn->handle, CHUNK_ROWS);
#else
	PQsetSingleRowMode(conn->handle);
#endif
	return postgres_send_poll(&stmt->base);
}

static FsqStatus
postgres_send(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	PgStmt	   *stmt = MemoryContextAllocZero(TopMemoryContext, sizeof(PgStmt));

	stmt->base.conn = base;
	stmt->conn = (PgConn *) base;
	*result = &stmt->base;
	return send_statement(stmt, sql, nparams, params);
}

static FsqStatus
postgres_next_row(FsqStmt *base, FsqValue *values)
{
	PgStmt	   *stmt = (PgStmt *) base;
	int			ncolumns;

	if (stmt->row >= stmt->nrows)
	{
		FsqStatus	status;

		if (stmt->conn->step == PG_IDLE)
			return stmt->complete ? FSQ_END : FSQ_FAILED;
		status = fetch_result(stmt);
		if (status != FSQ_ROW)
			return status;
	}
	ncolumns = stmt->base.ncolumns;
	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		if (PQgetisnull(stmt->result, stmt->row, i))
		{
			value->type = FSQ_WIRE_NULL;
			continue;
		}
		value->type = FSQ_WIRE_TEXT;
		value->u.s = PQgetvalue(stmt->result, stmt->row, i);
		value->length = PQgetlength(stmt->result, stmt->row, i);
	}
	stmt->row++;
	return FSQ_ROW;
}

static void
postgres_finish(FsqStmt *base)
{
	clear_result((PgStmt *) base);
	pfree(base);
}

static int64
postgres_affected_rows(FsqStmt *base)
{
	return ((PgStmt *) base)->affected;
}

/*
 * Read and drop what is left of a statement; its error, if it is one, is that
 * of the cancel.
 */
static FsqStatus
postgres_sync(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;
	FsqStatus	status;

	if (conn->step == PG_IDLE)
		return FSQ_DONE;
	status = fsq_postgres_finish_command(conn);
	if (status == FSQ_FAILED && conn->step == PG_IDLE && !conn->base.broken)
		status = FSQ_DONE;
	return status;
}

/* ---- transactions ---- */

/*
 * A local SERIALIZABLE transaction is one there as well.  The savepoint is
 * what settle() goes back to.
 */
static const char *
command_text(FsqTransactionCommand command)
{
	switch (command)
	{
		case FSQ_BEGIN_READ:
			return IsolationIsSerializable() ? "START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SAVEPOINT fraiseql" :
				"START TRANSACTION ISOLATION LEVEL REPEATABLE READ; SAVEPOINT fraiseql";
		case FSQ_COMMIT:
			return "COMMIT";
		case FSQ_ROLLBACK:
			return "ROLLBACK";
		default:
			return NULL;
	}
}

static FsqStatus
postgres_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	PgConn	   *conn = (PgConn *) base;

	if (conn->step == PG_IDLE)
	{
		const char *sql = command_text(command);

		if (sql == NULL)
		{
			memset(&base->error, 0, sizeof(base->error));
			base->error.sqlstate = ERRCODE_FEATURE_NOT_SUPPORTED;
			strlcpy(base->error.message, "The wrapper does not write to PostgreSQL.", sizeof(base->error.message));
			return FSQ_FAILED;
		}
		conn->failed = false;
		if (!PQsendQuery(conn->handle, sql))
			return fsq_postgres_lost(conn);
		conn->step = PG_COMMAND;
		conn->flushing = true;
	}
	else if (conn->step != PG_COMMAND && conn->step != PG_REPAIRING)
		return fsq_postgres_protocol_error(conn, "The connection is busy.");
	return fsq_postgres_finish_command(conn);
}

const FsqDriver fsq_postgres_driver = {
	.name = "postgres",
	.options = fsq_postgres_options,
	.check_options = fsq_postgres_check_options,
	.dialect = &fsq_postgres_dialect,
	.catalog = &fsq_postgres_catalog,
	.in_process = false,
	.needs_user_mapping = true,
	.schema_qualified = true,
	.max_statements = 1,
	.cancel_overtakes = true,
	.probe = "SELECT 1",
	.connect = fsq_postgres_connect,
	.connect_poll = fsq_postgres_connect_poll,
	.close = fsq_postgres_close,
	.usable = fsq_postgres_usable,
	.wait_for = postgres_wait_for,
	.ending = postgres_ending,
	.send = postgres_send,
	.send_poll = postgres_send_poll,
	.next_row = postgres_next_row,
	.finish = postgres_finish,
	.cancel = fsq_postgres_cancel,
	.sync = postgres_sync,
	.transaction = postgres_transaction,
	.affected_rows = postgres_affected_rows,
};
