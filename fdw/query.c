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
#include "prefetch.h"

/*
 * Rows that are read and dropped before a statement is cancelled: often they
 * are here already, and nothing is left to cancel.
 */
#define ROWS_TO_DROP 100

/*
 * Milliseconds after which a cancel that may have come before its statement is
 * sent again; twice as many after each.
 */
#define CANCEL_AGAIN 50

void
fsq_query_give_up(FsqQuery *query)
{
	query->entry->gave_up_at = GetCurrentTimestamp();
	query->conn->broken = true;
}

/*
 * The remote was asked to stop a statement.
 */
static void
note_cancel(FsqQuery *query)
{
	query->stop = FSQ_STOP_SYNC;
	query->cancel_again = 0;
	if (query->conn->driver->cancel_overtakes)
		query->cancel_again = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
														  CANCEL_AGAIN << Min(query->cancels, 10));
	query->cancels++;
}

long
fsq_query_stop_wait(const FsqQuery *query)
{
	if (query->stop != FSQ_STOP_SYNC || query->cancel_again == 0)
		return -1;
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), query->cancel_again);
}

/*
 * One step of stopping a statement whose rows were not all read, and of making
 * its connection ready for another.  FSQ_DONE: it is, or it is broken.
 */
static FsqStatus
stop_step(FsqQuery *query, TimestampTz deadline)
{
	FsqConn    *conn = query->conn;
	FsqStatus	status = FSQ_ROW;

	conn->deadline = deadline;
	if (query->stop == FSQ_STOP_NOT)
	{
		for (int i = 0; query->accepted && !conn->driver->reads_block && i < ROWS_TO_DROP && status == FSQ_ROW; i++)
			status = conn->driver->next_row(query->stmt, query->values);
		if (status == FSQ_END || status == FSQ_FAILED)
			return FSQ_DONE;
		query->stop = FSQ_STOP_CANCEL;
	}
	if (query->stop == FSQ_STOP_SYNC)
	{
		status = conn->driver->sync(conn);
		if (status == FSQ_WAIT && fsq_query_stop_wait(query) == 0)
			query->stop = FSQ_STOP_CANCEL;
	}
	if (query->stop == FSQ_STOP_CANCEL)
	{
		status = conn->driver->cancel(conn);
		if (status == FSQ_DONE)
		{
			note_cancel(query);
			status = conn->driver->sync(conn);
		}
	}
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	if (status != FSQ_DONE)
		fsq_query_give_up(query);
	return FSQ_DONE;
}

/*
 * The same to its end; what cannot be had soon costs the connection.
 */
static void
stop_statement(FsqQuery *query)
{
	TimestampTz deadline = fsq_connection_cleanup_deadline(query->entry);

	while (stop_step(query, deadline) == FSQ_WAIT)
	{
		if (!fsq_connection_cleanup_wait(query->conn, deadline, fsq_query_stop_wait(query)))
		{
			fsq_query_give_up(query);
			break;
		}
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
	fsq_query_judge_finish(query);
	query->conn->driver->finish(query->stmt);
	query->stmt = NULL;
	if (dlist_is_empty(&query->entry->queries))
		fsq_place_idle(query->entry);
}

FsqStatus
fsq_query_stop_poll(FsqQuery *query)
{
	if (query->stmt == NULL)
		return FSQ_DONE;
	if (query->conn->driver->max_statements > 0 && !query->complete && !query->conn->broken)
	{
		if (query->stop == FSQ_STOP_NOT && query->stop_deadline == 0)
			query->stop_deadline = fsq_connection_cleanup_deadline(query->entry);
		if (stop_step(query, query->stop_deadline) == FSQ_WAIT)
			return FSQ_WAIT;
		query->complete = true;
	}
	finish_statement(query);
	return FSQ_DONE;
}

void
fsq_query_stop_until(FsqQuery *query, TimestampTz deadline)
{
	query->stop_deadline = deadline;
}

/*
 * The memory of a query goes away.
 */
static void
query_callback(void *arg)
{
	FsqQuery   *query = arg;

	finish_statement(query);
	if (query->keeper != NULL)
		*query->keeper = NULL;
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
	if (query->latest != 0 && (query->deadline == 0 || query->latest < query->deadline))
		query->deadline = query->latest;
	fsq_query_limit(query);
}

/*
 * An answer to what was sent: FSQ_DONE if the statement is accepted.
 */
static FsqStatus
note_answer(FsqQuery *query, FsqStatus status)
{
	if (status != FSQ_WAIT)
	{
		query->accepted = status == FSQ_DONE;
		query->complete = status != FSQ_DONE;
		fsq_query_judge_send(query, status);
	}
	return status;
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
		fsq_query_limit(query);
		status = query->conn->driver->send_poll(query->stmt);
	}
	return note_answer(query, status) == FSQ_DONE;
}

