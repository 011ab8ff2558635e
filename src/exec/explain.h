/*-------------------------------------------------------------------------
 *
 * explain.h
 *	  What explain.c finds out about a request, for explain_write.c to write.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_EXEC_EXPLAIN_H
#define FSQ_EXEC_EXPLAIN_H

#include "exec/exec.h"

/* A fetch of the request. */
typedef struct FsqExplainedFetch
{
	FsqFetch   *fetch;
	const FsqFetchView *view;

	/* when it begins */
	bool		at_0;
	const FsqFetch *after;		/* or with the rows of this one; may be NULL */
	const FsqFetch *pinned_by;	/* whose arguments are its keys */
	bool		sequential;		/* after that one, because of the setting */

	/* what PostgreSQL makes of its statement; error: why it cannot */
	const char *error;
	List	   *remote_sql;		/* of char *: what each foreign scan sends */
	List	   *servers;		/* of const char *: of its foreign scans, each once */
	double		startup_cost;
	double		total_cost;
	double		plan_rows;
	int			width;

	/* what is expected of the request; negative: not known */
	double		keys;			/* that are asked for; -1 also if it asks for none */
	double		rows;
	double		statements;		/* in which the keys are sent */
} FsqExplainedFetch;

/* A request. */
typedef struct FsqExplained
{
	FsqExecution *execution;
	bool		costs;			/* estimates are to be written */
	FsqCost		cost;			/* of all of it */
	FsqExplainedFetch *fetches; /* by number; what is not part of it has no view */
} FsqExplained;

/* The planner thinks of an array that it does not know as of so many elements. */
#define FSQ_EXPLAIN_KEYS 10

/* Whether a fetch has a place of its own: it is part of the request, and not the candidates of another. */
extern bool fsq_explain_shows(const FsqExplained *explained, const FsqFetch *fetch);

/* explain_write.c: append it, in the encoding of the database. */
extern void fsq_explain_text(StringInfo out, const FsqExplained *explained);
extern void fsq_explain_json(StringInfo out, const FsqExplained *explained);

#endif							/* FSQ_EXEC_EXPLAIN_H */
