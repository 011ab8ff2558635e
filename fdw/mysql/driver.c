/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  MySQL and MariaDB: the contract of driver.h over mariadb-connector-c's
 *	  non-blocking interface, in the text protocol.
 *
 *	  Each operation of the library is started, and continued when its socket
 *	  is ready; between the two it is suspended and its connection good for
 *	  nothing else.  A result is streamed: the library holds one row.
 *
 *	  What runs is stopped by KILL QUERY from a second connection.  Since that
 *	  may come late, the first one is used again only after a statement that
 *	  does nothing has passed through it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "fdw.h"
#include "option.h"
#include "mysql/library.h"
#include "mysql/mysql.h"

/* The character set of columns that hold bytes. */
#define BINARY_CHARSET 63

#define DEFAULT_PORT 3306

/* Milliseconds that a connection made to stop a statement may wait in its TLS handshake. */
#define KILL_HANDSHAKE_TIME 150

/* The operation that is suspended. */
typedef enum MysqlOperation
{
	OP_NONE,
	OP_CONNECT,
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
	int			handshake_time; /* milliseconds: limit of a TLS handshake; 0: none */
} MysqlWire;

/* How far stopping a statement has come. */
typedef enum MysqlStop
{
	STOP_NOT,
	STOP_CONNECTING,
	STOP_KILLING,
	STOP_DRAINING,				/* reading what is left */
	STOP_SYNCING				/* the statement that does nothing is under way */
} MysqlStop;

typedef enum MysqlLogin
{
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

static const char *const ssl_mode_names[] = {
	"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"
};

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

/* ---- options ---- */

static void check_ssl_mode(const char *name, const char *value);
static void check_tls_version(const char *name, const char *value);
static void check_zero_dates(const char *name, const char *value);

static const FsqOption mysql_options_table[] = {
	{"ssl_mode", ForeignServerRelationId, false, false, check_ssl_mode,
	"DISABLED, PREFERRED (the default), REQUIRED, VERIFY_CA or VERIFY_IDENTITY"},
	{"ssl_ca", ForeignServerRelationId, false, false, fsq_check_server_file,
	"file with the certificates of authorities that are trusted"},
	{"ssl_cert", ForeignServerRelationId, false, false, fsq_check_server_file,
	"file with the client's certificate"},
	{"ssl_key", ForeignServerRelationId, false, false, fsq_check_server_file,
	"file with the client's key"},
	{"tls_version", ForeignServerRelationId, false, false, check_tls_version,
	"TLS versions that are accepted, separated by commas: TLSv1.2, TLSv1.3"},
	{"zero_dates", ForeignServerRelationId, false, false, check_zero_dates,
	"what dates with a zero month or day are read as: error (the default) or null"},
	{"zero_dates", AttributeRelationId, false, false, check_zero_dates,
	"as the server's option, for this column"},
	{NULL}
};

static MysqlSslMode
parse_ssl_mode(const char *value)
{
	for (int i = 0; value != NULL && i < lengthof(ssl_mode_names); i++)
	{
		if (pg_strcasecmp(ssl_mode_names[i], value) == 0)
			return i;
	}
	return SSL_MODE_PREFERRED;
}

static void
check_ssl_mode(const char *name, const char *value)
{
	if (pg_strcasecmp(value, ssl_mode_names[parse_ssl_mode(value)]) != 0)
		fsq_option_value_error(name, value,
							   "Valid values are DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY.");
}

static void
check_tls_version(const char *name, const char *value)
{
	const char *s = value;

	for (;;)
	{
		if (strncmp(s, "TLSv1.2", 7) != 0 && strncmp(s, "TLSv1.3", 7) != 0)
			break;
		s += 7;
		if (*s == '\0')
			return;
		if (*s++ != ',')
			break;
	}
	fsq_option_value_error(name, value, "Write TLSv1.2, TLSv1.3, or both with a comma between them.");
}

static void
check_zero_dates(const char *name, const char *value)
{
	if (strcmp(value, "error") != 0 && strcmp(value, "null") != 0)
		fsq_option_value_error(name, value, "Valid values are error and null.");
}

/*
 * A verification needs something to verify by, a certificate its key, and a
 * login a name.
 */
static void
mysql_check_options(Oid context, List *options)
{
	if (context != ForeignServerRelationId)
		return;
	if (parse_ssl_mode(fsq_option_get(options, "ssl_mode")) >= SSL_MODE_VERIFY_CA &&
		fsq_option_get(options, "ssl_ca") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the option \"ssl_ca\" is required to verify the server's certificate"),
				 errhint("Name the file with the trusted authorities: OPTIONS (ssl_ca '/absolute/path').")));
	if ((fsq_option_get(options, "ssl_cert") == NULL) != (fsq_option_get(options, "ssl_key") == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the options \"ssl_cert\" and \"ssl_key\" need one another")));
}

