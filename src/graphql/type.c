/*-------------------------------------------------------------------------
 *
 * type.c
 *	  The GraphQL type system: wrapping types, members by name, built-ins.
 *
 *	  Members of large types are found through a hash index, which is made
 *	  when a type's members are first looked up and lives in the schema's
 *	  context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/names.h"
#include "graphql/type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Types with no more members than this are searched one by one. */
#define INDEX_THRESHOLD 8

/* Every member (field, input field, enum value) begins with its name. */
typedef struct Member
{
	const char *name;
} Member;

StaticAssertDecl(offsetof(FsqField, name) == 0 &&
				 offsetof(FsqInputValue, name) == 0 &&
				 offsetof(FsqEnumValue, name) == 0,
				 "members begin with their names");

/* The member of a list with a name, or NULL. */
static void *
search_list(List *members, const char *name)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		Member	   *member = lfirst(lc);

		if (strcmp(member->name, name) == 0)
			return member;
	}
	return NULL;
}

/* The member of a type's list with a name, or NULL. */
static void *
find_member(FsqType *type, List *members, const char *name)
{
	if (list_length(members) <= INDEX_THRESHOLD)
		return search_list(members, name);
	if (type->index == NULL)
	{
		FsqNames   *index = fsq_names_make(type->schema->context, list_length(members));
		ListCell   *lc;

		foreach(lc, members)
		{
			Member	   *member = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			fsq_names_add(index, member->name, member);
		}
		type->index = index;
	}
	return fsq_names_get(type->index, name);
}

/* Make a lazy type's lists hold all of its members. */
static void
complete_type(FsqType *type)
{
	if (type->is_complete || type->complete == NULL)
		return;
	type->complete(type);
	type->is_complete = true;
}

/* A wrapping type, in the schema's context. */
static FsqType *
make_wrapper(FsqTypeKind kind, FsqType *of)
{
	FsqType    *type = MemoryContextAllocZero(of->schema->context, sizeof(FsqType));

	type->kind = kind;
	type->schema = of->schema;
	type->of_type = of;
	type->is_complete = true;
	return type;
}

/* The list of a type; made once. */
FsqType *
fsq_type_list(FsqType *of)
{
	if (of->list_of == NULL)
		of->list_of = make_wrapper(FSQ_LIST, of);
	return of->list_of;
}

/* The non-null form of a type; made once.  A non-null type is its own. */
FsqType *
fsq_type_non_null(FsqType *of)
{
	if (of->kind == FSQ_NON_NULL)
		return of;
	if (of->non_null_of == NULL)
		of->non_null_of = make_wrapper(FSQ_NON_NULL, of);
	return of->non_null_of;
}

/* The named type inside lists and non-nulls. */
FsqType *
fsq_type_named(FsqType *type)
{
	while (type != NULL && (type->kind == FSQ_LIST || type->kind == FSQ_NON_NULL))
		type = type->of_type;
	return type;
}

/* The type without NON_NULL. */
FsqType *
fsq_type_nullable(FsqType *type)
{
	return (type != NULL && type->kind == FSQ_NON_NULL) ? type->of_type : type;
}

/* Append the text of a type. */
static void
write_type(StringInfo out, const FsqType *type)
{
	if (type->kind == FSQ_LIST)
	{
		appendStringInfoChar(out, '[');
		write_type(out, type->of_type);
		appendStringInfoChar(out, ']');
	}
	else if (type->kind == FSQ_NON_NULL)
	{
		write_type(out, type->of_type);
		appendStringInfoChar(out, '!');
	}
	else
		appendStringInfoString(out, type->name);
}

/* "[User!]!", in the current memory context. */
char *
fsq_type_text(const FsqType *type)
{
	StringInfoData out;

	initStringInfo(&out);
	write_type(&out, type);
	return out.data;
}

/* A field of an object or interface; NULL if there is none. */
FsqField *
fsq_type_field(FsqType *type, const char *name)
{
	if (type->kind != FSQ_OBJECT && type->kind != FSQ_INTERFACE)
		return NULL;
	if (!type->is_complete && type->find_field != NULL)
		return type->find_field(type, name);
	return find_member(type, fsq_type_fields(type), name);
}