/*
 * Hand a query's statement to its driver.
 */
static FsqStatus
start_send(FsqQuery *query, int nparams, const FsqValue *params)
{
	FsqStatus	status;

	query->accepted = query->complete = query->at_end = query->judged = false;
	query->rows = 0;
	query->latency = -1;
	query->nparams = nparams;
	query->params = params;
	query->attempts++;
	if (query->route != NULL)
		query->route->attempts++;
	if (!fsq_admit(query->entry->guard, &query->conn->error))
		return FSQ_FAILED;
	fsq_query_start_clock(query);
	query->sent = query->started;
	status = query->conn->driver->send(query->conn, query->sql, nparams, params, &query->stmt);
	if (query->stmt != NULL)
	{
		dlist_push_head(&query->entry->queries, &query->link);
		fsq_place_active(query->entry);
	}
	return status;
}

/*
 * The statement is accepted: make room for a row.
 */
static void
make_values(FsqQuery *query)
{
	query->entry->reused = true;
	query->ncolumns = query->stmt->ncolumns;
	query->nvalues = Max(Max(query->nvalues, query->ncolumns), 1);
	query->values = MemoryContextAllocZero(query->context, sizeof(FsqValue) * query->nvalues);
}

/*
 * A read has failed, and nothing of its result was used: send it again, if that
 * may help.  False: that is not so, or was not.
 */
static bool
send_again(FsqQuery *query)
{
	do
	{
		finish_statement(query);
		if (!fsq_query_retry_wait(query))
			return false;
	} while (!await_accepted(query, start_send(query, query->nparams, query->params)));
	return true;
}

FsqQuery *
fsq_query_make(FsqConnEntry *entry, const char *sql, int nvalues, const char *doing)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql query",
												  ALLOCSET_DEFAULT_SIZES);
	FsqQuery   *query = MemoryContextAllocZero(context, sizeof(FsqQuery));

	query->context = context;
	query->entry = entry;
	query->conn = entry->conn;
	/* the wire is UTF-8 */
	query->sql = MemoryContextStrdup(context, pg_server_to_any(sql, strlen(sql), PG_UTF8));
	query->doing = MemoryContextStrdup(context, doing);
	query->userid = GetUserId();
	query->of_catalog = strcmp(doing, FSQ_DOING_STATEMENT) == 0;
	query->nvalues = nvalues;
	query->callback.func = query_callback;
	query->callback.arg = query;
	MemoryContextRegisterResetCallback(context, &query->callback);
	return query;
}

/*
 * Start a query.  If the statement is refused, and refused is not NULL, it is
 * set and the result is NULL; any other failure is raised.
 */
static FsqQuery *
start_query(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
			int nvalues, const char *doing, bool *refused)
{
	/* not conn itself, which may have been replaced since the caller got it */
	FsqQuery   *query = fsq_query_make(conn->owner, sql, nvalues, doing);

	if (!await_accepted(query, start_send(query, nparams, params)))
	{
		finish_statement(query);
		if (fsq_connection_renew(query->entry))
		{
			query->conn = query->entry->conn;
			query->attempts--;
			(void) await_accepted(query, start_send(query, nparams, params));
		}
		if (!query->accepted)
			(void) send_again(query);
	}
	if (!query->accepted)
	{
		if (refused == NULL || query->conn->error.class != FSQ_ERROR_PERMANENT)
			query_error(query);
		finish_statement(query);
		MemoryContextDelete(query->context);
		*refused = true;
		return NULL;
	}
	make_values(query);
	return query;
}

FsqQuery *
fsq_query_start(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
				int nvalues, const char *doing)
{
	return start_query(conn, sql, nparams, params, nvalues, doing, NULL);
}

/*
 * The end of a step that does not wait.
 */
