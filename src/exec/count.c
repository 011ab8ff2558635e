/*-------------------------------------------------------------------------
 *
 * count.c
 *	  Counts requests, for fraiseql.metrics().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/request.h"
#include "resilience/requests.h"

/* What is counted of a request that was ended before it had a response: a cancel, an error. */
#define ABORTED "ABORTED"

void
fsq_request_count(const FsqRequest *request, TimestampTz started, bool ended, bool has_data)
{
	FsqRequestMethod method = FSQ_REQUEST_QUERY;
	FsqRequestStatus status = FSQ_REQUEST_SUCCESS;
	ListCell   *lc;

	if (request->operation != NULL && request->operation->node->operation == FSQ_MUTATION)
		method = FSQ_REQUEST_MUTATION;
	if (!ended || request->errors.errors != NIL)
		status = ended && has_data ? FSQ_REQUEST_PARTIAL : FSQ_REQUEST_ERROR;
	if (!ended)
		fsq_requests_count_error(ABORTED);
	else
	{
		foreach(lc, request->errors.errors)
			fsq_requests_count_error(((FsqError *) lfirst(lc))->code);
	}
	fsq_requests_count(method, status, GetCurrentTimestamp() - started);
}