/* ---- the wire: operations that may be suspended ---- */

static FsqStatus
fail(MysqlConn *conn)
{
	fsq_mysql_take_error(conn->wire.mysql, &conn->base.error);
	if (conn->base.error.class == FSQ_ERROR_CONNECTION)
		conn->base.broken = true;
	/* no such table, no such column: a description may be old */
	if (conn->base.error.native_code == 1146 || conn->base.error.native_code == 1054)
		conn->generation++;
	return FSQ_FAILED;
}

/*
 * Take the answer of a start or continue: what it waits for, or nothing.
 */
static FsqStatus
suspend(MysqlWire *wire, MysqlOperation operation, int waiting)
{
	wire->waiting = waiting;
	wire->operation = waiting != 0 ? operation : OP_NONE;
	return waiting != 0 ? FSQ_WAIT : FSQ_DONE;
}

static FsqStatus
start_query(MysqlWire *wire, const char *sql)
{
	return suspend(wire, OP_QUERY,
				   mysql_real_query_start(&wire->failed, wire->mysql, sql, strlen(sql)));
}

/*
 * The library makes the socket block for a TLS handshake and leaves it so.
 * Each read or write of the handshake has a limit of its own, therefore ...
 */
static void
limit_handshake(MysqlWire *wire)
{
	int			sock = mysql_get_socket(wire->mysql);
	struct timeval limit = {
		.tv_sec = wire->handshake_time / 1000,
		.tv_usec = wire->handshake_time % 1000 * 1000
	};

	if (sock < 0 || wire->handshake_time <= 0)
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void) setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/*
 * ... and after the login nothing blocks.
 */
static void
unblock(MysqlWire *wire)
{
	int			sock = mysql_get_socket(wire->mysql);
	int			flags = fcntl(sock, F_GETFL);

	if (flags >= 0)
		(void) fcntl(sock, F_SETFL, flags | O_NONBLOCK);
}

/*
 * What of the things waited for has come, as the library wants to be told.
 */
static int
look_at_socket(MysqlWire *wire)
{
	struct pollfd pfd = {.fd = mysql_get_socket(wire->mysql)};
	int			ready = 0;

	if (wire->waiting & MYSQL_WAIT_READ)
		pfd.events |= POLLIN;
	if (wire->waiting & MYSQL_WAIT_WRITE)
		pfd.events |= POLLOUT;
	if (wire->waiting & MYSQL_WAIT_EXCEPT)
		pfd.events |= POLLPRI;
	if (poll(&pfd, 1, 0) <= 0)
		return 0;
	if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_READ;
	if (pfd.revents & (POLLOUT | POLLHUP | POLLERR))
		ready |= MYSQL_WAIT_WRITE;
	if (pfd.revents & POLLPRI)
		ready |= MYSQL_WAIT_EXCEPT;
	return ready & wire->waiting;
}

/*
 * Go on with a suspended operation if it can go on.
 */
static FsqStatus
go_on(MysqlWire *wire, MYSQL_RES *result)
{
	MysqlOperation operation = wire->operation;
	int			ready = look_at_socket(wire);

	if (ready == 0)
		return FSQ_WAIT;
	switch (operation)
	{
		case OP_CONNECT:
			limit_handshake(wire);
			return suspend(wire, operation, mysql_real_connect_cont(&wire->connected, wire->mysql, ready));
		case OP_QUERY:
			return suspend(wire, operation, mysql_real_query_cont(&wire->failed, wire->mysql, ready));
		case OP_FETCH:
			return suspend(wire, operation, mysql_fetch_row_cont(&wire->row, result, ready));
		case OP_NONE:
			break;
	}
	return FSQ_DONE;
}

/*
 * Close without waiting for anybody: a socket whose other side may be silent
 * is shut first, so that nothing can be sent or awaited on it.
 */
