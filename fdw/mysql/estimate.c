/*-------------------------------------------------------------------------
 *
 * estimate.c
 *	  What EXPLAIN FORMAT=JSON of MySQL and MariaDB expects of a statement.
 *
 *	  The two write different documents, but both put each table that is read
 *	  into an object "table", inside containers that stand for joins, sorts and
 *	  groups.  Rows are those of the tables, joined in their order; of groups
 *	  and limits neither of them says anything, and costs are not in
 *	  PostgreSQL's units.
 *
 *	  https://dev.mysql.com/doc/refman/8.0/en/explain-output.html,
 *	  https://mariadb.com/kb/en/explain-format-json/
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

/* json_object() of it must not be called: the server has a function of this name */
#include <jansson.h>

#include "fdw.h"
#include "mysql/mysql.h"

/* Containers whose tables are the statement's; what is in others is a subquery's. */
static const char *const containers[] = {
	"query_block", "nested_loop", "block-nl-join", "buffer_result",
	"ordering_operation", "grouping_operation", "duplicates_removal", "windowing",
	"filesort", "read_sorted_file", "temporary_table", "window_functions_computation",
	NULL
};

/*
 * A number of a table, which may be written as a string.
 */
static double
table_number(const json_t *table, const char *name, double missing)
{
	const json_t *value = json_object_get(table, name);

	if (json_is_number(value))
		return json_number_value(value);
	return json_is_string(value) ? strtod(json_string_value(value), NULL) : missing;
}

/*
 * One more table in the join: for each row so far the remote looks at its rows
 * and keeps a part of them.
 */
static void
see_table(const json_t *table, FsqEstimate *estimate)
{
	double		rows = table_number(table, "rows_examined_per_scan", table_number(table, "rows", 1));

	if (estimate->rows < 0)
	{
		estimate->rows = 1;
		estimate->looked_at = 0;
	}
	/* no table is read: "Impossible WHERE", "Select tables optimized away" ... */
	if (json_object_get(table, "message") != NULL)
		return;
	estimate->looked_at += estimate->rows * rows;
	estimate->rows *= rows * table_number(table, "filtered", 100) / 100;
}

static void
see_tables(const json_t *node, FsqEstimate *estimate)
{
	size_t		index;
	const json_t *item;

	json_array_foreach(node, index, item)
		see_tables(item, estimate);
	item = json_object_get(node, "table");
	if (item != NULL)
		see_table(item, estimate);
	for (int i = 0; containers[i] != NULL; i++)
	{
		item = json_object_get(node, containers[i]);
		if (item != NULL)
			see_tables(item, estimate);
	}
}

static void
see_plan(const FsqValue *values, int ncolumns, void *arg)
{
	json_t	   *document;

	if (values[0].type != FSQ_WIRE_TEXT)
		return;
	document = json_loadb(values[0].u.s, values[0].length, 0, NULL);
	see_tables(document, arg);
	json_decref(document);
}

bool
fsq_mysql_estimate(FsqConn *conn, const char *sql, FsqEstimate *estimate)
{
	return fsq_query_try(conn, psprintf("EXPLAIN FORMAT=JSON %s", sql), 0, NULL, see_plan, estimate) &&
		estimate->rows >= 0;
}
