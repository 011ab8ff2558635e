/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Fetches that compute of many rows: counts, sums and the like.
 *
 *	  root        SELECT count(*), sum(t0.total) FROM rel t0 WHERE ..
 *	  child       SELECT t0.key, count(*) FROM rel t0 WHERE t0.key = ANY ($1)
 *	              GROUP BY t0.key
 *
 *	  Only what is selected is computed.  Rows are grouped by the keys in the
 *	  form in which these find their parents, so that a parent has one group.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* An aggregate of a column's values, or of rows. */
typedef struct AggregateCall
{
	FsqAggregate aggregate;
	FsqColumn  *column;
	Oid			function;
} AggregateCall;

/* ---- aggregates ---- */

static char *
write_call(FsqStatement *statement, const char *alias, const void *arg)
{
	const AggregateCall *call = arg;
	StringInfoData sql;

	initStringInfo(&sql);
	if (call->aggregate == FSQ_AGGREGATE_COUNT)
		return pstrdup("pg_catalog.count(*)");
	if (call->aggregate == FSQ_AGGREGATE_COUNT_DISTINCT)
		appendStringInfoString(&sql, "pg_catalog.count(DISTINCT ");
	else
		appendStringInfo(&sql, "%s.%s(",
						 quote_identifier(get_namespace_name(get_func_namespace(call->function))),
						 quote_identifier(get_func_name(call->function)));
	fsq_append_column(&sql, alias, call->column);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* A call, and the type of its values. */
static AggregateCall *
make_call(FsqSchema *schema, FsqAggregate aggregate, FsqColumn *column, FsqValueType *type)
{
	AggregateCall *call = palloc0(sizeof(AggregateCall));
	Oid			result;

	call->aggregate = aggregate;
	call->column = column;
	if (aggregate == FSQ_AGGREGATE_COUNT || aggregate == FSQ_AGGREGATE_COUNT_DISTINCT)
	{
		*type = fsq_count_value_type(schema);
		return call;
	}
	call->function = fsq_aggregate_function(aggregate, column->base_type, &result);
	if (!OidIsValid(call->function))
		elog(ERROR, "column \"%s\" has no aggregate of that kind", column->name);
	*type = fsq_aggregate_value_type(aggregate, column, result);
	return call;
}

int
fsq_aggregate_call(FsqBuilder *builder, FsqFetch *fetch, FsqAggregate aggregate, FsqColumn *column)
{
	FsqValueType type;
	AggregateCall *call = make_call(builder->schema, aggregate, column, &type);
	int			number;

	number = fsq_result_expression(builder, fetch,
								   psprintf("aggregate %d %d", (int) aggregate, column ? column->attnum : 0),
								   type, write_call, call);
	if (!OidIsValid(call->function))
		fetch->result[number].absent = type.form == FSQ_JSON_NUMBER ? "0" : "\"0\"";
	return number;
}

/* The column that an argument names; NULL after adding errors. */
static FsqColumn *
column_argument(FsqBuilder *builder, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqInput  **values = fsq_coerce_arguments(builder->schema, field->arguments, node->arguments,
											  (FsqNode *) node, builder->variables, builder->errors);

	return values ? values[0]->enum_value->binding : NULL;
}

int
fsq_aggregate_result(FsqBuilder *builder, FsqFetch *fetch, FsqField *field, FsqFieldGroup *group,
					 FsqAggregate aggregate)
{
	const FsqFieldBinding *binding = field->binding;
	FsqColumn  *column = binding->column;

	if (binding->aggregate != FSQ_AGGREGATE_NONE)
		aggregate = binding->aggregate;
	if (aggregate == FSQ_AGGREGATE_COUNT_DISTINCT)
	{
		column = column_argument(builder, field, group);
		/* the request has failed; any result will do */
		if (column == NULL)
			aggregate = FSQ_AGGREGATE_COUNT;
	}
	return fsq_aggregate_call(builder, fetch, aggregate, column);
}

/* ---- groups ---- */

/* A column of a link in the form in which it is a key. */
typedef struct GroupKey
{
	FsqColumn  *parent;
	FsqColumn  *child;
	const char *alias;			/* NULL: that of the fetch's relation */
	Oid			collation;		/* InvalidOid: the column's own */
} GroupKey;

static char *
write_key(FsqStatement *statement, const char *alias, const void *arg)
{
	const GroupKey *key = arg;
	StringInfoData sql;

	initStringInfo(&sql);
	fsq_key_expression(&sql, key->alias ? key->alias : alias, key->parent, key->child, true);
	if (OidIsValid(key->collation))
		fsq_append_collation(&sql, key->collation);
	return sql.data;
}

/*
 * The number of a key of a link among the results of its fetch: a column of its
 * relation or, with an alias, of the one that stands beside it.
 */
static int
key_result(FsqBuilder *builder, FsqFetch *fetch, FsqKeyColumn *key, FsqColumn *parent,
		   FsqColumn *child, const char *alias)
{
	GroupKey   *group = palloc0(sizeof(GroupKey));
	FsqValueType type = fsq_column_value_type(child);
	StringInfoData column;
	bool		plain;
	int			number;

	group->parent = parent;
	group->child = child;
	group->alias = alias;
	if (key->form == FSQ_KEY_DATUM && key->collation != child->collation)
		group->collation = key->collation;
	initStringInfo(&column);
	fsq_append_column(&column, alias ? alias : "t", child);
	plain = strcmp(write_key(NULL, "t", group), column.data) == 0;
	if (plain && alias == NULL)
		return fsq_result_column(builder, fetch, child);

	if (!plain && !OidIsValid(group->collation))
		type.type = key->child_type = TEXTOID;
	number = fsq_result_expression(builder, fetch, psprintf("key %d", child->attnum), type,
								   write_key, group);
	fetch->result[number].column = child;
	return number;
}

void
fsq_aggregate_link(FsqBuilder *builder, FsqFetch *fetch)
{
	FsqRelationship *back = fetch->relationship->back;
	FsqRelationship *relationship = back ? back : fetch->relationship;
	FsqRelation *linked = back ? back->target : fetch->relation;
	MemoryContext context = builder->plan->context;
	int			nkeys = relationship->ncolumns;

	fetch->nkeys = fetch->ngroups = nkeys;
	fetch->groups = MemoryContextAllocZero(context, sizeof(int) * nkeys);
	if (fsq_pairs_needed(fetch->relationship))
	{
		fsq_fetch_link(builder, fetch, true);
		for (int i = 0; i < nkeys; i++)
			fetch->groups[i] = fetch->keys[i].child_column;
		return;
	}
	fetch->keys = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * nkeys);
	for (int i = 0; i < nkeys; i++)
	{
		FsqColumn  *parent = fsq_relation_column(fetch->parent->relation,
												 relationship->source_columns[i]);
		FsqColumn  *child = fsq_relation_column(linked, relationship->target_columns[i]);

		fsq_key_init(&fetch->keys[i], parent, child, nkeys > 1 && !fetch->relation->foreign);
		fetch->keys[i].parent_column = fsq_result_column(builder, fetch->parent, parent);
		fetch->keys[i].child_column = fetch->groups[i] =
			key_result(builder, fetch, &fetch->keys[i], parent, child, back ? FSQ_JOIN_ALIAS : NULL);
	}
}