static void
close_wire(MysqlWire *wire, bool idle)
{
	if (wire->mysql == NULL)
		return;
	if (!idle)
		(void) mariadb_cancel(wire->mysql);
	mysql_close(wire->mysql);
	memset(wire, 0, sizeof(*wire));
}

static void
mysql_wait_for(FsqConn *base, FsqWait *wait)
{
	MysqlConn  *conn = (MysqlConn *) base;
	MysqlWire  *wire = conn->killer.mysql != NULL ? &conn->killer : &conn->wire;

	wait->socket = mysql_get_socket(wire->mysql);
	wait->events = 0;
	if (wire->waiting & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT))
		wait->events |= WL_SOCKET_READABLE;
	if (wire->waiting & MYSQL_WAIT_WRITE)
		wait->events |= WL_SOCKET_WRITEABLE;
	/* nothing to wait for: look again soon */
	wait->milliseconds = wait->events == 0 ? 1 : -1;
	wait->locked = false;
}

/* ---- connecting ---- */

/*
 * Begin to connect a wire as the options say.
 */
static FsqStatus
start_connect(MysqlConn *conn, MysqlWire *wire, int handshake_time)
{
	my_bool		on = 1;
	my_bool		off = 0;
	unsigned int nothing = 0;
	unsigned int protocol = conn->host[0] == '/' ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	unsigned long packet = 1024 * 1024 * 1024;
	MYSQL	   *mysql = mysql_init(NULL);

	memset(wire, 0, sizeof(*wire));
	wire->handshake_time = handshake_time;
	if (mysql == NULL)
	{
		fsq_mysql_set_error(&conn->base.error, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_CONNECTION,
							"There is no memory for another connection.", NULL);
		return FSQ_FAILED;
	}
	wire->mysql = mysql;
	mysql_options(mysql, MYSQL_OPT_NONBLOCK, NULL);
	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &nothing);
	mysql_options(mysql, MYSQL_OPT_RECONNECT, &off);
	mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", conn->application_name);

	if (conn->ssl_mode != SSL_MODE_DISABLED && !conn->plain)
	{
		mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
		if (conn->ssl_ca != NULL)
			mysql_options(mysql, MYSQL_OPT_SSL_CA, conn->ssl_ca);
		if (conn->ssl_cert != NULL)
			mysql_options(mysql, MYSQL_OPT_SSL_CERT, conn->ssl_cert);
		if (conn->ssl_key != NULL)
			mysql_options(mysql, MYSQL_OPT_SSL_KEY, conn->ssl_key);
		if (conn->tls_version != NULL)
			mysql_options(mysql, MARIADB_OPT_TLS_VERSION, conn->tls_version);
		/* the chain is verified wherever there is an authority, the name by this */
		mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
					  conn->ssl_mode == SSL_MODE_VERIFY_IDENTITY ? &on : &off);
	}
	else
		mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);

	return suspend(wire, OP_CONNECT,
				   mysql_real_connect_start(&wire->connected, mysql,
											protocol == MYSQL_PROTOCOL_TCP ? conn->host : NULL,
											conn->user, conn->password, conn->database, conn->port,
											protocol == MYSQL_PROTOCOL_SOCKET ? conn->host : NULL,
											CLIENT_REMEMBER_OPTIONS));
}

/*
 * Keepalives, which find out that an idle server is gone.
 */
static void
set_keepalives(MysqlConn *conn)
{
	int			sock = mysql_get_socket(conn->wire.mysql);
	int			on = conn->keepalives;

	if (conn->host[0] == '/')
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
	if (conn->keepalives && conn->keepalives_idle > 0)
		(void) setsockopt(sock, IPPROTO_TCP, TCP_KEEPIDLE, &conn->keepalives_idle,
						  sizeof(conn->keepalives_idle));
#endif
}

/*
 * Make the session what mysql.h promises, in one statement.  The isolation
 * level's variable has two names.
 */
