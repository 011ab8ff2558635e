/*-------------------------------------------------------------------------
 *
 * parser.c
 *	  From tokens to a syntax tree: the document, operations, fragments,
 *	  values and type references.  parser_sdl.c has the type system.
 *
 *	  Recursive descent with one token of lookahead, in time linear in the
 *	  document, with the messages and positions of graphql-js.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/parser.h"

static void *parse_selection(FsqParser *parser);

/* A new node that begins at the current token. */
void *
fsq_parser_node(FsqParser *parser, Size size, FsqNodeKind kind)
{
	FsqNode    *node = palloc0(size);

	node->kind = kind;
	node->start = parser->token.start;
	return node;
}

/* Note that a node ends at the token before the current one. */
void *
fsq_parser_finish(FsqParser *parser, void *node)
{
	((FsqNode *) node)->end = parser->last_end;
	return node;
}

/* Add an error, unless there is one, and stop the parse. */
void
fsq_parser_error(FsqParser *parser, int position, const char *message)
{
	if (FSQ_PARSER_FAILED(parser))
		return;
	fsq_error_at(parser->lexer.errors, FSQ_PARSE_ERROR, position, "Syntax Error: %s", message);
	parser->token.kind = FSQ_TOKEN_ERROR;
}

/* Add the error of a token that cannot stand where it stands. */
void
fsq_parser_unexpected(FsqParser *parser, const FsqToken *token)
{
	if (!FSQ_PARSER_FAILED(parser) && token->kind != FSQ_TOKEN_ERROR)
		fsq_parser_error(parser, token->start,
						 psprintf("Unexpected %s.", fsq_token_text(&parser->lexer, token)));
}

/* Go to the next token. */
void
fsq_parser_advance(FsqParser *parser)
{
	if (FSQ_PARSER_FAILED(parser))
		return;
	parser->last_end = parser->token.end;
	parser->token_count++;
	fsq_lexer_next(&parser->lexer, &parser->token);
}

/* The token after the current one; the current one becomes ERROR if that is. */
FsqToken
fsq_parser_lookahead(FsqParser *parser)
{
	int			position = parser->lexer.position;
	FsqToken	token;

	if (FSQ_PARSER_FAILED(parser))
		return parser->token;
	fsq_lexer_next(&parser->lexer, &token);
	parser->lexer.position = position;
	if (token.kind == FSQ_TOKEN_ERROR)
		parser->token = token;
	return token;
}

/* Whether the current token is of a kind. */
bool
fsq_parser_peek(FsqParser *parser, FsqTokenKind kind)
{
	return parser->token.kind == kind;
}

/* Go past the current token if it is of a kind; says whether it was. */
bool
fsq_parser_accept(FsqParser *parser, FsqTokenKind kind)
{
	if (parser->token.kind != kind)
		return false;
	fsq_parser_advance(parser);
	return true;
}

/* Go past a token of a kind, which must be there. */
void
fsq_parser_expect(FsqParser *parser, FsqTokenKind kind)
{
	if (fsq_parser_accept(parser, kind) || FSQ_PARSER_FAILED(parser))
		return;
	fsq_parser_error(parser, parser->token.start,
					 psprintf("Expected %s, found %s.", fsq_token_kind_text(kind),
							  fsq_token_text(&parser->lexer, &parser->token)));
}

/* Whether a token is a keyword. */
bool
fsq_token_is(FsqParser *parser, const FsqToken *token, const char *keyword)
{
	int			length = token->end - token->start;

	return token->kind == FSQ_TOKEN_NAME &&
		strncmp(parser->lexer.source + token->start, keyword, length) == 0 &&
		keyword[length] == '\0';
}

/* Go past a keyword if it is there; says whether it was. */
bool
fsq_parser_accept_keyword(FsqParser *parser, const char *keyword)
{
	if (!fsq_token_is(parser, &parser->token, keyword))
		return false;
	fsq_parser_advance(parser);
	return true;
}

/* Go past a keyword, which must be there. */
void
fsq_parser_expect_keyword(FsqParser *parser, const char *keyword)
{
	if (fsq_parser_accept_keyword(parser, keyword) || FSQ_PARSER_FAILED(parser))
		return;
	fsq_parser_error(parser, parser->token.start,
					 psprintf("Expected \"%s\", found %s.", keyword,
							  fsq_token_text(&parser->lexer, &parser->token)));
}

