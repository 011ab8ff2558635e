/*-------------------------------------------------------------------------
 *
 * schema.h
 *	  From the catalogs to a GraphQL schema: relations, columns, keys,
 *	  relationships, and the types made of them.
 *
 *	  Everything here is made when it is first asked for, lives in the
 *	  schema's memory context, and is dropped as a whole when an invalidation
 *	  says that it may be stale.  Nothing here asks a remote server.
 *
 *	  The names do not depend on the role; what the role may not read is
 *	  simply not there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_SCHEMA_H
#define FSQ_SCHEMA_SCHEMA_H

#include "access/attnum.h"
#include "graphql/ast.h"
#include "graphql/error.h"
#include "graphql/type.h"

typedef struct FsqRelation FsqRelation;
typedef struct FsqColumn FsqColumn;
typedef struct FsqRelationship FsqRelationship;
typedef struct FsqKey FsqKey;
typedef struct FsqFunction FsqFunction;

/* How the values of a type are written to and read from JSON. */
typedef enum FsqJsonForm
{
	FSQ_JSON_STRING,			/* the type's text output, as a string */
	FSQ_JSON_NUMBER,			/* int2, int4 (and bigint, numeric by setting) */
	FSQ_JSON_FLOAT,				/* float4, float8: NaN and infinities as strings */
	FSQ_JSON_BOOLEAN,
	FSQ_JSON_RAW,				/* json, jsonb */
	FSQ_JSON_ENUM,				/* enum label -> GraphQL enum value name */
	FSQ_JSON_TIMESTAMPTZ,		/* RFC 3339 with offset */
	FSQ_JSON_TIMESTAMP,			/* RFC 3339 without offset */
	FSQ_JSON_ARRAY,				/* element_form of each element */
	FSQ_JSON_COMPOSITE			/* as row_to_json gives it */
} FsqJsonForm;

/* What values are in GraphQL, and how they are written. */
typedef struct FsqValueType
{
	Oid			type;			/* without domains */
	FsqJsonForm form;
	FsqJsonForm element_form;	/* ARRAY */
	FsqType    *gql_type;		/* nullable form; lists for arrays */
} FsqValueType;

struct FsqColumn
{
	FsqRelation *relation;
	AttrNumber	attnum;
	const char *name;			/* the column */
	const char *field;			/* the GraphQL field */
	Oid			type;			/* as declared */
	Oid			base_type;		/* without domains */
	int32		typmod;
	Oid			collation;
	bool		not_null;
	bool		id;				/* part of a single-column primary key, or references one: type ID */
	FsqJsonForm form;
	FsqJsonForm element_form;	/* ARRAY */
	FsqType    *gql_type;		/* nullable form; lists for arrays */
	const char *description;

	/* made when asked for */
	FsqField   *gql_field;
	FsqInputValue *where_field;
	FsqInputValue *order_by_field;
};

/* A primary key or unique key whose columns the role may read. */
struct FsqKey
{
	bool		primary;
	bool		not_null;		/* all columns NOT NULL */
	int			ncolumns;
	FsqColumn **columns;
	const char *root_field;		/* "user", "userByEmail"; NULL: a column has no field */
	const char *constraint_name;	/* or NULL */
	FsqField   *gql_field;		/* made when asked for */
};

struct FsqRelationship
{
	const char *field;			/* on the source */
	FsqRelation *source;
	Oid			target_relid;
	FsqRelation *target;
	int			ncolumns;
	AttrNumber *source_columns;
	AttrNumber *target_columns;
	bool		to_many;
	bool		nullable;		/* of the to-one object, or of the list */
	const char *description;
	const char *origin;			/* "constraint", "option" or "added" */

	/* through a join table: to its rows, and from them on; target_columns is NULL */
	FsqRelationship *back;
	FsqRelationship *forward;
	FsqInputValue *step;		/* shortcut.c's own */
	FsqInputValue *step_not;

	/* made when asked for */
	FsqField   *gql_field;
	FsqField   *connection_gql_field;	/* of a to-many */
	FsqInputValue *where_field;
	FsqInputValue *order_by_field;	/* of a to-one */
	struct FsqAggregateFields *aggregate_fields;	/* of a to-many: aggregate.c's own */
};

struct FsqRelation
{
	FsqSchema  *schema;
	struct FsqEntry *entry;		/* the schema's own */
	Oid			relid;
	const char *namespace;
	const char *name;
	char		relkind;
	bool		foreign;		/* a foreign table (directly) */
	const char *server;			/* its server's name, or NULL */
	const char *wrapper;		/* "fraiseql_sqlite", or NULL */
	bool		has_rls;		/* row-level security is enabled */
	FsqFunction *function;		/* whose result its rows are; then name and namespace are the function's */
	const char *type_name;		/* "User" */
	const char *list_field;		/* "users" */
	const char *item_field;		/* "user" */
	const char *description;

