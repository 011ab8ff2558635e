/*-------------------------------------------------------------------------
 *
 * introspection_write.c
 *	  What a schema says of itself (specification section 4), as JSON.
 *
 *	  A selection set is collected once for each place in the document that
 *	  has one, and not for each type, field or argument that it is written
 *	  for: the types of introspection are object types, so that what is
 *	  selected never depends on the value.  Then the values are written
 *	  straight from the schema, by a table of the fields of each type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/introspection.h"
#include "miscadmin.h"

/* A response is not larger than 1 GB, and an introspection is part of one. */
#define MAX_LENGTH (256 * 1024 * 1024)

typedef struct Member Member;

/* A field of a selection set. */
typedef struct Selection
{
	const char *key;			/* its JSON text: "name": */
	int			key_length;
	const Member *member;		/* NULL: __typename */
	const char *type_name;		/* of the object that it is a field of */
	bool		include_deprecated;
	int			nfields;		/* selected of its value */
	struct Selection *fields;
} Selection;

typedef struct Writer
{
	StringInfo	out;
	FsqSchema  *schema;
	bool		too_long;
} Writer;

/* Appends the value of a field of an object. */
typedef void (*WriteMember) (Writer *w, const Selection *s, const void *object);

/* A field of a type of introspection. */
struct Member
{
	const char *name;
	WriteMember write;			/* NULL: a string, or null, at the offset */
	Size		offset;
};

static void write_object(Writer *w, const Selection *s, const void *object);

/* ---- values ---- */

static void
write_string(Writer *w, const char *str)
{
	if (str == NULL)
		appendBinaryStringInfo(w->out, "null", 4);
	else
		fsq_json_string(w->out, str, strlen(str));
}

static void
write_boolean(Writer *w, bool value)
{
	appendStringInfoString(w->out, value ? "true" : "false");
}

/* An object, or null. */
static void
write_optional(Writer *w, const Selection *s, const void *object)
{
	if (object == NULL)
		write_string(w, NULL);
	else
		write_object(w, s, object);
}

/* The reason why a field, input value or enum value is deprecated, or NULL. */
typedef const char *(*DeprecationReason) (const void *object);

/* A list of objects; without those that are deprecated, unless they are asked for. */
static void
write_list(Writer *w, const Selection *s, List *objects, DeprecationReason reason)
{
	bool		first = true;
	ListCell   *lc;

	appendStringInfoChar(w->out, '[');
	foreach(lc, objects)
	{
		CHECK_FOR_INTERRUPTS();
		if (reason && !s->include_deprecated && reason(lfirst(lc)) != NULL)
			continue;
		if (!first)
			appendStringInfoChar(w->out, ',');
		first = false;
		write_object(w, s, lfirst(lc));
	}
	appendStringInfoChar(w->out, ']');
}

static const char *
field_reason(const void *object)
{
	return ((const FsqField *) object)->deprecation_reason;
}

static const char *
input_reason(const void *object)
{
	return ((const FsqInputValue *) object)->deprecation_reason;
}

static const char *
enum_reason(const void *object)
{
	return ((const FsqEnumValue *) object)->deprecation_reason;
}

/* ---- __Schema ---- */

static void
schema_types(Writer *w, const Selection *s, const void *object)
{
	List	   *types = list_copy(w->schema->all_types(w->schema));

	write_list(w, s, list_concat(types, fsq_introspection_types(w->schema)), NULL);
}

static void
schema_query(Writer *w, const Selection *s, const void *object)
{
	write_object(w, s, w->schema->query);
}

static void
schema_mutation(Writer *w, const Selection *s, const void *object)
{
	write_optional(w, s, w->schema->mutation);
}

static void
schema_subscription(Writer *w, const Selection *s, const void *object)
{
	write_optional(w, s, w->schema->subscription);
}

static void
schema_directives(Writer *w, const Selection *s, const void *object)
{
	write_list(w, s, w->schema->directives, NULL);
}

