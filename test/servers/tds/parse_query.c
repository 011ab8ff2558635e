/*
 * parse_query.c
 *	  Queries of T-SQL: SELECT with all its clauses, set operations, common table
 *	  expressions ("SELECT", "FROM", "WITH common_table_expression", "TOP").
 */
#include "parse.h"

#include <string.h>
#include <strings.h>

static Query *parse_set_operations(void);

/* An alias after an expression or a table, if there is one. */
static const char *
optional_alias(bool string_too)
{
	bool		as = take_word("AS");

	if (tok->k == T_QID || (tok->k == T_ID && !tok->reserved) || (string_too && (tok->k == T_STR || tok->k == T_NSTR)))
	{
		if (!as && tok->k == T_ID && (is_word("OFFSET") || is_word("WINDOW")))
			return NULL;
		return (tok++)->s;
	}
	if (as)
		syntax_error();
	return NULL;
}

/* t.* or *, if the next tokens are that. */
static bool
parse_star(Item *it)
{
	Tok		   *at = tok;
	Vec		   *qual = vec_new();

	while (at->k == T_QID || (at->k == T_ID && !at->reserved))
	{
		vec_add(qual, (void *) at->s);
		at++;
		if (at->k != T_OP || strcmp(at->s, ".") != 0)
			return false;
		at++;
	}
	if (at->k != T_OP || strcmp(at->s, "*") != 0)
		return false;
	it->star = true;
	it->qual = qual->n ? qual : NULL;
	tok = at + 1;
	return true;
}

static Item *
parse_item(void)
{
	static const char *const assign[] = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
	Item	   *it = alloc0(sizeof(Item));
	int			i;

	it->line = tok->line;
	if (parse_star(it))
		return it;
	if (tok->k == T_VAR)
		for (i = 0; i < 9; i++)
			if (tok[1].k == T_OP && strcmp(tok[1].s, assign[i]) == 0)
			{
				it->var = tok->s;
				it->varop = i > 0 ? dup_n(assign[i], 1) : NULL;
				tok += 2;
				it->e = parse_value();
				return it;
			}
	if ((tok->k == T_QID || tok->k == T_STR || (tok->k == T_ID && !tok->reserved)) && tok[1].k == T_OP && strcmp(tok[1].s, "=") == 0)
	{
		it->alias = tok->s;
		tok += 2;
		it->e = parse_value();
		return it;
	}
	it->e = parse_value();
	it->alias = optional_alias(true);
	return it;
}

Vec *
parse_items(void)
{
	Vec		   *v = vec_new();

	do
		vec_add(v, parse_item());
	while (take_op(","));
	return v;
}

/* WITH (NOLOCK, ...): accepted, and without effect but for UPDLOCK. */
void
parse_hints(From *f)
{
	static const char *const hints[] = {
		"NOLOCK", "READUNCOMMITTED", "READCOMMITTED", "READCOMMITTEDLOCK", "REPEATABLEREAD", "SERIALIZABLE",
		"HOLDLOCK", "UPDLOCK", "XLOCK", "ROWLOCK", "PAGLOCK", "TABLOCK", "TABLOCKX", "READPAST", "NOWAIT",
		"SNAPSHOT", "FORCESEEK", "FORCESCAN", "NOEXPAND", "KEEPIDENTITY", "KEEPDEFAULTS",
	};

	if (!is_word("WITH") || tok[1].k != T_OP || strcmp(tok[1].s, "(") != 0)
		return;
	tok += 2;
	do
	{
		size_t		i;

		if (is_word("INDEX"))
		{
			tok++;
			take_op("=");
			need_op("(");
			do
				if (tok->k == T_NUM)
					tok++;
				else
					need_name();
			while (take_op(","));
			need_op(")");
			continue;
		}
		for (i = 0; i < sizeof(hints) / sizeof(*hints) && !is_word(hints[i]); i++)
			;
		if (i == sizeof(hints) / sizeof(*hints))
			raise_error(321, 15, 1, "\"%s\" is not a recognized table hints option. If it is intended as a parameter to a table-valued function or to the CHANGETABLE function, ensure that your database compatibility mode is set to 90.", tok->near);
		if (f && (is_word("UPDLOCK") || is_word("XLOCK")))
			f->for_update = true;
		tok++;
	} while (take_op(",") || tok->k == T_ID);
	need_op(")");
}

