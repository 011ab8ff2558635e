/*-------------------------------------------------------------------------
 *
 * parser_sdl.c
 *	  From tokens to a syntax tree: definitions and extensions of the type
 *	  system.  All are FsqTypeSystemNode.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/parser.h"

/* The parts that a kind of type may have after its name. */
typedef struct TypeForm
{
	const char *keyword;
	FsqNodeKind kind;
	bool		interfaces;
	bool		members;		/* union members */
	FsqParseFunction field;		/* of a braced list, or NULL */
} TypeForm;

static void *parse_field_definition(FsqParser *parser);
static void *parse_input_value(FsqParser *parser);
static void *parse_enum_value(FsqParser *parser);

static const TypeForm type_forms[] = {
	{"scalar", FSQ_NODE_SCALAR_DEFINITION, false, false, NULL},
	{"type", FSQ_NODE_OBJECT_DEFINITION, true, false, parse_field_definition},
	{"interface", FSQ_NODE_INTERFACE_DEFINITION, true, false, parse_field_definition},
	{"union", FSQ_NODE_UNION_DEFINITION, false, true, NULL},
	{"enum", FSQ_NODE_ENUM_DEFINITION, false, false, parse_enum_value},
	{"input", FSQ_NODE_INPUT_OBJECT_DEFINITION, false, false, parse_input_value},
};

static const char *const directive_locations[] = {
	"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION",
	"FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION",
	"SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION",
	"INTERFACE", "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT",
	"INPUT_FIELD_DEFINITION"
};

/* A description if there is one, else NULL. */
static FsqValueNode *
parse_description(FsqParser *parser)
{
	if (!fsq_parser_peek(parser, FSQ_TOKEN_STRING) && !fsq_parser_peek(parser, FSQ_TOKEN_BLOCK_STRING))
		return NULL;
	return (FsqValueNode *) fsq_parser_value(parser, true);
}

/* A new definition that begins at the current token, with its description. */
static FsqTypeSystemNode *
begin_definition(FsqParser *parser, FsqNodeKind kind)
{
	FsqTypeSystemNode *node = fsq_parser_node(parser, sizeof(FsqTypeSystemNode), kind);

	node->description = parse_description(parser);
	return node;
}

/* name: Type = default @directives, of an argument or an input field. */
static void *
parse_input_value(FsqParser *parser)
{
	FsqTypeSystemNode *node = begin_definition(parser, FSQ_NODE_INPUT_VALUE_DEFINITION);

	node->name = fsq_parser_name(parser);
	fsq_parser_expect(parser, FSQ_TOKEN_COLON);
	node->type = fsq_parser_type(parser);
	if (fsq_parser_accept(parser, FSQ_TOKEN_EQUALS))
		node->default_value = fsq_parser_value(parser, true);
	node->directives = fsq_parser_directives(parser, true);
	return fsq_parser_finish(parser, node);
}

/* name(arguments): Type @directives */
static void *
parse_field_definition(FsqParser *parser)
{
	FsqTypeSystemNode *node = begin_definition(parser, FSQ_NODE_FIELD_DEFINITION);

	node->name = fsq_parser_name(parser);
	node->arguments = fsq_parser_optional_many(parser, FSQ_TOKEN_PAREN_L, parse_input_value, FSQ_TOKEN_PAREN_R);
	fsq_parser_expect(parser, FSQ_TOKEN_COLON);
	node->type = fsq_parser_type(parser);
	node->directives = fsq_parser_directives(parser, true);
	return fsq_parser_finish(parser, node);
}

/* NAME @directives */
static void *
parse_enum_value(FsqParser *parser)
{
	FsqTypeSystemNode *node = begin_definition(parser, FSQ_NODE_ENUM_VALUE_DEFINITION);

	if (fsq_token_is(parser, &parser->token, "true") ||
		fsq_token_is(parser, &parser->token, "false") ||
		fsq_token_is(parser, &parser->token, "null"))
		fsq_parser_error(parser, parser->token.start,
						 psprintf("%s is reserved and cannot be used for an enum value.",
								  fsq_token_text(&parser->lexer, &parser->token)));
	node->name = fsq_parser_name(parser);
	node->directives = fsq_parser_directives(parser, true);
	return fsq_parser_finish(parser, node);
}

/* query: Type, in a schema definition; the node's kind is unused there. */
static void *
parse_operation_type(FsqParser *parser)
{
	FsqTypeNode *node;
	int			start = parser->token.start;
	FsqOperationKind operation = fsq_parser_operation_kind(parser);

	fsq_parser_expect(parser, FSQ_TOKEN_COLON);
	node = fsq_parser_named_type(parser);
	/* The pair travels as a list of two until the schema takes it apart. */
	return list_make2(list_make2_int(operation, start), node);
}

/* Take the operation types of a schema apart into the node's two lists. */
static void
set_operation_types(FsqTypeSystemNode *node, List *pairs)
{
	ListCell   *lc;

	foreach(lc, pairs)
	{
		List	   *pair = lfirst(lc);

		node->operation_kinds = lappend_int(node->operation_kinds, linitial_int((List *) linitial(pair)));
		node->operation_starts = lappend_int(node->operation_starts, lsecond_int((List *) linitial(pair)));
		node->operation_types = lappend(node->operation_types, lsecond(pair));
	}
}

