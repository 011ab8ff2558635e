/*
 * exec.c
 *	  Running the statements of a batch.
 *
 * An error of a running statement undoes that statement and the batch goes on;
 * one found while a statement is bound ends the batch ("Database Engine error
 * severities", "SET XACT_ABORT", "TRY...CATCH").
 */
#include "backend.h"
#include "net.h"
#include "session.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

int			return_status;

static Flow run_stmt(Stmt *s);

/* Send the error that was caught. */
void
report_error(int line)
{
	if (!err.line)
		err.line = line;
	session.last_error = err.num;
	put_error(&err, err.line);
}

static Flow
run_list(Vec *v)
{
	int			i;
	Flow		f = FLOW_NEXT;

	for (i = 0; i < v->n && f == FLOW_NEXT; i++)
		f = run_stmt(v->v[i]);
	return f;
}

/* A value of the server, as text of what is stored. */
static const char *
evaluate(Node *n, Type t)
{
	Ex			e = bind_expr(NULL, n);

	if (e.lit && is_int(t.k) && e.t.k == K_INT && t.k == K_INT && n->k == N_NUMBER)
		return e.text;
	return pg_value(fmt("SELECT (%s)::text", cast_sql(e, t, 0, CAST_ASSIGN)));
}

static bool
condition(Node *n)
{
	const char *v = pg_value(fmt("SELECT (%s) IS TRUE", bind_cond(NULL, n)));

	return v && v[0] == 't';
}

static void
set_variable(const char *name, const char *op, Node *e)
{
	Variable   *v = var_find(name);

	if (!v)
		raise_error(137, 15, 1, "Must declare the scalar variable \"%s\".", name);
	if (op)
	{
		Ex			r = arith(op, ex_of(var_sql(v), v->type), bind_expr(NULL, e));

		v->value = pg_value(fmt("SELECT (%s)::text", cast_sql(r, v->type, 0, CAST_ASSIGN)));
	}
	else
		v->value = evaluate(e, v->type);
}

/* SELECT @v = ...: the last row's values stay. */
static void
select_into_variables(Query *q)
{
	Query		copy = *q;
	Bound	   *b;
	Buf			sql = {0};
	PGresult   *r;
	int			i,
				n;

	for (i = 0; i < q->items->n; i++)
		if (!((Item *) q->items->v[i])->var)
			raise_error(141, 15, 1, "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.");
	b = bind_query(NULL, &copy, false);
	buf_puts(&sql, "SELECT ");
	for (i = 0; i < q->items->n; i++)
	{
		Item	   *it = q->items->v[i];
		Variable   *v = var_find(it->var);
		OutCol	   *c = b->cols->v[i];
		Ex			e = ex_of(fmt("c%d", i + 1), c->t);

		if (!v)
			raise_error(137, 15, 1, "Must declare the scalar variable \"%s\".", it->var);
		if (it->varop)
			e = arith(it->varop, ex_of(var_sql(v), v->type), e);
		buf_printf(&sql, "%s(%s)::text", i ? ", " : "", cast_sql(e, v->type, 0, CAST_ASSIGN));
	}
	buf_printf(&sql, " FROM (%s) q", b->sql);
	r = pg_exec(buf_dup(&sql));
	n = PQntuples(r);
	for (i = 0; n > 0 && i < q->items->n; i++)
		var_find(((Item *) q->items->v[i])->var)->value = PQgetisnull(r, n - 1, i) ? NULL : dup_s(PQgetvalue(r, n - 1, i));
	PQclear(r);
	session.rowcount = n;
}

static int
count_flag(void)
{
	return session.nocount ? 0 : DONE_COUNT;
}

