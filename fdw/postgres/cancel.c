/*-------------------------------------------------------------------------
 *
 * cancel.c
 *	  Asks a remote server to stop what a connection runs, without waiting.
 *
 *	  A cancel request is a connection of its own.  libpq can make it without
 *	  blocking since version 17; before, PQcancel() blocks until the server
 *	  has taken the request, which one that hangs never does.  There it runs
 *	  in a thread that touches nothing of this process but its own memory:
 *	  all signals are blocked in it, and it tells its end through a pipe,
 *	  which the core waits for as for any socket.
 *
 *	  Whoever waits for the end knows that the request has reached its target
 *	  and cannot hit the next statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "storage/latch.h"

#include "postgres/engine.h"

#ifdef LIBPQ_HAS_ASYNC_CANCEL

struct PgCancel
{
	PGcancelConn *handle;
	PostgresPollingStatusType polling;
};

FsqStatus
fsq_postgres_cancel(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;

	if (conn->step == PG_IDLE)
		return FSQ_DONE;
	if (conn->cancel == NULL)
	{
		conn->cancel = calloc(1, sizeof(struct PgCancel));
		if (conn->cancel == NULL)
			return FSQ_FAILED;
		conn->cancel->handle = PQcancelCreate(conn->handle);
		conn->cancel->polling = PGRES_POLLING_WRITING;
		if (!PQcancelStart(conn->cancel->handle))
		{
			fsq_postgres_cancel_forget(conn);
			return FSQ_FAILED;
		}
		return FSQ_WAIT;
	}
	conn->cancel->polling = PQcancelPoll(conn->cancel->handle);
	if (conn->cancel->polling == PGRES_POLLING_READING || conn->cancel->polling == PGRES_POLLING_WRITING)
		return FSQ_WAIT;
	{
		bool		sent = conn->cancel->polling == PGRES_POLLING_OK;

		fsq_postgres_cancel_forget(conn);
		return sent ? FSQ_DONE : FSQ_FAILED;
	}
}

void
fsq_postgres_cancel_wait_for(PgConn *conn, FsqWait *wait)
{
	wait->socket = PQcancelSocket(conn->cancel->handle);
	wait->events = conn->cancel->polling == PGRES_POLLING_READING ? WL_SOCKET_READABLE : WL_SOCKET_WRITEABLE;
}

/*
 * Let go of a cancel, whether or not it has come to its end.
 */
void
fsq_postgres_cancel_forget(PgConn *conn)
{
	if (conn->cancel == NULL)
		return;
	PQcancelFinish(conn->cancel->handle);
	free(conn->cancel);
	conn->cancel = NULL;
}

#else							/* !LIBPQ_HAS_ASYNC_CANCEL */

struct PgCancel
{
	int			pipe;			/* the reading end */
};

/* What the thread owns. */
typedef struct Request
{
	PGcancel   *handle;
	int			pipe;			/* the writing end */
} Request;

/*
 * The thread: one byte tells whether the server has taken the request.
 */
static void *
send_request(void *arg)
{
	Request    *request = arg;
	char		message[256];
	char		answer = PQcancel(request->handle, message, sizeof(message)) ? 'y' : 'n';
	ssize_t		written;

	do
		written = write(request->pipe, &answer, 1);
	while (written < 0 && errno == EINTR);
	close(request->pipe);
	PQfreeCancel(request->handle);
	free(request);
	return NULL;
}

/*
 * Start a thread in which no signal is handled.
 */
static bool
start_thread(Request *request)
{
	pthread_attr_t attributes;
	pthread_t	thread;
	sigset_t	all;
	sigset_t	before;
	int			code;

	sigfillset(&all);
	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&thread, &attributes, send_request, request);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return code == 0;
}

static FsqStatus
start_cancel(PgConn *conn)
{
	struct PgCancel *cancel = calloc(1, sizeof(struct PgCancel));
	Request    *request = calloc(1, sizeof(Request));
	int			ends[2] = {-1, -1};

	if (cancel != NULL && request != NULL && pipe(ends) == 0)
	{
		fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		fcntl(ends[1], F_SETFD, FD_CLOEXEC);
		cancel->pipe = ends[0];
		request->pipe = ends[1];
		request->handle = PQgetCancel(conn->handle);
		if (request->handle != NULL && start_thread(request))
		{
			conn->cancel = cancel;
			return FSQ_WAIT;
		}
		PQfreeCancel(request->handle);
		close(ends[0]);
		close(ends[1]);
	}
	free(cancel);
	free(request);
	return FSQ_FAILED;
}

FsqStatus
fsq_postgres_cancel(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;
	struct pollfd pfd = {.events = POLLIN};
	char		answer = 'n';

	if (conn->step == PG_IDLE)
		return FSQ_DONE;
	if (conn->cancel == NULL)
		return start_cancel(conn);
	pfd.fd = conn->cancel->pipe;
	if (poll(&pfd, 1, 0) <= 0)
		return FSQ_WAIT;
	if (read(conn->cancel->pipe, &answer, 1) != 1)
		answer = 'n';
	fsq_postgres_cancel_forget(conn);
	return answer == 'y' ? FSQ_DONE : FSQ_FAILED;
}

void
fsq_postgres_cancel_wait_for(PgConn *conn, FsqWait *wait)
{
	wait->socket = conn->cancel->pipe;
	wait->events = WL_SOCKET_READABLE;
}

/*
 * Let go of a cancel, whether or not it has come to its end; the thread cleans
 * up after itself.
 */
void
fsq_postgres_cancel_forget(PgConn *conn)
{
	if (conn->cancel == NULL)
		return;
	close(conn->cancel->pipe);
	free(conn->cancel);
	conn->cancel = NULL;
}

#endif							/* LIBPQ_HAS_ASYNC_CANCEL */
