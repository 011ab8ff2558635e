/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  ANALYZE of a foreign table: a random sample of its rows.
 *
 *	  Of a large table the remote is asked for a random part only, which is
 *	  somewhat more than what is wanted by what its statistics say of its size;
 *	  if they turn out to be far off, the rows are counted and the part is read
 *	  again.  From the rows that come, a reservoir keeps the sample (Vitter's
 *	  algorithm Z, of PostgreSQL's own ANALYZE), so that memory is bounded
 *	  whatever the remote sends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "commands/vacuum.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#include "compat.h"
#include "connection.h"
#include "pushdown.h"

/* How many more rows than wanted the remote is asked for, and the share from which it sends all. */
#define SAMPLE_SLACK 1.3
#define SAMPLE_MOST 0.5

/* A part this many times larger than expected is given up: the table is larger than it was taken for. */
#define SAMPLE_TOO_LARGE 4

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
	double		share;			/* of the table's rows that the remote was asked for */
	double		seen;			/* rows that it has sent */
	double		skip;			/* rows to pass over before the next replacement; -1: not known yet */
	ReservoirStateData reservoir;
} SampleState;

/*
 * All columns of a table, as they are read; prepares the state's converters on
 * the way.
 */
static char *
column_list(FsqTable *table, FsqRemoteTable *remote, SampleState *state)
{
	const FsqDialect *dialect = table->driver->dialect;
	FsqColumnInfo *columns = fsq_describe_columns(table, remote);
	StringInfoData sql;
	StringInfoData name;

	initStringInfo(&sql);
	initStringInfo(&name);
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
		fsq_converter_init_column(&state->converters[state->ncolumns++], table, i,
								  column->type, column->typmod);
	}
	if (state->ncolumns == 0)
		appendStringInfoString(&sql, dialect->rules->nothing);
	return sql.data;
}

