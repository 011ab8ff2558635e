/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  The SQL statement of a fetch.
 *
 *	  root        SELECT cols FROM rel t0 WHERE .. ORDER BY .. LIMIT ..
 *	  child       SELECT cols FROM rel t0 WHERE key = ANY ($1) AND ..
 *	  two keys    local: rel t0 JOIN unnest($1, $2); foreign: both = ANY
 *	  with limit  local: unnest($1) CROSS JOIN LATERAL (.. LIMIT ..);
 *	              foreign: row_number() OVER (PARTITION BY key ..)
 *	  distinctOn  DISTINCT ON (..); foreign, for each parent: the first of
 *	              row_number() OVER (PARTITION BY key, .. ORDER BY ..)
 *
 *	  join table  join j JOIN rel t0 ON ..; the keys are those of j
 *	  function    root: its call instead of rel; child: parents p JOIN keys,
 *	              CROSS JOIN LATERAL (.. fn(p) t0 ..)
 *
 *	  The text depends on nothing but what is asked for, whatever the values,
 *	  aliases and order of fields, so that it is one line in pg_stat_statements,
 *	  and on no setting: every name has its schema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "plan/build.h"
#include "plan/operator.h"

/* What the statement of one fetch is made of. */
typedef struct FetchSql
{
	FsqStatement statement;
	FsqFetch   *fetch;
	const FsqArguments *arguments;
	const char *alias;
	const char *key_alias;		/* of the relation that has the keys: the same, or the join table */
	char	   *where;			/* without the keys; NULL: TRUE */
	FsqOrder   *ordered;		/* NULL: there is no order */
	char	   *order;			/* the same as SQL; NULL: none */
	char	   *group;			/* GROUP BY and HAVING, or "" */
	int			limit;			/* numbers of parameters, 0: none */
	int			offset;
	bool		paged;			/* limit or offset for each parent */
} FetchSql;

/* Append the result columns of a list, or those of them that are read. */
static void
append_list(StringInfo sql, const FsqFetch *fetch, const FsqColumnList *list, const bool *reads)
{
	bool		first = true;

	for (int i = 0; i < fetch->nresult; i++)
	{
		if (reads && !reads[i])
			continue;
		appendStringInfoString(sql, first ? "" : ", ");
		first = false;
		if (list->outer)
			appendStringInfo(sql, "%s.c%d", list->alias, i);
		else if (fetch->result[i].identity)
			appendStringInfoString(sql, fetch->result[i].sql);
		else
			fsq_append_column(sql, list->alias, fetch->result[i].column);
		if (list->named)
			appendStringInfo(sql, " AS c%d", i);
	}
	if (first && list->distinct)
		appendStringInfoString(sql, "NULL");
}

/* Append all result columns, and remember where. */
static void
append_all(StringInfo sql, FetchSql *f, FsqColumnList list)
{
	list.start = sql->len;
	append_list(sql, f->fetch, &list, NULL);
	list.end = sql->len;
	f->fetch->lists[f->fetch->nlists++] = list;
}

/* Append the result columns; with names c0, c1 when another SELECT reads them. */
static void
append_columns(StringInfo sql, FetchSql *f, bool named)
{
	append_all(sql, f, (FsqColumnList) {.alias = f->alias, .named = named,
										.distinct = f->ordered && f->ordered->ndistinct > 0});
}

/* Append s.c0, s.c1, .. */
static void
append_outer_columns(StringInfo sql, FetchSql *f)
{
	append_all(sql, f, (FsqColumnList) {.alias = "s", .outer = true});
}

/* Append what follows a join table: the relation that it leads to. */
static void
append_beyond(StringInfo sql, FetchSql *f)
{
	FsqRelationship *forward = f->fetch->relationship->forward;

	appendStringInfoString(sql, " JOIN ");
	fsq_append_relation(sql, f->fetch->relation, f->alias);
	for (int i = 0; i < forward->ncolumns; i++)
	{
		appendStringInfoString(sql, i ? " AND " : " ON ");
		fsq_key_join(sql, f->alias, fsq_relation_column(forward->target, forward->target_columns[i]),
					 f->key_alias, fsq_relation_column(forward->source, forward->source_columns[i]));
	}
}

