/*-------------------------------------------------------------------------
 *
 * aggregate_related.c
 *	  Filters and orders by what is computed of related rows:
 *	  users(where: {ordersAggregate: {count: {gt: 3}}}).
 *
 *	  filter      t0.id = ANY (SELECT t1.user_id FROM orders t1 WHERE ..
 *	              GROUP BY t1.user_id HAVING count(*) > $1)
 *	  order       LEFT JOIN (SELECT t1.user_id AS k, count(*) AS v FROM orders t1
 *	              GROUP BY t1.user_id) t2 ON t2.k = t0.id
 *
 *	  Related rows are read once, whatever the number of rows that they belong
 *	  to, and indexes that they have.  A row without any counts as none: where
 *	  that fulfils the filter, those that do not are looked for instead.
 *	  Keys that are no groups of the same (several columns, texts of uuids) have
 *	  a subquery for each row.  In another database the groups are those of a
 *	  key fetch (lookup.c).
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

static FsqColumn *
source_column(FsqRelationship *relationship, int number)
{
	return fsq_relation_column(relationship->source, relationship->source_columns[number]);
}

static FsqColumn *
target_column(FsqRelationship *relationship, int number)
{
	return fsq_relation_column(fsq_relationship_target(relationship),
							   relationship->target_columns[number]);
}

bool
fsq_aggregate_keys_are_groups(FsqRelationship *relationship)
{
	for (int i = 0; i < relationship->ncolumns; i++)
	{
		FsqColumn  *from = source_column(relationship, i);
		FsqColumn  *to = target_column(relationship, i);
		FsqKeyPair	pair = fsq_keypair(to->base_type, from->base_type);

		if ((pair == FSQ_KEYPAIR_UUID && to->base_type != UUIDOID) ||
			(OidIsValid(to->collation) && !get_collation_isdeterministic(to->collation)) ||
			(OidIsValid(from->collation) && !get_collation_isdeterministic(from->collation)))
			return false;
	}
	return true;
}

/* Whether the single key of related rows can be compared with the row's as it is. */
static bool
is_simple(FsqRelationship *relationship)
{
	FsqColumn  *from = source_column(relationship, 0);
	FsqColumn  *to = target_column(relationship, 0);

	return relationship->ncolumns == 1 && fsq_aggregate_keys_are_groups(relationship) &&
		fsq_keypair(to->base_type, from->base_type) == FSQ_KEYPAIR_SAME &&
		from->collation == to->collation;
}

/* Append the related rows of a row, with a condition of their own; NULL: TRUE. */
static void
append_related(StringInfo sql, FsqRelationship *relationship, const char *inner, const char *outer,
			   const char *condition)
{
	fsq_append_relation(sql, fsq_relationship_target(relationship), inner);
	for (int i = 0; outer && i < relationship->ncolumns; i++)
	{
		appendStringInfoString(sql, i ? " AND " : " WHERE ");
		fsq_key_join(sql, inner, target_column(relationship, i), outer, source_column(relationship, i));
	}
	if (condition)
		appendStringInfo(sql, "%s%s", outer ? " AND " : " WHERE ", condition);
}

/* Append the single key of related rows. */
static void
append_key(StringInfo sql, const char *before, FsqRelationship *relationship, const char *inner)
{
	appendStringInfoString(sql, before);
	fsq_append_column(sql, inner, target_column(relationship, 0));
}

/* "row's key OPERATOR(=) " */
static void
append_equal(StringInfo sql, FsqRelationship *relationship, const char *alias)
{
	FsqColumn  *column = source_column(relationship, 0);

	fsq_append_column(sql, alias, column);
	appendStringInfoChar(sql, ' ');
	fsq_append_operator(sql, fsq_comparison_operator(column->base_type, FSQ_OP_EQ));
	appendStringInfoChar(sql, ' ');
}

char *
fsq_aggregate_choose(const char *empty, const char *condition)
{
	return psprintf("CASE WHEN %s THEN (%s) IS NOT TRUE ELSE %s END", empty, condition, condition);
}

/* Whether the row's key is that of a group which answers otherwise than no rows. */
static char *
grouped_condition(FsqRelationship *relationship, const char *alias, const char *inner,
				  const char *where, const char *having, const char *empty)
{
	StringInfoData sql;

	initStringInfo(&sql);
	append_equal(&sql, relationship, alias);
	append_key(&sql, "ANY (SELECT ", relationship, inner);
	appendStringInfoString(&sql, " FROM ");
	append_related(&sql, relationship, inner, NULL, where);
	append_key(&sql, " GROUP BY ", relationship, inner);
	appendStringInfo(&sql, " HAVING %s)", fsq_aggregate_choose(empty, having));
	return fsq_aggregate_choose(empty, sql.data);
}

