/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  The shared memory of the guard: its table of servers, and who leaves it.
 *
 *	  An entry is made by the first use of a server and goes with the server:
 *	  at the commit of what dropped it (or its database), unless connections to
 *	  it still exist, which free it as the last is closed.  What was dropped by
 *	  a transaction that was prepared is found when the table is full.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_database.h"
#include "catalog/pg_foreign_server.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "compat.h"
#include "fraiseql.h"
#include "resilience/server.h"
#include "resilience/statements.h"

#define TRANCHE "fraiseql"

static FsqShared *memory = NULL;
static bool is_shared = false;

static shmem_request_hook_type next_shmem_request = NULL;
static shmem_startup_hook_type next_shmem_startup = NULL;
static object_access_hook_type next_object_access = NULL;

/* Dropped by this transaction, if it commits; in TopMemoryContext. */
static List *dropped_servers = NIL;		/* of Oid */
static List *dropped_databases = NIL;

static Size
memory_size(int nservers)
{
	return MAXALIGN(add_size(offsetof(FsqShared, servers), mul_size(nservers, sizeof(FsqServer))));
}

/* The table, and behind it the sessions. */
static Size
whole_size(int nservers, int nsessions)
{
	return add_size(memory_size(nservers), mul_size(nsessions, sizeof(FsqSession)));
}

static void
initialise_memory(FsqShared *shared, int nservers, int nsessions, LWLock *lock)
{
	memset(shared, 0, whole_size(nservers, nsessions));
	shared->lock = lock;
	shared->nservers = nservers;
	shared->nsessions = nsessions;
	shared->sessions = (FsqSession *) ((char *) shared + memory_size(nservers));
	for (int i = 0; i < nservers; i++)
	{
		SpinLockInit(&shared->servers[i].mutex);
		fsq_pool_initialise(&shared->servers[i].pool);
	}
	for (int i = 0; i < nsessions; i++)
		SpinLockInit(&shared->sessions[i].mutex);
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
		SpinLockInit(&shared->requests[i].mutex);
}

static void
request_memory(void)
{
	if (next_shmem_request != NULL)
		next_shmem_request();
	RequestAddinShmemSpace(add_size(whole_size(fsq_max_servers, MaxBackends), fsq_statements_size()));
	RequestNamedLWLockTranche(TRANCHE, 2);
}

static void
start_memory(void)
{
	bool		found;

	if (next_shmem_startup != NULL)
		next_shmem_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	memory = ShmemInitStruct("fraiseql", whole_size(fsq_max_servers, MaxBackends), &found);
	if (!found)
		initialise_memory(memory, fsq_max_servers, MaxBackends,
						  &(GetNamedLWLockTranche(TRANCHE))->lock);
	fsq_statements_start(&GetNamedLWLockTranche(TRANCHE)[1].lock);
	LWLockRelease(AddinShmemInitLock);
	is_shared = true;
}

int
fsq_session_number(void)
{
	return is_shared ? fsq_proc_number() : 0;
}

FsqShared *
fsq_shared(void)
{
	if (memory != NULL)
		return memory;
	ereport(WARNING,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("fraiseql is not preloaded: circuit breakers and connection counts are this session's own"),
			 errhint("Add fraiseql to shared_preload_libraries and restart, so that all sessions share them.")));
	memory = MemoryContextAlloc(TopMemoryContext, whole_size(fsq_max_servers, 1));
	initialise_memory(memory, fsq_max_servers, 1, NULL);
	fsq_statements_start(NULL);
	return memory;
}

static void
lock_table(FsqShared *shared, LWLockMode mode)
{
	if (shared->lock != NULL)
		LWLockAcquire(shared->lock, mode);
}

static void
unlock_table(FsqShared *shared)
{
	if (shared->lock != NULL)
		LWLockRelease(shared->lock);
}

/* ---- entries ---- */

