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
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

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
	FSQ_ENCODING_JULIAN,		/* dates: Julian day number, noon-based, UTC */

	/* results only */
	FSQ_ENCODING_DECIMAL,		/* numeric: decimal text, which compares as text there */

	/* parameters only */
	FSQ_ENCODING_BYTES,			/* uuid: its 16 bytes */
	FSQ_ENCODING_LIMIT,			/* bigint: NULL is no limit, a negative one is PostgreSQL's error */
	FSQ_ENCODING_OFFSET,		/* bigint: NULL is 0, likewise */
	FSQ_ENCODING_PATTERN		/* text: a pattern of LIKE, in the words of the remote's own matching */
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
	bool		utf8;			/* the table's text is ordered as UTF-8 is */
	List	   *options;		/* of DefElem *: the column's options */
	List	   *server_options; /* likewise */

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

	/*
	 * What is read, compared and computed with, where that is not the column
	 * itself (template of one argument, its quoted name): a form in which the
	 * remote gives it away exactly.  NULL: the column.
	 */
	const char *expression;

	/*
	 * A condition (template of one argument) that fails with an error for a
	 * value that could not be read as the column's type; NULL: there is no
	 * such value.  It is added for columns that decide which rows or groups
	 * come back without being read themselves, so that such a value cannot
	 * take part in silence.
	 */
	const char *check;

	/*
	 * For text: the column's collation here, if the remote is known to order
	 * and fold the column's values as it does; else InvalidOid.
	 */
	Oid			collates;

	/*
	 * The column itself, as it stands there, takes more values for equal than
	 * its expression or the type rule's comparand do: a comparison of it is
	 * added to those for equality, since it can use the column's indexes.
	 */
	bool		folds;

	/*
	 * How a value is written in that comparison (template of one argument);
	 * NULL: as it is.
	 */
	const char *fold_value;

	/*
	 * What is likewise added for < and <=, and for > and >= (templates of two
	 * arguments, the column itself and a value): true wherever the exact
	 * comparison is.  NULL: nothing.
	 */
	const char *fold_less;
	const char *fold_greater;

	/*
	 * A condition that holds for the values about which a SUPERSET verdict's
	 * comparison may be wrong; it is added with OR.  NULL: the comparison
	 * itself lets all of them through.
	 */
	const char *unsure;

	/*
	 * BOUND: the only element of an array may be sent as itself, since the
	 * remote compares the column with it as with an element.
	 */
	bool		lone_key;
} FsqColumnInfo;

/* How a parameter's value travels. */
typedef enum FsqParamStyle
{
	FSQ_PARAMS_BOUND,			/* driver's params; placeholders by write_placeholder */
	FSQ_PARAMS_LITERAL			/* write_value puts it into the text when the statement is sent */
} FsqParamStyle;

/* What is sent of a parameter. */
typedef enum FsqParamKind
{
	FSQ_PARAM_VALUE,			/* itself */
	FSQ_PARAM_ARRAY,			/* the right side of = ANY */
	FSQ_PARAM_KEYS,				/* likewise, its only element as itself (FsqColumnInfo.lone_key) */
	FSQ_PARAM_ROWS,				/* likewise, as the rows of a table (FsqRules.fold_in_array) */
	FSQ_PARAM_FLOOR,			/* something not above it, in the column's order */
	FSQ_PARAM_CEILING			/* something not below it */
} FsqParamKind;

/* A parameter of a remote statement; kept in the plan. */
typedef struct FsqParam
{
	Oid			type;			/* of the expression; an array type if the kind says so */
	int			encoding;		/* FsqEncoding of the column that it is compared with */
	FsqParamKind kind;
	const char *form;			/* LITERAL: template of one argument, in which the value, or each
								 * element of an array, is written; NULL: as it is */
} FsqParam;

/* Where a value stands among those that the remote can hold. */
typedef enum FsqPlace
{
	FSQ_PLACE_AMONG,			/* it can be sent; an array: some element can, or is null, or there is none */
	FSQ_PLACE_ABOVE,			/* it is greater than all of them */
	FSQ_PLACE_BELOW,
	FSQ_PLACE_BETWEEN,			/* it equals none of them; what is next below can be sent, as FSQ_PARAM_FLOOR */
	FSQ_PLACE_NOWHERE,			/* an array: nothing in it equals any of them */
	FSQ_PLACE_RUN				/* an array: run_keys integers or more, from the lowest to the highest all there are */
} FsqPlace;