/* A column by which rows are grouped, as the begin of a span of time. */
typedef struct GroupBucket
{
	FsqColumn  *column;
	const char *bucket;			/* as date_trunc calls it */
	FsqInput   *time_zone;		/* NULL: the session's */
} GroupBucket;

static char *
write_bucket(FsqStatement *statement, const char *alias, const void *arg)
{
	const GroupBucket *group = arg;
	Oid			type = group->column->base_type;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "pg_catalog.date_trunc('%s', ", group->bucket);
	fsq_append_column(&sql, alias, group->column);
	if (type == DATEOID)
		appendStringInfoString(&sql, "::pg_catalog.timestamp");
	if (type == TIMESTAMPTZOID && group->time_zone)
		appendStringInfo(&sql, ", $%d", fsq_statement_value(statement, group->time_zone, FSQ_USE_VALUE,
															TEXTOID, "timeZone"));
	appendStringInfoString(&sql, type == DATEOID ? ")::pg_catalog.date" : ")");
	return sql.data;
}

/* The number of what a column is grouped by among the results. */
static int
group_result(FsqBuilder *builder, FsqFetch *fetch, FsqColumn *column, const FsqArguments *arguments)
{
	FsqInput   *bucket = arguments->buckets ? fsq_input_member(arguments->buckets, column->field) : NULL;
	GroupBucket *group;
	int			number;

	if (bucket == NULL || bucket->kind == FSQ_VALUE_NULL)
		return fsq_result_column(builder, fetch, column);
	group = palloc0(sizeof(GroupBucket));
	group->column = column;
	group->bucket = bucket->enum_value->binding;
	group->time_zone = arguments->time_zone;
	number = fsq_result_expression(builder, fetch, psprintf("bucket %d", column->attnum),
								   fsq_column_value_type(column), write_bucket, group);
	fetch->result[number].column = column;
	return number;
}

/* Whether a column is among those that rows are grouped by. */
static bool
is_in_by(const FsqInput *by, const FsqColumn *column)
{
	for (int i = 0; i < by->nitems; i++)
		if (by->items[i]->enum_value->binding == column)
			return true;
	return false;
}

/*
 * A bucket of a column that is not grouped by would be ignored, and so would be
 * the time zone where there is no bucket of points in time.
 */
