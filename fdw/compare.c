/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Comparisons: = <> < <= >= >, IS DISTINCT FROM, NULLIF, = ANY, <> ALL.
 *
 *	  An operator is a comparison if it belongs to the default B-tree operator
 *	  family of its left operand's type, or negates the family's equality.
 *	  Whether the remote's answer is PostgreSQL's depends on the type's rule,
 *	  on what is known of the columns, and for text on the collation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "pushdown.h"

/* <>, in the place of a strategy number */
#define NOT_EQUAL 0

/* conditions in any engine's SQL */
#define EVERYTHING "(1 = 1)"
#define NOTHING "(1 = 0)"

/* An array constant of more elements than this is sent as one parameter. */
#define MAX_LITERAL_ELEMENTS 100

/* ---- collations ---- */

bool
fsq_collation_is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/*
 * Whether a collation's order is that of the bytes of UTF-8 text.
 */
bool
fsq_collation_is_binary(Oid collation)
{
	if (!OidIsValid(collation) || GetDatabaseEncoding() != PG_UTF8)
		return false;
	return fsq_collation_is_c(collation);
}

FsqVerdict
fsq_fragment_equality(const FsqScope *scope, const FsqFragment *fragment, Oid collation)
{
	if (fsq_type_rule(scope, fragment->type) == NULL)
		return FSQ_LOCAL;
	if (type_is_collatable(fragment->type) && !fsq_collation_is_deterministic(collation))
		return FSQ_LOCAL;
	return fragment->equality;
}

/*
 * Whether the remote's own collation of a value is known to be this one.
 */
static bool
has_collation(const FsqScope *scope, const FsqFragment *fragment, Oid collation)
{
	return scope->rules->by_bytes != NULL && OidIsValid(collation) &&
		fragment->collation == collation;
}

FsqVerdict
fsq_fragment_order(const FsqScope *scope, const FsqFragment *fragment, Oid collation)
{
	if (fsq_type_rule(scope, fragment->type) == NULL)
		return FSQ_LOCAL;
	if (type_is_collatable(fragment->type) && !fragment->external &&
		!has_collation(scope, fragment, collation) &&
		(!fsq_collation_is_binary(collation) ||
		 scope->relation->remote == NULL || !scope->relation->remote->utf8))
		return FSQ_LOCAL;
	return fragment->order;
}

const char *
fsq_order_text(FsqScope *scope, const FsqFragment *fragment, Oid collation)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, fragment->type);
	const char *text = fsq_fragment_value(scope, fragment);

	if (rule->sort != NULL)
		return fsq_template1(rule->sort, text);
	if (scope->rules->by_bytes != NULL && type_is_collatable(fragment->type) &&
		!has_collation(scope, fragment, collation))
		return fsq_template1(scope->rules->by_bytes, text);
	return text;
}

bool
fsq_common_collation(const FsqScope *scope, const FsqFragment *args, int nargs, Oid *collation)
{
	int			known = 0;

	*collation = InvalidOid;
	for (int i = 0; i < nargs && scope->rules->by_bytes != NULL; i++)
	{
		if (args[i].external || !type_is_collatable(args[i].type))
			continue;
		if (known++ == 0)
			*collation = args[i].collation;
		else if (!OidIsValid(*collation) || *collation != args[i].collation)
			return false;
	}
	return true;
}

/* ---- operators ---- */

/*
 * The strategy of a comparison operator (NOT_EQUAL for <>), or -1.
 */
