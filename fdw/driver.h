/*-------------------------------------------------------------------------
 *
 * driver.h
 *	  The contract of an engine: what a client library must be able to do.
 *
 *	  A driver wraps one client library and nothing else.  It never calls
 *	  ereport, elog or CHECK_FOR_INTERRUPTS inside a callback of its library,
 *	  and it never waits on its own: whenever it would have to, it answers
 *	  FSQ_WAIT and the core waits (connection.c: socket, latch, deadline,
 *	  cancel, postmaster death), then asks again.
 *
 *	  ROW, END and ERROR are the only answers to next_row.  Nothing else is
 *	  the end of the data.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_DRIVER_H
#define FSQ_FDW_DRIVER_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "port.h"
#include "resilience/failure.h"
#include "utils/timestamp.h"

typedef enum FsqStatus
{
	FSQ_DONE,					/* the step is complete */
	FSQ_WAIT,					/* ask wait_for() what to wait for, then continue */
	FSQ_ROW,					/* values are filled in; valid until the next call */
	FSQ_END,					/* the result is complete */
	FSQ_FAILED					/* see the error */
} FsqStatus;

/* Fixed size: filled in callbacks, where nothing may be allocated. */
typedef struct FsqDriverError
{
	int			sqlstate;		/* PostgreSQL's, mapped from the native code */
	int64		native_code;
	FsqErrorClass class;
	char		message[1024];	/* the remote's own words */
	const char *hint;			/* what to do about it: a constant, or NULL */
} FsqDriverError;

/* What the core is to wait for before it continues a step. */
typedef struct FsqWait
{
	pgsocket	socket;			/* PGINVALID_SOCKET: only the time */
	int			events;			/* WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE */
	long		milliseconds;	/* at most this long; -1: no limit of the driver's own */
	bool		locked;			/* what is waited for is somebody else's lock */
} FsqWait;

/* A value as it comes from, or goes to, the wire. */
typedef enum FsqWireType
{
	FSQ_WIRE_NULL,
	FSQ_WIRE_INT64,
	FSQ_WIRE_FLOAT8,
	FSQ_WIRE_TEXT,				/* bytes in the connection's encoding, UTF-8 */
	FSQ_WIRE_BYTES
} FsqWireType;

typedef struct FsqValue
{
	FsqWireType type;
	int			length;			/* TEXT, BYTES */
	union
	{
		int64		i;
		double		d;
		const char *s;			/* TEXT (not null-terminated), BYTES */
	}			u;
} FsqValue;

struct FsqDriver;

/* An option of a server, user mapping, table or column. */
typedef struct FsqOption
{
	const char *name;
	Oid			context;		/* ForeignServerRelationId, UserMappingRelationId, ... */
	bool		superuser_only;
	bool		secret;			/* never shown */
	/* raises an error (with the option's name) if the value is not valid; NULL: any */
	void		(*check) (const char *name, const char *value);
	const char *help;			/* one line for the documentation */
	/* why an engine does not have the option, or NULL; NULL: all have it */
	const char *(*lacking) (const struct FsqDriver *driver);
	/* the values that an engine allows, as a list of char *; NULL: see check */
	List	   *(*words) (const struct FsqDriver *driver);
} FsqOption;

/* What connect needs, resolved from server and user mapping.  Names and passwords are UTF-8. */
typedef struct FsqConnSpec
{
	Oid			serverid;
	Oid			umid;			/* user mapping, or InvalidOid */
	Oid			userid;
	const char *server_name;
	List	   *server_options; /* of DefElem * */
	List	   *user_options;	/* of DefElem *; with a username, be it the role's own */
	bool		password_required;	/* only what needs the mapping's password may log in */
	int			connection_timeout; /* milliseconds */
	int			timeout;		/* milliseconds per statement; 0: none */
	bool		read_only;
} FsqConnSpec;

/* Drivers extend these by putting them first in their own structs. */
typedef struct FsqConn
{
	const struct FsqDriver *driver;
	const char *server_name;
	FsqDriverError error;		/* of the last call that answered FSQ_FAILED */
	bool		broken;			/* must not be used again: close it */
	/* set by the core */
	TimestampTz deadline;		/* when what runs now must give up; 0: never */
	void	   *owner;			/* connection.c's entry */
} FsqConn;

typedef struct FsqStmt
{
	FsqConn    *conn;
	int			ncolumns;		/* known when the statement is accepted (send is DONE) */
} FsqStmt;

/* Transaction commands, in the engine's own words. */
typedef enum FsqTransactionCommand
{
	FSQ_BEGIN_READ,				/* a snapshot for several statements */
	FSQ_BEGIN_WRITE,
	FSQ_COMMIT,
	FSQ_ROLLBACK,
	FSQ_SAVEPOINT,				/* level is the depth of the subtransaction */
	FSQ_RELEASE_SAVEPOINT,
	FSQ_ROLLBACK_TO_SAVEPOINT
} FsqTransactionCommand;