/*
 * Rules are written with templates: %1 to %9 stand for the SQL of arguments,
 * which may be used more than once, %% for a percent sign.
 */

/* A type whose values can be compared, ordered or sent. */
typedef struct FsqTypeRule
{
	Oid			type;
	int			family;			/* types of one family compare with one another */
	FsqVerdict	equality;		/* of values computed there from exact ones */
	FsqVerdict	order;
	FsqVerdict	arithmetic;
	bool		parameter;		/* every value can be sent */
	bool		array;			/* every array of it can be sent, for = ANY */
	bool		beyond;			/* with FsqDialect.place: but for values that the remote cannot hold, */
	bool		between;		/* of which some are FSQ_PLACE_BETWEEN */
	const char *comparand;		/* the left side of a comparison, a grouping expression; NULL: as it is */
	const char *value;			/* a value compared with the comparand; NULL: as it is */
	const char *group;			/* what is grouped by; NULL: the comparand */
	bool		ungrouped;		/* equal values may be two groups there */
	const char *partition;		/* what windows partition a column by, whatever its order; NULL: the
								 * grouping expression of what can be ordered exactly */
	bool		stored_only;	/* may be read and compared, but an expression would change how it looks */
	const char *argument;		/* a column in a larger expression; NULL: as it is */
	const char *sort;			/* a sort expression; NULL: as it is */
	bool		scaled;			/* the column's type modifier is part of how a value looks */

	/*
	 * Comparison of a column with a value that it can hold in several
	 * spellings; NULL: the dialect's ordinary words.  With these, nothing but
	 * a column may be compared, and with nothing but a constant or parameter.
	 */
	const char *equal;
	const char *not_equal;
	const char *equal_any;		/* %2: the array's placeholder */
	const char *not_equal_all;

	/*
	 * Comparisons of a column with a parameter that may have no exact
	 * counterpart there: supersets with %2 sent as FSQ_PARAM_FLOOR and %3 as
	 * FSQ_PARAM_CEILING.  NULL: such a parameter is not sent.
	 */
	const char *near_equal;
	const char *near_less;		/* for < and <= */
	const char *near_greater;
} FsqTypeRule;

/* A piece of a remote expression, as far as it has been understood. */
typedef struct FsqFragment
{
	const char *sql;
	Oid			type;			/* base type */
	bool		condition;		/* a truth value as a condition rather than as a value */
	bool		external;		/* a constant or parameter: no column in it */
	const FsqColumnInfo *column;	/* a bare column, or NULL */
	Const	   *constant;		/* a constant, or NULL */
	int			encoding;
	Oid			collation;		/* of text: FsqColumnInfo.collates, or that of what it was computed from */
	FsqVerdict	verdict;		/* of a condition: EXACT or SUPERSET */
	FsqVerdict	equality;		/* what may be done with the value */
	FsqVerdict	order;
	FsqVerdict	arithmetic;
	bool		has_range;		/* an integer known to be within low .. high */
	int64		low;
	int64		high;
} FsqFragment;

/*
 * A function or operator.  check is asked after the arguments have been
 * understood; it may refuse, and may replace the template (pstrdup'ed) and
 * say what it knows of the result: that it is in a range, or that a condition
 * is true for more rows than the original (FSQ_SUPERSET).
 */
typedef struct FsqCallRule
{
	Oid			id;				/* of pg_proc or pg_operator */
	const char *template;
	FsqEncoding encoding;		/* of the second argument, if it is a constant or parameter */
	bool		(*check) (const FsqFragment *args, int nargs, Oid collation,
						  FsqFragment *result, const char **template);
} FsqCallRule;

/* What an aggregate demands of its argument. */
typedef enum FsqAggregateNeed
{
	FSQ_NEEDS_NOTHING,			/* count */
	FSQ_NEEDS_ORDER,			/* min, max */
	FSQ_NEEDS_ARITHMETIC,		/* sum */
	FSQ_NEEDS_VALUE				/* lag: the argument itself is the result */
} FsqAggregateNeed;

