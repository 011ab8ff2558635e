/*-------------------------------------------------------------------------
 *
 * connect.c
 *	  Connections to PostgreSQL servers: their options, how they are made, and
 *	  the session that comes out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <poll.h>
#include <sys/socket.h>

#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"

#include "fdw.h"
#include "option.h"
#include "postgres/engine.h"
#include "resolve.h"

/* ---- options ---- */

static void check_ssl_mode(const char *name, const char *value);

const FsqOption fsq_postgres_options[] = {
	{"ssl_mode", ForeignServerRelationId, false, false, check_ssl_mode,
	"disable, allow, prefer (the default), require, verify-ca or verify-full, as libpq's sslmode"},
	{"ssl_root_cert", ForeignServerRelationId, true, false, NULL,
	"file of the certificate authorities that the remote server's certificate is verified with"},
	{"ssl_cert", ForeignServerRelationId, true, false, NULL,
	"file of the client certificate"},
	{"ssl_key", ForeignServerRelationId, true, false, NULL,
	"file of the client certificate's key"},
	{"collation_trusted", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether a collation with the same name orders text the same there, in another version as well (default true)"},
	{NULL}
};

#define DEFAULT_HOST "localhost"

/* How options are called in libpq, and what they are if they are not set. */
static const struct
{
	const char *option;
	const char *keyword;
	const char *missing;		/* NULL: as libpq has it */
}			keywords[] = {
	{"host", "host", DEFAULT_HOST},
	{"port", "port", "5432"},
	{"database", "dbname"},
	{"application_name", "application_name", "fraiseql"},
	{"ssl_mode", "sslmode", "prefer"},
	{"ssl_root_cert", "sslrootcert"},
	{"ssl_cert", "sslcert"},
	{"ssl_key", "sslkey"},
	{NULL}
};

static void
check_ssl_mode(const char *name, const char *value)
{
	static const char *const modes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL};

	for (int i = 0; modes[i] != NULL; i++)
	{
		if (strcmp(value, modes[i]) == 0)
			return;
	}
	fsq_option_value_error(name, value,
						   "Valid values are disable, allow, prefer, require, verify-ca and verify-full.");
}

/*
 * A client certificate needs its key.
 */
void
fsq_postgres_check_options(Oid context, List *options)
{
	if (context != ForeignServerRelationId)
		return;
	if ((fsq_option_get(options, "ssl_cert") == NULL) != (fsq_option_get(options, "ssl_key") == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the options \"ssl_cert\" and \"ssl_key\" belong together")));
}

/* ---- connecting ---- */

/*
 * What every session is set to, as one statement; nothing of it depends on the
 * remote's configuration.
 */
#define SESSION_SETTINGS \
	"SET search_path = pg_catalog; SET timezone = 'UTC'; SET datestyle = ISO; SET intervalstyle = postgres;" \
	" SET extra_float_digits = 3; SET bytea_output = hex; SET xmloption = content; SET array_nulls = on;" \
	" SET standard_conforming_strings = on; SET transform_null_equals = off;" \
	" SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off"

/*
 * A server's name as often as it has addresses, as libpq wants it.
 */
static const char *
repeat_host(const char *host, const char *addresses)
{
	StringInfoData hosts;

	initStringInfo(&hosts);
	appendStringInfoString(&hosts, host);
	for (const char *p = addresses; *p != '\0'; p++)
	{
		if (*p == ',')
			appendStringInfo(&hosts, ",%s", host);
	}
	return hosts.data;
}

static const char *
option_or(List *options, const char *name, const char *missing)
{
	const char *value = fsq_option_get(options, name);

	return value != NULL ? value : missing;
}

/*
 * Start to connect, to the addresses that the server's name stands for if it
 * was looked up.  Where to and as whom is named in any case, so that the
 * environment of the hub does not decide.
 */
static PGconn *
start_connection(const FsqConnSpec *spec, const char *addresses)
{
	const char *names[32];
	const char *values[32];
	const char *username = fsq_option_get(spec->user_options, "username");
	const char *database = fsq_option_get(spec->server_options, "database");
	const char *password = fsq_option_get(spec->user_options, "password");
	const char *idle = fsq_option_get(spec->server_options, "keepalives_idle");
	char		idle_seconds[16];
	int			n = 0;

	for (int i = 0; keywords[i].option != NULL; i++)
	{
		const char *value = option_or(spec->server_options, keywords[i].option, keywords[i].missing);

		if (value == NULL)
			continue;
		names[n] = keywords[i].keyword;
		values[n++] = addresses != NULL && strcmp(keywords[i].option, "host") == 0 ?
			repeat_host(value, addresses) : value;
	}
	if (addresses != NULL)
	{
		names[n] = "hostaddr";
		values[n++] = addresses;
	}
	if (database == NULL)
	{
		names[n] = "dbname";
		values[n++] = username;
	}
	names[n] = "user";
	values[n++] = username;
	if (password != NULL)
	{
		names[n] = "password";
		values[n++] = password;
	}
	names[n] = "keepalives";
	values[n++] = fsq_option_get_bool(spec->server_options, "keepalives", true) ? "1" : "0";
	if (idle != NULL)
	{
		snprintf(idle_seconds, sizeof(idle_seconds), "%d",
				 Max(fsq_parse_duration("keepalives_idle", idle) / 1000, 1));
		names[n] = "keepalives_idle";
		values[n++] = idle_seconds;
	}
	names[n] = "client_encoding";
	values[n++] = "UTF8";
	names[n] = "gssencmode";
	values[n++] = "disable";
	names[n] = values[n] = NULL;
	return PQconnectStartParams(names, values, false);
}

