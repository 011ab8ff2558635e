/*-------------------------------------------------------------------------
 *
 * deparse.c
 *	  Puts the remote statement of a plan together, and the plan's own list.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "fallback.h"
#include "pushdown.h"

FsqVerdict
fsq_condition_verdict(PlannerInfo *root, FsqRelation *relation, Expr *clause)
{
	FsqScope	scope;
	FsqFragment fragment;

	if (!relation->pushdown)
		return FSQ_LOCAL;
	fsq_scope_init(&scope, root, relation);
	if (!fsq_push_condition(&scope, clause, true, &fragment))
		return FSQ_LOCAL;
	return fragment.verdict;
}

/* ---- the parts of a statement ---- */

static void
append_item(StringInfo buf, const char *separator, const char *item)
{
	if (buf->len > 0)
		appendStringInfoString(buf, separator);
	appendStringInfoString(buf, item);
}

/*
 * The target list, and which column of the scan's row each entry is.
 */
static const char *
write_targets(FsqScope *scope, const FsqStatement *statement, List **retrieved)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	if (FSQ_IS_UPPER(scope->relation))
	{
		foreach(lc, scope->relation->tlist)
		{
			TargetEntry *entry = lfirst(lc);
			FsqFragment item;

			if (scope->relation->windowed && entry->resno > scope->relation->nread)
				break;
			*retrieved = lappend_int(*retrieved, entry->resno);
			/* any column can be read, whatever else it is good for */
			if (scope->relation->windowed && IsA(entry->expr, Var))
			{
				append_item(&buf, ", ", fsq_column_text(scope, ((Var *) entry->expr)->varattno));
				continue;
			}
			if (!fsq_push_expr(scope, entry->expr, FSQ_ENCODING_USUAL, &item))
				elog(ERROR, "a target cannot be written");
			append_item(&buf, ", ", fsq_fragment_value(scope, &item));
		}
	}
	else
	{
		foreach(lc, statement->retrieved)
			append_item(&buf, ", ", fsq_column_text(scope, lfirst_int(lc)));
		*retrieved = statement->retrieved;
	}
	return buf.len > 0 ? buf.data : scope->rules->nothing;
}

static const char *
write_from(FsqScope *scope)
{
	StringInfoData buf;
	FsqTable   *table = scope->relation->table;

	initStringInfo(&buf);
	if (table->remote_schema != NULL)
	{
		scope->dialect->quote_identifier(&buf, table->remote_schema);
		appendStringInfoChar(&buf, '.');
	}
	scope->dialect->quote_identifier(&buf, table->remote_name);
	return fsq_escape_text(buf.data);
}

/*
 * Conditions joined by AND.  Columns of supersets do not count as used: they
 * are read, and the condition is evaluated here again.
 */
static void
write_conditions(FsqScope *scope, List *conditions, StringInfo buf)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		FsqFragment condition;
		Bitmapset  *used = bms_copy(scope->used);
		double		values;
		int			attnum;

		scope->alone = list_length(conditions) == 1 && IsA(lfirst(lc), ScalarArrayOpExpr);
		if (!fsq_push_condition(scope, lfirst(lc), true, &condition))
			elog(ERROR, "a condition cannot be written");
		scope->alone = false;
		append_item(buf, " AND ", condition.sql);
		if (condition.verdict != FSQ_EXACT)
		{
			scope->used = used;
			continue;
		}
		attnum = fsq_pinned_column(scope->root, scope->relation, lfirst(lc), &values);
		if (attnum > 0)
			scope->pinned = bms_add_member(scope->pinned, attnum);
	}
}

/*
 * The checks of columns that are used there without being read here; read: the
 * attnums of those that are, in every row that takes part.  A column that equals a good value is good.  (Nor would a check do: SQLite
 * puts the value in its place, where there need not even be a row.)
 */
