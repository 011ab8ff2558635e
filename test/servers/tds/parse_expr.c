/*
 * parse_expr.c
 *	  Expressions and search conditions of T-SQL ("Expressions", "Search
 *	  condition", "Operator precedence").
 *
 * T-SQL has no boolean values: the parser makes one tree for both and refuses a
 * condition where a value belongs, and a value where a condition does.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static Node *parse_or(void);
static Node *parse_add(void);

Node *
new_node(NodeKind k)
{
	Node	   *n = alloc0(sizeof(Node));

	n->k = k;
	n->line = tok->line;
	n->near = tok->near;
	return n;
}

static Node *
must_be_value(Node *n)
{
	if (n->isbool)
		raise_error(is_reserved(n->near) ? 156 : 102, 15, 1,
					is_reserved(n->near) ? "Incorrect syntax near the keyword '%s'." : "Incorrect syntax near '%s'.", n->near);
	return n;
}

static Node *
must_be_condition(Node *n)
{
	if (!n->isbool)
		raise_error(4145, 15, 1, "An expression of non-boolean type specified in a context where a condition is expected, near '%s'.", tok->near);
	return n;
}

Node *
parse_value(void)
{
	return must_be_value(parse_or());
}

Node *
parse_condition(void)
{
	return must_be_condition(parse_or());
}

Vec *
parse_values(void)
{
	Vec		   *v = vec_new();

	do
		vec_add(v, parse_value());
	while (take_op(","));
	return v;
}

Vec *
parse_order_list(void)
{
	Vec		   *v = vec_new();

	do
	{
		Order	   *o = alloc0(sizeof(Order));

		o->e = parse_value();
		if (take_word("DESC"))
			o->desc = true;
		else
			take_word("ASC");
		vec_add(v, o);
	} while (take_op(","));
	return v;
}

/* A data type with its length; default_len where none is given. */
Type
parse_type(int default_len, const char **name)
{
	const KindInfo *k;
	const char *n;
	Type		t;
	bool		quoted = tok->k == T_QID;

	if (is_word("sys") && tok[1].k == T_OP && tok[1].s[0] == '.')
		tok += 2;
	if (take_word("NATIONAL"))
	{
		if (take_word("TEXT"))
			n = "ntext";
		else
		{
			if (!take_word("CHARACTER"))
				need_word("CHAR");
			n = take_word("VARYING") ? "nvarchar" : "nchar";
		}
	}
	else if (take_word("DOUBLE"))
	{
		need_word("PRECISION");
		n = "float";
	}
	else if (tok->k == T_QID || (tok->k == T_ID && !tok->reserved))
	{
		n = tok->s;
		tok++;
		if ((strcasecmp(n, "character") == 0 || strcasecmp(n, "char") == 0) && take_word("VARYING"))
			n = "varchar";
		else if (strcasecmp(n, "binary") == 0 && take_word("VARYING"))
			n = "varbinary";
	}
	else
		syntax_error();
	(void) quoted;
	k = kind_by_name(n);
	if (name)
		*name = n;
	if (!k)
		raise_error(2715, 16, 6, "Column, parameter, or variable #%d: Cannot find data type %s.", 1, n);
	t = type_of(k->k);
	if (strcasecmp(n, "sysname") == 0)
		t.len = 128;
	else if (is_char(t.k) || is_binary(t.k))
	{
		if (t.k != K_TEXT && t.k != K_NTEXT && t.k != K_IMAGE && t.k != K_ROWVERSION)
			t.len = default_len;
	}
	else if (t.k == K_DECIMAL || t.k == K_NUMERIC)
		t.prec = 18;
	if (is_op("(") && t.k != K_XML)
	{
		take_op("(");
		if (take_word("max"))
			t.len = -1;
		else
		{
			int			v = need_int();

			switch (t.k)
			{
				case K_DECIMAL:
				case K_NUMERIC:
					if (v < 1 || v > 38)
						raise_error(1002, 15, 2, "Line %d: Specified scale %d is invalid.", tok->line, v);
					t.prec = v;
					if (take_op(","))
						t.scale = need_int();
					if (t.scale > t.prec)
						raise_error(192, 15, 1, "The scale must be less than or equal to the precision.");
					break;
				case K_TIME:
				case K_DATETIME2:
				case K_DTO:
					if (v > 7)
						raise_error(1002, 15, 1, "Line %d: Specified scale %d is invalid.", tok->line, v);
					t.scale = v;
					break;
				case K_FLOAT:
					if (v <= 24)
						t.k = K_REAL;
					break;
				case K_CHAR:
				case K_VARCHAR:
				case K_NCHAR:
				case K_NVARCHAR:
				case K_BINARY:
				case K_VARBINARY:
					if (v < 1)
						raise_error(1001, 15, 1, "Line %d: Length or precision specification %d is invalid.", tok->line, v);
					if (v > (is_nchar(t.k) ? 4000 : 8000))
						raise_error(is_nchar(t.k) ? 2717 : 131, 16, 2, "The size (%d) given to the type '%s' exceeds the maximum allowed for any data type (%d).", v, n, is_nchar(t.k) ? 4000 : 8000);
					t.len = v;
					break;
				default:
					raise_error(2716, 16, 1, "Column, parameter, or variable #%d: Cannot specify a column width on data type %s.", 1, n);
			}
		}
		need_op(")");
	}
	return t;
}