/* SET SHOWPLAN_ALL ON: one row, with the backend's estimate. */
static void
show_plan(Bound *b)
{
	static const struct
	{
		const char *name;
		Kind		k;
		const char *sql;
	}			cols[] = {
		{"StmtText", K_NVARCHAR, "'SELECT'::text"}, {"StmtId", K_INT, "1"}, {"NodeId", K_INT, "1"}, {"Parent", K_INT, "0"},
		{"PhysicalOp", K_NVARCHAR, "NULL::text"}, {"LogicalOp", K_NVARCHAR, "NULL::text"}, {"Argument", K_NVARCHAR, "NULL::text"},
		{"DefinedValues", K_NVARCHAR, "NULL::text"}, {"EstimateRows", K_FLOAT, "%s::float8"}, {"EstimateIO", K_FLOAT, "NULL::float8"},
		{"EstimateCPU", K_FLOAT, "NULL::float8"}, {"AvgRowSize", K_INT, "NULL::int4"}, {"TotalSubtreeCost", K_FLOAT, "%s::float8"},
		{"OutputList", K_NVARCHAR, "NULL::text"}, {"Warnings", K_NVARCHAR, "NULL::text"}, {"Type", K_NVARCHAR, "'SELECT'::text"},
		{"Parallel", K_BIT, "0::int2"}, {"EstimateExecutions", K_FLOAT, "NULL::float8"},
	};
	char	   *plan = pg_value(fmt("EXPLAIN %s", b->sql));
	Vec		   *out = vec_new();
	Buf			sql = {0};
	size_t		i;

	buf_puts(&sql, "SELECT ");
	for (i = 0; i < sizeof(cols) / sizeof(*cols); i++)
	{
		OutCol	   *c = alloc0(sizeof(OutCol));
		bool		rows = strcmp(cols[i].name, "EstimateRows") == 0;
		const char *at = strstr(plan, rows ? "rows=" : "..");
		const char *v = cols[i].sql;

		c->name = cols[i].name;
		c->t = cols[i].k == K_NVARCHAR ? type_len(K_NVARCHAR, 4000) : type_of(cols[i].k);
		c->nullable = true;
		vec_add(out, c);
		if (v[0] == '%')
			v = fmt("%f::float8", at ? atof(at + (rows ? 5 : 2)) : 0.0);
		buf_printf(&sql, "%s%s", i ? ", " : "", v);
	}
	session.rowcount = pg_rows(buf_dup(&sql), out);
}

static void
run_query(Query *q)
{
	Bound	   *b;

	if (q->items && ((Item *) q->items->v[0])->var)
	{
		select_into_variables(q);
		if (!session.in_rpc || !session.nocount)
			put_done(count_flag(), CMD_SELECT, session.rowcount);
		return;
	}
	b = bind_query(NULL, q, false);
	if (session.fmtonly)
	{
		put_colmetadata(b->cols);
		session.rowcount = 0;
	}
	else if (session.showplan)
		show_plan(b);
	else
	{
		if (session.rowcount_limit)
			b->sql = fmt("SELECT * FROM (%s) x LIMIT %ld", b->sql, session.rowcount_limit);
		session.rowcount = pg_rows(b->sql, b->cols);
	}
	put_done(count_flag(), CMD_SELECT, session.rowcount);
}

static void
run_dml(Stmt *s)
{
	Dml		   *d;
	int			cmd;

	current_command = s->k == S_INSERT ? "INSERT" : s->k == S_UPDATE ? "UPDATE" : "DELETE";
	cmd = s->k == S_INSERT ? CMD_INSERT : s->k == S_UPDATE ? CMD_UPDATE : CMD_DELETE;
	if (s->k == S_INSERT && s->a)
		raise_error(102, 15, 1, "Incorrect syntax near 'EXEC'.");
	d = s->k == S_INSERT ? bind_insert(s) : s->k == S_UPDATE ? bind_update(s) : bind_delete(s);
	if (session.fmtonly)
	{
		if (d->cols)
			put_colmetadata(d->cols);
		session.rowcount = 0;
	}
	else
		session.rowcount = d->cols ? pg_rows(d->sql, d->cols) : pg_count(d->sql);
	if (s->k == S_INSERT && session.rowcount > 0)
	{
		int			i;

		for (i = 0; i < d->target->cols->n; i++)
		{
			Column	   *c = d->target->cols->v[i];

			if (!c->identity)
				continue;
			if (d->explicit_identity)
				pg_run(fmt("SELECT setval('d.s%d', GREATEST((SELECT max(c%d) FROM %s), 1))", d->target->id, c->id, d->target->pg));
			session.identity_object = d->target->id;
		}
	}
	if (!(session.in_rpc && session.nocount))
		put_done(count_flag(), cmd, session.rowcount);
}

