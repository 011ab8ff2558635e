/*-------------------------------------------------------------------------
 *
 * fallback_plan.c
 *	  The query over a foreign table's fallback that gives what the table's
 *	  remote statement would have given.
 *
 *	  It is made of the same expressions as the statement, at the same place:
 *	  where the scan is planned.  Columns of the table are those of the query's
 *	  one subquery, which is put in when the query runs; whatever else an
 *	  expression refers to (parameters, columns of other relations) is a
 *	  parameter of the query, whose value the scan knows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_operator.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "parser/parse_oper.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "fallback.h"
#include "fraiseql.h"
#include "replica.h"

/* The query that is being written. */
typedef struct Builder
{
	PlannerInfo *root;
	FsqRelation *relation;
	Query	   *query;
	Bitmapset  *columns;		/* used, by attnum */
	List	   *exprs;			/* what its parameters are */
	int			asked;			/* the one that the key clause has for itself, or 0 */
	Index		last_ref;		/* sort and group references that are taken */
	bool		failed;			/* an expression cannot be written */
} Builder;

bool
fsq_fallback_is_possible(PlannerInfo *root)
{
	PlannerInfo *top = root;

	while (top->parent_root != NULL)
		top = top->parent_root;
	return top->parse->commandType == CMD_SELECT && !top->parse->hasModifyingCTE &&
		root->parse->rowMarks == NIL;
}

/* ---- expressions ---- */

/* The query's parameter of a number, which has a value's type. */
static Node *
numbered_param(int place, const Node *node)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = place;
	param->paramtype = exprType(node);
	param->paramtypmod = exprTypmod(node);
	param->paramcollid = exprCollation(node);
	param->location = -1;
	return (Node *) param;
}

/*
 * A parameter of the query for a value that the scan knows.  The same value is
 * the same parameter, except for what is asked for by key: of that the query
 * may get a part, while other conditions keep the whole.
 */
static Node *
make_param(Builder *builder, Node *node)
{
	int			place = 0;
	ListCell   *lc;

	foreach(lc, builder->exprs)
	{
		if (foreach_current_index(lc) + 1 != builder->asked && equal(lfirst(lc), node))
			place = foreach_current_index(lc) + 1;
	}
	if (place == 0)
	{
		builder->exprs = lappend(builder->exprs, node);
		place = list_length(builder->exprs);
	}
	return numbered_param(place, node);
}

/* A column of the table, as the query has it. */
static Node *
make_column(Builder *builder, const Var *var)
{
	if (var->varattno <= 0)
	{
		builder->failed = true;
		return (Node *) var;
	}
	builder->columns = bms_add_member(builder->columns, var->varattno);
	return (Node *) makeVar(1, var->varattno, var->vartype, var->vartypmod, var->varcollid, 0);
}

/*
 * An expression of the plan as one of the query.
 */
static Node *
transcribe(Node *node, void *context)
{
	Builder    *builder = context;

	if (node == NULL)
		return NULL;
	switch (nodeTag(node))
	{
		case T_Var:
			if (((Var *) node)->varno == builder->relation->base->relid &&
				((Var *) node)->varlevelsup == 0)
				return make_column(builder, (Var *) node);
			return make_param(builder, node);
		case T_Param:
			return make_param(builder, node);
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_PlaceHolderVar:
		case T_CurrentOfExpr:
		case T_GroupingFunc:
			builder->failed = true;
			return node;
		default:
			return expression_tree_mutator(node, transcribe, context);
	}
}

static Expr *
transcribe_expr(Builder *builder, const void *expr)
{
	return (Expr *) transcribe(copyObject((Node *) expr), builder);
}

/* ---- asking by key ---- */

/*
 * The column of the relation that a clause makes equal to a value (or, = ANY,
 * one of several), which is *value; 0 if it does not.
 */
static int
equal_column(PlannerInfo *root, FsqRelation *relation, Expr *clause, Node **column, Node **value)
{
	double		nvalues;
	int			attnum = fsq_pinned_column(root, relation, clause, &nvalues);
	List	   *args;
	Oid			opno;

	if (attnum <= 0 || contain_volatile_functions((Node *) clause) || contain_subplans((Node *) clause))
		return 0;
	opno = IsA(clause, OpExpr) ? ((OpExpr *) clause)->opno : ((ScalarArrayOpExpr *) clause)->opno;
	args = IsA(clause, OpExpr) ? ((OpExpr *) clause)->args : ((ScalarArrayOpExpr *) clause)->args;
	if (!op_mergejoinable(opno, exprType(linitial(args))) && !op_hashjoinable(opno, exprType(linitial(args))))
		return 0;
	*column = linitial(args);
	*value = lsecond(args);
	if (IsA(clause, OpExpr) && !bms_is_member(relation->base->relid, pull_varnos(root, *column)))
	{
		*column = lsecond(args);
		*value = linitial(args);
	}
	return bms_is_empty(pull_varnos(root, *value)) ? attnum : 0;
}

