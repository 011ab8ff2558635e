/*-------------------------------------------------------------------------
 *
 * dialect.h
 *	  The words of an engine, and its verdicts: which expressions it answers
 *	  exactly as PostgreSQL does.
 *
 *	  Verdicts are compiled in: tables of rules keyed by operator and type,
 *	  that a reader can check line by line.  What is not in a table is local.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_DIALECT_H
#define FSQ_FDW_DIALECT_H

#include "catalog.h"
#include "driver.h"
#include "lib/stringinfo.h"

typedef enum FsqVerdict
{
	FSQ_LOCAL,					/* not sent */
	FSQ_SUPERSET,				/* sent as a prefilter, and evaluated here again */
	FSQ_EXACT					/* sent, and not evaluated here */
} FsqVerdict;

/*
 * How a remote column holds values of a type, where there is more than one
 * way: FsqColumnInfo.encoding.  value.c reads them, encode_value writes them.
 */
typedef enum FsqEncoding
{
	FSQ_ENCODING_USUAL,			/* as the engine holds the type; ISO 8601 text for dates */
	FSQ_ENCODING_UNIX,			/* dates: seconds since 1970-01-01 00:00 UTC */
	FSQ_ENCODING_JULIAN			/* dates: Julian day number, noon-based, UTC */
} FsqEncoding;

/* A column, as the dialect needs to know it. */
typedef struct FsqColumnInfo
{
	const char *remote_name;
	Oid			type;			/* of the foreign table's column (domains: base type) */
	int32		typmod;
	Oid			collation;
	bool		not_null;		/* declared in the foreign table and by the remote */
	const FsqRemoteColumn *remote;	/* NULL: the remote was not asked or has no such column */
	bool		strict;			/* the table's values are of their declared types */
	List	   *options;		/* of DefElem *: the column's options */

	/*
	 * Set by the dialect's describe_column: how values are encoded in the
	 * remote (FsqEncoding; depends on type and options alone, since the
	 * executor asks without a description: remote is NULL then), and what the
	 * remote may be trusted with.
	 */
	int			encoding;
	FsqVerdict	equality;		/* =, <>, IN, GROUP BY, DISTINCT, count(distinct) */
	FsqVerdict	order;			/* <, <=, >, >=, ORDER BY, min, max */
	FsqVerdict	arithmetic;		/* +, -, *, sum, avg */
	FsqVerdict	output;			/* may stand in a remote expression's result at all */
} FsqColumnInfo;

/* How a parameter's value travels. */
typedef enum FsqParamStyle
{
	FSQ_PARAMS_BOUND,			/* driver's params; placeholders by write_placeholder */
	FSQ_PARAMS_LITERAL			/* write_value puts it into the text when the statement is sent */
} FsqParamStyle;

/* A parameter of a remote statement; kept in the plan. */
typedef struct FsqParam
{
	Oid			type;			/* of the expression; an array type if is_array */
	int			encoding;		/* FsqEncoding of the column that it is compared with */
	bool		is_array;		/* the right side of = ANY */
} FsqParam;

typedef struct FsqDialect
{
	const char *name;
	FsqParamStyle param_style;

	void		(*quote_identifier) (StringInfo sql, const char *name);

	/* Decide equality, order, arithmetic, output and encoding of a column. */
	void		(*describe_column) (FsqColumnInfo *column);

	/* BOUND: the text that stands for parameter number (from 1); for an array,
	 * what goes inside IN ( ). */
	void		(*write_placeholder) (StringInfo sql, int number, const FsqParam *param);

	/*
	 * BOUND: turn a value into what the driver binds.  The result may point
	 * into memory of the current context.  False: the value cannot be
	 * expressed there exactly (the caller raises an error; deparsing avoids
	 * such cases by checking constants first).
	 */
	bool		(*encode_value) (const FsqParam *param, Datum value, bool isnull, FsqValue *out);

	/* Write a constant, or a parameter of LITERAL style.  False: it cannot be. */
	bool		(*write_value) (StringInfo sql, const FsqParam *param, Datum value, bool isnull);

	/* The rules of expressions: see pushdown.c for how they are applied. */
	const struct FsqRules *rules;
} FsqDialect;

#endif							/* FSQ_FDW_DIALECT_H */
