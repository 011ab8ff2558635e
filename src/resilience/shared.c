/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  The shared memory of the guard: where it is, and what is in it at first.
 *
 *	  It is the server's where the library is preloaded; else a segment that the
 *	  first session which needs it makes, where PostgreSQL has such; else the
 *	  backend's own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

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

void
fsq_shared_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_shmem_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}
