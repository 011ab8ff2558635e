/*-------------------------------------------------------------------------
 *
 * cost.c
 *	  What a request costs: how many rows its fields are expected to have.
 *
 *	  A list has at most as many rows for each parent as its limit says.  What
 *	  it has without one follows from what ANALYZE has found (pg_class,
 *	  pg_statistic): the rows of its relation, divided by the number of
 *	  different values of each column that a link or an equality fixes.  Any
 *	  other filter is taken to leave a third.  A function has the rows that its
 *	  definition says (ROWS).  Nothing is planned for it and no
 *	  remote server is asked, so that a request costs the same wherever its
 *	  tables are, whether or not their servers answer, and until the next
 *	  ANALYZE.
 *
 *	  What depends on the request alone is worked out with the plan; limits and
 *	  the lengths of lists are those of each request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "miscadmin.h"
#include "plan/plan.h"
#include "utils/array.h"
#include "utils/syscache.h"

/* Of a table that was never analyzed: its rows, and those of a parent. */
#define UNKNOWN_ROWS 1000.0
#define UNKNOWN_CHILDREN 10.0

/* What a filter leaves that is no equality. */
#define FILTER_SELECTIVITY (1.0 / 3)

/* Different values of a column that ANALYZE has not seen. */
#define UNKNOWN_DISTINCT 200.0

/* Nothing costs more. */
#define MAX_COST 1e18

/* The rows of a relation as of the last ANALYZE; -1: there was none. */
static double
relation_rows(const FsqRelation *relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation->relid));
	double		rows = -1;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* The rows of a function's result, as its definition says. */
static double
function_rows(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	double		rows = UNKNOWN_ROWS;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_proc) GETSTRUCT(tuple))->prorows;
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* How many different values a column has, among so many rows; -1: that is not known. */
static double
column_distinct(const FsqColumn *column, double rows)
{
	double		distinct = -1;

	/* with the tables that inherit from it, if it has any */
	for (int inherited = 1; inherited >= 0 && distinct < 0; inherited--)
	{
		HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(column->relation->relid),
											Int16GetDatum(column->attnum), BoolGetDatum(inherited));

		if (!HeapTupleIsValid(tuple))
			continue;
		distinct = ((Form_pg_statistic) GETSTRUCT(tuple))->stadistinct;
		if (distinct < 0)
			distinct = Max(-distinct * rows, 1);
		else if (distinct == 0)
			distinct = -1;
		ReleaseSysCache(tuple);
	}
	return distinct;
}

/* Whether a column is among those that are fixed. */
static bool
is_fixed(List *fixed, const FsqColumn *column)
{
	return list_member_ptr(fixed, column);
}

/* Whether there can be but one row, as a key's columns are all fixed. */
static bool
has_fixed_key(FsqFetch *fetch, List *fixed)
{
	ListCell   *lc;

	foreach(lc, fsq_relation_keys(fetch->relation))
	{
		FsqKey	   *key = lfirst(lc);
		int			n = 0;

		while (n < key->ncolumns && is_fixed(fixed, key->columns[n]))
			n++;
		if (n == key->ncolumns)
			return true;
	}
	return false;
}

/*
 * The columns of a fetch that are fixed by its parent and by equalities, each
 * once, those of the link first.
 */
static List *
fixed_columns(FsqFetch *fetch)
{
	List	   *fixed = NIL;

	for (int i = 0; i < fetch->nkeys; i++)
		fixed = list_append_unique_ptr(fixed, fetch->result[fetch->keys[i].child_column].column);
	for (int i = 0; i < fetch->npins; i++)
		fixed = list_append_unique_ptr(fixed, fetch->pins[i].column);
	return fixed;
}

/* Rows of a link without statistics: as many for each parent as there are more of them. */
static double
rows_by_size(const FsqFetch *fetch, double rows)
{
	double		parents = fetch->parent ? relation_rows(fetch->parent->relation) : -1;

	if (rows < 0 || parents <= 0)
		return UNKNOWN_CHILDREN;
	return Max(rows / parents, 1);
}

/* How many groups there may be of so many rows. */
static double
count_groups(const FsqFetch *fetch, double rows)
{
	double		groups = 1;

	for (int i = 0; i < fetch->ngroups; i++)
	{
		const FsqResult *result = &fetch->result[fetch->groups[i]];
		double		distinct = result->column && !result->identity ? column_distinct(result->column, rows) : -1;

		groups *= distinct > 0 ? distinct : UNKNOWN_DISTINCT;
	}
	return groups;
}

