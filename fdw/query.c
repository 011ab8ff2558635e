/*-------------------------------------------------------------------------
 *
 * query.c
 *	  Runs a remote statement: send, wait, rows, finish.
 *
 *	  A query lives in a memory context of its own below the one that was
 *	  current when it was started.  Whatever ends it (the caller, the
 *	  context, the transaction), its remote statement is finished once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "connection.h"

/*
 * Rows that are read and dropped before a statement is cancelled: often they
 * are here already, and nothing is left to cancel.
 */
#define ROWS_TO_DROP 100

/*
 * Stop a statement whose rows were not all read, and leave its connection
 * ready for another; if that cannot be had soon, the connection is given up.
 */
static void
stop_statement(FsqQuery *query)
{
	FsqConn    *conn = query->conn;
	TimestampTz deadline = fsq_connection_cleanup_deadline(query->entry);
	FsqStatus	status = FSQ_ROW;

	conn->deadline = deadline;
	for (int i = 0; query->accepted && !conn->driver->reads_block && i < ROWS_TO_DROP && status == FSQ_ROW; i++)
		status = conn->driver->next_row(query->stmt, query->values);
	if (status == FSQ_END || status == FSQ_FAILED)
		return;

	while ((status = conn->driver->cancel(conn)) == FSQ_WAIT)
	{
		if (!fsq_connection_cleanup_wait(conn, deadline))
			break;
	}
	if (status == FSQ_DONE)
	{
		while ((status = conn->driver->sync(conn)) == FSQ_WAIT)
		{
			if (!fsq_connection_cleanup_wait(conn, deadline))
				break;
		}
	}
	if (status != FSQ_DONE)
	{
		query->entry->gave_up_at = GetCurrentTimestamp();
		conn->broken = true;
	}
}

/*
 * Finish the remote statement of a query, whose memory stays.  Raises nothing.
 */
static void
finish_statement(FsqQuery *query)
{
	if (query->stmt == NULL)
		return;
	dlist_delete(&query->link);
	if (query->conn->driver->max_statements > 0 && !query->complete && !query->conn->broken)
		stop_statement(query);
	query->conn->driver->finish(query->stmt);
	query->stmt = NULL;
}

/*
 * The memory of a query goes away.
 */
static void
query_callback(void *arg)
{
	finish_statement(arg);
}

/*
 * End a query with the connection's error.
 */
static void
query_error(FsqQuery *query)
{
	const char *doing = query->doing;
	const char *sql = query->sql;

	finish_statement(query);
	fsq_connection_error(query->conn, doing, sql);
}

void
fsq_query_start_clock(FsqQuery *query)
{
	int			timeout = fsq_connection_timeout(query->entry);

	query->started = GetCurrentTimestamp();
	query->deadline = timeout > 0 ? TimestampTzPlusMilliseconds(query->started, timeout) : 0;
	query->conn->deadline = query->deadline;
}

/*
 * Wait until a statement that was sent is accepted, or refused.
 */
static bool
await_accepted(FsqQuery *query, FsqStatus status)
{
	while (status == FSQ_WAIT)
	{
		fsq_connection_wait_step(query->conn, query->started, query->deadline, query->doing, query->sql);
		query->conn->deadline = query->deadline;
		status = query->conn->driver->send_poll(query->stmt);
	}
	query->accepted = status == FSQ_DONE;
	query->complete = status != FSQ_DONE;
	return query->accepted;
}

/*
 * Send a query's statement on its connection.  False: see the connection's
 * error.
 */
static bool
send_statement(FsqQuery *query, int nparams, const FsqValue *params)
{
	FsqStatus	status;

	query->accepted = query->complete = query->at_end = false;
	fsq_query_start_clock(query);
	status = query->conn->driver->send(query->conn, query->sql, nparams, params, &query->stmt);
	if (query->stmt != NULL)
		dlist_push_head(&query->entry->queries, &query->link);
	return await_accepted(query, status);
}

/*
 * Start a query.  If the statement is refused, and refused is not NULL, it is
 * set and the result is NULL; any other failure is raised.
 */