/* One or more nodes between two tokens. */
List *
fsq_parser_many(FsqParser *parser, FsqTokenKind open, FsqParseFunction parse, FsqTokenKind close)
{
	List	   *nodes = NIL;

	fsq_parser_expect(parser, open);
	do
	{
		if (FSQ_PARSER_FAILED(parser))
			break;
		nodes = lappend(nodes, parse(parser));
	} while (!fsq_parser_accept(parser, close));
	return nodes;
}

/* One or more nodes between two tokens, or nothing at all. */
List *
fsq_parser_optional_many(FsqParser *parser, FsqTokenKind open, FsqParseFunction parse, FsqTokenKind close)
{
	return fsq_parser_peek(parser, open) ? fsq_parser_many(parser, open, parse, close) : NIL;
}

/* One or more nodes between which a token stands; it may also come first. */
List *
fsq_parser_delimited(FsqParser *parser, FsqTokenKind delimiter, FsqParseFunction parse)
{
	List	   *nodes = NIL;

	fsq_parser_accept(parser, delimiter);
	do
	{
		nodes = lappend(nodes, parse(parser));
	} while (fsq_parser_accept(parser, delimiter));
	return nodes;
}

/* Go one level deeper; false, after an error, if that is too deep. */
static bool
enter(FsqParser *parser)
{
	if (parser->depth >= FSQ_MAX_DEPTH)
	{
		fsq_parser_error(parser, parser->token.start,
						 psprintf("Document is nested more than %d levels deep.", FSQ_MAX_DEPTH));
		return false;
	}
	parser->depth++;
	return true;
}

/* The text of a token, null-terminated. */
static char *
token_value(FsqParser *parser, const FsqToken *token)
{
	return pnstrdup(parser->lexer.source + token->start, token->end - token->start);
}

/* A name. */
FsqName *
fsq_parser_name(FsqParser *parser)
{
	FsqName    *name = palloc(sizeof(FsqName));

	name->start = parser->token.start;
	name->value = fsq_parser_peek(parser, FSQ_TOKEN_NAME) ?
		token_value(parser, &parser->token) : pstrdup("");
	fsq_parser_expect(parser, FSQ_TOKEN_NAME);
	return name;
}

/* A named type reference. */
void *
fsq_parser_named_type(FsqParser *parser)
{
	FsqTypeNode *node = fsq_parser_node(parser, sizeof(FsqTypeNode), FSQ_NODE_NAMED_TYPE);

	node->name = fsq_parser_name(parser);
	return fsq_parser_finish(parser, node);
}

/* A type reference: named, list or non-null. */
FsqNode *
fsq_parser_type(FsqParser *parser)
{
	FsqTypeNode *node;

	if (fsq_parser_peek(parser, FSQ_TOKEN_BRACKET_L))
	{
		node = fsq_parser_node(parser, sizeof(FsqTypeNode), FSQ_NODE_LIST_TYPE);
		if (!enter(parser))
			return NULL;
		fsq_parser_advance(parser);
		node->inner = fsq_parser_type(parser);
		fsq_parser_expect(parser, FSQ_TOKEN_BRACKET_R);
		fsq_parser_finish(parser, node);
		parser->depth--;
	}
	else
		node = fsq_parser_named_type(parser);

	if (fsq_parser_accept(parser, FSQ_TOKEN_BANG))
	{
		FsqTypeNode *outer = fsq_parser_node(parser, sizeof(FsqTypeNode), FSQ_NODE_NON_NULL_TYPE);

		outer->node.start = node->node.start;
		outer->inner = (FsqNode *) node;
		node = fsq_parser_finish(parser, outer);
	}
	return (FsqNode *) node;
}

/* name: value, in an argument list or an object. */
static FsqArgumentNode *
parse_name_value(FsqParser *parser, FsqNodeKind kind, bool constant)
{
	FsqArgumentNode *node = fsq_parser_node(parser, sizeof(FsqArgumentNode), kind);

	node->name = fsq_parser_name(parser);
	fsq_parser_expect(parser, FSQ_TOKEN_COLON);
	node->value = fsq_parser_value(parser, constant);
	return fsq_parser_finish(parser, node);
}

static void *
parse_argument(FsqParser *parser)
{
	return parse_name_value(parser, FSQ_NODE_ARGUMENT, false);
}

static void *
parse_const_argument(FsqParser *parser)
{
	return parse_name_value(parser, FSQ_NODE_ARGUMENT, true);
}