static From *
parse_table_source(void)
{
	From	   *f = alloc0(sizeof(From));

	f->line = tok->line;
	if (take_op("("))
	{
		if (is_word("SELECT") || is_word("WITH"))
		{
			f->k = F_QUERY;
			f->q = parse_query(true);
		}
		else if (take_word("VALUES"))
		{
			f->k = F_VALUES;
			f->rows = vec_new();
			do
			{
				need_op("(");
				vec_add(f->rows, parse_values());
				need_op(")");
			} while (take_op(","));
		}
		else
		{
			/* A join in parentheses. */
			Vec		   *v = parse_from();

			need_op(")");
			if (v->n != 1 || ((From *) v->v[0])->k != F_JOIN)
				syntax_error();
			return v->v[0];
		}
		need_op(")");
		f->alias = optional_alias(false);
		if (!f->alias)
			syntax_error();
	}
	else if (tok->k == T_ID && !tok->reserved && tok[1].k == T_OP && strcmp(tok[1].s, "(") == 0 && !is_word_at(2, "NOLOCK"))
	{
		f->k = F_FUNC;
		f->func = parse_value();
		if (f->func->k != N_FUNC)
			syntax_error();
		if (is_word("WITH") && strcmp(f->func->s, "OPENJSON") == 0)
		{
			tok++;
			need_op("(");
			f->rows = vec_new();
			do
			{
				ColDef	   *c = alloc0(sizeof(ColDef));

				c->name = need_name();
				c->type = parse_type(1, NULL);
				if (tok->k == T_STR || tok->k == T_NSTR)
					c->def_name = (tok++)->s;
				vec_add(f->rows, c);
			} while (take_op(","));
			need_op(")");
		}
		f->alias = optional_alias(false);
	}
	else
	{
		f->k = F_TABLE;
		f->parts = need_qualified();
		if (is_op("(") && is_word_at(1, "NOLOCK"))
		{
			tok += 2;
			need_op(")");
		}
		f->alias = optional_alias(false);
		parse_hints(f);
	}
	if (f->alias && f->k != F_TABLE && take_op("("))
	{
		f->cols = vec_new();
		do
			vec_add(f->cols, (void *) need_name());
		while (take_op(","));
		need_op(")");
	}
	return f;
}

static bool
parse_join_kind(JoinKind *k)
{
	if (is_word("CROSS") && is_word_at(1, "JOIN"))
		*k = J_CROSS;
	else if (is_word("CROSS") && is_word_at(1, "APPLY"))
		*k = J_CROSS_APPLY;
	else if (is_word("OUTER") && is_word_at(1, "APPLY"))
		*k = J_OUTER_APPLY;
	else
	{
		if (take_word("INNER"))
			*k = J_INNER;
		else if (is_word("LEFT") || is_word("RIGHT") || is_word("FULL"))
		{
			*k = is_word("LEFT") ? J_LEFT : is_word("RIGHT") ? J_RIGHT : J_FULL;
			tok++;
			take_word("OUTER");
		}
		else if (is_word("JOIN"))
			*k = J_INNER;
		else
			return false;
		/* A join hint: accepted, without effect. */
		if (is_word("LOOP") || is_word("HASH") || is_word("MERGE") || is_word("REMOTE"))
			tok++;
		need_word("JOIN");
		return true;
	}
	tok += 2;
	return true;
}

static From *
parse_joined(void)
{
	From	   *l = parse_table_source();
	JoinKind	k;

	while (parse_join_kind(&k))
	{
		From	   *j = alloc0(sizeof(From));

		j->k = F_JOIN;
		j->line = tok->line;
		j->join = k;
		j->l = l;
		if (k == J_CROSS || k == J_CROSS_APPLY || k == J_OUTER_APPLY)
			j->r = parse_table_source();
		else
		{
			/* "a JOIN b JOIN c ON .. ON .." nests to the right. */
			j->r = parse_table_source();
			while (!is_word("ON"))
			{
				From	   *in = alloc0(sizeof(From));

				in->k = F_JOIN;
				in->line = tok->line;
				in->l = j->r;
				if (!parse_join_kind(&in->join))
					syntax_error();
				in->r = parse_table_source();
				if (in->join == J_INNER || in->join == J_LEFT || in->join == J_RIGHT || in->join == J_FULL)
				{
					need_word("ON");
					in->on = parse_condition();
				}
				j->r = in;
			}
			need_word("ON");
			j->on = parse_condition();
		}
		l = j;
	}
	return l;
}

