/*-------------------------------------------------------------------------
 *
 * path.c
 *	  Sizes, paths and plans of foreign tables.
 *
 *	  A table gets its plain path, paths in useful orders, and for join
 *	  clauses on keys and remotely indexed columns paths that look rows up.
 *	  How many rows each returns, and at what cost, says estimate.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "common/hashfn.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "fallback.h"
#include "fraiseql.h"
#include "pushdown.h"
#include "replica.h"

/* ---- what is known of a table ---- */

/*
 * Only reading a value tells whether it is in its domain: what a column of one
 * decides is decided here again.
 */
static void
trust_domain(FsqColumnInfo *column)
{
	column->equality = Min(column->equality, FSQ_SUPERSET);
	column->order = Min(column->order, FSQ_SUPERSET);
	column->arithmetic = FSQ_LOCAL;
	column->output = FSQ_LOCAL;
	column->check = NULL;
}

/*
 * The remote's word on each column, for the dialect's verdict.
 */
FsqColumnInfo *
fsq_describe_columns(const FsqTable *table, const FsqRemoteTable *remote)
{
	FsqColumnInfo *columns = palloc0(sizeof(FsqColumnInfo) * Max(table->ncolumns, 1));

	for (int i = 0; i < table->ncolumns; i++)
	{
		FsqTableColumn *column = &table->columns[i];
		FsqColumnInfo *info = &columns[i];

		if (column->dropped)
			continue;
		info->remote_name = column->remote_name;
		info->typmod = column->typmod;
		info->type = getBaseTypeAndTypmod(column->type, &info->typmod);
		info->collation = column->collation;
		info->options = column->options;
		info->server_options = table->server_options;
		for (int j = 0; remote != NULL && j < remote->ncolumns; j++)
		{
			if (strcmp(remote->columns[j].name, column->remote_name) == 0)
				info->remote = &remote->columns[j];
		}
		info->strict = remote != NULL && remote->strict;
		info->utf8 = remote != NULL && remote->utf8;
		info->not_null = column->not_null && info->remote != NULL && info->remote->not_null;
		table->driver->dialect->describe_column(info);
		if (DomainHasConstraints(column->type))
			trust_domain(info);
	}
	return columns;
}

static void
append_text(StringInfo buf, const char *text)
{
	/* with its end, and not as if it were empty if there is none */
	if (text != NULL)
		appendBinaryStringInfo(buf, text, strlen(text) + 1);
	else
		appendStringInfoChar(buf, '\001');
}

uint32
fsq_columns_signature(const FsqTable *table, const FsqColumnInfo *columns)
{
	StringInfoData buf;
	uint32		signature;

	initStringInfo(&buf);
	for (int i = 0; i < table->ncolumns; i++)
	{
		const FsqColumnInfo *column = &columns[i];

		appendStringInfo(&buf, "%d %d %d %d %d %d %u %d %d %d ", column->remote != NULL, column->encoding,
						 column->equality, column->order, column->arithmetic, column->output,
						 column->collates, column->folds, column->not_null, column->lone_key);
		append_text(&buf, column->expression);
		append_text(&buf, column->check);
		append_text(&buf, column->fold_value);
		append_text(&buf, column->unsure);
	}
	signature = hash_bytes((unsigned char *) buf.data, buf.len);
	pfree(buf.data);
	return signature;
}

/* ---- planner callbacks: sizes ---- */

/*
 * Clauses split by where they are evaluated: sent, and evaluated here (a
 * superset is in both).  Those without columns become a gate over a table's
 * scan; an upper relation has no such gate, and they are sent.
 */
static void
split_clauses(PlannerInfo *root, FsqRelation *relation, List *rinfos,
			  List **sent, List **local, List **exact)
{
	ListCell   *lc;

	*sent = *local = *exact = NIL;
	foreach(lc, rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		FsqVerdict	verdict;

		if (rinfo->pseudoconstant && !FSQ_IS_UPPER(relation))
			continue;
		verdict = fsq_condition_verdict(root, relation, rinfo->clause);
		/* whether the source has a key does not depend on anything else */
		if (relation->key_clauses != NIL && !list_member_ptr(relation->key_clauses, rinfo->clause))
			verdict = FSQ_LOCAL;
		if (verdict != FSQ_LOCAL)
			*sent = lappend(*sent, rinfo->clause);
		if (verdict != FSQ_EXACT)
			*local = lappend(*local, rinfo->clause);
		else
			*exact = lappend(*exact, rinfo->clause);
	}
}

