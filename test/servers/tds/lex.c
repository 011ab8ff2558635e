/*
 * lex.c
 *	  The tokens of T-SQL ("Transact-SQL syntax conventions", "Constants",
 *	  "Database identifiers", "Reserved keywords").
 */
#include "lex.h"
#include "error.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The reserved words of SQL Server, sorted. */
static const char *const reserved[] = {
	"ADD", "ALL", "ALTER", "AND", "ANY", "AS", "ASC", "AUTHORIZATION", "BACKUP", "BEGIN", "BETWEEN",
	"BREAK", "BROWSE", "BULK", "BY", "CASCADE", "CASE", "CHECK", "CHECKPOINT", "CLOSE", "CLUSTERED",
	"COALESCE", "COLLATE", "COLUMN", "COMMIT", "COMPUTE", "CONSTRAINT", "CONTAINS", "CONTAINSTABLE",
	"CONTINUE", "CONVERT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
	"CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATABASE", "DBCC", "DEALLOCATE", "DECLARE",
	"DEFAULT", "DELETE", "DENY", "DESC", "DISK", "DISTINCT", "DISTRIBUTED", "DOUBLE", "DROP", "DUMP",
	"ELSE", "END", "ERRLVL", "ESCAPE", "EXCEPT", "EXEC", "EXECUTE", "EXISTS", "EXIT", "EXTERNAL",
	"FETCH", "FILE", "FILLFACTOR", "FOR", "FOREIGN", "FREETEXT", "FREETEXTTABLE", "FROM", "FULL",
	"FUNCTION", "GOTO", "GRANT", "GROUP", "HAVING", "HOLDLOCK", "IDENTITY", "IDENTITYCOL",
	"IDENTITY_INSERT", "IF", "IN", "INDEX", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "KEY",
	"KILL", "LEFT", "LIKE", "LINENO", "LOAD", "MERGE", "NATIONAL", "NOCHECK", "NONCLUSTERED", "NOT",
	"NULL", "NULLIF", "OF", "OFF", "OFFSETS", "ON", "OPEN", "OPENDATASOURCE", "OPENQUERY",
	"OPENROWSET", "OPENXML", "OPTION", "OR", "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT", "PLAN",
	"PRIMARY", "PRINT", "PROC", "PROCEDURE", "PUBLIC", "RAISERROR", "READ", "READTEXT",
	"RECONFIGURE", "REFERENCES", "REPLICATION", "RESTORE", "RESTRICT", "RETURN", "REVERT", "REVOKE",
	"RIGHT", "ROLLBACK", "ROWCOUNT", "ROWGUIDCOL", "RULE", "SAVE", "SCHEMA", "SECURITYAUDIT",
	"SELECT", "SEMANTICKEYPHRASETABLE", "SEMANTICSIMILARITYDETAILSTABLE", "SEMANTICSIMILARITYTABLE",
	"SESSION_USER", "SET", "SETUSER", "SHUTDOWN", "SOME", "STATISTICS", "SYSTEM_USER", "TABLE",
	"TABLESAMPLE", "TEXTSIZE", "THEN", "TO", "TOP", "TRAN", "TRANSACTION", "TRIGGER", "TRUNCATE",
	"TRY_CONVERT", "TSEQUAL", "UNION", "UNIQUE", "UNPIVOT", "UPDATE", "UPDATETEXT", "USE", "USER",
	"VALUES", "VARYING", "VIEW", "WAITFOR", "WHEN", "WHERE", "WHILE", "WITH", "WITHIN GROUP",
	"WRITETEXT",
};

static int
compare(const void *a, const void *b)
{
	return strcasecmp(a, *(const char *const *) b);
}

bool
is_reserved(const char *word)
{
	return bsearch(word, reserved, sizeof(reserved) / sizeof(*reserved), sizeof(*reserved), compare) != NULL;
}

static bool
id_start(unsigned char c)
{
	return isalpha(c) || c == '_' || c == '#' || c >= 0x80;
}

static bool
id_part(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '#' || c == '$' || c == '@' || c >= 0x80;
}

/* A quoted run from p[0]; the closing character is doubled inside it. */
static const char *
quoted(const char **pp, char close, int *line)
{
	const char *p = *pp + 1;
	const char *from = p;
	char	   *to,
			   *o;

	for (; *p; p++)
	{
		if (*p == '\n')
			(*line)++;
		if (*p == close)
		{
			if (p[1] != close)
				break;
			p++;
		}
	}
	if (!*p)
		raise_error(105, 15, 1, "Unclosed quotation mark after the character string '%s'.", from);
	to = o = alloc0(p - from + 1);
	for (; from < p; from++)
	{
		/* A backslash before a line feed continues a string ("Backslash"). */
		if (close == '\'' && *from == '\\' && (from[1] == '\n' || (from[1] == '\r' && from[2] == '\n')))
		{
			from += from[1] == '\n' ? 1 : 2;
			continue;
		}
		*o++ = *from;
		if (*from == close)
			from++;
	}
	*pp = p + 1;
	return to;
}

