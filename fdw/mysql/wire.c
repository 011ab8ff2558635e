/*-------------------------------------------------------------------------
 *
 * wire.c
 *	  Operations of mariadb-connector-c that may be suspended.
 *
 *	  Each operation of the library is started, and continued when its socket
 *	  is ready; between the two it is suspended and its connection good for
 *	  nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "storage/latch.h"

#include "mysql/wire.h"
#include "resolve.h"

/*
 * The library's error as the connection's.
 */
FsqStatus
fsq_mysql_fail(MysqlConn *conn)
{
	fsq_mysql_take_error(conn->wire.mysql, &conn->base.error);
	if (conn->base.error.class == FSQ_ERROR_CONNECTION)
		conn->base.broken = true;
	/* no such table, no such column: a description may be old */
	if (conn->base.error.native_code == 1146 || conn->base.error.native_code == 1054)
		conn->generation++;
	return FSQ_FAILED;
}

/*
 * Send a statement.  DONE: see wire->failed.
 */
FsqStatus
fsq_mysql_start_query(MysqlWire *wire, const char *sql)
{
	return fsq_mysql_suspend(wire, OP_QUERY,
							 mysql_real_query_start(&wire->failed, wire->mysql, sql, strlen(sql)));
}

/*
 * The library makes the socket block for a TLS handshake and leaves it so.
 * Each read or write of the handshake has a limit of its own, therefore ...
 */
static void
limit_handshake(MysqlWire *wire)
{
	int			sock = mysql_get_socket(wire->mysql);
	struct timeval limit = {
		.tv_sec = wire->handshake_time / 1000,
		.tv_usec = wire->handshake_time % 1000 * 1000
	};

	if (sock < 0 || wire->handshake_time <= 0)
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void) setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/*
 * ... and after the login nothing blocks.
 */
void
fsq_mysql_unblock(MysqlWire *wire)
{
	int			sock = mysql_get_socket(wire->mysql);
	int			flags = fcntl(sock, F_GETFL);

	if (flags >= 0)
		(void) fcntl(sock, F_SETFL, flags | O_NONBLOCK);
}

/*
 * What of the things waited for has come, as the library wants to be told.
 */
static int
look_at_socket(MysqlWire *wire)
{
	struct pollfd pfd = {.fd = mysql_get_socket(wire->mysql)};
	int			ready = 0;

	if (wire->waiting & MYSQL_WAIT_READ)
		pfd.events |= POLLIN;
	if (wire->waiting & MYSQL_WAIT_WRITE)
		pfd.events |= POLLOUT;
	if (wire->waiting & MYSQL_WAIT_EXCEPT)
		pfd.events |= POLLPRI;
	if (poll(&pfd, 1, 0) <= 0)
		return 0;
	if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_READ;
	if (pfd.revents & (POLLOUT | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_WRITE;
	if (pfd.revents & POLLPRI)
		ready |= MYSQL_WAIT_EXCEPT;
	return ready & wire->waiting;
}

/*
 * Go on with a suspended operation if it can go on.
 */
FsqStatus
fsq_mysql_go_on(MysqlWire *wire, MYSQL_RES *result)
{
	MysqlOperation operation = wire->operation;
	int			ready = look_at_socket(wire);

	if (ready == 0)
		return FSQ_WAIT;
	switch (operation)
	{
		case OP_CONNECT:
			limit_handshake(wire);
			return fsq_mysql_suspend(wire, operation,
										 mysql_real_connect_cont(&wire->connected, wire->mysql, ready));
		case OP_QUERY:
			return fsq_mysql_suspend(wire, operation,
										 mysql_real_query_cont(&wire->failed, wire->mysql, ready));
		case OP_FETCH:
			return fsq_mysql_suspend(wire, operation,
										 mysql_fetch_row_cont(&wire->row, result, ready));
		case OP_NONE:
			break;
	}
	return FSQ_DONE;
}

/*
 * Give a wire up whatever is under way on it: nothing can be sent or awaited
 * any more, and closing it resets the connection.  A server that is stuck
 * sending would not notice a mere end for minutes.
 */
void
fsq_mysql_abort_wire(MysqlWire *wire)
{
	struct linger linger = {.l_onoff = 1,.l_linger = 0};

	(void) setsockopt(mysql_get_socket(wire->mysql), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void) mariadb_cancel(wire->mysql);
}

/*
 * Close without waiting for anybody: one whose other side may be silent is
 * given up first.
 */
void
fsq_mysql_close_wire(MysqlWire *wire, bool idle)
{
	if (wire->mysql == NULL)
		return;
	if (!idle)
		fsq_mysql_abort_wire(wire);
	mysql_close(wire->mysql);
	memset(wire, 0, sizeof(*wire));
}

/*
 * FsqDriver.wait_for
 */
void
fsq_mysql_wait_for(FsqConn *base, FsqWait *wait)
{
	MysqlConn  *conn = (MysqlConn *) base;
	MysqlWire  *wire = conn->killer.mysql != NULL ? &conn->killer : &conn->wire;

	if (conn->resolver != NULL)
	{
		wait->socket = fsq_resolve_socket(conn->resolver);
		wait->events = WL_SOCKET_READABLE;
		wait->milliseconds = -1;
		wait->locked = false;
		return;
	}
	wait->socket = mysql_get_socket(wire->mysql);
	wait->events = 0;
	if (wire->waiting & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT))
		wait->events |= WL_SOCKET_READABLE;
	if (wire->waiting & MYSQL_WAIT_WRITE)
		wait->events |= WL_SOCKET_WRITEABLE;
	/* nothing to wait for: look again soon */
	wait->milliseconds = wait->events == 0 ? 1 : -1;
	wait->locked = false;
}
