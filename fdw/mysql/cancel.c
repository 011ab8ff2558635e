/*-------------------------------------------------------------------------
 *
 * cancel.c
 *	  Stopping a statement of MySQL and MariaDB: KILL QUERY from a second
 *	  connection.  Since that may come late, the first one is used again only
 *	  after a statement that does nothing has passed through it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mysql/wire.h"

/*
 * Milliseconds that a connection made to stop a statement has, be it that
 * nobody waits for it any more.
 */
#define KILL_TIME 3000

/*
 * Give up: the connection is not to be used again.
 */
static FsqStatus
stop_failed(MysqlConn *conn)
{
	fsq_mysql_close_wire(&conn->killer, false);
	conn->stop = STOP_NOT;
	return FSQ_FAILED;
}

/*
 * KILL QUERY by a connection of its own.  It reaches a server that is slow even
 * if the connection has been given up before.
 */
FsqStatus
fsq_mysql_cancel(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;

	/* the statement has come to its end meanwhile */
	if (conn->stop == STOP_SYNCING)
		return FSQ_DONE;
	if (conn->stop != STOP_KILLING)
	{
		char		sql[64];

		snprintf(sql, sizeof(sql), "KILL QUERY %lu", mysql_thread_id(conn->wire.mysql));
		conn->stop = STOP_KILLING;
		status = fsq_mysql_start_connect(conn, &conn->killer, KILL_TIME, sql);
	}
	else
		status = fsq_mysql_go_on(&conn->killer, NULL);
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	if (status != FSQ_DONE || conn->killer.connected == NULL || conn->killer.failed)
		return stop_failed(conn);
	fsq_mysql_close_wire(&conn->killer, true);
	conn->stop = STOP_DRAINING;
	return FSQ_DONE;
}

/*
 * Read to the end of the statement that was stopped; rows are dropped.  DONE:
 * nothing of it is on the wire.
 */
static FsqStatus
drain(MysqlConn *conn)
{
	MysqlStmt  *stmt = conn->stmt;
	FsqStatus	status;

	if (stmt->at_end)
		return FSQ_DONE;
	if (conn->wire.operation == OP_QUERY)
	{
		status = fsq_mysql_go_on(&conn->wire, NULL);
		if (status == FSQ_WAIT)
			return FSQ_WAIT;
		if (conn->wire.failed || mysql_field_count(conn->wire.mysql) == 0)
		{
			stmt->at_end = true;
			return FSQ_DONE;
		}
		stmt->result = mysql_use_result(conn->wire.mysql);
		if (stmt->result == NULL)
			return FSQ_FAILED;
	}
	for (;;)
	{
		if (fsq_mysql_fetch(&conn->wire, stmt->result) == FSQ_WAIT)
			return FSQ_WAIT;
		if (conn->wire.row == NULL)
			break;
	}
	stmt->at_end = true;
	return FSQ_DONE;
}

FsqStatus
fsq_mysql_sync(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;

	if (conn->stop == STOP_DRAINING)
	{
		status = conn->stmt != NULL ? drain(conn) : FSQ_DONE;
		if (status == FSQ_WAIT)
			return FSQ_WAIT;
		fsq_mysql_take_error(conn->wire.mysql, &base->error);
		if (status == FSQ_FAILED || (base->error.native_code != 0 && base->error.class == FSQ_ERROR_CONNECTION))
			return stop_failed(conn);
		conn->stop = STOP_SYNCING;
		status = fsq_mysql_start_query(&conn->wire, "DO 0");
	}
	else
		status = fsq_mysql_go_on(&conn->wire, NULL);
	/* a late KILL has hit it: the next one is safe */
	while (status == FSQ_DONE && conn->wire.failed && mysql_errno(conn->wire.mysql) == 1317)
		status = fsq_mysql_start_query(&conn->wire, "DO 0");
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	if (conn->wire.failed)
		return stop_failed(conn);
	conn->stop = STOP_NOT;
	return FSQ_DONE;
}
