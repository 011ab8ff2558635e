/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Filters and orders over relationships that lead to or from another
 *	  database.
 *
 *	  users(where: {orders: {some: ..}}) becomes
 *
 *	  keys        SELECT DISTINCT t0.user_id FROM orders t0
 *	              WHERE ($1 IS NULL OR t0.user_id = ANY ($1)) AND ..
 *	  users       SELECT .. FROM users t0 WHERE t0.id = ANY ($1)
 *
 *	  and before both, if that is the smaller side,
 *
 *	  candidates  SELECT DISTINCT t0.id FROM users t0 WHERE ..
 *
 *	  with what else must be true of each of these users.  Their keys are then
 *	  the $1 of the key fetch; else it is null, and that part of the statement
 *	  goes away in planning.  The candidates need not be exact: the key fetch
 *	  may find keys that nobody asks for, but must find all that match.
 *
 *	  The comparison with the keys is exact, as a join by these columns would
 *	  be; none and every are true for a null key, which has no related rows.
 *	  Filters inside filters are key fetches of key fetches, and candidates
 *	  lead from one to the next.
 *
 *	  An order by a field of a related row joins the statement with the keys
 *	  that were found and their values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* A key fetch, and what it is for: a filter is written again for candidates of an order. */
typedef struct Lookup
{
	FsqFetch   *scope;
	const FsqInput *input;
	FsqInputFieldKind kind;
	FsqFetch   *keys;
} Lookup;

/* ---- fetches without output ---- */

/* Add to a list of the plan. */
static List *
plan_append(FsqBuilder *builder, List *list, void *item)
{
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);

	list = lappend(list, item);
	MemoryContextSwitchTo(old);
	return list;
}

FsqFetch *
fsq_lookup_fetch(FsqStatement *statement, FsqFetchKind kind, FsqFetch *parent,
				 FsqRelation *relation, const char *reason, int n)
{
	FsqBuilder *builder = statement->builder;
	FsqFetch   *consumer = statement->fetch;
	MemoryContext context = builder->plan->context;
	FsqFetch   *fetch = MemoryContextAllocZero(context, sizeof(FsqFetch));

	fetch->kind = kind;
	fetch->number = list_length(builder->fetches);
	fetch->parent = parent;
	fetch->relation = relation;
	fetch->parent_type = consumer->parent_type;
	fetch->field = consumer->field;
	fetch->path = consumer->path;
	fetch->key = consumer->key;
	fetch->offset = consumer->offset;
	fetch->consumer = consumer;
	fetch->reason = MemoryContextStrdup(context, reason);
	fetch->max_result = n;
	fetch->result = MemoryContextAllocZero(context, sizeof(FsqResult) * n);
	builder->fetches = lappend(builder->fetches, fetch);
	if (parent)
		parent->lookups = plan_append(builder, parent->lookups, fetch);
	return fetch;
}

/* Take back the newest fetch. */
static void
fetch_discard(FsqBuilder *builder, FsqFetch *fetch)
{
	Assert(llast(builder->fetches) == fetch);
	builder->fetches = list_delete_last(builder->fetches);
	if (fetch->parent)
		fetch->parent->lookups = list_delete_ptr(fetch->parent->lookups, fetch);
}

/*
 * Append the condition that a row has one of the parameter's keys.  optional:
 * the parameter may be null, which asks for all rows.
 */
static void
append_keys(StringInfo sql, FsqStatement *statement, const char *alias, FsqColumn *parent,
			FsqColumn *column, int number, bool exact, bool optional)
{
	FsqKeyColumn *key = &statement->fetch->keys[number];
	int			param = fsq_statement_key(statement, key, number);

	if (optional)
		appendStringInfo(sql, "($%d IS NULL OR ", param);
	fsq_key_expression(sql, alias, parent, column, exact);
	appendStringInfoChar(sql, ' ');
	fsq_key_operator(sql, key);
	appendStringInfo(sql, " ANY ($%d)%s", param, optional ? ")" : "");
}

static void
append_and(StringInfo sql, bool *first)
{
	appendStringInfoString(sql, *first ? " WHERE " : " AND ");
	*first = false;
}

