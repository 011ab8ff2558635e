/*-------------------------------------------------------------------------
 *
 * fallback_use.h
 *	  What is told of fallbacks that were used: what the executor of requests
 *	  may know of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_FALLBACK_USE_H
#define FSQ_FDW_FALLBACK_USE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"

/* A fallback that has answered for a foreign table. */
typedef struct FsqFallbackUse
{
	const char *server;			/* of the table */
	const char *fallback;		/* as the table's option names it */
	const char *reason;			/* "error", "missing", "cache": it was to be read first */
	int			sqlstate;		/* of the error; 0: there was none */
	const char *message;		/* ... or NULL */
	const char *sql;			/* what was asked */
	TimestampTz started;
	TimestampTz finished;
	int64		rows;			/* that came from it */
} FsqFallbackUse;

/* Where they are told. */
typedef struct FsqFallbackUses
{
	MemoryContext context;
	List	   *uses;			/* of FsqFallbackUse * */
	uint64		number;			/* which no other ones have; 0: they have not been set yet */
} FsqFallbackUses;

/* Have uses from now on told there (NULL: nowhere); returns what was set before. */
extern FsqFallbackUses *fsq_fallback_collect(FsqFallbackUses *uses);

/* The number of those that are set, or 0. */
extern uint64 fsq_fallback_collection(void);

#endif							/* FSQ_FDW_FALLBACK_USE_H */
