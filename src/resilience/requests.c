/*-------------------------------------------------------------------------
 *
 * requests.c
 *	  Counts the requests of a database: see requests.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "resilience/requests.h"

PG_FUNCTION_INFO_V1(fsq_requests_stats_reset);

/* Those of this backend, which stays in its database. */
static FsqRequestCounts *
counts(void)
{
	static FsqRequestCounts *mine = NULL;
	static FsqRequestCounts own;

	if (mine != NULL)
		return mine;
	mine = fsq_shared_requests(MyDatabaseId);
	if (mine == NULL)
	{
		SpinLockInit(&own.mutex);
		mine = &own;
	}
	return mine;
}

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
