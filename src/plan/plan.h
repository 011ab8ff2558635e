/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  From an operation to a tree of fetches.
 *
 *	  A fetch reads one relation with one SQL statement, whatever the number
 *	  of its parents' rows: a root fetch by its arguments, a child fetch by
 *	  the distinct keys of all its parents ("= ANY($1)").  The tree of a
 *	  request has exactly one fetch per relation field of the operation.
 *
 *	  A plan depends on the shape of a request, not on its values: values come
 *	  from FsqPlanParam at execution.  cache.c keeps plans and their prepared
 *	  statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_PLAN_H
#define FSQ_PLAN_PLAN_H

#include "graphql/coerce.h"
#include "nodes/params.h"
#include "schema/schema.h"
#include "utils/plancache.h"

/* Where a statement's parameter gets its value. */
typedef enum FsqParamSource
{
	FSQ_PARAM_CONSTANT,			/* a literal of the document: value, isnull */
	FSQ_PARAM_VARIABLE,			/* inside a variable: index and path */
	FSQ_PARAM_KEYS				/* the distinct keys of the parents: column number */
} FsqParamSource;

typedef struct FsqPlanParam
{
	FsqParamSource source;
	Oid			type;
	int32		typmod;
	Datum		value;			/* CONSTANT */
	bool		isnull;
	int			variable;		/* VARIABLE */
	int			npath;
	int		   *path;			/* positions from the variable's root down */
	int			key;			/* KEYS: which column of the link, from 0 */
	int			conversion;		/* plan's own: pattern escaping and the like */
	const char *where;			/* what it is, for error messages: "users(where.email.eq)" */
	int			offset;			/* in the document, for error locations */
} FsqPlanParam;

/* One output of an object, in the order of the request. */
typedef enum FsqOutputKind
{
	FSQ_OUTPUT_COLUMN,			/* a column of the fetch's statement */
	FSQ_OUTPUT_TYPENAME,
	FSQ_OUTPUT_FETCH			/* a child fetch */
} FsqOutputKind;

typedef struct FsqFetch FsqFetch;

typedef struct FsqOutput
{
	FsqOutputKind kind;
	const char *key;			/* response key */
	char	   *json_key;		/* "\"key\":" ready to write */
	int			json_key_length;
	int			column;			/* COLUMN: position in the statement's result, from 0 */
	FsqColumn  *source;			/* COLUMN */
	bool		non_null;
	const char *text;			/* TYPENAME: the value */
	FsqFetch   *fetch;			/* FETCH */
	int			offset;			/* in the document */
} FsqOutput;

struct FsqFetch
{
	int			number;			/* in the order of the operation, from 0 */
	FsqFetch   *parent;			/* NULL for a root */
	int			depth;
	FsqRelation *relation;
	FsqRelationship *relationship;	/* from the parent, or NULL */
	const char *key;			/* response key */
	char	   *json_key;
	int			json_key_length;
	List	   *path;			/* of const char *: response keys from the root, without indexes */
	int			offset;			/* of the field in the document */
	bool		to_many;
	bool		non_null;		/* of the list or the object */

	int			noutputs;
	FsqOutput  *outputs;
	List	   *children;		/* of FsqFetch * */

	/* the link: the parent's result columns and this statement's, in step */
	int			nlink;
	int		   *parent_columns;
	int		   *child_columns;

	char	   *sql;
	int			nparams;
	FsqPlanParam *params;
	int			nresult;		/* columns of the statement's result */
	Oid		   *result_types;
	CachedPlanSource *statement;	/* prepared at first use; owned by the plan */
};

typedef struct FsqPlan
{
	MemoryContext context;		/* holds all of the plan */
	FsqSchema  *schema;
	FsqOperationKind operation;
	/* root outputs in the order of the request */
	int			noutputs;
	FsqOutput  *outputs;
	int			nfetches;
	FsqFetch  **fetches;		/* by number: parents before children */
	uint64		uses;
} FsqPlan;

#endif							/* FSQ_PLAN_PLAN_H */
