/*-------------------------------------------------------------------------
 *
 * result.c
 *	  The columns of a fetch's result, while its plan is made: what they are, by
 *	  which of them its rows find their parents, and their order.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/build.h"
#include "plan/operator.h"
#include "utils/memutils.h"

#define INITIAL_RESULTS 8

/* ---- results ---- */

/* Add a result to a fetch; returns its number. */
static int
add_result(FsqBuilder *builder, FsqFetch *fetch, FsqResult result)
{
	if (fetch->nresult == fetch->max_result)
	{
		FsqResult  *before = fetch->result;

		fetch->max_result = Max(fetch->max_result * 2, INITIAL_RESULTS);
		fetch->result = MemoryContextAllocZero(builder->plan->context, sizeof(FsqResult) * fetch->max_result);
		if (before)
			memcpy(fetch->result, before, sizeof(FsqResult) * fetch->nresult);
	}
	fetch->result[fetch->nresult] = result;
	return fetch->nresult++;
}

int
fsq_result_column(FsqBuilder *builder, FsqFetch *fetch, FsqColumn *column)
{
	for (int i = 0; i < fetch->nresult; i++)
		if (fetch->result[i].column == column && fetch->result[i].identity == NULL)
			return i;
	return add_result(builder, fetch,
					  (FsqResult) {.column = column, .type = fsq_column_value_type(column)});
}

int
fsq_result_expression(FsqBuilder *builder, FsqFetch *fetch, const char *identity,
					  FsqValueType type, FsqExpressionWrite write, const void *arg)
{
	FsqResult	result = {.type = type};

	for (int i = 0; i < fetch->nresult; i++)
		if (fetch->result[i].identity && strcmp(fetch->result[i].identity, identity) == 0)
			return i;
	result.identity = MemoryContextStrdup(builder->plan->context, identity);
	result.expression = palloc(sizeof(FsqExpression));
	*result.expression = (FsqExpression) {.write = write, .arg = arg};
	return add_result(builder, fetch, result);
}

/* ---- links ---- */

/*
 * Link a fetch with a column of another relation of its statement, which has an
 * alias of its own there.
 */
static void
link_beside(FsqBuilder *builder, FsqFetch *fetch, int number, const char *alias, FsqColumn *column,
			FsqColumn *parent, bool exact)
{
	FsqResult	result = {.column = column, .type = fsq_column_value_type(column)};
	StringInfoData sql;

	initStringInfo(&sql);
	fsq_append_column(&sql, alias, column);
	result.identity = MemoryContextStrdup(builder->plan->context, psprintf("k%d", number));
	result.sql = MemoryContextStrdup(builder->plan->context, sql.data);
	fsq_key_init(&fetch->keys[number], parent, column, exact);
	fetch->keys[number].parent_column = fsq_result_column(builder, fetch->parent, parent);
	fetch->keys[number].child_column = add_result(builder, fetch, result);
}

void
fsq_fetch_link_function(FsqBuilder *builder, FsqFetch *fetch)
{
	FsqKey	   *key = linitial(fsq_relation_keys(fetch->relation->function->source));

	fetch->nkeys = key->ncolumns;
	fetch->keys = MemoryContextAllocZero(builder->plan->context, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
		link_beside(builder, fetch, i, "p", key->columns[i], key->columns[i], true);
}

/* Link a fetch with its parent by what was found in a join table before. */
static void
link_found(FsqBuilder *builder, FsqFetch *fetch)
{
	FsqRelationship *back = fetch->relationship->back;
	MemoryContext context = builder->plan->context;

	fetch->nkeys = back->ncolumns;
	fetch->keys = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqColumn  *column = fsq_relation_column(fsq_relationship_target(back), back->target_columns[i]);
		FsqColumn  *parent = fsq_relation_column(fetch->parent->relation, back->source_columns[i]);
		FsqResult	result = {.column = column, .type = fsq_column_value_type(column)};

		fsq_pairs_key_init(&fetch->keys[i], parent, column);
		result.type.type = fetch->keys[i].child_type;
		result.identity = MemoryContextStrdup(context, psprintf("k%d", i));
		result.sql = MemoryContextStrdup(context, psprintf(FSQ_JOIN_ALIAS ".k%d", i));
		fetch->keys[i].parent_column = fsq_result_column(builder, fetch->parent, parent);
		fetch->keys[i].child_column = add_result(builder, fetch, result);
	}
}

