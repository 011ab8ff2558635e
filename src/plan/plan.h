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
 *	  A filter or an order over a relationship to or from another database is
 *	  not a join: a key fetch finds the keys of the related rows that match
 *	  (or their values to order by), and the statement that filters compares
 *	  with these.  Before it, a candidate fetch may find the keys of the rows
 *	  that are to be filtered, so that only these are asked for; which of both
 *	  ways is taken is decided at execution (exec/lookup.c).
 *
 *	  A plan depends on the shape of a request, not on its values: values are
 *	  read from the variables at execution.  A plan is not changed by its
 *	  execution (the same plan may run inside itself), except for what is made
 *	  at its first one: statements and renderers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_PLAN_H
#define FSQ_PLAN_PLAN_H

#include "fmgr.h"
#include "graphql/collect.h"
#include "lib/ilist.h"
#include "plan/key.h"
#include "schema/schema.h"
#include "utils/plancache.h"

/* Where a statement's parameter gets its value. */
typedef enum FsqParamSource
{
	FSQ_PARAM_CONSTANT,			/* a literal of the document: value */
	FSQ_PARAM_VARIABLE,			/* inside a variable: index and path */
	FSQ_PARAM_KEYS,				/* the distinct keys of the parents: column number */
	FSQ_PARAM_FOUND,			/* what a key fetch has found: column number */
	FSQ_PARAM_FOUND_VALUES		/* values of the found keys, in step with them */
} FsqParamSource;

/* In which case keys that were found are sent as this parameter; it is null in the others. */
typedef enum FsqFoundWhen
{
	FSQ_FOUND_ALWAYS,
	FSQ_FOUND_FEW,				/* the server can be asked for so many at once */
	FSQ_FOUND_MANY				/* they are compared here */
} FsqFoundWhen;

typedef struct FsqFetch FsqFetch;

/* What an input value becomes. */
typedef enum FsqParamUse
{
	FSQ_USE_VALUE,				/* a value of the type */
	FSQ_USE_LIST,				/* an array of the items */
	FSQ_USE_CONTAINS,			/* a LIKE pattern: %value%, metacharacters escaped */
	FSQ_USE_STARTS,				/* value% */
	FSQ_USE_ENDS,				/* %value */
	FSQ_USE_COUNT,				/* limit, offset: not negative */
	FSQ_USE_PAGE				/* likewise, and one row more is asked for */
} FsqParamUse;

typedef struct FsqPlanParam
{
	FsqParamSource source;
	FsqParamUse use;
	int			token;			/* FsqTokenKind: it is a value of such a token; 0: it is the input itself */
	int			part;			/* number of the token's value */
	Oid			type;			/* as the statement sees it */
	Oid			value_type;		/* of the value, or of each item */
	int16		typlen;			/* of value_type */
	bool		typbyval;
	char		typalign;
	FmgrInfo	input;			/* of value_type */
	Oid			ioparam;
	Datum		value;			/* CONSTANT */
	int			variable;		/* VARIABLE */
	int			npath;
	int		   *path;			/* positions from the variable's root down */
	int			key;			/* KEYS, FOUND: which column of the link, from 0 */
	FsqFetch   *found;			/* FOUND, FOUND_VALUES: the key fetch */
	FsqKeyColumn *columns;		/* FOUND: what its keys become, all columns */
	FsqFoundWhen when;			/* FOUND */
	FsqRelation *compared;		/* FOUND: the relation whose rows are compared with them */
	const char *where;			/* what it is, for messages: "where.email.eq" */
	int			offset;			/* in the document, for error locations */
} FsqPlanParam;

/*
 * A column of the result of a fetch's statement: a column of its relation, or an
 * expression over a row of it or, where the statement groups them, over many.
 */
typedef struct FsqResult
{
	FsqColumn  *column;			/* that it is; of an expression: that it is made of, or NULL */
	FsqValueType type;
	struct FsqRender *render;	/* exec's own, made at the first execution if it is shown */

	const char *identity;		/* of an expression: what has the same is read once; NULL: a column */
	const char *sql;			/* over the statement's relation, with its parameters */
	const char *absent;			/* JSON of its value where no row is; NULL: null */
	struct FsqExpression *expression;	/* build.h's, while the plan is made */
} FsqResult;