	/* readable columns in attribute order; loaded in any relation that is handed out */
	int			ncolumns;
	int			nomitted;		/* after these: columns that have no field */
	FsqColumn  *columns;
	bool		columns_loaded;

	/* through fsq_relation_keys(): primary key first */
	List	   *keys;			/* of FsqKey * */
	bool		keys_loaded;

	/* through fsq_relation_entity_keys() */
	List	   *entity_keys;	/* of FsqKey * */
	bool		entity_keys_loaded;

	/* through fsq_relation_relationships() */
	List	   *relationships;	/* of FsqRelationship * */
	bool		relationships_loaded;

	/* through fsq_relation_shortcuts() */
	List	   *shortcuts;		/* of FsqRelationship *: through join tables */
	bool		shortcuts_loaded;

	/* through fsq_relation_functions() */
	List	   *functions;		/* of FsqFunction *: its computed fields */
	bool		functions_loaded;

	/* the types, made when asked for */
	FsqType    *object_type;
	FsqType    *where_type;
	FsqType    *order_by_type;
	FsqType    *list_filter_type;
	FsqType    *column_enum_type;
	FsqType    *connection_type;
	FsqType    *edge_type;
	FsqField   *list_gql_field;
	FsqType   **aggregate_types;	/* aggregate.c's own */
	struct FsqAggregateFields *aggregate_fields;
	FsqField   *connection_gql_field;
	FsqField   *node_id_gql_field;
};

/* What a function gives. */
typedef enum FsqFunctionResult
{
	FSQ_RESULT_VALUE,
	FSQ_RESULT_VALUES,			/* SETOF of a type that is not a row */
	FSQ_RESULT_ROW,
	FSQ_RESULT_ROWS
} FsqFunctionResult;

typedef struct FsqFunctionArgument
{
	const char *name;			/* or NULL: it has none */
	const char *field;			/* GraphQL */
	Oid			type;
	FsqValueType value;
	bool		optional;		/* it has a default, or is variadic */
	bool		variadic;
	bool		row;			/* a composite type, given as a JSON object */
} FsqFunctionArgument;

/*
 * A function that is a field: of Query, or of the type of the rows that its
 * first argument takes.
 */
struct FsqFunction
{
	Oid			oid;
	const char *namespace;
	const char *name;
	const char *signature;		/* "app.find(text, integer)" */
	const char *field;			/* GraphQL */
	const char *wanted;			/* the field without a rename; NULL: by the name */
	struct FsqEntry *owner;		/* of its first argument; NULL: a field of Query */
	bool		strict;
	bool		omitted;
	bool		executable;		/* by the role */
	int			nargs;			/* without the row */
	FsqFunctionArgument *args;
	FsqFunctionResult result;
	FsqValueType value;			/* VALUE, VALUES */
	struct FsqEntry *target;	/* ROW, ROWS */
	const char *description;

	/* made when asked for */
	FsqRelation *source;		/* of its first argument */
	FsqRelation *rows;			/* of its result; its columns are the target's, or it has none */
	FsqField   *gql_field;
};

/* ---- bindings: what a field or an input field of the schema stands for ---- */

typedef enum FsqFieldKind
{
	FSQ_FIELD_ROOT_LIST,		/* users(where, orderBy, limit, offset) */
	FSQ_FIELD_ROOT_KEY,			/* user(id:), userByEmail(email:) */
	FSQ_FIELD_COLUMN,
	FSQ_FIELD_RELATIONSHIP,		/* orders(where, orderBy, limit, offset), user */
	FSQ_FIELD_OBJECT,			/* an object of values of the parent's row; not null */
	FSQ_FIELD_AGGREGATES,		/* usersAggregate(where), ordersAggregate(where) */
	FSQ_FIELD_GROUP_BY,			/* usersGroupBy(by, ..) */
	FSQ_FIELD_GROUP_KEY,		/* a value by which rows are grouped */
	FSQ_FIELD_AGGREGATE,		/* a value of these: count, or a column's inside sum */
	FSQ_FIELD_CONNECTION,		/* usersConnection(first, after, ..), ordersConnection */
	FSQ_FIELD_EDGES,			/* of a connection, and so on */
	FSQ_FIELD_NODES,
	FSQ_FIELD_PAGE_INFO,
	FSQ_FIELD_TOTAL_COUNT,
	FSQ_FIELD_CONNECTION_AGGREGATE,
	FSQ_FIELD_CURSOR,			/* of an edge */
	FSQ_FIELD_HAS_NEXT_PAGE,	/* of a PageInfo, and so on */
	FSQ_FIELD_HAS_PREVIOUS_PAGE,
	FSQ_FIELD_START_CURSOR,
	FSQ_FIELD_END_CURSOR,
	FSQ_FIELD_SERVICE,			/* _service */
	FSQ_FIELD_SDL,				/* sdl of _service */
	FSQ_FIELD_ENTITIES,			/* _entities(representations) */
	FSQ_FIELD_NODE,				/* node(nodeId:) */
	FSQ_FIELD_NODE_ID,
	FSQ_FIELD_EMPTY,			/* _empty: what Query has when it has nothing else; true */
	FSQ_FIELD_FUNCTION			/* what a function gives, of the parent's row or of Query */
} FsqFieldKind;

