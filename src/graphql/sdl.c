/*-------------------------------------------------------------------------
 *
 * sdl.c
 *	  A schema from an SDL document (as graphql-js's buildSchema).
 *
 *	  Nothing here is lazy: all types are made at once, in the memory context
 *	  that is current, and extensions are merged into what they extend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/sdl.h"
#include "graphql/validate.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define DEFAULT_DEPRECATION_REASON "No longer supported"

/* What making the types of a document needs. */
typedef struct Builder
{
	FsqSchema  *schema;
	FsqNames   *named;			/* of FsqType * */
} Builder;

/* What an SDL schema knows of itself: its binding. */
typedef struct SdlBinding
{
	FsqNames   *named;			/* of FsqType *, the built-in scalars included */
	List	   *types;			/* in order of definition, then the built-ins */
} SdlBinding;

/* A directive among those applied, or NULL. */
static FsqDirectiveNode *
find_applied(List *directives, const char *name)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);

		if (strcmp(directive->name->value, name) == 0)
			return directive;
	}
	return NULL;
}

/* A string argument of an applied directive, or NULL. */
static const char *
string_argument(FsqDirectiveNode *directive, const char *name)
{
	ListCell   *lc;

	foreach(lc, directive->arguments)
	{
		FsqArgumentNode *argument = lfirst(lc);
		FsqValueNode *value = (FsqValueNode *) argument->value;

		if (strcmp(argument->name->value, name) == 0 && value->node.kind == FSQ_NODE_STRING)
			return value->str;
	}
	return NULL;
}

/* Whether an argument of an applied directive is null. */
static bool
argument_is_null(FsqDirectiveNode *directive, const char *name)
{
	ListCell   *lc;

	foreach(lc, directive->arguments)
	{
		FsqArgumentNode *argument = lfirst(lc);

		if (strcmp(argument->name->value, name) == 0)
			return argument->value->kind == FSQ_NODE_NULL;
	}
	return false;
}

/* The reason of @deprecated, or NULL if that is not applied, or without any (null). */
static const char *
deprecation_reason(List *directives)
{
	FsqDirectiveNode *directive = find_applied(directives, "deprecated");
	const char *reason;

	if (directive == NULL || argument_is_null(directive, "reason"))
		return NULL;
	reason = string_argument(directive, "reason");
	return reason ? reason : DEFAULT_DEPRECATION_REASON;
}

static const char *
description_of(const FsqTypeSystemNode *node)
{
	return node->description ? node->description->str : NULL;
}

/*
 * The type of a name; NULL if there is none.  A built-in scalar is made when it
 * is first referred to: a schema has only those that it uses.
 */
static FsqType *
resolve_name(Builder *b, const FsqName *name)
{
	FsqType    *type = fsq_names_get(b->named, name->value);

	if (type == NULL)
		type = fsq_schema_type(b->schema, name->value);
	if (type == NULL && (type = fsq_builtin_scalar(b->schema, name->value)) != NULL)
		fsq_names_add(b->named, type->name, type);
	return type;
}

/* The type of a reference; NULL if there is none of its name. */
static FsqType *
resolve_type(Builder *b, const FsqNode *node)
{
	const FsqTypeNode *ref = (const FsqTypeNode *) node;
	FsqType    *inner;

	if (node->kind == FSQ_NODE_NAMED_TYPE)
		return resolve_name(b, ref->name);
	inner = resolve_type(b, ref->inner);
	if (inner == NULL)
		return NULL;
	return node->kind == FSQ_NODE_LIST_TYPE ? fsq_type_list(inner) : fsq_type_non_null(inner);
}

/* Arguments or input fields, of FsqInputValue *; unknown types are left out. */
static List *
make_input_values(Builder *b, List *values, List *nodes)
{
	ListCell   *lc;

	foreach(lc, nodes)
	{
		FsqTypeSystemNode *node = lfirst(lc);
		FsqInputValue *value = palloc0(sizeof(FsqInputValue));

		CHECK_FOR_INTERRUPTS();
		value->name = node->name->value;
		value->description = description_of(node);
		value->type = resolve_type(b, node->type);
		value->default_value = node->default_value;
		value->deprecation_reason = deprecation_reason(node->directives);
		value->binding = node;
		if (value->type != NULL)
			values = lappend(values, value);
	}
	return values;
}

/* Append the fields of a definition or extension to its type. */
static void
add_fields(Builder *b, FsqType *type, const FsqTypeSystemNode *definition)
{
	ListCell   *lc;

	foreach(lc, definition->fields)
	{
		FsqTypeSystemNode *node = lfirst(lc);
		FsqField   *field = palloc0(sizeof(FsqField));

		CHECK_FOR_INTERRUPTS();
		field->name = node->name->value;
		field->description = description_of(node);
		field->parent = type;
		field->type = resolve_type(b, node->type);
		field->arguments = make_input_values(b, NIL, node->arguments);
		field->deprecation_reason = deprecation_reason(node->directives);
		field->directives = node->directives;
		field->binding = node;
		if (field->type != NULL)
			type->fields = lappend(type->fields, field);
	}
}