static const Member schema_members[] = {
	{"description", NULL, offsetof(FsqSchema, description)},
	{"types", schema_types},
	{"queryType", schema_query},
	{"mutationType", schema_mutation},
	{"subscriptionType", schema_subscription},
	{"directives", schema_directives},
	{NULL}
};

/* ---- __Type ---- */

static void
type_kind(Writer *w, const Selection *s, const void *object)
{
	static const char *const kinds[] = {
		[FSQ_SCALAR] = "SCALAR",
		[FSQ_OBJECT] = "OBJECT",
		[FSQ_INTERFACE] = "INTERFACE",
		[FSQ_UNION] = "UNION",
		[FSQ_ENUM] = "ENUM",
		[FSQ_INPUT_OBJECT] = "INPUT_OBJECT",
		[FSQ_LIST] = "LIST",
		[FSQ_NON_NULL] = "NON_NULL"
	};

	write_string(w, kinds[((const FsqType *) object)->kind]);
}

static void
type_fields(Writer *w, const Selection *s, const void *object)
{
	FsqType    *type = unconstify(void *, object);

	if (type->kind == FSQ_OBJECT || type->kind == FSQ_INTERFACE)
		write_list(w, s, fsq_type_fields(type), field_reason);
	else
		write_string(w, NULL);
}

static void
type_interfaces(Writer *w, const Selection *s, const void *object)
{
	const FsqType *type = object;

	if (type->kind == FSQ_OBJECT || type->kind == FSQ_INTERFACE)
		write_list(w, s, type->interfaces, NULL);
	else
		write_string(w, NULL);
}

static void
type_possible_types(Writer *w, const Selection *s, const void *object)
{
	FsqType    *type = unconstify(void *, object);

	if (fsq_type_is_abstract(type))
		write_list(w, s, fsq_type_possible_types(type), NULL);
	else
		write_string(w, NULL);
}

static void
type_enum_values(Writer *w, const Selection *s, const void *object)
{
	FsqType    *type = unconstify(void *, object);

	if (type->kind == FSQ_ENUM)
		write_list(w, s, fsq_type_enum_values(type), enum_reason);
	else
		write_string(w, NULL);
}

static void
type_input_fields(Writer *w, const Selection *s, const void *object)
{
	FsqType    *type = unconstify(void *, object);

	if (type->kind == FSQ_INPUT_OBJECT)
		write_list(w, s, fsq_type_input_fields(type), input_reason);
	else
		write_string(w, NULL);
}

static void
type_of_type(Writer *w, const Selection *s, const void *object)
{
	write_optional(w, s, ((const FsqType *) object)->of_type);
}

static void
type_is_one_of(Writer *w, const Selection *s, const void *object)
{
	const FsqType *type = object;

	if (type->kind == FSQ_INPUT_OBJECT)
		write_boolean(w, type->one_of);
	else
		write_string(w, NULL);
}

static const Member type_members[] = {
	{"kind", type_kind},
	{"name", NULL, offsetof(FsqType, name)},
	{"description", NULL, offsetof(FsqType, description)},
	{"specifiedByURL", NULL, offsetof(FsqType, specified_by_url)},
	{"fields", type_fields},
	{"interfaces", type_interfaces},
	{"possibleTypes", type_possible_types},
	{"enumValues", type_enum_values},
	{"inputFields", type_input_fields},
	{"ofType", type_of_type},
	{"isOneOf", type_is_one_of},
	{NULL}
};

/* ---- __Field ---- */

static void
field_args(Writer *w, const Selection *s, const void *object)
{
	write_list(w, s, ((const FsqField *) object)->arguments, input_reason);
}

static void
field_type(Writer *w, const Selection *s, const void *object)
{
	write_object(w, s, ((const FsqField *) object)->type);
}

static void
field_is_deprecated(Writer *w, const Selection *s, const void *object)
{
	write_boolean(w, field_reason(object) != NULL);
}

