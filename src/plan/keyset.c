/*-------------------------------------------------------------------------
 *
 * keyset.c
 *	  The rows behind or before a cursor, as a condition over the values that
 *	  they are ordered by.
 *
 *	  With the order a, b the rows behind (x, y) are
 *
 *		a > x OR (a = x AND b > y)
 *
 *	  each comparison as the item's direction has it.  Nulls are equal to each
 *	  other, and before or behind all values.  Which values of a cursor are null
 *	  is part of the shape of a request, so that the statement has exactly the
 *	  comparisons that are needed, which indexes and remote databases can use.
 *
 *	  The operators are those of the order, with the same collations; so the
 *	  condition and the order agree whatever the values are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "plan/token.h"
#include "utils/lsyscache.h"

/* One item of the order and what the cursor has for it. */
typedef struct KeysetItem
{
	const FsqOrderItem *item;
	bool		is_null;		/* the cursor's value */
	bool		greater;		/* what is wanted is greater, rather than less */
	bool		nulls_wanted;	/* nulls are behind (or before) every value, and there may be some */
	int			param;
} KeysetItem;

uint64
fsq_order_fingerprint(const FsqRelation *relation, const FsqOrder *order)
{
	StringInfoData text;
	uint64		result;

	initStringInfo(&text);
	appendStringInfo(&text, "%s.%s", relation->namespace, relation->name);
	for (int i = 0; i < order->nitems; i++)
	{
		const FsqOrderItem *item = &order->items[i];

		appendStringInfo(&text, "%c%s%c%s%c%c", '\0', item->path ? item->path : "", '\0',
						 item->column->name, item->descending ? 'd' : 'a',
						 item->nulls_first ? 'f' : 'l');
	}
	result = hash_bytes_extended((unsigned char *) text.data, text.len, 0);
	pfree(text.data);
	return result;
}

/* ---- comparisons ---- */

/* Append "expression operator $n". */
static void
append_comparison(StringInfo sql, const KeysetItem *k, FsqOperator op)
{
	appendStringInfo(sql, "%s ", k->item->expression);
	fsq_append_operator(sql, fsq_comparison_operator(k->item->column->base_type, op));
	appendStringInfo(sql, " $%d", k->param);
}

/* Append that a row's value is strictly on the wanted side; false if none can be. */
static bool
append_beyond(StringInfo sql, const KeysetItem *k)
{
	if (k->is_null)
	{
		if (k->nulls_wanted)
			return false;
		appendStringInfo(sql, "%s IS NOT NULL", k->item->expression);
		return true;
	}
	append_comparison(sql, k, k->greater ? FSQ_OP_GT : FSQ_OP_LT);
	if (k->nulls_wanted)
		appendStringInfo(sql, " OR %s IS NULL", k->item->expression);
	return true;
}

static void
append_equal(StringInfo sql, const KeysetItem *k)
{
	if (k->is_null)
		appendStringInfo(sql, "%s IS NULL", k->item->expression);
	else
		append_comparison(sql, k, FSQ_OP_EQ);
}

/* Append the condition from an item on; false if it is never true. */
static bool
append_from(StringInfo sql, const KeysetItem *items, int nitems)
{
	StringInfoData beyond;
	StringInfoData rest;
	bool		may_be_beyond;
	bool		may_be_equal;

	check_stack_depth();
	initStringInfo(&beyond);
	initStringInfo(&rest);
	may_be_beyond = append_beyond(&beyond, items);
	may_be_equal = nitems > 1 && append_from(&rest, items + 1, nitems - 1);
	if (may_be_beyond)
		appendStringInfoString(sql, beyond.data);
	if (may_be_equal)
	{
		appendStringInfoString(sql, may_be_beyond ? " OR (" : "(");
		append_equal(sql, items);
		appendStringInfo(sql, " AND (%s))", rest.data);
	}
	return may_be_beyond || may_be_equal;
}

/* Whether two operators have the same name in the same schema. */
static bool
same_operator(Oid left, Oid right)
{
	return left == right ||
		(strcmp(get_opname(left), get_opname(right)) == 0 &&
		 get_func_namespace(get_opcode(left)) == get_func_namespace(get_opcode(right)));
}

