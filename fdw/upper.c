/*-------------------------------------------------------------------------
 *
 * upper.c
 *	  What stands above a foreign table and can be sent with it: grouping and
 *	  aggregates, DISTINCT, ORDER BY, LIMIT.
 *
 *	  All of it needs every restriction below to be exact.  A grouped
 *	  relation (of which DISTINCT is one without aggregates) returns its
 *	  grouping expressions and aggregates; what the query computes of them is
 *	  computed here.  An ordered relation is the table's or the grouped
 *	  relation's own statement with ORDER BY, and with LIMIT on top.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "pushdown.h"

/* What LIMIT saves beyond rows: a sort that keeps few, a result not buffered. */
#define LIMIT_DISCOUNT 0.8

FsqRelation *
fsq_extensible(RelOptInfo *rel)
{
	FsqRelation *relation = rel->fdw_private;

	if (relation == NULL || !relation->pushdown || !relation->exact ||
		relation->local_having != NIL || !bms_is_empty(rel->lateral_relids))
		return NULL;
	return relation;
}

bool
fsq_can_gate(PlannerInfo *root, FsqRelation *relation)
{
	ListCell   *lc;

	foreach(lc, relation->base->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (rinfo->pseudoconstant &&
			fsq_condition_verdict(root, relation, rinfo->clause) != FSQ_EXACT)
			return false;
	}
	return true;
}

FsqRelation *
fsq_extend(FsqRelation *below, RelOptInfo *rel)
{
	FsqRelation *relation = palloc(sizeof(FsqRelation));

	*relation = *below;
	rel->fdw_private = relation;
	rel->serverid = below->base->serverid;
	rel->userid = below->base->userid;
	rel->useridiscurrent = below->base->useridiscurrent;
	rel->fdwroutine = below->base->fdwroutine;
	return relation;
}

/* ---- GROUP BY, aggregates, DISTINCT ---- */

/*
 * Add the aggregates of an expression to the target list; false if one cannot
 * be sent, or if there is a column outside of them.
 */
static bool
add_aggregates(FsqScope *scope, FsqRelation *relation, Node *node)
{
	List	   *parts = pull_var_clause(node, PVC_INCLUDE_AGGREGATES);
	ListCell   *lc;

	foreach(lc, parts)
	{
		Expr	   *part = lfirst(lc);
		FsqFragment fragment;

		if (IsA(part, Aggref) && !fsq_push_expr(scope, part, FSQ_ENCODING_USUAL, &fragment))
			return false;
		if (!IsA(part, Aggref) && tlist_member(part, relation->tlist) == NULL)
			return false;
		relation->tlist = add_to_flat_tlist(relation->tlist, list_make1(part));
	}
	return true;
}

static bool
add_group_expr(FsqScope *scope, FsqRelation *relation, Expr *expr)
{
	FsqFragment fragment;

	if (fsq_push_group(scope, expr, false) == NULL ||
		!fsq_push_expr(scope, expr, FSQ_ENCODING_USUAL, &fragment))
		return false;
	/* a column is read by its own encoding, anything else in the usual one */
	if (fragment.column == NULL && fragment.encoding != FSQ_ENCODING_USUAL)
		return false;
	relation->group_exprs = lappend(relation->group_exprs, expr);
	relation->tlist = add_to_flat_tlist(relation->tlist, list_make1(expr));
	return true;
}

/*
 * The target list of a grouped relation; false if the remote cannot give it.
 */