static int
comparison_strategy(Oid opno, Oid left_type)
{
	Oid			opfamily = lookup_type_cache(left_type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	int			strategy;
	Oid			negator;

	/* one that depends on settings is evaluated where they are */
	if (!OidIsValid(opfamily) || func_volatile(get_opcode(opno)) != PROVOLATILE_IMMUTABLE)
		return -1;
	strategy = get_op_opfamily_strategy(opno, opfamily);
	if (strategy > 0)
		return strategy;
	negator = get_negator(opno);
	if (OidIsValid(negator) && get_op_opfamily_strategy(negator, opfamily) == BTEqualStrategyNumber)
		return NOT_EQUAL;
	return -1;
}

static int
commute(int strategy)
{
	switch (strategy)
	{
		case BTLessStrategyNumber:
			return BTGreaterStrategyNumber;
		case BTLessEqualStrategyNumber:
			return BTGreaterEqualStrategyNumber;
		case BTGreaterEqualStrategyNumber:
			return BTLessEqualStrategyNumber;
		case BTGreaterStrategyNumber:
			return BTLessStrategyNumber;
		default:
			return strategy;
	}
}

/*
 * The rule of two types that compare with one another, or NULL.
 */
static const FsqTypeRule *
common_rule(FsqScope *scope, Expr *left, Expr *right)
{
	const FsqTypeRule *l = fsq_type_rule(scope, getBaseType(exprType((Node *) left)));
	const FsqTypeRule *r = fsq_type_rule(scope, getBaseType(exprType((Node *) right)));

	return l != NULL && r != NULL && l->family == r->family ? l : NULL;
}

/*
 * The encoding that an expression's values have.
 */
static int
encoding_of(FsqScope *scope, Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	if (IsA(expr, Var) && !fsq_is_external(scope, (Node *) expr) &&
		((Var *) expr)->varattno > 0)
		return scope->relation->columns[((Var *) expr)->varattno - 1].encoding;
	return FSQ_ENCODING_USUAL;
}

/*
 * A side of a comparison, where a value may be one that the remote cannot
 * hold: choose_by_place sees to it.
 */
static bool
push_operand(FsqScope *scope, Expr *expr, int encoding, FsqFragment *result)
{
	bool		pushed;

	scope->comparing = fsq_is_external(scope, (Node *) expr);
	pushed = fsq_push_expr(scope, expr, encoding, result);
	scope->comparing = false;
	return pushed;
}

/*
 * The two sides of a comparison, in one encoding.
 */
static bool
push_operands(FsqScope *scope, Expr *left, Expr *right, FsqFragment *l, FsqFragment *r)
{
	int			encoding = fsq_is_external(scope, (Node *) left) ?
		encoding_of(scope, right) : encoding_of(scope, left);

	return push_operand(scope, left, encoding, l) &&
		push_operand(scope, right, encoding, r) &&
		l->encoding == r->encoding;
}

static FsqVerdict
comparison_verdict(FsqScope *scope, int strategy, Oid collation,
				   const FsqFragment *l, const FsqFragment *r)
{
	if (strategy == NOT_EQUAL || strategy == BTEqualStrategyNumber)
		return Min(fsq_fragment_equality(scope, l, collation),
				   fsq_fragment_equality(scope, r, collation));
	return Min(fsq_fragment_order(scope, l, collation),
			   fsq_fragment_order(scope, r, collation));
}

/*
 * The left side as comparisons need it.
 */
static const char *
comparand(FsqScope *scope, const FsqFragment *fragment)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, fragment->type);
	const char *value = fsq_fragment_value(scope, fragment);

	return rule->comparand != NULL ? fsq_template1(rule->comparand, value) : value;
}

/*
 * The right side, which is compared as the left says unless the engine needs
 * to be told twice.
 */
static const char *
right_side(FsqScope *scope, const FsqFragment *fragment)
{
	const FsqTypeRule *rule = fsq_type_rule(scope, fragment->type);
	const char *value = fsq_fragment_value(scope, fragment);

	if (!fragment->external)
		return scope->rules->comparand_both ? comparand(scope, fragment) : value;
	return rule != NULL && rule->value != NULL ? fsq_template1(rule->value, value) : value;
}

/*
 * The left side of a comparison with the right one.  Where the remote would
 * compare text by another collation than is asked for, or not know by which of
 * two, it compares by bytes: for equality that is the same.
 */
static const char *
left_comparand(FsqScope *scope, int strategy, Oid collation, const FsqFragment *l, const FsqFragment *r)
{
	const char *text = comparand(scope, l);
	bool		ordered = strategy != NOT_EQUAL && strategy != BTEqualStrategyNumber;

	if (scope->rules->by_bytes == NULL || !type_is_collatable(l->type))
		return text;
	if ((l->external || r->external || l->collation == r->collation) &&
		(!ordered ||
		 ((l->external || has_collation(scope, l, collation)) &&
		  (r->external || has_collation(scope, r, collation)))))
		return l->external || r->external || OidIsValid(l->collation) ? text :
			fsq_template1(scope->rules->by_bytes, text);
	return fsq_template1(scope->rules->by_bytes, text);
}

