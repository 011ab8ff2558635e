/*-------------------------------------------------------------------------
 *
 * window.c
 *	  Window functions over a foreign table: their words, and the paths of
 *	  queries that have them.
 *
 *	  A windowed relation returns columns of its table and window functions
 *	  over the rows that its restrictions leave; what the query computes of
 *	  them is computed here.  All of its window functions are sent, or none.
 *
 *	  Conditions on what window functions return ("row_number() <= 5") come
 *	  from the query above, of which this one is a subquery in FROM.  Those
 *	  that the planner has turned into run conditions are to be seen to here,
 *	  since there is no WindowAgg; the others stay above, and are sent as a
 *	  prefilter all the same.  A statement with conditions is
 *
 *		SELECT c1, w1 FROM (SELECT id AS c1, row_number() OVER (...) AS w1
 *							FROM t WHERE ...) s WHERE w1 <= 5
 *
 *	  Numbers given to peers (rows that the window's order takes for equal)
 *	  are not determined, here as there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "compat.h"
#include "pushdown.h"

/* What a number of rows for each partition is guessed to be. */
#define UNKNOWN_LIMIT 10

/* ---- the window ---- */

static WindowClause *
window_of(PlannerInfo *root, WindowFunc *function)
{
	ListCell   *lc;

	foreach(lc, root->parse->windowClause)
	{
		if (lfirst_node(WindowClause, lc)->winref == function->winref)
			return lfirst(lc);
	}
	elog(ERROR, "window function without a window");
	return NULL;
}

static void
append_key(StringInfo buf, const char *title, const char *key)
{
	appendStringInfo(buf, "%s%s", buf->len > 0 ? ", " : title, key);
}

/*
 * A partition key, or NULL.  It must be such that the remote can sort by it,
 * too: engines find partitions by sorting, which need not see all of a long
 * value.
 */
static const char *
push_partition_key(FsqScope *scope, Expr *expr)
{
	FsqFragment fragment;
	const FsqTypeRule *rule;

	if (!fsq_push_expr(scope, expr, FSQ_ENCODING_USUAL, &fragment))
		return NULL;
	rule = fsq_type_rule(scope, fragment.type);
	if (rule != NULL && rule->partition != NULL)
		return fragment.column != NULL && fragment.equality == FSQ_EXACT ?
			fsq_template1(rule->partition, fragment.sql) : NULL;
	return fragment.order == FSQ_EXACT ? fsq_push_group(scope, expr, false) : NULL;
}

/*
 * PARTITION BY.  Its keys are added to seen.
 */
static bool
push_partition(FsqScope *scope, WindowClause *window, StringInfo sql, List **seen)
{
	ListCell   *lc;

	foreach(lc, window->partitionClause)
	{
		Expr	   *expr = (Expr *) get_sortgroupclause_expr(lfirst(lc), scope->root->processed_tlist);
		const char *key;

		if (fsq_is_external(scope, (Node *) expr) || list_member(*seen, expr))
			continue;
		key = push_partition_key(scope, expr);
		if (key == NULL)
			return false;
		append_key(sql, "PARTITION BY ", key);
		*seen = lappend(*seen, expr);
	}
	return true;
}

/*
 * ORDER BY.  What is constant in a partition, or comes twice, is no key.
 */
static bool
push_order(FsqScope *scope, WindowClause *window, StringInfo sql, List *seen)
{
	ListCell   *lc;

	foreach(lc, window->orderClause)
	{
		SortGroupClause *clause = lfirst(lc);
		Expr	   *expr = (Expr *) get_sortgroupclause_expr(clause, scope->root->processed_tlist);
		Oid			opfamily;
		Oid			type;
		bool		descending;
		const char *key;

		if (fsq_is_external(scope, (Node *) expr) || list_member(seen, expr))
			continue;
		if (!fsq_ordering_properties(clause->sortop, &opfamily, &type, &descending))
			return false;
		key = fsq_push_sort(scope, expr, opfamily, exprCollation((Node *) expr),
							descending, clause->nulls_first);
		if (key == NULL)
			return false;
		append_key(sql, "ORDER BY ", key);
		seen = lappend(list_copy(seen), expr);
	}
	return true;
}

