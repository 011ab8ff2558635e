/*-------------------------------------------------------------------------
 *
 * driver.c
 *	  SQLite: the contract of driver.h over the sqlite3 library, in process.
 *
 *	  A backend has one library handle per file, however many servers name
 *	  it: their connections share it.  (Handles of one process on one file
 *	  would lock each other out.)  A statement of a read-only server is
 *	  refused by its nature, whatever the handle may do.
 *
 *	  The library never waits.  What is locked is answered with FSQ_WAIT and
 *	  tried again; a running statement is stopped by the progress handler, and
 *	  one that is being prepared by the authorizer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "miscadmin.h"
#include "storage/pmsignal.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#include "fdw.h"
#include "option.h"
#include "sqlite/kept.h"
#include "sqlite/sqlite.h"

/*
 * Virtual machine instructions between two looks at the interrupt flags: some
 * ten microseconds.
 */
#define PROGRESS_STEPS 1000

/* The longest sleep between two tries of what is locked, in milliseconds. */
#define LONGEST_RETRY 50

/* A file that this backend has open. */
typedef struct SqliteFile
{
	struct SqliteFile *next;
	sqlite3    *db;
	dev_t		device;
	ino_t		inode;
	bool		writable;		/* opened for reading and writing */
	int			users;			/* connections */
	int			running;		/* statements not finished */
	int			transactions;	/* connections that have one */
	TimestampTz deadline;		/* of the step that runs now */
	bool		timed_out;		/* the progress handler stopped it because of that */
	bool		cancelled;		/* ... because of an interrupt */
	FsqSqliteKept kept;			/* statements that nobody uses now */
} SqliteFile;

typedef struct SqliteConn
{
	FsqConn		base;
	SqliteFile *file;
	char	   *path;
	bool		read_only;
	bool		in_transaction;
	int			retries;		/* of the step that is locked now */
} SqliteConn;

typedef struct SqliteStmt
{
	FsqStmt		base;
	SqliteConn *conn;
	sqlite3_stmt *handle;		/* NULL: not prepared yet */
	const char *sql;			/* while it is not prepared */
	int			nparams;
	const FsqValue *params;
	bool		row_seen;		/* since it was last sent */
} SqliteStmt;

static SqliteFile *files = NULL;

/* ---- options ---- */

static void check_path(const char *name, const char *value);
static void check_date_format(const char *name, const char *value);

static const FsqOption sqlite_options[] = {
	{"path", ForeignServerRelationId, false, false, check_path,
	"absolute path of the database file"},
	{"date_format", AttributeRelationId, false, false, check_date_format,
	"how dates and times are stored: text (ISO 8601, the default), unix (seconds) or julian (day number)"},
	{NULL}
};

static void
check_path(const char *name, const char *value)
{
	if (!is_absolute_path(value))
		fsq_option_value_error(name, value, "Write an absolute path.");
}

static void
check_date_format(const char *name, const char *value)
{
	if (strcmp(value, "text") != 0 && strcmp(value, "unix") != 0 && strcmp(value, "julian") != 0)
		fsq_option_value_error(name, value, "Valid values are text, unix and julian.");
}

/*
 * A server needs a path; who sets it needs the right to read it, and to write
 * it unless the server is read-only.
 */
static void
sqlite_check_options(Oid context, List *options)
{
	if (context != ForeignServerRelationId)
		return;
	if (fsq_option_get(options, "path") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("the option \"path\" is required"),
				 errhint("Name the database file: OPTIONS (path '/absolute/path').")));
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to name a file of the database server"),
				 errdetail("The option \"path\" may be set by superusers and members of pg_read_server_files.")));
	if (!fsq_option_get_bool(options, "read_only", false) &&
		!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to name a file of the database server for writing"),
				 errdetail("A server that is not read_only needs a superuser or a member of pg_write_server_files."),
				 errhint("Set the option read_only 'true'.")));
}

/* ---- errors ---- */

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

