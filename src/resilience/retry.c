/*-------------------------------------------------------------------------
 *
 * retry.c
 *	  Delays, the list of errors that are not retried, and the budget that keeps
 *	  many sessions from storming a weak server.
 *
 *	  Full jitter: of a delay, a random part is waited, so that sessions that
 *	  failed together do not come back together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"

#include "fraiseql.h"
#include "resilience/guard.h"
#include "resilience/retry.h"

/* Retries that a server may owe: with little traffic, a few are tried all the same. */
#define FREE_RETRIES 10

static const struct
{
	const char *word;
	FsqBackoff	backoff;
}			backoffs[] = {
	{"exponential", FSQ_BACKOFF_EXPONENTIAL},
	{"fibonacci", FSQ_BACKOFF_FIBONACCI},
	{"linear", FSQ_BACKOFF_LINEAR}
};

int
fsq_backoff_of(const char *word)
{
	for (int i = 0; i < lengthof(backoffs); i++)
		if (strcmp(backoffs[i].word, word) == 0)
			return backoffs[i].backoff;
	return -1;
}

long
fsq_backoff_delay(FsqBackoff backoff, int initial_delay, int max_delay, int attempt)
{
	double		factor = 1;
	double		before = 1;

	for (int i = 1; i < attempt && factor * initial_delay < max_delay; i++)
	{
		double		next = backoff == FSQ_BACKOFF_EXPONENTIAL ? factor * 2 :
			backoff == FSQ_BACKOFF_FIBONACCI ? factor + before : factor + 1;

		before = factor;
		factor = next;
	}
	return (long) Min(factor * initial_delay, (double) max_delay);
}

/* ---- dont_retry_on ---- */

/* What statuses of HTTP stand for: a class of errors, or the beginning of SQLSTATEs. */
static const struct
{
	int			status;
	int			class;			/* FsqErrorClass; -1: see sqlstate */
	const char *sqlstate;
}			statuses[] = {
	{400, -1, "42"},			/* bad request: no such SQL */
	{400, -1, "22"},
	{401, FSQ_ERROR_AUTHENTICATION, NULL},
	{401, -1, "28"},
	{403, -1, "42501"},
	{404, -1, "42P01"},			/* no such table, column, function, database, schema */
	{404, -1, "42703"},
	{404, -1, "42883"},
	{404, -1, "3D"},
	{404, -1, "3F"},
	{404, -1, "02"},
	{409, -1, "40"},			/* conflict: deadlock, serialization failure, lock */
	{409, -1, "55P03"},
	{409, -1, "23"},
	{422, -1, "22"},
	{422, -1, "23"},
	{429, -1, "53"},			/* too many connections, out of memory or disk */
	{500, -1, "XX"},
	{500, -1, "58"},
	{503, FSQ_ERROR_CONNECTION, NULL},
	{503, -1, "57P"},			/* shutting down, or starting */
	{504, FSQ_ERROR_TIMEOUT, NULL}
};

/* The next word of a list, up to its end; false: there is none. */
static bool
next_word(const char **list, const char **word, int *length)
{
	const char *p = *list;

	while (*p == ',' || *p == ' ' || *p == '\t' || *p == '\n')
		p++;
	*word = p;
	while (*p != '\0' && *p != ',' && *p != ' ' && *p != '\t' && *p != '\n')
		p++;
	*length = p - *word;
	*list = p;
	return *length > 0;
}

static bool
is_number(const char *word, int length)
{
	return strspn(word, "0123456789") >= length;
}

static bool
is_status(const char *word, int length)
{
	if (length == 3 && is_number(word, length))
		for (int i = 0; i < lengthof(statuses); i++)
			if (statuses[i].status == atoi(word))
				return true;
	return false;
}

const char *
fsq_retry_list_problem(const char *list)
{
	const char *word;
	int			length;

	while (next_word(&list, &word, &length))
	{
		bool		is_state = strspn(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= length;

		if (!(length < 19 && is_number(word, length)) && !(is_state && (length == 2 || length == 5)))
			return word;
	}
	return NULL;
}

/* Whether a word means an error with this SQLSTATE, as text. */
static bool
word_means(const char *word, int length, FsqErrorClass class, const char *state, int64 native_code)
{
	if (is_status(word, length))
	{
		for (int i = 0; i < lengthof(statuses); i++)
		{
			if (statuses[i].status == atoi(word) &&
				(statuses[i].sqlstate != NULL ?
				 strncmp(state, statuses[i].sqlstate, strlen(statuses[i].sqlstate)) == 0 :
				 statuses[i].class == class))
				return true;
		}
		return false;
	}
	if ((length == 2 || length == 5) && strncmp(word, state, length) == 0)
		return true;
	return is_number(word, length) && native_code != 0 && strtoll(word, NULL, 10) == native_code;
}

bool
fsq_retry_list_has(const char *list, FsqErrorClass class, int sqlstate, int64 native_code)
{
	const char *state = unpack_sql_state(sqlstate);
	const char *word;
	int			length;

	while (next_word(&list, &word, &length))
		if (word_means(word, length, class, state, native_code))
			return true;
	return false;
}

/* ---- the budget ---- */

bool
fsq_retry_spend(double *debt)
{
	if (*debt + 1 > FREE_RETRIES)
		return false;
	*debt += 1;
	return true;
}

void
fsq_retry_earn(double *debt, double share)
{
	*debt = Max(*debt - share, 0);
}

/* ---- the guard's side ---- */

static inline int
option_or(int option, int setting)
{
	return option >= 0 ? option : setting;
}

/* Whether trying again may help at all. */
static bool
may_pass(FsqErrorClass class)
{
	return class == FSQ_ERROR_TRANSIENT || class == FSQ_ERROR_CONNECTION || class == FSQ_ERROR_TIMEOUT;
}

bool
fsq_guard_retry(FsqGuard *guard, int attempt, FsqErrorClass class, int sqlstate,
				int64 native_code, TimestampTz deadline, long *delay)
{
	const FsqPolicy *policy = &guard->policy;
	FsqServer  *server = guard->server;
	bool		spent = false;

	if (!may_pass(class) || attempt >= option_or(policy->max_attempts, fsq_max_attempts) ||
		fsq_retry_list_has(policy->dont_retry_on != NULL ? policy->dont_retry_on : fsq_dont_retry_on,
						   class, sqlstate, native_code))
		return false;
	*delay = fsq_backoff_delay(option_or(policy->backoff, fsq_backoff),
							   option_or(policy->initial_delay, fsq_initial_delay),
							   option_or(policy->max_delay, fsq_max_delay), attempt);
	*delay -= (long) (*delay * fsq_retry_jitter * pg_prng_double(&pg_global_prng_state));
	if (deadline != 0 && TimestampTzPlusMilliseconds(GetCurrentTimestamp(), *delay) >= deadline)
		return false;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation && fsq_breaker_is_quiet(&server->breaker))
	{
		spent = fsq_retry_spend(&server->retry_debt);
		if (spent)
			server->statistics.retries++;
		else
			server->statistics.retries_refused++;
	}
	SpinLockRelease(&server->mutex);
	return spent;
}
