/*
 * bind_dml.c
 *	  INSERT, UPDATE and DELETE, with OUTPUT, TOP and FROM.
 */
#include "bind.h"
#include "session.h"

#include <string.h>
#include <strings.h>

static Column *
need_column(Object *o, const char *name)
{
	int			i;

	for (i = 0; i < o->cols->n; i++)
		if (strcasecmp(((Column *) o->cols->v[i])->name, name) == 0)
			return o->cols->v[i];
	raise_error(207, 16, 1, "Invalid column name '%s'.", name);
}

static Object *
need_table(Vec *parts)
{
	Object	   *o = catalog_need(parts);

	if (o->type[0] == 'S')
		raise_error(259, 16, 1, "Ad hoc updates to system catalogs are not allowed.");
	if (o->type[0] == 'V')
		raise_error(4406, 16, 1, "Update or insert of view or function '%s' failed because it contains a derived or constant field.", name_text(parts));
	return o;
}

/* OUTPUT: what inserted and deleted stand for is in the backend's relations. */
static const char *
returning(Dml *d, Stmt *s, Object *o, const char *inserted, const char *deleted, Scope *base)
{
	Scope	   *sc = new_scope(NULL);
	Vec		   *exs;
	Buf			b = {0};
	int			i;

	if (!s->output)
		return "";
	if (inserted)
	{
		Rel		   *r = add_table(sc, o, "inserted");

		r->pg = inserted;
	}
	if (deleted)
	{
		Rel		   *r = add_table(sc, o, "deleted");

		r->pg = deleted;
	}
	if (base)
		for (i = 0; i < base->rels->n; i++)
			vec_add(sc->rels, base->rels->v[i]);
	d->cols = vec_new();
	exs = bind_items(sc, s->output, d->cols);
	buf_puts(&b, " RETURNING ");
	for (i = 0; i < exs->n; i++)
		buf_printf(&b, "%s%s AS c%d", i ? ", " : "", ((Ex *) exs->v[i])->sql, i + 1);
	return buf_dup(&b);
}

/* OUTPUT ... INTO: the rows go to a table. */
static void
output_into(Dml *d, Stmt *s)
{
	Object	   *o;
	Buf			cols = {0},
				vals = {0};
	int			i;

	if (!s->output_into)
		return;
	o = need_table(s->output_into);
	if (o->cols->n < d->cols->n)
		raise_error(213, 16, 7, "Column name or number of supplied values does not match table definition.");
	for (i = 0; i < d->cols->n; i++)
	{
		Column	   *c = o->cols->v[i];
		OutCol	   *out = d->cols->v[i];

		buf_printf(&cols, "%sc%d", i ? ", " : "", c->id);
		buf_printf(&vals, "%s%s", i ? ", " : "", assign_sql(ex_of(fmt("w.c%d", i + 1), out->t), c, o));
	}
	d->sql = fmt("WITH w AS (%s) INSERT INTO %s (%s) SELECT %s FROM w", d->sql, o->pg, buf_dup(&cols), buf_dup(&vals));
	d->cols = NULL;
}

static bool
can_assign(Column *c, bool in_insert, Object *o, bool *identity)
{
	if (c->computed)
		raise_error(271, 16, 1, "The column \"%s\" cannot be modified because it is either a computed column or is the result of a UNION operator.", c->name);
	if (c->type.k == K_ROWVERSION)
	{
		if (in_insert)
			raise_error(273, 16, 1, "Cannot insert an explicit value into a timestamp column. Use INSERT with a column list to exclude the timestamp column, or insert a DEFAULT into the timestamp column.");
		raise_error(272, 16, 1, "Cannot update a timestamp column.");
	}
	if (c->identity)
	{
		if (!in_insert)
			raise_error(8102, 16, 1, "Cannot update identity column '%s'.", c->name);
		if (session.identity_insert != o->id)
			raise_error(544, 16, 1, "Cannot insert explicit value for identity column in table '%s' when IDENTITY_INSERT is set to OFF.", o->name);
		*identity = true;
	}
	return true;
}