static void
fill_error(FsqDriverError *error, int sqlstate, FsqErrorClass class, const char *message,
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
static FsqStatus
take_error(SqliteConn *conn, int code)
{
	SqliteFile *file = conn->file;
	FsqDriverError *error = &conn->base.error;

	/* the authorizer denies nothing else */
	if (code == SQLITE_AUTH)
		code = SQLITE_INTERRUPT;
	fill_error(error, ERRCODE_FDW_ERROR, FSQ_ERROR_PERMANENT, sqlite3_errmsg(file->db), NULL);
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

/* ---- running ---- */

/*
 * Called by the library while a statement runs: nonzero stops it.  Interrupts
 * that would not end the statement do not stop it either.
 */
static int
progress(void *arg)
{
	SqliteFile *file = arg;

	if (unlikely(InterruptPending && (QueryCancelPending || ProcDiePending) &&
				 InterruptHoldoffCount == 0 && CritSectionCount == 0 &&
				 (ProcDiePending || QueryCancelHoldoffCount == 0)))
	{
		file->cancelled = true;
		return 1;
	}
	if (unlikely(file->deadline != 0 && GetCurrentTimestamp() >= file->deadline))
	{
		file->timed_out = true;
		return 1;
	}
	if (unlikely(!PostmasterIsAlive()))
	{
		file->cancelled = true;
		return 1;
	}
	return 0;
}

/*
 * Called by the library while it prepares a statement, for each SELECT and
 * column in it.  Views upon views can make that long, and no progress handler
 * is asked then.
 */
static int
authorize(void *arg, int action, const char *object, const char *part,
		  const char *schema, const char *view)
{
	return progress(arg) ? SQLITE_DENY : SQLITE_OK;
}

/*
 * Before any call that may run: how long it may, and no leftovers.
 */
static inline void
begin_step(SqliteConn *conn)
{
	conn->file->deadline = conn->base.deadline;
	conn->file->timed_out = false;
	conn->file->cancelled = false;
}

/*
 * The answer to a result code: wait for locks that waiting can cure, or fail.
 */
static FsqStatus
wait_or_fail(SqliteConn *conn, int code)
{
	if ((code & 0xff) == SQLITE_BUSY && code != SQLITE_BUSY_SNAPSHOT)
	{
		conn->retries++;
		return FSQ_WAIT;
	}
	conn->retries = 0;
	return take_error(conn, code);
}

static void
sqlite_wait_for(FsqConn *base, FsqWait *wait)
{
	SqliteConn *conn = (SqliteConn *) base;

	wait->socket = PGINVALID_SOCKET;
	wait->events = 0;
	wait->milliseconds = Min(1L << Min(conn->retries, 10), LONGEST_RETRY);
	wait->locked = true;
}

/* ---- files and connections ---- */

/*
 * Open a file and make its session what sqlite.h promises.  Nothing of the
 * file is read yet.  Returns the library's code; on failure nothing is open.
 */
static int
open_handle(const char *path, bool writable, SqliteFile *file)
{
	int			flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	sqlite3    *db = NULL;
	int			code = sqlite3_open_v2(path, &db, flags, NULL);

	if (code != SQLITE_OK)
	{
		/* a handle is made even then */
		sqlite3_close(db);
		return code;
	}
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, 0);
	sqlite3_progress_handler(db, PROGRESS_STEPS, progress, file);
	sqlite3_set_authorizer(db, authorize, file);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	code = fsq_sqlite_functions_create(db);
	if (code != SQLITE_OK)
	{
		sqlite3_close(db);
		return code;
	}
	/* no other file, whatever a statement says */
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	file->db = db;
	return SQLITE_OK;
}

/*
 * Whether a path leads to a file that can be opened; otherwise says why not
 * in words better than the library's.
 */
static bool
look_at_path(const char *path, struct stat *st, FsqDriverError *error)
{
	char		message[MAXPGPATH + 100];

	if (stat(path, st) != 0)
	{
		int			save_errno = errno;

		snprintf(message, sizeof(message), "Could not find the file \"%s\": %s.", path, strerror(save_errno));
		fill_error(error,
				   save_errno == ENOENT || save_errno == ENOTDIR ? ERRCODE_UNDEFINED_FILE :
				   save_errno == EACCES ? ERRCODE_INSUFFICIENT_PRIVILEGE : ERRCODE_IO_ERROR,
				   FSQ_ERROR_CONNECTION, message,
				   "Check the server's option \"path\"; a database is never created.");
		return false;
	}
	if (!S_ISREG(st->st_mode))
	{
		snprintf(message, sizeof(message), "\"%s\" is %s.", path,
				 S_ISDIR(st->st_mode) ? "a directory" : "not a regular file");
		fill_error(error, ERRCODE_WRONG_OBJECT_TYPE, FSQ_ERROR_CONNECTION, message,
				   "Check the server's option \"path\".");
		return false;
	}
	if (access(path, R_OK) != 0)
	{
		snprintf(message, sizeof(message), "Could not read the file \"%s\": %s.", path, strerror(errno));
		fill_error(error, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_CONNECTION, message,
				   "The operating system user of the PostgreSQL server needs access to the file.");
		return false;
	}
	return true;
}

/*
 * Whether a file that was opened for a read-only server is to be opened anew
 * for one that is not, which is possible when nothing runs.  Until then they
 * share it as it is.
 */
static bool
wants_writable(const SqliteConn *conn, const SqliteFile *file)
{
	return !conn->read_only && !file->writable && file->running == 0 && file->transactions == 0;
}

/*
 * Open a file for a connection, or share it if it is open.  False: see the
 * error.
 */
static bool
acquire_file(SqliteConn *conn, FsqDriverError *error)
{
	struct stat st;
	SqliteFile *file;
	int			code;

	if (!look_at_path(conn->path, &st, error))
		return false;
	for (file = files; file != NULL; file = file->next)
	{
		if (file->device == st.st_dev && file->inode == st.st_ino)
			break;
	}

	if (file == NULL)
	{
		file = MemoryContextAllocExtended(TopMemoryContext, sizeof(SqliteFile),
										  MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
		code = file == NULL ? SQLITE_NOMEM : open_handle(conn->path, !conn->read_only, file);
		if (code != SQLITE_OK)
		{
			if (file != NULL)
				pfree(file);
			goto failed;
		}
		file->device = st.st_dev;
		file->inode = st.st_ino;
		file->writable = !conn->read_only;
		file->next = files;
		files = file;
	}
	else if (wants_writable(conn, file))
	{
		sqlite3    *old = file->db;

		code = open_handle(conn->path, true, file);
		if (code != SQLITE_OK)
			goto failed;
		fsq_sqlite_kept_drop(&file->kept);
		sqlite3_close_v2(old);
		file->writable = true;
	}
	file->users++;
	conn->file = file;
	return true;

failed:
	fill_error(error, ERRCODE_IO_ERROR, FSQ_ERROR_CONNECTION, sqlite3_errstr(code),
			   "Check the server's option \"path\" and the file's permissions.");
	return false;
}

/*
 * One connection less on a file; the last closes it.
 */
static void
release_file(SqliteFile *file)
{
	if (--file->users > 0)
		return;
	for (SqliteFile **link = &files; *link != NULL; link = &(*link)->next)
	{
		if (*link == file)
		{
			*link = file->next;
			break;
		}
	}
	fsq_sqlite_kept_drop(&file->kept);
	sqlite3_close_v2(file->db);
	pfree(file);
}

static FsqStatus
sqlite_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
{
	SqliteConn *conn = MemoryContextAllocZero(TopMemoryContext, sizeof(SqliteConn));

	conn->base.driver = &fsq_sqlite_driver;
	conn->base.server_name = spec->server_name;
	conn->path = MemoryContextStrdup(TopMemoryContext, fsq_option_get(spec->server_options, "path"));
	conn->read_only = spec->read_only;
	*result = &conn->base;
	if (!acquire_file(conn, &conn->base.error))
	{
		*error = conn->base.error;
		return FSQ_FAILED;
	}
	return FSQ_DONE;
}

/* Connecting never waits. */
static FsqStatus
sqlite_connect_poll(FsqConn *conn)
{
	return FSQ_DONE;
}

static void
sqlite_close(FsqConn *base)
{
	SqliteConn *conn = (SqliteConn *) base;

	if (conn->in_transaction)
		(void) fsq_sqlite_driver.transaction(base, FSQ_ROLLBACK, 0);
	if (conn->file != NULL)
		release_file(conn->file);
	pfree(conn->path);
	pfree(conn);
}

/*
 * Whether the path still leads to the file that is open (it may have been
 * removed or replaced), and the file is open as the server wants it.
 */
static bool
sqlite_usable(FsqConn *base)
{
	SqliteConn *conn = (SqliteConn *) base;
	struct stat st;

	return stat(conn->path, &st) == 0 &&
		st.st_dev == conn->file->device && st.st_ino == conn->file->inode &&
		!wants_writable(conn, conn->file);
}

sqlite3 *
fsq_sqlite_handle(FsqConn *conn)
{
	return ((SqliteConn *) conn)->file->db;
}

/* ---- statements ---- */

/*
 * Bind the parameters.  The library does not copy them: the caller keeps them
 * (driver.h).
 */
static FsqStatus
bind_params(SqliteStmt *stmt)
{
	for (int i = 0; i < stmt->nparams; i++)
	{
		const FsqValue *value = &stmt->params[i];
		int			code = SQLITE_OK;

		switch (value->type)
		{
			case FSQ_WIRE_NULL:
				code = sqlite3_bind_null(stmt->handle, i + 1);
				break;
			case FSQ_WIRE_INT64:
				code = sqlite3_bind_int64(stmt->handle, i + 1, value->u.i);
				break;
			case FSQ_WIRE_FLOAT8:
				code = sqlite3_bind_double(stmt->handle, i + 1, value->u.d);
				break;
			case FSQ_WIRE_TEXT:
				code = sqlite3_bind_text(stmt->handle, i + 1, value->length > 0 ? value->u.s : "",
										 value->length, SQLITE_STATIC);
				break;
			case FSQ_WIRE_BYTES:
				code = value->length > 0 ?
					sqlite3_bind_blob(stmt->handle, i + 1, value->u.s, value->length, SQLITE_STATIC) :
					sqlite3_bind_zeroblob(stmt->handle, i + 1, 0);
				break;
		}
		if (code != SQLITE_OK)
			return take_error(stmt->conn, code);
	}
	return FSQ_DONE;
}

/*
 * Prepare a statement, unless it is kept prepared, and bind its parameters.
 * Reading the schema may find the database locked.
 */
static FsqStatus
sqlite_send_poll(FsqStmt *base)
{
	SqliteStmt *stmt = (SqliteStmt *) base;
	SqliteConn *conn = stmt->conn;
	const char *tail = "";
	int			code;

	if (stmt->handle == NULL)
	{
		stmt->handle = fsq_sqlite_kept_take(&conn->file->kept, stmt->sql);
		if (stmt->handle == NULL)
		{
			begin_step(conn);
			code = sqlite3_prepare_v3(conn->file->db, stmt->sql, -1, 0, &stmt->handle, &tail);
			if (code != SQLITE_OK)
				return wait_or_fail(conn, code);
			conn->retries = 0;
		}
		if (stmt->handle == NULL || *tail != '\0')
		{
			fill_error(&conn->base.error, ERRCODE_SYNTAX_ERROR, FSQ_ERROR_PERMANENT,
					   "The text is not exactly one statement.", NULL);
			return FSQ_FAILED;
		}
		if (conn->read_only && !sqlite3_stmt_readonly(stmt->handle))
		{
			fill_error(&conn->base.error, ERRCODE_READ_ONLY_SQL_TRANSACTION, FSQ_ERROR_PERMANENT,
					   "The server is read-only.", "The server's option \"read_only\" says so.");
			return FSQ_FAILED;
		}
		stmt->base.ncolumns = sqlite3_column_count(stmt->handle);
	}
	return bind_params(stmt);
}

static FsqStatus
sqlite_send(FsqConn *base, const char *sql, int nparams, const FsqValue *params, FsqStmt **result)
{
	SqliteConn *conn = (SqliteConn *) base;
	SqliteStmt *stmt = MemoryContextAllocZero(TopMemoryContext, sizeof(SqliteStmt));

	stmt->base.conn = base;
	stmt->conn = conn;
	stmt->sql = sql;
	stmt->nparams = nparams;
	stmt->params = params;
	conn->file->running++;
	conn->retries = 0;
	*result = &stmt->base;
	return sqlite_send_poll(*result);
}

static FsqStatus
sqlite_resend(FsqStmt *base, int nparams, const FsqValue *params)
{
	SqliteStmt *stmt = (SqliteStmt *) base;

	sqlite3_reset(stmt->handle);
	stmt->nparams = nparams;
	stmt->params = params;
	stmt->row_seen = false;
	stmt->conn->retries = 0;
	return bind_params(stmt);
}

/*
 * Hand the columns of the current row out, where the library holds them.
 * False: there was no memory to hold one.
 */
static inline bool
fetch_values(SqliteStmt *stmt, FsqValue *values)
{
	sqlite3_stmt *handle = stmt->handle;
	int			ncolumns = stmt->base.ncolumns;

	for (int i = 0; i < ncolumns; i++)
	{
		FsqValue   *value = &values[i];

		switch (sqlite3_column_type(handle, i))
		{
			case SQLITE_INTEGER:
				value->type = FSQ_WIRE_INT64;
				value->u.i = sqlite3_column_int64(handle, i);
				break;
			case SQLITE_FLOAT:
				value->type = FSQ_WIRE_FLOAT8;
				value->u.d = sqlite3_column_double(handle, i);
				break;
			case SQLITE_TEXT:
				value->type = FSQ_WIRE_TEXT;
				value->u.s = (const char *) sqlite3_column_text(handle, i);
				if (unlikely(value->u.s == NULL))
					return false;
				value->length = sqlite3_column_bytes(handle, i);
				break;
			case SQLITE_BLOB:
				value->type = FSQ_WIRE_BYTES;
				value->u.s = sqlite3_column_blob(handle, i);
				value->length = sqlite3_column_bytes(handle, i);
				if (unlikely(value->u.s == NULL))
				{
					/* an empty blob has no address there, and needs one here */
					if (value->length > 0)
						return false;
					value->u.s = "";
				}
				break;
			default:
				value->type = FSQ_WIRE_NULL;
				break;
		}
	}
	return true;
}

static FsqStatus
sqlite_next_row(FsqStmt *base, FsqValue *values)
{
	SqliteStmt *stmt = (SqliteStmt *) base;
	SqliteConn *conn = stmt->conn;
	int			code;

	begin_step(conn);
	code = sqlite3_step(stmt->handle);
	if (likely(code == SQLITE_ROW))
	{
		stmt->row_seen = true;
		if (likely(fetch_values(stmt, values)))
			return FSQ_ROW;
		return take_error(conn, SQLITE_NOMEM);
	}
	if (code == SQLITE_DONE)
	{
		/* lets the read lock go */
		sqlite3_reset(stmt->handle);
		return FSQ_END;
	}
	/* once rows have been used, a statement must not begin again */
	if (stmt->row_seen)
		return take_error(conn, code);
	{
		FsqStatus	status = wait_or_fail(conn, code);

		if (status == FSQ_WAIT)
			sqlite3_reset(stmt->handle);
		return status;
	}
}

static void
sqlite_finish(FsqStmt *base)
{
	SqliteStmt *stmt = (SqliteStmt *) base;

	fsq_sqlite_kept_add(&stmt->conn->file->kept, stmt->handle);
	stmt->conn->file->running--;
	pfree(stmt);
}

/* Nothing runs between two calls: there is nothing to stop. */
static FsqStatus
sqlite_cancel(FsqConn *conn)
{
	return FSQ_DONE;
}

static FsqStatus
sqlite_sync(FsqConn *conn)
{
	return FSQ_DONE;
}

static int64
sqlite_affected_rows(FsqStmt *base)
{
	return sqlite3_changes(((SqliteStmt *) base)->conn->file->db);
}

/* ---- transactions ---- */

/*
 * Run a statement that has no result.
 */
static FsqStatus
execute(SqliteConn *conn, const char *sql)
{
	int			code;

	begin_step(conn);
	/* whose time is up while it waits for a lock is told of the lock */
	conn->file->deadline = 0;
	code = sqlite3_exec(conn->file->db, sql, NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return wait_or_fail(conn, code);
	conn->retries = 0;
	return FSQ_DONE;
}

/*
 * Open a snapshot: BEGIN alone takes none, the first read does.
 */
static FsqStatus
begin_read(SqliteConn *conn)
{
	FsqStatus	status = FSQ_DONE;

	if (conn->in_transaction)
		return FSQ_DONE;
	/* connections that share a file share its transaction */
	if (conn->file->transactions == 0)
	{
		/* what an end that failed has left */
		if (!sqlite3_get_autocommit(conn->file->db))
			status = execute(conn, "ROLLBACK");
		if (status == FSQ_DONE)
			status = execute(conn, "BEGIN");
		if (status == FSQ_DONE)
			status = execute(conn, "SELECT 1 FROM sqlite_schema LIMIT 1");
		if (status != FSQ_DONE && !sqlite3_get_autocommit(conn->file->db))
			sqlite3_exec(conn->file->db, "ROLLBACK", NULL, NULL, NULL);
	}
	if (status == FSQ_DONE)
	{
		conn->in_transaction = true;
		conn->file->transactions++;
	}
	return status;
}

/*
 * End the transaction of a connection, and the file's with the last.
 */
static FsqStatus
end_transaction(SqliteConn *conn, const char *sql)
{
	if (!conn->in_transaction)
		return FSQ_DONE;
	conn->in_transaction = false;
	if (--conn->file->transactions > 0 || sqlite3_get_autocommit(conn->file->db))
		return FSQ_DONE;
	return execute(conn, sql);
}

static FsqStatus
sqlite_transaction(FsqConn *base, FsqTransactionCommand command, int level)
{
	SqliteConn *conn = (SqliteConn *) base;

	switch (command)
	{
		case FSQ_BEGIN_READ:
			return begin_read(conn);
		case FSQ_COMMIT:
			return end_transaction(conn, "COMMIT");
		case FSQ_ROLLBACK:
			return end_transaction(conn, "ROLLBACK");
		default:
			fill_error(&base->error, ERRCODE_FEATURE_NOT_SUPPORTED, FSQ_ERROR_PERMANENT,
					   "The wrapper does not write to SQLite.", NULL);
			return FSQ_FAILED;
	}
}

const FsqDriver fsq_sqlite_driver = {
	.name = "sqlite",
	.options = sqlite_options,
	.check_options = sqlite_check_options,
	.dialect = &fsq_sqlite_dialect,
	.catalog = &fsq_sqlite_catalog,
	.in_process = true,
	.needs_user_mapping = false,
	.max_statements = 0,
	.probe = "SELECT 1 FROM sqlite_master LIMIT 1",
	.connect = sqlite_connect,
	.connect_poll = sqlite_connect_poll,
	.close = sqlite_close,
	.usable = sqlite_usable,
	.wait_for = sqlite_wait_for,
	.send = sqlite_send,
	.send_poll = sqlite_send_poll,
	.resend = sqlite_resend,
	.next_row = sqlite_next_row,
	.finish = sqlite_finish,
	.cancel = sqlite_cancel,
	.sync = sqlite_sync,
	.transaction = sqlite_transaction,
	.affected_rows = sqlite_affected_rows,
};
