/*
 * bind_expr.c
 *	  Expressions and search conditions: names to columns, types and nullability
 *	  by T-SQL's rules, and the SQL of the backend that means the same.
 *
 * Text is stored without a collation of its own ("C"); every comparison says
 * which one it is made under, with blanks at the end cut off on both sides.
 */
#include "bind.h"
#include "session.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

Ex
ex_of(const char *sql, Type t)
{
	Ex			e;

	memset(&e, 0, sizeof(e));
	e.sql = sql;
	e.t = t;
	e.nullable = true;
	return e;
}

/* Do two trees say the same thing? */
bool
node_equal(Node *a, Node *b)
{
	int			i;

	if (!a || !b)
		return a == b;
	if (a->k != b->k || a->neg != b->neg || a->flag != b->flag || a->q || b->q || a->over || b->over)
		return false;
	if (a->k == N_COLUMN)
		return strcasecmp(a->s, b->s) == 0 &&
			(a->list == NULL || b->list == NULL || a->list->n < 2 || b->list->n < 2 ||
			 strcasecmp(a->list->v[a->list->n - 2], b->list->v[b->list->n - 2]) == 0);
	if ((a->s == NULL) != (b->s == NULL) || (a->s && (a->k == N_STRING ? strcmp(a->s, b->s) : strcasecmp(a->s, b->s)) != 0))
		return false;
	if (a->k == N_CAST && memcmp(&a->type, &b->type, sizeof(Type)) != 0)
		return false;
	if (VEC_N(a->list) != VEC_N(b->list))
		return false;
	for (i = 0; i < VEC_N(a->list); i++)
		if (!node_equal(a->list->v[i], b->list->v[i]))
			return false;
	return node_equal(a->a, b->a) && node_equal(a->b, b->b) && node_equal(a->c, b->c);
}

/* Is there an aggregate (not a window function) outside of subqueries? */
bool
has_aggregate(Node *n)
{
	int			i;

	if (!n)
		return false;
	if (n->k == N_FUNC && !n->over && is_aggregate_name(n->s))
		return true;
	if (n->k != N_COLUMN)
		for (i = 0; i < VEC_N(n->list); i++)
			if (has_aggregate(n->list->v[i]))
				return true;
	if (n->over)
	{
		for (i = 0; i < VEC_N(n->over->order); i++)
			if (has_aggregate(((Order *) n->over->order->v[i])->e))
				return true;
		for (i = 0; i < VEC_N(n->over->partition); i++)
			if (has_aggregate(n->over->partition->v[i]))
				return true;
	}
	return has_aggregate(n->a) || has_aggregate(n->b) || has_aggregate(n->c);
}

/* A constant of the text. */
static Ex
bind_literal(Node *n)
{
	Ex			e = ex_of("NULL", type_of(K_NULL));
	size_t		len;

	switch (n->k)
	{
		case N_NUMBER:
			e.lit = true;
			e.nullable = false;
			e.text = n->s;
			if (n->flag)
			{
				e.t = type_of(K_MONEY);
				e.sql = fmt("%s::numeric(19,4)", n->s);
			}
			else if (strpbrk(n->s, "eE"))
			{
				e.t = type_of(K_FLOAT);
				len = strlen(n->s);
				e.sql = fmt("'%s%s'::float8", n->s, strchr("eE+-", n->s[len - 1]) ? "0" : "");
			}
			else
			{
				const char *dot = strchr(n->s, '.');
				const char *s = n->s;
				int			scale = dot ? (int) strlen(dot + 1) : 0;
				int			digits;

				while (*s == '0' && isdigit((unsigned char) s[1]))
					s++;
				digits = (int) strlen(s) - (dot ? 1 : 0);
				if (s[0] == '0' && dot)
					digits--;
				if (!dot && (digits < 10 || (digits == 10 && strcmp(s, "2147483647") <= 0)))
				{
					e.t = type_of(K_INT);
					e.sql = e.text = s;
				}
				else
				{
					if (digits > 38)
						raise_error(1007, 15, 1, "The number '%s' is out of the range for numeric representation (maximum precision 38).", n->s);
					e.t = type_dec(digits < scale ? scale : digits, scale);
					e.sql = fmt("%s::%s", n->s, type_storage(e.t));
				}
			}
			return e;
		case N_STRING:
			e.lit = true;
			e.nullable = false;
			e.text = n->s;
			len = utf16_units(n->s, strlen(n->s));
			e.t = type_len(n->flag ? K_NVARCHAR : K_VARCHAR, len ? (int) len : 1);
			e.sql = fmt("%s::text", pg_quote(n->s));
			if (!n->flag && len != strlen(n->s))
				e.sql = fmt("ms.cp1252(%s)", e.sql);
			return e;
		case N_BINARY:
			e.lit = true;
			e.nullable = false;
			e.text = "";
			len = strlen(n->s);
			e.t = type_len(K_VARBINARY, len ? (int) (len + 1) / 2 : 1);
			e.sql = fmt("'\\x%s%s'::bytea", len % 2 ? "0" : "", n->s);
			return e;
		default:
			return e;
	}
}