static const Member field_members[] = {
	{"name", NULL, offsetof(FsqField, name)},
	{"description", NULL, offsetof(FsqField, description)},
	{"args", field_args},
	{"type", field_type},
	{"isDeprecated", field_is_deprecated},
	{"deprecationReason", NULL, offsetof(FsqField, deprecation_reason)},
	{NULL}
};

/* ---- __InputValue ---- */

static void
input_type(Writer *w, const Selection *s, const void *object)
{
	write_object(w, s, ((const FsqInputValue *) object)->type);
}

static void
input_default(Writer *w, const Selection *s, const void *object)
{
	const FsqNode *value = ((const FsqInputValue *) object)->default_value;

	write_string(w, value ? fsq_node_text(value) : NULL);
}

static void
input_is_deprecated(Writer *w, const Selection *s, const void *object)
{
	write_boolean(w, input_reason(object) != NULL);
}

static const Member input_members[] = {
	{"name", NULL, offsetof(FsqInputValue, name)},
	{"description", NULL, offsetof(FsqInputValue, description)},
	{"type", input_type},
	{"defaultValue", input_default},
	{"isDeprecated", input_is_deprecated},
	{"deprecationReason", NULL, offsetof(FsqInputValue, deprecation_reason)},
	{NULL}
};

/* ---- __EnumValue ---- */

static void
enum_is_deprecated(Writer *w, const Selection *s, const void *object)
{
	write_boolean(w, enum_reason(object) != NULL);
}

static const Member enum_members[] = {
	{"name", NULL, offsetof(FsqEnumValue, name)},
	{"description", NULL, offsetof(FsqEnumValue, description)},
	{"isDeprecated", enum_is_deprecated},
	{"deprecationReason", NULL, offsetof(FsqEnumValue, deprecation_reason)},
	{NULL}
};

/* ---- __Directive ---- */

static void
directive_is_repeatable(Writer *w, const Selection *s, const void *object)
{
	write_boolean(w, ((const FsqDirective *) object)->repeatable);
}

static void
directive_locations(Writer *w, const Selection *s, const void *object)
{
	ListCell   *lc;

	appendStringInfoChar(w->out, '[');
	foreach(lc, ((const FsqDirective *) object)->locations)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(w->out, ',');
		write_string(w, lfirst(lc));
	}
	appendStringInfoChar(w->out, ']');
}

static void
directive_args(Writer *w, const Selection *s, const void *object)
{
	write_list(w, s, ((const FsqDirective *) object)->arguments, input_reason);
}

static const Member directive_members[] = {
	{"name", NULL, offsetof(FsqDirective, name)},
	{"description", NULL, offsetof(FsqDirective, description)},
	{"isRepeatable", directive_is_repeatable},
	{"locations", directive_locations},
	{"args", directive_args},
	{NULL}
};

/* ---- the types of introspection ---- */

static const struct
{
	const char *type;
	const Member *members;
}			objects[] = {
	{"__Schema", schema_members},
	{"__Type", type_members},
	{"__Field", field_members},
	{"__InputValue", input_members},
	{"__EnumValue", enum_members},
	{"__Directive", directive_members}
};

/* How a field of a type of introspection is written; validation has let it through. */
static const Member *
find_member(const char *type, const char *name)
{
	for (int i = 0; i < lengthof(objects); i++)
	{
		if (strcmp(objects[i].type, type) != 0)
			continue;
		for (const Member *member = objects[i].members; member->name; member++)
		{
			if (strcmp(member->name, name) == 0)
				return member;
		}
	}
	elog(ERROR, "type \"%s\" has no field \"%s\"", type, name);
}

/* ---- what is selected ---- */

