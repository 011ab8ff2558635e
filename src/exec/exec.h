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

#include "compat.h"
#include "executor/tuptable.h"
#include "fallback_use.h"
#include "prefetch.h"
#include "plan/plan.h"
#include "utils/resowner.h"
#include "utils/snapshot.h"

/* ---- merge.c: rows by key ---- */

/* A key in its common form. */
typedef struct FsqKeyValue
{
	union
	{
		int64		integer;	/* INTEGER; the datum for DATUM */
		const char *bytes;		/* the others */
	};
	int			length;			/* of bytes */
} FsqKeyValue;

/* A key that parents have, and the rows that were found for it. */
typedef struct FsqKeyEntry
{
	uint32		hash;
	int32		first;			/* number of the first row, or -1 */
	int32		last;
	int32		nrows;			/* of the page of a connection, with one that is not part of it */
} FsqKeyEntry;

typedef struct FsqKeyTable
{
	MemoryContext context;
	int			nkeys;
	FsqKeyColumn *keys;
	int			nentries;
	bool		consecutive;	/* one integer each, one more than the last */
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
/* The same without making one, for keys that are final; raises an error if it is new. */
extern int	fsq_key_look_up(FsqKeyTable *table, const Datum *values, const bool *nulls);
/* Make the entry of a key whose values have types of their own. */
extern void fsq_key_add_values(FsqKeyTable *table, const Oid *types, const Datum *values);
/* Whether an entry's key can be given as parameters. */
extern bool fsq_key_possible(FsqKeyTable *table, int entry);
/* The entry of the key in a child's row; -1 if no parent has it. */
extern int	fsq_key_find(FsqKeyTable *table, const Datum *values, const bool *nulls);
/*
 * The distinct keys of some entries as the array parameter of one key column;
 * in step with the arrays of the other columns if tuples.
 */
extern Datum fsq_key_array(FsqKeyTable *table, int key, bool tuples, int first, int nentries);
/* About how many bytes an entry's key has when it is sent. */
extern int	fsq_key_size(const FsqKeyTable *table, int entry);

/* ---- json.c: values to JSON ---- */

typedef struct FsqRender FsqRender;

/* Append a value that is not null; what it allocates is garbage afterwards. */
typedef void (*FsqRenderFunction) (const FsqRender *render, Datum value, StringInfo out);

/* How text that is had without a datum stands in JSON. */
typedef enum FsqTextForm
{
	FSQ_TEXT_NONE,				/* a datum is wanted */
	FSQ_TEXT_RAW,				/* as it is */
	FSQ_TEXT_QUOTED,			/* in quotes: it has nothing to escape */
	FSQ_TEXT_ESCAPED			/* as a string of any characters */
} FsqTextForm;

struct FsqRender
{
	FsqRenderFunction function;
	FsqTextForm text_form;
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

/* Make room for so many bytes, and one more. */
static inline void
fsq_json_reserve(StringInfo out, int length)
{
	if (unlikely(length >= out->maxlen - out->len))
		enlargeStringInfo(out, length);
}

/* Choose how values are written; allocated in the current context. */
extern FsqRender *fsq_render_create(const FsqValueType *value);

/* ---- text.c: the texts of rows ---- */

typedef struct FsqTextBlock FsqTextBlock;

typedef struct FsqTexts
{
	StringInfoData current;		/* the block that is being written */
	int32		start;			/* of its text among all */
	int			nblocks;		/* those that are full */
	int			capacity;
	FsqTextBlock *blocks;
} FsqTexts;

/* ---- fetch.c, ahead.c: one fetch ---- */

typedef enum FsqFetchStatus
{
	FSQ_FETCH_WAITING,			/* for the keys of its parents */
	FSQ_FETCH_KNOWN,			/* its keys are known */
	FSQ_FETCH_PLANNING,			/* likewise, and what planning needs is being asked for */
	FSQ_FETCH_SENT,				/* its statements have been asked ahead */
	FSQ_FETCH_DONE,				/* its rows are there, perhaps none; or it is not part of the request */
	FSQ_FETCH_FAILED			/* error says why */
} FsqFetchStatus;

/* One execution of a fetch's statement: for all keys, or for a batch of them. */
typedef struct FsqRun
{
	int			first;			/* entry of the keys */
	int			nentries;
	CachedPlan *cached;			/* held until it has been executed; NULL: not yet planned */
	ParamListInfo params;
	FsqPrefetchPlan *ahead;		/* NULL: nothing was asked ahead */
	bool		planned;		/* its plan had to be made */
	bool		done;
	bool		failed;			/* its error is the fetch's */
	/* for a trace */
	TimestampTz started;
	TimestampTz finished;
	int			nrows;
} FsqRun;

/* A row; its text ends where that of the next row begins. */
typedef struct FsqRow
{
	int32		start;			/* in the texts */
	int32		next;			/* row of the same parent, or -1 */
	int32		bad;			/* output that is null and must not be, or -1 */
} FsqRow;

/* A child of a row: where its text belongs, and its key's entry (or -1). */
typedef struct FsqSplice
{
	int32		position;
	int32		entry;
} FsqSplice;

typedef struct FsqExecution FsqExecution;
typedef struct FsqFetchState FsqFetchState;
struct FsqFetchState
{
	FsqFetch   *fetch;
	FsqExecution *execution;
	/* what of the fetch the request includes */
	FsqObject  *object;
	FsqSelect  *select;
	int			nchildren;
	FsqFetchState **children;	/* in the order of the object's outputs */
	const FsqFetchView *view;
	int			nsplices;		/* of a row: its children, and where the second and later segments begin */
	int64		page_size;		/* rows of a parent that are shown */

	FsqFetchStatus status;
	ErrorData  *error;			/* FAILED */
	FsqPrefetchNeed *need;		/* PLANNING */
	bool		shown;			/* a row of its parent would have shown its rows */

	FsqKeyTable *keys;			/* of the parents; NULL for a root */
	bool		started;		/* the keys are final */
	bool		asked;			/* it was tried to ask it ahead */
	bool		wanted;			/* a row of its parent has one of its keys */
	int			nruns;
	FsqRun	   *runs;
	int			nasked;			/* runs that were asked ahead, or were to be */
	FsqKeyEntry root;			/* the rows of a root */
	FsqFallbackUses fallbacks;	/* that have answered for its sources */

	FsqTexts	texts;			/* ",{..}" for each row */
	int			nrows;
	int			capacity;
	FsqRow	   *rows;
	FsqSplice  *splices;		/* nsplices for each row */

	/* filters and orders across databases: lookup.c */
	bool		pinned;			/* the keys are those that arguments pin */
	bool		whole;			/* it asks for all rows instead of for keys */
	bool		decided;		/* KEYS: whether it does */
	bool		needed;			/* CANDIDATES: the keys of its rows are wanted */
	double		estimate;		/* of its rows; negative: not known */
	FsqRun		estimated;		/* has the plan that says so, if it may be run */
	FsqKeyTable *found;			/* KEYS */
	int			values_capacity;
	Datum	   *values;			/* in step with found */
	bool	   *value_nulls;
	const FsqFetch *culprit;	/* FAILED: whose failure it is, or NULL: its own */

	/* for reading keys */
	Datum	   *key_values;
	bool	   *key_nulls;
};

/* The time that a request has. */
typedef struct FsqDeadline
{
	TimestampTz time;			/* 0: none */
	TimestampTz end;			/* when all that still runs must have been stopped */
	TimestampTz outer;			/* of the request around this one */
	bool		statement_timeout;	/* was running at its begin */
} FsqDeadline;

struct FsqExecution
{
	FsqPlan    *plan;
	FsqPlanView *view;
	Datum	  **values;			/* of parameters, by fetch */
	FsqEntityValues **entities;	/* representations, by field; NULL for one that is not included */
	int		  **entity_entries; /* entries of their keys, in step; -1: none */
	Snapshot	snapshot;		/* of all statements */
	FsqErrorList *errors;
	FsqFetchState *states;		/* by number of fetch */
	MemoryContext context;
	MemoryContext scratch;		/* reset after each row */
	const FsqFetch *too_large;	/* the fetch whose rows make the response too large, or NULL */
	int64		text_size;		/* of all full blocks of texts */
	int64		text_memory;	/* of those that are in memory */
	struct BufFile *file;		/* holds the others; NULL: there are none */
	char	   *read_buffer;	/* for reading them */
	ResourceOwner owner;		/* holds the plans of runs */
	FsqPrefetch *prefetch;
	bool		running;		/* prefetch and deadline are to be ended */
	bool		asked;			/* an estimate has asked what planning needs */
	bool		traced;
	TimestampTz started;
	FsqDeadline deadline;
};

/* The texts of a fetch, empty; in the current context. */
extern void fsq_text_init(FsqTexts *texts);
/* The place where the next row's text begins: texts.current is to be appended to. */
extern int32 fsq_text_begin_row(FsqFetchState *state);
/*
 * The text of the row that begins at a place, which the processor is told to
 * fetch; NULL: it is in the file.
 */
extern const char *fsq_text_fetch(FsqFetchState *state, int32 place);
/*
 * Text from one place to another, or the first part of it: *length bytes, good
 * until the next call.
 */
extern const char *fsq_text_read(FsqFetchState *state, int32 from, int32 to, int *length);
/* How large all texts are. */
extern int64 fsq_text_size(const FsqExecution *execution);
/* Raise the error of rows that are more than a response can have. */
pg_noreturn extern void fsq_text_too_large(FsqFetchState *state);
/* Remove what was written to files; an error does that by itself. */
extern void fsq_text_end(FsqExecution *execution);

/* A statement of a fetch, made if need be; raises what analysis raises. */
extern CachedPlanSource *fsq_fetch_statement(FsqFetch *fetch, FsqSelect *select,
											 MemoryContext plan_context);

/* A plan of its statement, for the place where the fetch is to be read. */
extern CachedPlan *fsq_fetch_plan(const FsqFetch *fetch, CachedPlanSource *source,
								  ParamListInfo params, ResourceOwner owner);

/*
 * The plan to run a fetch's statement with.  The execution's owner holds it.
 * *planned: it had to be made.
 */
extern CachedPlan *fsq_fetch_choose_plan(FsqFetchState *state, FsqRun *run);

/* Divide a fetch whose keys are final into runs of as many keys as its server is asked for at once. */
extern void fsq_fetch_make_runs(FsqFetchState *state);

/*
 * Execute a run in a subtransaction of its own.  An error makes the fetch
 * FAILED.
 */
extern void fsq_fetch_run(FsqFetchState *state, FsqRun *run);

/* token.c: append a token of a row, as a JSON string; what it allocates is garbage afterwards. */
extern void fsq_token_render(FsqFetchState *state, FsqTokenOutput *output,
							 const Datum *values, const bool *nulls, StringInfo out);

/* Let go of the plans of a fetch, and of what was asked ahead for it. */
extern void fsq_fetch_drop(FsqFetchState *state);

/*
 * Call a function of a fetch in a subtransaction of its own, with a memory
 * context that goes away with it.  False after an error: the fetch is FAILED,
 * or (the step does not wait for what planning needs) PLANNING.
 */
typedef void (*FsqFetchStep) (FsqFetchState *state, FsqRun *run);
extern bool fsq_fetch_try(FsqFetchState *state, FsqRun *run, FsqFetchStep step);

/*
 * ahead.c: ask for a fetch ahead, as far as that is possible: it is then
 * PLANNING, SENT, still KNOWN (nothing of it can be asked ahead) or FAILED.
 */
extern void fsq_fetch_ask(FsqFetchState *state);
/* Whether more runs of a fetch that was asked ahead should be asked for now. */
extern bool fsq_fetch_wants_more(const FsqFetchState *state);
/* The server of a fetch whose relation is a foreign table of ours, or InvalidOid. */
extern Oid	fsq_fetch_server(const FsqFetch *fetch);

/* pinned.c: the fetches whose keys arguments give are KNOWN from the beginning. */
extern void fsq_pinned_start(FsqExecution *execution);
/* A fetch is DONE or FAILED: give up children that began with it and that no row of it wants. */
extern void fsq_pinned_check(FsqFetchState *parent);

/* entity.c: the fetches of representations are KNOWN from the beginning. */
extern void fsq_entities_start(FsqExecution *execution);

/* lookup.c: fetches that find keys for the filters and orders of others */

/* What they need beside a usual fetch. */
extern void fsq_lookup_prepare(FsqFetchState *state);
/* Take a row of one of them. */
extern void fsq_lookup_receive(FsqFetchState *state, TupleTableSlot *slot);
/* Give those below a fetch the keys of its row. */
extern void fsq_lookup_add_keys(FsqFetchState *state, TupleTableSlot *slot);
/*
 * Decide what can be decided, and make KNOWN what has all that it needs.  False
 * if nothing has changed, and nothing was asked for.
 */
extern bool fsq_lookup_advance(FsqExecution *execution);
/* Let go of the plan that an estimate comes from. */
extern void fsq_lookup_drop(FsqFetchState *state);
/* The value of a parameter that is what was found; *isnull is set if that is nothing, or not done. */
extern Datum fsq_lookup_param(FsqFetchState *state, const FsqRun *run, const FsqPlanParam *param,
							  bool *isnull);
/* Whether a fetch asks for what a join table says, and that says nothing. */
extern bool fsq_lookup_found_nothing(const FsqFetchState *state);
/* The keys that are divided among the runs of a fetch; NULL: it has one run. */
extern const FsqKeyTable *fsq_lookup_divided(const FsqFetchState *state);
/* The fetch that a fetch waits for: itself, or one that finds keys for it. */
extern const FsqFetch *fsq_lookup_awaited(const FsqFetchState *state);

/* execute.c: run all fetches of a plan. */
extern void fsq_execute(FsqExecution *execution);
/* End what fsq_execute has begun, also after an error. */
extern void fsq_execute_end(FsqExecution *execution);

/* ---- deadline.c: the time that a request has ---- */

/* Begin, with so many milliseconds (0: no limit); to be ended in any case. */
extern void fsq_deadline_begin(FsqDeadline *deadline, int milliseconds);
extern void fsq_deadline_end(FsqDeadline *deadline);
/* Move it: so many milliseconds from now. */
extern void fsq_deadline_extend(FsqDeadline *deadline, int milliseconds);
/* Between these a passed deadline is raised as a cancel. */
extern void fsq_deadline_arm(void);
extern void fsq_deadline_disarm(void);
/* Whether an error is the deadline's doing. */
extern bool fsq_deadline_is_error(const FsqDeadline *deadline, const ErrorData *error);

/* fallback.c: whether fallbacks have answered, and which: appends the member "fallbacks" of the extensions. */
extern bool fsq_execution_fell_back(const FsqExecution *execution);
extern void fsq_fallbacks_write(FsqExecution *execution, StringInfo out);

/* trace.c: append the member "trace" of the extensions; NULL: nothing was executed. */
extern void fsq_trace_write(FsqExecution *execution, const char *query, StringInfo out);

/*
 * write.c: append the value of "data"; "null" if a null went all the way up.
 * A response that becomes too large is not written to its end.
 */
extern void fsq_write_data(FsqExecution *execution, StringInfo out);

/* failure.c: add the error of a failed fetch. */
extern void fsq_failure_add(FsqErrorList *errors, const FsqFetch *fetch, const ErrorData *error);
/* The error of a fetch for which there was no time. */
extern ErrorData *fsq_failure_late(const FsqFetch *fetch);
/* The error of a response that is too large. */
extern ErrorData *fsq_failure_too_large(void);
/* Whether an error must not be made part of a response: a cancel. */
extern bool fsq_failure_propagates(const ErrorData *error);

#endif							/* FSQ_EXEC_EXEC_H */