/* What is computed of many rows. */
typedef enum FsqAggregate
{
	FSQ_AGGREGATE_NONE,
	FSQ_AGGREGATE_COUNT,
	FSQ_AGGREGATE_COUNT_DISTINCT,
	FSQ_AGGREGATE_SUM,
	FSQ_AGGREGATE_AVG,
	FSQ_AGGREGATE_MIN,
	FSQ_AGGREGATE_MAX,
	FSQ_AGGREGATE_STDDEV,
	FSQ_AGGREGATE_VARIANCE,
	FSQ_AGGREGATE_BOOL_AND,
	FSQ_AGGREGATE_BOOL_OR
} FsqAggregate;

typedef struct FsqFieldBinding
{
	FsqFieldKind kind;
	FsqRelation *relation;		/* that the field reads, at the root; else the parent's */
	FsqColumn  *column;			/* COLUMN, GROUP_KEY; AGGREGATE: of which, or NULL */
	FsqKey	   *key;			/* ROOT_KEY; arguments are in step with its columns */
	FsqRelationship *relationship;	/* RELATIONSHIP; AGGREGATES, GROUP_BY, CONNECTION: NULL at the root */
	FsqAggregate aggregate;		/* OBJECT: of what is inside; AGGREGATE: NONE inside an OBJECT */
	FsqFunction *function;		/* FUNCTION */
} FsqFieldBinding;

/* The only field of a Query that has no other, since a type must have one. */
#define FSQ_EMPTY_FIELD "_empty"

/* Arguments of list fields, by FsqInputValue.binding */
typedef enum FsqArgumentKind
{
	FSQ_ARGUMENT_WHERE = 1,
	FSQ_ARGUMENT_ORDER_BY,
	FSQ_ARGUMENT_LIMIT,
	FSQ_ARGUMENT_OFFSET,
	FSQ_ARGUMENT_DISTINCT_ON,
	FSQ_ARGUMENT_FIRST,			/* of a list: the same as limit */
	FSQ_ARGUMENT_AFTER,
	FSQ_ARGUMENT_LAST,
	FSQ_ARGUMENT_BEFORE,
	FSQ_ARGUMENT_KEY,			/* of a ROOT_KEY field */
	FSQ_ARGUMENT_NODE_ID,
	FSQ_ARGUMENT_COLUMN,		/* countDistinct(column:) */
	FSQ_ARGUMENT_FUNCTION,		/* of a FUNCTION field, in step with the function's */
	FSQ_ARGUMENT_PATH,			/* of a COLUMN field: a JSON path */
	FSQ_ARGUMENT_BY,			/* of a GROUP_BY field, as those that follow */
	FSQ_ARGUMENT_BUCKETS,
	FSQ_ARGUMENT_TIME_ZONE,
	FSQ_ARGUMENT_HAVING
} FsqArgumentKind;

