/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  The table of remote statements: see statements.h.
 *
 *	  Entries are found under the table's lock (shared) and counted under their
 *	  own; the table changes under its lock (exclusive).  When it is full, those
 *	  that were used least go, of which old uses count less and less.  A text has
 *	  as much room as track_activity_query_size says, as it has in
 *	  pg_stat_activity.
 *
 *	  The memory is one block, which backends may see at different addresses: a
 *	  hash table of chains of entries, by their numbers.  An entry that has not
 *	  been used yet was not written to either.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_authid.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/spin.h"
#include "utils/acl.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"

#include "fraiseql.h"
#include "resilience/server.h"
#include "resilience/statements.h"

PG_FUNCTION_INFO_V1(fsq_statement_rows);

/* Which part of a full table goes at once, and what is left of the uses of the others. */
#define EVICTED_PART 20
#define USAGE_DECAY 0.99

typedef struct Key
{
	Oid			database;
	Oid			server;
	Oid			userid;
	Oid			padding;		/* 0 */
	uint64		id;
} Key;

typedef struct Entry
{
	Key			key;			/* database InvalidOid: a free one */
	int			next;			/* of its bucket, or of those that are free again */
	slock_t		mutex;
	int64		calls;
	int64		rows;
	int64		errors;
	int64		max;			/* latency, in microseconds */
	FsqHistogram latencies;
	double		usage;
	int			length;
	char		text[FLEXIBLE_ARRAY_MEMBER];
} Entry;

/* The end of a chain. */
#define NONE (-1)

typedef struct Table
{
	LWLock		lock;
	int			max;			/* entries that there is room for */
	int			text_size;
	int			touched;		/* entries that have been used so far */
	int			nentries;
	int			free;			/* those of them that are free again */
	uint32		nbuckets;		/* a power of two */
	int			buckets[FLEXIBLE_ARRAY_MEMBER];
} Table;

static Table *table = NULL;

/* ---- memory ---- */

static Size
entry_size(int text_size)
{
	return MAXALIGN(offsetof(Entry, text) + text_size);
}

static Size
header_size(uint32 nbuckets)
{
	return MAXALIGN(offsetof(Table, buckets) + nbuckets * sizeof(int));
}

static uint32
buckets_for(int max)
{
	return pg_nextpower2_32(Max(max, 1));
}

Size
fsq_statements_size(void)
{
	return add_size(header_size(buckets_for(fsq_max_statements)),
					mul_size(fsq_max_statements, entry_size(pgstat_track_activity_query_size)));
}

Size
fsq_statements_entry_size(void)
{
	return sizeof(Entry);
}

void
fsq_statements_initialise(void *memory)
{
	Table	   *t = memory;

	memset(t, 0, offsetof(Table, buckets));
	t->max = fsq_max_statements;
	t->text_size = pgstat_track_activity_query_size;
	t->free = NONE;
	t->nbuckets = buckets_for(t->max);
	for (uint32 i = 0; i < t->nbuckets; i++)
		t->buckets[i] = NONE;
}

void
fsq_statements_initialise_lock(void *memory, int tranche)
{
	LWLockInitialize(&((Table *) memory)->lock, tranche);
}

void
fsq_statements_start(void *memory)
{
	Table	   *t = memory;

	table = t->max > 0 ? t : NULL;
}

bool
fsq_statements_kept(void)
{
	return table != NULL;
}

/* ---- the hash table; the caller has its lock ---- */

static inline Entry *
entry_at(int number)
{
	return (Entry *) ((char *) table + header_size(table->nbuckets) + number * entry_size(table->text_size));
}

static inline int *
bucket_of(const Key *key)
{
	return &table->buckets[hash_bytes((const unsigned char *) key, sizeof(Key)) & (table->nbuckets - 1)];
}

static Entry *
find(const Key *key)
{
	for (int i = *bucket_of(key); i != NONE; i = entry_at(i)->next)
		if (memcmp(&entry_at(i)->key, key, sizeof(Key)) == 0)
			return entry_at(i);
	return NULL;
}

/* Add a key that is not there, with nothing but its lock in its entry; there is room. */
static Entry *
add(const Key *key)
{
	int		   *bucket = bucket_of(key);
	int			number = table->free;
	Entry	   *entry;

	Assert(table->nentries < table->max);
	if (number == NONE)
		number = table->touched++;
	else
		table->free = entry_at(number)->next;
	entry = entry_at(number);
	memset(entry, 0, offsetof(Entry, text));
	SpinLockInit(&entry->mutex);
	entry->key = *key;
	entry->next = *bucket;
	*bucket = number;
	table->nentries++;
	return entry;
}

/* Remove an entry that is in use. */
static void
remove_entry(int number)
{
	Entry	   *entry = entry_at(number);
	int		   *link = bucket_of(&entry->key);

	while (*link != number)
		link = &entry_at(*link)->next;
	*link = entry->next;
	entry->key.database = InvalidOid;
	entry->next = table->free;
	table->free = number;
	table->nentries--;
}

/* The next entry in use, of which *number is its number, from that on; NULL: there is none. */
static Entry *
next_entry(int *number)
{
	for (; *number < table->touched; (*number)++)
		if (OidIsValid(entry_at(*number)->key.database))
			return entry_at(*number);
	return NULL;
}

