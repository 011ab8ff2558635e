/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  The shared memory of the guard: its table of servers, and who leaves it.
 *
 *	  It is the server's where the library is preloaded; else a segment that the
 *	  first session which needs it makes, where PostgreSQL has such; else the
 *	  backend's own.
 *
 *	  An entry is made by the first use of a server and goes with the server:
 *	  at the commit of what dropped it (or its database), unless connections to
 *	  it still exist, which free it as the last is closed.  What was dropped by
 *	  a transaction that was prepared, or by a session without this library, is
 *	  found when the table is full.
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
#include "resilience/segment.h"
#include "resilience/server.h"
#include "resilience/statements.h"

#define TRANCHE "fraiseql"

/*
 * The layout of the memory, which is part of the name of its segment: one that
 * an older library has made stays with the sessions that have that library.
 * To be raised where the same sizes come to mean something else.
 */
#define LAYOUT 1

static FsqShared *memory = NULL;
static bool is_shared = false;
static dsm_segment *segment = NULL; /* that memory is in; NULL: in none */
static bool segment_tried = false;
static char *segment_error = NULL;	/* why there is none */

static shmem_request_hook_type next_shmem_request = NULL;
static shmem_startup_hook_type next_shmem_startup = NULL;
static object_access_hook_type next_object_access = NULL;

/* Dropped by this transaction, if it commits; in TopMemoryContext. */
static List *dropped_servers = NIL;		/* of Oid */
static List *dropped_databases = NIL;

/* ---- memory ---- */

/* The table of servers; behind it come the sessions, and then the statements. */
static Size
servers_size(void)
{
	return MAXALIGN(add_size(offsetof(FsqShared, servers), mul_size(fsq_max_servers, sizeof(FsqServer))));
}

static Size
sessions_size(int nsessions)
{
	return MAXALIGN(mul_size(nsessions, sizeof(FsqSession)));
}

static Size
whole_size(int nsessions)
{
	return add_size(add_size(servers_size(), sessions_size(nsessions)), fsq_statements_size());
}

/* What is there of such memory, but for its locks. */
static void
initialise(FsqShared *shared, int nsessions)
{
	memset(shared, 0, servers_size() + sessions_size(nsessions));
	shared->nservers = fsq_max_servers;
	shared->nsessions = nsessions;
	shared->sessions = servers_size();
	shared->statements = shared->sessions + sessions_size(nsessions);
	for (int i = 0; i < shared->nservers; i++)
	{
		SpinLockInit(&shared->servers[i].mutex);
		fsq_pool_initialise(&shared->servers[i].pool);
	}
	for (int i = 0; i < nsessions; i++)
		SpinLockInit(&fsq_shared_session(shared, i)->mutex);
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
		SpinLockInit(&shared->requests[i].mutex);
	fsq_statements_initialise((char *) shared + shared->statements);
}

static void
initialise_shared(void *where)
{
	FsqShared  *shared = where;

	initialise(shared, MaxBackends);
	shared->tranche = LWLockNewTrancheId();
	LWLockInitialize(&shared->lock, shared->tranche);
	fsq_statements_initialise_lock((char *) shared + shared->statements, shared->tranche);
}

/* From now on this process uses that memory. */
static void
use(FsqShared *shared, bool of_all)
{
	if (of_all)
		LWLockRegisterTranche(shared->tranche, TRANCHE);
	fsq_statements_start((char *) shared + shared->statements);
	is_shared = of_all;
	memory = shared;
}

static void
request_memory(void)
{
	if (next_shmem_request != NULL)
		next_shmem_request();
	RequestAddinShmemSpace(whole_size(MaxBackends));
}

static void
start_memory(void)
{
	FsqShared  *shared;
	bool		found;

	if (next_shmem_startup != NULL)
		next_shmem_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("fraiseql", whole_size(MaxBackends), &found);
	if (!found)
		initialise_shared(shared);
	use(shared, true);
	LWLockRelease(AddinShmemInitLock);
}

/* Use the segment, if it can be had. */
static void
attach_segment(void)
{
	char		name[64];
	char	   *error;

	if (segment_tried)
		return;
	segment_tried = true;
	snprintf(name, sizeof(name), "fraiseql %d %zu %zu %zu %zu", LAYOUT,
			 offsetof(FsqShared, servers), sizeof(FsqServer), sizeof(FsqSession), fsq_statements_entry_size());
	segment = fsq_segment_attach(name, whole_size(MaxBackends), initialise_shared, &error);
	if (segment != NULL)
		use(dsm_segment_address(segment), true);
	else if (error != NULL)
		segment_error = MemoryContextStrdup(TopMemoryContext, error);
}