static void
check_buckets(FsqBuilder *builder, const FsqFetch *fetch, const FsqArguments *arguments)
{
	bool		has_zone = arguments->time_zone && arguments->time_zone->kind != FSQ_VALUE_NULL;

	for (int i = 0; arguments->buckets && i < arguments->buckets->nitems; i++)
	{
		FsqInputBinding *binding = arguments->buckets->fields[i]->binding;

		if (!is_in_by(arguments->by, binding->column))
			fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, fetch->offset,
						 "\"buckets\" has \"%s\", which is not among the columns of \"by\".",
						 arguments->buckets->fields[i]->name);
		if (binding->column->base_type == TIMESTAMPTZOID && arguments->buckets->items[i]->kind != FSQ_VALUE_NULL)
			has_zone = false;
	}
	if (has_zone)
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, fetch->offset,
					 "\"timeZone\" has no bucket of a timestamptz column to apply to.");
}

void
fsq_aggregate_group(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments)
{
	int		   *groups = MemoryContextAllocZero(builder->plan->context,
												sizeof(int) * (fetch->nkeys + arguments->by->nitems));

	if (arguments->by->nitems == 0)
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, fetch->offset,
					 "\"by\" must name at least one column.");
	check_buckets(builder, fetch, arguments);
	for (int i = 0; i < fetch->nkeys; i++)
		groups[i] = fetch->groups[i];
	fetch->groups = groups;
	for (int i = 0; i < arguments->by->nitems; i++)
		groups[fetch->ngroups++] = group_result(builder, fetch,
												arguments->by->items[i]->enum_value->binding, arguments);
}

/* The number of the result that is a group's key; -1: the column is not grouped by. */
static int
find_group(const FsqFetch *fetch, const FsqColumn *column)
{
	for (int i = fetch->nkeys; i < fetch->ngroups; i++)
		if (fetch->result[fetch->groups[i]].column == column)
			return fetch->groups[i];
	return -1;
}

/* An error about what is not grouped by. */
static void
key_error(FsqBuilder *builder, int offset, const char *key)
{
	fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, offset,
				 "The key \"%s\" is not among the columns of \"by\".", key);
}

int
fsq_aggregate_key(FsqBuilder *builder, FsqFetch *fetch, FsqField *field, FsqFieldGroup *group)
{
	const FsqFieldBinding *binding = field->binding;
	int			number = find_group(fetch, binding->column);

	if (number >= 0)
		return number;
	key_error(builder, ((FsqFieldNode *) linitial(group->nodes))->node.start, field->name);
	return fsq_result_column(builder, fetch, binding->column);
}

/* ---- conditions and orders ---- */

static void
null_error(FsqStatement *statement, const char *path)
{
	fsq_error_at(statement->builder->errors, FSQ_BAD_USER_INPUT, statement->offset,
				 "\"%s\" must not be null", path);
}

static void
append_and(StringInfo sql, const char *condition)
{
	if (condition)
		appendStringInfo(sql, "%s%s", sql->len ? " AND " : "", condition);
}

FsqValueType
fsq_aggregate_type_of_call(FsqSchema *schema, FsqAggregate aggregate, FsqColumn *column)
{
	FsqValueType type;

	make_call(schema, aggregate, column, &type);
	return type;
}

/* An aggregate's value of no rows. */
static char *
empty_value(const AggregateCall *call, Oid type)
{
	return OidIsValid(call->function) ? psprintf("NULL::%s", format_type_be_qualified(type)) :
		pstrdup("0::pg_catalog.int8");
}

/* Append the filter of an aggregate; column NULL: of rows. */
static void
append_filter(StringInfo sql, FsqStatement *statement, const char *alias, FsqAggregate aggregate,
			  FsqColumn *column, FsqInput *filter, const char *path)
{
	FsqValueType type;
	AggregateCall *call = make_call(statement->builder->schema, aggregate, column, &type);

	if (filter->kind == FSQ_VALUE_NULL)
		null_error(statement, path);
	else
		append_and(sql, fsq_where_filter(statement, alias ? write_call(statement, alias, call) :
										 empty_value(call, type.type),
										 type.type, type.form, filter, path));
}

char *
fsq_aggregate_having(FsqStatement *statement, const char *alias, FsqInput *having, const char *path)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < having->nitems; i++)
	{
		FsqInputBinding *binding = having->fields[i]->binding;
		FsqInput   *values = having->items[i];
		char	   *item = psprintf("%s.%s", path, having->fields[i]->name);

		if (binding->kind == FSQ_INPUT_COUNT)
			append_filter(&sql, statement, alias, binding->aggregate, NULL, values, item);
		else if (binding->kind == FSQ_INPUT_AGGREGATE && values->kind == FSQ_VALUE_NULL)
			null_error(statement, item);
		else if (binding->kind == FSQ_INPUT_AGGREGATE)
			for (int j = 0; j < values->nitems; j++)
				append_filter(&sql, statement, alias, binding->aggregate,
							  ((FsqInputBinding *) values->fields[j]->binding)->column,
							  values->items[j], psprintf("%s.%s", item, values->fields[j]->name));
	}
	return sql.len ? sql.data : NULL;
}