/*
 * A column as it stands there, without its expression.
 */
static const char *
column_itself(FsqScope *scope, const FsqColumnInfo *column)
{
	StringInfoData buf;

	initStringInfo(&buf);
	scope->dialect->quote_identifier(&buf, column->remote_name);
	return fsq_escape_text(buf.data);
}

static const char *
folded_value(const FsqColumnInfo *column, const char *value)
{
	return column->fold_value != NULL ? fsq_template1(column->fold_value, value) : value;
}

/*
 * An exact comparison for equality, with what its column's indexes can do for
 * it.
 */
static const char *
equality(FsqScope *scope, Oid collation, const FsqFragment *l, const FsqFragment *r)
{
	const char *equal = scope->rules->comparison[BTEqualStrategyNumber];
	const char *exact = fsq_template2(equal, left_comparand(scope, BTEqualStrategyNumber, collation, l, r),
									  right_side(scope, r));

	/* the column's own collation need not agree with another's */
	if (l->column == NULL || !l->column->folds || (scope->rules->comparand_both && !r->external))
		return exact;
	return fsq_template2("(%1 AND %2)",
						 fsq_template2(equal, column_itself(scope, l->column),
									   folded_value(l->column, fsq_fragment_value(scope, r))),
						 exact);
}

/*
 * A comparison for order, likewise.
 */
static const char *
inequality(FsqScope *scope, int strategy, Oid collation, const FsqFragment *l, const FsqFragment *r)
{
	const char *exact = fsq_template2(scope->rules->comparison[strategy],
									  left_comparand(scope, strategy, collation, l, r),
									  right_side(scope, r));
	const FsqFragment *column = l->external ? r : l;
	const FsqFragment *value = l->external ? l : r;
	const char *template;

	if (column->column == NULL || !value->external || strategy == NOT_EQUAL)
		return exact;
	if (l->external)
		strategy = commute(strategy);
	template = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber ?
		column->column->fold_less : column->column->fold_greater;
	if (template == NULL)
		return exact;
	return fsq_template2("(%1 AND %2)",
						 fsq_template2(template, column_itself(scope, column->column),
									   fsq_fragment_value(scope, value)),
						 exact);
}

/*
 * Text about a value as it is (sql), or where the value, a hole, turns out to
 * be none of the remote's: above or below all of them, or between two.
 */
static const char *
choose_by_place(FsqScope *scope, const FsqTypeRule *rule, const char *hole, const char *sql,
				const char *above, const char *below, const char *between)
{
	const char *texts[FSQ_PLACES] = {
		[FSQ_PLACE_AMONG] = sql,
		[FSQ_PLACE_ABOVE] = above,
		[FSQ_PLACE_BELOW] = below,
		[FSQ_PLACE_BETWEEN] = between,
		[FSQ_PLACE_NOWHERE] = between,
		[FSQ_PLACE_RUN] = sql
	};

	if (!rule->beyond || fsq_hole_number(hole) == 0)
		return sql;
	return fsq_choice(fsq_hole_number(hole), texts);
}

/*
 * A comparison that is the same for all values but null.
 */
static const char *
same_for_all(FsqScope *scope, const char *value, bool answer)
{
	return fsq_template2(scope->rules->comparison[answer ? BTEqualStrategyNumber : NOT_EQUAL],
						 value, value);
}

/*
 * A comparison (sql) with a value that may be none of the remote's, to the
 * right of the operator.
 */
