/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  fraiseql.explain(): the fetch tree of a request, with when each fetch
 *	  begins, its SQL, what its foreign scans send, and what is expected of it.
 *
 *	  Nothing is executed.  Remote SQL and costs are those of the plan that
 *	  PostgreSQL makes without knowing the keys (ten, it then thinks).  How many
 *	  keys and rows there may be follows from the rows of the parents.  A
 *	  statement that cannot be planned, as its source is away, says so in its
 *	  place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "commands/explain.h"
#include "compat.h"
#include "exec/explain.h"
#include "exec/request.h"
#include "foreign/foreign.h"
#include "fraiseql.h"
#include "graphql/sql.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "subtransaction.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(fsq_explain);

/* Raise the first error of a request, as it is not executed. */
static void
raise_errors(FsqErrorList *errors)
{
	FsqError   *error = linitial(errors->errors);
	FsqLocation *location = error->locations ? linitial(error->locations) : NULL;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", fsq_text_to_server(error->message, strlen(error->message))),
			 location ? errdetail("Line %d, column %d of the query.",
								  location->line, location->column) : 0,
			 error->hint ? errhint("%s", fsq_text_to_server(error->hint, strlen(error->hint))) : 0));
}

/*
 * The parameters of a statement that has keys of filters over other databases:
 * it asks for all that matches, and few keys are found.  Everything else has no
 * value that the planner may use.
 */
static ParamListInfo
unknown_params(const FsqFetch *fetch)
{
	ParamListInfo params = makeParamList(fetch->nparams);

	for (int i = 0; i < fetch->nparams; i++)
	{
		const FsqPlanParam *param = &fetch->params[i];
		bool		optional = param->source == FSQ_PARAM_KEYS && fetch->parent->kind == FSQ_KIND_CANDIDATES;

		params->params[i].ptype = param->type;
		params->params[i].isnull = true;
		params->params[i].pflags = optional || param->when == FSQ_FOUND_MANY ? PARAM_FLAG_CONST : 0;
	}
	return params;
}

/* ---- the plan of a statement ---- */

/* Keep the lines of a plan's text that say what is sent to a remote server. */
static List *
remote_sql_lines(const char *plan)
{
	static const char label[] = "Remote SQL: ";
	List	   *result = NIL;
	const char *line = plan;

	while (line && *line)
	{
		const char *end = strchr(line, '\n');

		line += strspn(line, " ");
		if (strncmp(line, label, strlen(label)) == 0)
		{
			line += strlen(label);
			result = lappend(result, end ? pnstrdup(line, end - line) : pstrdup(line));
		}
		line = end ? end + 1 : NULL;
	}
	return result;
}

