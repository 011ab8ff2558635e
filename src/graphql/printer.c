/*-------------------------------------------------------------------------
 *
 * printer.c
 *	  The text of a syntax tree, as graphql-js's print() gives it.
 *
 *	  Lines of a nested block are indented as they are written, those inside
 *	  block strings included.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/ast.h"
#include "graphql/printer.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

/* Arguments of a field longer than this are printed one to a line. */
#define MAX_LINE_LENGTH 80

typedef struct Printer
{
	StringInfo	out;
	int			indent;			/* levels of two spaces */
} Printer;

static void print_node(Printer *p, const FsqNode *node);

static void
put(Printer *p, const char *str)
{
	appendStringInfoString(p->out, str);
}

static void
new_line(Printer *p)
{
	appendStringInfoChar(p->out, '\n');
	appendStringInfoSpaces(p->out, p->indent * 2);
}

/* The nodes of a list with a text between them. */
static void
print_list(Printer *p, const List *nodes, const char *separator)
{
	ListCell   *lc;

	foreach(lc, nodes)
	{
		if (foreach_current_index(lc) > 0)
			put(p, separator);
		print_node(p, lfirst(lc));
	}
}

/* The nodes of a list, each on an indented line, between two texts. */
static void
print_lines(Printer *p, const char *open, const List *nodes, const char *close)
{
	ListCell   *lc;

	put(p, open);
	p->indent++;
	foreach(lc, nodes)
	{
		new_line(p);
		print_node(p, lfirst(lc));
	}
	p->indent--;
	new_line(p);
	put(p, close);
}

/* " {...}", or nothing for an empty list. */
static void
print_block(Printer *p, const List *nodes)
{
	if (nodes == NIL)
		return;
	put(p, " ");
	print_lines(p, "{", nodes, "}");
}

/* Each directive after a space. */
static void
print_directives(Printer *p, const List *directives)
{
	ListCell   *lc;

	foreach(lc, directives)
	{
		put(p, " ");
		print_node(p, lfirst(lc));
	}
}

/* (a, b), or nothing for an empty list. */
static void
print_parenthesised(Printer *p, const List *nodes)
{
	if (nodes == NIL)
		return;
	put(p, "(");
	print_list(p, nodes, ", ");
	put(p, ")");
}

