/*-------------------------------------------------------------------------
 *
 * merge.c
 *	  Rows find their parents by key: a hash table of the distinct keys.
 *
 *	  The rows of the parents fill the table, which then gives the child's
 *	  statement its parameter; the child's rows look their key up in it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "exec/exec.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define INITIAL_BUCKETS 64

FsqKeyTable *
fsq_key_table(MemoryContext context, int nkeys, FsqKeyColumn *keys)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	FsqKeyTable *table = palloc0(sizeof(FsqKeyTable));

	table->context = context;
	table->nkeys = nkeys;
	table->keys = keys;
	table->consecutive = nkeys == 1 && keys[0].form == FSQ_KEY_INTEGER;
	table->capacity = INITIAL_BUCKETS / 2;
	table->entries = palloc(sizeof(FsqKeyEntry) * table->capacity);
	table->values = palloc(sizeof(FsqKeyValue) * table->capacity * nkeys);
	table->nbuckets = INITIAL_BUCKETS;
	table->buckets = palloc(sizeof(int32) * table->nbuckets);
	memset(table->buckets, 0xff, sizeof(int32) * table->nbuckets);
	MemoryContextSwitchTo(old);
	return table;
}

/* ---- from a datum to the common form ---- */

static int64
integer_value(Oid type, Datum datum)
{
	if (type == INT4OID)
		return DatumGetInt32(datum);
	return type == INT8OID ? DatumGetInt64(datum) : DatumGetInt16(datum);
}

/* The bytes of a value of any string type. */
static void
text_value(Oid type, Datum datum, FsqKeyValue *value)
{
	if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID)
	{
		struct varlena *text = PG_DETOAST_DATUM_PACKED(datum);

		value->bytes = VARDATA_ANY(text);
		value->length = VARSIZE_ANY_EXHDR(text);
		/* blanks at the end are not part of a character(n) */
		while (type == BPCHAROID && value->length > 0 && value->bytes[value->length - 1] == ' ')
			value->length--;
	}
	else
	{
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(type, &output, &varlena);
		value->bytes = OidOutputFunctionCall(output, datum);
		value->length = strlen(value->bytes);
	}
}

/* The common form of a value of one side; false if it can match nothing. */
static inline bool
key_read(const FsqKeyColumn *key, Oid type, Datum datum, FsqKeyValue *value)
{
	switch (key->form)
	{
		case FSQ_KEY_INTEGER:
			value->integer = integer_value(type, datum);
			return true;
		case FSQ_KEY_NUMERIC:
			if (type == NUMERICOID)
				value->bytes = numeric_normalize(DatumGetNumeric(datum));
			else
				value->bytes = psprintf(INT64_FORMAT, integer_value(type, datum));
			value->length = strlen(value->bytes);
			return true;
		case FSQ_KEY_TEXT:
			text_value(type, datum, value);
			return true;
		case FSQ_KEY_UUID:
			if (type == UUIDOID)
				value->bytes = (const char *) DatumGetUUIDP(datum);
			else
			{
				pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

				text_value(type, datum, value);
				if (!fsq_read_uuid(value->bytes, value->length, uuid))
					return false;
				value->bytes = (const char *) uuid;
			}
			value->length = UUID_LEN;
			return true;
		case FSQ_KEY_DATUM:
			value->integer = (int64) datum;
			return true;
	}
	return false;
}

/* ---- the hash table ---- */