/* SET option ... */
static void
set_option(Stmt *s)
{
	int			i;
	const char *v = s->s2;

	for (i = 0; i < s->list->n && !s->s; i++)
	{
		const char *o = s->list->v[i];

		if (strcmp(o, "NOCOUNT") == 0)
			session.nocount = s->flag;
		else if (strcmp(o, "XACT_ABORT") == 0)
			session.xact_abort = s->flag;
		else if (strcmp(o, "IMPLICIT_TRANSACTIONS") == 0)
			session.implicit_transactions = s->flag;
		else if (strcmp(o, "FMTONLY") == 0)
			session.fmtonly = s->flag;
		else if (strcmp(o, "SHOWPLAN_ALL") == 0)
			session.showplan = s->flag;
		else if (strncmp(o, "SHOWPLAN_", 9) == 0 && s->flag)
			raise_error(102, 15, 1, "Incorrect syntax near '%s'.", o);
		else if (strcmp(o, "NOEXEC") == 0)
			session.noexec = s->flag;
		else if (strcmp(o, "CONCAT_NULL_YIELDS_NULL") == 0)
			session.concat_null = s->flag;
	}
	if (!s->s)
		return;
	if (s->e)
	{
		Variable   *x = var_find(s->e->s);

		if (!x)
			raise_error(137, 15, 1, "Must declare the scalar variable \"%s\".", s->e->s);
		v = x->value ? x->value : "";
	}
	if (strcmp(s->s, "ISOLATION") == 0)
		session.isolation = s->s2;
	else if (strcmp(s->s, "TEXTSIZE") == 0)
		session.textsize = atoi(v) == 0 ? 4096 : atoi(v);
	else if (strcmp(s->s, "LOCK_TIMEOUT") == 0)
	{
		session.lock_timeout = atoi(v);
		/* 0 waits not at all; the backend's shortest wait is a millisecond */
		pg_run(fmt("SET lock_timeout = %d", session.lock_timeout < 0 ? 0 : session.lock_timeout == 0 ? 1 : session.lock_timeout));
	}
	else if (strcmp(s->s, "ROWCOUNT") == 0)
		session.rowcount_limit = atol(v);
	else if (strcmp(s->s, "DATEFIRST") == 0)
		session.datefirst = atoi(v);
	else if (strcmp(s->s, "DATEFORMAT") == 0)
	{
		static const char *const formats[] = {"mdy", "dmy", "ymd", "ydm", "myd", "dym"};

		for (i = 0; i < 6 && strcasecmp(formats[i], v) != 0; i++)
			;
		if (i == 6)
			raise_error(2741, 16, 1, "SET DATEFORMAT date order '%s' is invalid.", v);
		session.dateformat = formats[i];
	}
	else if (strcmp(s->s, "LANGUAGE") == 0)
	{
		static const struct
		{
			const char *name,
					   *alias,
					   *format;
			int			first;
		}			languages[] = {
			{"us_english", "English", "mdy", 7}, {"British", "British English", "dmy", 1}, {"Deutsch", "German", "dmy", 1},
			{"Français", "French", "dmy", 1}, {"Italiano", "Italian", "dmy", 1}, {"Español", "Spanish", "dmy", 1},
		};

		for (i = 0; i < 6 && strcasecmp(languages[i].name, v) != 0 && strcasecmp(languages[i].alias, v) != 0; i++)
			;
		if (i == 6)
			raise_error(2740, 16, 1, "SET LANGUAGE failed because '%s' is not an official language name or a language alias on this SQL Server.", v);
		put_envchange(2, languages[i].name, session.language);
		session.language = languages[i].name;
		session.dateformat = languages[i].format;
		session.datefirst = languages[i].first;
		put_info(5703, 1, 0, fmt("Changed language setting to %s.", session.language), s->line);
	}
	else if (strcmp(s->s, "IDENTITY_INSERT") == 0)
	{
		Object	   *o = catalog_need(s->parts);

		if (s->flag && session.identity_insert && session.identity_insert != o->id)
		{
			Object	   *other = catalog_by_id(session.identity_insert);

			raise_error(8107, 16, 1, "IDENTITY_INSERT is already ON for table '%s.%s.%s'. Cannot perform SET operation for table '%s'.",
						other ? other->db : "", other ? other->schema : "", other ? other->name : "", name_text(s->parts));
		}
		if (s->flag)
			session.identity_insert = o->id;
		else if (session.identity_insert == o->id)
			session.identity_insert = 0;
	}
}

