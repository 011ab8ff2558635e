/*-------------------------------------------------------------------------
 *
 * order.c
 *	  From orderBy arguments to ORDER BY.
 *
 *	  An item names a column of the relation, or leads through to-one
 *	  relationships to a column of a related row: that row is joined, or, if it
 *	  is in another database, the values that a key fetch finds are (lookup.c).
 *	  The primary key comes last, so that pages are stable.  Columns of a
 *	  distinctOn argument come first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "utils/lsyscache.h"

static const struct
{
	FsqOrderDirection direction;
	bool		descending;
	bool		nulls_first;
}			directions[] = {
	{FSQ_ORDER_ASC, false, false},
	{FSQ_ORDER_DESC, true, true},
	{FSQ_ORDER_ASC_NULLS_FIRST, false, true},
	{FSQ_ORDER_ASC_NULLS_LAST, false, false},
	{FSQ_ORDER_DESC_NULLS_FIRST, true, true},
	{FSQ_ORDER_DESC_NULLS_LAST, true, false}
};

/* The condition that joins a relationship's target with its source. */
static char *
join_condition(FsqRelationship *relationship, const char *target, const char *source)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < relationship->ncolumns; i++)
	{
		appendStringInfoString(&sql, i ? " AND " : "");
		fsq_key_join(&sql, target,
					 fsq_relation_column(relationship->target, relationship->target_columns[i]),
					 source,
					 fsq_relation_column(relationship->source, relationship->source_columns[i]));
	}
	return sql.data;
}

/*
 * The order by a field of a related row of the same database.  Rows that no key
 * keeps apart are not multiplied by the join: one of them counts.
 */
static char *
related_expression(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
				   FsqColumn **column, FsqInput **direction)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	bool		unique = fsq_lookup_unique(relationship);
	FsqFrame	frame = {
		.outer = statement->frame,
		.relationship = relationship,
		.relation = target,
		.alias = fsq_statement_alias(statement)
	};
	StringInfoData outer = statement->joins;
	char	   *condition = join_condition(relationship, frame.alias, statement->frame->alias);
	char	   *expression;
	char	   *lateral;

	fsq_statement_reads(statement, target);
	if (unique)
	{
		appendStringInfoString(&statement->joins, " LEFT JOIN ");
		fsq_append_relation(&statement->joins, target, frame.alias);
		appendStringInfo(&statement->joins, " ON %s", condition);
		statement->frame = &frame;
		expression = fsq_order_expression(statement, item, column, direction);
		statement->frame = frame.outer;
		return expression;
	}

	initStringInfo(&statement->joins);
	statement->frame = &frame;
	expression = fsq_order_expression(statement, item, column, direction);
	statement->frame = frame.outer;
	lateral = fsq_statement_alias(statement);
	appendStringInfo(&outer, " LEFT JOIN LATERAL (SELECT %s AS v FROM ", expression);
	fsq_append_relation(&outer, target, frame.alias);
	appendStringInfo(&outer, "%s WHERE %s LIMIT 1) %s ON TRUE", statement->joins.data, condition,
					 lateral);
	statement->joins = outer;
	return psprintf("%s.v", lateral);
}

/* The column that an item leads to, or that stands for what is computed. */
static FsqColumn *
item_column(FsqInput *item)
{
	for (;; item = item->items[0])
	{
		FsqInputBinding *binding = item->fields[0]->binding;

		if (binding->kind == FSQ_INPUT_COLUMN)
			return binding->column;
		if (binding->kind == FSQ_INPUT_CHILD_AGGREGATE)
			return fsq_aggregate_order_column(binding->relationship, item->items[0]);
	}
}

char *
fsq_order_expression(FsqStatement *statement, FsqInput *item, FsqColumn **column,
					 FsqInput **direction)
{
	FsqInputBinding *binding = item->fields[0]->binding;
	StringInfoData sql;

	check_stack_depth();
	if (binding->kind == FSQ_INPUT_CHILD_AGGREGATE)
		return fsq_aggregate_related_order(statement, binding->relationship, item->items[0],
										   column, direction);
	if (binding->kind != FSQ_INPUT_COLUMN)
		return fsq_lookup_needed(binding->relationship) &&
			fsq_statement_is_plain(statement) &&
			OidIsValid(get_array_type(item_column(item)->base_type)) ?
			fsq_lookup_order(statement, binding->relationship, item->items[0], column, direction) :
			related_expression(statement, binding->relationship, item->items[0], column, direction);
	*column = binding->column;
	*direction = item->items[0];
	initStringInfo(&sql);
	fsq_append_column(&sql, statement->frame->alias, binding->column);
	return sql.data;
}

/* Whether two items order by the same column of the same row. */
static bool
same_item(FsqInput *a, FsqInput *b)
{
	for (;;)
	{
		FsqInputBinding *left = a->fields[0]->binding;
		FsqInputBinding *right = b->fields[0]->binding;

		if (left->kind != right->kind || left->column != right->column ||
			left->relationship != right->relationship || left->aggregate != right->aggregate)
			return false;
		if (a->items[0]->kind != FSQ_VALUE_OBJECT)
			return true;
		a = a->items[0];
		b = b->items[0];
	}
}

/* Whether an item has been there before: to order by it again changes nothing. */
static bool
is_repeated(FsqInput *order_by, int number)
{
	for (int i = 0; i < number; i++)
		if (same_item(order_by->items[i], order_by->items[number]))
			return true;
	return false;
}

