/*-------------------------------------------------------------------------
 *
 * lexer.h
 *	  From the text of a document to tokens; used by the parser alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_LEXER_H
#define FSQ_GRAPHQL_LEXER_H

#include "postgres.h"

#include "graphql/error.h"

typedef enum FsqTokenKind
{
	FSQ_TOKEN_SOF,
	FSQ_TOKEN_EOF,
	FSQ_TOKEN_BANG,
	FSQ_TOKEN_DOLLAR,
	FSQ_TOKEN_AMP,
	FSQ_TOKEN_PAREN_L,
	FSQ_TOKEN_PAREN_R,
	FSQ_TOKEN_SPREAD,
	FSQ_TOKEN_COLON,
	FSQ_TOKEN_EQUALS,
	FSQ_TOKEN_AT,
	FSQ_TOKEN_BRACKET_L,
	FSQ_TOKEN_BRACKET_R,
	FSQ_TOKEN_BRACE_L,
	FSQ_TOKEN_PIPE,
	FSQ_TOKEN_BRACE_R,
	FSQ_TOKEN_NAME,
	FSQ_TOKEN_INT,
	FSQ_TOKEN_FLOAT,
	FSQ_TOKEN_STRING,
	FSQ_TOKEN_BLOCK_STRING,
	FSQ_TOKEN_ERROR				/* an error was added; nothing follows */
} FsqTokenKind;

/*
 * A token.  Strings have their value, escapes undone; the text of the others
 * is the source between start and end.
 */
typedef struct FsqToken
{
	FsqTokenKind kind;
	int			start;
	int			end;
	char	   *value;
	int			length;
} FsqToken;

typedef struct FsqLexer
{
	const char *source;			/* null-terminated */
	int			length;
	int			position;		/* where the next token is looked for */
	FsqErrorList *errors;
} FsqLexer;

/* Read the next token; of kind ERROR after adding an error. */
extern void fsq_lexer_next(FsqLexer *lexer, FsqToken *token);

/* A token as messages name it: Name "foo", "{", <EOF>. */
extern char *fsq_token_text(const FsqLexer *lexer, const FsqToken *token);
extern const char *fsq_token_kind_text(FsqTokenKind kind);

#endif							/* FSQ_GRAPHQL_LEXER_H */
