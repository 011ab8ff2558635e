/*-------------------------------------------------------------------------
 *
 * hub.h
 *	  What the files of the schema share: the hub, its entries and edges.
 *
 *	  A hub is the schema of one role, search path and setting.  It begins
 *	  with the name index: one entry per exposed relation, made in one pass
 *	  over pg_class.  Entries, their attributes, keys, edges and links, and all
 *	  names, are the same for every role.  On top of them stand the FsqRelation
 *	  and the GraphQL types, which show what the role may read.
 *
 *	  Everything is allocated in the hub's memory context and filled when it is
 *	  first asked for.  A loader builds its result completely before it sets
 *	  the flag, so that an error in between leaves the hub as it was.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_SCHEMA_HUB_H
#define FSQ_SCHEMA_HUB_H

#include "access/htup.h"
#include "catalog/pg_type.h"
#include "fraiseql.h"
#include "graphql/names.h"
#include "schema/naming.h"
#include "schema/schema.h"
#include "utils/hsearch.h"

typedef struct FsqHub FsqHub;
typedef struct FsqEntry FsqEntry;
typedef struct FsqAttribute FsqAttribute;
typedef struct FsqKeyDef FsqKeyDef;
typedef struct FsqEdge FsqEdge;
typedef struct FsqLink FsqLink;
typedef struct FsqShortcut FsqShortcut;
typedef struct FsqProblem FsqProblem;
typedef struct FsqOverride FsqOverride;

/* The tables that users configure the schema with. */
typedef enum FsqConfigTable
{
	FSQ_CONFIG_RELATIONSHIP,	/* fraiseql.add_relationship */
	FSQ_CONFIG_OVERRIDE,		/* fraiseql.rename, fraiseql.omit */
	FSQ_CONFIG_QUERY			/* fraiseql.add_query */
} FsqConfigTable;

#define FSQ_CONFIG_TABLES 3

struct FsqAttribute
{
	AttrNumber	attnum;
	const char *name;
	const char *field;
	Oid			type;
	Oid			base_type;
	int32		typmod;
	Oid			collation;
	bool		not_null;
	bool		omitted;		/* it has no field: field is what it would be */
	bool		has_default;	/* or is generated */
	bool		key;			/* column option key of a foreign table */
	const char *references;		/* column option references, or NULL */
};

struct FsqKeyDef
{
	bool		primary;
	int			ncolumns;
	AttrNumber *columns;
	const char *name;			/* of the index, or NULL */
};

/* A relation of the name index. */
struct FsqEntry
{
	Oid			relid;
	Oid			namespace;
	Oid			owner;			/* of the relation; only in the index */
	int			position;		/* of its schema in the hub's list */
	const char *name;
	char		relkind;
	bool		has_rls;
	bool		has_subclass;
	bool		omitted;		/* not part of the schema: it has no names */
	FsqOverride *override;		/* of its own names, or NULL */
	List	   *overrides;		/* of FsqOverride *: of its columns, relationships, functions */
	const char *type_name;
	const char *list_field;
	const char *item_field;

	bool		attributes_loaded;
	int			nattributes;
	FsqAttribute *attributes;	/* in order of attnum, without dropped ones */
	bool		keys_loaded;
	List	   *keys;			/* of FsqKeyDef *, primary first */
	bool		edges_loaded;
	List	   *edges;			/* of FsqEdge *: this relation is the source */
	List	   *children;		/* of FsqEntry *: relations with an edge to this one */
	bool		links_loaded;
	List	   *links;			/* of FsqLink *: the named relationships of this relation */
	bool		shortcuts_loaded;
	List	   *shortcuts;		/* of FsqShortcut *: relationships through join tables */
	List	   *functions;		/* of FsqFunction *: those that take its rows first */
	bool		functions_named;

	uint64		version;		/* of its row in pg_class, when the index was made */
	uint64		foreign_keys;	/* of its rows in pg_constraint, when children were looked for */
	uint64		fingerprint;	/* of all its rows, when the attributes were loaded */
	bool		checked;		/* relation holds the answer for the role */
	FsqRelation *relation;		/* NULL: not readable */
};

