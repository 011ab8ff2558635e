/*-------------------------------------------------------------------------
 *
 * token.h
 *	  Opaque texts that name rows: cursors and node ids.
 *
 *	  A token has what it is a token of (the order of a connection, or a type)
 *	  and values of a row as text.  It is no secret, and nothing is taken from
 *	  it on trust: its values are parameters like any others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_PLAN_TOKEN_H
#define FSQ_PLAN_TOKEN_H

#include "postgres.h"

#include "graphql/coerce.h"
#include "lib/stringinfo.h"

typedef enum FsqTokenKind
{
	FSQ_TOKEN_CURSOR = 'c',		/* its subject is the fingerprint of an order */
	FSQ_TOKEN_NODE = 'n'		/* its subject is the name of a type */
} FsqTokenKind;

/* A value as text in UTF-8; text NULL: null. */
typedef struct FsqTokenValue
{
	const char *text;
	int			length;
} FsqTokenValue;

typedef struct FsqToken
{
	FsqTokenKind kind;
	const char *subject;
	int			subject_length;
	int			nvalues;
	FsqTokenValue *values;
} FsqToken;

/* Append a token's text: letters, digits, - and _ only. */
extern void fsq_token_write(StringInfo out, const FsqToken *token);

/*
 * Read a token of that kind, in the current context; false if the text is not
 * one.
 */
extern bool fsq_token_read(FsqTokenKind kind, const char *text, int length, FsqToken *token);

/*
 * Append what a plan depends on of a value that is a token: its subject, and
 * which of its values are null.
 */
extern void fsq_token_shape(StringInfo shape, FsqTokenKind kind, const FsqInput *input);

#endif							/* FSQ_PLAN_TOKEN_H */
