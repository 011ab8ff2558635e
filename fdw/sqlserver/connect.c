/*-------------------------------------------------------------------------
 *
 * connect.c
 *	  Connections to SQL Server: their options, and the session as the dialect
 *	  may rely on it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catalog/pg_foreign_server.h"
#include "utils/memutils.h"

#include "fdw.h"
#include "option.h"
#include "sqlserver/wire.h"

/*
 * db-lib begins with old settings, most of which no index on a view or a
 * computed column, and no XML, works with.  LANGUAGE brings the order of dates
 * and the first day of the week with it.
 */
#define NORMALISE \
	"SET LANGUAGE us_english; " \
	"SET DATEFORMAT ymd; " \
	"SET QUOTED_IDENTIFIER, ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL ON; " \
	"SET NUMERIC_ROUNDABORT OFF; " \
	"SET IMPLICIT_TRANSACTIONS OFF; " \
	"SET TEXTSIZE 2147483647; " \
	"SET ROWCOUNT 0; " \
	"SET LOCK_TIMEOUT -1; " \
	"SET NOCOUNT ON; " \
	"SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

/* ---- options ---- */

static void check_encrypt(const char *name, const char *value);
static void check_tds_version(const char *name, const char *value);

const FsqOption fsq_sqlserver_options[] = {
	{"encrypt", ForeignServerRelationId, false, false, check_encrypt,
	"off: never; optional (the default): where the server wants it; mandatory, or on: always, or there is no connection"},
	{"trust_server_certificate", ForeignServerRelationId, false, false, fsq_check_bool,
	"whether the server's certificate is taken without verification where encrypt is mandatory (default false)"},
	{"ssl_ca", ForeignServerRelationId, false, false, fsq_check_server_file,
	"file with the certificates of authorities that are trusted (default: the system's)"},
	{"tds_version", ForeignServerRelationId, false, false, check_tds_version,
	"version of the protocol to ask for: 7.3 or 7.4 (the default)"},
	{NULL}
};

/* Words of "encrypt": those of Microsoft's drivers. */
static const struct
{
	const char *word;
	SqlserverEncryption encryption;
}			encryptions[] = {
	{"off", ENCRYPT_OFF},
	{"optional", ENCRYPT_OPTIONAL},
	{"mandatory", ENCRYPT_MANDATORY},
	{"on", ENCRYPT_MANDATORY},
};

/*
 * What the option "encrypt" says, or is without being there.
 */
SqlserverEncryption
fsq_sqlserver_encryption(List *options)
{
	const char *value = fsq_option_get(options, "encrypt");

	for (int i = 0; value != NULL && i < lengthof(encryptions); i++)
	{
		if (strcmp(encryptions[i].word, value) == 0)
			return encryptions[i].encryption;
	}
	return ENCRYPT_OPTIONAL;
}

static void
check_encrypt(const char *name, const char *value)
{
	for (int i = 0; i < lengthof(encryptions); i++)
	{
		if (strcmp(encryptions[i].word, value) == 0)
			return;
	}
	fsq_option_value_error(name, value, "Valid values are off, optional, and mandatory or on.");
}

/* Older ones do not have all types. */
static void
check_tds_version(const char *name, const char *value)
{
	if (strcmp(value, "7.3") != 0 && strcmp(value, "7.4") != 0)
		fsq_option_value_error(name, value, "Valid values are 7.3 and 7.4.");
}

/*
 * A value that goes into FreeTDS's configuration, where a line is an option
 * and has at most 255 bytes, blanks that follow one another are one, and what
 * comes after # or ; is a comment.
 */
#define LONGEST_VALUE 240

static void
check_line(List *options, const char *name)
{
	const char *value = fsq_option_get(options, name);
	bool		valid;

	if (value == NULL)
		return;
	valid = strlen(value) <= LONGEST_VALUE;
	for (const char *p = value; *p != '\0'; p++)
	{
		if ((unsigned char) *p < ' ' || *p == '#' || *p == ';' ||
			(*p == ' ' && (p == value || p[1] == ' ' || p[1] == '\0')))
			valid = false;
	}
	if (!valid)
		fsq_option_value_error(name, value,
							   "It may have 240 bytes, no # and no ;, no control characters, no blanks at its ends, and none that follow one another.");
}

/*
 * FsqDriver.check_options
 */
void
fsq_sqlserver_check_options(Oid context, List *options)
{
	if (context != ForeignServerRelationId)
		return;
	check_line(options, "host");
	check_line(options, "ssl_ca");
	if (fsq_option_get_bool(options, "trust_server_certificate", false) && fsq_option_get(options, "ssl_ca") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("the options \"trust_server_certificate\" and \"ssl_ca\" exclude one another")));
	if (fsq_sqlserver_encryption(options) != ENCRYPT_MANDATORY &&
		(fsq_option_get(options, "ssl_ca") != NULL || fsq_option_get(options, "trust_server_certificate") != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("the options \"trust_server_certificate\" and \"ssl_ca\" are for servers where \"encrypt\" is mandatory"),
				 errhint("Add the option encrypt 'mandatory'.")));
}

