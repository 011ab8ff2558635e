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
#include "plan/token.h"
#include "subtransaction.h"

/* A plan in the making. */
typedef struct FsqBuilder
{
	FsqSchema  *schema;
	FsqCollector collector;
	FsqVariables *variables;
	FsqErrorList *errors;
	FsqPlan    *plan;
	List	   *fetches;		/* of FsqFetch *, by number */
	List	   *entities;		/* of FsqEntities *, by number */
	List	   *lookups;		/* lookup.c's own: key fetches, and what each is for */
} FsqBuilder;

/*
 * A relation that a statement reads, while the condition or the order over it is
 * written.
 */
typedef struct FsqFrame FsqFrame;
struct FsqFrame
{
	FsqFrame   *outer;			/* NULL: the statement's own relation */
	FsqRelationship *relationship;	/* from the outer one */
	FsqRelation *relation;
	const char *alias;
	FsqInput   *where;			/* the condition over it, or NULL */
	const char *path;			/* of the condition, for messages */
};

/* A statement in the making: its parameters and aliases. */
typedef struct FsqStatement
{
	FsqBuilder *builder;
	FsqFetch   *fetch;			/* whose statement it is */
	FsqFetch   *scope;			/* whose filter it writes: the same, but for candidates */
	FsqFrame   *frame;			/* the relation that is being filtered or ordered */
	const FsqFrame *selected;	/* of candidates: whose columns they are; else NULL */
	int			offset;			/* of the field, for errors */
	List	   *params;			/* of FsqPlanParam * */
	int			naliases;
	List	   *pins;			/* of FsqPin *: columns that must equal a parameter */
	bool		conjunctive;	/* what is added now must be true of each row */
	bool		null_is_false;	/* likewise, so that a null condition is as good as a false one */
	bool		rest;			/* leave out what is not AND, or needs a key fetch */
	StringInfoData joins;		/* LEFT JOINs of related rows to order by */
	FsqFetch   *split;			/* each row that is wanted has one key of this key fetch, or NULL */
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
	FsqInput   *distinct_on;
	FsqInput   *first;			/* of a list: in limit */
	FsqInput   *by;				/* of a field that groups, as those that follow */
	FsqInput   *buckets;
	FsqInput   *time_zone;
	FsqInput   *having;
	FsqInput   *last;
	FsqInput   *after;
	FsqInput   *before;
	struct FsqOrder *order;		/* of a connection: the whole order; else NULL */
	uint64		fingerprint;	/* of that */
	FsqKey	   *key;			/* of a key field */
	int			nkeys;			/* in step with the key's columns */
	FsqInput  **keys;
	const char **key_names;
	FsqInput   *node_id;		/* has the key's values, or NULL */
	FsqInput  **call;			/* in step with a function's arguments; NULL: left out */
	int			ncall;
	FsqInput   *path;			/* of a column of JSON */
} FsqArguments;

/* An object in the making: its fields in the order of the request. */
typedef struct FsqParts
{
	FsqFetch   *fetch;			/* whose rows it is of; NULL: the root's */
	FsqType    *type;
	FsqObject	object;			/* parts, and outputs without texts, of the request */
	FsqFieldGroup **groups;		/* in step with parts */
	FsqAggregate aggregate;		/* of the values inside */
	struct FsqConnectionPlan *connection;	/* that it is part of, or NULL */
	List	   *list;			/* of const char *: key of the connection's list that it is an item of */
	List	   *around;			/* as of an output */
	List	  **children;		/* of FsqFetch *: of all objects of the row */
	bool		conditional;	/* it or an object inside */
} FsqParts;

/* plan.c: make the parts and outputs of an object from its fields. */
extern void fsq_parts_collect(FsqBuilder *builder, List *groups, FsqParts *p);

/* affinity.c: @source(affinity:) of a field that reads rows; of one that does not it is an error */
extern FsqSourceAffinity fsq_plan_affinity(FsqBuilder *builder, const FsqFieldGroup *group);
extern void fsq_affinity_refuse(FsqBuilder *builder, const FsqFieldGroup *group);

