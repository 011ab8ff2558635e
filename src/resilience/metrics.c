/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  fraiseql.metrics(): the text format of Prometheus, version 0.0.4.
 *
 *	  https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 *	  What a server's samples show was copied once, under its lock, so that they
 *	  belong together: the counts of a histogram, and a counter and the view that
 *	  shows it, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

#include "resilience/guard.h"

PG_FUNCTION_INFO_V1(fsq_metrics);

/* What is known of a server. */
typedef struct Source
{
	const char *label;			/* database="orders_db", with escapes */
	FsqServer	server;
	FsqBreakerPolicy policy;
	int			pool_size;
	int			active;
	int			idle;
} Source;

/* ---- values ---- */

static double
statements_of(const Source *source)
{
	return source->server.statistics.statements;
}

static double
rows_of(const Source *source)
{
	return source->server.statistics.rows;
}

static double
errors_of(const Source *source)
{
	return source->server.statistics.errors;
}

static double
retries_of(const Source *source)
{
	return source->server.statistics.retries;
}

static double
retries_refused_of(const Source *source)
{
	return source->server.statistics.retries_refused;
}

static double
rejected_of(const Source *source)
{
	return source->server.statistics.rejected;
}

static double
fallbacks_of(const Source *source)
{
	return source->server.statistics.fallbacks;
}

/* No limit is no pool that could be exhausted. */
static double
pool_size_of(const Source *source)
{
	return source->pool_size > 0 ? source->pool_size : get_float8_infinity();
}

static double
active_of(const Source *source)
{
	return source->active;
}

static double
idle_of(const Source *source)
{
	return source->idle;
}

static double
waiting_of(const Source *source)
{
	return source->server.pool.waiting;
}

static double
waits_of(const Source *source)
{
	return source->server.pool.waits;
}

static double
timeouts_of(const Source *source)
{
	return source->server.pool.timeouts;
}

static double
breaker_state_of(const Source *source)
{
	return source->policy.enabled ? source->server.breaker.state : FSQ_BREAKER_CLOSED;
}

static double
transitions_of(const Source *source)
{
	return source->server.breaker.transitions;
}

StaticAssertDecl(FSQ_BREAKER_CLOSED == 0 && FSQ_BREAKER_OPEN == 1 && FSQ_BREAKER_HALF_OPEN == 2,
				 "the states are numbers that dashboards know");

#define FEDERATION "fraiseql_federation_"

/* One sample for each server. */
static const struct
{
	const char *name;
	const char *type;
	const char *help;
	double		(*value) (const Source *source);
}			families[] = {
	{FEDERATION "queries_total", "counter",
	"Statements that the database has answered, be it with an error.", statements_of},
	{FEDERATION "rows_total", "counter", "Rows that came.", rows_of},
	{FEDERATION "query_errors_total", "counter",
	"Errors of statements and connections, timeouts included.", errors_of},
	{FEDERATION "retries_total", "counter", "Attempts after the first.", retries_of},
	{FEDERATION "retries_refused_total", "counter",
	"Attempts that were not made for want of budget.", retries_refused_of},
	{FEDERATION "rejected_total", "counter", "Uses that the circuit breaker refused.", rejected_of},
	{FEDERATION "fallbacks_total", "counter",
	"Scans that another relation answered, be it in part.", fallbacks_of},
	{FEDERATION "connection_pool_size", "gauge",
	"Connections that there may be; +Inf: any number.", pool_size_of},
	{FEDERATION "connection_pool_active", "gauge",
	"Connections that run a statement or are being made.", active_of},
	{FEDERATION "connection_pool_idle", "gauge", "Connections that run nothing.", idle_of},
	{FEDERATION "connection_pool_waiting", "gauge", "Sessions that wait for a connection.", waiting_of},
	{FEDERATION "connection_pool_waits_total", "counter",
	"How often a session has had to wait for a connection.", waits_of},
	{FEDERATION "connection_pool_timeouts_total", "counter",
	"How often a session has waited in vain.", timeouts_of},
	{FEDERATION "circuit_breaker_state", "gauge",
	"The circuit breaker: 0 closed (or there is none), 1 open, 2 half-open.", breaker_state_of},
	{FEDERATION "circuit_breaker_transitions_total", "counter",
	"How often its state has changed.", transitions_of}
};

/* ---- the format ---- */

static void
put_family(StringInfo out, const char *name, const char *type, const char *help)
{
	appendStringInfo(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslashes, quotes and line feeds are escaped. */
static char *
label(const char *name, const char *value)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s=\"", name);
	for (; *value != '\0'; value++)
	{
		if (*value == '\n')
			appendStringInfoString(&out, "\\n");
		else
		{
			if (*value == '\\' || *value == '"')
				appendStringInfoChar(&out, '\\');
			appendStringInfoChar(&out, *value);
		}
	}
	appendStringInfoChar(&out, '"');
	return out.data;
}

static void
put_sample(StringInfo out, const char *name, const char *labels, double value)
{
	appendStringInfo(out, "%s{%s} ", name, labels);
	if (isinf(value))
		appendStringInfoString(out, "+Inf\n");
	else
		appendStringInfo(out, "%.15g\n", value);
}

