/*-------------------------------------------------------------------------
 *
 * pushdown.h
 *	  What the planner side of the wrapper core shares.
 *
 *	  pushdown.c, condition.c, compare.c and aggregate.c turn expressions into
 *	  SQL with a verdict, template.c writes texts with holes, deparse.c puts
 *	  statements together, path.c makes the paths and plans of tables, upper.c
 *	  those of what stands above them (ORDER BY, LIMIT, grouping, DISTINCT),
 *	  window.c writes window functions and makes the paths with them,
 *	  estimate.c says what they cost, and statistics.c what the planner may
 *	  know of columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_PUSHDOWN_H
#define FSQ_FDW_PUSHDOWN_H

#include "fdw.h"
#include "utils/array.h"

/*
 * What is read from a foreign server, in RelOptInfo.fdw_private: of a foreign
 * table, or of an upper relation above one.
 */
typedef struct FsqRelation
{
	FsqTable   *table;
	FsqRemoteTable *remote;		/* NULL: no description */
	FsqColumnInfo *columns;		/* by attnum - 1 */
	struct HeapTupleData **statistics;	/* statistics.c's, by attnum - 1; NULL: not asked for */
	RelOptInfo *base;			/* the foreign table's relation */
	bool		pushdown;		/* anything but the column list may be sent */
	bool		exact;			/* every restriction of the table is exact */
	double		total_rows;		/* rows of the table */
	double		scanned_rows;	/* rows the remote looks at */
	List	  **answers;		/* remote_estimate.c's, shared with the upper relations */
	QualCost	local_cost;		/* of the conditions that are evaluated here */
	int			affinity;		/* FsqAffinity */
	bool		unplanned;		/* the source could not be asked; its fallback may answer */
	List	   *key_clauses;	/* asked by key, of a table with a fallback for missing rows: nothing else is sent */

	/* upper relations */
	RelOptInfo *source;			/* what the scan returns: base, or the grouped or windowed relation */
	bool		grouped;
	List	   *group_exprs;	/* GROUP BY, or the columns of DISTINCT */
	bool		windowed;		/* columns of the table, and window functions over its rows */
	List	   *windows;		/* of WindowFunc *: those that the statement has */
	List	   *tlist;			/* fdw_scan_tlist of the grouped or windowed relation */
	int			nread;			/* windowed: of its entries, so many are read, the others null */
	int			name_letters;	/* windowed: with which names in a derived table begin */
	List	   *having;			/* conditions on groups, or on what window functions return, sent */
	List	   *local_having;	/* such conditions, evaluated here */
	bool		ordered;		/* an ORDERED relation over the source */
	double		rows;			/* that come back */
	Cost		startup_cost;
	Cost		total_cost;
} FsqRelation;

/* Whether a scan returns rows of its own shape rather than the table's. */
#define FSQ_IS_UPPER(relation) ((relation)->grouped || (relation)->windowed)

/*
 * The remote statement that is being written: the holes that its texts refer
 * to, and what its expressions may refer to.
 */
typedef struct FsqScope
{
	PlannerInfo *root;
	FsqRelation *relation;
	const FsqDialect *dialect;
	const FsqRules *rules;
	Relids		relids;			/* columns of these are columns of the statement */
	bool		aggregates;		/* aggregates may be written */
	bool		windows;		/* window functions may be written */
	bool		derived;		/* columns and window functions are those of a derived table */
	bool		no_query;		/* nothing that may become a query may be written */
	bool		alone;			/* the condition that is written is the statement's only one */
	List	   *exprs;			/* of holes, in the order of their numbers */
	List	   *params;			/* of FsqParam *, in step */
	bool		comparing;		/* an operand is written whose value may be beyond the remote's */
	Bitmapset  *used;			/* columns written, by attnum */
	Bitmapset  *pinned;			/* columns that every row has equal to a value of the type */
} FsqScope;

extern void fsq_scope_init(FsqScope *scope, PlannerInfo *root, FsqRelation *relation);