/* A new fetch for a field of an object; it is numbered. */
extern FsqFetch *fsq_fetch_make(FsqBuilder *builder, const FsqParts *p, FsqField *field,
								FsqFieldGroup *group);
/* Coerce the arguments of a field and sort them by what they are; false after adding errors. */
extern bool fsq_arguments_read(FsqBuilder *builder, FsqField *field, FsqFieldNode *node,
							   FsqArguments *arguments);
/* Whether rows of the hub are joined with the keys of their parents, which must then be one for each. */
extern bool fsq_link_is_joined(const FsqRelationship *relationship);
/* The fetch shows these values, and has these children. */
extern void fsq_fetch_set_object(FsqBuilder *builder, FsqFetch *fetch, const FsqParts *p);
/* Its results and its statement, when all that it reads is known. */
extern void fsq_fetch_finish(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments);

/*
 * connection.c: a connection, as an output of an object; and an output of one of
 * the objects that a connection has.
 */
extern FsqConnection *fsq_connection_plan(FsqBuilder *builder, FsqParts *outer, FsqField *field,
										  FsqFieldGroup *group);
extern void fsq_connection_output(FsqBuilder *builder, FsqParts *p, FsqField *field,
								  FsqFieldGroup *group, FsqOutput *output);

/*
 * node.c: an output that is the id of a row of a relation; and the fetch of the
 * row that an id names, NULL after adding an error, or if there is none.
 */
extern void fsq_node_id_output(FsqBuilder *builder, FsqParts *p, FsqRelation *relation,
							   FsqOutput *output);
extern FsqFetch *fsq_node_plan(FsqBuilder *builder, const FsqParts *p, FsqField *field,
							   FsqFieldGroup *group);

/*
 * What an expression of a fetch's result becomes: SQL over the relation, which
 * has this alias, with what parameters it adds to the statement.
 */
typedef char *(*FsqExpressionWrite) (FsqStatement *statement, const char *alias, const void *arg);

/* An expression, until the statement is written. */
typedef struct FsqExpression
{
	FsqExpressionWrite write;
	const void *arg;
} FsqExpression;

/*
 * result.c: the number of a column among the results of a fetch, or of the
 * expression of that identity; it is added if it is not there.
 */
extern int	fsq_result_column(FsqBuilder *builder, FsqFetch *fetch, FsqColumn *column);
extern int	fsq_result_expression(FsqBuilder *builder, FsqFetch *fetch, const char *identity,
								  FsqValueType type, FsqExpressionWrite write, const void *arg);
/*
 * pairs.c: whether a relationship leads past a join table in two statements, as
 * not both tables behind it are of the hub.
 */
extern bool fsq_pairs_needed(FsqRelationship *relationship);
/* The key of such a fetch, whose rows have values of a join table's column. */
extern void fsq_pairs_key_init(FsqKeyColumn *key, FsqColumn *parent, FsqColumn *column);
/* Have a fetch read the join table, for which the statement's fetch then waits. */
extern void fsq_pairs_make(FsqStatement *statement);
/* Append what that finds and the fetch's relation, joined, as an item of FROM. */
extern void fsq_pairs_relation(StringInfo sql, FsqStatement *statement, const char *alias);
/* The condition that a row of the scope's relation can be one of those that are joined. */
extern char *fsq_pairs_condition(FsqStatement *statement, const char *alias);

/* The alias of a join table in the statements of fetches that lead past it. */
#define FSQ_JOIN_ALIAS "j"
/* Link a child fetch with its parent by the columns of its relationship. */
extern void fsq_fetch_link(FsqBuilder *builder, FsqFetch *fetch, bool exact);
/*
 * Link the fetch of a function's rows with its parent: by the primary key of the
 * row that the function is called with.
 */
extern void fsq_fetch_link_function(FsqBuilder *builder, FsqFetch *fetch);
/*
 * Order the results, so that requests which ask for the same in another order
 * have the same statement.
 */
extern void fsq_results_sort(FsqFetch *fetch);

/*
 * aggregate.c: the number of an aggregate among the results of a grouped fetch;
 * aggregate is that of the object around the field.  -1 after adding errors.
 */
