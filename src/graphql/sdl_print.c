/*-------------------------------------------------------------------------
 *
 * sdl_print.c
 *	  The SDL of a schema, as graphql-js's printSchema prints it, and the
 *	  directives that are applied to types and fields.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/printer.h"
#include "graphql/type.h"
#include "miscadmin.h"

#define DEFAULT_DEPRECATION_REASON "No longer supported"

/*
 * Whether a text can be a block string and read back as it is: no control
 * characters, no blank lines at its ends, no indentation common to all lines.
 */
static bool
is_block_printable(const char *str)
{
	bool		empty_line = true;
	bool		indented = false;
	bool		common_indent = true;
	bool		seen_line = false;

	if (*str == '\0')
		return true;
	for (const char *p = str; *p; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (c == '\n')
		{
			if (empty_line && !seen_line)
				return false;
			seen_line = true;
			empty_line = true;
			indented = false;
		}
		else if (c == ' ' || c == '\t')
			indented = indented || empty_line;
		else if (c < 0x10)
			return false;
		else
		{
			common_indent = common_indent && indented;
			empty_line = false;
		}
	}
	return !empty_line && !(common_indent && seen_line);
}

/* A description on lines of its own; a blank line before all but the first of a block. */
static void
print_description(StringInfo out, const char *description, int indent, bool first)
{
	if (description == NULL)
		return;
	if (indent > 0 && !first)
		appendStringInfoChar(out, '\n');
	appendStringInfoSpaces(out, indent * 2);
	if (is_block_printable(description))
		fsq_print_block_string(out, description, strlen(description), indent);
	else
		fsq_print_string(out, description, strlen(description));
	appendStringInfoChar(out, '\n');
}

static void
print_deprecated(StringInfo out, const char *reason)
{
	if (reason == NULL)
		return;
	appendStringInfoString(out, " @deprecated");
	if (strcmp(reason, DEFAULT_DEPRECATION_REASON) != 0)
	{
		appendStringInfoString(out, "(reason: ");
		fsq_print_string(out, reason, strlen(reason));
		appendStringInfoChar(out, ')');
	}
}

/* The applied directives, but for those that are printed from attributes. */
static void
print_applied(StringInfo out, List *directives)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		FsqDirectiveNode *directive = lfirst(lc);

		if (fsq_is_builtin_directive(directive->name->value))
			continue;
		appendStringInfoChar(out, ' ');
		fsq_print_node(out, &directive->node);
	}
}

/* name: Type = default @deprecated */
static void
print_input_value(StringInfo out, const FsqInputValue *value)
{
	appendStringInfo(out, "%s: %s", value->name, fsq_type_text(value->type));
	if (value->default_value)
	{
		appendStringInfoString(out, " = ");
		fsq_print_node(out, value->default_value);
	}
	print_deprecated(out, value->deprecation_reason);
}

/* Arguments on one line, or one to a line if any has a description. */
static void
print_arguments(StringInfo out, List *arguments, int indent)
{
	bool		described = false;
	ListCell   *lc;

	if (arguments == NIL)
		return;
	foreach(lc, arguments)
		described = described || ((FsqInputValue *) lfirst(lc))->description != NULL;

	appendStringInfoString(out, described ? "(\n" : "(");
	foreach(lc, arguments)
	{
		FsqInputValue *argument = lfirst(lc);
		bool		first = foreach_current_index(lc) == 0;

		if (described)
		{
			if (!first)
				appendStringInfoChar(out, '\n');
			print_description(out, argument->description, indent + 1, first);
			appendStringInfoSpaces(out, (indent + 1) * 2);
		}
		else if (!first)
			appendStringInfoString(out, ", ");
		print_input_value(out, argument);
	}
	if (described)
	{
		appendStringInfoChar(out, '\n');
		appendStringInfoSpaces(out, indent * 2);
	}
	appendStringInfoChar(out, ')');
}