static const char *
compare_by_place(FsqScope *scope, const FsqTypeRule *rule, int strategy, const char *sql,
				 const FsqFragment *l, const FsqFragment *r, Expr *right)
{
	const char *value = comparand(scope, l);
	bool		lower = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	const char *between;

	if (!rule->beyond || fsq_hole_number(r->sql) == 0)
		return sql;
	if (strategy == NOT_EQUAL || strategy == BTEqualStrategyNumber)
	{
		const char *decided = same_for_all(scope, value, strategy == NOT_EQUAL);

		return choose_by_place(scope, rule, r->sql, sql, decided, decided, decided);
	}
	between = !rule->between ? sql :
		fsq_template2(scope->rules->comparison[lower ? BTLessEqualStrategyNumber : BTGreaterStrategyNumber],
							value, fsq_push_hole(scope, right, r->encoding, FSQ_PARAM_FLOOR));
	return choose_by_place(scope, rule, r->sql, sql, same_for_all(scope, value, lower),
						   same_for_all(scope, value, !lower), between);
}

/*
 * A comparison that the remote may get wrong for some values is made to let
 * those through.
 */
static void
let_unsure_through(FsqFragment *result, const FsqFragment *operand)
{
	if (operand->column != NULL && operand->column->unsure != NULL &&
		result->verdict == FSQ_SUPERSET)
		result->sql = fsq_template2("(%1 OR %2)", result->sql,
									fsq_template1(operand->column->unsure, operand->sql));
}

static bool
finish_condition(FsqVerdict verdict, bool superset, FsqFragment *result)
{
	if (verdict == FSQ_LOCAL || (verdict == FSQ_SUPERSET && !superset))
		return false;
	result->type = BOOLOID;
	result->condition = true;
	result->verdict = verdict;
	result->equality = result->order = FSQ_EXACT;
	return true;
}

/*
 * Comparison of a column that has several spellings of a value.
 */
static bool
push_spelled(FsqScope *scope, const FsqTypeRule *rule, int strategy,
			 const FsqFragment *l, const FsqFragment *r, FsqFragment *result)
{
	const FsqFragment *column = l->external ? r : l;
	const FsqFragment *value = l->external ? l : r;
	const char *template = strategy == BTEqualStrategyNumber ? rule->equal :
		strategy == NOT_EQUAL ? rule->not_equal : NULL;

	if (template == NULL || column->column == NULL || !value->external)
		return false;
	result->sql = fsq_template2(template, column->sql, value->sql);
	return true;
}

/*
 * A column compared with a parameter that is sent as two bounds around it.
 */
static bool
push_near(FsqScope *scope, const FsqTypeRule *rule, int strategy, Oid collation,
		  Expr *left, Expr *right, FsqFragment *result)
{
	FsqFragment column;
	const char *args[3];
	const char *template;

	if (fsq_is_external(scope, (Node *) left))
	{
		Expr	   *swap = left;

		left = right;
		right = swap;
		strategy = commute(strategy);
	}
	switch (strategy)
	{
		case BTEqualStrategyNumber:
			template = rule->near_equal;
			break;
		case BTLessStrategyNumber:
		case BTLessEqualStrategyNumber:
			template = rule->near_less;
			break;
		case BTGreaterStrategyNumber:
		case BTGreaterEqualStrategyNumber:
			template = rule->near_greater;
			break;
		default:
			template = NULL;
	}
	if (template == NULL || !fsq_is_external(scope, (Node *) right) ||
		!fsq_push_expr(scope, left, FSQ_ENCODING_USUAL, &column) || column.column == NULL ||
		comparison_verdict(scope, strategy, collation, &column, &column) == FSQ_LOCAL)
		return false;
	args[0] = column.sql;
	args[1] = fsq_push_hole(scope, right, column.encoding, FSQ_PARAM_FLOOR);
	args[2] = fsq_push_hole(scope, right, column.encoding, FSQ_PARAM_CEILING);
	result->sql = fsq_template(template, 3, args);
	if (!finish_condition(FSQ_SUPERSET, true, result))
		return false;
	let_unsure_through(result, &column);
	return true;
}

/*
 * Whether a comparison of that value as it stands there says anything: not if
 * it is a column of several spellings, which only bounds around a value meet.
 */
static bool
compares_as_it_stands(const FsqFragment *fragment)
{
	const FsqColumnInfo *column = fragment->column;

	return column == NULL || column->unsure != NULL ||
		Min(column->equality, column->order) != FSQ_SUPERSET;
}

