/*
 * bind_query.c
 *	  Queries: FROM, the select list, grouping, DISTINCT, set operations, TOP and
 *	  OFFSET, common table expressions and views.
 *
 * The columns of every query are c1, c2, ... in the SQL of the backend; the names
 * that the client sees are kept beside it.
 */
#include "bind.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int	rel_count;
static int	view_depth;

Scope *
new_scope(Scope *up)
{
	Scope	   *s = alloc0(sizeof(Scope));

	s->up = up;
	s->rels = vec_new();
	s->clause = 8120;
	return s;
}

static Rel *
new_rel(Scope *s, const char *alias)
{
	Rel		   *r = alloc0(sizeof(Rel));

	if (alias && find_rel(s, alias))
		raise_error(1011, 16, 1, "The correlation name '%s' is specified multiple times in a FROM clause.", alias);
	r->alias = alias;
	r->pg = fmt("r%d", ++rel_count);
	vec_add(s->rels, r);
	return r;
}

Rel *
add_table(Scope *s, Object *o, const char *alias)
{
	Rel		   *r;

	if (!alias && find_rel(s, o->name))
		raise_error(1013, 16, 1, "The objects \"%s\" and \"%s\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.", o->name, o->name);
	r = new_rel(s, alias ? alias : o->name);
	r->obj = o;
	r->cols = o->cols;
	r->aliased = alias != NULL;
	return r;
}

/* The columns of a derived table, by its own aliases or the names in it. */
static void
rel_from_bound(Rel *r, Bound *b, Vec *names)
{
	int			i;

	if (names && names->n != b->cols->n)
		raise_error(names->n < b->cols->n ? 8158 : 8159, 16, 1, names->n < b->cols->n ?
					"'%s' has more columns than were specified in the column list." : "'%s' has fewer columns than were specified in the column list.", r->alias);
	r->cols = vec_new();
	for (i = 0; i < b->cols->n; i++)
	{
		OutCol	   *o = b->cols->v[i];
		Column	   *c = alloc0(sizeof(Column));

		c->id = i + 1;
		c->name = names ? names->v[i] : o->name;
		if (!c->name || !*c->name)
			raise_error(8155, 16, 2, "No column name was specified for column %d of '%s'.", i + 1, r->alias);
		c->type = o->t;
		c->nullable = o->nullable;
		c->identity = o->identity;
		vec_add(r->cols, c);
	}
}

static const char *
column_names(Vec *cols)
{
	Buf			b = {0};
	int			i;

	for (i = 0; i < cols->n; i++)
		buf_printf(&b, "%sc%d", i ? ", " : "", i + 1);
	return buf_dup(&b);
}

static Cte *
find_cte(Scope *s, const char *name, Scope **where)
{
	for (; s; s = s->up)
	{
		int			i;

		for (i = VEC_N(s->ctes) - 1; i >= 0; i--)
			if (strcasecmp(((Cte *) s->ctes->v[i])->name, name) == 0)
			{
				*where = s;
				return s->ctes->v[i];
			}
	}
	return NULL;
}

static bool from_mentions(Vec *from, const char *name);

static bool
query_mentions(Query *q, const char *name)
{
	if (!q)
		return false;
	if (q->setop)
		return query_mentions(q->l, name) || query_mentions(q->r, name);
	return from_mentions(q->from, name);
}

static bool
item_mentions(From *f, const char *name)
{
	if (!f)
		return false;
	if (f->k == F_TABLE)
		return f->parts->n == 1 && strcasecmp(f->parts->v[0], name) == 0;
	if (f->k == F_QUERY)
		return query_mentions(f->q, name);
	return f->k == F_JOIN && (item_mentions(f->l, name) || item_mentions(f->r, name));
}

static bool
from_mentions(Vec *from, const char *name)
{
	int			i;

	for (i = 0; i < VEC_N(from); i++)
		if (item_mentions(from->v[i], name))
			return true;
	return false;
}

