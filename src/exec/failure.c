/*-------------------------------------------------------------------------
 *
 * failure.c
 *	  What an error of a statement becomes in the response.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "fraiseql.h"
#include "mb/pg_wchar.h"
#include "resilience/failure.h"
#include "utils/guc.h"

/* The words of extensions.code, by SQLSTATE or by class; the first match counts. */
static const struct
{
	int			sqlstate;
	bool		class;
	const char *code;
}			codes[] = {
	/* what a value of the request makes of a statement that is sound */
	{ERRCODE_INVALID_REGULAR_EXPRESSION, false, FSQ_BAD_USER_INPUT},
	{ERRCODE_INVALID_ESCAPE_SEQUENCE, false, FSQ_BAD_USER_INPUT},
	{ERRCODE_INSUFFICIENT_PRIVILEGE, false, FSQ_FORBIDDEN},
	{ERRCODE_NO_DATA_FOUND, false, FSQ_NOT_FOUND},
	{ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION, true, FSQ_CONSTRAINT_VIOLATION},
	{ERRCODE_LOCK_NOT_AVAILABLE, false, FSQ_CONFLICT},
	{ERRCODE_TRANSACTION_ROLLBACK, true, FSQ_CONFLICT},
	{ERRCODE_FSQ_CIRCUIT_OPEN, false, FSQ_CIRCUIT_BREAKER_OPEN},
	{ERRCODE_CONNECTION_EXCEPTION, true, FSQ_SERVICE_UNAVAILABLE},
	{ERRCODE_INSUFFICIENT_RESOURCES, true, FSQ_SERVICE_UNAVAILABLE},
	{ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, true, FSQ_SERVICE_UNAVAILABLE},
	{ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, false, FSQ_SERVICE_UNAVAILABLE},
	/* a remote server took longer than it may */
	{ERRCODE_FSQ_TIMEOUT, false, FSQ_TIMEOUT},
	{ERRCODE_SYSTEM_ERROR, true, FSQ_SERVICE_UNAVAILABLE},
	{ERRCODE_OPERATOR_INTERVENTION, true, FSQ_SERVICE_UNAVAILABLE},
	{ERRCODE_INTERNAL_ERROR, true, FSQ_INTERNAL_SERVER_ERROR}
};

static const char *
code_of(int sqlstate)
{
	for (int i = 0; i < lengthof(codes); i++)
		if (codes[i].class ?
			ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(codes[i].sqlstate) :
			sqlstate == codes[i].sqlstate)
			return codes[i].code;
	return FSQ_DATABASE_ERROR;
}

/*
 * A shutdown of this server is FATAL and never comes here; what has its
 * SQLSTATE is the shutdown of a remote one.
 */
bool
fsq_failure_propagates(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED;
}

ErrorData *
fsq_failure_late(const FsqFetch *fetch)
{
	ErrorData  *error = palloc0(sizeof(ErrorData));

	error->sqlerrcode = ERRCODE_FSQ_TIMEOUT;
	error->message = psprintf("could not read \"%s\" in the time that the request has",
							  fetch->relation->name);
	error->detail = psprintf("The time is %d ms.", fsq_timeout_setting);
	error->hint = pstrdup("The limit is the setting fraiseql.timeout.");
	return error;
}

ErrorData *
fsq_failure_too_large(void)
{
	ErrorData  *error = palloc0(sizeof(ErrorData));
	bool		largest = fsq_max_result_size == FSQ_MAX_RESULT_SIZE;

	error->sqlerrcode = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
	error->message = psprintf("The response would be larger than %s.", largest ? "1 GB" :
							  GetConfigOptionByName("fraiseql.max_result_size", NULL, false));
	error->hint = pstrdup(largest ? "Ask for less at once, with limit and offset." :
						  "Ask for less at once, with limit and offset, or raise fraiseql.max_result_size.");
	return error;
}

/*
 * What a client is told of a failure where errors are masked; for codes that are
 * not here, the last.  What a value of the request has caused is told in full.
 */
static const struct
{
	const char *code;
	const char *message;		/* NULL: as it is */
}			masks[] = {
	{FSQ_BAD_USER_INPUT, NULL},
	{FSQ_FORBIDDEN, "Permission denied."},
	{FSQ_CONFLICT, "The request was in conflict with another one."},
	{FSQ_TIMEOUT, "A source of the data took too long."},
	{FSQ_CIRCUIT_BREAKER_OPEN, "A source of the data is not available."},
	{FSQ_SERVICE_UNAVAILABLE, "A source of the data is not available."},
	{NULL, "The data could not be read."}
};

/* The message that stands for a failure's own; NULL if that is told. */
static const char *
mask_of(const char *code, int sqlstate)
{
	int			i = 0;

	if (!fsq_mask_errors || sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		return NULL;
	while (masks[i].code && strcmp(masks[i].code, code) != 0)
		i++;
	return masks[i].message;
}

/* Write what the client is not told into the server's log. */
static void
log_masked(const FsqFetch *fetch, const ErrorData *data)
{
	ereport(LOG_SERVER_ONLY,
			(errcode(data->sqlerrcode),
			 errmsg("GraphQL field \"%s.%s\" failed: %s", fetch->parent_type, fetch->field,
					data->message ? data->message : "unknown error"),
			 data->detail ? errdetail("%s", data->detail) : 0,
			 data->hint ? errhint("%s", data->hint) : 0));
}

/* A copy in the encoding of the response's errors. */
static char *
to_utf8(const char *str)
{
	return pg_server_to_any(pstrdup(str), strlen(str), PG_UTF8);
}

/*
 * Add the error of a failed fetch, in the current context.  It is one error,
 * whatever the number of parents, so that its path has no list indexes.
 */
void
fsq_failure_add(FsqErrorList *errors, const FsqFetch *fetch, const ErrorData *data)
{
	const char *code = code_of(data->sqlerrcode);
	const char *mask = mask_of(code, data->sqlerrcode);
	FsqError   *error = fsq_error_at(errors, code, fetch->offset, "%s",
									 mask ? mask : data->message ? to_utf8(data->message) : "unknown error");
	ListCell   *lc;

	foreach(lc, fetch->path)
	{
		FsqPathStep *step = palloc0(sizeof(FsqPathStep));

		step->name = lfirst(lc);
		error->path = lappend(error->path, step);
	}
	if (mask)
	{
		log_masked(fetch, data);
		return;
	}
	error->sqlstate = data->sqlerrcode;
	if (fetch->relation->foreign)
		error->database = to_utf8(fetch->relation->server);
	if (data->detail)
		error->detail = to_utf8(data->detail);
	if (data->hint)
		error->hint = to_utf8(data->hint);
}
