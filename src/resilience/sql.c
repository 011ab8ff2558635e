/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  What SQL sees of the guard, and may do to it.
 *
 *	  Reading makes no entries.  What a row shows of a server was copied under
 *	  its lock, so that its columns belong together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "compat.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "resilience/guard.h"

PG_FUNCTION_INFO_V1(fsq_circuit_breaker_state);
PG_FUNCTION_INFO_V1(fsq_circuit_breaker_trip);
PG_FUNCTION_INFO_V1(fsq_circuit_breaker_reset);
PG_FUNCTION_INFO_V1(fsq_pool_state);
PG_FUNCTION_INFO_V1(fsq_connection_rows);
PG_FUNCTION_INFO_V1(fsq_server_statistics);
PG_FUNCTION_INFO_V1(fsq_stats_reset);

/* Whether the role may see what a server has said: it may name hosts and logins. */
static bool
may_see_errors(Oid serverid)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		fsq_foreign_server_ownercheck(serverid, GetUserId());
}

/*
 * fraiseql.circuit_breaker(server oid): see the view fraiseql.circuit_breakers
 */
Datum
fsq_circuit_breaker_state(PG_FUNCTION_ARGS)
{
	Oid			serverid = PG_GETARG_OID(0);
	FsqServer  *found = fsq_guard_find(serverid);
	FsqBreakerPolicy policy = fsq_guard_rules(serverid);
	FsqServer	server;
	TupleDesc	desc;
	Datum		values[7];
	bool		nulls[7] = {false};
	TimestampTz next_probe;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (found == NULL || !fsq_server_read(found, &server))
		memset(&server, 0, sizeof(server));
	next_probe = policy.enabled ? fsq_breaker_next_probe(&server.breaker, &policy) : 0;

	values[0] = CStringGetTextDatum(fsq_breaker_state_name(&server.breaker, &policy));
	values[1] = Int32GetDatum(server.breaker.failures);
	values[2] = TimestampTzGetDatum(server.breaker.opened_at);
	nulls[2] = server.breaker.opened_at == 0;
	values[3] = TimestampTzGetDatum(next_probe);
	nulls[3] = next_probe == 0;
	nulls[4] = nulls[5] = server.last_error.time == 0;
	if (!nulls[4] && may_see_errors(serverid))
		values[4] = CStringGetTextDatum(psprintf("%s: %s", unpack_sql_state(server.last_error.sqlstate),
												 fsq_words_local(server.last_error.message)));
	else
		nulls[4] = true;
	values[5] = TimestampTzGetDatum(server.last_error.time);
	values[6] = Int64GetDatum(server.breaker.transitions);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * The guard of a server that the role may operate: its own, or, as who may
 * end other sessions may keep them from a server, any.
 */
static FsqGuard *
operated_guard(Name name)
{
	ForeignServer *server = GetForeignServerByName(NameStr(*name), false);

	if (!fsq_foreign_server_ownercheck(server->serverid, GetUserId()) &&
		!has_privs_of_role(GetUserId(), ROLE_PG_SIGNAL_BACKEND))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the circuit breaker of server \"%s\"", server->servername),
				 errhint("It is operated by the owner of the server and by members of pg_signal_backend.")));
	return fsq_guard_get(server->serverid);
}

/*
 * fraiseql.circuit_breaker_trip(server name)
 */
Datum
fsq_circuit_breaker_trip(PG_FUNCTION_ARGS)
{
	Name		name = PG_GETARG_NAME(0);
	FsqGuard   *guard = operated_guard(name);

	if (!fsq_guard_breaker_policy(guard).enabled)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("server \"%s\" has no circuit breaker", NameStr(*name)),
				 errhint("Its option circuit_breaker or the setting fraiseql.circuit_breaker is off, or its engine runs in this process.")));
	fsq_guard_set(guard, true);
	PG_RETURN_VOID();
}

/*
 * fraiseql.circuit_breaker_reset(server name)
 */
Datum
fsq_circuit_breaker_reset(PG_FUNCTION_ARGS)
{
	fsq_guard_set(operated_guard(PG_GETARG_NAME(0)), false);
	PG_RETURN_VOID();
}

/*
 * fraiseql.pool(server oid): see the view fraiseql.pool
 */