/*
 * The columns that the scan has to return: what is wanted above, and what
 * local conditions need.
 */
static List *
retrieved_columns(FsqRelation *relation, RelOptInfo *rel, List *local)
{
	FsqTable   *table = relation->table;
	Bitmapset  *used = NULL;
	List	   *retrieved = NIL;
	bool		whole_row;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	pull_varattnos((Node *) local, rel->relid, &used);
	for (int i = 0; relation->key_clauses != NIL && i < table->ncolumns; i++)
	{
		if (table->columns[i].key)
			used = bms_add_member(used, i + 1 - FirstLowInvalidHeapAttributeNumber);
	}
	whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int attnum = 1; attnum <= table->ncolumns; attnum++)
	{
		if (table->columns[attnum - 1].dropped)
			continue;
		if (whole_row || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used))
			retrieved = lappend_int(retrieved, attnum);
	}
	return retrieved;
}

/*
 * The statement over a relation whose restrictions are these; and what is
 * evaluated here, and what is not.
 */
static void
init_statement(PlannerInfo *root, FsqRelation *relation, RelOptInfo *rel, List *rinfos,
			   FsqStatement *statement, List **local, List **exact)
{
	if (FSQ_IS_UPPER(relation))
		rinfos = relation->base->baserestrictinfo;
	split_clauses(root, relation, rinfos, &statement->conditions, local, exact);
	if (!FSQ_IS_UPPER(relation))
		statement->retrieved = retrieved_columns(relation, rel, *local);
}

/*
 * The size of a table as its remote estimates it.
 */
static void
ask_for_size(PlannerInfo *root, FsqRelation *relation)
{
	RelOptInfo *rel = relation->base;
	FsqStatement statement = {0};
	FsqEstimate estimate;
	List	   *local;
	List	   *exact;
	List	   *unsent;

	if (!fsq_asks_remote(relation))
		return;
	init_statement(root, relation, rel, rel->baserestrictinfo, &statement, &local, &exact);
	if (!fsq_estimate_remote(root, relation, &statement, &estimate))
		return;
	relation->rows = clamp_row_est(estimate.rows);
	relation->scanned_rows = Max(estimate.looked_at >= 0 ? estimate.looked_at : relation->scanned_rows,
								 relation->rows);
	unsent = list_difference_ptr(local, statement.conditions);
	rel->rows = clamp_row_est(relation->rows *
							  clauselist_selectivity(root, unsent, rel->relid, JOIN_INNER, NULL));
	if (estimate.width > 0)
		rel->reltarget->width = estimate.width;
	fsq_cost_estimate(relation, &estimate, &relation->startup_cost, &relation->total_cost);
}

/*
 * Add what the conditions that are evaluated here cost.
 */
static void
add_local_cost(const FsqRelation *relation, double rows, Cost *startup, Cost *total)
{
	*startup += relation->local_cost.startup;
	*total += relation->local_cost.startup + relation->local_cost.per_tuple * rows;
}

/* The remote's description of the table. */
static void
ask_description(void *arg)
{
	FsqRelation *relation = arg;

	relation->remote = fsq_table_describe(relation->table, relation->base->userid);
}

/* What is asked of the server that a table is read from. */
typedef struct Asking
{
	FsqRelation *relation;
	void		(*step) (void *arg);
	void	   *arg;
} Asking;

static void
ask_where_read(void *arg)
{
	Asking	   *asking = arg;
	FsqTable   *table = asking->relation->table;

	fsq_replica_run(table->serverid, asking->relation->base->userid, asking->relation->affinity,
					&table->readid, asking->step, NULL, asking->arg);
}

bool
fsq_relation_ask(FsqRelation *relation, void (*step) (void *arg), void *arg)
{
	Asking		asking = {relation, step, arg};

	if (fsq_fallback && ((relation->table->fallback_on & FSQ_FALLBACK_ERROR) ||
						 (relation->affinity == FSQ_AFFINITY_CACHE && relation->table->fallback != NULL)))
		return fsq_source_try(relation->table->serverid, relation->base->userid, ask_where_read, &asking);
	ask_where_read(&asking);
	return true;
}

/*
 * What is known of the table; if its source fails and there is a fallback, it
 * is unplanned: its scan reads all columns that are wanted, which works with
 * any remote, and the rest is done here.
 */
static void
describe(FsqRelation *relation)
{
	if (!fsq_relation_ask(relation, ask_description, relation))
	{
		relation->unplanned = true;
		relation->pushdown = false;
	}
}

