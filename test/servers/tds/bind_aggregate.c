/*
 * bind_aggregate.c
 *	  Aggregates and window functions ("Aggregate functions", "OVER clause").
 */
#include "bind_func.h"

#include <string.h>

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
	a = as_string(bind_arg(s, n, 0));
	sep = as_string(bind_arg(s, n, 1));
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

Ex
bind_aggregate(Scope *s, Node *n)
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
	a = bind_arg(s, n, 0);
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
bool
bind_window(Scope *s, Node *n, Ex *e)
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
			*e = ex_of(fmt("%s(%s)%s", lower_s(n->s), i == 3 ? as_letter(bind_arg(s, n, 0), 'i').sql : "", over_sql(s, n->over)),
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
			*e = bind_arg(s, n, 0);
			buf_printf(&b, "%s(%s", lower_s(n->s), e->sql);
			if (n->list->n > 1)
				buf_printf(&b, ", %s", as_letter(bind_arg(s, n, 1), 'i').sql);
			if (n->list->n > 2)
				buf_printf(&b, ", %s", cast_sql(bind_arg(s, n, 2), e->t, 0, CAST_IMPLICIT));
			buf_printf(&b, ")%s", over_sql(s, n->over));
			e->sql = buf_dup(&b);
			e->nullable = true;
			e->lit = false;
			return true;
		}
	return false;
}
