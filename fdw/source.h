/*-------------------------------------------------------------------------
 *
 * source.h
 *	  Failures of sources that something else makes up for: a fallback
 *	  (fallback.h), or another server with the same data (replica.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SOURCE_H
#define FSQ_FDW_SOURCE_H

#include "postgres.h"

/*
 * The failure of a source in this statement, or NULL: what has something else
 * does not ask it again.  all: of it and its replicas, else of one server.
 * userid: InvalidOid for the current role.
 */
extern const ErrorData *fsq_outage_find(Oid serverid, Oid userid, bool all);
extern void fsq_outage_note(Oid serverid, Oid userid, bool all, const ErrorData *error);

/*
 * Do something that asks a source, and runs nothing but what is this
 * extension's own: no functions, no other scans.  The failure of the server, or
 * of one of its replicas, or NULL; any other error is raised.  What the step has
 * allocated stays.
 */
extern ErrorData *fsq_source_catch(Oid serverid, void (*step) (void *arg), void *arg);

/*
 * The same for what has a fallback.  False: it has failed, now or before in
 * this statement; fsq_outage_find says why.
 */
extern bool fsq_source_try(Oid serverid, Oid userid, void (*step) (void *arg), void *arg);

/*
 * Whether the transaction keeps a snapshot of a server, of which it may have
 * read something.
 */
extern bool fsq_source_was_used(Oid serverid);

/*
 * Whether what is read is stored: by CREATE TABLE AS and its like, be it within
 * a function or EXPLAIN ANALYZE.
 */
extern bool fsq_reads_are_stored(void);

/* Called when the library is loaded. */
extern void fsq_source_init(void);

#endif							/* FSQ_FDW_SOURCE_H */