static Node *
parse_case(void)
{
	Node	   *n = new_node(N_CASE);

	need_word("CASE");
	n->list = vec_new();
	if (!is_word("WHEN"))
		n->a = parse_value();
	while (take_word("WHEN"))
	{
		vec_add(n->list, n->a ? parse_value() : parse_condition());
		need_word("THEN");
		vec_add(n->list, parse_value());
	}
	if (n->list->n == 0)
		syntax_error();
	if (take_word("ELSE"))
		n->b = parse_value();
	need_word("END");
	return n;
}

/* CAST and CONVERT, and their forms that give NULL. */
static Node *
parse_cast(bool convert, bool try)
{
	Node	   *n = new_node(N_CAST);

	tok++;
	need_op("(");
	n->flag = try;
	if (convert)
	{
		n->type = parse_type(30, NULL);
		need_op(",");
		n->a = parse_value();
		if (take_op(","))
			n->b = parse_value();
	}
	else
	{
		n->a = parse_value();
		need_word("AS");
		n->type = parse_type(30, NULL);
	}
	need_op(")");
	return n;
}

static const char *
frame_bound(void)
{
	const char *s;

	if (take_word("UNBOUNDED"))
		s = "UNBOUNDED";
	else if (take_word("CURRENT"))
	{
		need_word("ROW");
		return "CURRENT ROW";
	}
	else
		s = fmt("%d", need_int());
	if (take_word("PRECEDING"))
		return fmt("%s PRECEDING", s);
	need_word("FOLLOWING");
	return fmt("%s FOLLOWING", s);
}

static Window *
parse_over(void)
{
	Window	   *w = alloc0(sizeof(Window));

	need_op("(");
	if (take_word("PARTITION"))
	{
		need_word("BY");
		w->partition = parse_values();
	}
	if (take_word("ORDER"))
	{
		need_word("BY");
		w->order = parse_order_list();
	}
	if (is_word("ROWS") || is_word("RANGE"))
	{
		const char *mode = upper_s(tok->s);

		if (!w->order)
			raise_error(10756, 15, 1, "Window frame with ROWS or RANGE must have an ORDER BY clause.");
		tok++;
		if (take_word("BETWEEN"))
		{
			const char *from = frame_bound();

			need_word("AND");
			w->frame = fmt("%s BETWEEN %s AND %s", mode, from, frame_bound());
		}
		else
			w->frame = fmt("%s %s", mode, frame_bound());
	}
	need_op(")");
	return w;
}

