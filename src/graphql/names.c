/*-------------------------------------------------------------------------
 *
 * names.c
 *	  A map from names to anything, for large types and documents.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "graphql/names.h"

#define SH_PREFIX fsq_names
#define SH_ELEMENT_TYPE FsqNameEntry
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) ((entry)->hash)
#define SH_SCOPE extern
#define SH_DEFINE
#include "lib/simplehash.h"

/* An empty map in a memory context, for about this many names. */
FsqNames *
fsq_names_make(MemoryContext context, uint32 size)
{
	return fsq_names_create(context, Max(size, 8), NULL);
}

/* The value of a name; NULL if it has none. */
void *
fsq_names_get(FsqNames *names, const char *name)
{
	FsqNameEntry *entry = fsq_names_lookup(names, name);

	return entry ? entry->value : NULL;
}

/*
 * Give a name a value unless it has one.  The value that it had before, or
 * NULL if it is new.
 */
void *
fsq_names_add(FsqNames *names, const char *name, void *value)
{
	bool		found;
	FsqNameEntry *entry = fsq_names_insert(names, name, &found);

	if (found)
		return entry->value;
	entry->value = value;
	return NULL;
}