Rel *
find_rel(Scope *s, const char *name)
{
	int			i;

	for (i = 0; i < s->rels->n; i++)
	{
		Rel		   *r = s->rels->v[i];

		if (r->alias && strcasecmp(r->alias, name) == 0)
			return r;
	}
	return NULL;
}

/* Does a relation answer to the qualifiers of a column (table, schema.table, ...)? */
static bool
rel_matches(Rel *r, Vec *parts)
{
	int			n = parts->n - 1;

	if (n == 0)
		return true;
	if (!r->alias || strcasecmp(r->alias, parts->v[n - 1]) != 0)
		return false;
	if (n > 1 && (r->aliased || !r->obj || strcasecmp(r->obj->schema, parts->v[n - 2]) != 0))
		return false;
	return n <= 2 || strcasecmp(r->obj->db, parts->v[n - 3]) == 0;
}

/* A column of a relation; a computed one is its expression. */
Ex
column_ex(Rel *r, Column *c)
{
	Ex			e = ex_of(fmt("%s.c%d", r->pg, c->id), c->type);

	e.nullable = c->nullable || r->nullside;
	e.collprec = 1;
	e.identity = c->identity;
	e.name = c->name;
	if (c->computed)
	{
		Scope	   *s = new_scope(NULL);
		Query	   *q = parse_view_query(fmt("SELECT %s", c->computed));

		vec_add(s->rels, r);
		e = bind_expr(s, ((Item *) q->items->v[0])->e);
		e.name = c->name;
		e.lit = false;
	}
	return e;
}

static Ex
bind_column(Scope *s, Node *n)
{
	Scope	   *at;
	bool		known = false;

	for (at = s; at; at = at->up)
	{
		Rel		   *found = NULL;
		Column	   *col = NULL;
		int			i,
					j;

		for (i = 0; i < at->rels->n; i++)
		{
			Rel		   *r = at->rels->v[i];

			if (!rel_matches(r, n->list))
				continue;
			known = true;
			for (j = 0; j < r->cols->n; j++)
			{
				Column	   *c = r->cols->v[j];

				if (!c->name || strcasecmp(c->name, n->s) != 0)
					continue;
				if (col)
					raise_error(209, 16, 1, "Ambiguous column name '%s'.", n->s);
				found = r;
				col = c;
			}
		}
		if (col)
		{
			if (at == s && s->grouped && !s->in_agg)
				raise_error(s->clause, 16, 1, s->clause == 8121 ?
							"Column '%s.%s' is invalid in the HAVING clause because it is not contained in either an aggregate function or the GROUP BY clause." :
							s->clause == 8127 ?
							"Column \"%s.%s\" is invalid in the ORDER BY clause because it is not contained in either an aggregate function or the GROUP BY clause." :
							"Column '%s.%s' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.",
							found->obj && !found->aliased ? fmt("%s.%s", found->obj->schema, found->alias) : found->alias, col->name);
			return column_ex(found, col);
		}
	}
	if (n->list->n > 1 && !known)
	{
		Buf			b = {0};
		int			i;

		for (i = 0; i < n->list->n; i++)
			buf_printf(&b, "%s%s", i ? "." : "", (char *) n->list->v[i]);
		raise_error(4104, 16, 1, "The multi-part identifier \"%s\" could not be bound.", buf_dup(&b));
	}
	raise_error(207, 16, 1, "Invalid column name '%s'.", n->s);
}

/* The collation under which two texts meet ("Collation precedence"). */
int
merge_coll(Ex a, Ex b, const char *op)
{
	int			ca = a.collprec ? a.t.coll : -1,
				cb = b.collprec ? b.t.coll : -1;

	if (a.collprec == b.collprec)
	{
		if (ca >= 0 && ca != cb && is_char(a.t.k) && is_char(b.t.k))
			raise_error(468, 16, 9, "Cannot resolve the collation conflict between \"%s\" and \"%s\" in the %s operation.", coll_info(ca)->name, coll_info(cb)->name, op);
		return ca >= 0 ? ca : 0;
	}
	return a.collprec > b.collprec ? ca : cb;
}

/* A text without the blanks at its end, as comparisons see it. */
static const char *
trimmed(Ex e)
{
	size_t		n;

	if (!e.lit || !is_char(e.t.k))
		return fmt("rtrim(%s)", e.sql);
	n = strlen(e.text);
	if (n == 0 || e.text[n - 1] != ' ')
		return e.sql;
	return fmt("rtrim(%s)", e.sql);
}

