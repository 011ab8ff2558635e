/*-------------------------------------------------------------------------
 *
 * trace.c
 *	  What a request has sent where, and when (fraiseql.trace, or the request's
 *	  own extensions).
 *
 *	  A route is one remote statement, or the statement of a fetch that reads
 *	  the hub's own tables.  All times are measured: when it was sent, and how
 *	  long it took until its last row was read.  A statement that has failed is
 *	  there with its error, also if nothing could be sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "exec/exec.h"
#include "fraiseql.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* The routes being written. */
typedef struct Writer
{
	FsqExecution *execution;
	StringInfo	out;
	bool		first;
} Writer;

static void
append_string(StringInfo out, const char *name, const char *text)
{
	char	   *utf8 = pg_server_to_any(pstrdup(text), strlen(text), PG_UTF8);

	appendStringInfo(out, ",\"%s\":", name);
	fsq_json_string(out, utf8, strlen(utf8));
}

static void
append_milliseconds(StringInfo out, const char *name, TimestampTz from, TimestampTz to)
{
	appendStringInfo(out, ",\"%s\":%.3f", name, (to - from) / 1000.0);
}

/* Begin a route with the path of its fetch. */
static void
begin_route(Writer *w, const FsqFetch *fetch)
{
	ListCell   *lc;

	appendStringInfoString(w->out, w->first ? "{\"path\":[" : ",{\"path\":[");
	w->first = false;
	foreach(lc, fetch->path)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(w->out, ',');
		fsq_json_string(w->out, lfirst(lc), strlen(lfirst(lc)));
	}
	appendStringInfoChar(w->out, ']');
	if (fetch->reason)
		append_string(w->out, "reason", psprintf("%s of %s", fsq_fetch_finds(fetch), fetch->reason));
}

/* What a failed statement's error was; the response's errors say more. */
static void
append_error(StringInfo out, const ErrorData *error)
{
	appendStringInfoString(out, ",\"error\":{\"sqlstate\":");
	fsq_json_string(out, unpack_sql_state(error->sqlerrcode), 5);
	if (!fsq_mask_errors)
		append_string(out, "message", error->message ? error->message : "unknown error");
	appendStringInfoChar(out, '}');
}

/* When a statement began and how long it took; null for one that was never sent. */
static void
append_times(Writer *w, TimestampTz started, TimestampTz finished)
{
	if (started != 0)
		append_milliseconds(w->out, "started_ms", w->execution->started, started);
	else
		appendStringInfoString(w->out, ",\"started_ms\":null");
	if (started != 0 && finished != 0)
		append_milliseconds(w->out, "time_ms", started, finished);
	else
		appendStringInfoString(w->out, ",\"time_ms\":null");
}

/* End a route: whether its plan was there already, how often it was sent, and its error. */
static void
end_route(Writer *w, bool cached, int attempts, const ErrorData *error)
{
	appendStringInfo(w->out, ",\"cached\":%s,\"attempts\":%d", cached ? "true" : "false", attempts);
	if (error)
		append_error(w->out, error);
	appendStringInfoChar(w->out, '}');
}

/* One remote statement. */
static void
write_route(Writer *w, const FsqFetch *fetch, const FsqRun *run, const FsqRoute *route,
			const ErrorData *error)
{
	begin_route(w, fetch);
	append_string(w->out, "query", route->sql);
	append_string(w->out, "database", route->server);
	appendStringInfo(w->out, ",\"rows\":" INT64_FORMAT, route->rows);
	append_times(w, route->sent, route->finished ? route->finished : run->finished);
	end_route(w, !run->planned, route->attempts, error);
}

/*
 * The statement of a fetch that has sent nothing itself: it reads the hub's own
 * tables, or another wrapper's, or has failed before (run may then be NULL).
 */
static void
write_statement(Writer *w, const FsqFetchState *state, const FsqRun *run, const ErrorData *error)
{
	const FsqFetch *fetch = state->fetch;
	bool		begun = run != NULL && run->started != 0;

	begin_route(w, fetch);
	append_string(w->out, "query", state->select->sql);
	append_string(w->out, "database", fetch->relation->foreign ? fetch->relation->server :
				  get_database_name(MyDatabaseId));
	appendStringInfo(w->out, ",\"rows\":%d", begun ? run->nrows : 0);
	append_times(w, begun ? run->started : 0, begun ? run->finished : 0);
	end_route(w, begun && !run->planned, begun ? 1 : 0, error);
}

/*
 * One execution of a fetch's statement.  Of several remote statements it is not
 * known which one the error is of: it is then told apart.
 */
static void
write_run(Writer *w, const FsqFetchState *state, const FsqRun *run, const ErrorData *error)
{
	List	   *routes = run->ahead ? fsq_prefetch_routes(run->ahead) : NIL;
	ListCell   *lc;

	foreach(lc, routes)
		write_route(w, state->fetch, run, lfirst(lc), list_length(routes) == 1 ? error : NULL);
	if (routes == NIL ? (run->started != 0 || error) : (list_length(routes) > 1 && error))
		write_statement(w, state, run, error);
}

/* Whether anything of a run was to be sent. */
static bool
has_routes(const FsqRun *run)
{
	return run->ahead != NULL && fsq_prefetch_routes(run->ahead) != NIL;
}

/* A fallback that was used: the query over it, and what it answered for. */
static void
write_fallback(Writer *w, const FsqFetch *fetch, const FsqFallbackUse *use)
{
	begin_route(w, fetch);
	append_string(w->out, "query", use->sql ? use->sql : "");
	append_string(w->out, "database", get_database_name(MyDatabaseId));
	append_string(w->out, "fallback", use->fallback);
	append_string(w->out, "of", use->server);
	append_string(w->out, "because", use->reason);
	appendStringInfo(w->out, ",\"rows\":" INT64_FORMAT, use->rows);
	append_times(w, use->started, use->finished);
	end_route(w, false, 1, NULL);
}

/* A fetch: its runs, or that it has failed before there were any. */
static void
write_fetch(Writer *w, FsqFetchState *state)
{
	bool		failed = state->status == FSQ_FETCH_FAILED;
	bool		ran = false;	/* the error is one of a run */
	bool		told = false;
	ListCell   *lc;

	for (int i = 0; i < state->nruns; i++)
		ran |= state->runs[i].failed;
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];
		/* if no run has failed, those that were sent and did not come to their turn have */
		bool		of_run = failed &&
			(run->failed || (!ran && run->finished == 0 && has_routes(run)));

		write_run(w, state, run, of_run ? state->error : NULL);
		told |= of_run;
	}
	if (failed && !told)
		write_statement(w, state, NULL, state->error);
	foreach(lc, state->fallbacks.uses)
		write_fallback(w, state->fetch, lfirst(lc));
}

void
fsq_trace_write(FsqExecution *execution, const char *query, StringInfo out)
{
	Writer		w = {.execution = execution, .out = out, .first = true};

	appendStringInfoString(out, "\"trace\":{\"query\":");
	fsq_json_string(out, query, strlen(query));
	appendStringInfoString(out, ",\"routes\":[");
	for (int i = 0; execution != NULL && i < execution->plan->nfetches; i++)
		write_fetch(&w, &execution->states[i]);
	appendStringInfoString(out, "]}");
}
