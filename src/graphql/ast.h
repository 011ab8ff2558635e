/*-------------------------------------------------------------------------
 *
 * ast.h
 *	  The syntax tree of a GraphQL document (October 2021 and September 2025
 *	  grammar), and the parser that makes it.
 *
 *	  Nodes live in the memory context that was current during the parse.
 *	  Positions are byte offsets into the source; error.h turns them into
 *	  lines and columns.  Names are null-terminated; string values carry a
 *	  length, as they may contain U+0000.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_AST_H
#define FSQ_GRAPHQL_AST_H

#include "postgres.h"

#include "graphql/error.h"
#include "nodes/pg_list.h"

typedef enum FsqNodeKind
{
	FSQ_NODE_DOCUMENT,
	/* executable definitions */
	FSQ_NODE_OPERATION,
	FSQ_NODE_FRAGMENT_DEFINITION,
	FSQ_NODE_VARIABLE_DEFINITION,
	/* selections */
	FSQ_NODE_FIELD,
	FSQ_NODE_FRAGMENT_SPREAD,
	FSQ_NODE_INLINE_FRAGMENT,
	FSQ_NODE_ARGUMENT,
	FSQ_NODE_DIRECTIVE,
	/* values */
	FSQ_NODE_VARIABLE,
	FSQ_NODE_INT,
	FSQ_NODE_FLOAT,
	FSQ_NODE_STRING,
	FSQ_NODE_BOOLEAN,
	FSQ_NODE_NULL,
	FSQ_NODE_ENUM,
	FSQ_NODE_LIST,
	FSQ_NODE_OBJECT,
	FSQ_NODE_OBJECT_FIELD,
	/* type references */
	FSQ_NODE_NAMED_TYPE,
	FSQ_NODE_LIST_TYPE,
	FSQ_NODE_NON_NULL_TYPE,
	/* type system definitions and extensions: FsqTypeSystemNode */
	FSQ_NODE_SCHEMA_DEFINITION,
	FSQ_NODE_SCALAR_DEFINITION,
	FSQ_NODE_OBJECT_DEFINITION,
	FSQ_NODE_INTERFACE_DEFINITION,
	FSQ_NODE_UNION_DEFINITION,
	FSQ_NODE_ENUM_DEFINITION,
	FSQ_NODE_INPUT_OBJECT_DEFINITION,
	FSQ_NODE_DIRECTIVE_DEFINITION,
	FSQ_NODE_FIELD_DEFINITION,
	FSQ_NODE_INPUT_VALUE_DEFINITION,
	FSQ_NODE_ENUM_VALUE_DEFINITION,
	/* what validation visits as a node of its own; never in a tree */
	FSQ_NODE_SELECTION_SET
} FsqNodeKind;

#define FSQ_NODE_KINDS (FSQ_NODE_SELECTION_SET + 1)

/* What every node begins with. */
typedef struct FsqNode
{
	FsqNodeKind kind;
	int			start;			/* offset of the first byte */
	int			end;			/* offset after the last byte */
} FsqNode;

typedef struct FsqName
{
	char	   *value;
	int			start;
} FsqName;

typedef struct FsqDocument
{
	FsqNode		node;
	const char *source;			/* a copy that lives as long as the tree */
	int			source_length;
	List	   *definitions;	/* of FsqNode * */
	int			token_count;
} FsqDocument;

typedef enum FsqOperationKind
{
	FSQ_QUERY,
	FSQ_MUTATION,
	FSQ_SUBSCRIPTION
} FsqOperationKind;

typedef struct FsqOperationNode
{
	FsqNode		node;
	FsqOperationKind operation;
	FsqName    *name;			/* NULL if anonymous */
	List	   *variables;		/* of FsqVariableDefinitionNode * */
	List	   *directives;		/* of FsqDirectiveNode * */
	List	   *selections;		/* of FsqNode *: field, spread, inline fragment */
	int			selection_start;	/* offset of the selection set's brace */
} FsqOperationNode;

typedef struct FsqFragmentNode
{
	FsqNode		node;
	FsqName    *name;
	FsqName    *type_condition;
	List	   *variables;		/* only with allowLegacyFragmentVariables */
	List	   *directives;
	List	   *selections;
	int			selection_start;
} FsqFragmentNode;

