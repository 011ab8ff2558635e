/*-------------------------------------------------------------------------
 *
 * lexer.c
 *	  From the text of a document to tokens: the lexical grammar of the
 *	  GraphQL specification (section 2.1, Appendix B), with graphql-js's error
 *	  messages and positions.
 *
 *	  The source is valid UTF-8 and null-terminated, so reading one byte past
 *	  any byte of it is safe.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/lexer.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_NAME_START(c) (((c) >= 'a' && (c) <= 'z') || ((c) >= 'A' && (c) <= 'Z') || (c) == '_')
#define IS_NAME_CONTINUE(c) (IS_NAME_START(c) || IS_DIGIT(c))

/* How messages name each kind, in the order of FsqTokenKind. */
static const char *const kind_texts[] = {
	"<SOF>", "<EOF>", "\"!\"", "\"$\"", "\"&\"", "\"(\"", "\")\"", "\"...\"",
	"\":\"", "\"=\"", "\"@\"", "\"[\"", "\"]\"", "\"{\"", "\"|\"", "\"}\"",
	"Name", "Int", "Float", "String", "BlockString", "<ERROR>"
};

StaticAssertDecl(lengthof(kind_texts) == FSQ_TOKEN_ERROR + 1, "one text for each kind of token");

/* A kind of token as messages name it. */
const char *
fsq_token_kind_text(FsqTokenKind kind)
{
	return kind_texts[kind];
}

/* A token as messages name it: Name "foo", "{", <EOF>. */
char *
fsq_token_text(const FsqLexer *lexer, const FsqToken *token)
{
	switch (token->kind)
	{
		case FSQ_TOKEN_NAME:
		case FSQ_TOKEN_INT:
		case FSQ_TOKEN_FLOAT:
			return psprintf("%s \"%.*s\"", kind_texts[token->kind],
							token->end - token->start, lexer->source + token->start);
		case FSQ_TOKEN_STRING:
		case FSQ_TOKEN_BLOCK_STRING:
			return psprintf("%s \"%s\"", kind_texts[token->kind], token->value);
		default:
			return pstrdup(kind_texts[token->kind]);
	}
}

/* Add an error at a position and make the token say so. */
static void
lexer_error(FsqLexer *lexer, FsqToken *token, int position, const char *message)
{
	fsq_error_at(lexer->errors, FSQ_PARSE_ERROR, position, "Syntax Error: %s", message);
	token->kind = FSQ_TOKEN_ERROR;
	token->start = token->end = position;
}

/* The character at a position as messages name it: "a", U+00E9, <EOF>. */
static char *
character_text(FsqLexer *lexer, int position)
{
	unsigned char c;

	if (position >= lexer->length)
		return pstrdup(kind_texts[FSQ_TOKEN_EOF]);
	c = (unsigned char) lexer->source[position];
	if (c == '"')
		return pstrdup("'\"'");
	if (c >= 0x20 && c <= 0x7E)
		return psprintf("\"%c\"", c);
	return psprintf("U+%04X", utf8_to_unicode((const unsigned char *) lexer->source + position));
}

/* Offset of the byte after n UTF-16 code units from a position. */
static int
after_units(FsqLexer *lexer, int position, int n)
{
	while (n > 0 && position < lexer->length)
	{
		unsigned char c = (unsigned char) lexer->source[position];

		n -= (c >= 0xF0) ? 2 : 1;
		position += pg_utf_mblen((const unsigned char *) lexer->source + position);
	}
	return Min(position, lexer->length);
}

/* Add the error of an escape sequence that is n UTF-16 code units long. */
static void
escape_error(FsqLexer *lexer, FsqToken *token, int position, const char *what, int n)
{
	int			end = after_units(lexer, position, n);

	lexer_error(lexer, token, position,
				psprintf("Invalid %s escape sequence: \"%.*s\".", what,
						 end - position, lexer->source + position));
}