static void
use_database(const char *name, int line)
{
	const char *exact = name;
	int			id = catalog_db(name, &exact);

	if (!id)
		raise_error(911, 16, 1, "Database '%s' does not exist. Make sure that the name is entered correctly.", name);
	put_envchange(1, exact, session.db);
	session.db = strdup(exact);
	session.db_id = id;
	pg_run(fmt("SELECT set_config('ms.db', '%d', false)", id));
	strncpy(shared->slot[session.spid - 51].db, exact, sizeof(shared->slot[0].db) - 1);
	put_info(5701, 1, 0, fmt("Changed database context to '%s'.", exact), line);
}

/* RAISERROR: %d, %i, %s, %x of its arguments. */
static Flow
raiserror(Stmt *s)
{
	const char *f = evaluate(s->list->v[0], type_len(K_NVARCHAR, 2048));
	int			sev = atoi(evaluate(s->list->v[1], type_of(K_INT)));
	int			state = atoi(evaluate(s->list->v[2], type_of(K_INT)));
	int			num = 50000;
	int			at = 3;
	Buf			b = {0};

	if (!f)
		f = "";
	if (strspn(f, "0123456789") == strlen(f) && *f)
		num = atoi(f);
	for (; *f; f++)
	{
		if (*f != '%' || !f[1])
		{
			buf_putc(&b, *f);
			continue;
		}
		f += 1 + strspn(f + 1, "-+0 #123456789.");
		if (*f == '%')
			buf_putc(&b, '%');
		else if (at < s->list->n)
		{
			const char *v = evaluate(s->list->v[at++], type_len(K_NVARCHAR, 4000));

			buf_puts(&b, v ? v : "(null)");
		}
	}
	memset(&err, 0, sizeof(err));
	err.num = num;
	err.sev = sev;
	err.state = state;
	err.msg = buf_dup(&b);
	err.runtime = true;
	if (sev <= 10)
	{
		put_info(num, state, sev, err.msg, s->line);
		return FLOW_NEXT;
	}
	raise_again();
}

static Flow
throw(Stmt *s)
{
	if (!s->e)
	{
		if (!session.caught.num)
			raise_error(10704, 15, 1, "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.");
		err = session.caught;
	}
	else
	{
		memset(&err, 0, sizeof(err));
		err.num = atoi(evaluate(s->e, type_of(K_INT)));
		err.msg = evaluate(s->e2, type_len(K_NVARCHAR, 2048));
		err.state = atoi(evaluate(s->e3, type_of(K_INT)));
		err.sev = 16;
		if (err.num < 50000)
			raise_error(35100, 16, 10, "Error number %d in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647.", err.num);
	}
	raise_again();
}

static void
waitfor(Stmt *s)
{
	const char *v = s->e->k == N_VAR ? evaluate(s->e, type_len(K_VARCHAR, 30)) : s->e->s;
	int			h = 0,
				m = 0;
	double		sec = 0;

	if (!v || sscanf(v, "%d:%d:%lf", &h, &m, &sec) < 2)
		raise_error(148, 15, 1, "Incorrect time syntax in time string '%s' used with WAITFOR.", v ? v : "");
	net_flush(false);
	if (s->flag)
		pg_run(fmt("SELECT pg_sleep_until(date_trunc('day', now()) + interval '%d:%d:%f' + CASE WHEN localtime > time '%02d:%02d:%02d' THEN interval '1 day' ELSE '0' END)", h, m, sec, h, m, (int) sec));
	else
		pg_run(fmt("SELECT pg_sleep(%f)", h * 3600 + m * 60 + sec));
}

static void
kill_session(Stmt *s)
{
	int			spid = atoi(s->s);

	if (spid == session.spid)
		raise_error(6104, 16, 1, "Cannot use KILL to kill your own process.");
	if (spid < 51 || spid >= 51 + 512 || !shared->slot[spid - 51].pid)
		raise_error(6106, 16, 2, "Process ID %d is not an active process ID.", spid);
	kill(shared->slot[spid - 51].pid, SIGTERM);
}

static Flow
try_catch(Stmt *s)
{
	Flow		volatile f = FLOW_NEXT;
	int			trys = session.try_depth;

	session.try_depth++;
	TRY(f = run_list(s->a->list))
	{
		Err			before = session.caught;

		session.try_depth = trys;
		if (err.cancelled || err.sev >= 20)
			raise_again();
		guard_fail();
		if (session.trancount > 0 && (err.batch || session.xact_abort))
		{
			if (err.num == 1205)
				tran_rollback(NULL);
			else
				session.doomed = true;
		}
		session.last_error = err.num;
		session.caught = err;
		if (!session.caught.line)
			session.caught.line = s->line;
		/* The handler may raise an error of its own, and the caught one ends with it. */
		TRY(f = run_list(s->b->list))
		{
			session.caught = before;
			raise_again();
		}
		END_TRY;
		session.caught = before;
		return f;
	}
	END_TRY;
	session.try_depth = trys;
	return f;
}

