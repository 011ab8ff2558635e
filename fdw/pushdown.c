/*-------------------------------------------------------------------------
 *
 * pushdown.c
 *	  From an expression to the remote's SQL, with a verdict.
 *
 *	  The walk knows the kinds of expression nodes; which operators,
 *	  functions, types and aggregates the remote answers as PostgreSQL does,
 *	  and in which words, stands in the dialect's tables.  What is not there
 *	  is evaluated locally.
 *
 *	  Values are exact or not to be had.  Conditions may also be supersets:
 *	  true for every row for which the original is true, and perhaps for
 *	  more.  A superset is only good where nothing negates or counts it: as a
 *	  restriction, and under AND and OR in it.
 *
 *	  An expression without columns of the statement (a constant, a parameter,
 *	  a column of an outer relation, a stable function of such) is not
 *	  translated but computed here and sent as a parameter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "pushdown.h"

void
fsq_scope_init(FsqScope *scope, PlannerInfo *root, FsqRelation *relation)
{
	memset(scope, 0, sizeof(FsqScope));
	scope->root = root;
	scope->relation = relation;
	scope->dialect = relation->table->driver->dialect;
	scope->rules = scope->dialect->rules;
	scope->relids = relation->base->relids;
	scope->aggregates = relation->grouped;
	scope->windows = relation->windowed;
}

const FsqTypeRule *
fsq_type_rule(const FsqScope *scope, Oid type)
{
	const FsqTypeRule *rule;

	for (rule = scope->rules->types; OidIsValid(rule->type); rule++)
	{
		if (rule->type == type)
			return rule;
	}
	return scope->rules->any_type != NULL ? scope->rules->any_type(type) : NULL;
}

static const FsqCallRule *
call_rule(const FsqCallRule *rule, Oid id, const FsqCallRule *(*any) (Oid id))
{
	for (; OidIsValid(rule->id); rule++)
	{
		if (rule->id == id)
			return rule;
	}
	return any != NULL ? any(id) : NULL;
}

const char *
fsq_fragment_value(FsqScope *scope, const FsqFragment *fragment)
{
	if (fragment->condition)
		return fsq_template1(scope->rules->value_of_condition, fragment->sql);
	return fragment->sql;
}

const char *
fsq_fragment_condition(FsqScope *scope, const FsqFragment *fragment)
{
	if (!fragment->condition)
		return fsq_template1(scope->rules->condition_of_value, fragment->sql);
	return fragment->sql;
}

/* ---- constants and parameters ---- */

/*
 * Nodes whose value depends on where in a tree they stand, or that only some
 * plan nodes can evaluate.
 */
static bool
is_bound_to_place(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_CaseTestExpr:
		case T_CoerceToDomainValue:
		case T_SetToDefault:
		case T_CurrentOfExpr:
			return true;
		case T_PlaceHolderVar:
			return true;
		default:
			return expression_tree_walker(node, is_bound_to_place, context);
	}
}

bool
fsq_is_external(FsqScope *scope, Node *node)
{
	if (IsA(node, Const) || IsA(node, Param))
		return true;
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == 0 &&
		bms_is_member(((Var *) node)->varno, scope->relids))
		return false;
	return !bms_overlap(pull_varnos(scope->root, node), scope->relids) &&
		!is_bound_to_place(node, NULL) &&
		!contain_volatile_functions(node) &&
		!expression_returns_set(node);
}

/*
 * The same expression with the same encoding is one hole.
 */
const char *
fsq_push_hole(FsqScope *scope, Expr *expr, int encoding, FsqParamKind kind)
{
	return fsq_push_formed_hole(scope, expr, encoding, kind, NULL);
}

const char *
fsq_push_formed_hole(FsqScope *scope, Expr *expr, int encoding, FsqParamKind kind, const char *form)
{
	FsqParam   *param;
	ListCell   *lc;
	ListCell   *lp;

	forboth(lc, scope->exprs, lp, scope->params)
	{
		param = lfirst(lp);
		if (param->encoding == encoding && param->kind == kind &&
			strcmp(param->form ? param->form : "", form ? form : "") == 0 && equal(lfirst(lc), expr))
			return fsq_hole(foreach_current_index(lc) + 1);
	}
	param = palloc0(sizeof(FsqParam));
	param->type = getBaseType(exprType((Node *) expr));
	param->encoding = encoding;
	param->kind = kind;
	param->form = form;
	scope->exprs = lappend(scope->exprs, expr);
	scope->params = lappend(scope->params, param);
	return fsq_hole(list_length(scope->exprs));
}

