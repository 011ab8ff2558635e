/*-------------------------------------------------------------------------
 *
 * interrupt.c
 *	  Callbacks of db-lib: what server and library say, and whether a call
 *	  that waits is to end.
 *
 *	  A wait within db-lib asks the interrupt callback when a signal arrives,
 *	  and every second.  Cancel and termination are signals; for a deadline
 *	  there is a timer, which sends SIGALRM: to PostgreSQL's handler that is
 *	  one alarm more, at which nothing is due.
 *
 *	  Nothing is raised or allocated here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>
#include <time.h>

#include "miscadmin.h"
#include "storage/pmsignal.h"

#include "sqlserver/wire.h"

/* Severities above this one are errors. */
#define LAST_INFORMATION 10

/* messages that only say that there are others */
#define IS_ECHO(number) ((number) == SYBESMSG)

static __thread SqlserverMessages *receiving = NULL;

/* handlers of others in this process, for connections that are not ours */
static EHANDLEFUNC other_error_handler = NULL;
static MHANDLEFUNC other_message_handler = NULL;

/* one timer for all connections, and what it is set to */
static timer_t timer;
static bool have_timer = false;
static TimestampTz alarm_at = 0;

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
static int
is_interrupted(void *dbproc)
{
	SqlserverConn *conn = (SqlserverConn *) dbgetuserdata(dbproc);

	if (conn == NULL)
		return false;
	if (QueryCancelPending || ProcDiePending || !PostmasterIsAliveInternal() ||
		(conn->base.deadline != 0 && GetCurrentTimestamp() >= conn->base.deadline))
		conn->interrupted = true;
	return conn->interrupted;
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
 * Have a call that waits asked when the deadline has come; 0: no more.
 */
static void
set_alarm(TimestampTz deadline)
{
	struct itimerspec when = {{0}};

	if (!have_timer)
	{
		struct sigevent event = {0};

		if (deadline == 0)
			return;
		event.sigev_notify = SIGEV_SIGNAL;
		event.sigev_signo = SIGALRM;
		/* without one, it is asked every second */
		if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
			return;
		have_timer = true;
	}
	if (deadline != 0)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline) + 1;

		when.it_value.tv_sec = left / 1000;
		when.it_value.tv_nsec = (left % 1000) * 1000000;
	}
	(void) timer_settime(timer, 0, &when, NULL);
	alarm_at = deadline;
}

/*
 * Before a call.
 */
void
fsq_sqlserver_enter(SqlserverConn *conn)
{
	if (alarm_at != conn->base.deadline)
		set_alarm(conn->base.deadline);
	conn->interrupted = false;
	fsq_sqlserver_receive(&conn->messages);
}

/*
 * After it.
 */
void
fsq_sqlserver_leave(SqlserverConn *conn)
{
	fsq_sqlserver_receive(NULL);
}
