/*-------------------------------------------------------------------------
 *
 * introspection.c
 *	  The types of introspection (specification section 4), and the meta
 *	  fields __typename, __schema and __type.
 *
 *	  They are written as a document here and made in a schema's context when
 *	  they are first asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/sdl.h"
#include "utils/memutils.h"

static const char introspection_sdl[] =
"\"A GraphQL Schema defines the capabilities of a GraphQL server. It exposes all available types and directives on the server, as well as the entry points for query, mutation, and subscription operations.\" "
"type __Schema {"
"  description: String "
"  \"A list of all types supported by this server.\" types: [__Type!]! "
"  \"The type that query operations will be rooted at.\" queryType: __Type! "
"  \"If this server supports mutation, the type that mutation operations will be rooted at.\" mutationType: __Type "
"  \"If this server support subscription, the type that subscription operations will be rooted at.\" subscriptionType: __Type "
"  \"A list of all directives supported by this server.\" directives: [__Directive!]! "
"} "
"\"A Directive provides a way to describe alternate runtime execution and type validation behavior in a GraphQL document.\\n\\nIn some cases, you need to provide options to alter GraphQL's execution behavior in ways field arguments will not suffice, such as conditionally including or skipping a field. Directives provide this by describing additional information to the executor.\" "
"type __Directive {"
"  name: String! "
"  description: String "
"  isRepeatable: Boolean! "
"  locations: [__DirectiveLocation!]! "
"  args(includeDeprecated: Boolean = false): [__InputValue!]! "
"} "
"\"A Directive can be adjacent to many parts of the GraphQL language, a __DirectiveLocation describes one such possible adjacencies.\" "
"enum __DirectiveLocation {"
"  \"Location adjacent to a query operation.\" QUERY "
"  \"Location adjacent to a mutation operation.\" MUTATION "
"  \"Location adjacent to a subscription operation.\" SUBSCRIPTION "
"  \"Location adjacent to a field.\" FIELD "
"  \"Location adjacent to a fragment definition.\" FRAGMENT_DEFINITION "
"  \"Location adjacent to a fragment spread.\" FRAGMENT_SPREAD "
"  \"Location adjacent to an inline fragment.\" INLINE_FRAGMENT "
"  \"Location adjacent to a variable definition.\" VARIABLE_DEFINITION "
"  \"Location adjacent to a schema definition.\" SCHEMA "
"  \"Location adjacent to a scalar definition.\" SCALAR "
"  \"Location adjacent to an object type definition.\" OBJECT "
"  \"Location adjacent to a field definition.\" FIELD_DEFINITION "
"  \"Location adjacent to an argument definition.\" ARGUMENT_DEFINITION "
"  \"Location adjacent to an interface definition.\" INTERFACE "
"  \"Location adjacent to a union definition.\" UNION "
"  \"Location adjacent to an enum definition.\" ENUM "
"  \"Location adjacent to an enum value definition.\" ENUM_VALUE "
"  \"Location adjacent to an input object type definition.\" INPUT_OBJECT "
"  \"Location adjacent to an input object field definition.\" INPUT_FIELD_DEFINITION "
"} "
"\"The fundamental unit of any GraphQL Schema is the type. There are many kinds of types in GraphQL as represented by the `__TypeKind` enum.\\n\\nDepending on the kind of a type, certain fields describe information about that type. Scalar types provide no information beyond a name, description and optional `specifiedByURL`, while Enum types provide their values. Object and Interface types provide the fields they describe. Abstract types, Union and Interface, provide the Object types possible at runtime. List and NonNull types compose other types.\" "
"type __Type {"
"  kind: __TypeKind! "
"  name: String "
"  description: String "
"  specifiedByURL: String "
"  fields(includeDeprecated: Boolean = false): [__Field!] "
"  interfaces: [__Type!] "
"  possibleTypes: [__Type!] "
"  enumValues(includeDeprecated: Boolean = false): [__EnumValue!] "
"  inputFields(includeDeprecated: Boolean = false): [__InputValue!] "
"  ofType: __Type "
"  isOneOf: Boolean "
"} "
"\"Object and Interface types are described by a list of Fields, each of which has a name, potentially a list of arguments, and a return type.\" "
"type __Field {"
"  name: String! "
"  description: String "
"  args(includeDeprecated: Boolean = false): [__InputValue!]! "
"  type: __Type! "
"  isDeprecated: Boolean! "
"  deprecationReason: String "
"} "
"\"Arguments provided to Fields or Directives and the input fields of an InputObject are represented as Input Values which describe their type and optionally a default value.\" "
"type __InputValue {"
"  name: String! "
"  description: String "
"  type: __Type! "
"  \"A GraphQL-formatted string representing the default value for this input value.\" defaultValue: String "
"  isDeprecated: Boolean! "
"  deprecationReason: String "
"} "
"\"One possible value for a given Enum. Enum values are unique values, not a placeholder for a string or numeric value. However an Enum value is returned in a JSON response as a string.\" "
"type __EnumValue {"
"  name: String! "
"  description: String "
"  isDeprecated: Boolean! "
"  deprecationReason: String "
"} "
"\"An enum describing what kind of type a given `__Type` is.\" "
"enum __TypeKind {"
"  \"Indicates this type is a scalar.\" SCALAR "
"  \"Indicates this type is an object. `fields` and `interfaces` are valid fields.\" OBJECT "
"  \"Indicates this type is an interface. `fields`, `interfaces`, and `possibleTypes` are valid fields.\" INTERFACE "
"  \"Indicates this type is a union. `possibleTypes` is a valid field.\" UNION "
"  \"Indicates this type is an enum. `enumValues` is a valid field.\" ENUM "
"  \"Indicates this type is an input object. `inputFields` is a valid field.\" INPUT_OBJECT "
"  \"Indicates this type is a list. `ofType` is a valid field.\" LIST "
"  \"Indicates this type is a non-null. `ofType` is a valid field.\" NON_NULL "
"} "
/* the meta fields, whose parent is no type of the schema */
"type __Meta {"
"  \"Access the current type schema of this server.\" __schema: __Schema! "
"  \"Request the type information of a single type.\" __type(name: String!): __Type "
"  \"The name of the current Object type at runtime.\" __typename: String! "
"} ";