static void
append_condition(StringInfo sql, const char *condition, bool *first)
{
	if (condition == NULL)
		return;
	append_and(sql, first);
	appendStringInfoString(sql, condition);
}

/* ---- candidates ---- */

/* Append the relations from the outermost frame to a frame, joined; frames get aliases of their own. */
static FsqFrame *
append_frames(StringInfo sql, FsqStatement *statement, const FsqFrame *frame)
{
	FsqFrame   *copy = palloc(sizeof(FsqFrame));

	*copy = *frame;
	if (frame->outer)
		copy->outer = append_frames(sql, statement, frame->outer);
	copy->alias = fsq_statement_alias(statement);
	fsq_statement_reads(statement, copy->relation);
	if (frame->outer)
		appendStringInfoString(sql, " JOIN ");
	fsq_append_relation(sql, copy->relation, copy->alias);
	for (int i = 0; frame->outer && i < frame->relationship->ncolumns; i++)
	{
		appendStringInfoString(sql, i ? " AND " : " ON ");
		fsq_key_join(sql, copy->alias,
					 fsq_relation_column(copy->relation, frame->relationship->target_columns[i]),
					 copy->outer->alias,
					 fsq_relation_column(copy->outer->relation, frame->relationship->source_columns[i]));
	}
	return copy;
}

/* The keys by which the scope's own rows are asked for are also those of its candidates. */
static void
append_scope_keys(StringInfo sql, FsqStatement *statement, const char *alias, bool *first)
{
	/* the selected columns may be those of another row of the same relation */
	int			beyond = statement->selected->outer ? statement->fetch->nresult : 0;
	FsqFetch   *fetch = statement->fetch;
	FsqFetch   *scope = statement->scope;
	bool		exact = !scope->relation->foreign;

	if (scope->pairs)
	{
		append_condition(sql, fsq_pairs_condition(statement, alias), first);
		fsq_lookup_need(statement, scope->pairs);
		return;
	}
	if (scope->parent == NULL)
		return;
	fetch->keys = MemoryContextAllocZero(statement->builder->plan->context,
										 sizeof(FsqKeyColumn) * scope->nkeys);
	fetch->nkeys = scope->nkeys;
	for (int i = 0; i < scope->nkeys; i++)
	{
		FsqColumn  *parent = scope->parent->result[scope->keys[i].parent_column].column;
		FsqColumn  *column = scope->result[scope->keys[i].child_column].column;
		int			position = beyond;

		/* beyond what is selected: for keys that arguments pin */
		while (fetch->result[position].column && fetch->result[position].column != column)
			position++;
		fetch->result[position].column = column;
		fsq_key_init(&fetch->keys[i], parent, column, exact);
		fetch->keys[i].parent_column = scope->keys[i].parent_column;
		fetch->keys[i].child_column = position;
		append_and(sql, first);
		append_keys(sql, statement, alias, parent, column, i, exact, scope->kind != FSQ_KIND_FIELD);
	}
}

/* Append what must be true of each row of the frames. */
static void
append_rest(StringInfo sql, FsqStatement *statement, FsqFrame *frame, bool *first)
{
	if (frame == NULL)
		return;
	append_rest(sql, statement, frame->outer, first);
	append_condition(sql, fsq_where_condition(statement, frame), first);
}

/*
 * The candidates of a relationship in a statement's frame: the keys of the rows
 * whose related rows matter.  whole: with all of the filter, which is known
 * before an order is; else with what does not need the keys that are looked for.
 */
