/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  The state of a foreign scan, for the files that are its executor's side:
 *	  scan.c, and direct.c, which hands rows over without tuples.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SCAN_H
#define FSQ_FDW_SCAN_H

#include "connection.h"
#include "direct.h"
#include "fallback.h"
#include "replica.h"

/* What an array that may be sent as its only element is sent as. */
typedef enum FsqKeyForm
{
	FSQ_KEY_UNKNOWN,			/* it was not evaluated yet, or its kind is another */
	FSQ_KEY_LIST,
	FSQ_KEY_ALONE
} FsqKeyForm;

/* A parameter of a scan's statement. */
typedef struct FsqScanParam
{
	const FsqParam *param;
	FsqParam   *lone;			/* of KEYS: the parameter that its only element is; or NULL */
	FsqKeyForm	form;			/* how that is sent now */
	Node	   *expr;			/* an ExprState, or an external parameter that is read as it is */
	Datum		value;
	bool		isnull;
} FsqScanParam;

typedef struct FsqScanState
{
	FsqScanPlan *plan;
	const FsqDriver *driver;
	Oid			serverid;
	Oid			readid;			/* the server, or the replica of it, that is read */
	Oid			userid;
	const char *doing;			/* for errors */

	/* in step with the remote's columns */
	int			nretrieved;
	int		   *slots;			/* place in the slot, from 0 */
	FsqConverter *converters;

	int			nparams;
	FsqScanParam *params;
	ParamListInfo external;		/* the values of external parameters */
	bool		reshaped;		/* the text is another than with the values before */
	FsqValue   *param_values;	/* of engines that bind them */
	MemoryContext param_context;	/* what param_values point to */

	List	   *tables;			/* of FsqTable *: those that were opened */
	bool		checked;		/* the remote tables are what the plan was made for */
	FsqQuery   *query;			/* NULL: not sent yet */
	bool		started;		/* a row was asked for */
	bool		restart;		/* a rescan was asked for */
	FsqDirect  *direct;			/* who receives rows without tuples, or NULL */

	/* another relation that may answer */
	FsqFallbackScan *fallback;	/* NULL: there is none */
	MemoryContext attempt;		/* of what is sent; goes away if the source fails */
	bool		guarded;		/* something else may answer if the server fails */
	bool		answered;		/* the source has answered: it does not do so again by another */
	enum {PEEKED_NOTHING, PEEKED_ROW, PEEKED_END} peeked;	/* at the first row */
	bool		begun;			/* a guarded scan has been started */
	int			replaced;		/* parameter whose value is another one, or -1 */
	Datum		replacement;
	/* what is read: the source, what it lacks, all; or the fallback first, and what that lacks */
	enum {SOURCE_READ, FALLBACK_MISSING, FALLBACK_ALL, FALLBACK_FIRST, SOURCE_MISSING} phase;
} FsqScanState;

/* ---- scan_text.c ---- */

/*
 * Prepare to evaluate the plan's parameters, which are the first of exprs; the
 * result is the rest.  parent: whose they are; NULL: nobody's, they depend on
 * nothing but external parameters.
 */
extern List *fsq_scan_init_params(FsqScanState *state, List *exprs, PlanState *parent,
								  ParamListInfo external);

/*
 * Evaluate the parameters.  What param_values point to stays until this is
 * called again.  Functions and subplans run, which may read other sources:
 * not to be called where the failure of one is caught.
 */
extern void fsq_scan_evaluate(FsqScanState *state, ExprContext *econtext);

/* The statement for the parameters' values. */
extern char *fsq_scan_sql(FsqScanState *state);

#endif							/* FSQ_FDW_SCAN_H */