bool
fsq_push_comparison(FsqScope *scope, Oid opno, Oid collation, Expr *left, Expr *right,
					bool superset, FsqFragment *result)
{
	const FsqTypeRule *rule = common_rule(scope, left, right);
	int			strategy;
	FsqFragment l;
	FsqFragment r;

	if (rule == NULL)
		return false;
	strategy = comparison_strategy(opno, rule->type);
	if (strategy < 0)
		return false;
	if (!push_operands(scope, left, right, &l, &r))
		return superset && push_near(scope, rule, strategy, collation, left, right, result);
	if (!compares_as_it_stands(&l) || !compares_as_it_stands(&r))
		return false;
	if (rule->equal != NULL)
	{
		if (!push_spelled(scope, rule, strategy, &l, &r, result))
			return false;
	}
	else if (strategy == BTEqualStrategyNumber)
		result->sql = l.external ? equality(scope, collation, &r, &l) : equality(scope, collation, &l, &r);
	else
		result->sql = inequality(scope, strategy, collation, &l, &r);
	if (r.external)
		result->sql = compare_by_place(scope, rule, strategy, result->sql, &l, &r, right);
	else if (l.external)
		result->sql = compare_by_place(scope, rule, commute(strategy), result->sql, &r, &l, left);
	if (!finish_condition(comparison_verdict(scope, strategy, collation, &l, &r), superset, result))
		return false;
	let_unsure_through(result, &l);
	let_unsure_through(result, &r);
	return true;
}

/* ---- IS DISTINCT FROM, NULLIF ---- */

/*
 * The operator of these is the type's equality; false unless it is exact.
 */
static bool
push_equality(FsqScope *scope, Oid opno, Oid collation, List *args,
			  FsqFragment *l, FsqFragment *r)
{
	const FsqTypeRule *rule = common_rule(scope, linitial(args), lsecond(args));

	return rule != NULL && rule->equal == NULL &&
		comparison_strategy(opno, rule->type) == BTEqualStrategyNumber &&
		push_operands(scope, linitial(args), lsecond(args), l, r) &&
		comparison_verdict(scope, BTEqualStrategyNumber, collation, l, r) == FSQ_EXACT;
}

bool
fsq_push_distinct(FsqScope *scope, DistinctExpr *expr, bool negate, FsqFragment *result)
{
	FsqFragment l;
	FsqFragment r;

	const FsqFragment *value;

	if (!push_equality(scope, expr->opno, expr->inputcollid, expr->args, &l, &r))
		return false;
	value = l.external ? &l : &r;
	result->sql = fsq_template2(negate ? scope->rules->is_not_distinct : scope->rules->is_distinct,
								left_comparand(scope, BTEqualStrategyNumber, expr->inputcollid, &l, &r),
								right_side(scope, &r));
	result->sql = choose_by_place(scope, fsq_type_rule(scope, value->type), value->sql, result->sql,
								  negate ? NOTHING : EVERYTHING, negate ? NOTHING : EVERYTHING,
								  negate ? NOTHING : EVERYTHING);
	return finish_condition(FSQ_EXACT, false, result);
}

bool
fsq_push_nullif(FsqScope *scope, NullIfExpr *expr, FsqFragment *result)
{
	FsqFragment l;
	FsqFragment r;
	const FsqTypeRule *rule;
	const char *value;

	if (!push_equality(scope, expr->opno, expr->inputcollid, expr->args, &l, &r) ||
		l.encoding != FSQ_ENCODING_USUAL ||
		(l.column != NULL && l.column->output != FSQ_EXACT))
		return false;
	value = fsq_fragment_value(scope, &l);
	/* no column any more, whose own collation would go on with it */
	rule = fsq_type_rule(scope, l.type);
	if (l.column != NULL && rule->argument != NULL)
		value = fsq_template1(rule->argument, value);
	result->sql = psprintf("CASE WHEN %s THEN NULL ELSE %s END",
						   fsq_template2(scope->rules->comparison[BTEqualStrategyNumber],
										 left_comparand(scope, BTEqualStrategyNumber, expr->inputcollid, &l, &r),
										 right_side(scope, &r)),
						   value);
	result->sql = choose_by_place(scope, fsq_type_rule(scope, r.type), r.sql, result->sql, value, value, value);
	result->collation = l.collation;
	return true;
}