/*
 * What is known of the values of an integer type.
 */
void
fsq_set_integer_range(FsqFragment *result)
{
	result->has_range = true;
	switch (result->type)
	{
		case INT2OID:
			result->low = PG_INT16_MIN;
			result->high = PG_INT16_MAX;
			break;
		case INT4OID:
			result->low = PG_INT32_MIN;
			result->high = PG_INT32_MAX;
			break;
		case INT8OID:
			result->low = PG_INT64_MIN;
			result->high = PG_INT64_MAX;
			break;
		default:
			result->has_range = false;
	}
}

/*
 * A constant as a literal, or if it has none, as a parameter.
 */
static bool
push_const(FsqScope *scope, Const *constant, int encoding, FsqFragment *result)
{
	FsqParam	param = {.type = result->type, .encoding = encoding};
	StringInfoData buf;
	FsqValue	value;

	result->constant = constant;
	initStringInfo(&buf);
	if (!scope->dialect->write_value(&buf, &param, constant->constvalue, constant->constisnull))
	{
		const FsqTypeRule *rule = fsq_type_rule(scope, result->type);

		if (scope->comparing && rule->beyond)
		{
			result->sql = fsq_push_hole(scope, (Expr *) constant, encoding, FSQ_PARAM_VALUE);
			return true;
		}
		if (scope->dialect->param_style != FSQ_PARAMS_BOUND ||
			!scope->dialect->encode_value(&param, constant->constvalue, constant->constisnull, &value))
			return false;
		result->sql = fsq_push_hole(scope, (Expr *) constant, encoding, FSQ_PARAM_VALUE);
		return true;
	}
	result->sql = fsq_escape_text(buf.data);
	if (result->has_range && !constant->constisnull)
	{
		result->low = result->type == INT2OID ? DatumGetInt16(constant->constvalue) :
			result->type == INT4OID ? DatumGetInt32(constant->constvalue) :
			DatumGetInt64(constant->constvalue);
		result->high = result->low;
	}
	return true;
}

static bool
push_external(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, result->type);

	if (rule == NULL)
		return false;
	result->external = true;
	result->encoding = encoding;
	result->equality = result->order = result->arithmetic = FSQ_EXACT;
	fsq_set_integer_range(result);
	if (IsA(expr, Const))
		return push_const(scope, (Const *) expr, encoding, result);
	if (!rule->parameter || (rule->beyond && !scope->comparing))
		return false;
	result->sql = fsq_push_hole(scope, expr, encoding, FSQ_PARAM_VALUE);
	return true;
}

/* ---- columns and calls ---- */

const char *
fsq_column_text(FsqScope *scope, int attnum)
{
	const FsqColumnInfo *column = &scope->relation->columns[attnum - 1];
	StringInfoData buf;

	initStringInfo(&buf);
	if (scope->derived)
		appendStringInfoString(&buf, fsq_derived_column(scope->relation, attnum));
	else
		scope->dialect->quote_identifier(&buf, column->remote_name);
	if (column->expression != NULL)
		return fsq_template1(column->expression, fsq_escape_text(buf.data));
	return fsq_escape_text(buf.data);
}

static bool
push_var(FsqScope *scope, Var *var, FsqFragment *result)
{
	FsqRelation *relation = scope->relation;
	const FsqColumnInfo *column;

	if (var->varattno <= 0 || var->varattno > relation->table->ncolumns)
		return false;
	column = &relation->columns[var->varattno - 1];
	if (column->remote == NULL)
		return false;
	result->sql = fsq_column_text(scope, var->varattno);
	result->column = column;
	result->encoding = column->encoding;
	result->collation = column->collates;
	result->equality = column->equality;
	result->order = column->order;
	result->arithmetic = column->arithmetic;
	fsq_set_integer_range(result);
	scope->used = bms_add_member(scope->used, var->varattno);
	return true;
}

/*
 * The result of an expression computed there: what its type allows.
 */
bool
fsq_set_computed(FsqScope *scope, FsqFragment *result)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, result->type);

	if (rule == NULL)
		return false;
	result->equality = rule->equality;
	result->order = rule->order;
	result->arithmetic = rule->arithmetic;
	return true;
}

/*
 * As set_computed, for what is put together of several values.
 */
bool
fsq_set_composed(FsqScope *scope, FsqFragment *result)
{
	return fsq_set_computed(scope, result) && !fsq_type_rule(scope, result->type)->stored_only;
}

/*
 * Whether a value means the same wherever it stands: in the remote's usual
 * spelling, and with nothing about it that only its column tells.
 */