Dml *
bind_insert(Stmt *s)
{
	Dml		   *d = alloc0(sizeof(Dml));
	Object	   *o = need_table(s->parts);
	Vec		   *targets = vec_new();
	Buf			cols = {0},
				src = {0};
	int			i,
				j;

	d->target = o;
	if (s->list)
	{
		for (i = 0; i < s->list->n; i++)
		{
			Column	   *c = need_column(o, s->list->v[i]);

			for (j = 0; j < targets->n; j++)
				if (targets->v[j] == c)
					raise_error(264, 16, 1, "The column name '%s' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code.", c->name);
			vec_add(targets, c);
		}
	}
	else
		for (i = 0; i < o->cols->n; i++)
		{
			Column	   *c = o->cols->v[i];

			if (!c->computed && (!c->identity || session.identity_insert == o->id))
				vec_add(targets, c);
		}
	for (i = 0; i < targets->n; i++)
		buf_printf(&cols, "%sc%d", i ? ", " : "", ((Column *) targets->v[i])->id);
	if (!s->q)
		buf_puts(&src, "DEFAULT VALUES");
	else if (s->q->values)
	{
		buf_puts(&src, "VALUES ");
		for (i = 0; i < s->q->values->n; i++)
		{
			Vec		   *row = s->q->values->v[i];

			if (row->n != targets->n)
			{
				if (!s->list)
					raise_error(213, 16, 1, "Column name or number of supplied values does not match table definition.");
				raise_error(row->n < targets->n ? 109 : 110, 15, 1, row->n < targets->n ?
							"There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement." :
							"There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.");
			}
			for (j = 0; j < row->n; j++)
			{
				Column	   *c = targets->v[j];
				Node	   *n = row->v[j];
				const char *v;

				if (n->k == N_DEFAULT)
					v = c->def && s->q->values->n > 1 ? c->def : c->identity || c->type.k == K_ROWVERSION || c->def ? "DEFAULT" : fmt("NULL::%s", type_storage(c->type));
				else
				{
					can_assign(c, true, o, &d->explicit_identity);
					v = assign_sql(bind_expr(new_scope(NULL), n), c, o);
				}
				buf_printf(&src, "%s%s", j ? ", " : i ? ", (" : "(", v);
			}
			buf_putc(&src, ')');
		}
	}
	else
	{
		Scope	   *sc = new_scope(NULL);
		Bound	   *b;

		sc->ctes = s->ctes;
		b = bind_query(sc, s->q, false);
		if (b->cols->n != targets->n)
			raise_error(b->cols->n < targets->n ? 120 : 121, 15, 1, "The select list for the INSERT statement contains %s items than the insert list. The number of SELECT values must match the number of INSERT columns.", b->cols->n < targets->n ? "fewer" : "more");
		buf_puts(&src, "SELECT ");
		for (i = 0; i < targets->n; i++)
		{
			OutCol	   *c = b->cols->v[i];

			can_assign(targets->v[i], true, o, &d->explicit_identity);
			buf_printf(&src, "%s%s", i ? ", " : "", assign_sql(ex_of(fmt("i.c%d", i + 1), c->t), targets->v[i], o));
		}
		buf_printf(&src, " FROM (%s) i", b->sql);
		if (s->top)
			buf_printf(&src, " LIMIT %s", limit_sql(NULL, s->top));
	}
	d->sql = fmt("INSERT INTO %s AS tgt %s%s%s %s%s", o->pg, s->q ? "(" : "", cols.n && s->q ? buf_dup(&cols) : "", s->q ? ")" : "", buf_dup(&src),
				 returning(d, s, o, "tgt", NULL, NULL));
	output_into(d, s);
	return d;
}

/* The table that UPDATE and DELETE change: an alias of FROM, or a name. */
static Rel *
target_in(Scope *sc, Stmt *s)
{
	Object	   *o;
	int			i;

	if (s->parts->n == 1)
	{
		Rel		   *r = find_rel(sc, s->parts->v[0]);

		if (r && !r->obj)
			raise_error(4421, 16, 1, "Derived table '%s' is not updatable because a column of the derived table is derived or constant.", r->alias);
		if (r)
			return r;
	}
	o = need_table(s->parts);
	for (i = 0; i < sc->rels->n; i++)
	{
		Rel		   *r = sc->rels->v[i];

		if (r->obj && r->obj->id == o->id)
			return r;
	}
	return NULL;
}