typedef enum FsqOrigin
{
	FSQ_ORIGIN_ADDED,			/* fraiseql.add_relationship */
	FSQ_ORIGIN_CONSTRAINT,		/* foreign key */
	FSQ_ORIGIN_OPTION			/* column option references */
} FsqOrigin;

/* Columns of source that refer to columns of target. */
struct FsqEdge
{
	FsqOrigin	origin;
	FsqEntry   *source;
	FsqEntry   *target;
	int			ncolumns;
	AttrNumber *source_columns;
	AttrNumber *target_columns;
	const char *name;			/* of the constraint, or NULL */
	const char *description;	/* comment on the constraint */
	bool		enforced;		/* a validated foreign key, checked at once */
	/* ADDED only */
	const char *field;
	const char *reverse_field;	/* NULL: no field on the target */
	char		cardinality;	/* 'o'ne, 'm'any, or 0: by the keys */
};

/* An edge seen from one of its ends, with the name of its field there. */
struct FsqLink
{
	FsqEdge    *edge;
	bool		reverse;		/* seen from the target */
	bool		to_many;
	bool		omitted;		/* there is no such field */
	const char *field;
	const char *plain;			/* the field without a rename */
};

/* A relationship through a join table, seen from one side. */
struct FsqShortcut
{
	FsqLink    *back;			/* to the join table's rows */
	FsqLink    *forward;		/* from them to the other side */
	bool		omitted;
	const char *field;
	const char *plain;			/* the field without a rename */
};

typedef enum FsqOverrideKind
{
	FSQ_OVERRIDE_TABLE,
	FSQ_OVERRIDE_COLUMN,
	FSQ_OVERRIDE_RELATIONSHIP,
	FSQ_OVERRIDE_SHORTCUT,		/* columns and target_columns are the join table's, which is the target */
	FSQ_OVERRIDE_FUNCTION
} FsqOverrideKind;

/* Columns of fraiseql.override */
enum
{
	FSQ_OVERRIDE_RELATION,
	FSQ_OVERRIDE_KIND,
	FSQ_OVERRIDE_COLUMNS,
	FSQ_OVERRIDE_TARGET,
	FSQ_OVERRIDE_TARGET_COLUMNS,
	FSQ_OVERRIDE_REVERSE,
	FSQ_OVERRIDE_FUNCTION_SCHEMA,
	FSQ_OVERRIDE_FUNCTION_NAME,
	FSQ_OVERRIDE_ARGUMENT_TYPES,
	FSQ_OVERRIDE_NAME,
	FSQ_OVERRIDE_LIST_FIELD,
	FSQ_OVERRIDE_ITEM_FIELD,
	FSQ_OVERRIDE_OMITTED
};

/* Another name for an object of a relation, or that it is left out. */
struct FsqOverride
{
	FsqOverrideKind kind;
	List	   *columns;		/* of const char *: COLUMN (one), RELATIONSHIP (on this side) */
	Oid			target;			/* RELATIONSHIP */
	List	   *target_columns;
	bool		reverse;
	Oid			function;		/* FUNCTION */
	const char *function_name;
	const char *name;			/* or NULL */
	const char *list_field;		/* TABLE, or NULL */
	const char *item_field;
	bool		omitted;
	bool		used;			/* it has found its object */
};

/* A row of fraiseql.query whose function is there. */
typedef struct FsqQueryRow
{
	int64		number;			/* in the order in which they were added */
	Oid			function;
	const char *name;			/* of the function */
	const char *field;			/* or NULL: by the name */
} FsqQueryRow;

struct FsqProblem
{
	FsqEntry   *entry;			/* NULL: of no relation */
	const char *object;			/* a type's name, when entry is NULL */
	const char *column;			/* or NULL */
	const char *problem;
};

struct FsqHub
{
	FsqSchema	schema;			/* first: a FsqSchema * is a FsqHub * */

