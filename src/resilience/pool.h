/*-------------------------------------------------------------------------
 *
 * pool.h
 *	  How many connections a server has, of all sessions together; who waits
 *	  for one; and what the connections of each session do.
 *
 *	  An FsqPool is under the lock of its server (server.h).  A session's line
 *	  entry is under the lock of the server whose line it stands in, its rows
 *	  under its own lock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_POOL_H
#define FSQ_RESILIENCE_POOL_H

#include "postgres.h"

#include "storage/spin.h"
#include "utils/timestamp.h"

typedef struct FsqPool
{
	int			size;			/* connections, and places given to who waited */
	int			waiting;
	int			first;			/* sessions in line, by number; -1: none */
	int			last;
	int64		waits;			/* how often a session had to stand in line */
	int64		timeouts;		/* ... and left it without a place */
} FsqPool;

typedef enum FsqConnectionState
{
	FSQ_CONNECTION_CONNECTING,
	FSQ_CONNECTION_ACTIVE,		/* a statement runs on it */
	FSQ_CONNECTION_IDLE
} FsqConnectionState;

/* One connection, as all sessions see it. */
typedef struct FsqConnectionRow
{
	Oid			database;		/* InvalidOid: no row */
	Oid			server;
	Oid			userid;
	FsqConnectionState state;
	bool		in_transaction; /* its session's transaction has used it */
	bool		nudged;			/* its session has been asked to close it */
	TimestampTz since;			/* the state is that one */
} FsqConnectionRow;

#define FSQ_ROWS_PER_SESSION 64

typedef struct FsqSession
{
	/* in the line of a server */
	bool		in_line;
	bool		granted;		/* a place is its own: it has left the line */
	int			next;
	int			previous;
	/* its connections */
	slock_t		mutex;
	int			pid;
	FsqConnectionRow rows[FSQ_ROWS_PER_SESSION];
} FsqSession;

static inline void
fsq_pool_initialise(FsqPool *pool)
{
	pool->first = pool->last = -1;
}

#endif							/* FSQ_RESILIENCE_POOL_H */