/* ---- the frame ---- */

/* Options that do not change what a frame is. */
#define FRAME_SPELLING (FRAMEOPTION_NONDEFAULT | FRAMEOPTION_BETWEEN)

#define FRAME_OFFSET (FRAMEOPTION_START_OFFSET | FRAMEOPTION_END_OFFSET)

/* The words of a bound, from its option. */
static const struct
{
	int			option;
	const char *words;			/* %1: the offset */
}			bounds[] = {
	{FRAMEOPTION_START_UNBOUNDED_PRECEDING, "UNBOUNDED PRECEDING"},
	{FRAMEOPTION_START_OFFSET_PRECEDING, "%1 PRECEDING"},
	{FRAMEOPTION_START_CURRENT_ROW, "CURRENT ROW"},
	{FRAMEOPTION_START_OFFSET_FOLLOWING, "%1 FOLLOWING"},
	{FRAMEOPTION_END_OFFSET_PRECEDING, "%1 PRECEDING"},
	{FRAMEOPTION_END_CURRENT_ROW, "CURRENT ROW"},
	{FRAMEOPTION_END_OFFSET_FOLLOWING, "%1 FOLLOWING"},
	{FRAMEOPTION_END_UNBOUNDED_FOLLOWING, "UNBOUNDED FOLLOWING"}
};

#define START_BOUNDS 4

static const struct
{
	int			option;
	const char *words;
}			exclusions[] = {
	{FRAMEOPTION_EXCLUDE_CURRENT_ROW, " EXCLUDE CURRENT ROW"},
	{FRAMEOPTION_EXCLUDE_GROUP, " EXCLUDE GROUP"},
	{FRAMEOPTION_EXCLUDE_TIES, " EXCLUDE TIES"}
};

/*
 * A bound of a frame; NULL if it depends on what only the execution knows, or
 * is PostgreSQL's error.
 */
static const char *
write_bound(int options, int first, Node *offset)
{
	for (int i = first; i < first + START_BOUNDS; i++)
	{
		if (!(options & bounds[i].option))
			continue;
		if (!(bounds[i].option & FRAME_OFFSET))
			return bounds[i].words;
		if (offset == NULL || !IsA(offset, Const) || ((Const *) offset)->constisnull ||
			((Const *) offset)->consttype != INT8OID ||
			DatumGetInt64(((Const *) offset)->constvalue) < 0 ||
			DatumGetInt64(((Const *) offset)->constvalue) > PG_INT32_MAX)
			return NULL;
		return fsq_template1(bounds[i].words,
							 psprintf(INT64_FORMAT, DatumGetInt64(((Const *) offset)->constvalue)));
	}
	return NULL;
}

/*
 * Whether both bounds are on the same side of the current row and the first
 * comes after the last: an empty frame, which some engines refuse.
 */
static bool
is_reversed(int options, Node *start, Node *end)
{
	bool		preceding = (options & FRAMEOPTION_START_OFFSET_PRECEDING) != 0;

	if (!(preceding && (options & FRAMEOPTION_END_OFFSET_PRECEDING)) &&
		!((options & FRAMEOPTION_START_OFFSET_FOLLOWING) && (options & FRAMEOPTION_END_OFFSET_FOLLOWING)))
		return false;
	if (!IsA(start, Const) || !IsA(end, Const))
		return true;
	return preceding ?
		DatumGetInt64(((Const *) start)->constvalue) < DatumGetInt64(((Const *) end)->constvalue) :
		DatumGetInt64(((Const *) start)->constvalue) > DatumGetInt64(((Const *) end)->constvalue);
}

/*
 * The frame, if it must be written; false: the remote does not have it.
 * ordered: whether the window has an order there.
 */