/* A list or an object, whose opening token is the current one. */
static void
parse_members(FsqParser *parser, FsqValueNode *node, bool constant)
{
	bool		is_list = node->node.kind == FSQ_NODE_LIST;
	FsqTokenKind close = is_list ? FSQ_TOKEN_BRACKET_R : FSQ_TOKEN_BRACE_R;

	if (!enter(parser))
		return;
	fsq_parser_advance(parser);
	while (!fsq_parser_accept(parser, close) && !FSQ_PARSER_FAILED(parser))
	{
		if (is_list)
			node->items = lappend(node->items, fsq_parser_value(parser, constant));
		else
			node->fields = lappend(node->fields,
								   parse_name_value(parser, FSQ_NODE_OBJECT_FIELD, constant));
	}
	parser->depth--;
}

/* A variable, or the error of one where a constant must be. */
static void
parse_variable(FsqParser *parser, FsqValueNode *node, bool constant)
{
	FsqToken	dollar = parser->token;

	fsq_parser_expect(parser, FSQ_TOKEN_DOLLAR);
	if (!constant)
	{
		node->str = fsq_parser_name(parser)->value;
		return;
	}
	if (fsq_parser_peek(parser, FSQ_TOKEN_NAME))
		fsq_parser_error(parser, dollar.start,
						 psprintf("Unexpected variable \"$%s\" in constant value.",
								  token_value(parser, &parser->token)));
	else
		fsq_parser_unexpected(parser, &dollar);
}

/* The kind of value that a name is. */
static FsqNodeKind
name_kind(FsqParser *parser)
{
	if (fsq_token_is(parser, &parser->token, "true") || fsq_token_is(parser, &parser->token, "false"))
		return FSQ_NODE_BOOLEAN;
	if (fsq_token_is(parser, &parser->token, "null"))
		return FSQ_NODE_NULL;
	return FSQ_NODE_ENUM;
}

/* A value; a constant one has no variables. */
FsqNode *
fsq_parser_value(FsqParser *parser, bool constant)
{
	FsqToken	token = parser->token;
	FsqValueNode *node = fsq_parser_node(parser, sizeof(FsqValueNode), FSQ_NODE_NULL);

	switch (token.kind)
	{
		case FSQ_TOKEN_BRACKET_L:
			node->node.kind = FSQ_NODE_LIST;
			parse_members(parser, node, constant);
			break;
		case FSQ_TOKEN_BRACE_L:
			node->node.kind = FSQ_NODE_OBJECT;
			parse_members(parser, node, constant);
			break;
		case FSQ_TOKEN_DOLLAR:
			node->node.kind = FSQ_NODE_VARIABLE;
			parse_variable(parser, node, constant);
			break;
		case FSQ_TOKEN_INT:
		case FSQ_TOKEN_FLOAT:
			node->node.kind = token.kind == FSQ_TOKEN_INT ? FSQ_NODE_INT : FSQ_NODE_FLOAT;
			node->str = token_value(parser, &token);
			node->length = token.end - token.start;
			fsq_parser_advance(parser);
			break;
		case FSQ_TOKEN_STRING:
		case FSQ_TOKEN_BLOCK_STRING:
			node->node.kind = FSQ_NODE_STRING;
			node->block = token.kind == FSQ_TOKEN_BLOCK_STRING;
			node->str = token.value;
			node->length = token.length;
			fsq_parser_advance(parser);
			break;
		case FSQ_TOKEN_NAME:
			node->node.kind = name_kind(parser);
			node->str = token_value(parser, &token);
			node->length = token.end - token.start;
			node->boolean = node->node.kind == FSQ_NODE_BOOLEAN && node->str[0] == 't';
			fsq_parser_advance(parser);
			break;
		default:
			fsq_parser_unexpected(parser, &token);
			break;
	}
	return fsq_parser_finish(parser, node);
}

/* Any number of directives; constant ones have no variables. */
List *
fsq_parser_directives(FsqParser *parser, bool constant)
{
	List	   *directives = NIL;

	while (fsq_parser_peek(parser, FSQ_TOKEN_AT))
	{
		FsqDirectiveNode *node = fsq_parser_node(parser, sizeof(FsqDirectiveNode), FSQ_NODE_DIRECTIVE);

		fsq_parser_advance(parser);
		node->name = fsq_parser_name(parser);
		node->arguments = fsq_parser_optional_many(parser, FSQ_TOKEN_PAREN_L,
												   constant ? parse_const_argument : parse_argument,
												   FSQ_TOKEN_PAREN_R);
		directives = lappend(directives, fsq_parser_finish(parser, node));
	}
	return directives;
}

/* A selection set; *start is the offset of its brace. */
static List *
parse_selection_set(FsqParser *parser, int *start)
{
	List	   *selections;

	*start = parser->token.start;
	if (!enter(parser))
		return NIL;
	selections = fsq_parser_many(parser, FSQ_TOKEN_BRACE_L, parse_selection, FSQ_TOKEN_BRACE_R);
	parser->depth--;
	return selections;
}

