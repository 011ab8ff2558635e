/*-------------------------------------------------------------------------
 *
 * replica.h
 *	  Servers with the same data, from which a server's tables may be read as
 *	  well (server options replicas and read_from).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_REPLICA_H
#define FSQ_FDW_REPLICA_H

#include "affinity.h"
#include "driver.h"

/* FsqOption.check of the options. */
extern void fsq_check_replicas(const char *name, const char *value);
extern void fsq_check_read_from(const char *name, const char *value);

/* What was set by fsq_affinity_set. */
extern FsqAffinity fsq_affinity_current(void);

/* Whether a server has replicas. */
extern bool fsq_replica_exists(Oid serverid);

/* Whether something is the server, or one of its replicas. */
extern bool fsq_replica_is_of(Oid serverid, Oid readid);

/* fsq_source_was_used, of the server or one of its replicas. */
extern bool fsq_replica_was_used(Oid serverid);

/*
 * Do something that reads a server's tables, on the server that they are to be
 * read from: *readid is set to it before each try.  Where one fails another is
 * tried, after undo (or NULL); the last one's failure is raised.
 */
typedef void (*FsqReadStep) (void *arg);
extern void fsq_replica_run(Oid serverid, Oid userid, FsqAffinity affinity, Oid *readid,
							FsqReadStep step, FsqReadStep undo, void *arg);

#endif							/* FSQ_FDW_REPLICA_H */
