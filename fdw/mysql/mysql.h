/*-------------------------------------------------------------------------
 *
 * mysql.h
 *	  What the files of the MySQL and MariaDB engine share, and what its
 *	  dialect may rely on.
 *
 *	  The session, as connect.c sets it up: everything on the wire is utf8mb4;
 *	  the time zone is UTC; a backslash in a literal is a character like any
 *	  other (NO_BACKSLASH_ESCAPES); differences of unsigned integers may be
 *	  negative (NO_UNSIGNED_SUBTRACTION); double quotes are not used; the
 *	  isolation level is REPEATABLE READ, which matters inside a transaction
 *	  only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_MYSQL_H
#define FSQ_FDW_MYSQL_H

#include "catalog.h"
#include "dialect.h"
#include "driver.h"

/* FsqRemoteColumn.storage: what a column holds, as far as the dialect cares. */
typedef enum FsqMysqlStorage
{
	FSQ_MYSQL_OTHER,			/* types that only text is known of */
	FSQ_MYSQL_SIGNED,			/* integers, YEAR */
	FSQ_MYSQL_UNSIGNED,
	FSQ_MYSQL_DECIMAL,
	FSQ_MYSQL_FLOAT,			/* four bytes */
	FSQ_MYSQL_DOUBLE,
	FSQ_MYSQL_BIT,
	FSQ_MYSQL_CHAR,				/* loses its trailing blanks */
	FSQ_MYSQL_TEXT,				/* VARCHAR and the TEXTs */
	FSQ_MYSQL_ENUM,				/* ENUM, SET: strings in expressions */
	FSQ_MYSQL_BINARY,			/* BINARY, VARBINARY, the BLOBs */
	FSQ_MYSQL_DATE,
	FSQ_MYSQL_DATETIME,
	FSQ_MYSQL_TIMESTAMP,		/* an instant; the session shows it in UTC */
	FSQ_MYSQL_TIME,
	FSQ_MYSQL_GEOMETRY
} FsqMysqlStorage;

extern const FsqDriver fsq_mysql_driver;
extern const FsqDialect fsq_mysql_dialect;
extern const FsqCatalog fsq_mysql_catalog;

/* literal.c: FsqDialect's function of this name */
extern bool fsq_mysql_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull);

/* literal.c: FsqDialect's function of this name */
extern FsqPlace fsq_mysql_place(const FsqParam *param, Datum value);

/* estimate.c: FsqCatalog's function of this name */
extern bool fsq_mysql_estimate(FsqConn *conn, const char *sql, FsqEstimate *estimate);

/*
 * connect.c: a number that changes when a statement has found the remote's
 * tables to be other than described.
 */
extern int	fsq_mysql_generation(FsqConn *conn);

/* connect.c: whether the server is MariaDB */
extern bool fsq_mysql_is_mariadb(FsqConn *conn);

struct st_mysql;

/* error.c: PostgreSQL's words for the error of a library call */
extern void fsq_mysql_take_error(struct st_mysql *mysql, FsqDriverError *error);
extern void fsq_mysql_set_error(FsqDriverError *error, int sqlstate, FsqErrorClass class,
								const char *message, const char *hint);

#endif							/* FSQ_FDW_MYSQL_H */
