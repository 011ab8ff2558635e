/*-------------------------------------------------------------------------
 *
 * sqlite.h
 *	  What the files of the SQLite engine share, and what its dialect
 *	  may rely on.
 *
 *	  The session, as driver.c sets it up: text is UTF-8; a double-quoted name
 *	  that is no column is an error (SQLITE_DBCONFIG_DQS_DML is off); schema
 *	  is not trusted, no extension can be loaded, the database is defensive.
 *	  LIKE is left as it is, folding ASCII case: a view of the database that
 *	  uses it must answer as it does everywhere else.  A pushed-down LIKE is
 *	  therefore written with GLOB, which never folds.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLITE_H
#define FSQ_FDW_SQLITE_H

#include "catalog.h"
#include "dialect.h"
#include "driver.h"

/*
 * FsqRemoteColumn.storage: the column's affinity, as far as it says something
 * about the values (https://www.sqlite.org/datatype3.html).
 */
typedef enum FsqSqliteAffinity
{
	/*
	 * Any class in any row: no type, BLOB, ANY; every column of a view or of
	 * a virtual table, where a declared type promises nothing.
	 */
	FSQ_SQLITE_NONE,
	FSQ_SQLITE_TEXT,			/* TEXT, BLOB or NULL */
	FSQ_SQLITE_NUMERIC,			/* any class; text that looks like a number is one */
	FSQ_SQLITE_INTEGER,			/* like NUMERIC */
	FSQ_SQLITE_REAL				/* any class but INTEGER */
} FsqSqliteAffinity;

extern const FsqDriver fsq_sqlite_driver;
extern const FsqDialect fsq_sqlite_dialect;
extern const FsqCatalog fsq_sqlite_catalog;

/* parameter.c: FsqDialect's functions of these names */
extern void fsq_sqlite_write_placeholder(StringInfo sql, int number, const FsqParam *param);
extern bool fsq_sqlite_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out);
extern bool fsq_sqlite_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull);

struct sqlite3;

/*
 * function.c: make the functions that pushed-down expressions call known to a
 * connection.  Returns the library's code.
 */
extern int	fsq_sqlite_functions_create(struct sqlite3 *db);

/* The library's handle of a connection, for what no SQL can tell. */
extern struct sqlite3 *fsq_sqlite_handle(FsqConn *conn);

#endif							/* FSQ_FDW_SQLITE_H */
