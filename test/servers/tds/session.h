/*
 * session.h
 *	  The state of one connection: login, settings, transaction, variables.
 */
#ifndef TDS_SESSION_H
#define TDS_SESSION_H

#include <signal.h>

#include "ast.h"
#include "error.h"

/* What the command line said. */
typedef struct Config
{
	const char *backend;		/* conninfo of PostgreSQL */
	const char *users;			/* file: name password, a line each */
	const char *server_name;
	int			encrypt;		/* 0 off, 1 on, 2 required */
} Config;

extern Config config;

/* What all processes share. */
typedef struct Shared
{
	volatile long catalog_version;	/* grows with every change of definitions */
	struct
	{
		volatile int pid;
		volatile int spid;
		char		login[132];
		char		db[260];
	}			slot[512];
} Shared;

extern Shared *shared;

typedef struct Variable
{
	const char *name;
	Type		type;
	const char *value;			/* text as PostgreSQL stores it; NULL is NULL */
	bool		output;
	const char *param;			/* name in RETURNVALUE */
} Variable;

typedef struct Frame
{
	Vec		   *vars;			/* Variable */
	struct Frame *up;
} Frame;

typedef struct Session
{
	int			spid;
	uint32_t	tds_version;
	const char *login;
	const char *host;
	const char *app;
	const char *db;
	int			db_id;
	const char *language;

	bool		quoted_identifier;
	bool		nocount;
	bool		xact_abort;
	bool		implicit_transactions;
	bool		fmtonly;
	bool		noexec;
	bool		showplan;
	bool		ansi_nulls;
	bool		concat_null;
	int			textsize;
	int			lock_timeout;
	int			datefirst;
	long		rowcount_limit;
	const char *dateformat;
	const char *isolation;

	int			trancount;
	bool		doomed;			/* only a rollback is left */
	uint64_t	tran_id;
	long		rowcount;
	int			last_error;
	int			identity_object;	/* whose sequence was used last */
	int			identity_insert;	/* the table of SET IDENTITY_INSERT */
	Err			caught;			/* in a CATCH block */
	int			try_depth;
	bool		ddl_in_tran;
	Frame	   *frame;
	bool		in_rpc;
	int			depth;			/* of nested executions */
} Session;

extern Session session;

/* ddl.c */
extern void ddl_run(Stmt *s);
extern void select_into(Stmt *s);
extern void drop_temp_tables(void);

/* variables.c */
extern Variable *var_find(const char *name);
extern Variable *var_declare(const char *name, Type t);
extern const char *var_sql(Variable *v);

/* exec.c */
typedef enum Flow
{
	FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_ABORT
} Flow;

extern Flow run_batch(const char *sql);
extern int	return_status;

/* tran.c */
extern void tran_begin(const char *name);
extern void tran_commit(void);
extern void tran_rollback(const char *name);
extern void tran_save(const char *name);
extern void tran_implicit(void);

/* procs.c: EXEC and RPC of the system's procedures. */
typedef struct ProcArg
{
	const char *name;
	Type		type;
	const char *value;			/* NULL is NULL */
	bool		output;
	Variable   *var;			/* to receive the output */
} ProcArg;

extern bool run_procedure(const char *name, Vec *args);

/* message handlers */
extern bool login_phase(void);
extern void rpc_message(Buf *body);
extern void transaction_message(Buf *body);
extern void bulk_begin(Stmt *s);
extern void bulk_message(Buf *body);
extern bool bulk_pending(void);
extern size_t skip_all_headers(Buf *body);
extern void report_error(int line);
extern void serve(int fd, int spid);

#endif