typedef struct FsqVariableDefinitionNode
{
	FsqNode		node;
	FsqName    *name;			/* without the dollar sign */
	FsqNode    *type;			/* named, list or non-null type */
	FsqNode    *default_value;	/* NULL if none */
	List	   *directives;
} FsqVariableDefinitionNode;

typedef struct FsqFieldNode
{
	FsqNode		node;
	FsqName    *alias;			/* NULL if none */
	FsqName    *name;
	List	   *arguments;		/* of FsqArgumentNode * */
	List	   *directives;
	List	   *selections;		/* NIL if there is no selection set */
	int			selection_start;	/* -1 if there is no selection set */
} FsqFieldNode;

typedef struct FsqFragmentSpreadNode
{
	FsqNode		node;
	FsqName    *name;
	List	   *directives;
} FsqFragmentSpreadNode;

typedef struct FsqInlineFragmentNode
{
	FsqNode		node;
	FsqName    *type_condition; /* NULL if none */
	List	   *directives;
	List	   *selections;
	int			selection_start;
} FsqInlineFragmentNode;

/* An argument, or a field of an object value. */
typedef struct FsqArgumentNode
{
	FsqNode		node;
	FsqName    *name;
	FsqNode    *value;			/* FsqValueNode * */
} FsqArgumentNode;

typedef struct FsqDirectiveNode
{
	FsqNode		node;
	FsqName    *name;
	List	   *arguments;
} FsqDirectiveNode;

/*
 * A value.  VARIABLE and ENUM: str is the name.  INT and FLOAT: str is the
 * number as written.  STRING: str is the value (escapes undone), length its
 * bytes.  LIST: items.  OBJECT: fields.
 */
typedef struct FsqValueNode
{
	FsqNode		node;
	char	   *str;
	int			length;
	bool		boolean;
	bool		block;			/* a block string */
	List	   *items;			/* of FsqNode * (FsqValueNode) */
	List	   *fields;			/* of FsqArgumentNode * (FSQ_NODE_OBJECT_FIELD) */
} FsqValueNode;

/* NAMED_TYPE has a name, the other two an inner type. */
typedef struct FsqTypeNode
{
	FsqNode		node;
	FsqName    *name;
	FsqNode    *inner;
} FsqTypeNode;

/* A definition or extension of the type system; parts that a kind has not are NIL. */
typedef struct FsqTypeSystemNode
{
	FsqNode		node;
	bool		extension;
	FsqValueNode *description;	/* NULL if none */
	FsqName    *name;			/* NULL for a schema */
	List	   *interfaces;		/* of FsqTypeNode * */
	List	   *directives;
	List	   *fields;			/* of FsqTypeSystemNode *: fields, input fields, enum values, */
	List	   *arguments;		/* of FsqTypeSystemNode *: of a field or a directive */
	List	   *types;			/* of FsqTypeNode *: members of a union */
	FsqNode    *type;			/* of a field or input value */
	FsqNode    *default_value;
	bool		repeatable;		/* directive */
	List	   *locations;		/* of FsqName *: directive */
	List	   *operation_kinds;	/* schema: list of int (FsqOperationKind) ... */
	List	   *operation_types;	/* ... of FsqTypeNode *, in step ... */
	List	   *operation_starts;	/* ... and of int, the offsets of the kinds */
} FsqTypeSystemNode;

/*
 * How deep selection sets, values and type references may nest, so that
 * whoever walks the tree by recursion has stack enough.
 */
#define FSQ_MAX_DEPTH 1000

/*
 * Parse a document.  Returns NULL and adds one error (code PARSE_ERROR, the
 * message and location of graphql-js) when it is not one.  The source need not
 * be null-terminated and is copied.
 */
extern FsqDocument *fsq_parse(const char *source, int length, FsqErrorList *errors);

/* As graphql-js's parseType and parseValue; NULL after adding an error. */
extern FsqNode *fsq_parse_type(const char *source, int length, FsqErrorList *errors);
extern FsqNode *fsq_parse_value(const char *source, int length, FsqErrorList *errors);

/* Append the text of a node as graphql-js's print() gives it. */
extern void fsq_print_node(StringInfo out, const FsqNode *node);
extern char *fsq_node_text(const FsqNode *node);

#endif							/* FSQ_GRAPHQL_AST_H */
