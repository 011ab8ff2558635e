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

/* OpenSSL's, if that is what the library uses. */
extern void ERR_clear_error(void) __attribute__((weak));

/*
 * OpenSSL keeps the errors of a thread, and the library takes what another
 * connection has left there for the failure of its own.
 */
static inline void
forget_errors(void)
{
	if (ERR_clear_error != NULL)
		ERR_clear_error();
}

/*
 * The library's error as the connection's.
 */
FsqStatus
fsq_mysql_fail(MysqlConn *conn)
{
	fsq_mysql_take_error(conn->wire.mysql, &conn->base.error);
	forget_errors();
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
	forget_errors();
	return fsq_mysql_suspend(wire, OP_QUERY,
							 mysql_real_query_start(&wire->failed, wire->mysql, sql, strlen(sql)));
}

/*
 * The library leaves a socket blocking after a TLS handshake.
 */
void
fsq_mysql_unblock(MYSQL *mysql)
{
	int			sock = mysql_get_socket(mysql);
	int			flags = fcntl(sock, F_GETFL);

	if (flags >= 0)
		(void) fcntl(sock, F_SETFL, flags | O_NONBLOCK);
}

/*
 * What of the things waited for has come, as the library wants to be told,
 * after so many milliseconds at most.
 */
int
fsq_mysql_look(MYSQL *mysql, int waiting, int milliseconds)
{
	struct pollfd pfd = {.fd = mysql_get_socket(mysql)};
	int			ready = 0;

	if (waiting & MYSQL_WAIT_READ)
		pfd.events |= POLLIN;
	if (waiting & MYSQL_WAIT_WRITE)
		pfd.events |= POLLOUT;
	if (waiting & MYSQL_WAIT_EXCEPT)
		pfd.events |= POLLPRI;
	if (poll(&pfd, 1, milliseconds) <= 0)
		return 0;
	if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_READ;
	if (pfd.revents & (POLLOUT | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_WRITE;
	if (pfd.revents & POLLPRI)
		ready |= MYSQL_WAIT_EXCEPT;
	return ready & waiting;
}

/*
 * Go on with a suspended operation if it can go on.
 */
FsqStatus
fsq_mysql_go_on(MysqlWire *wire, MYSQL_RES *result)
{
	MysqlOperation operation = wire->operation;
	int			ready;

	if (wire->handshake != NULL)
	{
		if (!fsq_mysql_handshake_done(wire->handshake, &wire->connected, &wire->failed))
			return FSQ_WAIT;
		wire->handshake = NULL;
		return FSQ_DONE;
	}
	ready = fsq_mysql_look(wire->mysql, wire->waiting, 0);
	if (ready == 0)
		return FSQ_WAIT;
	forget_errors();
	switch (operation)
	{
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
 * A connection's socket, from the time on when it is being made; -1: there is
 * none.  When the library has closed it, it may still remember it.
 */
int
fsq_mysql_socket(MYSQL *mysql)
{
	return mysql->net.pvio != NULL || mysql_errno(mysql) == 0 ? (int) mysql_get_socket(mysql) : -1;
}

/*
 * Give a connection up whatever is under way on it: nothing can be sent any
 * more, and closing it resets it.  A server that is stuck sending would not
 * notice a mere end for minutes.  Its end can still be awaited: see pool.c.
 */
void
fsq_mysql_abort(MYSQL *mysql)
{
	struct linger linger = {.l_onoff = 1,.l_linger = 0};
	int			sock = fsq_mysql_socket(mysql);

	if (sock < 0)
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void) shutdown(sock, SHUT_WR);
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
	if (wire->handshake != NULL)
		fsq_mysql_handshake_abandon(wire->handshake);
	else
	{
		if (!idle)
			fsq_mysql_abort(wire->mysql);
		mysql_close(wire->mysql);
		forget_errors();
	}
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

	if (conn->resolver != NULL || wire->handshake != NULL)
	{
		wait->socket = conn->resolver != NULL ? fsq_resolve_socket(conn->resolver) :
			fsq_mysql_handshake_socket(wire->handshake);
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

/*
 * FsqDriver.ending
 */
int
fsq_mysql_ending(FsqConn *base)
{
	MysqlWire  *wire = &((MysqlConn *) base)->wire;

	if (wire->handshake != NULL)
		return fsq_mysql_handshake_socket(wire->handshake);
	return wire->mysql != NULL ? fsq_mysql_socket(wire->mysql) : PGINVALID_SOCKET;
}
