/*-------------------------------------------------------------------------
 *
 * error.c
 *	  The errors of SQLite: their SQLSTATEs, classes and hints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sqlite/file.h"

/* Result codes (https://www.sqlite.org/rescode.html) that mean something to us. */
static const struct
{
	int			code;			/* primary or extended; the first match counts */
	int			sqlstate;
	FsqErrorClass class;
	const char *hint;
}			error_map[] = {
	{SQLITE_BUSY_SNAPSHOT, ERRCODE_T_R_SERIALIZATION_FAILURE, FSQ_ERROR_TRANSIENT,
	"Run the transaction again."},
	{SQLITE_BUSY, ERRCODE_LOCK_NOT_AVAILABLE, FSQ_ERROR_TRANSIENT, NULL},
	{SQLITE_LOCKED, ERRCODE_LOCK_NOT_AVAILABLE, FSQ_ERROR_TRANSIENT,
	"Another statement of this session uses the same table."},
	{SQLITE_INTERRUPT, ERRCODE_QUERY_CANCELED, FSQ_ERROR_CANCELLED, NULL},
	{SQLITE_NOMEM, ERRCODE_FDW_OUT_OF_MEMORY, FSQ_ERROR_TRANSIENT, NULL},
	{SQLITE_NOTADB, ERRCODE_WRONG_OBJECT_TYPE, FSQ_ERROR_PERMANENT,
	"The file is not a SQLite database, or it is encrypted. Check the server's option \"path\"."},
	{SQLITE_CORRUPT, ERRCODE_DATA_CORRUPTED, FSQ_ERROR_PERMANENT,
	"The database file is damaged or cut short. Run PRAGMA integrity_check in the sqlite3 shell."},
	{SQLITE_IOERR_SHORT_READ, ERRCODE_DATA_CORRUPTED, FSQ_ERROR_PERMANENT,
	"The database file is damaged or cut short. Run PRAGMA integrity_check in the sqlite3 shell."},
	{SQLITE_IOERR, ERRCODE_IO_ERROR, FSQ_ERROR_TRANSIENT, NULL},
	{SQLITE_FULL, ERRCODE_DISK_FULL, FSQ_ERROR_TRANSIENT, NULL},
	{SQLITE_CANTOPEN, ERRCODE_IO_ERROR, FSQ_ERROR_CONNECTION,
	"A database in WAL mode needs write access to its directory, even for reading."},
	{SQLITE_PERM, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_READONLY_ROLLBACK, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"A process died while it was writing: the database must be opened for writing once, which repairs it."},
	{SQLITE_READONLY_RECOVERY, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"A process died while it was writing: the database must be opened for writing once, which repairs it."},
	{SQLITE_READONLY_CANTINIT, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"A database in WAL mode needs write access to its directory, even for reading."},
	{SQLITE_READONLY_DIRECTORY, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"A database in WAL mode needs write access to its directory, even for reading."},
	{SQLITE_READONLY, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
	"A database in WAL mode needs write access to its file and directory, even for reading."},
	{SQLITE_CONSTRAINT_UNIQUE, ERRCODE_UNIQUE_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT_PRIMARYKEY, ERRCODE_UNIQUE_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT_ROWID, ERRCODE_UNIQUE_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT_NOTNULL, ERRCODE_NOT_NULL_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT_FOREIGNKEY, ERRCODE_FOREIGN_KEY_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT_CHECK, ERRCODE_CHECK_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_CONSTRAINT, ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_TOOBIG, ERRCODE_PROGRAM_LIMIT_EXCEEDED, FSQ_ERROR_PERMANENT, NULL},
	{SQLITE_SCHEMA, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, FSQ_ERROR_TRANSIENT, NULL},
	{0}
};

/* Beginnings of messages that the library gives no code of their own. */
static const struct
{
	const char *message;
	int			sqlstate;
	const char *hint;
}			message_map[] = {
	{"no such table", ERRCODE_FDW_TABLE_NOT_FOUND,
	"The foreign table's name, or its option \"table_name\", must be that of a table or view of the database."},
	{"no such column", ERRCODE_FDW_COLUMN_NAME_NOT_FOUND,
	"The foreign table's columns, or their options \"column_name\", must be those of the database's table."},
	{"unsafe use of", ERRCODE_INSUFFICIENT_PRIVILEGE,
	"A view may use only functions and virtual tables that can do no harm, whoever wrote it."},
	{NULL}
};

void
fsq_sqlite_fill_error(FsqDriverError *error, int sqlstate, FsqErrorClass class, const char *message,
					  const char *hint)
{
	memset(error, 0, offsetof(FsqDriverError, message));
	error->sqlstate = sqlstate;
	error->class = class;
	error->hint = hint;
	strlcpy(error->message, message, sizeof(error->message));
}

/*
 * Take the error of the last call on a handle.
 */
FsqStatus
fsq_sqlite_take_error(SqliteConn *conn, int code)
{
	SqliteFile *file = conn->file;
	FsqDriverError *error = &conn->base.error;

	/* the authorizer denies nothing else */
	if (code == SQLITE_AUTH)
		code = SQLITE_INTERRUPT;
	fsq_sqlite_fill_error(error, ERRCODE_FDW_ERROR, FSQ_ERROR_PERMANENT, sqlite3_errmsg(file->db), NULL);
	error->native_code = code;
	for (int i = 0; error_map[i].code != 0; i++)
	{
		if (error_map[i].code == code || error_map[i].code == (code & 0xff))
		{
			error->sqlstate = error_map[i].sqlstate;
			error->class = error_map[i].class;
			error->hint = error_map[i].hint;
			break;
		}
	}
	for (int i = 0; code == SQLITE_ERROR && message_map[i].message != NULL; i++)
	{
		if (strncmp(error->message, message_map[i].message, strlen(message_map[i].message)) == 0)
		{
			error->sqlstate = message_map[i].sqlstate;
			error->hint = message_map[i].hint;
		}
	}
	if ((code & 0xff) == SQLITE_INTERRUPT && file->timed_out)
	{
		error->sqlstate = ERRCODE_FSQ_TIMEOUT;
		error->class = FSQ_ERROR_TIMEOUT;
		strlcpy(error->message, "The statement ran longer than the timeout allows.",
				sizeof(error->message));
		error->hint = "The limit is the server's option \"timeout\" or the setting fraiseql.remote_timeout.";
	}
	return FSQ_FAILED;
}