/* ---- pushdown.c ---- */

/*
 * A value, or a truth value.  encoding: of the column that a constant or
 * parameter is compared with.  False: it cannot be had from the remote.
 */
extern bool fsq_push_expr(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result);

/*
 * A condition.  superset: whether one that is true for more rows will do; the
 * result's verdict tells what was made.
 */
extern bool fsq_push_condition(FsqScope *scope, Expr *expr, bool superset, FsqFragment *result);

/* A fragment written as a value, or as a condition. */
extern const char *fsq_fragment_value(FsqScope *scope, const FsqFragment *fragment);
extern const char *fsq_fragment_condition(FsqScope *scope, const FsqFragment *fragment);

/* A column of the relation, as it is read and compared. */
extern const char *fsq_column_text(FsqScope *scope, int attnum);

/* Whether an expression has no column of the statement and so can be sent as a value. */
extern bool fsq_is_external(FsqScope *scope, Node *node);

/* A hole of the statement for an expression that is evaluated here. */
extern const char *fsq_push_hole(FsqScope *scope, Expr *expr, int encoding, FsqParamKind kind);
extern const char *fsq_push_formed_hole(FsqScope *scope, Expr *expr, int encoding, FsqParamKind kind,
										const char *form);

extern const FsqTypeRule *fsq_type_rule(const FsqScope *scope, Oid type);

/* A sort key, written with its direction; or NULL. */
extern const char *fsq_push_sort(FsqScope *scope, Expr *expr, Oid opfamily, Oid collation,
								 bool descending, bool nulls_first);

/*
 * A grouping expression, or NULL.  listed: as it stands in GROUP BY, where some
 * engines want what is selected, too.
 */
extern const char *fsq_push_group(FsqScope *scope, Expr *expr, bool listed);

/* A value of the rule's type such that equal ones are one group, and others are not. */
extern const char *fsq_group_text(const FsqTypeRule *rule, const char *text);

/*
 * A value as an argument of something: it must be the very value, in the
 * remote's usual spelling.
 */
extern bool fsq_push_argument(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result);

/*
 * What may be done with the result of an expression computed there: what its
 * type allows; composed: put together of several values.
 */
extern bool fsq_set_computed(FsqScope *scope, FsqFragment *result);
extern bool fsq_set_composed(FsqScope *scope, FsqFragment *result);

/* What is known of the values of an integer type. */
extern void fsq_set_integer_range(FsqFragment *result);

/* ---- condition.c ---- */
extern bool fsq_push_boolexpr(FsqScope *scope, BoolExpr *expr, bool superset, FsqFragment *result);
extern bool fsq_push_nulltest(FsqScope *scope, NullTest *expr, bool superset, FsqFragment *result);
extern bool fsq_push_booleantest(FsqScope *scope, BooleanTest *expr, FsqFragment *result);
extern bool fsq_push_case(FsqScope *scope, CaseExpr *expr, FsqFragment *result);
extern bool fsq_push_coalesce(FsqScope *scope, CoalesceExpr *expr, FsqFragment *result);

/*
 * Whether a value that does not convert could take part unnoticed, because
 * there is no way to find it there.
 */
extern bool fsq_may_hide_bad_values(const FsqFragment *fragment);

/* ---- aggregate.c ---- */
extern bool fsq_push_aggref(FsqScope *scope, Aggref *aggref, FsqFragment *result);

/* A call of an aggregate, or of a window function. */
typedef struct FsqAggregateCall
{
	const FsqAggregateRule *rule;
	List	   *args;			/* of Expr * */
	bool		star;			/* count(*) */
	bool		distinct;
	Expr	   *filter;
	Oid			collation;		/* of its input */
	const char *over;			/* " OVER (...)", or nothing */
} FsqAggregateCall;

extern bool fsq_push_aggregate(FsqScope *scope, const FsqAggregateCall *call, FsqFragment *result);

/* The rule of a function in a table of them, or NULL. */
extern const FsqAggregateRule *fsq_aggregate_rule(const FsqAggregateRule *rules, Oid id);