static void
put_histogram(StringInfo out, const char *name, const char *labels, const FsqHistogram *histogram)
{
	int64		n = 0;

	for (int i = 0; i < FSQ_LATENCY_COUNTS; i++)
	{
		n += histogram->counts[i];
		if (i < FSQ_LATENCY_COUNTS - 1)
			appendStringInfo(out, "%s_bucket{%s,le=\"%.15g\"} " INT64_FORMAT "\n", name, labels,
							 fsq_latency_bounds[i] / 1e6, n);
		else
			appendStringInfo(out, "%s_bucket{%s,le=\"+Inf\"} " INT64_FORMAT "\n", name, labels, n);
	}
	appendStringInfo(out, "%s_sum{%s} %.15g\n", name, labels, histogram->sum / 1e6);
	appendStringInfo(out, "%s_count{%s} " INT64_FORMAT "\n", name, labels, n);
}

/* ---- servers ---- */

static void
read_source(Source *source, Oid serverid)
{
	FsqServer  *found = fsq_guard_find(serverid);

	memset(source, 0, sizeof(*source));
	source->label = label("database", GetForeignServer(serverid)->servername);
	source->policy = fsq_guard_rules(serverid);
	source->pool_size = fsq_guard_pool_size(serverid);
	if (found == NULL)
		return;
	if (!fsq_server_read(found, &source->server))
		memset(&source->server, 0, sizeof(source->server));
	fsq_pool_count(serverid, &source->active, &source->idle);
}

static void
put_sources(StringInfo out, const Source *sources, int n)
{
	put_family(out, FEDERATION "query_duration_seconds", "histogram",
			   "Time until the first answer to a statement.");
	for (int i = 0; i < n; i++)
		put_histogram(out, FEDERATION "query_duration_seconds", sources[i].label,
					  &sources[i].server.statistics.latencies);
	for (int f = 0; f < lengthof(families); f++)
	{
		put_family(out, families[f].name, families[f].type, families[f].help);
		for (int i = 0; i < n; i++)
			put_sample(out, families[f].name, sources[i].label, families[f].value(&sources[i]));
	}
	put_family(out, "fraiseql_db_connections", "gauge", "Connections to the database, by what they do.");
	for (int i = 0; i < n; i++)
	{
		put_sample(out, "fraiseql_db_connections",
				   psprintf("%s,state=\"active\"", sources[i].label), sources[i].active);
		put_sample(out, "fraiseql_db_connections",
				   psprintf("%s,state=\"idle\"", sources[i].label), sources[i].idle);
	}
}

/* ---- requests ---- */

static const char *const methods[FSQ_REQUEST_METHODS] = {
	[FSQ_REQUEST_QUERY] = "query",
	[FSQ_REQUEST_MUTATION] = "mutation"
};

static const char *const statuses[FSQ_REQUEST_STATUSES] = {
	[FSQ_REQUEST_SUCCESS] = "success",
	[FSQ_REQUEST_PARTIAL] = "partial",
	[FSQ_REQUEST_ERROR] = "error"
};

static void
put_requests(StringInfo out)
{
	FsqRequestCounts counts;

	fsq_requests_read(&counts);
	put_family(out, "fraiseql_queries_total", "counter",
			   "GraphQL requests, by what came of them; partial: data and errors.");
	for (int m = 0; m < FSQ_REQUEST_METHODS; m++)
		for (int s = 0; s < FSQ_REQUEST_STATUSES; s++)
			put_sample(out, "fraiseql_queries_total",
					   psprintf("method=\"%s\",status=\"%s\"", methods[m], statuses[s]),
					   counts.requests[m][s]);
	put_family(out, "fraiseql_query_duration_seconds", "histogram", "Time that a GraphQL request took.");
	for (int m = 0; m < FSQ_REQUEST_METHODS; m++)
		put_histogram(out, "fraiseql_query_duration_seconds", label("method", methods[m]), &counts.durations[m]);
	put_family(out, "fraiseql_errors_total", "counter", "Errors in responses to GraphQL requests, by their codes.");
	for (int i = 0; i < FSQ_REQUEST_ERRORS && counts.errors[i].code[0] != '\0'; i++)
		put_sample(out, "fraiseql_errors_total", label("error_code", counts.errors[i].code),
				   counts.errors[i].count);
}

/*
 * fraiseql.metrics(servers oid[]): the requests of this database, and these
 * servers
 */
Datum
fsq_metrics(PG_FUNCTION_ARGS)
{
	Datum	   *servers;
	bool	   *nulls;
	int			n;
	Source	   *sources;
	StringInfoData out;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), OIDOID, sizeof(Oid), true, TYPALIGN_INT,
					  &servers, &nulls, &n);
	sources = palloc(sizeof(Source) * Max(n, 1));
	for (int i = 0; i < n; i++)
		read_source(&sources[i], DatumGetObjectId(servers[i]));
	initStringInfo(&out);
	put_requests(&out);
	put_sources(&out, sources, n);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
