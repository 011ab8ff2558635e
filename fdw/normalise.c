/*-------------------------------------------------------------------------
 *
 * normalise.c
 *	  The shape of a remote statement: its text without the values in it.
 *
 *	  Literals become "?".  Of a list in parentheses whose items are alike, as
 *	  keys are that a statement asks for, one stays: (?, ...).  What is read here
 *	  are the texts that the dialects write: strings are in single quotes, where
 *	  only the quote is special, identifiers in double quotes, backquotes or
 *	  brackets as quoted there, and parameters $1, ?, ?1 or @p1.
 *
 *	  It runs where nothing may be raised.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "connection.h"

/* Parentheses within each other, of which lists are looked for. */
#define MAX_DEPTH 64

/* Words that begin a literal when a string follows. */
static const char *const literal_words[] = {"DATE", "TIME", "TIMESTAMP", "INTERVAL"};

/* An open parenthesis. */
typedef struct ItemList
{
	int			first;			/* where its first item begins, in the text */
	int			first_end;		/* and ends; -1: it is not complete */
	int			comma;			/* before the current item */
	int			item;			/* where that begins */
	bool		alike;			/* there were more like the first */
} ItemList;

typedef struct Shape
{
	char	   *text;			/* has room for the whole statement, and more */
	int			length;
	int			depth;
	ItemList	lists[MAX_DEPTH];
	bool		after_value;	/* a sign would be an operator */
} Shape;

static char *buffer = NULL;
static Size buffer_size = 0;

/* Room for the shape of a statement; false: there is no memory. */
static bool
make_room(Size length)
{
	/* (,) becomes (, ...) */
	Size		size = Max(3 * length + 1, 4096);

	if (buffer_size < size || (buffer_size > 1024 * 1024 && size < buffer_size / 2))
	{
		free(buffer);
		buffer = malloc(size);
		buffer_size = buffer != NULL ? size : 0;
	}
	return buffer != NULL;
}

static inline bool
is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || IS_HIGHBIT_SET(c);
}

/* The end of something in quotes that begins at p: a quote is written twice. */
static const char *
skip_quoted(const char *p, char quote)
{
	for (p++; *p != '\0'; p++)
	{
		if (*p != quote)
			continue;
		if (p[1] != quote)
			return p + 1;
		p++;
	}
	return p;
}

static const char *
skip_number(const char *p)
{
	while (isalnum((unsigned char) *p) || *p == '.' || ((*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E')))
		p++;
	return p;
}

static void
put(Shape *shape, const char *text, int length)
{
	memcpy(shape->text + shape->length, text, length);
	shape->length += length;
}

static void
put_value(Shape *shape)
{
	put(shape, "?", 1);
	shape->after_value = true;
}

/* An item of a list is complete: it goes if it is like the first. */
static void
end_item(Shape *shape)
{
	ItemList   *list = &shape->lists[shape->depth - 1];
	int			length = shape->length - list->item;

	if (list->first_end < 0)
		list->first_end = shape->length;
	else if (length == list->first_end - list->first &&
			 memcmp(shape->text + list->item, shape->text + list->first, length) == 0)
	{
		/* with the comma before it */
		shape->length = list->comma;
		list->alike = true;
	}
}

/* The innermost list; NULL: there is none, or it is too deep to be looked at. */
static inline ItemList *
innermost(Shape *shape)
{
	return shape->depth > 0 && shape->depth <= MAX_DEPTH ? &shape->lists[shape->depth - 1] : NULL;
}

static void
put_punctuation(Shape *shape, char c)
{
	ItemList   *list = innermost(shape);

	if (c != '(' && list != NULL)
		end_item(shape);
	if (c == ')' && list != NULL && list->alike)
		put(shape, ", ...", 5);
	if (c == ')' && shape->depth > 0)
		shape->depth--;
	if (c == ',' && list != NULL)
		list->comma = shape->length;
	put(shape, &c, 1);
	if (c == ',' && list != NULL)
		list->item = shape->length;
	if (c == '(')
	{
		shape->depth++;
		if ((list = innermost(shape)) != NULL)
			*list = (ItemList) {.first = shape->length,.first_end = -1,.item = shape->length};
	}
	shape->after_value = c == ')';
}

/* A blank, which is no part of the item that follows it. */
static void
put_blank(Shape *shape)
{
	ItemList   *list = innermost(shape);
	bool		before_item = list != NULL && list->item == shape->length;

	put(shape, " ", 1);
	if (before_item)
		list->item = shape->length;
	if (before_item && list->first_end < 0)
		list->first = shape->length;
}

/* A word, or a string with one before it: N'x', X'00', DATE '2000-01-01'. */
static const char *
put_word(Shape *shape, const char *p)
{
	const char *end = p;
	const char *quote;

	while (is_word(*end))
		end++;
	quote = end;
	while (*quote == ' ')
		quote++;
	if (*quote == '\'' && quote > end)
	{
		bool		literal = false;

		for (int i = 0; i < lengthof(literal_words); i++)
			literal |= end - p == strlen(literal_words[i]) &&
				pg_strncasecmp(p, literal_words[i], end - p) == 0;
		if (!literal)
			quote = end;
	}
	if (*quote == '\'')
	{
		put_value(shape);
		return skip_quoted(quote, '\'');
	}
	put(shape, p, end - p);
	shape->after_value = true;
	return end;
}

/* What begins at p, as it is. */
static const char *
put_until(Shape *shape, const char *p, const char *end)
{
	put(shape, p, end - p);
	shape->after_value = true;
	return end;
}

/* One token, or one character; returns where the next begins. */
static const char *
put_token(Shape *shape, const char *p)
{
	if (*p == '\'')
	{
		put_value(shape);
		return skip_quoted(p, '\'');
	}
	if (isdigit((unsigned char) *p) ||
		((*p == '-' || *p == '.') && isdigit((unsigned char) p[1]) && !shape->after_value))
	{
		put_value(shape);
		return skip_number(p + 1);
	}
	/* parameters */
	if (*p == '?' || ((*p == '$' || *p == '@') && is_word(p[1])))
	{
		for (p++; is_word(*p); p++)
			;
		put_value(shape);
		return p;
	}
	if (is_word(*p))
		return put_word(shape, p);
	if (*p == '"' || *p == '`')
		return put_until(shape, p, skip_quoted(p, *p));
	if (*p == '/' && p[1] == '*')
	{
		const char *end = strstr(p + 2, "*/");

		return put_until(shape, p, end != NULL ? end + 2 : p + strlen(p));
	}
	/* where it is no subscript */
	if (*p == '[' && !(shape->length > 0 && strchr(")]\"", p[-1]) != NULL) && !(shape->length > 0 && is_word(p[-1])))
		return put_until(shape, p, skip_quoted(p, ']'));
	if (*p == '(' || *p == ')' || *p == ',')
		put_punctuation(shape, *p);
	else if (*p == ' ')
		put_blank(shape);
	else
	{
		put(shape, p, 1);
		shape->after_value = false;
	}
	return p + 1;
}

const char *
fsq_sql_normalise(const char *sql, int *length)
{
	Shape		shape;

	if (!make_room(strlen(sql)))
		return NULL;
	shape.text = buffer;
	shape.length = shape.depth = 0;
	shape.after_value = false;
	while (*sql != '\0')
		sql = put_token(&shape, sql);
	shape.text[shape.length] = '\0';
	*length = shape.length;
	return shape.text;
}