	Oid			role;
	const FsqNamingRules *rules;	/* of fraiseql.naming */
	const char **derived;		/* the endings of types that are made of relations; ends with NULL */
	FsqNumberAs bigint_as;
	FsqNumberAs numeric_as;
	int			nnamespaces;
	Oid		   *namespaces;		/* in order */
	const char **namespace_names;

	/* the name index */
	int			nentries;
	FsqEntry   *entries;		/* by schema, then name */
	HTAB	   *by_oid;
	FsqNames   *by_type;		/* type name -> FsqEntry */
	FsqNames   *by_list;		/* list field -> FsqEntry */
	FsqNames   *by_item;		/* item field -> FsqEntry */
	bool		has_foreign;

	bool		children_loaded;
	bool		added_loaded;
	Oid			config[FSQ_CONFIG_TABLES];	/* oids, or InvalidOid */
	List	   *added;			/* of FsqEdge * */

	/* types by name, made so far; enums by oid, once the first is needed */
	FsqNames   *types;
	List	   *all_types;		/* of FsqType *, once all of them are made */
	FsqField   *node_gql_field;
	bool		enums_loaded;
	HTAB	   *enums;
	FsqNames   *enums_by_name;
	bool		uses_enums;
	List	   *type_hashes;	/* of int: syscache hashes of the user-defined types in use */

	bool		subgraph;		/* of a federation of other servers */
	List	   *subgraph_fields;	/* of FsqField *, once asked for */

	bool		status_loaded;
	FsqRelation *status;		/* that of databaseStatus, or NULL */
	/* function.c, rowtype.c: once the first is needed */
	bool		functions_loaded;
	List	   *query_rows;		/* of FsqQueryRow *, in the order in which they were added */
	List	   *queries;		/* of FsqFunction *: those that are fields of Query, likewise */
	FsqNames   *queries_by_name;
	bool		rowtypes_loaded;
	List	   *rowtypes;		/* of FsqEntry *: composite types of the schemas */

	bool		collect_problems;
	List	   *problems;		/* of FsqProblem * */
};

#define fsq_hub(schema_) ((FsqHub *) (schema_))

/* index.c: make a hub with its name index; lives in a child of parent */
extern FsqHub *fsq_hub_create(MemoryContext parent, bool collect_problems);
extern FsqEntry *fsq_hub_entry(FsqHub *hub, Oid relid);	/* NULL: not exposed */
extern FsqEntry *fsq_hub_known_entry(FsqHub *hub, Oid relid);	/* also an omitted one */
extern bool fsq_type_name_reserved(FsqHub *hub, const char *name);
/* Give an entry that is only a type its name: as wanted, or with its schema before it. */
extern void fsq_type_name_take(FsqHub *hub, FsqEntry *entry, const char *wanted);
/* Why a type cannot be called so beside those that there are, or NULL. */
extern char *fsq_type_name_clash(FsqHub *hub, FsqEntry *entry, const char *name);
/* The relation of which a field of Query of that name would be made (its connection, of a key); NULL: none. */
extern FsqEntry *fsq_root_field_base(FsqHub *hub, const char *name);
/* Whether a name is that of a type that is made from a relation. */
extern bool fsq_type_name_derived(FsqHub *hub, const char *name);
extern void fsq_problem(FsqHub *hub, FsqEntry *entry, const char *object, const char *column,
						const char *fmt,...) pg_attribute_printf(5, 6);

/* entry.c: what the catalogs say of one relation */
extern void fsq_attributes_name(FsqHub *hub, FsqEntry *entry, FsqAttribute *attributes, int n);
extern void fsq_entry_load_attributes(FsqHub *hub, FsqEntry *entry);
extern FsqAttribute *fsq_entry_attribute(FsqHub *hub, FsqEntry *entry, AttrNumber attnum);
extern FsqAttribute *fsq_entry_attribute_named(FsqHub *hub, FsqEntry *entry, const char *name);
extern List *fsq_entry_keys(FsqHub *hub, FsqEntry *entry);
/* Whether a key of the relation is made of some or all of these columns. */
extern bool fsq_entry_unique(FsqHub *hub, FsqEntry *entry, int ncolumns, const AttrNumber *columns);

