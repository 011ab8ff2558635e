/*-------------------------------------------------------------------------
 *
 * shim.h
 *	  What the fuzzer needs of shim.c beside the backend's own functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FUZZ_SHIM_H
#define FSQ_FUZZ_SHIM_H

#include <jansson.h>

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/* Free everything that was allocated. */
extern void shim_reset(void);

/* An object as jsonb; the last one that was made is the one that can be read. */
extern Jsonb *shim_jsonb(json_t *json);

/* token.c: read bytes as a cursor, and as what is inside one. */
extern void fuzz_token(const char *bytes, int length);

#endif							/* FSQ_FUZZ_SHIM_H */
