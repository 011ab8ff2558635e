/*-------------------------------------------------------------------------
 *
 * cache_sql.c
 *	  The SQL functions that show the cache of operations: what the views
 *	  plan_cache and plan_cache_entries read.
 *
 *	  Both tell of this session alone, as the cache is one of the session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "fraiseql.h"
#include "funcapi.h"
#include "graphql/sql.h"
#include "miscadmin.h"
#include "plan/cache.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(fsq_plan_cache);
PG_FUNCTION_INFO_V1(fsq_plan_cache_list);

/* fraiseql.plan_cache: one row about the whole. */
Datum
fsq_plan_cache(PG_FUNCTION_ARGS)
{
	FsqPlanCacheCounts counts;
	Datum		values[8];
	bool		nulls[8] = {false};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	fsq_plan_cache_counts(&counts);
	values[0] = Int32GetDatum(fsq_planning_cache_size);
	values[1] = Int64GetDatum(counts.operations);
	values[2] = Int64GetDatum(counts.plans);
	values[3] = Int64GetDatum((int64) counts.bytes);
	values[4] = Int64GetDatum(counts.hits);
	values[5] = Int64GetDatum(counts.misses);
	values[6] = Int64GetDatum(counts.invalidations);
	values[7] = Int64GetDatum(counts.evictions);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* Text of the language, which is UTF-8, as a datum of SQL. */
static Datum
text_datum(const char *str, int length)
{
	const char *text = fsq_text_to_server(str, length);

	return PointerGetDatum(cstring_to_text_with_len(text, text == str ? length : strlen(text)));
}

/* Whether the caller may see the texts of an operation, which may have values in them. */
static bool
may_see(const FsqOperation *operation)
{
	return has_privs_of_role(GetUserId(), operation->role) ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

static void
put_entry(ReturnSetInfo *result, const FsqPlanCacheEntry *entry)
{
	const FsqOperation *operation = entry->operation;
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = ObjectIdGetDatum(operation->role);
	nulls[1] = !may_see(operation);
	nulls[2] = nulls[1] || operation->name == NULL;
	if (!nulls[1])
		values[1] = text_datum(operation->source, operation->source_length);
	if (!nulls[2])
		values[2] = text_datum(operation->name, strlen(operation->name));
	values[3] = Int32GetDatum(entry->nstatements);
	values[4] = Int32GetDatum(entry->weight);
	values[5] = Int64GetDatum((int64) entry->bytes);
	values[6] = Int64GetDatum(entry->hits);
	values[7] = TimestampTzGetDatum(entry->last_used);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* fraiseql.plan_cache_entries: one row for each plan. */
Datum
fsq_plan_cache_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, fsq_plan_cache_entries())
	{
		CHECK_FOR_INTERRUPTS();
		put_entry(result, lfirst(lc));
	}
	return (Datum) 0;
}