/* fingerprint.c: of one catalog row, and of all that say what a relation is */
extern uint64 fsq_row_fingerprint(HeapTuple tuple);
extern uint64 fsq_class_fingerprint(Oid relid);
extern uint64 fsq_foreign_keys_fingerprint(Oid relid);
extern uint64 fsq_relation_fingerprint(Oid relid);

/* relation.c: NULL if entry is NULL or the role may not read it */
extern FsqRelation *fsq_entry_relation(FsqHub *hub, FsqEntry *entry);
/* A link as the role sees it; NULL if it may not read its columns on both sides. */
extern FsqRelationship *fsq_relationship_of_link(FsqHub *hub, FsqRelation *source, FsqLink *link);

/* edge.c: relationships before they have names */
extern List *fsq_entry_edges(FsqHub *hub, FsqEntry *entry);
extern List *fsq_entry_children(FsqHub *hub, FsqEntry *entry);
/* Why two columns cannot be joined, or NULL if they can. */
extern char *fsq_edge_mismatch(const FsqAttribute *source, const FsqAttribute *target);

/* added.c: fraiseql.add_relationship and its table */
extern List *fsq_hub_added(FsqHub *hub);

/* config.c: the tables that users configure the schema with */
extern Oid	fsq_config_table(FsqConfigTable table);
/* Call row with each row of a table, as of this moment. */
extern void fsq_config_read(FsqHub *hub, FsqConfigTable table,
							void (*row) (FsqHub *hub, Datum *values, bool *nulls));
/* Run a statement on a table as its owner; the number of rows. */
extern uint64 fsq_config_execute(FsqConfigTable table, const char *sql, int nargs, Oid *types,
								 Datum *values, const char *nulls);
/*
 * The entry of any relation that could be exposed; or of a composite type, if
 * that will do.  Raises an error if it is neither.
 */
extern FsqEntry *fsq_config_entry(FsqHub *hub, Oid relid, bool composite, bool *exposed);
extern void fsq_config_check_owner(Oid relid);
/* Raise an error unless it is a GraphQL name; what: "field". */
extern void fsq_config_check_name(const char *what, const char *name);
/* The same for one that others are made of. */
extern void fsq_config_check_base_name(const char *what, const char *name);

/* The function of that name (both name) and argument types (regtype[]); InvalidOid if it is gone. */
extern Oid	fsq_config_function(Datum schema, Datum name, Datum types);

/* function.c: functions that are fields */
extern void fsq_hub_load_functions(FsqHub *hub);
extern List *fsq_entry_functions(FsqHub *hub, FsqEntry *entry);	/* with names */
extern List *fsq_query_functions(FsqHub *hub);
extern FsqFunction *fsq_query_function(FsqHub *hub, const char *field);	/* NULL: none, or not for the role */
/* The function, but for one, that has a field of Query in any naming; NULL: none. */
extern const char *fsq_query_having(FsqHub *hub, const char *field, Oid except);
extern bool fsq_query_usable(FsqHub *hub, FsqFunction *function);
/* Why a function cannot be a field, or NULL. */
extern const char *fsq_function_unfit(HeapTuple tuple, bool computed);

/* function_field.c: their fields */
extern FsqField *fsq_function_field(FsqHub *hub, FsqFunction *function);

/* rowtype.c: relations that are only types: composite types, and what functions return */
extern FsqEntry *fsq_hub_rowtype(FsqHub *hub, Oid relid);	/* NULL: not of the exposed schemas */
extern FsqEntry *fsq_rowtype_of_result(FsqHub *hub, HeapTuple function, const char *name);

