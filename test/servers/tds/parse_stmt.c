/*
 * parse_stmt.c
 *	  The statements of a batch, and the cursor over its tokens.
 *
 * The whole batch is parsed before anything of it runs, as SQL Server does.
 */
#include "parse.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

Tok		   *tok;
const char *source;

/* 156 near a reserved word, 102 near anything else ("Incorrect syntax"). */
void
syntax_error(void)
{
	err.line = tok->line;
	raise_error(tok->k == T_ID && tok->reserved ? 156 : 102, 15, 1,
				tok->k == T_ID && tok->reserved ? "Incorrect syntax near the keyword '%s'." : "Incorrect syntax near '%s'.", tok->near);
}

bool
is_word_at(int ahead, const char *w)
{
	Tok		   *t = tok;

	while (ahead-- > 0 && t->k != T_EOF)
		t++;
	return t->k == T_ID && strcasecmp(t->s, w) == 0;
}

bool
is_word(const char *w)
{
	return tok->k == T_ID && strcasecmp(tok->s, w) == 0;
}

bool
is_op(const char *op)
{
	return tok->k == T_OP && strcmp(tok->s, op) == 0;
}

bool
take_word(const char *w)
{
	if (!is_word(w))
		return false;
	tok++;
	return true;
}

bool
take_op(const char *op)
{
	if (!is_op(op))
		return false;
	tok++;
	return true;
}

void
need_word(const char *w)
{
	if (!take_word(w))
		syntax_error();
}

void
need_op(const char *op)
{
	if (!take_op(op))
		syntax_error();
}

bool
at_name(void)
{
	return tok->k == T_QID || (tok->k == T_ID && !tok->reserved);
}

const char *
need_name(void)
{
	if (!at_name())
		syntax_error();
	if (utf16_units(tok->s, strlen(tok->s)) > 128)
		raise_error(103, 15, 4, "The identifier that starts with '%.128s' is too long. Maximum length is 128.", tok->s);
	return (tok++)->s;
}

/* A name of up to four parts; empty ones (db..t) are NULL. */
Vec *
need_qualified(void)
{
	Vec		   *v = vec_new();

	vec_add(v, (void *) need_name());
	while (take_op("."))
	{
		if (is_op("."))
			vec_add(v, NULL);
		else
			vec_add(v, (void *) need_name());
	}
	if (v->n > 4)
		raise_error(117, 15, 1, "The object name contains more than the maximum number of prefixes. The maximum is 3.");
	return v;
}

int
need_int(void)
{
	int			sign = take_op("-") ? -1 : 1;

	if (tok->k != T_NUM || strspn(tok->s, "0123456789") != strlen(tok->s))
		syntax_error();
	return sign * atoi((tok++)->s);
}

static Stmt *
new_stmt(StmtKind k)
{
	Stmt	   *s = alloc0(sizeof(Stmt));

	s->k = k;
	s->line = tok->line;
	return s;
}

static void
parse_top_of_dml(Stmt *s)
{
	if (!take_word("TOP"))
		return;
	if (take_op("("))
	{
		s->top = parse_value();
		need_op(")");
	}
	else
		syntax_error();
}

static void
parse_output(Stmt *s)
{
	if (!take_word("OUTPUT"))
		return;
	s->output = parse_items();
	if (take_word("INTO"))
	{
		s->output_into = need_qualified();
		if (take_op("("))
		{
			do
				need_name();
			while (take_op(","));
			need_op(")");
		}
	}
}

