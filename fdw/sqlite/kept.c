/*-------------------------------------------------------------------------
 *
 * kept.c
 *	  Statements that stay prepared (kept.h).
 *
 *	  What is kept is reset: it holds no lock, no row and no parameter.  Should
 *	  the schema have changed, the library prepares it anew when it runs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sqlite/kept.h"

/* Texts longer than this are hardly asked again, and large when prepared. */
#define LONGEST_TEXT 4096

/*
 * Take the statement of a text out of those that are kept; NULL if there is
 * none.
 */
sqlite3_stmt *
fsq_sqlite_kept_take(FsqSqliteKept *kept, const char *sql)
{
	for (int i = 0; i < kept->count; i++)
	{
		sqlite3_stmt *handle = kept->statements[i];

		if (strcmp(sqlite3_sql(handle), sql) == 0)
		{
			kept->count--;
			memmove(&kept->statements[i], &kept->statements[i + 1], (kept->count - i) * sizeof(sqlite3_stmt *));
			return handle;
		}
	}
	return NULL;
}

/*
 * A statement has ended: keep it for the next of the same text, in place of the
 * one that nobody has asked for the longest.  It may be NULL.  One that failed
 * goes.
 */
void
fsq_sqlite_kept_add(FsqSqliteKept *kept, sqlite3_stmt *handle)
{
	if (handle == NULL || sqlite3_reset(handle) != SQLITE_OK || strlen(sqlite3_sql(handle)) > LONGEST_TEXT)
	{
		sqlite3_finalize(handle);
		return;
	}
	sqlite3_clear_bindings(handle);
	if (kept->count == FSQ_SQLITE_KEPT)
		sqlite3_finalize(kept->statements[--kept->count]);
	memmove(&kept->statements[1], &kept->statements[0], kept->count * sizeof(sqlite3_stmt *));
	kept->statements[0] = handle;
	kept->count++;
}

/* Let all of them go, before their handle is closed. */
void
fsq_sqlite_kept_drop(FsqSqliteKept *kept)
{
	while (kept->count > 0)
		sqlite3_finalize(kept->statements[--kept->count]);
}
