/*-------------------------------------------------------------------------
 *
 * resolve.h
 *	  From a server's name to its addresses, without waiting for them.
 *
 *	  The client libraries look names up by getaddrinfo(), which nothing
 *	  interrupts: with a name server that does not answer it takes as long as
 *	  the system's resolver likes.  So a driver looks the name up with this
 *	  first, as a step of its connecting that the core waits for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_RESOLVE_H
#define FSQ_FDW_RESOLVE_H

#include "fdw.h"

typedef struct FsqResolver FsqResolver;

/* Whether a host is a name, and not an address or a socket. */
extern bool fsq_resolve_is_name(const char *host);

/* Begin to look a name up; NULL: there are no resources for it. */
extern FsqResolver *fsq_resolve_start(const char *host);

/* What is readable when it is over. */
extern pgsocket fsq_resolve_socket(const FsqResolver *resolver);

/*
 * FSQ_WAIT, or DONE or FAILED (see the error): then the resolver is gone.
 * *addresses, if asked for, are the addresses as text with commas between them,
 * in the current memory context.
 */
extern FsqStatus fsq_resolve_poll(FsqResolver *resolver, char **addresses, FsqDriverError *error);

/* Let go of one that may not be over. */
extern void fsq_resolve_abandon(FsqResolver *resolver);

#endif							/* FSQ_FDW_RESOLVE_H */
