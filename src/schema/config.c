/*-------------------------------------------------------------------------
 *
 * config.c
 *	  The tables in which users say what the catalogs do not: added
 *	  relationships and overrides.
 *
 *	  They belong to the extension's owner and are written as that role, by the
 *	  functions that check what is written; a trigger on each tells every
 *	  session, also when a dump is restored into it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(fsq_configuration_changed);

static const char *const tables[] = {
	[FSQ_CONFIG_RELATIONSHIP] = "relationship",
	[FSQ_CONFIG_OVERRIDE] = "override",
	[FSQ_CONFIG_QUERY] = "query"
};

/* Statement trigger on the tables: schemas everywhere are stale. */
Datum
fsq_configuration_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger", "configuration_changed")));
	CacheInvalidateRelcache(trigger->tg_relation);
	return PointerGetDatum(NULL);
}

Oid
fsq_config_table(FsqConfigTable table)
{
	Oid			namespace = get_namespace_oid("fraiseql", true);

	return OidIsValid(namespace) ? get_relname_relid(tables[table], namespace) : InvalidOid;
}

void
fsq_config_read(FsqHub *hub, FsqConfigTable table,
				void (*row) (FsqHub *hub, Datum *values, bool *nulls))
{
	Relation	rel = OidIsValid(hub->config[table]) ?
		try_table_open(hub->config[table], AccessShareLock) : NULL;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (rel == NULL)
		return;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	scan = table_beginscan(rel, snapshot, 0, NULL);
	slot = table_slot_create(rel, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		row(hub, slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
}

uint64
fsq_config_execute(FsqConfigTable table, const char *sql, int nargs, Oid *types, Datum *values,
				   const char *nulls)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(fsq_config_table(table)));
	Oid			owner;
	Oid			caller;
	int			context;
	int			level;
	int			rc;
	uint64		rows;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table fraiseql.%s does not exist", tables[table]),
				 errhint("CREATE EXTENSION fraiseql makes it.")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);

	GetUserIdAndSecContext(&caller, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	/* the caller's search_path must not lend the owner operators */
	level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	rc = SPI_execute_with_args(sql, nargs, types, values, nulls, false, 0);
	if (rc < 0)
		elog(ERROR, "could not change fraiseql.%s: %s", tables[table], SPI_result_code_string(rc));
	rows = SPI_processed;
	SPI_finish();
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(caller, context);
	return rows;
}

Oid
fsq_config_function(Datum schema, Datum name, Datum types)
{
	ArrayType  *array = DatumGetArrayTypeP(types);
	Oid			namespace = get_namespace_oid(NameStr(*DatumGetName(schema)), true);
	oidvector  *arguments;

	if (!OidIsValid(namespace) || ARR_HASNULL(array) || ARR_NDIM(array) > 1)
		return InvalidOid;
	arguments = buildoidvector((Oid *) ARR_DATA_PTR(array),
							   ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, name, PointerGetDatum(arguments),
						   ObjectIdGetDatum(namespace));
}

FsqEntry *
fsq_config_entry(FsqHub *hub, Oid relid, bool composite, bool *exposed)
{
	FsqEntry   *entry = fsq_hub_known_entry(hub, relid);
	HeapTuple	tuple;
	Form_pg_class form;

	if (entry == NULL && composite)
		entry = fsq_hub_rowtype(hub, relid);
	*exposed = entry != NULL && !entry->omitted;
	if (entry)
		return entry;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	form = (Form_pg_class) GETSTRUCT(tuple);
	if ((form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE &&
		 form->relkind != RELKIND_VIEW && form->relkind != RELKIND_MATVIEW &&
		 form->relkind != RELKIND_FOREIGN_TABLE &&
		 !(composite && form->relkind == RELKIND_COMPOSITE_TYPE)) ||
		form->relispartition || form->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot be part of a GraphQL schema", NameStr(form->relname)),
				 errdetail("Tables, views and foreign tables can, but not partitions and temporary tables.")));
	entry = palloc0(sizeof(FsqEntry));
	entry->relid = relid;
	entry->namespace = form->relnamespace;
	entry->name = pstrdup(NameStr(form->relname));
	entry->relkind = form->relkind;
	ReleaseSysCache(tuple);
	return entry;
}

void
fsq_config_check_owner(Oid relid)
{
	if (!fsq_class_ownercheck(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

void
fsq_config_check_name(const char *what, const char *name)
{
	if (!fsq_name_valid(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is not a name of a GraphQL %s", name, what),
				 errdetail("Names are made of letters, digits and underscores, and begin neither with a digit nor with two underscores.")));
}

void
fsq_config_check_base_name(const char *what, const char *name)
{
	fsq_config_check_name(what, name);
	/* "_" and "_connection" make a name of the language's own */
	if (strcmp(name, "_") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is not a name of a GraphQL %s", name, what),
				 errdetail("Names of other fields begin with it, and would begin with two underscores.")));
}