static FsqFetch *
make_candidates(FsqStatement *statement, FsqRelationship *relationship, const char *reason, bool whole)
{
	FsqBuilder *builder = statement->builder;
	FsqFetch   *scope = statement->scope;
	int			nerrors = list_length(builder->errors->errors);
	FsqFetch   *fetch = fsq_lookup_fetch(statement, FSQ_KIND_CANDIDATES,
										 scope->pairs ? NULL : scope->parent,
										 statement->frame->relation, reason,
										 relationship->ncolumns + scope->nkeys);
	FsqStatement own;
	FsqFrame   *frame;
	StringInfoData from;
	StringInfoData sql;
	bool		first = true;

	fsq_statement_init(&own, builder, fetch);
	own.scope = scope;
	own.rest = !whole;
	initStringInfo(&from);
	frame = append_frames(&from, &own, statement->frame);
	own.selected = frame;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT DISTINCT ");
	for (int i = 0; i < relationship->ncolumns; i++)
	{
		fetch->result[i].column = fsq_relation_column(relationship->source,
													  relationship->source_columns[i]);
		appendStringInfoString(&sql, i ? ", " : "");
		fsq_append_column(&sql, frame->alias, fetch->result[i].column);
	}
	fetch->nresult = relationship->ncolumns;
	appendStringInfo(&sql, " FROM %s", from.data);
	append_scope_keys(&sql, &own, "t0", &first);
	append_rest(&sql, &own, frame, &first);
	/* what is wrong with the filter is said once */
	builder->errors->errors = list_truncate(builder->errors->errors, nerrors);
	fsq_statement_finish(&own, sql.data);
	return fetch;
}

/* ---- keys ---- */

/* Link a key fetch with its candidates, and its result with the consumer's columns. */
static void
link_keys(FsqBuilder *builder, FsqFetch *keys, FsqRelationship *relationship)
{
	Size		size = sizeof(FsqKeyColumn) * relationship->ncolumns;
	bool		exact = !keys->relation->foreign;

	keys->nkeys = keys->nfound = relationship->ncolumns;
	keys->keys = MemoryContextAllocZero(builder->plan->context, size);
	keys->found = MemoryContextAllocZero(builder->plan->context, size);
	keys->nresult = relationship->ncolumns;
	for (int i = 0; i < keys->nkeys; i++)
	{
		FsqColumn  *from = fsq_relation_column(relationship->source, relationship->source_columns[i]);
		FsqColumn  *to = fsq_relation_column(keys->relation, relationship->target_columns[i]);

		keys->result[i].column = to;
		fsq_key_init(&keys->keys[i], from, to, exact);
		fsq_key_init(&keys->found[i], to, from, true);
		keys->keys[i].parent_column = keys->keys[i].child_column = i;
		keys->found[i].parent_column = keys->found[i].child_column = i;
	}
}

/* Append GROUP BY the keys; having NULL: all groups. */
static void
append_groups(StringInfo sql, const FsqFetch *keys, const char *alias, const char *having)
{
	for (int i = 0; i < keys->nkeys; i++)
	{
		appendStringInfoString(sql, i ? ", " : " GROUP BY ");
		fsq_append_column(sql, alias, keys->result[i].column);
	}
	if (having)
		appendStringInfo(sql, " HAVING %s", having);
}

/*
 * Write the statement of a key fetch; condition NULL: TRUE, value NULL: none.
 * grouped: of groups of rows with the same key.
 */
static void
write_keys(FsqStatement *own, FsqRelationship *relationship, const char *alias,
		   const char *condition, const char *value, bool grouped, const char *having)
{
	FsqFetch   *keys = own->fetch;
	bool		unique = fsq_lookup_unique(relationship);
	StringInfoData sql;
	bool		first = true;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", unique || value || grouped ? "" : "DISTINCT ");
	for (int i = 0; i < keys->nkeys; i++)
	{
		appendStringInfoString(&sql, i ? ", " : "");
		fsq_append_column(&sql, alias, keys->result[i].column);
	}
	if (value)
		appendStringInfo(&sql, ", %s", value);
	appendStringInfoString(&sql, " FROM ");
	fsq_append_relation(&sql, keys->relation, alias);
	appendStringInfoString(&sql, own->joins.data);
	for (int i = 0; i < keys->nkeys; i++)
	{
		append_and(&sql, &first);
		append_keys(&sql, own, alias, keys->parent->result[i].column, keys->result[i].column, i,
					!keys->relation->foreign, true);
	}
	append_condition(&sql, condition, &first);
	if (grouped)
		append_groups(&sql, keys, alias, having);
	fsq_statement_finish(own, sql.data);
}

/* Whether two fetches filter the same rows: a connection's page, and what counts them. */
static bool
same_scope(const FsqFetch *a, const FsqFetch *b)
{
	return a == b || (a->connection && a->connection == b->connection);
}