extern int	fsq_aggregate_result(FsqBuilder *builder, FsqFetch *fetch, FsqField *field,
								 FsqFieldGroup *group, FsqAggregate aggregate);
/* The same for any aggregate; column NULL: of rows. */
extern int	fsq_aggregate_call(FsqBuilder *builder, FsqFetch *fetch, FsqAggregate aggregate,
							   FsqColumn *column);
/* Link a grouped fetch with its parent: its rows are grouped by the keys. */
extern void fsq_aggregate_link(FsqBuilder *builder, FsqFetch *fetch);
/* Have a fetch group rows by what its arguments say, beside its keys. */
extern void fsq_aggregate_group(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments);
/* The number of a key of a group among the results; 0 after adding an error. */
extern int	fsq_aggregate_key(FsqBuilder *builder, FsqFetch *fetch, FsqField *field,
							  FsqFieldGroup *group);
/* GROUP BY and HAVING; "" if nothing makes of many rows one. */
extern char *fsq_aggregate_clause(FsqStatement *statement, const FsqArguments *arguments,
								  const char *alias);
/*
 * The condition over groups that a having input is, or a filter by what is
 * computed of related rows; NULL: TRUE.  alias NULL: of no rows.
 */
extern char *fsq_aggregate_having(FsqStatement *statement, const char *alias, FsqInput *having,
								  const char *path);
/* What "where" of such a filter says, or NULL. */
extern FsqInput *fsq_aggregate_filter_where(FsqStatement *statement, FsqInput *filter,
											const char *path);
/* What an item of an order by aggregates computes, its direction, and whether that is a number of rows. */
extern char *fsq_aggregate_order_call(FsqStatement *statement, const char *alias, FsqInput *item,
									  FsqInput **direction);
extern bool fsq_aggregate_counts(FsqInput *item);
/* The type of an aggregate's values; column NULL: of rows. */
extern FsqValueType fsq_aggregate_type_of_call(FsqSchema *schema, FsqAggregate aggregate,
											   FsqColumn *column);

/* aggregate_related.c: whether rows with the same key of a relationship are one group. */
extern bool fsq_aggregate_keys_are_groups(FsqRelationship *relationship);
/* The condition, or where no rows fulfil the filter, what is not its contrary. */
extern char *fsq_aggregate_choose(const char *empty, const char *condition);
/* The condition over rows with an alias that a filter by related rows is; NULL: TRUE. */
extern char *fsq_aggregate_related_condition(FsqStatement *statement, FsqRelationship *relationship,
											 const char *alias, FsqInput *filter, const char *path);
/* A column that stands for what an item of an orderBy computes of related rows. */
extern FsqColumn *fsq_aggregate_order_column(FsqRelationship *relationship, FsqInput *item);
/* What it is in the statement; as fsq_order_expression. */
extern char *fsq_aggregate_related_order(FsqStatement *statement, FsqRelationship *relationship,
										 FsqInput *item, FsqColumn **column, FsqInput **direction);

/* The order of groups: that of the argument, then by their keys. */
extern char *fsq_aggregate_order(FsqStatement *statement, const FsqArguments *arguments,
								 const char *alias);

/*
 * function.c: the call of a function as SQL; row is what its first argument is,
 * or NULL.
 */
extern char *fsq_function_call(FsqStatement *statement, const FsqFunction *function,
							   const char *row, FsqInput **inputs);
/* What it gives, as an item of FROM: its columns, or v. */
extern char *fsq_function_rows(FsqStatement *statement, const FsqFunction *function,
							   const char *row, FsqInput **inputs, const char *alias);
/*
 * The numbers among a fetch's results: of a computed field's value, of what a
 * function gives that is no row, of what a path finds in a column.  place tells
 * the fields of the fetch's objects apart.
 */
extern int	fsq_result_function(FsqBuilder *builder, FsqFetch *fetch, const FsqFunction *function,
								const FsqArguments *arguments, const char *place);
extern int	fsq_result_value(FsqBuilder *builder, FsqFetch *fetch, const FsqFunction *function);
extern int	fsq_result_path(FsqBuilder *builder, FsqFetch *fetch, const FsqColumn *column,
							FsqInput *path, const char *place);

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