static bool
is_plain_value(FsqScope *scope, const FsqFragment *fragment)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, fragment->type);

	return fragment->encoding == FSQ_ENCODING_USUAL && rule != NULL &&
		(fragment->column == NULL ||
		 (fragment->column->output == FSQ_EXACT &&
		  !(rule->scaled && fragment->column->typmod >= 0)));
}

/*
 * A value as an argument of something: it must be the very value, in the
 * remote's usual spelling.
 */
bool
fsq_push_argument(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result)
{
	const FsqTypeRule *rule;

	if (!fsq_push_expr(scope, expr, encoding, result))
		return false;
	if (result->external)
		return true;
	if (!is_plain_value(scope, result))
		return false;
	rule = fsq_type_rule(scope, result->type);
	if (result->column != NULL && rule->argument != NULL)
		result->sql = fsq_template1(rule->argument, result->sql);
	return true;
}

static bool
push_call(FsqScope *scope, const FsqCallRule *rule, List *arguments, Oid collation,
		  FsqFragment *result)
{
	Oid			common;

	int			nargs = list_length(arguments);
	FsqFragment *args = palloc0(sizeof(FsqFragment) * nargs);
	const char **texts = palloc(sizeof(char *) * nargs);
	const char *template;
	ListCell   *lc;

	if (rule == NULL || !fsq_set_composed(scope, result))
		return false;
	foreach(lc, arguments)
	{
		FsqFragment *arg = &args[foreach_current_index(lc)];

		if (!fsq_push_argument(scope, lfirst(lc),
						   foreach_current_index(lc) == 1 ? rule->encoding : FSQ_ENCODING_USUAL, arg) ||
			(foreach_current_index(lc) == 1 && arg->encoding != rule->encoding))
			return false;
		texts[foreach_current_index(lc)] = fsq_fragment_value(scope, arg);
	}
	if (!fsq_common_collation(scope, args, nargs, &common))
		return false;
	template = rule->template;
	result->collation = common;
	fsq_set_integer_range(result);
	if (rule->check != NULL && !rule->check(args, nargs, collation, result, &template))
		return false;
	result->sql = fsq_template(template, nargs, texts);
	return true;
}

static bool
push_opexpr(FsqScope *scope, OpExpr *expr, bool superset, FsqFragment *result)
{
	if (expr->opretset)
		return false;
	if (result->type == BOOLOID && list_length(expr->args) == 2 &&
		fsq_push_comparison(scope, expr->opno, expr->inputcollid,
							linitial(expr->args), lsecond(expr->args), superset, result))
		return true;
	if (!push_call(scope, call_rule(scope->rules->operators, expr->opno, scope->rules->any_operator), expr->args,
				   expr->inputcollid, result))
		return false;
	result->condition = result->type == BOOLOID;
	return superset || result->verdict == FSQ_EXACT;
}

static bool
push_funcexpr(FsqScope *scope, FuncExpr *expr, FsqFragment *result)
{
	if (expr->funcretset || expr->funcvariadic)
		return false;
	return push_call(scope, call_rule(scope->rules->functions, expr->funcid, scope->rules->any_function), expr->args,
					 expr->inputcollid, result);
}

/*
 * A cast that changes nothing, between types that the remote takes for one.
 */
static bool
push_relabel(FsqScope *scope, RelabelType *expr, int encoding, FsqFragment *result)
{
	Oid			type = result->type;
	const FsqTypeRule *from = fsq_type_rule(scope, getBaseType(exprType((Node *) expr->arg)));
	const FsqTypeRule *to = fsq_type_rule(scope, type);

	if (from == NULL || to == NULL || from->family != to->family)
		return false;
	if (!fsq_push_expr(scope, expr->arg, encoding, result))
		return false;
	if (scope->rules->write_cast != NULL && result->type != type)
	{
		result->sql = scope->rules->write_cast(result->sql, type);
		/* the column's type is no longer what it is compared as */
		if (result->column != NULL && result->column->output != FSQ_EXACT)
			return false;
		result->column = NULL;
	}
	result->type = type;
	return true;
}

/* ---- the walk ---- */

/*
 * Anything whose value or truth can be had; conditions may come out as
 * supersets if that is allowed.
 */