/* schema { query: Query }, or an extension of it. */
static FsqNode *
parse_schema(FsqParser *parser, FsqTypeSystemNode *node)
{
	fsq_parser_expect_keyword(parser, "schema");
	node->directives = fsq_parser_directives(parser, true);
	if (node->extension)
		set_operation_types(node, fsq_parser_optional_many(parser, FSQ_TOKEN_BRACE_L,
														   parse_operation_type, FSQ_TOKEN_BRACE_R));
	else
		set_operation_types(node, fsq_parser_many(parser, FSQ_TOKEN_BRACE_L,
												  parse_operation_type, FSQ_TOKEN_BRACE_R));
	if (node->extension && node->directives == NIL && node->operation_types == NIL)
		fsq_parser_unexpected(parser, &parser->token);
	return fsq_parser_finish(parser, node);
}

/* A type of a form, or an extension of it, which must extend something. */
static FsqNode *
parse_type(FsqParser *parser, FsqTypeSystemNode *node, const TypeForm *form)
{
	fsq_parser_expect_keyword(parser, form->keyword);
	node->name = fsq_parser_name(parser);
	if (form->interfaces && fsq_parser_accept_keyword(parser, "implements"))
		node->interfaces = fsq_parser_delimited(parser, FSQ_TOKEN_AMP, fsq_parser_named_type);
	node->directives = fsq_parser_directives(parser, true);
	if (form->members && fsq_parser_accept(parser, FSQ_TOKEN_EQUALS))
		node->types = fsq_parser_delimited(parser, FSQ_TOKEN_PIPE, fsq_parser_named_type);
	if (form->field != NULL)
		node->fields = fsq_parser_optional_many(parser, FSQ_TOKEN_BRACE_L, form->field, FSQ_TOKEN_BRACE_R);
	if (node->extension && node->interfaces == NIL && node->directives == NIL &&
		node->types == NIL && node->fields == NIL)
		fsq_parser_unexpected(parser, &parser->token);
	return fsq_parser_finish(parser, node);
}

/* The name of a place where a directive may stand. */
static void *
parse_directive_location(FsqParser *parser)
{
	FsqToken	token = parser->token;
	FsqName    *name = fsq_parser_name(parser);

	for (int i = 0; i < lengthof(directive_locations); i++)
	{
		if (strcmp(name->value, directive_locations[i]) == 0)
			return name;
	}
	fsq_parser_unexpected(parser, &token);
	return name;
}

/* directive @name(arguments) repeatable on LOCATIONS */
static FsqNode *
parse_directive_definition(FsqParser *parser, FsqTypeSystemNode *node)
{
	fsq_parser_expect_keyword(parser, "directive");
	fsq_parser_expect(parser, FSQ_TOKEN_AT);
	node->name = fsq_parser_name(parser);
	node->arguments = fsq_parser_optional_many(parser, FSQ_TOKEN_PAREN_L, parse_input_value, FSQ_TOKEN_PAREN_R);
	node->repeatable = fsq_parser_accept_keyword(parser, "repeatable");
	fsq_parser_expect_keyword(parser, "on");
	node->locations = fsq_parser_delimited(parser, FSQ_TOKEN_PIPE, parse_directive_location);
	return fsq_parser_finish(parser, node);
}

/* The form of type that a keyword begins, or NULL. */
static const TypeForm *
find_form(FsqParser *parser, const FsqToken *keyword)
{
	for (int i = 0; i < lengthof(type_forms); i++)
	{
		if (fsq_token_is(parser, keyword, type_forms[i].keyword))
			return &type_forms[i];
	}
	return NULL;
}

/*
 * A definition, whose keyword is given because a description may stand before
 * it.  NULL if the keyword begins none.
 */
FsqNode *
fsq_parser_type_system(FsqParser *parser, const FsqToken *keyword)
{
	const TypeForm *form = find_form(parser, keyword);

	if (form != NULL)
		return parse_type(parser, begin_definition(parser, form->kind), form);
	if (fsq_token_is(parser, keyword, "schema"))
		return parse_schema(parser, begin_definition(parser, FSQ_NODE_SCHEMA_DEFINITION));
	if (fsq_token_is(parser, keyword, "directive"))
		return parse_directive_definition(parser, begin_definition(parser, FSQ_NODE_DIRECTIVE_DEFINITION));
	return NULL;
}

/* An extension; "extend" is the current token. */
FsqNode *
fsq_parser_extension(FsqParser *parser)
{
	FsqToken	keyword = fsq_parser_lookahead(parser);
	const TypeForm *form = find_form(parser, &keyword);
	FsqTypeSystemNode *node;

	if (form == NULL && !fsq_token_is(parser, &keyword, "schema"))
	{
		fsq_parser_unexpected(parser, &keyword);
		return NULL;
	}
	node = fsq_parser_node(parser, sizeof(FsqTypeSystemNode),
						   form ? form->kind : FSQ_NODE_SCHEMA_DEFINITION);
	node->extension = true;
	fsq_parser_advance(parser);
	return form ? parse_type(parser, node, form) : parse_schema(parser, node);
}
