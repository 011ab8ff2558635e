/*-------------------------------------------------------------------------
 *
 * wire.h
 *	  What the files of the MySQL driver share: connections of the library,
 *	  and the statement that runs on one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_MYSQL_WIRE_H
#define FSQ_FDW_MYSQL_WIRE_H

#include "mysql/library.h"
#include "mysql/mysql.h"

/* The operation that is suspended. */
typedef enum MysqlOperation
{
	OP_NONE,
	OP_QUERY,					/* sent, no answer yet */
	OP_FETCH					/* amid a row */
} MysqlOperation;

/* One connection of the library. */
typedef struct MysqlWire
{
	MYSQL	   *mysql;
	MysqlOperation operation;
	int			waiting;		/* MYSQL_WAIT_*: what the operation waits for */
	MYSQL	   *connected;		/* results of the operations */
	int			failed;
	MYSQL_ROW	row;
	struct MysqlHandshake *handshake;	/* it is being connected, or NULL */
} MysqlWire;

/* How far stopping a statement has come. */
typedef enum MysqlStop
{
	STOP_NOT,
	STOP_KILLING,
	STOP_DRAINING,				/* reading what is left */
	STOP_SYNCING				/* the statement that does nothing is under way */
} MysqlStop;

typedef enum MysqlLogin
{
	LOGIN_RESOLVING,			/* looking the server's name up */
	LOGIN_CONNECTING,
	LOGIN_NORMALISING,			/* setting the session up */
	LOGIN_DONE
} MysqlLogin;

typedef enum MysqlSslMode
{
	SSL_MODE_DISABLED,
	SSL_MODE_PREFERRED,
	SSL_MODE_REQUIRED,
	SSL_MODE_VERIFY_CA,
	SSL_MODE_VERIFY_IDENTITY
} MysqlSslMode;

typedef struct MysqlConn
{
	FsqConn		base;
	MysqlWire	wire;
	MysqlWire	killer;
	MysqlLogin	login;
	MysqlStop	stop;
	bool		plain;			/* without TLS, since the server has none */
	bool		in_command;		/* a transaction command is under way */
	struct MysqlStmt *stmt;		/* that runs */
	struct FsqResolver *resolver;	/* under way, or NULL */
	int			generation;

	/* copies, with the connection's life */
	MemoryContext context;
	const char *host;
	unsigned int port;
	const char *database;
	const char *user;
	const char *password;
	const char *application_name;
	MysqlSslMode ssl_mode;
	const char *ssl_ca;
	const char *ssl_cert;
	const char *ssl_key;
	const char *tls_version;
	bool		read_only;
	int			connection_timeout;
	bool		keepalives;
	int			keepalives_idle;	/* seconds; 0: the system's */
} MysqlConn;

/* How the text of a column's values becomes an FsqValue. */
typedef enum MysqlDecode
{
	DECODE_TEXT,
	DECODE_BYTES,
	DECODE_INTEGER,
	DECODE_DOUBLE,
	DECODE_BIT
} MysqlDecode;

typedef struct MysqlStmt
{
	FsqStmt		base;
	MysqlConn  *conn;
	MYSQL_RES  *result;			/* NULL: it has none, or none yet */
	bool		at_end;
	int64		affected;
	MysqlDecode *decode;		/* by column */
} MysqlStmt;

/* ---- wire.c ---- */

extern FsqStatus fsq_mysql_fail(MysqlConn *conn);
extern FsqStatus fsq_mysql_start_query(MysqlWire *wire, const char *sql);
extern FsqStatus fsq_mysql_go_on(MysqlWire *wire, MYSQL_RES *result);
extern void fsq_mysql_unblock(MYSQL *mysql);
extern int	fsq_mysql_look(MYSQL *mysql, int waiting, int milliseconds);
extern int	fsq_mysql_socket(MYSQL *mysql);
/* Give a connection up whatever is under way on it; closing it then resets it. */
extern void fsq_mysql_abort(MYSQL *mysql);
extern int	fsq_mysql_ending(FsqConn *base);

extern void fsq_mysql_close_wire(MysqlWire *wire, bool idle);
extern void fsq_mysql_wait_for(FsqConn *base, FsqWait *wait);

/*
 * Take the answer of a start or continue: what it waits for, or nothing.
 */
static inline FsqStatus
fsq_mysql_suspend(MysqlWire *wire, MysqlOperation operation, int waiting)
{
	wire->waiting = waiting;
	wire->operation = waiting != 0 ? operation : OP_NONE;
	return waiting != 0 ? FSQ_WAIT : FSQ_DONE;
}

/*
 * The next row of the library, wherever reading it was.  DONE: see wire->row.
 */
static inline FsqStatus
fsq_mysql_fetch(MysqlWire *wire, MYSQL_RES *result)
{
	if (wire->operation == OP_FETCH)
		return fsq_mysql_go_on(wire, result);
	return fsq_mysql_suspend(wire, OP_FETCH, mysql_fetch_row_start(&wire->row, result));
}

/* ---- connect.c ---- */

extern const FsqOption fsq_mysql_options[];

extern void fsq_mysql_check_options(Oid context, List *options);
extern FsqStatus fsq_mysql_start_connect(MysqlConn *conn, MysqlWire *wire, int limit,
										 const char *statement);
extern FsqStatus fsq_mysql_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error);
extern FsqStatus fsq_mysql_connect_poll(FsqConn *base);
extern void fsq_mysql_close(FsqConn *base);
extern bool fsq_mysql_usable(FsqConn *base);

/* ---- handshake.c ---- */

typedef struct MysqlHandshake MysqlHandshake;

extern MysqlHandshake *fsq_mysql_handshake_start(const MysqlConn *conn, MYSQL *mysql, int limit,
												 const char *statement);
extern int	fsq_mysql_handshake_socket(const MysqlHandshake *handshake);
extern bool fsq_mysql_handshake_done(MysqlHandshake *handshake, MYSQL **connected, int *failed);
extern void fsq_mysql_handshake_abandon(MysqlHandshake *handshake);

/* ---- cancel.c ---- */

extern FsqStatus fsq_mysql_cancel(FsqConn *base);
extern FsqStatus fsq_mysql_sync(FsqConn *base);

#endif							/* FSQ_FDW_MYSQL_WIRE_H */