/* The key fetch of a filter that has been made before, or NULL. */
static FsqFetch *
find_lookup(FsqStatement *statement, const FsqInput *input, FsqInputFieldKind kind)
{
	ListCell   *lc;

	foreach(lc, statement->builder->lookups)
	{
		Lookup	   *lookup = lfirst(lc);

		if (same_scope(lookup->scope, statement->scope) && lookup->input == input && lookup->kind == kind)
			return lookup->keys;
	}
	return NULL;
}

static void
keep_lookup(FsqStatement *statement, const FsqInput *input, FsqInputFieldKind kind, FsqFetch *keys)
{
	Lookup	   *lookup = palloc(sizeof(Lookup));

	lookup->scope = statement->scope;
	lookup->input = input;
	lookup->kind = kind;
	lookup->keys = keys;
	statement->builder->lookups = lappend(statement->builder->lookups, lookup);
}

void
fsq_lookup_need(FsqStatement *statement, FsqFetch *keys)
{
	FsqFetch   *fetch = statement->fetch;

	statement->filtered = true;
	if (!list_member_ptr(fetch->inputs, keys))
		fetch->inputs = plan_append(statement->builder, fetch->inputs, keys);
}

/*
 * The key fetch of a filter; NULL if it is one for rows that do not match, and
 * all do.
 */
static FsqFetch *
filter_keys(FsqStatement *statement, FsqRelationship *relationship, FsqInput *where,
			FsqInputFieldKind kind, const char *path)
{
	FsqBuilder *builder = statement->builder;
	FsqRelation *target = fsq_relationship_target(relationship);
	FsqFetch   *keys = find_lookup(statement, where, kind);
	bool		unmatched = kind == FSQ_INPUT_EVERY || kind == FSQ_INPUT_TO_ONE_NOT;
	int			nfetches = list_length(builder->fetches);
	int			nlookups = list_length(builder->lookups);
	FsqFetch   *candidates;
	FsqStatement own;
	FsqFrame	frame = {.relation = target, .where = where, .path = path};
	char	   *condition;

	if (keys)
		return keys;
	candidates = make_candidates(statement, relationship, path, false);
	keys = fsq_lookup_fetch(statement, FSQ_KIND_KEYS, candidates, target, path, relationship->ncolumns);
	link_keys(builder, keys, relationship);
	fsq_statement_init(&own, builder, keys);
	frame.alias = fsq_statement_alias(&own);
	condition = fsq_where_condition(&own, &frame);
	if (unmatched && condition == NULL)
	{
		/* nor is needed what a part of the condition has asked for */
		while (list_length(builder->fetches) > nfetches)
			fetch_discard(builder, llast(builder->fetches));
		builder->lookups = list_truncate(builder->lookups, nlookups);
		return NULL;
	}
	if (unmatched)
		condition = psprintf("(%s) IS NOT TRUE", condition);
	write_keys(&own, relationship, frame.alias, condition, NULL, false, NULL);
	keep_lookup(statement, where, kind, keys);
	return keys;
}

/* ---- comparing with what was found ---- */

/* "expression = ANY ($n)", or with what a query gives. */
static char *
any_key(const char *expression, const FsqKeyColumn *key, int param, bool query)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s ", expression);
	fsq_key_operator(&sql, key);
	appendStringInfo(&sql, query ? " ANY (SELECT pg_catalog.unnest($%d))" : " ANY ($%d)", param);
	return sql.data;
}

static char *
key_expression(const char *alias, FsqColumn *found, FsqColumn *column, bool exact)
{
	StringInfoData sql;

	initStringInfo(&sql);
	fsq_key_expression(&sql, alias, found, column, exact);
	return sql.data;
}

/*
 * The columns of found keys in the form that an index or another database can
 * use: they may find more than the keys.
 */
static FsqKeyColumn *
loose_columns(FsqStatement *statement, FsqFetch *keys, FsqRelationship *relationship)
{
	FsqKeyColumn *columns = MemoryContextAllocZero(statement->builder->plan->context,
												   sizeof(FsqKeyColumn) * keys->nkeys);

	for (int i = 0; i < keys->nkeys; i++)
		fsq_key_init(&columns[i], keys->result[i].column,
					 fsq_relation_column(relationship->source, relationship->source_columns[i]), false);
	return columns;
}