/* Append the values of an enum's definition or extension to it. */
static void
add_enum_values(FsqType *type, const FsqTypeSystemNode *definition)
{
	ListCell   *lc;

	foreach(lc, definition->fields)
	{
		FsqTypeSystemNode *node = lfirst(lc);
		FsqEnumValue *value = palloc0(sizeof(FsqEnumValue));

		value->name = node->name->value;
		value->description = description_of(node);
		value->deprecation_reason = deprecation_reason(node->directives);
		value->binding = node;
		type->enum_values = lappend(type->enum_values, value);
	}
}

/* Append the types of references to a list; unknown types are left out. */
static List *
add_types(Builder *b, List *types, List *refs)
{
	ListCell   *lc;

	foreach(lc, refs)
	{
		FsqType    *type = resolve_type(b, lfirst(lc));

		if (type != NULL)
			types = lappend(types, type);
	}
	return types;
}

/* Give a type what its definition, or an extension of it, says. */
static void
add_definition(Builder *b, FsqType *type, const FsqTypeSystemNode *node)
{
	FsqDirectiveNode *specified_by = find_applied(node->directives, "specifiedBy");

	type->directives = list_concat(type->directives, node->directives);
	type->interfaces = add_types(b, type->interfaces, node->interfaces);
	type->possible_types = add_types(b, type->possible_types, node->types);
	switch (type->kind)
	{
		case FSQ_SCALAR:
			if (specified_by != NULL)
				type->specified_by_url = string_argument(specified_by, "url");
			break;
		case FSQ_OBJECT:
		case FSQ_INTERFACE:
			add_fields(b, type, node);
			break;
		case FSQ_ENUM:
			add_enum_values(type, node);
			break;
		case FSQ_INPUT_OBJECT:
			type->input_fields = make_input_values(b, type->input_fields, node->fields);
			if (find_applied(node->directives, "oneOf") != NULL)
				type->one_of = true;
			break;
		default:
			break;
	}
}

/* The kind of type that a definition defines, or -1. */
static int
definition_kind(const FsqNode *node)
{
	switch (node->kind)
	{
		case FSQ_NODE_SCALAR_DEFINITION:
			return FSQ_SCALAR;
		case FSQ_NODE_OBJECT_DEFINITION:
			return FSQ_OBJECT;
		case FSQ_NODE_INTERFACE_DEFINITION:
			return FSQ_INTERFACE;
		case FSQ_NODE_UNION_DEFINITION:
			return FSQ_UNION;
		case FSQ_NODE_ENUM_DEFINITION:
			return FSQ_ENUM;
		case FSQ_NODE_INPUT_OBJECT_DEFINITION:
			return FSQ_INPUT_OBJECT;
		default:
			return -1;
	}
}

/* Make the types of definitions and extensions, adding them to named. */
List *
fsq_types_from_definitions(FsqSchema *schema, FsqNames *named, List *definitions)
{
	Builder		b = {schema, named};
	List	   *types = NIL;
	ListCell   *lc;

	/* the types without their members, so that they can refer to each other */
	foreach(lc, definitions)
	{
		FsqTypeSystemNode *node = lfirst(lc);
		int			kind = definition_kind(&node->node);
		FsqType    *type;

		CHECK_FOR_INTERRUPTS();
		if (kind < 0 || node->extension)
			continue;
		type = palloc0(sizeof(FsqType));
		type->kind = kind;
		type->schema = schema;
		type->name = node->name->value;
		type->description = description_of(node);
		type->scalar = FSQ_SCALAR_CUSTOM;
		type->is_complete = true;
		type->definition = node;
		if (fsq_names_add(named, type->name, type) == NULL)
			types = lappend(types, type);
	}

	/* what extensions add comes after what they extend, wherever they stand */
	for (int extension = 0; extension <= 1; extension++)
	{
		foreach(lc, definitions)
		{
			FsqTypeSystemNode *node = lfirst(lc);
			int			kind = definition_kind(&node->node);
			FsqType    *type;

			CHECK_FOR_INTERRUPTS();
			if (kind < 0 || node->extension != extension)
				continue;
			type = fsq_names_get(named, node->name->value);
			if (type != NULL && type->kind == kind && (extension || type->definition == node))
				add_definition(&b, type, node);
		}
	}
	return types;
}

/* ---- the schema ---- */

static FsqType *
sdl_find_type(FsqSchema *schema, const char *name)
{
	return fsq_names_get(((SdlBinding *) schema->binding)->named, name);
}

static List *
sdl_all_types(FsqSchema *schema)
{
	return ((SdlBinding *) schema->binding)->types;
}

