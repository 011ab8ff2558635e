/*-------------------------------------------------------------------------
 *
 * connection.h
 *	  Connections of this backend and the statements that run on them.
 *
 *	  connection.c owns the connections and every wait, query.c runs
 *	  statements (question.c those that planning asks), transaction.c decides
 *	  what a local transaction means for the remote and cleans up at its end,
 *	  describe.c keeps descriptions of remote tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_CONNECTION_H
#define FSQ_FDW_CONNECTION_H

#include "affinity.h"
#include "fdw.h"
#include "lib/ilist.h"
#include "resilience/guard.h"
#include "utils/hsearch.h"

/* A connection, with what the core knows of it. */
typedef struct FsqConnEntry
{
	dlist_node	link;			/* in fsq_connections */
	const FsqDriver *driver;
	FsqConnSpec spec;			/* names server, user mapping and role, which are the key */
	FsqConn    *conn;
	MemoryContext context;		/* holds the entry and all below */
	FsqGuard   *guard;			/* of its server */
	int			row;			/* what is shown of it (guard.h) */
	TimestampTz made_at;
	TimestampTz idle_since;		/* no statement has run since */
	uint32		server_hash;	/* syscache hashes, to notice changes */
	uint32		mapping_hash;
	uint32		role_hash;
	int			timeout;		/* options in milliseconds; -1: the setting's value */
	int			connection_timeout;
	bool		stale;			/* options changed or connection broken: serves nothing new */
	bool		connecting;		/* not yet connected: ahead.c goes on with it */
	bool		connected;		/* it has been */
	bool		reserved;		/* ahead.c prepares it for a statement: serves nobody else */
	int			pins;			/* statements asked ahead that name it: it is not closed */
	bool		reused;			/* has answered something since it was connected */
	TimestampTz gave_up_at;		/* when a cleanup failed; 0: never */
	bool		ending;			/* closed, but its place is kept until the server has noticed */
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

/* What an entry is made of, looked up where errors may be raised. */
typedef struct FsqLogin
{
	const FsqDriver *driver;
	Oid			serverid;
	Oid			userid;
	UserMapping *mapping;		/* NULL for engines without logins */
	FsqGuard   *guard;			/* of the server */
} FsqLogin;

/* The login of a role on a server; raises an error if it has none. */
extern void fsq_connection_login(FsqLogin *login, Oid serverid, Oid userid);

/*
 * A role's mapping for a server, remembered (known.c): it must not be changed,
 * and stays until the end of the transaction.  Raises an error if there is none.
 */
extern UserMapping *fsq_mapping_known(Oid userid, Oid serverid);

/* The options of its mapping, and those of a server, as a driver is given them (FsqConnSpec). */
extern List *fsq_login_options(const FsqLogin *login);
extern List *fsq_wire_options(List *options);

/* Whether nothing but the mapping's password may let it in. */
extern bool fsq_login_needs_password(const FsqLogin *login);

/* How many connections an entry's server and login have: all, and of these those that are idle. */
extern int	fsq_connection_count(const FsqLogin *login, int *nidle, int *nconnecting);

/*
 * Without waiting: an idle connection, reserved for the caller and pinned.
 * NULL if there is none now.
 */
extern FsqConnEntry *fsq_connection_reserve(const FsqLogin *login);

/*
 * Without waiting: begin to connect, for the caller.  *status: FSQ_DONE,
 * FSQ_WAIT (go on with connect_poll and clear connecting when it is done) or
 * FSQ_FAILED, with the error; what is to be closed then is closed.  NULL:
 * failed, or (FSQ_WAIT) no more connections may be made now.
 */
extern FsqConnEntry *fsq_connection_begin(const FsqLogin *login, FsqStatus *status,
										  FsqDriverError *error);

/*
 * The caller's pin ends, and its reservation, if it still has that; an entry
 * that is broken and serves nothing is closed.
 */
extern void fsq_connection_release(FsqConnEntry *entry, bool reserved);

/*
 * Whether an error of an entry's connection is the death of an idle one, found
 * out too late to matter: then it is replaced by a new one, and true.
 */
extern bool fsq_connection_renew(FsqConnEntry *entry);

/*
 * Replace a connection that is broken by a new one, as that attempt (from 1)
 * of what it is needed for; raises an error if it cannot be made.
 */
extern void fsq_connection_remake(FsqConnEntry *entry, int attempt);

/* Close a connection, which nobody waits for any more. */
extern void fsq_connection_shut(FsqConn *conn);

/* Close connections that were replaced.  Nobody names them any more. */
extern void fsq_connection_close_retired(FsqConnEntry *entry);

/*
 * For the end of statements and transactions, where nothing may raise an
 * error: one bounded wait after FSQ_WAIT, for so many milliseconds at most (-1:
 * any number).  False: the deadline has come.
 */
extern bool fsq_connection_cleanup_wait(FsqConn *conn, TimestampTz deadline, long milliseconds);

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
	Oid			userid;			/* whose it is */
	uint64		shape;			/* of its text, for statistics; 0: not yet known */
	const char *doing;			/* "read foreign table \"x\"", for errors */
	TimestampTz started;
	TimestampTz deadline;		/* 0: none */
	TimestampTz latest;			/* it checks the server's health, and must be over by then; 0: it does not */
	bool		accepted;		/* sent, and rows may be asked for */
	bool		complete;		/* nothing of the statement is left on the wire */
	bool		at_end;			/* the remote has no more rows */
	int64		rows;			/* that were handed out */
	TimestampTz sent;
	int64		latency;		/* microseconds until its first answer; -1: none yet */
	int			attempts;		/* how often it was sent, for reasons of the server */
	int			nparams;
	const FsqValue *params;
	bool		of_catalog;		/* asks for what planning needs, or the like */
	bool		judged;			/* the guard knows what it says about the server */
	enum {FSQ_STOP_NOT, FSQ_STOP_CANCEL, FSQ_STOP_SYNC} stop;	/* how far stopping it has come */
	TimestampTz stop_deadline;	/* when that must be over; 0: not begun */
	int			cancels;		/* how often the remote was asked to stop it */
	TimestampTz cancel_again;	/* when it is asked again; 0: it is not */
	struct FsqRowBuffer *buffer;	/* rows read ahead, or NULL */
	int64		rows_ahead;		/* how many were */
	bool		held;			/* somebody waits for it: ahead.c leaves it alone */
	struct FsqRoute *route;		/* what a trace tells of it, or NULL */
	struct FsqQuery **keeper;	/* who is told that its memory goes away, or NULL */
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

/*
 * The same in steps that do not wait.  fsq_query_send and then, as long as the
 * answer is FSQ_WAIT, fsq_query_send_poll: FSQ_DONE when rows may be read,
 * FSQ_FAILED (see the connection's error) when nothing is left of the
 * statement.
 */
extern FsqQuery *fsq_query_make(FsqConnEntry *entry, const char *sql, int nvalues, const char *doing);
extern FsqStatus fsq_query_send(FsqQuery *query, int nparams, const FsqValue *params);
extern FsqStatus fsq_query_send_poll(FsqQuery *query);

/*
 * Read rows ahead, of about so many bytes, without waiting: FSQ_ROW when that
 * many were there, FSQ_END, FSQ_WAIT or FSQ_FAILED.
 */
extern FsqStatus fsq_query_read_ahead(FsqQuery *query, Size bytes);

/*
 * Stop a statement without waiting, FSQ_WAIT: again after a wait.  FSQ_DONE:
 * its connection is free, or broken.
 */
extern FsqStatus fsq_query_stop_poll(FsqQuery *query);
/* How many milliseconds that wait may take at most, -1: any number. */
extern long fsq_query_stop_wait(const FsqQuery *query);
/* Have it be stopped until then, or its connection closed. */
extern void fsq_query_stop_until(FsqQuery *query, TimestampTz deadline);

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

/* When the request that runs must be done; 0: no limit. */
extern TimestampTz fsq_request_deadline;

/*
 * After which nothing of it is waited for, be it to stop it.  Stays when the
 * request ends, as its transaction may end with it.
 */
extern TimestampTz fsq_request_end;

/* Tell the driver how long it may wait, should it have to. */
static inline void
fsq_query_limit(FsqQuery *query)
{
	TimestampTz limit = query->deadline;

	if (fsq_request_deadline != 0 && (limit == 0 || fsq_request_deadline < limit))
		limit = fsq_request_deadline;
	query->conn->deadline = limit;
}

/* Its statement cannot be stopped in time: its connection is closed. */
extern void fsq_query_give_up(FsqQuery *query);

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
		query->conn->deadline = fsq_request_deadline;
	status = query->conn->driver->next_row(query->stmt, query->values);
	if (likely(status == FSQ_ROW))
	{
		query->rows++;
		return true;
	}
	return fsq_query_continue(query, status);
}

