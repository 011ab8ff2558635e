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

/* Whether any are kept. */
extern bool fsq_statements_kept(void);

/*
 * For shared.c: how much memory the settings ask for, and of that one entry;
 * what is there in such memory, without and with its lock; and that this
 * process uses it.
 */
extern Size fsq_statements_size(void);
extern Size fsq_statements_entry_size(void);
extern void fsq_statements_initialise(void *memory);
extern void fsq_statements_initialise_lock(void *memory, int tranche);
extern void fsq_statements_start(void *memory);

#endif							/* FSQ_RESILIENCE_STATEMENTS_H */