static bool
push_frame(FsqScope *scope, WindowClause *window, FsqFrames frames, bool ordered, const char **sql)
{
	int			options = window->frameOptions & ~FRAME_SPELLING;
	const char *start;
	const char *end;

	*sql = "";
	if (frames == FSQ_FRAMES_NONE)
		return true;
	if (frames == FSQ_FRAMES_GROWING && !(options & FRAMEOPTION_START_UNBOUNDED_PRECEDING))
		return false;
	if (options == (FRAMEOPTION_DEFAULTS & ~FRAME_SPELLING))
		return true;
	/* without an order all rows are peers; of which one comes first is not said */
	if (!ordered)
		return (options & FRAMEOPTION_RANGE) && !(options & (FRAME_OFFSET | FRAMEOPTION_EXCLUSION));
	if ((options & ~scope->rules->frame_options) != 0 ||
		(frames == FSQ_FRAMES_GROWING && (options & FRAMEOPTION_EXCLUSION)) ||
		((options & FRAME_OFFSET) && (options & FRAMEOPTION_RANGE)) ||
		is_reversed(options, window->startOffset, window->endOffset))
		return false;
	start = write_bound(options, 0, window->startOffset);
	end = write_bound(options, START_BOUNDS, window->endOffset);
	if (start == NULL || end == NULL)
		return false;
	*sql = psprintf(" %s BETWEEN %s AND %s",
					options & FRAMEOPTION_ROWS ? "ROWS" : options & FRAMEOPTION_GROUPS ? "GROUPS" : "RANGE",
					start, end);
	for (int i = 0; i < lengthof(exclusions); i++)
	{
		if (options & exclusions[i].option)
			*sql = psprintf("%s%s", *sql, exclusions[i].words);
	}
	return true;
}

/*
 * " OVER (...)", or NULL.
 */
static const char *
push_over(FsqScope *scope, WindowFunc *function, const FsqAggregateRule *rule)
{
	WindowClause *window = window_of(scope->root, function);
	StringInfoData partition;
	StringInfoData order;
	const char *frame;
	List	   *seen = NIL;
	bool		no_query = scope->no_query;
	bool		pushed;

	initStringInfo(&partition);
	initStringInfo(&order);
	scope->windows = false;
	scope->no_query = true;
	pushed = push_partition(scope, window, &partition, &seen) &&
		push_order(scope, window, &order, seen) &&
		push_frame(scope, window,
				   function->aggfilter != NULL ? Max(rule->frames, rule->filtered_frames) : rule->frames,
				   order.len > 0, &frame);
	scope->windows = true;
	scope->no_query = no_query;
	if (!pushed)
		return NULL;
	if (order.len == 0 && rule->ordered && scope->rules->unordered == NULL)
		return NULL;
	if (order.len == 0 && rule->ordered)
		appendStringInfoString(&order, scope->rules->unordered);
	return psprintf(" OVER (%s%s%s%s)", partition.data, partition.len > 0 && order.len > 0 ? " " : "",
					order.data, partition.len > 0 || order.len > 0 ? frame : frame + (*frame == ' '));
}

/* ---- names in derived tables ---- */

/*
 * Names are c1, w1 and so on; with more letters (cc1) if a column of the table
 * might be meant by such a name: some engines look in the target list first.
 */
static char *
derived_name(char letter, int letters, int number)
{
	char	   *prefix = palloc(letters + 1);

	memset(prefix, letter, letters);
	prefix[letters] = '\0';
	return psprintf("%s%d", prefix, number);
}

char *
fsq_derived_column(const FsqRelation *relation, int attnum)
{
	return derived_name('c', relation->name_letters, attnum);
}

char *
fsq_derived_window(const FsqRelation *relation, int place)
{
	return derived_name('w', relation->name_letters, place + 1);
}

/*
 * Letters enough that no column's name looks like one of ours.
 */
static int
choose_name_letters(FsqRelation *relation)
{
	int			letters = 1;

	for (int i = 0; i < relation->table->ncolumns; i++)
	{
		const char *name = relation->table->columns[i].dropped ? "" : relation->columns[i].remote_name;
		int			same = Max(strspn(name, "cC"), strspn(name, "wW"));

		if (same > 0 && strspn(name + same, "0123456789") == strlen(name + same))
			letters = Max(letters, same + 1);
	}
	return letters;
}

