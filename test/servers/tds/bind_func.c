/*
 * bind_func.c
 *	  The built-in functions ("What are the SQL database functions?"): a table for
 *	  those that are one call, and the ones with rules of their own.  Aggregates
 *	  are in bind_aggregate.c, what is said of the session in bind_session.c.
 */
#include "bind_func.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How arguments are converted, and what the result is. */
enum
{
	R_ARG,						/* the type of the first argument */
	R_STR,						/* a string like the first argument, of the given length */
	R_KIND						/* the kind given */
};

typedef struct Func
{
	const char *name;
	const char *args;			/* a letter each; '?' begins the optional ones */
	int			rule;
	Kind		kind;
	int			len;			/* of R_STR: 0 as the argument, -1 (max), -2 8000 */
	const char *sql;			/* $1, $2 ... */
} Func;

/*
 * Letters: s string, i int, I bigint, f float, n number as it is, t datetime2,
 * o datetimeoffset, d date, b binary, a anything.
 */
static const Func funcs[] = {
	{"LEFT", "si", R_STR, 0, 0, "left($1, ms.len_arg($2, 'left'))"},
	{"RIGHT", "si", R_STR, 0, 0, "right($1, ms.len_arg($2, 'right'))"},
	{"UPPER", "s", R_STR, 0, 0, "upper($1 COLLATE \"und-x-icu\")"},
	{"LOWER", "s", R_STR, 0, 0, "lower($1 COLLATE \"und-x-icu\")"},
	{"LTRIM", "s", R_STR, 0, 0, "ltrim($1)"},
	{"RTRIM", "s", R_STR, 0, 0, "rtrim($1)"},
	{"REVERSE", "s", R_STR, 0, 0, "reverse($1)"},
	{"SUBSTRING", "sII", R_STR, 0, 0, "ms.substring($1, $2, $3)"},
	{"REPLICATE", "si", R_STR, 0, -2, "CASE WHEN $2 >= 0 THEN repeat($1, $2) END"},
	{"STUFF", "siis", R_STR, 0, -2, "ms.stuff($1, $2, $3, $4)"},
	{"SPACE", "i", R_KIND, K_VARCHAR, 8000, "CASE WHEN $1 >= 0 THEN repeat(' ', $1) END"},
	{"CHAR", "i", R_KIND, K_CHAR, 1, "ms.char($1)"},
	{"NCHAR", "i", R_KIND, K_NCHAR, 1, "ms.nchar($1)"},
	{"ASCII", "s", R_KIND, K_INT, 0, "ms.ascii($1)"},
	{"UNICODE", "s", R_KIND, K_INT, 0, "ms.unicode($1)"},
	{"QUOTENAME", "s?s", R_KIND, K_NVARCHAR, 258, "ms.quotename($1, $2)"},
	{"STR", "f?ii", R_KIND, K_VARCHAR, 10, "ms.str($1, $2, $3)"},
	{"TRANSLATE", "sss", R_STR, 0, 0, "translate($1, $2, $3)"},
	{"STRING_ESCAPE", "ss", R_STR, 0, -1, "ms.string_escape($1, $2)"},
	{"CEILING", "n", R_ARG, 0, 0, "ceil($1)"},
	{"FLOOR", "n", R_ARG, 0, 0, "floor($1)"},
	{"SIGN", "n", R_ARG, 0, 0, "sign($1)"},
	{"SQRT", "f", R_KIND, K_FLOAT, 0, "sqrt($1)"},
	{"SQUARE", "f", R_KIND, K_FLOAT, 0, "($1 * $1)"},
	{"EXP", "f", R_KIND, K_FLOAT, 0, "exp($1)"},
	{"LOG10", "f", R_KIND, K_FLOAT, 0, "log($1)"},
	{"LOG", "f?f", R_KIND, K_FLOAT, 0, "ms.log($1, $2)"},
	{"PI", "", R_KIND, K_FLOAT, 0, "pi()"},
	{"SIN", "f", R_KIND, K_FLOAT, 0, "sin($1)"},
	{"COS", "f", R_KIND, K_FLOAT, 0, "cos($1)"},
	{"TAN", "f", R_KIND, K_FLOAT, 0, "tan($1)"},
	{"COT", "f", R_KIND, K_FLOAT, 0, "cot($1)"},
	{"ASIN", "f", R_KIND, K_FLOAT, 0, "asin($1)"},
	{"ACOS", "f", R_KIND, K_FLOAT, 0, "acos($1)"},
	{"ATAN", "f", R_KIND, K_FLOAT, 0, "atan($1)"},
	{"ATN2", "ff", R_KIND, K_FLOAT, 0, "atan2($1, $2)"},
	{"DEGREES", "f", R_KIND, K_FLOAT, 0, "degrees($1)"},
	{"RADIANS", "f", R_KIND, K_FLOAT, 0, "radians($1)"},
	{"RAND", "?i", R_KIND, K_FLOAT, 0, "random()"},
	{"YEAR", "t", R_KIND, K_INT, 0, "ms.datepart('year', $1)"},
	{"MONTH", "t", R_KIND, K_INT, 0, "ms.datepart('month', $1)"},
	{"DAY", "t", R_KIND, K_INT, 0, "ms.datepart('day', $1)"},
	{"GETDATE", "", R_KIND, K_DATETIME, 0, "ms.r_dt(ms.now())"},
	{"GETUTCDATE", "", R_KIND, K_DATETIME, 0, "ms.r_dt(ms.now())"},
	{"CURRENT_TIMESTAMP", "", R_KIND, K_DATETIME, 0, "ms.r_dt(ms.now())"},
	{"SYSDATETIME", "", R_KIND, K_DATETIME2, 0, "ms.now()"},
	{"SYSUTCDATETIME", "", R_KIND, K_DATETIME2, 0, "ms.now()"},
	{"SYSDATETIMEOFFSET", "", R_KIND, K_DTO, 0, "ms.mk_dto(ms.now(), 0)"},
	{"EOMONTH", "d?i", R_KIND, K_DATE, 0, "ms.eomonth($1, $2)"},
	{"DATEFROMPARTS", "iii", R_KIND, K_DATE, 0, "ms.datefromparts($1, $2, $3)"},
	{"DATETIMEFROMPARTS", "iiiiiii", R_KIND, K_DATETIME, 0, "ms.r_dt(ms.dt_parts($1, $2, $3, $4, $5, $6, $7 * 10000))"},
	{"DATETIME2FROMPARTS", "iiiiiiii", R_KIND, K_DATETIME2, 0, "ms.dt_parts($1, $2, $3, $4, $5, $6, ($7 * power(10, 7 - $8))::int8)"},
	{"TODATETIMEOFFSET", "ta", R_KIND, K_DTO, 0, "ms.to_dto($1, ($2)::text)"},
	{"SWITCHOFFSET", "oa", R_KIND, K_DTO, 0, "ms.switch_dto($1, ($2)::text)"},
	{"ISDATE", "s", R_KIND, K_INT, 0, "ms.isdate($1)"},
	{"ISNUMERIC", "a", R_KIND, K_INT, 0, "ms.isnumeric(($1)::text)"},
	{"NEWID", "", R_KIND, K_GUID, 0, "gen_random_uuid()"},
	{"NEWSEQUENTIALID", "", R_KIND, K_GUID, 0, "gen_random_uuid()"},
	{"CHECKSUM", "a", R_KIND, K_INT, 0, "hashtext(($1)::text)"},
	{"HASHBYTES", "sa", R_KIND, K_VARBINARY, 8000, "ms.hashbytes($1, $2)"},
	{"ISJSON", "s", R_KIND, K_INT, 0, "ms.isjson($1)"},
	{"JSON_VALUE", "ss", R_KIND, K_NVARCHAR, 4000, "ms.json_value($1, $2)"},
	{"JSON_QUERY", "s?s", R_KIND, K_NVARCHAR, -1, "ms.json_query($1, $2)"},
	{"OBJECT_ID", "s?s", R_KIND, K_INT, 0, "ms.object_id($1, $2)"},
	{"OBJECT_NAME", "i?i", R_KIND, K_NVARCHAR, 128, "ms.object_name($1)"},
	{"OBJECT_SCHEMA_NAME", "i?i", R_KIND, K_NVARCHAR, 128, "ms.object_schema_name($1)"},
	{"OBJECT_DEFINITION", "i", R_KIND, K_NVARCHAR, -1, "ms.object_definition($1)"},
	{"SCHEMA_NAME", "?i", R_KIND, K_NVARCHAR, 128, "ms.schema_name($1)"},
	{"SCHEMA_ID", "?s", R_KIND, K_INT, 0, "ms.schema_id($1)"},
	{"DB_ID", "?s", R_KIND, K_SMALLINT, 0, "ms.db_id($1)::int2"},
	{"COL_NAME", "ii", R_KIND, K_NVARCHAR, 128, "ms.col_name($1, $2)"},
	{"COL_LENGTH", "ss", R_KIND, K_SMALLINT, 0, "ms.col_length($1, $2)::int2"},
	{"COLUMNPROPERTY", "iss", R_KIND, K_INT, 0, "ms.columnproperty($1, $2, $3)"},
	{"OBJECTPROPERTY", "is", R_KIND, K_INT, 0, "ms.objectproperty($1, $2)"},
	{"OBJECTPROPERTYEX", "is", R_KIND, K_INT, 0, "ms.objectproperty($1, $2)"},
	{"TYPE_NAME", "i", R_KIND, K_NVARCHAR, 128, "ms.type_name($1)"},
	{"TYPE_ID", "s", R_KIND, K_INT, 0, "ms.type_id($1)"},
	{"IDENT_CURRENT", "s", R_KIND, K_NUMERIC, 38, "ms.ident_current($1)"},
	{"IDENT_SEED", "s", R_KIND, K_NUMERIC, 38, "ms.ident_seed($1)"},
	{"IDENT_INCR", "s", R_KIND, K_NUMERIC, 38, "ms.ident_incr($1)"},
	{"INDEX_COL", "sii", R_KIND, K_NVARCHAR, 128, "ms.index_col($1, $2, $3)"},
	{"COLLATIONPROPERTY", "ss", R_KIND, K_INT, 0, "CASE lower($2) WHEN 'codepage' THEN 1252 WHEN 'lcid' THEN 1033 END"},
	{"SQL_VARIANT_PROPERTY", "as", R_KIND, K_NVARCHAR, 128, "ms.variant_property($1, $2)"},
};

