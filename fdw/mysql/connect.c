/*-------------------------------------------------------------------------
 *
 * connect.c
 *	  Connections to MySQL and MariaDB: their options, TLS, logging in and
 *	  setting the session up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "utils/memutils.h"

#include "fdw.h"
#include "option.h"
#include "resolve.h"
#include "mysql/wire.h"

#define DEFAULT_PORT 3306

static const char *const ssl_mode_names[] = {
	"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"
};

/* ---- options ---- */

static void check_ssl_mode(const char *name, const char *value);
static void check_tls_version(const char *name, const char *value);
static void check_zero_dates(const char *name, const char *value);

const FsqOption fsq_mysql_options[] = {
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
void
fsq_mysql_check_options(Oid context, List *options)
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

/* ---- connecting ---- */

static FsqStatus
fail_memory(MysqlConn *conn)
{
	fsq_mysql_set_error(&conn->base.error, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_CONNECTION,
						"There is no memory for another connection.", NULL);
	return FSQ_FAILED;
}

/*
 * Begin to connect a wire as the options say, within so many milliseconds (0:
 * no limit), and to run a statement (or NULL) then.
 */
FsqStatus
fsq_mysql_start_connect(MysqlConn *conn, MysqlWire *wire, int limit, const char *statement)
{
	my_bool		on = 1;
	my_bool		off = 0;
	unsigned int nothing = 0;
	unsigned int protocol = conn->host[0] == '/' ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
	unsigned long packet = 1024 * 1024 * 1024;
	MYSQL	   *mysql = mysql_init(NULL);

	memset(wire, 0, sizeof(*wire));
	if (mysql == NULL)
		return fail_memory(conn);
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

	wire->handshake = fsq_mysql_handshake_start(conn, mysql, limit, statement);
	return wire->handshake != NULL ? FSQ_WAIT : fail_memory(conn);
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
	return fsq_mysql_start_query(&conn->wire, sql);
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
			fsq_mysql_close_wire(&conn->wire, true);
			conn->plain = true;
			status = fsq_mysql_start_connect(conn, &conn->wire, conn->connection_timeout, NULL);
			if (status != FSQ_DONE)
				return status;
		}
		if (conn->wire.connected == NULL && mysql_errno(conn->wire.mysql) == 0)
		{
			/* its thread has given it up */
			fsq_mysql_set_error(&conn->base.error, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
								FSQ_ERROR_CONNECTION, "The server did not answer in time.", NULL);
			conn->base.broken = true;
			return FSQ_FAILED;
		}
		if (conn->wire.connected == NULL)
			return fsq_mysql_fail(conn);
		if (conn->ssl_mode >= SSL_MODE_REQUIRED && mysql_get_ssl_cipher(conn->wire.mysql) == NULL)
		{
			fsq_mysql_set_error(&conn->base.error, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
								FSQ_ERROR_CONNECTION, "The server does not offer TLS.",
								"The server's option \"ssl_mode\" requires it.");
			return FSQ_FAILED;
		}
		set_keepalives(conn);
		status = start_normalising(conn);
	}
	if (status == FSQ_DONE && conn->login == LOGIN_NORMALISING)
	{
		if (conn->wire.failed)
			return fsq_mysql_fail(conn);
		conn->login = LOGIN_DONE;
	}
	return status;
}

static FsqStatus
begin_login(MysqlConn *conn)
{
	conn->login = LOGIN_CONNECTING;
	return log_in(conn, fsq_mysql_start_connect(conn, &conn->wire, conn->connection_timeout, NULL));
}

/*
 * FsqDriver.connect_poll
 */
FsqStatus
fsq_mysql_connect_poll(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;
	FsqStatus	status;

	if (conn->login != LOGIN_RESOLVING)
		return log_in(conn, fsq_mysql_go_on(&conn->wire, NULL));
	status = fsq_resolve_poll(conn->resolver, NULL, &base->error);
	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	conn->resolver = NULL;
	base->broken = status == FSQ_FAILED;
	return status == FSQ_DONE ? begin_login(conn) : FSQ_FAILED;
}

static const char *
copy_option(List *options, const char *name, const char *missing)
{
	const char *value = fsq_option_get(options, name);

	if (value == NULL)
		value = missing;
	return value != NULL ? pstrdup(value) : NULL;
}

/*
 * FsqDriver.connect
 */
FsqStatus
fsq_mysql_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
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
	conn->user = copy_option(spec->user_options, "username", NULL);
	conn->password = copy_option(spec->user_options, "password", "");
	conn->ssl_mode = parse_ssl_mode(fsq_option_get(spec->server_options, "ssl_mode"));
	conn->ssl_ca = copy_option(spec->server_options, "ssl_ca", NULL);
	conn->ssl_cert = copy_option(spec->server_options, "ssl_cert", NULL);
	conn->ssl_key = copy_option(spec->server_options, "ssl_key", NULL);
	conn->tls_version = copy_option(spec->server_options, "tls_version", NULL);
	conn->read_only = spec->read_only;
	/* beyond the core's own limit, for one that is given up */
	conn->connection_timeout = spec->connection_timeout > 0 ? spec->connection_timeout + 1000 : 0;
	conn->keepalives = fsq_option_get_bool(spec->server_options, "keepalives", true);
	conn->keepalives_idle = idle ? Max(fsq_parse_duration("keepalives_idle", idle) / 1000, 1) : 0;
	MemoryContextSwitchTo(old);

	*result = &conn->base;
	if (conn->host[0] == '/' && spec->password_required)
	{
		fsq_mysql_set_error(&conn->base.error, ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED, FSQ_ERROR_AUTHENTICATION,
							"Over a Unix socket the server may take the operating system's user for the login.",
							"A role that is not a superuser can only use a login that is secured by the password of its user mapping.");
		conn->base.broken = true;
		return FSQ_FAILED;
	}
	/*
	 * The library looks the name up again, as its certificate's; but one that
	 * nobody answers for does not come as far as that.
	 */
	if (fsq_resolve_is_name(conn->host))
		conn->resolver = fsq_resolve_start(conn->host);
	return conn->resolver != NULL ? FSQ_WAIT : begin_login(conn);
}

/*
 * FsqDriver.close
 */
void
fsq_mysql_close(FsqConn *base)
{
	MysqlConn  *conn = (MysqlConn *) base;

	if (conn->resolver != NULL)
		fsq_resolve_abandon(conn->resolver);
	fsq_mysql_close_wire(&conn->killer, false);
	fsq_mysql_close_wire(&conn->wire, conn->login == LOGIN_DONE && !base->broken &&
						 conn->wire.operation == OP_NONE && conn->stmt == NULL);
	MemoryContextDelete(conn->context);
}

/*
 * An idle connection has nothing to say: what can be read from it is its end,
 * or an error before it.
 */
bool
fsq_mysql_usable(FsqConn *base)
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

bool
fsq_mysql_is_mariadb(FsqConn *conn)
{
	return mariadb_connection(((MysqlConn *) conn)->wire.mysql);
}
