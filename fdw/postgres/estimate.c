/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  What EXPLAIN of another PostgreSQL expects of a statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

/* json_object() of it must not be called: the server has a function of this name */
#include <jansson.h>

#include "fdw.h"
#include "postgres/engine.h"

static double
plan_number(json_t *plan, const char *name)
{
	return json_number_value(json_object_get(plan, name));
}

/*
 * EXPLAIN (FORMAT JSON): the uppermost node's word on the whole.
 */
static void
see_plan(const FsqValue *values, int ncolumns, void *arg)
{
	FsqEstimate *estimate = arg;
	json_t	   *document = json_loadb(values[0].u.s, values[0].length, 0, NULL);
	json_t	   *plan = json_object_get(json_array_get(document, 0), "Plan");

	if (json_is_number(json_object_get(plan, "Plan Rows")))
	{
		estimate->rows = plan_number(plan, "Plan Rows");
		estimate->width = (int) plan_number(plan, "Plan Width");
		estimate->startup_cost = plan_number(plan, "Startup Cost");
		estimate->total_cost = plan_number(plan, "Total Cost");
	}
	json_decref(document);
}

bool
fsq_postgres_estimate(FsqConn *conn, const char *sql, FsqEstimate *estimate)
{
	return fsq_query_try(conn, psprintf("EXPLAIN (FORMAT JSON) %s", sql), 0, NULL, see_plan, estimate) &&
		estimate->rows >= 0;
}
