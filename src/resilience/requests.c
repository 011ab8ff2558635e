/*-------------------------------------------------------------------------
 *
 * requests.c
 *	  Counts the requests of a database: see requests.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/syscache.h"

#include "resilience/server.h"

PG_FUNCTION_INFO_V1(fsq_requests_stats_reset);

/* ---- places in the shared memory ---- */

void
fsq_requests_drop(FsqShared *shared, Oid database)
{
	fsq_shared_lock(&shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
	{
		FsqRequestCounts *counts = &shared->requests[i];

		if (counts->database == database)
			memset((char *) counts + offsetof(FsqRequestCounts, database), 0,
				   sizeof(FsqRequestCounts) - offsetof(FsqRequestCounts, database));
	}
	fsq_shared_unlock(&shared->lock);
}

/*
 * Forget those whose databases are not there any more: who dropped them may not
 * have had this library.
 */
static void
sweep(FsqShared *shared)
{
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
	{
		Oid			database = shared->requests[i].database;

		if (OidIsValid(database) && !SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database)))
			fsq_requests_drop(shared, database);
	}
}

/* Those of a database, or for InvalidOid some that are nobody's; NULL: there are none. */
static FsqRequestCounts *
find(FsqShared *shared, Oid database)
{
	for (int i = 0; i < FSQ_REQUEST_DATABASES; i++)
		if (shared->requests[i].database == database)
			return &shared->requests[i];
	return NULL;
}

/* Those of this database, made if need be; NULL: there is no room. */
static FsqRequestCounts *
get(FsqShared *shared)
{
	FsqRequestCounts *counts = NULL;

	for (int swept = 0; counts == NULL && swept < 2; swept++)
	{
		if (swept > 0)
			sweep(shared);
		fsq_shared_lock(&shared->lock, LW_EXCLUSIVE);
		counts = find(shared, MyDatabaseId);
		if (counts == NULL)
			counts = find(shared, InvalidOid);
		if (counts != NULL)
			counts->database = MyDatabaseId;
		fsq_shared_unlock(&shared->lock);
	}
	return counts;
}

/* Those of this backend, which stays in its database. */
static FsqRequestCounts *
counts(void)
{
	static FsqRequestCounts *mine = NULL;
	static FsqRequestCounts own;
	FsqShared  *shared;

	if (mine != NULL)
		return mine;
	shared = fsq_shared_attach();
	if (shared != NULL)
		mine = get(shared);
	if (mine == NULL)
	{
		SpinLockInit(&own.mutex);
		mine = &own;
	}
	return mine;
}

/* ---- counting ---- */

void
fsq_requests_start(void)
{
	(void) counts();
}

void
fsq_requests_count(FsqRequestMethod method, FsqRequestStatus status, int64 microseconds)
{
	FsqRequestCounts *c = counts();

	SpinLockAcquire(&c->mutex);
	c->requests[method][status]++;
	fsq_histogram_add(&c->durations[method], microseconds);
	SpinLockRelease(&c->mutex);
}

void
fsq_requests_count_error(const char *code)
{
	FsqRequestCounts *c = counts();

	SpinLockAcquire(&c->mutex);
	for (int i = 0; i < FSQ_REQUEST_ERRORS; i++)
	{
		if (c->errors[i].code[0] == '\0')
			strlcpy(c->errors[i].code, code, sizeof(c->errors[i].code));
		if (strcmp(c->errors[i].code, code) == 0)
		{
			c->errors[i].count++;
			break;
		}
	}
	SpinLockRelease(&c->mutex);
}

void
fsq_requests_read(FsqRequestCounts *copy)
{
	FsqRequestCounts *c = counts();

	SpinLockAcquire(&c->mutex);
	memcpy(copy, c, sizeof(*copy));
	SpinLockRelease(&c->mutex);
}

void
fsq_requests_reset(void)
{
	FsqRequestCounts *c = counts();

	SpinLockAcquire(&c->mutex);
	memset(c->requests, 0, sizeof(c->requests));
	memset(c->durations, 0, sizeof(c->durations));
	memset(c->errors, 0, sizeof(c->errors));
	SpinLockRelease(&c->mutex);
}

/*
 * fraiseql.request_stats_reset(); the privilege to execute it is the one that is
 * needed
 */
Datum
fsq_requests_stats_reset(PG_FUNCTION_ARGS)
{
	fsq_requests_reset();
	PG_RETURN_VOID();
}