/* Link a fetch with its parent by the columns of a join table. */
static void
link_through(FsqBuilder *builder, FsqFetch *fetch, bool exact)
{
	FsqRelationship *back = fetch->relationship->back;

	fetch->nkeys = back->ncolumns;
	fetch->keys = MemoryContextAllocZero(builder->plan->context, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
		link_beside(builder, fetch, i, FSQ_JOIN_ALIAS, fsq_relation_column(back->target, back->target_columns[i]),
					fsq_relation_column(fetch->parent->relation, back->source_columns[i]), exact);
}

void
fsq_fetch_link(FsqBuilder *builder, FsqFetch *fetch, bool exact)
{
	FsqRelationship *relationship = fetch->relationship;

	if (fsq_pairs_needed(relationship))
	{
		link_found(builder, fetch);
		return;
	}
	if (relationship->back)
	{
		link_through(builder, fetch, exact);
		return;
	}
	fetch->nkeys = relationship->ncolumns;
	fetch->keys = MemoryContextAllocZero(builder->plan->context, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqColumn  *parent = fsq_relation_column(fetch->parent->relation,
												 relationship->source_columns[i]);
		FsqColumn  *child = fsq_relation_column(fetch->relation, relationship->target_columns[i]);

		fsq_key_init(&fetch->keys[i], parent, child, exact);
		fetch->keys[i].parent_column = fsq_result_column(builder, fetch->parent, parent);
		fetch->keys[i].child_column = fsq_result_column(builder, fetch, child);
	}
}

/* ---- the order of a statement's columns ---- */

/* Columns as the relation has them, then expressions by what they are. */
static int
compare_results(const void *a, const void *b)
{
	const FsqResult *left = a;
	const FsqResult *right = b;

	if (left->identity && right->identity)
		return strcmp(left->identity, right->identity);
	if (left->identity || right->identity)
		return left->identity ? 1 : -1;
	return left->column->attnum - right->column->attnum;
}

/* The number of what was a result before all of them were ordered. */
static int
find_result(const FsqFetch *fetch, const FsqResult *before)
{
	int			i = 0;

	while (compare_results(&fetch->result[i], before) != 0)
		i++;
	return i;
}

/* Have the keys of a fetch below refer to results that have moved. */
static void
move_keys(const FsqFetch *fetch, FsqFetch *child, const FsqResult *before)
{
	for (int i = 0; i < child->nkeys; i++)
		child->keys[i].parent_column = find_result(fetch, &before[child->keys[i].parent_column]);
}

/* Have a token refer to results that have moved. */
static void
move_token(const FsqFetch *fetch, FsqTokenOutput *token, const FsqResult *before)
{
	for (int i = 0; i < token->nvalues; i++)
		token->results[i] = find_result(fetch, &before[token->results[i]]);
}

/* Likewise an object's outputs. */
static void
move_outputs(const FsqFetch *fetch, FsqObject *object, const FsqResult *before)
{
	for (int i = 0; i < object->noutputs; i++)
	{
		FsqOutput  *output = &object->outputs[i];

		if (output->kind == FSQ_OUTPUT_COLUMN)
			output->result = output->column = find_result(fetch, &before[output->result]);
		else if (output->kind == FSQ_OUTPUT_TOKEN)
			move_token(fetch, output->token, before);
		else if (output->kind == FSQ_OUTPUT_OBJECT)
			move_outputs(fetch, output->object, before);
	}
}

void
fsq_results_sort(FsqFetch *fetch)
{
	FsqResult  *before;
	ListCell   *lc;

	if (fetch->nresult == 0)
		return;
	before = palloc(sizeof(FsqResult) * fetch->nresult);
	memcpy(before, fetch->result, sizeof(FsqResult) * fetch->nresult);
	qsort(fetch->result, fetch->nresult, sizeof(FsqResult), compare_results);
	move_outputs(fetch, &fetch->object, before);
	for (int i = 0; i < fetch->nkeys; i++)
		fetch->keys[i].child_column = find_result(fetch, &before[fetch->keys[i].child_column]);
	for (int i = 0; i < fetch->ngroups; i++)
		fetch->groups[i] = find_result(fetch, &before[fetch->groups[i]]);
	for (int i = 0; i < fetch->nchildren; i++)
		move_keys(fetch, fetch->children[i], before);
	foreach(lc, fetch->lookups)
		move_keys(fetch, lfirst(lc), before);
}