/* The same for a value of a token, by its number. */
extern int	fsq_statement_token_value(FsqStatement *statement, FsqInput *token, FsqTokenKind kind,
									  int number, Oid value_type, const char *where);

/* The number of a new parameter for what a key fetch has found. */
extern int	fsq_statement_found(FsqStatement *statement, FsqFetch *found, FsqKeyColumn *columns,
								int key, FsqFoundWhen when, FsqRelation *compared);
extern int	fsq_statement_found_values(FsqStatement *statement, FsqFetch *found);

/* sql.c: a statement of a fetch, and the fetch's params and pins when it is complete. */
extern void fsq_statement_init(FsqStatement *statement, FsqBuilder *builder, FsqFetch *fetch);
extern void fsq_statement_finish(FsqStatement *statement, const char *sql);

/*
 * where.c: the condition over a frame's relation as SQL; NULL stands for TRUE.
 * Errors are added to the builder's list.
 */
extern char *fsq_where_condition(FsqStatement *statement, FsqFrame *frame);
/* The condition over related rows that a where object is, inside of a frame's condition. */
extern char *fsq_where_related(FsqStatement *statement, FsqRelationship *relationship,
							   const char *alias, FsqInput *where, const char *path);
/* The condition over any expression of a type that a filter of it is; NULL stands for TRUE. */
extern char *fsq_where_filter(FsqStatement *statement, const char *left, Oid type,
							  FsqJsonForm form, FsqInput *filter, const char *path);

/*
 * order.c: one item of an orderBy argument, over the statement's frame, as SQL
 * without the direction; the related rows it needs are joined.  *column is the
 * column that it orders by, *direction the direction's value.
 */
extern char *fsq_order_expression(FsqStatement *statement, FsqInput *item,
								  FsqColumn **column, FsqInput **direction);
/* What rows are ordered by: a column of theirs or, by to-one relationships, of a related row. */
typedef struct FsqOrderItem
{
	FsqInput   *input;			/* of the orderBy argument; NULL: not from there */
	FsqColumn  *column;			/* whose values these are */
	char	   *path;			/* "user." of a related row's; NULL: the relation's own */
	bool		descending;
	bool		nulls_first;
	char	   *expression;		/* SQL, once it has been written */
} FsqOrderItem;

typedef struct FsqOrder FsqOrder;
struct FsqOrder
{
	int			ndistinct;		/* so many items at the beginning are those of distinctOn */
	int			nitems;
	FsqOrderItem *items;
};

/*
 * The whole order of a fetch's rows: the columns of distinctOn, orderBy, the key
 * (NULL: none).  An error is added if the first two do not go together.
 */
extern FsqOrder *fsq_order_make(FsqBuilder *builder, const FsqFetch *fetch, FsqInput *order_by,
								FsqInput *distinct_on, const FsqKey *key);
/* Write its expressions over the statement's frame; related rows are joined. */
extern void fsq_order_write_expressions(FsqStatement *statement, FsqOrder *order);
/* Have an item go in the direction that an argument says. */
extern void fsq_order_read_direction(FsqOrderItem *item, const FsqInput *direction);
/* " DESC NULLS LAST", of an item or its reverse. */
extern void fsq_order_append_direction(StringInfo sql, const FsqOrderItem *item, bool backward);
/* The ORDER BY, once the expressions are written, or its reverse; NULL if there is none. */
extern char *fsq_order_list(const FsqOrder *order, bool backward);

/*
 * keyset.c: a number that says which order of which relation this is; and the
 * condition that a row is behind (after) or before a cursor of it, over the
 * expressions of the order, NULL after adding an error.
 */
extern uint64 fsq_order_fingerprint(const FsqRelation *relation, const FsqOrder *order);
extern char *fsq_keyset_condition(FsqStatement *statement, const FsqOrder *order,
								  uint64 fingerprint, FsqInput *cursor, bool after);

/*
 * Whether the rows that a statement filters are those of its relation alone, so
 * that they can be asked for their keys: not what a function gives, or what is
 * joined with a join table.
 */