/* Add the servers of a plan's foreign scans. */
static void
add_servers(FsqExplainedFetch *e, Plan *plan)
{
	List	   *children = NIL;
	ListCell   *lc;

	if (plan == NULL)
		return;
	check_stack_depth();
	if (IsA(plan, ForeignScan))
	{
		char	   *name = GetForeignServer(((ForeignScan *) plan)->fs_server)->servername;

		foreach(lc, e->servers)
			if (strcmp(lfirst(lc), name) == 0)
				break;
		if (lc == NULL)
			e->servers = lappend(e->servers, name);
	}
	else if (IsA(plan, SubqueryScan))
		add_servers(e, ((SubqueryScan *) plan)->subplan);
	else if (IsA(plan, Append))
		children = ((Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		children = ((MergeAppend *) plan)->mergeplans;
	foreach(lc, children)
		add_servers(e, lfirst(lc));
	add_servers(e, plan->lefttree);
	add_servers(e, plan->righttree);
}

/* Take the figures of a plan. */
static void
take_costs(FsqExplainedFetch *e, const CachedPlan *cached)
{
	const Plan *plan = linitial_node(PlannedStmt, cached->stmt_list)->planTree;

	e->startup_cost = plan->startup_cost;
	e->total_cost = plan->total_cost;
	e->plan_rows = plan->plan_rows;
	e->width = plan->plan_width;
}

/* The values of a statement that asks for no keys. */
static ParamListInfo
known_params(const FsqExplained *explained, const FsqFetch *fetch)
{
	ParamListInfo params = makeParamList(fetch->nparams);

	for (int i = 0; i < fetch->nparams; i++)
	{
		params->params[i].ptype = fetch->params[i].type;
		params->params[i].value = explained->execution->values[fetch->number][i];
		params->params[i].isnull = false;
		params->params[i].pflags = PARAM_FLAG_CONST;
	}
	return params;
}

/* Whether a fetch has keys of filters over other databases in its statement, or finds some. */
static bool
is_lookup(const FsqFetch *fetch)
{
	return fetch->kind != FSQ_KIND_FIELD || fetch->inputs != NIL;
}

typedef struct PlanStep
{
	FsqExplained *explained;
	FsqExplainedFetch *fetch;
} PlanStep;

/* Plan the statement of a fetch (of a PlanStep), which may raise an error. */
static void
explain_statement(void *arg)
{
	FsqExplained *explained = ((PlanStep *) arg)->explained;
	FsqExplainedFetch *e = ((PlanStep *) arg)->fetch;
	FsqFetch   *fetch = e->fetch;
	FsqSelect  *select = e->view->select;
	CachedPlanSource *source = fsq_fetch_statement(fetch, select, explained->execution->plan->context);
	ExplainState *es = NewExplainState();
	ParamListInfo params = NULL;
	CachedPlan *cached;
	PlannedStmt *planned;
	ListCell   *lc;

	if (is_lookup(fetch))
	{
		params = unknown_params(fetch);
		source->cursor_options = fetch->cursor_options;
	}
	else
		source->cursor_options = (fetch->cursor_options & ~CURSOR_OPT_CUSTOM_PLAN) |
			CURSOR_OPT_GENERIC_PLAN;
	cached = fsq_fetch_plan(fetch, source, params, CurrentResourceOwner);
	planned = linitial_node(PlannedStmt, cached->stmt_list);
	es->verbose = true;
	es->costs = false;
	ExplainBeginOutput(es);
	fsq_explain_plan(planned, es, select->text, params);
	ExplainEndOutput(es);
	e->remote_sql = remote_sql_lines(es->str->data);
	add_servers(e, planned->planTree);
	foreach(lc, planned->subplans)
		add_servers(e, lfirst(lc));
	take_costs(e, cached);
	ReleaseCachedPlan(cached, CurrentResourceOwner);

	/* where all values are known, so are better figures */
	if (explained->costs && fetch->nkeys == 0 && fetch->nparams > 0 && !is_lookup(fetch))
	{
		source->cursor_options = (fetch->cursor_options & ~CURSOR_OPT_GENERIC_PLAN) |
			CURSOR_OPT_CUSTOM_PLAN;
		cached = fsq_fetch_plan(fetch, source, known_params(explained, fetch), CurrentResourceOwner);
		take_costs(e, cached);
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	}
}

/*
 * The same in a subtransaction of its own; if it cannot be planned, its error
 * says why.
 */
static void
try_explain_statement(FsqExplained *explained, FsqExplainedFetch *e)
{
	PlanStep	step = {.explained = explained,.fetch = e};
	ErrorData  *error = fsq_subtransaction_try(explain_statement, &step);

	if (error == NULL)
		return;
	if (fsq_failure_propagates(error))
		ReThrowError(error);
	e->error = error->message ? error->message : "unknown error";
}

/* ---- when it begins ---- */

/*
 * The fetch that runs before another, or before what that needs, when one runs
 * after the other; NULL: none.
 */
static const FsqFetch *
fetch_before(const FsqExplained *explained, const FsqFetch *fetch, bool needs)
{
	if (needs && fetch->inputs != NIL)
		return llast(fetch->inputs);
	if (fetch->consumer)
	{
		const FsqFetch *before = NULL;
		ListCell   *lc;

		foreach(lc, fetch->consumer->inputs)
		{
			if (lfirst(lc) == fetch)
				break;
			before = lfirst(lc);
		}
		return before ? before : fetch_before(explained, fetch->consumer, false);
	}
	for (int i = fetch->number - 1; i >= 0; i--)
	{
		const FsqFetch *before = explained->execution->plan->fetches[i];

		if (before->kind == FSQ_KIND_FIELD && fsq_explain_shows(explained, before))
			return before;
	}
	return NULL;
}

static void
find_start(const FsqExplained *explained, FsqExplainedFetch *e)
{
	FsqFetch   *fetch = e->fetch;

	if (fsq_join_strategy == FSQ_JOIN_SEQUENTIAL)
	{
		e->after = fetch_before(explained, fetch, true);
		e->sequential = e->after != NULL;
		e->at_0 = e->after == NULL;
		return;
	}
	if (fetch->sources)
		e->pinned_by = fetch->sources[0].fetch;
	else if (fetch->kind == FSQ_KIND_FIELD || fetch->kind == FSQ_KIND_PAIRS)
		e->after = fetch->parent;
	e->at_0 = e->after == NULL && fetch->inputs == NIL;
}

/* ---- what is expected of it ---- */

/* How many keys arguments give a fetch. */
static double
pinned_keys(const FsqExplained *explained, const FsqFetch *fetch)
{
	for (int i = 0; i < fetch->nkeys; i++)
	{
		const FsqKeySource *source = &fetch->sources[i];
		Datum		value = explained->execution->values[source->fetch->number][source->param];
		ArrayType  *array;

		if (source->fetch->params[source->param].use != FSQ_USE_LIST)
			continue;
		array = DatumGetArrayTypeP(value);
		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	return 1;
}

/* Work out how many keys it asks for, in how many statements, and how many rows that gives. */
static void
find_expectations(const FsqExplained *explained, FsqExplainedFetch *e)
{
	FsqFetch   *fetch = e->fetch;
	Oid			server = fsq_fetch_server(fetch);
	int			batch = OidIsValid(server) ? fsq_prefetch_batch(server, 0).keys : 0;

	e->keys = e->rows = -1;
	e->statements = 1;
	if (e->error || fetch->kind != FSQ_KIND_FIELD)
		return;
	e->rows = e->plan_rows;
	if (fetch->nkeys == 0)
		return;
	e->keys = fetch->entities ?
		fsq_entity_count(explained->execution->entities[fetch->entities->number], fetch) : fetch->sources ? pinned_keys(explained, fetch) :
		explained->fetches[fetch->parent->number].rows;
	if (e->keys < 0)
	{
		e->rows = -1;
		return;
	}
	e->rows = Max(rint(e->plan_rows * e->keys / FSQ_EXPLAIN_KEYS), 1);
	if (!fetch->to_many)
		e->rows = Min(e->rows, e->keys);
	/* the pairs come from several statements, the rows from one */
	if (batch > 0 && !fetch->pairs)
		e->statements = Max(ceil(e->keys / batch), 1);
}

/* ---- the request ---- */

bool
fsq_explain_shows(const FsqExplained *explained, const FsqFetch *fetch)
{
	return explained->execution->view->fetches[fetch->number].active &&
		fetch->kind != FSQ_KIND_CANDIDATES;
}

/* Find out everything about a request that has been planned. */
static void
explain_request(FsqExplained *explained, FsqExecution *execution, bool costs)
{
	FsqPlan    *plan = execution->plan;

	explained->execution = execution;
	explained->costs = costs;
	explained->fetches = palloc0(sizeof(FsqExplainedFetch) * Max(plan->nfetches, 1));
	fsq_plan_cost(plan, execution->view, execution->values, execution->entities,
				  &explained->cost);
	/* parents before children */
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqExplainedFetch *e = &explained->fetches[i];

		CHECK_FOR_INTERRUPTS();
		if (!fsq_explain_shows(explained, plan->fetches[i]))
			continue;
		e->fetch = plan->fetches[i];
		e->view = &execution->view->fetches[i];
		find_start(explained, e);
		try_explain_statement(explained, e);
		find_expectations(explained, e);
	}
}

/* The forms of fraiseql.explain's result. */
static const struct
{
	const char *name;
	void		(*write) (StringInfo out, const FsqExplained *explained);
}			formats[] = {
	{"text", fsq_explain_text},
	{"json", fsq_explain_json}
};

/* The number of the form that was asked for; an error if there is none of that name. */
static pg_noinline int
find_format(FunctionCallInfo fcinfo)
{
	char	   *name = PG_ARGISNULL(3) ? pstrdup("text") : text_to_cstring(PG_GETARG_TEXT_PP(3));

	for (int i = 0; i < lengthof(formats); i++)
		if (pg_strcasecmp(formats[i].name, name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized format \"%s\"", name),
			 errhint("Formats are \"text\" and \"json\".")));
}

/*
 * explain(query text, variables jsonb, operation_name text, format text,
 * costs boolean) returns text
 */
Datum
fsq_explain(PG_FUNCTION_ARGS)
{
	int			format = find_format(fcinfo);
	bool		costs = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
	FsqRequest	request;
	FsqExecution execution = {0};
	FsqExplained explained;
	StringInfoData out;

	fsq_request_read_arguments(fcinfo, &request, false);
	initStringInfo(&out);
	PG_TRY();
	{
		if (!fsq_request_plan(&request))
			raise_errors(&request.errors);
		execution.plan = request.plan;
		execution.view = request.view;
		execution.values = fsq_plan_values(request.plan, request.view, request.variables,
										   &request.errors);
		if (execution.values == NULL ||
			!fsq_entity_values(request.plan, request.view, request.variables, &request.errors,
							   &execution.entities))
			raise_errors(&request.errors);
		explain_request(&explained, &execution, costs);
		formats[format].write(&out, &explained);
	}
	PG_FINALLY();
	{
		fsq_request_release(&request);
	}
	PG_END_TRY();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
