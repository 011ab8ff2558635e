/*
 * wirein.c
 *	  Values that the client sends (MS-TDS 2.2.5.5), as text of what PostgreSQL
 *	  stores for their type.
 */
#include "wirein.h"
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(864000000000)
#define DAYS_1900 693595

const unsigned char *
rd_bytes(Reader *r, size_t n)
{
	const unsigned char *p = r->p;

	if (n > (size_t) (r->end - r->p))
		raise_error(4002, 16, 1, "The incoming tabular data stream (TDS) protocol stream is incorrect. The stream ended unexpectedly.");
	r->p += n;
	return p;
}

unsigned
rd8(Reader *r)
{
	return *rd_bytes(r, 1);
}

unsigned
rd16(Reader *r)
{
	const unsigned char *p = rd_bytes(r, 2);

	return p[0] | p[1] << 8;
}

uint32_t
rd32(Reader *r)
{
	const unsigned char *p = rd_bytes(r, 4);

	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t) p[3] << 24;
}

uint64_t
rd64(Reader *r)
{
	uint64_t	lo = rd32(r);

	return lo | (uint64_t) rd32(r) << 32;
}

char *
rd_utf16(Reader *r, size_t chars)
{
	return utf8_from_utf16(rd_bytes(r, 2 * chars), 2 * chars);
}

static Kind
int_kind(int size)
{
	return size == 1 ? K_TINYINT : size == 2 ? K_SMALLINT : size == 4 ? K_INT : K_BIGINT;
}

/* TYPE_INFO */
WireType
rd_type(Reader *r)
{
	static const struct
	{
		unsigned char token;
		Kind		k;
		int			size;
	}			fixed[] = {
		{0x1f, K_NULL, 0}, {0x30, K_TINYINT, 1}, {0x32, K_BIT, 1}, {0x34, K_SMALLINT, 2}, {0x38, K_INT, 4}, {0x7f, K_BIGINT, 8},
		{0x3a, K_SMALLDATETIME, 4}, {0x3b, K_REAL, 4}, {0x3c, K_MONEY, 8}, {0x3d, K_DATETIME, 8}, {0x3e, K_FLOAT, 8}, {0x7a, K_SMALLMONEY, 4},
	};
	WireType	w;
	size_t		i;
	int			n;

	memset(&w, 0, sizeof(w));
	w.token = rd8(r);
	for (i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fixed[i].token == w.token)
		{
			w.t = type_of(fixed[i].k);
			w.fixed = fixed[i].size;
			return w;
		}
	switch (w.token)
	{
		case 0x26:
			w.t = type_of(int_kind(rd8(r)));
			break;
		case 0x68:
			rd8(r);
			w.t = type_of(K_BIT);
			break;
		case 0x6d:
			w.t = type_of(rd8(r) == 4 ? K_REAL : K_FLOAT);
			break;
		case 0x6e:
			w.t = type_of(rd8(r) == 4 ? K_SMALLMONEY : K_MONEY);
			break;
		case 0x6f:
			w.t = type_of(rd8(r) == 4 ? K_SMALLDATETIME : K_DATETIME);
			break;
		case 0x24:
			rd8(r);
			w.t = type_of(K_GUID);
			break;
		case 0x6a:
		case 0x6c:
		case 0x37:
		case 0x3f:
			rd8(r);
			w.t = type_of(K_NUMERIC);
			w.t.prec = rd8(r);
			w.t.scale = rd8(r);
			break;
		case 0x28:
			w.t = type_of(K_DATE);
			break;
		case 0x29:
		case 0x2a:
		case 0x2b:
			w.t = type_of(w.token == 0x29 ? K_TIME : w.token == 0x2a ? K_DATETIME2 : K_DTO);
			w.t.scale = rd8(r);
			break;
		case 0x25:
		case 0x2d:
			w.t = type_len(w.token == 0x25 ? K_VARBINARY : K_BINARY, rd8(r));
			break;
		case 0x27:
		case 0x2f:
			w.t = type_len(w.token == 0x27 ? K_VARCHAR : K_CHAR, rd8(r));
			rd_bytes(r, 5);
			break;
		case 0xa5:
		case 0xad:
		case 0xa7:
		case 0xaf:
		case 0xe7:
		case 0xef:
			n = rd16(r);
			w.plp = n == 0xffff;
			w.t = type_of(w.token == 0xa5 ? K_VARBINARY : w.token == 0xad ? K_BINARY : w.token == 0xa7 ? K_VARCHAR :
						  w.token == 0xaf ? K_CHAR : w.token == 0xe7 ? K_NVARCHAR : K_NCHAR);
			w.t.len = w.plp ? -1 : is_nchar(w.t.k) ? n / 2 : n;
			if (is_char(w.t.k))
				w.utf8 = rd_bytes(r, 5)[3] & 4;
			break;
		case 0x22:
		case 0x23:
		case 0x63:
			w.t = type_of(w.token == 0x22 ? K_IMAGE : w.token == 0x23 ? K_TEXT : K_NTEXT);
			rd32(r);
			if (w.token != 0x22)
				rd_bytes(r, 5);
			break;
		case 0xf1:
			if (rd8(r))
			{
				rd_utf16(r, rd8(r));
				rd_utf16(r, rd8(r));
				rd_utf16(r, rd16(r));
			}
			w.t = type_of(K_XML);
			w.plp = true;
			break;
		case 0x62:
			rd32(r);
			w.t = type_of(K_VARIANT);
			break;
		default:
			raise_error(8009, 16, 1, "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. Data type 0x%02X is unknown.", w.token);
	}
	return w;
}