/*
 * Whether (a, b) > ($1, $2) says the same, which an index of all columns serves:
 * no null is wanted, and one operator compares all.
 */
static bool
is_row_comparison(const KeysetItem *items, int nitems)
{
	FsqOperator op = items[0].greater ? FSQ_OP_GT : FSQ_OP_LT;

	for (int i = 0; i < nitems; i++)
		if (items[i].is_null || items[i].nulls_wanted || items[i].greater != items[0].greater ||
			!same_operator(fsq_comparison_operator(items[i].item->column->base_type, op),
						   fsq_comparison_operator(items[0].item->column->base_type, op)))
			return false;
	return nitems > 1;
}

static void
append_row_comparison(StringInfo sql, const KeysetItem *items, int nitems)
{
	for (int i = 0; i < nitems; i++)
		appendStringInfo(sql, "%s%s", i ? ", " : "(", items[i].item->expression);
	appendStringInfoString(sql, ") ");
	fsq_append_operator(sql, fsq_comparison_operator(items[0].item->column->base_type,
													 items[0].greater ? FSQ_OP_GT : FSQ_OP_LT));
	for (int i = 0; i < nitems; i++)
		appendStringInfo(sql, "%s$%d", i ? ", " : " (", items[i].param);
	appendStringInfoChar(sql, ')');
}

/* ---- the condition ---- */

/* The cursor of an argument; false after adding an error. */
static bool
read_cursor(FsqStatement *statement, const FsqInput *input, const FsqOrder *order,
			uint64 fingerprint, const char *where, FsqToken *token)
{
	const char *message = NULL;

	if (input->kind != FSQ_VALUE_STRING ||
		!fsq_token_read(FSQ_TOKEN_CURSOR, input->str, input->length, token))
		message = "it is not a cursor, or not a whole one";
	else if (token->subject_length != sizeof(uint64) ||
			 memcmp(token->subject, &fingerprint, sizeof(uint64)) != 0 ||
			 token->nvalues != order->nitems)
		message = "the cursor is of another list, or of another order";
	if (message)
		fsq_error_at(statement->builder->errors, FSQ_BAD_USER_INPUT, statement->offset,
					 "Invalid value for \"%s\": %s", where, message);
	return message == NULL;
}

char *
fsq_keyset_condition(FsqStatement *statement, const FsqOrder *order, uint64 fingerprint,
					 FsqInput *cursor, bool after)
{
	const char *where = after ? "after" : "before";
	KeysetItem *items;
	FsqToken	token;
	StringInfoData sql;

	if (!read_cursor(statement, cursor, order, fingerprint, where, &token))
		return NULL;
	items = palloc0(sizeof(KeysetItem) * order->nitems);
	for (int i = 0; i < order->nitems; i++)
	{
		const FsqOrderItem *item = &order->items[i];
		KeysetItem *k = &items[i];

		k->item = item;
		k->is_null = token.values[i].text == NULL;
		k->greater = item->descending != after;
		k->nulls_wanted = item->nulls_first != after &&
			(item->path != NULL || !item->column->not_null || k->is_null);
		if (!k->is_null)
			k->param = fsq_statement_token_value(statement, cursor, FSQ_TOKEN_CURSOR, i,
												  item->column->base_type, where);
		if (!k->is_null && k->param == 0)
			return NULL;
	}
	statement->filtered = true;

	initStringInfo(&sql);
	if (!statement->fetch->relation->foreign && is_row_comparison(items, order->nitems))
	{
		append_row_comparison(&sql, items, order->nitems);
		return sql.data;
	}
	/* what the first item alone says comes first: it bounds the scan of an index */
	if (order->nitems > 1 && !items[0].is_null && !items[0].nulls_wanted)
	{
		append_comparison(&sql, &items[0], items[0].greater ? FSQ_OP_GTE : FSQ_OP_LTE);
		appendStringInfoString(&sql, " AND ");
	}
	appendStringInfoChar(&sql, '(');
	if (!append_from(&sql, items, order->nitems))
		appendStringInfoString(&sql, "FALSE");
	appendStringInfoChar(&sql, ')');
	return sql.data;
}