/* Make an entry free for another server; the caller has its lock. */
static void
clear(FsqServer *server)
{
	uint32		generation = server->generation + 1;

	memset((char *) server + offsetof(FsqServer, database), 0,
		   sizeof(FsqServer) - offsetof(FsqServer, database));
	server->generation = generation;
	fsq_pool_initialise(&server->pool);
}

void
fsq_server_free(FsqServer *server)
{
	if (server->dropped && server->pool.size == 0)
		clear(server);
}

/* The server is gone. */
static void
drop(FsqServer *server)
{
	fsq_statements_forget(server->database, server->server);
	SpinLockAcquire(&server->mutex);
	server->dropped = true;
	fsq_server_free(server);
	SpinLockRelease(&server->mutex);
}

/* The entry of a server, or NULL; the table is locked. */
static FsqServer *
find(FsqShared *shared, Oid database, Oid serverid)
{
	for (int i = 0; i < shared->nservers; i++)
	{
		FsqServer  *server = &shared->servers[i];
		bool		found;

		/* a dropped one is cleared without a lock on the table */
		SpinLockAcquire(&server->mutex);
		found = server->server == serverid && server->database == database && !server->dropped;
		SpinLockRelease(&server->mutex);
		if (found)
			return server;
	}
	return NULL;
}

/* Make the entry of a server; NULL if there is no room. */
static FsqServer *
add(FsqShared *shared, Oid database, Oid serverid)
{
	for (int i = 0; i < shared->nservers; i++)
	{
		FsqServer  *server = &shared->servers[i];
		bool		free;

		SpinLockAcquire(&server->mutex);
		free = server->database == InvalidOid;
		if (free)
		{
			server->database = database;
			server->server = serverid;
		}
		SpinLockRelease(&server->mutex);
		if (free)
			return server;
	}
	return NULL;
}

/*
 * Drop the entries whose servers, or databases, are not there any more.
 */
static void
sweep(FsqShared *shared)
{
	for (int i = 0; i < shared->nservers; i++)
	{
		FsqServer  *server = &shared->servers[i];
		FsqServer	copy;

		(void) fsq_server_read(server, &copy);
		if (copy.database == InvalidOid || copy.dropped)
			continue;
		if (copy.database == MyDatabaseId ?
			SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(copy.server)) :
			SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(copy.database)))
			continue;
		lock_table(shared, LW_EXCLUSIVE);
		if (server->generation == copy.generation && !server->dropped)
			drop(server);
		unlock_table(shared);
	}
}

/* An entry that nobody else sees. */
static FsqServer *
make_own(Oid serverid)
{
	FsqServer  *server = MemoryContextAllocZero(TopMemoryContext, sizeof(FsqServer));

	SpinLockInit(&server->mutex);
	fsq_pool_initialise(&server->pool);
	server->database = MyDatabaseId;
	server->server = serverid;
	ereport(WARNING,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("there is no room for more than %d servers in the shared memory of fraiseql", fsq_max_servers),
			 errdetail("The circuit breaker and the connection count of server \"%s\" are this session's own.",
					   GetForeignServer(serverid)->servername),
			 errhint("Raise fraiseql.max_servers and restart.")));
	return server;
}

FsqServer *
fsq_server_get(Oid serverid, uint32 *generation)
{
	FsqShared  *shared = fsq_shared();
	FsqServer  *server;

	lock_table(shared, LW_SHARED);
	server = find(shared, MyDatabaseId, serverid);
	unlock_table(shared);
	for (int swept = 0; server == NULL && swept < 2; swept++)
	{
		if (swept > 0)
			sweep(shared);
		lock_table(shared, LW_EXCLUSIVE);
		server = find(shared, MyDatabaseId, serverid);
		if (server == NULL)
			server = add(shared, MyDatabaseId, serverid);
		unlock_table(shared);
	}
	if (server == NULL)
		server = make_own(serverid);
	*generation = server->generation;
	return server;
}