static const char *
decimal_text(const unsigned char *p, int n, int scale)
{
	unsigned __int128 v = 0;
	char		digits[64];
	int			i = sizeof(digits) - 1,
				k = 0;
	bool		neg = p[0] == 0;

	while (--n > 0)
		v = v << 8 | p[n];
	digits[i] = 0;
	do
	{
		if (k == scale && scale > 0)
			digits[--i] = '.';
		digits[--i] = '0' + (int) (v % 10);
		v /= 10;
		k++;
	} while (v > 0 || k <= scale);
	return fmt("%s%s", neg ? "-" : "", digits + i);
}

static int64_t
le_int(const unsigned char *p, int n)
{
	uint64_t	v = 0;
	int			i;

	for (i = n - 1; i >= 0; i--)
		v = v << 8 | p[i];
	if (n == 2)
		return (int16_t) v;
	if (n == 4)
		return (int32_t) v;
	return (int64_t) v;
}

static int64_t
unsigned_le(const unsigned char *p, int n)
{
	uint64_t	v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return (int64_t) v;
}

static int64_t
time_ticks(const unsigned char *p, int n, int scale)
{
	static const int tens[] = {10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};

	return unsigned_le(p, n) * tens[scale];
}

static const char *
value_text(WireType *w, const unsigned char *p, size_t n)
{
	switch (w->t.k)
	{
		case K_BIT:
		case K_TINYINT:
			return fmt("%d", p[0]);
		case K_SMALLINT:
		case K_INT:
		case K_BIGINT:
			return fmt("%lld", (long long) (n == 1 ? p[0] : le_int(p, (int) n)));
		case K_REAL:
			{
				float		f;

				memcpy(&f, p, 4);
				return fmt("%.9g", f);
			}
		case K_FLOAT:
			{
				double		d;

				memcpy(&d, p, 8);
				return fmt("%.17g", d);
			}
		case K_MONEY:
		case K_SMALLMONEY:
			{
				int64_t		v = n == 4 ? le_int(p, 4) : (int64_t) ((uint64_t) le_int(p, 4) << 32 | (uint32_t) le_int(p + 4, 4));
				uint64_t	a = v < 0 ? -(uint64_t) v : (uint64_t) v;

				return fmt("%s%llu.%04llu", v < 0 ? "-" : "", (unsigned long long) a / 10000, (unsigned long long) a % 10000);
			}
		case K_DECIMAL:
		case K_NUMERIC:
			return decimal_text(p, (int) n, w->t.scale);
		case K_DATETIME:
			{
				int64_t		ticks = unsigned_le(p + 4, 4);

				return fmt("%lld", (long long) ((le_int(p, 4) + DAYS_1900) * DAY + (ticks * 10000000 + 150) / 300));
			}
		case K_SMALLDATETIME:
			return fmt("%lld", (long long) ((unsigned_le(p, 2) + DAYS_1900) * DAY + unsigned_le(p + 2, 2) * 600000000));
		case K_DATE:
			return fmt("%lld", (long long) unsigned_le(p, 3));
		case K_TIME:
			return fmt("%lld", (long long) time_ticks(p, (int) n, w->t.scale));
		case K_DATETIME2:
			return fmt("%lld", (long long) (unsigned_le(p + n - 3, 3) * DAY + time_ticks(p, (int) n - 3, w->t.scale)));
		case K_DTO:
			return fmt("(%lld,%lld)", (long long) (unsigned_le(p + n - 5, 3) * DAY + time_ticks(p, (int) n - 5, w->t.scale)), (long long) le_int(p + n - 2, 2));
		case K_GUID:
			return fmt("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", p[3], p[2], p[1], p[0], p[5], p[4], p[7], p[6],
					   p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]);
		case K_NCHAR:
		case K_NVARCHAR:
		case K_NTEXT:
		case K_XML:
			if (w->t.k == K_XML && n >= 2 && p[0] == 0xff && p[1] == 0xfe)
				return utf8_from_utf16(p + 2, n - 2);
			return utf8_from_utf16(p, n);
		case K_CHAR:
		case K_VARCHAR:
		case K_TEXT:
			return w->utf8 ? dup_n((const char *) p, n) : utf8_from_cp1252(p, n);
		default:
			{
				char	   *s = pg_hex(p, n);

				s[strlen(s) - 1] = 0;
				return s + 1;
			}
	}
}