static bool
group_targets(FsqScope *scope, FsqRelation *relation, PathTarget *target, List *group_clause)
{
	ListCell   *lc;
	int			i;

	relation->tlist = NIL;
	relation->group_exprs = NIL;
	for (i = 0; i < list_length(target->exprs); i++)
	{
		Expr	   *expr = list_nth(target->exprs, i);
		Index		ref = get_pathtarget_sortgroupref(target, i);

		if (ref != 0 && get_sortgroupref_clause_noerr(ref, group_clause) != NULL &&
			!add_group_expr(scope, relation, expr))
			return false;
	}
	if (list_length(relation->group_exprs) < list_length(group_clause))
		return false;
	foreach(lc, target->exprs)
	{
		if (tlist_member(lfirst(lc), relation->tlist) == NULL &&
			!add_aggregates(scope, relation, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * HAVING: sent if exact, else evaluated here on the groups.
 */
static bool
split_having(FsqScope *scope, FsqRelation *relation, List *having)
{
	ListCell   *lc;

	relation->having = NIL;
	relation->local_having = NIL;
	foreach(lc, having)
	{
		Expr	   *clause = lfirst(lc);
		FsqFragment fragment;

		if (fsq_push_condition(scope, clause, false, &fragment))
			relation->having = lappend(relation->having, clause);
		else if (add_aggregates(scope, relation, (Node *) clause))
			relation->local_having = lappend(relation->local_having, clause);
		else
			return false;
	}
	return true;
}

/*
 * The path of a grouped relation, which looks at the rows below and returns
 * one for each group.
 */
static void
add_grouped_path(PlannerInfo *root, RelOptInfo *rel, FsqRelation *below, FsqRelation *relation,
				 List *group_exprs, PathTarget *target)
{
	relation->rows = group_exprs == NIL ? 1 :
		estimate_num_groups(root, group_exprs, below->rows, NULL, NULL);
	fsq_cost_rows(relation, below->scanned_rows, relation->rows,
				  &relation->startup_cost, &relation->total_cost);
	/* the rows are grouped before the first group comes */
	relation->startup_cost = relation->total_cost - relation->rows * relation->table->tuple_cost;
	fsq_estimate_upper(root, relation, NIL);
	add_path(rel, (Path *)
			 fsq_create_foreign_upper_path(root, rel, target, relation->rows,
										   relation->startup_cost, relation->total_cost,
										   NIL, NULL, NIL));
}

static void
add_group_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel,
				GroupPathExtraData *extra)
{
	Query	   *parse = root->parse;
	FsqRelation *below = fsq_extensible(input_rel);
	FsqRelation *relation;
	FsqScope	scope;

	if (below == NULL || below->grouped || !fsq_can_gate(root, below) || parse->groupingSets ||
		extra->patype == PARTITIONWISE_AGGREGATE_PARTIAL ||
		(!parse->groupClause && !parse->hasAggs))
		return;
	relation = fsq_extend(below, rel);
	relation->grouped = true;
	relation->source = rel;
	fsq_scope_init(&scope, root, relation);
	if (!group_targets(&scope, relation, rel->reltarget, parse->groupClause) ||
		!split_having(&scope, relation, (List *) extra->havingQual))
	{
		rel->fdw_private = NULL;
		return;
	}
	add_grouped_path(root, rel, below, relation, relation->group_exprs, rel->reltarget);
}

/*
 * DISTINCT of a plain table: a grouping by everything.
 */
static void
add_distinct_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel)
{
	Query	   *parse = root->parse;
	FsqRelation *below = fsq_extensible(input_rel);
	PathTarget *target = root->upper_targets[UPPERREL_DISTINCT];
	FsqRelation *relation;
	FsqScope	scope;

	if (below == NULL || FSQ_IS_UPPER(below) || below->ordered || !fsq_can_gate(root, below) ||
		parse->hasDistinctOn ||
		parse->hasTargetSRFs)
		return;
	relation = fsq_extend(below, rel);
	relation->grouped = true;
	relation->source = rel;
	fsq_scope_init(&scope, root, relation);
	if (!group_targets(&scope, relation, target, parse->distinctClause) ||
		list_length(relation->tlist) != list_length(relation->group_exprs))
	{
		rel->fdw_private = NULL;
		return;
	}
	add_grouped_path(root, rel, below, relation, relation->group_exprs, target);
}

/* ---- ORDER BY ---- */

static void
add_order_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel)
{
	FsqRelation *below = fsq_extensible(input_rel);
	FsqRelation *relation;
	FsqScope	scope;
	StringInfoData sql;

	if (below == NULL || root->parse->hasTargetSRFs)
		return;
	initStringInfo(&sql);
	fsq_scope_init(&scope, root, below);
	if (!fsq_push_pathkeys(&scope, root->sort_pathkeys, &sql))
		return;
	relation = fsq_extend(below, rel);
	relation->ordered = true;
	fsq_cost_order(below, root->sort_pathkeys, &relation->startup_cost, &relation->total_cost);
	fsq_estimate_upper(root, relation, root->sort_pathkeys);
	add_path(rel, (Path *)
			 fsq_create_foreign_upper_path(root, below->source, root->upper_targets[UPPERREL_ORDERED],
										   below->rows, relation->startup_cost, relation->total_cost,
										   root->sort_pathkeys, NULL, NIL));
}

/* ---- LIMIT ---- */

/*
 * Whether a LIMIT or OFFSET can be sent; a negative constant is left to
 * PostgreSQL's error.
 */
static bool
limit_is_pushable(FsqScope *scope, Node *node)
{
	if (node == NULL)
		return true;
	if (!fsq_is_external(scope, node))
		return false;
	return !IsA(node, Const) || ((Const *) node)->constisnull ||
		DatumGetInt64(((Const *) node)->constvalue) >= 0;
}

static void
add_limit_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel,
				FinalPathExtraData *extra)
{
	Query	   *parse = root->parse;
	FsqRelation *below = fsq_extensible(input_rel);
	FsqScope	scope;
	double		rows;
	Cost		startup;
	Cost		total;

	if (below == NULL || parse->commandType != CMD_SELECT || parse->rowMarks != NIL ||
		parse->hasTargetSRFs || !extra->limit_needed ||
		parse->limitOption == LIMIT_OPTION_WITH_TIES)
		return;
	/* an order that was not sent is made here, and so is the limit after it */
	if (parse->sortClause != NIL && !below->ordered)
		return;
	fsq_scope_init(&scope, root, below);
	if (!limit_is_pushable(&scope, parse->limitCount) ||
		!limit_is_pushable(&scope, parse->limitOffset))
		return;
	rows = below->rows;
	startup = below->startup_cost;
	total = below->total_cost;
	adjust_limit_rows_costs(&rows, &startup, &total, extra->offset_est, extra->count_est);
	/* a remote that knows when to stop does less than one that is stopped */
	startup *= LIMIT_DISCOUNT;
	total *= LIMIT_DISCOUNT;
	add_path(rel, (Path *)
			 fsq_create_foreign_upper_path(root, below->source, root->upper_targets[UPPERREL_FINAL],
										   rows, startup, total,
										   below->ordered ? root->sort_pathkeys : NIL, NULL,
										   list_make1(makeInteger(1))));
}

void
fsqGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
						RelOptInfo *output_rel, void *extra)
{
	if (output_rel->fdw_private != NULL)
		return;
	switch (stage)
	{
		case UPPERREL_GROUP_AGG:
			add_group_paths(root, input_rel, output_rel, extra);
			break;
		case UPPERREL_WINDOW:
			fsq_add_window_paths(root, input_rel, output_rel);
			break;
		case UPPERREL_DISTINCT:
			add_distinct_paths(root, input_rel, output_rel);
			break;
		case UPPERREL_ORDERED:
			add_order_paths(root, input_rel, output_rel);
			break;
		case UPPERREL_FINAL:
			add_limit_paths(root, input_rel, output_rel, extra);
			break;
		default:
			break;
	}
}