/* A field of an input object; NULL if there is none. */
FsqInputValue *
fsq_type_input_field(FsqType *type, const char *name)
{
	if (type->kind != FSQ_INPUT_OBJECT)
		return NULL;
	if (!type->is_complete && type->find_input_field != NULL)
		return type->find_input_field(type, name);
	return find_member(type, fsq_type_input_fields(type), name);
}

/* A value of an enum; NULL if there is none. */
FsqEnumValue *
fsq_type_enum_value(FsqType *type, const char *name)
{
	if (type->kind != FSQ_ENUM)
		return NULL;
	return find_member(type, fsq_type_enum_values(type), name);
}

/* An argument of a field; NULL if there is none. */
FsqInputValue *
fsq_field_argument(FsqField *field, const char *name)
{
	return search_list(field->arguments, name);
}

/* A directive of the schema; NULL if there is none. */
FsqDirective *
fsq_schema_directive(FsqSchema *schema, const char *name)
{
	ListCell   *lc;

	foreach(lc, schema->directives)
	{
		FsqDirective *directive = lfirst(lc);

		if (strcmp(directive->name, name) == 0)
			return directive;
	}
	return NULL;
}

/* A named type of the schema; NULL if there is none. */
FsqType *
fsq_schema_type(FsqSchema *schema, const char *name)
{
	if (name[0] == '_' && name[1] == '_')
		return fsq_introspection_type(schema, name);
	return schema->find_type(schema, name);
}

/* All fields, of FsqField *; completes a lazy type. */
List *
fsq_type_fields(FsqType *type)
{
	complete_type(type);
	return type->fields;
}

/* All input fields, of FsqInputValue *; completes a lazy type. */
List *
fsq_type_input_fields(FsqType *type)
{
	complete_type(type);
	return type->input_fields;
}

/* All enum values, of FsqEnumValue *; completes a lazy type. */
List *
fsq_type_enum_values(FsqType *type)
{
	complete_type(type);
	return type->enum_values;
}

/* The object types that a composite type can be, of FsqType *. */
List *
fsq_type_possible_types(FsqType *type)
{
	switch (type->kind)
	{
		case FSQ_UNION:
			complete_type(type);
			return type->possible_types;
		case FSQ_INTERFACE:
			return type->schema->implementations(type->schema, type);
		default:
			return NIL;
	}
}

/* Whether values of a type can be arguments. */
bool
fsq_type_is_input(FsqType *type)
{
	type = fsq_type_named(type);
	return type != NULL &&
		(type->kind == FSQ_SCALAR || type->kind == FSQ_ENUM || type->kind == FSQ_INPUT_OBJECT);
}

/* Whether values of a type can be results. */
bool
fsq_type_is_output(FsqType *type)
{
	type = fsq_type_named(type);
	return type != NULL && type->kind != FSQ_INPUT_OBJECT;
}

/* Whether a type is a scalar or an enum. */
bool
fsq_type_is_leaf(FsqType *type)
{
	return type->kind == FSQ_SCALAR || type->kind == FSQ_ENUM;
}

/* Whether a type has selections: object, interface, union. */
bool
fsq_type_is_composite(FsqType *type)
{
	return type->kind == FSQ_OBJECT || fsq_type_is_abstract(type);
}

/* Whether a type is an interface or a union. */
bool
fsq_type_is_abstract(FsqType *type)
{
	return type->kind == FSQ_INTERFACE || type->kind == FSQ_UNION;
}

/* The type that a type reference names; NULL if the schema has not got it. */
FsqType *
fsq_type_from_node(FsqSchema *schema, const FsqNode *node)
{
	const FsqTypeNode *ref = (const FsqTypeNode *) node;
	FsqType    *inner;

	if (node->kind == FSQ_NODE_NAMED_TYPE)
		return fsq_schema_type(schema, ref->name->value);
	inner = fsq_type_from_node(schema, ref->inner);
	if (inner == NULL)
		return NULL;
	return node->kind == FSQ_NODE_LIST_TYPE ? fsq_type_list(inner) : fsq_type_non_null(inner);
}
