/*-------------------------------------------------------------------------
 *
 * server.h
 *	  What all backends know together of a remote server.
 *
 *	  One FsqServer for each foreign server that has been used, in shared
 *	  memory if the library is preloaded or PostgreSQL has segments without
 *	  that (segment.h), else in the backend's own.  Its fields are read and
 *	  written under its spinlock, a few instructions at a time and never across
 *	  a call to a remote; who shows them copies them under the lock
 *	  (fsq_server_read).
 *
 *	  The table as a whole is changed under an LWLock: servers.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_SERVER_H
#define FSQ_RESILIENCE_SERVER_H

#include "postgres.h"

#include "resilience/breaker.h"
#include "resilience/health.h"
#include "resilience/pool.h"
#include "resilience/requests.h"
#include "resilience/statistics.h"
#include "storage/lwlock.h"
#include "storage/spin.h"

/* The last failure of a server, in the remote's own words (UTF-8, perhaps cut off). */
typedef struct FsqLastError
{
	TimestampTz time;			/* 0: none */
	int			sqlstate;
	char		message[256];
} FsqLastError;

typedef struct FsqServer
{
	slock_t		mutex;
	Oid			database;		/* InvalidOid: a free entry */
	Oid			server;
	uint32		generation;		/* another one when the entry serves another server */
	bool		dropped;		/* the server is gone; freed when nothing holds it any more */

	FsqBreaker	breaker;
	FsqLastError last_error;
	double		retry_debt;		/* retry.h */
	FsqStatistics statistics;
	FsqPool		pool;			/* while it has connections the entry is not freed */
	/* fsq_server_read copies what stands above */
	FsqHealth	healths[FSQ_HEALTHS_PER_SERVER];
} FsqServer;

/*
 * What the sizes are is said here, not by the settings: those may have changed
 * since the memory was made.  Backends see it at different addresses, so there
 * are no pointers in it.
 */
typedef struct FsqShared
{
	LWLock		lock;			/* which entries are whose */
	int			tranche;		/* of this lock, and that of the statements */
	int			nservers;
	int			nsessions;
	Size		sessions;		/* offset of those of all backends, by number */
	Size		statements;		/* offset of the table of statements */
	FsqRequestCounts requests[FSQ_REQUEST_DATABASES];
	FsqServer	servers[FLEXIBLE_ARRAY_MEMBER];
} FsqShared;

static inline FsqSession *
fsq_shared_session(FsqShared *shared, int number)
{
	return (FsqSession *) ((char *) shared + shared->sessions) + number;
}

/*
 * The memory: shared, or this backend's own.  Makes it if it is not there; its
 * own with a warning.
 */
extern FsqShared *fsq_shared(void);

/*
 * The shared memory, if there is some or it can be made; else NULL, or this
 * backend's own where fsq_shared() has made that.  In a transaction.
 */
extern FsqShared *fsq_shared_attach(void);

/*
 * Lock what is in the memory for all backends, and unlock it: nothing is done
 * for what is this backend's own.
 */
extern void fsq_shared_lock(LWLock *lock, LWLockMode mode);
extern void fsq_shared_unlock(LWLock *lock);

/*
 * Have a function called when this backend ends, after its transaction and
 * while it still has the memory; what is asked for last is done first.
 */
extern void fsq_shared_at_end(void (*callback) (void));

/*
 * The entry of a server of this database, made if need be; *generation is the
 * one that it has.  Where the table is full, one of this backend's own, with a
 * warning.  Raises an error only for want of memory.
 */
extern FsqServer *fsq_server_get(Oid server, uint32 *generation);

/* The entry of a server of this database, or NULL. */
extern FsqServer *fsq_server_find(Oid server);

/* A copy of an entry's fields, without healths; false if it is no server's of this database. */
extern bool fsq_server_read(FsqServer *server, FsqServer *copy);

/* Nothing holds a dropped entry any more: it is free; the caller has its lock. */
extern void fsq_server_free(FsqServer *server);

/* The number of this backend in sessions. */
extern int	fsq_session_number(void);

/* Called once per process: the memory. */
extern void fsq_shared_init(void);
/* ... and what is forgotten with a server. */
extern void fsq_servers_init(void);

#endif							/* FSQ_RESILIENCE_SERVER_H */