static void
run_exec(Stmt *s)
{
	Vec		   *args = vec_new();
	int			i;
	const char *name;

	if (s->e)
	{
		const char *sql = evaluate(s->e, type_len(K_NVARCHAR, -1));
		Frame	   *frame = session.frame;

		session.frame = alloc0(sizeof(Frame));
		session.frame->vars = vec_new();
		session.depth++;
		run_batch(sql ? sql : "");
		session.depth--;
		session.frame = frame;
		return;
	}
	name = s->parts->v[s->parts->n - 1];
	for (i = 0; i < s->list->n; i++)
	{
		Arg		   *a = s->list->v[i];
		ProcArg    *p = alloc0(sizeof(ProcArg));
		Ex			e = bind_expr(NULL, a->e);

		p->name = a->name;
		p->type = e.t.k == K_NULL ? type_len(K_NVARCHAR, 4000) : e.t;
		p->value = e.t.k == K_NULL ? NULL : e.lit && is_char(e.t.k) ? e.text : pg_value(fmt("SELECT (%s)::text", e.sql));
		p->output = a->output;
		if (a->output && a->e->k == N_VAR)
			p->var = var_find(a->e->s);
		vec_add(args, p);
	}
	session.depth++;
	return_status = 0;
	if (!run_procedure(name, args))
		raise_error(2812, 16, 62, "Could not find stored procedure '%s'.", name_text(s->parts));
	session.depth--;
	if (s->s && var_find(s->s))
		var_find(s->s)->value = fmt("%d", return_status);
}

/* What a statement does; errors are raised. */
static Flow
do_stmt(Stmt *s)
{
	Flow		f = FLOW_NEXT;
	int			i;

	switch (s->k)
	{
		case S_QUERY:
			if (s->q->into)
			{
				select_into(s);
				put_done(count_flag(), CMD_SELECT, session.rowcount);
			}
			else
			{
				if (s->q->from || s->q->setop)
					tran_implicit();
				if (session.trancount > 0)
					guard_begin();
				run_query(s->q);
			}
			break;
		case S_INSERT:
		case S_UPDATE:
		case S_DELETE:
			tran_implicit();
			if (session.doomed)
				raise_error(3930, 16, 1, "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.");
			if (session.trancount > 0)
				guard_begin();
			run_dml(s);
			break;
		case S_BULK:
			bulk_begin(s);
			break;
		case S_DECLARE:
			for (i = 0; i < s->list->n; i++)
			{
				Declare    *d = s->list->v[i];
				Variable   *v = var_find(d->name);

				if (!v || !session.depth)
					v = v ? v : var_declare(d->name, d->type);
				if (d->e)
					set_variable(d->name, NULL, d->e);
			}
			break;
		case S_SET:
			set_variable(s->s, s->s2, s->e);
			break;
		case S_SETOPT:
			set_option(s);
			break;
		case S_IF:
			if (condition(s->e))
				return run_stmt(s->a);
			return s->b ? run_stmt(s->b) : FLOW_NEXT;
		case S_WHILE:
			while (condition(s->e))
			{
				if (net_peek() == NET_ATTENTION)
				{
					memset(&err, 0, sizeof(err));
					err.cancelled = true;
					raise_again();
				}
				f = run_stmt(s->a);
				if (f == FLOW_BREAK)
					break;
				if (f == FLOW_RETURN || f == FLOW_ABORT)
					return f;
			}
			return FLOW_NEXT;
		case S_BLOCK:
			return run_list(s->list);
		case S_BREAK:
			return FLOW_BREAK;
		case S_CONTINUE:
			return FLOW_CONTINUE;
		case S_RETURN:
			if (s->e)
				return_status = atoi(evaluate(s->e, type_of(K_INT)));
			return FLOW_RETURN;
		case S_TRY:
			return try_catch(s);
		case S_PRINT:
			{
				const char *v = evaluate(s->e, type_len(K_NVARCHAR, 4000));

				put_info(0, 1, 0, v ? v : "", s->line);
				break;
			}
		case S_RAISERROR:
			return raiserror(s);
		case S_THROW:
			return throw(s);
		case S_EXEC:
			run_exec(s);
			break;
		case S_USE:
			use_database(s->s, s->line);
			break;
		case S_WAITFOR:
			waitfor(s);
			break;
		case S_KILL:
			kill_session(s);
			break;
		case S_BEGIN:
			tran_begin(s->s);
			break;
		case S_COMMIT:
			tran_commit();
			break;
		case S_ROLLBACK:
			{
				const char *name = s->s;

				if (name && name[0] == '@')
					name = var_find(name) ? var_find(name)->value : NULL;
				tran_rollback(name);
				break;
			}
		case S_SAVE:
			tran_save(s->s[0] == '@' && var_find(s->s) && var_find(s->s)->value ? var_find(s->s)->value : s->s);
			break;
		case S_NOTHING:
			break;
		default:
			if (session.fmtonly)
				break;
			tran_implicit();
			guard_begin();
			ddl_run(s);
			break;
	}
	guard_end();
	return f;
}