/*
 * Whether a row has one of the found keys, which are values of one column.
 * *unknown is true if there are none of them yet.
 */
static char *
single_condition(FsqStatement *statement, FsqFetch *keys, FsqRelationship *relationship,
				 char **unknown)
{
	FsqFrame   *frame = statement->frame;
	FsqColumn  *column = fsq_relation_column(relationship->source, relationship->source_columns[0]);
	char	   *exact = key_expression(frame->alias, keys->result[0].column, column, true);
	char	   *loose = key_expression(frame->alias, keys->result[0].column, column, false);
	FsqKeyColumn *columns;
	char	   *condition;
	int			few;
	int			many;

	if (!frame->relation->foreign)
	{
		few = fsq_statement_found(statement, keys, keys->found, 0, FSQ_FOUND_ALWAYS, frame->relation);
		*unknown = psprintf("$%d IS NULL", few);
		return any_key(exact, keys->found, few, false);
	}

	columns = loose_columns(statement, keys, relationship);
	few = fsq_statement_found(statement, keys, columns, 0, FSQ_FOUND_FEW, frame->relation);
	condition = any_key(loose, columns, few, false);
	if (strcmp(exact, loose) != 0 || columns->both_cases || columns->param_type != keys->found->param_type)
		condition = psprintf("%s AND %s", condition,
							 any_key(exact, keys->found,
									 fsq_statement_found(statement, keys, keys->found, 0,
														 FSQ_FOUND_FEW, frame->relation), false));
	many = fsq_statement_found(statement, keys, keys->found, 0, FSQ_FOUND_MANY, frame->relation);
	*unknown = psprintf("($%d IS NULL AND $%d IS NULL)", few, many);
	return psprintf("CASE WHEN $%d IS NULL THEN %s ELSE %s END", many, condition,
					any_key(exact, keys->found, many, true));
}

/* Append the found keys as a relation, with their values if there are any. */
static void
append_found(StringInfo sql, FsqStatement *statement, FsqFetch *keys, const char *alias)
{
	appendStringInfoString(sql, fsq_key_arrays(keys->found, keys->nkeys));
	for (int i = 0; i < keys->nkeys; i++)
		appendStringInfo(sql, "%spg_catalog.unnest($%d)", i ? ", " : "",
						 fsq_statement_found(statement, keys, keys->found, i, FSQ_FOUND_ALWAYS,
											 statement->frame->relation));
	if (OidIsValid(keys->value_type))
		appendStringInfo(sql, ", pg_catalog.unnest($%d)", fsq_statement_found_values(statement, keys));
	appendStringInfo(sql, ") %s (", alias);
	for (int i = 0; i < keys->nkeys; i++)
		appendStringInfo(sql, "%sk%d", i ? ", " : "", i);
	appendStringInfoString(sql, OidIsValid(keys->value_type) ? ", v)" : ")");
}

/* Append the condition that a row of the frame has the key of a row of that relation. */
static void
append_found_join(StringInfo sql, FsqStatement *statement, FsqFetch *keys,
				  FsqRelationship *relationship, const char *alias)
{
	for (int i = 0; i < keys->nkeys; i++)
	{
		appendStringInfoString(sql, i ? " AND " : "");
		fsq_key_expression(sql, statement->frame->alias, keys->result[i].column,
						   fsq_relation_column(relationship->source, relationship->source_columns[i]),
						   true);
		appendStringInfoChar(sql, ' ');
		fsq_key_operator(sql, &keys->found[i]);
		appendStringInfo(sql, " %s.k%d", alias, i);
	}
}

