/*-------------------------------------------------------------------------
 *
 * fraiseql.c
 *	  Entry point of the extension: module magic and initialisation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "fdw.h"
#include "fraiseql.h"
#include "connection.h"
#include "exec/persisted.h"
#include "schema/schema.h"
#include "source.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/*
 * Called once per backend, or once in the postmaster when the library is in
 * shared_preload_libraries.
 */
void
_PG_init(void)
{
	fsq_settings_init();
	fsq_schema_init();
	fsq_persisted_init();
	fsq_statistics_init();
	fsq_source_init();
	fsq_resilience_init(fsq_policy_load);
}
