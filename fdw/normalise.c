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
 *	  Most statements of a session begin as others did, up to the first value.
 *	  How far the shape has come there is kept, and gone on from.
 *
 *	  It runs where nothing may be raised.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "connection.h"

/* Parentheses within each other, of which lists are looked for. */
#define MAX_DEPTH 64

/* How many beginnings of statements are kept, how long they may be, and how deep. */
#define BEGINNINGS 16
#define MAX_BEGINNING 512
#define BEGINNING_DEPTH 4

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

/* What statements begin with, and the shape of that. */
typedef struct Beginning
{
	int			length;			/* of text; 0: there is none */
	char		text[MAX_BEGINNING];
	int			shape_length;
	char		shape[MAX_BEGINNING];
	int			depth;
	ItemList	lists[BEGINNING_DEPTH];
	bool		after_value;
} Beginning;

static Beginning beginnings[BEGINNINGS];
static int	next_beginning = 0; /* to be replaced */
static int	last_beginning = 0; /* that a statement had: the next may have it, or the one after it */

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

/* What a character may be part of. */
#define DIGIT 1					/* begins a number */
#define NUMBER 2				/* within one, beside signs */
#define WORD 4

#define DIGITS (DIGIT | NUMBER | WORD)
#define LETTER (NUMBER | WORD)

static const uint8 classes[256] = {
	['.'] = NUMBER,
	['0' ... '9'] = DIGITS,
	['A' ... 'Z'] = LETTER,
	['_'] = WORD,
	['a' ... 'z'] = LETTER,
	[0x80 ... 0xff] = WORD
};

