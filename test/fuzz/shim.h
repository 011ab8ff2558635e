/*-------------------------------------------------------------------------
 *
 * shim.h
 *	  What the fuzzer needs of shim.c beside the backend's own functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FUZZ_SHIM_H
#define FSQ_FUZZ_SHIM_H

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* Free everything that was allocated. */
extern void shim_reset(void);

/* An object as jsonb; the last one that was made is the one that can be read. */
struct json_t;
extern Jsonb *shim_jsonb(struct json_t *json);

/* The encoding of the database. */
extern int	shim_encoding;

/* token.c: read bytes as a cursor or a node id, and as what is inside one. */
extern void fuzz_token(const char *bytes, int length);
/* names.c: make names of bytes. */
extern void fuzz_names(const char *bytes, int length);
/* decimal.c: read bytes as a number. */
extern void fuzz_decimal(const char *bytes, int length);

#endif							/* FSQ_FUZZ_SHIM_H */
