/*-------------------------------------------------------------------------
 *
 * retry.h
 *	  When a read that has failed is tried again, and after how long.
 *
 *	  The rules are here; who retries (fdw/) sees to it that nothing of a result
 *	  has been used, and that no remote transaction is at stake.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_RETRY_H
#define FSQ_RESILIENCE_RETRY_H

#include "postgres.h"

#include "resilience/failure.h"

typedef enum FsqBackoff
{
	FSQ_BACKOFF_EXPONENTIAL,	/* 1, 2, 4, 8, ... times initial_delay */
	FSQ_BACKOFF_FIBONACCI,		/* 1, 2, 3, 5, ... */
	FSQ_BACKOFF_LINEAR			/* 1, 2, 3, 4, ... */
} FsqBackoff;

/* The number of a word; -1: it is none. */
extern int	fsq_backoff_of(const char *word);

/* Milliseconds until the attempt after the n-th (from 1), without jitter. */
extern long fsq_backoff_delay(FsqBackoff backoff, int initial_delay, int max_delay, int attempt);

/*
 * A list for dont_retry_on: SQLSTATEs, their classes (two characters), statuses
 * as of HTTP, and native codes, separated by commas.  NULL if it is one, or the
 * word in it that is none of these.
 */
extern const char *fsq_retry_list_problem(const char *list);

/* Whether an error stands in such a list. */
extern bool fsq_retry_list_has(const char *list, FsqErrorClass class, int sqlstate, int64 native_code);

/*
 * How much retries cost together, of a server: every statement earns a share
 * of one, and a few are free.  debt is the server's, zero at first.
 */
extern bool fsq_retry_spend(double *debt);
extern void fsq_retry_earn(double *debt, double share);

#endif							/* FSQ_RESILIENCE_RETRY_H */