/* Whether a field's argument includeDeprecated is true; null is false, as in graphql-js. */
static bool
include_deprecated(FsqCollector *collector, FsqField *field, FsqFieldNode *node)
{
	FsqInput  **values;

	if (field->arguments == NIL)
		return false;
	values = fsq_coerce_arguments(collector->schema, field->arguments, node->arguments,
								  &node->node, collector->variables, collector->errors);
	return values && values[0] && values[0]->kind == FSQ_VALUE_BOOLEAN && values[0]->boolean;
}

/* Prepare what is selected of a value of a type by the fields of one response key. */
static void
prepare(FsqCollector *collector, FsqType *type, const FsqFieldGroup *fields, Selection *selection)
{
	List	   *groups = fsq_collect_subfields(collector, type, fields);
	ListCell   *lc;

	check_stack_depth();
	selection->nfields = list_length(groups);
	selection->fields = palloc0(sizeof(Selection) * Max(selection->nfields, 1));
	foreach(lc, groups)
	{
		FsqFieldGroup *group = lfirst(lc);
		FsqFieldNode *node = linitial(group->nodes);
		Selection  *s = &selection->fields[foreach_current_index(lc)];
		FsqField   *field = fsq_schema_field(collector->schema, type, node->name->value);

		/* a response key is a name, which needs no escapes */
		s->key = psprintf("\"%s\":", group->key);
		s->key_length = strlen(s->key);
		s->type_name = type->name;
		if (field->parent == NULL)
			continue;
		s->member = find_member(type->name, field->name);
		s->include_deprecated = include_deprecated(collector, field, node);
		if (fsq_type_is_composite(fsq_type_named(field->type)))
			prepare(collector, fsq_type_named(field->type), group, s);
	}
}

/* ---- writing it ---- */

static void
write_object(Writer *w, const Selection *s, const void *object)
{
	if (w->out->len > MAX_LENGTH)
	{
		w->too_long = true;
		return;
	}
	appendStringInfoChar(w->out, '{');
	for (int i = 0; i < s->nfields; i++)
	{
		const Selection *field = &s->fields[i];

		if (i > 0)
			appendStringInfoChar(w->out, ',');
		appendBinaryStringInfo(w->out, field->key, field->key_length);
		if (field->member == NULL)
			write_string(w, field->type_name);
		else if (field->member->write)
			field->member->write(w, field, object);
		else
			write_string(w, *(char *const *) ((const char *) object + field->member->offset));
	}
	appendStringInfoChar(w->out, '}');
}

/*
 * The type that __type names; NULL if there is none.  A provider finds enums and
 * inputs also where nothing that the role may use leads to them, which is no
 * part of its schema.
 */
static const FsqType *
find_type(FsqSchema *schema, const char *name)
{
	FsqType    *type = fsq_schema_type(schema, name);

	if (type && (type->kind == FSQ_ENUM || type->kind == FSQ_INPUT_OBJECT) &&
		fsq_introspection_type(schema, name) == NULL &&
		!list_member_ptr(schema->all_types(schema), type))
		return NULL;
	return type;
}

bool
fsq_introspection_write(StringInfo out, FsqCollector *collector, FsqField *field,
						const FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqType    *type = fsq_type_named(field->type);
	Selection	selection = {0};
	Writer		w = {.out = out, .schema = collector->schema};
	FsqInput  **values;

	values = fsq_coerce_arguments(collector->schema, field->arguments, node->arguments,
								  &node->node, collector->variables, collector->errors);
	prepare(collector, type, group, &selection);
	if (values == NULL || collector->errors->errors != NIL)
		return true;
	if (field->arguments == NIL)
		write_object(&w, &selection, collector->schema);
	else
		write_optional(&w, &selection, find_type(collector->schema, values[0]->str));
	if (w.too_long)
		fsq_error_at(collector->errors, FSQ_BAD_USER_INPUT, node->node.start,
					 "The introspection would be larger than %d MB: ask for less at once.",
					 MAX_LENGTH / (1024 * 1024));
	return field->arguments == NIL || values[0]->variable < 0;
}