/* One value of an object, in the order of the request. */
typedef enum FsqOutputKind
{
	FSQ_OUTPUT_COLUMN,			/* a column of the statement's result */
	FSQ_OUTPUT_FETCH,			/* a child fetch */
	FSQ_OUTPUT_OBJECT,			/* an object of values of the same row; never null */
	FSQ_OUTPUT_TOKEN,			/* a text that names the row: token.h */
	FSQ_OUTPUT_SEGMENT,			/* the next segment of the row's text begins */
	FSQ_OUTPUT_CONNECTION,
	FSQ_OUTPUT_ENTITIES,		/* rows that representations refer to; among the root's alone */
	/* in the object of a connection alone */
	FSQ_OUTPUT_ROWS,			/* a list: one segment of each row of the page */
	FSQ_OUTPUT_COUNTED,			/* a segment of the row that counts all rows */
	FSQ_OUTPUT_HAS_NEXT_PAGE,
	FSQ_OUTPUT_HAS_PREVIOUS_PAGE,
	FSQ_OUTPUT_START_CURSOR,	/* a segment of the first row; null if there is none */
	FSQ_OUTPUT_END_CURSOR
} FsqOutputKind;

typedef struct FsqObject FsqObject;
typedef struct FsqConnection FsqConnection;

/* A token that is made of a row's values. */
typedef struct FsqTokenOutput
{
	int			kind;			/* FsqTokenKind */
	const char *subject;
	int			subject_length;
	int			nvalues;
	int		   *results;		/* numbers among the fetch's results */
	FmgrInfo   *functions;		/* of the types' texts; exec's own, NULL until the first execution */
} FsqTokenOutput;

typedef struct FsqOutput
{
	FsqOutputKind kind;
	const char *text;			/* JSON before the value: ",\"name\":" */
	int			text_length;
	const char *key;			/* response key */
	int			offset;			/* of the field in the document */
	List	   *around;			/* of const char *: keys of the objects around it in its row, from the outermost */

	/* COLUMN */
	int			result;			/* number among the fetch's results */
	int			column;			/* position in the statement's result, from 0 */
	const char *parent_type;	/* "User.email" in messages */
	const char *field;
	bool		non_null;
	struct FsqRender *render;	/* of its result */

	/* FETCH */
	FsqFetch   *fetch;
	int			child;			/* position among the children */

	/* ENTITIES */
	struct FsqEntities *entities;

	/* OBJECT: only among the outputs of an object that has parts */
	FsqObject  *object;

	FsqTokenOutput *token;		/* TOKEN */
	FsqConnection *connection;	/* CONNECTION; child is the position of its first fetch */
	int			segment;		/* ROWS, COUNTED, START_CURSOR, END_CURSOR */
} FsqOutput;

/*
 * A field of an object whose fields depend on @skip and @include: it stands
 * here if the condition holds, and none of the same field's earlier places.
 */
typedef struct FsqPart
{
	const char *text;			/* JSON: "\"name\":", with the value of a __typename */
	int			text_length;
	int			output;			/* number of the output, or -1: the text is all */
	int			offset;			/* of the field in the document */
	const FsqCondition *condition;
	int			nearlier;
	const FsqCondition **earlier;
} FsqPart;

/*
 * The values of an object; __typename is part of the texts.  The objects inside
 * it, which are never null, are too: their values are among its own.
 */
struct FsqObject
{
	bool		segmented;		/* its values are the segments of a row's text, and nothing around them */
	int			noutputs;
	FsqOutput  *outputs;
	const char *close;			/* JSON after the last value: "}" */
	int			close_length;

	/* fields depend on conditions: outputs are those that there may be, without texts */
	int			nparts;
	FsqPart    *parts;
};

/*
 * A connection.  Its page is a fetch whose rows have a segment of text for each
 * of its lists; what counts all rows is another, with a row for each parent.
 */
struct FsqConnection
{
	const char *key;			/* response key */
	const char *parent_type;	/* "User.ordersConnection" in messages */
	const char *field;
	int			offset;
	bool		non_null;
	List	   *around;			/* as of an output */
	FsqObject	object;
	FsqFetch   *page;			/* NULL: it shows nothing of rows */
	FsqFetch   *counted;		/* NULL: nothing is counted */
};

/*
 * One statement of a fetch: it reads all of the fetch's result columns, or those
 * that are left when conditions leave some out.
 */
typedef struct FsqSelect
{
	dlist_node	link;			/* in FsqFetch.others */
	MemoryContext context;		/* of this; NULL: the plan's */
	const char *sql;
	const char *text;			/* sql with the comment that says which field it reads */
	bool	   *reads;			/* by result column; NULL: all */
	int		   *positions;		/* of result columns in the statement's; NULL: the same */
	int			pins;			/* requests that use it */

	/* made at the first execution; owned by the plan */
	CachedPlanSource *statement;
	int			seen_plan;		/* generation of the generic plan that was looked at */
	bool		linear;			/* it compares each row with all keys */
	bool		only_local;		/* its generic plan has nothing to ask ahead */
} FsqSelect;