void
need_args(Node *n, int min, int max)
{
	if (n->list->n >= min && n->list->n <= max)
		return;
	if (min == max)
		raise_error(174, 15, 1, "The %s function requires %d argument(s).", lower_s(n->s), min);
	raise_error(189, 15, 1, "The %s function requires %d to %d arguments.", lower_s(n->s), min, max);
}

Ex
bind_arg(Scope *s, Node *n, int i)
{
	return bind_expr(s, n->list->v[i]);
}

Ex
as_string(Ex e)
{
	if (is_char(e.t.k))
		return e;
	if (e.t.k == K_NULL)
		return ex_of("NULL::text", type_len(K_VARCHAR, 1));
	return ex_of(cast_sql(e, type_len(K_VARCHAR, char_width(e.t) > 0 ? char_width(e.t) : 8000), 0, CAST_EXPLICIT),
				 type_len(K_VARCHAR, char_width(e.t) > 0 ? char_width(e.t) : 8000));
}

/* Convert an argument as its letter says. */
Ex
as_letter(Ex e, char letter)
{
	Kind		k;

	switch (letter)
	{
		case 's':
			return as_string(e);
		case 'i':
			k = K_INT;
			break;
		case 'I':
			k = K_BIGINT;
			break;
		case 'f':
			k = K_FLOAT;
			break;
		case 't':
			k = K_DATETIME2;
			break;
		case 'o':
			k = K_DTO;
			break;
		case 'd':
			k = K_DATE;
			break;
		case 'n':
			if (is_char(e.t.k))
			{
				k = K_FLOAT;
				break;
			}
			return e.t.k == K_NULL ? ex_of("NULL::int4", type_of(K_INT)) : e;
		default:
			return e.t.k == K_NULL ? ex_of("NULL::text", type_len(K_VARCHAR, 1)) : e;
	}
	e.sql = cast_sql(e, type_of(k), 0, CAST_EXPLICIT);
	e.t = type_of(k);
	return e;
}

