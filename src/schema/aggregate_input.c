/*-------------------------------------------------------------------------
 *
 * aggregate_input.c
 *	  The inputs over aggregates: filters of groups and of related rows by what
 *	  is computed of them, orders by it, and the spans of time that groups have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "schema/aggregate.h"
#include "utils/memutils.h"

/* Spans of time: the values of TimeBucket, and what date_trunc calls them. */
static const struct
{
	const char *name;
	const char *field;
}			buckets[] = {
	{"SECOND", "second"}, {"MINUTE", "minute"}, {"HOUR", "hour"}, {"DAY", "day"},
	{"WEEK", "week"}, {"MONTH", "month"}, {"QUARTER", "quarter"}, {"YEAR", "year"}
};

static FsqInputBinding *
aggregate_binding(FsqInputFieldKind kind, FsqAggregate aggregate)
{
	FsqInputBinding *binding = fsq_input_binding_make(kind, NULL, NULL);

	binding->aggregate = aggregate;
	return binding;
}

static void
add_field(FsqType *type, const char *name, FsqType *field_type, FsqInputBinding *binding)
{
	if (field_type)
		type->input_fields = lappend(type->input_fields,
									 fsq_hub_input_make(fsq_hub(type->schema), name, field_type, binding));
}

/* {total: DecimalFilter}: filters of an aggregate of each column that has it. */
static void
add_value_filters(FsqType *type, FsqRelation *relation, FsqAggregate aggregate)
{
	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqColumn  *column = &relation->columns[i];
		FsqValueType value;

		if (fsq_column_has_aggregate(column, aggregate, &value))
			add_field(type, column->field, fsq_value_filter(fsq_hub(relation->schema), value),
					  fsq_input_binding_make(FSQ_INPUT_COLUMN, column, NULL));
	}
}

/* {total: OrderDirection} */
static void
add_value_orders(FsqType *type, FsqRelation *relation, FsqAggregate aggregate)
{
	FsqType    *direction = fsq_order_direction_type(fsq_hub(relation->schema));

	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqColumn  *column = &relation->columns[i];
		FsqValueType value;

		if (fsq_column_has_aggregate(column, aggregate, &value))
			add_field(type, column->field, direction,
					  fsq_input_binding_make(FSQ_INPUT_COLUMN, column, NULL));
	}
}

/* {count: .., sum: {..}}: members for what is computed, each with its filter or its order. */
static void
add_aggregates(FsqType *type, FsqRelation *relation, FsqType *count, bool orders)
{
	add_field(type, "count", count, aggregate_binding(FSQ_INPUT_COUNT, FSQ_AGGREGATE_COUNT));
	for (int i = 0; i < FSQ_N_AGGREGATE_RULES; i++)
	{
		const FsqAggregateRule *rule = &fsq_aggregate_rules[i];
		FsqAggregateType number = orders ? rule->order_by : rule->filter;

		if (number != FSQ_NO_TYPE)
			add_field(type, rule->field, fsq_aggregate_type_of(relation, number),
					  aggregate_binding(FSQ_INPUT_AGGREGATE, rule->aggregate));
	}
}

/* {createdAt: TimeBucket} */
static void
add_buckets(FsqType *type, FsqRelation *relation)
{
	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqColumn  *column = &relation->columns[i];

		if (column->base_type == DATEOID || column->base_type == TIMESTAMPOID ||
			column->base_type == TIMESTAMPTZOID)
			add_field(type, column->field, fsq_time_bucket_type(fsq_hub(relation->schema)),
					  fsq_input_binding_make(FSQ_INPUT_COLUMN, column, NULL));
	}
}

/* {tier: OrderDirection}: the columns that can be grouped by. */
static void
add_key_orders(FsqType *type, FsqRelation *relation)
{
	FsqType    *direction = fsq_order_direction_type(fsq_hub(relation->schema));

	for (int i = 0; i < relation->ncolumns; i++)
		if (fsq_column_is_key(&relation->columns[i]))
			add_field(type, relation->columns[i].field, direction,
					  fsq_input_binding_make(FSQ_INPUT_COLUMN, &relation->columns[i], NULL));
}

