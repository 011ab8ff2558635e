/*-------------------------------------------------------------------------
 *
 * requests.h
 *	  What is counted of the requests of a database.
 *
 *	  Counting raises nothing.  What kinds of errors there are, and what they are
 *	  called, only the caller knows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_REQUESTS_H
#define FSQ_RESILIENCE_REQUESTS_H

#include "postgres.h"

#include "resilience/statistics.h"
#include "storage/spin.h"

typedef enum FsqRequestMethod
{
	FSQ_REQUEST_QUERY,
	FSQ_REQUEST_MUTATION
} FsqRequestMethod;

#define FSQ_REQUEST_METHODS 2

typedef enum FsqRequestStatus
{
	FSQ_REQUEST_SUCCESS,		/* without errors */
	FSQ_REQUEST_PARTIAL,		/* data, and errors */
	FSQ_REQUEST_ERROR			/* errors alone */
} FsqRequestStatus;

#define FSQ_REQUEST_STATUSES 3

#define FSQ_REQUEST_ERRORS 16

typedef struct FsqRequestCounts
{
	slock_t		mutex;
	Oid			database;		/* InvalidOid: nobody's */
	int64		requests[FSQ_REQUEST_METHODS][FSQ_REQUEST_STATUSES];
	FsqHistogram durations[FSQ_REQUEST_METHODS];
	struct
	{
		char		code[32];	/* "": none */
		int64		count;
	}			errors[FSQ_REQUEST_ERRORS];
} FsqRequestCounts;

/* Databases that have a place; the sessions of any more count each for itself. */
#define FSQ_REQUEST_DATABASES 64

/* A request begins: from now on, counting needs nothing that could fail. */
extern void fsq_requests_start(void);

/* A request is over. */
extern void fsq_requests_count(FsqRequestMethod method, FsqRequestStatus status, int64 microseconds);
/* One of its errors. */
extern void fsq_requests_count_error(const char *code);

/* A copy of this database's counts. */
extern void fsq_requests_read(FsqRequestCounts *copy);
/* Begin anew. */
extern void fsq_requests_reset(void);

/* Forget those of a database that is gone. */
struct FsqShared;
extern void fsq_requests_drop(struct FsqShared *shared, Oid database);

#endif							/* FSQ_RESILIENCE_REQUESTS_H */