static FsqStatus
start_normalising(MysqlConn *conn)
{
	bool		mariadb = mariadb_connection(conn->wire.mysql);
	char		sql[1024];

	snprintf(sql, sizeof(sql),
			 "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,STRICT_ALL_TABLES',"
			 " time_zone = '+00:00', character_set_results = utf8mb4, autocommit = 1,"
			 " %s = 'REPEATABLE-READ', %s = %d, sql_select_limit = 18446744073709551615,"
			 " sql_big_selects = 1, net_write_timeout = 86400, net_read_timeout = 86400, wait_timeout = 86400",
			 mariadb ? "tx_isolation" : "transaction_isolation",
			 mariadb ? "tx_read_only" : "transaction_read_only", conn->read_only);
	conn->login = LOGIN_NORMALISING;
	return start_query(&conn->wire, sql);
}

/*
 * Whether the failure of a login over TLS is one that a preferred, but not
 * required, TLS allows to try again without.
 */
static bool
may_go_plain(MysqlConn *conn)
{
	return conn->ssl_mode == SSL_MODE_PREFERRED && !conn->plain && conn->ssl_ca == NULL &&
		mysql_errno(conn->wire.mysql) == 2026 &&
		strstr(mysql_error(conn->wire.mysql), "does not support") != NULL;
}

/*
 * The steps of logging in, until one has to wait.
 */
static FsqStatus
log_in(MysqlConn *conn, FsqStatus status)
{
	if (status == FSQ_DONE && conn->login == LOGIN_CONNECTING)
	{
		if (conn->wire.connected == NULL && may_go_plain(conn))
		{
			close_wire(&conn->wire, true);
			conn->plain = true;
			status = start_connect(conn, &conn->wire, conn->connection_timeout);
			if (status != FSQ_DONE)
				return status;
		}
		if (conn->wire.connected == NULL)
			return fail(conn);
		if (conn->ssl_mode >= SSL_MODE_REQUIRED && mysql_get_ssl_cipher(conn->wire.mysql) == NULL)
		{
			fsq_mysql_set_error(&conn->base.error, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
								FSQ_ERROR_CONNECTION, "The server does not offer TLS.",
								"The server's option \"ssl_mode\" requires it.");
			return FSQ_FAILED;
		}
		unblock(&conn->wire);
		set_keepalives(conn);
		status = start_normalising(conn);
	}
	if (status == FSQ_DONE && conn->login == LOGIN_NORMALISING)
	{
		if (conn->wire.failed)
			return fail(conn);
		conn->login = LOGIN_DONE;
	}
	return status;
}

static FsqStatus
mysql_connect_poll(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;

	return log_in(conn, go_on(&conn->wire, NULL));
}

static const char *
copy_option(List *options, const char *name, const char *missing)
{
	const char *value = fsq_option_get(options, name);

	if (value == NULL)
		value = missing;
	return value != NULL ? pstrdup(value) : NULL;
}

static FsqStatus
mysql_connect_start(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "fraiseql mysql connection",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	MysqlConn  *conn = palloc0(sizeof(MysqlConn));
	const char *port = fsq_option_get(spec->server_options, "port");
	const char *idle = fsq_option_get(spec->server_options, "keepalives_idle");

	conn->base.driver = &fsq_mysql_driver;
	conn->base.server_name = spec->server_name;
	conn->context = context;
	conn->host = copy_option(spec->server_options, "host", "localhost");
	conn->port = port ? atoi(port) : DEFAULT_PORT;
	conn->database = copy_option(spec->server_options, "database", NULL);
	conn->application_name = copy_option(spec->server_options, "application_name", "fraiseql");
	conn->user = copy_option(spec->user_options, "username", "");
	conn->password = copy_option(spec->user_options, "password", "");
	conn->ssl_mode = parse_ssl_mode(fsq_option_get(spec->server_options, "ssl_mode"));
	conn->ssl_ca = copy_option(spec->server_options, "ssl_ca", NULL);
	conn->ssl_cert = copy_option(spec->server_options, "ssl_cert", NULL);
	conn->ssl_key = copy_option(spec->server_options, "ssl_key", NULL);
	conn->tls_version = copy_option(spec->server_options, "tls_version", NULL);
	conn->read_only = spec->read_only;
	conn->connection_timeout = spec->connection_timeout;
	conn->keepalives = fsq_option_get_bool(spec->server_options, "keepalives", true);
	conn->keepalives_idle = idle ? Max(fsq_parse_duration("keepalives_idle", idle) / 1000, 1) : 0;
	MemoryContextSwitchTo(old);

	*result = &conn->base;
	return log_in(conn, start_connect(conn, &conn->wire, conn->connection_timeout));
}