static void
write_checks(FsqScope *scope, List *read, StringInfo buf)
{
	FsqRelation *relation = scope->relation;
	int			attnum = -1;

	while ((attnum = bms_next_member(scope->used, attnum)) >= 0)
	{
		const char *check = relation->columns[attnum - 1].check;

		if (check != NULL && !bms_is_member(attnum, scope->pinned) &&
			!list_member_int(read, attnum))
			append_item(buf, " AND ", fsq_template1(check, fsq_column_text(scope, attnum)));
	}
}

Expr *
fsq_pathkey_expr(FsqRelation *relation, PathKey *pathkey)
{
	ListCell   *lc;
	ListCell   *lt;

	if (pathkey->pk_eclass->ec_has_volatile)
		return NULL;
	foreach(lc, pathkey->pk_eclass->ec_members)
	{
		EquivalenceMember *member = lfirst(lc);

		if (member->em_is_const)
			continue;
		if (relation->windowed && contain_window_function((Node *) member->em_expr))
			return member->em_expr;
		if (!relation->grouped)
		{
			if (!bms_is_empty(member->em_relids) &&
				bms_is_subset(member->em_relids, relation->base->relids))
				return member->em_expr;
			continue;
		}
		foreach(lt, relation->tlist)
		{
			if (equal(lfirst_node(TargetEntry, lt)->expr, member->em_expr))
				return member->em_expr;
		}
	}
	return NULL;
}

bool
fsq_push_pathkeys(FsqScope *scope, List *pathkeys, StringInfo sql)
{
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst(lc);
		Expr	   *expr = fsq_pathkey_expr(scope->relation, pathkey);
		const char *key;

		if (expr == NULL)
			return false;
		key = fsq_push_sort(scope, expr, pathkey->pk_opfamily, pathkey->pk_eclass->ec_collation,
							fsq_pathkey_is_descending(pathkey),
							pathkey->pk_nulls_first);
		if (key == NULL)
			return false;
		append_item(sql, ", ", key);
	}
	return true;
}

/*
 * LIMIT or OFFSET: a constant is written as it is, anything else is a
 * parameter whose encoding says what NULL and negative numbers mean.
 */
static const char *
write_limit(FsqScope *scope, Node *node, int encoding)
{
	if (node == NULL || (IsA(node, Const) && ((Const *) node)->constisnull))
		return NULL;
	if (IsA(node, Const))
		return psprintf(INT64_FORMAT, DatumGetInt64(((Const *) node)->constvalue));
	return fsq_push_hole(scope, (Expr *) node, encoding, FSQ_PARAM_VALUE);
}

static const char *
write_groups(FsqScope *scope)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, scope->relation->group_exprs)
		append_item(&buf, ", ", fsq_push_group(scope, lfirst(lc), true));
	return buf.len > 0 ? buf.data : NULL;
}

/* ---- window functions ---- */

/*
 * Whether window functions must stand in a derived table, since something else
 * than the target list is about what they return.
 */
static bool
needs_derived_table(FsqRelation *relation, const FsqStatement *statement)
{
	ListCell   *lc;

	if (!relation->windowed)
		return false;
	if (relation->having != NIL)
		return true;
	foreach(lc, statement->pathkeys)
	{
		Expr	   *expr = fsq_pathkey_expr(relation, lfirst(lc));

		if (expr != NULL && contain_window_function((Node *) expr))
			return true;
	}
	return false;
}

/*
 * The target list of a derived table: the columns in the set and all window
 * functions, by the names that the statement around it knows them by.
 */
static const char *
write_derived_targets(FsqScope *scope, Bitmapset *columns)
{
	FsqRelation *relation = scope->relation;
	StringInfoData buf;
	StringInfoData name;
	int			attnum = -1;
	ListCell   *lc;

	initStringInfo(&buf);
	initStringInfo(&name);
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
	{
		resetStringInfo(&name);
		scope->dialect->quote_identifier(&name, relation->columns[attnum - 1].remote_name);
		append_item(&buf, ", ", psprintf("%s AS %s", fsq_escape_text(name.data),
										 fsq_derived_column(relation, attnum)));
	}
	foreach(lc, relation->windows)
	{
		FsqFragment function;

		if (!fsq_push_expr(scope, lfirst(lc), FSQ_ENCODING_USUAL, &function))
			elog(ERROR, "a window function cannot be written");
		append_item(&buf, ", ", psprintf("%s AS %s", fsq_fragment_value(scope, &function),
										 fsq_derived_window(relation, foreach_current_index(lc))));
	}
	return buf.data;
}