/* Append a string literal of one line. */
void
fsq_print_string(StringInfo out, const char *str, int length)
{
	appendStringInfoChar(out, '"');
	for (int i = 0; i < length; i++)
	{
		unsigned char c = (unsigned char) str[i];

		if (c == '"' || c == '\\')
		{
			appendStringInfoChar(out, '\\');
			appendStringInfoChar(out, c);
		}
		else if (c == '\b')
			appendStringInfoString(out, "\\b");
		else if (c == '\t')
			appendStringInfoString(out, "\\t");
		else if (c == '\n')
			appendStringInfoString(out, "\\n");
		else if (c == '\f')
			appendStringInfoString(out, "\\f");
		else if (c == '\r')
			appendStringInfoString(out, "\\r");
		else if (c < 0x20 || c == 0x7F)
			appendStringInfo(out, "\\u%04X", c);
		else if (c == 0xC2 && i + 1 < length && (unsigned char) str[i + 1] >= 0x80 &&
				 (unsigned char) str[i + 1] < 0xA0)
			appendStringInfo(out, "\\u%04X", (unsigned char) str[++i]);
		else
			appendStringInfoChar(out, c);
	}
	appendStringInfoChar(out, '"');
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* Length in UTF-16 code units. */
static int
unit_length(const char *str, int length)
{
	int			units = 0;

	for (int i = 0; i < length; i++)
	{
		unsigned char c = (unsigned char) str[i];

		if ((c & 0xC0) != 0x80)
			units += (c >= 0xF0) ? 2 : 1;
	}
	return units;
}

/* Whether every line but the first is empty or begins with white space. */
static bool
later_lines_indented(const char *str, int length)
{
	for (int i = 0; i < length; i++)
	{
		if (str[i] == '\n' && i + 1 < length && str[i + 1] != '\n' && !is_white(str[i + 1]))
			return false;
	}
	return true;
}

/* Append a block string, whose lines are indented to a level. */
void
fsq_print_block_string(StringInfo out, const char *str, int length, int indent)
{
	Printer		p = {out, indent};
	bool		single_line = memchr(str, '\n', length) == NULL;
	bool		leading = !single_line && later_lines_indented(str, length);
	bool		triple = length >= 3 && memcmp(str + length - 3, "\"\"\"", 3) == 0;
	bool		trailing = (length > 0 && str[length - 1] == '"' && !triple) ||
		(length > 0 && str[length - 1] == '\\');
	bool		multiple = !single_line || unit_length(str, length) > 70 || trailing || leading || triple;

	put(&p, "\"\"\"");
	if ((multiple && !(single_line && length > 0 && is_white(str[0]))) || leading)
		new_line(&p);
	for (int i = 0; i < length; i++)
	{
		if (str[i] == '\n')
			new_line(&p);
		else if (length - i >= 3 && memcmp(str + i, "\"\"\"", 3) == 0)
		{
			put(&p, "\\\"\"\"");
			i += 2;
		}
		else
			appendStringInfoChar(out, str[i]);
	}
	if (multiple || trailing)
		new_line(&p);
	put(&p, "\"\"\"");
}

/* A value. */
static void
print_value(Printer *p, const FsqValueNode *node)
{
	switch (node->node.kind)
	{
		case FSQ_NODE_VARIABLE:
			put(p, "$");
			put(p, node->str);
			break;
		case FSQ_NODE_STRING:
			if (node->block)
				fsq_print_block_string(p->out, node->str, node->length, p->indent);
			else
				fsq_print_string(p->out, node->str, node->length);
			break;
		case FSQ_NODE_LIST:
			put(p, "[");
			print_list(p, node->items, ", ");
			put(p, "]");
			break;
		case FSQ_NODE_OBJECT:
			put(p, "{");
			print_list(p, node->fields, ", ");
			put(p, "}");
			break;
		default:
			put(p, node->str);
			break;
	}
}

/* A field with its arguments on one line if it is short enough. */
static void
print_field(Printer *p, const FsqFieldNode *node)
{
	int			start = p->out->len;

	if (node->alias)
		appendStringInfo(p->out, "%s: ", node->alias->value);
	put(p, node->name->value);
	if (node->arguments != NIL)
	{
		int			arguments = p->out->len;
		int			indent = p->indent;

		p->indent = 0;
		print_parenthesised(p, node->arguments);
		p->indent = indent;
		if (unit_length(p->out->data + start, p->out->len - start) > MAX_LINE_LENGTH)
		{
			p->out->len = arguments;
			p->out->data[arguments] = '\0';
			print_lines(p, "(", node->arguments, ")");
		}
		else if (indent > 0 && memchr(p->out->data + arguments, '\n', p->out->len - arguments) != NULL)
		{
			p->out->len = arguments;
			p->out->data[arguments] = '\0';
			print_parenthesised(p, node->arguments);
		}
	}
	print_directives(p, node->directives);
	print_block(p, node->selections);
}

/* An operation; a query without name, variables and directives is short. */
static void
print_operation(Printer *p, const FsqOperationNode *node)
{
	static const char *const keywords[] = {"query", "mutation", "subscription"};

	if (node->operation != FSQ_QUERY || node->name != NULL ||
		node->variables != NIL || node->directives != NIL)
	{
		put(p, keywords[node->operation]);
		if (node->name != NULL || node->variables != NIL)
			put(p, " ");
		if (node->name != NULL)
			put(p, node->name->value);
		print_parenthesised(p, node->variables);
		print_directives(p, node->directives);
		put(p, " ");
	}
	print_lines(p, "{", node->selections, "}");
}

static void
print_fragment(Printer *p, const FsqFragmentNode *node)
{
	appendStringInfo(p->out, "fragment %s", node->name->value);
	print_parenthesised(p, node->variables);
	appendStringInfo(p->out, " on %s", node->type_condition->value);
	print_directives(p, node->directives);
	print_block(p, node->selections);
}

static void
print_inline_fragment(Printer *p, const FsqInlineFragmentNode *node)
{
	put(p, "...");
	if (node->type_condition)
		appendStringInfo(p->out, " on %s", node->type_condition->value);
	print_directives(p, node->directives);
	print_block(p, node->selections);
}

static void
print_variable_definition(Printer *p, const FsqVariableDefinitionNode *node)
{
	appendStringInfo(p->out, "$%s: ", node->name->value);
	print_node(p, node->type);
	if (node->default_value)
	{
		put(p, " = ");
		print_node(p, node->default_value);
	}
	print_directives(p, node->directives);
}

/* A type reference. */
static void
print_type(Printer *p, const FsqTypeNode *node)
{
	switch (node->node.kind)
	{
		case FSQ_NODE_LIST_TYPE:
			put(p, "[");
			print_node(p, node->inner);
			put(p, "]");
			break;
		case FSQ_NODE_NON_NULL_TYPE:
			print_node(p, node->inner);
			put(p, "!");
			break;
		default:
			put(p, node->name->value);
			break;
	}
}

/* Definitions of arguments: one to a line if one of them has more than one. */
static void
print_argument_definitions(Printer *p, const List *arguments)
{
	int			start = p->out->len;

	print_parenthesised(p, arguments);
	if (arguments != NIL && memchr(p->out->data + start, '\n', p->out->len - start) != NULL)
	{
		p->out->len = start;
		p->out->data[start] = '\0';
		print_lines(p, "(", arguments, ")");
	}
}

/* query: Type, ... of a schema. */
static void
print_operation_types(Printer *p, const FsqTypeSystemNode *node)
{
	static const char *const keywords[] = {"query", "mutation", "subscription"};

	if (node->operation_types == NIL)
		return;
	put(p, " {");
	p->indent++;
	for (int i = 0; i < list_length(node->operation_types); i++)
	{
		new_line(p);
		appendStringInfo(p->out, "%s: ", keywords[list_nth_int(node->operation_kinds, i)]);
		print_node(p, list_nth(node->operation_types, i));
	}
	p->indent--;
	new_line(p);
	put(p, "}");
}

/* directive @name(arguments) repeatable on LOCATIONS */
static void
print_directive_definition(Printer *p, const FsqTypeSystemNode *node)
{
	ListCell   *lc;

	appendStringInfo(p->out, "directive @%s", node->name->value);
	print_argument_definitions(p, node->arguments);
	if (node->repeatable)
		put(p, " repeatable");
	foreach(lc, node->locations)
	{
		put(p, foreach_current_index(lc) == 0 ? " on " : " | ");
		put(p, ((FsqName *) lfirst(lc))->value);
	}
}

/* keyword Name implements A & B @directives = X | Y {fields} */
static void
print_type_definition(Printer *p, const FsqTypeSystemNode *node)
{
	static const struct
	{
		FsqNodeKind kind;
		const char *keyword;
	}			keywords[] = {
		{FSQ_NODE_SCHEMA_DEFINITION, "schema"},
		{FSQ_NODE_SCALAR_DEFINITION, "scalar"},
		{FSQ_NODE_OBJECT_DEFINITION, "type"},
		{FSQ_NODE_INTERFACE_DEFINITION, "interface"},
		{FSQ_NODE_UNION_DEFINITION, "union"},
		{FSQ_NODE_ENUM_DEFINITION, "enum"},
		{FSQ_NODE_INPUT_OBJECT_DEFINITION, "input"},
	};

	if (node->extension)
		put(p, "extend ");
	for (int i = 0; i < lengthof(keywords); i++)
	{
		if (keywords[i].kind == node->node.kind)
			put(p, keywords[i].keyword);
	}
	if (node->name)
		appendStringInfo(p->out, " %s", node->name->value);
	if (node->interfaces != NIL)
	{
		put(p, " implements ");
		print_list(p, node->interfaces, " & ");
	}
	print_directives(p, node->directives);
	if (node->types != NIL)
	{
		put(p, " = ");
		print_list(p, node->types, " | ");
	}
	print_operation_types(p, node);
	print_block(p, node->fields);
}

/* A definition of the type system, or one of its parts. */
static void
print_type_system(Printer *p, const FsqTypeSystemNode *node)
{
	if (node->description)
	{
		print_value(p, node->description);
		new_line(p);
	}
	switch (node->node.kind)
	{
		case FSQ_NODE_DIRECTIVE_DEFINITION:
			print_directive_definition(p, node);
			break;
		case FSQ_NODE_FIELD_DEFINITION:
			put(p, node->name->value);
			print_argument_definitions(p, node->arguments);
			put(p, ": ");
			print_node(p, node->type);
			print_directives(p, node->directives);
			break;
		case FSQ_NODE_INPUT_VALUE_DEFINITION:
			appendStringInfo(p->out, "%s: ", node->name->value);
			print_node(p, node->type);
			if (node->default_value)
			{
				put(p, " = ");
				print_node(p, node->default_value);
			}
			print_directives(p, node->directives);
			break;
		case FSQ_NODE_ENUM_VALUE_DEFINITION:
			put(p, node->name->value);
			print_directives(p, node->directives);
			break;
		default:
			print_type_definition(p, node);
			break;
	}
}

/* Any node. */
static void
print_node(Printer *p, const FsqNode *node)
{
	CHECK_FOR_INTERRUPTS();

	switch (node->kind)
	{
		case FSQ_NODE_DOCUMENT:
			print_list(p, ((const FsqDocument *) node)->definitions, "\n\n");
			break;
		case FSQ_NODE_OPERATION:
			print_operation(p, (const FsqOperationNode *) node);
			break;
		case FSQ_NODE_FRAGMENT_DEFINITION:
			print_fragment(p, (const FsqFragmentNode *) node);
			break;
		case FSQ_NODE_VARIABLE_DEFINITION:
			print_variable_definition(p, (const FsqVariableDefinitionNode *) node);
			break;
		case FSQ_NODE_FIELD:
			print_field(p, (const FsqFieldNode *) node);
			break;
		case FSQ_NODE_FRAGMENT_SPREAD:
			appendStringInfo(p->out, "...%s", ((const FsqFragmentSpreadNode *) node)->name->value);
			print_directives(p, ((const FsqFragmentSpreadNode *) node)->directives);
			break;
		case FSQ_NODE_INLINE_FRAGMENT:
			print_inline_fragment(p, (const FsqInlineFragmentNode *) node);
			break;
		case FSQ_NODE_ARGUMENT:
		case FSQ_NODE_OBJECT_FIELD:
			appendStringInfo(p->out, "%s: ", ((const FsqArgumentNode *) node)->name->value);
			print_node(p, ((const FsqArgumentNode *) node)->value);
			break;
		case FSQ_NODE_DIRECTIVE:
			appendStringInfo(p->out, "@%s", ((const FsqDirectiveNode *) node)->name->value);
			print_parenthesised(p, ((const FsqDirectiveNode *) node)->arguments);
			break;
		case FSQ_NODE_VARIABLE:
		case FSQ_NODE_INT:
		case FSQ_NODE_FLOAT:
		case FSQ_NODE_STRING:
		case FSQ_NODE_BOOLEAN:
		case FSQ_NODE_NULL:
		case FSQ_NODE_ENUM:
		case FSQ_NODE_LIST:
		case FSQ_NODE_OBJECT:
			print_value(p, (const FsqValueNode *) node);
			break;
		case FSQ_NODE_NAMED_TYPE:
		case FSQ_NODE_LIST_TYPE:
		case FSQ_NODE_NON_NULL_TYPE:
			print_type(p, (const FsqTypeNode *) node);
			break;
		default:
			print_type_system(p, (const FsqTypeSystemNode *) node);
			break;
	}
}

/* Append the text of a node as graphql-js's print() gives it. */
void
fsq_print_node(StringInfo out, const FsqNode *node)
{
	Printer		p = {out, 0};

	print_node(&p, node);
}

/* The text of a node, in the current memory context. */
char *
fsq_node_text(const FsqNode *node)
{
	StringInfoData out;

	initStringInfo(&out);
	fsq_print_node(&out, node);
	return out.data;
}
