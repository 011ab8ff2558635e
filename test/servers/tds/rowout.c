/*
 * rowout.c
 *	  Rows: from the binary form of PostgreSQL to that of TDS (MS-TDS 2.2.5.5,
 *	  2.2.7.15, 2.2.7.17), without memory of its own for any value.
 */
#include "token.h"
#include "net.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(864000000000)
#define DAYS_1900 693595
#define DAYS_2000 730119

static Buf	rb;

static inline uint16_t
be16(const char *p)
{
	const unsigned char *u = (const unsigned char *) p;

	return u[0] << 8 | u[1];
}

static inline uint32_t
be32(const char *p)
{
	uint32_t	v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline uint64_t
be64(const char *p)
{
	uint64_t	v;

	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}

static inline void
le(Buf *b, uint64_t v, int n)
{
	buf_need(b, 8);
	memcpy(b->p + b->n, &v, 8);
	b->n += n;
}

static unsigned __int128
pow10_128(int n)
{
	unsigned __int128 v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

/* numeric's digits of base 10,000 as one integer of the scale; sign apart. */
static unsigned __int128
numeric_int(const char *p, int scale, bool *neg)
{
	int			n = be16(p),
				weight = (int16_t) be16(p + 2),
				i,
				shift = scale + 4 * (weight + 1);
	unsigned __int128 v = 0;

	*neg = be16(p + 4) == 0x4000;
	/* shift: how many decimal digits remain to be taken in */
	for (i = 0; i < n && shift > 0; i++)
	{
		unsigned	d = be16(p + 8 + 2 * i);

		if (shift >= 4)
			v = v * 10000 + d;
		else
		{
			static const unsigned tens[] = {1, 10, 100, 1000};

			v = v * tens[shift] + d / tens[4 - shift];
		}
		shift -= 4;
	}
	if (shift > 0)
		v *= pow10_128(shift);
	return v;
}

static void
time_bytes(Buf *b, int64_t tod, int scale)
{
	static const int tens[] = {10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};

	le(b, tod / tens[scale], scale < 3 ? 3 : scale < 5 ? 4 : 5);
}

/* The bytes of a value of fixed or short length, without its length. */
static void
scalar_bytes(Buf *b, Type t, const char *p)
{
	int64_t		v;

	switch (t.k)
	{
		case K_BIT:
		case K_TINYINT:
			buf_putc(b, p[1]);
			break;
		case K_SMALLINT:
			le(b, be16(p), 2);
			break;
		case K_NULL:
		case K_INT:
		case K_REAL:
			le(b, be32(p), 4);
			break;
		case K_BIGINT:
		case K_FLOAT:
			le(b, be64(p), 8);
			break;
		case K_MONEY:
		case K_SMALLMONEY:
			{
				bool		neg;

				v = (int64_t) numeric_int(p, 4, &neg);
				if (neg)
					v = (int64_t) (0 - (uint64_t) v);
				if (t.k == K_MONEY)
					le(b, (uint64_t) (v >> 32), 4);
				le(b, (uint64_t) v, 4);
				break;
			}
		case K_DECIMAL:
		case K_NUMERIC:
			{
				bool		neg;
				unsigned __int128 n = numeric_int(p, t.scale, &neg);
				int			bytes = type_bytes(t) - 1;

				buf_putc(b, neg ? 0 : 1);
				le(b, (uint64_t) n, bytes < 8 ? bytes : 8);
				if (bytes > 8)
					le(b, (uint64_t) (n >> 64), bytes - 8);
				break;
			}
		case K_DATETIME:
			{
				int64_t		d,
							tod;

				v = be64(p);
				d = v / DAY - DAYS_1900;
				tod = (v % DAY * 300 + 5000000) / 10000000;
				if (tod == 25920000)
				{
					d++;
					tod = 0;
				}
				le(b, (uint64_t) d, 4);
				le(b, tod, 4);
				break;
			}
		case K_SMALLDATETIME:
			v = be64(p);
			le(b, v / DAY - DAYS_1900, 2);
			le(b, v % DAY / 600000000, 2);
			break;
		case K_DATE:
			le(b, (int32_t) be32(p) + DAYS_2000, 3);
			break;
		case K_TIME:
			time_bytes(b, be64(p), t.scale);
			break;
		case K_DATETIME2:
			v = be64(p);
			time_bytes(b, v % DAY, t.scale);
			le(b, v / DAY, 3);
			break;
		case K_DTO:
			/* a composite: count, then oid, length and value of both fields */
			v = be64(p + 12);
			time_bytes(b, v % DAY, t.scale);
			le(b, v / DAY, 3);
			le(b, be16(p + 28), 2);
			break;
		case K_GUID:
			buf_need(b, 16);
			{
				static const int at[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
				int			i;

				for (i = 0; i < 16; i++)
					b->p[b->n++] = p[at[i]];
			}
			break;
		default:
			break;
	}
}

/* A string in the column's character set, appended; returns its bytes. */
static size_t
text_bytes(Buf *b, Type t, const char *p, int len)
{
	size_t		n;

	if (is_binary(t.k))
	{
		buf_put(b, p, len);
		return len;
	}
	buf_need(b, 2 * (size_t) len + 8);
	if (is_nchar(t.k) || t.k == K_XML)
		n = utf16_from_utf8((unsigned char *) b->p + b->n, p, len);
	else
		n = cp1252_from_utf8((unsigned char *) b->p + b->n, p, len);
	b->n += n;
	return n;
}

static size_t
limit_text(size_t n, Type t)
{
	size_t		max = session.textsize < 0 ? SIZE_MAX : (size_t) session.textsize;

	if (is_nchar(t.k))
		max &= ~(size_t) 1;
	return n > max && t.k != K_XML ? max : n;
}

/* A value of a (max) type: known length, one chunk (2.2.5.2.3). */
static void
put_plp(Buf *b, Type t, const char *p, int len)
{
	size_t		at = b->n,
				n;

	buf_put64(b, 0);
	buf_put32(b, 0);
	n = text_bytes(b, t, p, len);
	if (n > limit_text(n, t))
	{
		b->n -= n - limit_text(n, t);
		n = limit_text(n, t);
	}
	memcpy(b->p + at, &n, 8);
	if (n == 0)
	{
		b->n = at + 8;
		buf_put32(b, 0);
		return;
	}
	memcpy(b->p + at + 8, &n, 4);
	buf_put32(b, 0);
}

/* text, ntext and image: a text pointer, a timestamp, the data. */
static void
put_lob(Buf *b, Type t, const char *p, int len)
{
	size_t		at,
				n;

	buf_putc(b, 16);
	buf_put(b, "dummy textptr\0\0", 16);
	buf_put(b, "dummyTS\0", 8);
	at = b->n;
	buf_put32(b, 0);
	n = text_bytes(b, t, p, len);
	if (n > limit_text(n, t))
	{
		b->n -= n - limit_text(n, t);
		n = limit_text(n, t);
	}
	memcpy(b->p + at, &n, 4);
}

static unsigned
hex_digit(char c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* sql_variant (2.2.5.5.4): the value comes as text, with the base type beside it. */
static void
put_variant(Buf *b, const char *p)
{
	int			f[4],
				i,
				len;
	const char *q = p + 4;
	char	   *text;
	size_t		at = b->n,
				n;
	const KindInfo *k;

	for (i = 0; i < 4; i++)
	{
		f[i] = (int) be32(q + 8);
		q += 12;
	}
	len = (int) be32(q + 4);
	text = dup_n(q + 8, len < 0 ? 0 : len);
	k = kind_by_id(f[0]);
	buf_put32(b, 0);
	switch (k ? k->k : K_NVARCHAR)
	{
		case K_BIT:
			buf_put(b, "\x32\0", 2);
			buf_putc(b, atoi(text));
			break;
		case K_TINYINT:
			buf_put(b, "\x30\0", 2);
			buf_putc(b, atoi(text));
			break;
		case K_SMALLINT:
			buf_put(b, "\x34\0", 2);
			le(b, atoi(text), 2);
			break;
		case K_INT:
			buf_put(b, "\x38\0", 2);
			le(b, atoi(text), 4);
			break;
		case K_BIGINT:
			buf_put(b, "\x7f\0", 2);
			le(b, atoll(text), 8);
			break;
		case K_FLOAT:
		case K_REAL:
			{
				double		d = strtod(text, NULL);

				buf_put(b, "\x3e\0", 2);
				buf_put(b, &d, 8);
				break;
			}
		case K_MONEY:
		case K_DECIMAL:
		case K_NUMERIC:
			{
				unsigned __int128 v = 0;
				const char *c;
				int			scale = k->k == K_MONEY ? 4 : f[3];
				int			after = -1;

				for (c = text; *c; c++)
					if (*c == '.')
						after = 0;
					else if (*c >= '0' && *c <= '9' && after < scale)
					{
						v = v * 10 + (*c - '0');
						after += after >= 0;
					}
				v *= pow10_128(scale - (after < 0 ? 0 : after));
				buf_put(b, "\x6c\2", 2);
				buf_putc(b, f[2] ? f[2] : 19);
				buf_putc(b, scale);
				buf_putc(b, text[0] != '-');
				le(b, (uint64_t) v, 8);
				le(b, (uint64_t) (v >> 64), 8);
				break;
			}
		case K_DATETIME:
			{
				char		be[8];
				uint64_t	v = __builtin_bswap64(strtoll(text, NULL, 10));

				memcpy(be, &v, 8);
				buf_put(b, "\x3d\0", 2);
				scalar_bytes(b, type_of(K_DATETIME), be);
				break;
			}
		case K_DATETIME2:
		case K_TIME:
			{
				char		be[8];
				uint64_t	v = __builtin_bswap64(strtoll(text, NULL, 10));
				Type		t = type_of(k->k);

				memcpy(be, &v, 8);
				buf_put(b, k->k == K_TIME ? "\x29\1" : "\x2a\1", 2);
				buf_putc(b, f[3]);
				t.scale = f[3];
				scalar_bytes(b, t, be);
				break;
			}
		case K_VARBINARY:
		case K_BINARY:
			buf_put(b, "\xa5\2", 2);
			buf_put16(b, 8000);
			for (i = 0; i + 1 < len; i += 2)
				buf_putc(b, hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
			break;
		case K_CHAR:
		case K_VARCHAR:
			buf_put(b, "\xa7\7", 2);
			buf_put(b, coll_info(0)->wire, 5);
			buf_put16(b, 8000);
			text_bytes(b, type_of(K_VARCHAR), text, (int) strlen(text));
			break;
		case K_GUID:
			{
				char		raw[16];
				int			j = 0;

				for (i = 0; i < len && j < 16; i++)
					if (text[i] != '-')
					{
						raw[j++] = hex_digit(text[i]) << 4 | hex_digit(text[i + 1]);
						i++;
					}
				buf_put(b, "\x24\0", 2);
				scalar_bytes(b, type_of(K_GUID), raw);
				break;
			}
		default:
			buf_put(b, "\xe7\7", 2);
			buf_put(b, coll_info(0)->wire, 5);
			buf_put16(b, 8000);
			text_bytes(b, type_of(K_NVARCHAR), text, (int) strlen(text));
			break;
	}
	n = b->n - at - 4;
	memcpy(b->p + at, &n, 4);
}

static void
put_null(Buf *b, Type t)
{
	switch (t.k)
	{
		case K_CHAR:
		case K_VARCHAR:
		case K_NCHAR:
		case K_NVARCHAR:
		case K_BINARY:
		case K_VARBINARY:
		case K_ROWVERSION:
			buf_put16(b, 0xffff);
			if (t.len < 0)
				buf_put(b, "\xff\xff\xff\xff\xff\xff", 6);
			break;
		case K_XML:
			buf_put64(b, UINT64_MAX);
			break;
		case K_VARIANT:
			buf_put32(b, 0);
			break;
		default:
			buf_putc(b, 0);
			break;
	}
}

/* Does the column have a type of fixed length, without a length byte? */
static bool
is_fixed(Type t, bool nullable)
{
	return !nullable && (is_int(t.k) || t.k == K_NULL || t.k == K_REAL || t.k == K_FLOAT || t.k == K_MONEY || t.k == K_SMALLMONEY ||
						 t.k == K_DATETIME || t.k == K_SMALLDATETIME);
}

/* One value; len is negative for NULL. */
void
encode_value(Buf *b, Type t, bool nullable, const char *p, int len)
{
	size_t		at,
				n;

	if (len < 0)
	{
		put_null(b, t);
		return;
	}
	switch (t.k)
	{
		case K_CHAR:
		case K_VARCHAR:
		case K_NCHAR:
		case K_NVARCHAR:
		case K_BINARY:
		case K_VARBINARY:
		case K_ROWVERSION:
			if (t.len < 0)
			{
				put_plp(b, t, p, len);
				return;
			}
			at = b->n;
			buf_put16(b, 0);
			n = text_bytes(b, t, p, len);
			/* What is declared is never exceeded on the wire. */
			if (n > (size_t) (is_nchar(t.k) ? 2 : 1) * (t.len ? t.len : 1))
			{
				size_t		max = (size_t) (is_nchar(t.k) ? 2 : 1) * (t.len ? t.len : 1);

				b->n -= n - max;
				n = max;
			}
			memcpy(b->p + at, &n, 2);
			return;
		case K_TEXT:
		case K_NTEXT:
		case K_IMAGE:
			put_lob(b, t, p, len);
			return;
		case K_XML:
			put_plp(b, t, p, len);
			return;
		case K_VARIANT:
			put_variant(b, p);
			return;
		default:
			if (is_fixed(t, nullable))
			{
				scalar_bytes(b, t, p);
				return;
			}
			at = b->n;
			buf_putc(b, 0);
			scalar_bytes(b, t, p);
			b->p[at] = b->n - at - 1;
	}
}

/* A row of a binary COPY: ROW, or NBCROW when there are NULLs and the client knows it. */
void
put_row(Vec *cols, const char *p, size_t len)
{
	int			n = cols->n,
				i;
	const char *q = p + 2;
	bool		nulls = false;
	size_t		bitmap = 0;

	(void) len;
	for (i = 0; i < n; i++)
	{
		int			l = (int) be32(q);

		nulls |= l < 0;
		q += 4 + (l > 0 ? l : 0);
	}
	nulls &= session.tds_version >= 0x730b0003;
	rb.n = 0;
	buf_putc(&rb, nulls ? 0xd2 : 0xd1);
	if (nulls)
	{
		bitmap = rb.n;
		buf_need(&rb, n / 8 + 1);
		memset(rb.p + rb.n, 0, (n + 7) / 8);
		rb.n += (n + 7) / 8;
	}
	q = p + 2;
	for (i = 0; i < n; i++)
	{
		OutCol	   *c = cols->v[i];
		int			l = (int) be32(q);

		q += 4;
		if (l < 0 && nulls)
			rb.p[bitmap + i / 8] |= 1 << (i % 8);
		else
			encode_value(&rb, c->t, c->nullable, q, l);
		if (l > 0)
			q += l;
	}
	put_buf(&rb);
}
