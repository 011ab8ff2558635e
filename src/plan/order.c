/*-------------------------------------------------------------------------
 *
 * order.c
 *	  From orderBy arguments to ORDER BY.
 *
 *	  An item names a column of the relation, or leads through to-one
 *	  relationships to a column of a related row: that row is joined, or, if it
 *	  is in another database, the values that a key fetch finds are (lookup.c).
 *	  The primary key comes last, so that pages are stable.
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
	const char *sql;
}			directions[] = {
	{FSQ_ORDER_ASC, ""},
	{FSQ_ORDER_DESC, " DESC"},
	{FSQ_ORDER_ASC_NULLS_FIRST, " NULLS FIRST"},
	{FSQ_ORDER_ASC_NULLS_LAST, " NULLS LAST"},
	{FSQ_ORDER_DESC_NULLS_FIRST, " DESC NULLS FIRST"},
	{FSQ_ORDER_DESC_NULLS_LAST, " DESC NULLS LAST"}
};

static const char *
direction_sql(FsqInput *value)
{
	FsqOrderDirection direction = (FsqOrderDirection) (intptr_t) value->enum_value->binding;

	for (int i = 0; i < lengthof(directions); i++)
		if (directions[i].direction == direction)
			return directions[i].sql;
	return "";
}

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

/* The column that an item leads to. */
static FsqColumn *
item_column(FsqInput *item)
{
	while (((FsqInputBinding *) item->fields[0]->binding)->kind != FSQ_INPUT_COLUMN)
		item = item->items[0];
	return ((FsqInputBinding *) item->fields[0]->binding)->column;
}

char *
fsq_order_expression(FsqStatement *statement, FsqInput *item, FsqColumn **column,
					 FsqInput **direction)
{
	FsqInputBinding *binding = item->fields[0]->binding;
	StringInfoData sql;

	check_stack_depth();
	if (binding->kind != FSQ_INPUT_COLUMN)
		return fsq_lookup_needed(binding->relationship) &&
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
			left->relationship != right->relationship)
			return false;
		if (left->kind == FSQ_INPUT_COLUMN)
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

/* Append an expression to the list. */
static void
append_item(StringInfo sql, const char *expression, const char *direction)
{
	appendStringInfo(sql, "%s%s%s", sql->len ? ", " : "", expression, direction);
}

char *
fsq_order_list(FsqStatement *statement, FsqInput *order_by)
{
	List	   *keys = fsq_relation_keys(statement->frame->relation);
	List	   *seen = NIL;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; order_by && i < order_by->nitems; i++)
	{
		FsqInput   *item = order_by->items[i];
		FsqColumn  *column;
		FsqInput   *direction;
		char	   *expression;

		CHECK_FOR_INTERRUPTS();
		if (is_repeated(order_by, i))
			continue;
		expression = fsq_order_expression(statement, item, &column, &direction);
		if (((FsqInputBinding *) item->fields[0]->binding)->kind == FSQ_INPUT_COLUMN)
			seen = lappend(seen, column);
		append_item(&sql, expression, direction_sql(direction));
	}
	if (keys != NIL && ((FsqKey *) linitial(keys))->primary)
	{
		FsqKey	   *key = linitial(keys);

		for (int i = 0; i < key->ncolumns; i++)
		{
			StringInfoData column;

			if (list_member_ptr(seen, key->columns[i]))
				continue;
			initStringInfo(&column);
			fsq_append_column(&column, statement->frame->alias, key->columns[i]);
			append_item(&sql, column.data, "");
		}
	}
	return sql.len ? sql.data : NULL;
}
