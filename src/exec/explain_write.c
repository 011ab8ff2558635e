/*-------------------------------------------------------------------------
 *
 * explain_write.c
 *	  fraiseql.explain()'s result: as text for people, and as JSON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/explain.h"
#include "fraiseql.h"
#include "miscadmin.h"
#include "utils/json.h"

/* How many fetches there are, or begin at once. */
static int
count_fetches(const FsqExplained *explained, bool at_0)
{
	int			n = 0;

	for (int i = 0; i < explained->execution->plan->nfetches; i++)
	{
		const FsqExplainedFetch *e = &explained->fetches[i];

		n += e->fetch && (!at_0 || e->at_0);
	}
	return n;
}

static const char *
strategy_name(void)
{
	return fsq_join_strategy == FSQ_JOIN_PARALLEL ? "parallel" : "sequential";
}

/* Why a fetch begins when it does, in words after "at 0" or "after ..". */
static const char *
start_reason(const FsqExplainedFetch *e)
{
	if (e->sequential)
		return "as fraiseql.join_strategy is sequential";
	if (fsq_join_strategy == FSQ_JOIN_PARALLEL && e->fetch->kind == FSQ_KIND_KEYS)
		return "or after its candidates";
	if (e->after)
		return e->fetch->inputs ? "whose rows have its keys, and what it needs" : "whose rows have its keys";
	return NULL;
}

/* Whether its foreign scans are all of the server that its relation is on. */
static bool
is_own_server(const FsqExplainedFetch *e)
{
	return e->servers == NIL ||
		(list_length(e->servers) == 1 && e->fetch->relation->foreign &&
		 strcmp(linitial(e->servers), e->fetch->relation->server) == 0);
}

/* ---- text ---- */

static void
append_path(StringInfo out, const FsqFetch *fetch)
{
	ListCell   *lc;

	foreach(lc, fetch->path)
		appendStringInfo(out, "%s%s", foreach_current_index(lc) ? "." : "", (char *) lfirst(lc));
	if (fetch->reason)
		appendStringInfo(out, "(%s)", fetch->reason);
}

/* Append "orders.user_id = users.id". */
static void
append_link(StringInfo out, const FsqFetch *fetch)
{
	for (int i = 0; i < fetch->nkeys; i++)
	{
		appendStringInfoString(out, i ? " and " : ", by ");
		/* a function is called with the parent's row */
		if (fetch->relation->function == NULL)
			appendStringInfo(out, "%s.%s = ",
							 fetch->result[fetch->keys[i].child_column].column->relation->name,
							 fetch->result[fetch->keys[i].child_column].column->name);
		if (fetch->entities)
			appendStringInfoString(out, "representations");
		else
			appendStringInfo(out, "%s.%s", fetch->parent->relation->name,
						 fetch->parent->result[fetch->keys[i].parent_column].column->name);
	}
}

/* Begin a line of a fetch. */
static void
append_label(StringInfo out, int depth, const char *label)
{
	appendStringInfo(out, "\n%*s%s: ", depth * 2 + 4, "", label);
}

/* Append when a fetch begins, and why it waits. */
static void
append_start(StringInfo out, const FsqExplainedFetch *e, int depth)
{
	const char *reason = start_reason(e);

	append_label(out, depth, "Starts");
	if (e->after)
	{
		appendStringInfoString(out, "after ");
		append_path(out, e->after);
	}
	else
		appendStringInfoString(out, e->at_0 ? "at 0" : "after what it needs");
	if (reason)
		appendStringInfo(out, ", %s", reason);
	if (e->pinned_by)
	{
		appendStringInfoString(out, ", its keys are arguments of ");
		append_path(out, e->pinned_by);
	}
}

/* Append a list of names. */
static void
append_names(StringInfo out, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		appendStringInfo(out, "%s%s", foreach_current_index(lc) ? ", " : "", (char *) lfirst(lc));
}

/* Append "1 row" or "2 rows". */
static void
append_number(StringInfo out, double n, const char *what)
{
	appendStringInfo(out, "%.0f %s%s", n, what, n == 1 ? "" : "s");
}

/* Append what is expected: the planner's figures, and what they come to in this request. */
static void
append_expectations(StringInfo out, const FsqExplainedFetch *e, int depth)
{
	append_label(out, depth, "Plan");
	appendStringInfo(out, "cost=%.2f..%.2f rows=%.0f width=%d", e->startup_cost, e->total_cost,
					 e->plan_rows, e->width);
	if (e->keys < 0)
		return;
	appendStringInfo(out, " for %d keys", FSQ_EXPLAIN_KEYS);
	append_label(out, depth, "Expects");
	append_number(out, e->rows, "row");
	appendStringInfoString(out, " for ");
	append_number(out, e->keys, "key");
	appendStringInfoString(out, " in ");
	append_number(out, e->statements, "statement");
}