static inline bool
fsq_statement_is_plain(const FsqStatement *statement)
{
	const FsqFetch *scope = statement->scope;

	return scope->relation->function == NULL &&
		(scope->relationship == NULL || scope->relationship->back == NULL || scope->pairs);
}

/*
 * lookup.c: a new fetch for a filter, an order or a link of a statement, below a
 * parent or NULL.  Its result has room for n columns.
 */
extern FsqFetch *fsq_lookup_fetch(FsqStatement *statement, FsqFetchKind kind, FsqFetch *parent,
								  FsqRelation *relation, const char *reason, int n);
/* Have a statement wait for what such a fetch finds. */
extern void fsq_lookup_need(FsqStatement *statement, FsqFetch *keys);

/* lookup_needed.c: whether found keys are compared as a join by these columns compares them. */
extern bool fsq_lookup_can_compare(FsqRelationship *relationship);
/* Whether a filter or an order over a relationship takes a key fetch. */
extern bool fsq_lookup_needed(FsqRelationship *relationship);
/* Whether a member of a where object is such a filter, or has one inside. */
extern bool fsq_lookup_inside(FsqInputBinding *binding, FsqInput *value);
/* lookup.c: the condition over the frame's rows that a filter of a relationship is; NULL: TRUE. */
extern char *fsq_lookup_condition(FsqStatement *statement, FsqRelationship *relationship,
								  FsqInput *where, FsqInputFieldKind kind, const char *path);
/* What a related row's value is in the statement; as fsq_order_expression. */
extern char *fsq_lookup_order(FsqStatement *statement, FsqRelationship *relationship,
							  FsqInput *item, FsqColumn **column, FsqInput **direction);
/* The same for what is computed of related rows, in groups by their keys. */
extern char *fsq_lookup_aggregate_condition(FsqStatement *statement, FsqRelationship *relationship,
											FsqInput *filter, FsqInput *where, const char *path);
extern char *fsq_lookup_aggregate_order(FsqStatement *statement, FsqRelationship *relationship,
										FsqInput *item, FsqColumn *column, FsqInput **direction);
/* Whether at most one row of the target belongs to a row of the source, by its keys. */
extern bool fsq_lookup_unique(FsqRelationship *relationship);

/*
 * pin.c: note that a column equals the parameter of that number (from 1), or one
 * of its items, in every row that the statement returns.
 */
extern void fsq_statement_pin(FsqStatement *statement, FsqColumn *column, int param);

/* sql.c: fill in the fetch's sql and params; its result columns and keys are known. */
extern void fsq_fetch_write_sql(FsqBuilder *builder, FsqFetch *fetch, const FsqArguments *arguments);

/* The texts of a statement that reads some of the result columns, in the current context. */
extern void fsq_select_write_sql(const FsqFetch *fetch, FsqSelect *select);

/*
 * view.c: write the texts of an object's parts that stay with these variables,
 * and its outputs, with those of the objects inside it.
 */
extern void fsq_object_finish(FsqObject *object, const FsqObject *from,
							  const FsqVariables *variables, MemoryContext context);

/* entity.c: plan a field _entities; what there is of it after errors. */
extern FsqEntities *fsq_plan_entities(FsqBuilder *builder, FsqType *parent_type, FsqField *field,
									  FsqFieldGroup *group);
/* Append what a plan depends on of a list of representations. */
extern void fsq_entities_shape(StringInfo shape, const FsqInput *list);
/* service.c: append the value of a field _service. */
extern void fsq_service_write(StringInfo out, FsqCollector *collector, FsqField *field,
							  FsqFieldGroup *group);

/*
 * param.c: convert values as parameters are, n of them, each to where its target
 * points.  False after adding errors.
 */
extern bool fsq_params_convert(FsqPlanParam **params, FsqInput **inputs, Datum **targets, int n,
							   FsqErrorList *errors);

/*
 * Take a step that reads a value of the request, in a subtransaction of its own.
 * NULL, or the message of its error, in UTF-8; a cancel is raised.
 */
extern const char *fsq_try_input(FsqStep step, void *arg);

#endif							/* FSQ_PLAN_BUILD_H */