struct FsqDialect;
struct FsqCatalog;

typedef struct FsqDriver
{
	const char *name;			/* "sqlite"; the wrapper is fraiseql_sqlite */
	const FsqOption *options;	/* the engine's own, ended by a NULL name */
	/* raises an error unless the options of an object agree and are complete; NULL: any */
	void		(*check_options) (Oid context, List *options);
	const struct FsqDialect *dialect;
	const struct FsqCatalog *catalog;
	bool		in_process;		/* no socket, and none of the options of network servers */
	bool		needs_user_mapping; /* with the options username, password, password_required */
	bool		schema_qualified;	/* tables live in schemas that an import must name */
	int			max_statements; /* running at once on a connection; 0: no limit */
	bool		cancel_overtakes;	/* cancel goes by a connection of its own */
	bool		reads_block;	/* next_row may wait in the library, until the connection's deadline */
	const char *probe;			/* the cheapest statement that shows that the database answers */

	/*
	 * Connect: start, then connect_poll while it answers FSQ_WAIT.  *conn is
	 * set even on failure if there is something to close; *spec stays until it
	 * is connected or closed.  The session comes
	 * out normalised (encoding, time zone, modes), so that no statement
	 * depends on the remote's configuration.
	 */
	FsqStatus	(*connect) (const FsqConnSpec *spec, FsqConn **conn, FsqDriverError *error);
	FsqStatus	(*connect_poll) (FsqConn *conn);
	void		(*close) (FsqConn *conn);

	/*
	 * Asked before an idle connection serves a new statement: whether it still
	 * leads to what its options name, as far as that can be seen without
	 * asking the remote.  False: it is closed and made anew.  NULL: it always
	 * does.
	 */
	bool		(*usable) (FsqConn *conn);

	/* What to wait for after FSQ_WAIT. */
	void		(*wait_for) (FsqConn *conn, FsqWait *wait);

	/*
	 * What shows that the server has ended the connection (ending.h): its
	 * socket, or what the thread that makes it closes then.
	 * PGINVALID_SOCKET: there is none.  Not asked of drivers in_process.
	 */
	int			(*ending) (FsqConn *conn);

	/*
	 * Send a statement.  Parameters, if any, are bound in order; what they
	 * point to stays until the statement is finished or sent again.  On
	 * FSQ_WAIT continue with send_poll.  *stmt is set before the first answer
	 * and is to be finished in every case.  FSQ_DONE: the remote has accepted
	 * it and ncolumns is known.
	 */
	FsqStatus	(*send) (FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
						 FsqStmt **stmt);
	FsqStatus	(*send_poll) (FsqStmt *stmt);

	/*
	 * Run the same statement again with other parameters, wherever it was; on
	 * FSQ_WAIT continue with send_poll.  NULL: send anew.
	 */
	FsqStatus	(*resend) (FsqStmt *stmt, int nparams, const FsqValue *params);

	/*
	 * FSQ_ROW (values[0..ncolumns) set), FSQ_END, FSQ_WAIT, FSQ_FAILED.  After
	 * END or FAILED (of send as well) nothing of the statement is left on the
	 * wire, or the connection is broken.
	 */
	FsqStatus	(*next_row) (FsqStmt *stmt, FsqValue *values);

	/*
	 * Let go of a statement.  Never fails and never waits: where statements
	 * are one at a time, the core has read it to its end or has cancelled and
	 * synced before; if neither was possible the connection is broken.
	 */
	void		(*finish) (FsqStmt *stmt);

	/*
	 * Ask the remote to stop what runs, wherever it was (FSQ_WAIT: wait and
	 * call again).  Then sync reads and drops what is left of it, and comes
	 * out DONE when the connection is ready for another statement, which a
	 * late cancel must not hit.  No error of these is shown: FAILED closes the
	 * connection.  Both run where nothing may be raised or allocated by
	 * palloc.  One that may come before the statement (cancel_overtakes) is asked
	 * for again, amid the sync, when that takes time.
	 */
	FsqStatus	(*cancel) (FsqConn *conn);
	FsqStatus	(*sync) (FsqConn *conn);

	/*
	 * On FSQ_WAIT, wait and call again with the same arguments.  COMMIT and
	 * ROLLBACK run where nothing may be raised.
	 */
	FsqStatus	(*transaction) (FsqConn *conn, FsqTransactionCommand command, int level);

	/* Rows changed by the last statement. */
	int64		(*affected_rows) (FsqStmt *stmt);
} FsqDriver;

/* The engines, ended by NULL: fdw/handler.c holds the one table of them. */
extern const FsqDriver *const fsq_drivers[];

#endif							/* FSQ_FDW_DRIVER_H */