static Node *
parse_call(const char *name)
{
	Node	   *n = new_node(N_FUNC);

	n->s = upper_s(name);
	n->near = name;
	n->list = vec_new();
	need_op("(");
	if (take_word("DISTINCT"))
		n->flag = true;
	else
		take_word("ALL");
	if (take_op("*"))
	{
		Node	   *star = new_node(N_COLUMN);

		star->s = "*";
		star->list = vec_new();
		vec_add(n->list, star);
	}
	else if (strcmp(n->s, "TRIM") == 0 && !is_op(")"))
	{
		vec_add(n->list, parse_value());
		if (take_word("FROM"))
			vec_add(n->list, parse_value());
	}
	else if (strcmp(n->s, "IIF") == 0)
	{
		vec_add(n->list, parse_condition());
		need_op(",");
		vec_add(n->list, parse_value());
		need_op(",");
		vec_add(n->list, parse_value());
	}
	else if (!is_op(")"))
		n->list = parse_values();
	need_op(")");
	if (is_word("WITHIN") && is_word_at(1, "GROUP"))
	{
		tok += 2;
		need_op("(");
		need_word("ORDER");
		need_word("BY");
		n->within = parse_order_list();
		need_op(")");
	}
	if (take_word("OVER"))
		n->over = parse_over();
	return n;
}

static Node *
literal(NodeKind k)
{
	Node	   *n = new_node(k);

	n->s = tok->s;
	tok++;
	return n;
}

static Node *
parse_column(void)
{
	Node	   *n = new_node(N_COLUMN);

	n->list = vec_new();
	for (;;)
	{
		vec_add(n->list, (void *) need_name());
		if (!is_op("."))
			break;
		tok++;
		if (is_op("*"))
			syntax_error();
	}
	n->s = n->list->v[n->list->n - 1];
	if (n->list->n > 4)
		raise_error(117, 15, 1, "The multi-part identifier is too long. The maximum number is 4.");
	return n;
}

static Node *
parse_primary(void)
{
	Node	   *n;

	switch (tok->k)
	{
		case T_NUM:
			return literal(N_NUMBER);
		case T_MONEY:
			n = literal(N_NUMBER);
			n->flag = true;
			return n;
		case T_STR:
			return literal(N_STRING);
		case T_NSTR:
			n = literal(N_STRING);
			n->flag = true;
			return n;
		case T_BIN:
			return literal(N_BINARY);
		case T_VAR:
			return literal(N_VAR);
		case T_GLOBAL:
			return literal(N_GLOBAL);
		case T_OP:
			if (take_op("("))
			{
				if (is_word("SELECT") || is_word("WITH"))
				{
					n = new_node(N_SUBQUERY);
					n->q = parse_query(true);
				}
				else
					n = parse_or();
				need_op(")");
				return n;
			}
			syntax_error();
		case T_EOF:
			syntax_error();
		default:
			break;
	}
	if (tok->k == T_ID)
	{
		if (is_word("NULL"))
			return literal(N_NULL);
		if (is_word("CASE"))
			return parse_case();
		if (is_word("CAST") && tok[1].s[0] == '(')
			return parse_cast(false, false);
		if (is_word("TRY_CAST") && tok[1].s[0] == '(')
			return parse_cast(false, true);
		if (is_word("CONVERT"))
			return parse_cast(true, false);
		if (is_word("TRY_CONVERT"))
			return parse_cast(true, true);
		if (is_word("EXISTS"))
		{
			n = new_node(N_EXISTS);
			tok++;
			need_op("(");
			n->q = parse_query(true);
			need_op(")");
			n->isbool = true;
			return n;
		}
		if (is_word("DEFAULT"))
			return literal(N_DEFAULT);
		if (is_word("CURRENT_TIMESTAMP") || is_word("CURRENT_USER") || is_word("SESSION_USER") ||
			is_word("SYSTEM_USER") || is_word("USER"))
		{
			n = new_node(N_FUNC);
			n->s = upper_s(tok->s);
			n->list = vec_new();
			tok++;
			return n;
		}
		if (tok[1].k == T_OP && tok[1].s[0] == '(' &&
			(!tok->reserved || is_word("LEFT") || is_word("RIGHT") || is_word("COALESCE") || is_word("NULLIF") || is_word("IDENTITY")))
		{
			const char *name = tok->s;

			tok++;
			return parse_call(name);
		}
	}
	return parse_column();
}

static Node *
parse_postfix(void)
{
	Node	   *n = parse_primary();

	for (;;)
	{
		if (is_word("COLLATE"))
		{
			Node	   *c = new_node(N_COLLATE);

			tok++;
			c->a = must_be_value(n);
			c->s = need_name();
			n = c;
		}
		else if (is_word("AT") && is_word_at(1, "TIME") && is_word_at(2, "ZONE"))
		{
			Node	   *c = new_node(N_ATZONE);

			tok += 3;
			c->a = must_be_value(n);
			c->b = parse_postfix();
			n = c;
		}
		else
			return n;
	}
}