/* ---- = ANY, <> ALL ---- */

/*
 * The elements of an array as expressions: of a constant, or of ARRAY[...]
 * with one dimension.  False: it is to be sent as one parameter.
 */
static bool
array_elements(Expr *array, List **elements)
{
	*elements = NIL;
	if (IsA(array, ArrayExpr) && !((ArrayExpr *) array)->multidims)
	{
		*elements = ((ArrayExpr *) array)->elements;
		return true;
	}
	if (IsA(array, Const) && !((Const *) array)->constisnull)
	{
		ArrayType  *value = DatumGetArrayTypeP(((Const *) array)->constvalue);
		Oid			type = ARR_ELEMTYPE(value);
		int16		len;
		bool		byval;
		char		align;
		Datum	   *datums;
		bool	   *nulls;
		int			count;
		int			i;

		if (ArrayGetNItems(ARR_NDIM(value), ARR_DIMS(value)) > MAX_LITERAL_ELEMENTS)
			return false;
		get_typlenbyvalalign(type, &len, &byval, &align);
		deconstruct_array(value, type, len, byval, align, &datums, &nulls, &count);
		for (i = 0; i < count; i++)
			*elements = lappend(*elements,
								makeConst(type, -1, ((Const *) array)->constcollid, len,
										  datums[i], nulls[i], byval));
		return true;
	}
	return false;
}

/* The right side of = ANY and <> ALL. */
typedef struct ArrayText
{
	bool		parameter;		/* one hole */
	const char *list;			/* inside IN ( ), as the comparand needs it */
	const char *folded;			/* inside IN ( ), or rows, for a column that folds; or NULL */
} ArrayText;

/*
 * An array element by element; false if one of them cannot be sent.
 */
static bool
push_elements(FsqScope *scope, List *elements, const FsqFragment *left, ArrayText *result)
{
	StringInfoData list;
	StringInfoData folded;
	ListCell   *lc;

	initStringInfo(&list);
	initStringInfo(&folded);
	foreach(lc, elements)
	{
		const char *separator = foreach_current_index(lc) > 0 ? ", " : "";
		FsqFragment element;

		if (!fsq_is_external(scope, lfirst(lc)) ||
			!fsq_push_expr(scope, lfirst(lc), left->encoding, &element))
			return false;
		appendStringInfo(&list, "%s%s", separator, right_side(scope, &element));
		if (left->column != NULL)
			appendStringInfo(&folded, "%s%s", separator,
							 folded_value(left->column, fsq_fragment_value(scope, &element)));
	}
	result->list = list.data;
	result->folded = folded.data;
	return true;
}

/*
 * What an array is compared as; false if it cannot be sent.
 */
static bool
push_list(FsqScope *scope, const FsqTypeRule *rule, Expr *array, const FsqFragment *left,
		  ArrayText *result)
{
	List	   *elements;

	result->parameter = false;
	if (rule->equal_any == NULL && array_elements(array, &elements) && elements != NIL &&
		push_elements(scope, elements, left, result))
		return true;
	if (!rule->array || !fsq_is_external(scope, (Node *) array) ||
		(IsA(array, Const) && ((Const *) array)->constisnull) ||
		(scope->rules->array_is_query && scope->no_query))
		return false;
	result->parameter = true;
	result->list = fsq_push_hole(scope, array, left->encoding,
								 left->column != NULL && left->column->lone_key ? FSQ_PARAM_KEYS : FSQ_PARAM_ARRAY);
	if (scope->rules->fold_in_array != NULL)
		result->folded = left->column != NULL && left->column->folds ?
			fsq_push_hole(scope, array, left->encoding, FSQ_PARAM_ROWS) : NULL;
	else if (left->column != NULL && left->column->fold_value != NULL)
		result->folded = fsq_push_formed_hole(scope, array, left->encoding, FSQ_PARAM_ARRAY,
											  left->column->fold_value);
	else
		result->folded = result->list;
	return true;
}

/*
 * = ANY, with what the column's indexes can do for it.
 */
