/*-------------------------------------------------------------------------
 *
 * request.h
 *	  A request, from its text to its plan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_EXEC_REQUEST_H
#define FSQ_EXEC_REQUEST_H

#include "fmgr.h"
#include "plan/cache.h"

typedef struct FsqRequest
{
	const char *source;			/* the document; NULL: that of the hash */
	int			length;
	Jsonb	   *variables_json; /* or NULL */
	const char *operation_name; /* or NULL */
	const char *document_hash;	/* SHA-256 of the document, as the client says, or NULL */
	bool		registers;		/* the document is kept under its hash, if it is valid */
	bool		traced;			/* the response has a trace */
	FsqErrorList errors;

	/* what fsq_request_plan() has found, and fsq_request_release() lets go */
	FsqSchema  *schema;
	bool		pinned;
	FsqOperation *operation;
	FsqVariables *variables;
	FsqPlan    *plan;
	FsqPlanView *view;			/* of the plan: what the variables include */
	struct FsqExecution *execution; /* of the plan, or NULL */
} FsqRequest;

/*
 * Read the arguments (query, variables, operation_name) of a SQL function; the
 * query may be null only where the extensions can name a document.
 */
extern void fsq_request_read_arguments(FunctionCallInfo fcinfo, FsqRequest *request,
									   bool may_be_null);
/* Read the request's extensions, in UTF-8; errors are added to the request's. */
extern void fsq_request_read_extensions(FsqRequest *request, Jsonb *extensions);
/*
 * trusted.c: take the document that a hash names, and check whether the
 * document may be answered.  False after adding an error.
 */
extern bool fsq_request_trust(FsqRequest *request);
/* Keep the document of a request that was planned, if that is wanted. */
extern void fsq_request_register(FsqRequest *request);
/* Plan the request; false after adding errors. */
extern bool fsq_request_plan(FsqRequest *request);
/* memory.c: have the process keep what fraiseql.keep_memory says, when it is freed. */
extern void fsq_memory_keep(void);
/*
 * count.c: count a request that began then; ended: it has a response, with data
 * or without.
 */
extern void fsq_request_count(const FsqRequest *request, TimestampTz started, bool ended, bool has_data);
/* To be called in any case, also after an error. */
extern void fsq_request_release(FsqRequest *request);

#endif							/* FSQ_EXEC_REQUEST_H */