FsqShared *
fsq_shared_attach(void)
{
	if (memory == NULL)
		attach_segment();
	return memory;
}

FsqShared *
fsq_shared(void)
{
	if (fsq_shared_attach() != NULL)
		return memory;
	ereport(WARNING,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("fraiseql is not preloaded: circuit breakers and connection counts are this session's own"),
			 segment_error != NULL ? errdetail("Without that, there was no shared memory: %s.", segment_error) : 0,
			 errhint("Add fraiseql to shared_preload_libraries and restart, so that all sessions share them.")));
	memory = MemoryContextAllocHuge(TopMemoryContext, whole_size(1));
	initialise(memory, 1);
	use(memory, false);
	return memory;
}

int
fsq_session_number(void)
{
	return is_shared ? fsq_proc_number() : 0;
}

void
fsq_shared_lock(LWLock *lock, LWLockMode mode)
{
	if (is_shared)
		LWLockAcquire(lock, mode);
}

void
fsq_shared_unlock(LWLock *lock)
{
	if (is_shared)
		LWLockRelease(lock);
}

static void
at_exit(int code, Datum callback)
{
	((void (*) (void)) DatumGetPointer(callback)) ();
}

static void
at_detach(dsm_segment *detached, Datum callback)
{
	((void (*) (void)) DatumGetPointer(callback)) ();
}

void
fsq_shared_at_end(void (*callback) (void))
{
	(void) fsq_shared();
	if (segment != NULL)
		on_dsm_detach(segment, at_detach, PointerGetDatum(callback));
	else
		on_shmem_exit(at_exit, PointerGetDatum(callback));
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
		fsq_shared_lock(&shared->lock, LW_EXCLUSIVE);
		if (server->generation == copy.generation && !server->dropped)
			drop(server);
		fsq_shared_unlock(&shared->lock);
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
			 errmsg("there is no room for more than %d servers in the shared memory of fraiseql", fsq_shared()->nservers),
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

	fsq_shared_lock(&shared->lock, LW_SHARED);
	server = find(shared, MyDatabaseId, serverid);
	fsq_shared_unlock(&shared->lock);
	for (int swept = 0; server == NULL && swept < 2; swept++)
	{
		if (swept > 0)
			sweep(shared);
		fsq_shared_lock(&shared->lock, LW_EXCLUSIVE);
		server = find(shared, MyDatabaseId, serverid);
		if (server == NULL)
			server = add(shared, MyDatabaseId, serverid);
		fsq_shared_unlock(&shared->lock);
	}
	if (server == NULL)
		server = make_own(serverid);
	*generation = server->generation;
	return server;
}

FsqServer *
fsq_server_find(Oid serverid)
{
	FsqShared  *shared = fsq_shared_attach();
	FsqServer  *server;

	if (shared == NULL)
		return NULL;
	fsq_shared_lock(&shared->lock, LW_SHARED);
	server = find(shared, MyDatabaseId, serverid);
	fsq_shared_unlock(&shared->lock);
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

/*
 * Drop the counts whose databases are not there any more: who dropped them may
 * not have had this library.
 */
static void
sweep_requests(void)
{
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
	{
		Oid			database = memory->requests[i].database;

		if (database == InvalidOid || SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database)))
			continue;
		fsq_shared_lock(&memory->lock, LW_EXCLUSIVE);
		drop_requests(database);
		fsq_shared_unlock(&memory->lock);
	}
}

/* The counts of a database, or for InvalidOid some that are nobody's; NULL: there are none. */
static FsqRequestCounts *
find_requests(Oid database)
{
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
		if (memory->requests[i].database == database)
			return &memory->requests[i];
	return NULL;
}

FsqRequestCounts *
fsq_shared_requests(Oid database)
{
	FsqRequestCounts *counts = NULL;

	(void) fsq_shared_attach();
	if (!is_shared)
		return NULL;
	for (int swept = 0; counts == NULL && swept < 2; swept++)
	{
		if (swept > 0)
			sweep_requests();
		fsq_shared_lock(&memory->lock, LW_EXCLUSIVE);
		counts = find_requests(database);
		if (counts == NULL)
			counts = find_requests(InvalidOid);
		if (counts != NULL)
			counts->database = database;
		fsq_shared_unlock(&memory->lock);
	}
	return counts;
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
	/* at the commit it is too late for that */
	(void) fsq_shared_attach();
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

	fsq_shared_lock(&memory->lock, LW_EXCLUSIVE);
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
	fsq_shared_unlock(&memory->lock);
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
