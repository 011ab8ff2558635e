/*-------------------------------------------------------------------------
 *
 * wire.h
 *	  What the files of the SQL Server driver share; the only place that
 *	  includes FreeTDS.
 *
 *	  db-lib answers calls when they are done, and has no calls that say
 *	  "later".  So logging in runs in a thread of its own (login.c), the first
 *	  answer to a statement is awaited on the socket by the core, and what
 *	  then blocks in the middle of an answer is ended by db-lib's interrupt
 *	  callback (interrupt.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLSERVER_WIRE_H
#define FSQ_FDW_SQLSERVER_WIRE_H

#include "sqlserver/sqlserver.h"

/* FreeTDS has a BOOL and others of its own */
#include <sybfront.h>
#include <sybdb.h>

/* Our own error, with a number that is free for users. */
#define FSQ_SQLSERVER_SNAPSHOT_LOST 50990

/* What server and library said while a call ran: the first error of each. */
typedef struct SqlserverMessages
{
	int			number;			/* the server's; 0: none */
	int			severity;
	int			library_number; /* db-lib's; 0: none */
	char		text[1024];		/* the server's, or else the library's */
} SqlserverMessages;

/* The option "encrypt". */
typedef enum SqlserverEncryption
{
	ENCRYPT_OFF,
	ENCRYPT_OPTIONAL,
	ENCRYPT_MANDATORY
} SqlserverEncryption;

/* A login that runs in a thread; malloc'ed, since a given up one outlives its connection. */
typedef struct SqlserverLogin SqlserverLogin;

typedef enum SqlserverPhase
{
	PHASE_LOGGING_IN,
	PHASE_NORMALISING,
	PHASE_READY
} SqlserverPhase;

typedef struct SqlserverConn
{
	FsqConn		base;
	MemoryContext context;
	SqlserverPhase phase;
	SqlserverLogin *login;		/* while it runs */
	DBPROCESS  *dbproc;
	int			socket;			/* another descriptor of its socket; -1: none */
	SqlserverMessages messages;
	bool		read_only;
	bool		keepalives;
	int			keepalives_idle;	/* seconds; 0: the system's */
	bool		sent;			/* a statement was sent, and no answer begun */
	bool		in_command;		/* of transaction() */
	bool		snapshot;		/* within a transaction */
	bool		interrupted;	/* the callback ended a call */
	struct SqlserverStmt *stmt;
} SqlserverConn;

/* How a column's values come from the wire. */
typedef struct SqlserverColumn
{
	int			type;			/* SYB... */
	char	   *text;			/* room for a number's or date's text */
} SqlserverColumn;

typedef struct SqlserverStmt
{
	FsqStmt		base;
	SqlserverConn *conn;
	SqlserverColumn *columns;
	char	   *texts;
	bool		at_end;
	int64		affected;
} SqlserverStmt;

/* connect.c */
extern const FsqOption fsq_sqlserver_options[];
extern SqlserverEncryption fsq_sqlserver_encryption(List *options);
extern void fsq_sqlserver_check_options(Oid context, List *options);
extern FsqStatus fsq_sqlserver_connect(const FsqConnSpec *spec, FsqConn **conn, FsqDriverError *error);
extern FsqStatus fsq_sqlserver_connect_poll(FsqConn *conn);
extern void fsq_sqlserver_close(FsqConn *conn);
extern bool fsq_sqlserver_usable(FsqConn *conn);
extern int	fsq_sqlserver_ending(FsqConn *conn);
extern void fsq_sqlserver_abort(SqlserverConn *conn);

/* login.c */
extern SqlserverLogin *fsq_sqlserver_login_start(const FsqConnSpec *spec, FsqDriverError *error);
extern int	fsq_sqlserver_login_socket(const SqlserverLogin *login);
extern bool fsq_sqlserver_login_done(SqlserverLogin *login, DBPROCESS **dbproc, SqlserverMessages *messages);
extern void fsq_sqlserver_login_abandon(SqlserverLogin *login);

/* interrupt.c: around every call that may wait */
extern void fsq_sqlserver_enter(SqlserverConn *conn);
extern void fsq_sqlserver_enter_briefly(SqlserverConn *conn);
extern void fsq_sqlserver_leave(SqlserverConn *conn);
extern void fsq_sqlserver_receive(SqlserverMessages *messages);
extern void fsq_sqlserver_watch(SqlserverConn *conn);

/* decode.c */
extern void fsq_sqlserver_describe_result(SqlserverStmt *stmt);
extern void fsq_sqlserver_decode_row(SqlserverStmt *stmt, FsqValue *values);

/* driver.c */
extern FsqStatus fsq_sqlserver_start(SqlserverConn *conn, const char *sql);
extern FsqStatus fsq_sqlserver_run(SqlserverConn *conn);

/* error.c */
extern FsqStatus fsq_sqlserver_fail(SqlserverConn *conn);
extern void fsq_sqlserver_take_error(const SqlserverMessages *messages, bool dead, FsqDriverError *error);
extern void fsq_sqlserver_set_error(FsqDriverError *error, int sqlstate, FsqErrorClass class,
									const char *message, const char *hint);

#endif							/* FSQ_FDW_SQLSERVER_WIRE_H */
