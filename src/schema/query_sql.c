/*-------------------------------------------------------------------------
 *
 * query_sql.c
 *	  fraiseql.add_query() and drop_query().
 *
 *	  Nothing becomes a field of Query unless its owner says so: a role may
 *	  execute most functions there are without anyone having thought of it.
 *	  Nor does every owner of a function say what is in everybody's schema: who
 *	  may add fields is granted EXECUTE.  What is there keeps its name, whatever
 *	  settings the role has that adds another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(fsq_add_query);
PG_FUNCTION_INFO_V1(fsq_drop_query);

static Oid	column_types[] = {NAMEOID, NAMEOID, REGTYPEARRAYOID, TEXTOID};

/* The function, owned by the caller; its row's key goes to values. */
static HeapTuple
open_function(Oid oid, Datum *values)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Form_pg_proc form;
	Datum	   *types;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", oid)));
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (!fsq_proc_ownercheck(oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION, NameStr(form->proname));
	types = palloc(Max(form->pronargs, 1) * sizeof(Datum));
	for (int i = 0; i < form->pronargs; i++)
		types[i] = ObjectIdGetDatum(form->proargtypes.values[i]);
	values[0] = DirectFunctionCall1(namein, CStringGetDatum(get_namespace_name(form->pronamespace)));
	values[1] = NameGetDatum(&form->proname);
	values[2] = PointerGetDatum(construct_array(types, form->pronargs, REGTYPEOID, sizeof(Oid), true,
												TYPALIGN_INT));
	return tuple;
}

/* No other function that was added has the field, whatever the settings are. */
static void
check_functions(FsqHub *hub, const char *field, Oid function)
{
	const char *other = fsq_query_having(hub, field, function);

	if (other)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("the field \"%s\" of Query is that of function %s", field, other)));
}

/* The field is a GraphQL name that no relation's field of Query has. */
static void
check_field(FsqHub *hub, const char *field)
{
	FsqField   *taken;

	fsq_config_check_name("field", field);
	taken = fsq_type_field(hub->schema.query, field);
	if (fsq_names_get(hub->by_list, field) || fsq_names_get(hub->by_item, field) ||
		(taken && ((FsqFieldBinding *) taken->binding)->kind != FSQ_FIELD_FUNCTION))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("Query has a field \"%s\" already", field)));
}

/* The field that a function is to have, or would by its name, is free. */
static void
check_query(Oid function, const char *name, const char *field)
{
	FsqHub	   *hub = fsq_hub_create(CurrentMemoryContext, false);
	const char *wanted = field ? field : fsq_name_of_function(name, hub->rules);

	check_field(hub, wanted);
	check_functions(hub, wanted, function);
	for (int i = 0; i < FSQ_N_NAMINGS && field == NULL; i++)
		check_functions(hub, fsq_name_of_function(name, &fsq_naming_rules[i]), function);
	MemoryContextDelete(hub->schema.context);
}

/* Rows of functions that are gone go with the next change. */
static void
drop_gone(void)
{
	fsq_config_execute(FSQ_CONFIG_QUERY,
					   "DELETE FROM fraiseql.query q WHERE NOT EXISTS "
					   "(SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
					   "WHERE (n.nspname, p.proname) = (q.function_schema, q.function_name) "
					   "AND (p.proargtypes::oid[])[:] = q.argument_types::oid[])",
					   0, NULL, NULL, NULL);
}

/* fraiseql.add_query(function, field) */
Datum
fsq_add_query(PG_FUNCTION_ARGS)
{
	Datum		values[4];
	char		nulls[] = "    ";
	HeapTuple	tuple;
	const char *unfit;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null", "function", "add_query")));
	tuple = open_function(PG_GETARG_OID(0), values);
	unfit = fsq_function_unfit(tuple, false);
	if (unfit)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s cannot be a field of Query",
						format_procedure(PG_GETARG_OID(0))),
				 errdetail_internal("%s%s.", "It", unfit + 2)));
	if (PG_ARGISNULL(1))
		nulls[3] = 'n';
	else
		values[3] = PG_GETARG_DATUM(1);
	/* one at a time: what is looked for below is not added meanwhile */
	fsq_config_execute(FSQ_CONFIG_QUERY, "LOCK TABLE fraiseql.query IN SHARE ROW EXCLUSIVE MODE",
					   0, NULL, NULL, NULL);
	drop_gone();
	check_query(PG_GETARG_OID(0), NameStr(((Form_pg_proc) GETSTRUCT(tuple))->proname),
				PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	/* with another field it is the last again */
	fsq_config_execute(FSQ_CONFIG_QUERY,
					   "INSERT INTO fraiseql.query AS q "
					   "SELECT $1, $2, $3, $4, coalesce(max(number), 0) + 1 FROM fraiseql.query "
					   "ON CONFLICT (function_schema, function_name, argument_types) "
					   "DO UPDATE SET field = excluded.field, number = CASE "
					   "WHEN q.field IS DISTINCT FROM excluded.field THEN excluded.number "
					   "ELSE q.number END",
					   4, column_types, values, nulls);
	ReleaseSysCache(tuple);
	PG_RETURN_VOID();
}

/* fraiseql.drop_query(function) */
Datum
fsq_drop_query(PG_FUNCTION_ARGS)
{
	Datum		values[3];
	HeapTuple	tuple = open_function(PG_GETARG_OID(0), values);

	if (fsq_config_execute(FSQ_CONFIG_QUERY,
						   "DELETE FROM fraiseql.query WHERE "
						   "(function_schema, function_name, argument_types) = ($1, $2, $3)",
						   3, column_types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("function %s is no field of Query", format_procedure(PG_GETARG_OID(0)))));
	ReleaseSysCache(tuple);
	PG_RETURN_VOID();
}
