/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  ANALYZE of a foreign table: a random sample of the rows of one
 *	  streaming scan (Vitter's algorithm Z, of PostgreSQL's own ANALYZE).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "connection.h"
#include "pushdown.h"

typedef struct SampleState
{
	TupleDesc	desc;
	int			ncolumns;		/* of the statement */
	int		   *places;			/* in the tuple, from 0 */
	FsqConverter *converters;
	Datum	   *values;
	bool	   *nulls;
	MemoryContext row_context;
	MemoryContext sample_context;

	HeapTuple  *rows;
	int			target;
	int			numrows;
	double		seen;
	double		skip;			/* rows to pass over before the next replacement; -1: not known yet */
	ReservoirStateData reservoir;
} SampleState;

/*
 * The statement that reads all columns of a table; prepares the state's
 * converters on the way.
 */
static char *
sample_sql(FsqTable *table, Oid userid, SampleState *state)
{
	const FsqDialect *dialect = table->driver->dialect;
	FsqColumnInfo *columns = fsq_describe_columns(table, fsq_table_describe(table, userid));
	StringInfoData sql;
	StringInfoData name;

	initStringInfo(&sql);
	initStringInfo(&name);
	appendStringInfoString(&sql, "SELECT ");
	for (int i = 0; i < table->ncolumns; i++)
	{
		FsqTableColumn *column = &table->columns[i];

		if (column->dropped)
			continue;
		if (state->ncolumns > 0)
			appendStringInfoString(&sql, ", ");
		resetStringInfo(&name);
		dialect->quote_identifier(&name, column->remote_name);
		appendStringInfoString(&sql, columns[i].expression != NULL ?
							   fsq_template1(columns[i].expression, name.data) : name.data);
		state->places[state->ncolumns] = i;
		fsq_converter_init(&state->converters[state->ncolumns++], table, i,
						   column->type, column->typmod, fsq_column_encoding(table, i));
	}
	if (state->ncolumns == 0)
		appendStringInfoString(&sql, "NULL");
	appendStringInfoString(&sql, " FROM ");
	if (table->remote_schema != NULL)
	{
		dialect->quote_identifier(&sql, table->remote_schema);
		appendStringInfoChar(&sql, '.');
	}
	dialect->quote_identifier(&sql, table->remote_name);
	return sql.data;
}

/*
 * The current row as a tuple of the sample.
 */
static HeapTuple
make_tuple(SampleState *state, const FsqValue *values)
{
	MemoryContext old = MemoryContextSwitchTo(state->row_context);
	HeapTuple	tuple;

	for (int i = 0; i < state->ncolumns; i++)
	{
		int			place = state->places[i];

		FsqConverter *converter = &state->converters[i];

		state->nulls[place] = values[i].type == FSQ_WIRE_NULL;
		if (!state->nulls[place] || converter->sees_null)
			state->values[place] = converter->convert(converter, &values[i]);
	}
	MemoryContextSwitchTo(state->sample_context);
	tuple = heap_form_tuple(state->desc, state->values, state->nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(state->row_context);
	return tuple;
}

/*
 * Decide what becomes of a row: the first ones are all taken, later ones
 * replace one of those with the right probability.
 */
static void
sample_row(SampleState *state, const FsqValue *values)
{
	state->seen += 1;
	if (state->numrows < state->target)
	{
		state->rows[state->numrows++] = make_tuple(state, values);
		return;
	}
	if (state->skip < 0)
		state->skip = reservoir_get_next_S(&state->reservoir, state->seen - 1, state->target);
	if (state->skip <= 0)
	{
		int			victim = (int) (state->target * sampler_random_fract(&state->reservoir.randstate));

		heap_freetuple(state->rows[victim]);
		state->rows[victim] = make_tuple(state, values);
	}
	state->skip -= 1;
}

/*
 * AcquireSampleRowsFunc
 */
static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int targrows,
			   double *totalrows, double *totaldeadrows)
{
	FsqTable   *table = fsq_table_open(RelationGetRelid(relation));
	FsqConn    *conn;
	SampleState state = {.desc = RelationGetDescr(relation),.rows = rows,.target = targrows,.skip = -1};
	int			natts = state.desc->natts;
	char	   *sql;
	FsqQuery   *query;

	state.places = palloc(sizeof(int) * Max(natts, 1));
	state.converters = palloc(sizeof(FsqConverter) * Max(natts, 1));
	state.values = palloc0(sizeof(Datum) * Max(natts, 1));
	state.nulls = palloc(sizeof(bool) * Max(natts, 1));
	memset(state.nulls, true, natts);
	state.sample_context = CurrentMemoryContext;
	state.row_context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql sample row",
											  ALLOCSET_DEFAULT_SIZES);
	reservoir_init_selection_state(&state.reservoir, targrows);

	sql = sample_sql(table, relation->rd_rel->relowner, &state);
	conn = fsq_connection_get(table->serverid, relation->rd_rel->relowner);
	query = fsq_query_start(conn, sql, 0, NULL, state.ncolumns,
							psprintf("analyze foreign table \"%s\"", table->name));
	PG_TRY();
	{
		while (fsq_query_next(query))
		{
			vacuum_delay_point();
			sample_row(&state, query->values);
		}
	}
	PG_FINALLY();
	{
		fsq_query_finish(query);
	}
	PG_END_TRY();
	MemoryContextDelete(state.row_context);

	*totalrows = state.seen;
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": foreign table contains %.0f rows; %d rows in sample",
					RelationGetRelationName(relation), state.seen, state.numrows)));
	return state.numrows;
}

/*
 * Pages are what the rows would take here, as far as the remote knows their
 * number.
 */
bool
fsqAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	FsqTable   *table = fsq_table_open(RelationGetRelid(relation));
	FsqRemoteTable *remote = fsq_table_describe(table, relation->rd_rel->relowner);
	double		width = MAXALIGN(SizeofHeapTupleHeader);
	double		pages = 1;

	for (int i = 0; i < table->ncolumns; i++)
	{
		if (!table->columns[i].dropped)
			width += get_typavgwidth(table->columns[i].type, table->columns[i].typmod);
	}
	if (remote != NULL && remote->rows > 0)
		pages = remote->rows * width / BLCKSZ;
	*totalpages = (BlockNumber) Min(Max(pages, 1), MaxBlockNumber);
	*func = acquire_sample;
	return true;
}
