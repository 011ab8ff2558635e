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
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/acl.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "compat.h"
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
	Key			key;			/* hash key */
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

static HTAB *table = NULL;
static LWLock *table_lock = NULL;

/* ---- memory ---- */

static Size
entry_size(void)
{
	return MAXALIGN(offsetof(Entry, text) + pgstat_track_activity_query_size);
}

Size
fsq_statements_size(void)
{
	return fsq_max_statements == 0 ? 0 :
		hash_estimate_size(fsq_max_statements, entry_size());
}

/* Of a table of this backend's own: raises nothing. */
static void *
allocate(Size size)
{
	return malloc(size);
}

void
fsq_statements_start(LWLock *lock)
{
	HASHCTL		ctl = {.keysize = sizeof(Key),.entrysize = entry_size(),.alloc = allocate};

	if (fsq_max_statements == 0)
		return;
	table_lock = lock;
	if (lock == NULL)
	{
		table = hash_create("fraiseql statements", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_ALLOC);
		return;
	}
	table = ShmemInitHash("fraiseql statements", fsq_max_statements, fsq_max_statements, &ctl,
						  HASH_ELEM | HASH_BLOBS);
}

static inline void
lock_table(LWLockMode mode)
{
	if (table_lock != NULL)
		LWLockAcquire(table_lock, mode);
}

static inline void
unlock_table(void)
{
	if (table_lock != NULL)
		LWLockRelease(table_lock);
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
	lock_table(LW_SHARED);
	entry = hash_search(table, &key, HASH_FIND, NULL);
	if (entry != NULL)
		count(entry, end);
	unlock_table();
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
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	hash_seq_init(&status, table);
	while ((entry = hash_seq_search(&status)) != NULL)
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
	int			left = Max(fsq_max_statements / EVICTED_PART, 1);
	double		limit = usage_of_part(left);
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	hash_seq_init(&status, table);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (left > 0 && entry->usage <= limit)
		{
			hash_search(table, &entry->key, HASH_REMOVE, NULL);
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
	bool		found;

	lock_table(LW_EXCLUSIVE);
	if (hash_get_num_entries(table) >= fsq_max_statements &&
		hash_search(table, &key, HASH_FIND, NULL) == NULL)
		evict();
	entry = hash_search(table, &key, HASH_ENTER_NULL, &found);
	if (entry != NULL && !found)
	{
		memset((char *) entry + sizeof(Key), 0, offsetof(Entry, text) - sizeof(Key));
		SpinLockInit(&entry->mutex);
		entry->length = pg_encoding_mbcliplen(PG_UTF8, text, length, pgstat_track_activity_query_size - 1);
		memcpy(entry->text, text, entry->length);
		entry->text[entry->length] = '\0';
	}
	if (entry != NULL)
		count(entry, end);
	unlock_table();
}

void
fsq_statements_forget(Oid database, Oid server)
{
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	if (table == NULL)
		return;
	lock_table(LW_EXCLUSIVE);
	hash_seq_init(&status, table);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->key.database == database && (server == InvalidOid || entry->key.server == server))
			hash_search(table, &entry->key, HASH_REMOVE, NULL);
	unlock_table();
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
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	InitMaterializedSRF(fcinfo, 0);
	(void) fsq_shared();
	if (table == NULL)
		PG_RETURN_VOID();
	lock_table(LW_SHARED);
	hash_seq_init(&status, table);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->key.database == MyDatabaseId)
			put_entry((ReturnSetInfo *) fcinfo->resultinfo, entry, all);
	unlock_table();
	PG_RETURN_VOID();
}
