/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  SQLite: the contract of driver.h over the sqlite3 library, in process.
 *
 *	  The library never waits.  What is locked is answered with FSQ_WAIT and
 *	  tried again; what runs is stopped by its file's handlers (connect.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "sqlite/file.h"

/* The longest sleep between two tries of what is locked, in milliseconds. */
#define LONGEST_RETRY 50

typedef struct SqliteStmt
{
	FsqStmt		base;
	SqliteConn *conn;
	sqlite3_stmt *handle;		/* NULL: not prepared yet */
	const char *sql;			/* while it is not prepared */
	int			nparams;
	const FsqValue *params;
	bool		row_seen;		/* since it was last sent */
} SqliteStmt;

/* ---- running ---- */

/*
 * Before any call that may run: how long it may, and no leftovers.
 */
static inline void
begin_step(SqliteConn *conn)
{
	conn->file->deadline = conn->base.deadline;
	conn->file->timed_out = false;
	conn->file->cancelled = false;
}

/*
 * The answer to a result code: wait for locks that waiting can cure, or fail.
 */
static FsqStatus
wait_or_fail(SqliteConn *conn, int code)
{
	if ((code & 0xff) == SQLITE_BUSY && code != SQLITE_BUSY_SNAPSHOT)
	{
		conn->retries++;
		return FSQ_WAIT;
	}
	conn->retries = 0;
	return fsq_sqlite_take_error(conn, code);
}

static void
sqlite_wait_for(FsqConn *base, FsqWait *wait)
{
	SqliteConn *conn = (SqliteConn *) base;

	wait->socket = PGINVALID_SOCKET;
	wait->events = 0;
	wait->milliseconds = Min(1L << Min(conn->retries, 10), LONGEST_RETRY);
	wait->locked = true;
}

/* ---- statements ---- */

/*
 * Bind the parameters.  The library does not copy them: the caller keeps them
 * (driver.h).
 */
static FsqStatus
bind_params(SqliteStmt *stmt)
{
	for (int i = 0; i < stmt->nparams; i++)
	{
		const FsqValue *value = &stmt->params[i];
		int			code = SQLITE_OK;

		switch (value->type)
		{
			case FSQ_WIRE_NULL:
				code = sqlite3_bind_null(stmt->handle, i + 1);
				break;
			case FSQ_WIRE_INT64:
				code = sqlite3_bind_int64(stmt->handle, i + 1, value->u.i);
				break;
			case FSQ_WIRE_FLOAT8:
				code = sqlite3_bind_double(stmt->handle, i + 1, value->u.d);
				break;
			case FSQ_WIRE_TEXT:
				code = sqlite3_bind_text(stmt->handle, i + 1, value->length > 0 ? value->u.s : "",
										 value->length, SQLITE_STATIC);
				break;
			case FSQ_WIRE_BYTES:
				code = value->length > 0 ?
					sqlite3_bind_blob(stmt->handle, i + 1, value->u.s, value->length, SQLITE_STATIC) :
					sqlite3_bind_zeroblob(stmt->handle, i + 1, 0);
				break;
		}
		if (code != SQLITE_OK)
			return fsq_sqlite_take_error(stmt->conn, code);
	}
	return FSQ_DONE;
}

/*
 * Prepare a statement, unless it is kept prepared, and bind its parameters.
 * Reading the schema may find the database locked.
 */
static FsqStatus
sqlite_send_poll(FsqStmt *base)
{
	SqliteStmt *stmt = (SqliteStmt *) base;
	SqliteConn *conn = stmt->conn;
	const char *tail = "";
	int			code;

	if (stmt->handle == NULL)
	{
		stmt->handle = fsq_sqlite_kept_take(&conn->file->kept, stmt->sql);
		if (stmt->handle == NULL)
		{
			begin_step(conn);
			code = sqlite3_prepare_v3(conn->file->db, stmt->sql, -1, 0, &stmt->handle, &tail);
			if (code != SQLITE_OK)
				return wait_or_fail(conn, code);
			conn->retries = 0;
		}
		if (stmt->handle == NULL || *tail != '\0')
		{
			fsq_sqlite_fill_error(&conn->base.error, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT,
								  "The text is not exactly one statement.", NULL);
			return FSQ_FAILED;
		}
		if (conn->read_only && !sqlite3_stmt_readonly(stmt->handle))
		{
			fsq_sqlite_fill_error(&conn->base.error, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
								  "The server is read-only.", "The server's option \"read_only\" says so.");
			return FSQ_FAILED;
		}
		stmt->base.ncolumns = sqlite3_column_count(stmt->handle);
	}
	return bind_params(stmt);
}