static void
mysql_close_conn(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;

	close_wire(&conn->killer, false);
	close_wire(&conn->wire, conn->login == LOGIN_DONE && !base->broken &&
			   conn->wire.operation == OP_NONE && conn->stmt == NULL);
	MemoryContextDelete(conn->context);
}

/*
 * An idle connection has nothing to say: what can be read from it is its end,
 * or an error before it.
 */
static bool
mysql_usable(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	struct pollfd pfd = {.fd = mysql_get_socket(conn->wire.mysql),.events = POLLIN};

	return poll(&pfd, 1, 0) == 0;
}

int
fsq_mysql_generation(FsqConn *conn)
{
	return ((MysqlConn *) conn)->generation;
}

/* ---- statements ---- */

static MysqlDecode
decode_of(const MYSQL_FIELD *field)
{
	switch (field->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
		case MYSQL_TYPE_YEAR:
			return DECODE_INTEGER;
		case MYSQL_TYPE_FLOAT:
		case MYSQL_TYPE_DOUBLE:
			return DECODE_DOUBLE;
		case MYSQL_TYPE_BIT:
			return DECODE_BIT;
		case MYSQL_TYPE_GEOMETRY:
			return DECODE_BYTES;
		case MYSQL_TYPE_VARCHAR:
		case MYSQL_TYPE_VAR_STRING:
		case MYSQL_TYPE_STRING:
		case MYSQL_TYPE_TINY_BLOB:
		case MYSQL_TYPE_MEDIUM_BLOB:
		case MYSQL_TYPE_LONG_BLOB:
		case MYSQL_TYPE_BLOB:
			return field->charsetnr == BINARY_CHARSET ? DECODE_BYTES : DECODE_TEXT;
		default:
			return DECODE_TEXT;
	}
}

/*
 * A statement was answered: its result's columns, if it has a result.
 */
static FsqStatus
take_result(MysqlStmt *stmt)
{
	MysqlConn  *conn = stmt->conn;
	MYSQL	   *mysql = conn->wire.mysql;
	MYSQL_FIELD *fields;

	if (conn->wire.failed)
	{
		stmt->at_end = true;
		return fail(conn);
	}
	stmt->affected = (int64) mysql_affected_rows(mysql);
	stmt->base.ncolumns = mysql_field_count(mysql);
	if (stmt->base.ncolumns == 0)
	{
		stmt->at_end = true;
		return FSQ_DONE;
	}
	stmt->result = mysql_use_result(mysql);
	if (stmt->result == NULL)
	{
		conn->base.broken = true;
		return fail(conn);
	}
	fields = mysql_fetch_fields(stmt->result);
	stmt->decode = MemoryContextAlloc(conn->context, sizeof(MysqlDecode) * stmt->base.ncolumns);
	for (int i = 0; i < stmt->base.ncolumns; i++)
		stmt->decode[i] = decode_of(&fields[i]);
	return FSQ_DONE;
}

static FsqStatus
mysql_send_poll(FsqStmt *base)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	FsqStatus	status = go_on(&stmt->conn->wire, NULL);

	return status == FSQ_DONE ? take_result(stmt) : status;
}

/* Parameters stand in the text already. */
static FsqStatus
mysql_send_start(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	MysqlConn  *conn = (MysqlConn *) base;
	MysqlStmt  *stmt = MemoryContextAllocZero(conn->context, sizeof(MysqlStmt));
	FsqStatus	status;

	Assert(nparams == 0 && conn->stmt == NULL && conn->wire.operation == OP_NONE);
	stmt->base.conn = base;
	stmt->conn = conn;
	conn->stmt = stmt;
	*result = &stmt->base;
	status = start_query(&conn->wire, sql);
	return status == FSQ_DONE ? take_result(stmt) : status;
}

/*
 * An integer in decimal.  One that an int64 does not hold stays text.
 */
static inline void
decode_integer(const char *s, int length, FsqValue *value)
{
	const char *end = s + length;
	bool		negative = length > 0 && *s == '-';
	const char *digit = s + negative;
	int64		number = 0;

	if (end - digit > 18)
	{
		/* it may overflow: downwards, since there is one more negative number */
		for (; digit < end; digit++)
		{
			if (pg_mul_s64_overflow(number, 10, &number) ||
				pg_sub_s64_overflow(number, *digit - '0', &number))
				break;
		}
		if (digit < end || (!negative && number == PG_INT64_MIN))
		{
			value->type = FSQ_WIRE_TEXT;
			value->u.s = s;
			value->length = length;
			return;
		}
		number = negative ? number : -number;
	}
	else
	{
		for (; digit < end; digit++)
			number = number * 10 + (*digit - '0');
		if (negative)
			number = -number;
	}
	value->type = FSQ_WIRE_INT64;
	value->u.i = number;
}