/* A field. */
static FsqNode *
parse_field(FsqParser *parser)
{
	FsqFieldNode *node = fsq_parser_node(parser, sizeof(FsqFieldNode), FSQ_NODE_FIELD);

	node->name = fsq_parser_name(parser);
	if (fsq_parser_accept(parser, FSQ_TOKEN_COLON))
	{
		node->alias = node->name;
		node->name = fsq_parser_name(parser);
	}
	node->arguments = fsq_parser_optional_many(parser, FSQ_TOKEN_PAREN_L, parse_argument, FSQ_TOKEN_PAREN_R);
	node->directives = fsq_parser_directives(parser, false);
	node->selection_start = -1;
	if (fsq_parser_peek(parser, FSQ_TOKEN_BRACE_L))
		node->selections = parse_selection_set(parser, &node->selection_start);
	return fsq_parser_finish(parser, node);
}

/* The name of a fragment, which is not "on". */
static FsqName *
parse_fragment_name(FsqParser *parser)
{
	if (fsq_token_is(parser, &parser->token, "on"))
		fsq_parser_unexpected(parser, &parser->token);
	return fsq_parser_name(parser);
}

/* A fragment spread or an inline fragment. */
static FsqNode *
parse_fragment(FsqParser *parser)
{
	FsqInlineFragmentNode *node = fsq_parser_node(parser, sizeof(FsqInlineFragmentNode),
												  FSQ_NODE_INLINE_FRAGMENT);
	bool		has_condition;

	fsq_parser_expect(parser, FSQ_TOKEN_SPREAD);
	has_condition = fsq_parser_accept_keyword(parser, "on");
	if (!has_condition && fsq_parser_peek(parser, FSQ_TOKEN_NAME))
	{
		FsqFragmentSpreadNode *spread = fsq_parser_node(parser, sizeof(FsqFragmentSpreadNode),
														FSQ_NODE_FRAGMENT_SPREAD);

		spread->node.start = node->node.start;
		spread->name = parse_fragment_name(parser);
		spread->directives = fsq_parser_directives(parser, false);
		return fsq_parser_finish(parser, spread);
	}
	if (has_condition)
		node->type_condition = fsq_parser_name(parser);
	node->directives = fsq_parser_directives(parser, false);
	node->selections = parse_selection_set(parser, &node->selection_start);
	return fsq_parser_finish(parser, node);
}

static void *
parse_selection(FsqParser *parser)
{
	return fsq_parser_peek(parser, FSQ_TOKEN_SPREAD) ? parse_fragment(parser) : parse_field(parser);
}

/* $name: Type = default @directives */
static void *
parse_variable_definition(FsqParser *parser)
{
	FsqVariableDefinitionNode *node = fsq_parser_node(parser, sizeof(FsqVariableDefinitionNode),
													  FSQ_NODE_VARIABLE_DEFINITION);

	fsq_parser_expect(parser, FSQ_TOKEN_DOLLAR);
	node->name = fsq_parser_name(parser);
	fsq_parser_expect(parser, FSQ_TOKEN_COLON);
	node->type = fsq_parser_type(parser);
	if (fsq_parser_accept(parser, FSQ_TOKEN_EQUALS))
		node->default_value = fsq_parser_value(parser, true);
	node->directives = fsq_parser_directives(parser, true);
	return fsq_parser_finish(parser, node);
}

/* query, mutation or subscription. */
FsqOperationKind
fsq_parser_operation_kind(FsqParser *parser)
{
	FsqToken	token = parser->token;

	fsq_parser_expect(parser, FSQ_TOKEN_NAME);
	if (fsq_token_is(parser, &token, "mutation"))
		return FSQ_MUTATION;
	if (fsq_token_is(parser, &token, "subscription"))
		return FSQ_SUBSCRIPTION;
	if (!fsq_token_is(parser, &token, "query"))
		fsq_parser_unexpected(parser, &token);
	return FSQ_QUERY;
}

/* An operation, also of the short form that is a selection set alone. */
static FsqNode *
parse_operation(FsqParser *parser)
{
	FsqOperationNode *node = fsq_parser_node(parser, sizeof(FsqOperationNode), FSQ_NODE_OPERATION);

	node->operation = FSQ_QUERY;
	if (!fsq_parser_peek(parser, FSQ_TOKEN_BRACE_L))
	{
		node->operation = fsq_parser_operation_kind(parser);
		if (fsq_parser_peek(parser, FSQ_TOKEN_NAME))
			node->name = fsq_parser_name(parser);
		node->variables = fsq_parser_optional_many(parser, FSQ_TOKEN_PAREN_L,
												   parse_variable_definition, FSQ_TOKEN_PAREN_R);
		node->directives = fsq_parser_directives(parser, false);
	}
	node->selections = parse_selection_set(parser, &node->selection_start);
	return fsq_parser_finish(parser, node);
}

