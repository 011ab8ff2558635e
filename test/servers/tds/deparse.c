/*
 * deparse.c
 *	  Expressions as SQL Server's catalog shows them: names in brackets, every
 *	  number and every expression in parentheses.
 */
#include "bind.h"

#include <string.h>
#include <strings.h>

static const char *
bracket(const char *name)
{
	Buf			b = {0};

	buf_putc(&b, '[');
	for (; *name; name++)
	{
		if (*name == ']')
			buf_putc(&b, ']');
		buf_putc(&b, *name);
	}
	buf_putc(&b, ']');
	return buf_dup(&b);
}

static const char *
list(Vec *v)
{
	Buf			b = {0};
	int			i;

	for (i = 0; i < v->n; i++)
		buf_printf(&b, "%s%s", i ? "," : "", deparse(v->v[i]));
	return buf_dup(&b);
}

static const char *
case_text(Node *n)
{
	Buf			b = {0};
	int			i;

	buf_puts(&b, "case");
	if (n->a)
		buf_printf(&b, " %s", deparse(n->a));
	for (i = 0; i < n->list->n; i += 2)
		buf_printf(&b, " when %s then %s", deparse(n->list->v[i]), deparse(n->list->v[i + 1]));
	if (n->b)
		buf_printf(&b, " else %s", deparse(n->b));
	buf_puts(&b, " end");
	return buf_dup(&b);
}

/* The text of an expression or condition, without outer parentheses. */
const char *
deparse(Node *n)
{
	Buf			b = {0};
	int			i;

	switch (n->k)
	{
		case N_NUMBER:
			return fmt("(%s%s)", n->flag ? "$" : "", n->s);
		case N_STRING:
			return fmt("%s%s", n->flag ? "N" : "", pg_quote(n->s));
		case N_BINARY:
			return fmt("0x%s", n->s);
		case N_NULL:
			return "NULL";
		case N_GLOBAL:
		case N_VAR:
			return n->s;
		case N_COLUMN:
			for (i = 0; i < VEC_N(n->list); i++)
				buf_printf(&b, "%s%s", i ? "." : "", bracket(n->list->v[i]));
			return b.n ? buf_dup(&b) : bracket(n->s);
		case N_NEG:
			return n->a->k == N_NUMBER ? fmt("(-%s)", n->a->s) : fmt("-%s", deparse(n->a));
		case N_BITNOT:
			return fmt("~%s", deparse(n->a));
		case N_ARITH:
		case N_CMP:
			return fmt("%s%s%s", deparse(n->a), n->s, deparse(n->b));
		case N_AND:
			return fmt("%s AND %s", deparse(n->a), deparse(n->b));
		case N_OR:
			return fmt("(%s OR %s)", deparse(n->a), deparse(n->b));
		case N_NOT:
			return fmt("NOT %s", deparse(n->a));
		case N_ISNULL:
			return fmt("%s IS %sNULL", deparse(n->a), n->neg ? "NOT " : "");
		case N_LIKE:
			return fmt("%s %slike %s", deparse(n->a), n->neg ? "NOT " : "", deparse(n->b));
		case N_BETWEEN:
			return fmt("%s>=%s AND %s<=%s", deparse(n->a), deparse(n->b), deparse(n->a), deparse(n->c));
		case N_IN:
			for (i = n->list->n - 1; i >= 0; i--)
				buf_printf(&b, "%s%s=%s", b.n ? " OR " : "", deparse(n->a), deparse(n->list->v[i]));
			return fmt("(%s)", buf_dup(&b));
		case N_CASE:
			return case_text(n);
		case N_CAST:
			return fmt("%s(%s,%s)", n->flag ? "TRY_CONVERT" : "CONVERT", fmt("[%s]%s", kind_info(n->type.k)->name, strchr(type_name(n->type), '(') ? strchr(type_name(n->type), '(') : ""), deparse(n->a));
		case N_FUNC:
			return fmt("%s(%s)", lower_s(n->s), list(n->list));
		case N_COLLATE:
			return fmt("%s collate %s", deparse(n->a), n->s);
		default:
			raise_error(1046, 15, 1, "Subqueries are not allowed in this context. Only scalar expressions are allowed.");
	}
}