/* Value of a hexadecimal digit, or -1. */
static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Value of four hexadecimal digits, or -1. */
static int
hex_unit(const char *str)
{
	int			unit = 0;

	for (int i = 0; i < 4; i++)
	{
		int			digit = hex_digit(str[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* Append a code point as UTF-8. */
static void
append_code_point(StringInfo out, pg_wchar point)
{
	unsigned char utf8[4];

	unicode_to_utf8(point, utf8);
	appendBinaryStringInfo(out, (char *) utf8, pg_utf_mblen(utf8));
}

#define IS_SCALAR_VALUE(p) (((p) >= 0 && (p) < 0xD800) || ((p) > 0xDFFF && (p) <= 0x10FFFF))

/*
 * Read \u{X...}.  Returns the offset after it, or -1 after an error.
 */
static int
read_braced_escape(FsqLexer *lexer, FsqToken *token, int position, StringInfo out)
{
	const char *source = lexer->source;
	int			point = 0;
	int			size = 3;

	while (size < 12)
	{
		char		c = source[position + size];
		int			digit;

		if (c != '\0')
			size++;
		if (c == '}')
		{
			if (size < 5 || !IS_SCALAR_VALUE(point))
				break;
			append_code_point(out, point);
			return position + size;
		}
		digit = hex_digit(c);
		if (digit < 0 || point > 0x7FFFFFF)
			break;
		point = point << 4 | digit;
	}
	escape_error(lexer, token, position, "Unicode", size);
	return -1;
}

/*
 * Read \uXXXX, or two of them that are a surrogate pair.  Returns the offset
 * after it, or -1 after an error.
 */
static int
read_fixed_escape(FsqLexer *lexer, FsqToken *token, int position, StringInfo out)
{
	const char *source = lexer->source + position;
	int			unit = hex_unit(source + 2);

	if (IS_SCALAR_VALUE(unit))
	{
		append_code_point(out, unit);
		return position + 6;
	}
	if (unit >= 0xD800 && unit <= 0xDBFF && source[6] == '\\' && source[7] == 'u')
	{
		int			trailing = hex_unit(source + 8);

		if (trailing >= 0xDC00 && trailing <= 0xDFFF)
		{
			append_code_point(out, surrogate_pair_to_codepoint(unit, trailing));
			return position + 12;
		}
	}
	escape_error(lexer, token, position, "Unicode", 6);
	return -1;
}

/*
 * Read the escape sequence at a backslash and append what it stands for.
 * Returns the offset after it, or -1 after an error.
 */
static int
read_escape(FsqLexer *lexer, FsqToken *token, int position, StringInfo out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	char		c = lexer->source[position + 1];
	const char *found;

	if (c == 'u')
	{
		if (lexer->source[position + 2] == '{')
			return read_braced_escape(lexer, token, position, out);
		return read_fixed_escape(lexer, token, position, out);
	}
	found = c == '\0' ? NULL : strchr(from, c);
	if (found == NULL)
	{
		escape_error(lexer, token, position, "character", 2);
		return -1;
	}
	appendStringInfoChar(out, to[found - from]);
	return position + 2;
}

/* Read a string of one line. */
static void
read_string(FsqLexer *lexer, FsqToken *token, int start)
{
	const char *source = lexer->source;
	int			position = start + 1;
	int			chunk = position;
	StringInfoData value;

	initStringInfo(&value);
	while (position < lexer->length)
	{
		char		c = source[position];

		if (c == '"')
		{
			appendBinaryStringInfo(&value, source + chunk, position - chunk);
			token->kind = FSQ_TOKEN_STRING;
			token->end = position + 1;
			token->value = value.data;
			token->length = value.len;
			return;
		}
		if (c == '\\')
		{
			appendBinaryStringInfo(&value, source + chunk, position - chunk);
			position = read_escape(lexer, token, position, &value);
			if (position < 0)
				return;
			chunk = position;
			continue;
		}
		if (c == '\n' || c == '\r')
			break;
		position++;
	}
	lexer_error(lexer, token, position, "Unterminated string.");
}

/* A line of a block string before its indentation is removed. */
typedef struct BlockLine
{
	int			start;			/* into the raw text */
	int			end;
} BlockLine;

/* Bytes of white space that a line begins with. */
static int
leading_whitespace(const char *line, int length)
{
	int			n = 0;

	while (n < length && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return n;
}

/*
 * BlockStringValue() of the specification: remove the common indentation, and
 * blank lines at both ends.
 */
static void
dedent_block(FsqToken *token, const char *raw, const BlockLine *lines, int nlines)
{
	int			common = PG_INT32_MAX;
	int			first = -1;
	int			last = -1;
	StringInfoData value;

	for (int i = 0; i < nlines; i++)
	{
		int			length = lines[i].end - lines[i].start;
		int			indent = leading_whitespace(raw + lines[i].start, length);

		if (indent == length)
			continue;
		if (first < 0)
			first = i;
		last = i;
		if (i != 0 && indent < common)
			common = indent;
	}

	initStringInfo(&value);
	for (int i = Max(first, 0); i <= last; i++)
	{
		int			start = lines[i].start;

		if (i != 0)
			start += Min(common, lines[i].end - start);
		if (i > first)
			appendStringInfoChar(&value, '\n');
		appendBinaryStringInfo(&value, raw + start, lines[i].end - start);
	}
	token->value = value.data;
	token->length = value.len;
}

/* Read a block string, which begins at start. */
static void
read_block_string(FsqLexer *lexer, FsqToken *token, int start)
{
	const char *source = lexer->source;
	int			position = start + 3;
	int			nlines = 1;
	int			allocated = 16;
	BlockLine  *lines = palloc(sizeof(BlockLine) * allocated);
	StringInfoData raw;

	initStringInfo(&raw);
	lines[0].start = 0;
	while (position < lexer->length)
	{
		char		c = source[position];

		if (c == '"' && source[position + 1] == '"' && source[position + 2] == '"')
		{
			lines[nlines - 1].end = raw.len;
			token->kind = FSQ_TOKEN_BLOCK_STRING;
			token->end = position + 3;
			dedent_block(token, raw.data, lines, nlines);
			pfree(raw.data);
			pfree(lines);
			return;
		}
		if (c == '\\' && strncmp(source + position, "\\\"\"\"", 4) == 0)
		{
			appendBinaryStringInfo(&raw, "\"\"\"", 3);
			position += 4;
			continue;
		}
		position++;
		if (c == '\n' || c == '\r')
		{
			if (c == '\r' && source[position] == '\n')
				position++;
			lines[nlines - 1].end = raw.len;
			if (nlines == allocated)
			{
				allocated *= 2;
				lines = repalloc(lines, sizeof(BlockLine) * allocated);
			}
			lines[nlines++].start = raw.len;
			continue;
		}
		appendStringInfoCharMacro(&raw, c);
	}
	lexer_error(lexer, token, position, "Unterminated string.");
}

/* Read one or more digits.  Returns the offset after them, or -1 after an error. */
static int
read_digits(FsqLexer *lexer, FsqToken *token, int position)
{
	if (!IS_DIGIT(lexer->source[position]))
	{
		lexer_error(lexer, token, position,
					psprintf("Invalid number, expected digit but got: %s.",
							 character_text(lexer, position)));
		return -1;
	}
	while (IS_DIGIT(lexer->source[position]))
		position++;
	return position;
}

/* Read an integer or a float. */
static void
read_number(FsqLexer *lexer, FsqToken *token, int start)
{
	const char *source = lexer->source;
	int			position = start;
	bool		is_float = false;

	if (source[position] == '-')
		position++;
	if (source[position] == '0')
	{
		position++;
		if (IS_DIGIT(source[position]))
		{
			lexer_error(lexer, token, position,
						psprintf("Invalid number, unexpected digit after 0: %s.",
								 character_text(lexer, position)));
			return;
		}
	}
	else if ((position = read_digits(lexer, token, position)) < 0)
		return;

	if (source[position] == '.')
	{
		is_float = true;
		if ((position = read_digits(lexer, token, position + 1)) < 0)
			return;
	}
	if (source[position] == 'e' || source[position] == 'E')
	{
		is_float = true;
		position++;
		if (source[position] == '+' || source[position] == '-')
			position++;
		if ((position = read_digits(lexer, token, position)) < 0)
			return;
	}

	/* A dot or a name may not follow at once. */
	if (source[position] == '.' || IS_NAME_START(source[position]))
	{
		lexer_error(lexer, token, position,
					psprintf("Invalid number, expected digit but got: %s.",
							 character_text(lexer, position)));
		return;
	}
	token->kind = is_float ? FSQ_TOKEN_FLOAT : FSQ_TOKEN_INT;
	token->end = position;
}

/* Offset of the first byte that is not white space, a comma or a comment. */
static int
skip_ignored(FsqLexer *lexer)
{
	const char *source = lexer->source;
	int			position = lexer->position;

	while (position < lexer->length)
	{
		switch ((unsigned char) source[position])
		{
			case ' ':
			case '\t':
			case ',':
			case '\n':
			case '\r':
				position++;
				continue;
			case '#':
				while (position < lexer->length && source[position] != '\n' && source[position] != '\r')
					position++;
				continue;
			case 0xEF:
				/* a byte order mark, wherever it is */
				if (strncmp(source + position, "\xEF\xBB\xBF", 3) == 0)
				{
					position += 3;
					continue;
				}
				return position;
			default:
				return position;
		}
	}
	return position;
}

/* The kind of a token of one character, or ERROR. */
static FsqTokenKind
punctuator(char c)
{
	switch (c)
	{
		case '!':
			return FSQ_TOKEN_BANG;
		case '$':
			return FSQ_TOKEN_DOLLAR;
		case '&':
			return FSQ_TOKEN_AMP;
		case '(':
			return FSQ_TOKEN_PAREN_L;
		case ')':
			return FSQ_TOKEN_PAREN_R;
		case ':':
			return FSQ_TOKEN_COLON;
		case '=':
			return FSQ_TOKEN_EQUALS;
		case '@':
			return FSQ_TOKEN_AT;
		case '[':
			return FSQ_TOKEN_BRACKET_L;
		case ']':
			return FSQ_TOKEN_BRACKET_R;
		case '{':
			return FSQ_TOKEN_BRACE_L;
		case '|':
			return FSQ_TOKEN_PIPE;
		case '}':
			return FSQ_TOKEN_BRACE_R;
		default:
			return FSQ_TOKEN_ERROR;
	}
}

/* Add the error of a character that begins no token. */
static void
unexpected_character(FsqLexer *lexer, FsqToken *token, int position)
{
	if (lexer->source[position] == '\'')
		lexer_error(lexer, token, position,
					"Unexpected single quote character ('), did you mean to use a double quote (\")?");
	else
		lexer_error(lexer, token, position,
					psprintf("Unexpected character: %s.", character_text(lexer, position)));
}

/*
 * Read the next token; of kind ERROR after adding an error.
 */
void
fsq_lexer_next(FsqLexer *lexer, FsqToken *token)
{
	const char *source = lexer->source;
	int			start = skip_ignored(lexer);
	char		c = source[start];

	CHECK_FOR_INTERRUPTS();

	token->start = start;
	token->value = NULL;
	token->length = 0;

	if (start >= lexer->length)
	{
		token->kind = FSQ_TOKEN_EOF;
		token->end = start;
	}
	else if (IS_NAME_START(c))
	{
		int			end = start + 1;

		while (IS_NAME_CONTINUE(source[end]))
			end++;
		token->kind = FSQ_TOKEN_NAME;
		token->end = end;
	}
	else if ((token->kind = punctuator(c)) != FSQ_TOKEN_ERROR)
		token->end = start + 1;
	else if (c == '.' && source[start + 1] == '.' && source[start + 2] == '.')
	{
		token->kind = FSQ_TOKEN_SPREAD;
		token->end = start + 3;
	}
	else if (c == '"' && source[start + 1] == '"' && source[start + 2] == '"')
		read_block_string(lexer, token, start);
	else if (c == '"')
		read_string(lexer, token, start);
	else if (c == '-' || IS_DIGIT(c))
		read_number(lexer, token, start);
	else
		unexpected_character(lexer, token, start);

	lexer->position = token->end;
}
