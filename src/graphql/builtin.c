/*-------------------------------------------------------------------------
 *
 * builtin.c
 *	  The scalars and directives that every GraphQL schema has
 *	  (specification sections 3.5 and 3.13).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/type.h"
#include "utils/memutils.h"

static const struct
{
	const char *name;
	FsqScalarKind kind;
	const char *description;
}			builtin_scalars[] = {
	{"String", FSQ_SCALAR_STRING,
		"The `String` scalar type represents textual data, represented as UTF-8 character sequences. "
		"The String type is most often used by GraphQL to represent free-form human-readable text."},
	{"Int", FSQ_SCALAR_INT,
		"The `Int` scalar type represents non-fractional signed whole numeric values. "
		"Int can represent values between -(2^31) and 2^31 - 1."},
	{"Float", FSQ_SCALAR_FLOAT,
		"The `Float` scalar type represents signed double-precision fractional values as specified by "
		"[IEEE 754](https://en.wikipedia.org/wiki/IEEE_floating_point)."},
	{"Boolean", FSQ_SCALAR_BOOLEAN,
		"The `Boolean` scalar type represents `true` or `false`."},
	{"ID", FSQ_SCALAR_ID,
		"The `ID` scalar type represents a unique identifier, often used to refetch an object or as key for a cache. "
		"The ID type appears in a JSON response as a String; however, it is not intended to be human-readable. "
		"When expected as an input type, any string (such as `\"4\"`) or integer (such as `4`) input value will be "
		"accepted as an ID."},
};

/* Where each directive may stand; separated by spaces. */
static const struct
{
	const char *name;
	const char *description;
	const char *locations;
	const char *argument;		/* NULL if none */
	const char *argument_description;
	const char *argument_type;
	bool		argument_required;
	const char *argument_default;	/* a string, or NULL */
}			builtin_directives[] = {
	{"include", "Directs the executor to include this field or fragment only when the `if` argument is true.",
		"FIELD FRAGMENT_SPREAD INLINE_FRAGMENT",
	"if", "Included when true.", "Boolean", true, NULL},
	{"skip", "Directs the executor to skip this field or fragment when the `if` argument is true.",
		"FIELD FRAGMENT_SPREAD INLINE_FRAGMENT",
	"if", "Skipped when true.", "Boolean", true, NULL},
	{"deprecated", "Marks an element of a GraphQL schema as no longer supported.",
		"FIELD_DEFINITION ARGUMENT_DEFINITION INPUT_FIELD_DEFINITION ENUM_VALUE",
		"reason",
		"Explains why this element was deprecated, usually also including a suggestion for how to access supported "
		"similar data. Formatted using the Markdown syntax, as specified by [CommonMark](https://commonmark.org/).",
	"String", false, "No longer supported"},
	{"specifiedBy", "Exposes a URL that specifies the behavior of this scalar.",
		"SCALAR",
	"url", "The URL that specifies the behavior of this scalar.", "String", true, NULL},
	{"oneOf", "Indicates exactly one field must be supplied and this field must not be `null`.",
		"INPUT_OBJECT",
	NULL, NULL, NULL, false, NULL},
};

/*
 * A built-in scalar, made anew in the schema's context; NULL if the name is
 * none of the five.
 */
FsqType *
fsq_builtin_scalar(FsqSchema *schema, const char *name)
{
	for (int i = 0; i < lengthof(builtin_scalars); i++)
	{
		FsqType    *type;

		if (strcmp(builtin_scalars[i].name, name) != 0)
			continue;
		type = MemoryContextAllocZero(schema->context, sizeof(FsqType));
		type->kind = FSQ_SCALAR;
		type->schema = schema;
		type->name = builtin_scalars[i].name;
		type->description = builtin_scalars[i].description;
		type->scalar = builtin_scalars[i].kind;
		type->is_complete = true;
		return type;
	}
	return NULL;
}

/* Whether a name is that of a built-in directive. */
bool
fsq_is_builtin_directive(const char *name)
{
	for (int i = 0; i < lengthof(builtin_directives); i++)
	{
		if (strcmp(builtin_directives[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A string literal that stands in no document. */
static FsqNode *
make_string(const char *str)
{
	FsqValueNode *node = palloc0(sizeof(FsqValueNode));

	node->node.kind = FSQ_NODE_STRING;
	node->str = pstrdup(str);
	node->length = strlen(str);
	return &node->node;
}

/* The only argument of a built-in directive. */
static FsqInputValue *
make_argument(FsqSchema *schema, int i)
{
	FsqInputValue *argument = palloc0(sizeof(FsqInputValue));
	FsqType    *type = fsq_schema_type(schema, builtin_directives[i].argument_type);

	argument->name = builtin_directives[i].argument;
	argument->description = builtin_directives[i].argument_description;
	argument->type = builtin_directives[i].argument_required ? fsq_type_non_null(type) : type;
	if (builtin_directives[i].argument_default != NULL)
		argument->default_value = make_string(builtin_directives[i].argument_default);
	return argument;
}

/* The words of a list separated by spaces. */
static List *
split_words(const char *words)
{
	List	   *list = NIL;

	while (*words != '\0')
	{
		int			length = strcspn(words, " ");

		list = lappend(list, pnstrdup(words, length));
		words += length + (words[length] == ' ' ? 1 : 0);
	}
	return list;
}

/*
 * The built-in directives, of FsqDirective *, made in the schema's context.
 * The schema's find_type must know the built-in scalars by now.
 */
List *
fsq_builtin_directives(FsqSchema *schema)
{
	MemoryContext caller = MemoryContextSwitchTo(schema->context);
	List	   *directives = NIL;

	for (int i = 0; i < lengthof(builtin_directives); i++)
	{
		FsqDirective *directive = palloc0(sizeof(FsqDirective));

		directive->name = builtin_directives[i].name;
		directive->description = builtin_directives[i].description;
		directive->locations = split_words(builtin_directives[i].locations);
		if (builtin_directives[i].argument != NULL)
			directive->arguments = list_make1(make_argument(schema, i));
		directives = lappend(directives, directive);
	}
	MemoryContextSwitchTo(caller);
	return directives;
}
