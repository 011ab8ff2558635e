/*-------------------------------------------------------------------------
 *
 * server.h
 *	  What all backends know together of a remote server.
 *
 *	  One FsqServer for each foreign server that has been used, in shared
 *	  memory if the library is preloaded, else in the backend's own.  Its
 *	  fields are read and written under its spinlock, a few instructions at a
 *	  time and never across a call to a remote; who shows them copies them
 *	  under the lock (fsq_server_read).
 *
 *	  The table as a whole is changed under an LWLock: shared.c.
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

typedef struct FsqShared
{
	LWLock	   *lock;			/* which entries are whose */
	int			nservers;
	int			nsessions;
	FsqSession *sessions;		/* of all backends, by number */
	FsqRequestCounts requests[FSQ_REQUEST_DATABASES];
	FsqServer	servers[FLEXIBLE_ARRAY_MEMBER];
} FsqShared;

/*
 * The memory: shared, or this backend's own.  Makes it, with a warning, if the
 * library is not preloaded.
 */
extern FsqShared *fsq_shared(void);

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

/* Called once per process: the memory, and what is forgotten with a server. */
extern void fsq_shared_init(void);

#endif							/* FSQ_RESILIENCE_SERVER_H */