/* ---- window functions ---- */


static bool
push_function(FsqScope *scope, WindowFunc *function, FsqFragment *result)
{
	FsqAggregateCall call = {
		.args = function->args,
		.star = function->winstar,
		.filter = function->aggfilter,
		.collation = function->inputcollid
	};

	call.rule = fsq_aggregate_rule(function->winagg ? scope->rules->aggregates : scope->rules->windows,
								   function->winfnoid);
	if (call.rule == NULL || (function->winagg && call.rule->frames == FSQ_FRAMES_NONE))
		return false;
	call.over = push_over(scope, function, call.rule);
	return call.over != NULL && fsq_push_aggregate(scope, &call, result);
}

bool
fsq_push_window(FsqScope *scope, WindowFunc *function, FsqFragment *result)
{
	Bitmapset  *used = scope->used;
	ListCell   *lc;
	bool		pushed;

	if (!scope->windows)
		return false;
	if (!scope->derived)
		return push_function(scope, function, result);

	/* it stands in the derived table: what is known of it is the same */
	scope->derived = false;
	scope->used = bms_copy(used);
	pushed = push_function(scope, function, result);
	scope->derived = true;
	scope->used = used;
	foreach(lc, scope->relation->windows)
	{
		if (equal(lfirst(lc), function))
		{
			result->sql = fsq_derived_window(scope->relation, foreach_current_index(lc));
			return pushed;
		}
	}
	return false;
}

/* ---- the relation ---- */

/*
 * Add what an expression is made of to the target list of the relation; false
 * if it has something that the remote cannot give.
 */
static bool
add_parts(FsqScope *scope, FsqRelation *relation, Node *node)
{
	List	   *parts = pull_var_clause(node, PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_WINDOWFUNCS |
										PVC_INCLUDE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, parts)
	{
		Expr	   *part = lfirst(lc);
		FsqFragment fragment;

		if (IsA(part, WindowFunc))
		{
			if (!fsq_push_expr(scope, part, FSQ_ENCODING_USUAL, &fragment))
				return false;
			/* what is read is read by its type, in the usual encoding or as a decimal number */
			relation->windows = list_append_unique(relation->windows, part);
		}
		else if (!IsA(part, Var) || ((Var *) part)->varno != relation->base->relid ||
				 ((Var *) part)->varattno <= 0)
			return false;
		relation->tlist = add_to_flat_tlist(relation->tlist, list_make1(part));
	}
	return true;
}

/*
 * The run conditions are sent, or evaluated here.
 */
static bool
split_run_conditions(FsqScope *scope, FsqRelation *relation)
{
	ListCell   *lc;

	foreach(lc, fsq_run_conditions(scope->root->parse, relation->windows))
	{
		Expr	   *clause = lfirst(lc);
		FsqFragment fragment;

		if (!add_parts(scope, relation, (Node *) clause))
			return false;
		if (fsq_push_condition(scope, clause, false, &fragment))
			relation->having = lappend(relation->having, clause);
		else
			relation->local_having = lappend(relation->local_having, clause);
	}
	return true;
}

/* ---- conditions of the query above ---- */

/*
 * The relation of the query above whose subquery is being planned: the one
 * that has not been planned yet, if there is one alone.  NULL: not known.
 */
