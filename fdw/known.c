/*-------------------------------------------------------------------------
 *
 * known.c
 *	  Foreign tables as scans see them (FsqTable), and the user mappings of
 *	  logins, remembered.
 *
 *	  To resolve the options of a table, its columns and its server, the catalogs
 *	  are asked once for each; a scan of a few rows would spend more time on that
 *	  than on anything else.  What is remembered is forgotten as soon as an
 *	  invalidation says that it, or a server, has changed, but stays in memory
 *	  until the end of the transaction, for those who use it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "compat.h"
#include "connection.h"
#include "fdw.h"

/*
 * More tables and mappings than a session uses all the time.  When there are as
 * many, those forgotten in this transaction included, no more are remembered
 * until its end, and then all are begun anew.
 */
#define MAX_KNOWN 256

typedef struct KnownKey
{
	Oid			object;			/* a table, or a server */
	Oid			userid;			/* whose mapping, or InvalidOid */
} KnownKey;

typedef struct Known
{
	KnownKey	key;			/* hash key */
	MemoryContext context;		/* of what is known */
	UserMapping *mapping;
	FsqTable   *table;
	FsqTable   *qualified;		/* the same, whose name is with its schema */
	bool		visible;		/* it needs no schema */
	uint64		seen;			/* as of this state of names */
} Known;

static HTAB *known_objects = NULL;
static uint64 changes = 0;
static int	nforgotten = 0;		/* whose memory stays until the end of the transaction */

/* What names mean: another search path or another relation is another state. */
static SearchPathMatcher *search_path = NULL;
static uint64 names = 1;

/* Scans of the transaction may still use it. */
static void
forget(Known *known)
{
	if (TopTransactionContext != NULL)
	{
		MemoryContextSetParent(known->context, TopTransactionContext);
		nforgotten++;
	}
	else
		MemoryContextDelete(known->context);
	(void) hash_search(known_objects, &known->key, HASH_REMOVE, NULL);
}

static void
forget_all(void)
{
	HASH_SEQ_STATUS status;
	Known	   *known;

	hash_seq_init(&status, known_objects);
	while ((known = hash_seq_search(&status)) != NULL)
		forget(known);
}

static bool
is_full(void)
{
	return hash_get_num_entries(known_objects) + nforgotten >= MAX_KNOWN;
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

/* A server, a wrapper, a schema or a mapping has changed. */
static void
catalog_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	changes++;
	forget_all();
}

static void
relation_changed(Datum arg, Oid relid)
{
	KnownKey	key = {.object = relid};
	Known	   *known;

	changes++;
	names++;
	if (!OidIsValid(relid))
		forget_all();
	else if ((known = hash_search(known_objects, &key, HASH_FIND, NULL)) != NULL)
		forget(known);
}

static void
initialise(void)
{
	HASHCTL		control = {.keysize = sizeof(KnownKey),.entrysize = sizeof(Known),.hcxt = TopMemoryContext};

	known_objects = hash_create("fraiseql foreign tables", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, catalog_changed, (Datum) 0);
	RegisterXactCallback(transaction_callback, NULL);
}

static Known *
find(const KnownKey *key)
{
	if (known_objects == NULL)
		initialise();
	return hash_search(known_objects, key, HASH_FIND, NULL);
}

/* A memory context for what is looked up, and may be remembered. */
static MemoryContext
make_context(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "fraiseql foreign table", ALLOCSET_SMALL_SIZES);
}

/*
 * Remember what was looked up, in a memory context of its own, since there had
 * been so many changes; NULL: what was read may have changed meanwhile, or
 * there is no room.
 */
static Known *
remember(const KnownKey *key, MemoryContext context, uint64 before)
{
	Known	   *known;

	if (changes != before || is_full())
		return NULL;
	known = hash_search(known_objects, key, HASH_ENTER, NULL);
	known->context = context;
	known->mapping = NULL;
	known->table = known->qualified = NULL;
	known->seen = 0;
	MemoryContextSetParent(context, TopMemoryContext);
	return known;
}

/* ---- tables ---- */

/* The state of names now. */
static uint64
names_now(void)
{
	if (search_path == NULL || !SearchPathMatchesCurrentEnvironment(search_path))
	{
		if (search_path != NULL)
		{
			list_free(search_path->schemas);
			pfree(search_path);
		}
		search_path = NULL;
		search_path = GetSearchPathMatcher(TopMemoryContext);
		names++;
	}
	return names;
}

/* A table under another name, in the current memory context. */
static FsqTable *
rename_table(const FsqTable *table, const char *name)
{
	FsqTable   *result = palloc(sizeof(FsqTable));

	*result = *table;
	fsq_table_set_name(result, name);
	return result;
}

/* Look a table up, by both of its names. */
static FsqTable *
look_up_table(Oid relid, FsqTable **qualified)
{
	FsqTable   *table = fsq_table_open(relid);
	const char *name = get_rel_name(relid);

	*qualified = rename_table(table, psprintf("%s.%s", get_namespace_name(get_rel_namespace(relid)), name));
	return rename_table(table, name);
}

/*
 * Whether a known table needs no schema in its name.  To find out may have it
 * forgotten.
 */
static bool
is_visible(Known *known, uint64 now)
{
	KnownKey	key = known->key;
	bool		visible;

	if (known->seen == now)
		return known->visible;
	visible = RelationIsVisible(key.object);
	known = find(&key);
	if (known != NULL && names == now)
	{
		known->visible = visible;
		known->seen = now;
	}
	return visible;
}

FsqTable *
fsq_table_known(Oid relid)
{
	FsqTable   *result = palloc(sizeof(FsqTable));
	KnownKey	key = {.object = relid};
	uint64		now = names_now();
	Known	   *known = find(&key);
	FsqTable   *table;
	FsqTable   *qualified;

	if (known == NULL)
	{
		uint64		before = changes;
		MemoryContext context = make_context();
		MemoryContext old = MemoryContextSwitchTo(context);

		table = look_up_table(relid, &qualified);
		MemoryContextSwitchTo(old);
		known = remember(&key, context, before);
		if (known != NULL)
		{
			known->table = table;
			known->qualified = qualified;
		}
	}
	else
	{
		table = known->table;
		qualified = known->qualified;
	}
	*result = (known != NULL ? is_visible(known, now) : RelationIsVisible(relid)) ? *table : *qualified;
	return result;
}

/* ---- mappings ---- */

UserMapping *
fsq_mapping_known(Oid userid, Oid serverid)
{
	KnownKey	key = {.object = serverid,.userid = userid};
	Known	   *known = find(&key);
	uint64		before = changes;
	MemoryContext context;
	MemoryContext old;
	UserMapping *mapping;

	if (known != NULL)
		return known->mapping;
	context = make_context();
	old = MemoryContextSwitchTo(context);
	mapping = GetUserMapping(userid, serverid);
	MemoryContextSwitchTo(old);
	known = remember(&key, context, before);
	if (known != NULL)
		known->mapping = mapping;
	return mapping;
}
