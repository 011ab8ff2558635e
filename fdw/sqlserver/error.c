/*-------------------------------------------------------------------------
 *
 * error.c
 *	  Error numbers of SQL Server and of db-lib, in PostgreSQL's words.
 *
 *	  Sources: "Database Engine events and errors" of the SQL Server
 *	  documentation (numbers and severities), sybdb.h (SYBE...).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/primnodes.h"

#include "sqlserver/wire.h"

typedef struct ErrorRule
{
	int			number;
	int			sqlstate;
	FsqErrorClass class;
	const char *hint;
} ErrorRule;

#define NAME_HINT "The foreign table's name and columns, or their options, must be those of the remote table."
#define HOST_HINT "Check the server's options \"host\" and \"port\"."
#define CONNECT_HINT "Check the server's options \"host\", \"port\", \"encrypt\", \"trust_server_certificate\" and \"ssl_ca\"."
#define LOGIN_HINT "Check the user mapping's options \"username\" and \"password\"."

static const ErrorRule server_rules[] = {
	/* logins and rights */
	{18456, ERRCODE_INVALID_PASSWORD, FSQ_ERROR_AUTHENTICATION, LOGIN_HINT},
	{18450, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, FSQ_ERROR_AUTHENTICATION, LOGIN_HINT},
	{18452, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, FSQ_ERROR_AUTHENTICATION, LOGIN_HINT},
	{18470, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, FSQ_ERROR_AUTHENTICATION},	/* disabled */
	{18486, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, FSQ_ERROR_AUTHENTICATION},	/* locked out */
	{18487, ERRCODE_INVALID_PASSWORD, FSQ_ERROR_AUTHENTICATION},	/* expired */
	{18488, ERRCODE_INVALID_PASSWORD, FSQ_ERROR_AUTHENTICATION},
	{4060, ERRCODE_INVALID_CATALOG_NAME, FSQ_ERROR_PERMANENT, "Check the server's option \"database\"."},
	{911, ERRCODE_INVALID_CATALOG_NAME, FSQ_ERROR_PERMANENT, "Check the server's option \"database\"."},
	{916, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},
	{229, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},
	{230, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},
	{262, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},
	{297, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},
	{300, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT},

	/* the server is busy, or goes away */
	{17142, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},	/* paused */
	{17148, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},
	{17187, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},	/* not yet ready */
	{17188, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},
	{17809, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},	/* user connections */
	{18401, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},	/* starting */
	{10928, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_TRANSIENT},
	{10929, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_TRANSIENT},
	{40197, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{40501, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_TRANSIENT},
	{40613, ERRCODE_SQLSERVER_REJECTED_ESTABLISHMENT_OF_SQLCONNECTION, FSQ_ERROR_CONNECTION},
	{596, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},	/* the session was killed */
	{6005, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},	/* shutdown in progress */
	{701, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_TRANSIENT},
	{8645, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_TRANSIENT},
	{8651, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_TRANSIENT},
	{1101, ERRCODE_DISK_FULL, FSQ_ERROR_TRANSIENT},
	{1105, ERRCODE_DISK_FULL, FSQ_ERROR_TRANSIENT},
	{9002, ERRCODE_DISK_FULL, FSQ_ERROR_TRANSIENT},
	{1205, ERRCODE_T_R_DEADLOCK_DETECTED, FSQ_ERROR_TRANSIENT},
	{1204, ERRCODE_LOCK_NOT_AVAILABLE, FSQ_ERROR_TRANSIENT},
	{1222, ERRCODE_LOCK_NOT_AVAILABLE, FSQ_ERROR_TRANSIENT},	/* lock timeout */
	{3617, ERRCODE_FDW_ERROR, FSQ_ERROR_TRANSIENT, "Somebody stopped the statement on the remote server."},
	{3960, ERRCODE_T_R_SERIALIZATION_FAILURE, FSQ_ERROR_TRANSIENT}, /* update conflict */
	{3961, ERRCODE_T_R_SERIALIZATION_FAILURE, FSQ_ERROR_TRANSIENT}, /* altered since the snapshot */
	{3966, ERRCODE_T_R_SERIALIZATION_FAILURE, FSQ_ERROR_TRANSIENT},
	{FSQ_SQLSERVER_SNAPSHOT_LOST, ERRCODE_IN_FAILED_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"An error in the remote transaction has ended it, and its snapshot: begin a transaction anew."},
	{3952, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
	"REPEATABLE READ and SERIALIZABLE read one snapshot of the remote database, which has to allow it: ALTER DATABASE ... SET ALLOW_SNAPSHOT_ISOLATION ON."},

	/* statements */
	{102, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT},
	{105, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT},
	{156, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT},
	{170, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT},
	{195, ERRCODE_UNDEFINED_FUNCTION, FSQ_ERROR_PERMANENT},
	{207, ERRCODE_FDW_COLUMN_NAME_NOT_FOUND, FSQ_ERROR_PERMANENT, NAME_HINT},
	{208, ERRCODE_FDW_TABLE_NOT_FOUND, FSQ_ERROR_PERMANENT, NAME_HINT},
	{4104, ERRCODE_FDW_COLUMN_NAME_NOT_FOUND, FSQ_ERROR_PERMANENT, NAME_HINT},
	{4413, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, FSQ_ERROR_PERMANENT},	/* broken view */
	{4502, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, FSQ_ERROR_PERMANENT},
	{206, ERRCODE_DATATYPE_MISMATCH, FSQ_ERROR_PERMANENT},
	{402, ERRCODE_DATATYPE_MISMATCH, FSQ_ERROR_PERMANENT},
	{306, ERRCODE_DATATYPE_MISMATCH, FSQ_ERROR_PERMANENT},
	{468, ERRCODE_COLLATION_MISMATCH, FSQ_ERROR_PERMANENT},
	{512, ERRCODE_CARDINALITY_VIOLATION, FSQ_ERROR_PERMANENT},
	{8623, ERRCODE_STATEMENT_TOO_COMPLEX, FSQ_ERROR_PERMANENT},
	{8632, ERRCODE_STATEMENT_TOO_COMPLEX, FSQ_ERROR_PERMANENT},
	{191, ERRCODE_STATEMENT_TOO_COMPLEX, FSQ_ERROR_PERMANENT},

	/* data */
	{220, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{232, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{8115, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{3606, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{8134, ERRCODE_DIVISION_BY_ZERO, FSQ_ERROR_PERMANENT},
	{241, ERRCODE_INVALID_DATETIME_FORMAT, FSQ_ERROR_PERMANENT},
	{242, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{244, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{245, ERRCODE_INVALID_TEXT_REPRESENTATION, FSQ_ERROR_PERMANENT},
	{248, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, FSQ_ERROR_PERMANENT},
	{8114, ERRCODE_INVALID_TEXT_REPRESENTATION, FSQ_ERROR_PERMANENT},
	{8169, ERRCODE_INVALID_TEXT_REPRESENTATION, FSQ_ERROR_PERMANENT},
	{2628, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, FSQ_ERROR_PERMANENT},
	{8152, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, FSQ_ERROR_PERMANENT},
	{515, ERRCODE_NOT_NULL_VIOLATION, FSQ_ERROR_PERMANENT},
	{547, ERRCODE_FOREIGN_KEY_VIOLATION, FSQ_ERROR_PERMANENT},
	{2601, ERRCODE_UNIQUE_VIOLATION, FSQ_ERROR_PERMANENT},
	{2627, ERRCODE_UNIQUE_VIOLATION, FSQ_ERROR_PERMANENT},
	{3906, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT},
	{823, ERRCODE_IO_ERROR, FSQ_ERROR_PERMANENT},
	{824, ERRCODE_DATA_CORRUPTED, FSQ_ERROR_PERMANENT},
	{825, ERRCODE_IO_ERROR, FSQ_ERROR_PERMANENT},
	{0}
};

/* The library's own words name Sybase's server and a section of its configuration. */
static const struct
{
	int			number;
	const char *text;
}			library_texts[] = {
	{SYBECONN, "The server does not exist, is not running, or does not accept connections."},
	{SYBEFCON, "The server did not accept the connection, or its certificate was not accepted."},
	{SYBESEOF, "The server closed the connection."},
	{0}
};

static const ErrorRule library_rules[] = {
	{SYBEFCON, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION, CONNECT_HINT},
	{SYBECONN, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION, HOST_HINT},
	{SYBEUHST, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION, HOST_HINT},
	{SYBESOCK, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION},
	{SYBEINTF, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, FSQ_ERROR_CONNECTION, HOST_HINT},
	{SYBETIME, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{SYBEREAD, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{SYBEWRIT, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{SYBESEOF, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{SYBEDDNE, ERRCODE_CONNECTION_FAILURE, FSQ_ERROR_CONNECTION},
	{SYBEBTOK, ERRCODE_PROTOCOL_VIOLATION, FSQ_ERROR_CONNECTION},
	{SYBESYNC, ERRCODE_PROTOCOL_VIOLATION, FSQ_ERROR_CONNECTION},
	{SYBEMEM, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_CONNECTION},
	{SYBEDBPS, ERRCODE_TOO_MANY_CONNECTIONS, FSQ_ERROR_CONNECTION},
	{SYBEPWD, ERRCODE_INVALID_PASSWORD, FSQ_ERROR_AUTHENTICATION, LOGIN_HINT},
	{SYBEICONVI, ERRCODE_UNTRANSLATABLE_CHARACTER, FSQ_ERROR_PERMANENT},
	{SYBEICONVIU, ERRCODE_UNTRANSLATABLE_CHARACTER, FSQ_ERROR_PERMANENT},
	{SYBEICONVO, ERRCODE_UNTRANSLATABLE_CHARACTER, FSQ_ERROR_PERMANENT},
	{0}
};

void
fsq_sqlserver_set_error(FsqDriverError *error, int sqlstate, FsqErrorClass class,
						const char *message, const char *hint)
{
	memset(error, 0, offsetof(FsqDriverError, message));
	error->sqlstate = sqlstate;
	error->class = class;
	error->hint = hint;
	strlcpy(error->message, message, sizeof(error->message));
}

static void
apply_rule(const ErrorRule *rules, int number, FsqDriverError *error)
{
	for (const ErrorRule *rule = rules; rule->number != 0; rule++)
	{
		if (rule->number != number)
			continue;
		error->sqlstate = rule->sqlstate;
		error->class = rule->class;
		error->hint = rule->hint;
		return;
	}
}

/*
 * What server or library said, in PostgreSQL's words.  Severities from 20 on
 * end the connection, 17 to 19 are the server's own troubles.
 */
void
fsq_sqlserver_take_error(const SqlserverMessages *messages, bool dead, FsqDriverError *error)
{
	FsqErrorClass class = dead || messages->severity >= 20 ? FSQ_ERROR_CONNECTION :
		messages->severity >= 17 ? FSQ_ERROR_TRANSIENT : FSQ_ERROR_PERMANENT;

	fsq_sqlserver_set_error(error, class == FSQ_ERROR_CONNECTION ? ERRCODE_CONNECTION_FAILURE : ERRCODE_FDW_ERROR, class,
							messages->text[0] != '\0' ? messages->text : "The connection to the server was lost.", NULL);
	if (messages->number != 0)
	{
		error->native_code = messages->number;
		apply_rule(server_rules, messages->number, error);
	}
	else if (messages->library_number != 0)
	{
		error->native_code = messages->library_number;
		apply_rule(library_rules, messages->library_number, error);
		for (int i = 0; library_texts[i].number != 0; i++)
		{
			if (library_texts[i].number == messages->library_number)
				strlcpy(error->message, library_texts[i].text, sizeof(error->message));
		}
	}
}

/*
 * A call on a connection failed.
 */
FsqStatus
fsq_sqlserver_fail(SqlserverConn *conn)
{
	FsqConn    *base = &conn->base;
	bool		dead = conn->dbproc == NULL || DBDEAD(conn->dbproc);

	if (dead || conn->interrupted)
		base->broken = true;
	if (conn->interrupted && (QueryCancelPending || ProcDiePending))
		fsq_sqlserver_set_error(&base->error, ERRCODE_QUERY_CANCELED, FSQ_ERROR_CANCELLED,
								"The statement was cancelled.", NULL);
	else if (conn->interrupted)
		fsq_sqlserver_set_error(&base->error, ERRCODE_FSQ_TIMEOUT, FSQ_ERROR_TIMEOUT,
								"The answer stopped in its middle, and the timeout is over.",
								"The limit is the server's option \"timeout\".");
	else
		fsq_sqlserver_take_error(&conn->messages, base->broken, &base->error);
	return FSQ_FAILED;
}
