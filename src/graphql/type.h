/*-------------------------------------------------------------------------
 *
 * type.h
 *	  The GraphQL type system: what validation, coercion, introspection and
 *	  planning know of a schema.
 *
 *	  A schema is lazy.  Types are found by name through the provider's
 *	  find_type, and a type's fields through find_field or, when all of them
 *	  are wanted, complete.  A provider (the catalogs of a hub, or an SDL
 *	  document) builds only what is asked for, so that a hub with thousands of
 *	  tables costs nothing until a type is used.  Each type and field has a
 *	  binding: whatever its provider needs to find its own object again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_TYPE_H
#define FSQ_GRAPHQL_TYPE_H

#include "postgres.h"

#include "graphql/ast.h"
#include "nodes/pg_list.h"

typedef enum FsqTypeKind
{
	FSQ_SCALAR,
	FSQ_OBJECT,
	FSQ_INTERFACE,
	FSQ_UNION,
	FSQ_ENUM,
	FSQ_INPUT_OBJECT,
	FSQ_LIST,
	FSQ_NON_NULL
} FsqTypeKind;

/* How a scalar coerces its input; FSQ_SCALAR_CUSTOM takes any value as it is. */
typedef enum FsqScalarKind
{
	FSQ_SCALAR_INT,
	FSQ_SCALAR_FLOAT,
	FSQ_SCALAR_STRING,
	FSQ_SCALAR_BOOLEAN,
	FSQ_SCALAR_ID,
	/* text form of a SQL value: a string, or a number taken as written */
	FSQ_SCALAR_TEXT_OR_NUMBER,
	/* text form of a SQL value: a string only */
	FSQ_SCALAR_TEXT,
	/* any value, kept as JSON */
	FSQ_SCALAR_JSON,
	FSQ_SCALAR_CUSTOM
} FsqScalarKind;

typedef struct FsqSchema FsqSchema;
typedef struct FsqType FsqType;
typedef struct FsqField FsqField;
typedef struct FsqInputValue FsqInputValue;
typedef struct FsqEnumValue FsqEnumValue;
typedef struct FsqDirective FsqDirective;

struct FsqType
{
	FsqTypeKind kind;
	FsqSchema  *schema;
	const char *name;			/* NULL for LIST and NON_NULL */
	const char *description;
	const char *specified_by_url;
	FsqScalarKind scalar;
	FsqType    *of_type;		/* LIST and NON_NULL */
	FsqType    *list_of;		/* the LIST of this type, once made */
	FsqType    *non_null_of;	/* the NON_NULL of this type, once made */
	bool		one_of;			/* @oneOf input object */
	bool		structural;		/* the provider's own: values decide what statements are made */

	/*
	 * Input object: no field is required or has a default, so a value can be
	 * checked and coerced without listing the fields that it has not got.
	 */
	bool		all_optional;
	bool		is_complete;	/* the lists below hold all members */

	/* OBJECT, INTERFACE: of FsqField *; read through fsq_type_fields() */
	List	   *fields;
	/* INPUT_OBJECT: of FsqInputValue *; read through fsq_type_input_fields() */
	List	   *input_fields;
	/* ENUM: of FsqEnumValue *; read through fsq_type_enum_values() */
	List	   *enum_values;
	List	   *interfaces;		/* of FsqType * */
	List	   *possible_types; /* UNION: of FsqType * */
	List	   *directives;		/* of FsqDirectiveNode *: applied, for the SDL */

	/*
	 * Set by lazy providers.  find_field and find_input_field give one member
	 * (NULL: there is none) without completing the type; complete fills the
	 * lists above.  Without them the lists are complete from the start.
	 */
	FsqField   *(*find_field) (FsqType *type, const char *name);
	FsqInputValue *(*find_input_field) (FsqType *type, const char *name);
	void		(*complete) (FsqType *type);

	void	   *binding;		/* the provider's own */
	const FsqTypeSystemNode *definition;	/* from SDL, else NULL */
	void	   *index;			/* type.c's own: members by name */
};

struct FsqField
{
	const char *name;
	const char *description;
	FsqType    *parent;
	FsqType    *type;
	List	   *arguments;		/* of FsqInputValue * */
	const char *deprecation_reason; /* NULL: not deprecated */
	List	   *directives;		/* of FsqDirectiveNode *: applied, for the SDL */
	void	   *binding;
};