/* INSERT BULK t (c type, ...) WITH (hints): what a bulk load begins with. */
static Stmt *
parse_bulk(Stmt *s)
{
	s->k = S_BULK;
	s->parts = need_qualified();
	s->list = vec_new();
	if (take_op("("))
	{
		do
		{
			ColDef	   *c = alloc0(sizeof(ColDef));

			c->name = need_name();
			c->type = parse_type(1, NULL);
			if (take_word("COLLATE"))
				need_name();
			if (take_word("NOT"))
				need_word("NULL");
			else
				take_word("NULL");
			vec_add(s->list, c);
		} while (take_op(","));
		need_op(")");
	}
	if (take_word("WITH"))
	{
		need_op("(");
		do
		{
			need_name();
			if (take_op("="))
				tok++;
			else if (take_op("("))
			{
				while (!take_op(")"))
				{
					if (tok->k == T_EOF)
						syntax_error();
					tok++;
				}
			}
		} while (take_op(","));
		need_op(")");
	}
	return s;
}

static Stmt *
parse_insert(Stmt *s)
{
	s->k = S_INSERT;
	need_word("INSERT");
	if (take_word("BULK"))
		return parse_bulk(s);
	parse_top_of_dml(s);
	take_word("INTO");
	if (tok->k == T_VAR)
		raise_error(1087, 16, 1, "Must declare the table variable \"%s\".", tok->s);
	s->parts = need_qualified();
	parse_hints(NULL);
	if (is_op("(") && !is_word_at(1, "SELECT"))
	{
		tok++;
		s->list = vec_new();
		do
			vec_add(s->list, (void *) need_name());
		while (take_op(","));
		need_op(")");
	}
	parse_output(s);
	if (is_word("DEFAULT") && is_word_at(1, "VALUES"))
	{
		tok += 2;
		return s;
	}
	if (take_word("VALUES"))
	{
		s->q = alloc0(sizeof(Query));
		s->q->line = tok->line;
		s->q->values = vec_new();
		do
		{
			need_op("(");
			vec_add(s->q->values, parse_values());
			need_op(")");
		} while (take_op(","));
		if (s->q->values->n > 1000)
			raise_error(10738, 15, 1, "The number of row value expressions in the INSERT statement exceeds the maximum allowed number of 1000 row values.");
		return s;
	}
	if (is_word("EXEC") || is_word("EXECUTE"))
	{
		s->a = parse_stmt();
		return s;
	}
	if (!is_word("SELECT") && !is_word("WITH") && !is_op("("))
		syntax_error();
	s->q = parse_query(false);
	return s;
}

static Vec *
parse_assignments(void)
{
	static const char *const ops[] = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
	Vec		   *v = vec_new();

	do
	{
		Assign	   *a = alloc0(sizeof(Assign));
		int			i;

		a->line = tok->line;
		if (tok->k == T_VAR)
			a->var = (tok++)->s;
		else
		{
			a->col = need_name();
			while (take_op("."))
				a->col = need_name();
		}
		for (i = 0; i < 9 && !is_op(ops[i]); i++)
			;
		if (i == 9)
			syntax_error();
		tok++;
		a->op = i > 0 ? dup_n(ops[i], 1) : NULL;
		a->e = parse_value();
		vec_add(v, a);
	} while (take_op(","));
	return v;
}

static Stmt *
parse_update(Stmt *s)
{
	s->k = S_UPDATE;
	need_word("UPDATE");
	if (take_word("STATISTICS"))
	{
		s->k = S_NOTHING;
		need_qualified();
		return s;
	}
	parse_top_of_dml(s);
	s->parts = need_qualified();
	parse_hints(NULL);
	need_word("SET");
	s->list = parse_assignments();
	parse_output(s);
	if (take_word("FROM"))
		s->from = parse_from();
	if (take_word("WHERE"))
		s->e = parse_condition();
	skip_option();
	return s;
}

static Stmt *
parse_delete(Stmt *s)
{
	s->k = S_DELETE;
	need_word("DELETE");
	parse_top_of_dml(s);
	take_word("FROM");
	s->parts = need_qualified();
	parse_hints(NULL);
	parse_output(s);
	if (take_word("FROM"))
		s->from = parse_from();
	if (take_word("WHERE"))
		s->e = parse_condition();
	skip_option();
	return s;
}

