/*-------------------------------------------------------------------------
 *
 * connect.c
 *	  Connections to SQLite's files: their options, and the library's handles.
 *
 *	  A backend has one handle per file, however many servers name it: their
 *	  connections share it.  (Handles of one process on one file would lock each
 *	  other out.)  A statement of a read-only server is refused by its nature,
 *	  whatever the handle may do.
 *
 *	  What a handle runs is stopped by its progress handler, and what it prepares
 *	  by its authorizer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <errno.h>
#include <unistd.h>

#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "miscadmin.h"
#include "storage/pmsignal.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#include "option.h"
#include "sqlite/file.h"

/*
 * Virtual machine instructions between two looks at the interrupt flags: some
 * ten microseconds.
 */
#define PROGRESS_STEPS 1000

static SqliteFile *files = NULL;

/* ---- options ---- */

static void check_path(const char *name, const char *value);
static void check_date_format(const char *name, const char *value);

const FsqOption fsq_sqlite_options[] = {
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
void
fsq_sqlite_check_options(Oid context, List *options)
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

/* ---- interrupts ---- */

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
		fsq_sqlite_fill_error(error,
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
		fsq_sqlite_fill_error(error, ERRCODE_WRONG_OBJECT_TYPE, FSQ_ERROR_CONNECTION, message,
							  "Check the server's option \"path\".");
		return false;
	}
	if (access(path, R_OK) != 0)
	{
		snprintf(message, sizeof(message), "Could not read the file \"%s\": %s.", path, strerror(errno));
		fsq_sqlite_fill_error(error, ERRCODE_INSUFFICIENT_PRIVILEGE, FSQ_ERROR_CONNECTION, message,
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
	fsq_sqlite_fill_error(error, ERRCODE_IO_ERROR, FSQ_ERROR_CONNECTION, sqlite3_errstr(code),
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

FsqStatus
fsq_sqlite_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error)
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
FsqStatus
fsq_sqlite_connect_poll(FsqConn *conn)
{
	return FSQ_DONE;
}

void
fsq_sqlite_close(FsqConn *base)
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
bool
fsq_sqlite_usable(FsqConn *base)
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