/* A list of the result columns in the text of a statement. */
typedef struct FsqColumnList
{
	int			start;
	int			end;
	const char *alias;
	bool		named;			/* as c0, c1, .. */
	bool		outer;			/* c0, c1, .. of a subselect */
	bool		distinct;		/* behind DISTINCT ON, where it must not be empty */
} FsqColumnList;

/* A column that a fetch's own arguments give a value, or one of a list. */
typedef struct FsqPin
{
	FsqColumn  *column;
	int			param;			/* of its statement, from 0 */
} FsqPin;

/* Where a key of a fetch is known from before its parent is read. */
typedef struct FsqKeySource
{
	FsqFetch   *fetch;			/* the ancestor whose argument it is */
	int			param;			/* of its statement, from 0 */
} FsqKeySource;

/* What a fetch is for. */
typedef enum FsqFetchKind
{
	FSQ_KIND_FIELD,				/* a relation field: its rows are shown */
	FSQ_KIND_KEYS,				/* keys (and values) that a filter or an order needs */
	FSQ_KIND_CANDIDATES,		/* keys of the rows that are to be filtered or ordered */
	FSQ_KIND_PAIRS				/* what a join table says of the parents' rows */
} FsqFetchKind;

struct FsqFetch
{
	FsqFetchKind kind;
	int			number;			/* parents before children, from 0 */
	FsqFetch   *parent;			/* NULL for a root; of KEYS: its candidates */
	FsqRelation *relation;
	FsqRelationship *relationship;	/* from the parent, or NULL */
	const char *parent_type;	/* "User.orders" in messages */
	const char *field;
	List	   *path;			/* of const char *: response keys from the root, without indexes */
	const char *key;			/* response key */
	List	   *around;			/* as of an output */
	int			offset;			/* of the field in the document */
	bool		to_many;
	bool		non_null;		/* of the list or the object */
	FsqSourceAffinity affinity; /* where it is to be read */

	FsqObject	object;
	int			nchildren;
	FsqFetch  **children;

	struct FsqEntities *entities;	/* whose representations are its parents, or NULL */

	/* the link: how rows find their parents */
	int			nkeys;
	FsqKeyColumn *keys;

	/* filters and orders across databases: lookup.c; past join tables: pairs.c */
	FsqFetch   *consumer;		/* not of FIELD: whose statement needs it */
	const char *reason;			/* not of FIELD: "where.orders.some", or a join table */
	List	   *inputs;			/* of FsqFetch *: KEYS and PAIRS that the statement has as parameters */
	FsqFetch   *pairs;			/* an input that leads to the rows, or NULL */
	FsqFetch   *split;			/* an input whose keys may be divided among several statements, or NULL */
	List	   *lookups;		/* of FsqFetch *: those not of FIELD whose parent it is */
	int			nfound;
	FsqKeyColumn *found;		/* KEYS, PAIRS: from its result to the consumer's columns */
	Oid			value_type;		/* KEYS: of what follows the keys in its result, or InvalidOid */

	/* keys that are known without the parent's rows: pin.c */
	int			npins;
	FsqPin	   *pins;
	FsqKeySource *sources;		/* in step with keys; NULL: not all are known */

	bool		paged;			/* with limit or offset */
	int			limit_param;	/* number of its limit's parameter, from 1; 0: it has none */

	/* what it is expected to read: cost.c */
	bool		filtered;		/* not all rows of the relation, or of a parent */
	bool		expected_known;	/* there was an ANALYZE */
	double		expected;		/* rows for each parent, before limits */

	/* the page of a connection */
	FsqConnection *connection;	/* whose page it is, or whose rows it counts; or NULL */
	bool		page;
	bool		backward;		/* it ends with its first row: rows come in reverse */
	bool		has_after;		/* it is cut by cursors */
	bool		has_before;
	int			skipped;		/* number of the parameter; 0: none */

	/* aggregates: aggregate.c */
	bool		grouped;		/* a row of the result is of many; without rows there is one all the same */
	int			ngroups;
	int		   *groups;			/* numbers of the results by which rows are grouped */
	FsqSelect	all;			/* reads all result columns */
	dlist_head	others;			/* of FsqSelect: read fewer; the last used first */
	FsqColumnList lists[2];		/* in the text of all, from the begin */
	int			nlists;
	int			nparams;
	FsqPlanParam *params;
	int			nresult;		/* columns of the statement's result */
	int			max_result;		/* that there is room for */
	FsqResult  *result;
	int			cursor_options;
};

/* The representations of one type that have one key. */
typedef struct FsqEntityGroup
{
	FsqRelation *relation;
	FsqKey	   *key;
	FsqPlanParam *params;		/* how its values are read, in step with its columns */
	FsqFetch   *fetch;
} FsqEntityGroup;

