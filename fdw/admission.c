/*-------------------------------------------------------------------------
 *
 * admission.c
 *	  How connections and statements pass the guard of their server
 *	  (src/resilience/), and what their ends tell it.
 *
 *	  A statement tells once: at its end, its failure, or when its reader lets
 *	  go of it.  A connection tells only that it could not be made, and a
 *	  statement of a catalog that it failed: that a server takes connections and
 *	  describes its tables, as it does again and again while its other
 *	  statements fail, says little about these.  Nor does a check of its health,
 *	  unless it is the probe.
 *	  The death of an idle connection tells nothing, since the statement is sent
 *	  on a new one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "connection.h"
#include "fraiseql.h"
#include "option.h"
#include "resilience/statements.h"

/* The options of a server that are numbers, and where they go. */
static const struct
{
	const char *name;
	size_t		offset;
	enum {SWITCH, COUNT, DURATION, BACKOFF} kind;
}			options[] = {
	{"circuit_breaker", offsetof(FsqPolicy, circuit_breaker), SWITCH},
	{"failure_threshold", offsetof(FsqPolicy, failure_threshold), COUNT},
	{"recovery_timeout", offsetof(FsqPolicy, recovery_timeout), DURATION},
	{"success_threshold", offsetof(FsqPolicy, success_threshold), COUNT},
	{"pool_size", offsetof(FsqPolicy, pool_size), COUNT},
	{"min_idle", offsetof(FsqPolicy, min_idle), COUNT},
	{"max_lifetime", offsetof(FsqPolicy, max_lifetime), DURATION},
	{"idle_timeout", offsetof(FsqPolicy, idle_timeout), DURATION},
	{"max_attempts", offsetof(FsqPolicy, max_attempts), COUNT},
	{"backoff", offsetof(FsqPolicy, backoff), BACKOFF},
	{"initial_delay", offsetof(FsqPolicy, initial_delay), DURATION},
	{"max_delay", offsetof(FsqPolicy, max_delay), DURATION},
	{"timeout", offsetof(FsqPolicy, timeout), DURATION},
	{"connection_timeout", offsetof(FsqPolicy, connection_timeout), DURATION}
};

void
fsq_policy_load(Oid serverid, FsqPolicy *policy)
{
	ForeignServer *server = GetForeignServer(serverid);
	const FsqDriver *driver = fsq_driver_of_server(serverid);

	const char *list;

	if (driver == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" does not belong to a wrapper of fraiseql", server->servername)));
	for (int i = 0; i < lengthof(options); i++)
	{
		const char *value = fsq_option_get(server->options, options[i].name);
		int		   *field = (int *) ((char *) policy + options[i].offset);

		*field = -1;
		if (value == NULL)
			continue;
		if (options[i].kind == SWITCH)
			*field = fsq_option_get_bool(server->options, options[i].name, true);
		else if (options[i].kind == DURATION)
			*field = fsq_parse_duration(options[i].name, value);
		else if (options[i].kind == BACKOFF)
			*field = fsq_backoff_of(value);
		else
			(void) parse_int(value, field, 0, NULL);
	}
	list = fsq_option_get(server->options, "dont_retry_on");
	policy->dont_retry_on = list != NULL ? MemoryContextStrdup(TopMemoryContext, list) : NULL;
	/* no server that a failure would be one of */
	if (driver->in_process)
		policy->circuit_breaker = policy->pool_size = policy->max_lifetime = policy->idle_timeout = 0;
	if (driver->in_process)
		policy->max_attempts = 1;
}

bool
fsq_admit(FsqGuard *guard, FsqDriverError *error)
{
	FsqRefusal	refusal;

	if (likely(fsq_guard_admit(guard, &refusal)))
		return true;
	memset(error, 0, sizeof(*error));
	error->class = FSQ_ERROR_REFUSED;
	error->sqlstate = refusal.sqlstate;
	error->hint = refusal.hint;
	strlcpy(error->message, refusal.message, sizeof(error->message));
	return false;
}