/* One of the table. */
static Ex
simple_call(Scope *s, Node *n, const Func *f)
{
	const char *letters = f->args;
	int			min = (int) strcspn(letters, "?");
	int			max = (int) strlen(letters) - (letters[min] ? 1 : 0);
	Ex			args[9],
				e;
	Buf			b = {0};
	const char *p;
	int			i;
	bool		nullable = false;
	Type		t = type_of(f->kind);

	need_args(n, min, max);
	for (i = 0; i < max; i++)
	{
		char		letter = letters[i < min ? i : i + 1];

		if (i < n->list->n)
		{
			args[i] = as_letter(bind_arg(s, n, i), letter);
			nullable |= args[i].nullable;
		}
		else
			args[i] = ex_of(letter == 's' ? "NULL::text" : letter == 'f' ? "NULL::float8" : "NULL::int4", type_of(K_INT));
	}
	buf_putc(&b, '(');
	for (p = f->sql; *p; p++)
		if (*p == '$')
			buf_printf(&b, "(%s)", args[*++p - '1'].sql);
		else
			buf_putc(&b, *p);
	buf_putc(&b, ')');
	if (f->rule == R_ARG)
	{
		t = args[0].t;
		if (t.k == K_DECIMAL || t.k == K_NUMERIC)
			t = f->name[0] == 'S' ? t : type_dec(t.prec, 0);
		if (t.k == K_BIT || t.k == K_TINYINT || t.k == K_SMALLINT)
			t = type_of(K_INT);
		if (t.k == K_REAL)
			t = type_of(K_FLOAT);
	}
	else if (f->rule == R_STR)
	{
		t = args[0].t;
		if (t.k == K_CHAR)
			t.k = K_VARCHAR;
		if (t.k == K_NCHAR)
			t.k = K_NVARCHAR;
		if (f->len == -1)
			t.len = -1;
		else if (f->len == -2 && t.len > 0)
			t.len = is_nchar(t.k) ? 4000 : 8000;
		else if ((n->s[0] == 'L' || n->s[0] == 'R') && n->list->n == 2 && args[1].lit && t.len > 0 && atoi(args[1].text) > 0 && atoi(args[1].text) < t.len)
			t.len = atoi(args[1].text);
		else if (strcmp(n->s, "SUBSTRING") == 0)
		{
			Node	   *len = n->list->v[2];

			if (len->k == N_NUMBER && atoi(len->s) > 0 && (t.len < 0 ? 8000 : t.len) > atoi(len->s))
				t.len = atoi(len->s);
		}
		if (args[0].t.k == K_NULL)
			t = type_len(K_VARCHAR, 1);
	}
	else if (is_char(t.k) || is_binary(t.k))
		t.len = f->len;
	else if (t.k == K_NUMERIC)
		t.prec = f->len;
	e = ex_of(f->rule == R_ARG || t.k == K_INT ? fmt("%s::%s", buf_dup(&b), type_storage(t)) : buf_dup(&b), t);
	e.nullable = nullable || n->list->n == 0 ? true : true;
	if (max > 0 && n->list->n > 0 && is_char(args[0].t.k))
	{
		e.collprec = args[0].collprec;
		e.t.coll = is_char(t.k) ? args[0].t.coll : 0;
	}
	if (strncmp(f->name, "GET", 3) == 0 || strncmp(f->name, "SYS", 3) == 0 || n->list->n == 0)
		e.nullable = false;
	return e;
}

