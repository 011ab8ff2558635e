/*-------------------------------------------------------------------------
 *
 * fallback.c
 *	  What a response tells of fallbacks that have answered for a source: the
 *	  member "fallbacks" of its extensions.
 *
 *	  A client must be able to tell that what it got may be older than it would
 *	  be, whether or not it has asked for a trace.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "exec/exec.h"
#include "fraiseql.h"
#include "mb/pg_wchar.h"

bool
fsq_execution_fell_back(const FsqExecution *execution)
{
	for (int i = 0; i < execution->plan->nfetches; i++)
		if (execution->states[i].status == FSQ_FETCH_DONE && execution->states[i].fallbacks.uses != NIL)
			return true;
	return false;
}

static void
append_string(StringInfo out, const char *text)
{
	char	   *utf8 = pg_server_to_any(pstrdup(text), strlen(text), PG_UTF8);

	fsq_json_string(out, utf8, strlen(utf8));
}

/* Whether an earlier entry of a fetch says the same. */
static bool
is_told(const List *uses, int n)
{
	const FsqFallbackUse *use = list_nth(uses, n);

	for (int i = 0; i < n; i++)
	{
		const FsqFallbackUse *other = list_nth(uses, i);

		if (strcmp(use->server, other->server) == 0 && strcmp(use->fallback, other->fallback) == 0 &&
			strcmp(use->reason, other->reason) == 0)
			return true;
	}
	return false;
}

static void
write_use(const FsqFetch *fetch, const FsqFallbackUse *use, StringInfo out)
{
	ListCell   *lc;

	appendStringInfoString(out, "{\"path\":[");
	foreach(lc, fetch->path)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(out, ',');
		fsq_json_string(out, lfirst(lc), strlen(lfirst(lc)));
	}
	appendStringInfoString(out, "],\"database\":");
	append_string(out, use->server);
	appendStringInfoString(out, ",\"fallback\":");
	append_string(out, use->fallback);
	appendStringInfoString(out, ",\"reason\":");
	append_string(out, use->reason);
	if (use->sqlstate != 0)
	{
		appendStringInfoString(out, ",\"sqlstate\":");
		append_string(out, unpack_sql_state(use->sqlstate));
	}
	if (use->message && !fsq_mask_errors)
	{
		appendStringInfoString(out, ",\"message\":");
		append_string(out, use->message);
	}
	appendStringInfoChar(out, '}');
}

void
fsq_fallbacks_write(FsqExecution *execution, StringInfo out)
{
	bool		first = true;

	appendStringInfoString(out, "\"fallbacks\":[");
	for (int i = 0; i < execution->plan->nfetches; i++)
	{
		const FsqFetchState *state = &execution->states[i];

		for (int n = 0; state->status == FSQ_FETCH_DONE && n < list_length(state->fallbacks.uses); n++)
		{
			if (is_told(state->fallbacks.uses, n))
				continue;
			if (!first)
				appendStringInfoChar(out, ',');
			first = false;
			write_use(state->fetch, list_nth(state->fallbacks.uses, n), out);
		}
	}
	appendStringInfoChar(out, ']');
}
