/*-------------------------------------------------------------------------
 *
 * parser.h
 *	  What the two halves of the parser share: parser.c (executable
 *	  documents, values, types) and parser_sdl.c (type-system documents).
 *
 *	  After an error the current token is of kind ERROR, which nothing
 *	  expects and every loop stops at, so that all functions return at once.
 *	  What they return then is never used.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_PARSER_H
#define FSQ_GRAPHQL_PARSER_H

#include "graphql/ast.h"
#include "graphql/lexer.h"

typedef struct FsqParser
{
	FsqLexer	lexer;
	FsqToken	token;			/* the current token */
	int			last_end;		/* end of the token before it */
	int			token_count;
	int			depth;
} FsqParser;

typedef void *(*FsqParseFunction) (FsqParser *parser);

#define FSQ_PARSER_FAILED(parser) ((parser)->token.kind == FSQ_TOKEN_ERROR)

extern void *fsq_parser_node(FsqParser *parser, Size size, FsqNodeKind kind);
extern void *fsq_parser_finish(FsqParser *parser, void *node);
extern void fsq_parser_error(FsqParser *parser, int position, const char *message);
extern void fsq_parser_unexpected(FsqParser *parser, const FsqToken *token);

extern void fsq_parser_advance(FsqParser *parser);
extern FsqToken fsq_parser_lookahead(FsqParser *parser);
extern bool fsq_parser_peek(FsqParser *parser, FsqTokenKind kind);
extern bool fsq_parser_accept(FsqParser *parser, FsqTokenKind kind);
extern void fsq_parser_expect(FsqParser *parser, FsqTokenKind kind);
extern bool fsq_token_is(FsqParser *parser, const FsqToken *token, const char *keyword);
extern bool fsq_parser_accept_keyword(FsqParser *parser, const char *keyword);
extern void fsq_parser_expect_keyword(FsqParser *parser, const char *keyword);

extern List *fsq_parser_many(FsqParser *parser, FsqTokenKind open,
							 FsqParseFunction parse, FsqTokenKind close);
extern List *fsq_parser_optional_many(FsqParser *parser, FsqTokenKind open,
									  FsqParseFunction parse, FsqTokenKind close);
extern List *fsq_parser_delimited(FsqParser *parser, FsqTokenKind delimiter,
								  FsqParseFunction parse);

extern FsqName *fsq_parser_name(FsqParser *parser);
extern FsqOperationKind fsq_parser_operation_kind(FsqParser *parser);
extern FsqNode *fsq_parser_value(FsqParser *parser, bool constant);
extern FsqNode *fsq_parser_type(FsqParser *parser);
extern void *fsq_parser_named_type(FsqParser *parser);
extern List *fsq_parser_directives(FsqParser *parser, bool constant);

/* parser_sdl.c: a definition whose keyword is this token, or NULL if it is none. */
extern FsqNode *fsq_parser_type_system(FsqParser *parser, const FsqToken *keyword);
extern FsqNode *fsq_parser_extension(FsqParser *parser);

#endif							/* FSQ_GRAPHQL_PARSER_H */
