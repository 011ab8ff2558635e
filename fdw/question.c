/*-------------------------------------------------------------------------
 *
 * question.c
 *	  What planning asks of remotes (tables, columns, statistics, estimates),
 *	  asked ahead.
 *
 *	  A request that plans does not wait: a remote that is silent or slow would
 *	  hold up all others.  Instead, the first question that has no answer yet is
 *	  asked ahead and ends planning with an error.  When the answer is there,
 *	  planning is tried again; what was asked before is answered from memory,
 *	  up to the next question.  Questions only read, so that asking one for a
 *	  plan that is given up does no harm.
 *
 *	  The error has the SQLSTATE of a cancel: no exception handler takes it for
 *	  its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "ahead.h"

/* A statement, or (no SQL) a connection. */
typedef struct Question
{
	Ahead	   *ahead;
	bool		read;			/* the rows are these */
	bool		waited_for;		/* it cannot be asked ahead after all */
	int			ncolumns;
	int			nrows;
	int			capacity;
	FsqValue  **rows;
} Question;

/* Whose planning does not wait, if any. */
static FsqPrefetch *asking = NULL;

/* What it was given up for. */
static Ahead *needed = NULL;

FsqPrefetch *
fsq_prefetch_plan_with(FsqPrefetch *prefetch)
{
	FsqPrefetch *before = asking;

	asking = prefetch != NULL && prefetch->max_statements > 0 ? prefetch : NULL;
	if (asking != NULL)
		needed = NULL;
	return before;
}

FsqPrefetchNeed *
fsq_prefetch_needed(const ErrorData *error)
{
	Ahead	   *ahead = error->sqlerrcode == ERRCODE_QUERY_CANCELED ? needed : NULL;

	needed = NULL;
	return (FsqPrefetchNeed *) ahead;
}

/* Whether it has come to an end, whatever that is. */
static bool
has_ended(const Ahead *ahead)
{
	return ahead->failed || ahead->state >= AHEAD_READY;
}

bool
fsq_prefetch_is_needed(const FsqPrefetchNeed *need)
{
	return !has_ended((const Ahead *) need);
}

/* ---- questions ---- */

static bool
same_login(const FsqLogin *a, const FsqLogin *b)
{
	return a->serverid == b->serverid && a->userid == b->userid &&
		(a->mapping ? a->mapping->umid : InvalidOid) == (b->mapping ? b->mapping->umid : InvalidOid);
}

static bool
same_value(const FsqValue *a, const FsqValue *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type)
	{
		case FSQ_WIRE_NULL:
			return true;
		case FSQ_WIRE_INT64:
		case FSQ_WIRE_FLOAT8:
			return a->u.i == b->u.i;
		case FSQ_WIRE_TEXT:
		case FSQ_WIRE_BYTES:
			break;
	}
	return a->length == b->length && memcmp(a->u.s, b->u.s, a->length) == 0;
}

static bool
same_request(const FsqScanRequest *request, const char *sql, int nparams, const FsqValue *params)
{
	if (sql == NULL || request->sql == NULL)
		return sql == request->sql;
	if (request->nparams != nparams || strcmp(request->sql, sql) != 0)
		return false;
	for (int i = 0; i < nparams; i++)
		if (!same_value(&request->params[i], &params[i]))
			return false;
	return true;
}

/* Values that stay, in the current memory context. */
static FsqValue *
copy_values(const FsqValue *values, int n)
{
	FsqValue   *copy = palloc(sizeof(FsqValue) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		copy[i] = values[i];
		if (values[i].type == FSQ_WIRE_TEXT || values[i].type == FSQ_WIRE_BYTES)
			copy[i].u.s = memcpy(palloc(values[i].length + 1), values[i].u.s, values[i].length);
	}
	return copy;
}