/*
 * The rows that a fetch has for each parent (or in all), with one item in each
 * list of values, and without limits.
 */
static void
estimate_fetch(FsqFetch *fetch)
{
	const FsqFunction *function = fetch->relation->function;
	double		rows;
	double		known;
	double		selectivity = 1;
	bool		linked = false;
	List	   *fixed;
	ListCell   *lc;

	if (function)
	{
		fetch->expected_known = !fetch->to_many;
		fetch->expected = fetch->to_many ? function_rows(function->oid) : 1;
		return;
	}
	rows = relation_rows(fetch->relation);
	known = rows < 0 ? UNKNOWN_ROWS : rows;
	fixed = fixed_columns(fetch);
	fetch->expected_known = rows >= 0;
	if ((fetch->grouped && fetch->ngroups == 0) || !fetch->to_many || has_fixed_key(fetch, fixed))
	{
		fetch->expected = 1;
		fetch->expected_known = true;
		return;
	}
	foreach(lc, fixed)
	{
		double		distinct = column_distinct(lfirst(lc), known);

		if (distinct > 0)
			selectivity /= distinct;
		else if (foreach_current_index(lc) < fetch->nkeys)
			linked = true;
		else
			selectivity /= Min(UNKNOWN_DISTINCT, Max(known, 1));
	}
	fetch->expected = linked ? rows_by_size(fetch, rows) : known * selectivity;
	if (fetch->filtered && fetch->npins == 0)
		fetch->expected *= FILTER_SELECTIVITY;
	if (fetch->ngroups > 0)
		fetch->expected = Min(fetch->expected, count_groups(fetch, known));
}

void
fsq_plan_estimate(FsqPlan *plan)
{
	for (int i = 0; i < plan->nfetches; i++)
	{
		if (plan->fetches[i]->kind == FSQ_KIND_FIELD)
			estimate_fetch(plan->fetches[i]);
	}
}

/* How many values the lists have that a fetch's columns may be equal to. */
static double
count_items(const FsqFetch *fetch, const Datum *values)
{
	double		n = 1;

	for (int i = 0; i < fetch->npins; i++)
	{
		int			param = fetch->pins[i].param;
		ArrayType  *array;

		if (fetch->params[param].use != FSQ_USE_LIST)
			continue;
		array = DatumGetArrayTypeP(values[param]);
		n *= ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
	return n;
}

/* The rows of a fetch for each of its parents. */
static double
rows_for_each(const FsqFetch *fetch, const Datum *values)
{
	double		rows = fetch->expected;
	double		limit;

	if (fetch->npins > 0 && fetch->to_many && !fetch->grouped)
		rows *= count_items(fetch, values);
	if (fetch->limit_param == 0)
		return rows;
	limit = DatumGetInt64(values[fetch->limit_param - 1]);
	/* a guess does not make a limit smaller */
	return fetch->expected_known ? Min(rows, limit) : limit;
}

void
fsq_plan_cost(const FsqPlan *plan, const FsqPlanView *view, Datum **values,
			  FsqEntityValues **entities, FsqCost *cost)
{
	double	   *rows = palloc0(sizeof(double) * Max(plan->nfetches, 1));

	memset(cost, 0, sizeof(FsqCost));
	for (int i = 0; i < plan->nfetches; i++)
	{
		const FsqFetch *fetch = plan->fetches[i];
		double		parents = 1;

		if (fetch->kind != FSQ_KIND_FIELD || !view->fetches[i].active)
			continue;
		if (fetch->parent)
			parents = rows[fetch->parent->number];
		else if (fetch->entities)
			parents = fsq_entity_count(entities[fetch->entities->number], fetch);
		rows[i] = Min(parents * rows_for_each(fetch, values[i]), MAX_COST);
		cost->rows = Min(cost->rows + rows[i], MAX_COST);
		if (cost->dearest == NULL || rows[i] > cost->dearest_rows)
		{
			cost->dearest = fetch;
			cost->dearest_rows = rows[i];
		}
	}
	cost->rows = ceil(cost->rows);
	cost->dearest_rows = ceil(cost->dearest_rows);
	pfree(rows);
}

char *
fsq_fetch_path(const FsqFetch *fetch)
{
	StringInfoData path;
	ListCell   *lc;

	initStringInfo(&path);
	foreach(lc, fetch->path)
		appendStringInfo(&path, "%s%s", foreach_current_index(lc) ? "." : "", (char *) lfirst(lc));
	return path.data;
}
