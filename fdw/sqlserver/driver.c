/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  SQL Server: the contract of driver.h over FreeTDS's db-lib.
 *
 *	  A statement is one batch, its parameters in its text, so that reading is
 *	  one round trip.  Its result is streamed: the library holds one row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>

#include "storage/latch.h"
#include "utils/memutils.h"

#include "sqlserver/wire.h"

/*
 * Some errors (a conversion that fails, a deadlock) make the server roll the
 * transaction back, and the next statement would read whatever is there by
 * then.  So each one asks whether its snapshot still is.
 */
#define CHECK_SNAPSHOT \
	"IF @@TRANCOUNT = 0 THROW " CppAsString2(FSQ_SQLSERVER_SNAPSHOT_LOST) ", " \
	"N'The remote transaction has been rolled back.', 1; "

/* ---- statements, of whatever kind ---- */

/*
 * Send a batch; its answer is awaited.
 */
FsqStatus
fsq_sqlserver_start(SqlserverConn *conn, const char *sql)
{
	bool		ok;

	fsq_sqlserver_enter(conn);
	ok = (!conn->snapshot || dbcmd(conn->dbproc, CHECK_SNAPSHOT) == SUCCEED) &&
		dbcmd(conn->dbproc, sql) == SUCCEED && dbsqlsend(conn->dbproc) == SUCCEED;
	fsq_sqlserver_leave(conn);
	if (!ok)
	{
		conn->base.broken = true;
		return fsq_sqlserver_fail(conn);
	}
	conn->sent = true;
	return FSQ_WAIT;
}

/*
 * Whether the answer to what was sent has begun.
 */
static bool
answer_has_begun(SqlserverConn *conn)
{
	struct pollfd pfd = {.fd = DBIORDESC(conn->dbproc),.events = POLLIN};

	if (poll(&pfd, 1, 0) <= 0)
		return false;
	conn->sent = false;
	return true;
}

/*
 * A statement has failed, within the call that is made: drop what may be left
 * of its answer.
 */
static void
drop_answer(SqlserverConn *conn)
{
	if (!conn->interrupted && !DBDEAD(conn->dbproc) && dbcancel(conn->dbproc) == SUCCEED)
		return;
	conn->base.broken = true;
}

/*
 * The next result with columns.  False: there is none, or an error; then
 * nothing is left of the answer, or the connection is broken.
 */
static bool
next_result(SqlserverConn *conn, RETCODE status)
{
	while (status == SUCCEED)
	{
		status = dbresults(conn->dbproc);
		if (status == SUCCEED && dbnumcols(conn->dbproc) > 0)
			return true;
	}
	if (status != NO_MORE_RESULTS)
		drop_answer(conn);
	return false;
}

/*
 * Whether the call that was made failed.
 */
static bool
has_failed(const SqlserverConn *conn)
{
	return conn->base.broken || conn->messages.number != 0 || conn->messages.library_number != 0;
}

/*
 * Take the answer of a command, which has no rows to give.
 */
FsqStatus
fsq_sqlserver_run(SqlserverConn *conn)
{
	if (!answer_has_begun(conn))
		return FSQ_WAIT;
	fsq_sqlserver_enter(conn);
	if (next_result(conn, dbsqlok(conn->dbproc)))
		drop_answer(conn);
	fsq_sqlserver_leave(conn);
	return has_failed(conn) ? fsq_sqlserver_fail(conn) : FSQ_DONE;
}

/* ---- queries ---- */

static FsqStatus
sqlserver_send(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	SqlserverConn *conn = (SqlserverConn *) base;
	SqlserverStmt *stmt = MemoryContextAllocZero(conn->context, sizeof(SqlserverStmt));

	Assert(nparams == 0 && conn->stmt == NULL);
	stmt->base.conn = base;
	stmt->conn = conn;
	conn->stmt = stmt;
	*result = &stmt->base;
	return fsq_sqlserver_start(conn, sql);
}

static FsqStatus
sqlserver_send_poll(FsqStmt *base)
{
	SqlserverStmt *stmt = (SqlserverStmt *) base;
	SqlserverConn *conn = stmt->conn;
	bool		has_columns;

	if (!answer_has_begun(conn))
		return FSQ_WAIT;
	fsq_sqlserver_enter(conn);
	has_columns = next_result(conn, dbsqlok(conn->dbproc));
	/* the library may have read an error that comes right after the columns */
	if (has_columns && has_failed(conn))
	{
		drop_answer(conn);
		has_columns = false;
	}
	if (has_columns)
		fsq_sqlserver_describe_result(stmt);
	else
		stmt->affected = dbcount(conn->dbproc);
	fsq_sqlserver_leave(conn);
	stmt->at_end = !has_columns;
	return has_failed(conn) ? fsq_sqlserver_fail(conn) : FSQ_DONE;
}