/* Skip blanks and comments; block comments nest. */
static const char *
skip_blank(const char *p, int *line)
{
	for (;;)
	{
		if (*p == '\n')
			(*line)++, p++;
		else if (*p && (isspace((unsigned char) *p)))
			p++;
		else if ((unsigned char) *p == 0xc2 && (unsigned char) p[1] == 0xa0)
			p += 2;
		else if (p[0] == '-' && p[1] == '-')
			while (*p && *p != '\n')
				p++;
		else if (p[0] == '/' && p[1] == '*')
		{
			int			depth = 0;

			do
			{
				if (p[0] == '/' && p[1] == '*')
					depth++, p += 2;
				else if (p[0] == '*' && p[1] == '/')
					depth--, p += 2;
				else if (!*p)
					raise_error(113, 15, 1, "Missing end comment mark '*/'.");
				else
				{
					if (*p == '\n')
						(*line)++;
					p++;
				}
			} while (depth > 0);
		}
		else
			return p;
	}
}

static const char *
number_end(const char *p)
{
	while (isdigit((unsigned char) *p))
		p++;
	if (*p == '.')
		for (p++; isdigit((unsigned char) *p);)
			p++;
	if (*p == 'e' || *p == 'E')
	{
		const char *q = p + 1;

		if (*q == '+' || *q == '-')
			q++;
		while (isdigit((unsigned char) *q))
			q++;
		p = q;
	}
	return p;
}

/* All tokens of a text, the last one T_EOF. */
Tok *
lex(const char *sql, bool quoted_identifier, int *count)
{
	int			n = 0,
				cap = 256,
				line = 1;
	Tok		   *toks = alloc0(cap * sizeof(Tok));
	const char *p = sql;

	for (;;)
	{
		Tok		   *t;
		const char *b;

		if (n == cap)
		{
			Tok		   *more = alloc0(2 * cap * sizeof(Tok));

			memcpy(more, toks, cap * sizeof(Tok));
			toks = more;
			cap *= 2;
		}
		p = skip_blank(p, &line);
		t = &toks[n++];
		b = p;
		t->line = line;
		t->begin = b - sql;
		if (!*p)
		{
			t->k = T_EOF;
			t->s = "";
			t->near = n > 1 ? toks[n - 2].near : "";
			t->end = t->begin;
			break;
		}
		if ((*p == 'N' || *p == 'n') && p[1] == '\'')
		{
			p++;
			t->k = T_NSTR;
			t->s = quoted(&p, '\'', &line);
			t->near = t->s;
		}
		else if (*p == '\'' || (*p == '"' && !quoted_identifier))
		{
			t->k = T_STR;
			t->s = quoted(&p, *p, &line);
			t->near = t->s;
		}
		else if (*p == '[' || *p == '"')
		{
			t->k = T_QID;
			t->s = quoted(&p, *p == '[' ? ']' : '"', &line);
			t->near = t->s;
			if (!*t->s)
				raise_error(1038, 15, 4, "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. For other statements, look for empty alias names. Aliases defined as \"\" or [] are not allowed. Change the alias to a valid name.");
		}
		else if (*p == '@')
		{
			t->k = p[1] == '@' ? T_GLOBAL : T_VAR;
			p += t->k == T_GLOBAL ? 2 : 1;
			while (id_part(*p))
				p++;
			t->s = t->near = dup_n(b, p - b);
		}
		else if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		{
			p += 2;
			while (isxdigit((unsigned char) *p))
				p++;
			t->k = T_BIN;
			t->s = dup_n(b + 2, p - b - 2);
			t->near = dup_n(b, p - b);
		}
		else if (isdigit((unsigned char) *p) || (*p == '.' && isdigit((unsigned char) p[1])))
		{
			p = number_end(p);
			t->k = T_NUM;
			t->s = t->near = dup_n(b, p - b);
		}
		else if (*p == '$' && (isdigit((unsigned char) p[1]) || !id_part(p[1])))
		{
			p = number_end(p + 1);
			t->k = T_MONEY;
			t->s = p > b + 1 ? dup_n(b + 1, p - b - 1) : "0";
			t->near = dup_n(b, p - b);
		}
		else if (id_start(*p))
		{
			while (id_part(*p))
				p++;
			t->k = T_ID;
			t->s = t->near = dup_n(b, p - b);
			t->reserved = is_reserved(t->s);
		}
		else
		{
			static const char *const twos[] = {"<>", "!=", "<=", ">=", "!<", "!>", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
			size_t		i;

			t->k = T_OP;
			p++;
			for (i = 0; i < sizeof(twos) / sizeof(*twos); i++)
				if (strncmp(b, twos[i], 2) == 0)
					p = b + 2;
			t->s = t->near = dup_n(b, p - b);
		}
		t->end = p - sql;
	}
	*count = n;
	return toks;
}