static Stmt *
parse_declare(Stmt *s)
{
	s->k = S_DECLARE;
	s->list = vec_new();
	need_word("DECLARE");
	do
	{
		Declare    *d = alloc0(sizeof(Declare));

		if (tok->k != T_VAR)
			syntax_error();
		d->name = (tok++)->s;
		take_word("AS");
		d->type = parse_type(1, NULL);
		if (take_op("="))
			d->e = parse_value();
		vec_add(s->list, d);
	} while (take_op(","));
	return s;
}

/* A parameter list as sp_executesql takes it: "@a int, @b nvarchar(40) OUTPUT". */
Vec *
parse_params(const char *decl)
{
	Vec		   *v = vec_new();
	Tok		   *old = tok;
	int			n;

	tok = lex(decl, true, &n);
	while (tok->k != T_EOF)
	{
		Declare    *d = alloc0(sizeof(Declare));

		if (tok->k != T_VAR)
			syntax_error();
		d->name = (tok++)->s;
		take_word("AS");
		d->type = parse_type(1, NULL);
		if (!take_word("OUTPUT"))
			take_word("OUT");
		vec_add(v, d);
		if (!take_op(","))
			break;
	}
	if (tok->k != T_EOF)
		syntax_error();
	tok = old;
	return v;
}

/* The settings whose value is ON or OFF. */
static const char *const switches[] = {
	"ANSI_DEFAULTS", "ANSI_NULLS", "ANSI_NULL_DFLT_OFF", "ANSI_NULL_DFLT_ON", "ANSI_PADDING", "ANSI_WARNINGS",
	"ARITHABORT", "ARITHIGNORE", "CONCAT_NULL_YIELDS_NULL", "CURSOR_CLOSE_ON_COMMIT", "FMTONLY", "FORCEPLAN",
	"IMPLICIT_TRANSACTIONS", "NOCOUNT", "NOEXEC", "NUMERIC_ROUNDABORT", "PARSEONLY", "QUOTED_IDENTIFIER",
	"REMOTE_PROC_TRANSACTIONS", "SHOWPLAN_ALL", "SHOWPLAN_TEXT", "SHOWPLAN_XML", "XACT_ABORT", "NO_BROWSETABLE",
};

