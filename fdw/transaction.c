/*-------------------------------------------------------------------------
 *
 * transaction.c
 *	  What a local transaction means for the remote databases it reads.
 *
 *	  In READ COMMITTED a read needs no remote transaction: each statement
 *	  sees what is committed when it starts.  In REPEATABLE READ and
 *	  SERIALIZABLE the first use of a connection opens one remote snapshot,
 *	  which ends with the local transaction.
 *
 *	  Statements belong to the query that runs them, not to a
 *	  subtransaction: a cursor that outlives a rolled back savepoint goes on.
 *	  What is left at the end of the transaction is finished here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"

#include "connection.h"

/*
 * Have a connection run a transaction command, waiting for its answer.  False:
 * see the connection's error.
 */
static bool
run_command(FsqConn *conn, FsqTransactionCommand command, int timeout, const char *doing)
{
	TimestampTz started = GetCurrentTimestamp();
	TimestampTz deadline = timeout > 0 ? TimestampTzPlusMilliseconds(started, timeout) : 0;
	FsqStatus	status;

	PG_TRY();
	{
		for (;;)
		{
			conn->deadline = deadline;
			status = conn->driver->transaction(conn, command, 0);
			if (status != FSQ_WAIT)
				break;
			fsq_connection_wait_step(conn, started, deadline, doing, NULL);
		}
	}
	PG_CATCH();
	{
		/* the command may be on its way: an engine with a wire is out of step */
		if (!conn->driver->in_process)
			conn->broken = true;
		PG_RE_THROW();
	}
	PG_END_TRY();
	return status == FSQ_DONE;
}

void
fsq_transaction_enter(FsqConnEntry *entry)
{
	const char *doing = "begin a transaction";
	int			timeout = fsq_connection_timeout(entry);

	if (entry->snapshot || !IsolationUsesXactSnapshot())
		return;
	/* what runs beside the wait is not to take it for an idle one */
	entry->reserved = true;
	PG_TRY();
	{
		if (!run_command(entry->conn, FSQ_BEGIN_READ, timeout, doing) &&
			!(fsq_connection_renew(entry) &&
			  run_command(entry->conn, FSQ_BEGIN_READ, timeout, doing)))
		{
			fsq_connection_failed(entry->guard, &entry->conn->error);
			fsq_connection_error(entry->conn, doing, NULL);
		}
	}
	PG_FINALLY();
	{
		entry->reserved = false;
	}
	PG_END_TRY();
	entry->reused = true;
	entry->snapshot = true;
}

/*
 * The local transaction is over: nothing of it stays in the remote.  Runs
 * where errors must not be raised; a connection that cannot end its snapshot
 * is closed, which ends it.
 */
static void
leave(FsqConnEntry *entry)
{
	FsqStatus	status;
	TimestampTz deadline;

	while (!dlist_is_empty(&entry->queries))
		fsq_query_finish(dlist_head_element(FsqQuery, link, &entry->queries));
	fsq_connection_close_retired(entry);
	if (!entry->snapshot)
		return;
	entry->snapshot = false;
	if (entry->conn->broken)
		return;
	deadline = fsq_connection_cleanup_deadline(entry);
	entry->conn->deadline = entry->driver->in_process ? 0 : deadline;
	while ((status = entry->driver->transaction(entry->conn, FSQ_ROLLBACK, 0)) == FSQ_WAIT)
	{
		/* an engine without a wire does not wait for what it would wait for */
		if (entry->driver->in_process || !fsq_connection_cleanup_wait(entry->conn, deadline, -1))
			break;
	}
	if (status != FSQ_DONE)
	{
		entry->gave_up_at = GetCurrentTimestamp();
		entry->conn->broken = true;
	}
}

static void
transaction_callback(XactEvent event, void *arg)
{
	dlist_iter	iter;

	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			break;
		default:
			return;
	}
	dlist_foreach(iter, &fsq_connections)
		leave(dlist_container(FsqConnEntry, link, iter.cur));
	fsq_connection_close_stale();
	fsq_place_trim();
}

void
fsq_transaction_init(void)
{
	RegisterXactCallback(transaction_callback, NULL);
}