/* override.c: fraiseql.rename and fraiseql.omit */
extern const char *const fsq_override_kinds[];
extern void fsq_hub_read_overrides(FsqHub *hub);
extern FsqOverride *fsq_override_of_column(FsqEntry *entry, const char *column);
extern FsqOverride *fsq_override_of_shortcut(FsqHub *hub, FsqEntry *entry, FsqShortcut *shortcut);
extern FsqOverride *fsq_override_of_function(FsqEntry *entry, Oid function);
extern FsqOverride *fsq_override_of_edge(FsqHub *hub, FsqEntry *entry, FsqEdge *edge, bool reverse);
extern void fsq_override_problems(FsqHub *hub, FsqEntry *entry);

/* link.c: relationships with names */
extern List *fsq_entry_links(FsqHub *hub, FsqEntry *entry);
/* The fields of columns and relationships, in a new map. */
extern FsqNames *fsq_entry_taken_names(FsqHub *hub, FsqEntry *entry);

/* shortcut.c: relationships through join tables */
/* The other edge of a relation that is a join table with this one; NULL if it is none. */
extern FsqEdge *fsq_join_table_edge(FsqHub *hub, const FsqEdge *edge);
extern List *fsq_entry_shortcuts(FsqHub *hub, FsqEntry *entry);

static inline bool
fsq_type_is_json(Oid type)
{
	return type == JSONOID || type == JSONBOID;
}

/* scalar.c: types of columns, filters, enums */
extern void fsq_column_set_type(FsqHub *hub, FsqColumn *column);
extern bool fsq_column_orderable(FsqColumn *column);
extern bool fsq_scalar_name_reserved(FsqHub *hub, const char *name);
extern FsqType *fsq_scalar_type(FsqHub *hub, const char *name);
extern FsqType *fsq_enum_type(FsqHub *hub, const char *name);	/* NULL: none */
extern FsqType *fsq_order_direction_type(FsqHub *hub);
extern FsqType *fsq_leaf_type(FsqHub *hub, const char *name);	/* scalars, filters, enums; NULL */

/* filter.c: what where has for values */
extern FsqType *fsq_value_filter(FsqHub *hub, FsqValueType value);
extern FsqType *fsq_filter_type(FsqHub *hub, const char *name);	/* NULL: none */
extern bool fsq_filter_name_reserved(FsqHub *hub, const char *name);

/* object.c: object types; the makers allocate in the current context, which is the schema's */
extern FsqType *fsq_object_type(FsqRelation *relation);
extern FsqColumn *fsq_relation_column_by_field(FsqRelation *relation, const char *name);
extern FsqArgumentNode *fsq_directive_argument(const char *name, const char *text);
extern FsqDirectiveNode *fsq_directive_make(const char *name, List *arguments);
extern FsqRelationship *fsq_relation_relationship_by_field(FsqRelation *relation, const char *name);
extern FsqRelationship *fsq_relation_shortcut_by_field(FsqRelation *relation, const char *name);
/* one of both to many rows; NULL: none */
extern FsqRelationship *fsq_relation_list_by_field(FsqRelation *relation, const char *name);
extern FsqType *fsq_hub_type_make(FsqHub *hub, FsqTypeKind kind, const char *name);
extern FsqType *fsq_relation_type_make(FsqRelation *relation, FsqTypeKind kind, const char *suffix);
extern FsqField *fsq_hub_field_make(FsqType *parent, const char *name, FsqType *type,
									FsqFieldKind kind);
extern FsqInputValue *fsq_hub_input_make(FsqHub *hub, const char *name, FsqType *type, void *binding);
extern FsqInputValue *fsq_hub_argument_make(FsqHub *hub, const char *name, FsqType *type,
											FsqArgumentKind kind);
extern FsqInputBinding *fsq_input_binding_make(FsqInputFieldKind kind, FsqColumn *column,
											   FsqRelationship *relationship);
extern List *fsq_source_directive(FsqRelation *relation);
extern List *fsq_list_arguments(FsqHub *hub, FsqRelation *relation);
extern FsqType *fsq_list_type(FsqRelation *relation, bool nullable);