FsqServer *
fsq_server_find(Oid serverid)
{
	FsqServer  *server;

	if (memory == NULL)
		return NULL;
	lock_table(memory, LW_SHARED);
	server = find(memory, MyDatabaseId, serverid);
	unlock_table(memory);
	return server;
}

bool
fsq_server_read(FsqServer *server, FsqServer *copy)
{
	SpinLockAcquire(&server->mutex);
	memcpy(copy, server, offsetof(FsqServer, healths));
	SpinLockRelease(&server->mutex);
	return copy->database == MyDatabaseId && !copy->dropped;
}

FsqRequestCounts *
fsq_shared_requests(Oid database)
{
	FsqRequestCounts *free_one = NULL;
	FsqRequestCounts *found = NULL;

	if (!is_shared)
		return NULL;
	lock_table(memory, LW_EXCLUSIVE);
	for (int i = 0; found == NULL && i < FSQ_REQUEST_DATABASES; i++)
	{
		FsqRequestCounts *counts = &memory->requests[i];

		if (counts->database == database)
			found = counts;
		else if (free_one == NULL && counts->database == InvalidOid)
			free_one = counts;
	}
	if (found == NULL && free_one != NULL)
	{
		found = free_one;
		found->database = database;
	}
	unlock_table(memory);
	return found;
}

/* A database is gone, and with it all who count there; the table is locked. */
static void
drop_requests(Oid database)
{
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
	{
		FsqRequestCounts *counts = &memory->requests[i];

		if (counts->database == database)
			memset((char *) counts + offsetof(FsqRequestCounts, database), 0,
				   sizeof(FsqRequestCounts) - offsetof(FsqRequestCounts, database));
	}
}

/* ---- DROP ---- */

static void
object_access(ObjectAccessType access, Oid class, Oid object, int subobject, void *arg)
{
	MemoryContext old;

	if (next_object_access != NULL)
		next_object_access(access, class, object, subobject, arg);
	if (access != OAT_DROP || (class != ForeignServerRelationId && class != DatabaseRelationId))
		return;
	old = MemoryContextSwitchTo(TopMemoryContext);
	if (class == ForeignServerRelationId)
		dropped_servers = lappend_oid(dropped_servers, object);
	else
		dropped_databases = lappend_oid(dropped_databases, object);
	MemoryContextSwitchTo(old);
}

/* Those of a list that a rolled back savepoint has not brought back. */
static List *
really_dropped(List *oids, int cache)
{
	ListCell   *lc;

	foreach(lc, oids)
		if (SearchSysCacheExists1(cache, ObjectIdGetDatum(lfirst_oid(lc))))
			oids = foreach_delete_current(oids, lc);
	return oids;
}

static void
drop_entries(void)
{
	ListCell   *lc;

	lock_table(memory, LW_EXCLUSIVE);
	foreach(lc, dropped_databases)
		drop_requests(lfirst_oid(lc));
	for (int i = 0; i < memory->nservers; i++)
	{
		FsqServer  *server = &memory->servers[i];

		if (server->database != InvalidOid && !server->dropped &&
			(list_member_oid(dropped_databases, server->database) ||
			 (server->database == MyDatabaseId && list_member_oid(dropped_servers, server->server))))
			drop(server);
	}
	unlock_table(memory);
}

static void
transaction_callback(XactEvent event, void *arg)
{
	if (dropped_servers == NIL && dropped_databases == NIL)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			dropped_servers = really_dropped(dropped_servers, FOREIGNSERVEROID);
			dropped_databases = really_dropped(dropped_databases, DATABASEOID);
			break;
		case XACT_EVENT_COMMIT:
			if (memory != NULL)
				drop_entries();
			/* FALLTHROUGH */
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			list_free(dropped_servers);
			list_free(dropped_databases);
			dropped_servers = dropped_databases = NIL;
			break;
		default:
			break;
	}
}

void
fsq_shared_init(void)
{
	next_object_access = object_access_hook;
	object_access_hook = object_access;
	RegisterXactCallback(transaction_callback, NULL);
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_shmem_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}
