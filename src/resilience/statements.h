/*-------------------------------------------------------------------------
 *
 * statements.h
 *	  What is counted of each remote statement, by its shape: a table of bounded
 *	  size in shared memory, from which those go that are used least.
 *
 *	  Counting raises nothing and may be done anywhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_STATEMENTS_H
#define FSQ_RESILIENCE_STATEMENTS_H

#include "postgres.h"

#include "resilience/statistics.h"
#include "storage/lwlock.h"

/* One end of a statement. */
typedef struct FsqStatementEnd
{
	Oid			server;
	Oid			userid;			/* of the hub, whose statement it was */
	uint64		id;				/* of its shape */
	int64		rows;
	int64		latency;		/* microseconds until its first answer; -1: there was none */
	bool		failed;
} FsqStatementEnd;

/* Count it; false: its shape is not known, and to be added first. */
extern bool fsq_statements_count(const FsqStatementEnd *end);

/* Add a shape (UTF-8), and count. */
extern void fsq_statements_add(const FsqStatementEnd *end, const char *text, int length);

/* Forget those of a server of a database, or (InvalidOid) of all of its servers. */
extern void fsq_statements_forget(Oid database, Oid server);

/* For shared.c: how much memory, and its beginning, with a lock (or, for one's own, NULL). */
extern Size fsq_statements_size(void);
extern void fsq_statements_start(LWLock *lock);

#endif							/* FSQ_RESILIENCE_STATEMENTS_H */
