/*-------------------------------------------------------------------------
 *
 * pairs.c
 *	  Lists past join tables, where the join table or what it leads to is in
 *	  another database: two statements, one after the other.
 *
 *	  users { tags } becomes
 *
 *	  pairs  SELECT t0.user_id, t0.tag_id FROM user_tags t0
 *	         WHERE t0.user_id = ANY ($1)
 *	  tags   SELECT .., j.k0 FROM ROWS FROM (unnest($1), unnest($2)) j (k0, f0)
 *	         JOIN tags t0 ON t0.id = j.f0 WHERE t0.id = ANY ($3)
 *
 *	  What the join table says stands in the second statement as a relation j, so
 *	  that its filters, order, pages for each parent and groups are those of any
 *	  other.  The k are values of the parent's columns, the f of the target's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "plan/build.h"
#include "plan/operator.h"

bool
fsq_pairs_needed(FsqRelationship *relationship)
{
	FsqRelationship *back = relationship ? relationship->back : NULL;

	return back &&
		(fsq_relationship_target(back)->foreign || fsq_relationship_target(relationship)->foreign) &&
		fsq_lookup_can_compare(back) && fsq_lookup_can_compare(relationship->forward);
}

void
fsq_pairs_key_init(FsqKeyColumn *key, FsqColumn *parent, FsqColumn *column)
{
	FsqKeyColumn found;

	/* rows have the value in the form in which it was found */
	fsq_key_init(&found, column, parent, true);
	fsq_key_init(key, parent, column, true);
	key->child_type = found.param_type;
}

/* ---- the first statement ---- */

/* Link the pairs with the parent's keys, and say what is found: its columns, then the target's. */
static void
link_pairs(FsqBuilder *builder, FsqFetch *pairs, const FsqFetch *fetch)
{
	MemoryContext context = builder->plan->context;
	FsqRelationship *back = fetch->relationship->back;
	FsqRelationship *forward = fetch->relationship->forward;
	bool		exact = !pairs->relation->foreign;

	pairs->nkeys = back->ncolumns;
	pairs->keys = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * pairs->nkeys);
	pairs->nresult = pairs->nfound = back->ncolumns + forward->ncolumns;
	pairs->found = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * pairs->nfound);
	for (int i = 0; i < pairs->nkeys; i++)
	{
		FsqColumn  *column = fsq_relation_column(pairs->relation, back->target_columns[i]);
		FsqColumn  *parent = fsq_relation_column(pairs->parent->relation, back->source_columns[i]);

		pairs->result[i].column = column;
		fsq_key_init(&pairs->keys[i], parent, column, exact);
		pairs->keys[i].parent_column = fetch->keys[i].parent_column;
		pairs->keys[i].child_column = i;
		fsq_key_init(&pairs->found[i], column, parent, true);
	}
	for (int i = pairs->nkeys; i < pairs->nfound; i++)
	{
		int			number = i - pairs->nkeys;

		pairs->result[i].column = fsq_relation_column(pairs->relation, forward->source_columns[number]);
		fsq_key_init(&pairs->found[i], pairs->result[i].column,
					 fsq_relation_column(fetch->relation, forward->target_columns[number]), true);
	}
}

/* The fetch that reads the join table for a fetch. */
static FsqFetch *
make_pairs(FsqStatement *statement)
{
	FsqFetch   *fetch = statement->fetch;
	FsqRelation *through = fsq_relationship_target(fetch->relationship->back);
	int			n = fetch->relationship->back->ncolumns + fetch->relationship->forward->ncolumns;
	FsqFetch   *pairs = fsq_lookup_fetch(statement, FSQ_KIND_PAIRS, fetch->parent, through,
										 through->name, n);
	FsqStatement own;
	StringInfoData sql;
	char	   *alias;

	link_pairs(statement->builder, pairs, fetch);
	pairs->affinity = fetch->affinity;
	fsq_statement_init(&own, statement->builder, pairs);
	alias = fsq_statement_alias(&own);
	initStringInfo(&sql);
	for (int i = 0; i < pairs->nresult; i++)
	{
		appendStringInfoString(&sql, i ? ", " : "SELECT ");
		fsq_append_column(&sql, alias, pairs->result[i].column);
	}
	appendStringInfoString(&sql, " FROM ");
	fsq_append_relation(&sql, through, alias);
	for (int i = 0; i < pairs->nkeys; i++)
	{
		FsqKeyColumn *key = &pairs->keys[i];

		appendStringInfoString(&sql, i ? " AND " : " WHERE ");
		fsq_key_expression(&sql, alias, pairs->parent->result[key->parent_column].column,
						   pairs->result[i].column, !through->foreign);
		appendStringInfoChar(&sql, ' ');
		fsq_key_operator(&sql, key);
		appendStringInfo(&sql, " ANY ($%d)", fsq_statement_key(&own, key, i));
	}
	fsq_statement_finish(&own, sql.data);
	return pairs;
}