static Stmt *
parse_set(Stmt *s)
{
	static const char *const ops[] = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
	static const char *const values[] = {"TEXTSIZE", "LOCK_TIMEOUT", "LANGUAGE", "DATEFORMAT", "DATEFIRST", "ROWCOUNT",
	"DEADLOCK_PRIORITY", "QUERY_GOVERNOR_COST_LIMIT", "CONTEXT_INFO"};
	size_t		i;

	need_word("SET");
	if (tok->k == T_VAR)
	{
		s->k = S_SET;
		s->s = (tok++)->s;
		for (i = 0; i < 9 && !is_op(ops[i]); i++)
			;
		if (i == 9)
			syntax_error();
		tok++;
		s->s2 = i > 0 ? dup_n(ops[i], 1) : NULL;
		s->e = parse_value();
		return s;
	}
	s->k = S_SETOPT;
	s->list = vec_new();
	if (take_word("TRANSACTION"))
	{
		need_word("ISOLATION");
		need_word("LEVEL");
		s->s = "ISOLATION";
		if (take_word("READ"))
		{
			s->s2 = is_word("COMMITTED") ? "READ COMMITTED" : "READ UNCOMMITTED";
			if (!take_word("COMMITTED"))
				need_word("UNCOMMITTED");
		}
		else if (take_word("REPEATABLE"))
		{
			need_word("READ");
			s->s2 = "REPEATABLE READ";
		}
		else if (is_word("SNAPSHOT") || is_word("SERIALIZABLE"))
		{
			s->s2 = is_word("SNAPSHOT") ? "SNAPSHOT" : "SERIALIZABLE";
			tok++;
		}
		else
			syntax_error();
		return s;
	}
	if (take_word("IDENTITY_INSERT"))
	{
		s->s = "IDENTITY_INSERT";
		s->parts = need_qualified();
		s->flag = is_word("ON");
		if (!take_word("ON"))
			need_word("OFF");
		return s;
	}
	if (take_word("STATISTICS"))
	{
		s->k = S_NOTHING;
		do
			tok++;
		while (take_op(","));
		if (!take_word("ON"))
			need_word("OFF");
		return s;
	}
	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (is_word(values[i]))
		{
			s->s = values[i];
			tok++;
			if (tok->k == T_OP && is_op("-"))
				s->s2 = fmt("%d", need_int());
			else if (tok->k == T_VAR)
			{
				s->e = new_node(N_VAR);
				s->e->s = (tok++)->s;
			}
			else if (tok->k == T_EOF || tok->k == T_OP)
				syntax_error();
			else
				s->s2 = (tok++)->s;
			return s;
		}
	do
	{
		for (i = 0; i < sizeof(switches) / sizeof(*switches) && !is_word(switches[i]); i++)
			;
		if (i == sizeof(switches) / sizeof(*switches))
		{
			if (tok->k == T_ID && !tok->reserved && (is_word_at(1, "ON") || is_word_at(1, "OFF")))
				raise_error(195, 15, 1, "'%s' is not a recognized SET option.", tok->s);
			syntax_error();
		}
		vec_add(s->list, (void *) switches[i]);
		tok++;
	} while (take_op(","));
	s->flag = is_word("ON");
	if (!take_word("ON"))
		need_word("OFF");
	/* This one decides how the rest of the batch is read. */
	for (i = 0; i < (size_t) s->list->n; i++)
		if (strcmp(s->list->v[i], "QUOTED_IDENTIFIER") == 0 && s->flag != session.quoted_identifier)
		{
			int			n;
			size_t		at = tok->begin;
			int			line = tok->line;

			session.quoted_identifier = s->flag;
			tok = lex(source + at, s->flag, &n);
			source += at;
			while (n-- > 0)
				tok[n].line += line - 1;
		}
	return s;
}

static Stmt *
block(Stmt *s, const char *end)
{
	s->k = S_BLOCK;
	s->list = vec_new();
	while (!is_word(end))
	{
		if (take_op(";"))
			continue;
		if (tok->k == T_EOF)
			syntax_error();
		vec_add(s->list, parse_stmt());
	}
	if (s->list->n == 0)
		syntax_error();
	tok++;
	return s;
}

static bool
take_tran(void)
{
	return take_word("TRAN") || take_word("TRANSACTION");
}

static const char *
tran_name(void)
{
	if (tok->k == T_VAR || at_name())
		return (tok++)->s;
	return NULL;
}

static Stmt *
parse_begin(Stmt *s)
{
	need_word("BEGIN");
	if (take_tran())
	{
		s->k = S_BEGIN;
		s->s = tran_name();
		if (is_word("WITH") && is_word_at(1, "MARK"))
		{
			tok += 2;
			if (tok->k == T_STR)
				tok++;
		}
		return s;
	}
	if (is_word("DISTRIBUTED"))
		syntax_error();
	if (take_word("TRY"))
	{
		s->k = S_TRY;
		s->a = block(new_stmt(S_BLOCK), "END");
		need_word("TRY");
		take_op(";");
		need_word("BEGIN");
		need_word("CATCH");
		s->b = new_stmt(S_BLOCK);
		s->b->list = vec_new();
		while (!is_word("END"))
		{
			if (take_op(";"))
				continue;
			if (tok->k == T_EOF)
				syntax_error();
			vec_add(s->b->list, parse_stmt());
		}
		tok++;
		need_word("CATCH");
		return s;
	}
	return block(s, "END");
}

