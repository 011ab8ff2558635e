/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Planner callbacks: a foreign scan reads the columns that a query needs,
 *	  all rows; everything else is evaluated here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "compat.h"
#include "fdw.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"

/* Rows of a table of which nothing is known. */
#define UNKNOWN_ROWS 1000

void
fsqGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	FsqTable   *table = fsq_table_open(foreigntableid);
	FsqRemoteTable *remote = fsq_table_describe(table, InvalidOid);

	baserel->tuples = remote != NULL && remote->rows >= 0 ? remote->rows : UNKNOWN_ROWS;
	baserel->rows = clamp_row_est(baserel->tuples *
								  clauselist_selectivity(root, baserel->baserestrictinfo, 0, JOIN_INNER, NULL));
}

void
fsqGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	add_path(baserel, (Path *)
			 fsq_create_foreignscan_path(root, baserel, NULL, baserel->rows, 10,
										 10 + baserel->tuples * 0.01, NIL, NULL, NULL, NIL));
}

ForeignScan *
fsqGetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid foreigntableid, ForeignPath *best_path,
				  List *tlist, List *scan_clauses, Plan *outer_plan)
{
	FsqTable   *table = fsq_table_open(foreigntableid);
	const FsqDialect *dialect = table->driver->dialect;
	Bitmapset  *used = NULL;
	FsqScanPlan plan = {0};
	StringInfoData sql;

	scan_clauses = extract_actual_clauses(scan_clauses, false);
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	pull_varattnos((Node *) scan_clauses, rel->relid, &used);

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].dropped ||
			!(bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used) ||
			  bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, used)))
			continue;
		if (plan.retrieved != NIL)
			appendStringInfoString(&sql, ", ");
		dialect->quote_identifier(&sql, table->columns[i].remote_name);
		plan.retrieved = lappend_int(plan.retrieved, i + 1);
	}
	if (plan.retrieved == NIL)
		appendStringInfoString(&sql, "NULL");
	appendStringInfoString(&sql, " FROM ");
	if (table->remote_schema != NULL)
	{
		dialect->quote_identifier(&sql, table->remote_schema);
		appendStringInfoChar(&sql, '.');
	}
	dialect->quote_identifier(&sql, table->remote_name);
	plan.pieces = list_make1(makeString(sql.data));

	return make_foreignscan(tlist, scan_clauses, rel->relid, NIL,
							fsq_scan_plan_to_list(&plan), NIL, NIL, outer_plan);
}

void
fsqGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						RelOptInfo *output_rel, void *extra)
{
}

List *
fsq_scan_plan_to_list(const FsqScanPlan *plan)
{
	return list_make2(plan->pieces, plan->retrieved);
}

FsqScanPlan *
fsq_scan_plan_from_list(List *list)
{
	FsqScanPlan *plan = palloc0(sizeof(FsqScanPlan));

	plan->pieces = linitial(list);
	plan->retrieved = lsecond(list);
	return plan;
}

char *
fsq_scan_plan_text(const FsqScanPlan *plan)
{
	return strVal(linitial(plan->pieces));
}