/* The name of a date part, and its abbreviations ("DATEPART"). */
static const char *
date_part(Node *n, const char *func)
{
	static const char *const parts[][2] = {
		{"year", "year"}, {"yy", "year"}, {"yyyy", "year"}, {"quarter", "quarter"}, {"qq", "quarter"}, {"q", "quarter"},
		{"month", "month"}, {"mm", "month"}, {"m", "month"}, {"dayofyear", "dayofyear"}, {"dy", "dayofyear"}, {"y", "dayofyear"},
		{"day", "day"}, {"dd", "day"}, {"d", "day"}, {"week", "week"}, {"wk", "week"}, {"ww", "week"},
		{"weekday", "weekday"}, {"dw", "weekday"}, {"w", "weekday"}, {"hour", "hour"}, {"hh", "hour"}, {"minute", "minute"}, {"mi", "minute"},
		{"n", "minute"}, {"second", "second"}, {"ss", "second"}, {"s", "second"}, {"millisecond", "millisecond"},
		{"ms", "millisecond"}, {"microsecond", "microsecond"}, {"mcs", "microsecond"}, {"nanosecond", "nanosecond"},
		{"ns", "nanosecond"}, {"tzoffset", "tzoffset"}, {"tz", "tzoffset"}, {"iso_week", "iso_week"}, {"isowk", "iso_week"},
		{"isoww", "iso_week"},
	};
	size_t		i;

	if (n->k == N_COLUMN && n->list->n == 1)
		for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			if (strcasecmp(parts[i][0], n->s) == 0)
				return parts[i][1];
	raise_error(155, 15, 1, "'%s' is not a recognized %s option.", n->s ? n->s : "", lower_s(func));
}