static bool
is_through(const FetchSql *f)
{
	return f->fetch->relationship && f->fetch->relationship->back;
}

/* Append the relation, and the related rows that its order needs. */
static void
append_relation(StringInfo sql, FetchSql *f)
{
	const FsqFunction *function = f->fetch->relation->function;

	if (function)
		appendStringInfoString(sql, fsq_function_rows(&f->statement, function,
													  function->source ? "p" : NULL,
													  f->arguments->call, f->alias));
	else if (f->fetch->pairs)
		fsq_pairs_relation(sql, &f->statement, f->alias);
	else if (is_through(f))
	{
		fsq_append_relation(sql, f->fetch->relationship->back->target, f->key_alias);
		append_beyond(sql, f);
	}
	else
		fsq_append_relation(sql, f->fetch->relation, f->alias);
	appendStringInfoString(sql, f->statement.joins.data);
}

/* Append WHERE conditions: those of the keys if any, then the argument's. */
static void
append_where(StringInfo sql, FetchSql *f, const char *keys)
{
	if (keys == NULL && f->where == NULL)
		return;
	appendStringInfo(sql, " WHERE %s%s%s", keys ? keys : "",
					 keys && f->where ? " AND " : "", f->where ? f->where : "");
}

static void
append_page(StringInfo sql, FetchSql *f)
{
	appendStringInfoString(sql, f->group);
	if (f->order)
		appendStringInfo(sql, " ORDER BY %s", f->order);
	if (f->limit)
		appendStringInfo(sql, " LIMIT $%d", f->limit);
	if (f->offset)
		appendStringInfo(sql, " OFFSET $%d", f->offset);
}

/* What a key's values come from; of a representation, they are the row's own. */
static FsqColumn *
parent_column(FetchSql *f, int key)
{
	if (f->fetch->parent == NULL)
		return f->fetch->result[f->fetch->keys[key].child_column].column;
	return f->fetch->parent->result[f->fetch->keys[key].parent_column].column;
}

static FsqColumn *
child_column(FetchSql *f, int key)
{
	return f->fetch->result[f->fetch->keys[key].child_column].column;
}

/*
 * The condition "key = ANY ($1)" of each key column.  It may find more than is
 * asked for, so that it can use an index: merging drops what nobody wants.
 */
static char *
keys_any(FetchSql *f)
{
	StringInfoData sql;

	if (f->fetch->pairs)
		return fsq_pairs_condition(&f->statement, f->alias);
	initStringInfo(&sql);
	for (int i = 0; i < f->fetch->nkeys; i++)
	{
		FsqKeyColumn *key = &f->fetch->keys[i];

		appendStringInfoString(&sql, i ? " AND " : "");
		fsq_key_expression(&sql, f->key_alias, parent_column(f, i), child_column(f, i), false);
		appendStringInfoChar(&sql, ' ');
		fsq_key_operator(&sql, key);
		appendStringInfo(&sql, " ANY ($%d)", fsq_statement_key(&f->statement, key, i));
	}
	return sql.data;
}

/* The condition "key = k.k0" of each key column. */
static char *
keys_equal(FetchSql *f)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < f->fetch->nkeys; i++)
	{
		appendStringInfoString(&sql, i ? " AND " : "");
		fsq_key_expression(&sql, f->key_alias, parent_column(f, i), child_column(f, i), true);
		appendStringInfoChar(&sql, ' ');
		fsq_key_operator(&sql, &f->fetch->keys[i]);
		appendStringInfo(&sql, " k.k%d", i);
	}
	return sql.data;
}

