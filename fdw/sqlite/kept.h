/*-------------------------------------------------------------------------
 *
 * kept.h
 *	  Statements of a SQLite handle that stay prepared when they have ended:
 *	  preparing costs more than running a small one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SQLITE_KEPT_H
#define FSQ_SQLITE_KEPT_H

#include <sqlite3.h>

/* As many as a request is likely to ask of one file. */
#define FSQ_SQLITE_KEPT 16

/* All zero is an empty one. */
typedef struct FsqSqliteKept
{
	int			count;
	sqlite3_stmt *statements[FSQ_SQLITE_KEPT];	/* reset, the last used first */
} FsqSqliteKept;

extern sqlite3_stmt *fsq_sqlite_kept_take(FsqSqliteKept *kept, const char *sql);
extern void fsq_sqlite_kept_add(FsqSqliteKept *kept, sqlite3_stmt *handle);
extern void fsq_sqlite_kept_drop(FsqSqliteKept *kept);

#endif							/* FSQ_SQLITE_KEPT_H */