/* The same for keys of several columns. */
static char *
tuple_condition(FsqStatement *statement, FsqFetch *keys, FsqRelationship *relationship,
				char **unknown)
{
	FsqFrame   *frame = statement->frame;
	const char *alias = fsq_statement_alias(statement);
	FsqKeyColumn *columns;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "EXISTS (SELECT 1 FROM ");
	*unknown = psprintf("$%d IS NULL", list_length(statement->params) + 1);
	append_found(&sql, statement, keys, alias);
	appendStringInfoString(&sql, " WHERE ");
	append_found_join(&sql, statement, keys, relationship, alias);
	appendStringInfoChar(&sql, ')');
	if (!frame->relation->foreign)
		return sql.data;

	columns = loose_columns(statement, keys, relationship);
	for (int i = 0; i < keys->nkeys; i++)
	{
		int			param = fsq_statement_found(statement, keys, columns, i, FSQ_FOUND_FEW,
												frame->relation);
		char	   *loose = key_expression(frame->alias, keys->result[i].column,
										   fsq_relation_column(relationship->source,
															   relationship->source_columns[i]),
										   false);

		appendStringInfo(&sql, " AND ($%d IS NULL OR %s)", param,
						 any_key(loose, &columns[i], param, false));
	}
	return sql.data;
}

/* Whether the source's columns of a relationship may be null. */
static bool
may_be_null(FsqRelationship *relationship)
{
	for (int i = 0; i < relationship->ncolumns; i++)
		if (!fsq_relation_column(relationship->source, relationship->source_columns[i])->not_null)
			return true;
	return false;
}

/* Whether a row of the frame has one of the found keys. */
static char *
found_condition(FsqStatement *statement, FsqFetch *keys, FsqRelationship *relationship,
				char **unknown)
{
	fsq_lookup_need(statement, keys);
	return psprintf("(%s)", keys->nkeys == 1 ?
					single_condition(statement, keys, relationship, unknown) :
					tuple_condition(statement, keys, relationship, unknown));
}

char *
fsq_lookup_condition(FsqStatement *statement, FsqRelationship *relationship, FsqInput *where,
					 FsqInputFieldKind kind, const char *path)
{
	bool		null_is_false = statement->null_is_false;
	FsqFetch   *keys = filter_keys(statement, relationship, where, kind, path);
	char	   *condition;
	char	   *unknown;

	if (keys == NULL)
		return kind == FSQ_INPUT_EVERY ? NULL : pstrdup("FALSE");
	condition = found_condition(statement, keys, relationship, &unknown);
	if (kind == FSQ_INPUT_NONE || kind == FSQ_INPUT_EVERY)
		condition = psprintf("(%s IS NOT TRUE)", condition);
	else if (null_is_false && keys->nkeys == 1 && statement->split == NULL)
		statement->split = keys;
	/* a null key has no related rows: that is false, also where it is negated */
	else if (!null_is_false && may_be_null(relationship))
		condition = psprintf("(%s IS TRUE)", condition);
	/* how many rows a key fetch has is estimated before these keys are found */
	if (statement->fetch->kind == FSQ_KIND_KEYS)
		return psprintf("(%s OR %s)", unknown, condition);
	return condition;
}

/* ---- what is computed of related rows ---- */

/* The key fetch of a filter by groups: of those that answer otherwise than no rows would. */
static FsqFetch *
group_keys(FsqStatement *statement, FsqRelationship *relationship, FsqInput *filter,
		   FsqInput *where, const char *path)
{
	FsqBuilder *builder = statement->builder;
	FsqRelation *target = fsq_relationship_target(relationship);
	FsqFetch   *keys = find_lookup(statement, filter, FSQ_INPUT_CHILD_AGGREGATE);
	FsqFetch   *candidates;
	FsqStatement own;
	FsqFrame	frame = {.relation = target, .where = where, .path = psprintf("%s.where", path)};
	char	   *condition;
	char	   *having;

	if (keys)
		return keys;
	candidates = make_candidates(statement, relationship, path, false);
	keys = fsq_lookup_fetch(statement, FSQ_KIND_KEYS, candidates, target, path, relationship->ncolumns);
	link_keys(builder, keys, relationship);
	fsq_statement_init(&own, builder, keys);
	frame.alias = fsq_statement_alias(&own);
	condition = fsq_where_condition(&own, &frame);
	having = fsq_aggregate_choose(fsq_aggregate_having(&own, NULL, filter, path),
								  fsq_aggregate_having(&own, frame.alias, filter, path));
	write_keys(&own, relationship, frame.alias, condition, NULL, true, having);
	keep_lookup(statement, filter, FSQ_INPUT_CHILD_AGGREGATE, keys);
	return keys;
}

