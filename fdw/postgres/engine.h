/*-------------------------------------------------------------------------
 *
 * engine.h
 *	  What the files of the PostgreSQL engine share, and what its dialect
 *	  may rely on.
 *
 *	  The session, as connect.c sets it up: text is UTF-8; dates are ISO,
 *	  intervals in PostgreSQL's style, floats in their shortest exact form,
 *	  the time zone is UTC; search_path is pg_catalog alone, so that an
 *	  unqualified name is a built-in one; isolation is READ COMMITTED until a
 *	  transaction says otherwise.
 *
 *	  connect.c connects, cancel.c stops what runs, driver.c runs statements,
 *	  dialect.c knows what is sent, parameter.c writes values, catalog.c reads
 *	  the remote's catalogs, collation.c compares collations of both sides.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_POSTGRES_ENGINE_H
#define FSQ_FDW_POSTGRES_ENGINE_H

#include <libpq-fe.h>

#include "fdw.h"

/*
 * Types, functions and operators with OIDs below this are the same on every
 * server (catalog/pg_*.dat); what initdb makes has numbers of its own.
 */
#define FSQ_IS_BUILTIN(oid) ((oid) < FirstGenbkiObjectId)

typedef enum PgStep
{
	PG_RESOLVING,				/* the server's name is looked up */
	PG_CONNECTING,				/* PQconnectPoll */
	PG_SETTING,					/* the session's settings have been sent */
	PG_IDLE,
	PG_COMMAND,					/* a transaction command has been sent */
	PG_RUNNING,					/* a statement has been sent */
	PG_REPAIRING				/* a transaction is made to go on after an error */
} PgStep;

typedef struct PgConn
{
	FsqConn		base;
	PGconn	   *handle;
	PgStep		step;
	PostgresPollingStatusType polling;	/* while connecting: what PQconnectPoll waits for */
	bool		flushing;		/* something is still to be written */
	bool		failed;			/* a result of this step was an error: base.error */
	bool		must_use_password;
	bool		read_only;
	bool		collation_trusted;
	int			generation;		/* of descriptions: statements that did not fit the remote's tables */
	struct PgCancel *cancel;	/* under way, or NULL */
	const FsqConnSpec *spec;	/* while connecting */
	struct FsqResolver *resolver;	/* under way, or NULL */
} PgConn;

typedef struct PgStmt
{
	FsqStmt		base;
	PgConn	   *conn;
	PGresult   *result;			/* whose rows are handed out */
	int			row;			/* the next of them */
	int			nrows;
	bool		complete;		/* the remote has said that there are no more rows */
	int64		affected;
} PgStmt;

extern const FsqDriver fsq_postgres_driver;
extern const FsqDialect fsq_postgres_dialect;
extern const FsqCatalog fsq_postgres_catalog;

/* connect.c */
extern const FsqOption fsq_postgres_options[];
extern void fsq_postgres_check_options(Oid context, List *options);
extern FsqStatus fsq_postgres_connect(const FsqConnSpec *spec, FsqConn **result, FsqDriverError *error);
extern FsqStatus fsq_postgres_connect_poll(FsqConn *base);
extern void fsq_postgres_close(FsqConn *base);
extern bool fsq_postgres_usable(FsqConn *base);

/* error.c: fill in the connection's error; always FSQ_FAILED */
extern FsqStatus fsq_postgres_result_error(PgConn *conn, const PGresult *result);
extern FsqStatus fsq_postgres_connect_error(PgConn *conn);
extern FsqStatus fsq_postgres_lost(PgConn *conn);
extern FsqStatus fsq_postgres_protocol_error(PgConn *conn, const char *message);

/*
 * driver.c: the next result of what was sent.  FSQ_ROW: *result is set (the
 * caller clears it); FSQ_END: all are read; FSQ_WAIT; FSQ_FAILED: the
 * connection is lost.
 */
extern FsqStatus fsq_postgres_next_result(PgConn *conn, PGresult **result);

/*
 * Read all results of a command that returns no rows.  FSQ_FAILED: one was an
 * error.
 */
extern FsqStatus fsq_postgres_finish_command(PgConn *conn);

/* cancel.c */
extern FsqStatus fsq_postgres_cancel(FsqConn *base);
extern void fsq_postgres_cancel_wait_for(PgConn *conn, FsqWait *wait);
extern void fsq_postgres_cancel_forget(PgConn *conn);

/* parameter.c: FsqDialect's functions of these names */
extern void fsq_postgres_write_unknown(StringInfo sql, const FsqParam *param);
extern void fsq_postgres_write_placeholder(StringInfo sql, int number, const FsqParam *param);
extern bool fsq_postgres_encode_value(const FsqParam *param, Datum value, bool isnull, FsqValue *out);
extern bool fsq_postgres_write_value(StringInfo sql, const FsqParam *param, Datum value, bool isnull);
extern const char *fsq_postgres_write_cast(const char *value, Oid type);

/*
 * collation.c: how a collation here orders text, in a form that compares with
 * what the remote tells of its own ("provider:locale"); and its version.
 * NULL: there is none.
 */
extern char *fsq_postgres_collation_locale(Oid collation);
extern char *fsq_postgres_collation_version(Oid collation);
extern char *fsq_postgres_normalise_locale(char provider, const char *locale);

/* FsqRemoteColumn.storage is the column's base type if that is built in, else InvalidOid. */

/* ---- estimate.c ---- */
extern bool fsq_postgres_estimate(FsqConn *conn, const char *sql, FsqEstimate *estimate);

#endif							/* FSQ_FDW_POSTGRES_ENGINE_H */