List *
fsq_fallback_key_clauses(PlannerInfo *root, FsqRelation *relation)
{
	const FsqTable *table = relation->table;
	Bitmapset  *pinned = NULL;
	List	   *clauses = NIL;
	bool		has_key = false;
	ListCell   *lc;

	foreach(lc, relation->base->baserestrictinfo)
	{
		Expr	   *clause = lfirst_node(RestrictInfo, lc)->clause;
		Node	   *column;
		Node	   *value;
		int			attnum = equal_column(root, relation, clause, &column, &value);

		if (attnum == 0 || !table->columns[attnum - 1].key)
			continue;
		pinned = bms_add_member(pinned, attnum);
		clauses = lappend(clauses, clause);
	}
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].dropped || !table->columns[i].key)
			continue;
		has_key = true;
		if (!bms_is_member(i + 1, pinned))
			return NIL;
	}
	return has_key ? clauses : NIL;
}

typedef struct Uses
{
	Node	   *value;
	int			n;
} Uses;

static bool
count_uses_walker(Node *node, void *context)
{
	Uses	   *uses = context;

	if (node == NULL)
		return false;
	uses->n += equal(node, uses->value);
	return expression_tree_walker(node, count_uses_walker, context);
}

/* How often expressions have a value. */
static int
count_uses(List *exprs, Node *value)
{
	Uses		uses = {value, 0};

	(void) count_uses_walker((Node *) exprs, &uses);
	return uses.n;
}

/*
 * The types and collations by which keys are compared: of a key of one column
 * the operator's own, if it has the same on both sides; then what is asked for
 * can be compared as well (asked), else the column's.  The source's parameter is
 * known if no other of its conditions has it, too.
 */
static void
set_key(Builder *builder, FsqFallbackPlan *fallback, List *conditions, const List *source_exprs, int nsource)
{
	FsqRelation *relation = builder->relation;
	const FsqTable *table = relation->table;
	Expr	   *clause = linitial(relation->key_clauses);
	bool		array = IsA(clause, ScalarArrayOpExpr);
	Node	   *column;
	Node	   *value;
	Oid			left;
	Oid			right;
	ListCell   *lc;

	fallback->keyed = true;
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].dropped || !table->columns[i].key)
			continue;
		fallback->keys = lappend_int(fallback->keys, i + 1);
		fallback->key_types = lappend_oid(fallback->key_types, getBaseType(table->columns[i].type));
		fallback->key_collations = lappend_oid(fallback->key_collations, table->columns[i].collation);
	}
	if (list_length(fallback->keys) > 1 ||
		equal_column(builder->root, relation, clause, &column, &value) == 0)
		return;
	op_input_types(array ? ((ScalarArrayOpExpr *) clause)->opno : ((OpExpr *) clause)->opno, &left, &right);
	while (IsA(column, RelabelType))
		column = (Node *) ((RelabelType *) column)->arg;
	if (!IsA(column, Var) || left != right || get_typtype(left) == TYPTYPE_PSEUDO)
		return;
	fallback->key_types = list_make1_oid(left);
	fallback->key_collations = list_make1_oid(array ? ((ScalarArrayOpExpr *) clause)->inputcollid :
											  ((OpExpr *) clause)->inputcollid);
	builder->exprs = lappend(builder->exprs, value);
	builder->asked = fallback->asked = list_length(builder->exprs);
	fallback->asked_array = array;
	if (count_uses(conditions, value) > 1)
		return;
	foreach(lc, source_exprs)
	{
		if (foreach_current_index(lc) < nsource && equal(lfirst(lc), value))
			fallback->source_param = foreach_current_index(lc) + 1;
	}
}

/*
 * The clause that asks for keys, with all that it asks for as one parameter,
 * which another value can be put in for.
 */
static Expr *
transcribe_key_clause(Builder *builder, Expr *clause)
{
	bool		own = builder->asked != 0 && clause == linitial(builder->relation->key_clauses);
	Node	   *column;
	Node	   *value;
	List	   *args;

	if (equal_column(builder->root, builder->relation, clause, &column, &value) == 0)
		return transcribe_expr(builder, clause);
	clause = copyObject(clause);
	args = IsA(clause, OpExpr) ? ((OpExpr *) clause)->args : ((ScalarArrayOpExpr *) clause)->args;
	for (int i = 0; i < 2; i++)
	{
		ListCell   *lc = list_nth_cell(args, i);

		if (!equal(lfirst(lc), value))
			lfirst(lc) = transcribe(lfirst(lc), builder);
		else if (own)
			lfirst(lc) = numbered_param(builder->asked, value);
		else
			lfirst(lc) = make_param(builder, value);
	}
	return clause;
}

