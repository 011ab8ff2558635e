/*-------------------------------------------------------------------------
 *
 * persisted.c
 *	  Automatic persisted queries: documents that clients have sent once with
 *	  their hash, and name by it from then on (fraiseql.persisted_queries).
 *
 *	  They are kept in a block of shared memory of a fixed size, one after the
 *	  other, and found by a hash table of offsets.  No transaction is involved:
 *	  what a request has registered stays if it is rolled back, and a standby
 *	  registers as well.  A document is the same for everybody, and is kept once
 *	  for all databases; what it may read is decided when it is run.
 *
 *	  When the block is full, an eighth of it is freed: of the roles that hold
 *	  more than an equal share, what was not used for longest.  So a role that
 *	  registers without end pushes out its own documents and nobody else's.
 *
 *	  Without shared memory (fraiseql is not preloaded) the block is a session's
 *	  own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/sha2.h"
#include "exec/persisted.h"
#include "fmgr.h"
#include "fraiseql.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(fsq_persisted_holdings);
PG_FUNCTION_INFO_V1(fsq_persisted_reset);

#define TRANCHE "fraiseql persisted queries"

/* Bytes for each bucket of the hash table, and the part of the block that is freed at once. */
#define BUCKET_BYTES 512
#define FREED_PART 8

/* No document may have more than this part of the block. */
#define LARGEST_PART 4

/* No entry: the end of a bucket's chain. */
#define NOTHING PG_UINT64_MAX

typedef struct Entry
{
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	Oid			role;			/* who registered it */
	int			length;
	uint64		next;			/* offset in the block of the next of its bucket, or NOTHING */
	pg_atomic_uint64 used;		/* time of the store when it was last used */
	char		text[FLEXIBLE_ARRAY_MEMBER];	/* the document, in UTF-8 */
} Entry;

typedef struct Store
{
	LWLock	   *lock;			/* NULL: the store is the session's own */
	Size		size;			/* of the block */
	Size		used;			/* of it */
	int			nentries;
	uint32		nbuckets;
	pg_atomic_uint64 time;		/* counts uses */
	uint64		buckets[FLEXIBLE_ARRAY_MEMBER];	/* offset of the first entry, or NOTHING */
	/* behind them: the block */
} Store;

static Store *store = NULL;

static shmem_request_hook_type next_shmem_request = NULL;
static shmem_startup_hook_type next_shmem_startup = NULL;

/* ---- memory ---- */

static Size
block_size(void)
{
	return (Size) fsq_persisted_queries_size * 1024;
}

static Size
header_size(Size size)
{
	return MAXALIGN(offsetof(Store, buckets) + size / BUCKET_BYTES * sizeof(uint64));
}

static inline char *
block(Store *s)
{
	return (char *) s + header_size(s->size);
}

static inline Entry *
entry_at(Store *s, uint64 offset)
{
	return (Entry *) (block(s) + offset);
}

static inline Size
entry_size(int length)
{
	return MAXALIGN(offsetof(Entry, text) + (Size) length);
}

static void
forget_all(Store *s)
{
	s->used = 0;
	s->nentries = 0;
	for (uint32 i = 0; i < s->nbuckets; i++)
		s->buckets[i] = NOTHING;
}

static void
initialise(Store *s, Size size, LWLock *lock)
{
	s->lock = lock;
	s->size = size;
	s->nbuckets = size / BUCKET_BYTES;
	pg_atomic_init_u64(&s->time, 1);
	forget_all(s);
}

static void
request_memory(void)
{
	if (next_shmem_request != NULL)
		next_shmem_request();
	RequestAddinShmemSpace(add_size(header_size(block_size()), block_size()));
	RequestNamedLWLockTranche(TRANCHE, 1);
}

static void
start_memory(void)
{
	Size		size = block_size();
	bool		found;

	if (next_shmem_startup != NULL)
		next_shmem_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	store = ShmemInitStruct(TRANCHE, add_size(header_size(size), size), &found);
	if (!found)
		initialise(store, size, &(GetNamedLWLockTranche(TRANCHE))->lock);
	LWLockRelease(AddinShmemInitLock);
}

void
fsq_persisted_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_shmem_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

/* The store; a session's own if there is no other. */
static Store *
get_store(void)
{
	if (store == NULL)
	{
		Size		size = block_size();
		Store	   *own = MemoryContextAllocHuge(TopMemoryContext, header_size(size) + size);

		initialise(own, size, NULL);
		store = own;
	}
	return store;
}

static void
lock_store(Store *s, LWLockMode mode)
{
	if (s->lock)
		LWLockAcquire(s->lock, mode);
}

static void
unlock_store(Store *s)
{
	if (s->lock)
		LWLockRelease(s->lock);
}

/* ---- entries; the store is locked ---- */

static uint64 *
bucket_of(Store *s, const uint8 *hash)
{
	uint32		n;

	memcpy(&n, hash, sizeof(n));
	return &s->buckets[n % s->nbuckets];
}

/* The entry of a hash, which is used now; NULL if there is none. */
static Entry *
find(Store *s, const uint8 *hash)
{
	for (uint64 offset = *bucket_of(s, hash); offset != NOTHING; offset = entry_at(s, offset)->next)
	{
		Entry	   *entry = entry_at(s, offset);

		if (memcmp(entry->hash, hash, PG_SHA256_DIGEST_LENGTH) != 0)
			continue;
		pg_atomic_write_u64(&entry->used, pg_atomic_fetch_add_u64(&s->time, 1));
		return entry;
	}
	return NULL;
}

/* Put the entry that stands at an offset into its bucket. */
static void
link_entry(Store *s, uint64 offset)
{
	Entry	   *entry = entry_at(s, offset);
	uint64	   *bucket = bucket_of(s, entry->hash);

	entry->next = *bucket;
	*bucket = offset;
	s->nentries++;
}