/* The remote's NOTICEs are not for the hub's clients. */
static void
ignore_notice(void *arg, const PGresult *result)
{
}

/*
 * Begin to connect to addresses, or to what the options name.
 */
static FsqStatus
begin_connection(PgConn *conn, const char *addresses)
{
	conn->step = PG_CONNECTING;
	conn->polling = PGRES_POLLING_WRITING;
	conn->handle = start_connection(conn->spec, addresses);
	if (conn->handle == NULL || PQstatus(conn->handle) == CONNECTION_BAD)
		return fsq_postgres_connect_error(conn);
	PQsetNoticeReceiver(conn->handle, ignore_notice, NULL);
	/* the SQLSTATE of a refusal is told in no other way */
	PQsetErrorVerbosity(conn->handle, PQERRORS_VERBOSE);
	return FSQ_WAIT;
}

FsqStatus
fsq_postgres_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
{
	PgConn	   *conn = MemoryContextAllocZero(TopMemoryContext, sizeof(PgConn));
	const char *host = option_or(spec->server_options, "host", DEFAULT_HOST);

	conn->base.driver = &fsq_postgres_driver;
	conn->base.server_name = spec->server_name;
	conn->must_use_password = spec->password_required;
	conn->read_only = spec->read_only;
	conn->collation_trusted = fsq_option_get_bool(spec->server_options, "collation_trusted", true);
	conn->spec = spec;
	*result = &conn->base;

	/* one that cannot be looked up here is left to libpq */
	if (fsq_resolve_is_name(host) && strchr(host, ',') == NULL)
		conn->resolver = fsq_resolve_start(host);
	if (conn->resolver == NULL)
		return begin_connection(conn, NULL);
	conn->step = PG_RESOLVING;
	return FSQ_WAIT;
}

/*
 * The server's name has been looked up, or not yet.
 */
static FsqStatus
poll_resolver(PgConn *conn)
{
	char	   *addresses;
	FsqStatus	status = fsq_resolve_poll(conn->resolver, &addresses, &conn->base.error);

	if (status == FSQ_WAIT)
		return FSQ_WAIT;
	conn->resolver = NULL;
	conn->step = PG_CONNECTING;
	if (status == FSQ_DONE)
		return begin_connection(conn, addresses);
	conn->base.broken = true;
	return FSQ_FAILED;
}

/*
 * The login is done: whether it may be used, and the session's settings.
 */
static FsqStatus
begin_session(PgConn *conn)
{
	if (conn->must_use_password && !PQconnectionUsedPassword(conn->handle))
	{
		FsqDriverError *error = &conn->base.error;

		memset(error, 0, sizeof(*error));
		error->sqlstate = ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED;
		error->class = FSQ_ERROR_AUTHENTICATION;
		strlcpy(error->message, "The remote server did not ask for the password.", sizeof(error->message));
		error->hint = "A role that is not a superuser can only use a login that is secured by the password of its user mapping.";
		conn->base.broken = true;
		return FSQ_FAILED;
	}
	PQsetErrorVerbosity(conn->handle, PQERRORS_DEFAULT);
	if (PQsetnonblocking(conn->handle, 1) != 0 ||
		!PQsendQuery(conn->handle, conn->read_only ?
					 SESSION_SETTINGS "; SET default_transaction_read_only = on" : SESSION_SETTINGS))
		return fsq_postgres_lost(conn);
	conn->step = PG_SETTING;
	conn->flushing = true;
	conn->failed = false;
	return FSQ_DONE;
}

FsqStatus
fsq_postgres_connect_poll(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;
	FsqStatus	status;

	if (conn->step == PG_RESOLVING)
		return poll_resolver(conn);
	if (conn->step == PG_CONNECTING)
	{
		conn->polling = PQconnectPoll(conn->handle);
		if (conn->polling == PGRES_POLLING_FAILED)
			return fsq_postgres_connect_error(conn);
		if (conn->polling != PGRES_POLLING_OK)
			return FSQ_WAIT;
		status = begin_session(conn);
		if (status != FSQ_DONE)
			return status;
	}
	status = fsq_postgres_finish_command(conn);
	if (status == FSQ_FAILED)
		conn->base.broken = true;
	return status;
}

/*
 * A connection that is given up amid something is reset: a server that is
 * stuck sending would not notice a mere end for minutes.
 */
void
fsq_postgres_close(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;
	struct linger linger = {.l_onoff = 1,.l_linger = 0};

	if (conn->step != PG_IDLE && PQsocket(conn->handle) >= 0)
		(void) setsockopt(PQsocket(conn->handle), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	fsq_postgres_cancel_forget(conn);
	if (conn->resolver != NULL)
		fsq_resolve_abandon(conn->resolver);
	PQfinish(conn->handle);
	pfree(conn);
}

/*
 * An idle connection that has something to read has been closed, or told that
 * it will be; other messages (settings that changed, notices) are taken in.
 */
bool
fsq_postgres_usable(FsqConn *base)
{
	PgConn	   *conn = (PgConn *) base;
	struct pollfd pfd = {.fd = PQsocket(conn->handle),.events = POLLIN};

	if (conn->step != PG_IDLE || PQstatus(conn->handle) != CONNECTION_OK || pfd.fd < 0)
		return false;
	if (poll(&pfd, 1, 0) <= 0)
		return true;
	if ((pfd.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 || !PQconsumeInput(conn->handle))
		return false;
	/* parses what has come */
	return !PQisBusy(conn->handle) && PQstatus(conn->handle) == CONNECTION_OK &&
		PQtransactionStatus(conn->handle) != PQTRANS_UNKNOWN;
}
