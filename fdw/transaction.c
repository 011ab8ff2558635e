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

void
fsq_transaction_enter(FsqConnEntry *entry)
{
	FsqConn    *conn = entry->conn;
	TimestampTz started;
	TimestampTz deadline;
	int			timeout;
	FsqStatus	status;

	if (entry->snapshot || !IsolationUsesXactSnapshot())
		return;

	timeout = fsq_connection_timeout(entry);
	started = GetCurrentTimestamp();
	deadline = timeout > 0 ? TimestampTzPlusMilliseconds(started, timeout) : 0;
	for (;;)
	{
		conn->deadline = deadline;
		status = conn->driver->transaction(conn, FSQ_BEGIN_READ, 0);
		if (status != FSQ_WAIT)
			break;
		fsq_connection_wait_step(conn, started, deadline, "begin a transaction", NULL);
	}
	if (status != FSQ_DONE)
		fsq_connection_error(conn, "begin a transaction", NULL);
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
	while (!dlist_is_empty(&entry->queries))
		fsq_query_finish(dlist_head_element(FsqQuery, link, &entry->queries));
	if (!entry->snapshot)
		return;
	entry->snapshot = false;
	entry->conn->deadline = 0;
	if (entry->driver->transaction(entry->conn, FSQ_ROLLBACK, 0) != FSQ_DONE)
		entry->conn->broken = true;
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
}

void
fsq_transaction_init(void)
{
	RegisterXactCallback(transaction_callback, NULL);
}
