/*-------------------------------------------------------------------------
 *
 * condition.c
 *	  Conditions put together of others, and values chosen by them: AND, OR, NOT,
 *	  IS NULL, IS TRUE, CASE, COALESCE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "pushdown.h"

/*
 * AND: a part that cannot be sent may be left out where a superset will do.
 */
static bool
push_and(FsqScope *scope, List *args, bool superset, FsqFragment *result)
{
	StringInfoData buf;
	FsqVerdict	verdict = FSQ_EXACT;
	int			written = 0;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, args)
	{
		FsqFragment arg;

		if (!fsq_push_condition(scope, lfirst(lc), superset, &arg))
		{
			if (!superset)
				return false;
			verdict = FSQ_SUPERSET;
			continue;
		}
		verdict = Min(verdict, arg.verdict);
		appendStringInfo(&buf, "%s%s", written++ > 0 ? " AND " : "(", arg.sql);
	}
	if (written == 0)
		return false;
	appendStringInfoChar(&buf, ')');
	result->sql = buf.data;
	result->verdict = verdict;
	return true;
}

static bool
push_or(FsqScope *scope, List *args, bool superset, FsqFragment *result)
{
	StringInfoData buf;
	FsqVerdict	verdict = FSQ_EXACT;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, args)
	{
		FsqFragment arg;

		if (!fsq_push_condition(scope, lfirst(lc), superset, &arg))
			return false;
		verdict = Min(verdict, arg.verdict);
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? " OR " : "(", arg.sql);
	}
	appendStringInfoChar(&buf, ')');
	result->sql = buf.data;
	result->verdict = verdict;
	return true;
}

bool
fsq_push_boolexpr(FsqScope *scope, BoolExpr *expr, bool superset, FsqFragment *result)
{
	FsqFragment arg;

	result->condition = true;
	if (!fsq_set_computed(scope, result))
		return false;
	switch (expr->boolop)
	{
		case AND_EXPR:
			return push_and(scope, expr->args, superset, result);
		case OR_EXPR:
			return push_or(scope, expr->args, superset, result);
		case NOT_EXPR:
			if (IsA(linitial(expr->args), DistinctExpr))
				return fsq_push_distinct(scope, linitial(expr->args), true, result);
			if (!fsq_push_condition(scope, linitial(expr->args), false, &arg))
				return false;
			result->sql = fsq_template1("(NOT %1)", arg.sql);
			result->verdict = FSQ_EXACT;
			return true;
	}
	return false;
}

bool
fsq_may_hide_bad_values(const FsqFragment *fragment)
{
	return fragment->column != NULL && fragment->column->equality != FSQ_EXACT &&
		fragment->column->check == NULL;
}

/*
 * Any column can be asked whether it is null, whatever else it is good for.
 */
bool
fsq_push_nulltest(FsqScope *scope, NullTest *expr, bool superset, FsqFragment *result)
{
	FsqFragment arg;

	if (expr->argisrow || !fsq_set_computed(scope, result) ||
		!fsq_push_expr(scope, expr->arg, FSQ_ENCODING_USUAL, &arg))
		return false;
	result->sql = fsq_template1(expr->nulltesttype == IS_NULL ? "(%1 IS NULL)" : "(%1 IS NOT NULL)",
								fsq_fragment_value(scope, &arg));
	result->condition = true;
	if (fsq_may_hide_bad_values(&arg))
		result->verdict = superset && expr->nulltesttype == IS_NULL ? FSQ_EXACT : FSQ_SUPERSET;
	else
		result->verdict = FSQ_EXACT;
	return superset || result->verdict == FSQ_EXACT;
}

