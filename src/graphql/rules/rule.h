/*-------------------------------------------------------------------------
 *
 * rule.h
 *	  What a validation rule is, and what it sees of the document.
 *
 *	  validate.c walks the document once; at each node it calls the rules that
 *	  want that kind of node, in the order of the table of rules.  Beside the
 *	  node, a rule sees the types that the walk has reached (as graphql-js's
 *	  TypeInfo) and what the document refers to: fragments, their spreads, the
 *	  variables in use.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_RULE_H
#define FSQ_GRAPHQL_RULE_H

#include "graphql/ast.h"
#include "graphql/names.h"
#include "graphql/type.h"

/* The types that the walk has reached. */
typedef struct FsqTypeInfo
{
	FsqType    *type;			/* output type of the field or fragment; NULL if unknown */
	FsqType    *parent_type;	/* composite type of the selection set */
	FsqField   *field;
	FsqDirective *directive;
	FsqInputValue *argument;
	FsqType    *input_type;
	FsqType    *parent_input_type;
	const FsqNode *default_value;	/* of the place of an input value */
} FsqTypeInfo;

/* A selection set as the walk visits it. */
typedef struct FsqSelectionSet
{
	FsqNode		node;
	List	   *selections;
} FsqSelectionSet;

/* The use of a variable. */
typedef struct FsqVariableUse
{
	const FsqValueNode *node;
	FsqType    *type;			/* that its place wants; NULL if unknown */
	FsqType    *parent_type;	/* the input type around its place */
	const FsqNode *default_value;	/* of its place */
} FsqVariableUse;

typedef struct FsqValidator FsqValidator;
typedef struct FsqRule FsqRule;

/* What a rule does at a node.  False: this rule does not want what is below it. */
typedef bool (*FsqVisit) (FsqValidator *v, void *state, const void *node);

typedef struct FsqRuleVisit
{
	FsqNodeKind kind;
	FsqVisit	enter;			/* or NULL */
	FsqVisit	leave;			/* or NULL; its result does not matter */
} FsqRuleVisit;

struct FsqRule
{
	const char *name;
	Size		state_size;		/* of its state, which begins as zeros */
	const FsqRuleVisit *visits; /* ends with an entry without functions */
};

struct FsqValidator
{
	FsqSchema  *schema;
	FsqSchema  *base;			/* of a document that defines types: what it extends, or NULL */
	bool		empty;			/* there is no schema: schema has only what all have */
	FsqDocument *document;
	FsqErrorList *errors;
	MemoryContext context;		/* where what is found of the document is kept */
	int			nerrors;
	bool		aborted;		/* too many errors: everything returns at once */

	FsqTypeInfo info;
	const FsqNode *definition;	/* the definition that the walk is in */
	const FsqNode *parent;		/* of a directive: what it is applied to */

	FsqNames   *fragments;		/* of FsqFragmentNode *; the last of a name wins */
	FsqNames   *defined_types;	/* type definitions of the document */
	FsqNames   *directives;		/* of FsqDirective *, once asked for: fsq_rule_directive() */

	/* validate_facts.c's own */
	struct HTAB *facts;
	FsqNames   *used_fragments;
	const FsqOperationNode *uses_of;
	List	   *operation_uses;

	/* the walk's own */
	int			nrules;
	struct FsqActiveRule *rules;
	struct FsqVisitList *by_kind;
	List	  **uses;			/* where uses of variables are collected, or NULL */
};