/*
 * The columns that a windowed relation's scan reads.
 */
static List *
read_columns(FsqRelation *relation)
{
	List	   *attnums = NIL;
	ListCell   *lc;

	foreach(lc, relation->tlist)
	{
		TargetEntry *entry = lfirst(lc);
		Var		   *var = (Var *) entry->expr;

		if (entry->resno <= relation->nread && IsA(var, Var))
			attnums = lappend_int(attnums, var->varattno);
	}
	return attnums;
}

/*
 * Put the table and its conditions (where) into a derived table, and what is
 * asked of its window functions around it.  What has been written of the
 * statement around refers to the columns in scope->used.
 */
static void
wrap_derived_table(FsqScope *scope, FsqSelect *select, Bitmapset *inner_used, StringInfo where)
{
	Bitmapset  *columns = bms_copy(scope->used);
	FsqSelect	inner = {.from = select->from};
	StringInfoData sql;
	ListCell   *lc;

	foreach(lc, read_columns(scope->relation))
		columns = bms_add_member(columns, lfirst_int(lc));
	scope->derived = false;
	scope->used = bms_union(inner_used, scope->used);
	inner.targets = write_derived_targets(scope, columns);
	/* rows that are left out have taken part: no column of theirs is read */
	write_checks(scope, NIL, where);
	inner.where = where->len > 0 ? where->data : NULL;
	initStringInfo(&sql);
	scope->rules->write_select(&sql, &inner);
	select->from = psprintf("(%s) s", sql.data);
}

FsqScanPlan *
fsq_statement_write(PlannerInfo *root, FsqRelation *relation, const FsqStatement *statement,
					List **exprs)
{
	FsqScanPlan *plan = palloc0(sizeof(FsqScanPlan));
	FsqScope	scope;
	FsqSelect	select = {0};
	StringInfoData where;
	StringInfoData having;
	StringInfoData order_by;
	StringInfoData sql;
	Bitmapset  *inner_used;
	Bitmapset  *inner_pinned;

	initStringInfo(&where);
	initStringInfo(&having);
	initStringInfo(&order_by);
	initStringInfo(&sql);
	fsq_scope_init(&scope, root, relation);

	select.from = write_from(&scope);
	write_conditions(&scope, statement->conditions, &where);
	inner_used = bms_copy(scope.used);
	inner_pinned = bms_copy(scope.pinned);
	if (needs_derived_table(relation, statement))
	{
		scope.derived = true;
		scope.used = NULL;
	}
	select.targets = write_targets(&scope, statement, &plan->retrieved);
	if (relation->grouped)
		select.group_by = write_groups(&scope);
	if (FSQ_IS_UPPER(relation))
		write_conditions(&scope, relation->having, &having);
	if (!fsq_push_pathkeys(&scope, statement->pathkeys, &order_by))
		elog(ERROR, "a sort key cannot be written");
	if (scope.derived)
	{
		/* rows that are left out by the conditions around it need not have such values */
		scope.pinned = inner_pinned;
		wrap_derived_table(&scope, &select, inner_used, &where);
		select.where = having.len > 0 ? having.data : NULL;
	}
	else
	{
		write_checks(&scope, !relation->windowed ? statement->retrieved :
					 statement->limited ? NIL : read_columns(relation), &where);
		select.where = where.len > 0 ? where.data : NULL;
		select.having = having.len > 0 ? having.data : NULL;
	}
	if (statement->limited)
	{
		select.limit = write_limit(&scope, root->parse->limitCount, FSQ_ENCODING_LIMIT);
		select.offset = write_limit(&scope, root->parse->limitOffset, FSQ_ENCODING_OFFSET);
	}
	select.order_by = order_by.len > 0 ? order_by.data : NULL;
	scope.rules->write_select(&sql, &select);
	fsq_text_to_plan(sql.data, &scope, plan, exprs);
	plan->described = list_make3_int(relation->table->relid,
									 relation->remote != NULL ? relation->remote->signature : 0,
									 fsq_columns_signature(relation->table, relation->columns));
	return plan;
}

