/*-------------------------------------------------------------------------
 *
 * direct.h
 *	  Rows of a foreign scan that go to their receiver as they come from the
 *	  wire, without tuples: what the executor of requests may use of a scan.
 *
 *	  A plan that is one foreign scan of ours, with nothing left to do here, is
 *	  started by the executor as any other.  A receiver that attaches itself
 *	  then is handed each row's wire values by the first call for a row, which
 *	  returns none.  Converters and their errors are those of every scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_DIRECT_H
#define FSQ_FDW_DIRECT_H

#include "driver.h"
#include "nodes/execnodes.h"

struct FsqConverter;

/* Room for what is not the wire's own text: a timestamp. */
#define FSQ_DIRECT_TEXT_SIZE 64

/* Text of a value, in the server's encoding. */
typedef struct FsqDirectText
{
	const char *s;				/* the wire's, buf, or in the current memory context */
	int			length;
	bool		plain;			/* ASCII of which JSON escapes nothing; false: not known */
	char		buf[FSQ_DIRECT_TEXT_SIZE];
} FsqDirectText;

/*
 * The text of a value that is not null, if it can be had without a datum: that
 * of the type's output function, of a date or timestamp as ISO 8601 and JSON
 * want it.  False: make a datum, which may also be an error.
 */
typedef bool (*FsqConvertText) (const struct FsqConverter *converter, const FsqValue *value,
								FsqDirectText *text);

/* A column that the remote sends, and its converter. */
typedef struct FsqDirectColumn
{
	int			place;			/* in the row's values */
	Oid			type;
	struct FsqConverter *converter;
	Datum		(*convert) (struct FsqConverter *converter, const FsqValue *value);
	bool		sees_null;		/* it checks nulls, too */
	FsqConvertText text;		/* or NULL */
} FsqDirectColumn;

typedef struct FsqDirect FsqDirect;
typedef void (*FsqDirectReceive) (FsqDirect *direct, const FsqValue *values);

struct FsqDirect
{
	int			ncolumns;		/* of the plan's result, in its order, and then others */
	FsqDirectColumn *columns;
	FsqDirectReceive receive;
	void	   *arg;			/* the receiver's own */
};

/*
 * Have the rows of a plan that was started handed to a receiver, which is to
 * convert or read all columns, as they may not be valid.  NULL: the plan has
 * something to do for them, and gives tuples.
 */
extern FsqDirect *fsq_direct_attach(PlanState *planstate, FsqDirectReceive receive, void *arg);

/* The datum of a column's value, in the current memory context. */
static inline Datum
fsq_direct_datum(const FsqDirectColumn *column, const FsqValue *values, bool *isnull)
{
	const FsqValue *value = &values[column->place];

	*isnull = value->type == FSQ_WIRE_NULL;
	if (*isnull && !column->sees_null)
		return (Datum) 0;
	return column->convert(column->converter, value);
}

#endif							/* FSQ_FDW_DIRECT_H */