static void
append_fetch(StringInfo out, const FsqExplained *explained, const FsqFetch *fetch, int depth)
{
	const FsqExplainedFetch *e = &explained->fetches[fetch->number];
	ListCell   *lc;

	check_stack_depth();
	appendStringInfo(out, "\n%*s", depth * 2, "");
	append_path(out, fetch);
	appendStringInfo(out, ": %s.%s", fetch->relation->namespace, fetch->relation->name);
	if (fetch->relation->foreign)
		appendStringInfo(out, " on server \"%s\" (%s)", fetch->relation->server,
						 fetch->relation->wrapper);
	append_link(out, fetch);
	append_start(out, e, depth);
	if (fetch->kind == FSQ_KIND_KEYS)
	{
		append_label(out, depth, "Candidates");
		appendStringInfoString(out, fetch->parent->all.sql);
	}
	append_label(out, depth, "SQL");
	appendStringInfoString(out, e->view->select->sql);
	if (e->error)
	{
		append_label(out, depth, "Error");
		appendStringInfoString(out, e->error);
	}
	if (!is_own_server(e))
	{
		append_label(out, depth, "Servers");
		append_names(out, e->servers);
	}
	foreach(lc, e->remote_sql)
	{
		append_label(out, depth, "Remote SQL");
		appendStringInfoString(out, lfirst(lc));
	}
	if (explained->costs && !e->error)
		append_expectations(out, e, depth);
	/* what several fetches wait for is shown once */
	foreach(lc, fetch->inputs)
		if (((FsqFetch *) lfirst(lc))->consumer == fetch)
			append_fetch(out, explained, lfirst(lc), depth + 1);
	for (int i = 0; i < e->view->nchildren; i++)
		append_fetch(out, explained, e->view->children[i], depth + 1);
}

/* Whether a fetch is a root of the tree. */
static bool
is_root(const FsqExplainedFetch *e)
{
	return e->fetch && e->fetch->parent == NULL && e->fetch->kind == FSQ_KIND_FIELD;
}

/* Append what the request costs. */
static void
append_cost(StringInfo out, const FsqCost *cost)
{
	appendStringInfo(out, "\nCost: %.0f", cost->rows);
	if (fsq_max_cost > 0)
		appendStringInfo(out, " of %d", fsq_max_cost);
	if (cost->dearest)
		appendStringInfo(out, ", %.0f of them for %s", cost->dearest_rows, fsq_fetch_path(cost->dearest));
}

void
fsq_explain_text(StringInfo out, const FsqExplained *explained)
{
	int			nfetches = explained->execution->plan->nfetches;

	appendStringInfo(out, "Statements: %d\nJoin strategy: %s\nStart at 0: %d",
					 count_fetches(explained, false), strategy_name(), count_fetches(explained, true));
	if (explained->costs)
		append_cost(out, &explained->cost);
	for (int i = 0; i < nfetches; i++)
		if (is_root(&explained->fetches[i]))
			append_fetch(out, explained, explained->fetches[i].fetch, 0);
}

/* ---- JSON ---- */

/* Append a member's name. */
static void
json_name(StringInfo out, const char *name)
{
	char		last = out->data[out->len - 1];

	appendStringInfo(out, "%s\"%s\":", last == '{' ? "" : ",", name);
}

static void
json_text(StringInfo out, const char *name, const char *value)
{
	if (name)
		json_name(out, name);
	escape_json(out, value);
}

static void
json_texts(StringInfo out, const char *name, List *values)
{
	ListCell   *lc;

	json_name(out, name);
	appendStringInfoChar(out, '[');
	foreach(lc, values)
	{
		if (foreach_current_index(lc))
			appendStringInfoChar(out, ',');
		json_text(out, NULL, lfirst(lc));
	}
	appendStringInfoChar(out, ']');
}

static void
json_number(StringInfo out, const char *name, int digits, double value)
{
	json_name(out, name);
	appendStringInfo(out, "%.*f", digits, value);
}

static void
json_link(StringInfo out, const FsqFetch *fetch)
{
	if (fetch->nkeys == 0)
		return;
	json_name(out, "by");
	appendStringInfoChar(out, '[');
	for (int i = 0; i < fetch->nkeys; i++)
	{
		appendStringInfoString(out, i ? ",{" : "{");
		json_text(out, "column", fetch->result[fetch->keys[i].child_column].column->name);
		if (fetch->parent)
			json_text(out, "parent_column", fetch->parent->result[fetch->keys[i].parent_column].column->name);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, ']');
}

