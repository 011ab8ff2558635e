/*-------------------------------------------------------------------------
 *
 * catalog.h
 *	  What an engine can tell of its own tables: for IMPORT FOREIGN SCHEMA,
 *	  for the planner's estimates, and for the dialect's verdicts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_CATALOG_H
#define FSQ_FDW_CATALOG_H

#include "driver.h"

typedef struct FsqRemoteColumn
{
	const char *name;
	const char *type_name;		/* as declared there */
	const char *local_type;		/* the PostgreSQL type it maps to, as SQL text */
	const char *base_type;		/* what it maps to where that type does not exist here, or NULL: text */
	const char *choice;			/* an option of IMPORT FOREIGN SCHEMA that maps it otherwise, or NULL */
	const char *chosen_type;	/* the type it maps to then */
	int			storage;		/* the dialect's own class of the column (SQLite: affinity) */
	const char *collation;		/* the remote's collation, or NULL */
	bool		not_null;
	bool		generated;
	const char *generation;		/* of a generated column, as an expression of PostgreSQL, or NULL */
	const char *declared_default;	/* as the remote has it, or NULL: there is none */
	const char *local_default;	/* that as an expression of PostgreSQL, or NULL: there is none */
	const char *local_collation;	/* schema.name, quoted, of one to be declared here, or NULL */
	int			key_position;	/* place in the primary key from 1; 0: not in it */
	const char *references_table;	/* by a foreign key, perhaps of several columns, or NULL */
	const char *references_column;	/* NULL: the place below in the target's primary key */
	int			references_position;	/* from 1 */
	const char *comment;
	double		ndistinct;		/* as pg_statistic's stadistinct; 0: unknown */
	double		null_share;		/* of its rows; 0 if unknown */
	int			width;			/* bytes of a value, on the average; 0: unknown */
	List	   *options;		/* of DefElem *: column options an import should set */
	char	   *notice;			/* an oddity to tell at import, or NULL */
} FsqRemoteColumn;

typedef struct FsqRemoteIndex
{
	int			ncolumns;
	int		   *columns;		/* indexes into the table's columns; -1: an expression */
	double	   *distinct;		/* in step: values of the columns up to this one together, as ndistinct; or NULL */
	bool		unique;
} FsqRemoteIndex;

typedef struct FsqRemoteTable
{
	const char *schema;			/* as the engine qualifies it, or NULL */
	const char *name;
	bool		is_view;
	bool		strict;			/* values are of the declared type (SQLite STRICT; others always) */
	bool		utf8;			/* text is held, compared and ordered there as UTF-8 */
	int			ncolumns;
	FsqRemoteColumn *columns;
	List	   *indexes;		/* of FsqRemoteIndex * */
	double		rows;			/* -1: unknown */
	uint32		signature;		/* describe.c's, of all that verdicts may depend on */
	const char *comment;
	List	   *notices;		/* of char *: oddities to tell at import */
	char	   *problem;		/* why it cannot be imported (a broken view ...), or NULL */
} FsqRemoteTable;

/* What a remote expects of a statement. */
typedef struct FsqEstimate
{
	double		rows;			/* that come back */
	double		looked_at;		/* rows that it looks at; -1: unknown */
	int			width;			/* bytes of a row; 0: unknown */
	double		startup_cost;	/* in PostgreSQL's units */
	double		total_cost;		/* -1: unknown */
} FsqEstimate;

/*
 * Callbacks run queries through the core (fsq_query_run and fsq_query_try of
 * connection.h), may raise errors, and allocate in the current memory context.
 * Those that planning calls (describe, estimate) only read: what they run is
 * asked ahead, and they are begun again when an answer has come (question.c).
 */
typedef struct FsqCatalog
{
	/* names of the choices that columns may have, ended by NULL; NULL: none */
	const char *const *choices;

	/* it tells generation and local_collation, so that an import may declare them */
	bool		tells_definitions;

	/*
	 * Names of tables and views of a schema (list of char *) in the order of
	 * their names.  False: there is no such schema.
	 */
	bool		(*list_tables) (FsqConn *conn, const char *schema, List **names);

	/* Everything about one table, or NULL if there is none. */
	FsqRemoteTable *(*describe) (FsqConn *conn, const char *schema, const char *table);

	/*
	 * A number that changes when a description may have become stale; the core
	 * keeps descriptions while it stays the same.  Engines with a wire do not
	 * ask the remote for it: the connection may be busy, or dead.
	 */
	int64		(*version) (FsqConn *conn);

	/*
	 * What EXPLAIN says of a SELECT, without running it; false: nothing that
	 * can be used, or it was refused.  NULL: the engine's EXPLAIN estimates
	 * nothing, and there is no option use_remote_estimate.
	 */
	bool		(*estimate) (FsqConn *conn, const char *sql, FsqEstimate *estimate);

	/*
	 * Estimates have costs, and hold for sorting, grouping and limits, too;
	 * else they are of the rows that plain reads look at and return.
	 */
	bool		estimates_costs;
} FsqCatalog;

/* One column of a foreign key. */
typedef struct FsqForeignKeyPart
{
	const char *key;			/* which foreign key of the table; its parts come together, in order */
	int			column;			/* place among the table's columns; -1: not one that is described */
	const char *target_table;
	const char *target_column;	/* NULL: the one at this place in the target's primary key */
} FsqForeignKeyPart;

/*
 * describe.c, for catalogs: set what columns refer to from the foreign keys of
 * a table, given as a list of FsqForeignKeyPart *.  A column can refer to one
 * place only: keys of one column come first, and one of several columns that
 * meets a taken one is left out whole, and told.
 */
extern void fsq_remote_set_references(FsqRemoteTable *table, List *parts);

/*
 * describe.c, for catalogs: a text value of a row, copied, in the database's
 * encoding; NULL if it is no text.  Empty, which is a name of nothing, if the
 * encoding cannot express it.
 */
extern char *fsq_value_text(const FsqValue *value);

#endif							/* FSQ_FDW_CATALOG_H */
