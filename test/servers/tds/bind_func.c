/*
 * bind_func.c
 *	  The built-in functions ("What are the SQL database functions?"): a table for
 *	  those that are one call, and the ones with rules of their own.
 */
#include "bind.h"
#include "session.h"

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

static const char *const aggregates[] = {
	"COUNT", "COUNT_BIG", "SUM", "AVG", "MIN", "MAX", "STDEV", "STDEVP", "VAR", "VARP", "STRING_AGG", "CHECKSUM_AGG",
};

bool
is_aggregate_name(const char *name)
{
	size_t		i;

	for (i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++)
		if (strcmp(aggregates[i], name) == 0)
			return true;
	return false;
}

static void
need_args(Node *n, int min, int max)
{
	if (n->list->n >= min && n->list->n <= max)
		return;
	if (min == max)
		raise_error(174, 15, 1, "The %s function requires %d argument(s).", lower_s(n->s), min);
	raise_error(189, 15, 1, "The %s function requires %d to %d arguments.", lower_s(n->s), min, max);
}

static Ex
arg(Scope *s, Node *n, int i)
{
	return bind_expr(s, n->list->v[i]);
}

static Ex
str(Ex e)
{
	if (is_char(e.t.k))
		return e;
	if (e.t.k == K_NULL)
		return ex_of("NULL::text", type_len(K_VARCHAR, 1));
	return ex_of(cast_sql(e, type_len(K_VARCHAR, char_width(e.t) > 0 ? char_width(e.t) : 8000), 0, CAST_EXPLICIT),
				 type_len(K_VARCHAR, char_width(e.t) > 0 ? char_width(e.t) : 8000));
}

