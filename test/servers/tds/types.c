/*
 * types.c
 *	  The data types and collations of T-SQL: names, sizes, precedence, and what
 *	  PostgreSQL stores for each.
 *
 * Times are stored as bigint, in ticks of 100 ns (since 0001-01-01, or since
 * midnight for time), because PostgreSQL's own types end at microseconds.  A
 * datetimeoffset is a pair of the instant and the offset in minutes.
 */
#include "types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const KindInfo kinds[] = {
	{K_NULL, "int", 56, 56, 4, "int4"},
	{K_BIT, "bit", 104, 104, 1, "int2"},
	{K_TINYINT, "tinyint", 48, 48, 1, "int2"},
	{K_SMALLINT, "smallint", 52, 52, 2, "int2"},
	{K_INT, "int", 56, 56, 4, "int4"},
	{K_BIGINT, "bigint", 127, 127, 8, "int8"},
	{K_DECIMAL, "decimal", 106, 106, 0, "numeric"},
	{K_NUMERIC, "numeric", 108, 108, 0, "numeric"},
	{K_MONEY, "money", 60, 60, 8, "numeric(19,4)"},
	{K_SMALLMONEY, "smallmoney", 122, 122, 4, "numeric(10,4)"},
	{K_REAL, "real", 59, 59, 4, "float4"},
	{K_FLOAT, "float", 62, 62, 8, "float8"},
	{K_CHAR, "char", 175, 175, 0, "text"},
	{K_VARCHAR, "varchar", 167, 167, 0, "text"},
	{K_TEXT, "text", 35, 35, 16, "text"},
	{K_NCHAR, "nchar", 239, 239, 0, "text"},
	{K_NVARCHAR, "nvarchar", 231, 231, 0, "text"},
	{K_NTEXT, "ntext", 99, 99, 16, "text"},
	{K_BINARY, "binary", 173, 173, 0, "bytea"},
	{K_VARBINARY, "varbinary", 165, 165, 0, "bytea"},
	{K_IMAGE, "image", 34, 34, 16, "bytea"},
	{K_GUID, "uniqueidentifier", 36, 36, 16, "uuid"},
	{K_DATE, "date", 40, 40, 3, "date"},
	{K_TIME, "time", 41, 41, 0, "int8"},
	{K_DATETIME, "datetime", 61, 61, 8, "int8"},
	{K_SMALLDATETIME, "smalldatetime", 58, 58, 4, "int8"},
	{K_DATETIME2, "datetime2", 42, 42, 0, "int8"},
	{K_DTO, "datetimeoffset", 43, 43, 0, "ms.dto"},
	{K_XML, "xml", 241, 241, -1, "text"},
	{K_ROWVERSION, "timestamp", 189, 189, 8, "bytea"},
	{K_VARIANT, "sql_variant", 98, 98, 8016, "ms.variant"},
};

/* Other names that the parser accepts. */
static const struct
{
	const char *name;
	Kind		k;
}			aliases[] = {
	{"rowversion", K_ROWVERSION}, {"integer", K_INT}, {"dec", K_DECIMAL},
	{"character", K_CHAR}, {"sysname", K_NVARCHAR},
};

const KindInfo *
kind_info(Kind k)
{
	size_t		i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].k == k)
			return &kinds[i];
	return &kinds[0];
}

const KindInfo *
kind_by_name(const char *name)
{
	size_t		i;

	for (i = 1; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcasecmp(kinds[i].name, name) == 0)
			return &kinds[i];
	for (i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (strcasecmp(aliases[i].name, name) == 0)
			return kind_info(aliases[i].k);
	return NULL;
}

const KindInfo *
kind_by_id(int user_id)
{
	size_t		i;

	if (user_id == 256)
		return kind_info(K_NVARCHAR);
	for (i = 1; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].user_id == user_id)
			return &kinds[i];
	return NULL;
}

bool
is_nchar(Kind k)
{
	return k == K_NCHAR || k == K_NVARCHAR || k == K_NTEXT;
}

bool
is_char(Kind k)
{
	return is_nchar(k) || k == K_CHAR || k == K_VARCHAR || k == K_TEXT;
}

bool
is_binary(Kind k)
{
	return k == K_BINARY || k == K_VARBINARY || k == K_IMAGE || k == K_ROWVERSION;
}

bool
is_int(Kind k)
{
	return k == K_BIT || k == K_TINYINT || k == K_SMALLINT || k == K_INT || k == K_BIGINT;
}

bool
is_exact(Kind k)
{
	return k == K_DECIMAL || k == K_NUMERIC || k == K_MONEY || k == K_SMALLMONEY;
}

bool
is_number(Kind k)
{
	return is_int(k) || is_exact(k) || k == K_REAL || k == K_FLOAT;
}

/* Stored as ticks since 0001-01-01? */
bool
is_ticks(Kind k)
{
	return k == K_DATETIME || k == K_SMALLDATETIME || k == K_DATETIME2;
}

