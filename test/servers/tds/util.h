/*
 * util.h
 *	  Memory, strings and character sets of the TDS server.
 *
 * A process serves one connection, so the current arena is a global: what a
 * request allocates lives until the next request.
 */
#ifndef TDS_UTIL_H
#define TDS_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Arena Arena;

extern Arena *arena_new(void);
extern Arena *arena_use(Arena *a);
extern void arena_reset(Arena *a);
extern void *alloc0(size_t n);
extern char *dup_n(const char *s, size_t n);
extern char *dup_s(const char *s);
extern char *fmt(const char *f,...) __attribute__((format(printf, 1, 2)));
extern char *upper_s(const char *s);
extern char *lower_s(const char *s);

/* A list of pointers, in the arena. */
typedef struct Vec
{
	int			n,
				cap;
	void	  **v;
} Vec;

extern Vec *vec_new(void);
extern void vec_add(Vec *v, void *p);

#define VEC_N(l) ((l) ? (l)->n : 0)

/* A growing byte buffer, in the heap. */
typedef struct Buf
{
	char	   *p;
	size_t		n,
				cap;
} Buf;

extern void buf_need(Buf *b, size_t more);
extern void buf_put(Buf *b, const void *p, size_t n);
extern void buf_puts(Buf *b, const char *s);
extern void buf_putc(Buf *b, int c);
extern void buf_printf(Buf *b, const char *f,...) __attribute__((format(printf, 2, 3)));
extern void buf_put16(Buf *b, unsigned v);
extern void buf_put32(Buf *b, uint32_t v);
extern void buf_put64(Buf *b, uint64_t v);
extern char *buf_dup(Buf *b);

/* Character sets. */
extern char *utf8_from_utf16(const unsigned char *p, size_t bytes);
extern char *utf8_from_cp1252(const unsigned char *p, size_t bytes);
extern size_t utf16_from_utf8(unsigned char *to, const char *s, size_t n);
extern size_t cp1252_from_utf8(unsigned char *to, const char *s, size_t n);
extern size_t utf16_units(const char *s, size_t n);

/* SQL text of the backend. */
extern char *pg_quote(const char *s);
extern char *pg_hex(const unsigned char *p, size_t n);

#endif