typedef struct Introspection
{
	FsqNames   *named;			/* of FsqType * */
	List	   *types;
	FsqType    *meta;			/* whose fields are the meta fields */
} Introspection;

/* The introspection types of a schema, made when first asked for. */
static Introspection *
get_introspection(FsqSchema *schema)
{
	MemoryContext caller;
	Introspection *introspection = schema->introspection;
	FsqErrorList errors;
	FsqDocument *document;
	ListCell   *lc;

	if (introspection != NULL)
		return introspection;

	caller = MemoryContextSwitchTo(schema->context);
	fsq_errors_init(&errors, introspection_sdl, sizeof(introspection_sdl) - 1);
	document = fsq_parse(introspection_sdl, sizeof(introspection_sdl) - 1, &errors);
	Assert(document != NULL);
	introspection = palloc0(sizeof(Introspection));
	introspection->named = fsq_names_make(schema->context, 16);
	introspection->types = fsq_types_from_definitions(schema, introspection->named,
													  document->definitions);
	introspection->meta = llast(introspection->types);
	introspection->types = list_delete_last(introspection->types);
	foreach(lc, introspection->meta->fields)
		((FsqField *) lfirst(lc))->parent = NULL;
	MemoryContextSwitchTo(caller);

	schema->introspection = introspection;
	return introspection;
}

/* An introspection type by name; NULL if there is none. */
FsqType *
fsq_introspection_type(FsqSchema *schema, const char *name)
{
	Introspection *introspection = get_introspection(schema);
	FsqType    *type = fsq_names_get(introspection->named, name);

	return type == introspection->meta ? NULL : type;
}

/* The introspection types, of FsqType *. */
List *
fsq_introspection_types(FsqSchema *schema)
{
	return get_introspection(schema)->types;
}

/*
 * The field that a selection on a type means: a field of the type, or a meta
 * field.  NULL if there is none.
 */
FsqField *
fsq_schema_field(FsqSchema *schema, FsqType *parent, const char *name)
{
	if (name[0] == '_' && name[1] == '_')
	{
		bool		is_meta;

		if (strcmp(name, "__typename") == 0)
			is_meta = fsq_type_is_composite(parent);
		else
			is_meta = parent == schema->query &&
				(strcmp(name, "__schema") == 0 || strcmp(name, "__type") == 0);
		if (is_meta)
			return fsq_type_field(get_introspection(schema)->meta, name);
	}
	return fsq_type_field(parent, name);
}