static const char *
equal_any(FsqScope *scope, Oid collation, const FsqFragment *l, const ArrayText *array)
{
	const FsqRules *rules = scope->rules;
	const char *in = array->parameter && rules->in_array != NULL ? rules->in_array : rules->in;
	FsqFragment value = {.external = true};
	const char *exact = fsq_template2(in, left_comparand(scope, BTEqualStrategyNumber, collation, l, &value),
									  array->list);
	const char *args[3];

	if (l->column == NULL || !l->column->folds || array->folded == NULL)
		return exact;
	args[0] = column_itself(scope, l->column);
	args[1] = array->folded;
	if (!array->parameter || rules->fold_in_array == NULL)
		return fsq_template2("(%1 AND %2)", fsq_template(in, 2, args), exact);
	args[2] = folded_value(l->column, rules->fold_row);
	return fsq_template2("(%1 AND %2)", fsq_template(rules->fold_in_array, 3, args), exact);
}

/*
 * A column that equals one of an array's integers (sql), or lies between the
 * lowest and the highest of them if they are a run: then the remote has one
 * place in its index to look for instead of many.  Beside other conditions it
 * stays as it is, since an index of several columns may serve all of them for
 * a key each, but not for a range.
 */
static const char *
choose_by_run(FsqScope *scope, const FsqTypeRule *rule, const FsqFragment *l, const ArrayText *array,
			  const char *sql)
{
	const char *const *comparison = scope->rules->comparison;
	const char *value = comparand(scope, l);
	const char *texts[FSQ_PLACES];
	int			hole = fsq_hole_number(array->list);

	if (scope->dialect->run_keys == 0 || !scope->alone || !array->parameter || l->column == NULL ||
		!fsq_is_integer_type(rule->type) || !fsq_is_integer_type(l->type))
		return sql;
	for (int i = 0; i < FSQ_PLACES; i++)
		texts[i] = sql;
	texts[FSQ_PLACE_RUN] = fsq_template2("(%1 AND %2)",
										 fsq_template2(comparison[BTGreaterEqualStrategyNumber], value, fsq_run_end(hole, false)),
										 fsq_template2(comparison[BTLessEqualStrategyNumber], value, fsq_run_end(hole, true)));
	return fsq_choice(hole, texts);
}

bool
fsq_push_array(FsqScope *scope, ScalarArrayOpExpr *expr, bool superset, FsqFragment *result)
{
	Expr	   *left = linitial(expr->args);
	Expr	   *array = lsecond(expr->args);
	Oid			element_type = getBaseType(get_element_type(getBaseType(exprType((Node *) array))));
	const FsqTypeRule *rule = fsq_type_rule(scope, element_type);
	FsqFragment l;
	ArrayText	list;
	const char *template;
	int			strategy;

	if (rule == NULL || fsq_is_external(scope, (Node *) left) ||
		!fsq_push_expr(scope, left, FSQ_ENCODING_USUAL, &l) ||
		fsq_type_rule(scope, l.type) == NULL || fsq_type_rule(scope, l.type)->family != rule->family)
		return false;
	strategy = comparison_strategy(expr->opno, l.type);
	if (strategy != (expr->useOr ? BTEqualStrategyNumber : NOT_EQUAL))
		return false;
	if (!push_list(scope, rule, array, &l, &list))
		return false;
	if (rule->equal != NULL)
	{
		template = expr->useOr ? rule->equal_any : rule->not_equal_all;
		if (template == NULL || l.column == NULL)
			return false;
		result->sql = fsq_template2(template, l.sql, list.list);
	}
	else if (expr->useOr)
		result->sql = equal_any(scope, expr->inputcollid, &l, &list);
	else
		result->sql = fsq_template2(list.parameter && scope->rules->not_in_array ? scope->rules->not_in_array :
									scope->rules->not_in, comparand(scope, &l), list.list);
	template = same_for_all(scope, comparand(scope, &l), !expr->useOr);
	result->sql = choose_by_place(scope, rule, list.list, result->sql, template, template, template);
	if (expr->useOr)
		result->sql = choose_by_run(scope, rule, &l, &list, result->sql);
	if (!finish_condition(fsq_fragment_equality(scope, &l, expr->inputcollid), superset, result))
		return false;
	let_unsure_through(result, &l);
	return true;
}