/* The question, asked now if it was not before. */
static Question *
ask(const FsqLogin *login, const char *sql, int nparams, const FsqValue *params)
{
	Question   *question;
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, asking->questions)
	{
		question = lfirst(lc);
		if (same_login(&question->ahead->login, login) &&
			same_request(&question->ahead->request, sql, nparams, params))
			return question;
	}

	old = MemoryContextSwitchTo(asking->context);
	question = palloc0(sizeof(Question));
	question->ahead = palloc0(sizeof(Ahead));
	question->ahead->login = *login;
	if (login->mapping != NULL)
	{
		question->ahead->login.mapping = palloc(sizeof(UserMapping));
		*question->ahead->login.mapping = *login->mapping;
		question->ahead->login.mapping->options = copyObject(login->mapping->options);
	}
	if (sql != NULL)
	{
		question->ahead->request.sql = pstrdup(sql);
		question->ahead->request.doing = FSQ_DOING_STATEMENT;
		question->ahead->request.nparams = nparams;
		question->ahead->request.params = copy_values(params, nparams);
	}
	asking->questions = lappend(asking->questions, question);
	MemoryContextSwitchTo(old);
	fsq_ahead_add(question->ahead, asking, NULL);
	fsq_ahead_step(question->ahead);
	return question;
}

/* End planning, until a question has its answer. */
static void
suspend(Question *question)
{
	needed = question->ahead;
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg_internal("planning waits for a remote server")));
}

/* Keep the rows of an answer, and let go of its statement. */
static void
read_rows(Question *question)
{
	FsqQuery   *query = question->ahead->query;
	MemoryContext old = MemoryContextSwitchTo(asking->context);

	question->ncolumns = query->ncolumns;
	while (fsq_query_next(query))
	{
		if (question->nrows == question->capacity)
		{
			question->capacity = Max(question->capacity * 2, 16);
			question->rows = question->rows ?
				repalloc_huge(question->rows, sizeof(FsqValue *) * question->capacity) :
				palloc(sizeof(FsqValue *) * question->capacity);
		}
		question->rows[question->nrows++] = copy_values(query->values, query->ncolumns);
	}
	MemoryContextSwitchTo(old);
	fsq_ahead_over(question->ahead);
	question->read = true;
}

/*
 * Others have all connections, and may keep them (a cursor): its login's
 * questions are asked as outside of requests, beginning with the next try.
 */
static void
leave(Question *question)
{
	if (question->waited_for)
		return;
	question->waited_for = true;
	suspend(question);
}

/* ---- for the core of the wrappers ---- */

FsqConn *
fsq_question_connection(Oid serverid, Oid userid)
{
	FsqLogin	login;
	FsqConnEntry *entry;
	Question   *question;
	ListCell   *lc;

	fsq_connection_login(&login, serverid, userid);
	if (asking == NULL || login.driver->in_process)
		return fsq_connection_get(serverid, userid);
	foreach(lc, asking->questions)
	{
		question = lfirst(lc);
		if (question->waited_for && same_login(&question->ahead->login, &login))
			return fsq_connection_get(serverid, userid);
	}
	entry = fsq_connection_find(serverid, userid);
	if (entry != NULL)
		return entry->conn;
	question = ask(&login, NULL, 0, NULL);
	if (!has_ended(question->ahead))
		suspend(question);
	if (question->ahead->failed)
		fsq_ahead_raise(question->ahead);
	leave(question);
	return fsq_connection_get(serverid, userid);
}

bool
fsq_question_run(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
				 FsqRowCallback callback, void *arg, bool raise, bool *accepted)
{
	FsqConnEntry *entry = conn->owner;
	FsqLogin	login;
	Question   *question;
	ListCell   *lc;

	if (asking == NULL || conn->driver->in_process)
		return false;
	fsq_connection_login(&login, entry->spec.serverid, entry->spec.userid);
	foreach(lc, asking->questions)
	{
		question = lfirst(lc);
		if (question->waited_for && same_login(&question->ahead->login, &login))
			return false;
	}
	question = ask(&login, sql, nparams, params);
	if (!has_ended(question->ahead))
		suspend(question);
	*accepted = true;
	if (question->ahead->failed)
	{
		if (raise || question->ahead->timed_out || question->ahead->error->class != FSQ_ERROR_PERMANENT)
			fsq_ahead_raise(question->ahead);
		*accepted = false;
		return true;
	}
	if (!question->read && question->ahead->state != AHEAD_READY)
		leave(question);
	if (!question->read)
		read_rows(question);
	for (int i = 0; i < question->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (callback != NULL)
			callback(question->rows[i], question->ncolumns, arg);
	}
	return true;
}