static RelOptInfo *
relation_above(PlannerInfo *above)
{
	RelOptInfo *found = NULL;

	if (above == NULL || above->simple_rel_array == NULL)
		return NULL;
	for (int i = 1; i < above->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = above->simple_rel_array[i];

		if (rel == NULL || rel->rtekind != RTE_SUBQUERY || rel->subroot != NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = rel;
	}
	return found;
}

typedef struct BelowContext
{
	PlannerInfo *root;			/* of the subquery */
	Index		relid;			/* of the subquery, above */
	bool		failed;
} BelowContext;

/*
 * An expression of the query above with the subquery's own expressions in the
 * place of its columns.
 */
static Node *
replace_columns(Node *node, void *arg)
{
	BelowContext *context = arg;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;
		TargetEntry *entry = var->varno == context->relid && var->varlevelsup == 0 ?
			get_tle_by_resno(context->root->processed_tlist, var->varattno) : NULL;

		if (entry != NULL && !entry->resjunk)
			return copyObject((Node *) entry->expr);
		context->failed = true;
		return node;
	}
	/* values that only the plan above has */
	if ((IsA(node, Param) && ((Param *) node)->paramkind != PARAM_EXTERN) ||
		IsA(node, SubLink) || IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) ||
		IsA(node, PlaceHolderVar))
	{
		context->failed = true;
		return node;
	}
	return expression_tree_mutator(node, replace_columns, arg);
}

/*
 * Whether leaving out rows of the subquery is the same as leaving them out
 * where its window functions have been computed.
 */
static bool
passes_rows_through(PlannerInfo *root)
{
	Query	   *parse = root->parse;

	return parse->limitCount == NULL && parse->limitOffset == NULL && parse->distinctClause == NIL &&
		parse->setOperations == NULL && !parse->hasTargetSRFs && parse->rowMarks == NIL;
}

/*
 * Send the restrictions of the query above that can be had here, as far as it
 * goes: they are evaluated there again.
 */
static void
add_conditions_above(FsqScope *scope, FsqRelation *relation)
{
	PlannerInfo *above = scope->root->parent_root;
	RelOptInfo *rel = relation_above(above);
	ListCell   *lc;

	if (rel == NULL || !passes_rows_through(scope->root) ||
		planner_rt_fetch(rel->relid, above)->security_barrier)
		return;
	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		BelowContext context = {scope->root, rel->relid, false};
		FsqFragment fragment;
		Node	   *clause;

		if (rinfo->pseudoconstant || rinfo->security_level > rel->baserestrict_min_security)
			continue;
		clause = replace_columns((Node *) rinfo->clause, &context);
		if (!context.failed && !expression_returns_set(clause) && contain_window_function(clause) &&
			fsq_push_condition(scope, (Expr *) clause, true, &fragment) &&
			add_parts(scope, relation, clause))
			relation->having = list_append_unique(relation->having, clause);
	}
}

/* ---- the path ---- */

/*
 * What the query wants of the relation goes into its target list.  Behind it
 * goes what only its windows want, which the planner believes to need, too:
 * nobody looks at it, and it is not read.
 */