/*
 * One wait on a connection that answered FSQ_WAIT in a step begun at
 * "started".  Raises an error at the deadline, or when somebody's lock has
 * been in the way for longer than the lock timeout.
 */
extern void fsq_connection_wait_step(FsqConn *conn, TimestampTz started, TimestampTz deadline,
									 const char *doing, const char *sql);

/* ---- wait.c ---- */

/*
 * Wait for the socket of a connection on which a statement runs (not one that
 * is being made, or whose statement is being stopped: they have several), or
 * for the latch, so many milliseconds (-1: no limit).  Whether it was the socket.
 */
extern bool fsq_wait_for_socket(const FsqConn *conn, const FsqWait *wait, long milliseconds);

/* A connection is about to be closed. */
extern void fsq_wait_forget(const FsqConn *conn);

/* scan.c: what a scan sends, known without its executor */
typedef struct FsqScanRequest
{
	const char *sql;
	const char *doing;
	int			ncolumns;
	int			nparams;
	FsqValue   *params;			/* may point to what the plan's params point to */
} FsqScanRequest;

/* Whether another relation answers if the source fails, or before it is asked, and where that is read. */
extern void fsq_scan_alternatives(const ForeignScan *plan, bool *fallback, bool *first,
								  FsqAffinity *affinity);