/* ---- the plan's list ---- */

/*
 * The slots of fdw_private, in this order: pieces; retrieved; parameters'
 * types, encodings, kinds and forms (empty: none); sources' relids and attnums; text of the
 * relation (a String, or NULL); what was described; the fallback (NIL: none); the affinity (an Integer).
 */
List *
fsq_scan_plan_to_list(const FsqScanPlan *plan)
{
	List	   *types = NIL;
	List	   *encodings = NIL;
	List	   *kinds = NIL;
	List	   *forms = NIL;
	ListCell   *lc;

	foreach(lc, plan->params)
	{
		FsqParam   *param = lfirst(lc);

		types = lappend_oid(types, param->type);
		encodings = lappend_int(encodings, param->encoding);
		kinds = lappend_int(kinds, param->kind);
		forms = lappend(forms, makeString(pstrdup(param->form != NULL ? param->form : "")));
	}
	return list_concat(list_make4(plan->pieces, plan->retrieved,
								  list_make4(types, encodings, kinds, forms),
								  list_make2(plan->source_relids, plan->source_attnums)),
					   list_make4(plan->relation_text != NULL ? makeString(plan->relation_text) : NULL,
								  plan->described,
								  plan->fallback != NULL ? fsq_fallback_plan_to_list(plan->fallback) : NIL,
								  makeInteger(plan->affinity)));
}

FsqScanPlan *
fsq_scan_plan_from_list(List *list)
{
	FsqScanPlan *plan = palloc0(sizeof(FsqScanPlan));
	List	   *params = lthird(list);
	List	   *sources = lfourth(list);
	ListCell   *lt;
	ListCell   *le;
	ListCell   *lk;
	ListCell   *lf;

	plan->pieces = linitial(list);
	plan->retrieved = lsecond(list);
	forfour(lt, linitial(params), le, lsecond(params), lk, lthird(params), lf, lfourth(params))
	{
		FsqParam   *param = palloc0(sizeof(FsqParam));

		param->type = lfirst_oid(lt);
		param->encoding = lfirst_int(le);
		param->kind = lfirst_int(lk);
		if (strVal(lfirst(lf))[0] != '\0')
			param->form = strVal(lfirst(lf));
		plan->params = lappend(plan->params, param);
	}
	plan->source_relids = linitial(sources);
	plan->source_attnums = lsecond(sources);
	if (list_nth(list, 4) != NULL)
		plan->relation_text = strVal(list_nth(list, 4));
	plan->described = list_nth(list, 5);
	fsq_scan_plan_read_source(plan, list);
	return plan;
}

void
fsq_scan_plan_read_source(FsqScanPlan *plan, List *list)
{
	plan->affinity = intVal(list_nth(list, 7));
	if (list_nth(list, 6) != NIL)
		plan->fallback = fsq_fallback_plan_from_list(list_nth(list, 6));
}

/*
 * Pieces as EXPLAIN shows them.
 */
static void
append_pieces(StringInfo buf, List *pieces)
{
	ListCell   *lc;

	foreach(lc, pieces)
	{
		Node	   *piece = lfirst(lc);

		if (IsA(piece, String))
			appendStringInfoString(buf, strVal(piece));
		else if (IsA(piece, List))
			append_pieces(buf, lsecond((List *) piece));
		else
			appendStringInfo(buf, "$%d", intVal(piece));
	}
}

char *
fsq_scan_plan_text(const FsqScanPlan *plan)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_pieces(&buf, plan->pieces);
	return buf.data;
}