static Key
key_of(const FsqStatementEnd *end)
{
	Key			key = {.database = MyDatabaseId,.server = end->server,.userid = end->userid,.id = end->id};

	return key;
}

/* ---- counting ---- */

static void
count(Entry *entry, const FsqStatementEnd *end)
{
	SpinLockAcquire(&entry->mutex);
	entry->calls++;
	entry->rows += end->rows;
	entry->errors += end->failed;
	if (end->latency >= 0)
		fsq_histogram_add(&entry->latencies, end->latency);
	entry->max = Max(entry->max, end->latency);
	entry->usage += 1;
	SpinLockRelease(&entry->mutex);
}

bool
fsq_statements_count(const FsqStatementEnd *end)
{
	Key			key = key_of(end);
	Entry	   *entry;

	if (table == NULL)
		return true;
	fsq_shared_lock(&table->lock, LW_SHARED);
	entry = find(&key);
	if (entry != NULL)
		count(entry, end);
	fsq_shared_unlock(&table->lock);
	return entry != NULL;
}

/*
 * The usage below which so many of the entries are, more or less: by counting
 * them in classes, as there may be no memory for sorting them.
 */
static double
usage_of_part(int nentries)
{
	int			classes[64] = {0};
	int			n = 0;
	Entry	   *entry;

	for (int i = 0; (entry = next_entry(&i)) != NULL; i++)
	{
		int			class = 0;

		for (double usage = entry->usage; usage > 1.0 / 256 && class < lengthof(classes) - 1; usage /= 2)
			class++;
		classes[class]++;
	}
	for (int class = 0; class < lengthof(classes); class++)
	{
		n += classes[class];
		if (n >= nentries)
			return ldexp(1.0 / 256, class);
	}
	return DBL_MAX;
}

/* Make room in a full table; the caller has its lock. */
static void
evict(void)
{
	int			left = Max(table->max / EVICTED_PART, 1);
	double		limit = usage_of_part(left);
	Entry	   *entry;

	for (int i = 0; (entry = next_entry(&i)) != NULL; i++)
	{
		if (left > 0 && entry->usage <= limit)
		{
			remove_entry(i);
			left--;
		}
		else
			entry->usage *= USAGE_DECAY;
	}
}

void
fsq_statements_add(const FsqStatementEnd *end, const char *text, int length)
{
	Key			key = key_of(end);
	Entry	   *entry;

	fsq_shared_lock(&table->lock, LW_EXCLUSIVE);
	entry = find(&key);
	if (entry == NULL)
	{
		if (table->nentries >= table->max)
			evict();
		entry = add(&key);
		entry->length = pg_encoding_mbcliplen(PG_UTF8, text, length, table->text_size - 1);
		memcpy(entry->text, text, entry->length);
		entry->text[entry->length] = '\0';
	}
	count(entry, end);
	fsq_shared_unlock(&table->lock);
}

void
fsq_statements_forget(Oid database, Oid server)
{
	Entry	   *entry;

	if (table == NULL)
		return;
	fsq_shared_lock(&table->lock, LW_EXCLUSIVE);
	for (int i = 0; (entry = next_entry(&i)) != NULL; i++)
		if (entry->key.database == database && (server == InvalidOid || entry->key.server == server))
			remove_entry(i);
	fsq_shared_unlock(&table->lock);
}

/* ---- SQL ---- */

static void
put_entry(ReturnSetInfo *rsinfo, Entry *shared, bool all)
{
	bool		visible = all || shared->key.userid == GetUserId();
	Entry		entry;
	Datum		values[10];
	bool		nulls[10] = {false};
	int64		n;

	SpinLockAcquire(&shared->mutex);
	memcpy(&entry, shared, offsetof(Entry, text));
	SpinLockRelease(&shared->mutex);
	n = fsq_histogram_count(&entry.latencies);
	values[0] = ObjectIdGetDatum(entry.key.server);
	values[1] = ObjectIdGetDatum(entry.key.userid);
	values[2] = Int64GetDatum((int64) entry.key.id);
	nulls[2] = !visible;
	values[3] = CStringGetTextDatum(visible ? fsq_words_local(shared->text) : "<insufficient privilege>");
	values[4] = Int64GetDatum(entry.calls);
	values[5] = Int64GetDatum(entry.rows);
	values[6] = Int64GetDatum(entry.errors);
	values[7] = Float8GetDatum(n > 0 ? entry.latencies.sum / 1000.0 / n : 0);
	values[8] = Float8GetDatum(Min(fsq_histogram_quantile(&entry.latencies, 0.95), entry.max) / 1000.0);
	values[9] = Float8GetDatum(entry.max / 1000.0);
	nulls[7] = nulls[8] = nulls[9] = n == 0;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * fraiseql.statements(): see the view fraiseql.statements
 */
Datum
fsq_statement_rows(PG_FUNCTION_ARGS)
{
	bool		all = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	Entry	   *entry;

	InitMaterializedSRF(fcinfo, 0);
	(void) fsq_shared();
	if (table == NULL)
		PG_RETURN_VOID();
	fsq_shared_lock(&table->lock, LW_SHARED);
	for (int i = 0; (entry = next_entry(&i)) != NULL; i++)
		if (entry->key.database == MyDatabaseId)
			put_entry((ReturnSetInfo *) fcinfo->resultinfo, entry, all);
	fsq_shared_unlock(&table->lock);
	PG_RETURN_VOID();
}
