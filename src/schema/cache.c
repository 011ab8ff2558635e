/*-------------------------------------------------------------------------
 *
 * cache.c
 *	  The schemas that this backend keeps, and when they are stale.
 *
 *	  A schema is kept for each role, list of schemas and setting.  Callbacks
 *	  of PostgreSQL's invalidation only note what was said, as they may not
 *	  look at catalogs: a few events drop everything, and relations are queued
 *	  by oid.  The next use decides: a relation of a name index that differs
 *	  from what is known of it, or a new one that would be in the index, drops
 *	  all schemas; indexes, TOAST and temporary tables, relations of other
 *	  schemas, VACUUM and ANALYZE are nothing to us.
 *
 *	  A schema in use by a request is pinned.  A stale one is freed at its last
 *	  unpin; pins that an error left behind end with the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* Schemas kept; the one unused for longest goes first. */
#define MAX_SCHEMAS 16
/* Relations queued before everything is dropped. */
#define MAX_QUEUED 64

typedef struct CachedSchema
{
	FsqHub	   *hub;
	MemoryContext context;		/* of this struct and the hub */
	/* the key */
	Oid			role;
	const char *schemas;		/* fraiseql.schemas, or search_path */
	bool		from_search_path;
	int			naming;
	int			bigint_as;
	int			numeric_as;
	bool		subgraph;

	int			pins;
	uint64		used;			/* for choosing which one to drop */
} CachedSchema;

static MemoryContext cache_context;
static List *cached = NIL;		/* of CachedSchema *: valid ones */
static List *stale = NIL;		/* of CachedSchema *: pinned, no longer valid */
static uint64 generation = 1;
static uint64 uses = 0;

/* A schema is being built, or was when an error came: changes are noted. */
static bool building = false;

/* What the callbacks have noted. */
static bool all_stale = false;
static int	nqueued = 0;
static Oid	queued[MAX_QUEUED];

/* ---- callbacks: no catalog access here ---- */

static void
relation_changed(Datum arg, Oid relid)
{
	if ((cached == NIL && !building) || all_stale)
		return;
	if (!OidIsValid(relid) || nqueued == MAX_QUEUED)
	{
		all_stale = true;
		return;
	}
	for (int i = 0; i < nqueued; i++)
		if (queued[i] == relid)
			return;
	queued[nqueued++] = relid;
}

static void
everything_changed(Datum arg, int cacheid, uint32 hash)
{
	if (cached != NIL || building)
		all_stale = true;
}

/* A type: only those that columns of ours have. */
static void
type_changed(Datum arg, int cacheid, uint32 hash)
{
	ListCell   *lc;

	foreach(lc, cached)
	{
		FsqHub	   *hub = ((CachedSchema *) lfirst(lc))->hub;

		if (hash == 0 || list_member_int(hub->type_hashes, (int) hash))
			all_stale = true;
	}
}

/* A label of some enum. */
static void
enum_changed(Datum arg, int cacheid, uint32 hash)
{
	ListCell   *lc;

	foreach(lc, cached)
		if (((CachedSchema *) lfirst(lc))->hub->uses_enums)
			all_stale = true;
}

/* Some function. */
static void
function_changed(Datum arg, int cacheid, uint32 hash)
{
	ListCell   *lc;

	foreach(lc, cached)
		if (((CachedSchema *) lfirst(lc))->hub->functions_loaded)
			all_stale = true;
}

/* ---- dropping ---- */

static void
schema_free(CachedSchema *entry)
{
	MemoryContextDelete(entry->context);
}

/* Take a schema out of the cache; it is freed when nobody uses it any more. */
static void
schema_drop(CachedSchema *entry)
{
	MemoryContext old = MemoryContextSwitchTo(cache_context);

	generation++;
	if (entry->pins > 0)
		stale = lappend(stale, entry);
	cached = list_delete_ptr(cached, entry);
	if (entry->pins == 0)
		schema_free(entry);
	MemoryContextSwitchTo(old);
}

static void
drop_all(void)
{
	while (cached != NIL)
		schema_drop(linitial(cached));
	all_stale = false;
	nqueued = 0;
}