void
fsq_pairs_make(FsqStatement *statement)
{
	FsqFetch   *fetch = statement->fetch;
	FsqFetch   *page = fetch->connection ? fetch->connection->page : NULL;

	/* the rows that a connection counts are found like those of its page */
	fetch->pairs = page && page->pairs ? page->pairs : make_pairs(statement);
	fsq_lookup_need(statement, fetch->pairs);
}

/* ---- the second ---- */

/* The column of the target that a found value is compared with. */
static FsqColumn *
target_column(const FsqFetch *fetch, int number)
{
	return fsq_relation_column(fetch->relation,
							   fetch->relationship->forward->target_columns[number - fetch->pairs->nkeys]);
}

void
fsq_pairs_relation(StringInfo sql, FsqStatement *statement, const char *alias)
{
	FsqFetch   *fetch = statement->fetch;
	FsqFetch   *pairs = fetch->pairs;

	appendStringInfoString(sql, fsq_key_arrays(pairs->found, pairs->nfound));
	for (int i = 0; i < pairs->nfound; i++)
		appendStringInfo(sql, "%spg_catalog.unnest($%d)", i ? ", " : "",
						 fsq_statement_found(statement, pairs, pairs->found, i, FSQ_FOUND_ALWAYS,
											 fetch->relation));
	appendStringInfoString(sql, ") " FSQ_JOIN_ALIAS " (");
	for (int i = 0; i < pairs->nfound; i++)
		appendStringInfo(sql, "%s%c%d", i ? ", " : "", i < pairs->nkeys ? 'k' : 'f',
						 i < pairs->nkeys ? i : i - pairs->nkeys);
	appendStringInfoString(sql, ") JOIN ");
	fsq_append_relation(sql, fetch->relation, alias);
	for (int i = pairs->nkeys; i < pairs->nfound; i++)
	{
		appendStringInfoString(sql, i > pairs->nkeys ? " AND " : " ON ");
		fsq_key_expression(sql, alias, pairs->result[i].column, target_column(fetch, i), true);
		appendStringInfoChar(sql, ' ');
		fsq_key_operator(sql, &pairs->found[i]);
		appendStringInfo(sql, " " FSQ_JOIN_ALIAS ".f%d", i - pairs->nkeys);
	}
}

char *
fsq_pairs_condition(FsqStatement *statement, const char *alias)
{
	FsqFetch   *fetch = statement->scope;
	FsqFetch   *pairs = fetch->pairs;
	Size		size = sizeof(FsqKeyColumn) * pairs->nfound;
	FsqKeyColumn *columns = MemoryContextAlloc(statement->builder->plan->context, size);
	StringInfoData sql;

	initStringInfo(&sql);
	memcpy(columns, pairs->found, size);
	for (int i = pairs->nkeys; i < pairs->nfound; i++)
	{
		FsqColumn  *column = target_column(fetch, i);
		int			param;

		/* more may be found than are joined then */
		fsq_key_init(&columns[i], pairs->result[i].column, column, false);
		param = fsq_statement_found(statement, pairs, columns, i, FSQ_FOUND_FEW, fetch->relation);
		appendStringInfo(&sql, "%s($%d IS NULL OR ", i > pairs->nkeys ? " AND " : "", param);
		fsq_key_expression(&sql, alias, pairs->result[i].column, column, false);
		appendStringInfoChar(&sql, ' ');
		fsq_key_operator(&sql, &columns[i]);
		appendStringInfo(&sql, " ANY ($%d))", param);
	}
	return sql.data;
}