static Ex
date_call(Scope *s, Node *n)
{
	const char *part;
	Ex			a,
				b,
				e;

	if (n->list->n < 2)
		need_args(n, n->s[4] == 'P' || n->s[4] == 'N' ? 2 : 3, n->s[4] == 'P' || n->s[4] == 'N' ? 2 : 3);
	part = date_part(n->list->v[0], n->s);
	if (strcmp(n->s, "DATEADD") == 0)
	{
		Type		t;

		need_args(n, 3, 3);
		a = as_letter(bind_arg(s, n, 1), 'i');
		b = bind_arg(s, n, 2);
		t = is_temporal(b.t.k) ? b.t : type_of(K_DATETIME);
		if (t.k == K_DATE && strstr("hour minute second millisecond microsecond nanosecond", part))
			raise_error(9810, 16, 1, "The datepart %s is not supported by date function dateadd for data type date.", part);
		if (t.k == K_DTO)
			return ex_of(fmt("ms.mk_dto(ms.dateadd('%s', %s, (%s).t), (%s).o)", part, a.sql, b.sql, b.sql), t);
		e = ex_of(fmt("ms.dateadd('%s', %s, %s)", part, a.sql, cast_sql(cast_ex(b, t), type_of(K_DATETIME2), 0, CAST_EXPLICIT)), type_of(K_DATETIME2));
		return ex_of(t.k == K_DATETIME2 ? e.sql : cast_sql(e, t, 0, CAST_EXPLICIT), t);
	}
	if (strcmp(n->s, "DATEDIFF") == 0 || strcmp(n->s, "DATEDIFF_BIG") == 0)
	{
		bool		big = n->s[8] != 0;

		need_args(n, 3, 3);
		a = as_letter(bind_arg(s, n, 1), 't');
		b = as_letter(bind_arg(s, n, 2), 't');
		return ex_of(fmt("ms.datediff('%s', %s, %s)::%s", part, a.sql, b.sql, big ? "int8" : "int4"), type_of(big ? K_BIGINT : K_INT));
	}
	need_args(n, 2, 2);
	a = bind_arg(s, n, 1);
	if (strcmp(part, "tzoffset") == 0)
	{
		a = as_letter(a, 'o');
		return ex_of(fmt("((%s).o)::int4", a.sql), type_of(K_INT));
	}
	a = as_letter(a, 't');
	if (strcmp(n->s, "DATEPART") == 0)
		return ex_of(fmt("ms.datepart('%s', %s)", part, a.sql), type_of(K_INT));
	return ex_of(fmt("ms.datename('%s', %s)", part, a.sql), type_len(K_NVARCHAR, 30));
}