bool
is_temporal(Kind k)
{
	return is_ticks(k) || k == K_DATE || k == K_TIME || k == K_DTO;
}

Type
type_of(Kind k)
{
	Type		t = {k, 0, 0, 0, 0};

	if (k == K_TIME || k == K_DATETIME2 || k == K_DTO)
		t.scale = 7;
	if (k == K_TEXT || k == K_NTEXT || k == K_IMAGE || k == K_XML)
		t.len = -1;
	if (k == K_ROWVERSION)
		t.len = 8;
	return t;
}

/* A string type; beyond the largest length it is (max). */
Type
type_len(Kind k, int len)
{
	Type		t = type_of(k);

	t.len = len > (is_nchar(k) ? 4000 : 8000) ? -1 : len;
	return t;
}

Type
type_dec(int prec, int scale)
{
	Type		t = type_of(K_NUMERIC);

	t.prec = prec > 38 ? 38 : prec < 1 ? 1 : prec;
	t.scale = scale > t.prec ? t.prec : scale;
	return t;
}

/* The decimal that holds every value of an exact type. */
Type
as_decimal(Type t)
{
	switch (t.k)
	{
		case K_NULL:
		case K_BIT:
			return type_dec(1, 0);
		case K_TINYINT:
			return type_dec(3, 0);
		case K_SMALLINT:
			return type_dec(5, 0);
		case K_INT:
			return type_dec(10, 0);
		case K_BIGINT:
			return type_dec(19, 0);
		case K_MONEY:
			return type_dec(19, 4);
		case K_SMALLMONEY:
			return type_dec(10, 4);
		default:
			return t;
	}
}

/* As T-SQL writes it. */
char *
type_name(Type t)
{
	const char *n = kind_info(t.k)->name;

	switch (t.k)
	{
		case K_DECIMAL:
		case K_NUMERIC:
			return fmt("%s(%d,%d)", n, t.prec, t.scale);
		case K_CHAR:
		case K_VARCHAR:
		case K_NCHAR:
		case K_NVARCHAR:
		case K_BINARY:
		case K_VARBINARY:
			return t.len < 0 ? fmt("%s(max)", n) : fmt("%s(%d)", n, t.len);
		case K_TIME:
		case K_DATETIME2:
		case K_DTO:
			return fmt("%s(%d)", n, t.scale);
		default:
			return dup_s(n);
	}
}

/* The type of PostgreSQL that holds it. */
const char *
type_storage(Type t)
{
	if (t.k == K_DECIMAL || t.k == K_NUMERIC)
		return fmt("numeric(%d,%d)", t.prec, t.scale);
	return kind_info(t.k)->storage;
}

/* max_length of sys.columns. */
int
type_bytes(Type t)
{
	switch (t.k)
	{
		case K_DECIMAL:
		case K_NUMERIC:
			return t.prec <= 9 ? 5 : t.prec <= 19 ? 9 : t.prec <= 28 ? 13 : 17;
		case K_TIME:
			return t.scale < 3 ? 3 : t.scale < 5 ? 4 : 5;
		case K_DATETIME2:
			return t.scale < 3 ? 6 : t.scale < 5 ? 7 : 8;
		case K_DTO:
			return t.scale < 3 ? 8 : t.scale < 5 ? 9 : 10;
		case K_NCHAR:
		case K_NVARCHAR:
			return t.len < 0 ? -1 : 2 * t.len;
		case K_CHAR:
		case K_VARCHAR:
		case K_BINARY:
		case K_VARBINARY:
			return t.len;
		default:
			return kind_info(t.k)->size;
	}
}

/* How many characters a value has at most when it becomes a string. */
int
char_width(Type t)
{
	switch (t.k)
	{
		case K_BIT:
			return 1;
		case K_TINYINT:
			return 3;
		case K_SMALLINT:
			return 6;
		case K_NULL:
		case K_INT:
			return 12;
		case K_BIGINT:
			return 20;
		case K_DECIMAL:
		case K_NUMERIC:
			return t.prec + 3;
		case K_GUID:
			return 36;
		default:
			return is_char(t.k) || is_binary(t.k) ? t.len : 30;
	}
}

/*
 * The type of CASE, COALESCE, UNION and comparisons of two types: the one of
 * the higher precedence, wide enough for both ("Data type precedence",
 * "Precision, scale, and length").
 */