/* ---- window.c ---- */
extern bool fsq_push_window(FsqScope *scope, WindowFunc *function, FsqFragment *result);

/* Names in a derived table: of a column, and of a window function by its place. */
extern char *fsq_derived_column(const FsqRelation *relation, int attnum);
extern char *fsq_derived_window(const FsqRelation *relation, int place);

extern void fsq_add_window_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel);

/* ---- upper.c ---- */

/* What the remote can do on top of this relation, or NULL for nothing. */
extern FsqRelation *fsq_extensible(RelOptInfo *rel);

/*
 * Whether the conditions without columns can be sent with a grouped or windowed
 * relation, over which there is nothing that would evaluate them.
 */
extern bool fsq_can_gate(PlannerInfo *root, FsqRelation *relation);

/* A relation above another, to be changed into what it is. */
extern FsqRelation *fsq_extend(FsqRelation *below, RelOptInfo *rel);

/* ---- compare.c ---- */
extern bool fsq_push_comparison(FsqScope *scope, Oid opno, Oid collation, Expr *left, Expr *right,
								bool superset, FsqFragment *result);
extern bool fsq_push_distinct(FsqScope *scope, DistinctExpr *expr, bool negate, FsqFragment *result);
extern bool fsq_push_nullif(FsqScope *scope, NullIfExpr *expr, FsqFragment *result);
extern bool fsq_push_array(FsqScope *scope, ScalarArrayOpExpr *expr, bool superset, FsqFragment *result);

/* Whether a collation's order is that of the bytes of UTF-8 text. */
extern bool fsq_collation_is_binary(Oid collation);

/* Whether a value of the type and collation may be grouped, or sorted, there. */
extern FsqVerdict fsq_fragment_equality(const FsqScope *scope, const FsqFragment *fragment, Oid collation);
extern FsqVerdict fsq_fragment_order(const FsqScope *scope, const FsqFragment *fragment, Oid collation);

/* A value as it is sorted, of which fsq_fragment_order has said that it may be. */
extern const char *fsq_order_text(FsqScope *scope, const FsqFragment *fragment, Oid collation);

/*
 * The collation of what is computed there from these, InvalidOid if that is
 * not known; false: the remote could not tell either.
 */
extern bool fsq_common_collation(const FsqScope *scope, const FsqFragment *args, int nargs,
								 Oid *collation);

/* ---- template.c: texts with holes ---- */

/* A template with its arguments put in. */
extern char *fsq_template(const char *template, int nargs, const char *const *args);
extern char *fsq_template1(const char *template, const char *a);
extern char *fsq_template2(const char *template, const char *a, const char *b);

/* Text as it may stand beside holes. */
extern char *fsq_escape_text(const char *text);
extern char *fsq_hole(int number);

/* The number of the hole that a text is, or 0. */
extern int	fsq_hole_number(const char *text);

/*
 * One of several texts, by FsqPlace, when the statement is sent: where the
 * parameter's value stands.  The first stands for it in EXPLAIN.
 */
#define FSQ_PLACES (FSQ_PLACE_RUN + 1)
extern char *fsq_choice(int number, const char *const *texts);

/* The lowest, or the highest, element of an array of integers that has FSQ_PLACE_RUN. */
extern char *fsq_run_end(int number, bool highest);

/*
 * The statement of a text: pieces, and the holes that are really used, with
 * their expressions.
 */
extern void fsq_text_to_plan(const char *text, const FsqScope *scope, FsqScanPlan *plan, List **exprs);

/* ---- place.c ---- */

/* Where a parameter's value stands; a null can be sent. */
extern FsqPlace fsq_param_place(const FsqDialect *dialect, const FsqParam *param, Datum value,
								bool isnull);

/* Whether a type is one of integers, whose arrays may be runs. */
extern bool fsq_is_integer_type(Oid type);

/* The type of the elements of an array that is a parameter's value; domains: their base type. */
extern Oid	fsq_array_element_type(const FsqParam *param, const ArrayType *array);

