/*-------------------------------------------------------------------------
 *
 * failure.c
 *	  The errors that connections and their statements end with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "utils/builtins.h"

#include "connection.h"

/* The SQLSTATE of the last error, if it was a failure of the source; else 0. */
static int	source_failure = 0;
/* ... and that source's name */
static NameData failed_source;

Oid
fsq_failure_source(const ErrorData *error)
{
	if (source_failure == 0 || error->sqlerrcode != source_failure)
		return InvalidOid;
	return get_foreign_server_oid(NameStr(failed_source), true);
}

void
fsq_failure_of_source(const char *server, int sqlstate)
{
	source_failure = sqlstate;
	namestrcpy(&failed_source, server);
}

/*
 * What was tried, up to the word "server"; doing is NULL while connecting.
 */
static const char *
purpose(const char *doing)
{
	return doing != NULL ? psprintf("%s on", doing) : "connect to";
}

/* Whether it is the source that has failed, rather than what was asked of it or who asked. */
static bool
is_of_source(FsqErrorClass class)
{
	return class == FSQ_ERROR_CONNECTION || class == FSQ_ERROR_TIMEOUT ||
		class == FSQ_ERROR_TRANSIENT || class == FSQ_ERROR_REFUSED;
}

void
fsq_connection_timeout_error(FsqConn *conn, long waited, const char *doing, const char *sql)
{
	fsq_failure_of_source(conn->server_name, ERRCODE_FSQ_TIMEOUT);
	ereport(ERROR,
			(errcode(ERRCODE_FSQ_TIMEOUT),
			 errmsg("could not %s server \"%s\": timeout", purpose(doing), conn->server_name),
			 errdetail("There was no answer for %ld ms.", waited),
			 errhint("The limit is the server's option \"timeout\" or \"connection_timeout\"."),
			 sql ? errcontext("remote statement: %s", fsq_words_local(sql)) : 0));
}

void
fsq_connection_wait_error(FsqConn *conn, bool locked, TimestampTz started, const char *doing, const char *sql)
{
	long		waited = TimestampDifferenceMilliseconds(started, GetCurrentTimestamp());

	if (!locked)
	{
		fsq_connection_late(conn->owner, waited, doing);
		fsq_connection_timeout_error(conn, waited, doing, sql);
	}
	fsq_failure_of_source(conn->server_name, ERRCODE_LOCK_NOT_AVAILABLE);
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("could not %s server \"%s\": the database is locked", purpose(doing), conn->server_name),
			 errdetail("Another process or session held its lock for the %ld ms that were waited.", waited),
			 errhint("Try again when it has ended its transaction, or raise the server's option \"timeout\"."),
			 sql ? errcontext("remote statement: %s", fsq_words_local(sql)) : 0));
}

void
fsq_connection_error(FsqConn *conn, const char *doing, const char *sql)
{
	const FsqDriverError *error = &conn->error;
	int			sqlstate = error->sqlstate ? error->sqlstate : ERRCODE_FDW_ERROR;

	if (error->class == FSQ_ERROR_CONNECTION)
		conn->broken = true;
	/* a connection that is lost before there is one */
	if (doing == NULL && sqlstate == ERRCODE_CONNECTION_FAILURE)
		sqlstate = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
	if (error->class == FSQ_ERROR_CANCELLED)
	{
		/* says why, or ends the process */
		CHECK_FOR_INTERRUPTS();
		if (!PostmasterIsAlive())
			proc_exit(1);
	}
	fsq_failure_of_source(conn->server_name, is_of_source(error->class) ? sqlstate : 0);
	if (error->class == FSQ_ERROR_REFUSED)
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("server \"%s\": %s", conn->server_name, error->message),
				 errhint("%s", error->hint)));
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("could not %s server \"%s\"%s", purpose(doing), conn->server_name,
					error->class == FSQ_ERROR_TIMEOUT ? ": timeout" : ""),
			 error->message[0] ? errdetail_internal("%s", fsq_words_local(error->message)) : 0,
			 error->hint ? errhint("%s", error->hint) : 0,
			 sql ? errcontext("remote statement: %s", fsq_words_local(sql)) : 0));
}
