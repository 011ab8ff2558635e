/*-------------------------------------------------------------------------
 *
 * request.c
 *	  fraiseql.graphql(): from the text of a document to the JSON of a
 *	  response.
 *
 *	  What is wrong with a document, its variables or a fetch is in the
 *	  response's errors; the function raises only what must stop the caller's
 *	  statement, such as a cancel.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "exec/request.h"
#include "fmgr.h"
#include "fraiseql.h"
#include "graphql/sql.h"
#include "graphql/validate.h"
#include "miscadmin.h"
#include "resilience/requests.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(fsq_graphql);
PG_FUNCTION_INFO_V1(fsq_validate_document);

void
fsq_request_read_arguments(FunctionCallInfo fcinfo, FsqRequest *request, bool may_be_null)
{
	memset(request, 0, sizeof(FsqRequest));
	if (!PG_ARGISNULL(0))
	{
		request->source = fsq_text_argument(PG_GETARG_TEXT_PP(0));
		request->length = strlen(request->source);
	}
	else if (!may_be_null)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query must not be null")));
	if (PG_NARGS() > 1 && !PG_ARGISNULL(1))
		request->variables_json = fsq_jsonb_argument(PG_GETARG_JSONB_P(1));
	/* null variables are none, as in a request over HTTP */
	if (request->variables_json && JB_ROOT_IS_SCALAR(request->variables_json))
	{
		JsonbValue	value;

		if (JsonbExtractScalar(&request->variables_json->root, &value) && value.type == jbvNull)
			request->variables_json = NULL;
	}
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
		request->operation_name = fsq_text_argument(PG_GETARG_TEXT_PP(2));
	fsq_errors_init(&request->errors, request->source, request->length);
}

bool
fsq_request_plan(FsqRequest *request)
{
	request->schema = fsq_schema_current();
	fsq_schema_pin(request->schema);
	request->pinned = true;
	request->operation = fsq_operation_get(request->schema, request->source, request->length,
										   request->operation_name, &request->errors);
	if (request->operation == NULL)
		return false;
	request->variables = fsq_coerce_variables(request->schema, request->operation->node,
											  request->variables_json, &request->errors);
	if (request->variables == NULL)
		return false;
	request->plan = fsq_operation_plan(request->operation, request->variables, &request->errors);
	if (request->plan == NULL)
		return false;
	request->view = fsq_plan_view(request->plan, request->variables);
	return true;
}

void
fsq_request_release(FsqRequest *request)
{
	if (request->execution)
		fsq_execute_end(request->execution);
	request->execution = NULL;
	if (request->view)
		fsq_plan_view_release(request->plan, request->view);
	request->view = NULL;
	if (request->plan)
		fsq_plan_release(request->plan);
	if (request->operation)
		fsq_operation_release(request->operation);
	if (request->pinned)
		fsq_schema_unpin(request->schema);
	request->plan = NULL;
	request->operation = NULL;
	request->pinned = false;
}

/* Add the errors of the fetches whose data is missing, in the order of the request. */
static void
add_failures(FsqExecution *execution)
{
	FsqErrorList *errors = execution->errors;
	List	   *others = errors->errors;

	errors->errors = NIL;
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		FsqFetchState *state = &execution->states[i];

		if (state->status == FSQ_FETCH_FAILED && state->shown)
			fsq_failure_add(errors, state->culprit ? state->culprit : state->fetch, state->error);
	}
	errors->errors = list_concat(errors->errors, others);
}

/* Whether a request costs no more than is allowed; adds an error if not. */
static bool
check_cost(FsqExecution *execution)
{
	FsqCost		cost;
	FsqError   *error;

	if (fsq_max_cost == 0)
		return true;
	fsq_plan_cost(execution->plan, execution->view, execution->values,
				  execution->entities, &cost);
	if (cost.rows <= fsq_max_cost)
		return true;
	error = fsq_error_at(execution->errors, FSQ_BAD_USER_INPUT, cost.dearest->offset,
						 "The request is expected to read %.0f rows, where fraiseql.max_cost allows %d; \"%s\" has %.0f of them.",
						 cost.rows, fsq_max_cost, fsq_fetch_path(cost.dearest), cost.dearest_rows);
	error->hint = "Ask for less at once, with limit and where.";
	return false;
}