static FsqStatus
end_step(FsqQuery *query, FsqStatus status)
{
	note_answer(query, status);
	if (status == FSQ_DONE)
		make_values(query);
	else if (status != FSQ_WAIT)
		finish_statement(query);
	return status;
}

FsqStatus
fsq_query_send(FsqQuery *query, int nparams, const FsqValue *params)
{
	return end_step(query, start_send(query, nparams, params));
}

FsqStatus
fsq_query_send_poll(FsqQuery *query)
{
	fsq_query_limit(query);
	return end_step(query, query->conn->driver->send_poll(query->stmt));
}

void
fsq_query_restart(FsqQuery *query, int nparams, const FsqValue *params)
{
	if (query->stmt == NULL)
		(void) fsq_query_continue(query, FSQ_END);
	query->accepted = query->complete = query->at_end = query->judged = false;
	query->rows = 0;
	query->latency = -1;
	if (!fsq_admit(query->entry->guard, &query->conn->error))
		query_error(query);
	fsq_query_start_clock(query);
	query->sent = query->started;
	if (!await_accepted(query, query->conn->driver->resend(query->stmt, nparams, params)))
		query_error(query);
}

/*
 * The remote has no more rows: its connection is free.
 */
static void
note_end(FsqQuery *query)
{
	query->complete = query->at_end = true;
	fsq_query_judge_end(query, FSQ_END);
	if (query->route != NULL)
		query->route->finished = GetCurrentTimestamp();
	if (query->conn->driver->max_statements > 0)
		finish_statement(query);
}

/*
 * The next row of the remote, waiting for it; false at its end.
 */
static bool
fetch_row(FsqQuery *query, FsqStatus status)
{
	for (;;)
	{
		while (status == FSQ_WAIT)
		{
			fsq_connection_wait_step(query->conn, query->started, query->deadline, query->doing, query->sql);
			fsq_query_limit(query);
			status = query->conn->driver->next_row(query->stmt, query->values);
		}
		if (status == FSQ_ROW)
		{
			query->rows++;
			return true;
		}
		query->complete = true;
		if (status == FSQ_END)
			break;
		fsq_query_judge_end(query, status);
		if (query->rows > 0 || query->rows_ahead > 0 || !send_again(query))
			query_error(query);
		make_values(query);
		status = query->conn->driver->next_row(query->stmt, query->values);
	}
	note_end(query);
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
		/* if nothing is left to read, the connection may be gone */
		if (query->stmt != NULL)
		{
			fsq_query_start_clock(query);
			status = query->conn->driver->next_row(query->stmt, query->values);
		}
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

FsqStatus
fsq_query_read_ahead(FsqQuery *query, Size bytes)
{
	FsqStatus	status = FSQ_ROW;
	Size		size = 0;

	if (query->at_end)
		return FSQ_END;
	fsq_query_start_clock(query);
	while (size < bytes)
	{
		status = query->conn->driver->next_row(query->stmt, query->values);
		if (status != FSQ_ROW)
			break;
		if (query->buffer == NULL)
			query->buffer = fsq_buffer_make(query->context);
		size += fsq_buffer_put(query->buffer, query->values, query->ncolumns);
		query->rows_ahead++;
	}
	if (status == FSQ_END)
		note_end(query);
	else if (status == FSQ_FAILED)
	{
		query->complete = true;
		fsq_query_judge_end(query, status);
		finish_statement(query);
	}
	return status;
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
	query->held = true;
	PG_TRY();
	{
		while (!query->at_end)
		{
			CHECK_FOR_INTERRUPTS();
			fsq_query_start_clock(query);
			if (fetch_row(query, query->conn->driver->next_row(query->stmt, query->values)))
				fsq_buffer_put(query->buffer, query->values, query->ncolumns);
		}
	}
	PG_FINALLY();
	{
		query->held = false;
	}
	PG_END_TRY();
}

void
fsq_query_finish(FsqQuery *query)
{
	finish_statement(query);
	if (query->route != NULL && query->route->finished == 0)
		query->route->finished = GetCurrentTimestamp();
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
	bool		accepted;
	FsqQuery   *query;

	if (fsq_question_run(conn, sql, nparams, params, callback, arg, raise, &accepted))
		return accepted;
	query = start_query(conn, sql, nparams, params, 0, FSQ_DOING_STATEMENT, raise ? NULL : &refused);
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