void
fsq_admit_login(const FsqLogin *login)
{
	FsqConn		none = {.driver = login->driver};

	if (likely(fsq_admit(login->guard, &none.error)))
		return;
	none.server_name = GetForeignServer(login->serverid)->servername;
	fsq_connection_error(&none, NULL, NULL);
}

void
fsq_connection_failed(FsqGuard *guard, const FsqDriverError *error)
{
	fsq_guard_failed(guard, error->class, error->sqlstate, error->message);
}

/* Count the end of a statement among those of its shape. */
static void
count_statement(FsqQuery *query, bool failed)
{
	FsqStatementEnd end = {
		.server = query->entry->spec.serverid,
		.userid = query->userid,
		.id = query->shape,
		.rows = query->accepted ? query->rows + query->rows_ahead : 0,
		.latency = query->latency,
		.failed = failed
	};
	const char *text = NULL;
	int			length;

	if (!fsq_statements_kept())
		return;
	if (query->shape == 0)
	{
		text = fsq_sql_normalise(query->sql, &length);
		if (text == NULL)
			return;
		/* zero: not yet known */
		query->shape = hash_bytes_extended((const unsigned char *) text, length, 0);
		query->shape = Max(query->shape, 1);
		end.id = query->shape;
	}
	if (fsq_statements_count(&end))
		return;
	if (text == NULL)
		text = fsq_sql_normalise(query->sql, &length);
	if (text != NULL)
		fsq_statements_add(&end, text, length);
}

void
fsq_connection_late(FsqConnEntry *entry, long waited, const char *doing)
{
	dlist_iter	iter;

	fsq_guard_late(entry->guard, waited, doing == NULL);
	dlist_foreach(iter, &entry->queries)
	{
		FsqQuery   *query = dlist_container(FsqQuery, link, iter.cur);

		if (!query->judged)
			count_statement(query, true);
		query->judged = true;
	}
}

/*
 * A statement that is accepted may run for as long as its reader likes, which
 * a probe does not wait for.
 */
void
fsq_query_judge_send(FsqQuery *query, FsqStatus status)
{
	FsqConnEntry *entry = query->entry;
	const FsqDriverError *error = &query->conn->error;

	if (status == FSQ_DONE)
	{
		query->latency = GetCurrentTimestamp() - query->sent;
		if (entry->guard->probing && !query->of_catalog)
			fsq_guard_answered(entry->guard);
		return;
	}
	query->judged = true;
	if (error->class == FSQ_ERROR_PERMANENT)
	{
		query->latency = GetCurrentTimestamp() - query->sent;
		fsq_guard_count(entry->guard, 0, query->latency);
	}
	if (error->class != FSQ_ERROR_REFUSED &&
		!(error->class == FSQ_ERROR_CONNECTION && entry->reused && !entry->snapshot))
		count_statement(query, true);
	if (query->of_catalog && fsq_failure_verdict(error->class, error->sqlstate) == FSQ_SERVER_ANSWERED)
		return;
	if (error->class == FSQ_ERROR_CONNECTION && entry->reused && !entry->snapshot)
		return;
	fsq_connection_failed(entry->guard, error);
}

void
fsq_query_judge_end(FsqQuery *query, FsqStatus status)
{
	if (query->judged)
		return;
	query->judged = true;
	fsq_guard_count(query->entry->guard, query->rows + query->rows_ahead, query->latency);
	count_statement(query, status == FSQ_FAILED);
	if (status == FSQ_FAILED)
		fsq_connection_failed(query->entry->guard, &query->conn->error);
	else if (!query->of_catalog && query->latest == 0)
		fsq_guard_answered(query->entry->guard);
}

void
fsq_query_judge_finish(FsqQuery *query)
{
	if (query->accepted && !query->conn->broken)
		fsq_query_judge_end(query, FSQ_END);
}