/* Bounds of frames that every engine has. */
#define FSQ_FRAME_BOUNDS \
	(FRAMEOPTION_START_UNBOUNDED_PRECEDING | FRAMEOPTION_END_UNBOUNDED_FOLLOWING | \
	 FRAMEOPTION_START_CURRENT_ROW | FRAMEOPTION_END_CURRENT_ROW | \
	 FRAMEOPTION_START_OFFSET | FRAMEOPTION_END_OFFSET)

/* The frames over which a function can be computed as a window function. */
typedef enum FsqFrames
{
	FSQ_FRAMES_ANY,
	FSQ_FRAMES_GROWING,			/* those that begin where the partition does */
	FSQ_FRAMES_NONE				/* it does not look at the frame; an aggregate: not at all */
} FsqFrames;

typedef struct FsqAggregateRule
{
	Oid			id;				/* of pg_proc */
	const char *template;		/* %1: the argument, with DISTINCT if asked for; or *; %3: the filter
								 * and OVER; %4: the argument alone, %5: "DISTINCT " or nothing */
	FsqAggregateNeed need;
	bool		distinct;		/* can take DISTINCT */
	FsqEncoding encoding;		/* of the result; one that is not usual can be read, and nothing else */
	bool		distinct_scaled;	/* with the template "scaled", too */
	const char *scaled;			/* for a column of a scaled type; %2: its type modifier. NULL: not sent */
	FsqFrames	frames;
	FsqFrames	filtered_frames;	/* with a filter */
	bool		ordered;		/* a window without an order is no window for it */
} FsqAggregateRule;

/* The parts of a SELECT, each already written; NULL where there is none. */
typedef struct FsqSelect
{
	const char *targets;
	const char *from;
	const char *where;
	const char *group_by;
	const char *having;
	const char *order_by;
	const char *limit;
	const char *offset;
} FsqSelect;

/* A way to read a random part of a table. */
typedef struct FsqSampling
{
	const char *name;			/* a value of the option analyze_sampling */
	const char *from;			/* stands after the table's name (%1: the share of rows in percent), or NULL */
	const char *where;			/* a condition (%1: the share of rows), or NULL */
	bool		tables_only;	/* not of views */
} FsqSampling;

typedef struct FsqRules
{
	const FsqTypeRule *types;	/* each table ends with an invalid OID */
	const FsqCallRule *operators;
	const FsqCallRule *functions;
	const FsqAggregateRule *aggregates;
	const FsqAggregateRule *windows;	/* functions that are window functions only; NULL: there is no OVER */

	/*
	 * The rules of what is not in the tables, for an engine that has whole
	 * classes of it; each may answer NULL, and may itself be NULL.
	 */
	const FsqTypeRule *(*any_type) (Oid type);
	const FsqCallRule *(*any_operator) (Oid id);
	const FsqCallRule *(*any_function) (Oid id);

	/*
	 * A cast that changes nothing, written where types have to be told: %1.
	 * NULL: types do not matter.
	 */
	const char *(*write_cast) (const char *value, Oid type);

	/*
	 * How text is made to be compared by its bytes where its own collation
	 * may not do so: %1.  NULL: the types' templates see to it, and no other
	 * order is to be had.
	 */
	const char *by_bytes;

	/* comparisons of two operands; by BTxxxStrategyNumber, [0] is <> */
	const char *comparison[6];
	const char *is_distinct;	/* a IS DISTINCT FROM b */
	const char *is_not_distinct;
	bool		comparand_both; /* the comparand is needed on the right side, too, unless that is a value */
	const char *in;				/* %1 IN (%2) */
	const char *not_in;
	const char *in_array;		/* of an array parameter; NULL: as in */
	const char *not_in_array;
	bool		array_is_query; /* an array parameter may become a query: not in aggregates and groups */

	/*
	 * A folding column (FsqColumnInfo.folds) compared with an array parameter:
	 * %1 the column itself, %2 the array as rows, %3 what the column's
	 * fold_value makes of fold_row.  NULL: as in, and not with a fold_value.
	 */
	const char *fold_in_array;
	const char *fold_row;

	const char *condition_of_value; /* a boolean value as a condition */
	const char *value_of_condition; /* a condition as a boolean value */
	const char *is_true;		/* of a condition: never NULL */
	const char *is_false;

	/* sort keys: [descending][nulls first]; the shorter form is used where nulls do not matter */
	const char *sort[2][2];
	const char *sort_plain[2];
	const char *aggregate_filter;	/* " FILTER (WHERE %1)", or NULL if there is none */
	const char *filtered_argument;	/* instead of that: an argument %1 that counts where %2 holds only */

	bool		groups_are_listed;	/* what is selected must itself stand in GROUP BY */

	/*
	 * Frames of window functions: the FRAMEOPTION_* that can be written, of
	 * those that make a difference.  unordered: what stands in OVER for no
	 * order at all, of functions that want one; NULL: they are not sent.
	 */
	int			frame_options;
	const char *unordered;

	const char *nothing;		/* the target list of a query that needs no column */

	/* in the order of preference, ended by a NULL name; NULL: ANALYZE reads whole tables */
	const FsqSampling *samplings;

	/* Put the parts of a SELECT together. */
	void		(*write_select) (StringInfo sql, const FsqSelect *select);

	/* for the planner, in its own units */
	double		startup_cost;	/* to send a statement and get the first row */
	double		tuple_cost;		/* to bring one row */
	double		scan_cost;		/* to look at one row there */
} FsqRules;