/* ---- the parts of the query ---- */

/*
 * Whether the fallback may evaluate a restriction that is evaluated here
 * anyway: rows that are left out sooner cost less.
 */
static bool
is_welcome(FsqRelation *relation, RestrictInfo *rinfo)
{
	return !contain_volatile_functions((Node *) rinfo->clause) &&
		!contain_subplans((Node *) rinfo->clause) &&
		(rinfo->security_level <= relation->base->baserestrict_min_security || rinfo->leakproof);
}

/*
 * Restrictions: those that were sent, and the others as far as they go.
 */
static List *
write_conditions(Builder *builder, const FsqStatement *statement, List *rinfos)
{
	FsqRelation *relation = builder->relation;
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, rinfos)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		bool		sent = list_member_ptr(statement->conditions, rinfo->clause);
		Bitmapset  *columns = bms_copy(builder->columns);
		Expr	   *condition;

		if (!sent && (rinfo->pseudoconstant || !is_welcome(relation, rinfo)))
			continue;
		if (list_member_ptr(relation->key_clauses, rinfo->clause))
			condition = transcribe_key_clause(builder, rinfo->clause);
		else
			condition = transcribe_expr(builder, rinfo->clause);
		if (builder->failed && sent)
			return NIL;
		if (!builder->failed)
			conditions = lappend(conditions, condition);
		else
			builder->columns = columns;
		builder->failed = false;
	}
	return conditions;
}

/* Add an entry to the target list of a query; it is not part of its rows if junk. */
static TargetEntry *
add_entry(Query *query, Expr *expr, bool junk)
{
	int			resno = list_length(query->targetList) + 1;
	TargetEntry *entry = makeTargetEntry(expr, resno, psprintf("c%d", resno), junk);

	query->targetList = lappend(query->targetList, entry);
	return entry;
}

/* The reference of an entry with that expression, made if need be. */
static Index
entry_reference(Builder *builder, Query *query, Expr *expr)
{
	TargetEntry *entry = tlist_member(expr, query->targetList);

	if (entry == NULL)
		entry = add_entry(query, expr, true);
	if (entry->ressortgroupref == 0)
		entry->ressortgroupref = ++builder->last_ref;
	return entry->ressortgroupref;
}

/*
 * The target list: the columns that the scan reads, in their order.
 */
static void
write_targets(Builder *builder, const FsqScanPlan *plan)
{
	FsqRelation *relation = builder->relation;
	const FsqTable *table = relation->table;
	ListCell   *lc;

	foreach(lc, plan->retrieved)
	{
		if (FSQ_IS_UPPER(relation))
		{
			TargetEntry *entry = list_nth(relation->tlist, lfirst_int(lc) - 1);

			(void) add_entry(builder->query, transcribe_expr(builder, entry->expr), false);
		}
		else
		{
			const FsqTableColumn *column = &table->columns[lfirst_int(lc) - 1];
			Var		   *var = makeVar(1, lfirst_int(lc), column->type, column->typmod,
									  column->collation, 0);

			(void) add_entry(builder->query, (Expr *) make_column(builder, var), false);
		}
	}
}

/* GROUP BY and HAVING. */
static void
write_groups(Builder *builder)
{
	FsqRelation *relation = builder->relation;
	Query	   *query = builder->query;
	List	   *having = NIL;
	ListCell   *lc;

	if (!relation->grouped)
		return;
	foreach(lc, relation->group_exprs)
	{
		Expr	   *expr = transcribe_expr(builder, lfirst(lc));
		SortGroupClause *clause = makeNode(SortGroupClause);

		get_sort_group_operators(exprType((Node *) expr), false, true, false,
								 &clause->sortop, &clause->eqop, NULL, &clause->hashable);
		clause->tleSortGroupRef = entry_reference(builder, query, expr);
		query->groupClause = lappend(query->groupClause, clause);
	}
	foreach(lc, relation->having)
		having = lappend(having, transcribe_expr(builder, lfirst(lc)));
	query->havingQual = having != NIL ? (Node *) make_ands_explicit(having) : NULL;
	query->hasAggs = contain_agg_clause((Node *) query->targetList) || contain_agg_clause(query->havingQual);
}

