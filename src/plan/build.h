/*-------------------------------------------------------------------------
 *
 * build.h
 *	  What the files that make a plan share while they make it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_BUILD_H
#define FSQ_PLAN_BUILD_H

#include "graphql/collect.h"
#include "plan/plan.h"

/* A plan in the making. */
typedef struct FsqBuilder
{
	FsqSchema  *schema;
	FsqCollector collector;
	FsqVariables *variables;
	FsqErrorList *errors;
	FsqPlan    *plan;
	List	   *fetches;		/* of FsqFetch *, by number */
} FsqBuilder;

/* A statement in the making: its parameters and aliases. */
typedef struct FsqStatement
{
	FsqBuilder *builder;
	int			offset;			/* of the field, for errors */
	List	   *params;			/* of FsqPlanParam * */
	int			naliases;
	List	   *pins;			/* of FsqPin *: columns that must equal a parameter */
	bool		conjunctive;	/* what is added now must be true of each row */
	bool		filtered;		/* conditions depend on values: plans may differ by them */
	bool		other_wrapper;	/* reads a foreign table of a wrapper that is not ours */
} FsqStatement;

/* The arguments of a list field, and their places. */
typedef struct FsqArguments
{
	FsqInput   *where;			/* NULL: absent or null */
	FsqInput   *order_by;
	FsqInput   *limit;
	FsqInput   *offset;
	FsqKey	   *key;			/* of a key field */
	int			nkeys;			/* in step with the key's columns */
	FsqInput  **keys;
	const char **key_names;
} FsqArguments;

/* A new alias, "t1". */
extern char *fsq_statement_alias(FsqStatement *statement);
/* Note that the statement reads a relation. */
extern void fsq_statement_reads(FsqStatement *statement, const FsqRelation *relation);
/* The number of a new parameter for the keys of a link's column. */
extern int	fsq_statement_key(FsqStatement *statement, const FsqKeyColumn *key, int number);

/*
 * param.c: the number of a new parameter for an input value.  where names it in
 * messages.  0 after adding an error: the value is not one of the type.
 */
extern int	fsq_statement_value(FsqStatement *statement, FsqInput *input, FsqParamUse use,
								Oid value_type, const char *where);

/*
 * where.c: a where argument as an SQL condition; NULL stands for TRUE.  Errors
 * are added to the builder's list.
 */
extern char *fsq_where_condition(FsqStatement *statement, FsqRelation *relation,
								 const char *alias, FsqInput *where, const char *path);

/*
 * pin.c: note that a column equals the parameter of that number (from 1), or one
 * of its items, in every row that the statement returns.
 */
extern void fsq_statement_pin(FsqStatement *statement, FsqColumn *column, int param);

/* sql.c: fill in the fetch's sql and params; its result columns and keys are known. */
extern void fsq_fetch_write_sql(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments);

#endif							/* FSQ_PLAN_BUILD_H */
