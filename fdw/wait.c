/*-------------------------------------------------------------------------
 *
 * wait.c
 *	  Waits for one connection's socket, the latch and the postmaster's death.
 *
 *	  WaitLatchOrSocket() makes an event set for each wait and drops it: six
 *	  system calls, and more processor time than all the others of a small
 *	  request to a remote.  Mostly the connection is the one that was waited
 *	  for before, so the set of one is kept until it is another's turn, or its
 *	  connection is closed: nothing else can have the number of its socket as
 *	  long as that is open.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "storage/latch.h"

#include "connection.h"

/* the latch, the postmaster's death, the socket */
#define SET_SIZE 3

static WaitEventSet *kept = NULL;
static const FsqConn *kept_conn = NULL;
static pgsocket kept_socket = PGINVALID_SOCKET;
static int	socket_position;

static void
forget(void)
{
	if (kept != NULL)
		FreeWaitEventSet(kept);
	kept = NULL;
	kept_conn = NULL;
	kept_socket = PGINVALID_SOCKET;
}

void
fsq_wait_forget(const FsqConn *conn)
{
	if (kept_conn == conn)
		forget();
}

/* Keep a set with a connection's socket. */
static void
keep(const FsqConn *conn, const FsqWait *wait)
{
	forget();
	kept = fsq_create_kept_wait_event_set(SET_SIZE);
	AddWaitEventToSet(kept, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	if (IsUnderPostmaster)
		AddWaitEventToSet(kept, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	socket_position = AddWaitEventToSet(kept, wait->events, wait->socket, NULL, NULL);
	/* from here on it is whole */
	kept_conn = conn;
	kept_socket = wait->socket;
}

bool
fsq_wait_for_socket(const FsqConn *conn, const FsqWait *wait, long milliseconds)
{
	WaitEvent	events[SET_SIZE];
	bool		ready = false;
	int			n;

	if (kept_conn != conn || kept_socket != wait->socket)
		keep(conn, wait);
	else
		ModifyWaitEvent(kept, socket_position, wait->events, NULL);
	n = WaitEventSetWait(kept, milliseconds, events, SET_SIZE, fsq_wait_event(FSQ_EVENT_REMOTE));
	for (int i = 0; i < n; i++)
		ready |= events[i].pos == socket_position;
	return ready;
}