/*
 * The bits of BIT(n), highest byte first.
 */
static void
decode_bit(const char *s, int length, FsqValue *value)
{
	uint64		bits = 0;

	for (int i = 0; i < length; i++)
		bits = (bits << 8) | (unsigned char) s[i];
	value->type = FSQ_WIRE_INT64;
	value->u.i = (int64) bits;
	/* more than an int64 holds */
	if (value->u.i < 0)
	{
		value->type = FSQ_WIRE_BYTES;
		value->u.s = s;
		value->length = length;
	}
}

static inline void
decode_row(MysqlStmt *stmt, MYSQL_ROW row, FsqValue *values)
{
	unsigned long *lengths = mysql_fetch_lengths(stmt->result);
	int			ncolumns = stmt->base.ncolumns;

	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		if (row[i] == NULL)
		{
			value->type = FSQ_WIRE_NULL;
			continue;
		}
		switch (stmt->decode[i])
		{
			case DECODE_INTEGER:
				decode_integer(row[i], lengths[i], value);
				break;
			case DECODE_DOUBLE:
				value->type = FSQ_WIRE_FLOAT8;
				value->u.d = strtod(row[i], NULL);
				break;
			case DECODE_BIT:
				decode_bit(row[i], lengths[i], value);
				break;
			case DECODE_TEXT:
			case DECODE_BYTES:
				value->type = stmt->decode[i] == DECODE_TEXT ? FSQ_WIRE_TEXT : FSQ_WIRE_BYTES;
				value->u.s = row[i];
				value->length = lengths[i];
				break;
		}
	}
}

/*
 * The next row of the library, wherever reading it was.  DONE: see wire.row.
 */
static inline FsqStatus
fetch(MysqlStmt *stmt)
{
	MysqlWire  *wire = &stmt->conn->wire;

	if (wire->operation == OP_FETCH)
		return go_on(wire, stmt->result);
	return suspend(wire, OP_FETCH, mysql_fetch_row_start(&wire->row, stmt->result));
}

static FsqStatus
mysql_next_row(FsqStmt *base, FsqValue *values)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	MysqlConn  *conn = stmt->conn;

	if (stmt->at_end)
		return FSQ_END;
	if (fetch(stmt) == FSQ_WAIT)
		return FSQ_WAIT;
	if (likely(conn->wire.row != NULL))
	{
		decode_row(stmt, conn->wire.row, values);
		return FSQ_ROW;
	}
	stmt->at_end = true;
	/* the end, or an error that looks like it */
	if (mysql_errno(conn->wire.mysql) != 0)
		return fail(conn);
	return FSQ_END;
}

static void
mysql_finish(FsqStmt *base)
{
	MysqlStmt  *stmt = (MysqlStmt *) base;
	MysqlConn  *conn = stmt->conn;

	if (!stmt->at_end)
	{
		/* freeing a result reads the rest of it, unless there is nobody to read from */
		conn->base.broken = true;
		(void) mariadb_cancel(conn->wire.mysql);
	}
	if (stmt->result != NULL)
		mysql_free_result(stmt->result);
	if (stmt->decode != NULL)
		pfree(stmt->decode);
	pfree(stmt);
	conn->stmt = NULL;
}

static int64
mysql_affected(FsqStmt *base)
{
	return ((MysqlStmt *) base)->affected;
}

/* ---- stopping a statement ---- */

static FsqStatus
stop_failed(MysqlConn *conn)
{
	close_wire(&conn->killer, false);
	conn->stop = STOP_NOT;
	return FSQ_FAILED;
}

/*
 * KILL QUERY by a connection of its own.
 */