static inline bool
is(char c, uint8 class)
{
	return (classes[(unsigned char) c] & class) != 0;
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
	while (is(*p, NUMBER) || ((*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E')))
		p++;
	return p;
}

static void
put(Shape *shape, const char *text, int length)
{
	memcpy(shape->text + shape->length, text, length);
	shape->length += length;
}

static inline void
put_char(Shape *shape, char c)
{
	shape->text[shape->length++] = c;
}

static inline void
put_value(Shape *shape)
{
	put_char(shape, '?');
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

/*
 * The end of what need not be looked at one by one: after the comma at p - 1 of
 * a list that is nothing but values so far, values with a comma after each.
 */
static const char *
skip_values(const Shape *shape, const ItemList *list, const char *p)
{
	if (!list->alike || list->first_end - list->first != 1 || shape->text[list->first] != '?')
		return p;
	for (;;)
	{
		const char *end = p;

		while (*end == ' ')
			end++;
		if (*end == '\'')
			end = skip_quoted(end, '\'');
		else if (is(*end, DIGIT) || ((*end == '-' || *end == '.') && is(end[1], DIGIT)))
			end = skip_number(end + 1);
		else
			return p;
		if (*end != ',')
			return p;
		p = end + 1;
	}
}

/* Returns where the next token begins. */
static const char *
put_punctuation(Shape *shape, const char *p)
{
	char		c = *p++;
	ItemList   *list = innermost(shape);

	if (c != '(' && list != NULL)
		end_item(shape);
	if (c == ')' && list != NULL && list->alike)
		put(shape, ", ...", 5);
	if (c == ')' && shape->depth > 0)
		shape->depth--;
	if (c == ',' && list != NULL)
	{
		list->comma = shape->length;
		list->item = shape->length + 1;
		p = skip_values(shape, list, p);
	}
	put_char(shape, c);
	if (c == '(')
	{
		shape->depth++;
		if ((list = innermost(shape)) != NULL)
			*list = (ItemList) {.first = shape->length,.first_end = -1,.item = shape->length};
	}
	shape->after_value = c == ')';
	return p;
}

/* A blank, which is no part of the item that follows it. */
static void
put_blank(Shape *shape)
{
	ItemList   *list = innermost(shape);
	bool		before_item = list != NULL && list->item == shape->length;

	put_char(shape, ' ');
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

	while (is(*end, WORD))
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
	if (is(*p, DIGIT) || ((*p == '-' || *p == '.') && is(p[1], DIGIT) && !shape->after_value))
	{
		put_value(shape);
		return skip_number(p + 1);
	}
	/* parameters */
	if (*p == '?' || ((*p == '$' || *p == '@') && is(p[1], WORD)))
	{
		for (p++; is(*p, WORD); p++)
			;
		put_value(shape);
		return p;
	}
	if (is(*p, WORD))
		return put_word(shape, p);
	if (*p == '"' || *p == '`')
		return put_until(shape, p, skip_quoted(p, *p));
	if (*p == '/' && p[1] == '*')
	{
		const char *end = strstr(p + 2, "*/");

		return put_until(shape, p, end != NULL ? end + 2 : p + strlen(p));
	}
	/* where it is no subscript */
	if (*p == '[' && !(shape->length > 0 && strchr(")]\"", p[-1]) != NULL) && !(shape->length > 0 && is(p[-1], WORD)))
		return put_until(shape, p, skip_quoted(p, ']'));
	if (*p == '(' || *p == ')' || *p == ',')
		return put_punctuation(shape, p);
	if (*p == ' ')
		put_blank(shape);
	else
	{
		put_char(shape, *p);
		shape->after_value = false;
	}
	return p + 1;
}

/*
 * Whether what ends before p is read alike whatever follows: no word, which a
 * string may belong to, no quote, which may be doubled, no part of a sign.
 */
static bool
is_beginning(const char *sql, const char *p)
{
	const char *last = p;

	while (last > sql && last[-1] == ' ')
		last--;
	return last > sql && strchr("(,=<>", last[-1]) != NULL;
}

/* Keep a statement's beginning, which ends at p, in place of the oldest. */
static void
keep_beginning(const Shape *shape, const char *sql, const char *p)
{
	Beginning  *beginning = &beginnings[next_beginning];

	if (p - sql > MAX_BEGINNING || shape->length > MAX_BEGINNING || shape->depth > BEGINNING_DEPTH ||
		!is_beginning(sql, p))
		return;
	next_beginning = (next_beginning + 1) % BEGINNINGS;
	beginning->length = p - sql;
	memcpy(beginning->text, sql, beginning->length);
	beginning->shape_length = shape->length;
	memcpy(beginning->shape, shape->text, shape->length);
	beginning->depth = shape->depth;
	memcpy(beginning->lists, shape->lists, sizeof(ItemList) * shape->depth);
	beginning->after_value = shape->after_value;
}

/* Go on from the beginning that a statement has; false: it is none that is kept. */
static bool
resume(Shape *shape, const char **sql)
{
	for (int i = 0; i < BEGINNINGS; i++)
	{
		int			place = (last_beginning + i) % BEGINNINGS;
		const Beginning *beginning = &beginnings[place];

		if (beginning->length == 0 || strncmp(beginning->text, *sql, beginning->length) != 0)
			continue;
		last_beginning = place;
		shape->length = beginning->shape_length;
		memcpy(shape->text, beginning->shape, shape->length);
		shape->depth = beginning->depth;
		memcpy(shape->lists, beginning->lists, sizeof(ItemList) * shape->depth);
		shape->after_value = beginning->after_value;
		*sql += beginning->length;
		return true;
	}
	shape->length = shape->depth = 0;
	shape->after_value = false;
	return false;
}

const char *
fsq_sql_normalise(const char *sql, int *length)
{
	Shape		shape;
	const char *p = sql;
	bool		begun;

	if (!make_room(strlen(sql)))
		return NULL;
	shape.text = buffer;
	begun = resume(&shape, &p);
	while (*p != '\0')
	{
		if (!begun && (is(*p, DIGIT) || *p == '\'' || *p == '?' || *p == '-' || *p == '$' || *p == '@'))
		{
			keep_beginning(&shape, sql, p);
			begun = true;
		}
		p = put_token(&shape, p);
	}
	shape.text[shape.length] = '\0';
	*length = shape.length;
	return shape.text;
}