/*
 * The windows of the functions in the query's target list, with what they are
 * partitioned and ordered by.
 */
static void
write_windows(Builder *builder, Query *query)
{
	PlannerInfo *root = builder->root;
	ListCell   *lc;
	ListCell   *lk;

	foreach(lc, root->parse->windowClause)
	{
		WindowClause *window = copyObject(lfirst_node(WindowClause, lc));

		foreach(lk, list_concat_copy(window->partitionClause, window->orderClause))
		{
			SortGroupClause *key = lfirst_node(SortGroupClause, lk);
			Node	   *expr = get_sortgroupclause_expr(key, root->processed_tlist);

			/* partitionClause and orderClause have nodes of their own */
			key->tleSortGroupRef = entry_reference(builder, query, transcribe_expr(builder, expr));
		}
		window->startOffset = transcribe(window->startOffset, builder);
		window->endOffset = transcribe(window->endOffset, builder);
		query->windowClause = lappend(query->windowClause, window);
	}
	query->hasWindowFuncs = true;
	fsq_forget_run_conditions(query);
}

/*
 * The member of a pathkey's equivalence class that the remote sorts by.
 */
static EquivalenceMember *
sorted_member(PathKey *pathkey, const Expr *expr)
{
	ListCell   *lc;

	foreach(lc, pathkey->pk_eclass->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);

		if (member->em_expr == expr)
			return member;
	}
	return NULL;
}

/* What an expression above a query with window functions is in terms of its rows. */
static Node *
refer_below(Node *node, void *context)
{
	Query	   *below = context;
	TargetEntry *entry;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var) && !IsA(node, WindowFunc))
		return expression_tree_mutator(node, refer_below, context);
	entry = tlist_member((Expr *) node, below->targetList);
	if (entry == NULL)
		entry = add_entry(below, (Expr *) node, false);
	return (Node *) makeVarFromTargetEntry(1, entry);
}

/*
 * ORDER BY; below: the query with window functions that is this one's subquery,
 * or NULL.
 */
static void
write_order(Builder *builder, Query *below, List *pathkeys)
{
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst(lc);
		Expr	   *expr = fsq_pathkey_expr(builder->relation, pathkey);
		EquivalenceMember *member = sorted_member(pathkey, expr);
		bool		descending = fsq_pathkey_is_descending(pathkey);
		SortGroupClause *clause = makeNode(SortGroupClause);
		Oid			type = member->em_datatype;

		expr = transcribe_expr(builder, expr);
		if (below != NULL)
			expr = (Expr *) refer_below((Node *) expr, below);
		clause->sortop = get_opfamily_member(pathkey->pk_opfamily, type, type,
											 descending ? BTGreaterStrategyNumber : BTLessStrategyNumber);
		clause->eqop = get_opfamily_member(pathkey->pk_opfamily, type, type, BTEqualStrategyNumber);
		clause->nulls_first = pathkey->pk_nulls_first;
		clause->hashable = op_hashjoinable(clause->eqop, type);
		clause->tleSortGroupRef = entry_reference(builder, builder->query, expr);
		builder->query->sortClause = lappend(builder->query->sortClause, clause);
	}
}

/* A query over one subquery. */
static Query *
make_query(Query *subquery, int ncolumns)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	List	   *names = NIL;

	for (int i = 1; i <= ncolumns; i++)
		names = lappend(names, makeString(psprintf("c%d", i)));
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = subquery;
	entry->alias = makeAlias("s", NIL);
	entry->eref = makeAlias("s", names);
	entry->inFromCl = true;
	ref->rtindex = 1;
	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->canSetTag = true;
	query->rtable = list_make1(entry);
	query->jointree = makeFromExpr(list_make1(ref), NULL);
	return query;
}

/*
 * Conditions on what window functions return need a query around: its rows are
 * those of the query below, in which all that it refers to is made visible.
 */
static Query *
wrap(Builder *builder, const FsqStatement *statement)
{
	Query	   *below = builder->query;
	int			nvisible = list_length(below->targetList);
	List	   *conditions = NIL;
	RangeTblEntry *entry;
	ListCell   *lc;

	builder->query = make_query(below, 0);
	for (int i = 0; i < nvisible; i++)
	{
		TargetEntry *target = list_nth(below->targetList, i);

		(void) add_entry(builder->query, (Expr *) makeVarFromTargetEntry(1, target), false);
	}
	foreach(lc, builder->relation->having)
		conditions = lappend(conditions, refer_below((Node *) transcribe_expr(builder, lfirst(lc)), below));
	builder->query->jointree->quals = (Node *) make_ands_explicit(conditions);
	write_order(builder, below, statement->pathkeys);
	entry = linitial(builder->query->rtable);
	for (int i = 1; i <= list_length(below->targetList); i++)
		entry->eref->colnames = lappend(entry->eref->colnames, makeString(psprintf("c%d", i)));
	write_windows(builder, below);
	return builder->query;
}

