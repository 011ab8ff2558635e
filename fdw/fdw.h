/*-------------------------------------------------------------------------
 *
 * fdw.h
 *	  What the files of the wrapper core share: tables, plans, scans.
 *
 *	  Planner side: path.c and pushdown.c make an FsqScanPlan and keep it in
 *	  the ForeignScan's fdw_private.  Executor side: scan.c reads it back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_H
#define FSQ_FDW_H

#include "catalog.h"
#include "commands/explain.h"
#include "compat.h"
#include "dialect.h"
#include "driver.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* ---- option.c ---- */

/* A foreign table with its options resolved; columns are indexed by attnum - 1. */
typedef struct FsqTableColumn
{
	bool		dropped;
	const char *name;			/* local */
	const char *remote_name;	/* column_name option, else the name */
	bool		key;			/* option key 'true' */
	bool		not_null;
	Oid			type;
	int32		typmod;
	Oid			collation;
	List	   *options;		/* of DefElem * */
	struct FsqConverter *converter; /* value.c's, made when it was first read; or NULL */
} FsqTableColumn;

typedef struct FsqTable
{
	Oid			relid;
	Oid			serverid;
	Oid			readid;			/* the server, or one of its replicas, that is asked about it */
	const char *name;			/* local, qualified if need be, for messages */
	const char *reading;		/* "read foreign table \"name\"", for messages */
	const char *key;			/* of its description: "relid schema.table" */
	const char *server_name;
	List	   *server_options; /* of DefElem * */
	const FsqDriver *driver;
	const char *remote_schema;	/* option schema_name, or NULL */
	const char *remote_name;	/* option table_name, else the table's name */
	bool		pushdown;		/* server and table option; the GUC is not in it */
	const char *fallback;		/* table option, or NULL */
	int			fallback_on;	/* FSQ_FALLBACK_* (fallback.h), 0 without a fallback */
	const char *analyze_sampling;	/* table option, else the server's; NULL: auto */
	bool		use_remote_estimate;	/* table option, else the server's */
	double		startup_cost;	/* of a statement: server option fdw_startup_cost, or the engine's */
	double		tuple_cost;		/* of a row: fdw_tuple_cost */
	int			ncolumns;
	FsqTableColumn *columns;
} FsqTable;

extern FsqTable *fsq_table_open(Oid relid);

/*
 * The same, remembered (known.c).  The FsqTable is the caller's own; what it
 * points to must not be changed, and stays until the end of the transaction.
 */
extern FsqTable *fsq_table_known(Oid relid);

/* The local name of a table, qualified if need be, for messages. */
extern const char *fsq_table_name(Oid relid);

/* Have its messages call a table so. */
extern void fsq_table_set_name(FsqTable *table, const char *name);
extern const FsqDriver *fsq_driver_of_server(Oid serverid);
/* value of an option in a list of DefElem *, or NULL */
extern const char *fsq_option_get(List *options, const char *name);
/* milliseconds; accepts PostgreSQL's units and a bare number of seconds; raises an error otherwise */
extern int fsq_parse_duration(const char *name, const char *value);

/* ---- connection.c ---- */

/*
 * The connection of this backend to a server for a role (InvalidOid: the
 * current one), made if need be.  Every wait inside is interruptible and
 * bounded.  Raises an error that names the server.
 */
extern FsqConn *fsq_connection_get(Oid serverid, Oid userid);

/* Raise the connection's error: server, statement's purpose, SQLSTATE, remote's words as DETAIL. */
pg_noreturn extern void fsq_connection_error(FsqConn *conn, const char *doing, const char *sql);

/* Run a statement to its end; each row is handed to callback (may be NULL). For catalogs and transactions. */
typedef void (*FsqRowCallback) (const FsqValue *values, int ncolumns, void *arg);
extern void fsq_query_run(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
						  FsqRowCallback callback, void *arg);

/*
 * The same for what is good to know but not needed: false if the remote
 * refuses the statement.  A lost connection is an error as ever.
 */
extern bool fsq_query_try(FsqConn *conn, const char *sql, int nparams, const FsqValue *params,
						  FsqRowCallback callback, void *arg);

/* The remote's description of a foreign table, cached; NULL if it has none. */
extern FsqRemoteTable *fsq_table_describe(FsqTable *table, Oid userid);

/* Have the plans that this session keeps made anew. */
extern void fsq_plans_forget(void);

/* ---- the plan of a remote statement ---- */