/* The rules, one in each file of this folder. */
extern const FsqRule fsq_rule_executable_definitions;
extern const FsqRule fsq_rule_unique_operation_names;
extern const FsqRule fsq_rule_lone_anonymous_operation;
extern const FsqRule fsq_rule_single_field_subscriptions;
extern const FsqRule fsq_rule_known_type_names;
extern const FsqRule fsq_rule_fragments_on_composite_types;
extern const FsqRule fsq_rule_variables_are_input_types;
extern const FsqRule fsq_rule_scalar_leafs;
extern const FsqRule fsq_rule_fields_on_correct_type;
extern const FsqRule fsq_rule_unique_fragment_names;
extern const FsqRule fsq_rule_known_fragment_names;
extern const FsqRule fsq_rule_no_unused_fragments;
extern const FsqRule fsq_rule_possible_fragment_spreads;
extern const FsqRule fsq_rule_no_fragment_cycles;
extern const FsqRule fsq_rule_unique_variable_names;
extern const FsqRule fsq_rule_no_undefined_variables;
extern const FsqRule fsq_rule_no_unused_variables;
extern const FsqRule fsq_rule_known_directives;
extern const FsqRule fsq_rule_unique_directives_per_location;
extern const FsqRule fsq_rule_known_argument_names;
extern const FsqRule fsq_rule_unique_argument_names;
extern const FsqRule fsq_rule_values_of_correct_type;
extern const FsqRule fsq_rule_provided_required_arguments;
extern const FsqRule fsq_rule_variables_in_allowed_position;
extern const FsqRule fsq_rule_overlapping_fields_can_be_merged;
extern const FsqRule fsq_rule_unique_input_field_names;
extern const FsqRule fsq_rule_max_introspection_depth;
extern const FsqRule fsq_rule_lone_schema_definition;
extern const FsqRule fsq_rule_unique_operation_types;
extern const FsqRule fsq_rule_unique_type_names;
extern const FsqRule fsq_rule_unique_enum_value_names;
extern const FsqRule fsq_rule_unique_field_definition_names;
extern const FsqRule fsq_rule_unique_argument_definition_names;
extern const FsqRule fsq_rule_unique_directive_names;
extern const FsqRule fsq_rule_possible_type_extensions;
extern const FsqRule fsq_rule_known_argument_names_on_directives;
extern const FsqRule fsq_rule_provided_required_arguments_on_directives;
extern const FsqRule fsq_rule_no_deprecated;
extern const FsqRule fsq_rule_no_schema_introspection;

/*
 * Add an error of code VALIDATION_ERROR, unless there are too many.  Rules
 * make the message with psprintf; fsq_report_at is for one place.
 */
extern void fsq_report(FsqValidator *v, const int *offsets, int noffsets, const char *message);

static inline void
fsq_report_at(FsqValidator *v, int offset, const char *message)
{
	fsq_report(v, &offset, 1, message);
}

/* A fragment of the document, or NULL. */
extern const FsqFragmentNode *fsq_fragment(FsqValidator *v, const char *name);

/* The fragment spreads below a selection set, of FsqFragmentSpreadNode *, in graphql-js's order. */
extern List *fsq_fragment_spreads(FsqValidator *v, const FsqNode *definition);

/* Whether an operation reaches a fragment of this name. */
extern bool fsq_fragment_is_used(FsqValidator *v, const char *name);

/*
 * Uses of variables of an operation and of the fragments that it reaches, of
 * FsqVariableUse *; valid until another operation's are asked for.
 */
extern List *fsq_variable_uses(FsqValidator *v, const FsqOperationNode *operation);

/* validate.c: walk one definition only to collect its uses of variables. */
extern List *fsq_collect_uses(FsqValidator *v, const FsqNode *definition);

/* Whether two composite types have an object type in common. */
extern bool fsq_types_overlap(FsqType *a, FsqType *b);

/* Whether every value of one type is a value of another. */
extern bool fsq_is_subtype(FsqType *type, FsqType *super);

/* Whether an argument or input field must be given. */
extern bool fsq_is_required(const FsqInputValue *value);

/*
 * Report names that several nodes have, at all of them: what stands before the
 * name, and after it.  name_offset is that of the FsqName * in a node.
 */
extern void fsq_report_duplicates(FsqValidator *v, List *nodes, Size name_offset,
								  const char *before, const char *after);

/*
 * The names of all types of the schema, introspection included, and of those
 * that the document defines; on demand those that every schema may use.
 */
extern List *fsq_type_names(FsqValidator *v, bool standard);

/* Whether a name is that of a scalar which every schema may use. */
extern bool fsq_is_standard_type(const char *name);

/* A directive that the document defines, or the schema has; NULL if there is none. */
extern FsqDirective *fsq_rule_directive(FsqValidator *v, const char *name);

/* The names that belong to a name, made when first asked for. */
extern FsqNames *fsq_rule_names_of(FsqNames **all, const char *name);

#endif							/* FSQ_GRAPHQL_RULE_H */