static Stmt *
parse_exec(Stmt *s)
{
	s->k = S_EXEC;
	tok++;
	s->list = vec_new();
	if (take_op("("))
	{
		s->e = parse_value();
		need_op(")");
		return s;
	}
	if (tok->k == T_VAR && tok[1].k == T_OP && strcmp(tok[1].s, "=") == 0)
	{
		s->s = tok->s;
		tok += 2;
	}
	s->parts = need_qualified();
	if (tok->k == T_EOF || is_op(";") || (tok->k == T_ID && tok->reserved && !is_word("NULL") && !is_word("DEFAULT")))
		return s;
	do
	{
		Arg		   *a = alloc0(sizeof(Arg));

		if (tok->k == T_VAR && tok[1].k == T_OP && strcmp(tok[1].s, "=") == 0)
		{
			a->name = tok->s;
			tok += 2;
		}
		if (at_name())
		{
			a->e = new_node(N_STRING);
			a->e->s = (tok++)->s;
			a->e->flag = true;
		}
		else
			a->e = parse_value();
		if (take_word("OUTPUT") || take_word("OUT"))
			a->output = true;
		vec_add(s->list, a);
	} while (take_op(","));
	return s;
}

static Stmt *
parse_waitfor(Stmt *s)
{
	s->k = S_WAITFOR;
	need_word("WAITFOR");
	if (!take_word("DELAY"))
	{
		need_word("TIME");
		s->flag = true;
	}
	if (tok->k != T_STR && tok->k != T_NSTR && tok->k != T_VAR)
		syntax_error();
	s->e = new_node(tok->k == T_VAR ? N_VAR : N_STRING);
	s->e->s = (tok++)->s;
	return s;
}

static Stmt *
parse_raiserror(Stmt *s)
{
	s->k = S_RAISERROR;
	tok++;
	need_op("(");
	s->list = parse_values();
	need_op(")");
	if (s->list->n < 3)
		syntax_error();
	if (take_word("WITH"))
		do
		{
			if (!take_word("NOWAIT") && !take_word("LOG"))
				need_word("SETERROR");
		} while (take_op(","));
	return s;
}

static Stmt *
parse_with(Stmt *s)
{
	Tok		   *begin = tok;
	Vec		   *ctes;

	tok++;
	ctes = parse_ctes();
	if (is_word("SELECT") || is_op("("))
	{
		tok = begin;
		s->k = S_QUERY;
		s->q = parse_query(false);
		return s;
	}
	if (is_word("INSERT"))
		parse_insert(s);
	else if (is_word("UPDATE"))
		parse_update(s);
	else if (is_word("DELETE"))
		parse_delete(s);
	else
		syntax_error();
	s->ctes = ctes;
	return s;
}

/* IF and WHILE. */
static Stmt *
parse_flow(Stmt *s)
{
	s->k = is_word("IF") ? S_IF : S_WHILE;
	tok++;
	s->e = parse_condition();
	take_op(";");
	s->a = parse_stmt();
	if (s->k == S_IF)
	{
		Tok		   *at = tok;

		while (take_op(";"))
			;
		if (take_word("ELSE"))
			s->b = parse_stmt();
		else
			tok = at;
	}
	return s;
}

static Stmt *
parse_transaction(Stmt *s)
{
	if (take_word("COMMIT"))
		s->k = S_COMMIT;
	else if (take_word("ROLLBACK"))
		s->k = S_ROLLBACK;
	else
	{
		need_word("SAVE");
		s->k = S_SAVE;
	}
	if (take_tran())
	{
		s->s = tran_name();
		if (s->k == S_SAVE && !s->s)
			syntax_error();
	}
	else if (s->k == S_SAVE)
		syntax_error();
	else
		take_word("WORK");
	return s;
}