void
fsqGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	FsqRelation *relation = palloc0(sizeof(FsqRelation));
	List	   *sent;
	List	   *local;
	List	   *exact;
	double		looked_at;

	baserel->fdw_private = relation;
	relation->answers = palloc0(sizeof(List *));
	relation->table = fsq_table_open(foreigntableid);
	relation->base = relation->source = baserel;
	relation->pushdown = fsq_pushdown && relation->table->pushdown;
	relation->affinity = fsq_affinity_current();
	/* what is stored comes from the source itself */
	if (!fsq_fallback_is_possible(root))
	{
		relation->table->fallback = NULL;
		relation->table->fallback_on = 0;
		relation->affinity = FSQ_AFFINITY_PRIMARY;
	}
	describe(relation);
	if ((relation->table->fallback_on & FSQ_FALLBACK_MISSING) ||
		(relation->affinity == FSQ_AFFINITY_CACHE && relation->table->fallback != NULL))
		relation->key_clauses = fsq_fallback_key_clauses(root, relation);
	relation->columns = fsq_describe_columns(relation->table, relation->remote);
	relation->total_rows = baserel->tuples = fsq_table_rows(relation);
	fsq_statistics_set_widths(relation);
	set_baserel_size_estimates(root, baserel);

	split_clauses(root, relation, baserel->baserestrictinfo, &sent, &local, &exact);
	relation->exact = local == NIL && relation->key_clauses == NIL;
	relation->rows = fsq_estimate_rows(root, relation, sent, &looked_at);
	relation->scanned_rows = looked_at;
	baserel->rows = fsq_estimate_rows(root, relation,
									  extract_actual_clauses(baserel->baserestrictinfo, false), &looked_at);
	fsq_cost_rows(relation, relation->scanned_rows, relation->rows,
				  &relation->startup_cost, &relation->total_cost);
	ask_for_size(root, relation);
	cost_qual_eval(&relation->local_cost, local, root);
	add_local_cost(relation, relation->rows, &relation->startup_cost, &relation->total_cost);
}

/* ---- planner callbacks: paths ---- */

/*
 * What the remote expects of the statement of a relation in an order, put in
 * place of our estimate; false if that stays.
 */
static bool
ask_for_costs(PlannerInfo *root, FsqRelation *relation, List *pathkeys,
			  double *rows, Cost *startup, Cost *total)
{
	FsqStatement statement = {.pathkeys = pathkeys};
	FsqEstimate estimate;
	List	   *local;
	List	   *exact;

	if (!fsq_asks_remote(relation) || !relation->table->driver->catalog->estimates_costs)
		return false;
	init_statement(root, relation, relation->base, relation->base->baserestrictinfo,
				   &statement, &local, &exact);
	if (!fsq_estimate_remote(root, relation, &statement, &estimate))
		return false;
	*rows = clamp_row_est(estimate.rows);
	fsq_cost_estimate(relation, &estimate, startup, total);
	return true;
}

void
fsq_estimate_upper(PlannerInfo *root, FsqRelation *relation, List *pathkeys)
{
	(void) ask_for_costs(root, relation, pathkeys,
						 &relation->rows, &relation->startup_cost, &relation->total_cost);
}

/*
 * Whether the remote may compute the sort keys: it does so for every row that
 * it sends, and what it computes may fail.  An expression is therefore left to
 * this side where conditions or joins here take some of the rows away first.
 */
static bool
may_compute_keys(PlannerInfo *root, RelOptInfo *baserel, FsqRelation *relation, List *pathkeys)
{
	ListCell   *lc;
	ListCell   *lm;

	if (relation->exact && bms_equal(root->all_baserels, baserel->relids))
		return true;
	foreach(lc, pathkeys)
	{
		foreach(lm, lfirst_node(PathKey, lc)->pk_eclass->ec_members)
		{
			EquivalenceMember *member = lfirst(lm);
			Node	   *expr = (Node *) member->em_expr;

			if (!bms_is_subset(member->em_relids, baserel->relids))
				continue;
			while (IsA(expr, RelabelType) || IsA(expr, CollateExpr))
				expr = IsA(expr, RelabelType) ? (Node *) ((RelabelType *) expr)->arg : (Node *) ((CollateExpr *) expr)->arg;
			if (!IsA(expr, Var) && !member->em_is_const)
				return false;
		}
	}
	return true;
}

/*
 * A path in the order that the query wants, if the remote can give it.
 */
