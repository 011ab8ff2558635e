/*-------------------------------------------------------------------------
 *
 * names.h
 *	  A map from names to anything, for large types and documents.
 *
 *	  The map keeps the pointer to a name, not a copy.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_NAMES_H
#define FSQ_GRAPHQL_NAMES_H

#include "postgres.h"

#include "utils/palloc.h"

typedef struct FsqNameEntry
{
	const char *name;
	void	   *value;
	uint32		hash;
	char		status;
} FsqNameEntry;

#define SH_PREFIX fsq_names
#define SH_ELEMENT_TYPE FsqNameEntry
#define SH_KEY_TYPE const char *
#define SH_SCOPE extern
#define SH_DECLARE
#include "lib/simplehash.h"

typedef fsq_names_hash FsqNames;

/* An empty map in a memory context. */
extern FsqNames *fsq_names_make(MemoryContext context, uint32 size);

/* The value of a name; NULL if it has none. */
extern void *fsq_names_get(FsqNames *names, const char *name);

/* Give a name a value unless it has one; the value that it has before, or NULL. */
extern void *fsq_names_add(FsqNames *names, const char *name, void *value);

#endif							/* FSQ_GRAPHQL_NAMES_H */
