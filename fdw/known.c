/*-------------------------------------------------------------------------
 *
 * known.c
 *	  Foreign tables as scans see them (FsqTable), remembered.
 *
 *	  To resolve the options of a table, its columns and its server, the catalogs
 *	  are asked once for each; a scan of a few rows would spend more time on that
 *	  than on anything else.  What is remembered of a table is forgotten as soon
 *	  as an invalidation says that the table or a server has changed, but stays
 *	  in memory until the end of the transaction, for those who use it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "fdw.h"

/*
 * More tables than a session uses all the time.  When there are as many, those
 * forgotten in this transaction included, no more are remembered until its end,
 * and then all are begun anew.
 */
#define MAX_KNOWN 256

typedef struct KnownTable
{
	Oid			relid;			/* hash key */
	FsqTable   *table;
	MemoryContext context;		/* of the table */
} KnownTable;

static HTAB *known_tables = NULL;
static uint64 changes = 0;
static int	nforgotten = 0;		/* whose memory stays until the end of the transaction */

/* Scans of the transaction may still use it. */
static void
forget(KnownTable *known)
{
	if (TopTransactionContext != NULL)
	{
		MemoryContextSetParent(known->context, TopTransactionContext);
		nforgotten++;
	}
	else
		MemoryContextDelete(known->context);
	(void) hash_search(known_tables, &known->relid, HASH_REMOVE, NULL);
}

static void
forget_all(void)
{
	HASH_SEQ_STATUS status;
	KnownTable *known;

	hash_seq_init(&status, known_tables);
	while ((known = hash_seq_search(&status)) != NULL)
		forget(known);
}

static bool
is_full(void)
{
	return hash_get_num_entries(known_tables) + nforgotten >= MAX_KNOWN;
}

static void
transaction_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			if (is_full())
				forget_all();
			nforgotten = 0;
			break;
		default:
			break;
	}
}

static void
server_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	changes++;
	forget_all();
}

static void
relation_changed(Datum arg, Oid relid)
{
	KnownTable *known;

	changes++;
	if (!OidIsValid(relid))
		forget_all();
	else if ((known = hash_search(known_tables, &relid, HASH_FIND, NULL)) != NULL)
		forget(known);
}

static void
initialise(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(KnownTable),.hcxt = TopMemoryContext};

	known_tables = hash_create("fraiseql foreign tables", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, server_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, server_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, server_changed, (Datum) 0);
	RegisterXactCallback(transaction_callback, NULL);
}

/* Look a table up, in a memory context of its own. */
static FsqTable *
look_up(Oid relid, MemoryContext *context)
{
	MemoryContext old;
	FsqTable   *table;

	*context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql foreign table", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(*context);
	table = fsq_table_open(relid);
	MemoryContextSwitchTo(old);
	return table;
}

FsqTable *
fsq_table_known(Oid relid)
{
	FsqTable   *result = palloc(sizeof(FsqTable));
	KnownTable *known;

	if (known_tables == NULL)
		initialise();
	known = hash_search(known_tables, &relid, HASH_FIND, NULL);
	if (known == NULL)
	{
		uint64		before = changes;
		MemoryContext context;
		FsqTable   *table = look_up(relid, &context);

		*result = *table;
		/* what was read may have changed meanwhile */
		if (changes != before || is_full())
			return result;
		known = hash_search(known_tables, &relid, HASH_ENTER, NULL);
		known->table = table;
		known->context = context;
		MemoryContextSetParent(context, TopMemoryContext);
		return result;
	}
	*result = *known->table;
	/* whether it is qualified depends on the search path */
	result->name = fsq_table_name(relid);
	return result;
}