/* What a role has in the store. */
typedef struct Holding
{
	Oid			role;
	int			documents;
	Size		bytes;
} Holding;

/* The holdings of all roles, at most one for each entry; returns how many. */
static int
count_holdings(Store *s, Holding *holdings)
{
	int			n = 0;

	for (uint64 offset = 0; offset < s->used; offset += entry_size(entry_at(s, offset)->length))
	{
		Entry	   *entry = entry_at(s, offset);
		int			i = 0;

		while (i < n && holdings[i].role != entry->role)
			i++;
		if (i == n)
			holdings[n++] = (Holding) {.role = entry->role};
		holdings[i].documents++;
		holdings[i].bytes += entry_size(entry->length);
	}
	return n;
}

static int
compare_used(const void *a, const void *b)
{
	uint64		left = pg_atomic_read_u64(&(*(Entry *const *) a)->used);
	uint64		right = pg_atomic_read_u64(&(*(Entry *const *) b)->used);

	return left < right ? -1 : left > right;
}

/* Close the gaps that entries without a length have left, and link the others anew. */
static void
compact(Store *s, Size end)
{
	Size		kept = 0;

	forget_all(s);
	for (Size offset = 0, size; offset < end; offset += size)
	{
		Entry	   *entry = entry_at(s, offset);
		bool		dropped = entry->length < 0;

		size = entry_size(dropped ? -1 - entry->length : entry->length);
		if (dropped)
			continue;
		memmove(entry_at(s, kept), entry, size);
		link_entry(s, kept);
		kept += size;
	}
	s->used = kept;
}

/*
 * Make room for an entry of a role: roles that have more than an equal share
 * lose what they have not used for longest, until there is room enough.
 */
static void
make_room(Store *s, Oid role, Size size)
{
	Entry	  **entries = palloc(sizeof(Entry *) * (s->nentries + 1));
	Holding    *holdings = palloc(sizeof(Holding) * (s->nentries + 1));
	int			nholdings = count_holdings(s, holdings);
	Size		wanted = s->size - s->size / FREED_PART - size;
	Size		left = s->used;
	Size		share;
	bool		newcomer = true;
	int			n = 0;

	for (int i = 0; i < nholdings; i++)
		newcomer &= holdings[i].role != role;
	share = wanted / (nholdings + newcomer);
	for (uint64 offset = 0; offset < s->used; offset += entry_size(entry_at(s, offset)->length))
		entries[n++] = entry_at(s, offset);
	qsort(entries, n, sizeof(Entry *), compare_used);
	for (int i = 0; i < n && left > wanted; i++)
	{
		Entry	   *entry = entries[i];
		Size		bytes = entry_size(entry->length);
		Holding    *holding = holdings;

		while (holding->role != entry->role)
			holding++;
		if (holding->bytes <= share)
			continue;
		holding->bytes -= bytes;
		left -= bytes;
		/* marked for compact() */
		entry->length = -1 - entry->length;
	}
	compact(s, s->used);
	pfree(entries);
	pfree(holdings);
}

/* ---- use ---- */

char *
fsq_persisted_find(const uint8 *hash)
{
	Store	   *s = get_store();
	char	   *text = NULL;
	char	   *copy = NULL;
	int			length = 0;

	lock_store(s, LW_SHARED);
	for (;;)
	{
		Entry	   *entry = find(s, hash);

		if (entry == NULL)
			break;
		if (copy && length >= entry->length)
		{
			memcpy(copy, entry->text, entry->length);
			copy[entry->length] = '\0';
			text = copy;
			break;
		}
		/* no memory is asked for while others wait */
		length = entry->length;
		unlock_store(s);
		copy = palloc(length + 1);
		lock_store(s, LW_SHARED);
	}
	unlock_store(s);
	return text;
}

void
fsq_persisted_add(const uint8 *hash, const char *source, int length)
{
	Store	   *s = get_store();
	Size		size = entry_size(length);
	Entry	   *entry;

	if (size > s->size / LARGEST_PART)
		return;
	lock_store(s, LW_EXCLUSIVE);
	if (find(s, hash) == NULL)
	{
		if (s->used + size > s->size)
			make_room(s, GetUserId(), size);
		entry = entry_at(s, s->used);
		memcpy(entry->hash, hash, PG_SHA256_DIGEST_LENGTH);
		entry->role = GetUserId();
		entry->length = length;
		pg_atomic_init_u64(&entry->used, pg_atomic_fetch_add_u64(&s->time, 1));
		memcpy(entry->text, source, length);
		link_entry(s, s->used);
		s->used += size;
	}
	unlock_store(s);
}

/*
 * persisted_queries() returns setof (role oid, documents integer, bytes bigint):
 * what each role has in the store.
 */
Datum
fsq_persisted_holdings(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Store	   *s = get_store();
	Holding    *holdings;
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	lock_store(s, LW_SHARED);
	holdings = palloc(sizeof(Holding) * (s->nentries + 1));
	n = count_holdings(s, holdings);
	unlock_store(s);
	for (int i = 0; i < n; i++)
	{
		Datum		values[] = {
			ObjectIdGetDatum(holdings[i].role),
			Int32GetDatum(holdings[i].documents),
			Int64GetDatum((int64) holdings[i].bytes)
		};
		bool		nulls[lengthof(values)] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* persisted_queries_reset(): forget all documents that clients have registered. */
Datum
fsq_persisted_reset(PG_FUNCTION_ARGS)
{
	Store	   *s = get_store();

	lock_store(s, LW_EXCLUSIVE);
	forget_all(s);
	unlock_store(s);
	PG_RETURN_VOID();
}