static bool
push_any(FsqScope *scope, Expr *expr, int encoding, bool superset, FsqFragment *result)
{
	memset(result, 0, sizeof(FsqFragment));
	result->type = getBaseType(exprType((Node *) expr));
	result->verdict = FSQ_EXACT;

	if (fsq_is_external(scope, (Node *) expr))
		return push_external(scope, expr, encoding, result);
	switch (nodeTag(expr))
	{
		case T_Var:
			return push_var(scope, (Var *) expr, result);
		case T_RelabelType:
			return push_relabel(scope, (RelabelType *) expr, encoding, result);
		case T_OpExpr:
			return push_opexpr(scope, (OpExpr *) expr, superset, result);
		case T_FuncExpr:
			return push_funcexpr(scope, (FuncExpr *) expr, result);
		case T_DistinctExpr:
			return fsq_set_computed(scope, result) &&
				fsq_push_distinct(scope, (DistinctExpr *) expr, false, result);
		case T_NullIfExpr:
			return fsq_set_composed(scope, result) &&
				fsq_push_nullif(scope, (NullIfExpr *) expr, result);
		case T_ScalarArrayOpExpr:
			return fsq_set_computed(scope, result) &&
				fsq_push_array(scope, (ScalarArrayOpExpr *) expr, superset, result);
		case T_BoolExpr:
			return fsq_push_boolexpr(scope, (BoolExpr *) expr, superset, result);
		case T_NullTest:
			return fsq_push_nulltest(scope, (NullTest *) expr, superset, result);
		case T_BooleanTest:
			return fsq_push_booleantest(scope, (BooleanTest *) expr, result);
		case T_CaseExpr:
			return fsq_push_case(scope, (CaseExpr *) expr, result);
		case T_CoalesceExpr:
			return fsq_push_coalesce(scope, (CoalesceExpr *) expr, result);
		case T_Aggref:
			return fsq_push_aggref(scope, (Aggref *) expr, result);
		case T_WindowFunc:
			return fsq_push_window(scope, (WindowFunc *) expr, result);
		default:
			return false;
	}
}

bool
fsq_push_expr(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result)
{
	return push_any(scope, expr, encoding, false, result);
}

/*
 * NOT (a IS DISTINCT FROM b) is written as a comparison of its own.
 */
bool
fsq_push_condition(FsqScope *scope, Expr *expr, bool superset, FsqFragment *result)
{
	if (!push_any(scope, expr, FSQ_ENCODING_USUAL, superset, result) || result->type != BOOLOID)
		return false;
	if (result->column != NULL && result->column->equality != FSQ_EXACT)
		return false;
	if (!result->condition)
	{
		result->sql = fsq_fragment_condition(scope, result);
		result->condition = true;
	}
	return true;
}

/* ---- sort and grouping keys ---- */

/*
 * Only the type's own order is known; a constant is no key at all.
 */
const char *
fsq_push_sort(FsqScope *scope, Expr *expr, Oid opfamily, Oid collation,
			  bool descending, bool nulls_first)
{
	FsqFragment key;
	const char *text;

	if (!fsq_push_expr(scope, expr, FSQ_ENCODING_USUAL, &key) || key.external ||
		fsq_fragment_order(scope, &key, collation) != FSQ_EXACT)
		return NULL;
	if (lookup_type_cache(key.type, TYPECACHE_BTREE_OPFAMILY)->btree_opf != opfamily)
		return NULL;
	text = fsq_order_text(scope, &key, collation);
	return fsq_template1(key.column != NULL && key.column->not_null ?
						 scope->rules->sort_plain[descending] :
						 scope->rules->sort[descending][nulls_first], text);
}

/*
 * A value such that equal ones are one group, and others are not.
 */
const char *
fsq_group_text(const FsqTypeRule *rule, const char *text)
{
	const char *template = rule->group != NULL ? rule->group : rule->comparand;

	return template != NULL ? fsq_template1(template, text) : text;
}

const char *
fsq_push_group(FsqScope *scope, Expr *expr, bool listed)
{
	FsqFragment key;
	const FsqTypeRule *rule;
	const char *text;
	const char *group;
	bool		no_query = scope->no_query;
	bool		pushed;

	scope->no_query = true;
	pushed = fsq_push_expr(scope, expr, FSQ_ENCODING_USUAL, &key);
	scope->no_query = no_query;
	if (!pushed || key.external ||
		fsq_fragment_equality(scope, &key, exprCollation((Node *) expr)) != FSQ_EXACT)
		return NULL;
	rule = fsq_type_rule(scope, key.type);
	if (rule->equal != NULL || rule->ungrouped)
		return NULL;
	text = fsq_fragment_value(scope, &key);
	group = fsq_group_text(rule, text);
	return listed && scope->rules->groups_are_listed && group != text ?
		psprintf("%s, %s", text, group) : group;
}