/* An argument, or a field of an input object. */
struct FsqInputValue
{
	const char *name;
	const char *description;
	FsqType    *type;
	const FsqNode *default_value;	/* NULL if none */
	const char *deprecation_reason;
	void	   *binding;
};

struct FsqEnumValue
{
	const char *name;
	const char *description;
	const char *deprecation_reason;
	void	   *binding;
};

struct FsqDirective
{
	const char *name;
	const char *description;
	List	   *arguments;		/* of FsqInputValue * */
	List	   *locations;		/* of const char * */
	bool		repeatable;
};

struct FsqSchema
{
	const char *description;
	FsqType    *query;
	FsqType    *mutation;		/* NULL if none */
	FsqType    *subscription;	/* NULL if none */
	List	   *directives;		/* of FsqDirective * */
	MemoryContext context;		/* where lazily built parts are allocated */

	/* NULL: no such type */
	FsqType    *(*find_type) (FsqSchema *schema, const char *name);
	/* all named types, in a stable order; may build everything */
	List	   *(*all_types) (FsqSchema *schema);
	/* object types that implement an interface */
	List	   *(*implementations) (FsqSchema *schema, FsqType *interface);

	void	   *binding;
	const FsqDocument *document;	/* of SDL, else NULL; its members have their definitions as bindings */
	void	   *introspection;	/* introspection.c's own */
};

/* Wrapping types; made once per inner type, in the schema's context. */
extern FsqType *fsq_type_list(FsqType *of);
extern FsqType *fsq_type_non_null(FsqType *of);

/* The named type inside lists and non-nulls; the type without NON_NULL. */
extern FsqType *fsq_type_named(FsqType *type);
extern FsqType *fsq_type_nullable(FsqType *type);

/* "[User!]!" */
extern char *fsq_type_text(const FsqType *type);

/* Members by name; NULL if there is none. */
extern FsqField *fsq_type_field(FsqType *type, const char *name);
extern FsqInputValue *fsq_type_input_field(FsqType *type, const char *name);
extern FsqEnumValue *fsq_type_enum_value(FsqType *type, const char *name);
extern FsqInputValue *fsq_field_argument(FsqField *field, const char *name);
extern FsqDirective *fsq_schema_directive(FsqSchema *schema, const char *name);
extern FsqType *fsq_schema_type(FsqSchema *schema, const char *name);

/*
 * The types of introspection (__Schema, __Type, ...), which are the same in
 * every schema and made when first asked for; fsq_schema_type() finds them too,
 * so that a provider need not know of them.
 */
extern FsqType *fsq_introspection_type(FsqSchema *schema, const char *name);
extern List *fsq_introspection_types(FsqSchema *schema);

/*
 * The field that a selection on a type means: a field of the type, or one of
 * __typename, __schema and __type, whose parent is NULL.
 */
extern FsqField *fsq_schema_field(FsqSchema *schema, FsqType *parent, const char *name);

/* All members; completes a lazy type. */
extern List *fsq_type_fields(FsqType *type);
extern List *fsq_type_input_fields(FsqType *type);
extern List *fsq_type_enum_values(FsqType *type);
extern List *fsq_type_possible_types(FsqType *type);

extern bool fsq_type_is_input(FsqType *type);
extern bool fsq_type_is_output(FsqType *type);
extern bool fsq_type_is_leaf(FsqType *type);
extern bool fsq_type_is_composite(FsqType *type);
extern bool fsq_type_is_abstract(FsqType *type);

/* The built-in scalars (Int Float String Boolean ID) and directives (skip include deprecated specifiedBy oneOf), made in the schema's context. */
extern FsqType *fsq_builtin_scalar(FsqSchema *schema, const char *name);
extern List *fsq_builtin_directives(FsqSchema *schema);
extern bool fsq_is_builtin_directive(const char *name);

/* The type that a type reference names; NULL if the schema has not got it. */
extern FsqType *fsq_type_from_node(FsqSchema *schema, const FsqNode *node);

/* A schema that has nothing but the built-in directives, in the current memory context. */
extern FsqSchema *fsq_schema_empty(void);

/* A schema from an SDL document: for fraiseql.validate(sdl, ...) and tests.  NULL after adding errors. */
extern FsqSchema *fsq_schema_from_sdl(const char *sdl, int length, FsqErrorList *errors);

/* The SDL of a schema, as graphql-js's printSchema prints it (and applied directives of fields and types). */
extern void fsq_schema_print(StringInfo out, FsqSchema *schema);

#endif							/* FSQ_GRAPHQL_TYPE_H */