/* Fields of where inputs, orderBy inputs and filters */
typedef enum FsqInputFieldKind
{
	FSQ_INPUT_AND,
	FSQ_INPUT_OR,
	FSQ_INPUT_NOT,
	FSQ_INPUT_COLUMN,			/* where: {column: filter}; orderBy: {column: direction} */
	FSQ_INPUT_TO_ONE,			/* where: {user: UserWhereInput}; orderBy: {user: UserOrderByInput} */
	FSQ_INPUT_TO_ONE_NOT,		/* the same, of a row that does not match; not written in requests */
	FSQ_INPUT_TO_MANY,			/* where: {orders: OrderListFilter} */
	FSQ_INPUT_SOME,
	FSQ_INPUT_NONE,
	FSQ_INPUT_EVERY,
	FSQ_INPUT_OPERATOR,			/* {eq: ...} */
	FSQ_INPUT_COUNT,			/* {count: filter or direction} */
	FSQ_INPUT_AGGREGATE,		/* {sum: {total: filter or direction}} */
	FSQ_INPUT_AGGREGATE_WHERE,	/* of which rows: {where: OrderWhereInput} */
	FSQ_INPUT_GROUP_KEY,		/* orderBy: {key: {tier: direction}} */
	FSQ_INPUT_GROUP_AGGREGATE,	/* orderBy: {aggregate: {count: direction}} */
	FSQ_INPUT_CHILD_AGGREGATE	/* where and orderBy: {ordersAggregate: {..}} */
} FsqInputFieldKind;

typedef enum FsqOperator
{
	FSQ_OP_EQ, FSQ_OP_NEQ, FSQ_OP_GT, FSQ_OP_GTE, FSQ_OP_LT, FSQ_OP_LTE,
	FSQ_OP_IN, FSQ_OP_NIN, FSQ_OP_ISNULL,
	FSQ_OP_CONTAINS, FSQ_OP_ICONTAINS, FSQ_OP_STARTSWITH, FSQ_OP_ISTARTSWITH,
	FSQ_OP_ENDSWITH, FSQ_OP_IENDSWITH, FSQ_OP_LIKE, FSQ_OP_ILIKE,
	FSQ_OP_REGEX, FSQ_OP_IREGEX,
	FSQ_OP_ARRAY_HAS, FSQ_OP_ARRAY_CONTAINS, FSQ_OP_ARRAY_CONTAINED_BY, FSQ_OP_ARRAY_OVERLAPS,
	FSQ_OP_LEN_EQ, FSQ_OP_LEN_NEQ, FSQ_OP_LEN_GT, FSQ_OP_LEN_GTE, FSQ_OP_LEN_LT, FSQ_OP_LEN_LTE,
	FSQ_OP_RANGE_CONTAINS, FSQ_OP_RANGE_CONTAINS_RANGE, FSQ_OP_RANGE_CONTAINED_BY,
	FSQ_OP_RANGE_OVERLAPS, FSQ_OP_RANGE_ADJACENT, FSQ_OP_RANGE_LEFT, FSQ_OP_RANGE_RIGHT,
	FSQ_OP_RANGE_NOT_LEFT, FSQ_OP_RANGE_NOT_RIGHT, FSQ_OP_RANGE_ISEMPTY,
	FSQ_OP_IN_SUBNET, FSQ_OP_CONTAINS_SUBNET, FSQ_OP_SUBNET_OVERLAPS,
	FSQ_OP_IS_IPV4, FSQ_OP_IS_IPV6, FSQ_OP_IS_PRIVATE, FSQ_OP_IS_LOOPBACK, FSQ_OP_IS_MULTICAST,
	FSQ_OP_IS_LINK_LOCAL, FSQ_OP_IS_DOCUMENTATION, FSQ_OP_IS_CARRIER_GRADE,
	FSQ_OP_MATCHES, FSQ_OP_PLAIN_QUERY, FSQ_OP_PHRASE_QUERY, FSQ_OP_TEXT_SEARCH_CONFIG,
	FSQ_OP_JSON_CONTAINS, FSQ_OP_JSON_CONTAINED_BY, FSQ_OP_JSON_HAS_KEY,
	FSQ_OP_JSON_HAS_ANY_KEYS, FSQ_OP_JSON_HAS_ALL_KEYS, FSQ_OP_JSON_PATH
} FsqOperator;

typedef struct FsqInputBinding
{
	FsqInputFieldKind kind;
	FsqColumn  *column;			/* COLUMN */
	FsqRelationship *relationship;	/* TO_ONE, TO_MANY, CHILD_AGGREGATE */
	FsqOperator op;				/* OPERATOR */
	bool		empty_is_nothing;	/* AND, OR, NOT: what has no conditions inside is none itself */
	FsqAggregate aggregate;		/* COUNT, AGGREGATE */
} FsqInputBinding;

/* Where a field of a request is to be read: bindings of the enum SourceAffinity. */
typedef enum FsqSourceAffinity
{
	FSQ_SOURCE_ANY,
	FSQ_SOURCE_PRIMARY,
	FSQ_SOURCE_REPLICA,
	FSQ_SOURCE_CACHE
} FsqSourceAffinity;

/*
 * GraphQL enum values: OrderDirection's binding is FsqOrderDirection; a database
 * enum's is its label (char *); that of an enum of columns is a FsqColumn.
 */