static FsqStatus
sqlite_send(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	SqliteConn *conn = (SqliteConn *) base;
	SqliteStmt *stmt = MemoryContextAllocZero(TopMemoryContext, sizeof(SqliteStmt));

	stmt->base.conn = base;
	stmt->conn = conn;
	stmt->sql = sql;
	stmt->nparams = nparams;
	stmt->params = params;
	conn->file->running++;
	conn->retries = 0;
	*result = &stmt->base;
	return sqlite_send_poll(*result);
}

static FsqStatus
sqlite_resend(FsqStmt *base, int nparams, const FsqValue *params)
{
	SqliteStmt *stmt = (SqliteStmt *) base;

	sqlite3_reset(stmt->handle);
	stmt->nparams = nparams;
	stmt->params = params;
	stmt->row_seen = false;
	stmt->conn->retries = 0;
	return bind_params(stmt);
}

/*
 * Hand the columns of the current row out, where the library holds them.
 * False: there was no memory to hold one.
 */
static inline bool
fetch_values(SqliteStmt *stmt, FsqValue *values)
{
	sqlite3_stmt *handle = stmt->handle;
	int			ncolumns = stmt->base.ncolumns;

	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		switch (sqlite3_column_type(handle, i))
		{
			case SQLITE_INTEGER:
				value->type = FSQ_WIRE_INT64;
				value->u.i = sqlite3_column_int64(handle, i);
				break;
			case SQLITE_FLOAT:
				value->type = FSQ_WIRE_FLOAT8;
				value->u.d = sqlite3_column_double(handle, i);
				break;
			case SQLITE_TEXT:
				value->type = FSQ_WIRE_TEXT;
				value->u.s = (const char *) sqlite3_column_text(handle, i);
				if (unlikely(value->u.s == NULL))
					return false;
				value->length = sqlite3_column_bytes(handle, i);
				break;
			case SQLITE_BLOB:
				value->type = FSQ_WIRE_BYTES;
				value->u.s = sqlite3_column_blob(handle, i);
				value->length = sqlite3_column_bytes(handle, i);
				if (unlikely(value->u.s == NULL))
				{
					/* an empty blob has no address there, and needs one here */
					if (value->length > 0)
						return false;
					value->u.s = "";
				}
				break;
			default:
				value->type = FSQ_WIRE_NULL;
				break;
		}
	}
	return true;
}

static FsqStatus
sqlite_next_row(FsqStmt *base, FsqValue *values)
{
	SqliteStmt *stmt = (SqliteStmt *) base;
	SqliteConn *conn = stmt->conn;
	int			code;

	begin_step(conn);
	code = sqlite3_step(stmt->handle);
	if (likely(code == SQLITE_ROW))
	{
		stmt->row_seen = true;
		if (likely(fetch_values(stmt, values)))
			return FSQ_ROW;
		return fsq_sqlite_take_error(conn, SQLITE_NOMEM);
	}
	if (code == SQLITE_DONE)
	{
		/* lets the read lock go */
		sqlite3_reset(stmt->handle);
		return FSQ_END;
	}
	/* once rows have been used, a statement must not begin again */
	if (stmt->row_seen)
		return fsq_sqlite_take_error(conn, code);
	{
		FsqStatus	status = wait_or_fail(conn, code);

		if (status == FSQ_WAIT)
			sqlite3_reset(stmt->handle);
		return status;
	}
}