char *
fsq_aggregate_related_condition(FsqStatement *statement, FsqRelationship *relationship,
								const char *alias, FsqInput *filter, const char *path)
{
	bool		null_is_false = statement->null_is_false;
	FsqInput   *where = fsq_aggregate_filter_where(statement, filter, path);
	const char *inner;
	char	   *having;
	char	   *condition;
	StringInfoData sql;

	if (fsq_lookup_needed(relationship) && fsq_aggregate_keys_are_groups(relationship) &&
		fsq_statement_is_plain(statement))
		return fsq_lookup_aggregate_condition(statement, relationship, filter, where, path);
	inner = fsq_statement_alias(statement);
	fsq_statement_reads(statement, fsq_relationship_target(relationship));
	condition = where ? fsq_where_related(statement, relationship, inner, where,
										  psprintf("%s.%s", path,
												   fsq_schema_word(statement->builder->schema, "where"))) : NULL;
	having = fsq_aggregate_having(statement, inner, filter, path);
	if (having == NULL)
		return NULL;
	initStringInfo(&sql);
	if (is_simple(relationship))
		appendStringInfoString(&sql, grouped_condition(relationship, alias, inner, condition, having,
													   fsq_aggregate_having(statement, NULL, filter, path)));
	else
	{
		appendStringInfo(&sql, "(SELECT %s FROM ", having);
		append_related(&sql, relationship, inner, alias, condition);
		appendStringInfoChar(&sql, ')');
	}
	return null_is_false ? sql.data : psprintf("((%s) IS TRUE)", sql.data);
}

/* ---- orders ---- */

FsqColumn *
fsq_aggregate_order_column(FsqRelationship *relationship, FsqInput *item)
{
	FsqInputBinding *binding = item->fields[0]->binding;
	FsqColumn  *of = binding->kind != FSQ_INPUT_AGGREGATE ? NULL :
		((FsqInputBinding *) item->items[0]->fields[0]->binding)->column;
	FsqRelation *target = fsq_relationship_target(relationship);
	FsqColumn  *column = palloc0(sizeof(FsqColumn));
	FsqValueType type = fsq_aggregate_type_of_call(target->schema, binding->aggregate, of);

	column->relation = target;
	column->name = column->field = of ? of->field : item->fields[0]->name;
	column->type = column->base_type = type.type;
	column->typmod = -1;
	column->collation = of && OidIsValid(get_typcollation(type.type)) ? of->collation : InvalidOid;
	column->form = type.form;
	column->gql_type = type.gql_type;
	return column;
}

/* Join what an item computes of the related rows, in groups or for each row; where it stands. */
static char *
join_related(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
			 FsqInput **direction)
{
	StringInfo	joins = &statement->joins;
	const char *inner = fsq_statement_alias(statement);
	const char *alias = fsq_statement_alias(statement);
	char	   *call = fsq_aggregate_order_call(statement, inner, item, direction);

	fsq_statement_reads(statement, fsq_relationship_target(relationship));
	if (!is_simple(relationship))
	{
		appendStringInfo(joins, " LEFT JOIN LATERAL (SELECT %s AS v FROM ", call);
		append_related(joins, relationship, inner, statement->frame->alias, NULL);
		appendStringInfo(joins, ") %s ON TRUE", alias);
		return psprintf("%s.v", alias);
	}
	append_key(joins, " LEFT JOIN (SELECT ", relationship, inner);
	appendStringInfo(joins, " AS k, %s AS v FROM ", call);
	append_related(joins, relationship, inner, NULL, NULL);
	append_key(joins, " GROUP BY ", relationship, inner);
	appendStringInfo(joins, ") %s ON ", alias);
	append_equal(joins, relationship, statement->frame->alias);
	appendStringInfo(joins, "%s.k", alias);
	return psprintf("%s.v", alias);
}

/* A number of rows where none were found; it is null if the row that would have them is not there. */
static char *
complete_count(FsqFrame *frame, const char *count)
{
	StringInfoData sql;

	if (frame->outer == NULL)
		return psprintf("COALESCE(%s, 0)", count);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "CASE WHEN ");
	fsq_append_column(&sql, frame->alias,
					  fsq_relation_column(frame->relation, frame->relationship->target_columns[0]));
	appendStringInfo(&sql, " IS NOT NULL THEN COALESCE(%s, 0) END", count);
	return sql.data;
}

char *
fsq_aggregate_related_order(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
							FsqColumn **column, FsqInput **direction)
{
	char	   *value;

	*column = fsq_aggregate_order_column(relationship, item);
	if (fsq_lookup_needed(relationship) && fsq_aggregate_keys_are_groups(relationship) &&
		fsq_statement_is_plain(statement))
		value = fsq_lookup_aggregate_order(statement, relationship, item, *column, direction);
	else
		value = join_related(statement, relationship, item, direction);
	return fsq_aggregate_counts(item) ? complete_count(statement->frame, value) : value;
}
