/*-------------------------------------------------------------------------
 *
 * interrupt.c
 *	  Callbacks of db-lib: what server and library say, and whether a call
 *	  that waits is to end.
 *
 *	  A wait within db-lib asks the interrupt callback when a signal arrives,
 *	  and every second.  A cancel may come just before the wait, and deadlines
 *	  and the postmaster's end are no signals at all: while a call runs, one of
 *	  PostgreSQL's timeouts sends a signal now and then.
 *
 *	  A library that has lost its way in an answer that makes no sense reads on
 *	  for ever, whatever it is told: its socket is ended under it.
 *
 *	  Nothing is raised or allocated here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/socket.h>

#include "miscadmin.h"
#include "storage/pmsignal.h"
#include "utils/timeout.h"

#include "sqlserver/wire.h"

/* Severities above this one are errors. */
#define LAST_INFORMATION 10

/* Milliseconds after which a call that waits is made to ask again. */
#define TICK 50

/* Ticks that a call has to end after it was told to. */
#define LAST_TICKS 4

/* messages that only say that there are others */
#define IS_ECHO(number) ((number) == SYBESMSG)

static __thread SqlserverMessages *receiving = NULL;

/* handlers of others in this process, for connections that are not ours */
static EHANDLEFUNC other_error_handler = NULL;
static MHANDLEFUNC other_message_handler = NULL;

/* the timeout, and whether it is to come again */
static TimeoutId tick_timeout = MAX_TIMEOUTS;
static SqlserverConn *volatile in_call = NULL;
static volatile sig_atomic_t late_ticks = 0;

static int
receive_error(DBPROCESS *dbproc, int severity, int number, int oserr, char *text, char *ostext)
{
	if (receiving == NULL)
		return other_error_handler != NULL ? other_error_handler(dbproc, severity, number, oserr, text, ostext) :
			INT_CANCEL;
	if (receiving->library_number == 0 && !IS_ECHO(number))
	{
		receiving->library_number = number;
		if (receiving->number == 0)
			strlcpy(receiving->text, text != NULL ? text : "", sizeof(receiving->text));
	}
	return INT_CANCEL;
}

static int
receive_message(DBPROCESS *dbproc, DBINT number, int state, int severity, char *text, char *server,
				char *procedure, int line)
{
	if (receiving == NULL)
		return other_message_handler != NULL ?
			other_message_handler(dbproc, number, state, severity, text, server, procedure, line) : 0;
	if (severity > LAST_INFORMATION && receiving->number == 0)
	{
		receiving->number = number;
		receiving->severity = severity;
		strlcpy(receiving->text, text != NULL ? text : "", sizeof(receiving->text));
	}
	return 0;
}

/*
 * Whether a call must end now.
 */
static bool
must_end(SqlserverConn *conn)
{
	if (QueryCancelPending || ProcDiePending || !PostmasterIsAliveInternal() ||
		(conn->base.deadline != 0 && GetCurrentTimestamp() >= conn->base.deadline))
		conn->interrupted = true;
	return conn->interrupted;
}

static int
is_interrupted(void *dbproc)
{
	SqlserverConn *conn = (SqlserverConn *) dbgetuserdata(dbproc);

	return conn != NULL && must_end(conn);
}

/* The connection is closed: what is left of its answer is not known. */
static int
handle_interrupt(void *dbproc)
{
	return INT_CANCEL;
}

/*
 * Messages of this thread go there, until NULL is given.
 */
void
fsq_sqlserver_receive(SqlserverMessages *messages)
{
	if (messages != NULL || receiving == NULL)
	{
		EHANDLEFUNC error_handler = dberrhandle(receive_error);
		MHANDLEFUNC message_handler = dbmsghandle(receive_message);

		if (error_handler != receive_error)
			other_error_handler = error_handler;
		if (message_handler != receive_message)
			other_message_handler = message_handler;
	}
	if (messages != NULL)
		memset(messages, 0, offsetof(SqlserverMessages, text) + 1);
	receiving = messages;
}

/*
 * Let calls on a new connection be interrupted.
 */
void
fsq_sqlserver_watch(SqlserverConn *conn)
{
	dbsetuserdata(conn->dbproc, (BYTE *) conn);
	dbsetinterrupt(conn->dbproc, is_interrupted, handle_interrupt);
}

/*
 * The timeout's handler.  It ends by itself when it finds no call, so that
 * rows can be read without setting and clearing it for each.
 */
static void
tick(void)
{
	if (in_call == NULL)
		return;
	if (must_end(in_call) && ++late_ticks > LAST_TICKS && DBIORDESC(in_call->dbproc) >= 0)
		(void) shutdown(DBIORDESC(in_call->dbproc), SHUT_RDWR);
	enable_timeout_after(tick_timeout, TICK);
}

/*
 * Before a call.
 */
void
fsq_sqlserver_enter(SqlserverConn *conn)
{
	if (tick_timeout == MAX_TIMEOUTS)
		tick_timeout = RegisterTimeout(USER_TIMEOUT, tick);
	conn->interrupted = false;
	late_ticks = 0;
	in_call = conn;
	/* the end of a failed transaction stops all timeouts */
	if (!get_timeout_active(tick_timeout))
		enable_timeout_after(tick_timeout, TICK);
	fsq_sqlserver_receive(&conn->messages);
}

/*
 * Before a call that the connection's deadline is likely to end.
 */
void
fsq_sqlserver_enter_briefly(SqlserverConn *conn)
{
	long		left = conn->base.deadline == 0 ? TICK :
		TimestampDifferenceMilliseconds(GetCurrentTimestamp(), conn->base.deadline);

	fsq_sqlserver_enter(conn);
	enable_timeout_after(tick_timeout, Max(1, Min(TICK, left)));
}

/*
 * After it.
 */
void
fsq_sqlserver_leave(SqlserverConn *conn)
{
	fsq_sqlserver_receive(NULL);
	in_call = NULL;
}