/* One statement; what follows it is left. */
Stmt *
parse_stmt(void)
{
	Stmt	   *s = new_stmt(S_NOTHING);

	if (tok->k != T_ID && !is_op("("))
		syntax_error();
	if (is_word("SELECT") || is_op("("))
	{
		s->k = S_QUERY;
		s->q = parse_query(false);
		return s;
	}
	if (is_word("WITH"))
		return parse_with(s);
	if (is_word("INSERT"))
		return parse_insert(s);
	if (is_word("UPDATE"))
		return parse_update(s);
	if (is_word("DELETE"))
		return parse_delete(s);
	if (is_word("DECLARE"))
		return parse_declare(s);
	if (is_word("SET"))
		return parse_set(s);
	if (is_word("IF") || is_word("WHILE"))
		return parse_flow(s);
	if (is_word("BEGIN"))
		return parse_begin(s);
	if (is_word("COMMIT") || is_word("ROLLBACK") || is_word("SAVE"))
		return parse_transaction(s);
	if (is_word("EXEC") || is_word("EXECUTE"))
		return parse_exec(s);
	if (is_word("CREATE"))
		return parse_create(s);
	if (is_word("ALTER"))
		return parse_alter(s);
	if (is_word("DROP"))
		return parse_drop(s);
	if (is_word("WAITFOR"))
		return parse_waitfor(s);
	if (is_word("RAISERROR"))
		return parse_raiserror(s);
	if (take_word("TRUNCATE"))
	{
		need_word("TABLE");
		s->k = S_TRUNCATE;
		s->parts = need_qualified();
		return s;
	}
	if (take_word("PRINT"))
	{
		s->k = S_PRINT;
		s->e = parse_value();
		return s;
	}
	if (take_word("THROW"))
	{
		s->k = S_THROW;
		if (tok->k != T_EOF && !is_op(";") && !is_word("END"))
		{
			s->e = parse_value();
			need_op(",");
			s->e2 = parse_value();
			need_op(",");
			s->e3 = parse_value();
		}
		return s;
	}
	if (take_word("USE"))
	{
		s->k = S_USE;
		s->s = need_name();
		return s;
	}
	if (take_word("KILL"))
	{
		s->k = S_KILL;
		s->s = fmt("%d", need_int());
		return s;
	}
	if (take_word("BREAK"))
		s->k = S_BREAK;
	else if (take_word("CONTINUE"))
		s->k = S_CONTINUE;
	else if (take_word("CHECKPOINT"))
		s->k = S_NOTHING;
	else if (take_word("RETURN"))
	{
		s->k = S_RETURN;
		if (tok->k == T_NUM || tok->k == T_VAR)
			s->e = parse_value();
	}
	else
		syntax_error();
	return s;
}

/* The statements of a batch.  A name at its beginning is a procedure to execute. */
Vec *
parse_batch(const char *sql)
{
	Vec		   *v = vec_new();
	int			n;
	bool		first = true;

	source = sql;
	tok = lex(sql, session.quoted_identifier, &n);
	while (tok->k != T_EOF)
	{
		Stmt	   *s;

		if (take_op(";"))
			continue;
		if (first && at_name() && !is_word("THROW"))
		{
			tok--;
			s = parse_exec(new_stmt(S_EXEC));
		}
		else
			s = parse_stmt();
		vec_add(v, s);
		first = false;
	}
	return v;
}

/* The query of a view, as CREATE VIEW stored it. */
Query *
parse_view_query(const char *sql)
{
	Tok		   *old = tok;
	const char *old_source = source;
	Query	   *q;
	int			n;
	Vec		   *ctes = NULL;

	source = sql;
	tok = lex(sql, true, &n);
	if (take_word("WITH"))
		ctes = parse_ctes();
	q = parse_query(true);
	q->ctes = ctes;
	if (is_word("WITH") && is_word_at(1, "CHECK"))
		tok += 3;
	take_op(";");
	if (tok->k != T_EOF)
		syntax_error();
	tok = old;
	source = old_source;
	return q;
}