/* Append the keys as a relation: ROWS FROM (unnest($1), unnest($2)) k (k0, k1) */
static void
append_keys_relation(StringInfo sql, FetchSql *f)
{
	appendStringInfoString(sql, fsq_key_arrays(f->fetch->keys, f->fetch->nkeys));
	for (int i = 0; i < f->fetch->nkeys; i++)
		appendStringInfo(sql, "%spg_catalog.unnest($%d)", i ? ", " : "",
						 fsq_statement_key(&f->statement, &f->fetch->keys[i], i));
	appendStringInfoString(sql, ") k (");
	for (int i = 0; i < f->fetch->nkeys; i++)
		appendStringInfo(sql, "%sk%d", i ? ", " : "", i);
	appendStringInfoChar(sql, ')');
}

/* Append SELECT, and what of each group of rows only the first is wanted. */
static void
append_select(StringInfo sql, FetchSql *f)
{
	int			ndistinct = f->ordered ? f->ordered->ndistinct : 0;

	appendStringInfoString(sql, "SELECT ");
	for (int i = 0; i < ndistinct; i++)
		appendStringInfo(sql, "%s%s%s", i ? ", " : "DISTINCT ON (", f->ordered->items[i].expression,
						 i == ndistinct - 1 ? ") " : "");
}

/* A statement over the relation alone. */
static void
write_simple(StringInfo sql, FetchSql *f, const char *keys)
{
	append_select(sql, f);
	append_columns(sql, f, false);
	appendStringInfoString(sql, " FROM ");
	append_relation(sql, f);
	append_where(sql, f, keys);
	append_page(sql, f);
}

/* Several key columns of a local relation: joined with the tuples of keys. */
static void
write_joined(StringInfo sql, FetchSql *f)
{
	char	   *keys = keys_equal(f);

	appendStringInfoString(sql, "SELECT ");
	append_columns(sql, f, false);
	appendStringInfoString(sql, " FROM ");
	append_keys_relation(sql, f);
	appendStringInfoString(sql, " JOIN ");
	fsq_append_relation(sql, is_through(f) ? f->fetch->relationship->back->target : f->fetch->relation,
						f->key_alias);
	appendStringInfo(sql, " ON %s", keys);
	if (is_through(f))
		append_beyond(sql, f);
	appendStringInfoString(sql, f->statement.joins.data);
	append_where(sql, f, NULL);
	append_page(sql, f);
}

/* A page for each parent, of a local relation: one index scan for each key. */
static void
write_lateral(StringInfo sql, FetchSql *f)
{
	char	   *keys = keys_equal(f);

	appendStringInfoString(sql, "SELECT ");
	append_outer_columns(sql, f);
	appendStringInfoString(sql, " FROM ");
	append_keys_relation(sql, f);
	appendStringInfoString(sql, " CROSS JOIN LATERAL (");
	append_select(sql, f);
	append_columns(sql, f, true);
	appendStringInfoString(sql, " FROM ");
	append_relation(sql, f);
	append_where(sql, f, keys);
	append_page(sql, f);
	appendStringInfoString(sql, ") s");
}

/* Append the keys that rows find their parents by, with the names k0, k1 if named. */
static void
append_keys(StringInfo sql, FetchSql *f, bool named)
{
	for (int i = 0; i < f->fetch->nkeys; i++)
	{
		const FsqResult *result = &f->fetch->result[f->fetch->keys[i].child_column];

		appendStringInfoString(sql, i ? ", " : "");
		/* groups are those of GROUP BY, and what was found has its form */
		if ((f->fetch->grouped || f->fetch->pairs) && result->sql)
			appendStringInfoString(sql, result->sql);
		else
			fsq_key_expression(sql, f->key_alias, parent_column(f, i), child_column(f, i), true);
		if (named)
			appendStringInfo(sql, " AS k%d", i);
	}
}

