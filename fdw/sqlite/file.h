/*-------------------------------------------------------------------------
 *
 * file.h
 *	  What the files of the SQLite driver share: the files that a backend has
 *	  open, connections to them, and their errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLITE_FILE_H
#define FSQ_FDW_SQLITE_FILE_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "fdw.h"
#include "sqlite/kept.h"
#include "sqlite/sqlite.h"

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

/* ---- connect.c: FsqDriver's members of these names ---- */

extern const FsqOption fsq_sqlite_options[];

extern void fsq_sqlite_check_options(Oid context, List *options);
extern FsqStatus fsq_sqlite_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error);
extern FsqStatus fsq_sqlite_connect_poll(FsqConn *conn);
extern void fsq_sqlite_close(FsqConn *base);
extern bool fsq_sqlite_usable(FsqConn *base);

/* ---- error.c ---- */

extern void fsq_sqlite_fill_error(FsqDriverError *error, int sqlstate, FsqErrorClass class,
								  const char *message, const char *hint);
/* Take the error of the last call on a connection's handle; returns FSQ_FAILED. */
extern FsqStatus fsq_sqlite_take_error(SqliteConn *conn, int code);

#endif							/* FSQ_FDW_SQLITE_FILE_H */