static FsqStatus
mysql_cancel(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;

	if (conn->stop == STOP_NOT)
	{
		conn->stop = STOP_CONNECTING;
		status = start_connect(conn, &conn->killer, KILL_HANDSHAKE_TIME);
	}
	else
		status = go_on(&conn->killer, NULL);

	if (status == FSQ_DONE && conn->stop == STOP_CONNECTING)
	{
		char		sql[64];

		if (conn->killer.connected == NULL)
			return stop_failed(conn);
		unblock(&conn->killer);
		snprintf(sql, sizeof(sql), "KILL QUERY %lu", mysql_thread_id(conn->wire.mysql));
		conn->stop = STOP_KILLING;
		status = start_query(&conn->killer, sql);
	}
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	if (status != FSQ_DONE || conn->killer.failed)
		return stop_failed(conn);
	close_wire(&conn->killer, true);
	conn->stop = STOP_DRAINING;
	return FSQ_DONE;
}

/*
 * Read to the end of the statement that was stopped; rows are dropped.  DONE:
 * nothing of it is on the wire.
 */
static FsqStatus
drain(MysqlConn *conn)
{
	MysqlStmt  *stmt = conn->stmt;
	FsqStatus	status;

	if (stmt->at_end)
		return FSQ_DONE;
	if (conn->wire.operation == OP_QUERY)
	{
		status = go_on(&conn->wire, NULL);
		if (status == FSQ_WAIT)
			return FSQ_WAIT;
		if (conn->wire.failed || mysql_field_count(conn->wire.mysql) == 0)
		{
			stmt->at_end = true;
			return FSQ_DONE;
		}
		stmt->result = mysql_use_result(conn->wire.mysql);
		if (stmt->result == NULL)
			return FSQ_FAILED;
	}
	for (;;)
	{
		if (fetch(stmt) == FSQ_WAIT)
			return FSQ_WAIT;
		if (conn->wire.row == NULL)
			break;
	}
	stmt->at_end = true;
	return FSQ_DONE;
}

static FsqStatus
mysql_sync(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;

	if (conn->stop == STOP_DRAINING)
	{
		status = conn->stmt != NULL ? drain(conn) : FSQ_DONE;
		if (status == FSQ_WAIT)
			return FSQ_WAIT;
		fsq_mysql_take_error(conn->wire.mysql, &base->error);
		if (status == FSQ_FAILED || (base->error.native_code != 0 && base->error.class == FSQ_ERROR_CONNECTION))
			return stop_failed(conn);
		conn->stop = STOP_SYNCING;
		status = start_query(&conn->wire, "DO 0");
	}
	else
		status = go_on(&conn->wire, NULL);
	/* a late KILL has hit it: the next one is safe */
	while (status == FSQ_DONE && conn->wire.failed && mysql_errno(conn->wire.mysql) == 1317)
		status = start_query(&conn->wire, "DO 0");
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	if (conn->wire.failed)
		return stop_failed(conn);
	conn->stop = STOP_NOT;
	return FSQ_DONE;
}

/* ---- transactions ---- */

static FsqStatus
mysql_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;
	const char *sql;

	switch (command)
	{
		case FSQ_BEGIN_READ:
			sql = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
			break;
		case FSQ_COMMIT:
			sql = "COMMIT";
			break;
		case FSQ_ROLLBACK:
			sql = "ROLLBACK";
			break;
		default:
			fsq_mysql_set_error(&base->error, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
								"The wrapper does not write to MySQL.", NULL);
			return FSQ_FAILED;
	}
	status = conn->in_command ? go_on(&conn->wire, NULL) : start_query(&conn->wire, sql);
	conn->in_command = status == FSQ_WAIT;
	if (status == FSQ_DONE && conn->wire.failed)
		return fail(conn);
	return status;
}

const FsqDriver fsq_mysql_driver = {
	.name = "mysql",
	.options = mysql_options_table,
	.check_options = mysql_check_options,
	.dialect = &fsq_mysql_dialect,
	.catalog = &fsq_mysql_catalog,
	.in_process = false,
	.needs_user_mapping = true,
	.schema_qualified = true,
	.max_statements = 1,
	.connect = mysql_connect_start,
	.connect_poll = mysql_connect_poll,
	.close = mysql_close_conn,
	.usable = mysql_usable,
	.wait_for = mysql_wait_for,
	.send = mysql_send_start,
	.send_poll = mysql_send_poll,
	.next_row = mysql_next_row,
	.finish = mysql_finish,
	.cancel = mysql_cancel,
	.sync = mysql_sync,
	.transaction = mysql_transaction,
	.affected_rows = mysql_affected,
};
