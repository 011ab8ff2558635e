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
		return "pg_catalog.count(*)";
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

int
fsq_aggregate_call(FsqBuilder *builder, FsqFetch *fetch, FsqAggregate aggregate, FsqColumn *column)
{
	AggregateCall *call = palloc0(sizeof(AggregateCall));
	bool		counts = aggregate == FSQ_AGGREGATE_COUNT || aggregate == FSQ_AGGREGATE_COUNT_DISTINCT;
	FsqValueType type;
	Oid			result;
	int			number;

	call->aggregate = aggregate;
	call->column = column;
	if (counts)
		type = fsq_value_type(builder->schema, INT8OID);
	else
	{
		call->function = fsq_aggregate_function(aggregate, column->base_type, &result);
		type = fsq_aggregate_value_type(aggregate, column, result);
	}
	number = fsq_result_expression(builder, fetch,
								   psprintf("aggregate %d %d", (int) aggregate, column ? column->attnum : 0),
								   type, write_call, call);
	if (counts)
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
	Oid			collation;		/* InvalidOid: the column's own */
} GroupKey;

static char *
write_key(FsqStatement *statement, const char *alias, const void *arg)
{
	const GroupKey *key = arg;
	StringInfoData sql;

	initStringInfo(&sql);
	fsq_key_expression(&sql, alias, key->parent, key->child, true);
	if (OidIsValid(key->collation))
		fsq_append_collation(&sql, key->collation);
	return sql.data;
}

/* The number of a key of a link among the results of its fetch. */
static int
key_result(FsqBuilder *builder, FsqFetch *fetch, FsqKeyColumn *key, FsqColumn *parent,
		   FsqColumn *child)
{
	GroupKey   *group = palloc0(sizeof(GroupKey));
	FsqValueType type = fsq_column_value_type(child);
	StringInfoData column;
	int			number;

	group->parent = parent;
	group->child = child;
	if (key->form == FSQ_KEY_DATUM && key->collation != child->collation)
		group->collation = key->collation;
	initStringInfo(&column);
	fsq_append_column(&column, "t", child);
	if (strcmp(write_key(NULL, "t", group), column.data) == 0)
		return fsq_result_column(builder, fetch, child);

	if (!OidIsValid(group->collation))
		type.type = key->child_type = TEXTOID;
	number = fsq_result_expression(builder, fetch, psprintf("key %d", child->attnum), type,
								   write_key, group);
	fetch->result[number].column = child;
	return number;
}

void
fsq_aggregate_link(FsqBuilder *builder, FsqFetch *fetch)
{
	FsqRelationship *relationship = fetch->relationship;
	MemoryContext context = builder->plan->context;
	int			nkeys = relationship->ncolumns;

	fetch->nkeys = fetch->ngroups = nkeys;
	fetch->keys = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * nkeys);
	fetch->groups = MemoryContextAllocZero(context, sizeof(int) * nkeys);
	for (int i = 0; i < nkeys; i++)
	{
		FsqColumn  *parent = fsq_relation_column(fetch->parent->relation,
												 relationship->source_columns[i]);
		FsqColumn  *child = fsq_relation_column(fetch->relation, relationship->target_columns[i]);

		fsq_key_init(&fetch->keys[i], parent, child, nkeys > 1 && !fetch->relation->foreign);
		fetch->keys[i].parent_column = fsq_result_column(builder, fetch->parent, parent);
		fetch->keys[i].child_column = fetch->groups[i] =
			key_result(builder, fetch, &fetch->keys[i], parent, child);
	}
}

char *
fsq_aggregate_clause(FsqBuilder *builder, const FsqFetch *fetch, const char *alias)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < fetch->ngroups; i++)
	{
		const FsqResult *result = &fetch->result[fetch->groups[i]];

		appendStringInfoString(&sql, i ? ", " : " GROUP BY ");
		if (result->sql)
			appendStringInfoString(&sql, result->sql);
		else
			fsq_append_column(&sql, alias, result->column);
	}
	/* without any aggregate this makes one row of all */
	if (fetch->grouped && fetch->ngroups == 0 &&
		(fetch->nresult == 0 || builder->collector.conditional))
		appendStringInfoString(&sql, " HAVING TRUE");
	return sql.data;
}