Type
common_type(Type a, Type b)
{
	Type		hi = a.k >= b.k ? a : b,
				lo = a.k >= b.k ? b : a;

	if (lo.k == K_NULL)
		return hi.k == K_NULL ? type_of(K_INT) : hi;
	if (is_char(hi.k) && is_char(lo.k))
	{
		int			n = hi.len < 0 || lo.len < 0 ? -1 : hi.len > lo.len ? hi.len : lo.len;
		Kind		k = hi.k;

		if (hi.k != lo.k && hi.k != K_NTEXT && hi.k != K_TEXT)
			k = is_nchar(hi.k) ? K_NVARCHAR : K_VARCHAR;
		if (n > 4000 && is_nchar(k))
			n = -1;
		hi.k = k;
		hi.len = n;
		if (!hi.coll)
			hi.coll = lo.coll;
		return hi;
	}
	if (is_binary(hi.k) && is_binary(lo.k) && hi.k != K_IMAGE)
	{
		hi.len = hi.len < 0 || lo.len < 0 ? -1 : hi.len > lo.len ? hi.len : lo.len;
		if (hi.k == K_ROWVERSION)
			hi.k = K_VARBINARY;
		return hi;
	}
	if ((hi.k == K_DECIMAL || hi.k == K_NUMERIC) && (is_exact(lo.k) || is_int(lo.k)))
	{
		int			ints;

		lo = as_decimal(lo);
		ints = hi.prec - hi.scale > lo.prec - lo.scale ? hi.prec - hi.scale : lo.prec - lo.scale;
		hi.scale = hi.scale > lo.scale ? hi.scale : lo.scale;
		hi.prec = ints + hi.scale;
		if (hi.prec > 38)
		{
			hi.scale -= hi.prec - 38;
			hi.prec = 38;
			if (hi.scale < 0)
				hi.scale = 0;
		}
		return hi;
	}
	if ((hi.k == K_TIME || hi.k == K_DATETIME2 || hi.k == K_DTO) && is_temporal(lo.k) && lo.scale > hi.scale)
		hi.scale = lo.scale;
	return hi;
}

/* Row 0 is the default; the names that are made from these are added as they are met. */
static Collation collations[64] = {
	{"SQL_Latin1_General_CP1_CI_AS", "ms.ci_as", true, false, {0x09, 0x04, 0xd0, 0x00, 0x34}, false},
	{"SQL_Latin1_General_CP1_CS_AS", "ms.cs_as", false, false, {0x09, 0x04, 0xc0, 0x00, 0x33}, false},
	{"Latin1_General_100_BIN2", "\"C\"", false, true, {0x09, 0x04, 0x00, 0x22, 0x00}, false},
	{"Latin1_General_BIN2", "\"C\"", false, true, {0x09, 0x04, 0x00, 0x02, 0x00}, false},
	{"Latin1_General_BIN", "\"C\"", false, true, {0x09, 0x04, 0x00, 0x01, 0x00}, false},
	{"Latin1_General_CI_AS", "ms.ci_as", true, false, {0x09, 0x04, 0xd0, 0x00, 0x00}, false},
};
static int	ncollations = 6;

/* The endings of the names of Windows and SQL Server collations. */
static const struct
{
	const char *end;
	const char *pg;
	bool		ci,
				bin;
	unsigned char flags,
				bits;
}			endings[] = {
	{"_CI_AS", "ms.ci_as", true, false, 0xd0, 0},
	{"_CS_AS", "ms.cs_as", false, false, 0xc0, 0},
	{"_CI_AI", "ms.ci_ai", true, false, 0xf0, 0},
	{"_CS_AI", "ms.cs_ai", false, false, 0xe0, 0},
	{"_BIN2", "\"C\"", false, true, 0, 2},
	{"_BIN", "\"C\"", false, true, 0, 1},
};

/* The collation of a name, or -1. */
int
coll_by_name(const char *name)
{
	static const char *const families[] = {"SQL_Latin1_General_CP1", "Latin1_General_100", "Latin1_General"};
	char		base[200];
	size_t		i,
				j;
	static const char *const extras[] = {"_UTF8", "_SC", "_WS", "_KS"};

	if (strcasecmp(name, "database_default") == 0)
		return 0;
	for (i = 0; i < (size_t) ncollations; i++)
		if (strcasecmp(collations[i].name, name) == 0)
			return (int) i;
	if (strlen(name) >= sizeof(base) || ncollations == 64)
		return -1;
	strcpy(base, name);
	for (i = 0; i < 4; i++)
	{
		size_t		n = strlen(base),
					m = strlen(extras[i]);

		if (n > m && strcasecmp(base + n - m, extras[i]) == 0)
			base[n - m] = 0;
	}
	for (i = 0; i < 3; i++)
		for (j = 0; j < 6; j++)
		{
			Collation  *c = &collations[ncollations];
			size_t		n = strlen(families[i]);

			if (strncasecmp(base, families[i], n) != 0 || strcasecmp(base + n, endings[j].end) != 0)
				continue;
			c->name = strdup(name);
			c->pg = endings[j].pg;
			c->ci = endings[j].ci;
			c->bin = endings[j].bin;
			c->sc = strstr(name, "_SC") != NULL || strstr(name, "_sc") != NULL;
			c->wire[0] = 0x09;
			c->wire[1] = 0x04;
			c->wire[2] = endings[j].flags;
			c->wire[3] = endings[j].bits | (i == 1 ? 0x20 : 0);
			return ncollations++;
		}
	return -1;
}

const Collation *
coll_info(int id)
{
	return &collations[id];
}