/* Append the page of numbered rows, and their order. */
static void
append_numbered_page(StringInfo sql, FetchSql *f)
{
	if (f->limit || f->offset)
		appendStringInfoString(sql, " WHERE ");
	if (f->offset)
		appendStringInfo(sql, "s.n OPERATOR(pg_catalog.>) $%d%s", f->offset, f->limit ? " AND " : "");
	if (f->limit && f->offset)
		appendStringInfo(sql, "s.n OPERATOR(pg_catalog.<=) ($%d OPERATOR(pg_catalog.+) $%d)",
						 f->limit, f->offset);
	else if (f->limit)
		appendStringInfo(sql, "s.n OPERATOR(pg_catalog.<=) $%d", f->limit);
	appendStringInfoString(sql, " ORDER BY s.n");
}

/*
 * A page for each parent, of a foreign table: rows are numbered by parent.  In
 * this form our wrappers send the numbers and the page with the rest.
 */
static void
write_numbered(StringInfo sql, FetchSql *f)
{
	char	   *keys = keys_any(f);

	appendStringInfoString(sql, "SELECT ");
	append_outer_columns(sql, f);
	appendStringInfoString(sql, " FROM (SELECT ");
	append_columns(sql, f, true);
	appendStringInfoString(sql, ", pg_catalog.row_number() OVER (PARTITION BY ");
	append_keys(sql, f, false);
	if (f->order)
		appendStringInfo(sql, " ORDER BY %s", f->order);
	appendStringInfoString(sql, ") AS n FROM ");
	append_relation(sql, f);
	append_where(sql, f, keys);
	appendStringInfo(sql, "%s) s", f->group);
	append_numbered_page(sql, f);
}

/*
 * The same with distinctOn: rows are numbered by parent and by what is to be
 * distinct, and then the first ones by parent.
 */
static void
write_numbered_distinct(StringInfo sql, FetchSql *f)
{
	const FsqOrder *ordered = f->ordered;
	char	   *keys = keys_any(f);

	appendStringInfoString(sql, "SELECT ");
	append_outer_columns(sql, f);
	appendStringInfoString(sql, " FROM (SELECT d.*, pg_catalog.row_number() OVER (PARTITION BY ");
	for (int i = 0; i < f->fetch->nkeys; i++)
		appendStringInfo(sql, "%sd.k%d", i ? ", " : "", i);
	for (int i = 0; i < ordered->nitems; i++)
	{
		appendStringInfo(sql, "%sd.o%d", i ? ", " : " ORDER BY ", i);
		fsq_order_append_direction(sql, &ordered->items[i], false);
	}
	appendStringInfoString(sql, ") AS n FROM (SELECT ");
	append_columns(sql, f, true);
	appendStringInfoString(sql, ", ");
	append_keys(sql, f, true);
	for (int i = 0; i < ordered->nitems; i++)
		appendStringInfo(sql, ", %s AS o%d", ordered->items[i].expression, i);
	appendStringInfoString(sql, ", pg_catalog.row_number() OVER (PARTITION BY ");
	append_keys(sql, f, false);
	for (int i = 0; i < ordered->ndistinct; i++)
		appendStringInfo(sql, ", %s", ordered->items[i].expression);
	appendStringInfo(sql, " ORDER BY %s) AS d FROM ", f->order);
	append_relation(sql, f);
	append_where(sql, f, keys);
	appendStringInfoString(sql, ") d WHERE d.d OPERATOR(pg_catalog.<=) 1) s");
	append_numbered_page(sql, f);
}

/*
 * What a function gives for each parent's row: the rows are read again by the
 * keys of all parents.
 */