static void
json_start(StringInfo out, const FsqExplainedFetch *e)
{
	const char *reason = start_reason(e);

	json_name(out, "starts");
	appendStringInfo(out, "{\"at_0\":%s", e->at_0 ? "true" : "false");
	if (e->after)
		json_texts(out, "after", e->after->path);
	if (e->pinned_by)
		json_texts(out, "keys_are_arguments_of", e->pinned_by->path);
	if (reason)
		json_text(out, "reason", reason);
	appendStringInfoChar(out, '}');
}

static void
json_expectations(StringInfo out, const FsqExplainedFetch *e)
{
	json_name(out, "plan");
	appendStringInfoChar(out, '{');
	json_number(out, "startup_cost", 2, e->startup_cost);
	json_number(out, "total_cost", 2, e->total_cost);
	json_number(out, "rows", 0, e->plan_rows);
	json_number(out, "width", 0, e->width);
	appendStringInfoChar(out, '}');
	json_name(out, "expects");
	appendStringInfoChar(out, '{');
	if (e->rows >= 0)
		json_number(out, "rows", 0, e->rows);
	if (e->keys >= 0)
		json_number(out, "keys", 0, e->keys);
	json_number(out, "statements", 0, e->statements);
	appendStringInfoChar(out, '}');
}

static void json_fetch(StringInfo out, const FsqExplained *explained, const FsqFetch *fetch);

/* Append fetches as an array; nothing if there are none. */
static void
json_fetches(StringInfo out, const FsqExplained *explained, const char *name, int n,
			 FsqFetch *const *fetches)
{
	if (n == 0)
		return;
	json_name(out, name);
	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		json_fetch(out, explained, fetches[i]);
	}
	appendStringInfoChar(out, ']');
}

static void
json_fetch(StringInfo out, const FsqExplained *explained, const FsqFetch *fetch)
{
	const FsqExplainedFetch *e = &explained->fetches[fetch->number];
	FsqFetch  **inputs = palloc(sizeof(FsqFetch *) * Max(list_length(fetch->inputs), 1));
	int			ninputs = 0;
	ListCell   *lc;

	check_stack_depth();
	appendStringInfoChar(out, '{');
	json_texts(out, "path", fetch->path);
	if (fetch->reason)
		json_text(out, "reason", psprintf("%s of %s", fsq_fetch_finds(fetch), fetch->reason));
	json_text(out, "schema", fetch->relation->namespace);
	json_text(out, "relation", fetch->relation->name);
	if (fetch->relation->foreign)
	{
		json_text(out, "server", fetch->relation->server);
		json_text(out, "wrapper", fetch->relation->wrapper);
	}
	json_link(out, fetch);
	json_start(out, e);
	if (fetch->kind == FSQ_KIND_KEYS)
		json_text(out, "candidates_sql", fetch->parent->all.sql);
	json_text(out, "sql", e->view->select->sql);
	if (e->error)
		json_text(out, "error", e->error);
	if (e->servers)
		json_texts(out, "servers", e->servers);
	if (e->remote_sql)
		json_texts(out, "remote_sql", e->remote_sql);
	if (explained->costs && !e->error)
		json_expectations(out, e);
	/* what several fetches wait for is shown once */
	foreach(lc, fetch->inputs)
		if (((FsqFetch *) lfirst(lc))->consumer == fetch)
			inputs[ninputs++] = lfirst(lc);
	json_fetches(out, explained, "inputs", ninputs, inputs);
	json_fetches(out, explained, "fetches", e->view->nchildren, e->view->children);
	appendStringInfoChar(out, '}');
}

static void
json_cost(StringInfo out, const FsqCost *cost)
{
	json_number(out, "cost", 0, cost->rows);
	if (fsq_max_cost > 0)
		json_number(out, "max_cost", 0, fsq_max_cost);
	if (cost->dearest == NULL)
		return;
	json_text(out, "dearest_field", fsq_fetch_path(cost->dearest));
	json_number(out, "dearest_cost", 0, cost->dearest_rows);
}

void
fsq_explain_json(StringInfo out, const FsqExplained *explained)
{
	int			nfetches = explained->execution->plan->nfetches;
	FsqFetch  **roots = palloc(sizeof(FsqFetch *) * Max(nfetches, 1));
	int			n = 0;

	for (int i = 0; i < nfetches; i++)
		if (is_root(&explained->fetches[i]))
			roots[n++] = explained->fetches[i].fetch;
	appendStringInfoChar(out, '{');
	json_number(out, "statements", 0, count_fetches(explained, false));
	json_text(out, "join_strategy", strategy_name());
	json_number(out, "start_at_0", 0, count_fetches(explained, true));
	if (explained->costs)
		json_cost(out, &explained->cost);
	json_fetches(out, explained, "fetches", n, roots);
	appendStringInfoChar(out, '}');
}