static void
add_ordered_path(PlannerInfo *root, RelOptInfo *baserel, FsqRelation *relation, List *pathkeys)
{
	FsqScope	scope;
	StringInfoData sql;
	Cost		startup = relation->startup_cost;
	Cost		total = relation->total_cost;
	double		rows;

	initStringInfo(&sql);
	fsq_scope_init(&scope, root, relation);
	if (!relation->pushdown || pathkeys == NIL || !may_compute_keys(root, baserel, relation, pathkeys) ||
		!fsq_push_pathkeys(&scope, pathkeys, &sql))
		return;
	fsq_cost_order(relation, pathkeys, &startup, &total);
	if (ask_for_costs(root, relation, pathkeys, &rows, &startup, &total))
		add_local_cost(relation, relation->rows, &startup, &total);
	add_path(baserel, (Path *)
			 fsq_create_foreignscan_path(root, baserel, NULL, baserel->rows, startup, total,
										 pathkeys, baserel->lateral_relids, NULL, NIL));
}

/*
 * Orders that merge joins could use: one of each equivalence class of ours.
 */
static void
add_merge_paths(PlannerInfo *root, RelOptInfo *baserel, FsqRelation *relation)
{
	ListCell   *lc;

	if (!baserel->has_eclass_joins)
		return;
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = lfirst(lc);
		Oid			opfamily;
		PathKey    *pathkey;

		if (ec->ec_merged != NULL || !eclass_useful_for_merging(root, ec, baserel))
			continue;
		opfamily = linitial_oid(ec->ec_opfamilies);
		pathkey = make_canonical_pathkey(root, ec, opfamily, BTLessStrategyNumber, false);
		if (!pathkeys_contained_in(list_make1(pathkey), root->query_pathkeys))
			add_ordered_path(root, baserel, relation, list_make1(pathkey));
	}
}

/*
 * Whether a join clause lets the remote find rows by an indexed column.
 */
static bool
is_lookup(PlannerInfo *root, FsqRelation *relation, RestrictInfo *rinfo)
{
	double		values;
	int			attnum = fsq_pinned_column(root, relation, rinfo->clause, &values);

	return attnum > 0 && fsq_is_indexed(relation, attnum) &&
		fsq_condition_verdict(root, relation, rinfo->clause) != FSQ_LOCAL;
}

static bool
matches_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
			   EquivalenceMember *em, void *arg)
{
	Expr	   *expr = em->em_expr;

	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return IsA(expr, Var) && ((Var *) expr)->varno == rel->relid &&
		((Var *) expr)->varattno == *(int *) arg;
}

/*
 * Whether a list of Relids has that set; they are not Nodes before 16, so
 * list_member would not do.
 */
static bool
contains_relids(List *sets, Relids relids)
{
	ListCell   *lc;

	foreach(lc, sets)
	{
		if (bms_equal(lfirst(lc), relids))
			return true;
	}
	return false;
}

/*
 * The sets of other relations with whose rows ours can be looked up.
 */
static List *
lookup_outers(PlannerInfo *root, RelOptInfo *baserel, FsqRelation *relation)
{
	List	   *clauses = NIL;
	List	   *outers = NIL;
	ListCell   *lc;

	foreach(lc, baserel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (join_clause_is_movable_to(rinfo, baserel))
			clauses = lappend(clauses, rinfo);
	}
	for (int attnum = 1; attnum <= relation->table->ncolumns && baserel->has_eclass_joins; attnum++)
	{
		if (relation->table->columns[attnum - 1].dropped || !fsq_is_indexed(relation, attnum))
			continue;
		clauses = list_concat(clauses,
							  generate_implied_equalities_for_column(root, baserel, matches_column, &attnum,
																	 baserel->lateral_referencers));
	}
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		Relids		outer;

		if (!is_lookup(root, relation, rinfo))
			continue;
		outer = bms_difference(bms_union(rinfo->clause_relids, baserel->lateral_relids), baserel->relids);
		if (!bms_is_empty(outer) && !contains_relids(outers, outer))
			outers = lappend(outers, outer);
	}
	return outers;
}

