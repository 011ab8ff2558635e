/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  What a remote's description says of its columns, in the place where the
 *	  planner looks for the statistics of ANALYZE.
 *
 *	  Distinct values, nulls and widths of a foreign table's columns are given
 *	  to PostgreSQL's selectivity functions through get_relation_stats_hook, so
 *	  that restrictions, joins, groups and hash tables are estimated alike.
 *	  Once ANALYZE has been run on the foreign table, its own statistics win,
 *	  column by column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "pushdown.h"

static get_relation_stats_hook_type previous_hook = NULL;

/*
 * The foreign table of ours that a range table entry is, if its size is known
 * already; else NULL.
 */
static FsqRelation *
relation_of(PlannerInfo *root, RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_RELATION || rte->relkind != RELKIND_FOREIGN_TABLE || rte->inh)
		return NULL;
	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = root->simple_rel_array[i];

		if (root->simple_rte_array[i] == rte)
			return rel != NULL && rel->fdwroutine != NULL &&
				rel->fdwroutine->GetForeignRelSize == fsqGetForeignRelSize ? rel->fdw_private : NULL;
	}
	return NULL;
}

static bool
is_analyzed(Oid relid, AttrNumber attnum)
{
	return SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attnum),
								 BoolGetDatum(false));
}

/*
 * Distinct values as pg_statistic has them; 0: unknown.  A column that is the
 * whole key has no value twice.
 */
static double
distinct_values(const FsqRelation *relation, AttrNumber attnum)
{
	const FsqTable *table = relation->table;
	const FsqRemoteColumn *column = relation->columns[attnum - 1].remote;
	int			keys = 0;

	for (int i = 0; i < table->ncolumns; i++)
		keys += !table->columns[i].dropped && table->columns[i].key;
	if (keys == 1 && table->columns[attnum - 1].key)
		return -1;
	return column != NULL ? column->ndistinct : 0;
}

/*
 * A row of pg_statistic that nobody has stored.
 */
static HeapTuple
make_statistics(Oid relid, AttrNumber attnum, double distinct, double nulls, int width)
{
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	Datum		values[Natts_pg_statistic] = {0};
	bool		isnull[Natts_pg_statistic] = {0};
	HeapTuple	tuple;

	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(attnum);
	values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(nulls);
	values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(width);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(distinct);
	for (int i = Anum_pg_statistic_stanumbers1 - 1; i < Natts_pg_statistic; i++)
		isnull[i] = true;
	tuple = heap_form_tuple(RelationGetDescr(catalog), values, isnull);
	table_close(catalog, AccessShareLock);
	return tuple;
}

/*
 * The statistics of a column, which the planner asks for once for each element
 * of = ANY; NULL if ANALYZE has them, or the remote says nothing of it.
 */
static HeapTuple
column_statistics(FsqRelation *relation, AttrNumber attnum)
{
	const FsqRemoteColumn *column = relation->columns[attnum - 1].remote;
	double		distinct;
	MemoryContext old;

	if (relation->statistics != NULL && relation->statistics[attnum - 1] != NULL)
		return relation->statistics[attnum - 1];
	if (is_analyzed(relation->table->relid, attnum))
		return NULL;
	distinct = distinct_values(relation, attnum);
	if (distinct == 0 && (column == NULL || column->null_share == 0))
		return NULL;
	old = MemoryContextSwitchTo(GetMemoryChunkContext(relation));
	if (relation->statistics == NULL)
		relation->statistics = palloc0(sizeof(HeapTuple) * relation->table->ncolumns);
	relation->statistics[attnum - 1] = make_statistics(relation->table->relid, attnum, distinct,
													   column != NULL ? column->null_share : 0,
													   column != NULL ? column->width : 0);
	MemoryContextSwitchTo(old);
	return relation->statistics[attnum - 1];
}

/* They stay as long as the relation. */
static void
keep_statistics(HeapTuple tuple)
{
}

/*
 * get_relation_stats_hook: true if the statistics of a column are ours.
 */
static bool
relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum, VariableStatData *vardata)
{
	FsqRelation *relation;
	HeapTuple	statistics;

	if (previous_hook != NULL && previous_hook(root, rte, attnum, vardata))
		return true;
	relation = attnum > 0 ? relation_of(root, rte) : NULL;
	if (relation == NULL || attnum > relation->table->ncolumns)
		return false;
	statistics = column_statistics(relation, attnum);
	if (statistics == NULL)
		return false;
	vardata->statsTuple = statistics;
	vardata->freefunc = keep_statistics;
	return true;
}

/*
 * Tell the planner how wide the columns are, where ANALYZE has not.
 */
void
fsq_statistics_set_widths(FsqRelation *relation)
{
	RelOptInfo *rel = relation->base;

	for (int i = 0; i < relation->table->ncolumns; i++)
	{
		const FsqRemoteColumn *column = relation->columns[i].remote;

		if (column != NULL && column->width > 0 && i + 1 <= rel->max_attr &&
			!is_analyzed(relation->table->relid, i + 1))
			rel->attr_widths[i + 1 - rel->min_attr] = column->width;
	}
}

void
fsq_statistics_init(void)
{
	previous_hook = get_relation_stats_hook;
	get_relation_stats_hook = relation_stats;
}
