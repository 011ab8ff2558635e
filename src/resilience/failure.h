/*-------------------------------------------------------------------------
 *
 * failure.h
 *	  What kinds of failure a remote server has, whatever its engine calls
 *	  them, and which of them are the server's own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_RESILIENCE_FAILURE_H
#define FSQ_RESILIENCE_FAILURE_H

#include "postgres.h"

typedef enum FsqErrorClass
{
	FSQ_ERROR_PERMANENT,		/* the same statement would fail again */
	FSQ_ERROR_TRANSIENT,		/* deadlock, lock timeout, too busy: may pass */
	FSQ_ERROR_CONNECTION,		/* could not connect, or the connection is lost */
	FSQ_ERROR_AUTHENTICATION,
	FSQ_ERROR_TIMEOUT,
	FSQ_ERROR_CANCELLED,		/* because InterruptPending was seen */
	FSQ_ERROR_REFUSED			/* never asked: the guard refused (guard.h) */
} FsqErrorClass;

/*
 * A remote's statement, connection or lock timeout: "timeout expired" of the
 * SQL call-level interface.  Not query_canceled: that is the user's own cancel
 * or statement_timeout, which ends the whole query.
 */
#define ERRCODE_FSQ_TIMEOUT MAKE_SQLSTATE('H','Y','T','0','0')

/* A use of a server that its circuit breaker refused: of the class of connection exceptions. */
#define ERRCODE_FSQ_CIRCUIT_OPEN MAKE_SQLSTATE('0','8','X','0','1')

/* What an end of a use says about the server. */
typedef enum FsqVerdictOnServer
{
	FSQ_SERVER_ANSWERED,		/* be it with an error */
	FSQ_SERVER_FAILED,
	FSQ_SERVER_UNKNOWN			/* nothing */
} FsqVerdictOnServer;

extern FsqVerdictOnServer fsq_failure_verdict(FsqErrorClass class, int sqlstate);

/* ---- the words of a remote, which are UTF-8 and as long as it likes ---- */

/* In this database's encoding, a copy; what it cannot express becomes "?". */
extern char *fsq_words_local(const char *words);

/* As many whole characters as fit into size bytes, the rest of which become zero. */
extern void fsq_words_copy(char *to, const char *words, Size size);

#endif							/* FSQ_RESILIENCE_FAILURE_H */