/* A field _entities. */
typedef struct FsqEntities
{
	int			number;			/* among those of the plan */
	const char *key;			/* response key */
	List	   *path;			/* of const char * */
	int			offset;			/* of the field in the document */
	int			variable;		/* that has the representations, or -1 */
	FsqInput   *input;			/* else they themselves, as long as the request */
	int			ngroups;
	FsqEntityGroup *groups;
} FsqEntities;

/* A representation of a request. */
typedef struct FsqEntityValue
{
	FsqEntityGroup *group;
	Datum	   *keys;			/* in step with the key's columns */
} FsqEntityValue;

typedef struct FsqEntityValues
{
	int			n;
	FsqEntityValue *values;
} FsqEntityValues;

/* A fetch as the conditions of a request leave it. */
typedef struct FsqFetchView
{
	bool		active;			/* its field is included */
	FsqObject  *object;
	int			nchildren;
	FsqFetch  **children;		/* in the order of the object's outputs */
	FsqSelect  *select;
	/* segments of its rows' texts: the first output and the first child of each, and the ends */
	int			nsegments;
	int		   *segment_outputs;
	int		   *segment_children;
} FsqFetchView;

/* The same of a plan. */
typedef struct FsqPlanView
{
	FsqObject  *object;
	FsqFetchView *fetches;		/* by number */
} FsqPlanView;

typedef struct FsqPlan
{
	MemoryContext context;		/* holds all of the plan */
	FsqSchema  *schema;
	bool		cacheable;		/* it depends on the shape alone */
	struct FsqCachedPlan *entry;	/* of the cache, or NULL */
	int			pins;			/* requests that use it */
	FsqObject	object;			/* the root's */
	int			nentities;		/* fields _entities */
	bool		has_lookups;	/* some fetches are not of KIND_FIELD */
	int			nfetches;
	FsqFetch  **fetches;		/* by number: parents before children */
	bool		conditional;	/* what it has depends on booleans of the request */
	FsqPlanView view;			/* if it does not */
} FsqPlan;

/*
 * plan.c: plan an operation that has been validated, in a new context below
 * the current one; conditional: for all values of the booleans that @skip and
 * @include ask for, otherwise for those of these variables.  NULL after adding
 * errors, or if it is too complex to be conditional.
 */
extern FsqPlan *fsq_plan_create(FsqSchema *schema, FsqDocument *document,
								FsqOperationNode *operation, FsqVariables *variables,
								bool conditional, FsqErrorList *errors);
/* Free a plan with its statements. */
extern void fsq_plan_free(FsqPlan *plan);

/* pin.c: find the keys that arguments pin, down the whole tree. */
extern void fsq_plan_pin_keys(FsqPlan *plan);

/* What a request costs. */
typedef struct FsqCost
{
	double		rows;			/* that all its fields together are expected to have */
	const FsqFetch *dearest;	/* the field that has most of them; NULL: it reads nothing */
	double		dearest_rows;
} FsqCost;

/* cost.c: work out what a plan is expected to read, as far as all requests have that in common. */
extern void fsq_plan_estimate(FsqPlan *plan);
/* What a request with these values costs. */
extern void fsq_plan_cost(const FsqPlan *plan, const FsqPlanView *view, Datum **values,
						  FsqEntityValues **entities, FsqCost *cost);
/* The way to a field, in response keys: "users.orders". */
extern char *fsq_fetch_path(const FsqFetch *fetch);
/* sql.c: what a fetch finds, in a word: "keys". */
extern const char *fsq_fetch_finds(const FsqFetch *fetch);

/*
 * entity.c: the values of all representations of a view, by number of their
 * field.  False after adding errors.
 */
extern bool fsq_entity_values(const FsqPlan *plan, const FsqPlanView *view,
							  FsqVariables *variables, FsqErrorList *errors,
							  FsqEntityValues ***result);
/* How many of them there are of a fetch's rows. */
extern int	fsq_entity_count(const FsqEntityValues *values, const FsqFetch *fetch);

/*
 * view.c: what of a plan these variables include, in the current context.  It is
 * to be released before the plan.
 */
extern FsqPlanView *fsq_plan_view(FsqPlan *plan, FsqVariables *variables);
extern void fsq_plan_view_release(FsqPlan *plan, FsqPlanView *view);

/* Where a result column of a fetch is in a statement's result. */
static inline int
fsq_select_position(const FsqSelect *select, int column)
{
	return select->positions ? select->positions[column] : column;
}

/*
 * param.c: the values of all parameters of a view's fetches, as one array for
 * each fetch, in the current context.  NULL after adding errors.
 */
extern Datum **fsq_plan_values(FsqPlan *plan, FsqPlanView *view, FsqVariables *variables,
							   FsqErrorList *errors);

#endif							/* FSQ_PLAN_PLAN_H */