/* An element of an array of integers of a type, without nulls; elements: ARR_DATA_PTR. */
static inline int64
fsq_array_integer(Oid type, const char *elements, int i)
{
	if (type == INT4OID)
		return ((const int32 *) elements)[i];
	return type == INT8OID ? ((const int64 *) elements)[i] : ((const int16 *) elements)[i];
}

/*
 * The lowest and the highest element of an array of integers; whether those
 * and all between them are in it, and no null.
 */
extern bool fsq_array_run(const FsqParam *param, Datum value, int64 *low, int64 *high);

/* ---- deparse.c ---- */

/* What a statement consists of, beyond its relation. */
typedef struct FsqStatement
{
	List	   *conditions;		/* of Expr *: restrictions, sent as far as they go */
	List	   *pathkeys;
	bool		limited;		/* with the query's LIMIT and OFFSET */
	List	   *retrieved;		/* base: attnums that are read */
} FsqStatement;

/* Put a restriction where it belongs: sent, evaluated here, or both. */
extern FsqVerdict fsq_condition_verdict(PlannerInfo *root, FsqRelation *relation, Expr *clause);

/*
 * Write the statement: the plan without its sources, and the expressions of
 * its parameters.  Everything in it has been found to be possible before.
 */
extern FsqScanPlan *fsq_statement_write(PlannerInfo *root, FsqRelation *relation,
										const FsqStatement *statement, List **exprs);

/* The expression of a pathkey that the relation's rows have, or NULL. */
extern Expr *fsq_pathkey_expr(FsqRelation *relation, PathKey *pathkey);

/* The sort keys of pathkeys over a relation's rows; false if one is not to be had. */
extern bool fsq_push_pathkeys(FsqScope *scope, List *pathkeys, StringInfo sql);

/* ---- estimate.c ---- */

/* Rows of the whole table, as far as anybody knows. */
extern double fsq_table_rows(const FsqRelation *relation);

/*
 * Rows for which the clauses hold, and how many of the table's rows the
 * remote looks at for it.
 */
extern double fsq_estimate_rows(PlannerInfo *root, FsqRelation *relation, List *clauses,
								double *looked_at);

/* Whether the remote finds rows by a column without looking at all. */
extern bool fsq_is_indexed(const FsqRelation *relation, int attnum);

extern void fsq_cost_rows(const FsqRelation *relation, double looked_at, double returned,
						  Cost *startup, Cost *total);

/*
 * The column that a clause pins to a value, or to one of so many values; 0 if
 * it does not.
 */
extern int	fsq_pinned_column(PlannerInfo *root, FsqRelation *relation, Expr *clause, double *values);
extern void fsq_cost_order(FsqRelation *relation, List *pathkeys, Cost *startup, Cost *total);

/* ---- remote_estimate.c ---- */

/* Whether the remote is to be asked what it expects of statements. */
extern bool fsq_asks_remote(const FsqRelation *relation);

/*
 * What the remote's EXPLAIN says of a statement; false: it is not asked, or
 * says nothing.
 */
extern bool fsq_estimate_remote(PlannerInfo *root, FsqRelation *relation,
								const FsqStatement *statement, FsqEstimate *estimate);
extern void fsq_cost_estimate(const FsqRelation *relation, const FsqEstimate *estimate,
							  Cost *startup, Cost *total);

/* ---- path.c ---- */

/*
 * Do something that asks the source of a table: the server that it is read
 * from.  False: it has failed, and the table has a fallback.
 */
extern bool fsq_relation_ask(FsqRelation *relation, void (*step) (void *arg), void *arg);

/*
 * Put the remote's estimate of an upper relation's statement in place of ours,
 * if it is asked and knows.
 */
extern void fsq_estimate_upper(PlannerInfo *root, FsqRelation *relation, List *pathkeys);

/* ---- statistics.c ---- */
extern void fsq_statistics_set_widths(FsqRelation *relation);

#endif							/* FSQ_FDW_PUSHDOWN_H */