bool
fsq_push_booleantest(FsqScope *scope, BooleanTest *expr, FsqFragment *result)
{
	FsqFragment arg;
	const char *template = NULL;

	if (!fsq_set_computed(scope, result) || !fsq_push_condition(scope, expr->arg, false, &arg))
		return false;
	switch (expr->booltesttype)
	{
		case IS_TRUE:
			template = scope->rules->is_true;
			break;
		case IS_FALSE:
			template = scope->rules->is_false;
			break;
		case IS_NOT_TRUE:
			template = fsq_template1("(NOT %1)", scope->rules->is_true);
			break;
		case IS_NOT_FALSE:
			template = fsq_template1("(NOT %1)", scope->rules->is_false);
			break;
		case IS_UNKNOWN:
			template = "(%1 IS NULL)";
			break;
		case IS_NOT_UNKNOWN:
			template = "(%1 IS NOT NULL)";
			break;
	}
	result->sql = fsq_template1(template,
								expr->booltesttype >= IS_UNKNOWN ? fsq_fragment_value(scope, &arg) : arg.sql);
	result->condition = true;
	result->verdict = FSQ_EXACT;
	return true;
}

/* ---- CASE and COALESCE ---- */

/*
 * The expression with CaseTestExpr replaced by what it stands for.
 */
static Node *
replace_case_test(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return copyObject((Node *) context);
	/* another CASE has its own */
	if (IsA(node, CaseExpr) && ((CaseExpr *) node)->arg != NULL)
		return node;
	return expression_tree_mutator(node, replace_case_test, context);
}

bool
fsq_push_case(FsqScope *scope, CaseExpr *expr, FsqFragment *result)
{
	FsqFragment *parts = palloc0(sizeof(FsqFragment) * (list_length(expr->args) + 1));
	int			nparts = 0;
	StringInfoData buf;
	ListCell   *lc;
	FsqFragment part;

	if (!fsq_set_composed(scope, result))
		return false;
	if (expr->arg != NULL && contain_volatile_functions((Node *) expr->arg))
		return false;
	initStringInfo(&buf);
	appendStringInfoString(&buf, "CASE");
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst(lc);
		Expr	   *condition = when->expr;

		if (expr->arg != NULL)
			condition = (Expr *) replace_case_test((Node *) condition, expr->arg);
		if (!fsq_push_condition(scope, condition, false, &part))
			return false;
		appendStringInfo(&buf, " WHEN %s", part.sql);
		if (!fsq_push_argument(scope, when->result, FSQ_ENCODING_USUAL, &part))
			return false;
		appendStringInfo(&buf, " THEN %s", fsq_fragment_value(scope, &part));
		parts[nparts++] = part;
	}
	if (expr->defresult != NULL)
	{
		if (!fsq_push_argument(scope, expr->defresult, FSQ_ENCODING_USUAL, &part))
			return false;
		appendStringInfo(&buf, " ELSE %s", fsq_fragment_value(scope, &part));
		parts[nparts++] = part;
	}
	if (!fsq_common_collation(scope, parts, nparts, &result->collation))
		return false;
	appendStringInfoString(&buf, " END");
	result->sql = buf.data;
	fsq_set_integer_range(result);
	return true;
}

bool
fsq_push_coalesce(FsqScope *scope, CoalesceExpr *expr, FsqFragment *result)
{
	FsqFragment *args = palloc0(sizeof(FsqFragment) * list_length(expr->args));
	StringInfoData buf;
	ListCell   *lc;

	if (!fsq_set_composed(scope, result) || list_length(expr->args) < 2)
		return false;
	initStringInfo(&buf);
	foreach(lc, expr->args)
	{
		FsqFragment *arg = &args[foreach_current_index(lc)];

		if (!fsq_push_argument(scope, lfirst(lc), FSQ_ENCODING_USUAL, arg))
			return false;
		appendStringInfo(&buf, "%s%s", foreach_current_index(lc) > 0 ? ", " : "COALESCE(",
						 fsq_fragment_value(scope, arg));
	}
	if (!fsq_common_collation(scope, args, list_length(expr->args), &result->collation))
		return false;
	appendStringInfoChar(&buf, ')');
	result->sql = buf.data;
	fsq_set_integer_range(result);
	return true;
}
