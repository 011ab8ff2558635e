/*-------------------------------------------------------------------------
 *
 * persisted.h
 *	  Documents that clients have registered under their hashes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_EXEC_PERSISTED_H
#define FSQ_EXEC_PERSISTED_H

#include "postgres.h"

/* Called from _PG_init: shared memory. */
extern void fsq_persisted_init(void);

/* The document of a SHA-256, in UTF-8 and the current context; NULL if there is none. */
extern char *fsq_persisted_find(const uint8 *hash);

/* Keep a document, unless it is too large. */
extern void fsq_persisted_add(const uint8 *hash, const char *source, int length);

#endif							/* FSQ_EXEC_PERSISTED_H */