static void
add_fields(FsqType *type, FsqRelation *relation, FsqAggregateType number)
{
	FsqHub	   *hub = fsq_hub(relation->schema);

	switch (number)
	{
		case FSQ_TYPE_HAVING:
			add_aggregates(type, relation, fsq_leaf_type(hub, "BigIntFilter"), false);
			break;
		case FSQ_TYPE_AGGREGATE_FILTER:
			add_aggregates(type, relation, fsq_leaf_type(hub, "BigIntFilter"), false);
			add_field(type, fsq_naming_word(hub->rules, "where"), fsq_where_type(relation),
					  aggregate_binding(FSQ_INPUT_AGGREGATE_WHERE, FSQ_AGGREGATE_NONE));
			break;
		case FSQ_TYPE_SUM_FILTER:
			add_value_filters(type, relation, FSQ_AGGREGATE_SUM);
			break;
		case FSQ_TYPE_AVG_FILTER:
			add_value_filters(type, relation, FSQ_AGGREGATE_AVG);
			break;
		case FSQ_TYPE_MIN_MAX_FILTER:
			add_value_filters(type, relation, FSQ_AGGREGATE_MIN);
			break;
		case FSQ_TYPE_AGGREGATE_ORDER_BY:
			add_aggregates(type, relation, fsq_order_direction_type(hub), true);
			break;
		case FSQ_TYPE_SUM_AVG_ORDER_BY:
			/* what has an average has a sum */
			add_value_orders(type, relation, FSQ_AGGREGATE_AVG);
			break;
		case FSQ_TYPE_MIN_MAX_ORDER_BY:
			add_value_orders(type, relation, FSQ_AGGREGATE_MIN);
			break;
		case FSQ_TYPE_GROUP_BY_ORDER_BY:
			add_field(type, "key", fsq_aggregate_type_of(relation, FSQ_TYPE_GROUP_BY_KEY_ORDER_BY),
					  aggregate_binding(FSQ_INPUT_GROUP_KEY, FSQ_AGGREGATE_NONE));
			add_field(type, "aggregate", fsq_aggregate_type_of(relation, FSQ_TYPE_AGGREGATE_ORDER_BY),
					  aggregate_binding(FSQ_INPUT_GROUP_AGGREGATE, FSQ_AGGREGATE_NONE));
			break;
		case FSQ_TYPE_GROUP_BY_KEY_ORDER_BY:
			add_key_orders(type, relation);
			break;
		case FSQ_TYPE_BUCKETS:
			add_buckets(type, relation);
			break;
		default:
			elog(ERROR, "not an input type of aggregates: %d", (int) number);
	}
}

FsqType *
fsq_aggregate_input_type(FsqRelation *relation, FsqAggregateType number, const char *name)
{
	FsqType    *type = fsq_hub_type_make(fsq_hub(relation->schema), FSQ_INPUT_OBJECT, name);

	type->binding = relation;
	type->all_optional = true;
	type->one_of = number == FSQ_TYPE_AGGREGATE_ORDER_BY || number == FSQ_TYPE_SUM_AVG_ORDER_BY ||
		number == FSQ_TYPE_MIN_MAX_ORDER_BY || number == FSQ_TYPE_GROUP_BY_ORDER_BY ||
		number == FSQ_TYPE_GROUP_BY_KEY_ORDER_BY;
	add_fields(type, relation, number);
	return type->input_fields ? type : NULL;
}

FsqType *
fsq_time_bucket_type(FsqHub *hub)
{
	FsqType    *type = fsq_names_get(hub->types, FSQ_TIME_BUCKET);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_ENUM, FSQ_TIME_BUCKET);
	type->description = "A span of time, by whose begin rows are grouped; a week begins on Monday";
	type->structural = true;
	type->is_complete = true;
	for (int i = 0; i < lengthof(buckets); i++)
	{
		FsqEnumValue *value = palloc0(sizeof(FsqEnumValue));

		value->name = buckets[i].name;
		value->binding = unconstify(char *, buckets[i].field);
		type->enum_values = lappend(type->enum_values, value);
	}
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}