static void
add_lookup_path(PlannerInfo *root, RelOptInfo *baserel, FsqRelation *relation, Relids outer)
{
	ParamPathInfo *param_info = get_baserel_parampathinfo(root, baserel, outer);
	List	   *sent;
	List	   *local;
	List	   *exact;
	List	   *rinfos;
	FsqStatement statement = {0};
	FsqEstimate estimate;
	double		looked_at;
	double		returned;
	Cost		startup;
	Cost		total;

	rinfos = list_concat_copy(param_info->ppi_clauses, baserel->baserestrictinfo);
	split_clauses(root, relation, rinfos, &sent, &local, &exact);
	param_info->ppi_rows = Min(fsq_estimate_rows(root, relation, extract_actual_clauses(rinfos, false), &looked_at),
							   baserel->rows);
	returned = fsq_estimate_rows(root, relation, sent, &looked_at);
	fsq_cost_rows(relation, looked_at, returned, &startup, &total);
	if (fsq_asks_remote(relation))
	{
		statement.conditions = sent;
		statement.retrieved = retrieved_columns(relation, baserel, local);
		if (fsq_estimate_remote(root, relation, &statement, &estimate))
		{
			returned = clamp_row_est(estimate.rows);
			param_info->ppi_rows = Min(returned, baserel->rows);
			fsq_cost_estimate(relation, &estimate, &startup, &total);
		}
	}
	add_local_cost(relation, returned, &startup, &total);
	add_path(baserel, (Path *)
			 fsq_create_foreignscan_path(root, baserel, NULL, param_info->ppi_rows, startup, total,
										 NIL, outer, NULL, NIL));
}

void
fsqGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	FsqRelation *relation = baserel->fdw_private;
	ListCell   *lc;

	add_path(baserel, (Path *)
			 fsq_create_foreignscan_path(root, baserel, NULL, baserel->rows,
										 relation->startup_cost, relation->total_cost,
										 NIL, baserel->lateral_relids, NULL, NIL));
	/* what the fallback adds has no order, and belongs to the keys that were asked for */
	if (!relation->pushdown || relation->key_clauses != NIL)
		return;
	add_ordered_path(root, baserel, relation, root->query_pathkeys);
	add_merge_paths(root, baserel, relation);
	foreach(lc, lookup_outers(root, baserel, relation))
		add_lookup_path(root, baserel, relation, lfirst(lc));
}

/* ---- planner callbacks: the plan ---- */

/*
 * The columns that entries of a target list are.
 */
static void
set_sources(PlannerInfo *root, FsqScanPlan *plan, List *tlist)
{
	ListCell   *lc;

	foreach(lc, tlist)
	{
		Var		   *var = (Var *) lfirst_node(TargetEntry, lc)->expr;
		bool		is_column = IsA(var, Var);

		plan->source_relids = lappend_oid(plan->source_relids,
										  is_column ? planner_rt_fetch(var->varno, root)->relid : InvalidOid);
		plan->source_attnums = lappend_int(plan->source_attnums, is_column ? var->varattno : 0);
	}
}

/*
 * Whether a row of a scan may be looked at once more, since another session has
 * changed one that it was joined with: only below what locks rows or writes.
 */
static bool
may_be_rechecked(PlannerInfo *root)
{
	for (; root != NULL; root = root->parent_root)
	{
		if (root->parse->commandType != CMD_SELECT || root->parse->rowMarks != NIL)
			return true;
	}
	return false;
}

ForeignScan *
fsqGetForeignPlan(PlannerInfo *root, RelOptInfo *foreignrel, Oid foreigntableid,
				  ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	FsqRelation *relation = foreignrel->fdw_private;
	FsqStatement statement = {0};
	FsqScanPlan *plan;
	List	   *local;
	List	   *exact;
	List	   *exprs;

	List	   *rinfos = FSQ_IS_UPPER(relation) ? relation->base->baserestrictinfo : scan_clauses;

	statement.limited = best_path->fdw_private != NIL;
	statement.pathkeys = best_path->path.pathkeys;
	init_statement(root, relation, foreignrel, scan_clauses, &statement, &local, &exact);
	plan = fsq_statement_write(root, relation, &statement, &exprs);
	plan->affinity = relation->affinity;
	if (relation->table->fallback != NULL)
		plan->fallback = fsq_fallback_plan(root, relation, &statement, rinfos, plan, &exprs);
	if (FSQ_IS_UPPER(relation))
	{
		Assert(local == NIL);
		set_sources(root, plan, relation->tlist);
		plan->relation_text = psprintf("%s on %s", relation->grouped ? "aggregate" : "window functions",
									   relation->table->name);
		return make_foreignscan(tlist, relation->local_having, 0, exprs, fsq_scan_plan_to_list(plan),
								relation->tlist, NIL, outer_plan);
	}
	return make_foreignscan(tlist, local, foreignrel->relid, exprs, fsq_scan_plan_to_list(plan),
							NIL, may_be_rechecked(root) ? exact : NIL, outer_plan);
}