/* A fragment definition. */
static FsqNode *
parse_fragment_definition(FsqParser *parser)
{
	FsqFragmentNode *node = fsq_parser_node(parser, sizeof(FsqFragmentNode), FSQ_NODE_FRAGMENT_DEFINITION);

	fsq_parser_expect_keyword(parser, "fragment");
	node->name = parse_fragment_name(parser);
	fsq_parser_expect_keyword(parser, "on");
	node->type_condition = fsq_parser_name(parser);
	node->directives = fsq_parser_directives(parser, false);
	node->selections = parse_selection_set(parser, &node->selection_start);
	return fsq_parser_finish(parser, node);
}

/* One definition of a document. */
static void *
parse_definition(FsqParser *parser)
{
	bool		described = fsq_parser_peek(parser, FSQ_TOKEN_STRING) ||
		fsq_parser_peek(parser, FSQ_TOKEN_BLOCK_STRING);
	FsqToken	keyword = described ? fsq_parser_lookahead(parser) : parser->token;

	if (keyword.kind == FSQ_TOKEN_BRACE_L && !described)
		return parse_operation(parser);
	if (keyword.kind == FSQ_TOKEN_NAME)
	{
		FsqNode    *node = fsq_parser_type_system(parser, &keyword);

		if (node != NULL)
			return node;
		if (described)
			fsq_parser_error(parser, parser->token.start,
							 "Unexpected description, descriptions are supported only on type definitions.");
		else if (fsq_token_is(parser, &keyword, "query") ||
				 fsq_token_is(parser, &keyword, "mutation") ||
				 fsq_token_is(parser, &keyword, "subscription"))
			return parse_operation(parser);
		else if (fsq_token_is(parser, &keyword, "fragment"))
			return parse_fragment_definition(parser);
		else if (fsq_token_is(parser, &keyword, "extend"))
			return fsq_parser_extension(parser);
	}
	fsq_parser_unexpected(parser, &keyword);
	return NULL;
}

/* Prepare to parse a copy of a source; the current token is the first. */
static void
begin(FsqParser *parser, const char *source, int length, FsqErrorList *errors)
{
	memset(parser, 0, sizeof(FsqParser));
	parser->lexer.source = pnstrdup(source, length);
	parser->lexer.length = strlen(parser->lexer.source);
	parser->lexer.errors = errors;
	parser->token.kind = FSQ_TOKEN_SOF;
	fsq_parser_advance(parser);
	parser->token_count = 0;
}

/*
 * Parse a document.  Returns NULL after adding one error when it is not one.
 */
FsqDocument *
fsq_parse(const char *source, int length, FsqErrorList *errors)
{
	FsqParser	parser;
	FsqDocument *document;

	begin(&parser, source, length, errors);
	document = fsq_parser_node(&parser, sizeof(FsqDocument), FSQ_NODE_DOCUMENT);
	document->node.start = 0;
	do
	{
		document->definitions = lappend(document->definitions, parse_definition(&parser));
	} while (!fsq_parser_peek(&parser, FSQ_TOKEN_EOF) && !FSQ_PARSER_FAILED(&parser));

	if (FSQ_PARSER_FAILED(&parser))
		return NULL;
	document->source = parser.lexer.source;
	document->source_length = parser.lexer.length;
	document->token_count = parser.token_count;
	document->node.end = parser.lexer.length;
	return document;
}

/* As graphql-js's parseType; NULL after adding an error. */
FsqNode *
fsq_parse_type(const char *source, int length, FsqErrorList *errors)
{
	FsqParser	parser;
	FsqNode    *node;

	begin(&parser, source, length, errors);
	node = fsq_parser_type(&parser);
	fsq_parser_expect(&parser, FSQ_TOKEN_EOF);
	return FSQ_PARSER_FAILED(&parser) ? NULL : node;
}

/* As graphql-js's parseValue; NULL after adding an error. */
FsqNode *
fsq_parse_value(const char *source, int length, FsqErrorList *errors)
{
	FsqParser	parser;
	FsqNode    *node;

	begin(&parser, source, length, errors);
	node = fsq_parser_value(&parser, false);
	fsq_parser_expect(&parser, FSQ_TOKEN_EOF);
	return FSQ_PARSER_FAILED(&parser) ? NULL : node;
}