static void
sqlite_finish(FsqStmt *base)
{
	SqliteStmt *stmt = (SqliteStmt *) base;

	fsq_sqlite_kept_add(&stmt->conn->file->kept, stmt->handle);
	stmt->conn->file->running--;
	pfree(stmt);
}

/* Nothing runs between two calls: there is nothing to stop. */
static FsqStatus
sqlite_cancel(FsqConn *conn)
{
	return FSQ_DONE;
}

static FsqStatus
sqlite_sync(FsqConn *conn)
{
	return FSQ_DONE;
}

static int64
sqlite_affected_rows(FsqStmt *base)
{
	return sqlite3_changes(((SqliteStmt *) base)->conn->file->db);
}

/* ---- transactions ---- */

/*
 * Run a statement that has no result.
 */
static FsqStatus
execute(SqliteConn *conn, const char *sql)
{
	int			code;

	begin_step(conn);
	/* whose time is up while it waits for a lock is told of the lock */
	conn->file->deadline = 0;
	code = sqlite3_exec(conn->file->db, sql, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return wait_or_fail(conn, code);
	conn->retries = 0;
	return FSQ_DONE;
}

/*
 * Open a snapshot: BEGIN alone takes none, the first read does.
 */
static FsqStatus
begin_read(SqliteConn *conn)
{
	FsqStatus	status = FSQ_DONE;

	if (conn->in_transaction)
		return FSQ_DONE;
	/* connections that share a file share its transaction */
	if (conn->file->transactions == 0)
	{
		/* what an end that failed has left */
		if (!sqlite3_get_autocommit(conn->file->db))
			status = execute(conn, "ROLLBACK");
		if (status == FSQ_DONE)
			status = execute(conn, "BEGIN");
		if (status == FSQ_DONE)
			status = execute(conn, "SELECT 1 FROM sqlite_schema LIMIT 1");
		if (status != FSQ_DONE && !sqlite3_get_autocommit(conn->file->db))
			sqlite3_exec(conn->file->db, "ROLLBACK", NULL, NULL, NULL);
	}
	if (status == FSQ_DONE)
	{
		conn->in_transaction = true;
		conn->file->transactions++;
	}
	return status;
}

/*
 * End the transaction of a connection, and the file's with the last.
 */
static FsqStatus
end_transaction(SqliteConn *conn, const char *sql)
{
	if (!conn->in_transaction)
		return FSQ_DONE;
	conn->in_transaction = false;
	if (--conn->file->transactions > 0 || sqlite3_get_autocommit(conn->file->db))
		return FSQ_DONE;
	return execute(conn, sql);
}

static FsqStatus
sqlite_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	SqliteConn *conn = (SqliteConn *) base;

	switch (command)
	{
		case FSQ_BEGIN_READ:
			return begin_read(conn);
		case FSQ_COMMIT:
			return end_transaction(conn, "COMMIT");
		case FSQ_ROLLBACK:
			return end_transaction(conn, "ROLLBACK");
		default:
			fsq_sqlite_fill_error(&base->error, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
								  "The wrapper does not write to SQLite.", NULL);
			return FSQ_FAILED;
	}
}

const FsqDriver fsq_sqlite_driver = {
	.name = "sqlite",
	.options = fsq_sqlite_options,
	.check_options = fsq_sqlite_check_options,
	.dialect = &fsq_sqlite_dialect,
	.catalog = &fsq_sqlite_catalog,
	.in_process = true,
	.needs_user_mapping = false,
	.max_statements = 0,
	.probe = "SELECT 1 FROM sqlite_master LIMIT 1",
	.connect = fsq_sqlite_connect,
	.connect_poll = fsq_sqlite_connect_poll,
	.close = fsq_sqlite_close,
	.usable = fsq_sqlite_usable,
	.wait_for = sqlite_wait_for,
	.send = sqlite_send,
	.send_poll = sqlite_send_poll,
	.resend = sqlite_resend,
	.next_row = sqlite_next_row,
	.finish = sqlite_finish,
	.cancel = sqlite_cancel,
	.sync = sqlite_sync,
	.transaction = sqlite_transaction,
	.affected_rows = sqlite_affected_rows,
};