/* A result as SQL over the relation. */
static char *
result_sql(const FsqResult *result, const char *alias)
{
	StringInfoData sql;

	if (result->sql)
		return pstrdup(result->sql);
	initStringInfo(&sql);
	fsq_append_column(&sql, alias, result->column);
	return sql.data;
}

char *
fsq_aggregate_clause(FsqStatement *statement, const FsqArguments *arguments, const char *alias)
{
	const FsqFetch *fetch = statement->fetch;
	char	   *having = arguments->having ?
		fsq_aggregate_having(statement, alias, arguments->having, "having") : NULL;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < fetch->ngroups; i++)
		appendStringInfo(&sql, "%s%s", i ? ", " : " GROUP BY ",
						 result_sql(&fetch->result[fetch->groups[i]], alias));
	if (having)
		appendStringInfo(&sql, " HAVING %s", having);
	/* without any aggregate this makes one row of all */
	else if (fetch->grouped && fetch->ngroups == 0 &&
			 (fetch->nresult == 0 || statement->builder->collector.conditional))
		appendStringInfoString(&sql, " HAVING TRUE");
	return sql.data;
}

FsqInput *
fsq_aggregate_filter_where(FsqStatement *statement, FsqInput *filter, const char *path)
{
	for (int i = 0; i < filter->nitems; i++)
	{
		FsqInputBinding *binding = filter->fields[i]->binding;

		if (binding->kind != FSQ_INPUT_AGGREGATE_WHERE)
			continue;
		if (filter->items[i]->kind != FSQ_VALUE_NULL)
			return filter->items[i];
		null_error(statement, psprintf("%s.%s", path, filter->fields[i]->name));
	}
	return NULL;
}

bool
fsq_aggregate_counts(FsqInput *item)
{
	return ((FsqInputBinding *) item->fields[0]->binding)->kind == FSQ_INPUT_COUNT;
}

char *
fsq_aggregate_order_call(FsqStatement *statement, const char *alias, FsqInput *item, FsqInput **direction)
{
	FsqInputBinding *binding = item->fields[0]->binding;
	FsqColumn  *column = NULL;
	FsqValueType type;

	*direction = item->items[0];
	if (binding->kind == FSQ_INPUT_AGGREGATE)
	{
		column = ((FsqInputBinding *) item->items[0]->fields[0]->binding)->column;
		*direction = item->items[0]->items[0];
	}
	return write_call(statement, alias,
					  make_call(statement->builder->schema, binding->aggregate, column, &type));
}

/* The same of an item of the orderBy of groups; NULL after adding an error. */
static char *
group_order(FsqStatement *statement, const char *alias, FsqInput *item, FsqInput **direction)
{
	FsqInputBinding *binding = item->fields[0]->binding;
	FsqInputValue *key;
	int			number;

	item = item->items[0];
	if (binding->kind == FSQ_INPUT_GROUP_AGGREGATE)
		return fsq_aggregate_order_call(statement, alias, item, direction);
	key = item->fields[0];
	*direction = item->items[0];
	number = find_group(statement->fetch, ((FsqInputBinding *) key->binding)->column);
	if (number >= 0)
		return result_sql(&statement->fetch->result[number], alias);
	key_error(statement->builder, statement->offset, key->name);
	return NULL;
}

char *
fsq_aggregate_order(FsqStatement *statement, const FsqArguments *arguments, const char *alias)
{
	const FsqFetch *fetch = statement->fetch;
	List	   *seen = NIL;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; arguments->order_by && i < arguments->order_by->nitems; i++)
	{
		FsqInput   *direction;
		FsqOrderItem order = {0};
		char	   *expression = group_order(statement, alias, arguments->order_by->items[i], &direction);

		if (expression == NULL)
			return NULL;
		fsq_order_read_direction(&order, direction);
		appendStringInfo(&sql, "%s%s", sql.len ? ", " : "", expression);
		fsq_order_append_direction(&sql, &order, false);
		seen = lappend(seen, expression);
	}
	for (int i = fetch->nkeys; i < fetch->ngroups; i++)
	{
		char	   *expression = result_sql(&fetch->result[fetch->groups[i]], alias);
		bool		found = false;
		ListCell   *lc;

		foreach(lc, seen)
			found |= strcmp(lfirst(lc), expression) == 0;
		if (!found)
			appendStringInfo(&sql, "%s%s", sql.len ? ", " : "", expression);
	}
	return sql.data;
}