typedef enum FsqOrderDirection
{
	FSQ_ORDER_ASC = 1, FSQ_ORDER_DESC,
	FSQ_ORDER_ASC_NULLS_FIRST, FSQ_ORDER_ASC_NULLS_LAST,
	FSQ_ORDER_DESC_NULLS_FIRST, FSQ_ORDER_DESC_NULLS_LAST
} FsqOrderDirection;

/*
 * The schema of this moment: for the current role, search_path and settings.
 * Cached; the same pointer while nothing has changed.  A caller that keeps
 * anything made from it checks fsq_schema_generation().
 */
extern FsqSchema *fsq_schema_current(void);

/*
 * Grows whenever fsq_schema_current() would return another schema for the same
 * role and settings; caches of operations are valid for one (schema pointer,
 * generation).
 */
extern uint64 fsq_schema_generation(void);

/*
 * While a request runs, its schema must not be freed under it: pin and unpin
 * (a stale pinned schema is freed at its last unpin; errors unpin through the
 * transaction's end).
 */
extern void fsq_schema_pin(FsqSchema *schema);
extern void fsq_schema_unpin(FsqSchema *schema);

extern FsqRelation *fsq_relation_by_oid(FsqSchema *schema, Oid relid);	/* NULL: not exposed, or not readable */
extern void fsq_relation_load_columns(FsqRelation *relation);
extern FsqColumn *fsq_relation_column(FsqRelation *relation, AttrNumber attnum);	/* NULL: not readable */

/* Whether a column has no field: it is read for keys and relationships alone. */
static inline bool
fsq_column_omitted(const FsqColumn *column)
{
	return column >= column->relation->columns + column->relation->ncolumns;
}

/* What the values of a column, or of any type, are. */
extern FsqValueType fsq_column_value_type(const FsqColumn *column);
extern FsqValueType fsq_value_type(FsqSchema *schema, Oid type);
extern List *fsq_relation_keys(FsqRelation *relation);

/* connection.c: the key that comes last in the order of a connection; NULL: there are no connections. */
extern FsqKey *fsq_relation_row_key(FsqRelation *relation);
/* node.c: the key that is in the node ids of rows; NULL: they have none. */
extern FsqKey *fsq_relation_node_key(FsqRelation *relation);

extern List *fsq_relation_relationships(FsqRelation *relation);
extern List *fsq_relation_shortcuts(FsqRelation *relation);
extern FsqInputValue *fsq_shortcut_step(FsqRelationship *shortcut, bool negated);
extern List *fsq_relation_functions(FsqRelation *relation);
extern FsqRelation *fsq_relationship_target(FsqRelationship *relationship);

/*
 * aggregate.c: the SQL function of an aggregate for values of a type, and the
 * type of what it gives; InvalidOid if there is none.
 */
extern Oid	fsq_aggregate_function(FsqAggregate aggregate, Oid type, Oid *result);
/* Likewise, what an aggregate of a column is in GraphQL. */
extern FsqValueType fsq_aggregate_value_type(FsqAggregate aggregate, const FsqColumn *column,
											 Oid result);

/* What the number of some rows is. */
extern FsqValueType fsq_count_value_type(FsqSchema *schema);

/* provider.c: what an argument or operator of ours ("where", "isnull") is called in the schema */
extern const char *fsq_schema_word(FsqSchema *schema, const char *word);

/* subgraph.c: the keys by which other subgraphs may refer to rows, of FsqKey * */
extern List *fsq_relation_entity_keys(FsqRelation *relation);
/* The relation of an entity's type; NULL if it is none. */
extern FsqRelation *fsq_entity_relation(FsqSchema *schema, const char *type_name);
/* The SDL of the caller's schema as gateways read it, in UTF-8. */
extern char *fsq_subgraph_sdl(void);

/* document.c: fsq_parse for a request's document, which may be too large. */
extern FsqDocument *fsq_schema_parse(const char *source, int length, FsqErrorList *errors);

/*
 * fsq_validate against a schema of this role, without introspection where that
 * is off, and within the limits of the settings; where the role sees no table at
 * all, the errors come with a hint that says so.
 */
extern bool fsq_schema_validate(FsqSchema *schema, FsqDocument *document, FsqErrorList *errors);

/* A hash of the settings that decide about documents. */
extern uint32 fsq_schema_document_settings(void);

/* Called from _PG_init: invalidation callbacks. */
extern void fsq_schema_init(void);

#endif							/* FSQ_SCHEMA_SCHEMA_H */