/* Whether a relation that no index has yet would be in that of a hub, or in its composite types. */
static bool
would_be_indexed(Form_pg_class form)
{
	ListCell   *lc;

	if (form->relkind == RELKIND_COMPOSITE_TYPE)
	{
		foreach(lc, cached)
			if (((CachedSchema *) lfirst(lc))->hub->rowtypes_loaded)
				return true;
		return false;
	}
	if (form->relispartition || form->relpersistence == RELPERSISTENCE_TEMP)
		return false;
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE &&
		form->relkind != RELKIND_VIEW && form->relkind != RELKIND_MATVIEW &&
		form->relkind != RELKIND_FOREIGN_TABLE)
		return false;
	foreach(lc, cached)
	{
		FsqHub	   *hub = ((CachedSchema *) lfirst(lc))->hub;

		for (int i = 0; i < hub->nnamespaces; i++)
			if (hub->namespaces[i] == form->relnamespace)
				return true;
	}
	return false;
}

/*
 * Whether a relation of an index differs from what is known of it.  Of one
 * that nobody has asked for, only its row of pg_class is known, and its foreign
 * keys if children have been looked for.
 */
static bool
entry_changed(FsqHub *hub, FsqEntry *entry)
{
	if (entry->has_subclass)
		return true;			/* children are not rows of its own */
	if (entry->attributes_loaded)
		return entry->fingerprint != fsq_relation_fingerprint(entry->relid);
	if (entry->checked)
		return true;			/* not readable, and its columns not looked at */
	if (hub->children_loaded &&
		(entry->relkind == RELKIND_FOREIGN_TABLE ||
		 entry->foreign_keys != fsq_foreign_keys_fingerprint(entry->relid)))
		return true;
	return entry->version != fsq_class_fingerprint(entry->relid);
}

/* Whether a change of a relation concerns a schema that is kept. */
static bool
relation_matters(Oid relid)
{
	ListCell   *lc;
	HeapTuple	tuple;
	bool		result;
	bool		known = false;

	foreach(lc, cached)
	{
		FsqHub	   *hub = ((CachedSchema *) lfirst(lc))->hub;
		FsqEntry   *entry = fsq_hub_known_entry(hub, relid);

		for (int i = 0; i < FSQ_CONFIG_TABLES; i++)
			if (relid == hub->config[i])
				return true;
		if (entry && entry_changed(hub, entry))
			return true;
		known |= entry != NULL;
	}
	/* known to all or none of those that have its schema */
	if (known)
		return false;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = would_be_indexed((Form_pg_class) GETSTRUCT(tuple));
	/* fraiseql.relationship itself, after CREATE EXTENSION */
	if (!result && strcmp(NameStr(((Form_pg_class) GETSTRUCT(tuple))->relname), "relationship") == 0)
		result = relid == fsq_config_table(FSQ_CONFIG_RELATIONSHIP);
	ReleaseSysCache(tuple);
	return result;
}

/* Act on what the callbacks have noted; more may be noted meanwhile. */
static void
settle(void)
{
	while (all_stale || nqueued > 0)
	{
		if (all_stale || relation_matters(queued[nqueued - 1]))
			drop_all();
		else
			nqueued--;
	}
}

/* ---- use ---- */

static bool
key_matches(const CachedSchema *entry, const char *schemas, bool from_search_path)
{
	return entry->role == GetUserId() &&
		entry->naming == fsq_naming &&
		entry->bigint_as == fsq_bigint_as &&
		entry->numeric_as == fsq_numeric_as &&
		entry->subgraph == fsq_subgraph &&
		entry->from_search_path == from_search_path &&
		strcmp(entry->schemas, schemas) == 0;
}

/* Make room for one more schema, if need be. */
static void
drop_least_used(void)
{
	CachedSchema *least = NULL;
	ListCell   *lc;

	if (list_length(cached) < MAX_SCHEMAS)
		return;
	foreach(lc, cached)
	{
		CachedSchema *entry = lfirst(lc);

		if (least == NULL || entry->used < least->used)
			least = entry;
	}
	schema_drop(least);
}