/* Convert an argument as its letter says. */
static Ex
as_letter(Ex e, char letter)
{
	Kind		k;

	switch (letter)
	{
		case 's':
			return str(e);
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
			args[i] = as_letter(arg(s, n, i), letter);
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
		a = as_letter(arg(s, n, 1), 'i');
		b = arg(s, n, 2);
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
		a = as_letter(arg(s, n, 1), 't');
		b = as_letter(arg(s, n, 2), 't');
		return ex_of(fmt("ms.datediff('%s', %s, %s)::%s", part, a.sql, b.sql, big ? "int8" : "int4"), type_of(big ? K_BIGINT : K_INT));
	}
	need_args(n, 2, 2);
	a = arg(s, n, 1);
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

/* The OVER clause. */
static const char *
over_sql(Scope *s, Window *w)
{
	Buf			b = {0};
	int			i;

	buf_puts(&b, " OVER (");
	for (i = 0; i < VEC_N(w->partition); i++)
		buf_printf(&b, "%s%s", i ? ", " : "PARTITION BY ", key_sql(bind_expr(s, w->partition->v[i])));
	for (i = 0; i < VEC_N(w->order); i++)
	{
		Order	   *o = w->order->v[i];

		if (o->e->k == N_NUMBER)
			raise_error(5308, 16, 1, "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer indices as ORDER BY clause expressions.");
		buf_printf(&b, "%s%s", i ? ", " : " ORDER BY ", order_sql(bind_expr(s, o->e), o->desc));
	}
	if (w->frame)
		buf_printf(&b, " %s", w->frame);
	buf_puts(&b, ")");
	return buf_dup(&b);
}

static void __attribute__((noreturn))
bad_operand(Type t, const char *name)
{
	raise_error(8117, 16, 1, "Operand data type %s is invalid for %s operator.", kind_info(t.k)->name, lower_s(name));
}

/* SUM and AVG: in the argument's kind, with overflow as an error. */
static Ex
sum_or_avg(Node *n, Ex a, const char *over)
{
	bool		avg = n->s[0] == 'A';
	const char *d = n->flag ? "DISTINCT " : "";
	Type		t = a.t;
	const char *sum;

	if (a.t.k == K_BIT || !is_number(a.t.k))
		bad_operand(a.t, n->s);
	if (is_int(t.k))
	{
		t = type_of(t.k == K_BIGINT ? K_BIGINT : K_INT);
		sum = fmt("sum(%s(%s)::int8)%s", d, a.sql, over);
		if (avg)
			return ex_of(fmt("div(%s, nullif(count(%s%s)%s, 0))::%s", sum, d, a.sql, over, type_storage(t)), t);
		return ex_of(fmt("(%s)::%s", sum, type_storage(t)), t);
	}
	if (t.k == K_REAL || t.k == K_FLOAT)
		return ex_of(fmt("%s(%s(%s)::float8)%s", avg ? "avg" : "sum", d, a.sql, over), type_of(K_FLOAT));
	if (t.k == K_MONEY || t.k == K_SMALLMONEY)
	{
		t = type_of(K_MONEY);
		if (!avg)
			return ex_of(fmt("(sum(%s%s)%s)::numeric(19,4)", d, a.sql, over), t);
	}
	else
	{
		int			scale = t.scale;

		t = type_dec(38, avg && scale < 6 ? 6 : scale);
		if (!avg)
			return ex_of(fmt("(sum(%s%s)%s)::%s", d, a.sql, over, type_storage(t)), t);
	}
	return ex_of(fmt("(div(sum(%s%s)%s * 1e%d, nullif(count(%s%s)%s, 0)) * 1e-%d)::%s", d, a.sql, over,
					 t.k == K_MONEY ? 4 : t.scale, d, a.sql, over, t.k == K_MONEY ? 4 : t.scale, type_storage(t)), t);
}

static Ex
string_agg(Scope *s, Node *n)
{
	Buf			b = {0};
	Ex			a,
				sep;
	int			i;

	need_args(n, 2, 2);
	a = str(arg(s, n, 0));
	sep = str(arg(s, n, 1));
	buf_printf(&b, "string_agg((%s)::text, (%s)::text", a.sql, sep.sql);
	for (i = 0; i < VEC_N(n->within); i++)
	{
		Order	   *o = n->within->v[i];

		buf_printf(&b, "%s%s", i ? ", " : " ORDER BY ", order_sql(bind_expr(s, o->e), o->desc));
	}
	buf_putc(&b, ')');
	if (a.t.len > 0)
		a.t.len = is_nchar(a.t.k) ? 4000 : 8000;
	a.t.k = is_nchar(a.t.k) ? K_NVARCHAR : K_VARCHAR;
	a.sql = buf_dup(&b);
	a.nullable = true;
	a.lit = false;
	return a;
}

static Ex
aggregate(Scope *s, Node *n)
{
	static const char *const names[][2] = {{"STDEV", "stddev_samp"}, {"STDEVP", "stddev_pop"}, {"VAR", "var_samp"}, {"VARP", "var_pop"}};
	const char *over = "";
	bool		was_in_agg = s ? s->in_agg : false;
	bool		outer = s && s->grouped && s->in_agg;
	Ex			a,
				e;
	int			i;

	if (s && s->no_agg && !n->over)
		raise_error(147, 15, 1, "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.");
	if (outer && !n->over && has_aggregate(n->list->n ? n->list->v[0] : NULL))
		raise_error(130, 15, 1, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.");
	if (n->over)
		over = over_sql(s, n->over);
	if (strcmp(n->s, "COUNT") == 0 || strcmp(n->s, "COUNT_BIG") == 0)
	{
		Node	   *x;

		need_args(n, 1, 1);
		x = n->list->v[0];
		if (x->k == N_COLUMN && strcmp(x->s, "*") == 0)
			e = ex_of(fmt("count(*)%s", over), type_of(K_BIGINT));
		else
		{
			if (s && !n->over)
				s->in_agg = true;
			a = bind_expr(s, x);
			if (s)
				s->in_agg = was_in_agg;
			if (a.t.k == K_NULL)
				raise_error(8117, 16, 1, "Operand data type NULL is invalid for %s operator.", lower_s(n->s));
			e = ex_of(fmt("count(%s%s)%s", n->flag ? "DISTINCT " : "", key_sql(a), over), type_of(K_BIGINT));
		}
		if (!n->s[5])
		{
			e.t = type_of(K_INT);
			e.sql = fmt("(%s)::int4", e.sql);
		}
		return e;
	}
	if (s && !n->over)
		s->in_agg = true;
	if (strcmp(n->s, "STRING_AGG") == 0)
	{
		e = string_agg(s, n);
		s->in_agg = was_in_agg;
		return e;
	}
	need_args(n, 1, 1);
	a = arg(s, n, 0);
	if (s)
		s->in_agg = was_in_agg;
	if (a.t.k == K_NULL)
		raise_error(8117, 16, 1, "Operand data type NULL is invalid for %s operator.", lower_s(n->s));
	if (n->s[0] == 'S' && n->s[1] == 'U')
		return sum_or_avg(n, a, over);
	if (n->s[0] == 'A')
		return sum_or_avg(n, a, over);
	for (i = 0; i < 4; i++)
		if (strcmp(n->s, names[i][0]) == 0)
		{
			if (!is_number(a.t.k) || a.t.k == K_BIT)
				bad_operand(a.t, n->s);
			return ex_of(fmt("%s(%s(%s)::float8)%s", names[i][1], n->flag ? "DISTINCT " : "", a.sql, over), type_of(K_FLOAT));
		}
	if (n->s[0] != 'M')
		raise_error(195, 15, 10, "'%s' is not a recognized built-in function name.", n->near);
	if (a.t.k == K_BIT || a.t.k == K_XML || a.t.k == K_TEXT || a.t.k == K_NTEXT || a.t.k == K_IMAGE)
		bad_operand(a.t, n->s);
	e = a;
	e.lit = false;
	e.nullable = true;
	if (is_char(a.t.k))
		e.sql = fmt("%s((%s) COLLATE %s)%s COLLATE \"C\"", lower_s(n->s), a.sql, coll_info(a.t.coll)->pg, over);
	else if (a.t.k == K_GUID || a.t.k == K_DTO || a.t.k == K_VARIANT || is_binary(a.t.k))
	{
		if (n->over)
			bad_operand(a.t, n->s);
		e.sql = fmt("(array_agg(%s ORDER BY %s %s) FILTER (WHERE (%s) IS NOT NULL))[1]", a.sql, key_sql(a), n->s[1] == 'I' ? "ASC" : "DESC", key_sql(a));
	}
	else
		e.sql = fmt("%s(%s)%s", lower_s(n->s), a.sql, over);
	return e;
}

/* ROW_NUMBER and the other functions that need OVER. */
static bool
window_call(Scope *s, Node *n, Ex *e)
{
	static const char *const ranks[] = {"ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST"};
	static const char *const values[] = {"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"};
	int			i;

	for (i = 0; i < 6; i++)
		if (strcmp(n->s, ranks[i]) == 0)
		{
			if (!n->over)
				raise_error(10753, 15, 1, "The function '%s' must have an OVER clause.", n->s);
			if (!n->over->order)
				raise_error(4112, 15, 1, "The function '%s' must have an OVER clause with ORDER BY.", n->s);
			*e = ex_of(fmt("%s(%s)%s", lower_s(n->s), i == 3 ? as_letter(arg(s, n, 0), 'i').sql : "", over_sql(s, n->over)),
					   type_of(i > 3 ? K_FLOAT : K_BIGINT));
			if (i == 3)
				e->sql = fmt("(%s)::int8", e->sql);
			return true;
		}
	for (i = 0; i < 4; i++)
		if (strcmp(n->s, values[i]) == 0)
		{
			Buf			b = {0};

			if (!n->over)
				raise_error(10753, 15, 1, "The function '%s' must have an OVER clause.", n->s);
			need_args(n, 1, i < 2 ? 3 : 1);
			*e = arg(s, n, 0);
			buf_printf(&b, "%s(%s", lower_s(n->s), e->sql);
			if (n->list->n > 1)
				buf_printf(&b, ", %s", as_letter(arg(s, n, 1), 'i').sql);
			if (n->list->n > 2)
				buf_printf(&b, ", %s", cast_sql(arg(s, n, 2), e->t, 0, CAST_IMPLICIT));
			buf_printf(&b, ")%s", over_sql(s, n->over));
			e->sql = buf_dup(&b);
			e->nullable = true;
			e->lit = false;
			return true;
		}
	return false;
}

/* What the server says of itself ("SERVERPROPERTY"). */
static Ex
server_property(const char *name)
{
	const struct
	{
		const char *name,
				   *value;
		Kind		k;
	}			props[] = {
		{"ProductVersion", "15.0.4415.2", K_NVARCHAR}, {"ProductLevel", "RTM", K_NVARCHAR}, {"Edition", "Developer Edition (64-bit)", K_NVARCHAR},
		{"EngineEdition", "3", K_INT}, {"ProductMajorVersion", "15", K_NVARCHAR}, {"ProductMinorVersion", "0", K_NVARCHAR},
		{"ProductBuild", "4415", K_NVARCHAR}, {"Collation", "SQL_Latin1_General_CP1_CI_AS", K_NVARCHAR}, {"ServerName", config.server_name, K_NVARCHAR},
		{"MachineName", config.server_name, K_NVARCHAR}, {"IsIntegratedSecurityOnly", "0", K_INT}, {"IsClustered", "0", K_INT},
		{"IsHadrEnabled", "0", K_INT}, {"LCID", "1033", K_INT}, {"IsXTPSupported", "0", K_INT}, {"ResourceVersion", "15.00.4415", K_NVARCHAR},
		{"InstanceName", NULL, K_NVARCHAR},
	};
	size_t		i;

	for (i = 0; i < sizeof(props) / sizeof(*props); i++)
		if (strcasecmp(props[i].name, name) == 0 && props[i].value)
			return props[i].k == K_INT ?
				ex_of(fmt("ms.mk_variant(56, 4, 10, 0, '%s')", props[i].value), type_of(K_VARIANT)) :
				ex_of(fmt("ms.mk_variant(231, 256, 0, 0, %s)", pg_quote(props[i].value)), type_of(K_VARIANT));
	return ex_of("NULL::ms.variant", type_of(K_VARIANT));
}

/* Functions that say something of the session. */
static bool
session_call(Scope *s, Node *n, Ex *e)
{
	static const char *const logins[] = {"SUSER_SNAME", "SUSER_NAME", "SYSTEM_USER", "ORIGINAL_LOGIN"};
	static const char *const users[] = {"USER_NAME", "CURRENT_USER", "SESSION_USER", "USER"};
	const char *text = NULL;
	int			i;

	for (i = 0; i < 4; i++)
	{
		if (strcmp(n->s, logins[i]) == 0)
			text = session.login;
		if (strcmp(n->s, users[i]) == 0)
			text = "dbo";
	}
	if (strcmp(n->s, "DB_NAME") == 0)
	{
		if (n->list->n)
		{
			*e = ex_of(fmt("ms.db_name(%s)", as_letter(arg(s, n, 0), 'i').sql), type_len(K_NVARCHAR, 128));
			return true;
		}
		text = session.db;
	}
	else if (strcmp(n->s, "HOST_NAME") == 0)
		text = session.host;
	else if (strcmp(n->s, "APP_NAME") == 0 || strcmp(n->s, "PROGRAM_NAME") == 0)
		text = session.app;
	else if (strcmp(n->s, "ERROR_MESSAGE") == 0)
	{
		*e = ex_of(session.caught.num ? fmt("%s::text", pg_quote(session.caught.msg)) : "NULL::text", type_len(K_NVARCHAR, 4000));
		return true;
	}
	if (text)
	{
		*e = ex_of(fmt("%s::text", pg_quote(text)), type_len(K_NVARCHAR, 128));
		return true;
	}
	{
		const struct
		{
			const char *name;
			int			v;
		}			ints[] = {
			{"ERROR_NUMBER", session.caught.num}, {"ERROR_SEVERITY", session.caught.sev}, {"ERROR_STATE", session.caught.state},
			{"ERROR_LINE", session.caught.line},
		};

		for (i = 0; i < 4; i++)
			if (strcmp(n->s, ints[i].name) == 0)
			{
				*e = ex_of(session.caught.num ? fmt("%d", ints[i].v) : "NULL::int4", type_of(K_INT));
				return true;
			}
	}
	if (strcmp(n->s, "ERROR_PROCEDURE") == 0)
		*e = ex_of("NULL::text", type_len(K_NVARCHAR, 128));
	else if (strcmp(n->s, "XACT_STATE") == 0)
		*e = ex_of(fmt("(%d)::int2", session.doomed ? -1 : session.trancount ? 1 : 0), type_of(K_SMALLINT));
	else if (strcmp(n->s, "SCOPE_IDENTITY") == 0)
		*e = ex_of(session.identity_object ? fmt("ms.last_identity(%d)", session.identity_object) : "NULL::numeric(38,0)", type_dec(38, 0));
	else if (strcmp(n->s, "ROWCOUNT_BIG") == 0)
		*e = ex_of(fmt("%ld::int8", session.rowcount), type_of(K_BIGINT));
	else if (strcmp(n->s, "CONNECTIONPROPERTY") == 0 || strcmp(n->s, "SESSIONPROPERTY") == 0 || strcmp(n->s, "DATABASEPROPERTYEX") == 0 || strcmp(n->s, "SERVERPROPERTY") == 0)
	{
		int			at = n->s[0] == 'D' ? 1 : 0;
		Node	   *x;

		need_args(n, at + 1, at + 1);
		x = n->list->v[at];
		if (x->k != N_STRING)
			raise_error(8116, 16, 1, "Argument data type %s is invalid for argument 1 of %s function.", "int", lower_s(n->s));
		if (n->s[0] == 'S' && n->s[2] == 'R')
			*e = server_property(x->s);
		else if (n->s[0] == 'S')
			*e = ex_of(fmt("ms.mk_variant(56, 4, 10, 0, '%d')", strcasecmp(x->s, "NUMERIC_ROUNDABORT") != 0), type_of(K_VARIANT));
		else if (n->s[0] == 'C')
			*e = strcasecmp(x->s, "net_transport") == 0 ? ex_of("ms.mk_variant(231, 80, 0, 0, 'TCP')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "protocol_type") == 0 ? ex_of("ms.mk_variant(231, 80, 0, 0, 'TSQL')", type_of(K_VARIANT)) :
				ex_of("NULL::ms.variant", type_of(K_VARIANT));
		else
			*e = strcasecmp(x->s, "Collation") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'SQL_Latin1_General_CP1_CI_AS')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "Status") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'ONLINE')", type_of(K_VARIANT)) :
				strcasecmp(x->s, "Updateability") == 0 ? ex_of("ms.mk_variant(231, 256, 0, 0, 'READ_WRITE')", type_of(K_VARIANT)) :
				ex_of("NULL::ms.variant", type_of(K_VARIANT));
	}
	else
		return false;
	return true;
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

		*x = arg(s, n, i);
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
			fmt("%s(rtrim(%s))", is_char(a.t.k) && coll_info(a.t.coll)->sc ? "length" : "ms.u16len", str(a).sql);
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
	Ex			a = str(arg(s, n, 0)),
				b = str(arg(s, n, 1)),
				c,
				e;
	const Collation *coll = coll_info(merge_coll(b, a, "charindex"));
	const char *ci = coll->ci ? "true" : "false";

	if (strcmp(n->s, "REPLACE") == 0)
	{
		need_args(n, 3, 3);
		c = str(arg(s, n, 2));
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
	c = n->list->n > 2 ? as_letter(arg(s, n, 2), 'i') : ex_of("1", type_of(K_INT));
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
		Ex			a = str(arg(s, n, i));

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
	Ex			a = as_letter(arg(s, n, 0), 'n'),
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
		b = as_letter(arg(s, n, 1), 'f');
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
	b = as_letter(arg(s, n, 1), 'i');
	if (is_int(t.k))
		t = type_of(t.k == K_BIGINT ? K_BIGINT : K_INT);
	if (t.k == K_NUMERIC || t.k == K_DECIMAL)
		t.k = K_NUMERIC;
	if (n->list->n == 3)
	{
		Ex			c = as_letter(arg(s, n, 2), 'i');

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
	at = as_letter(arg(s, n, 0), 'i');
	for (i = 1; i < n->list->n; i++)
		t = common_type(t, arg(s, n, i).t);
	buf_printf(&b, "(CASE %s", at.sql);
	for (i = 1; i < n->list->n; i++)
		buf_printf(&b, " WHEN %d THEN %s", i, cast_ex(arg(s, n, i), t).sql);
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
		return aggregate(s, n);
	if (window_call(s, n, &e))
		return e;
	if (n->over)
		raise_error(4113, 16, 1, "The function '%s' is not a valid windowing function, and cannot be used with the OVER clause.", n->s);
	if (session_call(s, n, &e))
		return e;
	for (i = 0; i < sizeof(funcs) / sizeof(*funcs); i++)
		if (strcmp(funcs[i].name, n->s) == 0)
		{
			if (strcmp(n->s, "SUBSTRING") == 0 && n->list->n == 3)
			{
				Ex			a = arg(s, n, 0);

				if (is_binary(a.t.k))
					return ex_of(fmt("ms.substring(%s, %s, %s)", a.sql, as_letter(arg(s, n, 1), 'I').sql, as_letter(arg(s, n, 2), 'I').sql), type_len(K_VARBINARY, a.t.len));
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
		a = arg(s, n, 0);
		b = arg(s, n, 1);
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
		e = arg(s, n, 0);
		if (e.t.k == K_NULL)
			raise_error(4151, 16, 1, "The type of the first argument to NULLIF cannot be the NULL constant because the type of the first argument has to be known.");
		e.sql = fmt("(CASE WHEN %s THEN NULL ELSE %s END)", compare_sql("=", e, arg(s, n, 1)), e.sql);
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
		return length_call(n, arg(s, n, 0));
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
		a = str(arg(s, n, n->list->n - 1));
		e = a;
		e.lit = false;
		e.sql = n->list->n == 1 ? fmt("btrim(%s)", a.sql) : fmt("btrim(%s, %s)", a.sql, str(arg(s, n, 0)).sql);
		return e;
	}
	raise_error(195, 15, 10, "'%s' is not a recognized built-in function name.", n->near);
}

/* @@NAME */
Ex
bind_global(Node *n)
{
	const char *g = upper_s(n->s + 2);
	const struct
	{
		const char *name;
		long		v;
	}			ints[] = {
		{"ROWCOUNT", session.rowcount}, {"TRANCOUNT", session.trancount}, {"ERROR", session.last_error},
		{"TEXTSIZE", session.textsize}, {"LOCK_TIMEOUT", session.lock_timeout}, {"NESTLEVEL", session.depth}, {"OPTIONS", 5496},
		{"FETCH_STATUS", -1}, {"CURSOR_ROWS", 0}, {"MAX_CONNECTIONS", 32767}, {"PROCID", 0},
	};
	size_t		i;

	for (i = 0; i < sizeof(ints) / sizeof(*ints); i++)
		if (strcmp(g, ints[i].name) == 0)
			return ex_of(fmt("(%ld)", ints[i].v), type_of(K_INT));
	if (strcmp(g, "SPID") == 0)
		return ex_of(fmt("%d::int2", session.spid), type_of(K_SMALLINT));
	if (strcmp(g, "MAX_PRECISION") == 0)
		return ex_of("38::int2", type_of(K_TINYINT));
	if (strcmp(g, "DATEFIRST") == 0)
		return ex_of(fmt("%d::int2", session.datefirst), type_of(K_TINYINT));
	if (strcmp(g, "LANGUAGE") == 0)
		return ex_of(fmt("%s::text", pg_quote(session.language)), type_len(K_NVARCHAR, 128));
	if (strcmp(g, "SERVERNAME") == 0)
		return ex_of(fmt("%s::text", pg_quote(config.server_name)), type_len(K_NVARCHAR, 128));
	if (strcmp(g, "SERVICENAME") == 0)
		return ex_of("'MSSQLSERVER'::text", type_len(K_NVARCHAR, 128));
	if (strcmp(g, "MICROSOFTVERSION") == 0)
		return ex_of("251662655", type_of(K_INT));
	if (strcmp(g, "VERSION") == 0)
		return ex_of("'Microsoft SQL Server 2019 (RTM-CU30) - 15.0.4415.2 (X64) \n\tTDS test server of fraiseql, T-SQL subset over PostgreSQL'::text", type_len(K_NVARCHAR, 300));
	if (strcmp(g, "IDENTITY") == 0)
		return ex_of(session.identity_object ? fmt("ms.last_identity(%d)", session.identity_object) : "NULL::numeric(38,0)", type_dec(38, 0));
	if (strcmp(g, "DBTS") == 0)
		return ex_of("int8send(ms.rowversion_last())", type_len(K_VARBINARY, 8));
	raise_error(137, 15, 2, "Must declare the scalar variable \"%s\".", n->s);
}