/*
 * What a scan sends, but for the server: its parameters are evaluated, in which
 * other sources may be read.
 */
extern struct FsqScanState *fsq_scan_prepare(ForeignScan *plan, PlannedStmt *planned,
											 ParamListInfo params);

/* readid: the server, or the replica, that it is read from */
extern void fsq_scan_compose(FsqScanRequest *request, struct FsqScanState *state, Oid readid);

/*
 * failure.c
 *
 * Raise the error of a wait that took too long: for an answer, or for
 * somebody's lock.
 */
extern void fsq_connection_wait_error(FsqConn *conn, bool locked, TimestampTz started,
									  const char *doing, const char *sql);

/*
 * Errors that are failures of the source: unreachable, late, refused by its
 * guard, out of something.  Each is announced with its server's name and its
 * SQLSTATE (0: another error) just before it is raised, so that who catches it
 * can tell; who wants to know announces 0 before.  Such an error leaves nothing behind but
 * what belongs to the memory context: it may be caught without a
 * subtransaction.
 */
extern void fsq_failure_of_source(const char *server, int sqlstate);

/* The server whose failure an error is, or InvalidOid. */
extern Oid	fsq_failure_source(const ErrorData *error);

/* Raise the error of an answer that did not come in so many milliseconds. */
pg_noreturn extern void fsq_connection_timeout_error(FsqConn *conn, long waited,
													 const char *doing, const char *sql);

/* question.c: what planning asks, which a request asks ahead */

/* What statements of catalogs do, for errors. */
#define FSQ_DOING_STATEMENT "run a statement"

/*
 * The connection to ask what planning needs to know.  Where planning does not
 * wait it may be busy, and is good for fsq_query_run and fsq_query_try only.
 */
extern FsqConn *fsq_question_connection(Oid serverid, Oid userid);

/*
 * Run a statement of a catalog where planning does not wait.  True: its rows
 * have been seen, or (*accepted is false, raise is not true) it was refused.
 * False: it is to be run as ever.
 */
extern bool fsq_question_run(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
							 FsqRowCallback callback, void *arg, bool raise, bool *accepted);