static void
write_called(StringInfo sql, FetchSql *f)
{
	FsqRelation *source = f->fetch->relation->function->source;
	FsqFetch   *fetch = f->fetch;

	appendStringInfoString(sql, "SELECT ");
	append_outer_columns(sql, f);
	appendStringInfoString(sql, " FROM ");
	if (fetch->nkeys > 1)
	{
		append_keys_relation(sql, f);
		appendStringInfoString(sql, " JOIN ");
	}
	fsq_append_relation(sql, source, "p");
	for (int i = 0; fetch->nkeys > 1 && i < fetch->nkeys; i++)
	{
		appendStringInfo(sql, " %s %s ", i ? "AND" : "ON", fetch->result[fetch->keys[i].child_column].sql);
		fsq_key_operator(sql, &fetch->keys[i]);
		appendStringInfo(sql, " k.k%d", i);
	}
	appendStringInfoString(sql, " CROSS JOIN LATERAL (");
	append_select(sql, f);
	append_columns(sql, f, true);
	appendStringInfoString(sql, " FROM ");
	append_relation(sql, f);
	append_where(sql, f, NULL);
	append_page(sql, f);
	appendStringInfoString(sql, ") s");
	/* what is joined with the keys is not read by them from another database */
	for (int i = 0; (fetch->nkeys == 1 || source->foreign) && i < fetch->nkeys; i++)
	{
		appendStringInfo(sql, "%s%s ", i ? " AND " : " WHERE ",
						 fetch->result[fetch->keys[i].child_column].sql);
		fsq_key_operator(sql, &fetch->keys[i]);
		appendStringInfo(sql, " ANY ($%d)", fsq_statement_key(&f->statement, &fetch->keys[i], i));
	}
}

/* The condition of a key field: each argument equals its column. */
static char *
key_arguments_condition(FetchSql *f)
{
	StringInfoData sql;
	int			nkeys = f->arguments->node_id ? f->arguments->key->ncolumns : f->arguments->nkeys;

	initStringInfo(&sql);
	for (int i = 0; i < nkeys; i++)
	{
		FsqColumn  *column = f->arguments->key->columns[i];
		int			param = f->arguments->node_id ?
			fsq_statement_token_value(&f->statement, f->arguments->node_id, FSQ_TOKEN_NODE, i,
									  column->base_type, "nodeId") :
			fsq_statement_value(&f->statement, f->arguments->keys[i], FSQ_USE_VALUE,
								column->base_type, f->arguments->key_names[i]);

		f->statement.conjunctive = true;
		if (param)
			fsq_statement_pin(&f->statement, column, param);
		appendStringInfoString(&sql, i ? " AND " : "");
		fsq_append_column(&sql, f->alias, column);
		appendStringInfoChar(&sql, ' ');
		fsq_append_operator(&sql, fsq_comparison_operator(column->base_type, FSQ_OP_EQ));
		appendStringInfo(&sql, " $%d", param);
	}
	return sql.len ? sql.data : NULL;
}

static void
write_statement(StringInfo sql, FetchSql *f)
{
	FsqFetch   *fetch = f->fetch;
	bool		by_number = fetch->relation->foreign || fetch->pairs;

	if (fetch->nkeys == 0)
		write_simple(sql, f, NULL);
	else if (fetch->relation->function)
		write_called(sql, f);
	else if (f->paged && by_number && f->ordered && f->ordered->ndistinct)
		write_numbered_distinct(sql, f);
	else if (f->paged && by_number)
		write_numbered(sql, f);
	else if (f->paged)
		write_lateral(sql, f);
	else if (fetch->nkeys > 1 && !by_number)
		write_joined(sql, f);
	else
		write_simple(sql, f, keys_any(f));
}

const char *
fsq_fetch_finds(const FsqFetch *fetch)
{
	static const char *const names[] = {"rows", "keys", "candidates", "pairs"};

	return names[fetch->kind];
}

/*
 * Keep the text of a statement, with a comment that says which field it reads:
 * for logs and pg_stat_statements, so the same in every request.
 */
static void
keep_text(FsqSelect *select, const FsqFetch *fetch, const char *sql)
{
	char	   *comment = psprintf("/* fraiseql: %s.%s%s%s */ ", fetch->parent_type, fetch->field,
								   fetch->kind == FSQ_KIND_FIELD ? "" :
								   psprintf(", %s of ", fsq_fetch_finds(fetch)),
								   fetch->reason ? fetch->reason : "");

	select->text = psprintf("%s%s", comment, sql);
	select->sql = select->text + strlen(comment);
	pfree(comment);
}

