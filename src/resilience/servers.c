/*-------------------------------------------------------------------------
 *
 * servers.c
 *	  The table of servers in the shared memory, and who leaves it.
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
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "resilience/server.h"
#include "resilience/statements.h"

static object_access_hook_type next_object_access = NULL;

/* Dropped by this transaction, if it commits; in TopMemoryContext. */
static List *dropped_servers = NIL;		/* of Oid */
static List *dropped_databases = NIL;

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
drop_entries(FsqShared *shared)
{
	ListCell   *lc;

	foreach(lc, dropped_databases)
		fsq_requests_drop(shared, lfirst_oid(lc));
	fsq_shared_lock(&shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < shared->nservers; i++)
	{
		FsqServer  *server = &shared->servers[i];

		if (server->database != InvalidOid && !server->dropped &&
			(list_member_oid(dropped_databases, server->database) ||
			 (server->database == MyDatabaseId && list_member_oid(dropped_servers, server->server))))
			drop(server);
	}
	fsq_shared_unlock(&shared->lock);
}

static void
transaction_callback(XactEvent event, void *arg)
{
	FsqShared  *shared;

	if (dropped_servers == NIL && dropped_databases == NIL)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			dropped_servers = really_dropped(dropped_servers, FOREIGNSERVEROID);
			dropped_databases = really_dropped(dropped_databases, DATABASEOID);
			break;
		case XACT_EVENT_COMMIT:
			/* it is there already, or cannot be had */
			shared = fsq_shared_attach();
			if (shared != NULL)
				drop_entries(shared);
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
fsq_servers_init(void)
{
	next_object_access = object_access_hook;
	object_access_hook = object_access;
	RegisterXactCallback(transaction_callback, NULL);
}