/* A scope in which only the expressions up to one are visible. */
static Scope *
cte_scope(Scope *where, Cte *c)
{
	Scope	   *s = new_scope(where->up);
	int			i;

	s->ctes = vec_new();
	for (i = 0; i < where->ctes->n && where->ctes->v[i] != c; i++)
		vec_add(s->ctes, where->ctes->v[i]);
	return s;
}

/* The recursive expression that is being bound, and its columns. */
static struct
{
	Cte		   *cte;
	Bound	   *anchor;
	const char *pg;
}			recursion;

/* WITH RECURSIVE of the backend: the members are cast to the anchor's types. */
static const char *
recursive_cte(Scope *s, Cte *c, Rel *r)
{
	Query	   *q = c->q;
	Bound	   *anchor,
			   *step;
	Buf			b = {0};
	int			i;
	const char *pg = fmt("q%d", ++rel_count);

	if (!q->setop || strcmp(q->setop, "UNION ALL") != 0)
		raise_error(252, 16, 1, "Recursive common table expression '%s' does not contain a top-level UNION ALL operator.", c->name);
	anchor = bind_query(s, q->l, true);
	recursion.cte = c;
	recursion.anchor = anchor;
	recursion.pg = pg;
	step = bind_query(s, q->r, true);
	recursion.cte = NULL;
	if (step->cols->n != anchor->cols->n)
		raise_error(205, 16, 1, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.");
	buf_printf(&b, "(WITH RECURSIVE %s(%s) AS (SELECT ", pg, column_names(anchor->cols));
	for (i = 0; i < anchor->cols->n; i++)
		buf_printf(&b, "%sc%d%s%s", i ? ", " : "", i + 1, is_char(((OutCol *) anchor->cols->v[i])->t.k) ? " COLLATE \"C\"" : "",
				   is_exact(((OutCol *) anchor->cols->v[i])->t.k) ? "::numeric" : "");
	buf_printf(&b, " FROM (%s) a(%s) UNION ALL SELECT ", anchor->sql, column_names(anchor->cols));
	for (i = 0; i < anchor->cols->n; i++)
	{
		OutCol	   *to = anchor->cols->v[i],
				   *from = step->cols->v[i];

		if (from->t.k != to->t.k && !(is_int(from->t.k) && is_int(to->t.k)))
			raise_error(240, 16, 1, "Types don't match between the anchor and the recursive part in column \"%s\" of recursive query \"%s\".", to->name ? to->name : "", c->name);
		if (is_char(to->t.k))
			buf_printf(&b, "%sc%d COLLATE \"C\"", i ? ", " : "", i + 1);
		else
			buf_printf(&b, "%s(c%d)::%s", i ? ", " : "", i + 1, is_exact(to->t.k) ? "numeric" : type_storage(to->t));
	}
	buf_printf(&b, " FROM (%s) a(%s)) SELECT * FROM %s) AS %s(%s)", step->sql, column_names(step->cols), pg, r->pg, column_names(anchor->cols));
	rel_from_bound(r, anchor, c->cols);
	return buf_dup(&b);
}

static const char *
bind_cte(Scope *s, Scope *where, Cte *c, const char *alias)
{
	Rel		   *r = new_rel(s, alias ? alias : c->name);
	Scope	   *inner;
	Bound	   *b;

	if (recursion.cte == c)
	{
		rel_from_bound(r, recursion.anchor, c->cols);
		return fmt("%s AS %s(%s)", recursion.pg, r->pg, column_names(recursion.anchor->cols));
	}
	inner = cte_scope(where, c);
	if (query_mentions(c->q, c->name) && c->q->setop)
	{
		vec_add(inner->ctes, c);
		return recursive_cte(inner, c, r);
	}
	b = bind_query(inner, c->q, true);
	rel_from_bound(r, b, c->cols);
	return fmt("(%s) AS %s(%s)", b->sql, r->pg, column_names(b->cols));
}

/* A view is its query, as it would be bound now. */
static const char *
bind_view(Scope *s, Object *o, const char *alias)
{
	Rel		   *r = add_table(s, o, alias);
	Bound	   *b = NULL;
	int			depth = view_depth;

	if (view_depth > 31)
		raise_error(217, 16, 1, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).");
	view_depth++;
	TRY(b = bind_query(NULL, parse_view_query(o->definition), true))
	{
		view_depth = depth;
		/* Two errors: what is wrong in the view, and that it cannot be used. */
		report_error(1);
		raise_error(4413, 16, 1, "Could not use view or function '%s' because of binding errors.", o->name);
	}
	END_TRY;
	view_depth = depth;
	if (b->cols->n != o->cols->n)
		raise_error(4502, 16, 1, "View or function '%s.%s' has more column names specified than columns defined.", o->schema, o->name);
	return fmt("(%s) AS %s(%s)", b->sql, r->pg, column_names(b->cols));
}

static const char *
bind_values(Scope *s, From *f)
{
	Rel		   *r;
	Vec		   *rows = vec_new();
	Vec		   *types = vec_new();
	Buf			b = {0};
	int			i,
				j,
				n = ((Vec *) f->rows->v[0])->n;

	if (!f->cols)
		raise_error(8155, 16, 2, "No column name was specified for column 1 of '%s'.", f->alias);
	for (i = 0; i < f->rows->n; i++)
	{
		Vec		   *row = f->rows->v[i];
		Vec		   *exs = vec_new();

		if (row->n != n)
			raise_error(10709, 16, 1, "The number of columns for each row in a table value constructor must be the same.");
		for (j = 0; j < n; j++)
		{
			Ex		   *e = alloc0(sizeof(Ex));

			*e = bind_expr(s, row->v[j]);
			vec_add(exs, e);
			if (i == 0)
				vec_add(types, memcpy(alloc0(sizeof(Type)), &e->t, sizeof(Type)));
			else if (e->t.k != K_NULL)
			{
				Type	   *t = types->v[j];

				*t = t->k == K_NULL ? e->t : common_type(*t, e->t);
			}
		}
		vec_add(rows, exs);
	}
	r = new_rel(s, f->alias);
	r->cols = vec_new();
	if (f->cols->n != n)
		raise_error(f->cols->n < n ? 8158 : 8159, 16, 1, "'%s' has %s columns than were specified in the column list.", f->alias, f->cols->n < n ? "more" : "fewer");
	buf_puts(&b, "(VALUES ");
	for (i = 0; i < rows->n; i++)
	{
		Vec		   *exs = rows->v[i];

		for (j = 0; j < n; j++)
		{
			Type	   *t = types->v[j];

			if (t->k == K_NULL)
				*t = type_of(K_INT);
			buf_printf(&b, "%s%s", j ? ", " : i ? ", (" : "(", cast_ex(*(Ex *) exs->v[j], *t).sql);
		}
		buf_putc(&b, ')');
	}
	for (j = 0; j < n; j++)
	{
		Column	   *c = alloc0(sizeof(Column));

		c->id = j + 1;
		c->name = f->cols->v[j];
		c->type = *(Type *) types->v[j];
		for (i = 0; i < rows->n; i++)
			c->nullable |= ((Ex *) ((Vec *) rows->v[i])->v[j])->nullable;
		vec_add(r->cols, c);
	}
	buf_printf(&b, ") AS %s(%s)", r->pg, column_names(r->cols));
	return buf_dup(&b);
}

static void
add_col(Rel *r, const char *name, Type t)
{
	Column	   *c = alloc0(sizeof(Column));

	c->id = r->cols->n + 1;
	c->name = name;
	c->type = t;
	c->nullable = true;
	vec_add(r->cols, c);
}

/* STRING_SPLIT and OPENJSON. */
static const char *
bind_table_function(Scope *s, From *f)
{
	Node	   *n = f->func;
	Rel		   *r;
	Ex			a,
				b;
	Buf			out = {0};
	int			i;

	if (strcmp(n->s, "STRING_SPLIT") == 0 && n->list->n == 2)
	{
		a = bind_expr(s, n->list->v[0]);
		b = bind_expr(s, n->list->v[1]);
		r = new_rel(s, f->alias ? f->alias : "STRING_SPLIT");
		r->cols = vec_new();
		add_col(r, "value", a.t);
		return fmt("unnest(string_to_array(%s, %s)) AS %s(c1)", a.sql, b.sql, r->pg);
	}
	if (strcmp(n->s, "OPENJSON") != 0 || n->list->n < 1 || n->list->n > 2)
		raise_error(208, 16, 1, "Invalid object name '%s'.", n->near);
	a = bind_expr(s, n->list->v[0]);
	b = n->list->n > 1 ? bind_expr(s, n->list->v[1]) : ex_of("'$'::text", type_of(K_NVARCHAR));
	r = new_rel(s, f->alias ? f->alias : "OPENJSON");
	r->cols = vec_new();
	if (!f->rows)
	{
		add_col(r, "key", type_len(K_NVARCHAR, 4000));
		add_col(r, "value", type_len(K_NVARCHAR, -1));
		add_col(r, "type", type_of(K_TINYINT));
		return fmt("ms.openjson(%s, %s) AS %s(c1, c2, c3)", a.sql, b.sql, r->pg);
	}
	buf_puts(&out, "(SELECT ");
	for (i = 0; i < f->rows->n; i++)
	{
		ColDef	   *c = f->rows->v[i];
		Ex			e = ex_of(fmt("ms.json_item(j, %s)", pg_quote(c->def_name ? c->def_name : fmt("$.%s", c->name))), type_len(K_NVARCHAR, 4000));

		buf_printf(&out, "%s%s", i ? ", " : "", cast_sql(e, c->type, 0, CAST_EXPLICIT));
		add_col(r, c->name, c->type);
	}
	buf_printf(&out, " FROM ms.json_rows(%s, %s) AS j) AS %s(%s)", a.sql, b.sql, r->pg, column_names(r->cols));
	return buf_dup(&out);
}

static const char *
bind_source(Scope *s, From *f)
{
	Scope	   *where;
	Cte		   *c;
	Object	   *o;

	switch (f->k)
	{
		case F_QUERY:
			{
				Bound	   *b = bind_query(s->up, f->q, true);
				Rel		   *r = new_rel(s, f->alias);

				rel_from_bound(r, b, f->cols);
				return fmt("(%s) AS %s(%s)", b->sql, r->pg, column_names(b->cols));
			}
		case F_VALUES:
			return bind_values(s, f);
		case F_FUNC:
			return bind_table_function(s, f);
		default:
			break;
	}
	if (f->parts->n == 1 && (c = find_cte(s, f->parts->v[0], &where)) != NULL)
		return bind_cte(s, where, c, f->alias);
	o = catalog_need(f->parts);
	if (o->type[0] == 'V')
		return bind_view(s, o, f->alias);
	return fmt("%s AS %s", o->pg, add_table(s, o, f->alias)->pg);
}

static const char *
bind_join(Scope *s, From *f)
{
	static const char *const joins[] = {"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "CROSS JOIN LATERAL", "LEFT JOIN LATERAL"};
	int			first = s->rels->n,
				second,
				i;
	const char *l,
			   *r,
			   *on = "";

	if (f->k != F_JOIN)
		return bind_source(s, f);
	l = bind_join(s, f->l);
	second = s->rels->n;
	if (f->join >= J_CROSS_APPLY)
	{
		/* The right side sees the left one. */
		Scope	   *in = new_scope(s);

		r = bind_source(in, f->r);
		if (f->r->k == F_QUERY)
		{
			in = new_scope(s);
			Bound	   *b = bind_query(s, f->r->q, true);
			Rel		   *rel = new_rel(in, f->r->alias);

			rel_from_bound(rel, b, f->r->cols);
			r = fmt("(%s) AS %s(%s)", b->sql, rel->pg, column_names(b->cols));
		}
		for (i = 0; i < in->rels->n; i++)
			vec_add(s->rels, in->rels->v[i]);
	}
	else
		r = bind_join(s, f->r);
	if (f->on)
		on = fmt(" ON %s", bind_cond(s, f->on));
	else if (f->join == J_OUTER_APPLY)
		on = " ON true";
	for (i = first; i < s->rels->n; i++)
		if ((i < second && (f->join == J_RIGHT || f->join == J_FULL)) ||
			(i >= second && (f->join == J_LEFT || f->join == J_FULL || f->join == J_OUTER_APPLY)))
			((Rel *) s->rels->v[i])->nullside = true;
	return fmt("(%s %s %s%s)", l, joins[f->join], r, on);
}

/* A FROM clause, its tables added to the scope; without the word. */
const char *
bind_from(Scope *s, Vec *from)
{
	Buf			b = {0};
	int			i;
	bool		no_agg = s->no_agg;

	s->no_agg = true;
	for (i = 0; i < VEC_N(from); i++)
		buf_printf(&b, "%s%s", i ? ", " : "", bind_join(s, from->v[i]));
	s->no_agg = no_agg;
	return buf_dup(&b);
}

const char *
order_sql(Ex e, bool desc)
{
	if (e.t.k == K_XML || e.t.k == K_TEXT || e.t.k == K_NTEXT || e.t.k == K_IMAGE)
		raise_error(306, 16, 2, "The text, ntext, and image data types cannot be compared or sorted, except when using IS NULL or LIKE operator.");
	return fmt("%s%s%s", key_sql(e), desc ? " DESC" : "", !e.nullable ? "" : desc ? " NULLS LAST" : " NULLS FIRST");
}

static void
add_out(Vec *cols, Vec *exs, Ex e, const char *name)
{
	OutCol	   *c = alloc0(sizeof(OutCol));
	Ex		   *x = alloc0(sizeof(Ex));

	if (e.t.k == K_NULL)
	{
		e.t = type_of(K_INT);
		e.sql = "NULL::int4";
	}
	c->name = name ? name : "";
	c->t = e.t;
	c->nullable = e.nullable;
	c->identity = e.identity;
	*x = e;
	vec_add(cols, c);
	vec_add(exs, x);
}

/* A select list: the output columns, and the expressions (returned). */
Vec *
bind_items(Scope *s, Vec *items, Vec *cols)
{
	Vec		   *exs = vec_new();
	int			i,
				j,
				k;

	for (i = 0; i < items->n; i++)
	{
		Item	   *it = items->v[i];
		bool		found = false;

		if (!it->star)
		{
			Ex			e = bind_expr(s, it->e);

			add_out(cols, exs, e, it->alias ? it->alias : it->e->k == N_COLUMN ? (e.name ? e.name : it->e->s) : NULL);
			continue;
		}
		if (s->rels->n == 0)
			raise_error(263, 16, 1, "Must specify table to select from.");
		for (j = 0; j < s->rels->n; j++)
		{
			Rel		   *r = s->rels->v[j];

			if (it->qual && (!r->alias || strcasecmp(r->alias, it->qual->v[it->qual->n - 1]) != 0))
				continue;
			found = true;
			for (k = 0; k < r->cols->n; k++)
			{
				Column	   *c = r->cols->v[k];
				Node		n;

				memset(&n, 0, sizeof(n));
				n.k = N_COLUMN;
				n.s = c->name;
				n.list = vec_new();
				vec_add(n.list, (void *) c->name);
				add_out(cols, exs, s->grouped ? bind_expr(s, &n) : column_ex(r, c), c->name);
			}
		}
		if (!found)
			raise_error(107, 15, 1, "The column prefix '%s' does not match with a table name or alias name used in the query.", (char *) it->qual->v[it->qual->n - 1]);
	}
	return exs;
}

/* The number of TOP, OFFSET or FETCH. */
const char *
limit_sql(Scope *s, Node *n)
{
	Ex			e = bind_expr(new_scope(s ? s->up : NULL), n);

	if (!is_int(e.t.k) && !is_exact(e.t.k))
		raise_error(1060, 15, 1, "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer.");
	return fmt("(%s)::int8", e.sql);
}

/* One key of ORDER BY: a position, an alias of the select list, or an expression. */
static const char *
order_key(Scope *s, Query *q, Order *o, Vec *cols, Vec *exs, bool outer)
{
	Node	   *n = o->e;
	int			i,
				found = -1;

	if (n->k == N_NUMBER && strspn(n->s, "0123456789") == strlen(n->s))
	{
		found = atoi(n->s) - 1;
		if (found < 0 || found >= cols->n)
			raise_error(108, 16, 1, "The ORDER BY position number %d is out of range of the number of items in the select list.", found + 1);
	}
	else if (n->k == N_COLUMN && n->list->n == 1)
	{
		for (i = 0; i < cols->n; i++)
			if (strcasecmp(((OutCol *) cols->v[i])->name, n->s) == 0)
			{
				if (found >= 0 && !q->setop && strcmp(((Ex *) exs->v[i])->sql, ((Ex *) exs->v[found])->sql) != 0)
					raise_error(209, 16, 1, "Ambiguous column name '%s'.", n->s);
				if (found < 0)
					found = i;
			}
	}
	else if (n->k == N_NUMBER || n->k == N_STRING || n->k == N_NULL)
		raise_error(408, 16, 1, "A constant expression was encountered in the ORDER BY list, position %d.", 1);
	if (found < 0 && outer && !q->setop)
		for (i = 0; i < VEC_N(q->items); i++)
			if (VEC_N(q->items) == cols->n && node_equal(((Item *) q->items->v[i])->e, n))
				found = i;
	if (found >= 0)
	{
		Ex			e = *(Ex *) exs->v[found];

		if (outer)
			e.sql = fmt("c%d", found + 1);
		else if (e.lit || strcmp(e.sql, "NULL::int4") == 0)
			return NULL;
		return order_sql(e, o->desc);
	}
	if (outer)
		raise_error(q->setop ? 104 : 145, 15, 1, q->setop ?
					"ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator." :
					"ORDER BY items must appear in the select list if SELECT DISTINCT is specified.");
	if (n->k == N_SUBQUERY && n->q->items && !n->q->from)
		return NULL;			/* ORDER BY (SELECT NULL) */
	s->clause = 8127;
	return order_sql(bind_expr(s, n), o->desc);
}

static const char *
order_clause(Scope *s, Query *q, Vec *cols, Vec *exs, bool outer)
{
	Buf			b = {0};
	int			i;
	bool		any = false;

	for (i = 0; i < VEC_N(q->order); i++)
	{
		const char *k = order_key(s, q, q->order->v[i], cols, exs, outer);

		if (!k)
			continue;
		buf_printf(&b, "%s%s", any ? ", " : " ORDER BY ", k);
		any = true;
	}
	return buf_dup(&b);
}

static const char *
limit_clause(Scope *s, Query *q, const char *body)
{
	if (q->top)
	{
		if (q->ties)
		{
			if (!q->order)
				raise_error(1062, 15, 1, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.");
			return fmt(" FETCH FIRST (%s) ROWS WITH TIES", limit_sql(s, q->top));
		}
		if (q->percent)
			return fmt(" LIMIT (SELECT ceil(count(*) * (%s)::float8 / 100) FROM (%s) x)", bind_expr(new_scope(NULL), q->top).sql, body);
		return fmt(" LIMIT %s", limit_sql(s, q->top));
	}
	if (q->offset)
		return fmt(" OFFSET %s%s", limit_sql(s, q->offset), q->fetch ? fmt(" LIMIT %s", limit_sql(s, q->fetch)) : "");
	return "";
}

static const char *
list_sql(Vec *exs, Vec *types)
{
	Buf			b = {0};
	int			i;

	for (i = 0; i < exs->n; i++)
	{
		Ex			e = *(Ex *) exs->v[i];

		if (types)
			e = cast_ex(e, ((OutCol *) types->v[i])->t);
		buf_printf(&b, "%s%s AS c%d", i ? ", " : "", e.sql, i + 1);
	}
	return buf_dup(&b);
}

static Bound *
bind_setop(Scope *s, Query *q)
{
	Bound	   *l = bind_query(s, q->l, true),
			   *r = bind_query(s, q->r, true),
			   *b = alloc0(sizeof(Bound));
	Vec		   *exs = vec_new();
	Buf			out = {0};
	bool		all = strncmp(q->setop, "UNION", 5) == 0;
	bool		distinct = strcmp(q->setop, "UNION") == 0;
	int			i,
				side;
	const char *core;

	if (l->cols->n != r->cols->n)
		raise_error(205, 16, 1, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.");
	b->cols = vec_new();
	for (i = 0; i < l->cols->n; i++)
	{
		OutCol	   *x = l->cols->v[i],
				   *y = r->cols->v[i],
				   *o = alloc0(sizeof(OutCol));
		Ex		   *e = alloc0(sizeof(Ex));

		*o = *x;
		o->t = common_type(x->t, y->t);
		o->nullable = x->nullable || y->nullable;
		o->identity = false;
		vec_add(b->cols, o);
		*e = ex_of(fmt("c%d", i + 1), o->t);
		e->nullable = o->nullable;
		vec_add(exs, e);
	}
	for (side = 0; side < 2; side++)
	{
		Bound	   *m = side ? r : l;

		buf_puts(&out, side ? fmt(" %s SELECT ", distinct ? "UNION ALL" : q->setop) : "SELECT ");
		for (i = 0; i < m->cols->n; i++)
		{
			OutCol	   *from = m->cols->v[i],
					   *to = b->cols->v[i];
			Ex			e = ex_of(fmt("c%d", i + 1), from->t);

			e = cast_ex(e, to->t);
			if (is_exact(to->t.k))
				e.sql = fmt("(%s)::numeric", e.sql);
			buf_printf(&out, "%s%s", i ? ", " : "", e.sql);
			if (is_char(to->t.k))
				buf_printf(&out, " COLLATE %s", all ? "\"C\"" : coll_info(to->t.coll)->pg);
			buf_printf(&out, " AS c%d", i + 1);
		}
		buf_printf(&out, " FROM (%s) m(%s)", m->sql, column_names(m->cols));
	}
	core = buf_dup(&out);
	if (distinct)
	{
		/* Texts that differ in blanks at their ends are the same one. */
		buf_puts(&out, "SELECT DISTINCT ON (");
		for (i = 0; i < exs->n; i++)
			buf_printf(&out, "%s%s", i ? ", " : "", key_sql(*(Ex *) exs->v[i]));
		buf_printf(&out, ") * FROM (%s) u", core);
		core = buf_dup(&out);
	}
	if (!all)
	{
		/* The collation served the comparison; the texts go on without it. */
		buf_puts(&out, "SELECT ");
		for (i = 0; i < b->cols->n; i++)
			buf_printf(&out, "%sc%d%s AS c%d", i ? ", " : "", i + 1, is_char(((OutCol *) b->cols->v[i])->t.k) ? " COLLATE \"C\"" : "", i + 1);
		buf_printf(&out, " FROM (%s) u", core);
		core = buf_dup(&out);
	}
	b->sql = core;
	if (q->order)
	{
		core = fmt("SELECT * FROM (%s) u%s", core, order_clause(s, q, b->cols, exs, true));
		b->sql = fmt("%s%s", core, limit_clause(s, q, core));
	}
	return b;
}

/* GROUP BY: the keys, after checking that they are expressions over columns. */
static const char *
group_clause(Scope *s, Query *q)
{
	Buf			b = {0};
	int			i;

	for (i = 0; i < VEC_N(q->group); i++)
	{
		Node	   *n = q->group->v[i];
		Ex			e;

		if (n->k == N_FUNC && (strcmp(n->s, "ROLLUP") == 0 || strcmp(n->s, "CUBE") == 0))
			raise_error(102, 15, 1, "Incorrect syntax near '%s'.", n->near);
		if (n->k == N_NUMBER || n->k == N_STRING)
			raise_error(164, 15, 1, "Each GROUP BY expression must contain at least one column that is not an outer reference.");
		if (has_aggregate(n) || n->q)
			raise_error(144, 15, 1, "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.");
		e = bind_expr(s, n);
		if (e.t.k == K_TEXT || e.t.k == K_NTEXT || e.t.k == K_IMAGE || e.t.k == K_XML)
			raise_error(306, 16, 2, "The text, ntext, and image data types cannot be compared or sorted, except when using IS NULL or LIKE operator.");
		buf_printf(&b, "%s%s", i ? ", " : " GROUP BY ", key_sql(e));
	}
	return buf_dup(&b);
}

static bool
is_grouped(Query *q)
{
	int			i;

	if (q->group || q->having)
		return true;
	for (i = 0; i < q->items->n; i++)
		if (has_aggregate(((Item *) q->items->v[i])->e))
			return true;
	for (i = 0; i < VEC_N(q->order); i++)
		if (has_aggregate(((Order *) q->order->v[i])->e))
			return true;
	return false;
}

static bool
locks_rows(From *f)
{
	return f && (f->for_update || (f->k == F_JOIN && (locks_rows(f->l) || locks_rows(f->r))));
}

/*
 * A query.  The scope is the one around it (of a correlated subquery), or NULL.
 */
Bound *
bind_query(Scope *up, Query *q, bool subquery)
{
	Scope	   *s = new_scope(up);
	Bound	   *b;
	Vec		   *exs;
	const char *from = "",
			   *where = "",
			   *group = "",
			   *having = "",
			   *core;
	Buf			keys = {0};
	int			i;

	s->ctes = q->ctes;
	if (q->setop)
		return bind_setop(s, q);
	b = alloc0(sizeof(Bound));
	b->cols = vec_new();
	if (q->from)
		from = fmt(" FROM %s", bind_from(s, q->from));
	s->no_agg = true;
	if (q->where)
		where = fmt(" WHERE %s", bind_cond(s, q->where));
	if (q->group)
		group = group_clause(s, q);
	s->no_agg = false;
	s->grouped = is_grouped(q);
	s->groups = q->group;
	for (i = 0; i < q->items->n; i++)
		if (((Item *) q->items->v[i])->var && subquery)
			raise_error(102, 15, 1, "Incorrect syntax near '='.");
	exs = bind_items(s, q->items, b->cols);
	if (q->having)
	{
		s->clause = 8121;
		having = fmt(" HAVING %s", bind_cond(s, q->having));
		s->clause = 8120;
	}
	if (q->distinct)
	{
		bool		plain = true;

		for (i = 0; i < exs->n; i++)
		{
			Ex			e = *(Ex *) exs->v[i];

			if (e.t.k == K_TEXT || e.t.k == K_NTEXT || e.t.k == K_IMAGE)
				raise_error(421, 16, 1, "The %s data type cannot be selected as DISTINCT because it is not comparable.", kind_info(e.t.k)->name);
			e.sql = fmt("c%d", i + 1);
			if (strcmp(key_sql(e), e.sql) != 0)
				plain = false;
			buf_printf(&keys, "%s%s", i ? ", " : "", key_sql(e));
		}
		core = fmt("SELECT %s%s%s%s%s", list_sql(exs, NULL), from, where, group, having);
		core = plain ? fmt("SELECT DISTINCT * FROM (%s) d", core) : fmt("SELECT DISTINCT ON (%s) * FROM (%s) d", keys.p, core);
		buf_dup(&keys);
		if (q->order)
			core = fmt("SELECT * FROM (%s) d%s", core, order_clause(s, q, b->cols, exs, true));
	}
	else
		core = fmt("SELECT %s%s%s%s%s%s", list_sql(exs, NULL), from, where, group, having, order_clause(s, q, b->cols, exs, false));
	b->sql = fmt("%s%s", core, limit_clause(s, q, core));
	for (i = 0; i < VEC_N(q->from) && !s->grouped && !q->distinct; i++)
		if (!subquery && session.trancount > 0 && locks_rows(q->from->v[i]))
		{
			b->sql = fmt("%s FOR UPDATE", b->sql);
			break;
		}
	return b;
}