void
fsq_select_write_sql(const FsqFetch *fetch, FsqSelect *select)
{
	StringInfoData sql;
	int			start = 0;

	initStringInfo(&sql);
	for (int i = 0; i < fetch->nlists; i++)
	{
		const FsqColumnList *list = &fetch->lists[i];

		appendBinaryStringInfo(&sql, fetch->all.sql + start, list->start - start);
		append_list(&sql, fetch, list, select->reads);
		start = list->end;
	}
	appendStringInfoString(&sql, fetch->all.sql + start);
	keep_text(select, fetch, sql.data);
	pfree(sql.data);
}

void
fsq_statement_init(FsqStatement *statement, FsqBuilder *builder, FsqFetch *fetch)
{
	memset(statement, 0, sizeof(FsqStatement));
	statement->builder = builder;
	statement->fetch = fetch;
	statement->scope = fetch;
	statement->offset = fetch->offset;
	initStringInfo(&statement->joins);
	fsq_statement_reads(statement, fetch->relation);
}

void
fsq_statement_finish(FsqStatement *statement, const char *sql)
{
	MemoryContext context = statement->builder->plan->context;
	MemoryContext old = CurrentMemoryContext;
	FsqFetch   *fetch = statement->fetch;
	ListCell   *lc;

	MemoryContextSwitchTo(context);
	keep_text(&fetch->all, fetch, sql);
	MemoryContextSwitchTo(old);
	fetch->nparams = list_length(statement->params);
	fetch->params = MemoryContextAlloc(context, sizeof(FsqPlanParam) * Max(fetch->nparams, 1));
	foreach(lc, statement->params)
		fetch->params[foreach_current_index(lc)] = *(FsqPlanParam *) lfirst(lc);
	fetch->npins = list_length(statement->pins);
	fetch->pins = MemoryContextAlloc(context, sizeof(FsqPin) * Max(fetch->npins, 1));
	foreach(lc, statement->pins)
		fetch->pins[foreach_current_index(lc)] = *(FsqPin *) lfirst(lc);

	/*
	 * Wrappers other than ours cannot send the parameters of a generic plan;
	 * and how many keys are found decides what plan is good.
	 */
	fetch->cursor_options = CURSOR_OPT_PARALLEL_OK;
	if (statement->other_wrapper || fetch->kind != FSQ_KIND_FIELD || fetch->inputs != NIL)
		fetch->cursor_options |= CURSOR_OPT_CUSTOM_PLAN;
}

/* Write the expressions of the result; they live as long as the plan. */
static void
write_expressions(FetchSql *f)
{
	for (int i = 0; i < f->fetch->nresult; i++)
	{
		FsqResult  *result = &f->fetch->result[i];
		const FsqExpression *expression = result->expression;

		if (expression == NULL)
			continue;
		result->sql = MemoryContextStrdup(f->statement.builder->plan->context,
										  expression->write(&f->statement, f->alias, expression->arg));
		result->expression = NULL;
	}
}

/* Write the order of a list, or of an item of which there may be more than one. */
static void
write_order(FetchSql *f, FsqFrame *frame)
{
	const FsqArguments *arguments = f->arguments;
	List	   *keys = fsq_relation_keys(f->fetch->relation);
	FsqKey	   *key = keys ? linitial(keys) : NULL;

	f->statement.frame = frame;
	f->ordered = arguments->order;
	if (f->ordered == NULL)
		f->ordered = fsq_order_make(f->statement.builder, f->fetch, arguments->order_by,
									arguments->distinct_on, key && key->primary ? key : NULL);
	fsq_order_write_expressions(&f->statement, f->ordered);
	f->order = fsq_order_list(f->ordered, f->fetch->backward);
}