/* Undo what an error leaves behind; says whether the batch ends. */
static bool
after_error(void)
{
	bool		ends = !err.runtime || err.batch;

	guard_fail();
	if (session.trancount > 0 && ((err.runtime && session.xact_abort) || err.batch))
		tran_rollback(NULL);
	return ends || (session.xact_abort && err.runtime);
}

/* Errors that say that the statement has been undone. */
static bool
is_terminated(int num)
{
	return num == 515 || num == 547 || num == 2627 || num == 2601 || num == 8152 || num == 2628 || num == 8115 || num == 220;
}

static Flow
run_stmt(Stmt *s)
{
	Flow		volatile f = FLOW_NEXT;
	jmp_buf    *at_entry = err_jmp;

	if (session.noexec && s->k != S_SETOPT)
		return FLOW_NEXT;
	TRY(catalog_check(); f = do_stmt(s))
	{
		err_jmp = at_entry;
		if (!err.line)
			err.line = s->line;
		if (err.cancelled || session.try_depth > 0)
			raise_again();
		{
			bool		dml = s->k == S_INSERT || s->k == S_UPDATE || s->k == S_DELETE;
			int			cmd = s->k == S_QUERY ? CMD_SELECT : s->k == S_INSERT ? CMD_INSERT : s->k == S_UPDATE ? CMD_UPDATE : s->k == S_DELETE ? CMD_DELETE : 0;
			bool		ends;

			report_error(s->line);
			ends = after_error();
			if (dml && err.runtime && is_terminated(err.num))
				put_info(3621, 0, 0, "The statement has been terminated.", s->line);
			session.rowcount = 0;
			put_done(DONE_ERROR, cmd, 0);
			return ends ? FLOW_ABORT : FLOW_NEXT;
		}
	}
	END_TRY;
	if (s->k != S_IF && s->k != S_BLOCK && s->k != S_WHILE && s->k != S_PRINT && s->k != S_DECLARE && f == FLOW_NEXT)
		session.last_error = 0;
	if (s->k == S_SET || s->k == S_SETOPT || s->k == S_BEGIN || s->k == S_COMMIT || s->k == S_PRINT)
		session.rowcount = s->k == S_SET ? 1 : 0;
	return f;
}

/* Declared variables are known in the whole batch, wherever they stand. */
static void
declare_all(Vec *v)
{
	int			i,
				j;

	for (i = 0; i < VEC_N(v); i++)
	{
		Stmt	   *s = v->v[i];

		if (s->k == S_DECLARE)
			for (j = 0; j < s->list->n; j++)
			{
				Declare    *d = s->list->v[j];

				var_declare(d->name, d->type);
			}
		if (s->k == S_BLOCK)
			declare_all(s->list);
		if (s->a && s->a->k == S_BLOCK)
			declare_all(s->a->list);
		if (s->b && s->b->k == S_BLOCK)
			declare_all(s->b->list);
	}
}

/* Parse and run a batch; its errors are reported, an attention is raised. */
Flow
run_batch(const char *sql)
{
	Flow		volatile f = FLOW_ABORT;
	Vec		   *v = NULL;

	TRY(v = parse_batch(sql); declare_all(v))
	{
		if (session.try_depth > 0)
			raise_again();
		report_error(err.line ? err.line : 1);
		put_done(DONE_ERROR, 0, 0);
		return FLOW_ABORT;
	}
	END_TRY;
	f = run_list(v);
	return f;
}