/* ---- connecting ---- */

/*
 * Keepalives, which find out that an idle server is gone.
 */
static void
set_keepalives(SqlserverConn *conn)
{
	int			sock = DBIORDESC(conn->dbproc);
	int			on = conn->keepalives;

	(void) setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
#ifdef TCP_KEEPIDLE
	if (conn->keepalives && conn->keepalives_idle > 0)
		(void) setsockopt(sock, IPPROTO_TCP, TCP_KEEPIDLE, &conn->keepalives_idle,
						  sizeof(conn->keepalives_idle));
#endif
}

/*
 * FsqDriver.connect_poll
 */
FsqStatus
fsq_sqlserver_connect_poll(FsqConn *base)
{
	SqlserverConn *conn = (SqlserverConn *) base;
	FsqStatus	status = FSQ_DONE;

	if (conn->phase == PHASE_LOGGING_IN)
	{
		if (!fsq_sqlserver_login_done(conn->login, &conn->dbproc, &conn->messages))
			return FSQ_WAIT;
		conn->login = NULL;
		if (conn->dbproc == NULL)
			return fsq_sqlserver_fail(conn);
		/* db-lib closes its own when a cancel takes too long */
		conn->socket = fcntl(DBIORDESC(conn->dbproc), F_DUPFD_CLOEXEC, 0);
		fsq_sqlserver_watch(conn);
		set_keepalives(conn);
		conn->phase = PHASE_NORMALISING;
		status = fsq_sqlserver_start(conn, NORMALISE);
	}
	else if (conn->phase == PHASE_NORMALISING)
		status = fsq_sqlserver_run(conn);
	if (status == FSQ_DONE)
		conn->phase = PHASE_READY;
	return status;
}

/*
 * FsqDriver.connect
 */
FsqStatus
fsq_sqlserver_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "fraiseql sqlserver connection",
												  ALLOCSET_SMALL_SIZES);
	SqlserverConn *conn = MemoryContextAllocZero(context, sizeof(SqlserverConn));
	const char *idle = fsq_option_get(spec->server_options, "keepalives_idle");

	conn->base.driver = &fsq_sqlserver_driver;
	conn->base.server_name = spec->server_name;
	conn->socket = -1;
	conn->context = context;
	conn->keepalives = fsq_option_get_bool(spec->server_options, "keepalives", true);
	conn->keepalives_idle = idle ? Max(fsq_parse_duration("keepalives_idle", idle) / 1000, 1) : 0;
	*result = &conn->base;
	conn->login = fsq_sqlserver_login_start(spec, &conn->base.error);
	if (conn->login == NULL)
	{
		conn->base.broken = true;
		return FSQ_FAILED;
	}
	return FSQ_WAIT;
}

/*
 * Give a connection up whatever is under way on it: nothing can be sent any
 * more, and closing it resets it.  A server that is stuck sending would not
 * notice a mere end for minutes.  Its end can still be awaited: see pool.c.
 */
void
fsq_sqlserver_abort(SqlserverConn *conn)
{
	struct linger linger = {.l_onoff = 1,.l_linger = 0};
	int			sock = fsq_sqlserver_ending(&conn->base);

	if (sock < 0)
		return;
	(void) setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void) shutdown(sock, SHUT_WR);
}

/*
 * FsqDriver.ending
 */
int
fsq_sqlserver_ending(FsqConn *base)
{
	SqlserverConn *conn = (SqlserverConn *) base;

	if (conn->login != NULL)
		return fsq_sqlserver_login_socket(conn->login);
	if (conn->socket >= 0)
		return conn->socket;
	return conn->dbproc != NULL ? DBIORDESC(conn->dbproc) : PGINVALID_SOCKET;
}

/*
 * FsqDriver.close
 */
void
fsq_sqlserver_close(FsqConn *base)
{
	SqlserverConn *conn = (SqlserverConn *) base;

	if (conn->login != NULL)
		fsq_sqlserver_login_abandon(conn->login);
	if (conn->dbproc != NULL)
	{
		if (base->broken || conn->stmt != NULL || conn->sent || conn->phase != PHASE_READY)
			fsq_sqlserver_abort(conn);
		fsq_sqlserver_enter(conn);
		dbclose(conn->dbproc);
		fsq_sqlserver_leave(conn);
	}
	if (conn->socket >= 0)
		close(conn->socket);
	MemoryContextDelete(conn->context);
}

/*
 * FsqDriver.usable: an idle server that says something says good-bye.
 */
bool
fsq_sqlserver_usable(FsqConn *base)
{
	SqlserverConn *conn = (SqlserverConn *) base;
	struct pollfd pfd = {.events = POLLIN};

	if (conn->dbproc == NULL || DBDEAD(conn->dbproc))
		return false;
	pfd.fd = DBIORDESC(conn->dbproc);
	return poll(&pfd, 1, 0) == 0;
}