/* ---- the order of a statement's rows ---- */

/* A new item at the end of an order, which has room for it. */
static FsqOrderItem *
add_item(FsqOrder *order, FsqColumn *column)
{
	FsqOrderItem *item = &order->items[order->nitems++];

	memset(item, 0, sizeof(FsqOrderItem));
	item->column = column;
	return item;
}

/* Whether an order has a column of the relation itself already. */
static bool
has_column(const FsqOrder *order, const FsqColumn *column)
{
	for (int i = 0; i < order->nitems; i++)
		if (order->items[i].column == column && order->items[i].path == NULL)
			return true;
	return false;
}

/* Add an item of an orderBy argument. */
static void
add_input(FsqOrder *order, FsqInput *input)
{
	FsqOrderItem *item = add_item(order, item_column(input));
	FsqInput   *leaf = input;
	StringInfoData path;

	initStringInfo(&path);
	for (; leaf->items[0]->kind == FSQ_VALUE_OBJECT; leaf = leaf->items[0])
		appendStringInfo(&path, "%s.", leaf->fields[0]->name);
	item->input = input;
	if (path.len > 0)
		item->path = path.data;
	fsq_order_read_direction(item, leaf->items[0]);
}

/* The columns of a distinctOn argument, each once; how many there are. */
static int
distinct_columns(const FsqInput *distinct_on, FsqColumn **columns)
{
	int			n = 0;

	for (int i = 0; distinct_on && i < distinct_on->nitems; i++)
	{
		FsqColumn  *column = distinct_on->items[i]->enum_value->binding;
		int			j = 0;

		while (j < n && columns[j] != column)
			j++;
		if (j == n)
			columns[n++] = column;
	}
	return n;
}

/*
 * Whether an order that begins with these columns may go on with an item: not
 * before it has all of them, unless the item is one of them.
 */
static bool
may_follow(const FsqOrder *order, FsqInput *input, FsqColumn **columns, int ncolumns)
{
	FsqColumn  *column = item_column(input);

	if (order->nitems >= ncolumns)
		return true;
	if (((FsqInputBinding *) input->fields[0]->binding)->kind != FSQ_INPUT_COLUMN)
		return false;
	for (int i = 0; i < ncolumns; i++)
		if (columns[i] == column)
			return true;
	return false;
}

FsqOrder *
fsq_order_make(FsqBuilder *builder, const FsqFetch *fetch, FsqInput *order_by, FsqInput *distinct_on,
			   const FsqKey *key)
{
	FsqOrder   *order = palloc0(sizeof(FsqOrder));
	int			nitems = order_by ? order_by->nitems : 0;
	FsqColumn **columns = palloc(sizeof(FsqColumn *) * (distinct_on ? distinct_on->nitems + 1 : 1));

	order->ndistinct = distinct_columns(distinct_on, columns);
	order->items = palloc(sizeof(FsqOrderItem) *
						  (nitems + order->ndistinct + (key ? key->ncolumns : 0) + 1));
	for (int i = 0; i < nitems; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_repeated(order_by, i))
			continue;
		if (!may_follow(order, order_by->items[i], columns, order->ndistinct))
		{
			fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, fetch->offset,
						 "The order of \"%s\" must begin with the columns of \"distinctOn\".",
						 fetch->field);
			order->nitems = order->ndistinct = 0;
			return order;
		}
		add_input(order, order_by->items[i]);
	}
	for (int i = 0; i < order->ndistinct; i++)
		if (!has_column(order, columns[i]))
			add_item(order, columns[i]);
	for (int i = 0; key && i < key->ncolumns; i++)
		if (!has_column(order, key->columns[i]))
			add_item(order, key->columns[i]);
	return order;
}

void
fsq_order_write_expressions(FsqStatement *statement, FsqOrder *order)
{
	for (int i = 0; i < order->nitems; i++)
	{
		FsqOrderItem *item = &order->items[i];
		FsqColumn  *column;
		FsqInput   *direction;
		StringInfoData sql;

		if (item->input)
			item->expression = fsq_order_expression(statement, item->input, &column, &direction);
		else
		{
			initStringInfo(&sql);
			fsq_append_column(&sql, statement->frame->alias, item->column);
			item->expression = sql.data;
		}
	}
}

void
fsq_order_read_direction(FsqOrderItem *item, const FsqInput *direction)
{
	FsqOrderDirection value = (FsqOrderDirection) (intptr_t) direction->enum_value->binding;

	for (int i = 0; i < lengthof(directions); i++)
		if (directions[i].direction == value)
		{
			item->descending = directions[i].descending;
			item->nulls_first = directions[i].nulls_first;
		}
}

void
fsq_order_append_direction(StringInfo sql, const FsqOrderItem *item, bool backward)
{
	bool		descending = item->descending != backward;
	bool		nulls_first = item->nulls_first != backward;

	if (descending)
		appendStringInfoString(sql, " DESC");
	/* what PostgreSQL takes for granted is not said */
	if (nulls_first != descending)
		appendStringInfoString(sql, nulls_first ? " NULLS FIRST" : " NULLS LAST");
}

char *
fsq_order_list(const FsqOrder *order, bool backward)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < order->nitems; i++)
	{
		appendStringInfo(&sql, "%s%s", i ? ", " : "", order->items[i].expression);
		fsq_order_append_direction(&sql, &order->items[i], backward);
	}
	return sql.len ? sql.data : NULL;
}
