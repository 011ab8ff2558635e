/*-------------------------------------------------------------------------
 *
 * fallback.h
 *	  Another relation that answers for a foreign table (table options
 *	  fallback and fallback_on).
 *
 *	  fallback_plan.c writes, when a scan is planned, the query over the
 *	  fallback that gives what the remote statement would have given;
 *	  fallback_scan.c runs it; fallback.c knows the options, and keeps what is
 *	  told of a fallback that was used.
 *
 *	  The query is a tree over "the table's columns": a subquery that is put in
 *	  when it runs, made of the fallback's columns as they are then.  Whatever
 *	  was sent to the remote (conditions, grouping, window functions, order,
 *	  limit) is in it as PostgreSQL's own expressions, with a parameter for each
 *	  value that only the scan knows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_FALLBACK_H
#define FSQ_FDW_FALLBACK_H

#include "fallback_use.h"
#include "pushdown.h"
#include "resilience/guard.h"
#include "source.h"

/* ---- fallback.c ---- */

/* When a fallback is used: bits. */
#define FSQ_FALLBACK_ERROR 1	/* the source fails */
#define FSQ_FALLBACK_MISSING 2	/* it was asked by key, and has no such row */

/* The value of an option fallback_on, or 0. */
extern int	fsq_fallback_on(const char *value);

/* Raises an error unless the options of a foreign table agree. */
extern void fsq_fallback_check_options(List *options);

/* The relation that an option names, locked; raises an error if there is none. */
extern Oid	fsq_fallback_open(const FsqTable *table);

/* Raise an error if a fallback lacks a column of the table, by attnum; NULL: any. */
extern void fsq_fallback_check_columns(const FsqTable *table, Oid fallback, Bitmapset *columns);

/* Raise an error if the fallbacks of fallbacks lead back to the table. */
extern void fsq_fallback_check_cycle(const FsqTable *table);

/*
 * A table's fallback is used, because of an error of its source, for what that
 * does not have (NULL), or because it was to be read first: told to who collects
 * it and, unless it was asked for, counted.  What is told, to be completed, or
 * NULL.
 */
extern FsqFallbackUse *fsq_fallback_note(const FsqTable *table, const ErrorData *error, bool first,
										 TimestampTz started);

/* ---- fallback_plan.c ---- */

typedef struct FsqFallbackPlan
{
	Oid			relid;			/* of the foreign table */
	char	   *relation;		/* the option's text */
	int			on;				/* FSQ_FALLBACK_* */
	bool		first;			/* it answers, and the source only for keys that it does not have */
	bool		unplanned;		/* the source could not be asked when the scan was planned */
	bool		keyed;			/* asked by key, and what is not found is asked from the fallback */
	Query	   *query;
	List	   *columns;		/* attnums that the query uses, of int */
	List	   *keys;			/* keyed: places of the key's columns in the scan's row, from 1 */
	List	   *key_types;		/* ... as what they are compared, of Oid */
	List	   *key_collations;
	int			asked;			/* the query's parameter that holds what is asked for, or 0 */
	bool		asked_array;	/* ... which is an array of keys */
	int			source_param;	/* the remote statement's parameter that is the same, or 0 */
} FsqFallbackPlan;

extern List *fsq_fallback_plan_to_list(const FsqFallbackPlan *plan);
extern FsqFallbackPlan *fsq_fallback_plan_from_list(List *list);

/* Whether reads of a query may get the rows of fallbacks: nothing is written with them. */
extern bool fsq_fallback_is_possible(PlannerInfo *root);

/*
 * The restrictions that ask by key: each of the key's columns equals a value.
 * NIL: it is not asked by key.
 */
extern List *fsq_fallback_key_clauses(PlannerInfo *root, FsqRelation *relation);

/*
 * What a scan whose statement was written needs to be answered by the
 * fallback; its parameters are added to exprs.
 */
extern FsqFallbackPlan *fsq_fallback_plan(PlannerInfo *root, FsqRelation *relation,
										  const FsqStatement *statement, List *rinfos,
										  const FsqScanPlan *plan, List **exprs);

/* ---- fallback_scan.c ---- */

typedef struct FsqFallbackScan FsqFallbackScan;

/* For a scan that begins; exprs (of ExprState *) are those of its parameters. */
extern FsqFallbackScan *fsq_fallback_begin(const FsqFallbackPlan *plan, FsqTable *table, Oid userid,
										   List *exprs, EState *estate);

/*
 * Run the query, instead of the source or after it.  error: why, or NULL; only
 * keys that fsq_fallback_found was not told of come if the scan is keyed and
 * there is none.
 */
extern void fsq_fallback_start(FsqFallbackScan *scan, ExprContext *econtext, const ErrorData *error);

/* A row, good until the next call, or NULL. */
extern TupleTableSlot *fsq_fallback_next(FsqFallbackScan *scan);

/* The source (or the fallback, if it is read first) has a row, whose values are those of the scan's row. */
extern void fsq_fallback_found(FsqFallbackScan *scan, const Datum *values, const bool *nulls);
/* The scan begins anew: nothing is found. */
extern void fsq_fallback_forget(FsqFallbackScan *scan);
/* Whether a row of the fallback has a key that the source has, too. */
extern bool fsq_fallback_is_found(FsqFallbackScan *scan, const Datum *values, const bool *nulls);
/*
 * Whether some of what is asked for was not found.  *reduced: it is known what
 * that is, and all of it is *asked.
 */
extern bool fsq_fallback_is_missing(FsqFallbackScan *scan, ExprContext *econtext, bool *reduced,
									Datum *asked);
/* A row of the fallback is part of the answer. */
extern void fsq_fallback_used(FsqFallbackScan *scan);

extern void fsq_fallback_end(FsqFallbackScan *scan);

/* What EXPLAIN ANALYZE tells of it, or NULL. */
extern char *fsq_fallback_story(const FsqFallbackScan *scan);

/* The query as SQL, for EXPLAIN. */
extern char *fsq_fallback_text(const FsqFallbackPlan *plan);

#endif							/* FSQ_FDW_FALLBACK_H */