static Node *
parse_unary(void)
{
	Node	   *n;

	if (is_op("-") || is_op("~"))
	{
		n = new_node(is_op("-") ? N_NEG : N_BITNOT);
		tok++;
		n->a = must_be_value(parse_unary());
		return n;
	}
	if (take_op("+"))
		return must_be_value(parse_unary());
	return parse_postfix();
}

static Node *
binary(NodeKind k, Node *a, Node *(*right) (void))
{
	Node	   *n = new_node(k);

	n->s = tok->s;
	must_be_value(a);
	tok++;
	n->a = a;
	n->b = must_be_value(right());
	return n;
}

static Node *
parse_mul(void)
{
	Node	   *n = parse_unary();

	while (is_op("*") || is_op("/") || is_op("%"))
		n = binary(N_ARITH, n, parse_unary);
	return n;
}

static Node *
parse_add(void)
{
	Node	   *n = parse_mul();

	while (is_op("+") || is_op("-") || is_op("&") || is_op("|") || is_op("^"))
		n = binary(N_ARITH, n, parse_mul);
	return n;
}

static Node *
parse_in(Node *a, bool neg)
{
	Node	   *n = new_node(N_IN);

	n->a = must_be_value(a);
	n->neg = neg;
	n->isbool = true;
	need_word("IN");
	need_op("(");
	if (is_word("SELECT"))
		n->q = parse_query(true);
	else
		n->list = parse_values();
	need_op(")");
	return n;
}

static Node *
parse_comparison(void)
{
	static const char *const ops[] = {"=", "<>", "!=", "<", "<=", ">", ">=", "!<", "!>"};
	Node	   *a = parse_add(),
			   *n;
	bool		neg = false;
	int			i;

	for (i = 0; i < 9; i++)
		if (is_op(ops[i]))
		{
			if (tok[1].k == T_ID && (is_word_at(1, "ANY") || is_word_at(1, "ALL") || is_word_at(1, "SOME")))
			{
				n = new_node(N_QUANT);
				n->s = tok->s;
				n->a = must_be_value(a);
				tok++;
				n->flag = is_word("ALL");
				tok++;
				need_op("(");
				n->q = parse_query(true);
				need_op(")");
			}
			else
				n = binary(N_CMP, a, parse_add);
			n->isbool = true;
			return n;
		}
	if (is_word("IS"))
	{
		n = new_node(N_ISNULL);
		tok++;
		n->a = must_be_value(a);
		n->neg = take_word("NOT");
		n->isbool = true;
		need_word("NULL");
		return n;
	}
	if (is_word("NOT") && (is_word_at(1, "LIKE") || is_word_at(1, "IN") || is_word_at(1, "BETWEEN")))
	{
		neg = true;
		tok++;
	}
	if (is_word("IN"))
		return parse_in(a, neg);
	if (is_word("LIKE"))
	{
		n = binary(N_LIKE, a, parse_add);
		if (take_word("ESCAPE"))
			n->c = parse_add();
	}
	else if (is_word("BETWEEN"))
	{
		n = binary(N_BETWEEN, a, parse_add);
		need_word("AND");
		n->c = must_be_value(parse_add());
	}
	else
		return a;
	n->neg = neg;
	n->isbool = true;
	return n;
}

static Node *
parse_not(void)
{
	Node	   *n;

	if (!is_word("NOT"))
		return parse_comparison();
	n = new_node(N_NOT);
	tok++;
	n->a = must_be_condition(parse_not());
	n->isbool = true;
	return n;
}

static Node *
parse_and(void)
{
	Node	   *n = parse_not();

	while (is_word("AND"))
	{
		Node	   *c = new_node(N_AND);

		c->a = must_be_condition(n);
		tok++;
		c->b = must_be_condition(parse_not());
		c->isbool = true;
		n = c;
	}
	return n;
}

static Node *
parse_or(void)
{
	Node	   *n = parse_and();

	while (is_word("OR"))
	{
		Node	   *c = new_node(N_OR);

		c->a = must_be_condition(n);
		tok++;
		c->b = must_be_condition(parse_and());
		c->isbool = true;
		n = c;
	}
	return n;
}