/*
 * SQL with holes: pieces is a list of String (text) and Integer (parameter
 * number from 1), so that literal parameters are put in when it is sent; and of
 * choices, lists of a parameter number and the pieces (List) for each place
 * that its value may have, by FsqPlace.
 */
typedef struct FsqScanPlan
{
	List	   *pieces;
	/* for each result column of the remote: attnum of the base table, or the
	 * position in fdw_scan_tlist (from 1) */
	List	   *retrieved;		/* of int */
	/* in step with the first of fdw_exprs; the fallback's follow */
	List	   *params;			/* of FsqParam * */
	/* for a scan with fdw_scan_tlist: the columns' sources for converting and
	 * naming in errors: for each tlist entry the relid and attnum of the Var
	 * that it is (0,0 for a computed one) */
	List	   *source_relids;	/* of Oid */
	List	   *source_attnums; /* of int */
	char	   *relation_text;	/* for EXPLAIN of joins and upper relations, or NULL */
	/*
	 * for each remote table, what the plan was made for: relid, the signature
	 * of the table's description and that of the verdicts
	 */
	List	   *described;		/* of int, in threes */
	int			affinity;		/* FsqAffinity */
	struct FsqFallbackPlan *fallback;	/* what answers if the source does not, or NULL */
} FsqScanPlan;

/* To and from the plan tree's fdw_private (copyObject-able nodes only). */
extern List *fsq_scan_plan_to_list(const FsqScanPlan *plan);
extern FsqScanPlan *fsq_scan_plan_from_list(List *list);
/* Nothing of it but where it is read, and what answers if that does not. */
extern void fsq_scan_plan_read_source(FsqScanPlan *plan, List *list);
/* The statement as EXPLAIN shows it: parameters as $1, $2 */
extern char *fsq_scan_plan_text(const FsqScanPlan *plan);

/* ---- statistics.c: called once per process ---- */
extern void fsq_statistics_init(void);

/* ---- path.c, pushdown.c: planner callbacks ---- */

/* What the dialect says of each column of a table, by attnum - 1. */
extern FsqColumnInfo *fsq_describe_columns(const FsqTable *table, const FsqRemoteTable *remote);

/* A number that is another one if the verdicts are. */
extern uint32 fsq_columns_signature(const FsqTable *table, const FsqColumnInfo *columns);

extern void fsqGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern void fsqGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern ForeignScan *fsqGetForeignPlan(PlannerInfo *root, RelOptInfo *foreignrel, Oid foreigntableid,
									  ForeignPath *best_path, List *tlist, List *scan_clauses,
									  Plan *outer_plan);
extern void fsqGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
									RelOptInfo *output_rel, void *extra);

/* ---- scan.c, analyze.c, import.c: executor and utility callbacks ---- */
extern void fsqBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *fsqIterateForeignScan(ForeignScanState *node);
extern void fsqReScanForeignScan(ForeignScanState *node);
extern void fsqEndForeignScan(ForeignScanState *node);
extern void fsqExplainForeignScan(ForeignScanState *node, ExplainState *es);
extern bool fsqAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages);
extern List *fsqImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid);

/* ---- value.c ---- */

/*
 * Converts the values of one column.  Chosen once per column per scan; raises
 * an error that names server, table, column and value when a value does not
 * convert exactly.
 */
typedef struct FsqConverter FsqConverter;
typedef Datum (*FsqConvert) (FsqConverter *converter, const FsqValue *value);
struct FsqConverter
{
	FsqConvert	convert;
	bool		sees_null;		/* convert is called for FSQ_WIRE_NULL too, to check it */
	Oid			type;
	int32		typmod;
	Oid			input_function;
	Oid			input_param;
	FmgrInfo	input;
	int16		input_length;	/* of the type, as pg_type has it */
	bool		input_byval;
	int			encoding;		/* FsqColumnInfo.encoding */
	const FsqDialect *dialect;
	const char *server_name;
	const char *table_name;
	const char *column_name;	/* NULL for a computed column */
};
extern void fsq_converter_init(FsqConverter *converter, const FsqTable *table, int column,
							   Oid type, int32 typmod, int encoding);
/* The same for a column of the table, encoded as its type and options say. */
extern void fsq_converter_init_column(FsqConverter *converter, const FsqTable *table, int column,
									  Oid type, int32 typmod);
pg_noreturn extern void fsq_converter_error(const FsqConverter *converter,
											const FsqValue *value, const char *reason);

#endif							/* FSQ_FDW_H */
