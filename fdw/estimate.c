/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  How many rows a statement looks at and returns, and what that costs.
 *
 *	  Selectivities are PostgreSQL's own, from the statistics of ANALYZE or,
 *	  where it has not been run, from what the remote's description gives
 *	  (statistics.c).  Here they meet what the planner cannot know of a foreign
 *	  table: its keys, and which of its rows an index saves the remote from
 *	  looking at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "pushdown.h"

/* Rows of a table of which nothing is known. */
#define UNKNOWN_ROWS 1000

/* What a table counted by ANALYZE may grow or shrink by before the remote is believed instead. */
#define STALE_FACTOR 2

/*
 * Rows of the table: what ANALYZE has counted, unless the remote says that it
 * has doubled or halved since.
 */
double
fsq_table_rows(const FsqRelation *relation)
{
	double		analyzed = relation->base->tuples;
	double		remote = relation->remote != NULL ? relation->remote->rows : -1;

	if (analyzed < 0 && remote < 0)
		return UNKNOWN_ROWS;
	if (analyzed < 0)
		return remote;
	if (remote > analyzed * STALE_FACTOR || (remote >= 0 && remote * STALE_FACTOR < analyzed))
		return remote;
	return analyzed;
}

/* ---- clauses that pin a column to a value ---- */

static Node *
strip_casts(Node *node)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL &&
				 list_length(((FuncExpr *) node)->args) == 1)
			node = linitial(((FuncExpr *) node)->args);
		else
			return node;
	}
}

/*
 * The column of a clause "column op value", or 0.  The value may be a column
 * of another relation.
 */
static int
clause_column(PlannerInfo *root, FsqRelation *relation, List *args)
{
	int			attnum = 0;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *node = lfirst(lc);

		node = strip_casts(node);
		if (!bms_is_member(relation->base->relid, pull_varnos(root, node)))
			continue;
		if (attnum != 0 || !IsA(node, Var))
			return 0;
		attnum = ((Var *) node)->varattno;
	}
	return Max(attnum, 0);
}

/*
 * The number of elements of the array in = ANY.
 */
static double
array_size(Node *array)
{
	array = strip_casts(array);
	if (IsA(array, Const) && !((Const *) array)->constisnull)
	{
		ArrayType  *value = DatumGetArrayTypeP(((Const *) array)->constvalue);

		return Max(ArrayGetNItems(ARR_NDIM(value), ARR_DIMS(value)), 1);
	}
	if (IsA(array, ArrayExpr))
		return Max(list_length(((ArrayExpr *) array)->elements), 1);
	return 10;
}

int
fsq_pinned_column(PlannerInfo *root, FsqRelation *relation, Expr *clause, double *values)
{
	Oid			opno;
	List	   *args;

	*values = 1;
	if (IsA(clause, OpExpr))
	{
		opno = ((OpExpr *) clause)->opno;
		args = ((OpExpr *) clause)->args;
	}
	else if (IsA(clause, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) clause)->useOr)
	{
		opno = ((ScalarArrayOpExpr *) clause)->opno;
		args = ((ScalarArrayOpExpr *) clause)->args;
		*values = array_size(lsecond(args));
	}
	else
		return 0;
	if (list_length(args) != 2 ||
		get_oprrest(opno) != F_EQSEL)
		return 0;
	return clause_column(root, relation, args);
}

/* ---- keys and indexes ---- */

/*
 * The foreign table's column of a column of the remote's (from 0), or 0.
 */
static int
local_column(const FsqRelation *relation, int place)
{
	for (int i = 0; place >= 0 && i < relation->table->ncolumns; i++)
	{
		if (relation->columns[i].remote == &relation->remote->columns[place])
			return i + 1;
	}
	return 0;
}

/*
 * How many of an index's first columns are among these.
 */
static int
pinned_prefix(const FsqRelation *relation, const FsqRemoteIndex *index, Bitmapset *columns)
{
	int			length = 0;

	while (length < index->ncolumns &&
		   bms_is_member(local_column(relation, index->columns[length]), columns))
		length++;
	return length;
}

/*
 * Whether the columns make a key of the table, locally declared or remote.
 */
static bool
contains_key(const FsqRelation *relation, Bitmapset *columns)
{
	const FsqTable *table = relation->table;
	bool		declared = false;
	bool		primary = false;
	ListCell   *lc;

	for (int i = 0; i < table->ncolumns; i++)
		declared |= !table->columns[i].dropped && table->columns[i].key;
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (!table->columns[i].dropped && table->columns[i].key && !bms_is_member(i + 1, columns))
			declared = false;
	}
	if (declared || relation->remote == NULL)
		return declared;

	for (int i = 0; i < relation->remote->ncolumns; i++)
		primary |= relation->remote->columns[i].key_position > 0;
	for (int i = 0; i < relation->remote->ncolumns; i++)
	{
		if (relation->remote->columns[i].key_position > 0 &&
			!bms_is_member(local_column(relation, i), columns))
			primary = false;
	}
	if (primary)
		return true;
	foreach(lc, relation->remote->indexes)
	{
		FsqRemoteIndex *index = lfirst(lc);

		if (index->unique && pinned_prefix(relation, index, columns) == index->ncolumns)
			return true;
	}
	return false;
}