/* input.c: where and orderBy */
extern FsqType *fsq_where_type(FsqRelation *relation);
extern FsqType *fsq_list_filter_type(FsqRelation *relation);
extern FsqType *fsq_order_by_type(FsqRelation *relation);	/* NULL: no column has an order */

/* column_enum.c: NULL if no column can be compared */
extern FsqType *fsq_column_enum_type(FsqRelation *relation);

/* subgraph.c: what Query and the schema have with fraiseql.subgraph */
extern List *fsq_subgraph_fields(FsqHub *hub);	/* of FsqField * */
extern FsqField *fsq_subgraph_field(FsqHub *hub, const char *name);
extern FsqType *fsq_subgraph_type(FsqHub *hub, const char *name);

/* status.c: the field, and its type; NULL: it is not there, or (type) has another name */
#define FSQ_STATUS_FIELD "databaseStatus"
extern FsqField *fsq_status_field(FsqHub *hub);
extern FsqType *fsq_status_type(FsqHub *hub, const char *name);

/* aggregate.c: aggregates of a relation's rows */
extern FsqType *fsq_aggregate_type(FsqRelation *relation);
/* The type of an ending that aggregates add to a relation's name; NULL: it is none, or not there. */
extern FsqType *fsq_aggregate_type_by_name(FsqHub *hub, const char *name);
/* The fields that aggregates add to Query, and to an object type; NULL: none of that name. */
extern FsqField *fsq_aggregate_root_field(FsqHub *hub, const char *name);
extern FsqField *fsq_aggregate_object_field(FsqRelation *relation, const char *name);
/* What they add to where and orderBy inputs; NULL: none of that name. */
extern FsqInputValue *fsq_aggregate_where_field(FsqRelation *relation, const char *name);
extern FsqInputValue *fsq_aggregate_order_by_field(FsqRelation *relation, const char *name);
/* The same of a relationship to many rows. */
extern FsqInputValue *fsq_aggregate_related_where_field(FsqRelationship *relationship);
extern FsqInputValue *fsq_aggregate_related_order_by_field(FsqRelationship *relationship);
/* All of them for a relation at the root, or for a relationship. */
extern List *fsq_aggregate_root_fields(FsqRelation *relation);
extern List *fsq_aggregate_object_fields(FsqRelationship *relationship);

/* connection.c: types and fields; NULL if the relation has no connections */
extern FsqType *fsq_page_info_type(FsqHub *hub);
extern FsqType *fsq_edge_type(FsqRelation *relation);
extern FsqType *fsq_connection_type(FsqRelation *relation);
extern char *fsq_connection_name(const FsqHub *hub, const char *list_field);
extern FsqField *fsq_root_connection_field(FsqRelation *relation);
extern FsqField *fsq_root_connection_field_by_name(FsqHub *hub, const char *name);
extern FsqField *fsq_relationship_connection_field(FsqRelationship *relationship);
extern FsqField *fsq_connection_field_by_name(FsqRelation *relation, const char *name);

/* node.c: the interface Node, and the types that have it */
extern FsqType *fsq_node_type(FsqHub *hub);
extern List *fsq_node_types(FsqHub *hub);
/* node(nodeId:); NULL if no type is a node */
extern FsqField *fsq_node_field(FsqHub *hub);
/* nodeId of a relation's type; NULL: that has none, or it is another name */
extern FsqField *fsq_node_id_field(FsqRelation *relation, const char *name);

/* query.c: the Query type */
extern FsqType *fsq_query_type(FsqHub *hub);

/* provider.c: types by name, all types, directives */
/* The relation whose type and an ending make a name; NULL if there is none. */
extern FsqRelation *fsq_relation_of_derived(FsqHub *hub, const char *name, const char *suffix);
extern void fsq_hub_set_provider(FsqHub *hub);

/* source.c: the directive @source, and the values of its argument affinity */
#define FSQ_SOURCE_AFFINITY "SourceAffinity"
extern FsqType *fsq_source_affinity_type(FsqHub *hub);
extern FsqDirective *fsq_source_definition(FsqHub *hub);

#endif							/* FSQ_SCHEMA_HUB_H */