/* What to group, sort and compare by: equal exactly when T-SQL says so. */
const char *
key_sql(Ex e)
{
	if (is_char(e.t.k))
		return fmt("rtrim(%s) COLLATE %s", e.sql, coll_info(e.t.coll)->pg);
	/* as blanks at the end of text, zeros at the end of bytes do not count */
	if (is_binary(e.t.k))
		return fmt("rtrim(%s, '\\x00'::bytea)", e.sql);
	if (e.t.k == K_GUID)
		return fmt("ms.guid_key(%s)", e.sql);
	if (e.t.k == K_DTO)
		return fmt("(%s).t", e.sql);
	if (e.t.k == K_VARIANT)
		return fmt("ms.variant_str(%s)", e.sql);
	return e.sql;
}

static const char *const op_names[][2] = {
	{"=", "equal to"}, {"<>", "not equal to"}, {"<", "less than"}, {">", "greater than"},
	{"<=", "less than or equal to"}, {">=", "greater than or equal to"},
};

static const char *
op_name(const char *op)
{
	int			i;

	for (i = 0; i < 6; i++)
		if (strcmp(op_names[i][0], op) == 0)
			return op_names[i][1];
	return op;
}

/* A comparison; op is one of T-SQL's. */
const char *
compare_sql(const char *op, Ex a, Ex b)
{
	Type		t;

	if (strcmp(op, "!=") == 0)
		op = "<>";
	if (strcmp(op, "!<") == 0)
		op = ">=";
	if (strcmp(op, "!>") == 0)
		op = "<=";
	if (a.t.k == K_TEXT || a.t.k == K_NTEXT || a.t.k == K_IMAGE || b.t.k == K_TEXT || b.t.k == K_NTEXT || b.t.k == K_IMAGE)
		raise_error(402, 16, 1, "The data types %s and %s are incompatible in the %s operator.", kind_info(a.t.k)->name, kind_info(b.t.k)->name, op_name(op));
	if (a.t.k == K_XML || b.t.k == K_XML)
		raise_error(305, 16, 1, "The xml data type cannot be compared or sorted, except when using the IS NULL operator.");
	if (a.t.k == K_NULL)
		a = ex_of(fmt("NULL::%s", type_storage(b.t)), b.t);
	if (b.t.k == K_NULL)
		b = ex_of(fmt("NULL::%s", type_storage(a.t)), a.t);
	if (is_char(a.t.k) && is_char(b.t.k))
	{
		const Collation *c = coll_info(merge_coll(a, b, op_name(op)));

		return fmt("(%s %s %s COLLATE %s)", trimmed(a), op, trimmed(b), c->pg);
	}
	t = common_type(a.t, b.t);
	if (t.k == K_VARIANT)
		return fmt("(ms.variant_str(%s) %s ms.variant_str(%s))", cast_sql(a, t, 0, CAST_IMPLICIT), op, cast_sql(b, t, 0, CAST_IMPLICIT));
	if (is_number(a.t.k) && is_number(b.t.k))
		return fmt("(%s %s %s)", a.sql, op, b.sql);
	if (is_temporal(t.k) && !is_temporal(a.t.k) && is_number(a.t.k) && t.k != K_DATETIME && t.k != K_SMALLDATETIME)
		raise_error(206, 16, 2, "Operand type clash: %s is incompatible with %s", kind_info(a.t.k)->name, kind_info(t.k)->name);
	/* Two exact instants: what they have, not what the other rounds to. */
	if (is_ticks(a.t.k) && is_ticks(b.t.k))
		return fmt("(%s %s %s)", a.sql, op, b.sql);
	if (is_exact(t.k) && is_char(a.t.k))
		a.sql = fmt("(ms.s_num(%s, '%s'))", a.sql, kind_info(a.t.k)->name);
	else
		a.sql = cast_sql(a, t, 0, CAST_IMPLICIT);
	if (is_exact(t.k) && is_char(b.t.k))
		b.sql = fmt("(ms.s_num(%s, '%s'))", b.sql, kind_info(b.t.k)->name);
	else
		b.sql = cast_sql(b, t, 0, CAST_IMPLICIT);
	a.t = b.t = t;
	if (t.k == K_DTO || is_binary(t.k) || (t.k == K_GUID && strchr("<>", op[0]) && strcmp(op, "<>") != 0))
		return fmt("(%s %s %s)", key_sql(a), op, key_sql(b));
	return fmt("(%s %s %s)", a.sql, op, b.sql);
}

