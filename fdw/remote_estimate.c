/*-------------------------------------------------------------------------
 *
 * remote_estimate.c
 *	  The option use_remote_estimate: what the remote's own EXPLAIN expects of
 *	  the statements that the planner thinks of.
 *
 *	  A statement is explained, never run.  Parameters stand as values that
 *	  nobody knows, where the dialect can write such; where it cannot, and
 *	  where the remote refuses, the estimate from statistics stays.  What was
 *	  asked once is not asked again while a table of a query is planned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "optimizer/optimizer.h"
#include "utils/memutils.h"

#include "connection.h"
#include "pushdown.h"

/* A statement that was asked about. */
typedef struct Answer
{
	char	   *sql;
	bool		known;			/* the remote gave an estimate */
	FsqEstimate estimate;
} Answer;

bool
fsq_asks_remote(const FsqRelation *relation)
{
	return relation->table->use_remote_estimate && !relation->unplanned && relation->table->driver->catalog->estimate != NULL;
}

/*
 * The statement as it can be explained, or NULL: its values are not known, and
 * the remote has no word for that.
 */
static char *
explainable_sql(const FsqDialect *dialect, const FsqScanPlan *plan)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, plan->pieces)
	{
		Node	   *piece = lfirst(lc);

		if (IsA(piece, String))
			appendStringInfoString(&sql, strVal(piece));
		else if (dialect->write_unknown != NULL)
			dialect->write_unknown(&sql, list_nth(plan->params, intVal(piece) - 1));
		else
			return NULL;
	}
	return sql.data;
}

static Answer *
find_answer(const FsqRelation *relation, const char *sql)
{
	ListCell   *lc;

	foreach(lc, *relation->answers)
	{
		Answer	   *answer = lfirst(lc);

		if (strcmp(answer->sql, sql) == 0)
			return answer;
	}
	return NULL;
}

/*
 * Ask, and keep the answer for as long as the query is planned.
 */
static Answer *
ask(PlannerInfo *root, const FsqRelation *relation, const char *sql)
{
	FsqConn    *conn = fsq_question_connection(relation->table->readid, relation->base->userid);
	FsqEstimate estimate = {.rows = -1,.looked_at = -1,.total_cost = -1};
	bool		known = relation->table->driver->catalog->estimate(conn, sql, &estimate);
	MemoryContext old = MemoryContextSwitchTo(root->planner_cxt);
	Answer	   *answer = palloc0(sizeof(Answer));

	answer->sql = pstrdup(sql);
	answer->known = known && estimate.rows >= 0;
	answer->estimate = estimate;
	*relation->answers = lappend(*relation->answers, answer);
	MemoryContextSwitchTo(old);
	return answer;
}

/* What is asked of a source that may fail. */
typedef struct Question
{
	PlannerInfo *root;
	FsqRelation *relation;
	char	   *sql;
	Answer	   *answer;
} Question;

static void
ask_step(void *arg)
{
	Question   *question = arg;

	question->answer = ask(question->root, question->relation, question->sql);
}

bool
fsq_estimate_remote(PlannerInfo *root, FsqRelation *relation, const FsqStatement *statement,
					FsqEstimate *estimate)
{
	List	   *exprs;
	char	   *sql;
	Answer	   *answer;

	if (!fsq_asks_remote(relation))
		return false;
	sql = explainable_sql(relation->table->driver->dialect,
						  fsq_statement_write(root, relation, statement, &exprs));
	if (sql == NULL)
		return false;
	answer = find_answer(relation, sql);
	if (answer == NULL)
	{
		Question	question = {root, relation, sql, NULL};

		if (!fsq_relation_ask(relation, ask_step, &question))
			return false;
		answer = question.answer;
	}
	*estimate = answer->estimate;
	return answer->known;
}

/*
 * The costs of an estimate: the remote's own where they are in PostgreSQL's
 * units, with what sending the rows adds; else those of the rows.
 */
void
fsq_cost_estimate(const FsqRelation *relation, const FsqEstimate *estimate,
				  Cost *startup, Cost *total)
{
	const FsqTable *table = relation->table;

	if (estimate->total_cost >= 0)
	{
		*startup = table->startup_cost + estimate->startup_cost;
		*total = table->startup_cost + estimate->total_cost + estimate->rows * table->tuple_cost;
	}
	else
		fsq_cost_rows(relation, Max(estimate->looked_at, estimate->rows), estimate->rows, startup, total);
}