static FsqStatus
sqlserver_next_row(FsqStmt *base, FsqValue *values)
{
	SqlserverStmt *stmt = (SqlserverStmt *) base;
	SqlserverConn *conn = stmt->conn;
	STATUS		status;

	if (stmt->at_end)
		return FSQ_END;
	fsq_sqlserver_enter(conn);
	status = dbnextrow(conn->dbproc);
	if (likely(status == REG_ROW && !has_failed(conn)))
	{
		fsq_sqlserver_decode_row(stmt, values);
		fsq_sqlserver_leave(conn);
		return FSQ_ROW;
	}
	stmt->at_end = true;
	if (status != NO_MORE_ROWS || next_result(conn, SUCCEED))
		drop_answer(conn);
	fsq_sqlserver_leave(conn);
	if (status != NO_MORE_ROWS || has_failed(conn))
		return fsq_sqlserver_fail(conn);
	return FSQ_END;
}

static void
sqlserver_finish(FsqStmt *base)
{
	SqlserverStmt *stmt = (SqlserverStmt *) base;
	SqlserverConn *conn = stmt->conn;

	if (!stmt->at_end)
	{
		conn->base.broken = true;
		fsq_sqlserver_abort(conn);
	}
	if (stmt->columns != NULL)
	{
		pfree(stmt->columns);
		pfree(stmt->texts);
	}
	pfree(stmt);
	conn->stmt = NULL;
}

static int64
sqlserver_affected_rows(FsqStmt *base)
{
	return ((SqlserverStmt *) base)->affected;
}

/*
 * An attention, and its answer: both in one call, which the connection's
 * deadline ends.
 */
static FsqStatus
sqlserver_cancel(FsqConn *base)
{
	SqlserverConn *conn = (SqlserverConn *) base;
	bool		ok;

	if (conn->dbproc == NULL || base->broken || DBDEAD(conn->dbproc) ||
		(base->deadline != 0 && GetCurrentTimestamp() >= base->deadline))
	{
		base->broken = true;
		return FSQ_FAILED;
	}
	fsq_sqlserver_enter_briefly(conn);
	ok = dbcancel(conn->dbproc) == SUCCEED && !conn->interrupted && !DBDEAD(conn->dbproc);
	fsq_sqlserver_leave(conn);
	conn->sent = false;
	if (!ok)
	{
		base->broken = true;
		fsq_sqlserver_abort(conn);
		return FSQ_FAILED;
	}
	if (conn->stmt != NULL)
		conn->stmt->at_end = true;
	return FSQ_DONE;
}

/* Nothing is left, and no attention can come late. */
static FsqStatus
sqlserver_sync(FsqConn *base)
{
	return base->broken ? FSQ_FAILED : FSQ_DONE;
}

static void
sqlserver_wait_for(FsqConn *base, FsqWait *wait)
{
	SqlserverConn *conn = (SqlserverConn *) base;

	wait->socket = conn->login != NULL ? fsq_sqlserver_login_socket(conn->login) : DBIORDESC(conn->dbproc);
	wait->events = WL_SOCKET_READABLE;
	wait->milliseconds = -1;
}

/* ---- transactions ---- */

static FsqStatus
sqlserver_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	SqlserverConn *conn = (SqlserverConn *) base;
	FsqStatus	status;
	const char *sql;

	switch (command)
	{
		case FSQ_BEGIN_READ:
			sql = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION";
			break;
		case FSQ_COMMIT:
			sql = "COMMIT TRANSACTION; SET TRANSACTION ISOLATION LEVEL READ COMMITTED";
			break;
		case FSQ_ROLLBACK:
			sql = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; SET TRANSACTION ISOLATION LEVEL READ COMMITTED";
			break;
		default:
			fsq_sqlserver_set_error(&base->error, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
									"The wrapper does not write to SQL Server.", NULL);
			return FSQ_FAILED;
	}
	if (!conn->in_command)
		conn->snapshot = false;
	status = conn->in_command ? fsq_sqlserver_run(conn) : fsq_sqlserver_start(conn, sql);
	conn->in_command = status == FSQ_WAIT;
	if (status == FSQ_DONE)
		conn->snapshot = command == FSQ_BEGIN_READ;
	return status;
}

const FsqDriver fsq_sqlserver_driver = {
	.name = "sqlserver",
	.options = fsq_sqlserver_options,
	.check_options = fsq_sqlserver_check_options,
	.dialect = &fsq_sqlserver_dialect,
	.catalog = &fsq_sqlserver_catalog,
	.in_process = false,
	.needs_user_mapping = true,
	.schema_qualified = true,
	.max_statements = 1,
	.reads_block = true,
	.probe = "SELECT 1",
	.connect = fsq_sqlserver_connect,
	.connect_poll = fsq_sqlserver_connect_poll,
	.close = fsq_sqlserver_close,
	.usable = fsq_sqlserver_usable,
	.wait_for = sqlserver_wait_for,
	.ending = fsq_sqlserver_ending,
	.send = sqlserver_send,
	.send_poll = sqlserver_send_poll,
	.next_row = sqlserver_next_row,
	.finish = sqlserver_finish,
	.cancel = sqlserver_cancel,
	.sync = sqlserver_sync,
	.transaction = sqlserver_transaction,
	.affected_rows = sqlserver_affected_rows,
};