/* Build the schema of this moment and keep it. */
static CachedSchema *
schema_add(const char *schemas, bool from_search_path)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "fraiseql cached schema",
												  ALLOCSET_SMALL_SIZES);
	CachedSchema *entry = MemoryContextAllocZero(context, sizeof(CachedSchema));
	MemoryContext old;

	entry->context = context;
	entry->role = GetUserId();
	entry->schemas = MemoryContextStrdup(context, schemas);
	entry->from_search_path = from_search_path;
	entry->naming = fsq_naming;
	entry->bigint_as = fsq_bigint_as;
	entry->numeric_as = fsq_numeric_as;
	entry->subgraph = fsq_subgraph;
	building = true;
	entry->hub = fsq_hub_create(context, false);
	building = false;

	drop_least_used();
	MemoryContextSetParent(context, cache_context);
	old = MemoryContextSwitchTo(cache_context);
	cached = lappend(cached, entry);
	MemoryContextSwitchTo(old);
	return entry;
}

FsqSchema *
fsq_schema_current(void)
{
	bool		from_search_path = fsq_schemas == NULL || fsq_schemas[0] == '\0';
	const char *schemas = from_search_path ? namespace_search_path : fsq_schemas;
	CachedSchema *entry = NULL;
	ListCell   *lc;

	/* a statement that locks no table has not heard of other sessions' changes */
	AcceptInvalidationMessages();
	settle();
	foreach(lc, cached)
	{
		if (key_matches(lfirst(lc), schemas, from_search_path))
		{
			entry = lfirst(lc);
			break;
		}
	}
	if (entry == NULL)
		entry = schema_add(schemas, from_search_path);
	entry->used = ++uses;
	return &entry->hub->schema;
}

uint64
fsq_schema_generation(void)
{
	settle();
	return generation;
}

static CachedSchema *
find_entry(List *list, FsqSchema *schema)
{
	ListCell   *lc;

	foreach(lc, list)
		if (&((CachedSchema *) lfirst(lc))->hub->schema == schema)
			return lfirst(lc);
	return NULL;
}

void
fsq_schema_pin(FsqSchema *schema)
{
	CachedSchema *entry = find_entry(cached, schema);

	if (entry == NULL)
		entry = find_entry(stale, schema);
	if (entry == NULL)
		elog(ERROR, "the schema to pin is not there any more");
	entry->pins++;
}

void
fsq_schema_unpin(FsqSchema *schema)
{
	CachedSchema *entry = find_entry(cached, schema);

	if (entry == NULL)
		entry = find_entry(stale, schema);
	if (entry == NULL || entry->pins == 0)
		return;
	if (--entry->pins == 0 && list_member_ptr(stale, entry))
	{
		stale = list_delete_ptr(stale, entry);
		schema_free(entry);
	}
}

/* No request outlives its transaction: whatever pins are left came from errors. */
static void
transaction_ended(XactEvent event, void *arg)
{
	ListCell   *lc;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE &&
		event != XACT_EVENT_PARALLEL_COMMIT && event != XACT_EVENT_PARALLEL_ABORT)
		return;
	foreach(lc, cached)
		((CachedSchema *) lfirst(lc))->pins = 0;
	foreach(lc, stale)
		schema_free(lfirst(lc));
	list_free(stale);
	stale = NIL;
}

void
fsq_schema_init(void)
{
	static const int everything[] = {
		NAMESPACEOID, AUTHOID, AUTHMEMROLEMEM, FOREIGNSERVEROID, FOREIGNTABLEREL,
		FOREIGNDATAWRAPPEROID
	};

	cache_context = AllocSetContextCreate(TopMemoryContext, "fraiseql schemas",
										  ALLOCSET_DEFAULT_SIZES);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	for (int i = 0; i < lengthof(everything); i++)
		CacheRegisterSyscacheCallback(everything[i], everything_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(ENUMOID, enum_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
	RegisterXactCallback(transaction_ended, NULL);
}
