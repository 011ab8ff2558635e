/*-------------------------------------------------------------------------
 *
 * connection.h
 *	  Connections of this backend and the statements that run on them.
 *
 *	  connection.c owns the connections and every wait, query.c runs
 *	  statements, transaction.c decides what a local transaction means for
 *	  the remote and cleans up at its end, describe.c keeps descriptions of
 *	  remote tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_CONNECTION_H
#define FSQ_FDW_CONNECTION_H

#include "fdw.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"

/* A connection, with what the core knows of it. */
typedef struct FsqConnEntry
{
	dlist_node	link;			/* in fsq_connections */
	const FsqDriver *driver;
	FsqConnSpec spec;			/* names server, user mapping and role, which are the key */
	FsqConn    *conn;
	MemoryContext context;		/* holds the entry and all below */
	uint32		server_hash;	/* syscache hashes, to notice changes */
	uint32		mapping_hash;
	uint32		role_hash;
	int			timeout;		/* options in milliseconds; -1: the setting's value */
	int			connection_timeout;
	bool		stale;			/* options changed or connection broken: serves nothing new */
	bool		reused;			/* has answered something since it was connected */
	TimestampTz gave_up_at;		/* when a cleanup failed; 0: never */
	bool		snapshot;		/* a remote read transaction is open */
	List	   *retired;		/* of FsqConn *: dead ones that callers may still name */
	dlist_head	queries;		/* of FsqQuery: statements not yet finished */
	HTAB	   *descriptions;	/* describe.c's, or NULL */
} FsqConnEntry;

/* Every connection of this backend. */
extern dlist_head fsq_connections;

/* Close the entries that are stale and run nothing. */
extern void fsq_connection_close_stale(void);

/*
 * An entry that could serve the role on a server, busy or not, without
 * connecting; NULL if there is none.
 */
extern FsqConnEntry *fsq_connection_find(Oid serverid, Oid userid);

/*
 * Whether an error of an entry's connection is the death of an idle one, found
 * out too late to matter: then it is replaced by a new one, and true.
 */
extern bool fsq_connection_renew(FsqConnEntry *entry);

/* Close connections that were replaced.  Nobody names them any more. */
extern void fsq_connection_close_retired(FsqConnEntry *entry);

/*
 * For the end of statements and transactions, where nothing may raise an
 * error: one bounded wait after FSQ_WAIT.  False: the deadline has come.
 */
extern bool fsq_connection_cleanup_wait(FsqConn *conn, TimestampTz deadline);

/* When a cleanup that begins now must be over. */
extern TimestampTz fsq_connection_cleanup_deadline(const FsqConnEntry *entry);

/* Limits of a statement that starts now, in milliseconds (0: none). */
extern int	fsq_connection_timeout(const FsqConnEntry *entry);
extern int	fsq_connection_lock_timeout(const FsqConnEntry *entry);

/*
 * A statement that runs.  It is finished by fsq_query_finish, or when the
 * memory context in which it was started goes away, or at the end of the
 * transaction, whichever comes first.
 */
typedef struct FsqQuery
{
	dlist_node	link;			/* in its entry's queries; unlinked when stmt is NULL */
	FsqConn    *conn;
	FsqConnEntry *entry;
	FsqStmt    *stmt;			/* NULL: finished */
	const char *sql;
	const char *doing;			/* "read foreign table \"x\"", for errors */
	TimestampTz started;
	TimestampTz deadline;		/* 0: none */
	bool		accepted;		/* sent, and rows may be asked for */
	bool		complete;		/* nothing of the statement is left on the wire */
	bool		at_end;			/* the remote has no more rows */
	struct FsqRowBuffer *buffer;	/* rows read ahead, or NULL */
	int			ncolumns;
	int			nvalues;
	FsqValue   *values;			/* of the current row */
	MemoryContext context;
	MemoryContextCallback callback;
} FsqQuery;

/*
 * Send a statement and wait until it is accepted.  nvalues: how many columns
 * the caller expects at least.  What params point to stays until the query is
 * finished or restarted.
 */
extern FsqQuery *fsq_query_start(FsqConn *conn, const char *sql, int nparams,
								 const FsqValue *params, int nvalues, const char *doing);

/* Run it again with other parameters. */
extern void fsq_query_restart(FsqQuery *query, int nparams, const FsqValue *params);

extern void fsq_query_finish(FsqQuery *query);

/*
 * Read the rest of a query's rows ahead, so that its connection is free for
 * another statement.
 */
extern void fsq_query_buffer(FsqQuery *query);

/* The rare answers of next_row; true if a row came after all. */
extern bool fsq_query_continue(FsqQuery *query, FsqStatus status);

/*
 * Begin the time that the remote has for its next answer.  What the local side
 * does between two rows (or a client between two FETCHes) does not count.
 */
extern void fsq_query_start_clock(FsqQuery *query);

/*
 * The next row into query->values; false at the end.
 */
static inline bool
fsq_query_next(FsqQuery *query)
{
	FsqStatus	status;

	if (query->at_end || query->stmt == NULL || query->buffer != NULL)
		return fsq_query_continue(query, FSQ_END);
	if (query->deadline != 0)
		fsq_query_start_clock(query);
	else
		query->conn->deadline = 0;
	status = query->conn->driver->next_row(query->stmt, query->values);
	if (likely(status == FSQ_ROW))
		return true;
	return fsq_query_continue(query, status);
}

/*
 * One wait on a connection that answered FSQ_WAIT in a step begun at
 * "started".  Raises an error at the deadline, or when somebody's lock has
 * been in the way for longer than the lock timeout.
 */
extern void fsq_connection_wait_step(FsqConn *conn, TimestampTz started, TimestampTz deadline,
									 const char *doing, const char *sql);

/* transaction.c */

/* Register the callbacks, once. */
extern void fsq_transaction_init(void);

/*
 * Open the remote snapshot that the local transaction needs, if it needs one
 * and has none yet.
 */
extern void fsq_transaction_enter(FsqConnEntry *entry);

/* buffer.c: rows read ahead of their reader, in memory up to work_mem and then on disk */
extern struct FsqRowBuffer *fsq_buffer_make(MemoryContext context);
extern void fsq_buffer_put(struct FsqRowBuffer *buffer, const FsqValue *values, int ncolumns);
/* the next row, good until the next call; false: there is none */
extern bool fsq_buffer_get(struct FsqRowBuffer *buffer, FsqValue *values, int ncolumns);
extern void fsq_buffer_end(struct FsqRowBuffer *buffer);

/* describe.c: forget what is known of a connection's tables */
extern void fsq_descriptions_drop(FsqConnEntry *entry);

#endif							/* FSQ_FDW_CONNECTION_H */