char *
fsq_lookup_aggregate_condition(FsqStatement *statement, FsqRelationship *relationship,
							   FsqInput *filter, FsqInput *where, const char *path)
{
	bool		null_is_false = statement->null_is_false;
	char	   *empty = fsq_aggregate_having(statement, NULL, filter, path);
	FsqFetch   *keys;
	char	   *condition;
	char	   *unknown;

	if (empty == NULL)
		return NULL;
	keys = group_keys(statement, relationship, filter, where, path);
	condition = psprintf("(%s)", fsq_aggregate_choose(empty, found_condition(statement, keys,
																			  relationship, &unknown)));
	if (!null_is_false && may_be_null(relationship))
		condition = psprintf("(%s IS TRUE)", condition);
	/* how many rows a key fetch has is estimated before these keys are found */
	if (statement->fetch->kind == FSQ_KIND_KEYS)
		return psprintf("(%s OR %s)", unknown, condition);
	return condition;
}

/* ---- orders ---- */

/* The key fetch of an order by groups, with what is computed of each. */
static FsqFetch *
group_values(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
			 const FsqColumn *column, FsqInput **direction)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	const char *reason = psprintf("orderBy.%s", relationship->field);
	FsqFetch   *candidates = make_candidates(statement, relationship, reason, true);
	FsqFetch   *keys = fsq_lookup_fetch(statement, FSQ_KIND_KEYS, candidates, target, reason,
								  relationship->ncolumns);
	FsqStatement own;
	char	   *alias;

	link_keys(statement->builder, keys, relationship);
	keys->value_type = column->base_type;
	fsq_statement_init(&own, statement->builder, keys);
	alias = fsq_statement_alias(&own);
	write_keys(&own, relationship, alias, NULL,
			   fsq_aggregate_order_call(&own, alias, item, direction), true, NULL);
	return keys;
}

/* The key fetch of an order, with the value of the related row. */
static FsqFetch *
order_keys(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
		   FsqColumn **column, FsqInput **direction)
{
	FsqBuilder *builder = statement->builder;
	FsqRelation *target = fsq_relationship_target(relationship);
	const char *reason = psprintf("orderBy.%s", relationship->field);
	FsqFetch   *candidates = make_candidates(statement, relationship, reason, true);
	FsqFetch   *keys = fsq_lookup_fetch(statement, FSQ_KIND_KEYS, candidates, target, reason,
								  relationship->ncolumns);
	FsqStatement own;
	FsqFrame	frame = {.relation = target};
	char	   *value;

	link_keys(builder, keys, relationship);
	fsq_statement_init(&own, builder, keys);
	frame.alias = fsq_statement_alias(&own);
	own.frame = &frame;
	value = fsq_order_expression(&own, item, column, direction);
	keys->value_type = (*column)->base_type;
	write_keys(&own, relationship, frame.alias, NULL, value, false, NULL);
	return keys;
}

/* Join the values of found keys to a statement; the alias under which they are v. */
static const char *
join_found(FsqStatement *statement, FsqFetch *keys, FsqRelationship *relationship)
{
	const char *alias = fsq_statement_alias(statement);

	fsq_lookup_need(statement, keys);
	appendStringInfoString(&statement->joins, " LEFT JOIN ");
	append_found(&statement->joins, statement, keys, alias);
	appendStringInfoString(&statement->joins, " ON ");
	append_found_join(&statement->joins, statement, keys, relationship, alias);
	return alias;
}

/* A value that was found, in the order of its column. */
static char *
found_value(const char *expression, const FsqColumn *column)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, expression);
	if (OidIsValid(column->collation))
		fsq_append_collation(&sql, column->collation);
	return sql.data;
}

char *
fsq_lookup_order(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
				 FsqColumn **column, FsqInput **direction)
{
	FsqFetch   *keys = order_keys(statement, relationship, item, column, direction);

	return found_value(psprintf("%s.v", join_found(statement, keys, relationship)), *column);
}

char *
fsq_lookup_aggregate_order(FsqStatement *statement, FsqRelationship *relationship, FsqInput *item,
						   FsqColumn *column, FsqInput **direction)
{
	FsqFetch   *keys = group_values(statement, relationship, item, column, direction);
	const char *alias = join_found(statement, keys, relationship);

	return found_value(psprintf("%s.v", alias), column);
}