Vec *
parse_from(void)
{
	Vec		   *v = vec_new();

	do
		vec_add(v, parse_joined());
	while (take_op(","));
	return v;
}

static void
parse_top(Query *q)
{
	if (!take_word("TOP"))
		return;
	if (take_op("("))
	{
		q->top = parse_value();
		need_op(")");
	}
	else if (tok->k == T_NUM)
	{
		q->top = new_node(N_NUMBER);
		q->top->s = (tok++)->s;
	}
	else
		syntax_error();
	q->percent = take_word("PERCENT");
	if (is_word("WITH") && is_word_at(1, "TIES"))
	{
		q->ties = true;
		tok += 2;
	}
}

static Query *
parse_select(void)
{
	Query	   *q;

	if (take_op("("))
	{
		q = parse_set_operations();
		need_op(")");
		return q;
	}
	q = alloc0(sizeof(Query));
	q->line = tok->line;
	need_word("SELECT");
	if (take_word("DISTINCT"))
		q->distinct = true;
	else
		take_word("ALL");
	parse_top(q);
	q->items = parse_items();
	if (take_word("INTO"))
		q->into = need_qualified();
	if (take_word("FROM"))
		q->from = parse_from();
	if (take_word("WHERE"))
		q->where = parse_condition();
	if (take_word("GROUP"))
	{
		need_word("BY");
		q->group = parse_values();
	}
	if (take_word("HAVING"))
		q->having = parse_condition();
	return q;
}

static Query *
parse_intersect(void)
{
	Query	   *l = parse_select();

	while (is_word("INTERSECT"))
	{
		Query	   *q = alloc0(sizeof(Query));

		q->line = tok->line;
		tok++;
		q->setop = "INTERSECT";
		q->l = l;
		q->r = parse_select();
		l = q;
	}
	return l;
}

static Query *
parse_set_operations(void)
{
	Query	   *l = parse_intersect();

	while (is_word("UNION") || is_word("EXCEPT"))
	{
		Query	   *q = alloc0(sizeof(Query));

		q->line = tok->line;
		if (take_word("EXCEPT"))
			q->setop = "EXCEPT";
		else
		{
			tok++;
			q->setop = take_word("ALL") ? "UNION ALL" : "UNION";
		}
		q->l = l;
		q->r = parse_intersect();
		l = q;
	}
	return l;
}

Vec *
parse_ctes(void)
{
	Vec		   *v = vec_new();

	do
	{
		Cte		   *c = alloc0(sizeof(Cte));

		c->name = need_name();
		if (take_op("("))
		{
			c->cols = vec_new();
			do
				vec_add(c->cols, (void *) need_name());
			while (take_op(","));
			need_op(")");
		}
		need_word("AS");
		need_op("(");
		c->q = parse_query(true);
		need_op(")");
		vec_add(v, c);
	} while (take_op(","));
	return v;
}

/* OPTION (hints): accepted, without effect. */
void
skip_option(void)
{
	int			depth = 0;

	if (!is_word("OPTION") || tok[1].k != T_OP || strcmp(tok[1].s, "(") != 0)
		return;
	tok++;
	do
	{
		if (tok->k == T_EOF)
			syntax_error();
		if (is_op("("))
			depth++;
		if (is_op(")"))
			depth--;
		tok++;
	} while (depth > 0);
}

/*
 * A query expression with ORDER BY.  A nested one (subquery, derived table,
 * common table expression, view) may be ordered only with TOP or OFFSET.
 */
Query *
parse_query(bool nested)
{
	Vec		   *ctes = NULL;
	Query	   *q;

	if (!nested && is_word("WITH"))
	{
		tok++;
		ctes = parse_ctes();
	}
	q = parse_set_operations();
	q->ctes = ctes;
	if (take_word("ORDER"))
	{
		need_word("BY");
		q->order = parse_order_list();
		if (take_word("OFFSET"))
		{
			q->offset = parse_value();
			if (!take_word("ROWS"))
				need_word("ROW");
			if (take_word("FETCH"))
			{
				if (!take_word("NEXT"))
					need_word("FIRST");
				q->fetch = parse_value();
				if (!take_word("ROWS"))
					need_word("ROW");
				need_word("ONLY");
			}
			if (q->top)
				raise_error(10741, 15, 2, "A TOP can not be used in the same query or sub-query as a OFFSET.");
		}
		if (nested && !q->offset && !q->top)
			raise_error(1033, 15, 1, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.");
	}
	if (!nested)
		skip_option();
	return q;
}
