/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  fraiseql.explain(): the fetch tree of a request, with the SQL of each
 *	  fetch and what its foreign scans send.
 *
 *	  Nothing is executed.  The remote SQL is taken from EXPLAIN (VERBOSE) of
 *	  the plan that a request would begin with.  A statement that cannot be
 *	  planned, as its source is away, says so in its place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/explain.h"
#include "compat.h"
#include "exec/exec.h"
#include "exec/request.h"
#include "fraiseql.h"
#include "graphql/sql.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

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

/* The generic plan of a statement, as text. */
static char *
explain_statement(FsqExecution *execution, FsqFetch *fetch)
{
	FsqSelect  *select = execution->view->fetches[fetch->number].select;
	CachedPlanSource *source = fsq_fetch_statement(fetch, select, execution->plan->context);
	ExplainState *es = NewExplainState();
	ParamListInfo params = NULL;
	CachedPlan *cached;

	if (fetch->kind != FSQ_KIND_FIELD || fetch->inputs != NIL)
	{
		params = unknown_params(fetch);
		source->cursor_options = fetch->cursor_options;
	}
	else
		source->cursor_options = (fetch->cursor_options & ~CURSOR_OPT_CUSTOM_PLAN) |
			CURSOR_OPT_GENERIC_PLAN;
	cached = GetCachedPlan(source, params, CurrentResourceOwner, NULL);
	es->verbose = true;
	es->costs = false;
	ExplainBeginOutput(es);
	fsq_explain_plan(linitial_node(PlannedStmt, cached->stmt_list), es, select->text, params);
	ExplainEndOutput(es);
	ReleaseCachedPlan(cached, CurrentResourceOwner);
	return es->str->data;
}

/*
 * The same in a subtransaction of its own; NULL if it cannot be planned, and
 * *error says why.
 */
static char *
try_explain_statement(FsqExecution *execution, FsqFetch *fetch, const char **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile result = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		result = explain_statement(execution, fetch);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *data;

		MemoryContextSwitchTo(context);
		data = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (fsq_failure_propagates(data))
			ReThrowError(data);
		result = NULL;
		*error = data->message ? data->message : "unknown error";
	}
	PG_END_TRY();
	return result;
}

/* Append the lines of a plan's text that say what is sent to a remote server. */
static void
append_remote_sql(StringInfo out, const char *plan, int indent)
{
	const char *line = plan;

	while (line && *line)
	{
		const char *end = strchr(line, '\n');
		int			length = end ? end - line : strlen(line);

		while (length > 0 && *line == ' ')
		{
			line++;
			length--;
		}
		if (strncmp(line, "Remote SQL:", 11) == 0)
			appendStringInfo(out, "%*s%.*s\n", indent, "", length, line);
		line = end ? end + 1 : NULL;
	}
}

/* Append "orders.user_id = users.id". */
static void
append_link(StringInfo out, const FsqFetch *fetch)
{
	for (int i = 0; i < fetch->nkeys; i++)
		appendStringInfo(out, "%s%s.%s = %s.%s", i ? " and " : ", by ",
						 fetch->relation->name, fetch->result[fetch->keys[i].child_column]->name,
						 fetch->parent->relation->name,
						 fetch->parent->result[fetch->keys[i].parent_column]->name);
}

static void
append_path(StringInfo out, const FsqFetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->path)
		appendStringInfo(out, "%s%s", foreach_current_index(lc) ? "." : "", (char *) lfirst(lc));
	if (fetch->reason)
		appendStringInfo(out, "(%s)", fetch->reason);
}