/* FROM of UPDATE and DELETE; the target is added when it does not name it. */
static Rel *
dml_source(Scope *sc, Stmt *s, const char **from)
{
	Rel		   *r = NULL;

	*from = "";
	if (s->from)
	{
		*from = bind_from(sc, s->from);
		r = target_in(sc, s);
	}
	if (!r)
	{
		Object	   *o = need_table(s->parts);

		r = add_table(sc, o, NULL);
		*from = fmt("%s%s%s AS %s", *from, **from ? ", " : "", o->pg, r->pg);
	}
	if (r->obj->type[0] != 'U')
	{
		Vec		   *v = vec_new();

		vec_add(v, (void *) r->obj->name);
		need_table(r->obj->type[0] == 'S' ? s->parts : v);
	}
	return r;
}

Dml *
bind_update(Stmt *s)
{
	Dml		   *d = alloc0(sizeof(Dml));
	Scope	   *sc = new_scope(NULL);
	const char *from,
			   *where = "";
	Rel		   *r;
	Object	   *o;
	Buf			list = {0},
				vals = {0};
	int			i,
				n = 0;

	sc->ctes = s->ctes;
	sc->no_agg = true;
	r = dml_source(sc, s, &from);
	o = d->target = r->obj;
	if (s->e)
		where = fmt(" WHERE %s", bind_cond(sc, s->e));
	for (i = 0; i < s->list->n; i++)
	{
		Assign	   *a = s->list->v[i];
		Column	   *c;
		const char *v;

		if (a->var)
			raise_error(102, 15, 1, "Incorrect syntax near '%s'.", a->var);
		c = need_column(o, a->col);
		can_assign(c, false, o, &d->explicit_identity);
		if (a->e->k == N_DEFAULT)
			v = c->def ? c->def : fmt("NULL::%s", type_storage(c->type));
		else
		{
			Ex			e = bind_expr(sc, a->e);

			if (a->op)
				e = arith(a->op, column_ex(r, c), e);
			v = assign_sql(e, c, o);
		}
		buf_printf(&vals, ", %s AS v%d", v, ++n);
		buf_printf(&list, "%sc%d = %s", n > 1 ? ", " : "", c->id, s->from || s->top || s->output ? fmt("u.v%d", n) : v);
	}
	for (i = 0; i < o->cols->n; i++)
		if (((Column *) o->cols->v[i])->type.k == K_ROWVERSION)
			buf_printf(&list, ", c%d = ms.rowversion_next()", ((Column *) o->cols->v[i])->id);
	if (!s->from && !s->top && !s->output)
		d->sql = fmt("UPDATE %s SET %s%s", from, buf_dup(&list), where);
	else
	{
		/* The new values are computed from the old rows, then put in by row. */
		d->sql = fmt("UPDATE %s AS tgt SET %s FROM (SELECT %s.ctid AS tid, %s.*%s FROM %s%s%s) u WHERE tgt.ctid = u.tid",
					 o->pg, buf_dup(&list), r->pg, r->pg, vals.p, from, where,
					 s->top ? fmt(" LIMIT %s", limit_sql(NULL, s->top)) : "");
		d->sql = fmt("%s%s", d->sql, returning(d, s, o, "tgt", "u", NULL));
	}
	buf_dup(&vals);
	output_into(d, s);
	return d;
}

Dml *
bind_delete(Stmt *s)
{
	Dml		   *d = alloc0(sizeof(Dml));
	Scope	   *sc = new_scope(NULL);
	const char *from,
			   *where = "";
	Rel		   *r;

	sc->ctes = s->ctes;
	sc->no_agg = true;
	r = dml_source(sc, s, &from);
	d->target = r->obj;
	if (s->e)
		where = fmt(" WHERE %s", bind_cond(sc, s->e));
	if (!s->from && !s->top)
		d->sql = fmt("DELETE FROM %s%s", from, where);
	else
		d->sql = fmt("DELETE FROM %s AS tgt USING (SELECT DISTINCT tid FROM (SELECT %s.ctid AS tid FROM %s%s%s) x) u WHERE tgt.ctid = u.tid",
					 r->obj->pg, r->pg, from, where, s->top ? fmt(" LIMIT %s", limit_sql(NULL, s->top)) : "");
	d->sql = fmt("%s%s", d->sql, returning(d, s, r->obj, NULL, s->from || s->top ? "tgt" : r->pg, NULL));
	output_into(d, s);
	return d;
}
