/*-------------------------------------------------------------------------
 *
 * ending.h
 *	  The end of a connection at the server, of which this side has said
 *	  everything.
 *
 *	  Neither function knows anything of PostgreSQL: a thread may call them.
 *	  fd is a connection's socket, or the reading end of a pipe that somebody
 *	  else closes when the connection has ended.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_ENDING_H
#define FSQ_FDW_ENDING_H

#include "postgres.h"

/* Say on a socket that nothing more will come. */
extern void fsq_ending_begin(int fd);

/*
 * Whether the server has ended it as well, waiting so many milliseconds for
 * that; what it still says is read away.
 */
extern bool fsq_ending_await(int fd, int milliseconds);

#endif							/* FSQ_FDW_ENDING_H */