static const char *
date_text(const char *days)
{
	/* Days since 0001-01-01 as the civil date (Gregorian, proleptic). */
	long		z = strtol(days, NULL, 10) + 306;
	long		era = z / 146097;
	long		doe = z - era * 146097;
	long		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	long		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	long		mp = (5 * doy + 2) / 153;
	long		d = doy - (153 * mp + 2) / 5 + 1;
	long		m = mp < 10 ? mp + 3 : mp - 9;

	return fmt("%04ld-%02ld-%02ld", yoe + era * 400 + (m <= 2), m, d);
}

/* sql_variant: the value's own type, as text. */
static const char *
variant_value(Reader *r, WireType *w)
{
	size_t		total = rd32(r);
	Reader		in;
	WireType	base;
	int			prop;

	if (total == 0)
		return NULL;
	in.p = rd_bytes(r, total);
	in.end = in.p + total;
	memset(&base, 0, sizeof(base));
	base.token = rd8(&in);
	prop = rd8(&in);
	{
		Reader		t;
		unsigned char info[8] = {0};

		info[0] = base.token;
		switch (base.token)
		{
			case 0x6a:
			case 0x6c:
				info[1] = 17;
				info[2] = in.p[0];
				info[3] = in.p[1];
				break;
			case 0x29:
			case 0x2a:
			case 0x2b:
				info[1] = in.p[0];
				break;
			case 0xa7:
			case 0xaf:
			case 0xe7:
			case 0xef:
				memcpy(info + 3, in.p, 5);
				info[1] = in.p[5];
				info[2] = in.p[6];
				break;
			default:
				if (prop == 2)
				{
					info[1] = in.p[0];
					info[2] = in.p[1];
				}
		}
		t.p = info;
		t.end = info + 8;
		base = rd_type(&t);
	}
	rd_bytes(&in, prop);
	w->t = base.t;
	return value_text(&base, in.p, in.end - in.p);
}

/* A value, or NULL. */
const char *
rd_value(Reader *r, WireType *w)
{
	const char *s;
	size_t		n;

	if (w->t.k == K_NULL)
		return NULL;
	if (w->t.k == K_VARIANT)
		return variant_value(r, w);
	if (w->fixed)
		return value_text(w, rd_bytes(r, w->fixed), w->fixed);
	if (w->plp)
	{
		Buf			b = {0};

		if (rd64(r) == UINT64_MAX)
			return NULL;
		while ((n = rd32(r)) > 0)
			buf_put(&b, rd_bytes(r, n), n);
		s = value_text(w, (unsigned char *) b.p, b.n);
		free(b.p);
		return s;
	}
	switch (w->token)
	{
		case 0xa5:
		case 0xad:
		case 0xa7:
		case 0xaf:
		case 0xe7:
		case 0xef:
			n = rd16(r);
			if (n == 0xffff)
				return NULL;
			return value_text(w, rd_bytes(r, n), n);
		case 0x22:
		case 0x23:
		case 0x63:
			n = rd8(r);
			if (n == 0)
				return NULL;
			rd_bytes(r, n + 8);
			n = rd32(r);
			return value_text(w, rd_bytes(r, n), n);
		default:
			n = rd8(r);
			if (n == 0)
				return w->token == 0x25 || w->token == 0x27 ? NULL : NULL;
			s = value_text(w, rd_bytes(r, n), n);
			return w->t.k == K_DATE ? date_text(s) : s;
	}
}