/* Fields of an object or interface. */
static void
print_fields(StringInfo out, List *fields)
{
	ListCell   *lc;

	if (fields == NIL)
		return;
	appendStringInfoString(out, " {\n");
	foreach(lc, fields)
	{
		FsqField   *field = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		print_description(out, field->description, 1, foreach_current_index(lc) == 0);
		appendStringInfo(out, "  %s", field->name);
		print_arguments(out, field->arguments, 1);
		appendStringInfo(out, ": %s", fsq_type_text(field->type));
		print_deprecated(out, field->deprecation_reason);
		print_applied(out, field->directives);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfoChar(out, '}');
}

static void
print_input_fields(StringInfo out, List *fields)
{
	ListCell   *lc;

	if (fields == NIL)
		return;
	appendStringInfoString(out, " {\n");
	foreach(lc, fields)
	{
		FsqInputValue *field = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		print_description(out, field->description, 1, foreach_current_index(lc) == 0);
		appendStringInfoString(out, "  ");
		print_input_value(out, field);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfoChar(out, '}');
}

static void
print_enum_values(StringInfo out, List *values)
{
	ListCell   *lc;

	if (values == NIL)
		return;
	appendStringInfoString(out, " {\n");
	foreach(lc, values)
	{
		FsqEnumValue *value = lfirst(lc);

		print_description(out, value->description, 1, foreach_current_index(lc) == 0);
		appendStringInfo(out, "  %s", value->name);
		print_deprecated(out, value->deprecation_reason);
		appendStringInfoChar(out, '\n');
	}
	appendStringInfoChar(out, '}');
}

/* The names of types with a text before the first and between them. */
static void
print_names(StringInfo out, List *types, const char *before, const char *between)
{
	ListCell   *lc;

	foreach(lc, types)
		appendStringInfo(out, "%s%s", foreach_current_index(lc) == 0 ? before : between,
						 ((FsqType *) lfirst(lc))->name);
}

static void
print_type(StringInfo out, FsqType *type)
{
	static const char *const keywords[] = {"scalar", "type", "interface", "union", "enum", "input"};

	print_description(out, type->description, 0, true);
	appendStringInfo(out, "%s %s", keywords[type->kind], type->name);
	switch (type->kind)
	{
		case FSQ_SCALAR:
			if (type->specified_by_url != NULL)
			{
				appendStringInfoString(out, " @specifiedBy(url: ");
				fsq_print_string(out, type->specified_by_url, strlen(type->specified_by_url));
				appendStringInfoChar(out, ')');
			}
			print_applied(out, type->directives);
			break;
		case FSQ_OBJECT:
		case FSQ_INTERFACE:
			{
				List	   *fields = fsq_type_fields(type);

				print_names(out, type->interfaces, " implements ", " & ");
				print_applied(out, type->directives);
				print_fields(out, fields);
				break;
			}
		case FSQ_UNION:
			print_applied(out, type->directives);
			print_names(out, fsq_type_possible_types(type), " = ", " | ");
			break;
		case FSQ_ENUM:
			print_applied(out, type->directives);
			print_enum_values(out, fsq_type_enum_values(type));
			break;
		default:
			if (type->one_of)
				appendStringInfoString(out, " @oneOf");
			print_applied(out, type->directives);
			print_input_fields(out, fsq_type_input_fields(type));
			break;
	}
}

static void
print_directive(StringInfo out, const FsqDirective *directive)
{
	ListCell   *lc;

	print_description(out, directive->description, 0, true);
	appendStringInfo(out, "directive @%s", directive->name);
	print_arguments(out, directive->arguments, 0);
	if (directive->repeatable)
		appendStringInfoString(out, " repeatable");
	foreach(lc, directive->locations)
		appendStringInfo(out, "%s%s", foreach_current_index(lc) == 0 ? " on " : " | ",
						 (char *) lfirst(lc));
}

/* Whether a root type is absent or has the usual name. */
static bool
has_common_name(const FsqType *type, const char *name)
{
	return type == NULL || strcmp(type->name, name) == 0;
}

/* The schema definition; says whether it was needed. */
static bool
print_schema_definition(StringInfo out, FsqSchema *schema)
{
	if (schema->description == NULL &&
		has_common_name(schema->query, "Query") &&
		has_common_name(schema->mutation, "Mutation") &&
		has_common_name(schema->subscription, "Subscription"))
		return false;
	print_description(out, schema->description, 0, true);
	appendStringInfoString(out, "schema {\n");
	if (schema->query)
		appendStringInfo(out, "  query: %s\n", schema->query->name);
	if (schema->mutation)
		appendStringInfo(out, "  mutation: %s\n", schema->mutation->name);
	if (schema->subscription)
		appendStringInfo(out, "  subscription: %s\n", schema->subscription->name);
	appendStringInfoChar(out, '}');
	return true;
}

/* Whether a type is one that every schema has. */
static bool
is_builtin_type(const FsqType *type)
{
	static const char *const names[] = {"String", "Int", "Float", "Boolean", "ID"};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (strcmp(type->name, names[i]) == 0)
			return true;
	}
	return strncmp(type->name, "__", 2) == 0;
}

/* Append the SDL of a schema; it ends without a line feed. */
void
fsq_schema_print(StringInfo out, FsqSchema *schema)
{
	bool		first = !print_schema_definition(out, schema);
	ListCell   *lc;

	foreach(lc, schema->directives)
	{
		FsqDirective *directive = lfirst(lc);

		if (fsq_is_builtin_directive(directive->name))
			continue;
		appendStringInfoString(out, first ? "" : "\n\n");
		first = false;
		print_directive(out, directive);
	}
	foreach(lc, schema->all_types(schema))
	{
		FsqType    *type = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (is_builtin_type(type))
			continue;
		appendStringInfoString(out, first ? "" : "\n\n");
		first = false;
		print_type(out, type);
	}
}
