/*-------------------------------------------------------------------------
 *
 * exec.h
 *	  What the files that execute a plan share.
 *
 *	  Each fetch of the plan has a state.  A fetch renders its rows to JSON as
 *	  they come; what remains of a row is where its text begins, where the text
 *	  of its children belongs, and which keys they have.  The response is then
 *	  put together from these texts.
 *
 *	  Everything lives in the request's memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_EXEC_EXEC_H
#define FSQ_EXEC_EXEC_H

#include "plan/plan.h"
#include "utils/snapshot.h"

/* Texts grow up to this; a value that is larger still meets MaxAllocSize. */
#define FSQ_MAX_TEXT (MaxAllocSize - 1024 * 1024)

/* ---- merge.c: rows by key ---- */

/* A key in its common form. */
typedef struct FsqKeyValue
{
	int64		integer;		/* INTEGER; the datum for DATUM */
	const char *bytes;			/* the others */
	int			length;
} FsqKeyValue;

/* A key that parents have, and the rows that were found for it. */
typedef struct FsqKeyEntry
{
	uint32		hash;
	int32		first;			/* number of the first row, or -1 */
	int32		last;
	bool		several;		/* more than one row */
} FsqKeyEntry;

typedef struct FsqKeyTable
{
	MemoryContext context;
	int			nkeys;
	FsqKeyColumn *keys;
	int			nentries;
	int			capacity;
	FsqKeyEntry *entries;
	FsqKeyValue *values;		/* nkeys for each entry */
	uint32		nbuckets;		/* a power of two */
	int32	   *buckets;		/* number of an entry, or -1 */
} FsqKeyTable;

extern FsqKeyTable *fsq_key_table(MemoryContext context, int nkeys, FsqKeyColumn *keys);
/*
 * The entry of the key in a parent's row, made if it is new.  -1: the key is
 * null, or can have no row.
 */
extern int	fsq_key_add(FsqKeyTable *table, const Datum *values, const bool *nulls);
/* The entry of the key in a child's row; -1 if no parent has it. */
extern int	fsq_key_find(FsqKeyTable *table, const Datum *values, const bool *nulls);
/*
 * The distinct keys as the array parameter of one key column; in step with the
 * arrays of the other columns if tuples.
 */
extern Datum fsq_key_array(FsqKeyTable *table, int key, bool tuples);

/* ---- json.c: values to JSON ---- */

typedef struct FsqRender FsqRender;

/* Append a value that is not null; what it allocates is garbage afterwards. */
typedef void (*FsqRenderFunction) (const FsqRender *render, Datum value, StringInfo out);

struct FsqRender
{
	FsqRenderFunction function;
	FmgrInfo	output;			/* of the type, if it is needed */
	Oid			type;
	/* arrays */
	FsqRender  *element;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	/* enums: names by oid */
	int			nlabels;
	Oid		   *labels;
	const char **names;
};

/* Choose how the values of a column are written; allocated in the current context. */
extern FsqRender *fsq_render_create(const FsqColumn *column);

/* ---- fetch.c: one statement ---- */

typedef enum FsqFetchStatus
{
	FSQ_FETCH_WAITING,			/* for its parent */
	FSQ_FETCH_DONE,				/* its rows are there, perhaps none */
	FSQ_FETCH_FAILED			/* the error has been added */
} FsqFetchStatus;

/* A row; its text ends where that of the next row begins. */
typedef struct FsqRow
{
	int32		start;			/* in the text */
	int32		next;			/* row of the same parent, or -1 */
	int32		bad;			/* output that is null and must not be, or -1 */
} FsqRow;

/* A child of a row: where its text belongs, and its key's entry (or -1). */
typedef struct FsqSplice
{
	int32		position;
	int32		entry;
} FsqSplice;

typedef struct FsqFetchState FsqFetchState;
struct FsqFetchState
{
	FsqFetch   *fetch;
	struct FsqExecution *execution;
	FsqFetchStatus status;
	FsqFetchState **children;

	FsqKeyTable *keys;			/* of the parents; NULL for a root */
	FsqKeyEntry root;			/* the rows of a root */

	StringInfoData text;		/* ",{..}" for each row */
	int			nrows;
	int			capacity;
	FsqRow	   *rows;
	FsqSplice  *splices;		/* nchildren for each row */

	/* for reading keys */
	Datum	   *key_values;
	bool	   *key_nulls;
};

typedef struct FsqExecution
{
	FsqPlan    *plan;
	Datum	  **values;			/* of parameters, by fetch */
	Snapshot	snapshot;		/* of all statements */
	FsqErrorList *errors;
	FsqFetchState *states;		/* by number of fetch */
	MemoryContext context;
	MemoryContext scratch;		/* reset after each row */
	bool		overflow;		/* the response is too large */
} FsqExecution;

/* The statement of a fetch, made if need be; raises what analysis raises. */
extern CachedPlanSource *fsq_fetch_statement(FsqFetch *fetch, MemoryContext plan_context);

/*
 * Run a fetch in a subtransaction of its own.  Its status says what came of
 * it; an error has been added to the request's.
 */
extern void fsq_fetch_run(FsqFetchState *state);

/* execute.c: run all fetches of a plan. */
extern void fsq_execute(FsqExecution *execution);

/* write.c: append the value of "data"; "null" if a null went all the way up. */
extern void fsq_write_data(FsqExecution *execution, StringInfo out);

/* failure.c: add the error of a failed fetch. */
extern void fsq_failure_add(FsqErrorList *errors, const FsqFetch *fetch, const ErrorData *error);
/* Whether an error must not be made part of a response: a cancel. */
extern bool fsq_failure_propagates(const ErrorData *error);

#endif							/* FSQ_EXEC_EXEC_H */