Datum
fsq_pool_state(PG_FUNCTION_ARGS)
{
	Oid			serverid = PG_GETARG_OID(0);
	FsqServer  *found = fsq_guard_find(serverid);
	int			size = fsq_guard_pool_size(serverid);
	FsqServer	server;
	TupleDesc	desc;
	Datum		values[7];
	bool		nulls[7] = {false};
	int			active = 0;
	int			idle = 0;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (found == NULL || !fsq_server_read(found, &server))
		memset(&server, 0, sizeof(server));
	else
		fsq_pool_count(serverid, &active, &idle);
	values[0] = Int32GetDatum(size);
	nulls[0] = size == 0;
	values[1] = Int32GetDatum(server.pool.size);
	values[2] = Int32GetDatum(active);
	values[3] = Int32GetDatum(idle);
	values[4] = Int32GetDatum(server.pool.waiting);
	values[5] = Int64GetDatum(server.pool.waits);
	values[6] = Int64GetDatum(server.pool.timeouts);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* Add the rows of a session in this database to a set. */
static void
put_connections(ReturnSetInfo *rsinfo, const FsqSession *session)
{
	static const char *const states[] = {
		[FSQ_CONNECTION_CONNECTING] = "connecting",
		[FSQ_CONNECTION_ACTIVE] = "active",
		[FSQ_CONNECTION_IDLE] = "idle"
	};

	for (int i = 0; i < FSQ_ROWS_PER_SESSION; i++)
	{
		const FsqConnectionRow *row = &session->rows[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		if (row->database != MyDatabaseId)
			continue;
		values[0] = Int32GetDatum(session->pid);
		values[1] = ObjectIdGetDatum(row->server);
		values[2] = ObjectIdGetDatum(row->userid);
		values[3] = CStringGetTextDatum(states[row->state]);
		values[4] = TimestampTzGetDatum(row->since);
		values[5] = BoolGetDatum(row->in_transaction);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/*
 * fraiseql.connections(): see the view fraiseql.connections
 */
Datum
fsq_connection_rows(PG_FUNCTION_ARGS)
{
	FsqShared  *shared = fsq_shared();

	InitMaterializedSRF(fcinfo, 0);
	for (int n = 0; n < shared->nsessions; n++)
	{
		FsqSession	session;

		if (fsq_session_read(n, &session))
			put_connections((ReturnSetInfo *) fcinfo->resultinfo, &session);
	}
	PG_RETURN_VOID();
}

/* Milliseconds; null if there are none. */
static Datum
milliseconds(double microseconds, bool *null)
{
	*null = microseconds < 0;
	return Float8GetDatum(microseconds / 1000);
}

/*
 * fraiseql.stats(server oid): see the view fraiseql.stats
 */
Datum
fsq_server_statistics(PG_FUNCTION_ARGS)
{
	FsqServer  *found = fsq_guard_find(PG_GETARG_OID(0));
	FsqServer	server;
	const FsqStatistics *statistics = &server.statistics;
	TupleDesc	desc;
	Datum		values[12];
	bool		nulls[12] = {false};
	int64		n;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (found == NULL || !fsq_server_read(found, &server))
		memset(&server, 0, sizeof(server));
	n = fsq_histogram_count(&statistics->latencies);
	values[0] = Int64GetDatum(statistics->statements);
	values[1] = Int64GetDatum(statistics->rows);
	values[2] = Int64GetDatum(statistics->errors);
	values[3] = Int64GetDatum(statistics->retries);
	values[4] = Int64GetDatum(statistics->retries_refused);
	values[5] = Int64GetDatum(statistics->rejected);
	values[6] = Int64GetDatum(statistics->fallbacks);
	values[7] = milliseconds(n > 0 ? (double) statistics->latencies.sum / n : -1, &nulls[7]);
	values[8] = milliseconds(fsq_histogram_quantile(&statistics->latencies, 0.5), &nulls[8]);
	values[9] = milliseconds(fsq_histogram_quantile(&statistics->latencies, 0.95), &nulls[9]);
	values[10] = milliseconds(fsq_histogram_quantile(&statistics->latencies, 0.99), &nulls[10]);
	values[11] = TimestampTzGetDatum(statistics->reset_at);
	nulls[11] = statistics->reset_at == 0;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * fraiseql.stats_reset(server name); the privilege to execute it is the one
 * that is needed
 */
Datum
fsq_stats_reset(PG_FUNCTION_ARGS)
{
	fsq_guard_reset_statistics(GetForeignServerByName(NameStr(*PG_GETARG_NAME(0)), false)->serverid);
	PG_RETURN_VOID();
}