static FsqQuery *
start_query(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			int nvalues, const char *doing, bool *refused)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql query",
												  ALLOCSET_SMALL_SIZES);
	FsqQuery   *query = MemoryContextAllocZero(context, sizeof(FsqQuery));

	query->context = context;
	query->entry = conn->owner;
	/* not conn itself, which may have been replaced since the caller got it */
	query->conn = query->entry->conn;
	/* the wire is UTF-8 */
	query->sql = MemoryContextStrdup(context, pg_server_to_any(sql, strlen(sql), PG_UTF8));
	query->doing = MemoryContextStrdup(context, doing);
	query->callback.func = query_callback;
	query->callback.arg = query;
	MemoryContextRegisterResetCallback(context, &query->callback);

	if (!send_statement(query, nparams, params))
	{
		finish_statement(query);
		if (fsq_connection_renew(query->entry))
		{
			query->conn = query->entry->conn;
			(void) send_statement(query, nparams, params);
		}
	}
	if (!query->accepted)
	{
		if (refused == NULL || query->conn->error.class != FSQ_ERROR_PERMANENT)
			query_error(query);
		finish_statement(query);
		MemoryContextDelete(context);
		*refused = true;
		return NULL;
	}
	query->entry->reused = true;
	query->ncolumns = query->stmt->ncolumns;
	query->nvalues = Max(Max(nvalues, query->ncolumns), 1);
	query->values = MemoryContextAllocZero(context, sizeof(FsqValue) * query->nvalues);
	return query;
}

FsqQuery *
fsq_query_start(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
				int nvalues, const char *doing)
{
	return start_query(conn, sql, nparams, params, nvalues, doing, NULL);
}

void
fsq_query_restart(FsqQuery *query, int nparams, const FsqValue *params)
{
	if (query->stmt == NULL)
		(void) fsq_query_continue(query, FSQ_END);
	query->accepted = query->complete = query->at_end = false;
	fsq_query_start_clock(query);
	if (!await_accepted(query, query->conn->driver->resend(query->stmt, nparams, params)))
		query_error(query);
}

/*
 * The next row of the remote, waiting for it; false at its end.
 */
static bool
fetch_row(FsqQuery *query, FsqStatus status)
{
	while (status == FSQ_WAIT)
	{
		fsq_connection_wait_step(query->conn, query->started, query->deadline, query->doing, query->sql);
		query->conn->deadline = query->deadline;
		status = query->conn->driver->next_row(query->stmt, query->values);
	}
	if (status == FSQ_ROW)
		return true;
	query->complete = true;
	if (status != FSQ_END)
		query_error(query);
	query->at_end = true;
	/* the connection is free */
	if (query->conn->driver->max_statements > 0)
		finish_statement(query);
	return false;
}

bool
fsq_query_continue(FsqQuery *query, FsqStatus status)
{
	if (query->buffer != NULL)
	{
		if (fsq_buffer_get(query->buffer, query->values, query->ncolumns))
			return true;
		fsq_buffer_end(query->buffer);
		query->buffer = NULL;
		fsq_query_start_clock(query);
		if (query->stmt != NULL)
			status = query->conn->driver->next_row(query->stmt, query->values);
	}
	if (query->at_end)
		return false;
	/* only the transaction's end finishes a statement behind the caller's back */
	if (query->stmt == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("could not %s: its transaction has ended", query->doing)));
	return fetch_row(query, status);
}

/*
 * An error that ends this early leaves the query as it is: what was read ahead
 * comes first, then the rest.
 */
void
fsq_query_buffer(FsqQuery *query)
{
	if (query->buffer == NULL)
		query->buffer = fsq_buffer_make(query->context);
	while (!query->at_end)
	{
		CHECK_FOR_INTERRUPTS();
		fsq_query_start_clock(query);
		if (fetch_row(query, query->conn->driver->next_row(query->stmt, query->values)))
			fsq_buffer_put(query->buffer, query->values, query->ncolumns);
	}
}

void
fsq_query_finish(FsqQuery *query)
{
	finish_statement(query);
	if (query->buffer != NULL)
		fsq_buffer_end(query->buffer);
	query->buffer = NULL;
}

/*
 * Run a statement to its end.  False, which is possible only if a refusal is
 * not to be raised: the remote refuses it.
 */
static bool
run_statement(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			  FsqRowCallback callback, void *arg, bool raise)
{
	bool		refused = false;
	FsqQuery   *query = start_query(conn, sql, nparams, params, 0, "run a statement",
									raise ? NULL : &refused);

	if (refused)
		return false;
	PG_TRY();
	{
		while (fsq_query_next(query))
		{
			CHECK_FOR_INTERRUPTS();
			if (callback != NULL)
				callback(query->values, query->ncolumns, arg);
		}
	}
	PG_FINALLY();
	{
		fsq_query_finish(query);
	}
	PG_END_TRY();
	MemoryContextDelete(query->context);
	return true;
}

void
fsq_query_run(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			  FsqRowCallback callback, void *arg)
{
	(void) run_statement(conn, sql, nparams, params, callback, arg, true);
}

bool
fsq_query_try(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			  FsqRowCallback callback, void *arg)
{
	return run_statement(conn, sql, nparams, params, callback, arg, false);
}