/* The regular expression of a LIKE pattern; NULL when it can match nothing. */
const char *
like_regex(const char *p, const char *escape)
{
	Buf			b = {0};
	char		esc = escape ? escape[0] : 0;

	buf_puts(&b, "^");
	for (; *p; p++)
	{
		if (esc && *p == esc && p[1])
		{
			p++;
			if (!isalnum((unsigned char) *p) && (unsigned char) *p < 0x80 && *p != '_')
				buf_putc(&b, '\\');
			buf_putc(&b, *p);
		}
		else if (*p == '%')
			buf_puts(&b, ".*");
		else if (*p == '_')
			buf_putc(&b, '.');
		else if (*p == '[')
		{
			const char *end = strchr(p[1] == '^' ? p + 2 : p + 1, ']');
			bool		neg = p[1] == '^';

			if (!end)
				return NULL;
			p += neg ? 2 : 1;
			if (p == end)
				return NULL;
			buf_puts(&b, neg ? "[^" : "[");
			for (; p < end; p++)
			{
				if (esc && *p == esc && p + 1 < end)
					p++;
				if (strchr("\\[]^", *p) || (*p == '-' && (p + 1 == end || p[-1] == '[' || p[-1] == '^')))
					buf_putc(&b, '\\');
				buf_putc(&b, *p);
			}
			buf_putc(&b, ']');
		}
		else
		{
			if (!isalnum((unsigned char) *p) && (unsigned char) *p < 0x80 && !strchr(" _", *p))
				buf_putc(&b, '\\');
			buf_putc(&b, *p);
		}
	}
	buf_puts(&b, "$");
	return buf_dup(&b);
}

static const char *
bind_like(Scope *s, Node *n)
{
	Ex			a = bind_expr(s, n->a),
				b = bind_expr(s, n->b);
	const Collation *c;
	const char *re;
	const char *esc = NULL;

	if (!is_char(a.t.k))
		a = ex_of(cast_sql(a, type_len(K_VARCHAR, 8000), 0, CAST_IMPLICIT), type_len(K_VARCHAR, 8000));
	if (!is_char(b.t.k))
		b = ex_of(cast_sql(b, type_len(K_VARCHAR, 8000), 0, CAST_IMPLICIT), type_len(K_VARCHAR, 8000));
	c = coll_info(merge_coll(a, b, "like"));
	if (n->c)
	{
		if (n->c->k != N_STRING || utf16_units(n->c->s, strlen(n->c->s)) != 1)
			raise_error(506, 16, 1, "The invalid escape character \"%s\" was specified in a LIKE predicate.", n->c->s ? n->c->s : "");
		esc = n->c->s;
	}
	if (b.lit)
	{
		re = like_regex(b.text, esc);
		re = re ? pg_quote(re) : "'a^'";
	}
	else
		re = fmt("ms.like_re(%s, %s)", b.sql, esc ? pg_quote(esc) : "NULL");
	return fmt("((%s) COLLATE %s %s%s %s)", a.sql, c->bin ? "\"C\"" : "\"und-x-icu\"", n->neg ? "!" : "", c->ci ? "~*" : "~", re);
}