/* Append the response to a request that was planned. */
static void
respond(FsqRequest *request, StringInfo out)
{
	FsqExecution *execution = palloc0(sizeof(FsqExecution));
	int			start = out->len;

	execution->plan = request->plan;
	execution->errors = &request->errors;
	execution->context = CurrentMemoryContext;
	execution->traced = request->traced;
	execution->view = request->view;
	execution->values = fsq_plan_values(request->plan, request->view, request->variables,
										&request->errors);
	if (execution->values == NULL)
		return;
	if (!fsq_entity_values(request->plan, request->view, request->variables, &request->errors,
						   &execution->entities) ||
		!check_cost(execution))
		return;
	execution->snapshot = GetActiveSnapshot();
	request->execution = execution;
	fsq_execute(execution);
	appendStringInfoString(out, "{\"data\":");
	if (execution->too_large == NULL)
		fsq_write_data(execution, out);
	fsq_text_end(execution);
	if (execution->too_large == NULL)
	{
		add_failures(execution);
		return;
	}
	out->len = start;
	appendStringInfoString(out, "{\"data\":null");
	request->errors.errors = NIL;
	fsq_failure_add(&request->errors, execution->too_large, fsq_failure_too_large());
}

/* Append a member whose value is in UTF-8. */
static void
append_member(StringInfo out, bool first, const char *name, const StringInfo value)
{
	appendStringInfo(out, "%s\"%s\":%s", first ? "{" : ",", name,
					 fsq_text_to_server(value->data, value->len));
}

/* Append "extensions", if there is anything to tell. */
static void
finish_extensions(FsqRequest *request, StringInfo out)
{
	bool		fell_back = request->execution && fsq_execution_fell_back(request->execution);
	StringInfoData text;

	if (!request->traced && !fell_back)
		return;
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	if (request->traced)
		fsq_trace_write(request->execution, request->source, &text);
	if (request->traced && fell_back)
		appendStringInfoChar(&text, ',');
	if (fell_back)
		fsq_fallbacks_write(request->execution, &text);
	appendStringInfoChar(&text, '}');
	append_member(out, false, "extensions", &text);
}

/* Append "errors" and "extensions" to what was written, and end the response. */
static void
finish(FsqRequest *request, StringInfo out, bool has_data)
{
	StringInfoData text;

	if (request->errors.errors != NIL)
	{
		initStringInfo(&text);
		fsq_errors_write(&text, &request->errors);
		append_member(out, !has_data, "errors", &text);
	}
	finish_extensions(request, out);
	appendStringInfoChar(out, '}');
}

/* An empty text datum that grows as a StringInfo. */
static void
begin_text(StringInfo out)
{
	initStringInfo(out);
	out->len = VARHDRSZ;
}

/*
 * graphql(query text, variables jsonb, operation_name text, extensions jsonb)
 * returns json
 */
Datum
fsq_graphql(PG_FUNCTION_ARGS)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql request",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	TimestampTz started = GetCurrentTimestamp();
	volatile bool ended = false;
	volatile bool has_data = false;
	FsqRequest	request;
	StringInfoData out;

	fsq_memory_keep();
	fsq_requests_start();
	fsq_request_read_arguments(fcinfo, &request, true);
	request.traced = fsq_trace;
	if (!PG_ARGISNULL(3))
		fsq_request_read_extensions(&request, fsq_jsonb_argument(PG_GETARG_JSONB_P(3)));
	MemoryContextSwitchTo(old);
	begin_text(&out);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		if (request.errors.errors == NIL && fsq_request_trust(&request))
		{
			bool		planned = fsq_request_plan(&request);

			fsq_request_register(&request);
			if (planned)
				respond(&request, &out);
		}
		has_data = out.len > VARHDRSZ;
		finish(&request, &out, has_data);
		ended = true;
	}
	PG_FINALLY();
	{
		fsq_request_count(&request, started, ended, has_data);
		fsq_request_release(&request);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	SET_VARSIZE(out.data, out.len);
	PG_RETURN_POINTER(out.data);
}

/* Check a document, and the variables of its only operation. */
static void
validate_request(FsqRequest *request)
{
	FsqDocument *document;
	FsqOperationNode *operation = NULL;
	int			noperations = 0;
	ListCell   *lc;

	request->schema = fsq_schema_current();
	fsq_schema_pin(request->schema);
	request->pinned = true;
	document = fsq_schema_parse(request->source, request->length, &request->errors);
	if (document == NULL || !fsq_schema_validate(request->schema, document, &request->errors) ||
		request->variables_json == NULL)
		return;
	foreach(lc, document->definitions)
	{
		if (((FsqNode *) lfirst(lc))->kind != FSQ_NODE_OPERATION)
			continue;
		operation = lfirst(lc);
		noperations++;
	}
	if (noperations == 1)
		(void) fsq_coerce_variables(request->schema, operation, request->variables_json,
									&request->errors);
}

/*
 * validate(query text, variables jsonb) returns jsonb: the errors of a document
 * against the schema of this moment, as an array; with variables, also theirs
 * if the document has one operation.
 */
Datum
fsq_validate_document(PG_FUNCTION_ARGS)
{
	FsqRequest	request;

	fsq_request_read_arguments(fcinfo, &request, false);
	PG_TRY();
	{
		validate_request(&request);
	}
	PG_FINALLY();
	{
		fsq_request_release(&request);
	}
	PG_END_TRY();
	return fsq_errors_datum(&request.errors);
}
