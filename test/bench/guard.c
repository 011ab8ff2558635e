/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  What the guard of src/resilience/ takes of a statement: a function that
 *	  does, as often as it is told to, what a statement does with the guard and
 *	  its statistics on an idle connection, and asks no remote.
 *
 *	  guard_microseconds(server, n): microseconds of processor time for each.
 *	  Loaded beside fraiseql, whose functions it calls.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "common/hashfn.h"
#include "connection.h"
#include "resilience/guard.h"
#include "resilience/statements.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(guard_microseconds);

/* A statement of middling length. */
#define STATEMENT \
	"SELECT \"id\", \"user_id\", \"status\", \"total\", \"placed_at\" FROM \"public\".\"orders\" " \
	"WHERE (\"user_id\" = ANY ($1::bigint[])) AND (\"status\" = 'paid'::text) AND (\"total\" > 100) " \
	"ORDER BY \"id\" ASC NULLS LAST LIMIT 50"

/* Count it by its shape, as admission.c does. */
static void
count_statement(Oid serverid)
{
	FsqStatementEnd end = {.server = serverid,.userid = GetUserId(),.rows = 1,.latency = 100};
	int			length;
	const char *text = fsq_sql_normalise(STATEMENT, &length);

	end.id = hash_bytes_extended((const unsigned char *) text, length, 0);
	if (!fsq_statements_count(&end))
		fsq_statements_add(&end, text, length);
}

static double
processor_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

Datum
guard_microseconds(PG_FUNCTION_ARGS)
{
	Oid			serverid = GetForeignServerByName(text_to_cstring(PG_GETARG_TEXT_PP(0)), false)->serverid;
	int			n = PG_GETARG_INT32(1);
	FsqGuard   *guard = fsq_guard_get(serverid);
	int			row = fsq_connection_show(guard, GetUserId());
	double		begin = processor_time();

	for (int i = 0; i < n; i++)
	{
		FsqRefusal	refusal;

		CHECK_FOR_INTERRUPTS();
		/* for the connection, and for the statement */
		guard = fsq_guard_get(serverid);
		if (!fsq_guard_admit(guard, &refusal) || !fsq_guard_admit(guard, &refusal))
			elog(ERROR, "%s", refusal.message);
		fsq_connection_show_state(row, FSQ_CONNECTION_ACTIVE, GetCurrentTimestamp());
		(void) GetCurrentTimestamp();
		fsq_guard_count(guard, 1, 100);
		count_statement(serverid);
		fsq_guard_answered(guard);
		fsq_connection_show_state(row, FSQ_CONNECTION_IDLE, GetCurrentTimestamp());
		/* the end of its transaction */
		fsq_connection_show_transaction(row, false);
		if (fsq_pool_is_wanted(guard))
			elog(ERROR, "nobody should wait");
		(void) GetCurrentTimestamp();
	}
	begin = processor_time() - begin;
	fsq_connection_hide(row);
	PG_RETURN_FLOAT8(begin / n);
}