static Ex
coalesce(Scope *s, Node *n)
{
	Buf			b = {0};
	Type		t = type_of(K_NULL);
	Vec		   *exs = vec_new();
	Ex			e;
	int			i,
				collprec = 0;
	bool		nullable = true;

	if (n->list->n < 2)
		need_args(n, 2, 1000);
	for (i = 0; i < n->list->n; i++)
	{
		Ex		   *x = alloc0(sizeof(Ex));

		*x = bind_arg(s, n, i);
		t = x->t.k == K_NULL ? t : t.k == K_NULL ? x->t : common_type(t, x->t);
		nullable &= x->nullable;
		if (x->collprec > collprec)
			collprec = x->collprec;
		vec_add(exs, x);
	}
	if (t.k == K_NULL)
		raise_error(4127, 16, 1, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.");
	buf_puts(&b, "COALESCE(");
	for (i = 0; i < exs->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", cast_ex(*(Ex *) exs->v[i], t).sql);
	buf_putc(&b, ')');
	e = ex_of(buf_dup(&b), t);
	e.nullable = nullable;
	e.collprec = collprec;
	return e;
}

/* LEN and DATALENGTH: in UTF-16 units and in bytes. */
static Ex
length_call(Node *n, Ex a)
{
	bool		len = n->s[0] == 'L';
	Type		t = type_of(a.t.len < 0 ? K_BIGINT : K_INT);
	const char *sql;

	if (len)
	{
		if (a.t.k == K_TEXT || a.t.k == K_NTEXT || a.t.k == K_IMAGE)
			raise_error(8116, 16, 1, "Argument data type %s is invalid for argument 1 of len function.", kind_info(a.t.k)->name);
		/* collations for supplementary characters count them as one */
		sql = is_binary(a.t.k) ? fmt("octet_length(%s)", a.sql) :
			fmt("%s(rtrim(%s))", is_char(a.t.k) && coll_info(a.t.coll)->sc ? "length" : "ms.u16len", as_string(a).sql);
	}
	else if (is_nchar(a.t.k) || a.t.k == K_XML)
		sql = fmt("(2 * ms.u16len(%s))", a.sql);
	else if (is_char(a.t.k))
		sql = fmt("ms.u16len(%s)", a.sql);
	else if (is_binary(a.t.k))
		sql = fmt("octet_length(%s)", a.sql);
	else if (a.t.k == K_VARIANT)
		sql = fmt("(%s).len", a.sql);
	else if (a.t.k == K_NULL)
		sql = "NULL::int4";
	else
		sql = fmt("(CASE WHEN (%s) IS NOT NULL THEN %d END)", a.sql, type_bytes(a.t));
	return ex_of(t.k == K_BIGINT ? fmt("(%s)::int8", sql) : sql, t);
}

/* Searches under the collation of what is searched. */
static Ex
search_call(Scope *s, Node *n)
{
	Ex			a = as_string(bind_arg(s, n, 0)),
				b = as_string(bind_arg(s, n, 1)),
				c,
				e;
	const Collation *coll = coll_info(merge_coll(b, a, "charindex"));
	const char *ci = coll->ci ? "true" : "false";

	if (strcmp(n->s, "REPLACE") == 0)
	{
		need_args(n, 3, 3);
		c = as_string(bind_arg(s, n, 2));
		e = ex_of(fmt("ms.replace(%s, %s, %s, %s)", a.sql, b.sql, c.sql, ci), a.t);
		e.t.k = is_nchar(a.t.k) || is_nchar(b.t.k) || is_nchar(c.t.k) ? K_NVARCHAR : K_VARCHAR;
		if (a.t.len > 0)
			e.t.len = is_nchar(e.t.k) ? 4000 : 8000;
		e.collprec = a.collprec;
		return e;
	}
	if (strcmp(n->s, "PATINDEX") == 0)
	{
		const char *re;

		need_args(n, 2, 2);
		if (!a.lit)
			return ex_of(fmt("ms.patindex(%s, %s, %s)", a.sql, b.sql, ci), type_of(K_INT));
		re = like_regex(a.text, NULL);
		return ex_of(fmt("ms.patindex_re(%s, %s, %s)", re ? pg_quote(re) : "'a^'", b.sql, ci), type_of(K_INT));
	}
	need_args(n, 2, 3);
	c = n->list->n > 2 ? as_letter(bind_arg(s, n, 2), 'i') : ex_of("1", type_of(K_INT));
	return ex_of(fmt("ms.charindex(%s, %s, %s, %s)", a.sql, b.sql, c.sql, ci), type_of(b.t.len < 0 ? K_INT : K_INT));
}

static Ex
concat_call(Scope *s, Node *n)
{
	Buf			b = {0};
	bool		ws = n->s[6] != 0;
	bool		national = false;
	int			len = 0,
				i;
	Ex			e;

	if (n->list->n < (ws ? 3 : 2))
		raise_error(189, 15, 1, "The %s function requires %d to 254 arguments.", lower_s(n->s), ws ? 3 : 2);
	buf_puts(&b, ws ? "concat_ws(" : "concat(");
	for (i = 0; i < n->list->n; i++)
	{
		Ex			a = as_string(bind_arg(s, n, i));

		national |= is_nchar(a.t.k);
		len = a.t.len < 0 || len < 0 ? -1 : len + a.t.len;
		buf_printf(&b, "%s%s", i ? ", " : "", ws && i == 0 ? fmt("COALESCE(%s, '')", a.sql) : a.sql);
	}
	buf_putc(&b, ')');
	if (len > (national ? 4000 : 8000))
		len = national ? 4000 : 8000;
	e = ex_of(buf_dup(&b), type_len(national ? K_NVARCHAR : K_VARCHAR, len));
	e.nullable = false;
	return e;
}

static Ex
number_call(Scope *s, Node *n)
{
	Ex			a = as_letter(bind_arg(s, n, 0), 'n'),
				b;
	Type		t = a.t;

	if (strcmp(n->s, "ABS") == 0)
	{
		need_args(n, 1, 1);
		if (t.k == K_BIT || t.k == K_TINYINT || t.k == K_SMALLINT)
			t = type_of(K_INT);
		return ex_of(fmt("abs((%s)::%s)", a.sql, type_storage(t)), t);
	}
	if (strcmp(n->s, "POWER") == 0)
	{
		need_args(n, 2, 2);
		b = as_letter(bind_arg(s, n, 1), 'f');
		if (t.k == K_BIT || t.k == K_TINYINT || t.k == K_SMALLINT)
			t = type_of(K_INT);
		if (t.k == K_NUMERIC || t.k == K_DECIMAL)
		{
			t = type_dec(38, t.scale);
			return ex_of(fmt("(power((%s)::numeric, (%s)::numeric))::%s", a.sql, b.sql, type_storage(t)), t);
		}
		return ex_of(fmt("(%s(power((%s)::float8, %s)))::%s", is_int(t.k) ? "trunc" : "", a.sql, b.sql, type_storage(t)), t);
	}
	/* ROUND(x, places [, truncate]) */
	need_args(n, 2, 3);
	b = as_letter(bind_arg(s, n, 1), 'i');
	if (is_int(t.k))
		t = type_of(t.k == K_BIGINT ? K_BIGINT : K_INT);
	if (t.k == K_NUMERIC || t.k == K_DECIMAL)
		t.k = K_NUMERIC;
	if (n->list->n == 3)
	{
		Ex			c = as_letter(bind_arg(s, n, 2), 'i');

		return ex_of(fmt("(CASE WHEN %s = 0 THEN ms.round(%s, %s) ELSE ms.trunc(%s, %s) END)::%s", c.sql, t.k == K_FLOAT || t.k == K_REAL ? fmt("(%s)::float8", a.sql) : fmt("(%s)::numeric", a.sql), b.sql,
						 t.k == K_FLOAT || t.k == K_REAL ? fmt("(%s)::float8", a.sql) : fmt("(%s)::numeric", a.sql), b.sql, type_storage(t)), t);
	}
	return ex_of(fmt("(ms.round((%s)::%s, %s))::%s", a.sql, t.k == K_FLOAT || t.k == K_REAL ? "float8" : "numeric", b.sql, type_storage(t)), t);
}

static Ex
choose(Scope *s, Node *n)
{
	Buf			b = {0};
	Ex			at;
	Type		t = type_of(K_NULL);
	int			i;

	if (n->list->n < 2)
		need_args(n, 2, 255);
	at = as_letter(bind_arg(s, n, 0), 'i');
	for (i = 1; i < n->list->n; i++)
		t = common_type(t, bind_arg(s, n, i).t);
	buf_printf(&b, "(CASE %s", at.sql);
	for (i = 1; i < n->list->n; i++)
		buf_printf(&b, " WHEN %d THEN %s", i, cast_ex(bind_arg(s, n, i), t).sql);
	buf_puts(&b, " END)");
	return ex_of(buf_dup(&b), t);
}

/* A function call, an aggregate or a window function. */
Ex
bind_call(Scope *s, Node *n)
{
	Ex			e;
	size_t		i;

	if (is_aggregate_name(n->s))
		return bind_aggregate(s, n);
	if (bind_window(s, n, &e))
		return e;
	if (n->over)
		raise_error(4113, 16, 1, "The function '%s' is not a valid windowing function, and cannot be used with the OVER clause.", n->s);
	if (bind_session(s, n, &e))
		return e;
	for (i = 0; i < sizeof(funcs) / sizeof(*funcs); i++)
		if (strcmp(funcs[i].name, n->s) == 0)
		{
			if (strcmp(n->s, "SUBSTRING") == 0 && n->list->n == 3)
			{
				Ex			a = bind_arg(s, n, 0);

				if (is_binary(a.t.k))
					return ex_of(fmt("ms.substring(%s, %s, %s)", a.sql, as_letter(bind_arg(s, n, 1), 'I').sql, as_letter(bind_arg(s, n, 2), 'I').sql), type_len(K_VARBINARY, a.t.len));
			}
			return simple_call(s, n, &funcs[i]);
		}
	if (strncmp(n->s, "DATE", 4) == 0 && (strcmp(n->s, "DATEADD") == 0 || strcmp(n->s, "DATEPART") == 0 || strcmp(n->s, "DATENAME") == 0 ||
										  strcmp(n->s, "DATEDIFF") == 0 || strcmp(n->s, "DATEDIFF_BIG") == 0))
		return date_call(s, n);
	if (strcmp(n->s, "COALESCE") == 0)
		return coalesce(s, n);
	if (strcmp(n->s, "CHOOSE") == 0)
		return choose(s, n);
	if (strcmp(n->s, "ISNULL") == 0)
	{
		Ex			a,
					b;

		need_args(n, 2, 2);
		a = bind_arg(s, n, 0);
		b = bind_arg(s, n, 1);
		if (a.t.k == K_NULL)
			return b;
		e = a;
		e.lit = false;
		e.sql = fmt("COALESCE(%s, %s)", a.sql, cast_sql(b, a.t, 0, CAST_IMPLICIT));
		e.nullable = a.nullable && b.nullable;
		return e;
	}
	if (strcmp(n->s, "NULLIF") == 0)
	{
		need_args(n, 2, 2);
		e = bind_arg(s, n, 0);
		if (e.t.k == K_NULL)
			raise_error(4151, 16, 1, "The type of the first argument to NULLIF cannot be the NULL constant because the type of the first argument has to be known.");
		e.sql = fmt("(CASE WHEN %s THEN NULL ELSE %s END)", compare_sql("=", e, bind_arg(s, n, 1)), e.sql);
		e.nullable = true;
		e.lit = false;
		return e;
	}
	if (strcmp(n->s, "IIF") == 0)
	{
		Node		c;

		memset(&c, 0, sizeof(c));
		c.k = N_CASE;
		c.list = vec_new();
		vec_add(c.list, n->list->v[0]);
		vec_add(c.list, n->list->v[1]);
		c.b = n->list->v[2];
		return bind_expr(s, &c);
	}
	if (strcmp(n->s, "LEN") == 0 || strcmp(n->s, "DATALENGTH") == 0)
	{
		need_args(n, 1, 1);
		return length_call(n, bind_arg(s, n, 0));
	}
	if (strcmp(n->s, "CHARINDEX") == 0 || strcmp(n->s, "PATINDEX") == 0 || strcmp(n->s, "REPLACE") == 0)
	{
		if (n->list->n < 2)
			need_args(n, 2, 3);
		return search_call(s, n);
	}
	if (strcmp(n->s, "CONCAT") == 0 || strcmp(n->s, "CONCAT_WS") == 0)
		return concat_call(s, n);
	if (strcmp(n->s, "ABS") == 0 || strcmp(n->s, "POWER") == 0 || strcmp(n->s, "ROUND") == 0)
	{
		if (n->list->n < 1)
			need_args(n, 1, 1);
		return number_call(s, n);
	}
	if (strcmp(n->s, "TRIM") == 0)
	{
		Ex			a;

		need_args(n, 1, 2);
		a = as_string(bind_arg(s, n, n->list->n - 1));
		e = a;
		e.lit = false;
		e.sql = n->list->n == 1 ? fmt("btrim(%s)", a.sql) : fmt("btrim(%s, %s)", a.sql, as_string(bind_arg(s, n, 0)).sql);
		return e;
	}
	raise_error(195, 15, 10, "'%s' is not a recognized built-in function name.", n->near);
}
