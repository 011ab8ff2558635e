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
 * Finish the remote statement of a query, whose memory stays.
 */
static void
finish_statement(FsqQuery *query)
{
	if (query->stmt == NULL)
		return;
	dlist_delete(&query->link);
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
 * Wait until a statement that was sent is accepted.
 */
static void
await_accepted(FsqQuery *query, FsqStatus status)
{
	while (status == FSQ_WAIT)
	{
		fsq_connection_wait_step(query->conn, query->started, query->deadline, query->doing, query->sql);
		query->conn->deadline = query->deadline;
		status = query->conn->driver->send_poll(query->stmt);
	}
	if (status != FSQ_DONE)
		query_error(query);
}

FsqQuery *
fsq_query_start(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
				int nvalues, const char *doing)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql query",
												  ALLOCSET_SMALL_SIZES);
	FsqQuery   *query = MemoryContextAllocZero(context, sizeof(FsqQuery));
	FsqStatus	status;

	query->context = context;
	query->conn = conn;
	query->entry = conn->owner;
	/* the wire is UTF-8 */
	query->sql = MemoryContextStrdup(context, pg_server_to_any(sql, strlen(sql), PG_UTF8));
	query->doing = MemoryContextStrdup(context, doing);
	query->callback.func = query_callback;
	query->callback.arg = query;

	fsq_query_start_clock(query);
	status = conn->driver->send(conn, query->sql, nparams, params, &query->stmt);
	if (query->stmt != NULL)
	{
		dlist_push_head(&query->entry->queries, &query->link);
		MemoryContextRegisterResetCallback(context, &query->callback);
	}
	await_accepted(query, status);

	query->nvalues = Max(Max(nvalues, query->stmt->ncolumns), 1);
	query->values = MemoryContextAllocZero(context, sizeof(FsqValue) * query->nvalues);
	return query;
}

void
fsq_query_restart(FsqQuery *query, int nparams, const FsqValue *params)
{
	if (query->stmt == NULL)
		(void) fsq_query_continue(query, FSQ_END);
	query->at_end = false;
	fsq_query_start_clock(query);
	await_accepted(query, query->conn->driver->resend(query->stmt, nparams, params));
}

bool
fsq_query_continue(FsqQuery *query, FsqStatus status)
{
	/* only the transaction's end finishes a statement behind the caller's back */
	if (query->stmt == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("could not %s: its transaction has ended", query->doing)));
	while (status == FSQ_WAIT)
	{
		fsq_connection_wait_step(query->conn, query->started, query->deadline, query->doing, query->sql);
		query->conn->deadline = query->deadline;
		status = query->conn->driver->next_row(query->stmt, query->values);
	}
	if (status == FSQ_ROW)
		return true;
	if (status != FSQ_END)
		query_error(query);
	query->at_end = true;
	return false;
}

void
fsq_query_finish(FsqQuery *query)
{
	finish_statement(query);
}

void
fsq_query_run(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			  FsqRowCallback callback, void *arg)
{
	FsqQuery   *query = fsq_query_start(conn, sql, nparams, params, 0, "run a statement");

	PG_TRY();
	{
		while (fsq_query_next(query))
		{
			CHECK_FOR_INTERRUPTS();
			if (callback != NULL)
				callback(query->values, query->stmt->ncolumns, arg);
		}
	}
	PG_FINALLY();
	{
		fsq_query_finish(query);
	}
	PG_END_TRY();
	MemoryContextDelete(query->context);
}