static bool
window_targets(FsqScope *scope, FsqRelation *relation, PathTarget *target)
{
	Query	   *parse = scope->root->parse;
	ListCell   *lc;

	foreach(lc, scope->root->processed_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry->resjunk &&
			get_sortgroupref_clause_noerr(entry->ressortgroupref, parse->sortClause) == NULL &&
			get_sortgroupref_clause_noerr(entry->ressortgroupref, parse->distinctClause) == NULL)
			continue;
		if (!add_parts(scope, relation, (Node *) entry->expr))
			return false;
	}
	if (relation->windows == NIL || !split_run_conditions(scope, relation))
		return false;
	add_conditions_above(scope, relation);
	relation->nread = list_length(relation->tlist);
	foreach(lc, target->exprs)
	{
		if (!add_parts(scope, relation, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * How many rows of each partition a condition leaves, or a negative number if
 * it is not such a condition.
 */
static double
rows_of_partition(PlannerInfo *root, Expr *clause)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *value;

	if (!IsA(clause, OpExpr) || list_length(op->args) != 2 || !IsA(linitial(op->args), WindowFunc))
		return -1;
	if (get_oprrest(op->opno) == F_EQSEL)
		return 1;
	if (get_oprrest(op->opno) != F_SCALARLTSEL && get_oprrest(op->opno) != F_SCALARLESEL)
		return -1;
	value = estimate_expression_value(root, lsecond(op->args));
	if (!IsA(value, Const) || ((Const *) value)->constisnull)
		return UNKNOWN_LIMIT;
	switch (((Const *) value)->consttype)
	{
		case INT2OID:
			return Max(DatumGetInt16(((Const *) value)->constvalue), 1);
		case INT4OID:
			return Max(DatumGetInt32(((Const *) value)->constvalue), 1);
		case INT8OID:
			return Max(DatumGetInt64(((Const *) value)->constvalue), 1);
		default:
			return UNKNOWN_LIMIT;
	}
}

/*
 * Rows that the conditions on window functions leave.
 */
static double
estimate_rows(PlannerInfo *root, FsqRelation *below, FsqRelation *relation)
{
	double		rows = below->rows;
	ListCell   *lc;

	foreach(lc, relation->having)
	{
		Expr	   *clause = lfirst(lc);
		double		limit = rows_of_partition(root, clause);
		List	   *partition;

		if (limit < 0)
			continue;
		partition = get_sortgrouplist_exprs(window_of(root, linitial(((OpExpr *) clause)->args))->partitionClause,
											root->processed_tlist);
		rows = Min(rows, limit * (partition == NIL ? 1 :
								  estimate_num_groups(root, partition, below->rows, NULL, NULL)));
	}
	return clamp_row_est(rows);
}

/*
 * Whether an index gives the table's rows in an order that begins as a window
 * wants them.
 */
static bool
has_index_order(PlannerInfo *root, FsqRelation *relation, WindowClause *window)
{
	List	   *keys = window->partitionClause != NIL ? window->partitionClause : window->orderClause;
	Var		   *var;

	if (keys == NIL)
		return true;
	var = (Var *) get_sortgroupclause_expr(linitial(keys), root->processed_tlist);
	return IsA(var, Var) && var->varattno > 0 && fsq_is_indexed(relation, var->varattno);
}

/*
 * What window functions cost beside the scan.  A sort is taken for one that
 * ORDER BY would be (fsq_cost_order), since that is what a plan with the
 * windows here asks for.
 */
static Cost
cost_windows(PlannerInfo *root, FsqRelation *relation, double rows)
{
	Cost		cost = 0;
	Bitmapset  *seen = NULL;
	ListCell   *lc;

	foreach(lc, relation->windows)
	{
		WindowFunc *function = lfirst(lc);

		cost += cpu_operator_cost * rows;
		if (bms_is_member(function->winref, seen))
			continue;
		seen = bms_add_member(seen, function->winref);
		if (!has_index_order(root, relation, window_of(root, function)))
			cost += cpu_operator_cost * rows * log2(Max(rows, 2));
	}
	return cost;
}

void
fsq_add_window_paths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *rel)
{
	FsqRelation *below = fsq_extensible(input_rel);
	PathTarget *target = root->upper_targets[UPPERREL_WINDOW];
	FsqRelation *relation;
	FsqScope	scope;

	if (below == NULL || FSQ_IS_UPPER(below) || !fsq_can_gate(root, below) ||
		root->parse->hasTargetSRFs)
		return;
	relation = fsq_extend(below, rel);
	relation->windowed = true;
	relation->source = rel;
	relation->name_letters = choose_name_letters(relation);
	relation->having = relation->local_having = relation->windows = relation->tlist = NIL;
	fsq_scope_init(&scope, root, relation);
	rel->fdw_private = NULL;
	if (!window_targets(&scope, relation, target))
		return;
	rel->fdw_private = relation;

	relation->rows = estimate_rows(root, below, relation);
	fsq_cost_rows(relation, below->scanned_rows, relation->rows,
				  &relation->startup_cost, &relation->total_cost);
	/* the rows are sorted before the first comes */
	relation->total_cost += cost_windows(root, relation, below->rows);
	relation->startup_cost = relation->total_cost - relation->rows * relation->table->tuple_cost;
	fsq_estimate_upper(root, relation, NIL);
	add_path(rel, (Path *)
			 fsq_create_foreign_upper_path(root, rel, target, relation->rows,
										   relation->startup_cost, relation->total_cost,
										   NIL, NULL, NIL));
}