/* Append when a fetch begins, and why it waits. */
static void
append_start(StringInfo out, const FsqPlan *plan, const FsqFetch *fetch)
{
	if (fetch->kind == FSQ_KIND_KEYS)
		appendStringInfoString(out, fetch->inputs ? "after what it needs, or its candidates" :
							   "at 0, or after its candidates");
	else if (fsq_join_strategy == FSQ_JOIN_SEQUENTIAL && fetch->number > 0)
	{
		appendStringInfoString(out, "after ");
		append_path(out, plan->fetches[fetch->number - 1]);
		appendStringInfoString(out, ", as fraiseql.join_strategy is sequential");
	}
	else if (fetch->parent == NULL)
		appendStringInfoString(out, fetch->inputs ? "after what it needs" : "at 0");
	else if (fetch->sources)
	{
		appendStringInfoString(out, "at 0, its keys are arguments of ");
		append_path(out, fetch->sources[0].fetch);
	}
	else
	{
		appendStringInfoString(out, "after ");
		append_path(out, fetch->parent);
		appendStringInfo(out, ", whose rows have its keys%s", fetch->inputs ? ", and what it needs" : "");
	}
}

static void
append_fetch(StringInfo out, FsqExecution *execution, FsqFetch *fetch, int depth)
{
	const FsqFetchView *view = &execution->view->fetches[fetch->number];
	int			indent = depth * 2;
	const char *error = NULL;
	char	   *plan;
	ListCell   *lc;

	check_stack_depth();
	appendStringInfo(out, "%*s", indent, "");
	append_path(out, fetch);
	appendStringInfo(out, ": %s.%s", fetch->relation->namespace, fetch->relation->name);
	if (fetch->relation->foreign)
		appendStringInfo(out, " on server \"%s\" (%s)", fetch->relation->server,
						 fetch->relation->wrapper);
	append_link(out, fetch);
	appendStringInfo(out, "\n%*sStarts: ", indent + 4, "");
	append_start(out, execution->plan, fetch);
	if (fetch->kind == FSQ_KIND_KEYS)
		appendStringInfo(out, "\n%*sCandidates: %s", indent + 4, "", fetch->parent->all.sql);
	appendStringInfo(out, "\n%*sSQL: %s\n", indent + 4, "", view->select->sql);
	plan = try_explain_statement(execution, fetch, &error);
	if (plan)
		append_remote_sql(out, plan, indent + 4);
	else
		appendStringInfo(out, "%*sError: %s\n", indent + 4, "", error);
	foreach(lc, fetch->inputs)
		append_fetch(out, execution, lfirst(lc), depth + 1);
	for (int i = 0; i < view->nchildren; i++)
		append_fetch(out, execution, view->children[i], depth + 1);
}

/* How many statements are run, if no key fetch asks for its candidates. */
static int
count_statements(const FsqExecution *execution)
{
	int			n = 0;

	for (int i = 0; i < execution->plan->nfetches; i++)
		n += execution->view->fetches[i].active &&
			execution->plan->fetches[i]->kind != FSQ_KIND_CANDIDATES;
	return n;
}

/*
 * explain(query text, variables jsonb, operation_name text) returns text
 */
Datum
fsq_explain(PG_FUNCTION_ARGS)
{
	FsqRequest	request;
	FsqExecution execution = {0};
	StringInfoData out;

	fsq_request_read_arguments(fcinfo, &request);
	initStringInfo(&out);
	PG_TRY();
	{
		if (!fsq_request_plan(&request) ||
			fsq_plan_values(request.plan, request.view, request.variables, &request.errors) == NULL)
			raise_errors(&request.errors);
		execution.plan = request.plan;
		execution.view = request.view;
		appendStringInfo(&out, "Statements: %d\n", count_statements(&execution));
		for (int i = 0; i < request.plan->nfetches; i++)
			if (request.plan->fetches[i]->parent == NULL && request.view->fetches[i].active &&
				request.plan->fetches[i]->kind == FSQ_KIND_FIELD)
				append_fetch(&out, &execution, request.plan->fetches[i], 0);
	}
	PG_FINALLY();
	{
		fsq_request_release(&request);
	}
	PG_END_TRY();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len - 1));
}
