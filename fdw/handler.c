/*-------------------------------------------------------------------------
 *
 * handler.c
 *	  The one table of engines, and the SQL functions of the wrappers.
 *
 *	  Every engine has the same FdwRoutine: what differs between engines
 *	  stands in their drivers, dialects and catalogs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "fdw.h"
#include "option.h"
#include "mysql/mysql.h"
#include "postgres/engine.h"
#include "sqlite/sqlite.h"
#include "sqlserver/sqlserver.h"

const FsqDriver *const fsq_drivers[] = {
	&fsq_postgres_driver,
	&fsq_sqlite_driver,
	&fsq_mysql_driver,
	&fsq_sqlserver_driver,
	NULL
};

PG_FUNCTION_INFO_V1(fraiseql_postgres_handler);
PG_FUNCTION_INFO_V1(fraiseql_postgres_validator);
PG_FUNCTION_INFO_V1(fraiseql_sqlite_handler);
PG_FUNCTION_INFO_V1(fraiseql_sqlite_validator);
PG_FUNCTION_INFO_V1(fraiseql_mysql_handler);
PG_FUNCTION_INFO_V1(fraiseql_mysql_validator);
PG_FUNCTION_INFO_V1(fraiseql_sqlserver_handler);
PG_FUNCTION_INFO_V1(fraiseql_sqlserver_validator);

/*
 * The callbacks of every wrapper.
 */
static FdwRoutine *
make_routine(void)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = fsqGetForeignRelSize;
	routine->GetForeignPaths = fsqGetForeignPaths;
	routine->GetForeignPlan = fsqGetForeignPlan;
	routine->GetForeignUpperPaths = fsqGetForeignUpperPaths;

	routine->BeginForeignScan = fsqBeginForeignScan;
	routine->IterateForeignScan = fsqIterateForeignScan;
	routine->ReScanForeignScan = fsqReScanForeignScan;
	routine->EndForeignScan = fsqEndForeignScan;
	routine->ExplainForeignScan = fsqExplainForeignScan;

	routine->AnalyzeForeignTable = fsqAnalyzeForeignTable;
	routine->ImportForeignSchema = fsqImportForeignSchema;

	return routine;
}

/*
 * fraiseql.fraiseql_postgres_handler() returns fdw_handler
 */
Datum
fraiseql_postgres_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(make_routine());
}

/*
 * fraiseql.fraiseql_postgres_validator(options text[], catalog oid)
 */
Datum
fraiseql_postgres_validator(PG_FUNCTION_ARGS)
{
	fsq_options_validate(&fsq_postgres_driver, PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

/*
 * fraiseql.fraiseql_sqlite_handler() returns fdw_handler
 */
Datum
fraiseql_sqlite_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(make_routine());
}

/*
 * fraiseql.fraiseql_sqlite_validator(options text[], catalog oid)
 */
Datum
fraiseql_sqlite_validator(PG_FUNCTION_ARGS)
{
	fsq_options_validate(&fsq_sqlite_driver, PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

/*
 * fraiseql.fraiseql_mysql_handler() returns fdw_handler
 */
Datum
fraiseql_mysql_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(make_routine());
}

/*
 * fraiseql.fraiseql_mysql_validator(options text[], catalog oid)
 */
Datum
fraiseql_mysql_validator(PG_FUNCTION_ARGS)
{
	fsq_options_validate(&fsq_mysql_driver, PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

/*
 * fraiseql.fraiseql_sqlserver_handler() returns fdw_handler
 */
Datum
fraiseql_sqlserver_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(make_routine());
}

/*
 * fraiseql.fraiseql_sqlserver_validator(options text[], catalog oid)
 */
Datum
fraiseql_sqlserver_validator(PG_FUNCTION_ARGS)
{
	fsq_options_validate(&fsq_sqlserver_driver, PG_GETARG_DATUM(0), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