/* Object types that implement an interface, of FsqType *. */
static List *
sdl_implementations(FsqSchema *schema, FsqType *interface)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, ((SdlBinding *) schema->binding)->types)
	{
		FsqType    *type = lfirst(lc);

		if (type->kind == FSQ_OBJECT && list_member_ptr(type->interfaces, interface))
			found = lappend(found, type);
	}
	return found;
}

/* Make the directives of a document, and the built-in ones that it lacks. */
static void
make_directives(FsqSchema *schema, Builder *b, List *definitions)
{
	ListCell   *lc;

	foreach(lc, definitions)
	{
		FsqTypeSystemNode *node = lfirst(lc);
		FsqDirective *directive;
		ListCell   *lc2;

		if (node->node.kind != FSQ_NODE_DIRECTIVE_DEFINITION)
			continue;
		directive = palloc0(sizeof(FsqDirective));
		directive->name = node->name->value;
		directive->description = description_of(node);
		directive->arguments = make_input_values(b, NIL, node->arguments);
		directive->repeatable = node->repeatable;
		foreach(lc2, node->locations)
			directive->locations = lappend(directive->locations, ((FsqName *) lfirst(lc2))->value);
		schema->directives = lappend(schema->directives, directive);
	}
	foreach(lc, fsq_builtin_directives(schema))
	{
		FsqDirective *directive = lfirst(lc);

		if (fsq_schema_directive(schema, directive->name) == NULL)
			schema->directives = lappend(schema->directives, directive);
	}
}

/* Set the root types: those that the schema definition names, or the usual names. */
static void
set_root_types(FsqSchema *schema, Builder *b, List *definitions)
{
	FsqType   **roots[] = {&schema->query, &schema->mutation, &schema->subscription};
	bool		defined = false;
	ListCell   *lc;

	foreach(lc, definitions)
	{
		FsqTypeSystemNode *node = lfirst(lc);

		if (node->node.kind != FSQ_NODE_SCHEMA_DEFINITION)
			continue;
		if (!node->extension)
		{
			defined = true;
			schema->description = description_of(node);
		}
		for (int i = 0; i < list_length(node->operation_types); i++)
			*roots[list_nth_int(node->operation_kinds, i)] =
				resolve_type(b, list_nth(node->operation_types, i));
	}
	if (!defined)
	{
		static const char *const names[] = {"Query", "Mutation", "Subscription"};

		for (int i = 0; i < lengthof(names); i++)
		{
			if (*roots[i] == NULL)
				*roots[i] = fsq_names_get(b->named, names[i]);
		}
	}
}

/* A schema without types, in the current memory context. */
static FsqSchema *
make_schema(int ntypes)
{
	FsqSchema  *schema = palloc0(sizeof(FsqSchema));
	SdlBinding *binding = palloc0(sizeof(SdlBinding));

	schema->context = CurrentMemoryContext;
	schema->find_type = sdl_find_type;
	schema->all_types = sdl_all_types;
	schema->implementations = sdl_implementations;
	schema->binding = binding;
	binding->named = fsq_names_make(CurrentMemoryContext, ntypes);
	return schema;
}

/* Have the scalars that introspection and the built-in directives use. */
static void
use_scalars(Builder *b)
{
	FsqName		used[] = {{"String"}, {"Boolean"}};

	for (int i = 0; i < lengthof(used); i++)
		resolve_name(b, &used[i]);
}

FsqSchema *
fsq_schema_empty(void)
{
	FsqSchema  *schema = make_schema(4);
	Builder		b = {schema, ((SdlBinding *) schema->binding)->named};

	use_scalars(&b);
	schema->directives = fsq_builtin_directives(schema);
	return schema;
}

/*
 * A schema from an SDL document, in the current memory context.  NULL after
 * adding errors.
 */
FsqSchema *
fsq_schema_from_sdl(const char *sdl, int length, FsqErrorList *errors)
{
	static const char *const scalars[] = {"String", "Int", "Float", "Boolean", "ID"};
	FsqDocument *document = fsq_parse(sdl, length, errors);
	FsqSchema  *schema;
	SdlBinding *binding;
	Builder		b;

	if (document == NULL || !fsq_validate_definitions(NULL, document, NULL, errors))
		return NULL;

	schema = make_schema(list_length(document->definitions));
	schema->document = document;
	binding = schema->binding;
	b = (Builder) {schema, binding->named};
	binding->types = fsq_types_from_definitions(schema, binding->named, document->definitions);
	use_scalars(&b);
	make_directives(schema, &b, document->definitions);
	for (int i = 0; i < lengthof(scalars); i++)
	{
		FsqType    *type = fsq_names_get(binding->named, scalars[i]);

		if (type != NULL)
			binding->types = list_append_unique_ptr(binding->types, type);
	}
	set_root_types(schema, &b, document->definitions);
	return schema;
}