/*
 * The whole query; NULL if there is an expression that it cannot have.
 */
static Query *
write_query(Builder *builder, const FsqStatement *statement, List *rinfos, const FsqScanPlan *plan)
{
	PlannerInfo *root = builder->root;
	FsqRelation *relation = builder->relation;
	List	   *conditions;
	Query	   *query;

	query = builder->query = make_query(NULL, relation->table->ncolumns);
	conditions = write_conditions(builder, statement, rinfos);
	if (list_length(conditions) < list_length(statement->conditions))
		return NULL;
	if (conditions != NIL)
		query->jointree->quals = (Node *) make_ands_explicit(conditions);
	write_targets(builder, plan);
	write_groups(builder);
	if (relation->windowed && relation->having != NIL)
		query = wrap(builder, statement);
	else
	{
		write_order(builder, NULL, statement->pathkeys);
		if (relation->windowed)
			write_windows(builder, query);
	}
	if (statement->limited)
	{
		query->limitCount = transcribe(copyObject(root->parse->limitCount), builder);
		query->limitOffset = transcribe(copyObject(root->parse->limitOffset), builder);
		query->limitOption = LIMIT_OPTION_COUNT;
	}
	return builder->failed ? NULL : query;
}

/*
 * A query without a plan's query means: there is no fallback for this scan.
 */
FsqFallbackPlan *
fsq_fallback_plan(PlannerInfo *root, FsqRelation *relation, const FsqStatement *statement,
				  List *rinfos, const FsqScanPlan *plan, List **exprs)
{
	Builder		builder = {.root = root,.relation = relation};
	FsqFallbackPlan *fallback = palloc0(sizeof(FsqFallbackPlan));
	int			attnum = -1;

	fallback->relid = relation->table->relid;
	fallback->relation = pstrdup(relation->table->fallback);
	fallback->on = relation->table->fallback_on;
	fallback->unplanned = relation->unplanned;
	fallback->first = relation->affinity == FSQ_AFFINITY_CACHE;
	if (relation->key_clauses != NIL)
		set_key(&builder, fallback, statement->conditions, *exprs, list_length(plan->params));
	fallback->query = write_query(&builder, statement, rinfos, plan);
	if (fallback->query == NULL)
		return NULL;
	while ((attnum = bms_next_member(builder.columns, attnum)) >= 0)
		fallback->columns = lappend_int(fallback->columns, attnum);
	*exprs = list_concat(*exprs, builder.exprs);
	return fallback;
}

/* ---- the plan's list ---- */

/*
 * Its slots, in this order: the option's text; the query; numbers (relid, on,
 * unplanned, keyed, asked, asked_array, source_param, first); columns; keys, their
 * types and collations.
 */
List *
fsq_fallback_plan_to_list(const FsqFallbackPlan *plan)
{
	List	   *numbers = list_make5_int((int) plan->relid, plan->on, plan->unplanned, plan->keyed, plan->asked);

	numbers = lappend_int(lappend_int(numbers, plan->asked_array), plan->source_param);
	numbers = lappend_int(numbers, plan->first);
	return list_make5(makeString(plan->relation), plan->query, numbers, plan->columns,
					  list_make3(plan->keys, plan->key_types, plan->key_collations));
}

FsqFallbackPlan *
fsq_fallback_plan_from_list(List *list)
{
	FsqFallbackPlan *plan = palloc0(sizeof(FsqFallbackPlan));
	List	   *numbers = list_nth(list, 2);
	List	   *keys = list_nth(list, 4);

	plan->relation = strVal(linitial(list));
	plan->query = lsecond(list);
	plan->relid = (Oid) linitial_int(numbers);
	plan->on = list_nth_int(numbers, 1);
	plan->unplanned = list_nth_int(numbers, 2);
	plan->keyed = list_nth_int(numbers, 3);
	plan->asked = list_nth_int(numbers, 4);
	plan->asked_array = list_nth_int(numbers, 5);
	plan->source_param = list_nth_int(numbers, 6);
	plan->first = list_nth_int(numbers, 7);
	plan->columns = list_nth(list, 3);
	plan->keys = linitial(keys);
	plan->key_types = lsecond(keys);
	plan->key_collations = lthird(keys);
	return plan;
}
