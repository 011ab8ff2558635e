/*
 * util.c
 *	  Memory, strings and character sets of the TDS server.
 */
#include "util.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLOCK (256 * 1024)

typedef struct Block
{
	struct Block *next;
	size_t		size,
				used;
	char		data[];
} Block;

struct Arena
{
	Block	   *blocks;
};

static Arena *current;

/* malloc that ends the process when there is no memory. */
static void *
must_alloc(void *old, size_t n)
{
	void	   *p = realloc(old, n);

	if (!p)
	{
		fputs("tds: out of memory\n", stderr);
		_Exit(1);
	}
	return p;
}

/* A new arena; the first one becomes the current one. */
Arena *
arena_new(void)
{
	Arena	   *a = must_alloc(NULL, sizeof(Arena));

	a->blocks = NULL;
	if (!current)
		current = a;
	return a;
}

/* Make an arena the current one; returns the one before. */
Arena *
arena_use(Arena *a)
{
	Arena	   *old = current;

	current = a;
	return old;
}

/* Forget everything in an arena; its first block is kept. */
void
arena_reset(Arena *a)
{
	while (a->blocks && (a->blocks->next || a->blocks->size > BLOCK))
	{
		Block	   *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
	if (a->blocks)
		a->blocks->used = 0;
}

/* Zeroed memory of the current arena, aligned for anything. */
void *
alloc0(size_t n)
{
	Block	   *b = current->blocks;
	void	   *p;

	n = (n + 15) & ~(size_t) 15;
	if (!b || b->used + n > b->size)
	{
		size_t		size = n > BLOCK ? n : BLOCK;

		b = must_alloc(NULL, sizeof(Block) + size);
		b->size = size;
		b->used = 0;
		b->next = current->blocks;
		current->blocks = b;
	}
	p = b->data + b->used;
	b->used += n;
	memset(p, 0, n);
	return p;
}

char *
dup_n(const char *s, size_t n)
{
	char	   *p = alloc0(n + 1);

	memcpy(p, s, n);
	return p;
}

char *
dup_s(const char *s)
{
	return s ? dup_n(s, strlen(s)) : NULL;
}

/* printf into the arena. */
char *
fmt(const char *f,...)
{
	va_list		ap;
	int			n;
	char	   *p;

	va_start(ap, f);
	n = vsnprintf(NULL, 0, f, ap);
	va_end(ap);
	p = alloc0(n + 1);
	va_start(ap, f);
	vsnprintf(p, n + 1, f, ap);
	va_end(ap);
	return p;
}

char *
upper_s(const char *s)
{
	char	   *p = dup_s(s),
			   *q;

	for (q = p; *q; q++)
		*q = toupper((unsigned char) *q);
	return p;
}

char *
lower_s(const char *s)
{
	char	   *p = dup_s(s),
			   *q;

	for (q = p; *q; q++)
		*q = tolower((unsigned char) *q);
	return p;
}

Vec *
vec_new(void)
{
	return alloc0(sizeof(Vec));
}

void
vec_add(Vec *v, void *p)
{
	if (v->n == v->cap)
	{
		int			cap = v->cap ? v->cap * 2 : 8;
		void	  **to = alloc0(cap * sizeof(void *));

		if (v->n)
			memcpy(to, v->v, v->n * sizeof(void *));
		v->v = to;
		v->cap = cap;
	}
	v->v[v->n++] = p;
}

/* Make room for so many bytes more. */
void
buf_need(Buf *b, size_t more)
{
	if (b->n + more > b->cap)
	{
		b->cap = (b->n + more) * 2 + 256;
		b->p = must_alloc(b->p, b->cap);
	}
}

void
buf_put(Buf *b, const void *p, size_t n)
{
	buf_need(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
buf_puts(Buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(Buf *b, int c)
{
	buf_need(b, 1);
	b->p[b->n++] = c;
}

void
buf_printf(Buf *b, const char *f,...)
{
	va_list		ap;
	int			n;

	va_start(ap, f);
	n = vsnprintf(NULL, 0, f, ap);
	va_end(ap);
	buf_need(b, n + 1);
	va_start(ap, f);
	vsnprintf(b->p + b->n, n + 1, f, ap);
	va_end(ap);
	b->n += n;
}

/* Little-endian integers, as TDS has them. */
void
buf_put16(Buf *b, unsigned v)
{
	unsigned char c[2] = {v, v >> 8};

	buf_put(b, c, 2);
}

void
buf_put32(Buf *b, uint32_t v)
{
	unsigned char c[4] = {v, v >> 8, v >> 16, v >> 24};

	buf_put(b, c, 4);
}

void
buf_put64(Buf *b, uint64_t v)
{
	buf_put32(b, (uint32_t) v);
	buf_put32(b, (uint32_t) (v >> 32));
}

/* The contents as a string of the arena; the buffer is freed. */
char *
buf_dup(Buf *b)
{
	char	   *s = dup_n(b->p ? b->p : "", b->n);

	free(b->p);
	memset(b, 0, sizeof(*b));
	return s;
}

/* The characters 0x80 to 0x9f of code page 1252; 0 stays as it is. */
static const uint16_t cp1252_high[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178
};

static char *
put_utf8(char *o, uint32_t c)
{
	if (c < 0x80)
		*o++ = c;
	else if (c < 0x800)
	{
		*o++ = 0xc0 | c >> 6;
		*o++ = 0x80 | (c & 0x3f);
	}
	else if (c < 0x10000)
	{
		*o++ = 0xe0 | c >> 12;
		*o++ = 0x80 | (c >> 6 & 0x3f);
		*o++ = 0x80 | (c & 0x3f);
	}
	else
	{
		*o++ = 0xf0 | c >> 18;
		*o++ = 0x80 | (c >> 12 & 0x3f);
		*o++ = 0x80 | (c >> 6 & 0x3f);
		*o++ = 0x80 | (c & 0x3f);
	}
	return o;
}

/* One character of valid UTF-8; advances the pointer. */
static uint32_t
get_utf8(const unsigned char **s)
{
	const unsigned char *p = *s;
	uint32_t	c = *p;

	if (c < 0x80)
		*s += 1;
	else if (c < 0xe0)
	{
		c = (c & 0x1f) << 6 | (p[1] & 0x3f);
		*s += 2;
	}
	else if (c < 0xf0)
	{
		c = (c & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
		*s += 3;
	}
	else
	{
		c = (c & 0x07) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
		*s += 4;
	}
	return c;
}

/* UTF-8 of UTF-16LE; lone surrogates and NUL become U+FFFD. */
char *
utf8_from_utf16(const unsigned char *p, size_t bytes)
{
	char	   *to = alloc0(bytes / 2 * 3 + 1),
			   *o = to;
	size_t		i;

	for (i = 0; i + 1 < bytes; i += 2)
	{
		uint32_t	c = p[i] | p[i + 1] << 8;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes && (p[i + 3] & 0xfc) == 0xdc)
		{
			c = 0x10000 + ((c & 0x3ff) << 10) + (p[i + 2] | (p[i + 3] & 3) << 8);
			i += 2;
		}
		else if ((c & 0xf800) == 0xd800 || c == 0)
			c = 0xfffd;
		o = put_utf8(o, c);
	}
	*o = 0;
	return to;
}

char *
utf8_from_cp1252(const unsigned char *p, size_t bytes)
{
	char	   *to = alloc0(bytes * 3 + 1),
			   *o = to;
	size_t		i;

	for (i = 0; i < bytes; i++)
	{
		uint32_t	c = p[i];

		if (c >= 0x80 && c < 0xa0)
			c = cp1252_high[c - 0x80];
		else if (c == 0)
			c = 0xfffd;
		o = put_utf8(o, c);
	}
	*o = 0;
	return to;
}

/* UTF-16LE of UTF-8; room for 2 * n bytes is enough.  Returns the bytes. */
size_t
utf16_from_utf8(unsigned char *to, const char *str, size_t n)
{
	const unsigned char *s = (const unsigned char *) str,
			   *end = s + n;
	unsigned char *o = to;

	while (s < end)
	{
		uint32_t	c;

		if (*s < 0x80)
		{
			*o++ = *s++;
			*o++ = 0;
			continue;
		}
		c = get_utf8(&s);
		if (c >= 0x10000)
		{
			uint32_t	hi = 0xd800 + ((c - 0x10000) >> 10);

			*o++ = hi;
			*o++ = hi >> 8;
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		*o++ = c;
		*o++ = c >> 8;
	}
	return o - to;
}

/* Code page 1252 of UTF-8, '?' for what it lacks; room for n bytes is enough. */
size_t
cp1252_from_utf8(unsigned char *to, const char *str, size_t n)
{
	const unsigned char *s = (const unsigned char *) str,
			   *end = s + n;
	unsigned char *o = to;

	while (s < end)
	{
		uint32_t	c;
		int			i;

		if (*s < 0x80)
		{
			*o++ = *s++;
			continue;
		}
		c = get_utf8(&s);
		if (c >= 0xa0 && c < 0x100)
		{
			*o++ = c;
			continue;
		}
		for (i = 0; i < 32 && cp1252_high[i] != c; i++)
			;
		*o++ = i < 32 ? 0x80 + i : '?';
	}
	return o - to;
}

/* How many UTF-16 code units a UTF-8 string has. */
size_t
utf16_units(const char *str, size_t n)
{
	size_t		i,
				units = 0;

	for (i = 0; i < n; i++)
	{
		unsigned char c = str[i];

		if ((c & 0xc0) != 0x80)
			units += c >= 0xf0 ? 2 : 1;
	}
	return units;
}

/* A string literal of PostgreSQL (standard_conforming_strings is on). */
char *
pg_quote(const char *s)
{
	size_t		n = strlen(s);
	char	   *to = alloc0(2 * n + 3),
			   *o = to;

	*o++ = '\'';
	for (; *s; s++)
	{
		if (*s == '\'')
			*o++ = '\'';
		*o++ = *s;
	}
	*o++ = '\'';
	return to;
}

/* A bytea literal, without its cast. */
char *
pg_hex(const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char	   *to = alloc0(2 * n + 5),
			   *o = to;
	size_t		i;

	*o++ = '\'';
	*o++ = '\\';
	*o++ = 'x';
	for (i = 0; i < n; i++)
	{
		*o++ = digits[p[i] >> 4];
		*o++ = digits[p[i] & 15];
	}
	*o++ = '\'';
	return to;
}