typedef struct FsqDialect
{
	const char *name;
	FsqParamStyle param_style;
	bool		native_text;	/* results are the text of PostgreSQL's own output functions */

	/*
	 * What one = ANY ($1) should have in a statement: elements, and bytes of
	 * all of them; more are asked for in several statements.  Where there can
	 * be only one statement, it may have most_keys (0: any number).
	 * busy_keys: instead of max_keys where the server works on several
	 * statements already, so that more of them at a time gain nothing (0:
	 * max_keys all the same).
	 */
	int			max_keys;
	int			busy_keys;
	int			max_key_bytes;
	int			most_keys;

	/*
	 * LITERAL: what stands before a statement with an array of many_keys to
	 * most_keys elements, for the remote's planner.  NULL: nothing.
	 */
	int			many_keys;
	const char *before_many;

	/*
	 * LITERAL: an array of so many integers or more, one after the other, is
	 * sent as the range that they are; 0: never.
	 */
	int			run_keys;

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

	/*
	 * LITERAL: where a value (neither null nor an array) of a type with
	 * "beyond" stands.  What is not among the remote's own decides the
	 * comparison without being sent.
	 */
	FsqPlace	(*place) (const FsqParam *param, Datum value);

	/*
	 * A value of a parameter's type that EXPLAIN does not know.  NULL: there
	 * is none, and statements with parameters are not explained.
	 */
	void		(*write_unknown) (StringInfo sql, const FsqParam *param);

	/* The rules of expressions: see pushdown.c for how they are applied. */
	const FsqRules *rules;
} FsqDialect;

/* compare.c, for check functions: whether equal under a collation is equal byte by byte */
extern bool fsq_collation_is_deterministic(Oid collation);

/* place.c, for FsqDialect.place: of a double, and of a date or timestamp by the remote's years */
extern FsqPlace fsq_place_float(double value);
extern FsqPlace fsq_place_time(Oid type, Datum value, int from, int to);

/* check.c: FsqCallRule.check of rules that dialects have in common */
extern bool fsq_is_integer_constant(const FsqFragment *fragment, int64 min);
extern bool fsq_check_plus(const FsqFragment *args, int nargs, Oid collation,
						   FsqFragment *result, const char **template);
extern bool fsq_check_minus(const FsqFragment *args, int nargs, Oid collation,
							FsqFragment *result, const char **template);
extern bool fsq_check_times(const FsqFragment *args, int nargs, Oid collation,
							FsqFragment *result, const char **template);
/* integer division and remainder by a positive constant */
extern bool fsq_check_divide(const FsqFragment *args, int nargs, Oid collation,
							 FsqFragment *result, const char **template);
extern bool fsq_check_absolute(const FsqFragment *args, int nargs, Oid collation,
							   FsqFragment *result, const char **template);
extern bool fsq_check_integer_cast(const FsqFragment *args, int nargs, Oid collation,
								   FsqFragment *result, const char **template);
extern bool fsq_check_deterministic(const FsqFragment *args, int nargs, Oid collation,
									FsqFragment *result, const char **template);

#endif							/* FSQ_FDW_DIALECT_H */