static inline uint32
hash_value(const FsqKeyColumn *key, const FsqKeyValue *value)
{
	switch (key->form)
	{
		case FSQ_KEY_INTEGER:
			return (uint32) (((uint64) value->integer * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
		case FSQ_KEY_DATUM:
			/* a type that cannot be hashed is compared one by one */
			if (!OidIsValid(key->cache->hash_proc_finfo.fn_oid))
				return 0;
			return DatumGetUInt32(FunctionCall1Coll(&key->cache->hash_proc_finfo, key->collation,
													(Datum) value->integer));
		default:
			return hash_bytes((const unsigned char *) value->bytes, value->length);
	}
}

static inline bool
values_equal(const FsqKeyColumn *key, const FsqKeyValue *a, const FsqKeyValue *b)
{
	switch (key->form)
	{
		case FSQ_KEY_INTEGER:
			return a->integer == b->integer;
		case FSQ_KEY_DATUM:
			return DatumGetBool(FunctionCall2Coll(&key->cache->eq_opr_finfo, key->collation,
												  (Datum) a->integer, (Datum) b->integer));
		default:
			return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
	}
}

static uint32
hash_key(const FsqKeyTable *table, const FsqKeyValue *values)
{
	uint32		hash = hash_value(&table->keys[0], &values[0]);

	for (int i = 1; i < table->nkeys; i++)
		hash = hash_combine(hash, hash_value(&table->keys[i], &values[i]));
	return hash;
}

static bool
entry_matches(const FsqKeyTable *table, int entry, uint32 hash, const FsqKeyValue *values)
{
	const FsqKeyValue *own = &table->values[(Size) entry * table->nkeys];

	if (table->entries[entry].hash != hash)
		return false;
	for (int i = 0; i < table->nkeys; i++)
		if (!values_equal(&table->keys[i], &own[i], &values[i]))
			return false;
	return true;
}

/* The bucket of a key: that of its entry, or the empty one where it belongs. */
static uint32
find_bucket(const FsqKeyTable *table, uint32 hash, const FsqKeyValue *values)
{
	uint32		mask = table->nbuckets - 1;
	uint32		bucket = hash & mask;

	while (table->buckets[bucket] >= 0 &&
		   !entry_matches(table, table->buckets[bucket], hash, values))
		bucket = (bucket + 1) & mask;
	return bucket;
}

/* Twice the room; entries keep their numbers. */
static void
table_grow(FsqKeyTable *table)
{
	uint32		mask;

	table->capacity *= 2;
	table->entries = repalloc_huge(table->entries, sizeof(FsqKeyEntry) * (Size) table->capacity);
	table->values = repalloc_huge(table->values,
								  sizeof(FsqKeyValue) * (Size) table->capacity * table->nkeys);
	table->nbuckets *= 2;
	table->buckets = repalloc_huge(table->buckets, sizeof(int32) * (Size) table->nbuckets);
	memset(table->buckets, 0xff, sizeof(int32) * (Size) table->nbuckets);
	mask = table->nbuckets - 1;
	for (int i = 0; i < table->nentries; i++)
	{
		uint32		bucket = table->entries[i].hash & mask;

		while (table->buckets[bucket] >= 0)
			bucket = (bucket + 1) & mask;
		table->buckets[bucket] = i;
	}
}

/* Keep a value for as long as the table lives. */
static void
value_copy(const FsqKeyTable *table, const FsqKeyColumn *key, FsqKeyValue *value)
{
	if (key->form == FSQ_KEY_INTEGER)
		return;
	if (key->form == FSQ_KEY_DATUM)
		value->integer = (int64) datumCopy((Datum) value->integer, key->cache->typbyval,
										   key->cache->typlen);
	else
	{
		char	   *copy = palloc(Max(value->length, 1));

		memcpy(copy, value->bytes, value->length);
		value->bytes = copy;
	}
}

static int
entry_add(FsqKeyTable *table, uint32 bucket, uint32 hash, const FsqKeyValue *values)
{
	FsqKeyEntry *entry;
	FsqKeyValue *own;
	MemoryContext old;
	int			number;

	if (table->nentries == table->capacity)
	{
		table_grow(table);
		bucket = find_bucket(table, hash, values);
	}
	number = table->nentries;
	entry = &table->entries[number];
	entry->hash = hash;
	entry->first = entry->last = -1;
	entry->nrows = 0;
	own = &table->values[(Size) number * table->nkeys];
	old = MemoryContextSwitchTo(table->context);
	for (int i = 0; i < table->nkeys; i++)
	{
		own[i] = values[i];
		value_copy(table, &table->keys[i], &own[i]);
	}
	MemoryContextSwitchTo(old);
	if (table->consecutive && (uint64) own->integer - (uint64) table->values->integer != (uint64) number)
		table->consecutive = false;
	table->buckets[bucket] = number;
	table->nentries++;
	return number;
}

/*
 * The same of a table of integers, whose values are compared without looking at
 * the entries.
 */
static inline uint32
find_integer(const FsqKeyTable *table, uint32 hash, int64 integer)
{
	uint32		mask = table->nbuckets - 1;
	uint32		bucket = hash & mask;

	while (table->buckets[bucket] >= 0 && table->values[table->buckets[bucket]].integer != integer)
		bucket = (bucket + 1) & mask;
	return bucket;
}

/* The entry of one integer, made if add; -1 if there is none. */
static inline int
entry_of_integer(FsqKeyTable *table, int64 integer, bool add)
{
	FsqKeyValue value = {.integer = integer};
	uint32		hash;
	uint32		bucket;

	/* pages of rows often have such keys: no search */
	if (table->consecutive && table->nentries > 0)
	{
		uint64		number = (uint64) integer - (uint64) table->values->integer;

		if (number < (uint64) table->nentries)
			return (int) number;
		if (!add)
			return -1;
	}
	hash = hash_value(&table->keys[0], &value);
	bucket = find_integer(table, hash, integer);
	if (table->buckets[bucket] >= 0 || !add)
		return table->buckets[bucket];
	return entry_add(table, bucket, hash, &value);
}

/* The entry of a key, made if add; -1 if there is none. */
static inline int
entry_of(FsqKeyTable *table, const Datum *datums, const bool *nulls, bool add)
{
	const FsqKeyColumn *first = &table->keys[0];
	FsqKeyValue one;
	FsqKeyValue *values = &one;
	uint32		hash;
	uint32		bucket;

	if (table->nkeys == 1 && first->form == FSQ_KEY_INTEGER)
		return nulls[0] ? -1 :
			entry_of_integer(table, integer_value(add ? first->parent_type : first->child_type, datums[0]), add);
	if (table->nkeys > 1)
		values = palloc(sizeof(FsqKeyValue) * table->nkeys);
	for (int i = 0; i < table->nkeys; i++)
	{
		const FsqKeyColumn *key = &table->keys[i];

		if (nulls[i] || !key_read(key, add ? key->parent_type : key->child_type, datums[i], &values[i]))
			return -1;
	}
	hash = hash_key(table, values);
	bucket = find_bucket(table, hash, values);
	if (table->buckets[bucket] >= 0 || !add)
		return table->buckets[bucket];
	return entry_add(table, bucket, hash, values);
}

int
fsq_key_add(FsqKeyTable *table, const Datum *values, const bool *nulls)
{
	return entry_of(table, values, nulls, true);
}

int
fsq_key_look_up(FsqKeyTable *table, const Datum *values, const bool *nulls)
{
	int			nentries = table->nentries;
	int			entry = entry_of(table, values, nulls, true);

	/* what the parent's row has is what its own filter has asked for */
	if (table->nentries > nentries)
		elog(ERROR, "a row has a key that it should not have");
	return entry;
}

void
fsq_key_add_values(FsqKeyTable *table, const Oid *types, const Datum *datums)
{
	FsqKeyValue *values = palloc(sizeof(FsqKeyValue) * table->nkeys);
	uint32		hash;
	uint32		bucket;

	for (int i = 0; i < table->nkeys; i++)
		if (!key_read(&table->keys[i], types[i], datums[i], &values[i]))
			return;
	hash = hash_key(table, values);
	bucket = find_bucket(table, hash, values);
	if (table->buckets[bucket] < 0)
		entry_add(table, bucket, hash, values);
}

int
fsq_key_find(FsqKeyTable *table, const Datum *values, const bool *nulls)
{
	return entry_of(table, values, nulls, false);
}

/* ---- from the common form to parameters ---- */

static bool
integer_datum(Oid type, int64 integer, Datum *datum)
{
	if (type == INT8OID)
		*datum = Int64GetDatum(integer);
	else if (type == INT4OID)
		*datum = Int32GetDatum((int32) integer);
	else
		*datum = Int16GetDatum((int16) integer);
	return type == INT8OID ||
		(type == INT4OID ? integer == (int32) integer : integer == (int16) integer);
}

/* Digits as a number of the parameter's type; false if it cannot hold it. */
static bool
numeric_datum(Oid type, const FsqKeyValue *value, Datum *datum)
{
	char	   *text = pnstrdup(value->bytes, value->length);
	char	   *end;
	int64		integer;

	if (type == NUMERICOID)
	{
		*datum = DirectFunctionCall3(numeric_in, CStringGetDatum(text),
									 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
		return true;
	}
	errno = 0;
	integer = strtoi64(text, &end, 10);
	return errno == 0 && *end == '\0' && end > text && integer_datum(type, integer, datum);
}

/* A uuid as text, in lower or upper case. */
static Datum
uuid_text(const FsqKeyValue *value, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char		text[36];
	char	   *p = text;

	for (int i = 0; i < UUID_LEN; i++)
	{
		unsigned char byte = (unsigned char) value->bytes[i];

		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[byte >> 4];
		*p++ = digits[byte & 15];
	}
	return PointerGetDatum(cstring_to_text_with_len(text, sizeof(text)));
}

/* A key as a value of the parameter's type; false if no row can have it. */
static bool
key_datum(const FsqKeyColumn *key, const FsqKeyValue *value, Datum *datum)
{
	switch (key->form)
	{
		case FSQ_KEY_INTEGER:
			return integer_datum(key->param_type, value->integer, datum);
		case FSQ_KEY_NUMERIC:
			return numeric_datum(key->param_type, value, datum);
		case FSQ_KEY_TEXT:
			*datum = PointerGetDatum(cstring_to_text_with_len(value->bytes, value->length));
			return true;
		case FSQ_KEY_UUID:
			*datum = key->param_type == UUIDOID ? PointerGetDatum(value->bytes) :
				uuid_text(value, false);
			return true;
		case FSQ_KEY_DATUM:
			*datum = (Datum) value->integer;
			return true;
	}
	return false;
}

bool
fsq_key_possible(FsqKeyTable *table, int entry)
{
	for (int i = 0; i < table->nkeys; i++)
	{
		Datum		datum;

		if (!key_datum(&table->keys[i], &table->values[(Size) entry * table->nkeys + i], &datum))
			return false;
	}
	return true;
}

/* The distinct values that entries have for one key column of several, as a table of their own. */
static FsqKeyTable *
column_table(FsqKeyTable *table, int key, int first, int nentries)
{
	FsqKeyTable *result = fsq_key_table(CurrentMemoryContext, 1, &table->keys[key]);

	for (int i = first; i < first + nentries; i++)
	{
		FsqKeyValue *value = &table->values[(Size) i * table->nkeys + key];
		uint32		hash = hash_key(result, value);
		uint32		bucket = find_bucket(result, hash, value);

		CHECK_FOR_INTERRUPTS();
		if (result->buckets[bucket] < 0)
			entry_add(result, bucket, hash, value);
	}
	return result;
}

int
fsq_key_size(const FsqKeyTable *table, int entry)
{
	int			size = 0;

	for (int i = 0; i < table->nkeys; i++)
	{
		const FsqKeyColumn *key = &table->keys[i];
		const FsqKeyValue *value = &table->values[(Size) entry * table->nkeys + i];

		if (key->form == FSQ_KEY_INTEGER)
			size += sizeof(int64);
		else if (key->form != FSQ_KEY_DATUM)
			size += value->length;
		else
			size += datumGetSize((Datum) value->integer, key->cache->typbyval, key->cache->typlen);
	}
	return size;
}

Datum
fsq_key_array(FsqKeyTable *table, int key, bool tuples, int first, int nentries)
{
	FsqKeyColumn *column = &table->keys[key];
	Datum	   *datums;
	Datum		array;
	int			n = 0;

	if (table->nkeys > 1 && !tuples)
	{
		table = column_table(table, key, first, nentries);
		key = 0;
		first = 0;
		nentries = table->nentries;
	}
	datums = MemoryContextAllocHuge(CurrentMemoryContext,
									sizeof(Datum) * (Size) nentries * 2);
	for (int i = first; i < first + nentries; i++)
	{
		FsqKeyValue *value = &table->values[(Size) i * table->nkeys + key];

		CHECK_FOR_INTERRUPTS();
		if (table->nkeys > 1 && !fsq_key_possible(table, i))
			continue;
		if (key_datum(column, value, &datums[n]))
			n++;
		else
			continue;
		if (column->both_cases)
			datums[n++] = uuid_text(value, true);
	}
	array = PointerGetDatum(construct_array(datums, n, column->param_type, column->typlen,
											column->typbyval, column->typalign));
	pfree(datums);
	return array;
}
