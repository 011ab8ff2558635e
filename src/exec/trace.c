/*-------------------------------------------------------------------------
 *
 * trace.c
 *	  What a request has sent where, and when (fraiseql.trace).
 *
 *	  A route is one remote statement, or the statement of a fetch that reads
 *	  the hub's own tables.  All times are measured: when it was sent, and how
 *	  long it took until its last row was read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "exec/exec.h"
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
}

static void
write_route(Writer *w, const FsqFetch *fetch, const FsqRun *run, const FsqRoute *route)
{
	begin_route(w, fetch);
	append_string(w->out, "query", route->sql);
	append_string(w->out, "database", route->server);
	appendStringInfo(w->out, ",\"rows\":" INT64_FORMAT, route->rows);
	if (route->sent != 0)
	{
		append_milliseconds(w->out, "started_ms", w->execution->started, route->sent);
		append_milliseconds(w->out, "time_ms", route->sent, route->finished ? route->finished : run->finished);
	}
	else
		appendStringInfoString(w->out, ",\"started_ms\":null,\"time_ms\":null");
	appendStringInfo(w->out, ",\"cached\":%s,\"attempts\":%d}", run->planned ? "false" : "true",
					 route->attempts);
}

/* A run that has sent nothing itself: the hub's own tables, or another wrapper. */
static void
write_local(Writer *w, const FsqFetch *fetch, const FsqRun *run)
{
	begin_route(w, fetch);
	append_string(w->out, "query", fetch->sql);
	append_string(w->out, "database", fetch->relation->foreign ? fetch->relation->server :
				  get_database_name(MyDatabaseId));
	appendStringInfo(w->out, ",\"rows\":%d", run->nrows);
	append_milliseconds(w->out, "started_ms", w->execution->started, run->started);
	append_milliseconds(w->out, "time_ms", run->started, run->finished);
	appendStringInfo(w->out, ",\"cached\":%s,\"attempts\":1}", run->planned ? "false" : "true");
}

static void
write_fetch(Writer *w, FsqFetchState *state)
{
	for (int i = 0; i < state->nruns; i++)
	{
		FsqRun	   *run = &state->runs[i];
		List	   *routes = run->ahead ? fsq_prefetch_routes(run->ahead) : NIL;
		ListCell   *lc;

		if (routes == NIL && run->started != 0)
			write_local(w, state->fetch, run);
		foreach(lc, routes)
			write_route(w, state->fetch, run, lfirst(lc));
	}
}

void
fsq_trace_write(FsqExecution *execution, const char *query, StringInfo out)
{
	Writer		w = {.execution = execution, .out = out, .first = true};

	appendStringInfoString(out, "{\"trace\":{\"query\":");
	fsq_json_string(out, query, strlen(query));
	appendStringInfoString(out, ",\"routes\":[");
	for (int i = 0; i < execution->plan->nfetches; i++)
		write_fetch(&w, &execution->states[i]);
	appendStringInfoString(out, "]}}");
}
