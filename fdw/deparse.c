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
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "compat.h"
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
	if (scope->relation->grouped)
	{
		foreach(lc, scope->relation->tlist)
		{
			FsqFragment item;

			if (!fsq_push_expr(scope, lfirst_node(TargetEntry, lc)->expr, FSQ_ENCODING_USUAL, &item))
				elog(ERROR, "a grouped target cannot be written");
			append_item(&buf, ", ", fsq_fragment_value(scope, &item));
			*retrieved = lappend_int(*retrieved, lfirst_node(TargetEntry, lc)->resno);
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

		if (!fsq_push_condition(scope, lfirst(lc), true, &condition))
			elog(ERROR, "a condition cannot be written");
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
 * The checks of columns that are used there without being read here.  A
 * column that equals a good value is good.  (Nor would a check do: SQLite
 * puts the value in its place, where there need not even be a row.)
 */
static void
write_checks(FsqScope *scope, const FsqStatement *statement, StringInfo buf)
{
	FsqRelation *relation = scope->relation;
	int			attnum = -1;

	while ((attnum = bms_next_member(scope->used, attnum)) >= 0)
	{
		const char *check = relation->columns[attnum - 1].check;

		if (check != NULL && !bms_is_member(attnum, scope->pinned) &&
			!list_member_int(statement->retrieved, attnum))
			append_item(buf, " AND ", fsq_template1(check, fsq_column_text(scope, attnum)));
	}
}

/*
 * The expression of a pathkey that the relation's rows have, or NULL.
 */
static Expr *
pathkey_expr(FsqRelation *relation, PathKey *pathkey)
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
		Expr	   *expr = pathkey_expr(scope->relation, pathkey);
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

	initStringInfo(&where);
	initStringInfo(&having);
	initStringInfo(&order_by);
	initStringInfo(&sql);
	fsq_scope_init(&scope, root, relation);

	select.targets = write_targets(&scope, statement, &plan->retrieved);
	select.from = write_from(&scope);
	write_conditions(&scope, statement->conditions, &where);
	if (relation->grouped)
	{
		select.group_by = write_groups(&scope);
		write_conditions(&scope, relation->having, &having);
	}
	if (!fsq_push_pathkeys(&scope, statement->pathkeys, &order_by))
		elog(ERROR, "a sort key cannot be written");
	write_checks(&scope, statement, &where);
	if (statement->limited)
	{
		select.limit = write_limit(&scope, root->parse->limitCount, FSQ_ENCODING_LIMIT);
		select.offset = write_limit(&scope, root->parse->limitOffset, FSQ_ENCODING_OFFSET);
	}
	select.where = where.len > 0 ? where.data : NULL;
	select.having = having.len > 0 ? having.data : NULL;
	select.order_by = order_by.len > 0 ? order_by.data : NULL;
	scope.rules->write_select(&sql, &select);
	fsq_text_to_plan(sql.data, &scope, plan, exprs);
	return plan;
}

/* ---- the plan's list ---- */

/*
 * The slots of fdw_private, in this order: pieces; retrieved; parameters'
 * types, encodings, kinds and forms (empty: none); sources' relids and attnums; text of the
 * relation (a String, or NULL).
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
	return lappend(list_make4(plan->pieces, plan->retrieved,
							  list_make4(types, encodings, kinds, forms),
							  list_make2(plan->source_relids, plan->source_attnums)),
				   plan->relation_text != NULL ? makeString(plan->relation_text) : NULL);
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
	return plan;
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
