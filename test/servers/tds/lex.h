/*
 * lex.h
 *	  The tokens of T-SQL.
 */
#ifndef TDS_LEX_H
#define TDS_LEX_H

#include "util.h"

typedef enum TokKind
{
	T_EOF, T_ID, T_QID, T_STR, T_NSTR, T_NUM, T_MONEY, T_BIN, T_VAR, T_GLOBAL, T_OP
} TokKind;

typedef struct Tok
{
	TokKind		k;
	const char *s;				/* name or value, unquoted */
	const char *near;			/* as error messages show it */
	int			line;
	bool		reserved;		/* an unquoted reserved word */
	size_t		begin,
				end;			/* where it stands in the text */
} Tok;

extern Tok *lex(const char *sql, bool quoted_identifier, int *count);
extern bool is_reserved(const char *word);

#endif