bool
fsq_is_indexed(const FsqRelation *relation, int attnum)
{
	const FsqRemoteColumn *column = relation->columns[attnum - 1].remote;
	ListCell   *lc;

	if (relation->table->columns[attnum - 1].key)
		return true;
	if (column == NULL || relation->remote == NULL)
		return false;
	if (column->key_position == 1)
		return true;
	foreach(lc, relation->remote->indexes)
	{
		FsqRemoteIndex *index = lfirst(lc);

		if (index->ncolumns > 0 && index->columns[0] >= 0 &&
			&relation->remote->columns[index->columns[0]] == column)
			return true;
	}
	return false;
}

/* ---- rows ---- */

/* The columns that clauses pin, and what is known of each, by attnum. */
typedef struct Pins
{
	Bitmapset  *columns;
	double	   *values;			/* to how many values */
	double	   *shares;			/* of the rows that have one of these */
} Pins;

static void
find_pins(PlannerInfo *root, FsqRelation *relation, List *clauses, Pins *pins)
{
	int			size = relation->table->ncolumns + 1;
	ListCell   *lc;

	pins->columns = NULL;
	pins->values = palloc0(sizeof(double) * size);
	pins->shares = palloc0(sizeof(double) * size);
	foreach(lc, clauses)
	{
		double		values;
		int			attnum = fsq_pinned_column(root, relation, lfirst(lc), &values);

		if (attnum == 0 || bms_is_member(attnum, pins->columns))
			continue;
		pins->columns = bms_add_member(pins->columns, attnum);
		pins->values[attnum] = values;
		pins->shares[attnum] = clauselist_selectivity(root, list_make1(lfirst(lc)),
													  relation->base->relid, JOIN_INNER, NULL);
	}
}

/*
 * The share of rows that an index finds by its first columns.  correction: how
 * much more that is than the columns' own shares multiplied, since values that
 * belong together are found together.
 */
static double
index_share(const FsqRelation *relation, const FsqRemoteIndex *index, int length,
			const Pins *pins, double *correction)
{
	double		product = 1;
	double		values = 1;
	double		distinct = index->distinct != NULL && length > 1 ? index->distinct[length - 1] : 0;

	*correction = 1;
	for (int i = 0; i < length; i++)
	{
		int			attnum = local_column(relation, index->columns[i]);

		product *= pins->shares[attnum];
		values *= pins->values[attnum];
	}
	if (distinct < 0)
		distinct *= -relation->total_rows;
	if (distinct >= 1 && product > 0)
		*correction = Max(Min(values / distinct, 1) / product, 1);
	return product * *correction;
}

/*
 * Rows for which the clauses hold, and how many of the table's rows the
 * remote looks at for it.
 */
double
fsq_estimate_rows(PlannerInfo *root, FsqRelation *relation, List *clauses, double *looked_at)
{
	double		share = clauselist_selectivity(root, clauses, relation->base->relid, JOIN_INNER, NULL);
	double		found = 1;
	double		correction = 1;
	double		rows;
	double		values = 1;
	Pins		pins;
	int			attnum = -1;
	ListCell   *lc;

	find_pins(root, relation, clauses, &pins);
	while ((attnum = bms_next_member(pins.columns, attnum)) >= 0)
	{
		values *= pins.values[attnum];
		if (fsq_is_indexed(relation, attnum))
			found = Min(found, pins.shares[attnum]);
	}
	if (relation->remote != NULL)
	{
		foreach(lc, relation->remote->indexes)
		{
			FsqRemoteIndex *index = lfirst(lc);
			int			length = pinned_prefix(relation, index, pins.columns);
			double		one;

			if (length == 0)
				continue;
			found = Min(found, index_share(relation, index, length, &pins, &one));
			correction = Max(correction, one);
		}
	}
	rows = relation->total_rows * Min(share * correction, 1);
	found *= relation->total_rows;
	if (contains_key(relation, pins.columns))
	{
		rows = Min(rows, values);
		found = Min(found, values);
	}
	*looked_at = Max(found, rows);
	return clamp_row_est(rows);
}

/* ---- costs ---- */

/*
 * Cost of a statement that looks at so many rows and returns so many.
 */
void
fsq_cost_rows(const FsqRelation *relation, double looked_at, double returned,
			  Cost *startup, Cost *total)
{
	const FsqRules *rules = relation->table->driver->dialect->rules;

	*startup = relation->table->startup_cost;
	*total = *startup + looked_at * rules->scan_cost + returned * relation->table->tuple_cost;
}

/*
 * Whether an index gives a table's rows in an order.
 */
static bool
has_index_order(FsqRelation *relation, List *pathkeys)
{
	ListCell   *lc;

	if (FSQ_IS_UPPER(relation))
		return false;
	foreach(lc, linitial_node(PathKey, pathkeys)->pk_eclass->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);

		if (IsA(member->em_expr, Var) &&
			((Var *) member->em_expr)->varno == relation->base->relid &&
			((Var *) member->em_expr)->varattno > 0 &&
			fsq_is_indexed(relation, ((Var *) member->em_expr)->varattno))
			return true;
	}
	return false;
}

/*
 * Add to the costs of a relation's statement what an order adds: next to
 * nothing if an index gives it, else a sort, before whose end no row comes.
 */
void
fsq_cost_order(FsqRelation *relation, List *pathkeys, Cost *startup, Cost *total)
{
	double		rows = relation->rows;
	Cost		little = FSQ_IS_UPPER(relation) ? 0 : relation->total_cost * 0.01;

	/* an order by what is constant is none */
	if (pathkeys == NIL)
		return;
	*total += little;
	if (has_index_order(relation, pathkeys))
	{
		*startup += little;
		return;
	}
	*total += cpu_operator_cost * rows * log2(Max(rows, 2));
	*startup = Max(*startup, *total - rows * relation->table->tuple_cost);
}