static char *
table_name(const FsqTable *table)
{
	const FsqDialect *dialect = table->driver->dialect;
	StringInfoData sql;

	initStringInfo(&sql);
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

/* ---- what is read ---- */

/*
 * How the remote is to choose rows of a table; NULL: it sends all of them.
 */
static const FsqSampling *
choose_sampling(const FsqTable *table, const FsqRemoteTable *remote)
{
	const FsqSampling *sampling = table->driver->dialect->rules->samplings;
	const char *wanted = table->analyze_sampling != NULL ? table->analyze_sampling : "auto";

	if (remote == NULL)
		return NULL;
	for (; sampling != NULL && sampling->name != NULL; sampling++)
	{
		if ((strcmp(wanted, "auto") == 0 || strcmp(wanted, sampling->name) == 0) &&
			!(sampling->tables_only && remote->is_view))
			return sampling;
	}
	return NULL;
}

/* The first value of the only row, as a number. */
static void
see_number(const FsqValue *values, int ncolumns, void *arg)
{
	double	   *number = arg;

	if (values[0].type == FSQ_WIRE_INT64)
		*number = (double) values[0].u.i;
	else if (values[0].type == FSQ_WIRE_TEXT)
		*number = strtod(pnstrdup(values[0].u.s, values[0].length), NULL);
}

static double
count_rows(FsqTable *table, Oid userid)
{
	double		rows = 0;

	fsq_query_run(fsq_connection_get(table->serverid, userid),
				  psprintf("SELECT COUNT(*) FROM %s", table_name(table)), 0, NULL, see_number, &rows);
	return rows;
}

/*
 * The statement that reads a share of a table.
 */
static char *
sample_sql(const FsqTable *table, const char *columns, const FsqSampling *sampling, double share)
{
	const FsqRules *rules = table->driver->dialect->rules;
	FsqSelect	select = {.targets = columns,.from = table_name(table)};
	StringInfoData sql;

	if (sampling != NULL && sampling->from != NULL)
		select.from = psprintf("%s%s", select.from,
							   fsq_template1(sampling->from, psprintf("%.6g", share * 100)));
	if (sampling != NULL && sampling->where != NULL)
		select.where = fsq_template1(sampling->where, psprintf("%.6g", share));
	initStringInfo(&sql);
	rules->write_select(&sql, &select);
	return sql.data;
}

static void
reset_sample(SampleState *state)
{
	for (int i = 0; i < state->numrows; i++)
		heap_freetuple(state->rows[i]);
	state->numrows = 0;
	state->seen = 0;
	state->skip = -1;
	reservoir_init_selection_state(&state->reservoir, state->target);
}

/*
 * Take a sample of what a statement returns; false: there are more rows than
 * that, and the rest was not read.
 */
static bool
read_sample(FsqTable *table, Oid userid, const char *sql, double most, SampleState *state)
{
	FsqConn    *conn = fsq_connection_get(table->serverid, userid);
	FsqQuery   *query = fsq_query_start(conn, sql, 0, NULL, state->ncolumns,
										psprintf("analyze foreign table \"%s\"", table->name));

	reset_sample(state);
	PG_TRY();
	{
		while (state->seen < most && fsq_query_next(query))
		{
			fsq_analyze_delay_point();
			sample_row(state, query->values);
		}
	}
	PG_FINALLY();
	{
		fsq_query_finish(query);
	}
	PG_END_TRY();
	return state->seen < most;
}

/*
 * Take a sample of a table of about so many rows, of which the remote chooses
 * a part if it can; false: there are far more or far fewer.
 */
static bool
sample_table(FsqTable *table, Oid userid, const char *columns, const FsqSampling *sampling,
			 double rows, SampleState *state)
{
	double		share = state->target * SAMPLE_SLACK / Max(rows, 1);
	bool		complete;

	if (sampling == NULL || share > SAMPLE_MOST)
	{
		state->share = 1;
		complete = read_sample(table, userid, sample_sql(table, columns, NULL, 1),
							   sampling == NULL ? get_float8_infinity() :
							   Max(rows, state->target) * SAMPLE_TOO_LARGE, state);
		return complete;
	}
	state->share = share;
	complete = read_sample(table, userid, sample_sql(table, columns, sampling, share),
						   state->target * SAMPLE_SLACK * SAMPLE_TOO_LARGE, state);
	return complete && state->numrows >= state->target / 2;
}

/*
 * AcquireSampleRowsFunc
 */
static int
acquire_sample(Relation relation, int elevel, HeapTuple *rows, int targrows,
			   double *totalrows, double *totaldeadrows)
{
	Oid			userid = relation->rd_rel->relowner;
	FsqTable   *table = fsq_table_open(RelationGetRelid(relation));
	FsqRemoteTable *remote = fsq_table_describe(table, userid);
	const FsqSampling *sampling = choose_sampling(table, remote);
	SampleState state = {.desc = RelationGetDescr(relation),.rows = rows,.target = targrows,.skip = -1};
	int			natts = state.desc->natts;
	double		size = remote != NULL ? remote->rows : -1;
	char	   *columns;

	state.places = palloc(sizeof(int) * Max(natts, 1));
	state.converters = palloc(sizeof(FsqConverter) * Max(natts, 1));
	state.values = palloc0(sizeof(Datum) * Max(natts, 1));
	state.nulls = palloc(sizeof(bool) * Max(natts, 1));
	memset(state.nulls, true, natts);
	state.sample_context = CurrentMemoryContext;
	state.row_context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql sample row",
											  ALLOCSET_DEFAULT_SIZES);
	columns = column_list(table, remote, &state);

	if (sampling != NULL && size < 0)
		size = count_rows(table, userid);
	if (!sample_table(table, userid, columns, sampling, size, &state))
	{
		size = count_rows(table, userid);
		/* whatever comes now is the sample, the whole table if it cannot be told */
		if (!sample_table(table, userid, columns, sampling, size, &state))
			(void) sample_table(table, userid, columns, NULL, size, &state);
	}
	MemoryContextDelete(state.row_context);

	*totalrows = rint(state.seen / state.share);
	*totaldeadrows = 0;
	ereport(elevel,
			(errmsg("\"%s\": foreign table contains %s%.0f rows; %d rows in sample",
					RelationGetRelationName(relation), state.share < 1 ? "about " : "",
					*totalrows, state.numrows)));
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