/* admission.c: how connections and statements pass the guard of their server */

/* The rules of a server, from its options. */
extern void fsq_policy_load(Oid serverid, FsqPolicy *policy);

/* May it be used?  If not, *error says why. */
extern bool fsq_admit(FsqGuard *guard, FsqDriverError *error);
/* The same, raising the error. */
extern void fsq_admit_login(const FsqLogin *login);

/* The connection could not be made, or could not begin its transaction. */
extern void fsq_connection_failed(FsqGuard *guard, const FsqDriverError *error);
/* There was no answer in the time for it; doing is NULL while connecting. */
extern void fsq_connection_late(FsqConnEntry *entry, long waited, const char *doing);

/* A statement is accepted or refused, ends, or is given up before its end. */
extern void fsq_query_judge_send(FsqQuery *query, FsqStatus status);
extern void fsq_query_judge_end(FsqQuery *query, FsqStatus status);
extern void fsq_query_judge_finish(FsqQuery *query);

/*
 * normalise.c: a statement's text without the values in it, good until the next
 * call; NULL: there is no memory.  Raises nothing.
 */
extern const char *fsq_sql_normalise(const char *sql, int *length);

/* retry.c: reads that are tried again */

/*
 * The attempt of that number (from 1) has failed.  Whether there is to be
 * another before the deadline (0: none), and when.
 */
extern bool fsq_retry_decide(FsqGuard *guard, int attempt, const FsqDriverError *error,
							 TimestampTz deadline, TimestampTz *again);
/* The same, waiting until then. */
extern bool fsq_retry_wait(FsqGuard *guard, int attempt, const FsqDriverError *error,
						   TimestampTz deadline);
/*
 * A statement has failed before any of its rows was used, and is finished.
 * True: it can be sent again, perhaps on a new connection.
 */
extern bool fsq_query_retry_wait(FsqQuery *query);

/* pool.c: places for connections */

/* A wait for a place, all zero when it begins. */
typedef struct FsqPlaceWait
{
	TimestampTz started;
	TimestampTz deadline;		/* 0: none */
	TimestampTz nudged;			/* when a session with an idle connection was last asked to close it */
} FsqPlaceWait;

/*
 * No place is free: wait once, in line, until that may have changed.  Raises
 * an error when connection_timeout is over, or the server is not to be used any more.
 */
extern void fsq_place_wait(const FsqLogin *login, FsqPlaceWait *wait);

/* The same without waiting, for ahead.c. */
extern void fsq_place_want(const FsqLogin *login);

/* A connection has its place, is there, begins and ends a statement, is closed. */
extern void fsq_place_taken(FsqConnEntry *entry);
extern void fsq_place_connected(FsqConnEntry *entry);
extern void fsq_place_active(FsqConnEntry *entry);
extern void fsq_place_idle(FsqConnEntry *entry);
extern void fsq_place_left(FsqConnEntry *entry);

/* Close its connection, so that nothing of it counts at the server. */
extern void fsq_place_close(FsqConnEntry *entry);

/* At the end of a transaction: close what is too old, or what others wait for. */
extern void fsq_place_trim(void);

/*
 * Give back the places of connections that servers have ended by now; whether
 * there are others.  settle_all waits for them as long as a process that ends
 * may.  Neither raises errors.
 */
extern bool fsq_place_settle(void);

/* After how many milliseconds to ask again. */
#define FSQ_SETTLE_TIME 10

extern void fsq_place_settle_all(void);

/* Close an entry that serves nothing, and forget it. */
extern void fsq_connection_close(FsqConnEntry *entry);

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
/* returns how many bytes that took */
extern Size fsq_buffer_put(struct FsqRowBuffer *buffer, const FsqValue *values, int ncolumns);
/* the next row, good until the next call; false: there is none */
extern bool fsq_buffer_get(struct FsqRowBuffer *buffer, FsqValue *values, int ncolumns);
extern void fsq_buffer_end(struct FsqRowBuffer *buffer);

/* describe.c: forget what is known of a connection's tables */
extern void fsq_descriptions_drop(FsqConnEntry *entry);

#endif							/* FSQ_FDW_CONNECTION_H */
