/*-------------------------------------------------------------------------
 *
 * keypair.h
 *	  Which types of columns can be joined by key, and as what.
 *
 *	  The one place that decides it: relationships with another pair of types
 *	  are refused, and the merge of a child's rows by key compares as this
 *	  says.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_KEYPAIR_H
#define FSQ_SCHEMA_KEYPAIR_H

#include "postgres.h"

typedef enum FsqKeyPair
{
	FSQ_KEYPAIR_NONE,			/* cannot be joined */
	FSQ_KEYPAIR_SAME,			/* the same type, by its own equality */
	FSQ_KEYPAIR_NUMBER,			/* smallint, integer, bigint, numeric: by value */
	FSQ_KEYPAIR_TEXT,			/* types of the string category: by text */
	FSQ_KEYPAIR_UUID			/* uuid and text: the text read as a uuid, upper or lower case */
} FsqKeyPair;

/* Both are base types (no domains); the order does not matter. */
extern FsqKeyPair fsq_keypair(Oid left, Oid right);

#endif							/* FSQ_SCHEMA_KEYPAIR_H */
