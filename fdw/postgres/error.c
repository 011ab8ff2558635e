/*-------------------------------------------------------------------------
 *
 * error.c
 *	  Errors of PostgreSQL servers and of libpq, in the terms of driver.h.
 *
 *	  A remote's SQLSTATE means here what it means there, but for those that
 *	  would speak of this very session: its cancel and its shutdown.
 *
 *	  https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "postgres/engine.h"

/* SQLSTATEs and classes of them that mean something to us; the first match counts. */
static const struct
{
	const char *sqlstate;		/* or its first two characters */
	int			instead;		/* 0: the remote's own */
	FsqErrorClass class;
	const char *hint;
}			error_map[] = {
	{"57014", ERRCODE_FSQ_TIMEOUT, FSQ_ERROR_TIMEOUT,
	"The remote server stopped the statement: by its statement_timeout, or because somebody asked it to."},
	{"57P03", ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION,
	"The remote server is starting up or shutting down."},
	{"57P", ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION, NULL},
	{"25P03", ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION, NULL},
	{"25P04", ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION, NULL},
	{"08", 0, FSQ_ERROR_CONNECTION, NULL},
	{"28", 0, FSQ_ERROR_AUTHENTICATION,
	"Check the user mapping's options \"username\" and \"password\", and the remote server's pg_hba.conf."},
	{"3D000", 0, FSQ_ERROR_PERMANENT, "Check the server's option \"database\"."},
	{"42P01", 0, FSQ_ERROR_PERMANENT,
	"The foreign table's options \"schema_name\" and \"table_name\" must be those of a table or view of the remote database."},
	{"42703", 0, FSQ_ERROR_PERMANENT,
	"The foreign table's columns, or their options \"column_name\", must be those of the remote table."},
	{"40001", 0, FSQ_ERROR_TRANSIENT, "Run the transaction again."},
	{"40P01", 0, FSQ_ERROR_TRANSIENT, "Run the transaction again."},
	{"55P03", 0, FSQ_ERROR_TRANSIENT, NULL},
	{"53", 0, FSQ_ERROR_TRANSIENT, NULL},
	{"", 0, FSQ_ERROR_PERMANENT, NULL}
};

/*
 * Fill in all but the message.
 */
static void
set_class(FsqDriverError *error, const char *sqlstate)
{
	int			i = 0;

	memset(error, 0, sizeof(*error));
	while (strncmp(sqlstate, error_map[i].sqlstate, strlen(error_map[i].sqlstate)) != 0)
		i++;
	error->sqlstate = error_map[i].instead ? error_map[i].instead :
		MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2], sqlstate[3], sqlstate[4]);
	error->class = error_map[i].class;
	error->hint = error_map[i].hint;
}

/*
 * Add a part of the remote's words, cut at a character's end where there is no
 * more room.
 */
static void
add_words(FsqDriverError *error, const char *label, const char *words)
{
	int			length = strlen(error->message);

	if (words == NULL || words[0] == '\0')
		return;
	snprintf(error->message + length, sizeof(error->message) - length, "%s%s%s",
			 length > 0 ? "\n" : "", label, words);
	length = strlen(error->message);
	/* libpq's own messages end with newlines */
	while (length > 0 && (error->message[length - 1] == '\n' || error->message[length - 1] == ' '))
		error->message[--length] = '\0';
	if (length == sizeof(error->message) - 1)
	{
		while (length > 0 && ((unsigned char) error->message[length - 1] & 0xc0) == 0x80)
			length--;
		if (length > 0 && IS_HIGHBIT_SET(error->message[length - 1]))
			length--;
		error->message[length] = '\0';
	}
}

/*
 * The connection is gone, in libpq's words.
 */
FsqStatus
fsq_postgres_lost(PgConn *conn)
{
	set_class(&conn->base.error, "08006");
	add_words(&conn->base.error, "", PQerrorMessage(conn->handle));
	conn->base.broken = true;
	return FSQ_FAILED;
}

/*
 * The remote said something that it cannot say here: whatever comes next would
 * be out of step.
 */
FsqStatus
fsq_postgres_protocol_error(PgConn *conn, const char *message)
{
	set_class(&conn->base.error, "08P01");
	add_words(&conn->base.error, "", message);
	conn->base.broken = true;
	return FSQ_FAILED;
}

FsqStatus
fsq_postgres_result_error(PgConn *conn, const PGresult *result)
{
	FsqDriverError *error = &conn->base.error;
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	/* libpq's own errors have no SQLSTATE: out of memory, or the connection is lost */
	if (sqlstate == NULL || strlen(sqlstate) != 5)
	{
		(void) fsq_postgres_lost(conn);
		if (error->message[0] == '\0')
			add_words(error, "", PQresultErrorMessage(result));
		return FSQ_FAILED;
	}
	set_class(error, sqlstate);
	add_words(error, "", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	add_words(error, "Detail: ", PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
	add_words(error, "Hint: ", PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
	add_words(error, "Context: ", PQresultErrorField(result, PG_DIAG_CONTEXT));
	if (error->class == FSQ_ERROR_CONNECTION || PQstatus(conn->handle) == CONNECTION_BAD)
		conn->base.broken = true;
	/* no such table, column, operator ...: a description may be old */
	if (strncmp(sqlstate, "42", 2) == 0)
		conn->generation++;
	return FSQ_FAILED;
}

/*
 * The SQLSTATE in the verbose words of a server that refused a connection,
 * whatever their language: "FATAL:  28P01: ...".  NULL: it has said nothing.
 */
static const char *
find_sqlstate(const char *message, char sqlstate[6])
{
	for (const char *s = strstr(message, ":  "); s != NULL; s = strstr(s + 1, ":  "))
	{
		const char *code = s + 3;

		if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && strncmp(code + 5, ": ", 2) == 0)
		{
			memcpy(sqlstate, code, 5);
			sqlstate[5] = '\0';
			return code + 7;
		}
	}
	return NULL;
}

FsqStatus
fsq_postgres_connect_error(PgConn *conn)
{
	FsqDriverError *error = &conn->base.error;
	const char *message = conn->handle != NULL ? PQerrorMessage(conn->handle) : "out of memory";
	char		sqlstate[6] = "08001";
	const char *words = find_sqlstate(message, sqlstate);

	if (words == NULL && conn->handle != NULL && PQconnectionNeedsPassword(conn->handle))
		strlcpy(sqlstate, "28P01", sizeof(sqlstate));
	set_class(error, sqlstate);
	if (words == NULL)
		add_words(error, "", message);
	else
	{
		/* without the place in the server's source */
		char	   *location;

		strlcpy(error->message, words, sizeof(error->message));
		location = strchr(error->message, '\n');
		if (location != NULL)
			*location = '\0';
	}
	conn->base.broken = true;
	return FSQ_FAILED;
}