/* The only column of a subquery, as an expression of the query around it. */
static Ex
bind_subquery(Scope *s, Query *q, const char **from)
{
	Bound	   *b = bind_query(s, q, true);
	OutCol	   *c;
	Ex			e;

	if (b->cols->n != 1)
		raise_error(116, 16, 1, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.");
	c = b->cols->v[0];
	e = ex_of(from ? "sq.c1" : fmt("(%s)", b->sql), c->t);
	e.collprec = 1;
	e.nullable = true;
	if (from)
		*from = fmt("(%s) AS sq(c1)", b->sql);
	return e;
}

static const char *
bind_in(Scope *s, Node *n)
{
	Ex			a = bind_expr(s, n->a);
	Buf			b = {0};
	int			i;

	if (n->q)
	{
		const char *from;
		Ex			sub = bind_subquery(s, n->q, &from);
		Type		t = common_type(a.t, sub.t);

		if (is_char(a.t.k) && is_char(sub.t.k))
		{
			const Collation *c = coll_info(merge_coll(a, sub, "equal to"));

			return fmt("(%s COLLATE %s %sIN (SELECT %s FROM %s))", trimmed(a), c->pg, n->neg ? "NOT " : "", trimmed(sub), from);
		}
		if (is_number(a.t.k) && is_number(sub.t.k))
			return fmt("(%s %sIN (SELECT %s FROM %s))", a.sql, n->neg ? "NOT " : "", sub.sql, from);
		if (is_binary(a.t.k) && is_binary(sub.t.k))
			return fmt("(%s %sIN (SELECT %s FROM %s))", key_sql(a), n->neg ? "NOT " : "", key_sql(sub), from);
		return fmt("(%s %sIN (SELECT %s FROM %s))", cast_sql(a, t, 0, CAST_IMPLICIT), n->neg ? "NOT " : "",
				   cast_sql(sub, t, 0, CAST_IMPLICIT), from);
	}
	/* Many plain numbers or texts: one list that an index can serve. */
	{
		bool		plain = n->list->n > 1;
		Vec		   *exs = vec_new();

		for (i = 0; i < n->list->n; i++)
		{
			Ex		   *e = alloc0(sizeof(Ex));

			*e = bind_expr(s, n->list->v[i]);
			vec_add(exs, e);
			if (!((is_int(a.t.k) && e->t.k == K_INT) || (is_char(a.t.k) && is_char(e->t.k) && e->lit)))
				plain = false;
		}
		if (plain)
		{
			const char *c = is_char(a.t.k) ? coll_info(merge_coll(a, *(Ex *) exs->v[0], "equal to"))->pg : NULL;

			buf_printf(&b, "(%s%s%s %sIN (", c ? trimmed(a) : a.sql, c ? " COLLATE " : "", c ? c : "", n->neg ? "NOT " : "");
			for (i = 0; i < exs->n; i++)
				buf_printf(&b, "%s%s", i ? ", " : "", c ? trimmed(*(Ex *) exs->v[i]) : ((Ex *) exs->v[i])->sql);
			buf_puts(&b, "))");
			return buf_dup(&b);
		}
		buf_printf(&b, "(%s", n->neg ? "NOT (" : "");
		for (i = 0; i < exs->n; i++)
			buf_printf(&b, "%s%s", i ? " OR " : "", compare_sql("=", a, *(Ex *) exs->v[i]));
		buf_printf(&b, "%s)", n->neg ? ")" : "");
		return buf_dup(&b);
	}
}

/* A search condition, as SQL of the backend. */
const char *
bind_cond(Scope *s, Node *n)
{
	Ex			a,
				b;

	switch (n->k)
	{
		case N_AND:
			{
				const char *l = bind_cond(s, n->a);

				return fmt("(%s AND %s)", l, bind_cond(s, n->b));
			}
		case N_OR:
			{
				const char *l = bind_cond(s, n->a);

				return fmt("(%s OR %s)", l, bind_cond(s, n->b));
			}
		case N_NOT:
			return fmt("(NOT %s)", bind_cond(s, n->a));
		case N_CMP:
			a = bind_expr(s, n->a);
			return compare_sql(n->s, a, bind_expr(s, n->b));
		case N_ISNULL:
			a = bind_expr(s, n->a);
			if (a.t.k == K_DTO)
				return fmt("((%s).t IS %sNULL)", a.sql, n->neg ? "NOT " : "");
			if (a.t.k == K_VARIANT)
				return fmt("((%s).id IS %sNULL)", a.sql, n->neg ? "NOT " : "");
			return fmt("((%s) IS %sNULL)", a.sql, n->neg ? "NOT " : "");
		case N_BETWEEN:
			{
				const char *l;

				a = bind_expr(s, n->a);
				b = bind_expr(s, n->b);
				l = compare_sql(">=", a, b);
				return fmt("(%s(%s AND %s))", n->neg ? "NOT " : "", l, compare_sql("<=", a, bind_expr(s, n->c)));
			}
		case N_LIKE:
			return bind_like(s, n);
		case N_IN:
			return bind_in(s, n);
		case N_EXISTS:
			return fmt("EXISTS (%s)", bind_query(s, n->q, true)->sql);
		case N_QUANT:
			{
				const char *from;

				a = bind_expr(s, n->a);
				b = bind_subquery(s, n->q, &from);
				if (n->flag)
					return fmt("((SELECT bool_and(%s) FROM %s) IS NOT FALSE)", compare_sql(n->s, a, b), from);
				return fmt("((SELECT bool_or(%s) FROM %s) IS TRUE)", compare_sql(n->s, a, b), from);
			}
		default:
			raise_error(4145, 15, 1, "An expression of non-boolean type specified in a context where a condition is expected, near '%s'.", n->near);
	}
}

/* Operands of an exact operation, with the digits that a constant really has. */
static Type
exact_type(Ex e)
{
	if (e.lit && e.t.k == K_INT)
		return type_dec((int) strlen(e.text), 0);
	return as_decimal(e.t);
}

/* "Precision, scale, and length": the result when 38 digits are too few. */
static Type
limit_precision(int prec, int scale, bool keep_scale)
{
	if (prec > 38)
	{
		int			ints = prec - scale;
		int			max = 38 - ints;

		if (keep_scale)
			scale = max < scale ? max : scale;
		else
			scale = max < 6 ? (scale < 6 ? scale : 6) : (max < scale ? max : scale);
		if (scale < 0)
			scale = 0;
		prec = 38;
	}
	return type_dec(prec, scale);
}

static Ex
exact_arith(const char *op, Ex a, Ex b)
{
	Type		x = exact_type(a),
				y = exact_type(b);
	int			ints = x.prec - x.scale > y.prec - y.scale ? x.prec - x.scale : y.prec - y.scale;
	int			scale = x.scale > y.scale ? x.scale : y.scale;
	Type		t;
	const char *sql;

	switch (op[0])
	{
		case '*':
			t = limit_precision(x.prec + y.prec + 1, x.scale + y.scale, false);
			sql = fmt("((%s)::numeric * (%s))", a.sql, b.sql);
			if (t.scale < x.scale + y.scale)
				sql = fmt("round(%s, %d)", sql, t.scale);
			break;
		case '/':
			scale = x.scale + y.prec + 1 > 6 ? x.scale + y.prec + 1 : 6;
			t = limit_precision(x.prec - x.scale + y.scale + scale, scale, false);
			sql = fmt("(div((%s)::numeric * 1e%d, (%s)) * 1e-%d)", a.sql, t.scale, b.sql, t.scale);
			break;
		case '%':
			t = limit_precision((x.prec - x.scale < y.prec - y.scale ? x.prec - x.scale : y.prec - y.scale) + scale, scale, true);
			sql = fmt("((%s)::numeric %% (%s))", a.sql, b.sql);
			break;
		default:
			t = limit_precision(ints + scale + 1, scale, true);
			sql = fmt("((%s)::numeric %s (%s))", a.sql, op, b.sql);
			if (t.scale < scale)
				sql = fmt("round(%s, %d)", sql, t.scale);
			break;
	}
	if (t.prec == 38)
		sql = fmt("(%s)::%s", sql, type_storage(t));
	return ex_of(sql, t);
}

static Ex
concat(Ex a, Ex b)
{
	Type		t = common_type(a.t, b.t);
	Ex			e;
	int			len = a.t.len < 0 || b.t.len < 0 ? -1 : a.t.len + b.t.len;
	int			max = is_nchar(t.k) ? 4000 : 8000;

	if (a.t.k == K_NULL || b.t.k == K_NULL)
		len = t.len;
	if (t.k == K_TEXT || t.k == K_NTEXT)
		raise_error(402, 16, 1, "The data types %s and %s are incompatible in the add operator.", kind_info(a.t.k)->name, kind_info(b.t.k)->name);
	if (t.k == K_CHAR)
		t.k = K_VARCHAR;
	if (t.k == K_NCHAR)
		t.k = K_NVARCHAR;
	t.len = len > max ? max : len;
	if (session.concat_null)
		e = ex_of(fmt("((%s)::text || (%s)::text)", a.sql, b.sql), t);
	else
		e = ex_of(fmt("(COALESCE((%s)::text, '') || COALESCE((%s)::text, ''))", a.sql, b.sql), t);
	if (len > max)
		e.sql = fmt("left(%s, %d)", e.sql, max);
	e.t.coll = merge_coll(a, b, "add");
	e.collprec = a.collprec > b.collprec ? a.collprec : b.collprec;
	e.nullable = a.nullable || b.nullable;
	return e;
}

/* a op b, typed as T-SQL does. */
Ex
arith(const char *op, Ex a, Ex b)
{
	static const struct
	{
		const char *op,
				   *name;
	}			names[] = {{"+", "add"}, {"-", "subtract"}, {"*", "multiply"}, {"/", "divide"}, {"%", "modulo"},
	{"&", "'&'"}, {"|", "'|'"}, {"^", "'^'"}};
	const char *name = op;
	Type		t;
	Ex			e;
	int			i;

	for (i = 0; i < 8; i++)
		if (strcmp(names[i].op, op) == 0)
			name = names[i].name;
	if (op[0] == '+' && (is_char(a.t.k) || a.t.k == K_NULL) && (is_char(b.t.k) || b.t.k == K_NULL) && (is_char(a.t.k) || is_char(b.t.k)))
		return concat(a, b);
	if (op[0] == '+' && is_binary(a.t.k) && is_binary(b.t.k))
	{
		int			len = a.t.len < 0 || b.t.len < 0 ? -1 : a.t.len + b.t.len;

		return ex_of(fmt("(%s || %s)", a.sql, b.sql), type_len(K_VARBINARY, len));
	}
	t = common_type(a.t, b.t);
	if ((t.k == K_DATETIME || t.k == K_SMALLDATETIME) && strchr("+-", op[0]))
	{
		e = ex_of(fmt("ms.days_t(ms.t_days(%s) %s ms.t_days(%s))", cast_sql(a, t, 0, CAST_IMPLICIT), op, cast_sql(b, t, 0, CAST_IMPLICIT)), t);
		e.sql = fmt("ms.r_dt(%s)", e.sql);
		return e;
	}
	if (is_temporal(t.k))
	{
		if (is_temporal(a.t.k) != is_temporal(b.t.k) && (is_number(a.t.k) || is_number(b.t.k)))
			raise_error(206, 16, 2, "Operand type clash: %s is incompatible with %s", kind_info(is_temporal(a.t.k) ? a.t.k : b.t.k)->name, kind_info(is_temporal(a.t.k) ? b.t.k : a.t.k)->name);
		raise_error(8117, 16, 1, "Operand data type %s is invalid for %s operator.", kind_info(t.k)->name, name);
	}
	if (is_char(t.k) || is_binary(t.k) || t.k == K_GUID || t.k == K_XML || t.k == K_VARIANT)
		raise_error(a.t.k == b.t.k ? 8117 : 402, 16, 1, a.t.k == b.t.k ? "Operand data type %s is invalid for %s operator." : "The data types %s and %s are incompatible in the %s operator.",
					kind_info(a.t.k)->name, a.t.k == b.t.k ? name : kind_info(b.t.k)->name, name);
	if (a.t.k == K_BIT && b.t.k == K_BIT && strchr("+-*/%", op[0]))
		raise_error(402, 16, 1, "The data types bit and bit are incompatible in the %s operator.", name);
	/* Strings and binaries become the number that they meet. */
	if (!is_number(a.t.k))
		a = cast_ex(a, t);
	if (!is_number(b.t.k))
		b = cast_ex(b, t);
	if (strchr("&|^", op[0]))
	{
		if (!is_int(t.k))
			raise_error(8117, 16, 1, "Operand data type %s is invalid for %s operator.", kind_info(t.k)->name, name);
		e = ex_of(fmt("((%s)::%s %s (%s)::%s)", a.sql, type_storage(t), op[0] == '^' ? "#" : op, b.sql, type_storage(t)), t);
	}
	else if (t.k == K_REAL || t.k == K_FLOAT)
	{
		if (op[0] == '%')
			raise_error(402, 16, 1, "The data types %s and %s are incompatible in the modulo operator.", kind_info(a.t.k)->name, kind_info(b.t.k)->name);
		e = ex_of(fmt("((%s)::%s %s (%s)::%s)", a.sql, type_storage(t), op, b.sql, type_storage(t)), t);
	}
	else if (t.k == K_MONEY || t.k == K_SMALLMONEY)
	{
		if (op[0] == '/')
			e = ex_of(fmt("(div((%s)::numeric * 1e4, (%s)) * 1e-4)::%s", a.sql, b.sql, type_storage(t)), t);
		else
			e = ex_of(fmt("((%s)::numeric %s (%s))::%s", a.sql, op, b.sql, type_storage(t)), t);
	}
	else if (is_exact(t.k))
		e = exact_arith(op, a, b);
	else
	{
		e = ex_of(fmt("(%s %s %s)", a.sql, op, b.sql), t);
		if (t.k == K_TINYINT)
			e.sql = fmt("ms.i_tiny(%s::int8)", e.sql);
	}
	e.nullable = true;
	return e;
}

static Ex
bind_case(Scope *s, Node *n)
{
	Buf			b = {0};
	Vec		   *results = vec_new();
	Type		t = type_of(K_NULL);
	Ex			e,
				subject = {0},
			   *els = NULL;
	int			i;
	bool		nullable = n->b == NULL;
	int			collprec = 0;

	if (n->a)
		subject = bind_expr(s, n->a);
	for (i = 1; i < n->list->n; i += 2)
	{
		Ex		   *r = alloc0(sizeof(Ex));

		*r = bind_expr(s, n->list->v[i]);
		t = common_type(t, r->t);
		if (r->t.k == K_NULL && results->n == 0)
			t = type_of(K_NULL);
		nullable |= r->nullable;
		if (r->collprec > collprec)
			collprec = r->collprec;
		vec_add(results, r);
	}
	if (n->b)
	{
		els = alloc0(sizeof(Ex));
		*els = bind_expr(s, n->b);
		t = t.k == K_NULL ? els->t : common_type(t, els->t);
		nullable |= els->nullable;
		if (els->collprec > collprec)
			collprec = els->collprec;
	}
	if (t.k == K_NULL)
		raise_error(8133, 16, 1, "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.");
	buf_puts(&b, "(CASE");
	for (i = 0; i < n->list->n; i += 2)
	{
		const char *when = n->a ? compare_sql("=", subject, bind_expr(s, n->list->v[i])) : bind_cond(s, n->list->v[i]);

		buf_printf(&b, " WHEN %s THEN %s", when, cast_ex(*(Ex *) results->v[i / 2], t).sql);
	}
	if (els)
		buf_printf(&b, " ELSE %s", cast_ex(*els, t).sql);
	buf_puts(&b, " END)");
	e = ex_of(buf_dup(&b), t);
	e.nullable = nullable;
	e.collprec = collprec;
	return e;
}

static Ex
bind_cast(Scope *s, Node *n)
{
	Ex			a = bind_expr(s, n->a);
	int			style = 0;
	Ex			e;

	if (n->b)
	{
		if (n->b->k != N_NUMBER)
			raise_error(8116, 16, 1, "Argument data type %s is invalid for argument 3 of convert function.", "varchar");
		style = atoi(n->b->s);
	}
	e = ex_of(cast_sql(a, n->type, style, n->flag ? CAST_TRY : CAST_EXPLICIT), n->type);
	e.nullable = a.nullable || n->flag;
	e.collprec = is_char(a.t.k) ? a.collprec : 0;
	e.t.coll = is_char(a.t.k) ? a.t.coll : 0;
	return e;
}

/* A value, as SQL of the backend. */
Ex
bind_expr(Scope *s, Node *n)
{
	Ex			a,
				e;
	int			i;

	if (s && s->grouped && !s->in_agg)
		for (i = 0; i < VEC_N(s->groups); i++)
			if (node_equal(s->groups->v[i], n))
			{
				s->in_agg = true;
				e = bind_expr(s, n);
				s->in_agg = false;
				if (is_char(e.t.k))
					e.sql = fmt("min(%s COLLATE \"C\")", e.sql);
				else if (e.t.k == K_DTO || e.t.k == K_GUID || e.t.k == K_VARIANT || is_binary(e.t.k))
					e.sql = fmt("(array_agg(%s))[1]", e.sql);
				e.lit = false;
				return e;
			}
	switch (n->k)
	{
		case N_NUMBER:
		case N_STRING:
		case N_BINARY:
		case N_NULL:
			return bind_literal(n);
		case N_VAR:
			{
				Variable   *v = var_find(n->s);

				if (!v)
					raise_error(137, 15, 2, "Must declare the scalar variable \"%s\".", n->s);
				return ex_of(var_sql(v), v->type);
			}
		case N_GLOBAL:
			return bind_global(n);
		case N_COLUMN:
			if (!n->list || n->list->n == 0)
				raise_error(102, 15, 1, "Incorrect syntax near '%s'.", n->s);
			return bind_column(s ? s : new_scope(NULL), n);
		case N_NEG:
			a = bind_expr(s, n->a);
			if (is_char(a.t.k) || !(is_number(a.t.k) || a.t.k == K_NULL) || a.t.k == K_BIT)
				raise_error(8117, 16, 1, "Operand data type %s is invalid for minus operator.", kind_info(a.t.k)->name);
			e = a;
			if (n->a->k == N_NUMBER && strcmp(n->a->s, "2147483648") == 0)
				e.t = type_dec(10, 0);
			e.sql = fmt("(-%s)", a.sql);
			e.text = a.lit ? fmt("-%s", a.text) : NULL;
			if (a.lit && a.t.k == K_INT)
				e.text = a.text;
			return e;
		case N_BITNOT:
			a = bind_expr(s, n->a);
			if (!is_int(a.t.k))
				raise_error(8117, 16, 1, "Operand data type %s is invalid for '~' operator.", kind_info(a.t.k)->name);
			e = a;
			e.lit = false;
			e.sql = a.t.k == K_BIT ? fmt("(1 - %s)::int2", a.sql) : a.t.k == K_TINYINT ? fmt("(255 - %s)::int2", a.sql) : fmt("(~ %s)", a.sql);
			return e;
		case N_ARITH:
			a = bind_expr(s, n->a);
			return arith(n->s, a, bind_expr(s, n->b));
		case N_CASE:
			return bind_case(s, n);
		case N_CAST:
			return bind_cast(s, n);
		case N_FUNC:
			return bind_call(s, n);
		case N_SUBQUERY:
			return bind_subquery(s, n->q, NULL);
		case N_COLLATE:
			a = bind_expr(s, n->a);
			if (!is_char(a.t.k))
				raise_error(447, 16, 0, "Expression type %s is invalid for COLLATE clause.", kind_info(a.t.k)->name);
			i = coll_by_name(n->s);
			if (i < 0)
				raise_error(448, 16, 1, "Invalid collation '%s'.", n->s);
			a.t.coll = i;
			a.collprec = 2;
			return a;
		case N_ATZONE:
			a = bind_expr(s, n->a);
			e = bind_expr(s, n->b);
			if (a.t.k == K_DTO)
				a.sql = fmt("ms.dto_zone(%s, %s)", a.sql, e.sql);
			else
				a.sql = fmt("ms.t_zone(%s, %s)", cast_sql(a, type_of(K_DATETIME2), 0, CAST_IMPLICIT), e.sql);
			a.t = (Type) {K_DTO, 0, 0, is_temporal(a.t.k) && a.t.k != K_DATETIME ? a.t.scale : 3, 0};
			return a;
		case N_DEFAULT:
			raise_error(156, 15, 1, "Incorrect syntax near the keyword 'DEFAULT'.");
		default:
			raise_error(102, 15, 1, "Incorrect syntax near '%s'.", n->near);
	}
}