/* Add the condition that the rows of a connection's page are on one side of a cursor. */
static void
write_cursor(FetchSql *f, FsqInput *cursor, bool after)
{
	char	   *condition;

	if (cursor == NULL)
		return;
	condition = fsq_keyset_condition(&f->statement, f->ordered, f->arguments->fingerprint, cursor, after);
	if (condition)
		f->where = f->where ? psprintf("%s AND %s", f->where, condition) : condition;
}

/* Where the page ends that is asked for, and where it begins. */
static void
write_page_arguments(FetchSql *f)
{
	const FsqArguments *arguments = f->arguments;
	FsqInput   *limit = arguments->limit ? arguments->limit :
		arguments->first ? arguments->first : arguments->last;

	if (limit)
		f->limit = fsq_statement_value(&f->statement, limit, f->fetch->page ? FSQ_USE_PAGE : FSQ_USE_COUNT,
									   INT8OID, limit == arguments->last ? "last" :
									   limit == arguments->first ? "first" : "limit");
	if (arguments->offset)
		f->offset = fsq_statement_value(&f->statement, arguments->offset, FSQ_USE_COUNT, INT8OID,
										"offset");
	f->paged = f->limit || f->offset || arguments->distinct_on;
	f->fetch->paged = f->paged;
	f->fetch->limit_param = f->limit;
	f->fetch->skipped = f->offset;
}

void
fsq_fetch_write_sql(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments)
{
	FetchSql	f = {.fetch = fetch, .arguments = arguments};
	FsqFrame	frame = {
		.relation = fetch->relation,
		.where = arguments->where,
		.path = fsq_schema_word(builder->schema, "where")
	};
	const FsqFunction *function = fetch->relation->function;
	StringInfoData sql;

	fsq_statement_init(&f.statement, builder, fetch);
	if (function && function->source)
		fsq_statement_reads(&f.statement, function->source);
	/* as long as the plan: it is used again for statements that read less */
	frame.alias = f.alias = MemoryContextStrdup(builder->plan->context,
												fsq_statement_alias(&f.statement));
	f.key_alias = is_through(&f) ? FSQ_JOIN_ALIAS : f.alias;
	if (fsq_pairs_needed(fetch->relationship))
		fsq_pairs_make(&f.statement);
	else if (is_through(&f))
		fsq_statement_reads(&f.statement, fetch->relationship->back->target);
	if (arguments->nkeys || arguments->node_id)
		f.where = key_arguments_condition(&f);
	else
		f.where = fsq_where_condition(&f.statement, &frame);
	/* no row is one of nulls */
	if (function && function->result == FSQ_RESULT_ROW)
		f.where = psprintf("NOT (%s.* IS NULL)", f.alias);
	write_page_arguments(&f);
	/* a function's rows have an order of their own */
	if (fetch->to_many && !fetch->grouped &&
		(arguments->order_by || fetch->page || (f.paged && (!function || arguments->distinct_on))))
		write_order(&f, &frame);
	write_cursor(&f, arguments->after, true);
	write_cursor(&f, arguments->before, false);
	fetch->filtered = f.where != NULL;

	write_expressions(&f);
	if (fetch->to_many && fetch->grouped && (arguments->order_by || f.paged))
		f.order = fsq_aggregate_order(&f.statement, arguments, f.alias);
	f.group = fsq_aggregate_clause(&f.statement, arguments, f.alias);

	/* several statements are one list, if that has no order and no end */
	if (fetch->parent == NULL && fetch->to_many && fetch->relation->foreign &&
		!arguments->order_by && !f.paged && !fetch->grouped && !fetch->page)
		fetch->split = f.statement.split;

	initStringInfo(&sql);
	write_statement(&sql, &f);
	fsq_statement_finish(&f.statement, sql.data);

	/* a lookup by key needs no plan of its own for each value */
	if ((fetch->cursor_options & CURSOR_OPT_CUSTOM_PLAN) == 0 && !f.statement.filtered &&
		(fetch->nkeys || arguments->nkeys || arguments->node_id))
		fetch->cursor_options |= CURSOR_OPT_GENERIC_PLAN;
}
